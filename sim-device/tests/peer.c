/* SPDX-License-Identifier: Apache-2.0 */
#include "peer.h"

#include <check.h>
#include <ctype.h>
#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/field.h"

struct ps_strategy device_strategy(void)
{
    return (struct ps_strategy){
        .name = "test",
        .preset = "test",
        .chain = {.engine = PS_ENGINE_PKIX,
                  .builder = PS_BUILDER_OPENSSL3,
                  .anchor_form = PS_ANCHOR_FORM_CERT,
                  .intermediates_max = 100},
        .pins = {.scope = PS_PIN_SCOPE_VALIDATED,
                 .combine = PS_PIN_COMBINE_AND,
                 .expires = PS_TIME_NEVER,
                 .on_expiry = PS_PIN_EXPIRY_FAIL_OPEN},
        .identity = {.hostname = PS_HOSTNAME_SAN},
        .time = {.clock = PS_CLOCK_RTC, .floor = PS_TIME_ALWAYS},
        .update = {.channel = PS_UPDATE_NONE, .payload_auth = PS_PAYLOAD_NONE},
    };
}

static const struct ps_field *field_named(const struct ps_table *table, const char *key)
{
    for (const struct ps_field *field = table->fields; field->key; field++)
        if (strcmp(field->key, key) == 0)
            return field;
    ck_abort_msg("%s has no field %s", table->name, key);
    return NULL;
}

/* As long as the tests run: a strategy borrows its texts. */
static const char *kept(const char *text)
{
    static char texts[16][32];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        if (!texts[i][0])
            snprintf(texts[i], sizeof texts[i], "%s", text);
        if (strcmp(texts[i], text) == 0)
            return texts[i];
    }
    ck_abort_msg("too many texts: %s", text);
    return NULL;
}

static void set_value(const struct ps_field *field, void *at, const char *value)
{
    switch (field->type) {
    case PS_FIELD_BOOL:
        *(bool *)at = strcmp(value, "yes") == 0;
        return;
    case PS_FIELD_UINT:
        *(uint32_t *)at = (uint32_t)strtoul(value, NULL, 10);
        return;
    case PS_FIELD_TEXT:
        *(const char **)at = kept(value);
        return;
    case PS_FIELD_TIME:
        *(ps_time *)at = mint_time(value);
        return;
    case PS_FIELD_DURATION:
        ck_assert_msg(!ps_duration_parse(value, at), "%s cannot be %s", field->key, value);
        return;
    case PS_FIELD_ENUM:
        for (const struct ps_word *word = field->words; word->text; word++) {
            if (strcmp(word->text, value) == 0) {
                *(int *)at = word->value;
                return;
            }
        }
        ck_abort_msg("%s cannot be %s", field->key, value);
        return;
    case PS_FIELD_WORDS: /* sha1,sha256 */
        *(uint32_t *)at = 0;
        for (const struct ps_word *word = field->words; word->text != NULL; word++) {
            const char *found = strstr(value, word->text);
            if (found && strchr(",", found[strlen(word->text)]))
                *(uint32_t *)at |= UINT32_C(1) << word->value;
        }
        ck_assert_msg(*(uint32_t *)at != 0, "%s cannot be %s", field->key, value);
        return;
    default:
        ck_abort_msg("%s cannot be set here", field->key);
    }
}

void device_set(struct ps_strategy *strategy, const char *settings)
{
    char copy[256], *rest = copy;
    snprintf(copy, sizeof copy, "%s", settings);
    for (char *block; (block = strsep(&rest, " ")) != NULL;) {
        if (*block == '\0')
            continue;
        char *key = strchr(block, '.'), *value = strchr(block, '=');
        ck_assert_msg(key && value, "not a setting: %s", block);
        *key++ = '\0';
        *value++ = '\0';
        const struct ps_field *outer = field_named(&ps_strategy_table, block);
        const struct ps_field *inner = field_named(outer->table, key);
        set_value(inner, (char *)strategy + outer->offset + inner->offset, value);
    }
}

void device_pin(struct device *device, const char *pin)
{
    char match[32], depth[32], of[32], when[32] = "";
    int given = sscanf(pin, "%31s %31s %31s %31s", match, depth, of, when);
    ck_assert_msg(given >= 3, "not a pin: %s", pin);
    const struct ps_field *pins = field_named(&ps_strategy_table, "pins");
    const struct ps_table *table = field_named(pins->table, "set")->table;
    struct ps_trust_pin *out = &device->pins[device->pin_count++];
    int value;
    set_value(field_named(table, "match"), &value, match);
    out->match = (enum ps_pin_match)value;
    set_value(field_named(table, "depth"), &value, depth);
    out->depth = (enum ps_pin_depth)value;
    out->not_before = PS_TIME_ALWAYS;
    if (islower((unsigned char)when[0])) {
        out->group = kept(when);
    } else if (when[0]) {
        out->not_before = mint_time(when);
    }
    out->unlearned = strcmp(of, "?") == 0;
    if (strncmp(of, "spki:", 5) == 0)
        out->spki = mint_named(of + 5)->spki;
    else if (!out->unlearned)
        out->certificate = mint_named(of)->der;
}

void exchange_tlsa(struct exchange *exchange, const char *record)
{
    const struct ps_table *chain = field_named(&ps_strategy_table, "chain")->table;
    char form[] = "u s m";
    int value;
    memcpy(form, record, sizeof form - 1);
    set_value(field_named(chain, "tlsa"), &value, form);
    const char *of = record + sizeof form;
    struct ps_tlsa *out = &exchange->tlsa[exchange->tlsa_count++];
    *out = (struct ps_tlsa){.form = (enum ps_tlsa_form)value};
    if (strncmp(of, "spki:", 5) == 0)
        out->spki = mint_named(of + 5)->spki;
    else
        out->certificate = mint_named(of)->der;
}

struct device device_make(const char *settings, const char *anchors, const char *pins)
{
    struct device device = {.strategy = device_strategy(), .anchors = anchors};
    char copy[160], *rest = copy;
    device_set(&device.strategy, settings);
    snprintf(copy, sizeof copy, "%s", pins ? pins : "");
    for (char *pin; (pin = strsep(&rest, ",")) != NULL;)
        if (*pin)
            device_pin(&device, pin);
    return device;
}

ps_status device_trust_try(const struct device *device, struct ps_device_stack *stack,
                           struct ps_trust **ret_trust, struct ps_error *err)
{
    const struct mint *list[MINT_LIST_MAX];
    struct ps_bytes anchors[MINT_LIST_MAX];
    struct ps_trust_options options = {.strategy = &device->strategy,
                                       .anchors = anchors,
                                       .pins = device->pins,
                                       .pin_count = device->pin_count,
                                       .pins_end = device->pins_end ? mint_time(device->pins_end)
                                                                    : PS_TIME_NEVER};
    options.anchor_count = device->anchors ? mint_list(device->anchors, list) : 0;
    for (size_t i = 0; i < options.anchor_count; i++)
        anchors[i] = list[i]->der;
    const struct mint *others[MINT_LIST_MAX];
    struct ps_bytes intermediates[MINT_LIST_MAX], revoked[MINT_LIST_MAX];
    options.intermediates = intermediates;
    options.intermediate_count =
        device->intermediates ? mint_list(device->intermediates, others) : 0;
    for (size_t i = 0; i < options.intermediate_count; i++)
        intermediates[i] = others[i]->der;
    options.revoked = revoked;
    options.revoked_count = device->revoked ? mint_list(device->revoked, others) : 0;
    for (size_t i = 0; i < options.revoked_count; i++)
        revoked[i] = others[i]->der;
    options.revoked_from = device->revoked_from ? mint_time(device->revoked_from) : PS_TIME_ALWAYS;
    if (device->release_key)
        options.release_key = mint_named(device->release_key)->spki;
    if (device->release_secret)
        options.release_secret = (struct ps_bytes){(const unsigned char *)device->release_secret,
                                                   strlen(device->release_secret)};
    options.installed_version = device->installed_version;
    if (device->installed_issued)
        options.installed_issued = mint_time(device->installed_issued);
    options.credential = device->credential;
    options.credential_certificate = device->credential_certificate;
    if (device->psk)
        options.psk = (struct ps_bytes){(const unsigned char *)device->psk, strlen(device->psk)};
    return ps_trust_new(stack, &options, ret_trust, err);
}

struct ps_trust *device_trust(const struct device *device, struct ps_device_stack *stack)
{
    struct ps_trust *trust = NULL;
    struct ps_error err = {0};
    ck_assert_msg(ps_is_ok(device_trust_try(device, stack, &trust, &err)), "%s", err.text);
    return trust;
}

/* The server. */
struct peer {
    struct exchange *exchange;
    SSL_CTX *context;
    SSL *tls;
    BIO *in, *out;
    struct ps_buffer output;
    bool answered;
};

static const char *psk_of(SSL *tls)
{
    const struct peer *peer = SSL_get_app_data(tls);
    return peer->exchange->psk;
}

static int find_psk13(SSL *tls, const unsigned char *identity, size_t size, SSL_SESSION **session)
{
    const char *secret = psk_of(tls);
    *session = NULL;
    if (size != 6 || memcmp(identity, "device", 6) != 0)
        return 1;
    static const unsigned char suite[] = {0x13, 0x01};
    *session = SSL_SESSION_new();
    SSL_SESSION_set1_master_key(*session, (const unsigned char *)secret, strlen(secret));
    SSL_SESSION_set_cipher(*session, SSL_CIPHER_find(tls, suite));
    SSL_SESSION_set_protocol_version(*session, TLS1_3_VERSION);
    return 1;
}

static unsigned find_psk12(SSL *tls, const char *identity, unsigned char *secret, unsigned most)
{
    size_t size = strlen(psk_of(tls));
    if (strcmp(identity, "device") != 0 || size > most)
        return 0;
    memcpy(secret, psk_of(tls), size);
    return (unsigned)size;
}

static void serve_certificates(struct peer *peer)
{
    const struct mint *list[MINT_LIST_MAX];
    size_t count = mint_list(peer->exchange->served, list);
    ck_assert_int_eq(SSL_CTX_use_certificate(peer->context, list[0]->certificate), 1);
    ck_assert_int_eq(SSL_CTX_use_PrivateKey(peer->context, list[0]->key), 1);
    for (size_t i = 1; i < count; i++)
        ck_assert_int_eq(SSL_CTX_add1_chain_cert(peer->context, list[i]->certificate), 1);
}

static int let_in(int ok, X509_STORE_CTX *context)
{
    (void)ok;
    X509_STORE_CTX_set_error(context, X509_V_OK);
    return 1;
}

static void ask_for_clients(struct peer *peer)
{
    const struct mint *list[MINT_LIST_MAX];
    bool anybody = strcmp(peer->exchange->clients, "*") == 0;
    size_t count = anybody ? 0 : mint_list(peer->exchange->clients, list);
    SSL_CTX_set_verify(peer->context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
                       anybody ? let_in : NULL);
    for (size_t i = 0; i < count; i++) {
        X509_STORE_add_cert(SSL_CTX_get_cert_store(peer->context), list[i]->certificate);
        SSL_CTX_add_client_CA(peer->context, list[i]->certificate);
    }
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(peer->context);
    X509_VERIFY_PARAM_set_time(param, (time_t)mint_time(peer->exchange->now).s);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
}

static bool is_plain(const struct exchange *exchange)
{
    return !exchange->served && !exchange->psk;
}

static int on_staple_asked(SSL *tls, void *context)
{
    struct exchange *exchange = context;
    exchange->ret_staple_asked = true;
    if (exchange->staple.size == 0)
        return SSL_TLSEXT_ERR_NOACK;
    SSL_set_tlsext_status_ocsp_resp(tls,
                                    OPENSSL_memdup(exchange->staple.data, exchange->staple.size),
                                    (long)exchange->staple.size);
    return SSL_TLSEXT_ERR_OK;
}

/* Independent of the device: only types, as OpenSSL's manual has them. */
static void on_peer_message(int sent, int version, int type, const void *data, size_t size,
                            SSL *tls, void *context)
{
    static char names[UCHAR_MAX + 1][4];
    unsigned char first = size > 0 ? *(const unsigned char *)data : 0;
    (void)version;
    (void)tls;
    if (type != SSL3_RT_HANDSHAKE && type != SSL3_RT_ALERT)
        return;
    if (type == SSL3_RT_ALERT)
        first = ((const unsigned char *)data)[1];
    snprintf(names[first], sizeof names[first], "%u", first);
    const struct ps_message message = {type == SSL3_RT_ALERT ? PS_MESSAGE_ALERT
                                                             : PS_MESSAGE_HANDSHAKE,
                                       sent == 0, names[first], (uint32_t)size};
    ps_messages_add(context, &message);
}

static void peer_init(struct peer *peer, struct exchange *exchange)
{
    *peer = (struct peer){.exchange = exchange};
    if (is_plain(exchange))
        return;
    peer->context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_security_level(peer->context, 0);
    SSL_CTX_set_cipher_list(peer->context,
                            exchange->psk ? "DEFAULT:PSK:@SECLEVEL=0" : "DEFAULT:@SECLEVEL=0");
    SSL_CTX_set_mode(peer->context, SSL_MODE_NO_AUTO_CHAIN);
    static unsigned char ticket_keys[80];
    SSL_CTX_set_tlsext_ticket_keys(peer->context, ticket_keys, sizeof ticket_keys);
    if (exchange->how == PEER_WANTS_CLIENT)
        SSL_CTX_set_verify(peer->context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    if (!exchange->tickets) {
        SSL_CTX_set_options(peer->context, SSL_OP_NO_TICKET);
        SSL_CTX_set_num_tickets(peer->context, 0);
    }
    SSL_CTX_set_tlsext_status_cb(peer->context, on_staple_asked);
    SSL_CTX_set_tlsext_status_arg(peer->context, exchange);
    if (exchange->tls_version) {
        SSL_CTX_set_min_proto_version(peer->context, exchange->tls_version);
        SSL_CTX_set_max_proto_version(peer->context, exchange->tls_version);
    }
    SSL_CTX_set_session_id_context(peer->context, (const unsigned char *)"peer", 4);
    if (exchange->clients)
        ask_for_clients(peer);
    if (exchange->groups)
        ck_assert_int_eq(SSL_CTX_set1_groups_list(peer->context, exchange->groups), 1);
    if (exchange->suites)
        ck_assert_int_eq(SSL_CTX_set_ciphersuites(peer->context, exchange->suites), 1);
    if (exchange->served)
        serve_certificates(peer);
    if (exchange->psk) {
        SSL_CTX_set_psk_find_session_callback(peer->context, find_psk13);
        SSL_CTX_set_psk_server_callback(peer->context, find_psk12);
    }
    peer->tls = SSL_new(peer->context);
    SSL_set_app_data(peer->tls, peer);
    peer->in = BIO_new(BIO_s_mem());
    peer->out = BIO_new(BIO_s_mem());
    SSL_set_bio(peer->tls, peer->in, peer->out);
    SSL_set_accept_state(peer->tls);
    if (exchange->seen) {
        SSL_set_msg_callback(peer->tls, on_peer_message);
        SSL_set_msg_callback_arg(peer->tls, exchange->seen);
    }
}

static void peer_deinit(struct peer *peer)
{
    SSL_free(peer->tls);
    SSL_CTX_free(peer->context);
    ps_buffer_deinit(&peer->output);
}

static bool request_is_whole(const struct ps_text *request)
{
    const char *text = ps_text_chars(request), *end = strstr(text, "\r\n\r\n");
    if (!end)
        return false;
    const char *length = strstr(text, "Content-Length: ");
    size_t body = length && length < end ? strtoul(length + 16, NULL, 10) : 0;
    return request->length >= (size_t)(end - text) + 4 + body;
}

static void right_answer(const struct ps_text *request, struct ps_text *answer)
{
    const char *text = ps_text_chars(request);
    if (strncmp(text, "POST /telemetry HTTP/1.1\r\n", 26) != 0) {
        ps_text_add(answer, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        return;
    }
    const char *body = strstr(text, "\r\n\r\n") + 4;
    unsigned char hash[32];
    EVP_Digest(body, request->length - (size_t)(body - text), hash, NULL, EVP_sha256(), NULL);
    ps_text_add(answer, "HTTP/1.1 200 OK\r\nContent-Length: 68\r\n\r\nack ");
    for (size_t i = 0; i < sizeof hash; i++)
        ps_text_add(answer, "%02x", hash[i]);
}

static void peer_write(struct peer *peer, const void *data, size_t size)
{
    if (peer->tls)
        ck_assert_int_eq(SSL_write(peer->tls, data, (int)size), (int)size);
    else
        ps_buffer_append(&peer->output, data, size);
}

static void peer_answer(struct peer *peer)
{
    struct exchange *exchange = peer->exchange;
    struct ps_text answer = {0};
    peer->answered = exchange->ret_request = true;
    switch (exchange->how) {
    case PEER_ANSWERS:
        right_answer(&exchange->ret_seen, &answer);
        peer_write(peer, answer.chars, answer.length);
        ps_text_deinit(&answer);
        break;
    case PEER_SAYS:
        if (exchange->answer.size > 0)
            peer_write(peer, exchange->answer.data, exchange->answer.size);
        break;
    case PEER_CLOSES:
        SSL_shutdown(peer->tls);
        break;
    case PEER_WANTS_CLIENT:
    case PEER_IS_SILENT:
        break;
    }
}

static void see_client(struct peer *peer)
{
    X509 *shown = SSL_get0_peer_certificate(peer->tls);
    unsigned char *spki = NULL;
    int size = shown ? i2d_X509_PUBKEY(X509_get_X509_PUBKEY(shown), &spki) : 0;
    ps_buffer_deinit(&peer->exchange->ret_client);
    ps_buffer_append(&peer->exchange->ret_client, spki, (size_t)size);
    OPENSSL_free(spki);
}

static void peer_receive(struct peer *peer, const void *data, size_t size)
{
    struct exchange *exchange = peer->exchange;
    if (!peer->tls) {
        ps_text_add_n(&exchange->ret_seen, data, size);
    } else {
        char bytes[4096];
        int got;
        BIO_write(peer->in, data, (int)size);
        while ((got = SSL_read(peer->tls, bytes, sizeof bytes)) > 0)
            ps_text_add_n(&exchange->ret_seen, bytes, (size_t)got);
        exchange->ret_handshake_done = SSL_is_init_finished(peer->tls);
        if (exchange->ret_handshake_done) {
            exchange->ret_version = SSL_version(peer->tls);
            exchange->ret_cipher = SSL_CIPHER_get_name(SSL_get_current_cipher(peer->tls));
            SSL_get_signature_nid(peer->tls, &exchange->ret_signature_hash);
            see_client(peer);
        }
        exchange->ret_resumed = SSL_session_reused(peer->tls);
        const STACK_OF(X509_NAME) *named = SSL_get0_peer_CA_list(peer->tls);
        exchange->ret_authorities = named ? sk_X509_NAME_num(named) : -1;
        const char *sni = SSL_get_servername(peer->tls, TLSEXT_NAMETYPE_host_name);
        snprintf(exchange->ret_sni, sizeof exchange->ret_sni, "%s", sni ? sni : "");
        exchange->ret_closed |= (SSL_get_shutdown(peer->tls) & SSL_RECEIVED_SHUTDOWN) != 0;
        exchange->ret_alert |= SSL_get_error(peer->tls, got) == SSL_ERROR_SSL;
        ERR_clear_error();
    }
    if (!peer->answered && request_is_whole(&exchange->ret_seen))
        peer_answer(peer);
    if (peer->tls) {
        char *bytes;
        long pending = BIO_get_mem_data(peer->out, &bytes);
        ps_buffer_append(&peer->output, bytes, (size_t)pending);
        (void)BIO_reset(peer->out);
    }
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

static void turn(const struct exchange *exchange, bool begins)
{
    if (exchange->turn)
        exchange->turn(begins);
}

/* Carries bytes until nothing moves any more; ends the link where the exchange says so. */
static void carry(struct exchange *exchange, struct ps_contact *contact, struct peer *peer)
{
    struct ps_buffer *to_peer = ps_contact_output(contact), *to_device = &peer->output;
    size_t left = exchange->cut_at_start   ? 0
                  : exchange->server_bytes ? exchange->server_bytes
                                           : SIZE_MAX;
    size_t chunk = exchange->chunk ? exchange->chunk : SIZE_MAX;
    while (to_peer->size > 0 || to_device->size > 0 || ps_contact_fetch(contact)) {
        if (ps_contact_fetch(contact)) {
            ck_assert_msg(exchange->publisher != NULL, "fetches %s",
                          ps_contact_fetch(contact)->url);
            turn(exchange, true);
            publisher_serve(exchange->publisher, contact);
            turn(exchange, false);
        }
        size_t size = smaller(to_peer->size, chunk);
        if (size > 0) {
            peer_receive(peer, to_peer->data, size);
            ps_buffer_consume(to_peer, size);
        }
        size = smaller(smaller(to_device->size, chunk), left);
        if (size > 0) {
            turn(exchange, true);
            ps_contact_receive(contact, to_device->data, size);
            turn(exchange, false);
            ps_buffer_consume(to_device, size);
            left -= size;
        }
        if (left == 0 && to_device->size > 0 && to_peer->size == 0) {
            ps_contact_link_ended(contact, "the link was cut");
            exchange->ret_delivered_all = false;
            return;
        }
    }
    ps_contact_link_ended(contact, "the link ended");
}

ps_status exchange_try(struct exchange *exchange, struct ps_device_stack *stack,
                       struct ps_trust *trust, struct ps_verdict *ret_verdict, struct ps_error *err)
{
    const char *message = exchange->message ? exchange->message : "hello";
    struct ps_contact_options options = {
        .trust = trust,
        .now = mint_time(exchange->now),
        .host = exchange->host ? exchange->host : MINT_HOST,
        .task = exchange->task,
        .plain = is_plain(exchange),
        .message = {(const unsigned char *)message, strlen(message)},
        .tlsa = exchange->tlsa,
        .tlsa_count = exchange->tlsa_count,
        .ticket = exchange->ticket,
        .credential_certificate = exchange->credential_certificate,
        .credential_issuer = exchange->credential_issuer,
        .messages = exchange->messages,
    };
    struct ps_contact *contact = NULL;
    turn(exchange, true);
    ps_status status = ps_contact_new(stack, &options, &contact, err);
    turn(exchange, false);
    if (!ps_is_ok(status))
        return status;
    ck_assert_ptr_null(ps_contact_verdict(contact));
    struct peer peer;
    peer_init(&peer, exchange);
    exchange->ret_delivered_all = true;
    turn(exchange, true);
    ps_contact_start(contact);
    turn(exchange, false);
    exchange->ret_first_bytes = ps_contact_output(contact)->size;
    carry(exchange, contact, &peer);
    const struct ps_verdict *verdict = ps_contact_verdict(contact);
    ck_assert_ptr_nonnull(verdict);
    *ret_verdict = *verdict;
    ps_contact_tell(contact, &exchange->ret_record);
    exchange->ret_release = ps_contact_release(contact);
    struct ps_bytes ticket = ps_contact_ticket(contact);
    ps_buffer_append(&exchange->ret_ticket, ticket.data, ticket.size);
    peer_deinit(&peer);
    ps_contact_free(contact);
    return PS_OK;
}

struct ps_verdict exchange_run(struct exchange *exchange, struct ps_device_stack *stack,
                               struct ps_trust *trust)
{
    struct ps_verdict verdict;
    struct ps_error err = {0};
    ck_assert_msg(ps_is_ok(exchange_try(exchange, stack, trust, &verdict, &err)), "%s", err.text);
    return verdict;
}

void exchange_deinit(struct exchange *exchange)
{
    ps_text_deinit(&exchange->ret_seen);
    ps_text_deinit(&exchange->ret_record);
    ps_buffer_deinit(&exchange->ret_client);
    ps_buffer_deinit(&exchange->ret_ticket);
}

struct ps_verdict exchange_once(struct exchange *exchange, const struct device *device)
{
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    ck_assert_msg(ps_is_ok(ps_device_stack_new(&stack, &err)), "%s", err.text);
    struct ps_trust *trust = device_trust(device, stack);
    struct ps_verdict verdict = exchange_run(exchange, stack, trust);
    ps_trust_free(trust);
    ps_device_stack_free(stack);
    exchange_deinit(exchange);
    return verdict;
}
