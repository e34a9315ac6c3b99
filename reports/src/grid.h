/* SPDX-License-Identifier: Apache-2.0
 *
 * A table for terminals that fits a width: cells are cleaned and measured in display columns, and
 * when the width does not suffice, columns that may shrink do so down to their least width, widest
 * first, and show with an ellipsis that they were cut. If even that is too wide, columns that may
 * go are left out, last added first.
 */
#ifndef REPORTS_GRID_H
#define REPORTS_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include "base/text.h"

enum { PS_GRID_COLUMNS_MAX = 24 };

struct ps_column {
    const char *title; /* borrows until the grid is freed */
    bool right;        /* aligned to the right */
    bool may_go;
    size_t least; /* 0: never shrinks */
    size_t width; /* filled by ps_grid_fit */
    bool gone;    /* filled by ps_grid_fit */
};

struct ps_grid {
    struct ps_column columns[PS_GRID_COLUMNS_MAX];
    size_t column_count;
    struct ps_cell {
        char *text;         /* owns */
        const char *colour; /* borrows: what switches it on; NULL: none */
    } * cells;              /* owns; row by row */
    size_t cell_count, cell_capacity;
    size_t gap; /* blanks between columns */
};

void ps_grid_column(struct ps_grid *grid, struct ps_column column);
/* Copies and cleans. Cells come row by row, one for each column. */
void ps_grid_cell(struct ps_grid *grid, const char *text);
/* The same, with a colour (an escape sequence that takes no room) around what is shown. NULL: none.
 * Borrows `colour` until the grid is freed. */
void ps_grid_cell_coloured(struct ps_grid *grid, const char *text, const char *colour);
void ps_grid_fit(struct ps_grid *grid, size_t columns);
void ps_grid_add_titles(const struct ps_grid *grid, struct ps_text *out);
void ps_grid_add_row(const struct ps_grid *grid, size_t row, struct ps_text *out);
void ps_grid_deinit(struct ps_grid *grid);

#endif
