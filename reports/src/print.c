/* SPDX-License-Identifier: Apache-2.0 */
#include "print.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define REPLACEMENT     0xfffdU
#define ELLIPSIS        0x2026U
#define SECONDS_PER_DAY 86400

/* A product of a count and a rounding factor does not always fit in 64 bits. */
__extension__ typedef unsigned __int128 wide;

char *ps_percent_print(uint64_t numerator, uint64_t denominator, char out[static PS_PRINT_MAX])
{
    if (denominator == 0) {
        snprintf(out, PS_PRINT_MAX, "-");
        return out;
    }
    if (numerator == 0 || numerator == denominator) {
        snprintf(out, PS_PRINT_MAX, "%s", numerator == 0 ? "0%" : "100%");
        return out;
    }
    uint64_t tenths = (uint64_t)(((wide)numerator * 2000 + denominator) / ((wide)denominator * 2));
    if (tenths == 0)
        snprintf(out, PS_PRINT_MAX, "<0.1%%");
    else if (tenths == 1000 && numerator < denominator)
        snprintf(out, PS_PRINT_MAX, ">99.9%%");
    else
        snprintf(out, PS_PRINT_MAX, "%" PRIu64 ".%" PRIu64 "%%", tenths / 10, tenths % 10);
    return out;
}

static uint64_t rounded(uint64_t value, uint64_t unit)
{
    return (uint64_t)(((wide)value * 2 + unit) / ((wide)unit * 2));
}

char *ps_days_print(uint64_t device_seconds, char out[static PS_PRINT_MAX])
{
    uint64_t tenths = rounded(device_seconds, SECONDS_PER_DAY / 10);
    char number[32];
    if (device_seconds == 0)
        snprintf(out, PS_PRINT_MAX, "0");
    else if (tenths == 0)
        snprintf(out, PS_PRINT_MAX, "<0.1");
    else if (tenths < 100)
        snprintf(out, PS_PRINT_MAX, "%" PRIu64 ".%" PRIu64, tenths / 10, tenths % 10);
    else
        snprintf(out, PS_PRINT_MAX, "%s",
                 ps_text_thousands(rounded(device_seconds, SECONDS_PER_DAY), number));
    return out;
}

char *ps_days_print_compact(uint64_t device_seconds, char out[static PS_PRINT_MAX])
{
    static const char units[] = {'k', 'M', 'G', 'T'};
    uint64_t days = rounded(device_seconds, SECONDS_PER_DAY);
    if (days < 100000)
        return ps_days_print(device_seconds, out);
    uint64_t unit = 1000;
    size_t which = 0;
    /* 999,500 would round to 1000k, so the next unit begins there. */
    while (which + 1 < sizeof units && rounded(days, unit) >= 1000) {
        unit *= 1000;
        which++;
    }
    uint64_t hundredths = rounded(days, unit / 100);
    if (hundredths < 1000) {
        snprintf(out, PS_PRINT_MAX, "%" PRIu64 ".%02" PRIu64 "%c", hundredths / 100,
                 hundredths % 100, units[which]);
        return out;
    }
    uint64_t tenths = rounded(days, unit / 10);
    if (tenths < 1000)
        snprintf(out, PS_PRINT_MAX, "%" PRIu64 ".%" PRIu64 "%c", tenths / 10, tenths % 10,
                 units[which]);
    else
        snprintf(out, PS_PRINT_MAX, "%" PRIu64 "%c", rounded(days, unit), units[which]);
    return out;
}

static bool is_open(ps_time t)
{
    return ps_time_compare(t, PS_TIME_NEVER) == 0 || ps_time_compare(t, PS_TIME_ALWAYS) == 0;
}

char *ps_day_print(ps_time t, char out[static PS_PRINT_MAX])
{
    char text[PS_TIME_TEXT_MAX];
    snprintf(out, PS_PRINT_MAX, "%s", is_open(t) ? "-" : ps_time_format_day(t, text));
    return out;
}

char *ps_second_print(ps_time t, char out[static PS_PRINT_MAX])
{
    char text[PS_TIME_TEXT_MAX];
    snprintf(out, PS_PRINT_MAX, "%s", is_open(t) ? "-" : ps_time_format(t, text));
    return out;
}

static bool is_midnight(ps_time t)
{
    return !is_open(t) && t.s % SECONDS_PER_DAY == 0;
}

void ps_period_add(ps_time from, ps_time until, struct ps_text *out)
{
    char a[PS_PRINT_MAX], b[PS_PRINT_MAX];
    if (is_midnight(from) && is_midnight(until))
        ps_text_add(out, "%s to %s", ps_day_print(from, a), ps_day_print(until, b));
    else
        ps_text_add(out, "%s to %s", ps_second_print(from, a), ps_second_print(until, b));
}

void ps_count_add(uint64_t count, const char *one, const char *many, struct ps_text *out)
{
    char number[32];
    ps_text_add(out, "%s %s", ps_text_thousands(count, number), count == 1 ? one : many);
}

size_t ps_utf8_next(const char *text, uint32_t *ret_code)
{
    const unsigned char *byte = (const unsigned char *)text;
    if (byte[0] == 0)
        return 0;
    *ret_code = byte[0];
    if (byte[0] < 0x80)
        return 1;
    size_t length = byte[0] >= 0xf0 ? 4 : byte[0] >= 0xe0 ? 3 : 2;
    static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    uint32_t code = byte[0] & (0xffU >> (length + 1));
    bool good = byte[0] >= 0xc2 && byte[0] <= 0xf4;
    for (size_t i = 1; good && i < length; i++) {
        good = (byte[i] & 0xc0) == 0x80;
        code = code << 6 | (byte[i] & 0x3f);
    }
    if (!good || code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) {
        *ret_code = REPLACEMENT;
        return 1;
    }
    *ret_code = code;
    return length;
}

void ps_utf8_add(uint32_t code, struct ps_text *out)
{
    char c[4];
    size_t n = 0;
    if (code < 0x80) {
        c[n++] = (char)code;
    } else if (code < 0x800) {
        c[n++] = (char)(0xc0 | code >> 6);
        c[n++] = (char)(0x80 | (code & 0x3f));
    } else if (code < 0x10000) {
        c[n++] = (char)(0xe0 | code >> 12);
        c[n++] = (char)(0x80 | (code >> 6 & 0x3f));
        c[n++] = (char)(0x80 | (code & 0x3f));
    } else {
        c[n++] = (char)(0xf0 | code >> 18);
        c[n++] = (char)(0x80 | (code >> 12 & 0x3f));
        c[n++] = (char)(0x80 | (code >> 6 & 0x3f));
        c[n++] = (char)(0x80 | (code & 0x3f));
    }
    ps_text_add_n(out, c, n);
}

struct span {
    uint32_t first, last;
};

static bool within(uint32_t code, const struct span *spans, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (code >= spans[i].first && code <= spans[i].last)
            return true;
    return false;
}

/* Our own widths: wcwidth() asks the locale. */
static size_t columns_of(uint32_t code)
{
    static const struct span none[] = {
        {0x300, 0x36f}, {0x200b, 0x200f}, {0x20d0, 0x20ff}, {0xfe00, 0xfe0f}, {0xfeff, 0xfeff}};
    static const struct span two[] = {{0x1100, 0x115f},  {0x2e80, 0x303e}, {0x3041, 0xa4cf},
                                      {0xac00, 0xd7a3},  {0xf900, 0xfaff}, {0xfe30, 0xfe6f},
                                      {0xff00, 0xff60},  {0xffe0, 0xffe6}, {0x1f300, 0x1faff},
                                      {0x20000, 0x3fffd}};
    if (within(code, none, sizeof none / sizeof none[0]))
        return 0;
    return within(code, two, sizeof two / sizeof two[0]) ? 2 : 1;
}

/* What stands for a character in one line of a report. */
static uint32_t clean(uint32_t code)
{
    /* Controls, and the marks that turn the direction of the text around them. */
    static const struct span bad[] = {{0x00, 0x1f},     {0x7f, 0x9f},     {0x2028, 0x202e},
                                      {0x2066, 0x2069}, {0xfdd0, 0xfdef}, {0xfffe, 0xffff}};
    if (code == '\n' || code == '\t' || code == '\r')
        return ' ';
    return within(code, bad, sizeof bad / sizeof bad[0]) ? REPLACEMENT : code;
}

size_t ps_columns(const char *text)
{
    size_t columns = 0;
    uint32_t code;
    for (size_t n; (n = ps_utf8_next(text, &code)) > 0; text += n)
        columns += columns_of(clean(code));
    return columns;
}

void ps_clean_add(const char *text, struct ps_text *out)
{
    uint32_t code;
    for (size_t n; text != NULL && (n = ps_utf8_next(text, &code)) > 0; text += n)
        ps_utf8_add(clean(code), out);
}

void ps_clean_add_short(const char *text, size_t columns, struct ps_text *out)
{
    if (text == NULL)
        return;
    if (ps_columns(text) <= columns) {
        ps_clean_add(text, out);
        return;
    }
    size_t used = 0;
    uint32_t code;
    for (size_t n; (n = ps_utf8_next(text, &code)) > 0; text += n) {
        code = clean(code);
        if (used + columns_of(code) + 1 > columns)
            break;
        used += columns_of(code);
        ps_utf8_add(code, out);
    }
    if (columns > 0)
        ps_utf8_add(ELLIPSIS, out);
}

void ps_xml_add(const char *text, struct ps_text *out)
{
    uint32_t code;
    for (size_t n; text != NULL && (n = ps_utf8_next(text, &code)) > 0; text += n) {
        code = clean(code);
        switch (code) {
        case '&':
            ps_text_add_n(out, "&amp;", 5);
            break;
        case '<':
            ps_text_add_n(out, "&lt;", 4);
            break;
        case '>':
            ps_text_add_n(out, "&gt;", 4);
            break;
        case '"':
            ps_text_add_n(out, "&quot;", 6);
            break;
        case '\'':
            ps_text_add_n(out, "&#39;", 5);
            break;
        default:
            ps_utf8_add(code, out);
        }
    }
}

void ps_markdown_add(const char *text, struct ps_text *out)
{
    uint32_t code;
    for (size_t n; text != NULL && (n = ps_utf8_next(text, &code)) > 0; text += n) {
        code = clean(code);
        if (code == '<')
            ps_text_add_n(out, "&lt;", 4);
        else if (code == '&')
            ps_text_add_n(out, "&amp;", 5);
        else if (code < 0x80 && strchr("\\`*_[]|~#@", (int)code) != NULL && code != 0)
            ps_text_add(out, "\\%c", (char)code);
        else
            ps_utf8_add(code, out);
    }
}
