/* SPDX-License-Identifier: Apache-2.0 */
#include "scenarios/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan_read.h"
#include "resolve.h"

/* What else was read is in what `show` prints: that can be read again anywhere. */
static void keep_text(struct ps_plan *plan, const struct ps_text *shown, bool complete,
                      const char *yaml, size_t size)
{
    plan->yaml_size = complete ? size : shown->length;
    char *text = ps_arena_alloc(plan->arena, plan->yaml_size + 1, 1);
    if (plan->yaml_size > 0)
        memcpy(text, complete ? yaml : ps_text_chars(shown), plan->yaml_size);
    plan->yaml = text;
}

struct ps_plan *ps_plan_build(const char *file, const char *folder, const char *yaml, size_t size,
                              struct ps_diagnostics *diagnostics)
{
    struct ps_arena *arena = ps_arena_new();
    struct ps_plan *plan = ps_arena_alloc(arena, 1, sizeof *plan);
    struct ps_form *form = ps_arena_alloc(arena, 1, sizeof *form);
    struct ps_resolver resolver = {
        .reader = {arena, diagnostics, folder, false}, .form = form, .plan = plan};
    const struct ps_node *root = ps_document_read(arena, yaml, size, diagnostics);

    plan->arena = arena;
    plan->file = ps_arena_strdup(arena, file);
    if (root != NULL && root->kind != PS_NODE_MAPPING) {
        SAY(diagnostics, root->span, ROOT_KIND, ps_node_kind_text(root));
    } else if (root != NULL) {
        resolver.root =
            ps_reader_block(&resolver.reader, &ps_scenario_table, root, PS_READ_WHOLE, form);
        ps_resolve(&resolver);
    }
    if (diagnostics->count > 0) {
        ps_arena_free(arena);
        return NULL;
    }
    struct ps_text shown = {0};
    ps_plan_show(plan, &shown);
    plan->digest = ps_text_hash(ps_text_chars(&shown));
    keep_text(plan, &shown, !resolver.reader.reads_files, yaml, size);
    ps_text_deinit(&shown);
    return plan;
}

struct source {
    const char *file;
    const char *folder; /* NULL: it is not in a file */
    const char *yaml;
    size_t size;
};

static ps_status read_source(const struct source *source, struct ps_text *diagnostics,
                             struct ps_plan **ret_plan, struct ps_error *err)
{
    struct ps_diagnostics found = {0};
    struct ps_plan *plan =
        ps_plan_build(source->file, source->folder, source->yaml, source->size, &found);
    size_t count = found.count;

    if (plan == NULL)
        ps_diagnostics_print(&found, source->file, source->yaml, source->size, diagnostics);
    ps_diagnostics_deinit(&found);
    if (plan == NULL)
        return ps_fail(err, PS_INVALID, "%zu error%s in %s", count, count == 1 ? "" : "s",
                       source->file);
    *ret_plan = plan;
    return PS_OK;
}

ps_status ps_plan_read_text(const char *file, const char *yaml, size_t size,
                            struct ps_text *diagnostics, struct ps_plan **ret_plan,
                            struct ps_error *err)
{
    const struct source source = {file, NULL, yaml, size};
    return read_source(&source, diagnostics, ret_plan, err);
}

/* One byte more than the limit is enough to know that a file is too long. */
static ps_status read_file(const char *file, struct ps_buffer *buffer, struct ps_error *err)
{
    FILE *stream = fopen(file, "rb");
    char chunk[16384];
    size_t size;

    if (stream == NULL)
        return ps_fail(err, PS_INVALID, "cannot read %s: %s", file, strerror(errno));
    while (buffer->size <= PS_FILE_SIZE_MAX && (size = fread(chunk, 1, sizeof chunk, stream)) > 0)
        ps_buffer_append(buffer, chunk, size);
    int failed = ferror(stream) ? errno : 0;
    fclose(stream);
    if (failed != 0)
        return ps_fail(err, PS_INVALID, "cannot read %s: %s", file, strerror(failed));
    return PS_OK;
}

ps_status ps_plan_read(const char *file, struct ps_text *diagnostics, struct ps_plan **ret_plan,
                       struct ps_error *err)
{
    struct ps_buffer buffer = {0};
    ps_status status = read_file(file, &buffer, err);

    const char *slash = strrchr(file, '/');
    char *folder = ps_format("%.*s", slash != NULL ? (int)(slash + 1 - file) : 0, file);
    const struct source source = {file, folder, (const char *)buffer.data, buffer.size};
    if (ps_is_ok(status))
        status = read_source(&source, diagnostics, ret_plan, err);
    free(folder);
    ps_buffer_deinit(&buffer);
    return status;
}

void ps_plan_free(struct ps_plan *plan)
{
    if (plan != NULL)
        ps_arena_free(plan->arena);
}
