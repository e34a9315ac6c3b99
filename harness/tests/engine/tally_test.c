/* SPDX-License-Identifier: Apache-2.0
 *
 * Counting: intervals against samples, causes, losses by day, and that the parts of a sum may come
 * in any order.
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
                ps_tally_init(&tally, &(struct ps_tally_shape){.sample_count = samples.count});
                ps_tally_interval(&tally, &samples, (ps_time){from}, (ps_time){until}, up);
                ps_tally_close(&tally);
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

/* Intervals of two devices, one after another or apart; and after a reset, with other samples. */
START_TEST(intervals_that_follow)
{
    static const struct {
        int64_t from, until;
    } given[] = {{0, 5}, {5, 11}, {11, 12}, {3, 5}, {5, 5}, {5, 20}, {0, 11}, {20, 30}};
    static const int64_t at[2][5] = {{0, 5, 10, 11, 20}, {1, 2, 30, 31, 34}};
    enum { COUNT = sizeof given / sizeof *given };
    struct ps_tally tally;
    ps_tally_init(&tally, &(struct ps_tally_shape){.sample_count = 5});
    for (size_t k = 0; k < 2; k++) {
        struct ps_samples samples = samples_of(at[k], 5);
        for (size_t g = 0; g < COUNT; g++) {
            int64_t later = 20 * (int64_t)k;
            ps_tally_interval(&tally, &samples, (ps_time){given[g].from + later},
                              (ps_time){given[g].until + later}, true);
        }
        if (k == 0) { /* the last interval ends where the next one begins */
            ps_tally_interval(&tally, &samples, (ps_time){12}, (ps_time){20}, true);
            ps_tally_reset(&tally);
        } else {
            ps_tally_close(&tally);
            for (size_t i = 0; i < 5; i++) {
                int64_t in = 0;
                for (size_t g = 0; g < COUNT; g++)
                    in += given[g].from + 20 <= at[k][i] && at[k][i] < given[g].until + 20;
                ck_assert_int_eq(tally.present[i], in);
                ck_assert_int_eq(tally.up[i], in);
            }
        }
        ps_samples_deinit(&samples);
    }
    ps_tally_deinit(&tally);
}
END_TEST

/* What happens to devices of a small fleet, each with an interval, a cause and a loss. */
static const struct {
    uint32_t verdict, number;
    int64_t when;
} given[] = {{7, 8, 50}, {3, 6, 40},  {7, 4, 20}, {3, 5, 60},
             {9, 0, 10}, {3, 12, 45}, {2, 3, 10}, {1, 77, 11}};
enum { GIVEN = sizeof given / sizeof *given };

static const struct ps_tally_shape small = {2, 2, 3, {10}, {100}};

static void count_device(struct ps_tally *tally, size_t i)
{
    struct ps_samples samples = samples_of((const int64_t[]){15, 45}, 2);
    ps_time when = {given[i].when};
    tally->devices++;
    tally->booted += i % 3 > 0;
    tally->outcomes[i % PS_OUTCOME_COUNT]++;
    tally->contacts_accepted += i * i;
    tally->contacts_failed += i + 1;
    tally->updates_installed += i % 2;
    tally->exposures[i % 2].device_seconds += 100 * i;
    tally->exposures[i % 2].devices++;
    tally->accepts[i] = true;
    ps_tally_interval(tally, &samples, (ps_time){10}, when, i % 2);
    ps_tally_cause(tally, &(struct ps_tally_spell){given[i].verdict, given[i].number, when,
                                                   (ps_time){when.s + (int64_t)i}, i % 2 == 0});
    ps_tally_origin(tally, (uint16_t)(i % 3), i % 2 == 0);
    ps_tally_loss(tally, when);
    ps_samples_deinit(&samples);
}

static const struct ps_tally_cause *cause_of(const struct ps_tally *tally, uint32_t verdict)
{
    for (size_t i = 0; i < tally->cause_count; i++)
        if (tally->causes[i].verdict == verdict)
            return &tally->causes[i];
    ck_abort_msg("no cause with verdict %u", verdict);
}

static void check_causes(const struct ps_tally *tally)
{
    static const struct ps_tally_cause wanted[] = {
        {3, 5, {40}, {60}, 3, 0, 9}, {7, 4, {20}, {50}, 2, 2, 2},  {2, 3, {10}, {10}, 1, 1, 6},
        {9, 0, {10}, {10}, 1, 1, 4}, {1, 77, {11}, {11}, 1, 0, 7},
    };
    ck_assert_uint_eq(tally->cause_count, 5);
    for (size_t i = 0; i < 5; i++) {
        const struct ps_tally_cause *w = &wanted[i], *c = cause_of(tally, w->verdict);
        ck_assert_msg(c->devices == w->devices && c->example == w->example &&
                          c->still_dark == w->still_dark && c->dark_seconds == w->dark_seconds &&
                          c->first.s == w->first.s && c->last.s == w->last.s,
                      "verdict %u: %llu devices, %lld .. %lld", w->verdict,
                      (unsigned long long)c->devices, (long long)c->first.s, (long long)c->last.s);
    }
}

START_TEST(causes)
{
    struct ps_tally tally;
    ps_tally_init(&tally, &small);
    for (size_t i = 0; i < GIVEN; i++)
        count_device(&tally, i);
    check_causes(&tally);
    ps_tally_deinit(&tally);
}
END_TEST

static void check_same(const struct ps_tally *a, const struct ps_tally *b)
{
    static const struct ps_tally_origin origins[] = {{3, 2}, {3, 1}, {2, 1}};
    check_causes(a);
    ck_assert_mem_eq(a->origins, origins, sizeof origins);
    ck_assert_uint_eq(a->devices, b->devices);
    ck_assert_uint_eq(a->booted, b->booted);
    ck_assert_mem_eq(a->outcomes, b->outcomes, sizeof a->outcomes);
    ck_assert_uint_eq(a->contacts_accepted, b->contacts_accepted);
    ck_assert_uint_eq(a->contacts_failed, b->contacts_failed);
    ck_assert_uint_eq(a->booted_seconds, b->booted_seconds);
    ck_assert_uint_eq(a->up_seconds, b->up_seconds);
    ck_assert_uint_eq(a->updates_installed, b->updates_installed);
    ck_assert_mem_eq(a->present, b->present, 2 * sizeof *a->present);
    ck_assert_mem_eq(a->up, b->up, 2 * sizeof *a->up);
    ck_assert_mem_eq(a->exposures, b->exposures, 2 * sizeof *a->exposures);
    ck_assert_mem_eq(a->accepts, b->accepts, sizeof a->accepts);
    ck_assert_uint_eq(a->losses.count, b->losses.count);
    ck_assert_int_eq(a->losses.first.s, b->losses.first.s);
    ck_assert_int_eq(a->losses.last.s, b->losses.last.s);
    ck_assert_uint_eq(a->recovery_seconds, b->recovery_seconds);
    ck_assert_uint_eq(a->recoveries.count, b->recoveries.count);
    ck_assert_int_eq(a->recoveries.first.s, b->recoveries.first.s);
    ck_assert_int_eq(a->recoveries.last.s, b->recoveries.last.s);
    ck_assert_mem_eq(a->recoveries.days, b->recoveries.days,
                     ps_tally_day_count(&small) * sizeof *a->recoveries.days);
    ck_assert_mem_eq(a->losses.days, b->losses.days,
                     ps_tally_day_count(&small) * sizeof *a->losses.days);
    ck_assert_int_eq(ps_tally_median_loss(a).s, ps_tally_median_loss(b).s);
}

/* Every way to deal eight devices to two tallies, added in either order and closed or not, counts
 * as one does. One pair of tallies is reset and used again. */
START_TEST(sums)
{
    struct ps_tally whole, parts[2], sum;
    ps_tally_init(&whole, &small);
    ps_tally_init(&parts[0], &small);
    ps_tally_init(&parts[1], &small);
    ps_tally_init(&sum, &small);
    for (size_t i = 0; i < GIVEN; i++)
        count_device(&whole, i);
    ps_tally_close(&whole);
    for (unsigned dealt = 0; dealt < 1U << (GIVEN + 2); dealt++) {
        unsigned first = dealt >> GIVEN & 1;
        ps_tally_reset(&parts[0]);
        ps_tally_reset(&parts[1]);
        ps_tally_reset(&sum);
        for (size_t i = 0; i < GIVEN; i++)
            count_device(&parts[dealt >> i & 1], i);
        if (dealt >> (GIVEN + 1))
            ps_tally_close(&parts[dealt & 1]);
        ps_tally_add(&sum, &parts[first]);
        ps_tally_add(&sum, &parts[1 - first]);
        ps_tally_close(&sum);
        check_same(&sum, &whole);
    }
    ps_tally_deinit(&whole);
    ps_tally_deinit(&parts[0]);
    ps_tally_deinit(&parts[1]);
    ps_tally_deinit(&sum);
}
END_TEST

#define DAY(n) ((n)*INT64_C(86400))

/* Of an even number the earlier of the middle two; never before the first loss; days are UTC's,
 * though the scenario begins in the afternoon, or before 1970. */
START_TEST(medians)
{
    static const struct {
        const char *name;
        int64_t from, until;
        int64_t losses[4];
        size_t count;
        size_t days;
        int64_t median;
    } rows[] = {
        {"none", 0, DAY(3), {0}, 0, 3, INT64_MAX},
        {"one, exact", 0, DAY(3), {DAY(1) + 5}, 1, 3, DAY(1) + 5},
        {"two on a day", 0, DAY(3), {DAY(1) + 9, DAY(1) + 5}, 2, 3, DAY(1) + 5},
        {"two", 0, DAY(3), {DAY(2) + 1, DAY(1) + 5}, 2, 3, DAY(1) + 5},
        {"three", 0, DAY(4), {DAY(3) + 1, DAY(2) + 7, DAY(1) + 5}, 3, 4, DAY(2)},
        {"four", 0, DAY(4), {DAY(3), DAY(2) + 1, DAY(1), 0}, 4, 4, DAY(1)},
        {"afternoon", 50000, DAY(2) + 1, {DAY(1) - 1, DAY(1), DAY(2)}, 3, 3, DAY(1)},
        {"last second", 50000, DAY(1), {DAY(1) - 1}, 1, 1, DAY(1) - 1},
        {"before 1970", -DAY(2) - 1, 1, {-DAY(2) - 1, -DAY(2), -1, 0}, 4, 4, -DAY(2)},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ps_tally tally;
        ps_tally_init(&tally, &(struct ps_tally_shape){0, 0, 0, {rows[i].from}, {rows[i].until}});
        ck_assert_msg(ps_tally_day_count(&tally.shape) == rows[i].days, "%s: %zu days",
                      rows[i].name, ps_tally_day_count(&tally.shape));
        for (size_t k = 0; k < rows[i].count; k++)
            ps_tally_loss(&tally, (ps_time){rows[i].losses[k]});
        ck_assert_msg(ps_tally_median_loss(&tally).s == rows[i].median, "%s: %lld", rows[i].name,
                      (long long)ps_tally_median_loss(&tally).s);
        ps_tally_deinit(&tally);
    }
}
END_TEST

/* How long devices took, whatever the time of the day at which the scenario begins. */
START_TEST(recoveries)
{
    static const struct {
        const char *name;
        int64_t from, took[4];
        size_t count;
        int64_t all, shortest, median, longest;
    } rows[] = {
        {"none", 0, {0}, 0, 0, 0, 0, 0},
        {"one", 0, {90}, 1, 90, 90, 90, 90},
        {"in the afternoon",
         50000,
         {DAY(1) - 1, DAY(2) + 5},
         2,
         DAY(3) + 4,
         DAY(1) - 1,
         DAY(1) - 1,
         DAY(2) + 5},
        {"before 1970",
         -DAY(9) - 1,
         {DAY(3) + 1, DAY(1), DAY(2) + 7},
         3,
         DAY(6) + 8,
         DAY(1),
         DAY(2),
         DAY(3) + 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct ps_tally_shape shape = {0, 0, 0, {rows[i].from}, {rows[i].from + DAY(5)}};
        struct ps_tally whole, part;
        ps_tally_init(&whole, &shape);
        ps_tally_init(&part, &shape);
        for (size_t k = 0; k < rows[i].count; k++)
            ps_tally_recovery(k % 2 == 0 ? &whole : &part, (ps_duration){rows[i].took[k]});
        ps_tally_add(&whole, &part);
        struct ps_tally_took took = ps_tally_recovery_times(&whole);
        ck_assert_msg(whole.recoveries.count == rows[i].count &&
                          (int64_t)whole.recovery_seconds == rows[i].all &&
                          took.shortest.s == rows[i].shortest && took.median.s == rows[i].median &&
                          took.longest.s == rows[i].longest,
                      "%s: %lld %lld %lld", rows[i].name, (long long)took.shortest.s,
                      (long long)took.median.s, (long long)took.longest.s);
        ck_assert(ps_tally_losses_sound(&whole));
        ps_tally_reset(&whole);
        ck_assert_uint_eq(whole.recoveries.count, 0);
        ck_assert(ps_tally_losses_sound(&whole));
        ps_tally_deinit(&whole);
        ps_tally_deinit(&part);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tally");
    TCase *tests = tcase_create("tally");
    tcase_add_test(tests, samples_sorted_once);
    tcase_add_test(tests, intervals);
    tcase_add_test(tests, intervals_that_follow);
    tcase_add_test(tests, causes);
    tcase_add_test(tests, sums);
    tcase_add_test(tests, medians);
    tcase_add_test(tests, recoveries);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
