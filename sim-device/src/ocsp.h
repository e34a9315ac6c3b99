/* SPDX-License-Identifier: Apache-2.0
 *
 * OCSP (RFC 6960): the question about a certificate, and what an answer is worth. An answer counts
 * only if the certificate's issuer signed it itself: there are no delegated responders (section
 * 4.2.2.2), an answer of one is an answer of somebody else.
 */
#ifndef SIM_DEVICE_OCSP_H
#define SIM_DEVICE_OCSP_H

#include <openssl/x509.h>
#include "base/memory.h"
#include "standing.h"

/* Appends a DER OCSPRequest (appendix A.1) without a nonce: equal questions are equal bytes. */
void ps_ocsp_request(X509 *certificate, X509 *issuer, struct ps_buffer *ret_request);

/* Of a DER OCSPResponse; never FETCHING. */
struct ps_standing ps_ocsp_standing(struct ps_bytes answer, X509 *certificate, X509 *issuer,
                                    const struct ps_status_rules *rules);

#endif
