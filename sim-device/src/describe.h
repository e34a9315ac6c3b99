/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificates in words: common names only, never a key or a serial number, so that equal decisions
 * read equally whatever the keys are.
 */
#ifndef SIM_DEVICE_DESCRIBE_H
#define SIM_DEVICE_DESCRIBE_H

#include <openssl/x509.h>
#include <stddef.h>

/* The subject's common name into `out` (cut at its size, control characters as '?'). */
void ps_describe_name(X509 *certificate, char *out, size_t size);
/* "hub.example < R3 < ISRG Root X1"; a list that does not fit ends in "...". */
void ps_describe_path(X509 *const *certificates, size_t count, char *out, size_t size);

#endif
