/* SPDX-License-Identifier: Apache-2.0
 *
 * causes.json: what the numbers in outcome records mean. The words of their first two bytes in
 * order, what dark spells are put down to by number, and the verdicts by hash, sorted by it and
 * then by what they say.
 */
#include "reports/report.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "json.h"

enum { PS_CAUSES_SCHEMA = 1 };

static int compare(const void *left, const void *right)
{
    const struct ps_result_cause *a = *(const struct ps_result_cause *const *)left,
                                 *b = *(const struct ps_result_cause *const *)right;
    if (a->hash != b->hash)
        return a->hash < b->hash ? -1 : 1;
    if (a->verdict.stage != b->verdict.stage)
        return a->verdict.stage < b->verdict.stage ? -1 : 1;
    int order = strcmp(a->verdict.reason, b->verdict.reason);
    return order != 0 ? order : memcmp(&a->verdict, &b->verdict, sizeof a->verdict);
}

static void add_verdict(struct ps_json *json, const struct ps_result_cause *cause)
{
    char hash[16];
    snprintf(hash, sizeof hash, "%08" PRIx32, cause->hash);
    ps_json_open(json, NULL, '{');
    ps_json_text(json, "hash", hash);
    ps_json_text(json, "stage", ps_stage_text(cause->verdict.stage));
    ps_json_int(json, "error", cause->verdict.error);
    ps_json_int(json, "depth", cause->verdict.depth);
    ps_json_text(json, "reason", cause->verdict.reason);
    ps_json_text(json, "path", cause->verdict.path);
    ps_json_close(json, '}');
}

static void add_verdicts(struct ps_json *json, const struct ps_result_scenario *scenario)
{
    size_t lanes = scenario->strategy_count * scenario->cohort_count, count = 0;
    for (size_t i = 0; i < lanes; i++)
        count += scenario->lanes[i].cause_count;
    const struct ps_result_cause **causes = ps_alloc(count + 1, sizeof *causes);
    count = 0;
    for (size_t i = 0; i < lanes; i++)
        for (size_t k = 0; k < scenario->lanes[i].cause_count; k++)
            causes[count++] = &scenario->lanes[i].causes[k];
    qsort(causes, count, sizeof *causes, compare);
    ps_json_open(json, "verdicts", '[');
    for (size_t i = 0; i < count; i++)
        if (i == 0 || compare(&causes[i - 1], &causes[i]) != 0)
            add_verdict(json, causes[i]);
    ps_json_close(json, ']');
    free(causes);
}

static void add_origins(struct ps_json *json, const struct ps_result_scenario *scenario)
{
    ps_json_open(json, "origins", '[');
    for (size_t i = 0; i < scenario->origin_count; i++) {
        ps_json_open(json, NULL, '{');
        ps_json_uint(json, "number", i);
        ps_json_text(json, "kind", scenario->origins[i].kind);
        ps_json_time(json, "at", scenario->origins[i].at);
        ps_json_text(json, "title", scenario->origins[i].title);
        ps_json_close(json, '}');
    }
    ps_json_close(json, ']');
}

void ps_report_causes_json(const struct ps_result *result, size_t number, struct ps_text *out)
{
    const struct ps_result_scenario *scenario = &result->scenarios[number];
    struct ps_json json = {.out = out};
    char digest[32];
    snprintf(digest, sizeof digest, "%016" PRIx64, scenario->digest);
    ps_json_open(&json, NULL, '{');
    ps_json_uint(&json, "schema", PS_CAUSES_SCHEMA);
    ps_json_text(&json, "version", result->version);
    ps_json_text(&json, "scenario", scenario->name);
    ps_json_text(&json, "digest", digest);
    ps_json_open(&json, "outcomes", '[');
    for (int i = 0; i < PS_OUTCOME_COUNT; i++)
        ps_json_text(&json, NULL, ps_outcome_text((enum ps_outcome)i));
    ps_json_close(&json, ']');
    ps_json_open(&json, "stages", '[');
    for (int i = 0; i < PS_STAGE_COUNT; i++)
        ps_json_text(&json, NULL, ps_stage_text((enum ps_stage)i));
    ps_json_close(&json, ']');
    add_origins(&json, scenario);
    add_verdicts(&json, scenario);
    ps_json_close(&json, '}');
}
