/* SPDX-License-Identifier: Apache-2.0
 *
 * The presets built into the program: read once by the reader of scenario files, with the same
 * tables, and kept for ever.
 */
#include <assert.h>
#include <pthread.h>
#include <string.h>

#include "embedded.h"
#include "resolve.h"

static const char presets_path[] = "strategies/presets.yaml";

static struct ps_arena *arena; /* kept for ever */
static struct ps_form_presets presets;
static struct ps_preset_line *lines;
static pthread_once_t read_once = PTHREAD_ONCE_INIT;

/* What a preset does not say is as in the strategy's table. */
static void fill_presets(struct ps_reader *reader, const struct ps_node *root)
{
    const struct ps_node *list = NULL;

    for (size_t i = 0; i < root->count; i++) {
        if (root->keys[i]->kind == PS_NODE_SCALAR && strcmp(root->keys[i]->text, "presets") == 0)
            list = root->items[i];
    }
    assert(list != NULL && list->count == presets.preset_count);
    for (size_t i = 0; i < presets.preset_count; i++) {
        struct ps_form_preset *preset = &presets.presets[i];
        const char *name = preset->name;
        const struct ps_table *table = ps_presets_table.fields[0].table;

        *preset = (struct ps_form_preset){.name = name};
        ps_reader_defaults(reader, &ps_strategy_table, &preset->value);
        ps_reader_block(reader, table, list->items[i], PS_READ_WHOLE, preset);
        preset->value.name = preset->value.preset = name;
        lines[i] = (struct ps_preset_line){name, preset->summary};
    }
}

/* A mistake in the built-in file is a programming error; the tests read it too. */
static void read_builtin(void)
{
    const struct ps_embedded *file = ps_embedded_files;
    struct ps_diagnostics wrong = {0};
    struct ps_reader reader = {arena = ps_arena_new(), &wrong};

    while (strcmp(file->path, presets_path) != 0)
        file++;
    struct ps_node *root = ps_document_read(arena, (const char *)file->data, file->size, &wrong);
    if (root != NULL) {
        ps_reader_block(&reader, &ps_presets_table, root, PS_READ_WHOLE, &presets);
        lines = ps_arena_alloc(arena, presets.preset_count + 1, sizeof *lines);
        if (wrong.count == 0)
            fill_presets(&reader, root);
    }
    assert(wrong.count == 0);
}

const struct ps_form_presets *ps_presets_builtin(void)
{
    pthread_once(&read_once, read_builtin);
    return &presets;
}

size_t ps_presets(const struct ps_preset_line **ret_lines)
{
    const struct ps_form_presets *builtin = ps_presets_builtin();

    *ret_lines = lines;
    return builtin->preset_count;
}

const struct ps_strategy *ps_preset_strategy(const char *name)
{
    const struct ps_form_presets *builtin = ps_presets_builtin();

    for (size_t i = 0; i < builtin->preset_count; i++)
        if (strcmp(builtin->presets[i].name, name) == 0)
            return &builtin->presets[i].value;
    return NULL;
}
