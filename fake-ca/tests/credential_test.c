/* SPDX-License-Identifier: Apache-2.0
 *
 * How a device makes itself known: certificates that the server judges, keys and secrets that it
 * knows. The device's end is plain OpenSSL.
 */
#include <string.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include "fixture.h"
#include "server_private.h"

static const int tls_versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

/* The alert that the server sent, -1: none. */
static int alert_seen;

static void on_info(const SSL *ssl, int where, int value)
{
    (void)ssl;
    if ((where & SSL_CB_READ_ALERT) == SSL_CB_READ_ALERT && (value & 0xff) != 0)
        alert_seen = value & 0xff;
}

/* --- Certificates --- */

/* A device CA under a root of its own, and what devices may show. */
enum shown {
    SHOWN_NOTHING,
    SHOWN_DEVICE,       /* 2020 to 2030, by the device CA */
    SHOWN_SHORT,        /* ends in 2025 */
    SHOWN_LATE,         /* begins in 2025 */
    SHOWN_FOR_SERVERS,  /* with the usage of servers only */
    SHOWN_FOR_ANYTHING, /* without usages */
    SHOWN_FOREIGN,      /* by another CA of the same name */
    SHOWN_OLD_CA,       /* by a device CA that ends in 2025 */
    SHOWN_SELF_SIGNED,
    SHOWN_COUNT,
};
enum { TIME_2025 = 1735689600, TIME_2026 = 1767225600 };
#define DEVICE_CA "O=Vendor, CN=Device CA"
#define OLD_CA    "O=Vendor, CN=Old Device CA"

struct devices {
    struct fixture_chain chain; /* the server's */
    EVP_PKEY *key;              /* the device's own */
    unsigned char *spki;
    size_t spki_size;
    ps_certificate_id root, ca, old_ca, shown[SHOWN_COUNT];
};

static ps_certificate_id device_issue(const struct devices *d,
                                      const struct ps_certificate_spec *spec, const char *issuer,
                                      ps_key_id issuer_key)
{
    struct ps_error err = {{0}};
    ps_certificate_id id = {0};
    ps_status status = ps_ca_issue_spki(fixture_ca, spec, (struct ps_bytes){d->spki, d->spki_size},
                                        issuer, issuer_key, &id, &err);
    ck_assert_msg(ps_is_ok(status), "%s", err.text);
    return id;
}

static struct devices devices_new(void)
{
    struct devices d = {.chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256),
                        .key = EVP_EC_gen("P-256")};
    d.spki_size = (size_t)i2d_PUBKEY(d.key, &d.spki);
    ps_key_id root_key = fixture_key(PS_KEY_ECDSA_P256), ca_key = fixture_key(PS_KEY_ECDSA_P256);
    ps_key_id foreign_key = fixture_key(PS_KEY_ECDSA_P256),
              old_key = fixture_key(PS_KEY_ECDSA_P256);
    struct ps_certificate_spec ca = fixture_ca_spec("CN=Vendor Root");
    d.root = fixture_issue(&ca, root_key, "CN=Vendor Root", root_key);
    ca.subject = DEVICE_CA;
    d.ca = fixture_issue(&ca, ca_key, "CN=Vendor Root", root_key);
    ca.subject = OLD_CA;
    ca.not_after.s = TIME_2025;
    d.old_ca = fixture_issue(&ca, old_key, "CN=Vendor Root", root_key);

    struct ps_certificate_spec leaf = fixture_leaf_spec(NULL);
    leaf.subject = "O=Vendor, CN=device 1";
    leaf.eku = PS_EKU_CLIENT_AUTH;
    d.shown[SHOWN_DEVICE] = device_issue(&d, &leaf, DEVICE_CA, ca_key);
    d.shown[SHOWN_FOREIGN] = device_issue(&d, &leaf, DEVICE_CA, foreign_key);
    d.shown[SHOWN_OLD_CA] = device_issue(&d, &leaf, OLD_CA, old_key);
    leaf.not_after.s = TIME_2025;
    d.shown[SHOWN_SHORT] = device_issue(&d, &leaf, DEVICE_CA, ca_key);
    leaf.not_after.s = TIME_2030;
    leaf.not_before.s = TIME_2025;
    d.shown[SHOWN_LATE] = device_issue(&d, &leaf, DEVICE_CA, ca_key);
    leaf.not_before.s = TIME_2020;
    leaf.eku = PS_EKU_SERVER_AUTH;
    d.shown[SHOWN_FOR_SERVERS] = device_issue(&d, &leaf, DEVICE_CA, ca_key);
    leaf.eku = 0;
    d.shown[SHOWN_FOR_ANYTHING] = device_issue(&d, &leaf, DEVICE_CA, ca_key);
    return d;
}

static void devices_free(struct devices *d)
{
    OPENSSL_free(d->spki);
    EVP_PKEY_free(d->key);
}

/* As a device with nothing but a key makes one. */
static X509 *self_signed(EVP_PKEY *key)
{
    X509 *x509 = X509_new();
    ASN1_TIME_set(X509_getm_notBefore(x509), 0);
    ASN1_TIME_set(X509_getm_notAfter(x509), 1);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x509), "CN", MBSTRING_ASC,
                               (const unsigned char *)"bare key", -1, -1, 0);
    X509_set_issuer_name(x509, X509_get_subject_name(x509));
    X509_set_pubkey(x509, key);
    ck_assert_int_gt(X509_sign(x509, key, EVP_sha256()), 0);
    return x509;
}

enum rules_anchor { BY_ROOT, BY_CA, BY_OLD_CA, BY_NOBODY };
enum rules_revoked { NOBODY, THE_SHOWN, ANOTHER, THE_CA };
enum rules_keys { NO_KEYS, OTHER_KEYS, THE_KEY };

static const struct client_row {
    const char *name;
    enum shown shown;
    bool sends_ca;
    enum rules_anchor anchor;
    bool dates;
    int64_t now;
    enum rules_revoked revoked;
    enum rules_keys keys;
    int alert; /* 0: accepted */
} client_rows[] = {
    {"its own CA", SHOWN_DEVICE, false, BY_CA, true, TIME_2026, NOBODY, NO_KEYS, 0},
    {"a CA under the root", SHOWN_DEVICE, true, BY_ROOT, true, TIME_2026, NOBODY, NO_KEYS, 0},
    {"a CA that is not sent", SHOWN_DEVICE, false, BY_ROOT, true, TIME_2026, NOBODY, NO_KEYS,
     SSL_AD_UNKNOWN_CA},
    {"nothing", SHOWN_NOTHING, false, BY_CA, true, TIME_2026, NOBODY, NO_KEYS, -1},
    {"nothing, to who knows keys", SHOWN_NOTHING, false, BY_CA, true, TIME_2026, NOBODY, THE_KEY,
     -1},
    {"no anchors", SHOWN_DEVICE, true, BY_NOBODY, true, TIME_2026, NOBODY, NO_KEYS,
     SSL_AD_UNKNOWN_CA},
    {"another CA of that name", SHOWN_FOREIGN, false, BY_CA, true, TIME_2026, NOBODY, NO_KEYS,
     SSL_AD_UNKNOWN_CA},
    {"before its end", SHOWN_SHORT, false, BY_CA, true, TIME_2025 - 1, NOBODY, NO_KEYS, 0},
    {"after its end", SHOWN_SHORT, false, BY_CA, true, TIME_2025 + 1, NOBODY, NO_KEYS,
     SSL_AD_CERTIFICATE_EXPIRED},
    {"after its end, without dates", SHOWN_SHORT, false, BY_CA, false, TIME_2025 + 1, NOBODY,
     NO_KEYS, 0},
    {"before its beginning", SHOWN_LATE, false, BY_CA, true, TIME_2025 - 1, NOBODY, NO_KEYS,
     SSL_AD_BAD_CERTIFICATE},
    {"before its CA's end", SHOWN_OLD_CA, false, BY_OLD_CA, true, TIME_2025 - 1, NOBODY, NO_KEYS,
     0},
    {"after its CA's end", SHOWN_OLD_CA, false, BY_OLD_CA, true, TIME_2025 + 1, NOBODY, NO_KEYS,
     SSL_AD_CERTIFICATE_EXPIRED},
    {"after its CA's end, without dates", SHOWN_OLD_CA, false, BY_OLD_CA, false, TIME_2025 + 1,
     NOBODY, NO_KEYS, 0},
    {"for servers", SHOWN_FOR_SERVERS, false, BY_CA, true, TIME_2026, NOBODY, NO_KEYS,
     SSL_AD_UNSUPPORTED_CERTIFICATE},
    {"for anything", SHOWN_FOR_ANYTHING, false, BY_CA, true, TIME_2026, NOBODY, NO_KEYS, 0},
    {"revoked", SHOWN_DEVICE, false, BY_CA, true, TIME_2026, THE_SHOWN, NO_KEYS,
     SSL_AD_CERTIFICATE_REVOKED},
    {"revoked, without dates", SHOWN_SHORT, false, BY_CA, false, TIME_2026, THE_SHOWN, NO_KEYS,
     SSL_AD_CERTIFICATE_REVOKED},
    {"another is revoked", SHOWN_DEVICE, false, BY_CA, true, TIME_2026, ANOTHER, NO_KEYS, 0},
    {"its CA is revoked", SHOWN_DEVICE, false, BY_CA, true, TIME_2026, THE_CA, NO_KEYS,
     SSL_AD_CERTIFICATE_REVOKED},
    {"its CA, which it sends, is revoked", SHOWN_DEVICE, true, BY_ROOT, true, TIME_2026, THE_CA,
     NO_KEYS, SSL_AD_CERTIFICATE_REVOKED},
    {"a bare key", SHOWN_SELF_SIGNED, false, BY_NOBODY, true, TIME_2026, NOBODY, THE_KEY, 0},
    {"a bare key that nobody knows", SHOWN_SELF_SIGNED, false, BY_CA, false, TIME_2026, NOBODY,
     OTHER_KEYS, SSL_AD_UNKNOWN_CA},
    {"a bare key, revoked", SHOWN_SELF_SIGNED, false, BY_NOBODY, true, TIME_2026, THE_SHOWN,
     THE_KEY, SSL_AD_CERTIFICATE_REVOKED},
    {"a known key in a certificate that has ended", SHOWN_SHORT, false, BY_CA, true, TIME_2026,
     NOBODY, THE_KEY, 0},
    {"a known key by another CA", SHOWN_FOREIGN, false, BY_CA, true, TIME_2026, NOBODY, THE_KEY, 0},
};

static void client_show(struct client *client, const struct devices *d, X509 *shown, bool sends_ca)
{
    ck_assert_int_eq(SSL_use_certificate(client->ssl, shown), 1);
    ck_assert_int_eq(SSL_use_PrivateKey(client->ssl, d->key), 1);
    SSL_set_mode(client->ssl, SSL_MODE_NO_AUTO_CHAIN);
    if (sends_ca) {
        X509 *ca = fixture_x509(d->ca);
        ck_assert_int_eq(SSL_add1_chain_cert(client->ssl, ca), 1);
        X509_free(ca);
    }
}

START_TEST(clients)
{
    const struct client_row *row = &client_rows[_i / 2];
    int version = tls_versions[_i % 2];
    struct devices d = devices_new();
    X509 *shown = row->shown == SHOWN_SELF_SIGNED ? self_signed(d.key)
                  : row->shown != SHOWN_NOTHING   ? fixture_x509(d.shown[row->shown])
                                                  : NULL;
    unsigned char *shown_der = NULL;
    int shown_size = shown != NULL ? i2d_X509(shown, &shown_der) : 0;
    const ps_certificate_id anchors[] = {
        [BY_ROOT] = d.root, [BY_CA] = d.ca, [BY_OLD_CA] = d.old_ca};
    struct ps_bytes other_spki = ps_ca_spki(fixture_ca, d.chain.leaf_key);
    const struct ps_bytes keys[] = {other_spki, {d.spki, d.spki_size}};
    const struct ps_bytes other = ps_ca_der(fixture_ca, d.chain.leaf);
    const struct ps_bytes revoked[][2] = {
        [THE_SHOWN] = {other, {shown_der, (size_t)shown_size}},
        [ANOTHER] = {other, {NULL, 0}},
        [THE_CA] = {other, ps_ca_der(fixture_ca, d.ca)},
    };
    struct ps_client_rules rules = {
        .anchors = row->anchor != BY_NOBODY ? &anchors[row->anchor] : NULL,
        .anchor_count = row->anchor != BY_NOBODY,
        .keys = keys,
        .key_count = row->keys == NO_KEYS      ? 0
                     : row->keys == OTHER_KEYS ? 1
                                               : 2,
        .dates = row->dates,
        .now = {row->now},
        .revoked = revoked[row->revoked],
        .revoked_count = row->revoked == NOBODY    ? 0
                         : row->revoked == ANOTHER ? 1
                                                   : 2,
    };
    struct ps_presentation presentation = {.leaf = d.chain.leaf, .leaf_key = d.chain.leaf_key};
    struct ps_session_options options = {.presentation = &presentation, .clients = &rules};
    struct ps_server *server = fixture_server();
    struct ps_session *session = fixture_session_with(server, &options);
    struct client client = client_new((struct client_options){.version = version});
    alert_seen = -1;
    SSL_set_info_callback(client.ssl, on_info);
    if (shown != NULL)
        client_show(&client, &d, shown, row->sends_ca);
    bool delivered = fixture_delivers(&client, session);
    int alert = row->alert;
    if (alert == -1) /* RFC 8446 section 6.2; TLS 1.2 has no word for it */
        alert = version == TLS1_3_VERSION ? SSL_AD_CERTIFICATE_REQUIRED : SSL_AD_HANDSHAKE_FAILURE;
    struct ps_session_seen seen = ps_session_seen(session);
    ck_assert_msg(delivered == (alert == 0), "%s", row->name);
    ck_assert_msg(alert_seen == (alert == 0 ? -1 : alert), "%s: alert %d", row->name, alert_seen);
    ck_assert_msg(seen.hello && seen.handshake_done == delivered, "%s", row->name);
    ck_assert_msg(seen.client_refused == !delivered && seen.wants_close, "%s", row->name);
    /* In TLS 1.3 the device has finished before it is judged. */
    ck_assert_msg(client.done == (delivered || version == TLS1_3_VERSION), "%s", row->name);
    OPENSSL_free(shown_der);
    X509_free(shown);
    client_free(&client);
    ps_session_free(session);
    ps_server_free(server);
    devices_free(&d);
}
END_TEST

/* A session that asks nobody takes whoever comes, whatever another session of it asked. */
START_TEST(rules_are_of_one_session)
{
    struct devices d = devices_new();
    struct ps_client_rules rules = {.anchors = &d.ca, .anchor_count = 1};
    struct ps_presentation presentation = {.leaf = d.chain.leaf, .leaf_key = d.chain.leaf_key};
    struct ps_server *server = fixture_server();
    for (int i = 0; i < 4; i++) {
        bool asks = i % 2 == 0;
        struct ps_session_options options = {.presentation = &presentation,
                                             .clients = asks ? &rules : NULL};
        struct ps_session *session = fixture_session_with(server, &options);
        struct client client = client_new((struct client_options){.version = tls_versions[_i]});
        ck_assert_int_eq(fixture_delivers(&client, session), !asks);
        ck_assert_int_eq(ps_session_seen(session).client_refused, asks);
        client_free(&client);
        ps_session_free(session);
    }
    ERR_clear_error();
    ps_server_free(server);
    devices_free(&d);
}
END_TEST

/* --- The shared secret --- */

#define SECRET FIXTURE_BYTES("0123456789abcdef0123456789abcdef")

static const struct secret_row {
    const char *name;
    struct ps_bytes server, client;
    const char *identity;
    bool presentation;
    const char *cipher; /* of TLS 1.2; NULL: whatever OpenSSL offers */
    bool delivers;
    bool by_secret;
} secret_rows[] = {
#define S(text)                                                                                    \
    {                                                                                              \
        (const unsigned char *)(text), sizeof(text) - 1                                            \
    }
#define KNOWN   S("0123456789abcdef0123456789abcdef")
#define WRONG   S("0123456789abcdef0123456789abcdeX")
#define LONGEST S("0123456789abcdef0123456789abcdef0123456789abcdef")
#define NONE                                                                                       \
    {                                                                                              \
        NULL, 0                                                                                    \
    }
    {"the same", KNOWN, KNOWN, "device", false, NULL, true, true},
    {"the same, without forward secrecy", KNOWN, KNOWN, "device", false, "PSK-AES128-GCM-SHA256",
     true, true},
    {"the same, as small devices do", KNOWN, KNOWN, "device", false, "PSK-AES128-CCM8", true, true},
    {"the longest", LONGEST, LONGEST, "device", false, NULL, true, true},
    {"the same, and a certificate", KNOWN, KNOWN, "device", true, NULL, true, true},
    {"another", KNOWN, WRONG, "device", false, NULL, false, false},
    {"another, and a certificate", KNOWN, WRONG, "device", true, NULL, false, false},
    {"somebody else's name", KNOWN, KNOWN, "devicE", false, NULL, false, false},
    {"a longer name", KNOWN, KNOWN, "device1", false, NULL, false, false},
    {"a device without one", KNOWN, NONE, "device", false, NULL, false, false},
    {"a device without one, and a certificate", KNOWN, NONE, "device", true, NULL, true, false},
    {"a server without one", NONE, KNOWN, "device", true, NULL, true, false},
    {"nobody has one", NONE, NONE, "device", true, NULL, true, false},
#undef S
#undef KNOWN
#undef WRONG
#undef LONGEST
#undef NONE
};

static const struct secret_row *secret_shown;

static unsigned show_secret(SSL *ssl, const char *hint, char *identity, unsigned identity_max,
                            unsigned char *secret, unsigned secret_max)
{
    (void)ssl;
    (void)hint;
    ck_assert_uint_gt(identity_max, strlen(secret_shown->identity));
    ck_assert_uint_ge(secret_max, secret_shown->client.size);
    strcpy(identity, secret_shown->identity);
    memcpy(secret, secret_shown->client.data, secret_shown->client.size);
    return (unsigned)secret_shown->client.size;
}

START_TEST(secrets)
{
    const struct secret_row *row = &secret_rows[_i / 2];
    int version = tls_versions[_i % 2];
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    struct ps_presentation presentation = {.leaf = chain.leaf, .leaf_key = chain.leaf_key};
    struct ps_session_options options = {.presentation = row->presentation ? &presentation : NULL,
                                         .psk = row->server};
    struct ps_server *server = fixture_server();
    struct ps_session *session = fixture_session_with(server, &options);
    struct client client = client_new((struct client_options){.version = version});
    secret_shown = row;
    if (row->client.size > 0)
        SSL_set_psk_client_callback(client.ssl, show_secret);
    if (row->cipher != NULL)
        ck_assert_int_eq(SSL_set_cipher_list(client.ssl, row->cipher), 1);
    bool delivered = fixture_delivers(&client, session);
    ck_assert_msg(delivered == row->delivers, "%s, %x", row->name, (unsigned)version);
    if (delivered) {
        X509 *leaf = SSL_get1_peer_certificate(client.ssl);
        ck_assert_msg((leaf == NULL) == row->by_secret, "%s", row->name);
        X509_free(leaf);
    }
    struct ps_session_seen seen = ps_session_seen(session);
    ck_assert_msg(seen.hello && seen.handshake_done == delivered && !seen.resumed, "%s", row->name);
    ck_assert_msg(seen.wants_close && !seen.client_refused, "%s", row->name);
    ERR_clear_error();
    client_free(&client);
    ps_session_free(session);
    ps_server_free(server);
}
END_TEST

/* In TLS 1.3 a server with a certificate goes on with it when it does not know the name. In TLS 1.2
 * the name comes after the cipher was chosen, and there is no way back. */
START_TEST(an_unknown_name)
{
    static const struct secret_row row = {
        .identity = "devicE", .client = {(const unsigned char *)"0123456789abcdef", 16}};
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    struct ps_presentation presentation = {.leaf = chain.leaf, .leaf_key = chain.leaf_key};
    struct ps_session_options options = {.presentation = &presentation, .psk = SECRET};
    struct ps_server *server = fixture_server();
    struct ps_session *session = fixture_session_with(server, &options);
    int version = tls_versions[_i];
    struct client client = client_new((struct client_options){.version = version});
    secret_shown = &row;
    SSL_set_psk_client_callback(client.ssl, show_secret);
    ck_assert_int_eq(fixture_delivers(&client, session), version == TLS1_3_VERSION);
    X509 *leaf = SSL_get1_peer_certificate(client.ssl);
    ck_assert_int_eq(leaf != NULL, version == TLS1_3_VERSION);
    ERR_clear_error();
    X509_free(leaf);
    client_free(&client);
    ps_session_free(session);
    ps_server_free(server);
}
END_TEST

START_TEST(a_secret_that_is_too_long)
{
    static const unsigned char secret[PS_SECRET_MAX + 1] = {1};
    struct ps_session_options options = {.psk = {secret, sizeof secret}};
    struct ps_server *server = fixture_server();
    struct ps_session *session = NULL;
    struct ps_error err = {{0}};
    ck_assert_int_eq(ps_session_new(server, &options, &session, &err).code, PS_CODE_INVALID);
    ck_assert_str_eq(err.text, "a shared secret has at most 48 bytes");
    ck_assert_ptr_null(session);
    ps_server_free(server);
}
END_TEST

/* A secret that one session knows is none of another's, though they share a context. */
START_TEST(secrets_are_of_one_session)
{
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    struct ps_presentation presentation = {.leaf = chain.leaf, .leaf_key = chain.leaf_key};
    struct ps_server *server = fixture_server();
    static const struct secret_row row = {
        .identity = "device",
        .client = {(const unsigned char *)"0123456789abcdef0123456789abcdef", 32}};
    secret_shown = &row;
    for (int i = 0; i < 4; i++) {
        bool knows = i % 2 == 0;
        struct ps_session_options options = {.presentation = &presentation};
        if (knows)
            options.psk = SECRET;
        struct ps_session *session = fixture_session_with(server, &options);
        struct client client = client_new((struct client_options){.version = tls_versions[_i]});
        SSL_set_psk_client_callback(client.ssl, show_secret);
        ck_assert(fixture_delivers(&client, session));
        X509 *leaf = SSL_get1_peer_certificate(client.ssl);
        ck_assert_int_eq(leaf == NULL, knows);
        X509_free(leaf);
        client_free(&client);
        ps_session_free(session);
    }
    ps_server_free(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("credential");
    TCase *tests = tcase_create("how devices make themselves known");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
#define COUNT(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))
    tcase_add_loop_test(tests, clients, 0, 2 * COUNT(client_rows));
    tcase_add_loop_test(tests, rules_are_of_one_session, 0, COUNT(tls_versions));
    tcase_add_loop_test(tests, secrets, 0, 2 * COUNT(secret_rows));
    tcase_add_loop_test(tests, an_unknown_name, 0, COUNT(tls_versions));
    tcase_add_test(tests, a_secret_that_is_too_long);
    tcase_add_loop_test(tests, secrets_are_of_one_session, 0, COUNT(tls_versions));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
