/* SPDX-License-Identifier: Apache-2.0 */
#include "trust.h"

#include <assert.h>
#include <limits.h>
#include <stdlib.h>
#include "capability.h"
#include "credential.h"
#include "pins.h"
#include "psk.h"
#include "resume.h"
#include "verify.h"

static void show_credential(const struct ps_trust *trust, SSL_CTX *tls)
{
    if (trust->client_key && (SSL_CTX_use_certificate(tls, trust->client_certificate) != 1 ||
                              SSL_CTX_use_PrivateKey(tls, trust->client_key) != 1))
        ps_memory_exhausted(0); /* they fit each other: nothing else can fail */
}

/* Each once: several anchors may have one name. */
static STACK_OF(X509_NAME) * names_of_anchors(const struct ps_trust *trust)
{
    STACK_OF(X509_NAME) *names = ps_need(sk_X509_NAME_new_null());
    for (size_t i = 0; i < trust->anchor_count; i++) {
        const X509_NAME *name = X509_get_subject_name(trust->anchors[i]);
        bool known = false;
        for (int n = 0; n < sk_X509_NAME_num(names) && !known; n++)
            known = X509_NAME_cmp(sk_X509_NAME_value(names, n), name) == 0;
        if (!known && !sk_X509_NAME_push(names, ps_need(X509_NAME_dup(name))))
            ps_memory_exhausted(0);
    }
    return names;
}

/* All extensions of a hello together have at most 65535 bytes (RFC 8446 section 4.1.2): these leave
 * room for the others, a ticket among them. */
static ps_status check_names(const struct ps_trust *trust, struct ps_error *err)
{
    enum { NAMES_BYTES_MAX = 60000, LENGTH_BYTES = 2 };
    size_t bytes = 0;
    if (!trust->strategy->negotiate.certificate_authorities)
        return PS_OK;
    STACK_OF(X509_NAME) *names = names_of_anchors(trust);
    for (int i = 0; i < sk_X509_NAME_num(names); i++)
        bytes += LENGTH_BYTES + (size_t)i2d_X509_NAME(sk_X509_NAME_value(names, i), NULL);
    sk_X509_NAME_pop_free(names, X509_NAME_free);
    if (bytes > NAMES_BYTES_MAX)
        return ps_fail(err, PS_FAILED, "the names of the anchors have %zu bytes, more than %d",
                       bytes, NAMES_BYTES_MAX);
    return PS_OK;
}

/* What all contacts of this trust share. Everything that the host's configuration could have set is
 * set here. Weak keys and hashes are the scenario's business: security level 0. */
static SSL_CTX *tls_context(struct ps_trust *trust)
{
    SSL_CTX *tls = ps_need(SSL_CTX_new_ex(trust->stack->library, NULL, TLS_client_method()));
    int done = SSL_CTX_set_min_proto_version(tls, TLS1_2_VERSION) == 1 &&
               SSL_CTX_set_max_proto_version(tls, TLS1_3_VERSION) == 1 &&
               SSL_CTX_set_cipher_list(
                   tls, "ECDHE+AESGCM:ECDHE+CHACHA20:DEFAULT:!aNULL:!PSK:@SECLEVEL=0") &&
               SSL_CTX_set_ciphersuites(tls, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:"
                                             "TLS_CHACHA20_POLY1305_SHA256") == 1 &&
               SSL_CTX_set1_groups_list(tls, "X25519:P-256:P-384:P-521") == 1;
    if (!done)
        ps_memory_exhausted(0); /* the words are constants: nothing else can fail */
    SSL_CTX_set_security_level(tls, 0);
    ps_limits_offer(&trust->strategy->limits, tls);
    if (trust->strategy->chain.engine == PS_ENGINE_PSK)
        ps_psk_offer(&trust->strategy->limits, tls);
    if (trust->strategy->chain.engine == PS_ENGINE_DANE && SSL_CTX_dane_enable(tls) != 1)
        ps_memory_exhausted(0);
    SSL_CTX_set_options(tls, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    if (!ps_resume_is_wanted(trust->strategy)) /* it would check nothing again, even after expiry */
        SSL_CTX_set_options(tls, SSL_OP_NO_TICKET);
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_max_cert_list(tls, PS_CERTIFICATE_LIST_BYTES_MAX);
    SSL_CTX_set_quiet_shutdown(tls, 0);
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(tls, ps_verify_callback, NULL);
    show_credential(trust, tls);
    if (trust->strategy->negotiate.certificate_authorities)
        SSL_CTX_set0_CA_list(tls, names_of_anchors(trust));
    return tls;
}

SSL_CTX *ps_trust_tls(struct ps_trust *trust)
{
    if (!trust->tls)
        trust->tls = tls_context(trust);
    return trust->tls;
}

struct certificates {
    const char *what; /* for people */
    const struct ps_bytes *der;
    size_t count;
    X509 ***ret_all;
    size_t *ret_count;
};

static ps_status parse_certificates(struct ps_device_stack *stack, struct certificates from,
                                    struct ps_error *err)
{
    *from.ret_all = ps_alloc(from.count, sizeof(X509 *));
    for (size_t i = 0; i < from.count; i++) {
        X509 *certificate = ps_stack_certificate(stack, from.der[i]);
        if (!certificate)
            return ps_fail(err, PS_FAILED, "%s %zu is no certificate", from.what, i + 1);
        (*from.ret_all)[(*from.ret_count)++] = certificate;
    }
    return PS_OK;
}

static void free_certificates(X509 **all, size_t count)
{
    for (size_t i = 0; i < count; i++)
        X509_free(all[i]);
    free(all);
}

static ps_status add_anchors(struct ps_trust *trust, const struct ps_trust_options *options,
                             struct ps_error *err)
{
    PS_TRY(
        parse_certificates(trust->stack,
                           (struct certificates){"anchor", options->anchors, options->anchor_count,
                                                 &trust->anchors, &trust->anchor_count},
                           err));
    for (size_t i = 0; i < trust->anchor_count; i++)
        if (X509_STORE_add_cert(trust->store, trust->anchors[i]) != 1)
            ps_memory_exhausted(0);
    return PS_OK;
}

static ps_status add_kept(struct ps_trust *trust, const struct ps_trust_options *options,
                          struct ps_error *err)
{
    PS_TRY(parse_certificates(
        trust->stack,
        (struct certificates){"intermediate", options->intermediates, options->intermediate_count,
                              &trust->intermediates, &trust->intermediate_count},
        err));
    trust->revoked_from = options->revoked_from;
    return parse_certificates(trust->stack,
                              (struct certificates){"revoked certificate", options->revoked,
                                                    options->revoked_count, &trust->revoked,
                                                    &trust->revoked_count},
                              err);
}

static ps_status add_pins(struct ps_trust *trust, const struct ps_trust_options *options,
                          struct ps_error *err)
{
    ps_time end = options->strategy->pins.expires;
    trust->pins_end = ps_time_compare(options->pins_end, end) < 0 ? options->pins_end : end;
    trust->pins = ps_alloc(options->pin_count, sizeof *trust->pins);
    for (size_t i = 0; i < options->pin_count; i++) {
        if (!ps_pin_value_init(trust->stack, &options->pins[i], &trust->pins[i]))
            return ps_fail(err, PS_FAILED, "pin %zu: neither a certificate nor a fitting key",
                           i + 1);
        trust->pin_count++;
    }
    return PS_OK;
}

static ps_status add_release_key(struct ps_trust *trust, struct ps_bytes spki, struct ps_error *err)
{
    if (spki.size == 0)
        return PS_OK;
    const unsigned char *at = spki.data;
    if (spki.size <= LONG_MAX)
        trust->release_key = d2i_PUBKEY_ex(NULL, &at, (long)spki.size, trust->stack->library, NULL);
    ps_errors_clear();
    if (!trust->release_key || at != spki.data + spki.size)
        return ps_fail(err, PS_FAILED, "the release key is no public key");
    return PS_OK;
}

static ps_status add_psk(struct ps_trust *trust, struct ps_bytes psk, struct ps_error *err)
{
    if (psk.size > PS_PSK_BYTES_MAX)
        return ps_fail(err, PS_FAILED, "the shared secret is longer than %d bytes",
                       PS_PSK_BYTES_MAX);
    ps_buffer_append(&trust->psk, psk.data, psk.size);
    return PS_OK;
}

ps_status ps_trust_new(struct ps_device_stack *stack, const struct ps_trust_options *options,
                       struct ps_trust **ret_trust, struct ps_error *err)
{
    assert(stack && options && options->strategy && ret_trust);
    struct ps_trust *trust = ps_alloc(1, sizeof *trust);
    trust->stack = stack;
    trust->strategy = options->strategy;
    trust->installed_version = options->installed_version;
    trust->installed_issued = options->installed_issued;
    ps_buffer_append(&trust->release_secret, options->release_secret.data,
                     options->release_secret.size);
    trust->store = ps_need(X509_STORE_new());
    ps_status status = add_anchors(trust, options, err);
    if (ps_is_ok(status))
        status = add_kept(trust, options, err);
    if (ps_is_ok(status))
        status = add_pins(trust, options, err);
    if (ps_is_ok(status))
        status = add_release_key(trust, options->release_key, err);
    if (ps_is_ok(status))
        status = add_psk(trust, options->psk, err);
    if (ps_is_ok(status))
        status =
            ps_credential_show(options->credential, options->credential_certificate, trust, err);
    if (ps_is_ok(status))
        status = check_names(trust, err);
    if (!ps_is_ok(status)) {
        ps_trust_free(trust);
        return status;
    }
    *ret_trust = trust;
    return PS_OK;
}

static void wipe(struct ps_buffer *secret)
{
    if (secret->size > 0)
        OPENSSL_cleanse(secret->data, secret->size);
    ps_buffer_deinit(secret);
}

void ps_trust_free(struct ps_trust *trust)
{
    if (!trust)
        return;
    SSL_CTX_free(trust->tls);
    X509_STORE_free(trust->store);
    free_certificates(trust->anchors, trust->anchor_count);
    free_certificates(trust->intermediates, trust->intermediate_count);
    free_certificates(trust->revoked, trust->revoked_count);
    for (size_t i = 0; i < trust->pin_count; i++)
        ps_pin_value_deinit(&trust->pins[i]);
    free(trust->pins);
    EVP_PKEY_free(trust->release_key);
    wipe(&trust->release_secret);
    wipe(&trust->psk);
    EVP_PKEY_free(trust->client_key);
    X509_free(trust->client_certificate);
    free(trust);
}
