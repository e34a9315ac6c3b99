/* SPDX-License-Identifier: Apache-2.0
 *
 * A worker: one loop, one link with its listeners, another of the same kind with the one listener
 * where everything is published, one device stack with the trust objects made in it, one server
 * with its presentations, and a pool of slots sized once. It belongs to the thread
 * that made it, from ps_worker_new to ps_worker_free; only ps_worker_stop may come from another.
 *
 * The thread must have SIGPIPE blocked: libuv writes to sockets without MSG_NOSIGNAL.
 */
#ifndef HARNESS_LOOP_WORKER_H
#define HARNESS_LOOP_WORKER_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>
#include "loop/link.h"
#include "loop/pump.h"
#include "loop/runner.h"
#include "loop/turns.h"

/* Shared by the workers of a runner. */
struct ps_worker_gauges {
    atomic_size_t done; /* jobs of the batch that have their verdict */
    atomic_uint connected, connected_peak;
};

struct ps_worker_options {
    const struct ps_ca *ca;
    const struct ps_link_methods *link;
    uint32_t endpoint_count;
    uint16_t port;
    unsigned in_flight_max;          /* slots of this worker, at least 1 */
    unsigned live;                   /* connections to keep open; 0: none is */
    uint64_t stall_ms;               /* nothing moves for so long (host time): the batch fails */
    struct ps_worker_gauges *gauges; /* borrowed until free, as ca */
};

/* A batch, shared by the workers of a runner: each takes the next job when it has a slot for it, so
 * that a processor that is slower, or also has other things to do, makes fewer of them. */
struct ps_worker_batch {
    struct ps_job *jobs;
    size_t count;
    atomic_size_t next; /* the first that nobody has taken; count or more: all are */
};

struct ps_worker_trust; /* a trust object and its cache key */

struct ps_worker {
    struct ps_worker_options options;
    uv_loop_t loop;
    struct ps_turns turns;
    uv_async_t wake;
    uv_timer_t stall;
    struct ps_link *link, *status_link;
    struct ps_device_stack *stack;
    struct ps_server *server;
    struct ps_worker_trust *trusts;
    struct ps_flight *flights, *free_flights;
    struct ps_flight *between;    /* slots in use, between two legs */
    unsigned running;             /* slots in use */
    unsigned under_way_max;       /* of them, besides those that are only kept open */
    unsigned connecting;          /* of them, not yet connected: at most PS_CONNECTING_MAX */
    unsigned couriers_connecting; /* as many, at the status listener */
    struct ps_courier *couriers_waiting;
    /* Slots in use whose server holds its answer back, oldest first (options.live). */
    struct ps_flight *unanswered;
    unsigned unanswered_count;
    struct ps_turn answering;
    uint64_t moved, moved_before;
    struct ps_runner_counts counts; /* handshakes, unreached, plain, fetches */

    struct ps_worker_batch *batch;
    atomic_bool stop_wanted;
    bool stopping; /* the batch is given up */
    struct ps_turn teardown;
    ps_status status; /* of the batch */
    struct ps_error error;
};

PS_MUST_USE ps_status ps_worker_new(const struct ps_worker_options *options,
                                    struct ps_worker **ret_worker, struct ps_error *err);
/* Asserts that the loop closed cleanly. NULL allowed. */
void ps_worker_free(struct ps_worker *worker);

/* Takes jobs of the batch until nobody has any left, and carries those out. PS_INTERRUPTED after
 * ps_worker_stop. */
PS_MUST_USE ps_status ps_worker_run(struct ps_worker *worker, struct ps_worker_batch *batch,
                                    struct ps_error *err);
/* From any thread: gives up the batch that runs, or the next one until ps_worker_rearm. */
void ps_worker_stop(struct ps_worker *worker);
void ps_worker_rearm(struct ps_worker *worker); /* while no batch runs */

/* For the pump. */
PS_MUST_USE ps_status ps_worker_trust(struct ps_worker *worker,
                                      const struct ps_trust_options *options,
                                      struct ps_trust **ret_trust, struct ps_error *err);
void ps_worker_connected(struct ps_worker *worker);
void ps_worker_not_connecting(struct ps_worker *worker); /* it ended before it was connected */
void ps_worker_disconnected(struct ps_worker *worker);
void ps_worker_landed(struct ps_worker *worker, struct ps_flight *flight); /* its slot is free */
/* Its next leg is to be begun. */
void ps_worker_between(struct ps_worker *worker, struct ps_flight *flight);
/* Its server is ready to answer: calls ps_flight_answer, never from within this call. */
void ps_worker_answer_waits(struct ps_worker *worker, struct ps_flight *flight);
void ps_worker_answer_given_up(struct ps_worker *worker, struct ps_flight *flight);
/* Calls ps_courier_open, at once or when fewer are connecting. */
void ps_worker_courier_waits(struct ps_worker *worker, struct ps_courier *courier);
void ps_worker_courier_gives_up(struct ps_worker *worker, struct ps_courier *courier);
void ps_worker_courier_not_connecting(struct ps_worker *worker); /* it is connected, or gave up */
/* Gives up the batch, in the next turn; the first failure is the one that counts. */
void ps_worker_fail(struct ps_worker *worker, const struct ps_flight *flight, ps_status status,
                    struct ps_error *err);
void ps_worker_fail_link(struct ps_worker *worker, const struct ps_flight *flight,
                         const char *what);

#endif
