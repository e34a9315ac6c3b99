/* SPDX-License-Identifier: Apache-2.0
 *
 * The integer quantiles against the same formulas in floating point. libm may differ between
 * machines in its last bits; the bounds here are far wider.
 */
#include <check.h>
#include <math.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/random.h"
#include "normal_quantiles.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define DAY          INT64_C(86400)
#define YEAR         INT64_C(31557600)
#define CAP          (1000 * YEAR)

static const uint64_t half = UINT64_C(1) << 63;

#define AT(kind_name, ...)                                                                         \
    {                                                                                              \
        .kind = PS_DISTRIBUTION_##kind_name, __VA_ARGS__                                           \
    }
#define S(seconds)                                                                                 \
    {                                                                                              \
        (seconds)                                                                                  \
    }

static const struct row {
    const char *name;
    struct ps_distribution distribution;
} rows[] = {
    {"fixed", AT(FIXED, .a = S(3 * DAY))},
    {"fixed nothing", AT(FIXED, .a = S(0))},
    {"uniform", AT(UNIFORM, .a = S(DAY), .b = S(40 * DAY))},
    {"uniform of one", AT(UNIFORM, .a = S(77), .b = S(77))},
    {"exponential", AT(EXPONENTIAL, .a = S(YEAR))},
    {"exponential, long", AT(EXPONENTIAL, .a = S(500 * YEAR))},
    {"exponential, nothing", AT(EXPONENTIAL, .a = S(0))},
    {"lognormal 0.8", AT(LOGNORMAL, .a = S(120 * DAY), .shape_ppm = 800000)},
    {"lognormal 1", AT(LOGNORMAL, .a = S(120 * DAY), .shape_ppm = 1000000)},
    {"lognormal 3", AT(LOGNORMAL, .a = S(YEAR), .shape_ppm = 3000000)},
    {"lognormal 0", AT(LOGNORMAL, .a = S(YEAR), .shape_ppm = 0)},
    {"lognormal, widest", AT(LOGNORMAL, .a = S(YEAR), .shape_ppm = UINT32_MAX)},
    {"lognormal, nothing", AT(LOGNORMAL, .a = S(0), .shape_ppm = 1000000)},
    {"weibull 2.5", AT(WEIBULL, .a = S(8 * YEAR), .shape_ppm = 2500000)},
    {"weibull 1", AT(WEIBULL, .a = S(8 * YEAR), .shape_ppm = 1000000)},
    {"weibull 0.5", AT(WEIBULL, .a = S(8 * YEAR), .shape_ppm = 500000)},
    {"weibull 10", AT(WEIBULL, .a = S(8 * YEAR), .shape_ppm = 10000000)},
    {"weibull, flattest", AT(WEIBULL, .a = S(8 * YEAR), .shape_ppm = 1)},
    {"weibull, steepest", AT(WEIBULL, .a = S(8 * YEAR), .shape_ppm = UINT32_MAX)},
    {"empirical",
     AT(EMPIRICAL, .quantiles = 4, .quantile_share = {{100000}, {500000}, {900000}, {1000000}},
        .quantile_value = {{3 * DAY}, {10 * DAY}, {100 * DAY}, {400 * DAY}})},
    {"empirical from 0", AT(EMPIRICAL, .quantiles = 2, .quantile_share = {{0}, {1000000}},
                            .quantile_value = {{0}, {1000000}})},
    {"empirical of one",
     AT(EMPIRICAL, .quantiles = 1, .quantile_share = {{500000}}, .quantile_value = {{DAY}})},
};

/* The quantile of the standard normal distribution, found by bisecting erfc. */
static double normal_quantile(double share)
{
    double low = -40, high = 40;

    for (int i = 0; i < 200; i++) {
        double middle = (low + high) / 2;
        if (0.5 * erfc(-middle / sqrt(2)) < share)
            low = middle;
        else
            high = middle;
    }
    return (low + high) / 2;
}

/* The same in floating point; `tail` is 1 - share, exactly. */
static double expected(const struct ps_distribution *d, double share, double tail)
{
    double a = (double)d->a.s, shape = d->shape_ppm / 1e6;

    switch (d->kind) {
    case PS_DISTRIBUTION_FIXED:
        return a;
    case PS_DISTRIBUTION_UNIFORM:
        return fmin(a + floor(share * (double)(d->b.s - d->a.s + 1)), (double)d->b.s);
    case PS_DISTRIBUTION_EXPONENTIAL:
        return -a * (share < 0.5 ? log1p(-share) : log(tail));
    case PS_DISTRIBUTION_LOGNORMAL:
        return a * exp(shape * (share < 0.5 ? normal_quantile(share) : -normal_quantile(tail)));
    case PS_DISTRIBUTION_WEIBULL:
        return a * pow(-(share < 0.5 ? log1p(-share) : log(tail)), 1 / shape);
    case PS_DISTRIBUTION_EMPIRICAL:
        break;
    }
    size_t next = 0;
    while (next < d->quantiles && d->quantile_share[next].ppm / 1e6 <= share)
        next++;
    if (next == 0 || next == d->quantiles)
        return (double)d->quantile_value[next == 0 ? 0 : d->quantiles - 1].s;
    double from = d->quantile_share[next - 1].ppm / 1e6, to = d->quantile_share[next].ppm / 1e6;
    double low = (double)d->quantile_value[next - 1].s, high = (double)d->quantile_value[next].s;
    return low + (high - low) * (share - from) / (to - from);
}

/* Shares from the far tails to the middle. */
static uint64_t draw_at(size_t i, size_t count)
{
    static const uint64_t tails[] = {
        1, 2, 3, 1000, UINT64_C(1) << 20, UINT64_C(1) << 40, (UINT64_C(1) << 50) + 12345};

    if (i < COUNT(tails))
        return tails[i];
    if (i < 2 * COUNT(tails))
        return 0 - tails[i - COUNT(tails)];
    return (uint64_t)(((unsigned __int128)1 << 64) * (i - 2 * COUNT(tails) + 1) / (count + 1));
}

START_TEST(quantiles_follow_the_formula)
{
    const struct row *row = &rows[_i];
    const uint32_t shape_ppm = row->distribution.shape_ppm;
    /* In these shapes the last bit of a share decides between nothing and the cap. */
    const bool extreme = shape_ppm == 1 || shape_ppm == UINT32_MAX;
    enum { DRAWS = 20011 };
    size_t checked = 0;

    for (size_t i = 0; i < DRAWS; i++) {
        uint64_t draw = draw_at(i, DRAWS);
        double share = ldexp((double)draw, -64), tail = ldexp((double)(0 - draw), -64);
        double got = (double)ps_distribution_draw(&row->distribution, draw).s;
        double want = expected(&row->distribution, share, tail);
        if (extreme && want > 0.01 && want < 100.0 * (double)CAP)
            continue;
        want = fmin(want, (double)CAP);
        if (fabs(got - want) > 0.001 * want + 0.51)
            ck_abort_msg("%s at %.17g: %.0f instead of %.3f", row->name, share, got, want);
        checked++;
    }
    ck_assert_msg(checked > DRAWS / 2 || shape_ppm == UINT32_MAX, "%s: %zu", row->name, checked);
}
END_TEST

START_TEST(more_of_a_draw_is_never_less_of_a_duration)
{
    const struct ps_distribution *distribution = &rows[_i].distribution;
    enum { DRAWS = 50000, NEIGHBOURS = 2000 };
    static const uint64_t centres[] = {0,
                                       UINT64_C(1) << 20,
                                       UINT64_C(1) << 62,
                                       UINT64_C(1) << 63,
                                       UINT64_C(3) << 62,
                                       UINT64_C(0x199999999999999a)};
    int64_t before = 0;

    for (uint64_t i = 0; i <= DRAWS; i++) {
        uint64_t draw = i == DRAWS ? UINT64_MAX : UINT64_MAX / DRAWS * i;
        int64_t got = ps_distribution_draw(distribution, draw).s;
        if (got < before || got > CAP)
            ck_abort_msg("%s: %lld after %lld", rows[_i].name, (long long)got, (long long)before);
        before = got;
    }
    /* And neighbours: where an octave, a step of the table or a straight line ends. */
    for (size_t c = 0; c < COUNT(centres); c++) {
        uint64_t draw = centres[c] < NEIGHBOURS ? 0 : centres[c] - NEIGHBOURS;
        before = 0;
        for (int i = 0; i < 2 * NEIGHBOURS; i++, draw++) {
            int64_t got = ps_distribution_draw(distribution, draw).s;
            if (got < before)
                ck_abort_msg("%s at %llu: %lld after %lld", rows[_i].name, (unsigned long long)draw,
                             (long long)got, (long long)before);
            before = got;
        }
    }
}
END_TEST

START_TEST(table_is_the_normal_distribution)
{
    ck_assert_uint_eq(normal_quantiles[NORMAL_QUANTILES - 1], 0);
    for (int i = 0; i + 1 < NORMAL_QUANTILES; i++) {
        double share = ldexp(32 + (i & 31), (i >> 5) - 5 - 64);
        double z = ldexp(normal_quantiles[i], -NORMAL_FRACTION_BITS);
        double back = 0.5 * erfc(z / sqrt(2));
        ck_assert_msg(fabs(back - share) < 1e-7 * share, "entry %d: share %g instead of %g", i,
                      back, share);
        ck_assert_msg(normal_quantiles[i] > normal_quantiles[i + 1], "entry %d does not fall", i);
    }
}
END_TEST

START_TEST(medians_are_exact)
{
    for (int64_t median = 1; median <= CAP; median += median / 3 + 1)
        for (uint32_t sigma = 0; sigma < 5000000; sigma += 700001) {
            struct ps_distribution d = AT(LOGNORMAL, .a = {median}, .shape_ppm = sigma);
            ck_assert_int_eq(ps_distribution_draw(&d, half).s, median);
        }
    for (int64_t mean = 1; mean <= CAP; mean += mean / 3 + 1) {
        struct ps_distribution exponential = AT(EXPONENTIAL, .a = {mean});
        ck_assert_int_eq(ps_distribution_draw(&exponential, half).s,
                         llround((double)mean * log(2)));
        struct ps_distribution weibull = AT(WEIBULL, .a = {mean}, .shape_ppm = 2500000);
        ck_assert_int_eq(ps_distribution_draw(&weibull, half).s,
                         llround((double)mean * pow(log(2), 0.4)));
        struct ps_distribution uniform = AT(UNIFORM, .a = {0}, .b = {mean});
        ck_assert_int_eq(ps_distribution_draw(&uniform, half).s, (mean + 1) / 2);
    }
}
END_TEST

static const struct {
    const char *name;
    struct ps_distribution distribution;
    uint64_t draw;
    int64_t expect;
} exact[] = {
    {"fixed beyond the cap", AT(FIXED, .a = S(INT64_MAX)), 5, CAP},
    {"uniform beyond the cap", AT(UNIFORM, .a = S(INT64_MAX - 1), .b = S(INT64_MAX)), 5, CAP},
    {"uniform, first", AT(UNIFORM, .a = S(10), .b = S(20)), 0, 10},
    {"uniform, last", AT(UNIFORM, .a = S(10), .b = S(20)), UINT64_MAX, 20},
    {"exponential, first", AT(EXPONENTIAL, .a = S(YEAR)), 0, 0},
    {"exponential, capped", AT(EXPONENTIAL, .a = S(100 * YEAR)), UINT64_MAX, CAP},
    {"exponential beyond the cap", AT(EXPONENTIAL, .a = S(INT64_MAX)), UINT64_MAX, CAP},
    {"lognormal, capped", AT(LOGNORMAL, .a = S(YEAR), .shape_ppm = 2000000), UINT64_MAX, CAP},
    {"lognormal, widest, last", AT(LOGNORMAL, .a = S(1), .shape_ppm = UINT32_MAX), UINT64_MAX, CAP},
    {"lognormal, widest, first", AT(LOGNORMAL, .a = S(CAP), .shape_ppm = UINT32_MAX), 0, 0},
    {"lognormal, first", AT(LOGNORMAL, .a = S(YEAR), .shape_ppm = 1000000), 0, 3595},
    {"weibull, first", AT(WEIBULL, .a = S(YEAR), .shape_ppm = 1000000), 0, 0},
    {"weibull, capped", AT(WEIBULL, .a = S(100 * YEAR), .shape_ppm = 500000), UINT64_MAX, CAP},
    {"weibull, flattest", AT(WEIBULL, .a = S(YEAR), .shape_ppm = 1), UINT64_MAX, CAP},
};

START_TEST(exact_values)
{
    int64_t got = ps_distribution_draw(&exact[_i].distribution, exact[_i].draw).s;

    ck_assert_msg(got == exact[_i].expect, "%s: %lld instead of %lld", exact[_i].name,
                  (long long)got, (long long)exact[_i].expect);
}
END_TEST

START_TEST(empirical_meets_its_quantiles)
{
    const struct ps_distribution d =
        AT(EMPIRICAL, .quantiles = 3, .quantile_share = {{100000}, {500000}, {900000}},
           .quantile_value = {{3000}, {10000}, {100000}});

    ck_assert_int_eq(ps_distribution_draw(&d, 0).s, 3000);
    ck_assert_int_eq(ps_distribution_draw(&d, UINT64_MAX / 20).s, 3000);
    ck_assert_int_eq(ps_distribution_draw(&d, UINT64_MAX / 10).s, 3000);
    ck_assert_int_eq(ps_distribution_draw(&d, UINT64_MAX / 10 * 3).s, 6500);
    ck_assert_int_eq(ps_distribution_draw(&d, half).s, 10000);
    ck_assert_int_eq(ps_distribution_draw(&d, UINT64_MAX / 10 * 7).s, 55000);
    ck_assert_int_eq(ps_distribution_draw(&d, UINT64_MAX / 100 * 95).s, 100000);
    ck_assert_int_eq(ps_distribution_draw(&d, UINT64_MAX).s, 100000);
}
END_TEST

/* What the reader of scenarios refuses must not arrive here. */
static const struct ps_distribution impossible[] = {
    AT(FIXED, .a = S(-1)),
    AT(UNIFORM, .a = S(2), .b = S(1)),
    AT(WEIBULL, .a = S(YEAR), .shape_ppm = 0),
    AT(EMPIRICAL, .quantiles = 0),
    AT(EMPIRICAL, .quantiles = 2, .quantile_share = {{0}, {1000000}}, .quantile_value = {{2}, {1}}),
};

/* Each value has its share of the draws, from the smallest draw on. */
START_TEST(observed_values_have_their_weight)
{
    static const struct ps_observed observed[] = {{{5}, 1}, {{7}, 3}, {{900}, 4}};
    const struct ps_distribution d = {
        .kind = PS_DISTRIBUTION_EMPIRICAL, .observed = observed, .observed_count = 3};
    const uint64_t quarter = UINT64_C(1) << 62;

    ck_assert_int_eq(ps_distribution_draw(&d, 0).s, 5);
    ck_assert_int_eq(ps_distribution_draw(&d, quarter - 1).s, 5);
    ck_assert_int_eq(ps_distribution_draw(&d, quarter).s, 7);
    ck_assert_int_eq(ps_distribution_draw(&d, 3 * quarter - 1).s, 7);
    ck_assert_int_eq(ps_distribution_draw(&d, 3 * quarter).s, 900);
    ck_assert_int_eq(ps_distribution_draw(&d, UINT64_MAX).s, 900);
}
END_TEST

START_TEST(impossible_distribution_is_a_programming_error)
{
    (void)ps_distribution_draw(&impossible[_i], 12345);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("distribution");
    TCase *tests = tcase_create("distribution");

    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, quantiles_follow_the_formula, 0, (int)COUNT(rows));
    tcase_add_loop_test(tests, more_of_a_draw_is_never_less_of_a_duration, 0, (int)COUNT(rows));
    tcase_add_test(tests, table_is_the_normal_distribution);
    tcase_add_test(tests, medians_are_exact);
    tcase_add_loop_test(tests, exact_values, 0, (int)COUNT(exact));
    tcase_add_test(tests, empirical_meets_its_quantiles);
    tcase_add_test(tests, observed_values_have_their_weight);
    tcase_add_loop_test_raise_signal(tests, impossible_distribution_is_a_programming_error, SIGABRT,
                                     0, (int)COUNT(impossible));
    suite_add_tcase(suite, tests);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
