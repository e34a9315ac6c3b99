/* SPDX-License-Identifier: Apache-2.0
 *
 * X07: the key of a root that was retired fell into the attacker's hands while the root was still
 * valid. He makes himself a CA with it. Who still holds that root accepts him.
 */
#include "attacks/attack.h"

static ps_status x07_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    return ps_attack_sub_ca(ca, options, ret_presentation, err);
}

const struct ps_attack_maker ps_attack_x07 = {PS_ATTACK_X07, x07_make};
