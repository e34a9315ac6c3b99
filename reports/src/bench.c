/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/bench.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "json.h"

enum { NUMBER_MAX = 48 };

static int compare(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

void ps_bench_settle(struct ps_bench_figure *figure)
{
    uint64_t sorted[PS_BENCH_PAIRS_MAX];
    size_t count = figure->pair_count;
    assert(count > 0 && count <= PS_BENCH_PAIRS_MAX);
    memcpy(sorted, figure->pairs, count * sizeof *sorted);
    qsort(sorted, count, sizeof *sorted, compare);
    figure->value = (sorted[(count - 1) / 2] + sorted[count / 2]) / 2;
}

bool ps_bench_met(const struct ps_bench_figure *figure)
{
    switch (figure->bar) {
    case PS_BENCH_AT_LEAST:
        return figure->value >= figure->limit;
    case PS_BENCH_AT_MOST:
        return figure->value <= figure->limit;
    case PS_BENCH_NO_BAR:
        break;
    }
    return true;
}

/* "1,234.56" */
static void format(uint64_t value, unsigned decimals, char ret_text[NUMBER_MAX])
{
    char digits[NUMBER_MAX];
    int length = snprintf(digits, sizeof digits, "%0*" PRIu64, (int)decimals + 1, value);
    int whole = length - (int)decimals;
    char *to = ret_text;
    for (int i = 0; i < length; i++) {
        if (i == whole)
            *to++ = '.';
        else if (i > 0 && i < whole && (whole - i) % 3 == 0)
            *to++ = ',';
        *to++ = digits[i];
    }
    *to = '\0';
}

static const char *sign_of(enum ps_bench_bar bar)
{
    return bar == PS_BENCH_AT_LEAST ? ">=" : "<=";
}

void ps_report_bench_table(const struct ps_bench_result *result, struct ps_text *out)
{
    size_t width = 0;
    for (size_t i = 0; i < result->figure_count; i++)
        if (strlen(result->figures[i].what) > width)
            width = strlen(result->figures[i].what);
    for (size_t i = 0; i < result->figure_count; i++) {
        const struct ps_bench_figure *figure = &result->figures[i];
        char value[NUMBER_MAX], limit[NUMBER_MAX];
        format(figure->value, figure->decimals, value);
        ps_text_add(out, "%-*s %9s %-3s", (int)width, figure->what, value, figure->unit);
        if (figure->bar != PS_BENCH_NO_BAR) {
            format(figure->limit, figure->decimals, limit);
            ps_text_add(out, "  %s %s  %s", sign_of(figure->bar), limit,
                        result->quick          ? ""
                        : ps_bench_met(figure) ? "met"
                                               : "NOT MET");
        }
        while (out->length > 0 && out->chars[out->length - 1] == ' ')
            out->chars[--out->length] = '\0';
        ps_text_add(out, "\n");
    }
    if (result->quick)
        ps_text_add(out, "One short turn of each: says that it works, not how fast; no bar is "
                         "judged.\n");
}

static void add_figure(struct ps_json *json, const struct ps_bench_figure *figure, bool quick)
{
    ps_json_open(json, NULL, '{');
    ps_json_text(json, "name", figure->name);
    ps_json_text(json, "what", figure->what);
    ps_json_text(json, "unit", figure->unit);
    ps_json_decimal(json, "value", figure->value, figure->decimals);
    ps_json_open(json, "pairs", '[');
    for (size_t i = 0; i < figure->pair_count; i++)
        ps_json_decimal(json, NULL, figure->pairs[i], figure->decimals);
    ps_json_close(json, ']');
    if (figure->bar != PS_BENCH_NO_BAR) {
        ps_json_decimal(json, figure->bar == PS_BENCH_AT_LEAST ? "at_least" : "at_most",
                        figure->limit, figure->decimals);
        if (!quick)
            ps_json_bool(json, "met", ps_bench_met(figure));
    }
    ps_json_close(json, '}');
}

void ps_report_bench_json(const struct ps_bench_result *result, struct ps_text *out)
{
    struct ps_json json = {.out = out};
    ps_json_open(&json, NULL, '{');
    ps_json_text(&json, "version", result->version);
    ps_json_bool(&json, "quick", result->quick);
    ps_json_open(&json, "figures", '[');
    for (size_t i = 0; i < result->figure_count; i++)
        add_figure(&json, &result->figures[i], result->quick);
    ps_json_close(&json, ']');
    ps_json_close(&json, '}');
}
