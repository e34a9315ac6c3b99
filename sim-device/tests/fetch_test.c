/* SPDX-License-Identifier: Apache-2.0
 *
 * The way to what is published: URLs, HTTP, limits, and the contact that waits meanwhile.
 */
#include <check.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>
#include "depth.h"
#include "mint_status.h"
#include "urls.h"

#define NOW       "2021-10-05"
#define RESPONDER "http://status.example/ocsp/issuing"

static struct ps_bytes bytes_of(const struct ps_buffer *buffer)
{
    return (struct ps_bytes){buffer->data, buffer->size};
}

static struct ps_bytes text_bytes(const struct ps_text *text)
{
    return (struct ps_bytes){(unsigned char *)text->chars, text->length};
}

/* ---- URLs ---- */

static const struct {
    const char *url, *host, *path; /* NULL: nothing can be fetched from there */
} urls[] = {
    {"http://status.example/ocsp", "status.example", "/ocsp"},
    {"http://status.example", "status.example", "/"},
    {"http://status.example/", "status.example", "/"},
    {"HTTP://Status.Example:8080/a/b?c=d&e=/f", "Status.Example:8080", "/a/b?c=d&e=/f"},
    {"http://status.example/a#part", "status.example", "/a"},
    {"http://status.example#part", NULL, NULL},
    {"http://127.0.0.1:80/", "127.0.0.1:80", "/"},
    {"http://[::1]:8080/x", "[::1]:8080", "/x"},
    {"http://status.example?query", NULL, NULL},
    {"https://status.example/", NULL, NULL},
    {"ldap://status.example/x", NULL, NULL},
    {"http://user@status.example/", NULL, NULL},
    {"http://user:secret@status.example/", NULL, NULL},
    {"http:///path", NULL, NULL},
    {"http://", NULL, NULL},
    {"http://status.example:http/", NULL, NULL},
    {"status.example/ocsp", NULL, NULL},
    {"/ocsp", NULL, NULL},
    {"", NULL, NULL},
    {"http://status.example/a b", NULL, NULL},
    {"http://status.example/\r\nX: y", NULL, NULL},
    {"http://status.example/\303\244", NULL, NULL},
    {"http://status.example/\177", NULL, NULL},
};

START_TEST(urls_that_can_be_fetched)
{
    struct ps_url split;
    bool usable = ps_url_split(urls[_i].url, &split);
    ck_assert_msg(usable == (urls[_i].host != NULL), "%s", urls[_i].url);
    if (!usable)
        return;
    ck_assert_uint_eq(split.host_length, strlen(urls[_i].host));
    ck_assert_mem_eq(split.host, urls[_i].host, split.host_length);
    ck_assert_uint_eq(split.path_length, strlen(urls[_i].path));
    ck_assert_mem_eq(split.path, urls[_i].path, split.path_length);
}
END_TEST

START_TEST(a_url_has_a_limit)
{
    for (size_t over = 0; over < 2; over++) {
        char url[PS_URL_BYTES_MAX + 2] = "http://status.example/";
        size_t size = PS_URL_BYTES_MAX + over;
        memset(url + strlen(url), 'x', size - strlen(url));
        url[size] = '\0';
        struct ps_url split;
        ck_assert_int_eq(ps_url_split(url, &split), over == 0);
    }
}
END_TEST

static void add_place(AUTHORITY_INFO_ACCESS *access, const char *url, size_t size)
{
    ACCESS_DESCRIPTION *description = ACCESS_DESCRIPTION_new();
    ASN1_OBJECT_free(description->method);
    description->method = OBJ_nid2obj(NID_ad_OCSP);
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    ASN1_STRING_set(text, url, (int)size);
    GENERAL_NAME_set0_value(description->location, GEN_URI, text);
    sk_ACCESS_DESCRIPTION_push(access, description);
}

START_TEST(places_in_a_certificate)
{
    static const char with_nul[] = "http://status.example\0.other.example/";
    struct ps_urls found;
    X509 *certificate = X509_dup(mint_named("SLx")->certificate);
    AUTHORITY_INFO_ACCESS *access = AUTHORITY_INFO_ACCESS_new();
    add_place(access, with_nul, sizeof with_nul - 1);
    add_place(access, "https://status.example/", 23);
    for (int i = 0; i < PS_URLS_MAX + 1; i++) {
        char url[] = "http://status.example/0";
        url[sizeof url - 2] = (char)('0' + i);
        add_place(access, url, sizeof url - 1);
    }
    X509_add1_ext_i2d(certificate, NID_info_access, access, 0, 0);
    AUTHORITY_INFO_ACCESS_free(access);
    ps_urls_of(certificate, PS_URLS_OCSP, &found);
    ck_assert_uint_eq(found.count, PS_URLS_MAX);
    ck_assert_str_eq(found.all[0], "http://status.example/0");
    ck_assert_str_eq(found.all[PS_URLS_MAX - 1], "http://status.example/3");
    ps_urls_deinit(&found);
    ps_urls_of(certificate, PS_URLS_ISSUER, &found);
    ck_assert_uint_eq(found.count, 0);
    X509_free(certificate);
}
END_TEST

/* Points that tell too little by themselves: relative to a name, for some reasons, of another
 * issuer. And extensions that cannot be read. */
START_TEST(points_that_are_no_whole_lists)
{
    X509 *certificate = X509_dup(mint_named("SLx")->certificate);
    struct ps_urls found;
    CRL_DIST_POINTS *points = sk_DIST_POINT_new_null();
    for (int i = 0; i < 4; i++) {
        DIST_POINT *point = DIST_POINT_new();
        GENERAL_NAME *name = GENERAL_NAME_new();
        ASN1_IA5STRING *text = ASN1_IA5STRING_new();
        char url[] = "http://status.example/0";
        url[sizeof url - 2] = (char)('0' + i);
        ASN1_STRING_set(text, url, -1);
        GENERAL_NAME_set0_value(name, GEN_URI, text);
        point->distpoint = DIST_POINT_NAME_new();
        point->distpoint->type = i == 0;
        if (i == 0)
            point->distpoint->name.relativename = sk_X509_NAME_ENTRY_new_null();
        else
            point->distpoint->name.fullname = sk_GENERAL_NAME_new_null();
        if (i == 0)
            GENERAL_NAME_free(name);
        else
            sk_GENERAL_NAME_push(point->distpoint->name.fullname, name);
        if (i == 1) {
            point->reasons = ASN1_BIT_STRING_new();
            ASN1_BIT_STRING_set_bit(point->reasons, 1, 1);
        }
        if (i == 2) {
            point->CRLissuer = sk_GENERAL_NAME_new_null();
            sk_GENERAL_NAME_push(point->CRLissuer, GENERAL_NAME_dup(sk_GENERAL_NAME_value(
                                                       point->distpoint->name.fullname, 0)));
        }
        sk_DIST_POINT_push(points, point);
    }
    sk_DIST_POINT_push(points, DIST_POINT_new()); /* names nothing */
    X509_add1_ext_i2d(certificate, NID_crl_distribution_points, points, 0, 0);
    CRL_DIST_POINTS_free(points);
    ps_urls_of(certificate, PS_URLS_CRL, &found);
    ck_assert_uint_eq(found.count, 1);
    ck_assert_str_eq(found.all[0], "http://status.example/3");
    ps_urls_deinit(&found);
    ASN1_OCTET_STRING *nonsense = ASN1_OCTET_STRING_new();
    ASN1_OCTET_STRING_set(nonsense, (const unsigned char *)"nonsense", 8);
    X509_EXTENSION *unreadable = X509_EXTENSION_create_by_NID(NULL, NID_info_access, 0, nonsense);
    X509_add_ext(certificate, unreadable, -1); /* copies */
    X509_EXTENSION_free(unreadable);
    ps_urls_of(certificate, PS_URLS_ISSUER, &found);
    ck_assert_uint_eq(found.count, 0);
    ASN1_OCTET_STRING_free(nonsense);
    X509_free(certificate);
}
END_TEST

/* ---- HTTP ---- */

static void good_answer(struct ps_buffer *ret_answer)
{
    const struct mint_ocsp how = {
        .about = "SL", .issuer = "SI", .from = "2021-10-01", .until = "2021-10-08"};
    mint_ocsp(&how, ret_answer);
}

static struct device hard_device(const char *settings)
{
    struct device device = {.strategy = device_strategy(), .anchors = "SR"};
    device_set(&device.strategy, "revocation.mode=ocsp revocation.on_unavailable=hard");
    device_set(&device.strategy, settings);
    return device;
}

static const struct {
    const char *name, *head; /* before the body; %zu is its length */
    size_t kept;             /* of the body's bytes; 0: all */
    bool stays_open, accepted;
} https[] = {
    {"with its length", "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", 0, true, true},
    {"until the end", "HTTP/1.1 200 OK\r\n\r\n", 0, false, true},
    {"of HTTP/1.0", "HTTP/1.0 200 OK\r\nContent-Type: application/ocsp-response\r\n\r\n", 0, false,
     true},
    {"chunked", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%zx\r\n", 0, true, true},
    {"cut off", "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", 20, false, false},
    {"cut off, until the end", "HTTP/1.1 200 OK\r\n\r\n", 20, false, false},
    {"created", "HTTP/1.1 201 Created\r\nContent-Length: %zu\r\n\r\n", 0, true, false},
    {"not found", "HTTP/1.1 404 Not Found\r\nContent-Length: %zu\r\n\r\n", 0, true, false},
    {"unavailable", "HTTP/1.1 503 No\r\nContent-Length: %zu\r\n\r\n", 0, true, false},
    {"elsewhere",
     "HTTP/1.1 302 Found\r\nLocation: http://two.example/\r\nContent-Length: %zu\r\n\r\n", 0, true,
     false},
    {"no content", "HTTP/1.1 204 No Content\r\n\r\n", 0, true, false},
    {"no HTTP", "220 status.example ESMTP\r\n", 0, true, false},
    {"a request", "GET / HTTP/1.1\r\nContent-Length: %zu\r\n\r\n", 0, true, false},
    {"a head and no more", "HTTP/1.1 200 OK\r\nContent-Le", 1, false, false},
};

static void make_http(size_t row, struct ps_text *ret_http)
{
    struct ps_buffer body = {0};
    good_answer(&body);
    const char *length = strstr(https[row].head, "%z");
    size_t before = length ? (size_t)(length - https[row].head) : strlen(https[row].head);
    ps_text_add_n(ret_http, https[row].head, before);
    if (length) {
        ps_text_add(ret_http, length[2] == 'x' ? "%zx" : "%zu", body.size);
        ps_text_add(ret_http, "%s", length + 3);
    }
    size_t kept = https[row].kept ? https[row].kept : body.size;
    ps_text_add_n(ret_http, (const char *)body.data, kept);
    if (strstr(https[row].head, "chunked"))
        ps_text_add(ret_http, "\r\n0\r\n\r\n");
    ps_buffer_deinit(&body);
}

START_TEST(answers_over_http)
{
    for (int depth = DEPTH_TLS_1_3; depth < DEPTHS; depth++)
        for (size_t chunk = 0; chunk < 2; chunk++) {
            struct publisher publisher = {.chunk = chunk, .stays_open = https[_i].stays_open};
            struct ps_text http = {0};
            make_http((size_t)_i, &http);
            publish_http(&publisher, RESPONDER, text_bytes(&http));
            struct device device = hard_device("");
            struct exchange exchange = {.served = "SL SI SU", .now = NOW, .publisher = &publisher};
            struct ps_verdict verdict = depth_verdict((enum depth)depth, &exchange, &device);
            ck_assert_msg(ps_verdict_accepted(&verdict) == https[_i].accepted, "%s, chunk %zu: %s",
                          https[_i].name, chunk, verdict.reason);
            ck_assert_str_eq(publisher_asked(&publisher), RESPONDER); /* no redirection either */
            publisher_deinit(&publisher);
            ps_text_deinit(&http);
        }
}
END_TEST

static void check_request(const struct ps_buffer *request, const char *head)
{
    size_t size = strlen(head);
    ck_assert_msg(request->size >= size && memcmp(request->data, head, size) == 0, "%.*s",
                  (int)request->size, (const char *)request->data);
}

START_TEST(requests)
{
    static const char got[] = "GET /crl HTTP/1.1\r\nHost: one.example\r\nConnection: close\r\n\r\n";
    struct publisher publisher = {0};
    struct device device = hard_device("");
    struct exchange exchange = {.served = "SLy SI SU", .now = NOW, .publisher = &publisher};
    struct ps_verdict verdict = depth_verdict(DEPTH_TLS_1_3, &exchange, &device);
    ck_assert_int_eq(verdict.stage, PS_STAGE_REVOCATION);
    ck_assert_uint_eq(publisher.asked_count, 2);
    struct ps_text head = {0};
    ps_text_add(&head, "POST /ocsp?a=b HTTP/1.1\r\nHost: one.example:8080\r\nConnection: close\r\n"
                       "Content-Type: application/ocsp-request\r\nContent-Length: ");
    check_request(&publisher.requests[0], head.chars);
    const char *length = (const char *)publisher.requests[0].data + head.length;
    const unsigned char *body = publisher.requests[0].data + publisher.requests[0].size;
    body -= strtoul(length, NULL, 10);
    ck_assert_mem_eq(body - 4, "\r\n\r\n", 4);
    ck_assert_int_eq(body[0], 0x30); /* a SEQUENCE */
    ps_text_deinit(&head);
    check_request(&publisher.requests[1], "POST / HTTP/1.1\r\nHost: two.example\r\n");
    publisher_deinit(&publisher);

    device_set(&device.strategy, "revocation.mode=crl");
    depth_verdict(DEPTH_TLS_1_3, &exchange, &device);
    ck_assert_uint_eq(publisher.asked_count, 2);
    ck_assert_uint_eq(publisher.requests[0].size, sizeof got - 1);
    check_request(&publisher.requests[0], got);
    publisher_deinit(&publisher);
}
END_TEST

/* ---- limits ---- */

static enum ps_fetch_state fetch_once(struct ps_fetches *fetches, const char *url, const char *head,
                                      const char *piece, size_t times)
{
    struct ps_bytes body = {0};
    ck_assert_int_eq(ps_fetches_ask(fetches, url, (struct ps_bytes){0}, &body), PS_FETCH_UNDER_WAY);
    ps_fetches_receive(fetches, head, strlen(head));
    for (size_t i = 0; i < times; i++)
        ps_fetches_receive(fetches, piece, strlen(piece));
    ps_fetches_end(fetches);
    ck_assert_ptr_null(fetches->current);
    ck_assert_uint_eq(fetches->output.size, 0);
    return ps_fetches_ask(fetches, url, (struct ps_bytes){0}, &body);
}

START_TEST(an_answer_has_a_limit)
{
    struct ps_fetches fetches = {0};
    char piece[1025];
    memset(piece, 'x', 1024);
    piece[1024] = '\0';
    ck_assert_int_eq(
        fetch_once(&fetches, "http://a.example/1", "HTTP/1.1 200 OK\r\n\r\n", piece, 256),
        PS_FETCH_DONE);
    ck_assert_int_eq(
        fetch_once(&fetches, "http://a.example/2", "HTTP/1.1 200 OK\r\n\r\nx", piece, 256),
        PS_FETCH_FAILED);
    /* One byte of body in a lot of wrapping. */
    char wrapped[1100];
    snprintf(wrapped, sizeof wrapped, "1;e=%.1000s\r\nx\r\n", piece);
    ck_assert_int_eq(fetch_once(&fetches, "http://a.example/3",
                                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", wrapped,
                                1000),
                     PS_FETCH_FAILED);
    ck_assert_uint_gt(fetches.all[2].received_bytes, PS_FETCH_BYTES_MAX);
    ck_assert_uint_lt(fetches.all[2].received_bytes, PS_FETCH_BYTES_MAX + sizeof wrapped);
    ps_fetches_deinit(&fetches);
}
END_TEST

START_TEST(a_contact_fetches_so_many_and_no_more)
{
    struct ps_fetches fetches = {0};
    struct ps_bytes body = {0};
    char url[32];
    for (int i = 0; i < PS_FETCHES_MAX; i++) {
        snprintf(url, sizeof url, "http://a.example/%d", i);
        ck_assert_int_eq(fetch_once(&fetches, url, "HTTP/1.1 200 OK\r\n\r\n", url, 1),
                         PS_FETCH_DONE);
    }
    ck_assert_int_eq(ps_fetches_ask(&fetches, "http://a.example/more", (struct ps_bytes){0}, &body),
                     PS_FETCH_FAILED);
    ck_assert_ptr_null(fetches.current);
    /* What was fetched stays, each under its own name. */
    ck_assert_int_eq(ps_fetches_ask(&fetches, "http://a.example/3", (struct ps_bytes){0}, &body),
                     PS_FETCH_DONE);
    ck_assert_uint_eq(body.size, strlen("http://a.example/3"));
    ck_assert_mem_eq(body.data, "http://a.example/3", body.size);
    ps_fetches_deinit(&fetches);
}
END_TEST

/* One responder may be asked about more than one certificate. */
START_TEST(what_is_posted_is_part_of_the_question)
{
    struct ps_fetches fetches = {0};
    const struct ps_bytes posts[] = {{(const unsigned char *)"one", 3},
                                     {(const unsigned char *)"two", 3},
                                     {(const unsigned char *)"three", 5},
                                     {NULL, 0}};
    for (uint32_t i = 0; i < 4; i++) {
        struct ps_bytes body = {0};
        ck_assert_int_eq(ps_fetches_ask(&fetches, RESPONDER, posts[i], &body), PS_FETCH_UNDER_WAY);
        ck_assert_uint_eq(fetches.current->fetch.number, i + 1);
        ps_fetches_abandon(&fetches);
        ck_assert_int_eq(ps_fetches_ask(&fetches, RESPONDER, posts[i], &body), PS_FETCH_FAILED);
    }
    ck_assert_uint_eq(fetches.count, 4);
    ps_fetches_receive(&fetches, "late", 4);
    ps_fetches_end(&fetches);
    ck_assert_int_eq(ps_fetches_ask(NULL, RESPONDER, posts[0], NULL), PS_FETCH_FAILED);
    ps_fetches_deinit(&fetches);
}
END_TEST

/* ---- the contact meanwhile ---- */

static struct ps_verdict contact_with(struct publisher *publisher, struct exchange *exchange,
                                      int version, const char *settings)
{
    struct ps_buffer answer = {0};
    struct device device = hard_device(settings);
    good_answer(&answer);
    publish(publisher, RESPONDER, bytes_of(&answer));
    exchange->served = "SL SI SU";
    exchange->now = NOW;
    exchange->publisher = publisher;
    exchange->tls_version = version;
    struct ps_verdict verdict = exchange_once(exchange, &device);
    ps_buffer_deinit(&answer);
    return verdict;
}

static const int versions[] = {TLS1_3_VERSION, TLS1_2_VERSION};

/* The publisher itself checks at each step that nothing is sent. */
START_TEST(bytes_that_come_meanwhile_are_kept)
{
    struct publisher publisher = {.waits = 5000};
    struct exchange exchange = {.chunk = 1};
    struct ps_verdict verdict = contact_with(&publisher, &exchange, versions[_i], "");
    ck_assert_msg(ps_verdict_accepted(&verdict), "%s", verdict.reason);
    ck_assert_uint_eq(publisher.waits, 0);
    ck_assert(exchange.ret_request && exchange.ret_closed);
    publisher_deinit(&publisher);
}
END_TEST

START_TEST(the_link_ends_meanwhile)
{
    struct publisher publisher = {.link_ends = true};
    struct exchange exchange = {0};
    struct ps_verdict verdict = contact_with(&publisher, &exchange, versions[_i], "");
    ck_assert_int_eq(verdict.stage, PS_STAGE_UNREACHABLE);
    ck_assert_str_eq(verdict.reason, "the link was cut");
    ck_assert_str_eq(verdict.path, "");
    ck_assert_uint_eq(publisher.asked_count, 0);
    ck_assert(!exchange.ret_request && !exchange.ret_alert && !exchange.ret_closed);
    publisher_deinit(&publisher);
}
END_TEST

START_TEST(a_flood_meanwhile_ends)
{
    struct publisher publisher = {.flood = 256 * 1024 + 1};
    struct exchange exchange = {0};
    struct ps_verdict verdict = contact_with(&publisher, &exchange, versions[_i], "");
    ck_assert_int_eq(verdict.stage, PS_STAGE_TLS);
    ck_assert_str_eq(verdict.reason, "the server's handshake is longer than 262144 bytes");
    publisher_deinit(&publisher);
}
END_TEST

/* Wherever the server's bytes end: unreachable, until the last one. */
START_TEST(the_link_ends_anywhere)
{
    enum { STEP = 23 };
    for (size_t position = STEP;; position += STEP) {
        struct publisher publisher = {0};
        struct exchange exchange = {.server_bytes = position};
        struct ps_verdict verdict = contact_with(&publisher, &exchange, versions[_i], "");
        publisher_deinit(&publisher);
        if (ps_verdict_accepted(&verdict)) {
            ck_assert_uint_gt(position, 1500);
            break;
        }
        ck_assert_msg(verdict.stage == PS_STAGE_UNREACHABLE, "cut at %zu: %s", position,
                      verdict.reason);
        ck_assert(!exchange.ret_delivered_all);
    }
}
END_TEST

/* In TLS 1.2 the refusal comes when the handshake is done, and the server sees it close. */
START_TEST(a_refusal_before_the_first_byte_of_data)
{
    struct ps_buffer staple = {0};
    const struct mint_ocsp how = {.about = "SL",
                                  .issuer = "SI",
                                  .from = "2021-10-01",
                                  .until = "2021-10-08",
                                  .status = 1 /* revoked */};
    mint_ocsp(&how, &staple);
    struct publisher publisher = {0};
    struct exchange exchange = {.staple = bytes_of(&staple)};
    struct ps_verdict verdict = contact_with(&publisher, &exchange, versions[_i], "");
    ck_assert_int_eq(verdict.stage, PS_STAGE_REVOCATION);
    ck_assert_str_eq(verdict.reason, "certificate revoked: hub.example");
    ck_assert_uint_eq(publisher.asked_count, 0);
    ck_assert(!exchange.ret_request);
    bool late = versions[_i] == TLS1_2_VERSION;
    ck_assert_int_eq(exchange.ret_handshake_done, late);
    ck_assert(exchange.ret_closed);
    ck_assert_int_eq(exchange.ret_alert, !late);
    publisher_deinit(&publisher);
    ps_buffer_deinit(&staple);
}
END_TEST

/* The same inputs: the same verdict, the same questions, byte for byte. */
START_TEST(contacts_are_equal)
{
    struct ps_verdict verdicts[2];
    struct publisher publishers[2] = {{.chunk = 0}, {.chunk = 7}};
    for (size_t i = 0; i < 2; i++) {
        struct exchange exchange = {.chunk = i == 0 ? 0 : 100};
        verdicts[i] = contact_with(&publishers[i], &exchange, versions[_i],
                                   "revocation.scope=chain revocation.on_unavailable=soft");
    }
    ck_assert_mem_eq(&verdicts[0], &verdicts[1], sizeof verdicts[0]);
    ck_assert(ps_verdict_accepted(&verdicts[0]));
    ck_assert_uint_eq(publishers[0].asked_count, 3);
    ck_assert_uint_eq(publishers[1].asked_count, 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_str_eq(publishers[0].asked[i], publishers[1].asked[i]);
        ck_assert_uint_eq(publishers[0].requests[i].size, publishers[1].requests[i].size);
        ck_assert_mem_eq(publishers[0].requests[i].data, publishers[1].requests[i].data,
                         publishers[0].requests[i].size);
    }
    publisher_deinit(&publishers[0]);
    publisher_deinit(&publishers[1]);
}
END_TEST

#define ROWS(table) (int)(sizeof(table) / sizeof(table)[0])

int main(void)
{
    Suite *suite = suite_create("fetch");
    TCase *tests = tcase_create("fetch");
    tcase_set_timeout(tests, 120);
    tcase_add_unchecked_fixture(tests, mint_setup, mint_teardown);
    tcase_add_loop_test(tests, urls_that_can_be_fetched, 0, ROWS(urls));
    tcase_add_test(tests, a_url_has_a_limit);
    tcase_add_test(tests, places_in_a_certificate);
    tcase_add_test(tests, points_that_are_no_whole_lists);
    tcase_add_loop_test(tests, answers_over_http, 0, ROWS(https));
    tcase_add_test(tests, requests);
    tcase_add_test(tests, an_answer_has_a_limit);
    tcase_add_test(tests, a_contact_fetches_so_many_and_no_more);
    tcase_add_test(tests, what_is_posted_is_part_of_the_question);
    tcase_add_loop_test(tests, bytes_that_come_meanwhile_are_kept, 0, 2);
    tcase_add_loop_test(tests, the_link_ends_meanwhile, 0, 2);
    tcase_add_loop_test(tests, a_flood_meanwhile_ends, 0, 2);
    tcase_add_loop_test(tests, the_link_ends_anywhere, 0, 2);
    tcase_add_loop_test(tests, a_refusal_before_the_first_byte_of_data, 0, 2);
    tcase_add_loop_test(tests, contacts_are_equal, 0, 2);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    int failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
