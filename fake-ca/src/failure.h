/* SPDX-License-Identifier: Apache-2.0
 *
 * Where OpenSSL's failures become ours: its error queue is drained into the message, and memory
 * that it could not get ends the program as everywhere else.
 */
#ifndef FAKE_CA_FAILURE_H
#define FAKE_CA_FAILURE_H

#include "base/status.h"

/* "what: OpenSSL's reason" as PS_FAILED; empties the queue. */
PS_MUST_USE ps_status ps_ca_openssl_fail(struct ps_error *err, const char *what);

#endif
