/* SPDX-License-Identifier: Apache-2.0
 *
 * Turns: what is to be done in the next turn of a worker's loop, from a clean stack. The memory
 * link carries bytes with it, held-back bytes wait in it, and a failing batch is torn down by it.
 *
 * A call added while a turn runs belongs to the following turn, so a turn always ends. Order is the
 * order of adding. One idle handle is active while calls wait; none is when there are none.
 */
#ifndef HARNESS_LOOP_TURNS_H
#define HARNESS_LOOP_TURNS_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* One call that can wait. Owned by whoever embeds it; must not move or go while `queued`. */
struct ps_turn {
    void (*call)(void *context);
    void *context;
    bool queued;
    uint64_t number; /* the turn in which it was added */
    struct ps_turn *prev, *next;
};

struct ps_turns {
    uv_idle_t idle;
    uint64_t number;
    struct ps_turn *waiting;
};

void ps_turns_init(struct ps_turns *turns, uv_loop_t *loop);
/* Nothing happens if it waits already. */
void ps_turns_add(struct ps_turns *turns, struct ps_turn *turn);
/* Nothing happens if it does not wait. */
void ps_turns_cancel(struct ps_turns *turns, struct ps_turn *turn);
/* Nothing may wait. The memory is in use until the loop ran dry. */
void ps_turns_close(struct ps_turns *turns);

#endif
