/* SPDX-License-Identifier: Apache-2.0
 *
 * The pump: one contact under way. It moves bytes between the device's contact, a wire and the
 * server's session, lets the fault filter look at what travels to the device, and knows when a job
 * is done. It is the same for every link and decides nothing about trust.
 *
 * A job with a ticket takes two legs in one slot: the contact that gives the ticket, then the job's
 * own. While a contact waits for what is at a URL, its courier is under way and whatever arrives
 * for the device waits: the verdict must not depend on which of the two wires is quicker.
 *
 * A job is done when the contact has a verdict and the other end has seen what follows from it:
 *   every verdict   all the device sent has arrived at the server
 *   refused         the server's session saw an alert, a close_notify or the end of the link; a
 * device that refuses without an alert ends the link unless the link's fault has taken the server's
 * side away. Then both ends are closed.
 */
#ifndef HARNESS_LOOP_PUMP_H
#define HARNESS_LOOP_PUMP_H

#include <stdbool.h>
#include <stdint.h>
#include "loop/balance.h"
#include "loop/courier.h"
#include "loop/fault.h"
#include "loop/link.h"
#include "loop/runner.h"
#include "loop/turns.h"

struct ps_worker;

/* A slot of the worker's pool, used for one job after the other; never moves. */
struct ps_flight {
    struct ps_worker *worker;
    struct ps_job *job;             /* NULL: the slot is free */
    const struct ps_job *leg;       /* the contact under way: the job's own, or the one before it */
    struct ps_buffer ticket;        /* from the leg before */
    struct ps_client_rules clients; /* the leg's, with its time */
    struct ps_contact *contact;
    struct ps_session *session; /* once accepted */
    struct ps_wire *wire;
    struct ps_courier courier;
    struct ps_fault_filter filter;
    struct held { /* what waits for a turn (a delay) or for the courier */
        struct ps_turn turn;
        bool strikes; /* the fault, before the bytes */
        struct ps_buffer bytes;
        bool ended;
        enum ps_link_end how;
    } held;
    struct ps_balance bytes; /* of the leg */
    bool connected;
    bool closing;                  /* the wires' `closed` are awaited; nothing else is looked at */
    bool more;                     /* and then comes the next leg */
    bool server_shut;              /* the server's stream was ended */
    bool server_gone;              /* by a reset */
    bool server_ended;             /* the server saw the end of the link */
    bool device_reset;             /* the device ended the link */
    bool unanswered;               /* the server's answer waits: the connection is kept open */
    char message[24];              /* of telemetry */
    struct ps_flight *next_free;   /* of the free slots, or of those between two legs */
    struct ps_flight *prev, *next; /* of those whose answer waits */
};

/* Begins `job`. On an error nothing was begun and the slot is free. */
PS_MUST_USE ps_status ps_flight_start(struct ps_flight *flight, struct ps_job *job,
                                      struct ps_error *err);
/* Begins the second leg. On an error the slot is still in use, with nothing under way in it. */
PS_MUST_USE ps_status ps_flight_continue(struct ps_flight *flight, struct ps_error *err);
/* Ends it without a verdict. */
void ps_flight_abort(struct ps_flight *flight);
void ps_flight_deinit(struct ps_flight *flight); /* a free slot */

/* For the worker: the server answers now. */
void ps_flight_answer(struct ps_flight *flight);

/* For the courier: it has brought something, or it is at rest again. */
void ps_flight_fetched(struct ps_flight *flight);
void ps_flight_courier_rests(struct ps_flight *flight);

extern const struct ps_link_events ps_flight_events; /* context: the flight */

#endif
