/* SPDX-License-Identifier: Apache-2.0
 *
 * The one request of a connection, read from arbitrary bytes, and its answer. Knows nothing of TLS.
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

/* Bytes. The digest runs along, so a body is never kept. */
enum { PS_REQUEST_HEAD_MAX = 8192, PS_REQUEST_BODY_MAX = 65536, PS_REQUEST_PATH_MAX = 64 };

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
    const EVP_MD *sha256;               /* borrowed until ps_session_request_deinit */
};

void ps_session_request_init(struct ps_session_request *request, const EVP_MD *sha256);
void ps_session_request_deinit(struct ps_session_request *request);

/* Reads; returns the state. Bytes after the request's end are left alone. */
enum ps_session_request_state ps_session_request_receive(struct ps_session_request *request,
                                                         const void *data, size_t size);

/* Appends the answer to a request that is not READING any more. `release`: see
 * ps_session_options. */
void ps_session_request_answer(const struct ps_session_request *request, struct ps_bytes release,
                               struct ps_buffer *ret_answer);

#endif
