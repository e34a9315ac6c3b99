/* SPDX-License-Identifier: Apache-2.0
 *
 * The strategy's revocation modes: whom the device asks whether the certificates of a list were
 * revoked, about which of them, and what no answer means. What is revoked is refused in every mode;
 * what nobody answers for is refused where the strategy is hard about it.
 *
 *   ocsp         the leaf's staple if it counts, else each responder that the certificate names
 *   staple       the leaf's staple and nothing else, whatever the scope
 *   must_staple  the same, and hard, where the leaf demands it (RFC 7633); of other leaves only a
 *                staple that says "revoked" is heard
 *   crl          the issuer's lists that the certificate names, until one counts
 *   pushed_set, blocklist   the set that the device has
 */
#ifndef SIM_DEVICE_REVOCATION_H
#define SIM_DEVICE_REVOCATION_H

#include "fetch.h"
#include "trust.h"

struct ps_revocation_question {
    const struct ps_trust *trust;
    ps_time now;
    /* Both leaf first. The path ends in an anchor; count 0: none was validated. Then the served
     * list is asked about, as far as each certificate is signed by another one in it. */
    X509 *const *path;
    size_t path_count;
    X509 *const *served;
    size_t served_count;
    struct ps_bytes staple;     /* DER OCSPResponse; empty: none came */
    struct ps_fetches *fetches; /* NULL: nothing can be fetched */
};

struct ps_revocation_found {
    int error;                /* X509_V_OK: not refused */
    int depth;                /* of the certificate in question; -1: none */
    X509 *about;              /* the same certificate; NULL: none. Borrowed from path or list */
    const char *why;          /* the error in words, a static clause */
    const char *staple_worth; /* what was made of the staple, a static clause; NULL: nothing */
    bool fetching;            /* nothing is decided before what is under way has come */
};

void ps_revocation_check(const struct ps_revocation_question *question,
                         struct ps_revocation_found *ret_found);

/* Does the strategy look at staples? */
bool ps_revocation_wants_staple(const struct ps_strategy *strategy);

#endif
