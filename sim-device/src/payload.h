/* SPDX-License-Identifier: Apache-2.0
 *
 * Is a firmware payload (base/release.h) to be installed? First whether it is authentic, then
 * whether it may come after what is installed.
 */
#ifndef SIM_DEVICE_PAYLOAD_H
#define SIM_DEVICE_PAYLOAD_H

#include "trust.h"

struct ps_payload {
    struct ps_bytes bytes;
    bool over_tls; /* an accepted connection carried it */
    ps_time now;   /* the device's clock */
};

/* NULL if it is, otherwise why not, as a static clause. Without payload authentication whatever
 * begins like a release is one. */
const char *ps_payload_check(const struct ps_trust *trust, const struct ps_payload *payload,
                             uint32_t *ret_version);

#endif
