/* SPDX-License-Identifier: Apache-2.0
 *
 * summary.md: what a reviewer reads in a pull request. Short: the verdict, a table per scenario,
 * and for each expectation that was not met the command that shows it again.
 */
#include "reports/report.h"

#include <stdlib.h>
#include <string.h>
#include "event.h"
#include "pareto.h"
#include "print.h"
#include "total.h"

static void add_badge(const struct ps_result *result, struct ps_text *out)
{
    struct ps_judged judged = ps_judged_count_all(result);
    size_t all = judged.all;
    const char *sign = judged.not_met > 0 ? "❌" : judged.met < all || all == 0 ? "⚠️" : "✅";
    ps_text_add(out, "%s **pinstorm**: ", sign);
    if (all == 0)
        ps_text_add(out, "no expectations");
    else
        ps_text_add(out, "%zu of %zu expectation%s met", judged.met, all, all == 1 ? "" : "s");
    if (judged.not_met > 0)
        ps_text_add(out, ", %zu not met", judged.not_met);
    if (judged.inconclusive > 0)
        ps_text_add(out, ", %zu inconclusive", judged.inconclusive);
    if (judged.not_judged > 0)
        ps_text_add(out, ", %zu not judged", judged.not_judged);
    ps_text_add(out, "\n");
}

static void add_recovery(const struct ps_total *total, struct ps_text *out)
{
    char text[PS_PRINT_MAX];
    ps_text_add(out, " | %s", ps_recovery_range_print(total, text));
    if (*ps_recovery_usual_print(total, text))
        ps_text_add(out, ", %s", text);
}

static void add_row(const struct ps_result_scenario *scenario, const struct ps_rank *rank,
                    struct ps_text *out)
{
    const struct ps_result_strategy *strategy = &scenario->strategies[rank->strategy];
    struct ps_total total = ps_total_of_strategy(scenario, rank->strategy);
    char text[PS_PRINT_MAX];
    ps_text_add(out, "| ");
    ps_markdown_add(strategy->name, out);
    if (rank->front == 0)
        ps_text_add(out, " (unranked: accepts %s)", ps_attack_text(strategy->unranked_by));
    ps_text_add(out, " | ");
    ps_markdown_add(strategy->stack, out);
    ps_text_add(out, " | %s", ps_percent_print(total.up_end, total.present_end, text));
    for (int i = 0; i < PS_OUTCOME_COUNT; i++)
        if (i == PS_OUTCOME_SURVIVED || ps_outcome_seen(scenario, (enum ps_outcome)i))
            ps_text_add(out, " | %s",
                        ps_percent_print(total.outcomes[i],
                                         ps_outcome_of(&total, (enum ps_outcome)i), text));
    ps_text_add(out, " | %s", ps_day_print(total.first_loss, text));
    if (ps_outcome_seen(scenario, PS_OUTCOME_RECOVERED))
        add_recovery(&total, out);
    ps_text_add(out, " | %s |\n", ps_days_print(total.exposure_seconds, text));
}

static void add_table(const struct ps_result_scenario *scenario, struct ps_text *out)
{
    size_t outcomes = 0;
    ps_text_add(out, "| strategy | stack | connected at end");
    for (int i = 0; i < PS_OUTCOME_COUNT; i++) {
        if (i != PS_OUTCOME_SURVIVED && !ps_outcome_seen(scenario, (enum ps_outcome)i))
            continue;
        ps_text_add(out, " | %s", ps_outcome_text((enum ps_outcome)i));
        outcomes++;
    }
    bool recovery = ps_outcome_seen(scenario, PS_OUTCOME_RECOVERED);
    ps_text_add(out, " | first loss%s | exposed device-days |\n|:--|:--|--:",
                recovery ? " | recovered after" : "");
    outcomes += recovery;
    for (size_t i = 0; i < outcomes; i++)
        ps_text_add(out, "|--:");
    ps_text_add(out, "|--:|--:|\n");
    struct ps_rank *ranks = ps_pareto_order(scenario);
    for (size_t i = 0; i < scenario->strategy_count; i++)
        add_row(scenario, &ranks[i], out);
    free(ranks);
}

/* A fence longer than any run of backticks within. */
static void add_code(const char *code, struct ps_text *out)
{
    struct ps_text cleaned = {0};
    ps_clean_add(code, &cleaned);
    size_t longest = 2, run = 0;
    for (const char *c = ps_text_chars(&cleaned); *c != '\0'; c++) {
        run = *c == '`' ? run + 1 : 0;
        longest = run > longest ? run : longest;
    }
    struct ps_text fence = {0};
    for (size_t i = 0; i <= longest; i++)
        ps_text_add_n(&fence, "`", 1);
    ps_text_add(out, "  %ssh\n  %s\n  %s\n", ps_text_chars(&fence), ps_text_chars(&cleaned),
                ps_text_chars(&fence));
    ps_text_deinit(&fence);
    ps_text_deinit(&cleaned);
}

static void add_unmet(const struct ps_result_scenario *scenario, struct ps_text *out)
{
    bool begun = false;
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        const struct ps_result_expectation *expectation = &scenario->expectations[i];
        if (expectation->judgement == PS_JUDGED_MET || expectation->judgement == PS_JUDGED_NOT)
            continue;
        if (!begun)
            ps_text_add_n(out, "\n", 1);
        begun = true;
        ps_text_add(out, "- **%s** ",
                    expectation->judgement == PS_JUDGED_NOT_MET ? "not met" : "inconclusive");
        ps_markdown_add(expectation->strategy, out);
        if (expectation->cohort != NULL) {
            ps_text_add_n(out, "/", 1);
            ps_markdown_add(expectation->cohort, out);
        }
        ps_text_add(out, ": ");
        ps_markdown_add(expectation->text, out);
        ps_text_add(out, "; found ");
        ps_markdown_add(expectation->found == NULL ? "-" : expectation->found, out);
        ps_text_add_n(out, "\n", 1);
        if (expectation->command != NULL)
            add_code(expectation->command, out);
        if (expectation->explain != NULL)
            add_code(expectation->explain, out);
    }
}

/* Folded away: who wants to know what happened opens it. */
static void add_background(const struct ps_result_scenario *scenario, struct ps_text *out)
{
    bool days = ps_events_on_days(scenario);
    if (scenario->event_count + scenario->assumption_count == 0)
        return;
    ps_text_add(out, "\n<details><summary>");
    ps_count_add(scenario->event_count, "event", "events", out);
    ps_text_add(out, ", ");
    ps_count_add(scenario->assumption_count, "assumption", "assumptions", out);
    ps_text_add(out, "</summary>\n\n");
    for (size_t i = 0; i < scenario->event_count; i++) {
        const struct ps_result_event *event = &scenario->events[i];
        ps_text_add(out, "- ");
        ps_event_when_add(event, days, out);
        ps_text_add(out, " *");
        ps_markdown_add(event->kind, out);
        ps_text_add(out, "* ");
        ps_markdown_add(event->title, out);
        ps_event_more_add(event, out);
        ps_text_add_n(out, "\n", 1);
    }
    for (size_t i = 0; i < scenario->assumption_count; i++) {
        ps_text_add(out, "- *assumed* ");
        ps_markdown_add(scenario->assumptions[i], out);
        ps_text_add_n(out, "\n", 1);
    }
    ps_text_add(out, "\n</details>\n");
}

void ps_report_markdown(const struct ps_result *result, struct ps_text *out)
{
    add_badge(result, out);
    for (size_t i = 0; i < result->scenario_count; i++) {
        const struct ps_result_scenario *scenario = &result->scenarios[i];
        ps_text_add(out, "\n### ");
        ps_markdown_add(scenario->name, out);
        if (scenario->title != NULL && scenario->title[0] != '\0') {
            ps_text_add(out, ": ");
            ps_markdown_add(scenario->title, out);
        }
        ps_text_add(out, "\n\n");
        ps_period_add(scenario->from, scenario->until, out);
        ps_text_add(out, ", ");
        ps_count_add(scenario->devices, "device", "devices", out);
        ps_text_add(out, ", seed %llu\n\n", (unsigned long long)scenario->seed);
        if (scenario->partial) {
            ps_text_add(out, "**Partial result**: ");
            ps_partial_add(scenario, out);
            ps_text_add(out, ". Shares are of these devices only.\n\n");
        }
        add_table(scenario, out);
        add_unmet(scenario, out);
        add_background(scenario, out);
    }
}
