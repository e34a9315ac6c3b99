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

static struct ps_plan *plan;
static struct ps_keypool *pool;
static struct ps_matrix *matrix;

static void start(void)
{
    struct ps_text yaml = {0}, diagnostics = {0};
    struct ps_error err = {{0}};
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
    s = ps_keypool_new(1, &pool, &err);
    ck_assert_msg(ps_is_ok(s), "%s", err.text);
    const struct ps_matrix_options options = {
        .plan = plan, .pool = pool, .jobs = 1, .link = PS_LINK_MEMORY, .floors = true};
    s = ps_matrix_run(&options, &matrix, &err);
    ck_assert_msg(ps_is_ok(s), "%s", err.text);
}

static void stop(void)
{
    ps_matrix_free(matrix);
    ps_keypool_free(pool);
    ps_plan_free(plan);
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

START_TEST(wrong_clocks)
{
    static const char *const names[] = {"E19", "E20", "E21"};
    const struct ps_composite_options options = {.notice = {90 * DAY_S}};
    const struct row *row = &rows[_i];
    for (size_t i = 0; i < 3; i++) {
        char letter = ps_composite_letter(
            ps_composite_of_cell(matrix, (size_t)_i, SIZE_MAX, column_of(names[i]), &options));
        ck_assert_msg(letter == row->letters[i], "%s, %s is %c, not %c", row->time, names[i],
                      letter, row->letters[i]);
    }
    const struct ps_verdict *at_floor = ps_matrix_at_floor(matrix, (size_t)_i, column_of("E19"));
    ck_assert_msg((at_floor != NULL) == row->stands, "%s", row->time);
}
END_TEST

/* Where the clock is right, or none is asked for, there is no second contact. */
START_TEST(no_floor_elsewhere)
{
    const struct ps_matrix_column *columns;
    size_t count = ps_matrix_columns(&columns), floors = 0;
    for (size_t r = 0; r < ROW_COUNT; r++)
        for (size_t c = 0; c < count; c++) {
            bool is_there = ps_matrix_at_floor(matrix, r, c) != NULL;
            ck_assert_msg(!is_there || (columns[c].at && !columns[c].attack), "%s",
                          columns[c].name);
            floors += is_there;
        }
    ck_assert_uint_gt(floors, 0);
    ck_assert_uint_eq(ps_matrix_handshakes(matrix), ROW_COUNT * count + floors);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("composite cell");
    TCase *tests = tcase_create("composite cell");
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, start, stop);
    tcase_add_loop_test(tests, wrong_clocks, 0, ROW_COUNT);
    tcase_add_test(tests, no_floor_elsewhere);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
