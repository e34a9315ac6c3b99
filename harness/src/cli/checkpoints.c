/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/checkpoints.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
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

/* How many ranks a checkpoint of this shard was made with, if other than these: from the name of
 * one of its files. 0: there is none. */
static unsigned other_ranks(const struct ps_checkpoints *checkpoints)
{
    struct ps_checkpoints alone = *checkpoints;
    alone.ranks = 1;
    char *stem = ps_checkpoints_stem(&alone, 0);
    const char *name = strrchr(stem, '/') + 1;
    DIR *folder = opendir(checkpoints->folder);
    unsigned other = 0, rank, ranks;
    for (struct dirent *entry; other == 0 && folder && (entry = readdir(folder));) {
        int end = 0;
        if (strncmp(entry->d_name, name, strlen(name)) != 0)
            continue;
        const char *rest = entry->d_name + strlen(name);
        if (sscanf(rest, ".rank-%u-of-%u.%*1[ab].part%n", &rank, &ranks, &end) == 2 && end > 0)
            other = ranks != checkpoints->ranks ? ranks : 0;
        else if (strcmp(rest, ".a.part") == 0 || strcmp(rest, ".b.part") == 0)
            other = checkpoints->ranks > 1;
    }
    if (folder)
        closedir(folder);
    free(stem);
    return other;
}

/* Whoever does not go on must not find one; whoever does must not leave one aside unseen. */
static int look_for_others(const struct ps_checkpoints *checkpoints, size_t count)
{
    bool exists = false;
    struct ps_checkpoints one = *checkpoints;
    unsigned other = other_ranks(checkpoints);
    if (other > 0) {
        ps_cli_error("the checkpoint in '%s' is of %u process%s, and %s; go on with as many, or "
                     "remove it",
                     checkpoints->folder, other, other == 1 ? "" : "es",
                     checkpoints->ranks > 1 ? "mpirun started another number" : "this is one");
        return PS_EXIT_USAGE;
    }
    for (one.rank = 0; one.rank < checkpoints->ranks && !checkpoints->resume; one.rank++)
        for (size_t i = 0; i < count; i++) {
            char *stem = ps_checkpoints_stem(&one, i);
            exists = exists || ps_simulation_has_checkpoint(stem);
            free(stem);
        }
    if (exists)
        ps_cli_error("there is a checkpoint in '%s' already; go on from it with --resume, or "
                     "remove it",
                     checkpoints->folder);
    return exists ? PS_EXIT_USAGE : PS_EXIT_MET;
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
    return checkpoints->rank == 0 ? look_for_others(checkpoints, count) : PS_EXIT_MET;
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
