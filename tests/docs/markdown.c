/* SPDX-License-Identifier: Apache-2.0 */
#include "markdown.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"

/* Walks the lines of a text and knows whether each stands in a fenced block, and in which kind. */
struct walk {
    const char *next;
    char *line; /* without its end; owned */
    size_t number;
    bool fence;   /* this line opens or closes a block */
    bool inside;  /* this line stands in a block */
    bool console; /* of the kind `console` */
};

static bool step(struct walk *walk)
{
    free(walk->line);
    walk->line = NULL;
    if (*walk->next == '\0') {
        return false;
    }
    size_t length = strcspn(walk->next, "\n");
    walk->line = ps_format("%.*s", (int)length, walk->next);
    walk->next += length + (walk->next[length] == '\n');
    walk->number++;
    if (walk->fence && !walk->inside) { /* the line before closed a block */
        walk->console = false;
    }
    const char *text = walk->line + strspn(walk->line, " ");
    walk->fence = strncmp(text, "```", 3) == 0;
    if (walk->fence) {
        walk->inside = !walk->inside;
        walk->console = walk->inside && strcmp(text + 3, "console") == 0;
    }
    return true;
}

/* Blanks `code` spans, so that what looks like a link inside one is none. */
static void blank_code(char *line)
{
    char *open = NULL;
    for (char *c = line; *c != '\0'; c++) {
        if (*c != '`') {
            continue;
        }
        if (open == NULL) {
            open = c;
        } else {
            memset(open, ' ', (size_t)(c - open) + 1);
            open = NULL;
        }
    }
}

void ps_markdown_links(const char *markdown, ps_markdown_call *call, void *context)
{
    struct walk walk = {.next = markdown};

    while (step(&walk)) {
        if (walk.inside || walk.fence) {
            continue;
        }
        blank_code(walk.line);
        for (char *c = walk.line; (c = strstr(c, "](")) != NULL;) {
            c += 2;
            size_t length = strcspn(c, ") ");
            char *target = ps_format("%.*s", (int)length, c);
            call(context, walk.number, target);
            free(target);
        }
    }
}

void ps_markdown_commands(const char *markdown, ps_markdown_call *call, void *context)
{
    struct walk walk = {.next = markdown};
    struct ps_text command = {0};
    size_t began = 0;

    while (step(&walk)) {
        bool goes_on = command.length > 0;
        if (!walk.inside || !walk.console || walk.fence ||
            (!goes_on && strncmp(walk.line, "$ ", 2) != 0)) {
            continue;
        }
        const char *text = goes_on ? walk.line + strspn(walk.line, " ") : walk.line + 2;
        size_t length = strlen(text);
        bool more = length > 0 && text[length - 1] == '\\';
        began = goes_on ? began : walk.number;
        ps_text_add(&command, "%s%.*s", goes_on ? " " : "", (int)(length - more), text);
        if (!more) {
            call(context, began, ps_text_chars(&command));
            ps_text_deinit(&command);
        }
    }
    ps_text_deinit(&command);
}

void ps_markdown_anchors(const char *markdown, ps_markdown_call *call, void *context)
{
    struct walk walk = {.next = markdown};

    while (step(&walk)) {
        size_t level = strspn(walk.line, "#");
        if (walk.inside || walk.fence || level == 0 || walk.line[level] != ' ') {
            continue;
        }
        char *to = walk.line;
        for (const char *c = walk.line + level + 1; *c != '\0'; c++) {
            unsigned char byte = (unsigned char)*c;
            if (isalnum(byte) || byte >= 0x80 || byte == '-' || byte == '_') {
                *to++ = (char)tolower(byte);
            } else if (byte == ' ') {
                *to++ = '-';
            }
        }
        *to = '\0';
        call(context, walk.number, walk.line);
    }
}
