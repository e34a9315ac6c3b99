/* SPDX-License-Identifier: Apache-2.0
 *
 * What devices carry: a trust state of the engine as bytes, made once for all devices that share
 * it. Where something of the single device's own counts (when its pins end, when its pushed
 * set was made, what release is installed), devices that differ in it have an object of their own
 * around the same bytes.
 */
#include "simulation/material_private.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct ps_material_trust {
    struct ps_trust_options options;
    struct ps_bytes *anchors, *intermediates, *revoked;
    struct ps_trust_pin *pins;
    char *secret;
};

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
    case PS_TARGET_STAPLE_LEAF:
        PS_TRY(ps_mint_leaf(m, world, *target, &certificate, err));
        *ret_certificate = ps_ca_der(m->ca, certificate);
        break;
    case PS_TARGET_KEY:
        PS_TRY(ps_mint_key(m, world, target->number, &key, err));
        *ret_spki = ps_ca_spki(m->ca, key);
        break;
    case PS_TARGET_NONE: /* a pin that waits for its first contact */
        break;
    case PS_TARGET_ATTACK_LEAF:
    case PS_TARGET_ATTACK_CA:
        assert(!"something that a device can hold");
    }
    return PS_OK;
}

/* Gives malloc'd memory. */
static ps_status certificates(struct ps_material *m, const struct ps_world *world,
                              const struct ps_target *targets, size_t count,
                              struct ps_bytes **ret_bytes, struct ps_error *err)
{
    struct ps_bytes none = {0};
    *ret_bytes = ps_alloc(count + 1, sizeof **ret_bytes);
    for (size_t i = 0; i < count; i++)
        PS_TRY(target_bytes(m, world, &targets[i], &(*ret_bytes)[i], &none, err));
    return PS_OK;
}

static ps_status fill_pins(struct ps_material *m, const struct ps_world *world,
                           const struct ps_trust_state *state, struct ps_material_trust *entry,
                           struct ps_error *err)
{
    entry->pins = ps_alloc(state->pin_count + 1, sizeof *entry->pins);
    for (size_t i = 0; i < state->pin_count; i++) {
        const struct ps_trust_pin_state *from = &state->pins[i];
        struct ps_trust_pin *pin = &entry->pins[i];
        *pin = (struct ps_trust_pin){.match = (enum ps_pin_match)from->match,
                                     .depth = (enum ps_pin_depth)from->depth,
                                     .unlearned = from->of.kind == PS_TARGET_NONE,
                                     .group = from->group,
                                     .not_before = from->not_before};
        PS_TRY(target_bytes(m, world, &from->of, &pin->certificate, &pin->spki, err));
    }
    return PS_OK;
}

static ps_status fill(struct ps_material *m, const struct ps_world *world,
                      const struct ps_trust_state *state, struct ps_material_trust *entry,
                      struct ps_error *err)
{
    const struct ps_strategy *strategy = &m->plan->strategies[state->strategy];
    PS_TRY(certificates(m, world, state->anchors, state->anchor_count, &entry->anchors, err));
    PS_TRY(certificates(m, world, state->intermediates, state->intermediate_count,
                        &entry->intermediates, err));
    PS_TRY(certificates(m, world, state->revoked, state->revoked_count, &entry->revoked, err));
    PS_TRY(fill_pins(m, world, state, entry, err));
    entry->options = (struct ps_trust_options){
        .strategy = strategy,
        .anchors = entry->anchors,
        .anchor_count = state->anchor_count,
        .pins = entry->pins,
        .pin_count = state->pin_count,
        .release_key = m->release_key,
        .release_secret = m->release_secret,
        .pins_end = PS_TIME_NEVER,
        .credential = m->credential,
        .intermediates = entry->intermediates,
        .intermediate_count = state->intermediate_count,
        .revoked = entry->revoked,
        .revoked_count = state->revoked_count,
        /* Where its age is not looked at, any date says that there is a set. */
        .revoked_from = state->has_set ? m->plan->from : PS_TIME_ALWAYS};
    if (strategy->chain.engine == PS_ENGINE_PSK) {
        /* Whose secret it is does not matter: the server has everybody's. */
        entry->secret = ps_format("the secret of strategy %" PRIu32, state->strategy);
        entry->options.psk =
            (struct ps_bytes){(const unsigned char *)entry->secret, strlen(entry->secret)};
    }
    return PS_OK;
}

static ps_status base_get(struct ps_material *m, const struct ps_world *world,
                          const struct ps_trusts *trusts, uint32_t number, struct ps_error *err)
{
    size_t before = m->trust_capacity;
    m->trusts = ps_grow(m->trusts, &m->trust_capacity, number + 1, sizeof *m->trusts);
    for (size_t i = before; i < m->trust_capacity; i++)
        m->trusts[i] = NULL;
    if (m->trusts[number])
        return PS_OK;
    m->trusts[number] = ps_alloc(1, sizeof *m->trusts[number]);
    return fill(m, world, ps_trusts_at(trusts, number), m->trusts[number], err);
}

ps_status ps_carried_get(struct ps_material *m, const struct ps_world *world,
                         const struct ps_trusts *trusts, const struct ps_contact_spec *spec,
                         const struct ps_trust_options **ret_trust, struct ps_error *err)
{
    const struct ps_trust_state *state = ps_trusts_at(trusts, spec->trust);
    const struct ps_strategy *strategy = &m->plan->strategies[state->strategy];
    PS_TRY(base_get(m, world, trusts, spec->trust, err));
    bool set_date = state->reads_set_date && state->has_set,
         pins_end = strategy->pins.max_age.s > 0,
         installed =
             ps_contact_is_update(spec) && strategy->update.rollback_protection != PS_ROLLBACK_NONE;
    if (!set_date && !pins_end && !installed) {
        *ret_trust = &m->trusts[spec->trust]->options;
        return PS_OK;
    }
    int64_t identity[] = {spec->trust, set_date ? spec->set_made.s : 0,
                          pins_end ? spec->pins_end.s : 0,
                          installed ? (int64_t)spec->installed : -1};
    bool is_new;
    uint32_t number = ps_intern(&m->dated_index, identity, sizeof identity, &is_new);
    if (is_new) {
        struct ps_trust_options *own = ps_alloc(1, sizeof *own);
        *own = m->trusts[spec->trust]->options;
        if (set_date)
            own->revoked_from = spec->set_made;
        if (pins_end)
            own->pins_end = spec->pins_end;
        if (installed) {
            own->installed_version = ps_release_version(spec->installed);
            own->installed_issued = ps_release_issued(m->plan, spec->installed);
        }
        PS_PUSH(m->dated_trusts, m->dated_count, m->dated_capacity, own);
    }
    *ret_trust = m->dated_trusts[number];
    return PS_OK;
}

void ps_carried_deinit(struct ps_material *m)
{
    for (size_t i = 0; i < m->trust_capacity; i++) {
        if (!m->trusts[i])
            continue;
        free(m->trusts[i]->anchors);
        free(m->trusts[i]->intermediates);
        free(m->trusts[i]->revoked);
        free(m->trusts[i]->pins);
        free(m->trusts[i]->secret);
        free(m->trusts[i]);
    }
    for (size_t i = 0; i < m->dated_count; i++)
        free(m->dated_trusts[i]);
    free(m->trusts);
    free(m->dated_trusts);
    ps_intern_deinit(&m->dated_index);
}

size_t ps_material_trust_bytes(const struct ps_material *m, const struct ps_world *world,
                               const struct ps_trusts *trusts, uint32_t number)
{
    if (number >= m->trust_capacity || !m->trusts[number])
        return 0;
    const struct ps_trust_state *trust = ps_trusts_at(trusts, number);
    const struct ps_strategy *strategy = &m->plan->strategies[trust->strategy];
    size_t bytes = 0;
    for (size_t i = 0; i < trust->anchor_count; i++) {
        const struct ps_target *anchor = &trust->anchors[i];
        ps_certificate_id id = anchor->kind == PS_TARGET_LEAF ? m->leaves.ids[anchor->number]
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
