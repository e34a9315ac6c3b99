/* SPDX-License-Identifier: Apache-2.0
 *
 * What comes out of files without a mistake.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "test_plans.h"

static struct ps_plan *plan;

static void setup(void)
{
    const struct ps_embedded *file = test_file("scenarios/tests/good.yaml");

    plan = read_plan("good.yaml", (const char *)file->data, file->size);
}

static void teardown(void)
{
    ps_plan_free(plan);
}

START_TEST(head)
{
    ck_assert_str_eq(plan->file, "good.yaml");
    ck_assert_str_eq(plan->name, "example");
    ck_assert_str_eq(plan->title, "Everything the language can say");
    ck_assert_str_eq(plan->source, "Made up.");
    ck_assert_time(plan->from, "2021-01-01");
    ck_assert_time(plan->until, "2022-01-01");
    ck_assert_uint_eq(plan->regions, 10);
}
END_TEST

START_TEST(authorities_and_certificates)
{
    const struct ps_plan_certificate *certificate = &plan->certificates[CERT_ROOT_A];

    ck_assert_uint_eq(plan->authority_count, 3);
    ck_assert_str_eq(plan->authorities[ROOT_A].name, "root-a");
    ck_assert_str_eq(plan->authorities[ROOT_A].subject, "C=US, O=Example, CN=Root A");
    ck_assert_enum(plan->authorities[ROOT_A].key, PS_KEY_RSA_2048);
    ck_assert_enum(plan->authorities[ROOT_B].key, PS_KEY_ECDSA_P384);
    ck_assert_uint_eq(plan->certificate_count, 3);
    ck_assert_str_eq(certificate->name, "cert-root-a");
    ck_assert_uint_eq(certificate->of, ROOT_A);
    ck_assert_uint_eq(certificate->issuer, ROOT_A);
    ck_assert_str_eq(certificate->spec.subject, "C=US, O=Example, CN=Root A");
    ck_assert_enum(certificate->spec.hash, PS_HASH_SHA1);
    ck_assert_time(certificate->spec.not_before, "2000-09-30T21:12:19Z");
    ck_assert_time(certificate->spec.not_after, "2021-09-30T14:01:15Z");
    ck_assert(certificate->spec.ca);
    ck_assert_int_eq(certificate->spec.path_length, PS_PATH_LENGTH_NONE);
    ck_assert_uint_eq(certificate->spec.eku, 0);
    ck_assert_ptr_null(certificate->spec.host);
    ck_assert_uint_eq(certificate->next, INT_A);
    certificate = &plan->certificates[INT_BY_A];
    ck_assert_uint_eq(certificate->next, PS_PLAN_NONE);
    ck_assert_uint_eq(certificate->of, INT_A);
    ck_assert_uint_eq(certificate->issuer, ROOT_A);
    ck_assert_enum(certificate->spec.hash, PS_HASH_SHA256);
    ck_assert_time(certificate->spec.not_after, "2025-01-01"); /* not that day's end */
    ck_assert_int_eq(certificate->spec.path_length, 0);
    ck_assert_uint_eq(certificate->spec.eku, PS_EKU_SERVER_AUTH);
}
END_TEST

START_TEST(keys_and_stores)
{
    ck_assert_uint_eq(plan->key_count, 2);
    ck_assert_str_eq(plan->keys[0].name, "spare");
    ck_assert_enum(plan->keys[0].type, PS_KEY_ECDSA_P256);
    ck_assert_uint_eq(plan->store_count, 1);
    ck_assert_str_eq(plan->stores[0].name, "system");
    ck_assert_uint_eq(plan->stores[0].count, 2);
    ck_assert_uint_eq(plan->stores[0].entries[0].certificate, CERT_ROOT_B);
    ck_assert_int_eq(plan->stores[0].entries[0].from.s, PS_TIME_ALWAYS.s);
    ck_assert_int_eq(plan->stores[0].entries[0].until.s, PS_TIME_NEVER.s);
    ck_assert_uint_eq(plan->stores[0].entries[1].certificate, CERT_ROOT_A);
    ck_assert_time(plan->stores[0].entries[1].from, "2011-12-28");
    ck_assert_time(plan->stores[0].entries[1].until, "2022-05-18");
    ck_assert(plan->stores[0].lag.given);
    ck_assert_int_eq(plan->stores[0].lag.additions.a.s, 0);
    ck_assert_int_eq(plan->stores[0].lag.expiries.a.s, 7 * DAY);
    ck_assert_enum(plan->stores[0].lag.distrust.kind, PS_DISTRIBUTION_LOGNORMAL);
    ck_assert_int_eq(plan->stores[0].lag.distrust.a.s, 547 * DAY);
    ck_assert_uint_eq(plan->stores[0].lag.never.ppm, 0);
}
END_TEST

START_TEST(endpoints)
{
    const struct ps_plan_endpoint *endpoint = &plan->endpoints[TELEMETRY];

    ck_assert_uint_eq(plan->endpoint_count, 2);
    ck_assert_str_eq(endpoint->name, "telemetry");
    ck_assert_str_eq(endpoint->host, "hub.example");
    ck_assert_uint_eq(endpoint->leaf.issuer_count, 1);
    ck_assert_uint_eq(endpoint->leaf.issuers[0], INT_A);
    ck_assert_uint_eq(endpoint->leaf.key, PS_PLAN_NONE);
    ck_assert_enum(endpoint->leaf.key_type, PS_KEY_ECDSA_P256);
    ck_assert_enum(endpoint->leaf.hash, PS_HASH_SHA256);
    ck_assert_int_eq(endpoint->leaf.lifetime.s, 90 * DAY);
    ck_assert_int_eq(endpoint->leaf.renew_before.s, 30 * DAY);
    ck_assert(!endpoint->leaf.new_key);
    ck_assert_str_eq(endpoint->leaf.subject_cn, "hub.example");
    ck_assert(endpoint->leaf.san);
    ck_assert_uint_eq(endpoint->chain_count, 1);
    ck_assert_uint_eq(endpoint->chains[0].issuer, PS_PLAN_NONE);
    ck_assert_uint_eq(endpoint->chains[0].count, 1);
    ck_assert_uint_eq(endpoint->chains[0].certificates[0], INT_BY_A);
    endpoint = &plan->endpoints[UPDATE];
    ck_assert_uint_eq(endpoint->leaf.issuer_count, 2);
    ck_assert_uint_eq(endpoint->leaf.issuers[1], ROOT_B);
    ck_assert_uint_eq(endpoint->leaf.key, 0);
    ck_assert_enum(endpoint->leaf.key_type, PS_KEY_ECDSA_P256);
    ck_assert(endpoint->leaf.new_key);
    ck_assert_uint_eq(endpoint->chain_count, 2);
    ck_assert_uint_eq(endpoint->chains[0].issuer, INT_A);
    ck_assert_uint_eq(endpoint->chains[0].count, 1);
    ck_assert_uint_eq(endpoint->chains[1].issuer, ROOT_B);
    ck_assert_uint_eq(endpoint->chains[1].count, 0);
}
END_TEST

START_TEST(timeline)
{
    const struct ps_plan_event *event = &plan->events[0];

    ck_assert_uint_eq(plan->event_count, 9);
    ck_assert_enum(event->kind, PS_EVENT_FAULT); /* the second in the file */
    ck_assert_time(event->at, "2021-04-01");
    ck_assert_int_eq(event->announced.s, PS_TIME_NEVER.s);
    ck_assert_uint_eq(event->ordinal, 1);
    ck_assert_uint_eq(event->line, 39);
    ck_assert_str_eq(event->title, "update: cut for 2h");
    ck_assert_uint_eq(event->as.fault.endpoint, UPDATE);
    ck_assert_enum(event->as.fault.kind, PS_FAULT_CUT);
    ck_assert_int_eq(event->as.fault.lasts.s, 7200);
    ck_assert_int_eq(event->as.fault.delay.s, 0);
    ck_assert_uint_eq(event->as.fault.after_bytes, 100);
    event = &plan->events[1];
    ck_assert_enum(event->kind, PS_EVENT_SERVE);
    ck_assert_uint_eq(event->ordinal, 0);
    ck_assert_time(event->announced, "2020-12-21");
    ck_assert_str_eq(event->title, "telemetry serves a leaf from int-a with int-by-a, cert-root-a");
    ck_assert_int_eq(event->over.s, 60 * DAY);
    ck_assert_enum(event->by, PS_STAGE_BY_REGION);
    ck_assert_uint_eq(event->as.serve.endpoint, TELEMETRY);
    ck_assert(event->as.serve.has_chains);
    ck_assert_uint_eq(event->as.serve.chain_count, 1);
    ck_assert_uint_eq(event->as.serve.chains[0].count, 2);
    ck_assert_uint_eq(event->as.serve.chains[0].certificates[1], CERT_ROOT_A);
    ck_assert(event->as.serve.has_leaf);
    ck_assert_int_eq(event->as.serve.leaf.lifetime.s, 60 * DAY);     /* written */
    ck_assert_int_eq(event->as.serve.leaf.renew_before.s, 30 * DAY); /* as before */
    ck_assert_str_eq(event->as.serve.leaf.subject_cn, "hub.example");
    ck_assert(event->as.serve.leaf.san);
    ck_assert_uint_eq(event->as.serve.leaf.issuers[0], INT_A);
    ck_assert_enum(event->as.serve.when, PS_WHEN_NOW);
    ck_assert_enum(plan->events[3].kind, PS_EVENT_NOTE);
    ck_assert_str_eq(plan->events[3].title, "Nothing happens.");
}
END_TEST

START_TEST(what_authorities_publish)
{
    const struct ps_plan_authority *silent = &plan->authorities[ROOT_A];
    const struct ps_plan_authority *speaks = &plan->authorities[INT_A];

    ck_assert_uint_eq(silent->publishes, 0);
    ck_assert_int_eq(silent->ocsp_lifetime.s, 7 * DAY);
    ck_assert_int_eq(silent->crl_lifetime.s, 90 * DAY);
    ck_assert_uint_eq(speaks->publishes, PS_PUBLISH_OCSP | PS_PUBLISH_CRL);
    ck_assert_int_eq(speaks->ocsp_lifetime.s, 3 * DAY);
    ck_assert_int_eq(speaks->crl_lifetime.s, 30 * DAY);
}
END_TEST

START_TEST(what_endpoints_serve_besides)
{
    const struct ps_plan_endpoint *plain = &plan->endpoints[TELEMETRY];
    const struct ps_plan_endpoint *rich = &plan->endpoints[UPDATE];

    ck_assert_str_eq(plain->leaf.host, "hub.example");
    ck_assert(!plain->leaf.must_staple);
    ck_assert(!plain->staple);
    ck_assert_enum(plain->tlsa, PS_TLSA_FOLLOW);
    ck_assert_uint_eq(plain->alternate_count, 0);
    ck_assert(!plain->asks_clients);
    ck_assert(rich->staple);
    ck_assert_enum(rich->tlsa, PS_TLSA_ABSENT);
    ck_assert_uint_eq(rich->alternate_count, 2);
    ck_assert_uint_eq(rich->alternates[0].issuer, PS_PLAN_NONE);
    ck_assert_uint_eq(rich->alternates[0].count, 2);
    ck_assert_uint_eq(rich->alternates[0].certificates[0], INT_BY_A);
    ck_assert_uint_eq(rich->alternates[0].certificates[1], CERT_ROOT_A);
    ck_assert_uint_eq(rich->alternates[1].count, 0);
    ck_assert(rich->asks_clients);
    ck_assert_uint_eq(rich->client_anchor_count, 1);
    ck_assert_uint_eq(rich->client_anchors[0], CERT_ROOT_B);
    ck_assert(!rich->client_dates);
}
END_TEST

START_TEST(events_of_what_is_known)
{
    const struct ps_plan_revoke *revoke = &plan->events[4].as.revoke;
    const struct ps_plan_outage *outage = &plan->events[5].as.outage;
    const struct ps_plan_announce *announce = &plan->events[6].as.announce;
    const struct ps_plan_serve *serve = &plan->events[7].as.serve;

    ck_assert_enum(plan->events[4].kind, PS_EVENT_REVOKE);
    ck_assert_str_eq(plan->events[4].title,
                     "the leaf of telemetry is revoked, in pushed sets 2d later");
    ck_assert_uint_eq(revoke->certificate, PS_PLAN_NONE);
    ck_assert_uint_eq(revoke->endpoint, TELEMETRY);
    ck_assert(revoke->is_pushed);
    ck_assert_int_eq(revoke->pushed.s, 2 * DAY);
    ck_assert_enum(plan->events[5].kind, PS_EVENT_OUTAGE);
    ck_assert_str_eq(plan->events[5].title,
                     "OCSP answers and CRLs of int-a cannot be fetched for 3d");
    ck_assert_uint_eq(outage->authority, INT_A);
    ck_assert_uint_eq(outage->services, PS_PUBLISH_OCSP | PS_PUBLISH_CRL);
    ck_assert_int_eq(outage->lasts.s, 3 * DAY);
    ck_assert_enum(plan->events[6].kind, PS_EVENT_ANNOUNCE);
    ck_assert_str_eq(plan->events[6].title, "update announces key next, to count from 2021-09-01");
    ck_assert_uint_eq(announce->endpoint, UPDATE);
    ck_assert_uint_eq(announce->key, NEXT);
    ck_assert_time(announce->begins, "2021-09-01");
    ck_assert_int_eq(announce->lasts.s, 10 * DAY);
    ck_assert_enum(plan->events[7].kind, PS_EVENT_SERVE);
    ck_assert_str_eq(plan->events[7].title,
                     "telemetry serves a leaf from int-a, without other chains, with a staple, its "
                     "TLSA records stay as they were");
    ck_assert(serve->staple);
    ck_assert_enum(serve->tlsa, PS_TLSA_KEEP);
    ck_assert_uint_eq(serve->alternate_count, 0);
    ck_assert(serve->leaf.must_staple);
    ck_assert_str_eq(serve->leaf.host, "b.example");
    ck_assert_str_eq(serve->leaf.subject_cn, "b.example"); /* it was the host before, too */
}
END_TEST

START_TEST(release)
{
    const struct ps_plan_event *event = &plan->events[2];
    const struct ps_plan_release *fw = &event->as.release;

    ck_assert_enum(event->kind, PS_EVENT_RELEASE);
    ck_assert_str_eq(event->title, "release fw-2 is offered");
    ck_assert_int_eq(event->over.s, 90 * DAY);
    ck_assert_enum(event->by, PS_STAGE_BY_DEVICE);
    ck_assert_str_eq(fw->name, "fw-2");
    ck_assert_uint_eq(fw->strategy_count, 1);
    ck_assert_uint_eq(fw->strategies[0], BOTH);
    ck_assert(fw->has_anchors);
    ck_assert_uint_eq(fw->anchor_count, 1);
    ck_assert_enum(fw->anchors[0].kind, PS_REFERENCE_CERTIFICATE);
    ck_assert_uint_eq(fw->anchors[0].index, CERT_ROOT_B);
    ck_assert_str_eq(fw->anchors[0].role, "A.root_g2");
    ck_assert(fw->has_pins);
    ck_assert_uint_eq(fw->pin_count, 1);
    ck_assert_enum(fw->pins[0].match, PS_PIN_MATCH_SPKI_SHA256);
    ck_assert_enum(fw->pins[0].depth, PS_PIN_DEPTH_LEAF);
    ck_assert_enum(fw->pins[0].of.kind, PS_REFERENCE_KEY);
    ck_assert_uint_eq(fw->pins[0].of.index, 0);
    ck_assert_uint_eq(fw->never.ppm, 70000);
}
END_TEST

START_TEST(threats)
{
    ck_assert_uint_eq(plan->threat_count, 3);
    for (size_t i = 0; i < 2; i++) {
        ck_assert_enum(plan->threats[i].attack, i == 0 ? PS_ATTACK_X01 : PS_ATTACK_X02);
        ck_assert(plan->threats[i].implied);
        ck_assert(!plan->threats[i].inapplicable);
        ck_assert_uint_eq(plan->threats[i].certificate, PS_PLAN_NONE);
        ck_assert_time(plan->threats[i].from, "2021-01-01");
        ck_assert_time(plan->threats[i].until, "2022-01-01");
    }
    ck_assert_enum(plan->threats[2].attack, PS_ATTACK_X03);
    ck_assert(!plan->threats[2].implied);
    ck_assert_uint_eq(plan->threats[2].certificate, INT_BY_A);
    ck_assert_time(plan->threats[2].from, "2021-02-01");
    ck_assert_time(plan->threats[2].until, "2022-01-01");
}
END_TEST

START_TEST(cohorts)
{
    const struct ps_plan_cohort *cohort = &plan->cohorts[0];

    ck_assert_uint_eq(plan->cohort_count, 1);
    ck_assert_str_eq(cohort->name, "gateways");
    ck_assert_uint_eq(cohort->devices, 5000);
    ck_assert_time(cohort->made_from, "2019-01-01");
    ck_assert_time(cohort->made_until, "2021-06-01");
    ck_assert_enum(cohort->shelf.kind, PS_DISTRIBUTION_EMPIRICAL);
    ck_assert_uint_eq(cohort->shelf.quantiles, 3);
    ck_assert_uint_eq(cohort->shelf.quantile_share[2].ppm, 995000);
    ck_assert_int_eq(cohort->shelf.quantile_value[1].s, 10 * DAY);
    ck_assert(cohort->has_life);
    ck_assert_enum(cohort->life.kind, PS_DISTRIBUTION_WEIBULL);
    ck_assert_int_eq(cohort->life.a.s, INT64_C(8) * 31557600);
    ck_assert_uint_eq(cohort->life.shape_ppm, 2500000);
    ck_assert_int_eq(cohort->every.s, DAY);
    ck_assert_int_eq(cohort->session.s, 45 * 60);
    ck_assert_int_eq(cohort->timeout.s, 30);
    ck_assert_uint_eq(cohort->endpoint, TELEMETRY);
    ck_assert_uint_eq(cohort->update_endpoint, UPDATE);
    ck_assert_enum(cohort->ntp_delay.kind, PS_DISTRIBUTION_UNIFORM);
    ck_assert_int_eq(cohort->ntp_delay.a.s, 1);
    ck_assert_int_eq(cohort->ntp_delay.b.s, 120);
    ck_assert_uint_eq(cohort->ntp_blocked.ppm, 5000);
}
END_TEST

START_TEST(strategies)
{
    const struct ps_strategy *both = &plan->strategies[BOTH], *own = &plan->strategies[OWN];

    ck_assert_uint_eq(plan->strategy_count, 4);
    ck_assert_str_eq(both->name, "both");
    ck_assert_str_eq(both->preset, "azure_recommended");
    ck_assert_enum(both->chain.builder, PS_BUILDER_OPENSSL102);
    ck_assert_uint_eq(both->anchor_count, 2);
    ck_assert_enum(both->anchors[1].kind, PS_REFERENCE_CERTIFICATE);
    ck_assert_uint_eq(both->anchors[1].index, CERT_ROOT_B);
    ck_assert_enum(both->update.channel, PS_UPDATE_FW_TLS_SAME);
    ck_assert_enum(both->update.payload_auth, PS_PAYLOAD_SIGNATURE);
    ck_assert_str_eq(own->preset, "own");
    ck_assert_enum(own->chain.engine, PS_ENGINE_PKIX);
    ck_assert_uint_eq(own->anchor_count, 1);
    ck_assert_enum(own->anchors[0].kind, PS_REFERENCE_STORE);
    ck_assert(own->anchors[0].at_ship);
    ck_assert_uint_eq(own->pins.count, 1);
    ck_assert_enum(own->pins.set[0].of.kind, PS_REFERENCE_LEAF);
    ck_assert(own->pins.set[0].of.at_ship);
    ck_assert_enum(own->pins.scope, PS_PIN_SCOPE_VALIDATED);
    ck_assert_enum(plan->strategies[NO_VERIFY].chain.engine, PS_ENGINE_NONE);
    ck_assert_enum(plan->strategies[NO_VERIFY].identity.hostname, PS_HOSTNAME_NONE);
}
END_TEST

START_TEST(expectations)
{
    const struct ps_plan_expectation *first = plan->expectations;

    ck_assert_uint_eq(plan->expectation_count, 5);
    ck_assert_enum(first[0].kind, PS_EXPECT_CONNECTED);
    ck_assert_uint_eq(first[0].strategy, BOTH);
    ck_assert_uint_eq(first[1].strategy, OWN);
    ck_assert_uint_eq(first[1].cohort, 0);
    ck_assert_uint_eq(first[1].line, first[0].line);
    ck_assert_time(first[0].at, "2021-10-15T23:59:59Z");
    ck_assert_enum(first[0].bar.op, PS_LT);
    ck_assert_uint_eq(first[0].bar.share.ppm, 50000);
    ck_assert_str_eq(first[0].text, "connected < 5% at 2021-10-15");
    ck_assert_enum(first[2].kind, PS_EXPECT_OUTCOME);
    ck_assert_enum(first[2].outcome, PS_OUTCOME_SURVIVED);
    ck_assert_enum(first[2].bar.op, PS_EQ);
    ck_assert_uint_eq(first[2].cohort, PS_PLAN_NONE);
    ck_assert_enum(first[3].kind, PS_EXPECT_EXPOSED);
    ck_assert_enum(first[3].attack, PS_ATTACK_X01);
    ck_assert_enum(first[3].bar.op, PS_GT);
    ck_assert_str_eq(first[3].text, "exposed X01 > 99%");
    ck_assert_enum(first[4].kind, PS_EXPECT_UNRANKED);
    ck_assert(first[4].unranked);
}
END_TEST

/* --- small changes, and what they change --- */

/* What status rests on is an assumption only for who looks at it. */
static const struct status_row {
    const char *name, *lifetimes, *strategy;
    const char *says[4];
} status_rows[] = {
    {"nobody looks", "", "preset: no_verify", {NULL}},
    {"OCSP, of a CA that says how long",
     ", ocsp_lifetime: 3d",
     "revocation: {mode: ocsp}",
     {"OCSP answers, staples and CRLs are made anew every day."}},
    {"OCSP, and only its CRLs' lifetime",
     ", crl_lifetime: 30d",
     "revocation: {mode: ocsp}",
     {"OCSP answers, staples and CRLs are made anew every day.",
      "An OCSP answer holds for 7d where its authority says nothing else."}},
    {"staples",
     "",
     "revocation: {mode: must_staple}",
     {"OCSP answers, staples and CRLs are made anew every day.",
      "An OCSP answer holds for 7d where its authority says nothing else."}},
    {"lists",
     ", ocsp_lifetime: 3d",
     "revocation: {mode: crl}",
     {"OCSP answers, staples and CRLs are made anew every day.",
      "A CRL holds for 90d where its authority says nothing else."}},
    {"a pushed set", "", "revocation: {mode: pushed_set}", {NULL}},
    {"a certificate from a list",
     "",
     "client: {identity: x509_ldevid, issuer: cert-root-b, provisioned: pregenerated}",
     {"A certificate from a list was made 180d before its device."}},
    {"a certificate for life, from a list",
     "",
     "client: {identity: x509_idevid, issuer: cert-root-b, provisioned: pregenerated}",
     {NULL}},
    {"DNS",
     "",
     "chain: {engine: dane}",
     {"DNS is asked through a resolver that validates, with a right clock."}},
    {"a fallback without updates",
     "",
     "update: {channel: est}, fallback: [{to: webpki_static}]",
     {"Strategy looks: its fallback on webpki_static never acts, as webpki_static has no update "
      "channel that a server is asked over."}},
    {"a fallback for updates of a strategy without them",
     "",
     "update: {channel: rfc5011}, fallback: [{to: single_root_ota}]",
     {"Strategy looks: its fallback on single_root_ota never acts, as it has no update channel "
      "that "
      "a server is asked over."}},
    {"a fallback for all", "", "fallback: [{to: webpki_static, scope: all}]", {NULL}},
    {"a fallback with updates",
     "",
     "update: {channel: est}, fallback: [{to: single_root_ota}]",
     {NULL}},
};

START_TEST(assumptions_of_status)
{
    static const char lifetimes[] = ", ocsp_lifetime: 3d, crl_lifetime: 30d";
    static const char block[] = "strategies:\n";
    const struct status_row *row = &status_rows[_i];
    const char *good = (const char *)test_file("scenarios/tests/good.yaml")->data;
    const char *authority = strstr(good, lifetimes), *list = strstr(good, block);
    ck_assert(authority != NULL && list > authority);
    char *yaml = ps_format(
        "%.*s%s%.*s%s  - {name: looks, anchors: [cert-root-b], %s}\n%s", (int)(authority - good),
        good, row->lifetimes, (int)(list - authority - (ptrdiff_t)strlen(lifetimes)),
        authority + strlen(lifetimes), block, row->strategy, list + strlen(block));
    struct ps_plan *other = read_plan(row->name, yaml, strlen(yaml));
    /* The first is of the regions. */
    size_t count = 1;
    for (; count <= 3 && row->says[count - 1] != NULL; count++) {
        ck_assert_msg(count < other->assumption_count, "%s: %s", row->name, row->says[count - 1]);
        ck_assert_str_eq(other->assumptions[count], row->says[count - 1]);
    }
    count += 2; /* the last are of lives and of clocks */
    ck_assert_msg(other->assumption_count == count, "%s: %zu", row->name, other->assumption_count);
    ps_plan_free(other);
    free(yaml);
}
END_TEST

START_TEST(assumptions)
{
    struct ps_plan *other =
        changed("    shelf: {empirical: {\"10%\": 3d, \"50%\": 10d, \"99.5%\": 1y}}\n", "");

    ck_assert_uint_eq(plan->assumption_count, 3);
    ck_assert_str_eq(plan->assumptions[0], "Changes by region draw from 10 regions.");
    ck_assert_uint_eq(other->assumption_count, 4);
    ck_assert_str_eq(other->assumptions[0],
                     "Cohort gateways: time on the shelf is lognormal with median 120d and sigma "
                     "0.8, as no public curve exists.");
    ck_assert_enum(other->cohorts[0].shelf.kind, PS_DISTRIBUTION_LOGNORMAL);
    ck_assert_int_eq(other->cohorts[0].shelf.a.s, 120 * DAY);
    ck_assert_uint_eq(other->cohorts[0].shelf.shape_ppm, 800000);
    ck_assert_uint_ne(other->digest, plan->digest);
    ps_plan_free(other);
    other = changed("source: Made up.", "regions: 10");
    ck_assert_uint_eq(other->assumption_count, 2);
    ps_plan_free(other);
    /* A clock that needs the network, and nothing said about the network. */
    other = changed("    ntp: {delay: {uniform: {min: 1s, max: 2m}}, blocked: 0.5%}\n"
                    "    adoption: {30d: 70%, 90d: 90%, never: 7%}\n"
                    "strategies:\n",
                    "    adoption: 0s\n"
                    "strategies:\n  - {name: floor, anchors: [cert-root-b], "
                    "time: {clock: build_floor}}\n");
    ck_assert_uint_eq(other->assumption_count, 4);
    ck_assert_str_eq(other->assumptions[0],
                     "Cohort gateways: time synchronisation is blocked for 15% of devices, as one "
                     "operator measured.");
    ck_assert_uint_eq(other->cohorts[0].ntp_blocked.ppm, 150000);
    ck_assert_int_eq(other->cohorts[0].ntp_delay.a.s, 60);
    ps_plan_free(other);
    /* How lives are. */
    ck_assert_str_eq(plan->assumptions[1],
                     "Where its cohort does not say so, no device goes offline or loses power.");
    other = changed("    contact: {every: 1d,", "    offline: {every: 1d, lasts: 1h}\n"
                                                "    power_loss: {every: 1d, lasts: 1h}\n"
                                                "    contact: {every: 1d,");
    ck_assert_uint_eq(other->assumption_count, 2);
    ps_plan_free(other);
    other = changed("    life: {weibull: {scale: 8y, shape: 2.5}}\n    contact: {every: 1d,",
                    "    power_loss: {every: 1d, lasts: 1h}\n    contact: {every: 30m,");
    ck_assert_uint_eq(other->assumption_count, 4);
    ck_assert_str_eq(other->assumptions[0],
                     "Cohort gateways: a session is verified anew after 45m, as one SDK does it.");
    ck_assert_str_eq(other->assumptions[2],
                     "Where its cohort does not say so, no device goes offline or is retired.");
    ps_plan_free(other);
}
END_TEST

START_TEST(unbound_threat_is_inapplicable)
{
    struct ps_plan *other = changed(", M.int: int-by-a}", "}");

    ck_assert_uint_eq(other->threat_count, 3);
    ck_assert(other->threats[2].inapplicable);
    ck_assert_uint_eq(other->threats[2].certificate, PS_PLAN_NONE);
    ck_assert(!other->threats[0].inapplicable);
    ps_plan_free(other);
}
END_TEST

START_TEST(release_for_all_who_can)
{
    struct ps_plan *other = changed("strategies: [both], ", "");
    const struct ps_plan_release *fw = &other->events[2].as.release;

    ck_assert_uint_eq(fw->strategy_count, 3); /* `own` has no channel */
    ck_assert_uint_eq(fw->strategies[0], BOTH);
    ck_assert_uint_eq(fw->strategies[1], NO_VERIFY);
    ck_assert_uint_eq(fw->strategies[2], LEARNS);
    ps_plan_free(other);
}
END_TEST

/* Two changes of one leaf: by time, and at one time by file order. */
START_TEST(leaves_follow_each_other)
{
    struct ps_plan *other = changed(
        "  - at: 2021-07-01\n",
        "  - at: 2021-08-01\n"
        "    serve: {endpoint: telemetry, leaf: {renew_before: 10d}}\n"
        "  - at: 2021-08-01\n"
        "    serve: {endpoint: telemetry, leaf: {key: spare, common_name: x.example, san: no}}\n"
        "  - at: 2021-02-01\n"
        "    serve: {endpoint: telemetry, leaf: {signed: sha512, new_key: yes}, when: renewal}\n"
        "  - at: 2021-07-01\n");
    const struct ps_plan_leaf *first = &other->events[0].as.serve.leaf;
    const struct ps_plan_leaf *last = &other->events[6].as.serve.leaf;

    ck_assert_uint_eq(other->event_count, 12);
    ck_assert_enum(first->hash, PS_HASH_SHA512);
    ck_assert_int_eq(first->lifetime.s, 90 * DAY);
    ck_assert_enum(other->events[0].as.serve.when, PS_WHEN_RENEWAL);
    ck_assert(!other->events[0].as.serve.has_chains);
    ck_assert_enum(last->hash, PS_HASH_SHA512);
    ck_assert(last->new_key);
    ck_assert_int_eq(last->lifetime.s, 60 * DAY);
    ck_assert_int_eq(last->renew_before.s, 10 * DAY);
    ck_assert_uint_eq(last->key, 0);
    ck_assert_str_eq(last->subject_cn, "x.example");
    ck_assert(!last->san);
    ck_assert_str_eq(other->events[5].as.serve.leaf.subject_cn, "hub.example");
    ps_plan_free(other);
}
END_TEST

START_TEST(events_left_short)
{
    struct ps_plan *other = changed("revoke: {leaf: telemetry, pushed: 2d}",
                                    "revoke: {certificate: int-by-a, pushed: 0s}\n"
                                    "  - at: 2021-08-01\n    outage: {}");
    const struct ps_plan_revoke *revoke = &other->events[4].as.revoke;
    const struct ps_plan_outage *outage = &other->events[5].as.outage;

    ck_assert_str_eq(other->events[4].title, "int-by-a is revoked, in pushed sets at once");
    ck_assert_uint_eq(revoke->certificate, INT_BY_A);
    ck_assert_uint_eq(revoke->endpoint, PS_PLAN_NONE);
    ck_assert(revoke->is_pushed);
    ck_assert_int_eq(revoke->pushed.s, 0);
    ck_assert_str_eq(
        other->events[5].title,
        "OCSP answers, CRLs and issuers of every authority cannot be fetched any more");
    ck_assert_uint_eq(outage->authority, PS_PLAN_NONE);
    ck_assert_uint_eq(outage->services, PS_PUBLISH_OCSP | PS_PUBLISH_CRL | PS_PUBLISH_ISSUER);
    ck_assert_int_eq(outage->lasts.s, 0);
    ps_plan_free(other);
    other = changed("revoke: {leaf: telemetry, pushed: 2d}", "revoke: {leaf: telemetry}");
    ck_assert_str_eq(other->events[4].title, "the leaf of telemetry is revoked");
    ck_assert(!other->events[4].as.revoke.is_pushed);
    ps_plan_free(other);
    other = changed("begins: 2021-09-01, lasts: 10d", "begins: 2021-09-01");
    ck_assert_int_eq(other->events[6].as.announce.lasts.s, 0);
    ps_plan_free(other);
}
END_TEST

/* Alternates, staple and the host stay; DNS is forgotten at one change only. */
START_TEST(what_is_not_written_stays)
{
    struct ps_plan *other =
        changed("  - at: 2021-08-01\n",
                "  - at: 2021-11-01\n    serve: {endpoint: update, tlsa: keep}\n"
                "  - at: 2021-11-02\n    serve: {endpoint: update, leaf: {host: c.example}}\n"
                "  - at: 2021-11-03\n    serve: {endpoint: update, tlsa: follow, leaf: "
                "{common_name: C}}\n"
                "  - at: 2021-11-04\n    serve: {endpoint: update, tlsa: keep, leaf: "
                "{host: d.example}}\n"
                "  - at: 2021-11-05\n    serve: {endpoint: update, staple: no}\n"
                "  - at: 2021-08-01\n");
    static const struct {
        enum ps_plan_tlsa tlsa;
        bool staple, has_leaf;
        const char *host, *common_name;
    } rows[] = {{PS_TLSA_KEEP, true, false, NULL, NULL},
                {PS_TLSA_ABSENT, true, true, "c.example", "c.example"},
                {PS_TLSA_FOLLOW, true, true, "c.example", "C"},
                {PS_TLSA_KEEP, true, true, "d.example", "C"},
                {PS_TLSA_FOLLOW, false, false, NULL, NULL}};

    ck_assert_uint_eq(other->event_count, 14);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct ps_plan_serve *serve = &other->events[9 + i].as.serve;
        ck_assert_enum(serve->tlsa, rows[i].tlsa);
        ck_assert(serve->staple == rows[i].staple);
        ck_assert_uint_eq(serve->alternate_count, 2);
        ck_assert(serve->has_leaf == rows[i].has_leaf);
        ck_assert(!serve->has_chains);
        if (!rows[i].has_leaf)
            continue;
        ck_assert_str_eq(serve->leaf.host, rows[i].host);
        ck_assert_str_eq(serve->leaf.subject_cn, rows[i].common_name);
    }
    ck_assert_str_eq(other->events[13].title, "update serves the same, without a staple");
    ps_plan_free(other);
}
END_TEST

START_TEST(aliases_are_what_they_stand_for)
{
    struct ps_plan *other = changed("    chain: [int-by-a]\n", "    chain: &c [int-by-a]\n");
    ck_assert_uint_eq(other->digest, plan->digest);
    ps_plan_free(other);
    other = changed("lifetime: 90d, renew_before: 30d", "lifetime: &l 90d, renew_before: 30d, "
                                                        "common_name: *l");
    ck_assert_str_eq(other->endpoints[TELEMETRY].leaf.subject_cn, "90d");
    ps_plan_free(other);
}
END_TEST

/* --- show --- */

START_TEST(show_reads_back)
{
    struct ps_text shown = {0};

    check_fixed_point("good.yaml", plan);
    ps_plan_show(plan, &shown);
    ck_assert_msg(strstr(ps_text_chars(&shown), "    anchors: [cert-root-a, cert-root-b]\n"), "%s",
                  ps_text_chars(&shown));
    ck_assert_msg(strstr(ps_text_chars(&shown), "  - {strategy: [both], survived: \"100%\"}\n"),
                  "%s", ps_text_chars(&shown));
    ps_text_deinit(&shown);
}
END_TEST

/* Hardly a value in this file is the default, and it is written as show writes. */
START_TEST(show_loses_nothing)
{
    const struct ps_embedded *file = test_file("scenarios/tests/shown.yaml");
    struct ps_plan *other = read_plan("shown.yaml", (const char *)file->data, file->size);
    struct ps_text shown = {0};

    ps_plan_show(other, &shown);
    check_same_text("shown.yaml", ps_text_chars(&shown), (const char *)file->data);
    ps_text_deinit(&shown);
    ps_plan_free(other);
}
END_TEST

/* Text with everything that YAML could trip over. */
START_TEST(show_quotes_text)
{
    struct ps_plan *other = changed("title: Everything the language can say",
                                    "title: \"a \\\"b\\\" \\\\ c: d # e \\u00e9 \\n  f\"");

    ck_assert_str_eq(other->title, "a \"b\" \\ c: d # e \xc3\xa9 f");
    check_fixed_point("quoted", other);
    ps_plan_free(other);
    other = changed("scenario: example", "scenario: \"-1.e_@x\"");
    ck_assert_str_eq(other->name, "-1.e_@x");
    check_fixed_point("name", other);
    ps_plan_free(other);
}
END_TEST

/* Words are a set: alone or in a list, in any order; all of them are no limit. */
START_TEST(limits_are_sets)
{
    static const struct {
        const char *written;
        uint32_t hashes;
    } rows[] = {
        {"sha1", 1u << PS_HASH_SHA1},
        {"[sha384]", 1u << PS_HASH_SHA384},
        {"[sha256, sha1]", 1u << PS_HASH_SHA1 | 1u << PS_HASH_SHA256},
        {"all", 0},
        {"[sha512, sha384, sha256, sha1]", 0},
    };

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *with =
            ps_format("preset: azure_no_sha384, limits: {tls: 1.2, hashes: %s}", rows[i].written);
        struct ps_plan *other = changed("preset: azure_recommended", with);
        const struct ps_strategy_limits *limits = &other->strategies[0].limits;
        ck_assert_msg(limits->hashes == rows[i].hashes, "%s: %x", rows[i].written, limits->hashes);
        ck_assert_int_eq((int)limits->tls, (int)PS_TLS_1_2);
        check_fixed_point(rows[i].written, other);
        ps_plan_free(other);
        free(with);
    }
    /* What a strategy leaves out of the block stays as the preset has it. */
    struct ps_plan *other =
        changed("preset: azure_recommended", "preset: azure_no_sha384, limits: {chain_length: 3}");
    ck_assert_uint_eq(other->strategies[0].limits.hashes,
                      1u << PS_HASH_SHA1 | 1u << PS_HASH_SHA256);
    ck_assert_uint_eq(other->strategies[0].limits.chain_length, 3);
    ps_plan_free(other);
}
END_TEST

static void add_file_tests(Suite *suite)
{
    TCase *fields = tcase_create("fields");

    suite_add_tcase(suite, fields);
    tcase_add_checked_fixture(fields, setup, teardown);
    tcase_add_test(fields, head);
    tcase_add_test(fields, authorities_and_certificates);
    tcase_add_test(fields, keys_and_stores);
    tcase_add_test(fields, endpoints);
    tcase_add_test(fields, timeline);
    tcase_add_test(fields, what_authorities_publish);
    tcase_add_test(fields, what_endpoints_serve_besides);
    tcase_add_test(fields, events_of_what_is_known);
    tcase_add_test(fields, release);
    tcase_add_test(fields, threats);
    tcase_add_test(fields, cohorts);
    tcase_add_test(fields, strategies);
    tcase_add_test(fields, expectations);
}

static void add_other_tests(Suite *suite)
{
    TCase *others = tcase_create("others");

    suite_add_tcase(suite, others);
    tcase_add_checked_fixture(others, setup, teardown);
    tcase_add_test(others, assumptions);
    tcase_add_loop_test(others, assumptions_of_status, 0,
                        sizeof status_rows / sizeof status_rows[0]);
    tcase_add_test(others, unbound_threat_is_inapplicable);
    tcase_add_test(others, release_for_all_who_can);
    tcase_add_test(others, leaves_follow_each_other);
    tcase_add_test(others, events_left_short);
    tcase_add_test(others, what_is_not_written_stays);
    tcase_add_test(others, aliases_are_what_they_stand_for);
    tcase_add_test(others, show_reads_back);
    tcase_add_test(others, show_loses_nothing);
    tcase_add_test(others, show_quotes_text);
    tcase_add_test(others, limits_are_sets);
}

int main(void)
{
    Suite *suite = suite_create("scenarios: plans");

    add_file_tests(suite);
    add_other_tests(suite);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
