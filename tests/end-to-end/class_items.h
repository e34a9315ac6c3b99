/* SPDX-License-Identifier: Apache-2.0
 *
 * One scenario for each item of the class key (PS_CLASS_ITEMS), in which two contacts differ in
 * that item and in no other, and get other verdicts.
 *
 * Who adds an item adds a row, or the test fails: take a row that is near, write the two contacts
 * (two devices, one device at two times, a telemetry and an update or a probe) so that exactly the
 * item differs, and say the two verdicts in words of the audit's message. That it is exactly the
 * item the test finds out by itself: if another one differed, too, the run would pass without it.
 *
 * Some items cannot differ alone: what an update carries is an item of updates, so nothing that is
 * no update has it. Such a row names the items that must be left out beside it; the run passes
 * without them and fails without the row's own as well.
 */
#ifndef TESTS_END_TO_END_CLASS_ITEMS_H
#define TESTS_END_TO_END_CLASS_ITEMS_H

#include <stdint.h>
#include "engine/class.h"

#define ITEM(name) (UINT64_C(1) << PS_CLASS_##name)

static const char item_world[] =
    "scenario: item\n"
    "title: Two contacts that differ in one thing\n"
    "from: 2021-01-01\n"
    "until: 2021-03-01\n"
    "authorities:\n"
    "  root: {subject: \"CN=Root\", key: ecdsa-p256}\n"
    "  sub: {subject: \"CN=Issuing\", key: ecdsa-p256}\n"
    "  alien: {subject: \"CN=Alien Root\", key: ecdsa-p256}\n"
    "  alien-sub: {subject: \"CN=Alien Issuing\", key: ecdsa-p256}\n"
    "  pub: {subject: \"CN=Publishing\", key: ecdsa-p256, publishes: [ocsp], ocsp_lifetime: 20d}\n"
    "  aia: {subject: \"CN=Handing Out\", key: ecdsa-p256, publishes: [issuer]}\n"
    "certificates:\n"
    "  root-cert: {of: root, issuer: root, valid: 2000-01-01 .. 2040-01-01}\n"
    "  ending-root: {of: root, issuer: root, valid: 2000-01-01 .. 2021-02-01}\n"
    "  alien-root: {of: alien, issuer: alien, valid: 2000-01-01 .. 2040-01-01}\n"
    "  sub-by-root: {of: sub, issuer: root, valid: 2000-01-01 .. 2040-01-01}\n"
    "  sub-by-alien: {of: sub, issuer: alien, valid: 2000-01-01 .. 2040-01-01}\n"
    "  pub-by-root: {of: pub, issuer: root, valid: 2000-01-01 .. 2040-01-01}\n"
    "  aia-by-alien: {of: aia, issuer: alien, valid: 2000-01-01 .. 2040-01-01}\n"
    "  aia-by-root: {of: aia, issuer: root, valid: 2021-02-01 .. 2040-01-01}\n";

/* The parts of a scenario that differ; NULL: as below, or none. */
struct item_row {
    enum ps_class_item item;
    const char *name;
    uint64_t also; /* ITEM() of those that must be left out beside it */
    const char *endpoints, *timeline, *threats, *fleet, *strategies;
    const char *was, *found; /* what the class says, what the device's own contact does */
};

#define HUB "host: hub.example, leaf: {key: ecdsa-p256, lifetime: 300d, renew_before: 30d, "

#define ITEM_ENDPOINTS "  telemetry: {" HUB "issuer: sub}, chain: [sub-by-root]}\n"
#define ITEM_FLEET                                                                                 \
    "  - {cohort: c, devices: 1, made: 2020-12-01 .. 2020-12-02, shelf: 0s, contact: {every: "     \
    "1d}}\n"
#define ITEM_STRATEGIES "  - {name: path, anchors: [root-cert]}\n"

/* The clock stands still at its floor, and no certificate's date counts. */
#define STANDS(floor)                                                                              \
    "time: {leaf_dates: ignore, ca_dates: ignore, anchor_dates: ignore, clock: epoch_boot, "       \
    "floor: " floor "}"
#define NEVER_SYNCHRONISED                                                                         \
    "  - {cohort: c, devices: 20, made: 2020-12-01 .. 2020-12-02, shelf: 0s, contact: {every: "    \
    "1d}, ntp: {blocked: 100%}}\n"
#define SIGNED_TIME                                                                                \
    "update: {channel: fw_tls_same, payload_auth: signature, rollback_protection: signed_time}"
#define STAPLING "  telemetry: {" HUB "issuer: pub}, chain: [pub-by-root], staple: yes}\n"
#define ASKING                                                                                     \
    "  telemetry: {" HUB "issuer: sub}, chain: [sub-by-root], clients: {anchors: [alien-root]}}\n"
#define PUBLISHED "  telemetry: {" HUB "issuer: pub}, chain: [pub-by-root]}\n"

static const struct item_row item_rows[] = {
    /* A payload from the future is refused; telemetry brings none. */
    {PS_CLASS_KIND, "telemetry and update", ITEM(RELEASE) | ITEM(DATES),
     .timeline = "  - {at: 2021-02-01, release: {name: fw, anchors: [root-cert]}}\n",
     .fleet = NEVER_SYNCHRONISED,
     .strategies =
         "  - {name: fw, anchors: [root-cert], " STANDS("2021-01-20") ", " SIGNED_TIME "}\n",
     .was = "accepted", .found = "payload"},
    {PS_CLASS_TRUST, "another anchor", 0,
     .strategies = "  - {name: right, anchors: [root-cert]}\n"
                   "  - {name: wrong, anchors: [alien-root]}\n",
     .was = "accepted", .found = "path"},
    {PS_CLASS_ENDPOINT, "another host with the same leaf", 0,
     .endpoints = ITEM_ENDPOINTS "  other: {host: other.example, leaf: {issuer: sub, key: "
                                 "ecdsa-p256, lifetime: 300d, renew_before: 30d, host: "
                                 "hub.example, common_name: hub.example}, chain: [sub-by-root]}\n",
     .fleet = ITEM_FLEET "  - {cohort: d, devices: 1, made: 2020-12-01 .. 2020-12-02, shelf: 0s, "
                         "contact: {every: 1d, endpoint: other}}\n",
     .was = "accepted", .found = "name"},
    /* Without TLS there is no path that a verdict could tell of. */
    {PS_CLASS_PLAIN, "update over TLS and without",
     ITEM(TRUST) | ITEM(LEAF_ISSUER) | ITEM(LEAF_FORM) | ITEM(LEAF_NAME) | ITEM(LEAF_ITSELF) |
         ITEM(LEAF_KEY) | ITEM(CHAIN) | ITEM(CLIENT) | ITEM(DATES),
     .timeline = "  - {at: 2021-02-01, release: {name: fw, anchors: [root-cert]}}\n",
     .strategies = "  - {name: tls, anchors: [root-cert], update: {channel: fw_tls_same}}\n"
                   "  - {name: http, anchors: [root-cert], update: {channel: fw_http}}\n",
     .was = "accepted (; hub.example < Issuing < Root)", .found = "accepted (; )"},
    {PS_CLASS_FAULT, "a link that fails", 0,
     .timeline = "  - {at: 2021-02-01, fault: {endpoint: telemetry, kind: reset, lasts: 2d}}\n",
     .was = "accepted", .found = "unreachable"},
    {PS_CLASS_FAULT, "a link that carries less", 0,
     .timeline = "  - {at: 2021-02-01, fault: {endpoint: telemetry, kind: truncate, lasts: 2d, "
                 "after_bytes: 100000}}\n"
                 "  - {at: 2021-02-05, fault: {endpoint: telemetry, kind: truncate, lasts: 2d, "
                 "after_bytes: 10}}\n",
     .was = "accepted", .found = "unreachable"},
    /* Who does not get the first is offered the second while its trust is the same. */
    {PS_CLASS_RELEASE, "another payload", ITEM(DATES),
     .timeline = "  - {at: 2021-01-10, release: {name: old, anchors: [root-cert], never: 50%}}\n"
                 "  - {at: 2021-02-01, release: {name: young, anchors: [root-cert]}}\n",
     .fleet = NEVER_SYNCHRONISED,
     .strategies =
         "  - {name: fw, anchors: [root-cert], " STANDS("2021-01-20") ", " SIGNED_TIME "}\n",
     .was = "payload", .found = "accepted"},
    {PS_CLASS_LEAF_ISSUER, "a leaf of an issuer that is not sent", 0,
     .timeline = "  - {at: 2021-02-01, serve: {endpoint: telemetry, leaf: {issuer: alien-sub}}}\n",
     .was = "accepted", .found = "path"},
    {PS_CLASS_LEAF_FORM, "a hash that the device does not know", 0,
     .timeline = "  - {at: 2021-02-01, serve: {endpoint: telemetry, leaf: {signed: sha384}}}\n",
     .strategies = "  - {name: small, anchors: [root-cert], limits: {hashes: [sha256]}}\n",
     .was = "accepted", .found = "path"},
    {PS_CLASS_LEAF_FORM, "a key that the device cannot use", 0,
     .timeline = "  - {at: 2021-02-01, serve: {endpoint: telemetry, leaf: {key: ecdsa-p384}}}\n",
     .strategies = "  - {name: small, anchors: [root-cert], limits: {keys: [ecdsa-p256]}}\n",
     .was = "accepted", .found = "path"},
    {PS_CLASS_LEAF_FORM, "a leaf that demands a staple", 0,
     .timeline = "  - {at: 2021-02-01, serve: {endpoint: telemetry, leaf: {must_staple: yes}}}\n",
     .strategies = "  - {name: obeys, anchors: [root-cert], revocation: {mode: must_staple, "
                   "on_unavailable: hard}}\n",
     .was = "accepted", .found = "revocation"},
    {PS_CLASS_LEAF_NAME, "a leaf for another host", 0,
     .timeline = "  - {at: 2021-02-01, serve: {endpoint: telemetry, leaf: {host: "
                 "other.example}}}\n",
     .was = "accepted", .found = "name"},
    {PS_CLASS_LEAF_NAME, "no name but the common one", 0,
     .timeline = "  - {at: 2021-02-01, serve: {endpoint: telemetry, leaf: {san: no}}}\n",
     .was = "accepted", .found = "name"},
    {PS_CLASS_LEAF_NAME, "another common name", 0,
     .endpoints = "  telemetry: {" HUB "issuer: sub, san: no}, chain: [sub-by-root]}\n",
     .timeline = "  - {at: 2021-02-01, serve: {endpoint: telemetry, leaf: {common_name: x}}}\n",
     .strategies = "  - {name: old, anchors: [root-cert], identity: {hostname: san_or_cn}}\n",
     .was = "accepted", .found = "name"},
    {PS_CLASS_LEAF_ITSELF, "the next leaf, and the pin is on the first", 0,
     .endpoints = "  telemetry: {host: hub.example, leaf: {issuer: sub, key: ecdsa-p256, "
                  "lifetime: 30d, renew_before: 10d}, chain: [sub-by-root]}\n",
     .strategies = "  - {name: pin, preset: leaf_cert_pin}\n", .was = "accepted", .found = "pins"},
    {PS_CLASS_LEAF_KEY, "the next key, and the pin is on the first", 0,
     .endpoints = "  telemetry: {host: hub.example, leaf: {issuer: sub, key: ecdsa-p256, "
                  "lifetime: 30d, renew_before: 10d, new_key: yes}, chain: [sub-by-root]}\n",
     .strategies = "  - {name: pin, preset: leaf_spki_pin}\n", .was = "accepted", .found = "pins"},
    {PS_CLASS_CHAIN, "another certificate sent", 0,
     .timeline = "  - {at: 2021-02-01, serve: {endpoint: telemetry, chain: [sub-by-alien]}}\n",
     .was = "accepted", .found = "path"},
    {PS_CLASS_ALTERNATES, "another list for who names its anchors", 0,
     .endpoints = "  telemetry: {" HUB "issuer: sub}, chain: [], alternates: [[sub-by-root]]}\n",
     .timeline = "  - {at: 2021-02-01, serve: {endpoint: telemetry, alternates: "
                 "[[sub-by-alien]]}}\n",
     .strategies = "  - {name: names, anchors: [root-cert], negotiate: {certificate_authorities: "
                   "yes}}\n",
     .was = "accepted", .found = "path"},
    {PS_CLASS_ATTACK, "mis-issued for our name, or for another", 0,
     .threats = "  - {attack: X04}\n", .was = "name", .found = "accepted"},
    {PS_CLASS_TLSA, "DNS that is late", 0,
     .timeline = "  - {at: 2021-02-01, serve: {endpoint: telemetry, leaf: {key: kb}, tlsa: "
                 "keep}}\n",
     .strategies = "  - {name: dns, chain: {engine: dane, tlsa: \"3 1 1\"}}\n", .was = "accepted",
     .found = "path"},
    {PS_CLASS_STAPLE, "a staple that says revoked", 0, .endpoints = STAPLING,
     .timeline = "  - {at: 2021-02-01, revoke: {leaf: telemetry}}\n",
     .strategies = "  - {name: wants, anchors: [root-cert], revocation: {mode: staple, "
                   "on_unavailable: hard}}\n",
     .was = "accepted", .found = "revocation"},
    {PS_CLASS_STAPLE, "no staple", ITEM(ANSWER_DATES), .endpoints = STAPLING,
     .timeline = "  - {at: 2021-02-01, serve: {endpoint: telemetry, staple: no}}\n",
     .strategies = "  - {name: wants, anchors: [root-cert], revocation: {mode: staple, "
                   "on_unavailable: hard}}\n",
     .was = "accepted", .found = "revocation"},
    {PS_CLASS_ANSWERS, "an answer that says revoked", 0, .endpoints = PUBLISHED,
     .timeline = "  - {at: 2021-02-01, revoke: {leaf: telemetry}}\n",
     .strategies = "  - {name: asks, anchors: [root-cert], revocation: {mode: ocsp, "
                   "on_unavailable: hard}}\n",
     .was = "accepted", .found = "revocation"},
    {PS_CLASS_ANSWERS, "no answer", ITEM(ANSWER_DATES), .endpoints = PUBLISHED,
     .timeline = "  - {at: 2021-02-01, outage: {authority: pub, lasts: 2d}}\n",
     .strategies = "  - {name: asks, anchors: [root-cert], revocation: {mode: ocsp, "
                   "on_unavailable: hard}}\n",
     .was = "accepted", .found = "revocation"},
    {PS_CLASS_ANSWERS, "another issuer handed out", ITEM(DATES),
     .endpoints = "  telemetry: {" HUB "issuer: aia}, chain: []}\n",
     .strategies = "  - {name: fetches, anchors: [root-cert], intermediates: {aia: yes}}\n",
     .was = "path", .found = "accepted"},
    {PS_CLASS_CLIENT, "the CA of what is shown is blocked", 0, .endpoints = ASKING,
     .timeline = "  - {at: 2021-02-01, revoke: {certificate: alien-root}}\n",
     .strategies =
         "  - {name: shows, anchors: [root-cert], client: {identity: x509_idevid, issuer: "
         "alien-root}}\n",
     .was = "accepted", .found = "tls"},
    {PS_CLASS_CLIENT_DATES, "what is shown ends", 0, .endpoints = ASKING,
     .strategies =
         "  - {name: shows, anchors: [root-cert], client: {identity: x509_ldevid, issuer: "
         "alien-root, lifetime: 75d}}\n",
     .was = "accepted", .found = "tls"},
    /* A session that is resumed has no path. */
    {PS_CLASS_TICKET, "a session that is resumed",
     ITEM(LEAF_ISSUER) | ITEM(LEAF_FORM) | ITEM(LEAF_NAME) | ITEM(LEAF_ITSELF) | ITEM(LEAF_KEY) |
         ITEM(CHAIN) | ITEM(CLIENT) | ITEM(DATES),
     .strategies = "  - {name: resumes, anchors: [root-cert], resumption: {enabled: yes, "
                   "ticket_lifetime: 7d}}\n",
     .was = "accepted (; hub.example < Issuing < Root)",
     .found = "accepted (a session was resumed: nothing was verified again; )"},
    {PS_CLASS_DATES, "an anchor ends", 0,
     .strategies = "  - {name: ends, anchors: [ending-root]}\n", .was = "accepted",
     .found = "dates"},
    {PS_CLASS_DATES, "a payload is from the future no more", 0,
     .timeline = "  - {at: 2021-01-10, release: {name: fw, anchors: [root-cert]}}\n",
     .fleet = "  - {cohort: c, devices: 1, made: 2020-12-01 .. 2020-12-02, shelf: 0s, contact: "
              "{every: 1d}, ntp: {delay: 50d, blocked: 0%}}\n",
     .strategies =
         "  - {name: fw, anchors: [root-cert], " STANDS("2021-01-05") ", " SIGNED_TIME "}\n",
     .was = "payload", .found = "accepted"},
    {PS_CLASS_ANSWER_DATES, "a staple held longer than the device takes it", 0,
     .endpoints = STAPLING, .timeline = "  - {at: 2021-02-01, outage: {authority: pub}}\n",
     .strategies = "  - {name: wants, anchors: [root-cert], revocation: {mode: staple, "
                   "on_unavailable: hard, max_age: 5d}}\n",
     .was = "accepted", .found = "revocation"},
};

#endif
