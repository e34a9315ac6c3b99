/* SPDX-License-Identifier: Apache-2.0
 *
 * Interning: equal bytes get equal numbers, in the order in which they were first seen. Trust
 * states and contact classes are found this way.
 */
#ifndef HARNESS_ENGINE_INTERN_H
#define HARNESS_ENGINE_INTERN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "base/memory.h"

struct ps_intern_place;

struct ps_intern {
    uint32_t count;
    /* Private: */
    struct ps_intern_place *places; /* a power of two of them; owned */
    size_t place_count;
    unsigned char *bytes; /* of all that was seen, each behind its size; owned */
    size_t bytes_used, bytes_capacity;
};

/* The number of these bytes; *ret_new says whether they were seen for the first time. */
uint32_t ps_intern(struct ps_intern *intern, const void *bytes, size_t size, bool *ret_new);
void ps_intern_deinit(struct ps_intern *intern);

#endif
