/* SPDX-License-Identifier: Apache-2.0
 *
 * X20: the issuing CA of the vendor's own PKI was stolen and issues our name.
 */
#include "attacks/attack.h"

static ps_status x20_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    return ps_attack_leaf(ca, options, options->host, ret_presentation, err);
}

const struct ps_attack_maker ps_attack_x20 = {PS_ATTACK_X20, x20_make};
