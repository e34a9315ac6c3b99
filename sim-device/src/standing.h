/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known about one certificate: that it is good, that it was revoked, or nothing.
 */
#ifndef SIM_DEVICE_STANDING_H
#define SIM_DEVICE_STANDING_H

#include <openssl/asn1.h>
#include <stdbool.h>
#include "base/strategy.h"
#include "base/time.h"

enum ps_standing_kind {
    PS_STANDING_GOOD,
    PS_STANDING_REVOKED,
    PS_STANDING_UNKNOWN,  /* nobody says anything that counts */
    PS_STANDING_FETCHING, /* what would say it is under way */
};

struct ps_standing {
    enum ps_standing_kind kind;
    int error;       /* REVOKED, UNKNOWN: an X509_V_ERR_ number */
    const char *why; /* the same in words, a static clause */
};

/* When a signed status counts: every OCSP answer and every CRL. */
struct ps_status_rules {
    ps_time now;
    bool dates;          /* false: its dates are not looked at, and so it has no age */
    ps_duration max_age; /* since thisUpdate; 0: as it says itself */
    const struct ps_strategy_limits *limits; /* what the device can verify */
};

/* Where now lies in the time of a status. Both ends count as inside. Without a nextUpdate (NULL) it
 * does not end by itself; a date that cannot be read fits nowhere. */
enum ps_status_time {
    PS_STATUS_TIME_FITS,
    PS_STATUS_TIME_EARLY,
    PS_STATUS_TIME_LATE,
    PS_STATUS_TIME_OLD,
};
enum ps_status_time ps_status_time(const struct ps_status_rules *rules,
                                   const ASN1_TIME *this_update, const ASN1_TIME *next_update);

#endif
