/* SPDX-License-Identifier: Apache-2.0 */
#include "base/random.h"

#include <assert.h>
#include <Random123/philox.h>

enum { PURPOSE_BITS = 8, N_BITS = 24, PPM_ALL = 1000000 };

/* The mapping onto Philox4x32-10. It is part of every result and never changes.
 *
 *   key      0  seed, low half          1  seed, high half
 *   counter  0  name, low half          1  name, high half
 *            2  index                   3  purpose in the top 8 bits, n in the lower 24
 *
 * Nothing is folded or hashed together, so two different draws never share a block: a block cipher
 * under one key gives different counters different blocks. The draw is the block's first two words,
 * low word first. */
uint64_t ps_random_u64(uint64_t seed, struct ps_subject subject, enum ps_purpose purpose,
                       uint32_t n)
{
    uint32_t purpose_number = (uint32_t)purpose;

    assert(purpose_number >> PURPOSE_BITS == 0);
    assert(n >> N_BITS == 0);
    philox4x32_key_t key = {{(uint32_t)seed, (uint32_t)(seed >> 32)}};
    philox4x32_ctr_t counter = {{(uint32_t)subject.name, (uint32_t)(subject.name >> 32),
                                 subject.index, purpose_number << N_BITS | n}};
    philox4x32_ctr_t block = philox4x32_R(10, counter, key);
    return (uint64_t)block.v[1] << 32 | block.v[0];
}

uint64_t ps_random_below(uint64_t draw, uint64_t bound)
{
    assert(bound > 0);
    return (uint64_t)((unsigned __int128)draw * bound >> 64);
}

int ps_random_hit(uint64_t draw, ps_share share)
{
    return ps_random_below(draw, PPM_ALL) < share.ppm;
}
