/* SPDX-License-Identifier: Apache-2.0
 *
 * Checkpoints: what a run has finished, on disk after every chunk, so that a process that is killed
 * at any moment loses no more than the chunks it was at.
 *
 * A checkpoint is a stem, which is a path that other endings are put behind:
 *
 *   STEM.a.part, STEM.b.part   the sum of all chunks that were over (engine/part.h), written in
 *                              turns: under a temporary name, synced, renamed. Should one be
 *                              damaged all the same, the other lacks only the last chunk
 *   STEM.outcomes              outcome records, which keep.c looks after
 *
 * Chunks are cut from the first device on; a run that goes on cuts them as the checkpoint did.
 */
#ifndef HARNESS_SIMULATION_CHECKPOINT_H
#define HARNESS_SIMULATION_CHECKPOINT_H

#include "base/text.h"
#include "engine/part.h"

/* What a run that goes on must have in common with the one before, beside its part's identity. */
struct ps_checkpoint_frame {
    struct ps_part_range range; /* devices that the run lives */
    uint64_t chunk;             /* devices of a chunk */
};

bool ps_checkpoint_exists(const char *stem);

/* Writes the part into the turn after *turn. FAILED: what could not be done with which file. */
PS_MUST_USE ps_status ps_checkpoint_save(const char *stem, unsigned *turn,
                                         const struct ps_part *part,
                                         const struct ps_checkpoint_frame *frame,
                                         struct ps_error *err);

/* Adds what is there to `part`, which nobody of this run has lived in yet, and sets the chunk of
 * `frame` and *turn. Without a checkpoint nothing changes. `notice` (may be NULL) gets a sentence
 * about a damaged file that was left aside. INVALID: it is of another run; the message says in
 * what it differs. */
PS_MUST_USE ps_status ps_checkpoint_load(const char *stem, struct ps_part *part,
                                         struct ps_checkpoint_frame *frame, unsigned *turn,
                                         struct ps_text *notice, struct ps_error *err);

/* Removes the parts and the outcome records, as far as they are there. */
void ps_checkpoint_remove(const char *stem);

#endif
