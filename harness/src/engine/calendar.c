/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/calendar.h"

#include <stdlib.h>
#include "base/memory.h"
#include "engine/fleet.h"

void ps_calendar_free(struct ps_calendar *calendar)
{
    if (!calendar)
        return;
    free(calendar->rows);
    free(calendar);
}

/* Where the next contact lies. How late it is is drawn only where that decides something. */
struct filling {
    const struct ps_schedule *schedule;
    const ps_time *at; /* epochs */
    ps_time slot;
    size_t gap;
    uint32_t e;
};

static bool reaches(const struct filling *f, ps_time t)
{
    return ps_schedule_reaches(f->schedule, f->slot, t);
}

/* The contacts of epoch `f->e`, which is whole; the filling ends with the first behind it. */
static void fill_row(struct filling *f, struct ps_calendar_row *row)
{
    const ps_time over = f->at[f->e + 1];
    const int64_t every_s = f->schedule->every_s;
    bool crosses;
    do {
        ps_time gap = ps_schedule_gap_begins(f->schedule, f->gap);
        uint64_t n = ps_schedule_before(f->schedule, f->slot, every_s, over.s < gap.s ? over : gap);
        row->last_slot.s = f->slot.s + (int64_t)(n - 1) * every_s; /* n > 0: one is due here */
        row->count += n;
        f->slot.s += (int64_t)n * every_s;
        crosses = reaches(f, gap);
        if (crosses)
            ps_schedule_cross(f->schedule, &f->slot, &f->gap);
    } while (crosses && !reaches(f, over));
    while (reaches(f, f->at[f->e + 1]))
        f->e++;
    row->next = f->e;
}

const struct ps_calendar *ps_calendar_of(const struct ps_device *device,
                                         const struct ps_epochs *epochs, ps_time until)
{
    struct ps_schedule *schedule = device->schedule;
    if (!schedule || schedule->calendar)
        return schedule ? schedule->calendar : NULL;
    struct ps_calendar *calendar = schedule->calendar = ps_alloc(1, sizeof *calendar);
    calendar->rows = ps_alloc(epochs->count, sizeof *calendar->rows);
    struct filling f = {.schedule = schedule,
                        .at = epochs->at,
                        .slot = device->first_slot,
                        .gap = ps_schedule_gaps_begun(schedule, device->first_contact),
                        .e = ps_epochs_find(epochs, device->first_contact)};
    for (;;) {
        struct ps_calendar_row *row = &calendar->rows[f.e];
        ps_time begins = epochs->at[f.e];
        row->slot = f.slot;
        row->gap = (uint32_t)f.gap;
        bool at_once = !reaches(&f, (ps_time){begins.s + 1});
        if (epochs->at[f.e + 1].s > until.s)
            return calendar;
        fill_row(&f, row);
        if (at_once)
            row->count = 0;
    }
}
