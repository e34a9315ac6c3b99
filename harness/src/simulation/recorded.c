/* SPDX-License-Identifier: Apache-2.0 */
#include "simulation/recorded.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIZE_AT = 12, FIXED_BYTES = 16, HEAD_BYTES_MAX = 64 * 1024 * 1024 };

struct ps_recorded {
    FILE *file;
    char *path;
    struct ps_arena *arena;
    struct ps_buffer bytes; /* of the head */
    struct ps_record_head head;
    size_t head_bytes;
};

static ps_status unreadable(const struct ps_recorded *r, struct ps_error *err)
{
    return ps_fail(err, PS_INVALID, "cannot read '%s': %s", r->path,
                   errno ? strerror(errno) : "it ends before it should");
}

/* The first bytes say how long the head is. */
static ps_status read_head(struct ps_recorded *r, struct ps_error *err)
{
    unsigned char begin[FIXED_BYTES];
    errno = 0;
    if (fread(begin, 1, sizeof begin, r->file) != sizeof begin)
        return unreadable(r, err);
    size_t size = (size_t)begin[SIZE_AT] | (size_t)begin[SIZE_AT + 1] << 8 |
                  (size_t)begin[SIZE_AT + 2] << 16 | (size_t)begin[SIZE_AT + 3] << 24;
    ps_buffer_append(&r->bytes, begin, sizeof begin);
    if (size > sizeof begin && size <= HEAD_BYTES_MAX) {
        unsigned char *rest = ps_alloc(size, 1);
        size_t got = fread(rest, 1, size - sizeof begin, r->file);
        ps_buffer_append(&r->bytes, rest, got);
        free(rest);
    }
    const struct ps_bytes head = {r->bytes.data, r->bytes.size};
    return ps_wrap(err, ps_record_head_get(head, r->arena, &r->head, &r->head_bytes, err), "'%s'",
                   r->path);
}

ps_status ps_recorded_open(const char *path, struct ps_recorded **ret_recorded,
                           struct ps_error *err)
{
    struct ps_recorded *r = ps_alloc(1, sizeof *r);
    r->path = ps_strdup(path);
    r->arena = ps_arena_new();
    errno = 0;
    r->file = fopen(path, "rb");
    ps_status s = r->file ? read_head(r, err) : unreadable(r, err);
    if (!ps_is_ok(s)) {
        ps_recorded_close(r);
        return s;
    }
    *ret_recorded = r;
    return PS_OK;
}

void ps_recorded_close(struct ps_recorded *r)
{
    if (!r)
        return;
    if (r->file)
        fclose(r->file);
    ps_buffer_deinit(&r->bytes);
    ps_arena_free(r->arena);
    free(r->path);
    free(r);
}

const struct ps_record_head *ps_recorded_head(const struct ps_recorded *r)
{
    return &r->head;
}

ps_status ps_recorded_find(const struct ps_recorded *r, uint64_t fleet_number, const char *strategy,
                           unsigned char out[PS_RECORD_BYTES], bool *ret_found,
                           struct ps_error *err)
{
    const struct ps_record_head *head = &r->head;
    size_t s = 0;
    while (s < head->strategy_count && strcmp(head->strategies[s], strategy) != 0)
        s++;
    *ret_found =
        s < head->strategy_count && fleet_number >= head->first && fleet_number < head->end;
    if (!*ret_found)
        return PS_OK;
    uint64_t at =
        r->head_bytes + ((fleet_number - head->first) * head->strategy_count + s) * PS_RECORD_BYTES;
    errno = 0;
    if (fseeko(r->file, (off_t)at, SEEK_SET) != 0 ||
        fread(out, 1, PS_RECORD_BYTES, r->file) != PS_RECORD_BYTES)
        return unreadable(r, err);
    return PS_OK;
}
