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
    return ps_channel_offer(ps_life_channel(life, w), life->offered, t, ret_until);
}

/* In which slots those of a stretch are, however long it is. */
static struct ps_life_run poll_slots(const struct ps_life *life, const struct ps_life_world *w,
                                     const struct ps_life_stretch *stretch)
{
    struct ps_life_run polls = {.first = stretch->slot, .step = stretch->step};
    int64_t interval = ps_life_channel(life, w)->poll.s;
    if (life->next_poll.s > stretch->slot.s)
        polls.first.s += (life->next_poll.s - stretch->slot.s + stretch->step - 1) / stretch->step *
                         stretch->step;
    if (interval > stretch->step)
        polls.step = (interval + stretch->step - 1) / stretch->step * stretch->step;
    return polls;
}

struct ps_life_run ps_life_polls(const struct ps_life *life, const struct ps_life_world *w,
                                 const struct ps_life_stretch *stretch)
{
    struct ps_life_run polls = poll_slots(life, w, stretch);
    polls.count =
        ps_schedule_before(life->device.schedule, polls.first, polls.step, stretch->until);
    return polls;
}

ps_time ps_life_run_from(const struct ps_life *life, const struct ps_life_run *run, ps_time t)
{
    uint64_t n = ps_schedule_before(life->device.schedule, run->first, run->step, t);
    return n < run->count ? ps_life_run_at(life, run, n) : PS_TIME_NEVER;
}

void ps_life_note_polls(struct ps_life *life, const struct ps_life_world *w,
                        const struct ps_life_stretch *stretch)
{
    struct ps_life_run polls = poll_slots(life, w, stretch);
    int64_t last = stretch->slot.s + (int64_t)(stretch->count - 1) * stretch->step;
    if (polls.first.s > last)
        return;
    if (polls.step > stretch->step)
        last -= (last - polls.first.s) % polls.step;
    life->next_poll.s = last + ps_life_channel(life, w)->poll.s;
}

uint32_t ps_life_wanted(const struct ps_life *life, const struct ps_life_world *w,
                        ps_time *ret_until)
{
    const struct ps_channel_holder holder = {
        .offered = life->offered,
        .trust = ps_trusts_at(w->trusts, ps_life_span_at(life, life->t)->trust),
        .installed = life->coming != PS_PLAN_NONE ? life->coming : life->release};
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
        if (!w->ask(w->chunk, life, &questions[i], &verdict))
            return false;
        coming->asked[coming->asked_count].spec = questions[i];
        coming->asked[coming->asked_count++].verdict = verdict;
        *ret_accepted = w->accepted(w->chunk, verdict);
    }
    return true;
}

bool ps_life_find_coming(struct ps_life *life, const struct ps_life_world *w,
                         struct ps_life_stretch *stretch, struct ps_life_coming *ret_coming)
{
    const struct ps_channel *channel = ps_life_channel(life, w);
    struct ps_life_coming coming = {.poll = PS_TIME_NEVER, .release = PS_PLAN_NONE};
    *ret_coming = coming;
    if (channel->way == PS_WAY_NONE || channel->way == PS_WAY_SESSION)
        return true;
    ps_time until;
    uint32_t release = ps_life_wanted(life, w, &until);
    stretch->until = ps_earlier(stretch->until, until);
    if (release == PS_PLAN_NONE)
        return true;
    struct ps_contact_spec questions[PS_LIFE_QUESTIONS_MAX];
    size_t count;
    stretch->until =
        ps_earlier(stretch->until, note_questions(life, w, questions, &count, life->t));
    struct ps_life_run polls = ps_life_polls(life, w, stretch);
    if (polls.count == 0)
        return true;
    coming.poll = ps_life_run_at(life, &polls, 0);
    bool comes = channel->way != PS_WAY_CONTACT;
    if (!comes && !ask_all(life, w, questions, count, &coming, &comes))
        return false;
    if (comes) {
        coming.release = release;
        ps_life_cut(stretch, coming.poll);
    }
    *ret_coming = coming;
    return true;
}

void ps_life_settle_coming(const struct ps_life_stretch *stretch, struct ps_life_coming *coming)
{
    if (coming->poll.s < stretch->until.s)
        return;
    coming->release = PS_PLAN_NONE;
    coming->asked_count = 0;
}

struct ps_life_run ps_life_told_polls(const struct ps_life *life, const struct ps_life_world *w,
                                      const struct ps_life_stretch *stretch, ps_time poll,
                                      bool comes)
{
    if (w->listener && stretch && !comes)
        return ps_life_polls(life, w, stretch);
    return (struct ps_life_run){.first = poll, .step = 1, .count = 1};
}

void ps_life_use_coming(struct ps_life *life, const struct ps_life_world *w,
                        const struct ps_life_coming *coming, const struct ps_life_stretch *stretch)
{
    if (coming->asked_count == 0)
        return;
    struct ps_life_run polls =
        ps_life_told_polls(life, w, stretch, coming->poll, coming->release != PS_PLAN_NONE);
    for (size_t i = 0; i < coming->asked_count; i++)
        w->used(w->chunk, life, &coming->asked[i].spec, coming->asked[i].verdict, polls.first,
                (ps_duration){polls.step}, polls.count);
}

/* A release of today would be the one after what the device has missed. */
static bool is_left_behind(const struct ps_life *life, const struct ps_life_world *w)
{
    const struct ps_channel *channel = ps_life_channel(life, w);
    ps_time until, last = {life->end.s - 1};
    if (!channel->in_order)
        return false;
    uint32_t newest = ps_channel_offer(channel, life->offered, last, &until);
    /* Who has what was withdrawn since is ahead of that. */
    return life->release == PS_PLAN_NONE ? newest != PS_PLAN_NONE
                                         : newest != PS_PLAN_NONE && newest > life->release;
}

/* Over contacts that are refused nothing comes; but pins that were sent for a time end by
 * themselves. */
static bool find_reach_of_session(struct ps_life *life, const struct ps_life_world *w, ps_time last,
                                  bool *ret_reached)
{
    const struct ps_strategy *strategy = ps_life_strategy(life, w);
    struct ps_contact_spec ended;
    ps_time until;
    uint32_t verdict;
    *ret_reached = false;
    if (strategy->update.channel != PS_UPDATE_HPKP || strategy->pins.max_age.s == 0)
        return true;
    ps_life_spec(life, w, PS_ROLE_PINS, last, &ended, &until);
    if (!w->ask(w->chunk, life, &ended, &verdict))
        return false;
    w->used(w->chunk, life, &ended, verdict, last, (ps_duration){1}, 1);
    *ret_reached = w->accepted(w->chunk, verdict);
    return true;
}

bool ps_life_find_reach(struct ps_life *life, const struct ps_life_world *w, bool *ret_reached)
{
    const struct ps_channel *channel = ps_life_channel(life, w);
    ps_time until, last = {life->end.s - 1};
    struct ps_contact_spec questions[PS_LIFE_QUESTIONS_MAX];
    size_t count;
    struct ps_life_coming coming = {.poll = last};
    *ret_reached = false;
    switch (channel->way) {
    case PS_WAY_NONE:
        *ret_reached = ps_life_strategy(life, w)->update.channel == PS_UPDATE_DNS;
        return true;
    case PS_WAY_SESSION:
        return find_reach_of_session(life, w, last, ret_reached);
    case PS_WAY_PLATFORM:
        *ret_reached = true;
        return true;
    case PS_WAY_ANYHOW:
        ps_life_spec(life, w, PS_ROLE_TELEMETRY, last, &questions[0], &until);
        *ret_reached =
            ps_channel_heals(w->world, ps_trusts_at(w->trusts, questions[0].trust), &questions[0]);
        return true;
    case PS_WAY_CONTACT:
        break;
    }
    if (is_left_behind(life, w))
        return true;
    note_questions(life, w, questions, &count, last);
    if (!ask_all(life, w, questions, count, &coming, ret_reached))
        return false;
    ps_life_use_coming(life, w, &coming, NULL);
    return true;
}
