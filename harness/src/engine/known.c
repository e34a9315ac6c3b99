/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/known.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* A class: the number of its verdict and one, or 0 while there is none. */
typedef _Atomic uint64_t class_verdict;

static class_verdict *class_at(const struct ps_known *known, uint32_t number)
{
    return ps_steady_at(&known->classes, number, sizeof(class_verdict));
}

void ps_known_init(struct ps_known *known)
{
    memset(known, 0, sizeof *known);
    int error = pthread_mutex_init(&known->lock, NULL);
    assert(error == 0);
    (void)error;
}

void ps_known_deinit(struct ps_known *known)
{
    ps_intern_deinit(&known->class_index);
    ps_intern_deinit(&known->verdict_index);
    ps_steady_deinit(&known->classes);
    ps_steady_deinit(&known->verdicts);
    pthread_mutex_destroy(&known->lock);
}

uint32_t ps_known_class(struct ps_known *known, const struct ps_buffer *key)
{
    bool is_new;
    pthread_mutex_lock(&known->lock);
    uint32_t number = ps_intern(&known->class_index, key->data, key->size, &is_new);
    if (is_new)
        ps_steady_add(&known->classes, sizeof(class_verdict));
    pthread_mutex_unlock(&known->lock);
    return number;
}

uint32_t ps_known_class_count(struct ps_known *known)
{
    pthread_mutex_lock(&known->lock);
    uint32_t count = (uint32_t)known->class_index.count;
    pthread_mutex_unlock(&known->lock);
    return count;
}

bool ps_known_verdict_of(const struct ps_known *known, uint32_t class_number, uint32_t *ret_verdict)
{
    uint64_t kept = atomic_load_explicit(class_at(known, class_number), memory_order_acquire);
    *ret_verdict = (uint32_t)(kept - 1);
    return kept != 0;
}

static _Atomic uint32_t falsified = PS_KNOWN_ALL_TRUE;

void ps_known_falsify(uint32_t class_number)
{
    atomic_store(&falsified, class_number);
}

uint32_t ps_known_keep(struct ps_known *known, uint32_t class_number, const struct ps_verdict *made)
{
    static const struct ps_verdict lies[] = {{.stage = PS_STAGE_ACCEPTED},
                                             {.stage = PS_STAGE_PATH, .reason = "a lie"}};
    const struct ps_verdict *verdict = made;
    bool is_new;
    if (class_number == atomic_load_explicit(&falsified, memory_order_relaxed))
        verdict = &lies[ps_verdict_accepted(made)];
    pthread_mutex_lock(&known->lock);
    uint32_t number = ps_intern(&known->verdict_index, verdict, sizeof *verdict, &is_new);
    if (is_new)
        memcpy(ps_steady_add(&known->verdicts, sizeof *verdict), verdict, sizeof *verdict);
    pthread_mutex_unlock(&known->lock);
    atomic_store_explicit(class_at(known, class_number), (uint64_t)number + 1,
                          memory_order_release);
    return number;
}

const struct ps_verdict *ps_known_verdict(const struct ps_known *known, uint32_t number)
{
    return ps_steady_at(&known->verdicts, number, sizeof(struct ps_verdict));
}
