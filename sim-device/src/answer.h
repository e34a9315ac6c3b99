/* SPDX-License-Identifier: Apache-2.0
 *
 * One HTTP/1.1 answer as it is read: of a contact's server, or of one who publishes.
 */
#ifndef SIM_DEVICE_ANSWER_H
#define SIM_DEVICE_ANSWER_H

#include <http_parser.h>
#include <stdbool.h>
#include "base/memory.h"

/* Does not move between init and deinit. */
struct ps_answer {
    http_parser parser;
    struct ps_buffer body; /* owned */
    size_t body_max;
    bool complete;
    const char *wrong; /* why this is no answer, a static clause; NULL: so far it is one */
};

void ps_answer_init(struct ps_answer *answer, size_t body_max);
void ps_answer_deinit(struct ps_answer *answer);
/* Bytes of the answer; what follows a complete one is not looked at. */
void ps_answer_receive(struct ps_answer *answer, const void *data, size_t size);
/* Nothing follows: completes an answer that says neither its length nor chunks (RFC 9112 section
 * 6.3). */
void ps_answer_end(struct ps_answer *answer);
int ps_answer_status(const struct ps_answer *answer); /* of a complete answer */

#endif
