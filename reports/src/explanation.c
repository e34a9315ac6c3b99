/* SPDX-License-Identifier: Apache-2.0
 *
 * For people: the outcome first, then the timeline, then the contacts that mattered, each by a
 * number that the timeline refers to.
 */
#include "reports/explanation.h"

#include <inttypes.h>
#include <stdlib.h>
#include "base/memory.h"
#include "print.h"
#include "reports/facts.h"

#define BOLD   "\033[1m"
#define DIM    "\033[2m"
#define RED    "\033[1;31m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define RESET  "\033[0m"

enum { WORD_WIDTH = 8, TIME_WIDTH = 20 };

struct page {
    struct ps_text *out;
    struct ps_facts facts;
};

static void paint(const struct page *page, const char *code)
{
    if (page->facts.colour)
        ps_text_add(page->out, "%s", code);
}

static void add_head(const struct page *page, const char *text)
{
    ps_text_add(page->out, "\n");
    paint(page, BOLD);
    ps_clean_add(text, page->out);
    paint(page, RESET);
    ps_text_add(page->out, "\n");
}

static void add_facts(const struct page *page, const struct ps_told_fact *facts, size_t count)
{
    for (size_t i = 0; i < count; i++)
        ps_fact_add(&page->facts, facts[i].word, facts[i].text, page->out);
}

static const char *colour_of(enum ps_outcome outcome)
{
    switch (outcome) {
    case PS_OUTCOME_SURVIVED:
        return GREEN;
    case PS_OUTCOME_RECOVERED:
    case PS_OUTCOME_LOCKED_OUT:
        return YELLOW;
    case PS_OUTCOME_BRICKED:
    case PS_OUTCOME_TAKEN_OVER:
        return RED;
    default:
        return DIM;
    }
}

static void add_refusal(const struct ps_verdict *cause, struct ps_text *out)
{
    ps_text_add(out, "%s: %s (error %" PRId32 ", depth %" PRId32 ")", ps_stage_text(cause->stage),
                cause->reason, cause->error, cause->depth);
}

static void add_dark(const struct page *page, const struct ps_told_life *life)
{
    char first[PS_PRINT_MAX], since[PS_PRINT_MAX], until[PS_PRINT_MAX];
    struct ps_text text = {0};
    ps_text_add(&text, "from %s", ps_second_print(life->dark_since, since));
    if (ps_time_compare(life->dark_until, PS_TIME_NEVER) != 0)
        ps_text_add(&text, " to %s", ps_second_print(life->dark_until, until));
    if (ps_time_compare(life->first_dark, life->dark_since) < 0)
        ps_text_add(&text, ", and before that: first at %s",
                    ps_second_print(life->first_dark, first));
    ps_fact_add(&page->facts, "dark", ps_text_chars(&text), page->out);
    ps_text_deinit(&text);
    add_refusal(&life->cause, &text);
    ps_fact_add(&page->facts, "cause", ps_text_chars(&text), page->out);
    ps_text_deinit(&text);
}

/* A device that is the attacker's is dark from then on; what refused it before is another story. */
static void add_takeover(const struct page *page, const struct ps_told_life *life)
{
    char at[PS_PRINT_MAX];
    struct ps_text text = {0};
    ps_fact_format(&page->facts, page->out, "taken", "over by an attacker at %s, dark since",
                   ps_second_print(life->taken, at));
    if (!life->was_dark)
        return;
    ps_text_add(&text, "that dark first at %s; the last cause was ",
                ps_second_print(life->first_dark, at));
    add_refusal(&life->cause, &text);
    ps_fact_add(&page->facts, "before", ps_text_chars(&text), page->out);
    ps_text_deinit(&text);
}

/* Of its spans, absences included. */
static uint64_t length_of(const struct ps_told_exposure *exposure)
{
    uint64_t seconds = 0;
    for (size_t i = 0; i < exposure->span_count; i++)
        seconds += (uint64_t)(exposure->spans[i].until.s - exposure->spans[i].from.s);
    return seconds;
}

static void add_exposures(const struct page *page, const struct ps_told_life *life, bool at_length)
{
    const char *word = "exposed";
    for (size_t i = 0; i < life->exposure_count; i++) {
        const struct ps_told_exposure *e = &life->exposures[i];
        if (e->seconds == 0)
            continue;
        char days[PS_PRINT_MAX];
        struct ps_text text = {0};
        ps_text_add(&text, "%s for %s days%s (%s): ", ps_attack_text(e->attack),
                    ps_days_print(e->seconds, days), e->seconds < length_of(e) ? " online" : "",
                    ps_attack_meaning(e->attack));
        for (size_t k = 0; k < e->span_count; k++) {
            ps_text_add(&text, "%s", k > 0 ? "; " : "");
            ps_period_add(e->spans[k].from, e->spans[k].until, &text);
        }
        ps_fact_add(&page->facts, word, ps_text_chars(&text), page->out);
        ps_text_deinit(&text);
        word = "";
    }
    if (*word && life->exposure_count > 0 && at_length)
        ps_fact_add(&page->facts, word, "to none of the scenario's threats", page->out);
}

static void add_sum(const struct page *page, const struct ps_told_life *life)
{
    char accepted[32], failed[32];
    struct ps_text title = {0};
    ps_text_add(page->out, "\n");
    paint(page, BOLD);
    ps_text_add(&title, "%s (%s on %s): ", life->strategy, life->preset, life->stack);
    ps_clean_add(ps_text_chars(&title), page->out);
    paint(page, colour_of(life->outcome));
    ps_text_add(page->out, "%s", ps_outcome_text(life->outcome));
    paint(page, RESET);
    ps_text_add(page->out, "\n");
    ps_text_deinit(&title);
    if (ps_time_compare(life->taken, PS_TIME_NEVER) != 0)
        add_takeover(page, life);
    else if (life->was_dark)
        add_dark(page, life);
    if (life->did_it)
        ps_fact_add(&page->facts, "did it", life->did_it, page->out);
    ps_fact_format(
        &page->facts, page->out, "contacts", "%s accepted, %s failed, %" PRIu64 " update%s taken",
        ps_text_thousands(life->accepted, accepted), ps_text_thousands(life->failed, failed),
        life->updates, life->updates == 1 ? "" : "s");
    add_exposures(page, life, life->moment_count > 0);
    if (life->recorded)
        ps_fact_add(&page->facts, "record", life->recorded, page->out);
}

static const char *tone_colour(enum ps_told_tone tone)
{
    return tone == PS_TONE_GOOD ? GREEN : tone == PS_TONE_BAD ? RED : "";
}

static void add_moment(const struct page *page, const struct ps_told_moment *moment)
{
    static const char *const words[] = {
#define X(name, text, meaning) [PS_TOLD_##name] = text,
        PS_TOLD_KINDS(X)
#undef X
    };
    char at[PS_PRINT_MAX], last[PS_PRINT_MAX], count[32];
    struct ps_text text = {0};
    struct ps_facts line = page->facts;
    ps_text_add(&text, "%s", moment->text);
    if (moment->contact != SIZE_MAX)
        ps_text_add(&text, " [%zu]", moment->contact + 1);
    if (moment->count > 1)
        ps_text_add(&text, "; %s like it, the last at %s",
                    ps_text_thousands(moment->count - 1, count),
                    ps_second_print(moment->last, last));
    else if (ps_time_compare(moment->last, moment->at) > 0)
        ps_text_add(&text, "; the same up to %s", ps_second_print(moment->last, last));
    if (moment->last_contact != SIZE_MAX && moment->last_contact != moment->contact)
        ps_text_add(&text, " [%zu]", moment->last_contact + 1);
    line.width = TIME_WIDTH + 2 + WORD_WIDTH;
    struct ps_text word = {0};
    ps_text_add(&word, "%-*s  %-*s", TIME_WIDTH, ps_second_print(moment->at, at), WORD_WIDTH,
                words[moment->kind]);
    if (page->facts.colour && moment->tone != PS_TONE_PLAIN) {
        line.tone = tone_colour(moment->tone);
    }
    ps_fact_add(&line, ps_text_chars(&word), ps_text_chars(&text), page->out);
    ps_text_deinit(&word);
    ps_text_deinit(&text);
}

static void add_contact(const struct page *page, size_t number,
                        const struct ps_told_contact *contact)
{
    char at[PS_PRINT_MAX], clock[PS_PRINT_MAX];
    bool accepted = ps_verdict_accepted(&contact->verdict);
    struct ps_text title = {0};
    ps_text_add(&title, "[%zu] %s %s: ", number + 1, ps_second_print(contact->at, at),
                contact->role);
    ps_text_add(page->out, "\n");
    paint(page, BOLD);
    ps_clean_add(ps_text_chars(&title), page->out);
    ps_text_deinit(&title);
    paint(page, accepted ? GREEN : RED);
    ps_text_add(page->out, "%s",
                accepted                                         ? "accepted"
                : contact->verdict.stage == PS_STAGE_UNREACHABLE ? "unreachable"
                                                                 : "refused");
    paint(page, RESET);
    ps_text_add(page->out, "\n");
    ps_fact_add(&page->facts, "why", contact->why, page->out);
    ps_fact_add(&page->facts, "endpoint", contact->endpoint, page->out);
    ps_fact_format(&page->facts, page->out, "clock", "%s%s", ps_second_print(contact->clock, clock),
                   ps_time_compare(contact->clock, contact->at) == 0 ? ", which is right"
                                                                     : ", which is wrong");
    ps_fact_add_lines(&page->facts, "trusts", contact->trusts, page->out);
    ps_fact_add_messages(&page->facts, &contact->messages, page->out);
    ps_fact_add_lines(&page->facts, "served", contact->served, page->out);
    ps_fact_add_record(&page->facts, contact->record, page->out);
    ps_fact_add_verdict(&page->facts, &contact->verdict, page->out);
}

static void add_life(const struct page *page, const struct ps_told_life *life)
{
    add_sum(page, life);
    if (life->moment_count == 0) /* in short */
        return;
    ps_fact_add(&page->facts, "rule", life->summary, page->out);
    add_facts(page, life->facts, life->fact_count);
    add_head(page, "Timeline");
    for (size_t i = 0; i < life->moment_count; i++)
        add_moment(page, &life->moments[i]);
    for (size_t i = 0; i < life->contact_count; i++)
        add_contact(page, i, &life->contacts[i]);
}

void ps_explanation_text(const struct ps_explanation *e, const struct ps_told_options *options,
                         struct ps_text *out)
{
    enum { COLUMNS_LEAST = 60, COLUMNS_MOST = 160 };
    size_t columns = options->columns < COLUMNS_LEAST  ? COLUMNS_LEAST
                     : options->columns > COLUMNS_MOST ? COLUMNS_MOST
                                                       : options->columns;
    const struct page page = {out, {columns, WORD_WIDTH, options->colour, NULL}};
    char number[32], devices[32];
    struct ps_text title = {0};
    ps_text_add(&title, "Device %s/%" PRIu32 ", number %s of %s devices in all, both from 0",
                e->cohort, e->number, ps_text_thousands(e->fleet_number, number),
                ps_text_thousands(e->devices, devices));
    paint(&page, BOLD);
    ps_clean_add(ps_text_chars(&title), out);
    paint(&page, RESET);
    ps_text_add(out, "\n");
    ps_text_deinit(&title);
    add_facts(&page, e->facts, e->fact_count);
    for (size_t i = 0; i < e->life_count; i++)
        add_life(&page, &e->lives[i]);
    if (e->life_count > 0 && e->lives[0].moment_count > 0)
        return;
    ps_text_add(out, "\nOne of these at length, with its handshakes:\n  %s --strategy %s\n",
                e->command, e->life_count > 0 ? e->lives[0].strategy : "NAME");
}
