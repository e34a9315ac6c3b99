/* SPDX-License-Identifier: Apache-2.0
 *
 * A strategy in one line, for reports: how it decides, and what can change it. What is as the
 * default has it is left out, so that what makes a strategy what it is stands out.
 */
#ifndef HARNESS_SIMULATION_STRATEGY_LINE_H
#define HARNESS_SIMULATION_STRATEGY_LINE_H

#include "base/text.h"
#include "scenarios/plan.h"

/* `strategy` is one of the plan's: anchors and pins go by the names of what they are bound to. */
void ps_strategy_line_add(const struct ps_plan *plan, const struct ps_strategy *strategy,
                          struct ps_text *out);

#endif
