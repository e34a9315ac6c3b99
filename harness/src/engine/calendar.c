/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/calendar.h"

#include <stdlib.h>
#include "base/memory.h"
#include "engine/fleet.h"
#include "engine/walk.h"

void ps_calendar_free(struct ps_calendar *calendar)
{
    if (!calendar)
        return;
    free(calendar->rows);
    free(calendar);
}

/* The contacts of epoch `walk->e`, which is whole; the walk ends with the first behind it. */
static void fill_row(struct ps_walk *walk, struct ps_calendar_row *row)
{
    walk->until = walk->epochs->at[walk->e + 1];
    for (bool goes_on = true; goes_on; row->count += walk->count)
        goes_on = ps_walk_piece(walk);
    row->last_slot = walk->last_slot;
    row->last = walk->last;
    row->next = walk->e;
}

const struct ps_calendar *ps_calendar_of(const struct ps_device *device,
                                         const struct ps_epochs *epochs, ps_time until)
{
    struct ps_schedule *schedule = device->schedule;
    if (!schedule || schedule->calendar)
        return schedule ? schedule->calendar : NULL;
    struct ps_calendar *calendar = schedule->calendar = ps_alloc(1, sizeof *calendar);
    calendar->rows = ps_alloc(epochs->count, sizeof *calendar->rows);
    struct ps_walk walk = {.epochs = epochs,
                           .schedule = schedule,
                           .step = schedule->every_s,
                           .gap = ps_schedule_gaps_begun(schedule, device->first_contact),
                           .e = ps_epochs_find(epochs, device->first_contact),
                           .slot = device->first_slot,
                           .t = device->first_contact};
    for (;;) {
        struct ps_calendar_row *row = &calendar->rows[walk.e];
        row->slot = walk.slot;
        row->t = walk.t;
        if (epochs->at[walk.e + 1].s > until.s)
            return calendar;
        fill_row(&walk, row);
    }
}
