/* SPDX-License-Identifier: Apache-2.0
 *
 * The key list of docs/scenario-language.md, from the tables.
 */
#include <string.h>

#include "base/field.h"
#include "form.h"
#include "reader.h"

enum { TABLES_MAX = 64 };

struct list {
    const struct ps_table *written[TABLES_MAX];
    size_t count;
    struct ps_text *out;
};

static void add_words(const struct ps_word *words, struct ps_text *out)
{
    for (size_t i = 0; words[i].text != NULL; i++)
        ps_text_add(out, "%s`%s`", i == 0 ? "" : ", ", words[i].text);
}

static const char *type_text(enum ps_field_type type)
{
    static const char *const texts[] = {
        [PS_FIELD_BOOL] = "`yes` or `no`",
        [PS_FIELD_UINT] = "whole number",
        [PS_FIELD_ENUM] = "word",
        [PS_FIELD_TEXT] = "text",
        [PS_FIELD_NAME] = "name",
        [PS_FIELD_TIME] = "date",
        [PS_FIELD_TIME_END] = "date",
        [PS_FIELD_DURATION] = "duration",
        [PS_FIELD_RANGE] = "date .. date",
        [PS_FIELD_SHARE] = "share",
        [PS_FIELD_DISTRIBUTION] = "distribution",
        [PS_FIELD_COMPARISON] = "bar",
        [PS_FIELD_NAMES] = "name or list of names",
        [PS_FIELD_REFERENCES] = "list of references",
        [PS_FIELD_REFERENCE] = "reference",
        [PS_FIELD_NUMBER] = "number",
    };

    return texts[type];
}

/* A link to a table's heading, as GitHub and others name it. */
static void add_link(const struct ps_table *table, struct ps_text *out)
{
    ps_text_add(out, "[%s](#", table->name);
    for (const char *c = table->name; *c != '\0'; c++) {
        if (*c != '.')
            ps_text_add(out, "%c", *c == ' ' ? '-' : *c);
    }
    ps_text_add(out, ")");
}

static void add_type(const struct ps_field *field, struct ps_text *out)
{
    switch (field->type) {
    case PS_FIELD_MAP:
        ps_text_add(out, "name: ");
        add_link(field->table, out);
        break;
    case PS_FIELD_BLOCKS:
        ps_text_add(out, "list of ");
        add_link(field->table, out);
        break;
    case PS_FIELD_BLOCK:
        add_link(field->table, out);
        break;
    case PS_FIELD_SPECIAL:
        ps_text_add(out, "%s", field->shape);
        break;
    case PS_FIELD_UINT:
        ps_text_add(out, "whole number, %u to %u", field->min, field->max);
        break;
    case PS_FIELD_WORDS:
        ps_text_add(out, "`%s`, or a list of ", field->fallback);
        add_words(field->words, out);
        break;
    default:
        if (field->words != NULL)
            add_words(field->words, out);
        else
            ps_text_add(out, "%s", type_text(field->type));
    }
}

static void add_fallback(const struct ps_field *field, struct ps_text *out)
{
    if (field->fallback == NULL)
        ps_text_add(out, "**required**");
    else if (strcmp(field->fallback, "{}") != 0 && field->fallback[0] != '\0')
        ps_text_add(out, "`%s`", field->fallback);
}

/* Words that mean more than they say, below their table. */
static void add_meanings(const struct ps_table *table, struct ps_text *out)
{
    size_t count = ps_table_field_count(table), offset;

    for (size_t i = 0; i < count; i++) {
        const struct ps_field *field = ps_table_field(table, i, &offset);
        if (field->words == NULL || field->words[0].meaning == NULL)
            continue;
        ps_text_add(out, "\n`%s`:\n\n", field->key);
        for (const struct ps_word *word = field->words; word->text != NULL; word++)
            ps_text_add(out, "- `%s`: %s\n", word->text, word->meaning);
    }
}

static void add_table(struct list *list, const struct ps_table *table)
{
    size_t count = ps_table_field_count(table), offset;
    struct ps_text *out = list->out;

    for (size_t i = 0; i < list->count; i++) {
        if (list->written[i] == table)
            return;
    }
    if (list->count == TABLES_MAX)
        return;
    list->written[list->count++] = table;
    ps_text_add(out, "\n### %s\n\n%c%s.", table->name, table->meaning[0] & ~0x20,
                table->meaning + 1);
    if (table->bare_only)
        ps_text_add(out, " Written as the value of `%s` alone.", table->bare);
    else if (table->bare != NULL)
        ps_text_add(out, " `%s` alone may be written without a mapping.", table->bare);
    ps_text_add(out, "\n\n| key | type | default | meaning |\n|---|---|---|---|\n");
    for (size_t i = 0; i < count; i++) {
        const struct ps_field *field = ps_table_field(table, i, &offset);
        ps_text_add(out, "| `%s` | ", field->key);
        add_type(field, out);
        ps_text_add(out, " | ");
        add_fallback(field, out);
        ps_text_add(out, " | %s |\n", field->meaning);
    }
    add_meanings(table, out);
    for (size_t i = 0; i < count; i++) {
        const struct ps_field *field = ps_table_field(table, i, &offset);
        if (field->table != NULL)
            add_table(list, field->table);
    }
}

void ps_plan_key_list(struct ps_text *out)
{
    struct list list = {.out = out};

    add_table(&list, &ps_scenario_table);
    for (size_t kind = PS_DISTRIBUTION_FIXED + 1; kind < PS_DISTRIBUTION_EMPIRICAL; kind++)
        add_table(&list, ps_distribution_tables[kind]);
    add_table(&list, &ps_observed_table);
    add_table(&list, &ps_column_table);
}
