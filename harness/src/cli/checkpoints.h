/* SPDX-License-Identifier: Apache-2.0
 *
 * The folder of --checkpoint: one checkpoint for each scenario of a run, named by its number, and
 * by its shard and rank where there are several, so that all of them may share a folder.
 */
#ifndef HARNESS_CLI_CHECKPOINTS_H
#define HARNESS_CLI_CHECKPOINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ps_checkpoints {
    const char *folder; /* NULL: none are kept */
    bool resume;
    uint64_t shard, shards; /* 0: all of the fleet */
    unsigned rank, ranks;
};

/* The stem for scenario `number` of the run, from 0; NULL without a folder. Gives it. */
char *ps_checkpoints_stem(const struct ps_checkpoints *checkpoints, size_t number);
/* Makes the folder. Whoever does not go on must not find a checkpoint of one of `count` scenarios.
 * Says what is wrong; returns the exit code. */
int ps_checkpoints_prepare(const struct ps_checkpoints *checkpoints, size_t count);
/* The report is there: they have done their work. */
void ps_checkpoints_remove(const struct ps_checkpoints *checkpoints, size_t count);

#endif
