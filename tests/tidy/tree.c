/* SPDX-License-Identifier: Apache-2.0
 *
 * The rules about which files there are, and the walk that finds them.
 */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "base/memory.h"
#include "tidy.h"

#define COUNT(table) (sizeof(table) / sizeof(table)[0])

static const char *const top_names[] = {
    ".ci",
    ".clang-format",
    ".editorconfig",
    ".gitignore",
    "CHANGELOG.md",
    "CMakeLists.txt",
    "CMakePresets.json",
    "CONTRIBUTING.md",
    "LICENSE",
    "README.md",
    "base",
    "cmake",
    "docs",
    "fake-ca",
    "harness",
    "reports",
    "run",
    "scenarios",
    "sim-device",
    "tests",
};
/* Without these the tree is no working project. */
static const char *const needed_files[] = {
    ".ci/run",      ".clang-format",  ".editorconfig",        ".gitignore",
    "CHANGELOG.md", "CMakeLists.txt", "CMakePresets.json",    "CONTRIBUTING.md",
    "LICENSE",      "README.md",      "docs/architecture.md", "run",
};
static const char *const components[] = {"base",      "fake-ca", "sim-device",
                                         "scenarios", "reports", "harness"};

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Whether `text`, a .gitignore, names the top-level `name` ("/build/" or "build/" or "build"). */
static bool is_ignored(const char *text, const char *name)
{
    size_t length = strlen(name);
    const char *line = text;

    while (line != NULL && *line != '\0') {
        const char *entry = line + (*line == '/');
        size_t bytes = strcspn(entry, "\n");
        size_t entry_length = bytes > 0 && entry[bytes - 1] == '/' ? bytes - 1 : bytes;
        if (entry_length == length && strncmp(entry, name, length) == 0) {
            return true;
        }
        line = entry[bytes] == '\0' ? NULL : entry + bytes + 1;
    }
    return false;
}

static void walk(const char *root, const char *folder, const char *ignore,
                 struct ps_tidy_list *list)
{
    char *path = ps_format("%s/%s", root, folder);
    DIR *directory = opendir(path);
    const struct dirent *entry;

    free(path);
    if (directory == NULL) {
        return;
    }
    while ((entry = readdir(directory)) != NULL) {
        const char *name = entry->d_name;
        struct stat status;
        if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0 || strcmp(name, ".git") == 0 ||
            (folder[0] == '\0' && is_ignored(ignore, name))) {
            continue;
        }
        char *relative = folder[0] == '\0' ? ps_strdup(name) : ps_format("%s/%s", folder, name);
        char *absolute = ps_format("%s/%s", root, relative);
        if (lstat(absolute, &status) == 0 && S_ISDIR(status.st_mode)) {
            walk(root, relative, ignore, list);
            free(relative);
        } else {
            PS_PUSH(list->paths, list->count, list->capacity, relative);
        }
        free(absolute);
    }
    closedir(directory);
}

char *ps_tidy_read(const char *root, const char *path, size_t *ret_size)
{
    char *absolute = ps_format("%s/%s", root, path);
    FILE *file = fopen(absolute, "rb");
    struct ps_buffer buffer = {0};
    char chunk[8192];
    size_t got;

    free(absolute);
    if (file == NULL) {
        return NULL;
    }
    while ((got = fread(chunk, 1, sizeof chunk, file)) > 0) {
        ps_buffer_append(&buffer, chunk, got);
    }
    fclose(file);
    *ret_size = buffer.size;
    ps_buffer_append(&buffer, "", 1);
    return (char *)buffer.data;
}

void ps_tidy_list_files(const char *root, struct ps_tidy_list *ret_list)
{
    struct ps_tidy_list list = {0};
    size_t size = 0;
    char *ignore = ps_tidy_read(root, ".gitignore", &size);

    walk(root, "", ignore == NULL ? "" : ignore, &list);
    free(ignore);
    if (list.count > 0) {
        qsort(list.paths, list.count, sizeof *list.paths, compare_paths);
    }
    *ret_list = list;
}

void ps_tidy_list_deinit(struct ps_tidy_list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        free(list->paths[i]);
    }
    free(list->paths);
    *list = (struct ps_tidy_list){0};
}

static bool has_file(const struct ps_tidy_list *list, const char *path)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->paths[i], path) == 0) {
            return true;
        }
    }
    return false;
}

static bool has_folder(const struct ps_tidy_list *list, const char *prefix)
{
    for (size_t i = 0; i < list->count; i++) {
        if (ps_tidy_starts(list->paths[i], prefix)) {
            return true;
        }
    }
    return false;
}

static void check_top(const struct ps_tidy_list *list, struct ps_tidy_findings *findings)
{
    const char *last = "";

    for (size_t i = 0; i < list->count; i++) {
        const char *path = list->paths[i];
        size_t length = strcspn(path, "/");
        bool known = false;
        for (size_t k = 0; k < COUNT(top_names); k++) {
            known = known ||
                    (strlen(top_names[k]) == length && strncmp(path, top_names[k], length) == 0);
        }
        if (!known && (strncmp(path, last, length) != 0 || strlen(last) < length)) {
            ps_tidy_found(findings, path, 0, "top", "nothing else belongs at the top of the tree");
            last = path;
        }
    }
    for (size_t i = 0; i < COUNT(needed_files); i++) {
        if (!has_file(list, needed_files[i])) {
            ps_tidy_found(findings, needed_files[i], 0, "top", "is missing");
        }
    }
}

static void check_components(const struct ps_tidy_list *list, struct ps_tidy_findings *findings)
{
    for (size_t i = 0; i < COUNT(components); i++) {
        const char *name = components[i];
        char *files[] = {ps_format("%s/README.md", name), ps_format("%s/CMakeLists.txt", name)};
        char *folders[] = {ps_format("%s/include/%s/", name, name), ps_format("%s/src/", name),
                           ps_format("%s/tests/", name)};
        for (size_t k = 0; k < COUNT(files); k++) {
            if (!has_file(list, files[k])) {
                ps_tidy_found(findings, files[k], 0, "component", "is missing");
            }
            free(files[k]);
        }
        for (size_t k = 0; k < COUNT(folders); k++) {
            if (!has_folder(list, folders[k])) {
                ps_tidy_found(findings, folders[k], 0, "component", "is missing or empty");
            }
            free(folders[k]);
        }
    }
}

/* `built` has a line "source PATH" for each source of a target, and "test PATH" for each source of
 * a program that CTest runs. Asked of CMake itself: a name in a CMakeLists.txt may be a variable's.
 */
static bool is_built(const char *built, const char *kind, const char *path)
{
    char *line = ps_format("%s %s\n", kind, path);
    const char *place = strstr(built, line);
    bool found = place != NULL && (place == built || place[-1] == '\n');
    free(line);
    return found;
}

static void check_sources_built(const struct ps_tidy_list *list, const char *built,
                                struct ps_tidy_findings *findings)
{
    for (size_t i = 0; i < list->count; i++) {
        const char *path = list->paths[i];
        if (ps_tidy_ends(path, "_test.c") && !is_built(built, "test", path)) {
            ps_tidy_found(findings, path, 0, "built", "no ps_test runs this file");
        } else if (ps_tidy_ends(path, ".c") && !is_built(built, "test", path) &&
                   !is_built(built, "source", path)) {
            ps_tidy_found(findings, path, 0, "built", "no target builds this file");
        }
    }
}

static void check_guards_unique(const struct ps_tidy_list *list, ps_tidy_reader *read,
                                void *context, struct ps_tidy_findings *findings)
{
    struct ps_text seen = {0};

    for (size_t i = 0; i < list->count; i++) {
        if (!ps_tidy_ends(list->paths[i], ".h")) {
            continue;
        }
        char *text = read(context, list->paths[i]);
        const char *guard = text == NULL ? NULL : strstr(text, "#ifndef ");
        if (guard != NULL) {
            char *line = ps_format("%.*s\n", (int)strcspn(guard, "\n"), guard);
            if (strstr(ps_text_chars(&seen), line) != NULL) {
                ps_tidy_found(findings, list->paths[i], 0, "guard", "another header has the same");
            }
            ps_text_add(&seen, "%s", line);
            free(line);
        }
        free(text);
    }
    ps_text_deinit(&seen);
}

void ps_tidy_tree(const struct ps_tidy_list *list, const char *built, ps_tidy_reader *read,
                  void *context, struct ps_tidy_findings *findings)
{
    check_top(list, findings);
    check_components(list, findings);
    check_sources_built(list, built, findings);
    check_guards_unique(list, read, context, findings);
}
