/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <string.h>
#include <openssl/evp.h>
#include "base/release.h"
#include "ca_private.h"
#include "failure.h"

static ps_status release_key(struct ps_ca *ca, const struct ps_key **ret_key, struct ps_error *err)
{
    if (!ca->has_release_key) {
        PS_TRY(ps_ca_key(ca, PS_KEY_ECDSA_P256, &ca->release_key, err));
        ca->has_release_key = true;
    }
    *ret_key = ps_ca_key_find(ca, ca->release_key);
    return PS_OK;
}

ps_status ps_ca_release_key(struct ps_ca *ca, struct ps_bytes *ret_spki, struct ps_error *err)
{
    const struct ps_key *key = NULL;
    PS_TRY(release_key(ca, &key, err));
    *ret_spki = (struct ps_bytes){key->spki, key->spki_size};
    return PS_OK;
}

ps_status ps_ca_release(struct ps_ca *ca, uint32_t version, struct ps_buffer *ret_payload,
                        struct ps_error *err)
{
    const struct ps_key *key = NULL;
    PS_TRY(release_key(ca, &key, err));

    unsigned char payload[PS_RELEASE_HEADER_BYTES + PS_RELEASE_SIGNATURE_MAX] = PS_RELEASE_MAGIC;
    for (int i = 0; i < 4; i++)
        payload[4 + i] = (unsigned char)(version >> (24 - 8 * i));
    size_t size = PS_RELEASE_SIGNATURE_MAX;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    if (context == NULL)
        ps_memory_exhausted(0);
    int ok = EVP_DigestSignInit_ex(context, NULL, "SHA256", ps_keypool_library(ca->pool), NULL,
                                   key->pair, NULL) == 1 &&
             EVP_DigestSign(context, payload + PS_RELEASE_HEADER_BYTES, &size, payload,
                            PS_RELEASE_SIGNED_BYTES) == 1;
    EVP_MD_CTX_free(context);
    if (!ok)
        return ps_ca_openssl_fail(err, "signing a release");
    payload[8] = (unsigned char)(size >> 8);
    payload[9] = (unsigned char)size;
    ps_buffer_append(ret_payload, payload, PS_RELEASE_HEADER_BYTES + size);
    return PS_OK;
}
