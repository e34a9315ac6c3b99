/* SPDX-License-Identifier: Apache-2.0
 *
 * X13: as X11 with a stolen certificate that demands a staple (TLS feature): the attacker leaves
 * the staple out. Who honours the demand refuses him. The caller names such a leaf; nothing is
 * minted.
 */
#include "attacks/attack.h"

static ps_status x13_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    (void)err; /* nothing is minted */
    return ps_attack_stolen(ca, options, ret_presentation);
}

const struct ps_attack_maker ps_attack_x13 = {PS_ATTACK_X13, x13_make};
