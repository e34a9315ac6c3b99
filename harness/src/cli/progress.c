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

static uint64_t read_ns(clockid_t which)
{
    struct timespec now;
    clock_gettime(which, &now);
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

uint64_t ps_progress_host_ns(void)
{
    return read_ns(CLOCK_MONOTONIC);
}

uint64_t ps_progress_cpu_ns(void)
{
    return read_ns(CLOCK_PROCESS_CPUTIME_ID);
}

static uint64_t host_ms(void)
{
    return ps_progress_host_ns() / 1000000;
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

/* From this run's own devices; those of a checkpoint took no time of it. */
static void add_left(const struct ps_simulation_progress *state, uint64_t elapsed_ms,
                     struct ps_text *out)
{
    uint64_t done = state->devices_done, before = state->devices_before;
    if (done <= before || done >= state->devices_total)
        return;
    char text[PS_TIME_TEXT_MAX];
    uint64_t left_ms = (uint64_t)((double)elapsed_ms * (double)(state->devices_total - done) /
                                  (double)(done - before));
    ps_text_add(out, ", about %s left",
                ps_duration_format_rough((ps_duration){(int64_t)(left_ms / 1000) + 1}, text));
}

void ps_progress_line(const char *name, const struct ps_simulation_progress *state,
                      uint64_t elapsed_ms, struct ps_text *out)
{
    char number[32], date[PS_TIME_TEXT_MAX];
    uint64_t made = state->contacts_made + state->contacts_done;
    ps_text_add(out, "%s: %s of ", name, ps_text_thousands(state->devices_done, number));
    ps_text_add(out, "%s devices", ps_text_thousands(state->devices_total, number));
    if (state->at.s != PS_TIME_NEVER.s)
        ps_text_add(out, ", %s", ps_time_format_day(state->at, date));
    ps_text_add(out, ", %s contacts made", ps_text_thousands(made, number));
    if (elapsed_ms > 0)
        ps_text_add(out, " (%s/s)", ps_text_thousands(made * 1000 / elapsed_ms, number));
    add_left(state, elapsed_ms, out);
}

static void show(struct ps_progress *progress, const struct ps_simulation_progress *state,
                 uint64_t elapsed_ms)
{
    struct ps_text line = {0};
    ps_progress_line(progress->name, state, elapsed_ms, &line);
    /* A line that wraps could not be written over. */
    unsigned columns = progress->line ? ps_cli_columns() : 0;
    int shown = columns > 1 && line.length >= columns ? (int)columns - 1 : (int)line.length;
    fprintf(stderr, "%s%.*s%s", progress->line ? "\r\033[K" : "", shown, ps_text_chars(&line),
            progress->line ? "" : "\n");
    fflush(stderr);
    ps_text_deinit(&line);
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

uint64_t ps_progress_scenario_ms(void *context)
{
    const struct ps_progress *progress = context;
    return host_ms() - progress->scenario_ms;
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
