/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of outcome records (simulation/outcomes.h) of parts of a fleet, put together device by
 * device. The file that comes out has the bytes that one run would have written.
 */
#ifndef HARNESS_SIMULATION_JOIN_H
#define HARNESS_SIMULATION_JOIN_H

#include <stddef.h>
#include "base/status.h"

/* Writes `path` of all sources; on failure it is left behind, for its owner to remove. INVALID: a
 * source is no file of records, or of another run. Sources are in the order of their devices or in
 * any other. */
PS_MUST_USE ps_status ps_outcomes_join(const char *path, const char *const *sources, size_t count,
                                       struct ps_error *err);

#endif
