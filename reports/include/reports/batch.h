/* SPDX-License-Identifier: Apache-2.0
 *
 * Cases and answers of `verify --batch` as JSON lines: one object a line.
 *
 *   {"id": any, "trust": [pem], "chain": [pem], "crls": [pem], "host": "...", "at": "2021-10-05",
 *    "stack": "openssl3+partial_chain"}
 *   {"id": as asked, "accepted": bool, "error": null or text, "path": [names, leaf first]}
 *
 * `id`, `crls` and `stack` may be left out; `at` may be a number of seconds since 1970. Other keys
 * are passed over, unless they look like one of these misspelt: that would be a case judged without
 * what it says.
 */
#ifndef REPORTS_BATCH_H
#define REPORTS_BATCH_H

#include <stdbool.h>
#include <stddef.h>
#include "base/status.h"
#include "base/text.h"
#include "base/time.h"

struct ps_batch_texts {
    const char **items; /* owned; the texts are borrowed until ps_batch_case_deinit */
    size_t count;
};

struct ps_batch_case {
    char *id; /* owned; as JSON; never NULL after reading, even when that failed */
    struct ps_batch_texts trust, chain, crls;
    const char *host, *stack; /* borrowed until ps_batch_case_deinit; stack NULL: not said */
    ps_time at;
    void *document; /* private */
};

/* INVALID: what is wrong with the line. `ret_case` is to be freed in any case. */
PS_MUST_USE ps_status ps_batch_read(const char *line, size_t size, struct ps_batch_case *ret_case,
                                    struct ps_error *err);
void ps_batch_case_deinit(struct ps_batch_case *batch_case);

struct ps_batch_answer {
    const char *id;    /* as JSON */
    bool accepted;
    const char *error; /* NULL when accepted */
    const char *const *path;
    size_t path_count;
};
/* Appends the line, with its end. */
void ps_batch_write(const struct ps_batch_answer *answer, struct ps_text *out);

#endif
