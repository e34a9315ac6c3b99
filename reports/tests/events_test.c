/* SPDX-License-Identifier: Apache-2.0
 *
 * Every kind of event, in every report that lists events.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "reports/report.h"
#include "sample.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define SERVES       "telemetry serves a leaf from sub"

static const struct row {
    const char *kind, *title, *at, *until, *announced; /* NULL: at once, never */
    const char *terminal, *markdown, *html;
} rows[] = {
    {"serve", SERVES, "2021-01-03", "2021-01-05", "2020-12-24",
     "  2021-01-03  serve     " SERVES ", until 2021-01-05, announced 2020-12-24\n",
     "- 2021-01-03 *serve* " SERVES ", until 2021-01-05, announced 2020-12-24\n",
     "<li><b>2021-01-03</b> " SERVES
     " <span class=\"faint\">(serve, until 2021-01-05, announced 2020-12-24)</span></li>"},
    {"fault", "hub: cut for 2h", "2021-01-03", "2021-01-03T02:00:00Z", NULL,
     "  2021-01-03  fault     hub: cut for 2h, until 2021-01-03T02:00:00Z\n",
     "- 2021-01-03 *fault* hub: cut for 2h, until 2021-01-03T02:00:00Z\n",
     "<b>2021-01-03</b> hub: cut for 2h <span class=\"faint\">(fault, until "
     "2021-01-03T02:00:00Z)</span>"},
    {"release", "release fw-2 is offered", "2021-01-03T12:00:01Z", NULL, NULL,
     "  2021-01-03T12:00:01Z  release   release fw-2 is offered\n",
     "- 2021-01-03T12:00:01Z *release* release fw-2 is offered\n",
     "<b>2021-01-03T12:00:01Z</b> release fw-2 is offered <span class=\"faint\">(release)</span>"},
    {"revoke", "the leaf of hub is revoked", "2021-01-03", NULL, NULL,
     "  2021-01-03  revoke    the leaf of hub is revoked\n",
     "- 2021-01-03 *revoke* the leaf of hub is revoked\n",
     "</b> the leaf of hub is revoked <span class=\"faint\">(revoke)</span>"},
    {"outage", "CRLs of sub cannot be fetched", "2021-01-03", "2021-01-04", NULL,
     "  2021-01-03  outage    CRLs of sub cannot be fetched, until 2021-01-04\n",
     "- 2021-01-03 *outage* CRLs of sub cannot be fetched, until 2021-01-04\n",
     "</b> CRLs of sub cannot be fetched <span class=\"faint\">(outage, until "
     "2021-01-04)</span>"},
    {"announce", "hub announces key kb", "2021-01-03", "2021-01-04", NULL,
     "  2021-01-03  announce  hub announces key kb, until 2021-01-04\n",
     "- 2021-01-03 *announce* hub announces key kb, until 2021-01-04\n",
     "</b> hub announces key kb <span class=\"faint\">(announce, until 2021-01-04)</span>"},
    {"note", "Nothing happens.", "2021-01-03", NULL, NULL,
     "  2021-01-03  note      Nothing happens.\n", "- 2021-01-03 *note* Nothing happens.\n",
     "</b> Nothing happens. <span class=\"faint\">(note)</span>"},
    {"expiry", "certificate r3 expires", "2021-01-03", NULL, NULL,
     "  2021-01-03  expiry    certificate r3 expires\n",
     "- 2021-01-03 *expiry* certificate r3 expires\n",
     "</b> certificate r3 expires <span class=\"faint\">(expiry)</span>"},
};

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

static void check_says(const char *report, char *text, const char *says)
{
    ck_assert_msg(strstr(text, says) != NULL, "%s: no '%s' in\n%.3000s", report, says, text);
    free(text);
}

START_TEST(each_kind)
{
    const struct row *row = &rows[_i];
    struct ps_result *result = sample_small();
    result->scenarios[0].events[0] = (struct ps_result_event){
        .at = sample_time(row->at),
        .until = sample_time(row->until ? row->until : row->at),
        .announced = row->announced ? sample_time(row->announced) : PS_TIME_NEVER,
        .kind = row->kind,
        .title = row->title,
    };
    check_says("terminal", terminal_of(result), row->terminal);
    check_says("markdown", render(ps_report_markdown, result), row->markdown);
    check_says("html", render(ps_report_html, result), row->html);
    char *json = ps_format("\"kind\": \"%s\"", row->kind);
    check_says("json", render(ps_report_summary_json, result), json);
    free(json);
    sample_free(result);
}
END_TEST

/* One event that needs seconds, and all of them are written so. */
START_TEST(days_or_seconds)
{
    struct ps_result *result = sample_large();
    struct ps_result_scenario *scenario = &result->scenarios[0];
    ck_assert_uint_gt(scenario->event_count, 2);
    for (size_t i = 0; i < scenario->event_count; i++)
        scenario->events[i].at = scenario->events[i].until = sample_time("2021-05-01");
    char *text = terminal_of(result);
    ck_assert_ptr_null(strstr(text, "\n  2021-05-01T00:00:00Z  "));
    check_says("days", text, "\n  2021-05-01  ");
    scenario->events[1].at.s++;
    text = terminal_of(result);
    ck_assert_ptr_null(strstr(text, "\n  2021-05-01  "));
    ck_assert_ptr_nonnull(strstr(text, "\n  2021-05-01T00:00:01Z  "));
    check_says("seconds", text, "\n  2021-05-01T00:00:00Z  ");
    sample_free(result);
}
END_TEST

/* A terminal gets the first forty and is told of the rest; the file has them all. */
START_TEST(many)
{
    enum { EVENTS = 43 };
    struct ps_result *result = sample_small();
    struct ps_result_scenario *scenario = &result->scenarios[0];
    char titles[EVENTS][16];
    scenario->events = realloc(scenario->events, EVENTS * sizeof *scenario->events);
    scenario->event_count = EVENTS;
    for (size_t i = 0; i < EVENTS; i++) {
        snprintf(titles[i], sizeof titles[i], "number %zu.", i + 1);
        scenario->events[i] = scenario->events[0];
        scenario->events[i].title = titles[i];
    }
    char *text = terminal_of(result);
    ck_assert_ptr_null(strstr(text, "number 41."));
    ck_assert_ptr_nonnull(strstr(text, "number 40."));
    check_says("terminal", text, "  and 3 more, which the report lists\n");
    check_says("markdown", render(ps_report_markdown, result), "number 43.");
    scenario->event_count = 40;
    text = terminal_of(result);
    ck_assert_ptr_null(strstr(text, " more, which"));
    check_says("terminal", text, "number 40.");
    sample_free(result);
}
END_TEST

/* Nothing happened, nothing was assumed: no heading says so. */
START_TEST(none)
{
    struct ps_result *result = sample_small();
    result->scenarios[0].event_count = result->scenarios[0].assumption_count = 0;
    char *text = terminal_of(result), *markdown = render(ps_report_markdown, result);
    ck_assert_ptr_null(strstr(text, "events:"));
    ck_assert_ptr_null(strstr(text, "assumptions:"));
    ck_assert_ptr_null(strstr(markdown, "<details>"));
    free(text);
    free(markdown);
    sample_free(result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("events");
    TCase *tests = tcase_create("events");
    tcase_add_loop_test(tests, each_kind, 0, COUNT(rows));
    tcase_add_test(tests, days_or_seconds);
    tcase_add_test(tests, many);
    tcase_add_test(tests, none);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
