/* SPDX-License-Identifier: Apache-2.0
 *
 * The program's own `run` in the test's process, for what no option may ask of it.
 */
#ifndef TESTS_END_TO_END_HERE_H
#define TESTS_END_TO_END_HERE_H

/* Runs SCRATCH/`scenario` over memory, with one worker and this share audited. Gives the exit code,
 * and what it said on stderr, which the caller frees. */
int here_run(const char *scenario, const char *audit, char **ret_said);

#endif
