/* SPDX-License-Identifier: Apache-2.0 */
#include "scenarios/plan.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plan_read.h"
#include "resolve.h"

struct ps_plan *ps_plan_build(const char *file, const char *yaml, size_t size,
                              struct ps_diagnostics *diagnostics)
{
    struct ps_arena *arena = ps_arena_new();
    struct ps_plan *plan = ps_arena_alloc(arena, 1, sizeof *plan);
    struct ps_form *form = ps_arena_alloc(arena, 1, sizeof *form);
    struct ps_resolver resolver = {.reader = {arena, diagnostics}, .form = form, .plan = plan};
    const struct ps_node *root = ps_document_read(arena, yaml, size, diagnostics);

    plan->arena = arena;
    plan->file = ps_arena_strdup(arena, file);
    char *text = ps_arena_alloc(arena, size + 1, 1);
    if (size > 0)
        memcpy(text, yaml, size);
    plan->yaml = text;
    plan->yaml_size = size;
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
    ps_text_deinit(&shown);
    return plan;
}

ps_status ps_plan_read_text(const char *file, const char *yaml, size_t size,
                            struct ps_text *diagnostics, struct ps_plan **ret_plan,
                            struct ps_error *err)
{
    struct ps_diagnostics found = {0};
    struct ps_plan *plan = ps_plan_build(file, yaml, size, &found);
    size_t count = found.count;

    if (plan == NULL)
        ps_diagnostics_print(&found, file, yaml, size, diagnostics);
    ps_diagnostics_deinit(&found);
    if (plan == NULL)
        return ps_fail(err, PS_INVALID, "%zu error%s in %s", count, count == 1 ? "" : "s", file);
    *ret_plan = plan;
    return PS_OK;
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

    if (ps_is_ok(status))
        status = ps_plan_read_text(file, (const char *)buffer.data, buffer.size, diagnostics,
                                   ret_plan, err);
    ps_buffer_deinit(&buffer);
    return status;
}

void ps_plan_free(struct ps_plan *plan)
{
    if (plan != NULL)
        ps_arena_free(plan->arena);
}
