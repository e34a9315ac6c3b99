/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trust.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

struct gathering {
    struct ps_world *world;
    const struct ps_device *device;
    ps_time t;
    ps_time until;
    struct ps_target *anchors;
    size_t anchor_count, anchor_capacity;
    struct ps_trust_pin_state *pins;
    size_t pin_count, pin_capacity;
};

/* The leaf that the device's telemetry endpoint served it when it was made. */
static uint32_t leaf_at_ship(struct gathering *g)
{
    const struct ps_plan *plan = g->world->plan;
    ps_time until;
    uint32_t serving = ps_world_serving(g->world, plan->cohorts[g->device->cohort].endpoint,
                                        g->device->made, &g->device->stage, &until);
    return ps_world_leaf(g->world, g->world->servings[serving].line, g->device->made);
}

static void gather_store(struct gathering *g, const struct ps_reference *reference)
{
    const struct ps_plan_store *store = &g->world->plan->stores[reference->index];
    ps_time then = reference->at_ship ? g->device->made : g->t;
    for (size_t i = 0; i < store->count; i++) {
        const struct ps_plan_store_entry *entry = &store->entries[i];
        if (entry->from.s <= then.s && then.s < entry->until.s)
            PS_PUSH(g->anchors, g->anchor_count, g->anchor_capacity,
                    (struct ps_target){PS_TARGET_CERTIFICATE, entry->certificate});
        if (reference->at_ship)
            continue;
        if (entry->from.s > then.s && entry->from.s < g->until.s)
            g->until = entry->from;
        if (entry->until.s > then.s && entry->until.s < g->until.s)
            g->until = entry->until;
    }
}

static void gather_anchor(struct gathering *g, const struct ps_reference *reference)
{
    if (reference->kind == PS_REFERENCE_STORE) {
        gather_store(g, reference);
        return;
    }
    struct ps_target target = {PS_TARGET_CERTIFICATE, reference->index};
    if (reference->kind == PS_REFERENCE_LEAF)
        target = (struct ps_target){PS_TARGET_LEAF, leaf_at_ship(g)};
    PS_PUSH(g->anchors, g->anchor_count, g->anchor_capacity, target);
}

static void gather_pin(struct gathering *g, const struct ps_pin *pin)
{
    struct ps_target target = {PS_TARGET_CERTIFICATE, pin->of.index};
    if (pin->of.kind == PS_REFERENCE_KEY) {
        target = (struct ps_target){PS_TARGET_KEY, ps_world_named_key(g->world, pin->of.index)};
    } else if (pin->of.kind == PS_REFERENCE_LEAF) {
        uint32_t leaf = leaf_at_ship(g);
        target = (struct ps_target){PS_TARGET_LEAF, leaf};
        if (pin->match == PS_PIN_MATCH_SPKI_SHA256) /* only its key counts: fewer states */
            target = (struct ps_target){PS_TARGET_KEY, g->world->leaves[leaf].key};
    }
    PS_PUSH(g->pins, g->pin_count, g->pin_capacity,
            (struct ps_trust_pin_state){(uint32_t)pin->match, (uint32_t)pin->depth, target});
}

static void gather(struct gathering *g, const struct ps_strategy *strategy, uint32_t release)
{
    const struct ps_reference *anchors = strategy->anchors;
    size_t anchor_count = strategy->anchor_count;
    const struct ps_pin *pins = strategy->pins.set;
    size_t pin_count = strategy->pins.count;
    if (release != PS_PLAN_NONE) {
        const struct ps_plan_release *r = &g->world->plan->events[release].as.release;
        if (r->has_anchors) {
            anchors = r->anchors;
            anchor_count = r->anchor_count;
        }
        if (r->has_pins) {
            pins = r->pins;
            pin_count = r->pin_count;
        }
    }
    for (size_t i = 0; i < anchor_count; i++)
        gather_anchor(g, &anchors[i]);
    for (size_t i = 0; i < pin_count; i++)
        gather_pin(g, &pins[i]);
}

/* What a verdict of this state can read of a leaf, and whether it reads the clock. */
static void state_reads(struct ps_trust_state *state, const struct ps_strategy *strategy)
{
    for (size_t i = 0; i < state->anchor_count; i++)
        state->reads_leaf |= state->anchors[i].kind == PS_TARGET_LEAF;
    for (size_t i = 0; i < state->pin_count; i++) {
        enum ps_pin_match match = (enum ps_pin_match)state->pins[i].match;
        state->reads_leaf |= match == PS_PIN_MATCH_CERT_SHA256 || match == PS_PIN_MATCH_CERT_SHA1;
        state->reads_leaf_key |= match == PS_PIN_MATCH_SPKI_SHA256;
    }
    state->reads_dates =
        strategy->chain.engine != PS_ENGINE_NONE || strategy->pins.expires.s != PS_TIME_NEVER.s;
}

uint32_t ps_trust_of(struct ps_trusts *trusts, struct ps_world *world,
                     const struct ps_device *device, uint32_t strategy, uint32_t release, ps_time t,
                     ps_time *ret_until)
{
    struct gathering g = {.world = world, .device = device, .t = t, .until = PS_TIME_NEVER};
    gather(&g, &world->plan->strategies[strategy], release);
    struct ps_buffer key = {0};
    uint32_t head[] = {strategy, (uint32_t)g.anchor_count};
    ps_buffer_append(&key, head, sizeof head);
    ps_buffer_append(&key, g.anchors, g.anchor_count * sizeof *g.anchors);
    ps_buffer_append(&key, g.pins, g.pin_count * sizeof *g.pins);
    bool is_new;
    uint32_t number = ps_intern(&trusts->index, key.data, key.size, &is_new);
    ps_buffer_deinit(&key);
    *ret_until = g.until;
    if (!is_new) {
        free(g.anchors);
        free(g.pins);
        return number;
    }
    struct ps_trust_state state = {.strategy = strategy,
                                   .anchors = g.anchors,
                                   .anchor_count = g.anchor_count,
                                   .pins = g.pins,
                                   .pin_count = g.pin_count};
    state_reads(&state, &world->plan->strategies[strategy]);
    PS_PUSH(trusts->states, trusts->count, trusts->capacity, state);
    return number;
}

void ps_trusts_deinit(struct ps_trusts *trusts)
{
    for (size_t i = 0; i < trusts->count; i++) {
        free(trusts->states[i].anchors);
        free(trusts->states[i].pins);
    }
    free(trusts->states);
    ps_intern_deinit(&trusts->index);
    memset(trusts, 0, sizeof *trusts);
}
