/* SPDX-License-Identifier: Apache-2.0
 *
 * Tallies: what a lane (one strategy in one cohort) counts. Integers only; they add up in any
 * order, and the sum does not depend on it. Their size depends on the scenario, never on the fleet:
 * losses are counted by UTC day, causes by verdict. Numbers of verdicts depend on who met what
 * first: whoever orders causes orders them by what the verdicts say.
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

/* Counts that simply add up, of a tally and of one of its causes. Whatever adds, stores or reads
 * tallies goes by these lists. X(name, meaning) */
#define PS_TALLY_COUNTS(X)                                                                         \
    X(devices, "lived")                                                                            \
    X(booted, "of these, ever made a due contact within the scenario")                             \
    X(contacts_accepted, "counted in closed form")                                                 \
    X(contacts_failed, "the same")                                                                 \
    X(booted_seconds, "booted and unretired")                                                      \
    X(up_seconds, "of these, connected")                                                           \
    X(updates_installed, "over all devices")                                                       \
    X(recovery_seconds, "from dark to connected, of the last dark spells of recovered devices")
#define PS_TALLY_CAUSE_COUNTS(X)                                                                   \
    X(devices, "whose last dark spell began with that verdict")                                    \
    X(still_dark, "of these, dark at the end and not retired")                                     \
    X(dark_seconds, "of the dark spells that are counted here, one of each device")

#define X(name, meaning) uint64_t name;
struct ps_tally_cause {
    uint32_t verdict; /* number in the replay's verdicts */
    uint32_t example; /* the lowest number of these devices in the cohort: one to look at */
    ps_time first, last;
    PS_TALLY_CAUSE_COUNTS(X)
};
#undef X

/* The last dark spell of device `number` of the lane's cohort, in from <= t < until. */
struct ps_tally_spell {
    uint32_t verdict, number;
    ps_time from, until;
    bool still_dark;
};

/* What the last dark spells, and the takeovers, are put down to (origin.h). */
struct ps_tally_origin {
    uint64_t devices;
    uint64_t lost; /* of these, dark at the end and not retired, or taken over */
};

struct ps_tally_exposure {
    uint64_t device_seconds, devices;
};

/* What every tally of a run has in common. */
struct ps_tally_shape {
    size_t sample_count, threat_count, origin_count;
    ps_time from, until; /* of the scenario: whoever is lost is lost in from <= t < until */
};

/* Beginnings of devices' first dark spells. */
struct ps_tally_losses {
    uint64_t count;
    ps_time first, last; /* exact; only with a count */
    uint64_t *days;      /* devices by UTC day, from the day of the scenario's `from` on */
};

struct ps_tally {
    struct ps_tally_shape shape;
    bool closed;
#define X(name, meaning) uint64_t name;
    PS_TALLY_COUNTS(X)
#undef X
    uint64_t outcomes[PS_OUTCOME_COUNT];
    int64_t *present, *up; /* differences per sample, count + 1 of them; ps_tally_close adds up */
    struct ps_tally_cause *causes;
    size_t cause_count, cause_capacity;
    struct ps_tally_exposure *exposures; /* per threat */
    struct ps_tally_origin *origins;     /* per origin */
    bool accepts[PS_ATTACK_ALL_COUNT];   /* at any time that was probed */
    struct ps_tally_losses losses;
    /* How long devices took to recover: as if each had begun with the day of the scenario's `from`.
     */
    struct ps_tally_losses recoveries;
    /* The interval that was noted last: the next one often begins where it ends. */
    ps_time last_until;
    size_t last_end; /* the first sample from then on */
};

/* Days that losses can fall on. */
size_t ps_tally_day_count(const struct ps_tally_shape *shape);
void ps_tally_init(struct ps_tally *tally, const struct ps_tally_shape *shape);
void ps_tally_deinit(struct ps_tally *tally);
/* As after ps_tally_init, in the same memory. */
void ps_tally_reset(struct ps_tally *tally);
/* Adds what `from` counted. Both have the same shape and the same numbers of verdicts; `into` is
 * not closed, `from` may be. */
void ps_tally_add(struct ps_tally *into, const struct ps_tally *from);
/* A device was present (and connected, if `up`) for from <= t < until. */
void ps_tally_interval(struct ps_tally *tally, const struct ps_samples *samples, ps_time from,
                       ps_time until, bool up);
void ps_tally_cause(struct ps_tally *tally, const struct ps_tally_spell *spell);
void ps_tally_origin(struct ps_tally *tally, uint16_t origin, bool lost);
/* A device's first dark spell begins. */
void ps_tally_loss(struct ps_tally *tally, ps_time when);
/* A device that recovered was dark for so long, at last. */
void ps_tally_recovery(struct ps_tally *tally, ps_duration took);
/* The shortest and the longest of these, and how many whole days half of the devices took at most.
 * All zero if none recovered. */
struct ps_tally_took {
    ps_duration shortest, median, longest;
};
struct ps_tally_took ps_tally_recovery_times(const struct ps_tally *tally);
/* The day on which half of the lost devices had been lost: its first second, but never before the
 * first loss. NEVER without a loss. */
ps_time ps_tally_median_loss(const struct ps_tally *tally);
/* Whether what is said of losses and recoveries can be: the days sum to the count, and lie from the
 * first one's to the last one's. */
bool ps_tally_losses_sound(const struct ps_tally *tally);
/* After the last device, once: differences become counts. */
void ps_tally_close(struct ps_tally *tally);

#endif
