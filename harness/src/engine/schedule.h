/* SPDX-License-Identifier: Apache-2.0
 *
 * When a device has power, when it is online, and when its contacts are due: what chance decided
 * about that, drawn once per device and the same under every strategy.
 *
 * Contacts are due in slots, `every` apart from the device's first power on. A contact comes at its
 * slot or, with jitter, up to that later, by a draw for each slot; jitter is less than `every`, so
 * contacts keep the order of their slots. Runs of contacts and everything that a device counts by
 * its own timer (sessions, polls) are kept in slots; what the world changes meets contacts at their
 * own seconds.
 *
 * A device whose cohort has nothing irregular has no schedule: the pointer is NULL, contacts come
 * at their slots, and every function here is then one comparison.
 */
#ifndef HARNESS_ENGINE_SCHEDULE_H
#define HARNESS_ENGINE_SCHEDULE_H

#include "engine/fleet.h"

/* The last power-up at or before `t` (the first power, where none was later) and, in *ret_until,
 * the next one; NEVER: none comes. */
ps_time ps_schedule_booted(const struct ps_device *device, ps_time t, ps_time *ret_until);

#endif
