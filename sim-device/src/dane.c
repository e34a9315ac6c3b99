/* SPDX-License-Identifier: Apache-2.0 */
#include "dane.h"

#include <stdlib.h>
#include <string.h>
#include "builders/common.h"
#include "pins.h"

/* Usage, selector and matching type; all of them compare SHA-256 (matching type 1). */
static const struct {
    const char *text;
    unsigned char usage, selector;
} forms[] = {
    [PS_TLSA_3_1_1] = {"3 1 1", 3, 1},
    [PS_TLSA_2_0_1] = {"2 0 1", 2, 0},
    [PS_TLSA_2_1_1] = {"2 1 1", 2, 1},
    [PS_TLSA_1_1_1] = {"1 1 1", 1, 1},
};
enum { USAGE_PKIX_EE = 1, USAGE_DANE_TA = 2, USAGE_DANE_EE = 3, MATCHING_SHA256 = 1 };

const char *ps_dane_form_text(enum ps_tlsa_form form)
{
    return forms[form].text;
}

bool ps_dane_is_of_leaf_alone(const struct ps_strategy *strategy)
{
    return strategy->chain.engine == PS_ENGINE_DANE &&
           forms[strategy->chain.tlsa].usage == USAGE_DANE_EE;
}

static void give_to_openssl(struct ps_dane *dane, SSL *tls, enum ps_tlsa_form form)
{
    if (SSL_dane_enable(tls, NULL) != 1)
        ps_memory_exhausted(0); /* the context is made for it: nothing else can fail */
    for (size_t i = 0; i < dane->count; i++)
        if (SSL_dane_tlsa_add(tls, forms[form].usage, forms[form].selector, MATCHING_SHA256,
                              dane->values[i].hash, sizeof dane->values[i].hash) != 1)
            ps_memory_exhausted(0);
    dane->openssl = SSL_get0_dane(tls);
}

ps_status ps_dane_init(const struct ps_trust *trust, SSL *tls, const struct ps_tlsa *records,
                       size_t count, struct ps_dane *ret_dane, struct ps_error *err)
{
    enum ps_tlsa_form form = trust->strategy->chain.tlsa;
    struct ps_dane dane = {.values = ps_alloc(count, sizeof *dane.values)};
    for (size_t i = 0; i < count; i++) {
        const struct ps_trust_pin pin = {
            .match = forms[form].selector ? PS_PIN_MATCH_SPKI_SHA256 : PS_PIN_MATCH_CERT_SHA256,
            .certificate = records[i].certificate,
            .spki = records[i].spki,
        };
        if (records[i].form != form)
            continue;
        if (!ps_pin_value_init(trust->stack, &pin, &dane.values[dane.count])) {
            ps_dane_deinit(&dane);
            return ps_fail(err, PS_FAILED,
                           "TLSA record %zu: neither a certificate nor a fitting key", i + 1);
        }
        dane.count++;
    }
    give_to_openssl(&dane, tls, form);
    *ret_dane = dane;
    return PS_OK;
}

void ps_dane_deinit(struct ps_dane *dane)
{
    for (size_t i = 0; i < dane->count; i++)
        ps_pin_value_deinit(&dane->values[i]);
    free(dane->values);
    *dane = (struct ps_dane){0};
}

static bool matches(const struct ps_trust *trust, const struct ps_dane *dane, X509 *certificate)
{
    for (size_t i = 0; i < dane->count; i++)
        if (ps_pin_value_matches(trust->stack, &dane->values[i], certificate))
            return true;
    return false;
}

/* Every builder but OpenSSL's: the certificates that match are what there is to trust. The leaf is
 * none of them, it is no authority (RFC 7671 section 5.2). */
static void build_to_served(const struct ps_trust *trust, const struct ps_dane *dane,
                            const struct ps_build_input *input, struct ps_built *ret_built)
{
    size_t served = ps_served_count(input), count = 0;
    X509 **anchors = ps_alloc(served, sizeof *anchors);
    for (size_t i = 1; i < served; i++)
        if (matches(trust, dane, ps_served(input, i)))
            anchors[count++] = ps_served(input, i);
    struct ps_build_input to_served = *input;
    to_served.anchors = anchors;
    to_served.anchor_count = count;
    if (count > 0)
        ps_build(&to_served, ret_built);
    else
        ps_path_fail(ret_built, X509_V_ERR_DANE_NO_MATCH, 0);
    free(anchors);
}

static bool is_openssl(enum ps_builder builder)
{
    return builder == PS_BUILDER_OPENSSL3 || builder == PS_BUILDER_OPENSSL102 ||
           builder == PS_BUILDER_OPENSSL101;
}

static void build_to_authority(const struct ps_trust *trust, const struct ps_dane *dane,
                               const struct ps_build_input *input, struct ps_built *ret_built)
{
    if (is_openssl(input->strategy->chain.builder)) {
        struct ps_build_input with_dane = *input;
        with_dane.dane = dane->openssl;
        ps_build(&with_dane, ret_built);
    } else {
        build_to_served(trust, dane, input, ret_built);
    }
}

void ps_dane_build(const struct ps_trust *trust, const struct ps_dane *dane,
                   const struct ps_build_input *input, struct ps_built *ret_built)
{
    unsigned usage = forms[trust->strategy->chain.tlsa].usage;
    memset(ret_built, 0, sizeof *ret_built);
    ret_built->depth = -1;
    if (!dane || dane->count == 0 ||
        (usage != USAGE_DANE_TA && !matches(trust, dane, ps_served(input, 0))))
        ps_path_fail(ret_built, X509_V_ERR_DANE_NO_MATCH, 0);
    else if (usage == USAGE_DANE_TA)
        build_to_authority(trust, dane, input, ret_built);
    else if (usage == USAGE_PKIX_EE)
        ps_build(input, ret_built);
    if (ret_built->count == 0)
        ps_path_add(ret_built, ps_served(input, 0)); /* what it is about, or all there is to it */
    ps_errors_clear();
}
