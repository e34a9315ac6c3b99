/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/matrix_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "cli/cli.h"
#include "reports/heatmap.h"
#include "reports/report.h"

void ps_matrix_print_tsv(const struct ps_matrix_view *view)
{
    const struct ps_matrix_column *columns;
    size_t column_count = ps_matrix_columns(&columns);
    printf("policy");
    for (size_t c = 0; c < column_count; c++)
        printf("\t%s", columns[c].name);
    for (size_t r = 0; r < view->row_count; r++) {
        printf("\n%s", view->rows[r].label);
        for (size_t c = 0; c < column_count; c++)
            printf("\t%c", ps_matrix_letter(view->matrix, r, c));
    }
    printf("\n");
}

/* In as many groups of columns as the terminal is too narrow for; states and attacks never share
 * one. */
void ps_matrix_print_table(const struct ps_matrix_view *view)
{
    const struct ps_matrix_column *columns;
    size_t column_count = ps_matrix_columns(&columns), width = 0;
    for (size_t r = 0; r < view->row_count; r++)
        if (strlen(view->rows[r].label) > width)
            width = strlen(view->rows[r].label);
    size_t fit = (ps_cli_columns() - width) / 4;
    for (size_t from = 0, until; from < column_count; from = until) {
        for (until = from; until < column_count && until - from < fit &&
                           columns[until].attack == columns[from].attack;)
            until++;
        printf("%s%-*s", from ? "\n" : "", (int)width, "");
        for (size_t c = from; c < until; c++)
            printf(" %s", columns[c].name);
        for (size_t r = 0; r < view->row_count; r++) {
            printf("\n%-*s", (int)width, view->rows[r].label);
            for (size_t c = from; c < until; c++)
                printf("  %c%s", ps_matrix_letter(view->matrix, r, c), c + 1 < until ? " " : "");
        }
        printf("\n");
    }
    printf("\n+ - the genuine server accepted and refused, X . an attacker\n");
    for (size_t c = 0; c < column_count; c++)
        printf("%s %s\n", columns[c].name, ps_matrix_meaning(&columns[c]));
}

void ps_matrix_print_why(const struct ps_matrix_view *view, size_t column)
{
    static const char *const results[] = {"the genuine server is refused",
                                          "the genuine server is accepted",
                                          "the attacker is refused", "the attacker is accepted"};
    const struct ps_matrix_column *columns;
    ps_matrix_columns(&columns);
    const struct ps_matrix_column *c = &columns[column];
    const struct ps_verdict *v = ps_matrix_verdict(view->matrix, 0, column);
    struct ps_text served = {0};
    ps_matrix_served(view->matrix, 0, column, &served);
    printf("%s/%s: %s\n", view->rows[0].label, c->name,
           results[2 * c->attack + ps_verdict_accepted(v)]);
    printf("  %-7s %s\n", "what", ps_matrix_meaning(c));
    printf("  %-7s %s\n", "clock", c->date);
    const char *word = "served";
    for (const char *line = ps_text_chars(&served), *end; *line; line = end + 1, word = "") {
        end = strchr(line, '\n');
        printf("  %-7s %.*s\n", word, (int)(end - line), line);
    }
    ps_text_deinit(&served);
    printf("  %-7s %s\n", "path", v->path[0] ? v->path : "none");
    printf("  %-7s %s (%s)\n", "check", ps_stage_text(v->stage), ps_stage_meaning(v->stage));
    if (!ps_verdict_accepted(v))
        printf("  %-7s %s (error %" PRId32 ", depth %" PRId32 ")\n", "error", v->reason, v->error,
               v->depth);
}

static const struct ps_heatmap_sign signs[] = {
    {'+', PS_HEAT_GOOD, true, "the genuine server is accepted"},
    {'-', PS_HEAT_HOT, false, "the genuine server is refused"},
    {'X', PS_HEAT_ALARM, true, "an attacker is accepted"},
    {'.', PS_HEAT_QUIET, false, "an attacker is refused"},
};

/* The attack that shows that anybody would do, if the row accepts one. */
static const char *unranked_by(const struct ps_matrix_view *view, size_t row)
{
    const struct ps_matrix_column *columns;
    size_t count = ps_matrix_columns(&columns);
    for (size_t c = 0; c < count; c++)
        if (columns[c].attack &&
            (strcmp(columns[c].name, ps_attack_text(PS_ATTACK_X01)) == 0 ||
             strcmp(columns[c].name, ps_attack_text(PS_ATTACK_X02)) == 0) &&
            ps_verdict_accepted(ps_matrix_verdict(view->matrix, row, c)))
            return columns[c].name;
    return NULL;
}

ps_status ps_matrix_write_html(const struct ps_matrix_view *view, const char *command,
                               const char *file, struct ps_error *err)
{
    const struct ps_matrix_column *columns;
    size_t count = ps_matrix_columns(&columns);
    struct ps_heatmap_column *heads = ps_alloc(count, sizeof *heads);
    struct ps_heatmap_row *rows = ps_alloc(view->row_count, sizeof *rows);
    struct ps_heatmap_cell *cells = ps_alloc(view->row_count * count, sizeof *cells);
    for (size_t c = 0; c < count; c++)
        heads[c] = (struct ps_heatmap_column){columns[c].name, columns[c].date,
                                              ps_matrix_meaning(&columns[c]), columns[c].attack};
    for (size_t r = 0; r < view->row_count; r++) {
        rows[r] = (struct ps_heatmap_row){view->rows[r].label, view->rows[r].summary,
                                          unranked_by(view, r)};
        for (size_t c = 0; c < count; c++)
            cells[r * count + c] = (struct ps_heatmap_cell){ps_matrix_letter(view->matrix, r, c),
                                                            ps_matrix_verdict(view->matrix, r, c)};
    }
    const struct ps_heatmap map = {.version = PS_VERSION,
                                   .command = command,
                                   .signs = signs,
                                   .sign_count = sizeof signs / sizeof *signs,
                                   .columns = heads,
                                   .column_count = count,
                                   .rows = rows,
                                   .row_count = view->row_count,
                                   .cells = cells};
    struct ps_text text = {0};
    ps_heatmap_html(&map, &text);
    ps_status s = ps_report_write_file(file, &text, err);
    ps_text_deinit(&text);
    free(cells);
    free(rows);
    free(heads);
    return s;
}
