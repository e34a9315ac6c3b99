/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of a replay share: replay.c (its life, its workers, what they count together) and
 * chunk.c (some devices, lived by one worker).
 */
#ifndef HARNESS_ENGINE_REPLAY_PRIVATE_H
#define HARNESS_ENGINE_REPLAY_PRIVATE_H

#include <stdatomic.h>
#include <pthread.h>
#include "engine/known.h"
#include "engine/replay.h"

struct ps_replay {
    const struct ps_replay_options *options; /* only while it runs */
    struct ps_world world;
    struct ps_trusts trusts;
    struct ps_known known;
    struct ps_channel *channels; /* by strategy */
    struct ps_samples samples;
    struct ps_tally_shape shape;
    uint64_t *cohort_devices;
    uint64_t device_count, first_device, end_device, chunk_devices;
    size_t strategy_count; /* that take part */
    pthread_mutex_t trusts_lock;
    pthread_mutex_t lock; /* of all below, and held while anybody outside of the engine is called */
    struct ps_tally *tallies; /* strategy * cohorts + cohort */
    uint64_t next_device, devices_done;
    struct ps_replay_counts counts;
    ps_status status; /* the first that was not PS_OK */
    struct ps_error err;
    atomic_bool stopped;
};

static inline bool ps_replay_takes_part(const struct ps_replay *replay, size_t strategy)
{
    return !replay->options->strategies || replay->options->strategies[strategy];
}

/* Makes contacts; one worker at a time. */
PS_MUST_USE ps_status ps_replay_make(struct ps_replay *replay, const struct ps_contact_spec *specs,
                                     size_t count, struct ps_verdict *ret_verdicts,
                                     struct ps_error *err);
/* Asks whether to stop, unless another worker is at it: then `stopped` is set. */
void ps_replay_watch(struct ps_replay *replay);
/* Adds to what the whole run has done so far. */
void ps_replay_counts_add(struct ps_replay_counts *into, const struct ps_replay_counts *from);

#endif
