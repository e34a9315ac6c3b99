/* SPDX-License-Identifier: Apache-2.0
 *
 * X10: as X09, and the stolen certificate has been revoked. Whether the device hears of it is the
 * publishers' business: what is presented is the same.
 */
#include "attacks/attack.h"

static ps_status x10_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    (void)err; /* nothing is minted */
    return ps_attack_stolen(ca, options, ret_presentation);
}

const struct ps_attack_maker ps_attack_x10 = {PS_ATTACK_X10, x10_make};
