/* SPDX-License-Identifier: Apache-2.0
 *
 * A result of some of the devices: every report says so, and judges nothing; one of all of them
 * says nothing of the kind.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "reports/report.h"
#include "sample.h"

static void terminal(const struct ps_result *result, struct ps_text *out)
{
    const struct ps_terminal_options options = {.columns = 120};
    ps_report_terminal(result, &options, out);
}

/* What is said of a partial result, and of a whole one not at all. */
static const struct {
    const char *name;
    void (*render)(const struct ps_result *, struct ps_text *);
    const char *says[4];
    bool hides; /* no expectation by its text */
} rows[] = {
    {"terminal",
     terminal,
     {"PARTIAL RESULT: 33 of 100 devices (shard 2 of 3)", "\nexpectations: 3, not judged\n",
      "0 met, 0 not met, 0 inconclusive, 3 not judged"},
     true},
    {"markdown",
     ps_report_markdown,
     {"**Partial result**: 33 of 100 devices (shard 2 of 3)", ", 3 not judged\n"},
     true},
    {"junit",
     ps_report_junit,
     {"<property name=\"partial\" value=\"33 of 100 devices (shard 2 of 3)\"/>",
      "tests=\"3\" failures=\"0\" errors=\"0\" skipped=\"3\"",
      "<skipped message=\"not judged: some of the devices are missing\"/>"},
     false},
    {"html",
     ps_report_html,
     {">partial result</span> <b>33 of 100 devices (shard 2 of 3)</b>", "3 of 3 not judged</span>",
      "<span class=\"badge open\">not judged</span>"},
     false},
    {"json",
     ps_report_summary_json,
     {"\"partial\": true,", "\"lived\": 33,", "\"judgement\": \"not-judged\""},
     false},
};

static char *render(size_t row, const struct ps_result *result)
{
    struct ps_text text = {0};
    rows[row].render(result, &text);
    return ps_text_steal(&text);
}

START_TEST(says_so)
{
    struct ps_result *result = sample_small();
    struct ps_result_scenario *scenario = &result->scenarios[0];
    scenario->lived = scenario->devices;
    char *whole = render((size_t)_i, result);
    scenario->partial = "shard 2 of 3";
    scenario->lived = 33;
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        scenario->expectations[i].judgement = PS_JUDGED_NOT;
        scenario->expectations[i].found = "not judged: some of the devices are missing";
    }
    char *partial = render((size_t)_i, result);
    for (size_t i = 0; rows[_i].says[i]; i++) {
        ck_assert_msg(strstr(partial, rows[_i].says[i]) != NULL, "%s: no '%s' in\n%.4000s",
                      rows[_i].name, rows[_i].says[i], partial);
        ck_assert_msg(strstr(whole, rows[_i].says[i]) == NULL, "%s: '%s' of a whole result",
                      rows[_i].name, rows[_i].says[i]);
    }
    if (rows[_i].hides)
        ck_assert_ptr_null(strstr(partial, "bricked: >= 95%"));
    free(whole);
    free(partial);
    sample_free(result);
}
END_TEST

/* Nobody of the fleet was in a shard: nothing is divided by nobody. */
START_TEST(nobody)
{
    struct ps_result *result = sample_small();
    struct ps_result_scenario *scenario = &result->scenarios[0];
    scenario->partial = "shard 200 of 300";
    for (size_t i = 0; i < scenario->strategy_count * scenario->cohort_count; i++) {
        struct ps_result_lane *lane = &scenario->lanes[i];
        lane->devices = lane->booted = lane->booted_seconds = lane->up_seconds = 0;
        lane->contacts_accepted = lane->lost_devices = lane->cause_count = 0;
        memset(lane->outcomes, 0, sizeof lane->outcomes);
        memset(lane->present, 0, scenario->sample_count * sizeof *lane->present);
        memset(lane->up, 0, scenario->sample_count * sizeof *lane->up);
        memset(lane->exposures, 0, scenario->threat_count * sizeof *lane->exposures);
        lane->first_loss = lane->median_loss = lane->last_loss = PS_TIME_NEVER;
    }
    char *text = render((size_t)_i, result);
    ck_assert_msg(strstr(text, "nan") == NULL && strstr(text, "inf%") == NULL, "%s", text);
    ck_assert_uint_gt(strlen(text), 100);
    free(text);
    for (size_t i = 0; i < scenario->strategy_count * scenario->cohort_count; i++)
        free(scenario->lanes[i].causes);
    for (size_t i = 0; i < scenario->strategy_count * scenario->cohort_count; i++)
        scenario->lanes[i].causes = NULL;
    sample_free(result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("partial");
    TCase *tests = tcase_create("partial");
    tcase_add_loop_test(tests, says_so, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_loop_test(tests, nobody, 0, (int)(sizeof rows / sizeof *rows));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
