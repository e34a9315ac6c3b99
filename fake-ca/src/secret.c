/* SPDX-License-Identifier: Apache-2.0
 *
 * The shared secret of a device and the server: how the server finds it by the device's identity.
 */
#include <string.h>
#include <openssl/ssl.h>
#include "base/memory.h"
#include "server_private.h"
#include "session_private.h"

static bool is_identity(const void *identity, size_t size)
{
    return size == sizeof PS_SECRET_IDENTITY - 1 && memcmp(identity, PS_SECRET_IDENTITY, size) == 0;
}

/* TLS 1.3. An identity that is none may be a ticket, which OpenSSL looks at next. */
int ps_secret_find(SSL *ssl, const unsigned char *identity, size_t size, SSL_SESSION **ret_session)
{
    static const unsigned char aes_128_gcm_sha256[] = {0x13, 0x01};
    struct ps_session *session = SSL_get_app_data(ssl);
    struct ps_bytes secret = session->options.psk;
    *ret_session = NULL;
    if (!is_identity(identity, size))
        return 1;
    SSL_SESSION *found = SSL_SESSION_new();
    if (found == NULL || SSL_SESSION_set1_master_key(found, secret.data, secret.size) != 1 ||
        SSL_SESSION_set_cipher(found, SSL_CIPHER_find(ssl, aes_128_gcm_sha256)) != 1 ||
        SSL_SESSION_set_protocol_version(found, TLS1_3_VERSION) != 1)
        ps_memory_exhausted(0);
    session->secret_found = true;
    *ret_session = found;
    return 1;
}

unsigned ps_secret_find_tls12(SSL *ssl, const char *identity, unsigned char *ret_secret,
                              unsigned size_max)
{
    const struct ps_session *session = SSL_get_app_data(ssl);
    struct ps_bytes secret = session->options.psk;
    /* OpenSSL asks here too for what was none in TLS 1.3, tickets included. */
    if (identity == NULL || !is_identity(identity, strlen(identity)) || secret.size > size_max)
        return 0;
    memcpy(ret_secret, secret.data, secret.size);
    return (unsigned)secret.size;
}
