/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include "ca_private.h"
#include "failure.h"
#include "server_private.h"

#define uthash_fatal(message) ps_memory_exhausted(0)
#include <uthash.h>

struct ps_server_context {
    const struct ps_presentation *presentation; /* the key */
    SSL_CTX *ssl;
    UT_hash_handle hh;
};

ps_status ps_server_new(const struct ps_ca *ca, struct ps_server **ret_server, struct ps_error *err)
{
    assert(ca != NULL);
    struct ps_server *server = ps_alloc(1, sizeof *server);
    server->ca = ca;
    server->library = OSSL_LIB_CTX_new();
    if (server->library == NULL)
        ps_memory_exhausted(0);
    server->sha256 = EVP_MD_fetch(server->library, "SHA256", NULL);
    if (server->sha256 == NULL) {
        ps_server_free(server);
        return ps_ca_openssl_fail(err, "starting a server");
    }
    *ret_server = server;
    return PS_OK;
}

void ps_server_free(struct ps_server *server)
{
    if (server == NULL)
        return;
    struct ps_server_context *context, *next;
    HASH_ITER (hh, server->contexts, context, next) {
        HASH_DEL(server->contexts, context);
        SSL_CTX_free(context->ssl);
        free(context);
    }
    for (size_t i = 0; i < server->certificate_count; i++)
        X509_free(server->certificates[i]);
    free(server->certificates);
    for (size_t i = 0; i < server->key_count; i++)
        EVP_PKEY_free(server->keys[i]);
    free(server->keys);
    EVP_MD_free(server->sha256);
    OSSL_LIB_CTX_free(server->library);
    free(server);
}

/* Makes room for the element `index`; new pointers are NULL. */
static void *grow_pointers(void *array, size_t *count, size_t index)
{
    if (index < *count)
        return array;
    size_t wanted = index + 1 > 2 * *count ? index + 1 : 2 * *count;
    void **grown = ps_realloc(array, wanted, sizeof *grown);
    memset(grown + *count, 0, (wanted - *count) * sizeof *grown);
    *count = wanted;
    return grown;
}

static ps_status server_certificate(struct ps_server *server, ps_certificate_id id, X509 **ret_x509,
                                    struct ps_error *err)
{
    server->certificates = grow_pointers(server->certificates, &server->certificate_count, id.n);
    X509 **slot = &server->certificates[id.n];
    if (*slot == NULL) {
        struct ps_bytes der = ps_ca_der(server->ca, id);
        const unsigned char *at = der.data;
        *slot = X509_new_ex(server->library, NULL);
        if (*slot == NULL)
            ps_memory_exhausted(0);
        /* d2i frees and clears what it was given when it fails. */
        if (d2i_X509(slot, &at, (long)der.size) == NULL)
            return ps_ca_openssl_fail(err, "reading a certificate");
    }
    *ret_x509 = *slot;
    return PS_OK;
}

static ps_status server_key(struct ps_server *server, ps_key_id id, EVP_PKEY **ret_key,
                            struct ps_error *err)
{
    server->keys = grow_pointers(server->keys, &server->key_count, id.n);
    EVP_PKEY **slot = &server->keys[id.n];
    if (*slot == NULL) {
        const struct ps_key *key = ps_ca_key_find(server->ca, id);
        const unsigned char *at = key->secret;
        *slot = d2i_AutoPrivateKey_ex(NULL, &at, (long)key->secret_size, server->library, NULL);
        if (*slot == NULL)
            return ps_ca_openssl_fail(err, "reading a key");
    }
    *ret_key = *slot;
    return PS_OK;
}

/* Everything that is the same for all presentations. Each choice is stated, none left to the host's
 * openssl.cnf. Security level 0: what a certificate is made of is the scenario's choice. */
static int context_configure(SSL_CTX *ssl)
{
    SSL_CTX_set_security_level(ssl, 0);
    SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
    /* Without NO_AUTO_CHAIN, OpenSSL completes a chain that the scenario leaves incomplete. */
    SSL_CTX_set_mode(ssl, SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(ssl, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_info_callback(ssl, ps_session_on_info);
    SSL_CTX_set_client_hello_cb(ssl, ps_session_on_hello, NULL);
    return SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(ssl, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_num_tickets(ssl, 0) == 1 &&
           SSL_CTX_set_ciphersuites(ssl, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                         "TLS_CHACHA20_POLY1305_SHA256") == 1 &&
           SSL_CTX_set_cipher_list(ssl, "ECDHE+AESGCM:ECDHE+CHACHA20:ECDHE+AES") == 1 &&
           SSL_CTX_set1_groups_list(ssl, "X25519:P-256:P-384:P-521") == 1;
}

static ps_status context_chain(struct ps_server *server, SSL_CTX *ssl,
                               const struct ps_presentation *presentation, struct ps_error *err)
{
    for (size_t i = 0; i < presentation->chain_count; i++) {
        X509 *x509 = NULL;
        PS_TRY(server_certificate(server, presentation->chain[i], &x509, err));
        if (SSL_CTX_add1_chain_cert(ssl, x509) != 1)
            return ps_ca_openssl_fail(err, "serving a certificate");
    }
    return PS_OK;
}

static ps_status context_fill(struct ps_server *server, SSL_CTX *ssl,
                              const struct ps_presentation *presentation, struct ps_error *err)
{
    X509 *leaf = NULL;
    EVP_PKEY *key = NULL;
    PS_TRY(server_certificate(server, presentation->leaf, &leaf, err));
    PS_TRY(server_key(server, presentation->leaf_key, &key, err));
    if (!context_configure(ssl))
        return ps_ca_openssl_fail(err, "configuring TLS");
    if (SSL_CTX_use_certificate(ssl, leaf) != 1 || SSL_CTX_use_PrivateKey(ssl, key) != 1 ||
        SSL_CTX_check_private_key(ssl) != 1)
        return ps_ca_openssl_fail(err, "serving a leaf");
    return context_chain(server, ssl, presentation, err);
}

ps_status ps_server_context_find(struct ps_server *server,
                                 const struct ps_presentation *presentation, SSL_CTX **ret_context,
                                 struct ps_error *err)
{
    struct ps_server_context *context = NULL;
    HASH_FIND_PTR(server->contexts, &presentation, context);
    if (context == NULL) {
        ERR_clear_error();
        SSL_CTX *ssl = SSL_CTX_new_ex(server->library, NULL, TLS_server_method());
        if (ssl == NULL)
            return ps_ca_openssl_fail(err, "starting TLS");
        ps_status status = context_fill(server, ssl, presentation, err);
        if (!ps_is_ok(status)) {
            SSL_CTX_free(ssl);
            return status;
        }
        context = ps_alloc(1, sizeof *context);
        context->presentation = presentation;
        context->ssl = ssl;
        HASH_ADD_PTR(server->contexts, presentation, context);
    }
    *ret_context = context->ssl;
    return PS_OK;
}
