/* SPDX-License-Identifier: Apache-2.0
 *
 * Ways to hold OpenSSL wrongly that were stepped into before. Each test fails when they are again.
 */
#include <check.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include "peer.h"

static struct ps_verdict verdict_of(const char *settings, const char *anchors, const char *served,
                                    const char *now)
{
    struct device device = {.strategy = device_strategy(), .anchors = anchors};
    device_set(&device.strategy, settings);
    struct exchange exchange = {.served = served, .now = now};
    return exchange_once(&exchange, &device);
}

static void expect(const char *settings, const char *anchors, const char *served, const char *now,
                   enum ps_stage stage)
{
    struct ps_verdict verdict = verdict_of(settings, anchors, served, now);
    ck_assert_msg(verdict.stage == stage, "%s; trusts %s; %s at %s: %s (%s)", settings, anchors,
                  served, now, ps_stage_text(verdict.stage), verdict.reason);
}

START_TEST(trusted_first_is_cleared_where_it_acts)
{
    expect("chain.builder=openssl3", "R1 R2", "L I R2x", "2021-10-05", PS_STAGE_ACCEPTED);
    expect("chain.builder=openssl102", "R1 R2", "L I R2x", "2021-10-05", PS_STAGE_DATES);
    expect("chain.builder=openssl101", "R1 R2", "L I R2x", "2021-10-05", PS_STAGE_DATES);
    /* And alternatives are tried by the middle one only. */
    expect("chain.builder=openssl102", "R2", "L I R2x", "2021-10-05", PS_STAGE_ACCEPTED);
    expect("chain.builder=openssl101", "R2", "L I R2x", "2021-10-05", PS_STAGE_PATH);
}
END_TEST

START_TEST(no_dates_means_no_dates)
{
    static const char *const builders[] = {"openssl3", "openssl102",  "openssl101",
                                           "mbedtls",  "gnutls37",    "wolf_alt",
                                           "bearssl",  "wolf_strict", "backtracking"};
    static const char *const days[] = {"1970-01-01", "2021-10-05", "2100-01-01"};
    for (size_t b = 0; b < sizeof builders / sizeof builders[0]; b++) {
        char settings[160];
        snprintf(settings, sizeof settings,
                 "chain.builder=%s time.leaf_dates=ignore time.ca_dates=ignore "
                 "time.anchor_dates=ignore",
                 builders[b]);
        for (size_t d = 0; d < sizeof days / sizeof days[0]; d++)
            expect(settings, "R2", "L I", days[d], PS_STAGE_ACCEPTED);
    }
}
END_TEST

/* A resumed session checks nothing again: a device would go on after the end of its certificate. */
START_TEST(sessions_are_never_resumed)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    struct device device = {.strategy = device_strategy(), .anchors = "R2"};
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    struct ps_trust *trust = device_trust(&device, stack);
    for (size_t v = 0; v < 2; v++) {
        static const struct {
            const char *now;
            enum ps_stage stage;
        } visits[] = {{"2021-11-29", PS_STAGE_ACCEPTED},
                      {"2021-11-29", PS_STAGE_ACCEPTED},
                      {"2021-12-01", PS_STAGE_DATES}};
        for (size_t i = 0; i < 3; i++) {
            struct exchange exchange = {
                .served = "L I", .now = visits[i].now, .tickets = true, .tls_version = versions[v]};
            struct ps_verdict verdict = exchange_run(&exchange, stack, trust);
            ck_assert_msg(verdict.stage == visits[i].stage, "visit %zu: %s (%s)", i,
                          ps_stage_text(verdict.stage), verdict.reason);
            ck_assert(!exchange.ret_resumed);
            exchange_deinit(&exchange);
        }
    }
    ps_trust_free(trust);
    ps_device_stack_free(stack);
}
END_TEST

/* Who only sends the pinned certificate along has not proved anything with it. */
START_TEST(pins_look_at_the_validated_path)
{
    for (int presented = 0; presented < 2; presented++) {
        struct device device = {.strategy = device_strategy(), .anchors = "R2 M"};
        device_set(&device.strategy, presented ? "pins.scope=presented" : "pins.scope=validated");
        device_pin(&device, "spki_sha256 any R2");
        struct exchange exchange = {.served = "LM MI I R2", .now = "2021-10-05"};
        struct ps_verdict verdict = exchange_once(&exchange, &device);
        ck_assert_int_eq(verdict.stage, presented ? PS_STAGE_ACCEPTED : PS_STAGE_PINS);
        ck_assert_str_eq(verdict.path, "hub.example < Other Issuing < Other Root");
    }
}
END_TEST

/* RSA with 1024 bits and SHA-1 are the scenario's business, not the host's security level's. */
START_TEST(weak_material_is_judged_by_the_strategy)
{
    static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
    for (size_t v = 0; v < 2; v++) {
        struct device device = {.strategy = device_strategy(), .anchors = "Rweak"};
        device.strategy.chain.builder = (enum ps_builder)_i;
        struct exchange exchange = {
            .served = "Lweak", .now = "2021-10-05", .tls_version = versions[v]};
        struct ps_verdict verdict = exchange_once(&exchange, &device);
        ck_assert_msg(verdict.stage == PS_STAGE_ACCEPTED, "builder %d: %s (%s)", _i,
                      ps_stage_text(verdict.stage), verdict.reason);
    }
}
END_TEST

START_TEST(an_intermediate_is_no_anchor_for_openssl)
{
    static const char *const builders[] = {"openssl3", "openssl102", "openssl101"};
    for (size_t b = 0; b < sizeof builders / sizeof builders[0]; b++) {
        char settings[64];
        snprintf(settings, sizeof settings, "chain.builder=%s", builders[b]);
        expect(settings, "I", "L I", "2021-09-02", PS_STAGE_PATH);
        expect(settings, "I", "L", "2021-09-02", PS_STAGE_PATH);
        snprintf(settings, sizeof settings, "chain.builder=%s chain.partial=yes", builders[b]);
        /* 1.0.1 knows no partial chains; without alternatives the flag cannot help it. */
        bool partial = strcmp(builders[b], "openssl101") != 0;
        expect(settings, "I", "L I", "2021-09-02", partial ? PS_STAGE_ACCEPTED : PS_STAGE_PATH);
    }
    expect("chain.builder=mbedtls", "I", "L I", "2021-09-02", PS_STAGE_ACCEPTED);
    expect("chain.builder=gnutls37", "I", "L I", "2021-09-02", PS_STAGE_ACCEPTED);
}
END_TEST

START_TEST(the_last_second)
{
    bool openssl =
        _i == PS_BUILDER_OPENSSL3 || _i == PS_BUILDER_OPENSSL102 || _i == PS_BUILDER_OPENSSL101;
    const struct {
        const char *now;
        enum ps_stage stage;
    } rows[] = {{"2021-08-31T23:59:59Z", PS_STAGE_DATES},
                {"2021-09-01T00:00:00Z", PS_STAGE_ACCEPTED},
                {"2021-11-29T23:59:59Z", PS_STAGE_ACCEPTED},
                {"2021-11-30T00:00:00Z", openssl ? PS_STAGE_DATES : PS_STAGE_ACCEPTED},
                {"2021-11-30T00:00:01Z", PS_STAGE_DATES}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device device = {.strategy = device_strategy(), .anchors = "R2"};
        device.strategy.chain.builder = (enum ps_builder)_i;
        struct exchange exchange = {.served = "L I", .now = rows[i].now};
        struct ps_verdict verdict = exchange_once(&exchange, &device);
        ck_assert_msg(verdict.stage == rows[i].stage, "builder %d at %s: %s (%s)", _i, rows[i].now,
                      ps_stage_text(verdict.stage), verdict.reason);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("traps");
    TCase *tests = tcase_create("traps");
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, mint_setup, mint_teardown);
    tcase_add_test(tests, trusted_first_is_cleared_where_it_acts);
    tcase_add_test(tests, no_dates_means_no_dates);
    tcase_add_test(tests, sessions_are_never_resumed);
    tcase_add_test(tests, pins_look_at_the_validated_path);
    tcase_add_loop_test(tests, weak_material_is_judged_by_the_strategy, 0, PS_BUILDER_COUNT);
    tcase_add_test(tests, an_intermediate_is_no_anchor_for_openssl);
    tcase_add_loop_test(tests, the_last_second, 0, PS_BUILDER_COUNT);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
