/* SPDX-License-Identifier: Apache-2.0
 *
 * The client of HTTP is our own, over http_parser, as for the contact itself:
 * OSSL_HTTP_REQ_CTX_nbio would do the connecting, and spins for ever when it is called again after
 * it is done.
 */
#include "fetch.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"
#include "urls.h"

void ps_fetches_deinit(struct ps_fetches *fetches)
{
    for (size_t i = 0; i < fetches->count; i++) {
        free((char *)(uintptr_t)fetches->all[i].fetch.url);
        ps_buffer_deinit(&fetches->all[i].posted);
        ps_answer_deinit(&fetches->all[i].answer);
    }
    ps_buffer_deinit(&fetches->output);
    *fetches = (struct ps_fetches){0};
}

static struct ps_fetched *find(struct ps_fetches *fetches, const char *url, struct ps_bytes post)
{
    for (size_t i = 0; i < fetches->count; i++) {
        struct ps_fetched *fetched = &fetches->all[i];
        if (strcmp(fetched->fetch.url, url) == 0 && fetched->posted.size == post.size &&
            (post.size == 0 || memcmp(fetched->posted.data, post.data, post.size) == 0))
            return fetched;
    }
    return NULL;
}

static void write_request(struct ps_fetches *fetches, const struct ps_fetched *fetched)
{
    struct ps_url url;
    struct ps_text head = {0};
    bool usable = ps_url_split(fetched->fetch.url, &url);
    assert(usable);
    ps_text_add(&head, "%s %.*s HTTP/1.1\r\nHost: %.*s\r\nConnection: close\r\n",
                fetched->posted.size > 0 ? "POST" : "GET", (int)url.path_length, url.path,
                (int)url.host_length, url.host);
    if (fetched->posted.size > 0)
        ps_text_add(&head, "Content-Type: application/ocsp-request\r\nContent-Length: %zu\r\n",
                    fetched->posted.size);
    ps_text_add(&head, "\r\n");
    ps_buffer_append(&fetches->output, head.chars, head.length);
    ps_buffer_append(&fetches->output, fetched->posted.data, fetched->posted.size);
    ps_text_deinit(&head);
}

static void begin(struct ps_fetches *fetches, const char *url, struct ps_bytes post)
{
    struct ps_fetched *fetched = &fetches->all[fetches->count++];
    assert(!fetches->current);
    fetched->fetch = (struct ps_fetch){ps_strdup(url), (uint32_t)fetches->count};
    ps_buffer_append(&fetched->posted, post.data, post.size);
    fetched->state = PS_FETCH_UNDER_WAY;
    ps_answer_init(&fetched->answer, PS_FETCHED_BYTES_MAX);
    fetches->current = fetched;
    write_request(fetches, fetched);
}

enum ps_fetch_state ps_fetches_ask(struct ps_fetches *fetches, const char *url,
                                   struct ps_bytes post, struct ps_bytes *ret_body)
{
    if (!fetches)
        return PS_FETCH_FAILED;
    const struct ps_fetched *fetched = find(fetches, url, post);
    if (!fetched) {
        if (fetches->count == PS_FETCHES_MAX)
            return PS_FETCH_FAILED;
        begin(fetches, url, post);
        return PS_FETCH_UNDER_WAY;
    }
    if (fetched->state == PS_FETCH_DONE)
        *ret_body = (struct ps_bytes){fetched->answer.body.data, fetched->answer.body.size};
    return fetched->state;
}

void ps_fetches_judged(struct ps_fetches *fetches, const char *url, struct ps_bytes post,
                       const char *worth)
{
    struct ps_fetched *fetched = fetches ? find(fetches, url, post) : NULL;
    if (fetched)
        fetched->worth = worth;
}

void ps_fetches_abandon(struct ps_fetches *fetches)
{
    if (fetches->current)
        fetches->current->state = PS_FETCH_FAILED;
    fetches->current = NULL;
    ps_buffer_consume(&fetches->output, fetches->output.size);
}

static void finish(struct ps_fetches *fetches)
{
    struct ps_fetched *fetched = fetches->current;
    ps_fetches_abandon(fetches);
    if (fetched->answer.complete && ps_answer_status(&fetched->answer) == 200)
        fetched->state = PS_FETCH_DONE;
}

void ps_fetches_receive(struct ps_fetches *fetches, const void *data, size_t size)
{
    struct ps_fetched *fetched = fetches->current;
    if (!fetched)
        return;
    fetched->received_bytes += size;
    ps_answer_receive(&fetched->answer, data, size);
    if (fetched->answer.complete || fetched->answer.wrong ||
        fetched->received_bytes > PS_FETCH_BYTES_MAX)
        finish(fetches);
}

void ps_fetches_end(struct ps_fetches *fetches)
{
    if (!fetches->current)
        return;
    struct ps_answer *answer = &fetches->current->answer;
    bool unfinished = !answer->complete && !answer->wrong;
    ps_answer_end(answer);
    fetches->current->cut_off = unfinished && !answer->complete;
    finish(fetches);
}
