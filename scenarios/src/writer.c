/* SPDX-License-Identifier: Apache-2.0 */
#include "writer.h"

#include <assert.h>
#include <string.h>

#include "form.h"
#include "reader.h"
#include "values.h"

enum { LINE_MAX_COLUMNS = 100, INDENT = 2 };

static void write_value(const struct ps_field *field, const void *value, struct ps_text *out);

/* Where a table does not note what was given, the value itself says whether it is there. */
static bool is_there(const struct ps_field *field, const void *value)
{
    if (field->type == PS_FIELD_REFERENCE)
        return ((const struct ps_reference *)value)->role != NULL;
    assert(field->type == PS_FIELD_NAME);
    return (*(const char *const *)value)[0] != '\0';
}

static bool is_written(const struct ps_table *table, size_t i, const void *data)
{
    size_t offset;
    const struct ps_field *field = ps_table_field(table, i, &offset);

    if (field->fallback == NULL || field->fallback[0] != '\0')
        return true;
    if (!table->given)
        return is_there(field, (const char *)data + offset);
    return i < 64 && (*(const uint64_t *)data & UINT64_C(1) << i) != 0;
}

/* Free text is always in double quotes; it has no control characters. */
static void write_quoted(const char *text, struct ps_text *out)
{
    ps_text_add_n(out, "\"", 1);
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            ps_text_add_n(out, "\\", 1);
        ps_text_add_n(out, text, 1);
    }
    ps_text_add_n(out, "\"", 1);
}

/* A name that YAML could take for something else ("-", "@x") is quoted. */
static void write_name(const char *name, struct ps_text *out)
{
    bool plain = (name[0] >= 'a' && name[0] <= 'z') || (name[0] >= 'A' && name[0] <= 'Z') ||
                 (name[0] >= '0' && name[0] <= '9');

    if (plain)
        ps_text_add(out, "%s", name);
    else
        write_quoted(name, out);
}

static void write_word(const struct ps_word *words, int value, struct ps_text *out)
{
    for (; words->text != NULL; words++) {
        if (words->value == value) {
            ps_text_add(out, "%s", words->text);
            return;
        }
    }
    assert(!"a value of the list");
}

static void write_words(const struct ps_field *field, uint32_t set, struct ps_text *out)
{
    bool first = true;

    if (set == 0) {
        ps_text_add(out, "%s", field->fallback);
        return;
    }
    for (const struct ps_word *word = field->words; word->text != NULL; word++) {
        if ((set & UINT32_C(1) << word->value) == 0)
            continue;
        ps_text_add(out, "%s%s", first ? "[" : ", ", word->text);
        first = false;
    }
    ps_text_add(out, "]");
}

static void write_time(const struct ps_field *field, ps_time time, struct ps_text *out)
{
    char text[PS_TIME_TEXT_MAX];

    if (time.s == PS_TIME_ALWAYS.s)
        ps_text_add(out, "%s", field->fallback);
    else
        ps_text_add(out, "%s", ps_time_format(time, text));
}

static void write_range(const struct ps_range *range, struct ps_text *out)
{
    char from[PS_TIME_TEXT_MAX], until[PS_TIME_TEXT_MAX];

    ps_text_add(out, "%s .. %s", ps_time_format(range->from, from),
                ps_time_format(range->until, until));
}

static void write_duration(ps_duration duration, struct ps_text *out)
{
    char text[PS_TIME_TEXT_MAX];

    ps_text_add(out, "%s", ps_duration_format(duration, text));
}

static void write_block(const struct ps_table *table, const void *data, struct ps_text *out)
{
    size_t count = ps_table_field_count(table), offset;
    bool first = true;

    ps_text_add(out, "{");
    for (size_t i = 0; i < count; i++) {
        const struct ps_field *field = ps_table_field(table, i, &offset);
        if (!is_written(table, i, data))
            continue;
        ps_text_add(out, "%s%s: ", first ? "" : ", ", field->key);
        write_value(field, (const char *)data + offset, out);
        first = false;
    }
    ps_text_add(out, "}");
}

/* A block, or what it is short for. */
static void write_element(const struct ps_table *table, const void *data, struct ps_text *out)
{
    bool bare = table->bare != NULL && table->bare_only;

    if (table->bare != NULL && table->given)
        bare = *(const uint64_t *)data == ps_table_bit(table, table->bare);
    if (!bare) {
        write_block(table, data, out);
        return;
    }
    for (size_t i = 0; table->fields[i].key != NULL; i++) {
        if (strcmp(table->fields[i].key, table->bare) == 0)
            write_value(&table->fields[i], (const char *)data + table->fields[i].offset, out);
    }
}

void ps_writer_distribution(const struct ps_distribution *distribution, struct ps_text *out)
{
    if (distribution->kind == PS_DISTRIBUTION_FIXED) {
        write_duration(distribution->a, out);
        return;
    }
    const struct ps_table *table = ps_distribution_tables[distribution->kind];
    ps_text_add(out, "{%s: ", table->name);
    if (distribution->kind != PS_DISTRIBUTION_EMPIRICAL) {
        write_block(table, distribution, out);
    } else {
        ps_empirical_write(distribution, out);
    }
    ps_text_add(out, "}");
}

static void write_reference(const struct ps_reference *reference, struct ps_text *out)
{
    struct ps_text name = {0};

    ps_text_add(&name, "%s%s", reference->role, reference->at_ship ? "@ship" : "");
    write_name(ps_text_chars(&name), out);
    ps_text_deinit(&name);
}

/* Lists keep a pointer and a count in a row. */
static const char *list_items(const void *value, size_t *ret_count)
{
    const char *items;

    memcpy(&items, value, sizeof items);
    memcpy(ret_count, (const char *)value + sizeof items, sizeof *ret_count);
    return items;
}

static void write_list(const struct ps_field *field, const void *value, struct ps_text *out)
{
    size_t count;
    const char *items = list_items(value, &count);

    ps_text_add(out, field->type == PS_FIELD_MAP ? "{" : "[");
    for (size_t i = 0; i < count; i++) {
        ps_text_add(out, "%s", i == 0 ? "" : ", ");
        if (field->type == PS_FIELD_NAMES) {
            write_name(((const char *const *)(const void *)items)[i], out);
        } else if (field->type == PS_FIELD_REFERENCES) {
            write_reference(&((const struct ps_reference *)(const void *)items)[i], out);
        } else {
            write_element(field->table, items + i * field->table->struct_bytes, out);
        }
    }
    ps_text_add(out, field->type == PS_FIELD_MAP ? "}" : "]");
}

static void write_value(const struct ps_field *field, const void *value, struct ps_text *out)
{
    struct ps_text text = {0};

    switch (field->type) {
    case PS_FIELD_BOOL:
        ps_text_add(out, "%s", *(const bool *)value ? "yes" : "no");
        break;
    case PS_FIELD_UINT:
        ps_text_add(out, "%u", *(const uint32_t *)value);
        break;
    case PS_FIELD_NUMBER:
        ps_millionths_write(*(const uint32_t *)value, out);
        break;
    case PS_FIELD_ENUM:
        write_word(field->words, *(const int *)value, out);
        break;
    case PS_FIELD_WORDS:
        write_words(field, *(const uint32_t *)value, out);
        break;
    case PS_FIELD_TEXT:
        write_quoted(*(const char *const *)value, out);
        break;
    case PS_FIELD_NAME:
        write_name(*(const char *const *)value, out);
        break;
    case PS_FIELD_TIME:
    case PS_FIELD_TIME_END:
        write_time(field, *(const ps_time *)value, out);
        break;
    case PS_FIELD_DURATION:
        write_duration(*(const ps_duration *)value, out);
        break;
    case PS_FIELD_RANGE:
        write_range(value, out);
        break;
    case PS_FIELD_SHARE:
        ps_share_write(*(const ps_share *)value, out);
        break;
    case PS_FIELD_COMPARISON:
        ps_comparison_write(*(const struct ps_comparison *)value, &text);
        write_quoted(ps_text_chars(&text), out);
        break;
    case PS_FIELD_DISTRIBUTION:
        ps_writer_distribution(value, out);
        break;
    case PS_FIELD_REFERENCE:
        write_reference(value, out);
        break;
    case PS_FIELD_NAMES:
    case PS_FIELD_REFERENCES:
    case PS_FIELD_BLOCKS:
    case PS_FIELD_MAP:
        write_list(field, value, out);
        break;
    case PS_FIELD_BLOCK:
        write_block(field->table, value, out);
        break;
    case PS_FIELD_SPECIAL:
        field->special->write(value, out);
        break;
    }
    ps_text_deinit(&text);
}

/* The keys of a block, one a line; the first follows what is on the line already. */
static void write_lines(const struct ps_table *table, const void *data, int indent, bool on_line,
                        struct ps_text *out);

static void write_line(const struct ps_field *field, const void *value, int indent,
                       struct ps_text *out)
{
    struct ps_text flow = {0};

    write_value(field, value, &flow);
    size_t columns = (size_t)indent + strlen(field->key) + 2 + flow.length;
    if (columns <= LINE_MAX_COLUMNS || field->type != PS_FIELD_BLOCK) {
        ps_text_add(out, "%s: %s\n", field->key, ps_text_chars(&flow));
    } else {
        ps_text_add(out, "%s:\n", field->key);
        write_lines(field->table, value, indent + INDENT, false, out);
    }
    ps_text_deinit(&flow);
}

static void write_lines(const struct ps_table *table, const void *data, int indent, bool on_line,
                        struct ps_text *out)
{
    size_t count = ps_table_field_count(table), offset;

    for (size_t i = 0; i < count; i++) {
        const struct ps_field *field = ps_table_field(table, i, &offset);
        if (!is_written(table, i, data))
            continue;
        ps_text_add(out, "%*s", on_line ? 0 : indent, "");
        on_line = false;
        write_line(field, (const char *)data + offset, indent, out);
    }
}

/* One element of a top-level section: on one line where it fits. */
static void write_item(const struct ps_field *field, const char *item, struct ps_text *out)
{
    const struct ps_table *table = field->table;
    struct ps_text flow = {0};
    struct ps_text head = {0};

    write_element(table, item, &flow);
    if (field->type == PS_FIELD_MAP) {
        const char *name;
        memcpy(&name, item + table->name_offset, sizeof name);
        write_name(name, &head);
        ps_text_add(&head, ":");
    } else {
        ps_text_add(&head, "-");
    }
    ps_text_add(out, "  %s", ps_text_chars(&head));
    if (flow.length + head.length + 3 <= LINE_MAX_COLUMNS || ps_text_chars(&flow)[0] != '{') {
        ps_text_add(out, " %s\n", ps_text_chars(&flow));
    } else if (field->type == PS_FIELD_MAP) {
        ps_text_add(out, "\n");
        write_lines(table, item, 2 * INDENT, false, out);
    } else {
        ps_text_add(out, " ");
        write_lines(table, item, 2 * INDENT, true, out);
    }
    ps_text_deinit(&flow);
    ps_text_deinit(&head);
}

void ps_writer_document(const struct ps_table *table, const void *data, struct ps_text *out)
{
    size_t count = ps_table_field_count(table), offset;

    for (size_t i = 0; i < count; i++) {
        const struct ps_field *field = ps_table_field(table, i, &offset);
        const char *value = (const char *)data + offset;
        size_t items_count;

        if (!is_written(table, i, data))
            continue;
        if (field->type != PS_FIELD_MAP && field->type != PS_FIELD_BLOCKS) {
            write_line(field, value, 0, out);
            continue;
        }
        const char *items = list_items(value, &items_count);
        ps_text_add(out, "%s:\n", field->key);
        for (size_t n = 0; n < items_count; n++)
            write_item(field, items + n * field->table->struct_bytes, out);
    }
}
