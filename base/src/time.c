/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#include <assert.h>
#include <limits.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

enum { DAY_S = 86400, HOUR_S = 3600, MINUTE_S = 60, YEAR_MIN = 1950, YEAR_MAX = 9999 };

/* The calendar repeats every 400 years, an "era". Years are counted from 1 March, so that the leap
 * day is the last day of its year and the months before it have fixed lengths. */
enum { ERA_YEARS = 400, ERA_DAYS = 146097, EPOCH_FROM_ERA_0 = 719468 };

struct civil {
    int64_t year;
    int month, day;
};

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

static struct civil civil_from_days(int64_t days)
{
    days += EPOCH_FROM_ERA_0;
    int64_t era = floor_div(days, ERA_DAYS);
    int64_t day_of_era = days - era * ERA_DAYS;
    /* Takes out leap days: one every 4 years, none every 100, one every 400. */
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    /* Months from March have 153 days in every five. */
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    int64_t day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    int64_t month = month_from_march < 10 ? month_from_march + 3 : month_from_march - 9;

    return (struct civil){
        .year = year_of_era + era * ERA_YEARS + (month <= 2),
        .month = (int)month,
        .day = (int)day,
    };
}

static int64_t days_from_civil(int64_t year, int month, int day)
{
    year -= month <= 2;
    int64_t era = floor_div(year, ERA_YEARS);
    int64_t year_of_era = year - era * ERA_YEARS;
    int64_t day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

    return era * ERA_DAYS + day_of_era - EPOCH_FROM_ERA_0;
}

static int month_days(int64_t year, int month)
{
    static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

    return month == 2 && leap ? 29 : days[month - 1];
}

/* The two open ends have a word instead of a date. */
static const char *open_end_word(ps_time t)
{
    return t.s == INT64_MAX ? "never" : t.s == INT64_MIN ? "always" : NULL;
}

char *ps_time_format(ps_time t, char out[static PS_TIME_TEXT_MAX])
{
    const char *word = open_end_word(t);
    if (word != NULL)
        return strcpy(out, word);

    int64_t days = floor_div(t.s, DAY_S);
    int second = (int)(t.s - days * DAY_S);
    struct civil date = civil_from_days(days);
    int length =
        snprintf(out, PS_TIME_TEXT_MAX, "%04lld-%02d-%02dT%02d:%02d:%02dZ", (long long)date.year,
                 date.month, date.day, second / HOUR_S, second / MINUTE_S % 60, second % 60);
    assert(length > 0 && length < PS_TIME_TEXT_MAX);
    return out;
}

char *ps_time_format_day(ps_time t, char out[static PS_TIME_TEXT_MAX])
{
    const char *word = open_end_word(t);
    if (word != NULL)
        return strcpy(out, word);

    struct civil date = civil_from_days(floor_div(t.s, DAY_S));
    int length = snprintf(out, PS_TIME_TEXT_MAX, "%04lld-%02d-%02d", (long long)date.year,
                          date.month, date.day);
    assert(length > 0 && length < PS_TIME_TEXT_MAX);
    return out;
}

struct ps_date ps_time_date(ps_time t)
{
    struct civil date = civil_from_days(floor_div(t.s, DAY_S));

    assert(date.year >= INT_MIN && date.year <= INT_MAX);
    return (struct ps_date){.year = (int)date.year, .month = date.month, .day = date.day};
}

ps_time ps_time_from_date(struct ps_date date)
{
    assert(date.month >= 1 && date.month <= 12);
    assert(date.day >= 1 && date.day <= month_days(date.year, date.month));
    return (ps_time){days_from_civil(date.year, date.month, date.day) * DAY_S};
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* Reads exactly `count` digits at *at and moves behind them. */
static bool read_digits(const char **at, int count, int *ret_value)
{
    int value = 0;

    for (int i = 0; i < count; i++) {
        if (!is_digit((*at)[i]))
            return false;
        value = value * 10 + ((*at)[i] - '0');
    }
    *at += count;
    *ret_value = value;
    return true;
}

static bool read_char(const char **at, char c)
{
    if (**at != c)
        return false;
    (*at)++;
    return true;
}

/* Called for days up to 31 that the month does not have. */
static const char *missing_day(int month, int day)
{
    if (month == 2)
        return day == 29   ? "there is no 29 February in that year"
               : day == 30 ? "there is no 30 February"
                           : "there is no 31 February";
    return month == 4   ? "there is no 31 April"
           : month == 6 ? "there is no 31 June"
           : month == 9 ? "there is no 31 September"
                        : "there is no 31 November";
}

static const char *read_date(const char **at, int64_t *ret_days)
{
    int year, month, day;

    if (!read_digits(at, 4, &year) || !read_char(at, '-') || !read_digits(at, 2, &month) ||
        !read_char(at, '-') || !read_digits(at, 2, &day) || is_digit(**at))
        return "a date is written YYYY-MM-DD";
    if (year < YEAR_MIN || year > YEAR_MAX)
        return "a year lies between 1950 and 9999";
    if (month < 1 || month > 12)
        return "a month lies between 01 and 12";
    if (day < 1 || day > 31)
        return "a day lies between 01 and 31";
    if (day > month_days(year, month))
        return missing_day(month, day);
    *ret_days = days_from_civil(year, month, day);
    return NULL;
}

/* What follows the date: "T14:01:15Z", "T14:01Z"; after a space the Z may be left out. */
static const char *read_time_of_day(const char *at, int64_t *ret_second)
{
    static const char shape[] = "a time of day is written HH:MM or HH:MM:SS";
    int hour, minute, second = 0;
    bool spaced = *at == ' ';

    at++;
    if (!read_digits(&at, 2, &hour) || !read_char(&at, ':') || !read_digits(&at, 2, &minute))
        return shape;
    if (read_char(&at, ':') && !read_digits(&at, 2, &second))
        return shape;
    if (*at == '.' || *at == ',')
        return "a time of day has whole seconds";
    bool zulu = read_char(&at, 'Z');
    if (!zulu && (*at == '+' || *at == '-'))
        return "a time of day is UTC and ends in Z";
    if (*at != '\0')
        return shape;
    if (!zulu && !spaced)
        return "a time of day is UTC and ends in Z";
    if (hour > 23)
        return hour == 24 ? "there is no hour 24" : "an hour lies between 00 and 23";
    if (minute > 59)
        return minute == 60 ? "there is no minute 60" : "a minute lies between 00 and 59";
    if (second > 59)
        return second == 60 ? "there is no second 60: leap seconds are not counted"
                            : "a second lies between 00 and 59";
    *ret_second = hour * HOUR_S + minute * MINUTE_S + second;
    return NULL;
}

const char *ps_time_parse(const char *text, bool end_of_day, ps_time *ret_time)
{
    int64_t days, second = end_of_day ? DAY_S - 1 : 0;
    const char *wrong = read_date(&text, &days);

    if (wrong != NULL)
        return wrong;
    if (*text == 'T' || *text == ' ')
        wrong = read_time_of_day(text, &second);
    else if (*text != '\0')
        wrong = "a time of day follows its date after T or a space";
    if (wrong != NULL)
        return wrong;
    *ret_time = (ps_time){days * DAY_S + second};
    return NULL;
}
