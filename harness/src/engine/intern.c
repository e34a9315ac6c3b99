/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/intern.h"

#include <stdlib.h>
#include <uthash.h>

#undef uthash_fatal
#define uthash_fatal(message) ps_memory_exhausted(0)

struct entry {
    uint32_t number;
    UT_hash_handle hh;
    unsigned char bytes[];
};

uint32_t ps_intern(struct ps_intern *intern, const void *bytes, size_t size, bool *ret_new)
{
    struct entry *head = intern->head, *found = NULL;
    HASH_FIND(hh, head, bytes, size, found);
    *ret_new = !found;
    if (found)
        return found->number;
    found = ps_alloc(1, sizeof *found + size);
    found->number = intern->count++;
    memcpy(found->bytes, bytes, size);
    HASH_ADD_KEYPTR(hh, head, found->bytes, size, found);
    intern->head = head;
    return found->number;
}

void ps_intern_deinit(struct ps_intern *intern)
{
    struct entry *head = intern->head, *entry, *next;
    HASH_ITER (hh, head, entry, next) {
        HASH_DEL(head, entry);
        free(entry);
    }
    intern->head = NULL;
    intern->count = 0;
}
