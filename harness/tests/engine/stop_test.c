/* SPDX-License-Identifier: Apache-2.0
 *
 * A replay that is told to stop: it does so within a chunk, between two steps of a life, and what
 * it has then is whole chunks. All contacts are accepted, so that there is nothing but stepping.
 */
#include "plan.h"
#include "engine/replay.h"

enum { DEVICES = 4000 };

static const char scenario[] =
    "scenario: stop\n"
    "title: To be stopped\n"
    "from: 2021-01-01\n"
    "until: 2022-01-01\n"
    "authorities: {alpha: {subject: \"CN=Alpha\", key: ecdsa-p256}}\n"
    "certificates:\n"
    "  root: {of: alpha, issuer: alpha, valid: 2000-01-01 .. 2040-01-01}\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: alpha, key: ecdsa-p256, lifetime: 40d, renew_before: 10d}\n"
    "    chain: []\n"
    "fleet:\n"
    "  - {cohort: all, devices: 4000, made: 2020-06-01 .. 2021-05-01, contact: {every: 7h}}\n"
    "strategies:\n"
    "  - {name: root, preset: single_root_static, anchors: [root]}\n";

static const struct {
    const char *name;
    unsigned jobs, asked; /* the answer to this question is to stop */
    uint64_t chunk;
    bool any; /* chunks that were over */
} rows[] = {
    {"before the first step", 1, 1, DEVICES, false},
    {"within the only chunk", 1, 2, DEVICES, false},
    {"within the only chunk, later", 1, 5, DEVICES, false},
    {"within the chunks of two workers", 2, 3, DEVICES / 2, false},
    {"after some chunks", 1, 12, DEVICES / 20, true},
    {"after some chunks of two workers", 2, 12, DEVICES / 20, true},
};

struct stopper {
    unsigned asked, of;
    uint64_t devices; /* of the chunks that were over */
};

/* ps_replay_progress */
static bool stop_then(uint64_t done, uint64_t total, void *context)
{
    struct stopper *stopper = context;
    ck_assert_uint_eq(done, stopper->devices);
    ck_assert_uint_eq(total, DEVICES);
    return ++stopper->asked >= stopper->of;
}

static ps_status note_over(void *context, const struct ps_replay *replay,
                           const struct ps_replay_chunk *chunk, struct ps_error *err)
{
    struct stopper *stopper = context;
    (void)replay;
    (void)err;
    stopper->devices += chunk->count;
    return PS_OK;
}

static ps_status accept_all(void *context, const struct ps_world *world,
                            const struct ps_trusts *trusts, const struct ps_contact_spec *specs,
                            size_t count, struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    (void)context;
    (void)world;
    (void)trusts;
    (void)specs;
    (void)err;
    memset(ret_verdicts, 0, count * sizeof *ret_verdicts);
    for (size_t i = 0; i < count; i++)
        ret_verdicts[i].stage = PS_STAGE_ACCEPTED;
    return PS_OK;
}

START_TEST(stops)
{
    struct ps_plan *plan = plan_of(scenario);
    struct stopper stopper = {.of = rows[_i].asked};
    const struct ps_replay_options options = {.plan = plan,
                                              .seed = 1,
                                              .jobs = rows[_i].jobs,
                                              .chunk = rows[_i].chunk,
                                              .make = accept_all,
                                              .progress = stop_then,
                                              .progress_context = &stopper,
                                              .over = note_over,
                                              .over_context = &stopper};
    struct ps_replay *replay = NULL;
    struct ps_error err = {{0}};
    ck_assert_int_eq(ps_replay_run(&options, &replay, &err).code, PS_CODE_INTERRUPTED);
    ck_assert_str_eq(err.text, "interrupted");
    uint64_t counted = ps_replay_tally(replay, 0, 0)->devices;
    ck_assert_msg(counted == stopper.devices, "%s: %u devices counted, %u told", rows[_i].name,
                  (unsigned)counted, (unsigned)stopper.devices);
    ck_assert_msg(counted < DEVICES && (counted > 0) == rows[_i].any, "%s: %u devices",
                  rows[_i].name, (unsigned)counted);
    ps_replay_free(replay);
    ps_plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stop");
    TCase *tests = tcase_create("stop");
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, stops, 0, (int)(sizeof rows / sizeof *rows));
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
