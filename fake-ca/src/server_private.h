/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of a server: what its sessions borrow from it. One thread; its own library context;
 * its own copies of certificates and keys, parsed from the CA's bytes once and shared by the
 * contexts.
 */
#ifndef FAKE_CA_SERVER_PRIVATE_H
#define FAKE_CA_SERVER_PRIVATE_H

#include <openssl/ssl.h>
#include "fake-ca/server.h"

struct ps_server_context; /* of one presentation */
enum { PS_TICKET_KEYS_BYTES = 80 };

/* Of TLS 1.2. Those of a shared secret come first: who offers one has it. */
#define PS_SERVER_CIPHERS "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES"
#define PS_SERVER_SECRET_CIPHERS                                                                   \
    "kECDHEPSK+CHACHA20:kECDHEPSK+AES:kPSK+AESGCM:kPSK+CHACHA20:kPSK+AESCCM:kPSK+AES"

struct ps_server {
    const struct ps_ca *ca; /* borrowed until ps_server_free */
    OSSL_LIB_CTX *library;
    EVP_MD *sha256;
    unsigned char ticket_keys[PS_TICKET_KEYS_BYTES]; /* all contexts' */
    struct ps_server_context *contexts;              /* uthash by the presentation's address */
    X509 **certificates; /* by ps_certificate_id; NULL: not needed yet */
    size_t certificate_count;
    EVP_PKEY **keys; /* by ps_key_id */
    size_t key_count;
};

/* This server's copy of a certificate. Borrowed until ps_server_free. */
PS_MUST_USE ps_status ps_server_certificate(struct ps_server *server, ps_certificate_id id,
                                            X509 **ret_x509, struct ps_error *err);

/* The context for a presentation (NULL: of the shared secret alone), made on first use. Borrowed
 * until ps_server_free. Tests use it to give OpenSSL the chance to complete a chain. */
PS_MUST_USE ps_status ps_server_context_find(struct ps_server *server,
                                             const struct ps_presentation *presentation,
                                             SSL_CTX **ret_context, struct ps_error *err);

/* What OpenSSL calls back with; the SSL's application data is its struct ps_session.
 * In session.c: */
void ps_session_on_info(const SSL *ssl, int where, int value);
int ps_session_on_hello(SSL *ssl, int *alert, void *context);
int ps_session_on_status(SSL *ssl, void *context);
/* In alternate.c; `context` is the struct ps_alternates of the presentation: */
int ps_alternate_choose(SSL *ssl, void *context);
/* In secret.c: */
int ps_secret_find(SSL *ssl, const unsigned char *identity, size_t size, SSL_SESSION **ret_session);
unsigned ps_secret_find_tls12(SSL *ssl, const char *identity, unsigned char *ret_secret,
                              unsigned size_max);

/* The lists that a leaf may be sent with, in the order in which they are tried. */
struct ps_alternates {
    X509 *leaf;              /* borrowed from the server */
    STACK_OF(X509) * *lists; /* owned */
    size_t count;
};
void ps_alternates_deinit(struct ps_alternates *alternates);

#endif
