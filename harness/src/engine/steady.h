/* SPDX-License-Identifier: Apache-2.0
 *
 * A steady array: it grows, and its elements never move. Several threads may read elements whose
 * numbers they got from whoever added them; adding is for one thread at a time (the caller's lock).
 */
#ifndef HARNESS_ENGINE_STEADY_H
#define HARNESS_ENGINE_STEADY_H

#include <stddef.h>
#include <stdint.h>

/* Block k has PS_STEADY_FIRST << k elements. */
enum { PS_STEADY_BLOCKS = 24, PS_STEADY_FIRST_BITS = 8, PS_STEADY_FIRST = 256 };

struct ps_steady {
    void *blocks[PS_STEADY_BLOCKS]; /* owned; private */
    uint32_t count;
};

/* Where element `number`, which was added, lies; `size` is that of an element. */
static inline void *ps_steady_at(const struct ps_steady *array, uint32_t number, size_t size)
{
    uint32_t shifted = number + PS_STEADY_FIRST;
    unsigned block = 31U - (unsigned)__builtin_clz(shifted) - PS_STEADY_FIRST_BITS;
    size_t offset = shifted - ((uint32_t)PS_STEADY_FIRST << block);
    return (char *)array->blocks[block] + offset * size;
}

/* Adds an element of zeros and gives where it lies; its number is the count before. */
void *ps_steady_add(struct ps_steady *array, size_t size);
/* What the elements own is the caller's. */
void ps_steady_deinit(struct ps_steady *array);

#endif
