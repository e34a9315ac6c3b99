/* SPDX-License-Identifier: Apache-2.0
 *
 * BearSSL's "minimal" engine: the served list in strict order, each signed by the next. It stops at
 * the first certificate that an anchor issued, by name and key. Anchors are names and keys and have
 * no dates and no path length. An anchor that is no CA trusts one leaf: the one with its name and
 * key.
 */
#include "common.h"

static X509 *issuing_anchor(const struct ps_build_input *input, X509 *child)
{
    for (size_t i = 0; i < input->anchor_count; i++) {
        X509 *anchor = input->anchors[i];
        if (X509_check_ca(anchor) != 0 && ps_key_error(input, anchor) == X509_V_OK &&
            ps_named_by(child, anchor) && ps_signed_by(child, anchor))
            return anchor;
    }
    return NULL;
}

static bool leaf_is_trusted(const struct ps_build_input *input, X509 *leaf)
{
    for (size_t i = 0; i < input->anchor_count; i++)
        if (X509_check_ca(input->anchors[i]) == 0 && ps_same_name_and_key(leaf, input->anchors[i]))
            return true;
    return false;
}

/* An anchor that might have issued this one, were its key one that the device can use. */
static X509 *unusable_anchor(const struct ps_build_input *input, X509 *child)
{
    for (size_t i = 0; i < input->anchor_count; i++)
        if (ps_named_by(child, input->anchors[i]) &&
            ps_key_error(input, input->anchors[i]) != X509_V_OK)
            return input->anchors[i];
    return NULL;
}

/* Why the next served certificate cannot have issued this one; or the issuer with an unusable key.
 */
static int link_error(const struct ps_build_input *input, X509 *child, X509 *next,
                      X509 **ret_unusable)
{
    bool issues = next && ps_named_by(child, next);
    X509 *unusable = issues ? next : unusable_anchor(input, child);
    if (issues && !ps_may_issue(next))
        return X509_V_ERR_INVALID_CA;
    if (unusable && ps_key_error(input, unusable) != X509_V_OK) {
        *ret_unusable = unusable;
        return ps_key_error(input, unusable);
    }
    if (!issues)
        return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    return ps_signed_by(child, next) ? X509_V_OK : X509_V_ERR_CERT_SIGNATURE_FAILURE;
}

static void build(const struct ps_build_input *input, struct ps_built *built)
{
    size_t count = ps_served_count(input);
    for (size_t i = 0;; i++) {
        X509 *certificate = ps_served(input, i);
        if (!ps_path_add(built, certificate))
            return;
        int error = ps_dates_error(input, certificate, i == 0 ? PS_POSITION_LEAF : PS_POSITION_CA);
        X509 *anchor = NULL, *unusable = NULL;
        if (error == X509_V_OK) {
            if (i == 0 && leaf_is_trusted(input, certificate))
                break;
            error = ps_hash_error(input, certificate);
        }
        if (error == X509_V_OK) {
            anchor = issuing_anchor(input, certificate);
            if (!anchor)
                error = link_error(input, certificate,
                                   i + 1 < count ? ps_served(input, i + 1) : NULL, &unusable);
        }
        if (error != X509_V_OK) {
            if (unusable && !ps_path_add(built, unusable))
                return;
            ps_path_fail(built, error, (int)built->count - 1);
            return;
        }
        if (anchor) {
            if (!ps_path_add(built, anchor))
                return;
            break;
        }
    }
    ps_path_finish(input, built, false);
}

const struct ps_builder_profile ps_builder_bearssl = {PS_BUILDER_BEARSSL, build};
