/* SPDX-License-Identifier: Apache-2.0
 *
 * The certificates of the tests, minted with plain OpenSSL and independent of the fake CA. All of
 * them are in one table (mint.c); they are minted once, before the first test.
 */
#ifndef SIM_DEVICE_MINT_H
#define SIM_DEVICE_MINT_H

#include <openssl/x509.h>
#include <stddef.h>
#include "base/memory.h"
#include "base/time.h"

enum { MINT_LIST_MAX = 8 };
#define MINT_HOST "hub.example"

struct mint {
    X509 *certificate;
    EVP_PKEY *key;
    struct ps_bytes der, spki;
};

void mint_setup(void); /* for an unchecked fixture */
void mint_teardown(void);
const struct mint *mint_named(const char *name);
/* "L I R2x" into a list; gives the count. */
size_t mint_list(const char *names, const struct mint *ret_list[static MINT_LIST_MAX]);

/* Seconds of "2021-10-05" or "2021-10-05T00:00:00Z". */
ps_time mint_time(const char *text);

/* A firmware payload; the caller frees the buffer. */
struct mint_release {
    uint32_t version;
    const char *issued; /* a day; NULL: the first second of 1970 */
    const char *signer; /* the certificate whose key signs it; NULL: nobody */
    const char *secret; /* of its MAC; NULL: it has none */
};
void mint_release(const struct mint_release *release, struct ps_buffer *ret_payload);

#endif
