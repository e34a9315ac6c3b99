/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/turns.h"

#include <assert.h>
#include <stddef.h>
#include <utlist.h>

static void on_turn(uv_idle_t *idle)
{
    struct ps_turns *turns = idle->data;
    uint64_t now = turns->number++;
    while (turns->waiting != NULL && turns->waiting->number <= now) {
        struct ps_turn *turn = turns->waiting;
        DL_DELETE(turns->waiting, turn);
        turn->queued = false;
        turn->call(turn->context);
    }
    if (turns->waiting == NULL)
        uv_idle_stop(idle);
}

void ps_turns_init(struct ps_turns *turns, uv_loop_t *loop)
{
    *turns = (struct ps_turns){0};
    uv_idle_init(loop, &turns->idle); /* cannot fail */
    turns->idle.data = turns;
}

void ps_turns_add(struct ps_turns *turns, struct ps_turn *turn)
{
    if (turn->queued)
        return;
    if (turns->waiting == NULL)
        uv_idle_start(&turns->idle, on_turn);
    turn->queued = true;
    turn->number = turns->number;
    DL_APPEND(turns->waiting, turn);
}

void ps_turns_cancel(struct ps_turns *turns, struct ps_turn *turn)
{
    if (!turn->queued)
        return;
    DL_DELETE(turns->waiting, turn);
    turn->queued = false;
}

void ps_turns_close(struct ps_turns *turns)
{
    assert(turns->waiting == NULL);
    uv_close((uv_handle_t *)&turns->idle, NULL);
}
