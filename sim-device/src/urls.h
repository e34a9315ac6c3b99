/* SPDX-License-Identifier: Apache-2.0
 *
 * Where a certificate says that something about it is published.
 */
#ifndef SIM_DEVICE_URLS_H
#define SIM_DEVICE_URLS_H

#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    PS_URL_BYTES_MAX = 1024, /* a longer one is passed over */
    PS_URLS_MAX = 4,         /* of one kind in one certificate; the others are passed over */
};

/* A URL that can be fetched from: http, a host, printable ASCII. Borrowed from its text. */
struct ps_url {
    const char *host; /* with its port, as in Host (RFC 9110 section 7.2) */
    size_t host_length;
    const char *path; /* with its query; "/" if the URL has none */
    size_t path_length;
};
/* False: nothing can be fetched from there. */
bool ps_url_split(const char *text, struct ps_url *ret_url);

enum ps_urls_kind {
    PS_URLS_OCSP,   /* authorityInfoAccess, RFC 5280 section 4.2.2.1 */
    PS_URLS_ISSUER, /* the same, caIssuers */
    PS_URLS_CRL,    /* cRLDistributionPoints, section 4.2.1.13: whole lists of its own issuer */
};

/* Usable ones, in the order of the certificate. */
struct ps_urls {
    char *all[PS_URLS_MAX]; /* owned */
    size_t count;
};
void ps_urls_of(const X509 *certificate, enum ps_urls_kind kind, struct ps_urls *ret_urls);
void ps_urls_deinit(struct ps_urls *urls);

#endif
