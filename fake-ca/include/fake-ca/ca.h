/* SPDX-License-Identifier: Apache-2.0
 *
 * The fake certification authority: key pairs, authorities, certificates, attackers' material and
 * the firmware signer of one scenario. Private keys are made by a pool, live in memory only and
 * never leave this component; what leaves is DER, signed bytes, and the one secret that every
 * device must hold too (ps_ca_release_secret).
 *
 * Identifiers are small integers in the order of creation. Everything that is minted is a test:
 * every certificate carries the non-critical test-only marker extension
 * (PS_TEST_MARKER_OID, "pinstorm: simulated, never trust").
 *
 * Serial numbers are 16 bytes with a fixed top (so that DER lengths do not vary), drawn from the
 * certificate's identifier. Minting reads no clock: validity is exactly what the caller says, from
 * 1950 to 9999; an end of PS_TIME_NEVER is written 9999-12-31T23:59:59Z (RFC 5280 section 4.1.2.5).
 *
 * Threads: building a CA (every non-const call) is for one thread at a time. Once built, any number
 * of ps_server (server.h), one per thread, may read it.
 */
#ifndef FAKE_CA_CA_H
#define FAKE_CA_CA_H

#include <stddef.h>
#include <stdint.h>
#include "base/certificate.h"
#include "base/memory.h"
#include "base/release.h"
#include "base/status.h"
#include "base/text.h"
#include "base/verdict.h"

#define PS_TEST_MARKER_OID "1.3.6.1.4.1.32473.20231" /* under the documentation arc of RFC 5612 */

/* Key pairs, made in parallel and reused between scenarios of one process; within one CA no key is
 * handed out twice (a foreign pin would match). */
struct ps_keypool;
PS_MUST_USE ps_status ps_keypool_new(unsigned threads, struct ps_keypool **ret_pool,
                                     struct ps_error *err);
void ps_keypool_free(struct ps_keypool *pool); /* after every CA that drew from it */
/* Announces what will be needed, so that slow keys are made side by side. Blocks until they are
 * there; `progress` (may be NULL) is called from this thread after each key. */
PS_MUST_USE ps_status ps_keypool_fill(struct ps_keypool *pool, const unsigned wanted_by_type[],
                                      void (*progress)(unsigned done, unsigned total,
                                                       void *context),
                                      void *context, struct ps_error *err);

struct ps_ca;
PS_MUST_USE ps_status ps_ca_new(struct ps_keypool *pool, struct ps_ca **ret_ca,
                                struct ps_error *err);
void ps_ca_free(struct ps_ca *ca); /* NULL allowed; gives the keys back to the pool */

typedef struct ps_key_id {
    uint32_t n;
} ps_key_id;
typedef struct ps_certificate_id {
    uint32_t n;
} ps_certificate_id;

/* A fresh key pair. */
PS_MUST_USE ps_status ps_ca_key(struct ps_ca *ca, enum ps_key_type type, ps_key_id *ret_key,
                                struct ps_error *err);

/* A certificate for `subject_key`, signed by `issuer_key` under the name `issuer_dn`. Extensions,
 * in this order: basicConstraints (critical; CA and path length) for a CA; keyUsage (critical:
 * keyCertSign and cRLSign for a CA, digitalSignature for a leaf (and keyEncipherment with RSA));
 * extKeyUsage (from spec.eku); subjectAltName (from spec.host); subjectKeyIdentifier (RFC 5280
 * section 4.2.1.2 method 1: SHA-1 of the key); authorityKeyIdentifier (the same of the issuer's
 * key; left out when self-signed: the same key and the same name); authorityInfoAccess (OCSP, then
 * caIssuers; from spec.ocsp_url and spec.issuer_url); cRLDistributionPoints (from spec.crl_url);
 * TLS feature (status_request, RFC 7633; from spec.must_staple); the marker. What the description
 * does not ask for is left out. URLs are http:// ones. Deterministic but for the keys and ECDSA's
 * randomness. Without spec.subject it is "CN=" and spec.host. A description that cannot be minted
 * is PS_INVALID. */
PS_MUST_USE ps_status ps_ca_issue(struct ps_ca *ca, const struct ps_certificate_spec *spec,
                                  ps_key_id subject_key, const char *issuer_dn,
                                  ps_key_id issuer_key, ps_certificate_id *ret_certificate,
                                  struct ps_error *err);

/* The same for a key that somebody else made: a DER SubjectPublicKeyInfo. Bytes that are no key
 * that OpenSSL knows are PS_INVALID. */
PS_MUST_USE ps_status ps_ca_issue_spki(struct ps_ca *ca, const struct ps_certificate_spec *spec,
                                       struct ps_bytes spki, const char *issuer_dn,
                                       ps_key_id issuer_key, ps_certificate_id *ret_certificate,
                                       struct ps_error *err);

/* Borrowed until ps_ca_free. */
struct ps_bytes ps_ca_der(const struct ps_ca *ca, ps_certificate_id certificate);
struct ps_bytes ps_ca_spki(const struct ps_ca *ca, ps_key_id key); /* DER SubjectPublicKeyInfo */
/* Not of a certificate for somebody else's key. */
ps_key_id ps_ca_certificate_key(const struct ps_ca *ca, ps_certificate_id certificate);
/* The names as they were asked for: what an issuer_dn is. Borrowed until ps_ca_free. */
const char *ps_ca_subject(const struct ps_ca *ca, ps_certificate_id certificate);
const char *ps_ca_issuer(const struct ps_ca *ca, ps_certificate_id certificate);
/* The largest DER length this certificate can have whatever its keys' and signature's values are
 * (an ECDSA signature's length varies by a few bytes): for the cost figures. */
size_t ps_ca_der_size_max(const struct ps_ca *ca, ps_certificate_id certificate);

/* Appends a line for people: subject, issuer, the number of its key in this CA ("somebody else's
 * key" when it is none of this CA's), and its dates. */
void ps_ca_describe(const struct ps_ca *ca, ps_certificate_id certificate, struct ps_text *out);

/* Firmware: the vendor's signing key (ECDSA P-256), the secret of his MACs that every device holds,
 * both made on first use and borrowed until ps_ca_free, and a release in the format of
 * base/release.h. Appends to ret_payload. */
struct ps_release_options {
    uint32_t version;
    ps_time issued;
    enum ps_release_auth auth;
    bool forged; /* by somebody with a key or secret of his own, who has not the vendor's */
};
PS_MUST_USE ps_status ps_ca_release(struct ps_ca *ca, const struct ps_release_options *options,
                                    struct ps_buffer *ret_payload, struct ps_error *err);
PS_MUST_USE ps_status ps_ca_release_key(struct ps_ca *ca, struct ps_bytes *ret_spki,
                                        struct ps_error *err);
PS_MUST_USE ps_status ps_ca_release_secret(struct ps_ca *ca, struct ps_bytes *ret_secret,
                                           struct ps_error *err);

/* What an attacker presents for `attack` (src/attacks/, a small file each). */
struct ps_attack_options {
    const char *host; /* the name the device will ask for */
    /* Of what the attacker mints. */
    ps_time not_before, not_after;
    /* X02, X04, X05, X23: the endpoint's issuer; X03, X06, X19, X20, X21: the other CA's issuing
     * authority; X07, X08: the root whose key the attacker has; X18: only the name is taken. */
    const char *issuer_dn;
    ps_key_id issuer_key;
    /* What is sent after the leaf. X01, X16, X17, X22: nothing is; X07, X08, X18: the attacker's
     * CA.
     */
    const ps_certificate_id *chain;
    size_t chain_count;
    ps_certificate_id stolen_leaf; /* X09 to X15: with its own key */
    ps_key_id stolen_key;          /* X16, X17, X23 */
    /* Where the issuer publishes, as the issuer's own certificates say it; NULL: nowhere. Every
     * certificate that is minted carries them. */
    const char *ocsp_url, *issuer_url, *crl_url;
    /* X07, X08, X18: where the attacker's own CA publishes what it says of its leaf, so that its
     * status and the root's can both be had; NULL: as the issuer does. */
    const char *own_ocsp_url, *own_crl_url;
};

/* What a server presents: a leaf with its key and the certificates sent after it, in order. */
struct ps_presentation {
    ps_certificate_id leaf;
    ps_key_id leaf_key;
    ps_certificate_id *chain; /* owned: free() */
    size_t chain_count;
    /* Other lists that the same leaf may be sent with: the first one whose last certificate was
     * issued by, or is itself of the name of, an authority that the device names
     * (certificate_authorities) is sent in place of `chain`, unless `chain` itself fits. */
    struct ps_presentation_alternate {
        ps_certificate_id *chain; /* owned: free() */
        size_t chain_count;
    } * alternates; /* owned: free() */
    size_t alternate_count;
};
/* Gives ret_presentation->chain. */
PS_MUST_USE ps_status ps_ca_attack(struct ps_ca *ca, enum ps_attack attack,
                                   const struct ps_attack_options *options,
                                   struct ps_presentation *ret_presentation, struct ps_error *err);

#endif
