/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/tally.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

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
    size_t low = 0, high = samples->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (samples->at[middle].s < t.s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

void ps_tally_init(struct ps_tally *tally, size_t sample_count, size_t threat_count)
{
    memset(tally, 0, sizeof *tally);
    tally->present = ps_alloc(sample_count + 1, sizeof *tally->present);
    tally->up = ps_alloc(sample_count + 1, sizeof *tally->up);
    tally->exposures = ps_alloc(threat_count + 1, sizeof *tally->exposures);
}

void ps_tally_deinit(struct ps_tally *tally)
{
    free(tally->present);
    free(tally->up);
    free(tally->exposures);
    free(tally->causes);
    free(tally->losses);
    memset(tally, 0, sizeof *tally);
}

void ps_tally_interval(struct ps_tally *tally, const struct ps_samples *samples, ps_time from,
                       ps_time until, bool up)
{
    assert(from.s <= until.s);
    uint64_t seconds = (uint64_t)(until.s - from.s);
    size_t first = first_at_or_after(samples, from), end = first_at_or_after(samples, until);
    tally->booted_seconds += seconds;
    tally->present[first]++;
    tally->present[end]--;
    if (!up)
        return;
    tally->up_seconds += seconds;
    tally->up[first]++;
    tally->up[end]--;
}

void ps_tally_cause(struct ps_tally *tally, uint32_t verdict, ps_time when, bool still_dark)
{
    struct ps_tally_cause *cause = NULL;
    for (size_t i = 0; i < tally->cause_count && !cause; i++)
        if (tally->causes[i].verdict == verdict)
            cause = &tally->causes[i];
    if (!cause) {
        PS_PUSH(tally->causes, tally->cause_count, tally->cause_capacity,
                (struct ps_tally_cause){.verdict = verdict, .first = when, .last = when});
        cause = &tally->causes[tally->cause_count - 1];
    }
    cause->devices++;
    cause->still_dark += still_dark;
    if (when.s < cause->first.s)
        cause->first = when;
    if (when.s > cause->last.s)
        cause->last = when;
}

static int compare_causes(const void *left, const void *right)
{
    const struct ps_tally_cause *a = left, *b = right;
    if (a->devices != b->devices)
        return a->devices < b->devices ? 1 : -1;
    if (a->first.s != b->first.s)
        return ps_time_compare(a->first, b->first);
    return (a->verdict > b->verdict) - (a->verdict < b->verdict);
}

void ps_tally_close(struct ps_tally *tally, size_t sample_count)
{
    for (size_t i = 1; i < sample_count; i++) {
        tally->present[i] += tally->present[i - 1];
        tally->up[i] += tally->up[i - 1];
        assert(tally->up[i] >= 0 && tally->up[i] <= tally->present[i]);
    }
    if (tally->loss_count > 0)
        qsort(tally->losses, tally->loss_count, sizeof *tally->losses, compare_times);
    if (tally->cause_count > 0)
        qsort(tally->causes, tally->cause_count, sizeof *tally->causes, compare_causes);
}
