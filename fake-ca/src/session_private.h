/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of a session: what OpenSSL's callbacks need of it.
 */
#ifndef FAKE_CA_SESSION_PRIVATE_H
#define FAKE_CA_SESSION_PRIVATE_H

#include <openssl/ssl.h>
#include "fake-ca/server.h"
#include "http.h"
#include "publisher.h"

enum ps_session_state {
    PS_SESSION_HANDSHAKE,
    PS_SESSION_REQUEST,
    PS_SESSION_DRAINING,
    PS_SESSION_OVER
};

struct ps_session {
    enum ps_session_state state;
    struct ps_session_seen seen;
    struct ps_session_options options; /* what they point to is borrowed until ps_session_free */
    struct ps_publisher publisher;     /* of a plain session */
    struct ps_session_request request;
    struct ps_buffer output;
    SSL *ssl; /* owned, with both BIOs; NULL: plain HTTP */
    BIO *in, *out;
    bool secret_found; /* the device named the shared secret */
};

/* In credential.c: the device will be asked for a certificate, and judged. */
PS_MUST_USE ps_status ps_session_ask(struct ps_session *session, struct ps_server *server,
                                     struct ps_error *err);

#endif
