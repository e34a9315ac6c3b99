/* SPDX-License-Identifier: Apache-2.0
 *
 * Invariants of lives: what must hold whatever the scenario, checked while a chunk is lived. They
 * are on in debug builds (CMake's PS_INVARIANTS) and not there in others. Each is a file:
 *
 *   one_state    a device is in exactly one state, and the states sum up to the chunk's devices
 *   time_order   time never goes back
 *   contacted    no outcome without a contact
 *   exposure     exposure only where a probe was accepted
 *
 * (loop/balance.h has the one of links.) One that is broken is a mistake of the program, not of the
 * scenario; it ends the run all the same as an operating error does, with a message that names the
 * invariant, the device and the strategy.
 *
 * One struct ps_invariants belongs to one worker.
 */
#ifndef HARNESS_ENGINE_INVARIANTS_H
#define HARNESS_ENGINE_INVARIANTS_H

#include "engine/invariants/one_state.h"
#include "engine/life.h"
#include "harness/how.h"

struct ps_invariants {
    const struct ps_plan *plan;
    struct ps_states states;
    ps_status status; /* PS_OK, or the first that was broken */
    struct ps_error err;
};

/* NULL in builds that check nothing. */
struct ps_invariants *ps_invariants_new(const struct ps_world *world);
void ps_invariants_free(struct ps_invariants *invariants); /* NULL allowed */

/* All of these take NULL and do nothing then. A chunk begins. */
void ps_invariants_begin(struct ps_invariants *invariants);
/* One step of the life has been made, which counted these contacts. */
void ps_invariants_stepped(struct ps_invariants *invariants, struct ps_life *life,
                           uint64_t accepted, uint64_t failed);
/* The life is over. */
void ps_invariants_life_over(struct ps_invariants *invariants, struct ps_life *life);
/* The chunk is over, with so many devices. */
PS_MUST_USE ps_status ps_invariants_end(const struct ps_invariants *invariants, uint64_t devices,
                                        struct ps_error *err);

/* For ps_life_watch_* below. */
void ps_invariants_state(struct ps_invariants *invariants, struct ps_life *life,
                         const struct ps_states_stretch *stretch);
void ps_invariants_exposed(struct ps_invariants *invariants, struct ps_life *life,
                           enum ps_attack attack);

/* What lives tell. A rehearsal is not counted. */
static inline bool ps_life_is_watched(const struct ps_life *life, const struct ps_life_world *w)
{
    return PS_INVARIANTS_ON && w->invariants && !life->rehearsing;
}
/* It was in `state` for from <= t < until. */
static inline void ps_life_watch_state(struct ps_life *life, const struct ps_life_world *w,
                                       enum ps_device_state state, ps_time from, ps_time until)
{
    if (ps_life_is_watched(life, w)) {
        const struct ps_states_stretch stretch = {life->strategy, state, from, until};
        ps_invariants_state(w->invariants, life, &stretch);
    }
}
/* What a probe of the walked threat came to. */
static inline void ps_life_watch_probe(struct ps_life *life, const struct ps_life_world *w,
                                       bool accepted)
{
    if (ps_life_is_watched(life, w))
        life->watched.probe_accepted |= accepted;
}
/* The walk of the life's threat is over. */
static inline void ps_life_watch_exposed(struct ps_life *life, const struct ps_life_world *w)
{
    if (ps_life_is_watched(life, w))
        ps_invariants_exposed(w->invariants, life, w->world->plan->threats[life->threat].attack);
}

#endif
