/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/trust.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "engine/channel.h"

struct gathering {
    const struct ps_world *world;
    const struct ps_trust_query *query;
    const struct ps_strategy *strategy;
    const struct ps_learned *learned;
    ps_time until;
    struct ps_trust_state state;
    size_t free_pin_slots; /* for announced keys */
    size_t anchor_capacity, pin_capacity, intermediate_capacity, revoked_capacity;
};

/* The leaf that the device's telemetry endpoint served it when it was made. */
static uint32_t leaf_at_ship(struct gathering *g)
{
    const struct ps_device *device = g->query->device;
    ps_time until;
    uint32_t serving = ps_world_serving(g->world, g->world->plan->cohorts[device->cohort].endpoint,
                                        device->made, &device->stage, &until);
    return ps_world_leaf(g->world, g->world->servings[serving].line, device->made);
}

static void keep_anchor(struct gathering *g, struct ps_target target)
{
    PS_PUSH(g->state.anchors, g->state.anchor_count, g->anchor_capacity, target);
}

/* Who looks at anchors' dates when it loads them leaves out those that do not hold then. */
static void gather_certificate(struct gathering *g, uint32_t certificate)
{
    const struct ps_strategy *strategy = g->strategy;
    const struct ps_certificate_spec *spec = &g->world->plan->certificates[certificate].spec;
    ps_time loaded = g->query->loaded;
    bool looks = strategy->time.anchor_dates == PS_DATES_CHECK_AT_LOAD &&
                 strategy->time.clock != PS_CLOCK_IGNORE &&
                 strategy->chain.anchor_form != PS_ANCHOR_FORM_DN_SPKI;
    if (looks && (loaded.s < spec->not_before.s || loaded.s > spec->not_after.s))
        return;
    keep_anchor(g, (struct ps_target){PS_TARGET_CERTIFICATE, certificate});
}

static ps_time later(ps_time t, ps_duration lag)
{
    return t.s == PS_TIME_NEVER.s || t.s == PS_TIME_ALWAYS.s ? t : (ps_time){t.s + lag.s};
}

/* When an entry is in a store that this device follows. What the store was when the firmware was
 * built has come with that; later changes come with the device's lag, if at all. */
static struct ps_plan_store_entry entry_here(const struct gathering *g, uint32_t number,
                                             const struct ps_plan_store_entry *entry)
{
    const struct ps_plan_store *store = &g->world->plan->stores[number];
    const struct ps_plan_store_lag *lag = &store->lag;
    struct ps_subject device = g->query->device->subject;
    struct ps_plan_store_entry here = *entry;
    if (!lag->given)
        return here;
    uint64_t draw = ps_random_u64(g->world->seed, device, PS_PURPOSE_STORE_LAG, 2 * number);
    bool never = ps_random_hit(
        ps_random_u64(g->world->seed, device, PS_PURPOSE_STORE_LAG, 2 * number + 1), lag->never);
    const struct ps_certificate_spec *spec = &g->world->plan->certificates[entry->certificate].spec;
    bool expired = entry->until.s > spec->not_after.s;
    if (entry->from.s > g->query->build.s)
        here.from =
            never ? PS_TIME_NEVER : later(entry->from, ps_distribution_draw(&lag->additions, draw));
    if (entry->until.s > g->query->build.s)
        here.until =
            never ? PS_TIME_NEVER
                  : later(entry->until,
                          ps_distribution_draw(expired ? &lag->expiries : &lag->distrust, draw));
    return here;
}

static void gather_store(struct gathering *g, const struct ps_reference *reference)
{
    const struct ps_plan_store *store = &g->world->plan->stores[reference->index];
    bool live = !reference->at_ship && ps_channel_follows_stores(g->strategy->update.channel);
    ps_time then = live                 ? g->query->t
                   : reference->at_ship ? g->query->device->made
                                        : g->query->build;
    for (size_t i = 0; i < store->count; i++) {
        struct ps_plan_store_entry entry = store->entries[i];
        if (live)
            entry = entry_here(g, reference->index, &entry);
        if (entry.from.s <= then.s && then.s < entry.until.s)
            gather_certificate(g, entry.certificate);
        if (!live)
            continue;
        if (entry.from.s > then.s && entry.from.s < g->until.s)
            g->until = entry.from;
        if (entry.until.s > then.s && entry.until.s < g->until.s)
            g->until = entry.until;
    }
}

static void gather_anchor(struct gathering *g, const struct ps_reference *reference)
{
    if (reference->kind == PS_REFERENCE_STORE)
        gather_store(g, reference);
    else if (reference->kind == PS_REFERENCE_LEAF)
        keep_anchor(g, (struct ps_target){PS_TARGET_LEAF, leaf_at_ship(g)});
    else
        gather_certificate(g, reference->index);
}

static bool holds(const struct ps_trust_state *state, uint32_t certificate)
{
    for (size_t i = 0; i < state->anchor_count; i++)
        if (ps_target_is(state->anchors[i], (struct ps_target){PS_TARGET_CERTIFICATE, certificate}))
            return true;
    return false;
}

static void gather_anchors(struct gathering *g, const struct ps_plan_release *release)
{
    const struct ps_reference *anchors = g->strategy->anchors;
    size_t count = g->strategy->anchor_count;
    if (release && release->has_anchors && !g->strategy->lent) {
        anchors = release->anchors;
        count = release->anchor_count;
    }
    for (size_t i = 0; i < count; i++)
        gather_anchor(g, &anchors[i]);
    size_t slots = count;
    for (size_t i = 0; i < g->learned->anchor_count; i++)
        if (!holds(&g->state, g->learned->anchors[i]) &&
            slots++ < g->strategy->storage.anchor_slots)
            gather_certificate(g, g->learned->anchors[i]);
}

static void keep_pin(struct gathering *g, const struct ps_pin *pin, struct ps_target of,
                     ps_time not_before)
{
    const struct ps_trust_pin_state state = {
        .match = (uint32_t)pin->match,
        .depth = (uint32_t)pin->depth,
        .of = of,
        .group = pin->group ? pin->group : "",
        .not_before = not_before.s > pin->not_before.s ? not_before : pin->not_before};
    PS_PUSH(g->state.pins, g->state.pin_count, g->pin_capacity, state);
}

/* Of a leaf whose key is all that counts: devices with one key have one state. */
static struct ps_target of_leaf(const struct gathering *g, const struct ps_pin *pin, uint32_t leaf)
{
    if (pin->match == PS_PIN_MATCH_SPKI_SHA256)
        return (struct ps_target){PS_TARGET_KEY, g->world->leaves[leaf].key};
    return (struct ps_target){PS_TARGET_LEAF, leaf};
}

static void gather_pin(struct gathering *g, const struct ps_pin *pin)
{
    struct ps_target target = {PS_TARGET_CERTIFICATE, pin->of.index};
    const struct ps_learned *learned = g->learned;
    switch (pin->of.kind) {
    case PS_REFERENCE_KEY:
        target = (struct ps_target){PS_TARGET_KEY, ps_world_named_key(g->world, pin->of.index)};
        break;
    case PS_REFERENCE_LEAF:
        target = of_leaf(g, pin, leaf_at_ship(g));
        break;
    case PS_REFERENCE_FIRST_CONTACT:
        target = (struct ps_target){PS_TARGET_NONE, 0};
        if (learned->has_first_leaf)
            target = of_leaf(g, pin, learned->first_leaf);
        break;
    case PS_REFERENCE_ANNOUNCED:
        for (size_t i = 0; i < learned->announced_count && i < g->free_pin_slots; i++)
            keep_pin(g, pin, (struct ps_target){PS_TARGET_KEY, learned->announced[i].key},
                     learned->announced[i].begins);
        return;
    case PS_REFERENCE_UNBOUND:
    case PS_REFERENCE_CERTIFICATE:
    case PS_REFERENCE_STORE:
        break;
    }
    keep_pin(g, pin, target, PS_TIME_ALWAYS);
}

static void gather_pins(struct gathering *g, const struct ps_plan_release *release)
{
    const struct ps_pin *pins = g->strategy->pins.set;
    size_t count = g->strategy->pins.count;
    if (release && release->has_pins) {
        pins = release->pins;
        count = release->pin_count;
    }
    g->free_pin_slots = g->strategy->storage.pin_slots;
    for (size_t i = 0; i < count; i++)
        if (pins[i].of.kind != PS_REFERENCE_ANNOUNCED && g->free_pin_slots > 0)
            g->free_pin_slots--;
    for (size_t i = 0; i < count; i++)
        gather_pin(g, &pins[i]);
}

static void gather_intermediates(struct gathering *g)
{
    for (size_t i = 0; i < g->learned->intermediate_count && g->strategy->intermediates.cache; i++)
        PS_PUSH(g->state.intermediates, g->state.intermediate_count, g->intermediate_capacity,
                (struct ps_target){PS_TARGET_CERTIFICATE, g->learned->intermediates[i]});
}

/* A blocklist is as old as the firmware; a pushed set has its own date. */
static void gather_revoked(struct gathering *g)
{
    enum ps_revocation mode = g->strategy->revocation.mode;
    ps_time made = g->query->build;
    if (mode == PS_REVOCATION_PUSHED_SET && g->learned->has_set)
        made = g->learned->set_made;
    else if (mode != PS_REVOCATION_BLOCKLIST)
        return;
    g->state.has_set = true;
    for (size_t i = 0; i < g->world->revocation_count; i++)
        if (g->world->revocations[i].pushed.s <= made.s)
            PS_PUSH(g->state.revoked, g->state.revoked_count, g->revoked_capacity,
                    g->world->revocations[i].target);
}

/* What a verdict of this state can read of a leaf, of the clock, and from others. */
static void state_reads(struct ps_trust_state *state, const struct ps_strategy *strategy)
{
    enum ps_revocation mode = strategy->revocation.mode;
    for (size_t i = 0; i < state->anchor_count; i++)
        state->reads_leaf |= state->anchors[i].kind == PS_TARGET_LEAF;
    for (size_t i = 0; i < state->revoked_count; i++)
        state->reads_leaf |= state->revoked[i].kind == PS_TARGET_LEAF;
    for (size_t i = 0; i < state->pin_count; i++) {
        enum ps_pin_match match = (enum ps_pin_match)state->pins[i].match;
        state->reads_leaf |= match == PS_PIN_MATCH_CERT_SHA256 || match == PS_PIN_MATCH_CERT_SHA1;
        state->reads_leaf_key |= match == PS_PIN_MATCH_SPKI_SHA256;
        state->reads_dates |= state->pins[i].not_before.s != PS_TIME_ALWAYS.s;
    }
    state->reads_staple = mode == PS_REVOCATION_OCSP || mode == PS_REVOCATION_STAPLE ||
                          mode == PS_REVOCATION_MUST_STAPLE;
    state->asks = (mode == PS_REVOCATION_OCSP ? (uint32_t)PS_PUBLISH_OCSP : 0) |
                  (mode == PS_REVOCATION_CRL ? (uint32_t)PS_PUBLISH_CRL : 0) |
                  (strategy->intermediates.aia ? (uint32_t)PS_PUBLISH_ISSUER : 0);
    state->reads_set_date = (mode == PS_REVOCATION_PUSHED_SET || mode == PS_REVOCATION_BLOCKLIST) &&
                            strategy->revocation.max_age.s > 0;
    state->reads_tlsa = strategy->chain.engine == PS_ENGINE_DANE;
    state->reads_dates |= strategy->chain.engine != PS_ENGINE_NONE ||
                          strategy->pins.expires.s != PS_TIME_NEVER.s ||
                          strategy->pins.max_age.s > 0 || strategy->revocation.max_age.s > 0 ||
                          strategy->update.rollback_protection == PS_ROLLBACK_SIGNED_TIME ||
                          state->reads_staple || mode == PS_REVOCATION_CRL;
    if (strategy->time.clock == PS_CLOCK_IGNORE)
        state->reads_dates = false;
}

static void put_targets(struct ps_buffer *key, const struct ps_target *targets, size_t count)
{
    uint32_t n = (uint32_t)count;
    ps_buffer_append(key, &n, sizeof n);
    ps_buffer_append(key, targets, count * sizeof *targets);
}

static void put_pin(struct ps_buffer *key, const struct ps_trust_pin_state *pin)
{
    uint64_t group = ps_text_hash(pin->group);
    ps_buffer_append(key, &pin->match, sizeof pin->match);
    ps_buffer_append(key, &pin->depth, sizeof pin->depth);
    ps_buffer_append(key, &pin->of, sizeof pin->of);
    ps_buffer_append(key, &group, sizeof group);
    ps_buffer_append(key, &pin->not_before, sizeof pin->not_before);
}

static void state_free(const struct ps_trust_state *state)
{
    free(state->anchors);
    free(state->pins);
    free(state->intermediates);
    free(state->revoked);
}

/* Takes what `state` owns. */
static uint32_t state_intern(struct ps_trusts *trusts, const struct ps_world *world,
                             struct ps_trust_state *state)
{
    struct ps_buffer key = {0};
    ps_buffer_append(&key, &state->strategy, sizeof state->strategy);
    ps_buffer_append(&key, &state->has_set, sizeof state->has_set);
    put_targets(&key, state->anchors, state->anchor_count);
    put_targets(&key, state->intermediates, state->intermediate_count);
    put_targets(&key, state->revoked, state->revoked_count);
    for (size_t i = 0; i < state->pin_count; i++)
        put_pin(&key, &state->pins[i]);
    bool is_new;
    state_reads(state, &world->plan->strategies[state->strategy]);
    if (trusts->lock)
        pthread_mutex_lock(trusts->lock);
    uint32_t number = ps_intern(&trusts->index, key.data, key.size, &is_new);
    if (is_new)
        *(struct ps_trust_state *)ps_steady_add(&trusts->states, sizeof *state) = *state;
    if (trusts->lock)
        pthread_mutex_unlock(trusts->lock);
    ps_buffer_deinit(&key);
    if (!is_new)
        state_free(state);
    return number;
}

uint32_t ps_trust_of(struct ps_trusts *trusts, const struct ps_world *world,
                     const struct ps_trust_query *query, ps_time *ret_until)
{
    static const struct ps_learned nothing;
    const struct ps_plan *plan = world->plan;
    struct gathering g = {.world = world,
                          .query = query,
                          .strategy = &plan->strategies[query->strategy],
                          .learned = query->learned ? query->learned : &nothing,
                          .until = PS_TIME_NEVER,
                          .state = {.strategy = query->strategy}};
    const struct ps_plan_release *release = NULL;
    /* Roots that were seen long enough are learned one by one. */
    if (query->release != PS_PLAN_NONE && g.strategy->update.channel != PS_UPDATE_RFC5011)
        release = &plan->events[query->release].as.release;
    gather_anchors(&g, release);
    gather_pins(&g, release);
    gather_intermediates(&g);
    gather_revoked(&g);
    *ret_until = g.until;
    return state_intern(trusts, world, &g.state);
}

static void *copy(const void *items, size_t count, size_t element_bytes)
{
    void *made = ps_alloc(count + 1, element_bytes);
    if (count > 0)
        memcpy(made, items, count * element_bytes);
    return made;
}

uint32_t ps_trust_with_revoked(struct ps_trusts *trusts, const struct ps_world *world,
                               uint32_t number, struct ps_target target)
{
    const struct ps_trust_state *from = ps_trusts_at(trusts, number);
    for (size_t i = 0; i < from->revoked_count; i++)
        if (ps_target_is(from->revoked[i], target))
            return number;
    struct ps_trust_state state = *from;
    state.anchors = copy(from->anchors, from->anchor_count, sizeof *from->anchors);
    state.pins = copy(from->pins, from->pin_count, sizeof *from->pins);
    state.intermediates =
        copy(from->intermediates, from->intermediate_count, sizeof *from->intermediates);
    state.revoked = copy(from->revoked, from->revoked_count, sizeof *from->revoked);
    state.revoked[state.revoked_count++] = target;
    return state_intern(trusts, world, &state);
}

uint32_t ps_trusts_count(const struct ps_trusts *trusts)
{
    if (trusts->lock)
        pthread_mutex_lock(trusts->lock);
    uint32_t count = trusts->states.count;
    if (trusts->lock)
        pthread_mutex_unlock(trusts->lock);
    return count;
}

void ps_trusts_deinit(struct ps_trusts *trusts)
{
    for (uint32_t i = 0; i < trusts->states.count; i++)
        state_free(ps_trusts_at(trusts, i));
    ps_steady_deinit(&trusts->states);
    ps_intern_deinit(&trusts->index);
    memset(trusts, 0, sizeof *trusts);
}
