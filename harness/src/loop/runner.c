/* SPDX-License-Identifier: Apache-2.0
 *
 * The runner's threads. Each worker lives in one thread from its making to its end, because its
 * loop, its device stack and its server belong to that thread; a batch is a command given to all of
 * them. All that threads share stands in struct ps_runner and struct crew under one mutex, but for
 * the gauges and which job is next, which are atomic.
 */
#include "loop/runner.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <uv.h>
#include "base/memory.h"
#include "loop/descriptors.h"
#include "loop/worker.h"

enum { PROGRESS_NS = 200000000 }; /* between two calls of the progress function */

enum command { COMMAND_NONE, COMMAND_RUN, COMMAND_END };

/* A worker and its thread. */
struct crew {
    struct ps_runner *runner;
    struct ps_worker_options options;
    uv_thread_t thread;
    bool started;
    /* Under the runner's mutex: */
    enum command command; /* NONE again when it was carried out */
    struct ps_worker *worker;
    struct ps_runner_counts counts;
    ps_status status;
    struct ps_error error;
};

struct ps_runner {
    struct crew *crew;
    unsigned crew_count;
    unsigned in_flight_max;
    struct ps_worker_gauges gauges;
    struct ps_worker_batch batch;
    uv_mutex_t mutex;
    uv_cond_t commanded, carried_out;
};

/* The workers' side */

static void crew_report(struct crew *crew, ps_status status, const struct ps_error *error)
{
    crew->status = status;
    crew->error = *error;
    if (crew->worker != NULL)
        crew->counts = crew->worker->counts;
    crew->command = COMMAND_NONE;
    uv_cond_broadcast(&crew->runner->carried_out);
}

static void crew_main(void *argument)
{
    struct crew *crew = argument;
    struct ps_runner *runner = crew->runner;
    struct ps_worker *worker = NULL;
    struct ps_error error = {0};

    ps_status status = ps_worker_new(&crew->options, &worker, &error);
    uv_mutex_lock(&runner->mutex);
    crew->worker = worker;
    crew_report(crew, status, &error);
    for (;;) {
        while (crew->command == COMMAND_NONE)
            uv_cond_wait(&runner->commanded, &runner->mutex);
        if (crew->command == COMMAND_END)
            break;
        uv_mutex_unlock(&runner->mutex);
        status = ps_worker_run(worker, &runner->batch, &error);
        uv_mutex_lock(&runner->mutex);
        crew_report(crew, status, &error);
    }
    crew->worker = NULL;
    uv_mutex_unlock(&runner->mutex);
    ps_worker_free(worker);
}

/* A thread that no signal disturbs: SIGPIPE must not end the program, the rest is for the caller.
 */
static int crew_start(struct crew *crew)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    crew->command = COMMAND_RUN; /* until it has reported itself ready */
    int error = uv_thread_create(&crew->thread, crew_main, crew);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    crew->started = error == 0;
    return error;
}

/* The caller's side; the mutex is held where these say "locked" */

static bool locked_busy(const struct ps_runner *runner, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (runner->crew[i].command != COMMAND_NONE)
            return true;
    return false;
}

static void locked_stop(struct ps_runner *runner, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        ps_worker_stop(runner->crew[i].worker);
}

/* The first worker's failure; being stopped counts only when nothing failed. */
static ps_status locked_outcome(const struct ps_runner *runner, unsigned count,
                                struct ps_error *err)
{
    const struct crew *worst = NULL;
    for (unsigned i = 0; i < count; i++) {
        const struct crew *crew = &runner->crew[i];
        if (ps_is_ok(crew->status))
            continue;
        if (worst == NULL ||
            (worst->status.code == PS_CODE_INTERRUPTED && crew->status.code != PS_CODE_INTERRUPTED))
            worst = crew;
    }
    if (worst == NULL)
        return PS_OK;
    *err = worst->error;
    return worst->status;
}

static bool locked_failed(const struct ps_runner *runner, unsigned count)
{
    for (unsigned i = 0; i < count; i++)
        if (runner->crew[i].command == COMMAND_NONE && !ps_is_ok(runner->crew[i].status))
            return true;
    return false;
}

static ps_status crews_start(struct ps_runner *runner, struct ps_error *err)
{
    unsigned count = runner->crew_count;
    for (unsigned i = 0; i < count; i++) {
        int error = crew_start(&runner->crew[i]);
        if (error != 0)
            return ps_fail(err, PS_FAILED, "cannot start worker %u: %s", i + 1, uv_strerror(error));
    }
    uv_mutex_lock(&runner->mutex);
    while (locked_busy(runner, count))
        uv_cond_wait(&runner->carried_out, &runner->mutex);
    ps_status status = locked_outcome(runner, count, err);
    uv_mutex_unlock(&runner->mutex);
    return status;
}

void ps_runner_free(struct ps_runner *runner)
{
    if (runner == NULL)
        return;
    uv_mutex_lock(&runner->mutex);
    for (unsigned i = 0; i < runner->crew_count; i++) {
        /* One that was started and not waited for still reports itself ready. */
        while (runner->crew[i].started && runner->crew[i].command != COMMAND_NONE)
            uv_cond_wait(&runner->carried_out, &runner->mutex);
        runner->crew[i].command = COMMAND_END;
    }
    uv_cond_broadcast(&runner->commanded);
    uv_mutex_unlock(&runner->mutex);
    for (unsigned i = 0; i < runner->crew_count; i++)
        if (runner->crew[i].started)
            uv_thread_join(&runner->crew[i].thread);
    uv_cond_destroy(&runner->commanded);
    uv_cond_destroy(&runner->carried_out);
    uv_mutex_destroy(&runner->mutex);
    free(runner->crew);
    free(runner);
}

/* How many workers and how many contacts at once, and what has to be said about it. */
static ps_status runner_size(const struct ps_runner_options *options, unsigned *ret_workers,
                             unsigned *ret_in_flight, struct ps_text *notice, struct ps_error *err)
{
    bool tcp = options->link == PS_LINK_TCP;
    unsigned workers = options->jobs;
    if (tcp && options->port != 0) {
        if ((uint32_t)options->port + options->endpoint_count - 1 > UINT16_MAX)
            return ps_fail(err, PS_INVALID, "--port %u: %u endpoints need ports up to %u",
                           options->port, options->endpoint_count,
                           (unsigned)options->port + options->endpoint_count - 1);
        if (workers > 1)
            ps_text_add(notice, "fixed ports take one worker instead of %u", workers);
        workers = 1;
    }
    unsigned in_flight = options->in_flight_max;
    if (in_flight == 0)
        in_flight = PS_IN_FLIGHT_DEFAULT;
    if (in_flight > PS_IN_FLIGHT_MAX)
        in_flight = PS_IN_FLIGHT_MAX;
    if (workers > in_flight)
        workers = in_flight; /* each has at least one */
    if (tcp) {
        struct ps_descriptors_need need = {
            .contacts = in_flight,
            .contacts_min = in_flight < PS_IN_FLIGHT_MIN ? in_flight : PS_IN_FLIGHT_MIN,
            .workers = workers,
            .listeners = options->endpoint_count + 1,
            .one_connection = options->live > 0,
        };
        struct ps_text fewer = {0};
        ps_status status = ps_descriptors_fit(&need, &in_flight, &fewer, err);
        if (ps_is_ok(status) && fewer.length > 0)
            ps_text_add(notice, "%s%s", notice->length > 0 ? "; " : "", ps_text_chars(&fewer));
        ps_text_deinit(&fewer);
        PS_TRY(status);
        if (workers > in_flight)
            workers = in_flight;
    }
    *ret_workers = workers;
    *ret_in_flight = in_flight;
    return PS_OK;
}

/* Where the slots are fewer than was wished for, a twentieth of them is left for those who come. */
static unsigned live_of(unsigned live, unsigned slots)
{
    unsigned most = slots - slots / 20 - 1;
    return live < most ? live : most;
}

static struct ps_runner *runner_alloc(const struct ps_runner_options *options, unsigned workers,
                                      unsigned in_flight)
{
    struct ps_runner *runner = ps_alloc(1, sizeof *runner);
    if (uv_mutex_init(&runner->mutex) != 0 || uv_cond_init(&runner->commanded) != 0 ||
        uv_cond_init(&runner->carried_out) != 0)
        ps_memory_exhausted(sizeof *runner);
    runner->crew = ps_alloc(workers, sizeof *runner->crew);
    runner->crew_count = workers;
    runner->in_flight_max = in_flight;
    for (unsigned i = 0; i < workers; i++) {
        struct crew *crew = &runner->crew[i];
        crew->runner = runner;
        crew->options = (struct ps_worker_options){
            .ca = options->ca,
            .link = options->link == PS_LINK_TCP ? &ps_link_tcp : &ps_link_memory,
            .endpoint_count = options->endpoint_count,
            .port = options->port,
            .in_flight_max = in_flight / workers + (i < in_flight % workers),
            .live = live_of(options->live / workers, in_flight / workers),
            .stall_ms = (uint64_t)PS_STALL_S * 1000,
            .gauges = &runner->gauges,
        };
    }
    return runner;
}

ps_status ps_runner_new(const struct ps_runner_options *options, struct ps_runner **ret_runner,
                        struct ps_text *ret_notice, struct ps_error *err)
{
    assert(options->jobs > 0 && options->endpoint_count > 0);
    assert(options->live == 0 || options->live < options->in_flight_max);
    struct ps_text notice = {0};
    unsigned workers = 0, in_flight = 0;
    ps_status status = runner_size(options, &workers, &in_flight, &notice, err);
    struct ps_runner *runner = NULL;
    if (ps_is_ok(status)) {
        runner = runner_alloc(options, workers, in_flight);
        status = crews_start(runner, err);
    }
    if (!ps_is_ok(status)) {
        ps_runner_free(runner);
        ps_text_deinit(&notice);
        return status;
    }
    if (ret_notice != NULL)
        *ret_notice = notice;
    else
        ps_text_deinit(&notice);
    *ret_runner = runner;
    return PS_OK;
}

/* Waits until the workers are through, calling the progress function now and then. True: it asked
 * to stop. Locked, but not while the function is called. */
static bool locked_wait(struct ps_runner *runner, unsigned workers, size_t total,
                        ps_runner_progress *progress, void *context)
{
    bool asked = false, stopped = false;
    for (;;) {
        if (progress != NULL && !asked) {
            uv_mutex_unlock(&runner->mutex);
            asked = progress(atomic_load(&runner->gauges.done), total, context);
            uv_mutex_lock(&runner->mutex);
        }
        if ((asked || locked_failed(runner, workers)) && !stopped) {
            locked_stop(runner, workers);
            stopped = true;
        }
        if (!locked_busy(runner, workers))
            return asked;
        uv_cond_timedwait(&runner->carried_out, &runner->mutex, PROGRESS_NS);
    }
}

ps_status ps_runner_execute(struct ps_runner *runner, struct ps_job *jobs, size_t count,
                            ps_runner_progress *progress, void *context, struct ps_error *err)
{
    if (count == 0)
        return PS_OK;
    unsigned workers = count < runner->crew_count ? (unsigned)count : runner->crew_count;
    atomic_store(&runner->gauges.done, 0);
    runner->batch.jobs = jobs;
    runner->batch.count = count;
    atomic_store(&runner->batch.next, 0);

    uv_mutex_lock(&runner->mutex);
    assert(!locked_busy(runner, runner->crew_count));
    for (unsigned i = 0; i < workers; i++) {
        struct crew *crew = &runner->crew[i];
        ps_worker_rearm(crew->worker);
        crew->command = COMMAND_RUN;
    }
    uv_cond_broadcast(&runner->commanded);
    bool asked = locked_wait(runner, workers, count, progress, context);
    ps_status status = locked_outcome(runner, workers, err);
    uv_mutex_unlock(&runner->mutex);

    if (ps_is_ok(status) && asked) /* asked when all was done already */
        return ps_fail(err, PS_INTERRUPTED, "stopped");
    return status;
}

struct ps_runner_counts ps_runner_counts(const struct ps_runner *runner)
{
    struct ps_runner_counts sum = {
        .in_flight_max = runner->in_flight_max,
        .in_flight_peak = atomic_load(&runner->gauges.connected_peak),
    };
    for (unsigned i = 0; i < runner->crew_count; i++) {
        sum.handshakes += runner->crew[i].counts.handshakes;
        sum.unreached += runner->crew[i].counts.unreached;
        sum.plain += runner->crew[i].counts.plain;
        sum.fetches += runner->crew[i].counts.fetches;
    }
    return sum;
}
