/* SPDX-License-Identifier: Apache-2.0
 *
 * The heat map: what it says exactly where that is short, and what must hold for every page.
 */
#include "reports/heatmap.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "markup.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct ps_heatmap_sign signs[] = {
    {'+', PS_HEAT_GOOD, true, "the genuine server is accepted"},
    {'-', PS_HEAT_HOT, false, "the genuine server is refused"},
    {'X', PS_HEAT_ALARM, true, "an attacker is accepted"},
    {'.', PS_HEAT_QUIET, false, "an attacker is refused"},
};

static const struct ps_heatmap_column columns[] = {
    {"E00", "2020-07-01", "as on the first day", false},
    {"E09", "2025-06-01", "the \"old\" root <expired>", false},
    {"X01", "2020-07-01", "self-signed", true},
};

static const struct ps_heatmap_row rows[] = {
    {"any<one", "Checks & trusts nobody", "X01"},
    {"root_pair", "Two roots", NULL},
};

static const struct ps_verdict accepted = {.stage = PS_STAGE_ACCEPTED};
static const struct ps_verdict expired = {.stage = PS_STAGE_DATES,
                                          .error = 10,
                                          .depth = 2,
                                          .reason = "certificate has expired: \"Root\" & <b>"};
static const struct ps_verdict unknown = {
    .stage = PS_STAGE_PATH, .error = 20, .depth = 0, .reason = "no issuer: hub.example"};

static const struct ps_heatmap_cell cells[] = {
    {'+', &accepted}, {'+', &accepted}, {'X', &accepted},
    {'+', &accepted}, {'-', &expired},  {'.', &unknown},
};

static const char *const notes[] = {"Notice is 90 days."};

static const struct ps_heatmap map = {.version = "0.1.0",
                                      .command = "pinstorm matrix --html 'a <b>.html'",
                                      .signs = signs,
                                      .sign_count = COUNT(signs),
                                      .columns = columns,
                                      .column_count = COUNT(columns),
                                      .rows = rows,
                                      .row_count = COUNT(rows),
                                      .cells = cells,
                                      .notes = notes,
                                      .note_count = COUNT(notes)};

static char *page;

static void start(void)
{
    struct ps_text text = {0};
    ps_heatmap_html(&map, &text);
    page = ps_text_steal(&text);
}

static void stop(void)
{
    free(page);
}

START_TEST(whole)
{
    ck_assert_uint_gt(markup_check(page), 40);
    markup_check_self_contained(page);
    ck_assert_ptr_null(strstr(page, "http:"));
    ck_assert_ptr_nonnull(strstr(page, "prefers-color-scheme:dark"));
}
END_TEST

static const char *const says[] = {
    "2 strategies met 2 events and 1 attack, each",
    "<li><b class=\"h3\">-</b>the genuine server is refused</li>",
    "<li>Notice is 90 days.</li>",
    "colspan=\"2\" scope=\"colgroup\">events",
    "colspan=\"1\" scope=\"colgroup\">attacks",
    "survives<br>of 2</th>",
    "accepts<br>of 1</th>",
    /* headings say what they stand for where the mouse is, and once more below */
    "title=\"E09: the &quot;old&quot; root &lt;expired&gt;\"><a href=\"#c1\">E09</a>",
    "<dt id=\"c1\">E09</dt><dd>the &quot;old&quot; root &lt;expired&gt; <small>2025-06-01",
    "title=\"Two roots\"><a href=\"#r1\">root_<wbr/>pair</a></th>",
    "<dt id=\"r0\">any&lt;one</dt><dd>Checks &amp; trusts nobody</dd>",
    /* each cell: what decided */
    "title=\"root_pair, E00: accepted\">+</td>",
    "<td class=\"h3\" title=\"root_pair, E09: dates: certificate has expired: &quot;Root&quot; "
    "&amp; &lt;b&gt; (error 10, depth 2)\">-</td>",
    "<td class=\"h5 first\" title=\"root_pair, X01: path: no issuer: hub.example (error 20, depth "
    "0)\">.</td>",
    /* counts of a row and of the columns */
    "</a></th><td class=\"c\">1</td><td class=\"c\">0</td>",
    "</span></th><td class=\"c\">2</td><td class=\"c\">1</td>",
    "of 2</th><td></td><td></td><td title=\"strategies that survive it\">2</td>"
    "<td title=\"strategies that survive it\">1</td>"
    "<td title=\"strategies that accept it\" class=\"first\">1</td></tr>",
    "<pre>pinstorm matrix --html &#39;a &lt;b&gt;.html&#39;</pre>",
};

START_TEST(what_it_says)
{
    ck_assert_msg(strstr(page, says[_i]) != NULL, "missing: %s", says[_i]);
}
END_TEST

/* Given first, shown last, under a heading of its own and with the attack that did it. */
START_TEST(unranked_rows_are_last)
{
    const char *ranked = strstr(page, "href=\"#r1\"");
    const char *heading = strstr(page, "scope=\"rowgroup\">unranked</th>");
    const char *unranked = strstr(page, "href=\"#r0\"");
    ck_assert(ranked != NULL && heading != NULL && unranked != NULL);
    ck_assert(ranked < heading && heading < unranked);
    ck_assert_ptr_nonnull(strstr(unranked, "<span class=\"tag\">unranked: X01</span>"));
    ck_assert(strstr(page, "class=\"tag\"") > heading);
}
END_TEST

START_TEST(same_bytes)
{
    struct ps_text again = {0};
    ps_heatmap_html(&map, &again);
    ck_assert_str_eq(page, ps_text_chars(&again));
    ps_text_deinit(&again);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heatmap");
    TCase *tests = tcase_create("heatmap");
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, whole);
    tcase_add_loop_test(tests, what_it_says, 0, COUNT(says));
    tcase_add_test(tests, unranked_rows_are_last);
    tcase_add_test(tests, same_bytes);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
