/* SPDX-License-Identifier: Apache-2.0
 *
 * OpenSSL's own check of CRLs (RFC 5280 section 6.3), asked about a path that any builder made: its
 * scopes, its scores and its order of errors, without its path building. Where the strategy looks
 * at no dates at all, those of CRLs do not count either, as with X509_V_FLAG_NO_CHECK_TIME.
 */
#include "crl_openssl.h"

#include "builders/common.h"

static void set_dates(const struct ps_build_input *input, X509_VERIFY_PARAM *param)
{
    const struct ps_strategy *strategy = input->strategy;
    if (ps_dates_count(strategy, PS_POSITION_LEAF) || ps_dates_count(strategy, PS_POSITION_CA) ||
        ps_dates_count(strategy, PS_POSITION_ANCHOR))
        X509_VERIFY_PARAM_set_time(param, (time_t)input->now.s);
    else
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);
}

int ps_crl_openssl_error(const struct ps_build_input *input, const struct ps_built *built,
                         STACK_OF(X509_CRL) * crls, int *ret_depth)
{
    X509_STORE_CTX *context = ps_need(X509_STORE_CTX_new_ex(input->library, NULL));
    if (X509_STORE_CTX_init(context, input->store, built->path[0], input->served) != 1)
        ps_memory_exhausted(0);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    set_dates(input, param);
    X509_STORE_CTX_set0_crls(context, crls);
    STACK_OF(X509) *chain = ps_need(sk_X509_new_null());
    for (size_t i = 0; i < built->count; i++) {
        X509_up_ref(built->path[i]);
        if (!sk_X509_push(chain, built->path[i]))
            ps_memory_exhausted(0);
    }
    X509_STORE_CTX_set0_verified_chain(context, chain);
    int error = X509_V_OK;
    *ret_depth = -1;
    if (X509_STORE_CTX_get_check_revocation(context)(context) != 1) {
        error = X509_STORE_CTX_get_error(context);
        *ret_depth = X509_STORE_CTX_get_error_depth(context);
        if (error == X509_V_OK)
            error = X509_V_ERR_UNSPECIFIED;
    }
    X509_STORE_CTX_free(context);
    return error;
}
