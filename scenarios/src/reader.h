/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a block (a mapping) into its struct, as its table says. Every mistake is said, and reading
 * goes on. Beside the struct grows a tree of struct ps_block that remembers which node each value
 * came from, so that later checks can point at it.
 */
#ifndef SCENARIOS_READER_H
#define SCENARIOS_READER_H

#include "base/field.h"
#include "base/random.h"
#include "document.h"

enum {
    PS_NAME_LENGTH_MAX = 100,
    PS_TEXT_LENGTH_MAX = 4000,
    PS_LIST_MAX = 1000, /* of lists whose table gives no other limit */
};

struct ps_reader {
    struct ps_arena *arena;
    struct ps_diagnostics *diagnostics;
    const char *folder; /* of the scenario's file, with its last slash; NULL: it is not in a file */
    bool reads_files;   /* there are values that are not in it */
};

/* One field of a block: where it was written, and whether what was written could be read. */
struct ps_entry {
    const struct ps_node *key, *value; /* NULL: not written */
    bool bad;
    bool meant; /* not written, but a message about an unknown key asked whether it was meant */
    struct ps_block *block;   /* BLOCK */
    struct ps_block **blocks; /* BLOCKS, MAP: one for each element of the struct's list */
    size_t count;
};

struct ps_block {
    const struct ps_table *table;
    const struct ps_node *node; /* NULL: the block was not written */
    const struct ps_node *name; /* in a MAP: the node of its name */
    bool bad;                   /* it is not even a mapping, or a required key is missing or bad */
    struct ps_entry *entries;   /* by field, those of the extended table after the table's own */
};

enum ps_reading {
    PS_READ_WHOLE,   /* what is not written takes its default, or is missed */
    PS_READ_PARTIAL, /* what is not written stays as it is */
};

struct ps_block *ps_reader_block(struct ps_reader *reader, const struct ps_table *table,
                                 const struct ps_node *node, enum ps_reading reading, void *data);

/* Fills in all defaults of a table without required keys. */
void ps_reader_defaults(struct ps_reader *reader, const struct ps_table *table, void *data);

/* One value; false after saying what is wrong. */
bool ps_reader_value(struct ps_reader *reader, const struct ps_field *field,
                     const struct ps_node *node, void *value, struct ps_entry *entry);
bool ps_reader_scalar(struct ps_reader *reader, const struct ps_field *field,
                      const struct ps_node *node, void *value);
bool ps_reader_names(struct ps_reader *reader, const struct ps_field *field,
                     const struct ps_node *node, const char ***ret_items, size_t *ret_count);
bool ps_reader_words(struct ps_reader *reader, const struct ps_field *field,
                     const struct ps_node *node, uint32_t *ret_set);
/* A name, or NULL after saying what is wrong. */
const char *ps_reader_name(struct ps_reader *reader, const struct ps_field *field,
                           const struct ps_node *node);
bool ps_reader_list_fits(struct ps_reader *reader, const struct ps_field *field,
                         const struct ps_node *node, size_t count);

/* The entry of a key. The key must exist. */
struct ps_entry *ps_block_entry(const struct ps_block *block, const char *key);
/* Whether the file has it, rightly or not. */
bool ps_block_has(const struct ps_block *block, const char *key);
/* Whether some key of it is misspelt, so that what is missing may be there. */
bool ps_block_any_meant(const struct ps_block *block);
/* Where to point for a key: at its value, else at the block. */
struct ps_span ps_block_span(const struct ps_block *block, const char *key);
struct ps_span ps_block_key_span(const struct ps_block *block, const char *key);
/* The i-th of a list of names, or the only one. */
struct ps_span ps_entry_item_span(const struct ps_entry *entry, size_t i);

/* What a SPECIAL field does by hand. */
struct ps_special {
    bool (*read)(struct ps_reader *reader, const struct ps_field *field, const struct ps_node *node,
                 void *value);
    void (*write)(const void *value, struct ps_text *out);
    const char *schema; /* JSON Schema of the value */
};
extern const struct ps_special ps_special_chain;
extern const struct ps_special ps_special_alternates;
extern const struct ps_special ps_special_path_length;
extern const struct ps_special ps_special_session;
extern const struct ps_special ps_special_adoption;
extern const struct ps_special ps_special_node;

/* distribution.c */
bool ps_reader_distribution(struct ps_reader *reader, const struct ps_field *field,
                            const struct ps_node *node, struct ps_distribution *ret_distribution);

/* empirical.c */
bool ps_reader_empirical(struct ps_reader *reader, const struct ps_node *node,
                         struct ps_distribution *distribution);
void ps_empirical_write(const struct ps_distribution *distribution, struct ps_text *out);

/* "a, b, c" of a table's keys, or of words. In the arena. */
const char *ps_reader_keys_text(struct ps_arena *arena, const struct ps_table *table);
const char *ps_reader_words_text(struct ps_arena *arena, const struct ps_word *words);
/* As ps_text_nearest, but NULL for words too long to be mistyped. */
const char *ps_nearest(const char *word, const char *const *candidates, size_t count);

#endif
