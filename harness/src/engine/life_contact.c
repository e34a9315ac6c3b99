/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/life_private.h"

#include <string.h>
#include "engine/answers.h"
#include "engine/attack.h"
#include "engine/track.h"

/* An attacker tells `clock` the time: the right one, until it would be too late for him. What a
 * clock has stored it does not fall back behind. Gives the second from which on that is over. */
static ps_time set_clock(const struct ps_life_world *w, const struct ps_strategy *strategy,
                         ps_time t, struct ps_contact_spec *spec, struct ps_device_clock *clock)
{
    struct ps_device_clock own = *clock;
    *clock = ps_clock_corrected(&own); /* right, and then held */
    ps_time shows = ps_attack_shows(w->world, spec, clock, t);
    bool stored = strategy->time.clock == PS_CLOCK_LAST_KNOWN;
    if (stored && ps_clock_read(&own, t).s >= shows.s) {
        *clock = own;
        return PS_TIME_NEVER;
    }
    spec->clock = shows;
    if (!stored)
        return PS_TIME_NEVER;
    return ps_earlier(ps_clock_stretch_end(&own, t),
                      ps_clock_reaches(&own, t, (ps_time){shows.s + 1}));
}

/* Who asks the device for what it has of its own, and what that is. */
static void present(const struct ps_life *life, const struct ps_life_world *w,
                    enum ps_contact_role role, struct ps_contact_spec *spec)
{
    const struct ps_plan *plan = w->world->plan;
    const struct ps_strategy *strategy =
        &plan->strategies[ps_trusts_at(w->trusts, spec->trust)->strategy];
    if (spec->plain || spec->kind == PS_KIND_PROBE || strategy->chain.engine == PS_ENGINE_PSK)
        return;
    if (role == PS_ROLE_RENEWAL)
        spec->asks =
            strategy->client.renewal == PS_RENEWAL_EST ? PS_ASKS_AS_REGISTRAR : PS_ASKS_NOTHING;
    else if (plan->endpoints[spec->endpoint].asks_clients)
        spec->asks = PS_ASKS_AS_ENDPOINT;
    if (spec->asks != PS_ASKS_NOTHING)
        spec->client = ps_life_client(life, strategy, spec->at);
}

uint32_t ps_life_update_endpoint(const struct ps_life *life, const struct ps_life_world *w)
{
    const struct ps_plan_cohort *cohort = ps_life_cohort(life, w);
    if (ps_life_strategy(life, w)->update.channel == PS_UPDATE_REPROVISION &&
        cohort->provisioning_endpoint != PS_PLAN_NONE)
        return cohort->provisioning_endpoint;
    return cohort->update_endpoint != PS_PLAN_NONE ? cohort->update_endpoint : cohort->endpoint;
}

/* Whom a contact is made with, else than `usual`. */
static uint32_t endpoint_of(const struct ps_life *life, const struct ps_life_world *w,
                            const struct ps_contact_spec *spec, uint32_t usual)
{
    const struct ps_plan_cohort *cohort = ps_life_cohort(life, w);
    enum ps_client_renewal renewal = ps_life_strategy(life, w)->client.renewal;
    bool service = renewal == PS_RENEWAL_DPS || renewal == PS_RENEWAL_MDM;
    if (ps_contact_is_update(spec))
        return ps_life_update_endpoint(life, w);
    if (spec->role == PS_ROLE_RENEWAL && service && cohort->provisioning_endpoint != PS_PLAN_NONE)
        return cohort->provisioning_endpoint;
    return usual;
}

/* The strategy, other than the device's own, whose trust a contact is made with; PS_PLAN_NONE: none
 * is. */
static uint32_t other_strategy(const struct ps_life *life, const struct ps_life_world *w,
                               enum ps_contact_role role, ps_time t)
{
    const struct ps_strategy *strategies = w->world->plan->strategies;
    ps_time until;
    switch (role) {
    case PS_ROLE_FALLBACK:
        return ps_life_fallback_at(life, w, t, &until)->strategy;
    case PS_ROLE_FALLBACK_UPDATE:
    case PS_ROLE_FALLBACK_UPDATE_PLAIN:
        return strategies[ps_life_fallback_at(life, w, t, &until)->strategy].update.trust;
    default:
        break;
    }
    if (life->probe.other == 0)
        return PS_PLAN_NONE;
    uint32_t other = life->probe.other - 1;
    return life->probe.sends == PS_SENDS_NOTHING ? other : strategies[other].update.trust;
}

/* The attacker's server is the one that gave the ticket: life_ticket.c says which keys it keeps. */
static bool has_ticket_key(const struct ps_world *world, const struct ps_contact_spec *spec,
                           const struct ps_contact_spec *before)
{
    const struct ps_leaf *his = &world->leaves[spec->stolen_leaf],
                         *then = &world->leaves[before->leaf];
    return his->line == then->line || his->key == then->key;
}

/* The contact resumes, if the device holds a ticket: until when that is so. */
static ps_time resume(const struct ps_life *life, const struct ps_life_world *w,
                      struct ps_contact_spec *spec)
{
    ps_time verified, until, ignored;
    if (!ps_life_ticket_at(life, w, spec->at, &verified, &until))
        return until;
    struct ps_life genuine = *life;
    struct ps_contact_spec before;
    memset(&genuine.probe, 0, sizeof genuine.probe);
    ps_life_spec(&genuine, w, PS_ROLE_TELEMETRY, verified, &before, &ignored);
    if (spec->kind != PS_KIND_PROBE || has_ticket_key(w->world, spec, &before))
        ps_contact_note_before(spec, &before);
    return until;
}

struct question {
    enum ps_contact_role role;
    ps_time t;
    const struct ps_track_key *fixed; /* what stands there instead of the device's own; or NULL */
    ps_time shown;                    /* by the clock, where the rest is fixed */
};

static void describe(const struct ps_life *life, const struct ps_life_world *w,
                     const struct question *question, struct ps_contact_spec *ret_spec,
                     struct ps_life_reach *ret_reach)
{
    const struct ps_plan_cohort *cohort = ps_life_cohort(life, w);
    const struct ps_strategy *strategy = ps_life_strategy(life, w);
    const struct ps_track_key *fixed = question->fixed;
    enum ps_contact_role role = question->role;
    ps_time t = question->t;
    ps_time as_of = life->probe.frozen ? life->probe.as_of : t; /* of what it carries */
    const struct ps_life_span *span = ps_life_span_at(life, as_of);
    enum ps_contact_kind kind = ps_role_kind(role);
    struct ps_contact_spec spec;
    memset(&spec, 0, sizeof spec);
    spec.kind = kind;
    spec.role = role;
    spec.cohort = life->device.cohort;
    spec.number = life->device.number;
    spec.strategy = life->strategy;
    spec.trust = span->trust;
    spec.endpoint = cohort->endpoint;
    spec.timeout = cohort->timeout;
    spec.threat = life->probe.threat;
    spec.presents = life->probe.presents;
    spec.sends = life->probe.sends;
    spec.way = life->probe.way;
    spec.knows_secret = life->probe.knows_secret;
    spec.release = PS_PLAN_NONE;
    spec.installed = span->release;
    spec.at = t;
    if (kind != PS_KIND_PROBE && cohort->jitter.s == 0 && !fixed)
        spec.apart = cohort->every;
    spec.pins_end =
        role == PS_ROLE_PINS ? ps_life_other_pins_end(life, w) : ps_life_pins_end(life, w, as_of);
    spec.set_made = ps_life_set_made(life, w, as_of);
    ps_time until = PS_TIME_NEVER, next;
    if (t.s < life->set_up.s) {
        until = life->set_up;
        if (!ps_contact_is_update(&spec))
            spec.endpoint = cohort->setup_endpoint;
    }
    spec.endpoint = endpoint_of(life, w, &spec, spec.endpoint);
    if (spec.sends != PS_SENDS_NOTHING) {
        spec.plain = life->probe.plain;
        spec.trust = span->update_trust;
        spec.release = life->probe.release;
    }
    if (kind == PS_KIND_UPDATE) {
        spec.plain = role == PS_ROLE_UPDATE_PLAIN || role == PS_ROLE_FALLBACK_UPDATE_PLAIN;
        spec.trust = span->update_trust;
        spec.release = fixed ? fixed->offered : ps_life_offer(life, w, t, &next);
        until = fixed ? until : ps_earlier(until, next);
    }
    uint32_t other = other_strategy(life, w, role, t);
    if (other != PS_PLAN_NONE) {
        spec.trust = ps_life_other_trust(life, w, other, t, &next);
        until = ps_earlier(until, next);
    }
    spec.serving = ps_world_serving(w->world, spec.endpoint, t, &life->device.stage, &next);
    if (fixed && fixed->serving != PS_PLAN_NONE) {
        spec.serving = fixed->serving;
        next = PS_TIME_NEVER;
    }
    until = ps_earlier(until, next);
    uint32_t line = w->world->servings[spec.serving].line;
    spec.leaf = ps_world_leaf(w->world, line, t);
    until = ps_earlier(until, ps_world_renewal_after(w->world, line, t));
    if (kind != PS_KIND_PROBE) { /* an attacker on the path has no fault */
        const struct ps_plan_fault *fault = ps_world_fault(w->world, spec.endpoint, t, &next);
        until = ps_earlier(until, next);
        if (fault) {
            spec.fault = fault->kind;
            spec.delay = fault->delay;
            spec.after_bytes = fault->after_bytes;
        }
    }
    present(life, w, role, &spec);
    struct ps_device_clock clock =
        fixed ? ps_clock_showing(t, question->shown) : ps_life_clock(life, w, span->build, t);
    spec.stolen_leaf = spec.stolen_key = PS_PLAN_NONE;
    ps_answers_fill(w->world, w->trusts, &spec, &next);
    until = ps_earlier(until, next);
    if (life->probe.clock_ahead)
        clock = ps_attack_clock_ahead();
    spec.clock = ps_clock_read(&clock, t);
    if (kind == PS_KIND_PROBE && ps_attack_sets_clock(ps_attack_of(w->world, &spec), strategy))
        until = ps_earlier(until, set_clock(w, strategy, t, &spec, &clock));
    until = ps_earlier(until, ps_life_renewed_after(life, w, &spec));
    if (role == PS_ROLE_RESUMED || life->probe.resumes)
        until = ps_earlier(until, resume(life, w, &spec));
    ret_reach->world = until;
    ret_reach->clock = ps_class_dates_until(w->world, w->trusts, &spec, &clock, t);
    *ret_spec = spec;
}

void ps_life_spec(const struct ps_life *life, const struct ps_life_world *w,
                  enum ps_contact_role role, ps_time t, struct ps_contact_spec *ret_spec,
                  ps_time *ret_until)
{
    const struct question question = {.role = role, .t = t};
    struct ps_life_reach reach;
    describe(life, w, &question, ret_spec, &reach);
    *ret_until = ps_earlier(reach.world, reach.clock);
}

void ps_life_spec_of_track(const struct ps_life *life, const struct ps_life_world *w,
                           const struct ps_track_second *second, struct ps_contact_spec *ret_spec,
                           struct ps_life_reach *ret_reach)
{
    const struct ps_track_key *key = second->key;
    struct ps_life_span span = *ps_life_span_at(life, second->t);
    struct ps_life other = *life;
    span.from = PS_TIME_ALWAYS;
    span.trust = key->trust;
    span.update_trust = key->update_trust;
    span.release = key->installed;
    other.spans = &span;
    other.span_count = 1;
    other.set_up = PS_TIME_ALWAYS;
    memset(&other.probe, 0, sizeof other.probe);
    other.probe.threat = key->threat;
    const struct question question = {.role = (enum ps_contact_role)key->role,
                                      .t = second->t,
                                      .fixed = key,
                                      .shown = second->shown};
    describe(&other, w, &question, ret_spec, ret_reach);
}
