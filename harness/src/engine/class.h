/* SPDX-License-Identifier: Apache-2.0
 *
 * Contact classes. A verdict is a pure function of what it reads; a class is everything that it
 * reads, as bytes. Contacts of one class have one verdict, so each class gets one real handshake
 * and its verdict is reused (and, with an audit, checked against devices' own contacts).
 *
 * The key of a class holds: what the device does (telemetry, update, probe) and over what; the
 * trust state with its strategy; the name asked for; the certificates sent after the leaf; of the
 * leaf its issuer, key type, hash and names, and the certificate or the key itself where the trust
 * state holds such an anchor or pin; the attacker's material, of which a stolen leaf or key counts
 * as the server's own does; the link's fault; and the bracket of the device's clock among all dates
 * involved: the leaf's, the sent certificates', the anchors' and the pins' end. A leaf's serial
 * number and its dates as such are not in it.
 *
 * A bracket distinguishes before, at and after both ends of a validity (stacks disagree at notAfter
 * itself).
 */
#ifndef HARNESS_ENGINE_CLASS_H
#define HARNESS_ENGINE_CLASS_H

#include "engine/trust.h"

enum ps_contact_kind { PS_KIND_TELEMETRY, PS_KIND_UPDATE, PS_KIND_PROBE };

/* One contact, exactly: the job that is run, for a class or for an audit, is made from this. */
struct ps_contact_spec {
    enum ps_contact_kind kind;
    uint32_t cohort, number; /* the device, for its message; not part of the class */
    uint32_t strategy, trust;
    uint32_t endpoint;
    uint32_t serving;
    uint32_t leaf;                    /* world leaf that the genuine server uses then */
    uint32_t threat;                  /* PROBE: of the plan */
    uint32_t stolen_leaf, stolen_key; /* PROBE: the world's, in the attacker's hands; or none */
    uint32_t
        release; /* UPDATE: plan event whose payload is offered; PS_PLAN_NONE: the first firmware */
    bool plain;  /* UPDATE over HTTP */
    ps_time at;  /* true time */
    ps_time clock;         /* the device's */
    ps_time pins_end;      /* strategies with a max_age of pins: when the device's end */
    ps_time set_made;      /* as of when its pushed set is, or its blocklist; ALWAYS: it has none */
    bool staple;           /* the server staples an answer about its leaf */
    uint32_t down;         /* PS_PUBLISH_ bits that cannot be reached, whoever publishes */
    struct ps_target tlsa; /* what DNS has a record of; NONE: of nothing */
    enum ps_fault fault;
    ps_duration delay;
    uint32_t after_bytes;
    ps_duration timeout;
};

/* An attacker's leaf is valid from a day before the scenario until a year after it: he renews his
 * certificate whenever he likes. */
struct ps_validity {
    ps_time not_before, not_after;
};
struct ps_validity ps_attack_validity(const struct ps_plan *plan);

/* Appends the class key of `spec`. */
void ps_class_key(const struct ps_world *world, const struct ps_trusts *trusts,
                  const struct ps_contact_spec *spec, struct ps_buffer *key);

/* The first true time after `t` at which the clock passes a date that this contact's verdict can
 * read; NEVER if none. */
ps_time ps_class_dates_until(const struct ps_world *world, const struct ps_trusts *trusts,
                             const struct ps_contact_spec *spec,
                             const struct ps_device_clock *clock, ps_time t);

#endif
