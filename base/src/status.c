/* SPDX-License-Identifier: Apache-2.0 */
#include "base/status.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char cut_mark[] = "...";

/* Makes a text that vsnprintf cut end in "...", and never inside a UTF-8 sequence. */
static void text_mark_cut(char *text, size_t capacity)
{
    size_t end = capacity - sizeof cut_mark;

    while (end > 0 && ((unsigned char)text[end] & 0xC0) == 0x80)
        end--;
    memcpy(text + end, cut_mark, sizeof cut_mark);
}

/* The message is made beside its place: an argument may well point into the old one. */
ps_status ps_fail(struct ps_error *err, ps_status s, const char *format, ...)
{
    char text[PS_ERROR_TEXT_MAX];
    va_list args;

    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (length < 0)
        text[0] = '\0';
    if (length >= (int)sizeof text)
        text_mark_cut(text, sizeof text);
    memcpy(err->text, text, strlen(text) + 1);
    return s;
}

ps_status ps_wrap(struct ps_error *err, ps_status s, const char *format, ...)
{
    char text[PS_ERROR_TEXT_MAX];
    va_list args;

    va_start(args, format);
    int length = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (length < 0) {
        text[0] = '\0';
        length = 0;
    }
    if (length < (int)sizeof text && err->text[0] != '\0') {
        size_t room = sizeof text - (size_t)length;
        int more = snprintf(text + length, room, ": %s", err->text);
        length += more < 0 ? 0 : more;
    }
    if (length >= (int)sizeof text)
        text_mark_cut(text, sizeof text);
    memcpy(err->text, text, strlen(text) + 1);
    return s;
}
