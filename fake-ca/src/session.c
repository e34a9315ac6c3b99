/* SPDX-License-Identifier: Apache-2.0
 *
 * One connection, seen from the server.
 *
 *   HANDSHAKE -> REQUEST -> DRAINING     with TLS: the answer and close_notify are out, and what
 * still comes (the device's close_notify or alert) is only noted REQUEST -> OVER         without
 * TLS: the answer is out any -> OVER                          the handshake or a record failed, or
 * the link ended
 *
 * Nothing is sent once wants_close is seen, and nothing that arrives in OVER is looked at.
 */
#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include "failure.h"
#include "http.h"
#include "server_private.h"

enum session_state { SESSION_HANDSHAKE, SESSION_REQUEST, SESSION_DRAINING, SESSION_OVER };
enum { SESSION_READ_BYTES = 4096 };

struct ps_session {
    enum session_state state;
    struct ps_session_seen seen;
    struct ps_bytes release; /* borrowed until ps_session_free */
    struct ps_session_request request;
    struct ps_buffer output;
    SSL *ssl; /* owned, with both BIOs; NULL: plain HTTP */
    BIO *in, *out;
};

/* Alerts of the device. In TLS 1.3 every alert but two ends the connection, whatever level it
 * claims (RFC 8446 section 6). */
void ps_session_on_info(const SSL *ssl, int where, int value)
{
    enum { LEVEL_FATAL = 2, CLOSE_NOTIFY = 0, USER_CANCELED = 90 };
    struct ps_session *session = SSL_get_app_data(ssl);
    if (session == NULL || (where & SSL_CB_READ_ALERT) != SSL_CB_READ_ALERT)
        return;
    int level = value >> 8, description = value & 0xff;
    if (description == CLOSE_NOTIFY)
        session->seen.ended = true;
    else if (level == LEVEL_FATAL ||
             (SSL_version(ssl) == TLS1_3_VERSION && description != USER_CANCELED))
        session->seen.alert = true;
}

int ps_session_on_hello(SSL *ssl, int *alert, void *context)
{
    (void)alert;
    (void)context;
    struct ps_session *session = SSL_get_app_data(ssl);
    if (session != NULL)
        session->seen.hello = true;
    return SSL_CLIENT_HELLO_SUCCESS;
}

static ps_status session_start_tls(struct ps_session *session, struct ps_server *server,
                                   const struct ps_presentation *presentation, struct ps_error *err)
{
    SSL_CTX *context = NULL;
    PS_TRY(ps_server_context_find(server, presentation, &context, err));
    session->ssl = SSL_new(context);
    session->in = BIO_new(BIO_s_mem());
    session->out = BIO_new(BIO_s_mem());
    if (session->ssl == NULL || session->in == NULL || session->out == NULL)
        ps_memory_exhausted(0);
    SSL_set_bio(session->ssl, session->in, session->out);
    SSL_set_app_data(session->ssl, session);
    SSL_set_accept_state(session->ssl);
    return PS_OK;
}

ps_status ps_session_new(struct ps_server *server, const struct ps_session_options *options,
                         struct ps_session **ret_session, struct ps_error *err)
{
    struct ps_session *session = ps_alloc(1, sizeof *session);
    session->release = options->release;
    session->state = SESSION_REQUEST;
    ps_session_request_init(&session->request, server->sha256);
    if (options->presentation != NULL) {
        session->state = SESSION_HANDSHAKE;
        ps_status status = session_start_tls(session, server, options->presentation, err);
        if (!ps_is_ok(status)) {
            ps_session_free(session);
            return status;
        }
    }
    *ret_session = session;
    return PS_OK;
}

void ps_session_free(struct ps_session *session)
{
    if (session == NULL)
        return;
    SSL_free(session->ssl);
    ps_session_request_deinit(&session->request);
    ps_buffer_deinit(&session->output);
    free(session);
}

static void session_over(struct ps_session *session)
{
    session->state = SESSION_OVER;
    session->seen.wants_close = true;
}

/* Carries what OpenSSL wrote to the output. */
static void session_flush(struct ps_session *session)
{
    char *data = NULL;
    long size = BIO_get_mem_data(session->out, &data);
    if (size > 0) {
        ps_buffer_append(&session->output, data, (size_t)size);
        (void)BIO_reset(session->out);
    }
}

/* A failure of OpenSSL is the peer's doing, unless it is out of memory. */
static void session_drain_errors(void)
{
    for (unsigned long code; (code = ERR_get_error()) != 0;) {
        if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
            ps_memory_exhausted(0);
    }
}

static void session_handshake(struct ps_session *session)
{
    int result = SSL_do_handshake(session->ssl);
    if (result == 1) {
        session->seen.handshake_done = true;
        session->state = SESSION_REQUEST;
        return;
    }
    int error = SSL_get_error(session->ssl, result);
    session_drain_errors();
    if (error != SSL_ERROR_WANT_READ)
        session_over(session);
}

static void session_shut_down(struct ps_session *session)
{
    (void)SSL_shutdown(session->ssl);
    session_drain_errors();
    session->state = SESSION_DRAINING;
    session->seen.wants_close = true;
}

static void session_answer_tls(struct ps_session *session)
{
    struct ps_buffer answer = {0};
    ps_session_request_answer(&session->request, session->release, &answer);
    size_t written = 0;
    int ok = SSL_write_ex(session->ssl, answer.data, answer.size, &written);
    ps_buffer_deinit(&answer);
    if (ok != 1) {
        session_drain_errors();
        session_over(session);
        return;
    }
    session->seen.request = session->request.state == PS_REQUEST_DONE;
    session_shut_down(session);
}

/* Reads one piece. Returns whether there may be more. */
static bool session_read(struct ps_session *session)
{
    unsigned char piece[SESSION_READ_BYTES];
    size_t size = 0;
    int result = SSL_read_ex(session->ssl, piece, sizeof piece, &size);
    if (result != 1) {
        int error = SSL_get_error(session->ssl, result);
        session_drain_errors();
        if (error == SSL_ERROR_ZERO_RETURN && session->state == SESSION_REQUEST)
            session_shut_down(session);
        else if (error != SSL_ERROR_WANT_READ)
            session_over(session);
        return false;
    }
    if (session->state == SESSION_REQUEST &&
        ps_session_request_receive(&session->request, piece, size) != PS_REQUEST_READING)
        session_answer_tls(session);
    return session->state != SESSION_OVER;
}

static void session_receive_plain(struct ps_session *session, const void *data, size_t size)
{
    if (ps_session_request_receive(&session->request, data, size) == PS_REQUEST_READING)
        return;
    ps_session_request_answer(&session->request, session->release, &session->output);
    session->seen.request = session->request.state == PS_REQUEST_DONE;
    session_over(session);
}

void ps_session_receive(struct ps_session *session, const void *data, size_t size)
{
    if (session->state == SESSION_OVER || size == 0)
        return;
    if (session->ssl == NULL) {
        session_receive_plain(session, data, size);
        return;
    }
    ERR_clear_error();
    size_t written = 0;
    if (BIO_write_ex(session->in, data, size, &written) != 1 || written != size)
        ps_memory_exhausted(size);
    if (session->state == SESSION_HANDSHAKE)
        session_handshake(session);
    if (session->state == SESSION_REQUEST || session->state == SESSION_DRAINING) {
        while (session_read(session))
            ;
    }
    session_flush(session);
}

void ps_session_link_ended(struct ps_session *session)
{
    session->seen.ended = true;
    session_over(session);
}

struct ps_buffer *ps_session_output(struct ps_session *session)
{
    return &session->output;
}

struct ps_session_seen ps_session_seen(const struct ps_session *session)
{
    return session->seen;
}
