/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything a device carries, parsed once: its anchors, its pins as values, the key of its
 * firmware, and the SSL_CTX that all contacts in this trust state share (a sixth cheaper than one
 * per contact).
 */
#ifndef SIM_DEVICE_TRUST_H
#define SIM_DEVICE_TRUST_H

#include <openssl/ssl.h>
#include "stack.h"

enum { PS_PIN_VALUE_MAX = 32 };

/* A pin as it is compared. */
struct ps_pin_value {
    enum ps_pin_match match;
    enum ps_pin_depth depth;
    unsigned char hash[PS_PIN_VALUE_MAX]; /* of certificate or key */
    X509_NAME *name;                      /* of the two name matches; owned */
    bool unlearned;                       /* whatever comes meets it */
    char *group;                          /* owned; "": none */
    ps_time not_before;                   /* does not count before */
};

struct ps_trust {
    struct ps_device_stack *stack;      /* borrowed until ps_trust_free */
    const struct ps_strategy *strategy; /* borrowed until ps_trust_free */
    SSL_CTX *tls;                       /* owned; NULL until the first contact: ps_trust_tls */
    X509_STORE *store;                  /* owned: the anchors for OpenSSL's own builder */
    X509 **anchors;                     /* owned, each with a reference */
    size_t anchor_count;
    struct ps_pin_value *pins; /* owned */
    size_t pin_count;
    ps_time pins_end;      /* whichever comes first of what strategy and options say */
    EVP_PKEY *release_key; /* owned; NULL: none */
    X509 **intermediates;  /* owned, each with a reference: kept from earlier paths */
    size_t intermediate_count;
    X509 **revoked; /* owned, each with a reference: the pushed set or the blocklist */
    size_t revoked_count;
    ps_time revoked_from;
    struct ps_buffer release_secret; /* owned; wiped when freed */
    uint32_t installed_version;
    ps_time installed_issued;
    struct ps_buffer psk;     /* owned; wiped when freed */
    EVP_PKEY *client_key;     /* owned; NULL: the device shows nothing of its own */
    X509 *client_certificate; /* owned */
};

/* Server certificate messages may be this large (OpenSSL's own default, named). */
enum { PS_CERTIFICATE_LIST_BYTES_MAX = 100 * 1024 };

/* Made when first asked for. */
SSL_CTX *ps_trust_tls(struct ps_trust *trust);

#endif
