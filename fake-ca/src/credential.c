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

/* X509_V_OK, or why not. */
static int judge_path(X509_STORE_CTX *store, const struct ps_session *session)
{
    const struct ps_client_rules *rules = session->options.clients;
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(store);
    X509_STORE_CTX_set0_trusted_stack(store, session->client_anchors);
    /* A CA that the server accepts need not be a root. */
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    /* Setting a time would override NO_CHECK_TIME. */
    if (rules->dates)
        X509_VERIFY_PARAM_set_time(param, (time_t)rules->now.s);
    else
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_NO_CHECK_TIME);
    if (X509_verify_cert(store) != 1) {
        int error = X509_STORE_CTX_get_error(store);
        return error != X509_V_OK ? error : X509_V_ERR_UNSPECIFIED;
    }
    STACK_OF(X509) *path = X509_STORE_CTX_get0_chain(store);
    for (int i = 0; i < sk_X509_num(path); i++) {
        if (is_revoked(sk_X509_value(path, i), rules))
            return X509_V_ERR_CERT_REVOKED;
    }
    return X509_V_OK;
}

/* The error becomes the alert that the device is sent. */
int ps_credential_judge(X509_STORE_CTX *store, void *context)
{
    (void)context;
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct ps_session *session = SSL_get_app_data(ssl);
    const struct ps_client_rules *rules = session->options.clients;
    X509 *shown = X509_STORE_CTX_get0_cert(store);
    int error;
    if (is_revoked(shown, rules))
        error = X509_V_ERR_CERT_REVOKED;
    else if (has_known_key(shown, rules))
        error = X509_V_OK;
    else
        error = judge_path(store, session);
    X509_STORE_CTX_set_error(store, error);
    session->seen.client_refused = error != X509_V_OK;
    return error == X509_V_OK;
}
