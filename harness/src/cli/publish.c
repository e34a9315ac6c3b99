/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/publish.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include "base/memory.h"
#include "cli/cli.h"
#include "reports/report.h"

static int judge(const struct ps_result *result)
{
    int code = PS_EXIT_MET;
    for (size_t i = 0; i < result->scenario_count; i++)
        for (size_t k = 0; k < result->scenarios[i].expectation_count; k++) {
            enum ps_result_judgement j = result->scenarios[i].expectations[k].judgement;
            if (j == PS_JUDGED_NOT_MET)
                code = ps_exit_worse(code, PS_EXIT_NOT_MET);
            if (j == PS_JUDGED_INCONCLUSIVE)
                code = ps_exit_worse(code, PS_EXIT_INCONCLUSIVE);
        }
    return code;
}

static void print_result(const struct ps_publish *o, const struct ps_result *result)
{
    struct ps_text text = {0};
    if (o->json) {
        ps_report_summary_json(result, &text);
    } else {
        const struct ps_terminal_options terminal = {ps_cli_colour(STDOUT_FILENO),
                                                     ps_cli_columns()};
        ps_report_terminal(result, &terminal, &text);
    }
    fputs(ps_text_chars(&text), stdout);
    ps_text_deinit(&text);
    if (!o->json)
        printf("\nReport: %s/report.html\n", o->out);
}

/* A scenario is run or merged once, so there are no more than these. */
enum { TEMPORARIES_MAX = 256 };
static char *temporaries[TEMPORARIES_MAX]; /* for good: a signal may come at any time */
static volatile sig_atomic_t temporary_count;

char *ps_cli_temporary(const char *folder, size_t scenario)
{
    char *outcomes = ps_format("outcomes-%zu", scenario + 1), *name = ps_report_temporary(outcomes);
    char *path = ps_format("%s/%s", folder, name);
    free(outcomes);
    free(name);
    if (temporary_count < TEMPORARIES_MAX) {
        temporaries[temporary_count] = ps_strdup(path);
        temporary_count++;
    }
    return path;
}

void ps_cli_remove_temporaries(void)
{
    for (int i = 0; i < temporary_count; i++)
        unlink(temporaries[i]);
}

void ps_cli_took(struct ps_result_work *work, uint64_t own_ms)
{
    work->all.elapsed_ms += own_ms - work->since_resume.elapsed_ms;
    work->since_resume.elapsed_ms = own_ms;
}

int ps_cli_publish(const struct ps_publish *options, const struct ps_result *result)
{
    struct ps_error err = {{0}};
    int code = judge(result);
    if (!ps_is_ok(ps_report_write(options->out, result, &err))) {
        ps_cli_error("%s", err.text);
        return ps_exit_worse(code, PS_EXIT_FAILED);
    }
    print_result(options, result);
    return code;
}
