/* SPDX-License-Identifier: Apache-2.0 */
#include "facts.h"

#include <ctype.h>
#include <openssl/objects.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include "base/memory.h"
#include "describe.h"
#include "stack.h"

ps_time ps_asn1_time(const ASN1_TIME *time)
{
    struct tm parts;
    if (!time || ASN1_TIME_to_tm(time, &parts) != 1) {
        ps_errors_clear();
        return PS_TIME_NEVER;
    }
    struct ps_date date = {parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday};
    ps_time midnight = ps_time_from_date(date);
    return (ps_time){midnight.s + parts.tm_hour * 3600 + parts.tm_min * 60 + parts.tm_sec};
}

static char *name_text(const X509_NAME *name)
{
    enum {
        FLAGS = XN_FLAG_SEP_CPLUS_SPC | XN_FLAG_FN_SN | ASN1_STRFLGS_UTF8_CONVERT |
                ASN1_STRFLGS_ESC_2253 | ASN1_STRFLGS_ESC_CTRL
    };
    BIO *bio = ps_need(BIO_new(BIO_s_mem()));
    char *chars, *text;
    X509_NAME_print_ex(bio, name, 0, FLAGS);
    long size = BIO_get_mem_data(bio, &chars);
    text = size > 0 ? ps_format("%.*s", (int)size, chars) : ps_strdup("(no name)");
    BIO_free(bio);
    return text;
}

static void lower(char *text)
{
    for (; *text; text++)
        *text = (char)tolower((unsigned char)*text);
}

static void key_text(X509 *certificate, char *out, size_t size)
{
    EVP_PKEY *key = X509_get0_pubkey(certificate);
    char group[24]; /* fits into a key's text */
    snprintf(out, size, "unknown");
    if (!key)
        return;
    if (EVP_PKEY_is_a(key, "RSA")) {
        snprintf(out, size, "rsa-%d", EVP_PKEY_get_bits(key));
    } else if (EVP_PKEY_is_a(key, "EC") &&
               EVP_PKEY_get_group_name(key, group, sizeof group, NULL) == 1) {
        const char *nist = EC_curve_nid2nist(OBJ_txt2nid(group));
        if (nist)
            snprintf(out, size, "ecdsa-p%s", strchr(nist, '-') ? strchr(nist, '-') + 1 : nist);
        else
            snprintf(out, size, "ecdsa-%s", group);
    } else if (EVP_PKEY_get0_type_name(key)) {
        snprintf(out, size, "%s", EVP_PKEY_get0_type_name(key));
    }
    lower(out);
}

static void signature_text(X509 *certificate, char *out, size_t size)
{
    int hash = NID_undef, key = NID_undef;
    snprintf(out, size, "unknown");
    if (X509_get_signature_info(certificate, &hash, &key, NULL, NULL) != 1)
        hash = NID_undef, key = X509_get_signature_nid(certificate);
    int nid = hash != NID_undef ? hash : key;
    if (nid != NID_undef && OBJ_nid2sn(nid))
        snprintf(out, size, "%s", OBJ_nid2sn(nid));
    lower(out);
}

void ps_facts_init(X509 *certificate, struct ps_certificate_facts *ret_facts)
{
    const X509_NAME *subject = X509_get_subject_name(certificate);
    const X509_NAME *issuer = X509_get_issuer_name(certificate);
    memset(ret_facts, 0, sizeof *ret_facts);
    ret_facts->subject = name_text(subject);
    ret_facts->issuer = name_text(issuer);
    if (X509_NAME_get_index_by_NID(subject, NID_commonName, -1) >= 0) {
        char name[256];
        ps_describe_name(certificate, name, sizeof name);
        ret_facts->name = ps_strdup(name);
    } else {
        ret_facts->name = ps_strdup(ret_facts->subject);
    }
    ret_facts->not_before = ps_asn1_time(X509_get0_notBefore(certificate));
    ret_facts->not_after = ps_asn1_time(X509_get0_notAfter(certificate));
    key_text(certificate, ret_facts->key, sizeof ret_facts->key);
    signature_text(certificate, ret_facts->signature, sizeof ret_facts->signature);
    ret_facts->ca = X509_check_ca(certificate) != 0;
    ret_facts->self_issued = X509_NAME_cmp(subject, issuer) == 0;
    ps_errors_clear();
}

void ps_facts_deinit(struct ps_certificate_facts *facts)
{
    free(facts->name);
    free(facts->subject);
    free(facts->issuer);
    memset(facts, 0, sizeof *facts);
}
