/* SPDX-License-Identifier: Apache-2.0 */
#include "simulation/join.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "simulation/outcomes.h"

enum {
    HEAD_BYTES_MAX = 1 << 22, /* names of cohorts and strategies; a scenario has room for fewer */
    BLOCK_DEVICES = 4096,
};

struct source {
    FILE *file;
    struct ps_arena *arena;
    struct ps_record_head head;
    size_t head_bytes;
};

static void source_close(struct source *source)
{
    if (source->file)
        fclose(source->file);
    ps_arena_free(source->arena);
}

/* On failure the source is still to be closed. */
static ps_status source_open(const char *path, struct source *source, struct ps_error *err)
{
    *source = (struct source){.file = fopen(path, "rb"), .arena = ps_arena_new()};
    if (!source->file)
        return ps_fail(err, PS_INVALID, "cannot read '%s': %s", path, strerror(errno));
    unsigned char *bytes = ps_alloc(HEAD_BYTES_MAX, 1);
    size_t size = fread(bytes, 1, HEAD_BYTES_MAX, source->file);
    ps_status s = ps_record_head_get((struct ps_bytes){bytes, size}, source->arena, &source->head,
                                     &source->head_bytes, err);
    free(bytes);
    return ps_is_ok(s) ? s : ps_wrap(err, s, "%s", path);
}

static bool same_run(const struct ps_record_head *a, const struct ps_record_head *b)
{
    return strcmp(a->version, b->version) == 0 && a->digest == b->digest && a->seed == b->seed &&
           a->strategy_count == b->strategy_count && a->cohort_count == b->cohort_count;
}

/* The devices of all sources together. */
static ps_status add_up_heads(const char *const *sources, size_t count, struct source *first,
                              struct ps_record_head *ret_head, struct ps_error *err)
{
    PS_TRY(source_open(sources[0], first, err));
    struct ps_record_head head = first->head;
    for (size_t i = 1; i < count; i++) {
        struct source other;
        ps_status s = source_open(sources[i], &other, err);
        if (ps_is_ok(s) && !same_run(&head, &other.head))
            s = ps_fail(err, PS_INVALID, "'%s' and '%s' are records of different runs", sources[0],
                        sources[i]);
        if (ps_is_ok(s) && other.head.first < head.first)
            head.first = other.head.first;
        if (ps_is_ok(s) && other.head.end > head.end)
            head.end = other.head.end;
        source_close(&other);
        PS_TRY(s);
    }
    *ret_head = head;
    return PS_OK;
}

static ps_status copy(const char *path, struct ps_outcomes *into, struct ps_error *err)
{
    struct source source;
    ps_status s = source_open(path, &source, err);
    size_t device_bytes = ps_is_ok(s) ? source.head.strategy_count * PS_RECORD_BYTES : 0;
    unsigned char *block = ps_alloc(BLOCK_DEVICES, device_bytes + 1);
    if (ps_is_ok(s) && fseek(source.file, (long)source.head_bytes, SEEK_SET) != 0)
        s = ps_fail(err, PS_FAILED, "cannot read '%s': %s", path, strerror(errno));
    for (uint64_t first = source.head.first; ps_is_ok(s) && first < source.head.end;) {
        uint64_t left = source.head.end - first;
        size_t devices = left < BLOCK_DEVICES ? (size_t)left : BLOCK_DEVICES;
        if (fread(block, device_bytes, devices, source.file) != devices)
            s = ps_fail(err, PS_INVALID, "'%s' is cut off", path);
        else
            s = ps_outcomes_write(into, first, devices, block, err);
        first += devices;
    }
    free(block);
    source_close(&source);
    return s;
}

ps_status ps_outcomes_join(const char *path, const char *const *sources, size_t count,
                           struct ps_error *err)
{
    struct source first = {0};
    struct ps_record_head head;
    struct ps_outcomes *into = NULL;
    ps_status s = add_up_heads(sources, count, &first, &head, err);
    if (ps_is_ok(s)) {
        const struct ps_outcomes_options options = {.path = path, .head = &head};
        s = ps_outcomes_open(&options, &into, err);
    }
    for (size_t i = 0; i < count && ps_is_ok(s); i++)
        s = copy(sources[i], into, err);
    if (ps_is_ok(s))
        s = ps_outcomes_sync(into, err);
    ps_outcomes_close(into);
    source_close(&first);
    return s;
}
