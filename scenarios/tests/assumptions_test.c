/* SPDX-License-Identifier: Apache-2.0
 *
 * What a run takes for granted is said, default by default: a scenario that says everything assumes
 * nothing, each row leaves one thing out, and exactly one sentence must come. What the language
 * wants to be told has no default that could be an assumption; those rows name the message instead.
 */
#include "test_plans.h"

static const char told[] =
    "scenario: told\n"
    "title: Nothing is left out\n"
    "from: 2030-01-01\n"
    "until: 2035-01-01\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  a-root: {of: a, issuer: a, valid: 2020-01-01 .. 2040-01-01}\n"
    "  b-root: {of: a, issuer: a, valid: 2020-01-01 .. 2032-01-01}\n"
    "stores:\n"
    "  system:\n"
    "    entries: [{certificate: a-root, from: 2030-04-01, until: 2034-01-01},\n"
    "              {certificate: b-root, until: 2032-02-01}]\n"
    "    lag: {additions: 90d, expiries: 7d, distrust: 547d}\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 90d, renew_before: 30d}\n"
    "    chain: []\n"
    "timeline:\n"
    "  - {at: 2031-01-01, release: {name: fw-1, anchors: [a-root]}}\n"
    "  - {at: 2032-01-01, release: {name: fw-2, anchors: [a-root], adoption: 3d}}\n"
    "fleet:\n"
    "  - cohort: meters\n"
    "    devices: 5\n"
    "    made: 2029-01-01 .. 2031-06-01\n"
    "    shelf: 30d\n"
    "    life: 17y\n"
    "    ships: latest\n"
    "    contact: {every: 10m, session: 45m}\n"
    "    offline: {every: 10d, lasts: 1h}\n"
    "    power_loss: {every: 10d, lasts: 1h}\n"
    "    ntp: {blocked: 15%}\n"
    "    clock: {behind: {share: 1%, by: 1d}}\n"
    "    adoption: 20d\n"
    "strategies:\n"
    "  - {name: platform, preset: webpki_os_updated}\n"
    "  - {name: no-battery, preset: webpki_os_updated, time: {clock: epoch_boot}}\n"
    "expect:\n"
    "  - {strategy: platform, survived: \"> 0%\"}\n";

static const struct left_out {
    const char *name, *written, *instead;
    const char *says;  /* the one assumption; NULL: there is none */
    const char *needs; /* the message that says what is missing; NULL: the file can be read */
} rows[] = {
    {"nothing", "", "", NULL, NULL},
    /* what stores do */
    {"what leaves a store and comes to it",
     "[{certificate: a-root, from: 2030-04-01, until: 2034-01-01},\n"
     "              {certificate: b-root, until: 2032-02-01}]",
     "[a-root, b-root]",
     "Store system: nothing is added to it or taken out; from public stores 8% of the roots "
     "disappear in a year.",
     NULL},
    {"that of a store as it was shipped", "stores:\n", "stores:\n  frozen: [a-root]\n", NULL, NULL},
    {"a store's lag", "    lag: {additions: 90d, expiries: 7d, distrust: 547d}\n", "",
     "Store system: its changes reach devices at once (lag 0s).", NULL},
    {"how late a new root comes", "additions: 90d, ", "",
     "Store system: no lag (0s) is given for additions.", NULL},
    {"how late an expired root goes", "expiries: 7d, ", "",
     "Store system: no lag (0s) is given for expiries.", NULL},
    {"how late a distrusted root goes", ", distrust: 547d", "",
     "Store system: no lag (0s) is given for distrust.", NULL},
    {"all of that", "lag: {additions: 90d, expiries: 7d, distrust: 547d}", "lag: {}",
     "Store system: no lag (0s) is given for additions, expiries, distrust.", NULL},
    {"the lag of changes that there are not",
     "{certificate: a-root, from: 2030-04-01, until: 2034-01-01},\n"
     "              {certificate: b-root, until: 2032-02-01}]\n"
     "    lag: {additions: 90d, expiries: 7d, distrust: 547d}\n",
     "a-root, {certificate: b-root, until: 2032-02-01}]\n    lag: {expiries: 7d}\n", NULL, NULL},
    {"changes before any device was made", "from: 2030-04-01, until: 2034-01-01},",
     "from: 2025-04-01, until: 2034-01-01},", NULL, NULL},
    {"all of them",
     "{certificate: a-root, from: 2030-04-01, until: 2034-01-01},\n"
     "              {certificate: b-root, until: 2032-02-01}]",
     "{certificate: a-root, from: 2028-04-01}]",
     "Store system: nothing is added to it or taken out; from public stores 8% of the roots "
     "disappear in a year.",
     NULL},
    {"the lag of what came before",
     "from: 2030-04-01, until: 2034-01-01},\n"
     "              {certificate: b-root, until: 2032-02-01}]\n"
     "    lag: {additions: 90d, ",
     "from: 2028-12-31, until: 2034-01-01},\n"
     "              {certificate: b-root, until: 2032-02-01}]\n"
     "    lag: {",
     NULL, NULL},
    /* how updates come */
    {"adoption", "    adoption: 20d\n", "",
     "Devices take a release at the first poll at which it is offered (adoption 0s): fw-1.", NULL},
    {"the numbers of typical adoption", "adoption: 20d", "adoption: typical",
     "Adoption is typical (cohort meters): 70% of devices within 30d, 90% within 90d, 7% never, as "
     "no public curve exists.",
     NULL},
    {"the numbers of a release's", "adoption: 3d", "adoption: typical",
     "Adoption is typical (release fw-2): 70% of devices within 30d, 90% within 90d, 7% never, as "
     "no public curve exists.",
     NULL},
    {"the same numbers, written", "adoption: 20d", "adoption: {30d: 70%, 90d: 90%, never: 7%}",
     NULL, NULL},
    {"with which firmware", "    ships: latest\n", "",
     "What is made after a release ships without it (ships original): meters.", NULL},
    {"that it is an old one", "ships: latest", "ships: original", NULL, NULL},
    /* when devices are there */
    {"the shelf", "    shelf: 30d\n", "",
     "Cohort meters: time on the shelf is lognormal with median 120d and sigma 0.8, as no public "
     "curve exists.",
     NULL},
    {"life", "    life: 17y\n", "", "Where its cohort does not say so, no device is retired.",
     NULL},
    {"a day of retirement instead", "life: 17y", "retire: 2034-01-01", NULL, NULL},
    {"how often", "every: 10m, session: 45m", "session: 45m",
     "Cohort meters: devices make contact once a day.", NULL},
    {"sessions", ", session: 45m", "",
     "Cohort meters: a session is verified anew after 45m, as one SDK does it.", NULL},
    {"offline", "    offline: {every: 10d, lasts: 1h}\n", "",
     "Where its cohort does not say so, no device goes offline.", NULL},
    {"power", "    power_loss: {every: 10d, lasts: 1h}\n", "",
     "Where its cohort does not say so, no device loses power.", NULL},
    /* clocks */
    {"blocked time synchronisation", "    ntp: {blocked: 15%}\n", "",
     "Cohort meters: time synchronisation is blocked for 15% of devices, as one operator measured.",
     NULL},
    {"clocks behind", "    clock: {behind: {share: 1%, by: 1d}}\n", "",
     "Where its cohort does not say so, no clock with a battery was set wrong; 1% of them behind "
     "by "
     "more than a day would be a usual guess.",
     NULL},
    {"how many are behind", "share: 1%, ", "",
     "Cohort meters: 1% of clocks with a battery were set behind, as no count of such devices "
     "exists.",
     NULL},
    /* what has no default */
    {"validity of roots and intermediates", ", valid: 2020-01-01 .. 2040-01-01", "", NULL,
     "needs 'valid'"},
    {"lifetime of leaves", "lifetime: 90d, ", "", NULL, "needs 'lifetime'"},
    {"making", "    made: 2029-01-01 .. 2031-06-01\n", "", NULL, "needs 'made'"},
    {"when something happens", "at: 2031-01-01, ", "", NULL, "needs 'at'"},
};

START_TEST(left_out)
{
    const struct left_out *row = &rows[_i];
    const char *found = strstr(told, row->written);
    ck_assert_msg(found != NULL, "%s: not there", row->name);
    char *yaml = ps_format("%.*s%s%s", (int)(found - told), told, row->instead,
                           found + strlen(row->written));
    struct ps_text messages = {0};
    struct ps_plan *plan = NULL;
    struct ps_error err = {0};
    ps_status s = ps_plan_read_text(row->name, yaml, strlen(yaml), &messages, &plan, &err);
    ck_assert_msg(ps_is_ok(s) == (row->needs == NULL), "%s: %s", row->name,
                  ps_text_chars(&messages));
    if (row->needs != NULL)
        ck_assert_msg(strstr(ps_text_chars(&messages), row->needs) != NULL, "%s: %s", row->name,
                      ps_text_chars(&messages));
    size_t count = plan == NULL ? 0 : plan->assumption_count;
    ck_assert_msg(count == (row->says != NULL), "%s: %zu assumptions, the first: %s", row->name,
                  count, count == 0 ? "" : plan->assumptions[0]);
    if (row->says != NULL)
        ck_assert_str_eq(plan->assumptions[0], row->says);
    ps_plan_free(plan);
    ps_text_deinit(&messages);
    free(yaml);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("scenarios: assumptions");
    TCase *tests = tcase_create("assumptions");
    tcase_add_loop_test(tests, left_out, 0, (int)(sizeof rows / sizeof *rows));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
