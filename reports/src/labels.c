/* SPDX-License-Identifier: Apache-2.0 */
#include "labels.h"

#include <stdint.h>
#include <stdlib.h>
#include "base/memory.h"

/* Labels that touch move as one: begin is the mean of where its members want it to begin. */
struct block {
    int64_t sum; /* of the beginnings that its members want */
    int64_t count;
    int64_t size;
    int64_t begin;
};

static void settle(struct block *block, int low, int high)
{
    block->begin = block->sum / block->count;
    if (block->begin + block->size > high)
        block->begin = high - block->size;
    if (block->begin < low)
        block->begin = low;
}

void ps_labels_spread(struct ps_label *labels, size_t count, int low, int high)
{
    size_t *order = ps_alloc(count + 1, sizeof *order);
    struct block *blocks = ps_alloc(count + 1, sizeof *blocks);
    for (size_t i = 0; i < count; i++) {
        size_t at = i;
        for (; at > 0 && labels[order[at - 1]].want > labels[i].want; at--)
            order[at] = order[at - 1];
        order[at] = i;
    }
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        const struct ps_label *label = &labels[order[i]];
        blocks[used] =
            (struct block){.sum = label->want - label->size / 2, .count = 1, .size = label->size};
        settle(&blocks[used++], low, high);
        /* Pool blocks that overlap until none do. */
        while (used > 1 &&
               blocks[used - 2].begin + blocks[used - 2].size > blocks[used - 1].begin) {
            struct block *above = &blocks[used - 2];
            const struct block *below = &blocks[used - 1];
            above->sum += below->sum - below->count * above->size;
            above->count += below->count;
            above->size += below->size;
            used--;
            settle(above, low, high);
        }
    }
    size_t next = 0;
    for (size_t b = 0; b < used; b++) {
        int64_t begin = blocks[b].begin;
        for (int64_t n = 0; n < blocks[b].count; n++) {
            struct ps_label *label = &labels[order[next++]];
            label->at = (int)begin + label->size / 2;
            begin += label->size;
        }
    }
    free(order);
    free(blocks);
}
