/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/memory.h"
#include "cli/checkpoints.h"
#include "cli/cli.h"
#include "cli/parts.h"
#include "cli/progress.h"
#include "cli/publish.h"
#include "cli/run_options.h"
#include "cli/together.h"
#include "reports/report.h"
#include "harness/simulation.h"

struct scenario_run {
    struct ps_plan *plan;
    bool *strategies; /* NULL: all */
    char *repeat;     /* without --strategy */
    struct ps_simulation *simulation;
    char *checkpoint; /* stem; NULL: none */
    bool interrupted; /* if there is a simulation, it is partial */
    char *outcomes;   /* file of its records until they have their name; NULL: none */
};

/* What the result depends on goes into the command that repeats it; what it does not, only where
 * the user asked for it. */
static void add_common(struct ps_text *command, const struct ps_run_options *o)
{
    ps_text_add(command, " --seed %" PRIu64, o->seed);
    if (o->devices)
        ps_text_add(command, " --devices %" PRIu64, o->devices);
}

static char *command_of_run(const struct ps_run_options *o)
{
    struct ps_text command = {0};
    ps_text_add(&command, "pinstorm run");
    for (size_t i = 0; i < o->scenario_count; i++)
        ps_cli_quote(&command, o->scenarios[i]);
    add_common(&command, o);
    for (size_t i = 0; i < o->strategy_count; i++) {
        ps_text_add(&command, " --strategy");
        ps_cli_quote(&command, o->strategies[i]);
    }
    if (o->shard.count > 0)
        ps_text_add(&command, " --shard %" PRIu64 "/%" PRIu64, o->shard.number, o->shard.count);
    if (o->fidelity == PS_FIDELITY_WIRE)
        ps_text_add(&command, " --fidelity wire");
    if (o->link == PS_LINK_MEMORY)
        ps_text_add(&command, " --link memory");
    if (o->audit_text)
        ps_text_add(&command, " --audit %s", o->audit_text);
    return ps_text_steal(&command);
}

static char *command_of_scenario(const struct ps_run_options *o, const char *scenario)
{
    struct ps_text command = {0};
    ps_text_add(&command, "pinstorm run");
    ps_cli_quote(&command, scenario);
    add_common(&command, o);
    return ps_text_steal(&command);
}

/* Which of the plan's strategies were asked for; false if none was. */
static bool choose_strategies(const struct ps_run_options *o, struct scenario_run *run, bool *named)
{
    if (o->strategy_count == 0)
        return true;
    bool any = false;
    run->strategies = ps_alloc(run->plan->strategy_count, sizeof *run->strategies);
    for (size_t i = 0; i < run->plan->strategy_count; i++)
        for (size_t k = 0; k < o->strategy_count; k++)
            if (strcmp(run->plan->strategies[i].name, o->strategies[k]) == 0)
                any = named[k] = run->strategies[i] = true;
    return any;
}

static int say_unknown_strategy(const char *name, const struct scenario_run *runs, size_t count)
{
    size_t total = 0, n = 0;
    for (size_t i = 0; i < count; i++)
        total += runs[i].plan->strategy_count;
    const char **names = ps_alloc(total + 1, sizeof *names);
    for (size_t i = 0; i < count; i++)
        for (size_t k = 0; k < runs[i].plan->strategy_count; k++)
            names[n++] = runs[i].plan->strategies[k].name;
    const char *near = ps_text_nearest(name, names, n);
    ps_cli_error("no scenario of this run has a strategy '%s'%s%s%s", name,
                 near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    free(names);
    return PS_EXIT_USAGE;
}

/* Reads every scenario, so that every mistake of all of them is told in one go. */
static int read_scenarios(const struct ps_run_options *o, struct scenario_run *runs)
{
    int code = PS_EXIT_MET;
    for (size_t i = 0; i < o->scenario_count; i++)
        code =
            ps_exit_worse(code, ps_exit_of(ps_cli_read_scenario(o->scenarios[i], &runs[i].plan)));
    if (code != PS_EXIT_MET)
        return code;
    bool named[PS_RUN_STRATEGIES_MAX] = {false};
    for (size_t i = 0; i < o->scenario_count; i++) {
        bool any = choose_strategies(o, &runs[i], named);
        runs[i].repeat = any ? command_of_scenario(o, o->scenarios[i]) : NULL; /* NULL: left out */
    }
    for (size_t k = 0; k < o->strategy_count; k++)
        if (!named[k])
            return say_unknown_strategy(o->strategies[k], runs, o->scenario_count);
    for (size_t i = 0; i < o->scenario_count; i++)
        if (!runs[i].repeat)
            fprintf(stderr,
                    "pinstorm: note: scenario '%s' has none of these strategies and is left out\n",
                    runs[i].plan->name);
    return PS_EXIT_MET;
}

static void print_head(const struct ps_run_options *o, const struct scenario_run *runs,
                       const char *command, FILE *stream)
{
    fprintf(stream, "pinstorm %s, seed %" PRIu64 "\n", PS_VERSION, o->seed);
    for (size_t i = 0; i < o->scenario_count; i++)
        if (runs[i].repeat)
            fprintf(stream, "scenario %s, digest %016" PRIx64 "\n", runs[i].plan->name,
                    runs[i].plan->digest);
    fprintf(stream, "repeat with: %s\n", command);
    fflush(stream);
}

static struct ps_checkpoints checkpoints_of(const struct ps_run_options *o)
{
    return (struct ps_checkpoints){.folder = o->checkpoint,
                                   .resume = o->resume,
                                   .shard = o->shard.number,
                                   .shards = o->shard.count,
                                   .rank = (unsigned)o->mpi.rank,
                                   .ranks = (unsigned)o->mpi.ranks};
}

static ps_status run_scenarios(const struct ps_run_options *o, struct scenario_run *runs,
                               struct ps_keypool *pool, struct ps_progress *progress,
                               struct ps_error *err)
{
    for (size_t i = 0; i < o->scenario_count; i++) {
        if (!runs[i].repeat)
            continue;
        struct ps_text notice = {0};
        const struct ps_checkpoints checkpoints = checkpoints_of(o);
        runs[i].checkpoint = ps_checkpoints_stem(&checkpoints, i);
        if (!o->no_outcomes)
            runs[i].outcomes = ps_cli_temporary(o->out, i);
        const struct ps_simulation_options options = {
            .plan = runs[i].plan,
            .pool = pool,
            .seed = o->seed,
            .devices = o->devices,
            .strategies = runs[i].strategies,
            .shard = o->shard.number,
            .shards = o->shard.count,
            .rank = (unsigned)o->mpi.rank,
            .ranks = (unsigned)o->mpi.ranks,
            .chunk = o->chunk,
            .fidelity = o->fidelity,
            .audit = o->audit,
            .audit_text = o->audit_text,
            .link = o->link,
            .jobs = (unsigned)o->jobs,
            .port = (uint16_t)o->port,
            .in_flight = (unsigned)o->in_flight,
            .outcomes = runs[i].outcomes,
            .checkpoint = runs[i].checkpoint,
            .resume = o->resume,
            .repeat = runs[i].repeat,
            .watch = ps_progress_watch,
            /* Ranks run side by side: rank 0's counts. */
            .elapsed_ms = o->mpi.rank == 0 ? ps_progress_scenario_ms : NULL,
            .watch_context = progress};
        ps_progress_scenario(progress, runs[i].plan->name);
        ps_status s = ps_simulation_run(&options, &notice, &runs[i].simulation, err);
        ps_progress_clear(progress);
        if (notice.length > 0 && o->mpi.rank == 0)
            fprintf(stderr, "pinstorm: note: %s\n", ps_text_chars(&notice));
        ps_text_deinit(&notice);
        runs[i].interrupted = s.code == PS_CODE_INTERRUPTED;
        PS_TRY(s);
    }
    return PS_OK;
}

/* What `merge` needs of a shard, and what to do next. */
static int leave_parts(const struct ps_run_options *o, const struct scenario_run *runs)
{
    if (o->shard.count == 0) {
        ps_parts_remove(o->out);
        return PS_EXIT_MET;
    }
    const struct ps_part **parts = ps_alloc(o->scenario_count, sizeof *parts);
    size_t count = 0;
    for (size_t i = 0; i < o->scenario_count; i++)
        if (runs[i].simulation)
            parts[count++] = ps_simulation_part(runs[i].simulation);
    struct ps_error err = {{0}};
    ps_status s = ps_parts_write(o->out, parts, count, &err);
    free(parts);
    if (!ps_is_ok(s))
        ps_cli_error("%s", err.text);
    else if (o->shard.count > 1 && !o->json)
        printf("Expectations are judged when all %" PRIu64 " shards are added up: pinstorm merge "
               "DIR... --out DIR\n",
               o->shard.count);
    return ps_exit_of(s);
}

static int report(const struct ps_run_options *o, const struct scenario_run *runs,
                  const char *command, const struct ps_progress *progress)
{
    static const char *const fidelities[] = {"memo", "wire"}, *const links[] = {"tcp", "memory"};
    struct ps_result result = {.version = PS_VERSION};
    int code = PS_EXIT_MET;
    result.scenarios = ps_alloc(o->scenario_count, sizeof *result.scenarios);
    result.work = (struct ps_result_work){.command = command,
                                          .fidelity = fidelities[o->fidelity],
                                          .link = links[o->link],
                                          .audit = o->audit_text ? o->audit_text : "0%",
                                          .jobs = (unsigned)o->jobs};
    for (size_t i = 0; i < o->scenario_count; i++) {
        if (!runs[i].simulation)
            continue;
        struct ps_result_scenario *scenario = &result.scenarios[result.scenario_count++];
        *scenario = *ps_simulation_result(runs[i].simulation);
        if (runs[i].interrupted)
            code = ps_exit_worse(code, PS_EXIT_INTERRUPTED);
        else if (runs[i].outcomes)
            scenario->outcomes = strrchr(runs[i].outcomes, '/') + 1;
        ps_simulation_work(runs[i].simulation, &result.work);
    }
    ps_cli_took(&result.work, ps_progress_elapsed_ms(progress));
    const struct ps_publish publish = {o->out, o->json};
    code = ps_exit_worse(code, ps_cli_publish(&publish, &result));
    if (code != PS_EXIT_FAILED)
        code = ps_exit_worse(code, leave_parts(o, runs));
    free(result.scenarios);
    return code;
}

static bool has_result(const struct ps_run_options *o, const struct scenario_run *runs)
{
    for (size_t i = 0; i < o->scenario_count; i++)
        if (runs[i].simulation)
            return true;
    return false;
}

static void say_interrupted(const struct ps_run_options *o, const struct scenario_run *runs)
{
    size_t missing = 0;
    for (size_t i = 0; i < o->scenario_count; i++)
        missing += runs[i].repeat && !runs[i].simulation;
    const char *go_on = o->checkpoint ? "; --resume goes on from the checkpoint" : "";
    if (!has_result(o, runs))
        ps_cli_error("interrupted before anything was finished; no report was written%s", go_on);
    else if (missing > 0)
        ps_cli_error("interrupted; what was finished is reported, %zu scenario%s not%s", missing,
                     missing == 1 ? " is" : "s are", go_on);
    else
        ps_cli_error("interrupted; what was finished is reported%s", go_on);
}

/* Those that the report did not take. */
static void remove_outcomes(const struct ps_run_options *o, const struct scenario_run *runs)
{
    for (size_t i = 0; i < o->scenario_count; i++)
        if (runs[i].outcomes)
            unlink(runs[i].outcomes);
}

/* Of several processes rank 0 says what is wrong with what the user gave; where it finds nothing,
 * nobody may. */
static int agree_on_reading(const struct ps_run_options *o, int code)
{
    if (o->mpi.ranks == 1)
        return code;
    int first = ps_mpi_agree(code);
    if (first != PS_EXIT_MET)
        return first;
    ps_together_speak(&o->mpi);
    if (code == PS_EXIT_MET)
        return code;
    ps_cli_error("a scenario that rank 0 can read cannot be read here");
    ps_mpi_abort(code);
}

/* Everybody's records become rank 0's. Those of an interrupted run are no use to anybody. */
static ps_status gather_outcomes(const struct ps_run_options *o, struct scenario_run *run,
                                 struct ps_error *err)
{
    bool whole = run->simulation && !run->interrupted && run->outcomes;
    if (o->mpi.rank > 0)
        return ps_together_send_file(whole ? run->outcomes : NULL, err);
    if (!whole && run->outcomes) {
        unlink(run->outcomes);
        free(run->outcomes);
        run->outcomes = NULL;
    }
    return ps_together_join_files(&o->mpi, &run->outcomes, err);
}

/* Everybody's devices become rank 0's result, which alone reports. */
static int report_together(const struct ps_run_options *o, struct scenario_run *runs,
                           const char *command, const struct ps_progress *progress)
{
    bool interrupted = false;
    for (size_t i = 0; i < o->scenario_count; i++)
        interrupted |= runs[i].interrupted;
    interrupted = ps_mpi_any(interrupted);
    struct ps_simulation **simulations = ps_alloc(o->scenario_count, sizeof *simulations);
    for (size_t i = 0; i < o->scenario_count; i++)
        simulations[i] = runs[i].simulation;
    struct ps_error err = {{0}};
    ps_status s = ps_together_add(&o->mpi, simulations, o->scenario_count, &err);
    free(simulations);
    for (size_t i = 0; i < o->scenario_count && ps_is_ok(s); i++)
        s = gather_outcomes(o, &runs[i], &err);
    if (!ps_is_ok(s)) {
        ps_cli_error("%s; no report was written", err.text);
        ps_mpi_abort(ps_exit_of(s));
    }
    int code = interrupted ? PS_EXIT_INTERRUPTED : PS_EXIT_MET;
    if (o->mpi.rank == 0 && interrupted)
        say_interrupted(o, runs);
    if (o->mpi.rank == 0 && has_result(o, runs))
        code = ps_exit_worse(code, report(o, runs, command, progress));
    return ps_mpi_agree(code);
}

/* What is wrong with the folder is for rank 0 to say, unless only another finds it. */
static int prepare_checkpoints(const struct ps_run_options *o)
{
    const struct ps_checkpoints checkpoints = checkpoints_of(o);
    int code = PS_EXIT_MET;
    if (o->mpi.rank == 0)
        code = ps_checkpoints_prepare(&checkpoints, o->scenario_count);
    if (o->mpi.ranks > 1)
        code = ps_mpi_agree(code);
    if (code != PS_EXIT_MET || o->mpi.rank == 0)
        return code;
    code = ps_checkpoints_prepare(&checkpoints, o->scenario_count);
    if (code != PS_EXIT_MET)
        ps_mpi_abort(code);
    return code;
}

static int run(const struct ps_run_options *o, struct scenario_run *runs)
{
    const struct ps_checkpoints checkpoints = checkpoints_of(o);
    int code = agree_on_reading(o, read_scenarios(o, runs));
    if (code == PS_EXIT_MET)
        code = prepare_checkpoints(o);
    if (code != PS_EXIT_MET)
        return code;
    struct ps_error err = {{0}};
    bool made_folder = access(o->out, F_OK) != 0;
    if (!ps_is_ok(ps_report_prepare(o->out, &err))) {
        ps_cli_error("%s", err.text);
        return PS_EXIT_FAILED;
    }
    char *command = command_of_run(o);
    print_head(o, runs, command, o->json ? stderr : stdout);
    struct ps_progress progress;
    ps_progress_start(&progress, o->quiet);
    struct ps_keypool *pool = NULL;
    ps_status s = ps_keypool_new((unsigned)o->jobs, &pool, &err);
    if (ps_is_ok(s))
        s = run_scenarios(o, runs, pool, &progress, &err);
    code = ps_exit_of(s);
    if (o->mpi.ranks > 1 && (ps_is_ok(s) || code == PS_EXIT_INTERRUPTED)) {
        code = ps_exit_worse(code, report_together(o, runs, command, &progress));
    } else if (ps_is_ok(s) || code == PS_EXIT_INTERRUPTED) {
        if (!ps_is_ok(s))
            say_interrupted(o, runs);
        if (has_result(o, runs))
            code = ps_exit_worse(code, report(o, runs, command, &progress));
    } else {
        ps_cli_error("%s; no report was written", err.text);
    }
    remove_outcomes(o, runs);
    if (ps_is_ok(s) && code != PS_EXIT_FAILED && code != PS_EXIT_INTERRUPTED)
        ps_checkpoints_remove(&checkpoints, o->scenario_count);
    if (made_folder)
        rmdir(o->out); /* as it was before; does nothing to a folder that is not empty */
    if (o->mpi.ranks > 1 && !ps_is_ok(s) && code != PS_EXIT_INTERRUPTED)
        ps_mpi_abort(code);
    for (size_t i = 0; i < o->scenario_count; i++)
        ps_simulation_free(runs[i].simulation);
    ps_keypool_free(pool);
    free(command);
    return code;
}

int ps_command_run(int argc, char **argv)
{
    struct ps_run_options o = {.out = "pinstorm-out", .seed = 1};
    int code = ps_together_start(&o.mpi);
    if (code < 0)
        code = ps_cli_parse(&ps_run_argp, argc, argv, &o);
    if (code >= 0)
        return code;
    if (o.jobs == 0)
        o.jobs = ps_together_jobs(&o.mpi, PS_RUN_JOBS_MAX);
    o.quiet |= o.mpi.rank > 0;
    if (o.scenario_count == 0)
        return ps_cli_usage("pinstorm run", "which scenario?");
    if (o.resume && !o.checkpoint)
        return ps_cli_usage("pinstorm run", "--resume goes on from a --checkpoint DIR; which one?");
    if (o.port && o.link == PS_LINK_MEMORY)
        return ps_cli_usage("pinstorm run", "--port says nothing with --link memory");
    if (o.port && o.mpi.ranks > 1)
        return ps_cli_usage("pinstorm run", "--port is for one process, and mpirun started %d",
                            o.mpi.ranks);
    struct scenario_run *runs = ps_alloc(o.scenario_count, sizeof *runs);
    code = run(&o, runs);
    for (size_t i = 0; i < o.scenario_count; i++) {
        ps_plan_free(runs[i].plan);
        free(runs[i].strategies);
        free(runs[i].repeat);
        free(runs[i].outcomes);
        free(runs[i].checkpoint);
    }
    free(runs);
    return code;
}
