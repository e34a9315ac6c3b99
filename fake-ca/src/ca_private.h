/* SPDX-License-Identifier: Apache-2.0
 *
 * The inside of a CA: keys in the order they were asked for, certificates in the order they were
 * minted. Elements are allocated one by one and never change, so what servers borrow stays put.
 */
#ifndef FAKE_CA_CA_PRIVATE_H
#define FAKE_CA_CA_PRIVATE_H

#include "fake-ca/ca.h"
#include "keypool.h"

struct ps_ca_certificate {
    bool has_key; /* else somebody else made the key */
    ps_key_id key;
    ps_key_id issuer_key;
    unsigned char *der; /* owned by OpenSSL's allocator */
    size_t size;
    size_t size_max;
    char *subject, *issuer; /* as they were asked for */
    ps_time not_before, not_after;
};

struct ps_ca {
    struct ps_keypool *pool; /* borrowed until ps_ca_free */
    struct ps_key **keys;    /* owned until they go back to the pool */
    size_t key_count, key_capacity;
    struct ps_ca_certificate **certificates;
    size_t certificate_count, certificate_capacity;
    /* Of releases, each made on first use: the vendor's, and of somebody who has not them. */
    struct ps_release_key {
        bool made;
        ps_key_id key;
    } release_key, forger_key;
    struct ps_release_secret {
        bool made;
        unsigned char bytes[32];
    } release_secret, forger_secret;
};

/* Borrowed until ps_ca_free. An identifier that this CA did not give is a programming error. */
const struct ps_key *ps_ca_key_find(const struct ps_ca *ca, ps_key_id key);
const struct ps_ca_certificate *ps_ca_certificate_find(const struct ps_ca *ca,
                                                       ps_certificate_id certificate);

#endif
