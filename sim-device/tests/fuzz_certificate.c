/* SPDX-License-Identifier: Apache-2.0
 *
 * DER into a trust: as anchor, as pins of every kind, as release key; and, when it is a
 * certificate, through every path builder, where it is anchor, leaf and intermediate at once.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include "sim-device/contact.h"
#include "verify.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge(struct ps_trust *trust, X509 *certificate)
{
    STACK_OF(X509) *served = sk_X509_new_null();
    assert(served && sk_X509_push(served, certificate) && sk_X509_push(served, certificate));
    struct ps_judgement judgement = {.trust = trust, .now = {1633392000}, .host = "hub.example"};
    ps_verify_list(&judgement, served);
    assert(judgement.judged && judgement.verdict.stage < PS_STAGE_COUNT);
    sk_X509_free(served);
}

static void trust_with(struct ps_device_stack *stack, struct ps_bytes der,
                       const struct ps_strategy *strategy)
{
    struct ps_trust_pin pins[5];
    struct ps_trust *trust = NULL;
    struct ps_error err;
    for (size_t i = 0; i < 5; i++)
        pins[i] = (struct ps_trust_pin){
            .match = (enum ps_pin_match)i, .depth = (enum ps_pin_depth)i, .certificate = der};
    const struct ps_trust_options options = {.strategy = strategy,
                                             .anchors = &der,
                                             .anchor_count = 1,
                                             .pins = pins,
                                             .pin_count = 5,
                                             .pins_end = PS_TIME_NEVER};
    if (!ps_is_ok(ps_trust_new(stack, &options, &trust, &err)))
        return;
    judge(trust, trust->anchors[0]);
    ps_trust_free(trust);
}

static void key_with(struct ps_device_stack *stack, struct ps_bytes der,
                     const struct ps_strategy *strategy)
{
    const struct ps_trust_pin pin = {.match = PS_PIN_MATCH_SPKI_SHA256, .spki = der};
    const struct ps_trust_options options = {
        .strategy = strategy, .pins = &pin, .pin_count = 1, .release_key = der};
    struct ps_trust *trust = NULL;
    struct ps_error err;
    if (ps_is_ok(ps_trust_new(stack, &options, &trust, &err)))
        ps_trust_free(trust);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ps_device_stack *stack = NULL;
    struct ps_error err;
    struct ps_bytes der = {data, size};
    if (!ps_is_ok(ps_device_stack_new(&stack, &err)))
        return 0;
    struct ps_strategy strategy = {
        .chain = {.engine = PS_ENGINE_PKIX, .intermediates_max = 100},
        .pins = {.expires = PS_TIME_NEVER, .combine = PS_PIN_COMBINE_ONLY},
    };
    key_with(stack, der, &strategy);
    for (int builder = 0; builder < PS_BUILDER_COUNT; builder++) {
        strategy.chain.builder = (enum ps_builder)builder;
        trust_with(stack, der, &strategy);
    }
    ps_device_stack_free(stack);
    return 0;
}
