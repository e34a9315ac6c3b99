/* SPDX-License-Identifier: Apache-2.0
 *
 * The names of what dark spells are put down to, in the order of their numbers (engine/origin.h).
 */
#ifndef HARNESS_SIMULATION_ORIGINS_H
#define HARNESS_SIMULATION_ORIGINS_H

#include "base/memory.h"
#include "reports/result.h"
#include "scenarios/plan.h"

/* Allocated in `arena`, or borrowed from the plan. */
struct ps_result_origin *ps_result_origins(const struct ps_plan *plan, struct ps_arena *arena,
                                           size_t *ret_count);

#endif
