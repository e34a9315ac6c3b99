/* SPDX-License-Identifier: Apache-2.0
 *
 * One fleet under mpirun: one, two and three processes give the files of a run without it, and what
 * goes wrong in one of them ends all. Skipped where there is no Open MPI.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/text.h"
#include "program.h"
#include "small.h"

enum { SKIPPED = 77 };
#define RUN_SMALL "run small.yaml --devices 40 --link memory --quiet"

/* Runs a line in the scratch folder; what it says goes to the files "said" and "complained". */
static int shell(const char *line)
{
    struct ps_text text = {0};
    ps_text_add(&text, "cd %s && { %s; } </dev/null >said 2>complained", scratch_path("."), line);
    int status = system(ps_text_chars(&text));
    ps_text_deinit(&text);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Leaks of the library are not ours. */
static int run_ranks(int ranks, const char *words)
{
    struct ps_text text = {0};
    ps_text_add(&text,
                "ASAN_OPTIONS=detect_leaks=0 mpirun --oversubscribe %s -np %d '" PINSTORM "' %s",
                geteuid() == 0 ? "--allow-run-as-root" : "", ranks, words);
    int code = shell(ps_text_chars(&text));
    ps_text_deinit(&text);
    return code;
}

static bool said(const char *file, const char *words)
{
    char *text = file_read(scratch_path(file));
    bool found = text && strstr(text, words);
    free(text);
    return found;
}

static void start(void)
{
    scratch_make();
    scratch_write("small.yaml", small_scenario);
    int code = shell("'" PINSTORM "' " RUN_SMALL " --out reference");
    ck_assert_int_ne(code, 2);
    ck_assert_int_ne(code, 3);
    ck_assert(file_exists(scratch_path("reference/summary.json")));
}

static void check_same(const char *folder)
{
    static const char *const files[] = {"summary.json", "junit.xml", "outcomes.bin", "causes.json"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct ps_text line = {0};
        ps_text_add(&line, "cmp reference/%s %s/%s", files[i], folder, files[i]);
        ck_assert_msg(shell(ps_text_chars(&line)) == 0, "%s: other bytes of %s", folder, files[i]);
        ps_text_deinit(&line);
    }
    /* The report, and nothing that was on the way. */
    ck_assert_uint_eq(folder_count(scratch_path(folder)), folder_count(scratch_path("reference")));
}

START_TEST(ranks)
{
    int code = run_ranks(_i, RUN_SMALL " --out ranks");
    char *text = file_read(scratch_path("said"));
    ck_assert_msg(code == 0, "exit %d\n%s", code, text);
    const char *head = strstr(text, "pinstorm " PS_VERSION);
    ck_assert_ptr_nonnull(head);
    ck_assert_msg(!strstr(head + 1, "pinstorm " PS_VERSION), "more than one speaks:\n%s", text);
    /* mpirun gives rank 0 a terminal, although this goes to a file. */
    ck_assert_msg(!strchr(text, '\033'), "colours:\n%s", text);
    free(text);
    check_same("ranks");
}
END_TEST

/* Each of two shards is lived by two processes. */
START_TEST(shards_of_ranks)
{
    ck_assert_int_eq(run_ranks(2, RUN_SMALL " --shard 1/2 --out s1"), 0);
    ck_assert(said("said", "PARTIAL RESULT: 20 of 40 devices (shard 1 of 2)"));
    ck_assert_int_eq(run_ranks(2, RUN_SMALL " --shard 2/2 --out s2"), 0);
    int code = shell("'" PINSTORM "' merge s2 s1 --out merged");
    ck_assert_int_eq(code, 0);
    check_same("merged");
}
END_TEST

static const struct {
    const char *name, *words, *says;
    int code;
} failures[] = {
    {"usage", "run small.yaml --jobs x", "--jobs takes a whole number", 2},
    {"no scenario anywhere", "run nowhere.yaml", "no catalogue scenario 'nowhere.yaml'", 2},
    {"a port for many", "run small.yaml --port 7000", "--port is for one process", 2},
    {"no folder for the report", RUN_SMALL " --out small.yaml/x", "cannot write to", 3},
    /* One process is started with other words than the other. */
    {"a scenario that one cannot read",
     RUN_SMALL " --out bad : -np 1 '" PINSTORM "' run nowhere.yaml",
     "rank 1: a scenario that rank 0 can read cannot be read here", 2},
    {"another seed", RUN_SMALL " --out bad : -np 1 '" PINSTORM "' " RUN_SMALL " --seed 2 --out bad",
     "rank 0 (here) and rank 1 (there): seed 1 here, 2 there; no report was written", 2},
};

START_TEST(failing)
{
    int code = run_ranks(1 + (strstr(failures[_i].words, " : ") == NULL), failures[_i].words);
    char *text = file_read(scratch_path("complained"));
    ck_assert_msg(code == failures[_i].code && strstr(text, failures[_i].says), "%s: exit %d: %s",
                  failures[_i].name, code, text);
    free(text);
    ck_assert(!file_exists(scratch_path("bad/summary.json")));
}
END_TEST

/* What is not met is the exit code of all. */
START_TEST(not_met)
{
    char yaml[sizeof small_scenario + 128];
    snprintf(yaml, sizeof yaml, "%s  - {strategy: anyone, unranked: no}\n", small_scenario);
    scratch_write("unmet.yaml", yaml);
    ck_assert_int_eq(run_ranks(2, "run unmet.yaml --link memory --quiet --out unmet"), 1);
    ck_assert(said("said", "1 not met"));
}
END_TEST

int main(void)
{
    if (system("mpirun --version 2>/dev/null | grep -q 'Open MPI'") != 0 ||
        system("'" PINSTORM "' --version | grep -q 'MPI: Open MPI'") != 0) {
        printf("skipped: no mpirun of Open MPI here, or pinstorm was built without it "
               "(openmpi-bin, libopenmpi-dev)\n");
        return SKIPPED;
    }
    Suite *suite = suite_create("mpi");
    TCase *tests = tcase_create("mpi");
    tcase_add_unchecked_fixture(tests, start, scratch_remove);
    tcase_set_timeout(tests, 240);
    tcase_add_loop_test(tests, ranks, 1, 4);
    tcase_add_test(tests, shards_of_ranks);
    tcase_add_loop_test(tests, failing, 0, (int)(sizeof failures / sizeof *failures));
    tcase_add_test(tests, not_met);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
