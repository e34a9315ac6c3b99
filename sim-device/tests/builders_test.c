/* SPDX-License-Identifier: Apache-2.0
 *
 * The builders against what the real libraries were measured to say: every case is judged by the
 * builder alone, and by a whole handshake with a server that serves exactly this list.
 */
#include <check.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include "builders/builder.h"
#include "measured.h"
#include "peer.h"
#include "trust.h"

static bool built_alone(const struct device *device, struct ps_device_stack *stack,
                        struct ps_trust *trust, size_t row)
{
    const struct mint *list[MINT_LIST_MAX];
    size_t count = mint_list(measured[row].served, list);
    STACK_OF(X509) *served = sk_X509_new_null();
    X509 *own[MINT_LIST_MAX];
    for (size_t i = 0; i < count; i++) {
        own[i] = ps_stack_certificate(stack, list[i]->der);
        sk_X509_push(served, own[i]);
    }
    const struct ps_build_input input = {.library = stack->library,
                                         .strategy = &device->strategy,
                                         .store = trust->store,
                                         .anchors = trust->anchors,
                                         .anchor_count = trust->anchor_count,
                                         .served = served,
                                         .now = mint_time(measured[row].now)};
    struct ps_built built;
    ps_build(&input, &built);
    ck_assert_msg(built.count > 0 && built.path[0] == own[0], "%s: the path begins elsewhere",
                  measured[row].name);
    sk_X509_free(served);
    for (size_t i = 0; i < count; i++)
        X509_free(own[i]);
    return built.error == X509_V_OK;
}

START_TEST(builders_say_what_the_libraries_said)
{
    size_t row = (size_t)_i / COLUMNS, column = (size_t)_i % COLUMNS;
    ck_assert_uint_eq(strlen(measured[row].expect), COLUMNS);
    bool expected = measured[row].expect[column] == '+';
    struct device device = {.strategy = device_strategy(), .anchors = measured[row].anchors};
    device_set(&device.strategy, columns[column].settings);
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    struct ps_trust *trust = device_trust(&device, stack);

    bool alone = built_alone(&device, stack, trust, row);
    struct exchange exchange = {.served = measured[row].served, .now = measured[row].now};
    struct ps_verdict verdict = exchange_run(&exchange, stack, trust);
    ck_assert_msg(alone == expected, "%s, %s: the builder alone says %s", measured[row].name,
                  columns[column].name, alone ? "accepted" : "refused");
    ck_assert_msg(ps_verdict_accepted(&verdict) == expected, "%s, %s: the handshake says %s (%s)",
                  measured[row].name, columns[column].name, ps_stage_text(verdict.stage),
                  verdict.reason);
    if (!expected)
        ck_assert_msg(verdict.stage == PS_STAGE_PATH || verdict.stage == PS_STAGE_DATES,
                      "%s, %s: refused for %s", measured[row].name, columns[column].name,
                      ps_stage_text(verdict.stage));
    exchange_deinit(&exchange);
    ps_trust_free(trust);
    ps_device_stack_free(stack);
}
END_TEST

/* What the measurements do not reach: reasons, paths, limits, and the builder without a column. */
static const struct {
    const char *name, *settings, *now, *anchors, *served;
    enum ps_stage stage;
    const char *reason, *path;
} described[] = {
    {"accepted path", "", "2021-10-05", "R2", "L I R2x", PS_STAGE_ACCEPTED, "",
     "hub.example < Issuing < New Root"},
    {"expired anchor", "chain.builder=openssl102", "2021-10-05", "R1 R2", "L I R2x", PS_STAGE_DATES,
     "certificate has expired: Old Root", "hub.example < Issuing < New Root < Old Root"},
    {"expired leaf", "", "2021-12-05", "R2", "L I", PS_STAGE_DATES,
     "certificate has expired: hub.example", "hub.example < Issuing < New Root"},
    {"no issuer", "", "2021-10-05", "R2", "L", PS_STAGE_PATH,
     "unable to get local issuer certificate: hub.example", "hub.example"},
    {"mbedtls, expired anchor", "chain.builder=mbedtls", "2021-10-05", "R1", "L I R2x",
     PS_STAGE_DATES, "certificate has expired: Old Root",
     "hub.example < Issuing < New Root < Old Root"},
    {"mbedtls, before its time", "chain.builder=mbedtls", "1970-01-02", "R2", "L I", PS_STAGE_DATES,
     "certificate is not yet valid: hub.example", "hub.example"},
    {"mbedtls, no issuer", "chain.builder=mbedtls", "2021-10-05", "R2", "L", PS_STAGE_PATH,
     "unable to get local issuer certificate: hub.example", "hub.example"},
    {"mbedtls, fake issuer", "chain.builder=mbedtls", "2021-10-05", "R2", "L Ifake", PS_STAGE_PATH,
     "certificate signature failure: hub.example", "hub.example"},
    {"mbedtls, the first valid anchor", "chain.builder=mbedtls", "2021-10-05", "R1 R1n", "L I R2x",
     PS_STAGE_ACCEPTED, "", "hub.example < Issuing < New Root < Old Root"},
    {"mbedtls, only later certificates are parents", "chain.builder=mbedtls", "2021-10-05", "R1n",
     "L R2x I", PS_STAGE_PATH, "unable to get local issuer certificate: Issuing",
     "hub.example < Issuing"},
    {"mbedtls, a leaf as anchor issues nothing", "chain.builder=mbedtls", "2021-10-05", "L", "Lsub",
     PS_STAGE_PATH, "unable to get local issuer certificate: hub.example", "hub.example"},
    {"bearssl, a leaf as anchor issues nothing", "chain.builder=bearssl", "2021-10-05", "L", "Lsub",
     PS_STAGE_PATH, "unable to get local issuer certificate: hub.example", "hub.example"},
    {"gnutls37, a leaf as anchor issues nothing", "chain.builder=gnutls37", "2021-10-05", "L",
     "Lsub", PS_STAGE_PATH, "invalid CA certificate: hub.example", "hub.example < hub.example"},
    {"backtracking, a leaf as anchor issues nothing", "chain.builder=backtracking", "2021-10-05",
     "L", "Lsub", PS_STAGE_PATH, "unable to get local issuer certificate: hub.example",
     "hub.example"},
    {"gnutls37, a self-signed end is dropped", "chain.builder=gnutls37", "2021-10-05", "R2",
     "L I R2x R1", PS_STAGE_ACCEPTED, "", "hub.example < Issuing < New Root"},
    {"gnutls37, cut behind an anchor", "chain.builder=gnutls37", "2021-10-05", "I", "L I R2x R1",
     PS_STAGE_ACCEPTED, "", "hub.example < Issuing"},
    {"bearssl, anchor has no dates", "chain.builder=bearssl", "2021-10-05", "R1", "L I R2x",
     PS_STAGE_ACCEPTED, "", "hub.example < Issuing < New Root < Old Root"},
    {"bearssl, expired on the way", "chain.builder=bearssl", "2021-10-05", "R2", "L Iexp",
     PS_STAGE_DATES, "certificate has expired: Issuing", "hub.example < Issuing"},
    {"bearssl, fake issuer", "chain.builder=bearssl", "2021-10-05", "R2", "L Ifake", PS_STAGE_PATH,
     "certificate signature failure: hub.example", "hub.example"},
    {"gnutls37, second try by name", "chain.builder=gnutls37", "2021-10-05", "R1 R2", "L I R2x",
     PS_STAGE_ACCEPTED, "", "hub.example < Issuing < New Root"},
    {"gnutls37, expired anchor", "chain.builder=gnutls37", "2021-10-05", "R1", "L I R2x",
     PS_STAGE_DATES, "certificate has expired: Old Root",
     "hub.example < Issuing < New Root < Old Root"},
    {"gnutls37, sorted", "chain.builder=gnutls37", "2021-10-05", "R2", "L Junk I",
     PS_STAGE_ACCEPTED, "", "hub.example < Issuing < New Root"},
    {"wolf_strict, junk without signer", "chain.builder=wolf_strict", "2021-10-05", "R2",
     "L Junk I", PS_STAGE_PATH, "unable to get local issuer certificate: Junk",
     "hub.example < Junk"},
    {"wolf_alt, junk passed over", "chain.builder=wolf_alt", "2021-10-05", "R2", "L Junk I",
     PS_STAGE_ACCEPTED, "", "hub.example < Issuing < New Root"},
    {"wolf_alt, same name and other key", "chain.builder=wolf_alt", "2021-10-05", "R2", "L I Ifake",
     PS_STAGE_PATH, "certificate signature failure: Issuing", "hub.example < Issuing < Issuing"},
    {"wolf_strict, self-signed leaf", "chain.builder=wolf_strict", "2021-10-05", "SSv", "SSv",
     PS_STAGE_ACCEPTED, "", "hub.example"},
    {"backtracking, cross-signed list", "chain.builder=backtracking", "2021-10-05", "R1 R2",
     "L I R2x", PS_STAGE_ACCEPTED, "", "hub.example < Issuing < New Root"},
    {"backtracking, expired anchor", "chain.builder=backtracking", "2021-10-05", "R1", "L I R2x",
     PS_STAGE_ACCEPTED, "", "hub.example < Issuing < New Root < Old Root"},
    {"backtracking, goes back", "chain.builder=backtracking", "2021-10-05", "R2", "L Ix I R2",
     PS_STAGE_ACCEPTED, "", "hub.example < Issuing < New Root"},
    {"backtracking, wrong order", "chain.builder=backtracking", "2021-10-05", "R1n", "L R2x I",
     PS_STAGE_ACCEPTED, "", "hub.example < Issuing < New Root < Old Root"},
    {"backtracking, expired intermediate", "chain.builder=backtracking", "2021-10-05", "R2",
     "L Iexp", PS_STAGE_DATES, "certificate has expired: Issuing", "hub.example < Issuing"},
    {"backtracking, leaf as anchor", "chain.builder=backtracking", "2021-10-05", "L", "L",
     PS_STAGE_ACCEPTED, "", "hub.example"},
    {"backtracking, no path", "chain.builder=backtracking", "2021-10-05", "Junk", "L I",
     PS_STAGE_PATH, "unable to get local issuer certificate: Issuing", "hub.example < Issuing"},
};

START_TEST(reasons_and_paths)
{
    struct device device = {.strategy = device_strategy(), .anchors = described[_i].anchors};
    device_set(&device.strategy, described[_i].settings);
    struct exchange exchange = {.served = described[_i].served, .now = described[_i].now};
    struct ps_verdict verdict = exchange_once(&exchange, &device);
    ck_assert_msg(verdict.stage == described[_i].stage, "%s: %s (%s)", described[_i].name,
                  ps_stage_text(verdict.stage), verdict.reason);
    ck_assert_msg(strcmp(verdict.reason, described[_i].reason) == 0, "%s: reason \"%s\"",
                  described[_i].name, verdict.reason);
    ck_assert_msg(strcmp(verdict.path, described[_i].path) == 0, "%s: path \"%s\"",
                  described[_i].name, verdict.path);
}
END_TEST

/* What must hold for every stack alike. */
static const struct {
    const char *name, *settings, *anchors, *served;
    enum ps_stage stage;
    int error;
} everywhere[] = {
    {"two intermediates", "", "R2", "LJ J2 J1", PS_STAGE_ACCEPTED, X509_V_OK},
    {"two of at most two", "chain.max_intermediates=2", "R2", "LJ J2 J1", PS_STAGE_ACCEPTED,
     X509_V_OK},
    {"two of at most one", "chain.max_intermediates=1", "R2", "LJ J2 J1", PS_STAGE_PATH,
     X509_V_ERR_CERT_CHAIN_TOO_LONG},
    {"one of at most none", "chain.max_intermediates=0", "R2", "L I", PS_STAGE_PATH,
     X509_V_ERR_CERT_CHAIN_TOO_LONG},
    {"not for servers", "", "R2", "Lclient I", PS_STAGE_PATH, X509_V_ERR_INVALID_PURPOSE},
    {"below a path length of 0", "", "R2", "LK K I", PS_STAGE_PATH, 0},
    {"issued by a leaf", "", "R2", "Lsub L I", PS_STAGE_PATH, 0},
    {"a fake of the same name", "", "R2", "Lfake Ifake R2fake", PS_STAGE_PATH, 0},
    {"another host", "", "R2", "Levil I", PS_STAGE_NAME, X509_V_ERR_HOSTNAME_MISMATCH},
};
enum { EVERYWHERE = sizeof everywhere / sizeof everywhere[0] };

START_TEST(all_stacks_agree)
{
    size_t row = (size_t)_i / PS_BUILDER_COUNT;
    struct device device = {.strategy = device_strategy(), .anchors = everywhere[row].anchors};
    device_set(&device.strategy, everywhere[row].settings);
    device.strategy.chain.builder = (enum ps_builder)(_i % PS_BUILDER_COUNT);
    struct exchange exchange = {.served = everywhere[row].served, .now = "2021-10-05"};
    struct ps_verdict verdict = exchange_once(&exchange, &device);
    ck_assert_msg(verdict.stage == everywhere[row].stage, "%s, builder %d: %s (%s)",
                  everywhere[row].name, _i % PS_BUILDER_COUNT, ps_stage_text(verdict.stage),
                  verdict.reason);
    if (everywhere[row].error != 0)
        ck_assert_msg(verdict.error == everywhere[row].error, "%s, builder %d: error %d (%s)",
                      everywhere[row].name, _i % PS_BUILDER_COUNT, verdict.error, verdict.reason);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("builders");
    TCase *tests = tcase_create("builders");
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, mint_setup, mint_teardown);
    tcase_add_loop_test(tests, builders_say_what_the_libraries_said, 0, MEASURED * COLUMNS);
    tcase_add_loop_test(tests, reasons_and_paths, 0, sizeof described / sizeof described[0]);
    tcase_add_loop_test(tests, all_stacks_agree, 0, EVERYWHERE * PS_BUILDER_COUNT);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
