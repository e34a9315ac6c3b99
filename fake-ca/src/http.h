/* SPDX-License-Identifier: Apache-2.0
 *
 * The one request of a connection, read from arbitrary bytes, and its answer. Knows nothing of TLS;
 * what authorities publish is src/publisher.h's.
 *
 * Happy path: READING until the message is whole, then DONE. It can go wrong as no HTTP (400), a
 * body that is too large (413) or a head that is (431); nothing is read after any of these.
 */
#ifndef FAKE_CA_HTTP_H
#define FAKE_CA_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <http_parser.h>
#include <openssl/evp.h>
#include "base/memory.h"
#include "publisher.h"

/* Bytes. The digest runs along, so only the body of an OCSP request is kept. */
enum { PS_REQUEST_HEAD_MAX = 8192, PS_REQUEST_BODY_MAX = 65536, PS_REQUEST_PATH_MAX = 512 };

enum ps_session_request_state {
    PS_REQUEST_READING,
    PS_REQUEST_DONE,
    PS_REQUEST_MALFORMED,
    PS_REQUEST_BODY_TOO_LARGE,
    PS_REQUEST_HEAD_TOO_LARGE,
};

struct ps_session_request {
    enum ps_session_request_state state;
    http_parser parser;
    bool head_done;
    size_t head_bytes, body_bytes;
    char path[PS_REQUEST_PATH_MAX + 1]; /* what is longer is none of ours and kept to this length */
    size_t path_bytes;                  /* the whole length */
    EVP_MD_CTX *digest;                 /* of the body; owned; NULL before its first byte */
    bool keeps_body;
    struct ps_buffer body; /* kept; no digest then */
    const EVP_MD *sha256;  /* borrowed until ps_session_request_deinit */
};

void ps_session_request_init(struct ps_session_request *request, const EVP_MD *sha256);
void ps_session_request_deinit(struct ps_session_request *request);

/* Reads; returns the state. Bytes after the request's end are left alone. */
enum ps_session_request_state ps_session_request_receive(struct ps_session_request *request,
                                                         const void *data, size_t size);

/* What there is to be had. */
struct ps_session_stock {
    struct ps_bytes release;              /* see ps_session_options */
    const struct ps_publisher *publisher; /* NULL: nothing is published here */
};
/* Appends the answer to a request that is not READING any more. Returns whether there is one: a
 * publisher that is down gives none. */
bool ps_session_request_answer(const struct ps_session_request *request,
                               const struct ps_session_stock *stock, struct ps_buffer *ret_answer);

#endif
