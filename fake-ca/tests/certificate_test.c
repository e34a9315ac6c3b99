/* SPDX-License-Identifier: Apache-2.0 */
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>
#include "base/text.h"
#include "fixture.h"

#define KEY_IDS "subjectKeyIdentifier authorityKeyIdentifier "

/* The extensions in order, "!" after the critical ones, and what OpenSSL prints for those with a
 * value that the description decides. */
#define NOTHING false, NULL, NULL, NULL, NULL, NULL
static const struct extension_row {
    const char *name;
    bool ca, self_signed;
    int path_length;
    const char *host;
    uint32_t eku;
    enum ps_key_type key;
    const char *order;
    const char *constraints, *usage, *extended, *names;
    bool must_staple;
    const char *ocsp_url, *issuer_url, *crl_url;
    const char *access, *points; /* as OpenSSL prints them */
} extension_rows[] = {
    {"root", true, true, PS_PATH_LENGTH_NONE, NULL, 0, PS_KEY_ECDSA_P256,
     "basicConstraints! keyUsage! subjectKeyIdentifier " PS_TEST_MARKER_OID " ", "CA:TRUE",
     "Certificate Sign, CRL Sign", NULL, NULL, NOTHING},
    {"root with an RSA key", true, true, PS_PATH_LENGTH_NONE, NULL, 0, PS_KEY_RSA_2048,
     "basicConstraints! keyUsage! subjectKeyIdentifier " PS_TEST_MARKER_OID " ", "CA:TRUE",
     "Certificate Sign, CRL Sign", NULL, NULL, NOTHING},
    {"intermediate", true, false, 0, NULL, 0, PS_KEY_ECDSA_P384,
     "basicConstraints! keyUsage! " KEY_IDS PS_TEST_MARKER_OID " ", "CA:TRUE, pathlen:0",
     "Certificate Sign, CRL Sign", NULL, NULL, NOTHING},
    {"intermediate with usages", true, false, 3, NULL, PS_EKU_SERVER_AUTH | PS_EKU_CLIENT_AUTH,
     PS_KEY_ECDSA_P256,
     "basicConstraints! keyUsage! extendedKeyUsage " KEY_IDS PS_TEST_MARKER_OID " ",
     "CA:TRUE, pathlen:3", "Certificate Sign, CRL Sign",
     "TLS Web Server Authentication, TLS Web Client Authentication", NULL, NOTHING},
    {"leaf", false, false, PS_PATH_LENGTH_NONE, "hub.example", PS_EKU_SERVER_AUTH,
     PS_KEY_ECDSA_P256, "keyUsage! extendedKeyUsage subjectAltName " KEY_IDS PS_TEST_MARKER_OID " ",
     NULL, "Digital Signature", "TLS Web Server Authentication", "DNS:hub.example", NOTHING},
    {"leaf with an RSA key", false, false, PS_PATH_LENGTH_NONE, "hub.example", PS_EKU_SERVER_AUTH,
     PS_KEY_RSA_1024, "keyUsage! extendedKeyUsage subjectAltName " KEY_IDS PS_TEST_MARKER_OID " ",
     NULL, "Digital Signature, Key Encipherment", "TLS Web Server Authentication",
     "DNS:hub.example", NOTHING},
    {"leaf for clients", false, false, PS_PATH_LENGTH_NONE, "*.example", PS_EKU_CLIENT_AUTH,
     PS_KEY_ECDSA_P384, "keyUsage! extendedKeyUsage subjectAltName " KEY_IDS PS_TEST_MARKER_OID " ",
     NULL, "Digital Signature", "TLS Web Client Authentication", "DNS:*.example", NOTHING},
    {"leaf without host and usages", false, false, PS_PATH_LENGTH_NONE, NULL, 0, PS_KEY_ECDSA_P256,
     "keyUsage! " KEY_IDS PS_TEST_MARKER_OID " ", NULL, "Digital Signature", NULL, NULL, NOTHING},
    {"self-signed leaf", false, true, PS_PATH_LENGTH_NONE, "hub.example", 0, PS_KEY_ECDSA_P256,
     "keyUsage! subjectAltName subjectKeyIdentifier " PS_TEST_MARKER_OID " ", NULL,
     "Digital Signature", NULL, "DNS:hub.example", NOTHING},
    {"leaf with everything", false, false, PS_PATH_LENGTH_NONE, "hub.example", PS_EKU_SERVER_AUTH,
     PS_KEY_ECDSA_P256,
     "keyUsage! extendedKeyUsage subjectAltName " KEY_IDS
     "authorityInfoAccess crlDistributionPoints tlsfeature " PS_TEST_MARKER_OID " ",
     NULL, "Digital Signature", "TLS Web Server Authentication", "DNS:hub.example", true,
     "http://a.example/ocsp", "http://a.example/issuer", "http://a.example/crl",
     "OCSP - URI:http://a.example/ocsp\nCA Issuers - URI:http://a.example/issuer",
     "Full Name:\n  URI:http://a.example/crl"},
    {"leaf that must be stapled", false, false, PS_PATH_LENGTH_NONE, NULL, 0, PS_KEY_ECDSA_P256,
     "keyUsage! " KEY_IDS "tlsfeature " PS_TEST_MARKER_OID " ", NULL, "Digital Signature", NULL,
     NULL, true, NULL, NULL, NULL, NULL, NULL},
    {"leaf with OCSP", false, false, PS_PATH_LENGTH_NONE, NULL, 0, PS_KEY_ECDSA_P256,
     "keyUsage! " KEY_IDS "authorityInfoAccess " PS_TEST_MARKER_OID " ", NULL, "Digital Signature",
     NULL, NULL, false, "http://a.example/ocsp", NULL, NULL, "OCSP - URI:http://a.example/ocsp",
     NULL},
    {"intermediate with its issuer's place", true, false, 0, NULL, 0, PS_KEY_ECDSA_P256,
     "basicConstraints! keyUsage! " KEY_IDS "authorityInfoAccess " PS_TEST_MARKER_OID " ",
     "CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign", NULL, NULL, false, NULL,
     "http://a.example/issuer", NULL, "CA Issuers - URI:http://a.example/issuer", NULL},
    {"intermediate with a CRL", true, false, 0, NULL, 0, PS_KEY_ECDSA_P256,
     "basicConstraints! keyUsage! " KEY_IDS "crlDistributionPoints " PS_TEST_MARKER_OID " ",
     "CA:TRUE, pathlen:0", "Certificate Sign, CRL Sign", NULL, NULL, false, NULL, NULL,
     "http://a.example/crl", NULL, "Full Name:\n  URI:http://a.example/crl"},
};

static void check_value(const struct extension_row *row, X509 *x509, int nid, const char *expected)
{
    int at = X509_get_ext_by_NID(x509, nid, -1);
    ck_assert_msg((at >= 0) == (expected != NULL), "%s: %s", row->name, OBJ_nid2sn(nid));
    if (expected == NULL)
        return;
    BIO *bio = BIO_new(BIO_s_mem());
    ck_assert_int_eq(X509V3_EXT_print(bio, X509_get_ext(x509, at), X509V3_EXT_ERROR_UNKNOWN, 0), 1);
    char *data = NULL;
    long size = BIO_get_mem_data(bio, &data);
    ck_assert_msg((size_t)size == strlen(expected) && memcmp(data, expected, (size_t)size) == 0,
                  "%s: %s is \"%.*s\"", row->name, OBJ_nid2sn(nid), (int)size, data);
    BIO_free(bio);
}

static void check_marker(const char *name, X509 *x509)
{
    static const char text[] = "pinstorm: simulated, never trust";
    ASN1_OBJECT *oid = OBJ_txt2obj(PS_TEST_MARKER_OID, 1);
    int at = X509_get_ext_by_OBJ(x509, oid, -1);
    ASN1_OBJECT_free(oid);
    ck_assert_msg(at >= 0, "%s: no marker", name);
    const ASN1_OCTET_STRING *value = X509_EXTENSION_get_data(X509_get_ext(x509, at));
    const unsigned char *der = ASN1_STRING_get0_data(value);
    ck_assert_msg(ASN1_STRING_length(value) == (int)sizeof text - 1 + 2, "%s", name);
    ck_assert_msg(der[0] == V_ASN1_UTF8STRING && der[1] == sizeof text - 1, "%s", name);
    ck_assert_msg(memcmp(der + 2, text, sizeof text - 1) == 0, "%s", name);
}

START_TEST(a_certificate_in_words)
{
    struct ps_certificate_spec spec = fixture_ca_spec("O=Example, CN=Root");
    struct ps_text line = {0}, wanted = {0};
    ps_key_id key = fixture_key(PS_KEY_ECDSA_P256);
    ps_certificate_id id = fixture_issue(&spec, key, spec.subject, key);
    ps_ca_describe(fixture_ca, id, &line);
    ps_text_add(&wanted,
                "O=Example, CN=Root, by O=Example, CN=Root, key %u, "
                "2020-01-01T00:00:00Z .. 2030-01-01T00:00:00Z\n",
                (unsigned)key.n);
    ck_assert_str_eq(ps_text_chars(&line), ps_text_chars(&wanted));
    ps_text_deinit(&line);
    ps_text_deinit(&wanted);
}
END_TEST

START_TEST(extensions)
{
    const struct extension_row *row = &extension_rows[_i];
    ps_key_id key = fixture_key(row->key), issuer = fixture_key(PS_KEY_ECDSA_P256);
    struct ps_certificate_spec spec = fixture_leaf_spec(row->host);
    spec.subject = "O=Example, CN=Subject";
    spec.ca = row->ca;
    spec.path_length = row->path_length;
    spec.eku = row->eku;
    spec.must_staple = row->must_staple;
    spec.ocsp_url = row->ocsp_url;
    spec.issuer_url = row->issuer_url;
    spec.crl_url = row->crl_url;
    X509 *x509 = fixture_x509(
        fixture_issue(&spec, key, row->self_signed ? "O=Example, CN=Subject" : "CN=Issuer",
                      row->self_signed ? key : issuer));

    struct ps_text order = {0};
    for (int i = 0; i < X509_get_ext_count(x509); i++) {
        X509_EXTENSION *extension = X509_get_ext(x509, i);
        char name[64];
        int nid = OBJ_obj2nid(X509_EXTENSION_get_object(extension));
        OBJ_obj2txt(name, sizeof name, X509_EXTENSION_get_object(extension), nid == NID_undef);
        ps_text_add(&order, "%s%s ", nid == NID_undef ? name : OBJ_nid2sn(nid),
                    X509_EXTENSION_get_critical(extension) ? "!" : "");
    }
    ck_assert_msg(strcmp(ps_text_chars(&order), row->order) == 0, "%s: %s", row->name,
                  ps_text_chars(&order));
    ps_text_deinit(&order);
    ck_assert_int_eq(X509_get_version(x509), X509_VERSION_3);
    check_value(row, x509, NID_basic_constraints, row->constraints);
    check_value(row, x509, NID_key_usage, row->usage);
    check_value(row, x509, NID_ext_key_usage, row->extended);
    check_value(row, x509, NID_subject_alt_name, row->names);
    check_value(row, x509, NID_info_access, row->access);
    check_value(row, x509, NID_crl_distribution_points, row->points);
    check_value(row, x509, NID_tlsfeature, row->must_staple ? "status_request" : NULL);
    check_marker(row->name, x509);
    X509_free(x509);
}
END_TEST

/* SHA-1 over the key's bits, computed here from OpenSSL's own view of the certificate. */
START_TEST(key_identifiers)
{
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_RSA_1024);
    X509 *root = fixture_x509(chain.root), *middle = fixture_x509(chain.middle);
    X509 *leaf = fixture_x509(chain.leaf);
    X509 *all[] = {root, middle, leaf};
    for (int i = 0; i < 3; i++) {
        const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(all[i]);
        unsigned char digest[SHA_DIGEST_LENGTH];
        SHA1(ASN1_STRING_get0_data(bits), (size_t)ASN1_STRING_length(bits), digest);
        const ASN1_OCTET_STRING *id = X509_get0_subject_key_id(all[i]);
        ck_assert_int_eq(ASN1_STRING_length(id), SHA_DIGEST_LENGTH);
        ck_assert_msg(memcmp(ASN1_STRING_get0_data(id), digest, sizeof digest) == 0, "%d", i);
    }
    ck_assert_ptr_null(X509_get0_authority_key_id(root));
    ck_assert_int_eq(
        ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(middle), X509_get0_subject_key_id(root)),
        0);
    ck_assert_int_eq(
        ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(leaf), X509_get0_subject_key_id(middle)),
        0);
    for (int i = 0; i < 3; i++)
        X509_free(all[i]);
}
END_TEST

/* Only a certificate that its own key signed under its own name is self-signed. */
static const struct namesake_row {
    const char *name;
    const char *issuer;
    bool own_key;
    bool identified;
} namesake_rows[] = {
    {"own name, own key", "CN=Root", true, false},
    {"own name, the old key", "CN=Root", false, true},
    {"another name, own key", "CN=Other", true, true},
    {"another name and key", "CN=Other", false, true},
};

START_TEST(the_issuers_key_is_named)
{
    const struct namesake_row *row = &namesake_rows[_i];
    ps_key_id key = fixture_key(PS_KEY_ECDSA_P256), old = fixture_key(PS_KEY_ECDSA_P256);
    struct ps_certificate_spec spec = fixture_ca_spec("CN=Root");
    X509 *x509 = fixture_x509(fixture_issue(&spec, key, row->issuer, row->own_key ? key : old));
    ck_assert_msg((X509_get0_authority_key_id(x509) != NULL) == row->identified, "%s", row->name);
    X509_free(x509);
}
END_TEST

static const struct date_row {
    const char *name;
    int64_t from, until;
    const char *from_text, *until_text; /* 13 characters: UTCTime; 15: GeneralizedTime */
} date_rows[] = {
    {"the first", -631152000, 0, "500101000000Z", "700101000000Z"},
    {"before 1970", -1, -1, "691231235959Z", "691231235959Z"},
    {"a leap day", 951782399, 951782400, "000228235959Z", "000229000000Z"},
    {"DST Root CA X3", 970348339, 1633010475, "000930211219Z", "210930140115Z"},
    {"the last UTCTime", 2524607998, 2524607999, "491231235958Z", "491231235959Z"},
    {"the first GeneralizedTime", 2524607999, 2524608000, "491231235959Z", "20500101000000Z"},
    {"beyond 32 bits", 4294967296, 4294967297, "21060207062816Z", "21060207062817Z"},
    {"the last", 0, 253402300799, "700101000000Z", "99991231235959Z"},
    {"never", 0, INT64_MAX, "700101000000Z", "99991231235959Z"},
};

static void check_time(const char *name, const ASN1_TIME *time, const char *text)
{
    int type = strlen(text) == 13 ? V_ASN1_UTCTIME : V_ASN1_GENERALIZEDTIME;
    ck_assert_msg(ASN1_STRING_type(time) == type, "%s", name);
    ck_assert_msg((size_t)ASN1_STRING_length(time) == strlen(text) &&
                      memcmp(ASN1_STRING_get0_data(time), text, strlen(text)) == 0,
                  "%s: %.*s", name, ASN1_STRING_length(time),
                  (const char *)ASN1_STRING_get0_data(time));
}

START_TEST(dates)
{
    const struct date_row *row = &date_rows[_i];
    ps_key_id key = fixture_key(PS_KEY_ECDSA_P256);
    struct ps_certificate_spec spec = fixture_ca_spec("CN=Root");
    spec.not_before.s = row->from;
    spec.not_after.s = row->until;
    X509 *x509 = fixture_x509(fixture_issue(&spec, key, "CN=Root", key));
    check_time(row->name, X509_get0_notBefore(x509), row->from_text);
    check_time(row->name, X509_get0_notAfter(x509), row->until_text);
    X509_free(x509);
}
END_TEST

static const struct bad_row {
    const char *name;
    const char *subject, *host, *issuer;
    int64_t from, until;
    int path_length;
    const char *message;
} bad_rows[] = {
    {"before 1950", "CN=a", NULL, "CN=b", -631152001, 0, -1,
     "a certificate's dates lie between 1950 and 9999"},
    {"after 9999", "CN=a", NULL, "CN=b", 0, 253402300800, -1,
     "a certificate's dates lie between 1950 and 9999"},
    {"always", "CN=a", NULL, "CN=b", INT64_MIN, 0, -1,
     "a certificate's dates lie between 1950 and 9999"},
    {"backwards", "CN=a", NULL, "CN=b", 1, 0, -1,
     "a certificate's end, 1970-01-01T00:00:00Z, is before its beginning, 1970-01-01T00:00:01Z"},
    {"path length", "CN=a", NULL, "CN=b", 0, 1, -2, "a path length cannot be -2"},
    {"nobody", NULL, NULL, "CN=b", 0, 1, -1, "a certificate needs a subject or a host"},
    {"no host", NULL, "", "CN=b", 0, 1, -1, "a host name has 1 to 253 characters"},
    {"odd host", NULL, "a b", "CN=b", 0, 1, -1, "\"a b\" is not a host name"},
    {"subject", "CN", NULL, "CN=b", 0, 1, -1,
     "name \"CN\": \"CN\" has no \"=\" (a comma in a value is written \"\\,\")"},
    {"issuer", "CN=a", NULL, "CN=", 0, 1, -1, "name \"CN=\": CN has fewer than 1 characters"},
};

START_TEST(mistakes)
{
    const struct bad_row *row = &bad_rows[_i];
    ps_key_id key = fixture_key(PS_KEY_ECDSA_P256);
    struct ps_certificate_spec spec = fixture_ca_spec(row->subject);
    spec.host = row->host;
    spec.not_before.s = row->from;
    spec.not_after.s = row->until;
    spec.path_length = row->path_length;
    struct ps_error err = {{0}};
    ps_certificate_id ret = {77};
    ps_status status = ps_ca_issue(fixture_ca, &spec, key, row->issuer, key, &ret, &err);
    ck_assert_msg(status.code == PS_CODE_INVALID, "%s", row->name);
    ck_assert_msg(strcmp(err.text, row->message) == 0, "%s: %s", row->name, err.text);
    ck_assert_uint_eq(ret.n, 77);
}
END_TEST

static const char *const bad_urls[] = {
    "", "ca.example", "https://ca.example/", "http://", "http://ca.example/a b", "http://\xc3\xa4",
};

START_TEST(urls_are_urls)
{
    const char *url = bad_urls[_i / 3];
    ps_key_id key = fixture_key(PS_KEY_ECDSA_P256);
    struct ps_certificate_spec spec = fixture_leaf_spec("hub.example");
    *(const char **[]){&spec.ocsp_url, &spec.issuer_url, &spec.crl_url}[_i % 3] = url;
    struct ps_error err = {{0}};
    ps_certificate_id ret = {77};
    ps_status status = ps_ca_issue(fixture_ca, &spec, key, "CN=Issuer", key, &ret, &err);
    char message[64];
    snprintf(message, sizeof message, "\"%s\" is not an http:// URL", url);
    ck_assert_int_eq(status.code, PS_CODE_INVALID);
    ck_assert_str_eq(err.text, message);
    ck_assert_uint_eq(ret.n, 77);
}
END_TEST

START_TEST(a_url_has_an_end)
{
    enum { URL_MAX = 1024 };
    char url[URL_MAX + 2] = "http://";
    memset(url + 7, 'a', sizeof url - 8);
    ps_key_id key = fixture_key(PS_KEY_ECDSA_P256);
    struct ps_certificate_spec spec = fixture_leaf_spec("hub.example");
    spec.crl_url = url;
    struct ps_error err = {{0}};
    ps_certificate_id ret;
    ps_status status = ps_ca_issue(fixture_ca, &spec, key, "CN=Issuer", key, &ret, &err);
    ck_assert_int_eq(status.code, PS_CODE_INVALID);
    url[URL_MAX] = '\0';
    status = ps_ca_issue(fixture_ca, &spec, key, "CN=Issuer", key, &ret, &err);
    ck_assert_msg(ps_is_ok(status), "%s", err.text);
}
END_TEST

/* A key that somebody else made is certified as one of ours is. */
START_TEST(a_foreign_key)
{
    bool rsa = _i == 1;
    EVP_PKEY *pair = rsa ? EVP_RSA_gen(1024) : EVP_EC_gen("P-256");
    unsigned char *spki = NULL;
    int size = i2d_PUBKEY(pair, &spki);
    ps_key_id issuer = fixture_key(PS_KEY_ECDSA_P256);
    struct ps_certificate_spec root = fixture_ca_spec("CN=Issuer");
    X509 *signer = fixture_x509(fixture_issue(&root, issuer, "CN=Issuer", issuer));
    struct ps_certificate_spec spec = fixture_leaf_spec(NULL);
    spec.subject = "O=Example, CN=device";
    spec.eku = PS_EKU_CLIENT_AUTH;
    struct ps_error err = {{0}};
    ps_certificate_id id = {0};
    ps_status status = ps_ca_issue_spki(fixture_ca, &spec, (struct ps_bytes){spki, (size_t)size},
                                        "CN=Issuer", issuer, &id, &err);
    ck_assert_msg(ps_is_ok(status), "%s", err.text);
    X509 *x509 = fixture_x509(id);
    ck_assert_int_eq(EVP_PKEY_eq(X509_get0_pubkey(x509), pair), 1);
    ck_assert_int_eq(X509_verify(x509, X509_get0_pubkey(signer)), 1);
    ck_assert_int_eq(X509_check_purpose(x509, X509_PURPOSE_SSL_CLIENT, 0), 1);
    ck_assert_int_eq(X509_check_purpose(x509, X509_PURPOSE_SSL_SERVER, 0), 0);
    ck_assert_int_eq((X509_get_key_usage(x509) & KU_KEY_ENCIPHERMENT) != 0, rsa);
    const ASN1_BIT_STRING *bits = X509_get0_pubkey_bitstr(x509);
    unsigned char digest[SHA_DIGEST_LENGTH];
    SHA1(ASN1_STRING_get0_data(bits), (size_t)ASN1_STRING_length(bits), digest);
    ck_assert_mem_eq(ASN1_STRING_get0_data(X509_get0_subject_key_id(x509)), digest, sizeof digest);
    ck_assert_int_eq(
        ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(x509), X509_get0_subject_key_id(signer)),
        0);
    ck_assert_uint_ge(ps_ca_der_size_max(fixture_ca, id), ps_ca_der(fixture_ca, id).size);
    struct ps_text line = {0};
    ps_ca_describe(fixture_ca, id, &line);
    ck_assert_str_eq(ps_text_chars(&line), "O=Example, CN=device, by CN=Issuer, somebody else's "
                                           "key, 2020-01-01T00:00:00Z .. 2030-01-01T00:00:00Z\n");
    ps_text_deinit(&line);
    ck_assert_str_eq(ps_ca_subject(fixture_ca, id), "O=Example, CN=device");
    ck_assert_str_eq(ps_ca_issuer(fixture_ca, id), "CN=Issuer");
    X509_free(x509);
    X509_free(signer);
    OPENSSL_free(spki);
    EVP_PKEY_free(pair);
}
END_TEST

static const struct foreign_row {
    const char *name;
    bool spec_is_bad;
    int longer; /* bytes more than there are of the key */
    const char *message;
} foreign_rows[] = {
    {"cut", false, -1, "what is to be certified is no public key"},
    {"nothing", false, INT32_MIN, "what is to be certified is no public key"},
    {"with something behind", false, 1, "what is to be certified is no public key"},
    {"without a name", true, 0, "a certificate needs a subject or a host"},
};

START_TEST(what_is_no_key)
{
    const struct foreign_row *row = &foreign_rows[_i];
    ps_key_id issuer = fixture_key(PS_KEY_ECDSA_P256);
    struct ps_bytes key = ps_ca_spki(fixture_ca, issuer);
    unsigned char bytes[128] = {0};
    memcpy(bytes, key.data, key.size);
    struct ps_bytes given = {
        bytes, row->longer == INT32_MIN ? 0 : (size_t)((ptrdiff_t)key.size + row->longer)};
    struct ps_certificate_spec spec = fixture_leaf_spec(row->spec_is_bad ? NULL : "hub.example");
    struct ps_error err = {{0}};
    ps_certificate_id ret = {77};
    ps_status status = ps_ca_issue_spki(fixture_ca, &spec, given, "CN=Issuer", issuer, &ret, &err);
    ck_assert_msg(status.code == PS_CODE_INVALID, "%s", row->name);
    ck_assert_msg(strcmp(err.text, row->message) == 0, "%s: %s", row->name, err.text);
    ck_assert_uint_eq(ret.n, 77);
    ck_assert_uint_eq(ERR_peek_error(), 0);
}
END_TEST

START_TEST(the_subject_of_a_leaf_is_its_host)
{
    ps_key_id key = fixture_key(PS_KEY_ECDSA_P256);
    struct ps_certificate_spec spec = fixture_leaf_spec("hub.example");
    X509 *x509 = fixture_x509(fixture_issue(&spec, key, "CN=Issuer", key));
    char text[64];
    X509_NAME_oneline(X509_get_subject_name(x509), text, sizeof text);
    ck_assert_str_eq(text, "/CN=hub.example");
    X509_NAME_oneline(X509_get_issuer_name(x509), text, sizeof text);
    ck_assert_str_eq(text, "/CN=Issuer");
    X509_free(x509);
}
END_TEST

static const struct signature_row {
    const char *name;
    enum ps_key_type key;
    enum ps_hash hash;
    int nid;
} signature_rows[] = {
    {"RSA-1024 SHA-1", PS_KEY_RSA_1024, PS_HASH_SHA1, NID_sha1WithRSAEncryption},
    {"RSA-1024 SHA-512", PS_KEY_RSA_1024, PS_HASH_SHA512, NID_sha512WithRSAEncryption},
    {"RSA-2048 SHA-256", PS_KEY_RSA_2048, PS_HASH_SHA256, NID_sha256WithRSAEncryption},
    {"RSA-2048 SHA-384", PS_KEY_RSA_2048, PS_HASH_SHA384, NID_sha384WithRSAEncryption},
    {"P-256 SHA-1", PS_KEY_ECDSA_P256, PS_HASH_SHA1, NID_ecdsa_with_SHA1},
    {"P-256 SHA-256", PS_KEY_ECDSA_P256, PS_HASH_SHA256, NID_ecdsa_with_SHA256},
    {"P-384 SHA-384", PS_KEY_ECDSA_P384, PS_HASH_SHA384, NID_ecdsa_with_SHA384},
    {"P-384 SHA-512", PS_KEY_ECDSA_P384, PS_HASH_SHA512, NID_ecdsa_with_SHA512},
};

START_TEST(signatures)
{
    const struct signature_row *row = &signature_rows[_i];
    ps_key_id issuer = fixture_key(row->key), key = fixture_key(PS_KEY_ECDSA_P256);
    struct ps_certificate_spec root = fixture_ca_spec("CN=Root");
    struct ps_certificate_spec leaf = fixture_leaf_spec("hub.example");
    root.hash = leaf.hash = row->hash;
    X509 *signer = fixture_x509(fixture_issue(&root, issuer, "CN=Root", issuer));
    X509 *x509 = fixture_x509(fixture_issue(&leaf, key, "CN=Root", issuer));
    ck_assert_msg(X509_get_signature_nid(x509) == row->nid, "%s", row->name);
    ck_assert_msg(X509_verify(x509, X509_get0_pubkey(signer)) == 1, "%s", row->name);
    ck_assert_msg(X509_verify(signer, X509_get0_pubkey(signer)) == 1, "%s", row->name);
    ck_assert_msg(X509_verify(x509, X509_get0_pubkey(x509)) != 1, "%s", row->name);
    ERR_clear_error();
    X509_free(x509);
    X509_free(signer);
}
END_TEST

static int verify(ps_certificate_id leaf, const ps_certificate_id *sent, size_t sent_count,
                  ps_certificate_id anchor, int64_t at)
{
    X509_STORE *store = X509_STORE_new();
    X509 *x509 = fixture_x509(leaf), *root = fixture_x509(anchor);
    STACK_OF(X509) *chain = sk_X509_new_null();
    for (size_t i = 0; i < sent_count; i++)
        sk_X509_push(chain, fixture_x509(sent[i]));
    X509_STORE_add_cert(store, root);
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    X509_STORE_CTX_init(context, store, x509, chain);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_time(param, (time_t)at);
    X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
    X509_VERIFY_PARAM_set1_host(param, "hub.example", 0);
    int ok = X509_verify_cert(context);
    int error = X509_STORE_CTX_get_error(context);
    ck_assert_int_eq(ok == 1, error == X509_V_OK);
    X509_STORE_CTX_free(context);
    sk_X509_pop_free(chain, X509_free);
    X509_free(x509);
    X509_free(root);
    X509_STORE_free(store);
    return error;
}

static const struct verify_row {
    const char *name;
    int64_t at;
    int error;
} verify_rows[] = {
    {"the second before", TIME_2020 - 1, X509_V_ERR_CERT_NOT_YET_VALID},
    {"the second after the first", TIME_2020 + 1, X509_V_OK},
    {"in between", (TIME_2020 + (int64_t)TIME_2030) / 2, X509_V_OK},
    {"the second before the last", TIME_2030 - 1, X509_V_OK},
    {"the second after", TIME_2030 + 1, X509_V_ERR_CERT_HAS_EXPIRED},
};

START_TEST(chains_verify_when_they_should)
{
    const struct verify_row *row = &verify_rows[_i];
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    int error = verify(chain.leaf, &chain.middle, 1, chain.root, row->at);
    ck_assert_msg(error == row->error, "%s: %s", row->name, X509_verify_cert_error_string(error));
}
END_TEST

/* One authority, three certificates: self-signed, cross-signed by another root, and its
 * intermediate re-issued with the same key. */
START_TEST(an_authority_may_have_several_certificates)
{
    int64_t now = TIME_2020 + 1000;
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    ps_key_id old_key = fixture_key(PS_KEY_RSA_2048);
    struct ps_certificate_spec old = fixture_ca_spec("O=Old, CN=Old Root");
    ps_certificate_id old_root = fixture_issue(&old, old_key, "O=Old, CN=Old Root", old_key);
    struct ps_certificate_spec spec = fixture_ca_spec(FIXTURE_ROOT);
    ps_certificate_id cross = fixture_issue(&spec, chain.root_key, "O=Old, CN=Old Root", old_key);

    ps_certificate_id sent[] = {chain.middle, cross};
    ck_assert_int_eq(verify(chain.leaf, sent, 2, old_root, now), X509_V_OK);
    ck_assert_int_eq(verify(chain.leaf, sent, 2, chain.root, now), X509_V_OK);
    ck_assert_int_eq(verify(chain.leaf, sent, 1, old_root, now),
                     X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY);

    struct ps_certificate_spec again = fixture_ca_spec(FIXTURE_MIDDLE);
    again.not_after.s = TIME_2030 + 86400;
    ps_certificate_id reissued =
        fixture_issue(&again, chain.middle_key, FIXTURE_ROOT, chain.root_key);
    ck_assert_int_eq(verify(chain.leaf, &reissued, 1, chain.root, now), X509_V_OK);
    ck_assert_uint_eq(ps_ca_certificate_key(fixture_ca, reissued).n, chain.middle_key.n);
    ck_assert_uint_eq(ps_ca_certificate_key(fixture_ca, chain.leaf).n, chain.leaf_key.n);

    /* The same name with another key is no issuer. */
    ps_key_id other_key = fixture_key(PS_KEY_ECDSA_P256);
    struct ps_certificate_spec same_name = fixture_ca_spec(FIXTURE_MIDDLE);
    ps_certificate_id other = fixture_issue(&same_name, other_key, FIXTURE_ROOT, chain.root_key);
    ck_assert_int_ne(verify(chain.leaf, &other, 1, chain.root, now), X509_V_OK);
    ERR_clear_error();
}
END_TEST

START_TEST(serial_numbers_are_unique_and_equally_long)
{
    enum { SERIALS = 300 };
    ps_key_id key = fixture_key(PS_KEY_ECDSA_P256);
    struct ps_certificate_spec spec = fixture_ca_spec("CN=Root");
    unsigned char seen[SERIALS][16];
    for (int i = 0; i < SERIALS; i++) {
        X509 *x509 = fixture_x509(fixture_issue(&spec, key, "CN=Root", key));
        const ASN1_INTEGER *serial = X509_get0_serialNumber(x509);
        ck_assert_int_eq(ASN1_STRING_type(serial), V_ASN1_INTEGER); /* not negative */
        ck_assert_int_eq(ASN1_STRING_length(serial), 16);
        memcpy(seen[i], ASN1_STRING_get0_data(serial), 16);
        ck_assert_uint_eq(seen[i][0], 0x40);
        for (int j = 0; j < i; j++)
            ck_assert_msg(memcmp(seen[i], seen[j], 16) != 0, "%d and %d", i, j);
        X509_free(x509);
    }
}
END_TEST

static const struct size_row {
    const char *name;
    enum ps_key_type issuer;
    int signature_max;
    bool varies;
} size_rows[] = {
    {"P-256", PS_KEY_ECDSA_P256, 72, true},
    {"P-384", PS_KEY_ECDSA_P384, 104, true},
    {"RSA-1024", PS_KEY_RSA_1024, 128, false},
    {"RSA-2048", PS_KEY_RSA_2048, 256, false},
};

/* Not only never exceeded: what is missing to the maximum is what the signature is short of, and
 * two bytes for each date before 2050. */
START_TEST(the_largest_size_is_exact)
{
    const size_t short_dates = 2 * 2;
    const struct size_row *row = &size_rows[_i];
    size_t largest = 0, smallest = SIZE_MAX, max = 0;
    for (int i = 0; i < 100; i++) {
        ps_key_id issuer = fixture_key(row->issuer), key = fixture_key(PS_KEY_ECDSA_P256);
        for (int j = 0; j < (row->varies ? 3 : 1); j++) {
            struct ps_certificate_spec spec = fixture_leaf_spec("hub.example");
            ps_certificate_id id = fixture_issue(&spec, key, "CN=Issuer", issuer);
            size_t size = ps_ca_der(fixture_ca, id).size;
            size_t size_max = ps_ca_der_size_max(fixture_ca, id);
            ck_assert_msg(max == 0 || max == size_max, "%s: %zu, before %zu", row->name, size_max,
                          max);
            max = size_max;
            X509 *x509 = fixture_x509(id);
            const ASN1_BIT_STRING *signature = NULL;
            X509_get0_signature(&signature, NULL, x509);
            ck_assert_msg(size_max - size - short_dates ==
                              (size_t)(row->signature_max - ASN1_STRING_length(signature)),
                          "%s: %zu of %zu", row->name, size, size_max);
            X509_free(x509);
            largest = size > largest ? size : largest;
            smallest = size < smallest ? size : smallest;
        }
        if (!row->varies && i == 3)
            break;
    }
    ck_assert_msg((largest != smallest) == row->varies, "%s: %zu to %zu", row->name, smallest,
                  largest);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("certificate");
    TCase *tests = tcase_create("minting");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
#define COUNT(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))
    tcase_add_test(tests, a_certificate_in_words);
    tcase_add_loop_test(tests, extensions, 0, COUNT(extension_rows));
    tcase_add_test(tests, key_identifiers);
    tcase_add_loop_test(tests, the_issuers_key_is_named, 0, COUNT(namesake_rows));
    tcase_add_loop_test(tests, dates, 0, COUNT(date_rows));
    tcase_add_loop_test(tests, mistakes, 0, COUNT(bad_rows));
    tcase_add_loop_test(tests, urls_are_urls, 0, 3 * COUNT(bad_urls));
    tcase_add_test(tests, a_url_has_an_end);
    tcase_add_loop_test(tests, a_foreign_key, 0, 2);
    tcase_add_loop_test(tests, what_is_no_key, 0, COUNT(foreign_rows));
    tcase_add_test(tests, the_subject_of_a_leaf_is_its_host);
    tcase_add_loop_test(tests, signatures, 0, COUNT(signature_rows));
    tcase_add_loop_test(tests, chains_verify_when_they_should, 0, COUNT(verify_rows));
    tcase_add_test(tests, an_authority_may_have_several_certificates);
    tcase_add_test(tests, serial_numbers_are_unique_and_equally_long);
    tcase_add_loop_test(tests, the_largest_size_is_exact, 0, COUNT(size_rows));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
