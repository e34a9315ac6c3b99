/* SPDX-License-Identifier: Apache-2.0
 *
 * The frame of a run: what follows from the scenario and the number of devices alone, before the
 * first of them lives. Every part of a run has the same.
 */
#ifndef HARNESS_ENGINE_FRAME_H
#define HARNESS_ENGINE_FRAME_H

#include "engine/tally.h"
#include "scenarios/plan.h"

/* The cohorts' shares of `wanted` devices (0: as planned): each gets one, then always the one which
 * lies furthest behind its share. None is left out, and the sum, which is returned, is exact unless
 * there are fewer devices than cohorts. The fleet's devices are numbered over the cohorts in order.
 */
uint64_t ps_frame_devices(const struct ps_plan *plan, uint64_t wanted, uint64_t *ret_devices);
/* When availability is read off: at even distances, and closer where something happens. */
void ps_frame_samples(const struct ps_plan *plan, struct ps_samples *ret_samples);
/* What all tallies of the run have in common. */
struct ps_tally_shape ps_frame_shape(const struct ps_plan *plan, const struct ps_samples *samples);

#endif
