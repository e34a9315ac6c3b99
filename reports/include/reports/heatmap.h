/* SPDX-License-Identifier: Apache-2.0
 *
 * The heat map of `matrix --html`: one page that needs nothing but itself, no script, light and
 * dark. Colour is never the only sign: every cell holds a letter, and a key says what the letters
 * mean. Everything here is borrowed until the writer returns.
 */
#ifndef REPORTS_HEATMAP_H
#define REPORTS_HEATMAP_H

#include <stdbool.h>
#include <stddef.h>
#include "base/text.h"
#include "base/verdict.h"

/* How a cell looks, from what one hopes for to what one fears; QUIET: an attack that was refused.
 */
enum ps_heat {
    PS_HEAT_GOOD,
    PS_HEAT_MILD,
    PS_HEAT_WARM,
    PS_HEAT_HOT,
    PS_HEAT_ALARM,
    PS_HEAT_QUIET
};

struct ps_heatmap_sign {
    char letter;
    enum ps_heat heat;
    bool counts; /* among the events survived, or the attacks accepted, of its row */
    const char *meaning;
};

struct ps_heatmap_column {
    const char *name;
    const char *date; /* the device's clock */
    const char *meaning;
    bool attack; /* events first, then attacks */
};

struct ps_heatmap_row {
    const char *name;
    const char *summary;
    const char *unranked_by; /* the attack for which it is not ranked; NULL: it is */
};

struct ps_heatmap_cell {
    char letter; /* one of the signs */
    const struct ps_verdict *verdict;
};

struct ps_heatmap {
    const char *version, *command; /* that made it, and how to make it again */
    const struct ps_heatmap_sign *signs;
    size_t sign_count;
    const struct ps_heatmap_column *columns;
    size_t column_count;
    const struct ps_heatmap_row *rows;
    size_t row_count;
    const struct ps_heatmap_cell *cells; /* row * column_count + column */
    const char *const *notes;            /* what the letters rest on, a sentence each */
    size_t note_count;
};

void ps_heatmap_html(const struct ps_heatmap *map, struct ps_text *out);

#endif
