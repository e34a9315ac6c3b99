/* SPDX-License-Identifier: Apache-2.0
 *
 * How the server judges what the device shows.
 */
#include <string.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include "base/memory.h"
#include "server_private.h"
#include "session_private.h"

static bool bytes_are_among(const unsigned char *bytes, int size, const struct ps_bytes *all,
                            size_t count)
{
    if (bytes == NULL || size <= 0)
        ps_memory_exhausted(0); /* what was just read could not be written */
    for (size_t i = 0; i < count; i++) {
        if (all[i].size == (size_t)size && memcmp(all[i].data, bytes, all[i].size) == 0)
            return true;
    }
    return false;
}

static bool is_revoked(X509 *x509, const struct ps_client_rules *rules)
{
    unsigned char *der = NULL;
    int size = i2d_X509(x509, &der);
    bool found = bytes_are_among(der, size, rules->revoked, rules->revoked_count);
    OPENSSL_free(der);
    return found;
}

static bool has_known_key(X509 *x509, const struct ps_client_rules *rules)
{
    unsigned char *der = NULL;
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(x509), &der);
    bool found = bytes_are_among(der, size, rules->keys, rules->key_count);
    OPENSSL_free(der);
    return found;
}

/* OpenSSL's own check asks about every fault of the path and, without one, about every certificate
 * on it. The error becomes the alert that the device is sent. */
static int judge(int good, X509_STORE_CTX *store)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct ps_session *session = SSL_get_app_data(ssl);
    const struct ps_client_rules *rules = session->options.clients;
    X509 *shown = X509_STORE_CTX_get0_cert(store);
    X509 *current = X509_STORE_CTX_get_current_cert(store);
    if (is_revoked(shown, rules)) {
        X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REVOKED);
        good = 0;
    } else if (has_known_key(shown, rules)) {
        X509_STORE_CTX_set_error(store, X509_V_OK);
        good = 1;
    } else if (good && current != NULL && is_revoked(current, rules)) {
        X509_STORE_CTX_set_error(store, X509_V_ERR_CERT_REVOKED);
        good = 0;
    }
    session->seen.client_refused = !good;
    return good;
}

ps_status ps_session_ask(struct ps_session *session, struct ps_server *server, struct ps_error *err)
{
    const struct ps_client_rules *rules = session->options.clients;
    X509_STORE *anchors = X509_STORE_new();
    if (anchors == NULL)
        ps_memory_exhausted(0);
    SSL_set0_verify_cert_store(session->ssl, anchors); /* owned by the connection */
    for (size_t i = 0; i < rules->anchor_count; i++) {
        X509 *anchor = NULL;
        PS_TRY(ps_server_certificate(server, rules->anchors[i], &anchor, err));
        if (X509_STORE_add_cert(anchors, anchor) != 1)
            ps_memory_exhausted(0);
    }
    X509_VERIFY_PARAM *param = SSL_get0_param(session->ssl);
    /* A CA that the server accepts need not be a root. */
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    /* Setting a time would override NO_CHECK_TIME. */
    if (rules->dates)
        X509_VERIFY_PARAM_set_time(param, (time_t)rules->now.s);
    else
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);
    SSL_set_verify(session->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, judge);
    return PS_OK;
}
