/* SPDX-License-Identifier: Apache-2.0
 *
 * Every message of the language by its exact text: the cases of messages.txt, and a few here whose
 * bytes a text file cannot hold.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "base/memory.h"
#include "base/text.h"
#include "document.h"
#include "plan_read.h"
#include "test_files.h"

static unsigned fired[PS_MESSAGE_COUNT];
static const char *folder; /* of the file; NULL: it is in none */

/* Everything the reader prints for a file; counts the messages. Owned. */
static char *messages_of(const char *yaml, size_t size)
{
    struct ps_diagnostics diagnostics = {0};
    struct ps_text text = {0};
    /* Exactly as long as it says, so that a sanitizer sees a byte read too far. */
    char *exact = size == 0 ? NULL : ps_memdup(yaml, size);
    struct ps_plan *plan = ps_plan_build("t.yaml", folder, exact, size, &diagnostics);

    ck_assert((plan == NULL) == (diagnostics.count > 0));
    for (size_t i = 0; i < diagnostics.count; i++)
        fired[diagnostics.items[i].message]++;
    if (plan == NULL)
        ps_diagnostics_print(&diagnostics, "t.yaml", exact, size, &text);
    ps_plan_free(plan);
    ps_diagnostics_deinit(&diagnostics);
    free(exact);
    return ps_text_steal(&text);
}

static void check_messages(const char *name, const char *yaml, size_t size, const char *expected)
{
    char *actual = messages_of(yaml, size);

    ck_assert_msg(strcmp(actual, expected) == 0, "%s: expected\n%sbut got\n%s", name, expected,
                  actual);
    free(actual);
}

/* --- messages.txt --- */

struct row {
    char *name, *find, *replace, *expected; /* find: NULL: replace is the whole file */
};

/* The lines up to one that begins with `mark`; moves *at behind them. Owned. */
static char *take_until(const char **at, const char *end, const char *mark)
{
    const char *start = *at;

    while (*at < end && strncmp(*at, mark, strlen(mark)) != 0) {
        const char *newline = memchr(*at, '\n', (size_t)(end - *at));
        *at = newline == NULL ? end : newline + 1;
    }
    size_t length = (size_t)(*at - start);
    char *taken = ps_alloc(length + 1, 1);
    memcpy(taken, start, length);
    return taken;
}

static char *take_line(const char **at, const char *end)
{
    const char *newline = memchr(*at, '\n', (size_t)(end - *at));
    size_t length = (size_t)((newline == NULL ? end : newline) - *at);
    char *line = ps_alloc(length + 1, 1);

    memcpy(line, *at, length);
    *at = newline == NULL ? end : newline + 1;
    return line;
}

static void drop_last_newline(char *text)
{
    size_t length = strlen(text);

    if (length > 0 && text[length - 1] == '\n')
        text[length - 1] = '\0';
}

static bool next_row(const char **at, const char *end, struct row *row)
{
    free(take_until(at, end, "=== "));
    if (*at >= end)
        return false;
    *row = (struct row){.name = take_line(at, end)};
    char *form = take_line(at, end);
    bool whole = strcmp(form, "--- whole file") == 0;

    ck_assert_msg(whole || strcmp(form, "--- instead of") == 0, "%s: %s", row->name, form);
    free(form);
    if (!whole) {
        row->find = take_until(at, end, "+++ is written");
        drop_last_newline(row->find);
        free(take_line(at, end));
    }
    row->replace = take_until(at, end, "*** gives");
    if (!whole)
        drop_last_newline(row->replace);
    free(take_line(at, end));
    row->expected = take_until(at, end, "=== ");
    drop_last_newline(row->expected); /* the empty line between two cases */
    size_t length = strlen(row->expected);
    ck_assert_msg(length > 0, "%s: no messages", row->name);
    if (row->expected[length - 1] != '\n') {
        row->expected = ps_realloc(row->expected, length + 2, 1);
        memcpy(row->expected + length, "\n", 2);
    }
    return true;
}

static char *yaml_of(const struct row *row)
{
    const char *good = (const char *)test_file("scenarios/tests/good.yaml")->data;

    if (row->find == NULL)
        return ps_strdup(row->replace);
    const char *found = strstr(good, row->find);
    ck_assert_msg(found != NULL, "%s: not in good.yaml: %s", row->name, row->find);
    ck_assert_msg(strstr(found + 1, row->find) == NULL, "%s: more than once: %s", row->name,
                  row->find);
    return ps_format("%.*s%s%s", (int)(found - good), good, row->replace,
                     found + strlen(row->find));
}

static void check_row(struct row *row)
{
    char *yaml = yaml_of(row);

    check_messages(row->name, yaml, strlen(yaml), row->expected);
    free(yaml);
    free(row->name);
    free(row->find);
    free(row->replace);
    free(row->expected);
}

static size_t check_file(void)
{
    const struct ps_embedded *file = test_file("scenarios/tests/messages.txt");
    const char *at = (const char *)file->data, *end = at + file->size;
    struct row row;
    size_t rows = 0;

    for (; next_row(&at, end, &row); rows++)
        check_row(&row);
    return rows;
}

/* --- what a text file cannot hold --- */

#define TEXT(literal) literal, sizeof(literal) - 1

static const struct {
    const char *name, *yaml;
    size_t size;
    const char *expected;
} odd_rows[] = {
    {"nothing", TEXT(""),
     "t.yaml:1:1: error: there is no scenario in this file\n"
     "    1 |\n"
     "      | ^\n"
     "1 error in t.yaml\n"},
    {"not UTF-8", TEXT("scenario: x\ntitle: \xff\n"),
     "t.yaml:2:8: error: this is not UTF-8 text: invalid leading UTF-8 octet\n"
     "    2 | title: \xff\n"
     "      |        ^\n"
     "1 error in t.yaml\n"},
    {"UTF-8 that is cut", TEXT("scenario: x\ntitle: \xc3"),
     "t.yaml:2:8: error: this is not UTF-8 text: incomplete UTF-8 octet sequence\n"
     "    2 | title: \xc3\n"
     "      |        ^\n"
     "1 error in t.yaml\n"},
    {"NUL", TEXT("scenario: x\0y\n"),
     "t.yaml:1:12: error: this is not UTF-8 text: control characters are not allowed\n"
     "    1 | scenario: x?y\n"
     "      |            ^\n"
     "1 error in t.yaml\n"},
    {"tab", TEXT("scenario: x\nfleet:\n\t- a\n"),
     "t.yaml:3:1: error: this is not YAML: found character that cannot start any token\n"
     "    3 | \t- a\n"
     "      | ^\n"
     "1 error in t.yaml\n"},
    {"columns are characters", TEXT("\xc3\xa9t\xc3\xa9: {\xc3\xa9, 1: [}\n"),
     "t.yaml:1:14: error: this is not YAML: did not find expected node content\n"
     "    1 | \xc3\xa9t\xc3\xa9: {\xc3\xa9, 1: [}\n"
     "      |              ^\n"
     "1 error in t.yaml\n"},
    {"DOS line ends", TEXT("scenario: [a\r\ntitle: x\r\n"),
     "t.yaml:2:6: error: this is not YAML: did not find expected ',' or ']' "
     "(while parsing a flow sequence in line 1)\n"
     "    2 | title: x\n"
     "      |      ^\n"
     "1 error in t.yaml\n"},
};
enum { ODD_ROWS = sizeof odd_rows / sizeof odd_rows[0] };

static void check_odd_row(int i)
{
    check_messages(odd_rows[i].name, odd_rows[i].yaml, odd_rows[i].size, odd_rows[i].expected);
}

/* The line is shown up to 240 bytes only, and so is what is under it. */
static void check_long_title(void)
{
    struct ps_text yaml = {0}, expected = {0};

    ps_text_add(&yaml, "title: ");
    for (int i = 0; i < 4001; i++)
        ps_text_add(&yaml, "x");
    ps_text_add(&yaml, "\n");
    ps_text_add(&expected, "t.yaml:1:8: error: 'title' has 4001 bytes; the limit text_length_max "
                           "is 4000\n    1 | title: ");
    for (int i = 7; i < 240; i++)
        ps_text_add(&expected, "x");
    ps_text_add(&expected, "\n      |        ^");
    for (int i = 8; i < 240; i++)
        ps_text_add(&expected, "~");
    ps_text_add(&expected, "\n");
    char *actual = messages_of(ps_text_chars(&yaml), yaml.length);
    ck_assert_msg(strstr(actual, ps_text_chars(&expected)) != NULL, "expected\n%sin\n%s",
                  ps_text_chars(&expected), actual);
    free(actual);
    ps_text_deinit(&yaml);
    ps_text_deinit(&expected);
}

static void check_big_file(void)
{
    size_t size = PS_FILE_SIZE_MAX + 1;
    char *yaml = ps_alloc(size, 1);

    memset(yaml, '#', size);
    check_messages("a file too big", yaml, size,
                   "t.yaml:1:1: error: the file has 1048577 bytes; the limit file_size_max is "
                   "1048576\n"
                   "    1 | "
                   "################################################################"
                   "################################################################"
                   "################################################################"
                   "################################################\n"
                   "      | ^\n"
                   "1 error in t.yaml\n");
    free(yaml);
}

static void check_many_anchors(void)
{
    struct ps_text yaml = {0};

    for (int i = 0; i < 1001; i++)
        ps_text_add(&yaml, "a%d: &a%d x\n", i, i);
    check_messages("many anchors", ps_text_chars(&yaml), yaml.length,
                   "t.yaml:1001:8: error: there are more anchors (&name) than the limit "
                   "anchors_max, 1000\n"
                   " 1001 | a1000: &a1000 x\n"
                   "      |        ^~~~~~\n"
                   "1 error in t.yaml\n");
    ps_text_deinit(&yaml);
}

/* 250 strategies in five expectations of 250 and one more. */
static void check_many_expectations(void)
{
    const char *good = (const char *)test_file("scenarios/tests/good.yaml")->data;
    struct ps_text yaml = {0};

    ps_text_add(&yaml, "%.*s", (int)(strstr(good, "strategies:\n") - good), good);
    ps_text_add(&yaml, "strategies:\n  - {name: both, preset: azure_recommended}\n");
    for (int i = 1; i < 250; i++)
        ps_text_add(&yaml, "  - {name: s%d}\n", i);
    ps_text_add(&yaml, "expect:\n");
    for (int n = 0; n < 5; n++) {
        ps_text_add(&yaml, "  - strategy:\n    - both\n");
        for (int i = 1; i < (n == 0 ? 250 : 249); i++)
            ps_text_add(&yaml, "    - s%d\n", i);
        ps_text_add(&yaml, "    survived: 100%%\n");
    }
    char *messages = messages_of(ps_text_chars(&yaml), yaml.length);
    ck_assert_msg(strstr(messages, "error: with this there are 1246 expectations, one for each "
                                   "strategy; the limit expectations_max is 1000\n"),
                  "%s", messages);
    ck_assert_msg(strstr(messages, "\n1 error in t.yaml\n"), "%s", messages);
    free(messages);
    ps_text_deinit(&yaml);
}

/* --- columns of a CSV file --- */

static const char a_pipe[] = "";
#define LIVES(column) "{csv: lives.csv, column: " column "}"

static const struct {
    const char *name, *written; /* in the place of the distribution */
    const char *csv;            /* NULL: there is no such file */
    const char *expected;       /* of the first line; NULL: `shown` is what was read */
    const char *shown;
} csv_rows[] = {
    {"no file", LIVES("d"), NULL, "lives.csv: cannot be read: No such file or directory", NULL},
    {"what may never begin", LIVES("d"), a_pipe, "lives.csv: is no regular file", NULL},
    {"nothing", LIVES("d"), "\r\n\n", "lives.csv: is empty", NULL},
    {"only a head", LIVES("d"), "d\n", "lives.csv: has no values under its first line", NULL},
    {"another column", LIVES("dais"), "age,days\n1d,2d\n",
     "lives.csv: there is no column 'dais'; did you mean 'days'?", NULL},
    {"two columns of a name", LIVES("d"), "d,x,d\n1d,2,3d\n", "lives.csv: 2 columns are named 'd'",
     NULL},
    {"two of another name", LIVES("d"), "d,x,x\n1d,2,3d\n", NULL, "{empirical: [1d]}"},
    {"a control character", LIVES("d"), "n,d\n\033[2J,1d\n",
     "lives.csv: line 2: it holds a control character", NULL},
    {"a tab in another field", LIVES("d"), "n,d\na\tb,1d\n", NULL, "{empirical: [1d]}"},
    {"a long field of two lines", LIVES("d"),
     "d\n\"x\n23456789012345678901234567890123456789012345678901234567890123\"\n",
     "lives.csv: line 2: 'x 2345678901234567890123456789012345678901234567890123456789...': a "
     "duration is written like 90s, 45m, 24h, 30d, 2w or 3y",
     NULL},
    {"a duration too long", LIVES("d"), "d\n100y\n101y\n",
     "lives.csv: line 3: '101y': is more than 100y", NULL},
    {"a unit that is none", "{csv: lives.csv, column: d, unit: 0s}", "d\n3\n",
     "'unit' is at least 1s", NULL},
    {"a unit by another name", "{csv: lives.csv, column: d, units: 1d}", "d\n3\n",
     "unknown key 'units' in an empirical of csv; did you mean 'unit'?", NULL},
    {"no column like it", LIVES("column"), "age,days\n",
     "lives.csv: there is no column 'column'; there is age, days", NULL},
    {"no duration", LIVES("d"), "d\n1d\n\n7\n",
     "lives.csv: line 4: '7': a duration needs a unit: s, m, h, d, w or y", NULL},
    {"line after a field of two lines", LIVES("d"), "n,d\n\"a\nb\",1d\nc,x\n",
     "lives.csv: line 4: 'x': a duration is written like 90s, 45m, 24h, 30d, 2w or 3y", NULL},
    {"too few fields", LIVES("d"), "n,d\n1\n", "lives.csv: line 2: it has too few fields", NULL},
    {"a quotation without end", LIVES("d"), "d\n\"1d\n",
     "lives.csv: line 2: a quotation mark is not closed", NULL},
    {"something behind a quotation", LIVES("d"), "d\n\"1d\" \n",
     "lives.csv: line 2: something follows a closed quotation mark", NULL},
    {"no weight", "{csv: lives.csv, column: d, weights: w}", "d,w\n1d,-1\n",
     "lives.csv: line 2: '-1' is no weight: a whole number from 0 to 1000000000", NULL},
    {"no number", "{csv: lives.csv, column: d, unit: 1d}", "d\n1d\n",
     "lives.csv: line 2: '1d': is no number that is at least 0", NULL},
    {"too long", "{csv: lives.csv, column: d, unit: 1d}", "d\n36526\n",
     "lives.csv: line 2: '36526': is more than 100y", NULL},
    {"durations", LIVES("d"), "d\n3d\n1d\n2d\n", NULL, "{empirical: [1d, 2d, 3d]}"},
    {"the same often", LIVES("d"), "x,d\r\n1,3d\r\n2,1d\r\n3,\"3d\"\r\n", NULL,
     "{empirical: {values: [1d, 3d], weights: [1, 2]}}"},
    {"weights", "{csv: lives.csv, column: d, weights: \"how \\\"often\\\"\"}",
     "d,\"how \"\"often\"\"\"\n1d,5\n2d,0\n3d,2", NULL,
     "{empirical: {values: [1d, 3d], weights: [5, 2]}}"},
    {"numbers", "{csv: lives.csv, column: d, unit: 1d}",
     "\xef\xbb\xbf"
     "d\n0.5\n36525\n2\n",
     NULL, "{empirical: [12h, 2d, 100y]}"},
};
enum { CSV_ROWS = sizeof csv_rows / sizeof csv_rows[0] };

static void write_csv(const char *path, const char *text)
{
    if (text == a_pipe) {
        ck_assert_int_eq(mkfifo(path, 0600), 0);
        return;
    }
    FILE *file = fopen(path, "wb");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(text, 1, strlen(text), file), strlen(text));
    ck_assert_int_eq(fclose(file), 0);
}

static void check_csv_row(int i)
{
    char directory[] = "csv-XXXXXX";
    struct row row = {.name = ps_strdup(csv_rows[i].name),
                      .find = ps_strdup("{\"10%\": 3d, \"50%\": 10d, \"99.5%\": 1y}"),
                      .replace = ps_strdup(csv_rows[i].written)};
    char *yaml = yaml_of(&row);

    ck_assert_ptr_nonnull(mkdtemp(directory));
    char *path = ps_format("%s/", directory), *csv = ps_format("%slives.csv", path);
    if (csv_rows[i].csv != NULL)
        write_csv(csv, csv_rows[i].csv);
    folder = path;
    char *actual = messages_of(yaml, strlen(yaml));
    if (csv_rows[i].expected != NULL) {
        char *line = ps_format(": error: %s\n", csv_rows[i].expected);
        ck_assert_msg(strstr(actual, line) != NULL, "%s: %s, not %s", row.name, actual, line);
        ck_assert_msg(strstr(actual, "\n1 error in t.yaml\n") != NULL, "%s: %s", row.name, actual);
        free(line);
    } else {
        struct ps_diagnostics none = {0};
        struct ps_plan *plan = ps_plan_build("t.yaml", path, yaml, strlen(yaml), &none);
        ck_assert_msg(plan != NULL, "%s: %s", row.name, actual);
        /* The text that the plan keeps needs no other file. */
        ck_assert_msg(strstr(plan->yaml, csv_rows[i].shown) != NULL, "%s: %s", row.name,
                      plan->yaml);
        struct ps_plan *again = ps_plan_build("t.yaml", NULL, plan->yaml, plan->yaml_size, &none);
        ck_assert_ptr_nonnull(again);
        ck_assert_uint_eq(again->digest, plan->digest);
        ps_plan_free(again);
        ps_plan_free(plan);
    }
    folder = NULL;
    if (csv_rows[i].csv != NULL)
        ck_assert_int_eq(remove(csv), 0);
    ck_assert_int_eq(remove(directory), 0);
    free(actual);
    free(path);
    free(csv);
    free(yaml);
    free(row.name);
    free(row.find);
    free(row.replace);
}

START_TEST(columns)
{
    check_csv_row(_i);
}
END_TEST

/* Nesting, anchors and messages that would take libyaml or the reader more than linear time. */
START_TEST(a_mebibyte_of_anything_is_quick)
{
    static const char *const patterns[] = {
        "[",         "{a: ",     "- ", "? ",   "&a ",    "*a ",  "!t ",
        "a: &b c\n", "\"",       "'",  "|\n ", "k: v\n", "#",    "\xef\xbb\xbf",
        "\xff",      "a: [b]\n", ": ", ",",    "}",      "%a\n", "---\n"};
    const char *pattern = patterns[_i];
    char *yaml = ps_alloc(PS_FILE_SIZE_MAX, 1);

    for (size_t i = 0; i < PS_FILE_SIZE_MAX; i++)
        yaml[i] = pattern[i % strlen(pattern)];
    char *messages = messages_of(yaml, PS_FILE_SIZE_MAX);
    ck_assert_msg(strstr(messages, "error: ") != NULL, "%s", pattern);
    free(messages);
    free(yaml);
}
END_TEST

START_TEST(every_case_gives_its_messages)
{
    ck_assert_uint_ge(check_file(), 150);
}
END_TEST

START_TEST(odd_files_give_their_messages)
{
    check_odd_row(_i);
}
END_TEST

START_TEST(limits)
{
    check_long_title();
    check_big_file();
    check_many_anchors();
    check_many_expectations();
}
END_TEST

START_TEST(every_message_is_brought_about)
{
    static const char *const names[] = {
#define X(name, text) #name,
        PS_MESSAGES(X)
#undef X
    };

    memset(fired, 0, sizeof fired);
    check_file();
    for (int i = 0; i < ODD_ROWS; i++)
        check_odd_row(i);
    check_big_file();
    check_long_title();
    check_many_anchors();
    check_many_expectations();
    for (int i = 0; i < CSV_ROWS; i++)
        check_csv_row(i);
    for (size_t i = 0; i < PS_MESSAGE_COUNT; i++)
        ck_assert_msg(fired[i] > 0, "no case brings about the message %s", names[i]);
}
END_TEST

START_TEST(ten_mistakes_give_ten_messages)
{
    const struct ps_embedded *file = test_file("scenarios/tests/ten_mistakes.yaml");
    struct ps_text text = {0};
    struct ps_plan *plan = NULL;
    struct ps_error err = {0};
    ps_status status =
        ps_plan_read_text("ten.yaml", (const char *)file->data, file->size, &text, &plan, &err);
    size_t messages = 0, line_before = 0;

    ck_assert_int_eq((int)status.code, (int)PS_CODE_INVALID);
    ck_assert_str_eq(err.text, "10 errors in ten.yaml");
    ck_assert_ptr_null(plan);
    for (const char *at = ps_text_chars(&text); (at = strstr(at, "ten.yaml:")) != NULL; at++) {
        size_t line = strtoul(at + strlen("ten.yaml:"), NULL, 10);
        ck_assert_uint_ge(line, line_before);
        line_before = line;
        messages++;
    }
    ck_assert_uint_eq(messages, 10);
    ck_assert_str_eq(ps_text_chars(&text) + text.length - strlen("10 errors in ten.yaml\n"),
                     "10 errors in ten.yaml\n");
    ps_text_deinit(&text);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_an_error)
{
    struct ps_text text = {0};
    struct ps_plan *plan = NULL;
    struct ps_error err = {0};
    ps_status status = ps_plan_read("/nowhere/at/all.yaml", &text, &plan, &err);

    ck_assert_int_eq((int)status.code, (int)PS_CODE_INVALID);
    ck_assert_str_eq(err.text, "cannot read /nowhere/at/all.yaml: No such file or directory");
    ck_assert_uint_eq(text.length, 0);
    status = ps_plan_read("/", &text, &plan, &err);
    ck_assert_str_eq(err.text, "cannot read /: Is a directory");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenarios: messages");
    TCase *messages = tcase_create("messages");

    suite_add_tcase(suite, messages);
    tcase_add_test(messages, every_case_gives_its_messages);
    tcase_add_loop_test(messages, odd_files_give_their_messages, 0, ODD_ROWS);
    tcase_add_test(messages, limits);
    tcase_add_loop_test(messages, columns, 0, CSV_ROWS);
    tcase_add_loop_test(messages, a_mebibyte_of_anything_is_quick, 0, 21);
    tcase_add_test(messages, every_message_is_brought_about);
    tcase_add_test(messages, ten_mistakes_give_ten_messages);
    tcase_add_test(messages, a_file_that_is_not_there_is_an_error);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
