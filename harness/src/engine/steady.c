/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/steady.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

void *ps_steady_add(struct ps_steady *array, size_t size)
{
    uint32_t number = array->count, shifted = number + PS_STEADY_FIRST;
    assert(shifted > number);
    unsigned block = 31U - (unsigned)__builtin_clz(shifted) - PS_STEADY_FIRST_BITS;
    if (!array->blocks[block])
        array->blocks[block] = ps_alloc((size_t)PS_STEADY_FIRST << block, size);
    array->count++;
    return ps_steady_at(array, number, size);
}

void ps_steady_deinit(struct ps_steady *array)
{
    for (size_t i = 0; i < PS_STEADY_BLOCKS; i++)
        free(array->blocks[i]);
    memset(array, 0, sizeof *array);
}
