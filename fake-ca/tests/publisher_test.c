/* SPDX-License-Identifier: Apache-2.0
 *
 * Plain sessions that publish: requests made by OpenSSL, answers read by it.
 */
#include <stdio.h>
#include <string.h>
#include <openssl/err.h>
#include <openssl/ocsp.h>
#include "base/text.h"
#include "fake-ca/publish.h"
#include "fixture.h"
#include "http.h"

/* Two leaves of one issuer, one of a namesake with another key, and what is published of them. */
struct world {
    struct fixture_chain chain;
    ps_certificate_id second, namesakes;
    ps_key_id namesake_key;
    struct ps_buffer answers[3]; /* about the leaf, the second, the namesake's */
    struct ps_published published[7];
};
enum { ABOUT_LEAF, ABOUT_SECOND, ABOUT_NAMESAKES };

static struct ps_buffer answer_about(ps_certificate_id certificate, ps_key_id issuer)
{
    struct ps_ocsp_options options = {.certificate = certificate,
                                      .issuer_dn = FIXTURE_MIDDLE,
                                      .issuer_key = issuer,
                                      .this_update = {TIME_2020},
                                      .next_update = {TIME_2030}};
    struct ps_error err = {{0}};
    struct ps_buffer der = {0};
    ck_assert_msg(ps_is_ok(ps_ca_ocsp(fixture_ca, &options, &der, &err)), "%s", err.text);
    return der;
}

static struct ps_bytes bytes_of(const struct ps_buffer *buffer)
{
    return (struct ps_bytes){buffer->data, buffer->size};
}

static struct world *world_new(void)
{
    struct world *w = ps_alloc(1, sizeof *w);
    struct ps_certificate_spec spec = fixture_leaf_spec("hub.example");
    w->chain = fixture_chain_make(PS_KEY_ECDSA_P256, PS_KEY_ECDSA_P256);
    w->namesake_key = fixture_key(PS_KEY_ECDSA_P256);
    w->second = fixture_issue(&spec, w->chain.leaf_key, FIXTURE_MIDDLE, w->chain.middle_key);
    w->namesakes = fixture_issue(&spec, w->chain.leaf_key, FIXTURE_MIDDLE, w->namesake_key);
    w->answers[ABOUT_LEAF] = answer_about(w->chain.leaf, w->chain.middle_key);
    w->answers[ABOUT_SECOND] = answer_about(w->second, w->chain.middle_key);
    w->answers[ABOUT_NAMESAKES] = answer_about(w->namesakes, w->namesake_key);
    const struct ps_published published[] = {
        {PS_PUBLISH_OCSP, "/ocsp/a", w->chain.leaf, bytes_of(&w->answers[ABOUT_LEAF]), false},
        {PS_PUBLISH_OCSP, "/ocsp/a", w->second, bytes_of(&w->answers[ABOUT_SECOND]), false},
        {PS_PUBLISH_OCSP, "/ocsp/b", w->namesakes, bytes_of(&w->answers[ABOUT_NAMESAKES]), false},
        {PS_PUBLISH_OCSP, "/ocsp/down", w->chain.leaf, {0}, true},
        {.what = PS_PUBLISH_CRL, .path = "/crl/a", .body = FIXTURE_BYTES("a list")},
        {.what = PS_PUBLISH_ISSUER, .path = "/issuer/a", .body = FIXTURE_BYTES("a certificate")},
        {.what = PS_PUBLISH_CRL, .path = "/crl/down", .down = true},
    };
    memcpy(w->published, published, sizeof published);
    return w;
}

static void world_free(struct world *w)
{
    for (int i = 0; i < 3; i++)
        ps_buffer_deinit(&w->answers[i]);
    free(w);
}

/* --- OCSP --- */

enum asks { ASKS_LEAF, ASKS_SECOND, ASKS_NAMESAKES, ASKS_MIDDLE, ASKS_TWO, ASKS_NOTHING };
enum bends { WHOLE, CUT, LONGER, EMPTY, GARBAGE };

static const struct ocsp_row {
    const char *name;
    const char *path;
    enum asks asks;
    const char *digest;
    enum bends bends;
    int status;
    int about; /* whose answer; -1: none */
} ocsp_rows[] = {
#define GOOD         OCSP_RESPONSE_STATUS_SUCCESSFUL
#define MALFORMED    OCSP_RESPONSE_STATUS_MALFORMEDREQUEST
#define UNAUTHORIZED OCSP_RESPONSE_STATUS_UNAUTHORIZED
    {"the leaf", "/ocsp/a", ASKS_LEAF, "SHA1", WHOLE, GOOD, ABOUT_LEAF},
    {"the leaf, by SHA-256", "/ocsp/a", ASKS_LEAF, "SHA256", WHOLE, GOOD, ABOUT_LEAF},
    {"the leaf, by SHA-512", "/ocsp/a", ASKS_LEAF, "SHA512", WHOLE, GOOD, ABOUT_LEAF},
    {"another at the same path", "/ocsp/a", ASKS_SECOND, "SHA1", WHOLE, GOOD, ABOUT_SECOND},
    {"one of a namesake", "/ocsp/b", ASKS_NAMESAKES, "SHA1", WHOLE, GOOD, ABOUT_NAMESAKES},
    {"one of a namesake elsewhere", "/ocsp/a", ASKS_NAMESAKES, "SHA1", WHOLE, UNAUTHORIZED, -1},
    {"the leaf at another path", "/ocsp/b", ASKS_LEAF, "SHA1", WHOLE, UNAUTHORIZED, -1},
    {"the leaf where nobody is", "/ocsp/none", ASKS_LEAF, "SHA1", WHOLE, UNAUTHORIZED, -1},
    {"one that nothing is known of", "/ocsp/a", ASKS_MIDDLE, "SHA1", WHOLE, UNAUTHORIZED, -1},
    {"two at once", "/ocsp/a", ASKS_TWO, "SHA1", WHOLE, UNAUTHORIZED, -1},
    {"none", "/ocsp/a", ASKS_NOTHING, "SHA1", WHOLE, MALFORMED, -1},
    {"half", "/ocsp/a", ASKS_LEAF, "SHA1", CUT, MALFORMED, -1},
    {"with something behind", "/ocsp/a", ASKS_LEAF, "SHA1", LONGER, MALFORMED, -1},
    {"without a body", "/ocsp/a", ASKS_LEAF, "SHA1", EMPTY, MALFORMED, -1},
    {"no DER", "/ocsp/a", ASKS_LEAF, "SHA1", GARBAGE, MALFORMED, -1},
};

/* Gives the DER of the request, bent as asked. */
static struct ps_buffer ocsp_request(const struct world *w, const struct ocsp_row *row)
{
    const ps_certificate_id subjects[] = {w->chain.leaf, w->second, w->namesakes, w->chain.middle};
    struct ps_certificate_spec spec = fixture_ca_spec(FIXTURE_MIDDLE);
    ps_certificate_id namesake =
        fixture_issue(&spec, w->namesake_key, FIXTURE_ROOT, w->chain.root_key);
    const ps_certificate_id issuers[] = {w->chain.middle, w->chain.middle, namesake, w->chain.root};
    OCSP_REQUEST *request = OCSP_REQUEST_new();
    int first = row->asks == ASKS_TWO ? 0 : (int)row->asks;
    int last = row->asks == ASKS_TWO ? 1 : row->asks == ASKS_NOTHING ? -1 : first;
    for (int i = first; i <= last; i++) {
        X509 *subject = fixture_x509(subjects[i]), *issuer = fixture_x509(issuers[i]);
        OCSP_CERTID *id = OCSP_cert_to_id(EVP_get_digestbyname(row->digest), subject, issuer);
        ck_assert_ptr_nonnull(OCSP_request_add0_id(request, id));
        X509_free(subject);
        X509_free(issuer);
    }
    unsigned char *der = NULL;
    int size = i2d_OCSP_REQUEST(request, &der);
    ck_assert_int_gt(size, 0);
    struct ps_buffer bytes = {0};
    if (row->bends == GARBAGE)
        ps_buffer_append(&bytes, "\x30\x82\xff\xff", 4);
    else if (row->bends != EMPTY)
        ps_buffer_append(&bytes, der, (size_t)(row->bends == CUT ? size - 1 : size));
    if (row->bends == LONGER)
        ps_buffer_append(&bytes, "", 1);
    OPENSSL_free(der);
    OCSP_REQUEST_free(request);
    return bytes;
}

/* The head of an answer, as text, and its body. Borrowed until the buffer changes. */
struct answer {
    struct ps_buffer bytes;
    const char *head;
    struct ps_bytes body;
};

static struct answer exchange(struct ps_session *session, const void *request, size_t size,
                              size_t piece)
{
    struct answer answer = {.head = ""};
    for (size_t at = 0; at < size; at += piece)
        ps_session_receive(session, (const char *)request + at,
                           size - at < piece ? size - at : piece);
    struct ps_buffer *output = ps_session_output(session);
    ps_buffer_append(&answer.bytes, output->data, output->size);
    ps_buffer_append(&answer.bytes, "", 1);
    size_t whole = answer.bytes.size - 1;
    char *end = memmem(answer.bytes.data, whole, "\r\n\r\n", 4);
    if (end != NULL) {
        end[2] = '\0';
        answer.head = (const char *)answer.bytes.data;
        answer.body.data = (const unsigned char *)end + 4;
        answer.body.size = whole - (size_t)(answer.body.data - answer.bytes.data);
    }
    return answer;
}

static struct ps_session *session_new(struct ps_server *server, const struct world *w)
{
    struct ps_session_options options = {
        .published = w->published, .published_count = sizeof w->published / sizeof w->published[0]};
    return fixture_session_with(server, &options);
}

static void check_head(const char *name, const struct answer *answer, const char *status,
                       const char *type)
{
    ck_assert_msg(strncmp(answer->head, status, strlen(status)) == 0, "%s: %s", name, answer->head);
    char line[96];
    snprintf(line, sizeof line, "\r\nContent-Type: %s\r\n", type);
    ck_assert_msg(strstr(answer->head, line) != NULL, "%s: %s", name, answer->head);
    snprintf(line, sizeof line, "\r\nContent-Length: %zu\r\n", answer->body.size);
    ck_assert_msg(strstr(answer->head, line) != NULL, "%s: %s", name, answer->head);
}

START_TEST(ocsp_requests)
{
    const struct ocsp_row *row = &ocsp_rows[_i / 2];
    struct world *w = world_new();
    struct ps_server *server = fixture_server();
    struct ps_session *session = session_new(server, w);
    struct ps_buffer asked = ocsp_request(w, row);
    char head[160];
    int size = snprintf(head, sizeof head,
                        "POST %s HTTP/1.1\r\nHost: ca.example\r\n"
                        "Content-Type: application/ocsp-request\r\nContent-Length: %zu\r\n\r\n",
                        row->path, asked.size);
    struct ps_buffer request = {0};
    ps_buffer_append(&request, head, (size_t)size);
    if (asked.size > 0)
        ps_buffer_append(&request, asked.data, asked.size);
    struct answer answer =
        exchange(session, request.data, request.size, _i % 2 == 0 ? SIZE_MAX / 2 : 1);

    check_head(row->name, &answer, "HTTP/1.1 200 OK\r\n", "application/ocsp-response");
    const unsigned char *at = answer.body.data;
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)answer.body.size);
    ck_assert_msg(response != NULL && at == answer.body.data + answer.body.size, "%s", row->name);
    ck_assert_msg(OCSP_response_status(response) == row->status, "%s: %s", row->name,
                  OCSP_response_status_str(OCSP_response_status(response)));
    if (row->about >= 0) {
        struct ps_bytes expected = bytes_of(&w->answers[row->about]);
        ck_assert_msg(answer.body.size == expected.size &&
                          memcmp(answer.body.data, expected.data, expected.size) == 0,
                      "%s: somebody else's answer", row->name);
    }
    struct ps_session_seen seen = ps_session_seen(session);
    ck_assert_msg(seen.request && seen.wants_close && !seen.hello && !seen.ended, "%s", row->name);
    ck_assert_uint_eq(ERR_peek_error(), 0);
    OCSP_RESPONSE_free(response);
    ps_buffer_deinit(&answer.bytes);
    ps_buffer_deinit(&request);
    ps_buffer_deinit(&asked);
    ps_session_free(session);
    ps_server_free(server);
    world_free(w);
}
END_TEST

/* A digest that OpenSSL does not know names nothing. */
START_TEST(an_unknown_digest)
{
    struct world *w = world_new();
    struct ps_server *server = fixture_server();
    struct ps_session *session = session_new(server, w);
    struct ps_buffer asked = ocsp_request(w, &ocsp_rows[0]);
    static const unsigned char sha1[] = {0x06, 0x05, 0x2b, 0x0e, 0x03, 0x02, 0x1a};
    unsigned char *oid = memmem(asked.data, asked.size, sha1, sizeof sha1);
    ck_assert_ptr_nonnull(oid);
    oid[6] = 0x7f;
    char head[96];
    int size = snprintf(head, sizeof head, "POST /ocsp/a HTTP/1.1\r\nContent-Length: %zu\r\n\r\n",
                        asked.size);
    ps_session_receive(session, head, (size_t)size);
    struct answer answer = exchange(session, asked.data, asked.size, asked.size);
    const unsigned char *at = answer.body.data;
    OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)answer.body.size);
    ck_assert_int_eq(OCSP_response_status(response), OCSP_RESPONSE_STATUS_UNAUTHORIZED);
    OCSP_RESPONSE_free(response);
    ps_buffer_deinit(&answer.bytes);
    ps_buffer_deinit(&asked);
    ps_session_free(session);
    ps_server_free(server);
    world_free(w);
}
END_TEST

/* --- The rest, in plain text --- */

#define TEXT_64 "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LONG    TEXT_64 TEXT_64 TEXT_64 TEXT_64 TEXT_64 TEXT_64 TEXT_64 TEXT_64
static const struct request_row {
    const char *name;
    const char *request;
    bool tls;
    const char *status; /* NULL: closed without an answer */
    const char *type;
    const char *body;
} request_rows[] = {
#define OCTETS    "application/octet-stream"
#define NOT_FOUND "HTTP/1.1 404 Not Found\r\n", OCTETS, ""
    {"a CRL", "GET /crl/a HTTP/1.1\r\n\r\n", false, "HTTP/1.1 200 OK\r\n", "application/pkix-crl",
     "a list"},
    {"an issuer", "GET /issuer/a HTTP/1.1\r\n\r\n", false, "HTTP/1.1 200 OK\r\n",
     "application/pkix-cert", "a certificate"},
    {"a CRL by POST", "POST /crl/a HTTP/1.1\r\nContent-Length: 1\r\n\r\nx", false, NOT_FOUND},
    {"OCSP by GET", "GET /ocsp/a HTTP/1.1\r\n\r\n", false, NOT_FOUND},
    {"a CRL that is not there", "GET /crl/b HTTP/1.1\r\n\r\n", false, NOT_FOUND},
    {"a path that is too long", "GET /crl/" LONG " HTTP/1.1\r\n\r\n", false, NOT_FOUND},
    {"OCSP at a path that is too long",
     "POST /ocsp/" LONG " HTTP/1.1\r\nContent-Length: 1\r\n\r\nx", false, NOT_FOUND},
    {"an OCSP request that is too large", "POST /ocsp/a HTTP/1.1\r\nContent-Length: 65537\r\n\r\n",
     false, "HTTP/1.1 413 Content Too Large\r\n", OCTETS, ""},
    {"OCSP that is down", "POST /ocsp/down HTTP/1.1\r\nContent-Length: 1\r\n\r\nx", false, NULL,
     NULL, NULL},
    {"OCSP that is down, by GET", "GET /ocsp/down HTTP/1.1\r\n\r\n", false, NULL, NULL, NULL},
    {"a CRL that is down", "GET /crl/down HTTP/1.1\r\n\r\n", false, NULL, NULL, NULL},
    {"a CRL over TLS", "GET /crl/a HTTP/1.1\r\n\r\n", true, NOT_FOUND},
    {"a CRL that is down, over TLS", "GET /crl/down HTTP/1.1\r\n\r\n", true, NOT_FOUND},
    {"OCSP over TLS", "POST /ocsp/a HTTP/1.1\r\nContent-Length: 1\r\n\r\nx", true, NOT_FOUND},
};

static struct answer exchange_tls(struct client *client, struct ps_session *session,
                                  const char *request)
{
    struct answer answer = {.head = ""};
    client_carry(client, session);
    client_send(client, request, strlen(request));
    client_carry(client, session);
    client_read(client, &answer.bytes);
    ps_buffer_append(&answer.bytes, "", 1);
    char *end = strstr((char *)answer.bytes.data, "\r\n\r\n");
    ck_assert_ptr_nonnull(end);
    end[2] = '\0';
    answer.head = (const char *)answer.bytes.data;
    answer.body = (struct ps_bytes){(const unsigned char *)end + 4, strlen(end + 4)};
    return answer;
}

START_TEST(requests)
{
    const struct request_row *row = &request_rows[_i];
    struct world *w = world_new();
    struct ps_presentation presentation = {.leaf = w->chain.leaf, .leaf_key = w->chain.leaf_key};
    struct ps_session_options options = {
        .presentation = row->tls ? &presentation : NULL,
        .published = w->published,
        .published_count = sizeof w->published / sizeof w->published[0],
    };
    struct ps_server *server = fixture_server();
    struct ps_session *session = fixture_session_with(server, &options);
    struct client client = client_new((struct client_options){0});
    struct ps_buffer body = {0};
    char *request = ps_strdup(row->request);
    if (strstr(request, "65537") != NULL) { /* as long as it says */
        ps_buffer_append(&body, request, strlen(request));
        for (int i = 0; i < 65537; i++)
            ps_buffer_append(&body, "x", 1);
    } else {
        ps_buffer_append(&body, request, strlen(request));
    }
    struct answer answer = row->tls ? exchange_tls(&client, session, request)
                                    : exchange(session, body.data, body.size, body.size);
    struct ps_session_seen seen = ps_session_seen(session);
    ck_assert_msg(seen.wants_close && !seen.ended, "%s", row->name);
    if (row->status == NULL) {
        ck_assert_msg(answer.bytes.size == 1 && !seen.request, "%s: %s", row->name, answer.head);
    } else {
        check_head(row->name, &answer, row->status, row->type);
        ck_assert_msg(answer.body.size == strlen(row->body) &&
                          memcmp(answer.body.data, row->body, answer.body.size) == 0,
                      "%s", row->name);
        ck_assert_msg(seen.request == (strstr(row->status, " 413 ") == NULL), "%s", row->name);
    }
    free(request);
    ps_buffer_deinit(&body);
    ps_buffer_deinit(&answer.bytes);
    client_free(&client);
    ps_session_free(session);
    ps_server_free(server);
    world_free(w);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("publisher");
    TCase *tests = tcase_create("sessions that publish");
    tcase_set_timeout(tests, 120);
    tcase_add_checked_fixture(tests, fixture_setup, fixture_teardown);
#define COUNT(rows) ((int)(sizeof(rows) / sizeof(rows)[0]))
    tcase_add_loop_test(tests, ocsp_requests, 0, 2 * COUNT(ocsp_rows));
    tcase_add_test(tests, an_unknown_digest);
    tcase_add_loop_test(tests, requests, 0, COUNT(request_rows));
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
