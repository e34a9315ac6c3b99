/* SPDX-License-Identifier: Apache-2.0 */
#include "record.h"

#include <openssl/ocsp.h>
#include "describe.h"
#include "facts.h"
#include "revocation.h"

enum { CERTIFICATES_MAX = 5 /* of a set or a store, before the rest is only counted */ };

/* A day where the time is its beginning. */
static void add_time(ps_time t, struct ps_text *out)
{
    enum { DAY_S = 86400 };
    char text[PS_TIME_TEXT_MAX];
    if (ps_time_compare(t, PS_TIME_NEVER) == 0)
        ps_text_add(out, "no end");
    else
        ps_text_add(out, "%s",
                    t.s % DAY_S == 0 ? ps_time_format_day(t, text) : ps_time_format(t, text));
}

static void add_span(const ASN1_TIME *from, const ASN1_TIME *until, struct ps_text *out)
{
    add_time(ps_asn1_time(from), out);
    ps_text_add(out, " to ");
    add_time(ps_asn1_time(until), out);
}

static void add_certificate(X509 *certificate, struct ps_text *out)
{
    char name[128];
    ps_describe_name(certificate, name, sizeof name);
    ps_text_add(out, "%s (", name);
    add_span(X509_get0_notBefore(certificate), X509_get0_notAfter(certificate), out);
    ps_text_add(out, ")");
}

static void add_certificates(X509 *const *certificates, size_t count, struct ps_text *out)
{
    for (size_t i = 0; i < count && i < CERTIFICATES_MAX; i++) {
        ps_text_add(out, "%s", i > 0 ? ", " : "");
        add_certificate(certificates[i], out);
    }
    if (count > CERTIFICATES_MAX)
        ps_text_add(out, " and %zu more", count - CERTIFICATES_MAX);
}

static void add_ocsp_single(OCSP_SINGLERESP *single, struct ps_text *out)
{
    ASN1_GENERALIZEDTIME *revoked = NULL, *from = NULL, *until = NULL;
    int status = OCSP_single_get0_status(single, NULL, &revoked, &from, &until);
    if (status == V_OCSP_CERTSTATUS_REVOKED) {
        ps_text_add(out, "revoked on ");
        add_time(ps_asn1_time(revoked), out);
    } else {
        ps_text_add(out, status == V_OCSP_CERTSTATUS_GOOD ? "good" : "unknown");
    }
    ps_text_add(out, ", ");
    add_span(from, until, out);
}

/* RFC 6960 section 4.2.1: what says no more than that it has no answer is one, too. */
static void add_ocsp(struct ps_bytes der, struct ps_text *out)
{
    const unsigned char *at = der.data;
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)der.size);
    OCSP_BASICRESP *basic = NULL;
    if (!response)
        ps_text_add(out, "no OCSP answer, %zu bytes", der.size);
    else if (OCSP_response_status(response) != OCSP_RESPONSE_STATUS_SUCCESSFUL)
        ps_text_add(out, "\"%s\"", OCSP_response_status_str(OCSP_response_status(response)));
    else if (!(basic = OCSP_response_get1_basic(response)))
        ps_text_add(out, "an OCSP answer of an unknown kind");
    for (int i = 0; basic && i < OCSP_resp_count(basic); i++) {
        ps_text_add(out, i > 0 ? "; " : "");
        add_ocsp_single(OCSP_resp_get0(basic, i), out);
    }
    OCSP_BASICRESP_free(basic);
    OCSP_RESPONSE_free(response);
}

/* A list or an issuer, whatever it is. */
static void add_object(struct ps_device_stack *stack, struct ps_bytes der, struct ps_text *out)
{
    X509_CRL *crl = ps_stack_crl(stack, der);
    X509 *issuer = crl ? NULL : ps_stack_certificate(stack, der);
    if (crl) {
        int revoked = sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl));
        ps_text_add(out, "CRL with %d revoked, ", revoked > 0 ? revoked : 0);
        add_span(X509_CRL_get0_lastUpdate(crl), X509_CRL_get0_nextUpdate(crl), out);
    } else if (issuer) {
        add_certificate(issuer, out);
    } else {
        ps_text_add(out, "neither CRL nor certificate, %zu bytes", der.size);
    }
    X509_CRL_free(crl);
    X509_free(issuer);
}

static void add_failure(const struct ps_fetched *fetched, struct ps_text *out)
{
    if (fetched->state == PS_FETCH_UNDER_WAY)
        ps_text_add(out, "not waited for");
    else if (fetched->received_bytes == 0)
        ps_text_add(out, "no answer");
    else if (fetched->cut_off)
        ps_text_add(out, "cut off after %zu bytes", fetched->received_bytes);
    else if (fetched->answer.wrong)
        ps_text_add(out, "%s", fetched->answer.wrong);
    else if (fetched->answer.complete)
        ps_text_add(out, "HTTP %d", ps_answer_status(&fetched->answer));
    else
        ps_text_add(out, "longer than %d bytes", PS_FETCH_BYTES_MAX);
}

static void tell_fetches(const struct ps_record *record, struct ps_text *out)
{
    for (size_t i = 0; i < record->fetches->count; i++) {
        const struct ps_fetched *fetched = &record->fetches->all[i];
        const struct ps_bytes body = {fetched->answer.body.data, fetched->answer.body.size};
        ps_text_add(out, "fetched\t%s: ", fetched->fetch.url);
        if (fetched->state != PS_FETCH_DONE)
            add_failure(fetched, out);
        else if (fetched->posted.size > 0)
            add_ocsp(body, out);
        else
            add_object(record->options->trust->stack, body, out);
        if (fetched->state == PS_FETCH_DONE)
            ps_text_add(out, ": %s", fetched->worth ? fetched->worth : "of no use");
        ps_text_add(out, "\n");
    }
}

/* A judgement that never came to it says nothing of the staple's worth. */
static void tell_staple(const struct ps_record *record, struct ps_text *out)
{
    const struct ps_judgement *judgement = record->judgement;
    if (!ps_revocation_wants_staple(judgement->trust->strategy) || !judgement->judged)
        return;
    ps_text_add(out, "stapled\t");
    if (judgement->staple_follows) {
        ps_text_add(out, "refused before it could come");
    } else if (judgement->staple.size == 0) {
        ps_text_add(out, "nothing");
    } else {
        const char *worth = judgement->staple_worth;
        add_ocsp(judgement->staple, out);
        ps_text_add(out, ": %s", worth ? worth : "not looked at");
    }
    ps_text_add(out, "\n");
}

static void tell_dns(const struct ps_record *record, struct ps_text *out)
{
    const struct ps_contact_options *options = record->options;
    const struct ps_strategy *strategy = options->trust->strategy;
    size_t told = 0;
    if (strategy->chain.engine != PS_ENGINE_DANE)
        return;
    for (size_t i = 0; i < options->tlsa_count; i++) {
        const struct ps_tlsa *record_of = &options->tlsa[i];
        if (record_of->form != strategy->chain.tlsa)
            continue;
        X509 *certificate = ps_stack_certificate(options->trust->stack, record_of->certificate);
        ps_text_add(out, "DNS\tTLSA %s: ", ps_dane_form_text(record_of->form));
        if (!certificate)
            ps_text_add(out, "a bare key");
        else if (record_of->form != PS_TLSA_2_0_1)
            ps_text_add(out, "the key of ");
        if (certificate)
            add_certificate(certificate, out);
        ps_text_add(out, "\n");
        X509_free(certificate);
        told++;
    }
    if (told == 0)
        ps_text_add(out, "DNS\tno record TLSA %s\n", ps_dane_form_text(strategy->chain.tlsa));
}

/* Its date is told where its age counts: elsewhere nobody looks at it. */
static void tell_set(const struct ps_trust *trust, struct ps_text *out)
{
    const struct ps_strategy *strategy = trust->strategy;
    bool dated = ps_time_compare(trust->revoked_from, PS_TIME_ALWAYS) != 0;
    if (strategy->revocation.mode != PS_REVOCATION_PUSHED_SET &&
        strategy->revocation.mode != PS_REVOCATION_BLOCKLIST)
        return;
    ps_text_add(out, "set\t");
    if (dated && strategy->revocation.max_age.s > 0) {
        ps_text_add(out, "made ");
        add_time(trust->revoked_from, out);
        ps_text_add(out, ", ");
    }
    if (!dated && trust->revoked_count == 0)
        ps_text_add(out, "there is none");
    else if (trust->revoked_count == 0)
        ps_text_add(out, "nothing revoked");
    else
        ps_text_add(out, "revoked: ");
    add_certificates(trust->revoked, trust->revoked_count, out);
    ps_text_add(out, "\n");
}

static void tell_kept(const struct ps_trust *trust, struct ps_text *out)
{
    if (!trust->strategy->intermediates.cache || trust->intermediate_count == 0)
        return;
    ps_text_add(out, "kept\t");
    add_certificates(trust->intermediates, trust->intermediate_count, out);
    ps_text_add(out, "\n");
}

void ps_record_tell(const struct ps_record *record, struct ps_text *out)
{
    tell_staple(record, out);
    tell_fetches(record, out);
    tell_dns(record, out);
    tell_set(record->options->trust, out);
    tell_kept(record->options->trust, out);
    ps_errors_clear();
}
