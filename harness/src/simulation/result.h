/* SPDX-License-Identifier: Apache-2.0
 *
 * From a part to the result that reports/ renders, and the judgement of the expectations. Integers
 * only; nothing here depends on keys, threads or links.
 */
#ifndef HARNESS_SIMULATION_RESULT_H
#define HARNESS_SIMULATION_RESULT_H

#include "engine/part.h"
#include "reports/result.h"

struct ps_result_options {
    const struct ps_plan *plan;
    const struct ps_part *part; /* of this plan */
    const char *repeat;         /* the command that repeats the run, without --strategy */
    const char *partial;        /* why some devices are missing; NULL: none is */
};
/* Everything is allocated in `arena` or borrowed from the plan; texts of the options are copied.
 * Strategies that did not take part are left out, with their expectations. */
void ps_result_build(const struct ps_result_options *options, struct ps_arena *arena,
                     struct ps_result_scenario *ret_result);

/* How much was done for a part. */
void ps_result_work_add(const struct ps_part *part, struct ps_result_work *work);

/* Whether `numerator` of `denominator` meets the bar, exactly (no rounding). */
bool ps_comparison_holds(const struct ps_comparison *bar, uint64_t numerator, uint64_t denominator);

#endif
