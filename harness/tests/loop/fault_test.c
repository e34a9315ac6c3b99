/* SPDX-License-Identifier: Apache-2.0
 *
 * The fault filter: how many bytes pass and when the fault strikes, however the bytes are cut into
 * pieces.
 */
#include <check.h>
#include <stdlib.h>
#include "loop/fault.h"

static const struct row {
    const char *name;
    enum ps_fault fault;
    int64_t delay_s, timeout_s;
    uint32_t after_bytes;
    size_t sent;
    size_t passed;
    int strikes;
    bool holds;
} rows[] = {
    {"none passes all", PS_FAULT_NONE, 0, 30, 0, 5000, 5000, 0, false},
    {"cut at 0", PS_FAULT_CUT, 0, 30, 0, 5000, 0, 1, false},
    {"cut at 1", PS_FAULT_CUT, 0, 30, 1, 5000, 1, 1, false},
    {"cut inside", PS_FAULT_CUT, 0, 30, 1500, 5000, 1500, 1, false},
    {"cut one before the end", PS_FAULT_CUT, 0, 30, 4999, 5000, 4999, 1, false},
    {"cut at the very end", PS_FAULT_CUT, 0, 30, 5000, 5000, 5000, 0, false},
    {"cut beyond", PS_FAULT_CUT, 0, 30, 100000, 5000, 5000, 0, false},
    {"reset inside", PS_FAULT_RESET, 0, 30, 100, 5000, 100, 1, false},
    {"truncate inside", PS_FAULT_TRUNCATE, 0, 30, 100, 5000, 100, 1, false},
    {"a cut ignores the delay", PS_FAULT_CUT, 99, 30, 5000, 5000, 5000, 0, false},
    {"delay shorter than the wait", PS_FAULT_DELAY, 29, 30, 0, 5000, 5000, 0, true},
    {"delay as long as the wait", PS_FAULT_DELAY, 30, 30, 0, 5000, 0, 1, false},
    {"delay longer than the wait", PS_FAULT_DELAY, 31, 30, 4000, 5000, 0, 1, false},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static const size_t pieces[] = {1, 7, 1000, 100000};

START_TEST(test_rows)
{
    const struct row *row = &rows[_i];
    for (size_t p = 0; p < sizeof pieces / sizeof pieces[0]; p++) {
        struct ps_fault_filter filter =
            ps_fault_filter_make(row->fault, (ps_duration){row->delay_s},
                                 (ps_duration){row->timeout_s}, row->after_bytes);
        size_t passed = 0;
        int strikes = 0;
        for (size_t left = row->sent; left > 0;) {
            size_t piece = left < pieces[p] ? left : pieces[p];
            bool now;
            size_t through = ps_fault_filter_pass(&filter, piece, &now);
            ck_assert_msg(strikes == 0 || through == 0, "%s: passes after the strike", row->name);
            passed += through;
            strikes += now;
            left -= piece;
        }
        ck_assert_msg(passed == row->passed, "%s in pieces of %zu: %zu passed, not %zu", row->name,
                      pieces[p], passed, row->passed);
        ck_assert_msg(strikes == row->strikes, "%s in pieces of %zu: %d strikes", row->name,
                      pieces[p], strikes);
        ck_assert_msg(filter.struck == (row->strikes > 0), "%s: struck", row->name);
        ck_assert_msg(filter.holds == row->holds, "%s: holds", row->name);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fault");
    TCase *tcase = tcase_create("filter");
    tcase_add_loop_test(tcase, test_rows, 0, ROWS);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
