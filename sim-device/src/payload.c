/* SPDX-License-Identifier: Apache-2.0 */
#include "payload.h"

#include <openssl/crypto.h>
#include <string.h>
#include "base/release.h"

static uint64_t number_at(const unsigned char *bytes, size_t count)
{
    uint64_t number = 0;
    for (size_t i = 0; i < count; i++)
        number = number << 8 | bytes[i];
    return number;
}

static const char *check_signature(const struct ps_trust *trust, const unsigned char *payload,
                                   size_t proof_size)
{
    if (!trust->release_key)
        return "the device has no key to check the payload with";
    EVP_MD_CTX *digest = ps_need(EVP_MD_CTX_new());
    bool good = EVP_DigestVerifyInit_ex(digest, NULL, "SHA256", trust->stack->library, NULL,
                                        trust->release_key, NULL) == 1 &&
                EVP_DigestVerify(digest, payload + PS_RELEASE_HEADER_BYTES, proof_size, payload,
                                 PS_RELEASE_PROVED_BYTES) == 1;
    EVP_MD_CTX_free(digest);
    ps_errors_clear();
    return good ? NULL : "the payload's signature is wrong";
}

static const char *check_mac(const struct ps_trust *trust, const unsigned char *payload,
                             size_t proof_size)
{
    unsigned char mac[PS_RELEASE_MAC_BYTES];
    size_t size = 0;
    if (trust->release_secret.size == 0)
        return "the device has no secret to check the payload with";
    ps_need(EVP_Q_mac(trust->stack->library, "HMAC", NULL, "SHA256", NULL,
                      trust->release_secret.data, trust->release_secret.size, payload,
                      PS_RELEASE_PROVED_BYTES, mac, sizeof mac, &size));
    bool good = size == sizeof mac && proof_size == size &&
                CRYPTO_memcmp(mac, payload + PS_RELEASE_HEADER_BYTES, size) == 0;
    return good ? NULL : "the payload's MAC is wrong";
}

/* Is it the vendor's? */
static const char *check_proof(const struct ps_trust *trust, struct ps_bytes payload)
{
    bool signature = trust->strategy->update.payload_auth == PS_PAYLOAD_SIGNATURE;
    const unsigned char *bytes = payload.data;
    size_t proof_size = (size_t)number_at(bytes + PS_RELEASE_PROVED_BYTES, 2);
    if (bytes[PS_RELEASE_AUTH_AT] != (signature ? PS_RELEASE_BY_SIGNATURE : PS_RELEASE_BY_MAC))
        return signature ? "the payload is not signed" : "the payload has no MAC";
    if (payload.size != PS_RELEASE_HEADER_BYTES + proof_size || proof_size > PS_RELEASE_PROOF_MAX)
        return "the payload's length is wrong";
    return signature ? check_signature(trust, bytes, proof_size)
                     : check_mac(trust, bytes, proof_size);
}

static const char *check_authenticity(const struct ps_trust *trust,
                                      const struct ps_payload *payload)
{
    switch (trust->strategy->update.payload_auth) {
    case PS_PAYLOAD_NONE:
        break;
    case PS_PAYLOAD_TLS_ONLY:
        return payload->over_tls ? NULL : "the payload came without TLS";
    case PS_PAYLOAD_SIGNATURE:
    case PS_PAYLOAD_MAC:
        return check_proof(trust, payload->bytes);
    }
    return NULL;
}

/* May it come after what is installed? The same release again is older in nothing. */
static const char *check_rollback(const struct ps_trust *trust, const struct ps_payload *payload,
                                  uint32_t version)
{
    ps_time issued = {(int64_t)number_at(payload->bytes.data + PS_RELEASE_ISSUED_AT, 8)};
    bool clock = trust->strategy->time.clock != PS_CLOCK_IGNORE;
    switch (trust->strategy->update.rollback_protection) {
    case PS_ROLLBACK_NONE:
        break;
    case PS_ROLLBACK_MONOTONIC:
        if (version <= trust->installed_version)
            return "the payload is not newer than what is installed";
        break;
    case PS_ROLLBACK_SIGNED_TIME:
        if (ps_time_compare(issued, trust->installed_issued) < 0)
            return "the payload is older than what is installed";
        if (clock && ps_time_compare(issued, payload->now) > 0)
            return "the payload was issued in the future";
        break;
    }
    return NULL;
}

const char *ps_payload_check(const struct ps_trust *trust, const struct ps_payload *payload,
                             uint32_t *ret_version)
{
    struct ps_bytes bytes = payload->bytes;
    if (bytes.size < PS_RELEASE_HEADER_BYTES ||
        memcmp(bytes.data, PS_RELEASE_MAGIC, strlen(PS_RELEASE_MAGIC)) != 0)
        return "the payload is no release";
    uint32_t version = (uint32_t)number_at(bytes.data + PS_RELEASE_VERSION_AT, 4);
    const char *wrong = check_authenticity(trust, payload);
    if (!wrong)
        wrong = check_rollback(trust, payload, version);
    if (!wrong)
        *ret_version = version;
    return wrong;
}
