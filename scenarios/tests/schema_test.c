/* SPDX-License-Identifier: Apache-2.0
 *
 * The JSON Schema is JSON, names every key and every word, and points only at what it defines.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "form.h"
#include "reader.h"

/* --- a checker of JSON's grammar (RFC 8259) --- */

static const char *skip_space(const char *at)
{
    return at + strspn(at, " \n");
}

/* NULL: not a string. */
static const char *skip_string(const char *at)
{
    if (*at != '"')
        return NULL;
    for (at++; *at != '"'; at++) {
        if (*at == '\0' || (unsigned char)*at < 0x20)
            return NULL;
        if (*at == '\\' && strchr("\"\\/bfnrt", *++at) == NULL)
            return NULL;
    }
    return at + 1;
}

static const char *skip_value(const char *at);

static const char *skip_members(const char *at, char close)
{
    at = skip_space(at + 1);
    if (*at == close)
        return at + 1;
    while (true) {
        if (close == '}') {
            at = skip_string(skip_space(at));
            if (at == NULL || *(at = skip_space(at)) != ':')
                return NULL;
            at++;
        }
        at = skip_value(at);
        if (at == NULL)
            return NULL;
        at = skip_space(at);
        if (*at == close)
            return at + 1;
        if (*at != ',')
            return NULL;
        at++;
    }
}

static const char *skip_value(const char *at)
{
    static const char *const literals[] = {"true", "false", "null"};

    at = skip_space(at);
    if (*at == '{')
        return skip_members(at, '}');
    if (*at == '[')
        return skip_members(at, ']');
    if (*at == '"')
        return skip_string(at);
    for (size_t i = 0; i < 3; i++) {
        if (strncmp(at, literals[i], strlen(literals[i])) == 0)
            return at + strlen(literals[i]);
    }
    size_t digits = strspn(at, "0123456789.");
    return digits == 0 ? NULL : at + digits;
}

static struct ps_text schema;

static void setup(void)
{
    ps_plan_schema(&schema);
}

static void teardown(void)
{
    ps_text_deinit(&schema);
}

START_TEST(is_json)
{
    const char *end = skip_value(ps_text_chars(&schema));

    ck_assert_msg(end != NULL, "the schema is not JSON");
    ck_assert_str_eq(end, "\n");
    ck_assert_ptr_null(skip_value("{\"a\": 1,}")); /* the checker can say no */
    ck_assert_ptr_null(skip_value("{\"a\": [1 2]}"));
}
END_TEST

static size_t keys_seen;

static void check_table(const struct ps_table *table, int depth)
{
    size_t count = ps_table_field_count(table), offset;

    ck_assert_int_lt(depth, 10);
    for (size_t i = 0; i < count; i++) {
        const struct ps_field *field = ps_table_field(table, i, &offset);
        /* The last quote shows that the description is whole. */
        char *key = ps_format("\"%s\": {\"description\": \"%s\"", field->key, field->meaning);

        if (!table->bare_only)
            ck_assert_msg(strstr(ps_text_chars(&schema), key) != NULL, "no %s", key);
        free(key);
        for (const struct ps_word *word = field->words; word && word->text != NULL; word++) {
            char *quoted = ps_format("\"%s\"", word->text);
            ck_assert_msg(strstr(ps_text_chars(&schema), quoted) != NULL, "no %s", quoted);
            free(quoted);
        }
        keys_seen++;
        if (field->table != NULL)
            check_table(field->table, depth + 1);
    }
}

START_TEST(has_every_key_and_word)
{
    check_table(&ps_scenario_table, 0);
    for (size_t kind = PS_DISTRIBUTION_FIXED + 1; kind <= PS_DISTRIBUTION_EMPIRICAL; kind++)
        check_table(ps_distribution_tables[kind], 0);
    ck_assert_uint_gt(keys_seen, 100);
}
END_TEST

START_TEST(refers_to_what_it_defines)
{
    static const char mark[] = "\"$ref\": \"#/$defs/";
    size_t references = 0;

    for (const char *at = ps_text_chars(&schema); (at = strstr(at, mark)) != NULL; references++) {
        at += strlen(mark);
        char *definition = ps_format("\n    \"%.*s\": {", (int)strcspn(at, "\""), at);
        ck_assert_msg(strstr(ps_text_chars(&schema), definition) != NULL, "no %s", definition);
        free(definition);
    }
    ck_assert_uint_gt(references, 50);
}
END_TEST

/* additionalProperties is false wherever properties are listed. */
START_TEST(allows_nothing_else)
{
    size_t lists = 0, closed = 0;

    for (const char *at = ps_text_chars(&schema); (at = strstr(at, "\"properties\": {")); at++)
        lists++;
    for (const char *at = ps_text_chars(&schema);
         (at = strstr(at, "\"additionalProperties\": false")); at++)
        closed++;
    ck_assert_uint_eq(lists, closed);
    ck_assert_uint_gt(lists, 20);
}
END_TEST

/* Each default of each table reads without a message, by an assertion in the reader. */
START_TEST(defaults_are_values)
{
    struct ps_arena *arena = ps_arena_new();
    struct ps_diagnostics wrong = {0};
    struct ps_reader reader = {.arena = arena, .diagnostics = &wrong};
    struct ps_form form = {0};
    struct ps_strategy strategy = {0};

    ps_reader_block(&reader, &ps_scenario_table, NULL, PS_READ_WHOLE, &form);
    ck_assert_uint_eq(form.regions, 10);
    ps_reader_defaults(&reader, &ps_strategy_table, &strategy);
    ck_assert_uint_eq(wrong.count, 0);
    ck_assert_uint_eq(strategy.chain.intermediates_max, 100);
    ck_assert_int_eq((int)strategy.chain.engine, (int)PS_ENGINE_PKIX);
    ck_assert_int_eq((int)strategy.chain.builder, (int)PS_BUILDER_OPENSSL3);
    ck_assert(strategy.pins.expires.s == PS_TIME_NEVER.s);
    ck_assert(strategy.time.floor.s == PS_TIME_ALWAYS.s);
    ck_assert_int_eq(strategy.update.poll.s, 86400);
    ck_assert_uint_eq(strategy.limits.hashes, 0);
    ck_assert_uint_eq(strategy.limits.keys, 0);
    ck_assert_uint_eq(strategy.limits.chain_bytes, 0);
    ck_assert_uint_eq(strategy.limits.chain_length, 0);
    ck_assert_int_eq((int)strategy.limits.tls, (int)PS_TLS_1_3);
    ps_arena_free(arena);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenarios: schema");
    TCase *tests = tcase_create("schema");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, is_json);
    tcase_add_test(tests, has_every_key_and_word);
    tcase_add_test(tests, refers_to_what_it_defines);
    tcase_add_test(tests, allows_nothing_else);
    tcase_add_test(tests, defaults_are_values);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
