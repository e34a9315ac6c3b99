/* SPDX-License-Identifier: Apache-2.0 */
#include "crl.h"

#include <openssl/x509v3.h>
#include <string.h>
#include "builders/common.h"
#include "capability.h"

static struct ps_standing unknown(int error, const char *why)
{
    return (struct ps_standing){PS_STANDING_UNKNOWN, error, why};
}

/* Of the list: the issuing distribution point is known, and looked at. Of its entries: none (the
 * critical one that is standardised is of indirect lists). */
static bool has_unknown_critical(X509_CRL *crl)
{
    for (int i = -1; (i = X509_CRL_get_ext_by_critical(crl, 1, i)) >= 0;)
        if (OBJ_obj2nid(X509_EXTENSION_get_object(X509_CRL_get_ext(crl, i))) !=
            NID_issuing_distribution_point)
            return true;
    STACK_OF(X509_REVOKED) *entries = X509_CRL_get_REVOKED(crl);
    for (int i = 0; i < sk_X509_REVOKED_num(entries); i++)
        if (X509_REVOKED_get_ext_by_critical(sk_X509_REVOKED_value(entries, i), 1, -1) >= 0)
            return true;
    return false;
}

static bool names_url(const DIST_POINT_NAME *point, const char *url)
{
    if (point->type != 0) /* relative to the issuer: no URL */
        return false;
    for (int i = 0; i < sk_GENERAL_NAME_num(point->name.fullname); i++) {
        const GENERAL_NAME *name = sk_GENERAL_NAME_value(point->name.fullname, i);
        if (name->type != GEN_URI)
            continue;
        const ASN1_IA5STRING *uri = name->d.uniformResourceIdentifier;
        if (ASN1_STRING_length(uri) == (int)strlen(url) &&
            memcmp(ASN1_STRING_get0_data(uri), url, strlen(url)) == 0)
            return true;
    }
    return false;
}

/* RFC 5280 section 6.3.3 (b) (2): is a certificate like this one in it if it was revoked? */
static bool covers(X509_CRL *crl, const struct ps_crl_question *question)
{
    int found = 0;
    if (X509_CRL_get_ext_by_NID(crl, NID_delta_crl, -1) >= 0)
        return false;
    ISSUING_DIST_POINT *point =
        X509_CRL_get_ext_d2i(crl, NID_issuing_distribution_point, &found, NULL);
    if (!point)
        return found == -1; /* there is none; else it cannot be read, or there are two */
    bool ca = X509_check_ca(question->certificate) != 0;
    bool covered = !point->indirectCRL && !point->onlyattr && !point->onlysomereasons &&
                   !(point->onlyuser > 0 && ca) && !(point->onlyCA > 0 && !ca) &&
                   (!point->distpoint || names_url(point->distpoint, question->url));
    ISSUING_DIST_POINT_free(point);
    return covered;
}

static bool can_verify(const X509_CRL *crl, X509 *issuer, const struct ps_strategy_limits *limits)
{
    return ps_limits_signature_known(limits, X509_CRL_get_signature_nid(crl)) &&
           ps_limits_key_error(limits, issuer) == X509_V_OK;
}

static bool is_signed_by(X509_CRL *crl, X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    return key && X509_CRL_verify(crl, key) == 1;
}

/* Whose it is, and whether it may be: X509_V_OK, or what is wrong in `ret_why`. */
static int origin_error(X509_CRL *crl, const struct ps_crl_question *question,
                        const struct ps_status_rules *rules, const char **ret_why)
{
    X509 *issuer = question->issuer;
    if (X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(issuer)) != 0) {
        *ret_why = "the CRL is of somebody else";
        return X509_V_ERR_UNABLE_TO_GET_CRL;
    }
    if (!can_verify(crl, issuer, rules->limits)) {
        *ret_why = "the CRL's signature cannot be verified";
        return X509_V_ERR_UNABLE_TO_DECRYPT_CRL_SIGNATURE;
    }
    /* Without the extension the key may be used for everything. */
    if (!(X509_get_key_usage(issuer) & X509v3_KU_CRL_SIGN)) {
        *ret_why = "the issuer may not sign CRLs";
        return X509_V_ERR_KEYUSAGE_NO_CRL_SIGN;
    }
    if (!is_signed_by(crl, issuer)) {
        *ret_why = "the CRL's signature is wrong";
        return X509_V_ERR_CRL_SIGNATURE_FAILURE;
    }
    return X509_V_OK;
}

static struct ps_standing standing_in(X509_CRL *crl, const struct ps_crl_question *question,
                                      const struct ps_status_rules *rules)
{
    const char *why = NULL;
    X509_REVOKED *entry = NULL;
    int error = origin_error(crl, question, rules, &why);
    if (error != X509_V_OK)
        return unknown(error, why);
    if (has_unknown_critical(crl))
        return unknown(X509_V_ERR_UNHANDLED_CRITICAL_CRL_EXTENSION,
                       "the CRL has an unknown critical extension");
    if (!covers(crl, question))
        return unknown(X509_V_ERR_DIFFERENT_CRL_SCOPE, "the CRL is about other certificates");
    switch (ps_status_time(rules, X509_CRL_get0_lastUpdate(crl), X509_CRL_get0_nextUpdate(crl))) {
    case PS_STATUS_TIME_FITS:
        break;
    case PS_STATUS_TIME_EARLY:
        return unknown(X509_V_ERR_CRL_NOT_YET_VALID, "the CRL is not yet valid");
    case PS_STATUS_TIME_LATE:
        return unknown(X509_V_ERR_CRL_HAS_EXPIRED, "the CRL has expired");
    case PS_STATUS_TIME_OLD:
        return unknown(X509_V_ERR_CRL_HAS_EXPIRED, "the CRL is too old");
    }
    /* 2 is an entry that takes one back, which only a delta can say. */
    if (X509_CRL_get0_by_cert(crl, &entry, question->certificate) == 1)
        return (struct ps_standing){PS_STANDING_REVOKED, X509_V_ERR_CERT_REVOKED,
                                    "certificate revoked"};
    return (struct ps_standing){.kind = PS_STANDING_GOOD};
}

struct ps_standing ps_crl_standing(struct ps_bytes list, const struct ps_crl_question *question,
                                   const struct ps_status_rules *rules)
{
    X509_CRL *crl = ps_stack_crl(question->stack, list);
    struct ps_standing standing =
        crl ? standing_in(crl, question, rules)
            : unknown(X509_V_ERR_UNABLE_TO_GET_CRL, "the CRL is malformed");
    X509_CRL_free(crl);
    ps_errors_clear();
    return standing;
}
