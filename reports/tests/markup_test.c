/* SPDX-License-Identifier: Apache-2.0
 *
 * HTML, XML and Markdown: exact where they are short, and for the page what must hold whatever it
 * says: nothing from outside, nothing broken out of, every tag closed.
 */
#include <check.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "reports/report.h"
#include "markup.h"
#include "sample.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const char small_junit[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<testsuites name=\"pinstorm\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\">\n"
    "  <testsuite name=\"small\" tests=\"3\" failures=\"1\" errors=\"0\" skipped=\"1\">\n"
    "    <properties>\n"
    "      <property name=\"version\" value=\"0.1.0\"/>\n"
    "      <property name=\"seed\" value=\"7\"/>\n"
    "      <property name=\"digest\" value=\"0123456789abcdef\"/>\n"
    "    </properties>\n"
    "    <testcase classname=\"small\" name=\"both-roots: connected at 2021-01-10T23:59:59Z: "
    "100%\" file=\"small.yaml\" line=\"40\"/>\n"
    "    <testcase classname=\"small\" name=\"old-root/a: bricked: &gt;= 95%\" file=\"small.yaml\" "
    "line=\"41\">\n"
    "      <failure message=\"found 0% (0 of 60)\" type=\"expectation\">expected bricked: &gt;= "
    "95%\n"
    "found 0% (0 of 60)\n"
    "repeat: pinstorm run small.yaml --strategy old-root --seed 7 --devices 100 --out &#39;a "
    "folder&#39;\n"
    "</failure>\n"
    "    </testcase>\n"
    "    <testcase classname=\"small\" name=\"none: connected at 2020-01-01: 100%\" "
    "file=\"small.yaml\" line=\"42\">\n"
    "      <skipped message=\"inconclusive: no device was booted\"/>\n"
    "    </testcase>\n"
    "  </testsuite>\n"
    "</testsuites>\n";

static const char small_markdown[] =
    "❌ **pinstorm**: 1 of 3 expectations met, 1 not met, 1 inconclusive\n"
    "\n"
    "### small: A root expires\n"
    "\n"
    "2021-01-01 to 2021-01-11, 100 devices, seed 7\n"
    "\n"
    "| strategy | stack | connected at end | survived | locked-out | first loss | exposed "
    "device-days |\n"
    "|:--|:--|--:|--:|--:|--:|--:|\n"
    "| both-roots | openssl3 | 100% | 100% | 0% | - | 100 |\n"
    "| old-root | openssl102 | 10.0% | 10.0% | 90.0% | 2021-01-05 | 0 |\n"
    "| none (unranked: accepts X01) | openssl3 | 100% | 100% | 0% | - | 3,000 |\n"
    "\n"
    "- **not met** old-root/a: bricked: >= 95%; found 0% (0 of 60)\n"
    "  ```sh\n"
    "  pinstorm run small.yaml --strategy old-root --seed 7 --devices 100 --out 'a folder'\n"
    "  ```\n"
    "- **inconclusive** none: connected at 2020-01-01: 100%; found no device was booted\n"
    "  ```sh\n"
    "  pinstorm run small.yaml\n"
    "  ```\n"
    "\n"
    "<details><summary>1 event, 1 assumption</summary>\n"
    "\n"
    "- 2021-01-05 *expiry* Old Root expires, announced 2020-01-01\n"
    "- *assumed* Devices try again once a day.\n"
    "\n"
    "</details>\n";

static char *render(void (*how)(const struct ps_result *, struct ps_text *),
                    const struct ps_result *result)
{
    struct ps_text text = {0};
    how(result, &text);
    return ps_text_steal(&text);
}

START_TEST(test_small)
{
    struct ps_result *result = sample_small();
    char *junit = render(ps_report_junit, result), *markdown = render(ps_report_markdown, result);
    ck_assert_str_eq(junit, small_junit);
    ck_assert_str_eq(markdown, small_markdown);
    free(junit);
    free(markdown);
    sample_free(result);
}
END_TEST

/* The picture is of what was counted: the plot is from (50, 40) to (740, 360); a tenth is at 328.
 */
START_TEST(test_curves)
{
    static const char *const expect[] = {
        "<path class=\"line c0 d0\" d=\"M50 40L739.9 40\"><title>both-roots: 100%",
        "<path class=\"line c1 d1\" d=\"M50 40L326 40L395 328L739.9 328\"><title>old-root: 10.0%",
        "<path class=\"line unranked d1\" d=\"M50 40L739.9 40\"><title>none: 100%",
    };
    struct ps_result *result = sample_small();
    char *html = render(ps_report_html, result);
    for (size_t i = 0; i < COUNT(expect); i++)
        ck_assert_msg(strstr(html, expect[i]) != NULL, "missing: %s", expect[i]);
    free(html);
    sample_free(result);
}
END_TEST

static struct ps_result *(*const samples[])(void) = {sample_small, sample_large, sample_hostile,
                                                     sample_empty};

START_TEST(test_balanced)
{
    struct ps_result *result = samples[_i]();
    char *html = render(ps_report_html, result), *junit = render(ps_report_junit, result);
    ck_assert_uint_gt(markup_check(html), 10);
    ck_assert_uint_ge(markup_check(junit), 2);
    free(html);
    free(junit);
    sample_free(result);
}
END_TEST

/* Nothing is loaded from anywhere, and nothing runs. */
START_TEST(test_self_contained)
{
    struct ps_result *result = samples[_i]();
    char *html = render(ps_report_html, result);
    markup_check_self_contained(html);
    static const char space[] = "xmlns=\"http://www.w3.org/2000/svg\"";
    for (const char *at = html; (at = strstr(at, "http:")) != NULL; at++)
        ck_assert(strncmp(at - 7, space, strlen(space)) == 0);
    free(html);
    sample_free(result);
}
END_TEST

static size_t occurrences(const char *text, const char *what)
{
    size_t count = 0;
    for (const char *at = text; (at = strstr(at, what)) != NULL; at++)
        count++;
    return count;
}

START_TEST(test_page_says)
{
    struct ps_result *result = sample_large();
    char *html = render(ps_report_html, result);
    for (size_t s = 0; s < result->scenario_count; s++) {
        const struct ps_result_scenario *scenario = &result->scenarios[s];
        for (size_t i = 0; i < scenario->strategy_count; i++)
            ck_assert_msg(strstr(html, scenario->strategies[i].name) != NULL, "missing: %s",
                          scenario->strategies[i].name);
    }
    static const char *const expect[] = {
        "<a href=\"#s2\">azure-baltimore-g2-2023</a>",
        "<section id=\"s2\">",
        "prefers-color-scheme:dark",
        "role=\"img\" aria-labelledby=\"t1 d1\"",
        "<title id=\"t1\">Connected devices over time: DST Root CA X3 expires",
        "private-root, x1-only, both-roots, both-roots-mbedtls: 100% connected at the end",
        ("the default chain becomes R3 &lt; ISRG Root X1 &lt; DST Root CA X3 <span "
         "class=\"faint\">(serve, until 2021-07-03, announced 2021-04-20)</span>"),
        "announced 2021-04-20",
        "hub.example &lt; R3 &lt; ISRG Root X1 &lt; DST Root CA X3",
        "(implied: tried in every scenario, to decide who is ranked)",
        "<span class=\"badge open\">not applicable</span>",
        "<span class=\"badge bad\">not met</span> <b>dst-only-http-firmware</b>",
        "<pre>pinstorm run incidents/le-dst-x3-2021.yaml --strategy dst-only-http-firmware",
        "144,210 B",
        "A device that cannot connect tries again once a day",
        "Seed 1, scenario digest <code>6fd2a84c01e7b935</code>",
        "<pre>pinstorm run le-dst-x3-2021 --seed 1</pre>",
        "2–3", /* two events on one pixel share a mark */
    };
    for (size_t i = 0; i < COUNT(expect); i++)
        ck_assert_msg(strstr(html, expect[i]) != NULL, "missing: %s", expect[i]);
    /* 10 different lines among 15 strategies, then 4 among 5; each has a label with a title. */
    ck_assert_uint_eq(occurrences(html, "<text class=\"label"), 14);
    ck_assert_uint_eq(occurrences(html, "connected at the end</title></path>"), 14);
    ck_assert_uint_eq(occurrences(html, "<rect class=\"span\""), 1);
    /* The second scenario binds no role for X03: said in every row of its table. */
    ck_assert_uint_eq(occurrences(html, "<td class=\"r faint\">n/a</td>"), 5);
    free(html);
    sample_free(result);
}
END_TEST

START_TEST(test_same_bytes)
{
    static void (*const renderings[])(const struct ps_result *, struct ps_text *) = {
        ps_report_html, ps_report_junit, ps_report_markdown, ps_report_run_json,
        ps_report_summary_json};
    struct ps_result *one = samples[_i](), *other = samples[_i]();
    for (size_t i = 0; i < COUNT(renderings); i++) {
        char *a = render(renderings[i], one), *b = render(renderings[i], other);
        ck_assert_str_eq(a, b);
        free(a);
        free(b);
    }
    sample_free(one);
    sample_free(other);
}
END_TEST

/* Spans that want every kind of tick; the text of the first one. */
static const struct {
    const char *from, *until, *tick;
    size_t ticks;
} spans[] = {
    {"2021-09-30", "2021-09-30T06:00:00Z", "09-30 00:00", 7},
    {"2021-09-30", "2021-10-02", "09-30 00:00", 9},
    {"2021-09-01", "2021-09-08", "2021-09-01", 8},
    {"2021-01-01", "2021-03-01", "2021-01-07", 8},
    {"2021-01-01", "2022-01-01", "2021-01", 7},
    {"2021-01-15", "2022-01-15", "2021-03", 6},
    {"2000-01-01", "2025-01-01", "2000", 6},
    {"2000-06-01", "2038-01-01", "2005", 7},
    {"1970-01-01", "2470-01-01", "2000", 5},
};

START_TEST(test_ticks)
{
    struct ps_result *result = sample_small();
    struct ps_result_scenario *scenario = &result->scenarios[0];
    scenario->from = sample_time(spans[_i].from);
    scenario->until = sample_time(spans[_i].until);
    char *html = render(ps_report_html, result);
    char *tick = ps_format("\">%s</text>", spans[_i].tick);
    ck_assert_uint_ge(markup_check(html), 10);
    size_t count = occurrences(html, "v6\"/><text class=\"tick\"");
    ck_assert_msg(count == spans[_i].ticks, "%s to %s: %zu ticks", spans[_i].from, spans[_i].until,
                  count);
    const char *first = strstr(html, "v6\"/>");
    const char *end = strstr(first, "</text>");
    ck_assert_msg(strncmp(end + 7 - strlen(tick), tick, strlen(tick)) == 0,
                  "the first tick is not %s: %.80s", spans[_i].tick, first);
    free(tick);
    free(html);
    sample_free(result);
}
END_TEST

/* Before the first boot and after the last retirement there is nothing to draw. */
START_TEST(test_nobody_present)
{
    struct ps_result *result = sample_small();
    struct ps_result_scenario *scenario = &result->scenarios[0];
    for (size_t i = 0; i < scenario->strategy_count * scenario->cohort_count; i++)
        for (size_t s = 0; s < scenario->sample_count; s++)
            scenario->lanes[i].present[s] = scenario->lanes[i].up[s] = 0;
    char *html = render(ps_report_html, result);
    ck_assert_uint_ge(markup_check(html), 10);
    ck_assert_uint_eq(occurrences(html, "<text class=\"label"), 0);
    ck_assert_ptr_null(strstr(html, "d=\"\""));
    free(html);
    sample_free(result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("markup");
    TCase *tests = tcase_create("markup");
    tcase_add_test(tests, test_small);
    tcase_add_loop_test(tests, test_balanced, 0, COUNT(samples));
    tcase_add_loop_test(tests, test_self_contained, 0, COUNT(samples));
    tcase_add_test(tests, test_curves);
    tcase_add_test(tests, test_page_says);
    tcase_add_loop_test(tests, test_same_bytes, 0, COUNT(samples));
    tcase_add_loop_test(tests, test_ticks, 0, COUNT(spans));
    tcase_add_test(tests, test_nobody_present);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
