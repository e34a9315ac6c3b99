/* SPDX-License-Identifier: Apache-2.0
 *
 * Invariant: exposure only where a probe was accepted, and never for longer than the device was
 * booted and online. One attack needs no probe: who fills a device's storage (U13) is not let in by
 * anybody.
 */
#ifndef HARNESS_ENGINE_INVARIANTS_EXPOSURE_H
#define HARNESS_ENGINE_INVARIANTS_EXPOSURE_H

#include "base/status.h"
#include "engine/life.h"

/* The walk of the life's threat, which is `attack`, is over. */
PS_MUST_USE ps_status ps_exposure_check(const struct ps_life *life, enum ps_attack attack,
                                        struct ps_error *err);

#endif
