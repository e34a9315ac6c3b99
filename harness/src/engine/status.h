/* SPDX-License-Identifier: Apache-2.0
 *
 * What stands beside the servers' own chains: which certificates are revoked, what authorities
 * publish (OCSP answers, CRLs, issuers' certificates) and whether that can be reached, and what DNS
 * says. Pure functions of the world and the second.
 *
 * Authorities make their answers anew every day, at midnight UTC.
 */
#ifndef HARNESS_ENGINE_STATUS_H
#define HARNESS_ENGINE_STATUS_H

#include "engine/world.h"

/* When the certificate's issuer revokes it; NEVER. */
ps_time ps_world_revoked_at(const struct ps_world *world, struct ps_target target);
/* Whether it has by `t`. */
bool ps_world_is_revoked(const struct ps_world *world, struct ps_target target, ps_time t);

/* The PS_PUBLISH_ services of an authority that cannot be reached at `t`. */
uint32_t ps_world_down(const struct ps_world *world, uint32_t authority, ps_time t);

/* The last second up to `t` at which `service` (one bit) of an authority could be reached. */
ps_time ps_world_last_up(const struct ps_world *world, uint32_t authority, uint32_t service,
                         ps_time t);

/* The first second after `t` at which anything of this changes: something is revoked, pushed, goes
 * down or comes up, or a certificate that can be fetched begins. */
ps_time ps_world_status_after(const struct ps_world *world, ps_time t);

/* The first second after `t` at which pushed sets grow. */
ps_time ps_world_pushed_after(const struct ps_world *world, ps_time t);

/* The plan certificate that an authority hands out as its own: the newest that has begun by `t`, of
 * several the self-signed one; PS_PLAN_NONE: it has none. */
uint32_t ps_world_own_certificate(const struct ps_world *world, uint32_t authority, ps_time t);

/* The leaf that DNS knows of a serving at `t`: the one in use, or that of a serving before it.
 * NONE: there is no record. */
struct ps_target ps_world_tlsa_leaf(const struct ps_world *world, uint32_t serving, ps_time t);
/* The same for records of a CA: the self-signed certificate that the served chain leads to, the
 * newest that is valid at `t`, or if none is, the newest. */
struct ps_target ps_world_tlsa_root(const struct ps_world *world, uint32_t serving, ps_time t);

/* The day of an answer: its thisUpdate. */
ps_time ps_status_day(ps_time t);

#endif
