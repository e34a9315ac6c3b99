/* SPDX-License-Identifier: Apache-2.0 */
#include <stdlib.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include "fixture.h"

#define ISSUING "/C=US/O=Example/CN=Example Issuing"

enum signed_by { BY_ITSELF, BY_ISSUER, BY_OWN_CA };
enum key_is { KEY_FRESH, KEY_STOLEN, KEY_OF_STOLEN_LEAF };
enum sent { SENT_NOTHING, SENT_CHAIN, SENT_CA_BY_ISSUER, SENT_CA_BY_ITSELF };

static const struct attack_row {
    enum ps_attack attack;
    const char *subject, *issuer;
    const char *host;     /* it is good for */
    const char *not_host; /* and not for */
    enum signed_by by;
    enum key_is key;
    enum sent sent;
} attack_rows[] = {
#define OURS  "/CN=hub.example"
#define HOSTS "hub.example", "evil.example"
    {PS_ATTACK_X01, OURS, OURS, HOSTS, BY_ITSELF, KEY_FRESH, SENT_NOTHING},
    {PS_ATTACK_X02, "/CN=evil.example", ISSUING, "evil.example", "hub.example", BY_ISSUER,
     KEY_FRESH, SENT_CHAIN},
    {PS_ATTACK_X03, OURS, ISSUING, HOSTS, BY_ISSUER, KEY_FRESH, SENT_CHAIN},
    {PS_ATTACK_X04, OURS, ISSUING, HOSTS, BY_ISSUER, KEY_FRESH, SENT_CHAIN},
    {PS_ATTACK_X05, OURS, ISSUING, HOSTS, BY_ISSUER, KEY_FRESH, SENT_CHAIN},
    {PS_ATTACK_X06, OURS, ISSUING, HOSTS, BY_ISSUER, KEY_FRESH, SENT_CHAIN},
    {PS_ATTACK_X07, OURS, "/O=Attacker/CN=Rogue Sub", HOSTS, BY_OWN_CA, KEY_FRESH,
     SENT_CA_BY_ISSUER},
    {PS_ATTACK_X08, OURS, "/O=Attacker/CN=Rogue Sub", HOSTS, BY_OWN_CA, KEY_FRESH,
     SENT_CA_BY_ISSUER},
    {PS_ATTACK_X09, OURS, ISSUING, HOSTS, BY_ISSUER, KEY_OF_STOLEN_LEAF, SENT_CHAIN},
    {PS_ATTACK_X10, OURS, ISSUING, HOSTS, BY_ISSUER, KEY_OF_STOLEN_LEAF, SENT_CHAIN},
    {PS_ATTACK_X11, OURS, ISSUING, HOSTS, BY_ISSUER, KEY_OF_STOLEN_LEAF, SENT_CHAIN},
    {PS_ATTACK_X12, OURS, ISSUING, HOSTS, BY_ISSUER, KEY_OF_STOLEN_LEAF, SENT_CHAIN},
    {PS_ATTACK_X13, OURS, ISSUING, HOSTS, BY_ISSUER, KEY_OF_STOLEN_LEAF, SENT_CHAIN},
    {PS_ATTACK_X14, OURS, ISSUING, HOSTS, BY_ISSUER, KEY_OF_STOLEN_LEAF, SENT_CHAIN},
    {PS_ATTACK_X15, OURS, ISSUING, HOSTS, BY_ISSUER, KEY_OF_STOLEN_LEAF, SENT_CHAIN},
    {PS_ATTACK_X16, OURS, OURS, HOSTS, BY_ITSELF, KEY_STOLEN, SENT_NOTHING},
    {PS_ATTACK_X17, OURS, OURS, HOSTS, BY_ITSELF, KEY_STOLEN, SENT_NOTHING},
    {PS_ATTACK_X18, OURS, ISSUING, HOSTS, BY_OWN_CA, KEY_FRESH, SENT_CA_BY_ITSELF},
    {PS_ATTACK_X19, OURS, ISSUING, HOSTS, BY_ISSUER, KEY_FRESH, SENT_CHAIN},
    {PS_ATTACK_X20, OURS, ISSUING, HOSTS, BY_ISSUER, KEY_FRESH, SENT_CHAIN},
    {PS_ATTACK_X21, OURS, ISSUING, HOSTS, BY_ISSUER, KEY_FRESH, SENT_CHAIN},
    {PS_ATTACK_X22, OURS, OURS, HOSTS, BY_ITSELF, KEY_FRESH, SENT_NOTHING},
    {PS_ATTACK_X23, OURS, ISSUING, HOSTS, BY_ISSUER, KEY_STOLEN, SENT_CHAIN},
#undef OURS
#undef HOSTS
};

/* What one attack is given and what it made. */
struct attempt {
    const struct attack_row *row;
    const char *name;
    struct fixture_chain chain;
    ps_certificate_id sent[2];
    ps_key_id stolen_key;
    struct ps_presentation made;
    X509 *leaf;
};

#define OCSP_URL     "http://ca.example/ocsp/a"
#define ISSUER_URL   "http://ca.example/issuer/a"
#define CRL_URL      "http://ca.example/crl/a"
#define OWN_OCSP_URL "http://evil.example/ocsp/a"
#define OWN_CRL_URL  "http://evil.example/crl/a"

static struct attempt attempt_make(const struct attack_row *row, bool own_urls)
{
    struct attempt a = {.row = row,
                        .name = ps_attack_text(row->attack),
                        .chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256),
                        .stolen_key = fixture_key(PS_KEY_ECDSA_P256),
                        .made = {.chain_count = 99}};
    a.sent[0] = a.chain.middle;
    a.sent[1] = a.chain.root;
    struct ps_attack_options options = {
        .host = "hub.example",
        .not_before = {TIME_2020 + 5},
        .not_after = {TIME_2020 + 6},
        .issuer_dn = FIXTURE_MIDDLE,
        .issuer_key = a.chain.middle_key,
        .chain = a.sent,
        .chain_count = 2,
        .stolen_leaf = a.chain.leaf,
        .stolen_key = a.stolen_key,
        .ocsp_url = OCSP_URL,
        .issuer_url = ISSUER_URL,
        .crl_url = CRL_URL,
        .own_ocsp_url = own_urls ? OWN_OCSP_URL : NULL,
        .own_crl_url = own_urls ? OWN_CRL_URL : NULL,
    };
    struct ps_error err = {{0}};
    ck_assert_msg(ps_is_ok(ps_ca_attack(fixture_ca, row->attack, &options, &a.made, &err)),
                  "%s: %s", a.name, err.text);
    a.leaf = fixture_x509(a.made.leaf);
    return a;
}

static void attempt_free(struct attempt *a)
{
    free(a->made.chain);
    X509_free(a->leaf);
}

static bool is_signed(X509 *certificate, ps_certificate_id by)
{
    X509 *issuer = fixture_x509(by);
    bool good = X509_verify(certificate, X509_get0_pubkey(issuer)) == 1;
    X509_free(issuer);
    ERR_clear_error();
    return good;
}

START_TEST(attackers_leaves)
{
    struct attempt a = attempt_make(&attack_rows[_i], false);
    const struct attack_row *row = a.row;
    char text[128];
    ck_assert_str_eq(X509_NAME_oneline(X509_get_subject_name(a.leaf), text, sizeof text),
                     row->subject);
    ck_assert_str_eq(X509_NAME_oneline(X509_get_issuer_name(a.leaf), text, sizeof text),
                     row->issuer);
    ck_assert_msg(X509_check_host(a.leaf, row->host, 0, 0, NULL) == 1, "%s", a.name);
    ck_assert_msg(X509_check_host(a.leaf, row->not_host, 0, 0, NULL) == 0, "%s", a.name);
    ck_assert_msg(X509_check_ca(a.leaf) == 0, "%s is a CA", a.name);
    ck_assert_msg(is_signed(a.leaf, a.chain.middle) == (row->by == BY_ISSUER), "%s", a.name);
    ck_assert_msg(is_signed(a.leaf, a.made.leaf) == (row->by == BY_ITSELF), "%s", a.name);
    if (row->key == KEY_OF_STOLEN_LEAF) {
        ck_assert_msg(a.made.leaf.n == a.chain.leaf.n, "%s: another leaf", a.name);
    } else {
        ck_assert_msg(a.made.leaf.n != a.chain.leaf.n, "%s: the genuine leaf", a.name);
        ck_assert_msg(ASN1_TIME_cmp_time_t(X509_get0_notBefore(a.leaf), TIME_2020 + 5) == 0, "%s",
                      a.name);
        ck_assert_msg(ASN1_TIME_cmp_time_t(X509_get0_notAfter(a.leaf), TIME_2020 + 6) == 0, "%s",
                      a.name);
    }
    attempt_free(&a);
}
END_TEST

START_TEST(attackers_keys)
{
    struct attempt a = attempt_make(&attack_rows[_i], false);
    uint32_t key = a.made.leaf_key.n;
    ck_assert_uint_eq(ps_ca_certificate_key(fixture_ca, a.made.leaf).n, key);
    ck_assert_msg((key == a.stolen_key.n) == (a.row->key == KEY_STOLEN), "%s", a.name);
    ck_assert_msg((key == a.chain.leaf_key.n) == (a.row->key == KEY_OF_STOLEN_LEAF), "%s", a.name);
    ck_assert_msg(key != a.chain.middle_key.n && key != a.chain.root_key.n, "%s", a.name);
    attempt_free(&a);
}
END_TEST

START_TEST(attackers_chains)
{
    struct attempt a = attempt_make(&attack_rows[_i], false);
    bool own_ca = a.row->sent == SENT_CA_BY_ISSUER || a.row->sent == SENT_CA_BY_ITSELF;
    size_t count = own_ca ? 1 : a.row->sent == SENT_CHAIN ? 2 : 0;
    ck_assert_msg(a.made.chain_count == count, "%s sends %zu", a.name, a.made.chain_count);
    for (size_t i = 0; i < count && !own_ca; i++)
        ck_assert_msg(a.made.chain[i].n == a.sent[i].n && a.made.chain != a.sent, "%s", a.name);
    if (own_ca) {
        X509 *ca = fixture_x509(a.made.chain[0]);
        ck_assert_msg(X509_check_ca(ca) == 1, "%s: no CA", a.name);
        ck_assert_msg(X509_NAME_cmp(X509_get_subject_name(ca), X509_get_issuer_name(a.leaf)) == 0,
                      "%s", a.name);
        ck_assert_msg(is_signed(a.leaf, a.made.chain[0]), "%s", a.name);
        ck_assert_msg(is_signed(ca, a.chain.middle) == (a.row->sent == SENT_CA_BY_ISSUER), "%s",
                      a.name);
        ck_assert_msg(is_signed(ca, a.made.chain[0]) == (a.row->sent == SENT_CA_BY_ITSELF), "%s",
                      a.name);
        ck_assert_msg(ASN1_TIME_cmp_time_t(X509_get0_notBefore(ca), TIME_2020 + 5) == 0, "%s",
                      a.name);
        uint32_t key = ps_ca_certificate_key(fixture_ca, a.made.chain[0]).n;
        ck_assert_msg(key != a.made.leaf_key.n && key != a.chain.middle_key.n, "%s", a.name);
        X509_free(ca);
    }
    attempt_free(&a);
}
END_TEST

/* The URLs of a certificate by method; NULL: it has none. */
static void check_urls(const char *name, X509 *x509, const char *ocsp, const char *issuer,
                       const char *crl)
{
    AUTHORITY_INFO_ACCESS *access = X509_get_ext_d2i(x509, NID_info_access, NULL, NULL);
    CRL_DIST_POINTS *points = X509_get_ext_d2i(x509, NID_crl_distribution_points, NULL, NULL);
    const char *expected[] = {ocsp, issuer};
    const int methods[] = {NID_ad_OCSP, NID_ad_ca_issuers};
    int at = 0;
    for (int i = 0; i < 2; i++) {
        if (expected[i] == NULL)
            continue;
        ck_assert_msg(sk_ACCESS_DESCRIPTION_num(access) > at, "%s", name);
        const ACCESS_DESCRIPTION *found = sk_ACCESS_DESCRIPTION_value(access, at++);
        ck_assert_msg(OBJ_obj2nid(found->method) == methods[i], "%s", name);
        ck_assert_msg(found->location->type == GEN_URI, "%s", name);
        const ASN1_STRING *url = found->location->d.uniformResourceIdentifier;
        ck_assert_str_eq((const char *)ASN1_STRING_get0_data(url), expected[i]);
    }
    ck_assert_msg((access != NULL ? sk_ACCESS_DESCRIPTION_num(access) : 0) == at, "%s", name);
    ck_assert_msg((points != NULL) == (crl != NULL), "%s", name);
    if (crl != NULL) {
        const GENERAL_NAMES *names = sk_DIST_POINT_value(points, 0)->distpoint->name.fullname;
        const ASN1_STRING *url = sk_GENERAL_NAME_value(names, 0)->d.uniformResourceIdentifier;
        ck_assert_str_eq((const char *)ASN1_STRING_get0_data(url), crl);
    }
    AUTHORITY_INFO_ACCESS_free(access);
    CRL_DIST_POINTS_free(points);
}

/* What is minted says where its status is to be had; a stolen leaf stays as it is. */
START_TEST(attackers_urls)
{
    const struct attack_row *row = &attack_rows[_i / 2];
    bool own_urls = _i % 2 == 1;
    struct attempt a = attempt_make(row, own_urls);
    bool own_ca = row->sent == SENT_CA_BY_ISSUER || row->sent == SENT_CA_BY_ITSELF;
    if (row->key == KEY_OF_STOLEN_LEAF)
        check_urls(a.name, a.leaf, NULL, NULL, NULL);
    else if (own_ca && own_urls)
        check_urls(a.name, a.leaf, OWN_OCSP_URL, NULL, OWN_CRL_URL);
    else if (own_ca)
        check_urls(a.name, a.leaf, OCSP_URL, NULL, CRL_URL);
    else
        check_urls(a.name, a.leaf, OCSP_URL, ISSUER_URL, CRL_URL);
    if (own_ca) {
        X509 *ca = fixture_x509(a.made.chain[0]);
        check_urls(a.name, ca, OCSP_URL, ISSUER_URL, CRL_URL);
        X509_free(ca);
        ck_assert_str_eq(ps_ca_subject(fixture_ca, a.made.chain[0]),
                         ps_ca_issuer(fixture_ca, a.made.leaf));
    }
    attempt_free(&a);
}
END_TEST

START_TEST(every_attack_has_a_row)
{
    ck_assert_uint_eq(sizeof attack_rows / sizeof attack_rows[0], PS_ATTACK_COUNT);
    for (size_t i = 0; i < PS_ATTACK_COUNT; i++)
        ck_assert_uint_eq(attack_rows[i].attack, i);
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

int main(void)
{
    Suite *suite = suite_create("attack");
    TCase *tests = tcase_create("attacks");
    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
    tcase_add_loop_test(tests, attackers_leaves, 0, PS_ATTACK_COUNT);
    tcase_add_loop_test(tests, attackers_keys, 0, PS_ATTACK_COUNT);
    tcase_add_loop_test(tests, attackers_chains, 0, PS_ATTACK_COUNT);
    tcase_add_loop_test(tests, attackers_urls, 0, 2 * PS_ATTACK_COUNT);
    tcase_add_test(tests, every_attack_has_a_row);
    tcase_add_test(tests, the_attackers_own_name_is_no_attack);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
