/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes JSON as it goes: keys stand in the order in which they are written, nesting is indented by
 * two blanks, and a list of numbers or words takes one line. That keeps differences between two
 * summaries readable, and the availability of many strategies out of memory twice; jansson would
 * put each number on a line of its own. Strings are still encoded by jansson.
 */
#ifndef REPORTS_JSON_H
#define REPORTS_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/text.h"
#include "base/time.h"

struct ps_json {
    struct ps_text *out; /* borrows until the document is closed */
    unsigned depth;
    bool first; /* nothing yet in the innermost object or list */
};

/* `key` is NULL within a list and for the document itself. */
void ps_json_open(struct ps_json *json, const char *key, char bracket);     /* '{' or '[' */
void ps_json_close(struct ps_json *json, char bracket);                     /* '}' or ']' */
void ps_json_text(struct ps_json *json, const char *key, const char *text); /* NULL: null */
void ps_json_uint(struct ps_json *json, const char *key, uint64_t value);
/* The last `decimals` digits of the value stand behind the point. */
void ps_json_decimal(struct ps_json *json, const char *key, uint64_t value, unsigned decimals);
void ps_json_int(struct ps_json *json, const char *key, int64_t value);
void ps_json_bool(struct ps_json *json, const char *key, bool value);
void ps_json_time(struct ps_json *json, const char *key, ps_time t); /* never and always: null */
void ps_json_uints(struct ps_json *json, const char *key, const uint64_t *values, size_t count);
void ps_json_times(struct ps_json *json, const char *key, const ps_time *times, size_t count);

#endif
