/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of contacts: their classes, and the verdicts of those that were made. All workers
 * of a replay share it, so each class is made once. Numbers are given in the order in which
 * somebody first asked, which differs from run to run: nothing that is reported may depend on them.
 *
 * Every function may be called from several threads at the same time.
 */
#ifndef HARNESS_ENGINE_KNOWN_H
#define HARNESS_ENGINE_KNOWN_H

#include <pthread.h>
#include "base/verdict.h"
#include "engine/intern.h"
#include "engine/steady.h"

struct ps_known {
    pthread_mutex_t lock; /* of the indexes, and of adding */
    struct ps_intern class_index, verdict_index;
    struct ps_steady classes, verdicts;
};

void ps_known_init(struct ps_known *known);
void ps_known_deinit(struct ps_known *known);

/* The number of the class with this key (class.h). */
uint32_t ps_known_class(struct ps_known *known, const struct ps_buffer *key);
/* How many there are by now. */
uint32_t ps_known_class_count(struct ps_known *known);
/* The number of the class's verdict; false: nobody made a contact of it yet. */
bool ps_known_verdict_of(const struct ps_known *known, uint32_t class_number,
                         uint32_t *ret_verdict);
/* Keeps `made` as that of the class, and gives its number. */
uint32_t ps_known_keep(struct ps_known *known, uint32_t class_number,
                       const struct ps_verdict *made);
/* Keeps a wrong verdict for this class from here on: refused for accepted, and the other way round;
 * PS_KNOWN_ALL_TRUE: for none any more. Only for the tests that show that a run notices. */
#define PS_KNOWN_ALL_TRUE UINT32_MAX
void ps_known_falsify(uint32_t class_number);
/* Borrowed until ps_known_deinit. */
const struct ps_verdict *ps_known_verdict(const struct ps_known *known, uint32_t number);

#endif
