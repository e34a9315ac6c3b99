/* SPDX-License-Identifier: Apache-2.0
 *
 * The quick library context: it has only the decoders that a certificate needs, and still reads
 * every kind of key that one may hold, as an ordinary context does.
 */
#include <check.h>
#include <openssl/decoder.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdlib.h>
#include <string.h>
#include "library.h"

static void count_decoder(OSSL_DECODER *decoder, void *context)
{
    unsigned *count = context;
    const char *properties = OSSL_DECODER_get0_properties(decoder);
    ck_assert_msg(strstr(properties, "structure=SubjectPublicKeyInfo") != NULL, "%s", properties);
    (*count)++;
}

START_TEST(only_the_decoders_of_certificates)
{
    struct ps_library library;
    unsigned count = 0;
    ps_library_init(&library);
    OSSL_DECODER_do_all_provided(library.context, count_decoder, &count);
    ck_assert_uint_gt(count, 0);
    ps_library_deinit(&library);
}
END_TEST

static const struct row {
    const char *name, *algorithm, *curve;
    size_t bits;
} rows[] = {
    {"RSA", "RSA", NULL, 2048},      {"P-256", "EC", "P-256", 0}, {"P-384", "EC", "P-384", 0},
    {"Ed25519", "ED25519", NULL, 0}, {"Ed448", "ED448", NULL, 0}, {"X25519", "X25519", NULL, 0},
};
enum { ROWS = sizeof rows / sizeof rows[0] };

static EVP_PKEY *key_of(const struct row *row)
{
    if (row->bits > 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, row->algorithm, row->bits);
    if (row->curve != NULL)
        return EVP_PKEY_Q_keygen(NULL, NULL, row->algorithm, row->curve);
    return EVP_PKEY_Q_keygen(NULL, NULL, row->algorithm);
}

START_TEST(every_kind_of_key_is_read)
{
    const struct row *row = &rows[_i];
    struct ps_library library;
    unsigned char *der = NULL;
    EVP_PKEY *key = key_of(row);
    ck_assert_msg(key != NULL, "%s", row->name);
    int size = i2d_PUBKEY(key, &der);
    ck_assert_int_gt(size, 0);
    ps_library_init(&library);
    const unsigned char *at = der;
    EVP_PKEY *read = d2i_PUBKEY_ex(NULL, &at, size, library.context, NULL);
    ck_assert_msg(read != NULL && EVP_PKEY_eq(read, key) == 1, "%s", row->name);
    EVP_PKEY_free(read);
    EVP_PKEY_free(key);
    OPENSSL_free(der);
    ps_library_deinit(&library);
}
END_TEST

/* Any order of going, and what is left goes on working. */
START_TEST(libraries_do_not_need_each_other)
{
    struct ps_library all[3];
    for (size_t i = 0; i < 3; i++)
        ps_library_init(&all[i]);
    ps_library_deinit(&all[1]);
    ps_library_deinit(&all[0]);
    EVP_MD *sha256 = EVP_MD_fetch(all[2].context, "SHA256", NULL);
    ck_assert_ptr_nonnull(sha256);
    EVP_MD_free(sha256);
    EVP_PKEY *key = EVP_PKEY_Q_keygen(all[2].context, NULL, "EC", "P-256");
    ck_assert_ptr_nonnull(key);
    EVP_PKEY_free(key);
    ps_library_deinit(&all[2]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("library");
    TCase *tcase = tcase_create("library");
    tcase_add_test(tcase, only_the_decoders_of_certificates);
    tcase_add_loop_test(tcase, every_kind_of_key_is_read, 0, ROWS);
    tcase_add_test(tcase, libraries_do_not_need_each_other);
    suite_add_tcase(suite, tcase);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
