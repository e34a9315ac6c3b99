/* SPDX-License-Identifier: Apache-2.0 */
#include "reader.h"

#include <assert.h>
#include <string.h>

#include "form.h"

enum { MISTYPED_LENGTH_MAX = 64 };

const char *ps_nearest(const char *word, const char *const *candidates, size_t count)
{
    return strlen(word) > MISTYPED_LENGTH_MAX ? NULL : ps_text_nearest(word, candidates, count);
}

const char *ps_reader_keys_text(struct ps_arena *arena, const struct ps_table *table)
{
    struct ps_text text = {0};

    for (size_t i = 0, offset; i < ps_table_field_count(table); i++)
        ps_text_add(&text, "%s%s", i == 0 ? "" : ", ", ps_table_field(table, i, &offset)->key);
    const char *kept = ps_arena_strdup(arena, ps_text_chars(&text));
    ps_text_deinit(&text);
    return kept;
}

static void say_unknown_key(struct ps_reader *reader, const struct ps_block *block,
                            const struct ps_node *key)
{
    const struct ps_table *table = block->table;
    size_t count = ps_table_field_count(table), offset;
    const char **keys = ps_arena_alloc(reader->arena, count + 1, sizeof *keys);
    char phrase[64];

    for (size_t i = 0; i < count; i++)
        keys[i] = ps_table_field(table, i, &offset)->key;
    const char *nearest = ps_nearest(key->text, keys, count);
    ps_table_phrase(table, phrase);
    if (nearest != NULL) {
        SAY(reader->diagnostics, key->span, UNKNOWN_KEY_NEAR, key->text, phrase, nearest);
        ps_block_entry(block, nearest)->meant = true;
        return;
    }
    SAY(reader->diagnostics, key->span, UNKNOWN_KEY, key->text, phrase,
        ps_reader_keys_text(reader->arena, table));
}

static struct ps_block *new_block(struct ps_reader *reader, const struct ps_table *table,
                                  const struct ps_node *node)
{
    struct ps_block *block = ps_arena_alloc(reader->arena, 1, sizeof *block);

    block->table = table;
    block->node = node;
    block->entries =
        ps_arena_alloc(reader->arena, ps_table_field_count(table) + 1, sizeof *block->entries);
    return block;
}

/* What the walk through one block carries. */
struct walk {
    struct ps_reader *reader;
    struct ps_block *block;
    enum ps_reading reading;
    char *data;
    const char *label; /* what a bare value is called in messages; NULL: as its key */
};

static enum ps_reading field_reading(const struct walk *walk, size_t i)
{
    size_t offset;
    const struct ps_field *field = ps_table_field(walk->block->table, i, &offset);
    bool extended = walk->block->table->extends != NULL &&
                    i >= ps_table_field_count(walk->block->table) -
                             ps_table_field_count(walk->block->table->extends);

    return extended || field->partial ? PS_READ_PARTIAL : walk->reading;
}

static void read_entry(struct walk *walk, size_t i, const struct ps_node *key,
                       const struct ps_node *value)
{
    size_t offset;
    const struct ps_field *field = ps_table_field(walk->block->table, i, &offset);
    struct ps_field labelled = *field;
    struct ps_entry *entry = &walk->block->entries[i];

    if (entry->value != NULL) {
        SAY(walk->reader->diagnostics, key->span, DUPLICATE_KEY, field->key,
            entry->key->span.line + 1);
        return;
    }
    entry->key = key;
    entry->value = value;
    if (field->type == PS_FIELD_BLOCK) {
        entry->block = ps_reader_block(walk->reader, field->table, value, field_reading(walk, i),
                                       walk->data + offset);
        entry->bad = entry->block->bad;
    } else {
        if (walk->label != NULL)
            labelled.key = walk->label;
        entry->bad = !ps_reader_value(walk->reader, &labelled, value, walk->data + offset, entry);
    }
    if (walk->block->table->given && i < 64)
        *(uint64_t *)(void *)walk->data |= UINT64_C(1) << i;
}

static void read_pairs(struct walk *walk)
{
    const struct ps_table *table = walk->block->table;
    const struct ps_node *node = walk->block->node;
    size_t count = ps_table_field_count(table), offset;

    for (size_t pair = 0; pair < node->count; pair++) {
        const struct ps_node *key = node->keys[pair];
        size_t i = 0;

        if (key->kind != PS_NODE_SCALAR) {
            SAY(walk->reader->diagnostics, key->span, KEY_KIND, ps_node_kind_text(key));
            continue;
        }
        while (i < count && strcmp(ps_table_field(table, i, &offset)->key, key->text) != 0)
            i++;
        if (i == count)
            say_unknown_key(walk->reader, walk->block, key);
        else
            read_entry(walk, i, key, node->items[pair]);
    }
}

/* A default is written as a user would write it and read the same way; it cannot be wrong. */
static void read_default(struct walk *walk, size_t i)
{
    size_t offset;
    const struct ps_field *field = ps_table_field(walk->block->table, i, &offset);
    struct ps_diagnostics wrong = {0};
    struct ps_reader reader = {.arena = walk->reader->arena, .diagnostics = &wrong};
    struct ps_node scalar = {
        .kind = PS_NODE_SCALAR, .text = field->fallback, .length = strlen(field->fallback)};
    struct ps_entry *entry = &walk->block->entries[i];
    void *value = walk->data + offset;

    if (field->type == PS_FIELD_BLOCK) {
        assert(strcmp(field->fallback, "{}") == 0);
        entry->block = ps_reader_block(&reader, field->table, NULL, PS_READ_WHOLE, value);
    } else if (field->fallback[0] == '{') {
        struct ps_node *node =
            ps_document_read(reader.arena, field->fallback, strlen(field->fallback), &wrong);
        assert(node != NULL);
        ps_reader_value(&reader, field, node, value, entry);
    } else if (strcmp(field->fallback, "[]") != 0) {
        ps_reader_value(&reader, field, &scalar, value, entry);
    }
    assert(wrong.count == 0);
}

static void miss_key(struct walk *walk, const struct ps_field *field)
{
    char phrase[64];
    const struct ps_block *block = walk->block;
    struct ps_span span = block->node->span;

    /* Of a whole block only the beginning is pointed at. */
    span.end_line = span.line;
    span.end_column = span.column + 1;
    SAY(walk->reader->diagnostics, block->name != NULL ? block->name->span : span, MISSING_KEY,
        ps_table_phrase(block->table, phrase), field->key, field->meaning);
}

static void fill_rest(struct walk *walk)
{
    size_t count = ps_table_field_count(walk->block->table), offset;

    for (size_t i = 0; i < count; i++) {
        const struct ps_field *field = ps_table_field(walk->block->table, i, &offset);
        struct ps_entry *entry = &walk->block->entries[i];
        bool missing = entry->value == NULL && field->fallback == NULL;

        if (field_reading(walk, i) == PS_READ_PARTIAL && !field->partial)
            continue;
        walk->block->bad |= missing || (entry->bad && field->fallback == NULL);
        if (missing && walk->block->node != NULL && !entry->meant)
            miss_key(walk, field);
        else if (entry->value == NULL && !missing && field->fallback[0] != '\0')
            read_default(walk, i);
        else if (entry->value == NULL && !missing && field->type == PS_FIELD_NAME &&
                 !walk->block->table->given)
            *(const char **)(void *)(walk->data + offset) = "";
    }
}

static struct ps_block *read_block(struct ps_reader *reader, const struct ps_table *table,
                                   const struct ps_node *node, const struct ps_node *name,
                                   enum ps_reading reading, void *data)
{
    struct walk walk = {reader, new_block(reader, table, node), reading, data, NULL};
    bool mapping = node != NULL && node->kind == PS_NODE_MAPPING && !table->bare_only;
    char phrase[64];

    walk.block->name = name;
    if (node != NULL && !mapping && table->bare != NULL) {
        size_t i = 0, offset;
        while (strcmp(ps_table_field(table, i, &offset)->key, table->bare) != 0)
            i++;
        walk.label = name == NULL ? NULL : name->text;
        read_entry(&walk, i, name != NULL ? name : node, node);
    } else if (node != NULL && !mapping) {
        SAY(reader->diagnostics, node->span, BLOCK_KIND,
            name != NULL ? ps_arena_format(reader->arena, "'%s'", name->text)
                         : ps_table_phrase(table, phrase),
            ps_node_kind_text(node), ps_reader_keys_text(reader->arena, table));
        walk.block->bad = true;
        return walk.block;
    } else if (node != NULL) {
        read_pairs(&walk);
    }
    fill_rest(&walk);
    return walk.block;
}

struct ps_block *ps_reader_block(struct ps_reader *reader, const struct ps_table *table,
                                 const struct ps_node *node, enum ps_reading reading, void *data)
{
    return read_block(reader, table, node, NULL, reading, data);
}

void ps_reader_defaults(struct ps_reader *reader, const struct ps_table *table, void *data)
{
    ps_reader_block(reader, table, NULL, PS_READ_WHOLE, data);
}

bool ps_reader_list_fits(struct ps_reader *reader, const struct ps_field *field,
                         const struct ps_node *node, size_t count)
{
    uint32_t max = field->max == 0 ? PS_LIST_MAX : field->max;

    if (count < field->min) {
        SAY(reader->diagnostics, node->span, TOO_FEW, field->key, field->min);
        return false;
    }
    if (count > max) {
        SAY(reader->diagnostics, node->span, TOO_MANY, field->key, count, max);
        return false;
    }
    return true;
}

/* The elements of BLOCKS and MAP, and the pointer and count in a row that they fill. */
struct list {
    char *items;
    size_t count;
};

static void keep_list(struct list list, void *value, struct ps_entry *entry)
{
    memcpy(value, &list.items, sizeof list.items);
    memcpy((char *)value + sizeof list.items, &list.count, sizeof list.count);
    entry->count = list.count;
}

static bool read_blocks(struct ps_reader *reader, const struct ps_field *field,
                        const struct ps_node *node, void *value, struct ps_entry *entry)
{
    const struct ps_table *table = field->table;

    if (node->kind != PS_NODE_LIST) {
        SAY(reader->diagnostics, node->span, WRONG_KIND, field->key, "a list",
            ps_node_kind_text(node));
        return false;
    }
    if (!ps_reader_list_fits(reader, field, node, node->count))
        return false;
    struct list list = {ps_arena_alloc(reader->arena, node->count + 1, table->struct_bytes),
                        node->count};
    entry->blocks = ps_arena_alloc(reader->arena, node->count + 1, sizeof(struct ps_block *));
    for (size_t i = 0; i < node->count; i++)
        entry->blocks[i] = read_block(reader, table, node->items[i], NULL, PS_READ_WHOLE,
                                      list.items + i * table->struct_bytes);
    keep_list(list, value, entry);
    return true;
}

static bool is_duplicate(struct ps_reader *reader, const struct ps_table *table,
                         const struct ps_entry *entry, size_t count, const struct ps_node *key)
{
    for (size_t i = 0; i < count; i++) {
        const struct ps_node *old = entry->blocks[i]->name;
        if (strcmp(old->text, key->text) == 0) {
            SAY(reader->diagnostics, key->span, DUPLICATE_NAME, table->name, key->text,
                old->span.line + 1);
            return true;
        }
    }
    return false;
}

static bool read_map(struct ps_reader *reader, const struct ps_field *field,
                     const struct ps_node *node, void *value, struct ps_entry *entry)
{
    const struct ps_table *table = field->table;
    struct list list = {0};

    if (node->kind != PS_NODE_MAPPING) {
        SAY(reader->diagnostics, node->span, WRONG_KIND, field->key, "a mapping from names",
            ps_node_kind_text(node));
        return false;
    }
    if (!ps_reader_list_fits(reader, field, node, node->count))
        return false;
    list.items = ps_arena_alloc(reader->arena, node->count + 1, table->struct_bytes);
    entry->blocks = ps_arena_alloc(reader->arena, node->count + 1, sizeof(struct ps_block *));
    for (size_t i = 0; i < node->count; i++) {
        const struct ps_node *key = node->keys[i];
        char *data = list.items + list.count * table->struct_bytes;
        const char *name = ps_reader_name(reader, field, key);

        if (name == NULL && key->kind == PS_NODE_SCALAR)
            name = key->text; /* so that what refers to it is not blamed too */
        if (name == NULL || is_duplicate(reader, table, entry, list.count, key))
            continue;
        entry->blocks[list.count++] =
            read_block(reader, table, node->items[i], key, PS_READ_WHOLE, data);
        memcpy(data + table->name_offset, &name, sizeof name);
    }
    keep_list(list, value, entry);
    return true;
}

static const char *reference_name(struct ps_reader *reader, const struct ps_field *field,
                                  const struct ps_node *node, bool *ret_at_ship)
{
    static const char ship[] = "@ship";
    struct ps_node cut = *node;

    *ret_at_ship = false;
    if (node->kind == PS_NODE_SCALAR && node->length > strlen(ship) &&
        strcmp(node->text + node->length - strlen(ship), ship) == 0) {
        *ret_at_ship = true;
        cut.length -= strlen(ship);
        cut.text = ps_arena_strndup(reader->arena, node->text, cut.length);
    }
    return ps_reader_name(reader, field, &cut);
}

static bool read_reference(struct ps_reader *reader, const struct ps_field *field,
                           const struct ps_node *node, struct ps_reference *ret_reference)
{
    struct ps_reference reference = {0};

    reference.role = reference_name(reader, field, node, &reference.at_ship);
    *ret_reference = reference;
    return reference.role != NULL;
}

static bool read_references(struct ps_reader *reader, const struct ps_field *field,
                            const struct ps_node *node, void *value, struct ps_entry *entry)
{
    size_t count = node->kind == PS_NODE_LIST ? node->count : 1;
    struct ps_reference *items = ps_arena_alloc(reader->arena, count + 1, sizeof *items);
    bool fine = ps_reader_list_fits(reader, field, node, count);

    if (!fine)
        return false;
    for (size_t i = 0; i < count; i++)
        fine &= read_reference(reader, field, node->kind == PS_NODE_LIST ? node->items[i] : node,
                               &items[i]);
    keep_list((struct list){(char *)items, count}, value, entry);
    return fine;
}

bool ps_reader_value(struct ps_reader *reader, const struct ps_field *field,
                     const struct ps_node *node, void *value, struct ps_entry *entry)
{
    switch (field->type) {
    case PS_FIELD_BLOCKS:
        return read_blocks(reader, field, node, value, entry);
    case PS_FIELD_MAP:
        return read_map(reader, field, node, value, entry);
    case PS_FIELD_REFERENCE:
        return read_reference(reader, field, node, value);
    case PS_FIELD_REFERENCES:
        return read_references(reader, field, node, value, entry);
    case PS_FIELD_NAMES: {
        struct ps_names names = {0};
        bool fine = ps_reader_names(reader, field, node, &names.items, &names.count);
        keep_list((struct list){(char *)names.items, names.count}, value, entry);
        return fine;
    }
    case PS_FIELD_WORDS:
        return ps_reader_words(reader, field, node, value);
    case PS_FIELD_DISTRIBUTION:
        return ps_reader_distribution(reader, field, node, value);
    case PS_FIELD_SPECIAL:
        return field->special->read(reader, field, node, value);
    default:
        return ps_reader_scalar(reader, field, node, value);
    }
}

struct ps_entry *ps_block_entry(const struct ps_block *block, const char *key)
{
    size_t count = ps_table_field_count(block->table), offset;

    for (size_t i = 0; i < count; i++) {
        if (strcmp(ps_table_field(block->table, i, &offset)->key, key) == 0)
            return &block->entries[i];
    }
    assert(!"a key of the block's table");
    return NULL;
}

bool ps_block_has(const struct ps_block *block, const char *key)
{
    return ps_block_entry(block, key)->value != NULL;
}

bool ps_block_any_meant(const struct ps_block *block)
{
    for (size_t i = 0; i < ps_table_field_count(block->table); i++)
        if (block->entries[i].meant)
            return true;
    return false;
}

static struct ps_span block_start(const struct ps_block *block)
{
    struct ps_span span = {0};

    if (block->name != NULL)
        return block->name->span;
    if (block->node != NULL)
        span = block->node->span;
    span.end_line = span.line;
    span.end_column = span.column + 1;
    return span;
}

struct ps_span ps_block_span(const struct ps_block *block, const char *key)
{
    const struct ps_node *value = key == NULL ? NULL : ps_block_entry(block, key)->value;

    return value == NULL ? block_start(block) : value->span;
}

struct ps_span ps_block_key_span(const struct ps_block *block, const char *key)
{
    const struct ps_node *node = ps_block_entry(block, key)->key;

    return node == NULL ? block_start(block) : node->span;
}

struct ps_span ps_entry_item_span(const struct ps_entry *entry, size_t i)
{
    const struct ps_node *node = entry->value;

    assert(node != NULL);
    return node->kind == PS_NODE_LIST && i < node->count ? node->items[i]->span : node->span;
}
