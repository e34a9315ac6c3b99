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

static const struct {
    const char *name;
    void (*render)(const struct ps_result *result, struct ps_text *out);
} files[] = {
    {"report.html", ps_report_html},          {"junit.xml", ps_report_junit},
    {"summary.md", ps_report_markdown},       {"run.json", ps_report_run_json},
    {"summary.json", ps_report_summary_json}, /* last: whoever sees it sees a whole report */
};

enum { FILE_COUNT = sizeof files / sizeof files[0] };

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

/* The name a file has until it is whole. */
static char *temporary_name(const char *name)
{
    return ps_format(".%s.%ld.tmp", name, (long)getpid());
}

static int open_new(int folder, const char *name)
{
    /* Left over by a killed process that had our number: ours now. */
    unlinkat(folder, name, 0);
    return openat(folder, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0666);
}

/* Something with a file's name that is no file could only be found out when half of them have their
 * names, so it is asked before. */
static ps_status check_in_the_way(int folder, const char *directory, struct ps_error *err)
{
    for (size_t i = 0; i < FILE_COUNT; i++) {
        struct stat there;
        if (fstatat(folder, files[i].name, &there, AT_SYMLINK_NOFOLLOW) != 0)
            continue;
        if (S_ISDIR(there.st_mode)) {
            char *path = ps_format("%s/%s", directory, files[i].name);
            ps_status failed = fail_to_write(err, path, EISDIR);
            free(path);
            return failed;
        }
    }
    return PS_OK;
}

static ps_status open_folder(const char *directory, int *ret_folder, struct ps_error *err)
{
    if (directory[0] == '\0')
        return fail_to_write(err, directory, ENOENT);
    PS_TRY(make_folders(directory, err));
    int folder = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0)
        return fail_to_write(err, directory, errno);
    ps_status status = check_in_the_way(folder, directory, err);
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
    PS_TRY(open_folder(directory, &folder, err));
    char *name = temporary_name("probe");
    ps_status status = PS_OK;
    int file = open_new(folder, name);
    if (file < 0) {
        status = fail_to_write(err, directory, errno);
    } else {
        close(file);
        unlinkat(folder, name, 0);
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

ps_status ps_report_write(const char *directory, const struct ps_result *result,
                          struct ps_error *err)
{
    int folder;
    PS_TRY(open_folder(directory, &folder, err));
    char *temporary[FILE_COUNT];
    for (size_t i = 0; i < FILE_COUNT; i++)
        temporary[i] = temporary_name(files[i].name);
    int error = 0;
    size_t written = 0, named = 0;
    for (; written < FILE_COUNT && error == 0; written++) {
        struct ps_text text = {0};
        files[written].render(result, &text);
        error = write_file(folder, temporary[written], &text);
        ps_text_deinit(&text);
    }
    for (; named < FILE_COUNT && error == 0; named++)
        if (renameat(folder, temporary[named], folder, files[named].name) != 0) {
            error = errno;
            break;
        }
    if (error == 0 && fsync(folder) != 0 && errno != EINVAL)
        error = errno;
    for (size_t i = 0; error != 0 && i < written; i++)
        unlinkat(folder, i < named ? files[i].name : temporary[i], 0);
    for (size_t i = 0; i < FILE_COUNT; i++)
        free(temporary[i]);
    close(folder);
    return error == 0 ? PS_OK : fail_to_write(err, directory, error);
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
    char *temporary = temporary_name(name);
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
