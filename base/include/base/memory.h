/* SPDX-License-Identifier: Apache-2.0
 *
 * Memory. These never return NULL: exhausted memory calls the handler, which ends the program
 * (docs/decisions/0002-exhausted-memory.md). Nothing is half-written then: every output has a
 * temporary name until it is whole. base itself prints nothing; the command line installs the
 * handler that says so and exits 3.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

/* Called with the number of bytes asked for; must not return. NULL restores abort(). */
void ps_memory_on_exhausted(void (*handler)(size_t size_bytes));

/* Ends the program through the handler. For libraries' own allocation failures. */
_Noreturn void ps_memory_exhausted(size_t size_bytes);

/* Zeroed; the caller owns; freed with free(). `count * size` is checked for overflow. */
void *ps_alloc(size_t count, size_t size_bytes);
void *ps_realloc(void *old, size_t count, size_t size_bytes); /* new part is not zeroed */
char *ps_strdup(const char *text);                            /* NULL gives NULL */
char *ps_format(const char *format, ...) __attribute__((format(printf, 1, 2)));
void *ps_memdup(const void *from, size_t size_bytes);

/* Grows `array` (of `*capacity` elements) so that it holds `needed`; sets *capacity. */
void *ps_grow(void *array, size_t *capacity, size_t needed, size_t element_bytes);

/* Appends one element to the triple (items, count, capacity) kept in a struct. */
#define PS_PUSH(items, count, capacity, ...)                                                       \
    ((items) = ps_grow((items), &(capacity), (count) + 1, sizeof *(items)),                        \
     (items)[(count)++] = (__VA_ARGS__))

/* An arena: everything in it has one lifetime and one owner. */
struct ps_arena;
struct ps_arena *ps_arena_new(void);
void ps_arena_free(struct ps_arena *arena); /* NULL allowed */
void ps_arena_reset(struct ps_arena *arena);
void *ps_arena_alloc(struct ps_arena *arena, size_t count, size_t size_bytes); /* zeroed, aligned */
char *ps_arena_strdup(struct ps_arena *arena, const char *text);
char *ps_arena_strndup(struct ps_arena *arena, const char *text, size_t length);
char *ps_arena_format(struct ps_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Bytes that somebody else owns: borrowed until the owner's next change or end. */
struct ps_bytes {
    const unsigned char *data;
    size_t size;
};

/* A growing byte buffer: bytes on their way through a link. Zero is the empty buffer. */
struct ps_buffer {
    unsigned char *data;
    size_t size;
    size_t capacity;
};
void ps_buffer_append(struct ps_buffer *buffer, const void *data, size_t size);
void ps_buffer_consume(struct ps_buffer *buffer, size_t size); /* drops the first bytes */
void ps_buffer_deinit(struct ps_buffer *buffer);               /* frees; empty again */

#endif
