/* SPDX-License-Identifier: Apache-2.0
 *
 * run.json: how the run was done. It differs between two runs with equal results, which is why it
 * is not part of summary.json.
 */
#include "reports/report.h"

#include "json.h"

static void add_expectations(struct ps_json *json, const struct ps_result *result)
{
    ps_json_open(json, "expectations", '[');
    for (size_t i = 0; i < result->scenario_count; i++) {
        const struct ps_result_scenario *scenario = &result->scenarios[i];
        for (size_t e = 0; e < scenario->expectation_count; e++) {
            const struct ps_result_expectation *expectation = &scenario->expectations[e];
            ps_json_open(json, NULL, '{');
            ps_json_text(json, "scenario", scenario->name);
            ps_json_text(json, "strategy", expectation->strategy);
            ps_json_text(json, "cohort", expectation->cohort);
            ps_json_text(json, "text", expectation->text);
            ps_json_text(json, "file", expectation->file);
            ps_json_uint(json, "line", expectation->line);
            ps_json_text(json, "command", expectation->command);
            ps_json_close(json, '}');
        }
    }
    ps_json_close(json, ']');
}

static void add_effort(struct ps_json *json, const struct ps_result_effort *effort)
{
    ps_json_uint(json, "classes", effort->classes);
    ps_json_uint(json, "handshakes_asked", effort->handshakes_asked);
    ps_json_uint(json, "handshakes_served", effort->handshakes_served);
    ps_json_uint(json, "plain_asked", effort->plain_asked);
    ps_json_uint(json, "plain_served", effort->plain_served);
    ps_json_uint(json, "audited", effort->audited);
    ps_json_uint(json, "elapsed_ms", effort->elapsed_ms);
}

void ps_report_run_json(const struct ps_result *result, struct ps_text *out)
{
    const struct ps_result_work *work = &result->work;
    struct ps_json json = {.out = out};
    ps_json_open(&json, NULL, '{');
    ps_json_uint(&json, "schema", 1);
    ps_json_text(&json, "version", result->version);
    ps_json_text(&json, "command", work->command);
    ps_json_text(&json, "fidelity", work->fidelity);
    ps_json_text(&json, "link", work->link);
    ps_json_text(&json, "audit", work->audit);
    ps_json_uint(&json, "jobs", work->jobs);
    ps_json_uint(&json, "in_flight_max", work->in_flight_max);
    ps_json_uint(&json, "in_flight_peak", work->in_flight_peak);
    add_effort(&json, &work->all);
    ps_json_uint(&json, "audit_disagreements", work->audit_disagreements);
    if (work->resumed) {
        ps_json_open(&json, "since_resume", '{');
        add_effort(&json, &work->since_resume);
        ps_json_close(&json, '}');
    }
    ps_json_open(&json, "files", '[');
    for (size_t i = 0; i < result->scenario_count; i++)
        ps_json_text(&json, NULL, result->scenarios[i].file);
    ps_json_close(&json, ']');
    add_expectations(&json, result);
    ps_json_close(&json, '}');
}
