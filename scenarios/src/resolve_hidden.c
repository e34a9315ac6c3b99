/* SPDX-License-Identifier: Apache-2.0
 *
 * Strategies that no report lists: presets that a fallback goes to, the trust that fetches updates
 * with a root of its own, and devices with anchors that a fallback lends them. They stand behind
 * the listed ones, so that the engine finds all trust of a device in one array.
 */
#include <string.h>

#include "resolve.h"

/* Presets that some fallback goes to, in the order in which they were found. */
struct targets {
    uint32_t *presets;
    struct ps_span *spans; /* what leads there first */
    size_t count;
};

static bool is_listed(const struct ps_resolver *resolver, const char *name)
{
    return ps_resolve_find(resolver, PS_THING_STRATEGY, name) != PS_PLAN_NONE;
}

static void say_unknown(struct ps_resolver *resolver, const char *name, struct ps_span span)
{
    const struct ps_thing_names *listed = &resolver->things[PS_THING_STRATEGY];
    const struct ps_thing_names *presets = &resolver->things[PS_THING_PRESET];
    const char **names =
        ps_arena_alloc(resolver->reader.arena, listed->count + presets->count + 1, sizeof *names);

    if (listed->count > 0)
        memcpy(names, listed->names, listed->count * sizeof *names);
    memcpy(names + listed->count, presets->names, presets->count * sizeof *names);
    ps_resolve_unknown(&resolver->reader, "strategy or preset", name, names,
                       listed->count + presets->count, span);
}

/* Where the i-th fallback of a strategy says where it goes. */
static struct ps_span to_span(struct ps_strategy_place place, size_t i)
{
    const struct ps_entry *entry =
        place.block == NULL ? NULL : ps_block_entry(place.block, "fallback");

    if (entry == NULL || entry->blocks == NULL)
        return ps_strategy_span(place, NULL, "fallback");
    return ps_block_span(entry->blocks[i], "to");
}

/* Adds the presets that a strategy may go to. */
static void find_targets(struct ps_resolver *resolver, const struct ps_strategy *strategy,
                         struct ps_strategy_place place, struct targets *targets)
{
    for (size_t i = 0; i < strategy->fallback_count; i++) {
        const char *to = strategy->fallback[i].to;
        size_t n = 0;
        uint32_t preset = ps_resolve_find(resolver, PS_THING_PRESET, to);
        if (is_listed(resolver, to) && preset < resolver->form->preset_count)
            SAY(resolver->reader.diagnostics, to_span(place, i), FALLBACK_BOTH, to);
        if (to == NULL || is_listed(resolver, to))
            continue;
        if (preset == PS_PLAN_NONE && !resolver->things[PS_THING_STRATEGY].unknown)
            say_unknown(resolver, to, to_span(place, i));
        while (n < targets->count && targets->presets[n] != preset)
            n++;
        if (preset == PS_PLAN_NONE || n < targets->count)
            continue;
        targets->presets[targets->count] = preset;
        targets->spans[targets->count++] = to_span(place, i);
    }
}

static struct ps_strategy_place place_of(const struct ps_resolver *resolver,
                                         const struct targets *targets, size_t strategy)
{
    size_t listed = resolver->plan->strategy_count;

    if (strategy < listed)
        return (struct ps_strategy_place){.block =
                                              ps_resolve_blocks(resolver, "strategies")[strategy]};
    return (struct ps_strategy_place){.span = targets->spans[strategy - listed]};
}

static uint32_t index_of(const struct ps_resolver *resolver, const struct targets *targets,
                         const char *to)
{
    uint32_t listed = ps_resolve_find(resolver, PS_THING_STRATEGY, to);
    uint32_t preset = ps_resolve_find(resolver, PS_THING_PRESET, to);

    if (to == NULL || listed != PS_PLAN_NONE)
        return listed;
    for (size_t i = 0; i < targets->count && preset != PS_PLAN_NONE; i++) {
        if (targets->presets[i] == preset)
            return (uint32_t)(resolver->plan->strategy_count + i);
    }
    return PS_PLAN_NONE;
}

static void bind_fallbacks(struct ps_resolver *resolver, const struct targets *targets,
                           struct ps_strategy *strategy)
{
    struct ps_fallback *bound =
        ps_arena_alloc(resolver->reader.arena, strategy->fallback_count + 1, sizeof *bound);

    for (size_t i = 0; i < strategy->fallback_count; i++) {
        bound[i] = strategy->fallback[i];
        bound[i].strategy = index_of(resolver, targets, bound[i].to);
    }
    strategy->fallback = bound;
}

/* The way from `at` to `wanted` by fallbacks as "a > b > c"; NULL: there is none. */
static const char *find_way(struct ps_resolver *resolver, uint32_t at, uint32_t wanted,
                            bool *visited)
{
    const struct ps_strategy *strategy = &resolver->plan->strategies[at];

    if (visited[at])
        return NULL;
    visited[at] = true;
    for (size_t i = 0; i < strategy->fallback_count; i++) {
        uint32_t next = strategy->fallback[i].strategy;
        const char *rest = NULL;
        /* Who lends its anchors is not gone on from. */
        if (next == PS_PLAN_NONE || (strategy->fallback[i].lends == PS_LENDS_ANCHORS && next != at))
            continue;
        if (next == wanted)
            rest = resolver->plan->strategies[wanted].name;
        else
            rest = find_way(resolver, next, wanted, visited);
        if (rest != NULL)
            return ps_arena_format(resolver->reader.arena, "%s > %s", strategy->name, rest);
    }
    return NULL;
}

/* A fallback's own fallback is never gone to; and what a device learned is not kept for others. */
static void check_nested(struct ps_resolver *resolver, const struct targets *targets, uint32_t i)
{
    const struct ps_strategy *strategies = resolver->plan->strategies;
    const struct ps_strategy *strategy = &strategies[i];
    struct ps_diagnostics *diagnostics = resolver->reader.diagnostics;

    for (size_t n = 0; n < strategy->fallback_count; n++) {
        const struct ps_fallback *fallback = &strategy->fallback[n];
        struct ps_span span = to_span(place_of(resolver, targets, i), n);
        if (fallback->strategy == PS_PLAN_NONE)
            continue;
        if (fallback->lends == PS_LENDS_STRATEGY &&
            strategies[fallback->strategy].fallback_count > 0)
            SAY(diagnostics, span, FALLBACK_NESTED, fallback->to);
        for (size_t p = 0; fallback->lends == PS_LENDS_ANCHORS && p < strategy->pins.count; p++) {
            enum ps_reference_kind kind = strategy->pins.set[p].of.kind;
            if (kind != PS_REFERENCE_FIRST_CONTACT && kind != PS_REFERENCE_ANNOUNCED)
                continue;
            SAY(diagnostics, span, FALLBACK_LEARNS, strategy->name);
            break;
        }
    }
}

static void check_loops(struct ps_resolver *resolver, const struct targets *targets)
{
    size_t count = resolver->plan->strategy_count + targets->count;
    bool *visited = ps_arena_alloc(resolver->reader.arena, count + 1, sizeof *visited);

    for (uint32_t i = 0; i < count; i++) {
        memset(visited, 0, count * sizeof *visited);
        const char *way = find_way(resolver, i, i, visited);
        if (way != NULL)
            SAY(resolver->reader.diagnostics, to_span(place_of(resolver, targets, i), 0),
                FALLBACK_LOOP, way);
        else
            check_nested(resolver, targets, i);
    }
}

/* What fetches the updates of a strategy with a root of their own: all else is the same device. */
static struct ps_strategy update_trust(struct ps_resolver *resolver, const struct ps_strategy *of)
{
    struct ps_diagnostics none = {0};
    struct ps_reader reader = {.arena = resolver->reader.arena, .diagnostics = &none};
    struct ps_strategy trust = {0};

    ps_reader_defaults(&reader, &ps_strategy_table, &trust);
    trust.name = trust.preset = ps_arena_format(resolver->reader.arena, "%s update", of->name);
    trust.chain.builder = of->chain.builder;
    trust.limits = of->limits;
    trust.time = of->time;
    trust.update = of->update; /* what an update must prove does not depend on how it came */
    if (of->chain.engine != PS_ENGINE_PSK)
        trust.client = of->client;
    trust.anchors = ps_arena_alloc(resolver->reader.arena, 1, sizeof *trust.anchors);
    trust.anchors[0] = of->update.root;
    trust.anchor_count = 1;
    return trust;
}

static bool is_private(const struct ps_strategy *strategy)
{
    return (strategy->update.channel == PS_UPDATE_FW_TLS_PRIVATE ||
            strategy->update.channel == PS_UPDATE_REPROVISION) &&
           strategy->update.root.role != NULL;
}

/* The device itself, updates included, with the anchors that a fallback lends it. */
static struct ps_strategy lent_trust(struct ps_resolver *resolver, const struct ps_strategy *of,
                                     const struct ps_strategy *lender)
{
    struct ps_strategy lent = *of;

    lent.name = lent.preset =
        ps_arena_format(resolver->reader.arena, "%s with %s", of->name, lender->name);
    lent.lent = true;
    lent.anchors = lender->anchors;
    lent.anchor_count = lender->anchor_count;
    lent.fallback = NULL;
    lent.fallback_count = 0;
    return lent;
}

static void add_lent_trust(struct ps_resolver *resolver, size_t shown)
{
    struct ps_plan *plan = resolver->plan;

    for (size_t i = 0; i < shown; i++) {
        for (size_t n = 0; n < plan->strategies[i].fallback_count; n++) {
            struct ps_fallback *fallback = &plan->strategies[i].fallback[n];
            if (fallback->lends != PS_LENDS_ANCHORS || fallback->strategy == PS_PLAN_NONE)
                continue;
            uint32_t lent = (uint32_t)(plan->strategy_count + plan->hidden_count++);
            plan->strategies[lent] =
                lent_trust(resolver, &plan->strategies[i], &plan->strategies[fallback->strategy]);
            plan->strategies[lent].update.trust = lent;
            fallback->strategy = lent;
        }
    }
}

static void add_update_trust(struct ps_resolver *resolver)
{
    struct ps_plan *plan = resolver->plan;
    uint32_t shown = (uint32_t)(plan->strategy_count + plan->hidden_count);

    for (uint32_t i = 0; i < shown; i++) {
        struct ps_strategy *strategy = &plan->strategies[i];
        strategy->update.trust = i;
        if (!is_private(strategy))
            continue;
        uint32_t trust = (uint32_t)(plan->strategy_count + plan->hidden_count++);
        plan->strategies[trust] = update_trust(resolver, strategy);
        plan->strategies[trust].update.trust = trust;
        strategy->update.trust = trust;
    }
}

/* `show` needs them, as what it prints names them. */
static void keep_presets(struct ps_resolver *resolver)
{
    struct ps_plan *plan = resolver->plan;
    size_t own = resolver->form->preset_count;

    plan->presets = ps_arena_alloc(resolver->reader.arena, own + 1, sizeof *plan->presets);
    for (uint32_t i = 0; i < own; i++) {
        const char *name = resolver->presets.presets[i].name;
        bool used = false;
        for (size_t n = 0; n < plan->strategy_count && !used; n++)
            used = plan->strategies[n].preset != NULL && name != NULL &&
                   strcmp(plan->strategies[n].preset, plan->strategies[n].name) != 0 &&
                   strcmp(plan->strategies[n].preset, name) == 0;
        if (used)
            plan->presets[plan->preset_count++] = resolver->presets.presets[i].value;
    }
}

void ps_resolve_hidden(struct ps_resolver *resolver)
{
    struct ps_arena *arena = resolver->reader.arena;
    struct ps_plan *plan = resolver->plan;
    size_t presets = resolver->presets.preset_count, listed = plan->strategy_count;
    struct targets targets = {.presets =
                                  ps_arena_alloc(arena, presets + 1, sizeof *targets.presets),
                              .spans = ps_arena_alloc(arena, presets + 1, sizeof *targets.spans)};

    for (size_t i = 0; i < listed; i++)
        find_targets(resolver, &plan->strategies[i], place_of(resolver, &targets, i), &targets);
    for (size_t i = 0; i < targets.count; i++) /* it grows meanwhile */
        find_targets(resolver, &resolver->presets.presets[targets.presets[i]].value,
                     place_of(resolver, &targets, listed + i), &targets);
    size_t lent = 0;
    for (size_t i = 0; i < listed; i++)
        lent += plan->strategies[i].fallback_count;
    for (size_t i = 0; i < targets.count; i++)
        lent += resolver->presets.presets[targets.presets[i]].value.fallback_count;
    struct ps_strategy *all =
        ps_arena_alloc(arena, 2 * (listed + targets.count) + lent + 1, sizeof *all);
    if (listed > 0)
        memcpy(all, plan->strategies, listed * sizeof *all);
    plan->strategies = all;
    plan->hidden_count = targets.count;
    for (size_t i = 0; i < targets.count; i++) {
        all[listed + i] = resolver->presets.presets[targets.presets[i]].value;
        ps_resolve_strategy(resolver, place_of(resolver, &targets, listed + i), &all[listed + i]);
    }
    for (size_t i = 0; i < listed + targets.count; i++)
        bind_fallbacks(resolver, &targets, &all[i]);
    check_loops(resolver, &targets);
    add_update_trust(resolver);
    add_lent_trust(resolver, listed + targets.count);
    keep_presets(resolver);
}
