/* SPDX-License-Identifier: Apache-2.0
 *
 * X06: the CA that the operator could move to mis-issues our name. Who trusts a second CA as a way
 * out accepts what that CA signs, too.
 */
#include "attacks/attack.h"

static ps_status x06_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    return ps_attack_leaf(ca, options, options->host, ret_presentation, err);
}

const struct ps_attack_maker ps_attack_x06 = {PS_ATTACK_X06, x06_make};
