/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/class.h"

#include <string.h>

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

static void visit_dates(const struct ps_world *world, const struct ps_trusts *trusts,
                        const struct ps_contact_spec *spec, visit_validity *visit, void *context)
{
    const struct ps_plan *plan = world->plan;
    const struct ps_trust_state *trust = &trusts->states[spec->trust];
    if (!trust->reads_dates || spec->plain)
        return;
    const struct ps_leaf *leaf = &world->leaves[spec->leaf];
    if (spec->kind == PS_KIND_PROBE)
        visit(ps_attack_validity(plan), context);
    else
        visit((struct ps_validity){leaf->not_before, leaf->not_after}, context);
    const struct ps_plan_chain *chain = ps_world_chain(world, spec->serving, leaf->issuer);
    for (size_t i = 0; chain && i < chain->count; i++) {
        const struct ps_certificate_spec *c = &plan->certificates[chain->certificates[i]].spec;
        visit((struct ps_validity){c->not_before, c->not_after}, context);
    }
    if (spec->kind == PS_KIND_PROBE && plan->threats[spec->threat].certificate != PS_PLAN_NONE) {
        const struct ps_certificate_spec *c =
            &plan->certificates[plan->threats[spec->threat].certificate].spec;
        visit((struct ps_validity){c->not_before, c->not_after}, context);
    }
    for (size_t i = 0; i < trust->anchor_count; i++) {
        const struct ps_target *anchor = &trust->anchors[i];
        if (anchor->kind == PS_TARGET_LEAF) {
            const struct ps_leaf *l = &world->leaves[anchor->number];
            visit((struct ps_validity){l->not_before, l->not_after}, context);
        } else {
            const struct ps_certificate_spec *c = &plan->certificates[anchor->number].spec;
            visit((struct ps_validity){c->not_before, c->not_after}, context);
        }
    }
    ps_time end = plan->strategies[spec->strategy].pins.expires;
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
                     const struct ps_contact_spec *spec, struct ps_buffer *key)
{
    const struct ps_leaf *leaf = &world->leaves[spec->leaf];
    const struct ps_plan_leaf *policy = &world->lines[leaf->line].leaf;
    put(key, leaf->issuer);
    put(key, (uint32_t)policy->key_type);
    put(key, (uint32_t)policy->hash);
    put(key, policy->san);
    uint64_t name = ps_text_hash(policy->subject_cn);
    ps_buffer_append(key, &name, sizeof name);
    put(key, trust->reads_leaf ? spec->leaf : PS_PLAN_NONE);
    put(key, trust->reads_leaf_key ? leaf->key : PS_PLAN_NONE);
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
    if (spec->kind == PS_KIND_PROBE) {
        put(key, (uint32_t)world->plan->threats[spec->threat].attack);
        put(key, world->plan->threats[spec->threat].certificate);
    }
    if (spec->plain)
        return;
    put_leaf(world, trust, spec, key);
    const struct ps_plan_chain *chain =
        ps_world_chain(world, spec->serving, world->leaves[spec->leaf].issuer);
    put(key, chain ? (uint32_t)chain->count : 0);
    if (chain)
        ps_buffer_append(key, chain->certificates, chain->count * sizeof *chain->certificates);
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
