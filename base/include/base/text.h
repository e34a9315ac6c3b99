/* SPDX-License-Identifier: Apache-2.0
 *
 * Text that grows, and the nearest word for "did you mean".
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A growing string; always NUL-terminated once anything was added. Zero is empty. */
struct ps_text {
    char *chars;
    size_t length;
    size_t capacity;
};
void ps_text_add(struct ps_text *text, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
void ps_text_vadd(struct ps_text *text, const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
void ps_text_add_n(struct ps_text *text, const char *chars, size_t length);
const char *
ps_text_chars(const struct ps_text *text); /* "" when empty; borrowed until the next change */
char *ps_text_steal(struct ps_text *text); /* gives the string (malloc); text is empty again */
void ps_text_deinit(struct ps_text *text);

/* The candidate nearest to `word` (Damerau-Levenshtein, case folded), or NULL if none is near
 * enough to be meant: distance at most a third of the longer word's length, and at least 1 allowed.
 * Ties go to the first. */
const char *ps_text_nearest(const char *word, const char *const *candidates, size_t count);

/* 1234567 as "1,234,567". Returns `out`. */
char *ps_text_thousands(uint64_t value, char out[static 32]);

/* FNV-1a 64, for names that key random streams and digests of small texts; stable for ever. */
uint64_t ps_text_hash(const char *text);
uint64_t ps_bytes_hash(const void *data, size_t size, uint64_t seed);

#endif
