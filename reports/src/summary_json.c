/* SPDX-License-Identifier: Apache-2.0
 *
 * summary.json: what came out, and nothing about how it was found. Two runs of the same scenario,
 * seed, version and number of devices give the same bytes, whatever the jobs, link or fidelity
 * were; so nothing of ps_result_work, no command and no path of this machine may enter here. Keys
 * are stable within a schema version.
 */
#include "reports/report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <stdio.h>
#include "json.h"
#include "pareto.h"

enum { PS_SUMMARY_SCHEMA = 1 };

static const char *judgement_text(enum ps_result_judgement judgement)
{
    switch (judgement) {
    case PS_JUDGED_MET:
        return "met";
    case PS_JUDGED_NOT_MET:
        return "not-met";
    case PS_JUDGED_NOT:
        return "not-judged";
    default:
        return "inconclusive";
    }
}

static void add_events(struct ps_json *json, const struct ps_result_scenario *scenario)
{
    ps_json_open(json, "events", '[');
    for (size_t i = 0; i < scenario->event_count; i++) {
        const struct ps_result_event *event = &scenario->events[i];
        ps_json_open(json, NULL, '{');
        ps_json_time(json, "at", event->at);
        ps_json_time(json, "until", event->until);
        ps_json_time(json, "announced", event->announced);
        ps_json_text(json, "kind", event->kind);
        ps_json_text(json, "title", event->title);
        ps_json_close(json, '}');
    }
    ps_json_close(json, ']');
}

static void add_threats(struct ps_json *json, const struct ps_result_scenario *scenario)
{
    ps_json_open(json, "threats", '[');
    for (size_t i = 0; i < scenario->threat_count; i++) {
        const struct ps_result_threat *threat = &scenario->threats[i];
        ps_json_open(json, NULL, '{');
        ps_json_text(json, "attack", ps_attack_text(threat->attack));
        ps_json_time(json, "from", threat->from);
        ps_json_time(json, "until", threat->until);
        ps_json_bool(json, "implied", threat->implied);
        ps_json_bool(json, "inapplicable", threat->inapplicable);
        ps_json_close(json, '}');
    }
    ps_json_close(json, ']');
}

static void add_cohorts(struct ps_json *json, const struct ps_result_scenario *scenario)
{
    ps_json_open(json, "cohorts", '[');
    for (size_t i = 0; i < scenario->cohort_count; i++) {
        ps_json_open(json, NULL, '{');
        ps_json_text(json, "name", scenario->cohorts[i].name);
        ps_json_uint(json, "devices", scenario->cohorts[i].devices);
        ps_json_close(json, '}');
    }
    ps_json_close(json, ']');
}

static void add_causes(struct ps_json *json, const struct ps_result_lane *lane)
{
    ps_json_open(json, "causes", '[');
    for (size_t i = 0; i < lane->cause_count; i++) {
        const struct ps_result_cause *cause = &lane->causes[i];
        ps_json_open(json, NULL, '{');
        ps_json_uint(json, "devices", cause->devices);
        ps_json_uint(json, "still_dark", cause->still_dark);
        ps_json_uint(json, "dark_seconds", cause->dark_seconds);
        ps_json_time(json, "first", cause->first);
        ps_json_time(json, "last", cause->last);
        ps_json_uint(json, "example", cause->example);
        ps_json_text(json, "stage", ps_stage_text(cause->verdict.stage));
        ps_json_int(json, "error", cause->verdict.error);
        ps_json_int(json, "depth", cause->verdict.depth);
        ps_json_text(json, "reason", cause->verdict.reason);
        ps_json_text(json, "path", cause->verdict.path);
        ps_json_close(json, '}');
    }
    ps_json_close(json, ']');
}

static void add_origins(struct ps_json *json, const struct ps_result_scenario *scenario,
                        const struct ps_result_lane *lane)
{
    ps_json_open(json, "origins", '[');
    for (size_t i = 0; i < scenario->origin_count; i++) {
        if (lane->origins[i].devices == 0)
            continue;
        ps_json_open(json, NULL, '{');
        ps_json_text(json, "kind", scenario->origins[i].kind);
        ps_json_time(json, "at", scenario->origins[i].at);
        ps_json_text(json, "title", scenario->origins[i].title);
        ps_json_uint(json, "devices", lane->origins[i].devices);
        ps_json_uint(json, "lost", lane->origins[i].lost);
        ps_json_close(json, '}');
    }
    ps_json_close(json, ']');
}

static void add_exposures(struct ps_json *json, const struct ps_result_scenario *scenario,
                          const struct ps_result_lane *lane)
{
    ps_json_open(json, "exposures", '[');
    for (size_t i = 0; i < scenario->threat_count; i++) {
        ps_json_open(json, NULL, '{');
        ps_json_text(json, "attack", ps_attack_text(scenario->threats[i].attack));
        ps_json_uint(json, "device_seconds", lane->exposures[i].device_seconds);
        ps_json_uint(json, "devices", lane->exposures[i].devices);
        ps_json_close(json, '}');
    }
    ps_json_close(json, ']');
}

/* From dark to connected, in seconds. */
static void add_recovery(struct ps_json *json, const struct ps_result_lane *lane)
{
    ps_json_open(json, "recovery_seconds", '{');
    ps_json_uint(json, "all", lane->recovery_seconds);
    ps_json_uint(json, "shortest", (uint64_t)lane->recovery_shortest.s);
    ps_json_uint(json, "median", (uint64_t)lane->recovery_median.s);
    ps_json_uint(json, "longest", (uint64_t)lane->recovery_longest.s);
    ps_json_close(json, '}');
}

static void add_lane(struct ps_json *json, const struct ps_result_scenario *scenario,
                     const struct ps_result_cohort *cohort, const struct ps_result_lane *lane)
{
    ps_json_open(json, NULL, '{');
    ps_json_text(json, "name", cohort->name);
    ps_json_uint(json, "devices", lane->devices);
    ps_json_uint(json, "booted", lane->booted);
    ps_json_open(json, "outcomes", '{');
    for (int i = 0; i < PS_OUTCOME_COUNT; i++)
        ps_json_uint(json, ps_outcome_text((enum ps_outcome)i), lane->outcomes[i]);
    ps_json_close(json, '}');
    ps_json_uint(json, "contacts_accepted", lane->contacts_accepted);
    ps_json_uint(json, "contacts_failed", lane->contacts_failed);
    ps_json_uint(json, "booted_seconds", lane->booted_seconds);
    ps_json_uint(json, "up_seconds", lane->up_seconds);
    ps_json_uint(json, "updates_installed", lane->updates_installed);
    ps_json_uint(json, "lost_devices", lane->lost_devices);
    ps_json_time(json, "first_loss", lane->first_loss);
    ps_json_time(json, "median_loss", lane->median_loss);
    ps_json_time(json, "last_loss", lane->last_loss);
    add_recovery(json, lane);
    add_causes(json, lane);
    add_origins(json, scenario, lane);
    add_exposures(json, scenario, lane);
    ps_json_open(json, "availability", '{');
    ps_json_uints(json, "present", lane->present, scenario->sample_count);
    ps_json_uints(json, "up", lane->up, scenario->sample_count);
    ps_json_close(json, '}');
    ps_json_close(json, '}');
}

static void add_strategy(struct ps_json *json, const struct ps_result_scenario *scenario,
                         size_t index, unsigned front)
{
    const struct ps_result_strategy *strategy = &scenario->strategies[index];
    ps_json_open(json, NULL, '{');
    ps_json_text(json, "name", strategy->name);
    ps_json_text(json, "preset", strategy->preset);
    ps_json_text(json, "stack", strategy->stack);
    ps_json_text(json, "summary", strategy->summary);
    ps_json_bool(json, "unranked", strategy->unranked);
    ps_json_text(json, "unranked_by",
                 strategy->unranked ? ps_attack_text(strategy->unranked_by) : NULL);
    ps_json_uint(json, "front", front); /* Pareto front from 1; 0: unranked */
    ps_json_open(json, "cost", '{');
    ps_json_uint(json, "trust_bytes", strategy->cost.trust_bytes);
    ps_json_uint(json, "chain_bytes", strategy->cost.chain_bytes);
    ps_json_close(json, '}');
    ps_json_open(json, "cohorts", '[');
    for (size_t c = 0; c < scenario->cohort_count; c++)
        add_lane(json, scenario, &scenario->cohorts[c],
                 &scenario->lanes[index * scenario->cohort_count + c]);
    ps_json_close(json, ']');
    ps_json_close(json, '}');
}

static void add_strategies(struct ps_json *json, const struct ps_result_scenario *scenario)
{
    struct ps_rank *ranks = ps_pareto_order(scenario);
    ps_json_open(json, "strategies", '[');
    for (size_t i = 0; i < scenario->strategy_count; i++) {
        unsigned front = 0;
        for (size_t r = 0; r < scenario->strategy_count; r++)
            if (ranks[r].strategy == i)
                front = ranks[r].front;
        add_strategy(json, scenario, i, front);
    }
    ps_json_close(json, ']');
    free(ranks);
}

static void add_expectations(struct ps_json *json, const struct ps_result_scenario *scenario)
{
    ps_json_open(json, "expectations", '[');
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        const struct ps_result_expectation *expectation = &scenario->expectations[i];
        ps_json_open(json, NULL, '{');
        ps_json_text(json, "strategy", expectation->strategy);
        ps_json_text(json, "cohort", expectation->cohort);
        ps_json_text(json, "text", expectation->text);
        ps_json_uint(json, "line", expectation->line);
        ps_json_text(json, "judgement", judgement_text(expectation->judgement));
        ps_json_open(json, "found", '{');
        ps_json_uint(json, "numerator", expectation->numerator);
        ps_json_uint(json, "denominator", expectation->denominator);
        ps_json_close(json, '}');
        ps_json_close(json, '}');
    }
    ps_json_close(json, ']');
}

static void add_scenario(struct ps_json *json, const struct ps_result_scenario *scenario)
{
    char digest[32], seed[32];
    snprintf(digest, sizeof digest, "%016" PRIx64, scenario->digest);
    /* As text: readers that keep numbers as doubles would round a large seed. */
    snprintf(seed, sizeof seed, "%" PRIu64, scenario->seed);
    ps_json_open(json, NULL, '{');
    ps_json_text(json, "name", scenario->name);
    ps_json_text(json, "title", scenario->title);
    ps_json_text(json, "digest", digest);
    ps_json_text(json, "seed", seed);
    ps_json_time(json, "from", scenario->from);
    ps_json_time(json, "until", scenario->until);
    ps_json_uint(json, "devices", scenario->devices);
    ps_json_bool(json, "partial", scenario->partial != NULL);
    ps_json_uint(json, "lived", scenario->lived);
    add_events(json, scenario);
    add_threats(json, scenario);
    add_cohorts(json, scenario);
    ps_json_times(json, "samples", scenario->samples, scenario->sample_count);
    add_strategies(json, scenario);
    add_expectations(json, scenario);
    ps_json_open(json, "assumptions", '[');
    for (size_t i = 0; i < scenario->assumption_count; i++)
        ps_json_text(json, NULL, scenario->assumptions[i]);
    ps_json_close(json, ']');
    ps_json_close(json, '}');
}

void ps_report_summary_json(const struct ps_result *result, struct ps_text *out)
{
    struct ps_json json = {.out = out};
    ps_json_open(&json, NULL, '{');
    ps_json_uint(&json, "schema", PS_SUMMARY_SCHEMA);
    ps_json_text(&json, "version", result->version);
    ps_json_open(&json, "scenarios", '[');
    for (size_t i = 0; i < result->scenario_count; i++)
        add_scenario(&json, &result->scenarios[i]);
    ps_json_close(&json, ']');
    ps_json_close(&json, '}');
}
