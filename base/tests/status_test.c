/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/status.h"
#include "base/verdict.h"

static ps_status try_through(struct ps_error *err, int fail)
{
    PS_TRY(fail ? ps_fail(err, PS_INVALID, "row %d is wrong", fail) : PS_OK);
    return PS_FAILED;
}

START_TEST(fail_writes_the_message_and_gives_the_status_back)
{
    struct ps_error err = {0};
    ps_status s = ps_fail(&err, PS_FAILED, "cannot read %s: line %d", "a.yaml", 7);

    ck_assert_int_eq(s.code, PS_CODE_FAILED);
    ck_assert(!ps_is_ok(s));
    ck_assert(ps_is_ok(PS_OK));
    ck_assert_str_eq(err.text, "cannot read a.yaml: line 7");
}
END_TEST

START_TEST(wrap_puts_the_prefix_in_front)
{
    struct ps_error err = {0};

    (void)ps_fail(&err, PS_INVALID, "no such file");
    ck_assert_int_eq(ps_wrap(&err, PS_INVALID, "scenario %s", "x").code, PS_CODE_INVALID);
    ck_assert_str_eq(err.text, "scenario x: no such file");
    (void)ps_wrap(&err, PS_INVALID, "run");
    ck_assert_str_eq(err.text, "run: scenario x: no such file");
}
END_TEST

START_TEST(wrap_of_nothing_is_the_prefix)
{
    struct ps_error err = {0};

    (void)ps_wrap(&err, PS_FAILED, "port %d", 443);
    ck_assert_str_eq(err.text, "port 443");
}
END_TEST

START_TEST(a_message_may_quote_the_old_one)
{
    struct ps_error err = {0};

    (void)ps_fail(&err, PS_FAILED, "inner");
    (void)ps_fail(&err, PS_FAILED, "outer (%s)", err.text);
    ck_assert_str_eq(err.text, "outer (inner)");
    (void)ps_wrap(&err, PS_FAILED, "<%s>", err.text);
    ck_assert_str_eq(err.text, "<outer (inner)>: outer (inner)");
}
END_TEST

/* Lengths around the buffer's end: the last that fits is whole, the next is cut. */
static const struct {
    const char *name;
    size_t length;
    int cut;
} lengths[] = {
    {"short", 10, 0},
    {"fits exactly", PS_ERROR_TEXT_MAX - 1, 0},
    {"one too long", PS_ERROR_TEXT_MAX, 1},
    {"far too long", 3 * PS_ERROR_TEXT_MAX, 1},
};

static void check_cut(const char *name, const struct ps_error *err, size_t length, int cut)
{
    size_t got = strlen(err->text);

    if (cut) {
        ck_assert_msg(got == PS_ERROR_TEXT_MAX - 1, "%s: length %zu", name, got);
        ck_assert_msg(strcmp(err->text + got - 3, "...") == 0, "%s: ends in %s", name,
                      err->text + got - 3);
        ck_assert_msg(err->text[got - 4] == 'x', "%s: more than needed is cut", name);
    } else {
        ck_assert_msg(got == length, "%s: length %zu", name, got);
        ck_assert_msg(strchr(err->text, '.') == NULL, "%s: cut", name);
    }
}

START_TEST(too_long_a_message_ends_in_dots)
{
    size_t length = lengths[_i].length;
    char *text = malloc(length + 1);
    struct ps_error err = {0};

    memset(text, 'x', length);
    text[length] = '\0';
    (void)ps_fail(&err, PS_FAILED, "%s", text);
    check_cut(lengths[_i].name, &err, length, lengths[_i].cut);

    /* The same total length, half of it in the prefix. */
    size_t half = length / 2;
    (void)ps_fail(&err, PS_FAILED, "%s", text + half + 2);
    (void)ps_wrap(&err, PS_FAILED, "%.*s", (int)half, text);
    if (length - half - 2 < PS_ERROR_TEXT_MAX)
        check_cut(lengths[_i].name, &err, length, lengths[_i].cut);
    else
        ck_assert_uint_eq(strlen(err.text), PS_ERROR_TEXT_MAX - 1);
    free(text);
}
END_TEST

START_TEST(too_long_a_prefix_ends_in_dots)
{
    struct ps_error err = {0};

    (void)ps_fail(&err, PS_FAILED, "inner");
    (void)ps_wrap(&err, PS_FAILED, "%*s", PS_ERROR_TEXT_MAX + 5, "y");
    ck_assert_uint_eq(strlen(err.text), PS_ERROR_TEXT_MAX - 1);
    ck_assert_str_eq(err.text + PS_ERROR_TEXT_MAX - 5, " ...");
}
END_TEST

START_TEST(a_cut_leaves_no_half_letter)
{
    struct ps_error err = {0};
    char text[2 * PS_ERROR_TEXT_MAX + 3];

    for (size_t shift = 0; shift < 2; shift++) {
        size_t at = 0;
        for (; at < shift; at++)
            text[at] = 'x';
        for (; at + 2 < sizeof text; at += 2)
            memcpy(text + at, "\xC3\xA9", 2);
        text[at] = '\0';
        (void)ps_fail(&err, PS_FAILED, "%s", text);
        size_t got = strlen(err.text);
        ck_assert_str_eq(err.text + got - 3, "...");
        ck_assert_uint_eq((got - 3 - shift) % 2, 0);
        ck_assert_uint_ge(got, PS_ERROR_TEXT_MAX - 2);
    }
}
END_TEST

START_TEST(try_returns_what_is_not_ok)
{
    struct ps_error err = {0};

    ck_assert_int_eq(try_through(&err, 3).code, PS_CODE_INVALID);
    ck_assert_str_eq(err.text, "row 3 is wrong");
    ck_assert_int_eq(try_through(&err, 0).code, PS_CODE_FAILED);
}
END_TEST

/* The words of results are read by others' programs: they may be added to, not changed. */
START_TEST(verdict_words)
{
    ck_assert_str_eq(ps_stage_text(PS_STAGE_ACCEPTED), "accepted");
    ck_assert_str_eq(ps_stage_text(PS_STAGE_UNREACHABLE), "unreachable");
    ck_assert_str_eq(ps_stage_text(PS_STAGE_PAYLOAD), "payload");
    ck_assert_str_eq(ps_outcome_text(PS_OUTCOME_SURVIVED), "survived");
    ck_assert_str_eq(ps_outcome_text(PS_OUTCOME_LOCKED_OUT), "locked-out");
    ck_assert_str_eq(ps_outcome_text(PS_OUTCOME_NEVER_BOOTED), "never-booted");
    ck_assert_str_eq(ps_attack_text(PS_ATTACK_X03), "X03");
    ck_assert_str_eq(ps_attack_meaning(PS_ATTACK_X01), "a self-signed certificate for our name");
    ck_assert_str_eq(ps_fault_text(PS_FAULT_NONE), "none");
    ck_assert_str_eq(ps_fault_text(PS_FAULT_TRUNCATE), "truncate");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("status");
    TCase *tests = tcase_create("status");

    tcase_add_test(tests, fail_writes_the_message_and_gives_the_status_back);
    tcase_add_test(tests, wrap_puts_the_prefix_in_front);
    tcase_add_test(tests, wrap_of_nothing_is_the_prefix);
    tcase_add_test(tests, a_message_may_quote_the_old_one);
    tcase_add_loop_test(tests, too_long_a_message_ends_in_dots, 0,
                        (int)(sizeof lengths / sizeof lengths[0]));
    tcase_add_test(tests, too_long_a_prefix_ends_in_dots);
    tcase_add_test(tests, a_cut_leaves_no_half_letter);
    tcase_add_test(tests, try_returns_what_is_not_ok);
    tcase_add_test(tests, verdict_words);
    suite_add_tcase(suite, tests);

    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
