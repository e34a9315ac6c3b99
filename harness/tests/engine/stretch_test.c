/* SPDX-License-Identifier: Apache-2.0
 *
 * A class holds through its stretch: whatever contact of a stretch is looked at, its key is that of
 * the first, byte by byte. Lives of every scenario that ships, and of two that have everything in
 * small, are lived with verdicts that are drawn from the key alone; at the end of each stretch the
 * first and last of its contacts, those around midnights and some that are drawn are described
 * again, to the second. An audit makes one contact of a stretch; this finds what ends one late.
 */
#include <stdlib.h>
#include "engine/frame.h"
#include "engine/life.h"
#include "every.h"
#include "plan.h"
#include "small.h"
#include "told.h"

enum { DAY_S = 86400 };

/* Answers that are made anew every day, and clocks that stand to them as they can: right, behind by
 * less than a day and by more than an answer holds, standing at a floor within or above the
 * scenario, and going on from there. */
static const char daily_scenario[] =
    "scenario: daily\n"
    "title: Answers of the day\n"
    "from: 2021-01-01\n"
    "until: 2021-05-01\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256, publishes: [ocsp, crl], ocsp_lifetime: 3d, "
    "crl_lifetime: 36h}\n"
    "certificates:\n"
    "  root: {of: a, issuer: a, valid: 1960-01-01 .. 2040-01-01}\n"
    "endpoints:\n"
    "  telemetry: {host: hub.example, leaf: {issuer: a, key: ecdsa-p256, lifetime: 400d, "
    "renew_before: 10d}, chain: [], staple: yes}\n"
    "timeline:\n"
    "  - {at: 2021-03-03T07:00:00Z, outage: {services: [ocsp], lasts: 8d}}\n"
    "threats: [{attack: X09}, {attack: X10, from: 2021-02-02T02:00:00Z}, {attack: X12, from: "
    "2021-02-02T02:00:00Z}]\n"
    "fleet:\n"
    "  - {cohort: hours, devices: 3, made: 2020-12-01 .. 2020-12-20, shelf: {uniform: {min: 1h, "
    "max: 23h}}, contact: {every: 7h}, ntp: {delay: 60d, blocked: 50%}}\n"
    "  - {cohort: days, devices: 3, made: 2020-12-01 .. 2020-12-20, shelf: {uniform: {min: 1d, "
    "max: 5d}}, contact: {every: 1d}, ntp: {delay: 80d, blocked: 50%}}\n"
    "  - {cohort: months, devices: 2, made: 2020-09-01 .. 2020-12-20, shelf: {uniform: {min: 40d, "
    "max: 90d}}, contact: {every: 2d, session: 5d}, ntp: {blocked: 100%}}\n"
    "presets:\n"
    "  ocsp: {anchors: [root], revocation: {mode: ocsp}}\n"
    "  crl: {anchors: [root], revocation: {mode: crl}}\n"
    "  staple: {anchors: [root], revocation: {mode: staple, max_age: 30h}}\n"
    "strategies:\n"
    "  - {name: right, preset: ocsp, revocation: {max_age: 12h}}\n"
    "  - {name: right-crl, preset: crl, revocation: {max_age: 23h}}\n"
    "  - {name: right-staple, preset: staple}\n"
    "  - {name: stored, preset: ocsp, time: {clock: last_known}}\n"
    "  - {name: stored-crl, preset: crl, time: {clock: last_known}, revocation: {max_age: 6h}}\n"
    "  - {name: stored-staple, preset: staple, time: {clock: last_known}}\n"
    "  - {name: stored-floor, preset: crl, time: {clock: last_known, floor: "
    "2021-02-10T05:00:00Z}}\n"
    "  - {name: floor, preset: ocsp, time: {clock: epoch_boot, floor: 2021-02-20T13:00:00Z}}\n"
    "  - {name: floor-crl, preset: crl, time: {clock: epoch_boot, floor: 2021-02-20}}\n"
    "  - {name: floor-staple, preset: staple, time: {clock: epoch_boot, floor: 2021-03-06}}\n"
    "  - {name: floor-day, preset: ocsp, time: {clock: epoch_boot, floor: 2021-02-20}}\n"
    "  - {name: ntp, preset: ocsp, time: {clock: ntp}}\n";

/* The same with clocks that run too fast or too slow, were set wrong, are told the wrong time for a
 * while, and have 32 bits. */
static const char wrong_scenario[] =
    "scenario: wrong\n"
    "title: Clocks that are not right\n"
    "from: 2037-12-01\n"
    "until: 2038-04-01\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256, publishes: [ocsp, crl], ocsp_lifetime: 3d, "
    "crl_lifetime: 36h}\n"
    "certificates:\n"
    "  root: {of: a, issuer: a, valid: 1960-01-01 .. 2060-01-01}\n"
    "endpoints:\n"
    "  telemetry: {host: hub.example, leaf: {issuer: a, key: ecdsa-p256, lifetime: 400d, "
    "renew_before: 10d}, chain: [], staple: yes}\n"
    "  short: {host: short.example, leaf: {issuer: a, key: ecdsa-p256, lifetime: 20d, "
    "renew_before: 5d}, chain: []}\n"
    "threats: [{attack: X09}, {attack: X12, from: 2037-12-20T02:00:00Z}, {attack: X15}]\n"
    "fleet:\n"
    "  - {cohort: fast, devices: 2, made: 2037-11-20 .. 2037-12-02, shelf: 1d, contact: {every: "
    "7h}, ntp: {delay: 60d, blocked: 50%}, clock: {drift: 1000ppm .. 90000ppm}}\n"
    "  - {cohort: slow, devices: 2, made: 2037-11-20 .. 2037-12-02, shelf: 1d, contact: {every: "
    "7h}, ntp: {delay: 60d, blocked: 50%}, clock: {drift: -90000ppm .. -1000ppm}}\n"
    "  - {cohort: quartz, devices: 2, made: 2017-11-20 .. 2037-12-02, shelf: 1d, contact: {every: "
    "1d}, clock: {drift: -90ppm .. 90ppm, past_2038: wraps}}\n"
    "  - {cohort: set, devices: 2, made: 2037-11-20 .. 2037-12-02, shelf: 2h, contact: {every: 1d, "
    "endpoint: short}, clock: {behind: {share: 100%, by: {uniform: {min: 1h, max: 4d}}}, drift: "
    "-2000ppm}}\n"
    "  - {cohort: told, devices: 2, made: 2037-11-20 .. 2037-12-02, shelf: 2h, contact: {every: "
    "5h, endpoint: short}, ntp: {delay: 3d, blocked: 0%}, clock: {ahead: {share: 100%, by: "
    "{uniform: {min: 1h, max: 4d}}, lasts: 40d}, drift: -9000ppm .. 9000ppm}}\n"
    "  - {cohort: late, devices: 2, made: 2037-11-20 .. 2037-11-22, shelf: 2h, contact: {every: "
    "7h}, "
    "clock: {ahead: {share: 100%, by: {uniform: {min: 20m, max: 2h}}}, drift: -900ppm}}\n"
    "  - {cohort: cuts, devices: 2, made: 2037-08-20 .. 2037-12-02, shelf: 2h, contact: {every: "
    "7h}, "
    "power_loss: {every: {uniform: {min: 2d, max: 9d}}, lasts: {uniform: {min: 1h, max: 50h}}}, "
    "ntp: "
    "{delay: 30h, blocked: 40%, fails: 40%}, clock: {battery: 120d, drift: -9000ppm .. 9000ppm}}\n"
    "  - {cohort: wraps, devices: 2, made: 2037-11-20 .. 2037-12-02, shelf: 2d, contact: {every: "
    "11h}, ntp: {delay: 20d, blocked: 30%}, clock: {past_2038: wraps, drift: 500ppm}}\n"
    "  - {cohort: stops, devices: 2, made: 2037-11-20 .. 2037-12-02, shelf: 2d, contact: {every: "
    "1d}, ntp: {delay: 20d, blocked: 30%}, clock: {past_2038: stops}}\n"
    "presets:\n"
    "  ocsp: {anchors: [root], revocation: {mode: ocsp}}\n"
    "  crl: {anchors: [root], revocation: {mode: crl}}\n"
    "strategies:\n"
    "  - {name: battery, preset: ocsp, revocation: {max_age: 12h}}\n"
    "  - {name: battery-crl, preset: crl}\n"
    "  - {name: battery-staple, anchors: [root], revocation: {mode: staple, max_age: 30h}}\n"
    "  - {name: stored, preset: ocsp, time: {clock: last_known}}\n"
    "  - {name: stored-crl, preset: crl, time: {clock: last_known}, revocation: {max_age: 6h}}\n"
    "  - {name: floor, preset: ocsp, time: {clock: epoch_boot, floor: 2037-12-20T13:00:00Z}}\n"
    "  - {name: build, preset: crl, time: {clock: build_floor}}\n"
    "  - {name: ntp, preset: ocsp, time: {clock: ntp}}\n"
    "  - {name: nts, preset: ocsp, time: {clock: nts}}\n"
    "  - {name: peer, preset: ocsp, time: {clock: peer_date}}\n";

/* What a life knows as its chunk. */
struct ps_chunk {
    struct ps_world world;
    struct ps_trusts trusts;
    struct ps_life_world w;
    struct ps_buffer key, other;
    uint64_t draws;
    uint64_t stretches, looked, kinds[3];
    int drawn; /* contacts of each stretch, and half as many midnights */
    const char *scenario;
};

static uint64_t draw(struct ps_chunk *chunk)
{
    return ps_random_u64(7, (struct ps_subject){ps_text_hash(chunk->scenario), 0}, PS_PURPOSE_AUDIT,
                         (uint32_t)chunk->draws++);
}

static void key_of(const struct ps_chunk *chunk, const struct ps_contact_spec *spec,
                   struct ps_buffer *key)
{
    key->size = 0;
    ps_class_key(&chunk->world, &chunk->trusts, spec, key);
}

/* Three of four contacts are accepted, decided by all of the key. */
static bool ask(struct ps_chunk *chunk, struct ps_life *life, const struct ps_contact_spec *spec,
                uint32_t *ret_verdict)
{
    (void)life;
    key_of(chunk, spec, &chunk->key);
    uint64_t hash = 14695981039346656037u;
    for (size_t i = 0; i < chunk->key.size; i++)
        hash = (hash ^ chunk->key.data[i]) * 1099511628211u;
    *ret_verdict = (hash >> 32 & 3) != 0;
    return true;
}

static bool accepted(struct ps_chunk *chunk, uint32_t verdict)
{
    (void)chunk;
    return verdict != 0;
}

static const struct ps_verdict *verdict_of(const struct ps_chunk *chunk, uint32_t verdict)
{
    static const struct ps_verdict verdicts[] = {{.stage = PS_STAGE_PATH},
                                                 {.stage = PS_STAGE_ACCEPTED}};
    (void)chunk;
    return &verdicts[verdict];
}

struct looking {
    struct ps_chunk *chunk;
    struct ps_life *life;
    const struct ps_contact_spec *spec;
    ps_time first;
    ps_duration step;
    uint64_t count;
};

static void look(const struct looking *l, uint64_t place)
{
    struct ps_chunk *chunk = l->chunk;
    struct ps_contact_spec spec;
    ps_time when = ps_schedule_at(l->life->device.schedule, l->first, l->step.s, place), until;
    ps_life_spec(l->life, &chunk->w, l->spec->role, when, &spec, &until);
    key_of(chunk, &spec, &chunk->other);
    chunk->looked++;
    bool same = chunk->key.size == chunk->other.size &&
                memcmp(chunk->key.data, chunk->other.data, chunk->key.size) == 0;
    const struct ps_plan *plan = chunk->world.plan;
    char first[PS_TIME_TEXT_MAX], then[PS_TIME_TEXT_MAX];
    ck_assert_msg(same, "%s: device %s/%u, strategy %s, role %d: not the class of %s at %s",
                  chunk->scenario, plan->cohorts[spec.cohort].name, spec.number,
                  plan->strategies[spec.strategy].name, (int)spec.role,
                  ps_time_format(l->first, first), ps_time_format(when, then));
}

/* The contact at or after `t`. */
static void look_at(const struct looking *l, int64_t t)
{
    int64_t place = (t - l->first.s + l->step.s - 1) / l->step.s;
    if (place >= 0 && (uint64_t)place < l->count)
        look(l, (uint64_t)place);
}

static void used(struct ps_chunk *chunk, struct ps_life *life, const struct ps_contact_spec *spec,
                 uint32_t verdict, ps_time first, ps_duration step, uint64_t count)
{
    (void)verdict;
    const struct looking l = {chunk, life, spec, first, step, count};
    ck_assert_uint_gt(count, 0);
    chunk->stretches++;
    chunk->kinds[spec->kind]++;
    key_of(chunk, spec, &chunk->key);
    look(&l, 0);
    look(&l, count - 1);
    for (int i = 0; i < chunk->drawn && count > 2; i++)
        look(&l, draw(chunk) % count);
    int64_t midnight = first.s - first.s % DAY_S;
    for (int i = 1; i <= chunk->drawn / 2; i++) {
        look_at(&l, midnight + i * DAY_S);
        look_at(&l, midnight + i * DAY_S - 1);
    }
}

static void live_all(struct ps_chunk *chunk, uint32_t devices)
{
    const struct ps_plan *plan = chunk->world.plan;
    struct ps_samples samples = {0};
    struct ps_tally tally, scratch;
    ps_samples_add(&samples, plan->from);
    const struct ps_tally_shape shape = ps_frame_shape(plan, &samples);
    ps_tally_init(&tally, &shape);
    ps_tally_init(&scratch, &shape);
    chunk->w = (struct ps_life_world){.world = &chunk->world,
                                      .trusts = &chunk->trusts,
                                      .channels = chunk->w.channels,
                                      .samples = &samples,
                                      .chunk = chunk,
                                      .ask = ask,
                                      .used = used,
                                      .accepted = accepted,
                                      .verdict = verdict_of,
                                      .scratch = &scratch};
    for (uint32_t c = 0; c < plan->cohort_count; c++)
        for (uint32_t d = 0; d < devices; d++)
            for (uint32_t s = 0; s < plan->strategy_count - plan->hidden_count; s++) {
                struct ps_life life;
                enum ps_life_step step;
                struct ps_device device;
                ps_device_draw(&chunk->world, c, d, &device);
                ps_life_init(&life, &chunk->w, s, &device);
                ps_device_deinit(&device);
                while ((step = ps_life_step(&life, &chunk->w, &tally)) != PS_LIFE_ENDED)
                    ck_assert_int_eq(step, PS_LIFE_GOES_ON);
                ps_life_deinit(&life);
            }
    ps_tally_deinit(&tally);
    ps_tally_deinit(&scratch);
    ps_samples_deinit(&samples);
}

/* Gives the number of stretches of telemetry. */
static uint64_t hold(const char *name, const char *yaml, uint32_t devices, int drawn)
{
    struct ps_plan *plan = plan_of(yaml);
    struct ps_chunk chunk = {.drawn = drawn, .scenario = name};
    ps_world_init(&chunk.world, plan, 1);
    struct ps_channel *channels = ps_channels_new(plan);
    chunk.w.channels = channels;
    live_all(&chunk, devices);
    ck_assert_uint_gt(chunk.kinds[PS_KIND_TELEMETRY], 0);
    ck_assert_uint_gt(chunk.kinds[PS_KIND_PROBE], 0);
    ck_assert_uint_gt(chunk.looked, chunk.stretches);
    ps_buffer_deinit(&chunk.key);
    ps_buffer_deinit(&chunk.other);
    ps_channels_free(channels, plan);
    ps_trusts_deinit(&chunk.trusts);
    ps_world_deinit(&chunk.world);
    ps_plan_free(plan);
    return chunk.kinds[PS_KIND_TELEMETRY];
}

START_TEST(small)
{
    hold("small", small_scenario, 6, 12);
}
END_TEST

START_TEST(told)
{
    hold("told", told_scenario, 3, 12);
}
END_TEST

START_TEST(daily)
{
    hold("daily", daily_scenario, 3, 12);
}
END_TEST

START_TEST(wrong)
{
    hold("wrong", wrong_scenario, 2, 24);
}
END_TEST

/* Answers that are too old every afternoon: who calls every day, at its own hour, lives in one
 * stretch from one renewal to the next; who calls every 25 hours in one for each day. */
START_TEST(whole_days)
{
    static const struct {
        const char *every;
        unsigned least, most;
    } rows[] = {{"1d", 1, 12}, {"7d", 1, 12}, {"25h", 60, 1000}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ps_text yaml = {0};
        ps_text_add(&yaml,
                    "scenario: afternoons\ntitle: Afternoons\nfrom: 2021-01-01\nuntil: 2022-01-01\n"
                    "authorities:\n"
                    "  a: {subject: \"CN=A\", key: ecdsa-p256, publishes: [ocsp]}\n"
                    "certificates:\n"
                    "  root: {of: a, issuer: a, valid: 1960-01-01 .. 2040-01-01}\n"
                    "endpoints:\n"
                    "  hub: {host: hub.example, leaf: {issuer: a, key: ecdsa-p256, lifetime: 100d, "
                    "renew_before: 10d}, chain: []}\n"
                    "fleet:\n"
                    "  - {cohort: c, devices: 1, made: 2020-12-01 .. 2020-12-02, shelf: 0s, "
                    "contact: {every: %s}}\n"
                    "strategies:\n"
                    "  - {name: s, anchors: [root], revocation: {mode: ocsp, max_age: 12h}}\n",
                    rows[i].every);
        uint64_t stretches = hold("afternoons", ps_text_chars(&yaml), 1, 12);
        ck_assert_msg(rows[i].least <= stretches && stretches <= rows[i].most, "%s: %llu stretches",
                      rows[i].every, (unsigned long long)stretches);
        ps_text_deinit(&yaml);
    }
}
END_TEST

START_TEST(every)
{
    struct ps_text yaml = {0};
    every_scenario(&yaml);
    hold("every", ps_text_chars(&yaml), 1, 2);
    ps_text_deinit(&yaml);
}
END_TEST

START_TEST(catalogue)
{
    const struct ps_catalogue_entry *entries;
    size_t count = ps_catalogue(&entries);
    ck_assert_uint_gt(count, 5);
    for (size_t i = 0; i < count; i++)
        hold(entries[i].name, entries[i].yaml, 2, 6);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("stretch");
    TCase *tests = tcase_create("stretch");
    tcase_add_test(tests, small);
    tcase_add_test(tests, told);
    tcase_add_test(tests, daily);
    tcase_add_test(tests, wrong);
    tcase_add_test(tests, whole_days);
    tcase_add_test(tests, every);
    tcase_add_test(tests, catalogue);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
