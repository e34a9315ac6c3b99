/* SPDX-License-Identifier: Apache-2.0
 *
 * X03: another public CA mis-issues our name. Who trusts that CA too and does not pin accepts it.
 */
#include "attacks/attack.h"

static ps_status x03_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    return ps_attack_leaf(ca, options, options->host, ret_presentation, err);
}

const struct ps_attack_maker ps_attack_x03 = {PS_ATTACK_X03, x03_make};
