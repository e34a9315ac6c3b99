/* SPDX-License-Identifier: Apache-2.0
 *
 * What devices show of their own, and whom servers accept. All devices share one key pair: a
 * verdict reads who issued a certificate and when it holds, not whose key is in it.
 */
#include "simulation/material_private.h"

#include <stdlib.h>
#include "engine/client.h"
#include "engine/status.h"

#define DEVICE_SUBJECT "CN=device"

/* Rules as a session takes them, and what they point to. */
struct ps_material_clients {
    struct ps_client_rules rules;
    ps_certificate_id *anchors; /* owned, as the two below */
    struct ps_bytes *revoked;
    struct ps_bytes key;
};

ps_status ps_shown_init(struct ps_material *m, struct ps_error *err)
{
    bool asked = false;
    for (size_t i = 0; i < m->plan->endpoint_count; i++)
        asked |= m->plan->endpoints[i].asks_clients;
    return asked ? ps_credential_new(&m->credential, err) : PS_OK;
}

static ps_status certificate_get(struct ps_material *m, const struct ps_client *client,
                                 struct ps_bytes *ret_der, struct ps_error *err)
{
    const int64_t identity[] = {client->issuer, client->not_before.s, client->not_after.s};
    bool is_new;
    uint32_t number = ps_intern(&m->client_index, identity, sizeof identity, &is_new);
    if (is_new) {
        const struct ps_plan_certificate *ca = &m->plan->certificates[client->issuer];
        const struct ps_certificate_spec spec = {.subject = DEVICE_SUBJECT,
                                                 .hash = ca->spec.hash,
                                                 .not_before = client->not_before,
                                                 .not_after = client->not_after,
                                                 .path_length = PS_PATH_LENGTH_NONE,
                                                 .eku = PS_EKU_CLIENT_AUTH};
        ps_certificate_id made = {0};
        ps_status s = ps_ca_issue_spki(m->ca, &spec, ps_credential_spki(m->credential),
                                       m->plan->authorities[ca->of].subject,
                                       m->authority_keys[ca->of], &made, err);
        if (!ps_is_ok(s))
            return ps_wrap(err, s, "a device's certificate by '%s'", ca->name);
        PS_PUSH(m->client_certificates, m->client_certificate_count, m->client_certificate_capacity,
                made);
    }
    *ret_der = ps_ca_der(m->ca, m->client_certificates[number]);
    return PS_OK;
}

/* ---- whom the server accepts ---- */

struct gathering {
    const struct ps_material *m;
    const struct ps_world *world;
    const struct ps_contact_spec *spec;
    struct ps_buffer *identity;
    struct ps_material_clients *clients; /* NULL: only the identity is made */
    size_t anchor_capacity, revoked_capacity;
};

static void gather_revoked(struct gathering *g, uint32_t certificate)
{
    struct ps_target target = {PS_TARGET_CERTIFICATE, certificate};
    if (!ps_world_is_revoked(g->world, target, g->spec->at))
        return;
    ps_buffer_append(g->identity, &certificate, sizeof certificate);
    struct ps_material_clients *c = g->clients;
    if (c)
        PS_PUSH(c->revoked, c->rules.revoked_count, g->revoked_capacity,
                ps_ca_der(g->m->ca, g->m->certificates[certificate]));
}

static void gather_anchor(uint32_t certificate, void *context)
{
    struct gathering *g = context;
    struct ps_material_clients *c = g->clients;
    if (c)
        PS_PUSH(c->anchors, c->rules.anchor_count, g->anchor_capacity,
                g->m->certificates[certificate]);
    gather_revoked(g, certificate);
}

static void gather(struct gathering *g)
{
    const struct ps_contact_spec *spec = g->spec;
    const uint32_t words[] = {spec->endpoint, (uint32_t)spec->asks, spec->client.form,
                              spec->client.issuer};
    ps_buffer_append(g->identity, words, sizeof words);
    if (spec->client.issuer != PS_PLAN_NONE)
        gather_revoked(g, spec->client.issuer);
    ps_client_each_anchor(g->world, spec, gather_anchor, g);
}

static const struct ps_client_rules *rules_get(struct ps_material *m, const struct ps_world *world,
                                               const struct ps_contact_spec *spec)
{
    struct ps_buffer identity = {0};
    struct gathering g = {.m = m, .world = world, .spec = spec, .identity = &identity};
    gather(&g);
    bool is_new;
    uint32_t number = ps_intern(&m->clients_index, identity.data, identity.size, &is_new);
    if (is_new) {
        struct ps_material_clients *c = g.clients = ps_alloc(1, sizeof *c);
        PS_PUSH(m->clients, m->clients_count, m->clients_capacity, c);
        gather(&g);
        c->rules.anchors = c->anchors;
        c->rules.revoked = c->revoked;
        c->rules.dates = ps_client_dates(world, spec);
        if (spec->client.form == PS_CLIENT_FORM_KEY) {
            c->key = ps_credential_spki(m->credential);
            c->rules.keys = &c->key;
            c->rules.key_count = 1;
        }
    }
    ps_buffer_deinit(&identity);
    return &m->clients[number]->rules;
}

ps_status ps_shown_fill(struct ps_material *m, const struct ps_world *world,
                        const struct ps_contact_spec *spec, struct ps_job *job,
                        struct ps_error *err)
{
    if (spec->asks == PS_ASKS_NOTHING)
        return PS_OK;
    job->clients = rules_get(m, world, spec);
    job->server_now = spec->at;
    if (spec->client.form != PS_CLIENT_FORM_CERTIFICATE)
        return PS_OK;
    const struct ps_plan_certificate *ca = &m->plan->certificates[spec->client.issuer];
    if (ca->issuer != ca->of) /* a server has its roots */
        job->credential_issuer = ps_ca_der(m->ca, m->certificates[spec->client.issuer]);
    return certificate_get(m, &spec->client, &job->credential_certificate, err);
}

void ps_shown_deinit(struct ps_material *m)
{
    for (size_t i = 0; i < m->clients_count; i++) {
        free(m->clients[i]->anchors);
        free(m->clients[i]->revoked);
        free(m->clients[i]);
    }
    free(m->clients);
    free(m->client_certificates);
    ps_intern_deinit(&m->client_index);
    ps_intern_deinit(&m->clients_index);
    ps_credential_free(m->credential);
}
