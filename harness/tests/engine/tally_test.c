/* SPDX-License-Identifier: Apache-2.0
 *
 * Counting: intervals against samples, causes, and the order of what is closed.
 */
#include "base/memory.h"
#include "engine/tally.h"
#include "plan.h"

static struct ps_samples samples_of(const int64_t *at, size_t count)
{
    struct ps_samples samples = {0};
    for (size_t i = 0; i < count; i++)
        ps_samples_add(&samples, (ps_time){at[i]});
    ps_samples_sort(&samples);
    return samples;
}

START_TEST(samples_sorted_once)
{
    static const int64_t given[] = {30, 10, 20, 10, 30, 30}, sorted[] = {10, 20, 30};
    struct ps_samples samples = samples_of(given, 6);
    ck_assert_uint_eq(samples.count, 3);
    for (size_t i = 0; i < 3; i++)
        ck_assert_int_eq(samples.at[i].s, sorted[i]);
    ps_samples_deinit(&samples);
    ps_samples_sort(&samples); /* none is fine */
    ck_assert_uint_eq(samples.count, 0);
}
END_TEST

/* from <= sample < until, each end on, before and after a sample; against counting one by one. */
START_TEST(intervals)
{
    static const int64_t at[] = {0, 5, 10, 11, 20};
    for (int64_t from = -2; from < 24; from++)
        for (int64_t until = from; until < 24; until++)
            for (int up = 0; up < 2; up++) {
                struct ps_samples samples = samples_of(at, 5);
                struct ps_tally tally;
                ps_tally_init(&tally, samples.count, 0);
                ps_tally_interval(&tally, &samples, (ps_time){from}, (ps_time){until}, up);
                ps_tally_close(&tally, samples.count);
                ck_assert_uint_eq(tally.booted_seconds, (uint64_t)(until - from));
                ck_assert_uint_eq(tally.up_seconds, up ? (uint64_t)(until - from) : 0);
                for (size_t i = 0; i < 5; i++) {
                    int64_t in = from <= at[i] && at[i] < until;
                    ck_assert_msg(tally.present[i] == in && tally.up[i] == (up ? in : 0),
                                  "%lld .. %lld at %lld", (long long)from, (long long)until,
                                  (long long)at[i]);
                }
                ps_tally_deinit(&tally);
                ps_samples_deinit(&samples);
            }
}
END_TEST

START_TEST(causes_and_losses)
{
    struct ps_tally tally;
    ps_tally_init(&tally, 1, 2);
    static const struct {
        uint32_t verdict;
        int64_t when;
    } given[] = {{7, 50}, {3, 40}, {7, 20}, {3, 60}, {9, 10}, {3, 45}, {2, 10}, {1, 11}};
    for (size_t i = 0; i < 8; i++) {
        ps_tally_cause(&tally, given[i].verdict, (ps_time){given[i].when}, i % 2 == 0);
        PS_PUSH(tally.losses, tally.loss_count, tally.loss_capacity, (ps_time){given[i].when});
    }
    ps_tally_close(&tally, 1);
    static const struct ps_tally_cause closed[] = {
        {3, 3, 0, {40}, {60}}, {7, 2, 2, {20}, {50}}, {2, 1, 1, {10}, {10}},
        {9, 1, 1, {10}, {10}}, {1, 1, 0, {11}, {11}},
    };
    ck_assert_uint_eq(tally.cause_count, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct ps_tally_cause *c = &tally.causes[i];
        ck_assert_msg(c->verdict == closed[i].verdict && c->devices == closed[i].devices &&
                          c->still_dark == closed[i].still_dark &&
                          c->first.s == closed[i].first.s && c->last.s == closed[i].last.s,
                      "cause %zu: verdict %u, %llu devices, %lld .. %lld", i, c->verdict,
                      (unsigned long long)c->devices, (long long)c->first.s, (long long)c->last.s);
    }
    static const int64_t losses[] = {10, 10, 11, 20, 40, 45, 50, 60};
    for (size_t i = 0; i < 8; i++)
        ck_assert_int_eq(tally.losses[i].s, losses[i]);
    ps_tally_deinit(&tally);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tally");
    TCase *tests = tcase_create("tally");
    tcase_add_test(tests, samples_sorted_once);
    tcase_add_test(tests, intervals);
    tcase_add_test(tests, causes_and_losses);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
