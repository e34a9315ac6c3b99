/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/replay.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "engine/frame.h"

enum {
    PS_CHUNK_LIVES_MAX = 32768, /* lives replayed side by side */
    PS_AUDIT_BATCH_MAX = 32768, /* audited contacts made at once */
    PS_NO_VERDICT = -1,
};

/* A contact that some life waits for. In `memo` one per class; in `wire` one per life. */
struct request {
    struct ps_contact_spec spec;
    uint32_t class_number;
    struct ps_life *life; /* wire */
};

/* A contact made again: its verdict must be this one. */
struct audit {
    struct ps_contact_spec spec;
    uint32_t class_number;
    uint32_t verdict;
};

struct ps_replay {
    const struct ps_replay_options *options; /* only while it runs */
    struct ps_world world;
    struct ps_trusts trusts;
    struct ps_channel *channels; /* by strategy */
    struct ps_samples samples;
    struct ps_intern class_index;
    int64_t *class_verdicts; /* by class: number of its verdict, or PS_NO_VERDICT */
    bool *class_requested;
    size_t class_capacity;
    struct ps_intern verdict_index;
    struct ps_verdict *verdicts;
    size_t verdict_count, verdict_capacity;
    struct ps_tally *tallies; /* strategy * cohorts + cohort */
    struct ps_tally scratch;
    uint64_t *cohort_devices;
    struct request *requests;
    size_t request_count, request_capacity;
    struct audit *audits;
    size_t audit_count, audit_capacity;
    struct ps_buffer key;
    uint64_t lives_done, lives_total;
    struct ps_replay_counts counts;
};

static uint32_t class_of(struct ps_replay *replay, const struct ps_contact_spec *spec)
{
    replay->key.size = 0;
    ps_class_key(&replay->world, &replay->trusts, spec, &replay->key);
    bool is_new;
    uint32_t number = ps_intern(&replay->class_index, replay->key.data, replay->key.size, &is_new);
    if (!is_new)
        return number;
    size_t capacity = replay->class_capacity;
    replay->class_verdicts =
        ps_grow(replay->class_verdicts, &capacity, number + 1, sizeof *replay->class_verdicts);
    replay->class_requested = ps_grow(replay->class_requested, &replay->class_capacity, number + 1,
                                      sizeof *replay->class_requested);
    replay->class_verdicts[number] = PS_NO_VERDICT;
    replay->class_requested[number] = false;
    return number;
}

static uint32_t verdict_intern(struct ps_replay *replay, const struct ps_verdict *verdict)
{
    bool is_new;
    uint32_t number = ps_intern(&replay->verdict_index, verdict, sizeof *verdict, &is_new);
    if (is_new)
        PS_PUSH(replay->verdicts, replay->verdict_count, replay->verdict_capacity, *verdict);
    return number;
}

static void request(struct ps_replay *replay, struct ps_life *life,
                    const struct ps_contact_spec *spec, uint32_t class_number)
{
    PS_PUSH(replay->requests, replay->request_count, replay->request_capacity,
            (struct request){*spec, class_number, life});
    *(spec->plain ? &replay->counts.asked_plain : &replay->counts.asked) += 1;
}

static bool ask_memo(struct ps_replay *replay, struct ps_life *life,
                     const struct ps_contact_spec *spec, uint32_t *ret_verdict)
{
    uint32_t number = class_of(replay, spec);
    if (replay->class_verdicts[number] != PS_NO_VERDICT) {
        *ret_verdict = (uint32_t)replay->class_verdicts[number];
        return true;
    }
    if (!replay->class_requested[number]) {
        replay->class_requested[number] = true;
        request(replay, life, spec, number);
    }
    return false;
}

static bool ask_wire(struct ps_replay *replay, struct ps_life *life,
                     const struct ps_contact_spec *spec, uint32_t *ret_verdict)
{
    uint32_t number = class_of(replay, spec);
    struct ps_life_answer *answer = ps_life_answer_of(life, spec);
    if (answer->known && answer->class_number == number) {
        *ret_verdict = answer->verdict;
        return true;
    }
    answer->known = false;
    request(replay, life, spec, number);
    return false;
}

static bool accepted(struct ps_replay *replay, uint32_t verdict)
{
    return ps_verdict_accepted(&replay->verdicts[verdict]);
}

/* Draws whether this use of a verdict is audited, and at which of its contacts. */
static void draw_audit(struct ps_replay *replay, struct ps_life *life,
                       const struct ps_contact_spec *spec, uint32_t verdict, ps_time first,
                       ps_duration step, uint64_t count)
{
    if (replay->options->audit.ppm == 0)
        return;
    uint32_t n = (life->stretch & 0xfffffff) << 4 | (uint32_t)spec->role | (uint32_t)spec->kind;
    struct ps_subject subject = life->device.subject;
    subject.name ^= ps_text_hash(replay->options->plan->strategies[life->strategy].name);
    uint64_t draw = ps_random_u64(replay->world.seed, subject, PS_PURPOSE_AUDIT, n);
    if (!ps_random_hit(draw, replay->options->audit))
        return;
    struct audit audit = {.verdict = verdict};
    /* The upper half decided whether; the lower half, which is independent of it, decides where. */
    uint64_t place = ps_random_below(draw << 32 | draw >> 32, count);
    ps_time when = {first.s + (int64_t)place * step.s}, until;
    const struct ps_life_world w = {
        .world = &replay->world, .trusts = &replay->trusts, .channels = replay->channels};
    ps_life_spec(life, &w, spec->role, when, &audit.spec, &until);
    audit.class_number = class_of(replay, spec);
    PS_PUSH(replay->audits, replay->audit_count, replay->audit_capacity, audit);
}

static void used(struct ps_replay *replay, struct ps_life *life, const struct ps_contact_spec *spec,
                 uint32_t verdict, ps_time first, ps_duration step, uint64_t count)
{
    const struct ps_life_listener *listener = replay->options->listener;
    draw_audit(replay, life, spec, verdict, first, step, count);
    if (!listener)
        return;
    const struct ps_life_world w = {
        .world = &replay->world, .trusts = &replay->trusts, .channels = replay->channels};
    listener->used(listener->context, life, &w, spec, &replay->verdicts[verdict], first, step,
                   count);
}

/* "class 17 (device gateways/12, strategy both-roots, telemetry): used ..., found ..." */
static ps_status disagreement(struct ps_replay *replay, const struct ps_contact_spec *spec,
                              uint32_t class_number, const struct ps_verdict *was,
                              const struct ps_verdict *found, struct ps_error *err)
{
    static const char *const kinds[] = {"telemetry", "update", "probe"};
    const struct ps_plan *plan = replay->options->plan;
    char clock[PS_TIME_TEXT_MAX];
    replay->counts.disagreements++;
    return ps_fail(
        err, PS_FAILED,
        "audit disagreement in class %u: device %s/%u, strategy '%s', %s, device clock %s: "
        "the class says %s (%s; %s), the device's own contact %s (%s; %s)",
        class_number, plan->cohorts[spec->cohort].name, spec->number,
        plan->strategies[spec->strategy].name, kinds[spec->kind],
        ps_time_format(spec->clock, clock), ps_stage_text(was->stage), was->reason, was->path,
        ps_stage_text(found->stage), found->reason, found->path);
}

static ps_status make(struct ps_replay *replay, const struct ps_contact_spec *specs, size_t count,
                      struct ps_verdict *ret_verdicts, struct ps_error *err)
{
    return replay->options->make(replay->options->make_context, &replay->world, &replay->trusts,
                                 specs, count, ret_verdicts, err);
}

static ps_status run_audits(struct ps_replay *replay, struct ps_error *err)
{
    size_t count = replay->audit_count;
    if (count == 0)
        return PS_OK;
    struct ps_contact_spec *specs = ps_alloc(count, sizeof *specs);
    struct ps_verdict *verdicts = ps_alloc(count, sizeof *verdicts);
    for (size_t i = 0; i < count; i++)
        specs[i] = replay->audits[i].spec;
    ps_status s = make(replay, specs, count, verdicts, err);
    for (size_t i = 0; i < count && ps_is_ok(s); i++) {
        const struct ps_verdict *was = &replay->verdicts[replay->audits[i].verdict];
        replay->counts.audited++;
        if (memcmp(was, &verdicts[i], sizeof *was) != 0)
            s = disagreement(replay, &specs[i], replay->audits[i].class_number, was, &verdicts[i],
                             err);
    }
    replay->audit_count = 0;
    free(specs);
    free(verdicts);
    return s;
}

static ps_status answer(struct ps_replay *replay, const struct request *r,
                        const struct ps_verdict *verdict, struct ps_error *err)
{
    uint32_t number = verdict_intern(replay, verdict);
    int64_t before = replay->class_verdicts[r->class_number];
    replay->class_verdicts[r->class_number] = number;
    if (replay->options->fidelity == PS_FIDELITY_WIRE) {
        *ps_life_answer_of(r->life, &r->spec) =
            (struct ps_life_answer){r->class_number, number, true};
        if (before != PS_NO_VERDICT && before != number)
            return disagreement(replay, &r->spec, r->class_number, &replay->verdicts[before],
                                verdict, err);
    }
    return PS_OK;
}

static ps_status run_requests(struct ps_replay *replay, struct ps_error *err)
{
    size_t count = replay->request_count;
    struct ps_contact_spec *specs = ps_alloc(count, sizeof *specs);
    struct ps_verdict *verdicts = ps_alloc(count, sizeof *verdicts);
    for (size_t i = 0; i < count; i++)
        specs[i] = replay->requests[i].spec;
    ps_status s = make(replay, specs, count, verdicts, err);
    for (size_t i = 0; i < count && ps_is_ok(s); i++)
        s = answer(replay, &replay->requests[i], &verdicts[i], err);
    replay->request_count = 0;
    free(specs);
    free(verdicts);
    return s;
}

static struct ps_tally *tally_of(struct ps_replay *replay, uint32_t strategy, uint32_t cohort)
{
    return &replay->tallies[strategy * replay->world.plan->cohort_count + cohort];
}

/* Replays `count` lives to their end, in rounds: step all, then make what they wait for. */
static ps_status run_chunk(struct ps_replay *replay, struct ps_life *lives, size_t count,
                           struct ps_error *err)
{
    const struct ps_replay_options *options = replay->options;
    bool wire = options->fidelity == PS_FIDELITY_WIRE;
    const struct ps_life_world w = {.world = &replay->world,
                                    .trusts = &replay->trusts,
                                    .channels = replay->channels,
                                    .samples = &replay->samples,
                                    .replay = replay,
                                    .ask = wire ? ask_wire : ask_memo,
                                    .used = used,
                                    .accepted = accepted,
                                    .verdict = ps_replay_verdict,
                                    .scratch = &replay->scratch,
                                    .listener = options->listener};
    struct ps_life **waiting = ps_alloc(count, sizeof *waiting);
    size_t waiting_count = count;
    for (size_t i = 0; i < count; i++)
        waiting[i] = &lives[i];
    ps_status s = PS_OK;
    while (waiting_count > 0 && ps_is_ok(s)) {
        size_t kept = 0;
        for (size_t i = 0; i < waiting_count; i++) {
            struct ps_life *life = waiting[i];
            struct ps_tally *tally = tally_of(replay, life->strategy, life->device.cohort);
            enum ps_life_step step;
            do
                step = ps_life_step(life, &w, tally);
            while (step == PS_LIFE_GOES_ON);
            if (step == PS_LIFE_WAITS)
                waiting[kept++] = life;
            else
                replay->lives_done++;
        }
        waiting_count = kept;
        assert(waiting_count == 0 || replay->request_count > 0);
        if (replay->request_count > 0)
            s = run_requests(replay, err);
        if (ps_is_ok(s) && (replay->audit_count > PS_AUDIT_BATCH_MAX || waiting_count == 0))
            s = run_audits(replay, err);
        if (ps_is_ok(s) && options->progress &&
            options->progress(replay->lives_done, replay->lives_total, options->progress_context))
            s = ps_fail(err, PS_INTERRUPTED, "interrupted");
    }
    free(waiting);
    return s;
}

static bool takes_part(const struct ps_replay_options *options, size_t strategy)
{
    return !options->strategies || options->strategies[strategy];
}

static struct ps_replay *replay_new(const struct ps_replay_options *options)
{
    const struct ps_plan *plan = options->plan;
    struct ps_replay *replay = ps_alloc(1, sizeof *replay);
    replay->options = options;
    ps_world_init(&replay->world, plan, options->seed);
    replay->channels = ps_channels_new(plan);
    ps_frame_samples(plan, &replay->samples);
    replay->cohort_devices = ps_alloc(plan->cohort_count, sizeof *replay->cohort_devices);
    ps_frame_devices(plan, options->devices, replay->cohort_devices);
    const struct ps_tally_shape shape = ps_frame_shape(plan, &replay->samples);
    ps_tally_init(&replay->scratch, &shape);
    replay->tallies = ps_alloc(plan->strategy_count * plan->cohort_count, sizeof *replay->tallies);
    for (size_t s = 0; s < plan->strategy_count; s++)
        for (size_t c = 0; c < plan->cohort_count; c++) {
            ps_tally_init(tally_of(replay, (uint32_t)s, (uint32_t)c), &shape);
            if (takes_part(options, s))
                replay->lives_total += replay->cohort_devices[c];
        }
    return replay;
}

static ps_status run_all(struct ps_replay *replay, struct ps_error *err)
{
    const struct ps_plan *plan = replay->world.plan;
    struct ps_life *lives = ps_alloc(PS_CHUNK_LIVES_MAX, sizeof *lives);
    const struct ps_life_world w = {
        .world = &replay->world, .trusts = &replay->trusts, .channels = replay->channels};
    uint64_t end = replay->options->end_device, number = 0;
    size_t count = 0;
    ps_status s = PS_OK;
    /* Device by device, all strategies: a chunk holds whole devices of one cohort after another. */
    for (uint32_t c = 0; c < plan->cohort_count; c++)
        for (uint32_t d = 0; d < replay->cohort_devices[c]; d++, number++)
            for (uint32_t k = 0; k < plan->strategy_count && ps_is_ok(s); k++) {
                if (!takes_part(replay->options, k) || number < replay->options->first_device ||
                    (end > 0 && number >= end))
                    continue;
                ps_life_init(&lives[count++], &w, k, c, d);
                if (count < PS_CHUNK_LIVES_MAX)
                    continue;
                s = run_chunk(replay, lives, count, err);
                while (count > 0)
                    ps_life_deinit(&lives[--count]);
            }
    if (ps_is_ok(s) && count > 0)
        s = run_chunk(replay, lives, count, err);
    while (count > 0)
        ps_life_deinit(&lives[--count]);
    free(lives);
    return s;
}

ps_status ps_replay_run(const struct ps_replay_options *options, struct ps_replay **ret_engine,
                        struct ps_error *err)
{
    struct ps_replay *replay = replay_new(options);
    ps_status s = run_all(replay, err);
    if (!ps_is_ok(s)) {
        ps_replay_free(replay);
        return s;
    }
    const struct ps_plan *plan = options->plan;
    for (size_t i = 0; i < plan->strategy_count * plan->cohort_count; i++)
        ps_tally_close(&replay->tallies[i]);
    replay->counts.classes = replay->class_index.count;
    replay->options = NULL;
    *ret_engine = replay;
    return PS_OK;
}

void ps_replay_free(struct ps_replay *replay)
{
    if (!replay)
        return;
    const struct ps_plan *plan = replay->world.plan;
    for (size_t i = 0; i < plan->strategy_count * plan->cohort_count; i++)
        ps_tally_deinit(&replay->tallies[i]);
    ps_tally_deinit(&replay->scratch);
    free(replay->tallies);
    free(replay->cohort_devices);
    free(replay->requests);
    free(replay->audits);
    free(replay->class_verdicts);
    free(replay->class_requested);
    free(replay->verdicts);
    ps_buffer_deinit(&replay->key);
    ps_intern_deinit(&replay->class_index);
    ps_intern_deinit(&replay->verdict_index);
    ps_samples_deinit(&replay->samples);
    ps_trusts_deinit(&replay->trusts);
    ps_channels_free(replay->channels, plan);
    ps_world_deinit(&replay->world);
    free(replay);
}

const struct ps_world *ps_replay_world(const struct ps_replay *replay)
{
    return &replay->world;
}

const struct ps_trusts *ps_replay_trusts(const struct ps_replay *replay)
{
    return &replay->trusts;
}

const struct ps_samples *ps_replay_samples(const struct ps_replay *replay)
{
    return &replay->samples;
}

const struct ps_tally *ps_replay_tally(const struct ps_replay *replay, uint32_t strategy,
                                       uint32_t cohort)
{
    return &replay->tallies[strategy * replay->world.plan->cohort_count + cohort];
}

const struct ps_verdict *ps_replay_verdict(const struct ps_replay *replay, uint32_t number)
{
    return &replay->verdicts[number];
}

uint64_t ps_replay_cohort_devices(const struct ps_replay *replay, uint32_t cohort)
{
    return replay->cohort_devices[cohort];
}

struct ps_replay_counts ps_replay_counts(const struct ps_replay *replay)
{
    return replay->counts;
}
