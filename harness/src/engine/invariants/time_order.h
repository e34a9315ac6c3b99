/* SPDX-License-Identifier: Apache-2.0
 *
 * Invariant: time never goes back in a life. Its contacts, its polls and the walk of each threat go
 * on, and what it carries, shows, holds and falls back to is in the order in which it came.
 */
#ifndef HARNESS_ENGINE_INVARIANTS_TIME_ORDER_H
#define HARNESS_ENGINE_INVARIANTS_TIME_ORDER_H

#include "base/status.h"
#include "engine/life.h"

/* After each step of the life; looks at what is there since the step before. */
PS_MUST_USE ps_status ps_time_order_check(struct ps_life *life, struct ps_error *err);

#endif
