/* SPDX-License-Identifier: Apache-2.0
 *
 * The messages of one contact as its device sent and read them: what people are shown who ask what
 * happened on the wire. Pure data; nothing decides by it.
 */
#ifndef BASE_MESSAGE_H
#define BASE_MESSAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* X(name, text, meaning) */
#define PS_MESSAGE_KINDS(X)                                                                        \
    X(HANDSHAKE, "handshake", "a message of the handshake")                                        \
    X(ALERT, "alert", "what a side says when it refuses, or when it closes")                       \
    X(DATA, "data", "a request, or the answer to it, without what TLS adds")

#define X(name, text, meaning) PS_MESSAGE_##name,
enum ps_message_kind { PS_MESSAGE_KINDS(X) PS_MESSAGE_KIND_COUNT };
#undef X

struct ps_message {
    enum ps_message_kind kind;
    bool sent;        /* by the device; else by the server, and the device read it */
    const char *name; /* "ClientHello", of an alert "certificate expired"; static */
    uint32_t bytes;   /* of the message itself: records and encryption add to it */
};

/* In the order in which the device sent and read them. Zero is empty. */
struct ps_messages {
    struct ps_message *items;
    size_t count, capacity;
};
void ps_messages_add(struct ps_messages *messages, const struct ps_message *message);
void ps_messages_deinit(struct ps_messages *messages); /* frees; empty again */

const char *ps_message_kind_text(enum ps_message_kind kind);

#endif
