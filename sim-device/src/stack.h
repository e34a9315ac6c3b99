/* SPDX-License-Identifier: Apache-2.0
 *
 * What belongs to one thread: an OpenSSL library context of its own (own locks, own caches: two
 * threads do not wait for each other), the digests fetched from it once, and the certificates that
 * were parsed in it, each once however many trusts carry it (parsing costs 126 us in OpenSSL 3.0).
 */
#ifndef SIM_DEVICE_STACK_H
#define SIM_DEVICE_STACK_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include "library.h"
#include "sim-device/contact.h"

struct ps_parsed; /* one entry of the table of parsed certificates */

struct ps_device_stack {
    struct ps_library own;
    OSSL_LIB_CTX *library; /* its context */
    EVP_MD *sha256, *sha1; /* owned */
    struct ps_parsed *parsed;
};

/* Gives a reference to the certificate these bytes are, or NULL if they are none (the bytes must be
 * one certificate exactly, nothing behind it). */
X509 *ps_stack_certificate(struct ps_device_stack *stack, struct ps_bytes der);

/* The same for a CRL; these are not kept. */
X509_CRL *ps_stack_crl(struct ps_device_stack *stack, struct ps_bytes der);

/* OpenSSL's constructors return NULL only when memory is exhausted. */
void *ps_need(void *made);

/* Forgets what OpenSSL noted of failures. Where one of them is that memory ran out, what failed of
 * it is no verdict: the program ends (base/memory.h). */
void ps_errors_clear(void);

#endif
