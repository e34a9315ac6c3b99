/* SPDX-License-Identifier: Apache-2.0
 *
 * Is a firmware payload (base/release.h) authentic?
 */
#ifndef SIM_DEVICE_PAYLOAD_H
#define SIM_DEVICE_PAYLOAD_H

#include "trust.h"

/* NULL if it is, otherwise why not, as a static clause. Without payload authentication whatever
 * begins like a release is one. */
const char *ps_payload_check(const struct ps_trust *trust, struct ps_bytes payload,
                             uint32_t *ret_version);

#endif
