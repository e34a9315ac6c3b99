/* SPDX-License-Identifier: Apache-2.0
 *
 * Random draws. Every draw is Philox4x32-10 (Random123) of (seed, subject, purpose, n): it depends
 * on nothing else, so adding a device, a strategy or a draw disturbs no other, and any draw can be
 * made again alone. A subject is (name, index): a device is (cohort name, number in the cohort).
 *
 * Draws from distributions go through fixed-point integer arithmetic and integer quantile tables:
 * no floating point and no libm decides a result.
 */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include <stddef.h>
#include <stdint.h>
#include "base/time.h"

/* What a draw is for. The numbers are part of every result: add at the end, never renumber. */
#define PS_PURPOSES(X)                                                                             \
    X(MADE, 1, "when a device was made")                                                           \
    X(SHELF, 2, "how long it lay on a shelf before first power")                                   \
    X(LIFE, 3, "how long it serves before it is retired")                                          \
    X(REGION, 4, "which region it is in")                                                          \
    X(STAGE, 5, "when a staged serving change reaches it (n: event)")                              \
    X(RELEASE, 6, "when a staged release is offered to it (n: event)")                             \
    X(NTP_BLOCKED, 7, "whether its network blocks time synchronisation")                           \
    X(NTP_DELAY, 8, "how long after boot its clock is right")                                      \
    X(ISSUER, 9, "which of several issuers signs a leaf (n: renewal)")                             \
    X(AUDIT, 10, "whether and where a reused contact is audited (n: stretch)")                     \
    X(RELEASE_NEVER, 11, "whether a device never takes a release (n: event)")                      \
    X(PHASE, 12, "the second within its contact interval at which it makes contact")               \
    X(JITTER, 13, "how much later than its slot a contact comes (n: slot)")                        \
    X(OFFLINE_SHARE, 14, "whether it ever goes offline")                                           \
    X(OFFLINE_EVERY, 15, "how long it is online before it goes offline (n: spell)")                \
    X(OFFLINE_LASTS, 16, "how long it is offline (n: spell)")                                      \
    X(POWER_SHARE, 17, "whether it ever loses power")                                              \
    X(POWER_EVERY, 18, "how long it has power before it loses it (n: spell)")                      \
    X(POWER_LASTS, 19, "how long it is without power (n: spell)")                                  \
    X(CLOCK_DRIFT, 40, "by how much its clock runs too fast or too slow")                          \
    X(CLOCK_BATTERY, 41, "how long the battery of its clock lasts")                                \
    X(CLOCK_BEHIND, 42, "whether its clock was set behind")                                        \
    X(CLOCK_BEHIND_BY, 43, "by how much")                                                          \
    X(CLOCK_AHEAD, 44, "whether its clock is set ahead")                                           \
    X(CLOCK_AHEAD_BY, 45, "by how much")                                                           \
    X(CLOCK_AHEAD_LASTS, 46, "for how long")                                                       \
    X(NTP_FAILS, 47, "whether no time comes after a power-up (n: its minute)")                     \
    X(ADOPTION, 30, "how long it takes to adopt a release that it is offered (n: event)")          \
    X(STORE_LAG, 31, "how late changes of a trust store reach it (n: 2 x store; odd: whether ever)")

enum ps_purpose {
#define X(name, number, meaning) PS_PURPOSE_##name = number,
    PS_PURPOSES(X)
#undef X
};

struct ps_subject {
    uint64_t name; /* ps_text_hash of the cohort's or endpoint's name */
    uint32_t index;
};

/* n is below 2^24 and a purpose below 256: beyond that is a programming error. */
uint64_t ps_random_u64(uint64_t seed, struct ps_subject subject, enum ps_purpose purpose,
                       uint32_t n);

/* Uniform in [0, bound), unbiased enough for any use here (128-bit multiply); bound > 0. */
uint64_t ps_random_below(uint64_t draw, uint64_t bound);

/* A share in parts per million: 1,000,000 is all. True for that share of draws; 0 never, all
 * always. */
typedef struct ps_share {
    uint32_t ppm;
} ps_share;
int ps_random_hit(uint64_t draw, ps_share share);

/* A distribution of durations (or a single fixed one). */
#define PS_DISTRIBUTIONS(X)                                                                        \
    X(FIXED, "fixed", "always the same")                                                           \
    X(UNIFORM, "uniform", "min .. max, each second as likely")                                     \
    X(EXPONENTIAL, "exponential", "by its mean")                                                   \
    X(LOGNORMAL, "lognormal", "by its median and the sigma of its logarithm")                      \
    X(WEIBULL, "weibull", "by its scale and shape")                                                \
    X(EMPIRICAL, "empirical", "by quantiles, or what was observed")

enum ps_distribution_kind {
#define X(name, text, meaning) PS_DISTRIBUTION_##name,
    PS_DISTRIBUTIONS(X)
#undef X
};

enum { PS_QUANTILES_MAX = 32 };

/* A duration that was observed, and how much weight it and all before it have together. */
struct ps_observed {
    ps_duration value;
    uint64_t weight_until;
};

struct ps_distribution {
    enum ps_distribution_kind kind;
    ps_duration
        a; /* fixed: value; uniform: min; exponential: mean; lognormal: median; weibull: scale */
    ps_duration b;                             /* uniform: max */
    uint32_t shape_ppm;                        /* lognormal: sigma; weibull: shape; in millionths */
    size_t quantiles;                          /* empirical */
    ps_share quantile_share[PS_QUANTILES_MAX]; /* ascending */
    ps_duration quantile_value[PS_QUANTILES_MAX]; /* never descending */
    /* empirical in the place of quantiles: ascending in both; borrowed */
    const struct ps_observed *observed;
    size_t observed_count;
};

/* The distribution's quantile at draw / 2^64; never negative; capped at 1,000 years. A negative
 * duration, min above max, a weibull shape of 0 or an empty or descending empirical one is a
 * programming error: the reader of scenarios refuses them. */
ps_duration ps_distribution_draw(const struct ps_distribution *distribution, uint64_t draw);

#endif
