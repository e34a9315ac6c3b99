/* SPDX-License-Identifier: Apache-2.0
 *
 * Same scenario, seed and version: same bytes, whatever the link, the workers and the audit, and
 * wherever and whenever the program runs. The fleet has everything that lives can have.
 * `same_bytes_test dates` runs it under faked dates of the host; without the program faketime it
 * says so and exits with SKIPPED.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "lives.h"
#include "program.h"

enum { SKIPPED = 77 };

static char *reference;

static void start(void)
{
    scratch_make();
    scratch_write("lives.yaml", lives_scenario);
    struct program p = RUN("run", "lives.yaml", "--out", "reference", "--jobs", "2", "--audit",
                           "0%", "--link", "memory", "--quiet");
    ck_assert_msg(p.code == 0, "exit %d\n%s%s", p.code, p.out, p.err);
    program_deinit(&p);
    reference = file_read(scratch_path("reference/summary.json"));
    ck_assert_ptr_nonnull(reference);
    /* It is no fleet to which nothing happens. */
    static const char *const outcomes[] = {"recovered", "locked-out",   "bricked",
                                           "retired",   "never-booted", "survived"};
    for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++)
        ck_assert_msg(strstr(reference, outcomes[i]), "nobody is %s", outcomes[i]);
}

static void stop(void)
{
    free(reference);
    scratch_remove();
}

struct row {
    const char *name;
    const char *words[8];
    struct program_options options;
};

static const struct row rows[] = {
    {"over TCP, one worker", {"--jobs", "1", NULL}, {0}},
    {"audited", {"--audit", "0.3%", "--link", "memory", NULL}, {0}},
    {"audited over TCP, two workers", {"--audit", "0.2%", "--jobs", "2", NULL}, {0}},
    {"locale C", {"--link", "memory", NULL}, {.environment = "LC_ALL=C"}},
    {"another locale, from another folder",
     {"--link", "memory", NULL},
     {.environment = "LC_ALL=de_DE.UTF-8", .directory = "/"}},
    {"another time zone", {"--link", "memory", NULL}, {.environment = "TZ=Pacific/Kiritimati"}},
};

static const struct row dates[] = {
    {"1999", {"--link", "memory", NULL}, {.host_date = "1999-12-31 23:59:58"}},
    {"2026", {"--audit", "0.2%", NULL}, {.host_date = "2026-02-28 12:00:00"}},
    {"2040", {"--jobs", "1", NULL}, {.host_date = "2040-06-30 23:59:58"}},
};

static void expect_same(const struct row *row)
{
    static const char *const files[] = {"summary.json", "outcomes.bin", "causes.json"};
    const char *words[16] = {"run", scratch_path("lives.yaml"), "--quiet", "--out",
                             scratch_path("other")};
    for (size_t i = 0; row->words[i]; i++)
        words[5 + i] = row->words[i];
    struct program p = program_run(&row->options, words);
    ck_assert_msg(p.code == 0, "%s: exit %d\n%s", row->name, p.code, p.err);
    program_deinit(&p);
    char *summary = file_read(scratch_path("other/summary.json"));
    ck_assert_msg(summary && strcmp(summary, reference) == 0, "%s: other bytes", row->name);
    free(summary);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        char one[64], other[64];
        snprintf(one, sizeof one, "reference/%s", files[i]);
        snprintf(other, sizeof other, "other/%s", files[i]);
        ck_assert_msg(files_equal(scratch_path(one), scratch_path(other)), "%s: another %s",
                      row->name, files[i]);
    }
}

START_TEST(same_bytes)
{
    expect_same(&rows[_i]);
}
END_TEST

START_TEST(same_bytes_on_any_date)
{
    expect_same(&dates[_i]);
}
END_TEST

/* That the dates are another's is seen from a program that asks for them. */
START_TEST(dates_are_faked)
{
    FILE *date = popen("faketime -m --exclude-monotonic '1999-12-31 23:59:58' date +%Y", "r");
    char year[8] = "";
    ck_assert_ptr_nonnull(date);
    ck_assert_ptr_nonnull(fgets(year, sizeof year, date));
    pclose(date);
    ck_assert_str_eq(year, "1999\n");
}
END_TEST

int main(int argc, char **argv)
{
    bool faked = argc > 1 && strcmp(argv[1], "dates") == 0;
    if (faked && access("/usr/bin/faketime", X_OK) != 0) {
        printf("skipped: there is no faketime here (Debian package faketime)\n");
        return SKIPPED;
    }
    Suite *suite = suite_create("same bytes");
    TCase *tests = tcase_create(faked ? "dates" : "ways");
    tcase_add_unchecked_fixture(tests, start, stop);
    tcase_set_timeout(tests, 240);
    if (faked) {
        tcase_add_loop_test(tests, same_bytes_on_any_date, 0, (int)(sizeof dates / sizeof *dates));
        tcase_add_test(tests, dates_are_faked);
    } else {
        tcase_add_loop_test(tests, same_bytes, 0, (int)(sizeof rows / sizeof *rows));
    }
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
