/* SPDX-License-Identifier: Apache-2.0
 *
 * Sums over the cohorts of a strategy, for the renderings that show one line per strategy. Nothing
 * here decides a verdict: the harness has judged before.
 */
#ifndef REPORTS_TOTAL_H
#define REPORTS_TOTAL_H

#include "base/text.h"
#include "print.h"
#include "reports/result.h"

struct ps_total {
    uint64_t devices, booted;
    uint64_t outcomes[PS_OUTCOME_COUNT];
    uint64_t booted_seconds, up_seconds;
    uint64_t contacts_accepted, contacts_failed;
    uint64_t updates_installed;
    uint64_t present_end, up_end; /* at the last sample; 0 of 0 without samples */
    uint64_t exposure_seconds;    /* over all threats */
    uint64_t lost_devices;
    ps_time first_loss, last_loss;
    uint64_t recovery_seconds; /* of the recovered devices' last dark spells, in all */
    ps_duration recovery_shortest, recovery_longest;
    ps_duration recovery_median;         /* where those who recovered are of one cohort */
    size_t recovery_cohorts;             /* in which somebody recovered */
    const struct ps_result_cause *cause; /* the main one of all cohorts; NULL: nobody went dark */
    uint64_t cause_dark;                 /* of cause_devices, dark at the end */
    uint64_t cause_devices;              /* that cause's devices over all cohorts */
    uint64_t cause_seconds;              /* and how long their last dark spells lasted */
    ps_time cause_first;
    size_t other_causes;
};

const struct ps_result_lane *ps_lane_at(const struct ps_result_scenario *scenario, size_t strategy,
                                        size_t cohort);
/* Sums one lane, or all of a strategy. Causes are borrowed from the result. */
struct ps_total ps_total_of_lane(const struct ps_result_scenario *scenario, size_t strategy,
                                 size_t cohort);
struct ps_total ps_total_of_strategy(const struct ps_result_scenario *scenario, size_t strategy);
struct ps_result_exposure ps_total_exposure(const struct ps_result_scenario *scenario,
                                            size_t strategy, size_t threat);
/* Of how many devices an outcome is a share, as expectations count it: those that ever booted; for
 * never-booted all. */
uint64_t ps_outcome_of(const struct ps_total *total, enum ps_outcome outcome);
/* Whether anybody of any strategy ended with this outcome. */
bool ps_outcome_seen(const struct ps_result_scenario *scenario, enum ps_outcome outcome);

/* How long recovered devices were dark, as a range ("6h to 31d"; "-" where nobody recovered) and as
 * what is usual ("median 2d" in whole days; a median over cohorts cannot be made from theirs, so
 * that is "mean 2d 4h"; "" where the range is one time). Both return `out`. */
char *ps_recovery_range_print(const struct ps_total *total, char out[static PS_PRINT_MAX]);
char *ps_recovery_usual_print(const struct ps_total *total, char out[static PS_PRINT_MAX]);

/* How the expectations ended. */
struct ps_judged {
    size_t met, not_met, inconclusive;
    size_t not_judged; /* because the result is partial */
    size_t all;
};
struct ps_judged ps_judged_count(const struct ps_result_scenario *scenario);
struct ps_judged ps_judged_count_all(const struct ps_result *result);

/* "333 of 1,000 devices (shard 2 of 3)" */
void ps_partial_add(const struct ps_result_scenario *scenario, struct ps_text *out);

#endif
