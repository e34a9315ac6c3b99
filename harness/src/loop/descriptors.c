/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/descriptors.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <sys/resource.h>

ps_status ps_descriptors_fit(const struct ps_descriptors_need *need, unsigned *ret_contacts,
                             struct ps_text *notice, struct ps_error *err)
{
    uint64_t kept = PS_DESCRIPTORS_KEPT +
                    (uint64_t)need->workers * (PS_DESCRIPTORS_KEPT_PER_WORKER + need->listeners);
    uint64_t each =
        need->one_connection ? PS_DESCRIPTORS_PER_CONNECTION : PS_DESCRIPTORS_PER_CONTACT;
    uint64_t wished = kept + (uint64_t)need->contacts * each;

    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return ps_fail(err, PS_FAILED, "cannot read the limit of descriptors: %s", strerror(errno));
    if (limit.rlim_cur < wished && limit.rlim_cur < limit.rlim_max) {
        /* No further than needed: a limit of a million slows down whoever closes "all" descriptors.
         */
        struct rlimit raised = limit;
        raised.rlim_cur = limit.rlim_max < wished ? limit.rlim_max : wished;
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
            limit = raised; /* else the soft limit is what there is */
    }

    uint64_t allowed = limit.rlim_cur;
    if (allowed >= wished) {
        *ret_contacts = need->contacts;
        return PS_OK;
    }
    uint64_t fit = allowed > kept ? (allowed - kept) / each : 0;
    if (fit < need->contacts_min)
        return ps_fail(err, PS_FAILED,
                       "only %" PRIu64
                       " descriptors are allowed, and %u contacts at once need %" PRIu64
                       "; raise it with ulimit -n",
                       allowed, need->contacts_min, kept + (uint64_t)need->contacts_min * each);
    ps_text_add(notice,
                "only %" PRIu64 " descriptors are allowed: %" PRIu64
                " contacts at once instead of %u; raise it with ulimit -n",
                allowed, fit, need->contacts);
    *ret_contacts = (unsigned)fit;
    return PS_OK;
}
