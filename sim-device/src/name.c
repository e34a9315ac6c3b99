/* SPDX-License-Identifier: Apache-2.0 */
#include "name.h"

#include <openssl/x509v3.h>
#include <string.h>

const char *ps_name_asked(const struct ps_strategy *strategy, const char *host)
{
    const char *name = strategy->identity.name;
    return name && strcmp(name, "endpoint") != 0 ? name : host;
}

bool ps_name_matches(X509 *leaf, const char *host, enum ps_hostname how)
{
    /* RFC 6125 section 6.4.3 leaves "h*.example" to the client; today's clients refuse it. */
    unsigned flags = X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS;
    switch (how) {
    case PS_HOSTNAME_NONE:
        return true;
    case PS_HOSTNAME_SAN:
        flags |= X509_CHECK_FLAG_NEVER_CHECK_SUBJECT;
        break;
    case PS_HOSTNAME_SAN_OR_CN:
        break; /* OpenSSL's own rule: the common name only if there is no dNSName at all */
    }
    return X509_check_host(leaf, host, 0, flags, NULL) == 1;
}
