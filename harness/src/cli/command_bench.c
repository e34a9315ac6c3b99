/* SPDX-License-Identifier: Apache-2.0
 *
 * How fast it is here, said as ratios that mean the same on every machine. A pair is one measure of
 * bare OpenSSL and one of the device's path, taken around each other: half of the one, the other,
 * the other half, so that a machine that grows slower meanwhile slows down both. What counts is
 * processor time per handshake, and the median of the pairs.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/memory.h"
#include "cli/cli.h"
#include "cli/progress.h"
#include "harness/bench.h"
#include "harness/simulation.h"
#include "reports/bench.h"

enum { KEY_QUICK = 1000, KEY_CHECK, KEY_JSON, KEY_PAIRS, KEY_SCENARIO };
enum { PAIRS_DEFAULT = 5, FIGURES_MAX = 32 };

struct bench_options {
    bool quick, check, json;
    uint64_t pairs;
    const char *scenario; /* NULL: the one that is part of the program */
};

static const struct argp_option option_table[] = {
    {"quick", KEY_QUICK, 0, 0, "one short pair of each: shows that it works, not how fast", 0},
    {"check", KEY_CHECK, 0, 0, "exit 1 when a bar is not met (not with --quick)", 0},
    {"pairs", KEY_PAIRS, "N", 0, "how many pairs the median is of (default 5)", 0},
    {"scenario", KEY_SCENARIO, "SCENARIO", 0,
     "what the engine is measured with (default: a million devices over 25 years, as in "
     "tests/bench/million.yaml)",
     0},
    {"json", KEY_JSON, 0, 0, "print JSON instead of the table", 0},
    {0, 0, 0, 0, 0, 0}};

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct bench_options *o = state->input;
    switch (key) {
    case KEY_QUICK:
        o->quick = true;
        return 0;
    case KEY_CHECK:
        o->check = true;
        return 0;
    case KEY_SCENARIO:
        o->scenario = arg;
        return 0;
    case KEY_JSON:
        o->json = true;
        return 0;
    case KEY_PAIRS:
        return ps_cli_number("--pairs", arg, 1, PS_BENCH_PAIRS_MAX, &o->pairs) ? 0 : EINVAL;
    case ARGP_KEY_ARG:
        ps_cli_error("'%s' is no option; bench takes nothing else", arg);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_table,
    parse_option,
    NULL,
    "Measure how fast devices' contacts are here, against bare OpenSSL.\vRatios are of processor "
    "time per handshake, client and server together: 0.90 means that nine tenths of it are "
    "OpenSSL's. Take it when nothing else runs, which takes some minutes; docs/performance.md says "
    "how to read it.\n\n"
    "Examples:\n  pinstorm bench\n  pinstorm bench --json --check\n  pinstorm bench --quick\n\n"
    "Exit codes: 0 measured, 1 a bar was not met (with --check), 2 usage or scenario error, 3 it "
    "could not be measured, 130 interrupted.",
    0,
    0,
    0};

/* What is under way. */
struct measuring {
    const struct bench_options *options;
    struct ps_bench *bench;
    struct ps_bench_result result;
    struct ps_bench_figure figures[FIGURES_MAX];
    uint64_t raw_ns[PS_BENCH_PAIRS_MAX * FIGURES_MAX]; /* of one handshake */
    size_t raw_count;
    struct ps_plan *plan; /* for the engine */
};

static struct ps_bench_figure *add(struct measuring *m, const char *name, const char *what)
{
    struct ps_bench_figure *figure = &m->figures[m->result.figure_count++];
    *figure = (struct ps_bench_figure){.name = name, .what = what, .unit = ""};
    return figure;
}

static void add_pair(struct ps_bench_figure *figure, uint64_t value)
{
    figure->pairs[figure->pair_count++] = value;
}

static uint64_t ratio(uint64_t a, uint64_t b, uint64_t one)
{
    return b > 0 ? (a * one + b / 2) / b : 0;
}

/* What one measure of contacts took, of each. */
struct taken {
    uint64_t cpu_ns, host_ns;
};

static ps_status take_contacts(struct measuring *m, uint32_t count, struct taken *ret_taken,
                               struct ps_error *err)
{
    uint64_t cpu = ps_progress_cpu_ns(), host = ps_progress_host_ns();
    PS_TRY(ps_bench_contacts(m->bench, count, err));
    ret_taken->cpu_ns = (ps_progress_cpu_ns() - cpu) / count;
    ret_taken->host_ns = (ps_progress_host_ns() - host) / count;
    return PS_OK;
}

static ps_status take_baseline(struct measuring *m, uint32_t count, uint64_t *total_ns,
                               struct ps_error *err)
{
    uint64_t cpu = ps_progress_cpu_ns();
    PS_TRY(ps_bench_baseline(m->bench, 1, count, err));
    *total_ns += ps_progress_cpu_ns() - cpu;
    return PS_OK;
}

/* A path against bare OpenSSL. */
struct path_row {
    const char *name, *what;
    struct ps_bench_path path;
    uint32_t count; /* contacts of a pair */
    uint64_t bar;   /* thousandths */
    bool memory;    /* its connections are weighed */
};

static void say_row(const struct measuring *m, const char *what)
{
    if (!m->options->json && isatty(STDERR_FILENO))
        fprintf(stderr, "\r\033[K%s...", what);
}

static ps_status open_path(struct measuring *m, const struct ps_bench_path *path,
                           struct ps_error *err)
{
    struct ps_text notice = {0};
    ps_status s = ps_bench_open(m->bench, path, &notice, err);
    if (notice.length > 0)
        fprintf(stderr, "pinstorm: note: %s\n", ps_text_chars(&notice));
    ps_text_deinit(&notice);
    return s;
}

static ps_status measure_path(struct measuring *m, const struct path_row *row, struct ps_error *err)
{
    enum { WARM = 50, BASELINE_MAX = 4000, BYTES_OF_KB = 100 };
    struct ps_bench_figure *figure = add(m, row->name, row->what);
    uint32_t half = row->count / 2 < BASELINE_MAX / 2 ? row->count / 2 : BASELINE_MAX / 2;
    figure->decimals = 3;
    figure->bar = PS_BENCH_AT_LEAST;
    figure->limit = row->bar;
    say_row(m, row->what);
    PS_TRY(open_path(m, &row->path, err));
    PS_TRY(ps_bench_contacts(m->bench, WARM, err));
    PS_TRY(ps_bench_baseline(m->bench, 1, WARM, err));
    for (uint64_t i = 0; i < m->options->pairs; i++) {
        uint64_t raw = 0;
        struct taken taken;
        PS_TRY(take_baseline(m, half, &raw, err));
        PS_TRY(take_contacts(m, row->count, &taken, err));
        PS_TRY(take_baseline(m, half, &raw, err));
        raw /= 2 * (uint64_t)half;
        m->raw_ns[m->raw_count++] = raw;
        add_pair(figure, ratio(raw, taken.cpu_ns, 1000));
    }
    ps_bench_settle(figure);
    struct ps_bench_seen seen = ps_bench_seen(m->bench);
    if (row->memory) {
        struct ps_bench_figure *peak = add(m, "live_connections", "connections open at once");
        peak->value = seen.connected_peak;
        struct ps_bench_figure *bytes =
            add(m, "memory_per_connection", "memory of a live connection, both ends");
        bytes->value =
            seen.connected_peak ? seen.bytes_peak / seen.connected_peak / BYTES_OF_KB : 0;
        bytes->unit = "kB";
        bytes->decimals = 1;
        bytes->bar = PS_BENCH_AT_MOST;
        bytes->limit = 600;
    }
    return PS_OK;
}

static ps_status measure_paths(struct measuring *m, struct ps_error *err)
{
    static const struct path_row rows[] = {
        {"memory_link",
         "memory link, 100 in flight",
         {PS_LINK_MEMORY, 1, 100, 0},
         2000,
         930,
         false},
        {"tcp_100", "loopback TCP, 100 in flight", {PS_LINK_TCP, 1, 100, 0}, 2000, 880, false},
        {"tcp_1000", "loopback TCP, 1,000 in flight", {PS_LINK_TCP, 1, 1000, 0}, 5000, 820, false},
        {"tcp_live",
         "loopback TCP, 9,500 kept open",
         {PS_LINK_TCP, 1, 9900, 9500},
         19000,
         720,
         true},
    };
    static const struct path_row quick_rows[] = {
        {"memory_link", "memory link, 20 in flight", {PS_LINK_MEMORY, 1, 20, 0}, 60, 930, false},
        {"tcp_100", "loopback TCP, 20 in flight", {PS_LINK_TCP, 1, 20, 0}, 60, 880, false},
        {"tcp_live", "loopback TCP, 100 kept open", {PS_LINK_TCP, 1, 120, 100}, 200, 720, true},
    };
    bool quick = m->options->quick;
    size_t count = quick ? sizeof quick_rows / sizeof *quick_rows : sizeof rows / sizeof *rows;
    for (size_t i = 0; i < count; i++)
        PS_TRY(measure_path(m, quick ? &quick_rows[i] : &rows[i], err));
    return PS_OK;
}

/* Handshakes of one and of two workers, and of one and two threads of bare OpenSSL, by the host's
 * clock. Taken around each other and in short turns: what else goes on in a machine changes from
 * second to second. */
struct beside {
    uint64_t workers_ns[2], bare_ns[2];
};

static ps_status take_beside(struct measuring *m, struct beside *ret_sums, struct ps_error *err)
{
    enum { TURNS = 12 };
    static const unsigned in_turn[] = {1, 2, 2, 1};
    uint32_t count = m->options->quick ? 20 : 400, turns = m->options->quick ? 4 : TURNS;
    *ret_sums = (struct beside){0};
    for (uint32_t i = 0; i < turns; i++) {
        unsigned jobs = in_turn[i % 4];
        struct taken taken;
        const struct ps_bench_path path = {PS_LINK_TCP, jobs, 100 * jobs, 0};
        PS_TRY(open_path(m, &path, err));
        PS_TRY(ps_bench_contacts(m->bench, 20 * jobs, err));
        PS_TRY(take_contacts(m, count * jobs, &taken, err));
        ret_sums->workers_ns[jobs - 1] += taken.host_ns;
        uint64_t host = ps_progress_host_ns();
        PS_TRY(ps_bench_baseline(m->bench, jobs, count, err));
        ret_sums->bare_ns[jobs - 1] += (ps_progress_host_ns() - host) / (count * jobs);
    }
    return PS_OK;
}

/* How much faster two workers are than one. What processors that share a machine cannot give, two
 * threads of bare OpenSSL do not get either: the bar is for two whole ones. */
static ps_status measure_workers(struct measuring *m, struct ps_error *err)
{
    struct ps_bench_figure *workers = add(m, "two_workers", "two workers against one");
    struct ps_bench_figure *bare =
        add(m, "two_bare_threads", "  two threads of bare OpenSSL against one");
    struct ps_bench_figure *whole = add(m, "two_workers_whole", "  were it 2.00 for bare OpenSSL");
    workers->decimals = bare->decimals = whole->decimals = 2;
    whole->bar = PS_BENCH_AT_LEAST;
    whole->limit = 185;
    say_row(m, workers->what);
    for (uint64_t i = 0; i < m->options->pairs; i++) {
        struct beside sums;
        PS_TRY(take_beside(m, &sums, err));
        uint64_t faster = ratio(sums.workers_ns[0], sums.workers_ns[1], 10000);
        uint64_t ceiling = ratio(sums.bare_ns[0], sums.bare_ns[1], 10000);
        add_pair(workers, faster / 100);
        add_pair(bare, ceiling / 100);
        add_pair(whole, ratio(2 * faster, ceiling, 100));
    }
    ps_bench_settle(workers);
    ps_bench_settle(bare);
    ps_bench_settle(whole);
    return PS_OK;
}

/* Lives of devices, and what of it is no handshake. */
struct lives {
    uint64_t cpu_ns, host_ns;
    struct ps_simulation_engine did;
};

static ps_status take_lives(struct measuring *m, struct ps_keypool *pool, uint64_t devices,
                            unsigned jobs, struct lives *ret_lives, struct ps_error *err)
{
    enum { CHUNK = 4096 };
    struct ps_simulation *simulation = NULL;
    const struct ps_simulation_options options = {.plan = m->plan,
                                                  .pool = pool,
                                                  .seed = 1,
                                                  .devices = devices,
                                                  .chunk = CHUNK,
                                                  .link = PS_LINK_MEMORY,
                                                  .jobs = jobs,
                                                  .repeat = "",
                                                  .audit_text = "0%"};
    uint64_t cpu = ps_progress_cpu_ns(), host = ps_progress_host_ns();
    PS_TRY(ps_simulation_run(&options, NULL, &simulation, err));
    ret_lives->cpu_ns = ps_progress_cpu_ns() - cpu;
    ret_lives->host_ns = ps_progress_host_ns() - host;
    ret_lives->did = ps_simulation_engine(simulation);
    ps_simulation_free(simulation);
    return PS_OK;
}

/* Two fleets, one larger than the other: what the larger one takes more is the engine's work, since
 * both need nearly the same keys, certificates and handshakes. What it makes more of these is taken
 * off. */
static uint64_t more(uint64_t large, uint64_t small)
{
    return large > small ? large - small : 0;
}

static ps_status take_engine(struct measuring *m, struct ps_keypool *pool, unsigned jobs,
                             struct lives *ret_more, struct lives *ret_large, struct ps_error *err)
{
    uint64_t few = m->options->quick ? 16 : 8192, many = m->options->quick ? 1000 : 204800;
    struct lives small, large;
    PS_TRY(take_lives(m, pool, few, jobs, &small, err));
    PS_TRY(take_lives(m, pool, many, jobs, &large, err));
    uint64_t contacts = large.did.handshakes > small.did.handshakes
                            ? large.did.handshakes - small.did.handshakes
                            : 0;
    uint64_t off = contacts * m->raw_ns[0];
    *ret_more = (struct lives){.cpu_ns = more(large.cpu_ns, small.cpu_ns + off),
                               .host_ns = more(large.host_ns, small.host_ns + off / jobs)};
    ret_more->did.epochs_stepped = more(large.did.epochs_stepped, small.did.epochs_stepped);
    ret_more->did.epochs_skipped = more(large.did.epochs_skipped, small.did.epochs_skipped);
    *ret_large = large;
    return PS_OK;
}

static ps_status measure_engine(struct measuring *m, struct ps_keypool *pool, struct ps_error *err)
{
    struct ps_bench_figure *rate = add(m, "engine", "engine, device-epochs per processor second");
    struct ps_bench_figure *two = add(m, "engine_two_workers", "  two workers against one");
    struct ps_bench_figure *skipped =
        add(m, "engine_skipped", "  epochs passed in closed form for each stepped");
    struct ps_bench_figure *classes = add(m, "classes", "  contact classes");
    struct ps_bench_figure *reuse = add(m, "reuse", "  contacts of devices for each handshake");
    rate->unit = "M/s";
    rate->decimals = 1;
    two->decimals = skipped->decimals = 2;
    rate->bar = two->bar = PS_BENCH_AT_LEAST;
    rate->limit = 200;
    two->limit = 185;
    say_row(m, "engine");
    for (uint64_t i = 0; i < m->options->pairs; i++) {
        struct lives one, both, large;
        PS_TRY(take_engine(m, pool, 1, &one, &large, err));
        PS_TRY(take_engine(m, pool, 2, &both, &large, err));
        add_pair(rate, ratio(one.did.epochs_stepped * 10, one.cpu_ns, 1000));
        add_pair(two, ratio(one.host_ns, both.host_ns, 100));
        skipped->value = ratio(one.did.epochs_skipped, one.did.epochs_stepped, 100);
        classes->value = large.did.classes;
        reuse->value = ratio(large.did.contacts, large.did.handshakes, 1);
    }
    ps_bench_settle(rate);
    ps_bench_settle(two);
    return PS_OK;
}

static ps_status measure_lives(struct measuring *m, struct ps_error *err)
{
    struct ps_keypool *pool = NULL;
    PS_TRY(ps_keypool_new(2, &pool, err));
    ps_status s = measure_engine(m, pool, err);
    ps_keypool_free(pool);
    return s;
}

/* First in the table, last known: the median of all pairs of the paths. */
static void settle_raw(struct measuring *m)
{
    struct ps_bench_figure *raw = &m->figures[0];
    for (size_t i = 0; i < m->raw_count && raw->pair_count < PS_BENCH_PAIRS_MAX; i++)
        add_pair(raw, ratio(1000000000, m->raw_ns[i], 1));
    ps_bench_settle(raw);
}

static ps_status measure(struct measuring *m, struct ps_error *err)
{
    struct ps_bench_figure *raw = add(m, "raw", "bare OpenSSL, handshakes per processor second");
    raw->unit = "/s";
    PS_TRY(ps_bench_new(&m->bench, err));
    PS_TRY(measure_paths(m, err));
    PS_TRY(measure_workers(m, err));
    settle_raw(m);
    return measure_lives(m, err);
}

static int print_result(const struct measuring *m)
{
    struct ps_text text = {0};
    if (m->options->json)
        ps_report_bench_json(&m->result, &text);
    else
        ps_report_bench_table(&m->result, &text);
    fputs(ps_text_chars(&text), stdout);
    ps_text_deinit(&text);
    for (size_t i = 0; i < m->result.figure_count && m->options->check && !m->options->quick; i++)
        if (!ps_bench_met(&m->figures[i]))
            return PS_EXIT_NOT_MET;
    return PS_EXIT_MET;
}

static ps_status read_plan(const struct bench_options *o, struct ps_plan **ret_plan)
{
    if (o->scenario)
        return ps_cli_read_scenario(o->scenario, ret_plan);
    const struct ps_catalogue_entry *own = ps_catalogue_bench();
    struct ps_text diagnostics = {0};
    struct ps_error err = {{0}};
    ps_status s = ps_plan_read_text(own->name, own->yaml, own->size, &diagnostics, ret_plan, &err);
    if (!ps_is_ok(s))
        ps_cli_error("%s", diagnostics.length > 0 ? ps_text_chars(&diagnostics) : err.text);
    ps_text_deinit(&diagnostics);
    return s;
}

int ps_command_bench(int argc, char **argv)
{
    struct bench_options o = {.pairs = PAIRS_DEFAULT};
    int code = ps_cli_parse(&argp, argc, argv, &o);
    if (code >= 0)
        return code;
    if (o.quick)
        o.pairs = 1;
    struct ps_plan *plan = NULL;
    if (!ps_is_ok(read_plan(&o, &plan)))
        return PS_EXIT_USAGE;
    struct measuring *m = ps_alloc(1, sizeof *m);
    m->plan = plan;
    m->options = &o;
    m->result =
        (struct ps_bench_result){.version = PS_VERSION, .quick = o.quick, .figures = m->figures};
    struct ps_error err = {{0}};
    ps_status s = measure(m, &err);
    if (isatty(STDERR_FILENO) && !o.json)
        fputs("\r\033[K", stderr);
    if (ps_is_ok(s)) {
        code = print_result(m);
    } else {
        ps_cli_error("%s", err.text);
        code = ps_exit_of(s);
    }
    ps_bench_free(m->bench);
    ps_plan_free(plan);
    free(m);
    return code;
}
