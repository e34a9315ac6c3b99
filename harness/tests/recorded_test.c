/* SPDX-License-Identifier: Apache-2.0
 *
 * Records that are found again: of one life in the file of a shard, in files that were put together
 * from several, and in one that somebody still has under another name.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/memory.h"
#include "engine/plan.h"
#include "simulation/join.h"
#include "simulation/outcomes.h"
#include "simulation/recorded.h"

enum { FLEET = 20000, STRATEGIES = 2 };

static char folder[64];
static char *paths[4];
static struct ps_error err;

static void start(void)
{
    strcpy(folder, "/tmp/pinstorm-recorded-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    for (int i = 0; i < 4; i++)
        paths[i] = ps_format("%s/%d.bin", folder, i);
}

static void stop(void)
{
    for (int i = 0; i < 4; i++) {
        unlink(paths[i]);
        free(paths[i]);
    }
    ck_assert_int_eq(rmdir(folder), 0);
}

static const struct ps_record_cohort cohort = {"all", FLEET};
static const char *const names[STRATEGIES] = {"one", "two"};

/* A record of its own for each life: when it was first dark. */
static ps_time dark_of(uint64_t device, size_t strategy)
{
    return (ps_time){(int64_t)(device * STRATEGIES + strategy)};
}

static void write_records(const char *path, uint64_t first, uint64_t end)
{
    const struct ps_record_head head = {.version = "1",
                                        .scenario = "s",
                                        .until = {1000000},
                                        .first = first,
                                        .end = end,
                                        .cohorts = &cohort,
                                        .cohort_count = 1,
                                        .strategies = names,
                                        .strategy_count = STRATEGIES};
    const struct ps_outcomes_options options = {.path = path, .head = &head};
    struct ps_outcomes *outcomes = NULL;
    ck_assert(ps_is_ok(ps_outcomes_open(&options, &outcomes, &err)));
    unsigned char *records = ps_alloc((end - first) * STRATEGIES, PS_RECORD_BYTES);
    for (uint64_t d = first; d < end; d++)
        for (size_t s = 0; s < STRATEGIES; s++) {
            const struct ps_record record = {.first_dark = dark_of(d, s),
                                             .last_dark = dark_of(d, s)};
            ps_record_put(&record, head.from,
                          records + ((d - first) * STRATEGIES + s) * PS_RECORD_BYTES);
        }
    ck_assert(ps_is_ok(ps_outcomes_write(outcomes, first, end - first, records, &err)));
    ps_outcomes_close(outcomes);
    free(records);
}

/* Just those from `first` to before `end` are found, each its own. */
static void check_records(const char *path, uint64_t first, uint64_t end)
{
    const uint64_t asked[] = {0,       first - 1, first,     first + 1, first + 4095, first + 4096,
                              end - 1, end,       FLEET - 1, FLEET};
    struct ps_recorded *recorded = NULL;
    ps_status opened = ps_recorded_open(path, &recorded, &err);
    ck_assert_msg(ps_is_ok(opened), "%s", err.text);
    ck_assert_uint_eq(ps_recorded_head(recorded)->first, first);
    ck_assert_uint_eq(ps_recorded_head(recorded)->end, end);
    for (size_t i = 0; i < sizeof asked / sizeof *asked; i++)
        for (size_t s = 0; s <= STRATEGIES; s++) {
            const char *name = s < STRATEGIES ? names[s] : "three";
            bool wanted = s < STRATEGIES && first <= asked[i] && asked[i] < end, found;
            unsigned char bytes[PS_RECORD_BYTES];
            struct ps_record record;
            ck_assert(ps_is_ok(ps_recorded_find(recorded, asked[i], name, bytes, &found, &err)));
            ck_assert_msg(found == wanted, "device %d, %s", (int)asked[i], name);
            if (!found)
                continue;
            ck_assert(ps_record_get(bytes, (ps_time){0}, &record));
            ck_assert_int_eq(record.first_dark.s, dark_of(asked[i], s).s);
        }
    ps_recorded_close(recorded);
}

START_TEST(of_a_shard)
{
    write_records(paths[0], 6000, 13000);
    check_records(paths[0], 6000, 13000);
}
END_TEST

/* In whatever order the files are given, and longer than what is copied at once. */
START_TEST(joined)
{
    static const size_t orders[][3] = {{0, 1, 2}, {2, 0, 1}, {1, 2, 0}};
    static const uint64_t cuts[] = {100, 6000, 13000, 19999};
    for (size_t i = 0; i < 3; i++)
        write_records(paths[i], cuts[i], cuts[i + 1]);
    for (size_t i = 0; i < 3; i++) {
        const char *sources[3];
        for (size_t k = 0; k < 3; k++)
            sources[k] = paths[orders[i][k]];
        ps_status s = ps_outcomes_join(paths[3], sources, 3, &err);
        ck_assert_msg(ps_is_ok(s), "%s", err.text);
        check_records(paths[3], 100, 19999);
    }
}
END_TEST

/* What has the file under another name keeps what was in it. */
START_TEST(begun_anew)
{
    write_records(paths[0], 0, 9000);
    ck_assert_int_eq(link(paths[0], paths[1]), 0);
    write_records(paths[0], 0, 7000);
    check_records(paths[0], 0, 7000);
    check_records(paths[1], 0, 9000);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("recorded");
    TCase *tests = tcase_create("recorded");
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, of_a_shard);
    tcase_add_test(tests, joined);
    tcase_add_test(tests, begun_anew);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
