/* SPDX-License-Identifier: Apache-2.0
 *
 * Checkpoints as files: written in turns, read back, cut off anywhere, changed anywhere, of another
 * version of the program, of other devices.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>
#include "engine/plan.h"
#include "simulation/checkpoint.h"
#include "small.h"

static char folder[64];
static char *stem, *files[2];
static struct ps_plan *plan;
static struct ps_error err;
static const struct ps_checkpoint_frame frame = {{0, 36}, 7};

static void start(void)
{
    strcpy(folder, "/tmp/pinstorm-checkpoint-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    stem = ps_format("%s/scenario-1", folder);
    files[0] = ps_format("%s.a.part", stem);
    files[1] = ps_format("%s.b.part", stem);
    plan = plan_of(small_scenario);
}

static void stop(void)
{
    ps_checkpoint_remove(stem);
    ck_assert_int_eq(rmdir(folder), 0); /* nothing else was left */
    free(stem);
    free(files[0]);
    free(files[1]);
    ps_plan_free(plan);
}

static const struct ps_verdict *nobody(const void *context, uint32_t number)
{
    (void)context;
    (void)number;
    return NULL;
}

/* The first devices of the fleet survive under every strategy. */
static struct ps_part part_of(uint64_t seed, uint64_t lived)
{
    struct ps_part part;
    const struct ps_part_options options = {
        .plan = plan, .seed = seed, .fidelity = "memo", .link = "tcp", .audit = "0%"};
    ps_part_init(&part, &options);
    if (lived > 0)
        ps_part_add_range(&part, 0, lived);
    for (size_t lane = 0; lane < part.strategy_count * part.cohort_count; lane++) {
        uint64_t gateways = part.cohort_devices[0] < lived ? part.cohort_devices[0] : lived;
        struct ps_tally tally;
        ps_tally_init(&tally, &part.shape);
        tally.devices = lane % 2 == 0 ? gateways : lived - gateways;
        tally.outcomes[PS_OUTCOME_SURVIVED] = tally.devices;
        ps_part_add_tally(&part, lane, &tally, nobody, NULL);
        ps_tally_deinit(&tally);
    }
    return part;
}

static void save(unsigned *turn, uint64_t lived)
{
    struct ps_part part = part_of(1, lived);
    ps_status s = ps_checkpoint_save(stem, turn, &part, &frame, &err);
    ck_assert_msg(ps_is_ok(s), "%s", err.text);
    ps_part_deinit(&part);
}

/* How many devices are read back; *ret_notice to be freed. */
static uint64_t load(unsigned *turn, char **ret_notice)
{
    struct ps_part part = part_of(1, 0);
    struct ps_checkpoint_frame found = {frame.range, 1};
    struct ps_text notice = {0};
    ps_status s = ps_checkpoint_load(stem, &part, &found, turn, &notice, &err);
    ck_assert_msg(ps_is_ok(s), "%s", err.text);
    uint64_t lived = ps_part_lived(&part);
    ck_assert_uint_eq(found.chunk, lived > 0 ? 7 : 1);
    *ret_notice = ps_strdup(ps_text_chars(&notice));
    ps_text_deinit(&notice);
    ps_part_deinit(&part);
    return lived;
}

static void expect_loaded(uint64_t lived, unsigned turn, const char *says)
{
    unsigned found_turn = 0;
    char *notice;
    ck_assert_uint_eq(load(&found_turn, &notice), lived);
    ck_assert_uint_eq(found_turn, turn);
    ck_assert_msg(*says ? strstr(notice, says) != NULL : *notice == 0, "%s", notice);
    free(notice);
}

START_TEST(turns)
{
    unsigned turn = 0;
    ck_assert(!ps_checkpoint_exists(stem));
    expect_loaded(0, 0, "");
    save(&turn, 7);
    ck_assert(ps_checkpoint_exists(stem));
    expect_loaded(7, 1, "");
    save(&turn, 14);
    expect_loaded(14, 0, "");
    save(&turn, 21);
    expect_loaded(21, 1, "");
    char *half = ps_format("%s.tmp", stem); /* of somebody who was killed when he wrote it */
    ck_assert_int_eq(rename(files[1], half), 0);
    expect_loaded(14, 0, "");
    ps_checkpoint_remove(stem);
    ck_assert_int_ne(access(half, F_OK), 0);
    free(half);
    ck_assert(!ps_checkpoint_exists(stem));
}
END_TEST

static void flip(const char *path, off_t at)
{
    FILE *file = fopen(path, "r+b");
    ck_assert_ptr_nonnull(file);
    fseek(file, (long)at, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, (long)at, SEEK_SET);
    fputc(byte ^ 0x20, file);
    fclose(file);
}

/* The newer file cut off anywhere, then with one byte that is another: the older one counts. */
START_TEST(damage)
{
    struct stat there;
    unsigned turn = 0;
    save(&turn, 7);
    save(&turn, 14);
    ck_assert_int_eq(stat(files[0], &there), 0);
    for (int i = 0; i < 40; i++) {
        off_t at = i < 20 ? i : there.st_size * (i - 20) / 20;
        turn = 1;
        save(&turn, 14);
        ck_assert_int_eq(truncate(files[0], at), 0);
        expect_loaded(7, 1,
                      "a.part' is damaged and left aside, and the chunk that only it had is "
                      "lived again");
        turn = 1;
        save(&turn, 14);
        expect_loaded(14, 0, "");
        flip(files[0], at);
        expect_loaded(7, 1, "a.part' is damaged and left aside");
    }
    ck_assert_int_eq(truncate(files[1], 5), 0);
    expect_loaded(0, 0, "b.part' is damaged and left aside, and all is lived again");
}
END_TEST

static void expect_refused(struct ps_part *part, struct ps_part_range range, const char *says)
{
    struct ps_checkpoint_frame found = {range, 0};
    unsigned turn = 0;
    ck_assert_int_eq(ps_checkpoint_load(stem, part, &found, &turn, NULL, &err).code,
                     PS_CODE_INVALID);
    char *expect = ps_format("the checkpoint '%s' is of another run: %s", stem, says);
    ck_assert_str_eq(err.text, expect);
    free(expect);
    ps_part_deinit(part);
}

START_TEST(of_another_run)
{
    unsigned turn = 0;
    save(&turn, 7);
    struct ps_part part = part_of(2, 0);
    expect_refused(&part, frame.range, "seed 2 here, 1 there");
    part = part_of(1, 0);
    part.identity.version = "9.9";
    expect_refused(&part, frame.range, "version 9.9 here, " PS_VERSION " there");
    part = part_of(1, 0);
    expect_refused(&part, (struct ps_part_range){12, 24}, "devices 12 to 24 here, 0 to 36 there");
    part = part_of(1, 0);
    expect_refused(&part, (struct ps_part_range){0, 18}, "devices 0 to 18 here, 0 to 36 there");
}
END_TEST

START_TEST(nowhere)
{
    struct ps_part part = part_of(1, 7);
    unsigned turn = 0;
    ck_assert_int_eq(ps_checkpoint_save("/nowhere/s", &turn, &part, &frame, &err).code,
                     PS_CODE_FAILED);
    ck_assert_str_eq(err.text,
                     "cannot write the checkpoint '/nowhere/s.b.part': No such file or directory");
    ck_assert_uint_eq(turn, 0);
    ps_part_deinit(&part);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("checkpoint");
    TCase *tests = tcase_create("checkpoint");
    tcase_add_checked_fixture(tests, start, stop);
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, turns);
    tcase_add_test(tests, damage);
    tcase_add_test(tests, of_another_run);
    tcase_add_test(tests, nowhere);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
