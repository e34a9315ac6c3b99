/* SPDX-License-Identifier: Apache-2.0
 *
 * The replay: lives every device under every strategy and counts. It is pure: it draws, compares
 * and adds. Verdicts come from outside, through one function that makes contacts for real; the
 * replay asks for them in batches of contacts that it does not know yet.
 *
 *   memo   each contact class is made once and its verdict reused
 *   wire   reuse between devices is off: each device makes its own contact for each stretch of its
 * life in which its class stays the same
 *
 * The fleet's devices are numbered over the cohorts in the plan's order. It is cut in chunks of
 * whole devices, which `jobs` workers live at the same time; all that is counted is integers, which
 * add up in any order. Verdicts are shared between the workers.
 *
 * Both follow the same code; the results are equal bit for bit. An audit makes a share of the
 * reused contacts again, from each device's own state at a drawn contact of the stretch; a verdict
 * that differs from the one used names the class and fails the run. In `wire` the same comparison
 * is made with every contact of a class.
 */
#ifndef HARNESS_ENGINE_REPLAY_H
#define HARNESS_ENGINE_REPLAY_H

#include "base/status.h"
#include "engine/life.h"
#include "harness/how.h"

struct ps_replay;
/* Makes `count` contacts, called by one thread at a time, and gives their verdicts, in order. */
typedef ps_status ps_contacts_make(void *context, const struct ps_world *world,
                                   const struct ps_trusts *trusts,
                                   const struct ps_contact_spec *specs, size_t count,
                                   struct ps_verdict *ret_verdicts, struct ps_error *err);
/* How far: lives over, of all. Returning true stops the run (PS_INTERRUPTED). */
typedef bool ps_replay_progress(uint64_t done, uint64_t total, void *context);

/* A chunk that is over, with its audits. All borrowed for the call. */
struct ps_replay_chunk {
    uint64_t first, count;          /* devices of the fleet */
    const struct ps_tally *tallies; /* of these devices alone: strategy * cohorts + cohort */
    /* Outcome records (record.h) device by device, of the strategies that take part; NULL: nobody
     * asked for them. */
    const unsigned char *records;
};
/* Told about every chunk, by one thread at a time, in any order. */
typedef ps_status ps_replay_over(void *context, const struct ps_replay *replay,
                                 const struct ps_replay_chunk *chunk, struct ps_error *err);
/* These devices were lived before and are left out. Asked once per chunk, before it is lived. */
typedef bool ps_replay_is_over(void *context, uint64_t first, uint64_t count);

struct ps_replay_options {
    const struct ps_plan *plan;
    unsigned jobs;  /* workers; 0: one */
    uint64_t chunk; /* devices; 0: ps_replay_chunk_default */
    uint64_t seed;
    uint64_t devices; /* 0: as the plan says; else spread over the cohorts in proportion */
    uint64_t first_device, end_device; /* of these only from the first up to before the end, over
                                          the cohorts in order; an end of 0: all */
    const bool *strategies;            /* which of the plan's take part; NULL: all */
    enum ps_fidelity fidelity;
    ps_share audit;
    ps_contacts_make *make;
    void *make_context;
    ps_replay_progress *progress; /* may be NULL */
    void *progress_context;
    bool records;               /* each chunk comes with its outcome records */
    ps_replay_over *over;       /* may be NULL */
    ps_replay_is_over *is_over; /* may be NULL */
    void *over_context;
    const struct ps_life_listener *listener; /* may be NULL; called from one thread at a time */
};

struct ps_replay_counts {
    uint64_t lives; /* lived to their end */
    /* Of lives over tracks (track.h): epochs that were stepped and tallied one by one, and those
     * that were passed in closed form. */
    uint64_t epochs_stepped, epochs_skipped;
    uint64_t classes; /* of contacts, all kinds */
    uint64_t asked;   /* contacts made for the replay, over TLS */
    uint64_t asked_plain;
    uint64_t audited;
    uint64_t disagreements;
};

/* How many devices a chunk has when nobody says: the same for every number of workers. */
uint64_t ps_replay_chunk_default(const struct ps_plan *plan, uint64_t devices);

/* Replays everything. On a disagreement the status is PS_FAILED and names the class. Gives
 * *ret_engine on success, and when it was interrupted: then it has the chunks that were over. */
PS_MUST_USE ps_status ps_replay_run(const struct ps_replay_options *options,
                                    struct ps_replay **ret_engine, struct ps_error *err);
void ps_replay_free(struct ps_replay *replay); /* NULL allowed */

/* All borrowed until ps_replay_free. */
const struct ps_world *ps_replay_world(const struct ps_replay *replay);
const struct ps_trusts *ps_replay_trusts(const struct ps_replay *replay);
const struct ps_samples *ps_replay_samples(const struct ps_replay *replay);
const struct ps_tally *ps_replay_tally(const struct ps_replay *replay, uint32_t strategy,
                                       uint32_t cohort);
const struct ps_verdict *ps_replay_verdict(const struct ps_replay *replay, uint32_t number);
uint64_t ps_replay_cohort_devices(const struct ps_replay *replay, uint32_t cohort);
struct ps_replay_counts ps_replay_counts(const struct ps_replay *replay);

#endif
