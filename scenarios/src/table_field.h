/* SPDX-License-Identifier: Apache-2.0
 *
 * How a row of a field table is written. OWNER is defined by who writes a table: the struct that
 * its fields are of.
 */
#ifndef SCENARIOS_TABLE_FIELD_H
#define SCENARIOS_TABLE_FIELD_H

#define WORDS_END                                                                                  \
    {                                                                                              \
        NULL, 0, NULL                                                                              \
    }

#define FIELD(name, kind, member, default_text, meaning_text, ...)                                 \
    {                                                                                              \
        .key = name, .type = PS_FIELD_##kind, .offset = offsetof(OWNER, member),                   \
        .fallback = default_text, .meaning = meaning_text, ##__VA_ARGS__                           \
    }
#define FIELDS_END                                                                                 \
    {                                                                                              \
        .key = NULL                                                                                \
    }
#define REQUIRED NULL
#define OPTIONAL ""

#endif
