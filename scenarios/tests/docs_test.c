/* SPDX-License-Identifier: Apache-2.0
 *
 * docs/scenario-language.md: its key list is the program's, its example is a scenario.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "scenarios/plan.h"
#include "test_files.h"

/* What stands between two marks. Owned. */
static char *between(const char *from, const char *to)
{
    const char *text = (const char *)test_file("docs/scenario-language.md")->data;
    const char *start = strstr(text, from);

    ck_assert_msg(start != NULL, "no %s", from);
    start += strlen(from);
    const char *end = strstr(start, to);
    ck_assert_msg(end != NULL, "no %s after %s", to, from);
    return ps_format("%.*s", (int)(end - start), start);
}

START_TEST(key_list_is_the_tables)
{
    char *written = between("<!-- keys:begin -->\n", "<!-- keys:end -->");
    struct ps_text made = {0};

    ps_plan_key_list(&made);
    ck_assert_uint_gt(made.length, 5000);
    check_same_text("between keys:begin and keys:end", written, ps_text_chars(&made));
    free(written);
    ps_text_deinit(&made);
}
END_TEST

START_TEST(example_is_a_scenario)
{
    char *yaml = between("<!-- example:begin -->\n```yaml\n", "```\n<!-- example:end -->");
    struct ps_text messages = {0};
    struct ps_plan *plan = NULL;
    struct ps_error err = {0};
    ps_status status = ps_plan_read_text("example", yaml, strlen(yaml), &messages, &plan, &err);

    ck_assert_msg(ps_is_ok(status), "%s", ps_text_chars(&messages));
    ck_assert_uint_eq(plan->event_count, 2);
    ck_assert_uint_eq(plan->expectation_count, 2);
    ps_plan_free(plan);
    ps_text_deinit(&messages);
    free(yaml);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("docs: scenario language");
    TCase *docs = tcase_create("docs");

    suite_add_tcase(suite, docs);
    tcase_add_test(docs, key_list_is_the_tables);
    tcase_add_test(docs, example_is_a_scenario);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
