/* SPDX-License-Identifier: Apache-2.0
 *
 * For programs: all there is, in the words of summary.json where it has the same.
 */
#include "reports/explanation.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "json.h"

#define X(name, text, meaning) [PS_TOLD_##name] = text,
static const char *const kinds[] = {PS_TOLD_KINDS(X)};
#undef X

static void add_facts(struct ps_json *json, const struct ps_told_fact *facts, size_t count)
{
    ps_json_open(json, "facts", '{');
    for (size_t i = 0; i < count; i++)
        ps_json_text(json, facts[i].word, facts[i].text);
    ps_json_close(json, '}');
}

static void add_lines(struct ps_json *json, const char *key, const char *lines)
{
    ps_json_open(json, key, '[');
    while (*lines != '\0') {
        size_t length = strcspn(lines, "\n");
        char *line = ps_format("%.*s", (int)length, lines);
        char *tab = strchr(line, '\t');
        if (tab)
            *tab = ' ';
        ps_json_text(json, NULL, line);
        free(line);
        lines += length + (lines[length] == '\n');
    }
    ps_json_close(json, ']');
}

static void add_verdict(struct ps_json *json, const char *key, const struct ps_verdict *verdict)
{
    ps_json_open(json, key, '{');
    ps_json_text(json, "stage", ps_stage_text(verdict->stage));
    ps_json_int(json, "error", verdict->error);
    ps_json_int(json, "depth", verdict->depth);
    ps_json_text(json, "reason", verdict->reason);
    ps_json_text(json, "path", verdict->path);
    ps_json_close(json, '}');
}

static void add_contact(struct ps_json *json, const struct ps_told_contact *contact)
{
    ps_json_open(json, NULL, '{');
    ps_json_time(json, "at", contact->at);
    ps_json_time(json, "clock", contact->clock);
    ps_json_text(json, "role", contact->role);
    ps_json_text(json, "endpoint", contact->endpoint);
    ps_json_text(json, "why", contact->why);
    add_lines(json, "trusts", contact->trusts);
    add_lines(json, "served", contact->served);
    add_lines(json, "read", contact->record);
    ps_json_open(json, "messages", '[');
    for (size_t i = 0; i < contact->messages.count; i++) {
        const struct ps_message *m = &contact->messages.items[i];
        ps_json_open(json, NULL, '{');
        ps_json_text(json, "from", m->sent ? "device" : "server");
        ps_json_text(json, "kind", ps_message_kind_text(m->kind));
        ps_json_text(json, "name", m->name);
        ps_json_uint(json, "bytes", m->bytes);
        ps_json_close(json, '}');
    }
    ps_json_close(json, ']');
    add_verdict(json, "verdict", &contact->verdict);
    ps_json_close(json, '}');
}

static void add_moment(struct ps_json *json, const struct ps_told_moment *moment)
{
    ps_json_open(json, NULL, '{');
    ps_json_time(json, "at", moment->at);
    ps_json_time(json, "last", moment->last);
    ps_json_text(json, "kind", kinds[moment->kind]);
    ps_json_uint(json, "count", moment->count);
    ps_json_text(json, "text", moment->text);
    ps_json_close(json, '}');
}

static void add_exposure(struct ps_json *json, const struct ps_told_exposure *exposure)
{
    ps_json_open(json, NULL, '{');
    ps_json_text(json, "attack", ps_attack_text(exposure->attack));
    ps_json_bool(json, "inapplicable", exposure->inapplicable);
    ps_json_uint(json, "seconds", exposure->seconds);
    ps_json_open(json, "spans", '[');
    for (size_t i = 0; i < exposure->span_count; i++) {
        ps_json_open(json, NULL, '{');
        ps_json_time(json, "from", exposure->spans[i].from);
        ps_json_time(json, "until", exposure->spans[i].until);
        ps_json_close(json, '}');
    }
    ps_json_close(json, ']');
    ps_json_close(json, '}');
}

static void add_life(struct ps_json *json, const struct ps_told_life *life)
{
    ps_json_open(json, NULL, '{');
    ps_json_text(json, "strategy", life->strategy);
    ps_json_text(json, "preset", life->preset);
    ps_json_text(json, "stack", life->stack);
    ps_json_text(json, "outcome", ps_outcome_text(life->outcome));
    ps_json_time(json, "first_dark", life->first_dark);
    ps_json_time(json, "dark_since", life->dark_since);
    ps_json_time(json, "dark_until", life->dark_until);
    ps_json_time(json, "taken_over", life->taken);
    if (life->was_dark)
        add_verdict(json, "cause", &life->cause);
    else
        ps_json_text(json, "cause", NULL);
    ps_json_text(json, "did_it", life->did_it);
    ps_json_uint(json, "contacts_accepted", life->accepted);
    ps_json_uint(json, "contacts_failed", life->failed);
    ps_json_uint(json, "updates_installed", life->updates);
    add_facts(json, life->facts, life->fact_count);
    ps_json_open(json, "timeline", '[');
    for (size_t i = 0; i < life->moment_count; i++)
        add_moment(json, &life->moments[i]);
    ps_json_close(json, ']');
    ps_json_open(json, "contacts", '[');
    for (size_t i = 0; i < life->contact_count; i++)
        add_contact(json, &life->contacts[i]);
    ps_json_close(json, ']');
    ps_json_open(json, "exposures", '[');
    for (size_t i = 0; i < life->exposure_count; i++)
        add_exposure(json, &life->exposures[i]);
    ps_json_close(json, ']');
    ps_json_text(json, "recorded", life->recorded);
    ps_json_close(json, '}');
}

void ps_explanation_json(const struct ps_explanation *e, struct ps_text *out)
{
    struct ps_json json = {.out = out};
    char *digest = ps_format("%016" PRIx64, e->digest);
    ps_json_open(&json, NULL, '{');
    ps_json_uint(&json, "schema", 1);
    ps_json_text(&json, "version", e->version);
    ps_json_text(&json, "scenario", e->scenario);
    ps_json_text(&json, "digest", digest);
    ps_json_uint(&json, "seed", e->seed);
    ps_json_uint(&json, "devices", e->devices);
    ps_json_text(&json, "cohort", e->cohort);
    ps_json_uint(&json, "number", e->number);
    ps_json_uint(&json, "fleet_number", e->fleet_number);
    add_facts(&json, e->facts, e->fact_count);
    ps_json_open(&json, "lives", '[');
    for (size_t i = 0; i < e->life_count; i++)
        add_life(&json, &e->lives[i]);
    ps_json_close(&json, ']');
    ps_json_close(&json, '}');
    free(digest);
}
