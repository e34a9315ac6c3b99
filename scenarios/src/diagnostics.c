/* SPDX-License-Identifier: Apache-2.0 */
#include "diagnostics.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

/* A longer line is shown only up to here. */
enum { LINE_BYTES_MAX = 240 };

void ps_diagnostics_add(struct ps_diagnostics *diagnostics, struct ps_span span,
                        enum ps_message message, const char *format, ...)
{
    struct ps_text text = {0};
    va_list args;

    va_start(args, format);
    ps_text_vadd(&text, format, args);
    va_end(args);
    /* Two ways to the same node (an alias, a list shared by two uses) may find the same mistake. */
    for (size_t i = diagnostics->count; i-- > 0 && diagnostics->count - i < 64;) {
        const struct ps_diagnostic *old = &diagnostics->items[i];
        if (old->message == message && old->span.line == span.line &&
            old->span.column == span.column && strcmp(old->text, ps_text_chars(&text)) == 0) {
            ps_text_deinit(&text);
            return;
        }
    }
    PS_PUSH(diagnostics->items, diagnostics->count, diagnostics->capacity,
            (struct ps_diagnostic){message, span, ps_text_steal(&text)});
}

struct place {
    const struct ps_diagnostic *diagnostic;
    size_t order;
};

static int compare_places(const void *left, const void *right)
{
    const struct place *a = left, *b = right;
    const struct ps_span *x = &a->diagnostic->span, *y = &b->diagnostic->span;

    if (x->line != y->line)
        return x->line < y->line ? -1 : 1;
    if (x->column != y->column)
        return x->column < y->column ? -1 : 1;
    return a->order < b->order ? -1 : 1;
}

static bool continues_character(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* A byte that a terminal would act on is shown as '?'. */
static void add_shown(struct ps_text *out, const char *line, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char c = (unsigned char)line[i];
        char shown = (c < 0x20 && c != '\t') || c == 0x7f ? '?' : line[i];
        ps_text_add_n(out, &shown, 1);
    }
}

static void add_caret(struct ps_text *out, const char *line, size_t length, struct ps_span span)
{
    uint32_t column = 0;
    size_t at = 0;

    ps_text_add_n(out, "      | ", 8);
    while (at < length && column < span.column) {
        ps_text_add_n(out, line[at] == '\t' ? "\t" : " ", 1);
        for (at++; at < length && continues_character(line[at]); at++)
            continue;
        column++;
    }
    ps_text_add_n(out, "^", 1);
    uint32_t end = span.end_line == span.line ? span.end_column : UINT32_MAX;
    for (column++; column < end; column++) {
        if (at < length)
            at++;
        while (at < length && continues_character(line[at]))
            at++;
        if (at >= length)
            break;
        ps_text_add_n(out, "~", 1);
    }
    ps_text_add_n(out, "\n", 1);
}

static void print_one(const struct ps_diagnostic *diagnostic, const char *file, const char *line,
                      size_t length, struct ps_text *out)
{
    const struct ps_span *span = &diagnostic->span;

    ps_text_add(out, "%s:%u:%u: error: ", file, span->line + 1, span->column + 1);
    add_shown(out, diagnostic->text, strlen(diagnostic->text));
    ps_text_add(out, "\n%5u |%s", span->line + 1, length == 0 ? "" : " ");
    add_shown(out, line, length);
    ps_text_add_n(out, "\n", 1);
    add_caret(out, line, length, *span);
}

void ps_diagnostics_print(struct ps_diagnostics *diagnostics, const char *file, const char *yaml,
                          size_t size, struct ps_text *out)
{
    struct place *places = ps_alloc(diagnostics->count + 1, sizeof *places);
    const char *line = yaml, *end = yaml + size;
    uint32_t number = 0;

    for (size_t i = 0; i < diagnostics->count; i++)
        places[i] = (struct place){&diagnostics->items[i], i};
    qsort(places, diagnostics->count, sizeof *places, compare_places);
    for (size_t i = 0; i < diagnostics->count; i++) {
        while (number < places[i].diagnostic->span.line && line < end) {
            const char *newline = memchr(line, '\n', (size_t)(end - line));
            line = newline == NULL ? end : newline + 1;
            number++;
        }
        const char *newline = line < end ? memchr(line, '\n', (size_t)(end - line)) : NULL;
        size_t length = (size_t)((newline == NULL ? end : newline) - line);
        if (length > 0 && line[length - 1] == '\r')
            length--;
        if (length > LINE_BYTES_MAX) {
            length = LINE_BYTES_MAX;
            while (length > 0 && continues_character(line[length]))
                length--;
        }
        print_one(places[i].diagnostic, file, line, length, out);
    }
    ps_text_add(out, "%zu error%s in %s\n", diagnostics->count, diagnostics->count == 1 ? "" : "s",
                file);
    free(places);
}

void ps_diagnostics_deinit(struct ps_diagnostics *diagnostics)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        free(diagnostics->items[i].text);
    free(diagnostics->items);
    *diagnostics = (struct ps_diagnostics){0};
}
