/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdbool.h>
#include <stdlib.h>
#include "labels.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static const struct {
    const char *name;
    size_t count;
    int want[6], size, low, high, expect[6];
} rows[] = {
    {"none", 0, {0}, 10, 0, 100, {0}},
    {"alone", 1, {50}, 10, 0, 100, {50}},
    {"far apart stay", 2, {20, 80}, 10, 0, 100, {20, 80}},
    {"the same place: around it", 2, {50, 50}, 10, 0, 100, {45, 55}},
    {"three at one place", 3, {50, 50, 50}, 10, 0, 100, {40, 50, 60}},
    {"order of input does not matter", 3, {80, 50, 20}, 10, 0, 100, {80, 50, 20}},
    {"pushed from the lower end", 2, {0, 0}, 10, 0, 100, {5, 15}},
    {"pushed from the upper end", 2, {100, 100}, 10, 0, 100, {85, 95}},
    {"touching is no overlap", 2, {45, 55}, 10, 0, 100, {45, 55}},
    {"a chain pushes on", 3, {50, 52, 61}, 10, 0, 100, {44, 54, 64}},
    {"beyond the ends", 2, {-500, 900}, 10, 0, 100, {5, 95}},
    {"too many begin at the lower end", 3, {5, 5, 5}, 50, 0, 100, {25, 75, 125}},
};

START_TEST(test_spread)
{
    struct ps_label labels[6];
    for (size_t i = 0; i < rows[_i].count; i++)
        labels[i] = (struct ps_label){.want = rows[_i].want[i], .size = rows[_i].size};
    ps_labels_spread(labels, rows[_i].count, rows[_i].low, rows[_i].high);
    ck_assert(true);
    for (size_t i = 0; i < rows[_i].count; i++)
        ck_assert_msg(labels[i].at == rows[_i].expect[i], "%s: label %zu at %d", rows[_i].name, i,
                      labels[i].at);
}
END_TEST

/* Whatever they want: none overlap, none leaves, and the order is that of what they want. */
START_TEST(test_many)
{
    struct ps_label labels[40];
    unsigned state = (unsigned)_i * 2654435761U + 1;
    int total = 0;
    for (size_t i = 0; i < COUNT(labels); i++) {
        state = state * 1103515245U + 12345U;
        labels[i].want = (int)(state >> 8 & 0xfff) - 500;
        labels[i].size = 2 * (int)(10 + (state >> 20 & 15));
        total += labels[i].size;
    }
    int high = total + (int)(state >> 28) * 100;
    ps_labels_spread(labels, COUNT(labels), 0, high);
    for (size_t i = 0; i < COUNT(labels); i++) {
        ck_assert_int_ge(labels[i].at - labels[i].size / 2, 0);
        ck_assert_int_le(labels[i].at + labels[i].size / 2, high);
        for (size_t j = 0; j < i; j++) {
            const struct ps_label *a = &labels[i], *b = &labels[j];
            int apart = abs(a->at - b->at), least = a->size / 2 + b->size / 2;
            ck_assert_msg(apart >= least, "%d: labels %zu and %zu overlap", _i, i, j);
            if (a->want != b->want)
                ck_assert_int_eq(a->want < b->want, a->at < b->at);
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("labels");
    TCase *tests = tcase_create("labels");
    tcase_add_loop_test(tests, test_spread, 0, COUNT(rows));
    tcase_add_loop_test(tests, test_many, 0, 50);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
