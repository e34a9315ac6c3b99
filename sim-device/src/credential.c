/* SPDX-License-Identifier: Apache-2.0 */
#include "credential.h"

#include <assert.h>
#include <limits.h>
#include <openssl/ssl.h>
#include <stdlib.h>

ps_status ps_credential_new(struct ps_credential **ret_credential, struct ps_error *err)
{
    assert(ret_credential);
    OPENSSL_init_ssl(OPENSSL_INIT_NO_LOAD_CONFIG, NULL);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    unsigned char *secret = NULL, *spki = NULL;
    int secret_size = key ? i2d_PrivateKey(key, &secret) : -1;
    int spki_size = key ? i2d_PUBKEY(key, &spki) : -1;
    EVP_PKEY_free(key);
    ps_errors_clear();
    if (secret_size <= 0 || spki_size <= 0)
        return ps_fail(err, PS_FAILED, "OpenSSL makes no key for P-256");
    struct ps_credential *credential = ps_alloc(1, sizeof *credential);
    credential->secret_size = (size_t)secret_size;
    credential->secret = ps_memdup(secret, credential->secret_size);
    credential->spki_size = (size_t)spki_size;
    credential->spki = ps_memdup(spki, credential->spki_size);
    OPENSSL_clear_free(secret, credential->secret_size);
    OPENSSL_free(spki);
    *ret_credential = credential;
    return PS_OK;
}

void ps_credential_free(struct ps_credential *credential)
{
    if (!credential)
        return;
    OPENSSL_cleanse(credential->secret, credential->secret_size);
    free(credential->secret);
    free(credential->spki);
    free(credential);
}

struct ps_bytes ps_credential_spki(const struct ps_credential *credential)
{
    return (struct ps_bytes){credential->spki, credential->spki_size};
}

/* A bare key's wrapping: nobody reads its name or dates. */
static X509 *wrap(EVP_PKEY *key, OSSL_LIB_CTX *library)
{
    X509 *certificate = ps_need(X509_new_ex(library, NULL));
    X509_NAME *name = X509_get_subject_name(certificate);
    EVP_MD_CTX *digest = ps_need(EVP_MD_CTX_new());
    bool done = X509_set_version(certificate, X509_VERSION_3) == 1 &&
                ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1) == 1 &&
                X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
                                           (const unsigned char *)"device", -1, -1, 0) == 1 &&
                X509_set_issuer_name(certificate, name) == 1 &&
                ASN1_TIME_set_string(X509_getm_notBefore(certificate), "19700101000000Z") == 1 &&
                ASN1_TIME_set_string(X509_getm_notAfter(certificate), "99991231235959Z") == 1 &&
                X509_set_pubkey(certificate, key) == 1 &&
                EVP_DigestSignInit_ex(digest, NULL, "SHA256", library, NULL, key, NULL) == 1 &&
                X509_sign_ctx(certificate, digest) > 0;
    EVP_MD_CTX_free(digest);
    if (!done)
        ps_memory_exhausted(0); /* the words are constants: nothing else can fail */
    return certificate;
}

static bool is_shown(enum ps_client_identity identity)
{
    switch (identity) {
    case PS_CLIENT_X509_SHARED:
    case PS_CLIENT_X509_IDEVID:
    case PS_CLIENT_X509_LDEVID:
    case PS_CLIENT_RAW_PUBLIC_KEY:
        return true;
    case PS_CLIENT_NONE:
    case PS_CLIENT_PSK_PER_DEVICE:
    case PS_CLIENT_PSK_FLEET:
        break;
    }
    return false;
}

ps_status ps_credential_show(const struct ps_credential *credential, struct ps_bytes certificate,
                             struct ps_trust *trust, struct ps_error *err)
{
    enum ps_client_identity identity = trust->strategy->client.identity;
    OSSL_LIB_CTX *library = trust->stack->library;
    if (!credential || !is_shown(identity))
        return PS_OK;
    const unsigned char *at = credential->secret;
    trust->client_key =
        ps_need(d2i_AutoPrivateKey_ex(NULL, &at, (long)credential->secret_size, library, NULL));
    if (certificate.size == 0 || identity == PS_CLIENT_RAW_PUBLIC_KEY) {
        trust->client_certificate = wrap(trust->client_key, library);
        return PS_OK;
    }
    trust->client_certificate = ps_stack_certificate(trust->stack, certificate);
    if (!trust->client_certificate)
        return ps_fail(err, PS_FAILED, "the device's own certificate is none");
    bool fits = X509_check_private_key(trust->client_certificate, trust->client_key) == 1;
    ps_errors_clear();
    return fits ? PS_OK
                : ps_fail(err, PS_FAILED, "the device's own certificate is for another key");
}

/* Not kept by the stack: a device has many of these in its life. */
static X509 *parse(struct ps_bytes der, OSSL_LIB_CTX *library)
{
    X509 *certificate = ps_need(X509_new_ex(library, NULL));
    const unsigned char *at = der.data;
    bool whole = der.size <= LONG_MAX && d2i_X509(&certificate, &at, (long)der.size) &&
                 at == der.data + der.size;
    ps_errors_clear();
    if (whole)
        return certificate;
    X509_free(certificate);
    return NULL;
}

static ps_status show_issuer(struct ps_bytes der, OSSL_LIB_CTX *library, SSL *tls,
                             struct ps_error *err)
{
    X509 *issuer = parse(der, library);
    if (!issuer)
        return ps_fail(err, PS_FAILED, "the certificate of the device's own CA is none");
    if (SSL_add0_chain_cert(tls, issuer) != 1)
        ps_memory_exhausted(0);
    return PS_OK;
}

ps_status ps_credential_show_once(const struct ps_trust *trust, struct ps_bytes certificate,
                                  struct ps_bytes issuer, SSL *tls, struct ps_error *err)
{
    OSSL_LIB_CTX *library = trust->stack->library;
    if (!trust->client_key || certificate.size == 0 ||
        trust->strategy->client.identity == PS_CLIENT_RAW_PUBLIC_KEY)
        return PS_OK;
    X509 *shown = parse(certificate, library);
    if (!shown)
        return ps_fail(err, PS_FAILED, "the device's own certificate is none");
    bool fits = X509_check_private_key(shown, trust->client_key) == 1;
    ps_errors_clear();
    if (fits && (SSL_use_certificate(tls, shown) != 1 ||
                 SSL_use_PrivateKey(tls, trust->client_key) != 1))
        ps_memory_exhausted(0);
    X509_free(shown);
    if (!fits)
        return ps_fail(err, PS_FAILED, "the device's own certificate is for another key");
    return issuer.size > 0 ? show_issuer(issuer, library, tls, err) : PS_OK;
}
