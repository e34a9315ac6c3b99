/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fleet.h"

#include <string.h>
#include "engine/clock.h"

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
    ps_device_draw_clock(world, &d);
    *ret_device = d;
}

bool ps_device_boots(const struct ps_world *world, const struct ps_device *device)
{
    return device->first_contact.s < world->plan->until.s &&
           device->first_contact.s < device->retired.s;
}
