/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/epochs.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

struct listing {
    ps_time *at;
    size_t count, capacity;
};

static void add(struct listing *list, ps_time t)
{
    if (t.s != PS_TIME_ALWAYS.s && t.s != PS_TIME_NEVER.s)
        PS_PUSH(list->at, list->count, list->capacity, t);
}

static void add_span(struct listing *list, ps_time from, ps_duration lasts)
{
    add(list, from);
    if (lasts.s > 0)
        add(list, (ps_time){from.s + lasts.s});
}

static void add_event(struct listing *list, const struct ps_plan_event *event)
{
    switch (event->kind) {
    case PS_EVENT_FAULT:
        add_span(list, event->at, event->as.fault.lasts);
        break;
    case PS_EVENT_OUTAGE:
        add_span(list, event->at, event->as.outage.lasts);
        break;
    default:
        add(list, event->at);
        break;
    }
}

static void add_plan(struct listing *list, const struct ps_plan *plan)
{
    for (size_t i = 0; i < plan->event_count; i++)
        add_event(list, &plan->events[i]);
    for (size_t i = 0; i < plan->certificate_count; i++) {
        add(list, plan->certificates[i].spec.not_before);
        add(list, plan->certificates[i].spec.not_after);
    }
    for (size_t i = 0; i < plan->store_count; i++)
        for (size_t k = 0; k < plan->stores[i].count; k++) {
            add(list, plan->stores[i].entries[k].from);
            add(list, plan->stores[i].entries[k].until);
        }
    for (size_t i = 0; i < plan->threat_count; i++) {
        add(list, plan->threats[i].from);
        add(list, plan->threats[i].until);
    }
    for (size_t i = 0; i < plan->strategy_count + plan->hidden_count; i++) {
        const struct ps_strategy *strategy = &plan->strategies[i];
        add(list, strategy->pins.expires);
        for (size_t k = 0; k < strategy->pins.count; k++)
            add(list, strategy->pins.set[k].not_before);
    }
    add(list, plan->from);
}

/* Until when a serving can be met: until the next one of its endpoint has reached everybody. */
static ps_time met_until(const struct ps_world *world, uint32_t serving)
{
    const struct ps_serving *next = &world->servings[serving + 1];
    if (serving + 1 == world->serving_count || next->event == PS_PLAN_NONE)
        return world->plan->until;
    return (ps_time){next->from.s + world->plan->events[next->event].over.s};
}

/* The leaves that are in use while the serving can be met. */
static void add_leaves(struct listing *list, const struct ps_world *world, uint32_t serving)
{
    const struct ps_serving *s = &world->servings[serving];
    const struct ps_leaf_line *line = &world->lines[s->line];
    ps_time until = met_until(world, serving);
    for (uint32_t i = 0; i < line->leaf_count; i++) {
        const struct ps_leaf *leaf = &world->leaves[line->first_leaf + i];
        if (leaf->not_before.s < until.s && leaf->not_before.s >= s->from.s)
            add(list, leaf->not_before);
        if (i + 1 == line->leaf_count)
            add(list, leaf->not_after);
    }
}

static void add_world(struct listing *list, const struct ps_world *world)
{
    for (uint32_t i = 0; i < world->serving_count; i++) {
        add(list, world->servings[i].from);
        add_leaves(list, world, i);
    }
    for (size_t i = 0; i < world->revocation_count; i++)
        add(list, world->revocations[i].pushed);
}

static int compare(const void *a, const void *b)
{
    return ps_time_compare(*(const ps_time *)a, *(const ps_time *)b);
}

void ps_epochs_init(struct ps_epochs *epochs, const struct ps_world *world)
{
    struct listing list = {0};
    PS_PUSH(list.at, list.count, list.capacity, PS_TIME_ALWAYS);
    add_plan(&list, world->plan);
    add_world(&list, world);
    qsort(list.at, list.count, sizeof *list.at, compare);
    size_t kept = 1;
    for (size_t i = 1; i < list.count; i++)
        if (list.at[i].s != list.at[kept - 1].s && list.at[i].s < world->plan->until.s)
            list.at[kept++] = list.at[i];
    list.count = kept;
    epochs->count = (uint32_t)kept;
    PS_PUSH(list.at, list.count, list.capacity, PS_TIME_NEVER);
    epochs->at = list.at;
}

void ps_epochs_deinit(struct ps_epochs *epochs)
{
    free(epochs->at);
    memset(epochs, 0, sizeof *epochs);
}

uint32_t ps_epochs_find(const struct ps_epochs *epochs, ps_time t)
{
    uint32_t e = 0;
    for (uint32_t left = epochs->count, half; left > 1; left -= half) { /* no branch to guess */
        half = left / 2;
        e += epochs->at[e + half].s <= t.s ? half : 0;
    }
    return e;
}

uint32_t ps_epochs_of_scenario(const struct ps_epochs *epochs, const struct ps_plan *plan)
{
    return epochs->count - ps_epochs_find(epochs, plan->from);
}
