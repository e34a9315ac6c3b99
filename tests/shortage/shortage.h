/* SPDX-License-Identifier: Apache-2.0
 *
 * A library runs out of memory: at its first allocation of an operation, at its second, and so on
 * until the operation needs no more. Each time, in a process of its own, the operation either gets
 * by without, or says that it failed, or ends through the handler of base/memory.h. It never
 * crashes and never claims a success that is none.
 *
 * The test hands the three functions below to the library before its first allocation. They count
 * and fail only while a shortage is under way: between shortage_begin and shortage_end. Only one
 * allocation fails each time.
 */
#ifndef SHORTAGE_H
#define SHORTAGE_H

#include <stdbool.h>
#include <stddef.h>
#include "base/status.h"

void *shortage_malloc(size_t size, const char *file, int line);
void *shortage_realloc(void *old, size_t size, const char *file, int line);
void shortage_free(void *memory, const char *file, int line);

struct shortage_operation {
    const char *name;
    /* Tells whether the operation says that it succeeded, and in ret_good whether it is right. What
     * it prepares and what it checks is outside of the shortage, which is under way when it begins.
     */
    bool (*run)(struct ps_error *err, bool *ret_good);
    unsigned exhausted; /* it ends through the handler at least so often */
};

void shortage_begin(void);
void shortage_end(void);
/* The child that calls this has seen a claim that is none. */
_Noreturn void shortage_wrong(void);

/* Runs each operation with enough memory; gives how many allocations each takes. Twice, because
 * what the library loads but once is not counted, nor loaded in the children. */
void shortage_measure(const struct shortage_operation *operations, size_t count,
                      size_t *ret_allocations);
/* Which allocations fail: each of the first and of the last ones, and one of every `step` between,
 * where it is mostly the library's own affair. */
struct shortage_pace {
    size_t first, last, step;
};
void shortage_try(const struct shortage_operation *operation, size_t allocations,
                  const struct shortage_pace *pace);

#endif
