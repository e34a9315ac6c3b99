/* SPDX-License-Identifier: Apache-2.0
 *
 * X19: another public CA mis-issues our name, and the genuine chain is sent behind the attacker's
 * own. Who looks for a pin in the list that was sent, not in the path that was verified, finds it.
 */
#include "attacks/attack.h"

static ps_status x19_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    return ps_attack_leaf(ca, options, options->host, ret_presentation, err);
}

const struct ps_attack_maker ps_attack_x19 = {PS_ATTACK_X19, x19_make};
