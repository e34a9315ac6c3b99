/* SPDX-License-Identifier: Apache-2.0
 *
 * report.html: one page that needs nothing but itself. It reads top down: what was judged, what
 * happened, the picture, and then the tables that explain it.
 */
#include "reports/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include "event.h"
#include "html.h"
#include "print.h"
#include "svg.h"
#include "total.h"

static void add_badge(const struct ps_judged *judged, struct ps_text *out)
{
    size_t all = judged->all;
    if (judged->not_met > 0)
        ps_text_add(out, "<span class=\"badge bad\">%zu of %zu not met</span>", judged->not_met,
                    all);
    if (judged->inconclusive > 0)
        ps_text_add(out, "%s<span class=\"badge open\">%zu of %zu inconclusive</span>",
                    judged->not_met > 0 ? " " : "", judged->inconclusive, all);
    if (judged->not_judged > 0)
        ps_text_add(out, "%s<span class=\"badge open\">%zu of %zu not judged</span>",
                    judged->not_met + judged->inconclusive > 0 ? " " : "", judged->not_judged, all);
    if (all == 0)
        ps_text_add(out, "<span class=\"badge open\">no expectations</span>");
    else if (judged->met == all)
        ps_text_add(out, "<span class=\"badge met\">all %zu met</span>", all);
}

static void add_facts(const struct ps_result_scenario *scenario, struct ps_text *out)
{
    ps_period_add(scenario->from, scenario->until, out);
    ps_text_add(out, " · ");
    ps_count_add(scenario->devices, "device", "devices", out);
    if (scenario->cohort_count > 1)
        ps_text_add(out, " in %zu cohorts", scenario->cohort_count);
    ps_text_add(out, " · ");
    ps_count_add(scenario->strategy_count, "strategy", "strategies", out);
}

static const char *title_of(const struct ps_result_scenario *scenario)
{
    bool titled = scenario->title != NULL && scenario->title[0] != '\0';
    return titled ? scenario->title : scenario->name;
}

static void add_top(const struct ps_result *result, struct ps_text *out)
{
    struct ps_judged judged = ps_judged_count_all(result);
    ps_text_add(out, "<header>\n<h1>pinstorm report</h1>\n<p>Expectations: ");
    add_badge(&judged, out);
    ps_text_add(out, "</p>\n");
    if (result->scenario_count > 1) {
        ps_text_add(out, "<nav aria-label=\"Scenarios\"><div class=\"scroll\"><table>\n<thead><tr>"
                         "<th scope=\"col\">scenario</th><th scope=\"col\">what happens</th>"
                         "<th scope=\"col\">expectations</th></tr></thead><tbody>\n");
        for (size_t i = 0; i < result->scenario_count; i++) {
            const struct ps_result_scenario *scenario = &result->scenarios[i];
            struct ps_judged one = ps_judged_count(scenario);
            ps_text_add(out, "<tr><th scope=\"row\" class=\"k\"><a href=\"#s%zu\">", i + 1);
            ps_xml_add(scenario->name, out);
            ps_text_add(out, "</a></th><td class=\"wide\">");
            ps_xml_add(title_of(scenario), out);
            ps_text_add(out, "<small>");
            add_facts(scenario, out);
            ps_text_add(out, "</small></td><td>");
            add_badge(&one, out);
            ps_text_add(out, "</td></tr>\n");
        }
        ps_text_add(out, "</tbody></table></div></nav>\n");
    }
    ps_text_add(out, "</header>\n<main>\n");
}

/* The names of all lines: shown when the picture's own labels could not hold them, and on screens
 * too narrow to show the labels beside the lines. */
static void add_legend(const struct ps_picture *picture, struct ps_text *out)
{
    bool needed = false;
    for (size_t i = 0; i < picture->curve_count; i++)
        needed |= picture->curves[i].shortened;
    ps_text_add(out, "<ul class=\"legend%s\">\n", needed ? "" : " spare");
    for (size_t i = 0; i < picture->curve_count; i++) {
        const struct ps_curve *curve = &picture->curves[i];
        char share[PS_PRINT_MAX];
        ps_text_add(out, "<li>");
        ps_swatch_add(curve, out);
        ps_text_add(out, "%s ", ps_percent_print(curve->up, curve->present, share));
        for (size_t n = 0; n < curve->count; n++) {
            if (n > 0)
                ps_text_add(out, ", ");
            ps_xml_add(picture->scenario->strategies[curve->strategies[n]].name, out);
        }
        ps_text_add(out, "</li>\n");
    }
    ps_text_add(out, "</ul>\n");
}

static void add_events(const struct ps_result_scenario *scenario, struct ps_text *out)
{
    if (scenario->event_count == 0)
        return;
    bool days = ps_events_on_days(scenario);
    ps_text_add(out, "<ol class=\"events\">\n");
    for (size_t i = 0; i < scenario->event_count; i++) {
        const struct ps_result_event *event = &scenario->events[i];
        ps_text_add(out, "<li><b>");
        ps_event_when_add(event, days, out);
        ps_text_add(out, "</b> ");
        ps_xml_add(event->title, out);
        ps_text_add(out, " <span class=\"faint\">(");
        ps_xml_add(event->kind, out);
        ps_event_more_add(event, out);
        ps_text_add(out, ")</span></li>\n");
    }
    ps_text_add(out, "</ol>\n");
}

static void add_picture(const struct ps_result_scenario *scenario, const struct ps_rank *ranks,
                        size_t number, struct ps_text *out)
{
    struct ps_picture picture;
    ps_picture_init(&picture, scenario, ranks);
    ps_text_add(out,
                "<h3>Connected devices over time</h3>\n<p class=\"faint\">Share of booted, "
                "unretired devices whose last due contact succeeded. Numbers are the events "
                "below; a shade is an event that takes its time.%s</p>\n"
                "<div class=\"scroll\" tabindex=\"0\">\n",
                ranks[scenario->strategy_count - (scenario->strategy_count > 0)].front == 0
                    ? " Thin grey lines are unranked: they would talk to an attacker."
                    : "");
    ps_picture_add(&picture, number, out);
    ps_text_add(out, "</div>\n");
    add_legend(&picture, out);
    add_events(scenario, out);
    ps_picture_deinit(&picture);
}

static void add_expectation(const struct ps_result_expectation *expectation, struct ps_text *out)
{
    static const char *const badges[] = {
        [PS_JUDGED_MET] = "<span class=\"badge met\">met</span>",
        [PS_JUDGED_NOT_MET] = "<span class=\"badge bad\">not met</span>",
        [PS_JUDGED_INCONCLUSIVE] = "<span class=\"badge open\">inconclusive</span>",
        [PS_JUDGED_NOT] = "<span class=\"badge open\">not judged</span>",
    };
    ps_text_add(out, "<li>%s <b>", badges[expectation->judgement]);
    ps_xml_add(expectation->strategy, out);
    if (expectation->cohort != NULL) {
        ps_text_add(out, "/");
        ps_xml_add(expectation->cohort, out);
    }
    ps_text_add(out, "</b> ");
    ps_xml_add(expectation->text, out);
    ps_text_add(out, " <span class=\"faint\">found ");
    ps_xml_add(expectation->found == NULL ? "-" : expectation->found, out);
    if (expectation->file != NULL && expectation->judgement != PS_JUDGED_MET) {
        ps_text_add(out, ", ");
        ps_xml_add(expectation->file, out);
        ps_text_add(out, ":%" PRIu32, expectation->line);
    }
    ps_text_add(out, "</span>");
    if (expectation->judgement != PS_JUDGED_MET && expectation->command != NULL) {
        ps_text_add(out, "<pre>");
        ps_xml_add(expectation->command, out);
        if (expectation->explain != NULL) {
            ps_text_add(out, "\n");
            ps_xml_add(expectation->explain, out);
        }
        ps_text_add(out, "</pre>");
    }
    ps_text_add(out, "</li>\n");
}

static void add_expectations(const struct ps_result_scenario *scenario, struct ps_text *out)
{
    /* What needs a reader's eye comes first. */
    static const enum ps_result_judgement order[] = {PS_JUDGED_NOT_MET, PS_JUDGED_INCONCLUSIVE,
                                                     PS_JUDGED_NOT, PS_JUDGED_MET};
    ps_text_add(out, "<h3>Expectations</h3>\n");
    if (scenario->expectation_count == 0) {
        ps_text_add(out, "<p>The scenario has none.</p>\n");
        return;
    }
    ps_text_add(out, "<ul class=\"expect\">\n");
    for (size_t o = 0; o < sizeof order / sizeof order[0]; o++)
        for (size_t i = 0; i < scenario->expectation_count; i++)
            if (scenario->expectations[i].judgement == order[o])
                add_expectation(&scenario->expectations[i], out);
    ps_text_add(out, "</ul>\n");
}

static void add_assumptions(const struct ps_result_scenario *scenario, struct ps_text *out)
{
    if (scenario->assumption_count == 0)
        return;
    ps_text_add(out, "<h3>Assumptions</h3>\n<ul>\n");
    for (size_t i = 0; i < scenario->assumption_count; i++) {
        ps_text_add(out, "<li>");
        ps_xml_add(scenario->assumptions[i], out);
        ps_text_add(out, "</li>\n");
    }
    ps_text_add(out, "</ul>\n");
}

static void add_scenario(const struct ps_result_scenario *scenario, size_t number,
                         struct ps_text *out)
{
    struct ps_judged judged = ps_judged_count(scenario);
    struct ps_rank *ranks = ps_pareto_order(scenario);
    ps_text_add(out, "<section id=\"s%zu\">\n<h2>", number);
    ps_xml_add(title_of(scenario), out);
    ps_text_add(out, "</h2>\n<p class=\"faint\"><code>");
    ps_xml_add(scenario->name, out);
    ps_text_add(out, "</code> · ");
    add_facts(scenario, out);
    ps_text_add(out, "</p>\n<p>Expectations: ");
    add_badge(&judged, out);
    ps_text_add(out, "</p>\n");
    if (scenario->partial) {
        struct ps_text lived = {0};
        ps_partial_add(scenario, &lived);
        ps_text_add(out, "<p><span class=\"badge bad\">partial result</span> <b>");
        ps_xml_add(ps_text_chars(&lived), out);
        ps_text_add(out, "</b>. Shares are of these devices only.</p>\n");
        ps_text_deinit(&lived);
    }
    if (scenario->source != NULL && scenario->source[0] != '\0') {
        ps_text_add(out, "<p>");
        ps_xml_add(scenario->source, out);
        ps_text_add(out, "</p>\n");
    }
    if (scenario->strategy_count > 0) {
        add_picture(scenario, ranks, number, out);
        ps_html_add_outcomes(scenario, ranks, out);
        ps_html_add_causes(scenario, ranks, out);
        ps_html_add_exposure(scenario, ranks, out);
        ps_html_add_costs(scenario, ranks, out);
    }
    add_expectations(scenario, out);
    add_assumptions(scenario, out);
    ps_text_add(out,
                "<p class=\"faint\">Seed %" PRIu64 ", scenario digest <code>%016" PRIx64 "</code>",
                scenario->seed, scenario->digest);
    if (scenario->file != NULL) {
        ps_text_add(out, ", file <code>");
        ps_xml_add(scenario->file, out);
        ps_text_add(out, "</code>");
    }
    ps_text_add(out, "</p>\n</section>\n");
    free(ranks);
}

static void add_foot(const struct ps_result *result, struct ps_text *out)
{
    ps_text_add(out, "</main>\n<footer><section>\n<h2>How to repeat</h2>\n<p>pinstorm ");
    ps_xml_add(result->version, out);
    ps_text_add(out, ". The same scenario, seed, version and number of devices give the same "
                     "results on every machine.</p>\n");
    if (result->work.command != NULL) {
        ps_text_add(out, "<pre>");
        ps_xml_add(result->work.command, out);
        ps_text_add(out, "</pre>\n");
    }
    ps_text_add(out, "</section></footer>\n</body>\n</html>\n");
}

void ps_report_html(const struct ps_result *result, struct ps_text *out)
{
    ps_text_add(out, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                     "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n"
                     "<title>pinstorm report");
    if (result->scenario_count == 1) {
        ps_text_add(out, ": ");
        ps_xml_add(result->scenarios[0].name, out);
    }
    ps_text_add(out, "</title>\n<style>\n%s</style>\n</head>\n<body>\n", ps_html_style);
    add_top(result, out);
    for (size_t i = 0; i < result->scenario_count; i++)
        add_scenario(&result->scenarios[i], i + 1, out);
    add_foot(result, out);
}
