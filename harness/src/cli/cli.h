/* SPDX-License-Identifier: Apache-2.0
 *
 * The command line: the only place that knows argv, the environment, stdout, stderr and exit codes.
 * stdout carries the result, stderr everything else.
 */
#ifndef HARNESS_CLI_CLI_H
#define HARNESS_CLI_CLI_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>
#include "base/status.h"
#include "base/text.h"
#include "scenarios/plan.h"

/* When several apply, the harness's failure comes before an interruption, before bad input, before
 * a bar not met, before an expectation that judged nothing. */
enum ps_exit {
    PS_EXIT_MET = 0,
    PS_EXIT_NOT_MET = 1,
    PS_EXIT_USAGE = 2,
    PS_EXIT_FAILED = 3,
    PS_EXIT_INCONCLUSIVE = 4,
    PS_EXIT_INTERRUPTED = 130, /* by SIGINT or SIGTERM, as shells say it */
};
int ps_exit_worse(int a, int b);
int ps_exit_of(ps_status status);

/* A command gets its own words: argv[0] is "pinstorm COMMAND". Returns an exit code. */
int ps_command_run(int argc, char **argv);
int ps_command_explain(int argc, char **argv);
int ps_command_merge(int argc, char **argv);
int ps_command_check(int argc, char **argv);
int ps_command_show(int argc, char **argv);
int ps_command_schema(int argc, char **argv);
int ps_command_list(int argc, char **argv);
int ps_command_matrix(int argc, char **argv);
int ps_command_verify(int argc, char **argv);
int ps_command_bench(int argc, char **argv);

/* "pinstorm: message" on stderr; of one process of several "pinstorm: rank 2: message". */
void ps_cli_rank(int rank);
void ps_cli_error(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The same with the code for bad usage, and where to read more. */
int ps_cli_usage(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Parses with argp so that bad usage exits 2 with one message; `extra` gets the words that are no
 * options. Returns -1 to go on, else the exit code (0 after --help). */
int ps_cli_parse(const struct argp *argp, int argc, char **argv, void *input);

/* Whole numbers with limits; an error message names the option. */
bool ps_cli_number(const char *option, const char *text, uint64_t min, uint64_t max,
                   uint64_t *ret_number);

/* A scenario by path, or by its name in the catalogue. Prints what is wrong. */
ps_status ps_cli_read_scenario(const char *name, struct ps_plan **ret_plan);

/* A preset or policy by its name. Two of them share a name: `policy_first` says which is meant;
 * "preset.NAME" is the preset, and the policy's own preset name the policy. */
#define PS_CLI_PRESET "preset."
bool ps_cli_find_preset(const char *name, bool policy_first, struct ps_preset_line *ret_line);
/* Says that there is none, and which may have been meant. Returns the code for bad usage. */
int ps_cli_unknown_preset(const char *name);

/* Terminal facts. */
bool ps_cli_colour(int descriptor);
/* Output goes to whoever started this process, who may write it to a file, and gives it a terminal
 * of its own all the same: no colours. */
void ps_cli_forwarded(void);
/* Of standard output, within what a table can be fitted to. */
unsigned ps_cli_columns(void);
/* As it is. */
unsigned ps_cli_columns_of(int descriptor);
/* What switches a colour on, or off again; "" where stdout shows none. */
enum ps_paint { PS_PAINT_OFF, PS_PAINT_GOOD, PS_PAINT_DOUBTFUL, PS_PAINT_BAD, PS_PAINT_QUIET };
const char *ps_cli_paint(enum ps_paint paint);
/* Prints words to stdout, the first at column `at`, broken before the last column; lines that
 * follow begin at column `indent`. Ends the line. */
void ps_cli_wrap(const char *text, size_t length, size_t at, size_t indent);

/* Appends `word` to a command line so that a shell reads it back unchanged. */
void ps_cli_quote(struct ps_text *command, const char *word);

/* Set by SIGINT, SIGTERM and SIGUSR1. */
bool ps_cli_interrupted(void);

#endif
