/* SPDX-License-Identifier: Apache-2.0
 *
 * One connection, seen from the server.
 *
 *   HANDSHAKE -> REQUEST -> DRAINING   with TLS: the answer and close_notify are out, and what
 * still comes (the device's close_notify or alert) is only noted REQUEST -> OVER       without TLS:
 * the answer is out, or there is none any -> OVER                        the handshake or a record
 * failed, or the link ended
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
#include "session_private.h"

enum { SESSION_READ_BYTES = 4096 };

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

/* Asked only for a device that asks (RFC 6066 section 8). */
int ps_session_on_status(SSL *ssl, void *context)
{
    (void)context;
    const struct ps_session *session = SSL_get_app_data(ssl);
    if (session->options.staple.size == 0)
        return SSL_TLSEXT_ERR_NOACK;
    struct ps_bytes staple = session->options.staple;
    unsigned char *copy = OPENSSL_memdup(staple.data, staple.size);
    if (copy == NULL)
        ps_memory_exhausted(staple.size);
    /* OpenSSL owns the copy. */
    return SSL_set_tlsext_status_ocsp_resp(ssl, copy, (long)staple.size) == 1
               ? SSL_TLSEXT_ERR_OK
               : SSL_TLSEXT_ERR_ALERT_FATAL;
}

/* What this session's options ask for; without them the context's settings stay. */
static ps_status session_configure(struct ps_session *session, struct ps_server *server,
                                   struct ps_error *err)
{
    const struct ps_session_options *options = &session->options;
    if (options->psk.size > PS_SECRET_MAX)
        return ps_fail(err, PS_INVALID, "a shared secret has at most %d bytes", PS_SECRET_MAX);
    if (options->psk.size > 0) {
        SSL_set_psk_find_session_callback(session->ssl, ps_secret_find);
        SSL_set_psk_server_callback(session->ssl, ps_secret_find_tls12);
        if (SSL_set_cipher_list(session->ssl, PS_SERVER_SECRET_CIPHERS ":" PS_SERVER_CIPHERS) != 1)
            return ps_ca_openssl_fail(err, "configuring a shared secret");
    }
    if (options->tickets) {
        SSL_clear_options(session->ssl, SSL_OP_NO_TICKET);
        if (SSL_set_num_tickets(session->ssl, 1) != 1)
            return ps_ca_openssl_fail(err, "configuring tickets");
    }
    return options->clients != NULL ? ps_session_ask(session, server, err) : PS_OK;
}

static ps_status session_start_tls(struct ps_session *session, struct ps_server *server,
                                   struct ps_error *err)
{
    SSL_CTX *context = NULL;
    PS_TRY(ps_server_context_find(server, session->options.presentation, &context, err));
    session->ssl = SSL_new(context);
    session->in = BIO_new(BIO_s_mem());
    session->out = BIO_new(BIO_s_mem());
    if (session->ssl == NULL || session->in == NULL || session->out == NULL)
        ps_memory_exhausted(0);
    SSL_set_bio(session->ssl, session->in, session->out);
    SSL_set_app_data(session->ssl, session);
    SSL_set_accept_state(session->ssl);
    session->state = PS_SESSION_HANDSHAKE;
    return session_configure(session, server, err);
}

ps_status ps_session_new(struct ps_server *server, const struct ps_session_options *options,
                         struct ps_session **ret_session, struct ps_error *err)
{
    for (size_t i = 0; i < options->published_count; i++)
        assert(ps_publisher_is_at(options->published[i].what, options->published[i].path));
    struct ps_session *session = ps_alloc(1, sizeof *session);
    session->options = *options;
    session->publisher =
        (struct ps_publisher){server->ca, options->published, options->published_count};
    session->state = PS_SESSION_REQUEST;
    ps_session_request_init(&session->request, server->sha256);
    if (options->presentation != NULL || options->psk.size > 0) {
        ps_status status = session_start_tls(session, server, err);
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
    session->state = PS_SESSION_OVER;
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
static void session_drain_errors(struct ps_session *session)
{
    for (unsigned long code; (code = ERR_get_error()) != 0;) {
        if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
            ps_memory_exhausted(0);
        /* No certificate is none that could be judged. */
        if (ERR_GET_LIB(code) == ERR_LIB_SSL &&
            ERR_GET_REASON(code) == SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE)
            session->seen.client_refused = true;
    }
}

static void session_handshake(struct ps_session *session)
{
    int result = SSL_do_handshake(session->ssl);
    if (result == 1) {
        session->seen.handshake_done = true;
        /* In TLS 1.3 OpenSSL calls a handshake by a shared secret resumed, too. */
        session->seen.resumed = SSL_session_reused(session->ssl) == 1 && !session->secret_found;
        session->state = PS_SESSION_REQUEST;
        return;
    }
    int error = SSL_get_error(session->ssl, result);
    session_drain_errors(session);
    if (error != SSL_ERROR_WANT_READ)
        session_over(session);
}

static void session_shut_down(struct ps_session *session)
{
    (void)SSL_shutdown(session->ssl);
    session_drain_errors(session);
    session->state = PS_SESSION_DRAINING;
    session->seen.wants_close = true;
}

static void session_answer_tls(struct ps_session *session)
{
    struct ps_buffer answer = {0};
    struct ps_session_stock stock = {.release = session->options.release};
    (void)ps_session_request_answer(&session->request, &stock, &answer);
    size_t written = 0;
    int ok = SSL_write_ex(session->ssl, answer.data, answer.size, &written);
    ps_buffer_deinit(&answer);
    if (ok != 1) {
        session_drain_errors(session);
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
        session_drain_errors(session);
        if (error == SSL_ERROR_ZERO_RETURN && session->state == PS_SESSION_REQUEST)
            session_shut_down(session);
        else if (error != SSL_ERROR_WANT_READ)
            session_over(session);
        return false;
    }
    if (session->state == PS_SESSION_REQUEST && !session->seen.waits &&
        ps_session_request_receive(&session->request, piece, size) != PS_REQUEST_READING) {
        session->seen.waits = session->options.waits;
        if (!session->seen.waits)
            session_answer_tls(session);
    }
    return session->state != PS_SESSION_OVER;
}

static void session_receive_plain(struct ps_session *session, const void *data, size_t size)
{
    if (ps_session_request_receive(&session->request, data, size) == PS_REQUEST_READING)
        return;
    struct ps_session_stock stock = {session->options.release, &session->publisher};
    bool answered = ps_session_request_answer(&session->request, &stock, &session->output);
    session->seen.request = answered && session->request.state == PS_REQUEST_DONE;
    session_over(session);
}

void ps_session_receive(struct ps_session *session, const void *data, size_t size)
{
    if (session->state == PS_SESSION_OVER || size == 0)
        return;
    if (session->ssl == NULL) {
        session_receive_plain(session, data, size);
        return;
    }
    ERR_clear_error();
    size_t written = 0;
    if (BIO_write_ex(session->in, data, size, &written) != 1 || written != size)
        ps_memory_exhausted(size);
    if (session->state == PS_SESSION_HANDSHAKE)
        session_handshake(session);
    if (session->state == PS_SESSION_REQUEST || session->state == PS_SESSION_DRAINING) {
        while (session_read(session))
            ;
    }
    session_flush(session);
}

void ps_session_answer(struct ps_session *session)
{
    if (!session->seen.waits)
        return;
    session->seen.waits = false;
    if (session->state != PS_SESSION_REQUEST)
        return; /* the device went while it waited */
    ERR_clear_error();
    session_answer_tls(session);
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
