/* SPDX-License-Identifier: Apache-2.0
 *
 * DANE (RFC 6698, RFC 7671): what the TLSA records of the host say about a served list. Only
 * records of the form that the strategy asks for count; DNS and DNSSEC are not simulated here.
 *
 *   3 1 1   the leaf's key is the record's, and that is all: no dates, no name, no revocation (RFC
 *           7671 section 5.1). The path is the leaf.
 *   2 x 1   a path to a certificate that was served behind the leaf and is the record's. OpenSSL's
 *           builders do it with OpenSSL's own DANE, which has rules of its own (a certificate that
 *           ends the path and is not self-signed has no dates); for the others the certificates
 *           that match are the anchors.
 *   1 1 1   the strategy's own path to an anchor, and the leaf's key is the record's
 */
#ifndef SIM_DEVICE_DANE_H
#define SIM_DEVICE_DANE_H

#include "builders/builder.h"
#include "trust.h"

/* The records of one contact that count. Zero is none. */
struct ps_dane {
    struct ps_pin_value *values; /* owned: a record is a comparison like a pin */
    size_t count;
    SSL_DANE *openssl; /* the same records for OpenSSL's own check; borrowed from the SSL */
};

/* PS_FAILED: a record's data can be made neither of its certificate nor of its key. `tls` is a
 * connection of this trust and outlives what is filled. */
PS_MUST_USE ps_status ps_dane_init(const struct ps_trust *trust, SSL *tls,
                                   const struct ps_tlsa *records, size_t count,
                                   struct ps_dane *ret_dane, struct ps_error *err);
void ps_dane_deinit(struct ps_dane *dane);

/* The path; without a record that matches the error is X509_V_ERR_DANE_NO_MATCH. `dane` may be
 * NULL: nobody asked DNS. */
void ps_dane_build(const struct ps_trust *trust, const struct ps_dane *dane,
                   const struct ps_build_input *input, struct ps_built *ret_built);

/* Is the leaf's key all that was asked for? Then neither its name nor its status is. */
bool ps_dane_is_of_leaf_alone(const struct ps_strategy *strategy);

/* "3 1 1" */
const char *ps_dane_form_text(enum ps_tlsa_form form);

#endif
