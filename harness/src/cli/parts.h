/* SPDX-License-Identifier: Apache-2.0
 *
 * The file that a shard leaves in the folder of its report: its parts, one for each scenario.
 */
#ifndef HARNESS_CLI_PARTS_H
#define HARNESS_CLI_PARTS_H

#include "engine/part.h"

#define PS_PARTS_FILE "shard.part"

struct ps_parts {
    struct ps_part *parts; /* owned */
    size_t count, capacity;
};
void ps_parts_deinit(struct ps_parts *parts);

/* Writes the file into a folder that is there, whole or not at all. */
PS_MUST_USE ps_status ps_parts_write(const char *folder, const struct ps_part *const *parts,
                                     size_t count, struct ps_error *err);
/* Removes the file of another run from the folder of this one's report. */
void ps_parts_remove(const char *folder);
/* Reads the file of a folder. INVALID: there is none, or it is none of ours. */
PS_MUST_USE ps_status ps_parts_read(const char *folder, struct ps_parts *ret_parts,
                                    struct ps_error *err);

#endif
