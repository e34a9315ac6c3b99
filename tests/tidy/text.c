/* SPDX-License-Identifier: Apache-2.0 */
#include <ctype.h>
#include <string.h>
#include "base/memory.h"
#include "tidy.h"

bool ps_tidy_starts(const char *text, const char *prefix)
{
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

bool ps_tidy_ends(const char *text, const char *suffix)
{
    size_t length = strlen(text);
    size_t tail = strlen(suffix);
    return length >= tail && strcmp(text + length - tail, suffix) == 0;
}

bool ps_tidy_is_c(const char *path)
{
    return ps_tidy_ends(path, ".c") || ps_tidy_ends(path, ".h");
}

bool ps_tidy_is_test(const char *path)
{
    return ps_tidy_starts(path, "tests/") || strstr(path, "/tests/") != NULL;
}

/* The end of the comment or literal that begins at text[i]; i itself when none does. */
static size_t skip_opaque(const char *text, size_t size, size_t i)
{
    if (text[i] == '/' && i + 1 < size && text[i + 1] == '*') {
        const char *end = strstr(text + i + 2, "*/");
        return end == NULL ? size : (size_t)(end - text) + 2;
    }
    if (text[i] == '/' && i + 1 < size && text[i + 1] == '/') {
        const char *end = strchr(text + i, '\n');
        return end == NULL ? size : (size_t)(end - text);
    }
    if (text[i] == '"' || text[i] == '\'') {
        size_t k = i + 1;
        while (k < size && text[k] != text[i] && text[k] != '\n') {
            k += text[k] == '\\' && k + 1 < size && text[k + 1] != '\n' ? 2 : 1;
        }
        return k < size && text[k] == text[i] ? k + 1 : k;
    }
    return i;
}

char *ps_tidy_blank(const char *text, size_t size)
{
    char *code = ps_alloc(size + 1, 1);
    size_t i = 0;

    memcpy(code, text, size);
    while (i < size) {
        size_t end = skip_opaque(text, size, i);
        if (end == i) {
            i++;
            continue;
        }
        for (; i < end; i++) {
            if (code[i] != '\n') {
                code[i] = ' ';
            }
        }
    }
    return code;
}

static bool in_word(char c)
{
    return isalnum((unsigned char)c) || c == '_';
}

const char *ps_tidy_find_word(const char *from, const char *word)
{
    size_t length = strlen(word);
    const char *place = from;

    while ((place = strstr(place, word)) != NULL) {
        bool begins = place == from || !in_word(place[-1]);
        if (begins && !in_word(place[length])) {
            return place;
        }
        place += length;
    }
    return NULL;
}

size_t ps_tidy_line_of(const char *text, const char *place)
{
    size_t line = 1;
    for (const char *c = text; c < place; c++) {
        line += *c == '\n';
    }
    return line;
}
