/* SPDX-License-Identifier: Apache-2.0
 *
 * As a program would be written that only wants handshakes. It shares nothing with server.c, so
 * that what is made slower there is not made slower here.
 */
#include "fake-ca/baseline.h"

#include <assert.h>
#include <stdlib.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include "ca_private.h"
#include "failure.h"

struct ps_baseline {
    struct ps_baseline_options options;
    OSSL_LIB_CTX *library;
    SSL_CTX *client, *server;
};

static void *need(void *made)
{
    if (made == NULL)
        ps_memory_exhausted(0);
    return made;
}

static ps_status read_certificate(struct ps_baseline *baseline, ps_certificate_id id,
                                  X509 **ret_x509, struct ps_error *err)
{
    struct ps_bytes der = ps_ca_der(baseline->options.ca, id);
    const unsigned char *at = der.data;
    *ret_x509 = need(X509_new_ex(baseline->library, NULL));
    /* d2i frees and clears what it was given when it fails. */
    if (d2i_X509(ret_x509, &at, (long)der.size) == NULL)
        return ps_ca_openssl_fail(err, "reading a certificate");
    return PS_OK;
}

static SSL_CTX *context_new(struct ps_baseline *baseline, const SSL_METHOD *method)
{
    SSL_CTX *ssl = need(SSL_CTX_new_ex(baseline->library, NULL, method));
    SSL_CTX_set_options(ssl, SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION | SSL_OP_NO_RENEGOTIATION);
    SSL_CTX_set_mode(ssl, SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_session_cache_mode(ssl, SSL_SESS_CACHE_OFF);
    if (SSL_CTX_set_min_proto_version(ssl, TLS1_3_VERSION) != 1 ||
        SSL_CTX_set_num_tickets(ssl, 0) != 1 ||
        SSL_CTX_set_ciphersuites(ssl, "TLS_AES_128_GCM_SHA256") != 1 ||
        SSL_CTX_set1_groups_list(ssl, "X25519") != 1)
        ps_memory_exhausted(0); /* the words are constants: nothing else can fail */
    return ssl;
}

static ps_status server_fill(struct ps_baseline *baseline, struct ps_error *err)
{
    const struct ps_presentation *presentation = baseline->options.presentation;
    const struct ps_key *secret = ps_ca_key_find(baseline->options.ca, presentation->leaf_key);
    const unsigned char *at = secret->secret;
    X509 *x509 = NULL;
    PS_TRY(read_certificate(baseline, presentation->leaf, &x509, err));
    EVP_PKEY *key =
        d2i_AutoPrivateKey_ex(NULL, &at, (long)secret->secret_size, baseline->library, NULL);
    int done = key != NULL && SSL_CTX_use_certificate(baseline->server, x509) == 1 &&
               SSL_CTX_use_PrivateKey(baseline->server, key) == 1;
    EVP_PKEY_free(key);
    X509_free(x509);
    if (!done)
        return ps_ca_openssl_fail(err, "serving a leaf");
    for (size_t i = 0; i < presentation->chain_count; i++) {
        PS_TRY(read_certificate(baseline, presentation->chain[i], &x509, err));
        if (SSL_CTX_add0_chain_cert(baseline->server, x509) != 1) {
            X509_free(x509);
            return ps_ca_openssl_fail(err, "serving a chain");
        }
    }
    return PS_OK;
}

static ps_status client_fill(struct ps_baseline *baseline, struct ps_error *err)
{
    X509 *anchor = NULL;
    PS_TRY(read_certificate(baseline, baseline->options.anchor, &anchor, err));
    int done = X509_STORE_add_cert(SSL_CTX_get_cert_store(baseline->client), anchor);
    X509_free(anchor);
    if (done != 1)
        return ps_ca_openssl_fail(err, "trusting an anchor");
    SSL_CTX_set_verify(baseline->client, SSL_VERIFY_PEER, NULL);
    X509_VERIFY_PARAM_set_time(SSL_CTX_get0_param(baseline->client),
                               (time_t)baseline->options.now.s);
    return PS_OK;
}

ps_status ps_baseline_new(const struct ps_baseline_options *options,
                          struct ps_baseline **ret_baseline, struct ps_error *err)
{
    assert(options->ca != NULL && options->presentation != NULL && options->host != NULL);
    struct ps_baseline *baseline = ps_alloc(1, sizeof *baseline);
    baseline->options = *options;
    ERR_clear_error();
    baseline->library = need(OSSL_LIB_CTX_new());
    baseline->client = context_new(baseline, TLS_client_method());
    baseline->server = context_new(baseline, TLS_server_method());
    ps_status status = server_fill(baseline, err);
    if (ps_is_ok(status))
        status = client_fill(baseline, err);
    if (!ps_is_ok(status)) {
        ps_baseline_free(baseline);
        return status;
    }
    baseline->options.presentation = NULL;
    *ret_baseline = baseline;
    return PS_OK;
}

void ps_baseline_free(struct ps_baseline *baseline)
{
    if (baseline == NULL)
        return;
    SSL_CTX_free(baseline->client);
    SSL_CTX_free(baseline->server);
    OSSL_LIB_CTX_free(baseline->library);
    free(baseline);
}

/* One turn of a side. False when it failed; *ret_done when its handshake is complete. */
static bool turn(SSL *ssl, bool *ret_done)
{
    if (*ret_done)
        return true;
    int result = SSL_do_handshake(ssl);
    *ret_done = result == 1;
    return result == 1 || SSL_get_error(ssl, result) == SSL_ERROR_WANT_READ;
}

static bool handshake(struct ps_baseline *baseline)
{
    enum { TURNS_MAX = 8 }; /* two are enough */
    SSL *client = need(SSL_new(baseline->client)), *server = need(SSL_new(baseline->server));
    BIO *to_client = need(BIO_new(BIO_s_mem())), *to_server = need(BIO_new(BIO_s_mem()));
    BIO_up_ref(to_client);
    BIO_up_ref(to_server);
    SSL_set_bio(client, to_client, to_server);
    SSL_set_bio(server, to_server, to_client);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    bool good = SSL_set_tlsext_host_name(client, baseline->options.host) == 1 &&
                SSL_set1_host(client, baseline->options.host) == 1;
    bool client_done = false, server_done = false;
    for (int i = 0; i < TURNS_MAX && good && !(client_done && server_done); i++)
        good = turn(client, &client_done) && turn(server, &server_done);
    SSL_free(client);
    SSL_free(server);
    return good && client_done && server_done;
}

ps_status ps_baseline_run(struct ps_baseline *baseline, uint32_t count, struct ps_error *err)
{
    ERR_clear_error();
    for (uint32_t i = 0; i < count; i++)
        if (!handshake(baseline))
            return ps_ca_openssl_fail(err, "a handshake of the baseline");
    return PS_OK;
}
