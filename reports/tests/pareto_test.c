/* SPDX-License-Identifier: Apache-2.0 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "pareto.h"
#include "sample.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/* Each row: merits, and the order expected as "name:front name:front". */
static const struct {
    const char *name;
    struct ps_merit merits[5];
    const char *expect;
} rows[] = {
    {"alone", {{"a", 1, 2, 0, 0, false, 0, 0}}, "a:1"},
    {"better in one, equal in two",
     {{"a", 1, 2, 0, 0, false, 0, 0}, {"b", 2, 2, 0, 0, false, 0, 0}},
     "b:1 a:2"},
    {"less exposure", {{"a", 2, 2, 9, 0, false, 0, 0}, {"b", 2, 2, 8, 0, false, 0, 0}}, "b:1 a:2"},
    {"fewer bricks", {{"a", 2, 2, 0, 9, false, 0, 0}, {"b", 2, 2, 0, 8, false, 0, 0}}, "b:1 a:2"},
    {"fewer taken over",
     {{"a", 2, 2, 0, 0, false, 0, 9}, {"b", 2, 2, 0, 0, false, 0, 8}},
     "b:1 a:2"},
    {"fewer taken over, but as many bricked instead, shares a front",
     {{"a", 2, 2, 0, 1, false, 0, 0}, {"b", 2, 2, 0, 0, false, 0, 1}},
     "a:1 b:1"},
    {"connected longer, but taken over, shares a front",
     {{"a", 1, 2, 0, 0, false, 0, 0}, {"b", 2, 2, 0, 0, false, 0, 1}},
     "b:1 a:1"},
    {"equals share a front, by name",
     {{"b", 1, 2, 3, 4, false, 0, 0}, {"a", 1, 2, 3, 4, false, 0, 0}},
     "a:1 b:1"},
    {"a trade-off shares a front, available first",
     {{"a", 1, 2, 0, 0, false, 0, 0}, {"b", 2, 2, 5, 0, false, 0, 0}},
     "b:1 a:1"},
    {"shares, not sums",
     {{"a", 10, 100, 0, 0, false, 0, 0}, {"b", 1, 2, 0, 0, false, 0, 0}},
     "b:1 a:2"},
    {"equal shares of other sums",
     {{"b", 1, 2, 0, 0, false, 0, 0}, {"a", 50, 100, 0, 0, false, 0, 0}},
     "a:1 b:1"},
    {"beyond 64 bits",
     {{"a", UINT64_MAX - 2, UINT64_MAX, 0, 0, false, 0, 0},
      {"b", UINT64_MAX - 1, UINT64_MAX, 0, 0, false, 0, 0}},
     "b:1 a:2"},
    {"three fronts",
     {{"c", 1, 4, 3, 3, false, 0, 0},
      {"b", 2, 4, 2, 2, false, 0, 0},
      {"a", 3, 4, 1, 1, false, 0, 0}},
     "a:1 b:2 c:3"},
    {"unranked is last however good",
     {{"z", 4, 4, 0, 0, true, 0, 0}, {"b", 1, 4, 9, 9, false, 0, 0}},
     "b:1 z:0"},
    {"unranked pushes nobody down",
     {{"z", 4, 4, 0, 0, true, 0, 0},
      {"b", 1, 4, 0, 0, false, 0, 0},
      {"a", 2, 4, 1, 0, false, 0, 0}},
     "a:1 b:1 z:0"},
    {"unranked by availability, then name",
     {{"z", 1, 4, 0, 0, true, 0, 0}, {"y", 2, 4, 0, 0, true, 0, 0}, {"x", 1, 4, 0, 0, true, 0, 0}},
     "y:0 x:0 z:0"},
    {"fewer bricks and less available shares a front",
     {{"a", 1, 2, 0, 1, false, 0, 0}, {"b", 2, 2, 0, 5, false, 0, 0}},
     "b:1 a:1"},
    {"among equals fewer bytes first",
     {{"a", 1, 2, 0, 0, false, 9, 0}, {"b", 1, 2, 0, 0, false, 8, 0}},
     "b:1 a:1"},
    {"bytes never outweigh",
     {{"a", 1, 2, 0, 0, false, 1, 0}, {"b", 2, 2, 0, 0, false, 900, 0}},
     "b:1 a:2"},
    {"never booted is the least available",
     {{"a", 0, 0, 0, 0, false, 0, 0}, {"b", 0, 5, 0, 0, false, 0, 0}},
     "b:1 a:2"},
};

START_TEST(test_order)
{
    size_t count = 0;
    while (count < COUNT(rows[_i].merits) && rows[_i].merits[count].name != NULL)
        count++;
    struct ps_rank ranks[5];
    ps_pareto_sort(rows[_i].merits, count, ranks);
    struct ps_text text = {0};
    for (size_t i = 0; i < count; i++)
        ps_text_add(&text, "%s%s:%u", i == 0 ? "" : " ", rows[_i].merits[ranks[i].strategy].name,
                    ranks[i].front);
    ck_assert_msg(strcmp(ps_text_chars(&text), rows[_i].expect) == 0, "%s: %s", rows[_i].name,
                  ps_text_chars(&text));
    ps_text_deinit(&text);
}
END_TEST

START_TEST(test_scenario)
{
    struct ps_result *result = sample_small();
    struct ps_rank *ranks = ps_pareto_order(&result->scenarios[0]);
    ck_assert_uint_eq(ranks[0].strategy,
                      2); /* available but exposed; old-root is neither: a trade */
    ck_assert_uint_eq(ranks[0].front, 1);
    ck_assert_uint_eq(ranks[1].strategy, 1);
    ck_assert_uint_eq(ranks[1].front, 1);
    ck_assert_uint_eq(ranks[2].strategy, 0);
    ck_assert_uint_eq(ranks[2].front, 0);
    free(ranks);
    sample_free(result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pareto");
    TCase *tests = tcase_create("pareto");
    tcase_add_loop_test(tests, test_order, 0, COUNT(rows));
    tcase_add_test(tests, test_scenario);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
