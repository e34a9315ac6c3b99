/* SPDX-License-Identifier: Apache-2.0
 *
 * When a device falls back on another trust and when it goes back, to the second. Here a contact in
 * the scenario's dark time, which a fault marks, is refused with the device's own trust and
 * accepted with the other; a probe is accepted with the other alone. Contacts are every ten
 * seconds, so what is expected is arithmetic on the first of them in the dark.
 */
#include <stdio.h>
#include "engine/replay.h"
#include "plan.h"

#define DARK_FROM  "2021-02-01"
#define DARK_UNTIL "2021-02-03"
enum { EVERY_S = 10 };

static const char yaml_format[] =
    "scenario: fall\n"
    "title: Another trust\n"
    "from: 2021-01-01\n"
    "until: 2021-03-01\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  r0: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01}\n"
    "  r1: {of: a, issuer: a, valid: 2001-01-01 .. 2040-01-01}\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"
    "    chain: []\n"
    "timeline:\n"
    "  - {at: " DARK_FROM ", fault: {endpoint: telemetry, kind: cut, lasts: 2d}}\n"
    "fleet:\n"
    "  - {cohort: c, devices: 3, made: 2019-01-01 .. 2019-01-02, shelf: 0s, contact: {every: 10s, "
    "session: 10s}}\n"
    "strategies:\n"
    "  - {name: s, anchors: [r0], fallback: [%s]}\n"
    "  - {name: other, anchors: [r1]}\n";

static struct ps_plan *plan;

static ps_status make(void *context, const struct ps_world *world, const struct ps_trusts *trusts,
                      const struct ps_contact_spec *specs, size_t count,
                      struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    (void)context;
    (void)world;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        bool other = ps_trusts_at(trusts, specs[i].trust)->anchors[0].number == 1;
        bool dark = specs[i].fault != PS_FAULT_NONE;
        bool good = specs[i].kind == PS_KIND_PROBE ? other : other || !dark;
        memset(&ret_verdicts[i], 0, sizeof ret_verdicts[i]);
        ret_verdicts[i].stage = good ? PS_STAGE_ACCEPTED : PS_STAGE_PATH;
    }
    return PS_OK;
}

/* `first`: the number of the first contact in the dark, from 0, that the other trust takes; NONE:
 * it takes none. */
enum { NONE = -1 };
static const struct row {
    const char *name, *fallback;
    int64_t first;
} rows[] = {
    {"at once", "{failures: 1, since: 0s, to: other, scope: all}", 1},
    {"after three", "{failures: 3, since: 0s, to: other, scope: all}", 3},
    {"after a time", "{failures: 1, since: 30s, to: other, scope: all}", 3},
    {"after a second less than a contact", "{failures: 1, since: 29s, to: other, scope: all}", 3},
    {"after a second more than a contact", "{failures: 1, since: 31s, to: other, scope: all}", 4},
    {"after a day", "{failures: 20, since: 1d, to: other, scope: all}", 8640},
    {"after more contacts than the time takes", "{failures: 50, since: 1m, to: other, scope: all}",
     50},
    {"never so many", "{failures: 17280, since: 0s, to: other, scope: all}", NONE},
    {"never so long", "{failures: 1, since: 2d, to: other, scope: all}", NONE},
    {"only updates", "{failures: 1, since: 0s, to: other, scope: update_only}", NONE},
    {"the first that applies",
     "{failures: 1, since: 1h, to: other, scope: all}, {failures: 1, since: 30m, to: other, scope: "
     "all}",
     180},
    {"the first in the list comes to take over",
     "{failures: 100, since: 0s, to: other, scope: all}, {failures: 1, since: 0s, to: other, "
     "scope: update_only}",
     100},
};

static struct ps_replay *replay_of(enum ps_fidelity fidelity)
{
    const struct ps_replay_options options = {
        .plan = plan, .seed = 1, .fidelity = fidelity, .audit = {1000000}, .make = make};
    struct ps_replay *replay = NULL;
    struct ps_error err = {{0}};
    ps_status s = ps_replay_run(&options, &replay, &err);
    ck_assert_msg(ps_is_ok(s), "%s", err.text);
    return replay;
}

struct expected {
    uint64_t failed, exposed;
};

static struct expected expected_of(const struct row *row)
{
    struct expected sum = {0, 0};
    struct ps_world world;
    ps_world_init(&world, plan, 1);
    for (uint32_t d = 0; d < 3; d++) {
        struct ps_device device;
        ps_device_draw(&world, 0, d, &device);
        int64_t from = date(DARK_FROM).s, until = date(DARK_UNTIL).s;
        int64_t phase = device.first_contact.s % EVERY_S;
        int64_t first = from + (phase - from % EVERY_S + EVERY_S) % EVERY_S;
        int64_t back = until + (phase - until % EVERY_S + EVERY_S) % EVERY_S;
        int64_t all = (back - first) / EVERY_S;
        sum.failed += (uint64_t)(row->first == NONE ? all : row->first);
        if (row->first != NONE)
            sum.exposed += (uint64_t)(back - first - row->first * EVERY_S);
    }
    ps_world_deinit(&world);
    return sum;
}

START_TEST(to_the_second)
{
    const struct row *row = &rows[_i];
    char yaml[4096];
    snprintf(yaml, sizeof yaml, yaml_format, row->fallback);
    plan = plan_of(yaml);
    struct expected expected = expected_of(row);
    for (int fidelity = 0; fidelity < 2; fidelity++) {
        struct ps_replay *replay = replay_of((enum ps_fidelity)fidelity);
        const struct ps_tally *tally = ps_replay_tally(replay, 0, 0);
        ck_assert_msg(tally->contacts_failed == expected.failed, "%s: %llu failed, not %llu",
                      row->name, (unsigned long long)tally->contacts_failed,
                      (unsigned long long)expected.failed);
        ck_assert_uint_eq(tally->booted_seconds - tally->up_seconds, expected.failed * EVERY_S);
        for (size_t k = 0; k < 2; k++) /* X01 and X02 */
            ck_assert_msg(tally->exposures[k].device_seconds == expected.exposed,
                          "%s: %llu s exposed, not %llu", row->name,
                          (unsigned long long)tally->exposures[k].device_seconds,
                          (unsigned long long)expected.exposed);
        ck_assert_uint_eq(tally->outcomes[PS_OUTCOME_RECOVERED], 3);
        ps_replay_free(replay);
    }
    ps_plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fallback");
    TCase *tests = tcase_create("fallback");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, to_the_second, 0, (int)(sizeof rows / sizeof *rows));
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
