/* SPDX-License-Identifier: Apache-2.0
 *
 * What a dark spell is put down to: rows of one spell each in a world where much happens, and the
 * numbers of what can be the reason.
 */
#include "engine/origin.h"
#include "plan.h"

static const char scenario[] =
    "scenario: origins\n"
    "title: What did it\n"
    "from: 2021-01-01\n"
    "until: 2022-01-01\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"
    "  b: {subject: \"CN=B\", key: ecdsa-p256}\n"
    "  c: {subject: \"CN=C\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  ra: {of: a, issuer: a, valid: 2000-01-01 .. 2021-03-01}\n"
    "  rb: {of: b, issuer: b, valid: 2010-01-01 .. 2040-01-01}\n"
    "  rc: {of: c, issuer: c, valid: 2000-01-01 .. 2021-04-01}\n"
    "  xb: {of: b, issuer: a, valid: 2001-01-01 .. 2040-01-01}\n"
    "  xe: {of: a, issuer: b, valid: 2001-01-01 .. 2040-01-01}\n"
    "  xc: {of: c, issuer: b, valid: 2001-01-01 .. 2040-01-01}\n"
    "keys: {next: ecdsa-p256}\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: b, key: ecdsa-p256, lifetime: 400d, renew_before: 370d}\n"
    "    chain: [ra]\n"
    "  other:\n"
    "    host: other.example\n"
    "    leaf: {issuer: [a, b], key: ecdsa-p256, lifetime: 400d, renew_before: 370d}\n"
    "    chain: [rc]\n"
    "timeline:\n"
    "  - {at: 2021-02-01, serve: {endpoint: other, chain: [rb]}}\n"                        /* 0 */
    "  - {at: 2021-02-10, fault: {endpoint: telemetry, kind: reset, lasts: 3d}}\n"         /* 1 */
    "  - {at: 2021-02-20, note: Nothing happens}\n"                                        /* 2 */
    "  - {at: 2021-05-01, serve: {endpoint: telemetry, chain: [rb, xb, xe], over: 40d}}\n" /* 3 */
    "  - {at: 2021-07-01, revoke: {leaf: telemetry, pushed: 1d}}\n"                        /* 4 */
    "  - {at: 2021-07-10, release: {name: fw, strategies: [one], anchors: [rb]}}\n"        /* 5 */
    "  - {at: 2021-08-20, revoke: {leaf: other, pushed: 1d}}\n"                            /* 6 */
    "  - {at: 2021-08-25, revoke: {certificate: xc, pushed: 1d}}\n"                        /* 7 */
    "  - {at: 2021-09-20, revoke: {certificate: xb, pushed: 1d}}\n"                        /* 8 */
    "  - {at: 2021-10-10, revoke: {certificate: xe, pushed: 1d}}\n"                        /* 9 */
    "  - {at: 2021-10-10, revoke: {leaf: telemetry, pushed: 1d}}\n"                        /* 10 */
    "  - {at: 2021-11-01, announce: {endpoint: other, key: next, begins: 2021-12-01}}\n"   /* 11 */
    "threats:\n"
    "  - {attack: X18}\n"
    "fleet:\n"
    "  - {cohort: all, devices: 10, made: 2020-01-01 .. 2020-06-01, contact: {endpoint: "
    "telemetry}}\n"
    "strategies:\n"
    "  - {name: one, preset: single_root_ota, anchors: [ra, rc]}\n"
    "  - {name: two, anchors: [ra], update: {channel: announce}, pins: {set: [{match: spki_sha256, "
    "depth: leaf, of: announced}]}}\n";

static struct ps_plan *plan;
static struct ps_world world;
static const struct ps_stage_subject nobody;

static void begin(void)
{
    plan = plan_of(scenario);
    ps_world_init(&world, plan, 3);
}

static void end(void)
{
    ps_world_deinit(&world);
    ps_plan_free(plan);
}

enum { TELEMETRY, OTHER };
#define EVENT(n)                                                                                   \
    {                                                                                              \
        PS_ORIGIN_EVENT, n                                                                         \
    }
#define NO NULL

static const struct {
    const char *name;
    enum ps_stage stage;
    uint32_t endpoint;
    const char *good, *dark; /* good NULL: never */
    const char *clock;       /* NULL: right */
    const char *trust_from;  /* NULL: as it shipped */
    uint32_t release;
    const char *credential_end; /* NULL: none */
    struct ps_origin expect;
} rows[] = {
    {"a fault while it lasts", PS_STAGE_UNREACHABLE, TELEMETRY, "2021-02-09", "2021-02-12", NO, NO,
     PS_PLAN_NONE, NO, EVENT(1)},
    {"a fault that is over explains nothing",
     PS_STAGE_UNREACHABLE,
     TELEMETRY,
     NO,
     "2021-02-13",
     NO,
     NO,
     PS_PLAN_NONE,
     NO,
     {PS_ORIGIN_NONE, 0}},
    {"a fault elsewhere explains nothing", PS_STAGE_UNREACHABLE, OTHER, NO, "2021-02-11", NO, NO,
     PS_PLAN_NONE, NO, EVENT(0)},
    {"an anchor ends",
     PS_STAGE_DATES,
     TELEMETRY,
     "2021-03-30",
     "2021-04-02",
     NO,
     NO,
     PS_PLAN_NONE,
     NO,
     {PS_ORIGIN_CERTIFICATE_END, 2}},
    {"of two that ended on the shelf the later",
     PS_STAGE_DATES,
     TELEMETRY,
     NO,
     "2021-04-20",
     NO,
     NO,
     PS_PLAN_NONE,
     NO,
     {PS_ORIGIN_CERTIFICATE_END, 2}},
    {"the second of the end",
     PS_STAGE_DATES,
     TELEMETRY,
     "2021-02-28",
     "2021-03-01",
     NO,
     NO,
     PS_PLAN_NONE,
     NO,
     {PS_ORIGIN_CERTIFICATE_END, 0}},
    {"the second after the end, where the last one was good",
     PS_STAGE_DATES,
     TELEMETRY,
     "2021-03-01",
     "2021-03-01T00:00:01Z",
     NO,
     "2021-03-01T00:00:01Z",
     PS_PLAN_NONE,
     NO,
     {PS_ORIGIN_CERTIFICATE_END, 0}},
    {"what ended before it was good",
     PS_STAGE_DATES,
     TELEMETRY,
     "2021-03-01T00:00:01Z",
     "2021-03-01T00:00:02Z",
     NO,
     "2021-03-01T00:00:02Z",
     PS_PLAN_NONE,
     NO,
     {PS_ORIGIN_OWN_TRUST, 0}},
    {"the end counts, not the later change",
     PS_STAGE_DATES,
     TELEMETRY,
     "2021-03-30",
     "2021-06-20",
     NO,
     NO,
     PS_PLAN_NONE,
     NO,
     {PS_ORIGIN_CERTIFICATE_END, 2}},
    {"only the change was since the last good contact", PS_STAGE_DATES, TELEMETRY, "2021-04-20",
     "2021-06-20", NO, NO, PS_PLAN_NONE, NO, EVENT(3)},
    {"a clock in 1970",
     PS_STAGE_DATES,
     TELEMETRY,
     NO,
     "2021-04-20",
     "1970-01-02",
     NO,
     PS_PLAN_NONE,
     NO,
     {PS_ORIGIN_CLOCK, 0}},
    {"a clock years ahead",
     PS_STAGE_DATES,
     TELEMETRY,
     "2021-06-20",
     "2021-06-21",
     "2030-01-02",
     NO,
     PS_PLAN_NONE,
     NO,
     {PS_ORIGIN_CLOCK, 0}},
    {"a clock half a day behind a young leaf",
     PS_STAGE_DATES,
     TELEMETRY,
     "2021-03-01",
     "2021-03-02T06:00:00Z",
     "2021-03-01T18:00:00Z",
     NO,
     PS_PLAN_NONE,
     NO,
     {PS_ORIGIN_CLOCK, 0}},
    {"a clock that is off and does not matter",
     PS_STAGE_DATES,
     TELEMETRY,
     "2021-02-25",
     "2021-03-04",
     "2021-03-10",
     NO,
     PS_PLAN_NONE,
     NO,
     {PS_ORIGIN_CERTIFICATE_END, 0}},
    {"a clock counts for dates only", PS_STAGE_PATH, TELEMETRY, NO, "2021-06-20", "1970-01-02", NO,
     PS_PLAN_NONE, NO, EVENT(3)},
    {"another chain", PS_STAGE_PATH, TELEMETRY, "2021-04-30", "2021-06-11", NO, NO, PS_PLAN_NONE,
     NO, EVENT(3)},
    {"at another endpoint", PS_STAGE_PATH, OTHER, "2021-01-30", "2021-02-03", NO, NO, PS_PLAN_NONE,
     NO, EVENT(0)},
    {"a release that was taken", PS_STAGE_PATH, TELEMETRY, "2021-07-12", "2021-07-13", NO,
     "2021-07-13", 5, NO, EVENT(5)},
    {"what changed by itself",
     PS_STAGE_PATH,
     TELEMETRY,
     "2021-07-12",
     "2021-07-13",
     NO,
     "2021-07-13",
     PS_PLAN_NONE,
     NO,
     {PS_ORIGIN_OWN_TRUST, 0}},
    {"a renewal draws another issuer",
     PS_STAGE_PATH,
     OTHER,
     "2021-05-30",
     "2021-06-02",
     NO,
     NO,
     PS_PLAN_NONE,
     NO,
     {PS_ORIGIN_RENEWAL, OTHER}},
    {"one issuer is the same at every renewal",
     PS_STAGE_PATH,
     TELEMETRY,
     "2021-01-30",
     "2021-02-02",
     NO,
     NO,
     PS_PLAN_NONE,
     NO,
     {PS_ORIGIN_NONE, 0}},
    {"a renewal brings another key",
     PS_STAGE_PINS,
     TELEMETRY,
     "2021-01-30",
     "2021-02-02",
     NO,
     NO,
     PS_PLAN_NONE,
     NO,
     {PS_ORIGIN_RENEWAL, TELEMETRY}},
    {"a revocation that showed late", PS_STAGE_REVOCATION, TELEMETRY, "2021-07-20", "2021-07-22",
     NO, NO, PS_PLAN_NONE, NO, EVENT(4)},
    {"revocations of what it does not meet", PS_STAGE_REVOCATION, TELEMETRY, "2021-08-27",
     "2021-09-01", NO, NO, PS_PLAN_NONE, NO, EVENT(4)},
    {"a revocation at the other endpoint", PS_STAGE_REVOCATION, OTHER, "2021-08-27", "2021-09-01",
     NO, NO, PS_PLAN_NONE, NO, EVENT(6)},
    {"a CA that is sent is revoked", PS_STAGE_REVOCATION, TELEMETRY, "2021-09-19", "2021-09-21", NO,
     NO, PS_PLAN_NONE, NO, EVENT(8)},
    {"of two in one second the later in the timeline", PS_STAGE_REVOCATION, TELEMETRY, "2021-10-09",
     "2021-10-11", NO, NO, PS_PLAN_NONE, NO, EVENT(10)},
    {"a revocation counts, though it was before the last good contact", PS_STAGE_REVOCATION,
     TELEMETRY, "2021-07-05", "2021-07-12", NO, "2021-07-11", 5, NO, EVENT(4)},
    {"what the last good contact met in its own second",
     PS_STAGE_NAME,
     OTHER,
     "2021-02-01",
     "2021-03-05",
     NO,
     NO,
     PS_PLAN_NONE,
     NO,
     {PS_ORIGIN_CERTIFICATE_END, 0}},
    {"an announcement", PS_STAGE_PINS, OTHER, "2021-10-30", "2021-11-02", NO, NO, PS_PLAN_NONE, NO,
     EVENT(11)},
    {"an announcement elsewhere", PS_STAGE_PINS, TELEMETRY, "2021-10-30", "2021-11-02", NO,
     "2021-10-31", 5, NO, EVENT(5)},
    {"its own certificate",
     PS_STAGE_TLS,
     TELEMETRY,
     "2021-08-01",
     "2021-08-03",
     NO,
     NO,
     PS_PLAN_NONE,
     "2021-08-02",
     {PS_ORIGIN_CREDENTIAL_END, 0}},
    {"its own certificate is not what the path is about", PS_STAGE_PATH, TELEMETRY, "2021-08-01",
     "2021-08-03", NO, NO, PS_PLAN_NONE, "2021-08-02", EVENT(3)},
    {"nothing happened yet",
     PS_STAGE_NAME,
     TELEMETRY,
     NO,
     "2021-01-15",
     NO,
     NO,
     PS_PLAN_NONE,
     NO,
     {PS_ORIGIN_NONE, 0}},
    {"notes do nothing",
     PS_STAGE_NAME,
     TELEMETRY,
     NO,
     "2021-02-25",
     NO,
     NO,
     PS_PLAN_NONE,
     NO,
     {PS_ORIGIN_NONE, 0}},
};

START_TEST(spells)
{
    struct ps_target anchors[] = {{PS_TARGET_CERTIFICATE, 0}, {PS_TARGET_CERTIFICATE, 2}};
    const struct ps_trust_state trust = {.anchors = anchors, .anchor_count = 2};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        ps_time dark = date(rows[i].dark);
        struct ps_origin_facts facts = {
            .world = &world,
            .trust = &trust,
            .subject = &nobody,
            .stage = rows[i].stage,
            .endpoint = rows[i].endpoint,
            .good = rows[i].good ? date(rows[i].good) : PS_TIME_ALWAYS,
            .dark = dark,
            .clock = rows[i].clock ? date(rows[i].clock) : dark,
            .credential_end = rows[i].credential_end ? date(rows[i].credential_end) : PS_TIME_NEVER,
            .trust_from = rows[i].trust_from ? date(rows[i].trust_from) : PS_TIME_ALWAYS,
            .release = rows[i].release};
        struct ps_origin found = ps_origin_of(&facts);
        ck_assert_msg(found.kind == rows[i].expect.kind && found.number == rows[i].expect.number,
                      "%s: %s %u", rows[i].name, ps_origin_text(found.kind), found.number);
    }
}
END_TEST

/* A staged change counts from when it reached this device, to the second; before, it is the old
 * chain's end. */
START_TEST(staging)
{
    const struct ps_trust_state trust = {0};
    struct ps_stage_subject subject = {.device = {1, 2}};
    ps_time at = ps_world_stage_time(&world, &plan->events[3], plan->events[3].at, &subject);
    ck_assert_int_gt(at.s, plan->events[3].at.s);
    for (int late = 0; late < 2; late++) {
        struct ps_origin_facts facts = {.world = &world,
                                        .trust = &trust,
                                        .subject = &subject,
                                        .stage = PS_STAGE_PATH,
                                        .good = PS_TIME_ALWAYS,
                                        .dark = {at.s - 1 + late},
                                        .clock = at,
                                        .credential_end = PS_TIME_NEVER,
                                        .trust_from = PS_TIME_ALWAYS,
                                        .release = PS_PLAN_NONE};
        struct ps_origin found = ps_origin_of(&facts);
        ck_assert_msg(found.kind == (late ? PS_ORIGIN_EVENT : PS_ORIGIN_CERTIFICATE_END),
                      "late %d: %s", late, ps_origin_text(found.kind));
    }
}
END_TEST

/* Every number names one thing, and everything that can be named has one. */
START_TEST(numbers)
{
    static const size_t sizes[PS_ORIGIN_KIND_COUNT] = {1, 1, 1, 1, 12, 6, 2, 3};
    size_t number = 0;
    for (int kind = 0; kind < PS_ORIGIN_KIND_COUNT; kind++)
        for (uint32_t k = 0; k < sizes[kind]; k++, number++) {
            struct ps_origin origin = {(enum ps_origin_kind)kind, k};
            ck_assert_uint_eq(ps_origin_number(plan, origin), number);
            struct ps_origin back = ps_origin_at(plan, (uint16_t)number);
            ck_assert(back.kind == origin.kind && back.number == k);
        }
    ck_assert_uint_eq(number, ps_origin_count(plan));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("origin");
    TCase *tests = tcase_create("origins");
    tcase_add_checked_fixture(tests, begin, end);
    tcase_add_test(tests, spells);
    tcase_add_test(tests, staging);
    tcase_add_test(tests, numbers);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
