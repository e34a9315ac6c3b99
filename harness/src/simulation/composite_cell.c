/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/composite.h"

#include <assert.h>
#include <string.h>

/* What kind of event a column is, and the column that shows the same without the fault. Columns
 * that are not here change what is served. */
static const struct event {
    const char *column;
    enum ps_composite_cause cause;
    const char *mended;
} events[] = {
    {"E10", PS_CAUSE_MOVE, NULL},
    {"E11", PS_CAUSE_SERVER, "E00"},
    {"E12", PS_CAUSE_SERVER, "E00"},
    {"E13", PS_CAUSE_SERVER, "E01"}, /* an expired leaf is mended by the next one */
    {"E14", PS_CAUSE_SERVER, "E24"},
    {"E15", PS_CAUSE_SERVER, "E00"},
    {"E16", PS_CAUSE_SERVER, "E00"},
    {"E17", PS_CAUSE_SERVER, "E00"},
    {"E18", PS_CAUSE_SERVER, "E00"},
    {"E19", PS_CAUSE_CLOCK_BEHIND, "E00"},
    {"E20", PS_CAUSE_CLOCK_BEHIND, "E02"},
    {"E21", PS_CAUSE_CLOCK_AHEAD, "E00"},
    {"E23", PS_CAUSE_MOVE, NULL},
    {"E26", PS_CAUSE_SERVER, "E02"},
};

static const struct event *event_of(const char *column)
{
    static const struct event change = {"", PS_CAUSE_CHANGE, NULL};
    for (size_t i = 0; i < sizeof events / sizeof *events; i++)
        if (strcmp(events[i].column, column) == 0)
            return &events[i];
    return &change;
}

static size_t column_of(const char *name)
{
    const struct ps_matrix_column *columns;
    size_t count = ps_matrix_columns(&columns), i = 0;
    while (i < count && strcmp(columns[i].name, name) != 0)
        i++;
    assert(i < count);
    return i;
}

bool ps_composite_pins_open(const struct ps_strategy *strategy)
{
    const struct ps_strategy_pins *pins = &strategy->pins;
    bool end = ps_time_compare(pins->expires, PS_TIME_NEVER) != 0 || pins->max_age.s > 0;
    return pins->count > 0 && end && pins->on_expiry == PS_PIN_EXPIRY_FAIL_OPEN;
}

static bool accepts(const struct ps_matrix *matrix, size_t row, size_t column)
{
    return ps_verdict_accepted(ps_matrix_verdict(matrix, row, column));
}

/* Another strategy to go to: its own cell says whether it works there. One that only fetches
 * updates asks the update server; where that is of the other PKI, it is as on the first day. */
static void add_fallbacks(const struct ps_matrix *matrix, size_t row, size_t column,
                          struct ps_composite_case *c)
{
    const struct ps_plan *plan = ps_matrix_plan(matrix);
    for (size_t i = 0; i < c->strategy->fallback_count; i++) {
        const struct ps_fallback *fallback = &c->strategy->fallback[i];
        size_t other = fallback->strategy;
        bool same_pki = ps_matrix_is_private(&plan->strategies[row]) ==
                        ps_matrix_is_private(&plan->strategies[other]);
        if (fallback->scope == PS_FALLBACK_ALL)
            c->replaced |= accepts(matrix, other, column);
        else
            c->updated_by_fallback |= accepts(matrix, other, same_pki ? column : column_of("E00"));
    }
}

static void fill(const struct ps_matrix *matrix, size_t row, size_t ended, size_t column,
                 struct ps_composite_case *ret_case)
{
    const struct ps_matrix_column *columns;
    ps_matrix_columns(&columns);
    const struct event *event = event_of(columns[column].name);
    bool is_clock = event->cause == PS_CAUSE_CLOCK_AHEAD || event->cause == PS_CAUSE_CLOCK_BEHIND;
    const char *date = columns[is_clock ? column_of(event->mended) : column].date;
    *ret_case = (struct ps_composite_case){
        .strategy = &ps_matrix_plan(matrix)->strategies[row],
        .cause = event->cause,
        .verdict = ps_matrix_verdict(matrix, row, column),
        .pins_ended = ended == SIZE_MAX ? NULL : ps_matrix_verdict(matrix, ended, column),
        .at_floor = ps_matrix_at_floor(matrix, row, column),
        .worked_before = accepts(matrix, row, column_of("E00")),
    };
    const char *wrong = ps_time_parse(date, false, &ret_case->at);
    assert(wrong == NULL);
    (void)wrong;
    add_fallbacks(matrix, row, column, ret_case);
}

enum ps_composite ps_composite_of_cell(const struct ps_matrix *matrix, size_t row, size_t ended,
                                       size_t column, const struct ps_composite_options *options)
{
    const struct ps_matrix_column *columns;
    ps_matrix_columns(&columns);
    struct ps_composite_case c, mended;
    fill(matrix, row, ended, column, &c);
    const char *name = event_of(columns[column].name)->mended;
    if (name) {
        fill(matrix, row, ended, column_of(name), &mended);
        c.mended = &mended;
    }
    return ps_composite_of(&c, options);
}
