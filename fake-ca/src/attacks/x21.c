/* SPDX-License-Identifier: Apache-2.0
 *
 * X21: as X03, after the device's pins have ended. The window is the scenario's and the pins' end
 * the strategy's: what is presented is the same.
 */
#include "attacks/attack.h"

static ps_status x21_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    return ps_attack_leaf(ca, options, options->host, ret_presentation, err);
}

const struct ps_attack_maker ps_attack_x21 = {PS_ATTACK_X21, x21_make};
