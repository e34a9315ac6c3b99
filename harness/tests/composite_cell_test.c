/* SPDX-License-Identifier: Apache-2.0
 *
 * Letters of cells with a wrong clock, by what kind of clock a strategy has: real contacts on the
 * fixture, also with the clock at its floor. E19 shows 1970 on a day on which the first leaf is in
 * use, E20 a day before the leaf in use was issued, E21 a day long after everything ended.
 */
#include "harness/composite.h"

#include <check.h>
#include <string.h>
#include "base/text.h"

enum { DAY_S = 86400 };

static const struct row {
    const char *time;    /* of the strategy, beside dates that are checked */
    const char *letters; /* E19, E20, E21 */
    bool stands;         /* E19 was met with the clock at a floor, too */
} rows[] = {
    {"clock: rtc", "ccc", false},
    {"clock: epoch_boot", "ccc", false},
    {"clock: build_floor", "Scc", true},
    {"clock: last_known", "Scc", true}, /* the factory stored its day */
    {"clock: ntp", "SSc", false},
    {"clock: peer_date", "SSc", false},
    {"clock: nts", "SSS", false},
    {"clock: roughtime", "SSS", false},
    {"clock: epoch_boot, floor: 2020-06-20", "Scc", true},
    {"clock: epoch_boot, floor: 2019-01-01", "ccc", true}, /* before the leaf was issued */
    {"clock: rtc, floor: 2021-03-20", "SSc", true},
    {"clock: build_floor, floor: 2045-01-01", "ccc", true}, /* nothing holds then */
};
enum { ROW_COUNT = sizeof rows / sizeof *rows };

/* What was found, before any test forks: neither threads nor OpenSSL's state survive that. */
static char letters[ROW_COUNT][3];
static bool stands[ROW_COUNT];
static size_t floors, cells;
static uint64_t handshakes;

static struct ps_plan *read_plan(void)
{
    struct ps_text yaml = {0}, diagnostics = {0};
    struct ps_error err = {{0}};
    struct ps_plan *plan;
    const char *fixture;
    size_t size;
    ps_plan_fixture(&fixture, &size);
    ps_text_add(&yaml, "%.*sstrategies:\n", (int)size, fixture);
    for (size_t i = 0; i < ROW_COUNT; i++)
        ps_text_add(&yaml, "  - {name: row-%zu, preset: webpki_static, time: {%s}}\n", i,
                    rows[i].time);
    ps_status s = ps_plan_read_text("fixture.yaml", ps_text_chars(&yaml), yaml.length, &diagnostics,
                                    &plan, &err);
    ck_assert_msg(ps_is_ok(s), "%s", ps_text_chars(&diagnostics));
    ps_text_deinit(&yaml);
    ps_text_deinit(&diagnostics);
    return plan;
}

static size_t column_of(const char *name)
{
    const struct ps_matrix_column *columns;
    size_t count = ps_matrix_columns(&columns), i = 0;
    while (i < count && strcmp(columns[i].name, name) != 0)
        i++;
    ck_assert_uint_lt(i, count);
    return i;
}

static void look_at_row(const struct ps_matrix *matrix, size_t row)
{
    static const char *const names[] = {"E19", "E20", "E21"};
    const struct ps_composite_options options = {.notice = {90 * DAY_S}};
    for (size_t i = 0; i < 3; i++)
        letters[row][i] = ps_composite_letter(
            ps_composite_of_cell(matrix, row, SIZE_MAX, column_of(names[i]), &options));
    stands[row] = ps_matrix_at_floor(matrix, row, column_of("E19")) != NULL;
}

/* Where the clock is right, or an attacker is met, there is no second contact. */
static void look_at_floors(const struct ps_matrix *matrix, size_t row)
{
    const struct ps_matrix_column *columns;
    size_t count = ps_matrix_columns(&columns);
    for (size_t c = 0; c < count; c++) {
        bool is_there = ps_matrix_at_floor(matrix, row, c) != NULL;
        ck_assert_msg(!is_there || (columns[c].at && !columns[c].attack), "%s", columns[c].name);
        floors += is_there;
    }
    cells += count;
}

static void start(void)
{
    struct ps_plan *plan = read_plan();
    struct ps_keypool *pool;
    struct ps_matrix *matrix;
    struct ps_error err = {{0}};
    ps_status s = ps_keypool_new(1, &pool, &err);
    ck_assert_msg(ps_is_ok(s), "%s", err.text);
    const struct ps_matrix_options options = {
        .plan = plan, .pool = pool, .jobs = 1, .link = PS_LINK_MEMORY, .floors = true};
    s = ps_matrix_run(&options, &matrix, &err);
    ck_assert_msg(ps_is_ok(s), "%s", err.text);
    for (size_t r = 0; r < ROW_COUNT; r++) {
        look_at_row(matrix, r);
        look_at_floors(matrix, r);
    }
    handshakes = ps_matrix_handshakes(matrix);
    ps_matrix_free(matrix);
    ps_keypool_free(pool);
    ps_plan_free(plan);
}

START_TEST(wrong_clocks)
{
    const struct row *row = &rows[_i];
    for (size_t i = 0; i < 3; i++)
        ck_assert_msg(letters[_i][i] == row->letters[i], "%s, E%zu is %c, not %c", row->time,
                      19 + i, letters[_i][i], row->letters[i]);
    ck_assert_msg(stands[_i] == row->stands, "%s", row->time);
}
END_TEST

START_TEST(floors_are_counted)
{
    ck_assert_uint_gt(floors, 0);
    ck_assert_uint_eq(handshakes, cells + floors);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("composite cell");
    TCase *tests = tcase_create("composite cell");
    tcase_set_timeout(tests, 240);
    tcase_add_unchecked_fixture(tests, start, NULL);
    tcase_add_loop_test(tests, wrong_clocks, 0, ROW_COUNT);
    tcase_add_test(tests, floors_are_counted);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
