/* SPDX-License-Identifier: Apache-2.0
 *
 * pinstorm merge: adds up the parts that shards left, checks that they are the whole fleet, and
 * reports and judges as one run would have done.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/memory.h"
#include "cli/cli.h"
#include "cli/parts.h"
#include "cli/progress.h"
#include "cli/publish.h"
#include "reports/report.h"
#include "simulation/join.h"
#include "simulation/result.h"

struct merge_options {
    const char *out;
    bool json;
    const char **folders;
    size_t folder_count, folder_capacity;
};

/* One scenario of the run. */
struct merged {
    struct ps_plan *plan;
    char *repeat;
    char *outcomes; /* file of records, while the report is not whole; NULL: there is none */
};

enum { KEY_JSON = 1000 };

static const struct argp_option option_table[] = {
    {"out", 'o', "DIR", 0, "folder of the report (default pinstorm-out)", 1},
    {"json", KEY_JSON, 0, 0, "print summary.json instead of the table", 1},
    {0, 0, 0, 0, 0, 0}};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct merge_options *o = state->input;
    switch (key) {
    case 'o':
        o->out = arg;
        return 0;
    case KEY_JSON:
        o->json = true;
        return 0;
    case ARGP_KEY_ARG:
        PS_PUSH(o->folders, o->folder_count, o->folder_capacity, arg);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_table,
    parse_option,
    "DIR...",
    "Add up shards into the report of one run.\vA DIR is the folder of a shard's report "
    "('pinstorm run --shard K/N --out DIR'). All shards of one run are needed, each once and in "
    "any "
    "order; then expectations are judged, and summary.json has the bytes that the run would have "
    "had without shards.\n\nExamples:\n  pinstorm run my.yaml --shard 1/2 --out s1\n  pinstorm run "
    "my.yaml --shard 2/2 --out s2\n  pinstorm merge s1 s2 --out report\n\nExit codes: 0 every "
    "expectation met, 1 one not met, 2 the shards do not belong together or one is missing, 3 the "
    "report could not be written, 4 an expectation could not be judged.",
    0,
    0,
    0};

/* Says which of the folders before has devices of this part. */
static ps_status say_double(const struct merge_options *o, size_t folder, size_t scenario,
                            const struct ps_part *part, struct ps_error *err)
{
    struct ps_part_range common = {0, 1};
    size_t before = 0;
    for (bool found = false; before < folder && !found; before += !found) {
        struct ps_parts parts;
        PS_TRY(ps_parts_read(o->folders[before], &parts, err));
        found = ps_part_common(&parts.parts[scenario], part, &common);
        ps_parts_deinit(&parts);
    }
    return ps_fail(err, PS_INVALID,
                   "devices %" PRIu64 " to %" PRIu64
                   " are in both '%s' and '%s'; give each shard once",
                   common.first, common.end - 1, o->folders[before], o->folders[folder]);
}

static ps_status add_parts(const struct merge_options *o, size_t folder,
                           const struct ps_parts *parts, struct ps_parts *sum, struct ps_error *err)
{
    ps_status s = PS_OK;
    if (parts->count != sum->count)
        s = ps_fail(err, PS_INVALID, "%zu scenario%s here, %zu there", sum->count,
                    sum->count == 1 ? "" : "s", parts->count);
    for (size_t i = 0; i < parts->count && ps_is_ok(s); i++)
        s = ps_part_compare(&sum->parts[i], &parts->parts[i], err);
    if (!ps_is_ok(s))
        return ps_wrap(err, s, "'%s' and '%s' are not shards of one run", o->folders[0],
                       o->folders[folder]);
    for (size_t i = 0; i < parts->count; i++) {
        struct ps_part_range common;
        if (ps_part_common(&sum->parts[i], &parts->parts[i], &common))
            return say_double(o, folder, i, &parts->parts[i], err);
        PS_TRY(ps_part_add(&sum->parts[i], &parts->parts[i], err));
    }
    return PS_OK;
}

static ps_status add_folder(const struct merge_options *o, size_t folder, struct ps_parts *sum,
                            struct ps_error *err)
{
    struct ps_parts parts;
    PS_TRY(ps_parts_read(o->folders[folder], &parts, err));
    if (folder == 0) {
        *sum = parts;
        return PS_OK;
    }
    ps_status s = add_parts(o, folder, &parts, sum, err);
    ps_parts_deinit(&parts);
    return s;
}

static ps_status check_whole(const struct ps_part *sum, struct ps_error *err)
{
    struct ps_part_range missing;
    if (!ps_part_missing(sum, &missing))
        return PS_OK;
    uint64_t shards = sum->identity.shards;
    for (uint64_t k = 1; k <= shards && k <= sum->fleet; k++) {
        struct ps_part_range slice = ps_part_slice(sum->fleet, k, shards);
        if (slice.first <= missing.first && missing.first < slice.end)
            return ps_fail(err, PS_INVALID,
                           "shard %" PRIu64 "/%" PRIu64 " is missing or was not finished: nobody "
                           "has devices %" PRIu64 " to %" PRIu64 " of %" PRIu64,
                           k, shards, missing.first, missing.end - 1, sum->fleet);
    }
    return ps_fail(err, PS_INVALID,
                   "a shard is missing or was not finished: nobody has devices %" PRIu64
                   " to %" PRIu64 " of %" PRIu64,
                   missing.first, missing.end - 1, sum->fleet);
}

/* The scenario is in the part, as it was then. */
static ps_status read_plan(const struct ps_part *part, struct merged *merged, struct ps_error *err)
{
    const struct ps_part_identity *id = &part->identity;
    struct ps_text diagnostics = {0};
    ps_status s =
        ps_plan_read_text(id->file, id->yaml, id->yaml_size, &diagnostics, &merged->plan, err);
    if (!ps_is_ok(s)) {
        fputs(ps_text_chars(&diagnostics), stderr);
        s = ps_wrap(err, s, "the scenario cannot be read here as where the shards were run");
    }
    ps_text_deinit(&diagnostics);
    PS_TRY(s);
    const struct ps_plan *plan = merged->plan;
    if (plan->digest != id->digest || plan->strategy_count != part->strategy_count ||
        plan->cohort_count != part->cohort_count || plan->threat_count != part->shape.threat_count)
        return ps_fail(err, PS_INVALID,
                       "scenario '%s' has digest %016" PRIx64 " here and had %016" PRIx64
                       " where the shards were run: a file that it reads has changed",
                       id->scenario, plan->digest, id->digest);
    struct ps_text repeat = {0};
    ps_text_add(&repeat, "pinstorm run");
    ps_cli_quote(&repeat, id->file);
    ps_text_add(&repeat, " --seed %" PRIu64, id->seed);
    if (id->devices)
        ps_text_add(&repeat, " --devices %" PRIu64, id->devices);
    merged->repeat = ps_text_steal(&repeat);
    return PS_OK;
}

static ps_status add_all(const struct merge_options *o, struct ps_parts *sum, struct ps_error *err)
{
    for (size_t i = 0; i < o->folder_count; i++)
        PS_TRY(add_folder(o, i, sum, err));
    for (size_t i = 0; i < sum->count; i++)
        PS_TRY(check_whole(&sum->parts[i], err));
    return PS_OK;
}

/* Where a shard has the records of a scenario. */
static char *records_of(const char *folder, size_t scenario)
{
    return scenario == 0 ? ps_format("%s/outcomes.bin", folder)
                         : ps_format("%s/outcomes-%zu.bin", folder, scenario + 1);
}

/* All shards have records, or the report has none. */
static ps_status join_records(const struct merge_options *o, size_t scenario, struct merged *merged,
                              struct ps_error *err)
{
    char **sources = ps_alloc(o->folder_count, sizeof *sources);
    size_t there = 0;
    for (size_t i = 0; i < o->folder_count; i++) {
        sources[i] = records_of(o->folders[i], scenario);
        there += access(sources[i], F_OK) == 0;
    }
    ps_status s = PS_OK;
    if (there == o->folder_count) {
        merged->outcomes = ps_cli_temporary(o->out, scenario);
        s = ps_outcomes_join(merged->outcomes, (const char *const *)sources, o->folder_count, err);
    } else if (there > 0) {
        fprintf(stderr,
                "pinstorm: note: %zu of %zu shards have no outcome records; the report has none\n",
                o->folder_count - there, o->folder_count);
    }
    for (size_t i = 0; i < o->folder_count; i++)
        free(sources[i]);
    free(sources);
    return s;
}

static char *command_of(const struct merge_options *o)
{
    struct ps_text command = {0};
    ps_text_add(&command, "pinstorm merge");
    for (size_t i = 0; i < o->folder_count; i++)
        ps_cli_quote(&command, o->folders[i]);
    return ps_text_steal(&command);
}

static int report(const struct merge_options *o, struct ps_parts *sum, const struct merged *merged,
                  const struct ps_progress *progress)
{
    struct ps_arena *arena = ps_arena_new();
    struct ps_result result = {.version = PS_VERSION, .scenario_count = sum->count};
    result.scenarios = ps_arena_alloc(arena, sum->count, sizeof *result.scenarios);
    char *command = command_of(o);
    result.work = (struct ps_result_work){.command = command,
                                          .fidelity = sum->parts[0].identity.fidelity,
                                          .link = sum->parts[0].identity.link,
                                          .audit = sum->parts[0].identity.audit};
    for (size_t i = 0; i < sum->count; i++) {
        const struct ps_result_options options = {
            .plan = merged[i].plan, .part = &sum->parts[i], .repeat = merged[i].repeat};
        ps_result_build(&options, arena, &result.scenarios[i]);
        if (merged[i].outcomes)
            result.scenarios[i].outcomes = strrchr(merged[i].outcomes, '/') + 1;
        sum->parts[i].before = sum->parts[i].work; /* all of it: nothing is done here */
        ps_result_work_add(&sum->parts[i], &result.work);
    }
    result.work.resumed = false;
    ps_cli_took(&result.work, ps_progress_elapsed_ms(progress));
    const struct ps_publish publish = {o->out, o->json};
    int code = ps_cli_publish(&publish, &result);
    free(command);
    ps_arena_free(arena);
    return code;
}

static int merge(const struct merge_options *o)
{
    struct ps_progress progress;
    ps_progress_start(&progress, true);
    struct ps_error err = {{0}};
    struct ps_parts sum = {0};
    ps_status s = add_all(o, &sum, &err);
    struct merged *merged = ps_alloc(sum.count + 1, sizeof *merged);
    for (size_t i = 0; i < sum.count && ps_is_ok(s); i++)
        s = read_plan(&sum.parts[i], &merged[i], &err);
    if (ps_is_ok(s))
        s = ps_report_prepare(o->out, &err);
    for (size_t i = 0; i < sum.count && ps_is_ok(s); i++)
        s = join_records(o, i, &merged[i], &err);
    int code = ps_exit_of(s);
    if (ps_is_ok(s))
        code = report(o, &sum, merged, &progress);
    else
        ps_cli_error("%s; no report was written", err.text);
    for (size_t i = 0; i < sum.count; i++) {
        ps_plan_free(merged[i].plan);
        free(merged[i].repeat);
        if (merged[i].outcomes)
            unlink(merged[i].outcomes); /* what the report did not take */
        free(merged[i].outcomes);
    }
    free(merged);
    ps_parts_deinit(&sum);
    return code;
}

int ps_command_merge(int argc, char **argv)
{
    struct merge_options o = {.out = "pinstorm-out"};
    int code = ps_cli_parse(&argp, argc, argv, &o);
    if (code < 0)
        code = o.folder_count > 0 ? merge(&o)
                                  : ps_cli_usage("pinstorm merge", "the folders of which shards?");
    free(o.folders);
    return code;
}
