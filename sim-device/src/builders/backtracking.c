/* SPDX-License-Identifier: Apache-2.0
 *
 * Conscrypt, Android, Go, rustls: depth-first. For each certificate all anchors are tried, then all
 * served issuers that are not on the path yet; a dead end goes back one step. Any trusted
 * certificate ends a path, self-signed or not, and its dates are never looked at (Android). The
 * work is bounded by a number of signature checks, so that a hostile list cannot keep the device
 * busy.
 */
#include "common.h"

enum { PS_SIGNATURE_CHECKS_MAX = 100 };

struct search {
    const struct ps_build_input *input;
    struct ps_built *built;   /* path: the one being tried */
    struct ps_built farthest; /* the first dead end, which is what gets blamed */
    unsigned checks;
};

static bool check_signature(struct search *search, X509 *child, X509 *issuer)
{
    if (search->checks >= PS_SIGNATURE_CHECKS_MAX)
        return false;
    search->checks++;
    return ps_signed_by(child, issuer);
}

/* Remembers why the first path tried came to its end. */
static void dead_end(struct search *search, int error)
{
    if (search->farthest.error != X509_V_OK)
        return;
    search->farthest = *search->built;
    ps_path_fail(&search->farthest, error, (int)search->built->count - 1);
}

/* An issuer whose key the device cannot use is a dead end of its own. */
static bool usable(struct search *search, X509 *issuer)
{
    int error = ps_key_error(search->input, issuer);
    if (error != X509_V_OK && ps_path_add(search->built, issuer)) {
        dead_end(search, error);
        search->built->count--;
    }
    return error == X509_V_OK;
}

static bool on_path(const struct ps_built *built, X509 *certificate)
{
    for (size_t i = 0; i < built->count; i++)
        if (ps_same_certificate(built->path[i], certificate))
            return true;
    return false;
}

static bool finish_at(struct search *search, X509 *anchor)
{
    size_t count = search->built->count;
    if (anchor && !ps_path_add(search->built, anchor))
        return false;
    ps_path_finish(search->input, search->built, false);
    if (search->built->error == X509_V_OK)
        return true;
    dead_end(search, search->built->error);
    search->built->count = count;
    ps_path_fail(search->built, X509_V_OK, -1);
    return false;
}

static bool leaf_is_trusted(const struct ps_build_input *input, X509 *leaf)
{
    for (size_t i = 0; i < input->anchor_count; i++)
        if (ps_same_certificate(leaf, input->anchors[i]))
            return true;
    return false;
}

/* Extends the path, whose last certificate is `last`, to an anchor. */
static bool extend(struct search *search, X509 *last)
{
    const struct ps_build_input *input = search->input;
    size_t depth = search->built->count - 1;
    int error = ps_dates_error(input, last, depth == 0 ? PS_POSITION_LEAF : PS_POSITION_CA);
    if (error != X509_V_OK) {
        dead_end(search, error);
        return false;
    }
    if (depth == 0 && leaf_is_trusted(input, last) && finish_at(search, NULL))
        return true;
    error = ps_hash_error(input, last);
    if (error != X509_V_OK) {
        dead_end(search, error);
        return false;
    }
    for (size_t i = 0; i < input->anchor_count; i++)
        if (X509_check_ca(input->anchors[i]) != 0 && ps_identified_by(last, input->anchors[i]) &&
            usable(search, input->anchors[i]) &&
            check_signature(search, last, input->anchors[i]) &&
            finish_at(search, input->anchors[i]))
            return true;
    for (size_t i = 1; i < ps_served_count(input); i++) {
        X509 *issuer = ps_served(input, i);
        if (search->built->count + 1 >= PS_PATH_MAX || on_path(search->built, issuer) ||
            !ps_identified_by(last, issuer) || !ps_may_issue(issuer) || !usable(search, issuer) ||
            !check_signature(search, last, issuer))
            continue;
        search->built->path[search->built->count++] = issuer;
        if (extend(search, issuer))
            return true;
        search->built->count--;
    }
    dead_end(search, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);
    return false;
}

static void build(const struct ps_build_input *input, struct ps_built *built)
{
    struct search search = {.input = input, .built = built};
    built->path[built->count++] = ps_served(input, 0);
    if (!extend(&search, built->path[0]))
        *built = search.farthest;
}

const struct ps_builder_profile ps_builder_backtracking = {PS_BUILDER_BACKTRACKING, build};
