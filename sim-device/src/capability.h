/* SPDX-License-Identifier: Apache-2.0
 *
 * What a device's TLS build cannot do (struct ps_strategy_limits), asked of certificates and put
 * into the handshake. docs/decisions/0005-capability-limits.md says what real stacks do there.
 *
 *   handshake   signature algorithms, groups, cipher suites and the highest version that are
 * offered list        too many certificates or bytes are refused before anything is judged leaf key
 * a key that cannot be used proves nothing, whatever the strategy says about paths path        a
 * signature is usable if its hash is known and the issuer's key can be used; the builders ask that
 * where their stack would
 */
#ifndef SIM_DEVICE_CAPABILITY_H
#define SIM_DEVICE_CAPABILITY_H

#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include "base/strategy.h"
#include "base/verdict.h"

/* Errors that mean a limit when the certificate they are about is over it. */
enum {
    PS_LIMIT_HASH_ERROR = X509_V_ERR_UNSUPPORTED_SIGNATURE_ALGORITHM,
    PS_LIMIT_KEY_ERROR = X509_V_ERR_UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY,
};

bool ps_limits_hash_is_known(const struct ps_strategy_limits *limits, enum ps_hash hash);
/* X509_V_OK, or PS_LIMIT_HASH_ERROR: the hash of the signature under this certificate. */
int ps_limits_hash_error(const struct ps_strategy_limits *limits, X509 *certificate);
/* X509_V_OK, or PS_LIMIT_KEY_ERROR: the certificate's own key. */
int ps_limits_key_error(const struct ps_strategy_limits *limits, X509 *certificate);

/* Of a signature that is under no certificate: a NID of signature and hash together. */
bool ps_limits_signature_known(const struct ps_strategy_limits *limits, int signature);

/* "signature hash sha384 is not supported" if `error` is of one of the limits and the certificate
 * over it; false otherwise. */
bool ps_limits_describe(const struct ps_strategy_limits *limits, int error, X509 *certificate,
                        char *out, size_t size);

/* Bytes of a served list as they are counted: no run of chance in an ECDSA signature and no date of
 * the leaf changes them. */
size_t ps_limits_list_bytes(const STACK_OF(X509) * served);

/* Fills the verdict (stage, error, depth, reason) and gives true if the list or its leaf's key is
 * refused. */
bool ps_limits_refuse(const struct ps_strategy_limits *limits, const STACK_OF(X509) * served,
                      struct ps_verdict *verdict);

/* Offers only what the limits allow. */
void ps_limits_offer(const struct ps_strategy_limits *limits, SSL_CTX *tls);

#endif
