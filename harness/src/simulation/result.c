/* SPDX-License-Identifier: Apache-2.0 */
#include "simulation/result.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "engine/record.h"
#include "simulation/origins.h"
#include "simulation/strategy_line.h"

struct building {
    const struct ps_plan *plan;
    const struct ps_part *part;
    const char *repeat;
    struct ps_arena *arena;
    struct ps_result_scenario *result;
    uint32_t *strategies; /* result strategy -> plan strategy */
};

/* By time; what happens in the same second stays in the timeline's order. */
static void sort_events(struct ps_result_event *events, size_t count)
{
    for (size_t i = 1; i < count; i++) {
        struct ps_result_event event = events[i];
        size_t at = i;
        for (; at > 0 && events[at - 1].at.s > event.at.s; at--)
            events[at] = events[at - 1];
        events[at] = event;
    }
}

/* A scenario that notes an expiry itself needs no second line for it. */
static bool has_event_at(const struct ps_plan *plan, ps_time at)
{
    for (size_t i = 0; i < plan->event_count; i++)
        if (plan->events[i].kind == PS_EVENT_NOTE && plan->events[i].at.s == at.s)
            return true;
    return false;
}

/* What lasts for good has no end, like a change of what is served. */
static ps_duration event_length(const struct ps_plan_event *e)
{
    switch (e->kind) {
    case PS_EVENT_FAULT:
        return e->as.fault.lasts;
    case PS_EVENT_OUTAGE:
        return e->as.outage.lasts;
    case PS_EVENT_ANNOUNCE:
        return e->as.announce.lasts;
    default:
        return e->over;
    }
}

static void build_events(struct building *b)
{
    static const char *const kinds[] = {
#define X(name, text, meaning) [PS_EVENT_##name] = text,
        PS_EVENT_KINDS(X)
#undef X
    };
    const struct ps_plan *plan = b->plan;
    struct ps_result_event *events =
        ps_arena_alloc(b->arena, plan->event_count + plan->certificate_count + 1, sizeof *events);
    size_t count = 0;
    for (size_t i = 0; i < plan->event_count; i++) {
        const struct ps_plan_event *e = &plan->events[i];
        events[count++] = (struct ps_result_event){.at = e->at,
                                                   .until = {e->at.s + event_length(e).s},
                                                   .announced = e->announced,
                                                   .kind = kinds[e->kind],
                                                   .title = e->title};
    }
    for (size_t i = 0; i < plan->certificate_count; i++) {
        const struct ps_plan_certificate *c = &plan->certificates[i];
        if (c->spec.not_after.s < plan->from.s || c->spec.not_after.s >= plan->until.s ||
            has_event_at(plan, c->spec.not_after))
            continue;
        events[count++] = (struct ps_result_event){
            .at = c->spec.not_after,
            .until = c->spec.not_after,
            .announced = PS_TIME_NEVER,
            .kind = "expiry",
            .title = ps_arena_format(b->arena, "certificate %s expires", c->name)};
    }
    sort_events(events, count);
    b->result->events = events;
    b->result->event_count = count;
}

static void build_causes(struct building *b, const struct ps_tally *tally,
                         struct ps_result_lane *lane)
{
    lane->causes = ps_arena_alloc(b->arena, tally->cause_count + 1, sizeof *lane->causes);
    for (size_t i = 0; i < tally->cause_count; i++) {
        const struct ps_tally_cause *cause = &tally->causes[i];
        lane->causes[lane->cause_count++] =
            (struct ps_result_cause){.verdict = b->part->verdicts[cause->verdict],
                                     .devices = cause->devices,
                                     .still_dark = cause->still_dark,
                                     .dark_seconds = cause->dark_seconds,
                                     .hash = ps_verdict_hash(&b->part->verdicts[cause->verdict]),
                                     .first = cause->first,
                                     .last = cause->last,
                                     .example = cause->example};
    }
}

/* Of each cause one device, by the command that tells its life. */
static void name_examples(struct building *b, const char *strategy, size_t cohort,
                          struct ps_result_lane *lane)
{
    static const char run[] = "pinstorm run";
    if (strncmp(b->repeat, run, strlen(run)) != 0)
        return;
    for (size_t i = 0; i < lane->cause_count; i++)
        lane->causes[i].explain =
            ps_arena_format(b->arena, "pinstorm explain%s --device %s/%" PRIu32 " --strategy %s",
                            b->repeat + strlen(run), b->plan->cohorts[cohort].name,
                            lane->causes[i].example, strategy);
}

static int compare_causes(const void *left, const void *right)
{
    const struct ps_result_cause *a = left, *b = right;
    if (a->devices != b->devices)
        return a->devices < b->devices ? 1 : -1;
    if (a->first.s != b->first.s)
        return ps_time_compare(a->first, b->first);
    int order = strcmp(a->verdict.reason, b->verdict.reason);
    if (order == 0)
        order = strcmp(a->verdict.path, b->verdict.path);
    if (order == 0) /* they differ in something: never leave the order to their arrival */
        order = memcmp(&a->verdict, &b->verdict, sizeof a->verdict);
    return order;
}

static void build_lane(struct building *b, const struct ps_tally *tally,
                       struct ps_result_lane *lane)
{
    size_t samples = b->result->sample_count, threats = b->result->threat_count;
    lane->devices = tally->devices;
    lane->booted = tally->booted;
    memcpy(lane->outcomes, tally->outcomes, sizeof lane->outcomes);
    lane->contacts_accepted = tally->contacts_accepted;
    lane->contacts_failed = tally->contacts_failed;
    lane->booted_seconds = tally->booted_seconds;
    lane->up_seconds = tally->up_seconds;
    lane->updates_installed = tally->updates_installed;
    lane->present = ps_arena_alloc(b->arena, samples + 1, sizeof *lane->present);
    lane->up = ps_arena_alloc(b->arena, samples + 1, sizeof *lane->up);
    int64_t present = 0, up = 0; /* a part keeps differences */
    for (size_t i = 0; i < samples; i++) {
        lane->present[i] = (uint64_t)(present += tally->present[i]);
        lane->up[i] = (uint64_t)(up += tally->up[i]);
        assert(up >= 0 && up <= present);
    }
    lane->exposures = ps_arena_alloc(b->arena, threats + 1, sizeof *lane->exposures);
    for (size_t i = 0; i < threats; i++)
        lane->exposures[i] = (struct ps_result_exposure){tally->exposures[i].device_seconds,
                                                         tally->exposures[i].devices};
    lane->origins = ps_arena_alloc(b->arena, b->result->origin_count, sizeof *lane->origins);
    for (size_t i = 0; i < b->result->origin_count; i++)
        lane->origins[i] =
            (struct ps_result_origin_count){tally->origins[i].devices, tally->origins[i].lost};
    build_causes(b, tally, lane);
    if (lane->cause_count > 0)
        qsort(lane->causes, lane->cause_count, sizeof *lane->causes, compare_causes);
    lane->lost_devices = tally->losses.count;
    lane->first_loss = lane->last_loss = PS_TIME_NEVER;
    if (tally->losses.count > 0) {
        lane->first_loss = tally->losses.first;
        lane->last_loss = tally->losses.last;
    }
    lane->median_loss = ps_tally_median_loss(tally);
    struct ps_tally_took took = ps_tally_recovery_times(tally);
    lane->recovery_seconds = tally->recovery_seconds;
    lane->recovery_shortest = took.shortest;
    lane->recovery_median = took.median;
    lane->recovery_longest = took.longest;
}

static void build_strategy(struct building *b, size_t number)
{
    uint32_t strategy = b->strategies[number];
    const struct ps_strategy *s = &b->plan->strategies[strategy];
    struct ps_result_strategy *r = &b->result->strategies[number];
    static const char *const builders[] = {
#define X(name, text, meaning) text,
        PS_BUILDERS(X)
#undef X
    };
    r->name = s->name;
    r->preset = s->preset;
    r->stack = s->chain.engine == PS_ENGINE_NONE ? "none" : builders[s->chain.builder];
    struct ps_text line = {0};
    ps_strategy_line_add(b->plan, s, &line);
    r->summary = ps_arena_strdup(b->arena, ps_text_chars(&line));
    ps_text_deinit(&line);
    for (uint32_t c = 0; c < b->plan->cohort_count; c++) {
        const struct ps_tally *tally = &b->part->lanes[strategy * b->plan->cohort_count + c];
        build_lane(b, tally, &b->result->lanes[number * b->plan->cohort_count + c]);
        name_examples(b, s->name, c, &b->result->lanes[number * b->plan->cohort_count + c]);
        static const enum ps_attack deciding[] = {PS_ATTACK_X01, PS_ATTACK_X02};
        for (size_t i = 0; i < 2 && !r->unranked; i++)
            if (tally->accepts[deciding[i]]) {
                r->unranked = true;
                r->unranked_by = deciding[i];
            }
    }
    r->cost = (struct ps_result_cost){b->part->costs[strategy].trust_bytes,
                                      b->part->costs[strategy].chain_bytes};
}

bool ps_comparison_holds(const struct ps_comparison *bar, uint64_t numerator, uint64_t denominator)
{
    unsigned __int128 found = (unsigned __int128)numerator * 1000000;
    unsigned __int128 wanted = (unsigned __int128)denominator * bar->share.ppm;
    switch (bar->op) {
    case PS_LT:
        return found < wanted;
    case PS_LE:
        return found <= wanted;
    case PS_EQ:
        return found == wanted;
    case PS_GE:
        return found >= wanted;
    case PS_GT:
        return found > wanted;
    }
    return false;
}

static size_t sample_at(const struct ps_result_scenario *result, ps_time at)
{
    size_t i = 0;
    while (i < result->sample_count && result->samples[i].s != at.s)
        i++;
    assert(i < result->sample_count);
    return i;
}

/* What one lane adds to an expectation's count. */
static void count_lane(const struct building *b, const struct ps_plan_expectation *e,
                       const struct ps_result_lane *lane, struct ps_result_expectation *found)
{
    size_t sample;
    switch (e->kind) {
    case PS_EXPECT_CONNECTED:
        sample = sample_at(b->result, e->at);
        found->numerator += lane->up[sample];
        found->denominator += lane->present[sample];
        break;
    case PS_EXPECT_OUTCOME:
        /* A never-booted device counts where that is the question. One that was retired before the
         * scenario began had booted, though it makes no contact in it. */
        found->numerator += lane->outcomes[e->outcome];
        found->denominator += lane->devices;
        if (e->outcome != PS_OUTCOME_NEVER_BOOTED)
            found->denominator -= lane->outcomes[PS_OUTCOME_NEVER_BOOTED];
        break;
    case PS_EXPECT_EXPOSED: {
        /* Several windows of one attack: the widest count. */
        uint64_t most = 0;
        bool any = false;
        for (size_t i = 0; i < b->plan->threat_count; i++) {
            if (b->plan->threats[i].attack != e->attack || b->plan->threats[i].inapplicable)
                continue;
            any = true;
            if (lane->exposures[i].devices > most)
                most = lane->exposures[i].devices;
        }
        if (any) {
            found->numerator += most;
            found->denominator += lane->booted;
        }
        break;
    }
    case PS_EXPECT_UNRANKED:
        break;
    }
}

/* "12.34 % (617 of 5,000)" */
static const char *share_text(const struct building *b, uint64_t numerator, uint64_t denominator)
{
    char some[32], all[32];
    if (denominator == 0)
        return "nothing to judge: no device was there";
    uint64_t hundredths = (numerator * 10000 + denominator / 2) / denominator;
    if (hundredths == 10000 && numerator < denominator)
        hundredths = 9999; /* never say all when it was not */
    if (hundredths == 0 && numerator > 0)
        hundredths = 1;
    return ps_arena_format(b->arena, "%" PRIu64 ".%02" PRIu64 " %% (%s of %s)", hundredths / 100,
                           hundredths % 100, ps_text_thousands(numerator, some),
                           ps_text_thousands(denominator, all));
}

/* Who was connected then says nothing about who was not. */
static bool can_show(const struct ps_plan_expectation *e, const struct ps_result_cause *cause)
{
    return e->kind != PS_EXPECT_CONNECTED || cause->first.s <= e->at.s;
}

/* What kept most devices dark in the cohorts that an expectation is about, and had begun to by the
 * second that it is about; without any, what most came back from. */
static const char *worst_example(const struct building *b, const struct ps_plan_expectation *e,
                                 size_t strategy)
{
    const struct ps_result_cause *worst = NULL;
    for (size_t c = 0; c < b->plan->cohort_count; c++) {
        const struct ps_result_lane *lane = &b->result->lanes[strategy * b->plan->cohort_count + c];
        for (size_t i = 0; (e->cohort == PS_PLAN_NONE || e->cohort == c) && i < lane->cause_count;
             i++) {
            const struct ps_result_cause *cause = &lane->causes[i];
            if (!can_show(e, cause))
                continue;
            if (!worst || cause->still_dark > worst->still_dark ||
                (cause->still_dark == worst->still_dark && cause->devices > worst->devices))
                worst = cause;
        }
    }
    return worst ? worst->explain : NULL;
}

static void judge(struct building *b, const struct ps_plan_expectation *e, size_t strategy,
                  struct ps_result_expectation *r)
{
    const struct ps_plan *plan = b->plan;
    const struct ps_result_strategy *s = &b->result->strategies[strategy];
    r->strategy = s->name;
    r->cohort = e->cohort == PS_PLAN_NONE ? NULL : plan->cohorts[e->cohort].name;
    r->text = e->text;
    r->file = plan->file;
    r->line = e->line;
    r->command = ps_arena_format(b->arena, "%s --strategy %s", b->repeat, s->name);
    if (b->result->partial) {
        r->found = "not judged: some of the devices are missing";
        r->judgement = PS_JUDGED_NOT;
        return;
    }
    if (e->kind == PS_EXPECT_UNRANKED) {
        r->numerator = s->unranked;
        r->denominator = 1;
        r->found = s->unranked ? ps_arena_format(b->arena, "unranked: accepts %s",
                                                 ps_attack_text(s->unranked_by))
                               : "ranked";
        r->judgement = s->unranked == e->unranked ? PS_JUDGED_MET : PS_JUDGED_NOT_MET;
        return;
    }
    for (size_t c = 0; c < plan->cohort_count; c++)
        if (e->cohort == PS_PLAN_NONE || e->cohort == c)
            count_lane(b, e, &b->result->lanes[strategy * plan->cohort_count + c], r);
    r->explain = worst_example(b, e, strategy);
    r->found = share_text(b, r->numerator, r->denominator);
    if (r->denominator == 0)
        r->judgement = PS_JUDGED_INCONCLUSIVE;
    else
        r->judgement = ps_comparison_holds(&e->bar, r->numerator, r->denominator)
                           ? PS_JUDGED_MET
                           : PS_JUDGED_NOT_MET;
}

static void build_expectations(struct building *b)
{
    const struct ps_plan *plan = b->plan;
    struct ps_result_scenario *result = b->result;
    result->expectations =
        ps_arena_alloc(b->arena, plan->expectation_count + 1, sizeof *result->expectations);
    for (size_t i = 0; i < plan->expectation_count; i++)
        for (size_t s = 0; s < result->strategy_count; s++)
            if (b->strategies[s] == plan->expectations[i].strategy)
                judge(b, &plan->expectations[i], s,
                      &result->expectations[result->expectation_count++]);
}

static void build_frame(struct building *b)
{
    const struct ps_plan *plan = b->plan;
    struct ps_result_scenario *r = b->result;
    const struct ps_samples *samples = &b->part->samples;
    r->name = plan->name;
    r->title = plan->title;
    r->source = plan->source;
    r->file = plan->file;
    r->digest = plan->digest;
    r->seed = b->part->identity.seed;
    r->from = plan->from;
    r->until = plan->until;
    r->samples = ps_arena_alloc(b->arena, samples->count + 1, sizeof *r->samples);
    memcpy(r->samples, samples->at, samples->count * sizeof *r->samples);
    r->sample_count = samples->count;
    r->assumptions = plan->assumptions;
    r->assumption_count = plan->assumption_count;
    r->cohorts = ps_arena_alloc(b->arena, plan->cohort_count + 1, sizeof *r->cohorts);
    r->cohort_count = plan->cohort_count;
    for (uint32_t i = 0; i < plan->cohort_count; i++) {
        uint64_t devices = b->part->cohort_devices[i];
        r->cohorts[i] = (struct ps_result_cohort){plan->cohorts[i].name, devices};
        r->devices += devices;
    }
    r->lived = ps_part_lived(b->part);
    r->threats = ps_arena_alloc(b->arena, plan->threat_count + 1, sizeof *r->threats);
    r->threat_count = plan->threat_count;
    for (size_t i = 0; i < plan->threat_count; i++) {
        const struct ps_plan_threat *t = &plan->threats[i];
        r->threats[i] =
            (struct ps_result_threat){t->attack, t->from, t->until, t->implied, t->inapplicable};
    }
}

void ps_result_build(const struct ps_result_options *options, struct ps_arena *arena,
                     struct ps_result_scenario *ret_result)
{
    const struct ps_plan *plan = options->plan;
    struct building b = {.plan = plan,
                         .part = options->part,
                         .repeat = options->repeat,
                         .arena = arena,
                         .result = ret_result};
    memset(ret_result, 0, sizeof *ret_result);
    ret_result->partial = ps_arena_strdup(arena, options->partial);
    build_frame(&b);
    build_events(&b);
    ret_result->origins = ps_result_origins(plan, arena, &ret_result->origin_count);
    b.strategies = ps_arena_alloc(arena, plan->strategy_count + 1, sizeof *b.strategies);
    size_t count = 0;
    for (uint32_t i = 0; i < plan->strategy_count; i++)
        if (options->part->identity.strategies[i])
            b.strategies[count++] = i;
    ret_result->strategies = ps_arena_alloc(arena, count + 1, sizeof *ret_result->strategies);
    ret_result->strategy_count = count;
    ret_result->lanes =
        ps_arena_alloc(arena, count * plan->cohort_count + 1, sizeof *ret_result->lanes);
    for (size_t i = 0; i < count; i++)
        build_strategy(&b, i);
    build_expectations(&b);
}

void ps_result_work_add(const struct ps_part *part, struct ps_result_work *work)
{
    work->resumed |= part->before.classes > 0;
#define X(name)                                                                                    \
    work->all.name += part->work.name;                                                             \
    work->since_resume.name += part->work.name - part->before.name;
    PS_PART_WORK(X)
#undef X
}
