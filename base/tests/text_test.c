/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

START_TEST(text_grows)
{
    struct ps_text text = {0};

    ck_assert_str_eq(ps_text_chars(&text), "");
    ps_text_add(&text, "%s=%d", "a", 1);
    ps_text_add_n(&text, "; bcd", 3);
    ck_assert_str_eq(ps_text_chars(&text), "a=1; b");
    ck_assert_uint_eq(text.length, 6);
    for (int i = 0; i < 1000; i++)
        ps_text_add(&text, "%03d", i);
    ck_assert_uint_eq(text.length, 3006);
    ck_assert_str_eq(ps_text_chars(&text) + 3003, "999");
    ps_text_add(&text, "%s", "");
    ps_text_add_n(&text, NULL, 0);
    ck_assert_uint_eq(text.length, strlen(ps_text_chars(&text)));
    ps_text_deinit(&text);
    ck_assert_str_eq(ps_text_chars(&text), "");
    ps_text_deinit(&text);
}
END_TEST

START_TEST(steal_gives_the_string_away)
{
    struct ps_text text = {0};
    char *empty = ps_text_steal(&text);

    ck_assert_str_eq(empty, "");
    free(empty);
    ps_text_add(&text, "kept");
    char *kept = ps_text_steal(&text);
    ck_assert_str_eq(kept, "kept");
    ck_assert_uint_eq(text.length, 0);
    ps_text_add(&text, "new");
    ck_assert_str_eq(kept, "kept");
    ps_text_deinit(&text);
    free(kept);
}
END_TEST

static const char *const words[] = {"openssl3", "openssl102", "openssl101", "mbedtls", "gnutls37",
                                    "san",      "none",       "not_after",  "x"};

static const struct {
    const char *name;
    const char *word;
    const char *expect; /* NULL: none is near */
} nearest_rows[] = {
    {"the word itself", "mbedtls", "mbedtls"},
    {"only the case differs", "MbedTLS", "mbedtls"},
    {"a letter missing", "mbedtl", "mbedtls"},
    {"a letter too many", "mbeddtls", "mbedtls"},
    {"a letter replaced", "mbedtis", "mbedtls"},
    {"two letters swapped count as one", "sna", "san"},
    {"swapped, in another case", "SNA", "san"},
    {"the nearer of several", "openssl10", "openssl102"},
    {"a tie goes to the first", "openssl103", "openssl102"},
    {"a third of the longer word: 3 of 9", "not_befor", NULL},
    {"3 of 9 differ", "not_XXXer", "not_after"},
    {"4 of 9 differ", "not_XXXXr", NULL},
    {"1 is always allowed", "sax", "san"},
    {"2 of 3 differ", "sxx", NULL},
    {"nothing in common, however short", "q", NULL},
    {"the empty word", "", NULL},
    {"another word", "wolfssl", NULL},
};

START_TEST(nearest_word)
{
    const char *got = ps_text_nearest(nearest_rows[_i].word, words, COUNT(words));
    const char *expect = nearest_rows[_i].expect;

    ck_assert_msg(expect == NULL ? got == NULL : got != NULL && strcmp(got, expect) == 0,
                  "%s: %s gives %s, expected %s", nearest_rows[_i].name, nearest_rows[_i].word,
                  got == NULL ? "none" : got, expect == NULL ? "none" : expect);
}
END_TEST

START_TEST(nearest_of_none)
{
    ck_assert_ptr_null(ps_text_nearest("word", NULL, 0));
}
END_TEST

static const struct {
    uint64_t value;
    const char *expect;
} thousands_rows[] = {
    {0, "0"},
    {7, "7"},
    {999, "999"},
    {1000, "1,000"},
    {12345, "12,345"},
    {999999, "999,999"},
    {1234567, "1,234,567"},
    {UINT64_MAX, "18,446,744,073,709,551,615"},
};

START_TEST(thousands)
{
    char out[32];

    ck_assert_str_eq(ps_text_thousands(thousands_rows[_i].value, out), thousands_rows[_i].expect);
}
END_TEST

/* The published test vectors of FNV-1a 64. */
static const struct {
    const char *text;
    uint64_t expect;
} hash_rows[] = {
    {"", UINT64_C(0xcbf29ce484222325)},
    {"a", UINT64_C(0xaf63dc4c8601ec8c)},
    {"b", UINT64_C(0xaf63df4c8601f1a5)},
    {"foobar", UINT64_C(0x85944171f73967e8)},
};

START_TEST(hash_is_fnv_1a)
{
    const char *text = hash_rows[_i].text;

    ck_assert_uint_eq(ps_text_hash(text), hash_rows[_i].expect);
    ck_assert_uint_eq(ps_bytes_hash(text, strlen(text), 0), hash_rows[_i].expect);
    ck_assert_uint_ne(ps_bytes_hash(text, strlen(text), 1), hash_rows[_i].expect);
}
END_TEST

START_TEST(hash_reads_all_bytes)
{
    ck_assert_uint_ne(ps_bytes_hash("a\0b", 3, 0), ps_bytes_hash("a\0c", 3, 0));
    ck_assert_uint_ne(ps_bytes_hash("\xff", 1, 0), ps_bytes_hash("\x7f", 1, 0));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("text");
    TCase *tests = tcase_create("text");

    tcase_add_test(tests, text_grows);
    tcase_add_test(tests, steal_gives_the_string_away);
    tcase_add_loop_test(tests, nearest_word, 0, (int)COUNT(nearest_rows));
    tcase_add_test(tests, nearest_of_none);
    tcase_add_loop_test(tests, thousands, 0, (int)COUNT(thousands_rows));
    tcase_add_loop_test(tests, hash_is_fnv_1a, 0, (int)COUNT(hash_rows));
    tcase_add_test(tests, hash_reads_all_bytes);
    suite_add_tcase(suite, tests);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
