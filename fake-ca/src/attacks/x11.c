/* SPDX-License-Identifier: Apache-2.0
 *
 * X11: as X10, and the attacker keeps the device from everybody who would say so. No staple is
 * sent. What is presented is the same.
 */
#include "attacks/attack.h"

static ps_status x11_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    (void)err; /* nothing is minted */
    return ps_attack_stolen(ca, options, ret_presentation);
}

const struct ps_attack_maker ps_attack_x11 = {PS_ATTACK_X11, x11_make};
