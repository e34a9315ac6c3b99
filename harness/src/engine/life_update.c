/* SPDX-License-Identifier: Apache-2.0
 *
 * What comes to a device over its update channel. Happy path: a release is on offer, the device
 * asks for it at a poll, in a contact of its own or through its platform, and takes it; it acts
 * from the next contact on. It does not come where the contact is refused over every transport, or
 * where the channel's rule says that this device may not have it.
 */
#include "engine/life_private.h"

const struct ps_channel *ps_life_channel(const struct ps_life *life, const struct ps_life_world *w)
{
    return &w->channels[life->strategy];
}

uint32_t ps_life_offer(const struct ps_life *life, const struct ps_life_world *w, ps_time t,
                       ps_time *ret_until)
{
    *ret_until = PS_TIME_NEVER;
    if (life->phase == PS_LIFE_REACH)
        return PS_RELEASE_RESCUE;
    return ps_channel_offer(ps_life_channel(life, w), w->world, &life->device, t, ret_until);
}

/* When the update channel is first asked within the stretch; NEVER if not in it. */
static ps_time first_poll(const struct ps_life *life, const struct ps_life_stretch *s)
{
    ps_time poll = s->t;
    if (life->next_poll.s > s->t.s)
        poll.s += (life->next_poll.s - s->t.s + s->step - 1) / s->step * s->step;
    return poll.s < s->until.s ? poll : PS_TIME_NEVER;
}

void ps_life_note_polls(struct ps_life *life, const struct ps_life_world *w,
                        const struct ps_life_stretch *stretch)
{
    ps_time poll = first_poll(life, stretch);
    if (poll.s == PS_TIME_NEVER.s)
        return;
    int64_t interval = ps_life_channel(life, w)->poll.s;
    int64_t step = interval <= stretch->step
                       ? stretch->step
                       : (interval + stretch->step - 1) / stretch->step * stretch->step;
    poll.s += (stretch->until.s - 1 - poll.s) / step * step;
    life->next_poll.s = poll.s + interval;
}

/* The release that the device would take at its next contact, and when that changes. */
static uint32_t wanted(const struct ps_life *life, const struct ps_life_world *w,
                       ps_time *ret_until)
{
    const struct ps_channel_holder holder = {
        .device = &life->device,
        .trust = &w->trusts->states[ps_life_span_at(life, life->t)->trust],
        .installed = life->release};
    return ps_channel_wanted(ps_life_channel(life, w), w->world, &holder, life->t, ret_until);
}

/* The questions that one poll asks, in their order, and when one of them becomes another. */
static ps_time note_questions(const struct ps_life *life, const struct ps_life_world *w,
                              struct ps_contact_spec questions[PS_LIFE_QUESTIONS_MAX],
                              size_t *ret_count, ps_time t)
{
    ps_time until, next;
    const struct ps_fallback *fallback = ps_life_fallback_at(life, w, t, &until);
    const struct ps_channel *own = ps_life_channel(life, w);
    const struct ps_channel *other = fallback ? &w->channels[fallback->strategy] : NULL;
    const struct {
        bool asked;
        enum ps_contact_role role;
    } all[PS_LIFE_QUESTIONS_MAX] = {{own->tls, PS_ROLE_UPDATE},
                                    {own->plain, PS_ROLE_UPDATE_PLAIN},
                                    {other && other->tls, PS_ROLE_FALLBACK_UPDATE},
                                    {other && other->plain, PS_ROLE_FALLBACK_UPDATE_PLAIN}};
    *ret_count = 0;
    for (size_t i = 0; i < PS_LIFE_QUESTIONS_MAX; i++) {
        if (!all[i].asked)
            continue;
        ps_life_spec(life, w, all[i].role, t, &questions[(*ret_count)++], &next);
        until = ps_earlier(until, next);
    }
    return until;
}

/* Asks until one is accepted. False: it waits. */
static bool ask_all(struct ps_life *life, const struct ps_life_world *w,
                    const struct ps_contact_spec *questions, size_t count,
                    struct ps_life_coming *coming, bool *ret_accepted)
{
    *ret_accepted = false;
    for (size_t i = 0; i < count && !*ret_accepted; i++) {
        uint32_t verdict;
        if (!w->ask(w->replay, life, &questions[i], &verdict))
            return false;
        coming->asked[coming->asked_count].spec = questions[i];
        coming->asked[coming->asked_count++].verdict = verdict;
        *ret_accepted = w->accepted(w->replay, verdict);
    }
    return true;
}

bool ps_life_find_coming(struct ps_life *life, const struct ps_life_world *w,
                         struct ps_life_stretch *stretch, struct ps_life_coming *ret_coming)
{
    const struct ps_channel *channel = ps_life_channel(life, w);
    struct ps_life_coming coming = {.poll = PS_TIME_NEVER, .release = PS_PLAN_NONE};
    *ret_coming = coming;
    if (channel->way == PS_WAY_NONE)
        return true;
    ps_time until;
    uint32_t release = wanted(life, w, &until);
    stretch->until = ps_earlier(stretch->until, until);
    if (release == PS_PLAN_NONE)
        return true;
    struct ps_contact_spec questions[PS_LIFE_QUESTIONS_MAX];
    size_t count;
    stretch->until =
        ps_earlier(stretch->until, note_questions(life, w, questions, &count, life->t));
    coming.poll = first_poll(life, stretch);
    if (coming.poll.s == PS_TIME_NEVER.s)
        return true;
    bool comes = channel->way != PS_WAY_CONTACT;
    if (!comes && !ask_all(life, w, questions, count, &coming, &comes))
        return false;
    if (comes) {
        coming.release = release;
        stretch->until = ps_earlier(stretch->until, (ps_time){coming.poll.s + 1});
    }
    *ret_coming = coming;
    return true;
}

void ps_life_use_coming(struct ps_life *life, const struct ps_life_world *w,
                        const struct ps_life_coming *coming)
{
    for (size_t i = 0; i < coming->asked_count; i++)
        w->used(w->replay, life, &coming->asked[i].spec, coming->asked[i].verdict, coming->poll,
                (ps_duration){1}, 1);
}

/* A release of today would be the one after what the device has missed. */
static bool is_left_behind(const struct ps_life *life, const struct ps_life_world *w)
{
    const struct ps_channel *channel = ps_life_channel(life, w);
    ps_time until, last = {life->end.s - 1};
    if (!channel->in_order)
        return false;
    return ps_channel_offer(channel, w->world, &life->device, last, &until) != life->release;
}

bool ps_life_find_reach(struct ps_life *life, const struct ps_life_world *w, bool *ret_reached)
{
    const struct ps_channel *channel = ps_life_channel(life, w);
    ps_time last = {life->end.s - 1};
    struct ps_contact_spec questions[PS_LIFE_QUESTIONS_MAX];
    size_t count;
    struct ps_life_coming coming = {.poll = last};
    *ret_reached = false;
    switch (channel->way) {
    case PS_WAY_NONE:
        *ret_reached = ps_life_strategy(life, w)->update.channel == PS_UPDATE_DNS;
        return true;
    case PS_WAY_SESSION: /* over contacts that are refused */
        return true;
    case PS_WAY_PLATFORM:
        *ret_reached = true;
        return true;
    case PS_WAY_ANYHOW:
        *ret_reached =
            ps_channel_heals(w->world, &w->trusts->states[ps_life_span_at(life, last)->trust]);
        return true;
    case PS_WAY_CONTACT:
        break;
    }
    if (is_left_behind(life, w))
        return true;
    note_questions(life, w, questions, &count, last);
    if (!ask_all(life, w, questions, count, &coming, ret_reached))
        return false;
    ps_life_use_coming(life, w, &coming);
    return true;
}
