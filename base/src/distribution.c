/* SPDX-License-Identifier: Apache-2.0
 *
 * Quantiles of distributions, by integers alone. Each step below never falls where its argument
 * rises, its rounding included, so a larger draw never gives a shorter duration.
 */
#include "base/random.h"

#include <assert.h>
#include <stdbool.h>

#include "logarithm.h"
#include "normal_quantiles.h"

typedef unsigned __int128 u128;
typedef __int128 i128;

enum { EXPONENT_BITS = PS_LOG2_BITS, PPM_ALL = 1000000 };

static const int64_t duration_max_s = INT64_C(1000) * 31557600;
static const uint64_t ln2_q64 = UINT64_C(0xb17217f7d1cf79ab);
static const uint64_t log2_e_q60 = UINT64_C(0x171547652b82fe17);
static const int64_t log2_ln2_q57 = -INT64_C(0x10eba774e0bb633);

/* 2^fraction as Q63, for a Q64 fraction below 1: the power series of exp(x ln 2). All its
 * coefficients are positive and cut off, so it rises with x and stays below 2. */
static uint64_t exp2_fraction_q63(uint64_t fraction)
{
    static const uint64_t coefficients[] = {
        0x8000000000000000, 0x58b90bfbe8e7bcd5, 0x1ebfbdff82c58ea8, 0x071ac235c1282fe2,
        0x013b2ab6fba4e772, 0x002bb0ffcf14ce62, 0x00050c244be1b1e1, 0x00007ff2ff1622c3,
        0x00000b160111d2e4, 0x000000da929e9caf, 0x0000000f267a8ac5, 0x00000000f465639a,
        0x000000000e1deb28, 0x0000000000c0b0c9, 0x0000000000098a4b, 0x00000000000070db,
        0x00000000000004e3,
    };
    uint64_t sum = 0;

    for (size_t i = sizeof coefficients / sizeof coefficients[0]; i-- > 0;)
        sum = coefficients[i] + (uint64_t)((u128)sum * fraction >> 64);
    return sum;
}

/* value * 2^exponent, rounded to the nearest second, at most the cap. value is at most the cap. */
static int64_t scale_exp2(int64_t value, i128 exponent_q57)
{
    const i128 one = (i128)1 << EXPONENT_BITS;

    if (value == 0 || exponent_q57 < -64 * one)
        return 0;
    if (exponent_q57 >= 36 * one) /* 1,000 years are less than 2^36 seconds */
        return duration_max_s;
    int whole = (int)(exponent_q57 >> EXPONENT_BITS); /* rounds down, below 0 too */
    uint64_t fraction = (uint64_t)(exponent_q57 - whole * one) << (64 - EXPONENT_BITS);
    u128 product = (u128)(uint64_t)value * exp2_fraction_q63(fraction);
    int shift = 63 - whole; /* 28 to 127 */
    u128 rounded = ((product >> (shift - 1)) + 1) >> 1;
    return rounded > (u128)duration_max_s ? duration_max_s : (int64_t)rounded;
}

/* How many standard deviations the quantile at draw / 2^64 lies from the mean, in Q32. */
static int64_t normal_quantile_q32(uint64_t draw)
{
    const uint64_t half = UINT64_C(1) << 63;
    bool below = draw < half;
    uint64_t share = below ? draw : 0 - draw; /* of the nearer tail, in 2^-64 */

    if (share == half)
        return 0;
    if (share ==
        0) /* the very first draw: its quantile is at minus infinity, so it takes its neighbour's */
        share = 1;
    unsigned shift = (unsigned)__builtin_clzll(share);
    uint64_t steps = share << shift << 1; /* what follows the leading bit */
    size_t entry = ((size_t)(63 - shift) << NORMAL_STEP_BITS) + (steps >> (64 - NORMAL_STEP_BITS));
    uint64_t fraction = steps << NORMAL_STEP_BITS;
    uint64_t from = normal_quantiles[entry], to = normal_quantiles[entry + 1];
    uint64_t fall = (uint64_t)((u128)(from - to) * fraction >> (64 - (32 - NORMAL_FRACTION_BITS)));
    int64_t distance = (int64_t)((from << (32 - NORMAL_FRACTION_BITS)) - fall);
    return below ? -distance : distance;
}

/* median * exp(sigma * z) */
static int64_t draw_lognormal(int64_t median, uint32_t sigma_ppm, uint64_t draw)
{
    int64_t z = normal_quantile_q32(draw);
    uint64_t distance = (uint64_t)(z < 0 ? -z : z);
    u128 product = ((u128)distance * log2_e_q60 >> (32 + 60 - EXPONENT_BITS)) * sigma_ppm / PPM_ALL;
    i128 exponent = (i128)product;

    return scale_exp2(median, z < 0 ? -exponent : exponent);
}

/* -log2(1 - draw / 2^64), in Q57 */
static uint64_t survival_halvings(uint64_t draw)
{
    return draw == 0 ? 0 : (UINT64_C(64) << EXPONENT_BITS) - ps_log2(0 - draw);
}

/* -mean * ln(1 - u) */
static int64_t draw_exponential(int64_t mean, uint64_t draw)
{
    u128 log = (u128)survival_halvings(draw) * ln2_q64 >> 64;
    u128 value = ((u128)(uint64_t)mean * log + ((u128)1 << (EXPONENT_BITS - 1))) >> EXPONENT_BITS;

    return value > (u128)duration_max_s ? duration_max_s : (int64_t)value;
}

/* log2(-ln(1 - u)), for draw > 0. A small u is its own -ln(1 - u) up to less than 2^-32 of it: more
 * exact there than the difference of two large numbers. At the seam the
 * first is a little too small and the second a little too large, so it is a step up. */
static i128 log2_hazard_q57(uint64_t draw)
{
    if (draw < UINT64_C(1) << 32)
        return (i128)ps_log2(draw) - ((i128)64 << EXPONENT_BITS);
    return (i128)ps_log2(survival_halvings(draw)) - ((i128)EXPONENT_BITS << EXPONENT_BITS) +
           log2_ln2_q57;
}

/* scale * (-ln(1 - u)) ^ (1 / shape) */
static int64_t draw_weibull(int64_t scale, uint32_t shape_ppm, uint64_t draw)
{
    assert(shape_ppm > 0);
    if (draw == 0)
        return 0;
    return scale_exp2(scale, log2_hazard_q57(draw) * PPM_ALL / shape_ppm);
}

static int64_t draw_uniform(int64_t min, int64_t max, uint64_t draw)
{
    assert(min <= max);
    return min + (int64_t)ps_random_below(draw, (uint64_t)(max - min) + 1);
}

static int64_t at_most_max(int64_t seconds)
{
    assert(seconds >= 0);
    return seconds < duration_max_s ? seconds : duration_max_s;
}

/* Straight lines between the quantiles; before the first and after the last their values go on. */
static int64_t draw_empirical(const struct ps_distribution *distribution, uint64_t draw)
{
    const size_t count = distribution->quantiles;
    u128 at = (u128)draw * PPM_ALL; /* the draw as a share, ppm in Q64 */
    size_t next = 0;

    assert(count > 0 && count <= PS_QUANTILES_MAX);
    while (next < count && (u128)distribution->quantile_share[next].ppm << 64 <= at)
        next++;
    if (next == 0)
        return at_most_max(distribution->quantile_value[0].s);
    if (next == count)
        return at_most_max(distribution->quantile_value[count - 1].s);
    int64_t from = at_most_max(distribution->quantile_value[next - 1].s);
    int64_t to = at_most_max(distribution->quantile_value[next].s);
    uint32_t from_ppm = distribution->quantile_share[next - 1].ppm;
    u128 width = (u128)(distribution->quantile_share[next].ppm - from_ppm) << 64;
    u128 rise = at - ((u128)from_ppm << 64);

    assert(from <= to);
    return from + (int64_t)(((u128)(uint64_t)(to - from) * rise + width / 2) / width);
}

/* Each value as often as its weight says. */
static int64_t draw_observed(const struct ps_distribution *distribution, uint64_t draw)
{
    const struct ps_observed *observed = distribution->observed;
    size_t low = 0, high = distribution->observed_count - 1;
    uint64_t place = ps_random_below(draw, observed[high].weight_until);

    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (observed[middle].weight_until <= place)
            low = middle + 1;
        else
            high = middle;
    }
    return at_most_max(observed[low].value.s);
}

ps_duration ps_distribution_draw(const struct ps_distribution *distribution, uint64_t draw)
{
    int64_t a = at_most_max(distribution->a.s), seconds = 0;

    switch (distribution->kind) {
    case PS_DISTRIBUTION_FIXED:
        seconds = a;
        break;
    case PS_DISTRIBUTION_UNIFORM:
        seconds = draw_uniform(a, at_most_max(distribution->b.s), draw);
        break;
    case PS_DISTRIBUTION_EXPONENTIAL:
        seconds = draw_exponential(a, draw);
        break;
    case PS_DISTRIBUTION_LOGNORMAL:
        seconds = draw_lognormal(a, distribution->shape_ppm, draw);
        break;
    case PS_DISTRIBUTION_WEIBULL:
        seconds = draw_weibull(a, distribution->shape_ppm, draw);
        break;
    case PS_DISTRIBUTION_EMPIRICAL:
        seconds = distribution->observed_count > 0 ? draw_observed(distribution, draw)
                                                   : draw_empirical(distribution, draw);
        break;
    }
    assert(seconds >= 0 && seconds <= duration_max_s);
    return (ps_duration){seconds};
}
