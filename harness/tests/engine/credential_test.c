/* SPDX-License-Identifier: Apache-2.0
 *
 * What a device shows of its own, to the second: when the first certificate holds, when it is
 * renewed, and what another server's rules make of it in the class key. Here the server accepts
 * what holds at the true time, and contacts are hourly, so what is expected is how many of them lie
 * between two dates. All devices are made at the first second of 2021.
 */
#include <stdio.h>
#include "engine/replay.h"
#include "plan.h"

enum { DAY_S = 86400, EVERY_S = 3600, DEVICES = 3 };
#define MADE     "2021-01-01"
#define UNTIL    "2023-01-01"
#define CA_UNTIL "2022-07-01"

static const char yaml_format[] =
    "scenario: shown\n"
    "title: What devices show\n"
    "from: 2020-01-01\n"
    "until: " UNTIL "\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  r0: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01}\n"
    "  ca: {of: a, issuer: a, valid: 2000-01-01 .. " CA_UNTIL "}\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"
    "    chain: []\n"
    "    clients: {anchors: [r0, ca]}\n"
    "  service:\n"
    "    host: service.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"
    "    chain: []\n"
    "fleet:\n"
    "  - {cohort: c, devices: 3, made: 2021-01-01 .. 2021-01-01T00:00:01Z, shelf: %s, contact: "
    "{every: 1h, session: 1h%s}}\n"
    "strategies:\n"
    "  - {name: s, anchors: [r0], client: {%s}}\n";

static struct ps_plan *plan;
static int64_t oldest_s, validity_s;

static bool holds(const struct ps_contact_spec *spec)
{
    if (spec->asks == PS_ASKS_NOTHING || spec->client.form == PS_CLIENT_FORM_KEY)
        return true;
    return spec->client.form == PS_CLIENT_FORM_CERTIFICATE &&
           spec->client.not_before.s <= spec->at.s && spec->at.s <= spec->client.not_after.s;
}

static ps_status make(void *context, const struct ps_world *world, const struct ps_trusts *trusts,
                      const struct ps_contact_spec *specs, size_t count,
                      struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    (void)context;
    (void)world;
    (void)trusts;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        const struct ps_contact_spec *spec = &specs[i];
        memset(&ret_verdicts[i], 0, sizeof ret_verdicts[i]);
        ret_verdicts[i].stage = holds(spec) ? PS_STAGE_ACCEPTED : PS_STAGE_TLS;
        if (spec->client.form != PS_CLIENT_FORM_CERTIFICATE)
            continue;
        int64_t age = spec->at.s - spec->client.not_before.s;
        oldest_s = age > oldest_s ? age : oldest_s;
        validity_s = spec->client.not_after.s + 1 - spec->client.not_before.s;
    }
    return PS_OK;
}

/* Dark from `dark` days after the device was made (NEVER: not; ONCE: at its first contact alone);
 * what is shown is never older than `oldest` days and an hour, if that is given. In rows that speak
 * of a service it has an endpoint of its own. */
enum { NEVER = -1, ONCE = -2 };
static const struct row {
    const char *name, *shelf, *client;
    int64_t dark, oldest;
} rows[] = {
    {"made with the device", "0s", "identity: x509_ldevid, issuer: r0, lifetime: 100d", 100, 0},
    {"with a shelf", "50d", "identity: x509_ldevid, issuer: r0, lifetime: 100d", 100, 0},
    {"ahead of it", "0s",
     "identity: x509_ldevid, issuer: r0, provisioned: pregenerated, lifetime: 300d", 120, 0},
    {"so far ahead that it has ended", "0s",
     "identity: x509_ldevid, issuer: r0, provisioned: pregenerated, lifetime: 180d", 0, 0},
    {"at first power", "50d",
     "identity: x509_ldevid, issuer: r0, provisioned: first_boot, lifetime: 100d", 150, 0},
    {"in a factory", "0s",
     "identity: x509_ldevid, issuer: ca, provisioned: factory_offline_ca, lifetime: 100d", 546, 0},
    {"with the chip", "0s",
     "identity: x509_ldevid, issuer: ca, provisioned: hsm_vendor, lifetime: 100d", 546, 0},
    {"longer than its CA", "0s", "identity: x509_ldevid, issuer: ca, lifetime: 10y", 546, 0},
    {"for life", "0s", "identity: x509_idevid, issuer: r0, lifetime: 100d", NEVER, 0},
    {"shared", "50d", "identity: x509_shared, issuer: r0, provisioned: first_boot, lifetime: 100d",
     100, 0},
    {"a key", "0s", "identity: raw_public_key", NEVER, 0},
    {"nothing", "0s", "identity: none", 0, 0},
    {"renewed", "0s", "identity: x509_ldevid, issuer: r0, lifetime: 90d, renewal: est", NEVER, 60},
    {"renewed in time", "89d", "identity: x509_ldevid, issuer: r0, lifetime: 90d, renewal: est",
     NEVER, 89},
    {"renewed too late", "90d", "identity: x509_ldevid, issuer: r0, lifetime: 90d, renewal: est", 0,
     0},
    {"renewed by others in time", "89d",
     "identity: x509_ldevid, issuer: r0, lifetime: 90d, renewal: cmp", NEVER, 89},
    {"renewed by others too late", "90d",
     "identity: x509_ldevid, issuer: r0, lifetime: 90d, renewal: cmp", 0, 0},
    {"renewed whatever became of it", "90d",
     "identity: x509_ldevid, issuer: r0, lifetime: 90d, renewal: acme", ONCE, 0},
    {"renewed where it is accepted", "90d",
     "identity: x509_ldevid, issuer: r0, lifetime: 90d, renewal: mdm", 0, 0},
    {"renewed by a service that asks for nothing", "90d",
     "identity: x509_ldevid, issuer: r0, lifetime: 90d, renewal: dps", ONCE, 0},
    {"renewed by a service that manages", "90d",
     "identity: x509_ldevid, issuer: r0, lifetime: 90d, renewal: mdm", ONCE, 0},
    {"not by that service, but by the CA", "90d",
     "identity: x509_ldevid, issuer: r0, lifetime: 90d, renewal: est", 0, 0},
    {"until its CA ends", "0s", "identity: x509_ldevid, issuer: ca, lifetime: 90d, renewal: est",
     546, 0},
};

static uint64_t failures_of(const struct row *row)
{
    uint64_t sum = 0;
    struct ps_world world;
    int64_t until = date(UNTIL).s, dark = date(MADE).s + row->dark * DAY_S;
    ps_world_init(&world, plan, 1);
    for (uint32_t d = 0; d < DEVICES; d++) {
        struct ps_device device;
        ps_device_draw(&world, 0, d, &device);
        int64_t from = device.first_contact.s;
        while (from < dark)
            from += EVERY_S;
        if (row->dark == ONCE)
            sum++;
        else if (row->dark != NEVER && from < until)
            sum += (uint64_t)((until - 1 - from) / EVERY_S) + 1;
    }
    ps_world_deinit(&world);
    return sum;
}

START_TEST(to_the_second)
{
    const struct row *row = &rows[_i];
    char yaml[4096];
    snprintf(yaml, sizeof yaml, yaml_format, row->shelf,
             strstr(row->name, "service") ? ", provisioning_endpoint: service" : "", row->client);
    plan = plan_of(yaml);
    uint64_t expected = failures_of(row);
    for (int fidelity = 0; fidelity < 2; fidelity++) {
        const struct ps_replay_options options = {.plan = plan,
                                                  .seed = 1,
                                                  .fidelity = (enum ps_fidelity)fidelity,
                                                  .audit = {1000000},
                                                  .make = make};
        struct ps_replay *replay = NULL;
        struct ps_error err = {{0}};
        oldest_s = validity_s = 0;
        ps_status s = ps_replay_run(&options, &replay, &err);
        ck_assert_msg(ps_is_ok(s), "%s: %s", row->name, err.text);
        const struct ps_tally *tally = ps_replay_tally(replay, 0, 0);
        ck_assert_msg(tally->contacts_failed == expected, "%s: %llu failed, not %llu", row->name,
                      (unsigned long long)tally->contacts_failed, (unsigned long long)expected);
        if (row->oldest > 0) {
            ck_assert_msg(oldest_s >= row->oldest * DAY_S &&
                              oldest_s < row->oldest * DAY_S + 2 * EVERY_S,
                          "%s: one of %lld s", row->name, (long long)oldest_s);
            ck_assert_int_eq(validity_s, 90 * DAY_S);
        }
        ps_replay_free(replay);
    }
    ps_plan_free(plan);
}
END_TEST

/* ---- the class key ---- */

static const char asking[] =
    "scenario: asking\n"
    "title: Who asks\n"
    "from: 2021-01-01\n"
    "until: 2022-01-01\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256, publishes: crl}\n"
    "  b: {subject: \"CN=B\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  r0: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01}\n"
    "  ca: {of: b, issuer: a, valid: 2000-01-01 .. 2021-09-01}\n"
    "  other: {of: b, issuer: a, valid: 2000-01-01 .. 2021-09-01}\n"
    "endpoints:\n"
    "  looks:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"
    "    chain: []\n"
    "    clients: {anchors: [r0]}\n"
    "  blind:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"
    "    chain: []\n"
    "    clients: {anchors: [r0], dates: no}\n"
    "timeline:\n"
    "  - {at: 2021-06-01, revoke: {certificate: ca}}\n"
    "fleet:\n"
    "  - {cohort: c, devices: 1, made: 2021-01-01 .. 2021-01-02, contact: {endpoint: looks}}\n"
    "strategies:\n"
    "  - {name: s, anchors: [r0]}\n";

static struct ps_world world;
static struct ps_trusts trusts;

static struct ps_contact_spec spec_of(uint32_t endpoint, const char *at)
{
    struct ps_contact_spec spec;
    struct ps_device device;
    ps_time until;
    memset(&spec, 0, sizeof spec);
    ps_device_draw(&world, 0, 0, &device);
    const struct ps_trust_query query = {
        .device = &device, .release = PS_PLAN_NONE, .t = date(at), .build = device.made};
    spec.trust = ps_trust_of(&trusts, &world, &query, &until);
    spec.endpoint = endpoint;
    spec.serving = world.first_serving[endpoint];
    spec.leaf = ps_world_leaf(&world, world.servings[spec.serving].line, date("2021-03-01"));
    spec.release = spec.installed = PS_PLAN_NONE;
    spec.clock = date("2021-03-01");
    spec.at = date(at);
    spec.asks = PS_ASKS_AS_ENDPOINT;
    spec.client =
        (struct ps_client){PS_CLIENT_FORM_CERTIFICATE, 1, date("2021-02-01"), date("2021-05-01")};
    return spec;
}

static bool same(const struct ps_contact_spec *a, const struct ps_contact_spec *b)
{
    struct ps_buffer left = {0}, right = {0};
    ps_class_key(&world, &trusts, a, &left);
    ps_class_key(&world, &trusts, b, &right);
    bool equal = left.size == right.size && memcmp(left.data, right.data, left.size) == 0;
    ps_buffer_deinit(&left);
    ps_buffer_deinit(&right);
    return equal;
}

enum { LOOKS, BLIND };

/* Two seconds on the server's clock, the second after the first: one class or two, and whether the
 * stretch of the first ends there. */
static const struct moment {
    const char *name;
    uint32_t endpoint;
    enum ps_asks asks;
    enum ps_client_form form;
    const char *first;
    bool changes;
} moments[] = {
    {"in its time", LOOKS, PS_ASKS_AS_ENDPOINT, PS_CLIENT_FORM_CERTIFICATE, "2021-03-01", false},
    {"it begins", LOOKS, PS_ASKS_AS_ENDPOINT, PS_CLIENT_FORM_CERTIFICATE, "2021-01-31T23:59:59Z",
     true},
    {"it ends", LOOKS, PS_ASKS_AS_ENDPOINT, PS_CLIENT_FORM_CERTIFICATE, "2021-05-01", true},
    {"it ends, and nobody looks", BLIND, PS_ASKS_AS_ENDPOINT, PS_CLIENT_FORM_CERTIFICATE,
     "2021-05-01", false},
    {"it ends, and the registrar looks", BLIND, PS_ASKS_AS_REGISTRAR, PS_CLIENT_FORM_CERTIFICATE,
     "2021-05-01", true},
    {"it ends, and nobody asks", LOOKS, PS_ASKS_NOTHING, PS_CLIENT_FORM_CERTIFICATE, "2021-05-01",
     false},
    {"a key does not end", LOOKS, PS_ASKS_AS_ENDPOINT, PS_CLIENT_FORM_KEY, "2021-05-01", false},
    {"its CA is revoked", BLIND, PS_ASKS_AS_ENDPOINT, PS_CLIENT_FORM_CERTIFICATE,
     "2021-05-31T23:59:59Z", true},
    {"its CA is revoked, and nobody asks", BLIND, PS_ASKS_NOTHING, PS_CLIENT_FORM_CERTIFICATE,
     "2021-05-31T23:59:59Z", false},
    {"its CA ends", LOOKS, PS_ASKS_AS_ENDPOINT, PS_CLIENT_FORM_CERTIFICATE, "2021-09-01", true},
    {"its CA ends, and nobody looks", BLIND, PS_ASKS_AS_ENDPOINT, PS_CLIENT_FORM_CERTIFICATE,
     "2021-09-01", false},
};

START_TEST(moments_of_the_server)
{
    const struct moment *moment = &moments[_i];
    const struct ps_device_clock clock = ps_clock_right();
    struct ps_contact_spec first = spec_of(moment->endpoint, moment->first);
    first.asks = moment->asks;
    first.client.form = moment->form;
    struct ps_contact_spec second = first;
    second.at.s++;
    ck_assert_msg(same(&first, &second) != moment->changes, "%s", moment->name);
    ps_time until = ps_class_dates_until(&world, &trusts, &first, &clock, first.at);
    ck_assert_msg((until.s == second.at.s) == moment->changes, "%s: until %lld", moment->name,
                  (long long)(until.s - first.at.s));
}
END_TEST

START_TEST(what_is_shown)
{
    struct ps_contact_spec first = spec_of(LOOKS, "2021-03-01"), second = first;
    second.client.issuer = 2;
    ck_assert_msg(!same(&first, &second), "issuer");
    second = first;
    second.client.form = PS_CLIENT_FORM_KEY;
    ck_assert_msg(!same(&first, &second), "form");
    second = first;
    second.asks = PS_ASKS_AS_REGISTRAR;
    ck_assert_msg(!same(&first, &second), "who asks");
    second = first;
    second.client.not_before.s += 5;
    second.client.not_after.s += 5;
    ck_assert_msg(same(&first, &second), "another of the same order");
    first.asks = second.asks = PS_ASKS_NOTHING;
    second.client.issuer = 2;
    ck_assert_msg(same(&first, &second), "nobody asks");
    first.resumes = true;
    ck_assert_msg(!same(&first, &second), "resumed");
    second.resumes = true;
    second.leaf = 77;
    second.clock.s += DAY_S * 9999;
    ck_assert_msg(same(&first, &second), "resumed, whatever is served");
}
END_TEST

static void start(void)
{
    plan = plan_of(asking);
    ps_world_init(&world, plan, 1);
}

static void stop(void)
{
    ps_trusts_deinit(&trusts);
    ps_world_deinit(&world);
    ps_plan_free(plan);
}

int main(void)
{
    Suite *suite = suite_create("credential");
    TCase *lives = tcase_create("lives"), *keys = tcase_create("keys");
    tcase_set_timeout(lives, 60);
    tcase_add_loop_test(lives, to_the_second, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_checked_fixture(keys, start, stop);
    tcase_add_loop_test(keys, moments_of_the_server, 0, (int)(sizeof moments / sizeof *moments));
    tcase_add_test(keys, what_is_shown);
    suite_add_tcase(suite, lives);
    suite_add_tcase(suite, keys);
    return suite_run(suite);
}
