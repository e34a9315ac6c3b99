/* SPDX-License-Identifier: Apache-2.0
 *
 * A simulation that is over, looked at: its contacts can be made again, for real, by the material
 * and the servers that it has, and what they were made of is kept for people.
 */
#ifndef HARNESS_SIMULATION_SEE_H
#define HARNESS_SIMULATION_SEE_H

#include "base/message.h"
#include "engine/replay.h"
#include "harness/simulation.h"

struct ps_seen_contact {
    struct ps_verdict verdict;
    struct ps_messages messages;
    struct ps_text served; /* a line for each certificate */
    struct ps_text record; /* ps_contact_tell */
};
void ps_seen_contact_deinit(struct ps_seen_contact *seen);

/* Borrowed until ps_simulation_free. */
const struct ps_replay *ps_simulation_replay(const struct ps_simulation *simulation);
/* `ret_seen` has room for `count`, all zero; what it got by a failure has to be freed, too. */
PS_MUST_USE ps_status ps_simulation_see(struct ps_simulation *simulation,
                                        const struct ps_contact_spec *specs, size_t count,
                                        struct ps_seen_contact *ret_seen, struct ps_error *err);

#endif
