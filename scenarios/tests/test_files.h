/* SPDX-License-Identifier: Apache-2.0
 *
 * Files built into a test (see CMakeLists.txt).
 */
#ifndef SCENARIOS_TEST_FILES_H
#define SCENARIOS_TEST_FILES_H

#include <check.h>
#include <string.h>

#include "embedded.h"

extern const struct ps_embedded ps_test_files[];

static inline const struct ps_embedded *test_file(const char *path)
{
    const struct ps_embedded *file = ps_test_files;

    while (file->path != NULL && strcmp(file->path, path) != 0)
        file++;
    ck_assert_msg(file->path != NULL, "%s is not built in", path);
    return file;
}

/* Says the first line that differs; the whole would be too long. */
static inline void check_same_text(const char *name, const char *actual, const char *expected)
{
    size_t line = 1, at = 0, start = 0;

    for (; actual[at] == expected[at] && actual[at] != '\0'; at++) {
        if (actual[at] == '\n') {
            line++;
            start = at + 1;
        }
    }
    ck_assert_msg(actual[at] == expected[at], "%s, line %zu: expected\n%.*s\nbut got\n%.*s", name,
                  line, (int)strcspn(expected + start, "\n"), expected + start,
                  (int)strcspn(actual + start, "\n"), actual + start);
}

#endif
