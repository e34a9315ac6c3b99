/* SPDX-License-Identifier: Apache-2.0
 *
 * What a run keeps on disk while it goes: the outcome records of each chunk that is over, and,
 * where there is a checkpoint, the part that all these chunks make.
 *
 * With a checkpoint the records are beside it, and get to where they belong when the run is over.
 */
#ifndef HARNESS_SIMULATION_KEEP_H
#define HARNESS_SIMULATION_KEEP_H

#include "base/text.h"
#include "engine/part.h"
#include "engine/replay.h"

struct ps_keep_options {
    const struct ps_plan *plan;
    struct ps_part_range range; /* of the fleet, that this run lives */
    uint64_t chunk;             /* devices; 0: ps_replay_chunk_default */
    const char *outcomes;       /* file of outcome records, which is left there; NULL: none */
    const char *checkpoint;     /* stem; NULL: none */
    bool resume;                /* go on where it ended, if it is there */
};

struct ps_keep;
/* `part` is of this run, without any device: a run that goes on gets what was finished before added
 * to it. `notice` (may be NULL) gets a sentence about that. INVALID: the checkpoint is of another
 * run. Borrows `part` until ps_keep_free, and the options for the call. */
PS_MUST_USE ps_status ps_keep_new(const struct ps_keep_options *options, struct ps_part *part,
                                  struct ps_text *notice, struct ps_keep **ret_keep,
                                  struct ps_error *err);
/* How many devices a chunk must have. */
uint64_t ps_keep_chunk_devices(const struct ps_keep *keep);
/* Whether chunks have to come with their records, and whether the part is written. */
bool ps_keep_records(const struct ps_keep *keep);
bool ps_keep_checkpoints(const struct ps_keep *keep);
/* These devices were finished before. */
bool ps_keep_is_over(const struct ps_keep *keep, uint64_t first, uint64_t count);
/* A chunk is over, and the part has it: after this it is on disk. */
PS_MUST_USE ps_status ps_keep_chunk(struct ps_keep *keep, const struct ps_replay_chunk *chunk,
                                    struct ps_error *err);
/* The last chunk is over: the records are where they belong. */
PS_MUST_USE ps_status ps_keep_finish(struct ps_keep *keep, struct ps_error *err);
void ps_keep_free(struct ps_keep *keep); /* NULL allowed */

#endif
