/* SPDX-License-Identifier: Apache-2.0
 *
 * What a session's options add to the handshake: staples, the choice among lists, tickets. The
 * device's end is plain OpenSSL.
 */
#include <string.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include "fixture.h"

static const int tls_versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};

static struct ps_presentation present(const struct fixture_chain *chain)
{
    return (struct ps_presentation){.leaf = chain->leaf, .leaf_key = chain->leaf_key};
}

/* --- Staples --- */

static const struct staple_row {
    const char *name;
    bool asks;
    const char *staple, *second; /* of two sessions with one presentation; NULL: none */
} staple_rows[] = {
    {"asked for", true, "a staple", "another one"},
    {"not asked for", false, "a staple", "another one"},
    {"asked for in vain", true, NULL, NULL},
    {"only the first has one", true, "a staple", NULL},
    {"only the second has one", true, NULL, "a staple"},
};

START_TEST(staples)
{
    const struct staple_row *row = &staple_rows[_i / 2];
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    struct ps_presentation presentation = present(&chain);
    struct ps_server *server = fixture_server();
    for (int i = 0; i < 2; i++) {
        const char *text = i == 0 ? row->staple : row->second;
        struct ps_session_options options = {.presentation = &presentation};
        if (text != NULL)
            options.staple = (struct ps_bytes){(const unsigned char *)text, strlen(text)};
        struct ps_session *session = fixture_session_with(server, &options);
        struct client client = client_new((struct client_options){.version = tls_versions[_i % 2]});
        if (row->asks)
            ck_assert_int_eq(SSL_set_tlsext_status_type(client.ssl, TLSEXT_STATUSTYPE_ocsp), 1);
        ck_assert_msg(fixture_delivers(&client, session), "%s", row->name);
        const unsigned char *got = NULL;
        long size = SSL_get_tlsext_status_ocsp_resp(client.ssl, &got);
        if (!row->asks || text == NULL)
            ck_assert_msg(size <= 0, "%s: %ld bytes", row->name, size);
        else
            ck_assert_msg(size == (long)strlen(text) && memcmp(got, text, strlen(text)) == 0,
                          "%s: %ld bytes", row->name, size);
        client_free(&client);
        ps_session_free(session);
    }
    ps_server_free(server);
}
END_TEST

/* --- Lists --- */

/* r the root, m the middle by it, o the middle by "Other", t the root by "Third", u unrelated. The
 * names a device gives: R, M, O, T of the same authorities, X of none that is known. */
static const struct list_row {
    const char *name;
    const char *ordinary, *first, *second; /* NULL: there is none */
    const char *named;
    int version;
    const char *sent;
} list_rows[] = {
    {"no names", "m", "o", "mt", "", TLS1_3_VERSION, "m"},
    {"the ordinary root", "m", "o", "mt", "R", TLS1_3_VERSION, "m"},
    {"the last one itself", "m", "o", "mt", "M", TLS1_3_VERSION, "m"},
    {"the first", "m", "o", "mt", "O", TLS1_3_VERSION, "o"},
    {"the second", "m", "o", "mt", "T", TLS1_3_VERSION, "mt"},
    {"both", "m", "o", "mt", "TO", TLS1_3_VERSION, "o"},
    {"the ordinary one too", "m", "o", "mt", "OTR", TLS1_3_VERSION, "m"},
    {"an unknown one", "m", "o", "mt", "X", TLS1_3_VERSION, "m"},
    {"an unknown one, and the second", "m", "o", "mt", "XT", TLS1_3_VERSION, "mt"},
    {"nothing is sent, and that fits", "", "o", NULL, "M", TLS1_3_VERSION, ""},
    {"nothing is sent, and that does not fit", "", "o", NULL, "O", TLS1_3_VERSION, "o"},
    {"an alternate that is empty", "u", "", NULL, "M", TLS1_3_VERSION, ""},
    {"without alternates", "m", NULL, NULL, "O", TLS1_3_VERSION, "m"},
    {"a root that is sent", "m", "mr", "o", "O", TLS1_3_VERSION, "o"},
    {"TLS 1.2 has no names", "m", "o", "mt", "O", TLS1_2_VERSION, "m"},
};

struct lists {
    struct fixture_chain chain;
    ps_certificate_id other_middle, third_root, unrelated;
};

static struct lists lists_new(void)
{
    struct lists l = {.chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256)};
    ps_key_id other = fixture_key(PS_KEY_ECDSA_P256), third = fixture_key(PS_KEY_ECDSA_P256);
    ps_key_id nobody = fixture_key(PS_KEY_ECDSA_P256);
    struct ps_certificate_spec middle = fixture_ca_spec(FIXTURE_MIDDLE);
    struct ps_certificate_spec root = fixture_ca_spec(FIXTURE_ROOT);
    struct ps_certificate_spec unrelated = fixture_ca_spec("CN=Unrelated");
    l.other_middle = fixture_issue(&middle, l.chain.middle_key, "CN=Other", other);
    l.third_root = fixture_issue(&root, l.chain.root_key, "CN=Third", third);
    l.unrelated = fixture_issue(&unrelated, nobody, "CN=Unrelated", nobody);
    return l;
}

static ps_certificate_id list_member(const struct lists *l, char letter)
{
    switch (letter) {
    case 'r':
        return l->chain.root;
    case 'm':
        return l->chain.middle;
    case 'o':
        return l->other_middle;
    case 't':
        return l->third_root;
    default:
        return l->unrelated;
    }
}

static size_t list_fill(const struct lists *l, const char *letters, ps_certificate_id *ret)
{
    size_t count = letters != NULL ? strlen(letters) : 0;
    for (size_t i = 0; i < count; i++)
        ret[i] = list_member(l, letters[i]);
    return count;
}

static void name_authorities(struct client *client, const char *letters)
{
    static const struct {
        char letter;
        const char *parts[3];
    } names[] = {{'R', {"US", "Example", "Example Root"}},
                 {'M', {"US", "Example", "Example Issuing"}},
                 {'O', {NULL, NULL, "Other"}},
                 {'T', {NULL, NULL, "Third"}},
                 {'X', {NULL, NULL, "Example Root"}}};
    static const char *const fields[] = {"C", "O", "CN"};
    STACK_OF(X509_NAME) *list = sk_X509_NAME_new_null();
    for (const char *c = letters; *c != '\0'; c++) {
        X509_NAME *name = X509_NAME_new();
        size_t at = 0;
        while (names[at].letter != *c)
            at++;
        for (int i = 0; i < 3; i++) {
            if (names[at].parts[i] != NULL)
                X509_NAME_add_entry_by_txt(name, fields[i], MBSTRING_ASC,
                                           (const unsigned char *)names[at].parts[i], -1, -1, 0);
        }
        sk_X509_NAME_push(list, name);
    }
    SSL_set0_CA_list(client->ssl, list);
}

START_TEST(lists)
{
    const struct list_row *row = &list_rows[_i];
    struct lists l = lists_new();
    ps_certificate_id ordinary[2], alternates[2][2];
    struct ps_presentation_alternate others[2] = {
        {alternates[0], list_fill(&l, row->first, alternates[0])},
        {alternates[1], list_fill(&l, row->second, alternates[1])}};
    struct ps_presentation presentation = present(&l.chain);
    presentation.chain = ordinary;
    presentation.chain_count = list_fill(&l, row->ordinary, ordinary);
    presentation.alternates = others;
    presentation.alternate_count = row->second != NULL ? 2 : row->first != NULL ? 1 : 0;
    struct ps_server *server = fixture_server();
    /* What one device named does not stick for the next. */
    for (int i = 0; i < 2; i++) {
        struct ps_session_options options = {.presentation = &presentation};
        struct ps_session *session = fixture_session_with(server, &options);
        struct client client = client_new((struct client_options){.version = row->version});
        const char *named = i == 0 ? row->named : "", *sent = i == 0 ? row->sent : row->ordinary;
        name_authorities(&client, named);
        ck_assert_msg(fixture_delivers(&client, session), "%s", row->name);
        STACK_OF(X509) *served = SSL_get_peer_cert_chain(client.ssl);
        ck_assert_msg((size_t)sk_X509_num(served) == strlen(sent) + 1, "%s: %d certificates",
                      row->name, sk_X509_num(served));
        for (int k = 0; k < sk_X509_num(served); k++) {
            X509 *expected = fixture_x509(k == 0 ? l.chain.leaf : list_member(&l, sent[k - 1]));
            ck_assert_msg(X509_cmp(sk_X509_value(served, k), expected) == 0, "%s: certificate %d",
                          row->name, k);
            X509_free(expected);
        }
        client_free(&client);
        ps_session_free(session);
    }
    ps_server_free(server);
}
END_TEST

START_TEST(a_list_that_cannot_be_served)
{
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    struct ps_presentation presentation = present(&chain);
    presentation.leaf_key = chain.root_key;
    struct ps_presentation_alternate other = {&chain.middle, 1};
    presentation.alternates = &other;
    presentation.alternate_count = 1;
    struct ps_session_options options = {.presentation = &presentation};
    struct ps_server *server = fixture_server();
    struct ps_session *session = NULL;
    struct ps_error err = {{0}};
    ck_assert_int_eq(ps_session_new(server, &options, &session, &err).code, PS_CODE_FAILED);
    ck_assert_ptr_null(session);
    ps_server_free(server);
}
END_TEST

/* --- Tickets --- */

static int tickets_seen;

static int on_ticket(SSL *ssl, SSL_SESSION *session)
{
    (void)ssl;
    tickets_seen += SSL_SESSION_has_ticket(session);
    return 0;
}

static struct client ticket_client(int version)
{
    struct client client = client_new((struct client_options){.version = version});
    SSL_CTX_set_session_cache_mode(client.context,
                                   SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
    SSL_CTX_sess_set_new_cb(client.context, on_ticket);
    return client;
}

/* Gives what can be resumed. OpenSSL spoils it when a connection goes without a farewell. */
static SSL_SESSION *ticket_take(struct client *client)
{
    SSL_shutdown(client->ssl);
    return SSL_get1_session(client->ssl);
}

static const struct ticket_row {
    const char *name;
    bool gives, takes;
    bool another_presentation, another_server;
    bool resumed;
} ticket_rows[] = {
    {"both", true, true, false, false, true},
    {"another presentation", true, true, true, false, true},
    {"another server", true, true, false, true, false},
    {"none is given", false, true, false, false, false},
    {"none is taken", true, false, false, false, false},
    {"nobody has any", false, false, false, false, false},
};

START_TEST(tickets)
{
    const struct ticket_row *row = &ticket_rows[_i / 2];
    int version = tls_versions[_i % 2];
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    struct fixture_chain rsa = fixture_chain_make(PS_KEY_RSA_1024, PS_KEY_RSA_1024);
    struct ps_presentation presentations[] = {present(&chain), present(&rsa)};
    struct ps_server *servers[] = {fixture_server(), fixture_server()};
    struct ps_session_options options = {.presentation = &presentations[0], .tickets = row->gives};
    struct ps_session *session = fixture_session_with(servers[0], &options);
    struct client client = ticket_client(version);
    tickets_seen = 0;
    ck_assert_msg(fixture_delivers(&client, session), "%s", row->name);
    ck_assert_msg(tickets_seen == row->gives, "%s: %d tickets", row->name, tickets_seen);
    ck_assert(!ps_session_seen(session).resumed);
    SSL_SESSION *held = ticket_take(&client);
    client_free(&client);
    ps_session_free(session);

    options.presentation = &presentations[row->another_presentation];
    options.tickets = row->takes;
    session = fixture_session_with(servers[row->another_server], &options);
    client = ticket_client(version);
    ck_assert_int_eq(SSL_set_session(client.ssl, held), 1);
    ck_assert_msg(fixture_delivers(&client, session), "%s", row->name);
    struct ps_session_seen seen = ps_session_seen(session);
    ck_assert_msg(seen.resumed == row->resumed, "%s", row->name);
    ck_assert_msg(seen.hello && seen.handshake_done, "%s", row->name);
    ck_assert_msg(SSL_session_reused(client.ssl) == row->resumed, "%s", row->name);
    SSL_SESSION_free(held);
    client_free(&client);
    ps_session_free(session);
    ps_server_free(servers[0]);
    ps_server_free(servers[1]);
}
END_TEST

static unsigned show_secret(SSL *ssl, const char *hint, char *identity, unsigned identity_max,
                            unsigned char *secret, unsigned secret_max)
{
    (void)ssl;
    (void)hint;
    ck_assert(identity_max > 6 && secret_max >= 16);
    strcpy(identity, PS_SECRET_IDENTITY);
    memcpy(secret, "0123456789abcdef", 16);
    return 16;
}

/* A ticket of a session that a shared secret made resumes too, and is told from the secret. In the
 * first contact the secret is used, in the second the ticket. */
START_TEST(tickets_beside_a_secret)
{
    int version = tls_versions[_i];
    struct ps_session_options options = {.psk = FIXTURE_BYTES("0123456789abcdef"), .tickets = true};
    struct ps_server *server = fixture_server();
    SSL_SESSION *held = NULL;
    for (int i = 0; i < 2; i++) {
        struct ps_session *session = fixture_session_with(server, &options);
        struct client client = ticket_client(version);
        SSL_set_psk_client_callback(client.ssl, show_secret);
        if (held != NULL)
            ck_assert_int_eq(SSL_set_session(client.ssl, held), 1);
        ck_assert(fixture_delivers(&client, session));
        ck_assert_int_eq(ps_session_seen(session).resumed, i == 1);
        SSL_SESSION_free(held);
        held = ticket_take(&client);
        client_free(&client);
        ps_session_free(session);
    }
    SSL_SESSION_free(held);
    ps_server_free(server);
}
END_TEST

/* Nothing is judged again: a device that was known when it got its ticket stays so. */
START_TEST(tickets_of_clients)
{
    int version = tls_versions[_i];
    struct fixture_chain chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    struct ps_presentation presentation = present(&chain);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    unsigned char *spki = NULL;
    int size = i2d_PUBKEY(key, &spki);
    struct ps_certificate_spec spec = fixture_leaf_spec("device.example");
    spec.eku = PS_EKU_CLIENT_AUTH;
    struct ps_error err = {{0}};
    ps_certificate_id id;
    ck_assert(ps_is_ok(ps_ca_issue_spki(fixture_ca, &spec, (struct ps_bytes){spki, (size_t)size},
                                        FIXTURE_MIDDLE, chain.middle_key, &id, &err)));
    struct ps_bytes revoked = ps_ca_der(fixture_ca, id);
    struct ps_client_rules rules = {
        .anchors = &chain.middle, .anchor_count = 1, .revoked = &revoked};
    struct ps_session_options options = {
        .presentation = &presentation, .clients = &rules, .tickets = true};
    struct ps_server *server = fixture_server();
    SSL_SESSION *held = NULL;
    X509 *shown = fixture_x509(id);
    for (int i = 0; i < 3; i++) {
        struct ps_session *session = fixture_session_with(server, &options);
        struct client client = ticket_client(version);
        ck_assert_int_eq(SSL_use_certificate(client.ssl, shown), 1);
        ck_assert_int_eq(SSL_use_PrivateKey(client.ssl, key), 1);
        if (i == 1)
            ck_assert_int_eq(SSL_set_session(client.ssl, held), 1);
        bool delivered = fixture_delivers(&client, session);
        ck_assert_msg(delivered == (i < 2), "contact %d", i);
        ck_assert_int_eq(ps_session_seen(session).resumed, i == 1);
        ck_assert_int_eq(ps_session_seen(session).client_refused, i == 2);
        if (i == 0)
            held = ticket_take(&client);
        rules.revoked_count = 1; /* from the second contact on */
        client_free(&client);
        ps_session_free(session);
    }
    ERR_clear_error();
    X509_free(shown);
    SSL_SESSION_free(held);
    OPENSSL_free(spki);
    EVP_PKEY_free(key);
    ps_server_free(server);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tls");
    TCase *tests = tcase_create("what options add");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
#define COUNT(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))
    tcase_add_loop_test(tests, staples, 0, 2 * COUNT(staple_rows));
    tcase_add_loop_test(tests, lists, 0, COUNT(list_rows));
    tcase_add_test(tests, a_list_that_cannot_be_served);
    tcase_add_loop_test(tests, tickets, 0, 2 * COUNT(ticket_rows));
    tcase_add_loop_test(tests, tickets_beside_a_secret, 0, COUNT(tls_versions));
    tcase_add_loop_test(tests, tickets_of_clients, 0, COUNT(tls_versions));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
