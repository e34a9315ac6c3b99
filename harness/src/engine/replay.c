/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/replay.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include "engine/chunk.h"
#include "engine/frame.h"

enum {
    PS_CHUNK_DEVICES_MAX = 4096, /* of a chunk whose size nobody chose */
    PS_CHUNK_DEVICES_MIN = 256,
    PS_CHUNK_LIVES_MAX = 32768,
    PS_CHUNKS_WANTED = 16, /* of a small fleet, so that workers share it evenly */
};

static uint64_t at_most(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

uint64_t ps_replay_chunk_default(const struct ps_plan *plan, uint64_t devices)
{
    uint64_t even = devices / PS_CHUNKS_WANTED;
    uint64_t chunk = even > PS_CHUNK_DEVICES_MIN ? even : PS_CHUNK_DEVICES_MIN;
    chunk = at_most(at_most(chunk, PS_CHUNK_DEVICES_MAX),
                    PS_CHUNK_LIVES_MAX / (plan->strategy_count + 1));
    return chunk > 0 ? chunk : 1;
}

/* ---- workers ---- */

ps_status ps_replay_make(struct ps_replay *replay, const struct ps_contact_spec *specs,
                         size_t count, struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    return replay->options->make(replay->options->make_context, &replay->world, &replay->trusts,
                                 specs, count, ret_verdicts, err);
}

void ps_replay_counts_add(struct ps_replay_counts *into, const struct ps_replay_counts *from)
{
    into->lives += from->lives;
    into->epochs_stepped += from->epochs_stepped;
    into->epochs_skipped += from->epochs_skipped;
    into->asked += from->asked;
    into->asked_plain += from->asked_plain;
    into->audited += from->audited;
    into->disagreements += from->disagreements;
}

static uint64_t lives_of(const struct ps_replay *replay, uint64_t devices)
{
    return devices * replay->strategy_count;
}

/* The next chunk that is not over yet. False: there is none. Under the lock. */
static bool take_chunk(struct ps_replay *replay, uint64_t *ret_first, uint64_t *ret_count)
{
    const struct ps_replay_options *options = replay->options;
    while (replay->next_device < replay->end_device) {
        *ret_first = replay->next_device;
        *ret_count = at_most(replay->chunk_devices, replay->end_device - *ret_first);
        replay->next_device += *ret_count;
        if (!options->is_over || !options->is_over(options->over_context, *ret_first, *ret_count))
            return true;
        replay->devices_done += *ret_count;
    }
    return false;
}

/* Under the lock. */
static ps_status tell_progress(struct ps_replay *replay, struct ps_error *err)
{
    const struct ps_replay_options *options = replay->options;
    uint64_t all = replay->end_device - replay->first_device;
    if (options->progress && options->progress(lives_of(replay, replay->devices_done),
                                               lives_of(replay, all), options->progress_context))
        return ps_fail(err, PS_INTERRUPTED, "interrupted");
    return PS_OK;
}

void ps_replay_watch(struct ps_replay *replay)
{
    struct ps_error ignored;
    if (pthread_mutex_trylock(&replay->lock) != 0)
        return; /* whoever holds it asks */
    if (!atomic_load(&replay->stopped) && !ps_is_ok(tell_progress(replay, &ignored)))
        atomic_store(&replay->stopped, true);
    pthread_mutex_unlock(&replay->lock);
}

/* Adds up what a chunk counted. Under the lock. */
static ps_status add_chunk(struct ps_replay *replay, struct ps_chunk *chunk, uint64_t first,
                           uint64_t count, struct ps_error *err)
{
    const struct ps_replay_options *options = replay->options;
    const struct ps_plan *plan = replay->world.plan;
    const struct ps_replay_chunk over = {first, count, ps_chunk_tallies(chunk),
                                         ps_chunk_records(chunk)};
    for (size_t i = 0; i < plan->strategy_count * plan->cohort_count; i++)
        ps_tally_add(&replay->tallies[i], &over.tallies[i]);
    replay->devices_done += count;
    replay->counts.classes = ps_known_class_count(&replay->known);
    if (options->over)
        PS_TRY(options->over(options->over_context, replay, &over, err));
    return tell_progress(replay, err);
}

static void *work(void *context)
{
    struct ps_replay *replay = context;
    struct ps_chunk *chunk = ps_chunk_new(replay);
    struct ps_error err = {{0}};
    uint64_t first, count;
    pthread_mutex_lock(&replay->lock);
    while (!atomic_load(&replay->stopped) && take_chunk(replay, &first, &count)) {
        pthread_mutex_unlock(&replay->lock);
        ps_status s = ps_chunk_live(chunk, first, count, &err);
        const struct ps_replay_counts counts = ps_chunk_counts(chunk);
        pthread_mutex_lock(&replay->lock);
        ps_replay_counts_add(&replay->counts, &counts);
        if (ps_is_ok(s))
            s = add_chunk(replay, chunk, first, count, &err);
        if (ps_is_ok(s))
            continue;
        if (ps_is_ok(replay->status)) {
            replay->status = s;
            replay->err = err;
        }
        atomic_store(&replay->stopped, true);
    }
    pthread_mutex_unlock(&replay->lock);
    ps_chunk_free(chunk);
    return NULL;
}

/* Signals are for the thread that called. */
static void run_workers(struct ps_replay *replay)
{
    bool alone = replay->options->jobs == 0 || replay->options->listener;
    unsigned jobs = alone ? 1 : replay->options->jobs;
    uint64_t chunks = (replay->end_device - replay->first_device) / replay->chunk_devices + 1;
    size_t others = (size_t)at_most(jobs, chunks) - 1, started = 0;
    pthread_t *threads = ps_alloc(others + 1, sizeof *threads);
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    while (started < others && pthread_create(&threads[started], NULL, work, replay) == 0)
        started++; /* with fewer it takes longer */
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    work(replay);
    for (size_t i = 0; i < started; i++)
        pthread_join(threads[i], NULL);
    free(threads);
}

static struct ps_replay *replay_new(const struct ps_replay_options *options)
{
    const struct ps_plan *plan = options->plan;
    struct ps_replay *replay = ps_alloc(1, sizeof *replay);
    replay->options = options;
    ps_world_init(&replay->world, plan, options->seed);
    ps_known_init(&replay->known);
    pthread_mutex_init(&replay->trusts_lock, NULL);
    pthread_mutex_init(&replay->lock, NULL);
    replay->trusts.lock = &replay->trusts_lock;
    replay->channels = ps_channels_new(plan);
    ps_frame_samples(plan, &replay->samples);
    replay->shape = ps_frame_shape(plan, &replay->samples);
    replay->cohort_devices = ps_alloc(plan->cohort_count, sizeof *replay->cohort_devices);
    ps_frame_devices(plan, options->devices, replay->cohort_devices);
    for (size_t c = 0; c < plan->cohort_count; c++)
        replay->device_count += replay->cohort_devices[c];
    for (size_t i = 0; i < plan->strategy_count; i++)
        replay->strategy_count += ps_replay_takes_part(replay, i);
    replay->first_device = replay->next_device =
        at_most(options->first_device, replay->device_count);
    replay->end_device = options->end_device > 0
                             ? at_most(options->end_device, replay->device_count)
                             : replay->device_count;
    replay->chunk_devices =
        options->chunk > 0 ? options->chunk : ps_replay_chunk_default(plan, replay->device_count);
    replay->tallies = ps_alloc(plan->strategy_count * plan->cohort_count, sizeof *replay->tallies);
    for (size_t i = 0; i < plan->strategy_count * plan->cohort_count; i++)
        ps_tally_init(&replay->tallies[i], &replay->shape);
    return replay;
}

ps_status ps_replay_run(const struct ps_replay_options *options, struct ps_replay **ret_engine,
                        struct ps_error *err)
{
    struct ps_replay *replay = replay_new(options);
    const struct ps_plan *plan = options->plan;
    run_workers(replay);
    ps_status s = replay->status;
    if (!ps_is_ok(s))
        *err = replay->err;
    if (!ps_is_ok(s) && s.code != PS_CODE_INTERRUPTED) {
        ps_replay_free(replay);
        return s;
    }
    for (size_t i = 0; i < plan->strategy_count * plan->cohort_count; i++)
        ps_tally_close(&replay->tallies[i]);
    replay->counts.classes = ps_known_class_count(&replay->known);
    replay->options = NULL;
    *ret_engine = replay;
    return s;
}

void ps_replay_free(struct ps_replay *replay)
{
    if (!replay)
        return;
    const struct ps_plan *plan = replay->world.plan;
    for (size_t i = 0; i < plan->strategy_count * plan->cohort_count; i++)
        ps_tally_deinit(&replay->tallies[i]);
    free(replay->tallies);
    free(replay->cohort_devices);
    ps_known_deinit(&replay->known);
    ps_samples_deinit(&replay->samples);
    ps_trusts_deinit(&replay->trusts);
    ps_channels_free(replay->channels, plan);
    ps_world_deinit(&replay->world);
    pthread_mutex_destroy(&replay->trusts_lock);
    pthread_mutex_destroy(&replay->lock);
    free(replay);
}

const struct ps_world *ps_replay_world(const struct ps_replay *replay)
{
    return &replay->world;
}

const struct ps_trusts *ps_replay_trusts(const struct ps_replay *replay)
{
    return &replay->trusts;
}

const struct ps_samples *ps_replay_samples(const struct ps_replay *replay)
{
    return &replay->samples;
}

const struct ps_tally *ps_replay_tally(const struct ps_replay *replay, uint32_t strategy,
                                       uint32_t cohort)
{
    return &replay->tallies[strategy * replay->world.plan->cohort_count + cohort];
}

const struct ps_verdict *ps_replay_verdict(const struct ps_replay *replay, uint32_t number)
{
    return ps_known_verdict(&replay->known, number);
}

uint64_t ps_replay_cohort_devices(const struct ps_replay *replay, uint32_t cohort)
{
    return replay->cohort_devices[cohort];
}

struct ps_replay_counts ps_replay_counts(const struct ps_replay *replay)
{
    return replay->counts;
}
