/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/chunk.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "engine/invariants/invariants.h"
#include "engine/track.h"

enum {
    PS_AUDIT_BATCH_MAX = 32768, /* audited contacts made at once */
    PS_STEPS_UNWATCHED = 1024,  /* of lives, before somebody asks whether to stop; a power of 2 */
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

struct ps_chunk {
    struct ps_replay *replay;
    struct ps_life_world w;
    struct ps_tally *tallies; /* as the replay's */
    struct ps_tally scratch;
    struct ps_life *lives; /* the first `aside` of them wait */
    size_t life_capacity, aside;
    struct request *requests;
    size_t request_count, request_capacity;
    bool *class_requested; /* by class, of this batch */
    size_t class_capacity;
    struct audit *audits;
    size_t audit_count, audit_capacity;
    struct ps_buffer key;
    uint64_t first;         /* device of the fleet */
    unsigned char *records; /* NULL: nobody asked for them */
    size_t record_capacity;
    uint32_t steps; /* of lives, over all chunks; wraps */
    bool cut;       /* not all of it was lived: the run was stopped */
    struct ps_replay_counts counts;
};

static uint32_t class_of(struct ps_chunk *chunk, const struct ps_contact_spec *spec)
{
    struct ps_replay *replay = chunk->replay;
    chunk->key.size = 0;
    ps_class_key(&replay->world, &replay->trusts, spec, &chunk->key);
    return ps_known_class(&replay->known, &chunk->key);
}

static void request(struct ps_chunk *chunk, struct ps_life *life,
                    const struct ps_contact_spec *spec, uint32_t class_number)
{
    PS_PUSH(chunk->requests, chunk->request_count, chunk->request_capacity,
            (struct request){*spec, class_number, life});
}

static bool ask_memo(struct ps_chunk *chunk, struct ps_life *life,
                     const struct ps_contact_spec *spec, uint32_t *ret_verdict)
{
    uint32_t number = class_of(chunk, spec);
    if (ps_known_verdict_of(&chunk->replay->known, number, ret_verdict))
        return true;
    size_t before = chunk->class_capacity;
    chunk->class_requested = ps_grow(chunk->class_requested, &chunk->class_capacity, number + 1,
                                     sizeof *chunk->class_requested);
    memset(chunk->class_requested + before, 0,
           (chunk->class_capacity - before) * sizeof *chunk->class_requested);
    if (!chunk->class_requested[number]) {
        chunk->class_requested[number] = true;
        request(chunk, life, spec, number);
    }
    return false;
}

static bool ask_wire(struct ps_chunk *chunk, struct ps_life *life,
                     const struct ps_contact_spec *spec, uint32_t *ret_verdict)
{
    uint32_t number = class_of(chunk, spec);
    struct ps_life_answer *answer = ps_life_answer_of(life, spec);
    if (answer->known && answer->class_number == number) {
        *ret_verdict = answer->verdict;
        return true;
    }
    answer->known = false;
    request(chunk, life, spec, number);
    return false;
}

static const struct ps_verdict *verdict(const struct ps_chunk *chunk, uint32_t number)
{
    return ps_known_verdict(&chunk->replay->known, number);
}

static bool accepted(struct ps_chunk *chunk, uint32_t number)
{
    return ps_verdict_accepted(verdict(chunk, number));
}

/* Draws whether this use of a verdict is audited, and at which of its contacts. */
static void draw_audit(struct ps_chunk *chunk, struct ps_life *life,
                       const struct ps_contact_spec *spec, uint32_t used, ps_time first,
                       ps_duration step, uint64_t count)
{
    const struct ps_replay *replay = chunk->replay;
    if (replay->options->audit.ppm == 0)
        return;
    uint32_t n = (life->stretch & 0xfffffff) << 4 | (uint32_t)spec->role | (uint32_t)spec->kind;
    struct ps_subject subject = life->device.subject;
    subject.name ^= ps_text_hash(replay->options->plan->strategies[life->strategy].name);
    uint64_t draw = ps_random_u64(replay->world.seed, subject, PS_PURPOSE_AUDIT, n);
    if (!ps_random_hit(draw, replay->options->audit))
        return;
    struct audit audit = {.verdict = used};
    /* The upper half decided whether; the lower half, which is independent of it, decides where. */
    uint64_t place = ps_random_below(draw << 32 | draw >> 32, count);
    ps_time when = ps_schedule_at(life->device.schedule, first, step.s, place), until;
    ps_life_spec(life, &chunk->w, spec->role, when, &audit.spec, &until);
    audit.class_number = class_of(chunk, spec);
    PS_PUSH(chunk->audits, chunk->audit_count, chunk->audit_capacity, audit);
}

static void used(struct ps_chunk *chunk, struct ps_life *life, const struct ps_contact_spec *spec,
                 uint32_t number, ps_time first, ps_duration step, uint64_t count)
{
    const struct ps_life_listener *listener = chunk->w.listener;
    draw_audit(chunk, life, spec, number, first, step, count);
    if (!listener)
        return;
    listener->used(listener->context, life, &chunk->w, spec, verdict(chunk, number), first, step,
                   count);
}

/* "class 17 (device gateways/12, strategy both-roots, telemetry): used ..., found ..." */
static ps_status disagreement(struct ps_chunk *chunk, const struct ps_contact_spec *spec,
                              uint32_t class_number, const struct ps_verdict *was,
                              const struct ps_verdict *found, struct ps_error *err)
{
    static const char *const kinds[] = {"telemetry", "update", "probe"};
    const struct ps_plan *plan = chunk->replay->options->plan;
    char clock[PS_TIME_TEXT_MAX];
    chunk->counts.disagreements++;
    return ps_fail(
        err, PS_FAILED,
        "audit disagreement in class %u: device %s/%u, strategy '%s', %s, device clock %s: "
        "the class says %s (%s; %s), the device's own contact %s (%s; %s)",
        class_number, plan->cohorts[spec->cohort].name, spec->number,
        plan->strategies[spec->strategy].name, kinds[spec->kind],
        ps_time_format(spec->clock, clock), ps_stage_text(was->stage), was->reason, was->path,
        ps_stage_text(found->stage), found->reason, found->path);
}

static ps_status run_audits(struct ps_chunk *chunk, struct ps_error *err)
{
    size_t count = chunk->audit_count;
    if (count == 0)
        return PS_OK;
    struct ps_contact_spec *specs = ps_alloc(count, sizeof *specs);
    struct ps_verdict *verdicts = ps_alloc(count, sizeof *verdicts);
    for (size_t i = 0; i < count; i++)
        specs[i] = chunk->audits[i].spec;
    ps_status s = ps_replay_make(chunk->replay, specs, count, verdicts, err);
    for (size_t i = 0; i < count && ps_is_ok(s); i++) {
        const struct ps_verdict *was = verdict(chunk, chunk->audits[i].verdict);
        chunk->counts.audited++;
        if (memcmp(was, &verdicts[i], sizeof *was) != 0)
            s = disagreement(chunk, &specs[i], chunk->audits[i].class_number, was, &verdicts[i],
                             err);
    }
    chunk->audit_count = 0;
    free(specs);
    free(verdicts);
    return s;
}

static ps_status answer(struct ps_chunk *chunk, const struct request *r,
                        const struct ps_verdict *made, struct ps_error *err)
{
    struct ps_known *known = &chunk->replay->known;
    uint32_t before;
    bool was_known = ps_known_verdict_of(known, r->class_number, &before);
    uint32_t number = ps_known_keep(known, r->class_number, made);
    if (chunk->replay->options->fidelity == PS_FIDELITY_WIRE) {
        *ps_life_answer_of(r->life, &r->spec) =
            (struct ps_life_answer){r->class_number, number, true};
        if (was_known && before != number)
            return disagreement(chunk, &r->spec, r->class_number, verdict(chunk, before), made,
                                err);
    }
    return PS_OK;
}

/* In `memo` another worker may have made some of them by the time it is this one's turn. */
static void drop_known(struct ps_chunk *chunk)
{
    size_t kept = 0;
    uint32_t number;
    for (size_t i = 0; i < chunk->request_count; i++) {
        const struct request *r = &chunk->requests[i];
        if (chunk->class_requested)
            chunk->class_requested[r->class_number] = false;
        if (!ps_known_verdict_of(&chunk->replay->known, r->class_number, &number))
            chunk->requests[kept++] = *r;
    }
    chunk->request_count = kept;
}

static ps_status run_requests(struct ps_chunk *chunk, struct ps_error *err)
{
    struct ps_replay *replay = chunk->replay;
    if (replay->options->fidelity == PS_FIDELITY_MEMO)
        drop_known(chunk);
    size_t count = chunk->request_count;
    if (count == 0)
        return PS_OK;
    struct ps_contact_spec *specs = ps_alloc(count, sizeof *specs);
    struct ps_verdict *verdicts = ps_alloc(count, sizeof *verdicts);
    for (size_t i = 0; i < count; i++) {
        specs[i] = chunk->requests[i].spec;
        *(specs[i].plain ? &chunk->counts.asked_plain : &chunk->counts.asked) += 1;
    }
    ps_status s = ps_replay_make(replay, specs, count, verdicts, err);
    for (size_t i = 0; i < count && ps_is_ok(s); i++)
        s = answer(chunk, &chunk->requests[i], &verdicts[i], err);
    chunk->request_count = 0;
    free(specs);
    free(verdicts);
    return s;
}

/* Requests are made by one worker at a time, so that no class is made twice. */
static ps_status make_what_is_missing(struct ps_chunk *chunk, struct ps_error *err)
{
    pthread_mutex_lock(&chunk->replay->lock);
    ps_status s = run_requests(chunk, err);
    if (ps_is_ok(s) && (chunk->audit_count > PS_AUDIT_BATCH_MAX || chunk->aside == 0))
        s = run_audits(chunk, err);
    pthread_mutex_unlock(&chunk->replay->lock);
    return s;
}

static void keep_record(struct ps_chunk *chunk, const struct ps_life *life)
{
    const struct ps_replay *replay = chunk->replay;
    if (!chunk->records)
        return;
    uint64_t device = life->device.number, strategy = 0;
    for (uint32_t c = 0; c < life->device.cohort; c++)
        device += replay->cohort_devices[c];
    for (uint32_t k = 0; k < life->strategy; k++)
        strategy += ps_replay_takes_part(replay, k);
    size_t place = (size_t)((device - chunk->first) * replay->strategy_count + strategy);
    ps_record_put(&life->record, replay->world.plan->from,
                  chunk->records + place * PS_RECORD_BYTES);
}

/* Stepping may go on for long without a contact: whoever may stop the run is asked on the way. */
static bool is_stopped(struct ps_chunk *chunk)
{
    struct ps_replay *replay = chunk->replay;
    if (chunk->steps++ % PS_STEPS_UNWATCHED == 0)
        ps_replay_watch(replay);
    chunk->cut |= atomic_load_explicit(&replay->stopped, memory_order_relaxed);
    return chunk->cut;
}

/* True: it is over. */
static bool live(struct ps_chunk *chunk, struct ps_life *life)
{
    size_t cohorts = chunk->replay->world.plan->cohort_count;
    struct ps_tally *tally = &chunk->tallies[life->strategy * cohorts + life->device.cohort];
    struct ps_invariants *invariants = chunk->w.invariants;
    enum ps_life_step step;
    do {
        if (is_stopped(chunk))
            return false;
        uint64_t accepted_before = tally->contacts_accepted, failed_before = tally->contacts_failed;
        step = ps_life_step(life, &chunk->w, tally);
        ps_invariants_stepped(invariants, life, tally->contacts_accepted - accepted_before,
                              tally->contacts_failed - failed_before);
    } while (step == PS_LIFE_GOES_ON);
    if (step == PS_LIFE_WAITS)
        return false;
    ps_invariants_life_over(invariants, life);
    chunk->counts.lives++;
    keep_record(chunk, life);
    ps_life_deinit(life);
    return true;
}

static void begin_device(struct ps_chunk *chunk, uint32_t cohort, uint32_t number)
{
    const struct ps_plan *plan = chunk->replay->world.plan;
    struct ps_device device;
    ps_device_draw(&chunk->replay->world, cohort, number, &device);
    for (uint32_t k = 0; k < plan->strategy_count; k++) {
        if (!ps_replay_takes_part(chunk->replay, k))
            continue;
        /* In `wire` a request points to its life, so one that waits stays where it began. */
        ps_life_init(&chunk->lives[chunk->aside], &chunk->w, k, &device);
        if (!live(chunk, &chunk->lives[chunk->aside]))
            chunk->aside++;
    }
    ps_device_deinit(&device);
}

static void begin_all(struct ps_chunk *chunk, uint64_t first, uint64_t count)
{
    const struct ps_replay *replay = chunk->replay;
    uint64_t before = 0; /* devices of the cohorts before */
    for (uint32_t c = 0; c < replay->world.plan->cohort_count; c++) {
        uint64_t devices = replay->cohort_devices[c];
        uint64_t from = first > before ? first - before : 0;
        for (uint64_t d = from; d < devices && before + d < first + count && !chunk->cut; d++)
            begin_device(chunk, c, (uint32_t)d);
        before += devices;
    }
}

static void go_on(struct ps_chunk *chunk)
{
    size_t kept = 0;
    for (size_t i = 0; i < chunk->aside; i++) {
        size_t asked = chunk->request_count;
        if (live(chunk, &chunk->lives[i]))
            continue;
        chunk->lives[kept] = chunk->lives[i];
        for (; asked < chunk->request_count; asked++)
            chunk->requests[asked].life = &chunk->lives[kept];
        kept++;
    }
    chunk->aside = kept;
}

ps_status ps_chunk_live(struct ps_chunk *chunk, uint64_t first, uint64_t count,
                        struct ps_error *err)
{
    const struct ps_replay *replay = chunk->replay;
    const struct ps_plan *plan = replay->world.plan;
    for (size_t i = 0; i < plan->strategy_count * plan->cohort_count; i++)
        ps_tally_reset(&chunk->tallies[i]);
    memset(&chunk->counts, 0, sizeof chunk->counts);
    chunk->lives = ps_grow(chunk->lives, &chunk->life_capacity, count * plan->strategy_count + 1,
                           sizeof *chunk->lives);
    chunk->first = first;
    chunk->cut = false;
    ps_invariants_begin(chunk->w.invariants);
    if (replay->options->records)
        chunk->records = ps_grow(chunk->records, &chunk->record_capacity,
                                 (size_t)(count * replay->strategy_count), PS_RECORD_BYTES);
    if (chunk->w.tracks)
        chunk->w.tracks->stepped = chunk->w.tracks->skipped = 0;
    begin_all(chunk, first, count);
    ps_status s = PS_OK;
    while (chunk->aside > 0 && ps_is_ok(s) && !chunk->cut && !atomic_load(&replay->stopped)) {
        assert(chunk->request_count > 0);
        s = make_what_is_missing(chunk, err);
        if (ps_is_ok(s))
            go_on(chunk);
    }
    chunk->cut |= chunk->aside > 0;
    if (ps_is_ok(s) && !chunk->cut && chunk->audit_count > 0)
        s = make_what_is_missing(chunk, err);
    for (size_t i = 0; i < chunk->aside; i++)
        ps_life_deinit(&chunk->lives[i]);
    if (chunk->cut && ps_is_ok(s))
        s = ps_fail(err, PS_INTERRUPTED, "interrupted");
    if (chunk->w.tracks) {
        chunk->counts.epochs_stepped = chunk->w.tracks->stepped;
        chunk->counts.epochs_skipped = chunk->w.tracks->skipped;
    }
    if (ps_is_ok(s))
        s = ps_invariants_end(chunk->w.invariants, count, err);
    for (size_t i = 0; i < chunk->request_count && chunk->class_requested; i++)
        chunk->class_requested[chunk->requests[i].class_number] = false; /* nobody waits for it */
    chunk->aside = chunk->request_count = chunk->audit_count = 0;
    return s;
}

struct ps_chunk *ps_chunk_new(struct ps_replay *replay)
{
    const struct ps_plan *plan = replay->world.plan;
    struct ps_chunk *chunk = ps_alloc(1, sizeof *chunk);
    bool wire = replay->options->fidelity == PS_FIDELITY_WIRE;
    chunk->replay = replay;
    ps_tally_init(&chunk->scratch, &replay->shape);
    chunk->tallies = ps_alloc(plan->strategy_count * plan->cohort_count, sizeof *chunk->tallies);
    for (size_t i = 0; i < plan->strategy_count * plan->cohort_count; i++)
        ps_tally_init(&chunk->tallies[i], &replay->shape);
    chunk->w = (struct ps_life_world){.world = &replay->world,
                                      .trusts = &replay->trusts,
                                      .channels = replay->channels,
                                      .samples = &replay->samples,
                                      .chunk = chunk,
                                      .ask = wire ? ask_wire : ask_memo,
                                      .used = used,
                                      .accepted = accepted,
                                      .verdict = verdict,
                                      .scratch = &chunk->scratch,
                                      .noticed = replay->options->audit.ppm > 0,
                                      .listener = replay->options->listener,
                                      .invariants = ps_invariants_new(&replay->world)};
    if (!wire && !replay->options->listener)
        chunk->w.tracks = ps_tracks_new(&replay->world, replay->channels);
    return chunk;
}

void ps_chunk_free(struct ps_chunk *chunk)
{
    if (!chunk)
        return;
    const struct ps_plan *plan = chunk->replay->world.plan;
    for (size_t i = 0; i < plan->strategy_count * plan->cohort_count; i++)
        ps_tally_deinit(&chunk->tallies[i]);
    ps_tally_deinit(&chunk->scratch);
    ps_tracks_free(chunk->w.tracks);
    ps_invariants_free(chunk->w.invariants);
    free(chunk->tallies);
    free(chunk->lives);
    free(chunk->requests);
    free(chunk->class_requested);
    free(chunk->audits);
    free(chunk->records);
    ps_buffer_deinit(&chunk->key);
    free(chunk);
}

struct ps_tally *ps_chunk_tallies(struct ps_chunk *chunk)
{
    return chunk->tallies;
}

struct ps_replay_counts ps_chunk_counts(const struct ps_chunk *chunk)
{
    return chunk->counts;
}

const unsigned char *ps_chunk_records(const struct ps_chunk *chunk)
{
    return chunk->records;
}
