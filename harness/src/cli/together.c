/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/together.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"
#include "engine/part.h"
#include "simulation/join.h"

static int kept_stderr = -1;

/* Open MPI says the first, MPICH and its kin the second, launchers of PMIx the third. */
static bool is_started_by_mpi(void)
{
    return getenv("OMPI_COMM_WORLD_SIZE") || getenv("PMI_SIZE") || getenv("PMIX_RANK");
}

static void send_to_nowhere(int descriptor)
{
    int nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
    if (nowhere >= 0)
        dup2(nowhere, descriptor);
    close(nowhere);
}

int ps_together_start(struct ps_mpi *ret_mpi)
{
    struct ps_error err = {{0}};
    *ret_mpi = (struct ps_mpi){.rank = 0, .ranks = 1, .local = 1};
    if (!is_started_by_mpi())
        return -1;
    ps_cli_forwarded();
    ps_status s = ps_mpi_start(ret_mpi, &err);
    if (!ps_is_ok(s)) {
        ps_cli_error("%s", err.text);
        return ps_exit_of(s);
    }
    atexit(ps_mpi_finish);
    if (ret_mpi->rank > 0) {
        kept_stderr = fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
        send_to_nowhere(STDOUT_FILENO);
        send_to_nowhere(STDERR_FILENO);
        ps_cli_rank(ret_mpi->rank);
    }
    return -1;
}

void ps_together_speak(const struct ps_mpi *mpi)
{
    if (mpi->rank == 0 || kept_stderr < 0)
        return;
    dup2(kept_stderr, STDERR_FILENO);
    close(kept_stderr);
    kept_stderr = -1;
}

unsigned ps_together_jobs(const struct ps_mpi *mpi, unsigned jobs_max)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned all = processors < 1 ? 1 : (unsigned)processors, mine = all;
    cpu_set_t set;
    if (mpi->ranks > 1 && sched_getaffinity(0, sizeof set, &set) == 0)
        mine = (unsigned)CPU_COUNT(&set); /* mpirun may have bound each process to its own */
    if (mpi->ranks > 1 && mine >= all)
        mine = all / (unsigned)mpi->local;
    mine = mine > jobs_max ? jobs_max : mine;
    return mine > 0 ? mine : 1;
}

static void send_parts(struct ps_simulation *const *simulations, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct ps_buffer bytes = {0};
        if (simulations[i])
            ps_part_put(ps_simulation_part(simulations[i]), &bytes);
        ps_mpi_send(bytes.data, bytes.size);
        ps_buffer_deinit(&bytes);
    }
}

/* One scenario's part of one rank; nothing, if an interruption left it without. */
static ps_status receive_part(int rank, struct ps_simulation *simulation, struct ps_error *err)
{
    struct ps_buffer bytes = {0};
    ps_mpi_receive(rank, &bytes);
    ps_status s = PS_OK;
    if (simulation && bytes.size > 0) {
        struct ps_part part;
        size_t size;
        s = ps_part_get((struct ps_bytes){bytes.data, bytes.size}, &part, &size, err);
        if (ps_is_ok(s)) {
            s = ps_simulation_add(simulation, &part, 1, err);
            ps_part_deinit(&part);
        }
    }
    ps_buffer_deinit(&bytes);
    return ps_is_ok(s) ? s : ps_wrap(err, s, "rank 0 (here) and rank %d (there)", rank);
}

ps_status ps_together_add(const struct ps_mpi *mpi, struct ps_simulation *const *simulations,
                          size_t count, struct ps_error *err)
{
    if (mpi->rank > 0)
        send_parts(simulations, count);
    for (int rank = 1; mpi->rank == 0 && rank < mpi->ranks; rank++)
        for (size_t i = 0; i < count; i++)
            PS_TRY(receive_part(rank, simulations[i], err));
    return PS_OK;
}

enum { BLOCK_BYTES = 1 << 22 };

/* In blocks, an empty one at the end, so that no process holds a file in memory. */
ps_status ps_together_send_file(const char *path, struct ps_error *err)
{
    FILE *file = path ? fopen(path, "rb") : NULL;
    if (path && !file)
        return ps_fail(err, PS_FAILED, "cannot read '%s': %s", path, strerror(errno));
    unsigned char *block = ps_alloc(BLOCK_BYTES, 1);
    size_t size = 0;
    do {
        size = file ? fread(block, 1, BLOCK_BYTES, file) : 0;
        ps_mpi_send(block, size);
    } while (size > 0);
    int error = file && ferror(file) ? EIO : 0;
    if (file)
        fclose(file);
    free(block);
    return error ? ps_fail(err, PS_FAILED, "cannot read '%s': %s", path, strerror(error)) : PS_OK;
}

/* *ret_any: whether anything came. All of it is received, even where it cannot be kept. */
static ps_status receive_file(int rank, const char *path, bool *ret_any, struct ps_error *err)
{
    FILE *file = fopen(path, "wb");
    int error = file ? 0 : errno;
    *ret_any = false;
    struct ps_buffer block = {0};
    do {
        block.size = 0;
        ps_mpi_receive(rank, &block);
        *ret_any |= block.size > 0;
        if (error == 0 && block.size > 0 && fwrite(block.data, 1, block.size, file) != block.size)
            error = errno;
    } while (block.size > 0);
    ps_buffer_deinit(&block);
    if (file && fclose(file) != 0 && error == 0)
        error = errno;
    return error ? ps_fail(err, PS_FAILED, "cannot write '%s': %s", path, strerror(error)) : PS_OK;
}

ps_status ps_together_join_files(const struct ps_mpi *mpi, char **path, struct ps_error *err)
{
    char *joined = *path ? ps_format("%s.all", *path) : NULL;
    const char **sources = ps_alloc((size_t)mpi->ranks, sizeof *sources);
    char **received = ps_alloc((size_t)mpi->ranks, sizeof *received);
    bool all = *path != NULL, any;
    ps_status s = PS_OK;
    sources[0] = *path;
    for (int rank = 1; rank < mpi->ranks && ps_is_ok(s); rank++) {
        sources[rank] = received[rank] =
            *path ? ps_format("%s.%d", *path, rank) : ps_strdup("/dev/null");
        s = receive_file(rank, received[rank], &any, err);
        all &= any;
    }
    if (ps_is_ok(s) && all)
        s = ps_outcomes_join(joined, sources, (size_t)mpi->ranks, err);
    for (int rank = 0; rank < mpi->ranks; rank++)
        if (*path && sources[rank])
            unlink(sources[rank]);
    for (int rank = 1; rank < mpi->ranks; rank++)
        free(received[rank]);
    free(sources);
    free(received);
    free(*path);
    *path = all ? joined : NULL;
    if (!all)
        free(joined);
    return s;
}
