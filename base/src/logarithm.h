/* SPDX-License-Identifier: Apache-2.0 */
#ifndef BASE_LOGARITHM_H
#define BASE_LOGARITHM_H

#include <stdint.h>

enum { PS_LOG2_BITS = 57 }; /* so that 64 itself, in the same units, still fits into 64 bits */

/* log2(v) for v >= 1, with PS_LOG2_BITS fractional bits; not a whole unit off. Never falls where v
 * rises. */
uint64_t ps_log2(uint64_t v);

#endif
