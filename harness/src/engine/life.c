/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/life.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "engine/answers.h"
#include "engine/attack.h"

static ps_time earlier(ps_time a, ps_time b)
{
    return a.s < b.s ? a : b;
}

static const struct ps_plan_cohort *cohort_of(const struct ps_life *life,
                                              const struct ps_life_world *w)
{
    return &w->world->plan->cohorts[life->device.cohort];
}

static const struct ps_strategy *strategy_of(const struct ps_life *life,
                                             const struct ps_life_world *w)
{
    return &w->world->plan->strategies[life->strategy];
}

/* The smallest multiple of `unit` that is at least `value` (at least one unit). */
static int64_t round_up(int64_t value, int64_t unit)
{
    return value <= unit ? unit : (value + unit - 1) / unit * unit;
}

/* When the firmware in use was built. */
static ps_time build_of(const struct ps_life *life, const struct ps_life_world *w)
{
    ps_time made = life->device.made;
    if (life->release == PS_PLAN_NONE)
        return made;
    ps_time released = w->world->plan->events[life->release].at;
    return released.s > made.s ? released : made; /* a clock's floor is never lowered */
}

static struct ps_device_clock clock_of(const struct ps_life *life, const struct ps_life_world *w,
                                       ps_time build)
{
    struct ps_device_clock clock = ps_device_clock(&life->device, strategy_of(life, w), build);
    if (life->time_refused)
        clock.synchronised = PS_TIME_NEVER;
    return clock;
}

static void enter_trust(struct ps_life *life, const struct ps_life_world *w, ps_time from)
{
    struct ps_life_span span = {.from = from, .build = build_of(life, w)};
    struct ps_device_clock clock = clock_of(life, w, span.build);
    const struct ps_trust_query query = {.device = &life->device,
                                         .strategy = life->strategy,
                                         .release = life->release,
                                         .t = from,
                                         .build = span.build,
                                         .loaded = ps_clock_read(&clock, from)};
    span.trust = ps_trust_of(w->trusts, w->world, &query, &life->trust_until);
    PS_PUSH(life->spans, life->span_count, life->span_capacity, span);
}

/* A live store changes by itself, also while the device sleeps or after its last contact. */
static void follow_store(struct ps_life *life, const struct ps_life_world *w, ps_time until)
{
    while (life->trust_until.s < until.s)
        enter_trust(life, w, life->trust_until);
}

/* Out of service before the scenario is over. */
static bool is_retired(const struct ps_life *life, const struct ps_life_world *w)
{
    return life->device.retired.s < w->world->plan->until.s;
}

static bool holds_at(const struct ps_world *world, struct ps_target anchor, ps_time t)
{
    if (anchor.kind == PS_TARGET_LEAF) {
        const struct ps_leaf *leaf = &world->leaves[anchor.number];
        return leaf->not_before.s <= t.s && t.s <= leaf->not_after.s;
    }
    const struct ps_certificate_spec *spec = &world->plan->certificates[anchor.number].spec;
    return spec->not_before.s <= t.s && t.s <= spec->not_after.s;
}

/* NTS is TLS itself: it tells the time to who has an anchor for it that holds at boot. Which one is
 * the server's choice, so any will do (RFC 8915 section 3). */
static bool time_server_trusted(const struct ps_life *life, const struct ps_life_world *w)
{
    const struct ps_strategy *strategy = strategy_of(life, w);
    ps_time boot = life->device.boot, until;
    const struct ps_trust_query query = {.device = &life->device,
                                         .strategy = life->strategy,
                                         .release = PS_PLAN_NONE,
                                         .t = boot,
                                         .build = life->device.made,
                                         .loaded = boot};
    uint32_t number = ps_trust_of(w->trusts, w->world, &query, &until);
    const struct ps_trust_state *trust = &w->trusts->states[number];
    bool dated = strategy->time.anchor_dates != PS_DATES_IGNORE &&
                 strategy->chain.anchor_form != PS_ANCHOR_FORM_DN_SPKI;
    for (size_t i = 0; i < trust->anchor_count; i++)
        if (!dated || holds_at(w->world, trust->anchors[i], boot))
            return true;
    return false;
}

void ps_life_init(struct ps_life *life, const struct ps_life_world *w, uint32_t strategy,
                  uint32_t cohort, uint32_t number)
{
    memset(life, 0, sizeof *life);
    life->strategy = strategy;
    ps_device_draw(w->world, cohort, number, &life->device);
    life->end = earlier(w->world->plan->until, life->device.retired);
    life->t = life->device.first_contact;
    life->next_poll = life->t;
    life->release = PS_PLAN_NONE;
    life->first_dark = PS_TIME_NEVER;
    life->phase = PS_LIFE_CONTACTS;
    if (ps_device_boots(w->world, &life->device)) {
        life->time_refused =
            strategy_of(life, w)->time.clock == PS_CLOCK_NTS && !time_server_trusted(life, w);
        enter_trust(life, w, life->t);
    } else {
        life->phase = PS_LIFE_OVER;
        life->outcome = is_retired(life, w) ? PS_OUTCOME_RETIRED : PS_OUTCOME_NEVER_BOOTED;
    }
}

void ps_life_deinit(struct ps_life *life)
{
    free(life->spans);
    memset(life, 0, sizeof *life);
}

static const struct ps_life_span *span_at(const struct ps_life *life, ps_time t)
{
    assert(life->span_count > 0);
    size_t i = life->span_count - 1;
    while (i > 0 && life->spans[i].from.s > t.s)
        i--;
    return &life->spans[i];
}

/* The newest release on offer to this device at `t`, or PS_PLAN_NONE; and when the next one comes.
 */
static uint32_t release_on_offer(const struct ps_life *life, const struct ps_life_world *w,
                                 ps_time t, ps_time *ret_until)
{
    const struct ps_plan *plan = w->world->plan;
    uint32_t found = PS_PLAN_NONE;
    *ret_until = PS_TIME_NEVER;
    for (uint32_t i = 0; i < plan->event_count; i++) {
        const struct ps_plan_event *event = &plan->events[i];
        if (event->kind != PS_EVENT_RELEASE)
            continue;
        bool ours = false;
        for (size_t k = 0; k < event->as.release.strategy_count; k++)
            ours |= event->as.release.strategies[k] == life->strategy;
        if (!ours || ps_random_hit(ps_random_u64(w->world->seed, life->device.subject,
                                                 PS_PURPOSE_RELEASE_NEVER, event->ordinal),
                                   event->as.release.never))
            continue;
        ps_time offered = ps_world_stage_time(w->world, event, event->at, &life->device.stage);
        if (offered.s <= t.s)
            found = i;
        else
            *ret_until = earlier(*ret_until, offered);
    }
    return found;
}

static bool newer(uint32_t release, uint32_t installed)
{
    return release != PS_PLAN_NONE && (installed == PS_PLAN_NONE || release > installed);
}

/* An attacker tells `clock` the time: the right one, until it would be too late for him. What a
 * clock has stored it does not fall back behind. Gives the second from which on that is over. */
static ps_time set_clock(const struct ps_life_world *w, const struct ps_strategy *strategy,
                         ps_time t, struct ps_contact_spec *spec, struct ps_device_clock *clock)
{
    struct ps_device_clock own = *clock;
    clock->kind = PS_CLOCK_RTC; /* right, and then held */
    ps_time shows = ps_attack_shows(w->world, spec, clock, t);
    bool stored = strategy->time.clock == PS_CLOCK_LAST_KNOWN;
    if (stored && ps_clock_read(&own, t).s >= shows.s) {
        *clock = own;
        return PS_TIME_NEVER;
    }
    spec->clock = shows;
    if (!stored)
        return PS_TIME_NEVER;
    return earlier(ps_clock_stretch_end(&own, t),
                   ps_clock_reaches(&own, t, (ps_time){shows.s + 1}));
}

void ps_life_spec(const struct ps_life *life, const struct ps_life_world *w,
                  enum ps_contact_kind kind, ps_time t, struct ps_contact_spec *ret_spec,
                  ps_time *ret_until)
{
    const struct ps_plan_cohort *cohort = cohort_of(life, w);
    const struct ps_strategy *strategy = strategy_of(life, w);
    struct ps_contact_spec spec;
    memset(&spec, 0, sizeof spec);
    spec.kind = kind;
    spec.cohort = life->device.cohort;
    spec.number = life->device.number;
    spec.strategy = life->strategy;
    spec.trust = span_at(life, t)->trust;
    spec.endpoint = cohort->endpoint;
    spec.timeout = cohort->timeout;
    spec.threat = life->threat;
    spec.release = PS_PLAN_NONE;
    spec.at = t;
    spec.pins_end = PS_TIME_NEVER;
    spec.set_made = PS_TIME_ALWAYS;
    ps_time until = PS_TIME_NEVER, next;
    if (kind == PS_KIND_UPDATE) {
        if (cohort->update_endpoint != PS_PLAN_NONE)
            spec.endpoint = cohort->update_endpoint;
        spec.plain = strategy->update.channel == PS_UPDATE_FW_HTTP;
        spec.release = release_on_offer(life, w, t, &next);
        until = earlier(until, next);
    }
    spec.serving = ps_world_serving(w->world, spec.endpoint, t, &life->device.stage, &next);
    until = earlier(until, next);
    uint32_t line = w->world->servings[spec.serving].line;
    spec.leaf = ps_world_leaf(w->world, line, t);
    until = earlier(until, ps_world_renewal_after(w->world, line, t));
    if (kind != PS_KIND_PROBE) { /* an attacker on the path has no fault */
        const struct ps_plan_fault *fault = ps_world_fault(w->world, spec.endpoint, t, &next);
        until = earlier(until, next);
        if (fault) {
            spec.fault = fault->kind;
            spec.delay = fault->delay;
            spec.after_bytes = fault->after_bytes;
        }
    }
    struct ps_device_clock clock = clock_of(life, w, span_at(life, t)->build);
    spec.stolen_leaf = spec.stolen_key = PS_PLAN_NONE;
    ps_answers_fill(w->world, w->trusts, &spec, &next);
    until = earlier(until, next);
    spec.clock = ps_clock_read(&clock, t);
    if (kind == PS_KIND_PROBE &&
        ps_attack_sets_clock(w->world->plan->threats[life->threat].attack, strategy))
        until = earlier(until, set_clock(w, strategy, t, &spec, &clock));
    *ret_until = earlier(until, ps_class_dates_until(w->world, w->trusts, &spec, &clock, t));
    *ret_spec = spec;
}

/* The device's state between this contact and the next due one. */
static void note_result(struct ps_life *life, const struct ps_life_world *w, struct ps_tally *tally,
                        ps_time from, ps_time until, uint32_t verdict)
{
    bool up = w->accepted(w->replay, verdict);
    ps_tally_interval(tally, w->samples, from, earlier(until, life->end), up);
    if (!up && (!life->contacted || life->up)) {
        life->dark_since = from;
        life->dark_verdict = verdict;
        if (!life->was_dark)
            life->first_dark = from;
        life->was_dark = true;
    }
    life->contacted = true;
    life->up = up;
}

/* Contacts of a stretch: the first at `t`, `step` apart, the last before `until`. */
struct stretch {
    ps_time t, until;
    int64_t step;
};

static uint64_t stretch_count(const struct stretch *s)
{
    return (uint64_t)((s->until.s - 1 - s->t.s) / s->step) + 1;
}

/* When the update channel is first asked within the stretch; NEVER if not in it. */
static ps_time first_poll(const struct ps_life *life, const struct stretch *s)
{
    ps_time poll = s->t;
    if (life->next_poll.s > s->t.s)
        poll.s += (life->next_poll.s - s->t.s + s->step - 1) / s->step * s->step;
    return poll.s < s->until.s ? poll : PS_TIME_NEVER;
}

static void note_polls(struct ps_life *life, const struct ps_life_world *w, const struct stretch *s)
{
    ps_time poll = first_poll(life, s);
    if (poll.s == PS_TIME_NEVER.s)
        return;
    int64_t interval = strategy_of(life, w)->update.poll.s;
    int64_t step = round_up(interval, s->step);
    poll.s += (s->until.s - 1 - poll.s) / step * step;
    life->next_poll.s = poll.s + interval;
}

static enum ps_life_step step_contacts(struct ps_life *life, const struct ps_life_world *w,
                                       struct ps_tally *tally)
{
    if (life->t.s >= life->end.s) {
        follow_store(life, w, life->end);
        life->phase = PS_LIFE_REACH;
        return PS_LIFE_GOES_ON;
    }
    follow_store(life, w, (ps_time){life->t.s + 1});
    const struct ps_plan_cohort *cohort = cohort_of(life, w);
    bool updates = strategy_of(life, w)->update.channel != PS_UPDATE_NONE;
    struct stretch s = {.t = life->t};
    struct ps_contact_spec spec, update;
    ps_life_spec(life, w, PS_KIND_TELEMETRY, life->t, &spec, &s.until);
    s.until = earlier(earlier(s.until, life->end), life->trust_until);
    bool pending = false;
    if (updates) {
        ps_time until;
        ps_life_spec(life, w, PS_KIND_UPDATE, life->t, &update, &until);
        pending = newer(update.release, life->release);
        s.until = earlier(s.until, until);
    }
    uint32_t verdict;
    if (!w->ask(w->replay, life, &spec, &verdict))
        return PS_LIFE_WAITS;
    s.step = cohort->every.s;
    if (w->accepted(w->replay, verdict))
        s.step = round_up(cohort->session.s, cohort->every.s);
    uint32_t update_verdict = 0;
    bool asked = false, installed = false;
    ps_time poll = updates ? first_poll(life, &s) : PS_TIME_NEVER;
    if (pending && poll.s != PS_TIME_NEVER.s) {
        if (!w->ask(w->replay, life, &update, &update_verdict))
            return PS_LIFE_WAITS;
        asked = true;
        installed = w->accepted(w->replay, update_verdict);
        if (installed) /* acts from the next contact on */
            s.until = earlier(s.until, (ps_time){poll.s + 1});
    }
    /* Everything is known: from here on the life changes. */
    uint64_t count = stretch_count(&s);
    ps_time next = {s.t.s + (int64_t)count * s.step};
    *(w->accepted(w->replay, verdict) ? &tally->contacts_accepted : &tally->contacts_failed) +=
        count;
    w->used(w->replay, life, &spec, verdict, s.t, (ps_duration){s.step}, count);
    if (asked)
        w->used(w->replay, life, &update, update_verdict, poll, (ps_duration){1}, 1);
    note_result(life, w, tally, s.t, next, verdict);
    if (updates)
        note_polls(life, w, &s);
    life->t = next;
    life->stretch++;
    if (installed) {
        follow_store(life, w, earlier(next, life->end)); /* the old firmware runs until then */
        life->release = update.release;
        tally->updates_installed++;
        life->trust_until = PS_TIME_NEVER;
        if (next.s < life->end.s)
            enter_trust(life, w, next);
    }
    return PS_LIFE_GOES_ON;
}

/* Dark at the end: does an update channel's own verdict still reach the device? */
static enum ps_life_step step_reach(struct ps_life *life, const struct ps_life_world *w)
{
    if (is_retired(life, w)) {
        life->outcome = PS_OUTCOME_RETIRED;
    } else if (life->up) {
        life->outcome = life->was_dark ? PS_OUTCOME_RECOVERED : PS_OUTCOME_SURVIVED;
    } else if (strategy_of(life, w)->update.channel == PS_UPDATE_NONE) {
        life->outcome = PS_OUTCOME_BRICKED;
    } else {
        struct ps_contact_spec spec;
        ps_time last = {life->end.s - 1}, until;
        uint32_t verdict;
        ps_life_spec(life, w, PS_KIND_UPDATE, last, &spec, &until);
        if (!w->ask(w->replay, life, &spec, &verdict))
            return PS_LIFE_WAITS;
        w->used(w->replay, life, &spec, verdict, last, (ps_duration){1}, 1);
        life->outcome =
            w->accepted(w->replay, verdict) ? PS_OUTCOME_LOCKED_OUT : PS_OUTCOME_BRICKED;
    }
    life->phase = PS_LIFE_EXPOSURE;
    life->threat = 0;
    life->walk = life->device.first_contact;
    life->exposed_s = 0;
    return PS_LIFE_GOES_ON;
}

static void next_threat(struct ps_life *life, struct ps_tally *tally)
{
    tally->exposures[life->threat].device_seconds += life->exposed_s;
    tally->exposures[life->threat].devices += life->exposed_s > 0;
    life->exposed_s = 0;
    life->walk = life->device.first_contact;
    life->threat++;
    life->answers[PS_KIND_PROBE].known = false;
}

/* The end of the trust span that `t` lies in. */
static ps_time span_end(const struct ps_life *life, ps_time t)
{
    for (size_t i = 0; i < life->span_count; i++)
        if (life->spans[i].from.s > t.s)
            return life->spans[i].from;
    return PS_TIME_NEVER;
}

/* X01 and X02 decide who is ranked, so they are probed over the whole life; what counts as exposure
 * is what lies in the threat's window. */
static bool decides_rank(enum ps_attack attack)
{
    return attack == PS_ATTACK_X01 || attack == PS_ATTACK_X02;
}

static void note_accepted(struct ps_life *life, const struct ps_plan_threat *threat, ps_time until,
                          struct ps_tally *tally)
{
    int64_t from = life->walk.s > threat->from.s ? life->walk.s : threat->from.s;
    int64_t end = earlier(until, threat->until).s;
    if (end > from)
        life->exposed_s += (uint64_t)(end - from);
    tally->accepts[threat->attack] = true;
}

static enum ps_life_step step_exposure(struct ps_life *life, const struct ps_life_world *w,
                                       struct ps_tally *tally)
{
    const struct ps_plan *plan = w->world->plan;
    if (life->threat >= plan->threat_count) {
        life->phase = PS_LIFE_OVER;
        return PS_LIFE_GOES_ON;
    }
    const struct ps_plan_threat *threat = &plan->threats[life->threat];
    ps_time end = life->end;
    if (!decides_rank(threat->attack)) {
        end = earlier(threat->until, end);
        if (life->walk.s < threat->from.s)
            life->walk = threat->from;
    }
    if (threat->inapplicable || life->walk.s >= end.s) {
        next_threat(life, tally);
        return PS_LIFE_GOES_ON;
    }
    struct ps_contact_spec spec;
    ps_time until;
    ps_life_spec(life, w, PS_KIND_PROBE, life->walk, &spec, &until);
    until = earlier(earlier(until, end), span_end(life, life->walk));
    uint32_t verdict;
    if (!w->ask(w->replay, life, &spec, &verdict))
        return PS_LIFE_WAITS;
    uint64_t seconds = (uint64_t)(until.s - life->walk.s);
    w->used(w->replay, life, &spec, verdict, life->walk, (ps_duration){1}, seconds);
    if (w->accepted(w->replay, verdict))
        note_accepted(life, threat, until, tally);
    life->walk = until;
    life->stretch++;
    return PS_LIFE_GOES_ON;
}

static void finish(struct ps_life *life, struct ps_tally *tally)
{
    tally->devices++;
    tally->outcomes[life->outcome]++;
    tally->booted += life->contacted;
    if (!life->was_dark)
        return;
    PS_PUSH(tally->losses, tally->loss_count, tally->loss_capacity, life->first_dark);
    ps_tally_cause(tally, life->dark_verdict, life->dark_since,
                   life->outcome == PS_OUTCOME_BRICKED || life->outcome == PS_OUTCOME_LOCKED_OUT);
}

enum ps_life_step ps_life_step(struct ps_life *life, const struct ps_life_world *w,
                               struct ps_tally *tally)
{
    switch (life->phase) {
    case PS_LIFE_CONTACTS:
        return step_contacts(life, w, tally);
    case PS_LIFE_REACH:
        return step_reach(life, w);
    case PS_LIFE_EXPOSURE:
        return step_exposure(life, w, tally);
    case PS_LIFE_OVER:
        break;
    }
    finish(life, tally);
    return PS_LIFE_ENDED;
}
