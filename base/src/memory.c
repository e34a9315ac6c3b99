/* SPDX-License-Identifier: Apache-2.0 */
#include "base/memory.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARRAY_FIRST_CAPACITY = 8, ARENA_ALIGNMENT = 16, ARENA_CHUNK_BYTES = 64 * 1024 };

static void (*exhausted_handler)(size_t size_bytes);

void ps_memory_on_exhausted(void (*handler)(size_t size_bytes))
{
    exhausted_handler = handler;
}

void ps_memory_exhausted(size_t size_bytes)
{
    if (exhausted_handler != NULL)
        exhausted_handler(size_bytes);
    abort(); /* no handler, or one that broke its promise not to return */
}

/* A product that does not fit is a wish for more memory than there is. */
static size_t product_bytes(size_t count, size_t size_bytes)
{
    size_t total;

    if (__builtin_mul_overflow(count, size_bytes, &total))
        ps_memory_exhausted(SIZE_MAX);
    return total;
}

static size_t sum_bytes(size_t a, size_t b)
{
    size_t total;

    if (__builtin_add_overflow(a, b, &total))
        ps_memory_exhausted(SIZE_MAX);
    return total;
}

/* malloc(0) may give NULL, so nothing is ever asked for as one byte. */
static size_t at_least_one(size_t size_bytes)
{
    return size_bytes == 0 ? 1 : size_bytes;
}

void *ps_alloc(size_t count, size_t size_bytes)
{
    size_t total = at_least_one(product_bytes(count, size_bytes));
    void *memory = calloc(1, total);

    if (memory == NULL)
        ps_memory_exhausted(total);
    return memory;
}

void *ps_realloc(void *old, size_t count, size_t size_bytes)
{
    size_t total = at_least_one(product_bytes(count, size_bytes));
    void *memory = realloc(old, total);

    if (memory == NULL)
        ps_memory_exhausted(total);
    return memory;
}

void *ps_memdup(const void *from, size_t size_bytes)
{
    void *copy = ps_alloc(size_bytes, 1);

    if (size_bytes > 0)
        memcpy(copy, from, size_bytes);
    return copy;
}

char *ps_strdup(const char *text)
{
    return text == NULL ? NULL : ps_memdup(text, strlen(text) + 1);
}

/* The length of the formatted text; a format that cannot be written is a programming error. */
static size_t format_length(const char *format, va_list args) __attribute__((format(printf, 1, 0)));
static size_t format_length(const char *format, va_list args)
{
    va_list again;

    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    assert(length >= 0);
    return (size_t)length;
}

char *ps_format(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    size_t size = format_length(format, args) + 1;
    char *text = ps_alloc(size, 1);
    (void)vsnprintf(text, size, format, args);
    va_end(args);
    return text;
}

void *ps_grow(void *array, size_t *capacity, size_t needed, size_t element_bytes)
{
    if (needed <= *capacity)
        return array;
    size_t wanted =
        *capacity < ARRAY_FIRST_CAPACITY ? ARRAY_FIRST_CAPACITY : product_bytes(*capacity, 2);
    if (wanted < needed)
        wanted = needed;
    array = ps_realloc(array, wanted, element_bytes);
    *capacity = wanted;
    return array;
}

/* The memory follows the header; chunks are in the order newest first, the newest is filled. */
struct chunk {
    alignas(ARENA_ALIGNMENT) struct chunk *older;
    size_t size;
    size_t used;
};

struct ps_arena {
    struct chunk *newest;
};

static unsigned char *chunk_memory(struct chunk *chunk)
{
    return (unsigned char *)(chunk + 1);
}

static void arena_add_chunk(struct ps_arena *arena, size_t size)
{
    size_t total = sum_bytes(size, sizeof(struct chunk));
    struct chunk *chunk = aligned_alloc(ARENA_ALIGNMENT, total);

    if (chunk == NULL)
        ps_memory_exhausted(total);
    *chunk = (struct chunk){.older = arena->newest, .size = size, .used = 0};
    arena->newest = chunk;
}

struct ps_arena *ps_arena_new(void)
{
    return ps_alloc(1, sizeof(struct ps_arena));
}

void ps_arena_free(struct ps_arena *arena)
{
    if (arena == NULL)
        return;
    ps_arena_reset(arena);
    free(arena->newest);
    free(arena);
}

/* One chunk of the ordinary size stays, so that a scratch arena settles down to no allocation. */
void ps_arena_reset(struct ps_arena *arena)
{
    struct chunk *kept = NULL;

    for (struct chunk *chunk = arena->newest, *older; chunk != NULL; chunk = older) {
        older = chunk->older;
        if (kept == NULL && chunk->size == ARENA_CHUNK_BYTES)
            kept = chunk;
        else
            free(chunk);
    }
    if (kept != NULL) {
        kept->older = NULL;
        kept->used = 0;
    }
    arena->newest = kept;
}

void *ps_arena_alloc(struct ps_arena *arena, size_t count, size_t size_bytes)
{
    size_t size = at_least_one(product_bytes(count, size_bytes));

    size = sum_bytes(size, ARENA_ALIGNMENT - 1) / ARENA_ALIGNMENT * ARENA_ALIGNMENT;
    if (arena->newest == NULL || arena->newest->size - arena->newest->used < size)
        arena_add_chunk(arena, size > ARENA_CHUNK_BYTES ? size : ARENA_CHUNK_BYTES);
    void *memory = chunk_memory(arena->newest) + arena->newest->used;
    arena->newest->used += size;
    return memset(memory, 0, size);
}

char *ps_arena_strndup(struct ps_arena *arena, const char *text, size_t length)
{
    length = strnlen(text, length);
    char *copy = ps_arena_alloc(arena, sum_bytes(length, 1), 1);

    memcpy(copy, text, length);
    return copy;
}

char *ps_arena_strdup(struct ps_arena *arena, const char *text)
{
    return text == NULL ? NULL : ps_arena_strndup(arena, text, strlen(text));
}

char *ps_arena_format(struct ps_arena *arena, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    size_t size = format_length(format, args) + 1;
    char *text = ps_arena_alloc(arena, size, 1);
    (void)vsnprintf(text, size, format, args);
    va_end(args);
    return text;
}

void ps_buffer_append(struct ps_buffer *buffer, const void *data, size_t size)
{
    if (size == 0)
        return;
    buffer->data = ps_grow(buffer->data, &buffer->capacity, sum_bytes(buffer->size, size), 1);
    memcpy(buffer->data + buffer->size, data, size);
    buffer->size += size;
}

void ps_buffer_consume(struct ps_buffer *buffer, size_t size)
{
    assert(size <= buffer->size);
    buffer->size -= size;
    if (size > 0 && buffer->size > 0)
        memmove(buffer->data, buffer->data + size, buffer->size);
}

void ps_buffer_deinit(struct ps_buffer *buffer)
{
    free(buffer->data);
    *buffer = (struct ps_buffer){0};
}
