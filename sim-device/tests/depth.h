/* SPDX-License-Identifier: Apache-2.0
 *
 * One judgement at three depths: by itself, and in a handshake of TLS 1.3 or 1.2. They must agree.
 */
#ifndef SIM_DEVICE_DEPTH_H
#define SIM_DEVICE_DEPTH_H

#include "peer.h"

enum depth { DEPTH_ALONE, DEPTH_TLS_1_3, DEPTH_TLS_1_2, DEPTHS };
extern const char *const depth_names[DEPTHS];

struct ps_verdict depth_verdict(enum depth depth, struct exchange *exchange,
                                const struct device *device);

#endif
