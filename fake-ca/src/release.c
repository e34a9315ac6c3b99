/* SPDX-License-Identifier: Apache-2.0
 *
 * What somebody without the vendor's key or secret makes is proved with ones of his own: it looks
 * right and is not.
 */
#include <assert.h>
#include <string.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include "ca_private.h"
#include "failure.h"

static ps_status key_once(struct ps_ca *ca, struct ps_release_key *slot,
                          const struct ps_key **ret_key, struct ps_error *err)
{
    if (!slot->made) {
        PS_TRY(ps_ca_key(ca, PS_KEY_ECDSA_P256, &slot->key, err));
        slot->made = true;
    }
    *ret_key = ps_ca_key_find(ca, slot->key);
    return PS_OK;
}

static ps_status secret_once(struct ps_ca *ca, struct ps_release_secret *slot, struct ps_error *err)
{
    if (!slot->made &&
        RAND_priv_bytes_ex(ps_keypool_library(ca->pool), slot->bytes, sizeof slot->bytes, 0) != 1)
        return ps_ca_openssl_fail(err, "making the secret of releases");
    slot->made = true;
    return PS_OK;
}

ps_status ps_ca_release_key(struct ps_ca *ca, struct ps_bytes *ret_spki, struct ps_error *err)
{
    const struct ps_key *key = NULL;
    PS_TRY(key_once(ca, &ca->release_key, &key, err));
    *ret_spki = (struct ps_bytes){key->spki, key->spki_size};
    return PS_OK;
}

ps_status ps_ca_release_secret(struct ps_ca *ca, struct ps_bytes *ret_secret, struct ps_error *err)
{
    PS_TRY(secret_once(ca, &ca->release_secret, err));
    *ret_secret = (struct ps_bytes){ca->release_secret.bytes, sizeof ca->release_secret.bytes};
    return PS_OK;
}

static ps_status sign(struct ps_ca *ca, struct ps_release_key *slot, unsigned char *payload,
                      size_t *ret_size, struct ps_error *err)
{
    const struct ps_key *key = NULL;
    PS_TRY(key_once(ca, slot, &key, err));
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL)
        ps_memory_exhausted(0);
    *ret_size = PS_RELEASE_PROOF_MAX;
    int ok = EVP_DigestSignInit_ex(context, NULL, "SHA256", ps_keypool_library(ca->pool), NULL,
                                   key->pair, NULL) == 1 &&
             EVP_DigestSign(context, payload + PS_RELEASE_HEADER_BYTES, ret_size, payload,
                            PS_RELEASE_PROVED_BYTES) == 1;
    EVP_MD_CTX_free(context);
    /* When OpenSSL cannot write the signature it says that all is well and the size is -1. */
    if (!ok || *ret_size > PS_RELEASE_PROOF_MAX)
        return ps_ca_openssl_fail(err, "signing a release");
    return PS_OK;
}

static ps_status authenticate(struct ps_ca *ca, struct ps_release_secret *slot,
                              unsigned char *payload, size_t *ret_size, struct ps_error *err)
{
    PS_TRY(secret_once(ca, slot, err));
    int ok = EVP_Q_mac(ps_keypool_library(ca->pool), "HMAC", NULL, "SHA256", NULL, slot->bytes,
                       sizeof slot->bytes, payload, PS_RELEASE_PROVED_BYTES,
                       payload + PS_RELEASE_HEADER_BYTES, PS_RELEASE_PROOF_MAX, ret_size) != NULL;
    return ok ? PS_OK : ps_ca_openssl_fail(err, "authenticating a release");
}

static void put(unsigned char *out, uint64_t number, size_t bytes)
{
    for (size_t i = 0; i < bytes; i++)
        out[i] = (unsigned char)(number >> 8 * (bytes - 1 - i));
}

ps_status ps_ca_release(struct ps_ca *ca, const struct ps_release_options *options,
                        struct ps_buffer *ret_payload, struct ps_error *err)
{
    unsigned char payload[PS_RELEASE_HEADER_BYTES + PS_RELEASE_PROOF_MAX] = PS_RELEASE_MAGIC;
    size_t size = 0;
    put(payload + PS_RELEASE_VERSION_AT, options->version, 4);
    put(payload + PS_RELEASE_ISSUED_AT, (uint64_t)options->issued.s, 8);
    put(payload + PS_RELEASE_AUTH_AT, options->auth, 1);
    switch (options->auth) {
    case PS_RELEASE_BY_NOBODY:
        break;
    case PS_RELEASE_BY_SIGNATURE:
        PS_TRY(sign(ca, options->forged ? &ca->forger_key : &ca->release_key, payload, &size, err));
        break;
    case PS_RELEASE_BY_MAC:
        PS_TRY(authenticate(ca, options->forged ? &ca->forger_secret : &ca->release_secret, payload,
                            &size, err));
        break;
    }
    put(payload + PS_RELEASE_PROVED_BYTES, size, 2);
    ps_buffer_append(ret_payload, payload, PS_RELEASE_HEADER_BYTES + size);
    return PS_OK;
}
