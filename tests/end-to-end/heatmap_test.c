/* SPDX-License-Identifier: Apache-2.0
 *
 * `matrix --html`: the page says what the table says, is small enough to be mailed, and is there
 * whole or not at all.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include "program.h"

static void start(void)
{
    scratch_make();
}

static void stop(void)
{
    scratch_remove();
}

/* Every cell of the table, by its letter and by what its tooltip begins with. */
START_TEST(says_what_the_table_says)
{
    struct program p =
        RUN("matrix", "--strategy", "webpki", "--strategy", "bypass", "--tsv", "--html", "m.html");
    ck_assert_msg(p.code == 0, "exit %d\n%s", p.code, p.err);
    ck_assert_str_eq(p.err, "m.html\n");
    char *page = file_read(scratch_path("m.html")), *heads = strstr(p.out, "policy\t");
    ck_assert_ptr_nonnull(page);
    size_t cells = 0;
    char *row = strchr(heads, '\n');
    for (; row && row[1]; row = strchr(row + 1, '\n')) {
        int length = (int)strcspn(row + 1, "\t");
        const char *cell = row + 1 + length;
        for (const char *head = strchr(heads, '\t'); *head == '\t'; head += 4, cell += 2, cells++) {
            char wanted[96];
            snprintf(wanted, sizeof wanted, "title=\"%.*s, %.3s: ", length, row + 1, head + 1);
            const char *title = strstr(page, wanted), *end = title ? strchr(title, '>') : NULL;
            ck_assert_msg(title != NULL, "no cell %s", wanted);
            ck_assert_msg(end[1] == cell[1] && end[2] == '<', "%s %c is %c", wanted, cell[1],
                          end[1]);
            bool accepted = strchr("+X", cell[1]) != NULL;
            ck_assert_msg((strncmp(title + strlen(wanted), "accepted\"", 9) == 0) == accepted,
                          "%.80s", title);
        }
    }
    ck_assert_uint_ge(cells, (size_t)2 * 44);
    ck_assert_ptr_nonnull(strstr(page, "unranked: X01"));
    free(page);
    program_deinit(&p);
}
END_TEST

START_TEST(all_presets_in_less_than_a_megabyte)
{
    struct program p = RUN("matrix", "--all-presets", "--html", "m.html");
    ck_assert_msg(p.code == 0, "exit %d\n%s", p.code, p.err);
    ck_assert_str_eq(p.out, "m.html\n");
    char *page = file_read(scratch_path("m.html"));
    ck_assert_uint_lt(strlen(page), 1000000);
    ck_assert_ptr_nonnull(strstr(page, "azure_<wbr/>recommended"));
    ck_assert_ptr_nonnull(strstr(page, "<pre>pinstorm matrix --all-presets --html m.html</pre>"));
    ck_assert_uint_eq(folder_count(scratch_path(".")), 1); /* no temporary name is left */
    free(page);
    program_deinit(&p);
}
END_TEST

static const struct refusal {
    const char *file, *says;
} refusals[] = {
    {"no/such/m.html", "cannot write 'no/such/m.html': No such file or directory"},
    {"", "cannot write '': Is a directory"},
    {"taken", "cannot write 'taken': Is a directory"},
};

START_TEST(refused)
{
    scratch_write("kept", "mine");
    ck_assert_int_eq(mkdir(scratch_path("taken"), 0777), 0);
    struct program p = RUN("matrix", "--strategy", "webpki", "--html", refusals[_i].file);
    ck_assert_int_eq(p.code, 3);
    ck_assert_msg(strstr(p.err, refusals[_i].says) != NULL, "%s", p.err);
    ck_assert_str_eq(p.out, "");
    ck_assert_uint_eq(folder_count(scratch_path(".")), 2);
    program_deinit(&p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("heatmap");
    TCase *tests = tcase_create("end to end");
    tcase_set_timeout(tests, 240);
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, says_what_the_table_says);
    tcase_add_test(tests, all_presets_in_less_than_a_megabyte);
    tcase_add_loop_test(tests, refused, 0, sizeof refusals / sizeof *refusals);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
