/* SPDX-License-Identifier: Apache-2.0
 *
 * Which shard of a run this is: K/N, or what a job scheduler says in the environment.
 */
#ifndef HARNESS_CLI_SHARD_H
#define HARNESS_CLI_SHARD_H

#include <stdint.h>
#include "base/status.h"
#include "base/text.h"

enum { PS_SHARDS_MAX = 100000 };

struct ps_shard {
    uint64_t number, count; /* from 1; a count of 0: the whole fleet */
};

/* The value of an environment variable, or NULL. */
typedef char *ps_shard_variable(const char *name);

/* Reads "K/N", "auto" or "auto/N". With auto the first of these schedulers that is there decides,
 * and `note` gets a sentence that names its variables:
 *
 *   SLURM array       SLURM_ARRAY_TASK_ID, _COUNT, _MIN (and _STEP)
 *   Kubernetes, indexed job   JOB_COMPLETION_INDEX; N, or JOB_COMPLETIONS
 *   CI matrix         CI_NODE_INDEX, CI_NODE_TOTAL
 *
 * INVALID: what is wrong, and with which variable. */
PS_MUST_USE ps_status ps_shard_read(const char *text, ps_shard_variable *variable,
                                    struct ps_shard *ret_shard, struct ps_text *note,
                                    struct ps_error *err);

#endif
