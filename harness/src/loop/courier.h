/* SPDX-License-Identifier: Apache-2.0
 *
 * The courier: what a contact fetches from a URL, carried. It opens a second wire, to the worker's
 * one status listener, with a plain session behind it that answers what the job says is published;
 * the request goes there, the answer comes back, and the wire is closed. Whether an answer is good
 * is the device's business; whether there is one is the session's.
 *
 * A flight has one courier, which makes one journey after the other. Link faults do not touch it.
 */
#ifndef HARNESS_LOOP_COURIER_H
#define HARNESS_LOOP_COURIER_H

#include <stdbool.h>
#include <stdint.h>
#include "loop/balance.h"
#include "loop/link.h"

struct ps_flight;
struct ps_session;

struct ps_courier {
    struct ps_flight *flight;
    uint32_t number;            /* of the fetch that it last set out for */
    struct ps_wire *wire;       /* NULL: at rest, or waiting */
    struct ps_session *session; /* once accepted */
    bool waiting;               /* too many others of the worker are still connecting */
    bool connected;
    bool closing;     /* the wire's `closed` is awaited */
    bool server_shut; /* the answer is out */
    struct ps_balance bytes;
    struct ps_courier *prev, *next;
};

/* Sends it for what the flight's contact waits for. It must be at rest. */
void ps_courier_send(struct ps_courier *courier);
/* Ends the journey, if there is one; ps_flight_courier_rests follows, later, if a wire was open. */
void ps_courier_recall(struct ps_courier *courier);
bool ps_courier_rests(const struct ps_courier *courier);
void ps_courier_open(struct ps_courier *courier); /* for the worker: it may connect */

extern const struct ps_link_events ps_courier_events; /* context: the courier */

#endif
