/* SPDX-License-Identifier: Apache-2.0
 *
 * Every preset, channel and attack at once: on the wire, where each device makes its own contacts
 * and each is compared with its class, the bytes are those of one contact a class; and an audit of
 * some agrees. A hundred thousand handshakes: some minutes.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "every.h"
#include "program.h"

static char *reference;

static void start(void)
{
    struct ps_text yaml = {0};
    scratch_make();
    every_scenario(&yaml);
    scratch_write("every.yaml", ps_text_chars(&yaml));
    ps_text_deinit(&yaml);
    struct program p = RUN("run", "every.yaml", "--out", "reference", "--link", "memory");
    ck_assert_msg(p.code == 0, "exit %d\n%s%s", p.code, p.out, p.err);
    program_deinit(&p);
    reference = file_read(scratch_path("reference/summary.json"));
    ck_assert_ptr_nonnull(reference);
}

static void stop(void)
{
    free(reference);
    scratch_remove();
}

START_TEST(same_bytes)
{
    static const char *const ways[][2] = {{"--audit", "5%"}, {"--fidelity", "wire"}};
    struct program p =
        RUN("run", "every.yaml", "--out", "other", "--link", "memory", ways[_i][0], ways[_i][1]);
    ck_assert_msg(p.code == 0, "%s: exit %d\n%s", ways[_i][0], p.code, p.err);
    char *summary = file_read(scratch_path("other/summary.json"));
    ck_assert_msg(summary && strcmp(summary, reference) == 0, "%s: other bytes", ways[_i][0]);
    free(summary);
    program_deinit(&p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("every");
    TCase *tests = tcase_create("every");
    tcase_set_timeout(tests, 7200);
    tcase_add_unchecked_fixture(tests, start, stop);
    tcase_add_loop_test(tests, same_bytes, 0, 2);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
