/* SPDX-License-Identifier: Apache-2.0
 *
 * Schedules made by hand, asked for every second and every slot there is, against a search that
 * looks at one second after the other: gaps that begin or end in the second of a contact, follow
 * each other closely, have no length, or lie between two slots.
 */
#include <stdlib.h>
#include "base/memory.h"
#include "engine/fleet.h"
#include "plan.h"

enum { EVERY = 10, SPAN = 400, SLOTS = SPAN / EVERY };

static const struct row {
    const char *name;
    int64_t jitter;
    size_t count;
    struct ps_gap gaps[8];
} rows[] = {
    {"none", 0, 0, {{{0}, {0}}}},
    {"late, and none", 7, 0, {{{0}, {0}}}},
    {"from slot to slot", 0, 2, {{{30}, {60}}, {{100}, {110}}}},
    {"a second off", 0, 4, {{{29}, {60}}, {{100}, {111}}, {{151}, {180}}, {{190}, {199}}}},
    {"between two slots", 0, 3, {{{31}, {39}}, {{101}, {110}}, {{110 + 1}, {120}}}},
    {"of one second", 0, 3, {{{30}, {31}}, {{39}, {40}}, {{51}, {52}}}},
    {"without length", 0, 4, {{{30}, {30}}, {{45}, {45}}, {{60}, {60}}, {{61}, {61}}}},
    {"both", 0, 4, {{{29}, {29}}, {{30}, {50}}, {{51}, {51}}, {{90}, {171}}}},
    {"late, with gaps", 7, 4, {{{30}, {60}}, {{95}, {96}}, {{120}, {120}}, {{133}, {190}}}},
    {"as late as can be",
     9,
     6,
     {{{20}, {41}}, {{42}, {43}}, {{75}, {75}}, {{80}, {101}}, {{149}, {150}}, {{201}, {260}}}},
};

static const struct row *row; /* in test */

static struct ps_schedule schedule_of(void)
{
    struct ps_schedule s = {.seed = 3,
                            .subject = {1, 2},
                            .every_s = EVERY,
                            .jitter_s = row->jitter,
                            .gap_count = row->count,
                            .blackout_count = row->count};
    s.late = ps_alloc(512, sizeof *s.late);
    s.gaps = ps_alloc(row->count + 1, sizeof *s.gaps);
    memcpy(s.gaps, row->gaps, row->count * sizeof *s.gaps);
    s.blackouts = s.gaps;
    return s;
}

static int64_t second_of(const struct ps_schedule *s, int64_t slot)
{
    uint64_t draw = ps_random_u64(s->seed, s->subject, PS_PURPOSE_JITTER, (uint32_t)(slot / EVERY));
    return slot + (int64_t)ps_random_below(draw, (uint64_t)s->jitter_s + 1);
}

static bool is_online(const struct ps_schedule *s, int64_t t)
{
    for (size_t i = 0; i < s->gap_count; i++)
        if (s->gaps[i].begins.s <= t && t < s->gaps[i].ends.s)
            return false;
    return true;
}

/* The first slot from `slot` on whose contact is due, at `t` or later. */
static int64_t due_from(const struct ps_schedule *s, int64_t slot, int64_t t)
{
    while (second_of(s, slot) < t || !is_online(s, second_of(s, slot)))
        slot += EVERY;
    return slot;
}

static int64_t after(const struct ps_schedule *s, int64_t slot, int64_t step)
{
    for (size_t i = 0; i < s->gap_count; i++)
        if (s->gaps[i].begins.s > second_of(s, slot) &&
            s->gaps[i].begins.s <= second_of(s, slot + step))
            return due_from(s, slot, s->gaps[i].ends.s);
    return slot + step;
}

/* As ck_assert_int_eq, which is too slow for so many. */
static void check(const char *what, int64_t a, int64_t b, int64_t found, int64_t expect)
{
    if (found != expect)
        ck_abort_msg("%s: %s of %lld, %lld: %lld, not %lld", row->name, what, (long long)a,
                     (long long)b, (long long)found, (long long)expect);
}

START_TEST(contacts)
{
    row = &rows[_i];
    struct ps_schedule s = schedule_of();
    for (int64_t slot = 0; slot < SPAN; slot += EVERY) {
        check("second", slot, 0, ps_schedule_jittered(&s, (ps_time){slot}).s, second_of(&s, slot));
        for (int64_t t = 0; t < SPAN; t++)
            check("first", slot, t, ps_schedule_first(&s, (ps_time){slot}, EVERY, (ps_time){t}).s,
                  due_from(&s, slot, t));
        if (!is_online(&s, second_of(&s, slot)))
            continue;
        for (int64_t step = EVERY; step < 8 * EVERY; step += EVERY)
            check("next", slot, step, ps_schedule_next(&s, (ps_time){slot}, step).s,
                  after(&s, slot, step));
        int64_t last = slot, due = 0, next = after(&s, slot, EVERY), nth = slot;
        for (int64_t n = 0; n < 12; n++) {
            check("skip", slot, n, ps_schedule_skip(&s, (ps_time){slot}, EVERY, (uint64_t)n).s,
                  nth);
            nth = after(&s, nth, EVERY);
        }
        for (int64_t t = second_of(&s, slot); t < SPAN; t++) {
            if (second_of(&s, next) == t) {
                last = next;
                due++;
                next = after(&s, next, EVERY);
            }
            ps_time found = {slot};
            check("due", slot, t, (int64_t)ps_schedule_due(&s, &found, EVERY, (ps_time){t}), due);
            check("the last due", slot, t, found.s, last);
        }
    }
    free(s.late);
    free(s.gaps);
}
END_TEST

static size_t gaps_begun(const struct ps_schedule *s, int64_t t)
{
    size_t n = 0;
    while (n < s->gap_count && s->gaps[n].begins.s <= t)
        n++;
    return n;
}

/* From any slot before a gap, and from those whose contact would lie in it or behind it. */
START_TEST(crossings)
{
    row = &rows[_i];
    struct ps_schedule s = schedule_of();
    for (int64_t slot = 0; slot < SPAN; slot += EVERY) {
        for (int64_t t = 0; t < SPAN; t++)
            check("reaches", slot, t, ps_schedule_reaches(&s, (ps_time){slot}, (ps_time){t}),
                  second_of(&s, slot) >= t);
        for (size_t n = 0; n < row->count; n++) {
            int64_t expect = due_from(&s, slot, s.gaps[n].ends.s);
            ps_time found = {slot};
            size_t gap = n;
            if (second_of(&s, expect - EVERY) >= s.gaps[n].ends.s && expect > slot)
                continue; /* it was online behind the gap before */
            ps_schedule_cross(&s, &found, &gap);
            check("crossed", slot, (int64_t)n, found.s, expect);
            check("the next gap", slot, (int64_t)n, (int64_t)gap,
                  (int64_t)gaps_begun(&s, second_of(&s, expect)));
        }
    }
    free(s.late);
    free(s.gaps);
}
END_TEST

/* ---- gaps of several kinds ---- */

enum { DEVICES = 60, DRAWN_MAX = 4000 };

static const char mixed_text[] =
    "scenario: gaps\n"
    "title: Gaps of several kinds\n"
    "from: 2021-01-01\n"
    "until: 2021-09-01\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  root: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01}\n"
    "endpoints:\n"
    "  hub: {host: hub.example, leaf: {issuer: a, key: ecdsa-p256, lifetime: 4y, renew_before: "
    "10d}, chain: []}\n"
    "timeline:\n"
    "  - {at: 2021-06-01, restart: {endpoint: hub, over: 40d}}\n"
    "  - {at: 2021-06-02, restart: {endpoint: hub, over: 20d}}\n"
    "  - {at: 2021-02-01, restart: {endpoint: hub}}\n"
    "strategies:\n"
    "  - {name: s, preset: single_root_static, anchors: [root]}\n"
    "fleet:\n"
    "  - cohort: c\n"
    "    devices: 60\n"
    "    made: 2020-12-01 .. 2021-01-10\n"
    "    contact: {every: 1d, session: until-reboot}\n";

/* At any second; or at whole hours from the first power on, so that gaps touch each other. */
static const char *const mixed_spells[] = {
    "    offline: {share: 80%, every: {uniform: {min: 1h, max: 40h}}, lasts: {uniform: {min: 0s, "
    "max: 30h}}}\n"
    "    power_loss: {share: 80%, every: {uniform: {min: 1h, max: 60h}}, lasts: {uniform: {min: "
    "0s, max: 9h}}}\n",
    "    offline: {share: 80%, every: 4h, lasts: 1h}\n"
    "    power_loss: {share: 80%, every: 5h, lasts: 2h}\n"};

struct drawn {
    const struct ps_world *world;
    const struct ps_device *device;
    struct ps_gap gaps[DRAWN_MAX];
    size_t count;
};

static uint64_t draw(const struct drawn *d, enum ps_purpose purpose, uint32_t n)
{
    return ps_random_u64(d->world->seed, d->device->subject, purpose, n);
}

static void add(struct drawn *d, int64_t begins, int64_t ends)
{
    ck_assert_uint_lt(d->count, DRAWN_MAX);
    if (ends >= d->world->plan->from.s)
        d->gaps[d->count++] = (struct ps_gap){{begins}, {ends}};
}

static void add_spells(struct drawn *d, const struct ps_plan_spells *spells,
                       const enum ps_purpose purposes[3])
{
    if (!ps_random_hit(draw(d, purposes[0], 0), spells->share))
        return;
    int64_t t = d->device->boot.s, end = d->world->plan->until.s;
    for (uint32_t n = 0;; n++) {
        int64_t wait = ps_distribution_draw(&spells->every, draw(d, purposes[1], n)).s;
        int64_t lasts = ps_distribution_draw(&spells->lasts, draw(d, purposes[2], n)).s;
        t += wait < 3600 ? 3600 : wait;
        if (t >= end)
            return;
        add(d, t, t + (lasts < 1 ? 1 : lasts));
        t += lasts < 1 ? 1 : lasts;
    }
}

static void draw_gaps(struct drawn *d)
{
    static const enum ps_purpose offline[] = {PS_PURPOSE_OFFLINE_SHARE, PS_PURPOSE_OFFLINE_EVERY,
                                              PS_PURPOSE_OFFLINE_LASTS};
    static const enum ps_purpose power[] = {PS_PURPOSE_POWER_SHARE, PS_PURPOSE_POWER_EVERY,
                                            PS_PURPOSE_POWER_LASTS};
    const struct ps_plan *plan = d->world->plan;
    add_spells(d, &plan->cohorts[0].offline, offline);
    add_spells(d, &plan->cohorts[0].power_loss, power);
    for (size_t i = 0; i < plan->event_count; i++) {
        int64_t at =
            ps_world_stage_time(d->world, &plan->events[i], plan->events[i].at, &d->device->stage)
                .s;
        add(d, at, at);
    }
}

/* Where that ends which begins at `t`, with all that touches it. */
static int64_t end_from(const struct drawn *d, int64_t t)
{
    int64_t end = t;
    for (bool grows = true; grows;) {
        grows = false;
        for (size_t i = 0; i < d->count; i++)
            if (t <= d->gaps[i].begins.s && d->gaps[i].begins.s <= end && d->gaps[i].ends.s > end) {
                end = d->gaps[i].ends.s;
                grows = true;
            }
    }
    return end;
}

/* The gaps are what all kinds together leave out, in their order. */
START_TEST(gaps_of_several_kinds)
{
    char *yaml = ps_format("%s%s", mixed_text, mixed_spells[_i]);
    struct ps_plan *plan = plan_of(yaml);
    struct ps_world world;
    size_t joined = 0, without_length = 0;
    ps_world_init(&world, plan, 11);
    for (uint32_t i = 0; i < DEVICES; i++) {
        struct ps_device device;
        ps_device_draw(&world, 0, i, &device);
        const struct ps_schedule *s = device.schedule;
        struct drawn *d = ps_alloc(1, sizeof *d);
        d->world = &world;
        d->device = &device;
        draw_gaps(d);
        int64_t after = INT64_MIN; /* the gap that was found last */
        for (size_t n = 0; n < s->gap_count; n++) {
            int64_t begins = INT64_MAX;
            for (size_t k = 0; k < d->count; k++)
                if (d->gaps[k].begins.s > after && d->gaps[k].begins.s < begins)
                    begins = d->gaps[k].begins.s;
            after = end_from(d, begins);
            ck_assert_msg(s->gaps[n].begins.s == begins && s->gaps[n].ends.s == after,
                          "device %u, gap %zu: %lld .. %lld, not %lld .. %lld", i, n,
                          (long long)s->gaps[n].begins.s, (long long)s->gaps[n].ends.s,
                          (long long)begins, (long long)after);
            without_length += begins == after;
        }
        for (size_t k = 0; k < d->count; k++)
            ck_assert_int_le(d->gaps[k].begins.s, after); /* none was left out */
        joined += d->count - s->gap_count;
        free(d);
        ps_device_deinit(&device);
    }
    ck_assert_uint_gt(joined, DEVICES);
    ck_assert_uint_gt(without_length, DEVICES);
    ps_world_deinit(&world);
    ps_plan_free(plan);
    free(yaml);
}
END_TEST

START_TEST(seconds)
{
    row = &rows[_i];
    struct ps_schedule s = schedule_of();
    const struct ps_device device = {.boot = {5}, .schedule = &s};
    for (int64_t t = 5; t < SPAN; t++) {
        int64_t begins = INT64_MAX, booted = 5, again = INT64_MAX;
        for (size_t i = row->count; i-- > 0;) {
            begins = row->gaps[i].begins.s > t ? row->gaps[i].begins.s : begins;
            again = row->gaps[i].ends.s > t ? row->gaps[i].ends.s : again;
        }
        for (size_t i = 0; i < row->count; i++)
            booted = row->gaps[i].ends.s <= t ? row->gaps[i].ends.s : booted;
        check("break", t, 0, ps_schedule_break(&s, (ps_time){t}).s, begins);
        check("blackout", t, 0, ps_schedule_blackout(&s, (ps_time){t}).s, begins);
        check("online", t, 0, ps_schedule_is_online(&s, (ps_time){t}), is_online(&s, t));
        ps_time until;
        check("booted", t, 0, ps_schedule_booted(&device, (ps_time){t}, &until).s, booted);
        check("booted until", t, 0, until.s, again);
        for (int64_t end = 0, online = 0; end < SPAN; end++) {
            check("online from", t, end,
                  (int64_t)ps_schedule_online_s(&s, (ps_time){t}, (ps_time){end}), online);
            online += end >= t && is_online(&s, end);
        }
    }
    free(s.late);
    free(s.gaps);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("schedule_edges");
    TCase *tests = tcase_create("schedule_edges");
    tcase_add_loop_test(tests, contacts, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_loop_test(tests, crossings, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_loop_test(tests, gaps_of_several_kinds, 0, 2);
    tcase_add_loop_test(tests, seconds, 0, (int)(sizeof rows / sizeof *rows));
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
