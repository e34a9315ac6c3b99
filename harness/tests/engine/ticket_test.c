/* SPDX-License-Identifier: Apache-2.0
 *
 * When a device resumes and when it verifies anew, to the second, and how often either is asked
 * for. Here full contacts are refused in the scenario's dark time, and those that resume are
 * accepted; contacts are every ten seconds, so what is expected is arithmetic on the first of them.
 */
#include <stdio.h>
#include "engine/replay.h"
#include "plan.h"

enum { EVERY_S = 10, DEVICES = 3 };

static const char yaml_format[] =
    "scenario: tickets\n"
    "title: What is resumed\n"
    "from: 2021-01-01\n"
    "until: 2021-03-01\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  r0: {of: a, issuer: a, valid: 2000-01-01 .. 2021-02-01}\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"
    "    chain: []\n"
    "fleet:\n"
    "  - {cohort: c, devices: 3, made: 2019-01-01 .. 2019-01-02, shelf: 0s, contact: {every: 10s, "
    "session: 10s}}\n"
    "strategies:\n"
    "  - {name: s, anchors: [r0], resumption: {enabled: %s, ticket_lifetime: %s}}\n";

static struct ps_plan *plan;
static uint64_t asked_full, asked_resumed;
static int64_t longest_s;

static ps_status make(void *context, const struct ps_world *world, const struct ps_trusts *trusts,
                      const struct ps_contact_spec *specs, size_t count,
                      struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    (void)context;
    (void)world;
    (void)trusts;
    (void)err;
    ps_time dark = date("2021-02-01");
    for (size_t i = 0; i < count; i++) {
        const struct ps_contact_spec *spec = &specs[i];
        bool good = spec->kind != PS_KIND_PROBE && (spec->resumes || spec->at.s < dark.s);
        memset(&ret_verdicts[i], 0, sizeof ret_verdicts[i]);
        ret_verdicts[i].stage = good ? PS_STAGE_ACCEPTED : PS_STAGE_DATES;
        if (spec->resumes) { /* with the ticket of a contact that was accepted, not long ago */
            struct ps_contact_spec before = ps_contact_before(spec);
            int64_t age = spec->at.s - before.at.s;
            ck_assert_int_lt(before.at.s, dark.s);
            ck_assert_int_eq(before.clock.s, before.at.s);
            ck_assert(!before.resumes);
            ck_assert_int_gt(age, 0);
            ck_assert_int_eq(age % EVERY_S, 0);
            longest_s = age > longest_s ? age : longest_s;
            asked_resumed++;
        } else if (spec->kind == PS_KIND_TELEMETRY) {
            asked_full++;
        }
    }
    return PS_OK;
}

static const struct row {
    const char *name, *enabled, *lifetime;
    int64_t period_s; /* from one full contact to the next */
} rows[] = {
    {"off", "no", "1h", EVERY_S},       {"as long as a contact", "yes", "10s", EVERY_S},
    {"shorter", "yes", "9s", EVERY_S},  {"a second more", "yes", "11s", 2 * EVERY_S},
    {"a minute", "yes", "1m", 60},      {"a minute and a second", "yes", "61s", 70},
    {"a week", "yes", "7d", 7 * 86400},
};

/* Contacts that fail: from when the last ticket of a full contact before February has ended. */
static uint64_t failures_of(int64_t period_s)
{
    uint64_t sum = 0;
    struct ps_world world;
    ps_world_init(&world, plan, 1);
    for (uint32_t d = 0; d < DEVICES; d++) {
        struct ps_device device;
        ps_device_draw(&world, 0, d, &device);
        int64_t first = device.first_contact.s, dark = date("2021-02-01").s;
        int64_t verified = first + (dark - 1 - first) / period_s * period_s;
        int64_t lost = verified + period_s;
        while (lost < dark)
            lost += EVERY_S;
        if (lost < plan->until.s)
            sum += (uint64_t)((plan->until.s - 1 - lost) / EVERY_S) + 1;
    }
    ps_world_deinit(&world);
    return sum;
}

START_TEST(to_the_second)
{
    const struct row *row = &rows[_i];
    char yaml[4096];
    snprintf(yaml, sizeof yaml, yaml_format, row->enabled, row->lifetime);
    plan = plan_of(yaml);
    uint64_t expected = failures_of(row->period_s);
    for (int fidelity = 0; fidelity < 2; fidelity++) {
        const struct ps_replay_options options = {.plan = plan,
                                                  .seed = 1,
                                                  .fidelity = (enum ps_fidelity)fidelity,
                                                  .audit = {1000000},
                                                  .make = make};
        struct ps_replay *replay = NULL;
        struct ps_error err = {{0}};
        asked_full = asked_resumed = 0;
        longest_s = 0;
        ps_status s = ps_replay_run(&options, &replay, &err);
        ck_assert_msg(ps_is_ok(s), "%s: %s", row->name, err.text);
        const struct ps_tally *tally = ps_replay_tally(replay, 0, 0);
        uint64_t all = tally->contacts_failed + tally->contacts_accepted;
        ck_assert_msg(tally->contacts_failed == expected, "%s: %llu failed, not %llu", row->name,
                      (unsigned long long)tally->contacts_failed, (unsigned long long)expected);
        ck_assert_uint_eq(all, (uint64_t)(plan->until.s - plan->from.s) / EVERY_S * DEVICES);
        ck_assert_uint_gt(asked_full, 0);
        ck_assert_msg((asked_resumed > 0) == (row->period_s > EVERY_S), "%s: %llu resumed",
                      row->name, (unsigned long long)asked_resumed);
        ck_assert_msg(longest_s < row->period_s, "%s: a ticket of %lld s", row->name,
                      (long long)longest_s);
        ps_replay_free(replay);
    }
    ps_plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("ticket");
    TCase *tests = tcase_create("ticket");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, to_the_second, 0, (int)(sizeof rows / sizeof *rows));
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
