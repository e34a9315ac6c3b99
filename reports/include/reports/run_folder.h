/* SPDX-License-Identifier: Apache-2.0
 *
 * The folder that a run wrote, read back as far as somebody needs who looks closer at the run: what
 * it was of. The results themselves are not read.
 */
#ifndef REPORTS_RUN_FOLDER_H
#define REPORTS_RUN_FOLDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/memory.h"
#include "base/status.h"

struct ps_run_scenario {
    const char *name;
    const char
        *file; /* as it was named to the run: a path from where that was started, or a name */
    uint64_t digest, seed, devices;
};
struct ps_run_folder {
    const char *version; /* of the program that wrote it */
    struct ps_run_scenario *scenarios;
    size_t scenario_count;
};

/* Whether it is a folder with a summary.json in it. */
bool ps_run_folder_is(const char *folder);
/* Everything read is in `arena`. INVALID: a file is missing, or is not what a run writes. */
PS_MUST_USE ps_status ps_run_folder_read(const char *folder, struct ps_arena *arena,
                                         struct ps_run_folder *ret_run, struct ps_error *err);

#endif
