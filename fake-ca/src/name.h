/* SPDX-License-Identifier: Apache-2.0
 *
 * Distinguished names: "C=US, O=Example, CN=Root" as an X509_NAME, most significant part first.
 *
 * Parts are separated by commas; space around them does not count; "\," is a comma and "\\" a
 * backslash in a value. Values are PrintableString where that can hold them, else UTF8String
 * (RFC 5280 section 4.1.2.4; DC and emailAddress are IA5String), within the bounds of its appendix
 * A.1.
 */
#ifndef FAKE_CA_NAME_H
#define FAKE_CA_NAME_H

#include <openssl/x509.h>
#include "base/status.h"

enum { PS_NAME_PARTS_MAX = 32 };

/* Gives a name; PS_INVALID says what is wrong with the text. */
PS_MUST_USE ps_status ps_ca_name_parse(const char *text, X509_NAME **ret_name,
                                       struct ps_error *err);
/* Gives the name "CN=host", whatever characters the host has. */
PS_MUST_USE ps_status ps_ca_name_of_host(const char *host, X509_NAME **ret_name,
                                         struct ps_error *err);

#endif
