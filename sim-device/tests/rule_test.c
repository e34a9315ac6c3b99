/* SPDX-License-Identifier: Apache-2.0
 *
 * The acceptance rule, one input at a time, always by a whole handshake. The last table proves that
 * every field of a strategy that this component acts on does change a verdict.
 */
#include <check.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>
#include "base/field.h"
#include "peer.h"

static const struct {
    const char *name, *leaf, *host, *how;
    enum ps_stage stage;
} names[] = {
    {"san matches", "L", "hub.example", "san", PS_STAGE_ACCEPTED},
    {"case does not matter", "L", "HUB.Example", "san", PS_STAGE_ACCEPTED},
    {"another host", "L", "hub2.example", "san", PS_STAGE_NAME},
    {"another leaf", "Levil", "hub.example", "san", PS_STAGE_NAME},
    {"another leaf, nobody asks", "Levil", "hub.example", "none", PS_STAGE_ACCEPTED},
    {"another leaf, common name asked too", "Levil", "hub.example", "san_or_cn", PS_STAGE_NAME},
    {"common name alone is none", "Lcn", "hub.example", "san", PS_STAGE_NAME},
    {"common name alone", "Lcn", "hub.example", "san_or_cn", PS_STAGE_ACCEPTED},
    {"common name alone, of another", "Lcn", "hub2.example", "san_or_cn", PS_STAGE_NAME},
    {"wildcard", "Lwild", "hub.site.example", "san", PS_STAGE_ACCEPTED},
    {"wildcard is one label", "Lwild", "a.hub.site.example", "san", PS_STAGE_NAME},
    {"partial wildcard", "Lpart", "hub.site.example", "san", PS_STAGE_NAME},
};

START_TEST(host_names)
{
    char settings[64], served[64];
    snprintf(settings, sizeof settings, "identity.hostname=%s", names[_i].how);
    snprintf(served, sizeof served, "%s I", names[_i].leaf);
    struct device device = device_make(settings, "R2", NULL);
    struct exchange exchange = {.served = served, .now = "2021-10-05", .host = names[_i].host};
    struct ps_verdict verdict = exchange_once(&exchange, &device);
    ck_assert_msg(verdict.stage == names[_i].stage, "%s: %s (%s)", names[_i].name,
                  ps_stage_text(verdict.stage), verdict.reason);
    if (verdict.stage == PS_STAGE_NAME) {
        ck_assert_int_eq(verdict.error, X509_V_ERR_HOSTNAME_MISMATCH);
        ck_assert_int_eq(verdict.depth, 0);
    }
}
END_TEST

/* What is out of date, and the switch that forgives it. */
static const struct {
    const char *position, *now, *anchors, *served;
} out_of_date[] = {
    {"time.leaf_dates", "2021-12-05", "R2", "L I"},
    {"time.leaf_dates", "2021-08-05", "R2", "L I"},
    {"time.ca_dates", "2021-10-05", "R2", "L Iexp"},
    {"time.anchor_dates", "2021-10-05", "R1", "L I R2x"},
};
enum { OUT_OF_DATE = sizeof out_of_date / sizeof out_of_date[0] };

START_TEST(date_switches)
{
    static const char *const switches[] = {"", "time.leaf_dates", "time.ca_dates",
                                           "time.anchor_dates"};
    size_t row = (size_t)_i / PS_BUILDER_COUNT;
    enum ps_builder builder = (enum ps_builder)(_i % PS_BUILDER_COUNT);
    /* These two never look at an anchor's dates. */
    bool timeless = (builder == PS_BUILDER_BEARSSL || builder == PS_BUILDER_BACKTRACKING) &&
                    strcmp(out_of_date[row].position, "time.anchor_dates") == 0;
    for (size_t s = 0; s < sizeof switches / sizeof switches[0]; s++) {
        char settings[64] = "";
        if (*switches[s])
            snprintf(settings, sizeof settings, "%s=ignore", switches[s]);
        struct device device = device_make(settings, out_of_date[row].anchors, NULL);
        device.strategy.chain.builder = builder;
        struct exchange exchange = {.served = out_of_date[row].served, .now = out_of_date[row].now};
        struct ps_verdict verdict = exchange_once(&exchange, &device);
        bool expected = timeless || strcmp(switches[s], out_of_date[row].position) == 0;
        ck_assert_msg(ps_verdict_accepted(&verdict) == expected,
                      "%s at %s, builder %d, off: \"%s\": %s (%s)", out_of_date[row].served,
                      out_of_date[row].now, (int)builder, switches[s], ps_stage_text(verdict.stage),
                      verdict.reason);
        /* An expired anchor that wolfSSL did not load is a missing one. */
        bool wolf = builder == PS_BUILDER_WOLF_STRICT || builder == PS_BUILDER_WOLF_ALT;
        if (!expected && !wolf)
            ck_assert_msg(verdict.stage == PS_STAGE_DATES, "builder %d: %s", (int)builder,
                          ps_stage_text(verdict.stage));
    }
}
END_TEST

START_TEST(name_and_key_have_no_dates)
{
    for (int form = 0; form < 2; form++) {
        struct device device =
            device_make(form ? "chain.anchor_form=dn_spki" : "chain.anchor_form=cert", "R1", NULL);
        device.strategy.chain.builder = (enum ps_builder)_i;
        struct exchange exchange = {.served = "L I R2x", .now = "2021-10-05"};
        struct ps_verdict verdict = exchange_once(&exchange, &device);
        bool timeless = _i == PS_BUILDER_BEARSSL || _i == PS_BUILDER_BACKTRACKING;
        ck_assert_msg(ps_verdict_accepted(&verdict) == (form == 1 || timeless),
                      "builder %d, form %d: %s (%s)", _i, form, ps_stage_text(verdict.stage),
                      verdict.reason);
    }
}
END_TEST

/* The whole rule: chain fits or not, name fits or not, pin fits or not; who is blamed. */
static const struct {
    const char *combine;
    bool chain, name, pin;
    enum ps_stage stage;
} rule[] = {
    {"and", true, true, true, PS_STAGE_ACCEPTED},   {"and", true, true, false, PS_STAGE_PINS},
    {"and", true, false, true, PS_STAGE_NAME},      {"and", true, false, false, PS_STAGE_NAME},
    {"and", false, true, true, PS_STAGE_PATH},      {"and", false, true, false, PS_STAGE_PATH},
    {"and", false, false, true, PS_STAGE_PATH},     {"and", false, false, false, PS_STAGE_PATH},
    {"only", true, true, true, PS_STAGE_ACCEPTED},  {"only", true, true, false, PS_STAGE_PINS},
    {"only", true, false, true, PS_STAGE_NAME},     {"only", true, false, false, PS_STAGE_NAME},
    {"only", false, true, true, PS_STAGE_ACCEPTED}, {"only", false, true, false, PS_STAGE_PINS},
    {"only", false, false, true, PS_STAGE_NAME},    {"only", false, false, false, PS_STAGE_NAME},
    {"or", true, true, true, PS_STAGE_ACCEPTED},    {"or", true, true, false, PS_STAGE_ACCEPTED},
    {"or", true, false, true, PS_STAGE_NAME},       {"or", true, false, false, PS_STAGE_NAME},
    {"or", false, true, true, PS_STAGE_ACCEPTED},   {"or", false, true, false, PS_STAGE_PATH},
    {"or", false, false, true, PS_STAGE_NAME},      {"or", false, false, false, PS_STAGE_PATH},
};
enum { RULE = sizeof rule / sizeof rule[0] };

START_TEST(path_name_and_pins_together)
{
    size_t row = (size_t)_i % RULE;
    bool presented = (size_t)_i >= RULE;
    char settings[64];
    snprintf(settings, sizeof settings, "pins.combine=%s pins.scope=%s", rule[row].combine,
             presented ? "presented" : "validated");
    struct device device =
        device_make(settings, rule[row].chain ? "R2" : "M",
                    rule[row].pin ? "spki_sha256 leaf L" : "spki_sha256 leaf L2");
    struct exchange exchange = {
        .served = "L I", .now = "2021-10-05", .host = rule[row].name ? MINT_HOST : "hub2.example"};
    struct ps_verdict verdict = exchange_once(&exchange, &device);
    ck_assert_msg(verdict.stage == rule[row].stage, "%s, chain %d, name %d, pin %d: %s (%s)",
                  rule[row].combine, rule[row].chain, rule[row].name, rule[row].pin,
                  ps_stage_text(verdict.stage), verdict.reason);
}
END_TEST

static const struct {
    const char *name, *settings, *anchors, *pins, *served, *now;
    enum ps_stage stage;
    const char *reason, *path;
} cases[] = {
    {"no engine: an unknown self-signed leaf", "chain.engine=none identity.hostname=none", "", NULL,
     "SSv", "2021-10-05", PS_STAGE_ACCEPTED, "", "hub.example"},
    {"no engine: expired", "chain.engine=none", "", NULL, "SS", "2050-01-01", PS_STAGE_ACCEPTED, "",
     "hub.example"},
    {"no engine: the leaf alone is the path", "chain.engine=none", "R2", NULL, "L I", "2021-10-05",
     PS_STAGE_ACCEPTED, "", "hub.example"},
    {"no engine: the name still counts", "chain.engine=none", "", NULL, "Levil I", "2021-10-05",
     PS_STAGE_NAME, "the certificate is not for hub.example", "evil.example"},
    {"no engine: validated means presented", "chain.engine=none", "", "cert_sha256 any I", "L I",
     "2021-10-05", PS_STAGE_ACCEPTED, "", "hub.example"},
    {"no engine: pins still count", "chain.engine=none", "", "cert_sha256 any I", "L", "2021-10-05",
     PS_STAGE_PINS, "no pin matched", "hub.example"},
    {"a path that failed validates no CA", "pins.combine=only", "M", "cert_sha256 any I", "L I",
     "2021-10-05", PS_STAGE_PINS, "no pin matched", "hub.example < Issuing"},
    {"a leaf without a path is no root", "pins.combine=only", "M", "cert_sha256 root L", "L",
     "2021-10-05", PS_STAGE_PINS, "no pin matched", "hub.example"},
    {"or: a stuffed pinned CA does not help", "pins.combine=or", "R2", "cert_sha256 ca I",
     "LM MI I", "2021-10-05", PS_STAGE_PATH,
     "unable to get local issuer certificate: Other Issuing", "hub.example < Other Issuing"},
    {"pins before their end", "pins.expires=2021-11-01", "R2", "cert_sha256 leaf L2", "L I",
     "2021-10-31T23:59:59Z", PS_STAGE_PINS, "no pin matched", "hub.example < Issuing < New Root"},
    {"pins at their end fail open", "pins.expires=2021-11-01", "R2", "cert_sha256 leaf L2", "L I",
     "2021-11-01", PS_STAGE_ACCEPTED, "", "hub.example < Issuing < New Root"},
    {"pins at their end fail closed", "pins.expires=2021-11-01 pins.on_expiry=fail_closed", "R2",
     "cert_sha256 leaf L", "L I", "2021-11-01", PS_STAGE_PINS, "the pins are past their end",
     "hub.example < Issuing < New Root"},
    {"before their end they match", "pins.expires=2021-11-01 pins.on_expiry=fail_closed", "R2",
     "cert_sha256 leaf L", "L I", "2021-10-31T23:59:59Z", PS_STAGE_ACCEPTED, "",
     "hub.example < Issuing < New Root"},
    {"no pins do not expire", "pins.expires=2021-11-01 pins.on_expiry=fail_closed", "R2", NULL,
     "L I", "2021-11-05", PS_STAGE_ACCEPTED, "", "hub.example < Issuing < New Root"},
    {"no anchors", "", "", NULL, "L I", "2021-10-05", PS_STAGE_PATH,
     "unable to get local issuer certificate: Issuing", "hub.example < Issuing"},
    {"partial off", "", "I", NULL, "L I", "2021-10-05", PS_STAGE_PATH,
     "unable to get issuer certificate: Issuing", "hub.example < Issuing"},
    {"partial on", "chain.partial=yes", "I", NULL, "L I", "2021-10-05", PS_STAGE_ACCEPTED, "",
     "hub.example < Issuing"},
    {"a name of the strategy's own", "identity.name=hub.example", "R2", NULL, "L I", "2021-10-05",
     PS_STAGE_ACCEPTED, "", "hub.example < Issuing < New Root"},
    {"and the host's is not asked", "identity.name=fleet.example", "R2", NULL, "L I", "2021-10-05",
     PS_STAGE_NAME, "the certificate is not for fleet.example", "hub.example < Issuing < New Root"},
    {"the host's name by its word", "identity.name=endpoint", "R2", NULL, "L I", "2021-10-05",
     PS_STAGE_ACCEPTED, "", "hub.example < Issuing < New Root"},
    {"no clock, no dates", "time.clock=ignore", "R2", NULL, "L I", "2050-01-01", PS_STAGE_ACCEPTED,
     "", "hub.example < Issuing < New Root"},
    {"no clock, no dates of a CA", "time.clock=ignore", "R2", NULL, "L Iexp", "2021-10-05",
     PS_STAGE_ACCEPTED, "", "hub.example < Issuing < New Root"},
    {"no clock, no dates of an anchor", "time.clock=ignore", "R1", NULL, "L I R2x", "2021-10-05",
     PS_STAGE_ACCEPTED, "", "hub.example < Issuing < New Root < Old Root"},
    {"an anchor that was loaded is not looked at again", "time.anchor_dates=check_at_load", "R1",
     NULL, "L I R2x", "2021-10-05", PS_STAGE_ACCEPTED, "",
     "hub.example < Issuing < New Root < Old Root"},
};

START_TEST(cases_of_the_rule)
{
    struct device device = device_make(cases[_i].settings, cases[_i].anchors, cases[_i].pins);
    struct exchange exchange = {.served = cases[_i].served, .now = cases[_i].now};
    struct ps_verdict verdict = exchange_once(&exchange, &device);
    ck_assert_msg(verdict.stage == cases[_i].stage, "%s: %s (%s)", cases[_i].name,
                  ps_stage_text(verdict.stage), verdict.reason);
    ck_assert_msg(strcmp(verdict.reason, cases[_i].reason) == 0, "%s: reason \"%s\"",
                  cases[_i].name, verdict.reason);
    ck_assert_msg(strcmp(verdict.path, cases[_i].path) == 0, "%s: path \"%s\"", cases[_i].name,
                  verdict.path);
}
END_TEST

/* Trust that cannot be: what is said. */
START_TEST(trust_refuses_what_is_no_certificate)
{
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    struct ps_strategy strategy = device_strategy();
    struct ps_bytes whole = mint_named("R2")->der, key = mint_named("R2")->spki;
    struct ps_bytes cut = {whole.data, whole.size - 1}, none = {NULL, 0};
    struct ps_buffer longer = {0};
    ps_buffer_append(&longer, whole.data, whole.size);
    ps_buffer_append(&longer, "x", 1);
    const struct {
        const char *message;
        struct ps_bytes anchors[2];
        size_t anchor_count;
        struct ps_trust_pin pin;
        size_t pin_count;
        struct ps_bytes release_key;
    } rows[] = {
        {"anchor 2 is no certificate", {whole, cut}, 2, {0}, 0, none},
        {"anchor 1 is no certificate", {key}, 1, {0}, 0, none},
        {"anchor 1 is no certificate", {none}, 1, {0}, 0, none},
        {"anchor 1 is no certificate", {{longer.data, longer.size}}, 1, {0}, 0, none},
        {"pin 1: neither a certificate nor a fitting key",
         {whole},
         1,
         {.certificate = cut},
         1,
         none},
        {"pin 1: neither a certificate nor a fitting key", {whole}, 1, {.spki = key}, 1, none},
        {"pin 1: neither a certificate nor a fitting key",
         {whole},
         1,
         {.match = PS_PIN_MATCH_SPKI_SHA256, .spki = whole},
         1,
         none},
        {"pin 1: neither a certificate nor a fitting key",
         {whole},
         1,
         {.match = PS_PIN_MATCH_SPKI_SHA256, .spki = key, .certificate = whole},
         1,
         none},
        {"the release key is no public key", {whole}, 1, {0}, 0, whole},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct ps_trust *trust = NULL;
        const struct ps_trust_options options = {.strategy = &strategy,
                                                 .anchors = rows[i].anchors,
                                                 .anchor_count = rows[i].anchor_count,
                                                 .pins = &rows[i].pin,
                                                 .pin_count = rows[i].pin_count,
                                                 .release_key = rows[i].release_key};
        ps_status status = ps_trust_new(stack, &options, &trust, &err);
        ck_assert_msg(status.code == PS_CODE_FAILED, "row %zu is taken", i);
        ck_assert_str_eq(err.text, rows[i].message);
        ck_assert_ptr_null(trust);
    }
    ps_trust_free(NULL);
    ps_buffer_deinit(&longer);
    ps_device_stack_free(stack);
}
END_TEST

/* Each field of the strategy by itself: without and with the change, and what that changes. */
static const struct {
    const char *key;    /* block.field as scenarios write it */
    const char *before; /* settings in both */
    const char *change;
    const char *anchors[2], *pins[2], *served, *now;
    enum ps_stage stage[2];
} fields[] = {
    {"chain.engine",
     "",
     "chain.engine=none",
     {"M", "M"},
     {0},
     "L I",
     "2021-10-05",
     {PS_STAGE_PATH, PS_STAGE_ACCEPTED}},
    {"chain.builder",
     "",
     "chain.builder=openssl102",
     {"R1 R2", "R1 R2"},
     {0},
     "L I R2x",
     "2021-10-05",
     {PS_STAGE_ACCEPTED, PS_STAGE_DATES}},
    {"chain.partial",
     "",
     "chain.partial=yes",
     {"I", "I"},
     {0},
     "L I",
     "2021-10-05",
     {PS_STAGE_PATH, PS_STAGE_ACCEPTED}},
    {"chain.anchor_form",
     "",
     "chain.anchor_form=dn_spki",
     {"R1", "R1"},
     {0},
     "L I R2x",
     "2021-10-05",
     {PS_STAGE_DATES, PS_STAGE_ACCEPTED}},
    {"chain.max_intermediates",
     "",
     "chain.max_intermediates=1",
     {"R2", "R2"},
     {0},
     "LJ J2 J1",
     "2021-10-05",
     {PS_STAGE_ACCEPTED, PS_STAGE_PATH}},
    {"anchors", "", "", {"R2", "M"}, {0}, "L I", "2021-10-05", {PS_STAGE_ACCEPTED, PS_STAGE_PATH}},
    {"pins.set",
     "",
     "",
     {"R2", "R2"},
     {NULL, "cert_sha256 leaf L2"},
     "L I",
     "2021-10-05",
     {PS_STAGE_ACCEPTED, PS_STAGE_PINS}},
    {"pin.match",
     "",
     "",
     {"R2", "R2"},
     {"spki_sha256 any R2x", "cert_sha256 any R2x"},
     "L I",
     "2021-10-05",
     {PS_STAGE_ACCEPTED, PS_STAGE_PINS}},
    {"pin.depth",
     "",
     "",
     {"R2", "R2"},
     {"cert_sha256 ca I", "cert_sha256 root I"},
     "L I",
     "2021-10-05",
     {PS_STAGE_ACCEPTED, PS_STAGE_PINS}},
    {"pin.of",
     "",
     "",
     {"R2", "R2"},
     {"cert_sha256 leaf L", "cert_sha256 leaf L2"},
     "L I",
     "2021-10-05",
     {PS_STAGE_ACCEPTED, PS_STAGE_PINS}},
    {"pins.scope",
     "",
     "pins.scope=presented",
     {"R2", "R2"},
     {"cert_sha256 root R2", "cert_sha256 root R2"},
     "L I",
     "2021-10-05",
     {PS_STAGE_ACCEPTED, PS_STAGE_PINS}},
    {"pins.combine",
     "",
     "pins.combine=or",
     {"R2", "R2"},
     {"cert_sha256 leaf L2", "cert_sha256 leaf L2"},
     "L I",
     "2021-10-05",
     {PS_STAGE_PINS, PS_STAGE_ACCEPTED}},
    {"pins.expires",
     "",
     "pins.expires=2021-10-01",
     {"R2", "R2"},
     {"cert_sha256 leaf L2", "cert_sha256 leaf L2"},
     "L I",
     "2021-10-05",
     {PS_STAGE_PINS, PS_STAGE_ACCEPTED}},
    {"pins.on_expiry",
     "pins.expires=2021-10-01",
     "pins.on_expiry=fail_closed",
     {"R2", "R2"},
     {"cert_sha256 leaf L", "cert_sha256 leaf L"},
     "L I",
     "2021-10-05",
     {PS_STAGE_ACCEPTED, PS_STAGE_PINS}},
    {"identity.hostname",
     "",
     "identity.hostname=none",
     {"R2", "R2"},
     {0},
     "Levil I",
     "2021-10-05",
     {PS_STAGE_NAME, PS_STAGE_ACCEPTED}},
    {"time.leaf_dates",
     "",
     "time.leaf_dates=ignore",
     {"R2", "R2"},
     {0},
     "L I",
     "2021-12-05",
     {PS_STAGE_DATES, PS_STAGE_ACCEPTED}},
    {"time.ca_dates",
     "",
     "time.ca_dates=ignore",
     {"R2", "R2"},
     {0},
     "L Iexp",
     "2021-10-05",
     {PS_STAGE_DATES, PS_STAGE_ACCEPTED}},
    {"time.anchor_dates",
     "",
     "time.anchor_dates=ignore",
     {"R1", "R1"},
     {0},
     "L I R2x",
     "2021-10-05",
     {PS_STAGE_DATES, PS_STAGE_ACCEPTED}},
    {"limits.hashes",
     "",
     "limits.hashes=sha1,sha256",
     {"R2", "R2"},
     {0},
     "L I384",
     "2021-10-05",
     {PS_STAGE_ACCEPTED, PS_STAGE_PATH}},
    {"limits.keys",
     "",
     "limits.keys=rsa-2048,ecdsa-p256",
     {"RP", "RP"},
     {0},
     "LP",
     "2021-10-05",
     {PS_STAGE_ACCEPTED, PS_STAGE_PATH}},
    {"limits.chain_bytes",
     "",
     "limits.chain_bytes=512",
     {"R2", "R2"},
     {0},
     "L I",
     "2021-10-05",
     {PS_STAGE_ACCEPTED, PS_STAGE_TLS}},
    {"limits.chain_length",
     "",
     "limits.chain_length=2",
     {"R2", "R2"},
     {0},
     "L I R2x",
     "2021-10-05",
     {PS_STAGE_ACCEPTED, PS_STAGE_TLS}},
    {"limits.tls",
     "",
     "limits.tls=1.2",
     {"R2", "R2"},
     {0},
     "L I",
     "2021-10-05",
     {PS_STAGE_ACCEPTED, PS_STAGE_TLS}},
};
enum { FIELDS = sizeof fields / sizeof fields[0] };

START_TEST(every_field_changes_a_verdict)
{
    for (int changed = 0; changed < 2; changed++) {
        struct device device =
            device_make(fields[_i].before, fields[_i].anchors[changed], fields[_i].pins[changed]);
        if (changed)
            device_set(&device.strategy, fields[_i].change);
        struct exchange exchange = {.served = fields[_i].served, .now = fields[_i].now};
        if (strcmp(fields[_i].key, "limits.tls") == 0)
            exchange.tls_version = TLS1_3_VERSION;
        struct ps_verdict verdict = exchange_once(&exchange, &device);
        ck_assert_msg(verdict.stage == fields[_i].stage[changed], "%s, changed %d: %s (%s)",
                      fields[_i].key, changed, ps_stage_text(verdict.stage), verdict.reason);
    }
    ck_assert_int_ne(fields[_i].stage[0], fields[_i].stage[1]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("rule");
    TCase *tests = tcase_create("rule");
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, mint_setup, mint_teardown);
    tcase_add_loop_test(tests, host_names, 0, sizeof names / sizeof names[0]);
    tcase_add_loop_test(tests, date_switches, 0, OUT_OF_DATE * PS_BUILDER_COUNT);
    tcase_add_loop_test(tests, name_and_key_have_no_dates, 0, PS_BUILDER_COUNT);
    tcase_add_loop_test(tests, path_name_and_pins_together, 0, 2 * RULE);
    tcase_add_loop_test(tests, cases_of_the_rule, 0, sizeof cases / sizeof cases[0]);
    tcase_add_test(tests, trust_refuses_what_is_no_certificate);
    tcase_add_loop_test(tests, every_field_changes_a_verdict, 0, FIELDS);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
