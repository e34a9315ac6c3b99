/* SPDX-License-Identifier: Apache-2.0
 *
 * A run of several processes under mpirun: each lives its part of the fleet, rank 0 adds them up
 * and is the only one that prints and writes reports. What fails anywhere ends all of them.
 */
#ifndef HARNESS_CLI_TOGETHER_H
#define HARNESS_CLI_TOGETHER_H

#include <stdbool.h>
#include "harness/simulation.h"
#include "ranks.h"

/* Joins the others if the environment says that there are some; else this is rank 0 of 1. All but
 * rank 0 are silent from here on. Returns -1 to go on, or an exit code. */
int ps_together_start(struct ps_mpi *ret_mpi);
/* Rank 0 has found nothing wrong with what the user said; the others may complain, too. */
void ps_together_speak(const struct ps_mpi *mpi);
/* How many workers a process has when the user did not say. */
unsigned ps_together_jobs(const struct ps_mpi *mpi, unsigned jobs_max);
/* Adds what the others did to rank 0's simulations, of which some may be NULL. */
PS_MUST_USE ps_status ps_together_add(const struct ps_mpi *mpi,
                                      struct ps_simulation *const *simulations, size_t count,
                                      struct ps_error *err);
/* Sends this rank's file of outcome records to rank 0; NULL: it has none. */
PS_MUST_USE ps_status ps_together_send_file(const char *path, struct ps_error *err);
/* Rank 0 puts everybody's behind its own: *path is a file of all of them from then on, or NULL if
 * somebody has none. */
PS_MUST_USE ps_status ps_together_join_files(const struct ps_mpi *mpi, char **path,
                                             struct ps_error *err);

#endif
