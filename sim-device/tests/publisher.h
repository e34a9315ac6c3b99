/* SPDX-License-Identifier: Apache-2.0
 *
 * Those who publish, for the tests: at each URL what the test says, and a record of what was asked.
 */
#ifndef SIM_DEVICE_PUBLISHER_H
#define SIM_DEVICE_PUBLISHER_H

#include "fetch.h"
#include "sim-device/contact.h"

enum { PUBLISHED_MAX = 8, FETCHED_MAX = 24 };

struct publisher {
    struct {
        const char *url;
        struct ps_buffer http; /* owned: the whole answer; empty: no connection */
    } all[PUBLISHED_MAX];
    size_t count;
    size_t chunk;             /* bytes handed over at once; 0: all there are */
    size_t waits;             /* so many times it is asked before it answers */
    size_t flood;             /* so many bytes of the server arrive meanwhile; they are nonsense */
    bool link_ends;           /* the server's link ends meanwhile */
    bool stays_open;          /* the connection is not ended behind the answer */
    char *asked[FETCHED_MAX]; /* owned: the URLs, in their order */
    struct ps_buffer requests[FETCHED_MAX]; /* owned */
    size_t asked_count;
};
void publisher_deinit(struct publisher *publisher);

/* An answer 200 with this body. */
void publish(struct publisher *publisher, const char *url, struct ps_bytes body);
/* An answer as it stands. */
void publish_http(struct publisher *publisher, const char *url, struct ps_bytes http);

/* Answers what the contact fetches, if it does; a URL where nothing is ends the connection. */
void publisher_serve(struct publisher *publisher, struct ps_contact *contact);
/* The same for a judgement without a contact. */
void publisher_serve_fetches(struct publisher *publisher, struct ps_fetches *fetches);

/* "URL URL": what was asked so far. Static until the next call. */
const char *publisher_asked(const struct publisher *publisher);

#endif
