/* SPDX-License-Identifier: Apache-2.0
 *
 * The replay against a model that walks every contact and every hour one by one. The verdict is a
 * rule of the test's own, so no certificate is minted: what is tested is the counting.
 *
 * The rule: the leaf, the sent chain and one of the anchors must be valid on the device's clock,
 * and the first letter of the last chain certificate's issuer must be the anchor's. An attack is
 * accepted by who accepts everything (a strategy without a path).
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "engine/origin.h"
#include "engine/replay.h"

static const char scenario[] =
    "scenario: model\n"
    "title: For the model\n"
    "from: 2021-01-01\n"
    "until: 2021-07-01\n"
    "regions: 3\n"
    "authorities:\n"
    "  alpha: {subject: \"CN=Alpha\", key: ecdsa-p256}\n"
    "  beta: {subject: \"CN=Beta\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  alpha-root: {of: alpha, issuer: alpha, valid: 2000-01-01 .. 2021-05-01T11:59:59Z}\n"
    "  beta-root: {of: beta, issuer: beta, valid: 2010-01-01 .. 2040-01-01}\n"
    "stores:\n"
    "  system: [{certificate: alpha-root, until: 2021-03-01}, {certificate: beta-root, from: "
    "2021-04-01}]\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: alpha, key: ecdsa-p256, lifetime: 40d, renew_before: 10d}\n"
    "    chain: [alpha-root]\n"
    "  update:\n"
    "    host: update.example\n"
    "    leaf: {issuer: beta, key: ecdsa-p256, lifetime: 40d, renew_before: 10d}\n"
    "    chain: [beta-root]\n"
    "timeline:\n"
    "  - at: 2021-02-10\n"
    "    fault: {endpoint: telemetry, kind: reset, lasts: 30h, after_bytes: 0}\n"
    "  - at: 2021-03-01\n"
    "    serve: {endpoint: telemetry, leaf: {issuer: beta}, chain: [beta-root], over: 20d, by: "
    "device}\n"
    "  - at: 2021-03-15\n"
    "    release: {name: fw, strategies: [http, same], anchors: [alpha-root, beta-root], over: "
    "20d, never: "
    "30%}\n"
    "  - at: 2021-04-15\n"
    "    serve: {endpoint: telemetry, leaf: {issuer: alpha}, chain: [alpha-root], over: 10d, by: "
    "region}\n"
    "  - at: 2021-06-01\n"
    "    serve: {endpoint: telemetry, leaf: {issuer: beta}, chain: [beta-root], when: renewal}\n"
    "threats:\n"
    "  - {attack: X01, from: 2021-02-01, until: 2021-06-01}\n"
    "  - {attack: X02}\n"
    "fleet:\n"
    "  - cohort: daily\n"
    "    devices: 40\n"
    "    made: 2020-06-01 .. 2021-05-01\n"
    "    shelf: {uniform: {min: 0s, max: 60d}}\n"
    "    contact: {every: 1d, session: 45m, update_endpoint: update}\n"
    "  - cohort: lasting\n"
    "    devices: 40\n"
    "    made: 2020-06-01 .. 2021-05-01\n"
    "    shelf: 5d\n"
    "    life: {exponential: {mean: 100d}}\n"
    "    contact: {every: 7h, session: 3d}\n"
    "    ntp: {delay: 20d, blocked: 50%}\n"
    "strategies:\n"
    "  - {name: alpha, preset: single_root_static, anchors: [alpha-root]}\n"
    "  - {name: both, preset: single_root_static, anchors: [alpha-root, beta-root]}\n"
    "  - {name: live, preset: webpki_os_updated}\n"
    "  - {name: ship, preset: webpki_static}\n"
    "  - {name: http, preset: single_root_http_fw, anchors: [alpha-root], update: {poll: 3d}}\n"
    "  - {name: same, preset: single_root_ota, anchors: [beta-root], update: {poll: 50h}}\n"
    "  - {name: floor, preset: single_root_static, anchors: [alpha-root, beta-root], time: {clock: "
    "build_floor}}\n"
    "  - {name: epoch, preset: single_root_static, anchors: [alpha-root, beta-root], time: {clock: "
    "epoch_boot}}\n"
    "  - {name: anyone, preset: no_verify}\n";

static struct ps_plan *plan;

static void start(void)
{
    struct ps_text diagnostics = {0};
    struct ps_error err;
    ps_status s =
        ps_plan_read_text("model.yaml", scenario, strlen(scenario), &diagnostics, &plan, &err);
    ck_assert_msg(ps_is_ok(s), "%s", ps_text_chars(&diagnostics));
    ps_text_deinit(&diagnostics);
}

static void stop(void)
{
    ps_plan_free(plan);
}

static bool in(ps_time from, ps_time until_included, ps_time t)
{
    return from.s <= t.s && t.s <= until_included.s;
}

/* The rule itself, on plain facts. */
static bool rule(uint32_t strategy, const uint32_t *anchors, size_t anchor_count, uint32_t issuer,
                 ps_time leaf_from, ps_time leaf_until, ps_time clock)
{
    if (plan->strategies[strategy].chain.engine == PS_ENGINE_NONE)
        return true;
    if (!in(leaf_from, leaf_until, clock))
        return false;
    for (size_t i = 0; i < anchor_count; i++) {
        const struct ps_plan_certificate *c = &plan->certificates[anchors[i]];
        if (c->of == issuer && in(c->spec.not_before, c->spec.not_after, clock))
            return true;
    }
    return false;
}

/* What the replay's contacts get. */
static unsigned long made;

static ps_status make(void *context, const struct ps_world *world, const struct ps_trusts *trusts,
                      const struct ps_contact_spec *specs, size_t count,
                      struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    (void)context;
    (void)err;
    for (size_t i = 0; i < count; i++) {
        const struct ps_contact_spec *s = &specs[i];
        const struct ps_trust_state *trust = ps_trusts_at(trusts, s->trust);
        const struct ps_leaf *leaf = &world->leaves[s->leaf];
        uint32_t anchors[8];
        ck_assert_uint_le(trust->anchor_count, 8);
        for (size_t k = 0; k < trust->anchor_count; k++)
            anchors[k] = trust->anchors[k].number;
        memset(&ret_verdicts[i], 0, sizeof ret_verdicts[i]);
        bool good = s->plain || rule(s->strategy, anchors, trust->anchor_count, leaf->issuer,
                                     leaf->not_before, leaf->not_after, s->clock);
        if (s->kind == PS_KIND_PROBE)
            good = plan->strategies[s->strategy].chain.engine == PS_ENGINE_NONE;
        ret_verdicts[i].stage = s->fault ? PS_STAGE_UNREACHABLE
                                : good   ? PS_STAGE_ACCEPTED
                                         : PS_STAGE_PATH;
        made++;
    }
    return PS_OK;
}

/* ---- the model: second by second facts, written without the replay's own arithmetic ---- */

struct model {
    const struct ps_world *world; /* only for its draws */
    struct ps_device device;
    uint32_t strategy;
    bool updated;
};

static ps_time event_time(const struct model *m, size_t i, ps_time from)
{
    return ps_world_stage_time(m->world, &plan->events[i], from, &m->device.stage);
}

/* Issuer and dates of the leaf that endpoint `e` serves this device at t. */
static void served(const struct model *m, uint32_t e, ps_time t, uint32_t *issuer, ps_time *from,
                   ps_time *until)
{
    const struct ps_plan_leaf *leaf = &plan->endpoints[e].leaf;
    ps_time line = plan->from;
    const struct ps_plan_leaf *latest = leaf;
    ps_time latest_line = line;
    for (size_t i = 0; i < plan->event_count; i++) {
        const struct ps_plan_event *event = &plan->events[i];
        if (event->kind != PS_EVENT_SERVE || event->as.serve.endpoint != e)
            continue;
        ps_time at = event->at;
        if (event->as.serve.when ==
            PS_WHEN_RENEWAL) /* walk the renewals of what was planned before */
            for (at = line; at.s < event->at.s;)
                at.s += latest->lifetime.s - latest->renew_before.s;
        latest = &event->as.serve.leaf;
        line = at;
        if (event_time(m, i, at).s <= t.s) {
            leaf = latest;
            latest_line = at;
        }
    }
    ps_time renewed = latest_line;
    while (renewed.s + leaf->lifetime.s - leaf->renew_before.s <= t.s)
        renewed.s += leaf->lifetime.s - leaf->renew_before.s;
    *issuer = leaf->issuers[0];
    *from = renewed;
    *until = (ps_time){renewed.s + leaf->lifetime.s - 1};
}

static size_t anchors_at(const struct model *m, ps_time t, uint32_t out[8])
{
    const char *name = plan->strategies[m->strategy].name;
    const ps_time march = ps_time_from_date((struct ps_date){2021, 3, 1});
    const ps_time april = ps_time_from_date((struct ps_date){2021, 4, 1});
    size_t n = 0;
    bool live = strcmp(name, "live") == 0, ship = strcmp(name, "ship") == 0;
    if (live || ship) {
        ps_time then = ship ? m->device.made : t;
        if (then.s < march.s)
            out[n++] = 0;
        if (then.s >= april.s)
            out[n++] = 1;
        return n;
    }
    bool both = m->updated || strcmp(name, "both") == 0 || strcmp(name, "floor") == 0 ||
                strcmp(name, "epoch") == 0;
    if (both || strcmp(name, "alpha") == 0 || strcmp(name, "http") == 0)
        out[n++] = 0;
    if (both || strcmp(name, "same") == 0)
        out[n++] = 1;
    return n;
}

static ps_time clock_at(const struct model *m, ps_time t)
{
    const char *name = plan->strategies[m->strategy].name;
    if ((strcmp(name, "floor") != 0 && strcmp(name, "epoch") != 0) ||
        t.s >= m->device.synchronised.s)
        return t;
    ps_time up = {t.s - m->device.boot.s};
    return strcmp(name, "floor") == 0 && up.s < m->device.made.s ? m->device.made : up;
}

static bool contact(const struct model *m, uint32_t endpoint, ps_time t)
{
    uint32_t issuer, anchors[8];
    ps_time from, until;
    for (size_t i = 0; i < plan->event_count; i++) {
        const struct ps_plan_event *event = &plan->events[i];
        if (event->kind == PS_EVENT_FAULT && event->as.fault.endpoint == endpoint &&
            t.s >= event->at.s && t.s < event->at.s + event->as.fault.lasts.s)
            return false;
    }
    served(m, endpoint, t, &issuer, &from, &until);
    size_t n = anchors_at(m, t, anchors);
    return rule(m->strategy, anchors, n, issuer, from, until, clock_at(m, t));
}

static ps_time release_time(const struct model *m)
{
    for (size_t i = 0; i < plan->event_count; i++) {
        const struct ps_plan_event *event = &plan->events[i];
        if (event->kind != PS_EVENT_RELEASE)
            continue;
        uint64_t never = ps_random_u64(m->world->seed, m->device.subject, PS_PURPOSE_RELEASE_NEVER,
                                       event->ordinal);
        return ps_random_hit(never, event->as.release.never) ? PS_TIME_NEVER
                                                             : event_time(m, i, event->at);
    }
    return PS_TIME_NEVER;
}

struct modelled {
    uint64_t accepted, failed, up_seconds, seconds, updates, outcomes[PS_OUTCOME_COUNT], exposed[2],
        lost;
    uint64_t *up, *present;
    uint64_t dark_seconds;         /* of last dark spells */
    ps_time first_dark, last_dark; /* of the last device; NEVER */
    enum ps_outcome outcome;
};

static void model_device(struct model *m, const struct ps_samples *samples, struct modelled *out)
{
    const struct ps_plan_cohort *cohort = &plan->cohorts[m->device.cohort];
    const struct ps_strategy *strategy = &plan->strategies[m->strategy];
    ps_time end = m->device.retired.s < plan->until.s ? m->device.retired : plan->until;
    ps_time t = m->device.first_contact, poll = t, offered = release_time(m);
    bool takes = strcmp(strategy->name, "http") == 0 || strcmp(strategy->name, "same") == 0;
    out->first_dark = out->last_dark = PS_TIME_NEVER;
    if (t.s >= plan->until.s || t.s >= m->device.retired.s) {
        out->outcome =
            m->device.retired.s < plan->until.s ? PS_OUTCOME_RETIRED : PS_OUTCOME_NEVER_BOOTED;
        out->outcomes[out->outcome]++;
        return;
    }
    bool dark = false, good = false;
    ps_time booted = t;
    uint64_t spell = 0; /* the length of the last one so far */
    while (t.s < end.s) {
        bool was_good = good || t.s == booted.s;
        good = contact(m, cohort->endpoint, t);
        if (!good && was_good) {
            out->last_dark = t;
            spell = 0;
        }
        if (!good && !dark)
            out->first_dark = t;
        int64_t step = cohort->every.s;
        if (good)
            while (step < cohort->session.s)
                step += cohort->every.s;
        *(good ? &out->accepted : &out->failed) += 1;
        dark |= !good;
        ps_time next = {t.s + step};
        for (size_t i = 0; i < samples->count; i++)
            if (samples->at[i].s >= t.s && samples->at[i].s < next.s && samples->at[i].s < end.s) {
                out->present[i]++;
                out->up[i] += good;
            }
        int64_t held = (next.s < end.s ? next.s : end.s) - t.s;
        out->seconds += (uint64_t)held;
        out->up_seconds += good ? (uint64_t)held : 0;
        spell += good ? 0 : (uint64_t)held;
        if (takes && t.s >= poll.s) {
            poll.s = t.s + strategy->update.poll.s;
            bool reached =
                strategy->update.channel == PS_UPDATE_FW_HTTP ||
                contact(m,
                        cohort->update_endpoint == PS_PLAN_NONE ? cohort->endpoint
                                                                : cohort->update_endpoint,
                        t);
            if (!m->updated && t.s >= offered.s && reached) {
                m->updated = true;
                out->updates++;
            }
        }
        t = next;
    }
    out->lost += dark;
    out->dark_seconds += spell;
    if (m->device.retired.s < plan->until.s)
        out->outcome = PS_OUTCOME_RETIRED;
    else if (good)
        out->outcome = dark ? PS_OUTCOME_RECOVERED : PS_OUTCOME_SURVIVED;
    else if (strategy->update.channel == PS_UPDATE_FW_HTTP ||
             strategy->update.channel == PS_UPDATE_OS_BUNDLE)
        out->outcome = PS_OUTCOME_LOCKED_OUT;
    else if (strategy->update.channel == PS_UPDATE_FW_TLS_SAME &&
             contact(m,
                     cohort->update_endpoint == PS_PLAN_NONE ? cohort->endpoint
                                                             : cohort->update_endpoint,
                     (ps_time){end.s - 1}))
        out->outcome = PS_OUTCOME_LOCKED_OUT;
    else
        out->outcome = PS_OUTCOME_BRICKED;
    out->outcomes[out->outcome]++;
    if (strategy->chain.engine != PS_ENGINE_NONE)
        return;
    for (size_t i = 0; i < 2; i++) {
        const struct ps_plan_threat *threat = &plan->threats[i];
        int64_t from = threat->from.s > booted.s ? threat->from.s : booted.s;
        int64_t until = threat->until.s < end.s ? threat->until.s : end.s;
        out->exposed[i] += until > from ? (uint64_t)(until - from) : 0;
    }
}

static void compare_lane(const struct ps_replay *replay, const struct ps_world *world,
                         uint32_t strategy, uint32_t cohort)
{
    const struct ps_samples *samples = ps_replay_samples(replay);
    const struct ps_tally *tally = ps_replay_tally(replay, strategy, cohort);
    struct modelled out = {.up = ps_alloc(samples->count, sizeof *out.up),
                           .present = ps_alloc(samples->count, sizeof *out.present)};
    for (uint32_t d = 0; d < plan->cohorts[cohort].devices; d++) {
        struct model m = {.world = world, .strategy = strategy};
        ps_device_draw(world, cohort, d, &m.device);
        model_device(&m, samples, &out);
    }
    const char *name = plan->strategies[strategy].name;
    uint64_t dark_seconds = 0;
    for (size_t i = 0; i < tally->cause_count; i++)
        dark_seconds += tally->causes[i].dark_seconds;
    const struct {
        const char *what;
        uint64_t found, wanted;
    } rows[] = {
        {"accepted", tally->contacts_accepted, out.accepted},
        {"failed", tally->contacts_failed, out.failed},
        {"seconds", tally->booted_seconds, out.seconds},
        {"up seconds", tally->up_seconds, out.up_seconds},
        {"updates", tally->updates_installed, out.updates},
        {"lost", tally->losses.count, out.lost},
        {"dark seconds", dark_seconds, out.dark_seconds},
        {"X01", tally->exposures[0].device_seconds, out.exposed[0]},
        {"X02", tally->exposures[1].device_seconds, out.exposed[1]},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        ck_assert_msg(rows[i].found == rows[i].wanted, "%s/%u %s: %llu, the model says %llu", name,
                      cohort, rows[i].what, (unsigned long long)rows[i].found,
                      (unsigned long long)rows[i].wanted);
    for (int i = 0; i < PS_OUTCOME_COUNT; i++)
        ck_assert_msg(tally->outcomes[i] == out.outcomes[i], "%s/%u %s: %llu, the model says %llu",
                      name, cohort, ps_outcome_text((enum ps_outcome)i),
                      (unsigned long long)tally->outcomes[i], (unsigned long long)out.outcomes[i]);
    for (size_t i = 0; i < samples->count; i++)
        ck_assert_msg((uint64_t)tally->up[i] == out.up[i] &&
                          (uint64_t)tally->present[i] == out.present[i],
                      "%s/%u sample %zu: %lld of %lld, the model says %llu of %llu", name, cohort,
                      i, (long long)tally->up[i], (long long)tally->present[i],
                      (unsigned long long)out.up[i], (unsigned long long)out.present[i]);
    free(out.up);
    free(out.present);
}

static struct ps_replay *replay_with(enum ps_fidelity fidelity, uint32_t audit_ppm, uint64_t seed)
{
    const struct ps_replay_options options = {
        .plan = plan, .seed = seed, .fidelity = fidelity, .audit = {audit_ppm}, .make = make};
    struct ps_replay *replay = NULL;
    struct ps_error err = {{0}};
    ps_status s = ps_replay_run(&options, &replay, &err);
    ck_assert_msg(ps_is_ok(s), "%s", err.text);
    return replay;
}

static void compare_all(enum ps_fidelity fidelity, uint32_t audit_ppm, uint64_t seed)
{
    struct ps_replay *replay = replay_with(fidelity, audit_ppm, seed);
    struct ps_world world;
    ps_world_init(&world, plan, seed);
    for (uint32_t s = 0; s < plan->strategy_count; s++)
        for (uint32_t c = 0; c < plan->cohort_count; c++)
            compare_lane(replay, &world, s, c);
    ps_world_deinit(&world);
    ps_replay_free(replay);
}

START_TEST(memo_equals_model)
{
    compare_all(PS_FIDELITY_MEMO, 0, (uint64_t)_i + 1);
}
END_TEST

START_TEST(wire_equals_model)
{
    compare_all(PS_FIDELITY_WIRE, 0, 7);
}
END_TEST

/* What two workers wrote, chunk by chunk, each at its place. */
struct written {
    unsigned char *records;
    size_t lanes; /* strategies that take part */
    unsigned chunks;
};

static ps_status write_records(void *context, const struct ps_replay *replay,
                               const struct ps_replay_chunk *chunk, struct ps_error *err)
{
    (void)replay;
    (void)err;
    struct written *written = context;
    memcpy(written->records + chunk->first * written->lanes * PS_RECORD_BYTES, chunk->records,
           chunk->count * written->lanes * PS_RECORD_BYTES);
    written->chunks++;
    return PS_OK;
}

/* Who has both roots and was connected when Alpha's ended went dark for that, though the check is
 * of paths, and a change of what is served would fit it better: that was before the last good
 * contact.
 */
static bool ended_with_alpha(const struct model *m, const struct ps_record *record)
{
    int64_t end = plan->certificates[0].spec.not_after.s;
    if (strcmp(plan->strategies[m->strategy].name, "both") != 0 ||
        m->device.first_contact.s > end || record->last_dark.s <= end ||
        record->last_dark.s > end + 3 * 86400)
        return false;
    struct ps_origin origin = ps_origin_at(plan, record->origin);
    ck_assert_msg(origin.kind == PS_ORIGIN_CERTIFICATE_END && origin.number == 0,
                  "device %u: %s %u", m->device.number, ps_origin_text(origin.kind), origin.number);
    return true;
}

/* Every record is of the device and strategy of its place. */
static void check_records(const struct ps_replay *replay, const struct written *written,
                          const uint32_t *strategies)
{
    struct ps_world world;
    ps_world_init(&world, plan, 1);
    unsigned place = 0, dark = 0, ended = 0;
    for (uint32_t c = 0; c < plan->cohort_count; c++)
        for (uint32_t d = 0; d < plan->cohorts[c].devices; d++)
            for (size_t k = 0; k < written->lanes; k++, place++) {
                uint64_t seen[4096] = {0};
                struct modelled out = {.up = seen, .present = seen};
                struct model m = {.world = &world, .strategy = strategies[k]};
                struct ps_record record;
                ps_device_draw(&world, c, d, &m.device);
                model_device(&m, ps_replay_samples(replay), &out);
                ck_assert(
                    ps_record_get(written->records + place * PS_RECORD_BYTES, plan->from, &record));
                ck_assert_msg(record.outcome == out.outcome &&
                                  record.first_dark.s == out.first_dark.s &&
                                  record.last_dark.s == out.last_dark.s,
                              "device %u of cohort %u, strategy %u", d, c, strategies[k]);
                bool was_dark = out.first_dark.s != PS_TIME_NEVER.s;
                ck_assert_int_eq(record.cause != 0, was_dark);
                ck_assert_int_eq(record.stage != PS_STAGE_ACCEPTED, was_dark);
                dark += was_dark;
                ended += ended_with_alpha(&m, &record);
            }
    ck_assert_uint_gt(dark, 20);
    ck_assert_uint_gt(ended, 20);
    ps_world_deinit(&world);
}

START_TEST(records_equal_model)
{
    static const uint32_t strategies[] = {1, 5}; /* both, same */
    bool chosen[9] = {[1] = true, [5] = true};
    struct written written = {.lanes = 2};
    written.records = ps_alloc(80 * written.lanes, PS_RECORD_BYTES);
    memset(written.records, 0xff, 80 * written.lanes * PS_RECORD_BYTES);
    const struct ps_replay_options options = {.plan = plan,
                                              .jobs = 2,
                                              .chunk = 7,
                                              .seed = 1,
                                              .strategies = chosen,
                                              .make = make,
                                              .records = true,
                                              .over = write_records,
                                              .over_context = &written};
    struct ps_replay *replay = NULL;
    struct ps_error err = {{0}};
    ck_assert_uint_eq(plan->strategy_count, 9);
    ps_status s = ps_replay_run(&options, &replay, &err);
    ck_assert_msg(ps_is_ok(s), "%s", err.text);
    ck_assert_uint_eq(written.chunks, 12);
    check_records(replay, &written, strategies);
    ps_replay_free(replay);
    free(written.records);
}
END_TEST

START_TEST(audit_agrees)
{
    struct ps_replay *replay = replay_with(PS_FIDELITY_MEMO, 1000000, 1);
    ck_assert_uint_gt(ps_replay_counts(replay).audited, 10000);
    ps_replay_free(replay);
    compare_all(PS_FIDELITY_MEMO, 1000000, 3);
}
END_TEST

/* The counts say what was asked of the maker. */
START_TEST(asked_is_made)
{
    made = 0;
    struct ps_replay *replay = replay_with(PS_FIDELITY_WIRE, 0, 1);
    struct ps_replay_counts counts = ps_replay_counts(replay);
    ck_assert_uint_eq(made, counts.asked + counts.asked_plain);
    uint64_t wire = counts.asked;
    ps_replay_free(replay);
    made = 0;
    replay = replay_with(PS_FIDELITY_MEMO, 0, 1);
    counts = ps_replay_counts(replay);
    ck_assert_uint_eq(made, counts.asked + counts.asked_plain);
    ck_assert_uint_eq(made, counts.classes);
    ck_assert_uint_lt(counts.asked * 4, wire);
    ps_replay_free(replay);
}
END_TEST

/* A maker whose verdict reads something that no class knows: the device's number. */
static ps_status make_unlawful(void *context, const struct ps_world *world,
                               const struct ps_trusts *trusts, const struct ps_contact_spec *specs,
                               size_t count, struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    ps_status s = make(context, world, trusts, specs, count, ret_verdicts, err);
    for (size_t i = 0; i < count; i++)
        if (specs[i].number == 13 && specs[i].kind == PS_KIND_TELEMETRY)
            ret_verdicts[i].stage = PS_STAGE_NAME;
    return s;
}

START_TEST(audit_finds_what_the_class_forgot)
{
    for (int wire = 0; wire < 2; wire++) {
        const struct ps_replay_options options = {.plan = plan,
                                                  .seed = 1,
                                                  .fidelity =
                                                      wire ? PS_FIDELITY_WIRE : PS_FIDELITY_MEMO,
                                                  .audit = {wire ? 0 : 1000000},
                                                  .make = make_unlawful};
        struct ps_replay *replay = NULL;
        struct ps_error err = {{0}};
        ps_status s = ps_replay_run(&options, &replay, &err);
        ck_assert_int_eq(s.code, PS_CODE_FAILED);
        ck_assert_ptr_nonnull(strstr(err.text, "audit disagreement in class "));
        ck_assert_ptr_null(replay);
    }
}
END_TEST

START_TEST(devices_spread)
{
    const struct ps_replay_options options = {.plan = plan, .seed = 1, .devices = 7, .make = make};
    struct ps_replay *replay = NULL;
    struct ps_error err = {{0}};
    ck_assert(ps_is_ok(ps_replay_run(&options, &replay, &err)));
    ck_assert_uint_eq(ps_replay_cohort_devices(replay, 0), 4);
    ck_assert_uint_eq(ps_replay_cohort_devices(replay, 1), 3);
    ps_replay_free(replay);
}
END_TEST

/* What somebody hears who listens to one device under all strategies. */
struct heard {
    uint64_t contacts, updates, over, others, exposed_s;
    ps_time exposed;
    uint64_t outcomes[PS_OUTCOME_COUNT];
    uint32_t cohort, number;
};

static void hear_used(void *context, const struct ps_life *life, const struct ps_life_world *w,
                      const struct ps_contact_spec *spec, const struct ps_verdict *verdict,
                      ps_time first, ps_duration step, uint64_t count)
{
    struct heard *heard = context;
    struct ps_contact_spec again;
    ps_time until;
    heard->others += life->device.cohort != heard->cohort || life->device.number != heard->number;
    ck_assert_int_lt(verdict->stage, PS_STAGE_COUNT);
    if (spec->role != PS_ROLE_TELEMETRY)
        return;
    heard->contacts += count;
    const struct ps_schedule *schedule = life->device.schedule;
    ps_life_spec(life, w, spec->role, ps_schedule_at(schedule, first, step.s, 0), &again, &until);
    ck_assert_mem_eq(&again, spec, sizeof again);
    ps_life_spec(life, w, spec->role, ps_schedule_at(schedule, first, step.s, count - 1), &again,
                 &until);
    ck_assert_uint_eq(again.trust, spec->trust);
}

static void hear_told(void *context, const struct ps_life *life, const struct ps_life_world *w,
                      enum ps_life_news news, ps_time t, uint32_t number)
{
    struct heard *heard = context;
    heard->updates += news == PS_NEWS_TAKEN;
    if (news == PS_NEWS_EXPOSED)
        heard->exposed = t;
    if (news == PS_NEWS_SAFE)
        heard->exposed_s += (uint64_t)(t.s - heard->exposed.s);
    ck_assert(news != PS_NEWS_TAKEN || w->world->plan->events[number].at.s <= t.s);
    if (news != PS_NEWS_OVER)
        return;
    heard->over++;
    heard->outcomes[life->outcome]++;
}

static void hear_device(uint64_t device, struct heard *heard)
{
    const struct ps_life_listener listener = {heard, hear_used, hear_told};
    const struct ps_replay_options options = {.plan = plan,
                                              .seed = 1,
                                              .fidelity = PS_FIDELITY_WIRE,
                                              .make = make,
                                              .first_device = device,
                                              .end_device = device + 1,
                                              .listener = &listener};
    struct ps_replay *replay = NULL;
    struct ps_error err = {{0}};
    ps_status s = ps_replay_run(&options, &replay, &err);
    ck_assert_msg(ps_is_ok(s), "%s", err.text);
    ps_replay_free(replay);
}

/* Device by device, what a listener hears adds up to the tallies of the whole fleet. */
START_TEST(who_listens_hears_all)
{
    struct ps_replay *replay = replay_with(PS_FIDELITY_MEMO, 0, 1);
    struct heard wanted = {0}, all = {0};
    for (uint32_t s = 0; s < plan->strategy_count; s++)
        for (uint32_t c = 0; c < plan->cohort_count; c++) {
            const struct ps_tally *tally = ps_replay_tally(replay, s, c);
            wanted.contacts += tally->contacts_accepted + tally->contacts_failed;
            wanted.updates += tally->updates_installed;
            wanted.over += tally->devices;
            for (size_t i = 0; i < plan->threat_count; i++)
                wanted.exposed_s += tally->exposures[i].device_seconds;
            for (int i = 0; i < PS_OUTCOME_COUNT; i++)
                wanted.outcomes[i] += tally->outcomes[i];
        }
    ps_replay_free(replay);
    uint64_t device = 0;
    for (uint32_t c = 0; c < plan->cohort_count; c++)
        for (uint32_t d = 0; d < plan->cohorts[c].devices; d++, device++) {
            all.cohort = c;
            all.number = d;
            hear_device(device, &all);
        }
    ck_assert_uint_gt(wanted.updates, 0);
    ck_assert_uint_eq(all.contacts, wanted.contacts);
    ck_assert_uint_eq(all.updates, wanted.updates);
    ck_assert_uint_eq(all.over, wanted.over);
    ck_assert_uint_gt(wanted.exposed_s, 0);
    ck_assert_uint_eq(all.exposed_s, wanted.exposed_s);
    ck_assert_uint_eq(all.others, 0);
    ck_assert_mem_eq(all.outcomes, wanted.outcomes, sizeof wanted.outcomes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("replay");
    TCase *tests = tcase_create("model");
    tcase_add_unchecked_fixture(tests, start, stop);
    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, memo_equals_model, 0, 5);
    tcase_add_test(tests, wire_equals_model);
    tcase_add_test(tests, records_equal_model);
    tcase_add_test(tests, audit_agrees);
    tcase_add_test(tests, asked_is_made);
    tcase_add_test(tests, audit_finds_what_the_class_forgot);
    tcase_add_test(tests, devices_spread);
    tcase_add_test(tests, who_listens_hears_all);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
