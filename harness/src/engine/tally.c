/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tally.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

enum { DAY_S = 86400 };

static int compare_times(const void *a, const void *b)
{
    return ps_time_compare(*(const ps_time *)a, *(const ps_time *)b);
}

void ps_samples_add(struct ps_samples *samples, ps_time t)
{
    PS_PUSH(samples->at, samples->count, samples->capacity, t);
}

void ps_samples_sort(struct ps_samples *samples)
{
    if (samples->count == 0)
        return;
    qsort(samples->at, samples->count, sizeof *samples->at, compare_times);
    size_t kept = 1;
    for (size_t i = 1; i < samples->count; i++)
        if (samples->at[i].s != samples->at[kept - 1].s)
            samples->at[kept++] = samples->at[i];
    samples->count = kept;
}

void ps_samples_deinit(struct ps_samples *samples)
{
    free(samples->at);
    memset(samples, 0, sizeof *samples);
}

/* The first sample at or after `t`. */
static size_t first_at_or_after(const struct ps_samples *samples, ps_time t)
{
    size_t first = 0;
    for (size_t left = samples->count, half; left > 0; left -= half) { /* no branch to guess */
        half = (left + 1) / 2;
        first += samples->at[first + half - 1].s < t.s ? half : 0;
    }
    return first;
}

static int64_t day_of(ps_time t)
{
    int64_t day = t.s / DAY_S;
    return day * DAY_S > t.s ? day - 1 : day;
}

size_t ps_tally_day_count(const struct ps_tally_shape *shape)
{
    if (shape->until.s <= shape->from.s)
        return 0;
    return (size_t)(day_of((ps_time){shape->until.s - 1}) - day_of(shape->from)) + 1;
}

void ps_tally_init(struct ps_tally *tally, const struct ps_tally_shape *shape)
{
    memset(tally, 0, sizeof *tally);
    tally->shape = *shape;
    tally->last_until = PS_TIME_NEVER;
    tally->present = ps_alloc(shape->sample_count + 1, sizeof *tally->present);
    tally->up = ps_alloc(shape->sample_count + 1, sizeof *tally->up);
    tally->exposures = ps_alloc(shape->threat_count + 1, sizeof *tally->exposures);
    tally->origins = ps_alloc(shape->origin_count + 1, sizeof *tally->origins);
    size_t days = ps_tally_day_count(shape) + 1;
    tally->losses.days = ps_alloc(days, sizeof *tally->losses.days);
    tally->recoveries.days = ps_alloc(days, sizeof *tally->recoveries.days);
}

void ps_tally_deinit(struct ps_tally *tally)
{
    free(tally->present);
    free(tally->up);
    free(tally->exposures);
    free(tally->origins);
    free(tally->causes);
    free(tally->losses.days);
    free(tally->recoveries.days);
    memset(tally, 0, sizeof *tally);
}

/* Where in the days a loss stands. */
static size_t day_index(const struct ps_tally *tally, ps_time when)
{
    return (size_t)(day_of(when) - day_of(tally->shape.from));
}

static void reset_days(const struct ps_tally *tally, const struct ps_tally_losses *losses)
{
    if (losses->count == 0)
        return;
    size_t first = day_index(tally, losses->first), last = day_index(tally, losses->last);
    memset(&losses->days[first], 0, (last - first + 1) * sizeof *losses->days);
}

void ps_tally_reset(struct ps_tally *tally)
{
    struct ps_tally kept = *tally;
    const struct ps_tally_shape *shape = &kept.shape;
    *tally = (struct ps_tally){.shape = kept.shape,
                               .present = kept.present,
                               .up = kept.up,
                               .causes = kept.causes,
                               .cause_capacity = kept.cause_capacity,
                               .exposures = kept.exposures,
                               .origins = kept.origins,
                               .losses.days = kept.losses.days,
                               .recoveries.days = kept.recoveries.days,
                               .last_until = PS_TIME_NEVER};
    memset(kept.present, 0, (shape->sample_count + 1) * sizeof *kept.present);
    memset(kept.up, 0, (shape->sample_count + 1) * sizeof *kept.up);
    memset(kept.exposures, 0, (shape->threat_count + 1) * sizeof *kept.exposures);
    memset(kept.origins, 0, (shape->origin_count + 1) * sizeof *kept.origins);
    reset_days(&kept, &kept.losses);
    reset_days(&kept, &kept.recoveries);
}

void ps_tally_interval(struct ps_tally *tally, const struct ps_samples *samples, ps_time from,
                       ps_time until, bool up)
{
    assert(from.s <= until.s);
    uint64_t seconds = (uint64_t)(until.s - from.s);
    size_t first =
        from.s == tally->last_until.s ? tally->last_end : first_at_or_after(samples, from);
    size_t end = first_at_or_after(samples, until);
    tally->last_until = until;
    tally->last_end = end;
    tally->booted_seconds += seconds;
    tally->present[first]++;
    tally->present[end]--;
    if (!up)
        return;
    tally->up_seconds += seconds;
    tally->up[first]++;
    tally->up[end]--;
}

/* The cause with that verdict; one without devices if there was none yet. */
static struct ps_tally_cause *cause_of(struct ps_tally *tally, uint32_t verdict, ps_time when)
{
    for (size_t i = 0; i < tally->cause_count; i++)
        if (tally->causes[i].verdict == verdict)
            return &tally->causes[i];
    PS_PUSH(tally->causes, tally->cause_count, tally->cause_capacity,
            (struct ps_tally_cause){
                .verdict = verdict, .first = when, .last = when, .example = UINT32_MAX});
    return &tally->causes[tally->cause_count - 1];
}

/* Widens `first` to `last` so that it holds `begin` and `end` too. */
static void widen(ps_time *first, ps_time *last, ps_time begin, ps_time end)
{
    if (begin.s < first->s)
        *first = begin;
    if (end.s > last->s)
        *last = end;
}

static void note_example(struct ps_tally_cause *cause, uint32_t number)
{
    if (number < cause->example)
        cause->example = number;
}

void ps_tally_cause(struct ps_tally *tally, const struct ps_tally_spell *spell)
{
    assert(spell->from.s <= spell->until.s);
    struct ps_tally_cause *cause = cause_of(tally, spell->verdict, spell->from);
    cause->devices++;
    cause->still_dark += spell->still_dark;
    cause->dark_seconds += (uint64_t)(spell->until.s - spell->from.s);
    widen(&cause->first, &cause->last, spell->from, spell->from);
    note_example(cause, spell->number);
}

void ps_tally_origin(struct ps_tally *tally, uint16_t origin, bool lost)
{
    assert(origin < tally->shape.origin_count);
    tally->origins[origin].devices++;
    tally->origins[origin].lost += lost;
}

static void note_day(const struct ps_tally *tally, struct ps_tally_losses *losses, ps_time when)
{
    assert(day_index(tally, when) < ps_tally_day_count(&tally->shape));
    if (losses->count++ == 0)
        losses->first = losses->last = when;
    widen(&losses->first, &losses->last, when, when);
    losses->days[day_index(tally, when)]++;
}

void ps_tally_loss(struct ps_tally *tally, ps_time when)
{
    assert(when.s >= tally->shape.from.s && when.s < tally->shape.until.s);
    note_day(tally, &tally->losses, when);
}

/* From when on recoveries are counted. */
static ps_time base_of(const struct ps_tally *tally)
{
    return (ps_time){day_of(tally->shape.from) * DAY_S};
}

void ps_tally_recovery(struct ps_tally *tally, ps_duration took)
{
    assert(took.s > 0);
    tally->recovery_seconds += (uint64_t)took.s;
    note_day(tally, &tally->recoveries, (ps_time){base_of(tally).s + took.s});
}

/* The first second of the day by which half of them had been, but never before the first. */
static ps_time median_day(const struct ps_tally *tally, const struct ps_tally_losses *losses)
{
    size_t day = day_index(tally, losses->first);
    uint64_t lost = losses->days[day];
    while (lost < (losses->count + 1) / 2)
        lost += losses->days[++day];
    ps_time begins = {(day_of(tally->shape.from) + (int64_t)day) * DAY_S};
    return begins.s < losses->first.s ? losses->first : begins;
}

ps_time ps_tally_median_loss(const struct ps_tally *tally)
{
    return tally->losses.count == 0 ? PS_TIME_NEVER : median_day(tally, &tally->losses);
}

struct ps_tally_took ps_tally_recovery_times(const struct ps_tally *tally)
{
    const struct ps_tally_losses *recoveries = &tally->recoveries;
    int64_t base_s = base_of(tally).s;
    if (recoveries->count == 0)
        return (struct ps_tally_took){{0}, {0}, {0}};
    return (struct ps_tally_took){{recoveries->first.s - base_s},
                                  {median_day(tally, recoveries).s - base_s},
                                  {recoveries->last.s - base_s}};
}

static void add_days(const struct ps_tally *tally, struct ps_tally_losses *into,
                     const struct ps_tally_losses *added)
{
    if (added->count == 0)
        return;
    if (into->count == 0) {
        into->first = added->first;
        into->last = added->last;
    }
    widen(&into->first, &into->last, added->first, added->last);
    into->count += added->count;
    size_t last = day_index(tally, added->last);
    for (size_t i = day_index(tally, added->first); i <= last; i++)
        into->days[i] += added->days[i];
}

void ps_tally_add(struct ps_tally *into, const struct ps_tally *from)
{
    assert(memcmp(&into->shape, &from->shape, sizeof into->shape) == 0);
    assert(!into->closed);
#define X(name, meaning) into->name += from->name;
    PS_TALLY_COUNTS(X)
#undef X
    for (size_t i = 0; i < PS_OUTCOME_COUNT; i++)
        into->outcomes[i] += from->outcomes[i];
    for (size_t i = 0; i < into->shape.sample_count; i++) {
        bool sums = from->closed && i > 0;
        into->present[i] += from->present[i] - (sums ? from->present[i - 1] : 0);
        into->up[i] += from->up[i] - (sums ? from->up[i - 1] : 0);
    }
    for (size_t i = 0; i < from->cause_count; i++) {
        const struct ps_tally_cause *added = &from->causes[i];
        struct ps_tally_cause *cause = cause_of(into, added->verdict, added->first);
#define X(name, meaning) cause->name += added->name;
        PS_TALLY_CAUSE_COUNTS(X)
#undef X
        widen(&cause->first, &cause->last, added->first, added->last);
        note_example(cause, added->example);
    }
    for (size_t i = 0; i < into->shape.threat_count; i++) {
        into->exposures[i].device_seconds += from->exposures[i].device_seconds;
        into->exposures[i].devices += from->exposures[i].devices;
    }
    for (size_t i = 0; i < into->shape.origin_count; i++) {
        into->origins[i].devices += from->origins[i].devices;
        into->origins[i].lost += from->origins[i].lost;
    }
    for (size_t i = 0; i < PS_ATTACK_ALL_COUNT; i++)
        into->accepts[i] |= from->accepts[i];
    add_days(into, &into->losses, &from->losses);
    add_days(into, &into->recoveries, &from->recoveries);
}

static bool days_sound(const struct ps_tally *tally, const struct ps_tally_losses *losses,
                       ps_time lowest)
{
    size_t days = ps_tally_day_count(&tally->shape), first = 0, last = 0;
    if (losses->count > 0) {
        if (losses->first.s < lowest.s || losses->first.s > losses->last.s ||
            losses->last.s >= tally->shape.until.s)
            return false;
        first = day_index(tally, losses->first);
        last = day_index(tally, losses->last);
        if (losses->days[first] == 0 || losses->days[last] == 0)
            return false;
    }
    uint64_t left = losses->count;
    for (size_t i = 0; i < days; i++) {
        if (losses->days[i] > left || (losses->days[i] > 0 && (i < first || i > last)))
            return false;
        left -= losses->days[i];
    }
    return left == 0;
}

bool ps_tally_losses_sound(const struct ps_tally *tally)
{
    return days_sound(tally, &tally->losses, tally->shape.from) &&
           days_sound(tally, &tally->recoveries, base_of(tally));
}

void ps_tally_close(struct ps_tally *tally)
{
    assert(!tally->closed);
    tally->closed = true;
    for (size_t i = 1; i < tally->shape.sample_count; i++) {
        tally->present[i] += tally->present[i - 1];
        tally->up[i] += tally->up[i - 1];
        assert(tally->up[i] >= 0 && tally->up[i] <= tally->present[i]);
    }
}
