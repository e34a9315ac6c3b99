/* SPDX-License-Identifier: Apache-2.0 */
#include "reports/facts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "print.h"

#define DIM   "\033[2m"
#define RESET "\033[0m"

static const char nothing[] = "";

/* Words from column `indent` on, which is where the line stands. */
static void add_wrapped(const struct ps_facts *facts, const char *text, size_t indent,
                        struct ps_text *out)
{
    struct ps_text cleaned = {0};
    ps_clean_add(text, &cleaned);
    size_t at = indent;
    bool begun = false;
    for (const char *word = ps_text_chars(&cleaned); *word != '\0';) {
        size_t length = strcspn(word, " ");
        char *one = ps_format("%.*s", (int)length, word);
        size_t width = ps_columns(one);
        if (begun && at + 1 + width > facts->columns) {
            ps_text_add(out, "\n%*s", (int)indent, "");
            at = indent;
        } else if (begun) {
            ps_text_add_n(out, " ", 1);
            at++;
        }
        ps_text_add(out, "%s", one);
        at += width;
        begun = true;
        free(one);
        word += length + (word[length] == ' ');
    }
    ps_text_add_n(out, "\n", 1);
    ps_text_deinit(&cleaned);
}

void ps_fact_add(const struct ps_facts *facts, const char *word, const char *text,
                 struct ps_text *out)
{
    ps_text_add(out, "  %s%-*s%s ", facts->colour ? DIM : nothing, (int)facts->width, word,
                facts->colour ? RESET : nothing);
    const char *tone = facts->colour && facts->tone ? facts->tone : nothing;
    ps_text_add(out, "%s", tone);
    add_wrapped(facts, text, 2 + facts->width + 1, out);
    if (*tone) { /* before the end of the line: the next begins as it should */
        out->length--;
        ps_text_add(out, "%s\n", RESET);
    }
}

void ps_fact_format(const struct ps_facts *facts, struct ps_text *out, const char *word,
                    const char *format, ...)
{
    struct ps_text text = {0};
    va_list args;
    va_start(args, format);
    ps_text_vadd(&text, format, args);
    va_end(args);
    ps_fact_add(facts, word, ps_text_chars(&text), out);
    ps_text_deinit(&text);
}

void ps_fact_add_lines(const struct ps_facts *facts, const char *word, const char *lines,
                       struct ps_text *out)
{
    for (const char *line = lines; *line != '\0'; word = "") {
        size_t length = strcspn(line, "\n");
        ps_fact_format(facts, out, word, "%.*s", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

void ps_fact_add_record(const struct ps_facts *facts, const char *record, struct ps_text *out)
{
    const char *before = "";
    for (const char *line = record; *line != '\0';) {
        size_t length = strcspn(line, "\n"), tab = strcspn(line, "\t");
        bool again = strncmp(before, line, tab + 1) == 0;
        char *word = ps_format("%.*s", again ? 0 : (int)tab, line);
        ps_fact_format(facts, out, word, "%.*s", (int)(length - tab) - 1, line + tab + 1);
        free(word);
        before = line;
        line += length + (line[length] == '\n');
    }
}

void ps_fact_add_verdict(const struct ps_facts *facts, const struct ps_verdict *verdict,
                         struct ps_text *out)
{
    ps_fact_add(facts, "path", verdict->path[0] ? verdict->path : "none", out);
    ps_fact_format(facts, out, "check", "%s (%s)", ps_stage_text(verdict->stage),
                   ps_stage_meaning(verdict->stage));
    if (!ps_verdict_accepted(verdict))
        ps_fact_format(facts, out, "error", "%s (error %" PRId32 ", depth %" PRId32 ")",
                       verdict->reason, verdict->error, verdict->depth);
    else if (verdict->reason[0])
        ps_fact_add(facts, "noted", verdict->reason, out);
}

void ps_fact_add_messages(const struct ps_facts *facts, const struct ps_messages *messages,
                          struct ps_text *out)
{
    enum { NAME_WIDTH = 28 };
    for (size_t i = 0; i < messages->count; i++) {
        const struct ps_message *m = &messages->items[i];
        char *name = ps_format("%s%s", m->kind == PS_MESSAGE_ALERT ? "alert: " : "", m->name);
        ps_text_add(out, "  %s%-*s%s %s %-*s %6" PRIu32 "\n", facts->colour ? DIM : nothing,
                    (int)facts->width, i == 0 ? "bytes" : "", facts->colour ? RESET : nothing,
                    m->sent ? "-->" : "<--", NAME_WIDTH, name, m->bytes);
        free(name);
    }
}
