/* SPDX-License-Identifier: Apache-2.0
 *
 * Times are written to the second: the last second of a certificate is where stacks differ.
 */
#include "reports/verify.h"

#include <stdint.h>
#include "json.h"
#include "print.h"

void ps_verify_reason(const struct ps_verdict *verdict, struct ps_text *out)
{
    if (ps_verdict_accepted(verdict))
        return;
    ps_text_add(out, "%s: ", ps_stage_text(verdict->stage));
    ps_clean_add(verdict->reason, out);
}

const struct ps_verdict_span *ps_verify_next(const struct ps_verify_report *report)
{
    for (size_t i = 0; i < report->span_count; i++)
        if (ps_time_compare(report->spans[i].from, report->at) > 0 &&
            ps_verdict_accepted(&report->spans[i].verdict) != ps_verdict_accepted(&report->verdict))
            return &report->spans[i];
    return NULL;
}

/* ---- for people ---- */

static const char *word(const struct ps_verdict *verdict)
{
    return ps_verdict_accepted(verdict) ? "accepted" : "refused";
}

static void add_step(const struct ps_verify_step *step, size_t index, struct ps_text *out)
{
    char from[PS_PRINT_MAX], until[PS_PRINT_MAX];
    ps_text_add(out, "  %zu  ", index);
    ps_clean_add(step->facts->name, out);
    ps_text_add(out, "\n     %s .. %s, %s, %s%s", ps_second_print(step->facts->not_before, from),
                ps_second_print(step->facts->not_after, until), step->facts->key,
                step->facts->signature, step->facts->ca ? ", CA" : "");
    if (step->served != SIZE_MAX)
        ps_text_add(out, ", served as %zu", step->served + 1);
    if (step->trusted != SIZE_MAX)
        ps_text_add(out, ", trusted as %zu", step->trusted + 1);
    ps_text_add(out, "\n");
}

static void add_verdict(const struct ps_verdict *verdict, bool colour, struct ps_text *out)
{
    const char *on = ps_verdict_accepted(verdict) ? "\033[32m" : "\033[1;31m";
    ps_text_add(out, "%s%s%s", colour ? on : "", word(verdict), colour ? "\033[0m" : "");
    if (!ps_verdict_accepted(verdict)) {
        ps_text_add(out, ": ");
        ps_verify_reason(verdict, out);
    }
    ps_text_add(out, "\n");
}

static void add_timeline(const struct ps_verify_report *report, struct ps_text *out)
{
    ps_text_add(out, "\nTimeline (first and last second)\n");
    for (size_t i = 0; i < report->span_count; i++) {
        const struct ps_verdict_span *span = &report->spans[i];
        char from[PS_PRINT_MAX], until[PS_PRINT_MAX];
        bool begins = ps_time_compare(span->from, PS_TIME_ALWAYS) != 0;
        bool ends = ps_time_compare(span->until, PS_TIME_NEVER) != 0;
        ps_text_add(out, "  %-20s .. %-20s  ",
                    begins ? ps_second_print(span->from, from) : "always",
                    ends ? ps_second_print(span->until, until) : "for ever");
        add_verdict(&span->verdict, report->colour, out);
    }
}

void ps_verify_text(const struct ps_verify_report *report, struct ps_text *out)
{
    const struct ps_verdict *verdict = &report->verdict;
    const struct ps_verdict_span *next = ps_verify_next(report);
    char at[PS_PRINT_MAX];
    add_verdict(verdict, report->colour, out);
    ps_text_add(out, "\nAt       %s\nHost     ", ps_second_print(report->at, at));
    ps_clean_add(report->host, out);
    ps_text_add(out, "\nStack    %s (strategy %s)\n", report->stack, report->strategy);
    if (!ps_verdict_accepted(verdict)) {
        ps_text_add(out, "Check    %s: %s\nError    ", ps_stage_text(verdict->stage),
                    ps_stage_meaning(verdict->stage));
        ps_clean_add(verdict->reason, out);
        if (verdict->error != 0)
            ps_text_add(out, " (X.509 error %d", verdict->error);
        if (verdict->error != 0 && verdict->depth >= 0)
            ps_text_add(out, " at depth %d", verdict->depth);
        ps_text_add(out, "%s\n", verdict->error != 0 ? ")" : "");
    }
    ps_text_add(out, "Changes  ");
    if (next) {
        ps_text_add(out, "%s: ", ps_second_print(next->from, at));
        add_verdict(&next->verdict, report->colour, out);
    } else {
        ps_text_add(out, "never again\n");
    }
    ps_text_add(out, "\nPath%s\n", report->path_count == 0 ? ": none" : "");
    for (size_t i = 0; i < report->path_count; i++)
        add_step(&report->path[i], i, out);
    if (report->timeline)
        add_timeline(report, out);
}

/* ---- for programs ---- */

static void json_error(const struct ps_verdict *verdict, struct ps_json *json)
{
    if (ps_verdict_accepted(verdict)) {
        ps_json_text(json, "error", NULL);
        return;
    }
    struct ps_text text = {0};
    ps_verify_reason(verdict, &text);
    ps_json_open(json, "error", '{');
    ps_json_text(json, "check", ps_stage_text(verdict->stage));
    ps_json_text(json, "reason", verdict->reason);
    ps_json_text(json, "text", ps_text_chars(&text));
    ps_json_int(json, "x509_error", verdict->error);
    ps_json_int(json, "depth", verdict->depth);
    ps_json_close(json, '}');
    ps_text_deinit(&text);
}

/* Places count from 0 here; what is in no list has none. */
static void json_place(struct ps_json *json, const char *key, size_t place)
{
    if (place == SIZE_MAX)
        ps_json_text(json, key, NULL);
    else
        ps_json_uint(json, key, place);
}

static void json_step(const struct ps_verify_step *step, struct ps_json *json)
{
    ps_json_open(json, NULL, '{');
    ps_json_text(json, "name", step->facts->name);
    ps_json_text(json, "subject", step->facts->subject);
    ps_json_text(json, "issuer", step->facts->issuer);
    ps_json_time(json, "not_before", step->facts->not_before);
    ps_json_time(json, "not_after", step->facts->not_after);
    ps_json_text(json, "key", step->facts->key);
    ps_json_text(json, "signature", step->facts->signature);
    ps_json_bool(json, "ca", step->facts->ca);
    ps_json_bool(json, "self_issued", step->facts->self_issued);
    json_place(json, "served", step->served);
    json_place(json, "trusted", step->trusted);
    ps_json_close(json, '}');
}

static void json_span(const char *key, const struct ps_verdict_span *span, struct ps_json *json)
{
    ps_json_open(json, key, '{');
    ps_json_time(json, "from", span->from);
    ps_json_time(json, "until", span->until);
    ps_json_bool(json, "accepted", ps_verdict_accepted(&span->verdict));
    json_error(&span->verdict, json);
    ps_json_close(json, '}');
}

void ps_verify_json(const struct ps_verify_report *report, struct ps_text *out)
{
    struct ps_json json = {.out = out};
    const struct ps_verdict_span *next = ps_verify_next(report);
    ps_json_open(&json, NULL, '{');
    ps_json_bool(&json, "accepted", ps_verdict_accepted(&report->verdict));
    json_error(&report->verdict, &json);
    ps_json_time(&json, "at", report->at);
    ps_json_text(&json, "host", report->host);
    ps_json_text(&json, "stack", report->stack);
    ps_json_text(&json, "strategy", report->strategy);
    ps_json_open(&json, "path", '[');
    for (size_t i = 0; i < report->path_count; i++)
        json_step(&report->path[i], &json);
    ps_json_close(&json, ']');
    if (next)
        json_span("changes", next, &json);
    else
        ps_json_text(&json, "changes", NULL);
    if (report->timeline) {
        ps_json_open(&json, "timeline", '[');
        for (size_t i = 0; i < report->span_count; i++)
            json_span(NULL, &report->spans[i], &json);
        ps_json_close(&json, ']');
    }
    ps_json_close(&json, '}');
}
