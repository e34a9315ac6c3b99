/* SPDX-License-Identifier: Apache-2.0
 *
 * Simulated time: seconds since 1970-01-01T00:00:00Z, UTC, no leap seconds (as in X.509, RFC 5280
 * section 4.1.2.5). Years 1950 to 9999 can be written. Nobody here knows what time it is outside.
 */
#ifndef BASE_TIME_H
#define BASE_TIME_H

#include <stdbool.h>
#include <stdint.h>

typedef struct ps_time {
    int64_t s;
} ps_time;

typedef struct ps_duration {
    int64_t s;
} ps_duration;

/* A time so far away that nothing happens there; used for "never" and open ends. */
#define PS_TIME_NEVER  ((ps_time){INT64_MAX})
#define PS_TIME_ALWAYS ((ps_time){INT64_MIN})

static inline int ps_time_compare(ps_time a, ps_time b)
{
    return (a.s > b.s) - (a.s < b.s);
}

enum { PS_TIME_TEXT_MAX = 32 };

/* "2021-09-30T14:01:15Z". Returns `out`. NEVER gives "never". */
char *ps_time_format(ps_time t, char out[static PS_TIME_TEXT_MAX]);
/* "2021-09-30" (the day it falls in). */
char *ps_time_format_day(ps_time t, char out[static PS_TIME_TEXT_MAX]);

/* Reads "2021-09-30", "2021-09-30T14:01:15Z", "2021-09-30 14:01:15" or "2021-09-30T14:01Z".
 * Without a time of day the result is the day's first second, or with `end_of_day` its last.
 * Returns NULL on success, otherwise what is wrong as a static clause
 * ("there is no 30 February", "a date is written YYYY-MM-DD"). */
const char *ps_time_parse(const char *text, bool end_of_day, ps_time *ret_time);

/* Durations are written with a unit: 90s 45m 24h 30d 2w 3y (y is 365.25 d = 31,557,600 s); parts
 * may follow each other, largest first: 1d12h. A bare number is an error. Returns NULL or what is
 * wrong. */
const char *ps_duration_parse(const char *text, ps_duration *ret_duration);
/* The exact shortest spelling: 90000 s is "1d1h". Zero is "0s". */
char *ps_duration_format(ps_duration d, char out[static PS_TIME_TEXT_MAX]);
/* For people: two largest units, rounded: "2y 114d", "45m". */
char *ps_duration_format_rough(ps_duration d, char out[static PS_TIME_TEXT_MAX]);

/* Calendar parts, for axes. month 1-12, day 1-31. */
struct ps_date {
    int year, month, day;
};
struct ps_date ps_time_date(ps_time t);
ps_time ps_time_from_date(struct ps_date date); /* first second of that day; must be a real day */

#endif
