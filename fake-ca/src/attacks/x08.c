/* SPDX-License-Identifier: Apache-2.0
 *
 * X08: as X07, when the root has expired: the same certificates, only later. Who gives roots no
 * dates accepts them.
 */
#include "attacks/attack.h"

static ps_status x08_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    return ps_attack_sub_ca(ca, options, ret_presentation, err);
}

const struct ps_attack_maker ps_attack_x08 = {PS_ATTACK_X08, x08_make};
