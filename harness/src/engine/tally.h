/* SPDX-License-Identifier: Apache-2.0
 *
 * Tallies: what a lane (one strategy in one cohort) counts. Integers only; they add up in any
 * order, and the sum does not depend on it.
 */
#ifndef HARNESS_ENGINE_TALLY_H
#define HARNESS_ENGINE_TALLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/time.h"
#include "base/verdict.h"

/* The seconds at which availability is read off; ascending and unique. */
struct ps_samples {
    ps_time *at;
    size_t count, capacity;
};
void ps_samples_add(struct ps_samples *samples, ps_time t);
void ps_samples_sort(struct ps_samples *samples); /* and drops duplicates */
void ps_samples_deinit(struct ps_samples *samples);

struct ps_tally_cause {
    uint32_t verdict; /* number in the replay's verdicts */
    uint64_t devices;
    uint64_t still_dark; /* at the end, and not retired */
    ps_time first, last;
};

struct ps_tally_exposure {
    uint64_t device_seconds, devices;
};

struct ps_tally {
    uint64_t devices, booted;
    uint64_t outcomes[PS_OUTCOME_COUNT];
    uint64_t contacts_accepted, contacts_failed;
    uint64_t booted_seconds, up_seconds;
    uint64_t updates_installed;
    int64_t *present, *up; /* differences per sample, count + 1 of them; ps_tally_close sums them */
    struct ps_tally_cause *causes;
    size_t cause_count, cause_capacity;
    struct ps_tally_exposure *exposures; /* per threat */
    bool accepts[PS_ATTACK_ALL_COUNT];   /* at any time that was probed */
    ps_time *losses; /* beginning of each device's first dark spell; ps_tally_close sorts them */
    size_t loss_count, loss_capacity;
};

void ps_tally_init(struct ps_tally *tally, size_t sample_count, size_t threat_count);
void ps_tally_deinit(struct ps_tally *tally);
/* A device was present (and connected, if `up`) for from <= t < until. */
void ps_tally_interval(struct ps_tally *tally, const struct ps_samples *samples, ps_time from,
                       ps_time until, bool up);
void ps_tally_cause(struct ps_tally *tally, uint32_t verdict, ps_time when, bool still_dark);
/* After the last device: differences become counts, losses are sorted, causes ordered by devices,
 * then first time, then verdict. */
void ps_tally_close(struct ps_tally *tally, size_t sample_count);

#endif
