/* SPDX-License-Identifier: Apache-2.0 */
#include "mint_status.h"

#include <check.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include <string.h>

static ASN1_TIME *time_of(const char *text)
{
    return text ? ASN1_TIME_set(NULL, (time_t)mint_time(text).s) : NULL;
}

static ASN1_GENERALIZEDTIME *generalized(const char *text)
{
    return text ? ASN1_GENERALIZEDTIME_set(NULL, (time_t)mint_time(text).s) : NULL;
}

static void give(unsigned char *der, int size, struct ps_buffer *ret_der)
{
    ck_assert_int_gt(size, 0);
    ps_buffer_append(ret_der, der, (size_t)size);
    OPENSSL_free(der);
}

static X509_EXTENSION *unknown_critical(void)
{
    ASN1_OBJECT *object = OBJ_txt2obj("1.3.6.1.4.1.32473.1", 1);
    ASN1_OCTET_STRING *value = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(value, (const unsigned char *)"\5\0", 2);
    X509_EXTENSION *extension = X509_EXTENSION_create_by_OBJ(NULL, object, 1, value);
    ASN1_OBJECT_free(object);
    ASN1_OCTET_STRING_free(value);
    return extension;
}

static void add_single(OCSP_BASICRESP *basic, const struct mint_ocsp *how, const char *about,
                       int status)
{
    OCSP_CERTID *id =
        OCSP_cert_to_id(how->sha256_id ? EVP_sha256() : NULL, mint_named(about)->certificate,
                        mint_named(how->issuer)->certificate);
    ASN1_GENERALIZEDTIME *from = generalized(how->from), *until = generalized(how->until);
    ASN1_TIME *revoked = time_of("2021-01-01");
    OCSP_SINGLERESP *single =
        OCSP_basic_add1_status(basic, id, status, OCSP_REVOKED_STATUS_NOSTATUS,
                               status == V_OCSP_CERTSTATUS_REVOKED ? revoked : NULL, from, until);
    ck_assert_ptr_nonnull(single);
    if (how->critical_single) {
        X509_EXTENSION *extension = unknown_critical();
        OCSP_SINGLERESP_add_ext(single, extension, -1);
        X509_EXTENSION_free(extension);
    }
    OCSP_CERTID_free(id);
    ASN1_GENERALIZEDTIME_free(from);
    ASN1_GENERALIZEDTIME_free(until);
    ASN1_TIME_free(revoked);
}

/* OCSP_basic_sign would say the host's time and check the key. */
static void sign(OCSP_BASICRESP *basic, const struct mint_ocsp *how)
{
    const struct mint *signer = mint_named(how->signer ? how->signer : how->issuer);
    const struct mint *named = how->named ? mint_named(how->named) : signer;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestSignInit(context, NULL, how->sha384_signature ? EVP_sha384() : EVP_sha256(), NULL,
                       signer->key);
    unsigned long flags =
        OCSP_NOTIME | (how->by_key ? OCSP_RESPID_KEY : 0) | (how->signer_sent ? 0 : OCSP_NOCERTS);
    X509 *stand_in = X509_dup(named->certificate);
    X509_set_pubkey(stand_in, signer->key);
    ck_assert_int_eq(OCSP_basic_sign_ctx(basic, stand_in, context, NULL, flags), 1);
    X509_free(stand_in);
    EVP_MD_CTX_free(context);
}

void mint_ocsp(const struct mint_ocsp *how, struct ps_buffer *ret_der)
{
    OCSP_BASICRESP *basic = NULL;
    if (!how->error) {
        basic = OCSP_BASICRESP_new();
        if (how->about_first)
            add_single(basic, how, how->about_first, V_OCSP_CERTSTATUS_GOOD);
        add_single(basic, how, how->about, how->status);
        if (how->critical) {
            X509_EXTENSION *extension = unknown_critical();
            OCSP_BASICRESP_add_ext(basic, extension, -1);
            X509_EXTENSION_free(extension);
        }
        sign(basic, how);
    }
    OCSP_RESPONSE *response = OCSP_response_create(how->error, basic);
    unsigned char *der = NULL;
    int size = i2d_OCSP_RESPONSE(response, &der);
    give(der, size, ret_der);
    OCSP_RESPONSE_free(response);
    OCSP_BASICRESP_free(basic);
}

static void add_entry(X509_CRL *crl, X509 *certificate, enum mint_crl_fault fault)
{
    X509_REVOKED *entry = X509_REVOKED_new();
    ASN1_TIME *since = time_of("2021-01-01");
    X509_REVOKED_set_serialNumber(entry, X509_get_serialNumber(certificate));
    X509_REVOKED_set_revocationDate(entry, since);
    if (fault == MINT_CRL_CRITICAL_ENTRY) {
        X509_EXTENSION *extension = unknown_critical();
        X509_REVOKED_add_ext(entry, extension, -1);
        X509_EXTENSION_free(extension);
    }
    if (fault == MINT_CRL_TOOK_BACK) {
        ASN1_ENUMERATED *reason = ASN1_ENUMERATED_new();
        ASN1_ENUMERATED_set(reason, CRL_REASON_REMOVE_FROM_CRL);
        X509_REVOKED_add1_ext_i2d(entry, NID_crl_reason, reason, 0, 0);
        ASN1_ENUMERATED_free(reason);
    }
    ASN1_TIME_free(since);
    X509_CRL_add0_revoked(crl, entry);
}

static void add_extensions(X509_CRL *crl, const struct mint_crl *how)
{
    X509_EXTENSION *extension = NULL;
    if (how->scope) {
        extension = X509V3_EXT_conf_nid(NULL, NULL, NID_issuing_distribution_point, how->scope);
        ck_assert_msg(extension != NULL, "scope %s", how->scope);
        X509_CRL_add_ext(crl, extension, -1);
        X509_EXTENSION_free(extension);
    }
    if (how->fault == MINT_CRL_CRITICAL) {
        extension = unknown_critical();
        X509_CRL_add_ext(crl, extension, -1);
        X509_EXTENSION_free(extension);
    }
    if (how->fault == MINT_CRL_DELTA) { /* not critical, as it should be: who looks, sees it */
        ASN1_INTEGER *base = ASN1_INTEGER_new();
        ASN1_INTEGER_set(base, 1);
        X509_CRL_add1_ext_i2d(crl, NID_delta_crl, base, 0, 0);
        ASN1_INTEGER_free(base);
    }
}

void mint_crl(const struct mint_crl *how, struct ps_buffer *ret_der)
{
    const struct mint *revoked[MINT_LIST_MAX];
    size_t count = how->revoked ? mint_list(how->revoked, revoked) : 0;
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *from = time_of(how->from), *until = time_of(how->until);
    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(mint_named(how->issuer)->certificate));
    X509_CRL_set1_lastUpdate(crl, from);
    if (until)
        X509_CRL_set1_nextUpdate(crl, until);
    for (size_t i = 0; i < count; i++)
        add_entry(crl, revoked[i]->certificate, how->fault);
    add_extensions(crl, how);
    EVP_PKEY *key = mint_named(how->signer ? how->signer : how->issuer)->key;
    ck_assert_int_gt(X509_CRL_sign(crl, key, how->sha384 ? EVP_sha384() : EVP_sha256()), 0);
    unsigned char *der = NULL;
    int size = i2d_X509_CRL(crl, &der);
    give(der, size, ret_der);
    ASN1_TIME_free(from);
    ASN1_TIME_free(until);
    X509_CRL_free(crl);
}
