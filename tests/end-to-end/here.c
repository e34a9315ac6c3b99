/* SPDX-License-Identifier: Apache-2.0 */
#include "here.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>
#include "cli/cli.h"
#include "program.h"

/* What the program's main would know. */
bool ps_cli_interrupted(void)
{
    return false;
}

/* A descriptor goes into a file of the scratch folder; gives the one to restore. */
static int redirect(int descriptor, const char *name)
{
    int kept = dup(descriptor);
    int file = open(scratch_path(name), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    ck_assert_int_ge(kept, 0);
    ck_assert_int_ge(file, 0);
    ck_assert_int_ge(dup2(file, descriptor), 0);
    close(file);
    return kept;
}

static void restore(int descriptor, int kept)
{
    fflush(NULL);
    ck_assert_int_ge(dup2(kept, descriptor), 0);
    close(kept);
}

int here_run(const char *scenario, const char *audit, char **ret_said)
{
    enum { SCENARIO = 1, AUDIT = 3, OUT = 10, WORDS };
    char words[WORDS][256] = {"pinstorm run", "",  "--audit", "",      "--link", "memory",
                              "--jobs",       "1", "--quiet", "--out", ""};
    char *argv[WORDS + 1] = {NULL};
    for (size_t i = 0; i < WORDS; i++)
        argv[i] = words[i];
    snprintf(words[SCENARIO], sizeof words[SCENARIO], "%s", scratch_path(scenario));
    snprintf(words[AUDIT], sizeof words[AUDIT], "%s", audit);
    snprintf(words[OUT], sizeof words[OUT], "%s", scratch_path("out"));
    fflush(NULL);
    int output = redirect(STDOUT_FILENO, "stdout"), errors = redirect(STDERR_FILENO, "stderr");
    int code = ps_command_run(WORDS, argv);
    restore(STDOUT_FILENO, output);
    restore(STDERR_FILENO, errors);
    *ret_said = file_read(scratch_path("stderr"));
    ck_assert_ptr_nonnull(*ret_said);
    return code;
}
