/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include "attacks/attack.h"

static const struct ps_attack_maker *const makers[] = {
    [PS_ATTACK_X01] = &ps_attack_x01,
    [PS_ATTACK_X02] = &ps_attack_x02,
    [PS_ATTACK_X03] = &ps_attack_x03,
};
_Static_assert(sizeof makers / sizeof makers[0] == PS_ATTACK_COUNT, "every attack can be made");

struct ps_certificate_spec ps_attack_spec(const struct ps_attack_options *options, const char *host)
{
    return (struct ps_certificate_spec){
        .host = host,
        .hash = PS_HASH_SHA256,
        .not_before = options->not_before,
        .not_after = options->not_after,
        .path_length = PS_PATH_LENGTH_NONE,
        .eku = PS_EKU_SERVER_AUTH,
    };
}

ps_status ps_attack_leaf(struct ps_ca *ca, const struct ps_attack_options *options,
                         const char *host, struct ps_presentation *ret_presentation,
                         struct ps_error *err)
{
    struct ps_certificate_spec spec = ps_attack_spec(options, host);
    struct ps_presentation presentation = {.chain_count = options->chain_count};
    PS_TRY(ps_ca_key(ca, PS_KEY_ECDSA_P256, &presentation.leaf_key, err));
    PS_TRY(ps_ca_issue(ca, &spec, presentation.leaf_key, options->issuer_dn, options->issuer_key,
                       &presentation.leaf, err));
    if (options->chain_count > 0)
        presentation.chain =
            ps_memdup(options->chain, options->chain_count * sizeof *options->chain);
    *ret_presentation = presentation;
    return PS_OK;
}

ps_status ps_ca_attack(struct ps_ca *ca, enum ps_attack attack,
                       const struct ps_attack_options *options,
                       struct ps_presentation *ret_presentation, struct ps_error *err)
{
    assert((unsigned)attack < PS_ATTACK_COUNT && makers[attack]->attack == attack);
    ps_status status = makers[attack]->make(ca, options, ret_presentation, err);
    return ps_is_ok(status) ? status : ps_wrap(err, status, "attack %s", ps_attack_text(attack));
}
