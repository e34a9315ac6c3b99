/* SPDX-License-Identifier: Apache-2.0
 *
 * What chance decided about a device, and what it is under a strategy, for people. All in the
 * arena.
 */
#ifndef HARNESS_SIMULATION_DEVICE_FACTS_H
#define HARNESS_SIMULATION_DEVICE_FACTS_H

#include "base/memory.h"
#include "engine/fleet.h"
#include "reports/explanation.h"

struct ps_device_facts {
    const struct ps_world *world;
    struct ps_arena *arena;
    struct ps_told_fact *facts;
    size_t count;
};
void ps_device_facts_draws(struct ps_device_facts *facts, const struct ps_device *device);
/* That which the strategy adds. */
void ps_device_facts_under(struct ps_device_facts *facts, uint32_t strategy);

#endif
