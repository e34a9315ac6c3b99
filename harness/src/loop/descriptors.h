/* SPDX-License-Identifier: Apache-2.0
 *
 * File descriptors: how many contacts may be under way at once. A connection over TCP takes two
 * (both ends are in this process), and a contact that fetches has two connections; some are kept
 * back for everything else.
 */
#ifndef HARNESS_LOOP_DESCRIPTORS_H
#define HARNESS_LOOP_DESCRIPTORS_H

#include <stdbool.h>
#include <stdint.h>
#include "base/status.h"
#include "base/text.h"

enum {
    PS_DESCRIPTORS_PER_CONNECTION = 2,
    PS_DESCRIPTORS_PER_CONTACT = 2 * PS_DESCRIPTORS_PER_CONNECTION,
    PS_DESCRIPTORS_KEPT = 64,           /* standard streams, scenario and report files, libraries */
    PS_DESCRIPTORS_KEPT_PER_WORKER = 8, /* a loop's own, and a connection being turned away */
};

struct ps_descriptors_need {
    unsigned contacts; /* wished for at once */
    unsigned contacts_min;
    unsigned workers;
    uint32_t listeners;  /* per worker */
    bool one_connection; /* no contact fetches */
};

/* Raises the soft RLIMIT_NOFILE as far as needed and allowed, and says how many contacts then fit.
 * Adds a sentence to `notice` when they are fewer than wished for; fewer than contacts_min:
 * PS_FAILED. */
PS_MUST_USE ps_status ps_descriptors_fit(const struct ps_descriptors_need *need,
                                         unsigned *ret_contacts, struct ps_text *notice,
                                         struct ps_error *err);

#endif
