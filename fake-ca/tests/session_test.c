/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include "base/text.h"
#include "fixture.h"
#include "http.h"
#include "keypool.h"
#include "ca_private.h"
#include "server_private.h"

#define RELEASE    FIXTURE_BYTES("a release, or so")
#define ACK_OF_ABC "ack ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
#define POST_ABC   "POST /telemetry HTTP/1.1\r\nHost: hub.example\r\nContent-Length: 3\r\n\r\nabc"
static const struct ps_bytes no_release = {NULL, 0};

/* --- What is answered: one table, without TLS, in TLS 1.2 and in TLS 1.3, whole and byte by byte
 * --- */

#define TEXT_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
static const struct request_row {
    const char *name;
    const char *request;
    size_t repeat_from, repeats; /* the rest from there stands so many times more */
    bool release;
    const char *status; /* NULL: no answer yet */
    const char *body;
    bool answered; /* seen.request */
} request_rows[] = {
    {"telemetry", POST_ABC, 0, 0, false, "HTTP/1.1 200 OK\r\n", ACK_OF_ABC, true},
    {"telemetry in chunks",
     "POST /telemetry HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
     0, 0, false, "HTTP/1.1 200 OK\r\n", ACK_OF_ABC, true},
    {"telemetry, then more", POST_ABC "GET /firmware HTTP/1.1\r\n\r\n\x80\xff", 0, 0, true,
     "HTTP/1.1 200 OK\r\n", ACK_OF_ABC, true},
    {"telemetry without a body", "POST /telemetry HTTP/1.1\r\nContent-Length: 0\r\n\r\n", 0, 0,
     false, "HTTP/1.1 404 Not Found\r\n", "", true},
    {"telemetry by GET", "GET /telemetry HTTP/1.1\r\n\r\n", 0, 0, false,
     "HTTP/1.1 404 Not Found\r\n", "", true},
    {"firmware", "GET /firmware HTTP/1.1\r\nHost: x\r\n\r\n", 0, 0, true, "HTTP/1.1 200 OK\r\n",
     "a release, or so", true},
    {"firmware that is not there", "GET /firmware HTTP/1.1\r\nHost: x\r\n\r\n", 0, 0, false,
     "HTTP/1.1 404 Not Found\r\n", "", true},
    {"firmware by POST", "POST /firmware HTTP/1.1\r\nContent-Length: 1\r\n\r\nx", 0, 0, true,
     "HTTP/1.1 404 Not Found\r\n", "", true},
    {"another path", "GET /firmware2 HTTP/1.1\r\n\r\n", 0, 0, true, "HTTP/1.1 404 Not Found\r\n",
     "", true},
    {"a long path that begins like ours",
     "POST /telemetry" TEXT_64 " HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc", 0, 0, true,
     "HTTP/1.1 404 Not Found\r\n", "", true},
    {"CONNECT", "CONNECT a:1 HTTP/1.1\r\n\r\n", 0, 0, true, "HTTP/1.1 404 Not Found\r\n", "", true},
    {"no HTTP", "\x16\x03\x01\x02 hello\r\n\r\n", 0, 0, true, "HTTP/1.1 400 Bad Request\r\n", "",
     false},
    {"a bad version", "GET /firmware HTTP/x\r\n\r\n", 0, 0, true, "HTTP/1.1 400 Bad Request\r\n",
     "", false},
    {"two lengths",
     "POST /telemetry HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabcd", 0, 0, false,
     "HTTP/1.1 400 Bad Request\r\n", "", false},
    {"a bad chunk", "POST /telemetry HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nz\r\n", 0, 0,
     false, "HTTP/1.1 400 Bad Request\r\n", "", false},
    {"half a head", "POST /telemetry HTTP/1.1\r\nConte", 0, 0, false, NULL, "", false},
    {"half a body", "POST /telemetry HTTP/1.1\r\nContent-Length: 4\r\n\r\nabc", 0, 0, false, NULL,
     "", false},
    {"empty lines for ever", "\r\n", 0, PS_REQUEST_HEAD_MAX / 2, false,
     "HTTP/1.1 431 Request Header Fields Too Large\r\n", "", false},
    {"a large head", "GET /firmware HTTP/1.1\r\nX: " TEXT_64 "\r\n", 24, PS_REQUEST_HEAD_MAX / 64,
     true, "HTTP/1.1 431 Request Header Fields Too Large\r\n", "", false},
    {"a large body",
     "POST /telemetry HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n" TEXT_64 "\r\n", 56,
     PS_REQUEST_BODY_MAX / 64, false, "HTTP/1.1 413 Content Too Large\r\n", "", false},
};
enum { REQUEST_ROWS = sizeof request_rows / sizeof request_rows[0] };

static const struct depth {
    const char *name;
    int version; /* 0: no TLS */
    size_t piece;
} depths[] = {
    {"plain", 0, SIZE_MAX},
    {"plain, byte by byte", 0, 1},
    {"TLS 1.2", TLS1_2_VERSION, SIZE_MAX},
    {"TLS 1.3", TLS1_3_VERSION, SIZE_MAX},
    {"TLS 1.3, 100 bytes a record", TLS1_3_VERSION, 100},
};
enum { DEPTHS = sizeof depths / sizeof depths[0] };

static struct ps_buffer request_bytes(const struct request_row *row)
{
    struct ps_buffer bytes = {0};
    ps_buffer_append(&bytes, row->request, strlen(row->request));
    for (size_t i = 0; i < row->repeats; i++)
        ps_buffer_append(&bytes, row->request + row->repeat_from,
                         strlen(row->request) - row->repeat_from);
    return bytes;
}

/* Gives the answer's text. */
static struct ps_buffer exchange(const struct depth *depth, struct ps_session *session,
                                 struct client *client, struct ps_buffer *request)
{
    struct ps_buffer text = {0};
    for (size_t at = 0; at < request->size;) {
        size_t size = request->size - at < depth->piece ? request->size - at : depth->piece;
        if (depth->version != 0) {
            if (SSL_get_shutdown(client->ssl) != 0)
                break;
            client_send(client, request->data + at, size);
            client_carry(client, session);
            client_read(client, &text);
        } else {
            ps_session_receive(session, request->data + at, size);
        }
        at += size;
    }
    if (depth->version == 0) {
        struct ps_buffer *output = ps_session_output(session);
        ps_buffer_append(&text, output->data, output->size);
        ps_buffer_consume(output, output->size);
    }
    ps_buffer_append(&text, "", 1);
    return text;
}

START_TEST(requests)
{
    const struct request_row *row = &request_rows[_i / DEPTHS];
    const struct depth *depth = &depths[_i % DEPTHS];
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    struct ps_presentation presentation = {
        .leaf = chain.leaf, .leaf_key = chain.leaf_key, .chain = &chain.middle, .chain_count = 1};
    struct ps_server *server = fixture_server();
    struct ps_session *session = fixture_session(server, depth->version != 0 ? &presentation : NULL,
                                                 row->release ? RELEASE : no_release);
    struct client client = client_new((struct client_options){.version = depth->version});
    if (depth->version != 0) {
        client_carry(&client, session);
        ck_assert_msg(client.done, "%s, %s", row->name, depth->name);
    }
    struct ps_buffer request = request_bytes(row);
    struct ps_buffer answer = exchange(depth, session, &client, &request);
    const char *text = (const char *)answer.data;
    struct ps_session_seen seen = ps_session_seen(session);

    ck_assert_msg(seen.request == row->answered, "%s, %s", row->name, depth->name);
    ck_assert_msg(seen.wants_close == (row->status != NULL), "%s, %s", row->name, depth->name);
    ck_assert_msg(seen.hello == (depth->version != 0), "%s, %s", row->name, depth->name);
    ck_assert(!seen.ended && !seen.alert);
    if (row->status == NULL) {
        ck_assert_msg(text[0] == '\0', "%s, %s: %s", row->name, depth->name, text);
        ps_session_link_ended(session);
        seen = ps_session_seen(session);
        ck_assert(seen.ended && seen.wants_close && !seen.request);
    } else {
        ck_assert_msg(strncmp(text, row->status, strlen(row->status)) == 0, "%s, %s: %s", row->name,
                      depth->name, text);
        ck_assert_msg(strstr(text, "\r\nConnection: close\r\n") != NULL, "%s", row->name);
        const char *body = strstr(text, "\r\n\r\n");
        ck_assert_msg(body != NULL && strcmp(body + 4, row->body) == 0, "%s, %s: %s", row->name,
                      depth->name, text);
        char length[48];
        snprintf(length, sizeof length, "\r\nContent-Length: %zu\r\n", strlen(row->body));
        ck_assert_msg(strstr(text, length) != NULL, "%s: %s", row->name, text);
        ck_assert_msg(depth->version == 0 || SSL_get_shutdown(client.ssl) == SSL_RECEIVED_SHUTDOWN,
                      "%s, %s: close_notify", row->name, depth->name);
    }
    ps_buffer_deinit(&answer);
    ps_buffer_deinit(&request);
    client_free(&client);
    ps_session_free(session);
    ps_server_free(server);
}
END_TEST

/* --- What is served --- */

static void check_served(const char *name, struct client *client,
                         const struct ps_presentation *presentation)
{
    STACK_OF(X509) *served = SSL_get_peer_cert_chain(client->ssl);
    ck_assert_msg((size_t)sk_X509_num(served) == presentation->chain_count + 1,
                  "%s: %d certificates", name, sk_X509_num(served));
    for (size_t i = 0; i <= presentation->chain_count; i++) {
        unsigned char *der = NULL;
        int size = i2d_X509(sk_X509_value(served, (int)i), &der);
        struct ps_bytes expected =
            ps_ca_der(fixture_ca, i == 0 ? presentation->leaf : presentation->chain[i - 1]);
        ck_assert_msg((size_t)size == expected.size &&
                          memcmp(der, expected.data, expected.size) == 0,
                      "%s: certificate %zu", name, i);
        OPENSSL_free(der);
    }
}

static const struct served_row {
    const char *name;
    const char *chain; /* of the letters r (root), m (middle), x (unrelated) */
} served_rows[] = {
    {"nothing", ""},           {"the issuer", "m"},
    {"with the root", "mr"},   {"in the wrong order", "rm"},
    {"unrelated first", "xm"}, {"twice", "mm"},
    {"the root only", "r"},
};

/* The store holds what would complete the chain; only SSL_MODE_NO_AUTO_CHAIN keeps it from being
 * sent. */
START_TEST(the_served_list_is_exactly_what_was_asked)
{
    const struct served_row *row = &served_rows[_i];
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    ps_key_id other_key = fixture_key(PS_KEY_ECDSA_P256);
    struct ps_certificate_spec other_spec = fixture_ca_spec("CN=Other");
    ps_certificate_id other = fixture_issue(&other_spec, other_key, "CN=Other", other_key);
    ps_certificate_id list[4];
    struct ps_presentation presentation = {.leaf = chain.leaf,
                                           .leaf_key = chain.leaf_key,
                                           .chain = list,
                                           .chain_count = strlen(row->chain)};
    for (size_t i = 0; i < presentation.chain_count; i++)
        list[i] = row->chain[i] == 'r' ? chain.root : row->chain[i] == 'm' ? chain.middle : other;

    struct ps_server *server = fixture_server();
    SSL_CTX *context = NULL;
    struct ps_error err = {{0}};
    ck_assert(ps_is_ok(ps_server_context_find(server, &presentation, &context, &err)));
    X509 *known[] = {fixture_x509(chain.root), fixture_x509(chain.middle)};
    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(X509_STORE_add_cert(SSL_CTX_get_cert_store(context), known[i]), 1);
        X509_free(known[i]);
    }
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        struct ps_session *session = fixture_session(server, &presentation, no_release);
        struct client client = client_new((struct client_options){.version = version});
        client_carry(&client, session);
        ck_assert_msg(client.done, "%s", row->name);
        check_served(row->name, &client, &presentation);
        client_free(&client);
        ps_session_free(session);
    }
    ps_server_free(server);
}
END_TEST

static const struct leaf_row {
    const char *name;
    enum ps_key_type issuers, leaf;
    enum ps_hash hash;
} leaf_rows[] = {
    {"P-256", PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256, PS_HASH_SHA256},
    {"P-384", PS_KEY_ECDSA_P384, PS_KEY_ECDSA_P384, PS_HASH_SHA384},
    {"RSA-2048", PS_KEY_RSA_2048, PS_KEY_RSA_2048, PS_HASH_SHA256},
    {"RSA-1024 with SHA-1", PS_KEY_RSA_1024, PS_KEY_RSA_1024, PS_HASH_SHA1},
    {"P-256 under RSA", PS_KEY_RSA_2048, PS_KEY_ECDSA_P256, PS_HASH_SHA512},
};

START_TEST(every_kind_of_leaf_is_served)
{
    const struct leaf_row *row = &leaf_rows[_i];
    struct fixture_chain chain = fixture_chain_make(row->issuers, row->leaf);
    struct ps_certificate_spec spec = fixture_leaf_spec("hub.example");
    spec.hash = row->hash;
    ps_certificate_id leaf = fixture_issue(&spec, chain.leaf_key, FIXTURE_MIDDLE, chain.middle_key);
    struct ps_presentation presentation = {
        .leaf = leaf, .leaf_key = chain.leaf_key, .chain = &chain.middle, .chain_count = 1};
    struct ps_server *server = fixture_server();
    for (int version = TLS1_2_VERSION; version <= TLS1_3_VERSION; version++) {
        struct ps_session *session = fixture_session(server, &presentation, no_release);
        struct client client =
            client_new((struct client_options){.version = version, .name = "whatever.example"});
        client_carry(&client, session);
        ck_assert_msg(client.done && ps_session_seen(session).handshake_done, "%s", row->name);
        ck_assert_int_eq(SSL_version(client.ssl), version);
        if (version == TLS1_3_VERSION)
            ck_assert_str_eq(SSL_get_cipher_name(client.ssl), "TLS_AES_128_GCM_SHA256");
        ck_assert_int_eq((int)SSL_get_negotiated_group(client.ssl), NID_X25519);
        check_served(row->name, &client, &presentation);

        /* No ticket, no session to resume. */
        client_send(&client, POST_ABC, sizeof POST_ABC - 1);
        client_carry(&client, session);
        struct ps_buffer text = {0};
        client_read(&client, &text);
        ck_assert_uint_gt(text.size, 0);
        ck_assert_msg(!SSL_SESSION_has_ticket(SSL_get0_session(client.ssl)), "%s", row->name);
        ck_assert_msg(version == TLS1_2_VERSION ||
                          !SSL_SESSION_is_resumable(SSL_get0_session(client.ssl)),
                      "%s", row->name);
        ps_buffer_deinit(&text);
        client_free(&client);
        ps_session_free(session);
    }
    ps_server_free(server);
}
END_TEST

START_TEST(one_context_per_presentation)
{
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    struct ps_presentation a = {.leaf = chain.leaf,
                                .leaf_key = chain.leaf_key,
                                .chain = &chain.middle,
                                .chain_count = 1},
                           b = a;
    struct ps_server *server = fixture_server();
    SSL_CTX *contexts[3];
    struct ps_error err = {{0}};
    ck_assert(ps_is_ok(ps_server_context_find(server, &a, &contexts[0], &err)));
    ck_assert(ps_is_ok(ps_server_context_find(server, &b, &contexts[1], &err)));
    ck_assert(ps_is_ok(ps_server_context_find(server, &a, &contexts[2], &err)));
    ck_assert_ptr_ne(contexts[0], contexts[1]);
    ck_assert_ptr_eq(contexts[0], contexts[2]);

    struct ps_presentation wrong = {
        .leaf = chain.leaf, .leaf_key = chain.root_key, .chain = NULL, .chain_count = 0};
    struct ps_session_options options = {.presentation = &wrong};
    struct ps_session *session = NULL;
    ck_assert_int_eq(ps_session_new(server, &options, &session, &err).code, PS_CODE_FAILED);
    ck_assert_ptr_nonnull(strstr(err.text, "serving a leaf: "));
    ck_assert_ptr_null(session);
    ps_server_free(server);
}
END_TEST

/* Each stays what it was, however many there are. */
START_TEST(many_presentations)
{
    enum { MANY = 400 };
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    struct ps_presentation *all = ps_alloc(MANY, sizeof *all);
    SSL_CTX *contexts[MANY];
    struct ps_server *server = fixture_server();
    struct ps_error err = {{0}};
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MANY; i++) {
            SSL_CTX *context = NULL;
            all[i] = (struct ps_presentation){.leaf = chain.leaf, .leaf_key = chain.leaf_key};
            ck_assert(ps_is_ok(ps_server_context_find(server, &all[i], &context, &err)));
            ck_assert_msg(round == 0 || context == contexts[i], "%d", i);
            contexts[i] = context;
        }
    }
    for (int i = 1; i < MANY; i++)
        ck_assert_ptr_ne(contexts[i], contexts[i - 1]);
    ps_server_free(server);
    free(all);
}
END_TEST

/* --- How it ends --- */

static const int tls_versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

START_TEST(an_alert_is_seen)
{
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    struct ps_presentation presentation = {
        .leaf = chain.leaf, .leaf_key = chain.leaf_key, .chain = &chain.middle, .chain_count = 1};
    struct ps_server *server = fixture_server();
    struct ps_session *session = fixture_session(server, &presentation, no_release);
    struct client client =
        client_new((struct client_options){.version = tls_versions[_i], .refuses = true});
    client_carry(&client, session);
    ck_assert(client.failed);
    struct ps_session_seen seen = ps_session_seen(session);
    ck_assert(seen.hello && seen.alert && seen.wants_close);
    ck_assert(!seen.handshake_done && !seen.request && !seen.ended);
    ps_session_link_ended(session);
    ck_assert(ps_session_seen(session).ended);
    client_free(&client);
    ps_session_free(session);
    ps_server_free(server);
}
END_TEST

/* The device closes without a word after the handshake, and after the answer. */
START_TEST(close_notify_is_seen)
{
    bool answered = _i % 2 == 1;
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    struct ps_presentation presentation = {
        .leaf = chain.leaf, .leaf_key = chain.leaf_key, .chain = &chain.middle, .chain_count = 1};
    struct ps_server *server = fixture_server();
    struct ps_session *session = fixture_session(server, &presentation, no_release);
    struct client client = client_new((struct client_options){.version = tls_versions[_i / 2]});
    client_carry(&client, session);
    if (answered) {
        client_send(&client, POST_ABC, sizeof POST_ABC - 1);
        client_carry(&client, session);
    }
    ck_assert(!ps_session_seen(session).ended);
    SSL_shutdown(client.ssl);
    client_carry(&client, session);
    struct ps_session_seen seen = ps_session_seen(session);
    ck_assert(seen.handshake_done && seen.ended && seen.wants_close && !seen.alert);
    ck_assert_int_eq(seen.request, answered);
    client_free(&client);
    ps_session_free(session);
    ps_server_free(server);
}
END_TEST

/* Every prefix of the ClientHello, and garbage: no handshake is counted, nothing crashes. */
START_TEST(a_truncated_hello_is_none)
{
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    struct ps_presentation presentation = {
        .leaf = chain.leaf, .leaf_key = chain.leaf_key, .chain = &chain.middle, .chain_count = 1};
    struct ps_server *server = fixture_server();
    struct client client = client_new((struct client_options){.name = "hub.example"});
    ck_assert_int_eq(SSL_do_handshake(client.ssl), -1);
    char *data = NULL;
    size_t size = (size_t)BIO_get_mem_data(client.out, &data);
    ck_assert_uint_gt(size, 100);
    for (size_t cut = 0; cut <= size; cut++) {
        struct ps_session *session = fixture_session(server, &presentation, no_release);
        ps_session_receive(session, data, cut);
        ck_assert_msg(ps_session_seen(session).hello == (cut == size), "%zu of %zu", cut, size);
        ck_assert_int_eq(ps_session_output(session)->size > 0, cut == size);
        ck_assert(!ps_session_seen(session).wants_close);
        ps_session_link_ended(session);
        struct ps_session_seen seen = ps_session_seen(session);
        ck_assert(seen.ended && seen.wants_close && !seen.handshake_done && !seen.alert);
        ps_session_receive(session, data, size); /* too late */
        ck_assert_int_eq(ps_session_seen(session).hello, cut == size);
        ps_session_free(session);
    }
    client_free(&client);
    ps_server_free(server);
}
END_TEST

static const struct garbage_row {
    const char *name;
    struct ps_bytes bytes;
} garbage_rows[] = {
    {"HTTP into TLS", {(const unsigned char *)"GET / HTTP/1.1\r\n\r\n", 18}},
    {"zeros", {(const unsigned char[64]){0}, 64}},
    {"an odd hello", {(const unsigned char *)"\x16\x03\x01\x00\x04\x01\x00\x00\x00", 9}},
    {"a hello of TLS 1.0 only",
     {(const unsigned char *)"\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x01"
                             "0123456789abcdef0123456789abcdef"
                             "\x00\x00\x04\xc0\x13\xc0\x14\x01\x00",
      52}},
};

START_TEST(garbage_ends_the_handshake)
{
    const struct garbage_row *row = &garbage_rows[_i];
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    struct ps_presentation presentation = {
        .leaf = chain.leaf, .leaf_key = chain.leaf_key, .chain = NULL, .chain_count = 0};
    struct ps_server *server = fixture_server();
    struct ps_session *session = fixture_session(server, &presentation, no_release);
    ps_session_receive(session, row->bytes.data, row->bytes.size);
    struct ps_session_seen seen = ps_session_seen(session);
    ck_assert_msg(seen.wants_close && !seen.handshake_done && !seen.alert && !seen.ended, "%s",
                  row->name);
    ck_assert_uint_eq(ERR_peek_error(), 0);
    ps_session_free(session);
    ps_server_free(server);
}
END_TEST

/* --- Keys stay inside --- */

static bool contains(struct ps_bytes where, const unsigned char *what, size_t size)
{
    return memmem(where.data, where.size, what, size) != NULL;
}

START_TEST(private_keys_never_leave)
{
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    struct ps_presentation presentation = {
        .leaf = chain.leaf, .leaf_key = chain.leaf_key, .chain = &chain.middle, .chain_count = 1};
    struct ps_server *server = fixture_server();
    struct ps_session *session = fixture_session(server, &presentation, no_release);
    struct client client = client_new((struct client_options){0});
    client_carry(&client, session);
    client_send(&client, POST_ABC, sizeof POST_ABC - 1);
    client_carry(&client, session);
    struct ps_error err = {{0}};
    struct ps_buffer all = {0};
    const struct ps_release_options release = {.version = 1, .auth = PS_RELEASE_BY_SIGNATURE};
    ck_assert(ps_is_ok(ps_ca_release(fixture_ca, &release, &all, &err)));
    ps_buffer_append(&all, client.wire.data, client.wire.size);
    for (size_t i = 0; i < fixture_ca->certificate_count; i++) {
        struct ps_bytes der = ps_ca_der(fixture_ca, (ps_certificate_id){(uint32_t)i});
        ps_buffer_append(&all, der.data, der.size);
    }
    ck_assert_uint_eq(fixture_ca->key_count, 4); /* the release key too */
    for (size_t i = 0; i < fixture_ca->key_count; i++) {
        struct ps_bytes spki = ps_ca_spki(fixture_ca, (ps_key_id){(uint32_t)i});
        ps_buffer_append(&all, spki.data, spki.size);
    }
    for (size_t i = 0; i < fixture_ca->key_count; i++) {
        const struct ps_key *key = fixture_ca->keys[i];
        BIGNUM *number = NULL;
        unsigned char secret[32];
        ck_assert_int_eq(EVP_PKEY_get_bn_param(key->pair, OSSL_PKEY_PARAM_PRIV_KEY, &number), 1);
        ck_assert_int_eq(BN_bn2binpad(number, secret, sizeof secret), sizeof secret);
        BN_clear_free(number);
        ck_assert(contains((struct ps_bytes){key->secret, key->secret_size}, secret, 16));
        ck_assert_msg(!contains((struct ps_bytes){all.data, all.size}, secret, 16), "key %zu", i);
    }
    ps_buffer_deinit(&all);
    client_free(&client);
    ps_session_free(session);
    ps_server_free(server);
}
END_TEST

/* --- Several servers at once over one CA --- */

struct worker {
    pthread_t thread;
    const struct ps_presentation *presentations;
    unsigned accepted;
};

static void *work(void *context)
{
    struct worker *worker = context;
    struct ps_error err;
    struct ps_server *server = NULL;
    if (!ps_is_ok(ps_server_new(fixture_ca, &server, &err)))
        return NULL;
    for (int i = 0; i < 24; i++) {
        struct ps_session_options options = {.presentation = &worker->presentations[i % 2]};
        struct ps_session *session = NULL;
        if (!ps_is_ok(ps_session_new(server, &options, &session, &err)))
            break;
        struct client client = client_new((struct client_options){.version = tls_versions[i / 12]});
        client_carry(&client, session);
        client_send(&client, POST_ABC, sizeof POST_ABC - 1);
        client_carry(&client, session);
        worker->accepted += ps_session_seen(session).request;
        client_free(&client);
        ps_session_free(session);
    }
    ps_server_free(server);
    return NULL;
}

START_TEST(servers_in_threads)
{
    struct fixture_chain ec = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    struct fixture_chain rsa = fixture_chain_make(PS_KEY_RSA_1024, PS_KEY_RSA_1024);
    struct ps_presentation presentations[] = {
        {.leaf = ec.leaf, .leaf_key = ec.leaf_key, .chain = &ec.middle, .chain_count = 1},
        {.leaf = rsa.leaf, .leaf_key = rsa.leaf_key, .chain = &rsa.middle, .chain_count = 1}};
    struct worker workers[3] = {0};
    for (int i = 0; i < 3; i++) {
        workers[i].presentations = presentations;
        ck_assert_int_eq(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
    }
    for (int i = 0; i < 3; i++) {
        pthread_join(workers[i].thread, NULL);
        ck_assert_msg(workers[i].accepted == 24, "worker %d: %u", i, workers[i].accepted);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("session");
    TCase *tests = tcase_create("sessions");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
#define COUNT(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))
    tcase_add_loop_test(tests, requests, 0, REQUEST_ROWS * DEPTHS);
    tcase_add_loop_test(tests, the_served_list_is_exactly_what_was_asked, 0, COUNT(served_rows));
    tcase_add_loop_test(tests, every_kind_of_leaf_is_served, 0, COUNT(leaf_rows));
    tcase_add_test(tests, one_context_per_presentation);
    tcase_add_test(tests, many_presentations);
    tcase_add_loop_test(tests, an_alert_is_seen, 0, COUNT(tls_versions));
    tcase_add_loop_test(tests, close_notify_is_seen, 0, 4);
    tcase_add_test(tests, a_truncated_hello_is_none);
    tcase_add_loop_test(tests, garbage_ends_the_handshake, 0, COUNT(garbage_rows));
    tcase_add_test(tests, private_keys_never_leave);
    tcase_add_test(tests, servers_in_threads);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
