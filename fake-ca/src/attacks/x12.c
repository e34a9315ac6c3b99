/* SPDX-License-Identifier: Apache-2.0
 *
 * X12: as X10, and the attacker replays status from before the revocation that has not ended: a
 * staple, an OCSP answer, a CRL. Only what was pushed to the device knows better. What is presented
 * is the same.
 */
#include "attacks/attack.h"

static ps_status x12_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    (void)err; /* nothing is minted */
    return ps_attack_stolen(ca, options, ret_presentation);
}

const struct ps_attack_maker ps_attack_x12 = {PS_ATTACK_X12, x12_make};
