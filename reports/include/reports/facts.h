/* SPDX-License-Identifier: Apache-2.0
 *
 * Facts about one contact or one device for a terminal: a word in the margin, and beside it what
 * there is to say, in as many lines as it takes. Everything is cleaned of what would steer a
 * terminal.
 */
#ifndef REPORTS_FACTS_H
#define REPORTS_FACTS_H

#include <stdbool.h>
#include "base/message.h"
#include "base/text.h"
#include "base/verdict.h"

struct ps_facts {
    size_t columns; /* of the terminal */
    size_t width;   /* of the widest word */
    bool colour;
    const char *tone; /* what paints the text; NULL: nothing does */
};

/* `word` is "" where the one above goes on. */
void ps_fact_add(const struct ps_facts *facts, const char *word, const char *text,
                 struct ps_text *out);
void ps_fact_format(const struct ps_facts *facts, struct ps_text *out, const char *word,
                    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* A fact for each line of `lines`, the word beside the first. */
void ps_fact_add_lines(const struct ps_facts *facts, const char *word, const char *lines,
                       struct ps_text *out);
/* Lines of a word, a tab and what it was; a word that comes again is said once. */
void ps_fact_add_record(const struct ps_facts *facts, const char *record, struct ps_text *out);
/* The path, the check that decided, and its error or what it noted. */
void ps_fact_add_verdict(const struct ps_facts *facts, const struct ps_verdict *verdict,
                         struct ps_text *out);
/* A line for each message, with its direction and its size. */
void ps_fact_add_messages(const struct ps_facts *facts, const struct ps_messages *messages,
                          struct ps_text *out);

#endif
