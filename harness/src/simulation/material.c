/* SPDX-License-Identifier: Apache-2.0 */
#include "simulation/material.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "engine/attack.h"

enum { FIRST_FIRMWARE = 1 }; /* version on the device as shipped */

enum {
#define X(name, text) +1
    KEY_TYPES = 0 PS_KEY_TYPES(X)
#undef X
};

struct trust_entry {
    struct ps_trust_options options;
    struct ps_bytes *anchors;
    struct ps_trust_pin *pins;
};

struct release_entry {
    uint32_t version;
    struct ps_buffer payload;
};

struct ps_material {
    const struct ps_plan *plan;
    struct ps_ca *ca;
    ps_key_id *authority_keys;
    ps_certificate_id *certificates; /* by plan certificate */
    ps_key_id *world_keys;           /* by world key */
    bool *world_key_made;
    size_t world_key_capacity, world_key_made_capacity;
    ps_certificate_id *leaves; /* by world leaf */
    bool *leaf_made;
    size_t leaf_capacity, leaf_made_capacity;
    struct ps_intern presentation_index;
    struct ps_presentation **presentations; /* each on its own: addresses are cache keys */
    size_t presentation_count, presentation_capacity;
    struct trust_entry **trusts; /* by trust number; NULL: not needed yet */
    size_t trust_capacity;
    struct release_entry **releases;
    size_t release_count, release_capacity;
    struct ps_bytes release_key;
    size_t chain_bytes_max;
};

/* Slow keys are made side by side before the first of them is needed. */
static ps_status fill_pool(const struct ps_plan *plan, struct ps_keypool *pool,
                           struct ps_error *err)
{
    unsigned wanted[KEY_TYPES] = {0};
    for (size_t i = 0; i < plan->authority_count; i++)
        wanted[plan->authorities[i].key]++;
    for (size_t i = 0; i < plan->key_count; i++)
        wanted[plan->keys[i].type]++;
    for (size_t i = 0; i < plan->endpoint_count; i++)
        wanted[plan->endpoints[i].leaf.key_type]++;
    return ps_keypool_fill(pool, wanted, NULL, NULL, err);
}

static ps_status mint_certificates(struct ps_material *m, struct ps_error *err)
{
    const struct ps_plan *plan = m->plan;
    for (size_t i = 0; i < plan->authority_count; i++)
        PS_TRY(ps_ca_key(m->ca, plan->authorities[i].key, &m->authority_keys[i], err));
    for (size_t i = 0; i < plan->certificate_count; i++) {
        const struct ps_plan_certificate *c = &plan->certificates[i];
        ps_status s = ps_ca_issue(m->ca, &c->spec, m->authority_keys[c->of],
                                  plan->authorities[c->issuer].subject,
                                  m->authority_keys[c->issuer], &m->certificates[i], err);
        if (!ps_is_ok(s))
            return ps_wrap(err, s, "certificate '%s'", c->name);
    }
    return ps_ca_release_key(m->ca, &m->release_key, err);
}

ps_status ps_material_new(const struct ps_plan *plan, struct ps_keypool *pool,
                          struct ps_material **ret_material, struct ps_error *err)
{
    struct ps_material *m = ps_alloc(1, sizeof *m);
    m->plan = plan;
    m->authority_keys = ps_alloc(plan->authority_count + 1, sizeof *m->authority_keys);
    m->certificates = ps_alloc(plan->certificate_count + 1, sizeof *m->certificates);
    ps_status s = fill_pool(plan, pool, err);
    if (ps_is_ok(s))
        s = ps_ca_new(pool, &m->ca, err);
    if (ps_is_ok(s))
        s = mint_certificates(m, err);
    if (!ps_is_ok(s)) {
        ps_material_free(m);
        return s;
    }
    *ret_material = m;
    return PS_OK;
}

void ps_material_free(struct ps_material *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->presentation_count; i++) {
        free(m->presentations[i]->chain);
        free(m->presentations[i]);
    }
    for (size_t i = 0; i < m->trust_capacity; i++) {
        if (!m->trusts[i])
            continue;
        free(m->trusts[i]->anchors);
        free(m->trusts[i]->pins);
        free(m->trusts[i]);
    }
    for (size_t i = 0; i < m->release_count; i++) {
        ps_buffer_deinit(&m->releases[i]->payload);
        free(m->releases[i]);
    }
    ps_intern_deinit(&m->presentation_index);
    free(m->presentations);
    free(m->trusts);
    free(m->releases);
    free(m->authority_keys);
    free(m->certificates);
    free(m->world_keys);
    free(m->world_key_made);
    free(m->leaves);
    free(m->leaf_made);
    ps_ca_free(m->ca);
    free(m);
}

const struct ps_ca *ps_material_ca(const struct ps_material *m)
{
    return m->ca;
}

/* Room for element `number`, with `made` false where it is new. */
static void *with_room(void *items, bool **made, size_t *capacity, size_t *made_capacity,
                       size_t number, size_t element_bytes)
{
    size_t before = *made_capacity;
    items = ps_grow(items, capacity, number + 1, element_bytes);
    *made = ps_grow(*made, made_capacity, number + 1, sizeof **made);
    memset(*made + before, 0, (*made_capacity - before) * sizeof **made);
    return items;
}

static ps_status key_get(struct ps_material *m, const struct ps_world *world, uint32_t number,
                         ps_key_id *ret_key, struct ps_error *err)
{
    m->world_keys = with_room(m->world_keys, &m->world_key_made, &m->world_key_capacity,
                              &m->world_key_made_capacity, number, sizeof *m->world_keys);
    if (!m->world_key_made[number]) {
        PS_TRY(ps_ca_key(m->ca, world->keys[number].type, &m->world_keys[number], err));
        m->world_key_made[number] = true;
    }
    *ret_key = m->world_keys[number];
    return PS_OK;
}

static ps_status leaf_get(struct ps_material *m, const struct ps_world *world, uint32_t number,
                          ps_certificate_id *ret_leaf, ps_key_id *ret_key, struct ps_error *err)
{
    const struct ps_leaf *leaf = &world->leaves[number];
    const struct ps_leaf_line *line = &world->lines[leaf->line];
    m->leaves = with_room(m->leaves, &m->leaf_made, &m->leaf_capacity, &m->leaf_made_capacity,
                          number, sizeof *m->leaves);
    PS_TRY(key_get(m, world, leaf->key, ret_key, err));
    if (!m->leaf_made[number]) {
        char *subject = ps_format("CN=%s", line->leaf.subject_cn);
        const struct ps_certificate_spec spec = {
            .subject = subject,
            .host = line->leaf.san ? m->plan->endpoints[line->endpoint].host : NULL,
            .hash = line->leaf.hash,
            .not_before = leaf->not_before,
            .not_after = leaf->not_after,
            .path_length = PS_PATH_LENGTH_NONE,
            .eku = PS_EKU_SERVER_AUTH,
        };
        ps_status s =
            ps_ca_issue(m->ca, &spec, *ret_key, m->plan->authorities[leaf->issuer].subject,
                        m->authority_keys[leaf->issuer], &m->leaves[number], err);
        free(subject);
        if (!ps_is_ok(s))
            return ps_wrap(err, s, "leaf of endpoint '%s'",
                           m->plan->endpoints[line->endpoint].name);
        m->leaf_made[number] = true;
    }
    *ret_leaf = m->leaves[number];
    return PS_OK;
}

/* The certificates of a chain rule as the fake CA numbers them; gives malloc'd memory. */
static ps_certificate_id *chain_ids(const struct ps_material *m, const struct ps_plan_chain *chain,
                                    size_t *ret_count)
{
    size_t count = chain ? chain->count : 0;
    ps_certificate_id *ids = ps_alloc(count + 1, sizeof *ids);
    for (size_t i = 0; i < count; i++)
        ids[i] = m->certificates[chain->certificates[i]];
    *ret_count = count;
    return ids;
}

/* What is sent after the attacker's leaf, his role's certificate first; gives malloc'd memory. */
static ps_certificate_id *attack_chain(const struct ps_material *m,
                                       const struct ps_attack_parts *parts, size_t *ret_count)
{
    size_t count, first = parts->certificate != PS_PLAN_NONE;
    ps_certificate_id *endpoints = chain_ids(m, parts->chain, &count);
    ps_certificate_id *ids = ps_alloc(first + count + 1, sizeof *ids);
    if (first)
        ids[0] = m->certificates[parts->certificate];
    memcpy(ids + first, endpoints, count * sizeof *ids);
    free(endpoints);
    *ret_count = first + count;
    return ids;
}

static ps_status attack_make(struct ps_material *m, const struct ps_world *world,
                             const struct ps_contact_spec *spec, struct ps_presentation *ret_made,
                             struct ps_error *err)
{
    const struct ps_plan_threat *threat = &m->plan->threats[spec->threat];
    struct ps_validity validity = ps_attack_validity(m->plan);
    struct ps_attack_parts parts = ps_attack_parts(world, spec);
    struct ps_attack_options options = {.host = m->plan->endpoints[spec->endpoint].host,
                                        .not_before = validity.not_before,
                                        .not_after = validity.not_after};
    if (parts.leaf != PS_PLAN_NONE)
        PS_TRY(leaf_get(m, world, parts.leaf, &options.stolen_leaf, &options.stolen_key, err));
    else if (parts.key != PS_PLAN_NONE)
        PS_TRY(key_get(m, world, parts.key, &options.stolen_key, err));
    if (parts.issuer != PS_PLAN_NONE) {
        options.issuer_dn = m->plan->authorities[parts.issuer].subject;
        options.issuer_key = m->authority_keys[parts.issuer];
    }
    ps_certificate_id *chain = attack_chain(m, &parts, &options.chain_count);
    options.chain = chain;
    ps_status s = ps_ca_attack(m->ca, threat->attack, &options, ret_made, err);
    free(chain);
    return s;
}

static ps_status genuine_make(struct ps_material *m, const struct ps_world *world,
                              const struct ps_contact_spec *spec, struct ps_presentation *ret_made,
                              struct ps_error *err)
{
    PS_TRY(leaf_get(m, world, spec->leaf, &ret_made->leaf, &ret_made->leaf_key, err));
    uint32_t issuer = world->leaves[spec->leaf].issuer;
    ret_made->chain =
        chain_ids(m, ps_world_chain(world, spec->serving, issuer), &ret_made->chain_count);
    return PS_OK;
}

static void note_chain_bytes(struct ps_material *m, const struct ps_presentation *p)
{
    size_t bytes = ps_ca_der_size_max(m->ca, p->leaf);
    for (size_t i = 0; i < p->chain_count; i++)
        bytes += ps_ca_der_size_max(m->ca, p->chain[i]);
    if (bytes > m->chain_bytes_max)
        m->chain_bytes_max = bytes;
}

static ps_status presentation_get(struct ps_material *m, const struct ps_world *world,
                                  const struct ps_contact_spec *spec,
                                  const struct ps_presentation **ret_presentation,
                                  struct ps_error *err)
{
    bool probe = spec->kind == PS_KIND_PROBE;
    uint32_t identity[6] = {spec->serving, 0, 0, 0, spec->leaf, 0};
    if (probe) { /* he mints once per issuer and chain, not at every renewal of the genuine leaf */
        struct ps_attack_parts parts = ps_attack_parts(world, spec);
        const uint32_t parts_of[6] = {
            parts.serving,     (uint32_t)m->plan->threats[spec->threat].attack + 1,
            parts.certificate, parts.issuer,
            parts.leaf,        parts.key};
        memcpy(identity, parts_of, sizeof identity);
    }
    bool is_new;
    uint32_t number = ps_intern(&m->presentation_index, identity, sizeof identity, &is_new);
    if (is_new) {
        struct ps_presentation *made = ps_alloc(1, sizeof *made);
        PS_PUSH(m->presentations, m->presentation_count, m->presentation_capacity, made);
        PS_TRY(probe ? attack_make(m, world, spec, made, err)
                     : genuine_make(m, world, spec, made, err));
    }
    if (spec->kind == PS_KIND_TELEMETRY) /* also when an update was sent the same chain before */
        note_chain_bytes(m, m->presentations[number]);
    *ret_presentation = m->presentations[number];
    return PS_OK;
}

static ps_status target_bytes(struct ps_material *m, const struct ps_world *world,
                              const struct ps_target *target, struct ps_bytes *ret_certificate,
                              struct ps_bytes *ret_spki, struct ps_error *err)
{
    ps_certificate_id certificate;
    ps_key_id key;
    switch ((enum ps_target_kind)target->kind) {
    case PS_TARGET_CERTIFICATE:
        *ret_certificate = ps_ca_der(m->ca, m->certificates[target->number]);
        break;
    case PS_TARGET_LEAF:
        PS_TRY(leaf_get(m, world, target->number, &certificate, &key, err));
        *ret_certificate = ps_ca_der(m->ca, certificate);
        break;
    case PS_TARGET_KEY:
        PS_TRY(key_get(m, world, target->number, &key, err));
        *ret_spki = ps_ca_spki(m->ca, key);
        break;
    case PS_TARGET_NONE:
    case PS_TARGET_STAPLE_LEAF:
    case PS_TARGET_ATTACK_LEAF:
    case PS_TARGET_ATTACK_CA:
        assert(!"something that a device can hold");
    }
    return PS_OK;
}

static ps_status trust_fill(struct ps_material *m, const struct ps_world *world,
                            const struct ps_trust_state *state, struct trust_entry *entry,
                            struct ps_error *err)
{
    struct ps_bytes none = {0};
    entry->anchors = ps_alloc(state->anchor_count + 1, sizeof *entry->anchors);
    entry->pins = ps_alloc(state->pin_count + 1, sizeof *entry->pins);
    for (size_t i = 0; i < state->anchor_count; i++)
        PS_TRY(target_bytes(m, world, &state->anchors[i], &entry->anchors[i], &none, err));
    for (size_t i = 0; i < state->pin_count; i++) {
        struct ps_trust_pin *pin = &entry->pins[i];
        pin->match = (enum ps_pin_match)state->pins[i].match;
        pin->depth = (enum ps_pin_depth)state->pins[i].depth;
        PS_TRY(target_bytes(m, world, &state->pins[i].of, &pin->certificate, &pin->spki, err));
    }
    entry->options = (struct ps_trust_options){.strategy = &m->plan->strategies[state->strategy],
                                               .anchors = entry->anchors,
                                               .anchor_count = state->anchor_count,
                                               .pins = entry->pins,
                                               .pin_count = state->pin_count,
                                               .release_key = m->release_key,
                                               .pins_end = PS_TIME_NEVER};
    return PS_OK;
}

static ps_status trust_get(struct ps_material *m, const struct ps_world *world,
                           const struct ps_trusts *trusts, uint32_t number,
                           const struct ps_trust_options **ret_trust, struct ps_error *err)
{
    size_t before = m->trust_capacity;
    m->trusts = ps_grow(m->trusts, &m->trust_capacity, number + 1, sizeof(struct trust_entry *));
    for (size_t i = before; i < m->trust_capacity; i++)
        m->trusts[i] = NULL;
    if (!m->trusts[number]) {
        m->trusts[number] = ps_alloc(1, sizeof *m->trusts[number]);
        PS_TRY(trust_fill(m, world, &trusts->states[number], m->trusts[number], err));
    }
    *ret_trust = &m->trusts[number]->options;
    return PS_OK;
}

static ps_status release_get(struct ps_material *m, uint32_t event, struct ps_bytes *ret_payload,
                             struct ps_error *err)
{
    uint32_t version = FIRST_FIRMWARE;
    if (event != PS_PLAN_NONE)
        version += 1 + event;
    struct release_entry *entry = NULL;
    for (size_t i = 0; i < m->release_count && !entry; i++)
        if (m->releases[i]->version == version)
            entry = m->releases[i];
    if (!entry) {
        entry = ps_alloc(1, sizeof *entry);
        entry->version = version;
        PS_PUSH(m->releases, m->release_count, m->release_capacity, entry);
        PS_TRY(ps_ca_release(m->ca, version, &entry->payload, err));
    }
    *ret_payload = (struct ps_bytes){entry->payload.data, entry->payload.size};
    return PS_OK;
}

ps_status ps_material_job(struct ps_material *m, const struct ps_world *world,
                          const struct ps_trusts *trusts, const struct ps_contact_spec *spec,
                          struct ps_job *ret_job, struct ps_error *err)
{
    struct ps_job job = {
        .now = spec->clock,
        .host = m->plan->endpoints[spec->endpoint].host,
        .task = spec->kind == PS_KIND_UPDATE ? PS_CONTACT_UPDATE : PS_CONTACT_TELEMETRY,
        .plain = spec->plain,
        .message = (uint64_t)spec->cohort << 32 | spec->number,
        .endpoint = spec->endpoint,
        .fault = spec->fault,
        .delay = spec->delay,
        .timeout = spec->timeout,
        .after_bytes = spec->after_bytes,
    };
    PS_TRY(trust_get(m, world, trusts, spec->trust, &job.trust, err));
    if (!spec->plain)
        PS_TRY(presentation_get(m, world, spec, &job.presentation, err));
    if (spec->kind == PS_KIND_UPDATE)
        PS_TRY(release_get(m, spec->release, &job.release, err));
    *ret_job = job;
    return PS_OK;
}

size_t ps_material_trust_bytes(const struct ps_material *m, const struct ps_world *world,
                               const struct ps_trusts *trusts, uint32_t number)
{
    if (number >= m->trust_capacity || !m->trusts[number])
        return 0;
    const struct ps_trust_state *trust = &trusts->states[number];
    const struct ps_strategy *strategy = &m->plan->strategies[trust->strategy];
    size_t bytes = 0;
    for (size_t i = 0; i < trust->anchor_count; i++) {
        const struct ps_target *anchor = &trust->anchors[i];
        ps_certificate_id id = anchor->kind == PS_TARGET_LEAF ? m->leaves[anchor->number]
                                                              : m->certificates[anchor->number];
        if (strategy->chain.anchor_form == PS_ANCHOR_FORM_DN_SPKI && anchor->kind != PS_TARGET_LEAF)
            bytes += ps_ca_spki(m->ca, ps_ca_certificate_key(m->ca, id)).size +
                     strlen(m->plan->certificates[anchor->number].spec.subject);
        else
            bytes += ps_ca_der_size_max(m->ca, id);
    }
    for (size_t i = 0; i < trust->pin_count; i++) {
        const struct ps_trust_pin_state *pin = &trust->pins[i];
        if (pin->match == PS_PIN_MATCH_CERT_SHA1)
            bytes += 20;
        else if (pin->match == PS_PIN_MATCH_ISSUER_DN || pin->match == PS_PIN_MATCH_SUBJECT_DN)
            bytes +=
                pin->of.kind == PS_TARGET_CERTIFICATE
                    ? strlen(m->plan->certificates[pin->of.number].spec.subject)
                    : strlen(m->plan->authorities[world->leaves[pin->of.number].issuer].subject);
        else
            bytes += 32;
    }
    return bytes;
}

size_t ps_material_chain_bytes(const struct ps_material *m)
{
    return m->chain_bytes_max;
}
