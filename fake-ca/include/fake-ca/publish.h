/* SPDX-License-Identifier: Apache-2.0
 *
 * What authorities publish: OCSP answers and CRLs as DER. Every time in them is given; nothing here
 * reads a clock, so an answer can be made for any moment, stale ones and ones from the future
 * included. Times lie between 1950 and 9999 (ps_ca_issue's bounds); others are PS_INVALID.
 *
 * An answer is signed by the issuer's own key with SHA-256, and carries no certificate: who asks
 * has the issuer's. Whoever has the issuer's key signs as well as the issuer does; a stolen CA's
 * answers are made here too. For equal options an answer differs only by ECDSA's randomness, and
 * its size by that only.
 *
 * Threads: as the non-const calls of ca.h.
 */
#ifndef FAKE_CA_PUBLISH_H
#define FAKE_CA_PUBLISH_H

#include <stdbool.h>
#include "fake-ca/ca.h"

struct ps_ocsp_options {
    ps_certificate_id certificate; /* that it is about */
    const char *issuer_dn;         /* the certificate's issuer, who signs the answer himself */
    ps_key_id issuer_key;
    bool revoked; /* else good */
    ps_time revoked_at;
    ps_time this_update; /* producedAt too */
    ps_time next_update; /* PS_TIME_NEVER: it does not say */
};
/* Appends an OCSPResponse: successful, basic, one certificate (by SHA-1 of the issuer's name and
 * key), the responder named by its key (RFC 6960 section 4.2), no nonce, no reason. */
PS_MUST_USE ps_status ps_ca_ocsp(struct ps_ca *ca, const struct ps_ocsp_options *options,
                                 struct ps_buffer *ret_response, struct ps_error *err);

struct ps_crl_options {
    const char *issuer_dn;
    ps_key_id issuer_key;
    const struct ps_crl_entry {
        ps_certificate_id certificate;
        ps_time revoked_at;
    } * revoked; /* each certificate at most once */
    size_t revoked_count;
    ps_time this_update;
    ps_time next_update; /* a CRL has to say one (RFC 5280 section 5.1.2.5) */
};
/* Appends a CRL of version 2 with an authorityKeyIdentifier and a cRLNumber that grows with
 * this_update (RFC 5280 section 5.2); entries carry no reason. */
PS_MUST_USE ps_status ps_ca_crl(struct ps_ca *ca, const struct ps_crl_options *options,
                                struct ps_buffer *ret_crl, struct ps_error *err);

#endif
