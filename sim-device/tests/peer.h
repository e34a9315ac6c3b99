/* SPDX-License-Identifier: Apache-2.0
 *
 * The other end for the tests: a server of plain OpenSSL that serves exactly what it is told, and
 * the exchange of bytes between it and a contact, with control over every single byte.
 */
#ifndef SIM_DEVICE_PEER_H
#define SIM_DEVICE_PEER_H

#include "base/text.h"
#include "mint.h"
#include "publisher.h"
#include "sim-device/contact.h"

/* What a device of the tests trusts. */
struct device {
    struct ps_strategy strategy;
    const char *anchors; /* names */
    struct ps_trust_pin pins[4];
    size_t pin_count;
    const char *pins_end;       /* NULL: never */
    const char *release_key;    /* name; NULL: none */
    const char *release_secret; /* NULL: none */
    uint32_t installed_version;
    const char *installed_issued;        /* a day; NULL: the first second of 1970 */
    const char *intermediates, *revoked; /* names; NULL: none */
    const char *revoked_from;            /* a day; NULL: the set has none */
    const char *psk;                     /* NULL: none */
    const struct ps_credential *credential;
    struct ps_bytes credential_certificate;
};

/* Everything checked, openssl3. */
struct ps_strategy device_strategy(void);
/* Sets a field of the strategy as a scenario writes it: "chain.builder=mbedtls". Several: spaces.
 */
void device_set(struct ps_strategy *strategy, const char *settings);
/* Adds a pin "spki_sha256 leaf L"; with "spki:L" instead of "L" only the bare key is given, with
 * "?" it is still to be learned. A letter behind it is its group, a date when it begins to count.
 */
void device_pin(struct device *device, const char *pin);
/* With settings, anchors and pins (between commas; NULL: none) as above. */
struct device device_make(const char *settings, const char *anchors, const char *pins);
/* A trust of the device in the stack; the device outlives it. */
ps_status device_trust_try(const struct device *device, struct ps_device_stack *stack,
                           struct ps_trust **ret_trust, struct ps_error *err);
/* The same where it cannot fail. */
struct ps_trust *device_trust(const struct device *device, struct ps_device_stack *stack);

enum peer_answer {
    PEER_ANSWERS,      /* the right acknowledgement, or 404 for firmware */
    PEER_SAYS,         /* options.answer, whole HTTP */
    PEER_CLOSES,       /* close_notify instead of an answer */
    PEER_WANTS_CLIENT, /* a client certificate, which the device has not: a fatal alert */
    PEER_IS_SILENT,    /* nothing */
};

struct exchange {
    const char *served; /* names, the leaf first; NULL: no certificate, and plain without psk */
    const char *psk;    /* the server knows this secret of who calls itself "device" */
    const char *now;    /* the device's clock */
    const char *host;   /* NULL: MINT_HOST */
    enum ps_contact_task task;
    const char *message; /* NULL: "hello" */
    enum peer_answer how;
    struct ps_bytes answer;      /* PEER_SAYS */
    int tls_version;             /* 0: any; else exactly this */
    const char *groups, *suites; /* the server's, of TLS 1.3; NULL: OpenSSL's own */
    bool tickets;                /* the server offers them, and takes those of any exchange */
    size_t chunk;                /* bytes handed over at once; 0: all there are */
    size_t server_bytes;         /* only so many server bytes arrive, then the link ends; 0: all */
    bool cut_at_start;           /* none arrive */
    const char *clients;    /* the CAs of the clients that the server lets in; "*": whoever shows a
                               certificate; NULL: nobody is asked */
    struct ps_bytes ticket; /* that the device holds */
    struct ps_bytes credential_certificate, credential_issuer; /* shown this once; empty: not */
    struct ps_bytes staple;                                    /* for who asks; empty: none */
    struct publisher *publisher;                               /* NULL: nothing may be fetched */
    struct ps_tlsa tlsa[2];                                    /* what DNS answers */
    size_t tlsa_count;
    void (*turn)(bool begins); /* told when the device's own work begins and ends; NULL: nobody */

    /* What was seen. */
    bool ret_delivered_all; /* the cut did not bite */
    bool ret_staple_asked;
    bool ret_handshake_done, ret_request, ret_resumed, ret_alert, ret_closed;
    int ret_version, ret_signature_hash; /* of the server's signature: a NID */
    const char *ret_cipher;              /* static */
    char ret_sni[64];                    /* the name that was asked for */
    int ret_authorities;                 /* how many the device named; -1: it said nothing */
    struct ps_buffer ret_client;         /* DER of the key that it showed; owned: exchange_deinit */
    struct ps_buffer ret_ticket;         /* that the contact gave; owned: exchange_deinit */
    struct ps_text ret_seen;             /* the request; owned: exchange_deinit */
    struct ps_text ret_record;           /* ps_contact_tell; owned: exchange_deinit */
    uint32_t ret_release;
    struct ps_messages *messages; /* that the device kept; NULL: nobody wants them */
    /* What the server's own OpenSSL saw of the handshake and of alerts, seen from the device: a
     * name is its type as a number. NULL: nobody wants it. */
    struct ps_messages *seen;
    size_t ret_first_bytes; /* of the first flight, on the wire */
};

/* PS_FAILED: there is no contact. */
ps_status exchange_try(struct exchange *exchange, struct ps_device_stack *stack,
                       struct ps_trust *trust, struct ps_verdict *ret_verdict,
                       struct ps_error *err);
/* The same where it cannot fail. */
struct ps_verdict exchange_run(struct exchange *exchange, struct ps_device_stack *stack,
                               struct ps_trust *trust);
void exchange_deinit(struct exchange *exchange);
/* Adds a TLSA record "2 0 1 I" to what DNS answers; "spki:I" gives the bare key. */
void exchange_tlsa(struct exchange *exchange, const char *record);

/* All in one, with a trust of its own. */
struct ps_verdict exchange_once(struct exchange *exchange, const struct device *device);

#endif
