/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/fleet.h"

#include <string.h>
#include "engine/clock.h"

static uint64_t draw(const struct ps_world *world, const struct ps_device *device,
                     enum ps_purpose purpose)
{
    return ps_random_u64(world->seed, device->subject, purpose, 0);
}

/* Whoever is set up at first power counts the contacts from then on. */
static void draw_contacts(const struct ps_world *world, const struct ps_plan_cohort *c,
                          struct ps_device *d)
{
    uint64_t phase = 0;
    if (c->setup_endpoint == PS_PLAN_NONE)
        phase = ps_random_below(draw(world, d, PS_PURPOSE_PHASE), (uint64_t)c->every.s);
    d->first_slot.s = d->boot.s + (int64_t)phase;
    d->schedule = ps_schedule_new(world, d);
    d->first_slot = ps_schedule_first(d->schedule, d->first_slot, c->every.s, world->plan->from);
    d->first_contact = ps_schedule_at(d->schedule, d->first_slot, c->every.s, 0);
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
    d.retired = c->retire;
    if (c->has_life) {
        int64_t life = ps_distribution_draw(&c->life, draw(world, &d, PS_PURPOSE_LIFE)).s;
        if (d.boot.s + life < d.retired.s)
            d.retired.s = d.boot.s + life;
    }
    draw_contacts(world, c, &d);
    d.synchronised = PS_TIME_NEVER;
    if (!ps_random_hit(draw(world, &d, PS_PURPOSE_NTP_BLOCKED), c->ntp_blocked))
        d.synchronised.s =
            d.boot.s + ps_distribution_draw(&c->ntp_delay, draw(world, &d, PS_PURPOSE_NTP_DELAY)).s;
    ps_device_draw_clock(world, &d);
    *ret_device = d;
}

void ps_device_deinit(struct ps_device *device)
{
    ps_schedule_free(device->schedule);
    device->schedule = NULL;
}

struct ps_device ps_device_share(const struct ps_device *device)
{
    ps_schedule_share(device->schedule);
    return *device;
}

bool ps_device_boots(const struct ps_world *world, const struct ps_device *device)
{
    return device->first_contact.s < world->plan->until.s &&
           device->first_contact.s < device->retired.s;
}
