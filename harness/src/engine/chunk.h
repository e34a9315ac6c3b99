/* SPDX-License-Identifier: Apache-2.0
 *
 * A chunk: some whole devices of the fleet, lived under every strategy. Devices do not influence
 * each other, so chunks are lived by several workers at the same time, and what they count adds up.
 * A worker has one struct ps_chunk and uses it for one range of devices after another.
 *
 * Happy path: a life is stepped to its end at once, because all its verdicts are known. A life that
 * needs one that nobody has yet is put aside; when every life of the chunk is over or aside, the
 * contacts that they wait for are made in one batch, and they go on.
 */
#ifndef HARNESS_ENGINE_CHUNK_H
#define HARNESS_ENGINE_CHUNK_H

#include "engine/replay_private.h"

struct ps_chunk;
struct ps_chunk *ps_chunk_new(struct ps_replay *replay);
void ps_chunk_free(struct ps_chunk *chunk); /* NULL allowed */

/* Lives `count` devices of the fleet from `first` on, with their audits. An interruption ends it
 * early. */
PS_MUST_USE ps_status ps_chunk_live(struct ps_chunk *chunk, uint64_t first, uint64_t count,
                                    struct ps_error *err);
/* What the devices of the last ps_chunk_live counted: by lane, and of work. Borrowed. */
struct ps_tally *ps_chunk_tallies(struct ps_chunk *chunk);
struct ps_replay_counts ps_chunk_counts(const struct ps_chunk *chunk);
/* Their outcome records, or NULL if nobody asked for them. Borrowed. */
const unsigned char *ps_chunk_records(const struct ps_chunk *chunk);

#endif
