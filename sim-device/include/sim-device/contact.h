/* SPDX-License-Identifier: Apache-2.0
 *
 * The device's side of a contact: a state machine without I/O. It answers "send these bytes" and,
 * at the end, a verdict; whoever carries the bytes (the harness's links) decides nothing.
 *
 * A ps_device_stack belongs to one thread: its own OpenSSL library context and the trust objects
 * made in it. Trust is shared by all contacts of devices in the same trust state.
 *
 *   accepted     only once the acknowledgement (or the authentic payload) has been read
 *   refused      the device decided; it sends its alert or closes; the verdict says where and why
 *   unreachable  the link ended or stayed silent before either: never a refusal
 *
 * Time is an input: the device's own clock at the contact. Nothing here reads another.
 *
 * Engines. OpenSSL 3.0 knows no bare keys in place of certificates (RFC 7250): with raw_public_key
 * the key arrives inside a certificate that nobody looks at, and only pins of keys count. With psk
 * the secret is proved in TLS 1.3 and 1.2 alike; certificates are never taken, and the device calls
 * itself "device".
 */
#ifndef SIM_DEVICE_CONTACT_H
#define SIM_DEVICE_CONTACT_H

#include <stdbool.h>
#include <stddef.h>
#include "base/memory.h"
#include "base/message.h"
#include "base/status.h"
#include "base/strategy.h"
#include "base/text.h"
#include "base/time.h"
#include "base/verdict.h"

struct ps_device_stack;
PS_MUST_USE ps_status ps_device_stack_new(struct ps_device_stack **ret_stack, struct ps_error *err);
void ps_device_stack_free(struct ps_device_stack *stack); /* after its trusts and contacts */

/* A pin with its value: what it is compared with is taken from `certificate` (DER), or for SPKI
 * pins of a bare key from `spki` (DER SubjectPublicKeyInfo). Exactly one is set. ISSUER_DN takes
 * the issuer name of a pinned leaf and the subject name of a pinned CA certificate. */
struct ps_trust_pin {
    enum ps_pin_match match;
    enum ps_pin_depth depth;
    struct ps_bytes certificate;
    struct ps_bytes spki;
    bool unlearned;     /* neither is set: the next leaf will be learned, so any meets it */
    const char *group;  /* NULL or "": none */
    ps_time not_before; /* does not count before; PS_TIME_ALWAYS */
};

/* A device's own key pair, made here, as devices do; a CA certifies its public half. Immutable:
 * any number of threads may use one. */
struct ps_credential;
PS_MUST_USE ps_status ps_credential_new(struct ps_credential **ret_credential,
                                        struct ps_error *err);
void ps_credential_free(struct ps_credential *credential);                  /* NULL allowed */
struct ps_bytes ps_credential_spki(const struct ps_credential *credential); /* DER; borrowed */

/* Everything a device carries. Copied; the bytes may go after ps_trust_new. */
struct ps_trust_options {
    const struct ps_strategy *strategy; /* its decision fields; borrowed until ps_trust_free */
    const struct ps_bytes *anchors;     /* DER certificates, in the order the device loads them */
    size_t anchor_count;
    const struct ps_trust_pin *pins;
    size_t pin_count;
    struct ps_bytes release_key;    /* DER SPKI of the firmware signer; empty: none */
    struct ps_bytes release_secret; /* of a payload's MAC; empty: none */
    /* Of the firmware that runs, for update.rollback_protection: monotonic wants a higher version,
     * signed_time one that was issued no earlier, and not after the device's clock. */
    uint32_t installed_version;
    ps_time installed_issued;
    ps_time pins_end;                     /* max_age: when they end; PS_TIME_NEVER */
    const struct ps_bytes *intermediates; /* DER certificates kept from earlier paths */
    size_t intermediate_count;
    const struct ps_bytes *revoked; /* DER certificates in the pushed set or the blocklist */
    size_t revoked_count;
    ps_time revoked_from; /* when that set was made, on the device's clock; ALWAYS: it has none */
    struct ps_bytes psk;  /* the shared secret; empty: none */
    /* Shown when the server asks, if strategy.client.identity is one that is shown; NULL: none.
     * Only until ps_trust_new returns. */
    const struct ps_credential *credential;
    /* DER, for its key; empty, or with the identity raw_public_key: the bare key, inside a
     * certificate that it signs itself. */
    struct ps_bytes credential_certificate;
};
struct ps_trust;
/* Refuses (PS_FAILED) bytes that are no certificate, a credential's certificate for another key, a
 * secret of more than 256 bytes, and more names of anchors than a hello can hold
 * (negotiate.certificate_authorities). */
PS_MUST_USE ps_status ps_trust_new(struct ps_device_stack *stack,
                                   const struct ps_trust_options *options,
                                   struct ps_trust **ret_trust, struct ps_error *err);
void ps_trust_free(struct ps_trust *trust); /* after its contacts; NULL allowed */

enum ps_contact_task {
    PS_CONTACT_TELEMETRY, /* POST /telemetry with a message, over TLS; accepted once "ack <sha256>"
                             is read */
    PS_CONTACT_UPDATE, /* GET /firmware; accepted once an authentic payload is read (payload_auth)
                        */
};

struct ps_contact_options {
    struct ps_trust *trust; /* borrowed until ps_contact_free */
    ps_time now;            /* the device's clock */
    const char *host;       /* asked for in SNI and checked against the leaf; borrowed */
    enum ps_contact_task task;
    bool plain;              /* no TLS: firmware over HTTP */
    struct ps_bytes message; /* TELEMETRY: the body; borrowed */
    /* What DNS answered, as a resolver that validates would give it (RFC 6698); borrowed. None:
     * there is no record. */
    const struct ps_tlsa *tlsa;
    size_t tlsa_count;
    /* Resumes this session (ps_contact_ticket) if strategy.resumption is enabled and the server
     * agrees; then nothing is verified, and the accepted verdict has an empty path and a reason
     * that says so. Else the handshake is judged as ever. Empty: none. Borrowed. */
    struct ps_bytes ticket;
    /* DER, in place of the trust's credential_certificate, for the same key: who has many of them,
     * one after the other, need not make a trust of each. Empty: that one. And the certificate of
     * the CA that issued it, sent behind it; empty: it is not sent. Both only until ps_contact_new
     * returns. */
    struct ps_bytes credential_certificate, credential_issuer;
    /* Gets every message of the contact as it is sent or read; borrowed until ps_contact_free.
     * NULL: nobody wants them. */
    struct ps_messages *messages;
};

/* A TLSA record; the data is made from the certificate: all of it or its key, or SHA-256 of that.
 */
struct ps_tlsa {
    enum ps_tlsa_form form;
    struct ps_bytes certificate; /* DER; or, for a form that is of a key */
    struct ps_bytes spki;        /* DER */
};

struct ps_contact;
PS_MUST_USE ps_status ps_contact_new(struct ps_device_stack *stack,
                                     const struct ps_contact_options *options,
                                     struct ps_contact **ret_contact, struct ps_error *err);
void ps_contact_free(struct ps_contact *contact); /* NULL allowed */

/* Begins: fills the output with the first bytes. */
void ps_contact_start(struct ps_contact *contact);
/* Bytes from the peer. */
void ps_contact_receive(struct ps_contact *contact, const void *data, size_t size);
/* The link ended (end of stream, reset, or the device's own time-out): unreachable, unless decided.
 */
void ps_contact_link_ended(struct ps_contact *contact, const char *how);
/* Bytes for the peer; the caller consumes from it (ps_buffer_consume). */
struct ps_buffer *ps_contact_output(struct ps_contact *contact);
/* While not NULL the contact waits for what is at this URL, and the link for it. Whoever carries
 * the bytes opens a connection to the host of the URL (plain HTTP), sends it what
 * ps_contact_fetch_output holds, and gives back what arrives. Each URL is a connection of its own;
 * when `number` differs it is another one, and the one before is over. Borrowed until then. */
struct ps_fetch {
    const char *url;
    uint32_t number; /* counts from 1 */
};
const struct ps_fetch *ps_contact_fetch(const struct ps_contact *contact);
struct ps_buffer *ps_contact_fetch_output(struct ps_contact *contact);
void ps_contact_fetch_receive(struct ps_contact *contact, const void *data, size_t size);
/* The connection ended, or could not be made. What was fetched whole by then counts. */
void ps_contact_fetch_ended(struct ps_contact *contact);

/* The ticket that the server gave in an accepted contact; empty: none, as always with the engine
 * psk and where resumption is not enabled. Borrowed until ps_contact_free. */
struct ps_bytes ps_contact_ticket(const struct ps_contact *contact);

/* NULL while undecided. Borrowed until ps_contact_free. After a verdict the output may still hold
 * an alert or close_notify that must be carried. */
const struct ps_verdict *ps_contact_verdict(const struct ps_contact *contact);
/* Appends what a decided contact read besides the certificates that were sent, as far as its
 * verdict could read it. A line is a word, a tab and what it was:
 *
 *   stapled  the OCSP answer, or that there was none
 *   fetched  a URL, and what came back
 *   DNS      a TLSA record, or that there was none
 *   set      the set of revoked certificates that the device has
 *   kept     issuers from earlier paths
 *
 * No key and no serial number is told: equal contacts read equally. */
void ps_contact_tell(const struct ps_contact *contact, struct ps_text *out);
/* Version of an accepted UPDATE payload. */
uint32_t ps_contact_release(const struct ps_contact *contact);

#endif
