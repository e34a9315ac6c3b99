/* SPDX-License-Identifier: Apache-2.0
 *
 * Words for people about what the engine has as numbers: anchors, pins, trust states, contacts. By
 * the names of the scenario file, where it has one.
 */
#ifndef HARNESS_SIMULATION_WORDS_H
#define HARNESS_SIMULATION_WORDS_H

#include "base/text.h"
#include "engine/class.h"

/* "isrg-x1-root", "the leaf of telemetry from 2021-05-04", "key backup". */
void ps_words_target(const struct ps_world *world, struct ps_target target, struct ps_text *out);
/* A line for each anchor, pin, kept issuer and revoked certificate. */
void ps_words_trust(const struct ps_world *world, const struct ps_trust_state *trust,
                    struct ps_text *out);
/* The same in one line, without what is kept and revoked. */
void ps_words_trust_short(const struct ps_world *world, const struct ps_trust_state *trust,
                          struct ps_text *out);
/* "telemetry", "update in the clear", "X03, an attacker". */
void ps_words_contact(const struct ps_world *world, const struct ps_contact_spec *spec,
                      struct ps_text *out);
/* "accepted over hub.example < R3", "refused: dates: certificate has expired: R3". */
void ps_words_verdict(const struct ps_verdict *verdict, struct ps_text *out);
/* What a release is called; PS_PLAN_NONE: what shipped. */
const char *ps_words_release(const struct ps_plan *plan, uint32_t release);

#endif
