/* SPDX-License-Identifier: Apache-2.0
 *
 * Invariant: at every second of the scenario a device is in exactly one state, and so at the
 * beginning of every epoch the states of a strategy's devices sum up to all of them.
 *
 * A life says its states as stretches of time, each where the one before ended. They are counted
 * epoch by epoch as differences, and summed up when the chunk is over.
 */
#ifndef HARNESS_ENGINE_INVARIANTS_ONE_STATE_H
#define HARNESS_ENGINE_INVARIANTS_ONE_STATE_H

#include "engine/fleet.h"
#include "engine/invariants/watched.h"
#include "base/status.h"

/* X(name, meaning) */
#define PS_DEVICE_STATES(X)                                                                        \
    X(NOT_BOOTED, "not booted yet")                                                                \
    X(WAITING, "booted, before its first due contact")                                             \
    X(UP, "connected at its last due contact")                                                     \
    X(DARK, "not connected at it")                                                                 \
    X(TAKEN_OVER, "in an attacker's hands")                                                        \
    X(RETIRED, "out of service")

#define X(name, meaning) PS_DEVICE_##name,
enum ps_device_state { PS_DEVICE_STATES(X) PS_DEVICE_STATE_COUNT };
#undef X

struct ps_states {
    ps_time from, until; /* the scenario's */
    ps_time *at;         /* epochs that begin in it, `from` first; owned */
    size_t epoch_count, strategy_count;
    int64_t *differences; /* (strategy * states + state) * (epochs + 1) + epoch; owned */
    uint64_t *lives;      /* by strategy: that are over; owned */
};

void ps_states_init(struct ps_states *states, const struct ps_world *world);
void ps_states_deinit(struct ps_states *states);
/* For the next chunk. */
void ps_states_reset(struct ps_states *states);

/* The life was in `state` for from <= t < until, which is where it stands. */
struct ps_states_stretch {
    uint32_t strategy;
    enum ps_device_state state;
    ps_time from, until;
};
PS_MUST_USE ps_status ps_states_add(struct ps_states *states, struct ps_watched *watched,
                                    const struct ps_states_stretch *stretch, struct ps_error *err);
/* The life is over: what was before its first contact and after its retirement. */
PS_MUST_USE ps_status ps_states_end(struct ps_states *states, struct ps_watched *watched,
                                    const struct ps_device *device, uint32_t strategy,
                                    struct ps_error *err);
/* The chunk is over: its devices have been lived with every strategy that was lived at all. */
PS_MUST_USE ps_status ps_states_check(const struct ps_states *states, uint64_t devices,
                                      struct ps_error *err);

#endif
