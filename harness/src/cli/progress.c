/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include "cli/cli.h"

enum {
    FIRST_AFTER_MS = 1000, /* short runs show nothing */
    TERMINAL_EVERY_MS = 200,
    LOG_EVERY_MS = 20000,
};

static uint64_t host_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void ps_progress_start(struct ps_progress *progress, bool quiet)
{
    memset(progress, 0, sizeof *progress);
    progress->quiet = quiet;
    progress->line = isatty(STDERR_FILENO);
    progress->started_ms = host_ms();
}

void ps_progress_scenario(struct ps_progress *progress, const char *name)
{
    progress->name = name;
    progress->scenario_ms = host_ms();
    progress->shown_ms = 0;
}

static void show(struct ps_progress *progress, const struct ps_simulation_progress *state,
                 uint64_t elapsed_ms)
{
    uint64_t total = state->lives_total ? state->lives_total : 1;
    uint64_t percent = state->lives_done * 100 / total;
    char left[64] = "";
    if (percent >= 2 && percent < 100) {
        uint64_t left_s = elapsed_ms * (total - state->lives_done) / state->lives_done / 1000;
        char text[PS_TIME_TEXT_MAX];
        snprintf(left, sizeof left, ", about %s left",
                 ps_duration_format_rough((ps_duration){(int64_t)left_s}, text));
    }
    fprintf(stderr, "%s%s: %" PRIu64 " %%, %" PRIu64 " contacts made%s%s",
            progress->line ? "\r\033[K" : "", progress->name, percent,
            state->contacts_made + state->contacts_done, left, progress->line ? "" : "\n");
    fflush(stderr);
    progress->shown = true;
}

bool ps_progress_watch(const struct ps_simulation_progress *state, void *context)
{
    struct ps_progress *progress = context;
    if (!progress->quiet) {
        uint64_t now = host_ms(), elapsed = now - progress->scenario_ms;
        uint64_t every = progress->line ? TERMINAL_EVERY_MS : LOG_EVERY_MS;
        uint64_t first = progress->line ? FIRST_AFTER_MS : LOG_EVERY_MS;
        if (elapsed >= first && now - progress->shown_ms >= every) {
            show(progress, state, elapsed);
            progress->shown_ms = now;
        }
    }
    return ps_cli_interrupted();
}

void ps_progress_clear(struct ps_progress *progress)
{
    if (progress->shown && progress->line)
        fputs("\r\033[K", stderr);
    progress->shown = false;
}

uint64_t ps_progress_elapsed_ms(const struct ps_progress *progress)
{
    return host_ms() - progress->started_ms;
}
