/* SPDX-License-Identifier: Apache-2.0 */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/core_names.h>
#include <unistd.h>
#include "fixture.h"
#include "keypool.h"

enum { KEYS = 12 };

static bool same(struct ps_bytes a, struct ps_bytes b)
{
    return a.size == b.size && memcmp(a.data, b.data, a.size) == 0;
}

static const struct type_row {
    const char *name;
    enum ps_key_type type;
    const char *algorithm;
    int bits;
    const char *group;
} type_rows[] = {
    {"rsa-1024", PS_KEY_RSA_1024, "RSA", 1024, NULL},
    {"rsa-2048", PS_KEY_RSA_2048, "RSA", 2048, NULL},
    {"rsa-3072", PS_KEY_RSA_3072, "RSA", 3072, NULL},
    {"rsa-4096", PS_KEY_RSA_4096, "RSA", 4096, NULL},
    {"ecdsa-p256", PS_KEY_ECDSA_P256, "EC", 256, "prime256v1"},
    {"ecdsa-p384", PS_KEY_ECDSA_P384, "EC", 384, "secp384r1"},
};

START_TEST(each_type_is_what_it_says)
{
    const struct type_row *row = &type_rows[_i];
    struct ps_bytes spki = ps_ca_spki(fixture_ca, fixture_key(row->type));
    const unsigned char *at = spki.data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.size);
    ck_assert_msg(key != NULL, "%s", row->name);
    ck_assert_msg(EVP_PKEY_is_a(key, row->algorithm) == 1, "%s", row->name);
    ck_assert_msg(EVP_PKEY_get_bits(key) == row->bits, "%s", row->name);
    if (row->group != NULL) {
        char group[32];
        size_t size = 0;
        ck_assert_int_eq(EVP_PKEY_get_group_name(key, group, sizeof group, &size), 1);
        ck_assert_msg(strcmp(group, row->group) == 0, "%s: %s", row->name, group);
    } else {
        BIGNUM *exponent = NULL;
        ck_assert_int_eq(EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent), 1);
        ck_assert_msg(BN_is_word(exponent, 65537), "%s", row->name);
        BN_free(exponent);
    }
    EVP_PKEY_free(key);
}
END_TEST

START_TEST(keys_of_a_ca_differ)
{
    ps_key_id keys[KEYS];
    for (int i = 0; i < KEYS; i++)
        keys[i] = fixture_key(PS_KEY_ECDSA_P256);
    for (int i = 0; i < KEYS; i++) {
        for (int j = 0; j < i; j++)
            ck_assert_msg(!same(ps_ca_spki(fixture_ca, keys[i]), ps_ca_spki(fixture_ca, keys[j])),
                          "keys %d and %d", i, j);
    }
}
END_TEST

/* Also with keys that have been used before, and with two CAs at once. */
START_TEST(keys_are_reused_between_cas_but_never_shared)
{
    struct ps_error err = {{0}};
    unsigned char *before[KEYS];
    size_t size = 0;
    for (int i = 0; i < KEYS; i++) {
        struct ps_bytes spki = ps_ca_spki(fixture_ca, fixture_key(PS_KEY_ECDSA_P256));
        before[i] = ps_memdup(spki.data, spki.size);
        size = spki.size;
    }
    ps_ca_free(fixture_ca);
    fixture_ca = NULL;

    struct ps_ca *cas[2];
    int reused[KEYS] = {0}, fresh = 0;
    ck_assert(ps_is_ok(ps_ca_new(fixture_pool, &cas[0], &err)));
    ck_assert(ps_is_ok(ps_ca_new(fixture_pool, &cas[1], &err)));
    for (int i = 0; i < KEYS + 2; i++) {
        ps_key_id key;
        ck_assert(ps_is_ok(ps_ca_key(cas[i % 2], PS_KEY_ECDSA_P256, &key, &err)));
        struct ps_bytes spki = ps_ca_spki(cas[i % 2], key);
        bool known = false;
        for (int j = 0; j < KEYS; j++) {
            if (same(spki, (struct ps_bytes){before[j], size})) {
                reused[j]++;
                known = true;
            }
        }
        fresh += !known;
    }
    for (int j = 0; j < KEYS; j++) {
        ck_assert_msg(reused[j] == 1, "key %d was handed out %d times", j, reused[j]);
        free(before[j]);
    }
    ck_assert_int_eq(fresh, 2);
    ps_ca_free(cas[0]);
    ps_ca_free(cas[1]);
}
END_TEST

static pthread_t progress_thread;
static unsigned progress_calls;

static void on_progress(unsigned done, unsigned total, void *context)
{
    progress_calls++;
    ck_assert_uint_eq(done, progress_calls);
    ck_assert_uint_eq(total, *(unsigned *)context);
    ck_assert(pthread_equal(progress_thread, pthread_self()));
}

START_TEST(filling_makes_what_is_missing)
{
    struct ps_error err = {{0}};
    unsigned wanted[PS_KEY_TYPE_COUNT] = {0};
    wanted[PS_KEY_ECDSA_P256] = 7;
    wanted[PS_KEY_ECDSA_P384] = 2;
    wanted[PS_KEY_RSA_1024] = 3;
    unsigned total = 12;
    progress_thread = pthread_self();
    progress_calls = 0;
    ck_assert(ps_is_ok(ps_keypool_fill(fixture_pool, wanted, on_progress, &total, &err)));
    ck_assert_uint_eq(progress_calls, 12);

    /* Nothing is missing now. */
    ck_assert(ps_is_ok(ps_keypool_fill(fixture_pool, wanted, on_progress, &total, &err)));
    ck_assert_uint_eq(progress_calls, 12);

    /* Two are taken and one more is wanted. */
    fixture_key(PS_KEY_ECDSA_P256);
    fixture_key(PS_KEY_ECDSA_P384);
    wanted[PS_KEY_ECDSA_P256]++;
    total = 3;
    progress_calls = 0;
    ck_assert(ps_is_ok(ps_keypool_fill(fixture_pool, wanted, on_progress, &total, &err)));
    ck_assert_uint_eq(progress_calls, 3);
    ck_assert(ps_is_ok(ps_keypool_fill(fixture_pool, wanted, NULL, NULL, &err)));
}
END_TEST

/* A host's openssl.cnf that would change every connection is not read. */
START_TEST(the_hosts_configuration_is_not_read)
{
    static const char text[] = "openssl_conf = start\n[start]\nssl_conf = ssl\n[ssl]\n"
                               "system_default = all\n[all]\nMinProtocol = TLSv1.3\n";
    char path[] = "/tmp/pinstorm-test-XXXXXX";
    int fd = mkstemp(path);
    ck_assert(fd >= 0 && write(fd, text, sizeof text - 1) == (ssize_t)(sizeof text - 1));
    close(fd);
    setenv("OPENSSL_CONF", path, 1);
    struct ps_keypool *pool = NULL;
    struct ps_error err = {{0}};
    ck_assert(ps_is_ok(ps_keypool_new(1, &pool, &err)));
    SSL_CTX *context = SSL_CTX_new(TLS_method());
    ck_assert_int_eq(SSL_CTX_get_min_proto_version(context), 0);
    SSL_CTX_free(context);
    ps_keypool_free(pool);
    unlink(path);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("keypool");
    TCase *one = tcase_create("keys");
    tcase_set_timeout(one, 120);
    tcase_add_checked_fixture(one, fixture_setup, fixture_teardown);
    tcase_add_loop_test(one, each_type_is_what_it_says, 0, sizeof type_rows / sizeof type_rows[0]);
    tcase_add_test(one, keys_of_a_ca_differ);
    tcase_add_test(one, keys_are_reused_between_cas_but_never_shared);
    tcase_add_test(one, filling_makes_what_is_missing);
    suite_add_tcase(suite, one);
    TCase *alone = tcase_create("process");
    tcase_add_test(alone, the_hosts_configuration_is_not_read);
    suite_add_tcase(suite, alone);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
