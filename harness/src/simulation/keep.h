/* SPDX-License-Identifier: Apache-2.0
 *
 * What a run keeps on disk while it goes: the outcome records of each chunk that is over.
 */
#ifndef HARNESS_SIMULATION_KEEP_H
#define HARNESS_SIMULATION_KEEP_H

#include "engine/part.h"
#include "engine/replay.h"

struct ps_keep_options {
    const struct ps_plan *plan;
    const struct ps_part *part; /* of this run: whose devices and strategies */
    struct ps_part_range range; /* of the fleet, that this run lives */
    const char *outcomes;       /* file of outcome records, which is left there; NULL: none */
};

struct ps_keep;
/* All of `options` is borrowed for the call. */
PS_MUST_USE ps_status ps_keep_new(const struct ps_keep_options *options, struct ps_keep **ret_keep,
                                  struct ps_error *err);
/* Whether chunks have to come with their records. */
bool ps_keep_records(const struct ps_keep *keep);
/* A chunk is over. */
PS_MUST_USE ps_status ps_keep_chunk(struct ps_keep *keep, const struct ps_replay_chunk *chunk,
                                    struct ps_error *err);
/* The last chunk is over: everything is on disk. */
PS_MUST_USE ps_status ps_keep_finish(struct ps_keep *keep, struct ps_error *err);
void ps_keep_free(struct ps_keep *keep); /* NULL allowed */

#endif
