/* SPDX-License-Identifier: Apache-2.0 */
#include "fixture.h"
#include <string.h>

struct ps_keypool *fixture_pool;
struct ps_ca *fixture_ca;

void fixture_setup(void)
{
    struct ps_error err = {{0}};
    ck_assert_msg(ps_is_ok(ps_keypool_new(2, &fixture_pool, &err)), "%s", err.text);
    ck_assert_msg(ps_is_ok(ps_ca_new(fixture_pool, &fixture_ca, &err)), "%s", err.text);
}

void fixture_teardown(void)
{
    ps_ca_free(fixture_ca);
    ps_keypool_free(fixture_pool);
    fixture_ca = NULL;
    fixture_pool = NULL;
}

ps_key_id fixture_key(enum ps_key_type type)
{
    struct ps_error err = {{0}};
    ps_key_id key = {0};
    ck_assert_msg(ps_is_ok(ps_ca_key(fixture_ca, type, &key, &err)), "%s", err.text);
    return key;
}

ps_certificate_id fixture_issue(const struct ps_certificate_spec *spec, ps_key_id key,
                                const char *issuer, ps_key_id issuer_key)
{
    struct ps_error err = {{0}};
    ps_certificate_id certificate = {0};
    ck_assert_msg(
        ps_is_ok(ps_ca_issue(fixture_ca, spec, key, issuer, issuer_key, &certificate, &err)), "%s",
        err.text);
    return certificate;
}

X509 *fixture_x509(ps_certificate_id certificate)
{
    struct ps_bytes der = ps_ca_der(fixture_ca, certificate);
    const unsigned char *at = der.data;
    X509 *x509 = d2i_X509(NULL, &at, (long)der.size);
    ck_assert_ptr_nonnull(x509);
    ck_assert_ptr_eq(at, der.data + der.size);
    return x509;
}

struct ps_certificate_spec fixture_ca_spec(const char *subject)
{
    return (struct ps_certificate_spec){
        .subject = subject,
        .hash = PS_HASH_SHA256,
        .not_before = {TIME_2020},
        .not_after = {TIME_2030},
        .ca = true,
        .path_length = PS_PATH_LENGTH_NONE,
    };
}

struct ps_certificate_spec fixture_leaf_spec(const char *host)
{
    return (struct ps_certificate_spec){
        .host = host,
        .hash = PS_HASH_SHA256,
        .not_before = {TIME_2020},
        .not_after = {TIME_2030},
        .path_length = PS_PATH_LENGTH_NONE,
        .eku = PS_EKU_SERVER_AUTH,
    };
}

struct fixture_chain fixture_chain_make(enum ps_key_type issuers, enum ps_key_type leaf)
{
    struct fixture_chain chain = {
        .root_key = fixture_key(issuers),
        .middle_key = fixture_key(issuers),
        .leaf_key = fixture_key(leaf),
    };
    struct ps_certificate_spec root = fixture_ca_spec(FIXTURE_ROOT);
    struct ps_certificate_spec middle = fixture_ca_spec(FIXTURE_MIDDLE);
    struct ps_certificate_spec end = fixture_leaf_spec("hub.example");
    chain.root = fixture_issue(&root, chain.root_key, FIXTURE_ROOT, chain.root_key);
    chain.middle = fixture_issue(&middle, chain.middle_key, FIXTURE_ROOT, chain.root_key);
    chain.leaf = fixture_issue(&end, chain.leaf_key, FIXTURE_MIDDLE, chain.middle_key);
    return chain;
}

struct client client_new(struct client_options options)
{
    struct client client = {.context = SSL_CTX_new(TLS_client_method())};
    ck_assert_ptr_nonnull(client.context);
    SSL_CTX_set_security_level(client.context, 0);
    if (options.version != 0) {
        SSL_CTX_set_min_proto_version(client.context, options.version);
        SSL_CTX_set_max_proto_version(client.context, options.version);
    }
    SSL_CTX_set_verify(client.context, options.refuses ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    client.ssl = SSL_new(client.context);
    client.in = BIO_new(BIO_s_mem());
    client.out = BIO_new(BIO_s_mem());
    ck_assert(client.ssl != NULL && client.in != NULL && client.out != NULL);
    SSL_set_bio(client.ssl, client.in, client.out);
    SSL_set_connect_state(client.ssl);
    if (options.name != NULL)
        SSL_set_tlsext_host_name(client.ssl, options.name);
    return client;
}

void client_free(struct client *client)
{
    SSL_free(client->ssl);
    SSL_CTX_free(client->context);
    ps_buffer_deinit(&client->wire);
}

static void client_handshake(struct client *client)
{
    if (client->done || client->failed)
        return;
    int result = SSL_do_handshake(client->ssl);
    client->done = result == 1;
    client->failed = result != 1 && SSL_get_error(client->ssl, result) != SSL_ERROR_WANT_READ;
}

void client_carry(struct client *client, struct ps_session *session)
{
    for (bool moved = true; moved;) {
        client_handshake(client);
        char *data = NULL;
        long size = BIO_get_mem_data(client->out, &data);
        moved = size > 0;
        if (size > 0) {
            ps_session_receive(session, data, (size_t)size);
            (void)BIO_reset(client->out);
        }
        struct ps_buffer *output = ps_session_output(session);
        if (output->size > 0) {
            moved = true;
            ps_buffer_append(&client->wire, output->data, output->size);
            BIO_write(client->in, output->data, (int)output->size);
            ps_buffer_consume(output, output->size);
        }
    }
}

void client_send(struct client *client, const void *data, size_t size)
{
    ck_assert_int_eq(SSL_write(client->ssl, data, (int)size), (int)size);
}

void client_read(struct client *client, struct ps_buffer *ret_text)
{
    unsigned char piece[512];
    for (int size; (size = SSL_read(client->ssl, piece, sizeof piece)) > 0;)
        ps_buffer_append(ret_text, piece, (size_t)size);
}

struct ps_server *fixture_server(void)
{
    struct ps_error err = {{0}};
    struct ps_server *server = NULL;
    ck_assert_msg(ps_is_ok(ps_server_new(fixture_ca, &server, &err)), "%s", err.text);
    return server;
}

struct ps_session *fixture_session_with(struct ps_server *server,
                                        const struct ps_session_options *options)
{
    struct ps_error err = {{0}};
    struct ps_session *session = NULL;
    ck_assert_msg(ps_is_ok(ps_session_new(server, options, &session, &err)), "%s", err.text);
    return session;
}

struct ps_session *fixture_session(struct ps_server *server,
                                   const struct ps_presentation *presentation,
                                   struct ps_bytes release)
{
    struct ps_session_options options = {.presentation = presentation, .release = release};
    return fixture_session_with(server, &options);
}

bool fixture_delivers(struct client *client, struct ps_session *session)
{
    static const char message[] =
        "POST /telemetry HTTP/1.1\r\nHost: hub.example\r\nContent-Length: 3\r\n\r\nabc";
    static const char acknowledgement[] =
        "ack ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
    client_carry(client, session);
    if (!client->done || SSL_write(client->ssl, message, (int)sizeof message - 1) <= 0)
        return false;
    client_carry(client, session);
    struct ps_buffer answer = {0};
    client_read(client, &answer);
    ps_buffer_append(&answer, "", 1);
    bool delivered = strstr((const char *)answer.data, acknowledgement) != NULL;
    ps_buffer_deinit(&answer);
    ck_assert(delivered == ps_session_seen(session).request);
    return delivered;
}
