/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/attack.h"

enum leaf_from { LEAF_OWN, LEAF_IN_USE, LEAF_FIRST };
enum key_from { KEY_FRESH, KEY_OF_LEAF, KEY_FIRST, KEY_ROLE };
enum signer { SIGNER_NONE, SIGNER_ENDPOINT, SIGNER_ROLE };
enum chain_from { CHAIN_NONE, CHAIN_ROLE, CHAIN_ENDPOINT, CHAIN_BOTH, CHAIN_OWN_CA };
enum premise { PREMISE_NONE, PREMISE_LEAF_REVOKED, PREMISE_CA_REVOKED };

static const struct recipe {
    enum leaf_from leaf;
    enum key_from key;
    enum signer signer;
    enum chain_from chain;
    enum ps_attack_answers answers;
    enum premise premise;
} recipes[] = {
    [PS_ATTACK_X01] = {LEAF_OWN, KEY_FRESH, SIGNER_NONE, CHAIN_NONE, 0, 0},
    [PS_ATTACK_X02] = {LEAF_OWN, KEY_FRESH, SIGNER_ENDPOINT, CHAIN_ENDPOINT, 0, 0},
    [PS_ATTACK_X03] = {LEAF_OWN, KEY_FRESH, SIGNER_ROLE, CHAIN_ROLE, 0, 0},
    [PS_ATTACK_X04] = {LEAF_OWN, KEY_FRESH, SIGNER_ENDPOINT, CHAIN_ENDPOINT, 0, 0},
    [PS_ATTACK_X05] = {LEAF_OWN, KEY_FRESH, SIGNER_ENDPOINT, CHAIN_ENDPOINT, PS_ANSWERS_OWN,
                       PREMISE_CA_REVOKED},
    [PS_ATTACK_X06] = {LEAF_OWN, KEY_FRESH, SIGNER_ROLE, CHAIN_ROLE, 0, 0},
    [PS_ATTACK_X07] = {LEAF_OWN, KEY_FRESH, SIGNER_ROLE, CHAIN_OWN_CA, PS_ANSWERS_OWN, 0},
    [PS_ATTACK_X08] = {LEAF_OWN, KEY_FRESH, SIGNER_ROLE, CHAIN_OWN_CA, PS_ANSWERS_OWN, 0},
    [PS_ATTACK_X09] = {LEAF_IN_USE, KEY_OF_LEAF, SIGNER_NONE, CHAIN_ENDPOINT, 0, 0},
    [PS_ATTACK_X10] = {LEAF_FIRST, KEY_OF_LEAF, SIGNER_NONE, CHAIN_ENDPOINT, 0,
                       PREMISE_LEAF_REVOKED},
    [PS_ATTACK_X11] = {LEAF_FIRST, KEY_OF_LEAF, SIGNER_NONE, CHAIN_ENDPOINT, PS_ANSWERS_BLOCKED,
                       PREMISE_LEAF_REVOKED},
    [PS_ATTACK_X12] = {LEAF_FIRST, KEY_OF_LEAF, SIGNER_NONE, CHAIN_ENDPOINT, PS_ANSWERS_REPLAYED,
                       PREMISE_LEAF_REVOKED},
    [PS_ATTACK_X13] = {LEAF_FIRST, KEY_OF_LEAF, SIGNER_NONE, CHAIN_ENDPOINT, PS_ANSWERS_BLOCKED,
                       PREMISE_LEAF_REVOKED},
    [PS_ATTACK_X14] = {LEAF_FIRST, KEY_OF_LEAF, SIGNER_NONE, CHAIN_ENDPOINT, 0, 0},
    [PS_ATTACK_X15] = {LEAF_FIRST, KEY_OF_LEAF, SIGNER_NONE, CHAIN_ENDPOINT, PS_ANSWERS_REPLAYED,
                       0},
    [PS_ATTACK_X16] = {LEAF_OWN, KEY_FIRST, SIGNER_NONE, CHAIN_NONE, 0, 0},
    [PS_ATTACK_X17] = {LEAF_OWN, KEY_ROLE, SIGNER_NONE, CHAIN_NONE, 0, 0},
    [PS_ATTACK_X18] = {LEAF_OWN, KEY_FRESH, SIGNER_ENDPOINT, CHAIN_OWN_CA, PS_ANSWERS_OWN, 0},
    [PS_ATTACK_X19] = {LEAF_OWN, KEY_FRESH, SIGNER_ROLE, CHAIN_BOTH, 0, 0},
    [PS_ATTACK_X20] = {LEAF_OWN, KEY_FRESH, SIGNER_ROLE, CHAIN_ROLE, 0, 0},
    [PS_ATTACK_X21] = {LEAF_OWN, KEY_FRESH, SIGNER_ROLE, CHAIN_ROLE, 0, 0},
    [PS_ATTACK_X22] = {LEAF_OWN, KEY_FRESH, SIGNER_NONE, CHAIN_NONE, 0, 0},
    [PS_ATTACK_X23] = {LEAF_OWN, KEY_FIRST, SIGNER_ENDPOINT, CHAIN_ENDPOINT, 0, 0},
};
_Static_assert(sizeof recipes / sizeof *recipes == PS_ATTACK_COUNT, "every attack has a recipe");

bool ps_attack_is_of_channel(enum ps_attack attack)
{
    return attack > PS_ATTACK_BEFORE_CHANNELS;
}

enum ps_attack ps_attack_of(const struct ps_world *world, const struct ps_contact_spec *spec)
{
    enum ps_attack attack = world->plan->threats[spec->threat].attack;
    return ps_attack_is_of_channel(attack) ? spec->presents : attack;
}

bool ps_attack_takes_over(enum ps_attack attack)
{
    switch (attack) {
    case PS_ATTACK_U01:
    case PS_ATTACK_U02:
    case PS_ATTACK_U05:
    case PS_ATTACK_U06:
    case PS_ATTACK_U07:
    case PS_ATTACK_U08:
    case PS_ATTACK_U09:
    case PS_ATTACK_U12:
        return true;
    default:
        return false;
    }
}

struct ps_device_clock ps_attack_clock_ahead(void)
{
    const int64_t century = 3155760000;
    struct ps_device_clock clock = ps_clock_right();
    clock.shows.s = century;
    return clock;
}

bool ps_attack_is_theft(enum ps_attack attack)
{
    return recipes[attack].leaf != LEAF_OWN;
}

bool ps_attack_spoofs_dns(enum ps_attack attack)
{
    return attack == PS_ATTACK_X22;
}

static uint32_t first_leaf(const struct ps_world *world, uint32_t endpoint)
{
    const struct ps_serving *first = &world->servings[world->first_serving[endpoint]];
    return ps_world_leaf(world, first->line, world->plan->from);
}

void ps_attack_steal(const struct ps_world *world, struct ps_contact_spec *spec)
{
    const struct ps_plan_threat *threat = &world->plan->threats[spec->threat];
    const struct recipe *recipe = &recipes[ps_attack_of(world, spec)];
    spec->stolen_leaf = spec->stolen_key = PS_PLAN_NONE;
    if (recipe->leaf == LEAF_IN_USE)
        spec->stolen_leaf = spec->leaf;
    else if (recipe->leaf == LEAF_FIRST)
        spec->stolen_leaf = first_leaf(world, spec->endpoint);
    if (recipe->key == KEY_OF_LEAF)
        spec->stolen_key = world->leaves[spec->stolen_leaf].key;
    else if (recipe->key == KEY_FIRST)
        spec->stolen_key = world->leaves[first_leaf(world, spec->endpoint)].key;
    else if (recipe->key == KEY_ROLE && threat->key != PS_PLAN_NONE)
        spec->stolen_key = ps_world_named_key(world, threat->key);
}

struct ps_attack_parts ps_attack_parts(const struct ps_world *world,
                                       const struct ps_contact_spec *spec)
{
    const struct ps_plan_threat *threat = &world->plan->threats[spec->threat];
    enum ps_attack attack = ps_attack_of(world, spec);
    const struct recipe *recipe = &recipes[attack];
    struct ps_attack_parts parts = {.leaf = spec->stolen_leaf,
                                    .key = spec->stolen_key,
                                    .issuer = PS_PLAN_NONE,
                                    .certificate = PS_PLAN_NONE,
                                    .serving = spec->serving,
                                    .staple_twin = attack == PS_ATTACK_X13,
                                    .own_ca = recipe->chain == CHAIN_OWN_CA,
                                    .own_ca_is_false = attack == PS_ATTACK_X18,
                                    .answers = recipe->answers};
    uint32_t genuine = recipe->leaf == LEAF_OWN ? spec->leaf : spec->stolen_leaf;
    uint32_t endpoints_issuer = world->leaves[genuine].issuer;
    if (recipe->signer == SIGNER_ENDPOINT)
        parts.issuer = endpoints_issuer;
    else if (recipe->signer == SIGNER_ROLE)
        parts.issuer = world->plan->certificates[threat->certificate].of;
    if (recipe->chain == CHAIN_ROLE || recipe->chain == CHAIN_BOTH)
        parts.certificate = threat->certificate;
    if (recipe->leaf == LEAF_FIRST) /* with what was sent after it then */
        parts.serving = world->first_serving[spec->endpoint];
    if (recipe->chain == CHAIN_ENDPOINT || recipe->chain == CHAIN_BOTH)
        parts.chain = ps_world_chain(world, parts.serving, endpoints_issuer);
    return parts;
}

bool ps_attack_presumes_revoked(const struct ps_world *world, const struct ps_contact_spec *spec,
                                struct ps_target target)
{
    const struct ps_plan *plan = world->plan;
    const struct ps_plan_threat *threat = &plan->threats[spec->threat];
    if (spec->at.s < threat->from.s)
        return false;
    enum ps_attack attack = ps_attack_of(world, spec);
    switch (recipes[attack].premise) {
    case PREMISE_NONE:
        break;
    case PREMISE_LEAF_REVOKED: {
        bool twin = attack == PS_ATTACK_X13;
        return target.kind == (twin ? PS_TARGET_STAPLE_LEAF : PS_TARGET_LEAF) &&
               target.number == spec->stolen_leaf;
    }
    case PREMISE_CA_REVOKED: {
        if (target.kind != PS_TARGET_CERTIFICATE)
            return false;
        const struct ps_plan_certificate *c = &plan->certificates[target.number];
        return c->of == world->leaves[spec->leaf].issuer && c->issuer != c->of;
    }
    }
    return false;
}

bool ps_attack_sets_clock(enum ps_attack attack, const struct ps_strategy *strategy)
{
    return attack == PS_ATTACK_X15 && ps_clock_believes(strategy->time.clock);
}

ps_time ps_attack_shows(const struct ps_world *world, const struct ps_contact_spec *spec,
                        const struct ps_device_clock *clock, ps_time t)
{
    ps_time last = {world->leaves[spec->stolen_leaf].not_after.s - 1};
    return ps_clock_read(clock, t.s < last.s ? t : last);
}
