/* SPDX-License-Identifier: Apache-2.0
 *
 * Several processes that are one run, by MPI. Where MPI was not found when the program was built,
 * only ps_mpi_start may be called, and says so. Nothing here is called unless the program was
 * started by mpirun or the like, and all of it from the main thread.
 *
 * Rank 0 is the one that speaks with the user. A process that fails ends all of them.
 */
#ifndef HARNESS_RANKS_H
#define HARNESS_RANKS_H

#include <stdbool.h>
#include "base/memory.h"
#include "base/status.h"

struct ps_mpi {
    int rank, ranks;
    int local; /* ranks on this machine */
};

/* "Open MPI v4.1.4, ...", or NULL: built without it. Borrowed for ever. */
const char *ps_mpi_library(void);
/* Joins the others. INVALID: the program was built without MPI. */
PS_MUST_USE ps_status ps_mpi_start(struct ps_mpi *ret_mpi, struct ps_error *err);
/* Leaves, when all the others do. Without a start it does nothing. */
void ps_mpi_finish(void);
/* Ends all processes with this exit code. */
_Noreturn void ps_mpi_abort(int code);

/* What rank 0 says; everybody must ask. */
int ps_mpi_agree(int of_rank_0);
/* Whether it is so at any rank; everybody must ask. */
bool ps_mpi_any(bool here);
/* To rank 0, which receives from each in turn; appended to `out`. */
void ps_mpi_send(const void *data, size_t size);
void ps_mpi_receive(int rank, struct ps_buffer *out);

#endif
