/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/status.h"

#include <assert.h>

static ps_time earlier(ps_time a, ps_time b)
{
    return a.s < b.s ? a : b;
}

ps_time ps_world_revoked_at(const struct ps_world *world, struct ps_target target)
{
    ps_time found = PS_TIME_NEVER;
    for (size_t i = 0; i < world->revocation_count; i++)
        if (ps_target_is(world->revocations[i].target, target))
            found = earlier(found, world->revocations[i].at);
    return found;
}

bool ps_world_is_revoked(const struct ps_world *world, struct ps_target target, ps_time t)
{
    return ps_world_revoked_at(world, target).s <= t.s;
}

static ps_time outage_end(const struct ps_plan_event *event)
{
    if (event->as.outage.lasts.s == 0)
        return PS_TIME_NEVER;
    return (ps_time){event->at.s + event->as.outage.lasts.s};
}

static bool is_outage_of(const struct ps_plan_event *event, uint32_t authority)
{
    return event->kind == PS_EVENT_OUTAGE &&
           (event->as.outage.authority == authority || event->as.outage.authority == PS_PLAN_NONE);
}

uint32_t ps_world_down(const struct ps_world *world, uint32_t authority, ps_time t)
{
    uint32_t down = 0;
    for (size_t i = 0; i < world->plan->event_count; i++) {
        const struct ps_plan_event *event = &world->plan->events[i];
        if (is_outage_of(event, authority) && event->at.s <= t.s && t.s < outage_end(event).s)
            down |= event->as.outage.services;
    }
    return down;
}

ps_time ps_world_last_up(const struct ps_world *world, uint32_t authority, uint32_t service,
                         ps_time t)
{
    const struct ps_plan *plan = world->plan;
    /* Outages can overlap: back to the second before the one in force, and on with those that began
     * before it. */
    for (size_t i = plan->event_count; i-- > 0;) {
        const struct ps_plan_event *event = &plan->events[i];
        if (is_outage_of(event, authority) && (event->as.outage.services & service) != 0 &&
            event->at.s <= t.s && t.s < outage_end(event).s)
            t.s = event->at.s - 1;
    }
    return t;
}

ps_time ps_world_status_after(const struct ps_world *world, ps_time t)
{
    const struct ps_plan *plan = world->plan;
    ps_time found = ps_world_pushed_after(world, t);
    for (size_t i = 0; i < plan->event_count; i++) {
        const struct ps_plan_event *event = &plan->events[i];
        if (event->kind != PS_EVENT_OUTAGE && event->kind != PS_EVENT_REVOKE)
            continue;
        if (event->at.s > t.s)
            found = earlier(found, event->at);
        if (event->kind == PS_EVENT_OUTAGE && outage_end(event).s > t.s)
            found = earlier(found, outage_end(event));
    }
    for (size_t i = 0; i < plan->certificate_count; i++)
        if (plan->certificates[i].spec.not_before.s > t.s)
            found = earlier(found, plan->certificates[i].spec.not_before);
    return found;
}

ps_time ps_world_pushed_after(const struct ps_world *world, ps_time t)
{
    ps_time found = PS_TIME_NEVER;
    for (size_t i = 0; i < world->revocation_count; i++)
        if (world->revocations[i].pushed.s > t.s)
            found = earlier(found, world->revocations[i].pushed);
    return found;
}

static bool is_self_signed(const struct ps_plan_certificate *certificate)
{
    return certificate->of == certificate->issuer;
}

uint32_t ps_world_own_certificate(const struct ps_world *world, uint32_t authority, ps_time t)
{
    const struct ps_plan_certificate *all = world->plan->certificates;
    uint32_t found = PS_PLAN_NONE;
    for (uint32_t i = 0; i < world->plan->certificate_count; i++) {
        if (all[i].of != authority || all[i].spec.not_before.s > t.s)
            continue;
        if (found == PS_PLAN_NONE || all[i].spec.not_before.s > all[found].spec.not_before.s ||
            (all[i].spec.not_before.s == all[found].spec.not_before.s && is_self_signed(&all[i]) &&
             !is_self_signed(&all[found])))
            found = i;
    }
    return found;
}

/* The serving whose leaf and chain DNS tells of, and when that was true; PS_PLAN_NONE: nothing. */
static uint32_t told_serving(const struct ps_world *world, uint32_t serving, ps_time *t)
{
    while (world->servings[serving].tlsa == PS_TLSA_KEEP) {
        /* The first state of an endpoint keeps nothing. */
        assert(world->servings[serving].event != PS_PLAN_NONE);
        ps_time before = {world->servings[serving].from.s - 1};
        *t = earlier(*t, before);
        serving--;
    }
    return world->servings[serving].tlsa == PS_TLSA_ABSENT ? PS_PLAN_NONE : serving;
}

struct ps_target ps_world_tlsa_leaf(const struct ps_world *world, uint32_t serving, ps_time t)
{
    serving = told_serving(world, serving, &t);
    if (serving == PS_PLAN_NONE)
        return (struct ps_target){PS_TARGET_NONE, 0};
    return (struct ps_target){PS_TARGET_LEAF,
                              ps_world_leaf(world, world->servings[serving].line, t)};
}

/* Of the authority's self-signed certificates the newest that is valid at `t`, or if none is, the
 * newest of all. */
static uint32_t root_of(const struct ps_world *world, uint32_t authority, ps_time t)
{
    const struct ps_plan_certificate *all = world->plan->certificates;
    uint32_t found = PS_PLAN_NONE;
    bool found_valid = false;
    for (uint32_t i = 0; i < world->plan->certificate_count; i++) {
        if (all[i].of != authority || !is_self_signed(&all[i]))
            continue;
        bool valid = all[i].spec.not_before.s <= t.s && t.s <= all[i].spec.not_after.s;
        bool later =
            found == PS_PLAN_NONE || all[i].spec.not_before.s > all[found].spec.not_before.s;
        if ((valid && !found_valid) || (valid == found_valid && later)) {
            found = i;
            found_valid = valid;
        }
    }
    return found;
}

struct ps_target ps_world_tlsa_root(const struct ps_world *world, uint32_t serving, ps_time t)
{
    const struct ps_plan *plan = world->plan;
    serving = told_serving(world, serving, &t);
    if (serving == PS_PLAN_NONE)
        return (struct ps_target){PS_TARGET_NONE, 0};
    uint32_t leaf = ps_world_leaf(world, world->servings[serving].line, t);
    uint32_t authority = world->leaves[leaf].issuer;
    const struct ps_plan_chain *chain = ps_world_chain(world, serving, authority);
    if (chain && chain->count > 0)
        authority = plan->certificates[chain->certificates[chain->count - 1]].of;
    /* Up from there, by the authorities' newest certificates; a circle ends it. */
    for (size_t steps = 0; steps <= plan->authority_count; steps++) {
        uint32_t root = root_of(world, authority, t);
        if (root != PS_PLAN_NONE)
            return (struct ps_target){PS_TARGET_CERTIFICATE, root};
        uint32_t own = ps_world_own_certificate(world, authority, t);
        if (own == PS_PLAN_NONE)
            break;
        authority = plan->certificates[own].issuer;
    }
    return (struct ps_target){PS_TARGET_NONE, 0};
}

ps_time ps_status_day(ps_time t)
{
    const int64_t day = 86400;
    int64_t since = t.s % day;
    return (ps_time){t.s - (since < 0 ? since + day : since)};
}
