/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdlib.h>
#include "attacks/attack.h"
#include "base/memory.h"

static const struct ps_attack_maker *const makers[] = {
    [PS_ATTACK_X01] = &ps_attack_x01, [PS_ATTACK_X02] = &ps_attack_x02,
    [PS_ATTACK_X03] = &ps_attack_x03, [PS_ATTACK_X04] = &ps_attack_x04,
    [PS_ATTACK_X05] = &ps_attack_x05, [PS_ATTACK_X06] = &ps_attack_x06,
    [PS_ATTACK_X07] = &ps_attack_x07, [PS_ATTACK_X08] = &ps_attack_x08,
    [PS_ATTACK_X09] = &ps_attack_x09, [PS_ATTACK_X10] = &ps_attack_x10,
    [PS_ATTACK_X11] = &ps_attack_x11, [PS_ATTACK_X12] = &ps_attack_x12,
    [PS_ATTACK_X13] = &ps_attack_x13, [PS_ATTACK_X14] = &ps_attack_x14,
    [PS_ATTACK_X15] = &ps_attack_x15, [PS_ATTACK_X16] = &ps_attack_x16,
    [PS_ATTACK_X17] = &ps_attack_x17, [PS_ATTACK_X18] = &ps_attack_x18,
    [PS_ATTACK_X19] = &ps_attack_x19, [PS_ATTACK_X20] = &ps_attack_x20,
    [PS_ATTACK_X21] = &ps_attack_x21, [PS_ATTACK_X22] = &ps_attack_x22,
    [PS_ATTACK_X23] = &ps_attack_x23,
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
        .ocsp_url = options->ocsp_url,
        .issuer_url = options->issuer_url,
        .crl_url = options->crl_url,
    };
}

struct ps_certificate_spec ps_attack_ca_spec(const struct ps_attack_options *options,
                                             const char *subject)
{
    return (struct ps_certificate_spec){
        .subject = subject,
        .hash = PS_HASH_SHA256,
        .not_before = options->not_before,
        .not_after = options->not_after,
        .ca = true,
        .path_length = PS_PATH_LENGTH_NONE,
        .ocsp_url = options->ocsp_url,
        .issuer_url = options->issuer_url,
        .crl_url = options->crl_url,
    };
}

static void send_chain(const struct ps_attack_options *options,
                       struct ps_presentation *presentation)
{
    presentation->chain_count = options->chain_count;
    presentation->chain = NULL;
    if (options->chain_count > 0)
        presentation->chain =
            ps_memdup(options->chain, options->chain_count * sizeof *options->chain);
}

ps_status ps_attack_leaf_of_key(struct ps_ca *ca, const struct ps_attack_options *options,
                                const char *host, ps_key_id key,
                                struct ps_presentation *ret_presentation, struct ps_error *err)
{
    struct ps_certificate_spec spec = ps_attack_spec(options, host);
    struct ps_presentation presentation = {.leaf_key = key};
    PS_TRY(ps_ca_issue(ca, &spec, key, options->issuer_dn, options->issuer_key, &presentation.leaf,
                       err));
    send_chain(options, &presentation);
    *ret_presentation = presentation;
    return PS_OK;
}

ps_status ps_attack_leaf(struct ps_ca *ca, const struct ps_attack_options *options,
                         const char *host, struct ps_presentation *ret_presentation,
                         struct ps_error *err)
{
    ps_key_id key;
    PS_TRY(ps_ca_key(ca, PS_KEY_ECDSA_P256, &key, err));
    return ps_attack_leaf_of_key(ca, options, host, key, ret_presentation, err);
}

ps_status ps_attack_self_signed(struct ps_ca *ca, const struct ps_attack_options *options,
                                ps_key_id key, struct ps_presentation *ret_presentation,
                                struct ps_error *err)
{
    char *name = ps_format("CN=%s", options->host);
    struct ps_attack_options own = *options;
    own.issuer_dn = name;
    own.issuer_key = key;
    own.chain_count = 0;
    ps_status s = ps_attack_leaf_of_key(ca, &own, options->host, key, ret_presentation, err);
    free(name);
    return s;
}

struct ps_attack_options ps_attack_as_ca(const struct ps_attack_options *options, const char *name,
                                         ps_key_id key, const ps_certificate_id *ca)
{
    struct ps_attack_options own = *options;
    own.issuer_dn = name;
    own.issuer_key = key;
    own.chain = ca;
    own.chain_count = 1;
    own.issuer_url = NULL; /* it is sent */
    if (options->own_ocsp_url != NULL)
        own.ocsp_url = options->own_ocsp_url;
    if (options->own_crl_url != NULL)
        own.crl_url = options->own_crl_url;
    return own;
}

ps_status ps_attack_sub_ca(struct ps_ca *ca, const struct ps_attack_options *options,
                           struct ps_presentation *ret_presentation, struct ps_error *err)
{
    static const char name[] = "O=Attacker, CN=Rogue Sub";
    struct ps_certificate_spec spec = ps_attack_ca_spec(options, name);
    ps_key_id key;
    ps_certificate_id sub_ca;
    PS_TRY(ps_ca_key(ca, PS_KEY_ECDSA_P256, &key, err));
    PS_TRY(ps_ca_issue(ca, &spec, key, options->issuer_dn, options->issuer_key, &sub_ca, err));
    struct ps_attack_options signer = ps_attack_as_ca(options, name, key, &sub_ca);
    return ps_attack_leaf(ca, &signer, options->host, ret_presentation, err);
}

ps_status ps_attack_stolen(const struct ps_ca *ca, const struct ps_attack_options *options,
                           struct ps_presentation *ret_presentation)
{
    struct ps_presentation presentation = {
        .leaf = options->stolen_leaf,
        .leaf_key = ps_ca_certificate_key(ca, options->stolen_leaf),
    };
    send_chain(options, &presentation);
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
