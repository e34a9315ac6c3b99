/* SPDX-License-Identifier: Apache-2.0
 *
 * The balance of a wire: each row has one number that cannot be, or one that can.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "loop/balance.h"

static const struct row {
    const char *name;
    struct ps_balance bytes;
    struct ps_balance_end end;
    const char *broken; /* whose bytes; NULL: nobody's */
} rows[] = {
    {"nothing was said", {{0}, {0}}, {0}, NULL},
    {"all arrived", {{9, 0, 9, 9, 9, 0}, {7, 0, 7, 7, 7, 0}}, {0}, NULL},
    {"a fault dropped some", {{9, 0, 9, 9, 9, 0}, {7, 0, 7, 7, 3, 4}}, {0}, NULL},
    {"some was not sent any more", {{9, 2, 7, 7, 7, 0}, {7, 7, 0, 0, 0, 0}}, {0}, NULL},
    {"some waits", {{9, 0, 9, 9, 9, 0}, {7, 0, 7, 7, 5, 0}}, {.held = 2}, NULL},
    {"lost in a reset", {{9, 0, 9, 4, 4, 0}, {0}}, {.device_may_lose = true}, NULL},
    {"lost in a close", {{0}, {7, 0, 7, 4, 4, 0}}, {.server_may_lose = true}, NULL},
    {"lost without one", {{9, 0, 9, 8, 8, 0}, {0}}, {.server_may_lose = true}, "device"},
    {"lost on the way back", {{0}, {7, 0, 7, 4, 4, 0}}, {.device_may_lose = true}, "server"},
    {"more than was sent", {{9, 0, 9, 10, 10, 0}, {0}}, {.device_may_lose = true}, "device"},
    {"neither sent nor dropped", {{9, 0, 8, 8, 8, 0}, {0}}, {0}, "device"},
    {"arrived and not handed over", {{9, 0, 9, 9, 8, 0}, {0}}, {0}, "device"},
    {"handed over twice", {{0}, {7, 0, 7, 7, 7, 1}}, {.server_may_lose = true}, "server"},
    {"held back by nobody", {{0}, {7, 0, 7, 7, 7, 0}}, {.held = 1}, "server"},
};

START_TEST(one_row)
{
    const struct row *row = &rows[_i];
    struct ps_error err = {{0}};
    char says[96];
    ps_status s = ps_balance_check(&row->bytes, &row->end, &err);
    snprintf(says, sizeof says, "invariant 'bytes in are bytes out' is broken: of the %s's ",
             row->broken ? row->broken : "");
    if (row->broken)
        ck_assert_msg(s.code == PS_CODE_FAILED && strncmp(err.text, says, strlen(says)) == 0,
                      "%s: code %d, \"%s\"", row->name, (int)s.code, err.text);
    else
        ck_assert_msg(ps_is_ok(s), "%s: %s", row->name, err.text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("balance");
    TCase *tests = tcase_create("balance");
    tcase_add_loop_test(tests, one_row, 0, (int)(sizeof rows / sizeof *rows));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
