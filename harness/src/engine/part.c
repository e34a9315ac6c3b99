/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/part.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

void ps_part_init(struct ps_part *part, const struct ps_part_options *options)
{
    const struct ps_plan *plan = options->plan;
    memset(part, 0, sizeof *part);
    struct ps_arena *arena = part->arena = ps_arena_new();
    part->strategy_count = plan->strategy_count;
    part->cohort_count = plan->cohort_count;
    bool *strategies = ps_arena_alloc(arena, plan->strategy_count + 1, sizeof *strategies);
    for (size_t i = 0; i < plan->strategy_count; i++)
        strategies[i] = !options->strategies || options->strategies[i];
    part->identity = (struct ps_part_identity){
        .version = PS_VERSION,
        .file = ps_arena_strdup(arena, plan->file),
        .scenario = ps_arena_strdup(arena, plan->name),
        .yaml = memcpy(ps_arena_alloc(arena, plan->yaml_size + 1, 1), plan->yaml, plan->yaml_size),
        .yaml_size = plan->yaml_size,
        .digest = plan->digest,
        .seed = options->seed,
        .devices = options->devices,
        .strategies = strategies,
        .fidelity = ps_arena_strdup(arena, options->fidelity),
        .link = ps_arena_strdup(arena, options->link),
        .audit = ps_arena_strdup(arena, options->audit),
        .shards = options->shards,
    };
    part->cohort_devices =
        ps_arena_alloc(arena, plan->cohort_count + 1, sizeof *part->cohort_devices);
    part->fleet = ps_frame_devices(plan, options->devices, part->cohort_devices);
    ps_frame_samples(plan, &part->samples);
    part->shape = ps_frame_shape(plan, &part->samples);
    part->costs = ps_arena_alloc(arena, part->strategy_count + 1, sizeof *part->costs);
    part->lanes = ps_alloc(part->strategy_count * part->cohort_count + 1, sizeof *part->lanes);
    for (size_t i = 0; i < part->strategy_count * part->cohort_count; i++)
        ps_tally_init(&part->lanes[i], &part->shape);
}

void ps_part_deinit(struct ps_part *part)
{
    for (size_t i = 0; part->lanes && i < part->strategy_count * part->cohort_count; i++)
        ps_tally_deinit(&part->lanes[i]);
    free(part->lanes);
    free(part->ranges);
    free(part->verdicts);
    ps_intern_deinit(&part->verdict_index);
    ps_samples_deinit(&part->samples);
    ps_arena_free(part->arena);
    memset(part, 0, sizeof *part);
}

void ps_part_add_range(struct ps_part *part, uint64_t first, uint64_t end)
{
    assert(first <= end && end <= part->fleet);
    if (first == end)
        return;
    size_t at = 0; /* the first range that ends where this one begins, or later */
    while (at < part->range_count && part->ranges[at].end < first)
        at++;
    size_t after = at; /* the first that begins behind it */
    while (after < part->range_count && part->ranges[after].first <= end)
        after++;
    struct ps_part_range whole = {first, end};
    for (size_t i = at; i < after; i++) {
        const struct ps_part_range *r = &part->ranges[i];
        assert(r->end <= first || r->first >= end);
        whole.first = r->first < whole.first ? r->first : whole.first;
        whole.end = r->end > whole.end ? r->end : whole.end;
    }
    part->ranges =
        ps_grow(part->ranges, &part->range_capacity, part->range_count + 1, sizeof *part->ranges);
    memmove(&part->ranges[at + 1], &part->ranges[after],
            (part->range_count - after) * sizeof *part->ranges);
    part->ranges[at] = whole;
    part->range_count += 1 - (after - at);
}

static uint32_t verdict_of(struct ps_part *part, const struct ps_verdict *verdict)
{
    bool is_new;
    uint32_t number = ps_intern(&part->verdict_index, verdict, sizeof *verdict, &is_new);
    if (is_new)
        PS_PUSH(part->verdicts, part->verdict_count, part->verdict_capacity, *verdict);
    return number;
}

void ps_part_add_tally(struct ps_part *part, size_t lane, const struct ps_tally *tally,
                       ps_part_verdict *verdict, const void *context)
{
    assert(lane < part->strategy_count * part->cohort_count);
    struct ps_tally renumbered = *tally;
    renumbered.causes = ps_alloc(tally->cause_count + 1, sizeof *renumbered.causes);
    for (size_t i = 0; i < tally->cause_count; i++) {
        renumbered.causes[i] = tally->causes[i];
        renumbered.causes[i].verdict = verdict_of(part, verdict(context, tally->causes[i].verdict));
    }
    ps_tally_add(&part->lanes[lane], &renumbered);
    free(renumbered.causes);
}

void ps_part_add_cost(struct ps_part *part, size_t strategy, struct ps_part_cost cost)
{
    struct ps_part_cost *largest = &part->costs[strategy];
    if (cost.trust_bytes > largest->trust_bytes)
        largest->trust_bytes = cost.trust_bytes;
    if (cost.chain_bytes > largest->chain_bytes)
        largest->chain_bytes = cost.chain_bytes;
}

struct ps_part_range ps_part_slice(uint64_t fleet, uint64_t number, uint64_t count)
{
    assert(number >= 1 && number <= count);
    unsigned __int128 all = fleet;
    return (struct ps_part_range){(uint64_t)(all * (number - 1) / count),
                                  (uint64_t)(all * number / count)};
}

uint64_t ps_part_lived(const struct ps_part *part)
{
    uint64_t lived = 0;
    for (size_t i = 0; i < part->range_count; i++)
        lived += part->ranges[i].end - part->ranges[i].first;
    return lived;
}

bool ps_part_missing(const struct ps_part *part, struct ps_part_range *ret_range)
{
    uint64_t first = 0;
    size_t i = 0;
    if (part->range_count > 0 && part->ranges[0].first == 0)
        first = part->ranges[i++].end;
    if (first == part->fleet)
        return false;
    *ret_range =
        (struct ps_part_range){first, i < part->range_count ? part->ranges[i].first : part->fleet};
    return true;
}

bool ps_part_common(const struct ps_part *a, const struct ps_part *b,
                    struct ps_part_range *ret_range)
{
    for (size_t i = 0, k = 0; i < a->range_count && k < b->range_count;) {
        const struct ps_part_range *x = &a->ranges[i], *y = &b->ranges[k];
        uint64_t first = x->first > y->first ? x->first : y->first;
        uint64_t end = x->end < y->end ? x->end : y->end;
        if (first < end) {
            *ret_range = (struct ps_part_range){first, end};
            return true;
        }
        if (x->end < y->end)
            i++;
        else
            k++;
    }
    return false;
}

static ps_status differ(struct ps_error *err, const char *what, uint64_t here, uint64_t there)
{
    return ps_fail(err, PS_INVALID, "%s %" PRIu64 " here, %" PRIu64 " there", what, here, there);
}

static ps_status compare_strategies(const struct ps_part *a, const struct ps_part *b,
                                    struct ps_error *err)
{
    uint64_t here = 0, there = 0;
    bool same = a->strategy_count == b->strategy_count;
    for (size_t i = 0; i < a->strategy_count; i++)
        here += a->identity.strategies[i];
    for (size_t i = 0; i < b->strategy_count; i++)
        there += b->identity.strategies[i];
    for (size_t i = 0; same && i < a->strategy_count; i++)
        same = a->identity.strategies[i] == b->identity.strategies[i];
    if (same)
        return PS_OK;
    if (here != there)
        return ps_fail(err, PS_INVALID, "%" PRIu64 " strategies here, %" PRIu64 " there", here,
                       there);
    return ps_fail(err, PS_INVALID, "other strategies here than there");
}

ps_status ps_part_compare(const struct ps_part *a, const struct ps_part *b, struct ps_error *err)
{
    const struct ps_part_identity *x = &a->identity, *y = &b->identity;
    if (strcmp(x->version, y->version) != 0)
        return ps_fail(err, PS_INVALID, "version %s here, %s there", x->version, y->version);
    if (strcmp(x->scenario, y->scenario) != 0)
        return ps_fail(err, PS_INVALID, "scenario '%s' here, '%s' there", x->scenario, y->scenario);
    if (x->digest != y->digest)
        return ps_fail(err, PS_INVALID, "digest %016" PRIx64 " here, %016" PRIx64 " there",
                       x->digest, y->digest);
    if (x->yaml_size != y->yaml_size || memcmp(x->yaml, y->yaml, x->yaml_size) != 0)
        return ps_fail(err, PS_INVALID,
                       "the scenario's text here is not that there, though both mean the same");
    if (x->seed != y->seed)
        return differ(err, "seed", x->seed, y->seed);
    PS_TRY(compare_strategies(a, b, err));
    if (a->fleet != b->fleet)
        return differ(err, "devices", a->fleet, b->fleet);
    /* What follows from the rest. */
    if (a->cohort_count != b->cohort_count || x->devices != y->devices ||
        memcmp(a->cohort_devices, b->cohort_devices, a->cohort_count * sizeof *a->cohort_devices) !=
            0)
        return ps_fail(err, PS_INVALID, "other cohorts here than there");
    if (memcmp(&a->shape, &b->shape, sizeof a->shape) != 0 ||
        (a->samples.count > 0 &&
         memcmp(a->samples.at, b->samples.at, a->samples.count * sizeof *a->samples.at) != 0))
        return ps_fail(err, PS_INVALID, "other sample times here than there");
    return PS_OK;
}

static const struct ps_verdict *verdict_in(const void *context, uint32_t number)
{
    const struct ps_part *part = context;
    return &part->verdicts[number];
}

static void mix(struct ps_part *part, const char **how, const char *other)
{
    if (strcmp(*how, other) != 0)
        *how = ps_arena_strdup(part->arena, "mixed");
}

ps_status ps_part_add(struct ps_part *into, const struct ps_part *from, struct ps_error *err)
{
    PS_TRY(ps_part_compare(into, from, err));
    struct ps_part_range common;
    if (ps_part_common(into, from, &common))
        return ps_fail(err, PS_INVALID, "devices %" PRIu64 " to %" PRIu64 " are in both",
                       common.first, common.end - 1);
    for (size_t i = 0; i < from->range_count; i++)
        ps_part_add_range(into, from->ranges[i].first, from->ranges[i].end);
    for (size_t i = 0; i < into->strategy_count * into->cohort_count; i++)
        ps_part_add_tally(into, i, &from->lanes[i], verdict_in, from);
    for (size_t i = 0; i < into->strategy_count; i++)
        ps_part_add_cost(into, i, from->costs[i]);
#define X(name)                                                                                    \
    into->work.name += from->work.name;                                                            \
    into->before.name += from->before.name;
    PS_PART_WORK(X)
#undef X
    if (into->identity.shards != from->identity.shards)
        into->identity.shards = 0;
    mix(into, &into->identity.fidelity, from->identity.fidelity);
    mix(into, &into->identity.link, from->identity.link);
    mix(into, &into->identity.audit, from->identity.audit);
    return PS_OK;
}
