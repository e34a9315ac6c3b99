/* SPDX-License-Identifier: Apache-2.0
 *
 * Path builders: profiles of real stacks. Each gets from a served list and a set of anchors to a
 * path or to an error, the way the library it is named after does; what it must reproduce are
 * measured verdicts of those libraries (tests/builders_test.c).
 *
 * A builder checks names, signatures, CA flags, path lengths, key usages and dates; host name and
 * pins are verify.c's, the same for all. It keeps nothing between calls.
 *
 * Dates: a certificate is a leaf (the first), an anchor (the trusted end of the path) or a CA (the
 * others), and each of the three has a switch in the strategy. A switch that is off makes every
 * date of that position valid, in the choice between candidates too.
 */
#ifndef SIM_DEVICE_BUILDER_H
#define SIM_DEVICE_BUILDER_H

#include <openssl/types.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>
#include <stddef.h>
#include "base/strategy.h"
#include "base/time.h"

enum {
    PS_INTERMEDIATES_MAX = 100, /* whatever the strategy says: OpenSSL's own default */
    PS_PATH_MAX = PS_INTERMEDIATES_MAX + 2,
};

struct ps_build_input {
    OSSL_LIB_CTX *library;
    const struct ps_strategy *strategy;
    X509_STORE *store;    /* the anchors again, for OpenSSL's own builder */
    X509 *const *anchors; /* in the order the device loads them */
    size_t anchor_count;
    STACK_OF(X509) * served; /* leaf first, as served */
    ps_time now;
    SSL_DANE *dane; /* OpenSSL's own builder ends paths by these TLSA records; NULL: by anchors */
};

/* A path, or what was in the way. The certificates are borrowed until the input's end. */
struct ps_built {
    X509 *path[PS_PATH_MAX]; /* leaf first; as far as the builder got */
    size_t count;
    int error; /* X509_V_OK, or the X509_V_ERR_ that ended it */
    int depth; /* of the certificate that the error is about; -1 none */
};

/* One stack. `build` fills a zeroed result. */
struct ps_builder_profile {
    enum ps_builder builder;
    void (*build)(const struct ps_build_input *input, struct ps_built *built);
};

extern const struct ps_builder_profile ps_builder_openssl3, ps_builder_openssl102,
    ps_builder_openssl101, ps_builder_mbedtls, ps_builder_gnutls37, ps_builder_wolf_strict,
    ps_builder_wolf_alt, ps_builder_bearssl, ps_builder_backtracking;

const struct ps_builder_profile *ps_builder_profile(enum ps_builder builder);

/* Builds with the strategy's builder. */
void ps_build(const struct ps_build_input *input, struct ps_built *ret_built);

#endif
