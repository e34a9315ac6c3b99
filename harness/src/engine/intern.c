/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/intern.h"

#include <stdlib.h>
#include <string.h>

/* Keys are short and many, and hashed for every question of a life: eight bytes at a time. */
static uint32_t hash_of(const void *bytes, size_t size)
{
    const uint64_t factor = 0x9e3779b97f4a7c15;
    const unsigned char *p = bytes;
    uint64_t hash = size * factor, word;
    for (; size >= sizeof word; size -= sizeof word, p += sizeof word) {
        memcpy(&word, p, sizeof word);
        hash = (hash ^ word) * factor;
        hash ^= hash >> 32;
    }
    word = 0;
    memcpy(&word, p, size);
    hash = (hash ^ word) * factor;
    return (uint32_t)(hash ^ hash >> 32);
}
#define HASH_FUNCTION(bytes, size, result) (result) = hash_of(bytes, size)
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
