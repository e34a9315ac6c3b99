/* SPDX-License-Identifier: Apache-2.0
 *
 * What did it: the thing that happened to which the beginning of a device's dark spell is put down.
 *
 * Nobody can read that off a verdict, which only says which check failed. What is known is when the
 * device's last good contact was and when its first bad one, and what happened in the world around
 * it. The rule:
 *
 *   1. Only what can have reached this device counts: changes of the endpoint that it contacts, at
 *      the second at which their staging reached it; the ends and revocations of certificates
 *      that it was sent then or has as anchors (of all, if it fetches issuers by itself), and of
 *      leaves of that endpoint; releases that it took, at the second at which they acted. Notes
 *      never count.
 *   2. A `dates` verdict about certificates that hold, but not on the device's clock, is put down
 *      to that clock.
 *   3. Otherwise the latest counts, of the first of these groups that is not empty: what the failed
 *      check is about, since the last good contact; anything else since then; what it is about,
 *      whenever; anything else.
 *   4. A takeover is put down to the threat.
 *
 * What a check is about:
 *
 *   unreachable  the fault in force at the endpoint
 *   tls          what is served; the end of the device's own certificate
 *   path         what is served, releases, the device's own trust; renewals where issuers alternate
 *   dates        ends of certificates
 *   name         what is served
 *   revocation   revocations and outages, which show late: whenever they were
 *   pins         what is served, announced or renewed, releases, the device's own trust
 */
#ifndef HARNESS_ENGINE_ORIGIN_H
#define HARNESS_ENGINE_ORIGIN_H

#include "engine/trust.h"

/* X(name, text, meaning) */
#define PS_ORIGINS(X)                                                                              \
    X(NONE, "none", "nothing that happened explains it")                                           \
    X(CLOCK, "clock", "the device's clock was wrong")                                              \
    X(CREDENTIAL_END, "credential-end", "the device's own certificate had ended")                  \
    X(OWN_TRUST, "own-trust", "the device's trust changed: its live store, or what it learned")    \
    X(EVENT, "event", "of the timeline")                                                           \
    X(CERTIFICATE_END, "certificate-end", "a CA's certificate ended")                              \
    X(RENEWAL, "renewal", "an endpoint renewed its leaf")                                          \
    X(THREAT, "threat", "an attack that took the device over")

#define X(name, text, meaning) PS_ORIGIN_##name,
enum ps_origin_kind { PS_ORIGINS(X) PS_ORIGIN_KIND_COUNT };
#undef X
const char *ps_origin_text(enum ps_origin_kind kind);

struct ps_origin {
    enum ps_origin_kind kind;
    uint32_t number; /* of the plan's events, certificates, endpoints or threats; else 0 */
};

/* A scenario's origins are numbered from 0, which is NONE; there are fewer than 65,536, for a file
 * of the greatest size has no room for so many. */
uint16_t ps_origin_number(const struct ps_plan *plan, struct ps_origin origin);
struct ps_origin ps_origin_at(const struct ps_plan *plan, uint16_t number);
size_t ps_origin_count(const struct ps_plan *plan);

/* The beginning of a dark spell. */
struct ps_origin_facts {
    const struct ps_world *world;
    const struct ps_trust_state *trust; /* at `dark` */
    const struct ps_stage_subject *subject;
    enum ps_stage stage;
    uint32_t endpoint;
    ps_time good;  /* the contact before, which was the last good one; PS_TIME_ALWAYS: none was */
    ps_time dark;  /* the first bad one */
    ps_time clock; /* the device's, at `dark` */
    ps_time credential_end; /* last second of what it shows; PS_TIME_NEVER: nothing that ends */
    ps_time trust_from;     /* when its trust became what it was at `dark`; ALWAYS: it shipped so */
    uint32_t release;       /* plan event with which it did; PS_PLAN_NONE: with none */
};
struct ps_origin ps_origin_of(const struct ps_origin_facts *facts);

#endif
