/* SPDX-License-Identifier: Apache-2.0
 *
 * The TCP link: real connections over 127.0.0.1, both ends on the same loop.
 *
 * Happy path: take an end, connect, note port -> wire; a listener accepts, finds the wire by the
 * peer's port and attaches its own end; bytes; close. The kernel chooses the port when it connects:
 * binding first would look for one that nobody at all uses, which takes a millisecond when ten
 * thousand are in use. So connections to different listeners may have the same.
 *
 * Ways to fail: no free port (tried again for a while, then `failed`); no descriptor (`failed`); a
 * stranger connects (turned away).
 *
 * Every end is closed with a reset. An ordinary close of millions of connections would leave each
 * one's port in TIME-WAIT for a minute. For the same reason never both sides end their streams.
 *
 * Handles never move and are used again only after their close callback. Write errors are not
 * reported: the read side of the same end always sees what happened.
 */
#include "loop/link.h"

#include <arpa/inet.h>
#include <assert.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <utlist.h>
#include "base/memory.h"

enum {
    PORT_COUNT = 65536,
    BACKLOG = 4096, /* the kernel lowers it to net.core.somaxconn */
    READ_BYTES = 65536,
    CONNECT_ATTEMPTS_MAX = 100, /* for a free port, RETRY_MS apart */
    RETRY_MS = 50,
};

/* One end of a connection. */
struct tcp_end {
    uv_tcp_t handle;
    uv_connect_t connect;
    uv_write_t write;
    uv_shutdown_t shutdown;
    struct ps_link *link;
    struct ps_wire *wire; /* NULL: a stranger's */
    enum ps_side side;
    struct ps_buffer writing, waiting; /* with the kernel; behind that */
    bool busy;                         /* `write` is under way */
    bool broken;                       /* the peer is gone: nothing can be sent */
    bool shut;                         /* end of stream asked for */
    bool closing;
    struct tcp_end *next;
};

struct ps_wire {
    struct ps_link *link;
    void *context;
    uint32_t endpoint;
    uint16_t port; /* of the device's end; 0: none */
    unsigned attempts;
    bool retrying, closing;
    struct tcp_end *end[PS_SIDE_COUNT];
    struct ps_turn released; /* for a wire without ends */
    struct ps_wire *prev, *next;
    struct ps_wire *next_of_port;
};

struct listener {
    uv_tcp_t handle;
    struct ps_link *link;
    struct sockaddr_in address;
};

struct ps_link {
    struct ps_link_options options;
    struct listener *listeners;
    uint32_t listener_count; /* that are open */
    uv_timer_t retry;
    struct ps_wire *retrying;
    struct tcp_end *idle_ends;
    struct ps_wire *idle_wires;
    size_t wires;             /* in use */
    struct ps_wire **by_port; /* PORT_COUNT, each with the wires of that port */
    char read_bytes[READ_BYTES];
};

static void failed(struct ps_wire *wire, const char *what, int error)
{
    char text[160];
    snprintf(text, sizeof text, "%s: %s", what, uv_strerror(error));
    wire->link->options.events->failed(wire->context, text);
}

static struct tcp_end *end_take(struct ps_link *link, struct ps_wire *wire, enum ps_side side)
{
    struct tcp_end *end = link->idle_ends;
    if (end != NULL)
        LL_DELETE(link->idle_ends, end);
    else
        end = ps_alloc(1, sizeof *end);
    end->link = link;
    end->wire = wire;
    end->side = side;
    end->busy = end->broken = end->shut = end->closing = false;
    uv_tcp_init(link->options.loop, &end->handle); /* no socket yet: cannot fail */
    end->handle.data = end;
    if (wire != NULL)
        wire->end[side] = end;
    return end;
}

static void on_retry(uv_timer_t *timer);

static void wire_release(void *context)
{
    struct ps_wire *wire = context;
    struct ps_link *link = wire->link;
    void *owner = wire->context;
    link->wires--;
    LL_PREPEND(link->idle_wires, wire);
    link->options.events->closed(owner);
}

static void on_end_closed(uv_handle_t *handle)
{
    struct tcp_end *end = handle->data;
    struct ps_link *link = end->link;
    struct ps_wire *wire = end->wire;
    end->writing.size = 0;
    end->waiting.size = 0;
    LL_PREPEND(link->idle_ends, end);
    if (wire == NULL)
        return;
    wire->end[end->side] = NULL;
    if (wire->closing) {
        if (wire->end[PS_SIDE_DEVICE] == NULL && wire->end[PS_SIDE_SERVER] == NULL)
            wire_release(wire);
    } else if (wire->retrying) {
        DL_APPEND(link->retrying, wire);
        if (!uv_is_active((uv_handle_t *)&link->retry))
            uv_timer_start(&link->retry, on_retry, RETRY_MS, 0);
    }
}

/* uv_tcp_close_reset refuses while a shutdown is under way; this is what it does. */
static void reset_when_closed(const uv_handle_t *handle)
{
    uv_os_fd_t fd;
    struct linger reset = {.l_onoff = 1, .l_linger = 0};
    if (uv_fileno(handle, &fd) == 0)
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &reset, sizeof reset);
}

static void end_close(struct tcp_end *end)
{
    if (end->closing)
        return;
    end->closing = true;
    if (end->wire != NULL && end->side == PS_SIDE_DEVICE && end->wire->port != 0) {
        /* The kernel may hand the port out again as soon as the socket is closed, which is now. */
        LL_DELETE2(end->link->by_port[end->wire->port], end->wire, next_of_port);
        end->wire->port = 0;
    }
    if (end->side == PS_SIDE_DEVICE)
        reset_when_closed((uv_handle_t *)&end->handle);
    uv_close((uv_handle_t *)&end->handle, on_end_closed);
}

/* Sending */

static void end_write(struct tcp_end *end);

static void on_shutdown(uv_shutdown_t *request, int status)
{
    (void)request;
    (void)status;
}

static void end_shut(struct tcp_end *end)
{
    if (uv_shutdown(&end->shutdown, (uv_stream_t *)&end->handle, on_shutdown) != 0)
        end->broken = true;
}

static void on_written(uv_write_t *request, int status)
{
    struct tcp_end *end = request->data;
    end->busy = false;
    end->writing.size = 0;
    if (status < 0)
        end->broken = true;
    if (end->closing || end->broken)
        return;
    if (end->waiting.size > 0)
        end_write(end);
    else if (end->shut)
        end_shut(end);
}

static void end_write(struct tcp_end *end)
{
    assert(!end->busy && end->writing.size == 0);
    struct ps_buffer empty = end->writing;
    end->writing = end->waiting;
    end->waiting = empty;
    uv_buf_t bytes = uv_buf_init((char *)end->writing.data, (unsigned)end->writing.size);
    end->write.data = end;
    end->busy = true;
    if (uv_write(&end->write, (uv_stream_t *)&end->handle, &bytes, 1, on_written) != 0) {
        end->busy = false;
        end->broken = true;
    }
}

static void tcp_send(struct ps_wire *wire, enum ps_side from, const void *data, size_t size)
{
    struct tcp_end *end = wire->end[from];
    if (end == NULL || end->closing || end->broken || end->shut)
        return;
    const char *bytes = data;
    if (!end->busy) {
        uv_buf_t now = uv_buf_init((char *)bytes, (unsigned)size);
        int sent = uv_try_write((uv_stream_t *)&end->handle, &now, 1);
        if (sent < 0 && sent != UV_EAGAIN) {
            end->broken = true;
            return;
        }
        if (sent > 0) {
            bytes += sent;
            size -= (size_t)sent;
        }
    }
    if (size == 0)
        return;
    ps_buffer_append(&end->waiting, bytes, size);
    if (!end->busy)
        end_write(end);
}

static void tcp_shut(struct ps_wire *wire, enum ps_side side)
{
    struct tcp_end *end = wire->end[side];
    if (end == NULL || end->closing || end->broken || end->shut)
        return;
    end->shut = true;
    if (!end->busy)
        end_shut(end);
}

static void tcp_reset(struct ps_wire *wire, enum ps_side side)
{
    if (wire->end[side] != NULL)
        end_close(wire->end[side]);
}

/* Receiving */

static void on_alloc(uv_handle_t *handle, size_t suggested, uv_buf_t *ret_bytes)
{
    (void)suggested;
    struct tcp_end *end = handle->data;
    *ret_bytes = uv_buf_init(end->link->read_bytes, READ_BYTES); /* used up in on_read */
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *bytes)
{
    struct tcp_end *end = stream->data;
    const struct ps_link_events *events = end->link->options.events;
    if (count == 0 || end->closing)
        return;
    if (count > 0) {
        events->arrived(end->wire->context, end->side, bytes->base, (size_t)count);
        return;
    }
    uv_read_stop(stream);
    if (count == UV_EOF)
        events->ended(end->wire->context, end->side, PS_LINK_END_CLEAN);
    else if (count == UV_ECONNRESET ||
             count == UV_EPIPE) /* EPIPE: a reset after an end of stream */
        events->ended(end->wire->context, end->side, PS_LINK_END_RESET);
    else
        failed(end->wire, "cannot read from a loopback connection", (int)count);
}

/* True when the end is ready for use. */
static bool end_begin(struct tcp_end *end)
{
    if (end->side == PS_SIDE_DEVICE)
        uv_tcp_nodelay(&end->handle, 1); /* a failure only costs time */
    int error = uv_read_start((uv_stream_t *)&end->handle, on_alloc, on_read);
    if (error != 0)
        failed(end->wire, "cannot use a loopback connection", error);
    return error == 0;
}

/* Connecting */

static void connect_failed(struct ps_wire *wire, int error)
{
    bool ports_short = error == UV_EADDRINUSE || error == UV_EADDRNOTAVAIL;
    if (!ports_short || ++wire->attempts >= CONNECT_ATTEMPTS_MAX) {
        failed(wire, ports_short ? "no free port on 127.0.0.1" : "cannot connect to 127.0.0.1",
               error);
        return;
    }
    wire->retrying = true;
    end_close(wire->end[PS_SIDE_DEVICE]);
}

static void on_connect(uv_connect_t *request, int status)
{
    struct tcp_end *end = request->data;
    if (end->closing)
        return;
    if (status < 0)
        connect_failed(end->wire, status);
    else if (end_begin(end))
        end->link->options.events->connected(end->wire->context);
}

static void wire_connect(struct ps_wire *wire)
{
    struct ps_link *link = wire->link;
    struct tcp_end *end = end_take(link, wire, PS_SIDE_DEVICE);
    struct sockaddr_in own = {0};
    int length = sizeof own;
    end->connect.data = end;
    int error = uv_tcp_connect(&end->connect, &end->handle,
                               (const struct sockaddr *)&link->listeners[wire->endpoint].address,
                               on_connect);
    if (error == 0)
        error = uv_tcp_getsockname(&end->handle, (struct sockaddr *)&own, &length);
    if (error != 0) {
        connect_failed(wire, error);
        return;
    }
    wire->port = ntohs(own.sin_port);
    LL_PREPEND2(link->by_port[wire->port], wire, next_of_port);
}

static void on_retry(uv_timer_t *timer)
{
    struct ps_link *link = timer->data;
    struct ps_wire *all = link->retrying, *wire, *next;
    link->retrying = NULL; /* who fails again comes back in its close callback */
    DL_FOREACH_SAFE(all, wire, next)
    {
        DL_DELETE(all, wire);
        wire->retrying = false;
        wire_connect(wire);
    }
}

static struct ps_wire *tcp_open(struct ps_link *link, uint32_t endpoint, void *context)
{
    assert(endpoint < link->listener_count);
    struct ps_wire *wire = link->idle_wires;
    if (wire != NULL)
        LL_DELETE(link->idle_wires, wire);
    else
        wire = ps_alloc(1, sizeof *wire);
    *wire = (struct ps_wire){.link = link, .context = context, .endpoint = endpoint};
    wire->released.call = wire_release;
    wire->released.context = wire;
    link->wires++;
    wire_connect(wire);
    return wire;
}

static void tcp_close(struct ps_wire *wire)
{
    assert(!wire->closing);
    wire->closing = true;
    bool ends = false;
    for (int side = 0; side < PS_SIDE_COUNT; side++) {
        if (wire->end[side] != NULL) {
            end_close(wire->end[side]);
            ends = true;
        }
    }
    if (ends)
        return;
    if (wire->retrying)
        DL_DELETE(wire->link->retrying, wire);
    ps_turns_add(wire->link->options.turns, &wire->released);
}

/* Listening */

static struct ps_wire *wire_from(const struct ps_link *link, uint16_t port, uint32_t endpoint)
{
    struct ps_wire *wire = link->by_port[port];
    while (wire != NULL && wire->endpoint != endpoint)
        wire = wire->next_of_port;
    return wire;
}

static void on_connection(uv_stream_t *server, int status)
{
    struct listener *listener = server->data;
    struct ps_link *link = listener->link;
    if (status < 0)
        return; /* the peer went, or no descriptor: that contact's own connect tells */
    struct tcp_end *end = end_take(link, NULL, PS_SIDE_SERVER);
    struct sockaddr_in peer = {0};
    int length = sizeof peer;
    int error = uv_accept(server, (uv_stream_t *)&end->handle);
    if (error == 0)
        error = uv_tcp_getpeername(&end->handle, (struct sockaddr *)&peer, &length);
    struct ps_wire *wire =
        error == 0 && peer.sin_addr.s_addr == htonl(INADDR_LOOPBACK)
            ? wire_from(link, ntohs(peer.sin_port), (uint32_t)(listener - link->listeners))
            : NULL;
    if (wire == NULL || wire->closing || wire->end[PS_SIDE_SERVER] != NULL) {
        end_close(end);
        return;
    }
    end->wire = wire;
    wire->end[PS_SIDE_SERVER] = end;
    if (end_begin(end))
        link->options.events->accepted(wire->context);
}

static ps_status listener_open(struct ps_link *link, uint32_t index, struct ps_error *err)
{
    struct listener *listener = &link->listeners[index];
    uint16_t port = link->options.port == 0 ? 0 : (uint16_t)(link->options.port + index);
    listener->link = link;
    listener->address = (struct sockaddr_in){
        .sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    uv_tcp_init(link->options.loop, &listener->handle);
    listener->handle.data = listener;
    link->listener_count++;
    int length = sizeof listener->address;
    int error = uv_tcp_bind(&listener->handle, (const struct sockaddr *)&listener->address, 0);
    if (error == 0) /* a taken port shows only here */
        error = uv_listen((uv_stream_t *)&listener->handle, BACKLOG, on_connection);
    if (error == 0)
        error =
            uv_tcp_getsockname(&listener->handle, (struct sockaddr *)&listener->address, &length);
    if (error == 0) {
        /* What a connection takes from its listener need not be set for each (Linux: tcp(7)). */
        uv_tcp_nodelay(&listener->handle, 1);
        reset_when_closed((uv_handle_t *)&listener->handle);
        return PS_OK;
    }
    if (port != 0)
        return ps_fail(err, PS_FAILED, "cannot listen on 127.0.0.1:%u: %s; choose another --port",
                       port, uv_strerror(error));
    return ps_fail(err, PS_FAILED, "cannot listen on 127.0.0.1: %s", uv_strerror(error));
}

static void tcp_close_listeners(struct ps_link *link)
{
    assert(link->wires == 0);
    for (uint32_t i = 0; i < link->listener_count; i++)
        uv_close((uv_handle_t *)&link->listeners[i].handle, NULL);
    uv_close((uv_handle_t *)&link->retry, NULL);
}

static void tcp_free(struct ps_link *link)
{
    struct tcp_end *end, *next_end;
    LL_FOREACH_SAFE(link->idle_ends, end, next_end)
    {
        ps_buffer_deinit(&end->writing);
        ps_buffer_deinit(&end->waiting);
        free(end);
    }
    struct ps_wire *wire, *next_wire;
    LL_FOREACH_SAFE(link->idle_wires, wire, next_wire)
    {
        free(wire);
    }
    free(link->by_port);
    free(link->listeners);
    free(link);
}

static ps_status tcp_make(const struct ps_link_options *options, struct ps_link **ret_link,
                          struct ps_error *err)
{
    struct ps_link *link = ps_alloc(1, sizeof *link);
    link->options = *options;
    link->by_port = ps_alloc(PORT_COUNT, sizeof *link->by_port);
    link->listeners = ps_alloc(options->endpoint_count, sizeof *link->listeners);
    uv_timer_init(options->loop, &link->retry);
    link->retry.data = link;
    for (uint32_t i = 0; i < options->endpoint_count; i++) {
        ps_status status = listener_open(link, i, err);
        if (!ps_is_ok(status)) {
            tcp_close_listeners(link);
            uv_run(options->loop, UV_RUN_NOWAIT); /* one turn calls every close callback */
            tcp_free(link);
            return status;
        }
    }
    *ret_link = link;
    return PS_OK;
}

const struct ps_link_methods ps_link_tcp = {
    .make = tcp_make,
    .close_listeners = tcp_close_listeners,
    .free = tcp_free,
    .open = tcp_open,
    .send = tcp_send,
    .shut = tcp_shut,
    .reset = tcp_reset,
    .close = tcp_close,
};
