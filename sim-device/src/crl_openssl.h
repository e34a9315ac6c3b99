/* SPDX-License-Identifier: Apache-2.0
 *
 * Revocation by CRLs that are at hand, over a path that was built, as OpenSSL asks for it.
 */
#ifndef SIM_DEVICE_CRL_OPENSSL_H
#define SIM_DEVICE_CRL_OPENSSL_H

#include "builders/builder.h"
#include "trust.h"

/* X509_V_OK when a good CRL covers every certificate of the path and names none of them; else what
 * is wrong, and with which certificate. */
int ps_crl_openssl_error(const struct ps_build_input *input, const struct ps_built *built,
                         STACK_OF(X509_CRL) * crls, int *ret_depth);

#endif
