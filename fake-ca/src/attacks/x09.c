/* SPDX-License-Identifier: Apache-2.0
 *
 * X09: the server's key is stolen, its certificate valid and not revoked. The attacker is the
 * server as far as any certificate tells.
 */
#include "attacks/attack.h"

static ps_status x09_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    (void)err; /* nothing is minted */
    return ps_attack_stolen(ca, options, ret_presentation);
}

const struct ps_attack_maker ps_attack_x09 = {PS_ATTACK_X09, x09_make};
