/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/cli.h"

#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include "base/memory.h"
#include "cli/publish.h"
#include "ranks.h"

struct command {
    const char *name;
    int (*run)(int argc, char **argv);
    const char *summary;
};

static const struct command commands[] = {
    {"run", ps_command_run, "replay scenarios, report, and judge their expectations"},
    {"explain", ps_command_explain, "tell the life of one device, with its handshakes"},
    {"merge", ps_command_merge, "add up the shards of a run, and judge"},
    {"check", ps_command_check, "read scenarios and say every mistake in them"},
    {"show", ps_command_show, "print a scenario or a strategy with every default written out"},
    {"schema", ps_command_schema, "print the JSON Schema of scenario files, for editors"},
    {"list", ps_command_list, "list what there is: strategies, scenarios, attacks, channels..."},
    {"matrix", ps_command_matrix, "strategies against states and attacks, one handshake a cell"},
    {"verify", ps_command_verify, "would a device accept this real chain on that day?"},
    {"bench", ps_command_bench, "how fast contacts are here, against bare OpenSSL"},
};
enum { COMMAND_COUNT = sizeof commands / sizeof *commands };

static volatile sig_atomic_t interrupted;

bool ps_cli_interrupted(void)
{
    return interrupted;
}

static void on_signal(int number)
{
    (void)number;
    if (interrupted) { /* asked twice: at once */
        ps_cli_remove_temporaries();
        _exit(PS_EXIT_INTERRUPTED);
    }
    interrupted = 1;
}

/* mpirun and batch systems pass this one on before they end a job; it never ends one by force. */
static void on_request(int number)
{
    (void)number;
    interrupted = 1;
}

static _Noreturn void out_of_memory(size_t size_bytes)
{
    fprintf(stderr,
            "pinstorm: out of memory (%zu bytes asked for); nothing was written; run fewer "
            "devices with --devices\n",
            size_bytes);
    _exit(PS_EXIT_FAILED);
}

static void print_help(void)
{
    printf("pinstorm %s: which trust strategy keeps a fleet connected, and safe?\n\n"
           "Usage: pinstorm COMMAND [OPTION...]\n\n"
           "Commands\n",
           PS_VERSION);
    for (size_t i = 0; i < COMMAND_COUNT; i++)
        printf("  %-8s %s\n", commands[i].name, commands[i].summary);
    printf("\nStart here\n"
           "  pinstorm list scenarios                 what ships with it\n"
           "  pinstorm run le-dst-x3-2021             the day DST Root CA X3 expired\n"
           "  pinstorm run my.yaml --audit 5%%         your own fleet, verdicts sampled again\n"
           "  pinstorm explain pinstorm-out -d 3      what happened to one device of it\n"
           "  pinstorm COMMAND --help                 options and examples\n\n"
           "Exit codes: 0 every expectation met, 1 one not met, 2 usage or scenario error,\n"
           "3 the harness failed, 4 an expectation could not be judged, 130 interrupted.\n");
}

/* Who reads only the beginning ("| head") has got what he wanted. */
static bool reader_has_left(void)
{
    struct pollfd to = {.fd = STDOUT_FILENO};
    return poll(&to, 1, 0) == 1 && (to.revents & (POLLERR | POLLHUP)) != 0;
}

static int written(int code)
{
    if ((fflush(stdout) == 0 && !ferror(stdout)) || reader_has_left())
        return code;
    ps_cli_error("cannot write the result to standard output");
    return PS_EXIT_FAILED;
}

static int run_command(const struct command *command, int argc, char **argv)
{
    char name[64];
    snprintf(name, sizeof name, "pinstorm %s", command->name);
    argv[0] = name;
    return written(command->run(argc, argv));
}

int main(int argc, char **argv)
{
    ps_memory_on_exhausted(out_of_memory);
    signal(SIGPIPE, SIG_IGN);
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    action.sa_handler = on_request;
    sigaction(SIGUSR1, &action, NULL);
    if (argc < 2) {
        ps_cli_error(
            "which command? (run, merge, explain, check, show, schema, list, matrix, verify, "
            "bench); 'pinstorm --help' explains them");
        return PS_EXIT_USAGE;
    }
    static char help_option[] = "--help";
    if (strcmp(argv[1], "help") == 0 && argc > 2) { /* help COMMAND is COMMAND --help */
        argv[1] = argv[2];
        argv[2] = help_option;
        argc = 3;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0 ||
        strcmp(argv[1], "help") == 0) {
        print_help();
        return written(PS_EXIT_MET);
    }
    if (strcmp(argv[1], "--version") == 0 || strcmp(argv[1], "-V") == 0) {
        const char *mpi = ps_mpi_library();
        printf("pinstorm %s\n", PS_VERSION);
        printf("MPI: %.*s\n", mpi ? (int)strcspn(mpi, ",\n") : INT_MAX, mpi ? mpi : "no");
        return written(PS_EXIT_MET);
    }
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(argv[1], commands[i].name) == 0)
            return run_command(&commands[i], argc - 1, argv + 1);
        names[i] = commands[i].name;
    }
    const char *near = ps_text_nearest(argv[1], names, COMMAND_COUNT);
    ps_cli_error("there is no command '%s'%s%s%s; 'pinstorm --help' lists them", argv[1],
                 near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
    return PS_EXIT_USAGE;
}
