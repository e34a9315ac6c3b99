/* SPDX-License-Identifier: Apache-2.0
 *
 * X04: the very CA that issues to the endpoint mis-issues our name to the attacker. Only a pin on
 * the endpoint's own key or certificate tells the two apart.
 */
#include "attacks/attack.h"

static ps_status x04_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    return ps_attack_leaf(ca, options, options->host, ret_presentation, err);
}

const struct ps_attack_maker ps_attack_x04 = {PS_ATTACK_X04, x04_make};
