/* SPDX-License-Identifier: Apache-2.0 */
#include "publisher.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "base/text.h"

void publisher_deinit(struct publisher *publisher)
{
    for (size_t i = 0; i < publisher->count; i++)
        ps_buffer_deinit(&publisher->all[i].http);
    for (size_t i = 0; i < publisher->asked_count; i++) {
        free(publisher->asked[i]);
        ps_buffer_deinit(&publisher->requests[i]);
    }
    *publisher = (struct publisher){0};
}

void publish_http(struct publisher *publisher, const char *url, struct ps_bytes http)
{
    ck_assert_uint_lt(publisher->count, PUBLISHED_MAX);
    publisher->all[publisher->count].url = url;
    ps_buffer_append(&publisher->all[publisher->count].http, http.data, http.size);
    publisher->count++;
}

void publish(struct publisher *publisher, const char *url, struct ps_bytes body)
{
    struct ps_text http = {0};
    ps_text_add(&http, "HTTP/1.1 200 OK\r\nContent-Length: %zu\r\n\r\n", body.size);
    ps_text_add_n(&http, (const char *)body.data, body.size);
    publish_http(publisher, url, (struct ps_bytes){(unsigned char *)http.chars, http.length});
    ps_text_deinit(&http);
}

static struct ps_bytes take_request(struct publisher *publisher, const char *url,
                                    struct ps_buffer *request)
{
    ck_assert_uint_lt(publisher->asked_count, FETCHED_MAX);
    ck_assert_uint_gt(request->size, 0);
    publisher->asked[publisher->asked_count] = ps_strdup(url);
    ps_buffer_append(&publisher->requests[publisher->asked_count++], request->data, request->size);
    ps_buffer_consume(request, request->size);
    for (size_t i = 0; i < publisher->count; i++)
        if (strcmp(publisher->all[i].url, url) == 0)
            return (struct ps_bytes){publisher->all[i].http.data, publisher->all[i].http.size};
    return (struct ps_bytes){0};
}

static size_t chunk_of(const struct publisher *publisher, size_t rest)
{
    return publisher->chunk > 0 && publisher->chunk < rest ? publisher->chunk : rest;
}

/* True when the contact does not go on. */
static bool meet_trouble(struct publisher *publisher, struct ps_contact *contact)
{
    unsigned char *nonsense = ps_alloc(publisher->flood, 1);
    if (publisher->flood > 0)
        ps_contact_receive(contact, nonsense, publisher->flood);
    if (publisher->link_ends)
        ps_contact_link_ended(contact, "the link was cut");
    free(nonsense);
    if (ps_contact_fetch(contact))
        return false;
    ck_assert_ptr_nonnull(ps_contact_verdict(contact));
    ck_assert_uint_eq(ps_contact_fetch_output(contact)->size, 0);
    /* What still comes is nobody's. */
    ps_contact_fetch_receive(contact, "HTTP/1.1 200 OK\r\n\r\n", 19);
    ps_contact_fetch_ended(contact);
    ck_assert_ptr_null(ps_contact_fetch(contact));
    return true;
}

void publisher_serve(struct publisher *publisher, struct ps_contact *contact)
{
    const struct ps_fetch *fetch = ps_contact_fetch(contact);
    if (!fetch)
        return;
    uint32_t number = fetch->number;
    ck_assert_uint_eq(number, publisher->asked_count + 1);
    ck_assert_ptr_null(ps_contact_verdict(contact));
    ck_assert_uint_eq(ps_contact_output(contact)->size, 0); /* nothing else is sent */
    if (publisher->waits > 0) {
        publisher->waits--;
        return;
    }
    if (meet_trouble(publisher, contact))
        return;
    struct ps_bytes http = take_request(publisher, fetch->url, ps_contact_fetch_output(contact));
    for (size_t at = 0, size; at < http.size; at += size) {
        size = chunk_of(publisher, http.size - at);
        ps_contact_fetch_receive(contact, http.data + at, size);
        fetch = ps_contact_fetch(contact);
        if (!fetch || fetch->number != number)
            return;
    }
    if (!publisher->stays_open)
        ps_contact_fetch_ended(contact);
}

void publisher_serve_fetches(struct publisher *publisher, struct ps_fetches *fetches)
{
    const struct ps_fetched *current = fetches->current;
    struct ps_bytes http = take_request(publisher, current->fetch.url, &fetches->output);
    for (size_t at = 0, size; at < http.size && fetches->current; at += size) {
        size = chunk_of(publisher, http.size - at);
        ps_fetches_receive(fetches, http.data + at, size);
    }
    ps_fetches_end(fetches);
}

const char *publisher_asked(const struct publisher *publisher)
{
    static char text[2048];
    size_t used = 0;
    text[0] = '\0';
    for (size_t i = 0; i < publisher->asked_count; i++)
        used += (size_t)snprintf(text + used, sizeof text - used, "%s%s", i > 0 ? " " : "",
                                 publisher->asked[i]);
    return text;
}
