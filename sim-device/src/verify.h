/* SPDX-License-Identifier: Apache-2.0
 *
 * The acceptance rule (base/strategy.h): path, dates, name, revocation and pins, for one served
 * list.
 */
#ifndef SIM_DEVICE_VERIFY_H
#define SIM_DEVICE_VERIFY_H

#include "builders/builder.h"
#include "dane.h"
#include "fetch.h"
#include "trust.h"

/* What a judgement lacks. Once it is there the same list is judged again, from the beginning. */
enum ps_wait {
    PS_WAIT_NOT,
    PS_WAIT_FETCH,  /* what `fetches` has under way */
    PS_WAIT_STAPLE, /* everything that is blamed before revocation passed */
};

/* A served list under judgement; hangs on the SSL as its application data. */
struct ps_judgement {
    const struct ps_trust *trust; /* borrowed until the contact ends */
    ps_time now;
    const char *host;           /* borrowed until the contact ends */
    STACK_OF(X509_CRL) * crls;  /* borrowed; NULL: nobody asks for revocation */
    const struct ps_dane *dane; /* borrowed; NULL: nobody asked DNS */
    struct ps_built *ret_built; /* borrowed; gets the path; NULL: nobody wants it */
    struct ps_fetches *fetches; /* borrowed; NULL: nothing can be fetched */
    struct ps_bytes staple;     /* a DER OCSPResponse; borrowed; empty: none */
    bool staple_follows;        /* it comes later: TLS 1.2 sends it behind the certificates */
    enum ps_wait waits;         /* set when it is not judged after ps_verify_list */
    const char *staple_worth;   /* what was made of the staple, a static clause; NULL: nothing */
    bool judged;
    struct ps_verdict verdict; /* once judged: ACCEPTED, or where it was refused */
};

/* Judges the served list (leaf first; at least the leaf), or says what it waits for. */
void ps_verify_list(struct ps_judgement *judgement, STACK_OF(X509) * served);

/* After the handshake of a judgement that waited for a staple: judges the same list with whatever
 * staple came. */
void ps_verify_with_staple(struct ps_judgement *judgement, SSL *tls);

/* For SSL_CTX_set_cert_verify_callback. A judgement that waits for a fetch suspends the handshake
 * (SSL_ERROR_WANT_RETRY_VERIFY); one that waits for a staple lets it go on. */
int ps_verify_callback(X509_STORE_CTX *context, void *unused);

#endif
