/* SPDX-License-Identifier: Apache-2.0
 *
 * Update channels on real handshakes and payloads. A server moves to another CA, or to another key,
 * on 2021-07-01; what devices need for that comes with notice, too late, or not at all, to devices
 * that are in use and to such as lie on a shelf meanwhile. A channel that needs the trust that
 * breaks carries only who heard in time; another gets everybody back when the release is there.
 *
 * Every verdict is checked against a contact of the device's own, and a run without reuse gives the
 * same.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "program.h"

static const char world[] =
    "scenario: channels\n"
    "title: One move over every channel\n"
    "from: 2021-01-01\n"
    "until: 2022-01-01\n"
    "authorities:\n"
    "  old: {subject: \"CN=Old Root\", key: ecdsa-p256}\n"
    "  new: {subject: \"CN=New Root\", key: ecdsa-p256}\n"
    "  int: {subject: \"CN=New Issuing\", key: ecdsa-p256}\n"
    "  vendor: {subject: \"CN=Vendor Root\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  old-root: {of: old, issuer: old, valid: 2000-01-01 .. 2040-01-01}\n"
    "  old-naming: {of: old, issuer: old, valid: 2000-01-01 .. 2040-01-01, next: new}\n"
    "  new-root: {of: new, issuer: new, valid: 2000-01-01 .. 2040-01-01}\n"
    "  int-by-new: {of: int, issuer: new, valid: 2000-01-01 .. 2040-01-01}\n"
    "  vendor-root: {of: vendor, issuer: vendor, valid: 2000-01-01 .. 2040-01-01}\n"
    "keys: {k0: ecdsa-p256, k1: ecdsa-p256}\n"
    "stores:\n"
    "  system: [old-root, {certificate: new-root, from: 2021-09-01}]\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: old, key: k0, lifetime: 4y, renew_before: 10d}\n"
    "    chain: []\n"
    "  update:\n"
    "    host: update.example\n"
    "    leaf: {issuer: vendor, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"
    "    chain: []\n"
    "  forgetful:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: int, key: ecdsa-p256, lifetime: 4y, renew_before: 10d}\n"
    "    chain: [int-by-new]\n"
    "timeline:\n"
    "  - {at: 2021-07-01, serve: {endpoint: telemetry, leaf: {issuer: new, key: k1}, chain: []}}\n"
    "  - {at: 2021-07-01, serve: {endpoint: forgetful, chain: []}}\n"
    "  - {at: 2021-03-01, announce: {endpoint: telemetry, key: k1, begins: 2021-07-01, lasts: "
    "60d}}\n"
    "  - {at: 2021-05-01, revoke: {leaf: telemetry, pushed: 5d}}\n";

enum release { NOTHING, NOTICE, LATE, ANNOUNCED, TWICE, PIN_ANNOUNCED, RELEASES };
static const struct {
    const char *announced, *at, *brings;
} releases[RELEASES] = {
    [NOTICE] = {NULL, "2021-04-01", "anchors: [old-root, new-root]"},
    [LATE] = {NULL, "2021-09-01", "anchors: [old-root, new-root]"},
    [ANNOUNCED] = {"2021-04-01", "2021-07-01", "anchors: [old-root, new-root]"},
    [TWICE] = {NULL, "2021-08-15", "anchors: [old-root]"}, /* and then as LATE */
    [PIN_ANNOUNCED] = {"2021-04-01", "2021-07-01",
                       "pins: [{match: spki_sha256, depth: leaf, of: k1}]"},
};

#define PINS(set)                                                                                  \
    "chain: {engine: none}, identity: {hostname: none}, pins: {combine: only, scope: presented, "  \
    "set: [" set "]}"
#define OLD_KEY "{match: spki_sha256, depth: leaf, of: k0}"

static const struct row {
    const char *name;
    enum release release;
    const char *updates_from;
    const char *strategy;
    const char *in_use, *shelved, *clockless; /* outcomes; NULL: not asked */
} rows[] = {
    /* Of these the six combinations below say the rest. */
    {"dependent-in-time", NOTICE, "telemetry", "update: {channel: fw_tls_same}", NULL, NULL, NULL},
    {"dependent-late", LATE, "telemetry", "update: {channel: fw_tls_same}", NULL, "bricked", NULL},
    {"independent-in-time", NOTICE, "telemetry", "update: {channel: fw_http}", NULL, NULL, NULL},
    {"independent-late", LATE, "telemetry", "update: {channel: fw_http}", NULL, "recovered", NULL},
    {"dependent-never", NOTHING, "telemetry", "update: {channel: fw_tls_same}", "bricked",
     "bricked", NULL},
    {"independent-never", NOTHING, "telemetry", "update: {channel: fw_http}", "locked-out",
     "locked-out", NULL},
    /* Each channel by its rule. */
    {"private-late", LATE, "update", "update: {channel: fw_tls_private, root: vendor-root}",
     "recovered", "recovered", NULL},
    {"private-unlike", LATE, "telemetry", "update: {channel: fw_tls_private, root: vendor-root}",
     "bricked", "bricked", NULL},
    {"private-never", NOTHING, "update", "update: {channel: fw_tls_private, root: vendor-root}",
     "locked-out", "locked-out", NULL},
    {"est-in-time", NOTICE, "telemetry", "update: {channel: est, payload_auth: tls_only}",
     "survived", "bricked", NULL},
    {"cmp-late", LATE, "telemetry", "update: {channel: cmp}", "recovered", "recovered", NULL},
    {"cmp-twice", TWICE, "telemetry", "update: {channel: cmp}", "recovered", "recovered", NULL},
    {"bundle-late", LATE, "telemetry", "update: {channel: trust_bundle}", "recovered", "recovered",
     NULL},
    {"bundle-over-tls", LATE, "telemetry", "update: {channel: trust_bundle, transport: tls}",
     "bricked", "bricked", NULL},
    {"tamp-late", LATE, "telemetry", "update: {channel: tamp}", "recovered", "recovered", NULL},
    {"voucher-late", LATE, "telemetry", "update: {channel: brski_voucher}", "recovered",
     "recovered", NULL},
    {"app-store-late", LATE, "telemetry", "update: {channel: app_store}", "recovered", "recovered",
     NULL},
    {"os-store", NOTHING, "telemetry", "anchors: [system], update: {channel: os_bundle}",
     "recovered", "recovered", NULL},
    {"still-store", NOTHING, "telemetry", "anchors: [system]", "bricked", "bricked", NULL},
    {"rolling", ANNOUNCED, "telemetry", "update: {channel: rfc5011}", "survived", "bricked", NULL},
    {"rolling-slowly", ANNOUNCED, "telemetry",
     "update: {channel: rfc5011, add_hold_down: 92d, poll: 15d}", "bricked", "bricked", NULL},
    {"rolling-full", ANNOUNCED, "telemetry",
     "anchors: [old-root, vendor-root], storage: {anchor_slots: 2}, update: {channel: rfc5011}",
     "bricked", "bricked", NULL},
    {"naming-late", LATE, "telemetry", "anchors: [old-naming], update: {channel: hash_of_root_key}",
     "recovered", "recovered", NULL},
    {"not-naming", LATE, "telemetry", "update: {channel: hash_of_root_key}", "bricked", "bricked",
     NULL},
    {"naming-never", NOTHING, "telemetry",
     "anchors: [old-naming], update: {channel: hash_of_root_key}", "locked-out", "locked-out",
     NULL},
    {"set-up-again-in-time", NOTICE, "telemetry",
     "update: {channel: reprovision, payload_auth: tls_only}", "survived", "bricked", NULL},
    {"set-up-again-late", LATE, "telemetry",
     "update: {channel: reprovision, payload_auth: tls_only}", "bricked", "bricked", NULL},
    {"set-up-by-root-late", LATE, "update",
     "update: {channel: reprovision, root: vendor-root, payload_auth: tls_only}", "recovered",
     "recovered", NULL},
    {"manual", NOTHING, "telemetry", "update: {channel: manual}", "bricked", "bricked", NULL},
    /* What the payload must prove, and over what it comes. */
    {"either-way", LATE, "telemetry", "update: {channel: fw_tls_same, transport: any}", "recovered",
     "recovered", NULL},
    {"only-http", LATE, "telemetry", "update: {channel: fw_tls_same, transport: http}", "recovered",
     "recovered", NULL},
    {"mac", LATE, "telemetry", "update: {channel: fw_http, payload_auth: mac}", "recovered",
     "recovered", NULL},
    {"no-proof", LATE, "telemetry", "update: {channel: fw_http, payload_auth: none}", "recovered",
     "recovered", NULL},
    {"tls-proves", LATE, "telemetry",
     "update: {channel: fw_tls_same, transport: any, payload_auth: tls_only}", "bricked", "bricked",
     NULL},
    {"private-tls-proves", LATE, "update",
     "update: {channel: fw_tls_private, root: vendor-root, payload_auth: tls_only}", "recovered",
     "recovered", NULL},
    {"only-newer", TWICE, "telemetry", "update: {channel: fw_http, rollback_protection: monotonic}",
     "recovered", "recovered", "recovered"},
    {"only-newer-never", NOTHING, "telemetry",
     "update: {channel: fw_http, rollback_protection: monotonic}", "locked-out", "locked-out",
     NULL},
    {"only-later", TWICE, "telemetry",
     "update: {channel: fw_http, rollback_protection: signed_time}", "recovered", "recovered",
     NULL},
    /* A clock that stands in 1970 takes every release for one from the future. */
    {"only-later-by-clock", TWICE, "telemetry",
     "time: {clock: epoch_boot, leaf_dates: ignore, ca_dates: ignore, anchor_dates: ignore}, "
     "update: {channel: fw_http, rollback_protection: signed_time}",
     NULL, NULL, "bricked"},
    {"only-newer-by-clock", TWICE, "telemetry",
     "time: {clock: epoch_boot, leaf_dates: ignore, ca_dates: ignore, anchor_dates: ignore}, "
     "update: {channel: fw_http, rollback_protection: monotonic}",
     NULL, NULL, "recovered"},
    /* What is learned over sessions. */
    {"announced", NOTHING, "telemetry",
     "update: {channel: announce}, " PINS(OLD_KEY
                                          ", {match: spki_sha256, depth: leaf, of: announced}"),
     "survived", "bricked", NULL},
    {"announced-full", NOTHING, "telemetry",
     "update: {channel: announce}, storage: {pin_slots: 2}, " PINS(
         OLD_KEY ", {match: spki_sha256, depth: leaf, of: announced}"),
     "survived", "bricked", NULL},
    {"sent", PIN_ANNOUNCED, "telemetry", "update: {channel: hpkp}, " PINS(OLD_KEY), "survived",
     "bricked", NULL},
    {"seen-twice", PIN_ANNOUNCED, "telemetry", "update: {channel: tack}, " PINS(OLD_KEY),
     "survived", "bricked", NULL},
    {"first-key", NOTHING, "telemetry",
     "update: {channel: tofu}, " PINS("{match: spki_sha256, depth: leaf, of: first_contact}"),
     "bricked", "survived", NULL},
};
enum { ROWS = sizeof rows / sizeof *rows };

/* Lockout against brick: does the channel need what breaks, and when does the news reach the
 * device? */
static const struct {
    const char *combination, *strategy, *cohort, *outcome;
} six[] = {
    {"dependent, with notice", "dependent-in-time", "in-use-telemetry", "survived"},
    {"dependent, without notice", "dependent-late", "in-use-telemetry", "bricked"},
    {"dependent, after the shelf", "dependent-in-time", "shelved-telemetry", "bricked"},
    {"independent, with notice", "independent-in-time", "in-use-telemetry", "survived"},
    {"independent, without notice", "independent-late", "in-use-telemetry", "recovered"},
    {"independent, after the shelf", "independent-in-time", "shelved-telemetry", "recovered"},
};

static const char fleet[] =
    "fleet:\n"
    "  - {cohort: in-use-telemetry, devices: 2, made: 2020-06-01 .. 2020-07-01, shelf: 5d,\n"
    "     contact: {every: 1d, endpoint: telemetry}}\n"
    "  - {cohort: in-use-update, devices: 2, made: 2020-06-01 .. 2020-07-01, shelf: 5d,\n"
    "     contact: {every: 1d, endpoint: telemetry, update_endpoint: update}}\n"
    "  - {cohort: shelved-telemetry, devices: 2, made: 2020-12-01 .. 2020-12-02, shelf: 220d,\n"
    "     contact: {every: 1d, endpoint: telemetry}}\n"
    "  - {cohort: shelved-update, devices: 2, made: 2020-12-01 .. 2020-12-02, shelf: 220d,\n"
    "     contact: {every: 1d, endpoint: telemetry, update_endpoint: update}}\n"
    "  - {cohort: clockless, devices: 2, made: 2020-06-01 .. 2020-07-01, shelf: 5d,\n"
    "     contact: {every: 1d, endpoint: telemetry}, ntp: {blocked: 100%}}\n"
    "  - {cohort: forgotten, devices: 2, made: 2020-06-01 .. 2020-07-01, shelf: 5d,\n"
    "     contact: {every: 1d, endpoint: forgetful}}\n"
    "  - {cohort: forgotten-shelved, devices: 2, made: 2020-12-01 .. 2020-12-02, shelf: 220d,\n"
    "     contact: {every: 1d, endpoint: forgetful}}\n";

/* What lasts, and what is too old: seen on single days. */
static const char lasting[] =
    "  - {name: pins-end, anchors: [old-root, new-root], pins: {max_age: 60d, set: [" OLD_KEY
    "]}}\n"
    "  - {name: pins-stay, anchors: [old-root, new-root], pins: {set: [" OLD_KEY "]}}\n"
    "  - {name: pins-close, anchors: [old-root, new-root], pins: {max_age: 60d, on_expiry: "
    "fail_closed, set: [" OLD_KEY "]}}\n"
    "  - {name: keeps, anchors: [new-root], intermediates: {cache: yes}}\n"
    "  - {name: keeps-not, anchors: [new-root]}\n"
    "  - {name: set, anchors: [old-root, new-root], revocation: {mode: pushed_set}}\n"
    "  - {name: list, anchors: [old-root, new-root], revocation: {mode: blocklist}}\n"
    "  - {name: old-set, anchors: [old-root, new-root], update: {poll: 30d}, revocation: {mode: "
    "pushed_set, on_unavailable: hard, max_age: 10d}}\n";
static const char lasting_expected[] =
    "  - {strategy: pins-end, cohort: in-use-telemetry, at: 2021-06-30, connected: 100%}\n"
    "  - {strategy: pins-end, cohort: in-use-telemetry, at: 2021-08-25, connected: 0%}\n"
    "  - {strategy: pins-end, cohort: in-use-telemetry, at: 2021-09-05, connected: 100%}\n"
    "  - {strategy: pins-end, cohort: in-use-telemetry, recovered: 100%}\n"
    "  - {strategy: [pins-stay, pins-close], cohort: in-use-telemetry, bricked: 100%}\n"
    "  - {strategy: pins-end, cohort: shelved-telemetry, survived: 100%}\n"
    "  - {strategy: keeps, cohort: forgotten, survived: 100%}\n"
    "  - {strategy: keeps, cohort: forgotten-shelved, bricked: 100%}\n"
    "  - {strategy: keeps-not, cohort: forgotten, bricked: 100%}\n"
    "  - {strategy: set, cohort: in-use-telemetry, at: 2021-05-04, connected: 100%}\n"
    "  - {strategy: set, cohort: in-use-telemetry, at: 2021-05-20, connected: 0%}\n"
    "  - {strategy: set, cohort: in-use-telemetry, at: 2021-07-04, connected: 100%}\n"
    "  - {strategy: list, cohort: in-use-telemetry, at: 2021-05-20, connected: 100%}\n"
    "  - {strategy: old-set, cohort: in-use-telemetry, at: 2021-01-08, connected: 100%}\n"
    "  - {strategy: old-set, cohort: in-use-telemetry, at: 2021-01-20, connected: 0%}\n"
    "  - {strategy: old-set, cohort: in-use-telemetry, at: 2021-02-04, connected: 100%}\n";

static void add_release(struct ps_text *yaml, enum release kind, const char *name,
                        enum release takers)
{
    ps_text_add(yaml, "  - {at: %s, ", releases[kind].at);
    if (releases[kind].announced)
        ps_text_add(yaml, "announced: %s, ", releases[kind].announced);
    ps_text_add(yaml, "release: {name: %s, %s, strategies: [", name, releases[kind].brings);
    const char *between = "";
    for (size_t i = 0; i < ROWS; i++) {
        if (rows[i].release != takers)
            continue;
        ps_text_add(yaml, "%s%s", between, rows[i].name);
        between = ", ";
    }
    ps_text_add(yaml, "]}}\n");
}

static void add_expected(struct ps_text *yaml, const struct row *row, const char *cohort,
                         const char *outcome)
{
    if (outcome)
        ps_text_add(yaml, "  - {strategy: %s, cohort: %s, %s: 100%%}\n", row->name, cohort,
                    outcome);
}

static void write_scenario(void)
{
    struct ps_text yaml = {0};
    ps_text_add(&yaml, "%s", world);
    add_release(&yaml, NOTICE, "with-notice", NOTICE);
    add_release(&yaml, LATE, "too-late", LATE);
    add_release(&yaml, ANNOUNCED, "announced", ANNOUNCED);
    add_release(&yaml, TWICE, "first-of-two", TWICE);
    add_release(&yaml, LATE, "second-of-two", TWICE);
    add_release(&yaml, PIN_ANNOUNCED, "pins", PIN_ANNOUNCED);
    ps_text_add(&yaml, "%sstrategies:\n", fleet);
    for (size_t i = 0; i < ROWS; i++)
        ps_text_add(&yaml, "  - {name: %s, %s%s}\n", rows[i].name,
                    strstr(rows[i].strategy, "anchors:") || strstr(rows[i].strategy, "engine: none")
                        ? ""
                        : "anchors: [old-root], ",
                    rows[i].strategy);
    ps_text_add(&yaml, "%sexpect:\n%s", lasting, lasting_expected);
    for (size_t i = 0; i < sizeof six / sizeof *six; i++)
        ps_text_add(&yaml, "  # %s\n  - {strategy: %s, cohort: %s, %s: 100%%}\n",
                    six[i].combination, six[i].strategy, six[i].cohort, six[i].outcome);
    for (size_t i = 0; i < ROWS; i++) {
        char cohort[40];
        snprintf(cohort, sizeof cohort, "in-use-%s", rows[i].updates_from);
        add_expected(&yaml, &rows[i], cohort, rows[i].in_use);
        snprintf(cohort, sizeof cohort, "shelved-%s", rows[i].updates_from);
        add_expected(&yaml, &rows[i], cohort, rows[i].shelved);
        add_expected(&yaml, &rows[i], "clockless", rows[i].clockless);
    }
    scratch_write("channels.yaml", ps_text_chars(&yaml));
    ps_text_deinit(&yaml);
}

static char *run_as(const char *fidelity, const char *audit)
{
    char summary[64];
    struct program program =
        RUN("run", scratch_path("channels.yaml"), "--audit", audit, "--fidelity", fidelity, "--out",
            scratch_path(fidelity), "--quiet");
    if (program.code != 0) /* too long for a message of the test's */
        printf("%s%s", program.out, program.err);
    ck_assert_msg(program.code == 0, "%s: exit %d", fidelity, program.code);
    program_deinit(&program);
    snprintf(summary, sizeof summary, "%s/summary.json", fidelity);
    char *text = file_read(scratch_path(summary));
    ck_assert_ptr_nonnull(text);
    return text;
}

START_TEST(every_channel)
{
    write_scenario();
    char *memo = run_as("memo", "100%"), *wire = run_as("wire", "0%");
    ck_assert_msg(strcmp(memo, wire) == 0, "reuse changes the result");
    free(memo);
    free(wire);
}
END_TEST

static void start(void)
{
    scratch_make();
}

static void stop(void)
{
    scratch_remove();
}

int main(void)
{
    Suite *suite = suite_create("channels");
    TCase *tests = tcase_create("channels");
    tcase_set_timeout(tests, 600);
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, every_channel);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
