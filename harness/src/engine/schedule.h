/* SPDX-License-Identifier: Apache-2.0
 *
 * When a device has power, when it is online, and when its contacts are due: what chance decided
 * about that, drawn once per device and the same under every strategy.
 *
 * Contacts are due in slots, `every` apart. A contact comes at its slot or, with jitter, up to that
 * later, by a draw for each slot; jitter is less than `every`, so contacts keep the order of their
 * slots. Runs of contacts and all that a device counts by its own timer (sessions, polls, tickets)
 * are kept in slots; what the world changes meets a contact at its own second.
 *
 * In a gap (offline, without power) no contact is due, and a session that was held is over when it
 * begins: the first contact after it is that of the first slot whose second lies at or behind its
 * end. A gap without length ends sessions and nothing else: a server was started anew.
 *
 * A device whose cohort has nothing irregular has no schedule: the pointer is NULL, contacts come
 * at their slots, and the functions here that every stretch calls are one comparison then.
 */
#ifndef HARNESS_ENGINE_SCHEDULE_H
#define HARNESS_ENGINE_SCHEDULE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/random.h"
#include "engine/world.h"

/* begins <= t < ends */
struct ps_gap {
    ps_time begins, ends;
};

/* By how much the contact of slot `number` - 1 is late; a device's strategies ask for the same ones
 * again and again. */
struct ps_late {
    uint32_t number, late_s;
};

struct ps_calendar;
struct ps_course;

struct ps_schedule {
    uint32_t holders; /* beside the first */
    uint64_t seed;
    struct ps_subject subject;
    ps_time slot; /* one of them */
    int64_t every_s, jitter_s;
    struct ps_late *late; /* some of them, each at its place; NULL: there is no jitter */
    struct ps_gap *gaps;  /* by time, none touches another; those that end before `from` left out */
    size_t gap_count, gap_capacity;
    struct ps_gap *blackouts; /* without power, by time, from the first power on; all of them */
    size_t blackout_count, blackout_capacity;
    struct ps_calendar *calendar; /* NULL: nobody asked yet; owned */
    struct ps_course *courses;    /* of its clock (course.h), as far as anybody asked; owned */
};

struct ps_device;

/* Gives the schedule of a device whose other draws are known; NULL: it needs none. */
struct ps_schedule *ps_schedule_new(const struct ps_world *world, const struct ps_device *device);
/* Gives it up; NULL allowed. */
void ps_schedule_free(struct ps_schedule *schedule);
/* The same, held once more: both have to be given up, by one thread at a time. */
struct ps_schedule *ps_schedule_share(struct ps_schedule *schedule);

/* The second of a slot's contact, with jitter. */
ps_time ps_schedule_jittered(const struct ps_schedule *schedule, ps_time slot);

/* A run has its elements in slots `step` apart, or seconds where that is less than `every`. */
static inline bool ps_schedule_moves(const struct ps_schedule *schedule, int64_t step)
{
    return schedule && schedule->jitter_s > 0 && step >= schedule->every_s;
}
/* The second of element `n` of first, first + step, ... */
static inline ps_time ps_schedule_at(const struct ps_schedule *schedule, ps_time first,
                                     int64_t step, uint64_t n)
{
    ps_time slot = {first.s + (int64_t)n * step};
    return ps_schedule_moves(schedule, step) ? ps_schedule_jittered(schedule, slot) : slot;
}
/* How many elements of first, first + step, ... come before `t`. */
static inline uint64_t ps_schedule_before(const struct ps_schedule *schedule, ps_time first,
                                          int64_t step, ps_time t)
{
    if (t.s <= first.s)
        return 0;
    uint64_t n = (uint64_t)((t.s - 1 - first.s) / step) + 1;
    /* Only the last of those whose slots do may itself be too late. */
    return ps_schedule_moves(schedule, step) &&
                   first.s + (int64_t)(n - 1) * step + schedule->jitter_s >= t.s &&
                   ps_schedule_at(schedule, first, step, n - 1).s >= t.s
               ? n - 1
               : n;
}

/* The slot of the first contact that is due at or after `t`. `slot` is any of the device's at or
 * before `t`. */
ps_time ps_schedule_first(const struct ps_schedule *schedule, ps_time slot, int64_t every_s,
                          ps_time t);
/* The slot of the contact after that of `slot`, whose session is held `step` on the device's timer,
 * if nothing ends it. */
ps_time ps_schedule_next(const struct ps_schedule *schedule, ps_time slot, int64_t step);
/* The slot of the n-th contact that is due after that of `slot`, where each fails. */
ps_time ps_schedule_skip(const struct ps_schedule *schedule, ps_time slot, int64_t every_s,
                         uint64_t n);
/* How many come after that of `slot` until and with `t`; `slot` becomes that of the last of them.
 */
uint64_t ps_schedule_due(const struct ps_schedule *schedule, ps_time *slot, int64_t every_s,
                         ps_time t);
/* Whether the contact of `slot` comes at or after `t`. */
static inline bool ps_schedule_reaches(const struct ps_schedule *schedule, ps_time slot, ps_time t)
{
    return slot.s >= t.s || (schedule && slot.s + schedule->jitter_s >= t.s &&
                             ps_schedule_at(schedule, slot, schedule->every_s, 0).s >= t.s);
}
/* The contact after that of `slot` would lie in gap *gap or behind it: `slot` becomes that of the
 * first that is due behind it and behind those that it lies in then, and *gap the first that begins
 * after it. */
void ps_schedule_cross(const struct ps_schedule *schedule, ps_time *slot, size_t *gap);
/* How many gaps begin at or before `t`: the number of the next. */
size_t ps_schedule_gaps_begun(const struct ps_schedule *schedule, ps_time t);
/* When gap `number` begins; NEVER: there are not so many. */
static inline ps_time ps_schedule_gap_begins(const struct ps_schedule *schedule, size_t number)
{
    return schedule && number < schedule->gap_count ? schedule->gaps[number].begins : PS_TIME_NEVER;
}
/* When the next gap begins, after `t`; NEVER. Contacts before it are regular. */
ps_time ps_schedule_break(const struct ps_schedule *schedule, ps_time t);
/* When the device next loses power, after `t`; NEVER. */
ps_time ps_schedule_blackout(const struct ps_schedule *schedule, ps_time t);
bool ps_schedule_is_online(const struct ps_schedule *schedule, ps_time t);
/* Of the seconds from <= t < until. */
uint64_t ps_schedule_online_s(const struct ps_schedule *schedule, ps_time from, ps_time until);

/* The last power-up at or before `t` (the first power, where none was later) and, in *ret_until,
 * the next one; NEVER: none comes. */
ps_time ps_schedule_booted(const struct ps_device *device, ps_time t, ps_time *ret_until);

#endif
