/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include "cli/cli.h"

/* One line each: name, then what it is, cut to nothing: lines may be longer than the terminal. */
static void line_after(int width, const char *name, const char *meaning)
{
    printf("%-*s %s\n", width, name, meaning);
}

static void line(const char *name, const char *meaning)
{
    line_after(26, name, meaning);
}

static void list_strategies(void)
{
    const struct ps_preset_line *presets;
    size_t count = ps_presets(&presets);
    for (size_t i = 0; i < count; i++)
        line(presets[i].name, presets[i].summary);
}

static void list_stacks(void)
{
#define X(name, text, meaning) line(text, meaning);
    PS_BUILDERS(X)
#undef X
}

static void list_scenarios(void)
{
    const struct ps_catalogue_entry *entries;
    size_t count = ps_catalogue(&entries);
    int width = 0;
    for (size_t i = 0; i < count; i++)
        if ((int)strlen(entries[i].name) > width)
            width = (int)strlen(entries[i].name);
    for (size_t i = 0; i < count; i++) {
        struct ps_text diagnostics = {0};
        struct ps_error err = {{0}};
        struct ps_plan *plan = NULL;
        ps_status s = ps_plan_read_text(entries[i].name, entries[i].yaml, entries[i].size,
                                        &diagnostics, &plan, &err);
        line_after(width, entries[i].name, ps_is_ok(s) ? plan->title : err.text);
        ps_plan_free(plan);
        ps_text_deinit(&diagnostics);
    }
}

static void list_attacks(void)
{
#define X(name, text, role, meaning) line(text, role[0] ? meaning " (role " role ")" : meaning);
    PS_ATTACKS(X)
#undef X
}

static void list_events(void)
{
#define X(name, text, meaning) line(text, meaning);
    PS_EVENT_KINDS(X)
#undef X
}

static const struct {
    const char *name;
    void (*list)(void);
} lists[] = {{"strategies", list_strategies},
             {"stacks", list_stacks},
             {"scenarios", list_scenarios},
             {"attacks", list_attacks},
             {"events", list_events}};
enum { LIST_COUNT = sizeof lists / sizeof *lists };

static error_t parse_word(int key, char *arg, struct argp_state *state)
{
    const char **what = state->input;
    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (*what) {
        ps_cli_error("one list at a time, not also '%s'", arg);
        return EINVAL;
    }
    *what = arg;
    return 0;
}

int ps_command_list(int argc, char **argv)
{
    static const struct argp argp = {NULL,
                                     parse_word,
                                     "strategies|stacks|scenarios|attacks|events",
                                     "List what there is, one line each.",
                                     0,
                                     0,
                                     0};
    const char *what = NULL;
    int code = ps_cli_parse(&argp, argc, argv, &what);
    if (code >= 0)
        return code;
    const char *names[LIST_COUNT];
    for (size_t i = 0; i < LIST_COUNT; i++) {
        if (what && strcmp(what, lists[i].name) == 0) {
            lists[i].list();
            return PS_EXIT_MET;
        }
        names[i] = lists[i].name;
    }
    const char *near = what ? ps_text_nearest(what, names, LIST_COUNT) : NULL;
    if (near)
        return ps_cli_usage("pinstorm list", "there is no list of '%s'; did you mean '%s'?", what,
                            near);
    if (what)
        return ps_cli_usage("pinstorm list",
                            "there is no list of '%s'; there is strategies, stacks, scenarios, "
                            "attacks, events",
                            what);
    return ps_cli_usage("pinstorm list",
                        "list what? (strategies, stacks, scenarios, attacks, events)");
}
