/* SPDX-License-Identifier: Apache-2.0
 *
 * The fleet: what chance decided about each device, drawn again whenever it is asked for (a device
 * is (cohort, number)). Also the device's own clock as a function of true time.
 */
#ifndef HARNESS_ENGINE_FLEET_H
#define HARNESS_ENGINE_FLEET_H

#include <stdbool.h>
#include "engine/schedule.h"
#include "engine/world.h"

/* What is wrong with a device's clock (clock.h). */
struct ps_clock_faults {
    ps_time battery_empty; /* NEVER */
    int32_t fast_ppm;      /* while nobody tells it the time */
    ps_duration behind;    /* as one with a battery was set */
    ps_duration ahead;     /* as one was set, or is told, until `ahead_until` */
    ps_time ahead_until;   /* ALWAYS: it is not; NEVER: for good */
    enum ps_past_2038 past_2038;
};

struct ps_device {
    uint32_t cohort, number;
    struct ps_subject subject;
    struct ps_stage_subject stage;
    ps_time made;
    ps_time boot;          /* first power */
    ps_time retired;       /* PS_TIME_NEVER */
    ps_time first_slot;    /* the first due contact's, at or after the scenario's `from` */
    ps_time first_contact; /* when that comes */
    ps_time synchronised;  /* from when on its clock is right, if its strategy has no RTC; NEVER:
                              blocked */
    struct ps_clock_faults clock;
    struct ps_schedule *schedule; /* owned; NULL: nothing irregular */
};

/* The draws; copies borrow the schedule from it. */
void ps_device_draw(const struct ps_world *world, uint32_t cohort, uint32_t number,
                    struct ps_device *ret_device);
void ps_device_deinit(struct ps_device *device);
/* A copy that is given up on its own. */
struct ps_device ps_device_share(const struct ps_device *device);

/* Whether the device ever makes a contact within the scenario. */
bool ps_device_boots(const struct ps_world *world, const struct ps_device *device);

#endif
