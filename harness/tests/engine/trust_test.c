/* SPDX-License-Identifier: Apache-2.0
 *
 * Trust states: what a store holds at each second and at manufacture, what a release replaces,
 * which states are the same, and what their verdicts read.
 */
#include "engine/trust.h"
#include "plan.h"

static const char scenario[] =
    "scenario: trust\n"
    "title: What devices carry\n"
    "from: 2021-01-01\n"
    "until: 2022-01-01\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  r0: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01}\n"
    "  r1: {of: a, issuer: a, valid: 2001-01-01 .. 2040-01-01}\n"
    "  r2: {of: a, issuer: a, valid: 2002-01-01 .. 2040-01-01}\n"
    "  r3: {of: a, issuer: a, valid: 2003-01-01 .. 2021-03-15}\n"
    "keys:\n"
    "  kb: ecdsa-p256\n"
    "stores:\n"
    "  system:\n"
    "    - r0\n"
    "    - {certificate: r1, from: 2021-03-01, until: 2021-05-01}\n"
    "    - {certificate: r2, until: 2021-04-01}\n"
    "  lagged:\n"
    "    entries: [r0, {certificate: r1, from: 2021-03-01, until: 2021-05-01}, {certificate: r3, "
    "until: 2021-04-01}]\n"
    "    lag: {additions: 10d, expiries: 5d, distrust: 30d}\n"
    "  still:\n"
    "    entries: [r0, {certificate: r1, from: 2021-03-01, until: 2021-05-01}, {certificate: r3, "
    "until: 2021-04-01}]\n"
    "    lag: {never: 100%}\n"
    "  drawn:\n"
    "    entries: [{certificate: r1, from: 2021-03-01, until: 2021-07-01}]\n"
    "    lag: {additions: {uniform: {min: 0s, max: 100d}}, distrust: {uniform: {min: 0s, max: "
    "100d}}}\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 40d, renew_before: 10d}\n"
    "    chain: []\n"
    "roles: {backup_key: kb}\n"
    "timeline:\n"
    "  - {at: 2021-06-01, release: {name: fw, strategies: [fixed], anchors: [r1, r2]}}\n"
    "  - at: 2021-06-02\n"
    "    release: {name: pins, strategies: [key-pin], pins: [{match: cert_sha1, depth: any, of: "
    "r2}]}\n"
    "fleet:\n"
    "  - cohort: all\n"
    "    devices: 10\n"
    "    made: 2020-01-01 .. 2021-06-01\n"
    "strategies:\n"
    "  - {name: live, preset: webpki_os_updated}\n"
    "  - {name: store, preset: webpki_os_updated, update: {channel: app_store}}\n"
    "  - {name: built, preset: webpki_static, anchors: [system]}\n"
    "  - {name: built-ota, preset: single_root_ota, anchors: [system]}\n"
    "  - {name: ship, preset: webpki_static}\n"
    "  - {name: late, preset: webpki_os_updated, anchors: [lagged]}\n"
    "  - {name: late-ship, preset: webpki_os_updated, anchors: [lagged@ship]}\n"
    "  - {name: late-fixed, preset: webpki_static, anchors: [lagged]}\n"
    "  - {name: never, preset: webpki_os_updated, anchors: [still]}\n"
    "  - {name: drawn, preset: webpki_os_updated, anchors: [drawn]}\n"
    "  - {name: fixed, preset: single_root_ota, anchors: [r0]}\n"
    "  - {name: cert-pin, preset: leaf_cert_pin}\n"
    "  - {name: key-pin, preset: leaf_spki_backup_ota}\n"
    "  - {name: anyone, preset: no_verify}\n";

static struct ps_plan *plan;
static struct ps_world world;
static struct ps_trusts trusts;

static void start(void)
{
    plan = plan_of(scenario);
    ps_world_init(&world, plan, 1);
}

static void stop(void)
{
    ps_trusts_deinit(&trusts);
    ps_world_deinit(&world);
    ps_plan_free(plan);
}

static uint32_t strategy(const char *name)
{
    uint32_t i = 0;
    while (strcmp(plan->strategies[i].name, name) != 0)
        i++;
    return i;
}

/* A device's state when it was made as its date says and loaded its anchors then. */
static uint32_t state_of(const char *name, const char *made, const char *t, uint32_t release,
                         ps_time *ret_until)
{
    const struct ps_device device = {.made = date(made)};
    const struct ps_trust_query query = {.device = &device,
                                         .strategy = strategy(name),
                                         .release = release,
                                         .t = date(t),
                                         .build = device.made,
                                         .loaded = device.made};
    return ps_trust_of(&trusts, &world, &query, ret_until);
}

static const struct row {
    const char *name, *strategy;
    const char *made, *t;
    uint32_t release;
    const char *holds; /* digits: plan certificates */
    const char *until;
} rows[] = {
    {"live, before all", "live", "2020-01-01", "2021-02-28T23:59:59Z", PS_PLAN_NONE, "02",
     "2021-03-01"},
    {"live, one comes", "live", "2020-01-01", "2021-03-01", PS_PLAN_NONE, "012", "2021-04-01"},
    {"live, until the last second", "live", "2020-01-01", "2021-03-31T23:59:59Z", PS_PLAN_NONE,
     "012", "2021-04-01"},
    {"live, one goes", "live", "2020-01-01", "2021-04-01", PS_PLAN_NONE, "01", "2021-05-01"},
    {"live, another goes", "live", "2020-01-01", "2021-05-01", PS_PLAN_NONE, "0", NULL},
    {"live, whenever made", "live", "2021-05-01", "2021-03-01", PS_PLAN_NONE, "012", "2021-04-01"},
    {"live by app store", "store", "2020-01-01", "2021-04-01", PS_PLAN_NONE, "01", "2021-05-01"},
    {"not followed, made before", "built", "2021-02-28T23:59:59Z", "2021-12-01", PS_PLAN_NONE, "02",
     NULL},
    {"not followed, made then", "built", "2021-03-01", "2021-12-01", PS_PLAN_NONE, "012", NULL},
    {"not followed by firmware", "built-ota", "2021-03-01", "2021-12-01", PS_PLAN_NONE, "012",
     NULL},
    {"ship, made before", "ship", "2021-02-28T23:59:59Z", "2021-12-01", PS_PLAN_NONE, "02", NULL},
    {"ship, made then", "ship", "2021-03-01", "2021-12-01", PS_PLAN_NONE, "012", NULL},
    {"ship, made late", "ship", "2021-05-01", "2021-06-01", PS_PLAN_NONE, "0", NULL},
    {"late, just before it comes", "late", "2020-01-01", "2021-03-10T23:59:59Z", PS_PLAN_NONE, "03",
     "2021-03-11"},
    {"late, it comes", "late", "2020-01-01", "2021-03-11", PS_PLAN_NONE, "013", "2021-04-06"},
    {"late, what has ended goes", "late", "2020-01-01", "2021-04-06", PS_PLAN_NONE, "01",
     "2021-05-31"},
    {"late, what is not trusted goes later", "late", "2020-01-01", "2021-05-31", PS_PLAN_NONE, "0",
     NULL},
    {"late, made with it", "late", "2021-03-01", "2021-03-01", PS_PLAN_NONE, "013", "2021-04-06"},
    {"late, made without it", "late", "2021-05-01", "2021-05-01", PS_PLAN_NONE, "0", NULL},
    {"late, but not by ship", "late-ship", "2021-03-01", "2021-12-01", PS_PLAN_NONE, "013", NULL},
    {"late, but not without the channel", "late-fixed", "2021-03-01", "2021-12-01", PS_PLAN_NONE,
     "013", NULL},
    {"never, made before", "never", "2020-01-01", "2021-12-01", PS_PLAN_NONE, "03", NULL},
    {"never, made then", "never", "2021-03-01", "2021-12-01", PS_PLAN_NONE, "013", NULL},
    {"never, made after", "never", "2021-05-01", "2021-12-01", PS_PLAN_NONE, "0", NULL},
    {"fixed", "fixed", "2020-01-01", "2021-12-01", PS_PLAN_NONE, "0", NULL},
    {"fixed, updated", "fixed", "2020-01-01", "2021-12-01", 0, "12", NULL},
    {"anyone", "anyone", "2020-01-01", "2021-12-01", PS_PLAN_NONE, "", NULL},
};

START_TEST(holds)
{
    const struct row *row = &rows[_i];
    ps_time until;
    uint32_t number = state_of(row->strategy, row->made, row->t, row->release, &until);
    const struct ps_trust_state *state = ps_trusts_at(&trusts, number);
    char found[16] = "";
    for (size_t i = 0; i < state->anchor_count; i++) {
        ck_assert_int_eq(state->anchors[i].kind, PS_TARGET_CERTIFICATE);
        found[i] = (char)('0' + state->anchors[i].number);
    }
    ck_assert_msg(strcmp(found, row->holds) == 0, "%s: holds %s", row->name, found);
    int64_t wanted = row->until ? date(row->until).s : INT64_MAX;
    ck_assert_msg(until.s == wanted, "%s: until %lld", row->name, (long long)until.s);
    ck_assert_msg(state->strategy == strategy(row->strategy), "%s: strategy", row->name);
}
END_TEST

static uint32_t late_state_of(const char *name, const char *made)
{
    ps_time until;
    return state_of(name, made, "2021-12-01", PS_PLAN_NONE, &until);
}

/* Devices made in the life of one leaf share a state; a pinned key outlives the leaf. */
START_TEST(shared)
{
    uint32_t a = late_state_of("cert-pin", "2021-01-10"),
             b = late_state_of("cert-pin", "2021-01-20");
    uint32_t c = late_state_of("cert-pin", "2021-02-20");
    ck_assert_uint_eq(a, b);
    ck_assert_uint_ne(a, c);
    ck_assert_uint_eq(late_state_of("key-pin", "2021-01-10"),
                      late_state_of("key-pin", "2021-02-20"));
    ck_assert_uint_ne(late_state_of("live", "2021-01-10"), late_state_of("ship", "2021-06-01"));
    ck_assert_uint_eq(late_state_of("live", "2021-01-10"), late_state_of("live", "2020-01-10"));
    ck_assert_uint_eq(trusts.states.count, 5);
}
END_TEST

static const struct ps_trust_state *carried(const char *name)
{
    uint32_t number = late_state_of(name, "2021-01-10"); /* may move them all */
    return ps_trusts_at(&trusts, number);
}

START_TEST(reads)
{
    static const struct {
        const char *strategy;
        bool leaf, key;
    } reads_rows[] = {
        {"live", false, false},
        {"cert-pin", true, false},
        {"key-pin", false, true},
        {"anyone", false, false},
    };
    for (size_t i = 0; i < sizeof reads_rows / sizeof *reads_rows; i++) {
        const char *name = reads_rows[i].strategy;
        const struct ps_trust_state *state = carried(name);
        const struct ps_strategy *s = &plan->strategies[state->strategy];
        ck_assert_msg(state->reads_leaf == reads_rows[i].leaf, "%s: leaf", name);
        ck_assert_msg(state->reads_leaf_key == reads_rows[i].key, "%s: key", name);
        bool dates = s->chain.engine != PS_ENGINE_NONE || s->pins.expires.s != INT64_MAX;
        ck_assert_msg(state->reads_dates == dates, "%s: dates", name);
    }
}
END_TEST

/* A release's pins take the place of those as shipped; its anchors stay. */
START_TEST(pins_replaced)
{
    ps_time until;
    uint32_t shipped = state_of("key-pin", "2020-01-01", "2021-12-01", PS_PLAN_NONE, &until);
    uint32_t number = state_of("key-pin", "2020-01-01", "2021-12-01", 1, &until);
    const struct ps_trust_state *before = ps_trusts_at(&trusts, shipped),
                                *state = ps_trusts_at(&trusts, number);
    ck_assert_uint_eq(state->pin_count, 1);
    ck_assert_int_eq(state->pins[0].match, PS_PIN_MATCH_CERT_SHA1);
    ck_assert_int_eq(state->pins[0].depth, PS_PIN_DEPTH_ANY);
    ck_assert_int_eq(state->pins[0].of.kind, PS_TARGET_CERTIFICATE);
    ck_assert_uint_eq(state->pins[0].of.number, 2);
    ck_assert_uint_eq(state->anchor_count, before->anchor_count);
    ck_assert_uint_gt(before->pin_count, 1);
}
END_TEST

/* Only the end of its pins makes a strategy without a path read the clock. */
START_TEST(pins_end)
{
    struct ps_strategy *s = &plan->strategies[strategy("cert-pin")];
    s->chain.engine = PS_ENGINE_NONE;
    s->pins.expires = date("2021-05-05");
    ck_assert(carried("cert-pin")->reads_dates);
    ps_trusts_deinit(&trusts);
    s->pins.expires = (ps_time){INT64_MAX};
    ck_assert(!carried("cert-pin")->reads_dates);
}
END_TEST

/* What comes late comes late to the same devices, whatever it is: both changes have one draw. */
START_TEST(slow_devices_are_slow)
{
    ps_time first = PS_TIME_NEVER, last = PS_TIME_ALWAYS;
    for (uint32_t d = 0; d < 50; d++) {
        const struct ps_device device = {.made = date("2020-01-01"), .subject = {7, d}};
        struct ps_trust_query query = {.device = &device,
                                       .strategy = strategy("drawn"),
                                       .release = PS_PLAN_NONE,
                                       .t = device.made,
                                       .build = device.made,
                                       .loaded = device.made};
        ps_time comes, goes;
        (void)ps_trust_of(&trusts, &world, &query, &comes);
        query.t = comes;
        uint32_t state = ps_trust_of(&trusts, &world, &query, &goes);
        ck_assert_uint_eq(ps_trusts_at(&trusts, state)->anchor_count, 1);
        ck_assert_int_eq(goes.s - date("2021-07-01").s, comes.s - date("2021-03-01").s);
        first = comes.s < first.s ? comes : first;
        last = comes.s > last.s ? comes : last;
    }
    ck_assert_int_lt(first.s, date("2021-03-11").s);
    ck_assert_int_gt(last.s, date("2021-05-30").s);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("trust");
    TCase *tests = tcase_create("trust");
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, slow_devices_are_slow);
    tcase_add_loop_test(tests, holds, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(tests, shared);
    tcase_add_test(tests, reads);
    tcase_add_test(tests, pins_replaced);
    tcase_add_test(tests, pins_end);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
