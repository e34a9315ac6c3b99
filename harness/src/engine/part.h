/* SPDX-License-Identifier: Apache-2.0
 *
 * Parts: what a set of finished devices adds to a result. A chunk, a shard, a rank of MPI and a
 * whole run are parts; they add up in any order, and the sum of parts that hold every device once
 * is the run. A part says of which run it is, holds everything that the result needs of its
 * devices, and goes by content: a verdict is what it says, never a number that depends on who met
 * it first.
 *
 * As bytes a part can be written, sent and read back by the same version of the program. Whoever
 * reads bytes from outside gets a part that is sound, or a message.
 */
#ifndef HARNESS_ENGINE_PART_H
#define HARNESS_ENGINE_PART_H

#include "base/memory.h"
#include "base/status.h"
#include "engine/frame.h"
#include "engine/intern.h"

/* Devices first <= number < end, numbered over the cohorts in order. */
struct ps_part_range {
    uint64_t first, end;
};

/* What a strategy takes. Over parts: the largest. */
struct ps_part_cost {
    uint64_t trust_bytes, chain_bytes;
};

/* How much was done, and how long it took; of no influence on a result. X(name) */
#define PS_PART_WORK(X)                                                                            \
    X(classes)                                                                                     \
    X(handshakes_asked) X(handshakes_served) X(plain_asked) X(plain_served) X(audited)             \
        X(elapsed_ms)
struct ps_part_work {
#define X(name) uint64_t name;
    PS_PART_WORK(X)
#undef X
};

/* Of which run. Two parts with equal identities belong together. */
struct ps_part_identity {
    const char *version;  /* of the program */
    const char *file;     /* the scenario, as named by the user; two parts may differ in it */
    const char *scenario; /* its name */
    const char *yaml;     /* its text */
    size_t yaml_size;
    uint64_t digest, seed;
    uint64_t devices;                    /* as asked for; 0: as planned */
    const bool *strategies;              /* by the plan's number: takes part */
    const char *fidelity, *link, *audit; /* how it was made; two parts may differ in it */
    uint64_t shards; /* so many were to be merged, 0: unknown; two parts may differ in it */
};

struct ps_part {
    struct ps_arena *arena; /* owns texts and arrays of the identity and the frame */
    struct ps_part_identity identity;
    size_t strategy_count, cohort_count;
    uint64_t *cohort_devices; /* of the whole fleet */
    uint64_t fleet;           /* their sum */
    struct ps_samples samples;
    struct ps_tally_shape shape;
    struct ps_part_range *ranges; /* lived; ascending, apart from each other */
    size_t range_count, range_capacity;
    struct ps_intern verdict_index;
    struct ps_verdict *verdicts; /* of the causes in the lanes */
    size_t verdict_count, verdict_capacity;
    struct ps_tally *lanes;     /* strategy * cohorts + cohort; not closed */
    struct ps_part_cost *costs; /* by strategy */
    struct ps_part_work work;
    struct ps_part_work before; /* of the work, what was done before a run went on from there */
};

struct ps_part_options {
    const struct ps_plan *plan;
    uint64_t seed, devices;
    const bool *strategies; /* NULL: all */
    const char *fidelity, *link, *audit;
    uint64_t shards; /* 0: unknown */
};
/* Nobody has lived yet. Copies what it is told. */
void ps_part_init(struct ps_part *part, const struct ps_part_options *options);
void ps_part_deinit(struct ps_part *part);

/* These devices were lived, under every strategy; none of them was before. */
void ps_part_add_range(struct ps_part *part, uint64_t first, uint64_t end);
/* What they counted in one lane. `verdict` gives the verdict of a number in the tally's causes. */
typedef const struct ps_verdict *ps_part_verdict(const void *context, uint32_t number);
void ps_part_add_tally(struct ps_part *part, size_t lane, const struct ps_tally *tally,
                       ps_part_verdict *verdict, const void *context);
/* The larger one stays. */
void ps_part_add_cost(struct ps_part *part, size_t strategy, struct ps_part_cost cost);

/* The part of a whole that is asked for as K of N: 1 <= number <= count. The slices of all numbers
 * are the fleet, and differ by one device at most; empty where there are more slices than devices.
 */
struct ps_part_range ps_part_slice(uint64_t fleet, uint64_t number, uint64_t count);
uint64_t ps_part_lived(const struct ps_part *part);
/* The first devices that nobody lived; false: there are none. */
bool ps_part_missing(const struct ps_part *part, struct ps_part_range *ret_range);
/* Devices that both lived; false: there are none. */
bool ps_part_common(const struct ps_part *a, const struct ps_part *b,
                    struct ps_part_range *ret_range);

/* Whether both are of the same run. INVALID: the message says in what they differ: "seed 1 here, 2
 * there". */
PS_MUST_USE ps_status ps_part_compare(const struct ps_part *here, const struct ps_part *there,
                                      struct ps_error *err);
/* Adds `from`. INVALID, and nothing was added: they are not of the same run, or have devices in
 * common. */
PS_MUST_USE ps_status ps_part_add(struct ps_part *into, const struct ps_part *from,
                                  struct ps_error *err);

/* Appends the part to `out`. Equal parts whose verdicts came in the same order give equal bytes. */
void ps_part_put(const struct ps_part *part, struct ps_buffer *out);
/* Reads one part from the beginning of `bytes`; *ret_size is how many are its. INVALID: these are
 * not the bytes of a part, are cut off or were changed, or another version wrote them. */
PS_MUST_USE ps_status ps_part_get(struct ps_bytes bytes, struct ps_part *ret_part, size_t *ret_size,
                                  struct ps_error *err);

#endif
