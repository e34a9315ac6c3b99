/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/checkpoints.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/memory.h"
#include "cli/cli.h"
#include "harness/simulation.h"

char *ps_checkpoints_stem(const struct ps_checkpoints *checkpoints, size_t number)
{
    if (!checkpoints->folder)
        return NULL;
    struct ps_text stem = {0};
    ps_text_add(&stem, "%s/scenario-%zu", checkpoints->folder, number + 1);
    if (checkpoints->shards > 0)
        ps_text_add(&stem, ".shard-%" PRIu64 "-of-%" PRIu64, checkpoints->shard,
                    checkpoints->shards);
    if (checkpoints->ranks > 1)
        ps_text_add(&stem, ".rank-%u-of-%u", checkpoints->rank, checkpoints->ranks);
    return ps_text_steal(&stem);
}

/* With those above it. errno says why not. */
static bool make_folders(const char *folder)
{
    char *path = ps_strdup(folder);
    for (char *at = path + (*path != '\0'); *at; at++)
        if (*at == '/') {
            *at = '\0';
            mkdir(path, 0777); /* only the last one has to be there */
            *at = '/';
        }
    struct stat there;
    bool good = mkdir(path, 0777) == 0 || errno == EEXIST;
    if (good && stat(path, &there) == 0 && !S_ISDIR(there.st_mode)) {
        errno = ENOTDIR;
        good = false;
    }
    free(path);
    return good && access(folder, W_OK | X_OK) == 0;
}

int ps_checkpoints_prepare(const struct ps_checkpoints *checkpoints, size_t count)
{
    if (!checkpoints->folder)
        return PS_EXIT_MET;
    if (!make_folders(checkpoints->folder)) {
        ps_cli_error("cannot keep a checkpoint in '%s': %s; choose another folder with "
                     "--checkpoint",
                     checkpoints->folder, strerror(errno));
        return PS_EXIT_FAILED;
    }
    for (size_t i = 0; i < count && !checkpoints->resume; i++) {
        char *stem = ps_checkpoints_stem(checkpoints, i);
        bool exists = ps_simulation_has_checkpoint(stem);
        free(stem);
        if (!exists)
            continue;
        ps_cli_error("there is a checkpoint in '%s' already; go on from it with --resume, or "
                     "remove it",
                     checkpoints->folder);
        return PS_EXIT_USAGE;
    }
    return PS_EXIT_MET;
}

void ps_checkpoints_remove(const struct ps_checkpoints *checkpoints, size_t count)
{
    if (!checkpoints->folder)
        return;
    for (size_t i = 0; i < count; i++) {
        char *stem = ps_checkpoints_stem(checkpoints, i);
        ps_simulation_remove_checkpoint(stem);
        free(stem);
    }
    rmdir(checkpoints->folder); /* does nothing where there is anything else */
}
