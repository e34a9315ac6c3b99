/* SPDX-License-Identifier: Apache-2.0
 *
 * The order in which reports list strategies: by Pareto fronts on availability (more is better),
 * exposure, devices taken over and bricked devices (less is better). A strategy stands in the first
 * front if no other is at least as good in all four and better in one; take the first front away
 * and the next one appears. Bytes on the device are no axis: a pin that is small and dead would
 * stand in front of everything (docs/decisions/0007-order.md); they decide between equals. Unranked
 * strategies come last, in no front: what they give was bought by talking to anybody.
 */
#ifndef REPORTS_PARETO_H
#define REPORTS_PARETO_H

#include "reports/result.h"

struct ps_merit {
    const char *name; /* borrowed */
    uint64_t up_seconds, booted_seconds;
    uint64_t exposure_seconds;
    uint64_t bricked; /* devices that somebody has to visit */
    bool unranked;
    uint64_t trust_bytes;
    uint64_t taken_over; /* devices that an attacker keeps */
};

struct ps_rank {
    size_t strategy;
    unsigned front; /* from 1; 0: unranked */
};

/* Sorts `count` merits; ret_ranks has room for as many. Within a front: availability, then
 * bytes, then name. */
void ps_pareto_sort(const struct ps_merit *merits, size_t count, struct ps_rank *ret_ranks);
/* The order of a scenario's strategies; the caller owns the array of strategy_count. */
struct ps_rank *ps_pareto_order(const struct ps_result_scenario *scenario);

#endif
