/* SPDX-License-Identifier: Apache-2.0
 *
 * Events: what each does, and what is served after each.
 */
#include <stdlib.h>
#include <string.h>

#include "resolve.h"

static const char *const event_words[] = {
#define X(name, text, meaning) text,
    PS_EVENT_KINDS(X)
#undef X
};

static const char *kinds_text(const struct ps_resolver *resolver)
{
    const char *text = "";

    for (size_t kind = 0; kind < PS_EVENT_KIND_COUNT; kind++)
        text = ps_arena_format(resolver->reader.arena, "%s%s%s", text, kind == 0 ? "" : ", ",
                               event_words[kind]);
    return text;
}

static bool resolve_kind(struct ps_resolver *resolver, const struct ps_block *block,
                         struct ps_plan_event *event)
{
    size_t found = PS_EVENT_KIND_COUNT;

    for (size_t kind = 0; kind < PS_EVENT_KIND_COUNT; kind++) {
        const struct ps_entry *entry = ps_block_entry(block, event_words[kind]);
        if (entry->value == NULL)
            continue;
        if (found != PS_EVENT_KIND_COUNT) {
            SAY(resolver->reader.diagnostics, entry->key->span, EVENT_KIND_TWO,
                kinds_text(resolver), event_words[found], event_words[kind]);
            return false;
        }
        found = kind;
    }
    if (found == PS_EVENT_KIND_COUNT && ps_block_any_meant(block))
        return false;
    if (found == PS_EVENT_KIND_COUNT) {
        SAY(resolver->reader.diagnostics, ps_block_span(block, NULL), EVENT_KIND_NONE,
            kinds_text(resolver));
        return false;
    }
    event->kind = (enum ps_plan_event_kind)found;
    return true;
}

static void resolve_when(struct ps_resolver *resolver, const struct ps_block *block,
                         const struct ps_form_event *form, struct ps_plan_event *event)
{
    const struct ps_entry *at = ps_block_entry(block, "at");
    const struct ps_entry *announced = ps_block_entry(block, "announced");
    struct ps_diagnostics *diagnostics = resolver->reader.diagnostics;

    event->at = form->at;
    event->announced = announced->value != NULL ? form->announced : PS_TIME_NEVER;
    if (at->value == NULL || at->bad)
        return;
    if (resolver->window && ps_time_compare(form->at, resolver->form->from) < 0)
        SAY(diagnostics, at->value->span, EVENT_EARLY);
    if (resolver->window && ps_time_compare(form->at, resolver->form->until) >= 0)
        SAY(diagnostics, at->value->span, EVENT_LATE);
    if (announced->value != NULL && !announced->bad &&
        ps_time_compare(form->announced, form->at) > 0)
        SAY(diagnostics, announced->value->span, ANNOUNCED_LATE);
}

/* The leaf stays as it is written; what was not written comes from the state before (see
 * apply_serve). */
static void resolve_serve(struct ps_resolver *resolver, const struct ps_form_serve *form,
                          const struct ps_block *block, struct ps_plan_event *event)
{
    struct ps_plan_serve *serve = &event->as.serve;

    serve->endpoint = ps_resolve_name(resolver, PS_THING_ENDPOINT, form->endpoint,
                                      ps_block_span(block, "endpoint"));
    serve->has_chains = ps_block_has(block, "chain");
    serve->has_leaf = ps_block_has(block, "leaf");
    serve->when = (enum ps_plan_when)form->when;
    event->over = form->over;
    event->by = (enum ps_plan_stage_by)form->by;
    if (serve->has_chains)
        ps_resolve_chains(resolver, &form->chains, &serve->chains, &serve->chain_count);
    if (ps_block_has(block, "alternates"))
        ps_resolve_chains(resolver, &form->alternates, &serve->alternates, &serve->alternate_count);
    if (!serve->has_chains && !serve->has_leaf && !ps_block_has(block, "alternates") &&
        !ps_block_has(block, "staple") && !ps_block_has(block, "tlsa") &&
        !ps_block_any_meant(block))
        SAY(resolver->reader.diagnostics, ps_block_span(block, NULL), SERVE_NOTHING);
}

static void resolve_restart(struct ps_resolver *resolver, const struct ps_form_restart *form,
                            const struct ps_block *block, struct ps_plan_event *event)
{
    event->as.restart.endpoint = ps_resolve_name(resolver, PS_THING_ENDPOINT, form->endpoint,
                                                 ps_block_span(block, "endpoint"));
    event->over = form->over;
    event->by = (enum ps_plan_stage_by)form->by;
}

static void resolve_fault(struct ps_resolver *resolver, const struct ps_form_fault *form,
                          const struct ps_block *block, struct ps_plan_event *event)
{
    struct ps_diagnostics *diagnostics = resolver->reader.diagnostics;
    const struct ps_entry *kind = ps_block_entry(block, "kind");
    const struct ps_entry *delay = ps_block_entry(block, "delay");
    const struct ps_entry *bytes = ps_block_entry(block, "after_bytes");

    event->as.fault = (struct ps_plan_fault){
        .endpoint = ps_resolve_name(resolver, PS_THING_ENDPOINT, form->endpoint,
                                    ps_block_span(block, "endpoint")),
        .kind = (enum ps_fault)form->kind,
        .lasts = form->lasts,
        .delay = form->delay,
        .after_bytes = form->after_bytes,
    };
    if (kind->value == NULL || kind->bad)
        return;
    if (form->kind == PS_FAULT_DELAY && delay->value == NULL)
        SAY(diagnostics, ps_block_span(block, NULL), FAULT_DELAY_MISSING);
    if (form->kind == PS_FAULT_DELAY && bytes->value != NULL)
        SAY(diagnostics, bytes->key->span, FAULT_BYTES_EXTRA);
    if (form->kind != PS_FAULT_DELAY && delay->value != NULL)
        SAY(diagnostics, delay->key->span, FAULT_DELAY_EXTRA, kind->value->text);
}

/* Later events find here what their endpoint serves before them. */
struct state {
    struct ps_plan_leaf leaf;
    struct ps_plan_chain *chains;
    size_t chain_count;
    struct ps_plan_chain *alternates;
    size_t alternate_count;
    bool staple;
    enum ps_plan_tlsa tlsa; /* FOLLOW or ABSENT: KEEP ends with the next change */
};

static struct state first_state(const struct ps_plan_endpoint *endpoint)
{
    return (struct state){endpoint->leaf,       endpoint->chains,          endpoint->chain_count,
                          endpoint->alternates, endpoint->alternate_count, endpoint->staple,
                          endpoint->tlsa};
}

static void apply_rest(const struct ps_form_serve *form, const struct ps_block *block,
                       struct ps_plan_serve *serve, struct state *state)
{
    if (ps_block_has(block, "alternates")) {
        state->alternates = serve->alternates;
        state->alternate_count = serve->alternate_count;
    }
    if (ps_block_has(block, "staple"))
        state->staple = form->staple;
    if (ps_block_has(block, "tlsa") && form->tlsa != PS_TLSA_KEEP)
        state->tlsa = (enum ps_plan_tlsa)form->tlsa;
    serve->alternates = state->alternates;
    serve->alternate_count = state->alternate_count;
    serve->staple = state->staple;
    serve->tlsa = ps_block_has(block, "tlsa") ? (enum ps_plan_tlsa)form->tlsa : state->tlsa;
}

static void apply_serve(struct ps_resolver *resolver, struct ps_plan_event *event,
                        struct state *states)
{
    const struct ps_form_serve *form = &resolver->form->events[event->ordinal].serve;
    const struct ps_block *block =
        ps_block_entry(ps_resolve_blocks(resolver, "timeline")[event->ordinal], "serve")->block;
    struct ps_plan_serve *serve = &event->as.serve;

    if (block->node->kind != PS_NODE_MAPPING || serve->endpoint == PS_PLAN_NONE)
        return;
    struct state *state = &states[serve->endpoint];
    if (serve->has_leaf) {
        serve->leaf = state->leaf;
        ps_resolve_leaf(resolver, &form->leaf, ps_block_entry(block, "leaf")->block, false,
                        &serve->leaf);
        state->leaf = serve->leaf;
    }
    if (serve->has_chains) {
        state->chains = serve->chains;
        state->chain_count = serve->chain_count;
    }
    apply_rest(form, block, serve, state);
    const struct ps_block *leaf = ps_block_entry(block, "leaf")->block;
    if (serve->has_chains || (serve->has_leaf && ps_block_has(leaf, "issuer")))
        ps_resolve_coverage(resolver, &state->leaf, state->chains, state->chain_count,
                            ps_block_key_span(block, serve->has_chains ? "chain" : "leaf"));
}

/* Whose leaf it is then, is who must say that it is revoked. */
static void apply_revoke(struct ps_resolver *resolver, const struct ps_plan_event *event,
                         const struct state *states)
{
    const struct ps_block *block =
        ps_block_entry(ps_resolve_blocks(resolver, "timeline")[event->ordinal], "revoke")->block;
    const struct ps_plan_revoke *revoke = &event->as.revoke;

    if (block->node->kind != PS_NODE_MAPPING || revoke->endpoint == PS_PLAN_NONE)
        return;
    const struct ps_plan_leaf *leaf = &states[revoke->endpoint].leaf;
    ps_resolve_heard(resolver, revoke, leaf->issuers, leaf->issuer_count,
                     ps_block_span(block, "leaf"));
}

static const char *chains_text(const struct ps_resolver *resolver,
                               const struct ps_plan_serve *serve)
{
    struct ps_arena *arena = resolver->reader.arena;
    const char *text = "";

    for (size_t i = 0; i < serve->chain_count; i++) {
        const struct ps_plan_chain *chain = &serve->chains[i];
        for (size_t n = 0; n < chain->count; n++) {
            if (chain->certificates[n] != PS_PLAN_NONE)
                text = ps_arena_format(arena, "%s%s%s", text,
                                       *text == '\0' ? ""
                                       : n == 0      ? " or "
                                                     : ", ",
                                       resolver->plan->certificates[chain->certificates[n]].name);
        }
    }
    return *text == '\0' ? "no chain" : text;
}

static const char *issuers_text(const struct ps_resolver *resolver, const struct ps_plan_leaf *leaf)
{
    const char *text = "";

    for (size_t i = 0; i < leaf->issuer_count; i++) {
        if (leaf->issuers[i] != PS_PLAN_NONE)
            text = ps_arena_format(resolver->reader.arena, "%s%s%s", text, i == 0 ? "" : " or ",
                                   resolver->plan->authorities[leaf->issuers[i]].name);
    }
    return text;
}

static const char *const tlsa_texts[] = {
    [PS_TLSA_FOLLOW] = ", its TLSA records follow",
    [PS_TLSA_KEEP] = ", its TLSA records stay as they were",
    [PS_TLSA_ABSENT] = ", without TLSA records",
};

static const char *serve_title(const struct ps_resolver *resolver,
                               const struct ps_plan_event *event)
{
    struct ps_arena *arena = resolver->reader.arena;
    const struct ps_plan_serve *serve = &event->as.serve;
    const char *endpoint = resolver->plan->endpoints[serve->endpoint].name;
    const struct ps_block *block =
        ps_block_entry(ps_resolve_blocks(resolver, "timeline")[event->ordinal], "serve")->block;
    const char *text = "";

    if (serve->has_leaf)
        text = ps_arena_format(arena, "a leaf from %s", issuers_text(resolver, &serve->leaf));
    if (serve->has_chains)
        text = ps_arena_format(arena, "%s%s%s", text, serve->has_leaf ? " with " : "",
                               chains_text(resolver, serve));
    if (*text == '\0')
        text = "the same";
    if (ps_block_has(block, "alternates"))
        text = ps_arena_format(arena, "%s, %s other chains", text,
                               serve->alternate_count == 0 ? "without" : "with");
    if (ps_block_has(block, "staple"))
        text = ps_arena_format(arena, "%s, %s a staple", text, serve->staple ? "with" : "without");
    if (ps_block_has(block, "tlsa"))
        text = ps_arena_format(arena, "%s%s", text, tlsa_texts[serve->tlsa]);
    return ps_arena_format(arena, "%s serves %s", endpoint, text);
}

/* A line for the report when the file has none. Only of events without a mistake. */
static const char *make_title(const struct ps_resolver *resolver, const struct ps_plan_event *event)
{
    struct ps_arena *arena = resolver->reader.arena;
    char lasts[PS_TIME_TEXT_MAX];

    switch (event->kind) {
    case PS_EVENT_SERVE:
        return serve_title(resolver, event);
    case PS_EVENT_FAULT:
        return ps_arena_format(
            arena, "%s: %s for %s", resolver->plan->endpoints[event->as.fault.endpoint].name,
            ps_fault_text(event->as.fault.kind), ps_duration_format(event->as.fault.lasts, lasts));
    case PS_EVENT_RELEASE:
        return ps_arena_format(arena, "release %s is offered", event->as.release.name);
    case PS_EVENT_REVOKE:
        return ps_resolve_revoke_title(resolver, &event->as.revoke);
    case PS_EVENT_OUTAGE:
        return ps_resolve_outage_title(resolver, &event->as.outage);
    case PS_EVENT_ANNOUNCE:
        return ps_resolve_announce_title(resolver, &event->as.announce);
    case PS_EVENT_RESTART:
        return ps_arena_format(arena, "%s starts anew",
                               resolver->plan->endpoints[event->as.restart.endpoint].name);
    case PS_EVENT_WITHDRAW:
        return ps_arena_format(arena, "release %s is withdrawn",
                               resolver->plan->events[event->as.withdraw.release].as.release.name);
    default:
        return "";
    }
}

/* What the event's own block says; it is a mapping. */
static void resolve_body(struct ps_resolver *resolver, const struct ps_form_event *form,
                         const struct ps_block *block, struct ps_plan_event *event)
{
    const struct ps_block *body = ps_block_entry(block, event_words[event->kind])->block;

    switch (event->kind) {
    case PS_EVENT_SERVE:
        resolve_serve(resolver, &form->serve, body, event);
        break;
    case PS_EVENT_FAULT:
        resolve_fault(resolver, &form->fault, body, event);
        break;
    case PS_EVENT_RELEASE:
        ps_resolve_release(resolver, &form->release, body, event);
        break;
    case PS_EVENT_REVOKE:
        ps_resolve_revoke(resolver, &form->revoke, body, &event->as.revoke);
        break;
    case PS_EVENT_OUTAGE:
        ps_resolve_outage(resolver, &form->outage, body, &event->as.outage);
        break;
    case PS_EVENT_RESTART:
        resolve_restart(resolver, &form->restart, body, event);
        break;
    default:
        ps_resolve_announce(resolver, form, block, &event->as.announce);
        break;
    }
}

static void resolve_event(struct ps_resolver *resolver, const struct ps_form_event *form,
                          const struct ps_block *block, struct ps_plan_event *event)
{
    if (block->node->kind != PS_NODE_MAPPING) {
        event->kind = PS_EVENT_NOTE;
        return;
    }
    event->line = block->node->span.line + 1;
    resolve_when(resolver, block, form, event);
    event->title = form->title;
    if (!resolve_kind(resolver, block, event)) {
        event->kind = PS_EVENT_NOTE;
        return;
    }
    const struct ps_block *body = ps_block_entry(block, event_words[event->kind])->block;
    if (event->kind == PS_EVENT_WITHDRAW)
        event->as.withdraw.release = PS_PLAN_NONE; /* bound when all events are known */
    else if (event->kind == PS_EVENT_NOTE && form->title != NULL)
        SAY(resolver->reader.diagnostics, ps_block_key_span(block, "title"), NOTE_TITLE);
    else if (event->kind == PS_EVENT_NOTE)
        event->title = form->note;
    else if (body->node->kind == PS_NODE_MAPPING)
        resolve_body(resolver, form, block, event);
}

static int compare_events(const void *left, const void *right)
{
    const struct ps_plan_event *a = left, *b = right;
    int order = ps_time_compare(a->at, b->at);

    return order != 0 ? order : (a->ordinal > b->ordinal) - (a->ordinal < b->ordinal);
}

void ps_resolve_timeline(struct ps_resolver *resolver)
{
    const struct ps_form *form = resolver->form;
    struct ps_plan *plan = resolver->plan;
    struct ps_block **blocks = ps_resolve_blocks(resolver, "timeline");
    struct state *states =
        ps_arena_alloc(resolver->reader.arena, plan->endpoint_count + 1, sizeof *states);

    plan->event_count = form->event_count;
    plan->events =
        ps_arena_alloc(resolver->reader.arena, form->event_count + 1, sizeof *plan->events);
    for (uint32_t i = 0; i < form->event_count; i++) {
        plan->events[i].ordinal = i;
        resolve_event(resolver, &form->events[i], blocks[i], &plan->events[i]);
    }
    qsort(plan->events, plan->event_count, sizeof *plan->events, compare_events);
    ps_resolve_releases(resolver);
    for (size_t i = 0; i < plan->endpoint_count; i++)
        states[i] = first_state(&plan->endpoints[i]);
    for (size_t i = 0; i < plan->event_count; i++) {
        if (plan->events[i].kind == PS_EVENT_SERVE)
            apply_serve(resolver, &plan->events[i], states);
        else if (plan->events[i].kind == PS_EVENT_REVOKE)
            apply_revoke(resolver, &plan->events[i], states);
    }
    for (size_t i = 0; i < plan->event_count && resolver->reader.diagnostics->count == 0; i++) {
        if (plan->events[i].title == NULL)
            plan->events[i].title = make_title(resolver, &plan->events[i]);
    }
}
