/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading a plan while keeping which messages there were: for tests.
 */
#ifndef SCENARIOS_PLAN_READ_H
#define SCENARIOS_PLAN_READ_H

#include "diagnostics.h"
#include "scenarios/plan.h"

/* NULL if there were mistakes; `diagnostics` holds them. `folder`: of its file, with its last
 * slash; NULL: it is not in one. */
struct ps_plan *ps_plan_build(const char *file, const char *folder, const char *yaml, size_t size,
                              struct ps_diagnostics *diagnostics);

#endif
