/* SPDX-License-Identifier: Apache-2.0
 *
 * The order in which a refusal is blamed when several things are wrong: what the device's TLS build
 * cannot take (too long a list, the leaf's kind of key), path and dates, then the name, then
 * revocation, then the pins. Where pins and path are alternatives (`or`) and both fail, the path is
 * blamed.
 *
 * What pins are compared with:
 *   presented   the list as it was served
 *   validated   the path the builder returned, never the served list. Without a validated path (it
 *               failed, but pins may still decide) only the leaf is known to be the peer's own:
 *               a pin on a CA cannot be met by a certificate that was merely sent along.
 *
 * With the engine `none` there is no path to validate: validated means presented. Where the leaf's
 * key alone counts (DANE's leaf, dane.h; the engine raw_public_key) its name and status do not.
 *
 * The other engines: `raw_public_key` has no path either, its pins decide by themselves and must be
 * there. `psk` takes no certificate at all (psk.h).
 */
#include "verify.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "builders/builder.h"
#include "capability.h"
#include "crl_openssl.h"
#include "describe.h"
#include "issuers.h"
#include "name.h"
#include "pins.h"
#include "revocation.h"

struct findings {
    const struct ps_judgement *judgement;
    X509 **served;
    size_t served_count;
    struct ps_candidates candidates; /* owned: what a builder may use */
    struct ps_built built;
    bool chain;                 /* C of the rule */
    bool leaf_alone;            /* the leaf's key is what counts, and nothing else of it */
    bool name;                  /* N */
    bool pins;                  /* P */
    enum ps_pins_answer answer; /* what they say, even where nobody heeds it */
    struct ps_revocation_found revocation; /* R */
};

static struct ps_build_input build_input(const struct findings *findings)
{
    const struct ps_trust *trust = findings->judgement->trust;
    return (struct ps_build_input){.library = trust->stack->library,
                                   .strategy = trust->strategy,
                                   .store = trust->store,
                                   .anchors = trust->anchors,
                                   .anchor_count = trust->anchor_count,
                                   .served = findings->candidates.all,
                                   .now = findings->judgement->now};
}

static bool is_raw(const struct findings *findings)
{
    return findings->judgement->trust->strategy->chain.engine == PS_ENGINE_RAW_PUBLIC_KEY;
}

static void build_path(struct findings *findings)
{
    const struct ps_build_input input = build_input(findings);
    switch (input.strategy->chain.engine) {
    case PS_ENGINE_PKIX:
        ps_build(&input, &findings->built);
        break;
    case PS_ENGINE_DANE:
        ps_dane_build(findings->judgement->trust, findings->judgement->dane, &input,
                      &findings->built);
        break;
    case PS_ENGINE_NONE:
    case PS_ENGINE_RAW_PUBLIC_KEY:
    case PS_ENGINE_PSK:
        findings->built = (struct ps_built){.error = X509_V_OK, .depth = -1};
        findings->built.path[0] = findings->served[0];
        findings->built.count = 1;
        break;
    }
    findings->chain = findings->built.error == X509_V_OK;
    findings->leaf_alone =
        findings->chain && (ps_dane_is_of_leaf_alone(input.strategy) || is_raw(findings));
}

/* Builds, and again with each issuer that can be found where the path failed of one. Nothing is
 * looked for where the name refuses anyway. */
static enum ps_wait check_chain(struct findings *findings)
{
    const struct ps_judgement *judgement = findings->judgement;
    const struct ps_build_input input = build_input(findings);
    enum ps_issuers_found found;
    do {
        build_path(findings);
        found = findings->chain || !findings->name
                    ? PS_ISSUERS_NONE
                    : ps_candidates_extend(&findings->candidates, judgement->trust, &input,
                                           &findings->built, judgement->fetches);
    } while (found == PS_ISSUERS_ADDED);
    return found == PS_ISSUERS_FETCHING ? PS_WAIT_FETCH : PS_WAIT_NOT;
}

static void check_pins(struct findings *findings)
{
    const struct ps_trust *trust = findings->judgement->trust;
    const struct ps_strategy *strategy = trust->strategy;
    struct ps_pin_list list = {findings->built.path, findings->built.count, true};
    bool presented =
        strategy->pins.scope == PS_PIN_SCOPE_PRESENTED || strategy->chain.engine == PS_ENGINE_NONE;
    if (presented && !is_raw(findings))
        list = (struct ps_pin_list){findings->served, findings->served_count, true};
    else if (!findings->chain || is_raw(findings))
        list = (struct ps_pin_list){findings->served, 1, false};
    findings->answer = ps_pins_ask(trust, &list, findings->judgement->now);
    bool wrong = findings->answer == PS_PINS_UNMET || findings->answer == PS_PINS_ENDED;
    findings->pins = !wrong || strategy->pins.report_only;
    if (is_raw(findings) && findings->answer == PS_PINS_NONE)
        findings->pins = false;
}

static const char *what_is_wrong_with_pins(const struct findings *findings)
{
    switch (findings->answer) {
    case PS_PINS_NONE:
        return "there is no pin to know the key by";
    case PS_PINS_ENDED:
        return "the pins are past their end";
    default:
        return "no pin matched";
    }
}

static void blame_certificate(const struct findings *findings, enum ps_stage stage, int error,
                              int depth, struct ps_verdict *verdict)
{
    const struct ps_built *built = &findings->built;
    verdict->stage = stage;
    verdict->error = error;
    verdict->depth = depth;
    const char *what = X509_verify_cert_error_string(error);
    if (depth >= 0 && (size_t)depth < built->count) {
        const struct ps_strategy *strategy = findings->judgement->trust->strategy;
        X509 *certificate = built->path[depth];
        char name[72], limit[54];
        if (ps_limits_describe(&strategy->limits, error, certificate, limit, sizeof limit))
            what = limit;
        ps_describe_name(certificate, name, sizeof name);
        snprintf(verdict->reason, sizeof verdict->reason, "%s: %s", what, name);
    } else {
        snprintf(verdict->reason, sizeof verdict->reason, "%s", what);
    }
}

static void blame_chain(const struct findings *findings, struct ps_verdict *verdict)
{
    const struct ps_built *built = &findings->built;
    bool dates = built->error == X509_V_ERR_CERT_HAS_EXPIRED ||
                 built->error == X509_V_ERR_CERT_NOT_YET_VALID;
    blame_certificate(findings, dates ? PS_STAGE_DATES : PS_STAGE_PATH, built->error, built->depth,
                      verdict);
    const struct ps_judgement *judgement = findings->judgement;
    if (built->error == X509_V_ERR_DANE_NO_MATCH && (!judgement->dane || !judgement->dane->count))
        snprintf(verdict->reason, sizeof verdict->reason, "DNS has no TLSA record %s of this host",
                 ps_dane_form_text(judgement->trust->strategy->chain.tlsa));
}

static void blame_name(const struct findings *findings, struct ps_verdict *verdict)
{
    verdict->stage = PS_STAGE_NAME;
    verdict->error = X509_V_ERR_HOSTNAME_MISMATCH;
    verdict->depth = 0;
    snprintf(verdict->reason, sizeof verdict->reason, "the certificate is not for %s",
             findings->judgement->host);
}

static void blame_pins(const struct findings *findings, struct ps_verdict *verdict)
{
    verdict->stage = PS_STAGE_PINS;
    verdict->error = X509_V_ERR_APPLICATION_VERIFICATION;
    verdict->depth = -1;
    snprintf(verdict->reason, sizeof verdict->reason, "%s", what_is_wrong_with_pins(findings));
}

/* Pins that only report say so where nothing else refused. */
static void take(const struct findings *findings, struct ps_verdict *verdict)
{
    bool wrong = findings->answer == PS_PINS_UNMET || findings->answer == PS_PINS_ENDED;
    verdict->stage = PS_STAGE_ACCEPTED;
    if (wrong && findings->judgement->trust->strategy->pins.report_only)
        snprintf(verdict->reason, sizeof verdict->reason, "the pins would have refused: %s",
                 what_is_wrong_with_pins(findings));
}

static void blame_revocation(const struct findings *findings, struct ps_verdict *verdict)
{
    const struct ps_revocation_found *revocation = &findings->revocation;
    char name[72];
    if (!revocation->about) {
        blame_certificate(findings, PS_STAGE_REVOCATION, revocation->error, revocation->depth,
                          verdict);
        return;
    }
    verdict->stage = PS_STAGE_REVOCATION;
    verdict->error = revocation->error;
    verdict->depth = revocation->depth;
    ps_describe_name(revocation->about, name, sizeof name);
    snprintf(verdict->reason, sizeof verdict->reason, "%.54s: %s", revocation->why, name);
}

static bool chain_decides(const struct findings *findings)
{
    enum ps_pin_combine combine = findings->judgement->trust->strategy->pins.combine;
    bool alternative = combine == PS_PIN_COMBINE_OR && findings->pins;
    return combine != PS_PIN_COMBINE_ONLY && !alternative;
}

/* Refused whatever became of the certificates. */
static bool refused_by_path_or_name(const struct findings *findings)
{
    return (chain_decides(findings) && !findings->chain) || !findings->name;
}

static void decide(const struct findings *findings, struct ps_verdict *verdict)
{
    enum ps_pin_combine combine = findings->judgement->trust->strategy->pins.combine;
    if (chain_decides(findings) && !findings->chain)
        blame_chain(findings, verdict);
    else if (!findings->name)
        blame_name(findings, verdict);
    else if (findings->revocation.error != X509_V_OK)
        blame_revocation(findings, verdict);
    else if ((combine != PS_PIN_COMBINE_OR || is_raw(findings)) && !findings->pins)
        blame_pins(findings, verdict);
    else
        take(findings, verdict);
}

/* Asks only if the answer can matter. */
static enum ps_wait check_revocation(struct findings *findings)
{
    const struct ps_judgement *judgement = findings->judgement;
    struct ps_revocation_found *found = &findings->revocation;
    *found = (struct ps_revocation_found){.error = X509_V_OK, .depth = -1};
    if (refused_by_path_or_name(findings) || findings->leaf_alone)
        return PS_WAIT_NOT;
    if (judgement->crls) {
        const struct ps_build_input input = build_input(findings);
        found->error =
            ps_crl_openssl_error(&input, &findings->built, judgement->crls, &found->depth);
        return PS_WAIT_NOT;
    }
    if (judgement->staple_follows)
        return PS_WAIT_STAPLE;
    bool path = findings->chain && judgement->trust->strategy->chain.engine != PS_ENGINE_NONE;
    const struct ps_revocation_question question = {
        .trust = judgement->trust,
        .now = judgement->now,
        .path = findings->built.path,
        .path_count = path ? findings->built.count : 0,
        .served = findings->served,
        .served_count = findings->served_count,
        .staple = judgement->staple,
        .fetches = judgement->fetches,
    };
    ps_revocation_check(&question, found);
    return found->fetching ? PS_WAIT_FETCH : PS_WAIT_NOT;
}

static enum ps_wait find(struct findings *findings)
{
    const struct ps_judgement *judgement = findings->judgement;
    findings->name = ps_name_matches(findings->served[0], judgement->host,
                                     judgement->trust->strategy->identity.hostname);
    if (check_chain(findings) == PS_WAIT_FETCH)
        return PS_WAIT_FETCH;
    findings->name |= findings->leaf_alone;
    check_pins(findings);
    return check_revocation(findings);
}

static void findings_init(struct findings *findings, const struct ps_judgement *judgement,
                          const STACK_OF(X509) * served)
{
    *findings = (struct findings){.judgement = judgement};
    findings->served_count = (size_t)sk_X509_num(served);
    assert(findings->served_count > 0);
    findings->served = ps_alloc(findings->served_count, sizeof(X509 *));
    for (size_t i = 0; i < findings->served_count; i++)
        findings->served[i] = sk_X509_value(served, (int)i);
    ps_candidates_init(&findings->candidates, served);
}

static void findings_deinit(struct findings *findings)
{
    ps_candidates_deinit(&findings->candidates);
    free(findings->served);
}

/* Who can prove the secret needs no certificate. */
static void refuse_certificates(struct ps_verdict *verdict)
{
    verdict->stage = PS_STAGE_TLS;
    verdict->error = X509_V_ERR_APPLICATION_VERIFICATION;
    snprintf(verdict->reason, sizeof verdict->reason,
             "a certificate was shown where a shared secret must be proved");
}

void ps_verify_list(struct ps_judgement *judgement, STACK_OF(X509) * served)
{
    struct findings findings;
    struct ps_verdict *verdict = &judgement->verdict;
    memset(verdict, 0, sizeof *verdict);
    verdict->depth = -1;
    judgement->waits = PS_WAIT_NOT;
    if (judgement->trust->strategy->chain.engine == PS_ENGINE_PSK) {
        refuse_certificates(verdict);
        judgement->judged = true;
        return;
    }
    findings_init(&findings, judgement, served);
    if (ps_limits_refuse(&judgement->trust->strategy->limits, served, verdict)) {
        findings.built.path[0] = findings.served[0];
        findings.built.count = verdict->depth == 0; /* what is refused unread has no path */
    } else {
        judgement->waits = find(&findings);
        judgement->staple_worth = findings.revocation.staple_worth;
        if (judgement->waits == PS_WAIT_NOT)
            decide(&findings, verdict);
    }
    if (judgement->waits == PS_WAIT_NOT) {
        ps_describe_path(findings.built.path, findings.built.count, verdict->path,
                         sizeof verdict->path);
        if (judgement->ret_built)
            *judgement->ret_built = findings.built;
        judgement->judged = true;
    }
    findings_deinit(&findings);
}

/* A staple of TLS 1.3 comes with the certificate (RFC 8446 section 4.4.2.1). */
static void take_staple(struct ps_judgement *judgement, SSL *tls)
{
    unsigned char *staple = NULL;
    long size = SSL_get_tlsext_status_ocsp_resp(tls, &staple);
    judgement->staple_follows =
        ps_revocation_wants_staple(judgement->trust->strategy) && SSL_version(tls) < TLS1_3_VERSION;
    if (size > 0)
        judgement->staple = (struct ps_bytes){staple, (size_t)size};
}

void ps_verify_with_staple(struct ps_judgement *judgement, SSL *tls)
{
    assert(judgement->waits == PS_WAIT_STAPLE || judgement->waits == PS_WAIT_FETCH);
    take_staple(judgement, tls);
    judgement->staple_follows = false;
    ps_verify_list(judgement, SSL_get_peer_cert_chain(tls));
}

int ps_verify_callback(X509_STORE_CTX *context, void *unused)
{
    (void)unused;
    SSL *tls = X509_STORE_CTX_get_ex_data(context, SSL_get_ex_data_X509_STORE_CTX_idx());
    struct ps_judgement *judgement = SSL_get_app_data(tls);
    take_staple(judgement, tls);
    /* libssl hands over the whole served list, leaf first. */
    ps_verify_list(judgement, X509_STORE_CTX_get0_untrusted(context));
    if (judgement->waits == PS_WAIT_FETCH)
        return SSL_set_retry_verify(tls);
    bool accepted =
        judgement->waits == PS_WAIT_STAPLE || judgement->verdict.stage == PS_STAGE_ACCEPTED;
    /* Decides which alert the server gets. */
    X509_STORE_CTX_set_error(context, accepted ? X509_V_OK : judgement->verdict.error);
    return accepted;
}
