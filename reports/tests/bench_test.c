/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "reports/bench.h"

static const struct row {
    const char *name;
    uint64_t pairs[5];
    size_t pair_count;
    uint64_t value;
    enum ps_bench_bar bar;
    bool met; /* a limit of 900 */
} rows[] = {
    {"one", {900}, 1, 900, PS_BENCH_AT_LEAST, true},
    {"one below", {899}, 1, 899, PS_BENCH_AT_LEAST, false},
    {"the middle one", {1000, 100, 901, 950, 200}, 5, 901, PS_BENCH_AT_LEAST, true},
    {"between two", {1000, 800}, 2, 900, PS_BENCH_AT_MOST, true},
    {"one above", {901}, 1, 901, PS_BENCH_AT_MOST, false},
    {"no bar", {1}, 1, 1, PS_BENCH_NO_BAR, true},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

START_TEST(medians_and_bars)
{
    const struct row *row = &rows[_i];
    struct ps_bench_figure figure = {.bar = row->bar, .limit = 900, .pair_count = row->pair_count};
    memcpy(figure.pairs, row->pairs, sizeof row->pairs);
    ps_bench_settle(&figure);
    ck_assert_msg(figure.value == row->value, "%s", row->name);
    ck_assert_msg(ps_bench_met(&figure) == row->met, "%s", row->name);
}
END_TEST

static struct ps_bench_figure figures[] = {
    {.name = "raw", .what = "raw", .unit = "/s", .value = 1234},
    {.name = "tcp",
     .what = "over TCP",
     .unit = "",
     .decimals = 3,
     .value = 942,
     .bar = PS_BENCH_AT_LEAST,
     .limit = 880,
     .pairs = {942},
     .pair_count = 1},
    {.name = "memory",
     .what = "memory",
     .unit = "kB",
     .decimals = 1,
     .value = 601,
     .bar = PS_BENCH_AT_MOST,
     .limit = 600},
};
static const struct ps_bench_result result = {"0.1.0", false, figures, 3};

START_TEST(the_table)
{
    struct ps_text text = {0};
    ps_report_bench_table(&result, &text);
    ck_assert_str_eq(ps_text_chars(&text), "raw          1,234 /s\n"
                                           "over TCP     0.942      >= 0.880  met\n"
                                           "memory        60.1 kB   <= 60.0  NOT MET\n");
    ps_text_deinit(&text);
    const struct ps_bench_result quick = {"0.1.0", true, &figures[1], 1};
    ps_report_bench_table(&quick, &text);
    ck_assert_str_eq(ps_text_chars(&text),
                     "over TCP     0.942      >= 0.880\n"
                     "One short turn of each: says that it works, not how fast; no bar is "
                     "judged.\n");
    ps_text_deinit(&text);
}
END_TEST

START_TEST(the_json)
{
    struct ps_text text = {0};
    ps_report_bench_json(&result, &text);
    const char *json = ps_text_chars(&text);
    ck_assert_ptr_nonnull(strstr(json, "\"value\": 1234,"));
    ck_assert_ptr_nonnull(strstr(json, "\"value\": 0.942,"));
    ck_assert_ptr_nonnull(strstr(json, "\"at_least\": 0.880,\n      \"met\": true"));
    ck_assert_ptr_nonnull(strstr(json, "\"at_most\": 60.0,\n      \"met\": false"));
    ps_text_deinit(&text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("bench");
    TCase *tcase = tcase_create("bench");
    tcase_add_loop_test(tcase, medians_and_bars, 0, ROWS);
    tcase_add_test(tcase, the_table);
    tcase_add_test(tcase, the_json);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
