/* SPDX-License-Identifier: Apache-2.0
 *
 * Mistakes found in one file. They are collected in any order and printed in file order, each with
 * its line and a caret, and a count at the end. The messages themselves are in messages.h.
 */
#ifndef SCENARIOS_DIAGNOSTICS_H
#define SCENARIOS_DIAGNOSTICS_H

#include <stddef.h>
#include <stdint.h>
#include "base/memory.h"
#include "base/text.h"
#include "messages.h"

/* Where something stands. Lines and columns count characters from 0. */
struct ps_span {
    uint32_t line, column;
    uint32_t end_line, end_column;
};

enum ps_message {
#define X(name, text) PS_MESSAGE_##name,
    PS_MESSAGES(X)
#undef X
        PS_MESSAGE_COUNT
};

struct ps_diagnostic {
    enum ps_message message;
    struct ps_span span;
    char *text; /* owned */
};

struct ps_diagnostics {
    struct ps_diagnostic *items;
    size_t count, capacity;
};

/* SAY(diagnostics, span, NAME, ...) adds the message PS_MESSAGE_NAME; the compiler checks the
 * arguments against its format. */
#define SAY(diagnostics, span, name, ...)                                                          \
    ps_diagnostics_add((diagnostics), (span), PS_MESSAGE_##name, ps_message_##name, ##__VA_ARGS__)

#define X(name, text) static const char ps_message_##name[] __attribute__((unused)) = text;
PS_MESSAGES(X)
#undef X

void ps_diagnostics_add(struct ps_diagnostics *diagnostics, struct ps_span span,
                        enum ps_message message, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

/* Sorts by place and prints all of it. `yaml` is the text that was read. */
void ps_diagnostics_print(struct ps_diagnostics *diagnostics, const char *file, const char *yaml,
                          size_t size, struct ps_text *out);
void ps_diagnostics_deinit(struct ps_diagnostics *diagnostics);

#endif
