/* SPDX-License-Identifier: Apache-2.0 */
#include "pareto.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "total.h"

__extension__ typedef unsigned __int128 wide;

/* Compares shares without dividing. A fleet that never booted has no availability and comes last.
 */
static int compare_availability(const struct ps_merit *a, const struct ps_merit *b)
{
    if (a->booted_seconds == 0 || b->booted_seconds == 0)
        return (a->booted_seconds > 0) - (b->booted_seconds > 0);
    wide left = (wide)a->up_seconds * b->booted_seconds;
    wide right = (wide)b->up_seconds * a->booted_seconds;
    return (left > right) - (left < right);
}

static bool dominates(const struct ps_merit *a, const struct ps_merit *b)
{
    int availability = compare_availability(a, b);
    if (availability < 0 || a->exposure_seconds > b->exposure_seconds ||
        a->taken_over > b->taken_over || a->bricked > b->bricked)
        return false;
    return availability > 0 || a->exposure_seconds < b->exposure_seconds ||
           a->taken_over < b->taken_over || a->bricked < b->bricked;
}

static void find_fronts(const struct ps_merit *merits, size_t count, unsigned *ret_fronts)
{
    size_t left = 0;
    for (size_t i = 0; i < count; i++) {
        ret_fronts[i] = 0;
        left += !merits[i].unranked;
    }
    for (unsigned front = 1; left > 0; front++) {
        for (size_t i = 0; i < count; i++) {
            bool best = !merits[i].unranked && ret_fronts[i] == 0;
            for (size_t j = 0; best && j < count; j++) {
                bool rival = !merits[j].unranked && (ret_fronts[j] == 0 || ret_fronts[j] == front);
                best = !(rival && dominates(&merits[j], &merits[i]));
            }
            if (best) {
                ret_fronts[i] = front;
                left--;
            }
        }
    }
}

static bool comes_before(const struct ps_merit *merits, const struct ps_rank *a,
                         const struct ps_rank *b)
{
    /* Front 0 wraps round to the largest number: unranked is last. */
    if (a->front != b->front)
        return a->front - 1U < b->front - 1U;
    int availability = compare_availability(&merits[a->strategy], &merits[b->strategy]);
    if (availability != 0)
        return availability > 0;
    uint64_t bytes = merits[a->strategy].trust_bytes, others = merits[b->strategy].trust_bytes;
    if (bytes != others)
        return bytes < others;
    int name = strcmp(merits[a->strategy].name, merits[b->strategy].name);
    return name != 0 ? name < 0 : a->strategy < b->strategy;
}

void ps_pareto_sort(const struct ps_merit *merits, size_t count, struct ps_rank *ret_ranks)
{
    unsigned *fronts = ps_alloc(count + 1, sizeof *fronts);
    find_fronts(merits, count, fronts);
    for (size_t i = 0; i < count; i++) {
        struct ps_rank rank = {.strategy = i, .front = fronts[i]};
        size_t at = i;
        for (; at > 0 && comes_before(merits, &rank, &ret_ranks[at - 1]); at--)
            ret_ranks[at] = ret_ranks[at - 1];
        ret_ranks[at] = rank;
    }
    free(fronts);
}

struct ps_rank *ps_pareto_order(const struct ps_result_scenario *scenario)
{
    size_t count = scenario->strategy_count;
    struct ps_merit *merits = ps_alloc(count + 1, sizeof *merits);
    for (size_t i = 0; i < count; i++) {
        struct ps_total total = ps_total_of_strategy(scenario, i);
        merits[i] = (struct ps_merit){
            .name = scenario->strategies[i].name,
            .up_seconds = total.up_seconds,
            .booted_seconds = total.booted_seconds,
            .exposure_seconds = total.exposure_seconds,
            .bricked = total.outcomes[PS_OUTCOME_BRICKED],
            .taken_over = total.outcomes[PS_OUTCOME_TAKEN_OVER],
            .trust_bytes = scenario->strategies[i].cost.trust_bytes,
            .unranked = scenario->strategies[i].unranked,
        };
    }
    struct ps_rank *ranks = ps_alloc(count + 1, sizeof *ranks);
    ps_pareto_sort(merits, count, ranks);
    free(merits);
    return ranks;
}
