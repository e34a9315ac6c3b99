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
enum { PRESETS_MAX = 250 };

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

static bool is_taken(const char *name, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (strcmp(presets.presets[i].name, name) == 0)
            return true;
    return false;
}

/* Of a preset and a policy of one name the policy is called with the prefix. */
static void append(const struct ps_form_preset *read, size_t count, bool policies)
{
    size_t known = presets.preset_count;

    for (size_t i = 0; i < count; i++) {
        const char *plain = read[i].name, *name = plain;
        if (policies && is_taken(plain, known))
            name = ps_arena_format(arena, "%s%s", policies_prefix, plain);
        struct ps_form_preset *preset = &presets.presets[presets.preset_count];
        *preset = read[i];
        preset->name = preset->value.name = preset->value.preset = name;
        assert(preset->summary != NULL);
        lines[presets.preset_count++] =
            (struct ps_preset_line){name, preset->summary, policies ? plain : NULL};
    }
}

static void read_file(struct ps_reader *reader, const char *path, bool policies)
{
    const struct ps_embedded *file = find_file(path);
    struct ps_form_presets forms = {0};
    struct ps_node *root =
        ps_document_read(arena, (const char *)file->data, file->size, reader->diagnostics);
    assert(root != NULL);
    const struct ps_block *block =
        ps_reader_block(reader, &ps_presets_table, root, PS_READ_WHOLE, &forms);
    const struct ps_form_preset *composed = ps_presets_compose(
        &(struct ps_composing){reader, forms.presets, ps_block_entry(block, "presets")->blocks,
                               forms.preset_count, &presets});
    assert(presets.preset_count + forms.preset_count <= PRESETS_MAX);
    append(composed, forms.preset_count, policies);
}

/* A mistake in a built-in file is a programming error; the tests read them too. */
static void read_builtin(void)
{
    struct ps_diagnostics wrong = {0};
    struct ps_reader reader = {.arena = arena = ps_arena_new(), .diagnostics = &wrong};

    presets.presets = ps_arena_alloc(arena, PRESETS_MAX, sizeof *presets.presets);
    lines = ps_arena_alloc(arena, PRESETS_MAX, sizeof *lines);
    read_file(&reader, presets_path, false);
    read_file(&reader, policies_path, true);
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
        struct ps_form_preset whole = builtin->presets[i];
        whole.given &= ~ps_table_bit(ps_presets_table.fields[0].table, "extends");
        struct ps_form_presets one = {&whole, 1};
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
