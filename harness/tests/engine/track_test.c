/* SPDX-License-Identifier: Apache-2.0
 *
 * Where looking answers up could go wrong: devices that share a row of answers and differ in what
 * the row is not about, by a second, a cohort or a draw. A contact is accepted by who has an
 * anchor, while its clock shows no less than `earliest` and no more than `latest`. Contacts come
 * every second, so what is expected is arithmetic.
 */
#include <stdio.h>
#include "engine/fleet.h"
#include "engine/replay.h"
#include "plan.h"

enum { DEVICES = 8 };

#define HEAD                                                                                       \
    "scenario: tracks\n"                                                                           \
    "title: Rows of answers\n"                                                                     \
    "from: 2021-01-01\n"                                                                           \
    "until: 2021-07-01\n"                                                                          \
    "authorities:\n"                                                                               \
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"                                                  \
    "certificates:\n"                                                                              \
    "  r0: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01}\n"                                  \
    "stores:\n"                                                                                    \
    "  late:\n"                                                                                    \
    "    entries: [{certificate: r0, until: 2021-03-01}]\n"                                        \
    "    lag: {distrust: {uniform: {min: 0s, max: 5183999s}}}\n"                                   \
    "endpoints:\n"                                                                                 \
    "  telemetry:\n"                                                                               \
    "    host: hub.example\n"                                                                      \
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"                    \
    "    chain: []\n"                                                                              \
    "  other:\n"                                                                                   \
    "    host: other.example\n"                                                                    \
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"                    \
    "    chain: []\n"
#define COHORT(more)                                                                               \
    "fleet:\n"                                                                                     \
    "  - {cohort: c, devices: 8, made: 2019-01-01 .. 2019-01-02, shelf: 0s, "                      \
    "contact: {every: 1s, session: 1s, endpoint: telemetry}" more "}\n"
#define STRATEGY(more)                                                                             \
    "strategies:\n"                                                                                \
    "  - {name: s, anchors: [r0]" more "}\n"

static struct ps_plan *plan;
static ps_time earliest, latest;

static void begin(const char *yaml)
{
    plan = plan_of(yaml);
    earliest = PS_TIME_ALWAYS;
    latest = PS_TIME_NEVER;
}

/* A pinned leaf has to be one of those that the endpoint has. */
static bool pins_met(const struct ps_world *world, const struct ps_trust_state *trust,
                     const struct ps_contact_spec *spec)
{
    for (size_t i = 0; i < trust->pin_count; i++)
        if (world->leaves[trust->pins[i].of.number].line == world->servings[spec->serving].line)
            return true;
    return trust->pin_count == 0;
}

static ps_status make(void *context, const struct ps_world *world, const struct ps_trusts *trusts,
                      const struct ps_contact_spec *specs, size_t count,
                      struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    (void)context;
    (void)err;
    memset(ret_verdicts, 0, count * sizeof *ret_verdicts);
    for (size_t i = 0; i < count; i++) {
        const struct ps_trust_state *trust = ps_trusts_at(trusts, specs[i].trust);
        bool good = specs[i].kind == PS_KIND_TELEMETRY && !specs[i].fault &&
                    trust->anchor_count > 0 && pins_met(world, trust, &specs[i]) &&
                    earliest.s <= specs[i].clock.s && specs[i].clock.s <= latest.s;
        ret_verdicts[i].stage = good ? PS_STAGE_ACCEPTED : PS_STAGE_PATH;
    }
    return PS_OK;
}

/* The whole fleet at once, and device by device, so that some find what others left. */
static void check_failed(const char *name, uint64_t failed)
{
    static const uint64_t chunks[] = {0, 1};
    for (size_t i = 0; i < 2; i++) {
        const struct ps_replay_options options = {
            .plan = plan, .seed = 1, .chunk = chunks[i], .make = make};
        struct ps_replay *replay = NULL;
        struct ps_error err = {{0}};
        ps_status s = ps_replay_run(&options, &replay, &err);
        ck_assert_msg(ps_is_ok(s), "%s: %s", name, err.text);
        uint64_t found = 0, accepted = 0;
        for (uint32_t c = 0; c < plan->cohort_count; c++) {
            found += ps_replay_tally(replay, 0, c)->contacts_failed;
            accepted += ps_replay_tally(replay, 0, c)->contacts_accepted;
        }
        ck_assert_msg(found == failed, "%s, chunks of %d: %llu failed, not %llu", name,
                      (int)chunks[i], (unsigned long long)found, (unsigned long long)failed);
        ck_assert_uint_gt(found + accepted, 0);
        ps_replay_free(replay);
    }
}

/* All are made, and have their first power, in this second, or in it and `more` after it. */
static void make_at(ps_time t, int64_t more)
{
    for (size_t i = 0; i < plan->cohort_count; i++) {
        plan->cohorts[i].made_from = t;
        plan->cohorts[i].made_until.s = t.s + more;
    }
}

/* Clocks that are less than a day off, where epochs are short or have just begun. */
START_TEST(near_clocks)
{
    const ps_time ends = date("2021-03-01");
    begin(HEAD COHORT(", clock: {behind: {share: 100%, by: 100s}}") STRATEGY(""));
    plan->certificates[0].spec.not_after = latest = ends;
    check_failed("behind an end", (uint64_t)(DEVICES * (plan->until.s - ends.s - 101)));
    ps_plan_free(plan);
    begin(HEAD COHORT(", clock: {ahead: {share: 100%, by: 100s}}") STRATEGY(""));
    plan->certificates[0].spec.not_after = latest = ends;
    check_failed("ahead of an end", (uint64_t)(DEVICES * (plan->until.s - ends.s + 99)));
    make_at(ends, 0);
    check_failed("ahead, from the end on", (uint64_t)(DEVICES * (plan->until.s - ends.s)));
    ps_plan_free(plan);
}
END_TEST

/* Clocks that drift past the right time, against each second of a device that has power: behind and
 * then ahead, or the other way round, while an anchor begins and ends. */
static const struct drift {
    const char *name, *clock;
    int64_t lead_s, ppm, on_s, off_s; /* on_s 0: never off */
    const char *begins, *ends;
} drifts[] = {
    {"catches up", ", clock: {behind: {share: 100%, by: 20000s}, drift: 8000ppm}", -20000, 8000, 0,
     0, "2021-02-25", "2021-03-10"},
    {"falls behind", ", clock: {ahead: {share: 100%, by: 20000s}, drift: -8000ppm}", 20000, -8000,
     0, 0, "2021-02-25", "2021-03-10"},
    {"falls behind, and it begins later",
     ", clock: {ahead: {share: 100%, by: 20000s}, drift: -8000ppm}", 20000, -8000, 0, 0,
     "2021-03-10", "2021-04-10"},
    {"catches up, with cuts",
     ", power_loss: {every: 5d, lasts: 1h}, clock: {behind: {share: 100%, by: 20000s}, drift: "
     "8000ppm}",
     -20000, 8000, 432000, 3600, "2021-02-05", "2021-03-01"},
    {"falls behind, with cuts",
     ", power_loss: {every: 5d, lasts: 1h}, clock: {ahead: {share: 100%, by: 20000s}, drift: "
     "-8000ppm}",
     20000, -8000, 432000, 3600, "2021-04-05", "2021-06-01"},
    {"runs far ahead", ", clock: {ahead: {share: 100%, by: 20000s}, drift: 40000ppm}", 20000, 40000,
     0, 0, "2020-01-01", "2021-03-02T06:00Z"},
    {"slow from the first second", ", power_loss: {every: 5d, lasts: 1h}, clock: {drift: -500ppm}",
     0, -500, 432000, 3600, "2021-02-05", "2021-06-01"},
    {"fast from the first second", ", power_loss: {every: 5d, lasts: 1h}, clock: {drift: 500ppm}",
     0, 500, 432000, 3600, "2021-02-05", "2021-06-01"},
};

START_TEST(clocks_that_drift)
{
    const struct drift *row = &drifts[_i];
    const ps_time made = date("2021-02-01");
    char yaml[4096];
    snprintf(yaml, sizeof yaml, HEAD COHORT("%s") STRATEGY(""), row->clock);
    begin(yaml);
    make_at(made, 0);
    plan->certificates[0].spec.not_before = earliest = date(row->begins);
    plan->certificates[0].spec.not_after = latest = date(row->ends);
    uint64_t failed = 0;
    for (int64_t t = made.s; t < plan->until.s; t++) {
        int64_t drifted = (t - made.s) * row->ppm;
        int64_t shown = t + row->lead_s + drifted / 1000000 - (drifted % 1000000 < 0);
        bool on = row->on_s == 0 || (t - made.s) % (row->on_s + row->off_s) < row->on_s;
        failed += on && (shown < earliest.s || shown > latest.s);
    }
    check_failed(row->name, DEVICES * failed);
    ps_plan_free(plan);
}
END_TEST

/* A day and a half off, and an epoch that is shorter. */
START_TEST(clocks_that_are_not_near)
{
    const ps_time turns = date("2021-03-01");
    begin(HEAD "timeline:\n"
               "  - {at: 2021-03-02T06:00Z, note: thirty hours later}\n" COHORT(
                   ", clock: {behind: {share: 100%, by: 36h}}") STRATEGY(""));
    plan->certificates[0].spec.not_before = earliest = turns;
    make_at((ps_time){turns.s + 31 * 3600}, 0);
    check_failed("behind the epoch before", DEVICES * 5 * 3600);
    ps_plan_free(plan);
    begin(HEAD "timeline:\n"
               "  - {at: 2021-02-27T18:00Z, note: thirty hours before}\n" COHORT(
                   ", clock: {ahead: {share: 100%, by: 36h}}") STRATEGY(""));
    plan->certificates[0].spec.not_after = latest = turns;
    make_at((ps_time){turns.s - 31 * 3600}, 0);
    check_failed("ahead of the next epoch",
                 (uint64_t)(DEVICES * (plan->until.s - turns.s + 31 * 3600)));
    ps_plan_free(plan);
}
END_TEST

/* Anchors that are loaded in their last second, and in the one after it. */
START_TEST(loaded_at_the_end)
{
    const ps_time ends = date("2021-03-01");
    begin(HEAD COHORT("") STRATEGY(", time: {anchor_dates: check_at_load}"));
    plan->certificates[0].spec.not_after = ends;
    make_at(ends, 1);
    struct ps_world world;
    ps_world_init(&world, plan, 1);
    uint64_t late = 0;
    for (uint32_t i = 0; i < DEVICES; i++) {
        struct ps_device device;
        ps_device_draw(&world, 0, i, &device);
        late += device.boot.s > ends.s;
    }
    ps_world_deinit(&world);
    ck_assert(late > 0 && late < DEVICES);
    check_failed("loaded too late", late * (uint64_t)(plan->until.s - ends.s - 1));
    ps_plan_free(plan);
}
END_TEST

/* A store that each device follows with a delay of its own. */
START_TEST(stores_that_lag)
{
    begin(HEAD COHORT("") "strategies:\n  - {name: s, anchors: [late], update: {channel: "
                          "os_bundle}}\n");
    make_at(date("2021-01-05"), 0);
    uint64_t failed = 0;
    for (uint32_t i = 0; i < DEVICES; i++) {
        const struct ps_subject subject = {ps_text_hash("c"), i};
        uint64_t draw = ps_random_u64(1, subject, PS_PURPOSE_STORE_LAG, 0);
        int64_t lag = (int64_t)((unsigned __int128)draw * 5184000 >> 64);
        failed += (uint64_t)(plan->until.s - date("2021-03-01").s - lag);
    }
    check_failed("lag", failed);
    ps_plan_free(plan);
}
END_TEST

/* Two cohorts with pins of what their own endpoints served, one of which fails for some seconds. */
START_TEST(cohorts_of_two_endpoints)
{
    begin(HEAD "timeline:\n"
               "  - {at: 2021-03-01, fault: {endpoint: other, kind: cut, lasts: 10s}}\n" COHORT(
                   "") "  - {cohort: d, devices: 8, made: 2019-01-01 .. 2019-01-02, shelf: 0s, "
                       "contact: {every: 1s, session: 1s, endpoint: other}}\n" STRATEGY(
                           ", pins: {set: [{match: cert_sha256, depth: leaf, of: leaf@ship}]}"));
    make_at(date("2021-01-05"), 0);
    check_failed("the second", DEVICES * 10);
    ps_plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("track");
    TCase *tests = tcase_create("track");
    tcase_add_test(tests, near_clocks);
    tcase_add_loop_test(tests, clocks_that_drift, 0, sizeof drifts / sizeof *drifts);
    tcase_add_test(tests, clocks_that_are_not_near);
    tcase_add_test(tests, loaded_at_the_end);
    tcase_add_test(tests, stores_that_lag);
    tcase_add_test(tests, cohorts_of_two_endpoints);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
