/* SPDX-License-Identifier: Apache-2.0
 *
 * X02: a valid certificate of the endpoint's own issuer, honestly issued to the attacker for a
 * name of his. Only who does not compare names accepts it.
 */
#include <string.h>
#include "attacks/attack.h"

static const char attackers_host[] = "evil.example";

static ps_status x02_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    if (strcmp(options->host, attackers_host) == 0)
        return ps_fail(err, PS_INVALID, "%s is the attacker's own name", attackers_host);
    return ps_attack_leaf(ca, options, attackers_host, ret_presentation, err);
}

const struct ps_attack_maker ps_attack_x02 = {PS_ATTACK_X02, x02_make};
