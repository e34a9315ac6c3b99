/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/random.h"
#include "base/text.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* The known answers that Random123 publishes for philox4x32 with 10 rounds, as far as our mapping
 * can name their counters: words 2 and 3 of the counter are index and purpose | n. The draw is the
 * block's first two words. */
static const struct {
    const char *name;
    uint64_t seed, subject;
    uint32_t index, purpose, n;
    uint64_t expect;
} known_answers[] = {
    {"zeros", 0, 0, 0, 0, 0, UINT64_C(0xe169c58d6627e8d5)},
    {"ones", UINT64_MAX, UINT64_MAX, UINT32_MAX, 0xff, 0xffffff, UINT64_C(0x41c83b0e408f276d)},
    {"digits of pi", UINT64_C(0x299f31d0a4093822), UINT64_C(0x85a308d3243f6a88), 0x13198a2e, 0x03,
     0x707344, UINT64_C(0x94fdccebd16cfe09)},
};

START_TEST(known_answer)
{
    uint64_t got = ps_random_u64(
        known_answers[_i].seed,
        (struct ps_subject){.name = known_answers[_i].subject, .index = known_answers[_i].index},
        (enum ps_purpose)known_answers[_i].purpose, known_answers[_i].n);

    ck_assert_msg(got == known_answers[_i].expect, "%s: got %016llx", known_answers[_i].name,
                  (unsigned long long)got);
}
END_TEST

static int compare_u64(const void *a, const void *b)
{
    const uint64_t *x = a, *y = b;

    return (*x > *y) - (*x < *y);
}

/* Changing any part of a draw's name gives another draw: among these none are equal. */
START_TEST(parts_of_a_name_do_not_collide)
{
    static uint64_t draws[4 * 4 * 8 * 13 * 9];
    static const uint64_t seeds[] = {0, 1, UINT64_C(1) << 32, UINT64_MAX};
    static const char *const names[] = {"a", "b", "gateways", "meters"};
    static const uint32_t indices[] = {0, 1, 2, 255, 256, 1u << 24, 1u << 31, UINT32_MAX};
    static const uint32_t ns[] = {0, 1, 2, 3, 255, 256, 65536, 1u << 23, (1u << 24) - 1};
    size_t count = 0;

    for (size_t s = 0; s < COUNT(seeds); s++)
        for (size_t name = 0; name < COUNT(names); name++)
            for (size_t i = 0; i < COUNT(indices); i++)
                for (uint32_t purpose = 0; purpose < 13; purpose++)
                    for (size_t n = 0; n < COUNT(ns); n++)
                        draws[count++] =
                            ps_random_u64(seeds[s],
                                          (struct ps_subject){.name = ps_text_hash(names[name]),
                                                              .index = indices[i]},
                                          (enum ps_purpose)purpose, ns[n]);
    ck_assert_uint_eq(count, COUNT(draws));
    qsort(draws, count, sizeof draws[0], compare_u64);
    for (size_t i = 1; i < count; i++)
        ck_assert_uint_ne(draws[i], draws[i - 1]);
}
END_TEST

START_TEST(n_has_a_limit)
{
    (void)ps_random_u64(1, (struct ps_subject){0}, PS_PURPOSE_MADE, 1u << 24);
}
END_TEST

START_TEST(purpose_has_a_limit)
{
    (void)ps_random_u64(1, (struct ps_subject){0}, (enum ps_purpose)256, 0);
}
END_TEST

START_TEST(bound_is_not_zero)
{
    (void)ps_random_below(1, 0);
}
END_TEST

/* The numbers are part of every result. */
START_TEST(purposes_keep_their_numbers)
{
    ck_assert_int_eq(PS_PURPOSE_MADE, 1);
    ck_assert_int_eq(PS_PURPOSE_STAGE, 5);
    ck_assert_int_eq(PS_PURPOSE_AUDIT, 10);
    ck_assert_int_eq(PS_PURPOSE_PHASE, 12);
}
END_TEST

static const struct {
    uint64_t draw, bound, expect;
} below_rows[] = {
    {0, 1, 0},
    {UINT64_MAX, 1, 0},
    {UINT64_MAX, 10, 9},
    {UINT64_C(1) << 63, 10, 5},
    {(UINT64_C(1) << 63) - 1, 10, 4},
    {UINT64_MAX, UINT64_MAX, UINT64_MAX - 1},
};

START_TEST(below_bound)
{
    ck_assert_uint_eq(ps_random_below(below_rows[_i].draw, below_rows[_i].bound),
                      below_rows[_i].expect);
}
END_TEST

START_TEST(hits_are_as_frequent_as_their_share)
{
    static const uint32_t shares[] = {0, 1000, 50000, 500000, 999000, 1000000};
    enum { DRAWS = 200000 };

    for (size_t i = 0; i < COUNT(shares); i++) {
        uint32_t hits = 0;
        for (uint32_t k = 0; k < DRAWS; k++)
            hits += 0 != ps_random_hit(
                             ps_random_u64(7, (struct ps_subject){1, k}, PS_PURPOSE_NTP_BLOCKED, 0),
                             (ps_share){shares[i]});
        double expect = DRAWS * (shares[i] / 1e6);
        /* 5 standard deviations of the widest share; the draws are always the same */
        ck_assert_msg(hits >= expect - 1200 && hits <= expect + 1200, "%u ppm: %u hits", shares[i],
                      hits);
        if (shares[i] == 0 || shares[i] == 1000000)
            ck_assert_uint_eq(hits, shares[i] == 0 ? 0 : DRAWS);
    }
    ck_assert(!ps_random_hit(0, (ps_share){0}));
    ck_assert(ps_random_hit(0, (ps_share){1}));
    ck_assert(ps_random_hit(UINT64_MAX, (ps_share){1000000}));
    ck_assert(!ps_random_hit(UINT64_MAX, (ps_share){999999}));
}
END_TEST

START_TEST(hits_of_a_larger_share_include_those_of_a_smaller)
{
    for (uint32_t k = 0; k < 10000; k++) {
        uint64_t draw = ps_random_u64(7, (struct ps_subject){2, k}, PS_PURPOSE_RELEASE_NEVER, 0);
        if (ps_random_hit(draw, (ps_share){70000}))
            ck_assert(ps_random_hit(draw, (ps_share){80000}));
    }
}
END_TEST

/* Each bit of the draws is set half of the time. */
START_TEST(bits_are_even)
{
    enum { DRAWS = 100000 };
    uint32_t set[64] = {0};

    for (uint32_t k = 0; k < DRAWS; k++) {
        uint64_t draw = ps_random_u64(1, (struct ps_subject){3, 0}, PS_PURPOSE_STAGE, k);
        for (int bit = 0; bit < 64; bit++)
            set[bit] += (uint32_t)(draw >> bit & 1);
    }
    for (int bit = 0; bit < 64; bit++)
        ck_assert_msg(set[bit] > DRAWS / 2 - 800 && set[bit] < DRAWS / 2 + 800, "bit %d: %u of %d",
                      bit, set[bit], DRAWS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("random");
    TCase *tests = tcase_create("random");

    tcase_add_loop_test(tests, known_answer, 0, (int)COUNT(known_answers));
    tcase_add_test(tests, parts_of_a_name_do_not_collide);
    tcase_add_test(tests, purposes_keep_their_numbers);
    tcase_add_loop_test(tests, below_bound, 0, (int)COUNT(below_rows));
    tcase_add_test(tests, hits_are_as_frequent_as_their_share);
    tcase_add_test(tests, hits_of_a_larger_share_include_those_of_a_smaller);
    tcase_add_test(tests, bits_are_even);
    tcase_add_test_raise_signal(tests, n_has_a_limit, SIGABRT);
    tcase_add_test_raise_signal(tests, purpose_has_a_limit, SIGABRT);
    tcase_add_test_raise_signal(tests, bound_is_not_zero, SIGABRT);
    suite_add_tcase(suite, tests);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
