/* SPDX-License-Identifier: Apache-2.0
 *
 * A suite that checks nothing. Check calls it a success and the program exits 0; ps_test must make
 * it a failure all the same. The case that is never added is the mistake that this stands for:
 * ck_assert is written down, and nobody runs it.
 */
#include <check.h>
#include <stdlib.h>

START_TEST(never_added)
{
    ck_assert(1);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("canary");
    (void)never_added;
    suite_add_tcase(suite, tcase_create("empty"));
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
