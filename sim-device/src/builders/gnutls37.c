/* SPDX-License-Identifier: Apache-2.0
 *
 * GnuTLS 3.7:
 *   1. sort: from the leaf, the first served certificate that names itself the issuer, and so on;
 *      the first match wins even if it has expired
 *   2. drop a self-signed certificate at the end; cut behind the first that is itself an anchor
 *   3. look the anchor up among those named like the last one's issuer; failing that (none, or
 *      expired) among those named like the last one itself, which ends the list before the first
 *      certificate with an anchor's name and key
 *   4. verify from the anchor down; everything must be valid, the anchor too unless its dates
 *      are off
 * A leaf that is an anchor itself has the anchor's dates, not a leaf's.
 */
#include "common.h"

#include <stdlib.h>
#include "base/memory.h"

struct list {
    X509 *certificates[PS_PATH_MAX];
    size_t count;
};

static void sort(const struct ps_build_input *input, struct list *ret_list)
{
    size_t served = ps_served_count(input);
    bool *used = ps_alloc(served, sizeof *used);
    X509 *current = ps_served(input, 0);
    ret_list->count = 0;
    used[0] = true;
    while (current && ret_list->count < PS_PATH_MAX - 1) {
        ret_list->certificates[ret_list->count++] = current;
        X509 *next = NULL;
        for (size_t i = 1; i < served && !next; i++) {
            if (!used[i] && ps_identified_by(current, ps_served(input, i))) {
                next = ps_served(input, i);
                used[i] = true;
            }
        }
        current = next;
    }
    free(used);
}

static bool is_anchor(const struct ps_build_input *input, const X509 *certificate)
{
    for (size_t i = 0; i < input->anchor_count; i++)
        if (ps_same_certificate(certificate, input->anchors[i]))
            return true;
    return false;
}

static void shorten(const struct ps_build_input *input, struct list *list)
{
    X509 *last = list->certificates[list->count - 1];
    if (list->count > 1 && ps_identified_by(last, last))
        list->count--;
    for (size_t i = 1; i < list->count; i++) {
        if (is_anchor(input, list->certificates[i])) {
            list->count = i + 1;
            return;
        }
    }
}

/* An end entity is itself only when identical; a CA also when re-issued with its name and key. */
static bool same(X509 *certificate, X509 *anchor)
{
    return ps_same_certificate(certificate, anchor) ||
           (X509_check_ca(certificate) != 0 && ps_same_name_and_key(certificate, anchor));
}

static bool named(const X509 *certificate, const X509_NAME *name)
{
    return X509_NAME_cmp(X509_get_subject_name(certificate), name) == 0;
}

/* Among the anchors of that name the issuer of `child`: one whose signature fits before one whose
 * does not, then the one that began last. */
static X509 *issuing_anchor(const struct ps_build_input *input, const X509_NAME *name, X509 *child)
{
    X509 *best = NULL;
    bool best_signed = false;
    for (size_t i = 0; i < input->anchor_count; i++) {
        X509 *anchor = input->anchors[i];
        if (!named(anchor, name) || !ps_identified_by(child, anchor))
            continue;
        bool fits = ps_signed_by(child, anchor);
        if (!best || (fits && !best_signed) ||
            (fits == best_signed &&
             ASN1_TIME_compare(X509_get0_notBefore(best), X509_get0_notBefore(anchor)) < 0)) {
            best = anchor;
            best_signed = fits;
        }
    }
    return best;
}

/* Ends the list before the first certificate that is one of the anchors of that name. */
static bool cut_at_anchor(const struct ps_build_input *input, const X509_NAME *name,
                          const struct list *list, struct ps_built *built, X509 **ret_anchor)
{
    for (size_t i = 0; i < list->count; i++) {
        for (size_t a = 0; a < input->anchor_count; a++) {
            if (!named(input->anchors[a], name) || !same(list->certificates[i], input->anchors[a]))
                continue;
            built->count = i;
            *ret_anchor = input->anchors[a];
            return true;
        }
    }
    return false;
}

/* `ret_depth` is the child's, unless the error is about its issuer's key. */
static int link_error(const struct ps_build_input *input, X509 *child, X509 *issuer, int *ret_depth)
{
    if (X509_check_ca(issuer) == 0)
        return X509_V_ERR_INVALID_CA;
    int error = ps_key_error(input, issuer);
    if (error != X509_V_OK) {
        ++*ret_depth;
        return error;
    }
    error = ps_hash_error(input, child);
    if (error != X509_V_OK)
        return error;
    return ps_signed_by(child, issuer) ? X509_V_OK : X509_V_ERR_CERT_SIGNATURE_FAILURE;
}

/* Verifies built->path below `anchor`, from the top down. */
static int verify_down(const struct ps_build_input *input, struct ps_built *built, X509 *anchor,
                       int *ret_depth)
{
    for (size_t i = built->count; i-- > 0;) {
        X509 *issuer = i + 1 < built->count ? built->path[i + 1] : anchor;
        *ret_depth = (int)i;
        int error = link_error(input, built->path[i], issuer, ret_depth);
        if (error == X509_V_OK)
            error =
                ps_dates_error(input, built->path[i], i == 0 ? PS_POSITION_LEAF : PS_POSITION_CA);
        if (error != X509_V_OK)
            return error;
    }
    *ret_depth = -1;
    return X509_V_OK;
}

/* The list against the anchors of one name. */
static void try_name(const struct ps_build_input *input, const struct list *list,
                     const X509_NAME *name, struct ps_built *built)
{
    X509 *anchor = NULL;
    *built = (struct ps_built){.count = list->count, .depth = -1};
    for (size_t i = 0; i < list->count; i++)
        built->path[i] = list->certificates[i];
    bool cut = cut_at_anchor(input, name, list, built, &anchor);
    int anchor_error = cut ? ps_dates_error(input, anchor, PS_POSITION_ANCHOR) : X509_V_OK;
    if (anchor_error == X509_V_OK && built->count > 0)
        anchor = issuing_anchor(input, name, built->path[built->count - 1]);
    if (!anchor) {
        ps_path_fail(built, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, (int)built->count - 1);
        return;
    }
    if (anchor_error == X509_V_OK)
        anchor_error = ps_dates_error(input, anchor, PS_POSITION_ANCHOR);
    int depth = (int)built->count, error = anchor_error;
    if (error == X509_V_OK)
        error = verify_down(input, built, anchor, &depth);
    if (!ps_path_add(built, anchor))
        return;
    ps_path_fail(built, error, depth);
}

static bool worth_another(int error)
{
    return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
           error == X509_V_ERR_CERT_HAS_EXPIRED || error == X509_V_ERR_CERT_NOT_YET_VALID;
}

static void build(const struct ps_build_input *input, struct ps_built *built)
{
    struct list list;
    sort(input, &list);
    shorten(input, &list);
    X509 *last = list.certificates[list.count - 1];
    try_name(input, &list, X509_get_issuer_name(last), built);
    if (worth_another(built->error) && !ps_self_issued(last)) {
        struct ps_built other;
        try_name(input, &list, X509_get_subject_name(last), &other);
        if (other.error != X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY)
            *built = other;
    }
    if (built->error == X509_V_OK)
        ps_path_finish(input, built, true);
}

const struct ps_builder_profile ps_builder_gnutls37 = {PS_BUILDER_GNUTLS37, build};
