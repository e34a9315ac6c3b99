/* SPDX-License-Identifier: Apache-2.0
 *
 * The engine psk: both ends prove that they hold one secret, and nobody shows a certificate. In TLS
 * 1.3 it is an external PSK for SHA-256 (RFC 8446 section 4.2.11), in TLS 1.2 a PSK cipher suite
 * (RFC 4279). The device calls itself "device", whichever of them it is: what it is told apart by
 * is the server's business.
 */
#ifndef SIM_DEVICE_PSK_H
#define SIM_DEVICE_PSK_H

#include "trust.h"

enum { PS_PSK_BYTES_MAX = 256 };

/* Makes all contacts of a context offer their trust's secret, and in TLS 1.2 nothing else. */
void ps_psk_offer(const struct ps_strategy_limits *limits, SSL_CTX *tls);

/* After the handshake: has the server proved that it holds the secret? */
bool ps_psk_is_proved(const SSL *tls);

#endif
