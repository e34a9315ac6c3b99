/* SPDX-License-Identifier: Apache-2.0
 *
 * Happy path: start (contact made, wire opened) -> connected (the contact's first bytes) ->
 * accepted (session made) -> bytes to and fro -> verdict -> its consequence seen -> wire closed ->
 * slot free.
 *
 * Ways to fail: the link's fault strikes (the device's side gives up: a verdict as any other); the
 * host fails (the worker stops its batch).
 */
#include "loop/pump.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include "base/memory.h"
#include "loop/worker.h"

static const struct ps_link_methods *flight_link(const struct ps_flight *flight)
{
    return flight->worker->options.link;
}

/* Everything but the wire goes; the slot is free again once that is closed. */
static void flight_close(struct ps_flight *flight)
{
    flight->closing = true;
    ps_turns_cancel(&flight->worker->turns, &flight->held.turn);
    if (flight->connected)
        ps_worker_disconnected(flight->worker);
    else
        ps_worker_not_connecting(flight->worker);
    ps_contact_free(flight->contact);
    ps_session_free(flight->session);
    flight->contact = NULL;
    flight->session = NULL;
    flight_link(flight)->close(flight->wire);
}

void ps_flight_abort(struct ps_flight *flight)
{
    assert(flight->job != NULL && !flight->closing);
    flight_close(flight);
}

static bool fault_struck(const struct ps_flight *flight, enum ps_fault kind)
{
    return flight->filter.struck && flight->filter.kind == kind;
}

/* True while the flight takes part: not closing, and its worker not giving up. */
static bool flight_live(const struct ps_flight *flight)
{
    return !flight->closing && !flight->worker->stopping;
}

static bool flight_decided(const struct ps_flight *flight)
{
    return ps_contact_verdict(flight->contact) != NULL;
}

static void flight_finish(struct ps_flight *flight)
{
    struct ps_job *job = flight->job;
    struct ps_runner_counts *counts = &flight->worker->counts;
    struct ps_session_seen seen = {0};
    if (flight->session != NULL)
        seen = ps_session_seen(flight->session);
    if (job->plain)
        counts->plain += seen.request;
    else if (seen.hello)
        counts->handshakes++;
    else if (job->fault != PS_FAULT_NONE)
        counts->unreached++;
    job->ret_verdict = *ps_contact_verdict(flight->contact);
    flight_close(flight);
}

static void flight_carry(struct ps_flight *flight)
{
    const struct ps_link_methods *link = flight_link(flight);
    struct ps_buffer *bytes = ps_contact_output(flight->contact);
    if (flight->connected && bytes->size > 0) {
        if (!flight->device_reset && !fault_struck(flight, PS_FAULT_RESET)) {
            link->send(flight->wire, PS_SIDE_DEVICE, bytes->data, bytes->size);
            flight->device_sent += bytes->size;
        }
        ps_buffer_consume(bytes, bytes->size);
    }
    if (flight->session == NULL || flight->server_gone)
        return;
    bytes = ps_session_output(flight->session);
    if (bytes->size > 0) {
        if (!flight->server_shut)
            link->send(flight->wire, PS_SIDE_SERVER, bytes->data, bytes->size);
        ps_buffer_consume(bytes, bytes->size);
    }
    if (!flight->server_shut && ps_session_seen(flight->session).wants_close) {
        flight->server_shut = true;
        link->shut(flight->wire, PS_SIDE_SERVER);
    }
}

/* Carries what both ends have to say, and ends the job when it is done. */
static void flight_pump(struct ps_flight *flight)
{
    flight_carry(flight);
    const struct ps_verdict *verdict = ps_contact_verdict(flight->contact);
    if (verdict == NULL)
        return;
    if (!flight->server_gone) {
        if (flight->session == NULL || flight->server_received < flight->device_sent)
            return; /* what the device sent is on its way */
        bool refused =
            verdict->stage != PS_STAGE_ACCEPTED && verdict->stage != PS_STAGE_UNREACHABLE;
        struct ps_session_seen seen = ps_session_seen(flight->session);
        if (refused && !seen.alert && !seen.ended && !flight->server_ended) {
            if (!flight->device_reset) {
                flight->device_reset = true;
                flight_link(flight)->reset(flight->wire, PS_SIDE_DEVICE);
            }
            return;
        }
    }
    flight_finish(flight);
}

/* The device's side of the link */

static void device_link_ended(struct ps_flight *flight, const char *how)
{
    if (!flight_decided(flight))
        ps_contact_link_ended(flight->contact, how);
}

static void fault_strike(struct ps_flight *flight)
{
    const struct ps_link_methods *link = flight_link(flight);
    char timeout[PS_TIME_TEXT_MAX], how[PS_TIME_TEXT_MAX + 32];
    switch (flight->filter.kind) {
    case PS_FAULT_CUT:
        ps_duration_format(flight->job->timeout, timeout);
        snprintf(how, sizeof how, "no answer within %s", timeout);
        device_link_ended(flight, how);
        break;
    case PS_FAULT_RESET:
        flight->server_gone = true;
        ps_session_link_ended(flight->session);
        link->reset(flight->wire, PS_SIDE_SERVER); /* the device's side will see it */
        break;
    case PS_FAULT_TRUNCATE:
        if (!flight->server_shut)
            link->shut(flight->wire, PS_SIDE_SERVER); /* the same */
        flight->server_shut = true;
        break;
    case PS_FAULT_NONE:
    case PS_FAULT_DELAY:
    case PS_FAULT_COUNT:
        assert(!"a filter that strikes");
    }
}

static void device_receive(struct ps_flight *flight, const void *data, size_t size)
{
    bool strikes;
    size_t passed = ps_fault_filter_pass(&flight->filter, size, &strikes);
    if (passed > 0 && !flight_decided(flight))
        ps_contact_receive(flight->contact, data, passed);
    if (strikes)
        fault_strike(flight);
}

static void device_ended(struct ps_flight *flight, enum ps_link_end how)
{
    bool reset = fault_struck(flight, PS_FAULT_RESET);
    if (how == PS_LINK_END_RESET && !reset) {
        ps_worker_fail_link(flight->worker, flight, "the device's side was reset by the host");
        return;
    }
    device_link_ended(flight, reset ? "connection reset" : "connection closed");
}

static void on_held(void *context)
{
    struct ps_flight *flight = context;
    if (!flight_live(flight))
        return;
    struct ps_buffer bytes = flight->held.bytes;
    flight->held.bytes = (struct ps_buffer){0};
    if (bytes.size > 0)
        device_receive(flight, bytes.data, bytes.size);
    ps_buffer_deinit(&bytes);
    if (flight->held.ended)
        device_ended(flight, flight->held.how);
    flight_pump(flight);
}

/* What the link calls */

static void on_connected(void *context)
{
    struct ps_flight *flight = context;
    if (!flight_live(flight))
        return;
    flight->worker->moved++;
    flight->connected = true;
    ps_worker_connected(flight->worker);
    ps_contact_start(flight->contact);
    flight_pump(flight);
}

static void on_accepted(void *context)
{
    struct ps_flight *flight = context;
    if (!flight_live(flight))
        return;
    flight->worker->moved++;
    struct ps_session_options options = {
        .presentation = flight->job->plain ? NULL : flight->job->presentation,
        .release = flight->job->release,
    };
    struct ps_error err = {0};
    ps_status status = ps_session_new(flight->worker->server, &options, &flight->session, &err);
    if (!ps_is_ok(status)) {
        ps_worker_fail(flight->worker, flight, status, &err);
        return;
    }
    flight_pump(flight);
}

static void on_arrived(void *context, enum ps_side side, const void *data, size_t size)
{
    struct ps_flight *flight = context;
    if (!flight_live(flight))
        return;
    flight->worker->moved++;
    if (side == PS_SIDE_SERVER) {
        flight->server_received += size;
        if (!flight->server_gone)
            ps_session_receive(flight->session, data, size);
    } else if (flight->filter.holds) {
        ps_buffer_append(&flight->held.bytes, data, size);
        ps_turns_add(&flight->worker->turns, &flight->held.turn);
        return;
    } else {
        device_receive(flight, data, size);
    }
    flight_pump(flight);
}

static void on_ended(void *context, enum ps_side side, enum ps_link_end how)
{
    struct ps_flight *flight = context;
    if (!flight_live(flight))
        return;
    flight->worker->moved++;
    if (side == PS_SIDE_SERVER) {
        flight->server_ended = true;
        if (!flight->device_reset) {
            ps_worker_fail_link(flight->worker, flight, "the server's side was ended by the host");
            return;
        }
        ps_session_link_ended(flight->session);
    } else if (flight->filter.holds) {
        flight->held.ended = true;
        flight->held.how = how;
        ps_turns_add(&flight->worker->turns, &flight->held.turn);
        return;
    } else {
        device_ended(flight, how);
    }
    if (flight_live(flight))
        flight_pump(flight);
}

static void on_failed(void *context, const char *what)
{
    struct ps_flight *flight = context;
    ps_worker_fail_link(flight->worker, flight, what);
}

static void on_closed(void *context)
{
    struct ps_flight *flight = context;
    flight->wire = NULL;
    flight->job = NULL;
    ps_worker_landed(flight->worker, flight);
}

const struct ps_link_events ps_flight_events = {
    .connected = on_connected,
    .accepted = on_accepted,
    .arrived = on_arrived,
    .ended = on_ended,
    .failed = on_failed,
    .closed = on_closed,
};

ps_status ps_flight_start(struct ps_flight *flight, struct ps_job *job, struct ps_error *err)
{
    assert(flight->job == NULL && flight->wire == NULL);
    struct ps_worker *worker = flight->worker;
    *flight = (struct ps_flight){
        .worker = worker,
        .held.turn = {.call = on_held, .context = flight},
        .held.bytes = {.data = flight->held.bytes.data, .capacity = flight->held.bytes.capacity},
        .filter = ps_fault_filter_make(job->fault, job->delay, job->timeout, job->after_bytes),
    };
    int length = snprintf(flight->message, sizeof flight->message, "%" PRIu64, job->message);
    struct ps_contact_options options = {
        .now = job->now,
        .host = job->host,
        .task = job->task,
        .plain = job->plain,
        .message = {.data = (const unsigned char *)flight->message, .size = (size_t)length},
    };
    PS_TRY(ps_worker_trust(worker, job->trust, &options.trust, err));
    PS_TRY(ps_contact_new(worker->stack, &options, &flight->contact, err));
    flight->job = job;
    flight->wire = flight_link(flight)->open(worker->link, job->endpoint, flight);
    return PS_OK;
}

void ps_flight_deinit(struct ps_flight *flight)
{
    assert(flight->job == NULL);
    ps_buffer_deinit(&flight->held.bytes);
}
