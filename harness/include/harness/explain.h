/* SPDX-License-Identifier: Apache-2.0
 *
 * One device, explained: it is lived again alone, with real handshakes for everything it meets, and
 * what happened is told. It is the same device as in a run of the same scenario, seed and number of
 * devices, and so is what becomes of it.
 */
#ifndef HARNESS_EXPLAIN_H
#define HARNESS_EXPLAIN_H

#include "harness/simulation.h"
#include "reports/explanation.h"

struct ps_explain_options {
    const struct ps_plan *plan; /* borrowed until ps_explain_free, as the pool */
    struct ps_keypool *pool;
    uint64_t seed;
    uint64_t devices; /* 0: as planned */
    uint32_t cohort, number;
    const bool *strategies; /* NULL: all */
    bool at_length;         /* with its timeline and the contacts that mattered */
    enum ps_link_kind link;
    const char *records; /* the run's file of outcome records, to compare with; NULL: none */
    /* The command that explains this device, without --strategy; borrowed until ps_explain_free. */
    const char *command;
    ps_simulation_watch *watch; /* may be NULL */
    void *watch_context;
};

/* Where a device is in the fleet. */
struct ps_explain_place {
    uint32_t cohort, number;
    uint64_t fleet_number, devices; /* over all cohorts in order */
};
/* The device with that number over the whole fleet; false: there are not so many. */
bool ps_explain_place_of(const struct ps_plan *plan, uint64_t devices, uint64_t fleet_number,
                         struct ps_explain_place *ret_place);
/* The same for one of a cohort; `ret_place->devices` says then how many the cohort has. */
bool ps_explain_place_in(const struct ps_plan *plan, uint64_t devices, uint32_t cohort,
                         uint64_t number, struct ps_explain_place *ret_place);

struct ps_explain;
/* Gives *ret_explain. */
PS_MUST_USE ps_status ps_explain_run(const struct ps_explain_options *options,
                                     struct ps_explain **ret_explain, struct ps_error *err);
void ps_explain_free(struct ps_explain *explain); /* NULL allowed */
/* Borrowed until ps_explain_free. */
const struct ps_explanation *ps_explain_told(const struct ps_explain *explain);

#endif
