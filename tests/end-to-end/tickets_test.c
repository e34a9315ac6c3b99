/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices that resume sessions, as small scenarios: on the first of March something happens that a
 * full contact would see. Contacts are daily and begin with the year, so tickets that last a week
 * are of the 26th of February by then, and last until the 5th of March. Each row is run with every
 * verdict checked against a contact of the device's own, and again with reuse switched off, and
 * both say the same.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "program.h"

static const char world[] =
    "scenario: tickets\n"
    "title: What a full contact would see\n"
    "from: 2021-01-01\n"
    "until: 2021-04-01\n"
    "authorities:\n"
    "  root: {subject: \"CN=Root\", key: ecdsa-p256, publishes: [ocsp], ocsp_lifetime: 1d}\n"
    "  alien: {subject: \"CN=Alien Root\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  root-cert: {of: root, issuer: root, valid: 2000-01-01 .. 2040-01-01}\n"
    "  ending: {of: root, issuer: root, valid: 2000-01-01 .. 2021-03-01}\n"
    "  alien-root: {of: alien, issuer: alien, valid: 2000-01-01 .. 2040-01-01}\n"
    "keys: {kb: ecdsa-p256}\n";

#define OTHER_CA "  - {at: 2021-03-01, serve: {endpoint: telemetry, leaf: {issuer: alien}}}\n"
#define OTHER_KEY                                                                                  \
    "  - {at: 2021-03-01, serve: {endpoint: telemetry, leaf: {issuer: alien, key: kb}}}\n"
#define RENEWED                                                                                    \
    "  - {at: 2021-02-27, serve: {endpoint: telemetry, leaf: {new_key: yes, lifetime: 2d, "        \
    "renew_before: 12h}}}\n"
#define REVOKED  "  - {at: 2021-03-01, revoke: {leaf: telemetry}}\n"
#define CUT      "  - {at: 2021-03-01, fault: {endpoint: telemetry, kind: cut, lasts: 2d}}\n"
#define FIRMWARE "  - {at: 2021-03-01, release: {name: fw, strategies: [s], anchors: [ending]}}\n"
#define WEEK     "resumption: {enabled: yes, ticket_lifetime: 7d}"

#define AFTER_A_DAY   "2021-03-02"
#define AT_ITS_END    "2021-03-04T23:59:59Z"
#define AFTER_ITS_END "2021-03-06"

static const struct row {
    const char *name;
    const char *contact, *clients; /* of the endpoint; NULL: every day, none */
    const char *timeline, *strategy;
    const char *up, *down; /* NULL: never */
} rows[] = {
    {"none: the anchor ends", NULL, NULL, NULL, "anchors: [ending]", "2021-02-28", AFTER_A_DAY},
    {"the anchor ends", NULL, NULL, NULL, "anchors: [ending], " WEEK, AT_ITS_END, AFTER_ITS_END},
    {"in TLS 1.2", NULL, NULL, NULL, "anchors: [ending], limits: {tls: 1.2}, " WEEK, AT_ITS_END,
     AFTER_ITS_END},
    {"tickets of a day", NULL, NULL, NULL,
     "anchors: [ending], resumption: {enabled: yes, ticket_lifetime: 1d}", "2021-02-28",
     AFTER_A_DAY},
    {"tickets of a day and a second", NULL, NULL, NULL,
     "anchors: [ending], resumption: {enabled: yes, ticket_lifetime: 86401s}", "2021-02-28",
     "2021-03-03"},
    {"sessions longer than tickets", "every: 1d, session: 10d", NULL, NULL,
     "anchors: [ending], " WEEK, "2021-02-28", "2021-03-13"},
    {"none: another CA", NULL, NULL, OTHER_CA, "anchors: [root-cert]", "2021-02-28", AFTER_A_DAY},
    {"another CA", NULL, NULL, OTHER_CA, "anchors: [root-cert], " WEEK, AT_ITS_END, AFTER_ITS_END},
    {"another key", NULL, NULL, OTHER_KEY, "anchors: [root-cert], " WEEK, "2021-02-28",
     AFTER_A_DAY},
    {"another key at each renewal", NULL, NULL, RENEWED, "anchors: [ending], " WEEK, AT_ITS_END,
     AFTER_ITS_END},
    {"none: revoked", NULL, NULL, REVOKED,
     "anchors: [root-cert], revocation: {mode: ocsp, on_unavailable: hard}", "2021-02-28",
     AFTER_A_DAY},
    {"revoked", NULL, NULL, REVOKED,
     "anchors: [root-cert], revocation: {mode: ocsp, on_unavailable: hard}, " WEEK, AT_ITS_END,
     AFTER_ITS_END},
    {"the link is cut", NULL, NULL, CUT, "anchors: [root-cert], " WEEK, "2021-03-04", "2021-03-02"},
    {"the link is cut, and the ticket is still there", NULL, NULL, CUT, "anchors: [ending], " WEEK,
     AT_ITS_END, AFTER_ITS_END},
    {"firmware restarts the device", NULL, NULL, FIRMWARE,
     "anchors: [ending], update: {channel: fw_http, payload_auth: signature, poll: 1d}, " WEEK,
     "2021-03-01T23:59:59Z", "2021-03-03"},
    {"none: its own certificate ends", NULL, "anchors: [alien-root]", NULL,
     "anchors: [root-cert], client: {identity: x509_ldevid, issuer: alien-root, lifetime: 90d}",
     "2021-02-28", AFTER_A_DAY},
    {"its own certificate ends", NULL, "anchors: [alien-root]", NULL,
     "anchors: [root-cert], client: {identity: x509_ldevid, issuer: alien-root, lifetime: "
     "90d}, " WEEK,
     AT_ITS_END, AFTER_ITS_END},
};

static void start(void)
{
    scratch_make();
}

static void stop(void)
{
    scratch_remove();
}

static const char * or (const char *part, const char *otherwise)
{
    return part ? part : otherwise;
}

static void write_scenario(const struct row *row)
{
    struct ps_text yaml = {0};
    ps_text_add(&yaml,
                "%sendpoints:\n"
                "  telemetry:\n"
                "    host: hub.example\n"
                "    leaf: {issuer: root, key: ecdsa-p256, lifetime: 5y, renew_before: 30d}\n"
                "    chain: []\n",
                world);
    if (row->clients)
        ps_text_add(&yaml, "    clients: {%s}\n", row->clients);
    if (row->timeline)
        ps_text_add(&yaml, "timeline:\n%s", row->timeline);
    ps_text_add(&yaml,
                "fleet:\n"
                "  - {cohort: c, devices: 4, made: 2020-12-01 .. 2020-12-01T00:00:01Z, shelf: 0s, "
                "contact: {%s}}\n"
                "strategies:\n"
                "  - {name: s, %s}\n"
                "expect:\n"
                "  - {strategy: s, at: %s, connected: 100%%}\n"
                "  - {strategy: s, at: %s, connected: 0%%}\n"
                "  - {strategy: s, exposed: X01, share: 0%%}\n",
                or (row->contact, "every: 1d"), row->strategy, row->up, row->down);
    scratch_write("row.yaml", ps_text_chars(&yaml));
    ps_text_deinit(&yaml);
}

START_TEST(resumed)
{
    const struct row *row = &rows[_i];
    write_scenario(row);
    bool same = program_same_both_ways("row.yaml", row->name);
    ck_assert_msg(same, "%s: reuse changes the result", row->name);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tickets");
    TCase *tests = tcase_create("resumed");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_loop_test(tests, resumed, 0, sizeof rows / sizeof *rows);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
