/* SPDX-License-Identifier: Apache-2.0
 *
 * A table with open addressing: lives ask here for every trust that they enter, and each look at a
 * chain of entries somewhere in memory was most of what that took. A place is found in one look,
 * its bytes in another.
 */
#include "engine/intern.h"

#include <stdlib.h>
#include <string.h>

/* The bytes begin at `at`; 0 for `number` says that the place is free, else it is one more. */
struct ps_intern_place {
    uint32_t hash, number;
    size_t at;
};

enum { PLACES_MIN = 64 };

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

/* The first place from that of the hash on which is free or may hold the same. */
static struct ps_intern_place *look(const struct ps_intern *intern, uint32_t hash, size_t *from)
{
    for (;; (*from)++) {
        struct ps_intern_place *place = &intern->places[*from & (intern->place_count - 1)];
        if (place->number == 0 || place->hash == hash)
            return place;
    }
}

/* At most half of the places are taken. */
static void make_room(struct ps_intern *intern)
{
    if (2 * ((size_t)intern->count + 1) <= intern->place_count)
        return;
    struct ps_intern grown = *intern;
    grown.place_count = intern->place_count ? 2 * intern->place_count : PLACES_MIN;
    grown.places = ps_alloc(grown.place_count, sizeof *grown.places);
    for (size_t i = 0; i < intern->place_count; i++) {
        size_t at = intern->places[i].hash;
        if (intern->places[i].number == 0)
            continue;
        while (grown.places[at & (grown.place_count - 1)].number != 0)
            at++;
        grown.places[at & (grown.place_count - 1)] = intern->places[i];
    }
    free(intern->places);
    *intern = grown;
}

static size_t keep(struct ps_intern *intern, const void *bytes, size_t size)
{
    size_t at = intern->bytes_used, needed = at + sizeof size + size;
    intern->bytes = ps_grow(intern->bytes, &intern->bytes_capacity, needed, 1);
    memcpy(intern->bytes + at, &size, sizeof size);
    memcpy(intern->bytes + at + sizeof size, bytes, size);
    intern->bytes_used = needed;
    return at;
}

static bool holds(const struct ps_intern *intern, size_t at, const void *bytes, size_t size)
{
    return memcmp(intern->bytes + at, &size, sizeof size) == 0 &&
           memcmp(intern->bytes + at + sizeof size, bytes, size) == 0;
}

uint32_t ps_intern(struct ps_intern *intern, const void *bytes, size_t size, bool *ret_new)
{
    make_room(intern);
    uint32_t hash = hash_of(bytes, size);
    size_t from = hash;
    struct ps_intern_place *place = look(intern, hash, &from);
    while (place->number != 0 && !holds(intern, place->at, bytes, size)) {
        from++;
        place = look(intern, hash, &from);
    }
    *ret_new = place->number == 0;
    if (*ret_new)
        *place = (struct ps_intern_place){hash, ++intern->count, keep(intern, bytes, size)};
    return place->number - 1;
}

void ps_intern_deinit(struct ps_intern *intern)
{
    free(intern->places);
    free(intern->bytes);
    memset(intern, 0, sizeof *intern);
}
