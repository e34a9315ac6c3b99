/* SPDX-License-Identifier: Apache-2.0
 *
 * What --shard says, by itself and through a scheduler's variables.
 */
#include <check.h>
#include <string.h>
#include "cli/shard.h"

static const struct row {
    const char *text;
    const char *environment[8]; /* name, value ... */
    uint64_t number, count;     /* 0: refused */
    const char *says;           /* the note, or the message */
} rows[] = {
    {"1/1", {0}, 1, 1, ""},
    {"3/8", {0}, 3, 8, ""},
    {"100000/100000", {0}, 100000, 100000, ""},
    {"0/3", {0}, 0, 0, "--shard: there is no shard 0 of 3; the first is 1/3"},
    {"4/3", {0}, 0, 0, "--shard: there is no shard 4 of 3; the first is 1/3"},
    {"1/0", {0}, 0, 0, "--shard: there are 1 to 100000 shards, not 0"},
    {"1/100001", {0}, 0, 0, "--shard: there are 1 to 100000 shards, not 100001"},
    {"3", {0}, 0, 0, "--shard takes K/N, auto or auto/N, not '3'"},
    {"3/", {0}, 0, 0, "--shard takes K/N, auto or auto/N, not '3/'"},
    {"/3", {0}, 0, 0, "--shard takes K/N, auto or auto/N, not '/3'"},
    {"-1/3", {0}, 0, 0, "--shard takes K/N, auto or auto/N, not '-1/3'"},
    {"1/3x", {0}, 0, 0, "--shard takes K/N, auto or auto/N, not '1/3x'"},
    {"1/99999999999999999999", {0}, 0, 0, "--shard takes K/N, auto or auto/N"},
    {"automatic", {0}, 0, 0, "--shard takes K/N, auto or auto/N, not 'automatic'"},
    {"auto/", {0}, 0, 0, "--shard takes K/N, auto or auto/N, not 'auto/'"},
    {"auto/0", {0}, 0, 0, "--shard takes K/N, auto or auto/N, not 'auto/0'"},
    {"auto/200000", {0}, 0, 0, "--shard: there are 1 to 100000 shards, not 200000"},
    {"auto",
     {0},
     0,
     0,
     "--shard auto: none of SLURM_ARRAY_TASK_ID, JOB_COMPLETION_INDEX and CI_NODE_INDEX is set; "
     "say --shard K/N"},
    {"auto",
     {"SLURM_ARRAY_TASK_ID", "7", "SLURM_ARRAY_TASK_COUNT", "4", "SLURM_ARRAY_TASK_MIN", "5"},
     3,
     4,
     "shard 3/4, from SLURM_ARRAY_TASK_ID=7 and SLURM_ARRAY_TASK_COUNT and _MIN"},
    {"auto",
     {"SLURM_ARRAY_TASK_ID", "0", "SLURM_ARRAY_TASK_COUNT", "4", "SLURM_ARRAY_TASK_MIN", "0"},
     1,
     4,
     "shard 1/4"},
    {"auto",
     {"SLURM_ARRAY_TASK_ID", "9", "SLURM_ARRAY_TASK_COUNT", "3", "SLURM_ARRAY_TASK_MIN", "1",
      "SLURM_ARRAY_TASK_STEP", "4"},
     3,
     3,
     "shard 3/3"},
    {"auto",
     {"SLURM_ARRAY_TASK_ID", "7", "SLURM_ARRAY_TASK_COUNT", "3", "SLURM_ARRAY_TASK_MIN", "1"},
     0,
     0,
     "--shard auto: task 7 is none of 3 from 1 on in steps of 1; use an array without gaps"},
    {"auto",
     {"SLURM_ARRAY_TASK_ID", "1", "SLURM_ARRAY_TASK_COUNT", "3", "SLURM_ARRAY_TASK_MIN", "2"},
     0,
     0,
     "--shard auto: task 1 is none of 3 from 2 on"},
    {"auto",
     {"SLURM_ARRAY_TASK_ID", "1", "SLURM_ARRAY_TASK_MIN", "1"},
     0,
     0,
     "--shard auto: SLURM_ARRAY_TASK_COUNT is not set; say --shard K/N"},
    {"auto",
     {"SLURM_ARRAY_TASK_ID", "1", "SLURM_ARRAY_TASK_COUNT", "3"},
     0,
     0,
     "--shard auto: SLURM_ARRAY_TASK_MIN is not set"},
    {"auto",
     {"SLURM_ARRAY_TASK_ID", "one", "SLURM_ARRAY_TASK_COUNT", "3"},
     0,
     0,
     "--shard auto: SLURM_ARRAY_TASK_ID is 'one', which is no whole number"},
    {"auto/3", {"JOB_COMPLETION_INDEX", "0"}, 1, 3, "shard 1/3, from JOB_COMPLETION_INDEX=0"},
    {"auto/3", {"JOB_COMPLETION_INDEX", "2"}, 3, 3, "shard 3/3"},
    {"auto", {"JOB_COMPLETION_INDEX", "2", "JOB_COMPLETIONS", "5"}, 3, 5, "shard 3/5"},
    {"auto",
     {"JOB_COMPLETION_INDEX", "2"},
     0,
     0,
     "--shard auto: JOB_COMPLETION_INDEX does not say of how many; say --shard auto/N"},
    {"auto/3",
     {"JOB_COMPLETION_INDEX", "3"},
     0,
     0,
     "JOB_COMPLETION_INDEX: there is no shard 4 of 3"},
    {"auto/3",
     {"JOB_COMPLETION_INDEX", "18446744073709551615"},
     0,
     0,
     "JOB_COMPLETION_INDEX: there is no shard 100001 of 3"},
    {"auto/3",
     {"JOB_COMPLETION_INDEX", "1", "JOB_COMPLETIONS", "5"},
     0,
     0,
     "--shard auto/3: JOB_COMPLETIONS says 5"},
    {"auto", {"CI_NODE_INDEX", "2", "CI_NODE_TOTAL", "5"}, 2, 5, "shard 2/5, from CI_NODE_INDEX=2"},
    {"auto",
     {"CI_NODE_INDEX", "0", "CI_NODE_TOTAL", "5"},
     0,
     0,
     "CI_NODE_INDEX: there is no shard 0 of 5"},
    {"auto", {"CI_NODE_INDEX", "2"}, 0, 0, "--shard auto: CI_NODE_TOTAL is not set"},
    {"auto", {"CI_NODE_INDEX", ""}, 0, 0, "--shard auto: none of SLURM_ARRAY_TASK_ID"},
    /* The first that is there decides; what the user says comes before all. */
    {"auto",
     {"CI_NODE_INDEX", "2", "CI_NODE_TOTAL", "5", "JOB_COMPLETION_INDEX", "0", "JOB_COMPLETIONS",
      "3"},
     1,
     3,
     "shard 1/3, from JOB_COMPLETION_INDEX=0"},
    {"2/4", {"CI_NODE_INDEX", "1", "CI_NODE_TOTAL", "5"}, 2, 4, ""},
};

static const struct row *current;

static char *variable(const char *name)
{
    static char value[64];
    for (size_t i = 0; i < 8 && current->environment[i]; i += 2)
        if (strcmp(current->environment[i], name) == 0)
            return strcpy(value, current->environment[i + 1]);
    return NULL;
}

START_TEST(reads)
{
    current = &rows[_i];
    struct ps_shard shard = {0, 0};
    struct ps_text note = {0};
    struct ps_error err = {{0}};
    ps_status s = ps_shard_read(current->text, variable, &shard, &note, &err);
    const char *said = ps_is_ok(s) ? ps_text_chars(&note) : err.text;
    ck_assert_msg(ps_is_ok(s) == (current->count > 0), "%s: %s", current->text, said);
    ck_assert_msg(strncmp(said, current->says, strlen(current->says)) == 0, "%s: %s", current->text,
                  said);
    ck_assert_uint_eq(shard.number, current->number);
    ck_assert_uint_eq(shard.count, current->count);
    if (!*current->says)
        ck_assert_str_eq(said, "");
    ps_text_deinit(&note);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("shard");
    TCase *tests = tcase_create("shard");
    tcase_add_loop_test(tests, reads, 0, (int)(sizeof rows / sizeof *rows));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
