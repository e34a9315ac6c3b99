/* SPDX-License-Identifier: Apache-2.0
 *
 * What an attacker presents, one file per attack. An attack is a maker: it mints what it needs from
 * the CA (fresh keys always, so that no pin matches by accident) and says what is presented.
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

extern const struct ps_attack_maker ps_attack_x01;
extern const struct ps_attack_maker ps_attack_x02;
extern const struct ps_attack_maker ps_attack_x03;

/* What makers share: a fresh P-256 key, an ordinary server leaf for `host` by `issuer_dn` and
 * `issuer_key` with the options' dates, and a copy of the options' chain. */
PS_MUST_USE ps_status ps_attack_leaf(struct ps_ca *ca, const struct ps_attack_options *options,
                                     const char *host, struct ps_presentation *ret_presentation,
                                     struct ps_error *err);
/* What every attacker's leaf is described as. */
struct ps_certificate_spec ps_attack_spec(const struct ps_attack_options *options,
                                          const char *host);

#endif
