/* SPDX-License-Identifier: Apache-2.0
 *
 * Tickets: what a device holds of a contact that verified the server, and resumes the session with
 * as long as `ticket_lifetime` says, counted from that contact on the device's own tick. A resumed
 * contact verifies nothing, is not asked for a certificate, and does not prolong the ticket (RFC
 * 8446 section 4.6.1 bounds the lifetime of what the first handshake vouched for). Updates are
 * fetched in contacts of their own, which verify anew.
 *
 * A server takes its tickets as long as it has the key that it made them with: over renewals of its
 * leaf, until a change gives it a leaf with another key. A release restarts the device, which then
 * holds none. A contact that fails leaves the ticket as it was.
 *
 * As long as what a full contact reads does not change, full contacts and resumed ones alternate
 * and all are accepted: the stretch is one, with a full contact at its first and then each time
 * when the ticket has ended.
 */
#include "engine/life_private.h"

#include "base/memory.h"

static bool wants_tickets(const struct ps_strategy *strategy)
{
    return strategy->resumption.enabled && strategy->resumption.ticket_lifetime.s > 0 &&
           strategy->chain.engine != PS_ENGINE_PSK;
}

/* The server has the same key for tickets at `t` as it had at `then`. */
static bool is_kept(const struct ps_life *life, const struct ps_life_world *w, ps_time then,
                    ps_time t, ps_time *ret_until)
{
    const struct ps_world *world = w->world;
    uint32_t endpoint = ps_life_cohort(life, w)->endpoint;
    ps_time until;
    uint32_t was = ps_world_serving(world, endpoint, then, &life->device.stage, &until);
    uint32_t is = ps_world_serving(world, endpoint, t, &life->device.stage, ret_until);
    uint32_t old = world->servings[was].line, young = world->servings[is].line;
    if (old == young)
        return true;
    uint32_t leaf = ps_world_leaf(world, old, then), other = ps_world_leaf(world, young, t);
    return world->leaves[leaf].key == world->leaves[other].key;
}

bool ps_life_ticket_at(const struct ps_life *life, const struct ps_life_world *w, ps_time t,
                       ps_time *ret_verified, ps_time *ret_until)
{
    size_t i = life->ticket_count;
    *ret_until = PS_TIME_NEVER;
    while (i > 0 && life->tickets[i - 1].from.s >= t.s)
        ret_until->s = life->tickets[--i].from.s + 1;
    if (i == 0)
        return false;
    const struct ps_life_ticket *ticket = &life->tickets[i - 1];
    uint64_t number = (uint64_t)((t.s - 1 - ticket->from.s) / ticket->period_s);
    if (number + 1 >= ticket->count)
        number = ticket->count - 1;
    else
        *ret_until = (ps_time){ticket->from.s + (int64_t)(number + 1) * ticket->period_s + 1};
    ps_time verified = {ticket->from.s + (int64_t)number * ticket->period_s}, kept;
    ps_duration lifetime = ps_life_strategy(life, w)->resumption.ticket_lifetime;
    ps_time end = ps_earlier((ps_time){verified.s + lifetime.s}, ticket->until);
    if (t.s >= end.s)
        return false;
    *ret_verified = verified;
    bool held = is_kept(life, w, verified, t, &kept);
    *ret_until = ps_earlier(ps_earlier(*ret_until, end), kept);
    return held;
}

enum ps_contact_role ps_life_telemetry(struct ps_life *life, const struct ps_life_world *w)
{
    ps_time verified, until;
    /* Of a stretch that waited for a verdict. */
    while (life->ticket_count > 0 && life->tickets[life->ticket_count - 1].from.s >= life->t.s)
        life->ticket_count--;
    bool holds = wants_tickets(ps_life_strategy(life, w)) &&
                 ps_life_ticket_at(life, w, life->t, &verified, &until);
    return holds ? PS_ROLE_RESUMED : PS_ROLE_TELEMETRY;
}

bool ps_life_find_tickets(struct ps_life *life, const struct ps_life_world *w,
                          const struct ps_life_meeting *meeting, struct ps_life_stretch *stretch,
                          struct ps_life_resuming *ret)
{
    const struct ps_strategy *strategy = ps_life_strategy(life, w);
    *ret = (struct ps_life_resuming){.gives = false};
    if (!meeting->accepted || meeting->spec.resumes || !wants_tickets(strategy) ||
        life->t.s < life->set_up.s)
        return true;
    int64_t period = ps_round_up(strategy->resumption.ticket_lifetime.s, stretch->step);
    struct ps_life_ticket ticket = {stretch->t, period, UINT64_MAX, PS_TIME_NEVER};
    PS_PUSH(life->tickets, life->ticket_count, life->ticket_capacity, ticket);
    ret->gives = true;
    /* Contacts that come as they like end it at other numbers each time. */
    if (life->device.schedule && life->device.schedule->jitter_s > 0)
        ps_life_cut(stretch, stretch->t);
    ps_time second = {stretch->t.s + stretch->step}, until;
    if (period == stretch->step || second.s >= stretch->until.s)
        return true;
    ps_life_spec(life, w, PS_ROLE_RESUMED, second, &ret->spec, &until);
    if (!w->ask(w->chunk, life, &ret->spec, &ret->verdict))
        return false;
    ret->asked = true;
    if (!w->accepted(w->chunk, ret->verdict))
        stretch->until = ps_earlier(stretch->until, (ps_time){stretch->t.s + 1});
    return true;
}

void ps_life_use_contacts(struct ps_life *life, const struct ps_life_world *w,
                          const struct ps_life_meeting *meeting,
                          const struct ps_life_resuming *resuming,
                          const struct ps_life_stretch *stretch)
{
    int64_t step = stretch->step;
    uint64_t count = stretch->count;
    if (!resuming->gives) {
        w->used(w->chunk, life, &meeting->spec, meeting->verdict, stretch->slot,
                (ps_duration){step}, count);
        return;
    }
    struct ps_life_ticket *ticket = &life->tickets[life->ticket_count - 1];
    uint64_t between = (uint64_t)(ticket->period_s / step) - 1, resumed = count - 1;
    ticket->count = resumed / (between + 1) + 1;
    w->used(w->chunk, life, &meeting->spec, meeting->verdict, stretch->slot,
            (ps_duration){ticket->period_s}, ticket->count);
    /* Those of the first ticket stand for all; who listens hears of all. */
    uint64_t told = w->listener ? ticket->count : 1;
    for (uint64_t i = 0; i < told && resumed > 0; i++) {
        uint64_t of_it = resumed < between ? resumed : between;
        ps_time first = {stretch->slot.s + (int64_t)i * ticket->period_s + step};
        if (of_it > 0)
            w->used(w->chunk, life, &resuming->spec, resuming->verdict, first, (ps_duration){step},
                    of_it);
        resumed -= resumed < between + 1 ? resumed : between + 1;
    }
}

void ps_life_drop_ticket(struct ps_life *life, ps_time from)
{
    if (life->ticket_count > 0)
        life->tickets[life->ticket_count - 1].until = from;
}
