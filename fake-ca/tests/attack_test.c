/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include "base/release.h"
#include "fixture.h"

static const struct attack_row {
    enum ps_attack attack;
    const char *subject, *issuer;
    const char *host;      /* it is good for */
    const char *not_host;  /* and not for */
    bool signed_by_issuer; /* else by itself */
    size_t chain_count;
} attack_rows[] = {
    {PS_ATTACK_X01, "/CN=hub.example", "/CN=hub.example", "hub.example", "evil.example", false, 0},
    {PS_ATTACK_X02, "/CN=evil.example", "/C=US/O=Example/CN=Example Issuing", "evil.example",
     "hub.example", true, 2},
    {PS_ATTACK_X03, "/CN=hub.example", "/C=US/O=Example/CN=Example Issuing", "hub.example",
     "evil.example", true, 2},
};

START_TEST(attacks)
{
    const struct attack_row *row = &attack_rows[_i];
    const char *name = ps_attack_text(row->attack);
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    ps_certificate_id sent[] = {chain.middle, chain.root};
    struct ps_attack_options options = {
        .host = "hub.example",
        .not_before = {TIME_2020 + 5},
        .not_after = {TIME_2020 + 6},
        .issuer_dn = FIXTURE_MIDDLE,
        .issuer_key = chain.middle_key,
        .chain = sent,
        .chain_count = 2,
    };
    struct ps_presentation made = {.chain_count = 99};
    struct ps_error err = {{0}};
    ck_assert_msg(ps_is_ok(ps_ca_attack(fixture_ca, row->attack, &options, &made, &err)), "%s: %s",
                  name, err.text);
    X509 *leaf = fixture_x509(made.leaf), *issuer = fixture_x509(chain.middle);
    char text[128];
    ck_assert_str_eq(X509_NAME_oneline(X509_get_subject_name(leaf), text, sizeof text),
                     row->subject);
    ck_assert_str_eq(X509_NAME_oneline(X509_get_issuer_name(leaf), text, sizeof text), row->issuer);
    ck_assert_msg(X509_check_host(leaf, row->host, 0, 0, NULL) == 1, "%s", name);
    ck_assert_msg(X509_check_host(leaf, row->not_host, 0, 0, NULL) == 0, "%s", name);
    ck_assert_msg(X509_check_ca(leaf) == 0, "%s is a CA", name);
    ck_assert_msg(X509_verify(leaf, X509_get0_pubkey(issuer)) == row->signed_by_issuer, "%s", name);
    ck_assert_msg(X509_verify(leaf, X509_get0_pubkey(leaf)) == !row->signed_by_issuer, "%s", name);
    ERR_clear_error();
    ck_assert_msg(ASN1_TIME_cmp_time_t(X509_get0_notBefore(leaf), TIME_2020 + 5) == 0, "%s", name);
    ck_assert_msg(ASN1_TIME_cmp_time_t(X509_get0_notAfter(leaf), TIME_2020 + 6) == 0, "%s", name);
    ck_assert_msg(made.leaf_key.n != chain.leaf_key.n && made.leaf_key.n != chain.middle_key.n &&
                      made.leaf_key.n != chain.root_key.n,
                  "%s: its key is fresh", name);
    ck_assert_uint_eq(ps_ca_certificate_key(fixture_ca, made.leaf).n, made.leaf_key.n);
    ck_assert_msg(made.chain_count == row->chain_count, "%s", name);
    for (size_t i = 0; i < made.chain_count; i++)
        ck_assert_msg(made.chain[i].n == sent[i].n && made.chain != sent, "%s", name);
    free(made.chain);
    X509_free(leaf);
    X509_free(issuer);
}
END_TEST

START_TEST(every_attack_has_a_row)
{
    ck_assert_uint_eq(sizeof attack_rows / sizeof attack_rows[0], PS_ATTACK_COUNT);
}
END_TEST

START_TEST(the_attackers_own_name_is_no_attack)
{
    struct ps_attack_options options = {.host = "evil.example", .issuer_dn = "CN=x"};
    struct ps_presentation made;
    struct ps_error err = {{0}};
    ps_status status = ps_ca_attack(fixture_ca, PS_ATTACK_X02, &options, &made, &err);
    ck_assert_int_eq(status.code, PS_CODE_INVALID);
    ck_assert_str_eq(err.text, "attack X02: evil.example is the attacker's own name");
}
END_TEST

static int release_verify(struct ps_bytes spki, const unsigned char *payload, size_t size)
{
    const unsigned char *at = spki.data;
    EVP_PKEY *key = d2i_PUBKEY(NULL, &at, (long)spki.size);
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key);
    int ok = EVP_DigestVerify(context, payload + PS_RELEASE_HEADER_BYTES,
                              size - PS_RELEASE_HEADER_BYTES, payload, PS_RELEASE_SIGNED_BYTES);
    EVP_MD_CTX_free(context);
    EVP_PKEY_free(key);
    ERR_clear_error();
    return ok == 1;
}

static const uint32_t versions[] = {0, 1, 0x01020304, UINT32_MAX};

START_TEST(releases_are_signed)
{
    uint32_t version = versions[_i];
    struct ps_error err = {{0}};
    struct ps_bytes spki;
    ck_assert(ps_is_ok(ps_ca_release_key(fixture_ca, &spki, &err)));
    struct ps_buffer payload = {0};
    ps_buffer_append(&payload, "before", 6);
    ck_assert(ps_is_ok(ps_ca_release(fixture_ca, version, &payload, &err)));
    ck_assert_mem_eq(payload.data, "before", 6);
    ps_buffer_consume(&payload, 6);
    unsigned char head[] = {'P',
                            'S',
                            'F',
                            'W',
                            (unsigned char)(version >> 24),
                            (unsigned char)(version >> 16),
                            (unsigned char)(version >> 8),
                            (unsigned char)version};
    ck_assert_mem_eq(payload.data, head, sizeof head);
    ck_assert_uint_eq(payload.size,
                      PS_RELEASE_HEADER_BYTES + ((size_t)payload.data[8] << 8) + payload.data[9]);
    ck_assert(release_verify(spki, payload.data, payload.size));
    payload.data[7] ^= 1;
    ck_assert(!release_verify(spki, payload.data, payload.size));
    ps_buffer_deinit(&payload);

    /* It is the same key ever after, and nobody else's. */
    struct ps_bytes again;
    ck_assert(ps_is_ok(ps_ca_release_key(fixture_ca, &again, &err)));
    ck_assert_mem_eq(again.data, spki.data, spki.size);
    struct ps_bytes other = ps_ca_spki(fixture_ca, fixture_key(PS_KEY_ECDSA_P256));
    ck_assert_mem_ne(other.data, spki.data, spki.size);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("attack");
    TCase *tests = tcase_create("attacks and releases");
    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
    tcase_add_loop_test(tests, attacks, 0, sizeof attack_rows / sizeof attack_rows[0]);
    tcase_add_test(tests, every_attack_has_a_row);
    tcase_add_test(tests, the_attackers_own_name_is_no_attack);
    tcase_add_loop_test(tests, releases_are_signed, 0, sizeof versions / sizeof versions[0]);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
