/* SPDX-License-Identifier: Apache-2.0
 *
 * Happy path: sent -> (waits for its turn to connect) -> connected: the request goes out ->
 * accepted: a session that answers -> bytes to and fro -> the contact has what it needs or the
 * stream ended -> wire closed -> at rest.
 *
 * Ways to fail: the publisher says nothing (the contact is told that the connection ended); the
 * flight is given up (recalled); the host fails (the worker stops its batch).
 */
#include "loop/courier.h"

#include <assert.h>
#include <stddef.h>
#include "loop/worker.h"

static const struct ps_link_methods *courier_link(const struct ps_courier *courier)
{
    return courier->flight->worker->options.link;
}

static bool courier_live(const struct ps_courier *courier)
{
    return !courier->closing && !courier->flight->worker->stopping;
}

bool ps_courier_rests(const struct ps_courier *courier)
{
    return courier->wire == NULL && !courier->waiting;
}

void ps_courier_open(struct ps_courier *courier)
{
    courier->waiting = false;
    courier->wire = courier_link(courier)->open(courier->flight->worker->status_link, 0, courier);
}

void ps_courier_send(struct ps_courier *courier)
{
    assert(ps_courier_rests(courier) && courier->session == NULL);
    struct ps_flight *flight = courier->flight;
    *courier = (struct ps_courier){
        .flight = flight, .number = ps_contact_fetch(flight->contact)->number, .waiting = true};
    ps_worker_courier_waits(flight->worker, courier);
}

static void courier_close(struct ps_courier *courier)
{
    courier->closing = true;
    if (!courier->connected)
        ps_worker_courier_not_connecting(courier->flight->worker);
    ps_session_free(courier->session);
    courier->session = NULL;
    courier_link(courier)->close(courier->wire);
}

void ps_courier_recall(struct ps_courier *courier)
{
    if (courier->waiting) {
        courier->waiting = false;
        ps_worker_courier_gives_up(courier->flight->worker, courier);
    } else if (courier->wire != NULL && !courier->closing) {
        courier_close(courier);
    }
}

static void note_said(struct ps_flow *flow, size_t size)
{
    flow->in += size;
    flow->sent += size;
}

static void note_arrived(struct ps_flow *flow, size_t size)
{
    flow->arrived += size;
    flow->out += size;
}

/* The contact has what it needs, or will get no more. */
static void check_balance(struct ps_courier *courier)
{
    static const struct ps_balance_end end = {.device_may_lose = true, .server_may_lose = true};
    struct ps_flight *flight = courier->flight;
    struct ps_error err = {0};
    ps_status status = PS_INVARIANTS_ON ? ps_balance_check(&courier->bytes, &end, &err) : PS_OK;
    if (!ps_is_ok(status))
        ps_worker_fail(flight->worker, flight, status, &err);
}

static void courier_carry(struct ps_courier *courier)
{
    const struct ps_link_methods *link = courier_link(courier);
    struct ps_buffer *bytes = ps_contact_fetch_output(courier->flight->contact);
    if (courier->connected && bytes->size > 0) {
        note_said(&courier->bytes.device, bytes->size);
        link->send(courier->wire, PS_SIDE_DEVICE, bytes->data, bytes->size);
        ps_buffer_consume(bytes, bytes->size);
    }
    if (courier->session == NULL || courier->server_shut)
        return;
    bytes = ps_session_output(courier->session);
    if (bytes->size > 0) {
        note_said(&courier->bytes.server, bytes->size);
        link->send(courier->wire, PS_SIDE_SERVER, bytes->data, bytes->size);
        ps_buffer_consume(bytes, bytes->size);
    }
    if (ps_session_seen(courier->session).wants_close) {
        courier->server_shut = true;
        link->shut(courier->wire, PS_SIDE_SERVER);
    }
}

/* Goes on, or home when the contact waits for this no longer. */
static void courier_pump(struct ps_courier *courier)
{
    struct ps_flight *flight = courier->flight;
    const struct ps_fetch *fetch = ps_contact_fetch(flight->contact);
    if (fetch != NULL && fetch->number == courier->number) {
        courier_carry(courier);
        return;
    }
    flight->worker->counts.fetches++;
    check_balance(courier);
    courier_close(courier);
    ps_flight_fetched(flight);
}

/* What the link calls */

static void on_connected(void *context)
{
    struct ps_courier *courier = context;
    if (!courier_live(courier))
        return;
    courier->flight->worker->moved++;
    courier->connected = true;
    ps_worker_courier_not_connecting(courier->flight->worker);
    courier_pump(courier);
}

static void on_accepted(void *context)
{
    struct ps_courier *courier = context;
    if (!courier_live(courier))
        return;
    struct ps_flight *flight = courier->flight;
    flight->worker->moved++;
    const struct ps_session_options options = {
        .published = flight->leg->published,
        .published_count = flight->leg->published_count,
    };
    struct ps_error err = {0};
    ps_status status = ps_session_new(flight->worker->server, &options, &courier->session, &err);
    if (!ps_is_ok(status)) {
        ps_worker_fail(flight->worker, flight, status, &err);
        return;
    }
    courier_pump(courier);
}

static void on_arrived(void *context, enum ps_side side, const void *data, size_t size)
{
    struct ps_courier *courier = context;
    if (!courier_live(courier))
        return;
    courier->flight->worker->moved++;
    note_arrived(side == PS_SIDE_SERVER ? &courier->bytes.device : &courier->bytes.server, size);
    if (side == PS_SIDE_SERVER)
        ps_session_receive(courier->session, data, size);
    else
        ps_contact_fetch_receive(courier->flight->contact, data, size);
    courier_pump(courier);
}

static void on_ended(void *context, enum ps_side side, enum ps_link_end how)
{
    struct ps_courier *courier = context;
    if (!courier_live(courier))
        return;
    struct ps_flight *flight = courier->flight;
    flight->worker->moved++;
    if (side == PS_SIDE_SERVER || how == PS_LINK_END_RESET) {
        ps_worker_fail_link(flight->worker, flight, "a fetch was ended by the host");
        return;
    }
    ps_contact_fetch_ended(flight->contact);
    courier_pump(courier);
}

static void on_failed(void *context, const char *what)
{
    struct ps_courier *courier = context;
    ps_worker_fail_link(courier->flight->worker, courier->flight, what);
}

static void on_closed(void *context)
{
    struct ps_courier *courier = context;
    courier->wire = NULL;
    courier->closing = false;
    ps_flight_courier_rests(courier->flight);
}

const struct ps_link_events ps_courier_events = {
    .connected = on_connected,
    .accepted = on_accepted,
    .arrived = on_arrived,
    .ended = on_ended,
    .failed = on_failed,
    .closed = on_closed,
};
