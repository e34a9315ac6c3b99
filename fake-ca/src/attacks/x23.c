/* SPDX-License-Identifier: Apache-2.0
 *
 * X23: the operator has replaced a stolen key, but the attacker gets the old one certified again
 * by the same CA. Who still has the old key's pin accepts it, and so does who pins no key.
 */
#include "attacks/attack.h"

static ps_status x23_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    return ps_attack_leaf_of_key(ca, options, options->host, options->stolen_key, ret_presentation,
                                 err);
}

const struct ps_attack_maker ps_attack_x23 = {PS_ATTACK_X23, x23_make};
