/* SPDX-License-Identifier: Apache-2.0
 *
 * Releases: every byte of the head, and what proves it.
 */
#include <check.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include "fixture.h"

static bool signature_fits(struct ps_bytes spki, const struct ps_buffer *payload)
{
    const unsigned char *at = spki.data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.size);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key);
    int fits = EVP_DigestVerify(context, payload->data + 19, payload->size - 19, payload->data, 17);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return fits == 1;
}

static bool mac_fits(struct ps_bytes secret, const struct ps_buffer *payload)
{
    unsigned char mac[32];
    unsigned size = 0;
    HMAC(EVP_sha256(), secret.data, (int)secret.size, payload->data, 17, mac, &size);
    return size == 32 && payload->size == 19 + 32 && memcmp(payload->data + 19, mac, 32) == 0;
}

static struct ps_buffer release(const struct ps_release_options *options)
{
    struct ps_buffer payload = {0};
    struct ps_error err = {{0}};
    ck_assert_msg(ps_is_ok(ps_ca_release(fixture_ca, options, &payload, &err)), "%s", err.text);
    return payload;
}

static const struct {
    struct ps_release_options options;
    unsigned char head[17];
} heads[] = {
    {{0, {0}, PS_RELEASE_BY_NOBODY, false}, "PSFW\0\0\0\0\0\0\0\0\0\0\0\0"},
    {{1, {1}, PS_RELEASE_BY_SIGNATURE, false}, "PSFW\0\0\0\1\0\0\0\0\0\0\0\1\1"},
    {{0x01020304, {0x0102030405060708}, PS_RELEASE_BY_MAC, false},
     "PSFW\1\2\3\4\1\2\3\4\5\6\7\10\2"},
    {{UINT32_MAX, {-2}, PS_RELEASE_BY_SIGNATURE, true},
     "PSFW\377\377\377\377\377\377\377\377\377\377\377\376\1"},
    {{7, {INT64_MIN}, PS_RELEASE_BY_MAC, true}, "PSFW\0\0\0\7\200\0\0\0\0\0\0\0\2"},
};

START_TEST(what_a_release_says)
{
    struct ps_buffer payload = release(&heads[_i].options);
    ck_assert_mem_eq(payload.data, heads[_i].head, 17);
    ck_assert_uint_eq(payload.size, 19 + ((size_t)payload.data[17] << 8) + payload.data[18]);
    size_t proof = payload.size - 19;
    switch (heads[_i].options.auth) {
    case PS_RELEASE_BY_NOBODY:
        ck_assert_uint_eq(proof, 0);
        break;
    case PS_RELEASE_BY_SIGNATURE:
        ck_assert_uint_ge(proof, 60);
        ck_assert_uint_le(proof, 72);
        break;
    case PS_RELEASE_BY_MAC:
        ck_assert_uint_eq(proof, 32);
        break;
    }
    ps_buffer_deinit(&payload);
}
END_TEST

/* Each byte of the head is proved. */
static void check_every_byte(struct ps_buffer *payload, struct ps_bytes key,
                             bool (*fits)(struct ps_bytes, const struct ps_buffer *))
{
    ck_assert(fits(key, payload));
    for (size_t i = 0; i < 17; i++) {
        payload->data[i] ^= 1;
        ck_assert_msg(!fits(key, payload), "byte %zu", i);
        payload->data[i] ^= 1;
    }
}

START_TEST(what_proves_it)
{
    struct ps_error err = {{0}};
    struct ps_bytes spki, secret;
    ck_assert(ps_is_ok(ps_ca_release_key(fixture_ca, &spki, &err)));
    ck_assert(ps_is_ok(ps_ca_release_secret(fixture_ca, &secret, &err)));
    struct ps_release_options options = {.version = 7, .issued = {1000}};
    for (int forged = 0; forged < 2; forged++) {
        options.forged = forged;
        options.auth = PS_RELEASE_BY_SIGNATURE;
        struct ps_buffer payload = release(&options);
        if (forged)
            ck_assert(!signature_fits(spki, &payload));
        else
            check_every_byte(&payload, spki, signature_fits);
        ps_buffer_deinit(&payload);
        options.auth = PS_RELEASE_BY_MAC;
        payload = release(&options);
        if (forged)
            ck_assert(!mac_fits(secret, &payload));
        else
            check_every_byte(&payload, secret, mac_fits);
        ps_buffer_deinit(&payload);
    }
}
END_TEST

/* They are the same ever after, and nobody else's. */
START_TEST(keys_of_the_vendor)
{
    struct ps_error err = {{0}};
    struct ps_bytes first, again;
    ck_assert(ps_is_ok(ps_ca_release_key(fixture_ca, &first, &err)));
    ck_assert(ps_is_ok(ps_ca_release_key(fixture_ca, &again, &err)));
    ck_assert_mem_eq(again.data, first.data, first.size);
    struct ps_bytes other = ps_ca_spki(fixture_ca, fixture_key(PS_KEY_ECDSA_P256));
    ck_assert_mem_ne(other.data, first.data, first.size);
    ck_assert(ps_is_ok(ps_ca_release_secret(fixture_ca, &first, &err)));
    ck_assert(ps_is_ok(ps_ca_release_secret(fixture_ca, &again, &err)));
    ck_assert_uint_eq(first.size, 32);
    ck_assert_mem_eq(again.data, first.data, first.size);
}
END_TEST

START_TEST(what_was_there_stays)
{
    struct ps_error err = {{0}};
    struct ps_buffer payload = {0};
    const struct ps_release_options options = {.version = 3};
    ps_buffer_append(&payload, "before", 6);
    ck_assert(ps_is_ok(ps_ca_release(fixture_ca, &options, &payload, &err)));
    ck_assert_mem_eq(payload.data, "beforePSFW", 10);
    ck_assert_uint_eq(payload.size, 6 + 19);
    ps_buffer_deinit(&payload);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("release");
    TCase *tests = tcase_create("releases");
    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
    tcase_add_loop_test(tests, what_a_release_says, 0, sizeof heads / sizeof heads[0]);
    tcase_add_test(tests, what_proves_it);
    tcase_add_test(tests, keys_of_the_vendor);
    tcase_add_test(tests, what_was_there_stays);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
