/* SPDX-License-Identifier: Apache-2.0 */
#include "pins.h"

#include <openssl/x509v3.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static bool digest_bytes(EVP_MD *md, const void *data, size_t size, unsigned char *ret_hash)
{
    return EVP_Digest(data, size, ret_hash, NULL, md, NULL) == 1;
}

/* RFC 7469 section 2.4: the hash of the DER of the SubjectPublicKeyInfo. */
static bool hash_spki(struct ps_device_stack *stack, const X509 *certificate,
                      unsigned char *ret_hash)
{
    unsigned char *der = NULL;
    int size = i2d_X509_PUBKEY(X509_get_X509_PUBKEY(certificate), &der);
    bool done = size > 0 && digest_bytes(stack->sha256, der, (size_t)size, ret_hash);
    OPENSSL_free(der);
    return done;
}

static bool is_ca(X509 *certificate)
{
    return X509_check_ca(certificate) != 0;
}

static bool value_of_certificate(struct ps_device_stack *stack, X509 *certificate,
                                 struct ps_pin_value *value)
{
    const X509_NAME *name = NULL;
    switch (value->match) {
    case PS_PIN_MATCH_CERT_SHA256:
        return X509_digest(certificate, stack->sha256, value->hash, NULL) == 1;
    case PS_PIN_MATCH_CERT_SHA1:
        return X509_digest(certificate, stack->sha1, value->hash, NULL) == 1;
    case PS_PIN_MATCH_SPKI_SHA256:
        return hash_spki(stack, certificate, value->hash);
    case PS_PIN_MATCH_ISSUER_DN:
        /* Who pins a CA by the issuer's name means the certificates this CA issues. */
        name = is_ca(certificate) ? X509_get_subject_name(certificate)
                                  : X509_get_issuer_name(certificate);
        break;
    case PS_PIN_MATCH_SUBJECT_DN:
        name = X509_get_subject_name(certificate);
        break;
    }
    value->name = ps_need(X509_NAME_dup(name));
    return true;
}

static bool value_of_spki(struct ps_device_stack *stack, struct ps_bytes spki,
                          struct ps_pin_value *value)
{
    if (value->match != PS_PIN_MATCH_SPKI_SHA256 || spki.size > LONG_MAX)
        return false;
    const unsigned char *at = spki.data;
    EVP_PKEY *key = d2i_PUBKEY_ex(NULL, &at, (long)spki.size, stack->library, NULL);
    bool whole = key && at == spki.data + spki.size;
    EVP_PKEY_free(key);
    return whole && digest_bytes(stack->sha256, spki.data, spki.size, value->hash);
}

bool ps_pin_value_init(struct ps_device_stack *stack, const struct ps_trust_pin *pin,
                       struct ps_pin_value *ret_value)
{
    struct ps_pin_value value = {.match = pin->match,
                                 .depth = pin->depth,
                                 .unlearned = pin->unlearned,
                                 .not_before = pin->not_before};
    bool done = false;
    if (pin->unlearned) {
        done = pin->certificate.size == 0 && pin->spki.size == 0;
    } else if (pin->certificate.size > 0 && pin->spki.size == 0) {
        X509 *certificate = ps_stack_certificate(stack, pin->certificate);
        done = certificate && value_of_certificate(stack, certificate, &value);
        X509_free(certificate);
    } else if (pin->spki.size > 0 && pin->certificate.size == 0) {
        done = value_of_spki(stack, pin->spki, &value);
    }
    ps_errors_clear();
    if (done) {
        value.group = ps_strdup(pin->group ? pin->group : "");
        *ret_value = value;
    }
    return done;
}

void ps_pin_value_deinit(struct ps_pin_value *value)
{
    X509_NAME_free(value->name);
    free(value->group);
    *value = (struct ps_pin_value){0};
}

bool ps_pin_value_matches(struct ps_device_stack *stack, const struct ps_pin_value *pin,
                          X509 *certificate)
{
    unsigned char hash[EVP_MAX_MD_SIZE];
    switch (pin->match) {
    case PS_PIN_MATCH_CERT_SHA256:
        return X509_digest(certificate, stack->sha256, hash, NULL) == 1 &&
               memcmp(hash, pin->hash, 32) == 0;
    case PS_PIN_MATCH_CERT_SHA1:
        return X509_digest(certificate, stack->sha1, hash, NULL) == 1 &&
               memcmp(hash, pin->hash, 20) == 0;
    case PS_PIN_MATCH_SPKI_SHA256:
        return hash_spki(stack, certificate, hash) && memcmp(hash, pin->hash, 32) == 0;
    case PS_PIN_MATCH_ISSUER_DN:
        return X509_NAME_cmp(X509_get_issuer_name(certificate), pin->name) == 0;
    case PS_PIN_MATCH_SUBJECT_DN:
        return X509_NAME_cmp(X509_get_subject_name(certificate), pin->name) == 0;
    }
    return false;
}

static bool at_depth(enum ps_pin_depth depth, size_t index, const struct ps_pin_list *list)
{
    bool last = list->ended && index + 1 == list->count;
    switch (depth) {
    case PS_PIN_DEPTH_LEAF:
        return index == 0;
    case PS_PIN_DEPTH_INTERMEDIATE:
        return index > 0 && !last;
    case PS_PIN_DEPTH_ROOT:
        return last;
    case PS_PIN_DEPTH_CA:
        return index > 0;
    case PS_PIN_DEPTH_ANY:
        return true;
    }
    return false;
}

static bool is_met(const struct ps_trust *trust, const struct ps_pin_value *pin,
                   const struct ps_pin_list *list)
{
    if (pin->unlearned)
        return true;
    for (size_t i = 0; i < list->count; i++)
        if (at_depth(pin->depth, i, list) &&
            ps_pin_value_matches(trust->stack, pin, list->certificates[i]))
            return true;
    return false;
}

static bool counts(const struct ps_trust *trust, const struct ps_pin_value *pin, ps_time now)
{
    /* Where only the key is looked at nothing else of a certificate can be compared. */
    bool comparable = trust->strategy->chain.engine != PS_ENGINE_RAW_PUBLIC_KEY ||
                      pin->match == PS_PIN_MATCH_SPKI_SHA256;
    return comparable && (trust->strategy->time.clock == PS_CLOCK_IGNORE ||
                          ps_time_compare(now, pin->not_before) >= 0);
}

/* Is one met of this group? With group NULL: of any. */
static bool group_is_met(const struct ps_trust *trust, const char *group,
                         const struct ps_pin_list *list, ps_time now)
{
    for (size_t i = 0; i < trust->pin_count; i++) {
        const struct ps_pin_value *pin = &trust->pins[i];
        if (counts(trust, pin, now) && (!group || strcmp(group, pin->group) == 0) &&
            is_met(trust, pin, list))
            return true;
    }
    return false;
}

static bool all_groups_are_met(const struct ps_trust *trust, const struct ps_pin_list *list,
                               ps_time now)
{
    for (size_t i = 0; i < trust->pin_count; i++)
        if (counts(trust, &trust->pins[i], now) &&
            !group_is_met(trust, trust->pins[i].group, list, now))
            return false;
    return true;
}

enum ps_pins_answer ps_pins_ask(const struct ps_trust *trust, const struct ps_pin_list *list,
                                ps_time now)
{
    const struct ps_strategy *strategy = trust->strategy;
    size_t counted = 0;
    for (size_t i = 0; i < trust->pin_count; i++)
        counted += counts(trust, &trust->pins[i], now);
    if (counted == 0)
        return PS_PINS_NONE;
    if (strategy->time.clock != PS_CLOCK_IGNORE && ps_time_compare(now, trust->pins_end) >= 0)
        return strategy->pins.on_expiry == PS_PIN_EXPIRY_FAIL_CLOSED ? PS_PINS_ENDED : PS_PINS_NONE;
    bool met = strategy->pins.groups == PS_PIN_GROUPS_ALL ? all_groups_are_met(trust, list, now)
                                                          : group_is_met(trust, NULL, list, now);
    return met ? PS_PINS_MET : PS_PINS_UNMET;
}
