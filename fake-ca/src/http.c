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
    return 0;
}

static int request_on_body(http_parser *parser, const char *at, size_t length)
{
    struct ps_session_request *request = parser->data;
    if (length > PS_REQUEST_BODY_MAX - request->body_bytes) {
        request->state = PS_REQUEST_BODY_TOO_LARGE;
        return 1;
    }
    if (request->digest == NULL) {
        request->digest = EVP_MD_CTX_new();
        if (request->digest == NULL ||
            EVP_DigestInit_ex(request->digest, request->sha256, NULL) != 1)
            ps_memory_exhausted(0);
    }
    if (EVP_DigestUpdate(request->digest, at, length) != 1)
        ps_memory_exhausted(0);
    request->body_bytes += length;
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

static void answer_add(struct ps_buffer *answer, const char *status, struct ps_bytes body)
{
    char head[256];
    int size = snprintf(head, sizeof head,
                        "HTTP/1.1 %s\r\nContent-Type: application/octet-stream\r\n"
                        "Content-Length: %zu\r\nConnection: close\r\n\r\n",
                        status, body.size);
    assert(size > 0 && (size_t)size < sizeof head);
    ps_buffer_append(answer, head, (size_t)size);
    if (body.size > 0)
        ps_buffer_append(answer, body.data, body.size);
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
    answer_add(answer, "200 OK",
               (struct ps_bytes){(const unsigned char *)text, ACK_BYTES + 2 * DIGEST_BYTES});
}

static bool request_is(const struct ps_session_request *request, enum http_method method,
                       const char *path)
{
    return request->parser.method == (unsigned)method &&
           request->path_bytes <= PS_REQUEST_PATH_MAX && strcmp(request->path, path) == 0;
}

void ps_session_request_answer(const struct ps_session_request *request, struct ps_bytes release,
                               struct ps_buffer *ret_answer)
{
    const struct ps_bytes nothing = {NULL, 0};
    switch (request->state) {
    case PS_REQUEST_DONE:
        if (request_is(request, HTTP_POST, "/telemetry") && request->digest != NULL)
            answer_acknowledge(request, ret_answer);
        else if (request_is(request, HTTP_GET, "/firmware") && release.size > 0)
            answer_add(ret_answer, "200 OK", release);
        else
            answer_add(ret_answer, "404 Not Found", nothing);
        return;
    case PS_REQUEST_MALFORMED:
        answer_add(ret_answer, "400 Bad Request", nothing);
        return;
    case PS_REQUEST_BODY_TOO_LARGE:
        answer_add(ret_answer, "413 Content Too Large", nothing);
        return;
    case PS_REQUEST_HEAD_TOO_LARGE:
        answer_add(ret_answer, "431 Request Header Fields Too Large", nothing);
        return;
    case PS_REQUEST_READING:
        break;
    }
    assert(!"an answer before the request");
}
