/* SPDX-License-Identifier: Apache-2.0
 *
 * From tallies to the result that reports/ renders, and the judgement of the expectations. Integers
 * only; nothing here depends on keys, threads or links.
 */
#ifndef HARNESS_SIMULATION_RESULT_H
#define HARNESS_SIMULATION_RESULT_H

#include "engine/replay.h"
#include "simulation/material.h"
#include "harness/simulation.h"

/* Everything is allocated in `arena` or borrowed from the plan and the replay. Strategies that did
 * not take part are left out, with their expectations. */
void ps_result_build(const struct ps_replay *replay, const struct ps_material *material,
                     const struct ps_simulation_options *options, struct ps_arena *arena,
                     struct ps_result_scenario *ret_result);

/* Whether `numerator` of `denominator` meets the bar, exactly (no rounding). */
bool ps_comparison_holds(const struct ps_comparison *bar, uint64_t numerator, uint64_t denominator);

#endif
