/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <openssl/crypto.h>
#include "ca_private.h"

ps_status ps_ca_new(struct ps_keypool *pool, struct ps_ca **ret_ca, struct ps_error *err)
{
    (void)err;
    assert(pool != NULL);
    struct ps_ca *ca = ps_alloc(1, sizeof *ca);
    ca->pool = pool;
    *ret_ca = ca;
    return PS_OK;
}

void ps_ca_free(struct ps_ca *ca)
{
    if (ca == NULL)
        return;
    for (size_t i = 0; i < ca->certificate_count; i++) {
        OPENSSL_free(ca->certificates[i]->der);
        free(ca->certificates[i]->subject);
        free(ca->certificates[i]->issuer);
        free(ca->certificates[i]);
    }
    free(ca->certificates);
    for (size_t i = 0; i < ca->key_count; i++)
        ps_keypool_give(ca->pool, ca->keys[i]);
    free(ca->keys);
    free(ca);
}

ps_status ps_ca_key(struct ps_ca *ca, enum ps_key_type type, ps_key_id *ret_key,
                    struct ps_error *err)
{
    assert(ca->key_count < UINT32_MAX);
    struct ps_key *key = NULL;
    PS_TRY(ps_keypool_take(ca->pool, type, &key, err));
    ps_key_id id = {(uint32_t)ca->key_count};
    PS_PUSH(ca->keys, ca->key_count, ca->key_capacity, key);
    *ret_key = id;
    return PS_OK;
}

const struct ps_key *ps_ca_key_find(const struct ps_ca *ca, ps_key_id key)
{
    assert(key.n < ca->key_count);
    return ca->keys[key.n];
}

const struct ps_ca_certificate *ps_ca_certificate_find(const struct ps_ca *ca,
                                                       ps_certificate_id certificate)
{
    assert(certificate.n < ca->certificate_count);
    return ca->certificates[certificate.n];
}

struct ps_bytes ps_ca_der(const struct ps_ca *ca, ps_certificate_id certificate)
{
    const struct ps_ca_certificate *found = ps_ca_certificate_find(ca, certificate);
    return (struct ps_bytes){found->der, found->size};
}

struct ps_bytes ps_ca_spki(const struct ps_ca *ca, ps_key_id key)
{
    const struct ps_key *found = ps_ca_key_find(ca, key);
    return (struct ps_bytes){found->spki, found->spki_size};
}

ps_key_id ps_ca_certificate_key(const struct ps_ca *ca, ps_certificate_id certificate)
{
    const struct ps_ca_certificate *found = ps_ca_certificate_find(ca, certificate);
    assert(found->has_key);
    return found->key;
}

const char *ps_ca_subject(const struct ps_ca *ca, ps_certificate_id certificate)
{
    return ps_ca_certificate_find(ca, certificate)->subject;
}

const char *ps_ca_issuer(const struct ps_ca *ca, ps_certificate_id certificate)
{
    return ps_ca_certificate_find(ca, certificate)->issuer;
}

size_t ps_ca_der_size_max(const struct ps_ca *ca, ps_certificate_id certificate)
{
    return ps_ca_certificate_find(ca, certificate)->size_max;
}

void ps_ca_describe(const struct ps_ca *ca, ps_certificate_id certificate, struct ps_text *out)
{
    const struct ps_ca_certificate *found = ps_ca_certificate_find(ca, certificate);
    char from[PS_TIME_TEXT_MAX], until[PS_TIME_TEXT_MAX];
    ps_text_add(out, "%s, by %s, ", found->subject, found->issuer);
    if (found->has_key)
        ps_text_add(out, "key %" PRIu32, found->key.n);
    else
        ps_text_add(out, "somebody else's key");
    ps_text_add(out, ", %s .. %s\n", ps_time_format(found->not_before, from),
                ps_time_format(found->not_after, until));
}
