/* SPDX-License-Identifier: Apache-2.0
 *
 * What authorities publish, judged by OpenSSL's own verification.
 */
#include <string.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>
#include "fake-ca/publish.h"
#include "fixture.h"

enum { DAY = 86400 };
static const enum ps_key_type issuer_types[] = {PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P384,
                                                PS_KEY_RSA_1024, PS_KEY_RSA_2048};

static struct ps_buffer ocsp_make(const struct ps_ocsp_options *options)
{
    struct ps_error err = {{0}};
    struct ps_buffer response = {0};
    ck_assert_msg(ps_is_ok(ps_ca_ocsp(fixture_ca, options, &response, &err)), "%s", err.text);
    return response;
}

/* Gives the basic response of a whole, successful answer. */
static OCSP_BASICRESP *ocsp_open(const struct ps_buffer *response)
{
    const unsigned char *at = response->data;
    OCSP_RESPONSE *answer = d2i_OCSP_RESPONSE(NULL, &at, (long)response->size);
    ck_assert_ptr_nonnull(answer);
    ck_assert_ptr_eq(at, response->data + response->size);
    ck_assert_int_eq(OCSP_response_status(answer), OCSP_RESPONSE_STATUS_SUCCESSFUL);
    OCSP_BASICRESP *basic = OCSP_response_get1_basic(answer);
    ck_assert_ptr_nonnull(basic);
    OCSP_RESPONSE_free(answer);
    return basic;
}

/* As a device does: the issuer of its path is the one that may have signed. */
static bool ocsp_is_signed_by(OCSP_BASICRESP *basic, ps_certificate_id issuer,
                              ps_certificate_id root, int64_t at)
{
    X509_STORE *store = X509_STORE_new();
    X509 *signer = fixture_x509(issuer), *anchor = fixture_x509(root);
    STACK_OF(X509) *known = sk_X509_new_null();
    sk_X509_push(known, signer);
    X509_STORE_add_cert(store, anchor);
    X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), (time_t)at);
    bool good = OCSP_basic_verify(basic, known, store, 0) == 1;
    ERR_clear_error();
    sk_X509_free(known);
    X509_free(signer);
    X509_free(anchor);
    X509_STORE_free(store);
    return good;
}

static const struct ocsp_row {
    const char *name;
    bool revoked;
    int64_t revoked_at, this_update, next_update;
    int status;
} ocsp_rows[] = {
    {"good", false, 0, TIME_2020 + 5, TIME_2020 + 7 * DAY, V_OCSP_CERTSTATUS_GOOD},
    {"revoked", true, TIME_2020 + 1, TIME_2020 + 5, TIME_2020 + 7 * DAY, V_OCSP_CERTSTATUS_REVOKED},
    {"good for ever", false, 0, TIME_2020 + 5, INT64_MAX, V_OCSP_CERTSTATUS_GOOD},
    {"good for a second", false, 0, TIME_2020 + 5, TIME_2020 + 5, V_OCSP_CERTSTATUS_GOOD},
    {"after 2050", true, INT64_C(2600000000), INT64_C(2600000001), INT64_C(253402300799),
     V_OCSP_CERTSTATUS_REVOKED},
    {"before 1970", true, -631152000, -1, 0, V_OCSP_CERTSTATUS_REVOKED},
};

static void check_time(const char *name, const char *what, const ASN1_GENERALIZEDTIME *time,
                       int64_t expected)
{
    ck_assert_msg((time != NULL) == (expected != INT64_MAX), "%s: %s", name, what);
    if (time == NULL)
        return;
    ck_assert_msg(ASN1_STRING_type(time) == V_ASN1_GENERALIZEDTIME, "%s: %s", name, what);
    ck_assert_msg(ASN1_TIME_cmp_time_t(time, (time_t)expected) == 0, "%s: %s is %s", name, what,
                  (const char *)ASN1_STRING_get0_data(time));
}

START_TEST(ocsp_answers)
{
    const struct ocsp_row *row = &ocsp_rows[_i];
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    struct ps_ocsp_options options = {.certificate = chain.leaf,
                                      .issuer_dn = FIXTURE_MIDDLE,
                                      .issuer_key = chain.middle_key,
                                      .revoked = row->revoked,
                                      .revoked_at = {row->revoked_at},
                                      .this_update = {row->this_update},
                                      .next_update = {row->next_update}};
    struct ps_buffer response = ocsp_make(&options);
    OCSP_BASICRESP *basic = ocsp_open(&response);

    ck_assert_int_eq(OCSP_resp_count(basic), 1);
    ck_assert_int_eq(sk_X509_num(OCSP_resp_get0_certs(basic)), -1);
    ck_assert_int_eq(OCSP_BASICRESP_get_ext_count(basic), 0);
    X509 *leaf = fixture_x509(chain.leaf), *middle = fixture_x509(chain.middle);
    OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha1(), leaf, middle);
    int status, reason;
    ASN1_GENERALIZEDTIME *revoked = NULL, *from = NULL, *until = NULL;
    ck_assert_msg(OCSP_resp_find_status(basic, id, &status, &reason, &revoked, &from, &until) == 1,
                  "%s", row->name);
    ck_assert_msg(status == row->status, "%s: %s", row->name, OCSP_cert_status_str(status));
    if (row->revoked) {
        ck_assert_int_eq(reason, OCSP_REVOKED_STATUS_NOSTATUS);
        check_time(row->name, "the revocation", revoked, row->revoked_at);
    }
    check_time(row->name, "this update", from, row->this_update);
    check_time(row->name, "the next update", until, row->next_update);
    check_time(row->name, "produced", OCSP_resp_get0_produced_at(basic), row->this_update);

    const ASN1_OCTET_STRING *by_key = NULL;
    const X509_NAME *by_name = NULL;
    ck_assert_int_eq(OCSP_resp_get0_id(basic, &by_key, &by_name), 1);
    ck_assert(by_key != NULL && by_name == NULL);
    ck_assert_int_eq(ASN1_OCTET_STRING_cmp(by_key, X509_get0_subject_key_id(middle)), 0);
    OCSP_CERTID_free(id);
    X509_free(leaf);
    X509_free(middle);
    OCSP_BASICRESP_free(basic);
    ps_buffer_deinit(&response);
}
END_TEST

/* Whose answer it is: of the issuer, of an impostor with the issuer's name, of the issuer about
 * somebody else's certificate. */
START_TEST(ocsp_signatures)
{
    enum ps_key_type type = issuer_types[_i];
    struct fixture_chain chain = fixture_chain_make(type, PS_KEY_ECDSA_P256);
    ps_key_id other = fixture_key(type);
    int64_t now = TIME_2020 + DAY;
    struct ps_ocsp_options options = {.certificate = chain.leaf,
                                      .issuer_dn = FIXTURE_MIDDLE,
                                      .issuer_key = chain.middle_key,
                                      .this_update = {TIME_2020 + 5},
                                      .next_update = {TIME_2020 + 7 * DAY}};
    struct ps_buffer genuine = ocsp_make(&options);
    options.issuer_key = other;
    struct ps_buffer impostor = ocsp_make(&options);
    OCSP_BASICRESP *basic = ocsp_open(&genuine), *fake = ocsp_open(&impostor);
    ck_assert(ocsp_is_signed_by(basic, chain.middle, chain.root, now));
    ck_assert(!ocsp_is_signed_by(basic, chain.root, chain.root, now));
    ck_assert(!ocsp_is_signed_by(fake, chain.middle, chain.root, now));

    X509 *leaf = fixture_x509(chain.leaf), *middle = fixture_x509(chain.middle);
    X509 *root = fixture_x509(chain.root);
    OCSP_CERTID *ids[] = {OCSP_cert_to_id(EVP_sha1(), leaf, middle),
                          OCSP_cert_to_id(EVP_sha1(), middle, root),
                          OCSP_cert_to_id(EVP_sha1(), leaf, root)};
    for (int i = 0; i < 3; i++) {
        ck_assert_int_eq(OCSP_resp_find(basic, ids[i], -1), i == 0 ? 0 : -1);
        ck_assert_int_eq(OCSP_resp_find(fake, ids[i], -1), -1);
        OCSP_CERTID_free(ids[i]);
    }
    /* One bit of the signed part is one too many. */
    genuine.data[60] ^= 1;
    const unsigned char *at = genuine.data;
    OCSP_RESPONSE *bent = d2i_OCSP_RESPONSE(NULL, &at, (long)genuine.size);
    OCSP_BASICRESP *bent_basic = bent != NULL ? OCSP_response_get1_basic(bent) : NULL;
    ck_assert(bent_basic == NULL || !ocsp_is_signed_by(bent_basic, chain.middle, chain.root, now));
    OCSP_BASICRESP_free(bent_basic);
    OCSP_RESPONSE_free(bent);
    X509_free(leaf);
    X509_free(middle);
    X509_free(root);
    OCSP_BASICRESP_free(basic);
    OCSP_BASICRESP_free(fake);
    ps_buffer_deinit(&genuine);
    ps_buffer_deinit(&impostor);
    ERR_clear_error();
}
END_TEST

/* --- CRLs --- */

static X509_CRL *crl_make(const struct ps_crl_options *options, size_t *ret_size)
{
    struct ps_error err = {{0}};
    struct ps_buffer der = {0};
    ck_assert_msg(ps_is_ok(ps_ca_crl(fixture_ca, options, &der, &err)), "%s", err.text);
    const unsigned char *at = der.data;
    X509_CRL *crl = d2i_X509_CRL(NULL, &at, (long)der.size);
    ck_assert_ptr_nonnull(crl);
    ck_assert_ptr_eq(at, der.data + der.size);
    if (ret_size != NULL)
        *ret_size = der.size;
    ps_buffer_deinit(&der);
    return crl;
}

START_TEST(crls)
{
    struct fixture_chain chain = fixture_chain_make(issuer_types[_i], PS_KEY_ECDSA_P256);
    struct ps_certificate_spec spec = fixture_leaf_spec("hub.example");
    ps_certificate_id leaves[4];
    for (int i = 0; i < 4; i++)
        leaves[i] = fixture_issue(&spec, chain.leaf_key, FIXTURE_MIDDLE, chain.middle_key);
    struct ps_crl_entry entries[] = {{leaves[2], {TIME_2020 + 3}}, {leaves[0], {TIME_2020 + 1}}};
    struct ps_crl_options options = {.issuer_dn = FIXTURE_MIDDLE,
                                     .issuer_key = chain.middle_key,
                                     .revoked = entries,
                                     .revoked_count = 2,
                                     .this_update = {TIME_2020 + DAY},
                                     .next_update = {TIME_2020 + 91 * DAY}};
    X509_CRL *crl = crl_make(&options, NULL);
    X509 *middle = fixture_x509(chain.middle), *root = fixture_x509(chain.root);
    ck_assert_int_eq(X509_CRL_get_version(crl), X509_CRL_VERSION_2);
    ck_assert_int_eq(X509_NAME_cmp(X509_CRL_get_issuer(crl), X509_get_subject_name(middle)), 0);
    ck_assert_int_eq(ASN1_TIME_cmp_time_t(X509_CRL_get0_lastUpdate(crl), TIME_2020 + DAY), 0);
    ck_assert_int_eq(ASN1_TIME_cmp_time_t(X509_CRL_get0_nextUpdate(crl), TIME_2020 + 91 * DAY), 0);
    ck_assert_int_eq(X509_CRL_verify(crl, X509_get0_pubkey(middle)), 1);
    ck_assert_int_ne(X509_CRL_verify(crl, X509_get0_pubkey(root)), 1);
    ERR_clear_error();
    for (int i = 0; i < 4; i++) {
        X509 *leaf = fixture_x509(leaves[i]);
        X509_REVOKED *found = NULL;
        int listed = X509_CRL_get0_by_cert(crl, &found, leaf);
        ck_assert_msg(listed == (i % 2 == 0), "leaf %d", i);
        if (listed) {
            const ASN1_TIME *at = X509_REVOKED_get0_revocationDate(found);
            ck_assert_int_eq(ASN1_TIME_cmp_time_t(at, TIME_2020 + 1 + i), 0);
            ck_assert_int_eq(X509_REVOKED_get_ext_count(found), 0);
        }
        X509_free(leaf);
    }
    AUTHORITY_KEYID *key = X509_CRL_get_ext_d2i(crl, NID_authority_key_identifier, NULL, NULL);
    ck_assert_ptr_nonnull(key);
    ck_assert_int_eq(ASN1_OCTET_STRING_cmp(key->keyid, X509_get0_subject_key_id(middle)), 0);
    AUTHORITY_KEYID_free(key);
    X509_free(middle);
    X509_free(root);
    X509_CRL_free(crl);
}
END_TEST

START_TEST(crl_numbers_grow)
{
    struct fixture_chain chain = fixture_chain_make(PS_KEY_RSA_1024, PS_KEY_ECDSA_P256);
    static const int64_t times[] = {-631152000, -1, 0, TIME_2020, TIME_2020 + 1, TIME_2030};
    ASN1_INTEGER *before = NULL;
    size_t first_size = 0;
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++) {
        struct ps_crl_options options = {.issuer_dn = FIXTURE_ROOT,
                                         .issuer_key = chain.root_key,
                                         .this_update = {times[i]},
                                         .next_update = {times[i]}};
        size_t size = 0;
        X509_CRL *crl = crl_make(&options, &size);
        ck_assert_int_eq(sk_X509_REVOKED_num(X509_CRL_get_REVOKED(crl)), -1);
        ASN1_INTEGER *number = X509_CRL_get_ext_d2i(crl, NID_crl_number, NULL, NULL);
        ck_assert_ptr_nonnull(number);
        ck_assert_int_eq(ASN1_STRING_type(number), V_ASN1_INTEGER);
        if (before != NULL) {
            ck_assert_int_gt(ASN1_INTEGER_cmp(number, before), 0);
            ck_assert_uint_eq(size, first_size);
        }
        first_size = size;
        ASN1_INTEGER_free(before);
        before = number;
        X509_CRL_free(crl);
    }
    ASN1_INTEGER_free(before);
}
END_TEST

/* A whole path judged with CRLs: OpenSSL looks for one of each issuer. */
static const struct path_row {
    const char *name;
    bool leaf_revoked, middle_revoked;
    int64_t at;
    int error;
} path_rows[] = {
    {"nobody", false, false, TIME_2020 + 2 * DAY, X509_V_OK},
    {"the leaf", true, false, TIME_2020 + 2 * DAY, X509_V_ERR_CERT_REVOKED},
    {"the intermediate", false, true, TIME_2020 + 2 * DAY, X509_V_ERR_CERT_REVOKED},
    {"too late", false, false, TIME_2020 + 100 * DAY, X509_V_ERR_CRL_HAS_EXPIRED},
    {"too early", false, false, TIME_2020 + 5, X509_V_ERR_CRL_NOT_YET_VALID},
};

START_TEST(crls_of_a_path)
{
    const struct path_row *row = &path_rows[_i];
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    struct ps_crl_entry leaf_entry = {chain.leaf, {TIME_2020 + 9}};
    struct ps_crl_entry middle_entry = {chain.middle, {TIME_2020 + 9}};
    struct ps_crl_options by_middle = {.issuer_dn = FIXTURE_MIDDLE,
                                       .issuer_key = chain.middle_key,
                                       .revoked = &leaf_entry,
                                       .revoked_count = row->leaf_revoked,
                                       .this_update = {TIME_2020 + DAY},
                                       .next_update = {TIME_2020 + 91 * DAY}};
    struct ps_crl_options by_root = by_middle;
    by_root.issuer_dn = FIXTURE_ROOT;
    by_root.issuer_key = chain.root_key;
    by_root.revoked = &middle_entry;
    by_root.revoked_count = row->middle_revoked;
    X509_CRL *minted[] = {crl_make(&by_middle, NULL), crl_make(&by_root, NULL)};

    X509_STORE *store = X509_STORE_new();
    X509 *leaf = fixture_x509(chain.leaf), *root = fixture_x509(chain.root);
    X509 *middle = fixture_x509(chain.middle);
    STACK_OF(X509) *sent = sk_X509_new_null();
    sk_X509_push(sent, middle);
    X509_STORE_add_cert(store, root);
    for (int i = 0; i < 2; i++)
        X509_STORE_add_crl(store, minted[i]);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_STORE_CTX_init(context, store, leaf, sent);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_time(param, (time_t)row->at);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_CRL_CHECK | X509_V_FLAG_CRL_CHECK_ALL);
    X509_verify_cert(context);
    int error = X509_STORE_CTX_get_error(context);
    ck_assert_msg(error == row->error, "%s: %s", row->name, X509_verify_cert_error_string(error));
    X509_STORE_CTX_free(context);
    for (int i = 0; i < 2; i++)
        X509_CRL_free(minted[i]);
    sk_X509_free(sent);
    X509_free(leaf);
    X509_free(middle);
    X509_free(root);
    X509_STORE_free(store);
    ERR_clear_error();
}
END_TEST

/* --- Mistakes --- */

#define FIRST INT64_C(-631152000)
#define LAST  INT64_C(253402300799)
static const struct mistake_row {
    const char *name;
    bool crl;
    const char *issuer;
    bool revoked;
    int64_t revoked_at, from, until;
    const char *message;
} mistake_rows[] = {
    {"OCSP before 1950", false, "CN=a", false, 0, FIRST - 1, LAST,
     "an OCSP answer's this update lies between 1950 and 9999"},
    {"OCSP after 9999", false, "CN=a", false, 0, LAST, LAST + 1,
     "an OCSP answer's next update lies between 1950 and 9999"},
    {"OCSP backwards", false, "CN=a", false, 0, 1, 0,
     "the next update, 1970-01-01T00:00:00Z, is before this one, 1970-01-01T00:00:01Z"},
    {"OCSP revoked for ever", false, "CN=a", true, INT64_MIN, 0, 1,
     "a revocation lies between 1950 and 9999"},
    {"OCSP by nobody", false, "CN=", false, 0, 0, 1,
     "name \"CN=\": CN has fewer than 1 characters"},
    {"CRL before 1950", true, "CN=a", false, 0, FIRST - 1, LAST,
     "a CRL's this update lies between 1950 and 9999"},
    {"CRL without an end", true, "CN=a", false, 0, 0, INT64_MAX,
     "a CRL's next update lies between 1950 and 9999"},
    {"CRL backwards", true, "CN=a", false, 0, 1, 0,
     "the next update, 1970-01-01T00:00:00Z, is before this one, 1970-01-01T00:00:01Z"},
    {"CRL with a revocation after 9999", true, "CN=a", true, LAST + 1, 0, 1,
     "a revocation lies between 1950 and 9999"},
    {"CRL by nobody", true, "CN", false, 0, 0, 1,
     "name \"CN\": \"CN\" has no \"=\" (a comma in a value is written \"\\,\")"},
};

START_TEST(mistakes)
{
    const struct mistake_row *row = &mistake_rows[_i];
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    struct ps_ocsp_options ocsp = {.certificate = chain.leaf,
                                   .issuer_dn = row->issuer,
                                   .issuer_key = chain.middle_key,
                                   .revoked = row->revoked,
                                   .revoked_at = {row->revoked_at},
                                   .this_update = {row->from},
                                   .next_update = {row->until}};
    struct ps_crl_entry entry = {chain.leaf, {row->revoked_at}};
    struct ps_crl_options crl = {.issuer_dn = row->issuer,
                                 .issuer_key = chain.middle_key,
                                 .revoked = &entry,
                                 .revoked_count = row->revoked,
                                 .this_update = {row->from},
                                 .next_update = {row->until}};
    struct ps_error err = {{0}};
    struct ps_buffer der = {0};
    ps_status status = row->crl ? ps_ca_crl(fixture_ca, &crl, &der, &err)
                                : ps_ca_ocsp(fixture_ca, &ocsp, &der, &err);
    ck_assert_msg(status.code == PS_CODE_INVALID, "%s", row->name);
    ck_assert_msg(strcmp(err.text, row->message) == 0, "%s: %s", row->name, err.text);
    ck_assert_uint_eq(der.size, 0);
}
END_TEST

static const struct size_row {
    const char *name;
    enum ps_key_type issuer;
    int signature_max;
} size_rows[] = {
    {"P-256", PS_KEY_ECDSA_P256, 72},
    {"P-384", PS_KEY_ECDSA_P384, 104},
    {"RSA-1024", PS_KEY_RSA_1024, 128},
};

/* What an answer is short of its usual size is what its signature is. */
START_TEST(sizes_vary_by_the_signature_only)
{
    const struct size_row *row = &size_rows[_i];
    struct fixture_chain chain = fixture_chain_make(row->issuer, PS_KEY_ECDSA_P256);
    struct ps_certificate_spec spec = fixture_leaf_spec("hub.example");
    size_t usual = 0;
    for (int i = 0; i < 40; i++) {
        ps_certificate_id leaf =
            fixture_issue(&spec, chain.leaf_key, FIXTURE_MIDDLE, chain.middle_key);
        struct ps_ocsp_options options = {.certificate = leaf,
                                          .issuer_dn = FIXTURE_MIDDLE,
                                          .issuer_key = chain.middle_key,
                                          .this_update = {TIME_2020 + INT64_C(977) * DAY * i},
                                          .next_update = {TIME_2030 + INT64_C(977) * DAY * i}};
        struct ps_buffer response = ocsp_make(&options);
        OCSP_BASICRESP *basic = ocsp_open(&response);
        size_t missing =
            (size_t)(row->signature_max - ASN1_STRING_length(OCSP_resp_get0_signature(basic)));
        ck_assert_msg(usual == 0 || response.size + missing == usual, "%s: %zu + %zu, %zu",
                      row->name, response.size, missing, usual);
        usual = response.size + missing;
        OCSP_BASICRESP_free(basic);
        ps_buffer_deinit(&response);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("publish");
    TCase *tests = tcase_create("what authorities publish");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
#define COUNT(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))
    tcase_add_loop_test(tests, ocsp_answers, 0, COUNT(ocsp_rows));
    tcase_add_loop_test(tests, ocsp_signatures, 0, COUNT(issuer_types));
    tcase_add_loop_test(tests, crls, 0, COUNT(issuer_types));
    tcase_add_test(tests, crl_numbers_grow);
    tcase_add_loop_test(tests, crls_of_a_path, 0, COUNT(path_rows));
    tcase_add_loop_test(tests, mistakes, 0, COUNT(mistake_rows));
    tcase_add_loop_test(tests, sizes_vary_by_the_signature_only, 0, COUNT(size_rows));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
