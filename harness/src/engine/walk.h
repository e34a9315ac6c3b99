/* SPDX-License-Identifier: Apache-2.0
 *
 * A walk over a track: a device's contacts, counted epoch by epoch for as long as they give the
 * same verdict. It does not end with a gap in the device's schedule: the contacts of each piece
 * between two gaps are regular, and the next piece begins behind the gap.
 */
#ifndef HARNESS_ENGINE_WALK_H
#define HARNESS_ENGINE_WALK_H

#include "engine/calendar.h"
#include "engine/track.h"

struct ps_walk {
    const struct ps_epochs *epochs;
    struct ps_track *track; /* NULL: whatever the verdicts are, to `until` */
    const struct ps_schedule *schedule;
    /* The clock is behind, and the track is for right ones: the walk ends where the clock shows
     * another epoch than it is. The part that `t` lies in, and those behind it. NULL: the clock is
     * as that of the track. */
    const struct ps_course_part *behind;
    int64_t behind_s;                   /* never by more than that */
    const struct ps_calendar *calendar; /* whole epochs are looked up there; NULL: none is */
    uint32_t verdict;
    int64_t step;
    ps_time until;
    size_t gap; /* of the schedule: the first that begins after `t` */
    uint32_t e; /* that `t` lies in */
    /* The next contact, which is the piece's first when that begins: */
    ps_time slot, t;
    /* Of the piece that was walked last: */
    uint64_t count;          /* contacts, at least 1 */
    uint64_t regular;        /* the last so many of them have their slots a step apart */
    ps_time last_slot, last; /* contact */
    uint64_t stepped;        /* epochs, of all pieces */
};

/* A clock that is behind shows, at `t`, something in the same epoch `e`, and not in its first
 * second: then it stands among all dates as a right one does. */
bool ps_walk_is_caught_up(const struct ps_device_clock *clock, const struct ps_epochs *epochs,
                          uint32_t e, ps_time t);
/* One piece, whose first contact gives the verdict and comes before `until`. True: the next contact
 * does so too. */
bool ps_walk_piece(struct ps_walk *walk);

#endif
