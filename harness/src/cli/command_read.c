/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands that only read: check, show, schema.
 */
#include <stdio.h>
#include <string.h>
#include "cli/cli.h"

enum { FILES_MAX = 4096 };

struct words {
    const char *words[FILES_MAX];
    size_t count;
};

static error_t parse_word(int key, char *arg, struct argp_state *state)
{
    struct words *w = state->input;
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (w->count == FILES_MAX) {
        ps_cli_error("%d files at most", FILES_MAX);
        return EINVAL;
    }
    w->words[w->count++] = arg;
    return 0;
}

int ps_command_check(int argc, char **argv)
{
    static const struct argp argp = {
        NULL,
        parse_word,
        "SCENARIO...",
        "Read scenarios and say every mistake in them.\vMessages look like a compiler's: "
        "file:line:column: error: what is wrong, what is allowed. Exit code 2 if there is any.\n\n"
        "Examples:\n  pinstorm check my.yaml\n  pinstorm check scenarios/*.yaml",
        0,
        0,
        0};
    static struct words w;
    int code = ps_cli_parse(&argp, argc, argv, &w);
    if (code >= 0)
        return code;
    if (w.count == 0)
        return ps_cli_usage("pinstorm check", "which scenario?");
    code = PS_EXIT_MET;
    for (size_t i = 0; i < w.count; i++) {
        struct ps_plan *plan = NULL;
        ps_status s = ps_cli_read_scenario(w.words[i], &plan);
        if (ps_is_ok(s))
            printf("%s: ok (%zu strategies, %zu expectations)\n", w.words[i], plan->strategy_count,
                   plan->expectation_count);
        code = ps_exit_worse(code, ps_exit_of(s));
        ps_plan_free(plan);
    }
    return code;
}

/* As comments, so that what is printed stays a scenario. */
static void add_assumptions(const struct ps_plan *plan, struct ps_text *out)
{
    if (plan->assumption_count > 0)
        ps_text_add(out, "# Assumptions, where the file says nothing:\n");
    for (size_t i = 0; i < plan->assumption_count; i++)
        ps_text_add(out, "#   %s\n", plan->assumptions[i]);
}

static int show_scenario(const char *name)
{
    struct ps_plan *plan = NULL;
    ps_status s = ps_cli_read_scenario(name, &plan);
    if (ps_is_ok(s)) {
        struct ps_text text = {0};
        ps_plan_show(plan, &text);
        add_assumptions(plan, &text);
        fputs(ps_text_chars(&text), stdout);
        ps_text_deinit(&text);
    }
    ps_plan_free(plan);
    return ps_exit_of(s);
}

static int show_strategy(const char *name)
{
    struct ps_preset_line line;
    struct ps_text text = {0};
    if (!ps_cli_find_preset(name, false, &line))
        return ps_cli_unknown_preset(name);
    ps_preset_show(line.name, &text);
    fputs(ps_text_chars(&text), stdout);
    ps_text_deinit(&text);
    return PS_EXIT_MET;
}

int ps_command_show(int argc, char **argv)
{
    static const struct argp argp = {
        NULL,
        parse_word,
        "SCENARIO\nstrategy NAME",
        "Print a scenario, or a strategy that ships, with every default written out.\vWhat is "
        "printed of a scenario is itself a scenario that gives the same result; the assumptions "
        "behind its defaults are comments at its end. A strategy can be a preset or a policy of "
        "the matrix; its blocks can stand under a scenario's strategy, and "
        "be changed there.\n\n"
        "Examples:\n  pinstorm show le-dst-x3-2021\n  pinstorm show strategy azure_recommended\n"
        "  pinstorm list strategies",
        0,
        0,
        0};
    static struct words w;
    int code = ps_cli_parse(&argp, argc, argv, &w);
    if (code >= 0)
        return code;
    if (w.count > 0 && strcmp(w.words[0], "strategy") == 0)
        return w.count == 2 ? show_strategy(w.words[1])
                            : ps_cli_usage("pinstorm show", w.count > 2 ? "one strategy at a time"
                                                                        : "which strategy?");
    if (w.count != 1)
        return ps_cli_usage("pinstorm show",
                            w.count ? "one scenario at a time" : "which scenario or strategy?");
    return show_scenario(w.words[0]);
}

int ps_command_schema(int argc, char **argv)
{
    static const struct argp argp = {NULL,
                                     parse_word,
                                     NULL,
                                     "Print the JSON Schema of scenario files.\vFor editors that "
                                     "complete and check YAML by a schema:\n"
                                     "  pinstorm schema > scenario.schema.json",
                                     0,
                                     0,
                                     0};
    static struct words w;
    int code = ps_cli_parse(&argp, argc, argv, &w);
    if (code >= 0)
        return code;
    if (w.count > 0)
        return ps_cli_usage("pinstorm schema", "it takes no words ('%s')", w.words[0]);
    struct ps_text text = {0};
    ps_plan_schema(&text);
    fputs(ps_text_chars(&text), stdout);
    ps_text_deinit(&text);
    return PS_EXIT_MET;
}
