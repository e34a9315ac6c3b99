/* SPDX-License-Identifier: Apache-2.0
 *
 * The timeline of a life that was heard: what happened in the world, which contacts were alike, and
 * what changed for the device, by time.
 */
#ifndef HARNESS_SIMULATION_TIMELINE_H
#define HARNESS_SIMULATION_TIMELINE_H

#include "engine/replay.h"
#include "reports/explanation.h"
#include "simulation/hear.h"

struct ps_timeline {
    const struct ps_world *world;
    const struct ps_trusts *trusts;
    const struct ps_result_scenario *result; /* its events are the scenario's */
    const struct ps_heard_life *heard;
    uint32_t strategy;
    struct ps_arena *arena; /* owns the texts */
    struct ps_told_moment *moments;
    size_t count, capacity; /* malloc'd until ps_timeline_give */
};
/* Fills in the moments of `life`, its contacts having been chosen: a moment refers to them. */
void ps_timeline_make(struct ps_timeline *timeline, struct ps_told_life *life);

/* How long the device accepted each threat; in the arena. */
void ps_timeline_exposures(const struct ps_timeline *timeline, struct ps_told_life *life);

/* Whether contacts of that role are the device's own calls, or ask for updates. */
bool ps_role_is_call(enum ps_contact_role role);
bool ps_role_is_update(enum ps_contact_role role);

#endif
