/* SPDX-License-Identifier: Apache-2.0
 *
 * What the line of progress says at some moments of a run.
 */
#include "cli/progress.h"
#include "engine/plan.h"

/* Asked by progress.c; the tests have neither signals nor a terminal. */
bool ps_cli_interrupted(void);
bool ps_cli_interrupted(void)
{
    return false;
}

unsigned ps_cli_columns_of(int descriptor);
unsigned ps_cli_columns_of(int descriptor)
{
    (void)descriptor;
    return 80;
}

static const struct {
    const char *name;
    struct ps_simulation_progress state;
    uint64_t elapsed_ms;
    const char *expect;
} rows[] = {
    {"the first contacts",
     {0, 5000, 0, 120, 400, 0, {1632960000}},
     1000,
     "s: 0 of 5,000 devices, 2021-09-30, 120 contacts made (120/s)"},
    {"half of it",
     {2500, 5000, 0, 0, 0, 3000, {INT64_MAX}},
     10000,
     "s: 2,500 of 5,000 devices, 3,000 contacts made (300/s), about 11s left"},
    {"later, with contacts under way",
     {4000, 5000, 0, 7, 10, 3000, {1632960000}},
     10000,
     "s: 4,000 of 5,000 devices, 2021-09-30, 3,007 contacts made (300/s), about 3s left"},
    {"all over",
     {5000, 5000, 0, 0, 0, 3000, {INT64_MAX}},
     10000,
     "s: 5,000 of 5,000 devices, 3,000 contacts made (300/s)"},
    {"gone on: what was done before says nothing about the rest",
     {4000, 5000, 4000, 0, 0, 5, {INT64_MAX}},
     1000,
     "s: 4,000 of 5,000 devices, 5 contacts made (5/s)"},
    {"gone on: a tenth of what was left took a second",
     {4100, 5000, 4000, 0, 0, 5, {INT64_MAX}},
     1000,
     "s: 4,100 of 5,000 devices, 5 contacts made (5/s), about 10s left"},
    {"no time yet",
     {0, 5000, 0, 0, 0, 0, {INT64_MAX}},
     0,
     "s: 0 of 5,000 devices, 0 contacts made"},
};

START_TEST(lines)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ps_text line = {0};
        ps_progress_line("s", &rows[i].state, rows[i].elapsed_ms, 0, &line);
        ck_assert_msg(strcmp(ps_text_chars(&line), rows[i].expect) == 0, "%s: '%s'", rows[i].name,
                      ps_text_chars(&line));
        ps_text_deinit(&line);
    }
}
END_TEST

/* What is too long for the terminal is said in fewer words; the name gives way to what is left. */
static const struct {
    size_t columns;
    const char *expect;
} widths[] = {
    {97,
     "le-dst-x3-2021: 4,000 of 5,000 devices, 2021-09-30, 3,007 contacts made (300/s), about 3s "
     "left"},
    {93, "le-dst-x3-2021: 4,000/5,000 devices, 2021-09-30, 3,007 contacts (300/s), 3s left"},
    {79, "le-dst-x3-20…: 4,000/5,000 devices, 2021-09-30, 3,007 contacts (300/s), 3s left"},
    {70, "le-…: 4,000/5,000 devices, 2021-09-30, 3,007 contacts (300/s), 3s left"},
    {69, "4,000/5,000 devices, 2021-09-30, 3,007 contacts (300/s), 3s left"},
    {30, "4,000/5,000 devices, 2021-09-3"},
};

START_TEST(fits)
{
    const struct ps_simulation_progress state = {4000, 5000, 0, 7, 10, 3000, {1632960000}};
    for (size_t i = 0; i < sizeof widths / sizeof *widths; i++) {
        struct ps_text line = {0};
        ps_progress_line("le-dst-x3-2021", &state, 10000, widths[i].columns, &line);
        ck_assert_msg(strcmp(ps_text_chars(&line), widths[i].expect) == 0, "%zu: '%s'",
                      widths[i].columns, ps_text_chars(&line));
        ps_text_deinit(&line);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("progress");
    TCase *tests = tcase_create("progress");
    tcase_add_test(tests, lines);
    tcase_add_test(tests, fits);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
