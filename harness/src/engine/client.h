/* SPDX-License-Identifier: Apache-2.0
 *
 * The server's judgement of a device: what of a contact it reads. The class key reads it here and
 * the server's rules are made from it, so that neither can know of something that the other has
 * not.
 *
 * The server judges on its own clock, which is right. Three things ask a device for its
 * certificate: an endpoint with `clients`, as that says; a registrar (EST), which accepts the same
 * CAs and the device's own, and always looks at dates; all others do not ask. An attacker does not
 * ask either: he takes whoever comes. Nor is a device asked that proves a shared secret, or that
 * resumes.
 */
#ifndef HARNESS_ENGINE_CLIENT_H
#define HARNESS_ENGINE_CLIENT_H

#include "engine/class.h"

/* The CAs that the server of a contact accepts, as plan certificates; `visit` is called for each.
 */
typedef void ps_client_visit(uint32_t certificate, void *context);
void ps_client_each_anchor(const struct ps_world *world, const struct ps_contact_spec *spec,
                           ps_client_visit *visit, void *context);
/* It looks at dates. */
bool ps_client_dates(const struct ps_world *world, const struct ps_contact_spec *spec);

/* Appends the items CLIENT and CLIENT_DATES. */
void ps_client_key(const struct ps_world *world, const struct ps_contact_spec *spec,
                   struct ps_buffer *key);
/* The first second after spec->at at which either changes; NEVER: none. */
ps_time ps_client_until(const struct ps_world *world, const struct ps_contact_spec *spec);

#endif
