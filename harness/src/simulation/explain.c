/* SPDX-License-Identifier: Apache-2.0 */
#include "harness/explain.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "engine/frame.h"
#include "simulation/device_facts.h"
#include "simulation/hear.h"
#include "simulation/recorded.h"
#include "simulation/see.h"
#include "simulation/strategy_line.h"
#include "simulation/timeline.h"
#include "simulation/words.h"

enum { CONTACTS_MAX = 12 /* of a life that are shown; how many there are is said */ };

struct ps_explain {
    const struct ps_explain_options *options; /* while it runs */
    struct ps_arena *arena;
    struct ps_heard heard;
    struct ps_simulation *simulation;
    struct ps_seen_contact *seen;
    size_t seen_count, seen_capacity;
    struct ps_recorded *recorded; /* NULL: there is nothing to compare with */
    struct ps_explanation told;
};

/* A contact that is made again, and why. */
struct chosen {
    const struct ps_contact_spec *spec;
    const struct ps_verdict *verdict; /* which it had */
    const char *why;
};
struct choice {
    struct chosen *items; /* owned */
    size_t count, capacity;
};

static void choose(struct choice *choice, const struct ps_contact_spec *spec,
                   const struct ps_verdict *verdict, const char *why)
{
    for (size_t i = 0; i < choice->count; i++)
        if (choice->items[i].spec->role == spec->role &&
            choice->items[i].spec->at.s == spec->at.s && spec->role != PS_ROLE_PROBE)
            return;
    PS_PUSH(choice->items, choice->count, choice->capacity, (struct chosen){spec, verdict, why});
}

/* Where the device's own trust came to something else than before. */
static void choose_changes(const struct ps_heard_life *heard, struct choice *choice)
{
    const struct ps_heard_run *before = NULL;
    for (size_t i = 0; i < heard->run_count; i++) {
        const struct ps_heard_run *run = &heard->runs[i];
        if (run->first.role != PS_ROLE_TELEMETRY || run->rescue)
            continue;
        bool good = ps_verdict_accepted(&run->verdict);
        bool was_good = before && ps_verdict_accepted(&before->verdict);
        if (!before) {
            choose(choice, &run->first, &run->verdict, "the first contact");
        } else if (!good && was_good) {
            choose(choice, &before->last, &before->last_verdict, "the last before one that fails");
            choose(choice, &run->first, &run->verdict, "the first that fails");
        } else if (good) {
            choose(choice, &run->first, &run->verdict, "the first that is accepted again");
        } else {
            choose(choice, &run->first, &run->verdict, "the first that fails for another reason");
        }
        before = run;
    }
    if (before)
        choose(choice, &before->last, &before->last_verdict, "the last contact");
}

/* The first of some kind. */
static void choose_first(const struct ps_heard_life *heard, struct choice *choice,
                         bool (*is_meant)(const struct ps_heard_run *run), const char *why)
{
    for (size_t i = 0; i < heard->run_count; i++)
        if (is_meant(&heard->runs[i])) {
            choose(choice, &heard->runs[i].first, &heard->runs[i].verdict, why);
            return;
        }
}

static bool is_taken(const struct ps_heard_run *run)
{
    return ps_role_is_update(run->first.role) && !run->rescue && ps_verdict_accepted(&run->verdict);
}

static bool is_update_refused(const struct ps_heard_run *run)
{
    return ps_role_is_update(run->first.role) && !run->rescue &&
           !ps_verdict_accepted(&run->verdict);
}

static bool is_fallback(const struct ps_heard_run *run)
{
    return run->first.role == PS_ROLE_FALLBACK;
}

static bool is_resumed(const struct ps_heard_run *run)
{
    return run->first.role == PS_ROLE_RESUMED;
}

static bool is_rescue(const struct ps_heard_run *run)
{
    return run->rescue;
}

/* Of each threat that is ever accepted the first contact, and the first update that is sent. */
static void choose_attacks(const struct ps_heard_life *heard, size_t threat_count,
                           struct choice *choice)
{
    bool *chosen = ps_alloc(2 * threat_count + 1, sizeof *chosen);
    for (size_t i = 0; i < heard->probe_count; i++) {
        const struct ps_heard_run *probe = &heard->probes[i];
        size_t kind = 2 * probe->first.threat + (probe->first.sends != PS_SENDS_NOTHING);
        if (!chosen[kind])
            choose(choice, &probe->first, &probe->verdict, "the first of its kind that succeeds");
        chosen[kind] = true;
    }
    free(chosen);
}

static int compare_chosen(const void *left, const void *right)
{
    const struct chosen *a = left, *b = right;
    if (a->spec->at.s != b->spec->at.s)
        return ps_time_compare(a->spec->at, b->spec->at);
    if (a->spec->role != b->spec->role)
        return a->spec->role < b->spec->role ? -1 : 1;
    return (a->spec->threat > b->spec->threat) - (a->spec->threat < b->spec->threat);
}

/* By time. Of too many the first and the last remain. */
static size_t choose_all(const struct ps_heard_life *heard, size_t threat_count,
                         struct choice *choice)
{
    choose_changes(heard, choice);
    choose_first(heard, choice, is_resumed, "the first that resumes a session");
    choose_first(heard, choice, is_fallback, "the first with its fallback");
    choose_first(heard, choice, is_taken, "the first update that is taken");
    choose_first(heard, choice, is_update_refused, "the first update that is refused");
    choose_first(heard, choice, is_rescue, "asked at the end: would an update still reach it?");
    choose_attacks(heard, threat_count, choice);
    size_t all = choice->count, half = CONTACTS_MAX / 2;
    if (all > 0)
        qsort(choice->items, all, sizeof *choice->items, compare_chosen);
    if (all > CONTACTS_MAX) {
        memmove(choice->items + half, choice->items + all - half, half * sizeof *choice->items);
        choice->count = CONTACTS_MAX;
    }
    return all;
}

/* ---- the contacts, made again ---- */

static ps_status compare_seen(const struct ps_explain *explain, const struct chosen *chosen,
                              const struct ps_seen_contact *seen, struct ps_error *err)
{
    char at[PS_TIME_TEXT_MAX];
    const struct ps_verdict *was = chosen->verdict, *is = &seen->verdict;
    if (memcmp(was, is, sizeof *was) == 0)
        return PS_OK;
    return ps_fail(err, PS_FAILED,
                   "strategy '%s': the contact at %s gave %s (%s; %s), and made again %s (%s; %s)",
                   explain->options->plan->strategies[chosen->spec->strategy].name,
                   ps_time_format(chosen->spec->at, at), ps_stage_text(was->stage), was->reason,
                   was->path, ps_stage_text(is->stage), is->reason, is->path);
}

static const char *kept(struct ps_explain *explain, struct ps_text *text)
{
    const char *copy = ps_arena_strdup(explain->arena, ps_text_chars(text));
    ps_text_deinit(text);
    return copy;
}

static bool was_read(const struct ps_messages *messages, const char *name)
{
    for (size_t i = 0; i < messages->count; i++)
        if (!messages->items[i].sent && strcmp(messages->items[i].name, name) == 0)
            return true;
    return false;
}

/* Who resumes a session or proves a secret is sent no certificate. */
static const char *served(const struct ps_seen_contact *seen)
{
    bool without =
        was_read(&seen->messages, "Finished") && !was_read(&seen->messages, "Certificate");
    return without ? "" : ps_text_chars(&seen->served);
}

static struct ps_told_contact tell_contact(struct ps_explain *explain, const struct chosen *chosen,
                                           const struct ps_seen_contact *seen)
{
    const struct ps_replay *replay = ps_simulation_replay(explain->simulation);
    const struct ps_world *world = ps_replay_world(replay);
    const struct ps_contact_spec *spec = chosen->spec;
    struct ps_text role = {0}, trusts = {0};
    ps_words_contact(world, spec, &role);
    ps_words_trust(world, ps_trusts_at(ps_replay_trusts(replay), spec->trust), &trusts);
    return (struct ps_told_contact){
        .at = spec->at,
        .clock = spec->clock,
        .role = kept(explain, &role),
        .endpoint = world->plan->endpoints[spec->endpoint].name,
        .why = chosen->why,
        .trusts = kept(explain, &trusts),
        .served = served(seen),
        .record = ps_text_chars(&seen->record),
        .messages = seen->messages,
        .verdict = seen->verdict,
        .threat = spec->kind == PS_KIND_PROBE ? spec->threat : UINT32_MAX,
        .spec = spec,
    };
}

static ps_status see(struct ps_explain *explain, const struct choice *choice,
                     struct ps_told_life *life, struct ps_error *err)
{
    struct ps_contact_spec *specs = ps_alloc(choice->count + 1, sizeof *specs);
    struct ps_seen_contact *seen = ps_alloc(choice->count + 1, sizeof *seen);
    for (size_t i = 0; i < choice->count; i++)
        specs[i] = *choice->items[i].spec;
    ps_status s = ps_simulation_see(explain->simulation, specs, choice->count, seen, err);
    life->contacts = ps_arena_alloc(explain->arena, choice->count + 1, sizeof *life->contacts);
    for (size_t i = 0; i < choice->count; i++)
        PS_PUSH(explain->seen, explain->seen_count, explain->seen_capacity, seen[i]);
    for (size_t i = 0; i < choice->count && ps_is_ok(s); i++) {
        s = compare_seen(explain, &choice->items[i], &seen[i], err);
        if (ps_is_ok(s))
            life->contacts[life->contact_count++] =
                tell_contact(explain, &choice->items[i], &seen[i]);
    }
    free(seen);
    free(specs);
    return s;
}

/* ---- a life ---- */

static ps_status tell_at_length(struct ps_explain *explain, struct ps_timeline *timeline,
                                struct ps_told_life *life, struct ps_error *err)
{
    struct choice choice = {0};
    struct ps_device_facts facts = {.world = timeline->world, .arena = explain->arena};
    size_t all = choose_all(timeline->heard, timeline->world->plan->threat_count, &choice);
    ps_device_facts_under(&facts, timeline->strategy);
    if (all > choice.count)
        facts.facts[facts.count++] = (struct ps_told_fact){
            "shown", ps_arena_format(explain->arena,
                                     "%zu of %zu contacts that mattered: the first and the last",
                                     choice.count, all)};
    life->facts = facts.facts;
    life->fact_count = facts.count;
    ps_status s = see(explain, &choice, life, err);
    if (ps_is_ok(s))
        ps_timeline_make(timeline, life);
    free(choice.items);
    return s;
}

/* Counts are those of the run's own lane: there is one device in it. */
static void count(const struct ps_explain *explain, uint32_t strategy, struct ps_told_life *life)
{
    const struct ps_replay *replay = ps_simulation_replay(explain->simulation);
    const struct ps_tally *tally = ps_replay_tally(replay, strategy, explain->options->cohort);
    life->accepted = tally->contacts_accepted;
    life->failed = tally->contacts_failed;
    life->updates = tally->updates_installed;
}

/* What did it, as outcome records have it. */
static const char *origin_of(struct ps_explain *explain, const struct ps_heard_life *heard)
{
    const struct ps_result_scenario *result = ps_simulation_result(explain->simulation);
    const struct ps_result_origin *origin = &result->origins[heard->record.origin];
    char at[PS_TIME_TEXT_MAX];
    if (heard->record.last_dark.s == PS_TIME_NEVER.s)
        return NULL;
    if (heard->record.origin == 0)
        return "nothing that happened explains it";
    if (origin->at.s == PS_TIME_NEVER.s)
        return ps_arena_format(explain->arena, "%s: %s", origin->kind, origin->title);
    return ps_arena_format(explain->arena, "%s at %s: %s", origin->kind,
                           ps_time_format(origin->at, at), origin->title);
}

/* A life that is not what the run recorded is a failure of the program. */
static ps_status compare_record(struct ps_explain *explain, const struct ps_heard_life *heard,
                                struct ps_told_life *life, struct ps_error *err)
{
    const struct ps_plan *plan = explain->options->plan;
    unsigned char was[PS_RECORD_BYTES], is[PS_RECORD_BYTES];
    struct ps_record record;
    bool found = false;
    if (explain->recorded)
        PS_TRY(ps_recorded_find(explain->recorded, explain->told.fleet_number, life->strategy, was,
                                &found, err));
    if (!found && explain->recorded)
        life->recorded = "none in this folder: another shard lived this device";
    if (!found)
        return PS_OK;
    ps_record_put(&heard->record, plan->from, is);
    if (memcmp(was, is, sizeof was) == 0) {
        life->recorded = "the run has the same of it: outcome, cause and times";
        return PS_OK;
    }
    bool readable = ps_record_get(was, plan->from, &record);
    return ps_fail(
        err, PS_FAILED,
        "strategy '%s': the run recorded of this device '%s', but lived again it is '%s' or "
        "differs in its cause or times; the records or the program have changed",
        life->strategy, readable ? ps_outcome_text(record.outcome) : "nothing that can be read",
        ps_outcome_text(heard->record.outcome));
}

static const char *rule_of(struct ps_explain *explain, const struct ps_strategy *strategy)
{
    struct ps_text text = {0};
    ps_strategy_line_add(explain->options->plan, strategy, &text);
    return kept(explain, &text);
}

static ps_status tell_life(struct ps_explain *explain, uint32_t number, struct ps_told_life *life,
                           struct ps_error *err)
{
    static const char *const stacks[] = {
#define X(name, text, meaning) [PS_BUILDER_##name] = text,
        PS_BUILDERS(X)
#undef X
    };
    const struct ps_explain_options *o = explain->options;
    const struct ps_replay *replay = ps_simulation_replay(explain->simulation);
    const struct ps_heard_life *heard = &explain->heard.lives[number];
    const struct ps_strategy *strategy = &o->plan->strategies[number];
    bool builds = strategy->chain.engine != PS_ENGINE_NONE; /* as reports have it */
    struct ps_timeline timeline = {.world = ps_replay_world(replay),
                                   .trusts = ps_replay_trusts(replay),
                                   .result = ps_simulation_result(explain->simulation),
                                   .heard = heard,
                                   .strategy = number,
                                   .arena = explain->arena};
    *life = (struct ps_told_life){.strategy = strategy->name,
                                  .preset = strategy->preset,
                                  .stack = builds ? stacks[strategy->chain.builder] : "none",
                                  .summary = rule_of(explain, strategy),
                                  .outcome = heard->record.outcome,
                                  .first_dark = heard->record.first_dark,
                                  .dark_since = heard->record.last_dark,
                                  .dark_until = heard->dark_until,
                                  .taken = heard->taken,
                                  .was_dark = heard->was_dark,
                                  .cause = heard->cause};
    life->did_it = origin_of(explain, heard);
    count(explain, number, life);
    PS_TRY(compare_record(explain, heard, life, err));
    ps_timeline_exposures(&timeline, life);
    return o->at_length ? tell_at_length(explain, &timeline, life, err) : PS_OK;
}

static ps_status tell(struct ps_explain *explain, struct ps_error *err)
{
    const struct ps_explain_options *o = explain->options;
    const struct ps_plan *plan = o->plan;
    struct ps_explain_place place;
    ps_explain_place_in(plan, o->devices, o->cohort, o->number, &place);
    struct ps_told_life *lives =
        ps_arena_alloc(explain->arena, plan->strategy_count + 1, sizeof *lives);
    struct ps_device_facts facts = {.world =
                                        ps_replay_world(ps_simulation_replay(explain->simulation)),
                                    .arena = explain->arena};
    struct ps_device device;
    ps_device_draw(facts.world, o->cohort, o->number, &device);
    ps_device_facts_draws(&facts, &device);
    ps_device_deinit(&device);
    explain->told = (struct ps_explanation){.version = PS_VERSION,
                                            .scenario = plan->name,
                                            .title = plan->title,
                                            .file = plan->file,
                                            .digest = plan->digest,
                                            .seed = o->seed,
                                            .from = plan->from,
                                            .until = plan->until,
                                            .command = o->command,
                                            .cohort = plan->cohorts[o->cohort].name,
                                            .number = o->number,
                                            .fleet_number = place.fleet_number,
                                            .devices = place.devices,
                                            .facts = facts.facts,
                                            .fact_count = facts.count,
                                            .lives = lives};
    for (uint32_t i = 0; i < plan->strategy_count; i++)
        if (explain->heard.lives[i].over)
            PS_TRY(tell_life(explain, i, &lives[explain->told.life_count++], err));
    return PS_OK;
}

/* ---- the whole of it ---- */

static ps_status run(struct ps_explain *explain, struct ps_error *err)
{
    const struct ps_explain_options *o = explain->options;
    struct ps_explain_place place;
    ps_explain_place_in(o->plan, o->devices, o->cohort, o->number, &place);
    const struct ps_simulation_options options = {.plan = o->plan,
                                                  .pool = o->pool,
                                                  .seed = o->seed,
                                                  .devices = o->devices,
                                                  .strategies = o->strategies,
                                                  .fidelity = PS_FIDELITY_WIRE,
                                                  .link = o->link,
                                                  .jobs = 1,
                                                  .repeat = o->command,
                                                  .first_device = place.fleet_number,
                                                  .end_device = place.fleet_number + 1,
                                                  .listener = &explain->heard.listener,
                                                  .watch = o->watch,
                                                  .watch_context = o->watch_context};
    if (o->records)
        PS_TRY(ps_recorded_open(o->records, &explain->recorded, err));
    PS_TRY(ps_simulation_run(&options, NULL, &explain->simulation, err));
    return tell(explain, err);
}

ps_status ps_explain_run(const struct ps_explain_options *options, struct ps_explain **ret_explain,
                         struct ps_error *err)
{
    struct ps_explain *explain = ps_alloc(1, sizeof *explain);
    explain->options = options;
    explain->arena = ps_arena_new();
    ps_heard_init(&explain->heard, options->plan);
    ps_status s = run(explain, err);
    explain->options = NULL;
    if (!ps_is_ok(s)) {
        ps_explain_free(explain);
        return s;
    }
    *ret_explain = explain;
    return PS_OK;
}

void ps_explain_free(struct ps_explain *explain)
{
    if (!explain)
        return;
    for (size_t i = 0; i < explain->seen_count; i++)
        ps_seen_contact_deinit(&explain->seen[i]);
    free(explain->seen);
    ps_recorded_close(explain->recorded);
    ps_simulation_free(explain->simulation);
    ps_heard_deinit(&explain->heard);
    ps_arena_free(explain->arena);
    free(explain);
}

const struct ps_explanation *ps_explain_told(const struct ps_explain *explain)
{
    return &explain->told;
}

bool ps_explain_place_in(const struct ps_plan *plan, uint64_t devices, uint32_t cohort,
                         uint64_t number, struct ps_explain_place *ret_place)
{
    uint64_t *shares = ps_alloc(plan->cohort_count, sizeof *shares), before = 0;
    uint64_t all = ps_frame_devices(plan, devices, shares), own = shares[cohort];
    for (size_t i = 0; i < cohort; i++)
        before += shares[i];
    free(shares);
    if (number >= own) {
        *ret_place = (struct ps_explain_place){.cohort = cohort, .devices = own};
        return false;
    }
    *ret_place = (struct ps_explain_place){cohort, (uint32_t)number, before + number, all};
    return true;
}

bool ps_explain_place_of(const struct ps_plan *plan, uint64_t devices, uint64_t fleet_number,
                         struct ps_explain_place *ret_place)
{
    uint64_t *shares = ps_alloc(plan->cohort_count, sizeof *shares), left = fleet_number;
    uint64_t all = ps_frame_devices(plan, devices, shares);
    uint32_t cohort = 0;
    for (; cohort < plan->cohort_count && left >= shares[cohort]; cohort++)
        left -= shares[cohort];
    *ret_place = (struct ps_explain_place){cohort, (uint32_t)left, fleet_number, all};
    free(shares);
    return fleet_number < all;
}
