/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <openssl/evp.h>
#include <openssl/ocsp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include "fake-ca/publish.h"
#include "failure.h"
#include "mint.h"
#include "name.h"

static ps_status time_check(const char *what, ps_time time, struct ps_error *err)
{
    if (ps_mint_time_is_good(time))
        return PS_OK;
    return ps_fail(err, PS_INVALID, "%s lies between 1950 and 9999", what);
}

static ps_status order_check(ps_time this_update, ps_time next_update, struct ps_error *err)
{
    if (ps_time_compare(this_update, next_update) <= 0)
        return PS_OK;
    char from[PS_TIME_TEXT_MAX], until[PS_TIME_TEXT_MAX];
    return ps_fail(err, PS_INVALID, "the next update, %s, is before this one, %s",
                   ps_time_format(next_update, until), ps_time_format(this_update, from));
}

/* OpenSSL's calls want the issuer as a certificate: one with its name and key and nothing else. */
static ps_status issuer_stand_in(struct ps_ca *ca, const char *issuer_dn, const struct ps_key *key,
                                 X509 **ret_issuer, struct ps_error *err)
{
    X509_NAME *name = NULL;
    PS_TRY(ps_ca_name_parse(issuer_dn, &name, err));
    X509 *issuer = X509_new_ex(ps_keypool_library(ca->pool), NULL);
    if (issuer == NULL)
        ps_memory_exhausted(0);
    int ok = X509_set_subject_name(issuer, name) == 1 && X509_set_pubkey(issuer, key->pair) == 1;
    X509_NAME_free(name);
    if (!ok) {
        X509_free(issuer);
        return ps_ca_openssl_fail(err, "naming an issuer");
    }
    *ret_issuer = issuer;
    return PS_OK;
}

/* A context that signs with SHA-256. Gives it; NULL when OpenSSL failed. */
static EVP_MD_CTX *signer_new(struct ps_ca *ca, const struct ps_key *key)
{
    EVP_MD_CTX *signer = EVP_MD_CTX_new();
    if (signer == NULL)
        ps_memory_exhausted(0);
    if (EVP_DigestSignInit_ex(signer, NULL, "SHA256", ps_keypool_library(ca->pool), NULL, key->pair,
                              NULL) == 1)
        return signer;
    EVP_MD_CTX_free(signer);
    return NULL;
}

static void buffer_append_der(struct ps_buffer *buffer, unsigned char *der, int size)
{
    assert(der != NULL && size > 0);
    ps_buffer_append(buffer, der, (size_t)size);
    OPENSSL_free(der);
}

/* --- OCSP --- */

static OCSP_CERTID *certificate_name(ps_certificate_id certificate, const X509 *issuer)
{
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    if (serial == NULL)
        ps_memory_exhausted(0);
    ps_mint_serial(certificate.n, serial);
    OCSP_CERTID *id = OCSP_cert_id_new(EVP_sha1(), X509_get_subject_name(issuer),
                                       X509_get0_pubkey_bitstr(issuer), serial);
    ASN1_INTEGER_free(serial);
    return id;
}

static int basic_add_status(OCSP_BASICRESP *basic, const struct ps_ocsp_options *options,
                            const X509 *issuer)
{
    bool ends = ps_time_compare(options->next_update, PS_TIME_NEVER) != 0;
    OCSP_CERTID *id = certificate_name(options->certificate, issuer);
    ASN1_TIME *from = ASN1_TIME_set(NULL, (time_t)options->this_update.s);
    ASN1_TIME *until = ends ? ASN1_TIME_set(NULL, (time_t)options->next_update.s) : NULL;
    ASN1_TIME *revoked =
        options->revoked ? ASN1_TIME_set(NULL, (time_t)options->revoked_at.s) : NULL;
    if (from == NULL || (ends && until == NULL) || (options->revoked && revoked == NULL))
        ps_memory_exhausted(0);
    int status = options->revoked ? V_OCSP_CERTSTATUS_REVOKED : V_OCSP_CERTSTATUS_GOOD;
    int ok = id != NULL && OCSP_basic_add1_status(basic, id, status, OCSP_REVOKED_STATUS_NOSTATUS,
                                                  revoked, from, until) != NULL;
    ASN1_TIME_free(revoked);
    ASN1_TIME_free(until);
    ASN1_TIME_free(from);
    OCSP_CERTID_free(id);
    return ok;
}

/* There is no call that sets producedAt but the one that reads the host's clock: what the getter
 * lends is written to instead. */
static int basic_set_produced(OCSP_BASICRESP *basic, ps_time time)
{
    ASN1_GENERALIZEDTIME *produced = (ASN1_GENERALIZEDTIME *)OCSP_resp_get0_produced_at(basic);
    return ASN1_GENERALIZEDTIME_set(produced, (time_t)time.s) != NULL;
}

static ps_status ocsp_mint(struct ps_ca *ca, const struct ps_ocsp_options *options, X509 *issuer,
                           struct ps_buffer *ret_response, struct ps_error *err)
{
    OCSP_BASICRESP *basic = OCSP_BASICRESP_new();
    if (basic == NULL)
        ps_memory_exhausted(0);
    EVP_MD_CTX *signer = signer_new(ca, ps_ca_key_find(ca, options->issuer_key));
    int ok =
        signer != NULL && basic_add_status(basic, options, issuer) &&
        basic_set_produced(basic, options->this_update) &&
        OCSP_basic_sign_ctx(basic, issuer, signer, NULL,
                            OCSP_RESPID_KEY | OCSP_NOTIME | OCSP_NOCERTS) == 1 &&
        /* When OpenSSL cannot write the signature it says that all is well and it is -1 long. */
        ASN1_STRING_length(OCSP_resp_get0_signature(basic)) > 0;
    OCSP_RESPONSE *response =
        ok ? OCSP_response_create(OCSP_RESPONSE_STATUS_SUCCESSFUL, basic) : NULL;
    unsigned char *der = NULL;
    int size = response != NULL ? i2d_OCSP_RESPONSE(response, &der) : -1;
    OCSP_RESPONSE_free(response);
    EVP_MD_CTX_free(signer);
    OCSP_BASICRESP_free(basic);
    if (size <= 0)
        return ps_ca_openssl_fail(err, "signing an OCSP answer");
    buffer_append_der(ret_response, der, size);
    return PS_OK;
}

ps_status ps_ca_ocsp(struct ps_ca *ca, const struct ps_ocsp_options *options,
                     struct ps_buffer *ret_response, struct ps_error *err)
{
    PS_TRY(time_check("an OCSP answer's this update", options->this_update, err));
    if (options->revoked)
        PS_TRY(time_check("a revocation", options->revoked_at, err));
    if (ps_time_compare(options->next_update, PS_TIME_NEVER) != 0)
        PS_TRY(time_check("an OCSP answer's next update", options->next_update, err));
    PS_TRY(order_check(options->this_update, options->next_update, err));
    (void)ps_ca_certificate_find(ca, options->certificate); /* asserts that it is one */
    X509 *issuer = NULL;
    PS_TRY(issuer_stand_in(ca, options->issuer_dn, ps_ca_key_find(ca, options->issuer_key), &issuer,
                           err));
    ps_status status = ocsp_mint(ca, options, issuer, ret_response, err);
    X509_free(issuer);
    return status;
}

/* --- CRL --- */

/* UTCTime until 2049, GeneralizedTime from 2050, as RFC 5280 section 5.1.2.4 asks for. */
static ASN1_TIME *crl_time(ps_time time)
{
    ASN1_TIME *value = ASN1_TIME_set(NULL, (time_t)time.s);
    if (value == NULL)
        ps_memory_exhausted(0);
    return value;
}

static int crl_add_entry(X509_CRL *crl, const struct ps_crl_entry *entry)
{
    X509_REVOKED *revoked = X509_REVOKED_new();
    ASN1_INTEGER *serial = ASN1_INTEGER_new();
    ASN1_TIME *at = crl_time(entry->revoked_at);
    if (revoked == NULL || serial == NULL)
        ps_memory_exhausted(0);
    ps_mint_serial(entry->certificate.n, serial);
    int ok = X509_REVOKED_set_serialNumber(revoked, serial) == 1 &&
             X509_REVOKED_set_revocationDate(revoked, at) == 1;
    ASN1_TIME_free(at);
    ASN1_INTEGER_free(serial);
    if (!ok || X509_CRL_add0_revoked(crl, revoked) != 1) {
        X509_REVOKED_free(revoked);
        return 0;
    }
    return 1;
}

static int crl_set_times(X509_CRL *crl, const struct ps_crl_options *options)
{
    ASN1_TIME *from = crl_time(options->this_update), *until = crl_time(options->next_update);
    int ok = X509_CRL_set1_lastUpdate(crl, from) == 1 && X509_CRL_set1_nextUpdate(crl, until) == 1;
    ASN1_TIME_free(until);
    ASN1_TIME_free(from);
    return ok;
}

/* Grows with the time and has the same length for every time that is allowed. */
static int crl_add_number(X509_CRL *crl, ps_time this_update)
{
    ASN1_INTEGER *number = ASN1_INTEGER_new();
    if (number == NULL)
        ps_memory_exhausted(0);
    int ok = ASN1_INTEGER_set_int64(number, (INT64_C(1) << 62) + this_update.s) == 1 &&
             X509_CRL_add1_ext_i2d(crl, NID_crl_number, number, 0, X509V3_ADD_APPEND) == 1;
    ASN1_INTEGER_free(number);
    return ok;
}

static int crl_add_issuer_key(X509_CRL *crl, const struct ps_key *key)
{
    AUTHORITY_KEYID *value = ps_mint_authority_key_identifier(key);
    int ok =
        X509_CRL_add1_ext_i2d(crl, NID_authority_key_identifier, value, 0, X509V3_ADD_APPEND) == 1;
    AUTHORITY_KEYID_free(value);
    return ok;
}

static ps_status crl_mint(struct ps_ca *ca, const struct ps_crl_options *options,
                          const X509_NAME *issuer, struct ps_buffer *ret_crl, struct ps_error *err)
{
    const struct ps_key *key = ps_ca_key_find(ca, options->issuer_key);
    X509_CRL *crl = X509_CRL_new_ex(ps_keypool_library(ca->pool), NULL);
    if (crl == NULL)
        ps_memory_exhausted(0);
    int ok = X509_CRL_set_version(crl, X509_CRL_VERSION_2) == 1 &&
             X509_CRL_set_issuer_name(crl, issuer) == 1 && crl_set_times(crl, options);
    for (size_t i = 0; i < options->revoked_count && ok; i++)
        ok = crl_add_entry(crl, &options->revoked[i]);
    EVP_MD_CTX *signer = signer_new(ca, key);
    ok = ok && signer != NULL && X509_CRL_sort(crl) == 1 && crl_add_issuer_key(crl, key) &&
         crl_add_number(crl, options->this_update) && X509_CRL_sign_ctx(crl, signer) > 0;
    unsigned char *der = NULL;
    int size = ok ? i2d_X509_CRL(crl, &der) : -1;
    EVP_MD_CTX_free(signer);
    X509_CRL_free(crl);
    if (size <= 0)
        return ps_ca_openssl_fail(err, "signing a CRL");
    buffer_append_der(ret_crl, der, size);
    return PS_OK;
}

ps_status ps_ca_crl(struct ps_ca *ca, const struct ps_crl_options *options,
                    struct ps_buffer *ret_crl, struct ps_error *err)
{
    PS_TRY(time_check("a CRL's this update", options->this_update, err));
    PS_TRY(time_check("a CRL's next update", options->next_update, err));
    PS_TRY(order_check(options->this_update, options->next_update, err));
    for (size_t i = 0; i < options->revoked_count; i++) {
        (void)ps_ca_certificate_find(ca, options->revoked[i].certificate); /* asserts as above */
        PS_TRY(time_check("a revocation", options->revoked[i].revoked_at, err));
    }
    X509_NAME *issuer = NULL;
    PS_TRY(ps_ca_name_parse(options->issuer_dn, &issuer, err));
    ps_status status = crl_mint(ca, options, issuer, ret_crl, err);
    X509_NAME_free(issuer);
    return status;
}
