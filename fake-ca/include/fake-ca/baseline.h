/* SPDX-License-Identifier: Apache-2.0
 *
 * The measure of speed: OpenSSL and nothing else. A baseline makes TLS 1.3 handshakes one after the
 * other, client and server in one thread, over two memory BIOs. Each side has one SSL_CTX for all
 * of them; X25519, AES-128-GCM, no tickets, and the client verifies the served list with OpenSSL's
 * own check: path, dates at `now`, purpose and host name. Nothing is said after the handshake. It
 * lives here because the server's key must not leave this component, and is used by
 * `pinstorm bench` only.
 *
 * A baseline belongs to one thread, has its own OpenSSL library context, and reads no clock.
 */
#ifndef FAKE_CA_BASELINE_H
#define FAKE_CA_BASELINE_H

#include "fake-ca/ca.h"

struct ps_baseline;
struct ps_baseline_options {
    const struct ps_ca *ca;                     /* borrowed until ps_baseline_free */
    const struct ps_presentation *presentation; /* read by ps_baseline_new only */
    ps_certificate_id anchor;                   /* the one that the client trusts */
    const char *host;                           /* borrowed until ps_baseline_free */
    ps_time now;                                /* the client's clock */
};
PS_MUST_USE ps_status ps_baseline_new(const struct ps_baseline_options *options,
                                      struct ps_baseline **ret_baseline, struct ps_error *err);
/* Makes `count` handshakes. The first that fails is PS_FAILED. */
PS_MUST_USE ps_status ps_baseline_run(struct ps_baseline *baseline, uint32_t count,
                                      struct ps_error *err);
void ps_baseline_free(struct ps_baseline *baseline); /* NULL allowed */

#endif
