/* SPDX-License-Identifier: Apache-2.0
 *
 * Plans of good.yaml, and of it with one thing changed.
 */
#ifndef SCENARIOS_TEST_PLANS_H
#define SCENARIOS_TEST_PLANS_H

#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "scenarios/plan.h"
#include "test_files.h"

static inline struct ps_plan *read_plan(const char *name, const char *yaml, size_t size)
{
    struct ps_text messages = {0};
    struct ps_plan *plan = NULL;
    struct ps_error err = {0};
    ps_status status = ps_plan_read_text(name, yaml, size, &messages, &plan, &err);

    ck_assert_msg(ps_is_ok(status), "%s: %s\n%s", name, err.text, ps_text_chars(&messages));
    ck_assert_uint_eq(messages.length, 0);
    ps_text_deinit(&messages);
    return plan;
}

static inline ps_time at(const char *text)
{
    ps_time time;
    const char *wrong = ps_time_parse(text, false, &time);

    ck_assert_msg(wrong == NULL, "%s: %s", text, wrong);
    return time;
}

#define ck_assert_time(actual, expected) ck_assert_int_eq((actual).s, at(expected).s)
#define ck_assert_enum(actual, expected) ck_assert_int_eq((int)(actual), (int)(expected))

/* What good.yaml has, in its order; the hidden strategies last. */
enum { ROOT_A, ROOT_B, INT_A };
enum { SPARE, NEXT };
enum { CERT_ROOT_A, CERT_ROOT_B, INT_BY_A };
enum { TELEMETRY, UPDATE };
enum { BOTH, OWN, NO_VERIFY, LEARNS, HOSTNAME_ONLY, LEARNS_UPDATE };
enum { DAY = 86400 };

/* good.yaml with the one `find` replaced. */
static inline struct ps_plan *changed(const char *find, const char *replace)
{
    const char *good = (const char *)test_file("scenarios/tests/good.yaml")->data;
    const char *found = strstr(good, find);

    ck_assert_msg(found != NULL, "not in good.yaml: %s", find);
    char *yaml = ps_format("%.*s%s%s", (int)(found - good), good, replace, found + strlen(find));
    struct ps_plan *other = read_plan(find, yaml, strlen(yaml));
    free(yaml);
    return other;
}

static inline void check_fixed_point(const char *name, const struct ps_plan *first)
{
    struct ps_text shown = {0}, again = {0};

    ps_plan_show(first, &shown);
    struct ps_plan *second = read_plan(name, ps_text_chars(&shown), shown.length);
    ps_plan_show(second, &again);
    check_same_text(name, ps_text_chars(&again), ps_text_chars(&shown));
    ck_assert_msg(first->digest == second->digest, "%s: digest", name);
    ck_assert_msg(first->digest == ps_text_hash(ps_text_chars(&shown)), "%s: digest", name);
    const char *strategies = strstr(ps_text_chars(&shown), "\nstrategies:\n");
    ck_assert_msg(strategies != NULL && strstr(strategies, "A.root_g") == NULL, "%s: a role", name);
    ps_plan_free(second);
    ps_text_deinit(&shown);
    ps_text_deinit(&again);
}

#endif
