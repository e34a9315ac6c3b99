/* SPDX-License-Identifier: Apache-2.0
 *
 * A file of outcome records (engine/record.h) under a run's hands: chunks are written in any order,
 * each at its place, and memory does not grow with the fleet. Records of devices that were never
 * dark are zeros; whole blocks of them are not written, so file systems keep no room for them.
 *
 * The file has a name of its own until the report is whole (reports/report.h); whoever owns it
 * removes it where that does not come about.
 */
#ifndef HARNESS_SIMULATION_OUTCOMES_H
#define HARNESS_SIMULATION_OUTCOMES_H

#include "base/status.h"
#include "engine/record.h"

struct ps_outcomes;
/* Creates `path`, or empties it, and writes the head; the records are zeros. With `resume` a file
 * that is there with the same head is taken as it is. FAILED: what cannot be done with the file.
 * `path` is copied. */
struct ps_outcomes_options {
    const char *path;
    const struct ps_record_head *head;
    bool resume;
};
PS_MUST_USE ps_status ps_outcomes_open(const struct ps_outcomes_options *options,
                                       struct ps_outcomes **ret_outcomes, struct ps_error *err);
/* The records of `count` devices from `first` on. */
PS_MUST_USE ps_status ps_outcomes_write(struct ps_outcomes *outcomes, uint64_t first,
                                        uint64_t count, const unsigned char *records,
                                        struct ps_error *err);
/* Whether the file was there, as `resume` wants it. */
bool ps_outcomes_reused(const struct ps_outcomes *outcomes);
/* What was written survives a loss of power. */
PS_MUST_USE ps_status ps_outcomes_sync(struct ps_outcomes *outcomes, struct ps_error *err);
/* Closes the file, which stays. NULL allowed. */
void ps_outcomes_close(struct ps_outcomes *outcomes);

#endif
