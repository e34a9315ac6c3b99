/* SPDX-License-Identifier: Apache-2.0
 *
 * Mbed TLS 2.28: from the leaf up. A parent is looked for among the trusted certificates first,
 * then among the certificates served *after* the child. Within a list a parent that is valid now is
 * preferred; an invalid one is taken if there is no other, and then its dates end the path: having
 * found an expired anchor, the served list is not asked any more. Any CA in the trusted list is an
 * anchor, self-signed or not. A trusted end entity counts only if it is self-issued and identical.
 * Of served parents only names are compared; a signature that then does not fit ends the path.
 */
#include "common.h"

#include <stdint.h>

enum { MBEDTLS_INTERMEDIATES_MAX = 8 }; /* MBEDTLS_X509_MAX_INTERMEDIATE_CA's default */

struct search {
    const struct ps_build_input *input;
    struct ps_built *built;
    size_t served_next; /* served certificates before this one are no candidates any more */
    X509 *unusable;     /* the first candidate that could not be read; NULL: none */
    int unusable_error;
};

struct parent {
    X509 *certificate;
    size_t served_index;
    bool trusted;
};

/* What is signed with a hash that the library was built without is not even parsed: a served one is
 * passed over, one in the trusted list was never loaded, its own signature though nobody checks. */
static bool is_read(struct search *search, X509 *candidate)
{
    int error = ps_hash_error(search->input, candidate);
    if (error == X509_V_OK)
        error = ps_key_error(search->input, candidate);
    if (error != X509_V_OK && !search->unusable) {
        search->unusable = candidate;
        search->unusable_error = error;
    }
    return error == X509_V_OK;
}

static bool is_parent(struct search *search, X509 *child, X509 *candidate, bool trusted)
{
    if (!ps_named_by(child, candidate))
        return false;
    /* A version 1 root has no basicConstraints; in the trusted list it may issue all the same. */
    bool old_root = trusted && X509_get_version(candidate) < X509_VERSION_3;
    if (!old_root && !ps_may_issue(candidate))
        return false;
    if (ps_intermediates_counted(search->built->path, search->built->count) >
        ps_path_length(candidate))
        return false;
    return is_read(search, candidate) && (!trusted || ps_signed_by(child, candidate));
}

static bool find_trusted(struct search *search, X509 *child, struct parent *ret_parent)
{
    const struct ps_build_input *input = search->input;
    struct parent found = {.trusted = true};
    for (size_t i = 0; i < input->anchor_count; i++) {
        if (!is_parent(search, child, input->anchors[i], true))
            continue;
        bool valid = ps_dates_error(input, input->anchors[i], PS_POSITION_ANCHOR) == X509_V_OK;
        if (valid || !found.certificate)
            found.certificate = input->anchors[i];
        if (valid)
            break;
    }
    *ret_parent = found;
    return found.certificate != NULL;
}

static bool find_served(struct search *search, X509 *child, struct parent *ret_parent)
{
    const struct ps_build_input *input = search->input;
    struct parent found = {0};
    for (size_t i = search->served_next; i < ps_served_count(input); i++) {
        X509 *candidate = ps_served(input, i);
        if (!is_parent(search, child, candidate, false))
            continue;
        bool valid = ps_dates_error(input, candidate, PS_POSITION_CA) == X509_V_OK;
        if (valid || !found.certificate) {
            found.certificate = candidate;
            found.served_index = i;
        }
        if (valid)
            break;
    }
    *ret_parent = found;
    return found.certificate != NULL;
}

static bool leaf_is_trusted(const struct ps_build_input *input, X509 *leaf)
{
    if (!ps_self_issued(leaf))
        return false;
    for (size_t i = 0; i < input->anchor_count; i++)
        if (ps_same_certificate(leaf, input->anchors[i]))
            return true;
    return false;
}

static void fail_without_parent(const struct search *search)
{
    struct ps_built *built = search->built;
    if (!search->unusable)
        ps_path_fail(built, X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, (int)built->count - 1);
    else if (ps_path_add(built, search->unusable))
        ps_path_fail(built, search->unusable_error, (int)built->count - 1);
}

static void build(const struct ps_build_input *input, struct ps_built *built)
{
    struct search search = {.input = input, .built = built, .served_next = 1};
    struct parent child = {.certificate = ps_served(input, 0)};
    for (;;) {
        enum ps_position position = built->count == 0 ? PS_POSITION_LEAF
                                    : child.trusted   ? PS_POSITION_ANCHOR
                                                      : PS_POSITION_CA;
        if (!ps_path_add(built, child.certificate))
            return;
        int depth = (int)built->count - 1;
        int error = depth == 0 ? ps_hash_error(input, child.certificate) : X509_V_OK;
        if (error == X509_V_OK)
            error = ps_dates_error(input, child.certificate, position);
        if (error != X509_V_OK) {
            ps_path_fail(built, error, depth);
            return;
        }
        if (child.trusted || (depth == 0 && leaf_is_trusted(input, child.certificate)))
            break;
        struct parent parent;
        if (!find_trusted(&search, child.certificate, &parent) &&
            !find_served(&search, child.certificate, &parent)) {
            fail_without_parent(&search);
            return;
        }
        if (!parent.trusted) {
            if (built->count > MBEDTLS_INTERMEDIATES_MAX) {
                ps_path_fail(built, X509_V_ERR_CERT_CHAIN_TOO_LONG, depth);
                return;
            }
            if (!ps_signed_by(child.certificate, parent.certificate)) {
                ps_path_fail(built, X509_V_ERR_CERT_SIGNATURE_FAILURE, depth);
                return;
            }
            search.served_next = parent.served_index + 1;
        }
        search.unusable = NULL;
        child = parent;
    }
    ps_path_finish(input, built, true);
}

const struct ps_builder_profile ps_builder_mbedtls = {PS_BUILDER_MBEDTLS, build};
