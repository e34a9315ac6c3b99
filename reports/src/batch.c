/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/batch.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "print.h"

static const char *const keys[] = {"id", "trust", "chain", "crls", "host", "at", "stack"};
enum { KEYS = sizeof keys / sizeof keys[0] };

static char *dump(const json_t *value)
{
    char *text = value ? json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT) : ps_strdup("null");
    if (!text)
        ps_memory_exhausted(0);
    return text;
}

static ps_status check_keys(json_t *object, struct ps_error *err)
{
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        const char *near = ps_text_nearest(key, keys, KEYS);
        if (near && strcmp(near, key) != 0)
            return ps_fail(err, PS_INVALID, "unknown key \"%s\"; did you mean \"%s\"?", key, near);
    }
    return PS_OK;
}

static ps_status read_texts(const json_t *object, const char *key, bool needed,
                            struct ps_batch_texts *ret_texts, struct ps_error *err)
{
    const json_t *list = json_object_get(object, key);
    if (!list && !needed)
        return PS_OK;
    if (!json_is_array(list))
        return ps_fail(err, PS_INVALID, "\"%s\" must be a list of PEM texts", key);
    ret_texts->items = ps_alloc(json_array_size(list) + 1, sizeof *ret_texts->items);
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        if (!text)
            return ps_fail(err, PS_INVALID, "\"%s\" must be a list of PEM texts: item %zu is none",
                           key, i + 1);
        ret_texts->items[ret_texts->count++] = text;
    }
    return PS_OK;
}

static ps_status read_at(const json_t *object, ps_time *ret_at, struct ps_error *err)
{
    const json_t *at = json_object_get(object, "at");
    if (json_is_integer(at)) {
        const ps_time first = ps_time_from_date((struct ps_date){1950, 1, 1});
        const ps_time end = {ps_time_from_date((struct ps_date){9999, 12, 31}).s + 86399};
        ret_at->s = json_integer_value(at);
        if (ret_at->s < first.s || ret_at->s > end.s)
            return ps_fail(err, PS_INVALID, "\"at\" must lie in the years 1950 to 9999");
        return PS_OK;
    }
    if (!json_is_string(at))
        return ps_fail(err, PS_INVALID, "\"at\" must be a date, or seconds since 1970");
    const char *wrong = ps_time_parse(json_string_value(at), false, ret_at);
    if (wrong)
        return ps_fail(err, PS_INVALID, "\"at\" is no date: %s", wrong);
    return PS_OK;
}

static ps_status read_members(json_t *object, struct ps_batch_case *out, struct ps_error *err)
{
    PS_TRY(check_keys(object, err));
    PS_TRY(read_texts(object, "trust", true, &out->trust, err));
    PS_TRY(read_texts(object, "chain", true, &out->chain, err));
    PS_TRY(read_texts(object, "crls", false, &out->crls, err));
    out->host = json_string_value(json_object_get(object, "host"));
    if (!out->host)
        return ps_fail(err, PS_INVALID, "\"host\" must be a name");
    const json_t *stack = json_object_get(object, "stack");
    out->stack = json_string_value(stack);
    if (stack && !out->stack)
        return ps_fail(err, PS_INVALID, "\"stack\" must be a name");
    return read_at(object, &out->at, err);
}

ps_status ps_batch_read(const char *line, size_t size, struct ps_batch_case *ret_case,
                        struct ps_error *err)
{
    json_error_t error;
    memset(ret_case, 0, sizeof *ret_case);
    json_t *object = json_loadb(line, size, JSON_REJECT_DUPLICATES, &error);
    ret_case->document = object;
    ret_case->id = dump(json_is_object(object) ? json_object_get(object, "id") : NULL);
    if (!object)
        return ps_fail(err, PS_INVALID, "no JSON: %s (column %d)", error.text, error.column);
    if (!json_is_object(object))
        return ps_fail(err, PS_INVALID, "a case must be a JSON object");
    return read_members(object, ret_case, err);
}

void ps_batch_case_deinit(struct ps_batch_case *batch_case)
{
    free(batch_case->id);
    free(batch_case->trust.items);
    free(batch_case->chain.items);
    free(batch_case->crls.items);
    json_decref(batch_case->document);
    memset(batch_case, 0, sizeof *batch_case);
}

static void add_string(const char *text, struct ps_text *out)
{
    struct ps_text valid = {0};
    ps_clean_add(text, &valid);
    json_t *string = json_string(ps_text_chars(&valid));
    if (!string)
        ps_memory_exhausted(valid.length);
    char *encoded = dump(string);
    ps_text_add_n(out, encoded, strlen(encoded));
    free(encoded);
    json_decref(string);
    ps_text_deinit(&valid);
}

void ps_batch_write(const struct ps_batch_answer *answer, struct ps_text *out)
{
    ps_text_add(out, "{\"id\": %s, \"accepted\": %s, \"error\": ", answer->id,
                answer->accepted ? "true" : "false");
    if (answer->error)
        add_string(answer->error, out);
    else
        ps_text_add_n(out, "null", 4);
    ps_text_add_n(out, ", \"path\": [", 11);
    for (size_t i = 0; i < answer->path_count; i++) {
        ps_text_add(out, "%s", i > 0 ? ", " : "");
        add_string(answer->path[i], out);
    }
    ps_text_add_n(out, "]}\n", 3);
}
