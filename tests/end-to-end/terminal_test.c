/* SPDX-License-Identifier: Apache-2.0
 *
 * What people see: colours on a terminal that wants them and nowhere else, lines that fit it, and
 * help that teaches.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "program.h"
#include "small.h"

#define ESCAPE "\033["
#define RED    "\033[1;31m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define OFF    "\033[0m"

static void start(void)
{
    scratch_make();
    scratch_write("small.yaml", small_scenario);
}

static const struct row {
    const char *words[10];
    const char *says[4]; /* with colours */
} rows[] = {
    {{"run", "small.yaml", "--strategy", "both", "--strategy", "cert-pin", "--out", "r"},
     {"  " GREEN "100%" OFF "  ", "  " RED "0%" OFF "  ", "  " RED "82.4%" OFF "  ",
      "expectations: " GREEN "2 of 2 met" OFF}},
    {{"matrix", "--strategy", "webpki"},
     {"  " GREEN "+" OFF " ", "  " RED "-" OFF " ", "  " RED "X" OFF " ",
      RED "X" OFF " an attacker is accepted\n"}},
    {{"matrix", "--strategy", "nsc_expiring_pins", "--composite"},
     {"  " YELLOW "W" OFF " ", "  " RED "B" OFF " ", GREEN "S" OFF " survives\n"}},
    {{"matrix", "--why", "webpki/X03"}, {"webpki/X03: " RED "the attacker is accepted" OFF "\n"}},
    {{"matrix", "--why", "webpki/X01"}, {"webpki/X01: " GREEN "the attacker is refused" OFF "\n"}},
    {{"matrix", "--why", "webpki/E00"},
     {"webpki/E00: " GREEN "the genuine server is accepted" OFF "\n"}},
    {{"matrix", "--why", "webpki/E18"},
     {"webpki/E18: " RED "the genuine server is refused" OFF "\n"}},
    {{"list", "attacks"}, {ESCAPE "2mOn a contact"}},
};

static bool has_colour(const struct program_options *options, const char *const words[])
{
    struct program p = program_run(options, words);
    ck_assert_msg(p.code == 0, "%s: exit %d: %s", words[0], p.code, p.err);
    ck_assert_uint_gt(strlen(p.out), 10);
    bool has = strchr(p.out, '\033') != NULL;
    program_deinit(&p);
    return has;
}

START_TEST(colours)
{
    const struct row *row = &rows[_i];
    const struct program_options terminal = {.terminal = 80};
    struct program p = program_run(&terminal, row->words);
    ck_assert_msg(p.code == 0, "%s: exit %d: %s", row->words[0], p.code, p.err);
    for (size_t i = 0; i < 4 && row->says[i]; i++)
        ck_assert_msg(strstr(p.out, row->says[i]) != NULL, "%s %s: no '%s' in\n%.3000s",
                      row->words[0], row->words[1], row->says[i], p.out);
    program_deinit(&p);
    const struct program_options unwanted = {.terminal = 80, .environment = "NO_COLOR=1"};
    const struct program_options empty = {.terminal = 80, .environment = "NO_COLOR="};
    const struct program_options dumb = {.terminal = 80, .environment = "TERM=dumb"};
    ck_assert_msg(!has_colour(NULL, row->words), "%s: in a file", row->words[0]);
    ck_assert_msg(!has_colour(&unwanted, row->words), "%s: in spite of NO_COLOR", row->words[0]);
    ck_assert_msg(!has_colour(&dumb, row->words), "%s: on a dumb terminal", row->words[0]);
    ck_assert_msg(has_colour(&empty, row->words), "%s: NO_COLOR is empty", row->words[0]);
}
END_TEST

/* How many columns a line takes: no escape sequence, and one for each character of UTF-8. */
static size_t columns_of(const char *line, const char *end)
{
    size_t columns = 0;
    for (; line < end; line++) {
        if (*line == '\033')
            line = strchr(line, 'm');
        else
            columns += ((unsigned char)*line & 0xc0) != 0x80;
    }
    return columns;
}

static const char *const narrow[][8] = {
    {"run", "small.yaml", "--out", "r"},
    {"matrix", "--all-presets"},
    {"matrix", "--all-presets", "--composite"},
    {"matrix", "--why", "webpki_crl_all/X05"},
    {"matrix", "--why", "recommended_layered/E19", "--composite"},
    {"list", "strategies"},
    {"list", "attacks"},
    {"list", "stacks"},
    {"list", "events"},
    {"list", "channels"},
    {"list", "clocks"},
    {"list", "scenarios"},
    {"--help"},
    {"run", "--help"},
    {"explain", "--help"},
    {"merge", "--help"},
    {"bench", "--help"},
    {"explain", "small.yaml", "--device", "0", "--strategy", "both"},
    {"check", "--help"},
    {"show", "--help"},
    {"schema", "--help"},
    {"list", "--help"},
    {"matrix", "--help"},
    {"verify", "--help"},
};

START_TEST(fits)
{
    const struct program_options terminal = {.terminal = 80};
    struct program p = program_run(&terminal, narrow[_i]);
    ck_assert_msg(p.code == 0, "%s: exit %d: %s", narrow[_i][0], p.code, p.err);
    size_t lines = 0;
    for (const char *line = p.out, *end; *line; line = end + 1, lines++) {
        end = strchr(line, '\n');
        ck_assert_ptr_nonnull(end);
        ck_assert_msg(columns_of(line, end) <= 80, "%s: %.*s", narrow[_i][0], (int)(end - line),
                      line);
    }
    ck_assert_uint_ge(lines, 4);
    program_deinit(&p);
}
END_TEST

/* A list that another program reads has a line for each thing. */
START_TEST(lists_for_programs)
{
    struct program p = RUN("list", "strategies");
    for (const char *line = p.out; *line; line = strchr(line, '\n') + 1)
        ck_assert_msg(*line != ' ', "%.60s", line);
    program_deinit(&p);
}
END_TEST

/* Every command shows how it is used, with itself. */
START_TEST(help_has_examples)
{
    static const char *const commands[] = {"run",    "check",  "show",    "schema", "list",
                                           "matrix", "verify", "explain", "merge",  "bench"};
    char example[40];
    struct program p = RUN(commands[_i], "--help");
    snprintf(example, sizeof example, "\n  pinstorm %s ", commands[_i]);
    ck_assert_msg(strstr(p.out, example) != NULL, "%s", p.out);
    program_deinit(&p);
}
END_TEST

START_TEST(attacks_in_two_parts)
{
    struct program p = RUN("list", "attacks");
    const char *first = strstr(p.out, "On a contact: "), *second = strstr(p.out, "\n\nOn what ");
    ck_assert(first == p.out && second != NULL);
    char name[24];
    for (int i = 1; i <= 23 + 13; i++) {
        snprintf(name, sizeof name, "\n%c%02d ", i <= 23 ? 'X' : 'U', i <= 23 ? i : i - 23);
        const char *found = strstr(p.out, name);
        ck_assert_msg(found != NULL, "no %s", name + 1);
        ck_assert_msg((found < second) == (i <= 23), "%s is in the other part", name + 1);
        ck_assert_msg(strcspn(found + 5, "\n") > 20, "%s says nothing", name + 1);
    }
    program_deinit(&p);
}
END_TEST

/* Runs the program with its output as `to` says, and keeps its exit code in the file "code". */
static char *code_with_output(const char *words, const char *to)
{
    char line[600];
    snprintf(line, sizeof line, "cd %s && { '" PINSTORM "' %s; echo $? >code; } 2>complaint %s",
             scratch_path("."), words, to);
    ck_assert_int_eq(system(line), 0);
    return file_read(scratch_path("code"));
}

/* Who reads only the beginning has got what he wanted; what cannot be written is a failure. */
START_TEST(output_that_ends)
{
    static const struct {
        const char *words, *to, *code, *complaint;
    } ends[] = {
        {"run small.yaml --quiet --out r", "| true", "0\n", ""},
        {"run small.yaml --quiet --out r --json", "| true", "0\n", ""},
        {"run small.yaml --quiet --out r", ">/dev/full", "3\n",
         "pinstorm: cannot write the result to standard output\n"},
        {"--help", ">/dev/full", "3\n", "pinstorm: cannot write the result to standard output\n"},
    };
    char *code = code_with_output(ends[_i].words, ends[_i].to);
    char *complaint = file_read(scratch_path("complaint"));
    ck_assert_msg(strcmp(code, ends[_i].code) == 0, "%s %s: exit %s", ends[_i].words, ends[_i].to,
                  code);
    ck_assert_msg(strstr(complaint, ends[_i].complaint) != NULL, "%s %s: %s", ends[_i].words,
                  ends[_i].to, complaint);
    ck_assert_msg(*ends[_i].complaint || !strstr(complaint, "cannot"), "%s", complaint);
    free(code);
    free(complaint);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("terminal");
    TCase *tests = tcase_create("end to end");
    tcase_set_timeout(tests, 240);
    tcase_add_unchecked_fixture(tests, start, scratch_remove);
    tcase_add_loop_test(tests, colours, 0, sizeof rows / sizeof *rows);
    tcase_add_loop_test(tests, fits, 0, sizeof narrow / sizeof *narrow);
    tcase_add_test(tests, lists_for_programs);
    tcase_add_loop_test(tests, help_has_examples, 0, 10);
    tcase_add_test(tests, attacks_in_two_parts);
    tcase_add_loop_test(tests, output_that_ends, 0, 4);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
