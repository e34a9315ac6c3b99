/* SPDX-License-Identifier: Apache-2.0
 *
 * A life told: for people within the columns, whatever names certificates have; for programs as
 * JSON. And where reports point to such a life.
 */
#include <check.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include "print.h"
#include "reports/explanation.h"
#include "reports/report.h"
#include "sample.h"

#define EVIL "R3 \033[31m<b>\n\xff&"

static struct ps_message messages[] = {
    {PS_MESSAGE_HANDSHAKE, true, "ClientHello", 264},
    {PS_MESSAGE_HANDSHAKE, false, "Certificate", 123456},
    {PS_MESSAGE_ALERT, true, "certificate expired", 2},
};
static struct ps_told_contact contacts[] = {
    {.role = "telemetry",
     .endpoint = "hub",
     .why = "the first that fails",
     .trusts = "anchors a, b\npin spki_sha256 of the leaf: key spare\n",
     .served = "CN=hub.example, by CN=" EVIL ", key 8, 2021-01-01 .. 2021-03-31\nCN=R3\n",
     .record = "stapled\tgood\nfetched\thttp://status.test/ocsp/r3: no answer\n",
     .messages = {messages, 3, 3},
     .verdict = {PS_STAGE_DATES, 10, 3, "certificate has expired: " EVIL, "hub.example < R3"},
     .threat = UINT32_MAX},
};
static struct ps_told_moment moments[] = {
    {.kind = PS_TOLD_DEVICE, .text = "made", .contact = SIZE_MAX, .last_contact = SIZE_MAX},
    {.count = 273,
     .kind = PS_TOLD_CONTACT,
     .tone = PS_TONE_BAD,
     .text = "telemetry: refused: dates: certificate has expired: " EVIL,
     .contact = 0,
     .last_contact = SIZE_MAX},
};
static struct ps_told_span spans[1];
static struct ps_told_exposure exposures[] = {{PS_ATTACK_X03, false, 86400, spans, 1}};
static struct ps_told_fact facts[] = {{"clock", "rtc (always right)"}};
static struct ps_told_life life;
static struct ps_explanation told;

static void start(void)
{
    ps_time t = sample_time("2021-10-01T06:49:54Z");
    contacts[0].at = contacts[0].clock = t;
    contacts[0].clock.s -= 3600;
    moments[0].at = moments[0].last = sample_time("2020-01-01");
    moments[1].at = t;
    moments[1].last = sample_time("2022-06-30T06:49:54Z");
    spans[0] = (struct ps_told_span){t, moments[1].last};
    life = (struct ps_told_life){.strategy = "both",
                                 .preset = "azure",
                                 .stack = "openssl102",
                                 .summary = "path to a + b",
                                 .outcome = PS_OUTCOME_BRICKED,
                                 .first_dark = t,
                                 .dark_since = t,
                                 .dark_until = PS_TIME_NEVER,
                                 .taken = PS_TIME_NEVER,
                                 .was_dark = true,
                                 .cause = contacts[0].verdict,
                                 .did_it = "certificate-end at 2021-09-30T14:01:15Z: it ends",
                                 .accepted = 273,
                                 .failed = 1188,
                                 .updates = 1,
                                 .facts = facts,
                                 .fact_count = 1,
                                 .moments = moments,
                                 .moment_count = 2,
                                 .contacts = contacts,
                                 .contact_count = 1,
                                 .exposures = exposures,
                                 .exposure_count = 1};
    told = (struct ps_explanation){.version = "1.2.3",
                                   .scenario = "sample",
                                   .digest = 0xabc,
                                   .seed = 7,
                                   .command = "pinstorm explain run --device a/3",
                                   .cohort = "a",
                                   .number = 3,
                                   .fleet_number = 1003,
                                   .devices = 5000,
                                   .facts = facts,
                                   .fact_count = 1,
                                   .lives = &life,
                                   .life_count = 1};
}

static char *text_of(bool colour, size_t columns)
{
    struct ps_text text = {0};
    const struct ps_told_options options = {colour, columns};
    ps_explanation_text(&told, &options, &text);
    return ps_text_steal(&text);
}

START_TEST(text_says_it)
{
    static const char *const says[] = {
        "Device a/3, number 1,003 of 5,000 devices in all, both from 0\n",
        "both (azure on openssl102): bricked\n",
        "  cause    dates: certificate has expired: ",
        "  dark     from 2021-10-01T06:49:54Z\n",
        "  did it   certificate-end at 2021-09-30T14:01:15Z: it ends\n",
        "  contacts 273 accepted, 1,188 failed, 1 update taken\n",
        "  exposed  X03 for 1.0 days online (another public CA mis-issues our name):",
        "2020-01-01T00:00:00Z  device   made\n",
        "[1]; 272 like it, the",
        "[1] 2021-10-01T06:49:54Z telemetry: refused\n",
        "  why      the first that fails\n",
        "  clock    2021-10-01T05:49:54Z, which is wrong\n",
        "  trusts   anchors a, b\n           pin spki_sha256 of the leaf: key spare\n",
        "  bytes    --> ClientHello                     264\n",
        "           <-- Certificate                  123456\n",
        "           --> alert: certificate expired        2\n",
        "  stapled  good\n",
        "  path     hub.example < R3\n",
        "  check    dates (a certificate is not valid at the device's now)\n",
    };
    char *text = text_of(false, 80);
    for (size_t i = 0; i < sizeof says / sizeof *says; i++)
        ck_assert_msg(strstr(text, says[i]) != NULL, "not in it: %s\n%s", says[i], text);
    free(text);
}
END_TEST

START_TEST(text_fits_and_is_clean)
{
    char *text = text_of(false, 80), *rest = NULL;
    ck_assert_ptr_null(strchr(text, '\033'));
    for (char *line = strtok_r(text, "\n", &rest); line; line = strtok_r(NULL, "\n", &rest))
        ck_assert_msg(ps_columns(line) <= 80, "%zu columns: %s", ps_columns(line), line);
    free(text);
    text = text_of(true, 80);
    ck_assert_ptr_nonnull(strstr(text, "\033[1;31mbricked\033[0m\n"));
    ck_assert_ptr_null(strstr(text, "\033[31m")); /* the certificate's own */
    free(text);
}
END_TEST

/* Who is taken over is not back because he was, before. */
START_TEST(a_takeover_is_no_recovery)
{
    life.outcome = PS_OUTCOME_TAKEN_OVER;
    life.taken = life.dark_since = sample_time("2021-11-01");
    char *text = text_of(false, 120);
    ck_assert_ptr_null(strstr(text, "  dark  "));
    ck_assert_ptr_nonnull(strstr(
        text, "  taken    over by an attacker at 2021-11-01T00:00:00Z, dark since\n"
              "  before   that dark first at 2021-10-01T06:49:54Z; the last cause was dates: "));
    free(text);
    life.was_dark = false;
    text = text_of(false, 120);
    ck_assert_ptr_null(strstr(text, "  before "));
    free(text);
}
END_TEST

/* Exposure counts while the device is online: the spans may be longer. */
START_TEST(exposure_is_online)
{
    char *text = text_of(false, 160);
    ck_assert_ptr_nonnull(strstr(text, "X03 for 1.0 days online (another"));
    free(text);
    spans[0].until.s = spans[0].from.s + 86400;
    text = text_of(false, 160);
    ck_assert_ptr_nonnull(strstr(text, "X03 for 1.0 days (another"));
    free(text);
}
END_TEST

START_TEST(in_short_there_is_no_timeline)
{
    life.moment_count = life.contact_count = 0;
    char *text = text_of(false, 80);
    ck_assert_ptr_nonnull(strstr(text, "bricked"));
    ck_assert_ptr_null(strstr(text, "Timeline"));
    ck_assert_ptr_nonnull(strstr(text, "\n  pinstorm explain run --device a/3 --strategy both\n"));
    free(text);
}
END_TEST

static const char *at(const json_t *root, const char *life_key)
{
    const json_t *one = json_array_get(json_object_get(root, "lives"), 0);
    return json_string_value(json_object_get(one, life_key));
}

START_TEST(json_has_it_all)
{
    struct ps_text text = {0};
    json_error_t why;
    ps_explanation_json(&told, &text);
    json_t *root = json_loads(ps_text_chars(&text), JSON_REJECT_DUPLICATES, &why);
    ck_assert_msg(root != NULL, "%d: %s\n%s", why.line, why.text, ps_text_chars(&text));
    ck_assert_str_eq(json_string_value(json_object_get(root, "digest")), "0000000000000abc");
    ck_assert_int_eq(json_integer_value(json_object_get(root, "fleet_number")), 1003);
    ck_assert_str_eq(at(root, "outcome"), "bricked");
    ck_assert_str_eq(at(root, "dark_since"), "2021-10-01T06:49:54Z");
    ck_assert_str_eq(at(root, "did_it"), life.did_it);
    const json_t *one = json_array_get(json_object_get(root, "lives"), 0),
                 *contact = json_array_get(json_object_get(one, "contacts"), 0),
                 *message = json_array_get(json_object_get(contact, "messages"), 2);
    ck_assert_str_eq(json_string_value(json_object_get(message, "from")), "device");
    ck_assert_str_eq(json_string_value(json_object_get(message, "kind")), "alert");
    ck_assert_str_eq(json_string_value(json_object_get(message, "name")), "certificate expired");
    ck_assert_uint_eq(json_array_size(json_object_get(contact, "served")), 3);
    ck_assert_uint_eq(json_array_size(json_object_get(contact, "trusts")), 2);
    json_decref(root);
    ps_text_deinit(&text);
}
END_TEST

/* A cause and a failed expectation are said with the command that shows one of the devices. */
START_TEST(reports_point_to_a_life)
{
    static const char command[] = "pinstorm explain small.yaml --device a/4 --strategy old";
    struct ps_result *result = sample_small();
    struct ps_result_scenario *scenario = &result->scenarios[0];
    for (size_t i = 0; i < scenario->strategy_count * scenario->cohort_count; i++)
        for (size_t k = 0; k < scenario->lanes[i].cause_count; k++)
            scenario->lanes[i].causes[k].explain = command;
    struct ps_text text = {0};
    const struct ps_terminal_options wide = {false, 160};
    ps_report_terminal(result, &wide, &text);
    ck_assert_ptr_nonnull(strstr(ps_text_chars(&text), command));
    ps_text_deinit(&text);
    ps_report_html(result, &text);
    ck_assert_ptr_nonnull(strstr(ps_text_chars(&text), command));
    ps_text_deinit(&text);
    ps_report_summary_json(result, &text);
    ck_assert_ptr_null(strstr(ps_text_chars(&text), "pinstorm explain"));
    ps_text_deinit(&text);
    for (size_t i = 0; i < scenario->expectation_count; i++) {
        scenario->expectations[i].judgement = PS_JUDGED_NOT_MET;
        scenario->expectations[i].explain = command;
    }
    void (*const renderings[])(const struct ps_result *, struct ps_text *) = {ps_report_junit,
                                                                              ps_report_markdown};
    for (size_t i = 0; i < 2; i++) {
        renderings[i](result, &text);
        ck_assert_ptr_nonnull(strstr(ps_text_chars(&text), command));
        ps_text_deinit(&text);
    }
    sample_free(result);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("explanation");
    TCase *tests = tcase_create("explanation");
    tcase_add_checked_fixture(tests, start, NULL);
    tcase_add_test(tests, text_says_it);
    tcase_add_test(tests, text_fits_and_is_clean);
    tcase_add_test(tests, a_takeover_is_no_recovery);
    tcase_add_test(tests, exposure_is_online);
    tcase_add_test(tests, in_short_there_is_no_timeline);
    tcase_add_test(tests, json_has_it_all);
    tcase_add_test(tests, reports_point_to_a_life);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
