/* SPDX-License-Identifier: Apache-2.0
 *
 * Lives that the model of replay_test.c does not have: exposure that follows the trust state,
 * stores that change while a device sleeps, outcomes at the edges, and how devices are spread over
 * cohorts. A contact is accepted by who has an anchor; an attack by who has the second certificate.
 */
#include <stdio.h>
#include "engine/origin.h"
#include "engine/replay.h"
#include "plan.h"

#define HEAD                                                                                       \
    "scenario: life\n"                                                                             \
    "title: Edges\n"                                                                               \
    "from: 2021-01-01\n"                                                                           \
    "until: 2021-07-01\n"                                                                          \
    "authorities:\n"                                                                               \
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"                                                  \
    "certificates:\n"                                                                              \
    "  r0: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01}\n"                                  \
    "  r1: {of: a, issuer: a, valid: 2001-01-01 .. 2040-01-01}\n"                                  \
    "stores:\n"                                                                                    \
    "  system: [r0, {certificate: r1, from: 2021-02-10, until: 2021-06-20}]\n"                     \
    "  moved: [{certificate: r0, until: 2021-03-01}, {certificate: r1, from: 2021-03-01}]\n"       \
    "  short: [{certificate: r0, until: 2021-06-01}, {certificate: r0, from: "                     \
    "2021-06-01T00:01Z}]\n"                                                                        \
    "endpoints:\n"                                                                                 \
    "  telemetry:\n"                                                                               \
    "    host: hub.example\n"                                                                      \
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"                    \
    "    chain: []\n"

static struct ps_plan *plan;
static int64_t first_audit, last_audit;
static ps_time earliest = {INT64_MIN}, latest = {INT64_MAX}; /* what is accepted lies between */

static bool first_only; /* a contact is accepted by who has the first certificate */

static ps_status make(void *context, const struct ps_world *world, const struct ps_trusts *trusts,
                      const struct ps_contact_spec *specs, size_t count,
                      struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    (void)context;
    (void)world;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        const struct ps_trust_state *trust = ps_trusts_at(trusts, specs[i].trust);
        bool first = false, second = false;
        for (size_t k = 0; k < trust->anchor_count; k++) {
            first |= trust->anchors[k].number == 0;
            second |= trust->anchors[k].number == 1;
        }
        bool good = first || (second && !first_only);
        if (specs[i].kind == PS_KIND_PROBE)
            good = second;
        good &= specs[i].plain || (earliest.s <= specs[i].clock.s && specs[i].clock.s <= latest.s);
        memset(&ret_verdicts[i], 0, sizeof ret_verdicts[i]);
        ret_verdicts[i].stage = specs[i].fault ? PS_STAGE_UNREACHABLE
                                : good         ? PS_STAGE_ACCEPTED
                                               : PS_STAGE_PATH;
        if (specs[i].clock.s < first_audit)
            first_audit = specs[i].clock.s;
        if (specs[i].clock.s > last_audit)
            last_audit = specs[i].clock.s;
    }
    return PS_OK;
}

static enum ps_fidelity fidelity;
static uint64_t chunk; /* 0: as the program likes */

static struct ps_replay *replay_of(uint64_t devices, uint32_t audit_ppm)
{
    const struct ps_replay_options options = {.plan = plan,
                                              .seed = 1,
                                              .fidelity = fidelity,
                                              .devices = devices,
                                              .chunk = chunk,
                                              .audit = {audit_ppm},
                                              .make = make};
    struct ps_replay *replay = NULL;
    struct ps_error err = {{0}};
    ps_status s = ps_replay_run(&options, &replay, &err);
    ck_assert_msg(ps_is_ok(s), "%s", err.text);
    return replay;
}

/* A store's certificate counts from its second to its second, though the device sleeps for months,
 * and though an update was just installed. */
START_TEST(exposure_follows_the_store)
{
    static const struct {
        const char *name, *contact, *strategy, *timeline;
    } rows[] = {
        {"daily", "{every: 1d}", "{name: s, preset: webpki_os_updated}",
         "  - {at: 2021-01-02, note: begin}\n"},
        {"asleep", "{every: 400d}", "{name: s, preset: webpki_os_updated}",
         "  - {at: 2021-01-02, note: begin}\n"},
        {"long sessions", "{every: 1d, session: 90d}", "{name: s, preset: webpki_os_updated}",
         "  - {at: 2021-01-02, note: begin}\n"},
        {"updated", "{every: 1d, session: 170d}", "{name: s, preset: webpki_os_updated}",
         "  - {at: 2021-01-01, release: {name: fw, strategies: [s], anchors: [system]}}\n"},
    };
    const int64_t window = date("2021-06-20").s - date("2021-02-10").s;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char yaml[4096];
        snprintf(
            yaml, sizeof yaml,
            HEAD
            "timeline:\n"
            "%s"
            "fleet:\n"
            "  - {cohort: c, devices: 20, made: 2018-01-01 .. 2018-01-02, shelf: 0s, contact: %s}\n"
            "strategies:\n"
            "  - %s\n",
            rows[i].timeline, rows[i].contact, rows[i].strategy);
        plan = plan_of(yaml);
        struct ps_replay *replay = replay_of(0, 0);
        const struct ps_tally *tally = ps_replay_tally(replay, 0, 0);
        uint64_t wanted = 0;
        for (uint32_t d = 0; d < 20; d++) {
            struct ps_world world;
            struct ps_device device;
            ps_world_init(&world, plan, 1);
            ps_device_draw(&world, 0, d, &device);
            int64_t from = device.first_contact.s, until = date("2021-06-20").s;
            if (from < until - window)
                from = until - window;
            if (ps_device_boots(&world, &device) && from < until)
                wanted += (uint64_t)(until - from);
            ps_world_deinit(&world);
        }
        for (size_t k = 0; k < 2; k++)
            ck_assert_msg(tally->exposures[k].device_seconds == wanted,
                          "%s: %llu s exposed, not %llu", rows[i].name,
                          (unsigned long long)tally->exposures[k].device_seconds,
                          (unsigned long long)wanted);
        ck_assert_uint_gt(wanted, 0);
        ps_replay_free(replay);
        ps_plan_free(plan);
    }
}
END_TEST

static const struct outcome_row {
    const char *name, *made, *life, *timeline;
    enum ps_outcome outcome;
    unsigned booted;
} outcome_rows[] = {
    {"survives", "2020-12-01", "9y", "", PS_OUTCOME_SURVIVED, 10},
    {"retired a second before the end", "2021-06-29T23:59:59Z", "1d", "", PS_OUTCOME_RETIRED, 10},
    {"retired with the end", "2021-06-30", "1d", "", PS_OUTCOME_SURVIVED, 10},
    {"retired before its first contact", "2021-03-01", "0s", "", PS_OUTCOME_RETIRED, 0},
    {"retired years before", "2010-01-01", "1y", "", PS_OUTCOME_RETIRED, 0},
    {"retired before its first second", "2021-06-29", "0s", "", PS_OUTCOME_RETIRED, 0},
    {"made at the end", "2021-07-01", "9y", "", PS_OUTCOME_NEVER_BOOTED, 0},
    {"made and scrapped later", "2022-01-01", "0s", "", PS_OUTCOME_NEVER_BOOTED, 0},
    {"fault over the end", "2020-12-01", "9y",
     "  - {at: 2021-06-30, fault: {endpoint: telemetry, kind: cut, lasts: 2d}}\n",
     PS_OUTCOME_BRICKED, 10},
    {"fault until the end", "2020-12-01", "9y",
     "  - {at: 2021-06-30, fault: {endpoint: telemetry, kind: cut, lasts: 1d}}\n",
     PS_OUTCOME_BRICKED, 10},
    {"fault until before the end", "2020-12-01", "9y",
     "  - {at: 2021-06-20, fault: {endpoint: telemetry, kind: cut, lasts: 2d}}\n",
     PS_OUTCOME_RECOVERED, 10},
    {"recovered, and retired", "2020-12-01", "206d",
     "  - {at: 2021-06-20, fault: {endpoint: telemetry, kind: cut, lasts: 2d}}\n",
     PS_OUTCOME_RETIRED, 10},
};

START_TEST(outcomes)
{
    const struct outcome_row *row = &outcome_rows[_i];
    char yaml[4096];
    snprintf(yaml, sizeof yaml,
             HEAD "timeline:\n"
                  "  - {at: 2021-01-02, note: begin}\n"
                  "%s"
                  "fleet:\n"
                  "  - cohort: c\n"
                  "    devices: 10\n"
                  "    made: 2020-01-01 .. 2021-01-01\n"
                  "    shelf: 0s\n"
                  "    life: %s\n"
                  "    contact: {every: 1s, session: 1s}\n"
                  "strategies:\n"
                  "  - {name: s, preset: single_root_ota, anchors: [r0]}\n",
             row->timeline, row->life);
    plan = plan_of(yaml);
    /* all of them in one second */
    plan->cohorts[0].made_from = plan->cohorts[0].made_until = date(row->made);
    for (int wire = 0; wire < 2; wire++) {
        fidelity = wire ? PS_FIDELITY_WIRE : PS_FIDELITY_MEMO;
        struct ps_replay *replay = replay_of(0, 0);
        const struct ps_tally *tally = ps_replay_tally(replay, 0, 0);
        for (int i = 0; i < PS_OUTCOME_COUNT; i++)
            ck_assert_msg(tally->outcomes[i] == (i == (int)row->outcome ? 10u : 0u),
                          "%s, wire %d: %llu %s", row->name, wire,
                          (unsigned long long)tally->outcomes[i],
                          ps_outcome_text((enum ps_outcome)i));
        ck_assert_msg(tally->booted == row->booted, "%s: %llu booted", row->name,
                      (unsigned long long)tally->booted);
        ck_assert_msg(tally->recoveries.count == tally->outcomes[PS_OUTCOME_RECOVERED],
                      "%s: %llu recoveries", row->name,
                      (unsigned long long)tally->recoveries.count);
        ps_replay_free(replay);
    }
    fidelity = PS_FIDELITY_MEMO;
    ps_plan_free(plan);
}
END_TEST

/* Contacts every second, so that each boundary falls on one: what is counted is to the second. */
START_TEST(every_second)
{
    plan =
        plan_of(HEAD "  update:\n"
                     "    host: update.example\n"
                     "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"
                     "    chain: []\n"
                     "timeline:\n"
                     "  - {at: 2021-03-01, fault: {endpoint: telemetry, kind: cut, lasts: 7s}}\n"
                     "  - {at: 2021-04-01, fault: {endpoint: telemetry, kind: cut, lasts: 1s}}\n"
                     "  - {at: 2021-05-01, release: {name: fw, strategies: [ota], anchors: [r1]}}\n"
                     "fleet:\n"
                     "  - cohort: c\n"
                     "    devices: 3\n"
                     "    made: 2019-01-01 .. 2019-01-02\n"
                     "    shelf: 0s\n"
                     "    contact: {every: 1s, session: 1s, endpoint: telemetry, "
                     "update_endpoint: update}\n"
                     "strategies:\n"
                     "  - {name: fixed, preset: single_root_static, anchors: [r0]}\n"
                     "  - {name: ota, preset: single_root_ota, anchors: [r0], update: {poll: 1s}}\n"
                     "  - {name: live, preset: webpki_os_updated, anchors: [short]}\n");
    const int64_t span = plan->until.s - plan->from.s;
    struct ps_replay *replay = replay_of(0, 0);
    for (uint32_t s = 0; s < 2; s++) {
        const struct ps_tally *tally = ps_replay_tally(replay, s, 0);
        ck_assert_uint_eq(tally->contacts_failed, 3 * 8);
        ck_assert_uint_eq(tally->contacts_accepted, (uint64_t)(3 * (span - 8)));
        ck_assert_uint_eq(tally->up_seconds, (uint64_t)(3 * (span - 8)));
        ck_assert_uint_eq(tally->booted_seconds, (uint64_t)(3 * span));
        ck_assert_uint_eq(tally->outcomes[PS_OUTCOME_RECOVERED], 3);
        /* Lost with the first dark spell; the cause is the last one's. */
        ck_assert_uint_eq(tally->losses.count, 3);
        ck_assert_int_eq(tally->losses.first.s, date("2021-03-01").s);
        ck_assert_uint_eq(tally->cause_count, 1);
        ck_assert_int_eq(tally->causes[0].first.s, date("2021-04-01").s);
        ck_assert_int_eq(tally->causes[0].last.s, date("2021-04-01").s);
        ck_assert_uint_eq(tally->updates_installed, s ? 3 : 0);
        /* What an update brings acts from the contact after it. */
        ck_assert_uint_eq(tally->exposures[0].device_seconds,
                          s ? (uint64_t)(3 * (plan->until.s - date("2021-05-01").s - 1)) : 0);
        ck_assert_uint_eq(tally->exposures[0].devices, s ? 3 : 0);
    }
    /* A store that holds nothing for some seconds. */
    const struct ps_tally *live = ps_replay_tally(replay, 2, 0);
    ck_assert_uint_eq(live->contacts_failed, 3 * (8 + 60));
    ps_replay_free(replay);
    ps_plan_free(plan);
}
END_TEST

/* A dark spell is a cause from its beginning, though its verdict changes on the way. */
START_TEST(cause_of_a_spell)
{
    plan =
        plan_of(HEAD "timeline:\n"
                     "  - {at: 2021-03-01, fault: {endpoint: telemetry, kind: cut, lasts: 10d}}\n"
                     "  - {at: 2021-03-05, fault: {endpoint: telemetry, kind: reset, lasts: 1d}}\n"
                     "fleet:\n"
                     "  - {cohort: c, devices: 3, made: 2019-01-01 .. 2019-01-02, shelf: 0s, "
                     "contact: {every: 1s}}\n"
                     "strategies:\n"
                     "  - {name: fixed, preset: single_root_static, anchors: [r0]}\n");
    struct ps_replay *replay = replay_of(0, 0);
    const struct ps_tally *tally = ps_replay_tally(replay, 0, 0);
    ck_assert_uint_eq(tally->cause_count, 1);
    ck_assert_int_ge(tally->causes[0].first.s, date("2021-03-01").s);
    ck_assert_int_lt(tally->causes[0].last.s, date("2021-03-02").s);
    ps_replay_free(replay);
    ps_plan_free(plan);
}
END_TEST

/* A device that its own trust left in the dark: by a release that it took, or by itself. */
START_TEST(who_changed_its_trust)
{
    static const struct {
        const char *name;
        struct ps_origin origin;
    } rows[] = {{"a release", {PS_ORIGIN_EVENT, 1}},
                {"the store", {PS_ORIGIN_OWN_TRUST, 0}},
                {"the store, under a release that changes nothing", {PS_ORIGIN_OWN_TRUST, 0}}};
    plan = plan_of(
        HEAD "timeline:\n"
             "  - {at: 2021-02-01, release: {name: fw0, strategies: [both], anchors: [moved]}}\n"
             "  - {at: 2021-03-01, release: {name: fw, strategies: [ota], anchors: [r1]}}\n"
             "fleet:\n"
             "  - {cohort: c, devices: 7, made: 2019-01-01 .. 2019-01-02, shelf: 0s, "
             "contact: {every: 1d, session: 1d}}\n"
             "strategies:\n"
             "  - {name: ota, preset: single_root_http_fw, anchors: [r0]}\n"
             "  - {name: live, preset: webpki_os_updated, anchors: [moved]}\n"
             "  - {name: both, preset: webpki_os_updated, anchors: [moved]}\n");
    first_only = true;
    struct ps_replay *replay = replay_of(0, 0);
    for (uint32_t s = 0; s < 3; s++) {
        const struct ps_tally *tally = ps_replay_tally(replay, s, 0);
        uint16_t number = ps_origin_number(plan, rows[s].origin);
        ck_assert_msg(tally->origins[number].devices == 7 && tally->origins[number].lost == 7,
                      "%s: %llu devices, %llu lost", rows[s].name,
                      (unsigned long long)tally->origins[number].devices,
                      (unsigned long long)tally->origins[number].lost);
    }
    first_only = false;
    ps_replay_free(replay);
    ps_plan_free(plan);
}
END_TEST

/* What was before the last good contact explains nothing that something after it explains: here a
 * change that did no harm, and the end of what was sent with it. In chunks of one device, so that
 * contacts before and after the change are counted in one stretch. */
START_TEST(since_the_last_good_contact)
{
    plan = plan_of(HEAD "timeline:\n"
                        "  - {at: 2021-02-01, serve: {endpoint: telemetry, chain: [r1]}}\n"
                        "fleet:\n"
                        "  - {cohort: c, devices: 7, made: 2019-01-01 .. 2019-01-02, shelf: 0s, "
                        "contact: {every: 1d, session: 1d}}\n"
                        "strategies:\n"
                        "  - {name: s, preset: single_root_static, anchors: [r0]}\n");
    plan->certificates[1].spec.not_after = latest = date("2021-06-01");
    uint16_t number = ps_origin_number(plan, (struct ps_origin){PS_ORIGIN_CERTIFICATE_END, 1});
    chunk = 1;
    for (int wire = 0; wire < 2; wire++) {
        fidelity = wire ? PS_FIDELITY_WIRE : PS_FIDELITY_MEMO;
        struct ps_replay *replay = replay_of(0, 0);
        ck_assert_uint_eq(ps_replay_tally(replay, 0, 0)->origins[number].devices, 7);
        ps_replay_free(replay);
    }
    fidelity = PS_FIDELITY_MEMO;
    chunk = 0;
    latest.s = INT64_MAX;
    ps_plan_free(plan);
}
END_TEST

/* A restart in the very second of a slot, where a session would go on being held over it. */
START_TEST(restart_at_a_slot)
{
    plan = plan_of(HEAD "timeline:\n"
                        "  - {at: 2021-03-01, restart: {endpoint: telemetry}}\n"
                        "  - {at: 2021-03-02, note: nothing}\n"
                        "fleet:\n"
                        "  - {cohort: c, devices: 3, made: 2019-01-01 .. 2019-01-02, shelf: 0s, "
                        "contact: {every: 1s, session: until-reboot}}\n"
                        "strategies:\n"
                        "  - {name: s, preset: single_root_static, anchors: [r0]}\n"
                        "  - {name: ota, preset: single_root_http_fw, anchors: [r0]}\n");
    struct ps_replay *replay = replay_of(0, 0);
    for (uint32_t s = 0; s < 2; s++)
        ck_assert_uint_eq(ps_replay_tally(replay, s, 0)->contacts_accepted, 3 * 2);
    ps_replay_free(replay);
    ps_plan_free(plan);
}
END_TEST

/* A contact finds that it wants a release, which comes over the session that it began; contacts
 * that fail after that do not want it once more. */
START_TEST(wanted_before_a_session)
{
    plan = plan_of(HEAD "  store:\n"
                        "    host: store.example\n"
                        "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"
                        "    chain: []\n"
                        "timeline:\n"
                        "  - {at: 2021-03-01T00:10Z, release: {name: fw, anchors: [r0, r1]}}\n"
                        "  - {at: 2021-03-01T00:20Z, restart: {endpoint: telemetry}}\n"
                        "  - {at: 2021-04-01T00:20Z, fault: {endpoint: telemetry, kind: cut, "
                        "lasts: 2h}}\n"
                        "  - {at: 2021-04-01T00:20Z, restart: {endpoint: telemetry}}\n"
                        "fleet:\n"
                        "  - {cohort: c, devices: 3, made: 2019-01-01 .. 2019-01-02, shelf: 0s, "
                        "contact: {every: 1s, session: until-reboot, endpoint: telemetry, "
                        "update_endpoint: store}}\n"
                        "strategies:\n"
                        "  - {name: s, preset: single_root_http_fw, anchors: [r0], update: {poll: "
                        "1h}}\n");
    struct ps_replay *replay = replay_of(0, 0);
    const struct ps_tally *tally = ps_replay_tally(replay, 0, 0);
    ck_assert_uint_eq(tally->updates_installed, 3);
    ck_assert_uint_eq(tally->contacts_failed, 3 * 7200);
    ps_replay_free(replay);
    ps_plan_free(plan);
}
END_TEST

/* Who has its first power in the scenario's first second is set up in it, and a second before was
 * set up before. */
START_TEST(set_up_in_the_first_second)
{
    plan = plan_of(HEAD "  factory:\n"
                        "    host: factory.example\n"
                        "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"
                        "    chain: []\n"
                        "timeline:\n"
                        "  - {at: 2021-01-01, fault: {endpoint: factory, kind: cut, lasts: 10s}}\n"
                        "fleet:\n"
                        "  - {cohort: c, devices: 3, made: 2019-01-01 .. 2021-01-01, shelf: 0s, "
                        "setup: {endpoint: factory}, contact: {every: 1s, session: 1s, endpoint: "
                        "telemetry}}\n"
                        "strategies:\n"
                        "  - {name: s, preset: single_root_static, anchors: [r0]}\n");
    for (int before = 0; before < 2; before++) {
        plan->cohorts[0].made_from.s = plan->cohorts[0].made_until.s = plan->from.s - before;
        struct ps_replay *replay = replay_of(0, 0);
        ck_assert_uint_eq(ps_replay_tally(replay, 0, 0)->contacts_failed, before ? 0 : 3 * 10);
        ps_replay_free(replay);
    }
    ps_plan_free(plan);
}
END_TEST

/* The clock's floor is the build of the firmware in use: a device without time is dark until the
 * firmware is new enough. */
START_TEST(floor_follows_the_firmware)
{
    plan =
        plan_of(HEAD "timeline:\n"
                     "  - {at: 2021-05-01, release: {name: fw, anchors: [r0, r1]}}\n"
                     "fleet:\n"
                     "  - {cohort: c, devices: 3, made: 2019-01-01 .. 2019-01-02, shelf: 0s, "
                     "contact: {every: 1s, session: 1s}, ntp: {blocked: 100%}}\n"
                     "strategies:\n"
                     "  - {name: s, preset: single_root_http_fw, anchors: [r0, r1], time: {clock: "
                     "build_floor}, update: {poll: 1s}}\n"
                     "  - {name: bundle, preset: single_root_http_fw, anchors: [r0], time: {clock: "
                     "build_floor}, update: {channel: trust_bundle, poll: 1s}}\n");
    earliest = date("2020-06-01");
    struct ps_replay *replay = replay_of(0, 0);
    const struct ps_tally *tally = ps_replay_tally(replay, 0, 0);
    ck_assert_uint_eq(tally->updates_installed, 3);
    ck_assert_uint_eq(tally->contacts_failed,
                      (uint64_t)(3 * (date("2021-05-01").s + 1 - plan->from.s)));
    /* So it is for attacks. */
    ck_assert_uint_eq(tally->exposures[0].device_seconds,
                      (uint64_t)(3 * (plan->until.s - date("2021-05-01").s - 1)));
    /* A bundle of trust is no firmware. */
    tally = ps_replay_tally(replay, 1, 0);
    ck_assert_uint_eq(tally->updates_installed, 3);
    ck_assert_uint_eq(tally->contacts_accepted, 0);
    earliest = (ps_time){INT64_MIN};
    ps_replay_free(replay);
    ps_plan_free(plan);
}
END_TEST

/* ... but the factory's is never lowered, by firmware that is older than the device. */
START_TEST(floor_is_not_lowered)
{
    plan = plan_of(HEAD "timeline:\n"
                        "  - {at: 2021-01-01, release: {name: fw, anchors: [r0]}}\n"
                        "fleet:\n"
                        "  - {cohort: c, devices: 3, made: 2021-03-01 .. 2021-03-02, shelf: 0s, "
                        "contact: {every: 1s, session: 1s}, ntp: {blocked: 100%}}\n"
                        "strategies:\n"
                        "  - {name: s, preset: single_root_http_fw, anchors: [r0], time: {clock: "
                        "build_floor}, update: {poll: 1s}}\n");
    earliest = date("2021-02-01");
    struct ps_replay *replay = replay_of(0, 0);
    const struct ps_tally *tally = ps_replay_tally(replay, 0, 0);
    ck_assert_uint_eq(tally->updates_installed, 3);
    ck_assert_uint_eq(tally->contacts_failed, 0);
    ck_assert_uint_gt(tally->contacts_accepted, 0);
    earliest = (ps_time){INT64_MIN};
    ps_replay_free(replay);
    ps_plan_free(plan);
}
END_TEST

/* A clock that stands in the very second in which a certificate ends, long ago: to it, that is
 * valid for ever. */
START_TEST(stands_at_an_end)
{
    const ps_time stands = {INT32_MAX};
    plan = plan_of("scenario: life\n"
                   "title: After 2038\n"
                   "from: 2040-01-01\n"
                   "until: 2041-01-01\n"
                   "authorities:\n"
                   "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"
                   "certificates:\n"
                   "  r0: {of: a, issuer: a, valid: 2000-01-01 .. 2039-01-01}\n"
                   "  r1: {of: a, issuer: a, valid: 2000-01-01 .. 2039-06-01}\n"
                   "endpoints:\n"
                   "  telemetry:\n"
                   "    host: hub.example\n"
                   "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"
                   "    chain: []\n"
                   "fleet:\n"
                   "  - {cohort: c, devices: 3, made: 2030-01-01 .. 2031-01-01, shelf: 0s, "
                   "contact: {every: 1d}, clock: {past_2038: stops}}\n"
                   "strategies:\n"
                   "  - {name: s, preset: single_root_static, anchors: [r0]}\n");
    plan->certificates[0].spec.not_after = latest = stands;
    struct ps_replay *replay = replay_of(0, 0);
    const struct ps_tally *tally = ps_replay_tally(replay, 0, 0);
    ck_assert_uint_gt(tally->contacts_accepted, 3 * 360);
    ck_assert_uint_eq(tally->contacts_failed, 0);
    latest.s = INT64_MAX;
    ps_replay_free(replay);
    ps_plan_free(plan);
}
END_TEST

/* An audit compares the whole verdict, not only whether it was accepted. */
static ps_status make_wavering(void *context, const struct ps_world *world,
                               const struct ps_trusts *trusts, const struct ps_contact_spec *specs,
                               size_t count, struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    ps_status s = make(context, world, trusts, specs, count, ret_verdicts, err);
    for (size_t i = 0; i < count; i++)
        ret_verdicts[i].path[0] = (char)('a' + specs[i].number % 2);
    return s;
}

START_TEST(audit_reads_the_path)
{
    plan = plan_of(HEAD "fleet:\n"
                        "  - {cohort: c, devices: 9, made: 2019-01-01 .. 2019-01-02}\n"
                        "strategies:\n"
                        "  - {name: s, preset: single_root_static, anchors: [r0]}\n");
    const struct ps_replay_options options = {
        .plan = plan, .seed = 1, .audit = {1000000}, .make = make_wavering};
    struct ps_replay *replay = NULL;
    struct ps_error err = {{0}};
    ck_assert_int_eq(ps_replay_run(&options, &replay, &err).code, PS_CODE_FAILED);
    ck_assert_ptr_nonnull(strstr(err.text, "audit disagreement in class "));
    ps_plan_free(plan);
}
END_TEST

static const struct spread_row {
    const char *name;
    uint32_t planned[3];
    uint64_t wanted;
    uint64_t given[3];
} spread_rows[] = {
    {"as planned", {5, 3, 2}, 0, {5, 3, 2}},
    {"the same", {5, 3, 2}, 10, {5, 3, 2}},
    {"ten times", {5, 3, 2}, 100, {50, 30, 20}},
    {"one remainder", {5, 3, 2}, 11, {6, 3, 2}},
    {"the largest remainder", {1, 1, 8}, 24, {3, 2, 19}},
    {"small cohorts keep one", {998, 1, 1}, 10, {8, 1, 1}},
    {"as many as cohorts", {998, 1, 1}, 3, {1, 1, 1}},
    {"fewer than cohorts", {998, 1, 1}, 1, {1, 1, 1}},
    {"many", {40000, 1, 3}, 100000, {99990, 3, 7}},
};

START_TEST(spread)
{
    const struct spread_row *row = &spread_rows[_i];
    plan = plan_of(HEAD "fleet:\n"
                        "  - {cohort: x, devices: 1, made: 2021-06-29 .. 2021-06-30}\n"
                        "  - {cohort: y, devices: 1, made: 2021-06-29 .. 2021-06-30}\n"
                        "  - {cohort: z, devices: 1, made: 2021-06-29 .. 2021-06-30}\n"
                        "strategies:\n"
                        "  - {name: s, preset: single_root_static, anchors: [r0]}\n");
    for (size_t i = 0; i < 3; i++) {
        plan->cohorts[i].devices = row->planned[i];
        plan->cohorts[i].made_from = date("2022-01-01"); /* only how many they are is asked */
        plan->cohorts[i].made_until = plan->cohorts[i].made_from;
    }
    struct ps_replay *replay = replay_of(row->wanted, 0);
    for (uint32_t i = 0; i < 3; i++)
        ck_assert_msg(ps_replay_cohort_devices(replay, i) == row->given[i], "%s: cohort %u: %llu",
                      row->name, i, (unsigned long long)ps_replay_cohort_devices(replay, i));
    ps_replay_free(replay);
    ps_plan_free(plan);
}
END_TEST

/* A small audit looks anywhere in a stretch, not only at its beginning. */
START_TEST(audits_reach_the_end)
{
    plan = plan_of(HEAD "fleet:\n"
                        "  - {cohort: c, devices: 400, made: 2020-06-01 .. 2020-06-02, shelf: 0s, "
                        "contact: {every: 1h}}\n"
                        "strategies:\n"
                        "  - {name: s, preset: single_root_static, anchors: [r0]}\n");
    first_audit = INT64_MAX;
    last_audit = INT64_MIN;
    struct ps_replay *replay = replay_of(0, 50000);
    ck_assert_uint_gt(ps_replay_counts(replay).audited, 20);
    ck_assert_int_lt(first_audit, date("2021-02-01").s);
    ck_assert_int_gt(last_audit, date("2021-06-01").s);
    ps_replay_free(replay);
    ps_plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("life");
    TCase *tests = tcase_create("life");
    tcase_add_test(tests, exposure_follows_the_store);
    tcase_add_loop_test(tests, outcomes, 0, (int)(sizeof outcome_rows / sizeof *outcome_rows));
    tcase_add_loop_test(tests, spread, 0, (int)(sizeof spread_rows / sizeof *spread_rows));
    tcase_add_test(tests, every_second);
    tcase_add_test(tests, cause_of_a_spell);
    tcase_add_test(tests, who_changed_its_trust);
    tcase_add_test(tests, since_the_last_good_contact);
    tcase_add_test(tests, restart_at_a_slot);
    tcase_add_test(tests, wanted_before_a_session);
    tcase_add_test(tests, set_up_in_the_first_second);
    tcase_add_test(tests, floor_follows_the_firmware);
    tcase_add_test(tests, floor_is_not_lowered);
    tcase_add_test(tests, stands_at_an_end);
    tcase_add_test(tests, audit_reads_the_path);
    tcase_add_test(tests, audits_reach_the_end);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
