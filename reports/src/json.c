/* SPDX-License-Identifier: Apache-2.0 */
#include "json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include "base/memory.h"
#include "print.h"

static void add_string(struct ps_json *json, const char *text)
{
    /* Cleaned first: jansson refuses what is not UTF-8, and a reason may be cut within a character.
     */
    struct ps_text valid = {0};
    ps_clean_add(text, &valid);
    json_t *string = json_string(ps_text_chars(&valid));
    char *encoded = string == NULL ? NULL : json_dumps(string, JSON_ENCODE_ANY);
    if (encoded == NULL)
        ps_memory_exhausted(valid.length);
    ps_text_add_n(json->out, encoded, __builtin_strlen(encoded));
    free(encoded);
    json_decref(string);
    ps_text_deinit(&valid);
}

static void begin_line(struct ps_json *json)
{
    ps_text_add(json->out, "\n%*s", (int)(2 * json->depth), "");
}

static void begin_value(struct ps_json *json, const char *key)
{
    if (!json->first)
        ps_text_add_n(json->out, ",", 1);
    if (json->depth > 0)
        begin_line(json);
    json->first = false;
    if (key != NULL) {
        add_string(json, key);
        ps_text_add_n(json->out, ": ", 2);
    }
}

void ps_json_open(struct ps_json *json, const char *key, char bracket)
{
    if (json->depth == 0)
        json->first = true;
    begin_value(json, key);
    ps_text_add_n(json->out, &bracket, 1);
    json->depth++;
    json->first = true;
}

void ps_json_close(struct ps_json *json, char bracket)
{
    json->depth--;
    if (!json->first)
        begin_line(json);
    ps_text_add_n(json->out, &bracket, 1);
    json->first = false;
    if (json->depth == 0)
        ps_text_add_n(json->out, "\n", 1);
}

void ps_json_text(struct ps_json *json, const char *key, const char *text)
{
    begin_value(json, key);
    if (text == NULL)
        ps_text_add_n(json->out, "null", 4);
    else
        add_string(json, text);
}

void ps_json_uint(struct ps_json *json, const char *key, uint64_t value)
{
    begin_value(json, key);
    ps_text_add(json->out, "%" PRIu64, value);
}

void ps_json_decimal(struct ps_json *json, const char *key, uint64_t value, unsigned decimals)
{
    uint64_t one = 1;
    for (unsigned i = 0; i < decimals; i++)
        one *= 10;
    begin_value(json, key);
    ps_text_add(json->out, "%" PRIu64, value / one);
    if (decimals > 0)
        ps_text_add(json->out, ".%0*" PRIu64, (int)decimals, value % one);
}

void ps_json_int(struct ps_json *json, const char *key, int64_t value)
{
    begin_value(json, key);
    ps_text_add(json->out, "%" PRId64, value);
}

void ps_json_bool(struct ps_json *json, const char *key, bool value)
{
    begin_value(json, key);
    ps_text_add(json->out, "%s", value ? "true" : "false");
}

void ps_json_time(struct ps_json *json, const char *key, ps_time t)
{
    char text[PS_TIME_TEXT_MAX];
    begin_value(json, key);
    if (ps_time_compare(t, PS_TIME_NEVER) == 0 || ps_time_compare(t, PS_TIME_ALWAYS) == 0)
        ps_text_add_n(json->out, "null", 4);
    else
        ps_text_add(json->out, "\"%s\"", ps_time_format(t, text));
}

void ps_json_uints(struct ps_json *json, const char *key, const uint64_t *values, size_t count)
{
    begin_value(json, key);
    for (size_t i = 0; i < count; i++)
        ps_text_add(json->out, "%s%" PRIu64, i == 0 ? "[" : ", ", values[i]);
    ps_text_add(json->out, "%s", count == 0 ? "[]" : "]");
}

void ps_json_times(struct ps_json *json, const char *key, const ps_time *times, size_t count)
{
    char text[PS_TIME_TEXT_MAX];
    begin_value(json, key);
    for (size_t i = 0; i < count; i++)
        ps_text_add(json->out, "%s\"%s\"", i == 0 ? "[" : ", ", ps_time_format(times[i], text));
    ps_text_add(json->out, "%s", count == 0 ? "[]" : "]");
}
