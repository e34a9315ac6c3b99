/* SPDX-License-Identifier: Apache-2.0
 *
 * Link faults: a filter on the bytes that travel from the server to the device, the same for every
 * link. It only counts; the pump does what a fault that strikes asks for.
 *
 * A fault strikes when the first byte beyond its limit reaches the device's side. So the device's
 * own bytes always arrive and are counted by the server, and a limit beyond all bytes has no
 * effect.
 *
 *   CUT       the device is told at once that it waited in vain (simulated time, nobody waits)
 *   RESET     the server's side is reset
 *   TRUNCATE  the server's side ends its stream
 *   DELAY     longer than the device waits, or as long: a cut before the first byte. Shorter: every
 *             arrival is held back for a turn of the loop, and changes nothing
 */
#ifndef HARNESS_LOOP_FAULT_H
#define HARNESS_LOOP_FAULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/time.h"
#include "base/verdict.h"

struct ps_fault_filter {
    enum ps_fault kind; /* what strikes: NONE, CUT, RESET or TRUNCATE */
    bool holds;         /* arrivals wait for the next turn */
    bool struck;
    uint64_t left; /* bytes that still pass */
};

struct ps_fault_filter ps_fault_filter_make(enum ps_fault fault, ps_duration delay,
                                            ps_duration timeout, uint32_t after_bytes);

/* How many of the next `size` bytes pass. Sets *ret_strikes when the fault strikes just after them;
 * that happens once, and nothing passes any more. */
size_t ps_fault_filter_pass(struct ps_fault_filter *filter, size_t size, bool *ret_strikes);

#endif
