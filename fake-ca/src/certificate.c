/* SPDX-License-Identifier: Apache-2.0
 *
 * Minting: a description and two keys become DER. The extensions are one table of small functions
 * in the order in which they stand in the certificate.
 */
#include <assert.h>
#include <ctype.h>
#include <string.h>
#include <openssl/asn1t.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include "base/text.h"
#include "ca_private.h"
#include "failure.h"
#include "name.h"

enum { SERIAL_BYTES = 16, SERIAL_TOP = 0x40, HOST_MAX = 253 };
static const char marker_text[] = "pinstorm: simulated, never trust";

/* RFC 5280 section 4.1.2.5: "no well-defined expiration date" is written 9999-12-31T23:59:59Z,
 * which is also the last second that can be written. UTCTime begins in 1950. */
static const int64_t time_first_s = INT64_C(-631152000);
static const int64_t time_last_s = INT64_C(253402300799);

struct minting {
    const struct ps_certificate_spec *spec;
    const struct ps_key *subject, *issuer;
    bool self_signed;
    X509 *x509;
};

static int mint_basic_constraints(struct minting *m)
{
    if (!m->spec->ca)
        return 1;
    BASIC_CONSTRAINTS *value = BASIC_CONSTRAINTS_new();
    if (value == NULL)
        ps_memory_exhausted(0);
    value->ca = 1;
    int ok = 1;
    if (m->spec->path_length != PS_PATH_LENGTH_NONE) {
        value->pathlen = ASN1_INTEGER_new();
        ok = value->pathlen != NULL && ASN1_INTEGER_set(value->pathlen, m->spec->path_length) == 1;
    }
    ok = ok && X509_add1_ext_i2d(m->x509, NID_basic_constraints, value, 1, X509V3_ADD_APPEND) == 1;
    BASIC_CONSTRAINTS_free(value);
    return ok;
}

static int mint_key_usage(struct minting *m)
{
    enum { DIGITAL_SIGNATURE = 0, KEY_ENCIPHERMENT = 2, KEY_CERT_SIGN = 5, CRL_SIGN = 6 };
    ASN1_BIT_STRING *value = ASN1_BIT_STRING_new();
    if (value == NULL)
        ps_memory_exhausted(0);
    int ok;
    if (m->spec->ca)
        ok = ASN1_BIT_STRING_set_bit(value, KEY_CERT_SIGN, 1) == 1 &&
             ASN1_BIT_STRING_set_bit(value, CRL_SIGN, 1) == 1;
    else
        ok = ASN1_BIT_STRING_set_bit(value, DIGITAL_SIGNATURE, 1) == 1 &&
             (!ps_key_type_is_rsa(m->subject->type) ||
              ASN1_BIT_STRING_set_bit(value, KEY_ENCIPHERMENT, 1) == 1);
    ok = ok && X509_add1_ext_i2d(m->x509, NID_key_usage, value, 1, X509V3_ADD_APPEND) == 1;
    ASN1_BIT_STRING_free(value);
    return ok;
}

static int mint_extended_key_usage(struct minting *m)
{
    static const struct {
        uint32_t bit;
        int nid;
    } usages[] = {{PS_EKU_SERVER_AUTH, NID_server_auth}, {PS_EKU_CLIENT_AUTH, NID_client_auth}};

    if (m->spec->eku == 0)
        return 1;
    EXTENDED_KEY_USAGE *value = EXTENDED_KEY_USAGE_new();
    if (value == NULL)
        ps_memory_exhausted(0);
    for (size_t i = 0; i < sizeof usages / sizeof usages[0]; i++) {
        /* Objects of built-in NIDs are static: freeing them with the stack does nothing. */
        if ((m->spec->eku & usages[i].bit) != 0 &&
            sk_ASN1_OBJECT_push(value, OBJ_nid2obj(usages[i].nid)) <= 0)
            ps_memory_exhausted(0);
    }
    int ok = X509_add1_ext_i2d(m->x509, NID_ext_key_usage, value, 0, X509V3_ADD_APPEND) == 1;
    EXTENDED_KEY_USAGE_free(value);
    return ok;
}

static int mint_alternative_name(struct minting *m)
{
    if (m->spec->host == NULL)
        return 1;
    GENERAL_NAMES *value = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *host = ASN1_IA5STRING_new();
    if (value == NULL || name == NULL || host == NULL ||
        ASN1_STRING_set(host, m->spec->host, (int)strlen(m->spec->host)) != 1 ||
        sk_GENERAL_NAME_push(value, name) <= 0)
        ps_memory_exhausted(0);
    GENERAL_NAME_set0_value(name, GEN_DNS, host);
    int ok = X509_add1_ext_i2d(m->x509, NID_subject_alt_name, value, 0, X509V3_ADD_APPEND) == 1;
    GENERAL_NAMES_free(value);
    return ok;
}

static ASN1_OCTET_STRING *key_identifier(const struct ps_key *key)
{
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    if (value == NULL ||
        ASN1_OCTET_STRING_set(value, key->identifier, PS_KEY_IDENTIFIER_BYTES) != 1)
        ps_memory_exhausted(0);
    return value;
}

static int mint_subject_key_identifier(struct minting *m)
{
    ASN1_OCTET_STRING *value = key_identifier(m->subject);
    int ok =
        X509_add1_ext_i2d(m->x509, NID_subject_key_identifier, value, 0, X509V3_ADD_APPEND) == 1;
    ASN1_OCTET_STRING_free(value);
    return ok;
}

static int mint_authority_key_identifier(struct minting *m)
{
    if (m->self_signed)
        return 1;
    AUTHORITY_KEYID *value = AUTHORITY_KEYID_new();
    if (value == NULL)
        ps_memory_exhausted(0);
    value->keyid = key_identifier(m->issuer);
    int ok =
        X509_add1_ext_i2d(m->x509, NID_authority_key_identifier, value, 0, X509V3_ADD_APPEND) == 1;
    AUTHORITY_KEYID_free(value);
    return ok;
}

/* Made from the dotted text each time: registering the OID would change a table of the process. */
static int mint_marker(struct minting *m)
{
    ASN1_OBJECT *oid = OBJ_txt2obj(PS_TEST_MARKER_OID, 1);
    ASN1_UTF8STRING *text = ASN1_UTF8STRING_new();
    if (oid == NULL || text == NULL ||
        ASN1_STRING_set(text, marker_text, (int)sizeof marker_text - 1) != 1)
        ps_memory_exhausted(0);
    unsigned char *der = NULL;
    int size = i2d_ASN1_UTF8STRING(text, &der);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    if (size <= 0 || value == NULL || ASN1_OCTET_STRING_set(value, der, size) != 1)
        ps_memory_exhausted(0);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, oid, 0, value);
    int ok = extension != NULL && X509_add_ext(m->x509, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    ASN1_OCTET_STRING_free(value);
    OPENSSL_free(der);
    ASN1_UTF8STRING_free(text);
    ASN1_OBJECT_free(oid);
    return ok;
}

/* In the order of the certificate. */
static int (*const extensions[])(struct minting *m) = {
    mint_basic_constraints,
    mint_key_usage,
    mint_extended_key_usage,
    mint_alternative_name,
    mint_subject_key_identifier,
    mint_authority_key_identifier,
    mint_marker,
};

/* The top byte keeps it positive and 16 bytes long, the last four keep it unique, and what is
 * between only looks like a serial number. */
static int mint_serial(X509 *x509, uint32_t number)
{
    unsigned char bytes[SERIAL_BYTES] = {SERIAL_TOP};
    uint64_t spread = ps_bytes_hash(&(uint32_t){number}, sizeof number, SERIAL_TOP);
    for (int i = 0; i < 8; i++)
        bytes[1 + i] = (unsigned char)(spread >> (8 * i));
    for (int i = 0; i < 4; i++)
        bytes[SERIAL_BYTES - 1 - i] = (unsigned char)(number >> (8 * i));
    BIGNUM *value = BN_bin2bn(bytes, SERIAL_BYTES, NULL);
    if (value == NULL || BN_to_ASN1_INTEGER(value, X509_get_serialNumber(x509)) == NULL)
        ps_memory_exhausted(0);
    BN_free(value);
    return 1;
}

/* UTCTime until 2049, GeneralizedTime from 2050: ASN1_TIME_set does what RFC 5280 asks for. */
static int mint_validity(struct minting *m)
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

static ps_status spec_check(const struct ps_certificate_spec *spec, struct ps_error *err)
{
    bool never = ps_time_compare(spec->not_after, PS_TIME_NEVER) == 0;
    if (spec->not_before.s < time_first_s || spec->not_before.s > time_last_s ||
        (!never && (spec->not_after.s < time_first_s || spec->not_after.s > time_last_s)))
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
    if (spec->host == NULL)
        return PS_OK;
    size_t length = strlen(spec->host);
    if (length == 0 || length > HOST_MAX)
        return ps_fail(err, PS_INVALID, "a host name has 1 to %d characters", HOST_MAX);
    for (const char *c = spec->host; *c != '\0'; c++) {
        if (!isascii((unsigned char)*c) || strchr(" ,/:\"\\", *c) != NULL || *c < ' ')
            return ps_fail(err, PS_INVALID, "\"%s\" is not a host name", spec->host);
    }
    return PS_OK;
}

/* Everything but the signature. */
static ps_status mint_body(struct minting *m, uint32_t number, const char *issuer_dn,
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
    m->self_signed = m->subject == m->issuer && X509_NAME_cmp(subject, issuer) == 0;
    int ok = X509_set_version(m->x509, X509_VERSION_3) == 1 && mint_serial(m->x509, number) &&
             X509_set_subject_name(m->x509, subject) == 1 &&
             X509_set_issuer_name(m->x509, issuer) == 1 && mint_validity(m) &&
             X509_set_pubkey(m->x509, m->subject->pair) == 1;
    X509_NAME_free(subject);
    X509_NAME_free(issuer);
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0] && ok; i++)
        ok = extensions[i](m);
    return ok ? PS_OK : ps_ca_openssl_fail(err, "filling a certificate");
}

/* The signed part and the algorithm have one length whatever the keys are; the signature's is known
 * by its maximum (EVP_PKEY_get_size: 72 for P-256, 104 for P-384, the modulus' for RSA). */
static size_t size_max_of(X509 *x509, const struct ps_key *issuer)
{
    const X509_ALGOR *algorithm = NULL;
    X509_get0_signature(NULL, &algorithm, x509);
    int signature = ASN1_object_size(0, 1 + EVP_PKEY_get_size(issuer->pair), V_ASN1_BIT_STRING);
    int body = i2d_re_X509_tbs(x509, NULL) + i2d_X509_ALGOR(algorithm, NULL) + signature;
    return (size_t)ASN1_object_size(1, body, V_ASN1_SEQUENCE);
}

static ps_status mint(struct minting *m, uint32_t number, const char *issuer_dn,
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

ps_status ps_ca_issue(struct ps_ca *ca, const struct ps_certificate_spec *spec,
                      ps_key_id subject_key, const char *issuer_dn, ps_key_id issuer_key,
                      ps_certificate_id *ret_certificate, struct ps_error *err)
{
    PS_TRY(spec_check(spec, err));
    assert(ca->certificate_count < UINT32_MAX);
    uint32_t number = (uint32_t)ca->certificate_count;
    struct minting minting = {
        .spec = spec,
        .subject = ps_ca_key_find(ca, subject_key),
        .issuer = ps_ca_key_find(ca, issuer_key),
        .x509 = X509_new_ex(ps_keypool_library(ca->pool), NULL),
    };
    if (minting.x509 == NULL)
        ps_memory_exhausted(0);
    struct ps_ca_certificate minted = {.key = subject_key};
    ps_status status = mint(&minting, number, issuer_dn, &minted, err);
    X509_free(minting.x509);
    if (!ps_is_ok(status))
        return status;
    minted.subject = spec->subject != NULL ? ps_strdup(spec->subject)
                                           : ps_format("CN=%s", spec->host);
    minted.issuer = ps_strdup(issuer_dn);
    minted.not_before = spec->not_before;
    minted.not_after = spec->not_after;
    PS_PUSH(ca->certificates, ca->certificate_count, ca->certificate_capacity,
            ps_memdup(&minted, sizeof minted));
    *ret_certificate = (ps_certificate_id){number};
    return PS_OK;
}
