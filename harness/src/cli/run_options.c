/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/run_options.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "cli/cli.h"
#include "loop/runner.h"

enum { DEVICES_MAX = 10000000, PORT_MAX = 65535 };

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

static bool read_shard(struct ps_run_options *o)
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
    struct ps_run_options *o = state->input;
    int word;
    switch (key) {
    case KEY_DEVICES:
        return ps_cli_number("--devices", arg, 1, DEVICES_MAX, &o->devices) ? 0 : EINVAL;
    case KEY_SEED:
        return ps_cli_number("--seed", arg, 0, UINT64_MAX, &o->seed) ? 0 : EINVAL;
    case 'j':
        return ps_cli_number("--jobs", arg, 1, PS_RUN_JOBS_MAX, &o->jobs) ? 0 : EINVAL;
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
        if (o->strategy_count == PS_RUN_STRATEGIES_MAX) {
            ps_cli_error("--strategy can be given %d times at most", PS_RUN_STRATEGIES_MAX);
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
        if (o->scenario_count == PS_RUN_SCENARIOS_MAX) {
            ps_cli_error("one run takes %d scenarios at most", PS_RUN_SCENARIOS_MAX);
            return EINVAL;
        }
        o->scenarios[o->scenario_count++] = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

const struct argp ps_run_argp = {
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
