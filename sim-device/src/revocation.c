/* SPDX-License-Identifier: Apache-2.0 */
#include "revocation.h"

#include <openssl/x509v3.h>
#include <stdlib.h>
#include "builders/common.h"
#include "crl.h"
#include "ocsp.h"
#include "urls.h"

/* The certificates to ask about, and who issued each. */
struct subjects {
    X509 **path;   /* owned array */
    size_t count;  /* of the path */
    size_t asked;  /* so many of its first are in the scope */
    X509 *outside; /* the issuer of the last one; NULL: unknown */
};

static X509 *served_signer(const struct ps_revocation_question *question, X509 *certificate)
{
    for (size_t i = 0; i < question->served_count; i++)
        if (ps_identified_by(certificate, question->served[i]) &&
            ps_signed_by(certificate, question->served[i]))
            return question->served[i];
    return NULL;
}

static bool in_path(const struct subjects *subjects, const X509 *certificate)
{
    for (size_t i = 0; i < subjects->count; i++)
        if (ps_same_certificate(subjects->path[i], certificate))
            return true;
    return false;
}

/* From the leaf along the signatures, as far as the list goes. What is self-issued at the end
 * stands for an anchor: nobody could say anything about it but itself. */
static void follow_signatures(const struct ps_revocation_question *question,
                              struct subjects *subjects)
{
    subjects->path[subjects->count++] = question->served[0];
    for (;;) {
        X509 *last = subjects->path[subjects->count - 1];
        X509 *signer = served_signer(question, last);
        if (!signer || in_path(subjects, signer)) {
            subjects->outside = signer;
            break;
        }
        subjects->path[subjects->count++] = signer;
    }
    subjects->asked = subjects->count;
    if (subjects->count > 1 && ps_self_issued(subjects->path[subjects->count - 1]))
        subjects->asked--;
}

static void find_subjects(const struct ps_revocation_question *question, struct subjects *subjects)
{
    size_t most = question->path_count + question->served_count;
    *subjects = (struct subjects){.path = ps_alloc(most, sizeof(X509 *))};
    if (question->path_count > 1) { /* the anchor is trusted by itself */
        for (size_t i = 0; i < question->path_count; i++)
            subjects->path[subjects->count++] = question->path[i];
        subjects->asked = question->path_count - 1;
    } else { /* a leaf is asked about even if it is an anchor */
        follow_signatures(question, subjects);
    }
    if (question->trust->strategy->revocation.scope == PS_REVOCATION_SCOPE_LEAF)
        subjects->asked = 1;
}

static X509 *issuer_of(const struct subjects *subjects, size_t index)
{
    return index + 1 < subjects->count ? subjects->path[index + 1] : subjects->outside;
}

static struct ps_standing unknown(int error, const char *why)
{
    return (struct ps_standing){PS_STANDING_UNKNOWN, error, why};
}

static bool definite(const struct ps_standing *standing)
{
    return standing->kind == PS_STANDING_GOOD || standing->kind == PS_STANDING_REVOKED;
}

static struct ps_status_rules status_rules(const struct ps_revocation_question *question)
{
    const struct ps_strategy *strategy = question->trust->strategy;
    return (struct ps_status_rules){
        .now = question->now,
        .dates = ps_dates_count(strategy, PS_POSITION_LEAF) ||
                 ps_dates_count(strategy, PS_POSITION_CA) ||
                 ps_dates_count(strategy, PS_POSITION_ANCHOR),
        .max_age = strategy->revocation.max_age,
        .limits = &strategy->limits,
    };
}

/* For the record only. */
static const char *worth_of(const struct ps_standing *standing)
{
    return standing->kind == PS_STANDING_GOOD ? "it counts" : standing->why;
}

static struct ps_standing staple_standing(const struct ps_revocation_question *question,
                                          const struct subjects *subjects)
{
    const struct ps_status_rules rules = status_rules(question);
    X509 *issuer = issuer_of(subjects, 0);
    if (question->staple.size == 0)
        return unknown(X509_V_ERR_OCSP_VERIFY_NEEDED, "no OCSP answer was stapled");
    if (!issuer)
        return unknown(X509_V_ERR_OCSP_VERIFY_NEEDED, "its issuer is unknown");
    return ps_ocsp_standing(question->staple, subjects->path[0], issuer, &rules);
}

/* Asks one place after the other until one answer counts; blamed is the last. */
static struct ps_standing ask_places(const struct ps_revocation_question *question,
                                     X509 *certificate, X509 *issuer, bool ocsp)
{
    const struct ps_status_rules rules = status_rules(question);
    struct ps_standing standing =
        ocsp ? unknown(X509_V_ERR_OCSP_VERIFY_NEEDED, "no OCSP responder is named")
             : unknown(X509_V_ERR_UNABLE_TO_GET_CRL, "no place of a CRL is named");
    struct ps_buffer request = {0};
    struct ps_urls urls;
    if (ocsp)
        ps_ocsp_request(certificate, issuer, &request);
    ps_urls_of(certificate, ocsp ? PS_URLS_OCSP : PS_URLS_CRL, &urls);
    for (size_t i = 0; i < urls.count && !definite(&standing); i++) {
        const struct ps_crl_question crl = {question->trust->stack, certificate, issuer,
                                            urls.all[i]};
        struct ps_bytes body = {0};
        enum ps_fetch_state state = ps_fetches_ask(
            question->fetches, urls.all[i], (struct ps_bytes){request.data, request.size}, &body);
        if (state == PS_FETCH_UNDER_WAY) {
            standing = (struct ps_standing){.kind = PS_STANDING_FETCHING};
            break;
        }
        if (state == PS_FETCH_FAILED)
            standing = ocsp ? unknown(X509_V_ERR_OCSP_VERIFY_NEEDED, "no OCSP responder answered")
                            : unknown(X509_V_ERR_UNABLE_TO_GET_CRL, "no CRL could be fetched");
        else
            standing = ocsp ? ps_ocsp_standing(body, certificate, issuer, &rules)
                            : ps_crl_standing(body, &crl, &rules);
        if (state == PS_FETCH_DONE)
            ps_fetches_judged(question->fetches, urls.all[i],
                              (struct ps_bytes){request.data, request.size}, worth_of(&standing));
    }
    ps_urls_deinit(&urls);
    ps_buffer_deinit(&request);
    return standing;
}

static struct ps_standing online_standing(const struct ps_revocation_question *question,
                                          const struct subjects *subjects, size_t index,
                                          struct ps_revocation_found *found)
{
    bool ocsp = question->trust->strategy->revocation.mode == PS_REVOCATION_OCSP;
    X509 *issuer = issuer_of(subjects, index);
    if (ocsp && index == 0) {
        struct ps_standing stapled = staple_standing(question, subjects);
        found->staple_worth = worth_of(&stapled);
        if (definite(&stapled))
            return stapled;
    }
    if (!issuer)
        return unknown(ocsp ? X509_V_ERR_OCSP_VERIFY_NEEDED : X509_V_ERR_UNABLE_TO_GET_CRL,
                       "its issuer is unknown");
    return ask_places(question, subjects->path[index], issuer, ocsp);
}

static void refuse(struct ps_revocation_found *found, const struct ps_standing *standing,
                   const struct subjects *subjects, size_t index)
{
    found->error = standing->error;
    found->why = standing->why;
    found->depth = (int)index;
    found->about = subjects->path[index];
}

/* True when nothing more needs to be asked. */
static bool conclude(const struct ps_standing *standing, bool hard, const struct subjects *subjects,
                     size_t index, struct ps_revocation_found *found)
{
    switch (standing->kind) {
    case PS_STANDING_GOOD:
        return false;
    case PS_STANDING_FETCHING:
        found->fetching = true;
        return true;
    case PS_STANDING_UNKNOWN:
        if (!hard)
            return false;
        break;
    case PS_STANDING_REVOKED:
        break;
    }
    refuse(found, standing, subjects, index);
    return true;
}

static bool demands_staple(const X509 *leaf)
{
    enum { STATUS_REQUEST = 5 }; /* the extension's number in TLS, RFC 6066 section 8 */
    TLS_FEATURE *features = X509_get_ext_d2i(leaf, NID_tlsfeature, NULL, NULL);
    bool demands = false;
    for (int i = 0; i < sk_ASN1_INTEGER_num(features); i++)
        demands |= ASN1_INTEGER_get(sk_ASN1_INTEGER_value(features, i)) == STATUS_REQUEST;
    TLS_FEATURE_free(features);
    ps_errors_clear();
    return demands;
}

static bool in_set(const struct ps_trust *trust, X509 *certificate)
{
    for (size_t i = 0; i < trust->revoked_count; i++)
        if (X509_issuer_and_serial_cmp(trust->revoked[i], certificate) == 0)
            return true;
    return false;
}

/* A set that says nothing of its age is there, but never young. */
static struct ps_standing set_standing(const struct ps_revocation_question *question)
{
    const struct ps_trust *trust = question->trust;
    const struct ps_status_rules rules = status_rules(question);
    bool dated = ps_time_compare(trust->revoked_from, PS_TIME_ALWAYS) != 0;
    if (!dated && trust->revoked_count == 0)
        return unknown(X509_V_ERR_UNABLE_TO_GET_CRL, "there is no set of revoked certificates");
    if (rules.dates && rules.max_age.s > 0 &&
        (!dated || rules.now.s - trust->revoked_from.s > rules.max_age.s))
        return unknown(X509_V_ERR_CRL_HAS_EXPIRED, "the set of revoked certificates is too old");
    return (struct ps_standing){.kind = PS_STANDING_GOOD};
}

static void check_set(const struct ps_revocation_question *question,
                      const struct subjects *subjects, bool hard, struct ps_revocation_found *found)
{
    static const struct ps_standing revoked = {PS_STANDING_REVOKED, X509_V_ERR_CERT_REVOKED,
                                               "certificate revoked"};
    struct ps_standing set = set_standing(question);
    for (size_t i = 0; i < subjects->asked; i++) {
        if (in_set(question->trust, subjects->path[i])) {
            refuse(found, &revoked, subjects, i);
            return;
        }
    }
    conclude(&set, hard, subjects, 0, found);
}

void ps_revocation_check(const struct ps_revocation_question *question,
                         struct ps_revocation_found *ret_found)
{
    const struct ps_strategy *strategy = question->trust->strategy;
    bool hard = strategy->revocation.on_unavailable == PS_UNAVAILABLE_HARD;
    struct ps_standing standing;
    struct subjects subjects;
    *ret_found = (struct ps_revocation_found){.error = X509_V_OK, .depth = -1};
    if (strategy->revocation.mode == PS_REVOCATION_NONE)
        return;
    find_subjects(question, &subjects);
    switch (strategy->revocation.mode) {
    case PS_REVOCATION_NONE:
        break;
    case PS_REVOCATION_OCSP:
    case PS_REVOCATION_CRL:
        for (size_t i = 0; i < subjects.asked; i++) {
            standing = online_standing(question, &subjects, i, ret_found);
            if (conclude(&standing, hard, &subjects, i, ret_found))
                break;
        }
        break;
    case PS_REVOCATION_STAPLE:
    case PS_REVOCATION_MUST_STAPLE:
        if (strategy->revocation.mode == PS_REVOCATION_MUST_STAPLE)
            hard = demands_staple(subjects.path[0]);
        standing = staple_standing(question, &subjects);
        ret_found->staple_worth = worth_of(&standing);
        conclude(&standing, hard, &subjects, 0, ret_found);
        break;
    case PS_REVOCATION_PUSHED_SET:
    case PS_REVOCATION_BLOCKLIST:
        check_set(question, &subjects, hard, ret_found);
        break;
    }
    free(subjects.path);
    ps_errors_clear();
}

bool ps_revocation_wants_staple(const struct ps_strategy *strategy)
{
    return strategy->revocation.mode == PS_REVOCATION_OCSP ||
           strategy->revocation.mode == PS_REVOCATION_STAPLE ||
           strategy->revocation.mode == PS_REVOCATION_MUST_STAPLE;
}
