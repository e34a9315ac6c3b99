/* SPDX-License-Identifier: Apache-2.0 */
#include "messages.h"

#include <string.h>

/* RFC 8446 section 4.1.3: the random bytes that make a ServerHello a HelloRetryRequest. */
static const unsigned char retry_random[] = {
    0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
    0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C};

static bool asks_again(const unsigned char *message, size_t size)
{
    enum { RANDOM_AT = 6 }; /* behind type, length and version */
    return size >= RANDOM_AT + sizeof retry_random &&
           memcmp(message + RANDOM_AT, retry_random, sizeof retry_random) == 0;
}

static const char *handshake_name(const unsigned char *message, size_t size)
{
    switch (size > 0 ? message[0] : -1) {
    case SSL3_MT_HELLO_REQUEST:
        return "HelloRequest";
    case SSL3_MT_CLIENT_HELLO:
        return "ClientHello";
    case SSL3_MT_SERVER_HELLO:
        return asks_again(message, size) ? "HelloRetryRequest" : "ServerHello";
    case SSL3_MT_NEWSESSION_TICKET:
        return "NewSessionTicket";
    case SSL3_MT_END_OF_EARLY_DATA:
        return "EndOfEarlyData";
    case SSL3_MT_ENCRYPTED_EXTENSIONS:
        return "EncryptedExtensions";
    case SSL3_MT_CERTIFICATE:
        return "Certificate";
    case SSL3_MT_SERVER_KEY_EXCHANGE:
        return "ServerKeyExchange";
    case SSL3_MT_CERTIFICATE_REQUEST:
        return "CertificateRequest";
    case SSL3_MT_SERVER_DONE:
        return "ServerHelloDone";
    case SSL3_MT_CERTIFICATE_VERIFY:
        return "CertificateVerify";
    case SSL3_MT_CLIENT_KEY_EXCHANGE:
        return "ClientKeyExchange";
    case SSL3_MT_FINISHED:
        return "Finished";
    case SSL3_MT_CERTIFICATE_STATUS:
        return "CertificateStatus";
    case SSL3_MT_KEY_UPDATE:
        return "KeyUpdate";
    default:
        return "a message of another kind";
    }
}

/* OpenSSL 3.0 has words for the alerts of TLS 1.2 only. */
static const char *alert_name(unsigned char code)
{
    switch (code) {
    case SSL_AD_INAPPROPRIATE_FALLBACK:
        return "inappropriate fallback";
    case SSL_AD_MISSING_EXTENSION:
        return "missing extension";
    case SSL_AD_CERTIFICATE_REQUIRED:
        return "certificate required";
    case SSL_AD_NO_APPLICATION_PROTOCOL:
        return "no application protocol";
    default:
        return SSL_alert_desc_string_long(code);
    }
}

/* Heads of records and types within them are no messages. A change of cipher is not kept either:
 * in TLS 1.3 it says nothing, and of TLS 1.2 OpenSSL tells only the device's own. */
static void on_message(int sent, int version, int type, const void *data, size_t size, SSL *tls,
                       void *context)
{
    (void)version;
    (void)tls;
    struct ps_message message = {.sent = sent == 1, .bytes = (uint32_t)size};
    const unsigned char *bytes = data;
    switch (type) {
    case SSL3_RT_HANDSHAKE:
        message.kind = PS_MESSAGE_HANDSHAKE;
        message.name = handshake_name(bytes, size);
        break;
    case SSL3_RT_ALERT:
        message.kind = PS_MESSAGE_ALERT;
        message.name = size == 2 ? alert_name(bytes[1]) : "malformed";
        break;
    default:
        return;
    }
    ps_messages_add(context, &message);
}

void ps_messages_record(SSL *tls, struct ps_messages *messages)
{
    SSL_set_msg_callback(tls, on_message);
    SSL_set_msg_callback_arg(tls, messages);
}
