/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/record.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>
#include "base/text.h"

static const char magic[8] = "pinstorm";
enum {
    FORMAT = 1,
    FIXED_BYTES = 80, /* of a head, before its names */
    NAME_BYTES_MAX = 4096,
};

static void put(unsigned char *out, uint64_t value, size_t size)
{
    for (size_t i = 0; i < size; i++)
        out[i] = (unsigned char)(value >> 8 * i);
}

static uint64_t get(const unsigned char *in, size_t size)
{
    uint64_t value = 0;
    for (size_t i = 0; i < size; i++)
        value |= (uint64_t)in[i] << 8 * i;
    return value;
}

static uint32_t since(ps_time from, ps_time t)
{
    if (t.s == PS_TIME_NEVER.s)
        return 0;
    assert(t.s >= from.s && t.s - from.s <= PS_RECORD_SPAN_S);
    return (uint32_t)(t.s - from.s) + 1;
}

void ps_record_put(const struct ps_record *record, ps_time from,
                   unsigned char out[static PS_RECORD_BYTES])
{
    out[0] = (unsigned char)record->outcome;
    out[1] = (unsigned char)record->stage;
    put(out + 2, record->origin, 2);
    put(out + 4, record->cause, 4);
    put(out + 8, since(from, record->first_dark), 4);
    put(out + 12, since(from, record->last_dark), 4);
}

static ps_time time_of(ps_time from, uint64_t since)
{
    return since == 0 ? PS_TIME_NEVER : (ps_time){from.s + (int64_t)since - 1};
}

bool ps_record_get(const unsigned char in[static PS_RECORD_BYTES], ps_time from,
                   struct ps_record *ret_record)
{
    if (in[0] >= PS_OUTCOME_COUNT || in[1] >= PS_STAGE_COUNT)
        return false;
    uint64_t first = get(in + 8, 4), last = get(in + 12, 4);
    if ((first == 0) != (last == 0) || first > last)
        return false;
    *ret_record = (struct ps_record){.outcome = (enum ps_outcome)in[0],
                                     .stage = (enum ps_stage)in[1],
                                     .origin = (uint16_t)get(in + 2, 2),
                                     .cause = (uint32_t)get(in + 4, 4),
                                     .first_dark = time_of(from, first),
                                     .last_dark = time_of(from, last)};
    return true;
}

uint32_t ps_verdict_hash(const struct ps_verdict *verdict)
{
    unsigned char numbers[12];
    put(numbers, (uint32_t)verdict->stage, 4);
    put(numbers + 4, (uint32_t)verdict->error, 4);
    put(numbers + 8, (uint32_t)verdict->depth, 4);
    uint64_t hash = ps_text_hash(verdict->reason);
    hash = ps_bytes_hash(numbers, sizeof numbers, hash);
    hash = ps_bytes_hash(verdict->path, strlen(verdict->path), hash);
    uint32_t folded = (uint32_t)(hash ^ hash >> 32);
    return folded != 0 ? folded : 1;
}

static void add_number(struct ps_buffer *out, uint64_t value, size_t size)
{
    unsigned char bytes[8];
    put(bytes, value, size);
    ps_buffer_append(out, bytes, size);
}

static void add_name(struct ps_buffer *out, const char *name)
{
    size_t length = strlen(name);
    assert(length <= NAME_BYTES_MAX);
    add_number(out, length, 2);
    ps_buffer_append(out, name, length);
}

void ps_record_head_put(const struct ps_record_head *head, struct ps_buffer *out)
{
    size_t begin = out->size;
    uint64_t devices = 0;
    for (size_t i = 0; i < head->cohort_count; i++)
        devices += head->cohorts[i].devices;
    ps_buffer_append(out, magic, sizeof magic);
    add_number(out, FORMAT, 2);
    add_number(out, PS_RECORD_BYTES, 2);
    add_number(out, 0, 4); /* the head's size, once it is known */
    add_number(out, head->digest, 8);
    add_number(out, head->seed, 8);
    add_number(out, (uint64_t)head->from.s, 8);
    add_number(out, (uint64_t)head->until.s, 8);
    add_number(out, devices, 8);
    add_number(out, head->first, 8);
    add_number(out, head->end, 8);
    add_number(out, head->cohort_count, 4);
    add_number(out, head->strategy_count, 4);
    assert(out->size - begin == FIXED_BYTES && head->first <= head->end && head->end <= devices);
    add_name(out, head->version);
    add_name(out, head->scenario);
    for (size_t i = 0; i < head->cohort_count; i++) {
        add_number(out, head->cohorts[i].devices, 8);
        add_name(out, head->cohorts[i].name);
    }
    for (size_t i = 0; i < head->strategy_count; i++)
        add_name(out, head->strategies[i]);
    while ((out->size - begin) % PS_RECORD_BYTES != 0)
        add_number(out, 0, 1);
    put(out->data + begin + 12, out->size - begin, 4);
}

/* Reads on from `at` and never past `end`; `good` turns false where there is too little. */
struct cursor {
    const unsigned char *at, *end;
    struct ps_arena *arena;
    bool good;
};

static uint64_t take(struct cursor *c, size_t size)
{
    if (!c->good || (size_t)(c->end - c->at) < size) {
        c->good = false;
        return 0;
    }
    uint64_t value = get(c->at, size);
    c->at += size;
    return value;
}

static const char *take_name(struct cursor *c)
{
    uint64_t length = take(c, 2);
    if (!c->good || length > NAME_BYTES_MAX || (uint64_t)(c->end - c->at) < length) {
        c->good = false;
        return "";
    }
    const char *name = ps_arena_strndup(c->arena, (const char *)c->at, (size_t)length);
    c->at += length;
    return name;
}

/* A name takes two bytes at least, so no count can ask for more memory than the head has bytes. */
static void take_lists(struct cursor *c, struct ps_record_head *head)
{
    size_t left = (size_t)(c->end - c->at);
    if (head->cohort_count > left || head->strategy_count > left) {
        c->good = false;
        return;
    }
    struct ps_record_cohort *cohorts =
        ps_arena_alloc(c->arena, head->cohort_count + 1, sizeof *cohorts);
    for (size_t i = 0; i < head->cohort_count && c->good; i++) {
        cohorts[i].devices = take(c, 8);
        cohorts[i].name = take_name(c);
    }
    const char **strategies =
        ps_arena_alloc(c->arena, head->strategy_count + 1, sizeof *strategies);
    for (size_t i = 0; i < head->strategy_count && c->good; i++)
        strategies[i] = take_name(c);
    head->cohorts = cohorts;
    head->strategies = strategies;
}

ps_status ps_record_head_get(struct ps_bytes file, struct ps_arena *arena,
                             struct ps_record_head *ret_head, size_t *ret_size,
                             struct ps_error *err)
{
    if (file.size < FIXED_BYTES || memcmp(file.data, magic, sizeof magic) != 0)
        return ps_fail(err, PS_INVALID, "this is no file of outcome records");
    uint64_t format = get(file.data + 8, 2), record = get(file.data + 10, 2),
             size = get(file.data + 12, 4);
    if (format != FORMAT || record != PS_RECORD_BYTES)
        return ps_fail(err, PS_INVALID,
                       "outcome records of format %" PRIu64 " with %" PRIu64
                       " bytes each; this program reads format %d with %d",
                       format, record, FORMAT, PS_RECORD_BYTES);
    if (size < FIXED_BYTES || size > file.size || size % PS_RECORD_BYTES != 0)
        return ps_fail(err, PS_INVALID, "the head of the outcome records is cut off");
    struct cursor c = {file.data + 16, file.data + size, arena, true};
    struct ps_record_head head = {0};
    head.digest = take(&c, 8);
    head.seed = take(&c, 8);
    head.from.s = (int64_t)take(&c, 8);
    head.until.s = (int64_t)take(&c, 8);
    uint64_t devices = take(&c, 8), sum = 0;
    head.first = take(&c, 8);
    head.end = take(&c, 8);
    head.cohort_count = (size_t)take(&c, 4);
    head.strategy_count = (size_t)take(&c, 4);
    head.version = take_name(&c);
    head.scenario = take_name(&c);
    take_lists(&c, &head);
    for (size_t i = 0; c.good && i < head.cohort_count; i++)
        sum += head.cohorts[i].devices;
    if (!c.good || sum != devices || head.first > head.end || head.end > devices ||
        c.end - c.at >= PS_RECORD_BYTES)
        return ps_fail(err, PS_INVALID, "the head of the outcome records contradicts itself");
    *ret_head = head;
    *ret_size = (size_t)size;
    return PS_OK;
}
