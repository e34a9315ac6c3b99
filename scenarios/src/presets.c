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
#include "writer.h"

/* The policies come second: where a preset has the name already, theirs gets the prefix. */
static const char presets_path[] = "strategies/presets.yaml";
static const char policies_path[] = "strategies/oracle.yaml", policies_prefix[] = "oracle.";

static struct ps_arena *arena; /* kept for ever */
static struct ps_form_presets presets;
static struct ps_preset_line *lines;
static pthread_once_t read_once = PTHREAD_ONCE_INIT;

static const struct ps_embedded *find_file(const char *path)
{
    const struct ps_embedded *file = ps_embedded_files;

    while (strcmp(file->path, path) != 0)
        file++;
    return file;
}

static bool is_taken(const char *name)
{
    for (size_t i = 0; i < presets.preset_count; i++)
        if (strcmp(presets.presets[i].name, name) == 0)
            return true;
    return false;
}

/* What a preset does not say is as in the strategy's table. */
static void append(struct ps_reader *reader, const struct ps_node *root,
                   const struct ps_form_presets *read, bool policies)
{
    const struct ps_node *list = NULL;
    const struct ps_table *table = ps_presets_table.fields[0].table;

    for (size_t i = 0; i < root->count; i++) {
        if (root->keys[i]->kind == PS_NODE_SCALAR && strcmp(root->keys[i]->text, "presets") == 0)
            list = root->items[i];
    }
    assert(list != NULL && list->count == read->preset_count);
    for (size_t i = 0; i < read->preset_count; i++) {
        const char *plain = read->presets[i].name, *name = plain;
        if (policies && is_taken(plain))
            name = ps_arena_format(arena, "%s%s", policies_prefix, plain);
        struct ps_form_preset *preset = &presets.presets[presets.preset_count];
        *preset = (struct ps_form_preset){.name = name};
        ps_reader_defaults(reader, &ps_strategy_table, &preset->value);
        ps_reader_block(reader, table, list->items[i], PS_READ_WHOLE, preset);
        preset->name = preset->value.name = preset->value.preset = name;
        lines[presets.preset_count++] =
            (struct ps_preset_line){name, preset->summary, policies ? plain : NULL};
    }
}

/* A mistake in a built-in file is a programming error; the tests read them too. */
static void read_builtin(void)
{
    const struct ps_embedded *files[] = {find_file(presets_path), find_file(policies_path)};
    struct ps_diagnostics wrong = {0};
    struct ps_reader reader = {arena = ps_arena_new(), &wrong};
    struct ps_form_presets read[2] = {{0}};
    struct ps_node *roots[2];

    for (size_t i = 0; i < 2; i++) {
        roots[i] = ps_document_read(arena, (const char *)files[i]->data, files[i]->size, &wrong);
        if (roots[i] != NULL)
            ps_reader_block(&reader, &ps_presets_table, roots[i], PS_READ_WHOLE, &read[i]);
    }
    size_t count = read[0].preset_count + read[1].preset_count;
    presets.presets = ps_arena_alloc(arena, count + 1, sizeof *presets.presets);
    lines = ps_arena_alloc(arena, count + 1, sizeof *lines);
    for (size_t i = 0; i < 2 && wrong.count == 0; i++)
        append(&reader, roots[i], &read[i], i == 1);
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

bool ps_preset_show(const char *name, struct ps_text *out)
{
    const struct ps_form_presets *builtin = ps_presets_builtin();

    for (size_t i = 0; i < builtin->preset_count; i++) {
        if (strcmp(builtin->presets[i].name, name) != 0)
            continue;
        struct ps_form_presets one = {&builtin->presets[i], 1};
        ps_writer_document(&ps_presets_table, &one, out);
        return true;
    }
    return false;
}

void ps_plan_fixture(const char **ret_yaml, size_t *ret_size)
{
    const struct ps_embedded *file = find_file("strategies/fixture.yaml");

    *ret_yaml = (const char *)file->data;
    *ret_size = file->size;
}
