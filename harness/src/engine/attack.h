/* SPDX-License-Identifier: Apache-2.0
 *
 * What an attacker's material is made of, in the world's numbers. The class key reads it, and the
 * material is minted from it, so that neither can know of something that the other has not.
 *
 * "First" is the endpoint's first leaf: the one in use at the scenario's `from`. Attacks with an
 * old key or certificate take it, because it is the one that devices made early have seen. As long
 * as the endpoint still uses it, such an attack is the same as one with the certificate in use;
 * the threat's window decides from when it is meant.
 *
 * Some attacks are of a certificate that has been revoked. That is their premise: it counts as
 * revoked from the threat's `from` on, whatever the scenario's events say.
 */
#ifndef HARNESS_ENGINE_ATTACK_H
#define HARNESS_ENGINE_ATTACK_H

#include "engine/class.h"

/* Who answers when the device asks about certificates. */
enum ps_attack_answers {
    PS_ANSWERS_GENUINE,  /* their issuers, as they would anybody */
    PS_ANSWERS_OWN,      /* the attacker about his leaf, with the key of its CA; the rest GENUINE */
    PS_ANSWERS_BLOCKED,  /* nobody, and nothing is stapled */
    PS_ANSWERS_REPLAYED, /* the attacker, with good answers from before that hold on its clock */
};

struct ps_attack_parts {
    uint32_t leaf;        /* world leaf, presented as it is; PS_PLAN_NONE: he mints his own */
    bool staple_twin;     /* not that leaf, but its twin that demands a staple */
    uint32_t key;         /* world key of the leaf; PS_PLAN_NONE: a fresh one */
    uint32_t issuer;      /* authority whose name what he mints carries; PS_PLAN_NONE: his own */
    bool own_ca;          /* what carries it is a CA of his own, which issues the leaf */
    bool own_ca_is_false; /* and signs itself: `issuer` has nothing to do with it */
    uint32_t certificate; /* of his role, sent first after the leaf; PS_PLAN_NONE: it is not */
    uint32_t serving;     /* where `chain` is from */
    const struct ps_plan_chain *chain; /* of the endpoint, sent after that; NULL: nothing is */
    enum ps_attack_answers answers;
};

/* The parts of a probe. */
struct ps_attack_parts ps_attack_parts(const struct ps_world *world,
                                       const struct ps_contact_spec *spec);
/* What the attacker has stolen for a probe, when all else of `spec` is set: its stolen_leaf and
 * stolen_key. */
void ps_attack_steal(const struct ps_world *world, struct ps_contact_spec *spec);
/* The attack on certificates that a probe is. */
enum ps_attack ps_attack_of(const struct ps_world *world, const struct ps_contact_spec *spec);
/* It is of what stands behind contacts (PS_CHANNEL_ATTACKS). */
bool ps_attack_is_of_channel(enum ps_attack attack);
/* He presents what was issued to the operator, as it is. */
bool ps_attack_is_theft(enum ps_attack attack);
/* DNS answers what he wants. */
bool ps_attack_spoofs_dns(enum ps_attack attack);

/* Attacks of channels whose success can make the device the attacker's. */
bool ps_attack_takes_over(enum ps_attack attack);
/* A clock that was set so far ahead that nothing of the scenario is valid any more. */
struct ps_device_clock ps_attack_clock_ahead(void);

/* Whether `target` is revoked by the premise of a probe. */
bool ps_attack_presumes_revoked(const struct ps_world *world, const struct ps_contact_spec *spec,
                                struct ps_target target);

/* X15 sets the device's clock back to when the stolen certificate was valid, where it can: some
 * clocks believe whoever tells them the time (ps_clock_believes), down to their floor, or to what
 * they have stored (life.c). The clock so set is right until the certificate's end; from then on
 * ps_attack_shows holds it at the last second but one before that end. */
bool ps_attack_sets_clock(enum ps_attack attack, const struct ps_strategy *strategy);
ps_time ps_attack_shows(const struct ps_world *world, const struct ps_contact_spec *spec,
                        const struct ps_device_clock *clock, ps_time t);

#endif
