/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "print.h"
#include "reports/report.h"
#include "sample.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char small_text[] =
    "small: A root expires\n"
    "2021-01-01 to 2021-01-11, 100 devices in 2 cohorts,\n"
    "seed 7, digest 0123456789abcdef\n"
    "\n"
    "strategy    stack       at end  survived  locked  first loss    X03\n"
    "both-roots  openssl3      100%      100%      0%           -    100\n"
    "old-root    openssl102   10.0%     10.0%   90.0%  2021-01-05      0\n"
    "    90 went dark for good, first at 2021-01-05T00:00:00Z: certificate has\n"
    "      expired: Old Root; 90 device-days in all\n"
    "── unranked: would talk to an attacker "
    "────────────────────"
    "─────────────────────\n"
    "none        openssl3      100%      100%      0%           -  1,000\n"
    "    accepts: X01 1,000 device-days (100 devices); X02 1,000 device-days (100\n"
    "      devices); X03 1,000 device-days (100 devices)\n"
    "Listed by Pareto fronts of time connected, exposure, devices taken over and\n"
    "  bricked ones, not by one column\n"
    "X03: another public CA mis-issues our name; device-days in which it would have\n"
    "  been accepted\n"
    "\n"
    "events:\n"
    "  2021-01-05  expiry    Old Root expires, announced 2020-01-01\n"
    "\n"
    "assumptions:\n"
    "  Devices try again once a day.\n"
    "\n"
    "expectations: 1 of 3 met\n"
    "  NOT MET       old-root/a: bricked: >= 95%; found 0% (0 of 60)\n"
    "                small.yaml:41\n"
    "                pinstorm run small.yaml --strategy old-root --seed 7 --devices \\\n"
    "                  100 --out 'a folder'\n"
    "  INCONCLUSIVE  none: connected at 2020-01-01: 100%; found no device was booted\n"
    "                small.yaml:42\n"
    "                pinstorm run small.yaml\n"
    "\n"
    "1 scenario, 3 expectations: 1 met, 1 not met, 1 inconclusive\n";

static char *render(const struct ps_result *result, unsigned columns, bool colour)
{
    struct ps_text text = {0};
    struct ps_terminal_options options = {.columns = columns, .colour = colour};
    ps_report_terminal(result, &options, &text);
    return ps_text_steal(&text);
}

/* A cause that begins after the first loss is of another spell, which is said. */
START_TEST(test_an_earlier_spell)
{
    struct ps_result *result = sample_small();
    struct ps_result_scenario *scenario = &result->scenarios[0];
    for (size_t i = 0; i < scenario->strategy_count * scenario->cohort_count; i++)
        for (size_t k = 0; k < scenario->lanes[i].cause_count; k++)
            scenario->lanes[i].causes[k].first.s++;
    char *text = render(result, 80, false);
    ck_assert_ptr_nonnull(strstr(
        text, "  bricked ones, not by one column\n"
              "First loss is the beginning of any device's first dark spell; what is said below\n"
              "  a strategy is the commonest cause of devices' last ones\n"
              "X03: "));
    free(text);
    sample_free(result);
}
END_TEST

START_TEST(test_small)
{
    struct ps_result *result = sample_small();
    char *text = render(result, 80, false);
    ck_assert_str_eq(text, small_text);
    free(text);
    sample_free(result);
}
END_TEST

static struct ps_result *(*const samples[])(void) = {sample_small, sample_large, sample_hostile,
                                                     sample_empty};
enum { WIDTH_LEAST = 60, WIDTH_MOST = 160 };

/* Lines no wider than asked, no control character but the line's end, no blank at a line's end. */
static void check_width(const struct ps_result *result, unsigned columns)
{
    char *text = render(result, columns, false);
    size_t lines = 0;
    for (char *line = strtok(text, "\n"); line != NULL; line = strtok(NULL, "\n"), lines++) {
        ck_assert_msg(ps_columns(line) <= columns, "%u columns: %zu in '%s'", columns,
                      ps_columns(line), line);
        for (const char *c = line; *c != '\0'; c++)
            ck_assert_msg((unsigned char)*c >= 0x20, "control character in '%s'", line);
        ck_assert_msg(line[strlen(line) - 1] != ' ', "blank at the end of '%s'", line);
    }
    ck_assert_uint_ge(lines, 4);
    free(text);
}

START_TEST(test_width)
{
    struct ps_result *result = samples[_i]();
    if (samples[_i] == sample_hostile) /* a command is never cut */
        for (size_t i = 0; i < result->scenarios[0].expectation_count; i++)
            result->scenarios[0].expectations[i].command = NULL;
    for (unsigned columns = WIDTH_LEAST; columns <= WIDTH_MOST; columns++)
        check_width(result, columns);
    sample_free(result);
}
END_TEST

/* Where every word finds room, none is cut. */
START_TEST(test_nothing_cut)
{
    struct ps_result *result = sample_small();
    for (unsigned columns = WIDTH_LEAST; columns <= WIDTH_MOST; columns++) {
        char *text = render(result, columns, false);
        ck_assert_msg(strstr(text, "…") == NULL, "cut at %u columns:\n%s", columns, text);
        free(text);
    }
    sample_free(result);
}
END_TEST

/* Colours add nothing but themselves. */
START_TEST(test_colour)
{
    struct ps_result *result = sample_large();
    char *plain = render(result, 80, false), *coloured = render(result, 80, true);
    ck_assert_ptr_null(strchr(plain, '\033'));
    ck_assert_ptr_nonnull(strchr(coloured, '\033'));
    char *to = coloured;
    for (const char *from = coloured; *from != '\0';) {
        if (*from == '\033')
            from = strchr(from, 'm') + 1;
        else
            *to++ = *from++;
    }
    *to = '\0';
    ck_assert_str_eq(plain, coloured);
    free(plain);
    free(coloured);
    sample_free(result);
}
END_TEST

/* Joining what the backslashes part gives the command again, quotes and all. */
START_TEST(test_command_can_be_copied)
{
    struct ps_result *result = sample_small();
    struct ps_result_expectation *expectation = &result->scenarios[0].expectations[1];
    expectation->command = "pinstorm run 'a file with a long name, and blanks in it.yaml' --out "
                           "\"another one, with  two blanks\" --strategy a\\ b --devices 100";
    char *text = render(result, 60, false);
    char *from = strstr(text, "pinstorm run \\\n"), *to = from;
    ck_assert_ptr_nonnull(from);
    for (; *from != '\n'; from++) {
        if (strncmp(from, " \\\n", 3) == 0) {
            from += 3;
            while (from[1] == ' ')
                from++;
        }
        *to++ = *from;
    }
    *to = '\0';
    ck_assert_str_eq(strstr(text, "pinstorm run 'a file"), expectation->command);
    free(text);
    sample_free(result);
}
END_TEST

START_TEST(test_words)
{
    struct ps_result *result = sample_large();
    char *text = render(result, 120, false);
    static const char *const expect[] = {
        "── unranked: would talk to an attacker ──",
        "5,000 went dark for good, first at 2021-09-30T14:01:16Z: certificate has expired: DST",
        "3,500 went dark and came back, first at 2022-02-01T00:00:00Z: no pin matched: hub.example",
        "X03: not applicable, the scenario binds no role for it",
        "2 scenarios, 6 expectations: 5 met, 1 not met, 0 inconclusive\n",
        "accepts: X01 7,305,000 device-days (5,000 devices)",
    };
    for (size_t i = 0; i < COUNT(expect); i++)
        ck_assert_msg(strstr(text, expect[i]) != NULL, "missing: %s", expect[i]);
    ck_assert(strstr(text, "── unranked") < strstr(text, "everything-trusted"));
    free(text);
    sample_free(result);
}
END_TEST

/* One reason in two cohorts is one cause; others are counted. */
START_TEST(test_causes_are_joined)
{
    struct ps_result *result = sample_small();
    struct ps_result_lane *lane = &result->scenarios[0].lanes[3]; /* old-root in b: 36 devices */
    lane->causes = realloc(lane->causes, 2 * sizeof *lane->causes);
    lane->causes[1] = lane->causes[0];
    lane->causes[0].devices = lane->causes[0].still_dark = 30;
    lane->causes[1].devices = lane->causes[1].still_dark = 6;
    strcpy(lane->causes[1].verdict.reason, "another reason");
    lane->cause_count = 2;
    char *text = render(result, 160, false);
    ck_assert_ptr_nonnull(
        strstr(text, "84 went dark for good, first at 2021-01-05T00:00:00Z: "
                     "certificate has expired: Old Root; 90 device-days in all; 1 other cause\n"));
    free(text);
    /* What kept devices dark comes before what more of them came back from. */
    result->scenarios[0].lanes[2].causes[0].still_dark = lane->causes[0].still_dark = 0;
    text = render(result, 160, false);
    ck_assert_ptr_nonnull(strstr(text, "6 went dark for good, first at 2021-01-05T00:00:00Z: "
                                       "another reason; 36 device-days in all; 1 other cause\n"));
    free(text);
    lane->causes[1].still_dark = 0;
    text = render(result, 160, false);
    ck_assert_ptr_nonnull(strstr(text, "84 went dark and came back, first at "));
    free(text);
    sample_free(result);
}
END_TEST

/* Outcomes are shares of those that ever booted, as in expectations; the shelf one of all. */
START_TEST(test_never_booted)
{
    struct ps_result *result = sample_small();
    struct ps_result_lane *lane = &result->scenarios[0].lanes[4]; /* both-roots in a: 60 devices */
    lane->outcomes[PS_OUTCOME_SURVIVED] -= 10;
    lane->outcomes[PS_OUTCOME_NEVER_BOOTED] += 10;
    char *text = render(result, 100, false);
    const char *row = strstr(text, "\nboth-roots ");
    ck_assert_ptr_nonnull(row);
    char survived[16], locked[16], shelf[16];
    ck_assert_int_eq(
        sscanf(row, " both-roots openssl3 %*s %15s %15s %15s", survived, locked, shelf), 3);
    ck_assert_str_eq(survived, "100%");
    ck_assert_str_eq(locked, "0%");
    ck_assert_str_eq(shelf, "10.0%");
    free(text);
    sample_free(result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("terminal");
    TCase *tests = tcase_create("terminal");
    tcase_add_test(tests, test_small);
    tcase_add_test(tests, test_an_earlier_spell);
    tcase_add_loop_test(tests, test_width, 0, COUNT(samples));
    tcase_add_test(tests, test_nothing_cut);
    tcase_add_test(tests, test_colour);
    tcase_add_test(tests, test_command_can_be_copied);
    tcase_add_test(tests, test_words);
    tcase_add_test(tests, test_causes_are_joined);
    tcase_add_test(tests, test_never_booted);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
