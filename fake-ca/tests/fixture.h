/* SPDX-License-Identifier: Apache-2.0
 *
 * What the tests of this component share: a CA that fails the test when it cannot, and a device's
 * end of a connection written with plain OpenSSL, which knows nothing of the code under test.
 */
#ifndef FAKE_CA_TESTS_FIXTURE_H
#define FAKE_CA_TESTS_FIXTURE_H

#include <check.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include "fake-ca/ca.h"
#include "fake-ca/server.h"

extern struct ps_keypool *fixture_pool;
extern struct ps_ca *fixture_ca;
void fixture_setup(void);
void fixture_teardown(void);

/* Simulated time: the years 2020 and 2030. */
enum { TIME_2020 = 1577836800, TIME_2030 = 1893456000 };

ps_key_id fixture_key(enum ps_key_type type);
ps_certificate_id fixture_issue(const struct ps_certificate_spec *spec, ps_key_id key,
                                const char *issuer, ps_key_id issuer_key);
/* Gives a parsed copy: X509_free. */
X509 *fixture_x509(ps_certificate_id certificate);
struct ps_certificate_spec fixture_ca_spec(const char *subject);
struct ps_certificate_spec fixture_leaf_spec(const char *host);

/* A root, an intermediate under it and a leaf for hub.example under that. */
struct fixture_chain {
    ps_key_id root_key, middle_key, leaf_key;
    ps_certificate_id root, middle, leaf;
};
#define FIXTURE_ROOT   "C=US, O=Example, CN=Example Root"
#define FIXTURE_MIDDLE "C=US, O=Example, CN=Example Issuing"
struct fixture_chain fixture_chain_make(enum ps_key_type issuers, enum ps_key_type leaf);

/* A device's end. */
struct client {
    SSL_CTX *context;
    SSL *ssl;
    BIO *in, *out;
    bool done, failed;     /* the handshake */
    struct ps_buffer wire; /* everything the session sent */
};
struct client_options {
    int version;      /* TLS1_2_VERSION or so; 0: any */
    bool refuses;     /* verifies against an empty store, so its alert is fatal */
    const char *name; /* SNI */
};
struct client client_new(struct client_options options);
void client_free(struct client *client);
/* Carries bytes both ways until nothing moves; the client handshakes as far as it gets. */
void client_carry(struct client *client, struct ps_session *session);
void client_send(struct client *client, const void *data, size_t size);
/* Appends everything readable. */
void client_read(struct client *client, struct ps_buffer *ret_text);

struct ps_server *fixture_server(void);
struct ps_session *fixture_session(struct ps_server *server,
                                   const struct ps_presentation *presentation,
                                   struct ps_bytes release);
/* The same with all options. */
struct ps_session *fixture_session_with(struct ps_server *server,
                                        const struct ps_session_options *options);
/* Handshakes and sends a message; returns whether its acknowledgement was read. Whatever the client
 * was told to show or ask for was set before. */
bool fixture_delivers(struct client *client, struct ps_session *session);
#define FIXTURE_BYTES(text) ((struct ps_bytes){(const unsigned char *)(text), sizeof(text) - 1})

#endif
