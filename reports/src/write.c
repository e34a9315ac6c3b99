/* SPDX-License-Identifier: Apache-2.0
 *
 * Puts a report into a folder, whole or not at all: every file is written and synced under a
 * temporary name first; only when all of them are there do they get their names, summary.json last.
 * Ways to fail: no folder, no right to write, something in the way, a full disk. Each leaves no
 * temporary file and no part of a new report.
 */
#include "reports/report.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/memory.h"
#include "temporary.h"

static const struct {
    const char *name;
    void (*render)(const struct ps_result *result, struct ps_text *out);
} files[] = {
    {"report.html", ps_report_html},          {"junit.xml", ps_report_junit},
    {"summary.md", ps_report_markdown},       {"run.json", ps_report_run_json},
    {"summary.json", ps_report_summary_json}, /* last: whoever sees it sees a whole report */
};

enum { FILE_COUNT = sizeof files / sizeof files[0] };

/* One file of a report on its way. */
struct entry {
    char *name, *temporary; /* owned */
    void (*render)(const struct ps_result *result, struct ps_text *out);
    bool causes;     /* of scenario number `scenario` */
    size_t scenario; /* where neither: its outcome records, which are there already */
};
struct entries {
    struct entry *items;
    size_t count, capacity;
};

static ps_status fail_to_write(struct ps_error *err, const char *what, int error)
{
    return ps_fail(err, PS_FAILED, "cannot write to '%s': %s; choose another folder with --out",
                   what, strerror(error));
}

static ps_status make_folders(const char *directory, struct ps_error *err)
{
    char *path = ps_strdup(directory);
    size_t length = strlen(path);
    int error = 0;
    for (size_t i = 1; i <= length && error == 0; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        char kept = path[i];
        path[i] = '\0';
        struct stat there;
        if (mkdir(path, 0777) != 0 && errno != EEXIST) {
            /* Folders above may be closed or read-only; only one that is missing matters. */
            error = errno;
            if (stat(path, &there) == 0)
                error = S_ISDIR(there.st_mode) ? 0 : ENOTDIR;
        } else if (stat(path, &there) != 0) {
            error = errno;
        } else if (!S_ISDIR(there.st_mode)) {
            error = ENOTDIR;
        }
        path[i] = kept;
    }
    free(path);
    return error == 0 ? PS_OK : fail_to_write(err, directory, error);
}

static int open_new(int folder, const char *name)
{
    /* Left over by a killed process that had our number: ours now. */
    unlinkat(folder, name, 0);
    return openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
}

/* The first scenario's files have no number. */
static char *numbered_name(const char *name, size_t scenario, const char *extension)
{
    return scenario == 0 ? ps_format("%s.%s", name, extension)
                         : ps_format("%s-%zu.%s", name, scenario + 1, extension);
}

static void add_entry(struct entries *entries, const struct entry *entry)
{
    PS_PUSH(entries->items, entries->count, entries->capacity, *entry);
    struct entry *added = &entries->items[entries->count - 1];
    if (!added->temporary)
        added->temporary = ps_report_temporary(added->name);
}

static struct entries entries_of(const struct ps_result *result)
{
    struct entries entries = {0};
    for (size_t i = 0; i < result->scenario_count; i++) {
        const char *outcomes = result->scenarios[i].outcomes;
        if (!outcomes)
            continue;
        add_entry(&entries, &(struct entry){.name = numbered_name("outcomes", i, "bin"),
                                            .temporary = ps_strdup(outcomes),
                                            .scenario = i});
        add_entry(&entries, &(struct entry){.name = numbered_name("causes", i, "json"),
                                            .causes = true,
                                            .scenario = i});
    }
    for (size_t i = 0; i < FILE_COUNT; i++)
        add_entry(&entries,
                  &(struct entry){.name = ps_strdup(files[i].name), .render = files[i].render});
    return entries;
}

static void entries_free(struct entries *entries)
{
    for (size_t i = 0; i < entries->count; i++) {
        free(entries->items[i].name);
        free(entries->items[i].temporary);
    }
    free(entries->items);
}

/* Something with a file's name that is no file could only be found out when half of them have their
 * names, so it is asked before. */
static ps_status check_in_the_way(int folder, const char *directory, const struct entries *entries,
                                  struct ps_error *err)
{
    for (size_t i = 0; i < entries->count; i++) {
        struct stat there;
        if (fstatat(folder, entries->items[i].name, &there, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (S_ISDIR(there.st_mode)) {
            char *path = ps_format("%s/%s", directory, entries->items[i].name);
            ps_status failed = fail_to_write(err, path, EISDIR);
            free(path);
            return failed;
        }
    }
    return PS_OK;
}

static ps_status open_folder(const char *directory, const struct entries *entries, int *ret_folder,
                             struct ps_error *err)
{
    if (directory[0] == '\0')
        return fail_to_write(err, directory, ENOENT);
    PS_TRY(make_folders(directory, err));
    int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return fail_to_write(err, directory, errno);
    ps_status status = check_in_the_way(folder, directory, entries, err);
    if (!ps_is_ok(status)) {
        close(folder);
        return status;
    }
    *ret_folder = folder;
    return PS_OK;
}

/* Asks by doing it: access() knows neither read-only file systems behind a mount nor quotas. */
ps_status ps_report_prepare(const char *directory, struct ps_error *err)
{
    int folder;
    struct ps_result none = {0};
    struct entries entries = entries_of(&none);
    ps_status status = open_folder(directory, &entries, &folder, err);
    entries_free(&entries);
    PS_TRY(status);
    char *name = ps_report_temporary("probe");
    int file = open_new(folder, name);
    if (file < 0) {
        status = fail_to_write(err, directory, errno);
    } else {
        close(file);
        unlinkat(folder, name, 0);
        ps_temporary_sweep(folder);
    }
    free(name);
    close(folder);
    return status;
}

static int write_all(int file, const char *chars, size_t length)
{
    while (length > 0) {
        ssize_t n = write(file, chars, length);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? errno : EIO;
        chars += n;
        length -= (size_t)n;
    }
    return 0;
}

/* Returns 0 or an errno; what was written stays for the caller to remove. */
static int write_file(int folder, const char *name, const struct ps_text *text)
{
    int file = open_new(folder, name);
    if (file < 0)
        return errno;
    int error = write_all(file, ps_text_chars(text), text->length);
    if (error == 0 && fsync(file) != 0 && errno != EINVAL)
        error = errno; /* EINVAL: a file system that has nothing to sync */
    if (close(file) != 0 && error == 0)
        error = errno;
    return error;
}

static int write_entry(int folder, const struct entry *entry, const struct ps_result *result)
{
    if (!entry->render && !entry->causes)
        return 0;
    struct ps_text text = {0};
    if (entry->causes)
        ps_report_causes_json(result, entry->scenario, &text);
    else
        entry->render(result, &text);
    int error = write_file(folder, entry->temporary, &text);
    ps_text_deinit(&text);
    return error;
}

static int write_entries(int folder, const struct entries *entries, const struct ps_result *result)
{
    int error = 0;
    size_t written = 0, named = 0;
    for (; written < entries->count && error == 0; written++)
        error = write_entry(folder, &entries->items[written], result);
    for (; named < entries->count && error == 0; named++)
        if (renameat(folder, entries->items[named].temporary, folder, entries->items[named].name) !=
            0) {
            error = errno;
            break;
        }
    if (error == 0 && fsync(folder) != 0 && errno != EINVAL)
        error = errno;
    for (size_t i = 0; error != 0 && i < entries->count; i++)
        unlinkat(folder, i < named ? entries->items[i].name : entries->items[i].temporary, 0);
    return error;
}

/* Records of an earlier run in this folder that this report has none of would be taken for its. */
static void remove_left_over(int folder, const struct ps_result *result)
{
    for (size_t i = 0;; i++) {
        char *outcomes = numbered_name("outcomes", i, "bin");
        char *causes = numbered_name("causes", i, "json");
        bool ours = i < result->scenario_count && result->scenarios[i].outcomes, found = ours;
        if (!ours) {
            found = unlinkat(folder, outcomes, 0) == 0;
            found = unlinkat(folder, causes, 0) == 0 || found;
        }
        free(outcomes);
        free(causes);
        if (!found && i >= result->scenario_count)
            return;
    }
}

ps_status ps_report_write(const char *directory, const struct ps_result *result,
                          struct ps_error *err)
{
    int folder;
    struct entries entries = entries_of(result);
    ps_status s = open_folder(directory, &entries, &folder, err);
    if (ps_is_ok(s)) {
        int error = write_entries(folder, &entries, result);
        if (error == 0)
            remove_left_over(folder, result);
        else
            s = fail_to_write(err, directory, error);
        close(folder);
    }
    entries_free(&entries);
    return s;
}

/* The folder that `path` is in, to be freed. */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    if (slash == NULL)
        return ps_strdup(".");
    return slash == path ? ps_strdup("/") : ps_format("%.*s", (int)(slash - path), path);
}

static int write_and_rename(const char *path, const struct ps_text *text)
{
    char *directory = folder_of(path);
    int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(directory);
    if (folder < 0)
        return errno;
    const char *slash = strrchr(path, '/'), *name = slash == NULL ? path : slash + 1;
    char *temporary = ps_report_temporary(name);
    int error = name[0] == '\0' ? EISDIR : write_file(folder, temporary, text);
    if (error == 0 && renameat(folder, temporary, folder, name) != 0)
        error = errno;
    if (error != 0)
        unlinkat(folder, temporary, 0);
    free(temporary);
    close(folder);
    return error;
}

ps_status ps_report_write_file(const char *path, const struct ps_text *text, struct ps_error *err)
{
    int error = write_and_rename(path, text);
    return error == 0 ? PS_OK
                      : ps_fail(err, PS_FAILED, "cannot write '%s': %s", path, strerror(error));
}
