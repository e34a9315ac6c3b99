/* SPDX-License-Identifier: Apache-2.0
 *
 * Every attack on what stands behind a contact, on strategies that differ in the one field that
 * decides it. What is expected is what the fields mean; every verdict is a real handshake, checked
 * against a contact of the device's own, and a run in which each device makes its own handshakes
 * must give the same bytes.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/verdict.h"
#include "program.h"

static const char before_clients[] =
    "scenario: channel-attacks\n"
    "title: One attack on what stands behind a contact\n"
    "from: 2021-01-01\n"
    "until: 2021-12-01\n"
    "authorities:\n"
    "  root: {subject: \"O=Ours, CN=Root\", key: ecdsa-p256}\n"
    "  next: {subject: \"O=Ours, CN=Next Root\", key: ecdsa-p256}\n"
    "  ours: {subject: \"O=Ours, CN=Issuing\", key: ecdsa-p256}\n"
    "  other: {subject: \"O=Other, CN=Other Root\", key: ecdsa-p256}\n"
    "  other-int: {subject: \"O=Other, CN=Other Issuing\", key: ecdsa-p256}\n"
    "  vendor: {subject: \"O=Vendor, CN=Vendor Root\", key: ecdsa-p256}\n"
    "certificates:\n"
    "  root: {of: root, issuer: root, valid: 2010-01-01 .. 2040-01-01}\n"
    "  next-root: {of: next, issuer: next, valid: 2010-01-01 .. 2040-01-01}\n"
    "  ours-by-root: {of: ours, issuer: root, valid: 2018-01-01 .. 2030-01-01}\n"
    "  other-root: {of: other, issuer: other, valid: 2010-01-01 .. 2040-01-01}\n"
    "  other-issuing: {of: other-int, issuer: other, valid: 2018-01-01 .. 2030-01-01}\n"
    "  vendor-root: {of: vendor, issuer: vendor, valid: 2010-01-01 .. 2040-01-01}\n"
    "keys: {k0: ecdsa-p256, kb: ecdsa-p256}\n"
    "stores:\n"
    "  system: [root, other-root]\n"
    "endpoints:\n"
    "  telemetry:\n"
    "    host: hub.example\n"
    "    leaf: {issuer: ours, key: k0, lifetime: 90d, renew_before: 30d}\n"
    "    chain: [ours-by-root]\n";
static const char clients[] = "    clients: {anchors: [vendor-root]}\n";
static const char after_clients[] =
    "  update:\n"
    "    host: update.example\n"
    "    leaf: {issuer: ours, key: ecdsa-p256, lifetime: 90d, renew_before: 30d}\n"
    "    chain: [ours-by-root]\n"
    "roles: {A.root_g1: root, A.root_g2: next-root, M.int: other-issuing, M.root: other-root, "
    "P.root: vendor-root,\n"
    "        backup_key: kb, system: system}\n"
    "fleet:\n"
    "  - cohort: gateways\n"
    "    devices: 3\n"
    "    made: 2020-06-01 .. 2020-12-01\n"
    "    shelf: 10d\n"
    "    contact: {every: 1d, session: 45m, update_endpoint: update}\n"
    "    ntp: {delay: 20m, blocked: 0%}\n";

/* A strategy and what the attack does to it: to all of its devices, or to none. */
struct row {
    const char *name, *strategy;
    bool exposed, taken;
};
struct group {
    const char *attack, *window, *threats, *timeline;
    struct row rows[16];
    bool asks_clients; /* the telemetry endpoint does */
};

/* A root of its own; the system's store, with the root of somebody who mis-issues (X03). */
#define SINGLE(more) "preset: single_root_ota, update: {" more "}"
#define HTTP(more)   "preset: single_root_http_fw, update: {rollback_protection: none, " more "}"
#define STORE(more)  "preset: webpki_static, update: {channel: fw_tls_same, " more "}"
#define BUNDLE(more) "preset: webpki_static, update: {channel: trust_bundle, " more "}"
#define PSK(update, identity, store)                                                               \
    "preset: psk_only, update: {" update "}, client: {identity: " identity "}, "                   \
    "storage: {key_store: " store "}"
#define FALL(since, to, scope)                                                                     \
    ", fallback: [{failures: 3, since: " since ", to: " to ", scope: " scope "}]"
#define SHOWS(identity) ", client: {identity: " identity ", issuer: vendor-root}"
/* A pushed set knows of what is revoked. */
#define KNOWING "preset: webpki_pushed_crlite, anchors: [A.root_g1]"

static const struct group groups[] = {
    {"U01",
     "",
     "",
     "",
     {{"no-proof", HTTP("payload_auth: none"), true, true},
      {"signature", HTTP("payload_auth: signature"), false, false},
      {"mac", HTTP("payload_auth: mac"), false, false},
      {"tls-only", HTTP("payload_auth: tls_only"), false, false},
      {"monotonic", "preset: single_root_http_fw, update: {payload_auth: none}", true, true},
      {"over-tls", SINGLE("payload_auth: none"), false, false},
      {"in-the-clear", SINGLE("payload_auth: none, transport: http"), true, true},
      {"no-channel", "preset: single_root_ota, update: {channel: none}", false, false}},
     false},
    {"U02",
     "",
     "  - {attack: X03, from: 2021-03-01, until: 2021-10-01}\n",
     "",
     {{"no-proof", STORE("payload_auth: none"), true, true},
      {"tls-only", STORE("payload_auth: tls_only"), true, true},
      {"signature", STORE("payload_auth: signature"), false, false},
      {"mac", STORE("payload_auth: mac"), false, false},
      {"single-root", SINGLE("payload_auth: none"), false, false},
      {"no-verify", "preset: no_verify", true, true},
      {"http", HTTP("payload_auth: none"), false, false},
      {"bundle", BUNDLE("payload_auth: none"), true, true}},
     false},
    {"U03",
     "",
     "  - {attack: X03}\n",
     "  - at: 2021-02-01\n"
     "    release: {name: fw, anchors: [A.root_g1, A.root_g2, M.root],\n"
     "              strategies: [store, monotonic, signed-time, single-root, http, http-monotonic,"
     " cmp]}\n",
     {{"store", STORE("payload_auth: signature"), true, false},
      {"monotonic", STORE("payload_auth: signature, rollback_protection: monotonic"), false, false},
      {"signed-time", STORE("payload_auth: signature, rollback_protection: signed_time"), false,
       false},
      {"single-root",
       SINGLE("payload_auth: signature") ", identity: {hostname: san, name: endpoint}", true,
       false},
      {"http", HTTP("payload_auth: signature"), true, false},
      {"http-monotonic", "preset: single_root_http_fw", false, false},
      {"no-release", STORE("payload_auth: signature"), false, false},
      {"cmp", SINGLE("channel: cmp"), false, false}},
     false},
    {"U04",
     ", from: 2021-03-01",
     "  - {attack: X03}\n"
     "  - {attack: X05, from: 2021-05-01}\n",
     "  - at: 2021-04-01\n"
     "    release: {name: fw, anchors: [A.root_g1], strategies: [store, bundle, platform]}\n",
     {{"store", STORE("payload_auth: signature"), true, false},
      {"bundle", BUNDLE("payload_auth: signature"), true, false},
      {"platform", "preset: webpki_static, update: {channel: app_store}", true, false},
      {"pins-renewed", "preset: hpkp_root_pins", true, false},
      {"pins-for-long", "preset: hpkp_root_pins, pins: {max_age: 2y}", false, false},
      {"pins-that-close", "preset: hpkp_root_pins, pins: {on_expiry: fail_closed}", false, false},
      {"pushed-set", "preset: webpki_pushed_crlite, anchors: [A.root_g1]", true, false},
      {"no-set", "preset: webpki_static, anchors: [A.root_g1]", false, false},
      {"no-release", STORE("payload_auth: signature"), false, false},
      {"no-channel", "preset: webpki_static, update: {channel: none}", false, false}},
     false},
    {"U05",
     "",
     "  - {attack: X03}\n",
     "",
     {{"store", STORE("payload_auth: signature"), true, true},
      {"single-root", SINGLE("payload_auth: signature"), false, false},
      {"http", HTTP("payload_auth: signature"), true, true},
      {"mac", STORE("payload_auth: mac"), true, true},
      {"nothing-to-steal", STORE("payload_auth: none"), false, false},
      {"tls-only", STORE("payload_auth: tls_only"), false, false},
      {"bundle", BUNDLE("payload_auth: signature"), true, true},
      {"bundle-over-tls", SINGLE("channel: trust_bundle, transport: tls"), false, false},
      {"contingency-key", "preset: tamp_apex", true, false}},
     false},
    {"U06",
     "",
     "",
     "",
     {{"tofu", "preset: tofu_spki", true, true},
      {"known", "preset: leaf_spki_pin", false, false},
      {"tofu-with-path",
       "preset: tofu_spki, anchors: [A.root_g1], chain: {engine: pkix}, pins: {combine: and}",
       false, false}},
     false},
    /* Late: the genuine server has been met. */
    {"U06", ", from: 2021-01-10", "", "", {{"tofu", "preset: tofu_spki", false, false}}, false},
    /* Nobody has been met by then. */
    {"U06",
     ", from: 2021-01-10",
     "",
     "  - {at: 2021-01-01, fault: {endpoint: telemetry, kind: cut, lasts: 20d}}\n",
     {{"tofu", "preset: tofu_spki", true, true}, {"known", "preset: leaf_spki_pin", false, false}},
     false},
    {"U07",
     ", from: 2021-03-01, until: 2021-03-05",
     "",
     "",
     {{"announce", "preset: announce_next_pin", true, true},
      {"hpkp", "preset: hpkp_root_pins", true, true},
      {"tack", SINGLE("channel: tack"), true, true},
      {"rfc5011-brief", SINGLE("channel: rfc5011, add_hold_down: 2d"), true, true},
      {"rfc5011", SINGLE("channel: rfc5011, add_hold_down: 30d"), false, false},
      {"est", SINGLE("channel: est, payload_auth: tls_only"), true, true},
      {"est-signed", SINGLE("channel: est, payload_auth: signature"), false, false},
      {"firmware", SINGLE("payload_auth: none"), false, false},
      {"other-key",
       "preset: announce_next_pin, pins: {set: [{match: spki_sha256, depth: leaf, of: "
       "backup_key}]}",
       false, false}},
     false},
    {"U07",
     ", from: 2021-03-01, until: 2021-03-02",
     "",
     "",
     {{"announce", "preset: announce_next_pin", true, true},
      {"tack", SINGLE("channel: tack"), false, false}},
     false},
    {"U08",
     "",
     "  - {attack: X03}\n",
     "",
     {{"psk-fleet", PSK("channel: none", "psk_fleet", "file"), true, false},
      {"psk-fleet-hsm", PSK("channel: none", "psk_fleet", "hsm"), false, false},
      {"psk-fleet-tee", PSK("channel: none", "psk_fleet", "tee"), false, false},
      {"psk-per-device", PSK("channel: none", "psk_per_device", "file"), false, false},
      {"psk-update", PSK("channel: fw_tls_same, payload_auth: tls_only", "psk_fleet", "file"), true,
       true},
      {"psk-signed", PSK("channel: fw_tls_same, payload_auth: signature", "psk_fleet", "file"),
       true, false},
      {"mac", HTTP("payload_auth: mac"), true, true},
      {"mac-hsm", HTTP("payload_auth: mac") ", storage: {key_store: hsm}", false, false},
      {"mac-single-root", SINGLE("payload_auth: mac"), false, false},
      {"mac-store", STORE("payload_auth: mac"), true, true},
      {"nobody-asks", SINGLE("channel: none") SHOWS("x509_shared"), false, false},
      {"signature", HTTP("payload_auth: signature"), false, false}},
     false},
    {"U11",
     "",
     "",
     "",
     {{"rtc", SINGLE("poll: 1d") ", time: {clock: rtc}", false, false},
      {"ntp", SINGLE("poll: 1d") ", time: {clock: ntp}", true, false},
      {"nts", SINGLE("poll: 1d") ", time: {clock: nts}", false, false},
      {"roughtime", SINGLE("poll: 1d") ", time: {clock: roughtime}", false, false},
      {"epoch-boot", SINGLE("poll: 1d") ", time: {clock: epoch_boot}", true, false},
      {"build-floor", SINGLE("poll: 1d") ", time: {clock: build_floor}", true, false},
      {"last-known", SINGLE("poll: 1d") ", time: {clock: last_known}", true, false},
      {"peer-date", SINGLE("poll: 1d") ", time: {clock: peer_date}", true, false},
      {"ignore", SINGLE("poll: 1d") ", time: {clock: ignore}", false, false},
      {"no-dates",
       SINGLE("poll: 1d") ", time: {clock: ntp, leaf_dates: ignore, ca_dates: ignore, "
                          "anchor_dates: ignore}",
       false, false}},
     false},
    {"U08",
     "",
     "",
     "",
     {{"shared", SINGLE("channel: none") SHOWS("x509_shared"), true, false},
      {"shared-hsm", SINGLE("channel: none") SHOWS("x509_shared") ", storage: {key_store: hsm}",
       false, false},
      {"of-its-own", SINGLE("channel: none") SHOWS("x509_ldevid"), false, false},
      {"for-life", SINGLE("channel: none") SHOWS("x509_idevid"), false, false},
      {"shared-alien", SINGLE("channel: none") ", client: {identity: x509_shared, issuer: root}",
       false, false}},
     true},
    {"U09",
     ", from: 2021-03-01, until: 2021-04-01",
     "  - {attack: X03}\n",
     "",
     {{"strict", SINGLE("payload_auth: none"), false, false},
      {"to-store", SINGLE("payload_auth: none") FALL("10d", "weak", "all"), true, true},
      {"updates", SINGLE("payload_auth: none") FALL("10d", "weak", "update_only"), true, true},
      {"patient", SINGLE("payload_auth: none") FALL("60d", "weak", "all"), false, false},
      {"signed", SINGLE("payload_auth: none") FALL("10d", "weak-signed", "all"), true, false},
      {"signed-updates", SINGLE("payload_auth: none") FALL("10d", "weak-signed", "update_only"),
       false, false},
      {"to-strict", SINGLE("payload_auth: none") FALL("10d", "strict", "all"), false, false},
      {"no-channel", SINGLE("channel: none") FALL("10d", "weak", "all"), true, false},
      {"clear-to-weak", HTTP("payload_auth: signature") FALL("10d", "weak", "update_only"), true,
       true},
      {"to-clear", SINGLE("payload_auth: signature") FALL("10d", "clear", "update_only"), true,
       true},
      {"to-trust", SINGLE("payload_auth: none") FALL("10d", "trust", "all"), true, false},
      {"trust", "preset: webpki_static", false, false},
      {"clear", HTTP("payload_auth: none"), false, false},
      {"weak", STORE("payload_auth: none"), false, false},
      {"weak-signed", STORE("payload_auth: signature"), false, false}},
     false},
    {"U10",
     ", from: 2021-02-01",
     "",
     "",
     {{"revoked", KNOWING ", resumption: {enabled: true, ticket_lifetime: 7d}", true, false},
      {"no-tickets", KNOWING, false, false},
      {"ended", SINGLE("channel: none") ", resumption: {enabled: true, ticket_lifetime: 7d}", true,
       false},
      {"accepted-anyway", "preset: leaf_spki_pin, resumption: {enabled: true, ticket_lifetime: 7d}",
       false, false}},
     false},
    /* The first leaf is stolen and revoked later; by then the server has another key. */
    {"U10",
     ", from: 2021-06-01",
     "",
     "  - {at: 2021-05-01, serve: {endpoint: telemetry, leaf: {key: kb}}}\n",
     {{"revoked", KNOWING ", resumption: {enabled: true, ticket_lifetime: 7d}", false, false}},
     false},
    {"U13",
     ", from: 2021-03-01",
     "",
     "  - at: 2021-02-01\n"
     "    release: {name: early, anchors: [A.root_g1, A.root_g2], strategies: [before]}\n"
     "  - at: 2021-04-01\n"
     "    release: {name: more, anchors: [A.root_g1, A.root_g2],\n"
     "              strategies: [bundle, tamp, firmware, platform]}\n"
     "  - at: 2021-04-02\n"
     "    release: {name: other, anchors: [A.root_g1], strategies: [as-many]}\n",
     {{"bundle", SINGLE("channel: trust_bundle"), true, false},
      {"tamp", SINGLE("channel: tamp"), true, false},
      {"firmware", SINGLE("payload_auth: signature"), false, false},
      {"platform", SINGLE("channel: app_store"), false, false},
      {"as-many", SINGLE("channel: trust_bundle"), false, false},
      {"before", SINGLE("channel: trust_bundle"), false, false},
      {"no-release", SINGLE("channel: trust_bundle"), false, false}},
     false},
    {"U12",
     "",
     "",
     "",
     {{"any", SINGLE("payload_auth: none, transport: any"), true, true},
      {"any-tls-only", SINGLE("payload_auth: tls_only, transport: any"), false, false},
      {"any-signature", SINGLE("payload_auth: signature, transport: any"), false, false},
      {"tls", SINGLE("payload_auth: none, transport: tls"), false, false},
      {"as-the-channel-has-it", SINGLE("payload_auth: none"), false, false},
      {"bundle", SINGLE("channel: trust_bundle, payload_auth: none"), true, true},
      {"bundle-tls", SINGLE("channel: trust_bundle, payload_auth: none, transport: tls"), false,
       false}},
     false},
};

static void start(void)
{
    scratch_make();
}

static void stop(void)
{
    scratch_remove();
}

/* "head, threats, timeline, strategies, expect" of a group, malloc'd. */
static char *scenario_of(const struct group *g)
{
    size_t capacity = 65536, size = 0;
    char *yaml = malloc(capacity);
    ck_assert_ptr_nonnull(yaml);
#define ADD(...) size += (size_t)snprintf(yaml + size, capacity - size, __VA_ARGS__)
    ADD("%s%s%s", before_clients, g->asks_clients ? clients : "", after_clients);
    if (*g->timeline)
        ADD("timeline:\n%s", g->timeline);
    ADD("threats:\n%s  - {attack: %s%s}\n", g->threats, g->attack, g->window);
    ADD("strategies:\n");
    for (const struct row *r = g->rows; r->name; r++)
        ADD("  - {name: %s, %s}\n", r->name, r->strategy);
    ADD("expect:\n");
    for (const struct row *r = g->rows; r->name; r++) {
        ADD("  - {strategy: %s, exposed: %s, share: %s}\n", r->name, g->attack,
            r->exposed ? "100%" : "0%");
        ADD("  - {strategy: %s, taken-over: %s}\n", r->name, r->taken ? "100%" : "0%");
    }
#undef ADD
    ck_assert_uint_lt(size, capacity);
    return yaml;
}

START_TEST(attacks_on_channels)
{
    const struct group *g = &groups[_i];
    char *yaml = scenario_of(g);
    scratch_write("attack.yaml", yaml);
    free(yaml);
    struct program p =
        RUN("run", "attack.yaml", "--audit", "100%", "--link", "memory", "--out", "memo");
    ck_assert_msg(p.code == 0, "%s: exit %d\n%s%s", g->attack, p.code, p.out, p.err);
    program_deinit(&p);
    p = RUN("run", "attack.yaml", "--fidelity", "wire", "--link", "memory", "--out", "wire");
    ck_assert_msg(p.code == 0, "%s: exit %d\n%s%s", g->attack, p.code, p.out, p.err);
    program_deinit(&p);
    char *memo = file_read(scratch_path("memo/summary.json"));
    char *wire = file_read(scratch_path("wire/summary.json"));
    ck_assert_ptr_nonnull(memo);
    ck_assert_ptr_nonnull(wire);
    ck_assert_str_eq(memo, wire);
    free(memo);
    free(wire);
}
END_TEST

/* Each attack has a strategy that it works on and one on which it does not. */
START_TEST(every_attack_is_here)
{
    static const char *const attacks[] = {
#define X(name, text, role, meaning) text,
        PS_CHANNEL_ATTACKS(X)
#undef X
    };
    for (size_t i = 0; i < sizeof attacks / sizeof *attacks; i++) {
        bool works = false, fails = false;
        for (size_t n = 0; n < sizeof groups / sizeof *groups; n++)
            for (const struct row *r = groups[n].rows; r->name; r++)
                if (strcmp(groups[n].attack, attacks[i]) == 0)
                    *(r->exposed ? &works : &fails) = true;
        ck_assert_msg(works && fails, "%s", attacks[i]);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("channel attacks");
    TCase *tests = tcase_create("end to end");
    tcase_set_timeout(tests, 600);
    tcase_add_checked_fixture(tests, start, stop);
    tcase_add_loop_test(tests, attacks_on_channels, 0, sizeof groups / sizeof *groups);
    tcase_add_test(tests, every_attack_is_here);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
