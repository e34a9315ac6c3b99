/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/matrix_view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/memory.h"
#include "cli/cli.h"
#include "reports/facts.h"
#include "reports/heatmap.h"
#include "reports/report.h"

/* Of bare verdicts, the best first. */
static const struct ps_heatmap_sign event_signs[] = {
    {'+', PS_HEAT_GOOD, true, "the genuine server is accepted"},
    {'-', PS_HEAT_HOT, false, "the genuine server is refused"},
};
static const struct ps_heatmap_sign attack_signs[] = {
    {'X', PS_HEAT_ALARM, true, "an attacker is accepted"},
    {'.', PS_HEAT_QUIET, false, "an attacker is refused"},
};
enum { SIGNS_MAX = PS_COMPOSITE_COUNT + 4 };

static const enum ps_heat composite_heats[] = {
    [PS_COMPOSITE_SURVIVES] = PS_HEAT_GOOD,   [PS_COMPOSITE_TRANSIENT] = PS_HEAT_MILD,
    [PS_COMPOSITE_CLOCK] = PS_HEAT_MILD,      [PS_COMPOSITE_HEALS] = PS_HEAT_MILD,
    [PS_COMPOSITE_WAITS] = PS_HEAT_MILD,      [PS_COMPOSITE_PREPARED] = PS_HEAT_WARM,
    [PS_COMPOSITE_LOCKED_OUT] = PS_HEAT_WARM, [PS_COMPOSITE_STALE_KEY] = PS_HEAT_HOT,
    [PS_COMPOSITE_BRICKED] = PS_HEAT_HOT,
};

static size_t signs_of(const struct ps_matrix_view *view, struct ps_heatmap_sign *signs)
{
    size_t count = 0;
    for (int i = 0; view->composite && i < PS_COMPOSITE_COUNT; i++)
        signs[count++] = (struct ps_heatmap_sign){ps_composite_letter((enum ps_composite)i),
                                                  composite_heats[i], i == PS_COMPOSITE_SURVIVES,
                                                  ps_composite_meaning((enum ps_composite)i)};
    for (size_t i = 0; !view->composite && i < 2; i++)
        signs[count++] = event_signs[i];
    for (size_t i = 0; i < 2; i++)
        signs[count++] = attack_signs[i];
    return count;
}

static char letter_of(const struct ps_matrix_view *view, size_t row, size_t column)
{
    const struct ps_matrix_column *columns;
    ps_matrix_columns(&columns);
    if (!view->composite || columns[column].attack)
        return ps_matrix_letter(view->matrix, row, column);
    return ps_composite_letter(
        ps_composite_of_cell(view->matrix, row, view->rows[row].ended, column, view->composite));
}

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
            printf("\t%c", letter_of(view, r, c));
    }
    printf("\n");
}

/* What the letters rest on: sentences, to be freed. */
static size_t notes_of(const struct ps_matrix_view *view, char *notes[2])
{
    if (!view->composite)
        return 0;
    char notice[PS_TIME_TEXT_MAX], lead[PS_TIME_TEXT_MAX];
    notes[0] = ps_format("An event is known %s ahead (--notice).",
                         ps_duration_format(view->composite->notice, notice));
    if (view->composite->has_lead) {
        notes[1] = ps_format("Every channel takes %s from the decision to the device (--lead).",
                             ps_duration_format(view->composite->lead, lead));
        return 2;
    }
    struct ps_text text = {0};
    ps_text_add(&text, "A channel takes its poll and what people need (--lead):");
#define X(name, word, meaning)                                                                     \
    if (ps_composite_lead_of_channel(PS_UPDATE_##name).s > 0)                                      \
        ps_text_add(&text, " %s %s,", word,                                                        \
                    ps_duration_format(ps_composite_lead_of_channel(PS_UPDATE_##name), lead));
    PS_UPDATE_CHANNELS(X)
#undef X
    ps_text_add(&text, " others nothing.");
    notes[1] = ps_text_steal(&text);
    return 2;
}

static const char *paint_of(enum ps_heat heat)
{
    static const enum ps_paint paints[] = {
        [PS_HEAT_GOOD] = PS_PAINT_GOOD,     [PS_HEAT_MILD] = PS_PAINT_DOUBTFUL,
        [PS_HEAT_WARM] = PS_PAINT_DOUBTFUL, [PS_HEAT_HOT] = PS_PAINT_BAD,
        [PS_HEAT_ALARM] = PS_PAINT_BAD,     [PS_HEAT_QUIET] = PS_PAINT_QUIET,
    };
    return ps_cli_paint(paints[heat]);
}

static const char *paint_of_letter(const struct ps_heatmap_sign *signs, size_t count, char letter)
{
    size_t i = 0;
    while (i < count && signs[i].letter != letter)
        i++;
    return i < count ? paint_of(signs[i].heat) : "";
}

static void print_signs(const struct ps_matrix_view *view)
{
    struct ps_heatmap_sign signs[SIGNS_MAX];
    size_t count = signs_of(view, signs);
    for (size_t i = 0; i < count; i++)
        printf("%s%c%s %s\n", paint_of(signs[i].heat), signs[i].letter, ps_cli_paint(PS_PAINT_OFF),
               signs[i].meaning);
    char *notes[2];
    count = notes_of(view, notes);
    for (size_t i = 0; i < count; i++) {
        ps_cli_wrap(notes[i], strlen(notes[i]), 0, 2);
        free(notes[i]);
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
    struct ps_heatmap_sign signs[SIGNS_MAX];
    size_t sign_count = signs_of(view, signs), fit = (ps_cli_columns() - width) / 4;
    for (size_t from = 0, until; from < column_count; from = until) {
        for (until = from; until < column_count && until - from < fit &&
                           columns[until].attack == columns[from].attack;)
            until++;
        printf("%s%-*s", from ? "\n" : "", (int)width, "");
        for (size_t c = from; c < until; c++)
            printf(" %s", columns[c].name);
        for (size_t r = 0; r < view->row_count; r++) {
            printf("\n%-*s", (int)width, view->rows[r].label);
            for (size_t c = from; c < until; c++) {
                char letter = letter_of(view, r, c);
                printf("  %s%c%s%s", paint_of_letter(signs, sign_count, letter), letter,
                       ps_cli_paint(PS_PAINT_OFF), c + 1 < until ? " " : "");
            }
        }
        printf("\n");
    }
    printf("\n");
    print_signs(view);
    for (size_t c = 0; c < column_count; c++) {
        const char *meaning = ps_matrix_meaning(&columns[c]);
        printf("%s ", columns[c].name);
        ps_cli_wrap(meaning, strlen(meaning), 4, 4);
    }
}

static void add_letter(const struct ps_matrix_view *view, size_t column,
                       const struct ps_facts *facts, struct ps_text *out)
{
    const struct ps_verdict *at_floor = ps_matrix_at_floor(view->matrix, 0, column);
    enum ps_composite becomes =
        ps_composite_of_cell(view->matrix, 0, view->rows[0].ended, column, view->composite);
    if (at_floor)
        ps_fact_format(facts, out, "floor", "with the clock where it starts: %s%s%s",
                       ps_stage_text(at_floor->stage), at_floor->reason[0] ? ", " : "",
                       at_floor->reason);
    ps_fact_format(facts, out, "letter", "%c (%s)", ps_composite_letter(becomes),
                   ps_composite_meaning(becomes));
}

void ps_matrix_print_why(const struct ps_matrix_view *view, size_t column)
{
    static const char *const results[] = {"the genuine server is refused",
                                          "the genuine server is accepted",
                                          "the attacker is refused", "the attacker is accepted"};
    enum { WORD_WIDTH = 7 };
    const struct ps_facts facts = {ps_cli_columns(), WORD_WIDTH, ps_cli_colour(STDOUT_FILENO),
                                   NULL};
    const struct ps_matrix_column *columns;
    ps_matrix_columns(&columns);
    const struct ps_matrix_column *c = &columns[column];
    const struct ps_verdict *v = ps_matrix_verdict(view->matrix, 0, column);
    bool accepted = ps_verdict_accepted(v);
    struct ps_text served = {0}, text = {0};
    ps_text_add(&text, "%s/%s: %s%s%s\n", view->rows[0].label, c->name,
                ps_cli_paint(accepted == c->attack ? PS_PAINT_BAD : PS_PAINT_GOOD),
                results[2 * c->attack + accepted], ps_cli_paint(PS_PAINT_OFF));
    ps_fact_add(&facts, "what", ps_matrix_meaning(c), &text);
    if (c->at)
        ps_fact_format(&facts, &text, "clock", "%s, on %s in truth", c->date, c->at);
    else
        ps_fact_add(&facts, "clock", c->date, &text);
    ps_matrix_served(view->matrix, 0, column, &served);
    ps_fact_add_lines(&facts, "served", ps_text_chars(&served), &text);
    ps_fact_add_record(&facts, ps_matrix_record(view->matrix, 0, column), &text);
    ps_fact_add_verdict(&facts, v, &text);
    if (view->composite && !c->attack)
        add_letter(view, column, &facts, &text);
    fputs(ps_text_chars(&text), stdout);
    ps_text_deinit(&served);
    ps_text_deinit(&text);
}

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
            cells[r * count + c] = (struct ps_heatmap_cell){letter_of(view, r, c),
                                                            ps_matrix_verdict(view->matrix, r, c)};
    }
    struct ps_heatmap_sign signs[SIGNS_MAX];
    char *notes[2];
    size_t note_count = notes_of(view, notes);
    const struct ps_heatmap map = {.version = PS_VERSION,
                                   .command = command,
                                   .signs = signs,
                                   .sign_count = signs_of(view, signs),
                                   .notes = (const char *const *)notes,
                                   .note_count = note_count,
                                   .columns = heads,
                                   .column_count = count,
                                   .rows = rows,
                                   .row_count = view->row_count,
                                   .cells = cells};
    struct ps_text text = {0};
    ps_heatmap_html(&map, &text);
    ps_status s = ps_report_write_file(file, &text, err);
    ps_text_deinit(&text);
    for (size_t i = 0; i < note_count; i++)
        free(notes[i]);
    free(cells);
    free(rows);
    free(heads);
    return s;
}
