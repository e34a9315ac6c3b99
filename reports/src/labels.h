/* SPDX-License-Identifier: Apache-2.0
 *
 * Keeps labels from lying on each other: each wants to be at some place and has a size; they are
 * moved as little as possible (least squares) so that none overlap, in the order of what they want.
 */
#ifndef REPORTS_LABELS_H
#define REPORTS_LABELS_H

#include <stddef.h>

struct ps_label {
    int want; /* where its middle would be */
    int size;
    int at; /* filled: where its middle is */
};

/* Places all within low .. high. If they are larger than that together, they begin at `low` and go
 * beyond `high`. Labels that want the same place keep their order. */
void ps_labels_spread(struct ps_label *labels, size_t count, int low, int high);

#endif
