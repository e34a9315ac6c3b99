/* SPDX-License-Identifier: Apache-2.0
 *
 * What a scenario says of updates: how devices adopt them, and that they are taken back.
 */
#include "test_plans.h"

static struct ps_plan *plan;

static void setup(void)
{
    const struct ps_embedded *file = test_file("scenarios/tests/good.yaml");

    plan = read_plan("good.yaml", (const char *)file->data, file->size);
}

static void teardown(void)
{
    ps_plan_free(plan);
}

/* The points of a curve, and what stands for its ends. */
static void check_curve(const struct ps_plan_adoption *adoption, const int64_t *days,
                        const uint32_t *percents, size_t count, uint32_t never)
{
    ck_assert(adoption->is_curve);
    ck_assert_uint_eq(adoption->never.ppm, never * 10000);
    ck_assert_enum(adoption->lag.kind, PS_DISTRIBUTION_EMPIRICAL);
    ck_assert_uint_eq(adoption->lag.quantiles, count);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(adoption->lag.quantile_value[i].s, days[i] * DAY);
        ck_assert_uint_eq(adoption->lag.quantile_share[i].ppm, percents[i] * 10000);
    }
}

START_TEST(adoption)
{
    static const char of_cohort[] = "adoption: {30d: 70%, 90d: 90%, never: 7%}";
    const struct ps_plan_cohort *cohort = &plan->cohorts[0];

    ck_assert(cohort->has_adoption);
    check_curve(&cohort->adoption, (int64_t[]){0, 30, 90, 99}, (uint32_t[]){0, 70, 90, 93}, 4, 7);
    struct ps_plan *other = changed(of_cohort, "adoption: typical");
    check_curve(&other->cohorts[0].adoption, (int64_t[]){0, 30, 90, 99},
                (uint32_t[]){0, 70, 90, 93}, 4, 7);
    ck_assert_uint_eq(other->digest, plan->digest);
    ps_plan_free(other);
    other = changed(of_cohort, "adoption: {0s: 10%, 30d: 40%, 60d: 100%}");
    check_curve(&other->cohorts[0].adoption, (int64_t[]){0, 30, 60}, (uint32_t[]){10, 40, 100}, 3,
                0);
    check_fixed_point("to all", other);
    ps_plan_free(other);
    other = changed(of_cohort, "adoption: {10d: 0%, 30d: 50%}");
    check_curve(&other->cohorts[0].adoption, (int64_t[]){10, 30, 50}, (uint32_t[]){0, 50, 100}, 3,
                0);
    check_fixed_point("late", other);
    ps_plan_free(other);
    other = changed(of_cohort, "adoption: {0s: 10%, 1d: 80%}"); /* and 2/7 of a day */
    ck_assert_int_eq(other->cohorts[0].adoption.lag.quantile_value[2].s, 86400 + 24686);
    check_fixed_point("no whole second", other);
    ps_plan_free(other);
    other = changed(of_cohort, "adoption: {empirical: {values: [2d, 1d], weights: [900000000, "
                               "800000000]}}");
    ck_assert_uint_eq(other->cohorts[0].adoption.lag.observed[1].weight_until, 1700000000);
    check_fixed_point("weights are bounded one by one", other);
    ps_plan_free(other);
    other = changed("over: 90d, never: 7%", "over: 90d, adoption: {exponential: {mean: 20d}}");
    const struct ps_plan_release *fw = &other->events[2].as.release;
    ck_assert(fw->has_adoption);
    ck_assert(!fw->adoption.is_curve);
    ck_assert_enum(fw->adoption.lag.kind, PS_DISTRIBUTION_EXPONENTIAL);
    check_fixed_point("a distribution", other);
    ps_plan_free(other);
}
END_TEST

/* `points` points, a day and a percent apart, from day `first` on. */
static struct ps_plan *with_points(size_t points, unsigned first, struct ps_text *messages)
{
    static const char of_cohort[] = "{30d: 70%, 90d: 90%, never: 7%}";
    const char *good = (const char *)test_file("scenarios/tests/good.yaml")->data;
    const char *found = strstr(good, of_cohort);
    struct ps_text yaml = {0};
    struct ps_plan *read = NULL;
    struct ps_error err = {0};

    ps_text_add(&yaml, "%.*s{never: 7%%", (int)(found - good), good);
    for (unsigned i = 0; i < points; i++)
        ps_text_add(&yaml, ", %ud: %u%%", first + i, i + 1);
    ps_text_add(&yaml, "}%s", found + strlen(of_cohort));
    const char *text = ps_text_chars(&yaml);
    if (!ps_is_ok(ps_plan_read_text("long", text, yaml.length, messages, &read, &err)))
        read = NULL;
    ps_text_deinit(&yaml);
    return read;
}

/* A curve has room for 32 points. Where it begins and where it ends are some of them, so that what
 * is shown, which has all, can be read again. */
START_TEST(longest_curves)
{
    static const struct {
        const char *name;
        unsigned first;
        size_t points, counted; /* 0: it is read */
    } rows[] = {
        {"begins and ends by itself", 1, 30, 0},
        {"has no room for its end", 1, 31, 33},
        {"has no room for its last", 1, 32, 33},
        {"has too many for anything", 1, 33, 33},
        {"begins at once", 0, 31, 0},
        {"begins at once and has no room for its end", 0, 32, 33},
    };

    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ps_text messages = {0};
        struct ps_plan *other = with_points(rows[i].points, rows[i].first, &messages);
        ck_assert_msg((other != NULL) == (rows[i].counted == 0), "%s: %s", rows[i].name,
                      ps_text_chars(&messages));
        if (other != NULL) {
            ck_assert_uint_eq(other->cohorts[0].adoption.lag.quantiles, 32);
            check_fixed_point(rows[i].name, other);
        } else {
            char *says = ps_format("has %zu points, where it begins", rows[i].counted);
            ck_assert_msg(strstr(ps_text_chars(&messages), says) != NULL, "%s: %s", rows[i].name,
                          ps_text_chars(&messages));
            ck_assert_msg(strstr(ps_text_chars(&messages), "1 error") != NULL, "%s: %s",
                          rows[i].name, ps_text_chars(&messages));
            free(says);
        }
        ps_plan_free(other);
        ps_text_deinit(&messages);
    }
}
END_TEST

START_TEST(withdrawal)
{
    ck_assert_enum(plan->events[8].kind, PS_EVENT_WITHDRAW);
    ck_assert_uint_eq(plan->events[8].as.withdraw.release, 2);
    ck_assert_str_eq(plan->events[8].title, "release fw-2 is withdrawn");
}
END_TEST

/* What is taken for granted where nothing is said. */
START_TEST(assumptions_of_updates)
{
    struct ps_plan *other = changed("    adoption: {30d: 70%, 90d: 90%, never: 7%}\n", "");

    ck_assert_uint_eq(other->assumption_count, 4);
    ck_assert_str_eq(other->assumptions[1], "Devices take a release at the first poll at which it "
                                            "is offered (adoption 0s): fw-2.");
    ps_plan_free(other);
    other =
        changed("], lag: {expiries: 7d, distrust: {lognormal: {median: 547d, sigma: 1}}}}", "]}");
    ck_assert_uint_eq(other->assumption_count, 3); /* nobody follows it */
    ps_plan_free(other);
    other = changed("anchors: [system@ship], pins:",
                    "anchors: [system], update: {channel: os_bundle}, pins:");
    ck_assert_uint_eq(other->assumption_count, 3); /* its lag is given */
    ps_plan_free(other);
    const char *good = (const char *)test_file("scenarios/tests/good.yaml")->data;
    const char *rest = strstr(good, "endpoints:\n"), *own = strstr(good, "[system@ship]");
    char *yaml =
        ps_format("%.*s  other: [{certificate: cert-root-b, from: 2021-02-01}]\n%.*s[other], "
                  "update: {channel: os_bundle}%s",
                  (int)(rest - good), good, (int)(own - rest), rest, own + strlen("[system@ship]"));
    other = read_plan("a store that is followed", yaml, strlen(yaml));
    ck_assert_uint_eq(other->assumption_count, 4);
    ck_assert_str_eq(other->assumptions[1],
                     "Store other: its changes reach devices at once (lag 0s).");
    ps_plan_free(other);
    free(yaml);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenarios: updates");
    TCase *tests = tcase_create("updates");

    suite_add_tcase(suite, tests);
    tcase_add_checked_fixture(tests, setup, teardown);
    tcase_add_test(tests, adoption);
    tcase_add_test(tests, longest_curves);
    tcase_add_test(tests, withdrawal);
    tcase_add_test(tests, assumptions_of_updates);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
