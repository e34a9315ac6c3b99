/* SPDX-License-Identifier: Apache-2.0 */
#include "trust.h"

#include <assert.h>
#include <limits.h>
#include <openssl/err.h>
#include <stdlib.h>
#include "capability.h"
#include "pins.h"
#include "psk.h"
#include "verify.h"

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
    /* A resumed session would check nothing again, even after expiry, and time out by the host's
     * clock. */
    SSL_CTX_set_options(tls, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_session_cache_mode(tls, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(tls, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_max_cert_list(tls, PS_CERTIFICATE_LIST_BYTES_MAX);
    SSL_CTX_set_quiet_shutdown(tls, 0);
    SSL_CTX_set_verify(tls, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(tls, ps_verify_callback, NULL);
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
    ERR_clear_error();
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
    wipe(&trust->psk);
    free(trust);
}
