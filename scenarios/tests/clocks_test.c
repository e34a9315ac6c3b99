/* SPDX-License-Identifier: Apache-2.0
 *
 * What a cohort says of its devices' clocks.
 */
#include "test_plans.h"

static const char cohort_ntp[] = "    ntp: {delay: {uniform: {min: 1s, max: 2m}}, blocked: 0.5%}\n";

static const struct clock_row {
    const char *name, *clock;
    struct ps_plan_clock gives;
} clock_rows[] = {
    {"nothing", "{}", {.has_battery = false}},
    {"battery", "{battery: 8y}", {.has_battery = true, .battery = {.a = {INT64_C(8) * 31557600}}}},
    {"drift", "{drift: 20ppm}", {.fast_min_ppm = 20, .fast_max_ppm = 20}},
    {"drifts", "{drift: -100ppm .. -5ppm}", {.fast_min_ppm = -100, .fast_max_ppm = -5}},
    {"behind, as is usual",
     "{behind: {}}",
     {.has_behind = true,
      .behind = {10000},
      .behind_by = {.kind = PS_DISTRIBUTION_UNIFORM, .a = {DAY}, .b = {30 * DAY}}}},
    {"behind",
     "{behind: {share: 3%, by: 2d}}",
     {.has_behind = true, .behind = {30000}, .behind_by = {.a = {2 * DAY}}}},
    {"ahead for good",
     "{ahead: {share: 100%, by: 3d}}",
     {.ahead = {1000000}, .ahead_by = {.a = {3 * DAY}}}},
    {"ahead for a time",
     "{ahead: {share: 100%, by: 3d, lasts: 5d}}",
     {.ahead = {1000000},
      .ahead_by = {.a = {3 * DAY}},
      .ahead_lasts = {.a = {5 * DAY}},
      .ahead_ends = true}},
    {"2038", "{past_2038: wraps}", {.past_2038 = PS_PAST_2038_WRAPS}},
    {"2038, standing", "{past_2038: stops}", {.past_2038 = PS_PAST_2038_STOPS}},
};

/* What is wrong with clocks, read, and shown so that it reads back. */
START_TEST(clocks)
{
    const struct clock_row *row = &clock_rows[_i];
    struct ps_text cohort = {0}, shown = {0}, again = {0};

    ps_text_add(&cohort, "    ntp: {blocked: 0%%, fails: 7%%}\n    clock: %s\n", row->clock);
    struct ps_plan *other = changed(cohort_ntp, ps_text_chars(&cohort));
    ck_assert_uint_eq(other->cohorts[0].ntp_fails.ppm, 70000);
    ck_assert_msg(memcmp(&other->cohorts[0].clock, &row->gives, sizeof row->gives) == 0, "%s",
                  row->name);
    ps_plan_show(other, &shown);
    struct ps_plan *same = read_plan("shown.yaml", ps_text_chars(&shown), shown.length);
    ck_assert_msg(memcmp(&same->cohorts[0].clock, &row->gives, sizeof row->gives) == 0, "%s: %s",
                  row->name, ps_text_chars(&shown));
    ck_assert_uint_eq(same->cohorts[0].ntp_fails.ppm, 70000);
    ck_assert_uint_eq(same->digest, other->digest);
    ps_plan_show(same, &again);
    ck_assert_str_eq(ps_text_chars(&shown), ps_text_chars(&again));
    ps_text_deinit(&cohort);
    ps_text_deinit(&shown);
    ps_text_deinit(&again);
    ps_plan_free(other);
    ps_plan_free(same);
}
END_TEST

/* What is assumed of clocks, behind what is assumed of everything else. */
static const struct clock_assumption {
    const char *name, *clock, *until;
    const char *says[3];
} clock_assumptions[] = {
    {"nothing said",
     "",
     "2022-01-01",
     {"Where its cohort does not say so, no clock with a battery was set wrong; 1% of them behind "
      "by "
      "more than a day would be a usual guess."}},
    {"none behind", "    clock: {behind: {share: 0%, by: 1d}}\n", "2022-01-01", {NULL}},
    {"as is usual",
     "    clock: {behind: {}}\n",
     "2022-01-01",
     {"Cohort gateways: 1% of clocks with a battery were set behind, by 1d to 30d, as no count of "
      "such devices exists."}},
    {"a share of them",
     "    clock: {behind: {share: 2%}}\n",
     "2022-01-01",
     {"Cohort gateways: clocks that were set behind are so by 1d to 30d, evenly."}},
    {"by so much",
     "    clock: {behind: {by: 2d}}\n",
     "2022-01-01",
     {"Cohort gateways: 1% of clocks with a battery were set behind, as no count of such devices "
      "exists."}},
    {"until the last second",
     "    clock: {behind: {share: 0%, by: 1d}}\n",
     "2038-01-19T03:14:07Z",
     {NULL}},
    {"one second longer",
     "    clock: {behind: {share: 0%, by: 1d}}\n",
     "2038-01-19T03:14:08Z",
     {"Where its cohort does not say so, clocks go on in 2038."}},
    {"one second longer, with few bits",
     "    clock: {behind: {share: 0%, by: 1d}, past_2038: wraps}\n",
     "2038-01-19T03:14:08Z",
     {NULL}},
};

START_TEST(assumptions_of_clocks)
{
    const struct clock_assumption *row = &clock_assumptions[_i];
    const char *good = (const char *)test_file("scenarios/tests/good.yaml")->data;
    const char *until = strstr(good, "until: 2022-01-01"), *ntp = strstr(good, cohort_ntp);
    ck_assert(until != NULL && ntp > until);
    until += strlen("until: ");
    char *yaml = ps_format("%.*s%s%.*s%s%s", (int)(until - good), good, row->until,
                           (int)(ntp - until) - 10, until + 10, row->clock, ntp);
    struct ps_plan *other = read_plan(row->name, yaml, strlen(yaml));
    size_t count = 2; /* the regions, and lives */
    for (size_t i = 0; row->says[i] != NULL; i++, count++) {
        ck_assert_msg(count < other->assumption_count, "%s: %s", row->name, row->says[i]);
        ck_assert_str_eq(other->assumptions[count], row->says[i]);
    }
    ck_assert_msg(other->assumption_count == count, "%s: %zu", row->name, other->assumption_count);
    ps_plan_free(other);
    free(yaml);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenarios: clocks");
    TCase *tests = tcase_create("clocks");

    suite_add_tcase(suite, tests);
    tcase_add_loop_test(tests, clocks, 0, (int)(sizeof clock_rows / sizeof *clock_rows));
    tcase_add_loop_test(tests, assumptions_of_clocks, 0,
                        (int)(sizeof clock_assumptions / sizeof *clock_assumptions));
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? 0 : 1;
}
