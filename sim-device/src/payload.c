/* SPDX-License-Identifier: Apache-2.0 */
#include "payload.h"

#include <openssl/err.h>
#include <string.h>
#include "base/release.h"

static bool signature_is_good(const struct ps_trust *trust, const unsigned char *payload,
                              size_t signature_size)
{
    EVP_MD_CTX *digest = ps_need(EVP_MD_CTX_new());
    bool good = EVP_DigestVerifyInit_ex(digest, NULL, "SHA256", trust->stack->library, NULL,
                                        trust->release_key, NULL) == 1 &&
                EVP_DigestVerify(digest, payload + PS_RELEASE_HEADER_BYTES, signature_size, payload,
                                 PS_RELEASE_SIGNED_BYTES) == 1;
    EVP_MD_CTX_free(digest);
    ERR_clear_error();
    return good;
}

const char *ps_payload_check(const struct ps_trust *trust, struct ps_bytes payload,
                             uint32_t *ret_version)
{
    const unsigned char *p = payload.data;
    if (payload.size < PS_RELEASE_SIGNED_BYTES ||
        memcmp(p, PS_RELEASE_MAGIC, strlen(PS_RELEASE_MAGIC)) != 0)
        return "the payload is no release";
    uint32_t version = (uint32_t)p[4] << 24 | (uint32_t)p[5] << 16 | (uint32_t)p[6] << 8 | p[7];
    if (trust->strategy->update.payload_auth == PS_PAYLOAD_SIGNATURE) {
        if (payload.size < PS_RELEASE_HEADER_BYTES)
            return "the payload is cut";
        size_t signature_size = (size_t)p[8] << 8 | p[9];
        if (payload.size != PS_RELEASE_HEADER_BYTES + signature_size ||
            signature_size > PS_RELEASE_SIGNATURE_MAX)
            return "the payload's length is wrong";
        if (!trust->release_key)
            return "the device has no key to check the payload with";
        if (!signature_is_good(trust, p, signature_size))
            return "the payload's signature is wrong";
    }
    *ret_version = version;
    return NULL;
}
