/* SPDX-License-Identifier: Apache-2.0
 *
 * How `matrix` shows what it found: on a terminal, with tabs for programs, as a heat map, or one
 * cell in full.
 */
#ifndef HARNESS_CLI_MATRIX_VIEW_H
#define HARNESS_CLI_MATRIX_VIEW_H

#include <stddef.h>
#include "base/status.h"
#include "harness/composite.h"
#include "harness/matrix.h"

struct ps_matrix_row {
    const char *label;  /* in the table: a policy's own name, or a preset's */
    const char *preset; /* what the fixture's strategy is made of */
    const char *summary;
    size_t ended; /* its strategy with pins past their end; SIZE_MAX: there is none */
};

struct ps_matrix_view {
    const struct ps_matrix *matrix; /* its rows are these rows */
    const struct ps_matrix_row *rows;
    size_t row_count;
    const struct ps_composite_options *composite; /* NULL: bare verdicts */
};

void ps_matrix_print_tsv(const struct ps_matrix_view *view);
void ps_matrix_print_table(const struct ps_matrix_view *view);
/* The first row's cell. */
void ps_matrix_print_why(const struct ps_matrix_view *view, size_t column);
/* `command` repeats it. */
PS_MUST_USE ps_status ps_matrix_write_html(const struct ps_matrix_view *view, const char *command,
                                           const char *file, struct ps_error *err);

#endif
