/* SPDX-License-Identifier: Apache-2.0
 *
 * Looking answers up changes nothing: a fleet with clocks of every kind, stores and firmware that
 * change, threats with windows and devices that are set up late is lived with what lives look up
 * for each other and, as when every contact is made, without. Everything that is counted has to be
 * the same. What is accepted depends on what is trusted and on the device's clock.
 */
#include <stdlib.h>
#include "engine/replay.h"
#include "plan.h"

static const char scenario[] =
    "scenario: plain\n"
    "title: Looked up or not\n"
    "from: 2021-01-01\n"
    "until: 2021-06-01\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  r0: {of: a, issuer: a, valid: 2000-01-01 .. 2021-04-10T05:00Z}\n"
    "  r1: {of: a, issuer: a, valid: 2021-02-10T07:00Z .. 2040-01-01}\n"
    "  r2: {of: a, issuer: a, valid: 1960-01-01 .. 2021-05-20}\n"
    "keys: {k1: ecdsa-p256, k2: ecdsa-p256}\n"
    "stores:\n"
    "  sys: [{certificate: r0, until: 2021-03-01T06:00Z}, {certificate: r1, from: 2021-02-20}, "
    "{certificate: r2, from: 2021-03-05, until: 2021-04-20}, {certificate: r0, from: 2021-04-01}]\n"
    "  late:\n"
    "    entries: [r0, {certificate: r1, from: 2021-02-20}]\n"
    "    lag: {additions: {uniform: {min: 1d, max: 40d}}}\n"
    "endpoints:\n"
    "  telemetry: {host: hub.example, leaf: {issuer: a, key: k1, lifetime: 20d, "
    "renew_before: 5d}, chain: []}\n"
    "  factory: {host: factory.example, leaf: {issuer: a, key: ecdsa-p256, lifetime: 4y, "
    "renew_before: 10d}, chain: []}\n"
    "timeline:\n"
    "  - {at: 2021-02-01, release: {name: one, anchors: [r1, r2], adoption: {uniform: {min: 0d, "
    "max: 30d}}}}\n"
    "  - {at: 2021-03-01, fault: {endpoint: factory, kind: cut, lasts: 10d}}\n"
    "  - {at: 2021-03-20T12:00Z, serve: {endpoint: telemetry, leaf: {key: k2}, over: 20d}}\n"
    "  - {at: 2021-04-10T05:00Z, release: {name: two, anchors: [sys], adoption: {uniform: {min: "
    "0d, max: 30d}}}}\n"
    "  - {at: 2021-04-12, restart: {endpoint: telemetry}}\n"
    "threats:\n"
    "  - {attack: X03, from: 2021-03-01T06:00Z, until: 2021-04-01}\n"
    "  - {attack: X07, from: 2021-02-10T07:00Z, until: 2021-03-01T06:00Z}\n"
    "  - {attack: X10, from: 2021-02-15T01:02:03Z}\n"
    "  - {attack: U11, from: 2021-02-15, until: 2021-03-15}\n"
    "  - {attack: X15, until: 2021-04-02T03:04:05Z}\n"
    "fleet:\n"
    "  - {cohort: right, devices: 3, made: 2020-11-01 .. 2021-03-20, shelf: 0s, contact: {every: "
    "7h, session: 1d, endpoint: telemetry}}\n"
    "  - {cohort: cuts, devices: 3, made: 2020-11-01 .. 2021-03-20, shelf: 0s, contact: {every: "
    "5h, endpoint: telemetry}, power_loss: {every: {uniform: {min: 2d, max: 9d}}, lasts: {uniform: "
    "{min: 1h, max: 50h}}}, ntp: {delay: 30h, blocked: 40%, fails: 40%}, clock: {battery: 60d, "
    "drift: -9000ppm .. 9000ppm}}\n"
    "  - {cohort: behind, devices: 3, made: 2020-11-01 .. 2021-01-20, shelf: 0s, contact: {every: "
    "7h, endpoint: telemetry}, power_loss: {every: 9d, lasts: 1h}, clock: {behind: {share: 100%, "
    "by: {uniform: {min: 1h, max: 30h}}}, drift: -1000ppm .. 9000ppm}}\n"
    "  - {cohort: ahead, devices: 3, made: 2020-11-01 .. 2021-01-20, shelf: 0s, contact: {every: "
    "7h, endpoint: telemetry}, power_loss: {every: 9d, lasts: 1h}, clock: {ahead: {share: 100%, "
    "by: {uniform: {min: 1h, max: 30h}}}, drift: -9000ppm .. 1000ppm}}\n"
    "  - {cohort: floors, devices: 3, made: 2020-09-01 .. 2021-03-20, shelf: 1d, contact: {every: "
    "7h, endpoint: telemetry}, power_loss: {every: 20d, lasts: 30h}, ntp: {blocked: 100%}}\n"
    "  - {cohort: setup, devices: 3, made: 2021-02-26 .. 2021-03-06, shelf: 0s, setup: {endpoint: "
    "factory}, contact: {every: 7h, session: until-reboot, endpoint: telemetry}, power_loss: "
    "{every: 20d, lasts: 30h}}\n"
    "  - {cohort: shelves, devices: 6, made: 2020-11-01 .. 2020-12-01, shelf: {uniform: {min: 0d, "
    "max: 170d}}, contact: {every: 7h, endpoint: telemetry}}\n"
    "presets:\n"
    "  http: {anchors: [r0], update: {channel: fw_http, payload_auth: signature, poll: 1d}}\n"
    "strategies:\n"
    "  - {name: rtc, preset: http, time: {clock: rtc}}\n"
    "  - {name: boot, preset: http, time: {clock: epoch_boot}}\n"
    "  - {name: boot-floor, preset: http, time: {clock: epoch_boot, floor: 2021-02-01}}\n"
    "  - {name: built, preset: http, time: {clock: build_floor}}\n"
    "  - {name: known, preset: http, anchors: [r0, r2], time: {clock: last_known}}\n"
    "  - {name: nts, anchors: [r0, r2], time: {clock: nts}}\n"
    "  - {name: nts-late, anchors: [r1], time: {clock: nts}}\n"
    "  - {name: load, preset: http, anchors: [r0, r1], time: {clock: rtc, anchor_dates: "
    "check_at_load}}\n"
    "  - {name: store, anchors: [sys], update: {channel: os_bundle}, time: {clock: rtc}}\n"
    "  - {name: store-load, anchors: [sys], update: {channel: os_bundle}, time: {clock: rtc, "
    "anchor_dates: check_at_load}}\n"
    "  - {name: store-lag, anchors: [late], update: {channel: os_bundle}}\n"
    "  - {name: shipped, preset: http, anchors: [sys@ship], time: {clock: build_floor}}\n"
    "  - {name: set, anchors: [r0, r1], revocation: {mode: pushed_set, max_age: 40d}}\n"
    "  - {name: first, anchors: [r0, r1], pins: {set: [{match: cert_sha256, depth: leaf, of: "
    "first_contact}]}}\n"
    "  - {name: staged, anchors: [r0, r1], pins: {set: [{match: cert_sha256, depth: leaf, of: "
    "leaf@ship}]}}\n";

static struct ps_plan *plan;

/* Whether something that is trusted is valid then; number `wanted`, if that is one. */
static bool trusts(const struct ps_trust_state *trust, uint32_t wanted, ps_time t)
{
    for (size_t i = 0; i < trust->anchor_count; i++) {
        uint32_t number = trust->anchors[i].number;
        const struct ps_certificate_spec *spec = &plan->certificates[number].spec;
        if (spec->not_before.s <= t.s && t.s <= spec->not_after.s &&
            (wanted == UINT32_MAX || wanted == number))
            return true;
    }
    return false;
}

/* A pinned leaf has to be one of those that the endpoint has. */
static bool pins_met(const struct ps_world *world, const struct ps_trust_state *trust,
                     const struct ps_contact_spec *spec)
{
    for (size_t i = 0; i < trust->pin_count; i++)
        if (trust->pins[i].of.kind != PS_TARGET_LEAF || /* whatever it meets first */
            world->leaves[trust->pins[i].of.number].line == world->servings[spec->serving].line)
            return true;
    return trust->pin_count == 0;
}

static ps_status make(void *context, const struct ps_world *world, const struct ps_trusts *all,
                      const struct ps_contact_spec *specs, size_t count,
                      struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    (void)context;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        const struct ps_contact_spec *spec = &specs[i];
        const struct ps_trust_state *trust = ps_trusts_at(all, spec->trust);
        const struct ps_leaf *leaf = &world->leaves[spec->leaf];
        bool probe = spec->kind == PS_KIND_PROBE;
        bool good = trusts(trust, probe ? spec->threat % 3 : UINT32_MAX, spec->clock);
        if (probe && spec->endpoint != 0)
            good = false;
        if (spec->kind == PS_KIND_TELEMETRY)
            good &= pins_met(world, trust, spec) && leaf->not_before.s <= spec->clock.s &&
                    spec->clock.s <= leaf->not_after.s;
        good = (good || spec->plain) && !spec->fault;
        memset(&ret_verdicts[i], 0, sizeof ret_verdicts[i]);
        ret_verdicts[i].stage = good ? PS_STAGE_ACCEPTED : PS_STAGE_DATES;
    }
    return PS_OK;
}

static struct ps_replay *replay_of(uint64_t seed, enum ps_fidelity fidelity, uint64_t chunk)
{
    const struct ps_replay_options options = {
        .plan = plan, .seed = seed, .fidelity = fidelity, .chunk = chunk, .make = make};
    struct ps_replay *replay = NULL;
    struct ps_error err = {{0}};
    ps_status s = ps_replay_run(&options, &replay, &err);
    ck_assert_msg(ps_is_ok(s), "%s", err.text);
    return replay;
}

static void check_same(const struct ps_tally *a, const struct ps_tally *b, const char *name)
{
#define X(count, meaning)                                                                          \
    ck_assert_msg(a->count == b->count, "%s: %s is %llu, not %llu", name, #count,                  \
                  (unsigned long long)a->count, (unsigned long long)b->count);
    PS_TALLY_COUNTS(X)
#undef X
    ck_assert_msg(memcmp(a->outcomes, b->outcomes, sizeof a->outcomes) == 0, "%s: outcomes", name);
    ck_assert_msg(memcmp(a->accepts, b->accepts, sizeof a->accepts) == 0, "%s: accepts", name);
    for (size_t i = 0; i < a->shape.sample_count; i++)
        ck_assert_msg(a->present[i] == b->present[i] && a->up[i] == b->up[i], "%s: sample %d", name,
                      (int)i);
    for (size_t i = 0; i < a->shape.threat_count; i++)
        ck_assert_msg(a->exposures[i].device_seconds == b->exposures[i].device_seconds &&
                          a->exposures[i].devices == b->exposures[i].devices,
                      "%s: threat %d, %llu device-seconds, not %llu", name, (int)i,
                      (unsigned long long)a->exposures[i].device_seconds,
                      (unsigned long long)b->exposures[i].device_seconds);
}

START_TEST(same)
{
    plan = plan_of(scenario);
    plan->stores[1].lag.given = _i % 2 > 0; /* if any store lags, lives share no trust in stores */
    struct ps_replay *wire = replay_of((uint64_t)_i, PS_FIDELITY_WIRE, 0);
    uint64_t failed = 0, exposed = 0;
    for (uint64_t chunk = 0; chunk < 2; chunk++) { /* the whole fleet at once; one by one */
        struct ps_replay *memo = replay_of((uint64_t)_i, PS_FIDELITY_MEMO, chunk);
        for (uint32_t s = 0; s < plan->strategy_count; s++)
            for (uint32_t c = 0; c < plan->cohort_count; c++) {
                char *name = ps_format("seed %d, %s, %s", _i, plan->strategies[s].name,
                                       plan->cohorts[c].name);
                const struct ps_tally *tally = ps_replay_tally(memo, s, c);
                check_same(tally, ps_replay_tally(wire, s, c), name);
                failed += tally->contacts_failed;
                exposed += tally->exposures[1].devices;
                free(name);
            }
        ps_replay_free(memo);
    }
    ck_assert_uint_gt(failed, 0);
    ck_assert_uint_gt(exposed, 0);
    ps_replay_free(wire);
    ps_plan_free(plan);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plain");
    TCase *tests = tcase_create("plain");
    tcase_add_loop_test(tests, same, 1, 9);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
