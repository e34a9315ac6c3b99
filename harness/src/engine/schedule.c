/* SPDX-License-Identifier: Apache-2.0
 *
 * Spells follow each other from the device's first power on: after `every` one begins, which lasts
 * `lasts`, and then the next wait begins. Both are drawn for each spell.
 */
#include "engine/schedule.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "engine/calendar.h"
#include "engine/course.h"
#include "engine/fleet.h"

enum {
    LATE_KEPT = 512,        /* of a device; a power of two */
    SPELL_GAP_MIN_S = 3600, /* a spell begins no earlier after the one before it */
    DRAW_NUMBERS = 1 << 24, /* as many as there are numbers of draws */
};

ps_time ps_schedule_jittered(const struct ps_schedule *schedule, ps_time slot)
{
    /* Draws begin again after 16 million slots: nobody sees that two contacts are as late. */
    uint32_t n = (uint32_t)((slot.s - schedule->slot.s) / schedule->every_s) & (DRAW_NUMBERS - 1);
    struct ps_late *late = &schedule->late[n & (LATE_KEPT - 1)];
    if (late->number != n + 1) {
        uint64_t draw = ps_random_u64(schedule->seed, schedule->subject, PS_PURPOSE_JITTER, n);
        late->number = n + 1;
        late->late_s = (uint32_t)ps_random_below(draw, (uint64_t)schedule->jitter_s + 1);
    }
    return (ps_time){slot.s + late->late_s};
}

/* How many of the gaps begin at or before `t`. */
static size_t begun_of(const struct ps_gap *gaps, size_t count, ps_time t)
{
    size_t begun = 0;
    for (size_t left = count, half; left > 0; left -= half) { /* no branch to guess */
        half = (left + 1) / 2;
        begun += gaps[begun + half - 1].begins.s <= t.s ? half : 0;
    }
    return begun;
}

size_t ps_schedule_gaps_begun(const struct ps_schedule *schedule, ps_time t)
{
    return schedule ? begun_of(schedule->gaps, schedule->gap_count, t) : 0;
}

/* The gap that `t` lies in, or NULL. */
static const struct ps_gap *gap_at(const struct ps_schedule *schedule, ps_time t)
{
    size_t n = ps_schedule_gaps_begun(schedule, t);
    const struct ps_gap *gap = n > 0 ? &schedule->gaps[n - 1] : NULL;
    return gap && t.s < gap->ends.s ? gap : NULL;
}

ps_time ps_schedule_first(const struct ps_schedule *schedule, ps_time slot, int64_t every_s,
                          ps_time t)
{
    for (;;) {
        slot.s += (int64_t)ps_schedule_before(schedule, slot, every_s, t) * every_s;
        const struct ps_gap *gap =
            schedule ? gap_at(schedule, ps_schedule_at(schedule, slot, every_s, 0)) : NULL;
        if (!gap)
            return slot;
        t = gap->ends;
    }
}

ps_time ps_schedule_next(const struct ps_schedule *schedule, ps_time slot, int64_t step)
{
    ps_time next = {slot.s + step};
    if (!schedule || schedule->gap_count == 0)
        return next;
    int64_t every_s = schedule->every_s;
    size_t n = ps_schedule_gaps_begun(schedule, ps_schedule_at(schedule, slot, every_s, 0));
    if (n == schedule->gap_count ||
        schedule->gaps[n].begins.s > ps_schedule_at(schedule, next, every_s, 0).s)
        return next;
    return ps_schedule_first(schedule, slot, every_s, schedule->gaps[n].ends);
}

void ps_schedule_cross(const struct ps_schedule *schedule, ps_time *slot, size_t *gap)
{
    const struct ps_gap *gaps = schedule->gaps;
    size_t count = schedule->gap_count;
    int64_t every_s = schedule->every_s;
    do {
        slot->s += (int64_t)ps_schedule_before(schedule, *slot, every_s, gaps[*gap].ends) * every_s;
        while (*gap < count && ps_schedule_reaches(schedule, *slot, gaps[*gap].ends))
            ++*gap;
    } while (*gap < count && ps_schedule_reaches(schedule, *slot, gaps[*gap].begins));
}

/* How many of the contacts after that of `slot` come before the next gap, or before `end`. */
static uint64_t regular(const struct ps_schedule *schedule, ps_time slot, int64_t every_s,
                        ps_time end)
{
    ps_time t = ps_schedule_at(schedule, slot, every_s, 0), gap = ps_schedule_break(schedule, t);
    if (gap.s == PS_TIME_NEVER.s && end.s == PS_TIME_NEVER.s)
        return UINT64_MAX;
    return ps_schedule_before(schedule, slot, every_s, gap.s < end.s ? gap : end) - 1;
}

ps_time ps_schedule_skip(const struct ps_schedule *schedule, ps_time slot, int64_t every_s,
                         uint64_t n)
{
    while (n > 0 && schedule) {
        uint64_t steps = regular(schedule, slot, every_s, PS_TIME_NEVER);
        if (steps >= n)
            break;
        slot.s += (int64_t)steps * every_s;
        slot = ps_schedule_next(schedule, slot, every_s); /* over the gap */
        n -= steps + 1;
    }
    return (ps_time){slot.s + (int64_t)n * every_s};
}

uint64_t ps_schedule_due(const struct ps_schedule *schedule, ps_time *slot, int64_t every_s,
                         ps_time t)
{
    ps_time end = {t.s + 1};
    for (uint64_t due = 0;; due++) {
        uint64_t steps = regular(schedule, *slot, every_s, end);
        due += steps;
        slot->s += (int64_t)steps * every_s;
        ps_time next = ps_schedule_next(schedule, *slot, every_s);
        if (ps_schedule_at(schedule, next, every_s, 0).s > t.s)
            return due;
        *slot = next;
    }
}

ps_time ps_schedule_break(const struct ps_schedule *schedule, ps_time t)
{
    return ps_schedule_gap_begins(schedule, ps_schedule_gaps_begun(schedule, t));
}

bool ps_schedule_is_online(const struct ps_schedule *schedule, ps_time t)
{
    return !schedule || !gap_at(schedule, t);
}

uint64_t ps_schedule_online_s(const struct ps_schedule *schedule, ps_time from, ps_time until)
{
    if (until.s <= from.s)
        return 0;
    uint64_t seconds = (uint64_t)(until.s - from.s);
    if (!schedule || schedule->gap_count == 0)
        return seconds;
    size_t n = ps_schedule_gaps_begun(schedule, from);
    for (size_t i = n > 0 ? n - 1 : 0; i < schedule->gap_count; i++) {
        int64_t begins = schedule->gaps[i].begins.s, ends = schedule->gaps[i].ends.s;
        if (begins >= until.s)
            break;
        begins = begins > from.s ? begins : from.s;
        ends = ends < until.s ? ends : until.s;
        seconds -= ends > begins ? (uint64_t)(ends - begins) : 0;
    }
    return seconds;
}

ps_time ps_schedule_blackout(const struct ps_schedule *schedule, ps_time t)
{
    if (!schedule)
        return PS_TIME_NEVER;
    size_t n = begun_of(schedule->blackouts, schedule->blackout_count, t);
    return n < schedule->blackout_count ? schedule->blackouts[n].begins : PS_TIME_NEVER;
}

ps_time ps_schedule_booted(const struct ps_device *device, ps_time t, ps_time *ret_until)
{
    const struct ps_schedule *schedule = device->schedule;
    *ret_until = PS_TIME_NEVER;
    if (!schedule || schedule->blackout_count == 0)
        return device->boot;
    const struct ps_gap *blackouts = schedule->blackouts;
    size_t n = begun_of(blackouts, schedule->blackout_count, t);
    if (n > 0 && blackouts[n - 1].ends.s > t.s) /* the device is in it */
        n--;
    if (n < schedule->blackout_count)
        *ret_until = blackouts[n].ends;
    return n > 0 ? blackouts[n - 1].ends : device->boot;
}

/* ---- drawing it ---- */

/* Which draws a kind of spells has. */
struct spell_purposes {
    enum ps_purpose share, every, lasts;
};

struct drawing {
    const struct ps_world *world;
    const struct ps_device *device;
    ps_time until; /* nothing from then on matters */
    struct ps_schedule *schedule;
};

static uint64_t draw(const struct drawing *d, enum ps_purpose purpose, uint32_t n)
{
    return ps_random_u64(d->world->seed, d->device->subject, purpose, n);
}

/* Whoever looks for contacts begins at the scenario's `from`. */
static void add_gap(const struct drawing *d, struct ps_gap gap)
{
    struct ps_schedule *s = d->schedule;
    if (gap.ends.s >= d->world->plan->from.s)
        PS_PUSH(s->gaps, s->gap_count, s->gap_capacity, gap);
}

/* Gaps of one kind come in their order: those from `first` on go between those before it. */
static void sort_in(struct ps_schedule *s, size_t first)
{
    size_t count = s->gap_count - first, place = s->gap_count;
    if (first == 0 || count == 0)
        return;
    struct ps_gap *later = ps_alloc(count, sizeof *later);
    memcpy(later, &s->gaps[first], count * sizeof *later);
    while (count > 0) {
        bool moves = first > 0 && s->gaps[first - 1].begins.s > later[count - 1].begins.s;
        s->gaps[--place] = moves ? s->gaps[--first] : later[--count];
    }
    free(later);
}

static void draw_spells(const struct drawing *d, const struct ps_plan_spells *spells,
                        struct spell_purposes purposes, bool dark)
{
    struct ps_schedule *s = d->schedule;
    if (!spells->given || !ps_random_hit(draw(d, purposes.share, 0), spells->share))
        return;
    const size_t first = s->gap_count;
    ps_time t = d->device->boot;
    for (uint32_t n = 0;; n++) {
        uint32_t number = n & (DRAW_NUMBERS - 1); /* as for slots */
        ps_duration wait = ps_distribution_draw(&spells->every, draw(d, purposes.every, number));
        t.s += wait.s > SPELL_GAP_MIN_S ? wait.s : SPELL_GAP_MIN_S;
        if (t.s >= d->until.s)
            break;
        ps_duration lasts = ps_distribution_draw(&spells->lasts, draw(d, purposes.lasts, number));
        struct ps_gap gap = {t, {t.s + (lasts.s > 0 ? lasts.s : 1)}};
        add_gap(d, gap);
        if (dark)
            PS_PUSH(s->blackouts, s->blackout_count, s->blackout_capacity, gap);
        t = gap.ends;
    }
    sort_in(s, first);
}

static void add_restarts(const struct drawing *d, uint32_t endpoint)
{
    const struct ps_plan *plan = d->world->plan;
    for (size_t i = 0; i < plan->event_count; i++) {
        const struct ps_plan_event *event = &plan->events[i];
        if (event->kind != PS_EVENT_RESTART || event->as.restart.endpoint != endpoint)
            continue;
        ps_time at = ps_world_stage_time(d->world, event, event->at, &d->device->stage);
        size_t first = d->schedule->gap_count;
        add_gap(d, (struct ps_gap){at, at});
        sort_in(d->schedule, first);
    }
}

static void join_gaps(struct ps_schedule *s)
{
    if (s->gap_count < 2)
        return;
    size_t kept = 1;
    for (size_t i = 1; i < s->gap_count; i++) {
        struct ps_gap *last = &s->gaps[kept - 1];
        if (s->gaps[i].begins.s > last->ends.s)
            s->gaps[kept++] = s->gaps[i];
        else if (s->gaps[i].ends.s > last->ends.s)
            last->ends = s->gaps[i].ends;
    }
    s->gap_count = kept;
}

/* A session that is over before the next slot has nothing that a restart could end. */
static bool holds_sessions(const struct ps_plan_cohort *cohort)
{
    return cohort->session.s > cohort->every.s;
}

static bool any_restart(const struct ps_plan *plan, const struct ps_plan_cohort *cohort)
{
    for (size_t i = 0; i < plan->event_count && holds_sessions(cohort); i++)
        if (plan->events[i].kind == PS_EVENT_RESTART &&
            plan->events[i].as.restart.endpoint == cohort->endpoint)
            return true;
    return false;
}

struct ps_schedule *ps_schedule_new(const struct ps_world *world, const struct ps_device *device)
{
    const struct ps_plan *plan = world->plan;
    const struct ps_plan_cohort *cohort = &plan->cohorts[device->cohort];
    bool restarts = any_restart(plan, cohort);
    if (cohort->jitter.s == 0 && !cohort->offline.given && !cohort->power_loss.given && !restarts)
        return NULL;
    struct ps_schedule *s = ps_alloc(1, sizeof *s);
    s->seed = world->seed;
    s->subject = device->subject;
    s->slot = device->first_slot;
    s->every_s = cohort->every.s;
    s->jitter_s = cohort->jitter.s;
    assert(s->jitter_s < s->every_s && s->jitter_s < UINT32_MAX);
    if (s->jitter_s > 0)
        s->late = ps_alloc(LATE_KEPT, sizeof *s->late);
    const struct drawing d = {
        .world = world,
        .device = device,
        .until = {device->retired.s < plan->until.s ? device->retired.s : plan->until.s},
        .schedule = s};
    draw_spells(&d, &cohort->offline,
                (struct spell_purposes){PS_PURPOSE_OFFLINE_SHARE, PS_PURPOSE_OFFLINE_EVERY,
                                        PS_PURPOSE_OFFLINE_LASTS},
                false);
    draw_spells(&d, &cohort->power_loss,
                (struct spell_purposes){PS_PURPOSE_POWER_SHARE, PS_PURPOSE_POWER_EVERY,
                                        PS_PURPOSE_POWER_LASTS},
                true);
    if (restarts)
        add_restarts(&d, cohort->endpoint);
    join_gaps(s);
    return s;
}

struct ps_schedule *ps_schedule_share(struct ps_schedule *schedule)
{
    if (schedule)
        schedule->holders++;
    return schedule;
}

void ps_schedule_free(struct ps_schedule *schedule)
{
    if (!schedule || schedule->holders-- > 0)
        return;
    free(schedule->gaps);
    free(schedule->blackouts);
    free(schedule->late);
    ps_courses_free(schedule->courses);
    ps_calendar_free(schedule->calendar);
    free(schedule);
}
