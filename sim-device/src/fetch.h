/* SPDX-License-Identifier: Apache-2.0
 *
 * What a contact fetches over plain HTTP while it judges: OCSP answers, CRLs, issuers'
 * certificates. One at a time, each at most once in a contact, and whatever became of it is kept:
 * the judgement is made anew after each, from the same memory.
 *
 *   judgement asks for a URL ─► UNDER_WAY ─► DONE: an answer 200, whole
 *                                        └─► FAILED: no connection, cut off, another status, no
 *                                            HTTP, too large
 *
 * Two questions to one responder are two fetches: what is posted is part of what is asked.
 */
#ifndef SIM_DEVICE_FETCH_H
#define SIM_DEVICE_FETCH_H

#include "answer.h"
#include "sim-device/contact.h"

enum {
    PS_FETCHES_MAX = 16,               /* in one contact; what is more is not to be had */
    PS_FETCHED_BYTES_MAX = 256 * 1024, /* of what is at a URL */
    PS_FETCH_BYTES_MAX = 512 * 1024,   /* with all that HTTP adds */
};

enum ps_fetch_state { PS_FETCH_UNDER_WAY, PS_FETCH_DONE, PS_FETCH_FAILED };

struct ps_fetched {
    struct ps_fetch fetch;   /* its URL is owned */
    struct ps_buffer posted; /* owned; empty: it was got */
    enum ps_fetch_state state;
    struct ps_answer answer; /* owned */
    size_t received_bytes;
    bool cut_off;      /* FAILED: the connection ended within the answer */
    const char *worth; /* DONE: what the judgement made of it, a static clause; NULL: nothing */
};

/* Zero is: nothing was asked for. Does not move once something was. */
struct ps_fetches {
    struct ps_fetched all[PS_FETCHES_MAX];
    size_t count;
    struct ps_fetched *current; /* the one under way; NULL: none */
    struct ps_buffer output;    /* owned: its request */
};
void ps_fetches_deinit(struct ps_fetches *fetches);

/* What became of this one. If it was not asked for, it is under way from here. `url` is one that
 * ps_urls_of gives; with `post` it is posted to, as an OCSP request. DONE gives the body, borrowed
 * until deinit. NULL for `fetches`: nothing can be had. */
enum ps_fetch_state ps_fetches_ask(struct ps_fetches *fetches, const char *url,
                                   struct ps_bytes post, struct ps_bytes *ret_body);

/* Notes what a judgement made of one that is done. NULL for `fetches` and one that was not asked
 * for are nothing. */
void ps_fetches_judged(struct ps_fetches *fetches, const char *url, struct ps_bytes post,
                       const char *worth);

/* Bytes of the current one, and its end. After each the current one may have come to its result. */
void ps_fetches_receive(struct ps_fetches *fetches, const void *data, size_t size);
void ps_fetches_end(struct ps_fetches *fetches);
/* Nobody waits any more. */
void ps_fetches_abandon(struct ps_fetches *fetches);

#endif
