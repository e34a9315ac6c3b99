/* SPDX-License-Identifier: Apache-2.0
 *
 * Minting: a description and two keys become DER. The extensions are src/extension.c's.
 */
#include <assert.h>
#include <ctype.h>
#include <limits.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include "base/text.h"
#include "failure.h"
#include "mint.h"
#include "name.h"

enum { SERIAL_BYTES = 16, SERIAL_TOP = 0x40, HOST_MAX = 253, URL_MAX = 1024 };

/* RFC 5280 section 4.1.2.5: "no well-defined expiration date" is written 9999-12-31T23:59:59Z,
 * which is also the last second that can be written. UTCTime begins in 1950. */
static const int64_t time_first_s = INT64_C(-631152000);
static const int64_t time_last_s = INT64_C(253402300799);

/* The top byte keeps it positive and 16 bytes long, the last four keep it unique, and what is
 * between only looks like a serial number. */
void ps_mint_serial(uint32_t number, ASN1_INTEGER *ret_serial)
{
    unsigned char bytes[SERIAL_BYTES] = {SERIAL_TOP};
    uint64_t spread = ps_bytes_hash(&(uint32_t){number}, sizeof number, SERIAL_TOP);
    for (int i = 0; i < 8; i++)
        bytes[1 + i] = (unsigned char)(spread >> (8 * i));
    for (int i = 0; i < 4; i++)
        bytes[SERIAL_BYTES - 1 - i] = (unsigned char)(number >> (8 * i));
    BIGNUM *value = BN_bin2bn(bytes, SERIAL_BYTES, NULL);
    if (value == NULL || BN_to_ASN1_INTEGER(value, ret_serial) == NULL)
        ps_memory_exhausted(0);
    BN_free(value);
}

bool ps_mint_time_is_good(ps_time time)
{
    return time.s >= time_first_s && time.s <= time_last_s;
}

/* UTCTime until 2049, GeneralizedTime from 2050: ASN1_TIME_set does what RFC 5280 asks for. */
static int mint_validity(struct ps_minting *m)
{
    int64_t last = m->spec->not_after.s;
    if (ps_time_compare(m->spec->not_after, PS_TIME_NEVER) == 0)
        last = time_last_s;
    return ASN1_TIME_set(X509_getm_notBefore(m->x509), (time_t)m->spec->not_before.s) != NULL &&
           ASN1_TIME_set(X509_getm_notAfter(m->x509), (time_t)last) != NULL;
}

static const EVP_MD *hash_of(enum ps_hash hash)
{
    switch (hash) {
    case PS_HASH_SHA1:
        return EVP_sha1();
    case PS_HASH_SHA256:
        return EVP_sha256();
    case PS_HASH_SHA384:
        return EVP_sha384();
    case PS_HASH_SHA512:
        return EVP_sha512();
    }
    assert(!"a hash that is none");
    return NULL;
}

static ps_status host_check(const char *host, struct ps_error *err)
{
    size_t length = strlen(host);
    if (length == 0 || length > HOST_MAX)
        return ps_fail(err, PS_INVALID, "a host name has 1 to %d characters", HOST_MAX);
    for (const char *c = host; *c != '\0'; c++) {
        if (!isascii((unsigned char)*c) || strchr(" ,/:\"\\", *c) != NULL || *c < ' ')
            return ps_fail(err, PS_INVALID, "\"%s\" is not a host name", host);
    }
    return PS_OK;
}

static ps_status url_check(const char *url, struct ps_error *err)
{
    static const char scheme[] = "http://";
    if (url == NULL)
        return PS_OK;
    bool good = strncmp(url, scheme, sizeof scheme - 1) == 0 && strlen(url) >= sizeof scheme &&
                strlen(url) <= URL_MAX;
    for (const char *c = url; *c != '\0' && good; c++)
        good = isascii((unsigned char)*c) && isgraph((unsigned char)*c);
    return good ? PS_OK : ps_fail(err, PS_INVALID, "\"%s\" is not an http:// URL", url);
}

static ps_status spec_check(const struct ps_certificate_spec *spec, struct ps_error *err)
{
    bool never = ps_time_compare(spec->not_after, PS_TIME_NEVER) == 0;
    if (!ps_mint_time_is_good(spec->not_before) ||
        (!never && !ps_mint_time_is_good(spec->not_after)))
        return ps_fail(err, PS_INVALID, "a certificate's dates lie between 1950 and 9999");
    if (ps_time_compare(spec->not_after, spec->not_before) < 0) {
        char from[PS_TIME_TEXT_MAX], until[PS_TIME_TEXT_MAX];
        return ps_fail(err, PS_INVALID, "a certificate's end, %s, is before its beginning, %s",
                       ps_time_format(spec->not_after, until),
                       ps_time_format(spec->not_before, from));
    }
    if (spec->ca && spec->path_length < 0 && spec->path_length != PS_PATH_LENGTH_NONE)
        return ps_fail(err, PS_INVALID, "a path length cannot be %d", (int)spec->path_length);
    if (spec->subject == NULL && spec->host == NULL)
        return ps_fail(err, PS_INVALID, "a certificate needs a subject or a host");
    PS_TRY(url_check(spec->ocsp_url, err));
    PS_TRY(url_check(spec->issuer_url, err));
    PS_TRY(url_check(spec->crl_url, err));
    return spec->host != NULL ? host_check(spec->host, err) : PS_OK;
}

/* Everything but the signature. */
static ps_status mint_body(struct ps_minting *m, uint32_t number, const char *issuer_dn,
                           struct ps_error *err)
{
    X509_NAME *subject = NULL, *issuer = NULL;
    if (m->spec->subject != NULL)
        PS_TRY(ps_ca_name_parse(m->spec->subject, &subject, err));
    else
        PS_TRY(ps_ca_name_of_host(m->spec->host, &subject, err));
    ps_status status = ps_ca_name_parse(issuer_dn, &issuer, err);
    if (!ps_is_ok(status)) {
        X509_NAME_free(subject);
        return status;
    }
    m->self_signed = m->pair == m->issuer->pair && X509_NAME_cmp(subject, issuer) == 0;
    ps_mint_serial(number, X509_get_serialNumber(m->x509));
    int ok = X509_set_version(m->x509, X509_VERSION_3) == 1 &&
             X509_set_subject_name(m->x509, subject) == 1 &&
             X509_set_issuer_name(m->x509, issuer) == 1 && mint_validity(m) &&
             X509_set_pubkey(m->x509, m->pair) == 1;
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
    return ok && ps_mint_extensions(m) ? PS_OK : ps_ca_openssl_fail(err, "filling a certificate");
}

/* Dates from 2050 on are two bytes longer (RFC 5280 section 4.1.2.5). A leaf's differ from renewal
 * to renewal, and which of them somebody met must not matter. */
static int dates_may_add(const X509 *x509)
{
    return (ASN1_STRING_type(X509_get0_notBefore(x509)) == V_ASN1_UTCTIME ? 2 : 0) +
           (ASN1_STRING_type(X509_get0_notAfter(x509)) == V_ASN1_UTCTIME ? 2 : 0);
}

/* The signed part and the algorithm have one length whatever the keys are; the signature's is known
 * by its maximum (EVP_PKEY_get_size: 72 for P-256, 104 for P-384, the modulus' for RSA). */
static size_t size_max_of(X509 *x509, const struct ps_key *issuer)
{
    const X509_ALGOR *algorithm = NULL;
    X509_get0_signature(NULL, &algorithm, x509);
    int signed_part = i2d_re_X509_tbs(x509, NULL) + dates_may_add(x509),
        identifier = i2d_X509_ALGOR(algorithm, NULL);
    if (signed_part <= 0 || identifier <= 0)
        ps_memory_exhausted(0); /* both have just been written */
    int signature = ASN1_object_size(0, 1 + EVP_PKEY_get_size(issuer->pair), V_ASN1_BIT_STRING);
    return (size_t)ASN1_object_size(1, signed_part + identifier + signature, V_ASN1_SEQUENCE);
}

static ps_status mint(struct ps_minting *m, uint32_t number, const char *issuer_dn,
                      struct ps_ca_certificate *ret, struct ps_error *err)
{
    PS_TRY(mint_body(m, number, issuer_dn, err));
    if (X509_sign(m->x509, m->issuer->pair, hash_of(m->spec->hash)) <= 0)
        return ps_ca_openssl_fail(err, "signing a certificate");
    unsigned char *der = NULL;
    int size = i2d_X509(m->x509, &der);
    if (size <= 0)
        return ps_ca_openssl_fail(err, "writing a certificate");
    ret->der = der;
    ret->size = (size_t)size;
    ret->size_max = size_max_of(m->x509, m->issuer);
    assert(ret->size <= ret->size_max);
    return PS_OK;
}

/* `minting` says whose key it is; `minted` whether it is one of this CA's. */
static ps_status issue(struct ps_ca *ca, struct ps_minting *minting, const char *issuer_dn,
                       struct ps_ca_certificate *minted, ps_certificate_id *ret_certificate,
                       struct ps_error *err)
{
    const struct ps_certificate_spec *spec = minting->spec;
    assert(ca->certificate_count < UINT32_MAX);
    uint32_t number = (uint32_t)ca->certificate_count;
    minting->x509 = X509_new_ex(ps_keypool_library(ca->pool), NULL);
    if (minting->x509 == NULL)
        ps_memory_exhausted(0);
    ps_status status = mint(minting, number, issuer_dn, minted, err);
    X509_free(minting->x509);
    if (!ps_is_ok(status))
        return status;
    minted->subject =
        spec->subject != NULL ? ps_strdup(spec->subject) : ps_format("CN=%s", spec->host);
    minted->issuer = ps_strdup(issuer_dn);
    minted->not_before = spec->not_before;
    minted->not_after = spec->not_after;
    PS_PUSH(ca->certificates, ca->certificate_count, ca->certificate_capacity,
            ps_memdup(minted, sizeof *minted));
    *ret_certificate = (ps_certificate_id){number};
    return PS_OK;
}

ps_status ps_ca_issue(struct ps_ca *ca, const struct ps_certificate_spec *spec,
                      ps_key_id subject_key, const char *issuer_dn, ps_key_id issuer_key,
                      ps_certificate_id *ret_certificate, struct ps_error *err)
{
    PS_TRY(spec_check(spec, err));
    const struct ps_key *subject = ps_ca_key_find(ca, subject_key);
    struct ps_minting minting = {
        .spec = spec,
        .pair = subject->pair,
        .identifier = subject->identifier,
        .issuer = ps_ca_key_find(ca, issuer_key),
    };
    struct ps_ca_certificate minted = {
        .has_key = true, .key = subject_key, .issuer_key = issuer_key};
    return issue(ca, &minting, issuer_dn, &minted, ret_certificate, err);
}

ps_status ps_ca_issue_spki(struct ps_ca *ca, const struct ps_certificate_spec *spec,
                           struct ps_bytes spki, const char *issuer_dn, ps_key_id issuer_key,
                           ps_certificate_id *ret_certificate, struct ps_error *err)
{
    PS_TRY(spec_check(spec, err));
    OSSL_LIB_CTX *library = ps_keypool_library(ca->pool);
    unsigned char identifier[PS_KEY_IDENTIFIER_BYTES];
    const unsigned char *at = spki.data;
    EVP_PKEY *public_key =
        spki.size <= LONG_MAX ? d2i_PUBKEY_ex(NULL, &at, (long)spki.size, library, NULL) : NULL;
    if (public_key == NULL || at != spki.data + spki.size ||
        !ps_key_identify(spki, library, identifier)) {
        EVP_PKEY_free(public_key);
        ERR_clear_error();
        return ps_fail(err, PS_INVALID, "what is to be certified is no public key");
    }
    struct ps_minting minting = {
        .spec = spec,
        .pair = public_key,
        .identifier = identifier,
        .issuer = ps_ca_key_find(ca, issuer_key),
    };
    struct ps_ca_certificate minted = {.has_key = false, .issuer_key = issuer_key};
    ps_status status = issue(ca, &minting, issuer_dn, &minted, ret_certificate, err);
    EVP_PKEY_free(public_key);
    return status;
}
