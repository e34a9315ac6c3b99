/* SPDX-License-Identifier: Apache-2.0
 *
 * A report is there whole or not at all, and no temporary name is left behind.
 */
#include <check.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include "base/memory.h"
#include "reports/report.h"
#include "sample.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static char root[] = "/tmp/pinstorm-write-test.XXXXXX";
static struct ps_result *result;
static struct ps_error err;

static void remove_all(const char *path)
{
    DIR *folder = opendir(path);
    if (folder == NULL) {
        unlink(path);
        return;
    }
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        char *inner = ps_format("%s/%s", path, entry->d_name);
        remove_all(inner);
        free(inner);
    }
    closedir(folder);
    rmdir(path);
}

static void set_up(void)
{
    strcpy(root, "/tmp/pinstorm-write-test.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(root));
    result = sample_small();
    err = (struct ps_error){0};
}

static void tear_down(void)
{
    sample_free(result);
    remove_all(root);
}

/* The names in a folder, sorted, with blanks between. The caller frees. */
static char *names_in(const char *path)
{
    struct dirent **entries;
    int count = scandir(path, &entries, NULL, alphasort);
    ck_assert_int_ge(count, 0);
    struct ps_text names = {0};
    for (int i = 0; i < count; i++) {
        if (strcmp(entries[i]->d_name, ".") != 0 && strcmp(entries[i]->d_name, "..") != 0)
            ps_text_add(&names, "%s%s", names.length == 0 ? "" : " ", entries[i]->d_name);
        free(entries[i]);
    }
    free(entries);
    ps_text_add(&names, "%s", "");
    return ps_text_steal(&names);
}

static void assert_names(const char *path, const char *expect)
{
    char *names = names_in(path);
    ck_assert_msg(strcmp(names == NULL ? "" : names, expect) == 0, "in the folder: '%s'", names);
    free(names);
}

static void put(const char *folder, const char *name, const char *text)
{
    char *path = ps_format("%s/%s", folder, name);
    FILE *file = fopen(path, "w");
    ck_assert_ptr_nonnull(file);
    fputs(text, file);
    fclose(file);
    free(path);
}

static char *get(const char *folder, const char *name)
{
    char *path = ps_format("%s/%s", folder, name);
    FILE *file = fopen(path, "r");
    ck_assert_msg(file != NULL, "%s is missing", path);
    struct ps_text text = {0};
    char chunk[4096];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, file)) > 0;)
        ps_text_add_n(&text, chunk, n);
    fclose(file);
    free(path);
    return ps_text_steal(&text);
}

#define JUNIT       "junit.xml "
#define AFTER_JUNIT "report.html run.json summary.json summary.md"
#define ALL_FILES   JUNIT AFTER_JUNIT

static const struct {
    const char *name;
    void (*render)(const struct ps_result *, struct ps_text *);
} files[] = {
    {"summary.json", ps_report_summary_json}, {"run.json", ps_report_run_json},
    {"report.html", ps_report_html},          {"junit.xml", ps_report_junit},
    {"summary.md", ps_report_markdown},
};

START_TEST(test_whole)
{
    char *folder = ps_format("%s/new/and/deep/", root);
    ck_assert_msg(ps_is_ok(ps_report_prepare(folder, &err)), "%s", err.text);
    assert_names(folder, "");
    put(folder, "summary.json", "old");
    ck_assert_msg(ps_is_ok(ps_report_write(folder, result, &err)), "%s", err.text);
    assert_names(folder, ALL_FILES);
    for (size_t i = 0; i < COUNT(files); i++) {
        struct ps_text expect = {0};
        files[i].render(result, &expect);
        char *found = get(folder, files[i].name);
        ck_assert_msg(strcmp(found, ps_text_chars(&expect)) == 0, "%s differs", files[i].name);
        free(found);
        ps_text_deinit(&expect);
    }
    free(folder);
}
END_TEST

/* Records that a run left get their name with the report, beside what they mean; those of other
 * runs that this report has none of go. */
START_TEST(test_outcomes)
{
    put(root, ".records.tmp", "records");
    put(root, "outcomes-2.bin", "old");
    put(root, "causes-2.json", "old");
    put(root, "outcomes-3.bin", "old");
    result->scenarios[0].outcomes = ".records.tmp";
    ck_assert_msg(ps_is_ok(ps_report_write(root, result, &err)), "%s", err.text);
    assert_names(root, "causes.json " JUNIT "outcomes.bin " AFTER_JUNIT);
    char *records = get(root, "outcomes.bin"), *causes = get(root, "causes.json");
    struct ps_text expect = {0};
    ps_report_causes_json(result, 0, &expect);
    ck_assert_str_eq(records, "records");
    ck_assert_str_eq(causes, ps_text_chars(&expect));
    ps_text_deinit(&expect);
    free(records);
    free(causes);
    result->scenarios[0].outcomes = NULL;
    ck_assert_msg(ps_is_ok(ps_report_write(root, result, &err)), "%s", err.text);
    assert_names(root, ALL_FILES);
}
END_TEST

START_TEST(test_outcomes_go_with_the_report)
{
    char *way = ps_format("%s/report.html", root);
    put(root, ".records.tmp", "records");
    ck_assert_int_eq(mkdir(way, 0777), 0);
    result->scenarios[0].outcomes = ".records.tmp";
    ck_assert(!ps_is_ok(ps_report_write(root, result, &err)));
    rmdir(way);
    result->scenarios[0].outcomes = ".missing.tmp";
    ck_assert(!ps_is_ok(ps_report_write(root, result, &err)));
    assert_names(root, ".records.tmp");
    free(way);
}
END_TEST

/* Both functions refuse, with the same message. */
static void assert_refused(const char *folder, const char *what, int error)
{
    char *expect = ps_format("cannot write to '%s': %s; choose another folder with --out", what,
                             strerror(error));
    ck_assert_int_eq(ps_report_prepare(folder, &err).code, PS_CODE_FAILED);
    ck_assert_str_eq(err.text, expect);
    ck_assert_int_eq(ps_report_write(folder, result, &err).code, PS_CODE_FAILED);
    ck_assert_str_eq(err.text, expect);
    free(expect);
}

START_TEST(test_file_instead_of_folder)
{
    put(root, "taken", "mine");
    char *folder = ps_format("%s/taken", root), *below = ps_format("%s/taken/out", root);
    assert_refused(folder, folder, ENOTDIR);
    assert_refused(below, below, ENOTDIR);
    char *kept = get(root, "taken");
    ck_assert_str_eq(kept, "mine");
    free(kept);
    free(folder);
    free(below);
}
END_TEST

START_TEST(test_folder_instead_of_file)
{
    char *way = ps_format("%s/run.json", root);
    ck_assert_int_eq(mkdir(way, 0777), 0);
    put(root, "report.html", "the last one");
    assert_refused(root, way, EISDIR);
    assert_names(root, "report.html run.json");
    char *kept = get(root, "report.html");
    ck_assert_str_eq(kept, "the last one");
    free(kept);
    free(way);
}
END_TEST

START_TEST(test_no_name)
{
    assert_refused("", "", ENOENT);
}
END_TEST

/* Root may write anywhere, so the test becomes nobody first; Check runs it in a process of its own.
 */
START_TEST(test_no_permission)
{
    char *folder = ps_format("%s/closed", root), *below = ps_format("%s/closed/out", root);
    ck_assert_int_eq(mkdir(folder, 0755), 0);
    ck_assert_int_eq(chmod(folder, 0555), 0);
    ck_assert_int_eq(chmod(root, 0755), 0);
    if (geteuid() == 0)
        ck_assert_int_eq(seteuid(65534), 0);
    assert_refused(folder, folder, EACCES);
    assert_refused(below, below, EACCES);
    if (getuid() == 0)
        ck_assert_int_eq(seteuid(0), 0);
    assert_names(folder, "");
    free(folder);
    free(below);
}
END_TEST

/* A disk that fills up at any point: as long as not every byte fits, nothing new is there. */
START_TEST(test_disk_full)
{
    static const rlim_t limits[] = {0, 1, 500, 2000, 5000};
    struct rlimit limit;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    signal(SIGXFSZ, SIG_IGN); /* write() then says EFBIG */
    put(root, "summary.json", "the last one");
    struct rlimit small = limit;
    small.rlim_cur = limits[_i];
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    ck_assert_int_eq(ps_report_write(root, result, &err).code, PS_CODE_FAILED);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
    char *expect = ps_format("cannot write to '%s': %s; choose another folder with --out", root,
                             strerror(EFBIG));
    ck_assert_str_eq(err.text, expect);
    assert_names(root, "summary.json");
    char *kept = get(root, "summary.json");
    ck_assert_str_eq(kept, "the last one");
    free(kept);
    free(expect);
    /* And when there is room again, it works. */
    ck_assert(ps_is_ok(ps_report_write(root, result, &err)));
    assert_names(root, ALL_FILES);
}
END_TEST

/* A link under a report's name is replaced, not followed. */
START_TEST(test_link)
{
    put(root, "precious", "mine");
    char *to = ps_format("%s/precious", root), *from = ps_format("%s/out", root);
    ck_assert_int_eq(mkdir(from, 0777), 0);
    char *name = ps_format("%s/summary.md", from);
    ck_assert_int_eq(symlink(to, name), 0);
    ck_assert(ps_is_ok(ps_report_write(from, result, &err)));
    char *kept = get(root, "precious");
    ck_assert_str_eq(kept, "mine");
    free(kept);
    free(to);
    free(from);
    free(name);
}
END_TEST

/* ---- files of processes that are no more ---- */

/* The number of one. */
static long ended_process(void)
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    return (long)child;
}

static const struct {
    const char *before, *between, *after; /* this host's name and the process */
    bool ended; /* the process; else it is the one that started the test */
    bool stays;
} left_over[] = {
    {".outcomes-1.", "-", ".tmp", true, false},
    {".outcomes-1.", "-", ".tmp.all", true, false},
    {".summary.json.", "-", ".tmp", true, false},
    {".outcomes-1.", "-", ".tmp", false, true},
    {".outcomes-1.not.", ".either-", ".tmp", true, true},
    {"outcomes-1.", "-", ".tmp", true, true},
    {".outcomes-1.", "-", ".tmpfile", true, true},
    {".outcomes-1.", "-", "", true, true},
    {".outcomes-1.", "-0", ".tmp", true, true},
    {".outcomes-1.", "--", ".tmp", true, true},
};

START_TEST(test_left_over)
{
    char host[256];
    ck_assert_int_eq(gethostname(host, sizeof host), 0);
    char *name =
        ps_format("%s%s%s%ld%s", left_over[_i].before, host, left_over[_i].between,
                  left_over[_i].ended ? ended_process() : (long)getppid(), left_over[_i].after);
    put(root, name, "records");
    ck_assert(ps_is_ok(ps_report_prepare(root, &err)));
    assert_names(root, left_over[_i].stays ? name : "");
    free(name);
}
END_TEST

/* What this process names so is not left over. */
START_TEST(test_own_temporary)
{
    char *name = ps_report_temporary("outcomes-1");
    put(root, name, "records");
    ck_assert(ps_is_ok(ps_report_prepare(root, &err)));
    assert_names(root, name);
    free(name);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("write");
    TCase *tests = tcase_create("write");
    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_add_test(tests, test_whole);
    tcase_add_test(tests, test_outcomes);
    tcase_add_test(tests, test_outcomes_go_with_the_report);
    tcase_add_test(tests, test_file_instead_of_folder);
    tcase_add_test(tests, test_folder_instead_of_file);
    tcase_add_test(tests, test_no_name);
    tcase_add_test(tests, test_no_permission);
    tcase_add_loop_test(tests, test_disk_full, 0, 5);
    tcase_add_test(tests, test_link);
    tcase_add_loop_test(tests, test_left_over, 0, COUNT(left_over));
    tcase_add_test(tests, test_own_temporary);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
