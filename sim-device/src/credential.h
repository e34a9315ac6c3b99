/* SPDX-License-Identifier: Apache-2.0
 *
 * The device's own key pair and what it shows of it. The key is kept as bytes and parsed anew in
 * the library context of each trust, so that threads share nothing of OpenSSL's.
 *
 * A bare key travels in a certificate that it signs itself (OpenSSL 3.0 knows no RFC 7250): who
 * knows the key from a list looks at nothing else in it.
 */
#ifndef SIM_DEVICE_CREDENTIAL_H
#define SIM_DEVICE_CREDENTIAL_H

#include "trust.h"

struct ps_credential {
    unsigned char *secret, *spki; /* DER, owned; the secret is wiped when freed */
    size_t secret_size, spki_size;
};

/* Fills what the trust shows, where the strategy's client identity is one that is shown. PS_FAILED:
 * the certificate is none, or for another key. */
PS_MUST_USE ps_status ps_credential_show(const struct ps_credential *credential,
                                         struct ps_bytes certificate, struct ps_trust *trust,
                                         struct ps_error *err);
/* The same for one connection of that trust, with another certificate and its issuer's. */
PS_MUST_USE ps_status ps_credential_show_once(const struct ps_trust *trust,
                                              struct ps_bytes certificate, struct ps_bytes issuer,
                                              SSL *tls, struct ps_error *err);

#endif
