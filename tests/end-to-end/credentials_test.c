/* SPDX-License-Identifier: Apache-2.0
 *
 * What devices show of their own, over the years: each row is a small scenario in which an endpoint
 * asks for it, and says on which day devices are connected and on which no more. Every contact is a
 * handshake in which the server judges the device. Each row is run with every verdict checked
 * against a contact of the device's own, and again with reuse switched off, and both say the same.
 *
 * What is expected follows from the dates in the row alone: certificates hold from their first to
 * their last second, and an LDevID is renewed after two thirds of them.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "program.h"

static const char world[] =
    "scenario: shown\n"
    "title: What devices show of their own\n"
    "from: 2021-01-01\n"
    "until: 2023-01-01\n"
    "authorities:\n"
    "  root: {subject: \"CN=Root\", key: ecdsa-p256}\n"
    "  alien: {subject: \"CN=Alien Root\", key: ecdsa-p256}\n"
    "  devices: {subject: \"CN=Device Root\", key: ecdsa-p256}\n"
    "  factory: {subject: \"CN=Factory\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  root-cert: {of: root, issuer: root, valid: 2000-01-01 .. 2040-01-01}\n"
    "  alien-root: {of: alien, issuer: alien, valid: 2000-01-01 .. 2040-01-01}\n"
    "  lasting: {of: devices, issuer: devices, valid: 2000-01-01 .. 2040-01-01}\n"
    "  ending: {of: devices, issuer: devices, valid: 2000-01-01 .. 2022-07-01}\n"
    "  factory-ca: {of: factory, issuer: devices, valid: 2000-01-01 .. 2022-07-01}\n";

/* A second server's trust, which devices do not have, for as long as their certificate lasts. */
#define LOST                                                                                       \
    "  - {at: 2021-03-25, serve: {endpoint: telemetry, leaf: {issuer: alien}}}\n"                  \
    "  - {at: 2021-05-20, serve: {endpoint: telemetry, leaf: {issuer: root}}}\n"
#define CUT "  - {at: 2021-03-25, fault: {endpoint: telemetry, kind: cut, lasts: 60d}}\n"

static const struct row {
    const char *name;
    const char *clients; /* whom the endpoint accepts */
    const char *made, *shelf;
    const char *timeline; /* NULL: nothing happens */
    const char *client;   /* what devices have */
    const char *up[2], *down[2];
} rows[] = {
    /* How it was provisioned. */
    {"made when the device was",
     "anchors: [lasting]",
     "2021-02-01",
     "0s",
     NULL,
     "identity: x509_ldevid, issuer: lasting, lifetime: 1y",
     {"2022-01-30"},
     {"2022-02-04"}},
    {"the shelf is longer than that",
     "anchors: [lasting]",
     "2021-02-01",
     "400d",
     NULL,
     "identity: x509_ldevid, issuer: lasting, lifetime: 1y",
     {0},
     {"2022-03-12", "2022-12-30"}},
    {"as long as its CA",
     "anchors: [ending]",
     "2021-02-01",
     "0s",
     NULL,
     "identity: x509_ldevid, issuer: ending",
     {"2022-06-30"},
     {"2022-07-04"}},
    {"the lifetime of what a factory made does not count",
     "anchors: [ending]",
     "2021-02-01",
     "0s",
     NULL,
     "identity: x509_ldevid, issuer: ending, provisioned: factory_offline_ca, lifetime: 60d",
     {"2022-06-30"},
     {"2022-07-04"}},
    {"made ahead of the device",
     "anchors: [lasting]",
     "2021-02-01",
     "0s",
     NULL,
     "identity: x509_ldevid, issuer: lasting, provisioned: pregenerated, lifetime: 1y",
     {"2021-08-03"},
     {"2021-08-10"}},
    {"with the chip",
     "anchors: [ending]",
     "2021-02-01",
     "0s",
     NULL,
     "identity: x509_ldevid, issuer: ending, provisioned: hsm_vendor, lifetime: 60d",
     {"2022-06-30"},
     {"2022-07-04"}},
    {"asked for at first power",
     "anchors: [lasting]",
     "2021-02-01",
     "400d",
     NULL,
     "identity: x509_ldevid, issuer: lasting, provisioned: first_boot, lifetime: 100d",
     {"2022-03-12", "2022-06-14"},
     {"2022-06-20"}},
    /* What it is. */
    {"for life, and its CA ends",
     "anchors: [ending]",
     "2021-02-01",
     "0s",
     NULL,
     "identity: x509_idevid, issuer: ending, lifetime: 60d",
     {"2022-06-30"},
     {"2022-07-04"}},
    {"for life, and nobody looks",
     "anchors: [ending], dates: no",
     "2021-02-01",
     "0s",
     NULL,
     "identity: x509_idevid, issuer: ending, lifetime: 60d",
     {"2022-07-04", "2022-12-30"},
     {0}},
    {"it has ended, and nobody looks",
     "anchors: [lasting], dates: no",
     "2021-02-01",
     "0s",
     NULL,
     "identity: x509_ldevid, issuer: lasting, lifetime: 60d",
     {"2022-12-30"},
     {0}},
    {"a bare key that the server knows",
     "anchors: [lasting]",
     "2021-02-01",
     "400d",
     NULL,
     "identity: raw_public_key",
     {"2022-12-30"},
     {0}},
    {"nothing",
     "anchors: [lasting]",
     "2021-02-01",
     "0s",
     NULL,
     "identity: none",
     {0},
     {"2021-02-08", "2022-12-30"}},
    {"a secret that is not asked for",
     "anchors: [lasting]",
     "2021-02-01",
     "0s",
     NULL,
     "identity: psk_per_device",
     {0},
     {"2021-02-08", "2022-12-30"}},
    {"of a CA that is not accepted",
     "anchors: [alien-root]",
     "2021-02-01",
     "0s",
     NULL,
     "identity: x509_idevid, issuer: lasting",
     {0},
     {"2021-02-08", "2022-12-30"}},
    {"of a CA below one that is",
     "anchors: [lasting]",
     "2021-02-01",
     "0s",
     NULL,
     "identity: x509_idevid, issuer: factory-ca",
     {"2022-06-30"},
     {"2022-07-04"}},
    {"of a CA that is, below one that is not",
     "anchors: [factory-ca]",
     "2021-02-01",
     "0s",
     NULL,
     "identity: x509_idevid, issuer: factory-ca",
     {"2022-06-30"},
     {"2022-07-04"}},
    {"its CA is revoked",
     "anchors: [lasting]",
     "2021-02-01",
     "0s",
     "  - {at: 2021-09-01, revoke: {certificate: factory-ca}}\n",
     "identity: x509_idevid, issuer: factory-ca",
     {"2021-08-30"},
     {"2021-09-03", "2022-12-30"}},
    /* How it is renewed. */
    {"renewed over and over",
     "anchors: [lasting]",
     "2021-02-01",
     "0s",
     NULL,
     "identity: x509_ldevid, issuer: lasting, lifetime: 60d, renewal: est",
     {"2021-04-06", "2022-12-30"},
     {0}},
    {"until its CA ends",
     "anchors: [ending]",
     "2021-02-01",
     "0s",
     NULL,
     "identity: x509_ldevid, issuer: ending, lifetime: 60d, renewal: est",
     {"2022-06-30"},
     {"2022-07-04"}},
    {"est: too late after the shelf",
     "anchors: [lasting]",
     "2021-02-01",
     "400d",
     NULL,
     "identity: x509_ldevid, issuer: lasting, lifetime: 1y, renewal: est",
     {0},
     {"2022-03-12", "2022-12-30"}},
    {"est: in time after the shelf",
     "anchors: [lasting]",
     "2021-02-01",
     "300d",
     NULL,
     "identity: x509_ldevid, issuer: lasting, lifetime: 1y, renewal: est",
     {"2021-12-06", "2022-12-30"},
     {0}},
    {"cmp: too late after the shelf",
     "anchors: [lasting]",
     "2021-02-01",
     "400d",
     NULL,
     "identity: x509_ldevid, issuer: lasting, lifetime: 1y, renewal: cmp",
     {0},
     {"2022-03-12", "2022-12-30"}},
    {"acme: whatever became of the old one",
     "anchors: [lasting]",
     "2021-02-01",
     "400d",
     NULL,
     "identity: x509_ldevid, issuer: lasting, lifetime: 1y, renewal: acme",
     {"2022-03-15", "2022-12-30"},
     {"2022-03-08T23:59:59Z"}},
    {"dps: too late after the shelf",
     "anchors: [lasting]",
     "2021-02-01",
     "400d",
     NULL,
     "identity: x509_ldevid, issuer: lasting, lifetime: 1y, renewal: dps",
     {0},
     {"2022-03-12", "2022-12-30"}},
    {"mdm: too late after the shelf",
     "anchors: [lasting]",
     "2021-02-01",
     "400d",
     NULL,
     "identity: x509_ldevid, issuer: lasting, lifetime: 1y, renewal: mdm",
     {0},
     {"2022-03-12", "2022-12-30"}},
    {"mdm: in time",
     "anchors: [lasting]",
     "2021-02-01",
     "300d",
     NULL,
     "identity: x509_ldevid, issuer: lasting, lifetime: 1y, renewal: mdm",
     {"2021-12-06", "2022-12-30"},
     {0}},
    /* The server is not trusted while the certificate of 90 days ends. */
    {"est: needs the server's trust",
     "anchors: [lasting]",
     "2021-02-01",
     "0s",
     LOST,
     "identity: x509_ldevid, issuer: lasting, lifetime: 90d, renewal: est",
     {"2021-03-24"},
     {"2021-05-23", "2022-12-30"}},
    {"cmp: does not",
     "anchors: [lasting]",
     "2021-02-01",
     "0s",
     LOST,
     "identity: x509_ldevid, issuer: lasting, lifetime: 90d, renewal: cmp",
     {"2021-03-24", "2021-05-23"},
     {"2021-05-01"}},
    {"cmp: but a link",
     "anchors: [lasting]",
     "2021-02-01",
     "0s",
     CUT,
     "identity: x509_ldevid, issuer: lasting, lifetime: 90d, renewal: cmp",
     {"2021-03-24"},
     {"2021-05-28", "2022-12-30"}},
    {"acme: as soon as the server's trust is back",
     "anchors: [lasting]",
     "2021-02-01",
     "0s",
     LOST,
     "identity: x509_ldevid, issuer: lasting, lifetime: 90d, renewal: acme",
     {"2021-03-24", "2021-05-23"},
     {"2021-05-15"}},
    {"a shared one is not renewed",
     "anchors: [lasting]",
     "2021-02-01",
     "0s",
     NULL,
     "identity: x509_shared, issuer: lasting, lifetime: 90d, renewal: acme",
     {"2021-04-30"},
     {"2021-05-06", "2022-12-30"}},
    /* Made long before. */
    {"never renewed",
     "anchors: [lasting]",
     "2015-02-01",
     "0s",
     NULL,
     "identity: x509_ldevid, issuer: lasting, lifetime: 90d",
     {0},
     {"2021-01-03"}},
    {"renewed before the scenario, too",
     "anchors: [lasting]",
     "2015-02-01",
     "0s",
     NULL,
     "identity: x509_ldevid, issuer: lasting, lifetime: 90d, renewal: est",
     {"2021-01-03", "2022-12-30"},
     {0}},
    {"a second",
     "anchors: [lasting]",
     "2015-02-01",
     "0s",
     NULL,
     "identity: x509_ldevid, issuer: lasting, lifetime: 1s, renewal: est",
     {0},
     {"2021-01-03"}},
    {"too late long before",
     "anchors: [lasting]",
     "2015-02-01",
     "100d",
     NULL,
     "identity: x509_ldevid, issuer: lasting, lifetime: 90d, renewal: est",
     {0},
     {"2021-01-03"}},
};

static void start(void)
{
    scratch_make();
}

static void stop(void)
{
    scratch_remove();
}

static void expect(struct ps_text *yaml, const char *const days[2], const char *share)
{
    for (size_t i = 0; i < 2 && days[i]; i++)
        ps_text_add(yaml, "  - {strategy: s, at: %s, connected: %s}\n", days[i], share);
}

static void write_scenario(const struct row *row)
{
    struct ps_text yaml = {0};
    ps_text_add(&yaml,
                "%sendpoints:\n"
                "  telemetry:\n"
                "    host: hub.example\n"
                "    leaf: {issuer: root, key: ecdsa-p256, lifetime: 5y, renew_before: 30d}\n"
                "    chain: []\n"
                "    clients: {%s}\n",
                world, row->clients);
    if (row->timeline)
        ps_text_add(&yaml, "timeline:\n%s", row->timeline);
    ps_text_add(
        &yaml,
        "fleet:\n"
        "  - {cohort: c, devices: 4, made: %s .. %sT00:00:01Z, shelf: %s, contact: {every: 1d}}\n"
        "strategies:\n"
        "  - {name: s, anchors: [root-cert], client: {%s}}\n"
        "expect:\n",
        row->made, row->made, row->shelf, row->client);
    expect(&yaml, row->up, "100%");
    expect(&yaml, row->down, "0%");
    scratch_write("row.yaml", ps_text_chars(&yaml));
    ps_text_deinit(&yaml);
}

START_TEST(over_the_years)
{
    const struct row *row = &rows[_i];
    write_scenario(row);
    bool same = program_same_both_ways("row.yaml", row->name);
    ck_assert_msg(same, "%s: reuse changes the result", row->name);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("credentials");
    TCase *tests = tcase_create("over the years");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_loop_test(tests, over_the_years, 0, sizeof rows / sizeof *rows);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
