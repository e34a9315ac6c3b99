/* SPDX-License-Identifier: Apache-2.0
 *
 * X05: as X04, after the CA that mis-issues was revoked by the root. The attacker holds its key, so
 * he signs the leaf's status himself (publish.h mints it as it does the CA's own); only who asks
 * about the CA too refuses. What is presented is the same.
 */
#include "attacks/attack.h"

static ps_status x05_make(struct ps_ca *ca, const struct ps_attack_options *options,
                          struct ps_presentation *ret_presentation, struct ps_error *err)
{
    return ps_attack_leaf(ca, options, options->host, ret_presentation, err);
}

const struct ps_attack_maker ps_attack_x05 = {PS_ATTACK_X05, x05_make};
