/* SPDX-License-Identifier: Apache-2.0
 *
 * Pins: what each kind matches where, which of them count when, and what their groups ask for.
 */
#include <check.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>
#include "peer.h"

/* Served is L I R2x, trusted is R2: the path is L < I < R2, the list ends in R2x. The last two
 * columns are scope validated and scope presented. */
static const struct {
    const char *pins;
    bool validated, presented;
} pins[] = {
    {"cert_sha256 leaf L", true, true},
    {"cert_sha256 leaf L2", false, false},
    {"cert_sha256 leaf I", false, false},
    {"cert_sha256 intermediate I", true, true},
    {"cert_sha256 intermediate L", false, false},
    {"cert_sha256 intermediate R2", false, false},
    {"cert_sha256 intermediate R2x", false, false},
    {"cert_sha256 root R2", true, false},
    {"cert_sha256 root R2x", false, true},
    {"cert_sha256 root I", false, false},
    {"cert_sha256 ca I", true, true},
    {"cert_sha256 ca R2", true, false},
    {"cert_sha256 ca L", false, false},
    {"cert_sha256 any L", true, true},
    {"cert_sha256 any R2x", false, true},
    {"cert_sha256 any R2", true, false},
    {"cert_sha256 any R1", false, false},
    {"cert_sha1 leaf L", true, true},
    {"cert_sha1 leaf L2", false, false},
    {"cert_sha1 any R2x", false, true},
    {"spki_sha256 leaf L", true, true},
    {"spki_sha256 leaf spki:L", true, true},
    {"spki_sha256 leaf spki:L2", false, false},
    {"spki_sha256 root R2x", true, true},
    {"spki_sha256 root spki:R2", true, true},
    {"spki_sha256 intermediate Iexp", true, true},
    {"spki_sha256 any R1", false, false},
    {"issuer_dn leaf L", true, true},
    {"issuer_dn leaf Levil", true, true},
    {"issuer_dn leaf I", true, true},
    {"issuer_dn leaf LM", false, false},
    {"issuer_dn leaf R2", false, false},
    {"issuer_dn intermediate R2", true, true},
    {"issuer_dn root R1", false, true},
    {"issuer_dn root R2", true, false},
    {"subject_dn leaf L2", true, true},
    {"subject_dn leaf Levil", false, false},
    {"subject_dn leaf I", false, false},
    {"subject_dn root R2x", true, true},
    {"subject_dn ca Iexp", true, true},
    {"subject_dn any R1", false, false},
    {"cert_sha256 leaf L2,cert_sha256 leaf L", true, true},
    {"cert_sha256 leaf L2,spki_sha256 any spki:M", false, false},
};

START_TEST(pins_by_match_depth_and_scope)
{
    for (int presented = 0; presented < 2; presented++) {
        struct device device = device_make(
            presented ? "pins.scope=presented" : "pins.scope=validated", "R2", pins[_i].pins);
        struct exchange exchange = {.served = "L I R2x", .now = "2021-10-05"};
        struct ps_verdict verdict = exchange_once(&exchange, &device);
        bool expected = presented ? pins[_i].presented : pins[_i].validated;
        ck_assert_msg(verdict.stage == (expected ? PS_STAGE_ACCEPTED : PS_STAGE_PINS),
                      "%s, presented %d: %s (%s)", pins[_i].pins, presented,
                      ps_stage_text(verdict.stage), verdict.reason);
        if (!expected) {
            ck_assert_int_eq(verdict.error, X509_V_ERR_APPLICATION_VERIFICATION);
            ck_assert_str_eq(verdict.reason, "no pin matched");
        }
    }
}
END_TEST

/* Served is L I, trusted is R2. */
static const struct {
    const char *name, *settings, *pins, *now;
    enum ps_stage stage;
    const char *reason;
} cases[] = {
    {"any: one group is enough", "", "spki_sha256 leaf L a,spki_sha256 ca M b", "2021-10-05",
     PS_STAGE_ACCEPTED, ""},
    {"all: one group is not met", "pins.groups=all", "spki_sha256 leaf L a,spki_sha256 ca M b",
     "2021-10-05", PS_STAGE_PINS, "no pin matched"},
    {"all: both are met", "pins.groups=all", "spki_sha256 leaf L a,spki_sha256 ca I b",
     "2021-10-05", PS_STAGE_ACCEPTED, ""},
    {"all: one pin of a group is enough", "pins.groups=all",
     "spki_sha256 leaf L2 a,spki_sha256 leaf L a,spki_sha256 ca I b", "2021-10-05",
     PS_STAGE_ACCEPTED, ""},
    {"all: pins without a group are one", "pins.groups=all",
     "spki_sha256 leaf L2,spki_sha256 leaf L,spki_sha256 ca I b", "2021-10-05", PS_STAGE_ACCEPTED,
     ""},
    {"all: that one is not met", "pins.groups=all",
     "spki_sha256 leaf L2,spki_sha256 leaf LM,spki_sha256 ca I b", "2021-10-05", PS_STAGE_PINS,
     "no pin matched"},
    {"all: a group that does not count yet is none", "pins.groups=all",
     "spki_sha256 leaf L a,spki_sha256 ca M 2021-11-01", "2021-10-05", PS_STAGE_ACCEPTED, ""},
    {"all: it counts", "pins.groups=all", "spki_sha256 leaf L a,spki_sha256 ca M 2021-11-01",
     "2021-11-01", PS_STAGE_PINS, "no pin matched"},

    {"a pin before it counts", "", "spki_sha256 leaf L2,spki_sha256 leaf L 2021-10-05",
     "2021-10-04T23:59:59Z", PS_STAGE_PINS, "no pin matched"},
    {"from its first second on", "", "spki_sha256 leaf L2,spki_sha256 leaf L 2021-10-05",
     "2021-10-05", PS_STAGE_ACCEPTED, ""},
    {"no pin counts yet: there are none", "", "spki_sha256 leaf L2 2021-11-01", "2021-10-05",
     PS_STAGE_ACCEPTED, ""},
    {"without a clock it counts at once", "time.clock=ignore", "spki_sha256 leaf L2 2021-11-01",
     "2021-10-05", PS_STAGE_PINS, "no pin matched"},

    {"to be learned: anybody", "", "spki_sha256 leaf ?", "2021-10-05", PS_STAGE_ACCEPTED, ""},
    {"to be learned, whatever the depth", "", "cert_sha256 root ?", "2021-10-05", PS_STAGE_ACCEPTED,
     ""},
    {"to be learned meets its own group", "pins.groups=all",
     "spki_sha256 leaf ? a,spki_sha256 ca M b", "2021-10-05", PS_STAGE_PINS, "no pin matched"},

    {"noted", "pins.report_only=yes", "spki_sha256 leaf L2", "2021-10-05", PS_STAGE_ACCEPTED,
     "the pins would have refused: no pin matched"},
    {"nothing to note", "pins.report_only=yes", "spki_sha256 leaf L", "2021-10-05",
     PS_STAGE_ACCEPTED, ""},
    {"noted, though they alone decide", "pins.report_only=yes pins.combine=only",
     "spki_sha256 leaf L2", "2021-10-05", PS_STAGE_ACCEPTED,
     "the pins would have refused: no pin matched"},
    {"noted that they ended",
     "pins.report_only=yes pins.on_expiry=fail_closed pins.expires=2021-10-01",
     "spki_sha256 leaf L", "2021-10-05", PS_STAGE_ACCEPTED,
     "the pins would have refused: the pins are past their end"},
    {"the path refuses all the same", "pins.report_only=yes", "spki_sha256 leaf L2", "2021-12-05",
     PS_STAGE_DATES, "certificate has expired: hub.example"},
    {"an alternative that is not met is no refusal", "pins.combine=or", "spki_sha256 leaf L2",
     "2021-10-05", PS_STAGE_ACCEPTED, ""},

    {"without a clock they do not end",
     "time.clock=ignore pins.on_expiry=fail_closed pins.expires=2021-10-01", "spki_sha256 leaf L",
     "2021-10-05", PS_STAGE_ACCEPTED, ""},
};

START_TEST(which_pins_count)
{
    struct device device = device_make(cases[_i].settings, "R2", cases[_i].pins);
    struct exchange exchange = {.served = "L I", .now = cases[_i].now};
    struct ps_verdict verdict = exchange_once(&exchange, &device);
    ck_assert_msg(verdict.stage == cases[_i].stage, "%s: %s (%s)", cases[_i].name,
                  ps_stage_text(verdict.stage), verdict.reason);
    ck_assert_msg(strcmp(verdict.reason, cases[_i].reason) == 0, "%s: reason \"%s\"",
                  cases[_i].name, verdict.reason);
    ck_assert_int_eq(verdict.error, verdict.stage == PS_STAGE_PINS
                                        ? X509_V_ERR_APPLICATION_VERIFICATION
                                    : verdict.stage == PS_STAGE_DATES ? X509_V_ERR_CERT_HAS_EXPIRED
                                                                      : 0);
}
END_TEST

/* Two ends, the strategy's own and that of this device (max_age): the first counts. */
START_TEST(the_first_end_counts)
{
    static const struct {
        const char *strategy, *device, *now;
        bool ended;
    } ends[] = {
        {"2021-10-10", NULL, "2021-10-09T23:59:59Z", false},
        {"2021-10-10", NULL, "2021-10-10", true},
        {NULL, "2021-10-10", "2021-10-09T23:59:59Z", false},
        {NULL, "2021-10-10", "2021-10-10", true},
        {"2021-10-10", "2021-10-12", "2021-10-10", true},
        {"2021-10-12", "2021-10-10", "2021-10-10", true},
        {"2021-10-12", "2021-10-10", "2021-10-09T23:59:59Z", false},
    };
    for (size_t i = 0; i < 2 * sizeof ends / sizeof ends[0]; i++) {
        bool closed = i % 2;
        char settings[96] = "";
        if (ends[i / 2].strategy)
            snprintf(settings, sizeof settings, "pins.expires=%s", ends[i / 2].strategy);
        struct device device =
            device_make(settings, "R2", closed ? "cert_sha256 leaf L" : "cert_sha256 leaf L2");
        if (closed)
            device_set(&device.strategy, "pins.on_expiry=fail_closed");
        device.pins_end = ends[i / 2].device;
        struct exchange exchange = {.served = "L I", .now = ends[i / 2].now};
        struct ps_verdict verdict = exchange_once(&exchange, &device);
        ck_assert_msg(verdict.stage ==
                          (ends[i / 2].ended != closed ? PS_STAGE_ACCEPTED : PS_STAGE_PINS),
                      "row %zu, closed %d: %s", i / 2, closed, verdict.reason);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pins");
    TCase *tests = tcase_create("pins");
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, mint_setup, mint_teardown);
    tcase_add_loop_test(tests, pins_by_match_depth_and_scope, 0, sizeof pins / sizeof pins[0]);
    tcase_add_loop_test(tests, which_pins_count, 0, sizeof cases / sizeof cases[0]);
    tcase_add_test(tests, the_first_end_counts);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
