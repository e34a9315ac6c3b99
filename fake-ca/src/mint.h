/* SPDX-License-Identifier: Apache-2.0
 *
 * A certificate in the making, and what certificates, OCSP answers and CRLs have in common.
 */
#ifndef FAKE_CA_MINT_H
#define FAKE_CA_MINT_H

#include <openssl/x509v3.h>
#include "ca_private.h"

struct ps_minting {
    const struct ps_certificate_spec *spec;
    EVP_PKEY *pair; /* the subject's; perhaps only its public half */
    const unsigned char *identifier;
    const struct ps_key *issuer;
    bool self_signed;
    X509 *x509;
};

/* Adds all extensions to m->x509. Returns 0 when OpenSSL failed. */
int ps_mint_extensions(struct ps_minting *m);

/* The serial number of the certificate `number`. */
void ps_mint_serial(uint32_t number, ASN1_INTEGER *ret_serial);
/* Gives the identifier of an issuer's key. */
AUTHORITY_KEYID *ps_mint_authority_key_identifier(const struct ps_key *issuer);
/* Whether it can be written in a certificate: 1950 to 9999. */
bool ps_mint_time_is_good(ps_time time);

#endif
