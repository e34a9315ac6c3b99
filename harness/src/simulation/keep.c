/* SPDX-License-Identifier: Apache-2.0 */
#include "simulation/keep.h"

#include <stdlib.h>
#include "simulation/outcomes.h"

struct ps_keep {
    struct ps_outcomes *outcomes; /* NULL: nobody wants records */
};

static ps_status open_outcomes(struct ps_keep *keep, const struct ps_keep_options *o,
                               struct ps_error *err)
{
    const struct ps_plan *plan = o->plan;
    const struct ps_part_identity *identity = &o->part->identity;
    struct ps_record_cohort *cohorts = ps_alloc(plan->cohort_count, sizeof *cohorts);
    const char **strategies = ps_alloc(plan->strategy_count, sizeof *strategies);
    struct ps_record_head head = {.version = identity->version,
                                  .scenario = identity->scenario,
                                  .digest = identity->digest,
                                  .seed = identity->seed,
                                  .from = plan->from,
                                  .until = plan->until,
                                  .first = o->range.first,
                                  .end = o->range.end,
                                  .cohorts = cohorts,
                                  .cohort_count = plan->cohort_count,
                                  .strategies = strategies};
    for (size_t i = 0; i < plan->cohort_count; i++)
        cohorts[i] = (struct ps_record_cohort){plan->cohorts[i].name, o->part->cohort_devices[i]};
    for (size_t i = 0; i < plan->strategy_count; i++)
        if (identity->strategies[i])
            strategies[head.strategy_count++] = plan->strategies[i].name;
    const struct ps_outcomes_options options = {.path = o->outcomes, .head = &head};
    ps_status s = ps_outcomes_open(&options, &keep->outcomes, err);
    free(cohorts);
    free(strategies);
    return s;
}

ps_status ps_keep_new(const struct ps_keep_options *options, struct ps_keep **ret_keep,
                      struct ps_error *err)
{
    struct ps_keep *keep = ps_alloc(1, sizeof *keep);
    ps_status s = options->outcomes ? open_outcomes(keep, options, err) : PS_OK;
    if (ps_is_ok(s))
        *ret_keep = keep;
    else
        ps_keep_free(keep);
    return s;
}

bool ps_keep_records(const struct ps_keep *keep)
{
    return keep->outcomes != NULL;
}

ps_status ps_keep_chunk(struct ps_keep *keep, const struct ps_replay_chunk *chunk,
                        struct ps_error *err)
{
    if (!keep->outcomes)
        return PS_OK;
    return ps_outcomes_write(keep->outcomes, chunk->first, chunk->count, chunk->records, err);
}

ps_status ps_keep_finish(struct ps_keep *keep, struct ps_error *err)
{
    return keep->outcomes ? ps_outcomes_sync(keep->outcomes, err) : PS_OK;
}

void ps_keep_free(struct ps_keep *keep)
{
    if (!keep)
        return;
    ps_outcomes_close(keep->outcomes);
    free(keep);
}
