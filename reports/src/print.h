/* SPDX-License-Identifier: Apache-2.0
 *
 * How reports write numbers, times and foreign text. Everything here is integer arithmetic: no
 * locale and no rounding mode changes a byte of a report.
 *
 * Names and reasons come from scenario files and certificates, so every rendering passes them
 * through ps_clean_add() or ps_xml_add(): bytes that are no UTF-8 and characters that would steer a
 * terminal or break a line become U+FFFD or a blank.
 */
#ifndef REPORTS_PRINT_H
#define REPORTS_PRINT_H

#include <stddef.h>
#include <stdint.h>
#include "base/text.h"
#include "base/time.h"

enum { PS_PRINT_MAX = 40 };

/* "98.3%". "100%" and "0%" are only written when they are exact; what would round to them is
 * ">99.9%" and "<0.1%". A denominator of 0 gives "-". Returns `out`. */
char *ps_percent_print(uint64_t numerator, uint64_t denominator, char out[static PS_PRINT_MAX]);

/* Device-seconds as device-days: "1,825,000", below ten with one decimal "0.4", "<0.1", "0". */
char *ps_days_print(uint64_t device_seconds, char out[static PS_PRINT_MAX]);
/* The same in at most six columns: "912", "18,250", "183k", "1.83M". */
char *ps_days_print_compact(uint64_t device_seconds, char out[static PS_PRINT_MAX]);

/* "-" for NEVER and ALWAYS. */
char *ps_day_print(ps_time t, char out[static PS_PRINT_MAX]);
char *ps_second_print(ps_time t, char out[static PS_PRINT_MAX]);
/* "2021-10-01 to 2021-11-30"; days when both fall on midnight, seconds otherwise. */
void ps_period_add(ps_time from, ps_time until, struct ps_text *out);

/* "1 device", "5,000 devices". */
void ps_count_add(uint64_t count, const char *one, const char *many, struct ps_text *out);

/* Reads one character of UTF-8; *ret_code is U+FFFD for a byte that begins none. Returns the bytes
 * it took, 0 at the end. */
size_t ps_utf8_next(const char *text, uint32_t *ret_code);
void ps_utf8_add(uint32_t code, struct ps_text *out);

/* Columns that the text takes on a terminal. */
size_t ps_columns(const char *text);
/* One line of valid UTF-8 without control characters. NULL is "". */
void ps_clean_add(const char *text, struct ps_text *out);
/* The same, at most `columns` wide; what was cut is shown as an ellipsis. */
void ps_clean_add_short(const char *text, size_t columns, struct ps_text *out);
/* The same for XML and HTML, as content or within quotes. */
void ps_xml_add(const char *text, struct ps_text *out);
/* The same for a table cell in Markdown. */
void ps_markdown_add(const char *text, struct ps_text *out);

#endif
