/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices that an attacker has taken over for good: every report says so, and the strategy stands
 * behind its equals.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "pareto.h"
#include "reports/report.h"
#include "sample.h"

/* small.yaml's strategy both-roots, in both cohorts: of 60 devices 10, of 40 devices 2. */
static struct ps_result *sample_taken(void)
{
    struct ps_result *result = sample_small();
    struct ps_result_scenario *scenario = &result->scenarios[0];
    for (size_t i = 0; i < scenario->strategy_count; i++) {
        if (strcmp(scenario->strategies[i].name, "both-roots") != 0)
            continue;
        struct ps_result_lane *lanes = &scenario->lanes[i * scenario->cohort_count];
        lanes[0].outcomes[PS_OUTCOME_SURVIVED] -= 10;
        lanes[0].outcomes[PS_OUTCOME_TAKEN_OVER] += 10;
        lanes[1].outcomes[PS_OUTCOME_SURVIVED] -= 2;
        lanes[1].outcomes[PS_OUTCOME_TAKEN_OVER] += 2;
        return result;
    }
    ck_abort_msg("no strategy both-roots");
}

static char *terminal_of(const struct ps_result *result, bool colour)
{
    const struct ps_terminal_options options = {.columns = 120, .colour = colour};
    struct ps_text text = {0};
    ps_report_terminal(result, &options, &text);
    return ps_text_steal(&text);
}

static char *render(void (*how)(const struct ps_result *, struct ps_text *),
                    const struct ps_result *result)
{
    struct ps_text text = {0};
    how(result, &text);
    return ps_text_steal(&text);
}

static void check_says(const char *report, char *text, const char *says)
{
    ck_assert_msg(strstr(text, says) != NULL, "%s: no '%s' in\n%.3000s", report, says, text);
    free(text);
}

START_TEST(every_report)
{
    struct ps_result *result = sample_taken();
    check_says("terminal", terminal_of(result, false),
               "strategy    stack       at end  survived  locked  taken  first loss    X03\n");
    check_says("terminal", terminal_of(result, false),
               "both-roots  openssl3      100%     88.0%"
               "      0%  12.0%           -    100\n");
    check_says("markdown", render(ps_report_markdown, result),
               "| survived | locked-out | taken-over | first loss |");
    check_says("markdown", render(ps_report_markdown, result),
               "| both-roots | openssl3 | 100% | 88.0% | 0% | 12.0% | - |");
    check_says("junit", render(ps_report_junit, result),
               "      <property name=\"taken-over: both-roots\" value=\"12 of 100\"/>\n");
    check_says("json", render(ps_report_summary_json, result), "\"taken-over\": 10");
    check_says("json", render(ps_report_summary_json, result), "\"taken-over\": 2");
    check_says("html", render(ps_report_html, result), ">taken-over</th>");
    check_says("html", render(ps_report_html, result), ">12.0%<small>12</small></td>");
    sample_free(result);
}
END_TEST

START_TEST(nobody_taken)
{
    struct ps_result *result = sample_small();
    char *junit = render(ps_report_junit, result), *text = terminal_of(result, false);
    ck_assert_ptr_null(strstr(junit, "taken-over"));
    ck_assert_ptr_null(strstr(text, "  taken  "));
    free(junit);
    free(text);
    sample_free(result);
}
END_TEST

/* Two strategies alike in everything, but for this. */
START_TEST(behind_its_equals)
{
    struct ps_result *result = sample_taken();
    struct ps_result_scenario *scenario = &result->scenarios[0];
    size_t taken = 0, other = 0;
    for (size_t i = 0; i < scenario->strategy_count; i++) {
        struct ps_result_strategy *strategy = &scenario->strategies[i];
        if (strcmp(strategy->name, "both-roots") == 0)
            taken = i;
        else if (!strategy->unranked)
            other = i;
    }
    ck_assert_uint_ne(taken, other);
    for (size_t c = 0; c < scenario->cohort_count; c++) {
        struct ps_result_lane *from = &scenario->lanes[taken * scenario->cohort_count + c];
        struct ps_result_lane *to = &scenario->lanes[other * scenario->cohort_count + c];
        to->up_seconds = from->up_seconds;
        to->booted_seconds = from->booted_seconds;
        memcpy(to->exposures, from->exposures, scenario->threat_count * sizeof *to->exposures);
        to->outcomes[PS_OUTCOME_BRICKED] = from->outcomes[PS_OUTCOME_BRICKED];
    }
    struct ps_rank *ranks = ps_pareto_order(scenario);
    ck_assert_uint_eq(ranks[0].strategy, other);
    ck_assert_uint_eq(ranks[0].front, 1);
    ck_assert_uint_eq(ranks[1].strategy, taken);
    ck_assert_uint_eq(ranks[1].front, 2);
    free(ranks);
    sample_free(result);
}
END_TEST

#define RED    "\033[1;31m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define OFF    "\033[0m"

/* What is lost is red, what is doubtful yellow, what is whole green; nought is not coloured. */
START_TEST(colours)
{
    struct ps_result *result = sample_taken();
    check_says("taken", terminal_of(result, true), "  " RED "12.0%" OFF "  ");
    check_says("all connected", terminal_of(result, true), "  " GREEN "100%" OFF "  ");
    check_says("few connected", terminal_of(result, true), "  " YELLOW "10.0%" OFF "  ");
    check_says("locked out", terminal_of(result, true), "  " YELLOW "90.0%" OFF "  ");
    check_says("nobody", terminal_of(result, true), "      0%  ");
    check_says("all survived", terminal_of(result, true), "      " GREEN "100%" OFF "      0%");
    sample_free(result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("takeover");
    TCase *tests = tcase_create("takeover");
    tcase_add_test(tests, every_report);
    tcase_add_test(tests, nobody_taken);
    tcase_add_test(tests, behind_its_equals);
    tcase_add_test(tests, colours);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
