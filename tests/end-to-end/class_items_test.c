/* SPDX-License-Identifier: Apache-2.0
 *
 * The class key holds everything that a verdict reads, and a run notices if it does not: for each
 * item there is a scenario that passes when every contact is audited, and fails with the audit's
 * disagreement when that item is left out of the key. The program's own command is called in this
 * process, because no option leaves an item out.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "class_items.h"
#include "cli/cli.h"
#include "here.h"
#include "program.h"

enum { ROW_COUNT = sizeof item_rows / sizeof *item_rows };

static const char *const names[] = {
#define X(name, meaning) #name,
    PS_CLASS_ITEMS(X)
#undef X
};

static void start(void)
{
    scratch_make();
}

static void stop(void)
{
    scratch_remove();
}

static const char *or(const char *part, const char *otherwise)
{
    return part ? part : otherwise;
}

static void write_scenario(const struct item_row *row)
{
    struct ps_text yaml = {0};
    ps_text_add(&yaml, "%skeys: {kb: ecdsa-p256}\n", item_world);
    ps_text_add(&yaml, "endpoints:\n%s", or(row->endpoints, ITEM_ENDPOINTS));
    if (row->timeline)
        ps_text_add(&yaml, "timeline:\n%s", row->timeline);
    if (row->threats)
        ps_text_add(&yaml, "threats:\n%s", row->threats);
    ps_text_add(&yaml, "fleet:\n%s", or(row->fleet, ITEM_FLEET));
    ps_text_add(&yaml, "strategies:\n%s", or(row->strategies, ITEM_STRATEGIES));
    scratch_write("item.yaml", ps_text_chars(&yaml));
    ps_text_deinit(&yaml);
}

/* `pinstorm run` without the items of `left_out`; gives the exit code, and what it said. */
static int run_without(uint64_t left_out, char **ret_said)
{
    ps_class_key_leave_out(PS_CLASS_ITEM_COUNT);
    for (unsigned i = 0; i < PS_CLASS_ITEM_COUNT; i++)
        if ((left_out >> i & 1) != 0)
            ps_class_key_leave_out((enum ps_class_item)i);
    return here_run("item.yaml", "100%", ret_said);
}

static void expect_pass(const struct item_row *row, uint64_t left_out)
{
    char *said;
    int code = run_without(left_out, &said);
    ck_assert_msg(code == PS_EXIT_MET, "%s, %s: without %#llx exit %d\n%s", names[row->item],
                  row->name, (unsigned long long)left_out, code, said);
    free(said);
}

START_TEST(run_notices)
{
    const struct item_row *row = &item_rows[_i];
    ck_assert_msg((row->also >> row->item & 1) == 0, "%s stands beside itself", row->name);
    write_scenario(row);
    expect_pass(row, 0);
    if (row->also != 0)
        expect_pass(row, row->also);
    char *said;
    int code = run_without(row->also | UINT64_C(1) << row->item, &said);
    ck_assert_msg(code == PS_EXIT_FAILED, "%s, %s: left out, but exit %d\n%s", names[row->item],
                  row->name, code, said);
    struct ps_text was = {0}, found = {0};
    ps_text_add(&was, "the class says %s", row->was);
    ps_text_add(&found, "the device's own contact %s", row->found);
    ck_assert_msg(strstr(said, "audit disagreement in class ") &&
                      strstr(said, ps_text_chars(&was)) && strstr(said, ps_text_chars(&found)),
                  "%s, %s: it said\n%s", names[row->item], row->name, said);
    ps_text_deinit(&was);
    ps_text_deinit(&found);
    free(said);
}
END_TEST

START_TEST(every_item_has_a_row)
{
    for (unsigned i = 0; i < PS_CLASS_ITEM_COUNT; i++) {
        bool has = false;
        for (size_t k = 0; k < ROW_COUNT; k++)
            has |= item_rows[k].item == i;
        ck_assert_msg(has, "%s has no row in class_items.h", names[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("class items");
    TCase *tests = tcase_create("audit");
    tcase_set_timeout(tests, 240);
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_loop_test(tests, run_notices, 0, ROW_COUNT);
    tcase_add_test(tests, every_item_has_a_row);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
