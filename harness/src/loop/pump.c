/* SPDX-License-Identifier: Apache-2.0
 *
 * Happy path: start (contact made, wire opened) -> connected (the contact's first bytes) ->
 * accepted (session made) -> bytes to and fro, now and then the courier's way -> verdict -> its
 * consequence seen -> wires closed -> slot free, or the same again for the second leg.
 *
 * Ways to fail: the link's fault strikes (the device's side gives up: a verdict as any other); the
 * host fails, or a first leg brings no ticket (the worker stops its batch).
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

/* Nothing of this leg is left. */
static void flight_landed(struct ps_flight *flight)
{
    struct ps_worker *worker = flight->worker;
    flight->closing = false;
    if (flight->more && !worker->stopping) {
        ps_worker_between(worker, flight);
        return;
    }
    flight->job = NULL;
    ps_worker_landed(worker, flight);
}

/* Everything but the wires goes; the leg is over once they are closed. */
static void flight_close(struct ps_flight *flight)
{
    flight->closing = true;
    ps_turns_cancel(&flight->worker->turns, &flight->held.turn);
    ps_courier_recall(&flight->courier);
    if (flight->unanswered)
        ps_worker_answer_given_up(flight->worker, flight);
    flight->unanswered = false;
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
    if (flight->wire == NULL) /* between two legs */
        flight_landed(flight);
    else
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

/* True while the device does nothing but wait for what it fetches. */
static bool flight_fetches(const struct ps_flight *flight)
{
    return ps_contact_fetch(flight->contact) != NULL;
}

/* The first of two legs is over: the second needs what it was made for. */
static void ticket_take(struct ps_flight *flight)
{
    const struct ps_verdict *verdict = ps_contact_verdict(flight->contact);
    struct ps_bytes ticket = ps_contact_ticket(flight->contact);
    struct ps_error err = {0};
    if (!ps_verdict_accepted(verdict))
        ps_worker_fail(flight->worker, flight,
                       ps_fail(&err, PS_FAILED, "the contact that gives the ticket: %s: %s",
                               ps_stage_text(verdict->stage), verdict->reason),
                       &err);
    else if (ticket.size == 0)
        ps_worker_fail(flight->worker, flight,
                       ps_fail(&err, PS_FAILED, "the contact that gives the ticket gave none"),
                       &err);
    else
        ps_buffer_append(&flight->ticket, ticket.data, ticket.size);
}

static void decided(struct ps_flight *flight)
{
    flight->job->ret_verdict = *ps_contact_verdict(flight->contact);
    if (flight->job->record)
        ps_contact_tell(flight->contact, flight->job->record);
}

/* The wire is closed once the device has decided, whatever the server still says. */
static void check_balance(struct ps_flight *flight)
{
    const struct ps_balance_end end = {.device_may_lose = flight->server_gone,
                                       .server_may_lose = true,
                                       .held = flight->held.bytes.size};
    struct ps_error err = {0};
    ps_status status = PS_INVARIANTS_ON ? ps_balance_check(&flight->bytes, &end, &err) : PS_OK;
    if (!ps_is_ok(status))
        ps_worker_fail(flight->worker, flight, status, &err);
}

static void flight_finish(struct ps_flight *flight)
{
    const struct ps_job *leg = flight->leg;
    struct ps_runner_counts *counts = &flight->worker->counts;
    struct ps_session_seen seen = {0};
    if (flight->session != NULL)
        seen = ps_session_seen(flight->session);
    if (leg->plain)
        counts->plain += seen.request;
    else if (seen.hello)
        counts->handshakes++;
    else if (leg->fault != PS_FAULT_NONE)
        counts->unreached++;
    flight->more = leg != flight->job;
    check_balance(flight);
    if (flight->more)
        ticket_take(flight);
    else
        decided(flight);
    flight_close(flight);
}

/* What an end has to say goes into the wire, or is dropped. */
static void note_said(struct ps_flow *flow, size_t size, bool sent)
{
    flow->in += size;
    *(sent ? &flow->sent : &flow->unsent) += size;
}

static void flight_carry(struct ps_flight *flight)
{
    const struct ps_link_methods *link = flight_link(flight);
    struct ps_buffer *bytes = ps_contact_output(flight->contact);
    if (flight->connected && bytes->size > 0) {
        bool sends = !flight->device_reset && !fault_struck(flight, PS_FAULT_RESET);
        note_said(&flight->bytes.device, bytes->size, sends);
        if (sends)
            link->send(flight->wire, PS_SIDE_DEVICE, bytes->data, bytes->size);
        ps_buffer_consume(bytes, bytes->size);
    }
    if (flight->session == NULL || flight->server_gone)
        return;
    struct ps_session_seen seen = ps_session_seen(flight->session);
    if (seen.waits && !flight->unanswered) {
        flight->unanswered = true;
        ps_worker_answer_waits(flight->worker, flight);
    }
    bytes = ps_session_output(flight->session);
    if (bytes->size > 0) {
        note_said(&flight->bytes.server, bytes->size, !flight->server_shut);
        if (!flight->server_shut)
            link->send(flight->wire, PS_SIDE_SERVER, bytes->data, bytes->size);
        ps_buffer_consume(bytes, bytes->size);
    }
    /* The end of the stream says nothing to a device that has decided by then: it would be a
     * packet, an event and a read for each contact. */
    if (!flight->server_shut && seen.wants_close &&
        flight->bytes.server.arrived >= flight->bytes.server.sent && !flight_decided(flight)) {
        flight->server_shut = true;
        link->shut(flight->wire, PS_SIDE_SERVER);
    }
}

/* Carries what both ends have to say, and ends the leg when it is done. */
static void flight_pump(struct ps_flight *flight)
{
    flight_carry(flight);
    const struct ps_verdict *verdict = ps_contact_verdict(flight->contact);
    if (verdict == NULL) {
        if (flight_fetches(flight) && ps_courier_rests(&flight->courier))
            ps_courier_send(&flight->courier);
        return;
    }
    if (!flight->server_gone) {
        if (flight->session == NULL || flight->bytes.device.arrived < flight->bytes.device.sent)
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

void ps_flight_answer(struct ps_flight *flight)
{
    assert(flight->unanswered);
    flight->unanswered = false;
    ps_session_answer(flight->session);
    flight_pump(flight);
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
        ps_duration_format(flight->leg->timeout, timeout);
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
    bool takes = !flight_decided(flight);
    flight->bytes.server.out += takes ? passed : 0;
    flight->bytes.server.dropped += takes ? size - passed : size;
    if (passed > 0 && takes)
        ps_contact_receive(flight->contact, data, passed);
    if (strikes && flight_fetches(flight))
        flight->held.strikes = true; /* however the bytes were cut up */
    else if (strikes)
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

/* What happens on the device's side of the wire waits behind what it fetches. */
static bool device_waits(const struct ps_flight *flight)
{
    return flight->filter.holds || flight->held.turn.queued || flight_fetches(flight);
}

static void held_wake(struct ps_flight *flight)
{
    ps_turns_add(&flight->worker->turns, &flight->held.turn);
}

static void on_held(void *context)
{
    struct ps_flight *flight = context;
    if (!flight_live(flight) || flight_fetches(flight))
        return; /* ps_flight_fetched comes back to it */
    struct ps_buffer bytes = flight->held.bytes;
    flight->held.bytes = (struct ps_buffer){0};
    if (flight->held.strikes)
        fault_strike(flight);
    flight->held.strikes = false;
    if (bytes.size > 0)
        device_receive(flight, bytes.data, bytes.size);
    ps_buffer_deinit(&bytes);
    if (flight->held.ended && !flight_fetches(flight)) {
        flight->held.ended = false;
        device_ended(flight, flight->held.how);
    }
    if (flight_live(flight))
        flight_pump(flight);
}

void ps_flight_fetched(struct ps_flight *flight)
{
    held_wake(flight);
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
    const struct ps_job *leg = flight->leg;
    if (leg->clients != NULL) {
        flight->clients = *leg->clients;
        flight->clients.now = leg->server_now;
    }
    const struct ps_session_options options = {
        .presentation = leg->plain ? NULL : leg->presentation,
        .release = leg->release,
        .staple = leg->staple,
        .psk = leg->psk,
        .clients = leg->clients != NULL ? &flight->clients : NULL,
        .tickets = flight->job->ticket_from != NULL,
        .waits = flight->worker->options.live > 0,
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
        struct ps_flow *flow = &flight->bytes.device;
        flow->arrived += size;
        *(flight->server_gone ? &flow->dropped : &flow->out) += size;
        if (!flight->server_gone)
            ps_session_receive(flight->session, data, size);
        flight_pump(flight);
        return;
    }
    flight->bytes.server.arrived += size;
    if (device_waits(flight)) {
        ps_buffer_append(&flight->held.bytes, data, size);
        held_wake(flight);
        return;
    }
    device_receive(flight, data, size);
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
    } else if (device_waits(flight)) {
        flight->held.ended = true;
        flight->held.how = how;
        held_wake(flight);
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
    if (ps_courier_rests(&flight->courier))
        flight_landed(flight);
}

void ps_flight_courier_rests(struct ps_flight *flight)
{
    if (flight->closing && flight->wire == NULL)
        flight_landed(flight);
    else if (flight_live(flight))
        flight_pump(flight); /* it may have to go again */
}

const struct ps_link_events ps_flight_events = {
    .connected = on_connected,
    .accepted = on_accepted,
    .arrived = on_arrived,
    .ended = on_ended,
    .failed = on_failed,
    .closed = on_closed,
};

/* Begins a leg in a slot where nothing is under way. */
static ps_status leg_begin(struct ps_flight *flight, struct ps_job *job, const struct ps_job *leg,
                           struct ps_error *err)
{
    struct ps_worker *worker = flight->worker;
    assert(flight->wire == NULL && ps_courier_rests(&flight->courier));
    flight->held.bytes.size = 0;
    *flight = (struct ps_flight){
        .worker = worker,
        .job = job,
        .leg = leg,
        .ticket = flight->ticket,
        .courier.flight = flight,
        .held.turn = {.call = on_held, .context = flight},
        .held.bytes = flight->held.bytes,
        .filter = ps_fault_filter_make(leg->fault, leg->delay, leg->timeout, leg->after_bytes),
    };
    int length = snprintf(flight->message, sizeof flight->message, "%" PRIu64, leg->message);
    struct ps_contact_options options = {
        .now = leg->now,
        .host = leg->host,
        .task = leg->task,
        .plain = leg->plain,
        .message = {.data = (const unsigned char *)flight->message, .size = (size_t)length},
        .tlsa = leg->tlsa,
        .tlsa_count = leg->tlsa_count,
        .ticket = {.data = flight->ticket.data, .size = flight->ticket.size},
        .credential_certificate = leg->credential_certificate,
        .credential_issuer = leg->credential_issuer,
        .messages = leg->messages,
    };
    PS_TRY(ps_worker_trust(worker, leg->trust, &options.trust, err));
    PS_TRY(ps_contact_new(worker->stack, &options, &flight->contact, err));
    flight->wire = flight_link(flight)->open(worker->link, leg->endpoint, flight);
    return PS_OK;
}

ps_status ps_flight_start(struct ps_flight *flight, struct ps_job *job, struct ps_error *err)
{
    assert(flight->job == NULL);
    const struct ps_job *before = job->ticket_from;
    assert(before == NULL || before->ticket_from == NULL);
    flight->ticket.size = 0;
    ps_status status = leg_begin(flight, job, before != NULL ? before : job, err);
    if (!ps_is_ok(status))
        flight->job = NULL;
    return status;
}

ps_status ps_flight_continue(struct ps_flight *flight, struct ps_error *err)
{
    assert(flight->more);
    return leg_begin(flight, flight->job, flight->job, err);
}

void ps_flight_deinit(struct ps_flight *flight)
{
    assert(flight->job == NULL);
    ps_buffer_deinit(&flight->ticket);
    ps_buffer_deinit(&flight->held.bytes);
}
