/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON Schema (draft 2020-12) of the scenario language, from the tables. It is generated text:
 * what it cannot say (names that refer, dates in order) the checker does.
 */
#include <stdio.h>
#include <string.h>

#include "base/field.h"
#include "form.h"
#include "reader.h"
#include "values.h"

#define DATE     "[0-9]{4}-[0-9]{2}-[0-9]{2}([T ][0-9]{2}:[0-9]{2}(:[0-9]{2})?Z?)?"
#define DURATION "([0-9]+y)?([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?"

static const char definitions[] =
    "  \"$defs\": {\n"
    "    \"name\": {\"type\": \"string\", \"pattern\": \"^[A-Za-z0-9._@-]{1,100}$\"},\n"
    "    \"names\": {\"type\": \"array\", \"items\": {\"$ref\": \"#/$defs/name\"}},\n"
    "    \"date\": {\"type\": \"string\", \"pattern\": \"^" DATE "$\"},\n"
    "    \"range\": {\"type\": \"string\", \"pattern\": \"^" DATE " *\\\\.\\\\. *" DATE "$\"},\n"
    "    \"duration\": {\"type\": \"string\", \"minLength\": 2, \"pattern\": \"^" DURATION "$\"},\n"
    "    \"share\": {\"type\": \"string\", \"pattern\": \"^[0-9]+(\\\\.[0-9]{1,4})? *%$\"},\n"
    "    \"bar\": {\"type\": \"string\", "
    "\"pattern\": \"^(<|<=|=|>|>=)? *[0-9]+(\\\\.[0-9]{1,4})? *%$\"},\n"
    "    \"yes-no\": {\"enum\": [true, false, \"yes\", \"no\"]},\n";

static void add_object(const struct ps_table *table, bool partial, int indent, struct ps_text *out);
static void add_type(const struct ps_field *field, bool partial, int indent, struct ps_text *out);

static void add_line(int indent, struct ps_text *out)
{
    ps_text_add(out, "\n%*s", indent, "");
}

/* Texts of the tables have no control characters. */
static void add_string(const char *text, struct ps_text *out)
{
    ps_text_add(out, "\"");
    for (; *text != '\0'; text++) {
        if (*text == '"' || *text == '\\')
            ps_text_add(out, "\\");
        ps_text_add_n(out, text, 1);
    }
    ps_text_add(out, "\"");
}

static void add_reference(const char *name, struct ps_text *out)
{
    ps_text_add(out, "{\"$ref\": \"#/$defs/%s\"}", name);
}

static void add_words(const struct ps_word *words, struct ps_text *out)
{
    ps_text_add(out, "{\"enum\": [");
    for (size_t i = 0; words[i].text != NULL; i++) {
        ps_text_add(out, "%s", i == 0 ? "" : ", ");
        add_string(words[i].text, out);
        /* What YAML takes for a number need not be in quotes. */
        if (words[i].text[strspn(words[i].text, "0123456789.")] == '\0')
            ps_text_add(out, ", %s", words[i].text);
    }
    ps_text_add(out, "]}");
}

static void add_time(const struct ps_field *field, struct ps_text *out)
{
    if (field->fallback == NULL || field->fallback[0] == '\0')
        add_reference("date", out);
    else
        ps_text_add(out, "{\"oneOf\": [{\"$ref\": \"#/$defs/date\"}, {\"const\": \"%s\"}]}",
                    field->fallback);
}

static void add_bounds(const struct ps_field *field, struct ps_text *out)
{
    struct ps_text min = {0}, max = {0};

    if (field->type == PS_FIELD_UINT) {
        ps_text_add(out, "{\"type\": \"integer\", \"minimum\": %u, \"maximum\": %u}", field->min,
                    field->max);
        return;
    }
    ps_millionths_write(field->min, &min);
    ps_millionths_write(field->max, &max);
    ps_text_add(out, "{\"type\": \"number\", \"minimum\": %s, \"maximum\": %s}",
                ps_text_chars(&min), ps_text_chars(&max));
    ps_text_deinit(&min);
    ps_text_deinit(&max);
}

/* A list, or its only item alone. */
static void add_names(const struct ps_field *field, struct ps_text *out)
{
    struct ps_text item = {0};

    if (field->words != NULL)
        add_words(field->words, &item);
    else
        add_reference("name", &item);
    ps_text_add(out,
                "{\"oneOf\": [%s, {\"type\": \"array\", \"items\": %s, \"minItems\": %u, "
                "\"maxItems\": %u}]}",
                ps_text_chars(&item), ps_text_chars(&item), field->min,
                field->max == 0 ? (unsigned)PS_LIST_MAX : field->max);
    ps_text_deinit(&item);
}

/* Several words, one alone, or the word for all. */
static void add_word_set(const struct ps_field *field, struct ps_text *out)
{
    ps_text_add(out, "{\"oneOf\": [");
    add_words(field->words, out);
    ps_text_add(out, ", {\"const\": \"%s\"}, {\"type\": \"array\", \"items\": ", field->fallback);
    add_words(field->words, out);
    ps_text_add(out, ", \"minItems\": %u, \"uniqueItems\": true}]}", field->min);
}

static void add_element(const struct ps_table *table, int indent, struct ps_text *out)
{
    if (table->bare == NULL) {
        add_object(table, false, indent, out);
        return;
    }
    if (!table->bare_only)
        ps_text_add(out, "{\"oneOf\": [");
    for (size_t i = 0; table->fields[i].key != NULL; i++) {
        if (strcmp(table->fields[i].key, table->bare) == 0)
            add_type(&table->fields[i], false, indent, out);
    }
    if (!table->bare_only) {
        ps_text_add(out, ", ");
        add_object(table, false, indent, out);
        ps_text_add(out, "]}");
    }
}

static void add_list(const struct ps_field *field, int indent, struct ps_text *out)
{
    bool map = field->type == PS_FIELD_MAP;

    ps_text_add(out, "{\"type\": \"%s\", \"%s\": %u, \"%s\": %u, ", map ? "object" : "array",
                map ? "minProperties" : "minItems", field->min, map ? "maxProperties" : "maxItems",
                field->max == 0 ? (unsigned)PS_LIST_MAX : field->max);
    if (map)
        ps_text_add(out, "\"propertyNames\": {\"$ref\": \"#/$defs/name\"}, ");
    ps_text_add(out, "\"%s\": ", map ? "additionalProperties" : "items");
    add_element(field->table, indent, out);
    ps_text_add(out, "}");
}

static void add_type(const struct ps_field *field, bool partial, int indent, struct ps_text *out)
{
    switch (field->type) {
    case PS_FIELD_BOOL:
        add_reference("yes-no", out);
        break;
    case PS_FIELD_UINT:
    case PS_FIELD_NUMBER:
        add_bounds(field, out);
        break;
    case PS_FIELD_ENUM:
        add_words(field->words, out);
        break;
    case PS_FIELD_TEXT:
        ps_text_add(out, "{\"type\": \"string\", \"minLength\": 1, \"maxLength\": %d}",
                    PS_TEXT_LENGTH_MAX);
        break;
    case PS_FIELD_NAME:
    case PS_FIELD_REFERENCE:
        add_reference("name", out);
        break;
    case PS_FIELD_TIME:
    case PS_FIELD_TIME_END:
        add_time(field, out);
        break;
    case PS_FIELD_DURATION:
        add_reference("duration", out);
        break;
    case PS_FIELD_RANGE:
        add_reference("range", out);
        break;
    case PS_FIELD_SHARE:
        add_reference("share", out);
        break;
    case PS_FIELD_COMPARISON:
        add_reference("bar", out);
        break;
    case PS_FIELD_DISTRIBUTION:
        add_reference("distribution", out);
        break;
    case PS_FIELD_NAMES:
    case PS_FIELD_REFERENCES:
        add_names(field, out);
        break;
    case PS_FIELD_WORDS:
        add_word_set(field, out);
        break;
    case PS_FIELD_BLOCKS:
    case PS_FIELD_MAP:
        add_list(field, indent, out);
        break;
    case PS_FIELD_BLOCK:
        add_object(field->table, partial || field->partial, indent, out);
        break;
    case PS_FIELD_SPECIAL:
        ps_text_add(out, "%s", field->special->schema);
        break;
    }
}

/* A field's type with its description, and its default where that is a single value. */
static void add_property(const struct ps_field *field, bool partial, int indent,
                         struct ps_text *out)
{
    struct ps_text type = {0};
    const char *fallback = field->fallback == NULL ? "" : field->fallback;

    add_type(field, partial, indent, &type);
    add_string(field->key, out);
    ps_text_add(out, ": {\"description\": ");
    add_string(field->meaning, out);
    if (fallback[0] != '\0' && fallback[0] != '{' && fallback[0] != '[' && !partial) {
        ps_text_add(out, ", \"default\": ");
        if (field->type == PS_FIELD_UINT || field->type == PS_FIELD_NUMBER)
            ps_text_add(out, "%s", fallback);
        else
            add_string(fallback, out);
    }
    ps_text_add(out, ", %s", ps_text_chars(&type) + 1); /* the type's own brace is open already */
    ps_text_deinit(&type);
}

static void add_required(const struct ps_table *table, int indent, struct ps_text *out)
{
    bool first = true;

    for (size_t i = 0; table->fields[i].key != NULL; i++) {
        if (table->fields[i].fallback != NULL)
            continue;
        if (first)
            add_line(indent, out);
        ps_text_add(out, "%s\"%s\"", first ? "\"required\": [" : ", ", table->fields[i].key);
        first = false;
    }
    if (!first)
        ps_text_add(out, "],");
}

static void add_properties(const struct ps_table *table, bool partial, int indent,
                           struct ps_text *out)
{
    size_t count = ps_table_field_count(table), offset;

    if (!partial)
        add_required(table, indent, out);
    add_line(indent, out);
    ps_text_add(out, "\"properties\": {");
    for (size_t i = 0; i < count; i++) {
        const struct ps_field *field = ps_table_field(table, i, &offset);
        ps_text_add(out, "%s", i == 0 ? "" : ",");
        add_line(indent + 2, out);
        add_property(field, partial, indent + 2, out);
    }
    add_line(indent, out);
    ps_text_add(out, "}");
}

static void add_object(const struct ps_table *table, bool partial, int indent, struct ps_text *out)
{
    ps_text_add(out, "{\"type\": \"object\", \"additionalProperties\": false,");
    add_properties(table, partial, indent + 2, out);
    ps_text_add(out, "}");
}

static void add_empirical(struct ps_text *out)
{
    ps_text_add(out,
                "{\"oneOf\": [{\"type\": \"object\", \"minProperties\": 2, "
                "\"maxProperties\": %d, \"propertyNames\": {\"$ref\": \"#/$defs/share\"}, "
                "\"additionalProperties\": {\"$ref\": \"#/$defs/duration\"}}, "
                "{\"type\": \"array\", \"minItems\": 1, \"items\": "
                "{\"$ref\": \"#/$defs/duration\"}}, ",
                (int)PS_QUANTILES_MAX);
    add_object(&ps_observed_table, false, 6, out);
    ps_text_add(out, ", ");
    add_object(&ps_column_table, false, 6, out);
    ps_text_add(out, "]}");
}

static void add_distribution(struct ps_text *out)
{
    ps_text_add(out, "    \"distribution\": {\"oneOf\": [\n      {\"$ref\": \"#/$defs/duration\"}");
    for (size_t kind = PS_DISTRIBUTION_FIXED + 1; kind <= PS_DISTRIBUTION_EMPIRICAL; kind++) {
        const struct ps_table *table = ps_distribution_tables[kind];
        ps_text_add(out,
                    ",\n      {\"type\": \"object\", \"additionalProperties\": false, "
                    "\"required\": [\"%s\"], \"description\": ",
                    table->name);
        add_string(table->meaning, out);
        ps_text_add(out, ", \"properties\": {\"%s\": ", table->name);
        if (kind == PS_DISTRIBUTION_EMPIRICAL)
            add_empirical(out);
        else
            add_object(table, false, 6, out);
        ps_text_add(out, "}}");
    }
    ps_text_add(out, "\n    ]}\n  },");
}

void ps_plan_schema(struct ps_text *out)
{
    ps_text_add(out,
                "{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n"
                "  \"title\": \"pinstorm scenario\",\n%s",
                definitions);
    add_distribution(out);
    ps_text_add(out, "\n  \"type\": \"object\",\n  \"additionalProperties\": false,");
    add_properties(&ps_scenario_table, false, 2, out);
    ps_text_add(out, "\n}\n");
}
