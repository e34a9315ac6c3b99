/* SPDX-License-Identifier: Apache-2.0 */
#include "html.h"

#include <inttypes.h>
#include <string.h>
#include "print.h"
#include "total.h"

static void add_part(const char *title, size_t columns, struct ps_text *out)
{
    ps_text_add(out, "<tr class=\"part\"><th scope=\"rowgroup\" colspan=\"%zu\">%s</th></tr>\n",
                columns, title);
}

static const char unranked_title[] = "unranked: would talk to an attacker";

/* Before the first unranked strategy of a table. */
static void add_part_if_due(const struct ps_rank *ranks, size_t i, size_t columns,
                            struct ps_text *out)
{
    if (ranks[i].front == 0 && (i == 0 || ranks[i - 1].front != 0))
        add_part(unranked_title, columns, out);
}

static void add_name(const char *name, const char *below, struct ps_text *out)
{
    ps_text_add(out, "<th scope=\"row\" class=\"name\">");
    ps_xml_add(name, out);
    if (below != NULL) {
        ps_text_add(out, "<small>");
        ps_xml_add(below, out);
        ps_text_add(out, "</small>");
    }
    ps_text_add(out, "</th>");
}

static void add_open_table(struct ps_text *out)
{
    ps_text_add(out, "<div class=\"scroll\" tabindex=\"0\"><table>\n<thead><tr>");
}

static void add_close_table(struct ps_text *out)
{
    ps_text_add(out, "</tbody></table></div>\n");
}

static void add_head(const char *title, bool right, struct ps_text *out)
{
    ps_text_add(out, "<th scope=\"col\"%s>%s</th>", right ? " class=\"r\"" : "", title);
}

/* Outcomes that hold nobody at all are left out, but the four that a reader looks for never are. */
static bool outcome_shown(const struct ps_result_scenario *scenario, enum ps_outcome outcome)
{
    return outcome <= PS_OUTCOME_BRICKED || ps_outcome_seen(scenario, outcome);
}

static void add_share(uint64_t numerator, uint64_t denominator, struct ps_text *out)
{
    char share[PS_PRINT_MAX], number[32];
    if (numerator == 0) {
        ps_text_add(out, "<td class=\"r faint\">0</td>");
        return;
    }
    ps_text_add(out, "<td class=\"r\">%s<small>%s</small></td>",
                ps_percent_print(numerator, denominator, share),
                ps_text_thousands(numerator, number));
}

static void add_outcome_cells(const struct ps_result_scenario *scenario,
                              const struct ps_total *total, struct ps_text *out)
{
    char text[PS_PRINT_MAX], number[32];
    ps_text_add(out, "<td class=\"r\">%s</td>", ps_text_thousands(total->devices, number));
    ps_text_add(out, "<td class=\"r\">%s</td>",
                ps_percent_print(total->up_end, total->present_end, text));
    ps_text_add(out, "<td class=\"r\">%s</td>",
                ps_percent_print(total->up_seconds, total->booted_seconds, text));
    for (int i = 0; i < PS_OUTCOME_COUNT; i++)
        if (outcome_shown(scenario, (enum ps_outcome)i))
            add_share(total->outcomes[i], ps_outcome_of(total, (enum ps_outcome)i), out);
    ps_text_add(out, "<td class=\"r\">%s</td>", ps_day_print(total->first_loss, text));
}

static void add_median_cell(const struct ps_result_lane *lane, struct ps_text *out)
{
    char text[PS_PRINT_MAX];
    ps_text_add(out, "<td class=\"r\">%s</td>",
                lane == NULL ? "" : ps_day_print(lane->median_loss, text));
}

/* Ends the row. */
static void add_recovery_cell(const struct ps_result_scenario *scenario,
                              const struct ps_total *total, struct ps_text *out)
{
    char text[PS_PRINT_MAX];
    uint64_t recovered = total->outcomes[PS_OUTCOME_RECOVERED];
    if (ps_outcome_seen(scenario, PS_OUTCOME_RECOVERED)) {
        ps_text_add(out, "<td class=\"r%s\">%s", recovered > 0 ? "" : " faint",
                    ps_recovery_range_print(total, text));
        if (*ps_recovery_usual_print(total, text))
            ps_text_add(out, "<small>%s</small>", text);
        ps_text_add(out, "</td>");
    }
    ps_text_add(out, "</tr>\n");
}

static void add_outcome_rows(const struct ps_result_scenario *scenario, size_t strategy,
                             unsigned front, struct ps_text *out)
{
    struct ps_total total = ps_total_of_strategy(scenario, strategy);
    bool one = scenario->cohort_count == 1;
    ps_text_add(out, "<tr>");
    add_name(scenario->strategies[strategy].name, scenario->strategies[strategy].stack, out);
    if (front > 0)
        ps_text_add(out, "<td class=\"r\">%u</td>", front);
    else
        ps_text_add(out, "<td class=\"r faint\">-</td>");
    add_outcome_cells(scenario, &total, out);
    /* A median over cohorts cannot be made from theirs, so only cohorts have one. */
    add_median_cell(one ? ps_lane_at(scenario, strategy, 0) : NULL, out);
    add_recovery_cell(scenario, &total, out);
    for (size_t c = 0; !one && c < scenario->cohort_count; c++) {
        struct ps_total lane = ps_total_of_lane(scenario, strategy, c);
        ps_text_add(out, "<tr class=\"cohort\">");
        add_name(scenario->cohorts[c].name, NULL, out);
        ps_text_add(out, "<td></td>");
        add_outcome_cells(scenario, &lane, out);
        add_median_cell(ps_lane_at(scenario, strategy, c), out);
        add_recovery_cell(scenario, &lane, out);
    }
}

void ps_html_add_outcomes(const struct ps_result_scenario *scenario, const struct ps_rank *ranks,
                          struct ps_text *out)
{
    size_t columns = 7;
    ps_text_add(out, "<h3>Outcomes</h3>\n");
    add_open_table(out);
    add_head("strategy", false, out);
    add_head("front", true, out);
    add_head("devices", true, out);
    add_head("connected<br>at end", true, out);
    add_head("connected<br>all along", true, out);
    for (int i = 0; i < PS_OUTCOME_COUNT; i++)
        if (outcome_shown(scenario, (enum ps_outcome)i)) {
            add_head(ps_outcome_text((enum ps_outcome)i), true, out);
            columns++;
        }
    add_head("first<br>loss", true, out);
    add_head("median<br>loss", true, out);
    if (ps_outcome_seen(scenario, PS_OUTCOME_RECOVERED)) {
        add_head("recovered<br>after", true, out);
        columns++;
    }
    ps_text_add(out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < scenario->strategy_count; i++) {
        add_part_if_due(ranks, i, columns, out);
        add_outcome_rows(scenario, ranks[i].strategy, ranks[i].front, out);
    }
    add_close_table(out);
    ps_text_add(
        out,
        "<p><small>Listed by Pareto fronts: in front 1 stand the strategies that "
        "no other beats in availability, exposure, devices taken over and bricked ones at "
        "once; without those, the next ones are front 2, and so on. “Connected all "
        "along” is the share of the time that booted devices spent after a contact "
        "that succeeded. A loss is the beginning of a device’s first dark "
        "spell. “Recovered after” is how long the last dark spell of recovered "
        "devices lasted. Outcomes are shares of the devices that ever booted; never-booted, of "
        "all.</small></p>\n");
}

static void add_cause(const struct ps_result_cause *cause, struct ps_text *out)
{
    char number[PS_PRINT_MAX], first[PS_PRINT_MAX], last[PS_PRINT_MAX];
    ps_text_add(out, "<td class=\"r\">%s</td>", ps_text_thousands(cause->devices, number));
    ps_text_add(out, "<td class=\"r\">%s</td>", ps_text_thousands(cause->still_dark, number));
    ps_text_add(out, "<td class=\"r\">%s</td><td class=\"k\">%s",
                ps_days_print(cause->dark_seconds, number), ps_second_print(cause->first, first));
    if (ps_time_compare(cause->first, cause->last) != 0)
        ps_text_add(out, "<small>to %s</small>", ps_second_print(cause->last, last));
    ps_text_add(out, "</td><td>%s</td><td class=\"wide\">", ps_stage_text(cause->verdict.stage));
    ps_xml_add(cause->verdict.reason, out);
    if (cause->verdict.path[0] != '\0') {
        ps_text_add(out, "<small>");
        ps_xml_add(cause->verdict.path, out);
        ps_text_add(out, "</small>");
    }
    if (cause->explain != NULL) {
        ps_text_add(out, "<small><code>");
        ps_xml_add(cause->explain, out);
        ps_text_add(out, "</code></small>");
    }
    ps_text_add(out, "</td></tr>\n");
}

/* One line for each strategy and what its dark spells are put down to, over all cohorts. */
static void add_origin_rows(const struct ps_result_scenario *scenario, size_t strategy,
                            struct ps_text *out)
{
    for (size_t i = 0; i < scenario->origin_count; i++) {
        struct ps_result_origin_count sum = {0, 0};
        for (size_t c = 0; c < scenario->cohort_count; c++) {
            const struct ps_result_lane *lane = ps_lane_at(scenario, strategy, c);
            sum.devices += lane->origins[i].devices;
            sum.lost += lane->origins[i].lost;
        }
        if (sum.devices == 0)
            continue;
        char text[PS_PRINT_MAX];
        ps_text_add(out, "<tr>");
        add_name(scenario->strategies[strategy].name, NULL, out);
        ps_text_add(out, "<td class=\"r\">%s</td>", ps_text_thousands(sum.devices, text));
        ps_text_add(out, "<td class=\"r\">%s</td>", ps_text_thousands(sum.lost, text));
        ps_text_add(out, "<td class=\"k\">%s</td>", ps_day_print(scenario->origins[i].at, text));
        ps_text_add(out, "<td>%s</td><td class=\"wide\">", scenario->origins[i].kind);
        ps_xml_add(scenario->origins[i].title, out);
        ps_text_add(out, "</td></tr>\n");
    }
}

static void add_origins(const struct ps_result_scenario *scenario, const struct ps_rank *ranks,
                        struct ps_text *out)
{
    ps_text_add(out, "<h3>What that is put down to</h3>\n");
    add_open_table(out);
    add_head("strategy", false, out);
    add_head("devices", true, out);
    add_head("lost for good", true, out);
    add_head("at", false, out);
    add_head("what", false, out);
    add_head("which", false, out);
    ps_text_add(out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < scenario->strategy_count; i++)
        add_origin_rows(scenario, ranks[i].strategy, out);
    add_close_table(out);
    ps_text_add(out, "<p><small>The latest thing since the device’s last good contact that fits "
                     "the check that failed: a rule, not a proof. Of the last dark spell of each "
                     "device; takeovers are put down to the attack.</small></p>\n");
}

void ps_html_add_causes(const struct ps_result_scenario *scenario, const struct ps_rank *ranks,
                        struct ps_text *out)
{
    size_t causes = 0;
    for (size_t i = 0; i < scenario->strategy_count * scenario->cohort_count; i++)
        causes += scenario->lanes[i].cause_count;
    ps_text_add(out, "<h3>Why devices went dark</h3>\n");
    if (causes == 0) {
        ps_text_add(out, "<p>None did.</p>\n");
        return;
    }
    bool cohorts = scenario->cohort_count > 1;
    add_open_table(out);
    add_head("strategy", false, out);
    if (cohorts)
        add_head("cohort", false, out);
    add_head("devices", true, out);
    add_head("dark at end", true, out);
    add_head("device-days", true, out);
    add_head("went dark", false, out);
    add_head("refused at", false, out);
    add_head("reason and path", false, out);
    ps_text_add(out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < scenario->strategy_count; i++) {
        size_t strategy = ranks[i].strategy;
        for (size_t c = 0; c < scenario->cohort_count; c++) {
            const struct ps_result_lane *lane = ps_lane_at(scenario, strategy, c);
            for (size_t k = 0; k < lane->cause_count; k++) {
                ps_text_add(out, "<tr>");
                add_name(scenario->strategies[strategy].name, NULL, out);
                if (cohorts) {
                    ps_text_add(out, "<td class=\"k\">");
                    ps_xml_add(scenario->cohorts[c].name, out);
                    ps_text_add(out, "</td>");
                }
                add_cause(&lane->causes[k], out);
            }
        }
    }
    add_close_table(out);
    ps_text_add(out, "<p><small>The first refusal of each device’s last dark spell, with the "
                     "path from the leaf as far as the device’s stack built it, and how long "
                     "these spells lasted in all.</small></p>\n");
    add_origins(scenario, ranks, out);
}

static void add_threat_list(const struct ps_result_scenario *scenario, struct ps_text *out)
{
    ps_text_add(out, "<ul>\n");
    for (size_t i = 0; i < scenario->threat_count; i++) {
        const struct ps_result_threat *threat = &scenario->threats[i];
        ps_text_add(out, "<li><b>%s</b> ", ps_attack_text(threat->attack));
        ps_xml_add(ps_attack_meaning(threat->attack), out);
        ps_text_add(out, ", ");
        ps_period_add(threat->from, threat->until, out);
        if (threat->implied)
            ps_text_add(out, " <span class=\"faint\">(implied: tried in every scenario, to decide "
                             "who is ranked)</span>");
        if (threat->inapplicable)
            ps_text_add(out, " <span class=\"badge open\">not applicable</span> <span "
                             "class=\"faint\">the scenario binds no role for it</span>");
        ps_text_add(out, "</li>\n");
    }
    ps_text_add(out, "</ul>\n");
}

static void add_exposure_cell(const struct ps_result_scenario *scenario, size_t strategy,
                              size_t threat, struct ps_text *out)
{
    if (scenario->threats[threat].inapplicable) {
        ps_text_add(out, "<td class=\"r faint\">n/a</td>");
        return;
    }
    struct ps_result_exposure exposure = ps_total_exposure(scenario, strategy, threat);
    char days[PS_PRINT_MAX];
    if (exposure.device_seconds == 0 && exposure.devices == 0) {
        ps_text_add(out, "<td class=\"r faint\">0</td>");
        return;
    }
    ps_text_add(out, "<td class=\"r\">%s<small>", ps_days_print(exposure.device_seconds, days));
    ps_count_add(exposure.devices, "device", "devices", out);
    ps_text_add(out, "</small></td>");
}

void ps_html_add_exposure(const struct ps_result_scenario *scenario, const struct ps_rank *ranks,
                          struct ps_text *out)
{
    ps_text_add(out, "<h3>Exposure</h3>\n<p>Device-days in which an attack would have been "
                     "accepted, and how many devices ever would have accepted it.</p>\n");
    add_threat_list(scenario, out);
    if (scenario->threat_count == 0)
        return;
    add_open_table(out);
    add_head("strategy", false, out);
    for (size_t i = 0; i < scenario->threat_count; i++)
        add_head(ps_attack_text(scenario->threats[i].attack), true, out);
    ps_text_add(out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < scenario->strategy_count; i++) {
        add_part_if_due(ranks, i, scenario->threat_count + 1, out);
        ps_text_add(out, "<tr>");
        add_name(scenario->strategies[ranks[i].strategy].name, NULL, out);
        for (size_t t = 0; t < scenario->threat_count; t++)
            add_exposure_cell(scenario, ranks[i].strategy, t, out);
        ps_text_add(out, "</tr>\n");
    }
    add_close_table(out);
}

void ps_html_add_costs(const struct ps_result_scenario *scenario, const struct ps_rank *ranks,
                       struct ps_text *out)
{
    ps_text_add(out, "<h3>Strategies and what they cost</h3>\n");
    add_open_table(out);
    add_head("strategy", false, out);
    add_head("preset", false, out);
    add_head("what it trusts", false, out);
    add_head("on the device", true, out);
    add_head("chain on the wire", true, out);
    add_head("updates installed", true, out);
    ps_text_add(out, "</tr></thead><tbody>\n");
    for (size_t i = 0; i < scenario->strategy_count; i++) {
        const struct ps_result_strategy *strategy = &scenario->strategies[ranks[i].strategy];
        struct ps_total total = ps_total_of_strategy(scenario, ranks[i].strategy);
        char number[32];
        add_part_if_due(ranks, i, 6, out);
        ps_text_add(out, "<tr>");
        add_name(strategy->name, NULL, out);
        ps_text_add(out, "<td class=\"k\">");
        ps_xml_add(strategy->preset, out);
        ps_text_add(out, "</td><td class=\"wide\">");
        ps_xml_add(strategy->summary, out);
        ps_text_add(out, "</td><td class=\"r\">%s B</td>",
                    ps_text_thousands(strategy->cost.trust_bytes, number));
        ps_text_add(out, "<td class=\"r\">%s B</td>",
                    ps_text_thousands(strategy->cost.chain_bytes, number));
        ps_text_add(out, "<td class=\"r\">%s</td></tr>\n",
                    ps_text_thousands(total.updates_installed, number));
    }
    add_close_table(out);
    ps_text_add(out, "<p><small>Bytes of anchors and pins at the end, the most over its devices, "
                     "and of the longest chain sent to them; certificates counted at their largest "
                     "DER length.</small></p>\n");
}
