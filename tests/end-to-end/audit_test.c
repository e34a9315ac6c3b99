/* SPDX-License-Identifier: Apache-2.0
 *
 * An audit finds a verdict that is wrong: one class after the other is given a wrong one, and each
 * time the run fails and names that class. Among them are those that are only looked up (contacts,
 * polls, probes and the last question of lives that nothing changes), and those of a life that
 * learns. Nothing that a user can say makes a verdict wrong, so the command runs in this process.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "engine/known.h"
#include "here.h"
#include "program.h"

static const char scenario[] =
    "scenario: audited\n"
    "title: A root that ends, an update that is too late for some, an impostor\n"
    "from: 2021-01-01\n"
    "until: 2021-03-01\n"
    "authorities:\n"
    "  old: {subject: \"CN=Old Root\", key: ecdsa-p256}\n"
    "  new: {subject: \"CN=New Root\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  old-root: {of: old, issuer: old, valid: 2000-01-01 .. 2021-02-01}\n"
    "  new-root: {of: new, issuer: new, valid: 2000-01-01 .. 2040-01-01}\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: old, key: ecdsa-p256, lifetime: 300d, renew_before: 30d}\n"
    "    chain: []\n"
    "roles: {A.root_g1: old-root, A.root_g2: new-root}\n"
    "timeline:\n"
    "  - at: 2021-01-15\n"
    "    release: {name: fw, anchors: [old-root, new-root], strategies: [plain]}\n"
    "  - {at: 2021-01-20, serve: {endpoint: telemetry, leaf: {issuer: new}, chain: []}}\n"
    "threats:\n"
    "  - {attack: X01}\n"
    "  - {attack: X09}\n"
    "fleet:\n"
    "  - {cohort: c, devices: 2, made: 2020-12-01 .. 2020-12-02, shelf: 0s, contact: {every: 1d}}\n"
    "strategies:\n"
    "  - {name: plain, preset: single_root_ota}\n"
    "  - {name: late, preset: single_root_ota}\n"
    "  - {name: learns, preset: tofu_spki}\n";

static void start(void)
{
    scratch_make();
    scratch_write("audited.yaml", scenario);
}

static void stop(void)
{
    ps_known_falsify(PS_KNOWN_ALL_TRUE);
    scratch_remove();
}

/* How many classes the run had. */
static unsigned classes_of_run(void)
{
    char *run = file_read(scratch_path("out/run.json"));
    ck_assert_ptr_nonnull(run);
    const char *classes = strstr(run, "\"classes\": ");
    ck_assert_ptr_nonnull(classes);
    unsigned count = (unsigned)strtoul(classes + strlen("\"classes\": "), NULL, 10);
    free(run);
    return count;
}

START_TEST(every_class)
{
    char *said, names[64];
    int code = here_run("audited.yaml", "100%", &said);
    ck_assert_msg(code == PS_EXIT_MET, "as it is: exit %d\n%s", code, said);
    free(said);
    static const char *const kinds[] = {", telemetry, ", ", update, ", ", probe, "};
    static const char *const strategies[] = {"'plain'", "'late'", "'learns'"};
    bool seen[3][3] = {{false}};
    unsigned classes = classes_of_run();
    ck_assert_uint_ge(classes, 12);
    for (unsigned i = 0; i < classes; i++) {
        ps_known_falsify(i);
        code = here_run("audited.yaml", "100%", &said);
        snprintf(names, sizeof names, "audit disagreement in class %u: ", i);
        ck_assert_msg(code == PS_EXIT_FAILED && strstr(said, names), "class %u: exit %d\n%s", i,
                      code, said);
        for (size_t s = 0; s < 3; s++)
            for (size_t k = 0; k < 3; k++)
                seen[s][k] |= strstr(said, strategies[s]) && strstr(said, kinds[k]);
        free(said);
    }
    for (size_t s = 0; s < 3; s++)
        for (size_t k = 0; k < 3; k++)
            ck_assert_msg(seen[s][k] || (s == 2 && k == 1), "no%sof strategy %s", kinds[k],
                          strategies[s]);
}
END_TEST

/* Nobody but an audit can know. */
START_TEST(unaudited)
{
    char *said;
    ps_known_falsify(0);
    int code = here_run("audited.yaml", "0%", &said);
    ck_assert_msg(code == PS_EXIT_MET, "exit %d\n%s", code, said);
    free(said);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("audit");
    TCase *tests = tcase_create("wrong verdicts");
    tcase_set_timeout(tests, 240);
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, every_class);
    tcase_add_test(tests, unaudited);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
