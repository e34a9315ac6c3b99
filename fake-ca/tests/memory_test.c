/* SPDX-License-Identifier: Apache-2.0
 *
 * What the fake CA does when OpenSSL runs out of memory; see tests/shortage/shortage.h.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/hmac.h>
#include <openssl/ocsp.h>
#include "base/release.h"
#include "fake-ca/publish.h"
#include "fixture.h"
#include "keypool.h"
#include "shortage.h"

/* --- Operations. Everything they need is there before; `world` is the parent's. --- */

static struct {
    struct fixture_chain chain;
    ps_certificate_id device;
    EVP_PKEY *device_key;
    unsigned char *device_spki;
    int device_spki_size;
    struct ps_server *server;
    struct ps_presentation presentation;
    struct ps_presentation_alternate alternate;
    struct ps_client_rules clients;
    struct ps_published published;
    struct ps_buffer ocsp_request, ocsp_answer;
} world;

/* Of a type that no other operation takes: what those give back is in the pool. */
static bool op_key(struct ps_error *err, bool *ret_good)
{
    enum { SPKI_BYTES = 120 };
    ps_key_id key = {0};
    ps_status status = ps_ca_key(fixture_ca, PS_KEY_ECDSA_P384, &key, err);
    *ret_good = ps_is_ok(status) && ps_ca_spki(fixture_ca, key).size == SPKI_BYTES;
    return ps_is_ok(status);
}

static unsigned filled;

static void on_progress(unsigned done, unsigned total, void *context)
{
    (void)context;
    if (total != 2 || done != ++filled)
        shortage_wrong();
}

/* A thread makes the keys; its failure is the filling's, and what it made before is kept. */
static bool op_filling(struct ps_error *err, bool *ret_good)
{
    unsigned wanted[PS_KEY_TYPE_COUNT] = {0};
    struct ps_keypool *pool = NULL;
    wanted[PS_KEY_ECDSA_P384] = 2;
    filled = 0;
    ps_status status = ps_keypool_new(1, &pool, err);
    if (!ps_is_ok(status))
        return false;
    status = ps_keypool_fill(pool, wanted, on_progress, NULL, err);
    *ret_good = ps_is_ok(status) && filled == 2;
    if (!ps_is_ok(status) && filled == 2)
        shortage_wrong();
    ps_keypool_free(pool);
    return ps_is_ok(status);
}

static struct ps_certificate_spec rich_spec(bool ca)
{
    struct ps_certificate_spec spec =
        ca ? fixture_ca_spec("C=US, CN=Rich") : fixture_leaf_spec("hub.example");
    spec.path_length = ca ? 3 : PS_PATH_LENGTH_NONE;
    spec.eku = PS_EKU_SERVER_AUTH | PS_EKU_CLIENT_AUTH;
    spec.must_staple = true;
    spec.ocsp_url = "http://ca.example/ocsp/a";
    spec.issuer_url = "http://ca.example/issuer/a";
    spec.crl_url = "http://ca.example/crl/a";
    return spec;
}

/* All extensions are there and the signature is right. */
static bool certificate_is_good(ps_certificate_id id, int extensions)
{
    shortage_end();
    struct ps_bytes der = ps_ca_der(fixture_ca, id);
    const unsigned char *at = der.data;
    X509 *x509 = d2i_X509(NULL, &at, (long)der.size), *middle = fixture_x509(world.chain.middle);
    bool good = x509 != NULL && X509_verify(x509, X509_get0_pubkey(middle)) == 1 &&
                X509_get_ext_count(x509) == extensions;
    X509_free(x509);
    X509_free(middle);
    return good;
}

static bool op_issue_ca(struct ps_error *err, bool *ret_good)
{
    struct ps_certificate_spec spec = rich_spec(true);
    ps_certificate_id id;
    ps_status status = ps_ca_issue(fixture_ca, &spec, world.chain.leaf_key, FIXTURE_MIDDLE,
                                   world.chain.middle_key, &id, err);
    *ret_good = ps_is_ok(status) && certificate_is_good(id, 9);
    return ps_is_ok(status);
}

static bool op_issue_leaf(struct ps_error *err, bool *ret_good)
{
    struct ps_certificate_spec spec = rich_spec(false);
    ps_certificate_id id;
    ps_status status = ps_ca_issue_spki(
        fixture_ca, &spec, (struct ps_bytes){world.device_spki, (size_t)world.device_spki_size},
        FIXTURE_MIDDLE, world.chain.middle_key, &id, err);
    *ret_good = ps_is_ok(status) && certificate_is_good(id, 9);
    return ps_is_ok(status);
}

static bool op_attack(struct ps_error *err, bool *ret_good)
{
    struct ps_attack_options options = {.host = "hub.example",
                                        .not_after = {TIME_2030},
                                        .issuer_dn = FIXTURE_MIDDLE,
                                        .issuer_key = world.chain.middle_key};
    static const enum ps_attack attacks[] = {PS_ATTACK_X01, PS_ATTACK_X07, PS_ATTACK_X18};
    struct ps_presentation made;
    for (size_t i = 0; i < sizeof attacks / sizeof attacks[0]; i++) {
        if (!ps_is_ok(ps_ca_attack(fixture_ca, attacks[i], &options, &made, err)))
            return false;
        *ret_good = made.chain_count == (i > 0);
        free(made.chain);
    }
    return true;
}

static bool op_ocsp(struct ps_error *err, bool *ret_good)
{
    struct ps_ocsp_options options = {.certificate = world.chain.leaf,
                                      .issuer_dn = FIXTURE_MIDDLE,
                                      .issuer_key = world.chain.middle_key,
                                      .revoked = true,
                                      .revoked_at = {TIME_2020},
                                      .this_update = {TIME_2020},
                                      .next_update = {TIME_2030}};
    struct ps_buffer der = {0};
    ps_status status = ps_ca_ocsp(fixture_ca, &options, &der, err);
    shortage_end();
    if (ps_is_ok(status)) {
        const unsigned char *at = der.data;
        OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)der.size);
        OCSP_BASICRESP *basic = response != NULL ? OCSP_response_get1_basic(response) : NULL;
        STACK_OF(X509) *known = sk_X509_new_null();
        sk_X509_push(known, fixture_x509(world.chain.middle));
        *ret_good = basic != NULL && OCSP_resp_count(basic) == 1 &&
                    OCSP_basic_verify(basic, known, NULL, OCSP_TRUSTOTHER) == 1;
        sk_X509_pop_free(known, X509_free);
        OCSP_BASICRESP_free(basic);
        OCSP_RESPONSE_free(response);
    }
    ps_buffer_deinit(&der);
    return ps_is_ok(status);
}

static bool op_crl(struct ps_error *err, bool *ret_good)
{
    struct ps_crl_entry entries[] = {{world.device, {TIME_2020}}, {world.chain.leaf, {TIME_2020}}};
    struct ps_crl_options options = {.issuer_dn = FIXTURE_MIDDLE,
                                     .issuer_key = world.chain.middle_key,
                                     .revoked = entries,
                                     .revoked_count = 2,
                                     .this_update = {TIME_2020},
                                     .next_update = {TIME_2030}};
    struct ps_buffer der = {0};
    ps_status status = ps_ca_crl(fixture_ca, &options, &der, err);
    shortage_end();
    if (ps_is_ok(status)) {
        const unsigned char *at = der.data;
        X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)der.size);
        X509 *middle = fixture_x509(world.chain.middle);
        *ret_good = crl != NULL && X509_CRL_verify(crl, X509_get0_pubkey(middle)) == 1 &&
                    sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl)) == 2;
        X509_free(middle);
        X509_CRL_free(crl);
    }
    ps_buffer_deinit(&der);
    return ps_is_ok(status);
}

/* The proof is one of these bytes, by the key or secret that the vendor says is his. */
static bool proves(struct ps_bytes known, const struct ps_buffer *payload, bool signature)
{
    const unsigned char *proof = payload->data + PS_RELEASE_HEADER_BYTES, *at = known.data;
    size_t size = payload->size - PS_RELEASE_HEADER_BYTES;
    if (!signature) {
        unsigned char mac[EVP_MAX_MD_SIZE];
        HMAC(EVP_sha256(), known.data, (int)known.size, payload->data, PS_RELEASE_PROVED_BYTES, mac,
             NULL);
        return size == PS_RELEASE_MAC_BYTES && memcmp(mac, proof, size) == 0;
    }
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)known.size);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool good = EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                EVP_DigestVerify(context, proof, size, payload->data, PS_RELEASE_PROVED_BYTES) == 1;
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    return good;
}

/* The vendor's key or secret is made as well: the CA is another each time. */
static bool release(enum ps_release_auth auth, struct ps_error *err, bool *ret_good)
{
    bool signature = auth == PS_RELEASE_BY_SIGNATURE;
    const struct ps_release_options options = {.version = 7, .auth = auth};
    struct ps_ca *ca = NULL;
    struct ps_buffer payload = {0};
    struct ps_bytes known = {0};
    ps_status status = ps_ca_new(fixture_pool, &ca, err);
    if (ps_is_ok(status))
        status =
            signature ? ps_ca_release_key(ca, &known, err) : ps_ca_release_secret(ca, &known, err);
    if (ps_is_ok(status))
        status = ps_ca_release(ca, &options, &payload, err);
    shortage_end();
    *ret_good = ps_is_ok(status) && proves(known, &payload, signature);
    ps_buffer_deinit(&payload);
    ps_ca_free(ca);
    return ps_is_ok(status);
}

static bool op_signed_release(struct ps_error *err, bool *ret_good)
{
    return release(PS_RELEASE_BY_SIGNATURE, err, ret_good);
}

static bool op_release_with_mac(struct ps_error *err, bool *ret_good)
{
    return release(PS_RELEASE_BY_MAC, err, ret_good);
}

static bool op_server(struct ps_error *err, bool *ret_good)
{
    struct ps_server *server = NULL;
    ps_status status = ps_server_new(fixture_ca, &server, err);
    *ret_good = ps_is_ok(status) && server != NULL;
    ps_server_free(server);
    return ps_is_ok(status);
}

/* The server is another each time: it makes a context, and reads certificates and a key. The
 * session has all options. */
static bool op_session(struct ps_error *err, bool *ret_good)
{
    struct ps_session_options options = {.presentation = &world.presentation,
                                         .psk = FIXTURE_BYTES("0123456789abcdef"),
                                         .clients = &world.clients,
                                         .tickets = true};
    struct ps_server *server = NULL;
    struct ps_session *session = NULL;
    ps_status status = ps_server_new(fixture_ca, &server, err);
    if (!ps_is_ok(status))
        return false;
    status = ps_session_new(server, &options, &session, err);
    *ret_good = ps_is_ok(status) && session != NULL;
    ps_session_free(session);
    ps_server_free(server);
    return ps_is_ok(status);
}

/* Carries bytes; the memory is short on the server's side only. */
static void carry(struct client *client, struct ps_session *session)
{
    for (bool moved = true; moved;) {
        shortage_end();
        if (!client->done)
            client->done = SSL_do_handshake(client->ssl) == 1;
        char *data = NULL;
        long size = BIO_get_mem_data(client->out, &data);
        moved = size > 0;
        struct ps_buffer sent = {0};
        if (size > 0)
            ps_buffer_append(&sent, data, (size_t)size);
        (void)BIO_reset(client->out);
        shortage_begin();
        if (sent.size > 0)
            ps_session_receive(session, sent.data, sent.size);
        shortage_end();
        ps_buffer_deinit(&sent);
        struct ps_buffer *output = ps_session_output(session);
        BIO_write(client->in, output->data, (int)output->size);
        moved = moved || output->size > 0;
        ps_buffer_consume(output, output->size);
    }
}

static unsigned show_secret(SSL *ssl, const char *hint, char *identity, unsigned identity_max,
                            unsigned char *secret, unsigned secret_max)
{
    (void)ssl;
    (void)hint;
    ck_assert(identity_max > sizeof PS_SECRET_IDENTITY && secret_max >= 16);
    strcpy(identity, PS_SECRET_IDENTITY);
    memcpy(secret, "0123456789abcdef", 16);
    return 16;
}

/* A whole contact. What the server refuses for want of memory shows as no acknowledgement: the
 * device's end sees a failure, and nobody believes in a success. */
static bool contact(struct ps_session_options options, bool secret, int version, bool *ret_good)
{
    static const char request[] =
        "POST /telemetry HTTP/1.1\r\nHost: hub.example\r\nContent-Length: 3\r\n\r\nabc";
    shortage_end();
    struct ps_session *session = fixture_session_with(world.server, &options);
    struct client client = client_new((struct client_options){.version = version});
    X509 *shown = fixture_x509(world.device);
    SSL_set_tlsext_status_type(client.ssl, TLSEXT_STATUSTYPE_ocsp);
    SSL_use_certificate(client.ssl, shown);
    SSL_use_PrivateKey(client.ssl, world.device_key);
    if (secret)
        SSL_set_psk_client_callback(client.ssl, show_secret);
    X509_free(shown);
    carry(&client, session);
    struct ps_buffer text = {0};
    if (client.done && SSL_write(client.ssl, request, (int)sizeof request - 1) > 0) {
        carry(&client, session);
        client_read(&client, &text);
    }
    bool delivered = text.size > 0 && memmem(text.data, text.size, "ack ba7816bf", 12) != NULL;
    struct ps_session_seen seen = ps_session_seen(session);
    if (seen.request != delivered)
        shortage_wrong();
    *ret_good = delivered;
    ps_buffer_deinit(&text);
    client_free(&client);
    ps_session_free(session);
    return delivered;
}

static bool op_contact(struct ps_error *err, bool *ret_good)
{
    (void)err;
    struct ps_session_options options = {.presentation = &world.presentation,
                                         .staple = FIXTURE_BYTES("a staple"),
                                         .clients = &world.clients,
                                         .tickets = true};
    return contact(options, false, TLS1_3_VERSION, ret_good);
}

static bool op_contact_tls12(struct ps_error *err, bool *ret_good)
{
    (void)err;
    struct ps_session_options options = {.presentation = &world.presentation,
                                         .staple = FIXTURE_BYTES("a staple"),
                                         .clients = &world.clients,
                                         .tickets = true};
    return contact(options, false, TLS1_2_VERSION, ret_good);
}

static bool op_secret(struct ps_error *err, bool *ret_good)
{
    (void)err;
    struct ps_session_options options = {.psk = FIXTURE_BYTES("0123456789abcdef")};
    return contact(options, true, TLS1_3_VERSION, ret_good);
}

static bool op_publish(struct ps_error *err, bool *ret_good)
{
    (void)err;
    struct ps_session_options options = {.published = &world.published, .published_count = 1};
    shortage_end();
    struct ps_session *session = fixture_session_with(world.server, &options);
    shortage_begin();
    ps_session_receive(session, world.ocsp_request.data, world.ocsp_request.size);
    shortage_end();
    const struct ps_buffer *output = ps_session_output(session);
    bool answered =
        memmem(output->data, output->size, world.ocsp_answer.data, world.ocsp_answer.size) != NULL;
    /* What cannot be read is malformed, what cannot be compared unauthorized. */
    *ret_good = answered;
    if (output->size == 0)
        shortage_wrong();
    ps_session_free(session);
    return answered;
}

static const struct shortage_operation operations[] = {
    {"a key", op_key, 1},
    {"a filled pool", op_filling, 1},
    {"a CA's certificate", op_issue_ca, 20},
    {"a leaf's certificate", op_issue_leaf, 20},
    {"an attack", op_attack, 50},
    {"an OCSP answer", op_ocsp, 10},
    {"a CRL", op_crl, 10},
    {"a signed release", op_signed_release, 1},
    {"a release with a MAC", op_release_with_mac, 0},
    {"a server", op_server, 1},
    {"a session", op_session, 10},
    {"a contact in TLS 1.3", op_contact, 20},
    {"a contact in TLS 1.2", op_contact_tls12, 20},
    {"a contact by a secret", op_secret, 10},
    {"an OCSP request", op_publish, 10},
};

enum { OPERATIONS = sizeof operations / sizeof operations[0] };
static size_t allocations[OPERATIONS]; /* that each takes when all goes well */

START_TEST(memory_runs_out)
{
    static const struct shortage_pace pace = {.first = 100, .last = 250, .step = 19};
    shortage_try(&operations[_i], allocations[_i], &pace);
}
END_TEST

static void world_setup(void)
{
    fixture_setup();
    memset(&world, 0, sizeof world);
    world.chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    world.device_key = EVP_EC_gen("P-256");
    world.device_spki_size = i2d_PUBKEY(world.device_key, &world.device_spki);
    struct ps_certificate_spec spec = fixture_leaf_spec("device.example");
    spec.eku = PS_EKU_CLIENT_AUTH;
    struct ps_error err = {{0}};
    ck_assert(ps_is_ok(ps_ca_issue_spki(
        fixture_ca, &spec, (struct ps_bytes){world.device_spki, (size_t)world.device_spki_size},
        FIXTURE_MIDDLE, world.chain.middle_key, &world.device, &err)));
    world.server = fixture_server();
    world.alternate = (struct ps_presentation_alternate){&world.chain.middle, 1};
    world.presentation = (struct ps_presentation){.leaf = world.chain.leaf,
                                                  .leaf_key = world.chain.leaf_key,
                                                  .chain = &world.chain.middle,
                                                  .chain_count = 1,
                                                  .alternates = &world.alternate,
                                                  .alternate_count = 1};
    world.clients = (struct ps_client_rules){.anchors = &world.chain.middle, .anchor_count = 1};
    struct ps_ocsp_options options = {.certificate = world.chain.leaf,
                                      .issuer_dn = FIXTURE_MIDDLE,
                                      .issuer_key = world.chain.middle_key,
                                      .this_update = {TIME_2020},
                                      .next_update = {TIME_2030}};
    ck_assert(ps_is_ok(ps_ca_ocsp(fixture_ca, &options, &world.ocsp_answer, &err)));
    world.published = (struct ps_published){PS_PUBLISH_OCSP,
                                            "/ocsp/a",
                                            world.chain.leaf,
                                            {world.ocsp_answer.data, world.ocsp_answer.size},
                                            false};
    X509 *leaf = fixture_x509(world.chain.leaf), *middle = fixture_x509(world.chain.middle);
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    OCSP_request_add0_id(request, OCSP_cert_to_id(EVP_sha1(), leaf, middle));
    unsigned char *der = NULL;
    int size = i2d_OCSP_REQUEST(request, &der);
    char head[80];
    int head_size =
        snprintf(head, sizeof head, "POST /ocsp/a HTTP/1.1\r\nContent-Length: %d\r\n\r\n", size);
    ps_buffer_append(&world.ocsp_request, head, (size_t)head_size);
    ps_buffer_append(&world.ocsp_request, der, (size_t)size);
    OPENSSL_free(der);
    OCSP_REQUEST_free(request);
    X509_free(leaf);
    X509_free(middle);
    shortage_measure(operations, OPERATIONS, allocations);
    ERR_clear_error();
}

static void world_teardown(void)
{
    ps_buffer_deinit(&world.ocsp_request);
    ps_buffer_deinit(&world.ocsp_answer);
    OPENSSL_free(world.device_spki);
    EVP_PKEY_free(world.device_key);
    ps_server_free(world.server);
    fixture_teardown();
}

int main(void)
{
    /* Before OpenSSL's first allocation. */
    if (CRYPTO_set_mem_functions(shortage_malloc, shortage_realloc, shortage_free) != 1)
        return 1;
    Suite *suite = suite_create("memory");
    TCase *tests = tcase_create("OpenSSL runs out of memory");
    tcase_set_timeout(tests, 240);
    tcase_add_checked_fixture(tests, world_setup, world_teardown);
    tcase_add_loop_test(tests, memory_runs_out, 0, OPERATIONS);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
