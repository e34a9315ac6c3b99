/* SPDX-License-Identifier: Apache-2.0
 *
 * What attackers do to what stands behind a contact, as questions that are asked for real: each
 * function tries the ways of one attack (PS_CHANNEL_ATTACKS) at one second.
 *
 * Who passes for the server does so with the material of one of the plan's threats on certificates,
 * within that threat's own window.
 */
#include "engine/life_private.h"

#include <assert.h>
#include "engine/attack.h"

static const struct ps_strategy *strategy_of(const struct ps_life_look *look)
{
    return ps_life_strategy(look->life, look->w);
}

/* What is sent again is what shipped; what is forged has the date of what is installed. */
static uint32_t release_of(const struct ps_life_look *look, enum ps_sends sends)
{
    if (sends == PS_SENDS_OLDER)
        return PS_PLAN_NONE;
    return ps_life_span_at(look->life, look->t)->release;
}

/* An update of `sends` comes in the clear. */
static bool accepts_plain(struct ps_life_look *look, enum ps_sends sends)
{
    const struct ps_life_probe probe = {.threat = look->life->threat,
                                        .presents = PS_ATTACK_X01,
                                        .sends = sends,
                                        .release = release_of(look, sends),
                                        .plain = true};
    return ps_life_accepts(look, PS_ROLE_PROBE, &probe);
}

/* Whether threat number `i` is an attack on certificates that is meant at the look's second. */
static bool is_meant(struct ps_life_look *look, uint32_t i)
{
    const struct ps_plan_threat *threat = &look->w->world->plan->threats[i];
    if (ps_attack_is_of_channel(threat->attack) || threat->inapplicable)
        return false;
    if (look->t.s < threat->from.s)
        look->until = ps_earlier(look->until, threat->from);
    else if (look->t.s < threat->until.s)
        look->until = ps_earlier(look->until, threat->until);
    return threat->from.s <= look->t.s && look->t.s < threat->until.s;
}

/* How updates are fetched with `fallback`: as its own channel has it, at the polls of the device's;
 * NULL: not at all. */
static const struct ps_channel *other_channel(const struct ps_life_look *look,
                                              const struct ps_fallback *fallback)
{
    if (!fallback || ps_life_channel(look->life, look->w)->way != PS_WAY_CONTACT)
        return NULL;
    return &look->w->channels[fallback->strategy];
}

/* Where a fallback applies the device fetches updates with its own trust and then with the other.
 */
static bool accepts_update_from(struct ps_life_look *look, uint32_t threat, enum ps_sends sends)
{
    ps_time until;
    struct ps_life_probe probe = {
        .threat = threat, .sends = sends, .release = release_of(look, sends)};
    if (ps_life_channel(look->life, look->w)->tls && ps_life_accepts(look, PS_ROLE_PROBE, &probe))
        return true;
    const struct ps_fallback *fallback = ps_life_fallback_at(look->life, look->w, look->t, &until);
    const struct ps_channel *other = other_channel(look, fallback);
    look->until = ps_earlier(look->until, until);
    if (!other || !other->tls)
        return false;
    probe.other = fallback->strategy + 1;
    return ps_life_accepts(look, PS_ROLE_PROBE, &probe);
}

/* An update of `sends` comes from somebody who passes for the server. */
static bool accepts_impostor(struct ps_life_look *look, enum ps_sends sends)
{
    const struct ps_plan *plan = look->w->world->plan;
    for (uint32_t i = 0; i < plan->threat_count && !look->waits; i++) {
        if (is_meant(look, i) && accepts_update_from(look, i, sends))
            return true;
    }
    return false;
}

static enum ps_life_effect taken_if(bool accepted)
{
    return accepted ? PS_EFFECT_TAKEN_AT_POLL : PS_EFFECT_NONE;
}

/* U05. Only what is proved with a key has one that can be stolen. TAMP's contingency key takes the
 * apex back from the thief (RFC 5934 section 1.2), so such a device is exposed and not lost. */
static enum ps_life_effect with_stolen_key(struct ps_life_look *look, const struct ps_channel *c)
{
    const struct ps_strategy *strategy = strategy_of(look);
    enum ps_payload_auth auth = strategy->update.payload_auth;
    if (auth != PS_PAYLOAD_SIGNATURE && auth != PS_PAYLOAD_MAC)
        return PS_EFFECT_NONE;
    bool accepted = (c->plain && accepts_plain(look, PS_SENDS_PROVED)) ||
                    accepts_impostor(look, PS_SENDS_PROVED);
    if (accepted && strategy->update.channel == PS_UPDATE_TAMP)
        return PS_EFFECT_EXPOSED;
    return taken_if(accepted);
}

/* A pin of it waits for the first contact. */
static bool is_unlearned(const struct ps_life_look *look)
{
    uint32_t number = ps_life_span_at(look->life, look->t)->trust;
    const struct ps_trust_state *trust = ps_trusts_at(look->w->trusts, number);
    for (size_t i = 0; i < trust->pin_count; i++)
        if (trust->pins[i].of.kind == PS_TARGET_NONE)
            return true;
    return false;
}

/* U06. At each contact up to the first that goes through: who answers that is learned. The second
 * of the contact is all that is counted of it. */
static enum ps_life_effect at_first_contact(struct ps_life_look *look)
{
    if (!is_unlearned(look))
        return PS_EFFECT_NONE;
    ps_time contact = ps_life_contact_after(look->life, look->t);
    if (contact.s > look->t.s) {
        look->until = ps_earlier(look->until, contact);
        return PS_EFFECT_NONE;
    }
    look->until = ps_earlier(look->until, (ps_time){look->t.s + 1});
    const struct ps_life_probe probe = {.threat = look->life->threat, .presents = PS_ATTACK_X01};
    return ps_life_accepts(look, PS_ROLE_PROBE, &probe) ? PS_EFFECT_TAKEN_AT_CONTACT
                                                        : PS_EFFECT_NONE;
}

/* U03. What shipped comes again; where the channel goes one step at a time it does not go back. */
static enum ps_life_effect with_older(struct ps_life_look *look, const struct ps_channel *c)
{
    if (ps_life_span_at(look->life, look->t)->release == PS_PLAN_NONE || c->in_order)
        return PS_EFFECT_NONE;
    bool accepted =
        (c->plain && accepts_plain(look, PS_SENDS_OLDER)) || accepts_impostor(look, PS_SENDS_OLDER);
    return accepted ? PS_EFFECT_EXPOSED : PS_EFFECT_NONE;
}

/* When the walk's threat meets this device first. */
static ps_time began(const struct ps_life_look *look)
{
    ps_time from = look->w->world->plan->threats[look->life->threat].from,
            first = look->life->device.first_contact;
    return from.s < first.s ? first : from;
}

/* U04. The device has stayed as it was when the attack began, and that lets somebody in whom it
 * would otherwise refuse. */
static enum ps_life_effect frozen(struct ps_life_look *look)
{
    const struct ps_plan *plan = look->w->world->plan;
    for (uint32_t i = 0; i < plan->threat_count && !look->waits; i++) {
        const struct ps_life_probe stale = {.threat = i, .frozen = true, .as_of = began(look)},
                                   fresh = {.threat = i};
        if (is_meant(look, i) && ps_life_accepts(look, PS_ROLE_PROBE, &stale) &&
            !ps_life_accepts(look, PS_ROLE_PROBE, &fresh))
            return PS_EFFECT_EXPOSED;
    }
    return PS_EFFECT_NONE;
}

/* U07. He holds the server with its key, and what he announces over it counts from when it has been
 * seen often and long enough. A gap in which he is refused begins that anew. */
static enum ps_life_effect by_announcing(struct ps_life_look *look, const struct ps_channel *c)
{
    struct ps_life *life = look->life;
    struct ps_life_probe probe = {.threat = life->threat, .presents = PS_ATTACK_X09};
    if (strategy_of(look)->update.channel == PS_UPDATE_EST) {
        probe.sends = PS_SENDS_FORGED;
        probe.release = release_of(look, PS_SENDS_FORGED);
        return taken_if(ps_life_accepts(look, PS_ROLE_PROBE, &probe));
    }
    if (c->way != PS_WAY_SESSION)
        return PS_EFFECT_NONE;
    bool accepted = ps_life_accepts(look, PS_ROLE_PROBE, &probe);
    if (look->waits)
        return PS_EFFECT_NONE;
    ps_time sighted = life->sighted;
    if (accepted && sighted.s == PS_TIME_NEVER.s)
        sighted = ps_life_contact_after(life, look->t);
    life->sighted = accepted && sighted.s < look->until.s ? sighted : PS_TIME_NEVER;
    if (life->sighted.s == PS_TIME_NEVER.s)
        return PS_EFFECT_NONE;
    ps_time learned = sighted;
    if (c->sightings > 1)
        learned = ps_life_contact_after(
            life, (ps_time){sighted.s + (c->hold_down.s > 0 ? c->hold_down.s : 1)});
    if (learned.s <= look->t.s)
        return PS_EFFECT_TAKEN_AT_CONTACT;
    look->until = ps_earlier(look->until, learned);
    return PS_EFFECT_NONE;
}

/* A device's own contact as it is: a clone with its certificate passes where it does. */
static bool clone_passes(struct ps_life_look *look)
{
    const struct ps_plan *plan = look->w->world->plan;
    const struct ps_life_probe own = {.threat = look->life->threat};
    return plan->endpoints[ps_life_cohort(look->life, look->w)->endpoint].asks_clients &&
           ps_life_accepts(look, PS_ROLE_TELEMETRY, &own);
}

/* U08. What is shared and lies in a file: the secret of all devices, with which anybody is the
 * server; one certificate for all, with which anybody is a device; the secret of MACs. */
static enum ps_life_effect with_shared_secret(struct ps_life_look *look, const struct ps_channel *c)
{
    const struct ps_strategy *strategy = strategy_of(look);
    if (strategy->storage.key_store != PS_KEY_STORE_FILE)
        return PS_EFFECT_NONE;
    bool mac = strategy->update.payload_auth == PS_PAYLOAD_MAC;
    bool psk =
        strategy->chain.engine == PS_ENGINE_PSK && strategy->client.identity == PS_CLIENT_PSK_FLEET;
    if (mac && ((c->plain && accepts_plain(look, PS_SENDS_PROVED)) ||
                accepts_impostor(look, PS_SENDS_PROVED)))
        return PS_EFFECT_TAKEN_AT_POLL;
    struct ps_life_probe server = {.threat = look->life->threat,
                                   .presents = PS_ATTACK_X01,
                                   .knows_secret = true,
                                   .sends = mac ? PS_SENDS_PROVED : PS_SENDS_FORGED,
                                   .release = release_of(look, PS_SENDS_FORGED)};
    if (psk && c->tls && ps_life_accepts(look, PS_ROLE_PROBE, &server))
        return PS_EFFECT_TAKEN_AT_POLL;
    server.sends = PS_SENDS_NOTHING;
    bool exposed = (psk && ps_life_accepts(look, PS_ROLE_PROBE, &server)) ||
                   (strategy->client.identity == PS_CLIENT_X509_SHARED && clone_passes(look));
    return exposed ? PS_EFFECT_EXPOSED : PS_EFFECT_NONE;
}

/* How many slots the anchors of a span take: a store takes one. */
static size_t anchor_slots(const struct ps_life_look *look, const struct ps_life_span *span)
{
    const struct ps_plan *plan = look->w->world->plan;
    if (span->release != PS_PLAN_NONE && plan->events[span->release].as.release.has_anchors)
        return plan->events[span->release].as.release.anchor_count;
    return strategy_of(look)->anchor_count;
}

/* Somebody who is meant and passes for the server where the device trusts as its fallback does:
 * with an update, or in the clear without passing, or as the server of telemetry. */
static enum ps_life_effect with_other_trust(struct ps_life_look *look,
                                            const struct ps_fallback *fallback)
{
    const struct ps_plan *plan = look->w->world->plan;
    const struct ps_channel *other = other_channel(look, fallback);
    struct ps_life_probe probe = {.other = fallback->strategy + 1, .sends = PS_SENDS_FORGED};
    bool exposed = false;
    probe.release = release_of(look, PS_SENDS_FORGED);
    for (uint32_t i = 0; i < plan->threat_count && !look->waits; i++) {
        if (!is_meant(look, i))
            continue;
        probe.threat = i;
        probe.sends = PS_SENDS_FORGED;
        if (other && other->tls && ps_life_accepts(look, PS_ROLE_PROBE, &probe))
            return PS_EFFECT_TAKEN_AT_POLL;
        probe.sends = PS_SENDS_NOTHING;
        exposed |=
            fallback->scope == PS_FALLBACK_ALL && ps_life_accepts(look, PS_ROLE_PROBE, &probe);
    }
    probe.threat = look->life->threat;
    probe.presents = PS_ATTACK_X01;
    probe.sends = PS_SENDS_FORGED;
    probe.plain = true;
    if (other && other->plain && ps_life_accepts(look, PS_ROLE_PROBE, &probe))
        return PS_EFFECT_TAKEN_AT_POLL;
    return exposed ? PS_EFFECT_EXPOSED : PS_EFFECT_NONE;
}

/* U09. None of the device's contacts goes through, from the first in the window on, until it turns
 * to its fallback; then somebody answers. */
static enum ps_life_effect with_forced_fallback(struct ps_life_look *look)
{
    ps_time until, blocked = ps_life_contact_after(look->life, began(look));
    const struct ps_fallback *fallback =
        ps_life_forced_fallback(look->life, look->w, blocked, look->t, &until);
    look->until = ps_earlier(look->until, until);
    return fallback ? with_other_trust(look, fallback) : PS_EFFECT_NONE;
}

/* U10. The thief has the server as it was first, with the key of its tickets; its certificate is
 * revoked from the threat's beginning on (X10), or has ended. A device that would refuse it resumes
 * what it held. */
static enum ps_life_effect by_resuming(struct ps_life_look *look)
{
    struct ps_life_probe probe = {
        .threat = look->life->threat, .presents = PS_ATTACK_X10, .resumes = true};
    if (!ps_life_accepts(look, PS_ROLE_PROBE, &probe))
        return PS_EFFECT_NONE;
    probe.resumes = false;
    return ps_life_accepts(look, PS_ROLE_PROBE, &probe) ? PS_EFFECT_NONE : PS_EFFECT_EXPOSED;
}

/* U13. All slots that were free when the attack began are taken; whoever did that. What came since
 * and needs more of them would not be there. Firmware and a platform's store come whole, and what
 * somebody put beside them is gone. */
static enum ps_life_effect with_full_store(struct ps_life_look *look, const struct ps_channel *c)
{
    const struct ps_trusts *trusts = look->w->trusts;
    const struct ps_life_span *before = ps_life_span_at(look->life, began(look)),
                              *since = ps_life_span_at(look->life, look->t);
    if (c->way == PS_WAY_NONE || c->way == PS_WAY_PLATFORM || c->firmware)
        return PS_EFFECT_NONE;
    bool dropped = anchor_slots(look, since) > anchor_slots(look, before) ||
                   ps_trusts_at(trusts, since->trust)->pin_count >
                       ps_trusts_at(trusts, before->trust)->pin_count;
    return dropped ? PS_EFFECT_EXPOSED : PS_EFFECT_NONE;
}

/* U11. The genuine server is accepted, and no longer is where the clock has been set ahead. A clock
 * that stores what it showed stays there. */
static enum ps_life_effect with_clock_ahead(struct ps_life_look *look)
{
    const struct ps_life_probe right = {.clock_ahead = false}, ahead = {.clock_ahead = true};
    const struct ps_plan_threat *threat = &look->w->world->plan->threats[look->life->threat];
    if (!ps_clock_believes(strategy_of(look)->time.clock))
        return PS_EFFECT_NONE;
    if (look->t.s >= threat->until.s && look->life->exposed_s == 0)
        return PS_EFFECT_NONE;
    bool exposed = ps_life_accepts(look, PS_ROLE_TELEMETRY, &right) &&
                   !ps_life_accepts(look, PS_ROLE_TELEMETRY, &ahead);
    return exposed ? PS_EFFECT_EXPOSED : PS_EFFECT_NONE;
}

enum ps_life_effect ps_life_channel_effect(struct ps_life_look *look)
{
    const struct ps_channel *c = ps_life_channel(look->life, look->w);
    switch (look->w->world->plan->threats[look->life->threat].attack) {
    case PS_ATTACK_U01:
        return taken_if(c->plain && !c->tls && accepts_plain(look, PS_SENDS_FORGED));
    case PS_ATTACK_U02:
        return taken_if(accepts_impostor(look, PS_SENDS_FORGED));
    case PS_ATTACK_U03:
        return with_older(look, c);
    case PS_ATTACK_U04:
        return frozen(look);
    case PS_ATTACK_U05:
        return with_stolen_key(look, c);
    case PS_ATTACK_U06:
        return at_first_contact(look);
    case PS_ATTACK_U07:
        return by_announcing(look, c);
    case PS_ATTACK_U08:
        return with_shared_secret(look, c);
    case PS_ATTACK_U09:
        return with_forced_fallback(look);
    case PS_ATTACK_U10:
        return by_resuming(look);
    case PS_ATTACK_U11:
        return with_clock_ahead(look);
    case PS_ATTACK_U13:
        return with_full_store(look, c);
    case PS_ATTACK_U12:
        return taken_if(c->plain && c->tls && accepts_plain(look, PS_SENDS_FORGED));
    default:
        assert(!"an attack on channels");
        return PS_EFFECT_NONE;
    }
}
