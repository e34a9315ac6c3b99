/* SPDX-License-Identifier: Apache-2.0 */
#include "issuers.h"

#include <assert.h>
#include "builders/common.h"
#include "urls.h"

static void add(struct ps_candidates *candidates, X509 *certificate)
{
    X509_up_ref(certificate);
    if (!sk_X509_push(candidates->all, certificate))
        ps_memory_exhausted(0);
}

void ps_candidates_init(struct ps_candidates *candidates, const STACK_OF(X509) * served)
{
    *candidates = (struct ps_candidates){.all = ps_need(sk_X509_new_null())};
    for (int i = 0; i < sk_X509_num(served); i++)
        add(candidates, sk_X509_value(served, i));
}

void ps_candidates_deinit(struct ps_candidates *candidates)
{
    sk_X509_pop_free(candidates->all, X509_free);
    candidates->all = NULL;
}

static bool is_anchor(const struct ps_build_input *input, const X509 *certificate)
{
    for (size_t i = 0; i < input->anchor_count; i++)
        if (ps_same_certificate(input->anchors[i], certificate))
            return true;
    return false;
}

/* What a failed path needs: an issuer of `child`; one that is in date, if dates were the failure.
 */
struct need {
    X509 *child; /* NULL: no issuer would help */
    bool dates;
};

/* What was found for this one already; NULL: nothing. */
static X509 *found_issuer(const struct ps_candidates *candidates, X509 *child)
{
    int count = sk_X509_num(candidates->all);
    for (int i = count - (int)candidates->found; i < count; i++)
        if (ps_identified_by(child, sk_X509_value(candidates->all, i)))
            return sk_X509_value(candidates->all, i);
    return NULL;
}

/* The first above this one that nothing was found for. A builder that passes over what it cannot
 * use yet blames a certificate whose issuer is there. */
static X509 *first_without_issuer(const struct ps_candidates *candidates, X509 *child)
{
    for (size_t i = 0; !ps_self_issued(child) && i < candidates->found; i++) {
        X509 *issuer = found_issuer(candidates, child);
        if (!issuer)
            break;
        child = issuer;
    }
    return child;
}

static struct need find_need(const struct ps_candidates *candidates,
                             const struct ps_build_input *input, const struct ps_built *built)
{
    struct need need = {0};
    size_t depth = built->depth > 0 ? (size_t)built->depth : 0;
    assert(built->count > 0); /* the leaf at least */
    switch (built->error) {
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        need.child = first_without_issuer(candidates, built->path[built->count - 1]);
        break;
    case X509_V_ERR_CERT_HAS_EXPIRED:
    case X509_V_ERR_CERT_NOT_YET_VALID:
        need.dates = true;
        if (depth > 0 && depth < built->count && !is_anchor(input, built->path[depth]) &&
            ps_named_by(built->path[depth - 1], built->path[depth]))
            need.child = built->path[depth - 1];
        break;
    default:
        break;
    }
    if (need.child && ps_self_issued(need.child))
        need.child = NULL;
    return need;
}

/* One that was served may come again: strict builders look for issuers only behind what they
 * issued. */
static bool was_found(const struct ps_candidates *candidates, const X509 *certificate)
{
    int count = sk_X509_num(candidates->all);
    for (int i = count - (int)candidates->found; i < count; i++)
        if (ps_same_certificate(sk_X509_value(candidates->all, i), certificate))
            return true;
    return false;
}

static bool helps(const struct ps_candidates *candidates, const struct ps_build_input *input,
                  const struct need *need, X509 *issuer)
{
    return ps_identified_by(need->child, issuer) && !was_found(candidates, issuer) &&
           (!need->dates || ps_dates_error(input, issuer, PS_POSITION_CA) == X509_V_OK) &&
           ps_signed_by(need->child, issuer);
}

static bool take_kept(struct ps_candidates *candidates, const struct ps_trust *trust,
                      const struct ps_build_input *input, const struct need *need)
{
    if (!input->strategy->intermediates.cache)
        return false;
    for (size_t i = 0; i < trust->intermediate_count; i++) {
        if (!helps(candidates, input, need, trust->intermediates[i]))
            continue;
        add(candidates, trust->intermediates[i]);
        return true;
    }
    return false;
}

/* One certificate in DER; the PKCS #7 that may be there too is not read. */
static bool take_fetched(struct ps_candidates *candidates, struct ps_device_stack *stack,
                         const struct ps_build_input *input, const struct need *need,
                         struct ps_bytes body)
{
    X509 *issuer = ps_stack_certificate(stack, body);
    bool taken = issuer && helps(candidates, input, need, issuer);
    if (taken)
        add(candidates, issuer);
    X509_free(issuer);
    return taken;
}

static enum ps_issuers_found fetch(struct ps_candidates *candidates, const struct ps_trust *trust,
                                   const struct ps_build_input *input, const struct need *need,
                                   struct ps_fetches *fetches)
{
    enum ps_issuers_found found = PS_ISSUERS_NONE;
    struct ps_urls urls;
    if (!input->strategy->intermediates.aia)
        return PS_ISSUERS_NONE;
    ps_urls_of(need->child, PS_URLS_ISSUER, &urls);
    for (size_t i = 0; i < urls.count && found == PS_ISSUERS_NONE; i++) {
        struct ps_bytes body = {0};
        enum ps_fetch_state state =
            ps_fetches_ask(fetches, urls.all[i], (struct ps_bytes){0}, &body);
        if (state == PS_FETCH_UNDER_WAY)
            found = PS_ISSUERS_FETCHING;
        else if (state == PS_FETCH_DONE &&
                 take_fetched(candidates, trust->stack, input, need, body))
            found = PS_ISSUERS_ADDED;
        if (found == PS_ISSUERS_ADDED)
            ps_fetches_judged(fetches, urls.all[i], (struct ps_bytes){0}, "it fits");
    }
    ps_urls_deinit(&urls);
    return found;
}

enum ps_issuers_found ps_candidates_extend(struct ps_candidates *candidates,
                                           const struct ps_trust *trust,
                                           const struct ps_build_input *input,
                                           const struct ps_built *built, struct ps_fetches *fetches)
{
    struct need need = find_need(candidates, input, built);
    if (!need.child || candidates->found == PS_ISSUERS_FOUND_MAX)
        return PS_ISSUERS_NONE;
    enum ps_issuers_found found = take_kept(candidates, trust, input, &need)
                                      ? PS_ISSUERS_ADDED
                                      : fetch(candidates, trust, input, &need, fetches);
    candidates->found += found == PS_ISSUERS_ADDED;
    return found;
}
