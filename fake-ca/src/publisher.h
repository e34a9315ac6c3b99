/* SPDX-License-Identifier: Apache-2.0
 *
 * What authorities publish, as one session has it: which of it answers a path, and which OCSP
 * answer belongs to a request. Request bytes in, answer bytes out; no HTTP.
 */
#ifndef FAKE_CA_PUBLISHER_H
#define FAKE_CA_PUBLISHER_H

#include "fake-ca/server.h"

struct ps_publisher {
    const struct ps_ca *ca;
    const struct ps_published *published;
    size_t count;
};

/* Whether a path is of the kind `what` (PS_PUBLISH_): "/ocsp/..." and so on. */
bool ps_publisher_is_at(uint32_t what, const char *path);
/* Whether nothing at all is answered there. */
bool ps_publisher_is_down(const struct ps_publisher *publisher, const char *path);
/* The first of this kind with this path; NULL: there is none. */
const struct ps_published *ps_publisher_find(const struct ps_publisher *publisher, uint32_t what,
                                             const char *path);
/* Appends the OCSPResponse to an OCSPRequest (RFC 6960): an answer that is published there, or
 * malformedRequest, or unauthorized. */
void ps_publisher_ocsp(const struct ps_publisher *publisher, const char *path,
                       struct ps_bytes request, struct ps_buffer *ret_response);

#endif
