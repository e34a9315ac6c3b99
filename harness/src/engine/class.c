/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/class.h"

#include <string.h>
#include "engine/attack.h"

struct ps_validity ps_attack_validity(const struct ps_plan *plan)
{
    const int64_t day = 86400, year = 31557600;
    return (struct ps_validity){{plan->from.s - day}, {plan->until.s + year}};
}

static void put(struct ps_buffer *key, uint32_t value)
{
    ps_buffer_append(key, &value, sizeof value);
}

/* Calls `visit` for every validity (and single date, as both ends) that the verdict can read. The
 * list is the same for the key and for the boundaries, so that neither can forget what the other
 * has. */
typedef void visit_validity(struct ps_validity validity, void *context);

static void visit_certificate(const struct ps_world *world, uint32_t certificate,
                              visit_validity *visit, void *context)
{
    const struct ps_certificate_spec *c = &world->plan->certificates[certificate].spec;
    visit((struct ps_validity){c->not_before, c->not_after}, context);
}

static void visit_leaf(const struct ps_world *world, uint32_t leaf, visit_validity *visit,
                       void *context)
{
    const struct ps_leaf *l = &world->leaves[leaf];
    visit((struct ps_validity){l->not_before, l->not_after}, context);
}

static void visit_chain(const struct ps_world *world, const struct ps_plan_chain *chain,
                        visit_validity *visit, void *context)
{
    for (size_t i = 0; chain && i < chain->count; i++)
        visit_certificate(world, chain->certificates[i], visit, context);
}

static void visit_attack(const struct ps_world *world, const struct ps_contact_spec *spec,
                         visit_validity *visit, void *context)
{
    struct ps_attack_parts parts = ps_attack_parts(world, spec);
    if (parts.leaf != PS_PLAN_NONE)
        visit_leaf(world, parts.leaf, visit, context);
    else
        visit(ps_attack_validity(world->plan), context);
    if (parts.certificate != PS_PLAN_NONE)
        visit_certificate(world, parts.certificate, visit, context);
    visit_chain(world, parts.chain, visit, context);
}

static void visit_dates(const struct ps_world *world, const struct ps_trusts *trusts,
                        const struct ps_contact_spec *spec, visit_validity *visit, void *context)
{
    const struct ps_trust_state *trust = &trusts->states[spec->trust];
    if (!trust->reads_dates || spec->plain)
        return;
    if (spec->kind == PS_KIND_PROBE) {
        visit_attack(world, spec, visit, context);
    } else {
        visit_leaf(world, spec->leaf, visit, context);
        visit_chain(world, ps_world_chain(world, spec->serving, world->leaves[spec->leaf].issuer),
                    visit, context);
    }
    for (size_t i = 0; i < trust->anchor_count; i++) {
        const struct ps_target *anchor = &trust->anchors[i];
        if (anchor->kind == PS_TARGET_LEAF)
            visit_leaf(world, anchor->number, visit, context);
        else
            visit_certificate(world, anchor->number, visit, context);
    }
    ps_time end = world->plan->strategies[spec->strategy].pins.expires;
    if (end.s != PS_TIME_NEVER.s)
        visit((struct ps_validity){end, end}, context);
}

struct bracketing {
    struct ps_buffer *key;
    ps_time clock;
};

static void put_bracket(struct ps_validity validity, void *context)
{
    const struct bracketing *b = context;
    unsigned char bracket =
        (unsigned char)((ps_time_compare(b->clock, validity.not_before) + 1) * 3 +
                        ps_time_compare(b->clock, validity.not_after) + 1);
    ps_buffer_append(b->key, &bracket, 1);
}

static void put_leaf(const struct ps_world *world, const struct ps_trust_state *trust,
                     uint32_t number, struct ps_buffer *key)
{
    const struct ps_leaf *leaf = &world->leaves[number];
    const struct ps_plan_leaf *policy = &world->lines[leaf->line].leaf;
    put(key, leaf->issuer);
    put(key, (uint32_t)policy->key_type);
    put(key, (uint32_t)policy->hash);
    put(key, policy->san);
    uint64_t name = ps_text_hash(policy->subject_cn);
    ps_buffer_append(key, &name, sizeof name);
    put(key, trust->reads_leaf ? number : PS_PLAN_NONE);
    put(key, trust->reads_leaf_key ? leaf->key : PS_PLAN_NONE);
}

static void put_chain(const struct ps_plan_chain *chain, struct ps_buffer *key)
{
    put(key, chain ? (uint32_t)chain->count : 0);
    if (chain)
        ps_buffer_append(key, chain->certificates, chain->count * sizeof *chain->certificates);
}

/* A leaf that the attacker mints is a new certificate, so no pin on a certificate can mean it; its
 * key may be a stolen one. */
static void put_attack(const struct ps_world *world, const struct ps_trust_state *trust,
                       const struct ps_contact_spec *spec, struct ps_buffer *key)
{
    struct ps_attack_parts parts = ps_attack_parts(world, spec);
    put(key, (uint32_t)world->plan->threats[spec->threat].attack);
    put(key, parts.leaf != PS_PLAN_NONE);
    if (parts.leaf != PS_PLAN_NONE) {
        put_leaf(world, trust, parts.leaf, key);
    } else {
        put(key, parts.issuer);
        put(key, parts.key != PS_PLAN_NONE ? (uint32_t)world->keys[parts.key].type : PS_PLAN_NONE);
        put(key, trust->reads_leaf_key ? parts.key : PS_PLAN_NONE);
    }
    put(key, parts.certificate);
    put_chain(parts.chain, key);
}

void ps_class_key(const struct ps_world *world, const struct ps_trusts *trusts,
                  const struct ps_contact_spec *spec, struct ps_buffer *key)
{
    const struct ps_trust_state *trust = &trusts->states[spec->trust];
    put(key, (uint32_t)spec->kind);
    put(key, spec->strategy);
    put(key, spec->trust);
    put(key, spec->endpoint);
    put(key, spec->plain);
    put(key, (uint32_t)spec->fault);
    if (spec->fault == PS_FAULT_DELAY)
        put(key, spec->delay.s >= spec->timeout.s);
    else if (spec->fault != PS_FAULT_NONE)
        put(key, spec->after_bytes);
    if (spec->fault != PS_FAULT_NONE) /* an unreachable's reason names the time-out */
        put(key, (uint32_t)spec->timeout.s);
    if (spec->kind == PS_KIND_UPDATE)
        put(key, spec->release);
    if (spec->plain)
        return;
    if (spec->kind == PS_KIND_PROBE) {
        put_attack(world, trust, spec, key);
    } else {
        put_leaf(world, trust, spec->leaf, key);
        put_chain(ps_world_chain(world, spec->serving, world->leaves[spec->leaf].issuer), key);
    }
    struct bracketing bracketing = {key, spec->clock};
    visit_dates(world, trusts, spec, put_bracket, &bracketing);
}

struct searching {
    const struct ps_device_clock *clock;
    ps_time t;
    ps_time until;
};

/* The bracket changes at either end and one second after it. */
static void find_crossing(struct ps_validity validity, void *context)
{
    struct searching *s = context;
    const ps_time dates[] = {validity.not_before,
                             {validity.not_before.s + 1},
                             validity.not_after,
                             {validity.not_after.s + 1}};
    for (size_t i = 0; i < sizeof dates / sizeof *dates; i++) {
        ps_time when = ps_clock_reaches(s->clock, s->t, dates[i]);
        if (when.s < s->until.s)
            s->until = when;
    }
}

ps_time ps_class_dates_until(const struct ps_world *world, const struct ps_trusts *trusts,
                             const struct ps_contact_spec *spec,
                             const struct ps_device_clock *clock, ps_time t)
{
    struct searching s = {clock, t, PS_TIME_NEVER};
    if (trusts->states[spec->trust].reads_dates)
        s.until = ps_clock_stretch_end(clock, t);
    visit_dates(world, trusts, spec, find_crossing, &s);
    return s.until;
}
