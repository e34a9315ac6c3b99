/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs that are killed at any moment and go on, and runs that are interrupted. The moments are
 * drawn: so many changes in the checkpoint's folder after the run began, some of which are in the
 * middle of writing a file. Where a run goes on, it must end with the bytes of one that nothing
 * happened to.
 */
#include <check.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/pidfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "program.h"
#include "small.h"

enum { KILLS = 6, CHANGES_MAX = 30, WAIT_MS = 300000 };

#define FLEET "--devices", "1600", "--link", "memory", "--jobs", "2", "--chunk", "50"
/* One worker whose devices make their own contacts: what a finished chunk took is always the same.
 */
#define ALONE                                                                                      \
    "--devices", "60", "--strategy", "old-http", "--link", "memory", "--jobs", "1", "--chunk",     \
        "6", "--fidelity", "wire"
static const char *const fleet[] = {FLEET, NULL}, *const alone[] = {ALONE, NULL};

static void reference(void)
{
    scratch_make();
    scratch_write("small.yaml", small_scenario);
    struct program p = RUN("run", "small.yaml", FLEET, "--out", "reference");
    ck_assert_msg(p.code == 0 || p.code == 1, "exit %d\n%s", p.code, p.err);
    program_deinit(&p);
}

static void stop(void)
{
    scratch_remove();
}

/* Both are there, and byte for byte the same. */
static bool same_bytes(const char *one, const char *other)
{
    FILE *a = fopen(scratch_path(one), "rb"), *b = fopen(scratch_path(other), "rb");
    bool same = a && b;
    for (int c = 0; same && c != EOF;) {
        c = fgetc(a);
        same = c == fgetc(b);
    }
    if (a)
        fclose(a);
    if (b)
        fclose(b);
    return same;
}

static void expect_reference(const char *name)
{
    ck_assert_msg(same_bytes("out/summary.json", "reference/summary.json"), "%s: summary", name);
    ck_assert_msg(same_bytes("out/outcomes.bin", "reference/outcomes.bin"), "%s: outcomes", name);
    ck_assert_msg(same_bytes("out/causes.json", "reference/causes.json"), "%s: causes", name);
    ck_assert_msg(!file_exists(scratch_path("kept")), "%s: the checkpoint is still there", name);
}

/* A run under way, and a watch on its checkpoint. */
struct under_way {
    pid_t child;
    int watch;
};

/* Its words come behind the program's name; `watched` is made if it is not there. */
static struct under_way start_words(const char *watched, const char *const words[])
{
    struct under_way run = {.watch = inotify_init1(IN_CLOEXEC)};
    mkdir(scratch_path(watched), 0777);
    ck_assert_int_ge(run.watch, 0);
    ck_assert_int_ge(inotify_add_watch(run.watch, scratch_path(watched),
                                       IN_CREATE | IN_MODIFY | IN_MOVED_TO | IN_CLOSE_WRITE),
                     0);
    run.child = fork();
    if (run.child == 0) {
        int out = open(scratch_path("said"), O_WRONLY | O_CREAT | O_TRUNC, 0666);
        if (chdir(scratch_path("")) != 0 || dup2(out, 1) < 0 || dup2(out, 2) < 0)
            _exit(99);
        execv(PINSTORM, (char *const *)words);
        _exit(99);
    }
    return run;
}

static struct under_way run_start(const char *const how[])
{
    const char *words[32] = {"pinstorm", "run",          "small.yaml", "--out",
                             "out",      "--checkpoint", "kept",       "--resume"};
    for (size_t i = 0; how[i]; i++)
        words[8 + i] = how[i];
    return start_words("kept", words);
}

/* Whether there is an event to read. A child that ended without removing its checkpoint will never
 * make one: what it said is why. */
static void await_event(const struct under_way *run)
{
    struct pollfd ready[2] = {{run->watch, POLLIN, 0}, {pidfd_open(run->child, 0), POLLIN, 0}};
    ck_assert_int_ge(ready[1].fd, 0);
    int count = poll(ready, 2, WAIT_MS);
    ck_assert_msg(count > 0, "nothing happens any more");
    if (ready[1].revents && !ready[0].revents)
        poll(ready, 1, 0); /* made just before the end */
    close(ready[1].fd);
    if (ready[0].revents)
        return;
    int status;
    ck_assert_int_eq(waitpid(run->child, &status, 0), run->child);
    char *said = file_read(scratch_path("said"));
    ck_abort_msg("the run ended early, status %x:\n%s", (unsigned)status, said ? said : "nothing");
}

/* Waits for so many changes, or with none for the first whole part; false: the run ended before.
 * `parts` counts parts that were whole. */
static bool await_changes(const struct under_way *run, unsigned changes, unsigned *parts)
{
    char events[4096] __attribute__((aligned(8)));
    for (unsigned seen = 0;;) {
        await_event(run);
        ssize_t size = read(run->watch, events, sizeof events);
        for (ssize_t at = 0; at < size;) {
            const struct inotify_event *event = (const struct inotify_event *)(events + at);
            at += (ssize_t)(sizeof *event + event->len);
            if (event->mask & IN_IGNORED) /* the folder is gone: all is over */
                return false;
            *parts += (event->mask & IN_MOVED_TO) != 0;
            if (changes > 0 ? ++seen == changes : *parts > 0)
                return true;
        }
    }
}

static int run_end(struct under_way *run, int signal_number)
{
    int status;
    if (signal_number)
        kill(run->child, signal_number);
    ck_assert_int_eq(waitpid(run->child, &status, 0), run->child);
    close(run->watch);
    return status;
}

/* xorshift64*: a moment is a number of changes. */
static unsigned draw(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return 1 + (unsigned)((*state * UINT64_C(2685821657736338717)) >> 33) % CHANGES_MAX;
}

START_TEST(killed_and_going_on)
{
    uint64_t state = 20260 + (uint64_t)_i;
    unsigned kills = 0, went_on = 0;
    bool more = true;
    reference();
    while (more && kills < KILLS) {
        unsigned changes = draw(&state), parts = 0;
        struct under_way run = run_start(fleet);
        if (kills == 0) /* one of them at least has something to go on from */
            ck_assert(await_changes(&run, 0, &parts));
        more = await_changes(&run, changes, &parts);
        int status = run_end(&run, SIGKILL);
        printf("seed %d: after %u changes, %u of them whole parts: %s\n", 20260 + _i, changes,
               parts, more && WIFSIGNALED(status) ? "killed" : "over");
        kills += more;
        char *said = file_read(scratch_path("said"));
        went_on += strstr(said, "going on after ") != NULL;
        free(said);
        if (more)
            ck_assert_msg(!file_exists(scratch_path("out/summary.json")) &&
                              !file_exists(scratch_path("out/outcomes.bin")),
                          "seed %d: a report before the end", 20260 + _i);
    }
    ck_assert_msg(kills > 1, "%u kills", kills);
    if (more) {
        struct under_way run = run_start(fleet);
        int status = run_end(&run, 0);
        char *said = file_read(scratch_path("said"));
        went_on += strstr(said, "going on after ") != NULL;
        ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) < 2, "seed %d: %s", 20260 + _i,
                      said);
        free(said);
    }
    ck_assert_msg(went_on > 0, "no run went on from anything");
    expect_reference("killed");
    stop();
}
END_TEST

/* A run that SIGINT ended after its first chunk; its checkpoint is left. */
static void interrupt(void)
{
    unsigned parts = 0;
    reference();
    struct under_way run = run_start(fleet);
    ck_assert(await_changes(&run, 0, &parts));
    int status = run_end(&run, SIGINT);
    ck_assert_msg(WIFEXITED(status) && WEXITSTATUS(status) == 130, "status %x", status);
}

static void has(const char *what, const char *text, const char *part)
{
    ck_assert_msg(text && strstr(text, part), "%s: not (here) '%s':\n%s", what, part, text);
}

START_TEST(interrupted)
{
    static const struct {
        const char *file, *says;
    } rows[] = {
        {"said", "interrupted; what was finished is reported; --resume goes on from the "
                 "checkpoint\n"},
        {"said", "PARTIAL RESULT: "},
        {"said", " of 1,600 devices (interrupted)"},
        {"out/summary.json", "\"partial\": true"},
        {"out/summary.json", "\"judgement\": \"not-judged\""},
        {"out/report.html", "partial result"},
        {"out/junit.xml", "name=\"partial\""},
        {"out/summary.md", "1,600 devices (interrupted)"},
    };
    interrupt();
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *text = file_read(scratch_path(rows[i].file));
        has(rows[i].file, text, rows[i].says);
        free(text);
    }
    ck_assert(!file_exists(scratch_path("out/outcomes.bin")));
    ck_assert_uint_eq(folder_count(scratch_path("out")), 5);
    stop();
}
END_TEST

START_TEST(of_another_run)
{
    static const struct {
        const char *name, *says;
        const char *words[14];
    } rows[] = {
        {"without --resume",
         "there is a checkpoint in 'kept' already; go on from it with --resume",
         {"small.yaml", FLEET}},
        {"another seed",
         "is of another run: seed 2 here, 1 there",
         {"small.yaml", FLEET, "--resume", "--seed", "2"}},
        {"other devices",
         "is of another run: devices 1500 here, 1600 there",
         {"small.yaml", "--devices", "1500", "--resume"}},
        {"fewer strategies",
         "is of another run: 1 strategies here, 14 there",
         {"small.yaml", FLEET, "--resume", "--strategy", "both"}},
        {"another scenario",
         "is of another run: scenario 'other' here, 'small' there",
         {"other.yaml", FLEET, "--resume"}},
    };
    interrupt();
    char *other = malloc(strlen(small_scenario) + 1);
    sprintf(other, "scenario: other%s", small_scenario + strlen("scenario: small"));
    scratch_write("other.yaml", other);
    free(other);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *words[24] = {"run", "--checkpoint", "kept", "--out", "refused"};
        for (size_t k = 0; rows[i].words[k]; k++)
            words[5 + k] = rows[i].words[k];
        struct program p = program_run(NULL, words);
        ck_assert_msg(p.code == 2, "%s: exit %d\n%s", rows[i].name, p.code, p.err);
        has(rows[i].name, p.err, rows[i].says);
        ck_assert(!file_exists(scratch_path("refused")));
        program_deinit(&p);
    }
    struct program p = RUN("run", "small.yaml", "--resume");
    ck_assert_int_eq(p.code, 2);
    has("no folder", p.err, "--resume goes on from a --checkpoint DIR; which one?");
    program_deinit(&p);
    stop();
}
END_TEST

/* The value of a key after `behind`, which is found first. */
static unsigned long long number_in(const char *json, const char *behind, const char *key)
{
    const char *at = strstr(json, behind);
    at = at ? strstr(at, key) : NULL;
    ck_assert_msg(at != NULL, "no %s behind %s in\n%s", key, behind, json);
    return strtoull(at + strlen(key), NULL, 10);
}

/* Whoever goes on adds to the counts of those before; what they did for a chunk that they did not
 * finish is forgotten, as if it had never been. */
START_TEST(counts_go_on)
{
    static const char *const keys[] = {"\"handshakes_asked\": ", "\"handshakes_served\": ",
                                       "\"plain_asked\": ", "\"plain_served\": "};
    unsigned kills = 0;
    scratch_make();
    scratch_write("small.yaml", small_scenario);
    struct program p = RUN("run", "small.yaml", ALONE, "--out", "reference");
    ck_assert_msg(p.code < 2, "exit %d\n%s", p.code, p.err);
    program_deinit(&p);
    for (bool more = true; more; kills += more) {
        unsigned parts = 0;
        struct under_way run = run_start(alone);
        more = kills < 2 && await_changes(&run, 0, &parts);
        int status = run_end(&run, more ? SIGKILL : 0);
        ck_assert(more || (WIFEXITED(status) && WEXITSTATUS(status) < 2));
    }
    ck_assert_uint_eq(kills, 2);
    expect_reference("counts");
    char *whole = file_read(scratch_path("reference/run.json"));
    char *resumed = file_read(scratch_path("out/run.json"));
    ck_assert_ptr_null(strstr(whole, "since_resume"));
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
        unsigned long long all = number_in(resumed, "{", keys[i]),
                           since = number_in(resumed, "since_resume", keys[i]);
        ck_assert_uint_eq(all, number_in(whole, "{", keys[i]));
        ck_assert_msg(0 < since && since < all, "%s%llu of %llu", keys[i], since, all);
    }
    ck_assert_uint_gt(number_in(resumed, "{", "\"elapsed_ms\": "),
                      number_in(resumed, "since_resume", "\"elapsed_ms\": "));
    free(whole);
    free(resumed);
    stop();
}
END_TEST

/* The newer of the two files ends early: only the chunk that it had alone is lived again. */
START_TEST(damaged)
{
    interrupt();
    const char *files[] = {scratch_path("kept/scenario-1.a.part"),
                           scratch_path("kept/scenario-1.b.part")};
    struct stat a, b;
    bool has_a = stat(files[0], &a) == 0, has_b = stat(files[1], &b) == 0;
    ck_assert(has_a || has_b);
    bool newer_b =
        has_b && (!has_a || b.st_mtim.tv_sec > a.st_mtim.tv_sec ||
                  (b.st_mtim.tv_sec == a.st_mtim.tv_sec && b.st_mtim.tv_nsec > a.st_mtim.tv_nsec));
    off_t size = newer_b ? b.st_size : a.st_size;
    ck_assert_int_eq(truncate(files[newer_b], size - size / 3), 0);
    struct program p =
        RUN("run", "small.yaml", FLEET, "--out", "out", "--checkpoint", "kept", "--resume");
    ck_assert_msg(p.code < 2, "exit %d\n%s", p.code, p.err);
    has("damage", p.err,
        has_a && has_b ? ".part' is damaged and left aside, and the chunk that only it had "
                         "is lived again; going on after "
                       : ".part' is damaged and left aside, and all is lived again; there is "
                         "no checkpoint 'kept/scenario-1' to go on from; starting anew");
    program_deinit(&p);
    expect_reference("damaged");
    stop();
}
END_TEST

static const struct {
    const char *name;
    int signals[2];
    int code; /* -1: it is killed */
    size_t left;
} at_once[] = {
    {"asked twice", {SIGINT, SIGTERM}, 130, 0},
    {"killed", {SIGKILL, SIGKILL}, -1, 1},
};

static bool has_records(const char *path)
{
    DIR *folder = opendir(path);
    bool found = false;
    for (struct dirent *entry; (entry = readdir(folder));)
        found |= strncmp(entry->d_name, ".outcomes-1.", strlen(".outcomes-1.")) == 0;
    closedir(folder);
    return found;
}

/* Records that are half written do not stay in the report's folder: whoever is asked twice to end
 * removes them, and those of who could not are removed by the next run. */
START_TEST(nothing_stays)
{
    static const char *const words[] = {"pinstorm", "run", "small.yaml", FLEET,
                                        "--out",    "out", NULL};
    unsigned parts = 0;
    reference();
    struct under_way run = start_words("out", words);
    while (!has_records(scratch_path("out")))
        ck_assert(await_changes(&run, 1, &parts));
    kill(run.child, SIGSTOP); /* so that both signals are there when it goes on */
    for (int i = 0; i < 2; i++)
        kill(run.child, at_once[_i].signals[i]);
    int status = run_end(&run, SIGCONT);
    ck_assert_msg((WIFEXITED(status) ? WEXITSTATUS(status) : -1) == at_once[_i].code,
                  "%s: status %x", at_once[_i].name, (unsigned)status);
    ck_assert_uint_eq(folder_count(scratch_path("out")), at_once[_i].left);
    struct program p = RUN("run", "small.yaml", FLEET, "--out", "out");
    ck_assert_msg(p.code < 2, "exit %d\n%s", p.code, p.err);
    program_deinit(&p);
    ck_assert_uint_eq(folder_count(scratch_path("out")), folder_count(scratch_path("reference")));
    stop();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("checkpoint");
    TCase *tests = tcase_create("checkpoint");
    tcase_set_timeout(tests, 600);
    tcase_add_loop_test(tests, killed_and_going_on, 0, 2);
    tcase_add_test(tests, interrupted);
    tcase_add_test(tests, of_another_run);
    tcase_add_test(tests, damaged);
    tcase_add_test(tests, counts_go_on);
    tcase_add_loop_test(tests, nothing_stays, 0, (int)(sizeof at_once / sizeof *at_once));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
