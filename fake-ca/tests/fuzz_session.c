/* SPDX-License-Identifier: Apache-2.0
 *
 * Arbitrary bytes into a session. The first byte says where they arrive and in which pieces:
 *
 *   bits 0-1   0 a plain session that publishes, 1 a TLS session before its handshake, 2 inside TLS
 *              after a genuine handshake, 3 under TLS after a genuine handshake (raw bytes where
 *              records belong)
 *   bits 2-7   size of a piece; 0: all at once
 *
 * The text of KEY_HASH stands for the hash of the issuer's key, which is another in each run: with
 * it an OCSP request may ask for a certificate that is published.
 *
 * Whatever comes: nothing crashes, what was seen is possible, and after wants_close nothing more is
 * sent. Reach: the corpus holds whole requests, a whole ClientHello and an OCSP request; a run over
 * it that sees no request, no hello or no OCSP answer aborts at the end.
 */
#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include "fake-ca/ca.h"
#include "fake-ca/server.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { FUZZ_PLAIN, FUZZ_HELLO, FUZZ_INSIDE, FUZZ_UNDER };

static struct ps_server *server;
static struct ps_presentation presentation;
static SSL_CTX *client_context;
static unsigned long runs, requests, hellos, statuses;

/* What is published, and what else a server may know. */
#define KEY_HASH    "KEY-HASH-OF-20-BYTES"
#define OCSP_ANSWER "the answer about the leaf"
#define BYTES(text)                                                                                \
    {                                                                                              \
        (const unsigned char *)(text), sizeof(text) - 1                                            \
    }
static unsigned char key_hash[sizeof KEY_HASH - 1];
static struct ps_published published[] = {
    {.what = PS_PUBLISH_OCSP, .path = "/ocsp/a", .body = BYTES(OCSP_ANSWER)},
    {.what = PS_PUBLISH_CRL, .path = "/crl/a", .body = BYTES("a list")},
    {.what = PS_PUBLISH_ISSUER, .path = "/issuer/a", .body = BYTES("a certificate")},
    {.what = PS_PUBLISH_OCSP, .path = "/ocsp/down", .down = true},
};
static struct ps_client_rules clients;

static void must(ps_status status)
{
    if (!ps_is_ok(status))
        abort();
}

static void check_reach(void)
{
    if (runs >= 10 && (requests == 0 || hellos == 0 || statuses == 0)) {
        fprintf(
            stderr,
            "fuzz_session: %lu runs, %lu requests, %lu hellos, %lu OCSP answers: out of reach\n",
            runs, requests, hellos, statuses);
        abort();
    }
}

static void hash_key(struct ps_bytes spki)
{
    const unsigned char *at = spki.data, *bits = NULL;
    int size = 0;
    X509_PUBKEY *key = d2i_X509_PUBKEY(NULL, &at, (long)spki.size);
    if (key == NULL || X509_PUBKEY_get0_param(NULL, &bits, &size, NULL, key) != 1 ||
        SHA1(bits, (size_t)size, key_hash) == NULL)
        abort();
    X509_PUBKEY_free(key);
}

/* Once for all inputs. */
static void start(void)
{
    static struct ps_error err;
    struct ps_keypool *pool = NULL;
    struct ps_ca *ca = NULL;
    must(ps_keypool_new(1, &pool, &err));
    must(ps_ca_new(pool, &ca, &err));
    must(ps_ca_key(ca, PS_KEY_ECDSA_P256, &presentation.leaf_key, &err));
    struct ps_certificate_spec spec = {
        .host = "hub.example",
        .hash = PS_HASH_SHA256,
        .not_after = {INT64_C(2000000000)},
        .path_length = PS_PATH_LENGTH_NONE,
    };
    must(ps_ca_issue(ca, &spec, presentation.leaf_key, "CN=hub.example", presentation.leaf_key,
                     &presentation.leaf, &err));
    published[0].about = presentation.leaf;
    clients.anchors = &presentation.leaf;
    clients.anchor_count = 1;
    hash_key(ps_ca_spki(ca, presentation.leaf_key));
    must(ps_server_new(ca, &server, &err));
    client_context = SSL_CTX_new(TLS_client_method());
    if (client_context == NULL)
        abort();
    atexit(check_reach);
}

/* Carries what both sides have said so far. */
static void carry(SSL *client, struct ps_session *session)
{
    BIO *in = SSL_get_rbio(client), *out = SSL_get_wbio(client);
    char *data = NULL;
    long size = BIO_get_mem_data(out, &data);
    if (size > 0) {
        ps_session_receive(session, data, (size_t)size);
        (void)BIO_reset(out);
    }
    struct ps_buffer *output = ps_session_output(session);
    if (output->size > 0)
        BIO_write(in, output->data, (int)output->size);
    ps_buffer_consume(output, output->size);
}

static SSL *connect_client(struct ps_session *session)
{
    SSL *client = SSL_new(client_context);
    BIO *in = BIO_new(BIO_s_mem()), *out = BIO_new(BIO_s_mem());
    if (client == NULL || in == NULL || out == NULL)
        abort();
    SSL_set_bio(client, in, out);
    SSL_set_connect_state(client);
    for (int flights = 0; flights < 4; flights++) {
        (void)SSL_do_handshake(client);
        carry(client, session);
    }
    assert(ps_session_seen(session).handshake_done);
    return client;
}

static void see_output(const struct ps_buffer *output)
{
    if (output->size > 0 &&
        memmem(output->data, output->size, OCSP_ANSWER, sizeof OCSP_ANSWER - 1) != NULL)
        statuses++;
}

static void feed(struct ps_session *session, SSL *client, bool inside, const uint8_t *data,
                 size_t size)
{
    struct ps_session_seen before = ps_session_seen(session);
    if (inside) {
        if (SSL_write(client, data, (int)size) > 0)
            carry(client, session);
        return;
    }
    ps_session_receive(session, data, size);
    struct ps_buffer *output = ps_session_output(session);
    assert(!before.wants_close || output->size == 0);
    see_output(output);
    ps_buffer_consume(output, output->size);
}

static struct ps_session_options options_for(unsigned where)
{
    struct ps_session_options options = {
        .presentation = where == FUZZ_PLAIN ? NULL : &presentation,
        .release = BYTES("release"),
        .published = published,
        .published_count = sizeof published / sizeof published[0],
    };
    if (where == FUZZ_HELLO) {
        options.staple = (struct ps_bytes)BYTES("a staple");
        options.psk = (struct ps_bytes)BYTES("0123456789abcdef");
        options.clients = &clients;
        options.tickets = true;
    }
    return options;
}

/* What the session must have seen, whatever came. */
static void check_seen(struct ps_session *session, unsigned where)
{
    struct ps_session_seen seen = ps_session_seen(session);
    assert(!seen.request || seen.wants_close);
    assert(!seen.handshake_done || seen.hello);
    assert(!seen.resumed && !seen.client_refused);
    assert(where != FUZZ_PLAIN || (!seen.hello && !seen.alert && !seen.ended));
    assert(where >= FUZZ_INSIDE || !seen.handshake_done);
    runs++;
    requests += seen.request;
    hellos += where == FUZZ_HELLO && seen.hello;
    ps_session_link_ended(session);
    assert(ps_session_seen(session).ended && ps_session_seen(session).wants_close);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 2)
        return 0;
    if (server == NULL)
        start();
    unsigned where = data[0] & 3u;
    size_t piece = data[0] >> 2 != 0 ? data[0] >> 2 : size;
    uint8_t *input = ps_memdup(data, size);
    uint8_t *place = memmem(input, size, KEY_HASH, sizeof key_hash);
    if (place != NULL)
        memcpy(place, key_hash, sizeof key_hash);
    struct ps_session_options options = options_for(where);
    static struct ps_error err;
    struct ps_session *session = NULL;
    must(ps_session_new(server, &options, &session, &err));
    SSL *client = where >= FUZZ_INSIDE ? connect_client(session) : NULL;
    for (size_t at = 1; at < size;) {
        size_t step = size - at < piece ? size - at : piece;
        feed(session, client, where == FUZZ_INSIDE, input + at, step);
        at += step;
    }
    check_seen(session, where);
    free(input);
    SSL_free(client);
    ps_session_free(session);
    return 0;
}
