/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenSSL's own builder in three ages.
 *
 *   3     trusted certificates first
 *   1.0.2 the served list first; other chains are tried only if no trusted end was reached, and an
 *         expired end counts as reached
 *   1.0.1 as 1.0.2, and other chains are never tried
 *
 * The flags are set on the context that verifies: X509_V_FLAG_TRUSTED_FIRST is part of the default
 * parameters that are merged in when that context is made, so clearing it any earlier does nothing.
 * At now == notAfter OpenSSL says expired, as no other builder does.
 */
#include "builder.h"

#include <stdint.h>
#include "../stack.h"
#include "common.h"

/* Forgives date errors where the strategy does not look at dates. */
static int forgive_dates(int ok, X509_STORE_CTX *context)
{
    const struct ps_strategy *strategy = X509_STORE_CTX_get_app_data(context);
    int error = X509_STORE_CTX_get_error(context);
    if (ok || (error != X509_V_ERR_CERT_HAS_EXPIRED && error != X509_V_ERR_CERT_NOT_YET_VALID))
        return ok;
    /* Dates are asked only once a chain stands that ends in a trusted certificate. */
    int depth = X509_STORE_CTX_get_error_depth(context);
    int last = sk_X509_num(X509_STORE_CTX_get0_chain(context)) - 1;
    enum ps_position position = depth == 0      ? PS_POSITION_LEAF
                                : depth == last ? PS_POSITION_ANCHOR
                                                : PS_POSITION_CA;
    return !ps_dates_count(strategy, position);
}

static void set_dates(const struct ps_build_input *input, X509_STORE_CTX *context)
{
    const struct ps_strategy *strategy = input->strategy;
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    bool any = ps_dates_count(strategy, PS_POSITION_LEAF) ||
               ps_dates_count(strategy, PS_POSITION_CA) ||
               ps_dates_count(strategy, PS_POSITION_ANCHOR);
    X509_VERIFY_PARAM_set_time(param, (time_t)input->now.s);
    if (any) {
        X509_STORE_CTX_set_app_data(context, (void *)(uintptr_t)strategy);
        X509_STORE_CTX_set_verify_cb(context, forgive_dates);
    } else {
        /* A time that is set would overrule "no dates". */
        X509_VERIFY_PARAM_clear_flags(param, X509_V_FLAG_USE_CHECK_TIME);
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);
    }
}

static void take_path(X509_STORE_CTX *context, struct ps_built *built)
{
    STACK_OF(X509) *chain = X509_STORE_CTX_get0_chain(context);
    /* The references are the anchors' and the served list's own; both outlive the context. */
    for (int i = 0; i < sk_X509_num(chain) && built->count < PS_PATH_MAX; i++)
        built->path[built->count++] = sk_X509_value(chain, i);
}

/* OpenSSL verifies a path once it stands, from the top down, each signature before the dates of
 * what it signs; a signature that it cannot verify makes it look for no other path. */
static void check_limits(const struct ps_build_input *input, struct ps_built *built)
{
    bool dates = built->error == X509_V_ERR_CERT_HAS_EXPIRED ||
                 built->error == X509_V_ERR_CERT_NOT_YET_VALID;
    if ((built->error != X509_V_OK && !dates) || built->count < 2)
        return;
    size_t lowest = dates && built->depth > 0 ? (size_t)built->depth : 0;
    for (size_t i = built->count - 1; i-- > lowest;) {
        int error = ps_key_error(input, built->path[i + 1]);
        size_t depth = i + 1;
        if (error == X509_V_OK) {
            error = ps_hash_error(input, built->path[i]);
            depth = i;
        }
        if (error != X509_V_OK) {
            ps_path_fail(built, error, (int)depth);
            return;
        }
    }
}

static void build(const struct ps_build_input *input, struct ps_built *built,
                  unsigned long clear_flags, unsigned long set_flags)
{
    X509_STORE_CTX *context = ps_need(X509_STORE_CTX_new_ex(input->library, NULL));
    if (X509_STORE_CTX_init(context, input->store, ps_served(input, 0), input->served) != 1)
        ps_memory_exhausted(0);
    X509_STORE_CTX_set_default(context, "ssl_server");
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_clear_flags(param, clear_flags);
    X509_VERIFY_PARAM_set_flags(param, set_flags);
    if (input->strategy->chain.partial)
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    X509_VERIFY_PARAM_set_auth_level(param, 0);
    uint32_t depth = input->strategy->chain.intermediates_max;
    X509_VERIFY_PARAM_set_depth(param,
                                depth < PS_INTERMEDIATES_MAX ? (int)depth : PS_INTERMEDIATES_MAX);
    set_dates(input, context);
    if (input->dane)
        X509_STORE_CTX_set0_dane(context, input->dane);
    if (X509_verify_cert(context) == 1) {
        built->error = X509_V_OK;
    } else {
        int error = X509_STORE_CTX_get_error(context);
        built->error = error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error;
        built->depth = X509_STORE_CTX_get_error_depth(context);
    }
    take_path(context, built);
    X509_STORE_CTX_free(context);
    check_limits(input, built);
}

static void build3(const struct ps_build_input *input, struct ps_built *built)
{
    build(input, built, 0, X509_V_FLAG_TRUSTED_FIRST);
}

static void build102(const struct ps_build_input *input, struct ps_built *built)
{
    build(input, built, X509_V_FLAG_TRUSTED_FIRST, 0);
}

static void build101(const struct ps_build_input *input, struct ps_built *built)
{
    build(input, built, X509_V_FLAG_TRUSTED_FIRST, X509_V_FLAG_NO_ALT_CHAINS);
}

const struct ps_builder_profile ps_builder_openssl3 = {PS_BUILDER_OPENSSL3, build3};
const struct ps_builder_profile ps_builder_openssl102 = {PS_BUILDER_OPENSSL102, build102};
const struct ps_builder_profile ps_builder_openssl101 = {PS_BUILDER_OPENSSL101, build101};
