/* SPDX-License-Identifier: Apache-2.0
 *
 * Bars are exact: no rounding decides, and large counts do not overflow.
 */
#include "simulation/result.h"
#include "plan.h"

static const struct row {
    const char *name;
    enum ps_comparison_op op;
    uint32_t ppm;
    uint64_t numerator, denominator;
    bool holds;
} rows[] = {
    {"all of all", PS_EQ, 1000000, 5000, 5000, true},
    {"nearly all is not all", PS_EQ, 1000000, 9999999, 10000000, false},
    {"more than a third is not it", PS_EQ, 333333, 1, 3, false},
    {"none", PS_EQ, 0, 0, 7, true},
    {"one is not none", PS_EQ, 0, 1, 10000000, false},
    {"less, below", PS_LT, 50000, 249, 5000, true},
    {"less, at", PS_LT, 50000, 250, 5000, false},
    {"at most, at", PS_LE, 50000, 250, 5000, true},
    {"at most, above", PS_LE, 50000, 251, 5000, false},
    {"at least, at", PS_GE, 950000, 4750, 5000, true},
    {"at least, below", PS_GE, 950000, 4749, 5000, false},
    {"more, at", PS_GT, 950000, 4750, 5000, false},
    {"more, above", PS_GT, 950000, 4751, 5000, true},
    {"huge, at", PS_GE, 500000, UINT64_MAX / 2, UINT64_MAX - 1, true},
    {"huge, below", PS_GE, 500000, UINT64_MAX / 2 - 1, UINT64_MAX - 1, false},
};

START_TEST(bars)
{
    const struct row *row = &rows[_i];
    const struct ps_comparison bar = {row->op, {row->ppm}};
    ck_assert_msg(ps_comparison_holds(&bar, row->numerator, row->denominator) == row->holds, "%s",
                  row->name);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("judge");
    TCase *tests = tcase_create("bars");
    tcase_add_loop_test(tests, bars, 0, (int)(sizeof rows / sizeof *rows));
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
