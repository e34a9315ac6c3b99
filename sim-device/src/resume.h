/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions that a device holds: bytes from one contact, offered in a later one. When the server
 * takes one, nothing is verified again, whatever has expired or been revoked since; that is what
 * makes them worth simulating. How long a device holds one is the engine's to say: OpenSSL would
 * ask the host's clock for the age of a session, so each is made new when it is offered.
 */
#ifndef SIM_DEVICE_RESUME_H
#define SIM_DEVICE_RESUME_H

#include "trust.h"

/* Does this strategy hold sessions? A shared secret leaves nothing to spare: it has none. */
bool ps_resume_is_wanted(const struct ps_strategy *strategy);

/* Offers the session of these bytes. PS_FAILED: they are none. */
PS_MUST_USE ps_status ps_resume_offer(SSL *tls, struct ps_bytes ticket, struct ps_error *err);

/* Appends the session of an accepted contact, if it can be resumed. */
void ps_resume_take(SSL *tls, struct ps_buffer *ret_ticket);

#endif
