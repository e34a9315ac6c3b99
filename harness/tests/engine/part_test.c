/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts: every way to cut a fleet adds up to the same, bytes read back to the same, parts that do
 * not belong together and bytes that are no part are refused with a message that says why.
 */
#include <stdio.h>
#include <stdlib.h>
#include "engine/part.h"
#include "plan.h"

static const char two_cohorts[] =
    "scenario: cut\n"
    "title: Cut in parts\n"
    "from: 2021-01-01\n"
    "until: 2021-07-01\n"
    "authorities:\n"
    "  a: {subject: \"CN=A\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  root: {of: a, issuer: a, valid: 2000-01-01 .. 2040-01-01}\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: a, key: ecdsa-p256, lifetime: 40d, renew_before: 10d}\n"
    "    chain: []\n"
    "fleet:\n"
    "  - {cohort: old, devices: 5, made: 2020-01-01 .. 2020-01-02, contact: {every: 7h}}\n"
    "  - {cohort: young, devices: 7, made: 2020-01-01 .. 2020-01-02, contact: {every: 7h}}\n"
    "threats:\n"
    "  - {attack: X01}\n"
    "strategies:\n"
    "  - {name: one, preset: single_root_static, anchors: [root]}\n"
    "  - {name: two, preset: single_root_static, anchors: [root]}\n"
    "  - {name: out, preset: single_root_static, anchors: [root]}\n";

enum { FLEET = 12, OLD = 5 };
static struct ps_plan *plan;
static const bool chosen[] = {true, true, false};

static void start(void)
{
    plan = plan_of(two_cohorts);
}

static void stop(void)
{
    ps_plan_free(plan);
}

static struct ps_part empty(void)
{
    struct ps_part part;
    const struct ps_part_options options = {.plan = plan,
                                            .seed = 1,
                                            .strategies = chosen,
                                            .fidelity = "memo",
                                            .link = "tcp",
                                            .audit = "0%"};
    ps_part_init(&part, &options);
    return part;
}

/* Verdicts of different parts have different numbers: `context` says how they are turned. */
static const struct ps_verdict *verdict_of(const void *context, uint32_t number)
{
    static struct ps_verdict verdicts[3] = {
        {.stage = PS_STAGE_DATES, .error = 10, .depth = 1, .reason = "expired", .path = "A < B"},
        {.stage = PS_STAGE_PATH, .error = 20, .depth = -1, .reason = "no issuer"},
        {.stage = PS_STAGE_UNREACHABLE, .error = -5},
    };
    return &verdicts[(number + *(const uint32_t *)context) % 3];
}

/* What devices first <= d < end count; something else for each. Numbers turn with `turn`. */
static void live(struct ps_part *part, uint64_t first, uint64_t end, uint32_t turn)
{
    for (uint64_t d = first; d < end; d++)
        for (size_t s = 0; s < 2; s++) {
            struct ps_tally tally;
            ps_tally_init(&tally, &part->shape);
            tally.devices = 1;
            tally.booted = d % 2;
            tally.outcomes[(d + s) % PS_OUTCOME_COUNT] = 1;
            tally.contacts_accepted = UINT64_C(1) << (5 * d);
            tally.contacts_failed = 3 * d + s;
            tally.updates_installed = d;
            tally.exposures[0] = (struct ps_tally_exposure){1000 * d, d % 2};
            tally.accepts[d] = s;
            ps_time dark = {date("2021-02-01").s + (int64_t)(d * d * 40000)};
            ps_tally_interval(&tally, &part->samples, plan->from, dark, true);
            ps_tally_interval(&tally, &part->samples, dark, plan->until, false);
            const struct ps_tally_spell spell = {(uint32_t)(d + 3 - turn) % 3, (uint32_t)d, dark,
                                                 plan->until, d % 2};
            ps_tally_cause(&tally, &spell);
            ps_tally_origin(&tally, (uint16_t)(d % 2), s);
            ps_tally_loss(&tally, dark);
            if (d % 2)
                ps_tally_close(&tally);
            ps_part_add_tally(part, s * 2 + (d >= OLD), &tally, verdict_of, &turn);
            ps_tally_deinit(&tally);
        }
    ps_part_add_range(part, first, end);
    ps_part_add_cost(part, 0, (struct ps_part_cost){700 + first, 900 - first});
    part->work.classes += 2 * (end - first);
    part->work.handshakes_asked += end - first;
    part->work.elapsed_ms += 300 * (end - first);
    part->before.plain_served += 4 * (end - first);
    part->before.elapsed_ms += 7 * (end - first);
}

static const struct ps_tally_cause *cause_of(const struct ps_part *part, size_t lane,
                                             const struct ps_verdict *verdict)
{
    for (size_t i = 0; i < part->lanes[lane].cause_count; i++) {
        const struct ps_tally_cause *cause = &part->lanes[lane].causes[i];
        if (memcmp(&part->verdicts[cause->verdict], verdict, sizeof *verdict) == 0)
            return cause;
    }
    return NULL;
}

static void check_lane(const struct ps_part *a, const struct ps_part *b, size_t lane)
{
    const struct ps_tally *x = &a->lanes[lane], *y = &b->lanes[lane];
#define X(name, meaning) ck_assert_uint_eq(x->name, y->name);
    PS_TALLY_COUNTS(X)
#undef X
    ck_assert_mem_eq(x->outcomes, y->outcomes, sizeof x->outcomes);
    ck_assert_mem_eq(x->present, y->present, a->samples.count * sizeof *x->present);
    ck_assert_mem_eq(x->up, y->up, a->samples.count * sizeof *x->up);
    ck_assert_mem_eq(x->exposures, y->exposures, sizeof *x->exposures);
    ck_assert_mem_eq(x->origins, y->origins, a->shape.origin_count * sizeof *x->origins);
    ck_assert_mem_eq(x->accepts, y->accepts, sizeof x->accepts);
    ck_assert_uint_eq(x->losses.count, y->losses.count);
    ck_assert_int_eq(x->losses.first.s, y->losses.first.s);
    ck_assert_int_eq(x->losses.last.s, y->losses.last.s);
    ck_assert_uint_eq(x->recoveries.count, y->recoveries.count);
    ck_assert_int_eq(x->recoveries.first.s, y->recoveries.first.s);
    ck_assert_int_eq(x->recoveries.last.s, y->recoveries.last.s);
    ck_assert_mem_eq(x->recoveries.days, y->recoveries.days,
                     ps_tally_day_count(&a->shape) * sizeof *x->recoveries.days);
    ck_assert_mem_eq(x->losses.days, y->losses.days,
                     ps_tally_day_count(&a->shape) * sizeof *x->losses.days);
    ck_assert_uint_eq(x->cause_count, y->cause_count);
    for (size_t i = 0; i < x->cause_count; i++) {
        const struct ps_tally_cause *c = &x->causes[i],
                                    *d = cause_of(b, lane, &a->verdicts[c->verdict]);
        ck_assert_ptr_nonnull(d);
        ck_assert_uint_eq(c->example, d->example);
        ck_assert_int_eq(c->first.s, d->first.s);
        ck_assert_int_eq(c->last.s, d->last.s);
#define X(name, meaning) ck_assert_uint_eq(c->name, d->name);
        PS_TALLY_CAUSE_COUNTS(X)
#undef X
    }
}

static void check_same(const struct ps_part *a, const struct ps_part *b)
{
    ck_assert_uint_eq(a->range_count, b->range_count);
    for (size_t i = 0; i < a->range_count; i++) {
        ck_assert_uint_eq(a->ranges[i].first, b->ranges[i].first);
        ck_assert_uint_eq(a->ranges[i].end, b->ranges[i].end);
    }
    for (size_t i = 0; i < 6; i++)
        check_lane(a, b, i);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_uint_eq(a->costs[i].trust_bytes, b->costs[i].trust_bytes);
        ck_assert_uint_eq(a->costs[i].chain_bytes, b->costs[i].chain_bytes);
    }
    ck_assert_mem_eq(&a->work, &b->work, sizeof a->work);
    ck_assert_mem_eq(&a->before, &b->before, sizeof a->before);
}

static struct ps_part through_bytes(const struct ps_part *part)
{
    struct ps_buffer bytes = {0};
    ps_part_put(part, &bytes);
    ps_buffer_append(&bytes, "behind", 6);
    struct ps_part back;
    struct ps_error err = {{0}};
    size_t size;
    ps_status s = ps_part_get((struct ps_bytes){bytes.data, bytes.size}, &back, &size, &err);
    ck_assert_msg(ps_is_ok(s), "%s", err.text);
    ck_assert_uint_eq(size, bytes.size - 6);
    struct ps_buffer again = {0};
    ps_part_put(&back, &again);
    ck_assert_uint_eq(again.size, size);
    ck_assert_mem_eq(again.data, bytes.data, size);
    ps_buffer_deinit(&again);
    ps_buffer_deinit(&bytes);
    return back;
}

/* Every way to deal twelve devices to two parts in up to four runs, added in either order, through
 * bytes or not, is the whole. */
START_TEST(cuts)
{
    struct ps_part whole = empty();
    live(&whole, 0, FLEET, 0);
    whole.costs[0] = (struct ps_part_cost){700 + 9, 900};
    for (uint64_t a = 0; a <= 3; a++)
        for (uint64_t b = 3; b <= 9; b++)
            for (int way = 0; way < 4; way++) {
                struct ps_part parts[2] = {empty(), empty()};
                live(&parts[0], 0, a, 0);
                live(&parts[1], a, b, 1);
                live(&parts[0], b, 9, 0);
                live(&parts[1], 9, FLEET, 1);
                struct ps_part back = through_bytes(&parts[1]);
                struct ps_part *second = way & 2 ? &back : &parts[1];
                struct ps_part *into = way & 1 ? second : &parts[0];
                struct ps_error err = {{0}};
                ps_status s = ps_part_add(into, way & 1 ? &parts[0] : second, &err);
                ck_assert_msg(ps_is_ok(s), "%s", err.text);
                struct ps_part_range gap;
                ck_assert(!ps_part_missing(into, &gap));
                ck_assert_uint_eq(ps_part_lived(into), FLEET);
                check_same(into, &whole);
                ps_part_deinit(&parts[0]);
                ps_part_deinit(&parts[1]);
                ps_part_deinit(&back);
            }
    ps_part_deinit(&whole);
}
END_TEST

START_TEST(slices)
{
    for (uint64_t fleet = 0; fleet < 12; fleet++)
        for (uint64_t count = 1; count < 15; count++) {
            uint64_t end = 0, least = UINT64_MAX, most = 0;
            for (uint64_t k = 1; k <= count; k++) {
                struct ps_part_range r = ps_part_slice(fleet, k, count);
                ck_assert_uint_eq(r.first, end);
                ck_assert_uint_ge(r.end, r.first);
                end = r.end;
                least = r.end - r.first < least ? r.end - r.first : least;
                most = r.end - r.first > most ? r.end - r.first : most;
            }
            ck_assert_uint_eq(end, fleet);
            ck_assert_uint_le(most - least, 1);
        }
    struct ps_part_range r = ps_part_slice(UINT64_MAX, 2, 2);
    ck_assert_uint_eq(r.first, UINT64_MAX / 2);
    ck_assert_uint_eq(r.end, UINT64_MAX);
}
END_TEST

/* Ranges come in any order; what is missing is said from the front. */
START_TEST(ranges)
{
    static const struct {
        struct ps_part_range given[3], missing;
        size_t count, left;
        bool whole;
    } rows[] = {
        {{{0, 0}}, {0, 12}, 1, 0, false},
        {{{0, 12}}, {0, 0}, 1, 1, true},
        {{{4, 6}, {8, 9}, {6, 8}}, {0, 4}, 3, 1, false},
        {{{0, 2}, {4, 6}, {9, 12}}, {2, 4}, 3, 3, false},
        {{{9, 12}, {0, 4}, {4, 9}}, {0, 0}, 3, 1, true},
        {{{9, 11}, {4, 9}, {0, 4}}, {11, 12}, 3, 1, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ps_part part = empty();
        for (size_t k = 0; k < rows[i].count; k++)
            ps_part_add_range(&part, rows[i].given[k].first, rows[i].given[k].end);
        struct ps_part_range gap = {0, 0};
        ck_assert_uint_eq(part.range_count, rows[i].left);
        ck_assert_int_eq(ps_part_missing(&part, &gap), !rows[i].whole);
        ck_assert_uint_eq(gap.first, rows[i].missing.first);
        ck_assert_uint_eq(gap.end, rows[i].missing.end);
        ps_part_deinit(&part);
    }
}
END_TEST

/* Of parts of runs that were cut alike it is known in how many; of others it is not. */
START_TEST(shards_of_a_sum)
{
    static const struct {
        uint64_t first, second, sum;
    } rows[] = {{2, 2, 2}, {2, 3, 0}, {0, 3, 0}};
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ps_part first = empty(), second = empty();
        struct ps_error err = {{0}};
        live(&first, 0, 5, 0);
        live(&second, 5, 9, 0);
        first.identity.shards = rows[i].first;
        second.identity.shards = rows[i].second;
        ck_assert(ps_is_ok(ps_part_add(&first, &second, &err)));
        ck_assert_uint_eq(first.identity.shards, rows[i].sum);
        ps_part_deinit(&first);
        ps_part_deinit(&second);
    }
}
END_TEST

static void other_version(struct ps_part *part)
{
    part->identity.version = "0.0.9";
}
static void other_scenario(struct ps_part *part)
{
    part->identity.scenario = "else";
}
static void other_digest(struct ps_part *part)
{
    part->identity.digest = 0xabc;
}
static void other_text(struct ps_part *part)
{
    part->identity.yaml_size--;
}
static void other_seed(struct ps_part *part)
{
    part->identity.seed = 2;
}
static void other_devices(struct ps_part *part)
{
    part->fleet++;
}
static void other_cohorts(struct ps_part *part)
{
    part->cohort_devices[0]++;
}
static void all_strategies(struct ps_part *part)
{
    static const bool all[] = {true, true, true};
    part->identity.strategies = all;
}
static void other_strategies(struct ps_part *part)
{
    static const bool others[] = {true, false, true};
    part->identity.strategies = others;
}
static void other_samples(struct ps_part *part)
{
    part->samples.at[0].s++;
}
static void same_devices(struct ps_part *part)
{
    live(part, 3, 5, 0);
}

/* One thing differs in each; nothing is added. */
START_TEST(foreign)
{
    static const struct {
        void (*change)(struct ps_part *part);
        const char *message;
    } rows[] = {
        {other_version, "version " PS_VERSION " here, 0.0.9 there"},
        {other_scenario, "scenario 'cut' here, 'else' there"},
        {other_digest, "there"},
        {other_text, "the scenario's text here is not that there, though both mean the same"},
        {other_seed, "seed 1 here, 2 there"},
        {other_devices, "devices 12 here, 13 there"},
        {other_cohorts, "other cohorts here than there"},
        {all_strategies, "2 strategies here, 3 there"},
        {other_strategies, "other strategies here than there"},
        {other_samples, "other sample times here than there"},
        {same_devices, "devices 4 to 4 are in both"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ps_part part = empty(), other = empty(), kept = empty();
        live(&part, 4, 6, 0);
        live(&kept, 4, 6, 0);
        rows[i].change(&other);
        struct ps_error err = {{0}};
        ps_status s = ps_part_add(&part, &other, &err);
        ck_assert_msg(s.code == PS_CODE_INVALID && strstr(err.text, rows[i].message), "row %zu: %s",
                      i, err.text);
        check_same(&part, &kept);
        ps_part_deinit(&part);
        ps_part_deinit(&other);
        ps_part_deinit(&kept);
    }
}
END_TEST

/* Cut off anywhere, and with any one bit turned. */
START_TEST(broken_bytes)
{
    struct ps_part part = empty(), back;
    live(&part, 2, 8, 0);
    struct ps_buffer bytes = {0};
    ps_part_put(&part, &bytes);
    struct ps_error err = {{0}};
    size_t size;
    for (size_t i = 0; i < bytes.size; i++) {
        unsigned char *cut = ps_memdup(bytes.data, i + (i == 0)); /* so that reading on is seen */
        ps_status s = ps_part_get((struct ps_bytes){cut, i}, &back, &size, &err);
        ck_assert_int_eq(s.code, PS_CODE_INVALID);
        ck_assert_str_eq(err.text, i < 8 ? "this is not a part of a run" : "the part is cut off");
        free(cut);
    }
    for (size_t i = 0; i < bytes.size * 8; i++) {
        bytes.data[i / 8] ^= (unsigned char)(1 << i % 8);
        ps_status s = ps_part_get((struct ps_bytes){bytes.data, bytes.size}, &back, &size, &err);
        ck_assert_msg(s.code == PS_CODE_INVALID, "bit %zu of byte %zu", i % 8, i / 8);
        bytes.data[i / 8] ^= (unsigned char)(1 << i % 8);
    }
    ps_buffer_deinit(&bytes);
    ps_part_deinit(&part);
}
END_TEST

static void more_devices(struct ps_part *part)
{
    part->lanes[0].devices++;
}
static void more_outcomes(struct ps_part *part)
{
    part->lanes[1].outcomes[0]++;
}
static void more_losses(struct ps_part *part)
{
    part->lanes[2].losses.count++;
}
static void more_recoveries(struct ps_part *part)
{
    part->lanes[2].recoveries.count++;
}
static void more_up(struct ps_part *part)
{
    part->lanes[3].up[1]++;
}
static void unchosen(struct ps_part *part)
{
    part->lanes[4].devices = part->lanes[4].outcomes[0] = 3;
}
static void verdict_twice(struct ps_part *part)
{
    part->verdicts[1] = part->verdicts[0];
}
static void cause_twice(struct ps_part *part)
{
    part->lanes[0].causes[1].verdict = part->lanes[0].causes[0].verdict;
}
static void no_such_verdict(struct ps_part *part)
{
    part->lanes[0].causes[0].verdict = 3;
}
static void another_version(struct ps_part *part)
{
    part->identity.version = "9.9.9";
}
static void huge(struct ps_part *part)
{
    part->shape.until.s = INT64_MAX / 10;
}

/* The checksum fits, but what is said cannot be. */
START_TEST(unsound_bytes)
{
    static void (*const changes[])(struct ps_part *) = {
        more_devices,    more_outcomes, more_losses,     more_recoveries,
        more_up,         unchosen,      verdict_twice,   cause_twice,
        no_such_verdict, huge,          another_version,
    };
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        struct ps_part part = empty(), back;
        live(&part, 2, 8, 0);
        struct ps_tally_shape shape = part.shape;
        changes[i](&part);
        struct ps_buffer bytes = {0};
        ps_part_put(&part, &bytes);
        struct ps_error err = {{0}};
        size_t size;
        ps_status s = ps_part_get((struct ps_bytes){bytes.data, bytes.size}, &back, &size, &err);
        ck_assert_msg(s.code == PS_CODE_INVALID, "change %zu", i);
        ck_assert_str_eq(err.text,
                         changes[i] == another_version
                             ? "the part was made by pinstorm 9.9.9, and this is " PS_VERSION
                             : "the part says what cannot be");
        part.shape = shape;
        ps_buffer_deinit(&bytes);
        ps_part_deinit(&part);
    }
}
END_TEST

static const struct {
    const char *name;
    uint64_t lived;
} seeds[] = {{"whole", 4}, {"some", 1}, {"nobody", 0}};

/* What fuzzing begins with are parts: of another layout they would never get past the reader. */
START_TEST(seeds_are_parts)
{
    unsigned char body[8192];
    char *path = ps_format(PINSTORM_SOURCE "/tests/fuzz/corpus/fuzz_part/%s", seeds[_i].name);
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    uint64_t frame[2] = {fread(body, 1, sizeof body, file), 0};
    frame[1] = ps_bytes_hash(body, frame[0], 0);
    fclose(file);
    free(path);
    struct ps_buffer bytes = {0};
    ps_buffer_append(&bytes, "PSPART1\n", 8);
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < 8; k++)
            ps_buffer_append(&bytes, &(unsigned char){(unsigned char)(frame[i] >> 8 * k)}, 1);
        ps_buffer_append(&bytes, body, i == 0 ? frame[0] : 0);
    }
    struct ps_part part;
    struct ps_error err = {{0}};
    size_t size;
    ps_status s = ps_part_get((struct ps_bytes){bytes.data, bytes.size}, &part, &size, &err);
    ck_assert_msg(ps_is_ok(s), "%s: %s; tests/fuzz/README.md says how it is made again",
                  seeds[_i].name, err.text);
    ck_assert_uint_eq(ps_part_lived(&part), seeds[_i].lived);
    ps_part_deinit(&part);
    ps_buffer_deinit(&bytes);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("part");
    TCase *tests = tcase_create("part");
    tcase_add_unchecked_fixture(tests, start, stop);
    tcase_add_test(tests, cuts);
    tcase_add_test(tests, slices);
    tcase_add_test(tests, ranges);
    tcase_add_test(tests, shards_of_a_sum);
    tcase_add_test(tests, foreign);
    tcase_add_test(tests, broken_bytes);
    tcase_add_test(tests, unsound_bytes);
    tcase_add_loop_test(tests, seeds_are_parts, 0, (int)(sizeof seeds / sizeof *seeds));
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
