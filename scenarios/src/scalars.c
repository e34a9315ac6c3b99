/* SPDX-License-Identifier: Apache-2.0
 *
 * The reader's single values and lists of names.
 */
#include <assert.h>
#include <string.h>

#include "form.h"
#include "reader.h"
#include "values.h"

const char *ps_reader_words_text(struct ps_arena *arena, const struct ps_word *words)
{
    const char *text = "";

    for (size_t i = 0; words[i].text != NULL; i++)
        text = ps_arena_format(arena, "%s%s%s", text, i == 0 ? "" : ", ", words[i].text);
    return text;
}

/* Gives the word's index, or -1 after saying what is allowed. */
static int read_word(struct ps_reader *reader, const struct ps_field *field,
                     const struct ps_node *node)
{
    const char *candidates[64];
    size_t count = 0;

    for (; field->words[count].text != NULL; count++) {
        assert(count < sizeof candidates / sizeof candidates[0]);
        candidates[count] = field->words[count].text;
        if (strcmp(field->words[count].text, node->text) == 0)
            return (int)count;
    }
    const char *nearest = ps_nearest(node->text, candidates, count);
    const char *allowed = ps_reader_words_text(reader->arena, field->words);
    if (nearest != NULL)
        SAY(reader->diagnostics, node->span, BAD_WORD_NEAR, field->key, node->text, allowed,
            nearest);
    else
        SAY(reader->diagnostics, node->span, BAD_WORD, field->key, node->text, allowed);
    return -1;
}

static bool is_name_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           (c != '\0' && strchr("._@-", c) != NULL);
}

const char *ps_reader_name(struct ps_reader *reader, const struct ps_field *field,
                           const struct ps_node *node)
{
    if (node->kind != PS_NODE_SCALAR) {
        SAY(reader->diagnostics, node->span, WRONG_KIND, field->key, "a name",
            ps_node_kind_text(node));
        return NULL;
    }
    if (node->length > PS_NAME_LENGTH_MAX) {
        SAY(reader->diagnostics, node->span, NAME_LENGTH, node->length, PS_NAME_LENGTH_MAX);
        return NULL;
    }
    bool fine = node->length > 0;
    for (size_t i = 0; i < node->length; i++)
        fine = fine && is_name_character(node->text[i]);
    if (!fine) {
        SAY(reader->diagnostics, node->span, BAD_NAME, node->text);
        return NULL;
    }
    if (node->length >= 5 && strcmp(node->text + node->length - 5, "@ship") == 0) {
        SAY(reader->diagnostics, node->span, NAME_SHIP, node->text);
        return NULL;
    }
    return node->text;
}

bool ps_reader_names(struct ps_reader *reader, const struct ps_field *field,
                     const struct ps_node *node, const char ***ret_items, size_t *ret_count)
{
    size_t count = node->kind == PS_NODE_LIST ? node->count : 1;
    bool fine = true;

    *ret_count = 0;
    if (!ps_reader_list_fits(reader, field, node, count))
        return false;
    const char **items = ps_arena_alloc(reader->arena, count + 1, sizeof *items);
    for (size_t i = 0; i < count; i++) {
        const struct ps_node *item = node->kind == PS_NODE_LIST ? node->items[i] : node;
        items[i] = ps_reader_name(reader, field, item);
        if (items[i] != NULL && field->words != NULL && read_word(reader, field, item) < 0)
            items[i] = NULL;
        for (size_t old = 0; old < i && items[i] != NULL; old++) {
            if (items[old] != NULL && strcmp(items[old], items[i]) == 0) {
                SAY(reader->diagnostics, item->span, REPEATED, items[i]);
                items[i] = NULL;
            }
        }
        fine = fine && items[i] != NULL;
    }
    *ret_items = items;
    *ret_count = count;
    return fine;
}

/* The word for all of them is 0, and so is a list that leaves none out: one meaning, one value. */
bool ps_reader_words(struct ps_reader *reader, const struct ps_field *field,
                     const struct ps_node *node, uint32_t *ret_set)
{
    uint32_t set = 0, whole = 0;
    bool list = node->kind == PS_NODE_LIST, fine = true;

    *ret_set = 0;
    if (node->kind == PS_NODE_SCALAR && strcmp(node->text, field->fallback) == 0)
        return true;
    if (!ps_reader_list_fits(reader, field, node, list ? node->count : 1))
        return false;
    for (size_t i = 0; field->words[i].text != NULL; i++)
        whole |= UINT32_C(1) << field->words[i].value;
    for (size_t i = 0; i < (list ? node->count : 1); i++) {
        const struct ps_node *item = list ? node->items[i] : node;
        if (item->kind != PS_NODE_SCALAR) {
            SAY(reader->diagnostics, item->span, WRONG_KIND, field->key, "a word",
                ps_node_kind_text(item));
            fine = false;
            continue;
        }
        int word = read_word(reader, field, item);
        uint32_t bit = word < 0 ? 0 : UINT32_C(1) << field->words[word].value;
        if ((set & bit) != 0)
            SAY(reader->diagnostics, item->span, REPEATED, item->text);
        fine = fine && word >= 0 && (set & bit) == 0;
        set |= bit;
    }
    *ret_set = set == whole ? 0 : set;
    return fine;
}

/* Runs of white space become one space, so that a text is one line however it was folded. */
static bool read_text(struct ps_reader *reader, const struct ps_field *field,
                      const struct ps_node *node, const char **ret_text)
{
    size_t length = 0;

    if (node->length > PS_TEXT_LENGTH_MAX) {
        SAY(reader->diagnostics, node->span, TEXT_LENGTH, field->key, node->length,
            PS_TEXT_LENGTH_MAX);
        return false;
    }
    char *text = ps_arena_alloc(reader->arena, node->length + 1, 1);
    for (size_t i = 0; i < node->length; i++) {
        unsigned char c = (unsigned char)node->text[i];
        bool space = c == ' ' || c == '\n' || c == '\t' || c == '\r';
        /* C1 controls are two bytes in UTF-8: 0xc2 0x80 to 0xc2 0x9f. */
        bool c1 = c == 0xc2 && (unsigned char)node->text[i + 1] < 0xa0;

        if ((c < 0x20 && !space) || c == 0x7f || c1) {
            SAY(reader->diagnostics, node->span, TEXT_CONTROL, field->key);
            return false;
        }
        if (!space)
            text[length++] = (char)c;
        else if (length > 0 && text[length - 1] != ' ')
            text[length++] = ' ';
    }
    if (length > 0 && text[length - 1] == ' ')
        length--;
    text[length] = '\0';
    if (length == 0) {
        SAY(reader->diagnostics, node->span, TEXT_EMPTY, field->key);
        return false;
    }
    *ret_text = text;
    return true;
}

static bool say_bad(struct ps_reader *reader, const struct ps_field *field,
                    const struct ps_node *node, const char *wrong)
{
    if (wrong != NULL)
        SAY(reader->diagnostics, node->span, BAD_VALUE, field->key, wrong);
    return wrong == NULL;
}

static bool read_uint(struct ps_reader *reader, const struct ps_field *field,
                      const struct ps_node *node, uint32_t *ret_number)
{
    const char *wrong = ps_uint_parse(node->text, ret_number);

    if (wrong != NULL || *ret_number < field->min || *ret_number > field->max) {
        SAY(reader->diagnostics, node->span, UINT_BOUNDS, field->key, field->min, field->max,
            node->text);
        return false;
    }
    return true;
}

static bool read_number(struct ps_reader *reader, const struct ps_field *field,
                        const struct ps_node *node, uint32_t *ret_millionths)
{
    const char *wrong = ps_number_parse(node->text, ret_millionths);

    if (wrong != NULL)
        return say_bad(reader, field, node, wrong);
    if (*ret_millionths >= field->min && *ret_millionths <= field->max)
        return true;
    struct ps_text min = {0}, max = {0};
    ps_millionths_write(field->min, &min);
    ps_millionths_write(field->max, &max);
    SAY(reader->diagnostics, node->span, NUMBER_BOUNDS, field->key, ps_text_chars(&min),
        ps_text_chars(&max), node->text);
    ps_text_deinit(&min);
    ps_text_deinit(&max);
    return false;
}

static bool read_duration(struct ps_reader *reader, const struct ps_field *field,
                          const struct ps_node *node, ps_duration *ret_duration)
{
    char text[PS_TIME_TEXT_MAX];
    const char *wrong = ps_duration_parse(node->text, ret_duration);

    if (wrong != NULL)
        return say_bad(reader, field, node, wrong);
    if (ret_duration->s < (int64_t)field->min) {
        SAY(reader->diagnostics, node->span, DURATION_MIN, field->key,
            ps_duration_format((ps_duration){field->min}, text));
        return false;
    }
    if (field->max != 0 && ret_duration->s > (int64_t)field->max) {
        SAY(reader->diagnostics, node->span, DURATION_MAX, field->key,
            ps_duration_format((ps_duration){field->max}, text));
        return false;
    }
    return true;
}

static bool read_time(struct ps_reader *reader, const struct ps_field *field,
                      const struct ps_node *node, ps_time *ret_time)
{
    const char *fallback = field->fallback == NULL ? "" : field->fallback;

    if (strcmp(node->text, fallback) == 0 && strcmp(fallback, "never") == 0)
        *ret_time = PS_TIME_NEVER;
    else if (strcmp(node->text, fallback) == 0 && strcmp(fallback, "none") == 0)
        *ret_time = PS_TIME_ALWAYS;
    else
        return say_bad(reader, field, node,
                       ps_time_parse(node->text, field->type == PS_FIELD_TIME_END, ret_time));
    return true;
}

static bool read_range(struct ps_reader *reader, const struct ps_field *field,
                       const struct ps_node *node, struct ps_range *ret_range)
{
    const char *dots = strstr(node->text, "..");

    if (dots == NULL) {
        SAY(reader->diagnostics, node->span, RANGE_SHAPE, field->key, node->text);
        return false;
    }
    size_t length = (size_t)(dots - node->text);
    while (length > 0 && node->text[length - 1] == ' ')
        length--;
    for (dots += 2; *dots == ' '; dots++)
        continue;
    const char *first = ps_arena_strndup(reader->arena, node->text, length);
    if (!say_bad(reader, field, node, ps_time_parse(first, false, &ret_range->from)) ||
        !say_bad(reader, field, node, ps_time_parse(dots, false, &ret_range->until)))
        return false;
    if (ps_time_compare(ret_range->from, ret_range->until) >= 0) {
        SAY(reader->diagnostics, node->span, RANGE_REVERSED, field->key);
        return false;
    }
    return true;
}

static const char *wanted_text(enum ps_field_type type)
{
    switch (type) {
    case PS_FIELD_BOOL:
        return "yes or no";
    case PS_FIELD_UINT:
        return "a whole number";
    case PS_FIELD_NUMBER:
        return "a number";
    case PS_FIELD_ENUM:
        return "a word";
    case PS_FIELD_NAME:
        return "a name";
    case PS_FIELD_TIME:
    case PS_FIELD_TIME_END:
        return "a date";
    case PS_FIELD_DURATION:
        return "a duration";
    case PS_FIELD_RANGE:
        return "two dates";
    case PS_FIELD_SHARE:
        return "a share";
    case PS_FIELD_COMPARISON:
        return "a bar";
    default:
        return "text";
    }
}

bool ps_reader_scalar(struct ps_reader *reader, const struct ps_field *field,
                      const struct ps_node *node, void *value)
{
    if (node->kind != PS_NODE_SCALAR) {
        SAY(reader->diagnostics, node->span, WRONG_KIND, field->key, wanted_text(field->type),
            ps_node_kind_text(node));
        return false;
    }
    switch (field->type) {
    case PS_FIELD_BOOL:
        return say_bad(reader, field, node, ps_bool_parse(node->text, value));
    case PS_FIELD_UINT:
        return read_uint(reader, field, node, value);
    case PS_FIELD_NUMBER:
        return read_number(reader, field, node, value);
    case PS_FIELD_ENUM: {
        int i = read_word(reader, field, node);
        if (i >= 0)
            *(int *)value = field->words[i].value;
        return i >= 0;
    }
    case PS_FIELD_TEXT:
        return read_text(reader, field, node, value);
    case PS_FIELD_NAME:
        *(const char **)value = ps_reader_name(reader, field, node);
        return *(const char **)value != NULL;
    case PS_FIELD_TIME:
    case PS_FIELD_TIME_END:
        return read_time(reader, field, node, value);
    case PS_FIELD_DURATION:
        return read_duration(reader, field, node, value);
    case PS_FIELD_RANGE:
        return read_range(reader, field, node, value);
    case PS_FIELD_SHARE:
        return say_bad(reader, field, node, ps_share_parse(node->text, value));
    case PS_FIELD_COMPARISON:
        return say_bad(reader, field, node, ps_comparison_parse(node->text, value));
    default:
        assert(!"a single value");
        return false;
    }
}
