/* SPDX-License-Identifier: Apache-2.0
 *
 * X01: a self-signed certificate for our name. Only who does not look for an issuer accepts it. An
 * end entity without the CA bit; nothing is sent after it, whatever chain the options name.
 */
#include "attacks/attack.h"

static ps_status x01_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    ps_key_id key;
    PS_TRY(ps_ca_key(ca, PS_KEY_ECDSA_P256, &key, err));
    return ps_attack_self_signed(ca, options, key, ret_presentation, err);
}

const struct ps_attack_maker ps_attack_x01 = {PS_ATTACK_X01, x01_make};
