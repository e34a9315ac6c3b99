/* SPDX-License-Identifier: Apache-2.0
 *
 * Trust states: what a device carries to decide with, as references into the plan and the world.
 * Interned, because devices share few of them: two devices with equal contents have one state.
 *
 * What a state does not hold, though a device does: when its pins end and when its pushed set was
 * made (struct ps_contact_spec has them). They differ from device to device and from day to day,
 * and count only as dates that its clock passes.
 */
#ifndef HARNESS_ENGINE_TRUST_H
#define HARNESS_ENGINE_TRUST_H

#include <pthread.h>
#include "engine/fleet.h"
#include "engine/intern.h"
#include "engine/steady.h"

struct ps_trust_pin_state {
    uint32_t match, depth; /* enums */
    struct ps_target of;   /* NONE: nothing was learned yet, so whatever comes meets it */
    const char *group;     /* borrowed from the plan */
    ps_time not_before;    /* on the device's clock */
};

struct ps_trust_state {
    uint32_t strategy;
    struct ps_target *anchors;
    size_t anchor_count;
    struct ps_trust_pin_state *pins;
    size_t pin_count;
    struct ps_target *intermediates; /* kept from earlier paths */
    size_t intermediate_count;
    struct ps_target *revoked; /* in its pushed set or blocklist */
    size_t revoked_count;
    bool has_set;        /* there is one, if only an empty one */
    bool reads_leaf;     /* something is compared with a whole leaf certificate */
    bool reads_leaf_key; /* some pin is compared with a leaf's key */
    bool reads_dates;    /* a verdict can depend on the device's clock */
    bool reads_staple;   /* a stapled answer, if there is one */
    uint32_t asks;       /* PS_PUBLISH_ bits: what it may fetch */
    bool reads_tlsa;     /* what DNS says */
    bool reads_set_date; /* when its pushed set or blocklist was made */
};

struct ps_trusts {
    pthread_mutex_t *lock; /* of adding; NULL: only one thread does. Borrowed */
    struct ps_intern index;
    struct ps_steady states; /* by number */
};

/* Borrowed until ps_trusts_deinit. */
static inline const struct ps_trust_state *ps_trusts_at(const struct ps_trusts *trusts,
                                                        uint32_t number)
{
    return ps_steady_at(&trusts->states, number, sizeof(struct ps_trust_state));
}

/* How many there are by now, while others may be adding to them. */
uint32_t ps_trusts_count(const struct ps_trusts *trusts);
void ps_trusts_deinit(struct ps_trusts *trusts);

/* A key that was announced to a device, and from when it counts. */
struct ps_announced_key {
    uint32_t key; /* of the world */
    ps_time begins;
};

/* What a device came to know in its life. All zero: nothing. Borrowed. Of anchors and announced
 * keys the device keeps what its storage has room for, the oldest first. */
struct ps_learned {
    bool has_first_leaf;
    uint32_t first_leaf;     /* of the world: the leaf of its first contact */
    const uint32_t *anchors; /* plan certificates, beside what shipped or was installed */
    size_t anchor_count;
    const struct ps_announced_key *announced; /* oldest first */
    size_t announced_count;
    const uint32_t *intermediates; /* plan certificates, ascending */
    size_t intermediate_count;
    bool has_set;     /* a pushed set came */
    ps_time set_made; /* and this is the second as of which it is */
};

struct ps_trust_query {
    const struct ps_device *device;
    uint32_t strategy; /* whose fields count: also of a fallback */
    uint32_t release;  /* installed: plan event; PS_PLAN_NONE: as shipped */
    ps_time t;
    ps_time build;  /* when the firmware in use was built: what a blocklist knows */
    ps_time loaded; /* what the device's clock showed when it loaded its anchors */
    const struct ps_learned *learned; /* NULL: nothing */
};

/* The state of a device. *ret_until: when it changes by itself (a live store does). */
uint32_t ps_trust_of(struct ps_trusts *trusts, const struct ps_world *world,
                     const struct ps_trust_query *query, ps_time *ret_until);

/* The state that differs from `number` only in that `target` is in its set, too. */
uint32_t ps_trust_with_revoked(struct ps_trusts *trusts, const struct ps_world *world,
                               uint32_t number, struct ps_target target);

#endif
