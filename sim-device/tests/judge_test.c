/* SPDX-License-Identifier: Apache-2.0
 *
 * Real certificates without a handshake: what is read from files, that the verdict is a contact's,
 * revocation lists, and the days on which it changes.
 */
#include "sim-device/judge.h"

#include <check.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "measured.h"
#include "peer.h"
#include "pem.h"

static struct ps_device_stack *stack;

static void start(void)
{
    struct ps_error err;
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
}

static void stop(void)
{
    ps_device_stack_free(stack);
}

/* ---- reading ---- */

/* Words that are not names of certificates stand for themselves; %X is the certificate's PEM, $X
 * the same with CR LF, #X its DER, cut! drops the last 40 bytes, nul! is a NUL. */
static void compose(const char *recipe, struct ps_buffer *ret_input)
{
    char copy[256], *rest = copy;
    snprintf(copy, sizeof copy, "%s", recipe);
    for (char *word; (word = strsep(&rest, "|"));) {
        if (*word == '%' || *word == '$') {
            char *pem =
                pem_block("CERTIFICATE", mint_named(word + 1)->der, *word == '%' ? "\n" : "\r\n");
            ps_buffer_append(ret_input, pem, strlen(pem));
            free(pem);
        } else if (*word == '#') {
            ps_buffer_append(ret_input, mint_named(word + 1)->der.data,
                             mint_named(word + 1)->der.size);
        } else if (strcmp(word, "cut!") == 0) {
            ret_input->size -= 40;
        } else if (strcmp(word, "nul!") == 0) {
            ps_buffer_append(ret_input, "", 1);
        } else {
            ps_buffer_append(ret_input, word, strlen(word));
        }
    }
}

static const struct {
    const char *name, *recipe;
    size_t count;
    const char *error; /* NULL: none */
} readings[] = {
    {"empty", "", 0, NULL},
    {"PEM", "%L", 1, NULL},
    {"PEM with CR LF", "$L|$I", 2, NULL},
    {"several", "%L|%I|%R2", 3, NULL},
    {"the same twice", "%I|%I", 2, NULL},
    {"words around", "subject=hub\n|%L|\n and then\n|%I|end", 2, NULL},
    {"words that begin with a digit", "0 s:CN = hub\n|%L", 1, NULL},
    {"byte order mark", "\xEF\xBB\xBF|%L", 1, NULL},
    {"no line end at the end", "%L|no line end", 1, NULL},
    {"another kind of block", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n|%L",
     1, NULL},
    {"only another kind", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", 0,
     NULL},
    {"the old label", "-----BEGIN X509 CERTIFICATE-----\nAAAA\n-----END X509 CERTIFICATE-----\n", 0,
     "certificate 1 is malformed: no X.509 certificate in DER"},
    {"DER", "#L", 1, NULL},
    {"DER after DER", "#L|#I", 2, NULL},
    {"DER cut off", "#L|cut!", 0, "certificate 1 is malformed: neither PEM nor whole DER"},
    {"second DER cut off", "#L|#I|cut!", 1, "certificate 2 is malformed: cut off, or no DER"},
    {"something behind DER", "#L|nul!", 1, "certificate 2 is malformed: cut off, or no DER"},
    {"PEM cut off", "%L|%I|cut!", 1, "PEM block 2 is malformed: bad end line"},
    {"not base64", "%L|-----BEGIN CERTIFICATE-----\n!!!!\n-----END CERTIFICATE-----\n", 1,
     "PEM block 2 is malformed: bad base64 decode"},
    {"another end", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END X-----\n", 0,
     "PEM block 1 is malformed: bad end line"},
    {"base64 of nothing", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n", 0,
     "certificate 1 is malformed: no X.509 certificate in DER"},
    {"trust settings",
     "-----BEGIN TRUSTED CERTIFICATE-----\nAAAA\n-----END TRUSTED CERTIFICATE-----\n", 0,
     "certificate 1 carries OpenSSL's own trust settings, which no other stack knows: write it "
     "plain ('openssl x509')"},
    {"words", "a certificate will be here soon\n", 0,
     "certificate 1 is malformed: neither PEM nor whole DER"},
    {"a list of indefinite length", "0\x80", 0,
     "certificate 1 is malformed: neither PEM nor whole DER"},
};

START_TEST(what_is_read)
{
    struct ps_buffer input = {0};
    struct ps_der_list list = {0};
    struct ps_error err = {{0}};
    compose(readings[_i].recipe, &input);
    ps_status status = ps_der_read(stack, PS_DER_CERTIFICATE,
                                   (struct ps_bytes){input.data, input.size}, &list, &err);
    const char *wanted = readings[_i].error;
    ck_assert_msg(ps_is_ok(status) == !wanted && (!wanted || status.code == PS_CODE_INVALID),
                  "%s: %s", readings[_i].name, err.text);
    if (wanted)
        ck_assert_msg(strcmp(err.text, wanted) == 0, "%s: \"%s\"", readings[_i].name, err.text);
    ck_assert_msg(list.count == readings[_i].count, "%s: %zu found", readings[_i].name, list.count);
    ps_der_list_deinit(&list);
    ps_buffer_deinit(&input);
}
END_TEST

/* Whatever is cut off anywhere is an error or nothing, and never a certificate. */
START_TEST(cut_anywhere)
{
    char *pem = pem_block("CERTIFICATE", mint_named("L")->der, "\n");
    /* Less than a whole first line begins no block. */
    static const size_t begins[] = {sizeof "-----BEGIN CERTIFICATE-----", 1};
    struct ps_bytes inputs[] = {{(unsigned char *)pem, strlen(pem) - 2}, mint_named("L")->der};
    for (size_t form = 0; form < 2; form++) {
        for (size_t size = 0; size < inputs[form].size; size++) {
            struct ps_der_list list = {0};
            struct ps_error err;
            ps_status status = ps_der_read(stack, PS_DER_CERTIFICATE,
                                           (struct ps_bytes){inputs[form].data, size}, &list, &err);
            ck_assert_msg(list.count == 0 && (size < begins[form] || !ps_is_ok(status)),
                          "form %zu, %zu bytes: %zu found", form, size, list.count);
            ps_der_list_deinit(&list);
        }
    }
    free(pem);
}
END_TEST

START_TEST(each_once)
{
    struct ps_der_list list = {0};
    ps_der_list_add(&list, mint_named("L")->der);
    ps_der_list_add(&list, mint_named("I")->der);
    ps_der_list_add(&list, mint_named("L")->der);
    ck_assert_uint_eq(list.count, 2);
    ps_der_list_deinit(&list);
    ck_assert_uint_eq(list.count, 0);
}
END_TEST

START_TEST(keys_are_read)
{
    char *pem = pem_block("PUBLIC KEY", mint_named("L")->spki, "\n");
    struct ps_der_list list = {0};
    struct ps_error err;
    struct ps_bytes text = {(unsigned char *)pem, strlen(pem)};
    ck_assert(ps_is_ok(ps_der_read(stack, PS_DER_KEY, text, &list, &err)));
    ck_assert_uint_eq(list.count, 1);
    ck_assert_mem_eq(list.items[0].data, mint_named("L")->spki.data, list.items[0].size);
    ck_assert(!ps_is_ok(ps_der_read(stack, PS_DER_KEY, mint_named("L")->der, &list, &err)));
    ck_assert_str_eq(err.text, "key 1 is malformed: no public key in DER");
    ps_der_list_deinit(&list);
    free(pem);
}
END_TEST

/* ---- judging ---- */

static struct ps_judge *judge_new(const struct device *device, const char *served,
                                  const struct ps_bytes *crls, size_t crl_count)
{
    const struct mint *list[MINT_LIST_MAX];
    struct ps_bytes anchors[MINT_LIST_MAX], chain[MINT_LIST_MAX];
    struct ps_judge_options options = {.trust = {.strategy = &device->strategy,
                                                 .anchors = anchors,
                                                 .pins = device->pins,
                                                 .pin_count = device->pin_count,
                                                 .pins_end = PS_TIME_NEVER},
                                       .served = chain,
                                       .crls = crls,
                                       .crl_count = crl_count,
                                       .host = MINT_HOST};
    options.trust.anchor_count = device->anchors ? mint_list(device->anchors, list) : 0;
    for (size_t i = 0; i < options.trust.anchor_count; i++)
        anchors[i] = list[i]->der;
    options.served_count = mint_list(served, list);
    for (size_t i = 0; i < options.served_count; i++)
        chain[i] = list[i]->der;
    struct ps_judge *judge = NULL;
    struct ps_error err = {{0}};
    ck_assert_msg(ps_is_ok(ps_judge_new(stack, &options, &judge, &err)), "%s", err.text);
    return judge;
}

/* A handshake and the judge say the same, to the byte. */
START_TEST(the_judge_is_the_device)
{
    size_t row = (size_t)_i / COLUMNS, column = (size_t)_i % COLUMNS;
    struct device device = {.strategy = device_strategy(), .anchors = measured[row].anchors};
    struct ps_error err;
    ck_assert(ps_is_ok(ps_stack_apply(columns[column].name, &device.strategy, &err)));
    struct exchange exchange = {.served = measured[row].served, .now = measured[row].now};
    struct ps_verdict verdict = exchange_once(&exchange, &device);
    struct ps_judge *judge = judge_new(&device, measured[row].served, NULL, 0);
    const struct ps_verdict *judged = ps_judge_at(judge, mint_time(measured[row].now));
    ck_assert_msg(memcmp(judged, &verdict, sizeof verdict) == 0,
                  "%s, %s: the handshake %s %s, the judge %s %s", measured[row].name,
                  columns[column].name, ps_stage_text(verdict.stage), verdict.reason,
                  ps_stage_text(judged->stage), judged->reason);
    ck_assert_msg(ps_verdict_accepted(judged) == (measured[row].expect[column] == '+'), "%s, %s",
                  measured[row].name, columns[column].name);
    ps_judge_free(judge);
}
END_TEST

/* SHA-1 and RSA-1024 are below the security level that OpenSSL would choose by itself. */
START_TEST(weak_material_is_judged)
{
    static const char *const stacks[] = {"openssl3", "openssl102", "mbedtls", "backtracking"};
    for (size_t i = 0; i < 4; i++) {
        struct device device = {.strategy = device_strategy(), .anchors = "Rweak"};
        struct ps_error err;
        ck_assert(ps_is_ok(ps_stack_apply(stacks[i], &device.strategy, &err)));
        struct ps_judge *judge = judge_new(&device, "Lweak", NULL, 0);
        const struct ps_verdict *verdict = ps_judge_at(judge, mint_time("2021-10-05"));
        ck_assert_msg(ps_verdict_accepted(verdict), "%s: %s", stacks[i], verdict->reason);
        struct ps_judge_step step;
        ps_judge_path_step(judge, 0, &step);
        ck_assert_str_eq(step.facts.key, "rsa-1024");
        ck_assert_str_eq(step.facts.signature, "sha1");
        ps_judge_step_deinit(&step);
        ps_judge_free(judge);
    }
}
END_TEST

START_TEST(a_path_is_described)
{
    struct device device = {.strategy = device_strategy(), .anchors = "R1 R2"};
    struct ps_judge *judge = judge_new(&device, "L I R2x", NULL, 0);
    ck_assert(ps_verdict_accepted(ps_judge_at(judge, mint_time("2021-10-05"))));
    ck_assert_uint_eq(ps_judge_path_count(judge), 3);
    struct ps_judge_step step;
    ps_judge_path_step(judge, 1, &step);
    ck_assert_str_eq(step.facts.name, "Issuing");
    ck_assert_str_eq(step.facts.subject, "O=Test only, CN=Issuing");
    ck_assert_str_eq(step.facts.issuer, "O=Test only, CN=New Root");
    ck_assert_str_eq(step.facts.key, "ecdsa-p256");
    ck_assert_str_eq(step.facts.signature, "sha256");
    ck_assert(step.facts.ca && !step.facts.self_issued);
    ck_assert_int_eq(step.facts.not_before.s, mint_time("2020-09-04").s);
    ck_assert_int_eq(step.facts.not_after.s, mint_time("2025-09-15").s);
    ck_assert_uint_eq(step.served, 1);
    ck_assert_uint_eq(step.trusted, SIZE_MAX);
    ps_judge_step_deinit(&step);
    ps_judge_path_step(judge, 2, &step);
    ck_assert_uint_eq(step.served, SIZE_MAX);
    ck_assert_uint_eq(step.trusted, 1);
    ck_assert(step.facts.self_issued);
    ps_judge_step_deinit(&step);
    ps_judge_free(judge);
}
END_TEST

START_TEST(what_cannot_be_judged)
{
    static const unsigned char junk[] = {0x30, 1, 0};
    const struct ps_strategy strategy = device_strategy();
    const struct ps_bytes bad = {junk, sizeof junk}, good = mint_named("L")->der;
    const struct ps_judge_options rows[] = {
        {.served = &bad, .served_count = 0},
        {.served = &bad, .served_count = 1},
        {.served = &good, .served_count = 1, .crls = &bad, .crl_count = 1},
        {.served = &good, .served_count = 1, .trust = {.anchors = &bad, .anchor_count = 1}},
    };
    static const char *const errors[] = {"the served chain is empty: there is no certificate",
                                         "served certificate 1 is malformed", "CRL 1 is malformed",
                                         "anchor 1 is no certificate"};
    for (size_t i = 0; i < 4; i++) {
        struct ps_judge_options options = rows[i];
        struct ps_judge *judge = NULL;
        struct ps_error err;
        options.trust.strategy = &strategy;
        options.host = MINT_HOST;
        ps_status status = ps_judge_new(stack, &options, &judge, &err);
        ck_assert_int_eq(status.code, PS_CODE_INVALID);
        ck_assert_str_eq(err.text, errors[i]);
        ck_assert_ptr_null(judge);
    }
}
END_TEST

/* ---- stacks by name ---- */

static const struct {
    const char *name, *error;
} stacks_refused[] = {
    {"openssl4", "there is no stack 'openssl4'; did you mean 'openssl3'?"},
    {"", "there is no stack ''"},
    {"quantum", "there is no stack 'quantum'"},
    {"openssl3+no_trusted_time",
     "the stack openssl3 has no option 'no_trusted_time' (partial_chain)"},
    {"gnutls37+", "the stack gnutls37 has no option '' (no_trusted_time)"},
    {"bearssl+partial_chain", "the stack bearssl has no option 'partial_chain' (it has none)"},
    {"wolf_alt+anchors_loaded_before_expiry+x",
     "the stack wolf_alt has no option 'x' (anchors_loaded_before_expiry)"},
};

START_TEST(stacks_that_are_none)
{
    struct ps_strategy strategy = device_strategy();
    struct ps_error err;
    ps_status status = ps_stack_apply(stacks_refused[_i].name, &strategy, &err);
    ck_assert_int_eq(status.code, PS_CODE_INVALID);
    ck_assert_str_eq(err.text, stacks_refused[_i].error);
}
END_TEST

/* ---- when it changes ---- */

static const struct {
    const char *name, *stack, *settings, *anchors, *served, *expect;
} timelines[] = {
    {"OpenSSL ends with the last second", "openssl3", "", "R2", "L I",
     "always refused, 2015-06-04T00:00:00Z refused, 2020-09-04T00:00:00Z refused, "
     "2021-09-01T00:00:00Z accepted, 2021-11-30T00:00:00Z refused, "
     "2025-09-15T00:00:00Z refused, 2035-06-04T00:00:00Z refused"},
    {"Mbed TLS one second later", "mbedtls", "", "R2", "L I",
     "always refused, 2021-09-01T00:00:00Z accepted, 2021-11-30T00:00:01Z refused"},
    {"an anchor ends first", "openssl102", "", "R1 R2", "L I R2x",
     "always refused, 2000-09-30T00:00:00Z refused, 2021-01-20T00:00:00Z refused, "
     "2021-09-01T00:00:00Z accepted, 2021-09-30T00:00:00Z refused"},
    {"no dates, no change", "openssl3",
     "time.leaf_dates=ignore time.ca_dates=ignore time.anchor_dates=ignore", "R2", "L I",
     "always accepted"},
    {"a floor hides what is before", "mbedtls", "time.floor=2021-10-01", "R2", "L I",
     "always accepted, 2021-11-30T00:00:01Z refused"},
    {"never", "mbedtls", "", "Junk", "L",
     "always refused, 2021-09-01T00:00:00Z refused, 2021-11-30T00:00:01Z refused"},
};

START_TEST(when_it_changes)
{
    struct device device = {.strategy = device_strategy(), .anchors = timelines[_i].anchors};
    struct ps_error err;
    struct ps_text found = {0};
    device_set(&device.strategy, timelines[_i].settings);
    ck_assert(ps_is_ok(ps_stack_apply(timelines[_i].stack, &device.strategy, &err)));
    struct ps_judge *judge = judge_new(&device, timelines[_i].served, NULL, 0);
    struct ps_verdict_span *spans;
    size_t count = ps_judge_timeline(judge, &spans);
    ck_assert_int_eq(ps_time_compare(spans[0].from, PS_TIME_ALWAYS), 0);
    ck_assert_int_eq(ps_time_compare(spans[count - 1].until, PS_TIME_NEVER), 0);
    for (size_t i = 0; i < count; i++) {
        char text[PS_TIME_TEXT_MAX];
        if (i > 0) {
            ck_assert_int_eq(spans[i].from.s, spans[i - 1].until.s + 1);
            ck_assert(memcmp(&spans[i].verdict, &spans[i - 1].verdict, sizeof spans->verdict) != 0);
        }
        ps_text_add(&found, "%s%s %s", i > 0 ? ", " : "",
                    i > 0 ? ps_time_format(spans[i].from, text) : "always",
                    ps_verdict_accepted(&spans[i].verdict) ? "accepted" : "refused");
    }
    ck_assert_msg(strcmp(ps_text_chars(&found), timelines[_i].expect) == 0, "%s: %s",
                  timelines[_i].name, ps_text_chars(&found));
    ps_text_deinit(&found);
    free(spans);
    ps_judge_free(judge);
}
END_TEST

/* Every half day, every stack: the timeline says what judging that second says. */
START_TEST(the_timeline_misses_nothing)
{
    size_t row = (size_t)_i / COLUMNS, column = (size_t)_i % COLUMNS;
    struct device device = {.strategy = device_strategy(), .anchors = measured[row].anchors};
    struct ps_error err;
    ck_assert(ps_is_ok(ps_stack_apply(columns[column].name, &device.strategy, &err)));
    struct ps_judge *judge = judge_new(&device, measured[row].served, NULL, 0);
    struct ps_verdict_span *spans;
    size_t count = ps_judge_timeline(judge, &spans), i = 0;
    enum { STEP_S = 43200 * 29 };
    for (ps_time at = mint_time("2020-12-31"); at.s < mint_time("2023-01-02").s; at.s += STEP_S) {
        while (ps_time_compare(spans[i].until, at) < 0)
            i++;
        ck_assert_uint_lt(i, count);
        const struct ps_verdict *verdict = ps_judge_at(judge, at);
        ck_assert_msg(verdict->stage == spans[i].verdict.stage &&
                          strcmp(verdict->reason, spans[i].verdict.reason) == 0,
                      "%s, %s: %s, not %s", measured[row].name, columns[column].name,
                      verdict->reason, spans[i].verdict.reason);
    }
    free(spans);
    ps_judge_free(judge);
}
END_TEST

START_TEST(pins_end)
{
    struct device device = {.strategy = device_strategy(), .anchors = "R2"};
    device_set(&device.strategy, "pins.expires=2021-10-01 pins.on_expiry=fail_closed");
    device_pin(&device, "spki_sha256 leaf L");
    struct ps_judge *judge = judge_new(&device, "L I", NULL, 0);
    struct ps_verdict_span *spans;
    size_t count = ps_judge_timeline(judge, &spans), i = 0;
    while (i < count && !ps_verdict_accepted(&spans[i].verdict))
        i++;
    ck_assert_uint_lt(i + 1, count);
    ck_assert_int_eq(spans[i + 1].from.s, mint_time("2021-10-01").s);
    ck_assert_int_eq(spans[i + 1].verdict.stage, PS_STAGE_PINS);
    free(spans);
    ps_judge_free(judge);
}
END_TEST

/* ---- revocation lists ---- */

/* "I 2021-10-01 2021-11-01 L R2" : by I, of that day, until that day, revoking L and R2. With "-"
 * for the last day nobody says when the next comes; "I/R2" is I's name with R2's key. */
static struct ps_bytes crl_of(const char *recipe)
{
    char copy[128], *rest = copy;
    snprintf(copy, sizeof copy, "%s", recipe);
    char *by = strsep(&rest, " "), *from = strsep(&rest, " "), *until = strsep(&rest, " ");
    char *key = strchr(by, '/');
    if (key)
        *key++ = '\0';
    X509_CRL *crl = X509_CRL_new();
    ASN1_TIME *time = ASN1_TIME_new();
    X509_CRL_set_version(crl, X509_CRL_VERSION_2);
    X509_CRL_set_issuer_name(crl, X509_get_subject_name(mint_named(by)->certificate));
    ASN1_TIME_set(time, (time_t)mint_time(from).s);
    X509_CRL_set1_lastUpdate(crl, time);
    if (strcmp(until, "-") != 0) {
        ASN1_TIME_set(time, (time_t)mint_time(until).s);
        X509_CRL_set1_nextUpdate(crl, time);
    }
    for (const char *name; (name = strsep(&rest, " "));) {
        X509_REVOKED *revoked = X509_REVOKED_new();
        X509_REVOKED_set_serialNumber(revoked,
                                      X509_get_serialNumber(mint_named(name)->certificate));
        ASN1_TIME_set(time, (time_t)mint_time(from).s);
        X509_REVOKED_set_revocationDate(revoked, time);
        X509_CRL_add0_revoked(crl, revoked);
    }
    ASN1_TIME_free(time);
    X509_CRL_sort(crl);
    ck_assert_int_gt(X509_CRL_sign(crl, mint_named(key ? key : by)->key, EVP_sha256()), 0);
    unsigned char *der = NULL;
    int size = i2d_X509_CRL(crl, &der);
    X509_CRL_free(crl);
    return (struct ps_bytes){der, (size_t)size};
}

#define GOOD_I  "I 2021-09-15 2021-11-01"
#define GOOD_R2 "R2 2021-01-01 2022-01-01"
static const struct {
    const char *name, *now, *crls[3];
    int error, depth;
} revocations[] = {
    {"all covered", "2021-10-05", {GOOD_I, GOOD_R2}, X509_V_OK, -1},
    {"in the other order", "2021-10-05", {GOOD_R2, GOOD_I}, X509_V_OK, -1},
    {"somebody else is revoked", "2021-10-05", {GOOD_I " L2", GOOD_R2}, X509_V_OK, -1},
    {"the leaf is revoked", "2021-10-05", {GOOD_I " L", GOOD_R2}, X509_V_ERR_CERT_REVOKED, 0},
    {"the intermediate is revoked",
     "2021-10-05",
     {GOOD_I, GOOD_R2 " I"},
     X509_V_ERR_CERT_REVOKED,
     1},
    {"no list of the leaf's issuer", "2021-10-05", {GOOD_R2}, X509_V_ERR_UNABLE_TO_GET_CRL, 0},
    {"no list of the root", "2021-10-05", {GOOD_I}, X509_V_ERR_UNABLE_TO_GET_CRL, 1},
    {"out of date", "2021-11-02", {GOOD_I, GOOD_R2}, X509_V_ERR_CRL_HAS_EXPIRED, 0},
    {"its last second", "2021-11-01", {GOOD_I, GOOD_R2}, X509_V_ERR_CRL_HAS_EXPIRED, 0},
    {"not yet", "2021-09-10", {GOOD_I, GOOD_R2}, X509_V_ERR_CRL_NOT_YET_VALID, 0},
    {"its first second", "2021-09-15", {GOOD_I, GOOD_R2}, X509_V_OK, -1},
    {"no end", "2021-11-05", {"I 2021-09-15 -", GOOD_R2}, X509_V_OK, -1},
    {"signed by somebody else",
     "2021-10-05",
     {"I/R2 2021-09-15 2021-11-01", GOOD_R2},
     X509_V_ERR_CRL_SIGNATURE_FAILURE,
     0},
    {"a fresh one beside a stale one",
     "2021-10-05",
     {"I 2021-08-01 2021-09-01", GOOD_I, GOOD_R2},
     X509_V_OK,
     -1},
};
enum { REVOCATIONS = sizeof revocations / sizeof revocations[0] };

START_TEST(lists_decide)
{
    size_t row = (size_t)_i / PS_BUILDER_COUNT;
    struct device device = {.strategy = device_strategy(), .anchors = "R2"};
    struct ps_bytes crls[3];
    size_t count = 0;
    device.strategy.chain.builder = (enum ps_builder)(_i % PS_BUILDER_COUNT);
    for (; count < 3 && revocations[row].crls[count]; count++)
        crls[count] = crl_of(revocations[row].crls[count]);
    struct ps_judge *judge = judge_new(&device, "L I", crls, count);
    const struct ps_verdict *verdict = ps_judge_at(judge, mint_time(revocations[row].now));
    enum ps_stage stage =
        revocations[row].error == X509_V_OK ? PS_STAGE_ACCEPTED : PS_STAGE_REVOCATION;
    ck_assert_msg(verdict->stage == stage && verdict->error == revocations[row].error &&
                      verdict->depth == revocations[row].depth,
                  "%s, builder %d: %s, error %d at %d: %s", revocations[row].name,
                  _i % PS_BUILDER_COUNT, ps_stage_text(verdict->stage), verdict->error,
                  verdict->depth, verdict->reason);
    ps_judge_free(judge);
    for (size_t i = 0; i < count; i++)
        OPENSSL_free((void *)(uintptr_t)crls[i].data);
}
END_TEST

/* The lists' dates are boundaries too; and where no date counts, theirs do not. */
START_TEST(lists_change_the_answer)
{
    struct device device = {.strategy = device_strategy(), .anchors = "R2"};
    struct ps_bytes crls[] = {crl_of(GOOD_I), crl_of(GOOD_R2)};
    struct ps_verdict_span *spans;
    struct ps_judge *judge = judge_new(&device, "L I", crls, 2);
    size_t count = ps_judge_timeline(judge, &spans), i = 0;
    while (i < count && !ps_verdict_accepted(&spans[i].verdict))
        i++;
    ck_assert_uint_lt(i, count);
    ck_assert_int_eq(spans[i].from.s, mint_time("2021-09-15").s);
    ck_assert_int_eq(spans[i].until.s, mint_time("2021-11-01").s - 1);
    free(spans);
    ps_judge_free(judge);
    device_set(&device.strategy,
               "time.leaf_dates=ignore time.ca_dates=ignore time.anchor_dates=ignore");
    judge = judge_new(&device, "L I", crls, 2);
    count = ps_judge_timeline(judge, &spans);
    ck_assert_uint_eq(count, 1);
    ck_assert(ps_verdict_accepted(&spans[0].verdict));
    free(spans);
    ps_judge_free(judge);
    for (i = 0; i < 2; i++)
        OPENSSL_free((void *)(uintptr_t)crls[i].data);
}
END_TEST

/* Nobody vouches for a leaf without a path to its issuer. */
START_TEST(lists_need_a_path)
{
    struct device device = {.strategy = device_strategy()};
    struct ps_bytes crls[] = {crl_of(GOOD_I), crl_of(GOOD_R2)};
    device_set(&device.strategy, "chain.engine=none");
    struct ps_judge *judge = judge_new(&device, "L I", crls, 2);
    const struct ps_verdict *verdict = ps_judge_at(judge, mint_time("2021-10-05"));
    ck_assert_int_eq(verdict->stage, PS_STAGE_REVOCATION);
    ps_judge_free(judge);
    for (size_t i = 0; i < 2; i++)
        OPENSSL_free((void *)(uintptr_t)crls[i].data);
}
END_TEST

/* What is forgotten while it is in use stays. */
START_TEST(forgetting)
{
    struct device device = {.strategy = device_strategy(), .anchors = "R2"};
    struct ps_judge *judge = judge_new(&device, "L I", NULL, 0);
    ps_device_stack_forget(stack, 100);
    ps_device_stack_forget(stack, 0);
    ck_assert(ps_verdict_accepted(ps_judge_at(judge, mint_time("2021-10-05"))));
    ps_judge_free(judge);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("judge");
    TCase *tests = tcase_create("judge");
    tcase_set_timeout(tests, 120);
    tcase_add_unchecked_fixture(tests, mint_setup, mint_teardown);
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_loop_test(tests, what_is_read, 0, sizeof readings / sizeof readings[0]);
    tcase_add_test(tests, cut_anywhere);
    tcase_add_test(tests, each_once);
    tcase_add_test(tests, keys_are_read);
    tcase_add_loop_test(tests, the_judge_is_the_device, 0, MEASURED * COLUMNS);
    tcase_add_test(tests, weak_material_is_judged);
    tcase_add_test(tests, a_path_is_described);
    tcase_add_test(tests, what_cannot_be_judged);
    tcase_add_loop_test(tests, stacks_that_are_none, 0,
                        sizeof stacks_refused / sizeof stacks_refused[0]);
    tcase_add_loop_test(tests, when_it_changes, 0, sizeof timelines / sizeof timelines[0]);
    tcase_add_loop_test(tests, the_timeline_misses_nothing, 0, MEASURED * COLUMNS);
    tcase_add_test(tests, pins_end);
    tcase_add_loop_test(tests, lists_decide, 0, REVOCATIONS * PS_BUILDER_COUNT);
    tcase_add_test(tests, lists_change_the_answer);
    tcase_add_test(tests, lists_need_a_path);
    tcase_add_test(tests, forgetting);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
