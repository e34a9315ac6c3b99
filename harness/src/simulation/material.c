/* SPDX-License-Identifier: Apache-2.0 */
#include "simulation/material_private.h"

#include <stdlib.h>
#include "engine/channel.h"

static const uint32_t forged_version = UINT32_MAX; /* newer than everything */

enum {
#define X(name, text) +1
    KEY_TYPES = 0 PS_KEY_TYPES(X)
#undef X
};

struct ps_material_release {
    struct ps_release_options options;
    struct ps_buffer payload;
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

ps_status ps_material_new(const struct ps_plan *plan, struct ps_keypool *pool,
                          struct ps_material **ret_material, struct ps_error *err)
{
    struct ps_material *m = ps_alloc(1, sizeof *m);
    m->plan = plan;
    m->authority_keys = ps_alloc(plan->authority_count + 1, sizeof *m->authority_keys);
    m->urls = ps_alloc(plan->authority_count + 1, sizeof *m->urls);
    m->certificates = ps_alloc(plan->certificate_count + 1, sizeof *m->certificates);
    ps_status s = fill_pool(plan, pool, err);
    if (ps_is_ok(s))
        s = ps_ca_new(pool, &m->ca, err);
    if (ps_is_ok(s))
        s = ps_mint_plan(m, err);
    if (ps_is_ok(s))
        s = ps_shown_init(m, err);
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
    for (size_t i = 0; i < m->release_count; i++) {
        ps_buffer_deinit(&m->releases[i]->payload);
        free(m->releases[i]);
    }
    free(m->releases);
    ps_publication_deinit(m);
    ps_shown_deinit(m);
    ps_carried_deinit(m);
    ps_mint_deinit(m);
    ps_ca_free(m->ca);
    free(m);
}

const struct ps_ca *ps_material_ca(const struct ps_material *m)
{
    return m->ca;
}

static enum ps_release_auth proof_for(const struct ps_strategy *strategy)
{
    switch (strategy->update.payload_auth) {
    case PS_PAYLOAD_SIGNATURE:
        return PS_RELEASE_BY_SIGNATURE;
    case PS_PAYLOAD_MAC:
        return PS_RELEASE_BY_MAC;
    case PS_PAYLOAD_NONE:
    case PS_PAYLOAD_TLS_ONLY:
        break;
    }
    return PS_RELEASE_BY_NOBODY;
}

uint32_t ps_release_version(uint32_t event)
{
    enum { FIRST_FIRMWARE = 1 };
    if (event == PS_PLAN_NONE || event == PS_RELEASE_SHIPPED)
        return FIRST_FIRMWARE;
    if (event == PS_RELEASE_RESCUE)
        return UINT32_MAX;
    return FIRST_FIRMWARE + 1 + event;
}

static bool is_same(const struct ps_release_options *a, const struct ps_release_options *b)
{
    return a->version == b->version && a->issued.s == b->issued.s && a->auth == b->auth &&
           a->forged == b->forged;
}

/* The vendor proves each release the way the devices want it. An attacker dates his own like the
 * one that is installed: older or newer could be refused for that alone. */
static ps_status release_get(struct ps_material *m, const struct ps_contact_spec *spec,
                             const struct ps_strategy *strategy, struct ps_bytes *ret_payload,
                             struct ps_error *err)
{
    struct ps_release_options options = {.version = ps_release_version(spec->release),
                                         .issued = ps_release_issued(m->plan, spec->release),
                                         .auth = proof_for(strategy)};
    if (spec->sends == PS_SENDS_FORGED || spec->sends == PS_SENDS_PROVED) {
        options.version = forged_version;
        options.forged = spec->sends == PS_SENDS_FORGED;
    }
    struct ps_material_release *entry = NULL;
    for (size_t i = 0; i < m->release_count && !entry; i++)
        if (is_same(&m->releases[i]->options, &options))
            entry = m->releases[i];
    if (!entry) {
        entry = ps_alloc(1, sizeof *entry);
        entry->options = options;
        PS_PUSH(m->releases, m->release_count, m->release_capacity, entry);
        PS_TRY(ps_ca_release(m->ca, &options, &entry->payload, err));
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
        .task = ps_contact_is_update(spec) ? PS_CONTACT_UPDATE : PS_CONTACT_TELEMETRY,
        .plain = spec->plain,
        .message = (uint64_t)spec->cohort << 32 | spec->number,
        .endpoint = spec->endpoint,
        .fault = spec->fault,
        .delay = spec->delay,
        .timeout = spec->timeout,
        .after_bytes = spec->after_bytes,
    };
    PS_TRY(ps_carried_get(m, world, trusts, spec, &job.trust, err));
    if (!spec->plain) {
        PS_TRY(ps_mint_presentation(m, world, spec, &job.presentation, err));
        PS_TRY(ps_publication_fill(m, world, trusts, spec, &job, err));
        PS_TRY(ps_shown_fill(m, world, spec, &job, err));
        if (spec->kind != PS_KIND_PROBE || spec->knows_secret)
            job.psk = job.trust->psk;
    }
    if (job.task == PS_CONTACT_UPDATE)
        PS_TRY(release_get(m, spec, job.trust->strategy, &job.release, err));
    *ret_job = job;
    return PS_OK;
}

void ps_material_served(const struct ps_material *m, const struct ps_job *job, struct ps_text *out)
{
    const struct ps_presentation *p = job->presentation;
    if (!p)
        return;
    ps_ca_describe(m->ca, p->leaf, out);
    for (size_t i = 0; i < p->chain_count; i++)
        ps_ca_describe(m->ca, p->chain[i], out);
}

size_t ps_material_chain_bytes(const struct ps_material *m)
{
    return m->chain_bytes_max;
}
