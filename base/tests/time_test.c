/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/time.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Texts that are times. gmtime and timegm are pure functions here: the day is an argument. */
static const struct {
    const char *text;
    bool end_of_day;
    int64_t expect;
} good_times[] = {
    {"1970-01-01", false, 0},
    {"1970-01-01", true, 86399},
    {"2021-09-30T14:01:15Z", false, 1633010475},
    {"2021-09-30T14:01:15Z", true, 1633010475},
    {"2021-09-30 14:01:15", false, 1633010475},
    {"2021-09-30 14:01:15Z", false, 1633010475},
    {"2021-09-30T14:01Z", true, 1633010460},
    {"2021-09-30 14:01", false, 1633010460},
    {"2000-02-29", false, 951782400},
    {"2038-01-19T03:14:08Z", false, INT64_C(2147483648)},
    {"1950-01-01", false, -631152000},
    {"1969-12-31T23:59:59Z", false, -1},
    {"2049-12-31T23:59:59Z", false, INT64_C(2524607999)},
    {"9999-12-31", true, INT64_C(253402300799)},
};

START_TEST(good_time)
{
    ps_time got = {0};
    const char *wrong = ps_time_parse(good_times[_i].text, good_times[_i].end_of_day, &got);

    ck_assert_msg(wrong == NULL, "%s: %s", good_times[_i].text, wrong);
    ck_assert_msg(got.s == good_times[_i].expect, "%s: got %lld", good_times[_i].text,
                  (long long)got.s);
}
END_TEST

#define MESSAGE_DATE_SHAPE "a date is written YYYY-MM-DD"
#define MESSAGE_TIME_SHAPE "a time of day is written HH:MM or HH:MM:SS"
#define MESSAGE_TIME_UTC   "a time of day is UTC and ends in Z"

static const struct {
    const char *text;
    const char *expect;
} bad_times[] = {
    {"", MESSAGE_DATE_SHAPE},
    {"never", MESSAGE_DATE_SHAPE},
    {"2021", MESSAGE_DATE_SHAPE},
    {"2021-9-30", MESSAGE_DATE_SHAPE},
    {"21-09-30", MESSAGE_DATE_SHAPE},
    {"2021/09/30", MESSAGE_DATE_SHAPE},
    {"30.09.2021", MESSAGE_DATE_SHAPE},
    {"2021-09-3", MESSAGE_DATE_SHAPE},
    {"2021-09-300", MESSAGE_DATE_SHAPE},
    {"12021-09-30", MESSAGE_DATE_SHAPE},
    {" 2021-09-30", MESSAGE_DATE_SHAPE},
    {"1949-12-31", "a year lies between 1950 and 9999"},
    {"0000-01-01", "a year lies between 1950 and 9999"},
    {"2021-00-01", "a month lies between 01 and 12"},
    {"2021-13-01", "a month lies between 01 and 12"},
    {"2021-01-00", "a day lies between 01 and 31"},
    {"2021-01-32", "a day lies between 01 and 31"},
    {"2021-02-29", "there is no 29 February in that year"},
    {"2100-02-29", "there is no 29 February in that year"},
    {"2021-02-30", "there is no 30 February"},
    {"2020-02-30", "there is no 30 February"},
    {"2021-02-31", "there is no 31 February"},
    {"2021-04-31", "there is no 31 April"},
    {"2021-06-31", "there is no 31 June"},
    {"2021-09-31", "there is no 31 September"},
    {"2021-11-31", "there is no 31 November"},
    {"2021-09-30x", "a time of day follows its date after T or a space"},
    {"2021-09-30t14:01:15Z", "a time of day follows its date after T or a space"},
    {"2021-09-30T", MESSAGE_TIME_SHAPE},
    {"2021-09-30 ", MESSAGE_TIME_SHAPE},
    {"2021-09-30T14Z", MESSAGE_TIME_SHAPE},
    {"2021-09-30T1:01Z", MESSAGE_TIME_SHAPE},
    {"2021-09-30T14:1Z", MESSAGE_TIME_SHAPE},
    {"2021-09-30T14:01:Z", MESSAGE_TIME_SHAPE},
    {"2021-09-30T14:01:5Z", MESSAGE_TIME_SHAPE},
    {"2021-09-30T14:01:15Zx", MESSAGE_TIME_SHAPE},
    {"2021-09-30T14:01:15z", MESSAGE_TIME_SHAPE},
    {"2021-09-30  14:01:15", MESSAGE_TIME_SHAPE},
    {"2021-09-30T14:01:15.5Z", "a time of day has whole seconds"},
    {"2021-09-30T14:01:15", MESSAGE_TIME_UTC},
    {"2021-09-30T14:01", MESSAGE_TIME_UTC},
    {"2021-09-30T14:01:15+02:00", MESSAGE_TIME_UTC},
    {"2021-09-30 14:01:15-0100", MESSAGE_TIME_UTC},
    {"2021-09-30T24:00:00Z", "there is no hour 24"},
    {"2021-09-30T25:00:00Z", "an hour lies between 00 and 23"},
    {"2021-09-30T23:60:00Z", "there is no minute 60"},
    {"2021-09-30T23:61:00Z", "a minute lies between 00 and 59"},
    {"2016-12-31T23:59:60Z", "there is no second 60: leap seconds are not counted"},
    {"2016-12-31T23:59:61Z", "a second lies between 00 and 59"},
};

START_TEST(bad_time)
{
    ps_time got = {123};
    const char *wrong = ps_time_parse(bad_times[_i].text, false, &got);

    ck_assert_msg(wrong != NULL, "%s: taken as %lld", bad_times[_i].text, (long long)got.s);
    ck_assert_msg(strcmp(wrong, bad_times[_i].expect) == 0, "%s: %s", bad_times[_i].text, wrong);
    ck_assert_msg(got.s == 123, "%s: the output was touched", bad_times[_i].text);
}
END_TEST

static bool parses_to(const char *text, bool end_of_day, int64_t expect)
{
    ps_time got;

    return ps_time_parse(text, end_of_day, &got) == NULL && got.s == expect;
}

/* One day, at some second of it, against the C library's calendar; what is wrong, or NULL. */
static const char *day_is_wrong(int64_t day, struct ps_date *date)
{
    time_t second = (time_t)(day + (day / 86400 * 7919 % 86400 + 86400) % 86400);
    struct tm tm;
    char out[PS_TIME_TEXT_MAX], expect[64];

    gmtime_r(&second, &tm);
    strftime(expect, sizeof expect, "%Y-%m-%dT%H:%M:%SZ", &tm);
    if (strcmp(ps_time_format((ps_time){second}, out), expect) != 0)
        return "format";
    if (!parses_to(out, false, second))
        return "parse";
    expect[10] = '\0';
    if (strcmp(ps_time_format_day((ps_time){second}, out), expect) != 0)
        return "format of the day";
    if (!parses_to(out, false, day) || !parses_to(out, true, day + 86399))
        return "parse of the day";
    *date = ps_time_date((ps_time){second});
    if (date->year != tm.tm_year + 1900 || date->month != tm.tm_mon + 1 || date->day != tm.tm_mday)
        return "date";
    return ps_time_from_date(*date).s == day ? NULL : "from date";
}

START_TEST(every_day_goes_round)
{
    const int64_t first = -631152000, last = INT64_C(253402300799);
    struct ps_date date = {0};

    for (int64_t day = first; day <= last; day += 86400) {
        const char *wrong = day_is_wrong(day, &date);
        if (wrong != NULL)
            ck_abort_msg("%s, of day %lld", wrong, (long long)day);
    }
    ck_assert(date.year == 9999 && date.month == 12 && date.day == 31);
}
END_TEST

START_TEST(dates_outside_of_what_can_be_written)
{
    /* The calendar itself goes on: eras before year 0 and after 9999. */
    for (int64_t year = -2000; year <= 12000; year += 97) {
        struct ps_date date = {(int)year, 3, 1};
        struct tm tm = {.tm_year = (int)year - 1900, .tm_mon = 2, .tm_mday = 1};
        ck_assert_int_eq(ps_time_from_date(date).s, timegm(&tm));
        struct ps_date back = ps_time_date((ps_time){ps_time_from_date(date).s - 1});
        ck_assert_int_eq(back.month, 2);
        ck_assert_int_eq(back.year, year);
    }
}
END_TEST

START_TEST(open_ends_have_words)
{
    char out[PS_TIME_TEXT_MAX];

    ck_assert_str_eq(ps_time_format(PS_TIME_NEVER, out), "never");
    ck_assert_str_eq(ps_time_format_day(PS_TIME_NEVER, out), "never");
    ck_assert_str_eq(ps_time_format(PS_TIME_ALWAYS, out), "always");
    ck_assert_str_eq(ps_time_format_day(PS_TIME_ALWAYS, out), "always");
    ck_assert_int_lt(ps_time_compare(PS_TIME_ALWAYS, PS_TIME_NEVER), 0);
    ck_assert_int_eq(ps_time_compare((ps_time){5}, (ps_time){5}), 0);
    ck_assert_int_gt(ps_time_compare((ps_time){6}, (ps_time){5}), 0);
    /* One second away from them is a date of a very long year, and it fits. */
    ck_assert_str_eq(ps_time_format((ps_time){INT64_MAX - 1}, out), "292277026596-12-04T15:30:06Z");
    ck_assert_str_eq(ps_time_format_day((ps_time){INT64_MIN + 1}, out), "-292277022657-01-27");
}
END_TEST

#define D INT64_C(86400)
#define W (7 * D)
#define Y INT64_C(31557600)

static const struct {
    const char *text;
    int64_t expect;
} good_durations[] = {
    {"0s", 0},
    {"1s", 1},
    {"90s", 90},
    {"45m", 2700},
    {"24h", D},
    {"30d", 30 * D},
    {"2w", 2 * W},
    {"3y", 3 * Y},
    {"1d12h", D + D / 2},
    {"1y2w3d4h5m6s", Y + 2 * W + 3 * D + 4 * 3600 + 5 * 60 + 6},
    {"007d", 7 * D},
    {"0d0s", 0},
    {"10000y", 10000 * Y},
    {"9999y365d6h", 10000 * Y},
};

START_TEST(good_duration)
{
    ps_duration got = {0};
    const char *wrong = ps_duration_parse(good_durations[_i].text, &got);

    ck_assert_msg(wrong == NULL, "%s: %s", good_durations[_i].text, wrong);
    ck_assert_msg(got.s == good_durations[_i].expect, "%s: got %lld", good_durations[_i].text,
                  (long long)got.s);
}
END_TEST

static const struct {
    const char *text;
    const char *expect;
} bad_durations[] = {
    {"", "a duration is written like 90s, 45m, 24h, 30d, 2w or 3y"},
    {"d", "a duration is written like 90s, 45m, 24h, 30d, 2w or 3y"},
    {"soon", "a duration is written like 90s, 45m, 24h, 30d, 2w or 3y"},
    {"90", "a duration needs a unit: s, m, h, d, w or y"},
    {"0", "a duration needs a unit: s, m, h, d, w or y"},
    {"1d12", "a duration needs a unit: s, m, h, d, w or y"},
    {"-1d", "a duration is not negative"},
    {"1.5h", "a duration has whole numbers: 1h30m instead of 1.5h"},
    {"1,5h", "a duration has whole numbers: 1h30m instead of 1.5h"},
    {"1 d", "a duration has no spaces"},
    {"1d 12h", "a duration has no spaces"},
    {"1x", "the units of a duration are s, m, h, d, w and y"},
    {"1D", "the units of a duration are s, m, h, d, w and y"},
    {"1M", "the units of a duration are s, m, h, d, w and y"},
    {"30days", "in a duration a number comes before each unit"},
    {"12h1d", "a duration has its largest unit first"},
    {"1d2w", "a duration has its largest unit first"},
    {"1d2d", "a duration has each unit once"},
    {"10001y", "a duration is at most 10000y"},
    {"10000y1s", "a duration is at most 10000y"},
    {"315576000001s", "a duration is at most 10000y"},
    {"9223372036854775808s", "a duration is at most 10000y"},
    {"99999999999999999999999999y", "a duration is at most 10000y"},
};

START_TEST(bad_duration)
{
    ps_duration got = {123};
    const char *wrong = ps_duration_parse(bad_durations[_i].text, &got);

    ck_assert_msg(wrong != NULL, "%s: taken as %lld", bad_durations[_i].text, (long long)got.s);
    ck_assert_msg(strcmp(wrong, bad_durations[_i].expect) == 0, "%s: %s", bad_durations[_i].text,
                  wrong);
    ck_assert_msg(got.s == 123, "%s: the output was touched", bad_durations[_i].text);
}
END_TEST

static const struct {
    int64_t seconds;
    const char *exact;
    const char *rough;
} formatted[] = {
    {0, "0s", "0s"},
    {1, "1s", "1s"},
    {59, "59s", "59s"},
    {60, "1m", "1m"},
    {90, "1m30s", "1m 30s"},
    {2700, "45m", "45m"},
    {3599, "59m59s", "59m 59s"},
    {3600, "1h", "1h"},
    {3629, "1h29s", "1h"},
    {3630, "1h30s", "1h 1m"},
    {7199, "1h59m59s", "2h"},
    {90000, "1d1h", "1d 1h"},
    {D, "1d", "1d"},
    {D - 1, "23h59m59s", "1d"},
    {D + D / 2, "1d12h", "1d 12h"},
    {6 * D, "6d", "6d"},
    {7 * D, "1w", "7d"},
    {14 * D, "2w", "14d"},
    {30 * D, "30d", "30d"},
    {90 * D, "90d", "90d"},
    {120 * D, "120d", "120d"},
    {365 * D, "365d", "365d"},
    {366 * D, "366d", "1y 1d"},
    {398 * D, "398d", "1y 33d"},
    {Y, "1y", "1y"},
    {Y - 1, "365d5h59m59s", "1y"},
    {Y + D, "1y1d", "1y 1d"},
    {2 * Y + 114 * D, "2y114d", "2y 114d"},
    {2 * Y + 114 * D + 4000, "844d13h6m40s", "2y 114d"},
    {8 * Y, "8y", "8y"},
    {-90, "-1m30s", "-1m 30s"},
    {INT64_MAX, "106751991167300d15h30m7s", "292271023045y 114d"},
    {INT64_MIN, "-106751991167300d15h30m8s", "-292271023045y 114d"},
};

START_TEST(duration_formats)
{
    char out[PS_TIME_TEXT_MAX];
    ps_duration d = {formatted[_i].seconds};

    ck_assert_str_eq(ps_duration_format(d, out), formatted[_i].exact);
    ck_assert_str_eq(ps_duration_format_rough(d, out), formatted[_i].rough);
}
END_TEST

START_TEST(durations_go_round)
{
    /* Steps that meet all units, from 0 to the longest that can be written. */
    for (int64_t seconds = 0; seconds <= 10000 * Y; seconds += 1 + seconds / 997) {
        const int64_t near[] = {seconds,         seconds / 60 * 60, seconds / 3600 * 3600,
                                seconds / D * D, seconds / W * W,   seconds / Y * Y};
        for (size_t i = 0; i < COUNT(near); i++) {
            char out[PS_TIME_TEXT_MAX];
            ps_duration back = {-1};
            const char *wrong =
                ps_duration_parse(ps_duration_format((ps_duration){near[i]}, out), &back);
            if (wrong != NULL || back.s != near[i])
                ck_abort_msg("%lld is written %s", (long long)near[i], out);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("time");
    TCase *tests = tcase_create("time");

    tcase_set_timeout(tests, 120);
    tcase_add_loop_test(tests, good_time, 0, (int)COUNT(good_times));
    tcase_add_loop_test(tests, bad_time, 0, (int)COUNT(bad_times));
    tcase_add_test(tests, every_day_goes_round);
    tcase_add_test(tests, dates_outside_of_what_can_be_written);
    tcase_add_test(tests, open_ends_have_words);
    tcase_add_loop_test(tests, good_duration, 0, (int)COUNT(good_durations));
    tcase_add_loop_test(tests, bad_duration, 0, (int)COUNT(bad_durations));
    tcase_add_loop_test(tests, duration_formats, 0, (int)COUNT(formatted));
    tcase_add_test(tests, durations_go_round);
    suite_add_tcase(suite, tests);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
