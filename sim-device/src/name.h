/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_DEVICE_NAME_H
#define SIM_DEVICE_NAME_H

#include <openssl/x509.h>
#include "base/strategy.h"

/* Is this leaf for `host`? (RFC 6125 section 6.4) */
bool ps_name_matches(X509 *leaf, const char *host, enum ps_hostname how);

#endif
