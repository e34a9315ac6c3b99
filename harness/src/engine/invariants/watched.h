/* SPDX-License-Identifier: Apache-2.0
 *
 * What the invariants (invariants.h) remember of one life while it is lived. A life that begins
 * again after its rehearsal is another one. All zero in builds that check nothing.
 */
#ifndef HARNESS_ENGINE_INVARIANTS_WATCHED_H
#define HARNESS_ENGINE_INVARIANTS_WATCHED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/time.h"

struct ps_watched {
    /* one_state.c: the states up to before `known_until` are known, from `known_from` on. */
    bool has_state;
    ps_time known_from, known_until;
    /* time_order.c: as they were after the step before. */
    bool stepped;
    int phase;
    uint32_t threat;
    ps_time t, next_poll, walk;
    size_t spans, falls, credentials, tickets;
    /* contacted.c: contacts of the life so far. */
    uint64_t accepted, failed;
    /* exposure.c: a probe of the threat that is walked was accepted. */
    bool probe_accepted;
};

#endif
