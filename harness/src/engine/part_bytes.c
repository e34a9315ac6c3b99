/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts as bytes:
 *
 *     8  "PSPART1\n"
 *     8  size of the body, little-endian
 *     .  body
 *     8  FNV-1a 64 of the body, little-endian
 *
 * In the body numbers are varints: seven bits a byte, lowest first, the top bit says that more
 * follow; the shortest form only, so equal parts have equal bytes. Signed ones are folded first (0,
 * -1, 1, -2 ...). Texts and lists have their length before them. Long arrays that are mostly zero
 * are pairs (zeros before, value) after their count.
 *
 * The reader trusts nothing: once something is wrong, every later read gives zero, and the reader
 * says so at the end. What it allocates is bounded by the size of the bytes, but for the lanes,
 * whose cells have a limit of their own.
 */
#include "engine/part.h"

#include <inttypes.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

enum {
    MAGIC_BYTES = 8,
    FRAME_BYTES = MAGIC_BYTES + 8 + 8, /* all but the body */
    VARINT_BYTES_MAX = 10,
    LANE_BYTES_MIN = 8,
};
static const unsigned char magic[MAGIC_BYTES + 1] = "PSPART1\n";
_Static_assert(sizeof(struct ps_tally_origin) == 2 * sizeof(uint64_t), "an origin is two counts");
/* Cells of samples, days, threats and origins over all lanes: a gigabyte of them. */
#define PS_PART_CELLS_MAX ((uint64_t)1 << 27)

/* ---- writing ---- */

static void put_fixed(struct ps_buffer *out, uint64_t value)
{
    unsigned char bytes[8];
    for (int i = 0; i < 8; i++)
        bytes[i] = (unsigned char)(value >> (8 * i));
    ps_buffer_append(out, bytes, sizeof bytes);
}

static void put(struct ps_buffer *out, uint64_t value)
{
    unsigned char bytes[VARINT_BYTES_MAX];
    size_t size = 0;
    do {
        unsigned char more = value > 0x7f ? 0x80 : 0;
        bytes[size++] = (unsigned char)((value & 0x7f) | more);
        value >>= 7;
    } while (value > 0);
    ps_buffer_append(out, bytes, size);
}

static uint64_t fold(int64_t value)
{
    return value < 0 ? ~((uint64_t)value << 1) : (uint64_t)value << 1;
}

static void put_signed(struct ps_buffer *out, int64_t value)
{
    put(out, fold(value));
}

static void put_text(struct ps_buffer *out, const char *text, size_t size)
{
    put(out, size);
    ps_buffer_append(out, text, size);
}

/* `cells` are unsigned, or signed where `folds`. */
static void put_sparse(struct ps_buffer *out, const uint64_t *cells, size_t count, bool folds)
{
    uint64_t pairs = 0, zeros = 0;
    for (size_t i = 0; i < count; i++)
        pairs += cells[i] != 0;
    put(out, pairs);
    for (size_t i = 0; i < count; i++) {
        if (cells[i] == 0) {
            zeros++;
            continue;
        }
        put(out, zeros);
        put(out, folds ? fold((int64_t)cells[i]) : cells[i]);
        zeros = 0;
    }
}

static void put_identity(const struct ps_part *part, struct ps_buffer *out)
{
    const struct ps_part_identity *id = &part->identity;
    put_text(out, id->version, strlen(id->version));
    put_text(out, id->file, strlen(id->file));
    put_text(out, id->scenario, strlen(id->scenario));
    put_text(out, id->yaml, id->yaml_size);
    put_text(out, id->fidelity, strlen(id->fidelity));
    put_text(out, id->link, strlen(id->link));
    put_text(out, id->audit, strlen(id->audit));
    put_fixed(out, id->digest);
    put(out, id->seed);
    put(out, id->devices);
    put(out, id->shards);
    put(out, part->strategy_count);
    for (size_t i = 0; i < part->strategy_count; i++)
        put(out, id->strategies[i]);
    put(out, part->cohort_count);
    for (size_t i = 0; i < part->cohort_count; i++)
        put(out, part->cohort_devices[i]);
}

static void put_frame(const struct ps_part *part, struct ps_buffer *out)
{
    put_signed(out, part->shape.from.s);
    put_signed(out, part->shape.until.s);
    put(out, part->shape.threat_count);
    put(out, part->shape.origin_count);
    put(out, part->samples.count);
    for (size_t i = 0; i < part->samples.count; i++)
        put_signed(out, part->samples.at[i].s - (i > 0 ? part->samples.at[i - 1].s : 0));
    put(out, part->range_count);
    for (size_t i = 0; i < part->range_count; i++) {
        put(out, part->ranges[i].first);
        put(out, part->ranges[i].end);
    }
#define X(name)                                                                                    \
    put(out, part->work.name);                                                                     \
    put(out, part->before.name);
    PS_PART_WORK(X)
#undef X
    for (size_t i = 0; i < part->strategy_count; i++) {
        put(out, part->costs[i].trust_bytes);
        put(out, part->costs[i].chain_bytes);
    }
}

static void put_verdicts(const struct ps_part *part, struct ps_buffer *out)
{
    put(out, part->verdict_count);
    for (size_t i = 0; i < part->verdict_count; i++) {
        const struct ps_verdict *v = &part->verdicts[i];
        put(out, v->stage);
        put_signed(out, v->error);
        put_signed(out, v->depth);
        put_text(out, v->reason, strlen(v->reason));
        put_text(out, v->path, strlen(v->path));
    }
}

static void put_losses(struct ps_buffer *out, const struct ps_tally_losses *losses,
                       const struct ps_tally_shape *shape)
{
    put(out, losses->count);
    put_signed(out, losses->first.s);
    put_signed(out, losses->last.s);
    put_sparse(out, losses->days, ps_tally_day_count(shape), false);
}

static void put_lane(const struct ps_tally *lane, struct ps_buffer *out)
{
    const struct ps_tally_shape *shape = &lane->shape;
#define X(name, meaning) put(out, lane->name);
    PS_TALLY_COUNTS(X)
#undef X
    put_sparse(out, lane->outcomes, PS_OUTCOME_COUNT, false);
    put_sparse(out, (const uint64_t *)lane->present, shape->sample_count, true);
    put_sparse(out, (const uint64_t *)lane->up, shape->sample_count, true);
    put(out, lane->cause_count);
    for (size_t i = 0; i < lane->cause_count; i++) {
        const struct ps_tally_cause *cause = &lane->causes[i];
        put(out, cause->verdict);
        put(out, cause->example);
        put_signed(out, cause->first.s);
        put_signed(out, cause->last.s);
#define X(name, meaning) put(out, cause->name);
        PS_TALLY_CAUSE_COUNTS(X)
#undef X
    }
    for (size_t i = 0; i < shape->threat_count; i++) {
        put(out, lane->exposures[i].device_seconds);
        put(out, lane->exposures[i].devices);
    }
    put_sparse(out, (const uint64_t *)lane->origins, 2 * shape->origin_count, false);
    for (size_t i = 0; i < PS_ATTACK_ALL_COUNT; i++)
        put(out, lane->accepts[i]);
    put_losses(out, &lane->losses, shape);
    put_losses(out, &lane->recoveries, shape);
}

void ps_part_put(const struct ps_part *part, struct ps_buffer *out)
{
    struct ps_buffer body = {0};
    put_identity(part, &body);
    put_frame(part, &body);
    put_verdicts(part, &body);
    for (size_t i = 0; i < part->strategy_count * part->cohort_count; i++)
        put_lane(&part->lanes[i], &body);
    ps_buffer_append(out, magic, MAGIC_BYTES);
    put_fixed(out, body.size);
    ps_buffer_append(out, body.data, body.size);
    put_fixed(out, ps_bytes_hash(body.data, body.size, 0));
    ps_buffer_deinit(&body);
}

/* ---- reading ---- */

struct reader {
    const unsigned char *data;
    size_t size, at;
    bool wrong;
};

static uint64_t wrong(struct reader *r)
{
    r->wrong = true;
    return 0;
}

static uint64_t get_fixed(struct reader *r)
{
    uint64_t value = 0;
    if (r->wrong || r->size - r->at < 8)
        return wrong(r);
    for (int i = 0; i < 8; i++)
        value |= (uint64_t)r->data[r->at++] << (8 * i);
    return value;
}

static uint64_t get(struct reader *r)
{
    uint64_t value = 0;
    for (unsigned shift = 0; shift < 64 && !r->wrong; shift += 7) {
        if (r->at == r->size)
            return wrong(r);
        unsigned char byte = r->data[r->at++];
        if ((shift == 63 && byte > 1) || (shift > 0 && byte == 0)) /* too much; not the shortest */
            return wrong(r);
        value |= (uint64_t)(byte & 0x7f) << shift;
        if (byte < 0x80)
            return value;
    }
    return wrong(r);
}

static int64_t unfold(uint64_t value)
{
    return (int64_t)(value & 1 ? ~(value >> 1) : value >> 1);
}

static int64_t get_signed(struct reader *r)
{
    return unfold(get(r));
}

static uint64_t get_at_most(struct reader *r, uint64_t most)
{
    uint64_t value = get(r);
    return value <= most ? value : wrong(r);
}

/* A number of things that take a byte each at least. */
static size_t get_count(struct reader *r)
{
    uint64_t count = get(r); /* before what is left is looked at: it takes some of it */
    return (size_t)(count <= r->size - r->at ? count : wrong(r));
}

/* A text without a zero in it, which gets one behind it. */
static const char *get_text(struct reader *r, struct ps_arena *arena, size_t *ret_size)
{
    size_t size = get_count(r);
    char *text = ps_arena_alloc(arena, size + 1, 1);
    if (!r->wrong && size > 0) {
        memcpy(text, r->data + r->at, size);
        r->at += size;
        if (memchr(text, 0, size))
            wrong(r);
    }
    if (ret_size)
        *ret_size = size;
    return text;
}

/* Into an array of `room` zeroed bytes, the last of which stays zero. */
static void get_short_text(struct reader *r, char *text, size_t room)
{
    size_t size = get_count(r);
    if (size >= room || r->wrong || memchr(r->data + r->at, 0, size)) {
        wrong(r);
        return;
    }
    memcpy(text, r->data + r->at, size);
    r->at += size;
}

static void get_sparse(struct reader *r, uint64_t *cells, size_t count, bool folds)
{
    uint64_t pairs = get_at_most(r, count);
    for (size_t at = 0; pairs > 0 && !r->wrong; pairs--, at++) {
        at += (size_t)get_at_most(r, count - at);
        uint64_t value = get(r);
        if (at >= count || value == 0)
            wrong(r);
        else
            cells[at] = folds ? (uint64_t)unfold(value) : value;
    }
}

static void get_identity(struct reader *r, struct ps_part *part)
{
    struct ps_part_identity *id = &part->identity;
    id->version = get_text(r, part->arena, NULL);
    id->file = get_text(r, part->arena, NULL);
    id->scenario = get_text(r, part->arena, NULL);
    id->yaml = get_text(r, part->arena, &id->yaml_size);
    id->fidelity = get_text(r, part->arena, NULL);
    id->link = get_text(r, part->arena, NULL);
    id->audit = get_text(r, part->arena, NULL);
    id->digest = get_fixed(r);
    id->seed = get(r);
    id->devices = get(r);
    id->shards = get(r);
    part->strategy_count = get_count(r);
    bool *strategies = ps_arena_alloc(part->arena, part->strategy_count + 1, sizeof *strategies);
    for (size_t i = 0; i < part->strategy_count; i++)
        strategies[i] = get_at_most(r, 1);
    id->strategies = strategies;
    part->cohort_count = get_count(r);
    part->cohort_devices =
        ps_arena_alloc(part->arena, part->cohort_count + 1, sizeof *part->cohort_devices);
    for (size_t i = 0; i < part->cohort_count; i++) {
        part->cohort_devices[i] = get_at_most(r, UINT32_MAX);
        part->fleet += part->cohort_devices[i];
    }
}

/* Nothing overflows that is made of such a time and a difference of two. */
static ps_time get_time(struct reader *r)
{
    int64_t s = get_signed(r);
    if (s < -INT64_MAX / 8 || s > INT64_MAX / 8)
        wrong(r);
    return (ps_time){r->wrong ? 0 : s};
}

static void get_ranges(struct reader *r, struct ps_part *part)
{
    uint64_t before = 0;
    size_t count = get_count(r);
    for (size_t i = 0; i < count && !r->wrong; i++) {
        uint64_t first = get_at_most(r, part->fleet), end = get_at_most(r, part->fleet);
        if (first >= end || (i > 0 && first <= before))
            wrong(r);
        if (!r->wrong)
            ps_part_add_range(part, first, end);
        before = end;
    }
}

static void get_frame(struct reader *r, struct ps_part *part)
{
    part->shape.from = get_time(r);
    part->shape.until = get_time(r);
    part->shape.threat_count = get_count(r);
    part->shape.origin_count = (size_t)get_at_most(r, UINT16_MAX);
    part->shape.sample_count = get_count(r);
    int64_t at = 0;
    for (size_t i = 0; i < part->shape.sample_count && !r->wrong; i++) {
        int64_t step = get_time(r).s;
        if (i > 0 && step <= 0)
            wrong(r);
        at += step;
        if (at > INT64_MAX / 8)
            wrong(r);
        ps_samples_add(&part->samples, (ps_time){at});
    }
    get_ranges(r, part);
#define X(name)                                                                                    \
    part->work.name = get(r);                                                                      \
    part->before.name = get(r);
    PS_PART_WORK(X)
#undef X
    part->costs = ps_arena_alloc(part->arena, part->strategy_count + 1, sizeof *part->costs);
    for (size_t i = 0; i < part->strategy_count; i++)
        part->costs[i] = (struct ps_part_cost){get(r), get(r)};
}

static int32_t get_small(struct reader *r)
{
    int64_t value = get_signed(r);
    if (value < INT32_MIN || value > INT32_MAX)
        wrong(r);
    return r->wrong ? 0 : (int32_t)value;
}

static void get_verdicts(struct reader *r, struct ps_part *part)
{
    size_t count = get_count(r);
    for (size_t i = 0; i < count && !r->wrong; i++) {
        struct ps_verdict v;
        memset(&v, 0, sizeof v);
        v.stage = (enum ps_stage)get_at_most(r, PS_STAGE_COUNT - 1);
        v.error = get_small(r);
        v.depth = get_small(r);
        get_short_text(r, v.reason, sizeof v.reason);
        get_short_text(r, v.path, sizeof v.path);
        bool is_new;
        ps_intern(&part->verdict_index, &v, sizeof v, &is_new);
        if (!is_new)
            wrong(r);
        PS_PUSH(part->verdicts, part->verdict_count, part->verdict_capacity, v);
    }
}

static void get_causes(struct reader *r, struct ps_tally *lane, size_t verdict_count)
{
    size_t count = get_count(r);
    if (count > verdict_count)
        wrong(r);
    bool *seen = ps_alloc(verdict_count + 1, sizeof *seen);
    for (size_t i = 0; i < count && !r->wrong; i++) {
        struct ps_tally_cause cause = {.verdict = (uint32_t)get_at_most(r, verdict_count),
                                       .example = (uint32_t)get_at_most(r, UINT32_MAX),
                                       .first = get_time(r),
                                       .last = get_time(r)};
#define X(name, meaning) cause.name = get(r);
        PS_TALLY_CAUSE_COUNTS(X)
#undef X
        if (cause.verdict == verdict_count || seen[cause.verdict])
            wrong(r);
        else
            seen[cause.verdict] = true;
        PS_PUSH(lane->causes, lane->cause_count, lane->cause_capacity, cause);
    }
    free(seen);
}

static void get_losses(struct reader *r, const struct ps_tally_shape *shape,
                       struct ps_tally_losses *losses)
{
    losses->count = get(r);
    losses->first = get_time(r);
    losses->last = get_time(r);
    get_sparse(r, losses->days, ps_tally_day_count(shape), false);
}

/* Never more connected than present, nor more present than lived. */
static bool samples_sound(const struct ps_tally *lane)
{
    int64_t most = (int64_t)lane->devices, present = 0, up = 0;
    for (size_t i = 0; i < lane->shape.sample_count; i++) {
        int64_t more = lane->present[i], more_up = lane->up[i];
        if (more > most || more < -most || more_up > most || more_up < -most)
            return false;
        present += more;
        up += more_up;
        if (up < 0 || up > present || present > most)
            return false;
    }
    return true;
}

static bool outcomes_sound(const struct ps_tally *lane)
{
    uint64_t left = lane->devices;
    for (size_t i = 0; i < PS_OUTCOME_COUNT; i++) {
        if (lane->outcomes[i] > left)
            return false;
        left -= lane->outcomes[i];
    }
    return left == 0;
}

static void get_lane(struct reader *r, struct ps_tally *lane, size_t verdict_count)
{
    const struct ps_tally_shape *shape = &lane->shape;
#define X(name, meaning) lane->name = get(r);
    PS_TALLY_COUNTS(X)
#undef X
    get_sparse(r, lane->outcomes, PS_OUTCOME_COUNT, false);
    get_sparse(r, (uint64_t *)lane->present, shape->sample_count, true);
    get_sparse(r, (uint64_t *)lane->up, shape->sample_count, true);
    get_causes(r, lane, verdict_count);
    for (size_t i = 0; i < shape->threat_count; i++)
        lane->exposures[i] = (struct ps_tally_exposure){get(r), get(r)};
    get_sparse(r, (uint64_t *)lane->origins, 2 * shape->origin_count, false);
    for (size_t i = 0; i < PS_ATTACK_ALL_COUNT; i++)
        lane->accepts[i] = get_at_most(r, 1);
    get_losses(r, shape, &lane->losses);
    get_losses(r, shape, &lane->recoveries);
    if (!r->wrong && !ps_tally_losses_sound(lane))
        wrong(r);
    if (!samples_sound(lane) || !outcomes_sound(lane))
        wrong(r);
}

/* How many devices of a cohort are in the ranges. */
static uint64_t lived_in(const struct ps_part *part, size_t cohort)
{
    uint64_t first = 0, lived = 0;
    for (size_t i = 0; i < cohort; i++)
        first += part->cohort_devices[i];
    uint64_t end = first + part->cohort_devices[cohort];
    for (size_t i = 0; i < part->range_count; i++) {
        const struct ps_part_range *range = &part->ranges[i];
        uint64_t from = range->first > first ? range->first : first;
        uint64_t until = range->end < end ? range->end : end;
        lived += until > from ? until - from : 0;
    }
    return lived;
}

/* Every strategy that takes part had each device of the ranges, and no other had any. */
static void check_devices(struct reader *r, const struct ps_part *part)
{
    for (size_t c = 0; c < part->cohort_count && !r->wrong; c++) {
        uint64_t lived = lived_in(part, c);
        for (size_t s = 0; s < part->strategy_count; s++)
            if (part->lanes[s * part->cohort_count + c].devices !=
                (part->identity.strategies[s] ? lived : 0))
                wrong(r);
    }
}

static void get_lanes(struct reader *r, struct ps_part *part)
{
    uint64_t cells = part->shape.sample_count * 2 + ps_tally_day_count(&part->shape) +
                     part->shape.threat_count * 2 + part->shape.origin_count * 2;
    uint64_t count = (uint64_t)part->strategy_count * part->cohort_count;
    if (r->wrong || count > (r->size - r->at) / LANE_BYTES_MIN ||
        (count > 0 && cells > PS_PART_CELLS_MAX / count)) {
        wrong(r);
        part->strategy_count = 0; /* so that there are no lanes to take down */
        return;
    }
    part->lanes = ps_alloc(count + 1, sizeof *part->lanes);
    for (size_t i = 0; i < count; i++)
        ps_tally_init(&part->lanes[i], &part->shape);
    for (size_t i = 0; i < count && !r->wrong; i++)
        get_lane(r, &part->lanes[i], part->verdict_count);
    check_devices(r, part);
}

/* What every part of this size has around its body. */
static ps_status check_frame(struct ps_bytes bytes, struct reader *ret_body, struct ps_error *err)
{
    if (bytes.size < MAGIC_BYTES || memcmp(bytes.data, magic, MAGIC_BYTES) != 0)
        return ps_fail(err, PS_INVALID, "this is not a part of a run");
    struct reader r = {.data = bytes.data, .size = bytes.size, .at = MAGIC_BYTES};
    uint64_t size = get_fixed(&r);
    if (r.wrong || bytes.size < FRAME_BYTES || size > bytes.size - FRAME_BYTES)
        return ps_fail(err, PS_INVALID, "the part is cut off");
    *ret_body = (struct reader){.data = bytes.data + r.at, .size = (size_t)size};
    r.at += (size_t)size;
    if (get_fixed(&r) != ps_bytes_hash(ret_body->data, ret_body->size, 0))
        return ps_fail(err, PS_INVALID, "the part was changed: its checksum does not fit");
    return PS_OK;
}

/* What can be shown to people. */
static bool is_version(const char *text)
{
    static const char allowed[] =
        "0123456789.-+abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    size_t length = strspn(text, allowed);
    return length > 0 && length < 32 && !text[length];
}

ps_status ps_part_get(struct ps_bytes bytes, struct ps_part *ret_part, size_t *ret_size,
                      struct ps_error *err)
{
    struct reader r;
    PS_TRY(check_frame(bytes, &r, err));
    struct ps_part part = {.arena = ps_arena_new()};
    get_identity(&r, &part);
    /* A version may store other things: say that, not what became of reading them. */
    bool other =
        is_version(part.identity.version) && strcmp(part.identity.version, PS_VERSION) != 0;
    get_frame(&r, &part);
    get_verdicts(&r, &part);
    get_lanes(&r, &part);
    ps_status s = PS_OK;
    if (other)
        s = ps_fail(err, PS_INVALID, "the part was made by pinstorm %s, and this is %s",
                    part.identity.version, PS_VERSION);
    else if (r.wrong || r.at != r.size || !is_version(part.identity.version))
        s = ps_fail(err, PS_INVALID, "the part says what cannot be");
    if (!ps_is_ok(s)) {
        ps_part_deinit(&part);
        return s;
    }
    *ret_part = part;
    *ret_size = FRAME_BYTES + r.size;
    return PS_OK;
}
