/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fleet.h"

#include <string.h>

static uint64_t draw(const struct ps_world *world, const struct ps_device *device,
                     enum ps_purpose purpose)
{
    return ps_random_u64(world->seed, device->subject, purpose, 0);
}

void ps_device_draw(const struct ps_world *world, uint32_t cohort, uint32_t number,
                    struct ps_device *ret_device)
{
    const struct ps_plan *plan = world->plan;
    const struct ps_plan_cohort *c = &plan->cohorts[cohort];
    struct ps_device d;
    memset(&d, 0, sizeof d);
    d.cohort = cohort;
    d.number = number;
    d.subject = (struct ps_subject){ps_text_hash(c->name), number};
    d.stage.device = d.subject;
    d.stage.region = (uint32_t)ps_random_below(draw(world, &d, PS_PURPOSE_REGION), plan->regions);
    uint64_t made_span = (uint64_t)(c->made_until.s - c->made_from.s) + 1;
    d.made.s =
        c->made_from.s + (int64_t)ps_random_below(draw(world, &d, PS_PURPOSE_MADE), made_span);
    d.boot.s = d.made.s + ps_distribution_draw(&c->shelf, draw(world, &d, PS_PURPOSE_SHELF)).s;
    d.retired = PS_TIME_NEVER;
    if (c->has_life)
        d.retired.s = d.boot.s + ps_distribution_draw(&c->life, draw(world, &d, PS_PURPOSE_LIFE)).s;
    uint64_t phase = ps_random_below(draw(world, &d, PS_PURPOSE_PHASE), (uint64_t)c->every.s);
    d.first_contact.s = d.boot.s + (int64_t)phase;
    if (d.first_contact.s < plan->from.s) {
        int64_t missed = (plan->from.s - d.first_contact.s + c->every.s - 1) / c->every.s;
        d.first_contact.s += missed * c->every.s;
    }
    d.synchronised = PS_TIME_NEVER;
    if (!ps_random_hit(draw(world, &d, PS_PURPOSE_NTP_BLOCKED), c->ntp_blocked))
        d.synchronised.s =
            d.boot.s + ps_distribution_draw(&c->ntp_delay, draw(world, &d, PS_PURPOSE_NTP_DELAY)).s;
    *ret_device = d;
}

bool ps_device_boots(const struct ps_world *world, const struct ps_device *device)
{
    return device->first_contact.s < world->plan->until.s &&
           device->first_contact.s < device->retired.s;
}

struct ps_device_clock ps_device_clock(const struct ps_device *device,
                                       const struct ps_strategy *strategy, ps_time build)
{
    struct ps_device_clock clock = {.kind = strategy->time.clock,
                                    .zero = device->boot,
                                    .synchronised = device->synchronised,
                                    .floor = strategy->time.floor};
    switch (clock.kind) {
    case PS_CLOCK_RTC:
    case PS_CLOCK_EPOCH_BOOT:
        break;
    case PS_CLOCK_BUILD_FLOOR:
        if (build.s > clock.floor.s)
            clock.floor = build;
        break;
    case PS_CLOCK_LAST_KNOWN:
        clock.zero.s -= device->made.s; /* at boot it shows that */
        break;
    case PS_CLOCK_NTP:
    case PS_CLOCK_NTS:
    case PS_CLOCK_ROUGHTIME:
        if (clock.synchronised.s != PS_TIME_NEVER.s)
            clock.synchronised = device->boot;
        break;
    case PS_CLOCK_PEER_DATE:
    case PS_CLOCK_IGNORE:
        clock.kind = PS_CLOCK_RTC;
        break;
    }
    return clock;
}

bool ps_clock_believes(enum ps_clock kind)
{
    switch (kind) {
    case PS_CLOCK_RTC:
    case PS_CLOCK_NTS:
    case PS_CLOCK_ROUGHTIME:
    case PS_CLOCK_IGNORE:
        return false;
    case PS_CLOCK_EPOCH_BOOT:
    case PS_CLOCK_BUILD_FLOOR:
    case PS_CLOCK_LAST_KNOWN:
    case PS_CLOCK_NTP:
    case PS_CLOCK_PEER_DATE:
        break;
    }
    return true;
}

static bool is_right(const struct ps_device_clock *clock, ps_time t)
{
    return clock->kind == PS_CLOCK_RTC || t.s >= clock->synchronised.s;
}

ps_time ps_clock_read(const struct ps_device_clock *clock, ps_time t)
{
    ps_time shown = is_right(clock, t) ? t : (ps_time){t.s - clock->zero.s};
    return shown.s < clock->floor.s ? clock->floor : shown;
}

ps_time ps_clock_reaches(const struct ps_device_clock *clock, ps_time t, ps_time date)
{
    if (date.s == PS_TIME_NEVER.s || ps_clock_read(clock, t).s >= date.s)
        return PS_TIME_NEVER;
    /* Above the floor the clock runs with true time, so it shows `date` exactly then. */
    ps_time when = is_right(clock, t) ? date : (ps_time){date.s + clock->zero.s};
    return when.s < ps_clock_stretch_end(clock, t).s ? when : PS_TIME_NEVER;
}

ps_time ps_clock_stretch_end(const struct ps_device_clock *clock, ps_time t)
{
    return is_right(clock, t) ? PS_TIME_NEVER : clock->synchronised;
}
