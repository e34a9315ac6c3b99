/* SPDX-License-Identifier: Apache-2.0
 *
 * Another trust to go to when the device's own fails. A fallback applies at a contact when so many
 * contacts in a row before it failed as it says, and the first of them so long ago; of several the
 * first that applies is taken. Then, at that contact and each one after it:
 *
 *   all          the contact is tried with the device's own trust first and, refused, again with
 *                the other; either is enough
 *   update_only  the same is done when updates are fetched, and only then
 *
 * So nothing has to be decided to go back: at the first contact that the own trust accepts the
 * failures are forgotten. A fallback is a whole strategy, what it shows of its own included; it is
 * as it was shipped, for releases are of the device's own strategy. Or it lends its anchors only:
 * that is a hidden strategy of the plan, the device's own with these, and no release replaces them.
 */
#include "engine/life_private.h"

#include "base/memory.h"

static bool applies(const struct ps_fallback *fallback, uint64_t failures, ps_time since, ps_time t)
{
    return failures > 0 && failures >= fallback->failures && t.s - since.s >= fallback->since.s;
}

static uint32_t first_that_applies(const struct ps_strategy *strategy, uint64_t failures,
                                   ps_time since, ps_time t)
{
    for (uint32_t i = 0; i < strategy->fallback_count; i++)
        if (applies(&strategy->fallback[i], failures, since, t))
            return i;
    return PS_PLAN_NONE;
}

/* Contacts that fail. */
struct failing {
    uint64_t failures; /* before the contact of `slot` */
    ps_time since;     /* the first of them */
    ps_time slot;
    int64_t step;
};

/* When `fallback` will apply to contacts that go on failing, and does not at that of `slot`. Over a
 * gap fewer contacts fail than without. */
static ps_time applies_from(const struct ps_life *life, const struct ps_fallback *fallback,
                            const struct failing *f)
{
    const struct ps_schedule *schedule = life->device.schedule;
    uint64_t ahead = fallback->failures > f->failures ? fallback->failures - f->failures : 1;
    ps_time slot = ps_schedule_skip(schedule, f->slot, f->step, ahead);
    slot = ps_schedule_first(schedule, slot, f->step, (ps_time){f->since.s + fallback->since.s});
    return ps_schedule_at(schedule, slot, f->step, 0);
}

static void note(struct ps_life *life, ps_time from, uint32_t fallback)
{
    uint32_t now = life->fall_count > 0 ? life->falls[life->fall_count - 1].fallback : PS_PLAN_NONE;
    struct ps_life_fall fall = {from, fallback};
    if (now != fallback)
        PS_PUSH(life->falls, life->fall_count, life->fall_capacity, fall);
}

const struct ps_fallback *ps_life_fallback_at(const struct ps_life *life,
                                              const struct ps_life_world *w, ps_time t,
                                              ps_time *ret_until)
{
    uint32_t found = PS_PLAN_NONE;
    *ret_until = PS_TIME_NEVER;
    for (size_t i = life->fall_count; i > 0 && found == PS_PLAN_NONE; i--) {
        const struct ps_life_fall *fall = &life->falls[i - 1];
        if (fall->from.s > t.s) {
            *ret_until = fall->from;
            continue;
        }
        if (fall->fallback == PS_PLAN_NONE)
            return NULL;
        found = fall->fallback;
    }
    return found == PS_PLAN_NONE ? NULL : &ps_life_strategy(life, w)->fallback[found];
}

uint32_t ps_life_other_trust(const struct ps_life *life, const struct ps_life_world *w,
                             uint32_t strategy, ps_time t, ps_time *ret_until)
{
    const struct ps_life_span *span = ps_life_span_at(life, t);
    struct ps_device_clock clock = ps_life_clock(life, w, span->build, span->from);
    bool lent = w->world->plan->strategies[strategy].lent; /* all but the anchors is as it is */
    const struct ps_trust_query query = {.device = &life->device,
                                         .strategy = strategy,
                                         .release = lent ? span->release : PS_PLAN_NONE,
                                         .t = t,
                                         .build = span->build,
                                         .loaded = ps_clock_read(&clock, span->from)};
    return ps_trust_of(w->trusts, w->world, &query, ret_until);
}

bool ps_life_find_resort(struct ps_life *life, const struct ps_life_world *w, bool direct,
                         struct ps_life_stretch *stretch, struct ps_life_resort *ret)
{
    const struct ps_strategy *strategy = ps_life_strategy(life, w);
    *ret = (struct ps_life_resort){.accepted = false};
    if (strategy->fallback_count == 0)
        return true;
    uint32_t found = PS_PLAN_NONE;
    if (!direct)
        found = first_that_applies(strategy, life->failures, life->failing_since, stretch->t);
    note(life, stretch->t, found);
    if (found == PS_PLAN_NONE || strategy->fallback[found].scope != PS_FALLBACK_ALL)
        return true;
    ps_time until;
    ps_life_spec(life, w, PS_ROLE_FALLBACK, stretch->t, &ret->spec, &until);
    stretch->until = ps_earlier(stretch->until, until);
    if (!w->ask(w->chunk, life, &ret->spec, &ret->verdict))
        return false;
    ret->asked = true;
    ret->accepted = w->accepted(w->chunk, ret->verdict);
    return true;
}

void ps_life_bound_resort(const struct ps_life *life, const struct ps_life_world *w, bool direct,
                          struct ps_life_stretch *stretch)
{
    const struct ps_strategy *strategy = ps_life_strategy(life, w);
    ps_time t = stretch->t, since = life->failures > 0 ? life->failing_since : t;
    const struct failing failing = {life->failures, since, stretch->slot, stretch->step};
    for (size_t i = 0; i < strategy->fallback_count && !direct; i++) {
        const struct ps_fallback *fallback = &strategy->fallback[i];
        if (applies(fallback, life->failures, since, t))
            return;
        stretch->until = ps_earlier(stretch->until, applies_from(life, fallback, &failing));
    }
}

void ps_life_use_resort(struct ps_life *life, const struct ps_life_world *w,
                        const struct ps_life_resort *resort, bool direct,
                        const struct ps_life_stretch *stretch)
{
    if (resort->asked)
        w->used(w->chunk, life, &resort->spec, resort->verdict, stretch->slot,
                (ps_duration){stretch->step}, stretch->count);
    if (!direct && life->failures == 0)
        life->failing_since = stretch->t;
    life->failures = direct ? 0 : life->failures + stretch->count;
}

const struct ps_fallback *ps_life_forced_fallback(const struct ps_life *life,
                                                  const struct ps_life_world *w, ps_time blocked,
                                                  ps_time t, ps_time *ret_until)
{
    const struct ps_strategy *strategy = ps_life_strategy(life, w);
    const struct ps_schedule *schedule = life->device.schedule;
    int64_t every = ps_life_cohort(life, w)->every.s;
    *ret_until = PS_TIME_NEVER;
    if (t.s < blocked.s) {
        *ret_until = blocked;
        return NULL;
    }
    /* The last contact at or before `t` is the one that the question is about. */
    struct failing f = {.since = blocked, .step = every};
    f.slot = ps_schedule_first(schedule, life->device.first_slot, every, blocked);
    f.failures = ps_schedule_due(schedule, &f.slot, every, t);
    uint32_t found = first_that_applies(strategy, f.failures, blocked,
                                        ps_schedule_at(schedule, f.slot, every, 0));
    for (uint32_t i = 0; i < strategy->fallback_count && i < found; i++)
        *ret_until = ps_earlier(*ret_until, applies_from(life, &strategy->fallback[i], &f));
    return found == PS_PLAN_NONE ? NULL : &strategy->fallback[found];
}
