/* SPDX-License-Identifier: Apache-2.0
 *
 * Empirical distributions: by quantiles, as a list of what was observed, or as a column of a CSV
 * file beside the scenario's. What was observed is kept as its distinct values with their weights.
 */
#include <stdlib.h>
#include <string.h>

#include "csv.h"
#include "form.h"
#include "reader.h"
#include "values.h"

enum {
    OBSERVED_MAX = 10000,
    WEIGHT_MAX = 1000000000,
    FIELD_SHOWN_MAX = 60,
    NAMES_LENGTH_MAX = 240
};

/* ---- quantiles ---- */

static bool read_quantile(struct ps_reader *reader, const struct ps_node *node, size_t i,
                          struct ps_distribution *distribution)
{
    static const struct ps_field share = {.key = "empirical", .type = PS_FIELD_SHARE};
    static const struct ps_field duration = {
        .key = "empirical", .type = PS_FIELD_DURATION, .max = PS_CENTURY_S};
    ps_share *shares = distribution->quantile_share;
    ps_duration *values = distribution->quantile_value;

    /* Both are read, so that both mistakes are said. */
    bool fine = ps_reader_scalar(reader, &share, node->keys[i], &shares[i]);
    fine = ps_reader_scalar(reader, &duration, node->items[i], &values[i]) && fine;
    if (!fine || i == 0)
        return fine;
    if (shares[i].ppm <= shares[i - 1].ppm) {
        SAY(reader->diagnostics, node->keys[i]->span, QUANTILE_ORDER);
        return false;
    }
    if (values[i].s < values[i - 1].s) {
        SAY(reader->diagnostics, node->items[i]->span, QUANTILE_VALUE_ORDER);
        return false;
    }
    return true;
}

static bool read_quantiles(struct ps_reader *reader, const struct ps_node *node,
                           struct ps_distribution *distribution)
{
    bool fine = true;

    if (node->count < 2 || node->count > PS_QUANTILES_MAX) {
        SAY(reader->diagnostics, node->span, QUANTILE_COUNT, node->count, (int)PS_QUANTILES_MAX);
        return false;
    }
    for (size_t i = 0; i < node->count; i++)
        fine = read_quantile(reader, node, i, distribution) && fine;
    distribution->quantiles = node->count;
    return fine;
}

/* ---- what was observed ---- */

/* Gathered in any order; `weight_until` is the value's own weight until it is put in order. */
struct gathered {
    struct ps_observed *items; /* owned */
    size_t count, capacity;
};

static int compare_observed(const void *left, const void *right)
{
    const struct ps_observed *a = left, *b = right;

    return (a->value.s > b->value.s) - (a->value.s < b->value.s);
}

/* Equal values together, weights added up. */
static bool put_in_order(struct ps_reader *reader, const struct ps_node *node,
                         const struct gathered *gathered, struct ps_distribution *distribution)
{
    size_t count = 0;
    uint64_t weight = 0, heaviest = 0;

    if (gathered->count > 0)
        qsort(gathered->items, gathered->count, sizeof *gathered->items, compare_observed);
    for (size_t i = 0; i < gathered->count; i++) {
        struct ps_observed item = gathered->items[i];
        if (item.weight_until == 0)
            continue;
        if (count == 0 || gathered->items[count - 1].value.s != item.value.s)
            gathered->items[count++].value = item.value;
        weight += item.weight_until;
        gathered->items[count - 1].weight_until = weight;
        uint64_t own = weight - (count > 1 ? gathered->items[count - 2].weight_until : 0);
        heaviest = own > heaviest ? own : heaviest;
    }
    if (count == 0 || count > OBSERVED_MAX) {
        SAY(reader->diagnostics, node->span, OBSERVED_COUNT, count, (int)OBSERVED_MAX);
        return false;
    }
    if (heaviest > WEIGHT_MAX) {
        SAY(reader->diagnostics, node->span, OBSERVED_WEIGHT, (int)WEIGHT_MAX);
        return false;
    }
    struct ps_observed *kept = ps_arena_alloc(reader->arena, count, sizeof *kept);
    memcpy(kept, gathered->items, count * sizeof *kept);
    distribution->observed = kept;
    distribution->observed_count = count;
    return true;
}

static bool gather_list(struct ps_reader *reader, const struct ps_node *values,
                        const struct ps_node *weights, struct gathered *gathered)
{
    static const struct ps_field value = {
        .key = "empirical", .type = PS_FIELD_DURATION, .max = PS_CENTURY_S};
    static const struct ps_field weight = {
        .key = "weights", .type = PS_FIELD_UINT, .max = WEIGHT_MAX};
    bool fine = true;

    if (weights != NULL && (weights->kind != PS_NODE_LIST || weights->count != values->count)) {
        SAY(reader->diagnostics, weights->span, OBSERVED_WEIGHTS, values->count);
        return false;
    }
    for (size_t i = 0; i < values->count; i++) {
        struct ps_observed item = {.weight_until = 1};
        uint32_t own = 1;
        fine = ps_reader_scalar(reader, &value, values->items[i], &item.value) && fine;
        if (weights != NULL)
            fine = ps_reader_scalar(reader, &weight, weights->items[i], &own) && fine;
        item.weight_until = own;
        PS_PUSH(gathered->items, gathered->count, gathered->capacity, item);
    }
    return fine;
}

static bool read_values(struct ps_reader *reader, const struct ps_node *node,
                        struct ps_distribution *distribution)
{
    const struct ps_node *values = node, *weights = NULL;
    struct gathered gathered = {0};

    if (node->kind == PS_NODE_MAPPING) {
        struct ps_block *block = ps_reader_block(reader, &ps_observed_table, node, PS_READ_WHOLE,
                                                 &(struct ps_form_observed){0});
        if (block->bad)
            return false;
        values = ps_block_entry(block, "values")->value;
        weights = ps_block_entry(block, "weights")->value;
    }
    if (values->kind != PS_NODE_LIST) {
        SAY(reader->diagnostics, values->span, WRONG_KIND, "values", "a list of durations",
            ps_node_kind_text(values));
        return false;
    }
    bool fine = gather_list(reader, values, weights, &gathered) &&
                put_in_order(reader, node, &gathered, distribution);
    free(gathered.items);
    return fine;
}

/* ---- a column ---- */

struct column {
    struct ps_reader *reader;
    const struct ps_form_column *form;
    const struct ps_node *node;
    struct ps_csv csv;
    size_t value, weight; /* numbers of columns; SIZE_MAX: there is none */
};

static bool say(const struct column *column, const char *wrong)
{
    SAY(column->reader->diagnostics, column->node->span, CSV_WRONG, column->form->csv, wrong);
    return false;
}

static bool say_in_line(const struct column *column, const char *wrong)
{
    return say(column,
               ps_arena_format(column->reader->arena, "line %zu: %s", column->csv.line, wrong));
}

/* A field as a message can show it. */
static const char *brief(const struct column *column, const char *field)
{
    size_t length = strlen(field);
    char *shown = ps_arena_format(column->reader->arena, "%.*s%s", (int)FIELD_SHOWN_MAX, field,
                                  length > FIELD_SHOWN_MAX ? "..." : "");

    for (char *at = shown; *at != '\0'; at++)
        if ((unsigned char)*at < ' ')
            *at = ' ';
    return shown;
}

/* The number of the column with this name. */
static bool find_column(const struct column *column, const char *name, size_t *ret_number)
{
    struct ps_arena *arena = column->reader->arena;
    const char *names = "";
    size_t found = 0;

    for (size_t i = 0; i < column->csv.count; i++) {
        if (strcmp(column->csv.fields[i], name) == 0) {
            *ret_number = i;
            found++;
        }
        if (strlen(names) <= NAMES_LENGTH_MAX)
            names = ps_arena_format(arena, "%s%s%s", names, i == 0 ? "" : ", ",
                                    brief(column, column->csv.fields[i]));
    }
    if (found > 1)
        return say(column, ps_arena_format(arena, "%zu columns are named '%s'", found, name));
    if (found == 1)
        return true;
    const char *nearest =
        ps_nearest(name, (const char *const *)column->csv.fields, column->csv.count);
    return say(column,
               nearest != NULL
                   ? ps_arena_format(arena, "there is no column '%s'; did you mean '%s'?", name,
                                     brief(column, nearest))
                   : ps_arena_format(arena, "there is no column '%s'; there is %s", name, names));
}

/* A decimal number times `unit`, rounded down to seconds. */
static const char *scale(const char *text, ps_duration unit, ps_duration *ret_duration)
{
    static const char wrong[] = "is no number that is at least 0";
    const int64_t limit_s = PS_CENTURY_S;
    int64_t whole = 0, part = 0, place = 1;
    size_t digits = strspn(text, "0123456789");

    for (size_t i = 0; i < digits; i++) {
        whole = whole * 10 + (text[i] - '0');
        if (whole > limit_s)
            return "is more than 100y";
    }
    const char *rest = text + digits;
    if (*rest == '.' && digits > 0) {
        rest++;
        for (; *rest >= '0' && *rest <= '9'; rest++)
            if (place < 1000000000) {
                part = part * 10 + (*rest - '0');
                place *= 10;
            }
    }
    if (digits == 0 || *rest != '\0')
        return wrong;
    __extension__ __int128 seconds = (__int128)whole * unit.s + (__int128)part * unit.s / place;
    if (seconds > limit_s)
        return "is more than 100y";
    ret_duration->s = (int64_t)seconds;
    return NULL;
}

static bool gather_record(const struct column *column, struct gathered *gathered)
{
    struct ps_arena *arena = column->reader->arena;
    const struct ps_csv *csv = &column->csv;
    struct ps_observed item = {.weight_until = 1};
    uint32_t weight = 1;

    if (csv->count <= column->value || (column->weight != SIZE_MAX && csv->count <= column->weight))
        return say_in_line(column, "it has too few fields");
    const char *text = csv->fields[column->value];
    bool has_unit = column->form->unit.s > 0;
    const char *wrong = has_unit ? scale(text, column->form->unit, &item.value)
                                 : ps_duration_parse(text, &item.value);
    if (wrong == NULL && item.value.s > PS_CENTURY_S)
        wrong = "is more than 100y";
    if (wrong != NULL)
        return say_in_line(column, ps_arena_format(arena, "'%s': %s", brief(column, text), wrong));
    if (column->weight != SIZE_MAX) {
        text = csv->fields[column->weight];
        if (ps_uint_parse(text, &weight) != NULL || weight > WEIGHT_MAX)
            return say_in_line(column, ps_arena_format(arena,
                                                       "'%s' is no weight: a whole number "
                                                       "from 0 to %d",
                                                       brief(column, text), (int)WEIGHT_MAX));
    }
    item.weight_until = weight;
    PS_PUSH(gathered->items, gathered->count, gathered->capacity, item);
    return true;
}

static bool gather_column(struct column *column, struct gathered *gathered)
{
    const struct ps_form_column *form = column->form;
    const char *wrong;
    bool there = ps_csv_next(&column->csv, &wrong);

    if (wrong != NULL)
        return say_in_line(column, wrong);
    if (!there)
        return say(column, "is empty");
    column->weight = SIZE_MAX;
    if (!find_column(column, form->column, &column->value) ||
        (form->weights != NULL && !find_column(column, form->weights, &column->weight)))
        return false;
    while (ps_csv_next(&column->csv, &wrong))
        if (!gather_record(column, gathered))
            return false;
    if (wrong != NULL)
        return say_in_line(column, wrong);
    return gathered->count > 0 || say(column, "has no values under its first line");
}

/* The file beside the scenario's; what begins at the root is taken as it is. */
static const char *path_of(const struct ps_reader *reader, const char *name)
{
    return name[0] == '/' ? name : ps_arena_format(reader->arena, "%s%s", reader->folder, name);
}

static bool read_column(struct ps_reader *reader, const struct ps_node *node,
                        struct ps_distribution *distribution)
{
    struct ps_form_column form = {0};
    struct column column = {.reader = reader, .form = &form, .node = node};
    struct gathered gathered = {0};

    const struct ps_block *block =
        ps_reader_block(reader, &ps_column_table, node, PS_READ_WHOLE, &form);
    if (block->bad || ps_block_entry(block, "unit")->bad || ps_block_entry(block, "unit")->meant)
        return false;
    if (reader->folder == NULL) {
        SAY(reader->diagnostics, node->span, CSV_NOWHERE);
        return false;
    }
    reader->reads_files = true;
    char *wrong = ps_csv_open(&column.csv, path_of(reader, form.csv));
    bool fine = wrong == NULL ? gather_column(&column, &gathered) : say(&column, wrong);
    fine = fine && put_in_order(reader, node, &gathered, distribution);
    free(wrong);
    free(gathered.items);
    ps_csv_close(&column.csv);
    return fine;
}

/* ---- either ---- */

static bool has_key(const struct ps_node *node, const char *key)
{
    for (size_t i = 0; i < node->count; i++)
        if (node->keys[i]->kind == PS_NODE_SCALAR && strcmp(node->keys[i]->text, key) == 0)
            return true;
    return false;
}

bool ps_reader_empirical(struct ps_reader *reader, const struct ps_node *node,
                         struct ps_distribution *distribution)
{
    if (node->kind == PS_NODE_LIST)
        return read_values(reader, node, distribution);
    if (node->kind != PS_NODE_MAPPING) {
        SAY(reader->diagnostics, node->span, WRONG_KIND, "empirical",
            "a mapping from shares to durations, or a list of durations", ps_node_kind_text(node));
        return false;
    }
    if (has_key(node, "csv") || has_key(node, "column"))
        return read_column(reader, node, distribution);
    if (has_key(node, "values") || has_key(node, "weights"))
        return read_values(reader, node, distribution);
    return read_quantiles(reader, node, distribution);
}

void ps_empirical_write(const struct ps_distribution *distribution, struct ps_text *out)
{
    const struct ps_observed *observed = distribution->observed;
    char text[PS_TIME_TEXT_MAX];
    size_t count = distribution->observed_count;
    bool weighted = count > 0 && observed[count - 1].weight_until != count;

    if (count == 0) {
        for (size_t i = 0; i < distribution->quantiles; i++) {
            ps_text_add(out, "%s\"", i == 0 ? "{" : ", ");
            ps_share_write(distribution->quantile_share[i], out);
            ps_text_add(out, "\": %s", ps_duration_format(distribution->quantile_value[i], text));
        }
        ps_text_add(out, "}");
        return;
    }
    ps_text_add(out, weighted ? "{values: [" : "[");
    for (size_t i = 0; i < count; i++)
        ps_text_add(out, "%s%s", i == 0 ? "" : ", ", ps_duration_format(observed[i].value, text));
    ps_text_add(out, "]");
    if (!weighted)
        return;
    ps_text_add(out, ", weights: [");
    for (size_t i = 0; i < count; i++)
        ps_text_add(out, "%s%llu", i == 0 ? "" : ", ",
                    (unsigned long long)(observed[i].weight_until -
                                         (i > 0 ? observed[i - 1].weight_until : 0)));
    ps_text_add(out, "]}");
}
