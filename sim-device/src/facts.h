/* SPDX-License-Identifier: Apache-2.0 */
#ifndef SIM_DEVICE_FACTS_H
#define SIM_DEVICE_FACTS_H

#include <openssl/x509.h>
#include "base/certificate.h"

/* Gives the strings in it: ps_facts_deinit. */
void ps_facts_init(X509 *certificate, struct ps_certificate_facts *ret_facts);
void ps_facts_deinit(struct ps_certificate_facts *facts);

/* NEVER for a date that cannot be read. */
ps_time ps_asn1_time(const ASN1_TIME *time);

#endif
