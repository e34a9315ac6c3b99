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

#endif
