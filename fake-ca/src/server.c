/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <openssl/ssl.h>
#include "ca_private.h"
#include "failure.h"
#include "server_private.h"

#define uthash_fatal(message) ps_memory_exhausted(0)
#include <uthash.h>

struct ps_server_context {
    const struct ps_presentation *presentation; /* the key */
    SSL_CTX *ssl;
    struct ps_alternates alternates;
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
    if (server->sha256 == NULL ||
        RAND_bytes_ex(server->library, server->ticket_keys, sizeof server->ticket_keys, 0) != 1) {
        ps_server_free(server);
        return ps_ca_openssl_fail(err, "starting a server");
    }
    *ret_server = server;
    return PS_OK;
}

static void server_context_free(struct ps_server_context *context)
{
    SSL_CTX_free(context->ssl);
    ps_alternates_deinit(&context->alternates);
    free(context);
}

void ps_server_free(struct ps_server *server)
{
    if (server == NULL)
        return;
    struct ps_server_context *context, *next;
    HASH_ITER (hh, server->contexts, context, next) {
        HASH_DEL(server->contexts, context);
        server_context_free(context);
    }
    for (size_t i = 0; i < server->certificate_count; i++)
        X509_free(server->certificates[i]);
    free(server->certificates);
    for (size_t i = 0; i < server->key_count; i++)
        EVP_PKEY_free(server->keys[i]);
    free(server->keys);
    EVP_MD_free(server->sha256);
    OSSL_LIB_CTX_free(server->library);
    OPENSSL_cleanse(server->ticket_keys, sizeof server->ticket_keys);
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

ps_status ps_server_certificate(struct ps_server *server, ps_certificate_id id, X509 **ret_x509,
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
 * openssl.cnf. Security level 0: what a certificate is made of is the scenario's choice. What a
 * session's options ask for beyond this is set for the session (session.c). */
static int context_configure(SSL_CTX *ssl, struct ps_server *server)
{
    /* OpenSSL measures a ticket's age by the host's clock; no run takes as long as this. */
    enum { TICKET_LIFETIME_S = 7 * 86400 };
    static const unsigned char all_sessions[] = "pinstorm";
    SSL_CTX_set_security_level(ssl, 0);
    SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION |
                                 SSL_OP_CIPHER_SERVER_PREFERENCE);
    /* Without NO_AUTO_CHAIN, OpenSSL completes a chain that the scenario leaves incomplete. */
    SSL_CTX_set_mode(ssl, SSL_MODE_NO_AUTO_CHAIN | SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_verify(ssl, SSL_VERIFY_NONE, NULL);
    SSL_CTX_set_info_callback(ssl, ps_session_on_info);
    SSL_CTX_set_client_hello_cb(ssl, ps_session_on_hello, NULL);
    SSL_CTX_set_tlsext_status_cb(ssl, ps_session_on_status);
    SSL_CTX_set_timeout(ssl, TICKET_LIFETIME_S);
    return SSL_CTX_set_min_proto_version(ssl, TLS1_2_VERSION) == 1 &&
           SSL_CTX_set_max_proto_version(ssl, TLS1_3_VERSION) == 1 &&
           SSL_CTX_set_num_tickets(ssl, 0) == 1 &&
           SSL_CTX_set_tlsext_ticket_keys(ssl, server->ticket_keys, PS_TICKET_KEYS_BYTES) == 1 &&
           SSL_CTX_set_session_id_context(ssl, all_sessions, sizeof all_sessions - 1) == 1 &&
           SSL_CTX_set_ciphersuites(ssl, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                         "TLS_CHACHA20_POLY1305_SHA256") == 1 &&
           SSL_CTX_set_cipher_list(ssl, PS_SERVER_CIPHERS) == 1 &&
           SSL_CTX_set1_groups_list(ssl, "X25519:P-256:P-384:P-521") == 1;
}

static ps_status list_fill(struct ps_server *server, const ps_certificate_id *chain, size_t count,
                           STACK_OF(X509) * list, struct ps_error *err)
{
    for (size_t i = 0; i < count; i++) {
        X509 *x509 = NULL;
        PS_TRY(ps_server_certificate(server, chain[i], &x509, err));
        if (sk_X509_push(list, x509) <= 0)
            ps_memory_exhausted(0);
    }
    return PS_OK;
}

static STACK_OF(X509) * list_new(void)
{
    STACK_OF(X509) *list = sk_X509_new_null();
    if (list == NULL)
        ps_memory_exhausted(0);
    return list;
}

static ps_status context_chain(struct ps_server *server, SSL_CTX *ssl,
                               const struct ps_presentation *presentation, struct ps_error *err)
{
    STACK_OF(X509) *list = list_new();
    ps_status status = list_fill(server, presentation->chain, presentation->chain_count, list, err);
    if (ps_is_ok(status) && SSL_CTX_set1_chain(ssl, list) != 1)
        status = ps_ca_openssl_fail(err, "serving a chain");
    sk_X509_free(list);
    return status;
}

/* The ordinary list is the first of them. */
static ps_status context_alternates(struct ps_server *server, struct ps_server_context *context,
                                    struct ps_error *err)
{
    const struct ps_presentation *presentation = context->presentation;
    struct ps_alternates *alternates = &context->alternates;
    if (presentation->alternate_count == 0)
        return PS_OK;
    PS_TRY(ps_server_certificate(server, presentation->leaf, &alternates->leaf, err));
    alternates->lists = ps_alloc(presentation->alternate_count + 1, sizeof *alternates->lists);
    for (size_t i = 0; i <= presentation->alternate_count; i++) {
        const struct ps_presentation_alternate *other =
            i > 0 ? &presentation->alternates[i - 1] : NULL;
        alternates->lists[alternates->count++] = list_new();
        PS_TRY(list_fill(server, other != NULL ? other->chain : presentation->chain,
                         other != NULL ? other->chain_count : presentation->chain_count,
                         alternates->lists[i], err));
    }
    SSL_CTX_set_cert_cb(context->ssl, ps_alternate_choose, alternates);
    return PS_OK;
}

static ps_status context_fill(struct ps_server *server, struct ps_server_context *context,
                              struct ps_error *err)
{
    const struct ps_presentation *presentation = context->presentation;
    SSL_CTX *ssl = context->ssl;
    X509 *leaf = NULL;
    EVP_PKEY *key = NULL;
    if (!context_configure(ssl, server))
        return ps_ca_openssl_fail(err, "configuring TLS");
    if (presentation == NULL)
        return PS_OK;
    PS_TRY(ps_server_certificate(server, presentation->leaf, &leaf, err));
    PS_TRY(server_key(server, presentation->leaf_key, &key, err));
    if (SSL_CTX_use_certificate(ssl, leaf) != 1 || SSL_CTX_use_PrivateKey(ssl, key) != 1 ||
        SSL_CTX_check_private_key(ssl) != 1)
        return ps_ca_openssl_fail(err, "serving a leaf");
    PS_TRY(context_chain(server, ssl, presentation, err));
    return context_alternates(server, context, err);
}

ps_status ps_server_context_find(struct ps_server *server,
                                 const struct ps_presentation *presentation, SSL_CTX **ret_context,
                                 struct ps_error *err)
{
    struct ps_server_context *context = NULL;
    HASH_FIND_PTR(server->contexts, &presentation, context);
    if (context == NULL) {
        ERR_clear_error();
        context = ps_alloc(1, sizeof *context);
        context->presentation = presentation;
        context->ssl = SSL_CTX_new_ex(server->library, NULL, TLS_server_method());
        ps_status status = context->ssl != NULL ? context_fill(server, context, err)
                                                : ps_ca_openssl_fail(err, "starting TLS");
        if (!ps_is_ok(status)) {
            server_context_free(context);
            return status;
        }
        HASH_ADD_PTR(server->contexts, presentation, context);
    }
    *ret_context = context->ssl;
    return PS_OK;
}
