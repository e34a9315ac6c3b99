/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/simulation.h"

#include <inttypes.h>
#include <stdlib.h>
#include "engine/replay.h"
#include "simulation/material.h"
#include "simulation/result.h"

struct ps_simulation {
    const struct ps_simulation_options *options; /* while it runs */
    struct ps_material *material;
    struct ps_runner *runner;
    struct ps_replay *replay;
    struct ps_runner_counts served;
    struct ps_replay_counts asked;
    struct ps_arena *arena;
    struct ps_result_scenario result;
    uint64_t made, made_plain; /* contacts given to the runner */
    struct ps_simulation_progress progress;
};

static bool watch(struct ps_simulation *simulation)
{
    const struct ps_simulation_options *options = simulation->options;
    return options->watch && options->watch(&simulation->progress, options->watch_context);
}

static bool watch_lives(uint64_t done, uint64_t total, void *context)
{
    struct ps_simulation *simulation = context;
    simulation->progress.lives_done = done;
    simulation->progress.lives_total = total;
    return watch(simulation);
}

static bool watch_contacts(size_t done, size_t total, void *context)
{
    struct ps_simulation *simulation = context;
    simulation->progress.contacts_done = done;
    simulation->progress.contacts_total = total;
    return watch(simulation);
}

/* ps_contacts_make over the runner. */
static ps_status make_contacts(void *context, const struct ps_world *world,
                               const struct ps_trusts *trusts, const struct ps_contact_spec *specs,
                               size_t count, struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    struct ps_simulation *simulation = context;
    struct ps_job *jobs = ps_alloc(count, sizeof *jobs);
    struct ps_job *before = ps_alloc(count, sizeof *before);
    ps_status s = PS_OK;
    for (size_t i = 0; i < count && ps_is_ok(s); i++) {
        s = ps_material_job(simulation->material, world, trusts, &specs[i], &jobs[i], err);
        if (ps_is_ok(s) && specs[i].resumes) {
            struct ps_contact_spec first = ps_contact_before(&specs[i]);
            s = ps_material_job(simulation->material, world, trusts, &first, &before[i], err);
            jobs[i].ticket_from = &before[i];
        }
        if (specs[i].plain)
            simulation->made_plain++;
        else
            simulation->made +=
                jobs[i].ticket_from ? 2 : 1; /* the one that gives it, and its own */
    }
    if (ps_is_ok(s))
        s = ps_runner_execute(simulation->runner, jobs, count, watch_contacts, simulation, err);
    simulation->progress.contacts_made += count;
    simulation->progress.contacts_done = simulation->progress.contacts_total = 0;
    for (size_t i = 0; i < count && ps_is_ok(s); i++)
        ret_verdicts[i] = jobs[i].ret_verdict;
    free(jobs);
    free(before);
    return s;
}

/* Every contact that was asked for was counted by a server, and no other. */
static ps_status compare_counts(const struct ps_simulation *simulation, struct ps_error *err)
{
    const struct ps_runner_counts *served = &simulation->served;
    if (served->handshakes == simulation->made && served->plain == simulation->made_plain)
        return PS_OK;
    return ps_fail(err, PS_FAILED,
                   "the servers counted %" PRIu64 " handshakes for %" PRIu64
                   " contacts over TLS, and %" PRIu64 " requests for %" PRIu64 " over HTTP",
                   served->handshakes, simulation->made, served->plain, simulation->made_plain);
}

static ps_status run(struct ps_simulation *simulation, struct ps_text *notice, struct ps_error *err)
{
    const struct ps_simulation_options *o = simulation->options;
    PS_TRY(ps_material_new(o->plan, o->pool, &simulation->material, err));
    const struct ps_runner_options runner = {.ca = ps_material_ca(simulation->material),
                                             .jobs = o->jobs,
                                             .link = o->link,
                                             .endpoint_count = (uint32_t)o->plan->endpoint_count,
                                             .port = o->port,
                                             .in_flight_max = o->in_flight};
    PS_TRY(ps_runner_new(&runner, &simulation->runner, notice, err));
    const struct ps_replay_options replay = {.plan = o->plan,
                                             .jobs = o->jobs,
                                             .seed = o->seed,
                                             .devices = o->devices,
                                             .strategies = o->strategies,
                                             .fidelity = o->fidelity,
                                             .audit = o->audit,
                                             .make = make_contacts,
                                             .make_context = simulation,
                                             .progress = watch_lives,
                                             .progress_context = simulation};
    PS_TRY(ps_replay_run(&replay, &simulation->replay, err));
    simulation->asked = ps_replay_counts(simulation->replay);
    simulation->served = ps_runner_counts(simulation->runner);
    return compare_counts(simulation, err);
}

ps_status ps_simulation_run(const struct ps_simulation_options *options, struct ps_text *notice,
                            struct ps_simulation **ret_simulation, struct ps_error *err)
{
    struct ps_simulation *simulation = ps_alloc(1, sizeof *simulation);
    simulation->options = options;
    ps_status s = run(simulation, notice, err);
    if (!ps_is_ok(s)) {
        ps_simulation_free(simulation);
        return ps_wrap(err, s, "scenario '%s'", options->plan->name);
    }
    simulation->arena = ps_arena_new();
    ps_result_build(simulation->replay, simulation->material, options, simulation->arena,
                    &simulation->result);
    simulation->options = NULL;
    *ret_simulation = simulation;
    return PS_OK;
}

void ps_simulation_free(struct ps_simulation *simulation)
{
    if (!simulation)
        return;
    ps_runner_free(simulation->runner);
    ps_replay_free(simulation->replay);
    ps_material_free(simulation->material);
    ps_arena_free(simulation->arena);
    free(simulation);
}

const struct ps_result_scenario *ps_simulation_result(const struct ps_simulation *simulation)
{
    return &simulation->result;
}

void ps_simulation_work(const struct ps_simulation *simulation, struct ps_result_work *work)
{
    const struct ps_runner_counts *served = &simulation->served;
    if (served->in_flight_max > work->in_flight_max)
        work->in_flight_max = served->in_flight_max;
    if (served->in_flight_peak > work->in_flight_peak)
        work->in_flight_peak = served->in_flight_peak;
    work->classes += simulation->asked.classes;
    work->handshakes_asked += simulation->made;
    work->handshakes_served += served->handshakes;
    work->plain_asked += simulation->made_plain;
    work->plain_served += served->plain;
    work->audited += simulation->asked.audited;
    work->audit_disagreements += simulation->asked.disagreements;
}
