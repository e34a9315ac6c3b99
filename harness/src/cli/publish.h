/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a run, whoever made it: the report in a folder, the result on stdout, the exit code.
 */
#ifndef HARNESS_CLI_PUBLISH_H
#define HARNESS_CLI_PUBLISH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "reports/result.h"

struct ps_publish {
    const char *out; /* folder */
    bool json;       /* summary.json on stdout, and nothing else */
};

/* The path in the report's folder of a file that gets its name when it is whole, for the outcome
 * records of a scenario, from 0. It is removed should the process be ended at once. To be freed. */
char *ps_cli_temporary(const char *folder, size_t scenario);
/* Called when there is no time for more; from signal handlers, too. */
void ps_cli_remove_temporaries(void);

/* This process took `own_ms` in all, its simulations included. */
void ps_cli_took(struct ps_result_work *work, uint64_t own_ms);

/* Writes and prints; says what went wrong. Returns the exit code: of the expectations, or that
 * nothing could be written. */
int ps_cli_publish(const struct ps_publish *options, const struct ps_result *result);

#endif
