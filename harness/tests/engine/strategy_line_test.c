/* SPDX-License-Identifier: Apache-2.0
 *
 * A strategy in one line: every field that makes it other than the default is said.
 */
#include "simulation/strategy_line.h"
#include <stdlib.h>
#include "base/memory.h"
#include "plan.h"

static const char scenario[] =
    "scenario: line\ntitle: One line\nfrom: 2021-01-01\nuntil: 2022-01-01\n"
    "authorities:\n  r: {subject: CN=Root, key: ecdsa-p256}\n"
    "certificates:\n  root: {of: r, issuer: r, valid: 2000-01-01 .. 2030-01-01}\n"
    "  other: {of: r, issuer: r, valid: 2001-01-01 .. 2031-01-01}\n"
    "stores: {system: [root]}\nkeys: {kb: ecdsa-p256}\n"
    "endpoints:\n  telemetry:\n    host: hub.example\n"
    "    leaf: {issuer: r, key: ecdsa-p256, lifetime: 1y, renew_before: 30d}\n    chain: []\n"
    "roles: {A.root_g1: root, A.root_g2: other, backup_key: kb}\n"
    "fleet:\n  - {cohort: all, devices: 1, made: 2020-06-01 .. 2020-07-01}\n"
    "strategies:\n"
    "  - {name: rescue, preset: single_root_static}\n"
    "  - name: one\n    ";

static const struct row {
    const char *blocks, *line;
} rows[] = {
    {"anchors: [A.root_g1]", "path to root, name checked; no updates"},
    {"anchors: [system@ship, A.root_g2]", "path to system@ship + other, name checked; no updates"},
    {"anchors: []", "path, but no anchor, name checked; no updates"},
    {"anchors: [A.root_g1]\n    chain: {anchor_form: dn_spki, partial: yes}",
     "path to root (name and key), partial chains, name checked; no updates"},
    {"anchors: [A.root_g1]\n    intermediates: {aia: yes, cache: yes}",
     "path to root, fetches missing issuers, keeps issuers it met, name checked; no updates"},
    {"chain: {engine: none}\n    identity: {hostname: none}",
     "no path built, any name; no updates"},
    {"chain: {engine: dane, tlsa: 3 1 1}\n    update: {channel: dns}",
     "TLSA 3 1 1; updates: TLSA records under DNSSEC (RFC 6698)"},
    {"chain: {engine: dane, tlsa: 2 1 1}", "TLSA 2 1 1, name checked; no updates"},
    {"anchors: [A.root_g1]\n    chain: {engine: dane, tlsa: 1 1 1}",
     "TLSA 1 1 1 and path to root, name checked; no updates"},
    {"anchors: [A.root_g1]\n    time: {leaf_dates: ignore, ca_dates: ignore, clock: epoch_boot}",
     "path to root, dates ignored, clock epoch_boot, name checked; no updates"},
    {"anchors: [A.root_g1]\n    time: {leaf_dates: ignore}",
     "path to root, the leaf's dates ignored, name checked; no updates"},
    {"anchors: [A.root_g1]\n    time: {anchor_dates: ignore}",
     "path to root, anchor dates ignored, name checked; no updates"},
    {"anchors: [A.root_g1]\n    identity: {name: hub2.example}",
     "path to root, name hub2.example checked; no updates"},
    {"anchors: [A.root_g1]\n    pins: {set: [{match: spki_sha256, depth: leaf, of: backup_key},"
     " {match: spki_sha256, depth: any, of: A.root_g1}], expires: 2021-05-01}",
     "path to root, name checked; pins: kb or root until 2021-05-01, then open; no updates"},
    {"anchors: [A.root_g1]\n    pins: {set: [{match: spki_sha256, depth: leaf, of: backup_key}],"
     " max_age: 60d, on_expiry: fail_closed}",
     "path to root, name checked; pins: kb for 60d, then closed; no updates"},
    {"anchors: [A.root_g1]\n    pins: {scope: presented, set: [{match: spki_sha256, depth: leaf,"
     " of: backup_key}]}",
     "path to root, name checked; pins: kb in the list that was sent; no updates"},
    {"anchors: [A.root_g1]\n    pins: {groups: all, set: [{match: spki_sha256, depth: leaf,"
     " of: backup_key, group: a}, {match: spki_sha256, depth: ca, of: A.root_g1, group: b}]}",
     "path to root, name checked; pins: kb and root; no updates"},
    {"anchors: [A.root_g1]\n    pins: {report_only: yes, set: [{match: spki_sha256, depth: leaf,"
     " of: backup_key}]}",
     "path to root, name checked; pins that only report: kb; no updates"},
    {"chain: {engine: none}\n    pins: {combine: only, set: [{match: spki_sha256, depth: leaf,"
     " of: leaf@ship}]}",
     "no path built, name checked; pins alone decide: leaf@ship; no updates"},
    {"anchors: [A.root_g1]\n    revocation: {mode: ocsp}",
     "path to root, name checked; revocation by ocsp; no updates"},
    {"anchors: [A.root_g1]\n    revocation: {mode: crl, scope: chain, on_unavailable: hard}",
     "path to root, name checked; revocation by crl for the chain, or refused; no updates"},
    {"anchors: [A.root_g1]\n    resumption: {enabled: yes, ticket_lifetime: 1d}",
     "path to root, name checked; resumes sessions for 1d; no updates"},
    {"anchors: [A.root_g1]\n    limits: {hashes: [sha1, sha256], tls: 1.2, chain_length: 3}",
     "path to root, name checked; TLS build without sha384, sha512, TLS 1.3; at most 3 "
     "certificates; no updates"},
    {"anchors: [A.root_g1]\n    update: {channel: fw_http, payload_auth: signature,"
     " rollback_protection: monotonic}",
     "path to root, name checked; updates: firmware over plain HTTP, signed, never backwards"},
    {"anchors: [A.root_g1]\n    update: {channel: fw_tls_same}",
     "path to root, name checked; updates: firmware over TLS with the device's ordinary trust, "
     "unsigned"},
    {"anchors: [A.root_g1]\n    update: {channel: fw_http, payload_auth: mac}",
     "path to root, name checked; updates: firmware over plain HTTP, with a MAC"},
    {"anchors: [A.root_g1]\n    fallback: [{failures: 20, since: 3d, to: rescue,"
     " scope: update_only}]",
     "path to root, name checked; no updates; falls back on rescue for updates after 20 failures "
     "in 3d"},
    {"anchors: [A.root_g1]\n    fallback: [{failures: 1, since: 0s, to: rescue, scope: all}]",
     "path to root, name checked; no updates; falls back on rescue after 1 failure"},
    {"anchors: [A.root_g1]\n    chain: {max_intermediates: 2}",
     "path to root, at most 2 intermediates, name checked; no updates"},
    {"anchors: [A.root_g1]\n    time: {clock: epoch_boot, floor: 2020-06-01}",
     "path to root, clock epoch_boot, never before 2020-06-01, name checked; no updates"},
    {"anchors: [A.root_g1]\n    revocation: {mode: pushed_set, max_age: 1w}",
     "path to root, name checked; revocation by pushed_set, at most 1w old; no updates"},
    {"anchors: [A.root_g1]\n    negotiate: {certificate_authorities: yes}",
     "path to root, name checked; names its anchors to the server; no updates"},
    {"anchors: [A.root_g1]\n    storage: {anchor_slots: 2, pin_slots: 1}",
     "path to root, name checked; room for 2 anchors; room for 1 pin; no updates"},
    {"anchors: [A.root_g1]\n    client: {identity: x509_ldevid, issuer: A.root_g1,"
     " provisioned: first_boot, renewal: est}\n    storage: {key_store: hsm}",
     "path to root, name checked; shows x509_ldevid, provisioned by first_boot, kept in hsm, "
     "renewed by est; no updates"},
    {"anchors: [A.root_g1]\n    update: {channel: fw_http, transport: any, payload_auth: signature,"
     " rollback_protection: signed_time, poll: 1w}",
     "path to root, name checked; updates: firmware over plain HTTP, signed, over plain HTTP "
     "where TLS fails, never of an earlier date, every 1w"},
    {"anchors: [A.root_g1]\n    update: {channel: fw_tls_private, root: A.root_g2,"
     " payload_auth: signature, transport: tls}",
     "path to root, name checked; updates: firmware over TLS with a root of the vendor's own, "
     "other, signed, over TLS only"},
};

START_TEST(lines)
{
    const struct row *row = &rows[_i];
    char *yaml = ps_format("%s%s\n", scenario, row->blocks);
    struct ps_plan *plan = plan_of(yaml);
    struct ps_text line = {0};
    ps_strategy_line_add(plan, &plan->strategies[1], &line);
    ck_assert_msg(strcmp(ps_text_chars(&line), row->line) == 0, "%s:\n%s\ninstead of\n%s",
                  row->blocks, ps_text_chars(&line), row->line);
    ps_text_deinit(&line);
    ps_plan_free(plan);
    free(yaml);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("strategy line");
    TCase *tests = tcase_create("lines");
    tcase_add_loop_test(tests, lines, 0, (int)(sizeof rows / sizeof *rows));
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
