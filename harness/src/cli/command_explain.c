/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include "base/memory.h"
#include "cli/cli.h"
#include "harness/explain.h"
#include "reports/run_folder.h"

enum { KEY_STRATEGY = 256, KEY_SEED, KEY_DEVICES, KEY_LINK, KEY_JSON, KEY_SCENARIO };
enum { STRATEGIES_MAX = 256 };
#define DEVICES_MAX UINT32_MAX

struct explain_options {
    const char *of; /* RUN or SCENARIO */
    const char *device;
    const char *scenario; /* of a run that has several */
    const char *strategies[STRATEGIES_MAX];
    size_t strategy_count;
    uint64_t seed, devices;
    bool seed_given, devices_given, json;
    enum ps_link_kind link;
};

/* What is explained, once it was found. */
struct subject {
    struct ps_plan *plan;
    uint64_t seed, devices; /* 0 devices: as planned */
    struct ps_explain_place place;
    bool *strategies; /* NULL: all */
    size_t chosen;    /* how many of them */
    char *records;    /* of the run; NULL: there are none */
    char *command;    /* that explains this device, without --strategy */
};

static const struct argp_option option_table[] = {
    {"device", 'd', "DEVICE", 0, "COHORT/N, or N over the whole fleet; both from 0", 1},
    {"strategy", KEY_STRATEGY, "NAME", 0,
     "this one at length; can be given again (default: all of them, in short)", 1},
    {"scenario", KEY_SCENARIO, "NAME", 0, "of a run of several, this one", 1},
    {0, 0, 0, 0, "Of a SCENARIO; a RUN has them", 2},
    {"seed", KEY_SEED, "N", 0, "of all draws (default 1)", 2},
    {"devices", KEY_DEVICES, "N", 0, "in the fleet (default: as the scenario says)", 2},
    {0, 0, 0, 0, "How", 3},
    {"link", KEY_LINK, "tcp|memory", 0, "what carries the bytes (default tcp: 127.0.0.1)", 3},
    {"json", KEY_JSON, 0, 0, "everything, at length, for programs", 3},
    {0, 0, 0, 0, 0, 0}};

static error_t parse_link(const char *arg, struct explain_options *o)
{
    o->link = strcmp(arg, "memory") == 0 ? PS_LINK_MEMORY : PS_LINK_TCP;
    if (o->link == PS_LINK_MEMORY || strcmp(arg, "tcp") == 0)
        return 0;
    ps_cli_error("--link takes tcp or memory, not '%s'", arg);
    return EINVAL;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct explain_options *o = state->input;
    switch (key) {
    case 'd':
        o->device = arg;
        return 0;
    case KEY_STRATEGY:
        if (o->strategy_count == STRATEGIES_MAX) {
            ps_cli_error("--strategy can be given %d times at most", STRATEGIES_MAX);
            return EINVAL;
        }
        o->strategies[o->strategy_count++] = arg;
        return 0;
    case KEY_SCENARIO:
        o->scenario = arg;
        return 0;
    case KEY_SEED:
        o->seed_given = true;
        return ps_cli_number("--seed", arg, 0, UINT64_MAX, &o->seed) ? 0 : EINVAL;
    case KEY_DEVICES:
        o->devices_given = true;
        return ps_cli_number("--devices", arg, 1, DEVICES_MAX, &o->devices) ? 0 : EINVAL;
    case KEY_LINK:
        return parse_link(arg, o);
    case KEY_JSON:
        o->json = true;
        return 0;
    case ARGP_KEY_ARG:
        if (o->of) {
            ps_cli_error("one run or scenario at a time: '%s' is another", arg);
            return EINVAL;
        }
        o->of = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_table,
    parse_option,
    "RUN|SCENARIO",
    "Tell the life of one device.\vThe device is lived again, alone, with a real handshake for "
    "everything it meets, so that what is told is what happened: the same device as in the run, "
    "and the same outcome.\n\nA RUN is the folder that 'pinstorm run --out' wrote; its scenario is "
    "read again and has to be as it was. A SCENARIO is a YAML file or a name of the catalogue "
    "('pinstorm list scenarios').\n\nExamples:\n"
    "  pinstorm explain pinstorm-out --device 12\n"
    "  pinstorm explain pinstorm-out --device gateways/12 --strategy both-roots\n"
    "  pinstorm explain my.yaml --seed 7 --devices 1000 --device 999 --json\n\nExit codes: 0 told, "
    "2 usage or scenario error, 3 the harness failed (the device gave another result when it was "
    "looked at again included), 130 interrupted.",
    0,
    0,
    0};

/* ---- what is explained ---- */

static int say_unknown(const char *what, const char *name, const char *const *names, size_t count)
{
    const char *near = ps_text_nearest(name, names, count);
    struct ps_text all = {0};
    for (size_t i = 0; i < count && i < 12; i++)
        ps_text_add(&all, "%s%s", i > 0 ? ", " : "", names[i]);
    if (near)
        ps_cli_error("there is no %s '%s'; did you mean '%s'?", what, name, near);
    else
        ps_cli_error("there is no %s '%s'; there is %s%s", what, name, ps_text_chars(&all),
                     count > 12 ? "..." : "");
    ps_text_deinit(&all);
    return PS_EXIT_USAGE;
}

static int find_scenario(const struct explain_options *o, const struct ps_run_folder *run,
                         const struct ps_run_scenario **ret_scenario)
{
    const char **names = ps_alloc(run->scenario_count, sizeof *names);
    int code = PS_EXIT_MET;
    *ret_scenario = NULL;
    for (size_t i = 0; i < run->scenario_count; i++) {
        names[i] = run->scenarios[i].name;
        if (o->scenario ? strcmp(names[i], o->scenario) == 0 : run->scenario_count == 1)
            *ret_scenario = &run->scenarios[i];
    }
    if (!*ret_scenario && o->scenario)
        code = say_unknown("scenario in this run", o->scenario, names, run->scenario_count);
    else if (!*ret_scenario)
        code = ps_cli_usage("pinstorm explain",
                            "the run has %zu scenarios, beginning with '%s': which one "
                            "(--scenario)?",
                            run->scenario_count, names[0]);
    free(names);
    return code;
}

/* Where the run's scenario file is: from here, or from beside the run's folder, where the run was
 * started unless it was told otherwise. What is neither may be a name of the catalogue. */
static char *path_of(const char *folder, const char *file)
{
    if (access(file, F_OK) == 0 || file[0] == '/')
        return ps_strdup(file);
    char *beside = ps_format("%s/../%s", folder, file);
    if (access(beside, F_OK) == 0)
        return beside;
    free(beside);
    return ps_strdup(file);
}

static uint64_t planned_devices(const struct ps_plan *plan)
{
    uint64_t devices = 0;
    for (size_t i = 0; i < plan->cohort_count; i++)
        devices += plan->cohorts[i].devices;
    return devices;
}

/* The run's file of outcome records; NULL: it kept none. */
static char *records_of(const char *folder, size_t scenario)
{
    char *path = scenario == 0 ? ps_format("%s/outcomes.bin", folder)
                               : ps_format("%s/outcomes-%zu.bin", folder, scenario + 1);
    if (access(path, F_OK) == 0)
        return path;
    free(path);
    return NULL;
}

static int read_run(const struct explain_options *o, struct ps_arena *arena, struct subject *ret)
{
    struct ps_run_folder run;
    struct ps_error err = {{0}};
    const struct ps_run_scenario *scenario;
    if (o->seed_given || o->devices_given)
        return ps_cli_usage("pinstorm explain", "%s says nothing of a run, which has its own",
                            o->seed_given ? "--seed" : "--devices");
    if (!ps_is_ok(ps_run_folder_read(o->of, arena, &run, &err))) {
        ps_cli_error("%s", err.text);
        return PS_EXIT_USAGE;
    }
    int code = find_scenario(o, &run, &scenario);
    if (code != PS_EXIT_MET)
        return code;
    char *path = path_of(o->of, scenario->file);
    ps_status s = ps_cli_read_scenario(path, &ret->plan);
    if (ps_is_ok(s) && ret->plan->digest != scenario->digest) {
        ps_cli_error("'%s' is not what the run '%s' was of: its digest is %016" PRIx64
                     ", the run's was %016" PRIx64 "; run it again",
                     path, o->of, ret->plan->digest, scenario->digest);
        s = PS_INVALID;
    } else if (!ps_is_ok(s)) {
        ps_cli_error("the run '%s' was of that file; it is looked for from here, and from beside "
                     "the run",
                     o->of);
    }
    if (strcmp(run.version, PS_VERSION) != 0)
        fprintf(stderr, "pinstorm: note: the run was made by version %s, this is %s\n", run.version,
                PS_VERSION);
    free(path);
    ret->records = records_of(o->of, (size_t)(scenario - run.scenarios));
    ret->seed = scenario->seed;
    ret->devices = scenario->devices;
    if (ps_is_ok(s) && ret->devices == planned_devices(ret->plan))
        ret->devices = 0;
    return ps_exit_of(s);
}

static int read_scenario(const struct explain_options *o, struct subject *ret)
{
    if (o->scenario)
        return ps_cli_usage("pinstorm explain", "--scenario is for a run of several");
    ret->seed = o->seed;
    ret->devices = o->devices;
    return ps_exit_of(ps_cli_read_scenario(o->of, &ret->plan));
}

/* ---- which device ---- */

static bool is_number(const char *text)
{
    return *text != '\0' && text[strspn(text, "0123456789")] == '\0';
}

static int find_in_cohort(const char *device, const char *slash, struct subject *subject)
{
    const struct ps_plan *plan = subject->plan;
    char *name = ps_format("%.*s", (int)(slash - device), device);
    const char **names = ps_alloc(plan->cohort_count, sizeof *names);
    uint32_t cohort = PS_PLAN_NONE;
    uint64_t number;
    int code = PS_EXIT_MET;
    for (uint32_t i = 0; i < plan->cohort_count; i++) {
        names[i] = plan->cohorts[i].name;
        if (strcmp(names[i], name) == 0)
            cohort = i;
    }
    if (cohort == PS_PLAN_NONE) {
        code = say_unknown("cohort", name, names, plan->cohort_count);
    } else if (!ps_cli_number("--device", slash + 1, 0, UINT64_MAX, &number)) {
        code = PS_EXIT_USAGE;
    } else if (!ps_explain_place_in(plan, subject->devices, cohort, number, &subject->place)) {
        ps_cli_error("cohort '%s' has %" PRIu64 " devices, from %s/0 to %s/%" PRIu64, name,
                     subject->place.devices, name, name, subject->place.devices - 1);
        code = PS_EXIT_USAGE;
    }
    free(names);
    free(name);
    return code;
}

static int find_device(const char *device, struct subject *subject)
{
    const char *slash = strrchr(device, '/');
    uint64_t number;
    if (slash)
        return find_in_cohort(device, slash, subject);
    if (!is_number(device)) {
        ps_cli_error("--device takes COHORT/N, as %s/0, or a number over the whole fleet, not "
                     "'%s'",
                     subject->plan->cohorts[0].name, device);
        return PS_EXIT_USAGE;
    }
    if (!ps_cli_number("--device", device, 0, UINT64_MAX, &number))
        return PS_EXIT_USAGE;
    if (ps_explain_place_of(subject->plan, subject->devices, number, &subject->place))
        return PS_EXIT_MET;
    ps_cli_error("there are %" PRIu64 " devices, from 0 to %" PRIu64 ", and no number %s",
                 subject->place.devices, subject->place.devices - 1, device);
    return PS_EXIT_USAGE;
}

static int choose_strategies(const struct explain_options *o, struct subject *subject)
{
    const struct ps_plan *plan = subject->plan;
    const char **names = ps_alloc(plan->strategy_count + 1, sizeof *names);
    int code = PS_EXIT_MET;
    for (size_t i = 0; i < plan->strategy_count; i++)
        names[i] = plan->strategies[i].name;
    if (o->strategy_count > 0)
        subject->strategies = ps_alloc(plan->strategy_count, sizeof *subject->strategies);
    subject->chosen = o->strategy_count > 0 ? 0 : plan->strategy_count;
    for (size_t k = 0; k < o->strategy_count && code == PS_EXIT_MET; k++) {
        size_t i = 0;
        while (i < plan->strategy_count && strcmp(names[i], o->strategies[k]) != 0)
            i++;
        if (i == plan->strategy_count)
            code = say_unknown("strategy", o->strategies[k], names, plan->strategy_count);
        else
            subject->strategies[i] = true;
    }
    for (size_t i = 0; subject->strategies && i < plan->strategy_count; i++)
        subject->chosen += subject->strategies[i];
    free(names);
    return code;
}

static char *command_of(const struct explain_options *o, const struct subject *subject)
{
    struct ps_text command = {0};
    char *device = ps_format("%s/%" PRIu32, subject->plan->cohorts[subject->place.cohort].name,
                             subject->place.number);
    ps_text_add(&command, "pinstorm explain");
    ps_cli_quote(&command, o->of);
    if (o->scenario) {
        ps_text_add(&command, " --scenario");
        ps_cli_quote(&command, o->scenario);
    }
    if (o->seed_given)
        ps_text_add(&command, " --seed %" PRIu64, o->seed);
    if (o->devices_given)
        ps_text_add(&command, " --devices %" PRIu64, o->devices);
    ps_text_add(&command, " --device");
    ps_cli_quote(&command, device);
    free(device);
    return ps_text_steal(&command);
}

/* ---- telling ---- */

static void print(const struct explain_options *o, const struct ps_explanation *explanation)
{
    struct ps_text text = {0};
    const struct ps_told_options options = {ps_cli_colour(STDOUT_FILENO), ps_cli_columns()};
    if (o->json)
        ps_explanation_json(explanation, &text);
    else
        ps_explanation_text(explanation, &options, &text);
    fputs(ps_text_chars(&text), stdout);
    ps_text_deinit(&text);
}

static bool watch(const struct ps_simulation_progress *progress, void *context)
{
    (void)progress;
    (void)context;
    return ps_cli_interrupted();
}

static int tell(const struct explain_options *o, const struct subject *subject)
{
    struct ps_keypool *pool = NULL;
    struct ps_explain *explain = NULL;
    struct ps_error err = {{0}};
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    ps_status s = ps_keypool_new(processors < 1 ? 1 : (unsigned)processors, &pool, &err);
    const struct ps_explain_options options = {.plan = subject->plan,
                                               .pool = pool,
                                               .seed = subject->seed,
                                               .devices = subject->devices,
                                               .cohort = subject->place.cohort,
                                               .number = subject->place.number,
                                               .strategies = subject->strategies,
                                               .at_length = o->json || o->strategy_count > 0 ||
                                                            subject->chosen == 1,
                                               .link = o->link,
                                               .records = subject->records,
                                               .command = subject->command,
                                               .watch = watch};
    if (ps_is_ok(s))
        s = ps_explain_run(&options, &explain, &err);
    if (ps_is_ok(s))
        print(o, ps_explain_told(explain));
    else
        ps_cli_error("%s",
                     s.code == PS_CODE_INTERRUPTED ? "interrupted; nothing was told" : err.text);
    ps_explain_free(explain);
    ps_keypool_free(pool);
    return ps_exit_of(s);
}

static int explain_subject(const struct explain_options *o, struct ps_arena *arena,
                           struct subject *subject)
{
    struct stat is;
    bool folder = stat(o->of, &is) == 0 && S_ISDIR(is.st_mode);
    if (folder && !ps_run_folder_is(o->of)) {
        ps_cli_error("'%s' is a folder, but no run has written its summary.json there", o->of);
        return PS_EXIT_USAGE;
    }
    int code = folder ? read_run(o, arena, subject) : read_scenario(o, subject);
    if (code == PS_EXIT_MET)
        code = find_device(o->device, subject);
    if (code == PS_EXIT_MET)
        code = choose_strategies(o, subject);
    if (code != PS_EXIT_MET)
        return code;
    subject->command = command_of(o, subject);
    return tell(o, subject);
}

int ps_command_explain(int argc, char **argv)
{
    struct explain_options o = {.seed = 1};
    struct subject subject = {0};
    int code = ps_cli_parse(&argp, argc, argv, &o);
    if (code >= 0)
        return code;
    if (!o.of)
        return ps_cli_usage("pinstorm explain", "of which run or scenario?");
    if (!o.device)
        return ps_cli_usage("pinstorm explain", "which device (--device COHORT/N or N)?");
    struct ps_arena *arena = ps_arena_new();
    code = explain_subject(&o, arena, &subject);
    ps_plan_free(subject.plan);
    free(subject.strategies);
    free(subject.records);
    free(subject.command);
    ps_arena_free(arena);
    return code;
}
