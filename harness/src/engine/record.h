/* SPDX-License-Identifier: Apache-2.0
 *
 * Outcome records: what became of one device under one strategy, in 16 bytes, so that runs can be
 * compared device by device. Pure bytes: whoever writes a file decides where it lies.
 *
 * A file is a head and then one record for each device and strategy, device by device: that of
 * device d (numbered over all cohorts in order) and strategy s stands at
 *
 *     head size + ((d - first device of the file) * strategies + s) * 16
 *
 * so that devices can be written in any order. All numbers are little-endian. A device that was
 * never dark has a record of zeros but for its outcome.
 *
 *     0  1  outcome, in the order of PS_OUTCOMES
 *     1  1  stage of the verdict at the beginning of the last dark spell, in that of PS_STAGES
 *     2  2  what did it (origin.h); 0: nothing known
 *     4  4  hash of that verdict; 0: there is none
 *     8  4  1 + seconds from the scenario's `from` to the first dark spell; 0: never dark
 *    12  4  1 + the same to the last one
 *
 * docs/outcome-records.md describes the format for readers outside of this program.
 */
#ifndef HARNESS_ENGINE_RECORD_H
#define HARNESS_ENGINE_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/memory.h"
#include "base/status.h"
#include "base/time.h"
#include "base/verdict.h"

enum { PS_RECORD_BYTES = 16 };

struct ps_record {
    enum ps_outcome outcome;
    enum ps_stage stage;
    uint16_t origin;
    uint32_t cause;
    ps_time first_dark, last_dark; /* PS_TIME_NEVER: never dark */
};

/* `from` is the scenario's; no time is before it, nor further from it than PS_RECORD_SPAN_S. */
#define PS_RECORD_SPAN_S ((int64_t)UINT32_MAX - 1)
void ps_record_put(const struct ps_record *record, ps_time from,
                   unsigned char out[static PS_RECORD_BYTES]);
/* False: these bytes are no record. */
bool ps_record_get(const unsigned char in[static PS_RECORD_BYTES], ps_time from,
                   struct ps_record *ret_record);

/* Of all that a verdict says, and of nothing else; never 0. */
uint32_t ps_verdict_hash(const struct ps_verdict *verdict);

/* What a file of records says of itself. Texts and lists are borrowed. */
struct ps_record_cohort {
    const char *name;
    uint64_t devices;
};
struct ps_record_head {
    const char *version; /* of the program */
    const char *scenario;
    uint64_t digest, seed;
    ps_time from, until;
    uint64_t first, end; /* devices in the file: first <= number < end */
    const struct ps_record_cohort *cohorts;
    size_t cohort_count;
    const char *const *strategies;
    size_t strategy_count;
};
/* Appends the head, whose size is a multiple of a record's. */
void ps_record_head_put(const struct ps_record_head *head, struct ps_buffer *out);
/* Reads it from the beginning of a file; everything it points to is in `arena`. INVALID: what is
 * wrong with it. */
PS_MUST_USE ps_status ps_record_head_get(struct ps_bytes file, struct ps_arena *arena,
                                         struct ps_record_head *ret_head, size_t *ret_size,
                                         struct ps_error *err);

#endif
