/* SPDX-License-Identifier: Apache-2.0
 *
 * A test with a wrong expectation. It must fail: if it ever passes, the test machinery (Check,
 * CTest, assertions compiled out) no longer sees failures, and no other result can be believed.
 */
#include <check.h>
#include <stdlib.h>
#include "base/time.h"

START_TEST(a_wrong_expectation)
{
    char text[PS_TIME_TEXT_MAX];
    ck_assert_str_eq(ps_time_format((ps_time){0}, text), "1970-01-02T00:00:00Z");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("canary");
    TCase *tcase = tcase_create("wrong");
    tcase_add_test(tcase, a_wrong_expectation);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
