/* SPDX-License-Identifier: Apache-2.0
 *
 * The block `clock` of a cohort: what is wrong with its devices' clocks.
 */
#ifndef SCENARIOS_COHORT_CLOCK_H
#define SCENARIOS_COHORT_CLOCK_H

#include "form.h"
#include "reader.h"
#include "resolve.h"

/* `block` is the cohort's; `form` its clock, which was read if it was written. */
void ps_cohort_clock_resolve(const struct ps_block *block, const struct ps_form_clock *form,
                             struct ps_plan_clock *ret_clock);
/* What was not written stays away. False: nothing was. */
bool ps_cohort_clock_show(const struct ps_plan_clock *clock, struct ps_form_clock *ret_form);

/* Says what is assumed of clocks: at most a sentence for each cohort, and two. */
typedef void ps_assume(struct ps_resolver *resolver, const char *sentence);
void ps_cohort_clock_assume(struct ps_resolver *resolver, ps_assume *assume);

#endif
