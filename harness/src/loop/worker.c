/* SPDX-License-Identifier: Apache-2.0
 *
 * Happy path of a batch: every free slot starts a job; a slot that lands starts the next; the loop
 * stops when the last has landed.
 *
 * Ways to fail: a job cannot be started or carried (the host's fault), nothing moves (stall),
 * somebody asks to stop. Then `stopping` is set, every flight is aborted, and the loop runs on
 * until all have landed.
 */
#include "loop/worker.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <uthash.h>
#include <utlist.h>
#include "base/memory.h"

struct ps_worker_trust {
    const struct ps_trust_options *key; /* by address */
    struct ps_trust *trust;
    UT_hash_handle hh;
};

/* Giving up */

static void worker_teardown(void *context)
{
    struct ps_worker *worker = context;
    for (unsigned i = 0; i < worker->options.in_flight_max; i++) {
        struct ps_flight *flight = &worker->flights[i];
        if (flight->job != NULL && !flight->closing)
            ps_flight_abort(flight);
    }
    worker->between = NULL;
}

static void worker_give_up(struct ps_worker *worker, ps_status status)
{
    worker->status = status;
    worker->stopping = true;
    ps_turns_add(&worker->turns, &worker->teardown);
}

void ps_worker_fail(struct ps_worker *worker, const struct ps_flight *flight, ps_status status,
                    struct ps_error *err)
{
    if (worker->stopping)
        return;
    worker->error = *err;
    if (flight->job != NULL)
        ps_wrap(&worker->error, status, "contact %zu, %s",
                (size_t)(flight->job - worker->batch->jobs), flight->job->host);
    worker_give_up(worker, status);
}

void ps_worker_fail_link(struct ps_worker *worker, const struct ps_flight *flight, const char *what)
{
    struct ps_error err = {0};
    ps_worker_fail(worker, flight, ps_fail(&err, PS_FAILED, "%s", what), &err);
}

static void on_wake(uv_async_t *wake)
{
    struct ps_worker *worker = wake->data;
    if (atomic_load(&worker->stop_wanted) && !worker->stopping && worker->running > 0) {
        ps_fail(&worker->error, PS_INTERRUPTED, "stopped");
        worker_give_up(worker, PS_INTERRUPTED);
    }
}

static void on_stall(uv_timer_t *timer)
{
    struct ps_worker *worker = timer->data;
    if (worker->moved != worker->moved_before || worker->stopping) {
        worker->moved_before = worker->moved;
        return;
    }
    const struct ps_flight *first = NULL;
    for (unsigned i = 0; i < worker->options.in_flight_max; i++) {
        const struct ps_flight *flight = &worker->flights[i];
        if (flight->job != NULL && (first == NULL || flight->job < first->job))
            first = flight;
    }
    assert(first != NULL); /* the timer runs only while flights do */
    const struct ps_fetch *fetch = first->contact != NULL ? ps_contact_fetch(first->contact) : NULL;
    ps_fail(&worker->error, PS_FAILED,
            "the loop stalled: %u contacts made no progress for %" PRIu64
            " s (first: contact %zu, %s, endpoint %" PRIu32 "%s%s)",
            worker->running, worker->options.stall_ms / 1000,
            (size_t)(first->job - worker->batch->jobs), first->job->host, first->job->endpoint,
            fetch != NULL ? ", waiting for " : "", fetch != NULL ? fetch->url : "");
    worker_give_up(worker, PS_FAILED);
}

static void worker_fill(struct ps_worker *worker);

static bool is_all_taken(struct ps_worker_batch *batch)
{
    return atomic_load(&batch->next) >= batch->count;
}

/* NULL: none is left. */
static struct ps_job *take_job(struct ps_worker_batch *batch)
{
    size_t next = is_all_taken(batch) ? batch->count : atomic_fetch_add(&batch->next, 1);
    return next < batch->count ? &batch->jobs[next] : NULL;
}

/* Connections that are kept open */

/* Whether more may be under way beside those that are only kept open. */
static bool has_room(const struct ps_worker *worker)
{
    return worker->running - worker->unanswered_count < worker->under_way_max;
}

/* There are more of them than are to stay, or nobody comes after them. */
static bool wants_answer(const struct ps_worker *worker)
{
    return !worker->stopping && worker->unanswered != NULL && has_room(worker) &&
           (worker->unanswered_count > worker->options.live || is_all_taken(worker->batch));
}

static void worker_answer(void *context)
{
    struct ps_worker *worker = context;
    while (wants_answer(worker)) {
        struct ps_flight *flight = worker->unanswered;
        DL_DELETE(worker->unanswered, flight);
        worker->unanswered_count--;
        ps_flight_answer(flight);
    }
}

void ps_worker_answer_waits(struct ps_worker *worker, struct ps_flight *flight)
{
    DL_APPEND(worker->unanswered, flight);
    worker->unanswered_count++;
    worker_fill(worker);
    ps_turns_add(&worker->turns, &worker->answering);
}

void ps_worker_answer_given_up(struct ps_worker *worker, struct ps_flight *flight)
{
    DL_DELETE(worker->unanswered, flight);
    worker->unanswered_count--;
}

/* Running a batch */

/* Second legs come first: their slots are taken. */
static void worker_continue(struct ps_worker *worker)
{
    while (!worker->stopping && worker->between != NULL && worker->connecting < PS_CONNECTING_MAX) {
        struct ps_flight *flight = worker->between;
        struct ps_error err = {0};
        worker->between = flight->next_free;
        ps_status status = ps_flight_continue(flight, &err);
        if (ps_is_ok(status)) {
            worker->connecting++;
            continue;
        }
        ps_worker_fail(worker, flight, status, &err);
        return; /* the slot is still in use: the teardown frees it */
    }
}

static void worker_fill(struct ps_worker *worker)
{
    worker_continue(worker);
    while (!worker->stopping && worker->free_flights != NULL &&
           worker->connecting < PS_CONNECTING_MAX && has_room(worker)) {
        struct ps_job *job = take_job(worker->batch);
        if (job == NULL)
            break;
        struct ps_flight *flight = worker->free_flights;
        struct ps_flight *rest = flight->next_free;
        struct ps_error err = {0};
        assert(job->endpoint < worker->options.endpoint_count);
        ps_status status = ps_flight_start(flight, job, &err);
        if (!ps_is_ok(status)) {
            ps_wrap(&err, status, "contact %zu, %s", (size_t)(job - worker->batch->jobs),
                    job->host);
            ps_worker_fail(worker, flight, status, &err);
            flight->next_free = rest;
            return;
        }
        worker->free_flights = rest;
        worker->running++;
        worker->connecting++;
    }
    if (wants_answer(worker))
        ps_turns_add(&worker->turns, &worker->answering);
}

void ps_worker_landed(struct ps_worker *worker, struct ps_flight *flight)
{
    flight->next_free = worker->free_flights;
    worker->free_flights = flight;
    worker->running--;
    worker->moved++;
    if (!worker->stopping)
        atomic_fetch_add(&worker->options.gauges->done, 1);
    worker_fill(worker);
    if (worker->running == 0)
        uv_stop(&worker->loop);
}

ps_status ps_worker_run(struct ps_worker *worker, struct ps_worker_batch *batch,
                        struct ps_error *err)
{
    assert(worker->running == 0);
    worker->batch = batch;
    worker->status = PS_OK;
    worker->stopping = false;
    if (atomic_load(&worker->stop_wanted))
        return ps_fail(err, PS_INTERRUPTED, "stopped");

    worker->moved_before = worker->moved;
    worker_fill(worker);
    if (worker->running > 0) {
        uv_update_time(&worker->loop);
        uv_timer_start(&worker->stall, on_stall, worker->options.stall_ms,
                       worker->options.stall_ms);
        uv_run(&worker->loop, UV_RUN_DEFAULT);
        uv_timer_stop(&worker->stall);
    }
    assert(worker->running == 0);
    ps_turns_cancel(&worker->turns, &worker->teardown);
    ps_turns_cancel(&worker->turns, &worker->answering);
    if (ps_is_ok(worker->status))
        return PS_OK;
    uv_run(&worker->loop, UV_RUN_NOWAIT); /* turns away what was connecting when it was given up */
    *err = worker->error;
    return worker->status;
}

void ps_worker_stop(struct ps_worker *worker)
{
    atomic_store(&worker->stop_wanted, true);
    uv_async_send(&worker->wake);
}

void ps_worker_rearm(struct ps_worker *worker)
{
    atomic_store(&worker->stop_wanted, false);
}

/* For the pump */

ps_status ps_worker_trust(struct ps_worker *worker, const struct ps_trust_options *options,
                          struct ps_trust **ret_trust, struct ps_error *err)
{
    struct ps_worker_trust *entry;
    HASH_FIND_PTR(worker->trusts, &options, entry);
    if (entry == NULL) {
        struct ps_trust *trust;
        PS_TRY(ps_trust_new(worker->stack, options, &trust, err));
        entry = ps_alloc(1, sizeof *entry);
        entry->key = options;
        entry->trust = trust;
        HASH_ADD_PTR(worker->trusts, key, entry);
    }
    *ret_trust = entry->trust;
    return PS_OK;
}

void ps_worker_between(struct ps_worker *worker, struct ps_flight *flight)
{
    worker->moved++;
    LL_APPEND2(worker->between, flight, next_free);
    worker_fill(worker);
}

void ps_worker_courier_waits(struct ps_worker *worker, struct ps_courier *courier)
{
    if (worker->couriers_connecting >= PS_CONNECTING_MAX) {
        DL_APPEND(worker->couriers_waiting, courier);
        return;
    }
    worker->couriers_connecting++;
    ps_courier_open(courier);
}

void ps_worker_courier_gives_up(struct ps_worker *worker, struct ps_courier *courier)
{
    DL_DELETE(worker->couriers_waiting, courier);
}

void ps_worker_courier_not_connecting(struct ps_worker *worker)
{
    assert(worker->couriers_connecting > 0);
    worker->couriers_connecting--;
    struct ps_courier *courier = worker->couriers_waiting;
    if (courier == NULL || worker->stopping)
        return;
    DL_DELETE(worker->couriers_waiting, courier);
    worker->couriers_connecting++;
    ps_courier_open(courier);
}

void ps_worker_connected(struct ps_worker *worker)
{
    ps_worker_not_connecting(worker);
    struct ps_worker_gauges *gauges = worker->options.gauges;
    unsigned now = atomic_fetch_add(&gauges->connected, 1) + 1;
    unsigned peak = atomic_load(&gauges->connected_peak);
    while (now > peak && !atomic_compare_exchange_weak(&gauges->connected_peak, &peak, now))
        ;
    worker_fill(worker);
}

void ps_worker_not_connecting(struct ps_worker *worker)
{
    assert(worker->connecting > 0);
    worker->connecting--;
}

void ps_worker_disconnected(struct ps_worker *worker)
{
    atomic_fetch_sub(&worker->options.gauges->connected, 1);
}

/* Coming and going */

static void trusts_free(struct ps_worker *worker)
{
    struct ps_worker_trust *entry, *next;
    HASH_ITER (hh, worker->trusts, entry, next) {
        HASH_DEL(worker->trusts, entry);
        ps_trust_free(entry->trust);
        free(entry);
    }
}

void ps_worker_free(struct ps_worker *worker)
{
    if (worker == NULL)
        return;
    assert(worker->running == 0);
    if (worker->link != NULL)
        worker->options.link->close_listeners(worker->link);
    if (worker->status_link != NULL)
        worker->options.link->close_listeners(worker->status_link);
    uv_close((uv_handle_t *)&worker->wake, NULL);
    uv_close((uv_handle_t *)&worker->stall, NULL);
    ps_turns_close(&worker->turns);
    uv_run(&worker->loop, UV_RUN_DEFAULT);
    int left = uv_loop_close(&worker->loop);
    assert(left == 0);
    (void)left;
    if (worker->link != NULL)
        worker->options.link->free(worker->link);
    if (worker->status_link != NULL)
        worker->options.link->free(worker->status_link);
    for (unsigned i = 0; i < worker->options.in_flight_max; i++)
        ps_flight_deinit(&worker->flights[i]);
    free(worker->flights);
    trusts_free(worker);
    ps_server_free(worker->server);
    ps_device_stack_free(worker->stack);
    free(worker);
}

static ps_status worker_open(struct ps_worker *worker, struct ps_error *err)
{
    struct ps_link_options options = {
        .loop = &worker->loop,
        .turns = &worker->turns,
        .events = &ps_flight_events,
        .endpoint_count = worker->options.endpoint_count,
        .port = worker->options.port,
    };
    PS_TRY(worker->options.link->make(&options, &worker->link, err));
    options.events = &ps_courier_events;
    options.endpoint_count = 1;
    options.port = 0; /* nobody else is to find it */
    PS_TRY(worker->options.link->make(&options, &worker->status_link, err));
    PS_TRY(ps_device_stack_new(&worker->stack, err));
    return ps_server_new(worker->options.ca, &worker->server, err);
}

ps_status ps_worker_new(const struct ps_worker_options *options, struct ps_worker **ret_worker,
                        struct ps_error *err)
{
    assert(options->in_flight_max > 0 && options->stall_ms > 0);
    struct ps_worker *worker = ps_alloc(1, sizeof *worker);
    worker->options = *options;
    worker->under_way_max = options->in_flight_max - options->live;
    worker->status = PS_OK;
    int error = uv_loop_init(&worker->loop);
    if (error == 0) {
        error = uv_async_init(&worker->loop, &worker->wake, on_wake);
        if (error != 0)
            uv_loop_close(&worker->loop);
    }
    if (error != 0) {
        free(worker);
        return ps_fail(err, PS_FAILED, "cannot make an event loop: %s", uv_strerror(error));
    }
    worker->wake.data = worker;
    uv_timer_init(&worker->loop, &worker->stall);
    worker->stall.data = worker;
    ps_turns_init(&worker->turns, &worker->loop);
    worker->teardown = (struct ps_turn){.call = worker_teardown, .context = worker};
    worker->answering = (struct ps_turn){.call = worker_answer, .context = worker};
    worker->flights = ps_alloc(options->in_flight_max, sizeof *worker->flights);
    for (unsigned i = options->in_flight_max; i-- > 0;) {
        worker->flights[i].worker = worker;
        worker->flights[i].next_free = worker->free_flights;
        worker->free_flights = &worker->flights[i];
    }
    ps_status status = worker_open(worker, err);
    if (!ps_is_ok(status)) {
        ps_worker_free(worker);
        return status;
    }
    *ret_worker = worker;
    return PS_OK;
}
