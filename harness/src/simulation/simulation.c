/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/simulation.h"

#include <inttypes.h>
#include <stdlib.h>
#include "engine/part.h"
#include "engine/replay.h"
#include "simulation/checkpoint.h"
#include "simulation/keep.h"
#include "simulation/material.h"
#include "simulation/result.h"
#include "simulation/see.h"

struct ps_simulation {
    const struct ps_simulation_options *options; /* while it runs */
    struct ps_material *material;
    struct ps_runner *runner;
    struct ps_replay *replay;
    struct ps_runner_counts served;
    struct ps_replay_counts asked;
    const struct ps_plan *plan;
    struct ps_keep *keep;
    struct ps_part part;
    char *repeat, *shard;   /* owned; why it is of some devices only */
    struct ps_arena *arena; /* of the result */
    struct ps_result_scenario result;
    uint64_t made, made_plain; /* contacts given to the runner */
    struct ps_simulation_progress progress;
};

static bool watch(struct ps_simulation *simulation)
{
    const struct ps_simulation_options *options = simulation->options;
    return options && options->watch &&
           options->watch(&simulation->progress, options->watch_context);
}

static bool watch_lives(uint64_t done, uint64_t total, void *context)
{
    struct ps_simulation *simulation = context;
    uint64_t strategies = 0; /* of each device's lives */
    for (size_t i = 0; i < simulation->part.strategy_count; i++)
        strategies += simulation->part.identity.strategies[i];
    simulation->progress.devices_done = done / strategies;
    simulation->progress.devices_total = total / strategies;
    return watch(simulation);
}

static bool watch_contacts(size_t done, size_t total, void *context)
{
    struct ps_simulation *simulation = context;
    simulation->progress.contacts_done = done;
    simulation->progress.contacts_total = total;
    return watch(simulation);
}

struct make_order {
    const struct ps_contact_spec *specs;
    size_t count;
    struct ps_verdict *ret_verdicts; /* NULL: nobody wants them */
    struct ps_seen_contact *shown;   /* the same */
};

/* The job of a contact, and, where it resumes, in *before that of the one that gives the ticket. */
static ps_status make_job(struct ps_simulation *simulation, const struct ps_world *world,
                          const struct ps_trusts *trusts, const struct ps_contact_spec *spec,
                          struct ps_job *job, struct ps_job *before, struct ps_error *err)
{
    PS_TRY(ps_material_job(simulation->material, world, trusts, spec, job, err));
    if (spec->resumes) {
        struct ps_contact_spec first = ps_contact_before(spec);
        PS_TRY(ps_material_job(simulation->material, world, trusts, &first, before, err));
        job->ticket_from = before;
    }
    if (spec->plain)
        simulation->made_plain++;
    else
        simulation->made += job->ticket_from ? 2 : 1; /* the one that gives it, and its own */
    return PS_OK;
}

/* Makes them for real; `shown` (NULL: nobody wants it) gets what is kept of each, too. */
static ps_status make_all(struct ps_simulation *simulation, const struct ps_world *world,
                          const struct ps_trusts *trusts, const struct make_order *order,
                          struct ps_error *err)
{
    size_t count = order->count;
    struct ps_job *jobs = ps_alloc(count, sizeof *jobs);
    struct ps_job *before = ps_alloc(count, sizeof *before);
    ps_status s = PS_OK;
    for (size_t i = 0; i < count && ps_is_ok(s); i++) {
        s = make_job(simulation, world, trusts, &order->specs[i], &jobs[i], &before[i], err);
        if (!order->shown)
            continue;
        jobs[i].messages = &order->shown[i].messages;
        jobs[i].record = &order->shown[i].record;
    }
    for (size_t i = 0; i < count; i++)
        if (order->specs[i].at.s < simulation->progress.at.s)
            simulation->progress.at = order->specs[i].at;
    if (ps_is_ok(s))
        s = ps_runner_execute(simulation->runner, jobs, count, watch_contacts, simulation, err);
    simulation->progress.contacts_made += count;
    simulation->progress.contacts_done = simulation->progress.contacts_total = 0;
    simulation->progress.at = PS_TIME_NEVER;
    for (size_t i = 0; i < count && ps_is_ok(s); i++) {
        if (order->ret_verdicts)
            order->ret_verdicts[i] = jobs[i].ret_verdict;
        if (!order->shown)
            continue;
        order->shown[i].verdict = jobs[i].ret_verdict;
        ps_material_served(simulation->material, &jobs[i], &order->shown[i].served);
    }
    free(jobs);
    free(before);
    return s;
}

/* ps_contacts_make over the runner. */
static ps_status make_contacts(void *context, const struct ps_world *world,
                               const struct ps_trusts *trusts, const struct ps_contact_spec *specs,
                               size_t count, struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    const struct make_order order = {specs, count, ret_verdicts, NULL};
    return make_all(context, world, trusts, &order, err);
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

static const struct ps_verdict *verdict_of(const void *context, uint32_t number)
{
    return ps_replay_verdict(context, number);
}

/* Of the trust states that contacts were made with by now; other workers may be adding to them. */
static void add_costs(struct ps_simulation *simulation, const struct ps_replay *replay)
{
    struct ps_part *part = &simulation->part;
    const struct ps_trusts *trusts = ps_replay_trusts(replay);
    size_t chain_bytes = ps_material_chain_bytes(simulation->material);
    for (size_t s = 0; s < part->strategy_count; s++)
        ps_part_add_cost(part, s, (struct ps_part_cost){.chain_bytes = chain_bytes});
    uint32_t count = ps_trusts_count(trusts);
    for (uint32_t i = 0; i < count; i++) {
        size_t strategy = ps_trusts_at(trusts, i)->strategy;
        size_t bytes =
            ps_material_trust_bytes(simulation->material, ps_replay_world(replay), trusts, i);
        if (strategy < part->strategy_count)
            ps_part_add_cost(part, strategy, (struct ps_part_cost){.trust_bytes = bytes});
    }
}

/* What was done by now, by whoever this run goes on from as well. */
static void note_work(struct ps_simulation *simulation, const struct ps_replay *replay)
{
    const struct ps_simulation_options *o = simulation->options;
    const struct ps_part_work *before = &simulation->part.before;
    const struct ps_replay_counts asked = ps_replay_counts(replay);
    const struct ps_runner_counts served = ps_runner_counts(simulation->runner);
    simulation->part.work = (struct ps_part_work){
        .classes = before->classes + asked.classes,
        .handshakes_asked = before->handshakes_asked + simulation->made,
        .handshakes_served = before->handshakes_served + served.handshakes,
        .plain_asked = before->plain_asked + simulation->made_plain,
        .plain_served = before->plain_served + served.plain,
        .audited = before->audited + asked.audited,
        .elapsed_ms = before->elapsed_ms + (o->elapsed_ms ? o->elapsed_ms(o->watch_context) : 0)};
}

/* ps_replay_over */
static ps_status note_chunk(void *context, const struct ps_replay *replay,
                            const struct ps_replay_chunk *chunk, struct ps_error *err)
{
    struct ps_simulation *simulation = context;
    struct ps_part *part = &simulation->part;
    ps_part_add_range(part, chunk->first, chunk->first + chunk->count);
    for (size_t i = 0; i < part->strategy_count * part->cohort_count; i++)
        ps_part_add_tally(part, i, &chunk->tallies[i], verdict_of, replay);
    if (ps_keep_checkpoints(simulation->keep)) {
        add_costs(simulation, replay);
        note_work(simulation, replay);
    }
    return ps_keep_chunk(simulation->keep, chunk, err);
}

/* ps_replay_is_over */
static bool is_over(void *context, uint64_t first, uint64_t count)
{
    const struct ps_simulation *simulation = context;
    return ps_keep_is_over(simulation->keep, first, count);
}

static void fill_part(struct ps_simulation *simulation)
{
    add_costs(simulation, simulation->replay);
    note_work(simulation, simulation->replay);
}

static void start_part(struct ps_simulation *simulation)
{
    static const char *const fidelities[] = {"memo", "wire"}, *const links[] = {"tcp", "memory"};
    const struct ps_simulation_options *o = simulation->options;
    const struct ps_part_options part = {.plan = o->plan,
                                         .seed = o->seed,
                                         .devices = o->devices,
                                         .strategies = o->strategies,
                                         .fidelity = fidelities[o->fidelity],
                                         .link = links[o->link],
                                         .audit = o->audit_text ? o->audit_text : "0%",
                                         .shards = o->shards};
    ps_part_init(&simulation->part, &part);
    simulation->plan = o->plan;
    simulation->progress.at = PS_TIME_NEVER;
    simulation->repeat = ps_strdup(o->repeat);
    if (o->shards > 1)
        simulation->shard = ps_format("shard %" PRIu64 " of %" PRIu64, o->shard, o->shards);
}

/* The devices of this run. */
static struct ps_part_range slice_of(const struct ps_simulation *simulation)
{
    const struct ps_simulation_options *o = simulation->options;
    uint64_t fleet = simulation->part.fleet;
    struct ps_part_range slice = {0, fleet};
    uint64_t shards = o->shards > 0 ? o->shards : 1, shard = o->shards > 0 ? o->shard : 1;
    uint64_t ranks = o->ranks > 0 ? o->ranks : 1;
    slice = ps_part_slice(fleet, (shard - 1) * ranks + o->rank + 1, shards * ranks);
    if (o->end_device > 0)
        slice = (struct ps_part_range){o->first_device, o->end_device};
    if (slice.first == slice.end) /* nobody; an end of 0 would be everybody */
        slice.first = slice.end = fleet;
    return slice;
}

static ps_status replay(struct ps_simulation *simulation, struct ps_text *notice,
                        struct ps_error *err)
{
    const struct ps_simulation_options *o = simulation->options;
    const struct ps_part_range slice = slice_of(simulation);
    const struct ps_keep_options keep = {.plan = o->plan,
                                         .range = slice,
                                         .chunk = o->chunk,
                                         .outcomes = o->outcomes,
                                         .checkpoint = o->checkpoint,
                                         .resume = o->resume};
    PS_TRY(ps_keep_new(&keep, &simulation->part, notice, &simulation->keep, err));
    simulation->part.before = simulation->part.work;
    simulation->progress.devices_total = slice.end - slice.first;
    simulation->progress.devices_done = simulation->progress.devices_before =
        ps_part_lived(&simulation->part);
    const struct ps_replay_options options = {.plan = o->plan,
                                              .jobs = o->jobs,
                                              .chunk = ps_keep_chunk_devices(simulation->keep),
                                              .seed = o->seed,
                                              .devices = o->devices,
                                              .first_device = slice.first,
                                              .end_device = slice.end,
                                              .strategies = o->strategies,
                                              .fidelity = o->fidelity,
                                              .audit = o->audit,
                                              .make = make_contacts,
                                              .make_context = simulation,
                                              .progress = watch_lives,
                                              .progress_context = simulation,
                                              .records = ps_keep_records(simulation->keep),
                                              .over = note_chunk,
                                              .is_over = is_over,
                                              .over_context = simulation,
                                              .listener = o->listener};
    PS_TRY(ps_replay_run(&options, &simulation->replay, err));
    return ps_keep_finish(simulation->keep, err);
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
    ps_status s = replay(simulation, notice, err);
    if (!simulation->replay)
        return s;
    simulation->asked = ps_replay_counts(simulation->replay);
    simulation->served = ps_runner_counts(simulation->runner);
    /* Contacts that an interruption cut off were counted at one end only. */
    return ps_is_ok(s) ? compare_counts(simulation, err) : s;
}

/* After an interruption: the devices that were finished make a result, which says so. If those are
 * all of them, nothing was interrupted. */
static ps_status settle(struct ps_simulation *simulation, bool *ret_has_result,
                        struct ps_error *err)
{
    struct ps_part_range slice = slice_of(simulation);
    uint64_t lived = ps_part_lived(&simulation->part);
    *ret_has_result = lived > 0;
    if (lived > 0 && lived == slice.end - slice.first) {
        ps_status s = ps_keep_finish(simulation->keep, err);
        *ret_has_result = ps_is_ok(s);
        return s;
    }
    char *shard = simulation->shard;
    simulation->shard = ps_format("%s%sinterrupted", shard ? shard : "", shard ? ", " : "");
    free(shard);
    return PS_INTERRUPTED;
}

static void make_result(struct ps_simulation *simulation)
{
    ps_arena_free(simulation->arena);
    simulation->arena = ps_arena_new();
    struct ps_part_range missing;
    const struct ps_result_options options = {
        .plan = simulation->plan,
        .part = &simulation->part,
        .repeat = simulation->repeat,
        .partial = ps_part_missing(&simulation->part, &missing)
                       ? (simulation->shard ? simulation->shard : "interrupted")
                       : NULL};
    ps_result_build(&options, simulation->arena, &simulation->result);
}

ps_status ps_simulation_run(const struct ps_simulation_options *options, struct ps_text *notice,
                            struct ps_simulation **ret_simulation, struct ps_error *err)
{
    struct ps_simulation *simulation = ps_alloc(1, sizeof *simulation);
    simulation->options = options;
    start_part(simulation);
    ps_status s = run(simulation, notice, err);
    bool has_result = ps_is_ok(s);
    if (s.code == PS_CODE_INTERRUPTED && simulation->replay)
        s = settle(simulation, &has_result, err);
    if (!has_result) {
        ps_simulation_free(simulation);
        return ps_wrap(err, s, "scenario '%s'", options->plan->name);
    }
    fill_part(simulation);
    make_result(simulation);
    simulation->options = NULL;
    *ret_simulation = simulation;
    return s;
}

const struct ps_part *ps_simulation_part(const struct ps_simulation *simulation)
{
    return &simulation->part;
}

ps_status ps_simulation_add(struct ps_simulation *simulation, const struct ps_part *parts,
                            size_t count, struct ps_error *err)
{
    for (size_t i = 0; i < count; i++)
        PS_TRY(ps_part_add(&simulation->part, &parts[i], err));
    make_result(simulation);
    return PS_OK;
}

void ps_simulation_free(struct ps_simulation *simulation)
{
    if (!simulation)
        return;
    ps_keep_free(simulation->keep);
    ps_runner_free(simulation->runner);
    ps_replay_free(simulation->replay);
    ps_material_free(simulation->material);
    ps_part_deinit(&simulation->part);
    ps_arena_free(simulation->arena);
    free(simulation->repeat);
    free(simulation->shard);
    free(simulation);
}

const struct ps_replay *ps_simulation_replay(const struct ps_simulation *simulation)
{
    return simulation->replay;
}

ps_status ps_simulation_see(struct ps_simulation *simulation, const struct ps_contact_spec *specs,
                            size_t count, struct ps_seen_contact *ret_seen, struct ps_error *err)
{
    const struct make_order order = {specs, count, NULL, ret_seen};
    return make_all(simulation, ps_replay_world(simulation->replay),
                    ps_replay_trusts(simulation->replay), &order, err);
}

void ps_seen_contact_deinit(struct ps_seen_contact *seen)
{
    ps_messages_deinit(&seen->messages);
    ps_text_deinit(&seen->served);
    ps_text_deinit(&seen->record);
}

const struct ps_result_scenario *ps_simulation_result(const struct ps_simulation *simulation)
{
    return &simulation->result;
}

struct ps_simulation_engine ps_simulation_engine(const struct ps_simulation *simulation)
{
    const struct ps_result_scenario *result = &simulation->result;
    struct ps_simulation_engine engine = {.epochs_stepped = simulation->asked.epochs_stepped,
                                          .epochs_skipped = simulation->asked.epochs_skipped,
                                          .classes = simulation->asked.classes,
                                          .handshakes = simulation->served.handshakes};
    for (size_t i = 0; i < result->strategy_count * result->cohort_count; i++)
        engine.contacts += result->lanes[i].contacts_accepted + result->lanes[i].contacts_failed;
    return engine;
}

void ps_simulation_work(const struct ps_simulation *simulation, struct ps_result_work *work)
{
    const struct ps_runner_counts *served = &simulation->served;
    if (served->in_flight_max > work->in_flight_max)
        work->in_flight_max = served->in_flight_max;
    if (served->in_flight_peak > work->in_flight_peak)
        work->in_flight_peak = served->in_flight_peak;
    ps_result_work_add(&simulation->part, work);
    work->audit_disagreements += simulation->asked.disagreements;
}

bool ps_simulation_has_checkpoint(const char *stem)
{
    return ps_checkpoint_exists(stem);
}

void ps_simulation_remove_checkpoint(const char *stem)
{
    ps_checkpoint_remove(stem);
}
