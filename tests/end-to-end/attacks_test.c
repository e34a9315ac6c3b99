/* SPDX-License-Identifier: Apache-2.0
 *
 * Every attack, on strategies that differ in what it needs: for each attack one that accepts it and
 * one that does not. What is expected stands in the scenario; every verdict is checked against a
 * contact of the device's own, so a class key that forgets something of an attacker's material
 * fails, too.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include "program.h"

static const char scenario[] =
    "scenario: attacks\n"
    "title: Every attack on strategies that differ in what it needs\n"
    "from: 2021-01-01\n"
    "until: 2023-01-01\n"
    "authorities:\n"
    "  old: {subject: \"O=Ours, CN=Old Root\", key: ecdsa-p256}\n"
    "  new: {subject: \"O=Ours, CN=New Root\", key: ecdsa-p256}\n"
    "  ours: {subject: \"O=Ours, CN=Issuing\", key: ecdsa-p256}\n"
    "  other: {subject: \"O=Other, CN=Other Root\", key: ecdsa-p256}\n"
    "  other-int: {subject: \"O=Other, CN=Other Issuing\", key: ecdsa-p256}\n"
    "  second: {subject: \"O=Second, CN=Second Root\", key: ecdsa-p256}\n"
    "  second-int: {subject: \"O=Second, CN=Second Issuing\", key: ecdsa-p256}\n"
    "  vendor: {subject: \"O=Vendor, CN=Vendor Root\", key: ecdsa-p256}\n"
    "  vendor-int: {subject: \"O=Vendor, CN=Vendor Issuing\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  old-root: {of: old, issuer: old, valid: 2000-01-01 .. 2022-01-01}\n"
    "  new-root: {of: new, issuer: new, valid: 2015-01-01 .. 2035-01-01}\n"
    "  ours-by-new: {of: ours, issuer: new, valid: 2018-01-01 .. 2030-01-01}\n"
    "  other-root: {of: other, issuer: other, valid: 2010-01-01 .. 2035-01-01}\n"
    "  other-issuing: {of: other-int, issuer: other, valid: 2018-01-01 .. 2030-01-01}\n"
    "  second-root: {of: second, issuer: second, valid: 2010-01-01 .. 2035-01-01}\n"
    "  second-issuing: {of: second-int, issuer: second, valid: 2018-01-01 .. 2030-01-01}\n"
    "  vendor-root: {of: vendor, issuer: vendor, valid: 2010-01-01 .. 2035-01-01}\n"
    "  vendor-issuing: {of: vendor-int, issuer: vendor, valid: 2018-01-01 .. 2030-01-01}\n"
    "keys: {k0: ecdsa-p256, k1: ecdsa-p256, kb: ecdsa-p256}\n"
    "stores:\n"
    "  system: [old-root, new-root, other-root]\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: ours, key: k0, lifetime: 90d, renew_before: 30d}\n"
    "    chain: [ours-by-new]\n"
    "roles: {A.root_g1: old-root, A.root_g2: new-root, A.int1: ours-by-new, B.root: "
    "second-root,\n"
    "        B.int: second-issuing, M.int: other-issuing, P.root: vendor-root, P.int: "
    "vendor-issuing,\n"
    "        backup_key: kb}\n"
    "timeline:\n"
    "  - at: 2021-09-01\n"
    "    serve: {endpoint: telemetry, leaf: {key: k1}, over: 20d, by: device}\n"
    "threats:\n"
    "  - {attack: X03}\n"
    "  - {attack: X04}\n"
    "  - {attack: X05}\n"
    "  - {attack: X06}\n"
    "  - {attack: X07, until: 2022-01-01}\n"
    "  - {attack: X08, from: 2022-01-02}\n"
    "  - {attack: X09, until: 2021-09-01}\n"
    "  - {attack: X10}\n"
    "  - {attack: X11}\n"
    "  - {attack: X12}\n"
    "  - {attack: X13}\n"
    "  - {attack: X14, from: 2021-10-01}\n"
    "  - {attack: X15, from: 2021-10-01}\n"
    "  - {attack: X16, from: 2021-10-01}\n"
    "  - {attack: X17}\n"
    "  - {attack: X18}\n"
    "  - {attack: X19}\n"
    "  - {attack: X20}\n"
    "  - {attack: X21, from: 2022-06-01}\n"
    "  - {attack: X22}\n"
    "  - {attack: X23, from: 2021-10-01}\n"
    "fleet:\n"
    "  - cohort: gateways\n"
    "    devices: 4\n"
    "    made: 2020-06-01 .. 2020-12-01\n"
    "    shelf: 10d\n"
    "    contact: {every: 1d, session: 45m}\n"
    "    ntp: {delay: 20m, blocked: 50%}\n"
    "strategies:\n"
    "  - {name: store, preset: webpki_static}\n"
    "  - {name: old-and-new, preset: azure_recommended}\n"
    "  - {name: two-cas, preset: le_forum_two_cas}\n"
    "  - {name: no-anchor-dates, preset: single_root_dnspki}\n"
    "  - {name: no-dates, preset: webpki_static, time: {leaf_dates: ignore, ca_dates: "
    "ignore, anchor_dates: ignore}}\n"
    "  - {name: settable-clock, preset: webpki_static, time: {clock: epoch_boot}}\n"
    "  - {name: floored-clock, preset: webpki_static, time: {clock: epoch_boot, floor: "
    "2021-08-01}}\n"
    "  - {name: private, preset: private_root_static}\n"
    "  - {name: cert-pin, preset: leaf_cert_pin}\n"
    "  - {name: key-pin, preset: leaf_spki_pin}\n"
    "  - {name: backup-pin, preset: leaf_spki_backup_ota}\n"
    "  - {name: store-and-key, preset: webpki_static, pins: {set: [{match: spki_sha256, "
    "depth: leaf, of: leaf@ship}]}}\n"
    "  - {name: issuer-name, preset: leaf_spki_pin, pins: {set: [{match: issuer_dn, depth: "
    "leaf, of: leaf@ship}]}}\n"
    "  - {name: sent-pin, preset: webpki_static, pins: {set: [{match: spki_sha256, depth: "
    "any, of: A.int1}], scope: presented}}\n"
    "  - {name: path-pin, preset: webpki_static, pins: {set: [{match: spki_sha256, depth: "
    "any, of: A.int1}]}}\n"
    "  - {name: ending-pin, preset: webpki_static, pins: {set: [{match: spki_sha256, depth: "
    "any, of: A.int1}], expires: 2022-05-01}}\n"
    "  - {name: closing-pin, preset: webpki_static, pins: {set: [{match: spki_sha256, depth: "
    "any, of: A.int1}], expires: 2022-05-01, on_expiry: fail_closed}}\n"
    "  - {name: dns, chain: {engine: dane, tlsa: \"3 1 1\"}}\n"
    "expect:\n"
    "  - {strategy: [store, two-cas], exposed: X05, share: 100%}\n"
    "  - {strategy: [private, key-pin], exposed: X05, share: 0%}\n"
    "  - {strategy: [key-pin, backup-pin], exposed: X10, share: 100%}\n"
    "  - {strategy: private, exposed: X10, share: 0%}\n"
    "  - {strategy: [key-pin, backup-pin], exposed: X11, share: 100%}\n"
    "  - {strategy: private, exposed: X11, share: 0%}\n"
    "  - {strategy: [key-pin, backup-pin], exposed: X12, share: 100%}\n"
    "  - {strategy: private, exposed: X12, share: 0%}\n"
    "  - {strategy: [key-pin, backup-pin], exposed: X13, share: 100%}\n"
    "  - {strategy: [private, cert-pin], exposed: X13, share: 0%}\n"
    "  - {strategy: dns, exposed: X22, share: 100%}\n"
    "  - {strategy: [store, key-pin, private], exposed: X22, share: 0%}\n"
    "  - {strategy: [store, sent-pin, path-pin, old-and-new, two-cas], exposed: X04, share: "
    "100%}\n"
    "  - {strategy: [key-pin, backup-pin, store-and-key, private], exposed: X04, share: 0%}\n"
    "  - {strategy: two-cas, exposed: X06, share: 100%}\n"
    "  - {strategy: [store, old-and-new], exposed: X06, share: 0%}\n"
    "  - {strategy: [store, old-and-new, no-anchor-dates], exposed: X07, share: 100%}\n"
    "  - {strategy: [private, key-pin, path-pin], exposed: X07, share: 0%}\n"
    "  - {strategy: [no-dates, no-anchor-dates], exposed: X08, share: 100%}\n"
    "  - {strategy: [store, old-and-new], exposed: X08, share: 0%}\n"
    "  - {strategy: [store, old-and-new, cert-pin, key-pin, store-and-key], exposed: X09, "
    "share: 100%}\n"
    "  - {strategy: private, exposed: X09, share: 0%}\n"
    "  - {strategy: [no-dates, cert-pin, key-pin], exposed: X14, share: 100%}\n"
    "  - {strategy: [store, store-and-key, settable-clock], exposed: X14, share: 0%}\n"
    "  - {strategy: [no-dates, settable-clock, cert-pin], exposed: X15, share: 100%}\n"
    "  - {strategy: [store, store-and-key, floored-clock], exposed: X15, share: 0%}\n"
    "  - {strategy: [key-pin, backup-pin], exposed: X16, share: 100%}\n"
    "  - {strategy: [store, cert-pin, store-and-key, no-dates], exposed: X16, share: 0%}\n"
    "  - {strategy: backup-pin, exposed: X17, share: 100%}\n"
    "  - {strategy: [key-pin, cert-pin, store], exposed: X17, share: 0%}\n"
    "  - {strategy: issuer-name, exposed: X18, share: 100%}\n"
    "  - {strategy: [store, path-pin, key-pin, sent-pin], exposed: X18, share: 0%}\n"
    "  - {strategy: [store, sent-pin], exposed: X19, share: 100%}\n"
    "  - {strategy: [path-pin, old-and-new, issuer-name], exposed: X19, share: 0%}\n"
    "  - {strategy: private, exposed: X20, share: 100%}\n"
    "  - {strategy: [store, old-and-new], exposed: X20, share: 0%}\n"
    "  - {strategy: [store, ending-pin], exposed: X21, share: 100%}\n"
    "  - {strategy: [path-pin, closing-pin], exposed: X21, share: 0%}\n"
    "  - {strategy: ending-pin, exposed: X03, share: 100%}\n"
    "  - {strategy: [store, key-pin, backup-pin, store-and-key], exposed: X23, share: 100%}\n"
    "  - {strategy: [cert-pin, private], exposed: X23, share: 0%}\n";

static void start(void)
{
    scratch_make();
    scratch_write("attacks.yaml", scenario);
}

static void stop(void)
{
    scratch_remove();
}

START_TEST(every_attack)
{
    struct program p =
        RUN("run", "attacks.yaml", "--audit", "100%", "--link", "memory", "--out", "out");
    ck_assert_msg(p.code == 0, "exit %d\n%s%s", p.code, p.out, p.err);
    program_deinit(&p);
    p = RUN("list", "attacks");
    size_t count = 0;
    for (const char *at = p.out; (at = strstr(at, "\nX")) != NULL; at++)
        count++;
    ck_assert_uint_ge(count, 23);
    for (const char *line = p.out; *line != '\0'; line = strchr(line, '\n') + 1) {
        char bar[16] = {0}; /* each on a contact has an expectation, but the two always there */
        memcpy(bar, line, 3);
        ck_assert_msg(*bar != 'X' || strcmp(bar, "X01") == 0 || strcmp(bar, "X02") == 0 ||
                          strstr(scenario, strcat(bar, ", share")) != NULL,
                      "nothing is expected of %.3s", line);
    }
    program_deinit(&p);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("attacks");
    TCase *tests = tcase_create("end to end");
    tcase_set_timeout(tests, 600);
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_test(tests, every_attack);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
