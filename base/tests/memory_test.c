/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/memory.h"

enum { HANDLER_EXIT = 42, HANDLER_EXIT_OVERFLOW = 43 };

static void handler_exit(size_t size_bytes)
{
    _exit(size_bytes == SIZE_MAX ? HANDLER_EXIT_OVERFLOW : HANDLER_EXIT);
}

static void handler_returns(size_t size_bytes)
{
    (void)size_bytes;
}

static bool all_bytes_are(const unsigned char *bytes, size_t size, unsigned char value)
{
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != value)
            return false;
    return true;
}

START_TEST(alloc_is_zeroed_and_never_null)
{
    unsigned char *bytes = ps_alloc(1000, 7);

    ck_assert(all_bytes_are(bytes, 7000, 0));
    free(bytes);
    void *nothing = ps_alloc(0, 8);
    ck_assert_ptr_nonnull(nothing);
    free(nothing);
}
END_TEST

START_TEST(realloc_keeps_what_is_there)
{
    char *text = ps_strdup("abc");

    text = ps_realloc(text, 1000, 1);
    ck_assert_str_eq(text, "abc");
    text = ps_realloc(text, 0, 1);
    ck_assert_ptr_nonnull(text);
    free(text);
    text = ps_realloc(NULL, 2, 2);
    ck_assert_ptr_nonnull(text);
    free(text);
}
END_TEST

START_TEST(copies_and_formats)
{
    ck_assert_ptr_null(ps_strdup(NULL));
    char *copy = ps_strdup("");
    ck_assert_str_eq(copy, "");
    free(copy);

    unsigned char *bytes = ps_memdup("a\0b", 3);
    ck_assert_mem_eq(bytes, "a\0b", 3);
    free(bytes);
    void *nothing = ps_memdup(NULL, 0);
    ck_assert_ptr_nonnull(nothing);
    free(nothing);

    char *text = ps_format("%s-%05d", "n", 42);
    ck_assert_str_eq(text, "n-00042");
    free(text);
    text = ps_format("%3000s", "x");
    ck_assert_uint_eq(strlen(text), 3000);
    free(text);
}
END_TEST

START_TEST(grow_doubles)
{
    size_t capacity = 0;
    int *items = ps_grow(NULL, &capacity, 1, sizeof *items);
    size_t first = capacity;

    ck_assert_uint_ge(first, 1);
    items[0] = 5;
    items = ps_grow(items, &capacity, first, sizeof *items);
    ck_assert_uint_eq(capacity, first);
    items = ps_grow(items, &capacity, first + 1, sizeof *items);
    ck_assert_uint_eq(capacity, 2 * first);
    items = ps_grow(items, &capacity, 100 * first, sizeof *items);
    ck_assert_uint_eq(capacity, 100 * first);
    ck_assert_int_eq(items[0], 5);
    free(items);
}
END_TEST

START_TEST(push_appends)
{
    struct point {
        int x, y;
    } *points = NULL;
    size_t count = 0, capacity = 0;

    for (int i = 0; i < 1000; i++)
        PS_PUSH(points, count, capacity, (struct point){.x = i, .y = -i});
    ck_assert_uint_eq(count, 1000);
    ck_assert_uint_ge(capacity, count);
    for (int i = 0; i < 1000; i++) {
        ck_assert_int_eq(points[i].x, i);
        ck_assert_int_eq(points[i].y, -i);
    }
    free(points);
}
END_TEST

/* Sizes on both sides of what one chunk holds. */
static const struct {
    const char *name;
    size_t count, size_bytes;
} arena_sizes[] = {
    {"nothing", 0, 8},          {"one byte", 1, 1},        {"odd", 3, 5},
    {"a page", 1, 4096},        {"a chunk", 1, 64 * 1024}, {"a chunk less 1", 1, 64 * 1024 - 1},
    {"more", 1, 64 * 1024 + 1}, {"many", 1000, 1000},
};

START_TEST(arena_gives_zeroed_aligned_memory_of_its_own)
{
    enum { SIZES = sizeof arena_sizes / sizeof arena_sizes[0], ROUNDS = 5 };
    struct ps_arena *arena = ps_arena_new();
    unsigned char *all[ROUNDS * SIZES];

    for (size_t reset = 0; reset < 3; reset++) {
        for (size_t i = 0; i < ROUNDS * SIZES; i++) {
            const char *name = arena_sizes[i % SIZES].name;
            size_t size = arena_sizes[i % SIZES].count * arena_sizes[i % SIZES].size_bytes;
            all[i] = ps_arena_alloc(arena, arena_sizes[i % SIZES].count,
                                    arena_sizes[i % SIZES].size_bytes);
            ck_assert_msg((uintptr_t)all[i] % 16 == 0, "%s: not aligned", name);
            ck_assert_msg(all_bytes_are(all[i], size, 0), "%s: not zeroed", name);
            memset(all[i], (int)(i + 1), size);
        }
        for (size_t i = 0; i < ROUNDS * SIZES; i++) {
            size_t size = arena_sizes[i % SIZES].count * arena_sizes[i % SIZES].size_bytes;
            ck_assert_msg(all_bytes_are(all[i], size, (unsigned char)(i + 1)), "%s: overwritten",
                          arena_sizes[i % SIZES].name);
        }
        ps_arena_reset(arena);
    }
    ps_arena_free(arena);
    ps_arena_free(NULL);
}
END_TEST

START_TEST(arena_texts)
{
    struct ps_arena *arena = ps_arena_new();

    ck_assert_str_eq(ps_arena_strdup(arena, "hub.example"), "hub.example");
    ck_assert_ptr_null(ps_arena_strdup(arena, NULL));
    ck_assert_str_eq(ps_arena_strndup(arena, "hub.example", 3), "hub");
    ck_assert_str_eq(ps_arena_strndup(arena, "hub", 100), "hub");
    ck_assert_str_eq(ps_arena_strndup(arena, "hub", SIZE_MAX - 1), "hub");
    ck_assert_str_eq(ps_arena_format(arena, "%s %d", "row", 9), "row 9");
    ck_assert_uint_eq(strlen(ps_arena_format(arena, "%100000d", 1)), 100000);
    ps_arena_free(arena);
}
END_TEST

START_TEST(buffer_carries_bytes_in_order)
{
    struct ps_buffer buffer = {0};

    ps_buffer_append(&buffer, NULL, 0);
    ps_buffer_consume(&buffer, 0);
    ps_buffer_append(&buffer, "hello ", 6);
    ps_buffer_append(&buffer, "world", 5);
    ck_assert_uint_eq(buffer.size, 11);
    ck_assert_mem_eq(buffer.data, "hello world", 11);
    ps_buffer_consume(&buffer, 6);
    ck_assert_uint_eq(buffer.size, 5);
    ck_assert_mem_eq(buffer.data, "world", 5);
    ps_buffer_consume(&buffer, 5);
    ck_assert_uint_eq(buffer.size, 0);
    for (int i = 0; i < 1000; i++)
        ps_buffer_append(&buffer, "0123456789", 10);
    ck_assert_uint_eq(buffer.size, 10000);
    ck_assert_mem_eq(buffer.data + 9990, "0123456789", 10);
    ps_buffer_deinit(&buffer);
    ck_assert_ptr_null(buffer.data);
    ck_assert_uint_eq(buffer.size + buffer.capacity, 0);
    ps_buffer_deinit(&buffer);
}
END_TEST

/* Deaths. Each runs in a process of its own, and must leave it through the handler. */
START_TEST(exhausted_calls_the_handler)
{
    ps_memory_on_exhausted(handler_exit);
    ps_memory_exhausted(100);
}
END_TEST

START_TEST(exhausted_aborts_without_handler)
{
    ps_memory_on_exhausted(handler_exit);
    ps_memory_on_exhausted(NULL);
    ps_memory_exhausted(100);
}
END_TEST

START_TEST(exhausted_aborts_when_the_handler_returns)
{
    ps_memory_on_exhausted(handler_returns);
    ps_memory_exhausted(100);
}
END_TEST

enum { OVERFLOWS = 6 };

START_TEST(overflow_is_exhausted_memory)
{
    const size_t half = SIZE_MAX / 2 + 1;
    size_t capacity = half;
    struct ps_arena *arena = ps_arena_new();
    struct ps_buffer buffer = {.size = 8};

    ps_memory_on_exhausted(handler_exit);
    switch (_i) {
    case 0:
        (void)ps_alloc(half, 2);
        break;
    case 1:
        (void)ps_realloc(NULL, half, 2);
        break;
    case 2:
        (void)ps_grow(NULL, &capacity, half + 1, 1);
        break;
    case 3:
        (void)ps_arena_alloc(arena, half, 2);
        break;
    case 4:
        (void)ps_arena_alloc(arena, SIZE_MAX, 1);
        break;
    case 5:
        ps_buffer_append(&buffer, "", SIZE_MAX);
        break;
    default:
        ck_abort_msg("no row %d", _i);
    }
}
END_TEST

/* A size that fits into size_t and into no machine. The sanitizer has its own opinion about such
 * sizes, so there it is not asked. */
#ifndef __SANITIZE_ADDRESS__
enum { IMPOSSIBLE = 3 };

START_TEST(impossible_size_is_exhausted_memory)
{
    size_t capacity = 0;
    struct ps_arena *arena = ps_arena_new();

    ps_memory_on_exhausted(handler_exit);
    switch (_i) {
    case 0:
        (void)ps_alloc(SIZE_MAX / 4, 1);
        break;
    case 1:
        (void)ps_grow(NULL, &capacity, SIZE_MAX / 4, 1);
        break;
    case 2:
        (void)ps_arena_alloc(arena, SIZE_MAX / 4, 1);
        break;
    default:
        ck_abort_msg("no row %d", _i);
    }
}
END_TEST
#endif

START_TEST(consuming_too_much_is_a_programming_error)
{
    struct ps_buffer buffer = {0};

    ps_buffer_append(&buffer, "abc", 3);
    ps_buffer_consume(&buffer, 4);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("memory");
    TCase *tests = tcase_create("memory");

    tcase_add_test(tests, alloc_is_zeroed_and_never_null);
    tcase_add_test(tests, realloc_keeps_what_is_there);
    tcase_add_test(tests, copies_and_formats);
    tcase_add_test(tests, grow_doubles);
    tcase_add_test(tests, push_appends);
    tcase_add_test(tests, arena_gives_zeroed_aligned_memory_of_its_own);
    tcase_add_test(tests, arena_texts);
    tcase_add_test(tests, buffer_carries_bytes_in_order);
    suite_add_tcase(suite, tests);

    TCase *deaths = tcase_create("deaths");
    tcase_add_exit_test(deaths, exhausted_calls_the_handler, HANDLER_EXIT);
    tcase_add_test_raise_signal(deaths, exhausted_aborts_without_handler, SIGABRT);
    tcase_add_test_raise_signal(deaths, exhausted_aborts_when_the_handler_returns, SIGABRT);
    tcase_add_loop_exit_test(deaths, overflow_is_exhausted_memory, HANDLER_EXIT_OVERFLOW, 0,
                             OVERFLOWS);
#ifndef __SANITIZE_ADDRESS__
    tcase_add_loop_exit_test(deaths, impossible_size_is_exhausted_memory, HANDLER_EXIT, 0,
                             IMPOSSIBLE);
#endif
    tcase_add_test_raise_signal(deaths, consuming_too_much_is_a_programming_error, SIGABRT);
    suite_add_tcase(suite, deaths);

    SRunner *runner = srunner_create(suite);
    srunner_set_fork_status(runner,
                            CK_FORK); /* a death must not be the suite's, whatever CK_FORK says */
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
