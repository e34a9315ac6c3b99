/* SPDX-License-Identifier: Apache-2.0
 *
 * The state machine of a contact, over memory BIOs. Its happy path:
 *
 *   start ─► HANDSHAKE ─► (request sent) ANSWER ─► verdict accepted, close_notify in the output
 *            plain contacts begin with ANSWER
 *
 * In TLS 1.2 a staple arrives behind the certificates. Whoever wants one makes this judgement when
 * the handshake is complete and before the request is sent: HANDSHAKE ─► LATE ─► ANSWER.
 *
 * HANDSHAKE and LATE are suspended while something is fetched that the judgement lacks. Bytes of
 * the server are kept meanwhile; nothing is sent to it.
 *
 * The ways a contact can fail:
 *   HANDSHAKE  the judgement refuses              verdict of verify.c, alert in the output
 *              the peer's alert, bad bytes        TLS
 *   LATE       the judgement refuses              verdict of verify.c, close_notify in the output
 *   ANSWER     the peer's alert, bad bytes        TLS
 *              wrong acknowledgement              TLS
 *              no release, not authentic          PAYLOAD
 *   any        the link ends, close_notify        UNREACHABLE: nobody refused
 *
 * A verdict never changes; bytes that come after it are dropped.
 */
#include "sim-device/contact.h"

#include <assert.h>
#include <limits.h>
#include <openssl/err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "answer.h"
#include "base/text.h"
#include "credential.h"
#include "messages.h"
#include "name.h"
#include "payload.h"
#include "psk.h"
#include "record.h"
#include "resume.h"
#include "revocation.h"
#include "verify.h"

enum {
    PS_HANDSHAKE_BYTES_MAX = 256 * 1024, /* from the server, before its handshake is complete */
    PS_ANSWER_BYTES_MAX = 256 * 1024,    /* after it: the answer with all that TLS adds */
    PS_BODY_BYTES_MAX = 4096, /* larger than any acknowledgement or release (base/release.h) */
};

enum contact_state { STATE_NEW, STATE_HANDSHAKE, STATE_LATE, STATE_ANSWER, STATE_DECIDED };

struct ps_contact {
    struct ps_contact_options options;
    enum contact_state state;
    SSL *tls;                /* owned; NULL when plain */
    BIO *received, *sent;    /* the SSL's own, for its bytes in and out */
    struct ps_buffer output; /* owned */
    struct ps_judgement judgement;
    struct ps_dane dane;       /* owned */
    struct ps_buffer ticket;   /* owned */
    struct ps_fetches fetches; /* owned */
    struct ps_answer answer;   /* owned */
    size_t received_bytes;     /* in this state */
    size_t answered_bytes;     /* of the answer, without what TLS adds */
    uint32_t release;
    struct ps_verdict verdict;
};

static void take_output(struct ps_contact *contact)
{
    char *bytes;
    if (!contact->tls)
        return;
    long size = BIO_get_mem_data(contact->sent, &bytes);
    if (size > 0) {
        ps_buffer_append(&contact->output, bytes, (size_t)size);
        (void)BIO_reset(contact->sent);
    }
}

/* An orderly end, if the handshake got so far. */
static void close_tls(struct ps_contact *contact)
{
    if (contact->tls && (contact->state == STATE_ANSWER || contact->state == STATE_LATE)) {
        ps_errors_clear();
        SSL_shutdown(contact->tls);
        ps_errors_clear();
    }
    take_output(contact);
}

static void enter_decided(struct ps_contact *contact)
{
    ps_fetches_abandon(&contact->fetches);
    contact->state = STATE_DECIDED;
}

/* Ends the contact. What was judged stays in the verdict when the judgement was reached for
 * certain: not when the link failed, since how far a contact gets before that depends on lengths of
 * signatures. */
static void decide(struct ps_contact *contact, enum ps_stage stage, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void decide(struct ps_contact *contact, enum ps_stage stage, const char *format, ...)
{
    if (contact->state == STATE_DECIDED)
        return;
    struct ps_verdict *verdict = &contact->verdict;
    memset(verdict, 0, sizeof *verdict);
    verdict->stage = stage;
    verdict->depth = -1;
    if (contact->judgement.judged && stage != PS_STAGE_UNREACHABLE)
        memcpy(verdict->path, contact->judgement.verdict.path, sizeof verdict->path);
    va_list args;
    va_start(args, format);
    vsnprintf(verdict->reason, sizeof verdict->reason, format, args);
    va_end(args);
    if (stage == PS_STAGE_ACCEPTED) { /* what was seen and refused nothing */
        memcpy(verdict->reason, contact->judgement.verdict.reason, sizeof verdict->reason);
        if (contact->tls && ps_resume_is_wanted(contact->options.trust->strategy))
            ps_resume_take(contact->tls, &contact->ticket);
    }
    if (stage != PS_STAGE_UNREACHABLE)
        close_tls(contact);
    take_output(contact);
    enter_decided(contact);
}

static void decide_as_judged(struct ps_contact *contact)
{
    contact->verdict = contact->judgement.verdict;
    close_tls(contact);
    enter_decided(contact);
}

/* What OpenSSL says, in its own short words ("tlsv1 alert protocol version"): no addresses, no
 * lines. */
static const char *tls_reason(void)
{
    const char *reason = ERR_reason_error_string(ERR_peek_last_error());
    return reason ? reason : "protocol error";
}

static void note_data(struct ps_contact *contact, bool sent, const char *name, size_t bytes)
{
    const struct ps_message message = {PS_MESSAGE_DATA, sent, name, (uint32_t)bytes};
    if (contact->options.messages)
        ps_messages_add(contact->options.messages, &message);
}

static void send_request(struct ps_contact *contact)
{
    const struct ps_contact_options *options = &contact->options;
    const char *name = options->task == PS_CONTACT_TELEMETRY ? "POST /telemetry" : "GET /firmware";
    struct ps_text head = {0};
    struct ps_bytes body = {NULL, 0};
    if (options->task == PS_CONTACT_TELEMETRY) {
        body = options->message;
        ps_text_add(&head, "POST /telemetry HTTP/1.1\r\nHost: %s\r\nContent-Length: %zu\r\n\r\n",
                    options->host, body.size);
    } else {
        ps_text_add(&head, "GET /firmware HTTP/1.1\r\nHost: %s\r\n\r\n", options->host);
    }
    ps_text_add_n(&head, (const char *)body.data, body.size);
    assert(head.length <= INT_MAX);
    note_data(contact, true, name, head.length);
    contact->state = STATE_ANSWER;
    contact->received_bytes = 0;
    if (!contact->tls) {
        ps_buffer_append(&contact->output, head.chars, head.length);
    } else {
        ps_errors_clear();
        int written = SSL_write(contact->tls, head.chars, (int)head.length);
        if (written != (int)head.length)
            decide(contact, PS_STAGE_TLS, "the request cannot be sent: %s", tls_reason());
        take_output(contact);
    }
    ps_text_deinit(&head);
}

static bool acknowledges(const struct ps_contact *contact, struct ps_bytes body)
{
    static const char digits[] = "0123456789abcdef", begin[] = "ack ";
    unsigned char hash[32];
    char wanted[sizeof begin - 1 + 2 * sizeof hash];
    struct ps_bytes message = contact->options.message;
    EVP_MD *sha256 = contact->options.trust->stack->sha256;
    if (EVP_Digest(message.data, message.size, hash, NULL, sha256, NULL) != 1)
        ps_memory_exhausted(0);
    memcpy(wanted, begin, sizeof begin - 1);
    for (size_t i = 0; i < sizeof hash; i++) {
        wanted[sizeof begin - 1 + 2 * i] = digits[hash[i] >> 4];
        wanted[sizeof begin + 2 * i] = digits[hash[i] & 15];
    }
    return body.size == sizeof wanted && memcmp(body.data, wanted, sizeof wanted) == 0;
}

/* Where a contact ends whose answer is not what it should be. */
static enum ps_stage failed_stage(const struct ps_contact *contact)
{
    return contact->options.task == PS_CONTACT_UPDATE ? PS_STAGE_PAYLOAD : PS_STAGE_TLS;
}

static void judge_answer(struct ps_contact *contact)
{
    const struct ps_answer *answer = &contact->answer;
    bool update = contact->options.task == PS_CONTACT_UPDATE;
    enum ps_stage failed = failed_stage(contact);
    struct ps_bytes body = {answer->body.data, answer->body.size};
    if (answer->wrong || answer->complete)
        note_data(contact, false, "answer", contact->answered_bytes);
    if (answer->wrong) {
        decide(contact, failed, "%s", answer->wrong);
    } else if (!answer->complete) {
        return;
    } else if (update && ps_answer_status(answer) == 404) {
        decide(contact, failed, "no release offered");
    } else if (ps_answer_status(answer) != 200) {
        decide(contact, failed, "the server answered %d", ps_answer_status(answer));
    } else if (update) {
        const struct ps_payload payload = {
            .bytes = body, .over_tls = contact->tls != NULL, .now = contact->options.now};
        const char *wrong = ps_payload_check(contact->options.trust, &payload, &contact->release);
        decide(contact, wrong ? failed : PS_STAGE_ACCEPTED, "%s", wrong ? wrong : "");
    } else {
        bool good = acknowledges(contact, body);
        decide(contact, good ? PS_STAGE_ACCEPTED : failed, "%s",
               good ? "" : "acknowledgement is wrong");
    }
}

/* After the handshake of a judgement that waited for the staple. */
static void advance_late(struct ps_contact *contact)
{
    struct ps_judgement *judgement = &contact->judgement;
    contact->state = STATE_LATE;
    ps_verify_with_staple(judgement, contact->tls);
    if (!judgement->judged)
        return;
    if (judgement->verdict.stage == PS_STAGE_ACCEPTED)
        send_request(contact);
    else
        decide_as_judged(contact);
}

static bool offers_ticket(const struct ps_contact *contact)
{
    return ps_resume_is_wanted(contact->options.trust->strategy) &&
           contact->options.ticket.size > 0;
}

/* No certificate was judged: is the server one that need not show any? */
static bool is_known_otherwise(struct ps_contact *contact)
{
    if (contact->options.trust->strategy->chain.engine == PS_ENGINE_PSK)
        return ps_psk_is_proved(contact->tls);
    if (!offers_ticket(contact) || SSL_session_reused(contact->tls) != 1)
        return false;
    struct ps_verdict *verdict = &contact->judgement.verdict;
    snprintf(verdict->reason, sizeof verdict->reason,
             "a session was resumed: nothing was verified again");
    return true;
}

static void advance_handshake(struct ps_contact *contact)
{
    ps_errors_clear();
    int done = SSL_do_handshake(contact->tls);
    int why = done == 1 ? SSL_ERROR_NONE : SSL_get_error(contact->tls, done);
    const struct ps_judgement *judgement = &contact->judgement;
    if (judgement->judged && judgement->verdict.stage != PS_STAGE_ACCEPTED) {
        assert(done != 1);
        decide_as_judged(contact);
    } else if (done == 1 && judgement->waits == PS_WAIT_STAPLE) {
        take_output(contact);
        advance_late(contact);
    } else if (done == 1 && !judgement->judged && !is_known_otherwise(contact)) {
        decide(contact, PS_STAGE_TLS, "the server showed no certificate");
    } else if (done == 1) {
        take_output(contact);
        send_request(contact);
    } else if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_RETRY_VERIFY) {
        decide(contact, PS_STAGE_TLS, "handshake failed: %s", tls_reason());
    }
    take_output(contact); /* the next flight, or the alert */
    ps_errors_clear();
}

static void advance_answer(struct ps_contact *contact)
{
    unsigned char bytes[2048];
    while (contact->state == STATE_ANSWER) {
        ps_errors_clear();
        int size = SSL_read(contact->tls, bytes, sizeof bytes);
        if (size > 0) {
            contact->answered_bytes += (size_t)size;
            ps_answer_receive(&contact->answer, bytes, (size_t)size);
            judge_answer(contact);
            continue;
        }
        int why = SSL_get_error(contact->tls, size);
        if (why == SSL_ERROR_WANT_READ)
            break;
        if (why == SSL_ERROR_ZERO_RETURN)
            decide(contact, PS_STAGE_UNREACHABLE, "the server closed before its answer was read");
        else
            decide(contact, PS_STAGE_TLS, "the connection failed: %s", tls_reason());
    }
    take_output(contact);
    ps_errors_clear();
}

/* Goes on as far as what has arrived allows. */
static void advance(struct ps_contact *contact)
{
    if (contact->fetches.current)
        return;
    if (contact->state == STATE_HANDSHAKE)
        advance_handshake(contact);
    else if (contact->state == STATE_LATE)
        advance_late(contact);
    if (contact->state == STATE_ANSWER)
        advance_answer(contact);
}

static void make_tls(struct ps_contact *contact)
{
    contact->tls = ps_need(SSL_new(ps_trust_tls(contact->options.trust)));
    contact->received = ps_need(BIO_new(BIO_s_mem()));
    contact->sent = ps_need(BIO_new(BIO_s_mem()));
    SSL_set_bio(contact->tls, contact->received, contact->sent);
    SSL_set_app_data(contact->tls, &contact->judgement);
    if (contact->options.messages)
        ps_messages_record(contact->tls, contact->options.messages);
    if (ps_revocation_wants_staple(contact->options.trust->strategy))
        SSL_set_tlsext_status_type(contact->tls, TLSEXT_STATUSTYPE_ocsp);
    SSL_set_connect_state(contact->tls);
}

/* Takes what DNS answered, if the strategy asks. */
static ps_status ask_dns(struct ps_contact *contact, struct ps_error *err)
{
    const struct ps_contact_options *options = &contact->options;
    if (options->trust->strategy->chain.engine != PS_ENGINE_DANE)
        return PS_OK;
    contact->judgement.dane = &contact->dane;
    return ps_dane_init(options->trust, contact->tls, options->tlsa, options->tlsa_count,
                        &contact->dane, err);
}

ps_status ps_contact_new(struct ps_device_stack *stack, const struct ps_contact_options *options,
                         struct ps_contact **ret_contact, struct ps_error *err)
{
    assert(options && options->trust && options->trust->stack == stack && options->host);
    struct ps_contact *contact = ps_alloc(1, sizeof *contact);
    contact->options = *options;
    contact->judgement =
        (struct ps_judgement){.trust = options->trust,
                              .now = options->now,
                              .host = ps_name_asked(options->trust->strategy, options->host),
                              .fetches = &contact->fetches};
    ps_answer_init(&contact->answer, PS_BODY_BYTES_MAX);
    if (!options->plain) {
        make_tls(contact);
        if (SSL_set_tlsext_host_name(contact->tls, options->host) != 1) {
            ps_contact_free(contact);
            ps_errors_clear();
            return ps_fail(err, PS_FAILED, "\"%s\" cannot be asked for in a handshake",
                           options->host);
        }
        ps_status status = ask_dns(contact, err);
        if (ps_is_ok(status) && offers_ticket(contact))
            status = ps_resume_offer(contact->tls, options->ticket, err);
        if (ps_is_ok(status))
            status = ps_credential_show_once(options->trust, options->credential_certificate,
                                             options->credential_issuer, contact->tls, err);
        if (!ps_is_ok(status)) {
            ps_contact_free(contact);
            return status;
        }
    }
    *ret_contact = contact;
    return PS_OK;
}

void ps_contact_free(struct ps_contact *contact)
{
    if (!contact)
        return;
    ps_dane_deinit(&contact->dane);
    ps_buffer_deinit(&contact->ticket);
    SSL_free(contact->tls); /* and its BIOs */
    ps_fetches_deinit(&contact->fetches);
    ps_answer_deinit(&contact->answer);
    ps_buffer_deinit(&contact->output);
    free(contact);
}

void ps_contact_start(struct ps_contact *contact)
{
    assert(contact->state == STATE_NEW);
    if (contact->options.plain) {
        send_request(contact);
    } else {
        contact->state = STATE_HANDSHAKE;
        advance_handshake(contact);
    }
}

void ps_contact_receive(struct ps_contact *contact, const void *data, size_t size)
{
    assert(contact->state != STATE_NEW && size <= INT_MAX);
    if (contact->state == STATE_DECIDED || size == 0)
        return;
    contact->received_bytes += size;
    if (contact->options.plain) {
        contact->answered_bytes += size;
        ps_answer_receive(&contact->answer, data, size);
        judge_answer(contact);
    } else {
        if (BIO_write(contact->received, data, (int)size) != (int)size)
            ps_memory_exhausted(size);
        advance(contact);
    }
    if ((contact->state == STATE_HANDSHAKE || contact->state == STATE_LATE) &&
        contact->received_bytes > PS_HANDSHAKE_BYTES_MAX)
        decide(contact, PS_STAGE_TLS, "the server's handshake is longer than %d bytes",
               PS_HANDSHAKE_BYTES_MAX);
    if (contact->state == STATE_ANSWER && contact->received_bytes > PS_ANSWER_BYTES_MAX)
        decide(contact, failed_stage(contact), "the server's answer is longer than %d bytes",
               PS_ANSWER_BYTES_MAX);
}

void ps_contact_link_ended(struct ps_contact *contact, const char *how)
{
    decide(contact, PS_STAGE_UNREACHABLE, "%s", how);
}

struct ps_buffer *ps_contact_output(struct ps_contact *contact)
{
    return &contact->output;
}

const struct ps_fetch *ps_contact_fetch(const struct ps_contact *contact)
{
    return contact->fetches.current ? &contact->fetches.current->fetch : NULL;
}

struct ps_buffer *ps_contact_fetch_output(struct ps_contact *contact)
{
    return &contact->fetches.output;
}

void ps_contact_fetch_receive(struct ps_contact *contact, const void *data, size_t size)
{
    if (!contact->fetches.current || size == 0)
        return;
    ps_fetches_receive(&contact->fetches, data, size);
    advance(contact);
}

void ps_contact_fetch_ended(struct ps_contact *contact)
{
    if (!contact->fetches.current)
        return;
    ps_fetches_end(&contact->fetches);
    advance(contact);
}

const struct ps_verdict *ps_contact_verdict(const struct ps_contact *contact)
{
    return contact->state == STATE_DECIDED ? &contact->verdict : NULL;
}

void ps_contact_tell(const struct ps_contact *contact, struct ps_text *out)
{
    const struct ps_record record = {&contact->options, &contact->judgement, &contact->fetches};
    ps_record_tell(&record, out);
}

struct ps_bytes ps_contact_ticket(const struct ps_contact *contact)
{
    return (struct ps_bytes){contact->ticket.data, contact->ticket.size};
}

uint32_t ps_contact_release(const struct ps_contact *contact)
{
    return contact->release;
}
