/* SPDX-License-Identifier: Apache-2.0
 *
 * Releases: who can take them, what they bring, and which are taken back.
 */
#include <string.h>

#include "resolve.h"

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

void ps_resolve_release(struct ps_resolver *resolver, const struct ps_form_release *form,
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
        .has_adoption = ps_block_has(block, "adoption"),
        .adoption = form->adoption,
    };
    if (release->never.ppm > 0 && release->adoption.never.ppm > 0)
        SAY(resolver->reader.diagnostics, ps_block_span(block, "never"), RELEASE_NEVER);
    resolve_takers(resolver, form, block, release);
    if (!release->has_anchors && !release->has_pins && !ps_block_any_meant(block))
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
        if (pins != NULL && pins->node != NULL && ps_block_has(pins, "max_age") &&
            !ps_block_entry(pins, "set")->bad)
            SAY(resolver->reader.diagnostics, ps_block_span(pins, "max_age"), MAX_AGE_PINS,
                strategy->name);
    }
}

void ps_resolve_releases(struct ps_resolver *resolver)
{
    check_release_names(resolver);
    bind_withdrawals(resolver);
    check_ages(resolver);
}
