/* SPDX-License-Identifier: Apache-2.0
 *
 * By a table for the first bits behind the leading one, and a power series for what is left of v
 * after division by the table's entry. Within an entry no step of the series falls where v rises,
 * its rounding included; that the entries join is tested.
 */
#include "logarithm.h"

#include <assert.h>

#include "binary_logarithms.h"

typedef unsigned __int128 u128;

/* log2(1 + x), both with 63 fractional bits, for x < 1/127: x (c1 - x (c2 - x (c3 - ...))), where
 * ck is log2(e) / k. What the series leaves out is less than 2^-65. */
static uint64_t log2_near_one(uint64_t x)
{
    static const uint64_t coefficients[] = {
        0xb8aa3b295c17f0bb, 0x5c551d94ae0bf85d, 0x3d8e13b87407fae9, 0x2e2a8eca5705fc2e,
        0x24eed8a1df37fcf2, 0x1ec709dc3a03fd74, 0x1a61762a7aded93f, 0x171547652b82fe17,
    };
    uint64_t sum = coefficients[7];
    for (int k = 7; k-- > 0;)
        sum = coefficients[k] - (uint64_t)((u128)x * sum >> 63);
    return (uint64_t)((u128)x * sum >> 63);
}

uint64_t ps_log2(uint64_t v)
{
    const uint64_t one = UINT64_C(1) << 63;
    assert(v > 0);
    unsigned shift = (unsigned)__builtin_clzll(v);
    uint64_t mantissa = v << shift; /* in [1, 2) */
    const struct logarithm *entry = &logarithms[(mantissa - one) >> (63 - LOGARITHM_STEP_BITS)];
    uint64_t rest = (uint64_t)((u128)mantissa * entry->reciprocal >> 63);
    uint64_t fraction = entry->log2 + log2_near_one(rest - one);
    assert(fraction < one); /* of the largest mantissa, too */
    return (uint64_t)(63 - shift) << PS_LOG2_BITS | fraction >> (63 - PS_LOG2_BITS);
}
