/* SPDX-License-Identifier: Apache-2.0 */
#include <assert.h>
#include <stdio.h>
#include <string.h>
#include "http.h"

static int request_on_url(http_parser *parser, const char *at, size_t length)
{
    struct ps_session_request *request = parser->data;
    for (size_t i = 0; i < length; i++, request->path_bytes++) {
        if (request->path_bytes < PS_REQUEST_PATH_MAX)
            request->path[request->path_bytes] = at[i];
    }
    return 0;
}

static int request_on_head_done(http_parser *parser)
{
    struct ps_session_request *request = parser->data;
    request->head_done = true;
    request->keeps_body =
        parser->method == (unsigned)HTTP_POST && ps_publisher_is_at(PS_PUBLISH_OCSP, request->path);
    return 0;
}

static int request_on_body(http_parser *parser, const char *at, size_t length)
{
    struct ps_session_request *request = parser->data;
    if (length > PS_REQUEST_BODY_MAX - request->body_bytes) {
        request->state = PS_REQUEST_BODY_TOO_LARGE;
        return 1;
    }
    request->body_bytes += length;
    if (request->keeps_body) {
        ps_buffer_append(&request->body, at, length);
        return 0;
    }
    if (request->digest == NULL) {
        request->digest = EVP_MD_CTX_new();
        if (request->digest == NULL ||
            EVP_DigestInit_ex(request->digest, request->sha256, NULL) != 1)
            ps_memory_exhausted(0);
    }
    if (EVP_DigestUpdate(request->digest, at, length) != 1)
        ps_memory_exhausted(0);
    return 0;
}

static int request_on_done(http_parser *parser)
{
    struct ps_session_request *request = parser->data;
    request->state = PS_REQUEST_DONE;
    http_parser_pause(parser, 1); /* one request per connection */
    return 0;
}

static const http_parser_settings request_settings = {
    .on_url = request_on_url,
    .on_headers_complete = request_on_head_done,
    .on_body = request_on_body,
    .on_message_complete = request_on_done,
};

void ps_session_request_init(struct ps_session_request *request, const EVP_MD *sha256)
{
    *request = (struct ps_session_request){.sha256 = sha256};
    http_parser_init(&request->parser, HTTP_REQUEST);
    request->parser.data = request;
}

void ps_session_request_deinit(struct ps_session_request *request)
{
    ps_buffer_deinit(&request->body);
    EVP_MD_CTX_free(request->digest);
    request->digest = NULL;
}

static void request_parse(struct ps_session_request *request, const char *data, size_t size)
{
    size_t parsed = http_parser_execute(&request->parser, &request_settings, data, size);
    if (request->state == PS_REQUEST_READING &&
        (parsed != size || HTTP_PARSER_ERRNO(&request->parser) != HPE_OK))
        request->state = PS_REQUEST_MALFORMED;
}

enum ps_session_request_state ps_session_request_receive(struct ps_session_request *request,
                                                         const void *data, size_t size)
{
    const char *at = data;
    while (size > 0 && request->state == PS_REQUEST_READING) {
        size_t step = size;
        if (!request->head_done && step > PS_REQUEST_HEAD_MAX - request->head_bytes)
            step = PS_REQUEST_HEAD_MAX - request->head_bytes;
        if (step == 0) {
            request->state = PS_REQUEST_HEAD_TOO_LARGE;
            break;
        }
        if (!request->head_done)
            request->head_bytes += step;
        request_parse(request, at, step);
        at += step;
        size -= step;
    }
    return request->state;
}

static const char octets[] = "application/octet-stream";

static void answer_add(struct ps_buffer *answer, const char *status, const char *type,
                       struct ps_bytes body)
{
    char head[256];
    int size = snprintf(head, sizeof head,
                        "HTTP/1.1 %s\r\nContent-Type: %s\r\n"
                        "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                        status, type, body.size);
    assert(size > 0 && (size_t)size < sizeof head);
    ps_buffer_append(answer, head, (size_t)size);
    if (body.size > 0)
        ps_buffer_append(answer, body.data, body.size);
}

static void answer_fail(struct ps_buffer *answer, const char *status)
{
    answer_add(answer, status, octets, (struct ps_bytes){NULL, 0});
}

static void answer_acknowledge(const struct ps_session_request *request, struct ps_buffer *answer)
{
    enum { DIGEST_BYTES = 32, ACK_BYTES = 4 };
    unsigned char digest[DIGEST_BYTES];
    char text[ACK_BYTES + 2 * DIGEST_BYTES + 1] = "ack ";
    if (EVP_DigestFinal_ex(request->digest, digest, NULL) != 1)
        ps_memory_exhausted(0);
    for (size_t i = 0; i < DIGEST_BYTES; i++)
        snprintf(text + ACK_BYTES + 2 * i, 3, "%02x", digest[i]);
    answer_add(answer, "200 OK", octets,
               (struct ps_bytes){(const unsigned char *)text, ACK_BYTES + 2 * DIGEST_BYTES});
}

static bool request_is(const struct ps_session_request *request, enum http_method method,
                       const char *path)
{
    return request->parser.method == (unsigned)method &&
           request->path_bytes <= PS_REQUEST_PATH_MAX && strcmp(request->path, path) == 0;
}

/* What authorities publish. Returns whether the path is of that kind. */
static bool answer_publish(const struct ps_session_request *request,
                           const struct ps_publisher *publisher, struct ps_buffer *answer)
{
    const struct ps_published *found = NULL;
    if (publisher == NULL)
        return false;
    if (request->keeps_body) {
        struct ps_buffer der = {0};
        ps_publisher_ocsp(publisher, request->path,
                          (struct ps_bytes){request->body.data, request->body.size}, &der);
        answer_add(answer, "200 OK", "application/ocsp-response",
                   (struct ps_bytes){der.data, der.size});
        ps_buffer_deinit(&der);
        return true;
    }
    if (request->parser.method != (unsigned)HTTP_GET)
        return false;
    if ((found = ps_publisher_find(publisher, PS_PUBLISH_CRL, request->path)) != NULL)
        answer_add(answer, "200 OK", "application/pkix-crl", found->body);
    else if ((found = ps_publisher_find(publisher, PS_PUBLISH_ISSUER, request->path)) != NULL)
        answer_add(answer, "200 OK", "application/pkix-cert", found->body);
    return found != NULL;
}

static bool answer_request(const struct ps_session_request *request,
                           const struct ps_session_stock *stock, struct ps_buffer *answer)
{
    bool whole = request->path_bytes <= PS_REQUEST_PATH_MAX;
    if (whole && stock->publisher != NULL && ps_publisher_is_down(stock->publisher, request->path))
        return false;
    if (request_is(request, HTTP_POST, "/telemetry") && request->digest != NULL)
        answer_acknowledge(request, answer);
    else if (request_is(request, HTTP_GET, "/firmware") && stock->release.size > 0)
        answer_add(answer, "200 OK", octets, stock->release);
    else if (!whole || !answer_publish(request, stock->publisher, answer))
        answer_fail(answer, "404 Not Found");
    return true;
}

bool ps_session_request_answer(const struct ps_session_request *request,
                               const struct ps_session_stock *stock, struct ps_buffer *ret_answer)
{
    switch (request->state) {
    case PS_REQUEST_DONE:
        return answer_request(request, stock, ret_answer);
    case PS_REQUEST_MALFORMED:
        answer_fail(ret_answer, "400 Bad Request");
        return true;
    case PS_REQUEST_BODY_TOO_LARGE:
        answer_fail(ret_answer, "413 Content Too Large");
        return true;
    case PS_REQUEST_HEAD_TOO_LARGE:
        answer_fail(ret_answer, "431 Request Header Fields Too Large");
        return true;
    case PS_REQUEST_READING:
        break;
    }
    assert(!"an answer before the request");
    return false;
}
