/* SPDX-License-Identifier: Apache-2.0 */
#include "answer.h"

static int on_body(http_parser *parser, const char *at, size_t length)
{
    struct ps_answer *answer = parser->data;
    if (length > answer->body_max - answer->body.size) {
        answer->wrong = "the answer is too long";
        return 1;
    }
    ps_buffer_append(&answer->body, at, length);
    return 0;
}

static int on_complete(http_parser *parser)
{
    struct ps_answer *answer = parser->data;
    answer->complete = true;
    http_parser_pause(parser, 1); /* one answer is all that is read */
    return 0;
}

static const http_parser_settings settings = {
    .on_body = on_body,
    .on_message_complete = on_complete,
};

void ps_answer_init(struct ps_answer *answer, size_t body_max)
{
    *answer = (struct ps_answer){.body_max = body_max};
    http_parser_init(&answer->parser, HTTP_RESPONSE);
    answer->parser.data = answer;
}

void ps_answer_deinit(struct ps_answer *answer)
{
    ps_buffer_deinit(&answer->body);
}

static void parse(struct ps_answer *answer, const void *data, size_t size)
{
    if (answer->complete || answer->wrong)
        return;
    http_parser_execute(&answer->parser, &settings, data, size);
    if (!answer->complete && !answer->wrong && HTTP_PARSER_ERRNO(&answer->parser) != HPE_OK)
        answer->wrong = "the answer is not HTTP";
}

void ps_answer_receive(struct ps_answer *answer, const void *data, size_t size)
{
    if (size > 0)
        parse(answer, data, size);
}

void ps_answer_end(struct ps_answer *answer)
{
    parse(answer, "", 0); /* no bytes are the end of the stream */
}

int ps_answer_status(const struct ps_answer *answer)
{
    return (int)answer->parser.status_code;
}
