/* SPDX-License-Identifier: Apache-2.0
 *
 * The server's side of a contact: bytes in, bytes out, no I/O. A ps_server belongs to one thread
 * and has its own OpenSSL library context; it caches one SSL_CTX per presentation. The chain is
 * sent exactly as the presentation says: SSL_MODE_NO_AUTO_CHAIN, or OpenSSL would complete it.
 *
 * Protocol on top (HTTP/1.1, parsed with http_parser, one request per connection):
 *   POST /telemetry   with a body  -> 200, body "ack " and the request body's SHA-256 in lower hex
 *   GET  /firmware                 -> 200, body = the release payload of the session's options;
 *                                     404 when there is none
 *   POST /ocsp/...    a DER OCSPRequest (RFC 6960 appendix A.1) -> the session's answer about the
 *                                     certificate that is asked for; for others "unauthorized"
 *   GET  /crl/..., /issuer/...     -> the session's answer of that path, DER
 *   anything else                  -> 404
 * What authorities publish is to be had from plain sessions only. A malformed OCSP request gets
 * "malformedRequest"; one about several certificates "unauthorized".
 * What is no HTTP gets 400, a body that is too large 413, a head that is 431 (limits: src/http.h);
 * these count as no request.
 */
#ifndef FAKE_CA_SERVER_H
#define FAKE_CA_SERVER_H

#include <stdbool.h>
#include "fake-ca/ca.h"

struct ps_server;
PS_MUST_USE ps_status ps_server_new(const struct ps_ca *ca, struct ps_server **ret_server,
                                    struct ps_error *err);
void ps_server_free(struct ps_server *server); /* after its sessions */

/* What a publisher answers. `path` is that of the URL and begins with what it is: "/ocsp/r3",
 * "/crl/r3", "/issuer/r3". Several OCSP answers may have one path. */
struct ps_published {
    uint32_t what; /* PS_PUBLISH_OCSP, _CRL or _ISSUER */
    const char *path;
    ps_certificate_id about; /* OCSP: of the certificate that `body` is about */
    struct ps_bytes body;    /* DER */
    bool down; /* the connection is closed without an answer, whatever is asked at `path` */
};

/* How the server judges the device's own credential: what it shows has to be for clients and lead
 * to an anchor, whether that is a root or not; or its key is one of `keys`. Nothing on the way may
 * be revoked. A device that refuses to show one, or shows none, is refused. In TLS 1.3 the device
 * has finished its handshake by then: it meets the alert when it reads. A device that the shared
 * secret or a ticket made known is not asked again. */
struct ps_client_rules {
    const ps_certificate_id *anchors; /* the CAs that it accepts */
    size_t anchor_count;
    const struct ps_bytes
        *keys; /* DER SPKIs that are accepted in whatever certificate (raw keys) */
    size_t key_count;
    bool dates;                     /* a certificate that has ended is refused, its CA's too */
    ps_time now;                    /* the server's clock */
    const struct ps_bytes *revoked; /* DER certificates that it has blocked */
    size_t revoked_count;
};

#define PS_SECRET_IDENTITY "device"
enum { PS_SECRET_MAX = 48 };

struct ps_session_options {
    /* NULL: no TLS, plain HTTP. Borrowed until ps_server_free (its address is the cache key). */
    const struct ps_presentation *presentation;
    /* What GET /firmware answers; empty: 404. Borrowed until the session ends. */
    struct ps_bytes release;
    struct ps_bytes staple; /* a DER OCSPResponse for who asks (RFC 6066 section 8); empty: none */
    const struct ps_published *published; /* plain sessions: what is to be had */
    size_t published_count;
    /* A shared secret that the server knows, at most PS_SECRET_MAX bytes (more: PS_INVALID), by the
     * identity PS_SECRET_IDENTITY: in TLS 1.3 with SHA-256 (RFC 8446 section 4.2.11), in TLS 1.2 by
     * RFC 4279 and 5489. Empty: none. With one and without a presentation the session is TLS all
     * the same, and only this can make it. */
    struct ps_bytes psk;
    const struct ps_client_rules *clients; /* NULL: the device is not asked for a certificate */
    bool tickets; /* gives one ticket, and takes one that any session of this server gave */
    bool waits;   /* over TLS: a request is answered by ps_session_answer only */
    /* All of it borrowed until the session ends. */
};

struct ps_session;
PS_MUST_USE ps_status ps_session_new(struct ps_server *server,
                                     const struct ps_session_options *options,
                                     struct ps_session **ret_session, struct ps_error *err);
void ps_session_free(struct ps_session *session); /* NULL allowed */

/* Bytes from the device. After it, take what ps_session_output holds. */
void ps_session_receive(struct ps_session *session, const void *data, size_t size);
/* Answers the request that waits. After it, take what ps_session_output holds. */
void ps_session_answer(struct ps_session *session);
/* The link ended on the device's side (end of stream or reset). */
void ps_session_link_ended(struct ps_session *session);
/* Bytes for the device; the caller consumes from it (ps_buffer_consume). */
struct ps_buffer *ps_session_output(struct ps_session *session);

/* What the server saw. */
struct ps_session_seen {
    bool hello; /* a ClientHello arrived: this handshake is counted */
    bool handshake_done;
    bool resumed;        /* by a ticket: nothing was shown and nothing judged */
    bool client_refused; /* the device's credential, or that it has none */
    bool waits;          /* a whole request is to be answered by ps_session_answer */
    bool request;        /* a whole request was answered */
    bool alert;          /* the device sent a fatal alert */
    bool ended;          /* the link ended, or close_notify arrived */
    bool wants_close;    /* the answer is out, or the handshake failed: nothing more will be sent */
};
struct ps_session_seen ps_session_seen(const struct ps_session *session);

#endif
