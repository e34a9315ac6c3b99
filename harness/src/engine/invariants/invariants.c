/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/invariants/invariants.h"

#include <stdlib.h>
#include "base/memory.h"
#include "engine/invariants/contacted.h"
#include "engine/invariants/exposure.h"
#include "engine/invariants/time_order.h"

struct ps_invariants *ps_invariants_new(const struct ps_world *world)
{
    if (!PS_INVARIANTS_ON)
        return NULL;
    struct ps_invariants *invariants = ps_alloc(1, sizeof *invariants);
    invariants->plan = world->plan;
    invariants->status = PS_OK;
    ps_states_init(&invariants->states, world);
    return invariants;
}

void ps_invariants_free(struct ps_invariants *invariants)
{
    if (!invariants)
        return;
    ps_states_deinit(&invariants->states);
    free(invariants);
}

/* Keeps the first that is broken, with whose life it is. */
static void keep(struct ps_invariants *invariants, const struct ps_life *life, const char *name,
                 ps_status s, struct ps_error *err)
{
    const struct ps_plan *plan = invariants->plan;
    if (ps_is_ok(s) || !ps_is_ok(invariants->status))
        return;
    invariants->status = ps_wrap(err, s, "invariant '%s' is broken: device %s/%u, strategy '%s'",
                                 name, plan->cohorts[life->device.cohort].name, life->device.number,
                                 plan->strategies[life->strategy].name);
    invariants->err = *err;
}

void ps_invariants_begin(struct ps_invariants *invariants)
{
    if (invariants)
        ps_states_reset(&invariants->states);
}

void ps_invariants_stepped(struct ps_invariants *invariants, struct ps_life *life,
                           uint64_t accepted, uint64_t failed)
{
    if (!invariants)
        return;
    struct ps_error err = {{0}};
    life->watched.accepted += accepted;
    life->watched.failed += failed;
    keep(invariants, life, "time order", ps_time_order_check(life, &err), &err);
}

void ps_invariants_life_over(struct ps_invariants *invariants, struct ps_life *life)
{
    if (!invariants)
        return;
    struct ps_error err = {{0}};
    keep(invariants, life, "no outcome without a contact", ps_contacted_check(life, &err), &err);
    ps_status s =
        ps_states_end(&invariants->states, &life->watched, &life->device, life->strategy, &err);
    keep(invariants, life, "one state", s, &err);
}

ps_status ps_invariants_end(const struct ps_invariants *invariants, uint64_t devices,
                            struct ps_error *err)
{
    if (!invariants)
        return PS_OK;
    if (!ps_is_ok(invariants->status)) {
        *err = invariants->err;
        return invariants->status;
    }
    ps_status s = ps_states_check(&invariants->states, devices, err);
    return ps_is_ok(s) ? s : ps_wrap(err, s, "invariant 'one state' is broken");
}

void ps_invariants_state(struct ps_invariants *invariants, struct ps_life *life,
                         const struct ps_states_stretch *stretch)
{
    struct ps_error err = {{0}};
    ps_status s = ps_states_add(&invariants->states, &life->watched, stretch, &err);
    keep(invariants, life, "one state", s, &err);
}

void ps_invariants_exposed(struct ps_invariants *invariants, struct ps_life *life,
                           enum ps_attack attack)
{
    struct ps_error err = {{0}};
    ps_status s = ps_exposure_check(life, attack, &err);
    keep(invariants, life, "exposure", s, &err);
    life->watched.probe_accepted = false;
}
