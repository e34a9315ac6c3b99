/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices that fall back on another trust, as small scenarios: from March to June the server has a
 * certificate of a CA that they do not trust. Each row says what devices have and what becomes of
 * them. Each is run with every verdict checked against a contact of the device's own, and again
 * with reuse switched off, and both say the same.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "program.h"

static const char world[] =
    "scenario: fall\n"
    "title: A CA that devices do not trust\n"
    "from: 2021-01-01\n"
    "until: 2021-09-01\n"
    "authorities:\n"
    "  root: {subject: \"CN=Root\", key: ecdsa-p256}\n"
    "  alien: {subject: \"CN=Alien Root\", key: ecdsa-p256}\n"
    "  third: {subject: \"CN=Third Root\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  root-cert: {of: root, issuer: root, valid: 2000-01-01 .. 2040-01-01}\n"
    "  alien-root: {of: alien, issuer: alien, valid: 2000-01-01 .. 2040-01-01}\n"
    "  third-root: {of: third, issuer: third, valid: 2000-01-01 .. 2040-01-01}\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: root, key: ecdsa-p256, lifetime: 5y, renew_before: 30d}\n"
    "    chain: []\n"
    "timeline:\n"
    "  - {at: 2021-03-01, serve: {endpoint: telemetry, leaf: {issuer: alien}}}\n";

#define BACK "  - {at: 2021-06-01, serve: {endpoint: telemetry, leaf: {issuer: root}}}\n"
#define FIRMWARE                                                                                   \
    "  - {at: 2021-04-01, release: {name: both, strategies: [s], anchors: [root-cert, "            \
    "alien-root]}}\n"

static const struct row {
    const char *name;
    const char *timeline; /* behind the change in March */
    const char *strategy; /* of name s, beside its anchor; `other` has the other CA, `blind` all */
    const char *expect;
} rows[] = {
    {"none", BACK, "",
     "  - {strategy: s, at: 2021-03-03, connected: 0%}\n"
     "  - {strategy: s, at: 2021-05-31, connected: 0%}\n"
     "  - {strategy: s, at: 2021-06-02, connected: 100%}\n"
     "  - {strategy: s, exposed: X01, share: 0%}\n"
     "  - {strategy: s, recovered: 100%}\n"},
    {"another CA, after five days", BACK,
     "fallback: [{failures: 3, since: 5d, to: other, scope: all}]",
     "  - {strategy: s, at: 2021-03-05, connected: 0%}\n"
     "  - {strategy: s, at: 2021-03-07, connected: 100%}\n"
     "  - {strategy: s, at: 2021-06-02, connected: 100%}\n"
     "  - {strategy: s, exposed: X01, share: 0%}\n"
     "  - {strategy: s, exposed: X18, share: 0%}\n"
     "  - {strategy: s, recovered: 100%}\n"},
    {"another CA, after five failures", BACK,
     "fallback: [{failures: 5, since: 0s, to: other, scope: all}]",
     "  - {strategy: s, at: 2021-03-05, connected: 0%}\n"
     "  - {strategy: s, at: 2021-03-07, connected: 100%}\n"},
    {"whatever comes", BACK, "fallback: [{failures: 3, since: 1d, to: blind, scope: all}]",
     "  - {strategy: s, at: 2021-03-05, connected: 100%}\n"
     "  - {strategy: s, exposed: X01, share: 100%}\n"
     "  - {strategy: s, exposed: X18, share: 100%}\n"
     "  - {strategy: s, unranked: yes}\n"},
    {"whatever comes, and it never came to that", "",
     "fallback: [{failures: 3, since: 300d, to: blind, scope: all}]",
     "  - {strategy: s, at: 2021-08-30, connected: 0%}\n"
     "  - {strategy: s, exposed: X01, share: 0%}\n"},
    {"another CA that does not help", "",
     "fallback: [{failures: 1, since: 0s, to: third, scope: all}]",
     "  - {strategy: s, at: 2021-08-30, connected: 0%}\n"
     "  - {strategy: s, bricked: 100%}\n"},
    {"and one behind it, which does", "",
     "fallback: [{failures: 20, since: 0s, to: other, scope: all}, {failures: 1, since: 0s, to: "
     "third, scope: all}]",
     "  - {strategy: s, at: 2021-03-20, connected: 0%}\n"
     "  - {strategy: s, at: 2021-03-22, connected: 100%}\n"},
    {"a preset", "", "fallback: [{failures: 1, since: 0s, to: private_root_static, scope: all}]",
     "  - {strategy: s, at: 2021-03-04, connected: 100%}\n"},
    /* Updates. */
    {"the update is cut off with the rest", FIRMWARE,
     "update: {channel: fw_tls_same, payload_auth: signature}",
     "  - {strategy: s, at: 2021-08-30, connected: 0%}\n"
     "  - {strategy: s, bricked: 100%}\n"},
    {"the update comes, and only that", FIRMWARE,
     "update: {channel: fw_tls_same, payload_auth: signature}, fallback: [{failures: 3, since: 5d, "
     "to: other}]",
     "  - {strategy: s, at: 2021-03-31, connected: 0%}\n"
     "  - {strategy: s, at: 2021-04-10, connected: 100%}\n"
     "  - {strategy: s, exposed: X01, share: 0%}\n"},
    {"nothing is to be had, but it could be", "",
     "update: {channel: fw_tls_same, payload_auth: signature}, fallback: [{failures: 3, since: 5d, "
     "to: other}]",
     "  - {strategy: s, at: 2021-08-30, connected: 0%}\n"
     "  - {strategy: s, locked-out: 100%}\n"},
    {"only updates with whatever comes", "",
     "update: {channel: fw_tls_same, payload_auth: signature}, fallback: [{failures: 3, since: 5d, "
     "to: blind}]",
     "  - {strategy: s, locked-out: 100%}\n"
     "  - {strategy: s, exposed: X01, share: 0%}\n"
     "  - {strategy: s, unranked: no}\n"},
    {"its anchors are lent for updates", FIRMWARE,
     "update: {channel: fw_tls_same, payload_auth: signature}, fallback: [{failures: 3, since: 5d, "
     "to: still, lends: anchors}]",
     "  - {strategy: s, at: 2021-03-31, connected: 0%}\n"
     "  - {strategy: s, at: 2021-04-10, connected: 100%}\n"},
    {"it is taken whole, and has no channel", FIRMWARE,
     "update: {channel: fw_tls_same, payload_auth: signature}, fallback: [{failures: 3, since: 5d, "
     "to: still}]",
     "  - {strategy: s, bricked: 100%}\n"},
    {"its anchors are lent for everything", "",
     "fallback: [{failures: 3, since: 5d, to: still, scope: all, lends: anchors}]",
     "  - {strategy: s, at: 2021-03-05, connected: 0%}\n"
     "  - {strategy: s, at: 2021-03-07, connected: 100%}\n"},
    {"its blindness is not lent", "",
     "fallback: [{failures: 3, since: 1d, to: blind, scope: all, lends: anchors}]",
     "  - {strategy: s, at: 2021-08-30, connected: 0%}\n"
     "  - {strategy: s, exposed: X01, share: 0%}\n"
     "  - {strategy: s, unranked: no}\n"},
    {"anchors that do not help are lent", FIRMWARE,
     "update: {channel: fw_tls_same, payload_auth: signature}, fallback: [{failures: 3, since: 5d, "
     "to: third, lends: anchors}]",
     "  - {strategy: s, bricked: 100%}\n"},
    {"the other's own channel", "",
     "update: {channel: fw_tls_same, payload_auth: signature}, fallback: [{failures: 3, since: 5d, "
     "to: over-http}]",
     "  - {strategy: s, locked-out: 100%}\n"},
};

static void start(void)
{
    scratch_make();
}

static void stop(void)
{
    scratch_remove();
}

static void write_scenario(const struct row *row)
{
    struct ps_text yaml = {0};
    ps_text_add(
        &yaml,
        "%s%s"
        "roles: {P.root: alien-root}\n"
        "threats:\n"
        "  - {attack: X18}\n"
        "fleet:\n"
        "  - {cohort: c, devices: 4, made: 2020-06-01 .. 2020-07-01, shelf: 0s, contact: {every: "
        "1d}}\n"
        "strategies:\n"
        "  - {name: s, anchors: [root-cert]%s%s}\n"
        "  - {name: other, anchors: [alien-root], update: {channel: fw_tls_same, payload_auth: "
        "signature}}\n"
        "  - {name: third, anchors: [third-root]}\n"
        "  - {name: still, anchors: [alien-root]}\n"
        "  - {name: blind, chain: {engine: none}, identity: {hostname: none}, update: {channel: "
        "fw_tls_same, payload_auth: signature}}\n"
        "  - {name: over-http, anchors: [third-root], update: {channel: fw_http, payload_auth: "
        "signature}}\n"
        "expect:\n%s",
        world, row->timeline, *row->strategy ? ", " : "", row->strategy, row->expect);
    scratch_write("row.yaml", ps_text_chars(&yaml));
    ps_text_deinit(&yaml);
}

START_TEST(another_trust)
{
    const struct row *row = &rows[_i];
    write_scenario(row);
    bool same = program_same_both_ways("row.yaml", row->name);
    ck_assert_msg(same, "%s: reuse changes the result", row->name);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fallbacks");
    TCase *tests = tcase_create("another trust");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_loop_test(tests, another_trust, 0, sizeof rows / sizeof *rows);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
