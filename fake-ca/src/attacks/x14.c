/* SPDX-License-Identifier: Apache-2.0
 *
 * X14: the attacker has the key of a certificate that is no longer in use, and presents both. Once
 * the certificate has expired, who looks at dates refuses it.
 */
#include "attacks/attack.h"

static ps_status x14_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    (void)err; /* nothing is minted */
    return ps_attack_stolen(ca, options, ret_presentation);
}

const struct ps_attack_maker ps_attack_x14 = {PS_ATTACK_X14, x14_make};
