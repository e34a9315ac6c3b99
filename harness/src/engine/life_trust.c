/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/life_private.h"

#include <assert.h>
#include "base/memory.h"
#include "engine/track.h"

const struct ps_plan_cohort *ps_life_cohort(const struct ps_life *life,
                                            const struct ps_life_world *w)
{
    return &w->world->plan->cohorts[life->device.cohort];
}

const struct ps_strategy *ps_life_strategy(const struct ps_life *life,
                                           const struct ps_life_world *w)
{
    return &w->world->plan->strategies[life->strategy];
}

/* When the firmware in use was built. */
static ps_time build_of(const struct ps_life *life, const struct ps_life_world *w)
{
    ps_time made = life->device.made;
    if (life->release == PS_PLAN_NONE || !ps_life_channel(life, w)->firmware)
        return made;
    ps_time released = w->world->plan->events[life->release].at;
    return released.s > made.s ? released : made; /* a clock's floor is never lowered */
}

/* What it carries depends on what its clock showed when it loaded that. */
static bool looks_at_load(const struct ps_life *life, const struct ps_life_world *w)
{
    const struct ps_strategy *strategy = ps_life_strategy(life, w);
    const struct ps_strategy *fetching = &w->world->plan->strategies[strategy->update.trust];
    return strategy->time.anchor_dates == PS_DATES_CHECK_AT_LOAD ||
           fetching->time.anchor_dates == PS_DATES_CHECK_AT_LOAD;
}

void ps_life_enter_trust(struct ps_life *life, const struct ps_life_world *w, ps_time from)
{
    life->plain.clock_until = life->plain.clock_from; /* found anew, with its own floor */
    struct ps_life_span span = {.from = from, .build = build_of(life, w), .release = life->release};
    const bool looks = looks_at_load(life, w);
    struct ps_learned learned = ps_life_learned(life);
    struct ps_trust_query query = {.device = &life->device,
                                   .strategy = life->strategy,
                                   .release = life->release,
                                   .t = from,
                                   .build = span.build,
                                   .loaded = from,
                                   .learned = &learned};
    if (looks) {
        struct ps_device_clock clock = ps_life_clock(life, w, span.build, from);
        query.loaded = ps_clock_read(&clock, from);
    }
    bool keeps = query.loaded.s == from.s;
    if (keeps && ps_life_find_trust_plain(life, w, &span)) {
        PS_PUSH(life->spans, life->span_count, life->span_capacity, span);
        return;
    }
    span.trust = span.update_trust = ps_trust_of(w->trusts, w->world, &query, &life->trust_until);
    query.strategy = ps_life_strategy(life, w)->update.trust;
    if (query.strategy != life->strategy) { /* a root of its own, that no release replaces */
        ps_time until;
        query.release = PS_PLAN_NONE;
        query.learned = NULL;
        span.update_trust = ps_trust_of(w->trusts, w->world, &query, &until);
        life->trust_until = ps_earlier(life->trust_until, until);
    }
    if (keeps)
        ps_life_keep_trust_plain(life, w, &span, looks);
    PS_PUSH(life->spans, life->span_count, life->span_capacity, span);
}

/* Power is back: anchors are loaded again, by one who looks at their dates then. */
static void boot_anew(struct ps_life *life, const struct ps_life_world *w)
{
    ps_time at = life->power_at;
    ps_schedule_booted(&life->device, at, &life->power_at);
    ps_life_enter_trust(life, w, at);
}

/* A live store changes by itself, also while the device sleeps or after its last contact; so does
 * trust that was announced for a day. */
void ps_life_follow_store(struct ps_life *life, const struct ps_life_world *w, ps_time until)
{
    for (;;) {
        ps_time at = ps_earlier(life->trust_until, life->coming_at);
        if (life->power_at.s < until.s && life->power_at.s < at.s) {
            boot_anew(life, w);
            continue;
        }
        if (at.s >= until.s)
            return;
        if (life->coming_at.s == at.s) {
            life->release = life->coming;
            life->coming = PS_PLAN_NONE;
            life->coming_at = PS_TIME_NEVER;
        }
        ps_life_enter_trust(life, w, at);
    }
}

/* Out of service before the scenario is over. */
bool ps_life_is_retired(const struct ps_life *life, const struct ps_life_world *w)
{
    return life->device.retired.s < w->world->plan->until.s;
}

const struct ps_life_span *ps_life_span_at(const struct ps_life *life, ps_time t)
{
    assert(life->span_count > 0);
    size_t i = life->span_count - 1;
    while (i > 0 && life->spans[i].from.s > t.s)
        i--;
    return &life->spans[i];
}

/* The end of the trust span that `t` lies in. */
ps_time ps_life_span_end(const struct ps_life *life, ps_time t)
{
    for (size_t i = 0; i < life->span_count; i++)
        if (life->spans[i].from.s > t.s)
            return life->spans[i].from;
    return PS_TIME_NEVER;
}
