/* SPDX-License-Identifier: Apache-2.0
 *
 * The link: how bytes get from a device to a server and back. Two kinds exist, loopback TCP
 * (link_tcp.c) and memory (link_memory.c); whoever uses one cannot tell which. A link knows nothing
 * of TLS, of jobs or of faults, and never looks at a byte.
 *
 * A ps_link belongs to one worker: one loop, one thread. A ps_wire is one connection on it, with a
 * device's side and a server's side, both in this process. Its life:
 *
 *   open            nothing is called back before it returns, but `failed`
 *   connected       the device's side is there and may send
 *   accepted        the server's side is there and may send; before or after `connected`
 *   arrived         bytes at a side, in order, nothing lost, in pieces of any size
 *   ended           nothing more will arrive at that side; once
 *   close           both sides go at once; after it only `closed` is called, once and never from
 *                   within close: then the wire is gone
 *
 * `failed` reports that the host could not do its work (no descriptor, no port). It may come at any
 * time, even from within a call; the wire stays and still has to be closed.
 */
#ifndef HARNESS_LOOP_LINK_H
#define HARNESS_LOOP_LINK_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>
#include "base/status.h"
#include "loop/turns.h"

enum ps_side { PS_SIDE_DEVICE, PS_SIDE_SERVER, PS_SIDE_COUNT };
enum ps_link_end { PS_LINK_END_CLEAN, PS_LINK_END_RESET };

struct ps_link;
struct ps_wire;

/* What a link calls. `context` is the one given to open. */
struct ps_link_events {
    void (*connected)(void *context);
    void (*accepted)(void *context);
    void (*arrived)(void *context, enum ps_side side, const void *data, size_t size);
    void (*ended)(void *context, enum ps_side side, enum ps_link_end how);
    void (*failed)(void *context, const char *what);
    void (*closed)(void *context);
};

struct ps_link_options {
    uv_loop_t *loop; /* borrowed until free, as all of these */
    struct ps_turns *turns;
    const struct ps_link_events *events;
    uint32_t endpoint_count; /* how many listeners */
    uint16_t port;           /* of the first listener; 0: any */
};

struct ps_link_methods {
    PS_MUST_USE ps_status (*make)(const struct ps_link_options *options, struct ps_link **ret_link,
                                  struct ps_error *err);
    void (*close_listeners)(struct ps_link *link); /* no wire may be left; then run the loop dry */
    void (*free)(struct ps_link *link);            /* after that */

    struct ps_wire *(*open)(struct ps_link *link, uint32_t endpoint, void *context);
    /* Copies what it cannot send at once. Nothing happens on a side that is gone. */
    void (*send)(struct ps_wire *wire, enum ps_side from, const void *data, size_t size);
    /* The other side sees a clean end after all that was sent. */
    void (*shut)(struct ps_wire *wire, enum ps_side side);
    /* This side goes at once; the other sees a reset (or a clean end that was under way before). */
    void (*reset)(struct ps_wire *wire, enum ps_side side);
    void (*close)(struct ps_wire *wire);
};

extern const struct ps_link_methods ps_link_tcp;
extern const struct ps_link_methods ps_link_memory;

#endif
