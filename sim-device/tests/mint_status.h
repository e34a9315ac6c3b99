/* SPDX-License-Identifier: Apache-2.0
 *
 * OCSP answers and CRLs of the minted certificates, good ones and wrong ones, with plain OpenSSL.
 */
#ifndef SIM_DEVICE_MINT_STATUS_H
#define SIM_DEVICE_MINT_STATUS_H

#include <stdbool.h>
#include "mint.h"

/* Names are those of mint.c. Zero is good, by the issuer's name, SHA-1 and SHA-256. */
struct mint_ocsp {
    const char *about;       /* the certificate */
    const char *issuer;      /* its issuer */
    const char *signer;      /* NULL: the issuer */
    const char *named;       /* whose name it says that it is of; NULL: the signer's */
    const char *from;        /* thisUpdate */
    const char *until;       /* nextUpdate; NULL: none */
    const char *about_first; /* another certificate, good, before the one in question; NULL: none */
    int status;              /* V_OCSP_CERTSTATUS_; 0 is good */
    int error;               /* another OCSP_RESPONSE_STATUS_, and nothing else */
    bool by_key;             /* of the signer's key, not its name */
    bool sha256_id, sha384_signature;
    bool critical, critical_single; /* an extension that nobody knows */
    bool signer_sent;               /* the signer's certificate comes along */
};
void mint_ocsp(const struct mint_ocsp *how, struct ps_buffer *ret_der);

enum mint_crl_fault {
    MINT_CRL_WHOLE,
    MINT_CRL_CRITICAL,       /* an extension that nobody knows */
    MINT_CRL_CRITICAL_ENTRY, /* the same in an entry */
    MINT_CRL_DELTA,
    MINT_CRL_TOOK_BACK, /* its entry says "removed" */
};
struct mint_crl {
    const char *revoked; /* names; NULL: none */
    const char *issuer;
    const char *signer; /* NULL: the issuer */
    const char *from, *until;
    const char *scope; /* issuingDistributionPoint as OpenSSL writes it; NULL: none */
    enum mint_crl_fault fault;
    bool sha384;
};
void mint_crl(const struct mint_crl *how, struct ps_buffer *ret_der);

#endif
