/* SPDX-License-Identifier: Apache-2.0
 *
 * Times are compared as simulated times: OCSP_check_validity would read the host's clock, and
 * X509_cmp_time's 0 is an error.
 */
#include "ocsp.h"

#include <openssl/ocsp.h>
#include <openssl/x509_vfy.h>
#include <limits.h>
#include <string.h>
#include "builders/common.h"
#include "capability.h"
#include "facts.h"
#include "stack.h"

void ps_ocsp_request(X509 *certificate, X509 *issuer, struct ps_buffer *ret_request)
{
    unsigned char *der = NULL;
    OCSP_REQUEST *request = ps_need(OCSP_REQUEST_new());
    /* SHA-1, which every responder knows (RFC 5019 section 2.1.1); nothing rests on it. */
    ps_need(OCSP_request_add0_id(request, ps_need(OCSP_cert_to_id(NULL, certificate, issuer))));
    int size = i2d_OCSP_REQUEST(request, &der);
    if (size <= 0)
        ps_memory_exhausted(0);
    ps_buffer_append(ret_request, der, (size_t)size);
    OPENSSL_free(der);
    OCSP_REQUEST_free(request);
}

static struct ps_standing unknown(int error, const char *why)
{
    return (struct ps_standing){PS_STANDING_UNKNOWN, error, why};
}

static struct ps_standing failed(const char *why)
{
    return unknown(X509_V_ERR_OCSP_VERIFY_FAILED, why);
}

/* Does the answer say that it is the issuer's, by name or by key (RFC 6960 section 4.2.1)? */
static bool is_from(const OCSP_BASICRESP *basic, X509 *issuer)
{
    const ASN1_OCTET_STRING *key = NULL;
    const X509_NAME *name = NULL;
    unsigned char hash[EVP_MAX_MD_SIZE];
    unsigned size = 0;
    if (OCSP_resp_get0_id(basic, &key, &name) != 1)
        return false;
    if (name)
        return X509_NAME_cmp(name, X509_get_subject_name(issuer)) == 0;
    return X509_pubkey_digest(issuer, EVP_sha1(), hash, &size) == 1 &&
           ASN1_STRING_length(key) == (int)size &&
           memcmp(ASN1_STRING_get0_data(key), hash, size) == 0;
}

/* By the issuer's key and nothing else: whatever certificates came along are not looked at. */
static bool is_signed_by(OCSP_BASICRESP *basic, X509 *issuer)
{
    STACK_OF(X509) *signers = ps_need(sk_X509_new_null());
    if (!sk_X509_push(signers, issuer))
        ps_memory_exhausted(0);
    bool good = OCSP_basic_verify(basic, signers, NULL, OCSP_NOINTERN | OCSP_NOVERIFY) == 1;
    sk_X509_free(signers);
    return good;
}

static bool can_verify(const OCSP_BASICRESP *basic, X509 *issuer,
                       const struct ps_strategy_limits *limits)
{
    int signature = OBJ_obj2nid(OCSP_resp_get0_tbs_sigalg(basic)->algorithm);
    return ps_limits_signature_known(limits, signature) &&
           ps_limits_key_error(limits, issuer) == X509_V_OK;
}

/* Who answers chooses the hash of the identifier. */
static bool is_about(const OCSP_SINGLERESP *single, X509 *certificate, X509 *issuer)
{
    OCSP_CERTID *given = (OCSP_CERTID *)(uintptr_t)OCSP_SINGLERESP_get0_id(single);
    ASN1_OBJECT *hash = NULL;
    if (OCSP_id_get0_info(NULL, &hash, NULL, NULL, given) != 1)
        return false;
    const EVP_MD *md = EVP_get_digestbyobj(hash);
    OCSP_CERTID *wanted = md ? OCSP_cert_to_id(md, certificate, issuer) : NULL;
    bool about = wanted && OCSP_id_cmp(given, wanted) == 0;
    OCSP_CERTID_free(wanted);
    return about;
}

static OCSP_SINGLERESP *find_single(OCSP_BASICRESP *basic, X509 *certificate, X509 *issuer)
{
    for (int i = 0; i < OCSP_resp_count(basic); i++)
        if (is_about(OCSP_resp_get0(basic, i), certificate, issuer))
            return OCSP_resp_get0(basic, i);
    return NULL;
}

static struct ps_standing standing_of(OCSP_SINGLERESP *single, const struct ps_status_rules *rules)
{
    ASN1_GENERALIZEDTIME *this_update = NULL, *next_update = NULL;
    int status = OCSP_single_get0_status(single, NULL, NULL, &this_update, &next_update);
    if (OCSP_SINGLERESP_get_ext_by_critical(single, 1, -1) >= 0)
        return failed("the OCSP answer has a critical extension");
    switch (ps_status_time(rules, this_update, next_update)) {
    case PS_STATUS_TIME_FITS:
        break;
    case PS_STATUS_TIME_EARLY:
        return unknown(X509_V_ERR_OCSP_VERIFY_FAILED, "the OCSP answer is not yet valid");
    case PS_STATUS_TIME_LATE:
        return unknown(X509_V_ERR_OCSP_VERIFY_FAILED, "the OCSP answer has expired");
    case PS_STATUS_TIME_OLD:
        return unknown(X509_V_ERR_OCSP_VERIFY_FAILED, "the OCSP answer is too old");
    }
    switch (status) {
    case V_OCSP_CERTSTATUS_GOOD:
        return (struct ps_standing){.kind = PS_STANDING_GOOD};
    case V_OCSP_CERTSTATUS_REVOKED:
        return (struct ps_standing){PS_STANDING_REVOKED, X509_V_ERR_CERT_REVOKED,
                                    "certificate revoked"};
    default:
        return unknown(X509_V_ERR_OCSP_CERT_UNKNOWN, "the OCSP responder does not know it");
    }
}

static struct ps_standing standing_in(OCSP_BASICRESP *basic, X509 *certificate, X509 *issuer,
                                      const struct ps_status_rules *rules)
{
    if (!is_from(basic, issuer))
        return failed("the OCSP answer is of somebody else");
    if (!can_verify(basic, issuer, rules->limits))
        return failed("the OCSP answer's signature cannot be verified");
    if (!is_signed_by(basic, issuer))
        return failed("the OCSP answer's signature is wrong");
    if (OCSP_BASICRESP_get_ext_by_critical(basic, 1, -1) >= 0)
        return failed("the OCSP answer has a critical extension");
    OCSP_SINGLERESP *single = find_single(basic, certificate, issuer);
    if (!single)
        return failed("the OCSP answer is about another certificate");
    return standing_of(single, rules);
}

static OCSP_RESPONSE *parse(struct ps_bytes answer)
{
    const unsigned char *at = answer.data;
    OCSP_RESPONSE *response =
        answer.size <= LONG_MAX ? d2i_OCSP_RESPONSE(NULL, &at, (long)answer.size) : NULL;
    if (response && at != answer.data + answer.size) {
        OCSP_RESPONSE_free(response);
        return NULL;
    }
    return response;
}

struct ps_standing ps_ocsp_standing(struct ps_bytes answer, X509 *certificate, X509 *issuer,
                                    const struct ps_status_rules *rules)
{
    struct ps_standing standing;
    OCSP_RESPONSE *response = parse(answer);
    OCSP_BASICRESP *basic = NULL;
    if (!response)
        standing = failed("the OCSP answer is malformed");
    else if (OCSP_response_status(response) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        standing = failed("the OCSP responder answered with an error");
    else if (!(basic = OCSP_response_get1_basic(response)))
        standing = failed("the OCSP answer is malformed");
    else
        standing = standing_in(basic, certificate, issuer, rules);
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
    ps_errors_clear();
    return standing;
}
