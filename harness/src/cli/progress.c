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

/* The same in more words, and in few. */
static const struct words {
    const char *of, *made, *about;
} full = {" of ", " contacts made", "about "}, terse = {"/", " contacts", ""};

/* From this run's own devices; those of a checkpoint took no time of it. */
static void add_left(const struct ps_simulation_progress *state, uint64_t elapsed_ms,
                     const struct words *words, struct ps_text *out)
{
    uint64_t done = state->devices_done, before = state->devices_before;
    if (done <= before || done >= state->devices_total)
        return;
    char text[PS_TIME_TEXT_MAX];
    uint64_t left_ms = (uint64_t)((double)elapsed_ms * (double)(state->devices_total - done) /
                                  (double)(done - before));
    ps_text_add(out, ", %s%s left", words->about,
                ps_duration_format_rough((ps_duration){(int64_t)(left_ms / 1000) + 1}, text));
}

static void add_state(const struct ps_simulation_progress *state, uint64_t elapsed_ms,
                      const struct words *words, struct ps_text *out)
{
    char number[32], date[PS_TIME_TEXT_MAX];
    uint64_t made = state->contacts_made + state->contacts_done;
    ps_text_add(out, "%s%s", ps_text_thousands(state->devices_done, number), words->of);
    ps_text_add(out, "%s devices", ps_text_thousands(state->devices_total, number));
    if (state->at.s != PS_TIME_NEVER.s)
        ps_text_add(out, ", %s", ps_time_format_day(state->at, date));
    ps_text_add(out, ", %s%s", ps_text_thousands(made, number), words->made);
    if (elapsed_ms > 0)
        ps_text_add(out, " (%s/s)", ps_text_thousands(made * 1000 / elapsed_ms, number));
    add_left(state, elapsed_ms, words, out);
}

/* What is left counts more than a scenario's name, which is cut or left out. */
static void add_shortened(const char *name, const char *state, size_t columns, struct ps_text *out)
{
    enum { NAME_LEAST = 4 };
    size_t length = strlen(state), room = columns > length + 2 ? columns - length - 2 : 0;
    if (room >= strlen(name))
        ps_text_add(out, "%s: %s", name, state);
    else if (room >= NAME_LEAST)
        ps_text_add(out, "%.*s…: %s", (int)room - 1, name, state);
    else
        ps_text_add(out, "%.*s", (int)columns, state);
}

void ps_progress_line(const char *name, const struct ps_simulation_progress *state,
                      uint64_t elapsed_ms, size_t columns, struct ps_text *out)
{
    struct ps_text text = {0};
    add_state(state, elapsed_ms, &full, &text);
    if (columns == 0 || strlen(name) + 2 + text.length <= columns) {
        ps_text_add(out, "%s: %s", name, ps_text_chars(&text));
    } else {
        ps_text_deinit(&text);
        add_state(state, elapsed_ms, &terse, &text);
        add_shortened(name, ps_text_chars(&text), columns, out);
    }
    ps_text_deinit(&text);
}

static void show(struct ps_progress *progress, const struct ps_simulation_progress *state,
                 uint64_t elapsed_ms)
{
    struct ps_text line = {0};
    /* A line that wraps could not be written over. */
    size_t columns = progress->line ? ps_cli_columns_of(STDERR_FILENO) - 1 : 0;
    ps_progress_line(progress->name, state, elapsed_ms, columns, &line);
    fprintf(stderr, "%s%s%s", progress->line ? "\r\033[K" : "", ps_text_chars(&line),
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
