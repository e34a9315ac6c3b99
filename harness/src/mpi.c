/* SPDX-License-Identifier: Apache-2.0
 *
 * With PS_HAS_MPI by MPI, and else a program that says that it cannot: nobody can start it then, so
 * nothing else is ever called.
 */
#include "ranks.h"

#include <stdlib.h>

#ifdef PS_HAS_MPI
#include <mpi.h>
#include <stdint.h>

enum { TAG_SIZE = 1, TAG_BYTES = 2, BLOCK_BYTES = 1 << 24 };

static bool started;

const char *ps_mpi_library(void)
{
    static char text[MPI_MAX_LIBRARY_VERSION_STRING];
    int length;
    if (MPI_Get_library_version(text, &length) != MPI_SUCCESS)
        return "MPI";
    text[length] = 0;
    return text;
}

ps_status ps_mpi_start(struct ps_mpi *ret_mpi, struct ps_error *err)
{
    int provided;
    MPI_Comm local;
    if (MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided) != MPI_SUCCESS)
        return ps_fail(err, PS_FAILED, "MPI cannot be initialised");
    started = true;
    MPI_Comm_rank(MPI_COMM_WORLD, &ret_mpi->rank);
    MPI_Comm_size(MPI_COMM_WORLD, &ret_mpi->ranks);
    MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, ret_mpi->rank, MPI_INFO_NULL, &local);
    MPI_Comm_size(local, &ret_mpi->local);
    MPI_Comm_free(&local);
    return PS_OK;
}

void ps_mpi_finish(void)
{
    if (started)
        MPI_Finalize();
    started = false;
}

_Noreturn void ps_mpi_abort(int code)
{
    MPI_Abort(MPI_COMM_WORLD, code);
    abort();
}

int ps_mpi_agree(int of_rank_0)
{
    MPI_Bcast(&of_rank_0, 1, MPI_INT, 0, MPI_COMM_WORLD);
    return of_rank_0;
}

bool ps_mpi_any(bool here)
{
    int mine = here, any = 0;
    MPI_Allreduce(&mine, &any, 1, MPI_INT, MPI_MAX, MPI_COMM_WORLD);
    return any != 0;
}

/* A message has a number of bytes that fits an int, so long ones go in blocks. */
void ps_mpi_send(const void *data, size_t size)
{
    uint64_t all = size;
    const unsigned char *bytes = data;
    MPI_Send(&all, 1, MPI_UINT64_T, 0, TAG_SIZE, MPI_COMM_WORLD);
    for (size_t at = 0; at < size; at += BLOCK_BYTES) {
        size_t block = size - at < BLOCK_BYTES ? size - at : BLOCK_BYTES;
        MPI_Send(bytes + at, (int)block, MPI_BYTE, 0, TAG_BYTES, MPI_COMM_WORLD);
    }
}

void ps_mpi_receive(int rank, struct ps_buffer *out)
{
    uint64_t size;
    MPI_Recv(&size, 1, MPI_UINT64_T, rank, TAG_SIZE, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    unsigned char *block = ps_alloc(BLOCK_BYTES, 1);
    for (uint64_t at = 0; at < size; at += BLOCK_BYTES) {
        uint64_t bytes = size - at < BLOCK_BYTES ? size - at : BLOCK_BYTES;
        MPI_Recv(block, (int)bytes, MPI_BYTE, rank, TAG_BYTES, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
        ps_buffer_append(out, block, bytes);
    }
    free(block);
}

#else

const char *ps_mpi_library(void)
{
    return NULL;
}

ps_status ps_mpi_start(struct ps_mpi *ret_mpi, struct ps_error *err)
{
    (void)ret_mpi;
    return ps_fail(err, PS_INVALID,
                   "this looks like mpirun, but pinstorm was built without MPI; cut the fleet with "
                   "--shard instead");
}

void ps_mpi_finish(void)
{
}

_Noreturn void ps_mpi_abort(int code)
{
    (void)code;
    abort();
}

int ps_mpi_agree(int of_rank_0)
{
    return of_rank_0;
}

bool ps_mpi_any(bool here)
{
    return here;
}

void ps_mpi_send(const void *data, size_t size)
{
    (void)data;
    (void)size;
}

void ps_mpi_receive(int rank, struct ps_buffer *out)
{
    (void)rank;
    (void)out;
}

#endif
