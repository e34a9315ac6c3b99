/* SPDX-License-Identifier: Apache-2.0
 *
 * The engines without paths: bare keys, and a shared secret instead of certificates.
 */
#include <check.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <stdlib.h>
#include <string.h>
#include "peer.h"

#define NO_PIN "there is no pin to know the key by"

/* Bare keys. Nothing else of the certificate around one may matter. */
static const struct {
    const char *name, *settings, *pins, *served, *now, *host;
    enum ps_stage stage;
    const char *reason;
} keys[] = {
    {"its key", "", "spki_sha256 leaf L", "L", "2021-10-05", NULL, PS_STAGE_ACCEPTED, ""},
    {"its bare key", "", "spki_sha256 leaf spki:L", "L", "2021-10-05", NULL, PS_STAGE_ACCEPTED, ""},
    {"at any depth is at the leaf", "", "spki_sha256 any L", "L I", "2021-10-05", NULL,
     PS_STAGE_ACCEPTED, ""},
    {"another key", "", "spki_sha256 leaf L2", "L I", "2021-10-05", NULL, PS_STAGE_PINS,
     "no pin matched"},
    {"no date counts", "", "spki_sha256 leaf L", "L", "2050-10-05", NULL, PS_STAGE_ACCEPTED, ""},
    {"no name counts", "", "spki_sha256 leaf L", "L", "2021-10-05", "hub2.example",
     PS_STAGE_ACCEPTED, ""},
    {"no purpose counts", "", "spki_sha256 leaf Lclient", "Lclient", "2021-10-05", NULL,
     PS_STAGE_ACCEPTED, ""},
    {"no revocation counts", "revocation.mode=staple revocation.on_unavailable=hard",
     "spki_sha256 leaf L", "L", "2021-10-05", NULL, PS_STAGE_ACCEPTED, ""},
    {"no pin", "", NULL, "L I", "2021-10-05", NULL, PS_STAGE_PINS, NO_PIN},
    {"no pin, and either would be enough", "pins.combine=or", NULL, "L I", "2021-10-05", NULL,
     PS_STAGE_PINS, NO_PIN},
    {"no pin, and it would only be noted", "pins.report_only=yes", NULL, "L I", "2021-10-05", NULL,
     PS_STAGE_PINS, NO_PIN},
    {"either is enough: there is no other", "pins.combine=or", "spki_sha256 leaf L2", "L I",
     "2021-10-05", NULL, PS_STAGE_PINS, "no pin matched"},
    {"a pin of the whole certificate is none", "", "cert_sha256 leaf L", "L", "2021-10-05", NULL,
     PS_STAGE_PINS, NO_PIN},
    {"a pin of a name is none", "", "subject_dn leaf L", "L", "2021-10-05", NULL, PS_STAGE_PINS,
     NO_PIN},
    {"what is sent along is nothing", "pins.scope=presented", "spki_sha256 any I", "L I",
     "2021-10-05", NULL, PS_STAGE_PINS, "no pin matched"},
    {"a leaf is no root", "", "spki_sha256 root L", "L", "2021-10-05", NULL, PS_STAGE_PINS,
     "no pin matched"},
    {"pins that ended are none, whatever that opens", "pins.expires=2021-10-01",
     "spki_sha256 leaf L", "L", "2021-10-05", NULL, PS_STAGE_PINS, NO_PIN},
    {"pins that ended and refuse", "pins.expires=2021-10-01 pins.on_expiry=fail_closed",
     "spki_sha256 leaf L", "L", "2021-10-05", NULL, PS_STAGE_PINS, "the pins are past their end"},
    {"a key to be learned", "", "spki_sha256 leaf ?", "SS", "2021-10-05", NULL, PS_STAGE_ACCEPTED,
     ""},
    {"a key that is only noted", "pins.report_only=yes", "spki_sha256 leaf L2", "L", "2021-10-05",
     NULL, PS_STAGE_ACCEPTED, "the pins would have refused: no pin matched"},
};

START_TEST(only_the_key_counts)
{
    struct device device = device_make(keys[_i].settings, "R2", keys[_i].pins);
    device_set(&device.strategy, "chain.engine=raw_public_key");
    struct exchange exchange = {
        .served = keys[_i].served, .now = keys[_i].now, .host = keys[_i].host};
    struct ps_verdict verdict = exchange_once(&exchange, &device);
    ck_assert_msg(verdict.stage == keys[_i].stage, "%s: %s (%s)", keys[_i].name,
                  ps_stage_text(verdict.stage), verdict.reason);
    ck_assert_msg(strcmp(verdict.reason, keys[_i].reason) == 0, "%s: reason \"%s\"", keys[_i].name,
                  verdict.reason);
}
END_TEST

#define SECRET  "0123456789abcdef0123456789abcdef"
#define ANOTHER "0123456789abcdef0123456789abcdeF"
#define SHOWN   "a certificate was shown where a shared secret must be proved"

static const struct {
    const char *name, *settings, *device, *server, *served;
    int tls_version;
    enum ps_stage stage;
    const char *reason;
} secrets[] = {
    {"the same secret", "", SECRET, SECRET, NULL, TLS1_3_VERSION, PS_STAGE_ACCEPTED, ""},
    {"the same secret", "", SECRET, SECRET, NULL, TLS1_2_VERSION, PS_STAGE_ACCEPTED, ""},
    {"the same secret, any version", "", SECRET, SECRET, NULL, 0, PS_STAGE_ACCEPTED, ""},
    {"an old device", "limits.tls=1.2", SECRET, SECRET, NULL, 0, PS_STAGE_ACCEPTED, ""},
    {"a server with certificates too", "", SECRET, SECRET, "L I", TLS1_3_VERSION, PS_STAGE_ACCEPTED,
     ""},
    {"a server with certificates too", "", SECRET, SECRET, "L I", TLS1_2_VERSION, PS_STAGE_ACCEPTED,
     ""},
    {"another secret", "", SECRET, ANOTHER, NULL, TLS1_3_VERSION, PS_STAGE_TLS,
     "handshake failed: sslv3 alert illegal parameter"},
    {"another secret", "", SECRET, ANOTHER, NULL, TLS1_2_VERSION, PS_STAGE_TLS,
     "handshake failed: sslv3 alert bad record mac"},
    {"a server with a good certificate only", "", SECRET, NULL, "L I", TLS1_3_VERSION, PS_STAGE_TLS,
     SHOWN},
    {"a server with a good certificate only", "", SECRET, NULL, "L I", TLS1_2_VERSION, PS_STAGE_TLS,
     "handshake failed: sslv3 alert handshake failure"},
    {"a device without a secret", "", NULL, SECRET, NULL, TLS1_3_VERSION, PS_STAGE_TLS,
     "handshake failed: sslv3 alert handshake failure"},
    {"a device without a secret", "", NULL, SECRET, NULL, TLS1_2_VERSION, PS_STAGE_TLS,
     "handshake failed: psk identity not found"},
    {"a device without a secret, a good certificate", "", NULL, SECRET, "L I", TLS1_3_VERSION,
     PS_STAGE_TLS, SHOWN},
    {"nothing of a certificate matters", "chain.builder=mbedtls pins.combine=only", SECRET, SECRET,
     NULL, TLS1_3_VERSION, PS_STAGE_ACCEPTED, ""},
    {"SHA-256 alone", "limits.hashes=sha256", SECRET, SECRET, NULL, TLS1_2_VERSION,
     PS_STAGE_ACCEPTED, ""},
};

START_TEST(both_ends_prove_the_secret)
{
    struct device device = device_make(secrets[_i].settings, "R2", NULL);
    device_set(&device.strategy, "chain.engine=psk");
    device.psk = secrets[_i].device;
    struct exchange exchange = {.served = secrets[_i].served,
                                .now = "2021-10-05",
                                .psk = secrets[_i].server,
                                .tls_version = secrets[_i].tls_version};
    struct ps_verdict verdict = exchange_once(&exchange, &device);
    ck_assert_msg(verdict.stage == secrets[_i].stage, "%s, %x: %s (%s)", secrets[_i].name,
                  (unsigned)secrets[_i].tls_version, ps_stage_text(verdict.stage), verdict.reason);
    ck_assert_msg(strcmp(verdict.reason, secrets[_i].reason) == 0, "%s, %x: reason \"%s\"",
                  secrets[_i].name, (unsigned)secrets[_i].tls_version, verdict.reason);
    ck_assert_str_eq(verdict.path, "");
    ck_assert_msg(exchange.ret_request == ps_verdict_accepted(&verdict), "%s", secrets[_i].name);
}
END_TEST

/* A server that asks for another group makes the device say hello twice; if it chose a suite of
 * another hash by then, the secret does not fit any more. */
START_TEST(the_secret_is_offered_again)
{
    static const struct {
        const char *suites;
        enum ps_stage stage;
    } rows[] = {{"TLS_AES_128_GCM_SHA256", PS_STAGE_ACCEPTED},
                {"TLS_CHACHA20_POLY1305_SHA256", PS_STAGE_ACCEPTED},
                {"TLS_AES_256_GCM_SHA384", PS_STAGE_TLS}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device device = device_make("chain.engine=psk", "R2", NULL);
        device.psk = SECRET;
        struct exchange exchange = {.served = "L I",
                                    .now = "2021-10-05",
                                    .psk = SECRET,
                                    .tls_version = TLS1_3_VERSION,
                                    .groups = "P-384",
                                    .suites = rows[i].suites};
        struct ps_verdict verdict = exchange_once(&exchange, &device);
        ck_assert_msg(verdict.stage == rows[i].stage, "%s: %s", rows[i].suites, verdict.reason);
        ck_assert_str_eq(verdict.reason, rows[i].stage == PS_STAGE_TLS ? SHOWN : "");
    }
}
END_TEST

START_TEST(a_secret_that_is_too_long)
{
    struct ps_device_stack *stack = NULL;
    struct ps_error err = {0};
    struct ps_trust *trust = NULL;
    unsigned char secret[257] = {1};
    struct ps_strategy strategy = device_strategy();
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
    struct ps_trust_options options = {.strategy = &strategy, .psk = {secret, sizeof secret}};
    ck_assert_int_eq(ps_trust_new(stack, &options, &trust, &err).code, PS_CODE_FAILED);
    ck_assert_str_eq(err.text, "the shared secret is longer than 256 bytes");
    options.psk.size--;
    ck_assert(ps_is_ok(ps_trust_new(stack, &options, &trust, &err)));
    ps_trust_free(trust);
    ps_device_stack_free(stack);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("engines");
    TCase *tests = tcase_create("engines");
    tcase_set_timeout(tests, 60);
    tcase_add_unchecked_fixture(tests, mint_setup, mint_teardown);
    tcase_add_loop_test(tests, only_the_key_counts, 0, sizeof keys / sizeof keys[0]);
    tcase_add_loop_test(tests, both_ends_prove_the_secret, 0, sizeof secrets / sizeof secrets[0]);
    tcase_add_test(tests, the_secret_is_offered_again);
    tcase_add_test(tests, a_secret_that_is_too_long);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
