/* SPDX-License-Identifier: Apache-2.0
 *
 * Invariant: bytes in are bytes out and bytes dropped, on every link and in each direction. What
 * one end of a contact has to say goes into its wire, or is dropped because nobody can get it any
 * more; what comes out of the wire is handed to the other end, or is dropped by the link's fault,
 * or because the other end has decided. Only what a wire that is closed or reset still carried is
 * neither, and only where that can be.
 *
 * Checked in debug builds when a leg of a flight or a courier's journey is over (PS_INVARIANTS in
 * CMake); the others of that kind are engine/invariants/.
 */
#ifndef HARNESS_LOOP_BALANCE_H
#define HARNESS_LOOP_BALANCE_H

#include <stdbool.h>
#include <stdint.h>
#include "base/status.h"

/* One direction, in bytes. */
struct ps_flow {
    uint64_t in;      /* that one end had to say */
    uint64_t unsent;  /* of them, dropped before the wire */
    uint64_t sent;    /* and put into it */
    uint64_t arrived; /* at the wire's other side */
    uint64_t out;     /* of them, handed to the end there */
    uint64_t dropped; /* by the fault, or because that end was over */
};

/* Both directions of a wire, by who says them. */
struct ps_balance {
    struct ps_flow device, server;
};

/* How the wire ended: what was under way in it may be lost, and what waited on the device's side
 * for a turn. */
struct ps_balance_end {
    bool device_may_lose, server_may_lose;
    uint64_t held;
};
PS_MUST_USE ps_status ps_balance_check(const struct ps_balance *balance,
                                       const struct ps_balance_end *end, struct ps_error *err);

#endif
