/* SPDX-License-Identifier: Apache-2.0 */
#include "resolve.h"

#include <assert.h>
#include <string.h>

static const char *const thing_words[] = {
#define X(name, word, section) word,
    PS_THINGS(X)
#undef X
};

static const char *const thing_sections[] = {
#define X(name, word, section) section,
    PS_THINGS(X)
#undef X
};

enum { NAMES_SHOWN_MAX = 12 };

uint32_t ps_resolve_find(const struct ps_resolver *resolver, enum ps_thing thing, const char *name)
{
    const struct ps_thing_names *names = &resolver->things[thing];

    for (size_t i = 0; i < names->count && name != NULL; i++) {
        if (names->names[i] != NULL && strcmp(names->names[i], name) == 0)
            return (uint32_t)i;
    }
    return PS_PLAN_NONE;
}

static const char *names_text(struct ps_arena *arena, const char *const *names, size_t count)
{
    const char *text = "";
    size_t shown = 0;

    for (size_t i = 0; i < count && shown < NAMES_SHOWN_MAX; i++) {
        if (names[i] != NULL)
            text = ps_arena_format(arena, "%s%s%s", text, shown++ == 0 ? "" : ", ", names[i]);
    }
    if (shown == 0)
        return "none";
    return count > NAMES_SHOWN_MAX ? ps_arena_format(arena, "%s, ...", text) : text;
}

void ps_resolve_unknown(struct ps_reader *reader, const char *word, const char *name,
                        const char *const *candidates, size_t count, struct ps_span span)
{
    struct ps_arena *arena = reader->arena;
    const char **present = ps_arena_alloc(arena, count + 1, sizeof *present);
    size_t present_count = 0;

    for (size_t i = 0; i < count; i++) {
        if (candidates[i] != NULL)
            present[present_count++] = candidates[i];
    }
    const char *nearest = ps_nearest(name, present, present_count);
    if (nearest != NULL)
        SAY(reader->diagnostics, span, UNKNOWN_NAME_NEAR, word, name, nearest);
    else
        SAY(reader->diagnostics, span, UNKNOWN_NAME, word, name,
            names_text(arena, present, present_count));
}

uint32_t ps_resolve_name(struct ps_resolver *resolver, enum ps_thing thing, const char *name,
                         struct ps_span span)
{
    const struct ps_thing_names *names = &resolver->things[thing];
    uint32_t found = ps_resolve_find(resolver, thing, name);

    if (found == PS_PLAN_NONE && name != NULL && !names->unknown)
        ps_resolve_unknown(&resolver->reader, thing_words[thing], name, names->names, names->count,
                           span);
    return found;
}

struct ps_block **ps_resolve_blocks(const struct ps_resolver *resolver, const char *section)
{
    return ps_block_entry(resolver->root, section)->blocks;
}

void ps_resolve_unique(struct ps_resolver *resolver, const char *section, const char *key,
                       const char *word)
{
    struct ps_entry *entry = ps_block_entry(resolver->root, section);

    for (size_t i = 0; i < entry->count; i++) {
        const struct ps_node *name = ps_block_entry(entry->blocks[i], key)->value;
        for (size_t old = 0; old < i && name != NULL && name->kind == PS_NODE_SCALAR; old++) {
            const struct ps_node *other = ps_block_entry(entry->blocks[old], key)->value;
            if (other == NULL || other->kind != PS_NODE_SCALAR ||
                strcmp(other->text, name->text) != 0)
                continue;
            SAY(resolver->reader.diagnostics, name->span, DUPLICATE_NAME, word, name->text,
                other->span.line + 1);
            break;
        }
    }
}

/* Collects the names of one section. `name_at` is where each element keeps its name. */
static void collect(struct ps_resolver *resolver, enum ps_thing thing, const void *items,
                    size_t count, size_t item_bytes, size_t name_at)
{
    struct ps_thing_names *names = &resolver->things[thing];

    names->names = ps_arena_alloc(resolver->reader.arena, count + 1, sizeof *names->names);
    names->count = count;
    for (size_t i = 0; i < count; i++)
        memcpy(&names->names[i], (const char *)items + i * item_bytes + name_at,
               sizeof names->names[i]);
    if (thing_sections[thing] != NULL) {
        const struct ps_entry *entry = ps_block_entry(resolver->root, thing_sections[thing]);
        size_t offset;
        const struct ps_field *field = NULL;
        for (size_t i = 0; i < ps_table_field_count(&ps_scenario_table); i++) {
            field = ps_table_field(&ps_scenario_table, i, &offset);
            if (strcmp(field->key, thing_sections[thing]) == 0)
                break;
        }
        names->unknown =
            entry->bad || entry->meant || (entry->value == NULL && field->fallback == NULL);
    }
}

#define COLLECT(thing, type, items, count, member)                                                 \
    collect(resolver, PS_THING_##thing, (items), (count), sizeof(type), offsetof(type, member))

static void collect_all(struct ps_resolver *resolver)
{
    const struct ps_form *form = resolver->form;
    const struct ps_form_presets *presets = &resolver->presets;

    COLLECT(AUTHORITY, struct ps_form_authority, form->authorities, form->authority_count, name);
    COLLECT(CERTIFICATE, struct ps_form_certificate, form->certificates, form->certificate_count,
            name);
    COLLECT(KEY, struct ps_form_key, form->keys, form->key_count, name);
    COLLECT(STORE, struct ps_form_store, form->stores, form->store_count, name);
    COLLECT(ENDPOINT, struct ps_form_endpoint, form->endpoints, form->endpoint_count, name);
    COLLECT(ROLE, struct ps_form_role, form->roles, form->role_count, name);
    COLLECT(STRATEGY, struct ps_form_strategy, form->strategies, form->strategy_count, name);
    COLLECT(COHORT, struct ps_form_cohort, form->cohorts, form->cohort_count, name);
    COLLECT(PRESET, struct ps_form_preset, presets->presets, presets->preset_count, name);
}

void ps_resolve_year(struct ps_resolver *resolver, const struct ps_entry *entry, const char *key,
                     ps_time time)
{
    static const ps_time first = {-599616000}, behind_last = {INT64_C(250246627200)};

    if (entry->value != NULL && !entry->bad &&
        (ps_time_compare(time, first) < 0 || ps_time_compare(time, behind_last) >= 0))
        SAY(resolver->reader.diagnostics, entry->value->span, YEARS_ROOM, key);
}

static void resolve_head(struct ps_resolver *resolver)
{
    const struct ps_form *form = resolver->form;
    const struct ps_block *root = resolver->root;
    struct ps_plan *plan = resolver->plan;
    struct ps_entry *from = ps_block_entry(root, "from"), *until = ps_block_entry(root, "until");

    plan->name = form->name;
    plan->title = form->title;
    plan->source = form->source == NULL ? "" : form->source;
    plan->from = form->from;
    plan->until = form->until;
    plan->regions = form->regions;
    resolver->window = from->value != NULL && !from->bad && until->value != NULL && !until->bad;
    if (resolver->window && ps_time_compare(form->until, form->from) <= 0) {
        SAY(resolver->reader.diagnostics, until->value->span, UNTIL_BEFORE_FROM);
        resolver->window = false;
    }
    ps_resolve_year(resolver, from, "from", form->from);
    ps_resolve_year(resolver, until, "until", form->until);
}

/* A preset of the file takes the place of the program's of the same name. */
static void compose_presets(struct ps_resolver *resolver)
{
    const struct ps_form_presets *builtin = ps_presets_builtin();
    const struct ps_form *form = resolver->form;
    struct ps_form_presets *all = &resolver->presets;
    const struct ps_form_preset *own = ps_presets_compose(&(struct ps_composing){
        &resolver->reader, form->presets, ps_resolve_blocks(resolver, "presets"),
        form->preset_count, builtin});

    if (form->preset_count == 0) {
        *all = *builtin;
        return;
    }
    all->presets = ps_arena_alloc(resolver->reader.arena,
                                  form->preset_count + builtin->preset_count, sizeof *all->presets);
    memcpy(all->presets, own, form->preset_count * sizeof *own);
    all->preset_count = form->preset_count;
    for (size_t i = 0; i < builtin->preset_count; i++) {
        size_t n = 0;
        while (n < form->preset_count && strcmp(own[n].name, builtin->presets[i].name) != 0)
            n++;
        if (n == form->preset_count)
            all->presets[all->preset_count++] = builtin->presets[i];
    }
}

void ps_resolve(struct ps_resolver *resolver)
{
    compose_presets(resolver);
    collect_all(resolver);
    resolve_head(resolver);
    ps_resolve_world(resolver);
    ps_resolve_endpoints(resolver);
    ps_resolve_roles(resolver);
    ps_resolve_strategies(resolver);
    ps_resolve_hidden(resolver);
    ps_resolve_timeline(resolver);
    ps_resolve_threats(resolver);
    ps_resolve_fleet(resolver);
    ps_resolve_expectations(resolver);
    ps_resolve_assumptions(resolver);
}
