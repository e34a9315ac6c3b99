/* SPDX-License-Identifier: Apache-2.0
 *
 * DANE: what each form of record asks for, and that OpenSSL's own DANE says the same of every
 * combination.
 */
#include <check.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include "peer.h"

static void set_form(struct ps_strategy *strategy, const char *form)
{
    static const char *const texts[] = {
        [PS_TLSA_3_1_1] = "3 1 1",
        [PS_TLSA_2_0_1] = "2 0 1",
        [PS_TLSA_2_1_1] = "2 1 1",
        [PS_TLSA_1_1_1] = "1 1 1",
    };
    strategy->chain.engine = PS_ENGINE_DANE;
    for (int i = 0; i < 4; i++)
        if (strncmp(texts[i], form, 5) == 0)
            strategy->chain.tlsa = (enum ps_tlsa_form)i;
}

#define NO_RECORD(form) "DNS has no TLSA record " form " of this host"
#define NO_MATCH        "no matching DANE TLSA records"

/* One device and one list a row; `records` has commas between. Trusted is R2, or nothing for the
 * forms that need no anchor. */
static const struct {
    const char *name, *form, *records, *settings, *anchors, *served, *now, *host;
    enum ps_stage stage;
    const char *reason, *path;
} rows[] = {
    {"leaf's key", "3 1 1", "3 1 1 L", "", "", "L", "2021-10-05", NULL, PS_STAGE_ACCEPTED, "",
     "hub.example"},
    {"leaf's bare key", "3 1 1", "3 1 1 spki:L", "", "", "L I R2x", "2021-10-05", NULL,
     PS_STAGE_ACCEPTED, "", "hub.example"},
    {"leaf's key, any name", "3 1 1", "3 1 1 Levil", "", "", "Levil", "2021-10-05", NULL,
     PS_STAGE_ACCEPTED, "", "evil.example"},
    {"leaf's key, long expired", "3 1 1", "3 1 1 L", "", "", "L", "2050-01-01", NULL,
     PS_STAGE_ACCEPTED, "", "hub.example"},
    {"leaf's key in another certificate", "3 1 1", "3 1 1 SS", "", "", "SSv", "2021-10-05", NULL,
     PS_STAGE_ACCEPTED, "", "hub.example"},
    {"another leaf's key", "3 1 1", "3 1 1 L2", "", "R2", "L I", "2021-10-05", NULL, PS_STAGE_PATH,
     NO_MATCH ": hub.example", "hub.example"},
    {"an authority's key is not the leaf's", "3 1 1", "3 1 1 I", "", "R2", "L I", "2021-10-05",
     NULL, PS_STAGE_PATH, NO_MATCH ": hub.example", "hub.example"},
    {"one of two", "3 1 1", "3 1 1 L2,3 1 1 L", "", "", "L", "2021-10-05", NULL, PS_STAGE_ACCEPTED,
     "", "hub.example"},
    {"no record", "3 1 1", "", "", "R2", "L I", "2021-10-05", NULL, PS_STAGE_PATH,
     NO_RECORD("3 1 1"), "hub.example"},
    {"a record of another form is none", "3 1 1", "2 1 1 I", "", "R2", "L I", "2021-10-05", NULL,
     PS_STAGE_PATH, NO_RECORD("3 1 1"), "hub.example"},
    {"the leaf alone is the path that pins see", "3 1 1", "3 1 1 L", "", "", "L I", "2021-10-05",
     NULL, PS_STAGE_ACCEPTED, "", "hub.example"},

    {"a CA that is sent", "2 0 1", "2 0 1 R2", "", "", "L I R2", "2021-10-05", NULL,
     PS_STAGE_ACCEPTED, "", "hub.example < Issuing < New Root"},
    {"an intermediate CA", "2 0 1", "2 0 1 I", "", "", "L I R2", "2021-10-05", NULL,
     PS_STAGE_ACCEPTED, "", "hub.example < Issuing"},
    {"a CA that is not sent", "2 0 1", "2 0 1 R2", "", "R2", "L I", "2021-10-05", NULL,
     PS_STAGE_PATH, NO_MATCH ": Issuing", "hub.example < Issuing"},
    {"the same key in another certificate", "2 0 1", "2 0 1 R2", "", "", "L I R2x", "2021-10-05",
     NULL, PS_STAGE_PATH, NO_MATCH ": New Root", "hub.example < Issuing < New Root"},
    {"the same key, and that is asked", "2 1 1", "2 1 1 R2", "", "", "L I R2x", "2021-10-05", NULL,
     PS_STAGE_ACCEPTED, "", "hub.example < Issuing < New Root"},
    {"a bare key", "2 1 1", "2 1 1 spki:I", "", "", "L I", "2021-10-05", NULL, PS_STAGE_ACCEPTED,
     "", "hub.example < Issuing"},
    {"the name counts", "2 1 1", "2 1 1 I", "", "", "Levil I", "2021-10-05", NULL, PS_STAGE_NAME,
     "the certificate is not for hub.example", "evil.example < Issuing"},
    {"the name does not count", "2 1 1", "2 1 1 I", "identity.hostname=none", "", "Levil I",
     "2021-10-05", NULL, PS_STAGE_ACCEPTED, "", "evil.example < Issuing"},
    {"the leaf's dates count", "2 1 1", "2 1 1 I", "", "", "L I", "2021-12-05", NULL,
     PS_STAGE_DATES, "certificate has expired: hub.example", "hub.example < Issuing"},
    {"the leaf's dates do not count", "2 1 1", "2 1 1 I", "time.leaf_dates=ignore", "", "L I",
     "2021-12-05", NULL, PS_STAGE_ACCEPTED, "", "hub.example < Issuing"},
    {"a stuffed CA that issued nothing", "2 0 1", "2 0 1 I", "", "", "LM MI M I", "2021-10-05",
     NULL, PS_STAGE_PATH, NO_MATCH ": Other Root", "hub.example < Other Issuing < Other Root"},
    {"the leaf is no authority", "2 1 1", "2 1 1 SSv", "", "", "SSv", "2021-10-05", NULL,
     PS_STAGE_PATH, NO_MATCH ": hub.example", "hub.example"},
    {"no record of an authority", "2 1 1", "", "", "R2", "L I R2", "2021-10-05", NULL,
     PS_STAGE_PATH, NO_RECORD("2 1 1"), "hub.example"},

    {"path and leaf", "1 1 1", "1 1 1 L", "", "R2", "L I", "2021-10-05", NULL, PS_STAGE_ACCEPTED,
     "", "hub.example < Issuing < New Root"},
    {"path, another leaf", "1 1 1", "1 1 1 L2", "", "R2", "L I", "2021-10-05", NULL, PS_STAGE_PATH,
     NO_MATCH ": hub.example", "hub.example"},
    {"leaf without a path", "1 1 1", "1 1 1 L", "", "M", "L I", "2021-10-05", NULL, PS_STAGE_PATH,
     "unable to get local issuer certificate: Issuing", "hub.example < Issuing"},
    {"leaf, dates count", "1 1 1", "1 1 1 L", "", "R2", "L I", "2021-12-05", NULL, PS_STAGE_DATES,
     "certificate has expired: hub.example", "hub.example < Issuing < New Root"},
    {"leaf, the name counts", "1 1 1", "1 1 1 Levil", "", "R2", "Levil I", "2021-10-05", NULL,
     PS_STAGE_NAME, "the certificate is not for hub.example", "evil.example < Issuing < New Root"},
    {"the strategy's builder makes the path", "1 1 1", "1 1 1 L", "chain.builder=openssl102",
     "R1 R2", "L I R2x", "2021-10-05", NULL, PS_STAGE_DATES, "certificate has expired: Old Root",
     "hub.example < Issuing < New Root < Old Root"},
    {"no record on top of a path", "1 1 1", "", "", "R2", "L I", "2021-10-05", NULL, PS_STAGE_PATH,
     NO_RECORD("1 1 1"), "hub.example"},
    {"pins may stand in, and then the name counts", "3 1 1", "", "pins.combine=or", "R2", "Levil I",
     "2021-10-05", NULL, PS_STAGE_NAME, "the certificate is not for hub.example", "evil.example"},
};

static void add_records(struct exchange *exchange, const char *records)
{
    char copy[64], *rest = copy;
    snprintf(copy, sizeof copy, "%s", records);
    for (char *record; (record = strsep(&rest, ",")) != NULL;)
        if (*record)
            exchange_tlsa(exchange, record);
}

START_TEST(forms)
{
    struct device device = {.strategy = device_strategy(), .anchors = rows[_i].anchors};
    set_form(&device.strategy, rows[_i].form);
    device_set(&device.strategy, rows[_i].settings);
    if (device.strategy.pins.combine == PS_PIN_COMBINE_OR)
        device_pin(&device, "spki_sha256 leaf Levil");
    struct exchange exchange = {.served = rows[_i].served, .now = rows[_i].now};
    add_records(&exchange, rows[_i].records);
    struct ps_verdict verdict = exchange_once(&exchange, &device);
    ck_assert_msg(verdict.stage == rows[_i].stage, "%s: %s (%s)", rows[_i].name,
                  ps_stage_text(verdict.stage), verdict.reason);
    ck_assert_msg(strcmp(verdict.reason, rows[_i].reason) == 0, "%s: reason \"%s\"", rows[_i].name,
                  verdict.reason);
    ck_assert_msg(strcmp(verdict.path, rows[_i].path) == 0, "%s: path \"%s\"", rows[_i].name,
                  verdict.path);
    bool dns = strncmp(rows[_i].reason, "no matching", 11) == 0 ||
               strncmp(rows[_i].reason, "DNS has", 7) == 0;
    ck_assert_msg((verdict.error == X509_V_ERR_DANE_NO_MATCH) == dns, "%s", rows[_i].name);
}
END_TEST

/* A client of plain OpenSSL, its DANE as the manual has it. */
struct reference {
    const char *record, *served, *anchors, *now, *host;
    bool partial;
};

static int pass_bytes(SSL *from, SSL *to)
{
    char bytes[16384];
    int size = BIO_read(SSL_get_wbio(from), bytes, sizeof bytes);
    if (size > 0)
        BIO_write(SSL_get_rbio(to), bytes, size);
    return size > 0;
}

static void set_memory(SSL *tls)
{
    SSL_set_bio(tls, BIO_new(BIO_s_mem()), BIO_new(BIO_s_mem()));
}

static SSL_CTX *serving(const char *served)
{
    const struct mint *list[MINT_LIST_MAX];
    size_t count = mint_list(served, list);
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_set_mode(context, SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_use_certificate(context, list[0]->certificate);
    SSL_CTX_use_PrivateKey(context, list[0]->key);
    for (size_t i = 1; i < count; i++)
        SSL_CTX_add1_chain_cert(context, list[i]->certificate);
    return context;
}

static void add_record(SSL *client, const char *record)
{
    unsigned usage = (unsigned)(record[0] - '0'), selector = (unsigned)(record[2] - '0');
    const struct mint *of = mint_named(record + 6);
    struct ps_bytes data = selector == 1 ? of->spki : of->der;
    unsigned char hash[32];
    EVP_Digest(data.data, data.size, hash, NULL, EVP_sha256(), NULL);
    ck_assert_int_eq(
        SSL_dane_tlsa_add(client, (uint8_t)usage, (uint8_t)selector, 1, hash, sizeof hash), 1);
}

static SSL_CTX *asking(const struct reference *reference)
{
    const struct mint *list[MINT_LIST_MAX];
    size_t count = mint_list(reference->anchors, list);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    ck_assert_int_eq(SSL_CTX_dane_enable(context), 1);
    SSL_CTX_dane_set_flags(context, DANE_FLAG_NO_DANE_EE_NAMECHECKS);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    X509_VERIFY_PARAM *param = SSL_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_time(param, (time_t)mint_time(reference->now).s);
    X509_VERIFY_PARAM_set_hostflags(param, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS |
                                               X509_CHECK_FLAG_NEVER_CHECK_SUBJECT);
    if (reference->partial)
        X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_PARTIAL_CHAIN);
    for (size_t i = 0; i < count; i++)
        X509_STORE_add_cert(SSL_CTX_get_cert_store(context), list[i]->certificate);
    return context;
}

static int reference_error(const struct reference *reference)
{
    SSL_CTX *contexts[] = {asking(reference), serving(reference->served)};
    SSL *client = SSL_new(contexts[0]), *server = SSL_new(contexts[1]);
    ck_assert_int_eq(SSL_dane_enable(client, reference->host), 1);
    add_record(client, reference->record);
    set_memory(client);
    set_memory(server);
    SSL_set_connect_state(client);
    SSL_set_accept_state(server);
    do {
        SSL_do_handshake(client);
        SSL_do_handshake(server);
    } while (pass_bytes(client, server) + pass_bytes(server, client) > 0);
    long error = SSL_get_verify_result(client);
    ck_assert_int_eq(SSL_is_init_finished(client), error == X509_V_OK);
    SSL_free(client);
    SSL_free(server);
    for (size_t i = 0; i < 2; i++)
        SSL_CTX_free(contexts[i]);
    ERR_clear_error();
    return (int)error;
}

static const char *const records[] = {
    "3 1 1 L", "3 1 1 LM", "2 0 1 R2",  "2 0 1 R2x", "2 0 1 I", "2 0 1 Iexp", "2 0 1 Ix",
    "2 1 1 I", "2 1 1 R2", "2 1 1 R1",  "2 1 1 L",   "2 1 1 M", "1 1 1 L",    "1 1 1 LM",
    "2 0 1 L", "2 0 1 M",  "3 1 1 SSv", "2 1 1 SSv", "1 1 1 I", "2 1 1 NN",   "2 0 1 NO",
};
static const char *const lists[] = {"L",         "L I",       "L I R2", "L I R2x",    "L Iexp",
                                    "L Iexp I",  "L I Iexp",  "L Ix",   "L I R2x R1", "LM MI I",
                                    "LM MI M I", "Levil I",   "SSv",    "L R2 I",     "LN NO",
                                    "LN NN",     "Lclient I", "LK K I"};
static const char *const stores[] = {"", "R2", "I", "R1 R2"};
static const char *const days[] = {"2021-09-05", "2021-10-05", "2021-12-05", "2030-01-01"};
enum {
    RECORDS = sizeof records / sizeof records[0],
    LISTS = sizeof lists / sizeof lists[0],
    STORES = sizeof stores / sizeof stores[0],
    DAYS = sizeof days / sizeof days[0],
};

/* Where two things are wrong the two may blame different ones: OpenSSL asks for the name before the
 * dates. */
static bool is_of_name_or_dates(int error)
{
    return error == X509_V_ERR_HOSTNAME_MISMATCH || error == X509_V_ERR_CERT_HAS_EXPIRED ||
           error == X509_V_ERR_CERT_NOT_YET_VALID;
}

static size_t compare_with_openssl(const struct reference *reference, struct ps_device_stack *stack)
{
    struct device device = {.strategy = device_strategy(), .anchors = reference->anchors};
    set_form(&device.strategy, reference->record);
    device.strategy.chain.partial = reference->partial;
    struct exchange exchange = {.served = reference->served, .now = reference->now};
    exchange_tlsa(&exchange, reference->record);
    struct ps_trust *trust = device_trust(&device, stack);
    struct ps_verdict verdict = exchange_run(&exchange, stack, trust);
    ps_trust_free(trust);
    exchange_deinit(&exchange);
    int error = reference_error(reference);
    ck_assert_msg(ps_verdict_accepted(&verdict) == (error == X509_V_OK) &&
                      (verdict.error == error ||
                       (is_of_name_or_dates(error) && is_of_name_or_dates(verdict.error))),
                  "%s, %s, trusts \"%s\", %s, partial %d: %s; OpenSSL: %s", reference->record,
                  reference->served, reference->anchors, reference->now, reference->partial,
                  verdict.reason, X509_verify_cert_error_string(error));
    return ps_verdict_accepted(&verdict);
}

START_TEST(openssl_says_the_same)
{
    size_t accepted = 0;
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    for (size_t list = 0; list < LISTS; list++)
        for (size_t store = 0; store < STORES; store++)
            for (size_t day = 0; day < DAYS; day++)
                for (int partial = 0; partial < 2; partial++) {
                    /* Other days matter only with one store, other stores only on one day. */
                    if (store > 0 && day != 1)
                        continue;
                    const struct reference reference = {records[_i], lists[list], stores[store],
                                                        days[day],   MINT_HOST,   partial};
                    accepted += compare_with_openssl(&reference, stack);
                }
    ps_device_stack_free(stack);
    /* Only a record of what nobody serves, or of what cannot be an authority, accepts nothing. */
    static const char *const useless[] = {"2 1 1 L", "2 0 1 L", "2 1 1 SSv", "1 1 1 I", "1 1 1 LM"};
    bool none = false;
    for (size_t i = 0; i < sizeof useless / sizeof useless[0]; i++)
        none |= strcmp(records[_i], useless[i]) == 0;
    ck_assert_msg((accepted == 0) == none, "%s: %zu accepted", records[_i], accepted);
}
END_TEST

/* The other builders end their paths there too, with the rules that each has for its anchors. */
START_TEST(every_builder_ends_at_the_record)
{
    static const struct {
        const char *record, *served, *now;
        bool accepted;
    } cases[] = {
        {"2 0 1 R2", "L I R2", "2021-10-05", true}, {"2 1 1 I", "L I", "2021-10-05", true},
        {"2 0 1 R2", "L I", "2021-10-05", false},   {"2 0 1 M", "L I R2", "2021-10-05", false},
        {"2 1 1 I", "L I", "2021-12-05", false},    {"2 1 1 L", "L I", "2021-10-05", false},
        {"2 1 1 M", "L I M", "2021-10-05", false},  {"3 1 1 L", "L M", "2050-10-05", true},
        {"1 1 1 L", "L I", "2021-10-05", true},     {"1 1 1 L2", "L I", "2021-10-05", false},
        {"1 1 1 LM", "LM MI", "2021-10-05", false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct device device = {.strategy = device_strategy(), .anchors = "R2"};
        set_form(&device.strategy, cases[i].record);
        device.strategy.chain.builder = (enum ps_builder)_i;
        struct exchange exchange = {.served = cases[i].served, .now = cases[i].now};
        exchange_tlsa(&exchange, cases[i].record);
        struct ps_verdict verdict = exchange_once(&exchange, &device);
        /* It wants every served certificate signed by one that it has: the record's own too. */
        bool strict = _i == PS_BUILDER_WOLF_STRICT && strcmp(cases[i].record, "2 1 1 I") == 0;
        ck_assert_msg(ps_verdict_accepted(&verdict) == (cases[i].accepted && !strict),
                      "builder %d, %s, %s: %s", _i, cases[i].record, cases[i].served,
                      verdict.reason);
    }
}
END_TEST

START_TEST(records_that_cannot_be)
{
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    struct ps_bytes whole = mint_named("L")->der, key = mint_named("L")->spki;
    const struct {
        enum ps_tlsa_form form;
        struct ps_tlsa record;
    } cases[] = {
        {PS_TLSA_2_0_1, {.form = PS_TLSA_2_0_1, .spki = key}},
        {PS_TLSA_3_1_1, {.form = PS_TLSA_3_1_1, .certificate = {whole.data, whole.size - 1}}},
        {PS_TLSA_3_1_1, {.form = PS_TLSA_3_1_1, .spki = whole}},
        {PS_TLSA_3_1_1, {.form = PS_TLSA_3_1_1}},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct device device = {.strategy = device_strategy(), .anchors = ""};
        device.strategy.chain.engine = PS_ENGINE_DANE;
        device.strategy.chain.tlsa = cases[i].form;
        struct ps_trust *trust = device_trust(&device, stack);
        const struct ps_tlsa answer[] = {{.form = cases[i].form, .certificate = whole},
                                         cases[i].record};
        const struct ps_contact_options options = {
            .trust = trust, .host = MINT_HOST, .tlsa = answer, .tlsa_count = 2};
        struct ps_contact *contact = NULL;
        ck_assert_int_eq(ps_contact_new(stack, &options, &contact, &err).code, PS_CODE_FAILED);
        ck_assert_str_eq(err.text, "TLSA record 2: neither a certificate nor a fitting key");
        ps_trust_free(trust);
    }
    ps_device_stack_free(stack);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("dane");
    TCase *tests = tcase_create("dane");
    tcase_set_timeout(tests, 120);
    tcase_add_unchecked_fixture(tests, mint_setup, mint_teardown);
    tcase_add_loop_test(tests, forms, 0, sizeof rows / sizeof rows[0]);
    tcase_add_loop_test(tests, openssl_says_the_same, 0, RECORDS);
    tcase_add_loop_test(tests, every_builder_ends_at_the_record, 0, PS_BUILDER_COUNT);
    tcase_add_test(tests, records_that_cannot_be);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
