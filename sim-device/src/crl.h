/* SPDX-License-Identifier: Apache-2.0
 *
 * What a certificate's own CRL says about it (RFC 5280 section 6.3), for lists that the device asks
 * for by itself: one list, one certificate, one issuer. No indirect lists and no deltas.
 */
#ifndef SIM_DEVICE_CRL_H
#define SIM_DEVICE_CRL_H

#include "stack.h"
#include "standing.h"

struct ps_crl_question {
    struct ps_device_stack *stack;
    X509 *certificate, *issuer;
    const char *url; /* where the list was */
};

/* Of a DER CRL; never FETCHING. */
struct ps_standing ps_crl_standing(struct ps_bytes list, const struct ps_crl_question *question,
                                   const struct ps_status_rules *rules);

#endif
