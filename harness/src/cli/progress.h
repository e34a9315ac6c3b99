/* SPDX-License-Identifier: Apache-2.0
 *
 * Progress on stderr, with an estimate of what is left, and the time a run took. The one file of
 * the program that reads the host's clock; nothing of it reaches a result.
 */
#ifndef HARNESS_CLI_PROGRESS_H
#define HARNESS_CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include "harness/simulation.h"

struct ps_progress {
    const char *name; /* of the scenario under way */
    bool quiet;
    bool line;            /* stderr is a terminal: one line, written over */
    uint64_t started_ms;  /* of the run */
    uint64_t scenario_ms; /* of the scenario */
    uint64_t shown_ms;    /* when last shown */
    bool shown;
};

void ps_progress_start(struct ps_progress *progress, bool quiet);
void ps_progress_scenario(struct ps_progress *progress, const char *name);
/* ps_simulation_watch; `context` is the progress. */
bool ps_progress_watch(const struct ps_simulation_progress *state, void *context);
/* The line itself, without an end: "NAME: 12,000 of 100,000 devices, 2021-09-30, 1,234 contacts
 * made (410/s), about 2m left", or less of it that fits so many columns (0: there is room for all).
 * The date stands there while devices wait for contacts. */
void ps_progress_line(const char *name, const struct ps_simulation_progress *state,
                      uint64_t elapsed_ms, size_t columns, struct ps_text *out);
/* Since ps_progress_scenario; `context` is the progress. */
uint64_t ps_progress_scenario_ms(void *context);
void ps_progress_clear(struct ps_progress *progress);
/* For `pinstorm bench`: what the process has used of its processors, and the host's clock. */
uint64_t ps_progress_cpu_ns(void);
uint64_t ps_progress_host_ns(void);
uint64_t ps_progress_elapsed_ms(const struct ps_progress *progress);

#endif
