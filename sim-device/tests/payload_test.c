/* SPDX-License-Identifier: Apache-2.0
 *
 * Firmware: which payloads are installed, over TLS and without.
 */
#include <check.h>
#include <openssl/ssl.h>
#include <stdlib.h>
#include <string.h>
#include "peer.h"

#define SECRET "what every device knows"

enum damage {
    WHOLE,
    CUT,
    LONGER,
    OTHER_MAGIC,
    OTHER_VERSION,
    OTHER_DATE,
    OTHER_PROOF,
    OTHER_KIND,
    HEAD_ONLY,
    CUT_HEAD
};

static void damage_it(struct ps_buffer *payload, enum damage damage)
{
    switch (damage) {
    case WHOLE:
        break;
    case CUT:
        payload->size--;
        break;
    case LONGER:
        ps_buffer_append(payload, "", 1);
        break;
    case OTHER_MAGIC:
        payload->data[3] ^= 1;
        break;
    case OTHER_VERSION:
        payload->data[7] ^= 1;
        break;
    case OTHER_DATE:
        payload->data[15] ^= 1;
        break;
    case OTHER_PROOF:
        payload->data[payload->size - 1] ^= 1;
        break;
    case OTHER_KIND:
        payload->data[16] ^= 3;
        break;
    case HEAD_ONLY:
        payload->size = 19;
        break;
    case CUT_HEAD:
        payload->size = 18;
        break;
    }
}

static struct ps_verdict deliver(const struct device *device, const char *served, const char *now,
                                 const struct ps_buffer *payload, uint32_t *ret_version)
{
    struct ps_text answer = {0};
    ps_text_add(&answer, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", payload->size);
    ps_text_add_n(&answer, (const char *)payload->data, payload->size);
    struct exchange exchange = {.served = served,
                                .now = now,
                                .task = PS_CONTACT_UPDATE,
                                .how = PEER_SAYS,
                                .chunk = served ? 0 : 1,
                                .answer = {(unsigned char *)answer.chars, answer.length}};
    struct ps_verdict verdict = exchange_once(&exchange, device);
    ps_text_deinit(&answer);
    *ret_version = exchange.ret_release;
    return verdict;
}

#define NO_RELEASE "the payload is no release"
#define NO_TLS     "the payload came without TLS"
#define LENGTH     "the payload's length is wrong"
#define SIGNATURE  "the payload's signature is wrong"
#define MAC        "the payload's MAC is wrong"

/* Who made it, and what became of it on its way. NULL: it is installed. */
static const struct {
    const char *name, *auth, *signer, *secret;
    enum damage damage;
    const char *key, *device_secret;
    const char *over_tls, *plain;
} proofs[] = {
    {"signed", "signature", "Vendor", 0, WHOLE, "Vendor", 0, NULL, NULL},
    {"by another", "signature", "Thief", 0, WHOLE, "Vendor", 0, SIGNATURE, SIGNATURE},
    {"another version", "signature", "Vendor", 0, OTHER_VERSION, "Vendor", 0, SIGNATURE, SIGNATURE},
    {"another date", "signature", "Vendor", 0, OTHER_DATE, "Vendor", 0, SIGNATURE, SIGNATURE},
    {"another signature", "signature", "Vendor", 0, OTHER_PROOF, "Vendor", 0, SIGNATURE, SIGNATURE},
    {"cut", "signature", "Vendor", 0, CUT, "Vendor", 0, LENGTH, LENGTH},
    {"longer", "signature", "Vendor", 0, LONGER, "Vendor", 0, LENGTH, LENGTH},
    {"the head alone", "signature", "Vendor", 0, HEAD_ONLY, "Vendor", 0, LENGTH, LENGTH},
    {"not even that", "signature", "Vendor", 0, CUT_HEAD, "Vendor", 0, NO_RELEASE, NO_RELEASE},
    {"another magic", "signature", "Vendor", 0, OTHER_MAGIC, "Vendor", 0, NO_RELEASE, NO_RELEASE},
    {"a device without a key", "signature", "Vendor", 0, WHOLE, 0, 0,
     "the device has no key to check the payload with",
     "the device has no key to check the payload with"},
    {"nobody's", "signature", 0, 0, WHOLE, "Vendor", 0, "the payload is not signed",
     "the payload is not signed"},
    {"a MAC is no signature", "signature", 0, SECRET, WHOLE, "Vendor", SECRET,
     "the payload is not signed", "the payload is not signed"},

    {"a MAC", "mac", 0, SECRET, WHOLE, 0, SECRET, NULL, NULL},
    {"by another", "mac", 0, "what nobody knows", WHOLE, 0, SECRET, MAC, MAC},
    {"another version", "mac", 0, SECRET, OTHER_VERSION, 0, SECRET, MAC, MAC},
    {"another date", "mac", 0, SECRET, OTHER_DATE, 0, SECRET, MAC, MAC},
    {"another MAC", "mac", 0, SECRET, OTHER_PROOF, 0, SECRET, MAC, MAC},
    {"a MAC, cut", "mac", 0, SECRET, CUT, 0, SECRET, LENGTH, LENGTH},
    {"a signature is no MAC", "mac", "Vendor", 0, WHOLE, "Vendor", SECRET, "the payload has no MAC",
     "the payload has no MAC"},
    {"a signature that says it is a MAC", "mac", "Vendor", 0, OTHER_KIND, "Vendor", SECRET, MAC,
     MAC},
    {"a device without a secret", "mac", 0, SECRET, WHOLE, 0, 0,
     "the device has no secret to check the payload with",
     "the device has no secret to check the payload with"},
    {"an empty secret is none", "mac", 0, "", WHOLE, 0, 0,
     "the device has no secret to check the payload with",
     "the device has no secret to check the payload with"},

    {"TLS is enough", "tls_only", 0, 0, WHOLE, 0, 0, NULL, NO_TLS},
    {"TLS is enough for anybody's", "tls_only", "Thief", 0, WHOLE, "Vendor", 0, NULL, NO_TLS},
    {"a signature does not replace it", "tls_only", "Vendor", 0, WHOLE, "Vendor", 0, NULL, NO_TLS},
    {"no release", "tls_only", "Vendor", 0, OTHER_MAGIC, "Vendor", 0, NO_RELEASE, NO_RELEASE},

    {"anything", "none", 0, 0, WHOLE, 0, 0, NULL, NULL},
    {"anybody's", "none", "Thief", 0, WHOLE, "Vendor", 0, NULL, NULL},
    {"the head alone", "none", "Vendor", 0, HEAD_ONLY, "Vendor", 0, NULL, NULL},
    {"not even that", "none", "Vendor", 0, CUT_HEAD, "Vendor", 0, NO_RELEASE, NO_RELEASE},
    {"another magic", "none", "Vendor", 0, OTHER_MAGIC, "Vendor", 0, NO_RELEASE, NO_RELEASE},
};

START_TEST(authenticity)
{
    for (int plain = 0; plain < 2; plain++) {
        char settings[64];
        snprintf(settings, sizeof settings, "update.payload_auth=%s", proofs[_i].auth);
        struct device device = device_make(settings, "R2", NULL);
        device.release_key = proofs[_i].key;
        device.release_secret = proofs[_i].device_secret;
        struct ps_buffer payload = {0};
        mint_release(&(struct mint_release){.version = 0x01020304,
                                            .issued = "2021-10-01",
                                            .signer = proofs[_i].signer,
                                            .secret = proofs[_i].secret},
                     &payload);
        damage_it(&payload, proofs[_i].damage);
        const char *wrong = plain ? proofs[_i].plain : proofs[_i].over_tls;
        uint32_t version;
        struct ps_verdict verdict =
            deliver(&device, plain ? NULL : "L I", "2021-10-05", &payload, &version);
        ck_assert_msg(verdict.stage == (wrong ? PS_STAGE_PAYLOAD : PS_STAGE_ACCEPTED),
                      "%s %s, plain %d: %s (%s)", proofs[_i].auth, proofs[_i].name, plain,
                      ps_stage_text(verdict.stage), verdict.reason);
        ck_assert_msg(strcmp(verdict.reason, wrong ? wrong : "") == 0, "%s %s: reason \"%s\"",
                      proofs[_i].auth, proofs[_i].name, verdict.reason);
        ck_assert_uint_eq(version, wrong ? 0 : 0x01020304);
        ck_assert_str_eq(verdict.path, plain ? "" : "hub.example < Issuing < New Root");
        ps_buffer_deinit(&payload);
    }
}
END_TEST

#define NOT_NEWER "the payload is not newer than what is installed"
#define OLDER     "the payload is older than what is installed"
#define FUTURE    "the payload was issued in the future"

/* Installed is version 7 of 2021-09-01; the clock shows 2021-10-05. */
static const struct {
    const char *name, *settings;
    uint32_t version;
    const char *issued, *reason;
} rollbacks[] = {
    {"older", "", 6, "2021-08-01", ""},
    {"an older version", "update.rollback_protection=monotonic", 6, "2021-10-01", NOT_NEWER},
    {"the same version", "update.rollback_protection=monotonic", 7, "2021-10-01", NOT_NEWER},
    {"a newer version", "update.rollback_protection=monotonic", 8, "2021-10-01", ""},
    {"a newer version, whenever issued", "update.rollback_protection=monotonic", 8, "2050-01-01",
     ""},
    {"the highest version", "update.rollback_protection=monotonic", UINT32_MAX, "2000-01-01", ""},
    {"issued before", "update.rollback_protection=signed_time", 8, "2021-08-31T23:59:59Z", OLDER},
    {"issued at the same time", "update.rollback_protection=signed_time", 7, "2021-09-01", ""},
    {"issued since, whatever its version", "update.rollback_protection=signed_time", 6,
     "2021-10-01", ""},
    {"issued this second", "update.rollback_protection=signed_time", 8, "2021-10-05", ""},
    {"issued in the next second", "update.rollback_protection=signed_time", 8,
     "2021-10-05T00:00:01Z", FUTURE},
    {"without a clock nothing lies ahead",
     "update.rollback_protection=signed_time time.clock=ignore", 8, "2050-01-01", ""},
    {"but what is older is", "update.rollback_protection=signed_time time.clock=ignore", 8,
     "2021-08-01", OLDER},
    {"long before 1970", "update.rollback_protection=signed_time", 8, "1960-01-01", OLDER},
};

START_TEST(rollback)
{
    static const char *const auths[] = {"none", "signature", "mac", "tls_only"};
    for (size_t auth = 0; auth < 4; auth++) {
        char settings[32];
        snprintf(settings, sizeof settings, "update.payload_auth=%s", auths[auth]);
        struct device device = device_make(settings, "R2", NULL);
        device_set(&device.strategy, rollbacks[_i].settings);
        device.release_key = "Vendor";
        device.release_secret = SECRET;
        device.installed_version = 7;
        device.installed_issued = "2021-09-01";
        struct ps_buffer payload = {0};
        mint_release(&(struct mint_release){.version = rollbacks[_i].version,
                                            .issued = rollbacks[_i].issued,
                                            .signer = auth == 1 ? "Vendor" : NULL,
                                            .secret = auth == 2 ? SECRET : NULL},
                     &payload);
        uint32_t version;
        struct ps_verdict verdict = deliver(&device, "L I", "2021-10-05", &payload, &version);
        bool accepted = *rollbacks[_i].reason == '\0';
        ck_assert_msg(verdict.stage == (accepted ? PS_STAGE_ACCEPTED : PS_STAGE_PAYLOAD),
                      "%s, %s: %s (%s)", rollbacks[_i].name, auths[auth],
                      ps_stage_text(verdict.stage), verdict.reason);
        ck_assert_msg(strcmp(verdict.reason, rollbacks[_i].reason) == 0, "%s: reason \"%s\"",
                      rollbacks[_i].name, verdict.reason);
        ck_assert_uint_eq(version, accepted ? rollbacks[_i].version : 0);
        ps_buffer_deinit(&payload);
    }
}
END_TEST

/* Who is not authentic is not asked how old he is. */
START_TEST(authenticity_is_blamed_first)
{
    struct device device = device_make(
        "update.payload_auth=signature update.rollback_protection=monotonic", "R2", NULL);
    device.release_key = "Vendor";
    device.installed_version = 7;
    struct ps_buffer payload = {0};
    uint32_t version;
    mint_release(&(struct mint_release){.version = 6, .signer = "Thief"}, &payload);
    struct ps_verdict verdict = deliver(&device, NULL, "2021-10-05", &payload, &version);
    ck_assert_str_eq(verdict.reason, SIGNATURE);
    ps_buffer_deinit(&payload);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("payload");
    TCase *tests = tcase_create("payload");
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, mint_setup, mint_teardown);
    tcase_add_loop_test(tests, authenticity, 0, sizeof proofs / sizeof proofs[0]);
    tcase_add_loop_test(tests, rollback, 0, sizeof rollbacks / sizeof rollbacks[0]);
    tcase_add_test(tests, authenticity_is_blamed_first);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
