/* SPDX-License-Identifier: Apache-2.0 */
#include "builder.h"

#include <assert.h>
#include <string.h>
#include "stack.h"

static const struct ps_builder_profile *const profiles[PS_BUILDER_COUNT] = {
    [PS_BUILDER_OPENSSL3] = &ps_builder_openssl3,
    [PS_BUILDER_OPENSSL102] = &ps_builder_openssl102,
    [PS_BUILDER_OPENSSL101] = &ps_builder_openssl101,
    [PS_BUILDER_MBEDTLS] = &ps_builder_mbedtls,
    [PS_BUILDER_GNUTLS37] = &ps_builder_gnutls37,
    [PS_BUILDER_WOLF_STRICT] = &ps_builder_wolf_strict,
    [PS_BUILDER_WOLF_ALT] = &ps_builder_wolf_alt,
    [PS_BUILDER_BEARSSL] = &ps_builder_bearssl,
    [PS_BUILDER_BACKTRACKING] = &ps_builder_backtracking,
};

const struct ps_builder_profile *ps_builder_profile(enum ps_builder builder)
{
    assert((unsigned)builder < PS_BUILDER_COUNT && profiles[builder]->builder == builder);
    return profiles[builder];
}

void ps_build(const struct ps_build_input *input, struct ps_built *ret_built)
{
    memset(ret_built, 0, sizeof *ret_built);
    ret_built->depth = -1;
    assert(sk_X509_num(input->served) > 0);
    ps_builder_profile(input->strategy->chain.builder)->build(input, ret_built);
    assert(ret_built->error != X509_V_OK || ret_built->count > 0);
    ps_errors_clear(); /* candidates that did not fit leave their traces there */
}
