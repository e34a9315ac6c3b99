/* SPDX-License-Identifier: Apache-2.0
 *
 * A key pair and the pool it comes from and goes back to. A key is in one place at a time: in the
 * pool, or with one CA. That alone makes sure that no two authorities, endpoints or attackers of a
 * CA share one.
 *
 * `pair` is for the one thread that builds the CA. Everything else in a key is plain bytes, written
 * once: what servers in other threads read (OpenSSL changes an EVP_PKEY behind a const).
 */
#ifndef FAKE_CA_KEYPOOL_H
#define FAKE_CA_KEYPOOL_H

#include <stdbool.h>
#include <stddef.h>
#include <openssl/evp.h>
#include "fake-ca/ca.h"

enum {
    PS_KEY_TYPE_COUNT = 0
#define X(name, text) +1
    PS_KEY_TYPES(X)
#undef X
};
enum { PS_KEY_IDENTIFIER_BYTES = 20 };

struct ps_key {
    enum ps_key_type type;
    EVP_PKEY *pair;        /* owned */
    unsigned char *secret; /* owned, wiped when freed: DER of the private key */
    size_t secret_size;
    unsigned char *spki; /* owned: DER SubjectPublicKeyInfo */
    size_t spki_size;
    unsigned char identifier[PS_KEY_IDENTIFIER_BYTES]; /* RFC 5280 section 4.2.1.2, method 1 */
    struct ps_key *next;                               /* in the pool */
};

/* Gives the key that has been in the pool longest, or a new one. Any thread. */
PS_MUST_USE ps_status ps_keypool_take(struct ps_keypool *pool, enum ps_key_type type,
                                      struct ps_key **ret_key, struct ps_error *err);
/* The pool owns the key again. Any thread. */
void ps_keypool_give(struct ps_keypool *pool, struct ps_key *key);

/* The library context in which the keys live and sign. Borrowed until ps_keypool_free. */
OSSL_LIB_CTX *ps_keypool_library(struct ps_keypool *pool);

/* SHA-1 of the subjectPublicKey's bits in a DER SubjectPublicKeyInfo, without tag, length and count
 * of unused bits, in PS_KEY_IDENTIFIER_BYTES. Returns 0 when these are no such thing. */
int ps_key_identify(struct ps_bytes spki, OSSL_LIB_CTX *library, unsigned char *ret_identifier);

#endif
