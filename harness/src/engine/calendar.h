/* SPDX-License-Identifier: Apache-2.0
 *
 * A device's contacts by epoch, where each is due `every` after the one before it: counted once for
 * all strategies whose sessions end before the next contact. Kept with the device's schedule; one
 * without a schedule has none, for its contacts are regular and counted as easily.
 */
#ifndef HARNESS_ENGINE_CALENDAR_H
#define HARNESS_ENGINE_CALENDAR_H

#include "engine/epochs.h"
#include "engine/schedule.h"

/* Of one epoch. */
struct ps_calendar_row {
    /* Contacts; 0: none is in it, or it is not whole within the life, or one comes in its first
     * second, which may be unlike the rest. */
    uint64_t count;
    ps_time slot;      /* of the first, wherever one is, also after the life's end */
    ps_time last_slot; /* if there are any */
    uint32_t next;     /* the next epoch in which a contact would be */
    uint32_t gap;      /* of the schedule: the first that begins after the first contact */
};
struct ps_calendar {
    struct ps_calendar_row *rows; /* by epoch; owned */
};

/* The device's own; NULL: it has none. Contacts from `until` on do not count. */
const struct ps_calendar *ps_calendar_of(const struct ps_device *device,
                                         const struct ps_epochs *epochs, ps_time until);
void ps_calendar_free(struct ps_calendar *calendar); /* NULL allowed */

#endif
