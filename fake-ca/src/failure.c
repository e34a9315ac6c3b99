/* SPDX-License-Identifier: Apache-2.0 */
#include <openssl/err.h>
#include "base/memory.h"
#include "failure.h"

ps_status ps_ca_openssl_fail(struct ps_error *err, const char *what)
{
    /* The oldest entry is where it went wrong; what follows is who passed it on. */
    unsigned long first = 0;
    for (unsigned long code; (code = ERR_get_error()) != 0;) {
        if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE)
            ps_memory_exhausted(0);
        if (first == 0)
            first = code;
    }
    const char *reason = first != 0 ? ERR_reason_error_string(first) : NULL;
    return ps_fail(err, PS_FAILED, "%s: %s", what,
                   reason != NULL ? reason : "OpenSSL gave no reason");
}
