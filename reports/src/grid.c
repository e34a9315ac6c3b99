/* SPDX-License-Identifier: Apache-2.0 */
#include "grid.h"

#include <assert.h>
#include <stdlib.h>
#include "base/memory.h"
#include "print.h"

void ps_grid_column(struct ps_grid *grid, struct ps_column column)
{
    assert(grid->column_count < PS_GRID_COLUMNS_MAX && grid->cell_count == 0);
    grid->columns[grid->column_count++] = column;
}

void ps_grid_cell(struct ps_grid *grid, const char *text)
{
    ps_grid_cell_coloured(grid, text, NULL);
}

void ps_grid_cell_coloured(struct ps_grid *grid, const char *text, const char *colour)
{
    struct ps_text cleaned = {0};
    ps_clean_add(text, &cleaned);
    struct ps_cell cell = {ps_strdup(ps_text_chars(&cleaned)), colour};
    ps_text_deinit(&cleaned);
    PS_PUSH(grid->cells, grid->cell_count, grid->cell_capacity, cell);
}

static void measure(struct ps_grid *grid)
{
    for (size_t c = 0; c < grid->column_count; c++)
        grid->columns[c].width = ps_columns(grid->columns[c].title);
    for (size_t i = 0; i < grid->cell_count; i++) {
        size_t *width = &grid->columns[i % grid->column_count].width;
        size_t columns = ps_columns(grid->cells[i].text);
        if (columns > *width)
            *width = columns;
    }
}

static size_t total_width(const struct ps_grid *grid)
{
    size_t total = 0, shown = 0;
    for (size_t c = 0; c < grid->column_count; c++) {
        if (grid->columns[c].gone)
            continue;
        total += grid->columns[c].width;
        shown++;
    }
    return shown == 0 ? 0 : total + (shown - 1) * grid->gap;
}

/* Takes one column of width from the widest that can spare it. */
static bool shrink(struct ps_grid *grid)
{
    struct ps_column *widest = NULL;
    for (size_t c = 0; c < grid->column_count; c++) {
        struct ps_column *column = &grid->columns[c];
        if (column->gone || column->least == 0 || column->width <= column->least)
            continue;
        if (widest == NULL || column->width > widest->width)
            widest = column;
    }
    if (widest != NULL)
        widest->width--;
    return widest != NULL;
}

static bool drop(struct ps_grid *grid)
{
    for (size_t c = grid->column_count; c > 0; c--) {
        struct ps_column *column = &grid->columns[c - 1];
        if (!column->may_go || column->gone)
            continue;
        column->gone = true;
        return true;
    }
    return false;
}

void ps_grid_fit(struct ps_grid *grid, size_t columns)
{
    grid->gap = 2;
    measure(grid);
    if (total_width(grid) > columns)
        grid->gap = 1;
    while (total_width(grid) > columns) {
        if (shrink(grid))
            continue;
        if (!drop(grid))
            return;
        measure(grid); /* what was shrunk gets its room back */
    }
}

static void add_cell(const struct ps_grid *grid, size_t column, const struct ps_cell *cell,
                     bool last, struct ps_text *out)
{
    const char *on = cell->colour ? cell->colour : "", *off = cell->colour ? "\033[0m" : "";
    const struct ps_column *shape = &grid->columns[column];
    struct ps_text shown = {0};
    ps_clean_add_short(cell->text, shape->width, &shown);
    size_t used = ps_columns(ps_text_chars(&shown));
    int pad = (int)(shape->width > used ? shape->width - used : 0);
    if (shape->right)
        ps_text_add(out, "%*s%s%s%s", pad, "", on, ps_text_chars(&shown), off);
    else
        ps_text_add(out, "%s%s%s%*s", on, ps_text_chars(&shown), off, last ? 0 : pad, "");
    if (!last)
        ps_text_add(out, "%*s", (int)grid->gap, "");
    ps_text_deinit(&shown);
}

static size_t last_shown(const struct ps_grid *grid)
{
    size_t last = 0;
    for (size_t c = 0; c < grid->column_count; c++)
        if (!grid->columns[c].gone)
            last = c;
    return last;
}

void ps_grid_add_titles(const struct ps_grid *grid, struct ps_text *out)
{
    size_t last = last_shown(grid);
    for (size_t c = 0; c < grid->column_count; c++)
        if (!grid->columns[c].gone)
            add_cell(grid, c, &(struct ps_cell){(char *)(uintptr_t)grid->columns[c].title, NULL},
                     c == last, out);
}

void ps_grid_add_row(const struct ps_grid *grid, size_t row, struct ps_text *out)
{
    size_t last = last_shown(grid);
    for (size_t c = 0; c < grid->column_count; c++)
        if (!grid->columns[c].gone)
            add_cell(grid, c, &grid->cells[row * grid->column_count + c], c == last, out);
}

void ps_grid_deinit(struct ps_grid *grid)
{
    for (size_t i = 0; i < grid->cell_count; i++)
        free(grid->cells[i].text);
    free(grid->cells);
    *grid = (struct ps_grid){0};
}
