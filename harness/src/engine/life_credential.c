/* SPDX-License-Identifier: Apache-2.0
 *
 * The device's own credential in time: what it got, from when until when that holds, and when it is
 * renewed.
 *
 * The first one, by how it was provisioned (client.provisioned):
 *
 *   factory_online      from when the device was made, for `lifetime`
 *   factory_offline_ca  from then until the end of the CA, which nobody can ask again
 *   pregenerated        for `lifetime`, from AHEAD_S before the device was made: the shelf eats it
 *   hsm_vendor          from AHEAD_S before, when the chip was made, until the end of the CA
 *   first_boot          from the device's first power, for `lifetime`
 *
 * A shared certificate is one for all: as of when the first device of the scenario was made. No CA
 * certifies beyond its own end, but for an IDevID, which ends never (IEEE 802.1AR: 9999-12-31).
 *
 * Only an LDevID is renewed, when two thirds of its validity are over, at the first contact from
 * then on, and then at each one until that succeeds; it acts from the next contact:
 *
 *   est         a contact with the registrar behind the endpoint: server trust, and the old
 *               certificate must still be valid, whether the endpoint looks at dates or not
 *   acme        server trust alone
 *   dps, mdm    a contact that the endpoint accepts
 *   cmp         the old certificate still valid, and a link: its messages protect themselves
 *               (RFC 4210 section 5.1.3)
 *
 * Who booted before the scenario began has renewed it in time until then, if it ever could.
 */
#include "engine/life_private.h"

#include "base/memory.h"

enum {
    AHEAD_S = 180 * 86400, /* assumed: of chips and of lists of keys before the device */
};
#define NO_END ((ps_time){253402300799}) /* 9999-12-31T23:59:59Z */

static const struct ps_certificate_spec *ca_of(const struct ps_life_world *w,
                                               const struct ps_client *client)
{
    return &w->world->plan->certificates[client->issuer].spec;
}

/* The end of what is issued at `from`. */
static ps_time end_of(const struct ps_certificate_spec *ca, ps_time from, ps_duration lifetime)
{
    ps_time end = {from.s + lifetime.s - 1};
    return lifetime.s > 0 ? ps_earlier(end, ca->not_after) : ca->not_after;
}

/* When the first device of the scenario was made. */
static ps_time fleet_made(const struct ps_plan *plan)
{
    ps_time made = PS_TIME_NEVER;
    for (size_t i = 0; i < plan->cohort_count; i++)
        made = ps_earlier(made, plan->cohorts[i].made_from);
    return made;
}

static struct ps_client first_of(const struct ps_life *life, const struct ps_life_world *w)
{
    const struct ps_strategy_client *client = &ps_life_strategy(life, w)->client;
    bool shared = client->identity == PS_CLIENT_X509_SHARED;
    struct ps_client first = {PS_CLIENT_FORM_CERTIFICATE, client->issuer.index, {0}, {0}};
    const struct ps_certificate_spec *ca = ca_of(w, &first);
    ps_duration lifetime = client->lifetime;
    first.not_before = shared ? fleet_made(w->world->plan) : life->device.made;
    switch (client->provisioned) {
    case PS_PROVISIONED_FACTORY_ONLINE:
        break;
    case PS_PROVISIONED_FACTORY_OFFLINE_CA:
        lifetime.s = 0;
        break;
    case PS_PROVISIONED_PREGENERATED:
        first.not_before.s -= AHEAD_S;
        break;
    case PS_PROVISIONED_HSM_VENDOR:
        first.not_before.s -= AHEAD_S;
        lifetime.s = 0;
        break;
    case PS_PROVISIONED_FIRST_BOOT:
        if (!shared)
            first.not_before = life->device.boot;
        break;
    }
    first.not_after =
        client->identity == PS_CLIENT_X509_IDEVID ? NO_END : end_of(ca, first.not_before, lifetime);
    return first;
}

static bool is_renewed(const struct ps_strategy_client *client)
{
    return client->identity == PS_CLIENT_X509_LDEVID && client->renewal != PS_RENEWAL_NEVER;
}

/* Two thirds of it are over. */
static ps_time due_of(const struct ps_client *client)
{
    int64_t validity = client->not_after.s + 1 - client->not_before.s;
    return (ps_time){client->not_before.s + validity / 3 * 2};
}

/* What the CA makes at `t` in place of `old`. False: nothing that lasts longer. */
static bool renewed_at(const struct ps_life *life, const struct ps_life_world *w,
                       const struct ps_client *old, ps_time t, struct ps_client *ret_renewed)
{
    const struct ps_certificate_spec *ca = ca_of(w, old);
    struct ps_client renewed = *old;
    renewed.not_before = t;
    renewed.not_after = end_of(ca, t, ps_life_strategy(life, w)->client.lifetime);
    if (t.s < ca->not_before.s || renewed.not_after.s <= old->not_after.s)
        return false;
    *ret_renewed = renewed;
    return true;
}

static void keep(struct ps_life *life, ps_time from, const struct ps_client *client)
{
    struct ps_life_credential credential = {from, *client};
    PS_PUSH(life->credentials, life->credential_count, life->credential_capacity, credential);
}

/* Renewed without a break from its first power until `t`, if it still held then or need not. */
static struct ps_client caught_up(const struct ps_life *life, const struct ps_life_world *w,
                                  struct ps_client client, ps_time t)
{
    const struct ps_strategy_client *rule = &ps_life_strategy(life, w)->client;
    ps_time boot = life->device.boot;
    bool ended = boot.s > client.not_after.s, earlier = boot.s < w->world->plan->from.s;
    if (!earlier || !is_renewed(rule) || (ended && rule->renewal != PS_RENEWAL_ACME))
        return client;
    for (;;) {
        ps_time due = due_of(&client);
        if (due.s < boot.s)
            due = boot;
        if (due.s >= t.s || !renewed_at(life, w, &client, due, &client))
            return client;
        int64_t period = due_of(&client).s - client.not_before.s;
        int64_t last = ps_earlier(t, ca_of(w, &client)->not_after).s - rule->lifetime.s;
        if (rule->lifetime.s > 0 && period > 0 && last - client.not_before.s > period) {
            int64_t skipped = (last - client.not_before.s) / period * period;
            client.not_before.s += skipped; /* many alike */
            client.not_after.s += skipped;
        }
    }
}

static bool is_asked(const struct ps_life *life, const struct ps_life_world *w)
{
    const struct ps_plan_cohort *cohort = ps_life_cohort(life, w);
    const struct ps_plan_endpoint *endpoints = w->world->plan->endpoints;
    return endpoints[cohort->endpoint].asks_clients ||
           (cohort->setup_endpoint != PS_PLAN_NONE &&
            endpoints[cohort->setup_endpoint].asks_clients) ||
           (cohort->update_endpoint != PS_PLAN_NONE &&
            endpoints[cohort->update_endpoint].asks_clients);
}

static enum ps_client_form form_of(const struct ps_strategy_client *client)
{
    switch (client->identity) {
    case PS_CLIENT_X509_SHARED:
    case PS_CLIENT_X509_IDEVID:
    case PS_CLIENT_X509_LDEVID:
        return client->issuer.kind == PS_REFERENCE_CERTIFICATE ? PS_CLIENT_FORM_CERTIFICATE
                                                               : PS_CLIENT_FORM_NONE;
    case PS_CLIENT_RAW_PUBLIC_KEY:
        return PS_CLIENT_FORM_KEY;
    case PS_CLIENT_NONE:
    case PS_CLIENT_PSK_PER_DEVICE:
    case PS_CLIENT_PSK_FLEET:
        break;
    }
    return PS_CLIENT_FORM_NONE;
}

void ps_life_get_credential(struct ps_life *life, const struct ps_life_world *w)
{
    if (!is_asked(life, w) ||
        form_of(&ps_life_strategy(life, w)->client) != PS_CLIENT_FORM_CERTIFICATE)
        return;
    struct ps_client first = first_of(life, w);
    first = caught_up(life, w, first, life->device.first_contact);
    keep(life, life->device.first_contact, &first);
}

struct ps_client ps_life_client(const struct ps_life *life, const struct ps_strategy *strategy,
                                ps_time t)
{
    struct ps_client client = {PS_CLIENT_FORM_NONE, PS_PLAN_NONE, {0}, {0}};
    enum ps_client_form form = form_of(&strategy->client);
    if (form != PS_CLIENT_FORM_CERTIFICATE || life->credential_count == 0) {
        client.form = form == PS_CLIENT_FORM_KEY ? PS_CLIENT_FORM_KEY : PS_CLIENT_FORM_NONE;
        return client;
    }
    size_t i = life->credential_count - 1;
    while (i > 0 && life->credentials[i].from.s > t.s)
        i--;
    return life->credentials[i].client;
}

/* ---- renewal ---- */

static const struct ps_client *current(const struct ps_life *life)
{
    return &life->credentials[life->credential_count - 1].client;
}

/* From when on the next contact renews it; NEVER: there is nothing to be gained. */
static ps_time renewal_due(const struct ps_life *life, const struct ps_life_world *w)
{
    struct ps_client next;
    if (life->credential_count == 0 || !is_renewed(&ps_life_strategy(life, w)->client))
        return PS_TIME_NEVER;
    ps_time due = due_of(current(life));
    if (life->t.s > due.s)
        due = life->t;
    return renewed_at(life, w, current(life), due, &next) ? due : PS_TIME_NEVER;
}

static bool is_carried(const struct ps_contact_spec *spec)
{
    return spec->fault == PS_FAULT_NONE ||
           (spec->fault == PS_FAULT_DELAY && spec->delay.s < spec->timeout.s);
}

/* In a contact of its own. False: it waits. */
static bool ask_service(struct ps_life *life, const struct ps_life_world *w,
                        struct ps_life_renewal *ret)
{
    if (!w->ask(w->chunk, life, &ret->spec, &ret->verdict))
        return false;
    ret->asked = true;
    ret->succeeds = w->accepted(w->chunk, ret->verdict);
    if (ret->succeeds)
        ret->until.s = life->t.s + 1;
    return true;
}

bool ps_life_find_renewal(struct ps_life *life, const struct ps_life_world *w, bool connected,
                          struct ps_life_renewal *ret)
{
    *ret = (struct ps_life_renewal){.until = renewal_due(life, w)};
    if (ret->until.s > life->t.s)
        return true;
    ret->tried = true;
    ps_life_spec(life, w, PS_ROLE_RENEWAL, life->t, &ret->spec, &ret->until);
    switch (ps_life_strategy(life, w)->client.renewal) {
    case PS_RENEWAL_NEVER:
        break;
    case PS_RENEWAL_DPS:
    case PS_RENEWAL_MDM:
        if (ps_life_cohort(life, w)->provisioning_endpoint == PS_PLAN_NONE) {
            ret->succeeds = connected;
            break;
        }
        return ask_service(life, w, ret);
    case PS_RENEWAL_CMP:
        ret->succeeds = is_carried(&ret->spec) && life->t.s <= current(life)->not_after.s;
        break;
    case PS_RENEWAL_EST:
    case PS_RENEWAL_ACME:
        return ask_service(life, w, ret);
    }
    if (ret->succeeds)
        ret->until.s = life->t.s + 1;
    return true;
}

void ps_life_use_renewal(struct ps_life *life, const struct ps_life_world *w,
                         const struct ps_life_renewal *renewal,
                         const struct ps_life_stretch *stretch)
{
    struct ps_client renewed;
    if (renewal->asked)
        w->used(w->chunk, life, &renewal->spec, renewal->verdict, stretch->slot,
                (ps_duration){stretch->step}, stretch->count);
    if (renewal->succeeds && renewed_at(life, w, current(life), life->t, &renewed))
        keep(life, stretch->next, &renewed);
}
