/* SPDX-License-Identifier: Apache-2.0
 *
 * What a device says of itself in a handshake: its own credential, the authorities that it knows,
 * and the sessions that it holds.
 */
#include <check.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include "peer.h"

static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

static struct ps_credential *credential;

static void setup(void)
{
    struct ps_error err = {0};
    mint_setup();
    ck_assert_msg(ps_is_ok(ps_credential_new(&credential, &err)), "%s", err.text);
}

static void teardown(void)
{
    ps_credential_free(credential);
    mint_teardown();
}

/* A client certificate for the device's key, as a CA that got it makes one. */
static void certify(const char *issuer, const char *from, const char *to, struct ps_buffer *ret_der)
{
    const struct mint *ca = mint_named(issuer);
    struct ps_bytes spki = ps_credential_spki(credential);
    const unsigned char *at = spki.data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.size);
    X509 *certificate = X509_new();
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 77);
    X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_ASC,
                               (const unsigned char *)"device 7", -1, -1, 0);
    X509_set_issuer_name(certificate, X509_get_subject_name(ca->certificate));
    ASN1_TIME_set(X509_getm_notBefore(certificate), (time_t)mint_time(from).s);
    ASN1_TIME_set(X509_getm_notAfter(certificate), (time_t)mint_time(to).s);
    X509_set_pubkey(certificate, key);
    X509_EXTENSION *usage = X509V3_EXT_conf_nid(NULL, NULL, NID_ext_key_usage, "clientAuth");
    X509_add_ext(certificate, usage, -1);
    X509_EXTENSION_free(usage);
    ck_assert_int_gt(X509_sign(certificate, ca->key, EVP_sha256()), 0);
    unsigned char *der = NULL;
    int size = i2d_X509(certificate, &der);
    ps_buffer_append(ret_der, der, (size_t)size);
    OPENSSL_free(der);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

#define EXPIRED "sslv3 alert certificate expired"
#define UNKNOWN "tlsv1 alert unknown ca"

/* The device shows a certificate of MI, valid in October 2021. */
static const struct {
    const char *name, *identity;
    bool certified; /* else it has the bare key */
    const char *clients, *now;
    bool shown;
    const char *alert[2]; /* TLS 1.2, 1.3; NULL: accepted */
} shows[] = {
    {"a certificate", "x509_idevid", true, "MI", "2021-10-05", true, {0}},
    {"one that is renewed", "x509_ldevid", true, "MI", "2021-10-05", true, {0}},
    {"one that all have", "x509_shared", true, "MI", "2021-10-05", true, {0}},
    {"of another CA", "x509_idevid", true, "R2", "2021-10-05", false, {UNKNOWN, UNKNOWN}},
    {"that has ended", "x509_idevid", true, "MI", "2021-11-05", false, {EXPIRED, EXPIRED}},
    {"nobody asks", "x509_idevid", true, NULL, "2021-10-05", false, {0}},
    {"nothing is shown",
     "none",
     true,
     "MI",
     "2021-10-05",
     false,
     {"sslv3 alert handshake failure", "tlsv13 alert certificate required"}},
    {"a secret is no certificate",
     "psk_fleet",
     true,
     "*",
     "2021-10-05",
     false,
     {"sslv3 alert handshake failure", "tlsv13 alert certificate required"}},
    {"a bare key", "raw_public_key", false, "*", "2021-10-05", true, {0}},
    {"a bare key, though it has a certificate",
     "raw_public_key",
     true,
     "MI",
     "2021-10-05",
     false,
     {UNKNOWN, UNKNOWN}},
    {"a bare key does not end", "raw_public_key", false, "*", "2049-10-05", true, {0}},
    {"no certificate: the bare key", "x509_idevid", false, "*", "2021-10-05", true, {0}},
};

static void show_once(size_t row, size_t version, const struct device *device)
{
    struct exchange exchange = {.served = "L I",
                                .now = shows[row].now,
                                .clients = shows[row].clients,
                                .tls_version = versions[version]};
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    char reason[96] = "";
    if (shows[row].alert[version])
        snprintf(reason, sizeof reason, "%s: %s",
                 versions[version] == TLS1_2_VERSION ? "handshake failed" : "the connection failed",
                 shows[row].alert[version]);
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    struct ps_trust *trust = device_trust(device, stack);
    struct ps_verdict verdict = exchange_run(&exchange, stack, trust);
    ck_assert_msg(verdict.stage == (*reason ? PS_STAGE_TLS : PS_STAGE_ACCEPTED), "%s, %zu: %s (%s)",
                  shows[row].name, version, ps_stage_text(verdict.stage), verdict.reason);
    ck_assert_msg(strcmp(verdict.reason, reason) == 0, "%s, %zu: reason \"%s\"", shows[row].name,
                  version, verdict.reason);
    ck_assert_msg(exchange.ret_request == !*reason, "%s", shows[row].name);
    struct ps_bytes spki = ps_credential_spki(credential);
    ck_assert_msg((exchange.ret_client.size > 0) == shows[row].shown, "%s", shows[row].name);
    if (shows[row].shown) {
        ck_assert_uint_eq(exchange.ret_client.size, spki.size);
        ck_assert_mem_eq(exchange.ret_client.data, spki.data, spki.size);
    }
    exchange_deinit(&exchange);
    ps_trust_free(trust);
    ps_device_stack_free(stack);
}

START_TEST(credentials)
{
    size_t row = (size_t)_i / 2;
    struct ps_buffer certificate = {0};
    char identity[64];
    certify("MI", "2021-10-01", "2021-11-01", &certificate);
    struct device device = device_make("time.clock=ignore", "R2", NULL);
    snprintf(identity, sizeof identity, "client.identity=%s", shows[row].identity);
    device_set(&device.strategy, identity);
    device.credential = credential;
    if (shows[row].certified)
        device.credential_certificate = (struct ps_bytes){certificate.data, certificate.size};
    show_once(row, (size_t)_i % 2, &device);
    ps_buffer_deinit(&certificate);
}
END_TEST

/* The trust has the bare key; the contact has its certificate. */
static const struct {
    const char *name, *identity, *issuer, *sent, *clients;
    const char *alert; /* TLS 1.3; NULL: accepted */
} shows_once[] = {
    {"its certificate", "x509_ldevid", "MI", NULL, "MI", NULL},
    {"of another CA", "x509_ldevid", "MI", NULL, "R2", UNKNOWN},
    {"below the CA, which is not sent", "x509_ldevid", "MI", NULL, "M", UNKNOWN},
    {"below the CA, which is sent", "x509_ldevid", "MI", "MI", "M", NULL},
    {"a bare key stays bare", "raw_public_key", "MI", "MI", "MI", UNKNOWN},
    {"who shows nothing shows nothing", "none", "MI", "MI", "MI",
     "tlsv13 alert certificate required"},
};

START_TEST(credentials_of_one_contact)
{
    struct ps_buffer certificate = {0};
    char identity[64], reason[96] = "";
    certify(shows_once[_i].issuer, "2021-10-01", "2021-11-01", &certificate);
    snprintf(identity, sizeof identity, "client.identity=%s", shows_once[_i].identity);
    struct device device = device_make(identity, "R2", NULL);
    device.credential = credential;
    struct exchange exchange = {.served = "L I",
                                .now = "2021-10-05",
                                .clients = shows_once[_i].clients,
                                .tls_version = TLS1_3_VERSION,
                                .credential_certificate = {certificate.data, certificate.size}};
    if (shows_once[_i].sent)
        exchange.credential_issuer = mint_named(shows_once[_i].sent)->der;
    if (shows_once[_i].alert)
        snprintf(reason, sizeof reason, "the connection failed: %s", shows_once[_i].alert);
    struct ps_verdict verdict = exchange_once(&exchange, &device);
    ck_assert_msg(strcmp(verdict.reason, reason) == 0, "%s: %s", shows_once[_i].name,
                  verdict.reason);
    ck_assert_msg(ps_verdict_accepted(&verdict) == !*reason, "%s", shows_once[_i].name);
    ps_buffer_deinit(&certificate);
}
END_TEST

START_TEST(credentials_that_no_contact_can_show)
{
    struct ps_buffer certificate = {0};
    certify("MI", "2021-10-01", "2021-11-01", &certificate);
    struct ps_bytes good = {certificate.data, certificate.size}, cut = {good.data, good.size - 1};
    const struct {
        struct ps_bytes certificate, issuer;
        const char *message;
    } rows[] = {
        {mint_named("L")->der, {0}, "the device's own certificate is for another key"},
        {cut, {0}, "the device's own certificate is none"},
        {good, cut, "the certificate of the device's own CA is none"},
    };
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    struct device device = device_make("client.identity=x509_ldevid", "R2", NULL);
    device.credential = credential;
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    struct ps_trust *trust = device_trust(&device, stack);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct ps_contact_options options = {.trust = trust,
                                                   .host = MINT_HOST,
                                                   .credential_certificate = rows[i].certificate,
                                                   .credential_issuer = rows[i].issuer};
        struct ps_contact *contact = NULL;
        ck_assert_int_eq(ps_contact_new(stack, &options, &contact, &err).code, PS_CODE_FAILED);
        ck_assert_str_eq(err.text, rows[i].message);
    }
    ps_trust_free(trust);
    ps_device_stack_free(stack);
    ps_buffer_deinit(&certificate);
}
END_TEST

START_TEST(credentials_that_cannot_be)
{
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    struct ps_trust *trust = NULL;
    struct ps_strategy strategy = device_strategy();
    device_set(&strategy, "client.identity=x509_idevid");
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    struct ps_trust_options options = {.strategy = &strategy,
                                       .credential = credential,
                                       .credential_certificate = mint_named("L")->der};
    ck_assert_int_eq(ps_trust_new(stack, &options, &trust, &err).code, PS_CODE_FAILED);
    ck_assert_str_eq(err.text, "the device's own certificate is for another key");
    options.credential_certificate = mint_named("L")->spki;
    ck_assert_int_eq(ps_trust_new(stack, &options, &trust, &err).code, PS_CODE_FAILED);
    ck_assert_str_eq(err.text, "the device's own certificate is none");
    ps_credential_free(NULL);
    ps_device_stack_free(stack);
}
END_TEST

/* Each device has its own. */
START_TEST(every_credential_is_another)
{
    struct ps_credential *other = NULL;
    struct ps_error err = {0};
    ck_assert(ps_is_ok(ps_credential_new(&other, &err)));
    struct ps_bytes a = ps_credential_spki(credential), b = ps_credential_spki(other);
    ck_assert_uint_eq(a.size, b.size);
    ck_assert_mem_ne(a.data, b.data, a.size);
    ps_credential_free(other);
}
END_TEST

START_TEST(authorities_are_named)
{
    static const struct {
        const char *settings, *anchors;
        int tls_version, named;
    } rows[] = {
        {"", "R2 M", TLS1_3_VERSION, -1},
        {"negotiate.certificate_authorities=yes", "R2 M", TLS1_3_VERSION, 2},
        {"negotiate.certificate_authorities=yes", "R2 R2x M R1 R1n", TLS1_3_VERSION, 3},
        {"negotiate.certificate_authorities=yes", "R2 M", TLS1_2_VERSION, -1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device device = device_make(rows[i].settings, rows[i].anchors, NULL);
        struct exchange exchange = {
            .served = "L I", .now = "2021-10-05", .tls_version = rows[i].tls_version};
        struct ps_verdict verdict = exchange_once(&exchange, &device);
        ck_assert_msg(ps_verdict_accepted(&verdict), "%zu: %s", i, verdict.reason);
        ck_assert_msg(exchange.ret_authorities == rows[i].named, "%zu: %d", i,
                      exchange.ret_authorities);
    }
}
END_TEST

static void make_wordy(EVP_PKEY *key, size_t number, struct ps_buffer *ret_der)
{
    unsigned char words[1000 + 1], *der = NULL;
    X509 *certificate = X509_new();
    snprintf((char *)words, sizeof words, "%01000zu", number);
    X509_NAME_add_entry_by_NID(X509_get_subject_name(certificate), NID_description, MBSTRING_ASC,
                               words, -1, -1, 0);
    ASN1_TIME_set(X509_getm_notBefore(certificate), 0);
    ASN1_TIME_set(X509_getm_notAfter(certificate), 0);
    X509_set_pubkey(certificate, key);
    ck_assert_int_gt(X509_sign(certificate, key, EVP_sha256()), 0);
    int size = i2d_X509(certificate, &der);
    ps_buffer_append(ret_der, der, (size_t)size);
    OPENSSL_free(der);
    X509_free(certificate);
}

START_TEST(more_names_than_a_handshake_holds)
{
    enum { ANCHORS = 70, FIT = 58 };
    struct ps_buffer der[ANCHORS] = {{0}};
    struct ps_bytes anchors[ANCHORS];
    EVP_PKEY *key = mint_named("R2")->key;
    for (size_t i = 0; i < ANCHORS; i++) {
        make_wordy(key, i, &der[i]);
        anchors[i] = (struct ps_bytes){der[i].data, der[i].size};
    }
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    struct ps_trust *trust = NULL;
    struct ps_strategy strategy = device_strategy();
    device_set(&strategy, "negotiate.certificate_authorities=yes");
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    struct ps_trust_options options = {
        .strategy = &strategy, .anchors = anchors, .anchor_count = ANCHORS};
    ck_assert_int_eq(ps_trust_new(stack, &options, &trust, &err).code, PS_CODE_FAILED);
    ck_assert_str_eq(err.text, "the names of the anchors have 71610 bytes, more than 60000");
    options.anchor_count = FIT;
    ck_assert(ps_is_ok(ps_trust_new(stack, &options, &trust, &err)));
    struct exchange exchange = {.served = "L I", .now = "2021-10-05"};
    struct ps_verdict verdict = exchange_run(&exchange, stack, trust);
    ck_assert_int_eq(verdict.stage, PS_STAGE_PATH);
    ck_assert_int_eq(exchange.ret_authorities, FIT);
    exchange_deinit(&exchange);
    ps_trust_free(trust);
    ps_device_stack_free(stack);
    for (size_t i = 0; i < ANCHORS; i++)
        ps_buffer_deinit(&der[i]);
}
END_TEST

/* The host that is asked for stays, whatever name is checked. */
START_TEST(the_name_that_is_asked_for)
{
    struct device device = device_make("identity.name=hub.example", "R2", NULL);
    struct exchange exchange = {.served = "L I", .now = "2021-10-05", .host = "edge.example"};
    struct ps_verdict verdict = exchange_once(&exchange, &device);
    ck_assert_msg(ps_verdict_accepted(&verdict), "%s", verdict.reason);
    ck_assert_str_eq(exchange.ret_sni, "edge.example");
}
END_TEST

/* The first visit gets a session; `held` is what the second has of it. */
static const struct {
    const char *name, *settings, *later, *served, *second_now;
    bool tickets, resumed;
    enum ps_stage stage;
    const char *path;
} holds[] = {
    {"resumed", "resumption.enabled=yes", "", "L I", "2021-10-06", true, true, PS_STAGE_ACCEPTED,
     ""},
    {"resumed after everything has expired", "resumption.enabled=yes", "", "L I", "2050-01-01",
     true, true, PS_STAGE_ACCEPTED, ""},
    {"resumed with pins that nothing meets", "resumption.enabled=yes", "pin", "L I", "2021-10-06",
     true, true, PS_STAGE_ACCEPTED, ""},
    {"resumed though another would be served", "resumption.enabled=yes", "", "LM MI", "2021-10-06",
     true, true, PS_STAGE_ACCEPTED, ""},
    {"the server knows it no more", "resumption.enabled=yes", "", "L I", "2021-10-06", false, false,
     PS_STAGE_ACCEPTED, "hub.example < Issuing < New Root"},
    {"the server knows it no more, and has expired", "resumption.enabled=yes", "", "L I",
     "2021-12-01", false, false, PS_STAGE_DATES, "hub.example < Issuing < New Root"},
    {"off: judged as ever", "resumption.enabled=yes", "off", "L I", "2021-10-06", true, false,
     PS_STAGE_ACCEPTED, "hub.example < Issuing < New Root"},
    {"off: judged as ever, and has expired", "resumption.enabled=yes", "off", "L I", "2021-12-01",
     true, false, PS_STAGE_DATES, "hub.example < Issuing < New Root"},
    {"off: there is nothing to hold", "", "", "L I", "2021-12-01", true, false, PS_STAGE_DATES,
     "hub.example < Issuing < New Root"},
};

static struct exchange visit(struct ps_device_stack *stack, const struct device *device,
                             struct exchange how, struct ps_verdict *ret_verdict)
{
    struct ps_trust *trust = device_trust(device, stack);
    *ret_verdict = exchange_run(&how, stack, trust);
    ps_trust_free(trust);
    return how;
}

START_TEST(held_sessions)
{
    size_t row = (size_t)_i / 2;
    int version = versions[_i % 2];
    struct device device = device_make(holds[row].settings, "R2", NULL);
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    struct ps_verdict verdict;
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    struct exchange first =
        visit(stack, &device,
              (struct exchange){
                  .served = "L I", .now = "2021-10-05", .tickets = true, .tls_version = version},
              &verdict);
    ck_assert_msg(ps_verdict_accepted(&verdict) && !first.ret_resumed, "%s", verdict.reason);
    ck_assert_int_eq(first.ret_ticket.size > 0, *holds[row].settings != 0);
    if (strcmp(holds[row].later, "pin") == 0)
        device_pin(&device, "cert_sha256 leaf L2");
    if (strcmp(holds[row].later, "off") == 0)
        device_set(&device.strategy, "resumption.enabled=no");
    struct exchange second =
        visit(stack, &device,
              (struct exchange){.served = holds[row].served,
                                .now = holds[row].second_now,
                                .tickets = holds[row].tickets,
                                .tls_version = version,
                                .ticket = {first.ret_ticket.data, first.ret_ticket.size}},
              &verdict);
    ck_assert_msg(verdict.stage == holds[row].stage, "%s, %x: %s (%s)", holds[row].name,
                  (unsigned)version, ps_stage_text(verdict.stage), verdict.reason);
    ck_assert_msg(second.ret_resumed == holds[row].resumed, "%s", holds[row].name);
    if (holds[row].resumed)
        ck_assert_str_eq(verdict.reason, "a session was resumed: nothing was verified again");
    else if (verdict.stage == PS_STAGE_ACCEPTED)
        ck_assert_str_eq(verdict.reason, "");
    ck_assert_msg(strcmp(verdict.path, holds[row].path) == 0, "%s: %s", holds[row].name,
                  verdict.path);
    exchange_deinit(&first);
    exchange_deinit(&second);
    ps_device_stack_free(stack);
}
END_TEST

/* The host's clock knows nothing of the device's time: how old OpenSSL believes a session to be
 * must not decide whether it is offered. */
START_TEST(the_age_of_a_session_is_not_openssls)
{
    static const long times[] = {1, 4000000000, 0};
    struct device device = device_make("resumption.enabled=yes", "R2", NULL);
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    struct ps_verdict verdict;
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    struct exchange how = {
        .served = "L I", .now = "2021-10-05", .tickets = true, .tls_version = versions[_i]};
    struct exchange first = visit(stack, &device, how, &verdict);
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        const unsigned char *at = first.ret_ticket.data;
        unsigned char *der = NULL;
        SSL_SESSION *session = d2i_SSL_SESSION(NULL, &at, (long)first.ret_ticket.size);
        SSL_SESSION_set_time(session, times[i]);
        SSL_SESSION_set_timeout(session, 1);
        how.ticket.size = (size_t)i2d_SSL_SESSION(session, &der);
        how.ticket.data = der;
        struct exchange second = visit(stack, &device, how, &verdict);
        ck_assert_msg(ps_verdict_accepted(&verdict) && second.ret_resumed, "made at %ld: %s",
                      times[i], verdict.reason);
        exchange_deinit(&second);
        SSL_SESSION_free(session);
        OPENSSL_free(der);
    }
    exchange_deinit(&first);
    ps_device_stack_free(stack);
}
END_TEST

/* What a resumed contact gives is as good as what the first gave. */
START_TEST(a_session_goes_on_and_on)
{
    struct device device = device_make("resumption.enabled=yes", "R2", NULL);
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    struct ps_verdict verdict;
    struct exchange last = {0};
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    for (int i = 0; i < 4; i++) {
        struct exchange next =
            visit(stack, &device,
                  (struct exchange){.served = "L I",
                                    .now = i ? "2040-01-01" : "2021-10-05",
                                    .tickets = true,
                                    .tls_version = versions[_i],
                                    .ticket = {last.ret_ticket.data, last.ret_ticket.size}},
                  &verdict);
        ck_assert_msg(ps_verdict_accepted(&verdict), "visit %d: %s", i, verdict.reason);
        ck_assert_int_eq(next.ret_resumed, i > 0);
        ck_assert_uint_gt(next.ret_ticket.size, 0);
        exchange_deinit(&last);
        last = next;
    }
    exchange_deinit(&last);
    ps_device_stack_free(stack);
}
END_TEST

/* A secret is proved anew each time; a refused contact leaves nothing behind. */
START_TEST(contacts_that_leave_no_session)
{
    static const struct {
        const char *settings, *served, *psk;
        bool accepted;
    } rows[] = {{"chain.engine=psk", NULL, "0123456789abcdef", true},
                {"", "Levil I", NULL, false},
                {"", "L", NULL, false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device device = device_make(rows[i].settings, "R2", NULL);
        struct ps_device_stack *stack = NULL;
        struct ps_error err = {0};
        struct ps_verdict verdict;
        device_set(&device.strategy, "resumption.enabled=yes");
        device.psk = rows[i].psk;
        ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
        struct exchange seen = visit(stack, &device,
                                     (struct exchange){.served = rows[i].served,
                                                       .now = "2021-10-05",
                                                       .psk = rows[i].psk,
                                                       .tickets = true,
                                                       .tls_version = versions[_i]},
                                     &verdict);
        ck_assert_msg(ps_verdict_accepted(&verdict) == rows[i].accepted, "%zu: %s", i,
                      verdict.reason);
        ck_assert_uint_eq(seen.ret_ticket.size, 0);
        exchange_deinit(&seen);
        ps_device_stack_free(stack);
    }
}
END_TEST

START_TEST(tickets_that_are_none)
{
    struct device device = device_make("resumption.enabled=yes", "R2", NULL);
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    struct ps_contact *contact = NULL;
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    struct ps_trust *trust = device_trust(&device, stack);
    const struct ps_contact_options options = {
        .trust = trust, .host = MINT_HOST, .ticket = mint_named("L")->der};
    ck_assert_int_eq(ps_contact_new(stack, &options, &contact, &err).code, PS_CODE_FAILED);
    ck_assert_str_eq(err.text, "the ticket is no session");
    ps_trust_free(trust);
    ps_device_stack_free(stack);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("sessions");
    TCase *tests = tcase_create("sessions");
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, credentials, 0, 2 * sizeof shows / sizeof shows[0]);
    tcase_add_loop_test(tests, credentials_of_one_contact, 0,
                        sizeof shows_once / sizeof shows_once[0]);
    tcase_add_test(tests, credentials_that_no_contact_can_show);
    tcase_add_test(tests, credentials_that_cannot_be);
    tcase_add_test(tests, every_credential_is_another);
    tcase_add_test(tests, authorities_are_named);
    tcase_add_test(tests, more_names_than_a_handshake_holds);
    tcase_add_test(tests, the_name_that_is_asked_for);
    tcase_add_loop_test(tests, held_sessions, 0, 2 * sizeof holds / sizeof holds[0]);
    tcase_add_loop_test(tests, the_age_of_a_session_is_not_openssls, 0, 2);
    tcase_add_loop_test(tests, a_session_goes_on_and_on, 0, 2);
    tcase_add_loop_test(tests, contacts_that_leave_no_session, 0, 2);
    tcase_add_test(tests, tickets_that_are_none);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
