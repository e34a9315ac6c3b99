/* SPDX-License-Identifier: Apache-2.0
 *
 * Chunks of a fleet: what is asked for is asked for once and counted once, whoever waits for it and
 * however the fleet is cut, and what was lived before is not lived again but is over all the same.
 */
#include <stdlib.h>
#include "base/memory.h"
#include "engine/replay.h"
#include "plan.h"

enum { DEVICES = 9, STRATEGIES = 2, LIVES = DEVICES * STRATEGIES };

/* Devices are retired at different times, so that those which wait move up. */
static const char yaml[] =
    "scenario: chunks\n"
    "title: What is asked once\n"
    "from: 2021-01-01\n"
    "until: 2021-07-01\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  r0: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01}\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 20d, renew_before: 5d}\n"
    "    chain: []\n"
    "timeline:\n"
    "  - {at: 2021-02-01, release: {name: fw, anchors: [r0]}}\n"
    "fleet:\n"
    "  - {cohort: c, devices: 5, made: 2020-12-01 .. 2020-12-02, shelf: 0s, "
    "life: {uniform: {min: 35d, max: 220d}}, contact: {every: 1d}}\n"
    "  - {cohort: d, devices: 4, made: 2020-12-01 .. 2020-12-02, shelf: 0s, "
    "life: {uniform: {min: 35d, max: 220d}}, contact: {every: 1d}}\n"
    "strategies:\n"
    "  - {name: http, anchors: [r0], update: {channel: fw_http, payload_auth: signature}}\n"
    "  - {name: tls, anchors: [r0], update: {channel: fw_tls_same, payload_auth: signature}}\n";

/* Who asked what, and when; all of it accepted. */
struct asked {
    struct ps_contact_spec *items; /* owned */
    size_t count, capacity, twice;
    uint64_t plain;
};

static bool is_same(const struct ps_contact_spec *a, const struct ps_contact_spec *b)
{
    return a->cohort == b->cohort && a->number == b->number && a->strategy == b->strategy &&
           a->role == b->role && a->threat == b->threat && a->way == b->way && a->at.s == b->at.s;
}

static ps_status make(void *context, const struct ps_world *world, const struct ps_trusts *trusts,
                      const struct ps_contact_spec *specs, size_t count,
                      struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    struct asked *asked = context;
    (void)world;
    (void)trusts;
    (void)err;
    memset(ret_verdicts, 0, count * sizeof *ret_verdicts);
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < asked->count; k++)
            asked->twice += is_same(&asked->items[k], &specs[i]);
        asked->plain += specs[i].plain;
        PS_PUSH(asked->items, asked->count, asked->capacity, specs[i]);
    }
    return PS_OK;
}

struct watched {
    uint64_t over_until, done, total; /* devices before the first are over */
};

static bool is_over(void *context, uint64_t first, uint64_t count)
{
    const struct watched *watched = context;
    return first + count <= watched->over_until;
}

static bool note_progress(uint64_t done, uint64_t total, void *context)
{
    struct watched *watched = context;
    watched->done = done;
    watched->total = total;
    return false;
}

static const struct row {
    const char *name;
    enum ps_fidelity fidelity;
    uint64_t chunk, over_until;
} rows[] = {
    {"memo", PS_FIDELITY_MEMO, 0, 0},
    {"memo, in chunks", PS_FIDELITY_MEMO, 2, 0},
    {"memo, some are over", PS_FIDELITY_MEMO, 2, 4},
    {"wire", PS_FIDELITY_WIRE, 0, 0},
    {"wire, in chunks", PS_FIDELITY_WIRE, 2, 0},
    {"wire, some are over", PS_FIDELITY_WIRE, 4, 8},
    {"all are over", PS_FIDELITY_MEMO, 1, 9},
};

START_TEST(asked_once)
{
    const struct row *row = &rows[_i];
    struct ps_plan *plan = plan_of(yaml);
    struct asked asked = {0};
    struct watched watched = {.over_until = row->over_until};
    const struct ps_replay_options options = {.plan = plan,
                                              .seed = 1,
                                              .chunk = row->chunk,
                                              .fidelity = row->fidelity,
                                              .make = make,
                                              .make_context = &asked,
                                              .progress = note_progress,
                                              .progress_context = &watched,
                                              .is_over = is_over,
                                              .over_context = &watched};
    struct ps_replay *replay = NULL;
    struct ps_error err = {{0}};
    ck_assert_msg(ps_is_ok(ps_replay_run(&options, &replay, &err)), "%s: %s", row->name, err.text);
    const struct ps_replay_counts counts = ps_replay_counts(replay);
    uint64_t lives = LIVES - row->over_until * STRATEGIES, devices = 0;
    for (uint32_t i = 0; i < STRATEGIES * 2; i++)
        devices += ps_replay_tally(replay, i / 2, i % 2)->devices;
    ck_assert_msg(counts.lives == lives, "%s: %d lives", row->name, (int)counts.lives);
    ck_assert_msg(devices == lives, "%s: %d tallied", row->name, (int)devices);
    ck_assert_msg(asked.twice == 0, "%s: %zu asked again", row->name, asked.twice);
    ck_assert_msg(counts.asked + counts.asked_plain == asked.count &&
                      counts.asked_plain == asked.plain,
                  "%s: %d and %d plain, not %zu with %d plain", row->name, (int)counts.asked,
                  (int)counts.asked_plain, asked.count, (int)asked.plain);
    ck_assert_msg((asked.plain > 0) == (lives > 0), "%s: %d plain", row->name, (int)asked.plain);
    if (lives > 0)
        ck_assert_msg(watched.done == LIVES && watched.total == LIVES, "%s: %d of %d over",
                      row->name, (int)watched.done, (int)watched.total);
    ps_replay_free(replay);
    free(asked.items);
    ps_plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("chunk");
    TCase *tests = tcase_create("chunk");
    tcase_add_loop_test(tests, asked_once, 0, (int)(sizeof rows / sizeof *rows));
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
