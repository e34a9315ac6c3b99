/* SPDX-License-Identifier: Apache-2.0
 *
 * What a user can say to `pinstorm run`, and what was said.
 */
#ifndef HARNESS_CLI_RUN_OPTIONS_H
#define HARNESS_CLI_RUN_OPTIONS_H

#include <argp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/random.h"
#include "cli/shard.h"
#include "harness/how.h"
#include "ranks.h"

enum { PS_RUN_JOBS_MAX = 64, PS_RUN_SCENARIOS_MAX = 256, PS_RUN_STRATEGIES_MAX = 256 };

/* All texts are borrowed from argv. */
struct ps_run_options {
    const char *out;
    uint64_t devices, seed, jobs, port, in_flight;
    const char *strategies[PS_RUN_STRATEGIES_MAX];
    size_t strategy_count;
    enum ps_fidelity fidelity;
    enum ps_link_kind link;
    ps_share audit;
    const char *audit_text;
    struct ps_mpi mpi;
    const char *shard_text;
    struct ps_shard shard;
    uint64_t chunk;
    const char *checkpoint; /* folder; NULL: none */
    bool json, quiet, no_outcomes, resume;
    const char *scenarios[PS_RUN_SCENARIOS_MAX];
    size_t scenario_count;
};

/* For ps_cli_parse; its input is a struct ps_run_options with the defaults and `mpi`. */
extern const struct argp ps_run_argp;

#endif
