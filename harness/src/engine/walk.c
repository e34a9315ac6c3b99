/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/walk.h"

bool ps_walk_is_caught_up(const struct ps_device_clock *clock, const struct ps_epochs *epochs,
                          uint32_t e, ps_time t)
{
    return ps_clock_counts(clock, t).s > epochs->at[e].s;
}

/* Whether a contact at `t`, in epoch `e`, gives the verdict. */
static inline bool is_alike(struct ps_walk *walk, uint32_t e, int64_t t)
{
    const ps_time *at = walk->epochs->at;
    uint32_t known = walk->verdict + PS_TRACK_FIRST;
    if (!walk->track)
        return true;
    if ((t == at[e].s ? walk->track->epochs[e].begin : walk->track->epochs[e].rest) != known)
        return false;
    if (!walk->behind || t - walk->behind_s > at[e].s)
        return true;
    while (walk->behind->until.s <= t)
        walk->behind++;
    return ps_walk_is_caught_up(&walk->behind->clock, walk->epochs, e, (ps_time){t});
}

static uint32_t epoch_from(const struct ps_walk *walk, uint32_t e, int64_t t)
{
    return ps_epochs_from(walk->epochs, e, (ps_time){t});
}

static int64_t second_of(const struct ps_walk *walk, int64_t slot)
{
    return ps_schedule_at(walk->schedule, (ps_time){slot}, walk->step, 0).s;
}

/* Contacts up to before `bound`. How late one is matters, and is drawn, only where an epoch or the
 * piece may end before it comes; any other may as well come at its slot. */
static void walk_regular(struct ps_walk *walk, int64_t bound)
{
    const ps_time *at = walk->epochs->at;
    const struct ps_track_epoch *track = walk->track ? walk->track->epochs : NULL;
    uint32_t e = walk->e, known = walk->verdict + PS_TRACK_FIRST;
    int64_t late = ps_schedule_moves(walk->schedule, walk->step) ? walk->schedule->jitter_s : 0;
    int64_t slot = walk->slot.s, t = walk->t.s, step = walk->step;
    while (t < bound && is_alike(walk, e, t)) {
        int64_t end = !track || track[e].rest == known ? at[e + 1].s : t + 1;
        end = end < bound ? end : bound;
        int64_t more = (end - 1 - slot) / step; /* beside this one */
        int64_t last = slot + more * step;
        if (more > 0 && last + late >= end && second_of(walk, last) >= end)
            more--;
        walk->count += (uint64_t)more + 1;
        walk->stepped++;
        slot += (more + 1) * step;
        e = epoch_from(walk, e, slot);
        int64_t latest = slot + late;
        bool matters = slot == at[e].s || latest >= at[e + 1].s || latest >= bound ||
                       (walk->behind && slot - walk->behind_s <= at[e].s);
        t = late > 0 && matters ? second_of(walk, slot) : slot;
        e = epoch_from(walk, e, t);
    }
    walk->slot.s = slot;
    walk->t.s = second_of(walk, slot);
    walk->last_slot.s = slot - step;
    walk->last.s = second_of(walk, slot - step);
    walk->regular = walk->count;
    walk->e = e;
}

static void cross_gap(struct ps_walk *walk)
{
    walk->slot = walk->last_slot;
    ps_schedule_cross(walk->schedule, &walk->slot, &walk->gap);
    walk->t = ps_schedule_at(walk->schedule, walk->slot, walk->schedule->every_s, 0);
    while (walk->epochs->at[walk->e].s > walk->t.s) /* a session was to be held until later */
        walk->e--;
    walk->e = epoch_from(walk, walk->e, walk->t.s);
}

/* How late the first contact is is drawn only where that decides. */
static inline bool is_whole_alike(struct ps_walk *walk, uint32_t e,
                                  const struct ps_calendar_row *row)
{
    return !walk->behind || row->slot.s - walk->behind_s > walk->epochs->at[e].s ||
           is_alike(walk, e, second_of(walk, row->slot.s));
}

/* As many whole epochs as there are, from that of the next contact on. A clock that is behind is
 * asked at the first contact of each: one that has caught up with an epoch does not fall back
 * before it, for none that is near goes back, not even without power. */
static void walk_whole(struct ps_walk *walk)
{
    const struct ps_calendar_row *rows = walk->calendar->rows, *row = &rows[walk->e];
    const ps_time *at = walk->epochs->at;
    const struct ps_track_epoch *track = walk->track->epochs;
    uint32_t e = walk->e, known = walk->verdict + PS_TRACK_FIRST;
    if (walk->slot.s != row->slot.s) /* it has begun */
        return;
    const struct ps_calendar_row *last = NULL;
    const int64_t until = walk->until.s;
    uint64_t count = 0, stepped = 0;
    while (row->count > 0 && at[e + 1].s <= until && track[e].rest == known &&
           is_whole_alike(walk, e, row)) {
        count += row->count;
        stepped++;
        last = row;
        e = row->next;
        row = &rows[e];
    }
    if (!last)
        return;
    walk->count = count;
    walk->stepped += stepped;
    walk->last_slot = last->last_slot;
    walk->regular = 1;
    walk->e = e;
    walk->slot = row->slot;
    walk->gap = row->gap;
    walk->t.s = second_of(walk, walk->slot.s);
    walk->last.s = second_of(walk, walk->last_slot.s);
}

bool ps_walk_piece(struct ps_walk *walk)
{
    int64_t bound = walk->until.s, gap = ps_schedule_gap_begins(walk->schedule, walk->gap).s;
    walk->count = 0;
    if (walk->calendar) {
        walk_whole(walk);
        int64_t end = walk->epochs->at[walk->e + 1].s;
        bound = end < bound ? end : bound;
    }
    if (walk->count == 0) {
        walk_regular(walk, gap < bound ? gap : bound);
        if (walk->t.s >= gap)
            cross_gap(walk);
    }
    return walk->t.s < walk->until.s && is_alike(walk, walk->e, walk->t.s);
}
