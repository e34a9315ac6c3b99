/* SPDX-License-Identifier: Apache-2.0
 *
 * The file of outcome records against the result of the same run: every record is read and counted,
 * and the counts are those of the lanes. And what can be wrong with such a file.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "engine/plan.h"
#include "simulation/outcomes.h"
#include "small.h"
#include "harness/simulation.h"

static char path[] = "/tmp/pinstorm-outcomes-XXXXXX";
static struct ps_error err;

static void start(void)
{
    strcpy(path, "/tmp/pinstorm-outcomes-XXXXXX");
    int file = mkstemp(path);
    ck_assert_int_ge(file, 0);
    close(file);
}

static void stop(void)
{
    unlink(path);
}

static struct ps_buffer read_file(void)
{
    struct ps_buffer bytes = {0};
    FILE *file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    unsigned char chunk[4096];
    for (size_t n; (n = fread(chunk, 1, sizeof chunk, file)) > 0;)
        ps_buffer_append(&bytes, chunk, n);
    fclose(file);
    return bytes;
}

/* What the records of one lane say. */
struct counted {
    uint64_t outcomes[PS_OUTCOME_COUNT], lost;
    ps_time first_loss, last_loss;
    uint64_t *origins;
    uint64_t *causes, *still_dark; /* by the lane's causes */
    ps_time *first, *last;
};

static void count_record(const struct ps_result_lane *lane, const struct ps_record *r,
                         struct counted *c)
{
    c->outcomes[r->outcome]++;
    bool was_dark = r->first_dark.s != PS_TIME_NEVER.s;
    if (was_dark) {
        c->origins[r->origin]++;
        if (c->lost++ == 0 || r->first_dark.s < c->first_loss.s)
            c->first_loss = r->first_dark;
        if (c->lost == 1 || r->first_dark.s > c->last_loss.s)
            c->last_loss = r->first_dark;
    }
    size_t found = 0;
    for (size_t i = 0; i < lane->cause_count && r->cause != 0; i++) {
        if (lane->causes[i].hash != r->cause)
            continue;
        found++;
        ck_assert_int_eq(lane->causes[i].verdict.stage, r->stage);
        c->causes[i]++;
        c->still_dark[i] += r->outcome == PS_OUTCOME_BRICKED || r->outcome == PS_OUTCOME_LOCKED_OUT;
        if (c->causes[i] == 1 || r->last_dark.s < c->first[i].s)
            c->first[i] = r->last_dark;
        if (c->causes[i] == 1 || r->last_dark.s > c->last[i].s)
            c->last[i] = r->last_dark;
    }
    ck_assert_uint_eq(found, r->cause != 0);
    ck_assert_int_eq(r->stage != PS_STAGE_ACCEPTED, r->cause != 0);
}

static void check_lane(const struct ps_result_scenario *result, const struct ps_result_lane *lane,
                       const struct counted *c)
{
    for (int i = 0; i < PS_OUTCOME_COUNT; i++)
        ck_assert_uint_eq(c->outcomes[i], lane->outcomes[i]);
    ck_assert_uint_eq(c->lost, lane->lost_devices);
    if (c->lost > 0) {
        ck_assert_int_eq(c->first_loss.s, lane->first_loss.s);
        ck_assert_int_eq(c->last_loss.s, lane->last_loss.s);
    }
    for (size_t i = 0; i < result->origin_count; i++)
        ck_assert_uint_eq(c->origins[i], lane->origins[i].devices);
    for (size_t i = 0; i < lane->cause_count; i++) {
        ck_assert_uint_eq(c->causes[i], lane->causes[i].devices);
        ck_assert_uint_eq(c->still_dark[i], lane->causes[i].still_dark);
        ck_assert_int_eq(c->first[i].s, lane->causes[i].first.s);
        ck_assert_int_eq(c->last[i].s, lane->causes[i].last.s);
    }
}

/* Devices of a cohort stand together; the file's strategies are the result's. */
static void compare(const struct ps_result_scenario *result, const struct ps_record_head *head,
                    const unsigned char *records)
{
    uint64_t before = 0;
    for (size_t c = 0; c < head->cohort_count; c++) {
        for (size_t s = 0; s < head->strategy_count; s++) {
            const struct ps_result_lane *lane = &result->lanes[s * head->cohort_count + c];
            struct counted counted = {.origins = ps_alloc(result->origin_count, sizeof(uint64_t)),
                                      .causes = ps_alloc(lane->cause_count + 1, sizeof(uint64_t)),
                                      .still_dark =
                                          ps_alloc(lane->cause_count + 1, sizeof(uint64_t)),
                                      .first = ps_alloc(lane->cause_count + 1, sizeof(ps_time)),
                                      .last = ps_alloc(lane->cause_count + 1, sizeof(ps_time))};
            for (uint64_t d = 0; d < head->cohorts[c].devices; d++) {
                struct ps_record record;
                uint64_t place = (before + d) * head->strategy_count + s;
                ck_assert(ps_record_get(records + place * PS_RECORD_BYTES, head->from, &record));
                count_record(lane, &record, &counted);
            }
            check_lane(result, lane, &counted);
            free(counted.origins);
            free(counted.causes);
            free(counted.still_dark);
            free(counted.first);
            free(counted.last);
        }
        before += head->cohorts[c].devices;
    }
}

START_TEST(records_are_the_result)
{
    struct ps_plan *plan = plan_of(small_scenario);
    struct ps_keypool *pool = NULL;
    struct ps_simulation *simulation = NULL;
    ck_assert(ps_is_ok(ps_keypool_new(2, &pool, &err)));
    const struct ps_simulation_options options = {.plan = plan,
                                                  .pool = pool,
                                                  .seed = 1,
                                                  .link = PS_LINK_MEMORY,
                                                  .jobs = 2,
                                                  .repeat = "",
                                                  .outcomes = path};
    ps_status s = ps_simulation_run(&options, NULL, &simulation, &err);
    ck_assert_msg(ps_is_ok(s), "%s", err.text);
    const struct ps_result_scenario *result = ps_simulation_result(simulation);
    struct ps_buffer file = read_file();
    struct ps_arena *arena = ps_arena_new();
    struct ps_record_head head;
    size_t size;
    s = ps_record_head_get((struct ps_bytes){file.data, file.size}, arena, &head, &size, &err);
    ck_assert_msg(ps_is_ok(s), "%s", err.text);
    ck_assert_uint_eq(file.size, size + 36 * plan->strategy_count * PS_RECORD_BYTES);
    ck_assert_uint_eq(head.end - head.first, 36);
    ck_assert(head.digest == plan->digest && head.seed == 1);
    ck_assert_uint_eq(head.strategy_count, result->strategy_count);
    for (size_t i = 0; i < head.strategy_count; i++)
        ck_assert_str_eq(head.strategies[i], result->strategies[i].name);
    ck_assert_uint_eq(head.cohort_count, result->cohort_count);
    compare(result, &head, file.data + size);
    ps_arena_free(arena);
    ps_buffer_deinit(&file);
    ps_simulation_free(simulation);
    ps_keypool_free(pool);
    ps_plan_free(plan);
}
END_TEST

static const struct ps_record_cohort cohort = {"all", 1000};
static const char *const names[] = {"one", "two"};
static struct ps_record_head head_of(uint64_t first, uint64_t end)
{
    return (struct ps_record_head){.version = "1",
                                   .scenario = "s",
                                   .until = {1000000},
                                   .first = first,
                                   .end = end,
                                   .cohorts = &cohort,
                                   .cohort_count = 1,
                                   .strategies = names,
                                   .strategy_count = 2};
}

static struct ps_outcomes *open_with(const struct ps_record_head *head, bool resume)
{
    const struct ps_outcomes_options options = {path, head, resume};
    struct ps_outcomes *outcomes = NULL;
    ps_status s = ps_outcomes_open(&options, &outcomes, &err);
    ck_assert_msg(ps_is_ok(s), "%s", err.text);
    return outcomes;
}

static void fill(unsigned char *records, size_t count, int byte)
{
    memset(records, byte, count * 2 * PS_RECORD_BYTES);
}

/* Ranges in any order, some of them all zeros, stand where they belong; the same after a second
 * opening that goes on, but not after one that begins anew, or of another run. */
START_TEST(places)
{
    static unsigned char records[1000 * 2 * PS_RECORD_BYTES], back[sizeof records];
    static const unsigned char zeros[300 * 2 * PS_RECORD_BYTES];
    struct ps_record_head head = head_of(0, 1000), other = head_of(0, 999);
    fill(records, 400, 1);
    fill(records + 700 * 32, 300, 3);
    struct ps_outcomes *outcomes = open_with(&head, false);
    ck_assert(ps_is_ok(ps_outcomes_write(outcomes, 700, 300, records + 700 * 32, &err)));
    ck_assert(ps_is_ok(ps_outcomes_write(outcomes, 400, 300, zeros, &err)));
    ps_outcomes_close(outcomes);
    outcomes = open_with(&head, true);
    ck_assert(ps_is_ok(ps_outcomes_write(outcomes, 0, 450, records, &err)));
    ck_assert(ps_is_ok(ps_outcomes_sync(outcomes, &err)));
    ps_outcomes_close(outcomes);
    struct ps_buffer file = read_file();
    memcpy(back, file.data + file.size - sizeof back, sizeof back);
    ck_assert_mem_eq(back, records, sizeof back);
    ps_buffer_deinit(&file);
    ps_outcomes_close(open_with(&other, true));
    file = read_file();
    ck_assert(file.data[file.size - 1] == 0); /* nothing of the other run is left */
    ps_buffer_deinit(&file);
    outcomes = open_with(&head, false);
    ck_assert(ps_is_ok(ps_outcomes_write(outcomes, 0, 300, zeros, &err)));
    ps_outcomes_close(outcomes);
    file = read_file();
    for (size_t i = 0; i < sizeof back; i++)
        ck_assert(file.data[file.size - 1 - i] == 0);
    ps_buffer_deinit(&file);
}
END_TEST

/* Zeros that are written over what a killed run left there. */
START_TEST(zeros_over_what_was_there)
{
    static unsigned char records[1000 * 2 * PS_RECORD_BYTES];
    struct ps_record_head head = head_of(0, 1000);
    struct ps_outcomes *outcomes = open_with(&head, false);
    fill(records, 1000, 2);
    ck_assert(ps_is_ok(ps_outcomes_write(outcomes, 0, 1000, records, &err)));
    ps_outcomes_close(outcomes);
    outcomes = open_with(&head, true);
    fill(records, 1000, 0);
    ck_assert(ps_is_ok(ps_outcomes_write(outcomes, 0, 1000, records, &err)));
    ps_outcomes_close(outcomes);
    struct ps_buffer file = read_file();
    for (size_t i = 0; i < sizeof records; i++)
        ck_assert(file.data[file.size - 1 - i] == 0);
    ps_buffer_deinit(&file);
}
END_TEST

START_TEST(a_shard)
{
    static unsigned char records[100 * 2 * PS_RECORD_BYTES];
    struct ps_record_head head = head_of(500, 600);
    struct ps_outcomes *outcomes = open_with(&head, false);
    fill(records, 100, 5);
    ck_assert(ps_is_ok(ps_outcomes_write(outcomes, 500, 100, records, &err)));
    ps_outcomes_close(outcomes);
    struct ps_buffer file = read_file();
    ck_assert_mem_eq(file.data + file.size - sizeof records, records, sizeof records);
    ck_assert_uint_lt(file.size, sizeof records + 200);
    ps_buffer_deinit(&file);
}
END_TEST

START_TEST(refusals)
{
    struct ps_record_head head = head_of(0, 1000);
    struct ps_outcomes *outcomes = NULL;
    struct ps_outcomes_options options = {"/nowhere/outcomes.bin", &head, false};
    ck_assert_int_eq(ps_outcomes_open(&options, &outcomes, &err).code, PS_CODE_FAILED);
    ck_assert_str_eq(err.text, "cannot create the outcome records '/nowhere/outcomes.bin': No "
                               "such file or directory");
    head.until.s = PS_RECORD_SPAN_S + 1;
    options.path = path;
    ck_assert_int_eq(ps_outcomes_open(&options, &outcomes, &err).code, PS_CODE_INVALID);
    ck_assert_str_eq(err.text, "outcome records have room for 136 years from 'from' to 'until'; "
                               "--no-outcomes runs without them");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("outcomes");
    TCase *tests = tcase_create("outcomes");
    tcase_add_checked_fixture(tests, start, stop);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, records_are_the_result);
    tcase_add_test(tests, places);
    tcase_add_test(tests, zeros_over_what_was_there);
    tcase_add_test(tests, a_shard);
    tcase_add_test(tests, refusals);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
