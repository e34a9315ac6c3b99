/* SPDX-License-Identifier: Apache-2.0
 *
 * `pinstorm bench` as far as it does not depend on how fast the machine is.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "program.h"

static void has(const char *text, const char *part)
{
    ck_assert_msg(strstr(text, part) != NULL, "no \"%s\" in:\n%s", part, text);
}

START_TEST(a_quick_one_measures_everything)
{
    static const char *const names[] = {
        "raw",        "memory_link", "tcp_100", "tcp_live",           "live_connections",
        "memory_per", "two_workers", "engine",  "engine_two_workers", "classes",
        "reuse"};
    struct program program = RUN("bench", "--quick", "--json");
    ck_assert_msg(program.code == 0, "exit %d: %s", program.code, program.err);
    has(program.out, "\"quick\": true");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char key[64];
        snprintf(key, sizeof key, "\"name\": \"%s", names[i]);
        has(program.out, key);
    }
    ck_assert_ptr_null(strstr(program.out, "\"met\"")); /* it says nothing of speed */
    /* The connections that are kept open were really open at once. */
    const char *live = strstr(program.out, "\"name\": \"live_connections\"");
    ck_assert_ptr_nonnull(live);
    live = strstr(live, "\"value\": ");
    ck_assert_ptr_nonnull(live);
    ck_assert_int_ge(atoi(live + strlen("\"value\": ")), 100);
    program_deinit(&program);
}
END_TEST

/* How long it takes is for `time`; that it says what it should is for a test. */
START_TEST(five_thousand_devices)
{
    struct program program =
        RUN("run", PINSTORM_SOURCE "/tests/bench/five-thousand.yaml", "--out", scratch_path("out"));
    ck_assert_msg(program.code == 0, "exit %d: %s%s", program.code, program.out, program.err);
    has(program.out, "3 expectations: 3 met");
    program_deinit(&program);
}
END_TEST

static const struct usage_row {
    const char *name;
    const char *words[5];
    const char *message;
} usage_rows[] = {
    {"a word", {"bench", "fast", NULL}, "'fast' is no option"},
    {"no pairs", {"bench", "--pairs", "0", NULL}, "--pairs takes a whole number from 1 to 25"},
    {"no scenario", {"bench", "--scenario", "nowhere.yaml", NULL}, "there is no file"},
};
enum { USAGE_ROWS = sizeof usage_rows / sizeof *usage_rows };

START_TEST(bad_usage)
{
    const struct usage_row *row = &usage_rows[_i];
    struct program program = program_run(NULL, row->words);
    ck_assert_msg(program.code == 2, "%s: exit %d", row->name, program.code);
    has(program.err, row->message);
    ck_assert_str_eq(program.out, "");
    program_deinit(&program);
}
END_TEST

static void start(void)
{
    scratch_make();
}

static void stop(void)
{
    scratch_remove();
}

int main(void)
{
    Suite *suite = suite_create("bench");
    TCase *tcase = tcase_create("bench");
    tcase_add_checked_fixture(tcase, start, stop);
    tcase_add_test(tcase, a_quick_one_measures_everything);
    tcase_add_test(tcase, five_thousand_devices);
    tcase_add_loop_test(tcase, bad_usage, 0, USAGE_ROWS);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
