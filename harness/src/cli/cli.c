/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include "base/memory.h"

int ps_exit_worse(int a, int b)
{
    static const int order[] = {PS_EXIT_FAILED,  PS_EXIT_INTERRUPTED,  PS_EXIT_USAGE,
                                PS_EXIT_NOT_MET, PS_EXIT_INCONCLUSIVE, PS_EXIT_MET};
    size_t i = 0;
    while (order[i] != a && order[i] != b)
        i++;
    return order[i];
}

int ps_exit_of(ps_status status)
{
    switch (status.code) {
    case PS_CODE_OK:
        return PS_EXIT_MET;
    case PS_CODE_INVALID:
        return PS_EXIT_USAGE;
    case PS_CODE_INTERRUPTED:
        return PS_EXIT_INTERRUPTED;
    case PS_CODE_FAILED:
        break;
    }
    return PS_EXIT_FAILED;
}

static int own_rank;

void ps_cli_rank(int rank)
{
    own_rank = rank;
}

void ps_cli_error(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("pinstorm: ", stderr);
    if (own_rank > 0)
        fprintf(stderr, "rank %d: ", own_rank);
    vfprintf(stderr, format, args);
    fputc('\n', stderr);
    va_end(args);
}

int ps_cli_usage(const char *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fputs("pinstorm: ", stderr);
    vfprintf(stderr, format, args);
    bool asks = format[0] && format[strlen(format) - 1] == '?';
    fprintf(stderr, "%s '%s --help' explains\n", asks ? "" : ";", command);
    va_end(args);
    return PS_EXIT_USAGE;
}

int ps_cli_parse(const struct argp *argp, int argc, char **argv, void *input)
{
    /* argp exits by itself after --help (0) and on bad usage with this code. */
    argp_err_exit_status = PS_EXIT_USAGE;
    error_t error = argp_parse(argp, argc, argv, 0, NULL, input);
    return error ? PS_EXIT_USAGE : -1;
}

bool ps_cli_number(const char *option, const char *text, uint64_t min, uint64_t max,
                   uint64_t *ret_number)
{
    char *end;
    errno = 0;
    unsigned long long number = strtoull(text, &end, 10);
    if (errno || text[0] < '0' || text[0] > '9' || *end || number < min || number > max) {
        ps_cli_error("%s takes a whole number from %" PRIu64 " to %" PRIu64 ", not '%s'", option,
                     min, max, text);
        return false;
    }
    *ret_number = number;
    return true;
}

static void say_unknown_scenario(const char *name)
{
    const struct ps_catalogue_entry *entries;
    size_t count = ps_catalogue(&entries);
    const char **names = ps_alloc(2 * count + 1, sizeof *names);
    for (size_t i = 0; i < count; i++) {
        const char *slash = strrchr(entries[i].name, '/');
        names[2 * i] = entries[i].name;
        names[2 * i + 1] = slash ? slash + 1 : entries[i].name;
    }
    const char *near = ps_text_nearest(name, names, 2 * count);
    if (near)
        ps_cli_error("there is no file and no catalogue scenario '%s'; did you mean '%s'?", name,
                     near);
    else
        ps_cli_error(
            "there is no file and no catalogue scenario '%s'; 'pinstorm list scenarios' shows "
            "what ships",
            name);
    free(names);
}

ps_status ps_cli_read_scenario(const char *name, struct ps_plan **ret_plan)
{
    struct ps_text diagnostics = {0};
    struct ps_error err = {{0}};
    ps_status s;
    const struct ps_catalogue_entry *entry = ps_catalogue_find(name);
    if (access(name, F_OK) == 0) {
        s = ps_plan_read(name, &diagnostics, ret_plan, &err);
    } else if (entry) {
        s = ps_plan_read_text(entry->name, entry->yaml, entry->size, &diagnostics, ret_plan, &err);
    } else {
        say_unknown_scenario(name);
        return PS_INVALID;
    }
    if (!ps_is_ok(s)) {
        if (diagnostics.length > 0)
            fputs(ps_text_chars(&diagnostics), stderr);
        else
            ps_cli_error("%s", err.text);
    }
    ps_text_deinit(&diagnostics);
    return s;
}

static bool find_policy(const char *name, struct ps_preset_line *ret_line)
{
    const struct ps_preset_line *lines;
    size_t count = ps_presets(&lines);
    for (size_t i = 0; i < count; i++)
        if (lines[i].policy && strcmp(lines[i].policy, name) == 0) {
            *ret_line = lines[i];
            return true;
        }
    return false;
}

static bool find_preset(const char *name, struct ps_preset_line *ret_line)
{
    const struct ps_preset_line *lines;
    size_t count = ps_presets(&lines);
    for (size_t i = 0; i < count; i++)
        if (strcmp(lines[i].name, name) == 0) {
            *ret_line = lines[i];
            return true;
        }
    return false;
}

bool ps_cli_find_preset(const char *name, bool policy_first, struct ps_preset_line *ret_line)
{
    if (strncmp(name, PS_CLI_PRESET, strlen(PS_CLI_PRESET)) == 0)
        return find_preset(name + strlen(PS_CLI_PRESET), ret_line);
    return (policy_first && find_policy(name, ret_line)) || find_preset(name, ret_line) ||
           find_policy(name, ret_line);
}

int ps_cli_unknown_preset(const char *name)
{
    const struct ps_preset_line *lines;
    size_t count = ps_presets(&lines);
    const char **names = ps_alloc(count, sizeof *names);
    for (size_t i = 0; i < count; i++)
        names[i] = lines[i].policy ? lines[i].policy : lines[i].name;
    const char *near = ps_text_nearest(name, names, count);
    ps_cli_error("there is no policy and no preset '%s'%s%s%s; 'pinstorm list strategies' shows "
                 "them",
                 name, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    free(names);
    return PS_EXIT_USAGE;
}

static bool forwarded;

void ps_cli_forwarded(void)
{
    forwarded = true;
}

bool ps_cli_colour(int descriptor)
{
    if (forwarded)
        return false;
    const char *no_colour = getenv("NO_COLOR");
    const char *term = getenv("TERM");
    return isatty(descriptor) && !(no_colour && *no_colour) && !(term && strcmp(term, "dumb") == 0);
}

unsigned ps_cli_columns_of(int descriptor)
{
    enum { COLUMNS_DEFAULT = 80 };
    struct winsize size;
    const char *set = getenv("COLUMNS");
    if (isatty(descriptor) && ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return set && atoi(set) > 0 ? (unsigned)atoi(set) : COLUMNS_DEFAULT;
}

unsigned ps_cli_columns(void)
{
    enum { COLUMNS_MIN = 60, COLUMNS_MAX = 200 };
    unsigned columns = ps_cli_columns_of(STDOUT_FILENO);
    return columns < COLUMNS_MIN ? COLUMNS_MIN : columns > COLUMNS_MAX ? COLUMNS_MAX : columns;
}

const char *ps_cli_paint(enum ps_paint paint)
{
    static const char *const codes[] = {
        [PS_PAINT_OFF] = "\033[0m",       [PS_PAINT_GOOD] = "\033[32m",
        [PS_PAINT_DOUBTFUL] = "\033[33m", [PS_PAINT_BAD] = "\033[1;31m",
        [PS_PAINT_QUIET] = "\033[2m",
    };
    return ps_cli_colour(STDOUT_FILENO) ? codes[paint] : "";
}

void ps_cli_wrap(const char *text, size_t length, size_t at, size_t indent)
{
    size_t width = ps_cli_columns(), column = at;
    bool begun = false;
    for (const char *end = text + length; text < end;) {
        const char *space = memchr(text, ' ', (size_t)(end - text));
        size_t size = (size_t)((space ? space : end) - text);
        if (begun && column + 1 + size > width) {
            printf("\n%*s", (int)indent, "");
            column = indent;
        } else if (begun) {
            printf(" ");
            column++;
        }
        printf("%.*s", (int)size, text);
        column += size;
        begun = true;
        text += size + (space != NULL);
    }
    printf("\n");
}

void ps_cli_quote(struct ps_text *command, const char *word)
{
    static const char safe[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                               "_-./:=,@%+";
    ps_text_add(command, command->length ? " " : "");
    if (*word && strspn(word, safe) == strlen(word)) {
        ps_text_add(command, "%s", word);
        return;
    }
    ps_text_add(command, "'");
    for (; *word; word++)
        ps_text_add(command, *word == '\'' ? "'\\''" : "%c", *word);
    ps_text_add(command, "'");
}
