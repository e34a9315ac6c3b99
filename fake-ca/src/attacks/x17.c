/* SPDX-License-Identifier: Apache-2.0
 *
 * X17: the backup key was stolen from the safe. The attacker signs a certificate for our name with
 * it himself, before the key was ever in use.
 */
#include "attacks/attack.h"

static ps_status x17_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    return ps_attack_self_signed(ca, options, options->stolen_key, ret_presentation, err);
}

const struct ps_attack_maker ps_attack_x17 = {PS_ATTACK_X17, x17_make};
