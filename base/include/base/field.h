/* SPDX-License-Identifier: Apache-2.0
 *
 * Field tables: one table per block of the scenario language. From it come the reader, the messages
 * with their allowed values, `show`, the JSON Schema and the key list of docs/scenario-language.md
 * (a test compares them). The tables are data; the code that walks them is in scenarios/.
 */
#ifndef BASE_FIELD_H
#define BASE_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The C type behind each: see scenarios/src/reader for how each is written in YAML. */
enum ps_field_type {
    PS_FIELD_BOOL,         /* bool: yes no true false */
    PS_FIELD_UINT,         /* uint32_t, within min..max */
    PS_FIELD_ENUM,         /* int (an enum), one of `words` */
    PS_FIELD_TEXT,         /* const char *: free text */
    PS_FIELD_NAME,         /* const char *: an identifier [A-Za-z0-9._@-]+ */
    PS_FIELD_TIME,         /* ps_time: a date's first second; `never`, `none` where the default */
    PS_FIELD_TIME_END,     /* ps_time: as TIME, a date alone is its last second */
    PS_FIELD_DURATION,     /* ps_duration */
    PS_FIELD_RANGE,        /* two ps_time in a row: "A .. B" */
    PS_FIELD_SHARE,        /* ps_share: "7%", "0.5%" */
    PS_FIELD_DISTRIBUTION, /* struct ps_distribution: a duration, or {lognormal: {..}} */
    PS_FIELD_COMPARISON,   /* struct ps_comparison (scenarios/plan.h): "< 5%", ">= 95%", "100%" */
    PS_FIELD_NAMES,        /* names: a list of identifiers (or one alone) */
    PS_FIELD_REFERENCES,   /* references: list of role names with optional @ship */
    PS_FIELD_REFERENCE,    /* struct ps_reference */
    PS_FIELD_NUMBER,       /* uint32_t, in millionths: "0.8", within min..max */
    PS_FIELD_MAP,          /* a mapping from names to blocks (items and count in a row); `table` */
    PS_FIELD_BLOCK,        /* a nested mapping, struct in place; `table` */
    PS_FIELD_BLOCKS,       /* a list of mappings; `table` */
    PS_FIELD_WORDS,        /* uint32_t, bit 1 << value for each of `words` in a list (or one alone);
                              the fallback stands for all of them and is 0 */
    PS_FIELD_SPECIAL,      /* read by hand in scenarios/; `shape` says how it is written */
};

struct ps_word {
    const char *text;
    int value;
    const char *meaning;
};

struct ps_table;
struct ps_special;

struct ps_field {
    const char *key;
    enum ps_field_type type;
    size_t offset;                /* in the block's struct */
    const char *fallback;         /* the default as written; NULL: required; "": may be absent */
    const char *meaning;          /* one line, for docs, schema and messages */
    const struct ps_word *words;  /* ENUM, WORDS: ends with text NULL */
    const struct ps_table *table; /* BLOCK, BLOCKS */
    uint32_t min, max;            /* of UINT, NUMBER, a DURATION's seconds, a list's count */
    const char *shape;            /* SPECIAL: how it is written, for messages and docs */
    bool partial;                 /* BLOCK: a key left out keeps what was there */
    const struct ps_special *special; /* SPECIAL: how scenarios/ reads and writes it */
};

struct ps_table {
    const char *name; /* "strategy", "strategy.chain", "endpoint" */
    const char *meaning;
    const struct ps_field *fields; /* ends with key NULL */
    size_t struct_bytes;
    const struct ps_table *extends; /* its keys may stand here too */
    size_t extends_offset;
    size_t name_offset; /* of the const char * that takes the name, in a MAP */
    const char *bare;   /* the key that a value without a mapping stands for, or NULL */
    bool bare_only;     /* only that form may be written */
    bool given;         /* begins with a uint64_t: bit i: field i was written */
};

/* The strategy's own table, a block for each part of it. */
extern const struct ps_table ps_strategy_table;
/* One pin of a set: releases replace sets too. */
extern const struct ps_table ps_pin_table;

/* Words that other blocks say too. */
extern const struct ps_word ps_builder_words[], ps_hash_words[], ps_key_type_words[];

#endif
