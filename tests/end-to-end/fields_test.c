/* SPDX-License-Identifier: Apache-2.0
 *
 * Every field of a strategy acts: for each there is a test in which changing it changes a verdict
 * or a life. This list says where; a field without a row fails here, and so does a row whose test
 * is not there any more.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/field.h"
#include "program.h"

#define RULE    "sim-device/tests/rule_test.c"
#define REVOKED "sim-device/tests/revocation_test.c"
#define PINS    "sim-device/tests/pins_test.c"
#define LIVES   "harness/tests/engine/channel_test.c"
#define MOVES   "tests/end-to-end/channels_test.c"
#define SHOWN   "tests/end-to-end/credentials_test.c"
#define FALLS   "tests/end-to-end/fallbacks_test.c"
#define ATTACKS "tests/end-to-end/attacks_test.c"

static const struct proof {
    const char *key;  /* block.field as scenarios write it */
    const char *file; /* of the test */
    const char *text; /* in it: where the field changes something */
} proofs[] = {
    {"chain.engine", RULE, "\"chain.engine=none\""},
    {"chain.builder", RULE, "\"chain.builder=openssl102\""},
    {"chain.partial", RULE, "\"chain.partial=yes\""},
    {"chain.anchor_form", RULE, "\"chain.anchor_form=dn_spki\""},
    {"chain.max_intermediates", RULE, "\"chain.max_intermediates=1\""},
    {"chain.tlsa", "sim-device/tests/dane_test.c", "chain.tlsa ="},
    {"anchors", RULE, "{\"anchors\", \"\""},
    {"pins.set", RULE, "{\"pins.set\""},
    {"pin.match", RULE, "{\"pin.match\""},
    {"pin.depth", RULE, "{\"pin.depth\""},
    {"pin.of", RULE, "{\"pin.of\""},
    {"pin.group", PINS, "\"any: one group is enough\""},
    {"pin.not_before", PINS, "that does not count yet"},
    {"pins.groups", PINS, "\"pins.groups=all\""},
    {"pins.scope", RULE, "\"pins.scope=presented\""},
    {"pins.combine", RULE, "\"pins.combine=or\""},
    {"pins.expires", RULE, "\"pins.expires=2021-10-01\""},
    {"pins.max_age", LIVES, "max_age: 10d"},
    {"pins.on_expiry", RULE, "\"pins.on_expiry=fail_closed\""},
    {"pins.report_only", PINS, "pins.report_only=yes"},
    {"identity.hostname", RULE, "\"identity.hostname=none\""},
    {"identity.name", RULE, "\"identity.name=fleet.example\""},
    {"time.leaf_dates", RULE, "\"time.leaf_dates=ignore\""},
    {"time.ca_dates", RULE, "\"time.ca_dates=ignore\""},
    {"time.anchor_dates", RULE, "\"time.anchor_dates=ignore\""},
    {"time.clock", ATTACKS, "time: {clock: epoch_boot}"},
    {"time.floor", ATTACKS, "floor: \"\n    \"2021-08-01"},
    {"revocation.mode", REVOKED, "revocation.mode="},
    {"revocation.scope", REVOKED, "revocation.scope=chain"},
    {"revocation.on_unavailable", REVOKED, "revocation.on_unavailable=hard"},
    {"revocation.max_age", REVOKED, "revocation.max_age="},
    {"intermediates.aia", "sim-device/tests/issuers_test.c", "intermediates.aia=yes"},
    {"intermediates.cache", MOVES, "intermediates: {cache: yes}"},
    {"negotiate.certificate_authorities", "sim-device/tests/sessions_test.c",
     "negotiate.certificate_authorities=yes"},
    {"resumption.enabled", "tests/end-to-end/tickets_test.c", "resumption: {enabled: yes"},
    {"resumption.ticket_lifetime", "tests/end-to-end/tickets_test.c", "ticket_lifetime: 1d"},
    {"update.channel", MOVES, "update: {channel: fw_http}"},
    {"update.payload_auth", MOVES, "payload_auth: tls_only"},
    {"update.transport", MOVES, "transport: tls"},
    {"update.rollback_protection", MOVES, "rollback_protection: signed_time"},
    {"update.poll", LIVES, "channel: fw_http, poll: 10d"},
    {"update.add_hold_down", LIVES, "add_hold_down: 29d"},
    {"update.root", LIVES, "root: rc"},
    {"fallback", FALLS, "fallback:"},
    {"strategy.fallback.failures", FALLS, "failures:"},
    {"strategy.fallback.since", FALLS, "since:"},
    {"strategy.fallback.to", FALLS, "to:"},
    {"strategy.fallback.scope", FALLS, "scope: all"},
    {"strategy.fallback.lends", FALLS, "lends: anchors"},
    {"storage.anchor_slots", LIVES, "storage: {anchor_slots: 1}"},
    {"storage.pin_slots", LIVES, "storage: {pin_slots: 2}"},
    {"storage.key_store", "tests/end-to-end/channel_attacks_test.c", "storage: {key_store: hsm}"},
    {"client.identity", SHOWN, "identity: x509_idevid"},
    {"client.provisioned", SHOWN, "provisioned: pregenerated"},
    {"client.renewal", SHOWN, "renewal: "},
    {"client.issuer", SHOWN, "issuer: ending"},
    {"client.lifetime", SHOWN, "lifetime: 1y"},
    {"limits.hashes", RULE, "\"limits.hashes=sha1,sha256\""},
    {"limits.keys", RULE, "\"limits.keys=rsa-2048,ecdsa-p256\""},
    {"limits.chain_bytes", RULE, "\"limits.chain_bytes=512\""},
    {"limits.chain_length", RULE, "\"limits.chain_length=2\""},
    {"limits.tls", RULE, "\"limits.tls=1.2\""},
};
enum { PROOFS = sizeof proofs / sizeof *proofs };

START_TEST(the_proof_is_there)
{
    const struct proof *proof = &proofs[_i];
    char path[512];
    snprintf(path, sizeof path, "%s/%s", PINSTORM_SOURCE, proof->file);
    char *text = file_read(path);
    ck_assert_msg(text != NULL, "%s: there is no %s", proof->key, proof->file);
    ck_assert_msg(strstr(text, proof->text) != NULL, "%s: %s has no %s", proof->key, proof->file,
                  proof->text);
    free(text);
}
END_TEST

static size_t rows_of(const char *key)
{
    size_t rows = 0;
    for (size_t i = 0; i < PROOFS; i++)
        rows += strcmp(proofs[i].key, key) == 0;
    return rows;
}

static size_t check_table(const struct ps_table *table, const char *block)
{
    size_t seen = 0;
    for (const struct ps_field *field = table->fields; field->key; field++) {
        char key[64];
        snprintf(key, sizeof key, "%s%s%s", block, *block ? "." : "", field->key);
        if (field->type == PS_FIELD_BLOCK) {
            seen += check_table(field->table, field->key);
            continue;
        }
        if (field->type == PS_FIELD_BLOCKS)
            seen += check_table(field->table, field->table->name);
        ck_assert_msg(rows_of(key) == 1, "%s has %zu rows", key, rows_of(key));
        seen++;
    }
    return seen;
}

START_TEST(no_field_is_forgotten)
{
    ck_assert_uint_eq(check_table(&ps_strategy_table, ""), PROOFS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("fields");
    TCase *tests = tcase_create("fields");
    tcase_add_test(tests, no_field_is_forgotten);
    tcase_add_loop_test(tests, the_proof_is_there, 0, PROOFS);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
