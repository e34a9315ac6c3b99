/* SPDX-License-Identifier: Apache-2.0
 *
 * Logarithms by a table against the same found bit by bit, which needs no table: squaring a number
 * in [1, 2) shifts the next bit of its logarithm in front of the point.
 */
#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/random.h"
#include "binary_logarithms.h"
#include "logarithm.h"

typedef unsigned __int128 u128;

static uint64_t bit_by_bit(uint64_t v, int bits)
{
    unsigned shift = (unsigned)__builtin_clzll(v);
    uint64_t mantissa = v << shift, log = 63 - shift;
    for (int bit = 0; bit < bits; bit++) {
        u128 square = (u128)mantissa * mantissa;
        bool carry = square >> 127;
        mantissa = (uint64_t)(square >> (carry ? 64 : 63));
        log = log << 1 | carry;
    }
    return log;
}

static void check_near(uint64_t v)
{
    uint64_t got = ps_log2(v), expect = bit_by_bit(v, PS_LOG2_BITS);
    uint64_t off = got > expect ? got - expect : expect - got;
    ck_assert_msg(off <= 1, "log2 of %llu: %llu instead of %llu", (unsigned long long)v,
                  (unsigned long long)got, (unsigned long long)expect);
}

static uint64_t any(uint32_t n)
{
    return ps_random_u64(57, (struct ps_subject){0}, PS_PURPOSE_LIFE, n);
}

START_TEST(table_is_of_logarithms)
{
    for (uint64_t i = 0; i < LOGARITHM_STEPS; i++) {
        const u128 all = (u128)1 << 70;
        u128 whole = (u128)logarithms[i].reciprocal * (LOGARITHM_STEPS + i);
        ck_assert_msg(whole >= all && whole - all < LOGARITHM_STEPS + i, "reciprocal %d", (int)i);
        uint64_t expect = bit_by_bit((LOGARITHM_STEPS + i) << 56, 60) - (UINT64_C(63) << 60);
        uint64_t got = logarithms[i].log2 >> 3;
        ck_assert_msg(got - expect + 1 <= 2, "entry %d: %llx instead of %llx", (int)i,
                      (unsigned long long)got, (unsigned long long)expect);
    }
}
END_TEST

START_TEST(powers_of_two_are_exact)
{
    for (unsigned bit = 0; bit < 64; bit++)
        ck_assert_uint_eq(ps_log2(UINT64_C(1) << bit), (uint64_t)bit << PS_LOG2_BITS);
}
END_TEST

START_TEST(it_is_as_found_bit_by_bit)
{
    for (uint32_t n = 0; n < 60000; n++) {
        uint64_t v = any(n) >> (n & 63);
        check_near(v > 0 ? v : 1);
    }
    for (uint64_t v = 1; v < 5000; v++)
        check_near(v);
}
END_TEST

/* Where an entry of the table ends and the next begins, and anywhere. */
START_TEST(it_never_falls)
{
    for (uint64_t i = 1; i <= LOGARITHM_STEPS; i++) {
        uint64_t begin = i < LOGARITHM_STEPS ? (LOGARITHM_STEPS + i) << 56 : 0; /* 2^64 */
        uint64_t before = ps_log2(begin - 2000);
        for (uint64_t v = begin - 1999; v != begin + (begin ? 2000 : 0); v++) {
            uint64_t got = ps_log2(v);
            ck_assert_msg(got >= before, "log2 of %llu falls", (unsigned long long)v);
            before = got;
            if (v % 400 == 0)
                check_near(v);
        }
    }
    for (uint32_t n = 0; n < 60000; n++) {
        uint64_t v = any(n) >> (n & 31), next = v + 1 + (any(n + 1) >> 32 >> (n & 31));
        if (v > 0 && next > v)
            ck_assert_uint_ge(ps_log2(next), ps_log2(v));
    }
    ck_assert_uint_lt(ps_log2(UINT64_MAX), UINT64_C(64) << PS_LOG2_BITS);
}
END_TEST

START_TEST(nothing_has_none)
{
    ps_log2(0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("logarithm");
    TCase *tests = tcase_create("logarithm");

    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, table_is_of_logarithms);
    tcase_add_test(tests, powers_of_two_are_exact);
    tcase_add_test(tests, it_is_as_found_bit_by_bit);
    tcase_add_test(tests, it_never_falls);
    tcase_add_test_raise_signal(tests, nothing_has_none, SIGABRT);
    suite_add_tcase(suite, tests);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
