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

static bool is_written(const struct ps_block *block, const char *key)
{
    return ps_block_entry(block, key)->value != NULL;
}

/* The leaf stays as it is written; what was not written comes from the state before (see
 * apply_serve). */
static void resolve_serve(struct ps_resolver *resolver, const struct ps_form_serve *form,
                          const struct ps_block *block, struct ps_plan_event *event)
{
    struct ps_plan_serve *serve = &event->as.serve;

    serve->endpoint = ps_resolve_name(resolver, PS_THING_ENDPOINT, form->endpoint,
                                      ps_block_span(block, "endpoint"));
    serve->has_chains = is_written(block, "chain");
    serve->has_leaf = is_written(block, "leaf");
    serve->when = (enum ps_plan_when)form->when;
    event->over = form->over;
    event->by = (enum ps_plan_stage_by)form->by;
    if (serve->has_chains)
        ps_resolve_chains(resolver, &form->chains, &serve->chains, &serve->chain_count);
    if (is_written(block, "alternates"))
        ps_resolve_chains(resolver, &form->alternates, &serve->alternates, &serve->alternate_count);
    if (!serve->has_chains && !serve->has_leaf && !is_written(block, "alternates") &&
        !is_written(block, "staple") && !is_written(block, "tlsa"))
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

static bool has_channel(const struct ps_resolver *resolver, uint32_t strategy)
{
    return resolver->unsure_channel[strategy] ||
           resolver->plan->strategies[strategy].update.channel != PS_UPDATE_NONE;
}

static const char *const channel_texts[] = {
#define X(name, text, meaning) text,
    PS_UPDATE_CHANNELS(X)
#undef X
};

/* These bring nothing that the operator offers. */
static bool brings_nothing(const struct ps_resolver *resolver, uint32_t strategy)
{
    enum ps_update_channel channel = resolver->plan->strategies[strategy].update.channel;

    return !resolver->unsure_channel[strategy] &&
           (channel == PS_UPDATE_TOFU || channel == PS_UPDATE_DNS || channel == PS_UPDATE_MANUAL);
}

static void resolve_takers(struct ps_resolver *resolver, const struct ps_form_release *form,
                           const struct ps_block *block, struct ps_plan_release *release)
{
    const struct ps_entry *entry = ps_block_entry(block, "strategies");
    const struct ps_plan *plan = resolver->plan;
    bool all = entry->value == NULL;
    size_t count = all ? plan->strategy_count : form->strategies.count;

    release->strategies =
        ps_arena_alloc(resolver->reader.arena, count + 1, sizeof *release->strategies);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t strategy =
            all ? i
                : ps_resolve_name(resolver, PS_THING_STRATEGY, form->strategies.items[i],
                                  ps_entry_item_span(entry, i));
        if (strategy == PS_PLAN_NONE)
            continue;
        if (brings_nothing(resolver, strategy) && !all)
            SAY(resolver->reader.diagnostics, ps_entry_item_span(entry, i), RELEASE_WAY,
                plan->strategies[strategy].name,
                channel_texts[plan->strategies[strategy].update.channel]);
        else if (brings_nothing(resolver, strategy))
            continue;
        else if (has_channel(resolver, strategy))
            release->strategies[release->strategy_count++] = strategy;
        else if (!all)
            SAY(resolver->reader.diagnostics, ps_entry_item_span(entry, i), RELEASE_CHANNEL,
                plan->strategies[strategy].name);
    }
    if (all && release->strategy_count == 0 && !resolver->things[PS_THING_STRATEGY].unknown)
        SAY(resolver->reader.diagnostics, ps_block_span(block, NULL), RELEASE_NOBODY);
}

/* Firmware brings no more than each of its devices can hold. */
static void check_slots(struct ps_resolver *resolver, const struct ps_block *block,
                        const struct ps_plan_release *release)
{
    for (size_t i = 0; i < release->strategy_count; i++) {
        const struct ps_strategy *strategy = &resolver->plan->strategies[release->strategies[i]];
        if (release->anchor_count > strategy->storage.anchor_slots)
            SAY(resolver->reader.diagnostics, ps_block_span(block, "anchors"), RELEASE_SLOTS,
                strategy->name, release->anchor_count, "anchors", strategy->storage.anchor_slots);
        if (release->pin_count > strategy->storage.pin_slots)
            SAY(resolver->reader.diagnostics, ps_block_span(block, "pins"), RELEASE_SLOTS,
                strategy->name, release->pin_count, "pins", strategy->storage.pin_slots);
    }
}

static void resolve_release(struct ps_resolver *resolver, const struct ps_form_release *form,
                            const struct ps_block *block, struct ps_plan_event *event)
{
    struct ps_plan_release *release = &event->as.release;
    const struct ps_entry *anchors = ps_block_entry(block, "anchors");
    const struct ps_entry *pins = ps_block_entry(block, "pins");

    event->over = form->over;
    event->by = (enum ps_plan_stage_by)form->by;
    *release = (struct ps_plan_release){
        .name = form->name,
        .has_anchors = anchors->value != NULL,
        .anchors = form->anchors,
        .anchor_count = form->anchor_count,
        .has_pins = pins->value != NULL,
        .pins = form->pins,
        .pin_count = form->pin_count,
        .never = form->never,
        .has_adoption = is_written(block, "adoption"),
        .adoption = form->adoption,
    };
    if (release->never.ppm > 0 && release->adoption.never.ppm > 0)
        SAY(resolver->reader.diagnostics, ps_block_span(block, "never"), RELEASE_NEVER);
    resolve_takers(resolver, form, block, release);
    if (!release->has_anchors && !release->has_pins)
        SAY(resolver->reader.diagnostics, ps_block_span(block, NULL), RELEASE_NOTHING);
    check_slots(resolver, block, release);
    for (size_t i = 0; i < release->anchor_count; i++)
        ps_resolve_reference(resolver, &release->anchors[i],
                             (struct ps_reference_place){.span = ps_entry_item_span(anchors, i)});
    for (size_t i = 0; i < release->pin_count; i++)
        ps_resolve_reference(
            resolver, &release->pins[i].of,
            (struct ps_reference_place){.span = ps_block_span(pins->blocks[i], "of"),
                                        .pin = &release->pins[i],
                                        .unsure = pins->blocks[i]->bad});
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
    if (is_written(block, "alternates")) {
        state->alternates = serve->alternates;
        state->alternate_count = serve->alternate_count;
    }
    if (is_written(block, "staple"))
        state->staple = form->staple;
    if (is_written(block, "tlsa") && form->tlsa != PS_TLSA_KEEP)
        state->tlsa = (enum ps_plan_tlsa)form->tlsa;
    serve->alternates = state->alternates;
    serve->alternate_count = state->alternate_count;
    serve->staple = state->staple;
    serve->tlsa = is_written(block, "tlsa") ? (enum ps_plan_tlsa)form->tlsa : state->tlsa;
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
    if (serve->has_chains || (serve->has_leaf && is_written(leaf, "issuer")))
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
    if (is_written(block, "alternates"))
        text = ps_arena_format(arena, "%s, %s other chains", text,
                               serve->alternate_count == 0 ? "without" : "with");
    if (is_written(block, "staple"))
        text = ps_arena_format(arena, "%s, %s a staple", text, serve->staple ? "with" : "without");
    if (is_written(block, "tlsa"))
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
        resolve_release(resolver, &form->release, body, event);
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

/* Two releases of one name could not be told apart in a report. */
static void check_release_names(struct ps_resolver *resolver)
{
    struct ps_entry *timeline = ps_block_entry(resolver->root, "timeline");
    const struct ps_form_event *events = resolver->form->events;

    for (size_t i = 0; i < timeline->count; i++) {
        for (size_t old = 0; old < i && events[i].release.name != NULL; old++) {
            const char *other = events[old].release.name;
            if (other == NULL || strcmp(other, events[i].release.name) != 0)
                continue;
            SAY(resolver->reader.diagnostics,
                ps_block_span(ps_block_entry(timeline->blocks[i], "release")->block, "name"),
                DUPLICATE_NAME, "release", other,
                ps_block_span(ps_block_entry(timeline->blocks[old], "release")->block, "name")
                        .line +
                    1);
            break;
        }
    }
}

static uint32_t find_release(struct ps_resolver *resolver, const char *name, struct ps_span span)
{
    const struct ps_plan *plan = resolver->plan;
    const char **names =
        ps_arena_alloc(resolver->reader.arena, plan->event_count + 1, sizeof *names);
    size_t count = 0;

    for (uint32_t i = 0; i < plan->event_count; i++) {
        const struct ps_plan_event *event = &plan->events[i];
        if (event->kind != PS_EVENT_RELEASE || event->as.release.name == NULL)
            continue;
        if (strcmp(event->as.release.name, name) == 0)
            return i;
        names[count++] = event->as.release.name;
    }
    ps_resolve_unknown(&resolver->reader, "release", name, names, count, span);
    return PS_PLAN_NONE;
}

/* A release can be taken back once, when it is there. */
static void bind_withdrawals(struct ps_resolver *resolver)
{
    struct ps_diagnostics *diagnostics = resolver->reader.diagnostics;
    struct ps_plan *plan = resolver->plan;

    for (uint32_t i = 0; i < plan->event_count; i++) {
        struct ps_plan_event *event = &plan->events[i];
        const char *name = resolver->form->events[event->ordinal].withdraw;
        char offered[PS_TIME_TEXT_MAX];
        if (event->kind != PS_EVENT_WITHDRAW || name == NULL)
            continue;
        struct ps_span span =
            ps_block_span(ps_resolve_blocks(resolver, "timeline")[event->ordinal], "withdraw");
        uint32_t release = find_release(resolver, name, span);
        event->as.withdraw.release = release;
        if (release == PS_PLAN_NONE)
            continue;
        ps_time from = plan->events[release].announced;
        if (from.s == PS_TIME_NEVER.s)
            from = plan->events[release].at;
        if (ps_time_compare(event->at, from) <= 0)
            SAY(diagnostics, span, WITHDRAW_EARLY, name, ps_time_format(from, offered));
        for (uint32_t old = 0; old < i; old++) {
            if (plan->events[old].kind == PS_EVENT_WITHDRAW &&
                plan->events[old].as.withdraw.release == release)
                SAY(diagnostics, span, WITHDRAW_TWICE, name, plan->events[old].line);
        }
    }
}

bool ps_resolve_brings_pins(const struct ps_plan *plan, uint32_t strategy)
{
    for (size_t i = 0; i < plan->event_count; i++) {
        const struct ps_plan_release *release = &plan->events[i].as.release;
        if (plan->events[i].kind != PS_EVENT_RELEASE || !release->has_pins)
            continue;
        for (size_t n = 0; n < release->strategy_count; n++) {
            if (release->strategies[n] == strategy)
                return true;
        }
    }
    return false;
}

/* An age of pins that the strategy never has, where the file itself speaks of it. */
static void check_ages(struct ps_resolver *resolver)
{
    struct ps_block **blocks = ps_resolve_blocks(resolver, "strategies");
    const struct ps_plan *plan = resolver->plan;

    for (uint32_t i = 0; i < plan->strategy_count; i++) {
        const struct ps_strategy *strategy = &plan->strategies[i];
        if (strategy->pins.max_age.s == 0 || strategy->pins.count > 0 ||
            ps_resolve_brings_pins(plan, i) || blocks[i]->node->kind != PS_NODE_MAPPING)
            continue;
        const struct ps_block *pins = ps_block_entry(blocks[i], "pins")->block;
        if (pins != NULL && pins->node != NULL && is_written(pins, "max_age") &&
            !ps_block_entry(pins, "set")->bad)
            SAY(resolver->reader.diagnostics, ps_block_span(pins, "max_age"), MAX_AGE_PINS,
                strategy->name);
    }
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
    check_release_names(resolver);
    qsort(plan->events, plan->event_count, sizeof *plan->events, compare_events);
    bind_withdrawals(resolver);
    check_ages(resolver);
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
