/* SPDX-License-Identifier: Apache-2.0
 *
 * One scenario from plan to result: joins the pure engine with the loop. Mints the scenario's
 * material, opens the endpoints, lets the replay ask for contacts and the runner make them, counts
 * both and compares the counts, and turns the tallies into the result that reports/ renders.
 */
#ifndef HARNESS_SIMULATION_H
#define HARNESS_SIMULATION_H

#include <stdbool.h>
#include <stdint.h>
#include "base/random.h"
#include "base/status.h"
#include "base/text.h"
#include "fake-ca/ca.h"
#include "harness/how.h"
#include "reports/result.h"
#include "scenarios/plan.h"

struct ps_life_listener; /* engine/life.h: whoever explains a life */

/* How far a simulation is: devices whose lives are over, and contacts of the batch under way. */
struct ps_simulation_progress {
    uint64_t devices_done, devices_total;
    uint64_t devices_before; /* of those done, finished before this run began */
    uint64_t contacts_done, contacts_total;
    uint64_t contacts_made; /* in the batches before */
    ps_time at; /* the earliest simulated second at which a device waits for its contact; NEVER:
                   none waits, lives are being stepped */
};
/* Called a few times a second; returning true stops the run (PS_INTERRUPTED). */
typedef bool ps_simulation_watch(const struct ps_simulation_progress *progress, void *context);

struct ps_part;

struct ps_simulation_options {
    const struct ps_plan *plan; /* borrowed until ps_simulation_free */
    struct ps_keypool *pool;    /* borrowed until ps_simulation_free */
    uint64_t seed;
    uint64_t devices;       /* 0: as planned */
    const bool *strategies; /* NULL: all */
    uint64_t shard, shards; /* of so many equal parts of the fleet only this one, from 1; 0: all */
    unsigned rank, ranks;   /* of so many processes that share these devices, from 0; 0: just one */
    uint64_t chunk;         /* devices that a worker takes at once; 0: a good number */
    enum ps_fidelity fidelity;
    ps_share audit;
    enum ps_link_kind link;
    unsigned jobs;
    uint16_t port;          /* 0: any */
    unsigned in_flight;     /* contacts at once; 0: the runner's default */
    const char *checkpoint; /* stem of its files (DIR/NAME); NULL: none */
    bool resume;            /* go on from the checkpoint, if there is one */
    const char *outcomes;   /* file of outcome records, which is left there; NULL: none */
    const char *repeat; /* the command that repeats the run of this scenario, without --strategy */
    const char *audit_text; /* of `audit`, for people */
    /* Only these devices, whatever the shard, as ps_replay_options has it; an end of 0: all. */
    uint64_t first_device, end_device;
    const struct ps_life_listener *listener; /* NULL: nobody listens */
    ps_simulation_watch *watch;              /* may be NULL */
    /* How long this simulation has run, for whoever wants to know what all of it took; NULL: nobody
     * does. Called with the watch's context, from one thread at a time. */
    uint64_t (*elapsed_ms)(void *context);
    void *watch_context;
};

struct ps_simulation;
/* `notice` (may be NULL) gets a sentence when concurrency had to be lowered, or about where a run
 * goes on. Gives *ret_simulation
 * on success, and when it was interrupted after the first devices: then its result is partial
 * (without any device *ret_simulation stays as it was). */
PS_MUST_USE ps_status ps_simulation_run(const struct ps_simulation_options *options,
                                        struct ps_text *notice,
                                        struct ps_simulation **ret_simulation,
                                        struct ps_error *err);
void ps_simulation_free(struct ps_simulation *simulation); /* NULL allowed */
/* Of a checkpoint's stem: is there one, and away with it. */
bool ps_simulation_has_checkpoint(const char *stem);
void ps_simulation_remove_checkpoint(const char *stem);
/* What these devices add to a result. Borrowed until ps_simulation_free. */
const struct ps_part *ps_simulation_part(const struct ps_simulation *simulation);
/* Adds what other devices do, and makes the result of all of them. */
PS_MUST_USE ps_status ps_simulation_add(struct ps_simulation *simulation,
                                        const struct ps_part *parts, size_t count,
                                        struct ps_error *err);
/* Borrowed until ps_simulation_free, or until parts are added. */
const struct ps_result_scenario *ps_simulation_result(const struct ps_simulation *simulation);
/* What the engine did here: for `pinstorm bench`. */
struct ps_simulation_engine {
    uint64_t epochs_stepped, epochs_skipped; /* of devices under strategies */
    uint64_t classes, handshakes;
    uint64_t contacts; /* that devices made, however few were made for real */
};
struct ps_simulation_engine ps_simulation_engine(const struct ps_simulation *simulation);
/* Adds what was done for this simulation to `work`: by whoever it went on from, too. */
void ps_simulation_work(const struct ps_simulation *simulation, struct ps_result_work *work);

#endif
