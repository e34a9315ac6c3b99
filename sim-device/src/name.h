/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_DEVICE_NAME_H
#define SIM_DEVICE_NAME_H

#include <openssl/x509.h>
#include "base/strategy.h"

/* The name that a certificate must be for: the host's, unless the strategy has another. */
const char *ps_name_asked(const struct ps_strategy *strategy, const char *host);

/* Is this leaf for `host`? (RFC 6125 section 6.4) */
bool ps_name_matches(X509 *leaf, const char *host, enum ps_hostname how);

#endif
