/* SPDX-License-Identifier: Apache-2.0
 *
 * What an attacker presents, one file per attack. An attack is a maker: it mints what it needs from
 * the CA (fresh keys, so that no pin matches by accident, unless the attack is a stolen key) and
 * says what is presented.
 */
#ifndef FAKE_CA_ATTACKS_ATTACK_H
#define FAKE_CA_ATTACKS_ATTACK_H

#include "fake-ca/ca.h"

struct ps_attack_maker {
    enum ps_attack attack;
    /* Fills the whole presentation; its chain is given to the caller. */
    ps_status (*make)(struct ps_ca *ca, const struct ps_attack_options *options,
                      struct ps_presentation *ret_presentation, struct ps_error *err);
};

extern const struct ps_attack_maker ps_attack_x01, ps_attack_x02, ps_attack_x03, ps_attack_x04,
    ps_attack_x05, ps_attack_x06, ps_attack_x07, ps_attack_x08, ps_attack_x09, ps_attack_x10,
    ps_attack_x11, ps_attack_x12, ps_attack_x13, ps_attack_x14, ps_attack_x15, ps_attack_x16,
    ps_attack_x17, ps_attack_x18, ps_attack_x19, ps_attack_x20, ps_attack_x21, ps_attack_x22,
    ps_attack_x23;

/* What makers share. */

/* An ordinary server leaf for `host` by the options' issuer with the options' dates, and a copy of
 * the options' chain after it. */
PS_MUST_USE ps_status ps_attack_leaf_of_key(struct ps_ca *ca,
                                            const struct ps_attack_options *options,
                                            const char *host, ps_key_id key,
                                            struct ps_presentation *ret_presentation,
                                            struct ps_error *err);
/* The same with a fresh P-256 key. */
PS_MUST_USE ps_status ps_attack_leaf(struct ps_ca *ca, const struct ps_attack_options *options,
                                     const char *host, struct ps_presentation *ret_presentation,
                                     struct ps_error *err);
/* A leaf for our name that `key` signs itself; nothing is sent after it. */
PS_MUST_USE ps_status ps_attack_self_signed(struct ps_ca *ca,
                                            const struct ps_attack_options *options, ps_key_id key,
                                            struct ps_presentation *ret_presentation,
                                            struct ps_error *err);
/* A CA of the attacker's own under the options' issuer, a leaf by it, and that CA after it. */
PS_MUST_USE ps_status ps_attack_sub_ca(struct ps_ca *ca, const struct ps_attack_options *options,
                                       struct ps_presentation *ret_presentation,
                                       struct ps_error *err);
/* The options of a leaf that the attacker's own CA issues: its name, key, certificate and URLs. */
struct ps_attack_options ps_attack_as_ca(const struct ps_attack_options *options, const char *name,
                                         ps_key_id key, const ps_certificate_id *ca);
/* The options' stolen leaf with its own key, and a copy of the options' chain after it. */
PS_MUST_USE ps_status ps_attack_stolen(const struct ps_ca *ca,
                                       const struct ps_attack_options *options,
                                       struct ps_presentation *ret_presentation);
/* What every attacker's leaf, and every attacker's CA, is described as. */
struct ps_certificate_spec ps_attack_spec(const struct ps_attack_options *options,
                                          const char *host);
struct ps_certificate_spec ps_attack_ca_spec(const struct ps_attack_options *options,
                                             const char *subject);

#endif
