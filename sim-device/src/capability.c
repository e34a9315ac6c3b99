/* SPDX-License-Identifier: Apache-2.0 */
#include "capability.h"

#include <openssl/objects.h>
#include <stdio.h>
#include <string.h>
#include "base/text.h"
#include "describe.h"
#include "stack.h"

static const struct {
    const char *text;
    int nid;
} hashes[] = {
    [PS_HASH_SHA1] = {"sha1", NID_sha1},
    [PS_HASH_SHA256] = {"sha256", NID_sha256},
    [PS_HASH_SHA384] = {"sha384", NID_sha384},
    [PS_HASH_SHA512] = {"sha512", NID_sha512},
};
enum { HASHES = sizeof hashes / sizeof hashes[0] };

static const struct {
    const char *text;
    bool rsa;
    int bits;
} key_types[] = {
    [PS_KEY_RSA_1024] = {"rsa-1024", true, 1024},
    [PS_KEY_RSA_2048] = {"rsa-2048", true, 2048},
    [PS_KEY_RSA_3072] = {"rsa-3072", true, 3072},
    [PS_KEY_RSA_4096] = {"rsa-4096", true, 4096},
    [PS_KEY_ECDSA_P256] = {"ecdsa-p256", false, 256},
    [PS_KEY_ECDSA_P384] = {"ecdsa-p384", false, 384},
};
enum { KEY_TYPES = sizeof key_types / sizeof key_types[0] };

#define X(name, text) +1
_Static_assert(HASHES == 0 PS_HASHES(X), "every hash");
_Static_assert(KEY_TYPES == 0 PS_KEY_TYPES(X), "every type of key");
#undef X

/* Is it in the set? An empty set is everything. */
static bool in_set(uint32_t set, unsigned word)
{
    return set == 0 || (set & UINT32_C(1) << word) != 0;
}

static int hash_nid(X509 *certificate)
{
    int nid = NID_undef;
    return X509_get_signature_info(certificate, &nid, NULL, NULL, NULL) == 1 ? nid : NID_undef;
}

static bool hash_known(const struct ps_strategy_limits *limits, int nid)
{
    if (limits->hashes == 0)
        return true;
    for (unsigned i = 0; i < HASHES; i++)
        if (hashes[i].nid == nid && in_set(limits->hashes, i))
            return true;
    return false;
}

bool ps_limits_hash_is_known(const struct ps_strategy_limits *limits, enum ps_hash hash)
{
    return in_set(limits->hashes, hash);
}

int ps_limits_hash_error(const struct ps_strategy_limits *limits, X509 *certificate)
{
    return limits->hashes == 0 || hash_known(limits, hash_nid(certificate)) ? X509_V_OK
                                                                            : PS_LIMIT_HASH_ERROR;
}

bool ps_limits_signature_known(const struct ps_strategy_limits *limits, int signature)
{
    int hash = NID_undef;
    OBJ_find_sigid_algs(signature, &hash, NULL);
    return hash_known(limits, hash);
}

/* RSA keys belong to the first type that is at least as large; curves must be the very one. */
static bool is_of_type(const EVP_PKEY *key, unsigned type)
{
    int bits = EVP_PKEY_get_bits(key);
    if (key_types[type].rsa)
        return (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS")) &&
               bits <= key_types[type].bits && (type == 0 || bits > key_types[type - 1].bits);
    char group[32] = "";
    EVP_PKEY_get_group_name(key, group, sizeof group, NULL);
    return EVP_PKEY_is_a(key, "EC") &&
           strcmp(group, type == PS_KEY_ECDSA_P256 ? "prime256v1" : "secp384r1") == 0;
}

int ps_limits_key_error(const struct ps_strategy_limits *limits, X509 *certificate)
{
    if (limits->keys == 0)
        return X509_V_OK;
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    for (unsigned i = 0; key && i < KEY_TYPES; i++)
        if (is_of_type(key, i) && in_set(limits->keys, i))
            return X509_V_OK;
    return PS_LIMIT_KEY_ERROR;
}

static void describe_hash(X509 *certificate, char *out, size_t size)
{
    int nid = hash_nid(certificate);
    const char *text =
        nid == NID_undef ? OBJ_nid2sn(X509_get_signature_nid(certificate)) : OBJ_nid2sn(nid);
    for (size_t i = 0; i < HASHES; i++)
        if (hashes[i].nid == nid)
            text = hashes[i].text;
    snprintf(out, size, "signature hash %s is not supported", text ? text : "unknown");
}

static void describe_key(X509 *certificate, char *out, size_t size)
{
    const EVP_PKEY *key = X509_get0_pubkey(certificate);
    char group[32] = "";
    if (!key) {
        snprintf(out, size, "this type of key is not supported");
        return;
    }
    for (unsigned i = 0; i < KEY_TYPES; i++) {
        if (!key_types[i].rsa && is_of_type(key, i)) {
            snprintf(out, size, "key type %s is not supported", key_types[i].text);
            return;
        }
    }
    if (EVP_PKEY_is_a(key, "RSA") || EVP_PKEY_is_a(key, "RSA-PSS")) {
        snprintf(out, size, "key type rsa-%d is not supported", EVP_PKEY_get_bits(key));
    } else if (EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1) {
        snprintf(out, size, "key type ecdsa-%s is not supported", group);
    } else {
        const char *type = EVP_PKEY_get0_type_name(key);
        snprintf(out, size, "key type %s is not supported", type ? type : "unknown");
    }
}

bool ps_limits_describe(const struct ps_strategy_limits *limits, int error, X509 *certificate,
                        char *out, size_t size)
{
    if (error == PS_LIMIT_HASH_ERROR && ps_limits_hash_error(limits, certificate) == error)
        describe_hash(certificate, out, size);
    else if (error == PS_LIMIT_KEY_ERROR && ps_limits_key_error(limits, certificate) == error)
        describe_key(certificate, out, size);
    else
        return false;
    return true;
}

/* The most bytes a signature of this one's kind can have. In DER an ECDSA signature is as long as
 * its two numbers happen to be: at most 72 bytes for P-256, 104 for P-384, 139 for P-521, and never
 * so short that it could be of the curve below. */
static int signature_bytes_max(int bytes, int algorithm)
{
    static const int maxima[] = {72, 104, 139};
    int key = NID_undef;
    if (!OBJ_find_sigid_algs(algorithm, NULL, &key) || key != NID_X9_62_id_ecPublicKey)
        return bytes;
    for (size_t i = 0; i < sizeof maxima / sizeof maxima[0]; i++)
        if (bytes <= maxima[i])
            return maxima[i];
    return bytes;
}

/* GeneralizedTime (from 2050) takes two bytes more than UTCTime. */
static int longer_dates(const X509 *certificate)
{
    return 2 * (ASN1_STRING_type(X509_get0_notBefore(certificate)) == V_ASN1_GENERALIZEDTIME) +
           2 * (ASN1_STRING_type(X509_get0_notAfter(certificate)) == V_ASN1_GENERALIZEDTIME);
}

static size_t certificate_bytes(X509 *certificate, bool leaf)
{
    const ASN1_BIT_STRING *signature;
    const X509_ALGOR *algorithm;
    X509_get0_signature(&signature, &algorithm, certificate);
    int whole = i2d_X509(certificate, NULL);
    int own = ASN1_STRING_length(signature);
    int most = signature_bytes_max(own, X509_get_signature_nid(certificate));
    int longer = ASN1_object_size(0, 1 + most, V_ASN1_BIT_STRING) -
                 ASN1_object_size(0, 1 + own, V_ASN1_BIT_STRING);
    /* The SEQUENCE around it is 256 to 65535 bytes long, whose length takes the same bytes. */
    return (size_t)(whole + longer - (leaf ? longer_dates(certificate) : 0));
}

size_t ps_limits_list_bytes(const STACK_OF(X509) * served)
{
    size_t bytes = 0;
    for (int i = 0; i < sk_X509_num(served); i++)
        bytes += certificate_bytes(sk_X509_value(served, i), i == 0);
    return bytes;
}

static bool refuse(struct ps_verdict *verdict, enum ps_stage stage, int error, int depth)
{
    verdict->stage = stage;
    verdict->error = error;
    verdict->depth = depth;
    return true;
}

bool ps_limits_refuse(const struct ps_strategy_limits *limits, const STACK_OF(X509) * served,
                      struct ps_verdict *verdict)
{
    size_t count = (size_t)sk_X509_num(served);
    if (limits->chain_length > 0 && count > limits->chain_length) {
        snprintf(verdict->reason, sizeof verdict->reason,
                 "the served list has %zu certificates, more than %u", count, limits->chain_length);
        return refuse(verdict, PS_STAGE_TLS, X509_V_ERR_CERT_CHAIN_TOO_LONG, -1);
    }
    size_t bytes = limits->chain_bytes > 0 ? ps_limits_list_bytes(served) : 0;
    if (bytes > limits->chain_bytes) {
        snprintf(verdict->reason, sizeof verdict->reason,
                 "the served list has %zu bytes, more than %u", bytes, limits->chain_bytes);
        return refuse(verdict, PS_STAGE_TLS, X509_V_ERR_CERT_CHAIN_TOO_LONG, -1);
    }
    X509 *leaf = sk_X509_value(served, 0);
    int error = ps_limits_key_error(limits, leaf);
    if (error == X509_V_OK)
        return false;
    char what[54], name[72];
    describe_key(leaf, what, sizeof what);
    ps_describe_name(leaf, name, sizeof name);
    snprintf(verdict->reason, sizeof verdict->reason, "%s: %s", what, name);
    return refuse(verdict, PS_STAGE_PATH, error, 0);
}

/* All signature algorithms that OpenSSL 3 can offer for the key types and hashes of this language,
 * in its own order of preference. */
static const struct {
    const char *name;
    bool rsa;
    enum ps_hash hash;
} algorithms[] = {
    {"ECDSA+SHA256", false, PS_HASH_SHA256},  {"ECDSA+SHA384", false, PS_HASH_SHA384},
    {"ECDSA+SHA512", false, PS_HASH_SHA512},  {"RSA-PSS+SHA256", true, PS_HASH_SHA256},
    {"RSA-PSS+SHA384", true, PS_HASH_SHA384}, {"RSA-PSS+SHA512", true, PS_HASH_SHA512},
    {"RSA+SHA256", true, PS_HASH_SHA256},     {"RSA+SHA384", true, PS_HASH_SHA384},
    {"RSA+SHA512", true, PS_HASH_SHA512},     {"ECDSA+SHA1", false, PS_HASH_SHA1},
    {"RSA+SHA1", true, PS_HASH_SHA1},
};

static bool uses_keys(const struct ps_strategy_limits *limits, bool rsa)
{
    for (unsigned i = 0; i < KEY_TYPES; i++)
        if (key_types[i].rsa == rsa && in_set(limits->keys, i))
            return true;
    return false;
}

static void offer_algorithms(const struct ps_strategy_limits *limits, SSL_CTX *tls)
{
    struct ps_text list = {0};
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (in_set(limits->hashes, algorithms[i].hash) && uses_keys(limits, algorithms[i].rsa))
            ps_text_add(&list, "%s%s", list.length ? ":" : "", algorithms[i].name);
    if (SSL_CTX_set1_sigalgs_list(tls, ps_text_chars(&list)) != 1)
        ps_memory_exhausted(0); /* the words are constants: nothing else can fail */
    ps_text_deinit(&list);
}

static void offer_groups(const struct ps_strategy_limits *limits, SSL_CTX *tls)
{
    char list[32];
    snprintf(list, sizeof list, "X25519%s%s",
             in_set(limits->keys, PS_KEY_ECDSA_P256) ? ":P-256" : "",
             in_set(limits->keys, PS_KEY_ECDSA_P384) ? ":P-384" : "");
    if (SSL_CTX_set1_groups_list(tls, list) != 1)
        ps_memory_exhausted(0);
}

void ps_limits_offer(const struct ps_strategy_limits *limits, SSL_CTX *tls)
{
    if (limits->tls == PS_TLS_1_2 && SSL_CTX_set_max_proto_version(tls, TLS1_2_VERSION) != 1)
        ps_memory_exhausted(0);
    if (limits->hashes != 0 || limits->keys != 0)
        offer_algorithms(limits, tls);
    if (limits->keys != 0)
        offer_groups(limits, tls);
    /* SHA-384 is the hash of these suites' key schedule too. */
    if (!in_set(limits->hashes, PS_HASH_SHA384) &&
        (SSL_CTX_set_ciphersuites(tls, "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256") !=
             1 ||
         SSL_CTX_set_cipher_list(tls, "ECDHE+AESGCM:ECDHE+CHACHA20:DEFAULT:!aNULL:!PSK:!AES256:"
                                      "!SHA384:@SECLEVEL=0") != 1))
        ps_memory_exhausted(0);
}
