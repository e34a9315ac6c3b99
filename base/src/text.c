/* SPDX-License-Identifier: Apache-2.0 */
#include "base/text.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

static void text_reserve(struct ps_text *text, size_t more)
{
    assert(more < SIZE_MAX - text->length);
    text->chars = ps_grow(text->chars, &text->capacity, text->length + more + 1, 1);
}

void ps_text_vadd(struct ps_text *text, const char *format, va_list args)
{
    va_list again;

    va_copy(again, args);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    assert(length >= 0);
    text_reserve(text, (size_t)length);
    (void)vsnprintf(text->chars + text->length, (size_t)length + 1, format, args);
    text->length += (size_t)length;
}

void ps_text_add(struct ps_text *text, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    ps_text_vadd(text, format, args);
    va_end(args);
}

void ps_text_add_n(struct ps_text *text, const char *chars, size_t length)
{
    text_reserve(text, length);
    if (length > 0)
        memcpy(text->chars + text->length, chars, length);
    text->length += length;
    text->chars[text->length] = '\0';
}

const char *ps_text_chars(const struct ps_text *text)
{
    return text->chars == NULL ? "" : text->chars;
}

char *ps_text_steal(struct ps_text *text)
{
    char *chars = text->chars == NULL ? ps_strdup("") : text->chars;

    *text = (struct ps_text){0};
    return chars;
}

void ps_text_deinit(struct ps_text *text)
{
    free(text->chars);
    *text = (struct ps_text){0};
}

/* Only ASCII is folded: the words of the language are ASCII, and the locale has no say. */
static char fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
}

static size_t smaller(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Optimal string alignment: insert, delete, replace, or swap two neighbours, each for 1. `rows` has
 * room for three rows of b_length + 1. */
static size_t word_distance(const char *a, size_t a_length, const char *b, size_t b_length,
                            size_t *rows)
{
    size_t *before = rows, *last = rows + (b_length + 1), *row = rows + 2 * (b_length + 1);

    for (size_t j = 0; j <= b_length; j++)
        last[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            bool same = fold(a[i - 1]) == fold(b[j - 1]);
            row[j] = smaller(smaller(last[j], row[j - 1]) + 1, last[j - 1] + (same ? 0 : 1));
            if (i > 1 && j > 1 && fold(a[i - 1]) == fold(b[j - 2]) &&
                fold(a[i - 2]) == fold(b[j - 1]))
                row[j] = smaller(row[j], before[j - 2] + 1);
        }
        size_t *spare = before;
        before = last;
        last = row;
        row = spare;
    }
    return last[b_length];
}

const char *ps_text_nearest(const char *word, const char *const *candidates, size_t count)
{
    size_t word_length = strlen(word);
    const char *nearest = NULL;
    size_t nearest_distance = SIZE_MAX;

    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(candidates[i]);
        size_t longer = length > word_length ? length : word_length;
        size_t allowed = longer / 3 > 1 ? longer / 3 : 1;
        size_t *rows = ps_alloc(3 * (length + 1), sizeof *rows);
        size_t distance = word_distance(word, word_length, candidates[i], length, rows);
        free(rows);
        /* Words that share no letter are not near, however short they are. */
        if (distance <= allowed && distance < longer && distance < nearest_distance) {
            nearest = candidates[i];
            nearest_distance = distance;
        }
    }
    return nearest;
}

char *ps_text_thousands(uint64_t value, char out[static 32])
{
    char digits[32];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%llu", (unsigned long long)value);
    size_t at = 0;

    for (size_t i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            out[at++] = ',';
        out[at++] = digits[i];
    }
    out[at] = '\0';
    return out;
}

/* FNV-1a; a seed of 0 starts at the published offset basis, any other at basis xor seed. */
uint64_t ps_bytes_hash(const void *data, size_t size, uint64_t seed)
{
    const unsigned char *bytes = data;
    uint64_t hash = UINT64_C(0xcbf29ce484222325) ^ seed;

    for (size_t i = 0; i < size; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

uint64_t ps_text_hash(const char *text)
{
    return ps_bytes_hash(text, strlen(text), 0);
}
