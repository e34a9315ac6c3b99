/* SPDX-License-Identifier: Apache-2.0
 *
 * A run's file of outcome records (engine/record.h), read for one device.
 */
#ifndef HARNESS_SIMULATION_RECORDED_H
#define HARNESS_SIMULATION_RECORDED_H

#include <stdbool.h>
#include "base/memory.h"
#include "base/status.h"
#include "engine/record.h"

struct ps_recorded;
/* `path` is borrowed. INVALID: it cannot be read, or it is no such file. */
PS_MUST_USE ps_status ps_recorded_open(const char *path, struct ps_recorded **ret_recorded,
                                       struct ps_error *err);
void ps_recorded_close(struct ps_recorded *recorded); /* NULL allowed */
/* Borrowed until it is closed. */
const struct ps_record_head *ps_recorded_head(const struct ps_recorded *recorded);
/* The bytes of one life; false: the file has none of that device under that strategy. */
PS_MUST_USE ps_status ps_recorded_find(const struct ps_recorded *recorded, uint64_t fleet_number,
                                       const char *strategy, unsigned char out[PS_RECORD_BYTES],
                                       bool *ret_found, struct ps_error *err);

#endif
