/* SPDX-License-Identifier: Apache-2.0
 *
 * Outcome records and the head of their file, byte by byte: what is written is compared with bytes
 * that stand here, what is read with what was written, and nothing that is cut is taken for whole.
 */
#include "engine/record.h"
#include "plan.h"

#define FROM ((ps_time){1609459200}) /* 2021-01-01 */

static const struct {
    const char *name;
    struct ps_record record;
    unsigned char bytes[PS_RECORD_BYTES];
} rows[] = {
    {"never dark", {PS_OUTCOME_SURVIVED, PS_STAGE_ACCEPTED, 0, 0, {INT64_MAX}, {INT64_MAX}}, {0}},
    {"never booted",
     {PS_OUTCOME_NEVER_BOOTED, PS_STAGE_ACCEPTED, 0, 0, {INT64_MAX}, {INT64_MAX}},
     {6}},
    {"dark at the first second",
     {PS_OUTCOME_BRICKED, PS_STAGE_DATES, 7, 0x01020304, {1609459200}, {1609459200}},
     {3, 4, 7, 0, 4, 3, 2, 1, 1, 0, 0, 0, 1, 0, 0, 0}},
    {"dark twice",
     {PS_OUTCOME_RECOVERED, PS_STAGE_PINS, 0x1234, 0xfffefdfc, {1609459455}, {1609524736}},
     {1, 7, 0x34, 0x12, 0xfc, 0xfd, 0xfe, 0xff, 0, 1, 0, 0, 1, 0, 1, 0}},
    {"at the end of what has room",
     {PS_OUTCOME_LOCKED_OUT, PS_STAGE_UNREACHABLE, 1, 1, {1609459200}, {1609459200 + 4294967294}},
     {2, 1, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff}},
};

START_TEST(records)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        unsigned char bytes[PS_RECORD_BYTES];
        memset(bytes, 0xaa, sizeof bytes);
        ps_record_put(&rows[i].record, FROM, bytes);
        ck_assert_msg(memcmp(bytes, rows[i].bytes, sizeof bytes) == 0, "%s: written otherwise",
                      rows[i].name);
        struct ps_record back;
        ck_assert_msg(ps_record_get(bytes, FROM, &back), "%s: not read", rows[i].name);
        const struct ps_record *r = &rows[i].record;
        ck_assert_msg(back.outcome == r->outcome && back.stage == r->stage &&
                          back.origin == r->origin && back.cause == r->cause &&
                          back.first_dark.s == r->first_dark.s &&
                          back.last_dark.s == r->last_dark.s,
                      "%s: read otherwise", rows[i].name);
    }
}
END_TEST

START_TEST(no_records)
{
    static const struct {
        const char *name;
        unsigned char bytes[PS_RECORD_BYTES];
    } bad[] = {
        {"an outcome that there is not", {PS_OUTCOME_COUNT}},
        {"a stage that there is not", {0, PS_STAGE_COUNT}},
        {"a first spell without a last", {1, 4, 0, 0, 1, 0, 0, 0, 1}},
        {"a last spell without a first", {1, 4, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1}},
        {"a last spell before the first", {1, 4, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 1}},
    };
    struct ps_record record;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert_msg(!ps_record_get(bad[i].bytes, FROM, &record), "%s", bad[i].name);
}
END_TEST

/* Each field counts, and nothing that stands behind a text's end. */
START_TEST(hashes)
{
    static const struct ps_verdict verdicts[] = {
        {PS_STAGE_DATES, 10, 1, "has expired", "leaf < root"},
        {PS_STAGE_PATH, 10, 1, "has expired", "leaf < root"},
        {PS_STAGE_DATES, 9, 1, "has expired", "leaf < root"},
        {PS_STAGE_DATES, 10, -1, "has expired", "leaf < root"},
        {PS_STAGE_DATES, 10, 1, "has expires", "leaf < root"},
        {PS_STAGE_DATES, 10, 1, "has expired", "leaf < toor"},
        {PS_STAGE_DATES, 10, 1, "has expiredl", "eaf < root"},
    };
    enum { COUNT = sizeof verdicts / sizeof *verdicts };
    for (size_t i = 0; i < COUNT; i++) {
        uint32_t hash = ps_verdict_hash(&verdicts[i]);
        ck_assert_uint_ne(hash, 0);
        for (size_t k = 0; k < i; k++)
            ck_assert_msg(hash != ps_verdict_hash(&verdicts[k]), "%zu and %zu", k, i);
        struct ps_verdict noisy = verdicts[i];
        memset(noisy.path + 20, 'x', 20);
        ck_assert_uint_eq(ps_verdict_hash(&noisy), hash);
    }
    /* Stable for ever: files of other versions are compared by it. */
    ck_assert_uint_eq(ps_verdict_hash(&verdicts[0]), 0xc083793au);
}
END_TEST

static const struct ps_record_cohort cohorts[] = {{"gateways", 4000}, {"meters", 1000}};
static const char *const strategies[] = {"both-roots", "one", "pinned-leaf"};
static const struct ps_record_head head = {.version = "0.3.0",
                                           .scenario = "le-dst-x3-2021",
                                           .digest = 0x1122334455667788,
                                           .seed = UINT64_MAX,
                                           .from = FROM,
                                           .until = {1640995200},
                                           .first = 100,
                                           .end = 4900,
                                           .cohorts = cohorts,
                                           .cohort_count = 2,
                                           .strategies = strategies,
                                           .strategy_count = 3};

START_TEST(heads)
{
    struct ps_buffer file = {0};
    ps_record_head_put(&head, &file);
    ck_assert_uint_eq(file.size % PS_RECORD_BYTES, 0);
    size_t size = file.size, ret_size;
    unsigned char record[PS_RECORD_BYTES] = {0};
    ps_buffer_append(&file, record, sizeof record);
    struct ps_arena *arena = ps_arena_new();
    struct ps_record_head back;
    struct ps_error err = {{0}};
    ps_status s =
        ps_record_head_get((struct ps_bytes){file.data, file.size}, arena, &back, &ret_size, &err);
    ck_assert_msg(ps_is_ok(s), "%s", err.text);
    ck_assert_uint_eq(ret_size, size);
    ck_assert_str_eq(back.version, head.version);
    ck_assert_str_eq(back.scenario, head.scenario);
    ck_assert(back.digest == head.digest && back.seed == head.seed);
    ck_assert(back.from.s == head.from.s && back.until.s == head.until.s);
    ck_assert(back.first == head.first && back.end == head.end);
    ck_assert_uint_eq(back.cohort_count, 2);
    ck_assert_str_eq(back.cohorts[1].name, "meters");
    ck_assert_uint_eq(back.cohorts[0].devices, 4000);
    ck_assert_uint_eq(back.strategy_count, 3);
    ck_assert_str_eq(back.strategies[2], "pinned-leaf");
    ps_arena_free(arena);
    ps_buffer_deinit(&file);
}
END_TEST

static bool reads(const struct ps_buffer *file, size_t size, struct ps_error *err)
{
    struct ps_arena *arena = ps_arena_new();
    struct ps_record_head back;
    size_t ret_size;
    ps_status s =
        ps_record_head_get((struct ps_bytes){file->data, size}, arena, &back, &ret_size, err);
    ps_arena_free(arena);
    return ps_is_ok(s);
}

/* A file that ends anywhere within its head, and one in which a byte says something else. */
START_TEST(heads_that_are_none)
{
    static const struct {
        const char *name;
        size_t at;
        unsigned char byte;
        const char *expect;
    } bad[] = {
        {"another file", 0, 'q', "this is no file of outcome records"},
        {"another format", 8, 2,
         "outcome records of format 2 with 16 bytes each; this program reads format 1 with 16"},
        {"longer records", 10, 24,
         "outcome records of format 1 with 24 bytes each; this program reads format 1 with 16"},
        {"a head longer than the file", 14, 1, "the head of the outcome records is cut off"},
        {"a head shorter than its names", 12, 80,
         "the head of the outcome records contradicts itself"},
        {"more devices than its cohorts", 48, 1,
         "the head of the outcome records contradicts itself"},
        {"a first device after the end", 59, 1,
         "the head of the outcome records contradicts itself"},
        {"an end behind all devices", 66, 1, "the head of the outcome records contradicts itself"},
        {"no end of cohorts", 75, 0xff, "the head of the outcome records contradicts itself"},
        {"no end of strategies", 79, 0xff, "the head of the outcome records contradicts itself"},
        {"a name without end", 81, 0xff, "the head of the outcome records contradicts itself"},
    };
    struct ps_buffer file = {0};
    struct ps_error err = {{0}};
    ps_record_head_put(&head, &file);
    ck_assert(reads(&file, file.size, &err));
    for (size_t size = 0; size < file.size; size++)
        ck_assert_msg(!reads(&file, size, &err), "%zu bytes of it are read", size);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        unsigned char was = file.data[bad[i].at];
        file.data[bad[i].at] = bad[i].byte;
        ck_assert_msg(!reads(&file, file.size, &err), "%s: is read", bad[i].name);
        ck_assert_msg(strcmp(err.text, bad[i].expect) == 0, "%s: %s", bad[i].name, err.text);
        file.data[bad[i].at] = was;
    }
    ps_buffer_deinit(&file);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("record");
    TCase *tests = tcase_create("records");
    tcase_add_test(tests, records);
    tcase_add_test(tests, no_records);
    tcase_add_test(tests, hashes);
    tcase_add_test(tests, heads);
    tcase_add_test(tests, heads_that_are_none);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
