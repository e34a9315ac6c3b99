/* SPDX-License-Identifier: Apache-2.0
 *
 * A run's folder, read back: what a run wrote, and what somebody else did to it.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/text.h"
#include "reports/report.h"
#include "reports/run_folder.h"
#include "sample.h"

static char folder[] = "/tmp/pinstorm-run-folder-XXXXXX";
static struct ps_arena *arena;

static void write_file(const char *name, const char *text)
{
    char *path = ps_format("%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    free(path);
}

static void remove_file(const char *name)
{
    char *path = ps_format("%s/%s", folder, name);
    unlink(path);
    free(path);
}

static void start(void)
{
    memcpy(folder + strlen(folder) - 6, "XXXXXX", 6);
    ck_assert_ptr_nonnull(mkdtemp(folder));
    arena = ps_arena_new();
}

static void stop(void)
{
    remove_file("summary.json");
    remove_file("run.json");
    rmdir(folder);
    ps_arena_free(arena);
}

START_TEST(what_a_run_wrote)
{
    struct ps_result *result = sample_small();
    struct ps_text text = {0};
    struct ps_run_folder run;
    struct ps_error err = {{0}};
    ck_assert(!ps_run_folder_is(folder));
    ps_report_summary_json(result, &text);
    write_file("summary.json", ps_text_chars(&text));
    ps_text_deinit(&text);
    ps_report_run_json(result, &text);
    write_file("run.json", ps_text_chars(&text));
    ps_text_deinit(&text);
    ck_assert(ps_run_folder_is(folder));
    ps_status s = ps_run_folder_read(folder, arena, &run, &err);
    ck_assert_msg(ps_is_ok(s), "%s", err.text);
    ck_assert_uint_eq(run.scenario_count, result->scenario_count);
    for (size_t i = 0; i < run.scenario_count; i++) {
        const struct ps_result_scenario *wrote = &result->scenarios[i];
        ck_assert_str_eq(run.scenarios[i].name, wrote->name);
        ck_assert_str_eq(run.scenarios[i].file, wrote->file);
        ck_assert_uint_eq(run.scenarios[i].digest, wrote->digest);
        ck_assert_uint_eq(run.scenarios[i].seed, wrote->seed);
        ck_assert_uint_eq(run.scenarios[i].devices, wrote->devices);
    }
    sample_free(result);
}
END_TEST

#define SCENARIO      "{\"name\": \"a\", \"digest\": \"00ff\", \"seed\": \"7\", \"devices\": 4}"
#define SUMMARY(list) "{\"schema\": 1, \"version\": \"0.1.0\", \"scenarios\": [" list "]}"
#define FILES(files)  "{\"schema\": 1, \"files\": [" files "]}"

static const struct row {
    const char *name, *summary, *run; /* NULL: it is not there */
    const char *says;                 /* NULL: it is fine */
} rows[] = {
    {"as it should be", SUMMARY(SCENARIO), FILES("\"a.yaml\""), NULL},
    {"no run.json", SUMMARY(SCENARIO), NULL, "run.json': No such file or directory"},
    {"no JSON", "{", FILES("\"a.yaml\""), "summary.json:1: "},
    {"another schema", "{\"schema\": 2}", FILES("\"a.yaml\""),
     "its schema is 2, this program reads 1"},
    {"no scenario", SUMMARY(""), FILES(""), "are not what a run writes"},
    {"fewer files than scenarios", SUMMARY(SCENARIO ", " SCENARIO), FILES("\"a.yaml\""),
     "are not what a run writes"},
    {"a file that is a number", SUMMARY(SCENARIO), FILES("7"), "are not what a run writes"},
    {"scenarios that are a text", "{\"schema\": 1, \"version\": \"1\", \"scenarios\": \"a\"}",
     FILES("\"a.yaml\""), "are not what a run writes"},
    {"a digest that is none",
     SUMMARY("{\"name\": \"a\", \"digest\": \"xy\", \"seed\": \"7\", \"devices\": 4}"),
     FILES("\"a.yaml\""), "are not what a run writes"},
    {"no devices",
     SUMMARY("{\"name\": \"a\", \"digest\": \"00ff\", \"seed\": \"7\", \"devices\": 0}"),
     FILES("\"a.yaml\""), "are not what a run writes"},
    {"a list", "[]", "[]", "its schema is 0"},
};

START_TEST(every_row)
{
    const struct row *row = &rows[_i];
    struct ps_run_folder run;
    struct ps_error err = {{0}};
    write_file("summary.json", row->summary);
    if (row->run)
        write_file("run.json", row->run);
    ps_status s = ps_run_folder_read(folder, arena, &run, &err);
    ck_assert_msg(s.code == (row->says ? PS_CODE_INVALID : PS_CODE_OK), "%s: %s", row->name,
                  err.text);
    ck_assert_msg(!row->says || strstr(err.text, row->says), "%s says: %s", row->name, err.text);
    if (!row->says)
        ck_assert_uint_eq(run.scenarios[0].digest, 0xff);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("run folder");
    TCase *tests = tcase_create("run folder");
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, what_a_run_wrote);
    tcase_add_loop_test(tests, every_row, 0, (int)(sizeof rows / sizeof *rows));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
