/* SPDX-License-Identifier: Apache-2.0
 *
 * Files of unknown quality: read as certificates, revocation lists and keys; what was found is
 * judged, all of it both trusted and served, by every stack, with its timeline.
 */
#include <assert.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include "sim-device/judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void judge_all(struct ps_device_stack *stack, const struct ps_der_list *found,
                      const struct ps_der_list *crls, enum ps_builder builder)
{
    const struct ps_strategy strategy = {
        .chain = {.engine = PS_ENGINE_PKIX, .builder = builder, .intermediates_max = 100},
        .pins = {.expires = PS_TIME_NEVER},
        .time = {.floor = PS_TIME_ALWAYS},
    };
    const struct ps_judge_options options = {
        .trust = {.strategy = &strategy, .anchors = found->items, .anchor_count = found->count},
        .served = found->items,
        .served_count = found->count,
        .crls = crls->items,
        .crl_count = crls->count,
        .host = "hub.example"};
    struct ps_judge *judge = NULL;
    struct ps_verdict_span *spans;
    struct ps_error err;
    if (!ps_is_ok(ps_judge_new(stack, &options, &judge, &err)))
        return;
    size_t count = ps_judge_timeline(judge, &spans);
    assert(count > 0 && ps_time_compare(spans[0].from, PS_TIME_ALWAYS) == 0);
    for (size_t i = 0; i < ps_judge_path_count(judge); i++) {
        struct ps_judge_step step;
        ps_judge_path_step(judge, i, &step);
        assert(step.facts.name && step.facts.subject && step.facts.issuer);
        ps_judge_step_deinit(&step);
    }
    free(spans);
    ps_judge_free(judge);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { CERTIFICATES_MAX = 8 };
    struct ps_device_stack *stack = NULL;
    struct ps_der_list found = {0}, crls = {0}, keys = {0};
    struct ps_bytes input = {data, size};
    struct ps_error err;
    if (!ps_is_ok(ps_device_stack_new(&stack, &err)))
        return 0;
    /* A list up to the first mistake is judged all the same. */
    bool whole = ps_is_ok(ps_der_read(stack, PS_DER_CERTIFICATE, input, &found, &err));
    whole = ps_is_ok(ps_der_read(stack, PS_DER_CRL, input, &crls, &err)) || whole;
    whole = ps_is_ok(ps_der_read(stack, PS_DER_KEY, input, &keys, &err)) || whole;
    if (found.count > 0 && found.count <= CERTIFICATES_MAX)
        for (int builder = 0; builder < PS_BUILDER_COUNT; builder++)
            judge_all(stack, &found, &crls, (enum ps_builder)builder);
    ps_der_list_deinit(&found);
    ps_der_list_deinit(&crls);
    ps_der_list_deinit(&keys);
    ps_device_stack_free(stack);
    return 0;
}
