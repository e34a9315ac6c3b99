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

struct ps_server {
    const struct ps_ca *ca; /* borrowed until ps_server_free */
    OSSL_LIB_CTX *library;
    EVP_MD *sha256;
    struct ps_server_context *contexts; /* uthash by the presentation's address */
    X509 **certificates;                /* by ps_certificate_id; NULL: not needed yet */
    size_t certificate_count;
    EVP_PKEY **keys; /* by ps_key_id */
    size_t key_count;
};

/* The context for a presentation, made on first use. Borrowed until ps_server_free. Tests use it to
 * give OpenSSL the chance to complete a chain. */
PS_MUST_USE ps_status ps_server_context_find(struct ps_server *server,
                                             const struct ps_presentation *presentation,
                                             SSL_CTX **ret_context, struct ps_error *err);

/* In session.c: what a context calls back with. */
void ps_session_on_info(const SSL *ssl, int where, int value);
int ps_session_on_hello(SSL *ssl, int *alert, void *context);

#endif
