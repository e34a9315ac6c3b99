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
        if (X509_check_ca(anchor) != 0 && ps_named_by(child, anchor) && ps_signed_by(child, anchor))
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

/* Why the next served certificate cannot have issued this one. */
static int link_error(X509 *child, X509 *next)
{
    if (!next || !ps_named_by(child, next))
        return X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY;
    if (!ps_may_issue(next))
        return X509_V_ERR_INVALID_CA;
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
        X509 *anchor = NULL;
        if (error == X509_V_OK) {
            if (i == 0 && leaf_is_trusted(input, certificate))
                break;
            anchor = issuing_anchor(input, certificate);
            if (!anchor)
                error = link_error(certificate, i + 1 < count ? ps_served(input, i + 1) : NULL);
        }
        if (error != X509_V_OK) {
            ps_path_fail(built, error, (int)i);
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
