/* SPDX-License-Identifier: Apache-2.0
 *
 * The table for a terminal: one line per strategy, best first, and below it what cost it its
 * devices; then what happened, what was assumed and what was expected. Everything fits the columns,
 * except that a command to be copied is only broken where a shell allows it.
 */
#include "reports/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "event.h"
#include "grid.h"
#include "pareto.h"
#include "print.h"
#include "total.h"

#define BOLD   "\033[1m"
#define DIM    "\033[2m"
#define RED    "\033[1;31m"
#define GREEN  "\033[32m"
#define YELLOW "\033[33m"
#define RESET  "\033[0m"

enum { COLUMNS_LEAST = 60, COLUMNS_MOST = 160 };
enum { EVENTS_MAX = 40 }; /* listed; how many are left is said */

struct page {
    struct ps_text *out;
    size_t columns;
    bool colour;
};

static void add_colour(struct page *page, const char *code)
{
    if (page->colour)
        ps_text_add(page->out, "%s", code);
}

/* Adds words from column `indent` on, broken between words; `at` columns of the first line are
 * taken. */
static void add_wrapped(struct page *page, const char *text, size_t at, size_t indent)
{
    struct ps_text cleaned = {0};
    ps_clean_add(text, &cleaned);
    const char *word = ps_text_chars(&cleaned);
    bool begun = false;
    while (*word != '\0') {
        size_t length = strcspn(word, " ");
        char *one = ps_format("%.*s", (int)length, word);
        size_t width = ps_columns(one);
        if (length > 0) {
            if (begun && at + 1 + width > page->columns) {
                ps_text_add(page->out, "\n%*s", (int)indent, "");
                at = indent;
            } else if (begun) {
                ps_text_add_n(page->out, " ", 1);
                at++;
            }
            /* A word longer than a line is cut, visibly: a table never overflows. */
            struct ps_text fitting = {0};
            ps_clean_add_short(one, page->columns - at, &fitting);
            ps_text_add(page->out, "%s", ps_text_chars(&fitting));
            at += ps_columns(ps_text_chars(&fitting));
            ps_text_deinit(&fitting);
            begun = true;
        }
        free(one);
        word += length + (word[length] == ' ');
    }
    ps_text_add_n(page->out, "\n", 1);
    ps_text_deinit(&cleaned);
}

/* The end of the word at `text` for a shell: blanks within quotes do not end it. */
static size_t shell_word(const char *text)
{
    char quote = 0;
    size_t i = 0;
    for (; text[i] != '\0'; i++) {
        if (quote == 0 && text[i] == ' ')
            break;
        if (quote == 0 && text[i] == '\\' && text[i + 1] != '\0')
            i++;
        else if (quote == 0 && (text[i] == '"' || text[i] == '\''))
            quote = text[i];
        else if (text[i] == quote)
            quote = 0;
    }
    return i;
}

/* A command that can be copied: never cut; long ones go on after a backslash. */
static void add_command(struct page *page, const char *command, size_t indent)
{
    struct ps_text cleaned = {0};
    ps_clean_add(command, &cleaned);
    size_t at = indent;
    ps_text_add(page->out, "%*s", (int)indent, "");
    for (const char *word = ps_text_chars(&cleaned); *word != '\0';) {
        size_t length = shell_word(word);
        char *one = ps_format("%.*s", (int)length, word);
        size_t width = ps_columns(one);
        if (at > indent && at + 1 + width + 2 > page->columns) {
            ps_text_add(page->out, " \\\n%*s", (int)indent + 2, "");
            at = indent + 2;
        } else if (at > indent) {
            ps_text_add_n(page->out, " ", 1);
            at++;
        }
        ps_text_add(page->out, "%s", one);
        at += width;
        free(one);
        word += length;
        while (*word == ' ')
            word++;
    }
    ps_text_add_n(page->out, "\n", 1);
    ps_text_deinit(&cleaned);
}

static void add_heading(struct page *page, const struct ps_result_scenario *scenario)
{
    struct ps_text line = {0};
    ps_clean_add_short(scenario->name, page->columns - 1, &line);
    add_colour(page, BOLD);
    ps_text_add(page->out, "%s", ps_text_chars(&line));
    add_colour(page, RESET);
    size_t at = ps_columns(ps_text_chars(&line));
    ps_text_deinit(&line);
    if (scenario->title != NULL && scenario->title[0] != '\0') {
        ps_text_add_n(page->out, ": ", 2);
        add_wrapped(page, scenario->title, at + 2, 2);
    } else {
        ps_text_add_n(page->out, "\n", 1);
    }
    ps_period_add(scenario->from, scenario->until, &line);
    ps_text_add(&line, ", ");
    ps_count_add(scenario->devices, "device", "devices", &line);
    if (scenario->cohort_count > 1)
        ps_text_add(&line, " in %zu cohorts", scenario->cohort_count);
    char identity[80];
    snprintf(identity, sizeof identity, "seed %" PRIu64 ", digest %016" PRIx64, scenario->seed,
             scenario->digest);
    bool fits = ps_columns(ps_text_chars(&line)) + 2 + ps_columns(identity) <= page->columns;
    ps_text_add(&line, "%s%s", fits ? ", " : ",", fits ? identity : "");
    add_wrapped(page, ps_text_chars(&line), 0, 2);
    if (!fits)
        ps_text_add(page->out, "%s\n", identity);
    ps_text_deinit(&line);
    if (!scenario->partial)
        return;
    ps_text_add(&line, "PARTIAL RESULT: ");
    ps_partial_add(scenario, &line);
    ps_text_add(&line, "; shares are of these devices only");
    add_colour(page, RED);
    add_wrapped(page, ps_text_chars(&line), 0, 2);
    add_colour(page, RESET);
    ps_text_deinit(&line);
}

/* Short titles; the full words stand in the file reports. */
static const char *outcome_title(enum ps_outcome outcome)
{
    switch (outcome) {
    case PS_OUTCOME_RECOVERED:
        return "recov.";
    case PS_OUTCOME_LOCKED_OUT:
        return "locked";
    case PS_OUTCOME_TAKEN_OVER:
        return "taken";
    case PS_OUTCOME_NEVER_BOOTED:
        return "shelf";
    default:
        return ps_outcome_text(outcome);
    }
}

/* Which threats get a column: those that a ranked strategy is exposed to. What the unranked would
 * accept stands in their own lines. */
static bool threat_shown(const struct ps_result_scenario *scenario, size_t threat)
{
    if (scenario->threats[threat].inapplicable)
        return false;
    for (size_t i = 0; i < scenario->strategy_count; i++)
        if (!scenario->strategies[i].unranked &&
            ps_total_exposure(scenario, i, threat).device_seconds > 0)
            return true;
    return false;
}

enum { THREAT_COLUMNS_MAX = 6 };

static void add_columns(struct ps_grid *grid, const struct ps_result_scenario *scenario)
{
    ps_grid_column(grid, (struct ps_column){.title = "strategy", .least = 14});
    ps_grid_column(grid, (struct ps_column){.title = "stack", .least = 10});
    ps_grid_column(grid, (struct ps_column){.title = "at end", .right = true});
    for (int i = 0; i < PS_OUTCOME_COUNT; i++)
        if (i == PS_OUTCOME_SURVIVED || ps_outcome_seen(scenario, (enum ps_outcome)i))
            ps_grid_column(grid, (struct ps_column){.title = outcome_title((enum ps_outcome)i),
                                                    .right = true});
    ps_grid_column(grid, (struct ps_column){.title = "first loss", .right = true, .may_go = true});
    size_t shown = 0;
    for (size_t i = 0; i < scenario->threat_count && shown < THREAT_COLUMNS_MAX; i++) {
        if (!threat_shown(scenario, i))
            continue;
        ps_grid_column(grid,
                       (struct ps_column){.title = ps_attack_text(scenario->threats[i].attack),
                                          .right = true,
                                          .may_go = true});
        shown++;
    }
}

/* Good, doubtful or lost at a glance; NULL: neither, or there are no colours. */
static const char *colour_of_outcome(const struct page *page, enum ps_outcome outcome,
                                     uint64_t devices, uint64_t all)
{
    if (!page->colour || all == 0 || devices == 0)
        return NULL;
    switch (outcome) {
    case PS_OUTCOME_SURVIVED:
        return devices == all ? GREEN : NULL;
    case PS_OUTCOME_LOCKED_OUT:
        return YELLOW;
    case PS_OUTCOME_BRICKED:
    case PS_OUTCOME_TAKEN_OVER:
        return RED;
    default:
        return NULL;
    }
}

static const char *colour_of_end(const struct page *page, const struct ps_total *total)
{
    if (!page->colour || total->present_end == 0)
        return NULL;
    return total->up_end == total->present_end ? GREEN : total->up_end == 0 ? RED : YELLOW;
}

static void add_cells(const struct page *page, struct ps_grid *grid,
                      const struct ps_result_scenario *scenario, size_t strategy)
{
    struct ps_total total = ps_total_of_strategy(scenario, strategy);
    char text[PS_PRINT_MAX];
    ps_grid_cell(grid, scenario->strategies[strategy].name);
    ps_grid_cell(grid, scenario->strategies[strategy].stack);
    ps_grid_cell_coloured(grid, ps_percent_print(total.up_end, total.present_end, text),
                          colour_of_end(page, &total));
    for (int i = 0; i < PS_OUTCOME_COUNT; i++) {
        enum ps_outcome outcome = (enum ps_outcome)i;
        uint64_t devices = total.outcomes[i], all = ps_outcome_of(&total, outcome);
        if (i == PS_OUTCOME_SURVIVED || ps_outcome_seen(scenario, outcome))
            ps_grid_cell_coloured(grid, ps_percent_print(devices, all, text),
                                  colour_of_outcome(page, outcome, devices, all));
    }
    ps_grid_cell(grid, ps_day_print(total.first_loss, text));
    size_t shown = 0;
    for (size_t i = 0; i < scenario->threat_count && shown < THREAT_COLUMNS_MAX; i++) {
        if (!threat_shown(scenario, i))
            continue;
        struct ps_result_exposure exposure = ps_total_exposure(scenario, strategy, i);
        ps_grid_cell(grid, ps_days_print_compact(exposure.device_seconds, text));
        shown++;
    }
}

/* "5,000 went dark for good, first at 2021-09-30T14:01:16Z: certificate has expired: DST Root CA
 * X3". What kept most devices dark comes first; without any, what most devices came back from. */
static void add_cause(struct page *page, const struct ps_total *total)
{
    if (total->cause == NULL)
        return;
    char number[32], first[PS_PRINT_MAX], days[PS_PRINT_MAX];
    struct ps_text line = {0};
    bool good = total->cause_dark > 0;
    ps_text_add(&line, "%s went dark%s, first at %s: %s; %s device-days in all",
                ps_text_thousands(good ? total->cause_dark : total->cause_devices, number),
                good ? " for good" : " and came back", ps_second_print(total->cause_first, first),
                total->cause->verdict.reason, ps_days_print(total->cause_seconds, days));
    if (total->other_causes > 0)
        ps_text_add(&line, "; %zu other cause%s", total->other_causes,
                    total->other_causes == 1 ? "" : "s");
    ps_text_add(page->out, "    ");
    add_wrapped(page, ps_text_chars(&line), 4, 6);
    ps_text_deinit(&line);
    if (total->cause->explain != NULL)
        add_command(page, total->cause->explain, 6);
}

/* "4,860 recovered, after 6h to 31d, median 2d" */
static void add_recovery(struct page *page, const struct ps_total *total)
{
    char number[32], range[PS_PRINT_MAX], usual[PS_PRINT_MAX];
    uint64_t recovered = total->outcomes[PS_OUTCOME_RECOVERED];
    if (recovered == 0)
        return;
    ps_recovery_usual_print(total, usual);
    char *line = ps_format("%s recovered, after %s%s%s", ps_text_thousands(recovered, number),
                           ps_recovery_range_print(total, range), *usual ? ", " : "", usual);
    ps_text_add(page->out, "    ");
    add_wrapped(page, line, 4, 6);
    free(line);
}

static void add_exposure(struct page *page, const struct ps_result_scenario *scenario,
                         size_t strategy)
{
    struct ps_text line = {0};
    for (size_t i = 0; i < scenario->threat_count; i++) {
        struct ps_result_exposure exposure = ps_total_exposure(scenario, strategy, i);
        if (exposure.device_seconds == 0)
            continue;
        char days[PS_PRINT_MAX], devices[32];
        ps_text_add(&line, "%s%s %s device-days (%s devices)",
                    line.length == 0 ? "accepts: " : "; ",
                    ps_attack_text(scenario->threats[i].attack),
                    ps_days_print(exposure.device_seconds, days),
                    ps_text_thousands(exposure.devices, devices));
    }
    if (line.length > 0) {
        ps_text_add(page->out, "    ");
        add_wrapped(page, ps_text_chars(&line), 4, 6);
    }
    ps_text_deinit(&line);
}

static void add_rule(struct page *page, const char *title)
{
    struct ps_text line = {0};
    ps_text_add(&line, "── %s ", title);
    while (ps_columns(ps_text_chars(&line)) < page->columns)
        ps_text_add(&line, "─");
    add_colour(page, DIM);
    ps_text_add(page->out, "%s", ps_text_chars(&line));
    add_colour(page, RESET);
    ps_text_add_n(page->out, "\n", 1);
    ps_text_deinit(&line);
}

/* Whether all columns of exposure found room. */
static bool has_exposure_columns(const struct ps_grid *grid)
{
    for (size_t c = 0; c < grid->column_count; c++)
        if (grid->columns[c].gone)
            return false;
    return true;
}

static void add_table(struct page *page, const struct ps_result_scenario *scenario)
{
    struct ps_rank *ranks = ps_pareto_order(scenario);
    struct ps_grid grid = {0};
    add_columns(&grid, scenario);
    for (size_t i = 0; i < scenario->strategy_count; i++)
        add_cells(page, &grid, scenario, ranks[i].strategy);
    ps_grid_fit(&grid, page->columns);
    add_colour(page, DIM);
    ps_grid_add_titles(&grid, page->out);
    add_colour(page, RESET);
    ps_text_add_n(page->out, "\n", 1);
    bool ruled = false;
    for (size_t i = 0; i < scenario->strategy_count; i++) {
        bool unranked = ranks[i].front == 0;
        if (unranked && !ruled) {
            add_rule(page, "unranked: would talk to an attacker");
            ruled = true;
        }
        ps_grid_add_row(&grid, i, page->out);
        ps_text_add_n(page->out, "\n", 1);
        struct ps_total total = ps_total_of_strategy(scenario, ranks[i].strategy);
        add_cause(page, &total);
        add_recovery(page, &total);
        if (unranked || !has_exposure_columns(&grid))
            add_exposure(page, scenario, ranks[i].strategy);
    }
    ps_grid_deinit(&grid);
    free(ranks);
}

/* The order is not that of any one column, so it is told; with one strategy there is none. */
static void add_order_note(struct page *page, const struct ps_result_scenario *scenario)
{
    if (scenario->strategy_count > 1)
        add_wrapped(page,
                    "Listed by Pareto fronts of time connected, exposure, devices taken over and "
                    "bricked ones, not by one column",
                    0, 2);
}

/* A strategy is said with its most frequent cause, which is of last dark spells; the first loss may
 * be that of an earlier one, or of another cause. */
static void add_cause_note(struct page *page, const struct ps_result_scenario *scenario)
{
    for (size_t i = 0; i < scenario->strategy_count; i++) {
        struct ps_total total = ps_total_of_strategy(scenario, i);
        if (total.cause == NULL || ps_time_compare(total.first_loss, total.cause_first) >= 0)
            continue;
        add_wrapped(page,
                    "First loss is the beginning of any device's first dark spell; what is said "
                    "below a strategy is the commonest cause of devices' last ones",
                    0, 2);
        return;
    }
}

/* What the exposure columns mean, and which threats could not be tried. */
static void add_threat_notes(struct page *page, const struct ps_result_scenario *scenario)
{
    for (size_t i = 0; i < scenario->threat_count; i++) {
        const struct ps_result_threat *threat = &scenario->threats[i];
        struct ps_text line = {0};
        if (threat->inapplicable)
            ps_text_add(&line, "%s: not applicable, the scenario binds no role for it (%s)",
                        ps_attack_text(threat->attack), ps_attack_meaning(threat->attack));
        else if (threat_shown(scenario, i))
            ps_text_add(&line, "%s: %s; device-days in which it would have been accepted",
                        ps_attack_text(threat->attack), ps_attack_meaning(threat->attack));
        if (line.length > 0)
            add_wrapped(page, ps_text_chars(&line), 0, 2);
        ps_text_deinit(&line);
    }
}

/* "  2021-05-04  serve     telemetry serves ..., until 2021-07-03": the kinds stand below each
 * other. */
static void add_event(struct page *page, const struct ps_result_event *event, bool days)
{
    enum { KIND_WIDTH = 8 };
    struct ps_text line = {0}, words = {0};
    ps_text_add(&line, "  ");
    ps_event_when_add(event, days, &line);
    ps_text_add(&line, "  ");
    ps_clean_add_short(event->kind, KIND_WIDTH, &words);
    size_t used = ps_columns(ps_text_chars(&words));
    ps_text_add(&line, "%s%*s  ", ps_text_chars(&words), (int)(KIND_WIDTH - used), "");
    size_t indent = ps_columns(ps_text_chars(&line));
    ps_text_add(page->out, "%s", ps_text_chars(&line));
    ps_text_deinit(&words);
    ps_text_add(&words, "%s", event->title == NULL ? "" : event->title);
    ps_event_more_add(event, &words);
    add_wrapped(page, ps_text_chars(&words), indent, indent);
    ps_text_deinit(&words);
    ps_text_deinit(&line);
}

static void add_events(struct page *page, const struct ps_result_scenario *scenario)
{
    bool days = ps_events_on_days(scenario);
    if (scenario->event_count == 0)
        return;
    ps_text_add(page->out, "\nevents:\n");
    for (size_t i = 0; i < scenario->event_count && i < EVENTS_MAX; i++)
        add_event(page, &scenario->events[i], days);
    if (scenario->event_count > EVENTS_MAX)
        ps_text_add(page->out, "  and %zu more, which the report lists\n",
                    scenario->event_count - EVENTS_MAX);
}

static void add_assumptions(struct page *page, const struct ps_result_scenario *scenario)
{
    if (scenario->assumption_count == 0)
        return;
    ps_text_add(page->out, "\nassumptions:\n");
    for (size_t i = 0; i < scenario->assumption_count; i++) {
        ps_text_add(page->out, "  ");
        add_wrapped(page, scenario->assumptions[i], 2, 4);
    }
}

/* One that was not met, or could not be judged: what was found, where it stands, how to repeat it.
 */
static void add_expectation(struct page *page, const struct ps_result_expectation *expectation)
{
    static const struct {
        const char *text, *colour;
    } badges[] = {
        [PS_JUDGED_NOT_MET] = {"NOT MET     ", RED},
        [PS_JUDGED_INCONCLUSIVE] = {"INCONCLUSIVE", YELLOW},
    };
    add_colour(page, badges[expectation->judgement].colour);
    ps_text_add(page->out, "  %s", badges[expectation->judgement].text);
    add_colour(page, RESET);
    struct ps_text line = {0};
    ps_text_add(&line, "%s%s%s: %s; found %s", expectation->strategy,
                expectation->cohort == NULL ? "" : "/",
                expectation->cohort == NULL ? "" : expectation->cohort, expectation->text,
                expectation->found == NULL ? "-" : expectation->found);
    ps_text_add(page->out, "  ");
    add_wrapped(page, ps_text_chars(&line), 16, 16);
    if (expectation->file != NULL) {
        ps_text_deinit(&line);
        ps_text_add(&line, "%s:%" PRIu32, expectation->file, expectation->line);
        ps_text_add(page->out, "%*s", 16, "");
        add_wrapped(page, ps_text_chars(&line), 16, 16);
    }
    if (expectation->command != NULL)
        add_command(page, expectation->command, 16);
    if (expectation->explain != NULL)
        add_command(page, expectation->explain, 16);
    ps_text_deinit(&line);
}

/* What was met is a number here (the other renderings list it); what was not is told in full. */
static void add_expectations(struct page *page, const struct ps_result_scenario *scenario)
{
    if (scenario->expectation_count == 0)
        return;
    struct ps_judged judged = ps_judged_count(scenario);
    if (scenario->partial) {
        ps_text_add(page->out, "\nexpectations: %zu, not judged\n", judged.all);
        return;
    }
    ps_text_add(page->out, "\nexpectations: ");
    add_colour(page, judged.met == scenario->expectation_count ? GREEN : RED);
    ps_text_add(page->out, "%zu of %zu met", judged.met, scenario->expectation_count);
    add_colour(page, RESET);
    ps_text_add(page->out, "\n");
    for (size_t i = 0; i < scenario->expectation_count; i++)
        if (scenario->expectations[i].judgement != PS_JUDGED_MET)
            add_expectation(page, &scenario->expectations[i]);
}

static void add_closing(struct page *page, const struct ps_result *result)
{
    struct ps_judged judged = ps_judged_count_all(result);
    uint64_t all = judged.all;
    struct ps_text line = {0};
    ps_count_add(result->scenario_count, "scenario", "scenarios", &line);
    ps_text_add(&line, ", ");
    ps_count_add(all, "expectation", "expectations", &line);
    if (all > 0)
        ps_text_add(&line, ": %zu met, %zu not met, %zu inconclusive", judged.met, judged.not_met,
                    judged.inconclusive);
    if (judged.not_judged > 0)
        ps_text_add(&line, ", %zu not judged", judged.not_judged);
    add_colour(page, judged.not_met > 0 ? RED : judged.inconclusive > 0 ? YELLOW : BOLD);
    add_wrapped(page, ps_text_chars(&line), 0, 2);
    add_colour(page, RESET);
    ps_text_deinit(&line);
}

void ps_report_terminal(const struct ps_result *result, const struct ps_terminal_options *options,
                        struct ps_text *out)
{
    size_t columns = options->columns < COLUMNS_LEAST  ? COLUMNS_LEAST
                     : options->columns > COLUMNS_MOST ? COLUMNS_MOST
                                                       : options->columns;
    struct page page = {.out = out, .columns = columns, .colour = options->colour};
    for (size_t i = 0; i < result->scenario_count; i++) {
        const struct ps_result_scenario *scenario = &result->scenarios[i];
        add_heading(&page, scenario);
        ps_text_add_n(out, "\n", 1);
        add_table(&page, scenario);
        add_order_note(&page, scenario);
        add_cause_note(&page, scenario);
        add_threat_notes(&page, scenario);
        add_events(&page, scenario);
        add_assumptions(&page, scenario);
        add_expectations(&page, scenario);
        ps_text_add_n(out, "\n", 1);
    }
    add_closing(&page, result);
}
