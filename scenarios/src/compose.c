/* SPDX-License-Identifier: Apache-2.0
 *
 * Presets that extend presets.
 */
#include <string.h>

#include "resolve.h"

enum state { STATE_UNTOUCHED, STATE_BEGUN, STATE_DONE };

struct work {
    const struct ps_composing *file;
    struct ps_form_preset *composed;
    enum state *states;
    size_t *begun; /* who extends whom, down to the one that is composed */
    size_t depth;
};

static size_t find(const struct ps_form_preset *presets, size_t count, const char *name)
{
    size_t i = 0;

    while (i < count && (presets[i].name == NULL || strcmp(presets[i].name, name) != 0))
        i++;
    return i;
}

static void say_unknown(const struct ps_composing *file, const char *name, struct ps_span span)
{
    size_t count = 0;
    const char **names = ps_arena_alloc(
        file->reader->arena, file->count + file->others->preset_count + 1, sizeof *names);

    for (size_t i = 0; i < file->count; i++)
        names[count++] = file->forms[i].name;
    for (size_t i = 0; i < file->others->preset_count; i++)
        names[count++] = file->others->presets[i].name;
    ps_resolve_unknown(file->reader, "preset", name, names, count, span);
}

/* "a > b > a" */
static const char *way_text(const struct work *work, size_t from)
{
    const struct ps_form_preset *forms = work->file->forms;
    struct ps_arena *arena = work->file->reader->arena;
    const char *text = forms[from].name;
    size_t at = 0;

    while (work->begun[at] != from)
        at++;
    for (at++; at < work->depth; at++)
        text = ps_arena_format(arena, "%s > %s", text, forms[work->begun[at]].name);
    return ps_arena_format(arena, "%s > %s", text, forms[from].name);
}

static void compose(struct work *work, size_t i);

/* What the i-th preset extends, or NULL. */
static const struct ps_form_preset *base_of(struct work *work, size_t i)
{
    const struct ps_composing *file = work->file;
    const char *name = file->forms[i].extends;
    struct ps_span span = ps_block_span(file->blocks[i], "extends");
    size_t own = find(file->forms, file->count, name);
    size_t other = find(file->others->presets, file->others->preset_count, name);

    if (own == file->count || (own == i && other < file->others->preset_count)) {
        if (other < file->others->preset_count)
            return &file->others->presets[other];
        say_unknown(file, name, span);
        return NULL;
    }
    if (work->states[own] == STATE_BEGUN)
        SAY(file->reader->diagnostics, span, EXTENDS_LOOP, way_text(work, own));
    compose(work, own);
    return work->states[own] == STATE_DONE ? &work->composed[own] : NULL;
}

/* Reading again over the values below writes only what the file says; its mistakes have been said.
 */
static void compose(struct work *work, size_t i)
{
    const struct ps_composing *file = work->file;
    const struct ps_block *block = file->blocks[i];
    const struct ps_form_preset *base = NULL;
    struct ps_diagnostics said = {0};
    struct ps_reader quiet = {.arena = file->reader->arena, .diagnostics = &said};
    struct ps_form_preset *composed = &work->composed[i];

    if (work->states[i] != STATE_UNTOUCHED)
        return;
    work->states[i] = STATE_BEGUN;
    work->begun[work->depth++] = i;
    *composed = (struct ps_form_preset){.name = file->forms[i].name};
    if (file->forms[i].extends != NULL)
        base = base_of(work, i);
    if (base != NULL)
        composed->value = base->value;
    else
        ps_reader_defaults(&quiet, &ps_strategy_table, &composed->value);
    ps_reader_block(&quiet, block->table, block->node, PS_READ_WHOLE, composed);
    composed->name = composed->value.name = composed->value.preset = file->forms[i].name;
    ps_diagnostics_deinit(&said);
    work->states[i] = STATE_DONE;
    work->depth--;
}

struct ps_form_preset *ps_presets_compose(const struct ps_composing *composing)
{
    struct ps_arena *arena = composing->reader->arena;
    struct work work = {.file = composing,
                        .composed =
                            ps_arena_alloc(arena, composing->count + 1, sizeof *work.composed),
                        .states = ps_arena_alloc(arena, composing->count + 1, sizeof *work.states),
                        .begun = ps_arena_alloc(arena, composing->count + 1, sizeof *work.begun)};

    for (size_t i = 0; i < composing->count; i++)
        compose(&work, i);
    return work.composed;
}
