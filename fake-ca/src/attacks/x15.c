/* SPDX-License-Identifier: Apache-2.0
 *
 * X15: as X14, and the device's clock was set back to when the certificate was valid. The clock is
 * the device's and no business of this file: what is presented is the same.
 */
#include "attacks/attack.h"

static ps_status x15_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    (void)err; /* nothing is minted */
    return ps_attack_stolen(ca, options, ret_presentation);
}

const struct ps_attack_maker ps_attack_x15 = {PS_ATTACK_X15, x15_make};
