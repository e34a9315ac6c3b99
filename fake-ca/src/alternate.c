/* SPDX-License-Identifier: Apache-2.0
 *
 * Which list the leaf is sent with, when there are several: by the authorities that the device
 * names (RFC 8446 section 4.2.4; in TLS 1.2 a device cannot name any).
 */
#include <stdlib.h>
#include <openssl/ssl.h>
#include "server_private.h"

void ps_alternates_deinit(struct ps_alternates *alternates)
{
    for (size_t i = 0; i < alternates->count; i++)
        sk_X509_free(alternates->lists[i]);
    free(alternates->lists);
    *alternates = (struct ps_alternates){0};
}

static bool list_fits(X509 *leaf, const STACK_OF(X509) * list, const STACK_OF(X509_NAME) * names)
{
    int count = sk_X509_num(list);
    X509 *last = count > 0 ? sk_X509_value(list, count - 1) : leaf;
    for (int i = 0; i < sk_X509_NAME_num(names); i++) {
        const X509_NAME *name = sk_X509_NAME_value(names, i);
        if (X509_NAME_cmp(name, X509_get_issuer_name(last)) == 0 ||
            X509_NAME_cmp(name, X509_get_subject_name(last)) == 0)
            return true;
    }
    return false;
}

int ps_alternate_choose(SSL *ssl, void *context)
{
    const struct ps_alternates *alternates = context;
    const STACK_OF(X509_NAME) *names = SSL_get0_peer_CA_list(ssl);
    for (size_t i = 0; i < alternates->count; i++) {
        if (list_fits(alternates->leaf, alternates->lists[i], names))
            return SSL_set1_chain(ssl, alternates->lists[i]) == 1;
    }
    return 1; /* none fits, or none was named: the ordinary one is set already */
}
