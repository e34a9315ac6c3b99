/* SPDX-License-Identifier: Apache-2.0
 *
 * One fleet under mpirun: one, two and three processes give the files of a run without it, and what
 * goes wrong in one of them ends all; what was finished then is not lost. Skipped where there is no
 * Open MPI.
 */
#include <check.h>
#include <dirent.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
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
    code = shell("'" PINSTORM "' run small.yaml --devices 4800 --link memory --quiet --out many");
    ck_assert(code == 0 || code == 1);
}

static void check_same(const char *folder, const char *reference)
{
    static const char *const files[] = {"summary.json", "junit.xml", "outcomes.bin", "causes.json"};
    for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
        struct ps_text line = {0};
        ps_text_add(&line, "cmp %s/%s %s/%s", reference, files[i], folder, files[i]);
        ck_assert_msg(shell(ps_text_chars(&line)) == 0, "%s: other bytes of %s", folder, files[i]);
        ps_text_deinit(&line);
    }
    /* The report, and nothing that was on the way. */
    ck_assert_uint_eq(folder_count(scratch_path(folder)), folder_count(scratch_path(reference)));
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
    check_same("ranks", "reference");
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
    check_same("merged", "reference");
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

/* ---- ends and new beginnings ---- */

#define MANY                                                                                       \
    "run small.yaml --devices 4800 --link memory --chunk 10 --jobs 1 --quiet --checkpoint kept"

static pid_t begin_ranks(int watch)
{
    pid_t child = fork();
    ck_assert_int_ge(child, 0);
    if (child > 0)
        return child;
    struct ps_text line = {0};
    ps_text_add(
        &line,
        "cd %s && ASAN_OPTIONS=detect_leaks=0 exec mpirun --oversubscribe %s -np 2 '" PINSTORM
        "' " MANY " --out ranks </dev/null >said 2>complained",
        scratch_path("."), geteuid() == 0 ? "--allow-run-as-root" : "");
    close(watch);
    execl("/bin/sh", "sh", "-c", ps_text_chars(&line), (char *)NULL);
    _exit(127);
}

/* Until both ranks have a checkpoint: true; false: all ended before. */
static bool await_checkpoints(pid_t child, int watch)
{
    enum { WAIT_MS = 120000 };
    char events[4096];
    struct pollfd ready[2] = {{watch, POLLIN, 0}, {pidfd_open(child, 0), POLLIN, 0}};
    bool found = false, ended = false;
    while (!found && !ended) {
        ck_assert_msg(poll(ready, 2, WAIT_MS) > 0, "nothing happens any more");
        ended = ready[1].revents != 0;
        if (ready[0].revents)
            ck_assert_int_gt(read(watch, events, sizeof events), 0);
        found = file_exists(scratch_path("kept/scenario-1.rank-0-of-2.b.part")) &&
                file_exists(scratch_path("kept/scenario-1.rank-1-of-2.b.part"));
    }
    close(ready[1].fd);
    return found && !ended;
}

/* A process that mpirun started. */
static pid_t child_of(pid_t parent)
{
    DIR *all = opendir("/proc");
    pid_t found = 0;
    for (struct dirent *entry; found == 0 && (entry = readdir(all));) {
        char path[300];
        int pid, of;
        snprintf(path, sizeof path, "/proc/%s/stat", entry->d_name);
        FILE *file = fopen(path, "r");
        if (!file)
            continue;
        if (fscanf(file, "%d (pinstorm) %*c %d", &pid, &of) == 2 && of == parent)
            found = pid;
        fclose(file);
    }
    closedir(all);
    ck_assert_int_gt(found, 0);
    return found;
}

static const struct {
    const char *name;
    int number;
    bool to_rank; /* else to mpirun */
    int code;     /* of mpirun */
    bool reports;
} ends[] = {
    {"a rank is killed", SIGKILL, true, 128 + SIGKILL, false},
    {"asked to end", SIGUSR1, false, 130, true},
    /* The other lives all its devices, and has to keep them. */
    {"one rank is asked to end", SIGUSR1, true, 130, true},
};

/* However a run of two ranks ends, two ranks go on from there to the bytes of one that did not. */
START_TEST(going_on)
{
    struct ps_text line = {0};
    int watch = inotify_init1(IN_CLOEXEC);
    shell("rm -rf ranks kept");
    ck_assert_int_eq(mkdir(scratch_path("kept"), 0777), 0);
    ck_assert_int_ge(inotify_add_watch(watch, scratch_path("kept"), IN_MOVED_TO), 0);
    pid_t child = begin_ranks(watch);
    bool both = await_checkpoints(child, watch);
    if (both)
        kill(ends[_i].to_rank ? child_of(child) : child, ends[_i].number);
    int status;
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    close(watch);
    char *text = file_read(scratch_path("complained"));
    ck_assert_msg(both && WIFEXITED(status) && WEXITSTATUS(status) == ends[_i].code,
                  "%s: status %x\n%s", ends[_i].name, (unsigned)status, text);
    free(text);
    ck_assert(!file_exists(scratch_path("ranks/outcomes.bin")));
    if (ends[_i].reports) {
        ck_assert(said("said", " of 4,800 devices (interrupted)"));
        ck_assert(said("complained", "interrupted; what was finished is reported; --resume goes"));
        ck_assert(file_exists(scratch_path("ranks/summary.json")));
    }
    ck_assert_int_eq(shell("ls kept/scenario-1.rank-0-of-2.[ab].part"), 0);
    ck_assert_int_eq(shell("ls kept/scenario-1.rank-1-of-2.[ab].part"), 0);
    ck_assert_int_eq(run_ranks(3, MANY " --resume --out ranks"), 2);
    ck_assert(said("complained", "is of 2 processes, and mpirun started another number"));
    ps_text_add(&line, "'%s' " MANY " --resume --out ranks", PINSTORM);
    ck_assert_int_eq(shell(ps_text_chars(&line)), 2);
    ps_text_deinit(&line);
    ck_assert(said("complained", "is of 2 processes, and this is one"));
    ck_assert_int_eq(run_ranks(2, MANY " --out ranks"), 2);
    ck_assert(said("complained", "there is a checkpoint in 'kept' already"));
    int code = run_ranks(2, MANY " --resume --out ranks");
    ck_assert_msg(code < 2, "%s: exit %d", ends[_i].name, code);
    ck_assert(said("complained", "going on after "));
    ck_assert(!file_exists(scratch_path("kept")));
    check_same("ranks", "many");
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
    tcase_add_loop_test(tests, going_on, 0, (int)(sizeof ends / sizeof *ends));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
