/* SPDX-License-Identifier: Apache-2.0
 *
 * summary.json and run.json, read back by a parser that is not ours.
 */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "json.h"
#include "reports/report.h"
#include "sample.h"

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

static char *render(void (*how)(const struct ps_result *, struct ps_text *),
                    const struct ps_result *result)
{
    struct ps_text text = {0};
    how(result, &text);
    return ps_text_steal(&text);
}

static json_t *parse(const char *text)
{
    json_error_t error;
    json_t *json = json_loads(text, JSON_REJECT_DUPLICATES, &error);
    ck_assert_msg(json != NULL, "line %d: %s", error.line, error.text);
    return json;
}

/* "scenarios.0.name" in a document. */
static const json_t *at(const json_t *json, const char *path)
{
    char key[64];
    while (json != NULL && *path != '\0') {
        size_t length = strcspn(path, ".");
        memcpy(key, path, length);
        key[length] = '\0';
        json = json_is_array(json) ? json_array_get(json, strtoul(key, NULL, 10))
                                   : json_object_get(json, key);
        path += length + (path[length] == '.');
    }
    return json;
}

#define OLD_ROOT "scenarios.0.strategies.1."

/* Values as compact JSON. */
static const struct {
    const char *path, *expect;
} values[] = {
    {"schema", "1"},
    {"version", "\"0.1.0\""},
    {"scenarios.0.name", "\"small\""},
    {"scenarios.0.title", "\"A root expires\""},
    {"scenarios.0.digest", "\"0123456789abcdef\""},
    {"scenarios.0.seed", "\"7\""},
    {"scenarios.0.from", "\"2021-01-01T00:00:00Z\""},
    {"scenarios.0.until", "\"2021-01-11T00:00:00Z\""},
    {"scenarios.0.devices", "100"},
    {"scenarios.0.partial", "false"},
    {"scenarios.0.lived", "100"},
    {"scenarios.0.samples.10", "\"2021-01-10T23:59:59Z\""},
    {"scenarios.0.events.0",
     "{\"at\":\"2021-01-05T00:00:00Z\",\"until\":\"2021-01-05T00:00:00Z\","
     "\"announced\":\"2020-01-01T00:00:00Z\",\"kind\":\"expiry\",\"title\":\"Old Root expires\"}"},
    {"scenarios.0.threats.2",
     "{\"attack\":\"X03\",\"from\":\"2021-01-01T00:00:00Z\",\"until\":\"2021-01-11T00:00:00Z\","
     "\"implied\":false,\"inapplicable\":false}"},
    {"scenarios.0.cohorts", "[{\"name\":\"a\",\"devices\":60},{\"name\":\"b\",\"devices\":40}]"},
    {"scenarios.0.strategies.0.unranked", "true"},
    {"scenarios.0.strategies.0.unranked_by", "\"X01\""},
    {"scenarios.0.strategies.0.front", "0"},
    {OLD_ROOT "name", "\"old-root\""},
    {OLD_ROOT "preset", "\"single_root_static\""},
    {OLD_ROOT "stack", "\"openssl102\""},
    {OLD_ROOT "unranked", "false"},
    {OLD_ROOT "unranked_by", "null"},
    {OLD_ROOT "front", "1"},
    {OLD_ROOT "cost", "{\"trust_bytes\":800,\"chain_bytes\":900}"},
    {OLD_ROOT "cohorts.1.outcomes",
     "{\"survived\":4,\"recovered\":0,\"locked-out\":36,\"bricked\":0,\"taken-over\":0,"
     "\"retired\":0,\"never-booted\":0}"},
    {OLD_ROOT "cohorts.1.lost_devices", "36"},
    {OLD_ROOT "cohorts.1.first_loss", "\"2021-01-05T00:00:00Z\""},
    {OLD_ROOT "cohorts.1.median_loss", "\"2021-01-05T12:00:00Z\""},
    {OLD_ROOT "cohorts.1.last_loss", "\"2021-01-06T00:00:00Z\""},
    {OLD_ROOT "cohorts.1.causes.0",
     "{\"devices\":36,\"still_dark\":36,\"dark_seconds\":3110400,"
     "\"first\":\"2021-01-05T00:00:00Z\",\"last\":\"2021-01-06T00:00:00Z\",\"example\":4,"
     "\"stage\":\"path\",\"error\":10,\"depth\":3,\"reason\":\"certificate has expired: Old "
     "Root\",\"path\":\"hub.example < R3 < ISRG Root X1 < DST Root CA X3\"}"},
    {OLD_ROOT "cohorts.1.origins",
     "[{\"kind\":\"certificate-end\",\"at\":\"2021-01-04T23:59:59Z\",\"title\":"
     "\"certificate old-root ends\",\"devices\":36,\"lost\":36}]"},
    {"scenarios.0.strategies.2.cohorts.0.origins", "[]"},
    {OLD_ROOT "cohorts.1.availability",
     "{\"present\":[40,40,40,40,40,40,40,40,40,40,40],\"up\":[40,40,40,40,40,4,4,4,4,4,4]}"},
    {"scenarios.0.strategies.2.cohorts.0.first_loss", "null"},
    {"scenarios.0.strategies.2.cohorts.0.exposures.2",
     "{\"attack\":\"X03\",\"device_seconds\":5184000,\"devices\":60}"},
    {"scenarios.0.expectations.1",
     "{\"strategy\":\"old-root\",\"cohort\":\"a\",\"text\":\"bricked: >= 95%\",\"line\":41,"
     "\"judgement\":\"not-met\",\"found\":{\"numerator\":0,\"denominator\":60}}"},
    {"scenarios.0.expectations.0.judgement", "\"met\""},
    {"scenarios.0.expectations.2.judgement", "\"inconclusive\""},
    {"scenarios.0.assumptions", "[\"Devices try again once a day.\"]"},
};

START_TEST(test_summary)
{
    struct ps_result *result = sample_small();
    char *text = render(ps_report_summary_json, result);
    json_t *json = parse(text);
    const json_t *value = at(json, values[_i].path);
    ck_assert_msg(value != NULL, "%s is missing", values[_i].path);
    char *found = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    ck_assert_msg(strcmp(found, values[_i].expect) == 0, "%s: %s", values[_i].path, found);
    free(found);
    json_decref(json);
    free(text);
    sample_free(result);
}
END_TEST

/* Another way of running gives the same summary, byte for byte. */
START_TEST(test_summary_holds_results_only)
{
    struct ps_result *result = sample_small();
    char *one = render(ps_report_summary_json, result);
    char *run = render(ps_report_run_json, result);
    result->work = (struct ps_result_work){
        .command = "another", .fidelity = "wire", .link = "memory", .audit = "100%", .jobs = 64};
    result->scenarios[0].file = "/elsewhere/small.yaml";
    for (size_t i = 0; i < result->scenarios[0].expectation_count; i++) {
        result->scenarios[0].expectations[i].command = "another";
        result->scenarios[0].expectations[i].file = "/elsewhere/small.yaml";
    }
    char *other = render(ps_report_summary_json, result);
    char *other_run = render(ps_report_run_json, result);
    ck_assert_str_eq(one, other);
    ck_assert_str_ne(run, other_run);
    free(one);
    free(other);
    free(run);
    free(other_run);
    sample_free(result);
}
END_TEST

START_TEST(test_run)
{
    struct ps_result *result = sample_small();
    char *text = render(ps_report_run_json, result);
    json_t *json = parse(text);
    static const struct {
        const char *path, *expect;
    } rows[] = {
        {"command", "\"pinstorm run le-dst-x3-2021 --seed 1\""},
        {"fidelity", "\"memo\""},
        {"link", "\"tcp\""},
        {"audit", "\"1%\""},
        {"jobs", "2"},
        {"in_flight_max", "1000"},
        {"in_flight_peak", "64"},
        {"classes", "120"},
        {"handshakes_asked", "121"},
        {"handshakes_served", "121"},
        {"plain_asked", "3"},
        {"plain_served", "3"},
        {"audited", "40"},
        {"audit_disagreements", "0"},
        {"elapsed_ms", "1234"},
        {"files", "[\"small.yaml\"]"},
        {"expectations.0.command", "\"pinstorm run small.yaml\""},
        {"expectations.1.cohort", "\"a\""},
    };
    for (size_t i = 0; i < COUNT(rows); i++) {
        const json_t *value = at(json, rows[i].path);
        ck_assert_msg(value != NULL, "%s is missing", rows[i].path);
        char *found = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
        ck_assert_msg(strcmp(found, rows[i].expect) == 0, "%s: %s", rows[i].path, found);
        free(found);
    }
    json_decref(json);
    free(text);
    sample_free(result);
}
END_TEST

/* What was done since a run went on stands apart, and only there. */
START_TEST(test_resumed)
{
    struct ps_result *result = sample_small();
    char *text = render(ps_report_run_json, result);
    ck_assert_ptr_null(strstr(text, "since_resume"));
    free(text);
    result->work.resumed = true;
    result->work.since_resume = (struct ps_result_effort){1, 2, 3, 4, 5, 6, 7};
    text = render(ps_report_run_json, result);
    json_t *json = parse(text);
    char *since = json_dumps(at(json, "since_resume"), JSON_COMPACT | JSON_SORT_KEYS);
    ck_assert_str_eq(since, "{\"audited\":6,\"classes\":1,\"elapsed_ms\":7,\"handshakes_asked\":2,"
                            "\"handshakes_served\":3,\"plain_asked\":4,\"plain_served\":5}");
    ck_assert_int_eq(json_integer_value(at(json, "handshakes_asked")), 121);
    free(since);
    json_decref(json);
    free(text);
    sample_free(result);
}
END_TEST

static struct ps_result *(*const samples[])(void) = {sample_small, sample_large, sample_hostile,
                                                     sample_empty};

START_TEST(test_parses)
{
    struct ps_result *result = samples[_i]();
    char *summary = render(ps_report_summary_json, result),
         *run = render(ps_report_run_json, result);
    json_t *a = parse(summary), *b = parse(run);
    ck_assert_uint_eq(json_array_size(json_object_get(a, "scenarios")), result->scenario_count);
    ck_assert_uint_eq(json_array_size(json_object_get(b, "files")), result->scenario_count);
    ck_assert(summary[strlen(summary) - 1] == '\n' && summary[strlen(summary) - 2] == '}');
    json_decref(a);
    json_decref(b);
    free(summary);
    free(run);
    sample_free(result);
}
END_TEST

START_TEST(test_layout)
{
    struct ps_text text = {0};
    struct ps_json json = {.out = &text};
    ps_json_open(&json, NULL, '{');
    ps_json_uint(&json, "most", UINT64_MAX);
    ps_json_int(&json, "least", INT64_MIN);
    ps_json_bool(&json, "yes", true);
    ps_json_text(&json, "none", NULL);
    ps_json_text(&json, "quote", "\"\\\n");
    ps_json_time(&json, "always", PS_TIME_ALWAYS);
    ps_json_uints(&json, "line", (uint64_t[]){1, 2}, 2);
    ps_json_uints(&json, "empty", NULL, 0);
    ps_json_open(&json, "list", '[');
    ps_json_open(&json, NULL, '{');
    ps_json_close(&json, '}');
    ps_json_uint(&json, NULL, 3);
    ps_json_close(&json, ']');
    ps_json_open(&json, "nothing", '[');
    ps_json_close(&json, ']');
    ps_json_close(&json, '}');
    ck_assert_str_eq(ps_text_chars(&text), "{\n"
                                           "  \"most\": 18446744073709551615,\n"
                                           "  \"least\": -9223372036854775808,\n"
                                           "  \"yes\": true,\n"
                                           "  \"none\": null,\n"
                                           "  \"quote\": \"\\\"\\\\ \",\n"
                                           "  \"always\": null,\n"
                                           "  \"line\": [1, 2],\n"
                                           "  \"empty\": [],\n"
                                           "  \"list\": [\n"
                                           "    {},\n"
                                           "    3\n"
                                           "  ],\n"
                                           "  \"nothing\": []\n"
                                           "}\n");
    ps_text_deinit(&text);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("json");
    TCase *tests = tcase_create("json");
    tcase_add_loop_test(tests, test_summary, 0, COUNT(values));
    tcase_add_test(tests, test_summary_holds_results_only);
    tcase_add_test(tests, test_run);
    tcase_add_test(tests, test_resumed);
    tcase_add_loop_test(tests, test_parses, 0, COUNT(samples));
    tcase_add_test(tests, test_layout);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
