/* SPDX-License-Identifier: Apache-2.0
 *
 * Plans for the engine's tests, from YAML in the test, and dates in short.
 */
#ifndef HARNESS_TESTS_ENGINE_PLAN_H
#define HARNESS_TESTS_ENGINE_PLAN_H

#include <check.h>
#include <string.h>
#include "base/text.h"
#include "scenarios/plan.h"

static inline struct ps_plan *plan_of(const char *yaml)
{
    struct ps_text diagnostics = {0};
    struct ps_error err = {{0}};
    struct ps_plan *plan = NULL;
    ps_status s = ps_plan_read_text("test.yaml", yaml, strlen(yaml), &diagnostics, &plan, &err);
    ck_assert_msg(ps_is_ok(s), "%s", ps_text_chars(&diagnostics));
    ps_text_deinit(&diagnostics);
    return plan;
}

static inline ps_time date(const char *text)
{
    ps_time t = {0};
    const char *wrong = ps_time_parse(text, false, &t);
    ck_assert_msg(!wrong, "%s: %s", text, wrong);
    return t;
}

static inline int suite_run(Suite *suite)
{
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}

#endif
