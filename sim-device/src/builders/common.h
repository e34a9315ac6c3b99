/* SPDX-License-Identifier: Apache-2.0
 *
 * What the builders that are not OpenSSL's own have in common.
 */
#ifndef SIM_DEVICE_BUILDER_COMMON_H
#define SIM_DEVICE_BUILDER_COMMON_H

#include "builder.h"

enum ps_position { PS_POSITION_LEAF, PS_POSITION_CA, PS_POSITION_ANCHOR };

/* Does the strategy look at dates there? A device without a clock looks at none. An anchor that is
 * only name and key has none; dates looked at when it was loaded are not looked at again. */
bool ps_dates_count(const struct ps_strategy *strategy, enum ps_position position);

/* X509_V_OK, X509_V_ERR_CERT_NOT_YET_VALID or X509_V_ERR_CERT_HAS_EXPIRED. The last second counts
 * as valid, unlike in OpenSSL (RFC 5280 section 4.1.2.5). */
int ps_dates_error(const struct ps_build_input *input, X509 *certificate,
                   enum ps_position position);

X509 *ps_served(const struct ps_build_input *input, size_t index);
size_t ps_served_count(const struct ps_build_input *input);

/* The issuer's subject is the child's issuer. */
bool ps_named_by(const X509 *child, const X509 *issuer);
/* As ps_named_by, and where both carry a key identifier they agree. */
bool ps_identified_by(X509 *child, X509 *issuer);
bool ps_signed_by(X509 *child, X509 *issuer);
/* Can the device verify signatures of this hash, or with this key? X509_V_OK or a PS_LIMIT_ error
 * (capability.h). The hash is that of the signature under the certificate, the key its own. */
int ps_hash_error(const struct ps_build_input *input, X509 *certificate);
int ps_key_error(const struct ps_build_input *input, X509 *certificate);
bool ps_self_issued(const X509 *certificate);
/* Allowed to issue: basicConstraints, keyUsage, nothing critical that is unknown. */
bool ps_may_issue(X509 *certificate);
bool ps_same_certificate(const X509 *a, const X509 *b);
bool ps_same_name_and_key(const X509 *a, const X509 *b);

/* How many certificates may follow below this CA: its path length, or SIZE_MAX. */
size_t ps_path_length(X509 *certificate);
/* Non-self-issued certificates of path[1..count-1] (RFC 5280 section 6.1.4 (l)). */
size_t ps_intermediates_counted(X509 *const *path, size_t count);

/* Appends to the path; false (and the error) when it is full. */
bool ps_path_add(struct ps_built *built, X509 *certificate);
/* Ends the path with an error about path[depth] (or no certificate: -1). */
void ps_path_fail(struct ps_built *built, int error, int depth);
/* The checks every complete path must pass: the leaf may be a TLS server, path lengths of all CAs
 * (`with_anchor`: the anchor's too) and the strategy's limit of intermediates. Sets the error. */
void ps_path_finish(const struct ps_build_input *input, struct ps_built *built, bool with_anchor);

#endif
