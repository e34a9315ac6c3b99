/* SPDX-License-Identifier: Apache-2.0
 *
 * The course of a device's clock: how it stands to time, part by part from the first contact to the
 * end of the life, in the words that tracks have for it (PS_TRACK_CLOCK_). It depends on the device
 * and on where its strategy gets the time from, so it is found once for all strategies that get it
 * from the same place, and kept with the device's schedule: a clock of which much is to be known is
 * that of a device which loses power. Any other has a part or two, found where they are asked for.
 */
#ifndef HARNESS_ENGINE_COURSE_H
#define HARNESS_ENGINE_COURSE_H

#include "engine/life.h"

enum { PS_COURSE_NO_TRACK = UINT32_MAX }; /* tracks have none for such a clock */

/* Parts that are alike, from the `first` on. */
struct ps_course_run {
    ps_time from, until;
    uint32_t kind;
    uint32_t first;
    uint32_t until_e; /* epoch that `until` lies in */
    int64_t behind_s; /* PS_TRACK_CLOCK_BEHIND: never by more than that */
};

/* Of the clocks of a device under strategies whose `source` and floors are these. */
struct ps_course {
    enum ps_clock source;
    ps_time floor, build;
    struct ps_course_part *parts; /* by time, each begins where the one before it ends; owned */
    size_t count, capacity;
    struct ps_course_run *runs; /* by time; owned */
    size_t run_count, run_capacity;
    struct ps_course *next; /* of the same device; owned */
};

/* How the clock of `life` stands to time at `t`, a second of the life, with firmware built at
 * `build`, and for how long. *run: where that was found the last time. */
struct ps_course_run ps_life_course_run(struct ps_life *life, const struct ps_life_world *w,
                                        ps_time build, ps_time t, size_t *run);
/* The part that `t` lies in. What it gives stays until the next call for this life, or the life
 * moves; and the parts behind it, as far as its run goes. */
const struct ps_course_part *ps_life_course(struct ps_life *life, const struct ps_life_world *w,
                                            ps_time build, ps_time t);
/* Of a whole device. NULL allowed. */
void ps_courses_free(struct ps_course *courses);

#endif
