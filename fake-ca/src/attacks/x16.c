/* SPDX-License-Identifier: Apache-2.0
 *
 * X16: the attacker has a server key that is no longer in use, and signs a certificate for our
 * name with it himself. Who compares keys and nothing else accepts it.
 */
#include "attacks/attack.h"

static ps_status x16_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    return ps_attack_self_signed(ca, options, options->stolen_key, ret_presentation, err);
}

const struct ps_attack_maker ps_attack_x16 = {PS_ATTACK_X16, x16_make};
