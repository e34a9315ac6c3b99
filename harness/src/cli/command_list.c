/* SPDX-License-Identifier: Apache-2.0 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "cli/cli.h"

enum { NAME_WIDTH = 26 };

/* One line each: name, then what it is. A terminal gets it broken between words; other programs
 * read whole lines, however long they are. */
static void line_after(int width, const char *name, const char *meaning)
{
    int used = printf("%-*s ", width, name);
    if (isatty(STDOUT_FILENO))
        ps_cli_wrap(meaning, strlen(meaning), (size_t)used, (size_t)width + 1);
    else
        printf("%s\n", meaning);
}

static void line(const char *name, const char *meaning)
{
    line_after(NAME_WIDTH, name, meaning);
}

static void head(const char *words)
{
    printf("%s%s%s\n", ps_cli_paint(PS_PAINT_QUIET), words, ps_cli_paint(PS_PAINT_OFF));
}

static void list_strategies(void)
{
    const struct ps_preset_line *presets;
    size_t count = ps_presets(&presets);
    for (size_t i = 0; i < count; i++)
        line(presets[i].name, presets[i].summary);
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

/* Those that threaten a contact, and those that threaten what stands behind it. */
static void list_attacks(void)
{
    enum { WIDTH = 3 };
    head("On a contact: what an attacker shows in the server's place");
#define X(name, text, role, meaning)                                                               \
    line_after(WIDTH, text, role[0] ? meaning " (role " role ")" : meaning);
    PS_ATTACKS(X)
    printf("\n");
    head("On what stands behind it: updates, what is learned, clocks, stores and secrets");
    PS_CHANNEL_ATTACKS(X)
#undef X
}

/* A word of the language and what it means: whatever the vocabulary has is listed. */
#define VOCABULARY(LIST)                                                                           \
    LIST(stacks, PS_BUILDERS)                                                                      \
    LIST(events, PS_EVENT_KINDS)                                                                   \
    LIST(engines, PS_ENGINES)                                                                      \
    LIST(channels, PS_UPDATE_CHANNELS)                                                             \
    LIST(clocks, PS_CLOCKS)                                                                        \
    LIST(revocation, PS_REVOCATIONS)                                                               \
    LIST(credentials, PS_CLIENT_IDENTITIES)                                                        \
    LIST(faults, PS_FAULTS)                                                                        \
    LIST(outcomes, PS_OUTCOMES)

#define X(name, text, meaning) line(text, meaning);
#define LIST(what, WORDS)                                                                          \
    static void list_##what(void)                                                                  \
    {                                                                                              \
        WORDS(X)                                                                                   \
    }
VOCABULARY(LIST)
#undef LIST
#undef X

#define LIST(what, WORDS) {#what, list_##what},
static const struct {
    const char *name;
    void (*list)(void);
} lists[] = {{"strategies", list_strategies},
             {"scenarios", list_scenarios},
             {"attacks", list_attacks},
             VOCABULARY(LIST)};
#undef LIST
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

/* "strategies, scenarios, ..." */
static void add_names(const char *between, struct ps_text *out)
{
    for (size_t i = 0; i < LIST_COUNT; i++)
        ps_text_add(out, "%s%s", i > 0 ? between : "", lists[i].name);
}

static int say_which(const char *what)
{
    const char *names[LIST_COUNT];
    for (size_t i = 0; i < LIST_COUNT; i++)
        names[i] = lists[i].name;
    const char *near = what ? ps_text_nearest(what, names, LIST_COUNT) : NULL;
    if (near)
        return ps_cli_usage("pinstorm list", "there is no list of '%s'; did you mean '%s'?", what,
                            near);
    struct ps_text all = {0};
    add_names(", ", &all);
    int code = what ? ps_cli_usage("pinstorm list", "there is no list of '%s'; there is %s", what,
                                   ps_text_chars(&all))
                    : ps_cli_usage("pinstorm list", "list what? (%s)", ps_text_chars(&all));
    ps_text_deinit(&all);
    return code;
}

int ps_command_list(int argc, char **argv)
{
    struct ps_text words = {0};
    add_names("\n", &words); /* one form of the command a line */
    const struct argp argp = {
        NULL,
        parse_word,
        ps_text_chars(&words),
        "List what there is, one line each: the name as a scenario writes it, "
        "and what it means.\vExamples:\n"
        "  pinstorm list scenarios        what 'pinstorm run' finds by name\n"
        "  pinstorm list strategies       what a scenario's 'preset:' takes\n"
        "  pinstorm list attacks          what its 'threats:' take\n"
        "  pinstorm list stacks | grep -i openssl",
        0,
        0,
        0};
    const char *what = NULL;
    int code = ps_cli_parse(&argp, argc, argv, &what);
    ps_text_deinit(&words);
    if (code >= 0)
        return code;
    for (size_t i = 0; what && i < LIST_COUNT; i++)
        if (strcmp(what, lists[i].name) == 0) {
            lists[i].list();
            return PS_EXIT_MET;
        }
    return say_which(what);
}
