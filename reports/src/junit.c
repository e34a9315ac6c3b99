/* SPDX-License-Identifier: Apache-2.0
 *
 * JUnit XML: one suite per scenario, one case per expectation. Inconclusive is `skipped`, and so is
 * what was not judged: nobody should read it as passed, and it is no failure of the fleet either.
 * Devices that were taken over are properties of the suite, and that a result is partial.
 */
#include "reports/report.h"

#include <inttypes.h>
#include "print.h"
#include "total.h"

static void add_attribute(struct ps_text *out, const char *name, const char *value)
{
    ps_text_add(out, " %s=\"", name);
    ps_xml_add(value, out);
    ps_text_add_n(out, "\"", 1);
}

static void add_counts(struct ps_text *out, const struct ps_judged *judged)
{
    ps_text_add(out, " tests=\"%zu\" failures=\"%zu\" errors=\"0\" skipped=\"%zu\"", judged->all,
                judged->not_met, judged->inconclusive + judged->not_judged);
}

static void add_property(struct ps_text *out, const char *name, const char *value)
{
    ps_text_add(out, "      <property");
    add_attribute(out, "name", name);
    add_attribute(out, "value", value);
    ps_text_add(out, "/>\n");
}

static void add_case(struct ps_text *out, const struct ps_result_scenario *scenario,
                     const struct ps_result_expectation *expectation)
{
    struct ps_text name = {0}, message = {0};
    ps_text_add(&name, "%s%s%s: %s", expectation->strategy, expectation->cohort == NULL ? "" : "/",
                expectation->cohort == NULL ? "" : expectation->cohort, expectation->text);
    ps_text_add(&message, "found %s", expectation->found == NULL ? "-" : expectation->found);
    ps_text_add(out, "    <testcase");
    add_attribute(out, "classname", scenario->name);
    add_attribute(out, "name", ps_text_chars(&name));
    if (expectation->file != NULL)
        add_attribute(out, "file", expectation->file);
    ps_text_add(out, " line=\"%" PRIu32 "\"", expectation->line);
    if (expectation->judgement == PS_JUDGED_MET) {
        ps_text_add(out, "/>\n");
    } else {
        bool failed = expectation->judgement == PS_JUDGED_NOT_MET;
        ps_text_add(out, ">\n      <%s", failed ? "failure" : "skipped");
        if (!failed) {
            ps_text_deinit(&message);
            ps_text_add(&message, "%s%s",
                        expectation->judgement == PS_JUDGED_NOT ? "" : "inconclusive: ",
                        expectation->found == NULL ? "it matched no device" : expectation->found);
        }
        add_attribute(out, "message", ps_text_chars(&message));
        if (failed) {
            add_attribute(out, "type", "expectation");
            ps_text_add(out, ">expected ");
            ps_xml_add(expectation->text, out);
            ps_text_add(out, "\n");
            ps_xml_add(ps_text_chars(&message), out);
            ps_text_add(out, "\nrepeat: ");
            ps_xml_add(expectation->command, out);
            if (expectation->explain != NULL) {
                ps_text_add(out, "\nexplain: ");
                ps_xml_add(expectation->explain, out);
            }
            ps_text_add(out, "\n</failure>\n    </testcase>\n");
        } else {
            ps_text_add(out, "/>\n    </testcase>\n");
        }
    }
    ps_text_deinit(&name);
    ps_text_deinit(&message);
}

/* Whatever was expected: who reads only this must not miss it. */
static void add_takeovers(struct ps_text *out, const struct ps_result_scenario *scenario)
{
    for (size_t i = 0; i < scenario->strategy_count; i++) {
        struct ps_total total = ps_total_of_strategy(scenario, i);
        uint64_t devices = total.outcomes[PS_OUTCOME_TAKEN_OVER];
        struct ps_text name = {0}, value = {0};
        if (devices == 0)
            continue;
        ps_text_add(&name, "%s: %s", ps_outcome_text(PS_OUTCOME_TAKEN_OVER),
                    scenario->strategies[i].name);
        ps_text_add(&value, "%" PRIu64 " of %" PRIu64, devices,
                    ps_outcome_of(&total, PS_OUTCOME_TAKEN_OVER));
        add_property(out, ps_text_chars(&name), ps_text_chars(&value));
        ps_text_deinit(&name);
        ps_text_deinit(&value);
    }
}

void ps_report_junit(const struct ps_result *result, struct ps_text *out)
{
    struct ps_judged all = ps_judged_count_all(result);
    ps_text_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"pinstorm\"");
    add_counts(out, &all);
    ps_text_add(out, ">\n");
    for (size_t i = 0; i < result->scenario_count; i++) {
        const struct ps_result_scenario *scenario = &result->scenarios[i];
        struct ps_judged judged = ps_judged_count(scenario);
        struct ps_text number = {0};
        ps_text_add(out, "  <testsuite");
        add_attribute(out, "name", scenario->name);
        add_counts(out, &judged);
        ps_text_add(out, ">\n    <properties>\n");
        add_property(out, "version", result->version);
        ps_text_add(&number, "%" PRIu64, scenario->seed);
        add_property(out, "seed", ps_text_chars(&number));
        ps_text_deinit(&number);
        ps_text_add(&number, "%016" PRIx64, scenario->digest);
        add_property(out, "digest", ps_text_chars(&number));
        ps_text_deinit(&number);
        if (scenario->partial) {
            ps_partial_add(scenario, &number);
            add_property(out, "partial", ps_text_chars(&number));
            ps_text_deinit(&number);
        }
        add_takeovers(out, scenario);
        ps_text_add(out, "    </properties>\n");
        for (size_t e = 0; e < scenario->expectation_count; e++)
            add_case(out, scenario, &scenario->expectations[e]);
        ps_text_add(out, "  </testsuite>\n");
    }
    ps_text_add(out, "</testsuites>\n");
}
