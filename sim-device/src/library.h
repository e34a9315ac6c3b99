/* SPDX-License-Identifier: Apache-2.0
 *
 * A device stack's library context of OpenSSL, made quick at reading certificates.
 *
 * Whenever OpenSSL 3.0 parses a certificate it asks which decoder may read its public key, and for
 * that it compares every decoder of every provider with every kind of key: a fifth of all the work
 * of a handshake, both ends. The device's keys come from certificates as SubjectPublicKeyInfo only.
 * So this context has one provider, which passes on everything that OpenSSL's default provider
 * has, but of its decoders only those of that structure. What is computed, and by whom, stays the
 * same; a handshake takes a sixth less.
 *
 * The default provider lives in a context of its own behind it. Where such a provider cannot be
 * made the context is an ordinary one: slower, and nothing else.
 */
#ifndef SIM_DEVICE_LIBRARY_H
#define SIM_DEVICE_LIBRARY_H

#include <openssl/crypto.h>
#include <openssl/provider.h>

struct ps_library {
    OSSL_LIB_CTX *context; /* what is to be used; owned, as all of these */
    OSSL_PROVIDER *passing;
    OSSL_LIB_CTX *behind;
    OSSL_PROVIDER *provider; /* the default one, in `behind` */
    struct ps_library *next; /* of those in use */
};

/* In place, and must not move. */
void ps_library_init(struct ps_library *library);
void ps_library_deinit(struct ps_library *library); /* after everything that was made in it */

#endif
