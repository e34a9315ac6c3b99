/* SPDX-License-Identifier: Apache-2.0 */
#include "depth.h"

#include <check.h>
#include <openssl/ssl.h>
#include "verify.h"

const char *const depth_names[DEPTHS] = {"alone", "TLS 1.3", "TLS 1.2"};

static struct ps_verdict alone(struct exchange *exchange, struct ps_trust *trust)
{
    const struct mint *list[MINT_LIST_MAX];
    size_t count = mint_list(exchange->served, list);
    STACK_OF(X509) *served = sk_X509_new_null();
    for (size_t i = 0; i < count; i++)
        sk_X509_push(served, list[i]->certificate);
    struct ps_fetches fetches = {0};
    struct ps_judgement judgement = {.trust = trust,
                                     .now = mint_time(exchange->now),
                                     .host = exchange->host ? exchange->host : MINT_HOST,
                                     .fetches = &fetches,
                                     .staple = exchange->staple};
    for (ps_verify_list(&judgement, served); !judgement.judged;
         ps_verify_list(&judgement, served)) {
        ck_assert_int_eq(judgement.waits, PS_WAIT_FETCH);
        ck_assert_ptr_nonnull(fetches.current);
        ck_assert_ptr_nonnull(exchange->publisher);
        publisher_serve_fetches(exchange->publisher, &fetches);
    }
    ck_assert_int_eq(judgement.waits, PS_WAIT_NOT);
    ck_assert_ptr_null(fetches.current);
    ps_fetches_deinit(&fetches);
    sk_X509_free(served);
    return judgement.verdict;
}

struct ps_verdict depth_verdict(enum depth depth, struct exchange *exchange,
                                const struct device *device)
{
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    ck_assert_msg(ps_is_ok(ps_device_stack_new(&stack, &err)), "%s", err.text);
    struct ps_trust *trust = device_trust(device, stack);
    struct ps_verdict verdict;
    if (depth == DEPTH_ALONE) {
        verdict = alone(exchange, trust);
    } else {
        exchange->tls_version = depth == DEPTH_TLS_1_3 ? TLS1_3_VERSION : TLS1_2_VERSION;
        verdict = exchange_run(exchange, stack, trust);
        exchange_deinit(exchange);
    }
    ps_trust_free(trust);
    ps_device_stack_free(stack);
    return verdict;
}
