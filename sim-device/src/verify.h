/* SPDX-License-Identifier: Apache-2.0
 *
 * The acceptance rule (base/strategy.h): path, dates, name, revocation and pins, for one served
 * list.
 */
#ifndef SIM_DEVICE_VERIFY_H
#define SIM_DEVICE_VERIFY_H

#include "builders/builder.h"
#include "dane.h"
#include "trust.h"

/* A served list under judgement; hangs on the SSL as its application data. */
struct ps_judgement {
    const struct ps_trust *trust; /* borrowed until the contact ends */
    ps_time now;
    const char *host;           /* borrowed until the contact ends */
    STACK_OF(X509_CRL) * crls;  /* borrowed; NULL: nobody asks for revocation */
    const struct ps_dane *dane; /* borrowed; NULL: nobody asked DNS */
    struct ps_built *ret_built; /* borrowed; gets the path; NULL: nobody wants it */
    bool judged;
    struct ps_verdict verdict; /* once judged: ACCEPTED, or where it was refused */
};

/* Judges the served list (leaf first; at least the leaf). */
void ps_verify_list(struct ps_judgement *judgement, STACK_OF(X509) * served);

/* For SSL_CTX_set_cert_verify_callback. */
int ps_verify_callback(X509_STORE_CTX *context, void *unused);

#endif
