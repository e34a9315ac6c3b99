/* SPDX-License-Identifier: Apache-2.0
 *
 * The HTTP/1.1 on top of a contact: one request out, one answer in.
 */
#ifndef SIM_DEVICE_ANSWER_H
#define SIM_DEVICE_ANSWER_H

#include <http_parser.h>
#include <stdbool.h>
#include "base/memory.h"

/* Larger than any acknowledgement or release (base/release.h). */
enum { PS_BODY_BYTES_MAX = 4096 };

struct ps_answer {
    http_parser parser;
    struct ps_buffer body; /* owned */
    bool complete;
    const char *wrong; /* why this is no answer, a static clause; NULL: so far it is one */
};

void ps_answer_init(struct ps_answer *answer);
void ps_answer_deinit(struct ps_answer *answer);
/* Bytes of the answer; what follows a complete one is not looked at. */
void ps_answer_receive(struct ps_answer *answer, const void *data, size_t size);
int ps_answer_status(const struct ps_answer *answer); /* of a complete answer */

#endif
