/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <limits.h>
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
#include "cli/shard.h"
#include "cli/together.h"
#include "reports/report.h"
#include "harness/simulation.h"
#include "loop/runner.h"

enum {
    JOBS_MAX = 64,
    DEVICES_MAX = 10000000,
    SCENARIOS_MAX = 256,
    PORT_MAX = 65535,
    STRATEGIES_MAX = 256
};

struct run_options {
    const char *out;
    uint64_t devices, seed, jobs, port, in_flight;
    const char *strategies[STRATEGIES_MAX];
    size_t strategy_count;
    enum ps_fidelity fidelity;
    enum ps_link_kind link;
    ps_share audit;
    const char *audit_text;
    struct ps_mpi mpi;
    const char *shard_text;
    struct ps_shard shard;
    uint64_t chunk;
    const char *checkpoint; /* folder; NULL: none */
    bool json, quiet, no_outcomes, resume;
    const char *scenarios[SCENARIOS_MAX];
    size_t scenario_count;
};

struct scenario_run {
    struct ps_plan *plan;
    bool *strategies; /* NULL: all */
    char *repeat;     /* without --strategy */
    struct ps_simulation *simulation;
    char *checkpoint; /* stem; NULL: none */
    bool interrupted; /* if there is a simulation, it is partial */
    char *outcomes;   /* file of its records until they have their name; NULL: none */
};

enum {
    KEY_DEVICES = 1000,
    KEY_SEED,
    KEY_STRATEGY,
    KEY_FIDELITY,
    KEY_LINK,
    KEY_AUDIT,
    KEY_PORT,
    KEY_IN_FLIGHT,
    KEY_CHUNK,
    KEY_SHARD,
    KEY_JSON,
    KEY_NO_OUTCOMES,
    KEY_CHECKPOINT,
    KEY_RESUME,
    KEY_DEVICE
};

static const struct argp_option option_table[] = {
    {0, 0, 0, 0, "What is run", 1},
    {"devices", KEY_DEVICES, "N", 0,
     "that many devices in all, spread over the cohorts in proportion (one each at least)", 1},
    /* Else it would be short for --devices, and ask for a fleet of so many. */
    {"device", KEY_DEVICE, "N", OPTION_HIDDEN, 0, 1},
    {"seed", KEY_SEED, "N", 0, "of every random draw (default 1)", 1},
    {"strategy", KEY_STRATEGY, "NAME", 0, "only this strategy (may be repeated)", 1},
    {"shard", KEY_SHARD, "K/N|auto", 0,
     "only the K-th of N equal parts of the fleet, to be added up with 'pinstorm merge'; auto: as "
     "SLURM, Kubernetes or CI say in the environment; auto/N where they do not say of how many",
     1},
    {0, 0, 0, 0, "How it is done (the result stays the same)", 2},
    {"fidelity", KEY_FIDELITY, "memo|wire", 0,
     "memo: one real handshake for each contact class; wire: every device makes its own (default "
     "memo)",
     2},
    {"audit", KEY_AUDIT, "SHARE", 0,
     "make this share of the reused contacts again for real, and fail if one differs (as 5%)", 2},
    {"link", KEY_LINK, "tcp|memory", 0,
     "loopback TCP or memory between device and server (default tcp)", 2},
    {"jobs", 'j', "N", 0, "worker threads (default: one for each processor)", 2},
    {"chunk", KEY_CHUNK, "N", 0,
     "devices that a worker takes at once (default: by the size of the fleet, 4096 at most)", 2},
    {"in-flight", KEY_IN_FLIGHT, "N", 0,
     "contacts under way at once (default 1000; fewer where descriptors are few)", 2},
    {"port", KEY_PORT, "N", 0,
     "first port to listen on, one for each endpoint (default: any; one worker)", 2},
    {"checkpoint", KEY_CHECKPOINT, "DIR", 0,
     "keep in DIR what is finished, so that a run that was killed can go on", 2},
    {"resume", KEY_RESUME, 0, 0, "go on from the checkpoint, or begin where there is none", 2},
    {0, 0, 0, 0, "What comes out", 3},
    {"out", 'o', "DIR", 0, "folder of the report (default pinstorm-out)", 3},
    {"no-outcomes", KEY_NO_OUTCOMES, 0, 0,
     "no outcomes.bin (16 bytes for each device and strategy) and causes.json", 3},
    {"json", KEY_JSON, 0, 0, "print summary.json instead of the table", 3},
    {"quiet", 'q', 0, 0, "no progress", 3},
    {0, 0, 0, 0, 0, 0}};

static bool parse_share(const char *text, ps_share *ret_share)
{
    /* "5%", "0.5%", "100%": parts per million, and nothing smaller. */
    char *end;
    unsigned long whole = strtoul(text, &end, 10);
    unsigned long ppm = whole * 10000, unit = 1000;
    if (text[0] < '0' || text[0] > '9' || whole > 100)
        return false;
    if (*end == '.')
        for (end++; *end >= '0' && *end <= '9'; end++, unit /= 10) {
            if (unit == 0)
                return false;
            ppm += (unsigned long)(*end - '0') * unit;
        }
    if (strcmp(end, "%") != 0 || ppm > 1000000)
        return false;
    ret_share->ppm = (uint32_t)ppm;
    return true;
}

static bool parse_word(const char *option, const char *text, const char *first, const char *second,
                       int *ret_index)
{
    *ret_index = strcmp(text, second) == 0;
    if (*ret_index || strcmp(text, first) == 0)
        return true;
    const char *words[] = {first, second};
    const char *near = ps_text_nearest(text, words, 2);
    ps_cli_error("%s takes %s or %s, not '%s'%s%s%s", option, first, second, text,
                 near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return false;
}

static bool read_shard(struct run_options *o)
{
    struct ps_error err = {{0}};
    struct ps_text note = {0};
    ps_status s = ps_shard_read(o->shard_text, getenv, &o->shard, &note, &err);
    if (!ps_is_ok(s))
        ps_cli_error("%s", err.text);
    else if (note.length > 0 && o->mpi.rank == 0)
        fprintf(stderr, "pinstorm: note: %s\n", ps_text_chars(&note));
    ps_text_deinit(&note);
    return ps_is_ok(s);
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct run_options *o = state->input;
    int word;
    switch (key) {
    case KEY_DEVICES:
        return ps_cli_number("--devices", arg, 1, DEVICES_MAX, &o->devices) ? 0 : EINVAL;
    case KEY_SEED:
        return ps_cli_number("--seed", arg, 0, UINT64_MAX, &o->seed) ? 0 : EINVAL;
    case 'j':
        return ps_cli_number("--jobs", arg, 1, JOBS_MAX, &o->jobs) ? 0 : EINVAL;
    case KEY_PORT:
        return ps_cli_number("--port", arg, 1, PORT_MAX, &o->port) ? 0 : EINVAL;
    case KEY_IN_FLIGHT:
        return ps_cli_number("--in-flight", arg, PS_IN_FLIGHT_MIN, PS_IN_FLIGHT_MAX, &o->in_flight)
                   ? 0
                   : EINVAL;
    case KEY_CHUNK:
        return ps_cli_number("--chunk", arg, 1, DEVICES_MAX, &o->chunk) ? 0 : EINVAL;
    case KEY_SHARD:
        o->shard_text = arg;
        return read_shard(o) ? 0 : EINVAL;
    case KEY_DEVICE:
        ps_cli_usage("pinstorm run", "--device is of 'pinstorm explain', which looks at one of a "
                                     "fleet; --devices N says how many there are");
        return EINVAL;
    case KEY_STRATEGY:
        if (o->strategy_count == STRATEGIES_MAX) {
            ps_cli_error("--strategy can be given %d times at most", STRATEGIES_MAX);
            return EINVAL;
        }
        o->strategies[o->strategy_count++] = arg;
        return 0;
    case KEY_FIDELITY:
        if (!parse_word("--fidelity", arg, "memo", "wire", &word))
            return EINVAL;
        o->fidelity = word ? PS_FIDELITY_WIRE : PS_FIDELITY_MEMO;
        return 0;
    case KEY_LINK:
        if (!parse_word("--link", arg, "tcp", "memory", &word))
            return EINVAL;
        o->link = word ? PS_LINK_MEMORY : PS_LINK_TCP;
        return 0;
    case KEY_AUDIT:
        o->audit_text = arg;
        if (parse_share(arg, &o->audit))
            return 0;
        ps_cli_error("--audit takes a share such as 5%% or 0.5%%, not '%s'", arg);
        return EINVAL;
    case 'o':
        o->out = arg;
        return 0;
    case KEY_CHECKPOINT:
        o->checkpoint = arg;
        return 0;
    case KEY_RESUME:
        o->resume = true;
        return 0;
    case KEY_NO_OUTCOMES:
        o->no_outcomes = true;
        return 0;
    case KEY_JSON:
        o->json = true;
        return 0;
    case 'q':
        o->quiet = true;
        return 0;
    case ARGP_KEY_ARG:
        if (o->scenario_count == SCENARIOS_MAX) {
            ps_cli_error("one run takes %d scenarios at most", SCENARIOS_MAX);
            return EINVAL;
        }
        o->scenarios[o->scenario_count++] = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_table,
    parse_option,
    "SCENARIO...",
    "Replay scenarios and judge them.\vA SCENARIO is a YAML file or a name of the catalogue "
    "('pinstorm "
    "list scenarios').\n\nExamples:\n  pinstorm run le-dst-x3-2021\n  pinstorm run my.yaml "
    "--devices "
    "200 --fidelity wire --out report\n  pinstorm run my.yaml --strategy both-roots --audit "
    "5%\n\nExit "
    "codes: 0 every expectation met, 1 one not met, 2 usage or scenario error, 3 the harness "
    "failed "
    "(an audit disagreement included), 4 an expectation could not be judged, 130 interrupted "
    "(Ctrl-C, SIGTERM, SIGUSR1): what "
    "was finished by then is reported.",
    0,
    0,
    0};

/* What the result depends on goes into the command that repeats it; what it does not, only where
 * the user asked for it. */
static void add_common(struct ps_text *command, const struct run_options *o)
{
    ps_text_add(command, " --seed %" PRIu64, o->seed);
    if (o->devices)
        ps_text_add(command, " --devices %" PRIu64, o->devices);
}

static char *command_of_run(const struct run_options *o)
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

static char *command_of_scenario(const struct run_options *o, const char *scenario)
{
    struct ps_text command = {0};
    ps_text_add(&command, "pinstorm run");
    ps_cli_quote(&command, scenario);
    add_common(&command, o);
    return ps_text_steal(&command);
}

/* Which of the plan's strategies were asked for; false if none was. */
static bool choose_strategies(const struct run_options *o, struct scenario_run *run, bool *named)
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
static int read_scenarios(const struct run_options *o, struct scenario_run *runs)
{
    int code = PS_EXIT_MET;
    for (size_t i = 0; i < o->scenario_count; i++)
        code =
            ps_exit_worse(code, ps_exit_of(ps_cli_read_scenario(o->scenarios[i], &runs[i].plan)));
    if (code != PS_EXIT_MET)
        return code;
    bool named[STRATEGIES_MAX] = {false};
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

static void print_head(const struct run_options *o, const struct scenario_run *runs,
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

static struct ps_checkpoints checkpoints_of(const struct run_options *o)
{
    return (struct ps_checkpoints){.folder = o->checkpoint,
                                   .resume = o->resume,
                                   .shard = o->shard.number,
                                   .shards = o->shard.count,
                                   .rank = (unsigned)o->mpi.rank,
                                   .ranks = (unsigned)o->mpi.ranks};
}

static ps_status run_scenarios(const struct run_options *o, struct scenario_run *runs,
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
static int leave_parts(const struct run_options *o, const struct scenario_run *runs)
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

static int report(const struct run_options *o, const struct scenario_run *runs, const char *command,
                  const struct ps_progress *progress)
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

static bool has_result(const struct run_options *o, const struct scenario_run *runs)
{
    for (size_t i = 0; i < o->scenario_count; i++)
        if (runs[i].simulation)
            return true;
    return false;
}

static void say_interrupted(const struct run_options *o, const struct scenario_run *runs)
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
static void remove_outcomes(const struct run_options *o, const struct scenario_run *runs)
{
    for (size_t i = 0; i < o->scenario_count; i++)
        if (runs[i].outcomes)
            unlink(runs[i].outcomes);
}

/* Of several processes rank 0 says what is wrong with what the user gave; where it finds nothing,
 * nobody may. */
static int agree_on_reading(const struct run_options *o, int code)
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
static ps_status gather_outcomes(const struct run_options *o, struct scenario_run *run,
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
static int report_together(const struct run_options *o, struct scenario_run *runs,
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
static int prepare_checkpoints(const struct run_options *o)
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

static int run(const struct run_options *o, struct scenario_run *runs)
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
    struct run_options o = {.out = "pinstorm-out", .seed = 1};
    int code = ps_together_start(&o.mpi);
    if (code < 0)
        code = ps_cli_parse(&argp, argc, argv, &o);
    if (code >= 0)
        return code;
    if (o.jobs == 0)
        o.jobs = ps_together_jobs(&o.mpi, JOBS_MAX);
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
