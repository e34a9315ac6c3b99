/* SPDX-License-Identifier: Apache-2.0
 *
 * X01: a self-signed certificate for our name. Only who does not look for an issuer accepts it. An
 * end entity without the CA bit; nothing is sent after it, whatever chain the options name.
 */
#include "attacks/attack.h"
#include "base/memory.h"

#include <stdlib.h>

static ps_status x01_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    struct ps_certificate_spec spec = ps_attack_spec(options, options->host);
    struct ps_presentation presentation = {.chain = NULL};
    PS_TRY(ps_ca_key(ca, PS_KEY_ECDSA_P256, &presentation.leaf_key, err));
    char *name = ps_format("CN=%s", options->host);
    ps_status status = ps_ca_issue(ca, &spec, presentation.leaf_key, name, presentation.leaf_key,
                                   &presentation.leaf, err);
    free(name);
    if (!ps_is_ok(status))
        return status;
    *ret_presentation = presentation;
    return PS_OK;
}

const struct ps_attack_maker ps_attack_x01 = {PS_ATTACK_X01, x01_make};
