/* SPDX-License-Identifier: Apache-2.0 */
#include "base/time.h"

#include <assert.h>
#include <stddef.h>
#include <stdio.h>

static const struct unit {
    char letter;
    int64_t seconds;
} units[] = {
    {'y', 31557600}, {'w', 604800}, {'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1},
};
enum { UNIT_Y, UNIT_W, UNIT_D, UNIT_H, UNIT_M, UNIT_S, UNITS };

/* Longer than any calendar here, and short enough that sums of times and durations cannot overflow.
 */
static const int64_t duration_max_s = INT64_C(10000) * 31557600;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static const char *read_unit(char letter, size_t *ret_unit)
{
    if (letter == '\0')
        return "a duration needs a unit: s, m, h, d, w or y";
    if (letter == '.' || letter == ',')
        return "a duration has whole numbers: 1h30m instead of 1.5h";
    if (letter == ' ')
        return "a duration has no spaces";
    for (size_t i = 0; i < UNITS; i++) {
        if (units[i].letter == letter) {
            *ret_unit = i;
            return NULL;
        }
    }
    return "the units of a duration are s, m, h, d, w and y";
}

const char *ps_duration_parse(const char *text, ps_duration *ret_duration)
{
    int64_t total = 0;
    size_t allowed_from = 0; /* the largest unit that may still come */

    if (*text == '-')
        return "a duration is not negative";
    if (!is_digit(*text))
        return "a duration is written like 90s, 45m, 24h, 30d, 2w or 3y";
    while (*text != '\0') {
        int64_t number = 0;
        size_t unit;

        if (*text == ' ')
            return "a duration has no spaces";
        if (!is_digit(*text))
            return "in a duration a number comes before each unit";
        for (; is_digit(*text); text++)
            number = number > duration_max_s ? number : number * 10 + (*text - '0');
        const char *wrong = read_unit(*text, &unit);
        if (wrong != NULL)
            return wrong;
        text++;
        if (unit + 1 == allowed_from)
            return "a duration has each unit once";
        if (unit < allowed_from)
            return "a duration has its largest unit first";
        allowed_from = unit + 1;
        if (number > (duration_max_s - total) / units[unit].seconds)
            return "a duration is at most 10000y";
        total += number * units[unit].seconds;
    }
    *ret_duration = (ps_duration){total};
    return NULL;
}

/* One way to spell a number of seconds: largest units first, with or without years and weeks. */
struct spelling {
    char text[64];
    size_t length;
    int parts;
};

static struct spelling spell(uint64_t seconds, bool years, bool weeks)
{
    struct spelling spelling = {0};

    for (size_t i = 0; i < UNITS; i++) {
        uint64_t size = (uint64_t)units[i].seconds;
        if ((i == UNIT_Y && !years) || (i == UNIT_W && !weeks) || seconds < size)
            continue;
        int written =
            snprintf(spelling.text + spelling.length, sizeof spelling.text - spelling.length,
                     "%llu%c", (unsigned long long)(seconds / size), units[i].letter);
        spelling.length += (size_t)written;
        assert(spelling.length < sizeof spelling.text);
        spelling.parts++;
        seconds %= size;
    }
    return spelling;
}

static uint64_t magnitude(ps_duration d)
{
    return d.s < 0 ? -(uint64_t)d.s : (uint64_t)d.s;
}

/* Seconds, minutes and hours always carry; years and weeks are used where that takes fewer parts
 * or, with as many, fewer letters: 1y, 2w, 30d (not 4w2d), 365d (not 52w1d), 1d1h. */
char *ps_duration_format(ps_duration d, char out[static PS_TIME_TEXT_MAX])
{
    struct spelling best = spell(magnitude(d), true, true);

    for (int choice = 2; choice >= 0; choice--) {
        struct spelling other = spell(magnitude(d), choice & 2, choice & 1);
        if (other.parts < best.parts || (other.parts == best.parts && other.length < best.length))
            best = other;
    }
    int length = snprintf(out, PS_TIME_TEXT_MAX, "%s%s", d.s < 0 ? "-" : "",
                          best.parts == 0 ? "0s" : best.text);
    assert(length > 0 && length < PS_TIME_TEXT_MAX);
    return out;
}

/* Weeks are left out: people add days up more easily than weeks and days. */
static const size_t rough_units[] = {UNIT_Y, UNIT_D, UNIT_H, UNIT_M, UNIT_S};
enum { ROUGH_UNITS = sizeof rough_units / sizeof rough_units[0] };

/* The largest unit of which there is one, but never the smallest: something has to come second. */
static size_t rough_unit(uint64_t seconds)
{
    size_t i = 0;

    while (i + 2 < ROUGH_UNITS && seconds < (uint64_t)units[rough_units[i]].seconds)
        i++;
    return i;
}

char *ps_duration_format_rough(ps_duration d, char out[static PS_TIME_TEXT_MAX])
{
    uint64_t seconds = magnitude(d);
    size_t i = rough_unit(seconds);
    uint64_t large = (uint64_t)units[rough_units[i]].seconds;
    uint64_t small = (uint64_t)units[rough_units[i + 1]].seconds;

    seconds = seconds / large * large + (seconds % large + small / 2) / small * small;
    i = rough_unit(seconds); /* 59 m 59.6 s became an hour */
    large = (uint64_t)units[rough_units[i]].seconds;
    small = (uint64_t)units[rough_units[i + 1]].seconds;

    unsigned long long first = seconds / large, second = seconds % large / small;
    char large_letter = units[rough_units[i]].letter,
         small_letter = units[rough_units[i + 1]].letter;
    const char *sign = d.s < 0 ? "-" : "";
    int length;
    if (first == 0)
        length = snprintf(out, PS_TIME_TEXT_MAX, "%s%llu%c", sign, second, small_letter);
    else if (second == 0)
        length = snprintf(out, PS_TIME_TEXT_MAX, "%s%llu%c", sign, first, large_letter);
    else
        length = snprintf(out, PS_TIME_TEXT_MAX, "%s%llu%c %llu%c", sign, first, large_letter,
                          second, small_letter);
    assert(length > 0 && length < PS_TIME_TEXT_MAX);
    return out;
}
