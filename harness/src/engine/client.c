/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/client.h"

#include "engine/status.h"

void ps_client_each_anchor(const struct ps_world *world, const struct ps_contact_spec *spec,
                           ps_client_visit *visit, void *context)
{
    const struct ps_plan_endpoint *endpoint = &world->plan->endpoints[spec->endpoint];
    for (size_t i = 0; i < endpoint->client_anchor_count; i++)
        visit(endpoint->client_anchors[i], context);
    if (spec->asks == PS_ASKS_AS_REGISTRAR && spec->client.issuer != PS_PLAN_NONE)
        visit(spec->client.issuer, context);
}

bool ps_client_dates(const struct ps_world *world, const struct ps_contact_spec *spec)
{
    return spec->asks == PS_ASKS_AS_REGISTRAR ||
           world->plan->endpoints[spec->endpoint].client_dates;
}

static bool shows_certificate(const struct ps_client *client)
{
    return client->form == PS_CLIENT_FORM_CERTIFICATE;
}

/* ---- the key ---- */

struct putting {
    const struct ps_world *world;
    const struct ps_contact_spec *spec;
    struct ps_buffer *key;
};

static void put(const struct putting *p, uint32_t value)
{
    ps_class_key_put(p->key, PS_CLASS_CLIENT, &value, sizeof value);
}

static void put_ca(uint32_t certificate, void *context)
{
    const struct putting *p = context;
    put(p, certificate);
    put(p, ps_world_is_revoked(p->world, (struct ps_target){PS_TARGET_CERTIFICATE, certificate},
                               p->spec->at));
}

static void put_bracket(const struct putting *p, ps_time from, ps_time until)
{
    ps_time now = p->spec->at;
    unsigned char bracket =
        (unsigned char)((ps_time_compare(now, from) + 1) * 3 + ps_time_compare(now, until) + 1);
    ps_class_key_put(p->key, PS_CLASS_CLIENT_DATES, &bracket, 1);
}

static void put_ca_bracket(uint32_t certificate, void *context)
{
    const struct putting *p = context;
    const struct ps_certificate_spec *ca = &p->world->plan->certificates[certificate].spec;
    put_bracket(p, ca->not_before, ca->not_after);
}

void ps_client_key(const struct ps_world *world, const struct ps_contact_spec *spec,
                   struct ps_buffer *key)
{
    struct putting p = {world, spec, key};
    put(&p, (uint32_t)spec->asks);
    if (spec->asks == PS_ASKS_NOTHING)
        return;
    put(&p, spec->client.form);
    if (!shows_certificate(&spec->client))
        return;
    put_ca(spec->client.issuer, &p);
    ps_client_each_anchor(world, spec, put_ca, &p);
    if (!ps_client_dates(world, spec))
        return;
    put_bracket(&p, spec->client.not_before, spec->client.not_after);
    put_ca_bracket(spec->client.issuer, &p);
    ps_client_each_anchor(world, spec, put_ca_bracket, &p);
}

/* ---- when it changes ---- */

struct finding {
    const struct ps_world *world;
    ps_time t, until;
    bool dates;
};

static void find(struct finding *f, ps_time when)
{
    if (when.s > f->t.s && when.s < f->until.s)
        f->until = when;
}

static void find_dates(struct finding *f, ps_time from, ps_time until)
{
    find(f, from);
    find(f, (ps_time){from.s + 1});
    find(f, until);
    find(f, (ps_time){until.s + 1});
}

static void find_of_ca(uint32_t certificate, void *context)
{
    struct finding *f = context;
    const struct ps_certificate_spec *ca = &f->world->plan->certificates[certificate].spec;
    find(f, ps_world_revoked_at(f->world, (struct ps_target){PS_TARGET_CERTIFICATE, certificate}));
    if (f->dates)
        find_dates(f, ca->not_before, ca->not_after);
}

ps_time ps_client_until(const struct ps_world *world, const struct ps_contact_spec *spec)
{
    struct finding f = {world, spec->at, PS_TIME_NEVER, false};
    if (spec->asks == PS_ASKS_NOTHING || !shows_certificate(&spec->client))
        return f.until;
    f.dates = ps_client_dates(world, spec);
    if (f.dates)
        find_dates(&f, spec->client.not_before, spec->client.not_after);
    find_of_ca(spec->client.issuer, &f);
    ps_client_each_anchor(world, spec, find_of_ca, &f);
    return f.until;
}
