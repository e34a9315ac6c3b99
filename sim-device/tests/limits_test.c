/* SPDX-License-Identifier: Apache-2.0
 *
 * What a device's TLS build cannot do, by whole handshakes: what it then offers, which lists it
 * cannot take, and which builders find another path.
 */
#include <check.h>
#include <openssl/obj_mac.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include "capability.h"
#include "peer.h"

static struct device make_device(const char *settings, const char *anchors)
{
    struct device device = {.strategy = device_strategy(), .anchors = anchors};
    device_set(&device.strategy, settings);
    return device;
}

/* One column a builder, in the order of enum ps_builder: OpenSSL 3 | 1.0.2 | 1.0.1 | Mbed TLS |
 * GnuTLS | wolfSSL strict | alternative chains | BearSSL | backtracking. The reason is that of all
 * refusals in the row. */
static const struct {
    const char *name, *settings, *anchors, *served, *expect, *reason;
} paths[] = {
    {"no limit", "chain.partial=no", "R2", "L I384", "+++++++++", ""},
    {"intermediate signed with SHA-384", "limits.hashes=sha1,sha256", "R2", "L I384", "---------",
     "signature hash sha384 is not supported: Issuing"},
    {"leaf signed with SHA-1", "limits.hashes=sha256,sha384", "Rweak", "Lweak", "---------",
     "signature hash sha1 is not supported: hub.example"},
    /* Nobody verifies what an anchor says of itself, but Mbed TLS cannot even load it. */
    {"anchor that signed itself with SHA-384", "limits.hashes=sha256", "R384", "L384", "+++-+++++",
     "signature hash sha384 is not supported: Root 384"},
    {"the same intermediate with SHA-256 too", "limits.hashes=sha256", "R2", "L I384 I",
     "---+----+", "signature hash sha384 is not supported: Issuing"},
    {"the other way round", "limits.hashes=sha256", "R2", "L I I384", "+++++--++",
     "signature hash sha384 is not supported: Issuing"},
    {"anchor with a key for P-384", "limits.keys=rsa-2048,ecdsa-p256", "RP", "LP", "---------",
     "key type ecdsa-p384 is not supported: P384 Root"},
    {"intermediate with a key for P-384", "limits.keys=ecdsa-p256", "R2", "LIP IP", "---------",
     "key type ecdsa-p384 is not supported: P384 Issuing"},
    {"P-384 is all it has", "limits.keys=ecdsa-p256,ecdsa-p384", "R2", "LIP IP", "+++++++++", ""},
    {"leaf with a key for P-384", "limits.keys=ecdsa-p256", "R2", "Lp384 I", "---------",
     "key type ecdsa-p384 is not supported: hub.example"},
    {"and nobody asks for a path", "limits.keys=ecdsa-p256 chain.engine=none", "R2", "Lp384 I",
     "---------", "key type ecdsa-p384 is not supported: hub.example"},
    {"a hash without a path", "limits.hashes=sha256 chain.engine=none", "R2", "L I384", "+++++++++",
     ""},
    {"as many certificates as fit", "limits.chain_length=2", "R2", "L I", "+++++++++", ""},
    {"one too many", "limits.chain_length=1", "R2", "L I", "---------",
     "the served list has 2 certificates, more than 1"},
    {"and nobody asks for a path", "limits.chain_length=1 chain.engine=none", "R2", "L I",
     "---------", "the served list has 2 certificates, more than 1"},
};
enum { PATHS = sizeof paths / sizeof paths[0] };

START_TEST(path_by_builder)
{
    size_t row = (size_t)_i / PS_BUILDER_COUNT;
    enum ps_builder builder = (enum ps_builder)(_i % PS_BUILDER_COUNT);
    bool expected = paths[row].expect[builder] == '+';
    struct device device = make_device(paths[row].settings, paths[row].anchors);
    device.strategy.chain.builder = builder;
    struct exchange exchange = {.served = paths[row].served, .now = "2021-10-05"};
    struct ps_verdict verdict = exchange_once(&exchange, &device);
    ck_assert_msg(ps_verdict_accepted(&verdict) == expected, "%s, builder %d: %s (%s)",
                  paths[row].name, (int)builder, ps_stage_text(verdict.stage), verdict.reason);
    if (expected)
        return;
    bool list = strstr(paths[row].settings, "chain_length") != NULL;
    ck_assert_msg(verdict.stage == (list ? PS_STAGE_TLS : PS_STAGE_PATH), "%s, builder %d: %s",
                  paths[row].name, (int)builder, ps_stage_text(verdict.stage));
    ck_assert_msg(strcmp(verdict.reason, paths[row].reason) == 0, "%s, builder %d: \"%s\"",
                  paths[row].name, (int)builder, verdict.reason);
}
END_TEST

/* What the server does with what is offered. The leaf's key is RSA with 1024 bits. */
static const struct {
    const char *name, *settings;
    int server_version; /* 0: any */
    int version, hash;
    bool sha384_suite;
} offers[] = {
    {"everything", "", 0, TLS1_3_VERSION, NID_sha256, true},
    {"SHA-384 only", "limits.hashes=sha384", 0, TLS1_3_VERSION, NID_sha384, true},
    {"SHA-384 only, 1.2", "limits.hashes=sha384", TLS1_2_VERSION, TLS1_2_VERSION, NID_sha384, true},
    {"SHA-1 only, 1.2", "limits.hashes=sha1 limits.tls=1.2", 0, TLS1_2_VERSION, NID_sha1, false},
    {"SHA-512 only, 1.2", "limits.hashes=sha512 limits.tls=1.2", 0, TLS1_2_VERSION, NID_sha512,
     false},
    {"no SHA-384", "limits.hashes=sha1,sha256", 0, TLS1_3_VERSION, NID_sha256, false},
    {"no SHA-384, 1.2", "limits.hashes=sha1,sha256", TLS1_2_VERSION, TLS1_2_VERSION, NID_sha256,
     false},
    {"no 1.3", "limits.tls=1.2", 0, TLS1_2_VERSION, NID_sha256, true},
    {"RSA only", "limits.keys=rsa-1024", 0, TLS1_3_VERSION, NID_sha256, true},
};

START_TEST(server_takes_what_is_offered)
{
    struct device device = make_device(offers[_i].settings, "Rweak");
    device_set(&device.strategy, "chain.engine=none");
    struct exchange exchange = {
        .served = "Lweak", .now = "2021-10-05", .tls_version = offers[_i].server_version};
    struct ps_verdict verdict = exchange_once(&exchange, &device);
    ck_assert_msg(verdict.stage == PS_STAGE_ACCEPTED, "%s: %s (%s)", offers[_i].name,
                  ps_stage_text(verdict.stage), verdict.reason);
    ck_assert_msg(exchange.ret_version == offers[_i].version, "%s: version %x", offers[_i].name,
                  (unsigned)exchange.ret_version);
    ck_assert_msg(exchange.ret_signature_hash == offers[_i].hash, "%s: hash %d", offers[_i].name,
                  exchange.ret_signature_hash);
    if (!offers[_i].sha384_suite)
        ck_assert_msg(!strstr(exchange.ret_cipher, "SHA384"), "%s: %s", offers[_i].name,
                      exchange.ret_cipher);
}
END_TEST

/* What no server can meet ends with its alert, before any certificate is judged. */
static const struct {
    const char *name, *settings, *anchors, *served;
    int version;
} nothing_in_common[] = {
    {"no key for elliptic curves", "limits.keys=rsa-2048", "R2", "L I", 0},
    {"no key for elliptic curves, 1.2", "limits.keys=rsa-2048", "R2", "L I", TLS1_2_VERSION},
    {"no RSA", "limits.keys=ecdsa-p256", "Rweak", "Lweak", 0},
    {"P-384 in 1.2", "limits.keys=ecdsa-p256", "R2", "Lp384 I", TLS1_2_VERSION},
    {"SHA-1 in 1.3", "limits.hashes=sha1", "Rweak", "Lweak", TLS1_3_VERSION},
    {"1.3 only", "limits.tls=1.2", "R2", "L I", TLS1_3_VERSION},
};

START_TEST(nothing_in_common_is_an_alert)
{
    struct device device =
        make_device(nothing_in_common[_i].settings, nothing_in_common[_i].anchors);
    struct exchange exchange = {.served = nothing_in_common[_i].served,
                                .now = "2021-10-05",
                                .tls_version = nothing_in_common[_i].version};
    struct ps_verdict verdict = exchange_once(&exchange, &device);
    ck_assert_msg(verdict.stage == PS_STAGE_TLS, "%s: %s (%s)", nothing_in_common[_i].name,
                  ps_stage_text(verdict.stage), verdict.reason);
    ck_assert_msg(strncmp(verdict.reason, "handshake failed: ", 18) == 0, "%s: %s",
                  nothing_in_common[_i].name, verdict.reason);
}
END_TEST

/* The same certificates signed anew, often: ECDSA signatures have many lengths, the count has one.
 */
START_TEST(bytes_do_not_hang_on_signatures)
{
    static const char *const lists[] = {"L", "LP", "Lweak"};
    static const bool varies[] = {true, true, false};
    static const char *const keys[] = {"I", "RP", "Rweak"};
    X509 *copy = X509_dup(mint_named(lists[_i])->certificate);
    STACK_OF(X509) *served = sk_X509_new_null();
    size_t shortest = SIZE_MAX, longest = 0, counted = 0;
    sk_X509_push(served, copy);
    for (int i = 0; i < 400; i++) {
        ck_assert_int_gt(X509_sign(copy, mint_named(keys[_i])->key, EVP_sha256()), 0);
        size_t size = (size_t)i2d_X509(copy, NULL), bytes = ps_limits_list_bytes(served);
        ck_assert_uint_le(size, bytes);
        ck_assert_msg(counted == 0 || bytes == counted, "%zu, then %zu", counted, bytes);
        counted = bytes;
        shortest = size < shortest ? size : shortest;
        longest = size > longest ? size : longest;
    }
    ck_assert_uint_eq(longest, counted);
    ck_assert_int_eq(shortest < longest, varies[_i]);
    sk_X509_free(served);
    X509_free(copy);
}
END_TEST

/* A leaf's dates take two bytes more from 2050 on; a renewal then changes nothing. */
START_TEST(bytes_do_not_hang_on_dates)
{
    X509 *copy = X509_dup(mint_named("L")->certificate);
    STACK_OF(X509) *served = sk_X509_new_null();
    sk_X509_push(served, copy);
    size_t before = ps_limits_list_bytes(served);
    ASN1_TIME_set(X509_getm_notBefore(copy), (time_t)mint_time("2049-12-01").s);
    ASN1_TIME_set(X509_getm_notAfter(copy), (time_t)mint_time("2050-02-01").s);
    ck_assert_int_gt(X509_sign(copy, mint_named("I")->key, EVP_sha256()), 0);
    ck_assert_uint_eq(ps_limits_list_bytes(served), before);
    sk_X509_free(served);
    X509_free(copy);
}
END_TEST

START_TEST(bytes_up_to_the_limit)
{
    STACK_OF(X509) *served = sk_X509_new_null();
    sk_X509_push(served, mint_named("L")->certificate);
    sk_X509_push(served, mint_named("I")->certificate);
    uint32_t bytes = (uint32_t)ps_limits_list_bytes(served);
    for (uint32_t less = 0; less < 2; less++) {
        struct device device = make_device("", "R2");
        device.strategy.limits.chain_bytes = bytes - less;
        struct exchange exchange = {.served = "L I", .now = "2021-10-05"};
        struct ps_verdict verdict = exchange_once(&exchange, &device);
        char reason[PS_VERDICT_REASON_MAX];
        snprintf(reason, sizeof reason, "the served list has %u bytes, more than %u", bytes,
                 bytes - less);
        ck_assert_int_eq(verdict.stage, less ? PS_STAGE_TLS : PS_STAGE_ACCEPTED);
        ck_assert_str_eq(verdict.reason, less ? reason : "");
        ck_assert_str_eq(verdict.path, less ? "" : "hub.example < Issuing < New Root");
    }
    sk_X509_free(served);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("limits");
    TCase *tests = tcase_create("limits");
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, mint_setup, mint_teardown);
    tcase_add_loop_test(tests, path_by_builder, 0, PATHS * PS_BUILDER_COUNT);
    tcase_add_loop_test(tests, server_takes_what_is_offered, 0, sizeof offers / sizeof offers[0]);
    tcase_add_loop_test(tests, nothing_in_common_is_an_alert, 0,
                        sizeof nothing_in_common / sizeof nothing_in_common[0]);
    tcase_add_loop_test(tests, bytes_do_not_hang_on_signatures, 0, 3);
    tcase_add_test(tests, bytes_do_not_hang_on_dates);
    tcase_add_test(tests, bytes_up_to_the_limit);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
