/* SPDX-License-Identifier: Apache-2.0
 *
 * Just enough Markdown to check documentation: the links of a text, and the commands in its fenced
 * blocks that are marked `console` (a command follows "$ "; other lines are its output). Pure.
 */
#ifndef TESTS_DOCS_MARKDOWN_H
#define TESTS_DOCS_MARKDOWN_H

#include <stddef.h>

/* `text` is a link's target or a whole command, borrowed until the call returns. Lines count
 * from 1. */
typedef void ps_markdown_call(void *context, size_t line, const char *text);

/* Every [text](target) and ![text](target) outside fenced blocks and `code`. */
void ps_markdown_links(const char *markdown, ps_markdown_call *call, void *context);
/* A line that ends in a backslash goes on in the next; the pieces are joined by a space. */
void ps_markdown_commands(const char *markdown, ps_markdown_call *call, void *context);
/* Every heading, as the anchor that a link to it uses: "What is where" is "what-is-where". */
void ps_markdown_anchors(const char *markdown, ps_markdown_call *call, void *context);

#endif
