/* SPDX-License-Identifier: Apache-2.0
 *
 * `pinstorm matrix`: strategies against the fixture's states and attacks.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include "base/memory.h"
#include "cli/cli.h"
#include "cli/matrix_view.h"
#include "harness/matrix.h"

enum {
    KEY_STRATEGY = 256,
    KEY_TSV,
    KEY_WHY,
    KEY_ALL_PRESETS,
    KEY_HTML,
    KEY_COMPOSITE,
    KEY_NOTICE,
    KEY_LEAD,
    ROWS_MAX = 250, /* as many strategies as a scenario may have */
    JOBS_MAX = 64,
};

struct matrix_options {
    const char *strategies[ROWS_MAX];
    size_t strategy_count;
    bool tsv, all_presets, composite;
    const char *why, *html, *notice, *lead; /* NULL: not said */
    struct ps_composite_options assumptions;
};

static const struct argp_option option_table[] = {
    {"strategy", KEY_STRATEGY, "NAME", 0,
     "only this policy or preset (can be given again; default: every policy)", 1},
    {"all-presets", KEY_ALL_PRESETS, 0, 0, "every preset after the policies", 1},
    {"composite", KEY_COMPOSITE, 0, 0,
     "letters for events that fold in what clock, pins, fallback and update channel can do", 2},
    {"notice", KEY_NOTICE, "TIME", 0, "how long before it an event is known (default: 90d)", 2},
    {"lead", KEY_LEAD, "TIME", 0,
     "how long a channel takes from the decision to the device (default: each its own)", 2},
    {"tsv", KEY_TSV, 0, 0, "one table with tabs, for other programs", 3},
    {"html", KEY_HTML, "FILE", 0, "a heat map as one web page, for example matrix.html", 3},
    {"why", KEY_WHY, "ROW/COLUMN", 0, "explain one cell, for example webpki/X03", 3},
    {0, 0, 0, 0, 0, 0}};

/* What --why has no use for: it is one cell of one row. NULL: nothing of it was said. */
static const char *said_beside_why(const struct matrix_options *o)
{
    return o->tsv                  ? "--tsv"
           : o->html               ? "--html"
           : o->all_presets        ? "--all-presets"
           : o->strategy_count > 0 ? "--strategy"
                                   : NULL;
}

static error_t read_duration(const char *option, const char *text, ps_duration *ret_duration)
{
    const char *wrong = ps_duration_parse(text, ret_duration);
    if (!wrong)
        return 0;
    ps_cli_error("%s takes a time such as 90d, not '%s': %s", option, text, wrong);
    return EINVAL;
}

static error_t parse_option(int key, char *arg, struct argp_state *state)
{
    struct matrix_options *o = state->input;
    switch (key) {
    case KEY_STRATEGY:
        if (o->strategy_count == ROWS_MAX) {
            ps_cli_error("--strategy can be given %d times at most", ROWS_MAX);
            return EINVAL;
        }
        o->strategies[o->strategy_count++] = arg;
        return 0;
    case KEY_ALL_PRESETS:
        o->all_presets = true;
        return 0;
    case KEY_TSV:
        o->tsv = true;
        return 0;
    case KEY_COMPOSITE:
        o->composite = true;
        return 0;
    case KEY_NOTICE:
        o->notice = arg;
        return read_duration("--notice", arg, &o->assumptions.notice);
    case KEY_LEAD:
        o->lead = arg;
        o->assumptions.has_lead = true;
        return read_duration("--lead", arg, &o->assumptions.lead);
    case KEY_HTML:
        o->html = arg;
        return 0;
    case KEY_WHY:
        o->why = arg;
        return 0;
    case ARGP_KEY_ARG:
        ps_cli_error("matrix takes no '%s'; a strategy is asked for with --strategy", arg);
        return EINVAL;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp argp = {
    option_table,
    parse_option,
    NULL,
    "Which strategy accepts what: one real handshake for each strategy and each state or attack of "
    "a fixture.\v+ and - are the genuine server accepted and refused, X and . an attacker. With "
    "--composite an event's letter says what becomes of the device: S survives, t and c are faults "
    "of the server and of the clock that end, P and L need an update before or after, and so on; "
    "the table ends with all of them.\n\n"
    "Examples:\n  pinstorm matrix\n  pinstorm matrix --strategy webpki --strategy single_root\n"
    "  pinstorm matrix --why webpki/X03\n  pinstorm matrix --tsv > matrix.tsv\n"
    "  pinstorm matrix --all-presets --html matrix.html\n"
    "  pinstorm matrix --all-presets --composite --notice 180d\n"
    "  pinstorm matrix --composite --why root_pair/E10",
    0,
    0,
    0};

/* A policy is found first: the matrix is theirs. */
static bool find_row(const char *name, struct ps_matrix_row *ret_row)
{
    struct ps_preset_line line;
    if (!ps_cli_find_preset(name, true, &line))
        return false;
    *ret_row =
        (struct ps_matrix_row){line.policy ? line.policy : name, line.name, line.summary, SIZE_MAX};
    return true;
}

/* Of a preset and a policy of one name the preset is told apart by "preset.". */
static size_t all_rows(bool presets, struct ps_arena *labels, struct ps_matrix_row *rows)
{
    const struct ps_preset_line *lines;
    size_t count = ps_presets(&lines), n = 0;
    for (size_t i = 0; i < count; i++)
        if (lines[i].policy && n < ROWS_MAX)
            rows[n++] =
                (struct ps_matrix_row){lines[i].policy, lines[i].name, lines[i].summary, SIZE_MAX};
    for (size_t i = 0; i < count && presets; i++) {
        struct ps_matrix_row policy;
        if (lines[i].policy || n == ROWS_MAX)
            continue;
        const char *label = lines[i].name;
        if (find_row(label, &policy) && strcmp(policy.preset, label) != 0)
            label = ps_arena_format(labels, "%s%s", PS_CLI_PRESET, label);
        rows[n++] = (struct ps_matrix_row){label, lines[i].name, lines[i].summary, SIZE_MAX};
    }
    return n;
}

static int choose_rows(const struct matrix_options *o, const char *why_row, struct ps_arena *labels,
                       struct ps_matrix_row *rows, size_t *ret_count)
{
    *ret_count = 0;
    if (why_row) {
        *ret_count = 1;
        return find_row(why_row, &rows[0]) ? PS_EXIT_MET : ps_cli_unknown_preset(why_row);
    }
    if (o->strategy_count == 0) {
        *ret_count = all_rows(o->all_presets, labels, rows);
        return PS_EXIT_MET;
    }
    for (size_t i = 0; i < o->strategy_count; i++)
        if (!find_row(o->strategies[i], &rows[(*ret_count)++]))
            return ps_cli_unknown_preset(o->strategies[i]);
    return PS_EXIT_MET;
}

/* Strategies whose pins fail open at their end stand once more behind all rows, with that end long
 * past; whatever remains to be said then is said by a handshake too. */
static void add_ended(struct ps_matrix_row *rows, size_t count, struct ps_text *yaml)
{
    size_t next = count;
    for (size_t i = 0; i < count; i++) {
        if (!ps_composite_pins_open(ps_preset_strategy(rows[i].preset)))
            continue;
        rows[i].ended = next++;
        ps_text_add(yaml, "  - {name: ended-%zu, preset: %s, pins: {expires: 1950-01-01}}\n", i,
                    rows[i].preset);
    }
}

/* The fixture with the rows as its strategies, read as any scenario is. */
static ps_status read_plan(struct ps_matrix_row *rows, size_t count, bool composite,
                           struct ps_plan **ret_plan)
{
    const char *yaml;
    size_t size;
    ps_plan_fixture(&yaml, &size);
    struct ps_text text = {0}, diagnostics = {0};
    ps_text_add(&text, "%.*sstrategies:\n", (int)size, yaml);
    for (size_t i = 0; i < count; i++)
        ps_text_add(&text, "  - {name: row-%zu, preset: %s}\n", i, rows[i].preset);
    if (composite)
        add_ended(rows, count, &text);
    struct ps_error err = {{0}};
    ps_status s = ps_plan_read_text("fixture.yaml", ps_text_chars(&text), text.length, &diagnostics,
                                    ret_plan, &err);
    if (!ps_is_ok(s))
        ps_cli_error("%s\n%s", err.text, ps_text_chars(&diagnostics));
    ps_text_deinit(&text);
    ps_text_deinit(&diagnostics);
    return s;
}

static int make(const struct ps_plan *plan, const struct matrix_options *o,
                struct ps_keypool **ret_pool, struct ps_matrix **ret_matrix)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    unsigned jobs = processors < 1 ? 1 : processors > JOBS_MAX ? JOBS_MAX : (unsigned)processors;
    struct ps_error err = {{0}};
    ps_status s = ps_keypool_new(jobs, ret_pool, &err);
    const struct ps_matrix_options options = {.plan = plan,
                                              .pool = *ret_pool,
                                              .jobs = jobs,
                                              .link = PS_LINK_TCP,
                                              .floors = o->composite,
                                              .records = o->why != NULL};
    if (ps_is_ok(s))
        s = ps_matrix_run(&options, ret_matrix, &err);
    if (!ps_is_ok(s))
        ps_cli_error("%s", err.text);
    return ps_exit_of(s);
}

/* Splits "ROW/COLUMN"; -1 after saying what is wrong. */
static int find_column(char *why)
{
    const struct ps_matrix_column *columns;
    size_t count = ps_matrix_columns(&columns);
    char *slash = strrchr(why, '/');
    if (!slash) {
        ps_cli_error("--why takes ROW/COLUMN, for example webpki/X03, not '%s'", why);
        return -1;
    }
    *slash = '\0';
    for (size_t c = 0; c < count; c++)
        if (strcmp(columns[c].name, slash + 1) == 0)
            return (int)c;
    ps_cli_error("there is no column '%s'; columns are E00 to E26 and the attacks that 'pinstorm "
                 "list attacks' shows",
                 slash + 1);
    return -1;
}

static char *command_of(const struct matrix_options *o)
{
    struct ps_text command = {0};
    ps_text_add(&command, "pinstorm matrix");
    if (o->all_presets)
        ps_text_add(&command, " --all-presets");
    for (size_t i = 0; i < o->strategy_count; i++) {
        ps_text_add(&command, " --strategy");
        ps_cli_quote(&command, o->strategies[i]);
    }
    if (o->composite)
        ps_text_add(&command, " --composite");
    if (o->notice)
        ps_text_add(&command, " --notice %s", o->notice);
    if (o->lead)
        ps_text_add(&command, " --lead %s", o->lead);
    ps_text_add(&command, " --html");
    ps_cli_quote(&command, o->html);
    return ps_text_steal(&command);
}

/* With a page the table is on it; what programs read can be had beside it. */
static int show(const struct matrix_options *o, const struct ps_matrix_view *view)
{
    if (o->tsv)
        ps_matrix_print_tsv(view);
    else if (!o->html)
        ps_matrix_print_table(view);
    if (!o->html)
        return PS_EXIT_MET;
    char *command = command_of(o);
    struct ps_error err = {{0}};
    ps_status s = ps_matrix_write_html(view, command, o->html, &err);
    free(command);
    if (!ps_is_ok(s))
        ps_cli_error("%s", err.text);
    else
        fprintf(o->tsv ? stderr : stdout, "%s\n", o->html);
    return ps_exit_of(s);
}

static int run(const struct matrix_options *o, const char *why_row, int why_column)
{
    struct ps_matrix_row rows[ROWS_MAX];
    size_t count;
    struct ps_arena *labels = ps_arena_new();
    int code = choose_rows(o, why_row, labels, rows, &count);
    if (code != PS_EXIT_MET) {
        ps_arena_free(labels);
        return code;
    }
    struct ps_plan *plan = NULL;
    struct ps_keypool *pool = NULL;
    struct ps_matrix *matrix = NULL;
    if (!ps_is_ok(read_plan(rows, count, o->composite, &plan)))
        code = PS_EXIT_FAILED; /* said already; built-in files are never the user's mistake */
    else
        code = make(plan, o, &pool, &matrix);
    if (code == PS_EXIT_MET) {
        const struct ps_matrix_view view = {matrix, rows, count,
                                            o->composite ? &o->assumptions : NULL};
        if (why_row)
            ps_matrix_print_why(&view, (size_t)why_column);
        else
            code = show(o, &view);
    }
    ps_matrix_free(matrix);
    ps_keypool_free(pool);
    ps_plan_free(plan);
    ps_arena_free(labels);
    return code;
}

int ps_command_matrix(int argc, char **argv)
{
    struct matrix_options o = {.assumptions = {.notice = {90 * INT64_C(86400)}}};
    int code = ps_cli_parse(&argp, argc, argv, &o);
    if (code >= 0)
        return code;
    if (!o.composite && (o.notice || o.lead))
        return ps_cli_usage("pinstorm matrix", "%s says nothing without --composite",
                            o.notice ? "--notice" : "--lead");
    if (o.all_presets && o.strategy_count > 0)
        return ps_cli_usage("pinstorm matrix", "--all-presets says nothing beside --strategy");
    if (o.why && said_beside_why(&o))
        return ps_cli_usage("pinstorm matrix", "%s says nothing beside --why", said_beside_why(&o));
    if (!o.why)
        return run(&o, NULL, -1);
    char *row = ps_strdup(o.why);
    int column = find_column(row);
    code = column < 0 ? PS_EXIT_USAGE : run(&o, row, column);
    free(row);
    return code;
}
