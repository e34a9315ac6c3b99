/* SPDX-License-Identifier: Apache-2.0 */
#include "psk.h"

#include <assert.h>
#include <string.h>
#include "capability.h"
#include "verify.h"

static const char identity[] = "device";

static const struct ps_trust *trust_of(const SSL *tls)
{
    const struct ps_judgement *judgement = SSL_get_app_data(tls);
    return judgement->trust;
}

/* The session stands for the secret; its suite says with which hash (RFC 8446 section 4.2.11). */
static SSL_SESSION *session_of(SSL *tls, const SSL_CIPHER *cipher)
{
    const struct ps_trust *trust = trust_of(tls);
    SSL_SESSION *session = ps_need(SSL_SESSION_new());
    if (SSL_SESSION_set1_master_key(session, trust->psk.data, trust->psk.size) != 1 ||
        SSL_SESSION_set_cipher(session, cipher) != 1 ||
        SSL_SESSION_set_protocol_version(session, TLS1_3_VERSION) != 1)
        ps_memory_exhausted(0);
    return session;
}

static int offer13(SSL *tls, const EVP_MD *md, const unsigned char **ret_id, size_t *ret_size,
                   SSL_SESSION **ret_session)
{
    static const unsigned char aes_128_gcm_sha256[] = {0x13, 0x01};
    const SSL_CIPHER *cipher = SSL_CIPHER_find(tls, aes_128_gcm_sha256);
    *ret_session = NULL;
    *ret_id = (const unsigned char *)identity;
    *ret_size = sizeof identity - 1;
    /* Asked again after a HelloRetryRequest, which may have chosen another hash. */
    if (trust_of(tls)->psk.size > 0 && cipher && (!md || EVP_MD_is_a(md, "SHA256")))
        *ret_session = session_of(tls, cipher);
    return 1;
}

static unsigned offer12(SSL *tls, const char *hint, char *ret_identity, unsigned identity_max,
                        unsigned char *ret_secret, unsigned secret_max)
{
    (void)hint;
    const struct ps_trust *trust = trust_of(tls);
    /* OpenSSL asks here for TLS 1.3 too, where offer13 had its reasons to offer nothing. */
    if (SSL_version(tls) != TLS1_2_VERSION || trust->psk.size > secret_max ||
        sizeof identity > identity_max)
        return 0;
    memcpy(ret_identity, identity, sizeof identity);
    if (trust->psk.size > 0)
        memcpy(ret_secret, trust->psk.data, trust->psk.size);
    return (unsigned)trust->psk.size;
}

void ps_psk_offer(const struct ps_strategy_limits *limits, SSL_CTX *tls)
{
    SSL_CTX_set_psk_use_session_callback(tls, offer13);
    SSL_CTX_set_psk_client_callback(tls, offer12);
    const char *suites = ps_limits_hash_is_known(limits, PS_HASH_SHA384)
                             ? "aPSK:@SECLEVEL=0"
                             : "aPSK:!AES256:!SHA384:@SECLEVEL=0";
    if (SSL_CTX_set_cipher_list(tls, suites) != 1)
        ps_memory_exhausted(0); /* the words are constants: nothing else can fail */
}

bool ps_psk_is_proved(const SSL *tls)
{
    if (SSL_version(tls) == TLS1_3_VERSION)
        return SSL_session_reused(tls) == 1;
    return SSL_CIPHER_get_auth_nid(SSL_get_current_cipher(tls)) == NID_auth_psk;
}
