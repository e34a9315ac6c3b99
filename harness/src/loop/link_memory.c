/* SPDX-License-Identifier: Apache-2.0
 *
 * The memory link: bytes wait in a buffer per direction and arrive in the next turn of the loop.
 * No descriptors, no kernel, the same order of events as TCP.
 */
#include "loop/link.h"

#include <assert.h>
#include <stdbool.h>
#include <stdlib.h>
#include <utlist.h>
#include "base/memory.h"

struct ps_wire {
    struct ps_link *link;
    void *context;
    struct ps_turn turn;
    bool open, closing;
    struct inbox {
        struct ps_buffer bytes;
        bool ending, ended; /* after the bytes; and said so */
        enum ps_link_end how;
        bool gone; /* this side was reset: it neither sends nor receives */
    } to[PS_SIDE_COUNT];
    struct ps_wire *next;
};

struct ps_link {
    struct ps_link_options options;
    struct ps_wire *idle; /* wires to be used again */
    size_t wires;         /* in use */
};

static void inbox_deliver(struct ps_wire *wire, enum ps_side side)
{
    const struct ps_link_events *events = wire->link->options.events;
    struct inbox *inbox = &wire->to[side];
    if (inbox->gone)
        return;
    if (inbox->bytes.size > 0) {
        /* Taken out first: what is sent meanwhile belongs to the next turn. */
        struct ps_buffer bytes = inbox->bytes;
        inbox->bytes = (struct ps_buffer){0};
        events->arrived(wire->context, side, bytes.data, bytes.size);
        ps_buffer_deinit(&bytes);
    }
    if (!wire->closing && inbox->ending && !inbox->ended && inbox->bytes.size == 0) {
        inbox->ended = true;
        events->ended(wire->context, side, inbox->how);
    }
}

static void wire_release(struct ps_wire *wire)
{
    struct ps_link *link = wire->link;
    void *context = wire->context;
    for (int side = 0; side < PS_SIDE_COUNT; side++)
        ps_buffer_deinit(&wire->to[side].bytes);
    link->wires--;
    LL_PREPEND(link->idle, wire);
    link->options.events->closed(context);
}

static void on_turn(void *context)
{
    struct ps_wire *wire = context;
    const struct ps_link_events *events = wire->link->options.events;
    if (wire->closing) {
        wire_release(wire);
        return;
    }
    if (!wire->open) {
        wire->open = true;
        events->connected(wire->context);
        if (!wire->closing)
            events->accepted(wire->context);
        return;
    }
    inbox_deliver(wire, PS_SIDE_SERVER);
    if (!wire->closing)
        inbox_deliver(wire, PS_SIDE_DEVICE);
}

static void wire_wake(struct ps_wire *wire)
{
    ps_turns_add(wire->link->options.turns, &wire->turn);
}

static ps_status memory_make(const struct ps_link_options *options, struct ps_link **ret_link,
                             struct ps_error *err)
{
    (void)err;
    struct ps_link *link = ps_alloc(1, sizeof *link);
    link->options = *options;
    *ret_link = link;
    return PS_OK;
}

static void memory_close_listeners(struct ps_link *link)
{
    assert(link->wires == 0);
}

static void memory_free(struct ps_link *link)
{
    struct ps_wire *wire, *next;
    LL_FOREACH_SAFE(link->idle, wire, next)
    {
        free(wire);
    }
    free(link);
}

static struct ps_wire *memory_open(struct ps_link *link, uint32_t endpoint, void *context)
{
    assert(endpoint < link->options.endpoint_count);
    struct ps_wire *wire = link->idle;
    if (wire != NULL)
        LL_DELETE(link->idle, wire);
    else
        wire = ps_alloc(1, sizeof *wire);
    *wire = (struct ps_wire){.link = link, .context = context};
    wire->turn.call = on_turn;
    wire->turn.context = wire;
    link->wires++;
    wire_wake(wire);
    return wire;
}

static void memory_send(struct ps_wire *wire, enum ps_side from, const void *data, size_t size)
{
    struct inbox *inbox = &wire->to[1 - from];
    if (wire->closing || inbox->gone || inbox->ending || wire->to[from].gone)
        return;
    ps_buffer_append(&inbox->bytes, data, size);
    wire_wake(wire);
}

static void memory_end(struct ps_wire *wire, enum ps_side side, enum ps_link_end how)
{
    struct inbox *inbox = &wire->to[1 - side];
    if (wire->closing || inbox->ending)
        return;
    inbox->ending = true;
    inbox->how = how;
    wire_wake(wire);
}

static void memory_shut(struct ps_wire *wire, enum ps_side side)
{
    memory_end(wire, side, PS_LINK_END_CLEAN);
}

static void memory_reset(struct ps_wire *wire, enum ps_side side)
{
    wire->to[side].gone = true;
    memory_end(wire, side, PS_LINK_END_RESET);
}

static void memory_close(struct ps_wire *wire)
{
    assert(!wire->closing);
    wire->closing = true;
    wire_wake(wire);
}

const struct ps_link_methods ps_link_memory = {
    .make = memory_make,
    .close_listeners = memory_close_listeners,
    .free = memory_free,
    .open = memory_open,
    .send = memory_send,
    .shut = memory_shut,
    .reset = memory_reset,
    .close = memory_close,
};
