/* SPDX-License-Identifier: Apache-2.0 */
#include "standing.h"

#include "facts.h"

enum ps_status_time ps_status_time(const struct ps_status_rules *rules,
                                   const ASN1_TIME *this_update, const ASN1_TIME *next_update)
{
    if (!rules->dates)
        return PS_STATUS_TIME_FITS;
    ps_time from = ps_asn1_time(this_update), until = ps_asn1_time(next_update);
    if (ps_time_compare(rules->now, from) < 0) /* NEVER: it cannot be read */
        return PS_STATUS_TIME_EARLY;
    if (ps_time_compare(until, rules->now) < 0 ||
        (next_update && ps_time_compare(until, PS_TIME_NEVER) == 0))
        return PS_STATUS_TIME_LATE;
    if (rules->max_age.s > 0 && rules->now.s - from.s > rules->max_age.s)
        return PS_STATUS_TIME_OLD;
    return PS_STATUS_TIME_FITS;
}
