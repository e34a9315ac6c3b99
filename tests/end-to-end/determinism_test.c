/* SPDX-License-Identifier: Apache-2.0
 *
 * Same scenario, seed and version: same bytes, whatever the workers, the link and the fidelity; and
 * other bytes for another seed. The same for a scenario of status, staples, fetched issuers and
 * DNS, whose audits also check its class keys. same_bytes_test has the places and dates to run at,
 * and class_items_test what an audit in full shows.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "program.h"
#include "small.h"
#include "told.h"

static char *reference;

static void start_with(const char *scenario)
{
    scratch_make();
    scratch_write("small.yaml", scenario);
    struct program p = RUN("run", "small.yaml", "--out", "reference", "--jobs", "2");
    ck_assert_msg(p.code == 0, "exit %d\n%s%s", p.code, p.out, p.err);
    program_deinit(&p);
    reference = file_read(scratch_path("reference/summary.json"));
    ck_assert_ptr_nonnull(reference);
}

static void start(void)
{
    start_with(small_scenario);
}

static void start_told(void)
{
    start_with(told_scenario);
}

static void stop(void)
{
    free(reference);
    scratch_remove();
}

static const struct row {
    const char *name;
    const char *words[8];
} rows[] = {
    {"again", {NULL}},
    {"three workers", {"--jobs", "3", NULL}},
    {"audited, one worker, over memory",
     {"--audit", "10%", "--jobs", "1", "--link", "memory", NULL}},
    {"on the wire", {"--fidelity", "wire", NULL}},
};

static const struct row told_rows[] = {
    {"audited, one worker", {"--audit", "5%", "--jobs", "1", NULL}},
    {"wire over memory", {"--fidelity", "wire", "--link", "memory", NULL}},
};

static void expect_same(const struct row *row)
{
    const char *words[16] = {"run", "small.yaml", "--out", "other"};
    for (size_t i = 0; row->words[i]; i++)
        words[4 + i] = row->words[i];
    struct program p = program_run(NULL, words);
    ck_assert_msg(p.code == 0, "%s: exit %d\n%s", row->name, p.code, p.err);
    char *summary = file_read(scratch_path("other/summary.json"));
    ck_assert_msg(summary && strcmp(summary, reference) == 0, "%s: other bytes", row->name);
    ck_assert_msg(
        files_equal(scratch_path("other/outcomes.bin"), scratch_path("reference/outcomes.bin")),
        "%s: other outcome records", row->name);
    ck_assert_msg(
        files_equal(scratch_path("other/causes.json"), scratch_path("reference/causes.json")),
        "%s: other causes", row->name);
    free(summary);
    program_deinit(&p);
}

START_TEST(same_bytes)
{
    expect_same(&rows[_i]);
}
END_TEST

START_TEST(same_bytes_told)
{
    expect_same(&told_rows[_i]);
}
END_TEST

START_TEST(other_seed)
{
    struct program p = RUN("run", "small.yaml", "--out", "seed", "--seed", "2");
    ck_assert_int_ne(p.code, 3);
    char *summary = file_read(scratch_path("seed/summary.json"));
    ck_assert_ptr_nonnull(summary);
    ck_assert_msg(strcmp(summary, reference) != 0, "another seed gives the same bytes");
    free(summary);
    program_deinit(&p);
}
END_TEST

/* What `show` prints is the same scenario: digest, events, strategies and availability. Only lines,
 * the wording of expectations and what counts as a default in force differ. */
START_TEST(shown_scenario)
{
    struct program shown = RUN("show", "small.yaml");
    ck_assert_int_eq(shown.code, 0);
    scratch_write("small.yaml.shown", shown.out);
    struct program p =
        RUN("run", "small.yaml.shown", "--json", "--out", "shown", "--strategy", "both");
    struct program q = RUN("run", "small.yaml", "--json", "--out", "named", "--strategy", "both");
    ck_assert_int_eq(p.code, 0);
    const char *end = strstr(q.out, "\"expectations\"");
    ck_assert_ptr_nonnull(end);
    ck_assert_msg(strncmp(p.out, q.out, (size_t)(end - q.out)) == 0,
                  "the shown scenario gives other bytes");
    program_deinit(&p);
    program_deinit(&q);
    program_deinit(&shown);
}
END_TEST

/* A strategy's result does not depend on which others are in the run. */
START_TEST(alone)
{
    struct program p =
        RUN("run", "small.yaml", "--json", "--out", "alone", "--strategy", "old-http");
    ck_assert_int_eq(p.code, 0);
    const char *lane = strstr(p.out, "\"contacts_accepted\"");
    ck_assert_ptr_nonnull(lane);
    size_t length = strcspn(lane, "\n");
    const char *whole = strstr(reference, "\"old-http\"");
    ck_assert_ptr_nonnull(whole);
    whole = strstr(whole, "\"contacts_accepted\"");
    ck_assert_ptr_nonnull(whole);
    ck_assert_msg(strncmp(lane, whole, length) == 0, "%.*s is not %.*s", (int)length, lane,
                  (int)length, whole);
    program_deinit(&p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("determinism");
    TCase *same = tcase_create("same bytes");
    tcase_add_unchecked_fixture(same, start, stop);
    tcase_set_timeout(same, 240);
    tcase_add_loop_test(same, same_bytes, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(same, other_seed);
    tcase_add_test(same, shown_scenario);
    tcase_add_test(same, alone);
    suite_add_tcase(suite, same);
    TCase *told = tcase_create("told");
    tcase_add_unchecked_fixture(told, start_told, stop);
    tcase_set_timeout(told, 240);
    tcase_add_loop_test(told, same_bytes_told, 0, (int)(sizeof told_rows / sizeof *told_rows));
    suite_add_tcase(suite, told);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
