/* SPDX-License-Identifier: Apache-2.0
 *
 * Roles, and strategies composed from presets.
 */
#include <string.h>

#include "resolve.h"

/* What a name of the scenario's own stands for. */
static bool find_own(const struct ps_resolver *resolver, const char *name,
                     struct ps_reference *reference)
{
    static const struct {
        enum ps_thing thing;
        enum ps_reference_kind kind;
    } kinds[] = {{PS_THING_CERTIFICATE, PS_REFERENCE_CERTIFICATE},
                 {PS_THING_KEY, PS_REFERENCE_KEY},
                 {PS_THING_STORE, PS_REFERENCE_STORE}};

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        reference->index = ps_resolve_find(resolver, kinds[i].thing, name);
        reference->kind = kinds[i].kind;
        if (reference->index != PS_PLAN_NONE)
            return true;
    }
    reference->kind = PS_REFERENCE_UNBOUND;
    return false;
}

/* All names that a reference may have: roles (with `roles`), certificates, keys, stores. */
static const char **own_names(struct ps_resolver *resolver, bool roles, size_t *ret_count)
{
    const struct ps_thing_names *sets[] = {
        &resolver->things[PS_THING_ROLE], &resolver->things[PS_THING_CERTIFICATE],
        &resolver->things[PS_THING_KEY], &resolver->things[PS_THING_STORE]};
    size_t count = 0, capacity = 1;

    for (size_t i = 0; i < 4; i++)
        capacity += sets[i]->count;
    const char **names = ps_arena_alloc(resolver->reader.arena, capacity, sizeof *names);
    for (size_t i = roles ? 0 : 1; i < 4; i++) {
        for (size_t n = 0; n < sets[i]->count; n++)
            names[count++] = sets[i]->names[n];
    }
    *ret_count = count;
    return names;
}

static bool any_unknown(const struct ps_resolver *resolver)
{
    return resolver->things[PS_THING_ROLE].unknown ||
           resolver->things[PS_THING_CERTIFICATE].unknown ||
           resolver->things[PS_THING_KEY].unknown || resolver->things[PS_THING_STORE].unknown;
}

void ps_resolve_roles(struct ps_resolver *resolver)
{
    const struct ps_form *form = resolver->form;
    struct ps_block **blocks = ps_resolve_blocks(resolver, "roles");

    resolver->roles =
        ps_arena_alloc(resolver->reader.arena, form->role_count + 1, sizeof *resolver->roles);
    for (size_t i = 0; i < form->role_count; i++) {
        const struct ps_form_role *role = &form->roles[i];
        struct ps_reference *to = &resolver->roles[i], own;

        to->role = role->name;
        if (role->target != NULL && !find_own(resolver, role->target, to) &&
            !any_unknown(resolver)) {
            size_t count;
            const char **names = own_names(resolver, false, &count);
            ps_resolve_unknown(resolver, "certificate, key or store", role->target, names, count,
                               ps_block_span(blocks[i], "target"));
        }
        if (strcmp(role->name, "leaf") == 0)
            SAY(resolver->reader.diagnostics, blocks[i]->name->span, NAME_LEAF);
        if (to->kind != PS_REFERENCE_UNBOUND && find_own(resolver, role->name, &own) &&
            (own.kind != to->kind || own.index != to->index)) {
            static const char *const words[] = {[PS_REFERENCE_CERTIFICATE] = "certificate",
                                                [PS_REFERENCE_KEY] = "key",
                                                [PS_REFERENCE_STORE] = "store"};
            static const char *const sections[] = {[PS_REFERENCE_CERTIFICATE] = "certificates",
                                                   [PS_REFERENCE_KEY] = "keys",
                                                   [PS_REFERENCE_STORE] = "stores"};
            const struct ps_block *other =
                ps_resolve_blocks(resolver, sections[own.kind])[own.index];
            SAY(resolver->reader.diagnostics, blocks[i]->name->span, NAME_TAKEN, role->name,
                words[own.kind], other->name->span.line + 1);
        }
    }
}

static void check_kind(struct ps_resolver *resolver, const struct ps_reference *reference,
                       struct ps_reference_place place)
{
    struct ps_diagnostics *diagnostics = resolver->reader.diagnostics;

    if (place.unsure)
        return;
    if (place.pin == NULL && reference->kind == PS_REFERENCE_KEY)
        SAY(diagnostics, place.span, ANCHOR_KEY, reference->role);
    if (place.pin != NULL && reference->kind == PS_REFERENCE_STORE)
        SAY(diagnostics, place.span, PIN_STORE, reference->role);
    if (place.pin != NULL && reference->kind == PS_REFERENCE_KEY &&
        place.pin->match != PS_PIN_MATCH_SPKI_SHA256)
        SAY(diagnostics, place.span, PIN_KEY_MATCH, reference->role);
}

void ps_resolve_reference(struct ps_resolver *resolver, struct ps_reference *reference,
                          struct ps_reference_place place)
{
    if (reference->role == NULL)
        return;
    if (strcmp(reference->role, "leaf") == 0) {
        if (!reference->at_ship)
            SAY(resolver->reader.diagnostics, place.span, LEAF_SHIP);
        reference->kind = PS_REFERENCE_LEAF;
        return;
    }
    uint32_t role = ps_resolve_find(resolver, PS_THING_ROLE, reference->role);
    if (role != PS_PLAN_NONE) {
        reference->kind = resolver->roles[role].kind;
        reference->index = resolver->roles[role].index;
        check_kind(resolver, reference, place);
    } else if (find_own(resolver, reference->role, reference)) {
        check_kind(resolver, reference, place);
    } else if (!any_unknown(resolver) && place.strategy != NULL) {
        SAY(resolver->reader.diagnostics, place.span, ROLE_UNBOUND, place.strategy,
            reference->role);
    } else if (!any_unknown(resolver)) {
        size_t count;
        const char **names = own_names(resolver, true, &count);
        ps_resolve_unknown(resolver, "role, certificate, key or store", reference->role, names,
                           count, place.span);
    }
}

/* The strategy with its preset below it. Reading again over the preset's values writes only what
 * the file says; its mistakes have been said already. */
static void merge_preset(struct ps_resolver *resolver, const struct ps_form_strategy *form,
                         const struct ps_block *block, struct ps_form_strategy *ret_merged)
{
    struct ps_diagnostics said = {0};
    struct ps_reader quiet = {resolver->reader.arena, &said};
    uint32_t preset = PS_PLAN_NONE;

    *ret_merged = (struct ps_form_strategy){0};
    if (form->preset != NULL)
        preset = ps_resolve_name(resolver, PS_THING_PRESET, form->preset,
                                 ps_block_span(block, "preset"));
    if (preset != PS_PLAN_NONE)
        ret_merged->value = resolver->presets->presets[preset].value;
    else
        ps_reader_defaults(&quiet, &ps_strategy_table, &ret_merged->value);
    ps_reader_block(&quiet, block->table, block->node, PS_READ_WHOLE, ret_merged);
    ps_diagnostics_deinit(&said);
}

static void bind_anchors(struct ps_resolver *resolver, const struct ps_block *block,
                         struct ps_strategy *strategy)
{
    const struct ps_entry *entry = ps_block_entry(block, "anchors");
    struct ps_reference *anchors =
        ps_arena_alloc(resolver->reader.arena, strategy->anchor_count + 1, sizeof *anchors);

    for (size_t i = 0; i < strategy->anchor_count; i++) {
        anchors[i] = strategy->anchors[i];
        if (entry->value != NULL)
            ps_resolve_reference(resolver, &anchors[i],
                                 (struct ps_reference_place){.span = ps_entry_item_span(entry, i)});
        else
            ps_resolve_reference(resolver, &anchors[i],
                                 (struct ps_reference_place){.span = ps_block_span(block, "preset"),
                                                             .strategy = strategy->name});
    }
    strategy->anchors = anchors;
}

static void bind_pins(struct ps_resolver *resolver, const struct ps_block *block,
                      struct ps_strategy *strategy)
{
    const struct ps_block *pins_block = ps_block_entry(block, "pins")->block;
    const struct ps_entry *entry = pins_block == NULL ? NULL : ps_block_entry(pins_block, "set");
    bool written = entry != NULL && entry->blocks != NULL;
    struct ps_pin *pins =
        ps_arena_alloc(resolver->reader.arena, strategy->pins.count + 1, sizeof *pins);

    for (size_t i = 0; i < strategy->pins.count; i++) {
        struct ps_reference_place place = {.pin = &pins[i]};
        pins[i] = strategy->pins.set[i];
        place.span = ps_block_span(written ? entry->blocks[i] : block, written ? "of" : "preset");
        place.strategy = written ? NULL : strategy->name;
        place.unsure = written && entry->blocks[i]->bad;
        ps_resolve_reference(resolver, &pins[i].of, place);
    }
    strategy->pins.set = pins;
}

/* Whether the strategy can be updated is known: its preset exists and its own word is readable. */
static bool is_channel_sure(const struct ps_resolver *resolver, const struct ps_form_strategy *form,
                            const struct ps_block *block)
{
    const struct ps_entry *preset = ps_block_entry(block, "preset");
    const struct ps_entry *update = ps_block_entry(block, "update");

    if (preset->value != NULL &&
        ps_resolve_find(resolver, PS_THING_PRESET, form->preset) == PS_PLAN_NONE)
        return false;
    return !update->bad &&
           (update->block == NULL || !ps_block_entry(update->block, "channel")->bad);
}

static void resolve_strategy(struct ps_resolver *resolver, const struct ps_form_strategy *form,
                             const struct ps_block *block, struct ps_strategy *strategy)
{
    const struct ps_block *chain = ps_block_entry(block, "chain")->block;
    const struct ps_entry *stack = ps_block_entry(block, "stack");
    struct ps_form_strategy merged;

    merge_preset(resolver, form, block, &merged);
    *strategy = merged.value;
    strategy->name = form->name == NULL ? "?" : form->name;
    strategy->preset = form->preset == NULL ? strategy->name : form->preset;
    if (stack->value != NULL && !stack->bad)
        strategy->chain.builder = (enum ps_builder)form->stack;
    if (stack->value != NULL && chain != NULL && ps_block_entry(chain, "builder")->value != NULL)
        SAY(resolver->reader.diagnostics, stack->key->span, STACK_TWICE);
    if (!ps_block_entry(block, "anchors")->bad)
        bind_anchors(resolver, block, strategy);
    bind_pins(resolver, block, strategy);
}

void ps_resolve_strategies(struct ps_resolver *resolver)
{
    const struct ps_form *form = resolver->form;
    struct ps_plan *plan = resolver->plan;
    struct ps_block **blocks = ps_resolve_blocks(resolver, "strategies");

    ps_resolve_unique(resolver, "strategies", "name", "strategy");
    plan->strategy_count = form->strategy_count;
    plan->strategies =
        ps_arena_alloc(resolver->reader.arena, form->strategy_count + 1, sizeof *plan->strategies);
    resolver->unsure_channel =
        ps_arena_alloc(resolver->reader.arena, form->strategy_count + 1, sizeof(bool));
    for (size_t i = 0; i < form->strategy_count; i++) {
        bool mapping = blocks[i]->node->kind == PS_NODE_MAPPING;
        resolver->unsure_channel[i] =
            !mapping || !is_channel_sure(resolver, &form->strategies[i], blocks[i]);
        if (mapping)
            resolve_strategy(resolver, &form->strategies[i], blocks[i], &plan->strategies[i]);
    }
}
