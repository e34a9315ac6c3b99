/* SPDX-License-Identifier: Apache-2.0
 *
 * Certificates that are lawful and seldom: paths as long as a stack allows and longer, names that
 * are no host's or do not fit, keys and signatures that hardly anybody uses. Judged without a
 * handshake, and told in words.
 */
#include <check.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "facts.h"
#include "peer.h"
#include "sim-device/judge.h"

#define HOST "hub.example"

static struct ps_device_stack *stack;

static void setup(void)
{
    struct ps_error err;
    mint_setup();
    ck_assert(ps_is_ok(ps_device_stack_new(&stack, &err)));
}

static void teardown(void)
{
    ps_device_stack_free(stack);
    mint_teardown();
}

/* ---- making them ---- */

enum { CERTIFICATES_MAX = 104 };

struct list {
    X509 *certificates[CERTIFICATES_MAX]; /* owned, the root last */
    struct ps_bytes ders[CERTIFICATES_MAX];
    size_t count;
};

static void list_deinit(struct list *list)
{
    for (size_t i = 0; i < list->count; i++) {
        X509_free(list->certificates[i]);
        OPENSSL_free((void *)(uintptr_t)list->ders[i].data);
    }
}

static void extend(X509 *certificate, int nid, const char *value)
{
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
    ck_assert_msg(extension && X509_add_ext(certificate, extension, -1) == 1, "%s", value);
    X509_EXTENSION_free(extension);
}

struct wanted {
    const char *subject; /* UTF-8; NULL: no common name */
    const char *organization;
    const char *issuer; /* common name */
    bool ca;
    size_t padding; /* bytes of a comment */
};

static X509 *make(const struct wanted *wanted, EVP_PKEY *key, EVP_PKEY *signer, const EVP_MD *hash)
{
    static long serial;
    X509 *made = X509_new();
    X509_NAME *subject = X509_get_subject_name(made), *issuer = X509_get_issuer_name(made);
    X509_set_version(made, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial);
    if (wanted->organization)
        X509_NAME_add_entry_by_txt(subject, "O", MBSTRING_UTF8,
                                   (const unsigned char *)wanted->organization, -1, -1, 0);
    /* The type itself: the text may be longer than X.520 allows. */
    if (wanted->subject)
        X509_NAME_add_entry_by_txt(subject, "CN", V_ASN1_UTF8STRING,
                                   (const unsigned char *)wanted->subject, -1, -1, 0);
    X509_NAME_add_entry_by_txt(issuer, "CN", V_ASN1_UTF8STRING,
                               (const unsigned char *)wanted->issuer, -1, -1, 0);
    ASN1_TIME_set_string(X509_getm_notBefore(made), "20200101000000Z");
    ASN1_TIME_set_string(X509_getm_notAfter(made), "20300101000000Z");
    X509_set_pubkey(made, key);
    if (wanted->ca)
        extend(made, NID_basic_constraints, "critical,CA:TRUE");
    else
        extend(made, NID_subject_alt_name, "DNS:" HOST);
    if (wanted->padding > 0) {
        char *comment = ps_alloc(wanted->padding + 1, 1);
        memset(comment, 'x', wanted->padding);
        extend(made, NID_netscape_comment, comment);
        free(comment);
    }
    ck_assert_int_gt(X509_sign(made, signer, hash), 0);
    return made;
}

static void push(struct list *list, X509 *certificate)
{
    unsigned char *der = NULL;
    ck_assert_uint_lt(list->count, CERTIFICATES_MAX);
    list->certificates[list->count] = certificate;
    int size = i2d_X509(certificate, &der);
    list->ders[list->count++] = (struct ps_bytes){der, (size_t)size};
}

/* A leaf, so many intermediates and a root, each with its own name and key. */
static void make_path(size_t intermediates, const char *name, size_t padding, struct list *list)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    char *subject = ps_strdup(HOST);
    for (size_t i = 0; i < intermediates + 2; i++) {
        bool last = i == intermediates + 1;
        EVP_PKEY *signer = last ? key : EVP_EC_gen("P-256");
        char *issuer = last ? ps_strdup(subject) : ps_format("%s %zu", name, i + 1);
        const struct wanted wanted = {
            .subject = subject, .issuer = issuer, .ca = i > 0, .padding = padding};
        push(list, make(&wanted, key, signer, EVP_sha256()));
        free(subject);
        subject = issuer;
        if (!last)
            EVP_PKEY_free(key);
        key = signer;
    }
    EVP_PKEY_free(key);
    free(subject);
}

/* The root is trusted, what is below is served. */
static struct ps_verdict judge(const struct list *list, const char *settings)
{
    struct ps_strategy strategy = device_strategy();
    struct ps_judge *made = NULL;
    struct ps_error err;
    device_set(&strategy, settings);
    const struct ps_judge_options options = {.trust = {.strategy = &strategy,
                                                       .anchors = &list->ders[list->count - 1],
                                                       .anchor_count = 1,
                                                       .pins_end = PS_TIME_NEVER},
                                             .served = list->ders,
                                             .served_count = list->count - 1,
                                             .host = HOST};
    ck_assert_msg(ps_is_ok(ps_judge_new(stack, &options, &made, &err)), "%s", err.text);
    struct ps_verdict verdict = *ps_judge_at(made, mint_time("2021-10-05"));
    ps_judge_free(made);
    return verdict;
}

/* ---- long paths ---- */

/* The limits of libraries are their own defaults: OpenSSL's depth of 100,
 * MBEDTLS_X509_MAX_INTERMEDIATE_CA of 8, the 100 signatures that a search checks. The others have
 * the room that OpenSSL has. */
static const struct {
    const char *builder;
    size_t most; /* intermediates that are accepted; one more is not */
    int error;
    const char *reason; /* of one more */
} lengths[] = {
#define TOO_LONG X509_V_ERR_CERT_CHAIN_TOO_LONG, "certificate chain too long: Issuing "
#define NO_WAY                                                                                     \
    X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, "unable to get local issuer certificate: "       \
                                                  "Issuing "
    {"openssl3", 100, TOO_LONG "101"},   {"openssl102", 100, TOO_LONG "101"},
    {"openssl101", 100, TOO_LONG "101"}, {"mbedtls", 8, TOO_LONG "8"},
    {"gnutls37", 100, NO_WAY "100"},     {"wolf_strict", 100, TOO_LONG "101"},
    {"wolf_alt", 100, TOO_LONG "101"},   {"bearssl", 100, TOO_LONG "101"},
    {"backtracking", 99, NO_WAY "100"},
};

START_TEST(paths_of_a_length)
{
    for (size_t over = 0; over < 2; over++) {
        struct list list = {.count = 0};
        char settings[64];
        snprintf(settings, sizeof settings, "chain.builder=%s", lengths[_i].builder);
        make_path(lengths[_i].most + over, "Issuing", 0, &list);
        struct ps_verdict verdict = judge(&list, settings);
        const char *reason = over > 0 ? lengths[_i].reason : "";
        ck_assert_msg(strcmp(verdict.reason, reason) == 0, "%s, %zu: %s", lengths[_i].builder,
                      lengths[_i].most + over, verdict.reason);
        ck_assert_int_eq(verdict.stage, over > 0 ? PS_STAGE_PATH : PS_STAGE_ACCEPTED);
        ck_assert_int_eq(verdict.error, over > 0 ? lengths[_i].error : X509_V_OK);
        /* What the device tells of the path fits, and says that there is more. */
        size_t told = strlen(verdict.path);
        if (lengths[_i].most > 50)
            ck_assert_str_eq(verdict.path + told - 6, " < ...");
        ck_assert_uint_lt(told, sizeof verdict.path);
        list_deinit(&list);
    }
}
END_TEST

/* A list of more bytes than a handshake takes; one that just fits is judged. */
START_TEST(a_list_has_a_limit)
{
    for (size_t over = 0; over < 2; over++) {
        struct list list = {.count = 0};
        size_t size = 0;
        make_path(3, "Padded", over ? 25600 : 24800, &list);
        for (size_t i = 0; i + 1 < list.count; i++)
            size += list.ders[i].size;
        ck_assert_int_eq(size > 100 * 1024, over > 0);
        struct ps_verdict verdict = judge(&list, "");
        ck_assert_int_eq(verdict.stage, over ? PS_STAGE_TLS : PS_STAGE_ACCEPTED);
        ck_assert_str_eq(verdict.reason,
                         over ? "the served chain is longer than a handshake takes" : "");
        ck_assert_str_eq(verdict.path,
                         over ? "" : HOST " < Padded 1 < Padded 2 < Padded 3 < Padded 4");
        list_deinit(&list);
    }
}
END_TEST

/* ---- names ---- */

#define TEN     "0123456789"
#define SEVENTY TEN TEN TEN TEN TEN TEN TEN

static const struct {
    const char *subject, *organization;
    const char *told, *name, *dn; /* in a path, by itself, and the whole subject */
} names[] = {
    {"Plain", "O", "Plain", "Plain", "O=O, CN=Plain"},
    {NULL, "Nobody Ltd", "(no common name)", "O=Nobody Ltd", "O=Nobody Ltd"},
    {NULL, NULL, "(no common name)", "(no name)", "(no name)"},
    {"Zwei\nZeilen\177", NULL, "Zwei?Zeilen?", "Zwei?Zeilen?", "CN=Zwei\\0AZeilen\\7F"},
    {"K\303\266ln", NULL, "K\303\266ln", "K\303\266ln", "CN=K\303\266ln"},
    /* 127 bytes fit: the character that begins with the last of them does not. */
    {SEVENTY TEN TEN TEN TEN TEN "012345\303\266.", NULL, SEVENTY TEN TEN TEN TEN TEN "012345",
     SEVENTY TEN TEN TEN TEN TEN "012345\303\266.",
     "CN=" SEVENTY TEN TEN TEN TEN TEN "012345\303\266."},
};

START_TEST(names_in_words)
{
    struct list list = {.count = 0};
    EVP_PKEY *key = EVP_EC_gen("P-256");
    const struct wanted leaf = {
        .subject = names[_i].subject, .organization = names[_i].organization, .issuer = "Root"};
    const struct wanted root = {.subject = "Root", .issuer = "Root", .ca = true};
    push(&list, make(&leaf, key, key, EVP_sha256()));
    push(&list, make(&root, key, key, EVP_sha256()));
    struct ps_verdict verdict = judge(&list, "");
    ck_assert_msg(ps_verdict_accepted(&verdict), "%s", verdict.reason);
    char path[PS_VERDICT_PATH_MAX];
    snprintf(path, sizeof path, "%s < Root", names[_i].told);
    ck_assert_str_eq(verdict.path, path);
    struct ps_certificate_facts facts;
    ps_facts_init(list.certificates[0], &facts);
    ck_assert_str_eq(facts.name, names[_i].name);
    ck_assert_str_eq(facts.subject, names[_i].dn);
    ck_assert_str_eq(facts.issuer, "CN=Root");
    ps_facts_deinit(&facts);
    EVP_PKEY_free(key);
    list_deinit(&list);
}
END_TEST

/* ---- keys ---- */

static EVP_PKEY *key_named(const char *type)
{
    if (strncmp(type, "rsa-", 4) == 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)strtoul(type + 4, NULL, 10));
    if (strcmp(type, "ed25519") == 0)
        return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
    return EVP_EC_gen(type);
}

/* A device that knows P-256 and SHA-256 alone meets a root with such a key. */
static const struct {
    const char *type, *key, *hash; /* as the facts tell them */
    const char *reason;            /* before ": Root"; NULL: accepted */
} keys[] = {
    {"P-256", "ecdsa-p256", "sha256", NULL},
    {"P-384", "ecdsa-p384", "sha256", "key type ecdsa-p384 is not supported"},
    {"P-521", "ecdsa-p521", "sha256", "key type ecdsa-secp521r1 is not supported"},
    {"secp256k1", "ecdsa-secp256k1", "sha256", "key type ecdsa-secp256k1 is not supported"},
    {"rsa-1536", "rsa-1536", "sha256", "key type rsa-1536 is not supported"},
    {"ed25519", "ed25519", "ed25519", "key type ED25519 is not supported"},
};

START_TEST(keys_in_words)
{
    struct list list = {.count = 0};
    EVP_PKEY *leaf_key = EVP_EC_gen("P-256"), *key = key_named(keys[_i].type);
    ck_assert_ptr_nonnull(key);
    const EVP_MD *hash = strcmp(keys[_i].type, "ed25519") == 0 ? NULL : EVP_sha256();
    const struct wanted leaf = {.subject = HOST, .issuer = "Root"};
    const struct wanted root = {.subject = "Root", .issuer = "Root", .ca = true};
    push(&list, make(&leaf, leaf_key, key, hash));
    push(&list, make(&root, key, key, hash));
    struct ps_certificate_facts facts;
    ps_facts_init(list.certificates[1], &facts);
    ck_assert_str_eq(facts.key, keys[_i].key);
    ck_assert_str_eq(facts.signature, keys[_i].hash);
    ck_assert(facts.ca && facts.self_issued);
    ps_facts_deinit(&facts);
    struct ps_verdict verdict = judge(&list, "");
    ck_assert_msg(ps_verdict_accepted(&verdict), "%s: %s", keys[_i].type, verdict.reason);
    verdict = judge(&list, "limits.keys=ecdsa-p256");
    char reason[PS_VERDICT_REASON_MAX] = "";
    if (keys[_i].reason)
        snprintf(reason, sizeof reason, "%s: Root", keys[_i].reason);
    ck_assert_str_eq(verdict.reason, reason);
    ck_assert_int_eq(verdict.stage, keys[_i].reason ? PS_STAGE_PATH : PS_STAGE_ACCEPTED);
    EVP_PKEY_free(leaf_key);
    EVP_PKEY_free(key);
    list_deinit(&list);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

int main(void)
{
    Suite *suite = suite_create("unusual");
    TCase *tests = tcase_create("unusual");
    tcase_set_timeout(tests, 120);
    tcase_add_unchecked_fixture(tests, setup, teardown);
    tcase_add_loop_test(tests, paths_of_a_length, 0, ROWS(lengths));
    tcase_add_test(tests, a_list_has_a_limit);
    tcase_add_loop_test(tests, names_in_words, 0, ROWS(names));
    tcase_add_loop_test(tests, keys_in_words, 0, ROWS(keys));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
