/* SPDX-License-Identifier: Apache-2.0 */
#include "total.h"

#include <stdio.h>
#include <string.h>
#include "print.h"

const struct ps_result_lane *ps_lane_at(const struct ps_result_scenario *scenario, size_t strategy,
                                        size_t cohort)
{
    return &scenario->lanes[strategy * scenario->cohort_count + cohort];
}

static bool same_cause(const struct ps_result_cause *a, const struct ps_result_cause *b)
{
    return a->verdict.stage == b->verdict.stage && a->verdict.error == b->verdict.error &&
           strcmp(a->verdict.reason, b->verdict.reason) == 0;
}

/* The main cause over the lanes [first, first + count): most devices still dark, then most devices,
 * then earliest. The same
 * reason in several cohorts, or over several paths, is one cause. Causes are a handful, so the
 * quadratic walk is fine. */
static void find_cause(const struct ps_result_lane *lanes, size_t count, struct ps_total *total)
{
    size_t distinct = 0;
    for (size_t i = 0; i < count; i++) {
        for (size_t c = 0; c < lanes[i].cause_count; c++) {
            const struct ps_result_cause *cause = &lanes[i].causes[c];
            uint64_t devices = 0, dark = 0, seconds = 0;
            ps_time first = cause->first;
            bool seen_before = false;
            for (size_t j = 0; j < count; j++) {
                for (size_t d = 0; d < lanes[j].cause_count; d++) {
                    const struct ps_result_cause *other = &lanes[j].causes[d];
                    if (!same_cause(cause, other))
                        continue;
                    if (j < i || (j == i && d < c))
                        seen_before = true;
                    devices += other->devices;
                    dark += other->still_dark;
                    seconds += other->dark_seconds;
                    if (ps_time_compare(other->first, first) < 0)
                        first = other->first;
                }
            }
            if (seen_before)
                continue;
            distinct++;
            bool more = dark != total->cause_dark ? dark > total->cause_dark
                        : devices != total->cause_devices
                            ? devices > total->cause_devices
                            : ps_time_compare(first, total->cause_first) < 0;
            if (total->cause == NULL || more) {
                total->cause = cause;
                total->cause_dark = dark;
                total->cause_devices = devices;
                total->cause_seconds = seconds;
                total->cause_first = first;
            }
        }
    }
    total->other_causes = distinct > 0 ? distinct - 1 : 0;
}

static void add_recovery(const struct ps_result_lane *lane, struct ps_total *total)
{
    if (lane->outcomes[PS_OUTCOME_RECOVERED] == 0)
        return;
    bool first = total->recovery_cohorts++ == 0;
    total->recovery_seconds += lane->recovery_seconds;
    total->recovery_median = lane->recovery_median;
    if (first || lane->recovery_shortest.s < total->recovery_shortest.s)
        total->recovery_shortest = lane->recovery_shortest;
    if (lane->recovery_longest.s > total->recovery_longest.s)
        total->recovery_longest = lane->recovery_longest;
}

static void add_lane(const struct ps_result_scenario *scenario, const struct ps_result_lane *lane,
                     struct ps_total *total)
{
    total->devices += lane->devices;
    total->booted += lane->booted;
    for (size_t i = 0; i < PS_OUTCOME_COUNT; i++)
        total->outcomes[i] += lane->outcomes[i];
    total->booted_seconds += lane->booted_seconds;
    total->up_seconds += lane->up_seconds;
    total->contacts_accepted += lane->contacts_accepted;
    total->contacts_failed += lane->contacts_failed;
    total->updates_installed += lane->updates_installed;
    if (scenario->sample_count > 0) {
        total->present_end += lane->present[scenario->sample_count - 1];
        total->up_end += lane->up[scenario->sample_count - 1];
    }
    for (size_t i = 0; i < scenario->threat_count; i++)
        total->exposure_seconds += lane->exposures[i].device_seconds;
    add_recovery(lane, total);
    total->lost_devices += lane->lost_devices;
    if (lane->lost_devices == 0)
        return;
    if (ps_time_compare(lane->first_loss, total->first_loss) < 0)
        total->first_loss = lane->first_loss;
    if (ps_time_compare(total->last_loss, PS_TIME_NEVER) == 0 ||
        ps_time_compare(lane->last_loss, total->last_loss) > 0)
        total->last_loss = lane->last_loss;
}

static struct ps_total sum(const struct ps_result_scenario *scenario, size_t first, size_t count)
{
    struct ps_total total = {
        .first_loss = PS_TIME_NEVER, .last_loss = PS_TIME_NEVER, .cause_first = PS_TIME_NEVER};
    for (size_t i = 0; i < count; i++)
        add_lane(scenario, &scenario->lanes[first + i], &total);
    find_cause(&scenario->lanes[first], count, &total);
    return total;
}

struct ps_total ps_total_of_lane(const struct ps_result_scenario *scenario, size_t strategy,
                                 size_t cohort)
{
    return sum(scenario, strategy * scenario->cohort_count + cohort, 1);
}

struct ps_total ps_total_of_strategy(const struct ps_result_scenario *scenario, size_t strategy)
{
    return sum(scenario, strategy * scenario->cohort_count, scenario->cohort_count);
}

struct ps_result_exposure ps_total_exposure(const struct ps_result_scenario *scenario,
                                            size_t strategy, size_t threat)
{
    struct ps_result_exposure total = {0};
    for (size_t c = 0; c < scenario->cohort_count; c++) {
        const struct ps_result_lane *lane = ps_lane_at(scenario, strategy, c);
        total.device_seconds += lane->exposures[threat].device_seconds;
        total.devices += lane->exposures[threat].devices;
    }
    return total;
}

uint64_t ps_outcome_of(const struct ps_total *total, enum ps_outcome outcome)
{
    return outcome == PS_OUTCOME_NEVER_BOOTED
               ? total->devices
               : total->devices - total->outcomes[PS_OUTCOME_NEVER_BOOTED];
}

char *ps_recovery_range_print(const struct ps_total *total, char out[static PS_PRINT_MAX])
{
    char shortest[PS_TIME_TEXT_MAX], longest[PS_TIME_TEXT_MAX];
    if (total->recovery_cohorts == 0)
        return strcpy(out, "-");
    ps_duration_format_rough(total->recovery_shortest, shortest);
    ps_duration_format_rough(total->recovery_longest, longest);
    bool one = strcmp(shortest, longest) == 0;
    snprintf(out, PS_PRINT_MAX, "%.15s%s%.15s", shortest, one ? "" : " to ", one ? "" : longest);
    return out;
}

char *ps_recovery_usual_print(const struct ps_total *total, char out[static PS_PRINT_MAX])
{
    char text[PS_TIME_TEXT_MAX];
    uint64_t devices = total->outcomes[PS_OUTCOME_RECOVERED];
    if (strstr(ps_recovery_range_print(total, out), " to ") == NULL)
        return strcpy(out, "");
    bool one = total->recovery_cohorts == 1;
    ps_duration usual =
        one ? total->recovery_median : (ps_duration){(int64_t)(total->recovery_seconds / devices)};
    snprintf(out, PS_PRINT_MAX, "%s %.20s", one ? "median" : "mean",
             ps_duration_format_rough(usual, text));
    return out;
}

bool ps_outcome_seen(const struct ps_result_scenario *scenario, enum ps_outcome outcome)
{
    for (size_t i = 0; i < scenario->strategy_count * scenario->cohort_count; i++)
        if (scenario->lanes[i].outcomes[outcome] > 0)
            return true;
    return false;
}

struct ps_judged ps_judged_count(const struct ps_result_scenario *scenario)
{
    struct ps_judged judged = {0};
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        enum ps_result_judgement judgement = scenario->expectations[i].judgement;
        judged.met += judgement == PS_JUDGED_MET;
        judged.not_met += judgement == PS_JUDGED_NOT_MET;
        judged.inconclusive += judgement == PS_JUDGED_INCONCLUSIVE;
        judged.not_judged += judgement == PS_JUDGED_NOT;
        judged.all++;
    }
    return judged;
}

struct ps_judged ps_judged_count_all(const struct ps_result *result)
{
    struct ps_judged all = {0};
    for (size_t i = 0; i < result->scenario_count; i++) {
        struct ps_judged one = ps_judged_count(&result->scenarios[i]);
        all.met += one.met;
        all.not_met += one.not_met;
        all.inconclusive += one.inconclusive;
        all.not_judged += one.not_judged;
        all.all += one.all;
    }
    return all;
}

void ps_partial_add(const struct ps_result_scenario *scenario, struct ps_text *out)
{
    char lived[32];
    ps_text_add(out, "%s of ", ps_text_thousands(scenario->lived, lived));
    ps_count_add(scenario->devices, "device", "devices", out);
    ps_text_add(out, " (%s)", scenario->partial);
}
