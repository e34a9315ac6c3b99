/* SPDX-License-Identifier: Apache-2.0
 *
 * X18: a CA of the attacker's own that calls itself what our issuer is called. Who compares names
 * instead of verifying signatures accepts its leaf.
 */
#include "attacks/attack.h"

static ps_status x18_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    struct ps_certificate_spec spec = ps_attack_ca_spec(options, options->issuer_dn);
    ps_key_id key;
    ps_certificate_id fake;
    PS_TRY(ps_ca_key(ca, PS_KEY_ECDSA_P256, &key, err));
    PS_TRY(ps_ca_issue(ca, &spec, key, options->issuer_dn, key, &fake, err));
    struct ps_attack_options signer = ps_attack_as_ca(options, options->issuer_dn, key, &fake);
    return ps_attack_leaf(ca, &signer, options->host, ret_presentation, err);
}

const struct ps_attack_maker ps_attack_x18 = {PS_ATTACK_X18, x18_make};
