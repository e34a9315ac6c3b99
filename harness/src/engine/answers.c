/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/answers.h"

#include <stdlib.h>
#include "engine/attack.h"
#include "engine/status.h"

enum {
    ALL_SERVICES = PS_PUBLISH_OCSP | PS_PUBLISH_CRL | PS_PUBLISH_ISSUER,
    /* What the attacker's own CA publishes holds for so long. */
    OWN_OCSP_S = 7 * 86400,
    OWN_CRL_S = 90 * 86400,
};

static bool is_probe(const struct ps_contact_spec *spec)
{
    return spec->kind == PS_KIND_PROBE;
}

static enum ps_attack_answers answers_of(const struct ps_world *world,
                                         const struct ps_contact_spec *spec)
{
    return is_probe(spec) ? ps_attack_parts(world, spec).answers : PS_ANSWERS_GENUINE;
}

struct ps_issued ps_presented_leaf(const struct ps_world *world, const struct ps_contact_spec *spec)
{
    struct ps_issued issued = {{PS_TARGET_LEAF, spec->leaf}, PS_PLAN_NONE, false};
    if (is_probe(spec)) {
        struct ps_attack_parts parts = ps_attack_parts(world, spec);
        issued.certificate.number = parts.leaf;
        if (parts.leaf == PS_PLAN_NONE)
            return (struct ps_issued){{PS_TARGET_ATTACK_LEAF, 0},
                                      parts.own_ca ? PS_PLAN_NONE : parts.issuer,
                                      parts.own_ca};
        if (parts.staple_twin)
            issued.certificate.kind = PS_TARGET_STAPLE_LEAF;
    }
    issued.issuer = world->leaves[issued.certificate.number].issuer;
    return issued;
}

/* What an answer about it says in this contact. */
static bool says_revoked(const struct ps_world *world, const struct ps_contact_spec *spec,
                         struct ps_target target)
{
    if (ps_answers_are_replayed(world, spec))
        return false;
    return ps_world_is_revoked(world, target, spec->at) ||
           (is_probe(spec) && ps_attack_presumes_revoked(world, spec, target));
}

bool ps_answers_are_replayed(const struct ps_world *world, const struct ps_contact_spec *spec)
{
    return answers_of(world, spec) == PS_ANSWERS_REPLAYED;
}

/* The first second at which an answer about it would say revoked, were it not replayed. */
static ps_time revoked_from(const struct ps_world *world, const struct ps_contact_spec *spec,
                            struct ps_target target)
{
    ps_time found = ps_world_revoked_at(world, target);
    ps_time premise = world->plan->threats[spec->threat].from;
    if (premise.s < found.s && ps_attack_presumes_revoked(world, spec, target))
        found = premise;
    return found;
}

struct ps_answer_day ps_answer_day(const struct ps_world *world, const struct ps_contact_spec *spec,
                                   struct ps_target target)
{
    struct ps_answer_day day = {.made = ps_status_day(spec->at), .held = false};
    if (!ps_answers_are_replayed(world, spec))
        return day;
    ps_time from = revoked_from(world, spec, target);
    if (from.s > spec->at.s)
        return day;
    return (struct ps_answer_day){ps_status_day((ps_time){from.s - 1}), true};
}

ps_time ps_answer_this_update(const struct ps_world *world, const struct ps_contact_spec *spec,
                              ps_time made)
{
    if (ps_answers_are_replayed(world, spec) && spec->clock.s < made.s)
        return spec->clock;
    return made;
}

struct ps_answer_lifetimes ps_answer_lifetimes(const struct ps_world *world,
                                               const struct ps_issued *issued)
{
    if (issued->issuer == PS_PLAN_NONE)
        return (struct ps_answer_lifetimes){{OWN_OCSP_S}, {OWN_CRL_S}};
    const struct ps_plan_authority *a = &world->plan->authorities[issued->issuer];
    return (struct ps_answer_lifetimes){a->ocsp_lifetime, a->crl_lifetime};
}

/* ---- the staple ---- */

static bool has_responder(const struct ps_world *world, const struct ps_issued *issued)
{
    if (issued->issuer == PS_PLAN_NONE)
        return issued->issuer_is_his;
    return (world->plan->authorities[issued->issuer].publishes & PS_PUBLISH_OCSP) != 0;
}

/* Since when somebody staples answers about that leaf. */
static ps_time stapled_since(const struct ps_world *world, const struct ps_contact_spec *spec,
                             struct ps_target leaf)
{
    ps_time since = PS_TIME_ALWAYS;
    if (leaf.kind == PS_TARGET_LEAF)
        since = world->leaves[leaf.number].not_before;
    if (is_probe(spec))
        return since;
    uint32_t serving = spec->serving;
    uint32_t first = world->first_serving[world->servings[serving].endpoint];
    while (serving > first && world->servings[serving - 1].staple)
        serving--;
    ps_time on = world->servings[serving].from;
    return on.s > since.s ? on : since;
}

struct ps_stapled ps_stapled_of(const struct ps_world *world, const struct ps_contact_spec *spec)
{
    struct ps_issued leaf = ps_presented_leaf(world, spec);
    if (!spec->staple || !has_responder(world, &leaf))
        return (struct ps_stapled){.present = false};
    struct ps_answer_day day = ps_answer_day(world, spec, leaf.certificate);
    struct ps_stapled s = {.present = true,
                           .revoked = says_revoked(world, spec, leaf.certificate),
                           .held = day.held,
                           .made = day.made,
                           .lifetime = ps_answer_lifetimes(world, &leaf).ocsp};
    if (answers_of(world, spec) != PS_ANSWERS_GENUINE)
        return s;
    struct ps_contact_spec then = *spec;
    then.at = ps_world_last_up(world, leaf.issuer, PS_PUBLISH_OCSP, spec->at);
    s.held = then.at.s != spec->at.s;
    s.made = ps_status_day(then.at);
    s.revoked = says_revoked(world, &then, leaf.certificate);
    s.present = s.made.s + s.lifetime.s >= spec->at.s &&
                (!s.held || then.at.s >= stapled_since(world, spec, leaf.certificate).s);
    return s;
}

/* An attacker staples the best that he can get: a good answer, or nothing. */
static bool staples(const struct ps_world *world, const struct ps_contact_spec *spec)
{
    if (!is_probe(spec))
        return world->servings[spec->serving].staple;
    if (answers_of(world, spec) == PS_ANSWERS_BLOCKED)
        return false;
    return !says_revoked(world, spec, ps_presented_leaf(world, spec).certificate);
}

/* ---- what the world makes of a contact ---- */

static bool is_of_leaf(enum ps_tlsa_form form)
{
    return form == PS_TLSA_3_1_1 || form == PS_TLSA_1_1_1;
}

static struct ps_target tlsa_of(const struct ps_world *world, const struct ps_trust_state *trust,
                                const struct ps_contact_spec *spec)
{
    if (!trust->reads_tlsa)
        return (struct ps_target){PS_TARGET_NONE, 0};
    if (is_probe(spec) && ps_attack_spoofs_dns(ps_attack_of(world, spec)))
        return (struct ps_target){PS_TARGET_ATTACK_LEAF, 0};
    if (is_of_leaf(world->plan->strategies[trust->strategy].chain.tlsa))
        return ps_world_tlsa_leaf(world, spec->serving, spec->at);
    return ps_world_tlsa_root(world, spec->serving, spec->at);
}

/* A set that was made when the premise held already knows of it. */
static void know_premise(const struct ps_world *world, struct ps_trusts *trusts,
                         struct ps_contact_spec *spec)
{
    const struct ps_plan *plan = world->plan;
    enum ps_revocation mode =
        plan->strategies[ps_trusts_at(trusts, spec->trust)->strategy].revocation.mode;
    if ((mode != PS_REVOCATION_PUSHED_SET && mode != PS_REVOCATION_BLOCKLIST) ||
        spec->set_made.s < plan->threats[spec->threat].from.s)
        return;
    struct ps_target leaf = ps_presented_leaf(world, spec).certificate;
    if (ps_attack_presumes_revoked(world, spec, leaf))
        spec->trust = ps_trust_with_revoked(trusts, world, spec->trust, leaf);
    for (uint32_t i = 0; i < plan->certificate_count; i++) {
        struct ps_target target = {PS_TARGET_CERTIFICATE, i};
        if (ps_attack_presumes_revoked(world, spec, target))
            spec->trust = ps_trust_with_revoked(trusts, world, spec->trust, target);
    }
}

/* When a server that cannot get a new answer stops stapling the old one. An attacker does not. */
static ps_time held_until(const struct ps_world *world, const struct ps_contact_spec *spec)
{
    struct ps_stapled s = ps_stapled_of(world, spec);
    if (!s.present || !s.held || ps_answers_are_replayed(world, spec))
        return PS_TIME_NEVER;
    return (ps_time){s.made.s + s.lifetime.s + 1};
}

/* A root that DNS names can end, and another begin. */
static ps_time roots_after(const struct ps_world *world, ps_time t)
{
    ps_time found = PS_TIME_NEVER;
    for (size_t i = 0; i < world->plan->certificate_count; i++) {
        const struct ps_certificate_spec *c = &world->plan->certificates[i].spec;
        if (c->not_before.s > t.s && c->not_before.s < found.s)
            found = c->not_before;
        if (c->not_after.s >= t.s && c->not_after.s < found.s)
            found.s = c->not_after.s + 1;
    }
    return found;
}

void ps_answers_fill(const struct ps_world *world, struct ps_trusts *trusts,
                     struct ps_contact_spec *spec, ps_time *ret_until)
{
    *ret_until = PS_TIME_NEVER;
    if (is_probe(spec)) {
        ps_attack_steal(world, spec);
        know_premise(world, trusts, spec);
        if (answers_of(world, spec) == PS_ANSWERS_BLOCKED)
            spec->down = ALL_SERVICES;
    }
    const struct ps_trust_state *trust = ps_trusts_at(trusts, spec->trust);
    spec->tlsa = tlsa_of(world, trust, spec);
    if (trust->reads_tlsa)
        *ret_until = roots_after(world, spec->at);
    if (trust->asks == 0 && !trust->reads_staple)
        return;
    spec->staple = staples(world, spec);
    ps_time ends[] = {ps_world_status_after(world, spec->at), held_until(world, spec)};
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (ends[i].s < ret_until->s)
            *ret_until = ends[i];
}

uint32_t ps_answers_sent_root(const struct ps_world *world, const struct ps_contact_spec *spec)
{
    if (spec->tlsa.kind != PS_TARGET_CERTIFICATE)
        return PS_PLAN_NONE;
    const struct ps_plan_chain *chain;
    if (is_probe(spec)) {
        chain = ps_attack_parts(world, spec).chain;
        if (!chain)
            return PS_PLAN_NONE;
    } else {
        chain = ps_world_chain(world, spec->serving, world->leaves[spec->leaf].issuer);
    }
    for (size_t i = 0; chain && i < chain->count; i++)
        if (chain->certificates[i] == spec->tlsa.number)
            return PS_PLAN_NONE;
    return spec->tlsa.number;
}

/* ---- what publishers answer ---- */

struct asking {
    const struct ps_world *world;
    const struct ps_trust_state *trust;
    const struct ps_strategy *strategy;
    const struct ps_contact_spec *spec;
    enum ps_attack_answers answers;
    struct ps_asked_list *list;
};

static uint32_t services_of(const struct asking *a, const struct ps_issued *issued)
{
    uint32_t services = PS_PUBLISH_OCSP | PS_PUBLISH_CRL; /* the attacker's CA has both */
    if (!issued->issuer_is_his)
        services = issued->issuer == PS_PLAN_NONE
                       ? 0
                       : a->world->plan->authorities[issued->issuer].publishes;
    services &= a->trust->asks;
    if (a->list->count > 0 && a->strategy->revocation.scope == PS_REVOCATION_SCOPE_LEAF)
        services &= PS_PUBLISH_ISSUER;
    return services;
}

static bool is_answered_by_attacker(const struct asking *a, const struct ps_issued *issued)
{
    return a->answers == PS_ANSWERS_REPLAYED ||
           (a->answers == PS_ANSWERS_OWN && issued->certificate.kind == PS_TARGET_ATTACK_LEAF);
}

static void ask_about(const struct asking *a, struct ps_issued issued)
{
    for (size_t i = 0; i < a->list->count; i++)
        if (ps_target_is(a->list->items[i].issued.certificate, issued.certificate))
            return;
    struct ps_asked asked = {
        .issued = issued, .services = services_of(a, &issued), .handed_out = PS_PLAN_NONE};
    asked.revoked = (asked.services & ~(uint32_t)PS_PUBLISH_ISSUER) != 0 &&
                    says_revoked(a->world, a->spec, issued.certificate);
    if (asked.services != 0 && !is_answered_by_attacker(a, &issued))
        asked.down =
            asked.services & (a->spec->down | ps_world_down(a->world, issued.issuer, a->spec->at));
    if ((asked.services & ~asked.down & PS_PUBLISH_ISSUER) != 0)
        asked.handed_out = ps_world_own_certificate(a->world, issued.issuer, a->spec->at);
    PS_PUSH(a->list->items, a->list->count, a->list->capacity, asked);
}

static void ask_about_certificate(const struct asking *a, uint32_t number)
{
    const struct ps_plan_certificate *c = &a->world->plan->certificates[number];
    ask_about(a, (struct ps_issued){{PS_TARGET_CERTIFICATE, number},
                                    c->issuer == c->of ? PS_PLAN_NONE : c->issuer,
                                    false});
}

static void ask_about_chain(const struct asking *a, const struct ps_plan_chain *chain)
{
    for (size_t i = 0; chain && i < chain->count; i++)
        ask_about_certificate(a, chain->certificates[i]);
}

static void ask_about_sent(const struct asking *a)
{
    const struct ps_contact_spec *spec = a->spec;
    ask_about(a, ps_presented_leaf(a->world, spec));
    if (!is_probe(spec)) {
        const struct ps_serving *serving = &a->world->servings[spec->serving];
        ask_about_chain(
            a, ps_world_chain(a->world, spec->serving, a->world->leaves[spec->leaf].issuer));
        for (size_t i = 0; i < serving->alternate_count; i++)
            if (a->strategy->negotiate.certificate_authorities)
                ask_about_chain(a, &serving->alternates[i]);
        return;
    }
    struct ps_attack_parts parts = ps_attack_parts(a->world, spec);
    if (parts.own_ca)
        ask_about(a, (struct ps_issued){{PS_TARGET_ATTACK_CA, 0},
                                        parts.own_ca_is_false ? PS_PLAN_NONE : parts.issuer,
                                        false});
    if (parts.certificate != PS_PLAN_NONE)
        ask_about_certificate(a, parts.certificate);
    ask_about_chain(a, parts.chain);
}

void ps_asked_list_init(struct ps_asked_list *list, const struct ps_world *world,
                        const struct ps_trusts *trusts, const struct ps_contact_spec *spec)
{
    const struct ps_trust_state *trust = ps_trusts_at(trusts, spec->trust);
    *list = (struct ps_asked_list){0};
    if (trust->asks == 0 || spec->plain)
        return;
    const struct asking a = {.world = world,
                             .trust = trust,
                             .strategy = &world->plan->strategies[trust->strategy],
                             .spec = spec,
                             .answers = answers_of(world, spec),
                             .list = list};
    ask_about_sent(&a);
    uint32_t root = ps_answers_sent_root(world, spec);
    if (root != PS_PLAN_NONE)
        ask_about_certificate(&a, root);
    for (size_t i = 0; i < trust->intermediate_count; i++)
        ask_about_certificate(&a, trust->intermediates[i].number);
    for (size_t i = 0; i < list->count; i++) /* grows while what is fetched leads further */
        if (list->items[i].handed_out != PS_PLAN_NONE)
            ask_about_certificate(&a, list->items[i].handed_out);
}

void ps_asked_list_deinit(struct ps_asked_list *list)
{
    free(list->items);
    *list = (struct ps_asked_list){0};
}
