/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps the messages of TLS that go through a connection, by OpenSSL's own callback: what it hands
 * over is decrypted and whole, and told once even if the handshake is suspended over it.
 */
#ifndef SIM_DEVICE_MESSAGES_H
#define SIM_DEVICE_MESSAGES_H

#include <openssl/ssl.h>
#include "base/message.h"

/* `messages` is borrowed until the connection is freed. */
void ps_messages_record(SSL *tls, struct ps_messages *messages);

#endif
