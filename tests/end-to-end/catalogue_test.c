/* SPDX-License-Identifier: Apache-2.0
 *
 * The catalogue keeps its promises: every scenario meets its own expectations, and an incident
 * gives the same bytes whether verdicts are reused, audited, or every device makes its own
 * handshakes with a thousand of them in flight.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "program.h"

static void start(void)
{
    scratch_make();
}

static void stop(void)
{
    scratch_remove();
}

static char *summary_of(const char *scenario, const char *devices, const char *const more[])
{
    const char *words[16] = {"run", scenario, "--out", "report", "--quiet"};
    size_t count = 5;
    if (devices) {
        words[count++] = "--devices";
        words[count++] = devices;
    }
    for (size_t i = 0; more && more[i]; i++)
        words[count++] = more[i];
    struct program p = program_run(NULL, words);
    ck_assert_msg(p.code == 0, "%s: exit %d\n%s%s", scenario, p.code, p.out, p.err);
    program_deinit(&p);
    char *summary = file_read(scratch_path("report/summary.json"));
    ck_assert_ptr_nonnull(summary);
    return summary;
}

static unsigned long run_number(const char *key)
{
    char *run = file_read(scratch_path("report/run.json"));
    ck_assert_ptr_nonnull(run);
    const char *at = strstr(run, key);
    ck_assert_msg(at != NULL, "no %s in run.json", key);
    unsigned long number = strtoul(strchr(at, ':') + 1, NULL, 10);
    free(run);
    return number;
}

/* Small ones hold with any seed and with one device of each cohort. */
static const struct catalogue_row {
    const char *scenario;
    const char *fewest; /* --devices; NULL: shares of a draw, which need them all */
} rows[] = {
    {"incidents/le-dst-x3-2021", NULL},
    {"incidents/azure-baltimore-g2-2023", NULL},
    {"incidents/azure-2020-ica-roll", NULL},
    {"incidents/le-revocation-2020", NULL},
    {"incidents/le-ocsp-sunset-2025", NULL},
    {"incidents/le-gen-y-2026", NULL},
    {"patterns/root-expiry", NULL},
    {"patterns/intermediate-swap", NULL},
    {"patterns/leaf-rotation", NULL},
    {"patterns/long-shelf", NULL},
    {"patterns/three-years-on-a-shelf", "2"},
    {"patterns/revoked-leaf", "2"},
    {"patterns/responder-outage", "2"},
    {"patterns/must-staple", "1"},
    {"patterns/forgotten-intermediate", "2"},
    {"patterns/dane-rollover", "1"},
    {"patterns/stolen-key", "2"},
    {"patterns/expiring-pins", "2"},
    {"patterns/lockout-or-brick", "2"},
    {"patterns/root-roll", "3"},
    {"patterns/private-update-root", "1"},
    {"patterns/learned-keys", "2"},
    {"patterns/unsigned-update", "1"},
    {"patterns/fallback", "1"},
    {"patterns/device-credentials", "2"},
    {"patterns/session-tickets", "1"},
    {"patterns/power-cut", NULL},
    {"patterns/held-sessions", NULL},
    {"patterns/withdrawn-release", NULL},
    {"patterns/slow-adoption", NULL},
    {"patterns/store-lag", NULL},
};

START_TEST(expectations_met)
{
    static const char *const second[] = {"--seed", "2", NULL};
    static const char *const third[] = {"--seed", "3", NULL};
    const struct catalogue_row *row = &rows[_i];
    free(summary_of(row->scenario, NULL, NULL));
    if (strncmp(row->scenario, "patterns/", 9) != 0)
        return;
    free(summary_of(row->scenario, NULL, second));
    if (row->fewest)
        free(summary_of(row->scenario, row->fewest, third));
}
END_TEST

/* Nothing is in the catalogue that this test does not run. */
START_TEST(all_are_run)
{
    struct program p = RUN("list", "scenarios");
    size_t count = 0;
    ck_assert_int_eq(p.code, 0);
    for (const char *at = p.out; (at = strchr(at, '\n')) != NULL; at++)
        count++;
    ck_assert_uint_eq(count, sizeof rows / sizeof *rows);
    for (size_t i = 0; i < count; i++)
        ck_assert_msg(strstr(p.out, strchr(rows[i].scenario, '/') + 1), "%s is not listed",
                      rows[i].scenario);
    program_deinit(&p);
}
END_TEST

/* The scenario of the book on the wire: nothing reused between devices, counted by the servers. */
static void wire_equals_memo(const char *scenario, const char *devices)
{
    static const char *const wire[] = {"--fidelity", "wire", NULL};
    char *memo = summary_of(scenario, devices, NULL);
    unsigned long classes = run_number("\"classes\"");
    ck_assert_uint_eq(run_number("\"handshakes_asked\"") + run_number("\"plain_asked\""), classes);
    char *wired = summary_of(scenario, devices, wire);
    ck_assert_msg(strcmp(memo, wired) == 0, "%s: wire gives other bytes than memo", scenario);
    /* In memo lives look ahead, into seconds in which it may be that nobody makes a contact. */
    ck_assert_uint_le(run_number("\"classes\""), classes);
    ck_assert_uint_ge(run_number("\"classes\""), classes - classes / 50);
    ck_assert_uint_gt(run_number("\"handshakes_asked\""), 10 * classes);
    ck_assert_uint_eq(run_number("\"handshakes_asked\""), run_number("\"handshakes_served\""));
    ck_assert_uint_ge(run_number("\"in_flight_peak\""), 1000);
    free(memo);
    free(wired);
}

START_TEST(wire_two_hundred)
{
    wire_equals_memo("incidents/le-dst-x3-2021", "200");
}
END_TEST

START_TEST(audit_in_full)
{
    static const char *const audit[] = {"--audit", "100%", "--link", "memory", NULL};
    char *plain = summary_of("patterns/leaf-rotation", "100", NULL);
    char *audited = summary_of("patterns/leaf-rotation", "100", audit);
    ck_assert_msg(strcmp(plain, audited) == 0, "an audit changes the result");
    ck_assert_uint_gt(run_number("\"audited\""), 1000);
    ck_assert_uint_eq(run_number("\"audit_disagreements\""), 0);
    free(plain);
    free(audited);
}
END_TEST

/* The table in README.md is what the program prints, line by line. */
START_TEST(readme_sample)
{
    struct program p = RUN("run", "le-dst-x3-2021", "--out", "report", "--quiet", "--strategy",
                           "both-roots", "--strategy", "both-roots-102", "--strategy", "dst-only",
                           "--strategy", "dst-only-updated", "--strategy", "no-verify");
    ck_assert_msg(p.code == 0, "exit %d: %s", p.code, p.err);
    char *readme = file_read(PINSTORM_SOURCE "/README.md");
    ck_assert_ptr_nonnull(readme);
    static const char begin[] = "<!-- sample:begin -->\n```text\n";
    char *sample = strstr(readme, begin);
    ck_assert_ptr_nonnull(sample);
    sample += strlen(begin);
    char *end = strstr(sample, "```\n<!-- sample:end -->");
    ck_assert_ptr_nonnull(end);
    *end = 0;
    ck_assert_msg(strlen(sample) > 200 && strstr(p.out, sample),
                  "README.md shows\n%s\nbut the program prints\n%s", sample, p.out);
    free(readme);
    program_deinit(&p);
}
END_TEST

START_TEST(wire_in_full)
{
    wire_equals_memo("incidents/le-dst-x3-2021", NULL);
}
END_TEST

int main(int argc, char **argv)
{
    bool slow = argc > 1 && strcmp(argv[1], "slow") == 0;
    Suite *suite = suite_create("catalogue");
    TCase *tests = tcase_create("catalogue");
    tcase_add_checked_fixture(tests, start, stop);
    tcase_set_timeout(tests, slow ? 7200 : 600);
    if (slow) {
        tcase_add_test(tests, wire_in_full);
    } else {
        tcase_add_loop_test(tests, expectations_met, 0, (int)(sizeof rows / sizeof *rows));
        tcase_add_test(tests, all_are_run);
        tcase_add_test(tests, wire_two_hundred);
        tcase_add_test(tests, audit_in_full);
        tcase_add_test(tests, readme_sample);
    }
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
