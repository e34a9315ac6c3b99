/* SPDX-License-Identifier: Apache-2.0
 *
 * Material: the certificates, keys and payloads behind the numbers of a world. The plan's
 * certificates are minted when it is made; leaves, attackers' certificates and releases when a
 * contact first needs them. Also turns a contact's description into a job for the runner.
 *
 * Everything handed out in a job stays where it is until ps_material_free.
 */
#ifndef HARNESS_SIMULATION_MATERIAL_H
#define HARNESS_SIMULATION_MATERIAL_H

#include "engine/class.h"
#include "loop/runner.h"

struct ps_material;
/* Fills the pool with the keys the plan will surely need, then mints its authorities and
 * certificates. */
PS_MUST_USE ps_status ps_material_new(const struct ps_plan *plan, struct ps_keypool *pool,
                                      struct ps_material **ret_material, struct ps_error *err);
void ps_material_free(struct ps_material *material); /* NULL allowed; after every runner */

const struct ps_ca *ps_material_ca(const struct ps_material *material);
PS_MUST_USE ps_status ps_material_job(struct ps_material *material, const struct ps_world *world,
                                      const struct ps_trusts *trusts,
                                      const struct ps_contact_spec *spec, struct ps_job *ret_job,
                                      struct ps_error *err);

/* Appends what a job's server sends, a line for each certificate; nothing where it sends none. */
void ps_material_served(const struct ps_material *material, const struct ps_job *job,
                        struct ps_text *out);

/* Bytes of anchors and pins in a trust state: whole certificates at their largest DER size, or name
 * and key; 32 bytes a SHA-256 pin, 20 a SHA-1 pin, a name pin its name. 0 for a state no contact
 * was in. */
size_t ps_material_trust_bytes(const struct ps_material *material, const struct ps_world *world,
                               const struct ps_trusts *trusts, uint32_t number);
/* The largest chain that any telemetry contact so far was sent. */
size_t ps_material_chain_bytes(const struct ps_material *material);

#endif
