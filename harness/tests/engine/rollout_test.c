/* SPDX-License-Identifier: Apache-2.0
 *
 * How releases reach a fleet: when each device adopts one, and what becomes of a release that is
 * withdrawn. Held against a model that walks contact by contact and draws from the curves that are
 * written below, not from the plan's.
 */
#include <inttypes.h>
#include <stdio.h>
#include "engine/replay.h"
#include "plan.h"

enum { DEVICES = 60, DAY = 86400, EVERY = 6 * 3600, SEED = 1 };

#define HEAD                                                                                       \
    "scenario: rollout\n"                                                                          \
    "title: Releases reach a fleet\n"                                                              \
    "from: 2021-01-01\n"                                                                           \
    "until: 2022-01-01\n"                                                                          \
    "authorities:\n"                                                                               \
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"                                                  \
    "  b: {subject: \"CN=B\", key: ecdsa-p256}\n"                                                  \
    "certificates:\n"                                                                              \
    "  ra: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01}\n"                                  \
    "  rb: {of: b, issuer: b, valid: 2000-01-01 .. 2040-01-01}\n"                                  \
    "endpoints:\n"                                                                                 \
    "  telemetry:\n"                                                                               \
    "    host: hub.example\n"                                                                      \
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"                    \
    "    chain: []\n"                                                                              \
    "timeline:\n"                                                                                  \
    "  - {at: 2021-05-01, serve: {endpoint: telemetry, leaf: {issuer: b}, chain: []}}\n"

/* Straight lines between points; behind the last one the device never adopts. */
struct point {
    double share, days;
};
static const struct curve {
    const char *yaml; /* NULL: nothing is said */
    struct point points[6];
    size_t count;
} curves[] = {
    {NULL, {{0, 0}, {1, 0}}, 2},
    {"5d", {{0, 5}, {1, 5}}, 2},
    {"{uniform: {min: 2d, max: 20d}}", {{0, 2}, {1, 20}}, 2},
    {"{30d: 70%, 90d: 90%, never: 7%}", {{0, 0}, {0.7, 30}, {0.9, 90}, {0.93, 99}}, 4},
    {"typical", {{0, 0}, {0.7, 30}, {0.9, 90}, {0.93, 99}}, 4},
    {"{0s: 20%, 40d: 60%}", {{0, 0}, {0.2, 0}, {0.6, 40}, {1, 80}}, 4},
    {"{10d: 0%, 30d: 100%}", {{0, 10}, {1, 30}}, 2},
};

static const struct row {
    const char *name, *update;
    const char *timeline; /* one %s: the release's adoption */
    size_t curve;
    bool of_cohort; /* the cohort says it, and not the release */
} rows[] = {
#define BOTH     "anchors: [ra, rb]"
#define FW(more) "  - {at: 2021-03-01, release: {name: fw, " BOTH ", strategies: [s]" more "%s}}\n"
    {"nothing said", "channel: fw_tls_same", FW(""), 0, false},
    {"a fixed lag", "channel: fw_tls_same", FW(""), 1, false},
    {"uniform", "channel: fw_tls_same", FW(""), 2, false},
    {"a curve", "channel: fw_tls_same", FW(""), 3, false},
    {"a curve of the cohort", "channel: fw_tls_same", FW(""), 3, true},
    {"a curve by its name", "channel: fw_tls_same", FW(""), 4, false},
    {"a curve that begins at once", "channel: fw_tls_same", FW(""), 5, false},
    {"a curve that begins late", "channel: fw_tls_same", FW(""), 6, false},
    {"staged, and then adopted", "channel: fw_tls_same", FW(", over: 60d"), 2, false},
    {"some never, of the others some late", "channel: fw_tls_same", FW(", never: 30%"), 2, false},
    {"who is late recovers", "channel: fw_http", FW(""), 3, false},
    {"the release speaks before the cohort", "channel: fw_http",
     "  - {at: 2021-03-01, release: {name: fw, " BOTH ", strategies: [s], adoption: 0s%s}}\n", 0,
     false},
#define GOOD  "  - {at: 2021-02-01, release: {name: fw1, " BOTH ", strategies: [s]}}\n"
#define BAD   "  - {at: 2021-03-01, release: {name: fw, anchors: [ra], strategies: [s]%s}}\n"
#define GONE  "  - {at: 2021-03-20, withdraw: fw}\n"
#define AFTER "  - {at: 2021-06-01, withdraw: fw}\n"
    {"withdrawn in time", "channel: fw_tls_same", GOOD BAD GONE, 0, false},
    {"withdrawn while some wait", "channel: fw_tls_same", GOOD BAD GONE, 2, false},
    {"withdrawn, what is older is refused", "channel: fw_tls_same, rollback_protection: monotonic",
     GOOD BAD GONE, 2, false},
    {"withdrawn too late", "channel: fw_tls_same", GOOD BAD AFTER, 2, false},
    {"withdrawn late, over another channel", "channel: fw_http", GOOD BAD AFTER, 2, false},
    {"withdrawn, back to what shipped", "channel: fw_http",
     "  - {at: 2021-03-01, release: {name: fw, " BOTH ", strategies: [s]%s}}\n" AFTER, 2, false},
    {"withdrawn, and its successor", "channel: fw_http, rollback_protection: monotonic",
     BAD AFTER "  - {at: 2021-07-01, release: {name: fw2, " BOTH ", strategies: [s]}}\n", 2, false},
    {"a platform takes it back", "channel: app_store", GOOD BAD AFTER, 2, false},
    {"a platform that only goes forward", "channel: app_store, rollback_protection: monotonic",
     GOOD BAD AFTER, 2, false},
};

static struct ps_plan *plan;

static bool trusts(const struct ps_reference *anchors, size_t count, uint32_t issuer)
{
    for (size_t i = 0; i < count; i++)
        if (plan->certificates[anchors[i].index].of == issuer)
            return true;
    return false;
}

/* ---- what the program is given instead of handshakes ---- */

static ps_status make(void *context, const struct ps_world *world, const struct ps_trusts *states,
                      const struct ps_contact_spec *specs, size_t count,
                      struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    (void)context;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        const struct ps_contact_spec *spec = &specs[i];
        const struct ps_trust_state *trust = ps_trusts_at(states, spec->trust);
        bool good = spec->plain && spec->kind == PS_KIND_UPDATE;
        for (size_t n = 0; n < trust->anchor_count; n++)
            good |=
                plan->certificates[trust->anchors[n].number].of == world->leaves[spec->leaf].issuer;
        bool newer = spec->installed == PS_PLAN_NONE
                         ? spec->release != PS_PLAN_NONE
                         : spec->release != PS_PLAN_NONE && spec->release > spec->installed;
        if (spec->kind == PS_KIND_UPDATE &&
            plan->strategies[0].update.rollback_protection == PS_ROLLBACK_MONOTONIC)
            good &= newer;
        if (spec->kind == PS_KIND_PROBE)
            good = false;
        memset(&ret_verdicts[i], 0, sizeof ret_verdicts[i]);
        ret_verdicts[i].stage = good ? PS_STAGE_ACCEPTED : PS_STAGE_PATH;
    }
    return PS_OK;
}

/* ---- the model ---- */

static double uniform_of(const struct ps_device *device, enum ps_purpose purpose, uint32_t n)
{
    return (double)ps_random_u64(SEED, device->subject, purpose, n) / 18446744073709551616.0;
}

/* Days; below 0: never. */
static double lag_of(const struct curve *curve, double u)
{
    const struct point *p = curve->points;
    if (u >= p[curve->count - 1].share)
        return -1;
    size_t i = 1;
    while (u >= p[i].share)
        i++;
    return p[i - 1].days +
           (p[i].days - p[i - 1].days) * (u - p[i - 1].share) / (p[i].share - p[i - 1].share);
}

static double offered_at(const struct row *row, const struct ps_device *device,
                         const struct ps_plan_event *event)
{
    const struct ps_plan_release *release = &event->as.release;
    bool late = strcmp(release->name, "fw") == 0 || row->of_cohort;
    double at = (double)event->at.s;
    if (uniform_of(device, PS_PURPOSE_RELEASE_NEVER, event->ordinal) < release->never.ppm / 1e6)
        return 1e18;
    at += uniform_of(device, PS_PURPOSE_RELEASE, event->ordinal) * (double)event->over.s;
    if (!late)
        return at;
    double lag =
        lag_of(&curves[row->curve], uniform_of(device, PS_PURPOSE_ADOPTION, event->ordinal));
    return lag < 0 ? 1e18 : at + lag * DAY;
}

static bool withdrawn_by(uint32_t release, ps_time t)
{
    for (uint32_t i = 0; i < plan->event_count; i++)
        if (plan->events[i].kind == PS_EVENT_WITHDRAW &&
            plan->events[i].as.withdraw.release == release)
            return plan->events[i].at.s <= t.s;
    return false;
}

/* The newest that a device is offered: -1: what shipped. */
static int newest(const struct row *row, const struct ps_device *device, ps_time t)
{
    int found = -1;
    for (uint32_t i = 0; i < plan->event_count; i++)
        if (plan->events[i].kind == PS_EVENT_RELEASE && !withdrawn_by(i, t) &&
            offered_at(row, device, &plan->events[i]) <= (double)t.s)
            found = (int)i;
    return found;
}

struct modelled {
    uint64_t failed, updates, outcomes[PS_OUTCOME_COUNT], recovered_s;
};

static void model_device(const struct row *row, const struct ps_device *device,
                         struct modelled *out)
{
    const struct ps_strategy *strategy = &plan->strategies[0];
    bool forward = strategy->update.rollback_protection == PS_ROLLBACK_MONOTONIC,
         plain = strategy->update.channel != PS_UPDATE_FW_TLS_SAME, dark = false, good = false;
    int installed = -1;
    int64_t since = -1, took = 0;
    for (ps_time t = device->first_contact; t.s < plan->until.s; t.s += EVERY) {
        uint32_t issuer = t.s < date("2021-05-01").s ? 0 : 1;
        const struct ps_plan_release *has =
            installed < 0 ? NULL : &plan->events[installed].as.release;
        good = has ? trusts(has->anchors, has->anchor_count, issuer)
                   : trusts(strategy->anchors, strategy->anchor_count, issuer);
        out->failed += !good;
        dark |= !good;
        if (!good && since < 0)
            since = t.s;
        else if (good && since >= 0) {
            took = t.s - since;
            since = -1;
        }
        int offer = newest(row, device, t);
        bool back = installed >= 0 && withdrawn_by((uint32_t)installed, t) && !forward;
        if ((offer > installed || (back && offer < installed)) && (good || plain)) {
            installed = offer;
            out->updates++;
        }
    }
    /* What the vendor would release in the end is newer than anything. */
    enum ps_outcome outcome = dark ? PS_OUTCOME_RECOVERED : PS_OUTCOME_SURVIVED;
    if (!good)
        outcome = plain ? PS_OUTCOME_LOCKED_OUT : PS_OUTCOME_BRICKED;
    out->outcomes[outcome]++;
    if (outcome == PS_OUTCOME_RECOVERED)
        out->recovered_s += (uint64_t)took;
}

static void read_rollout(const struct row *row)
{
    char adoption[128] = "", events[2048], yaml[8192];
    const char *said = curves[row->curve].yaml;
    if (said && !row->of_cohort)
        snprintf(adoption, sizeof adoption, ", adoption: %s", said);
    const char *hole = strstr(row->timeline, "%s");
    snprintf(events, sizeof events, "%.*s%s%s", (int)(hole - row->timeline), row->timeline,
             adoption, hole + 2);
    snprintf(yaml, sizeof yaml,
             HEAD "%s"
                  "fleet:\n"
                  "  - cohort: c\n"
                  "    devices: %d\n"
                  "    made: 2019-01-01 .. 2019-01-02\n"
                  "    shelf: 0s\n"
                  "    contact: {every: 6h, session: 6h}\n"
                  "%s%s%s"
                  "strategies:\n"
                  "  - {name: s, anchors: [ra], update: {payload_auth: signature, poll: 1s, %s}}\n",
             events, DEVICES, row->of_cohort ? "    adoption: " : "", row->of_cohort ? said : "",
             row->of_cohort ? "\n" : "", row->update);
    plan = plan_of(yaml);
}

static void check_rollout(const struct row *row, const struct modelled *expected,
                          enum ps_fidelity fidelity, uint32_t audit_ppm)
{
    const struct ps_replay_options options = {
        .plan = plan, .seed = SEED, .fidelity = fidelity, .audit = {audit_ppm}, .make = make};
    struct ps_replay *replay = NULL;
    struct ps_error err = {{0}};
    ps_status s = ps_replay_run(&options, &replay, &err);
    ck_assert_msg(ps_is_ok(s), "%s: %s", row->name, err.text);
    const struct ps_tally *tally = ps_replay_tally(replay, 0, 0);
    ck_assert_msg(tally->contacts_failed == expected->failed,
                  "%s: %" PRIu64 " failed, not %" PRIu64, row->name, tally->contacts_failed,
                  expected->failed);
    ck_assert_msg(tally->updates_installed == expected->updates,
                  "%s: %" PRIu64 " updates, not %" PRIu64, row->name, tally->updates_installed,
                  expected->updates);
    ck_assert_msg(tally->recovery_seconds == expected->recovered_s,
                  "%s: recovered in %" PRIu64 " s, not %" PRIu64, row->name,
                  tally->recovery_seconds, expected->recovered_s);
    for (int i = 0; i < PS_OUTCOME_COUNT; i++)
        ck_assert_msg(tally->outcomes[i] == expected->outcomes[i],
                      "%s: %" PRIu64 " %s, not %" PRIu64, row->name, tally->outcomes[i],
                      ps_outcome_text((enum ps_outcome)i), expected->outcomes[i]);
    ps_replay_free(replay);
}

START_TEST(one_rollout)
{
    const struct row *row = &rows[_i];
    struct modelled expected = {0};
    struct ps_world world;
    read_rollout(row);
    ps_world_init(&world, plan, SEED);
    for (uint32_t d = 0; d < DEVICES; d++) {
        struct ps_device device;
        ps_device_draw(&world, 0, d, &device);
        model_device(row, &device, &expected);
    }
    ps_world_deinit(&world);
    check_rollout(row, &expected, PS_FIDELITY_MEMO, 200000);
    check_rollout(row, &expected, PS_FIDELITY_WIRE, 0);
    ps_plan_free(plan);
}
END_TEST

/* Who is made when the last release has been taken back ships with the one before. */
START_TEST(made_after_a_withdrawal)
{
    plan = plan_of(HEAD "  - {at: 2021-02-01, release: {name: fw, anchors: [rb]}}\n"
                        "  - {at: 2021-02-10, withdraw: fw}\n"
                        "fleet:\n"
                        "  - {cohort: c, devices: 5, made: 2021-03-01 .. 2021-03-02, shelf: 0s, "
                        "ships: latest, contact: {every: 1h}, retire: 2021-05-01}\n"
                        "strategies:\n"
                        "  - {name: s, anchors: [ra], update: {channel: fw_tls_same, payload_auth: "
                        "signature}}\n");
    const struct ps_replay_options options = {.plan = plan, .seed = SEED, .make = make};
    struct ps_replay *replay = NULL;
    struct ps_error err = {{0}};
    ck_assert_msg(ps_is_ok(ps_replay_run(&options, &replay, &err)), "%s", err.text);
    const struct ps_tally *tally = ps_replay_tally(replay, 0, 0);
    ck_assert_uint_gt(tally->contacts_accepted, 5 * 24 * 30);
    ck_assert_uint_eq(tally->contacts_failed, 0);
    ck_assert_uint_eq(tally->updates_installed, 0);
    ps_replay_free(replay);
    ps_plan_free(plan);
}
END_TEST

/* Of a channel that goes from one release to the next: who has the newest is reached by the one
 * after it, and who missed one is not. */
START_TEST(one_after_the_other)
{
    static const struct {
        const char *missed;
        enum ps_outcome outcome;
    } rows_of_two[] = {{"", PS_OUTCOME_LOCKED_OUT}, {", never: 100%", PS_OUTCOME_BRICKED}};
    for (size_t i = 0; i < 2; i++) {
        char yaml[4096];
        snprintf(yaml, sizeof yaml,
                 HEAD "  - {at: 2021-02-01, release: {name: fw, anchors: [ra]%s}}\n"
                      "  - {at: 2021-03-01, release: {name: fw2, anchors: [ra]}}\n"
                      "fleet:\n"
                      "  - {cohort: c, devices: 5, made: 2019-01-01 .. 2019-01-02, shelf: 0s, "
                      "contact: {every: 1h}}\n"
                      "strategies:\n"
                      "  - {name: s, anchors: [ra], update: {channel: cmp, payload_auth: "
                      "signature}}\n",
                 rows_of_two[i].missed);
        plan = plan_of(yaml);
        const struct ps_replay_options options = {.plan = plan, .seed = SEED, .make = make};
        struct ps_replay *replay = NULL;
        struct ps_error err = {{0}};
        ck_assert_msg(ps_is_ok(ps_replay_run(&options, &replay, &err)), "%s", err.text);
        const struct ps_tally *tally = ps_replay_tally(replay, 0, 0);
        ck_assert_uint_eq(tally->updates_installed, i == 0 ? 5 * 2 : 0);
        ck_assert_uint_eq(tally->outcomes[rows_of_two[i].outcome], 5);
        ps_replay_free(replay);
        ps_plan_free(plan);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rollout");
    TCase *tests = tcase_create("rollout");
    tcase_set_timeout(tests, 60);
    tcase_add_loop_test(tests, one_rollout, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(tests, made_after_a_withdrawal);
    tcase_add_test(tests, one_after_the_other);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
