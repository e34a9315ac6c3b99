/* SPDX-License-Identifier: Apache-2.0
 *
 * How long recovered devices were dark: every report says so where somebody recovered, and none
 * does where nobody did.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "reports/report.h"
#include "sample.h"

enum { HOUR = 3600, DAY = 86400 };

/* small.yaml's strategy old-root; in each of its cohorts so many recover, after these times. */
struct recovered {
    uint64_t devices, all_s;
    int64_t shortest_s, median_s, longest_s;
};
static const struct {
    const char *name;
    struct recovered cohorts[2];
    const char *range, *usual; /* usual: NULL where all took the same */
} rows[] = {
    {"one device", {{1, 7 * HOUR, 7 * HOUR, 7 * HOUR, 7 * HOUR}, {0}}, "7h", NULL},
    {"one cohort", {{0}, {30, 100 * DAY, 6 * HOUR, 2 * DAY, 31 * DAY}}, "6h to 31d", "median 2d"},
    {"both, the first the longest",
     {{10, 20 * DAY, DAY, 2 * DAY, 3 * DAY}, {30, 20 * DAY, HOUR, HOUR, 2 * DAY}},
     "1h to 3d",
     "mean 1d"},
    {"both, the second the longest",
     {{4, 4 * HOUR, HOUR, HOUR, HOUR}, {4, 12 * HOUR, 2 * HOUR, 3 * HOUR, 5 * HOUR}},
     "1h to 5h",
     "mean 2h"},
    {"all alike", {{3, 9 * DAY, 3 * DAY, 3 * DAY, 3 * DAY}, {0}}, "3d", NULL},
};

static struct ps_result *sample_recovered(size_t row)
{
    struct ps_result *result = sample_small();
    struct ps_result_scenario *scenario = &result->scenarios[0];
    for (size_t i = 0; i < scenario->strategy_count; i++) {
        if (strcmp(scenario->strategies[i].name, "old-root") != 0)
            continue;
        for (size_t c = 0; c < 2; c++) {
            const struct recovered *r = &rows[row].cohorts[c];
            struct ps_result_lane *lane = &scenario->lanes[i * 2 + c];
            lane->outcomes[PS_OUTCOME_LOCKED_OUT] -= r->devices;
            lane->outcomes[PS_OUTCOME_RECOVERED] += r->devices;
            lane->recovery_seconds = r->all_s;
            lane->recovery_shortest.s = r->shortest_s;
            lane->recovery_median.s = r->median_s;
            lane->recovery_longest.s = r->longest_s;
        }
        return result;
    }
    ck_abort_msg("no strategy old-root");
}

static char *terminal_of(const struct ps_result *result)
{
    const struct ps_terminal_options options = {.columns = 120};
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

/* Says `says`, whose format gets the row's words; frees `text`. */
static void check_says(const char *name, char *text, char *says)
{
    ck_assert_msg(strstr(text, says) != NULL, "%s: no '%s' in\n%.4000s", name, says, text);
    free(text);
    free(says);
}

START_TEST(every_report)
{
    struct ps_result *result = sample_recovered((size_t)_i);
    const char *name = rows[_i].name, *range = rows[_i].range, *usual = rows[_i].usual;
    unsigned devices = (unsigned)(rows[_i].cohorts[0].devices + rows[_i].cohorts[1].devices);
    const char *comma = usual ? ", " : "";
    usual = usual ? usual : "";
    check_says(name, terminal_of(result),
               ps_format("    %u recovered, after %s%s%s\n", devices, range, comma, usual));
    check_says(name, render(ps_report_markdown, result),
               ps_format(" | first loss | recovered after | exposed device-days |\n"));
    check_says(name, render(ps_report_markdown, result),
               ps_format(" | 2021-01-05 | %s%s%s | 0 |\n", range, comma, usual));
    check_says(name, render(ps_report_markdown, result), ps_format(" | - | - | 100 |\n"));
    check_says(name, render(ps_report_html, result), ps_format(">recovered<br>after</th></tr>"));
    check_says(name, render(ps_report_html, result),
               ps_format("<td class=\"r\">%s%s%s%s</td></tr>", range, *usual ? "<small>" : "",
                         usual, *usual ? "</small>" : ""));
    sample_free(result);
}
END_TEST

START_TEST(nobody_recovered)
{
    struct ps_result *result = sample_small();
    char *texts[] = {terminal_of(result), render(ps_report_markdown, result),
                     render(ps_report_html, result)};
    for (size_t i = 0; i < 3; i++) {
        ck_assert_ptr_null(strstr(texts[i], " recovered, after "));
        ck_assert_ptr_null(strstr(texts[i], "recovered after"));
        ck_assert_ptr_null(strstr(texts[i], "recovered<br>after"));
        free(texts[i]);
    }
    sample_free(result);
}
END_TEST

/* Each cohort has its own median beside the strategy's mean. */
START_TEST(cohorts_in_the_page)
{
    struct ps_result *result = sample_recovered(2);
    char *html = render(ps_report_html, result);
    static const char *const says[] = {">1h to 3d<small>mean 1d</small></td></tr>",
                                       ">1d to 3d<small>median 2d</small></td></tr>",
                                       ">1h to 2d<small>median 1h</small></td></tr>"};
    const char *at = html;
    for (size_t i = 0; i < 3; i++) {
        at = strstr(at, says[i]);
        ck_assert_msg(at != NULL, "no %s, or not in this order", says[i]);
    }
    free(html);
    sample_free(result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("recovery");
    TCase *tests = tcase_create("recovery");
    tcase_add_loop_test(tests, every_report, 0, (int)(sizeof rows / sizeof *rows));
    tcase_add_test(tests, nobody_recovered);
    tcase_add_test(tests, cohorts_in_the_page);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
