/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "print.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct {
    const char *name;
    uint64_t numerator, denominator;
    const char *expect;
} percents[] = {
    {"nothing to count", 0, 0, "-"},
    {"none", 0, 5000, "0%"},
    {"all", 5000, 5000, "100%"},
    {"half", 1, 2, "50.0%"},
    {"rounds up", 1, 3, "33.3%"},
    {"rounds half up", 1, 16, "6.3%"},
    {"one of many is not none", 1, 1000000, "<0.1%"},
    {"the least that is written", 1, 2000, "0.1%"},
    {"all but one is not all", 999999, 1000000, ">99.9%"},
    {"the most that is written", 1998, 2000, "99.9%"},
    {"more than fits in 64 bits", UINT64_MAX / 2, UINT64_MAX, "50.0%"},
};

START_TEST(test_percent)
{
    char out[PS_PRINT_MAX];
    ps_percent_print(percents[_i].numerator, percents[_i].denominator, out);
    ck_assert_msg(strcmp(out, percents[_i].expect) == 0, "%s: '%s'", percents[_i].name, out);
}
END_TEST

static const struct {
    uint64_t device_seconds;
    const char *expect, *compact;
} days[] = {
    {0, "0", "0"},
    {1, "<0.1", "<0.1"},
    {4320, "0.1", "0.1"},
    {86400, "1.0", "1.0"},
    {86400ULL * 9 + 43200, "9.5", "9.5"},
    {86400ULL * 10, "10", "10"},
    {86400ULL * 912, "912", "912"},
    {86400ULL * 18250, "18,250", "18,250"},
    {86400ULL * 99999, "99,999", "99,999"},
    {86400ULL * 100000, "100,000", "100k"},
    {86400ULL * 999499, "999,499", "999k"},
    {86400ULL * 999500, "999,500", "1.00M"},
    {86400ULL * 1825000, "1,825,000", "1.83M"},
    {86400ULL * 18250000, "18,250,000", "18.3M"},
    {86400ULL * 9999999999, "9,999,999,999", "10.0G"},
};

START_TEST(test_days)
{
    char out[PS_PRINT_MAX];
    ck_assert_str_eq(ps_days_print(days[_i].device_seconds, out), days[_i].expect);
    ck_assert_str_eq(ps_days_print_compact(days[_i].device_seconds, out), days[_i].compact);
    ck_assert_uint_le(strlen(out), 6);
}
END_TEST

START_TEST(test_times)
{
    char out[PS_PRINT_MAX];
    ck_assert_str_eq(ps_day_print(PS_TIME_NEVER, out), "-");
    ck_assert_str_eq(ps_second_print(PS_TIME_ALWAYS, out), "-");
    ck_assert_str_eq(ps_day_print((ps_time){1633010476}, out), "2021-09-30");
    ck_assert_str_eq(ps_second_print((ps_time){1633010476}, out), "2021-09-30T14:01:16Z");
    struct ps_text text = {0};
    ps_period_add((ps_time){0}, (ps_time){86400}, &text);
    ck_assert_str_eq(ps_text_chars(&text), "1970-01-01 to 1970-01-02");
    ps_text_deinit(&text);
    ps_period_add((ps_time){0}, (ps_time){86401}, &text);
    ck_assert_str_eq(ps_text_chars(&text), "1970-01-01T00:00:00Z to 1970-01-02T00:00:01Z");
    ps_text_deinit(&text);
    ps_count_add(1, "device", "devices", &text);
    ps_count_add(1234, "device", "devices", &text);
    ck_assert_str_eq(ps_text_chars(&text), "1 device1,234 devices");
    ps_text_deinit(&text);
}
END_TEST

#define FFFD "\xef\xbf\xbd"

/* What foreign text becomes in each format. */
static const struct {
    const char *name, *text, *clean, *xml, *markdown;
} foreign[] = {
    {"nothing", "", "", "", ""},
    {"absent", NULL, "", "", ""},
    {"plain", "Let\xc3\xa9 R3", "Let\xc3\xa9 R3", "Let\xc3\xa9 R3", "Let\xc3\xa9 R3"},
    {"markup", "<a b='\"&'>", "<a b='\"&'>", "&lt;a b=&#39;&quot;&amp;&#39;&gt;",
     "&lt;a b='\"&amp;'>"},
    {"escape", "\033[31m", FFFD "[31m", FFFD "[31m", FFFD "\\[31m"},
    {"C1 control",
     "a\xc2\x9b"
     "b",
     "a" FFFD "b", "a" FFFD "b", "a" FFFD "b"},
    {"line ends", "a\nb\r\tc", "a b  c", "a b  c", "a b  c"},
    {"right to left",
     "a\xe2\x80\xae"
     "b",
     "a" FFFD "b", "a" FFFD "b", "a" FFFD "b"},
    {"stray byte",
     "a\xff"
     "b",
     "a" FFFD "b", "a" FFFD "b", "a" FFFD "b"},
    {"cut within a character", "a\xe2\x82", "a" FFFD FFFD, "a" FFFD FFFD, "a" FFFD FFFD},
    {"overlong", "\xc0\xaf", FFFD FFFD, FFFD FFFD, FFFD FFFD},
    {"overlong of three", "\xe0\x80\xaf", FFFD FFFD FFFD, FFFD FFFD FFFD, FFFD FFFD FFFD},
    {"surrogate", "\xed\xa0\x80", FFFD FFFD FFFD, FFFD FFFD FFFD, FFFD FFFD FFFD},
    {"beyond Unicode", "\xf4\x90\x80\x80", FFFD FFFD FFFD FFFD, FFFD FFFD FFFD FFFD,
     FFFD FFFD FFFD FFFD},
    {"not a character", "\xef\xbf\xbf", FFFD, FFFD, FFFD},
    {"table and emphasis", "a|b*c_d`e", "a|b*c_d`e", "a|b*c_d`e", "a\\|b\\*c\\_d\\`e"},
    {"link", "[x](http://y)", "[x](http://y)", "[x](http://y)", "\\[x\\](http://y)"},
    {"four bytes", "\xf0\x9f\x94\x92", "\xf0\x9f\x94\x92", "\xf0\x9f\x94\x92", "\xf0\x9f\x94\x92"},
};

START_TEST(test_foreign)
{
    struct ps_text text = {0};
    ps_clean_add(foreign[_i].text, &text);
    ck_assert_msg(strcmp(ps_text_chars(&text), foreign[_i].clean) == 0, "%s, clean: '%s'",
                  foreign[_i].name, ps_text_chars(&text));
    ps_text_deinit(&text);
    ps_xml_add(foreign[_i].text, &text);
    ck_assert_msg(strcmp(ps_text_chars(&text), foreign[_i].xml) == 0, "%s, XML: '%s'",
                  foreign[_i].name, ps_text_chars(&text));
    ps_text_deinit(&text);
    ps_markdown_add(foreign[_i].text, &text);
    ck_assert_msg(strcmp(ps_text_chars(&text), foreign[_i].markdown) == 0, "%s, Markdown: '%s'",
                  foreign[_i].name, ps_text_chars(&text));
    ps_text_deinit(&text);
}
END_TEST

static const struct {
    const char *name, *text;
    size_t columns;
    const char *expect;
    size_t width; /* of the whole text */
} shortened[] = {
    {"fits", "both-roots", 10, "both-roots", 10},
    {"one too many", "both-roots2", 10, "both-root…", 11},
    {"accents count once", "éééé", 4, "éééé", 4},
    {"combining marks count nothing",
     "e\xcc\x81"
     "e",
     2,
     "e\xcc\x81"
     "e",
     2},
    {"wide characters count twice", "日本語", 5, "日本…", 6},
    {"half a wide character does not fit", "日本語", 4, "日…", 6},
    {"no room at all", "abc", 0, "", 3},
    {"room for the ellipsis", "abc", 1, "…", 3},
};

START_TEST(test_shortened)
{
    struct ps_text text = {0};
    ps_clean_add_short(shortened[_i].text, shortened[_i].columns, &text);
    ck_assert_msg(strcmp(ps_text_chars(&text), shortened[_i].expect) == 0, "%s: '%s'",
                  shortened[_i].name, ps_text_chars(&text));
    ck_assert_uint_le(ps_columns(ps_text_chars(&text)), shortened[_i].columns);
    ck_assert_uint_eq(ps_columns(shortened[_i].text), shortened[_i].width);
    ps_text_deinit(&text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("print");
    TCase *tests = tcase_create("print");
    tcase_add_loop_test(tests, test_percent, 0, COUNT(percents));
    tcase_add_loop_test(tests, test_days, 0, COUNT(days));
    tcase_add_test(tests, test_times);
    tcase_add_loop_test(tests, test_foreign, 0, COUNT(foreign));
    tcase_add_loop_test(tests, test_shortened, 0, COUNT(shortened));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
