/* SPDX-License-Identifier: Apache-2.0
 *
 * One fleet, cut in every way: by workers, chunks and shards. All give the bytes of summary.json
 * that the whole run gives; what does not belong together or is not all there is refused.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "base/text.h"
#include "program.h"
#include "small.h"

/* Enough for chunks of a thousand. */
#define DEVICES "2500"

static char *reference;

static void start(void)
{
    scratch_make();
    scratch_write("small.yaml", small_scenario);
    struct program p = RUN("run", "small.yaml", "--devices", DEVICES, "--out", "reference",
                           "--link", "memory", "--quiet");
    ck_assert_msg(p.code == 0, "exit %d\n%s%s", p.code, p.out, p.err);
    program_deinit(&p);
    reference = file_read(scratch_path("reference/summary.json"));
    ck_assert_ptr_nonnull(reference);
    ck_assert(!file_exists(scratch_path("reference/shard.part")));
}

static void stop(void)
{
    free(reference);
    scratch_remove();
}

static void expect_same(const char *name, const char *file)
{
    char *summary = file_read(scratch_path(file));
    ck_assert_msg(summary != NULL, "%s: no %s", name, file);
    ck_assert_msg(strcmp(summary, reference) == 0, "%s: other bytes", name);
    free(summary);
}

/* Runs with more words, which end with NULL. */
static struct program run_with(const char *out, const char *const *more)
{
    const char *words[24] = {"run", "small.yaml", "--devices", DEVICES,  "--out",
                             out,   "--link",     "memory",    "--quiet"};
    for (size_t i = 9; *more; i++)
        words[i] = *more++;
    return program_run(NULL, words);
}

static const struct {
    const char *name;
    const char *words[8];
} ways[] = {
    {"one worker, small chunks", {"--jobs", "1", "--chunk", "1000", NULL}},
    {"two workers, small chunks", {"--jobs", "2", "--chunk", "1000", NULL}},
    {"one worker, one chunk", {"--jobs", "1", "--chunk", "65536", NULL}},
    {"two workers, one chunk", {"--jobs", "2", "--chunk", "65536", NULL}},
    {"three workers, odd chunks, audited",
     {"--jobs", "3", "--chunk", "37", "--audit", "0.02%", NULL}},
    {"shard 1/1", {"--shard", "1/1", NULL}},
};

START_TEST(one_run)
{
    struct program p = run_with("way", ways[_i].words);
    ck_assert_msg(p.code == 0, "%s: exit %d\n%s", ways[_i].name, p.code, p.err);
    program_deinit(&p);
    expect_same(ways[_i].name, "way/summary.json");
}
END_TEST

/* Of the reference and of what was merged. */
static void same_file(const char *name)
{
    struct ps_text line = {0};
    ps_text_add(&line, "cd '%s' && cmp reference/%s merged/%s", scratch_path("."), name, name);
    ck_assert_msg(system(ps_text_chars(&line)) == 0, "merged: other bytes of %s", name);
    ps_text_deinit(&line);
}

/* Three shards, each made in another way, added up in any order. */
START_TEST(three_shards)
{
    static const char *const words[3][8] = {{"--shard", "1/3", "--jobs", "1", NULL},
                                            {"--shard", "2/3", "--chunk", "100", NULL},
                                            {"--shard", "3/3", "--audit", "0.02%", NULL}};
    static const char *const outs[] = {"s1", "s2", "s3"};
    for (size_t i = 0; i < 3; i++) {
        struct program p = run_with(outs[i], words[i]);
        ck_assert_msg(p.code == 0, "%s: exit %d\n%s", outs[i], p.code, p.err);
        ck_assert_ptr_nonnull(strstr(p.out, "PARTIAL RESULT: 83"));
        ck_assert_ptr_nonnull(strstr(p.out, "pinstorm merge DIR... --out DIR\n"));
        program_deinit(&p);
    }
    char *shard = file_read(scratch_path("s2/summary.json"));
    ck_assert_ptr_nonnull(strstr(shard, "\"partial\": true"));
    ck_assert_ptr_nonnull(strstr(shard, "\"judgement\": \"not-judged\""));
    ck_assert_ptr_null(strstr(shard, "\"judgement\": \"met\""));
    free(shard);
    struct program p = RUN("merge", "s3", "s1", "s2", "--out", "merged");
    ck_assert_msg(p.code == 0, "exit %d\n%s", p.code, p.err);
    ck_assert_ptr_null(strstr(p.out, "PARTIAL"));
    program_deinit(&p);
    expect_same("merged", "merged/summary.json");
    same_file("outcomes.bin");
    same_file("causes.json");
    same_file("junit.xml");
    static const struct {
        const char *words[5], *says;
    } rows[] = {
        {{"s1", "s3"},
         "shard 2/3 is missing or was not finished: nobody has devices 833 to 1665 of 2500"},
        {{"s2", "s1", "s3", "s1"}, "devices 0 to 832 are in both 's1' and 's1'"},
        {{"s1", "reference"}, "reference/shard.part': No such file or directory"},
        {{"s1", "nowhere"}, "is it the folder of a shard?"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *merge[12] = {"merge", "--out", "bad"};
        for (size_t k = 0; k < 5 && rows[i].words[k]; k++)
            merge[3 + k] = rows[i].words[k];
        p = program_run(NULL, merge);
        ck_assert_msg(p.code == 2 && strstr(p.err, rows[i].says), "exit %d: %s", p.code, p.err);
        ck_assert(!file_exists(scratch_path("bad")));
        program_deinit(&p);
    }
}
END_TEST

/* A shard of two scenarios has a part of each. */
START_TEST(two_scenarios)
{
    char *second = ps_format("scenario: second\n%s", strstr(small_scenario, "title:"));
    scratch_write("second.yaml", second);
    free(second);
    static const char *const shards[] = {"1/2", "2/2"}, *const outs[] = {"t1", "t2"};
    struct program p = RUN("run", "small.yaml", "second.yaml", "--devices", "90", "--out", "both",
                           "--link", "memory", "--quiet");
    ck_assert_msg(p.code == 0, "exit %d\n%s", p.code, p.err);
    program_deinit(&p);
    for (size_t i = 0; i < 2; i++) {
        p = RUN("run", "small.yaml", "second.yaml", "--devices", "90", "--out", outs[i], "--link",
                "memory", "--quiet", "--shard", shards[i]);
        ck_assert_msg(p.code == 0, "exit %d\n%s", p.code, p.err);
        program_deinit(&p);
    }
    p = RUN("merge", "t1", "t2", "--out", "merged");
    ck_assert_msg(p.code == 0, "exit %d\n%s", p.code, p.err);
    program_deinit(&p);
    static const char *const files[] = {"summary.json",  "outcomes.bin", "outcomes-2.bin",
                                        "causes-2.json", "junit.xml",    NULL};
    for (size_t i = 0; files[i]; i++) {
        char *command =
            ps_format("cd '%s' && cmp both/%s merged/%s", scratch_path("."), files[i], files[i]);
        ck_assert_msg(system(command) == 0, "merged: other bytes of %s", files[i]);
        free(command);
    }
}
END_TEST

/* Shards of another run, and files that are broken. */
START_TEST(foreign_shards)
{
    struct program p = RUN("run", "small.yaml", "--devices", "20", "--shard", "1/2", "--out", "a",
                           "--link", "memory", "--quiet");
    ck_assert_int_eq(p.code, 0);
    program_deinit(&p);
    static const struct {
        const char *words[4], *says;
    } rows[] = {
        {{"--devices", "20", "--seed", "2"}, "seed 1 here, 2 there"},
        {{"--devices", "21"}, "devices 20 here, 21 there"},
        {{"--devices", "20", "--strategy", "both"}, "strategies here, 1 there"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *words[16] = {"run",   "small.yaml", "--shard", "2/2",    "--out",
                                 "other", "--link",     "memory",  "--quiet"};
        memcpy(&words[9], rows[i].words, sizeof rows[i].words);
        p = program_run(NULL, words);
        ck_assert_int_eq(p.code, 0);
        program_deinit(&p);
        p = RUN("merge", "a", "other", "--out", "bad");
        ck_assert_msg(p.code == 2 && strstr(p.err, "'a' and 'other' are not shards of one run: ") &&
                          strstr(p.err, rows[i].says),
                      "exit %d: %s", p.code, p.err);
        program_deinit(&p);
    }
    scratch_write("other/shard.part", "PSPART1\n and then something else");
    p = RUN("merge", "a", "other", "--out", "bad");
    ck_assert_int_eq(p.code, 2);
    ck_assert_ptr_nonnull(strstr(p.err, "other/shard.part: the part is cut off"));
    program_deinit(&p);
    p = RUN("merge", "--out", "bad");
    ck_assert_int_eq(p.code, 2);
    program_deinit(&p);
}
END_TEST

/* More shards than devices: some have nobody, and say so without a fault. */
START_TEST(empty_shards)
{
    const char *const shards[] = {"1/4", "2/4", "3/4", "4/4"};
    const char *const outs[] = {"e1", "e2", "e3", "e4"};
    for (size_t i = 0; i < 4; i++) {
        struct program p = RUN("run", "small.yaml", "--devices", "2", "--shard", shards[i], "--out",
                               outs[i], "--link", "memory", "--quiet");
        ck_assert_msg(p.code == 0, "%s: exit %d\n%s", shards[i], p.code, p.err);
        program_deinit(&p);
    }
    struct program p = RUN("merge", "e1", "e2", "e3", "e4", "--out", "em", "--json");
    struct program q =
        RUN("run", "small.yaml", "--devices", "2", "--out", "eq", "--link", "memory", "--json");
    ck_assert_int_eq(p.code, q.code);
    ck_assert_str_eq(p.out, q.out);
    program_deinit(&p);
    program_deinit(&q);
}
END_TEST

/* A scheduler's variables, and a part that a whole run does not leave beside its report. */
START_TEST(schedulers)
{
    const char *words[] = {"run",   "small.yaml", "--devices", "20",     "--shard", "auto/2",
                           "--out", "k1",         "--link",    "memory", "--quiet", NULL};
    const struct program_options options = {.environment = "JOB_COMPLETION_INDEX=1"};
    struct program p = program_run(&options, words);
    ck_assert_msg(p.code == 0, "exit %d\n%s", p.code, p.err);
    ck_assert_ptr_nonnull(strstr(p.err, "note: shard 2/2, from JOB_COMPLETION_INDEX=1"));
    ck_assert_ptr_nonnull(strstr(p.out, "--shard 2/2 "));
    ck_assert(file_exists(scratch_path("k1/shard.part")));
    program_deinit(&p);
    words[4] = NULL;
    words[4] = "--out";
    words[5] = "k1";
    words[6] = "--quiet";
    words[7] = NULL;
    p = program_run(NULL, words);
    ck_assert_int_ne(p.code, 3);
    ck_assert(!file_exists(scratch_path("k1/shard.part")));
    program_deinit(&p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("parts");
    TCase *tests = tcase_create("parts");
    tcase_add_unchecked_fixture(tests, start, stop);
    tcase_set_timeout(tests, 240);
    tcase_add_loop_test(tests, one_run, 0, (int)(sizeof ways / sizeof *ways));
    tcase_add_test(tests, three_shards);
    tcase_add_test(tests, two_scenarios);
    tcase_add_test(tests, foreign_shards);
    tcase_add_test(tests, empty_shards);
    tcase_add_test(tests, schedulers);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
