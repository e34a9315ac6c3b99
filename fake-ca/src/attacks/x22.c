/* SPDX-License-Identifier: Apache-2.0
 *
 * X22: the attacker answers for DNS, with a record that fits a self-signed certificate of his own.
 * Who believes DNS and nothing else accepts it. As X01 as far as it is presented; the record is the
 * device's side and made from this certificate.
 */
#include "attacks/attack.h"

static ps_status x22_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    ps_key_id key;
    PS_TRY(ps_ca_key(ca, PS_KEY_ECDSA_P256, &key, err));
    return ps_attack_self_signed(ca, options, key, ret_presentation, err);
}

const struct ps_attack_maker ps_attack_x22 = {PS_ATTACK_X22, x22_make};
