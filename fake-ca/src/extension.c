/* SPDX-License-Identifier: Apache-2.0
 *
 * The extensions of a certificate: one table of small functions, in the order in which they stand
 * in it. Each leaves out what the description does not ask for.
 */
#include <string.h>
#include <openssl/asn1t.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include "mint.h"

static const char marker_text[] = "pinstorm: simulated, never trust";

static int mint_basic_constraints(struct ps_minting *m)
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

static int mint_key_usage(struct ps_minting *m)
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
             (!EVP_PKEY_is_a(m->pair, "RSA") ||
              ASN1_BIT_STRING_set_bit(value, KEY_ENCIPHERMENT, 1) == 1);
    ok = ok && X509_add1_ext_i2d(m->x509, NID_key_usage, value, 1, X509V3_ADD_APPEND) == 1;
    ASN1_BIT_STRING_free(value);
    return ok;
}

static int mint_extended_key_usage(struct ps_minting *m)
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

static int mint_alternative_name(struct ps_minting *m)
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

static ASN1_OCTET_STRING *key_identifier(const unsigned char *bytes)
{
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    if (value == NULL || ASN1_OCTET_STRING_set(value, bytes, PS_KEY_IDENTIFIER_BYTES) != 1)
        ps_memory_exhausted(0);
    return value;
}

static int mint_subject_key_identifier(struct ps_minting *m)
{
    ASN1_OCTET_STRING *value = key_identifier(m->identifier);
    int ok =
        X509_add1_ext_i2d(m->x509, NID_subject_key_identifier, value, 0, X509V3_ADD_APPEND) == 1;
    ASN1_OCTET_STRING_free(value);
    return ok;
}

AUTHORITY_KEYID *ps_mint_authority_key_identifier(const struct ps_key *issuer)
{
    AUTHORITY_KEYID *value = AUTHORITY_KEYID_new();
    if (value == NULL)
        ps_memory_exhausted(0);
    value->keyid = key_identifier(issuer->identifier);
    return value;
}

static int mint_authority_key_identifier(struct ps_minting *m)
{
    if (m->self_signed)
        return 1;
    AUTHORITY_KEYID *value = ps_mint_authority_key_identifier(m->issuer);
    int ok =
        X509_add1_ext_i2d(m->x509, NID_authority_key_identifier, value, 0, X509V3_ADD_APPEND) == 1;
    AUTHORITY_KEYID_free(value);
    return ok;
}

static void general_name_set_url(GENERAL_NAME *name, const char *url)
{
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    if (name == NULL || text == NULL || ASN1_STRING_set(text, url, (int)strlen(url)) != 1)
        ps_memory_exhausted(0);
    GENERAL_NAME_set0_value(name, GEN_URI, text);
}

static void authority_access_add(AUTHORITY_INFO_ACCESS *value, int method, const char *url)
{
    if (url == NULL)
        return;
    ACCESS_DESCRIPTION *access = ACCESS_DESCRIPTION_new();
    if (access == NULL || sk_ACCESS_DESCRIPTION_push(value, access) <= 0)
        ps_memory_exhausted(0);
    access->method = OBJ_nid2obj(method); /* static, as above */
    general_name_set_url(access->location, url);
}

static int mint_authority_access(struct ps_minting *m)
{
    if (m->spec->ocsp_url == NULL && m->spec->issuer_url == NULL)
        return 1;
    AUTHORITY_INFO_ACCESS *value = AUTHORITY_INFO_ACCESS_new();
    if (value == NULL)
        ps_memory_exhausted(0);
    authority_access_add(value, NID_ad_OCSP, m->spec->ocsp_url);
    authority_access_add(value, NID_ad_ca_issuers, m->spec->issuer_url);
    int ok = X509_add1_ext_i2d(m->x509, NID_info_access, value, 0, X509V3_ADD_APPEND) == 1;
    AUTHORITY_INFO_ACCESS_free(value);
    return ok;
}

static int mint_distribution_points(struct ps_minting *m)
{
    if (m->spec->crl_url == NULL)
        return 1;
    CRL_DIST_POINTS *value = CRL_DIST_POINTS_new();
    DIST_POINT *point = DIST_POINT_new();
    GENERAL_NAME *url = GENERAL_NAME_new();
    if (value == NULL || point == NULL || sk_DIST_POINT_push(value, point) <= 0 ||
        (point->distpoint = DIST_POINT_NAME_new()) == NULL ||
        (point->distpoint->name.fullname = GENERAL_NAMES_new()) == NULL || url == NULL ||
        sk_GENERAL_NAME_push(point->distpoint->name.fullname, url) <= 0)
        ps_memory_exhausted(0);
    point->distpoint->type = 0; /* fullName */
    general_name_set_url(url, m->spec->crl_url);
    int ok =
        X509_add1_ext_i2d(m->x509, NID_crl_distribution_points, value, 0, X509V3_ADD_APPEND) == 1;
    CRL_DIST_POINTS_free(value);
    return ok;
}

static int mint_tls_feature(struct ps_minting *m)
{
    enum { STATUS_REQUEST = 5 }; /* RFC 6066 section 1.1 */
    if (!m->spec->must_staple)
        return 1;
    TLS_FEATURE *value = TLS_FEATURE_new();
    ASN1_INTEGER *feature = ASN1_INTEGER_new();
    if (value == NULL || feature == NULL || ASN1_INTEGER_set(feature, STATUS_REQUEST) != 1 ||
        sk_ASN1_INTEGER_push(value, feature) <= 0)
        ps_memory_exhausted(0);
    int ok = X509_add1_ext_i2d(m->x509, NID_tlsfeature, value, 0, X509V3_ADD_APPEND) == 1;
    TLS_FEATURE_free(value);
    return ok;
}

/* Made from the dotted text each time: registering the OID would change a table of the process. */
static int mint_marker(struct ps_minting *m)
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
static int (*const extensions[])(struct ps_minting *m) = {
    mint_basic_constraints,
    mint_key_usage,
    mint_extended_key_usage,
    mint_alternative_name,
    mint_subject_key_identifier,
    mint_authority_key_identifier,
    mint_authority_access,
    mint_distribution_points,
    mint_tls_feature,
    mint_marker,
};

int ps_mint_extensions(struct ps_minting *m)
{
    int ok = 1;
    for (size_t i = 0; i < sizeof extensions / sizeof extensions[0] && ok; i++)
        ok = extensions[i](m);
    return ok;
}
