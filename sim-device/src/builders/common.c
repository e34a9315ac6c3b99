/* SPDX-License-Identifier: Apache-2.0 */
#include "common.h"

#include <openssl/x509v3.h>
#include <stdint.h>
#include "../capability.h"

bool ps_dates_count(const struct ps_strategy *strategy, enum ps_position position)
{
    if (strategy->time.clock == PS_CLOCK_IGNORE)
        return false;
    switch (position) {
    case PS_POSITION_LEAF:
        return strategy->time.leaf_dates == PS_DATES_CHECK;
    case PS_POSITION_CA:
        return strategy->time.ca_dates == PS_DATES_CHECK;
    case PS_POSITION_ANCHOR:
        return strategy->time.anchor_dates == PS_DATES_CHECK &&
               strategy->chain.anchor_form != PS_ANCHOR_FORM_DN_SPKI;
    }
    return true;
}

int ps_dates_error(const struct ps_build_input *input, X509 *certificate, enum ps_position position)
{
    if (!ps_dates_count(input->strategy, position))
        return X509_V_OK;
    /* X509_cmp_time: 0 is an error, equality counts as earlier. So the end is compared with the
     * second before now, which makes the last second a valid one. */
    time_t now = (time_t)input->now.s, before = now - 1;
    if (X509_cmp_time(X509_get0_notBefore(certificate), &now) >= 0)
        return X509_V_ERR_CERT_NOT_YET_VALID;
    if (X509_cmp_time(X509_get0_notAfter(certificate), &before) <= 0)
        return X509_V_ERR_CERT_HAS_EXPIRED;
    return X509_V_OK;
}

X509 *ps_served(const struct ps_build_input *input, size_t index)
{
    return sk_X509_value(input->served, (int)index);
}

size_t ps_served_count(const struct ps_build_input *input)
{
    return (size_t)sk_X509_num(input->served);
}

bool ps_named_by(const X509 *child, const X509 *issuer)
{
    return X509_NAME_cmp(X509_get_issuer_name(child), X509_get_subject_name(issuer)) == 0;
}

bool ps_identified_by(X509 *child, X509 *issuer)
{
    if (!ps_named_by(child, issuer))
        return false;
    const ASN1_OCTET_STRING *wanted = X509_get0_authority_key_id(child);
    const ASN1_OCTET_STRING *has = X509_get0_subject_key_id(issuer);
    return !wanted || !has || ASN1_OCTET_STRING_cmp(wanted, has) == 0;
}

bool ps_signed_by(X509 *child, X509 *issuer)
{
    EVP_PKEY *key = X509_get0_pubkey(issuer);
    return key && X509_verify(child, key) == 1;
}

int ps_hash_error(const struct ps_build_input *input, X509 *certificate)
{
    return ps_limits_hash_error(&input->strategy->limits, certificate);
}

int ps_key_error(const struct ps_build_input *input, X509 *certificate)
{
    return ps_limits_key_error(&input->strategy->limits, certificate);
}

bool ps_self_issued(const X509 *certificate)
{
    return ps_named_by(certificate, certificate);
}

bool ps_may_issue(X509 *certificate)
{
    return X509_check_ca(certificate) == 1 &&
           !(X509_get_extension_flags(certificate) & (EXFLAG_INVALID | EXFLAG_CRITICAL));
}

bool ps_same_certificate(const X509 *a, const X509 *b)
{
    return X509_cmp(a, b) == 0;
}

bool ps_same_name_and_key(const X509 *a, const X509 *b)
{
    EVP_PKEY *key_a = X509_get0_pubkey(a), *key_b = X509_get0_pubkey(b);
    return X509_NAME_cmp(X509_get_subject_name(a), X509_get_subject_name(b)) == 0 && key_a &&
           key_b && EVP_PKEY_eq(key_a, key_b) == 1;
}

size_t ps_path_length(X509 *certificate)
{
    long length = X509_get_pathlen(certificate);
    return length < 0 ? SIZE_MAX : (size_t)length;
}

size_t ps_intermediates_counted(X509 *const *path, size_t count)
{
    size_t counted = 0;
    for (size_t i = 1; i < count; i++)
        counted += !ps_self_issued(path[i]);
    return counted;
}

bool ps_path_add(struct ps_built *built, X509 *certificate)
{
    if (built->count == PS_PATH_MAX) {
        ps_path_fail(built, X509_V_ERR_CERT_CHAIN_TOO_LONG, (int)built->count - 1);
        return false;
    }
    built->path[built->count++] = certificate;
    return true;
}

void ps_path_fail(struct ps_built *built, int error, int depth)
{
    built->error = error;
    built->depth = depth;
}

static size_t intermediates_max(const struct ps_strategy *strategy)
{
    return strategy->chain.intermediates_max < PS_INTERMEDIATES_MAX
               ? strategy->chain.intermediates_max
               : PS_INTERMEDIATES_MAX;
}

void ps_path_finish(const struct ps_build_input *input, struct ps_built *built, bool with_anchor)
{
    if (X509_get_extension_flags(built->path[0]) & (EXFLAG_INVALID | EXFLAG_CRITICAL)) {
        ps_path_fail(built, X509_V_ERR_UNHANDLED_CRITICAL_EXTENSION, 0);
        return;
    }
    if (X509_check_purpose(built->path[0], X509_PURPOSE_SSL_SERVER, 0) != 1) {
        ps_path_fail(built, X509_V_ERR_INVALID_PURPOSE, 0);
        return;
    }
    for (size_t i = 1; i < built->count - (with_anchor ? 0 : 1); i++) {
        if (ps_intermediates_counted(built->path, i) > ps_path_length(built->path[i])) {
            ps_path_fail(built, X509_V_ERR_PATH_LENGTH_EXCEEDED, (int)i);
            return;
        }
    }
    size_t between = built->count > 2 ? built->count - 2 : 0;
    if (between > intermediates_max(input->strategy))
        ps_path_fail(built, X509_V_ERR_CERT_CHAIN_TOO_LONG, (int)built->count - 1);
}
