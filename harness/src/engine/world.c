/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/world.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

static uint32_t line_add(struct ps_world *world, uint32_t endpoint, const struct ps_plan_leaf *leaf,
                         ps_time start)
{
    struct ps_leaf_line *line = &world->lines[world->line_count];
    line->endpoint = endpoint;
    line->leaf = *leaf;
    line->start = start;
    line->period = (ps_duration){leaf->lifetime.s - leaf->renew_before.s};
    assert(line->period.s > 0);
    return (uint32_t)world->line_count++;
}

static void serving_add(struct ps_world *world, struct ps_serving serving)
{
    world->servings[world->serving_count++] = serving;
}

/* All that an event changes but the leaf; what it does not name is complete in it, or as before. */
static void change_rest(const struct ps_world *world, struct ps_serving *now, uint32_t event)
{
    const struct ps_plan_serve *serve = &world->plan->events[event].as.serve;
    if (serve->has_chains) {
        now->chains = serve->chains;
        now->chain_count = serve->chain_count;
    }
    now->alternates = serve->alternates;
    now->alternate_count = serve->alternate_count;
    now->staple = serve->staple;
    now->tlsa = serve->tlsa;
}

/* What an event changes, from `from` on, as the endpoint's next state. */
static void serve_from(struct ps_world *world, struct ps_serving *now, uint32_t event, ps_time from)
{
    const struct ps_plan_serve *serve = &world->plan->events[event].as.serve;
    now->event = event;
    now->from = from;
    if (serve->has_leaf)
        now->line = line_add(world, now->endpoint, &serve->leaf, from);
    change_rest(world, now, event);
    serving_add(world, *now);
}

/* The states of one endpoint, in the order in which they begin. At most one renewal is awaited at a
 * time, by the events `waiting` up to `i`; what acts at once before it does not bring it forward,
 * unless it makes a new leaf itself: that leaf is the renewal (the plan completes it from the
 * events before). */
static void endpoint_servings(struct ps_world *world, uint32_t endpoint)
{
    const struct ps_plan *plan = world->plan;
    const struct ps_plan_endpoint *e = &plan->endpoints[endpoint];
    struct ps_serving now = {.endpoint = endpoint,
                             .event = PS_PLAN_NONE,
                             .from = PS_TIME_ALWAYS,
                             .line = line_add(world, endpoint, &e->leaf, plan->from),
                             .chains = e->chains,
                             .chain_count = e->chain_count,
                             .alternates = e->alternates,
                             .alternate_count = e->alternate_count,
                             .staple = e->staple,
                             .tlsa = e->tlsa};
    uint32_t *waiting = ps_alloc(plan->event_count + 1, sizeof *waiting);
    size_t waiting_count = 0;
    ps_time renewal = PS_TIME_NEVER;
    serving_add(world, now);
    for (uint32_t i = 0; i <= plan->event_count; i++) {
        const struct ps_plan_event *event = i < plan->event_count ? &plan->events[i] : NULL;
        if (event && (event->kind != PS_EVENT_SERVE || event->as.serve.endpoint != endpoint))
            continue;
        bool due = !event || renewal.s <= event->at.s;
        bool at_once = event && event->as.serve.when == PS_WHEN_NOW;
        bool replaces = at_once && event->as.serve.has_leaf;
        for (size_t k = 0; k < waiting_count && (due || replaces); k++)
            if (due)
                serve_from(world, &now, waiting[k], renewal);
            else
                change_rest(world, &now, waiting[k]);
        if (due || replaces) {
            waiting_count = 0;
            renewal = PS_TIME_NEVER;
        }
        if (at_once) {
            serve_from(world, &now, i, event->at);
        } else if (event) {
            if (waiting_count == 0) /* a renewal at that very second counts */
                renewal = ps_world_renewal_after(world, now.line, (ps_time){event->at.s - 1});
            waiting[waiting_count++] = i;
        }
    }
    free(waiting);
}

/* The leaf that an endpoint has in use at `t`, whoever is served what by then. */
static uint32_t leaf_in_use(const struct ps_world *world, uint32_t endpoint, ps_time t)
{
    uint32_t serving = world->first_serving[endpoint];
    for (uint32_t i = serving + 1; i < world->first_serving[endpoint + 1]; i++)
        if (world->servings[i].from.s <= t.s)
            serving = i;
    return ps_world_leaf(world, world->servings[serving].line, t);
}

static void find_revocations(struct ps_world *world)
{
    const struct ps_plan *plan = world->plan;
    world->revocations = ps_alloc(plan->event_count + 1, sizeof *world->revocations);
    for (size_t i = 0; i < plan->event_count; i++) {
        const struct ps_plan_event *event = &plan->events[i];
        if (event->kind != PS_EVENT_REVOKE)
            continue;
        const struct ps_plan_revoke *revoke = &event->as.revoke;
        struct ps_world_revocation *r = &world->revocations[world->revocation_count++];
        r->at = event->at;
        r->pushed = PS_TIME_NEVER;
        if (revoke->is_pushed)
            r->pushed.s = event->at.s + revoke->pushed.s;
        r->target = (struct ps_target){PS_TARGET_CERTIFICATE, revoke->certificate};
        if (revoke->certificate == PS_PLAN_NONE)
            r->target =
                (struct ps_target){PS_TARGET_LEAF, leaf_in_use(world, revoke->endpoint, event->at)};
    }
}

static void key_add(struct ps_world *world, struct ps_world_key key)
{
    PS_PUSH(world->keys, world->key_count, world->key_capacity, key);
}

uint32_t ps_world_named_key(const struct ps_world *world, uint32_t plan_key)
{
    assert(plan_key < world->plan->key_count);
    return plan_key; /* they come first */
}

/* The lasting key of an endpoint of that type. */
static uint32_t lasting_key(struct ps_world *world, uint32_t endpoint, enum ps_key_type type)
{
    for (uint32_t i = (uint32_t)world->plan->key_count; i < world->key_count; i++)
        if (world->keys[i].endpoint == endpoint && world->keys[i].line == PS_PLAN_NONE &&
            world->keys[i].type == type)
            return i;
    key_add(world,
            (struct ps_world_key){
                .named = PS_PLAN_NONE, .endpoint = endpoint, .line = PS_PLAN_NONE, .type = type});
    return (uint32_t)world->key_count - 1;
}

/* The key of the first leaf of a line; if each has its own, those of the leaves after it follow. */
static uint32_t line_keys(struct ps_world *world, uint32_t line_number)
{
    const struct ps_leaf_line *line = &world->lines[line_number];
    if (line->leaf.key != PS_PLAN_NONE)
        return ps_world_named_key(world, line->leaf.key);
    if (!line->leaf.new_key)
        return lasting_key(world, line->endpoint, line->leaf.key_type);
    uint32_t first = (uint32_t)world->key_count;
    for (uint32_t i = 0; i < line->leaf_count; i++)
        key_add(world, (struct ps_world_key){.named = PS_PLAN_NONE,
                                             .endpoint = line->endpoint,
                                             .line = line_number,
                                             .number = i,
                                             .type = line->leaf.key_type});
    return first;
}

static uint32_t leaf_issuer(const struct ps_world *world, uint32_t line_number, uint32_t number)
{
    const struct ps_leaf_line *line = &world->lines[line_number];
    assert(line->leaf.issuer_count > 0);
    if (line->leaf.issuer_count == 1)
        return line->leaf.issuers[0];
    const char *name = world->plan->endpoints[line->endpoint].name;
    uint64_t draw = ps_random_u64(world->seed, (struct ps_subject){ps_text_hash(name), line_number},
                                  PS_PURPOSE_ISSUER, number);
    return line->leaf.issuers[ps_random_below(draw, line->leaf.issuer_count)];
}

/* All leaves of a line that can be in use before the scenario's end. */
static void add_leaves(struct ps_world *world, uint32_t line_number)
{
    struct ps_leaf_line *line = &world->lines[line_number];
    line->first_leaf = (uint32_t)world->leaf_count;
    line->leaf_count = 1;
    if (world->plan->until.s > line->start.s)
        line->leaf_count += (uint32_t)((world->plan->until.s - line->start.s) / line->period.s);
    uint32_t key = line_keys(world, line_number);
    bool own_keys = line->leaf.key == PS_PLAN_NONE && line->leaf.new_key;
    for (uint32_t number = 0; number < line->leaf_count; number++) {
        struct ps_leaf leaf = {.line = line_number,
                               .number = number,
                               .issuer = leaf_issuer(world, line_number, number),
                               .key = own_keys ? key + number : key};
        leaf.not_before.s = line->start.s + (int64_t)number * line->period.s;
        leaf.not_after.s = leaf.not_before.s + line->leaf.lifetime.s - 1;
        PS_PUSH(world->leaves, world->leaf_count, world->leaf_capacity, leaf);
    }
}

uint32_t ps_world_leaf(const struct ps_world *world, uint32_t line_number, ps_time t)
{
    const struct ps_leaf_line *line = &world->lines[line_number];
    uint32_t number = 0;
    if (t.s > line->start.s)
        number = (uint32_t)((t.s - line->start.s) / line->period.s);
    assert(number < line->leaf_count);
    return line->first_leaf + number;
}

void ps_world_init(struct ps_world *world, const struct ps_plan *plan, uint64_t seed)
{
    memset(world, 0, sizeof *world);
    world->plan = plan;
    world->seed = seed;
    size_t states_max = plan->endpoint_count + plan->event_count;
    world->servings = ps_alloc(states_max, sizeof *world->servings);
    world->lines = ps_alloc(states_max, sizeof *world->lines);
    world->first_serving = ps_alloc(plan->endpoint_count + 1, sizeof *world->first_serving);
    for (uint32_t i = 0; i < plan->endpoint_count; i++) {
        world->first_serving[i] = (uint32_t)world->serving_count;
        endpoint_servings(world, i);
    }
    world->first_serving[plan->endpoint_count] = (uint32_t)world->serving_count;
    for (uint32_t i = 0; i < plan->key_count; i++)
        key_add(world, (struct ps_world_key){.named = i,
                                             .endpoint = PS_PLAN_NONE,
                                             .line = PS_PLAN_NONE,
                                             .type = plan->keys[i].type});
    for (uint32_t i = 0; i < world->line_count; i++)
        add_leaves(world, i);
    find_revocations(world);
}

void ps_world_deinit(struct ps_world *world)
{
    free(world->servings);
    free(world->lines);
    free(world->first_serving);
    free(world->leaves);
    free(world->keys);
    free(world->revocations);
    memset(world, 0, sizeof *world);
}

ps_time ps_world_renewal_after(const struct ps_world *world, uint32_t line_number, ps_time t)
{
    const struct ps_leaf_line *line = &world->lines[line_number];
    if (t.s < line->start.s)
        return line->start;
    int64_t number = (t.s - line->start.s) / line->period.s + 1;
    return (ps_time){line->start.s + number * line->period.s};
}

const struct ps_plan_chain *ps_world_chain(const struct ps_world *world, uint32_t serving,
                                           uint32_t issuer)
{
    const struct ps_serving *s = &world->servings[serving];
    for (size_t i = 0; i < s->chain_count; i++)
        if (s->chains[i].issuer == issuer || s->chains[i].issuer == PS_PLAN_NONE)
            return &s->chains[i];
    return NULL;
}

ps_time ps_world_stage_time(const struct ps_world *world, const struct ps_plan_event *event,
                            ps_time from, const struct ps_stage_subject *subject)
{
    if (event->over.s == 0)
        return from;
    struct ps_subject who = subject->device;
    if (event->by == PS_STAGE_BY_REGION)
        who = (struct ps_subject){ps_text_hash("region"), subject->region};
    enum ps_purpose purpose =
        event->kind == PS_EVENT_RELEASE ? PS_PURPOSE_RELEASE : PS_PURPOSE_STAGE;
    uint64_t draw = ps_random_u64(world->seed, who, purpose, event->ordinal);
    return (ps_time){from.s + (int64_t)ps_random_below(draw, (uint64_t)event->over.s)};
}

uint32_t ps_world_serving(const struct ps_world *world, uint32_t endpoint, ps_time t,
                          const struct ps_stage_subject *subject, ps_time *ret_until)
{
    uint32_t found = world->first_serving[endpoint];
    ps_time until = PS_TIME_NEVER;
    for (uint32_t i = found + 1; i < world->first_serving[endpoint + 1]; i++) {
        const struct ps_serving *s = &world->servings[i];
        ps_time reached =
            ps_world_stage_time(world, &world->plan->events[s->event], s->from, subject);
        if (reached.s <= t.s)
            found = i;
        else if (reached.s < until.s)
            until = reached;
    }
    *ret_until = until;
    return found;
}

const struct ps_plan_fault *ps_world_fault(const struct ps_world *world, uint32_t endpoint,
                                           ps_time t, ps_time *ret_until)
{
    const struct ps_plan *plan = world->plan;
    const struct ps_plan_fault *found = NULL;
    ps_time until = PS_TIME_NEVER;
    for (size_t i = 0; i < plan->event_count; i++) {
        const struct ps_plan_event *event = &plan->events[i];
        if (event->kind != PS_EVENT_FAULT || event->as.fault.endpoint != endpoint)
            continue;
        ps_time end = {event->at.s + event->as.fault.lasts.s};
        if (event->at.s <= t.s && t.s < end.s)
            found = &event->as.fault; /* the later event wins */
        if (event->at.s > t.s && event->at.s < until.s)
            until = event->at;
        if (end.s > t.s && end.s < until.s)
            until = end;
    }
    *ret_until = until;
    return found;
}
