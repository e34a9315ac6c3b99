/* SPDX-License-Identifier: Apache-2.0
 *
 * Epochs: the stretches of time in which nothing changes that all devices meet alike: no served
 * chain or leaf, fault, status, store, threat or validity of a certificate. Number e is
 * at[e] <= t < at[e + 1]; the last has no end. The first second of an epoch may be unlike the rest
 * of it: a date is met there exactly, and stacks disagree about those.
 *
 * The list is no authority: whoever uses it asks ps_life_spec for each epoch whether the class
 * really stays the same, and lives second by second where it does not.
 */
#ifndef HARNESS_ENGINE_EPOCHS_H
#define HARNESS_ENGINE_EPOCHS_H

#include "engine/world.h"

struct ps_epochs {
    ps_time *at; /* ascending and unique, ALWAYS first; and NEVER after the last. Owned */
    uint32_t count;
};

void ps_epochs_init(struct ps_epochs *epochs, const struct ps_world *world);
void ps_epochs_deinit(struct ps_epochs *epochs);
/* The one that `t` lies in. */
uint32_t ps_epochs_find(const struct ps_epochs *epochs, ps_time t);
/* The same, which is not before epoch `e`. */
static inline uint32_t ps_epochs_from(const struct ps_epochs *epochs, uint32_t e, ps_time t)
{
    while (epochs->at[e + 1].s <= t.s)
        e++;
    return e;
}
/* The end of the part of epoch `e` that `t` lies in: of its first second, or of the rest. */
static inline ps_time ps_epochs_part_end(const struct ps_epochs *epochs, uint32_t e, ps_time t)
{
    return t.s == epochs->at[e].s ? (ps_time){t.s + 1} : epochs->at[e + 1];
}
/* How many of them the scenario has between its beginning and its end. */
uint32_t ps_epochs_of_scenario(const struct ps_epochs *epochs, const struct ps_plan *plan);

#endif
