/* SPDX-License-Identifier: Apache-2.0
 *
 * docs/traps.md names for each trap the tests that watch it. They are where it says, and they are
 * run: a test that is written but never added to its suite watches nothing.
 */
#include <check.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"

enum { TRAP_COUNT = 15, PATH_MAX_HERE = 256 };

static char *read_whole(const char *path)
{
    char *absolute = ps_format("%s/%s", PS_SOURCE_DIR, path);
    FILE *file = fopen(absolute, "rb");
    ck_assert_msg(file != NULL, "cannot read %s", path);
    struct ps_text text = {0};
    char chunk[8192];
    for (size_t got; (got = fread(chunk, 1, sizeof chunk, file)) > 0;)
        ps_text_add_n(&text, chunk, got);
    fclose(file);
    free(absolute);
    return ps_text_steal(&text);
}

static bool has(const char *text, const char *before, const char *name, const char *behind)
{
    char *wanted = ps_format("%s%s%s", before, name, behind);
    bool found = strstr(text, wanted) != NULL;
    free(wanted);
    return found;
}

/* Whether the file runs a test of that name. */
static bool runs(const char *path, const char *text, const char *name)
{
    if (strstr(path, "CMakeLists.txt") != NULL)
        return has(text, "ps_test(", name, " ") || has(text, "add_test(NAME ", name, " ");
    return has(text, "START_TEST(", name, ")") &&
           (has(text, ", ", name, ");") || has(text, ", ", name, ", "));
}

/* The tests that one line names: [`name`](../path). Returns how many are there. */
static size_t check_line(const char *line, size_t length)
{
    size_t good = 0;
    const char *end = line + length;
    for (const char *at = line; (at = strstr(at, "[`")) != NULL && at < end;) {
        char name[PATH_MAX_HERE], path[PATH_MAX_HERE];
        ck_assert_msg(sscanf(at, "[`%255[^`]`](../%255[^)])", name, path) == 2, "%.60s", at);
        char *text = read_whole(path);
        ck_assert_msg(runs(path, text, name), "%s runs no test %s", path, name);
        free(text);
        good++;
        at++;
    }
    return good;
}

START_TEST(every_trap_is_watched)
{
    char *page = read_whole("docs/traps.md");
    for (int trap = 1; trap <= TRAP_COUNT; trap++) {
        char *mark = ps_format("\n| %d | ", trap);
        const char *line = strstr(page, mark);
        ck_assert_msg(line != NULL, "no trap %d", trap);
        ck_assert_msg(check_line(line + 1, strcspn(line + 1, "\n")) > 0, "nothing watches trap %d",
                      trap);
        free(mark);
    }
    free(page);
}
END_TEST

/* What is a test that runs, and what only looks like one. */
static const struct run_row {
    const char *name, *path, *text;
    bool runs;
} run_rows[] = {
    {"added", "x_test.c", "START_TEST(t)\ntcase_add_test(c, t);\n", true},
    {"added in a loop", "x_test.c", "START_TEST(t)\ntcase_add_loop_test(c, t, 0, 3);\n", true},
    {"never added", "x_test.c", "START_TEST(t)\n", false},
    {"another one is added", "x_test.c", "START_TEST(t)\ntcase_add_test(c, tt);\n", false},
    {"only spoken of", "x_test.c", "/* t */\ntcase_add_test(c, t);\n", false},
    {"of CMake", "tests/CMakeLists.txt", "ps_test(t SOURCES t.c)\n", true},
    {"a command of CMake", "tests/CMakeLists.txt", "add_test(NAME t COMMAND x)\n", true},
    {"only spoken of in CMake", "tests/CMakeLists.txt", "# t\n", false},
};

START_TEST(what_runs)
{
    const struct run_row *row = &run_rows[_i];
    ck_assert_msg(runs(row->path, row->text, "t") == row->runs, "%s", row->name);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("traps");
    TCase *tests = tcase_create("traps");
    tcase_add_test(tests, every_trap_is_watched);
    tcase_add_loop_test(tests, what_runs, 0, sizeof run_rows / sizeof *run_rows);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
