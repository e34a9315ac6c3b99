/* SPDX-License-Identifier: Apache-2.0 */
#include "simulation/timeline.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "reports/result.h"
#include "simulation/words.h"

bool ps_role_is_call(enum ps_contact_role role)
{
    return role == PS_ROLE_TELEMETRY || role == PS_ROLE_RESUMED || role == PS_ROLE_FALLBACK;
}

bool ps_role_is_update(enum ps_contact_role role)
{
    return role == PS_ROLE_UPDATE || role == PS_ROLE_UPDATE_PLAIN ||
           role == PS_ROLE_FALLBACK_UPDATE || role == PS_ROLE_FALLBACK_UPDATE_PLAIN;
}

static const struct ps_plan *plan_of(const struct ps_timeline *timeline)
{
    return timeline->world->plan;
}

static struct ps_told_moment *add(struct ps_timeline *t, ps_time at, enum ps_told_kind kind,
                                  enum ps_told_tone tone, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
static struct ps_told_moment *add(struct ps_timeline *t, ps_time at, enum ps_told_kind kind,
                                  enum ps_told_tone tone, const char *format, ...)
{
    struct ps_text text = {0};
    va_list args;
    va_start(args, format);
    ps_text_vadd(&text, format, args);
    va_end(args);
    PS_PUSH(t->moments, t->count, t->capacity,
            (struct ps_told_moment){.at = at,
                                    .last = at,
                                    .kind = kind,
                                    .tone = tone,
                                    .text = ps_arena_strdup(t->arena, ps_text_chars(&text)),
                                    .contact = SIZE_MAX,
                                    .last_contact = SIZE_MAX});
    ps_text_deinit(&text);
    return &t->moments[t->count - 1];
}

/* ---- the world ---- */

/* Of no interest to a device that is no more. */
static bool is_after_all(const struct ps_timeline *t, ps_time at)
{
    return at.s >= t->heard->device.retired.s;
}

/* A staged change reaches this device at its own time. */
static void add_serve(struct ps_timeline *t, const struct ps_plan_event *event)
{
    const struct ps_plan_cohort *cohort = &plan_of(t)->cohorts[t->heard->device.cohort];
    uint32_t endpoint = event->as.serve.endpoint;
    ps_time reaches = ps_world_stage_time(t->world, event, event->at, &t->heard->device.stage);
    if (is_after_all(t, reaches))
        return;
    if (endpoint != cohort->endpoint && endpoint != cohort->update_endpoint &&
        endpoint != cohort->setup_endpoint)
        return;
    char from[PS_TIME_TEXT_MAX];
    if (ps_time_compare(reaches, event->at) == 0)
        add(t, event->at, PS_TOLD_WORLD, PS_TONE_PLAIN, "%s", event->title);
    else
        add(t, reaches, PS_TOLD_WORLD, PS_TONE_PLAIN, "%s (begun %s, reaches this device)",
            event->title, ps_time_format_day(event->at, from));
}

static bool takes(const struct ps_plan_release *release, uint32_t strategy)
{
    for (size_t i = 0; i < release->strategy_count; i++)
        if (release->strategies[i] == strategy)
            return true;
    return false;
}

/* Releases for others are of no interest, nor are servers that it never calls. */
static bool concerns(const struct ps_timeline *t, const struct ps_plan_event *event)
{
    const struct ps_plan_cohort *cohort = &plan_of(t)->cohorts[t->heard->device.cohort];
    switch (event->kind) {
    case PS_EVENT_RELEASE:
        return takes(&event->as.release, t->strategy);
    case PS_EVENT_WITHDRAW:
        return takes(&plan_of(t)->events[event->as.withdraw.release].as.release, t->strategy);
    case PS_EVENT_RESTART:
        return event->as.restart.endpoint == cohort->endpoint ||
               event->as.restart.endpoint == cohort->setup_endpoint;
    default:
        return true;
    }
}

static void add_world(struct ps_timeline *t)
{
    const struct ps_plan *plan = plan_of(t);
    for (size_t i = 0; i < plan->event_count; i++) {
        const struct ps_plan_event *event = &plan->events[i];
        if (is_after_all(t, event->at))
            continue;
        if (event->kind == PS_EVENT_SERVE)
            add_serve(t, event);
        else if (concerns(t, event))
            add(t, event->at, PS_TOLD_WORLD, PS_TONE_PLAIN, "%s", event->title);
    }
    for (size_t i = 0; i < t->result->event_count; i++)
        if (strcmp(t->result->events[i].kind, "expiry") == 0 &&
            !is_after_all(t, t->result->events[i].at))
            add(t, t->result->events[i].at, PS_TOLD_WORLD, PS_TONE_PLAIN, "%s",
                t->result->events[i].title);
}

/* ---- contacts ---- */

static size_t contact_at(const struct ps_told_life *life, const struct ps_contact_spec *spec)
{
    for (size_t i = 0; i < life->contact_count; i++) {
        const struct ps_contact_spec *shown = life->contacts[i].spec;
        if (shown->role == spec->role && shown->at.s == spec->at.s)
            return i;
    }
    return SIZE_MAX;
}

static void add_run(struct ps_timeline *t, const struct ps_told_life *life,
                    const struct ps_heard_run *run)
{
    bool accepted = ps_verdict_accepted(&run->verdict);
    struct ps_text text = {0};
    if (run->rescue)
        ps_text_add(&text, "would an update still reach it? ");
    ps_words_contact(t->world, &run->first, &text);
    ps_text_add(&text, ": ");
    ps_words_verdict(&run->verdict, &text);
    if (accepted && strcmp(run->verdict.path, run->last_verdict.path) != 0)
        ps_text_add(&text, ", at last over %s", run->last_verdict.path);
    enum ps_told_kind kind = ps_role_is_call(run->first.role)     ? PS_TOLD_CONTACT
                             : ps_role_is_update(run->first.role) ? PS_TOLD_UPDATE
                                                                  : PS_TOLD_TRUST;
    struct ps_told_moment *moment = add(
        t, run->first.at, kind, accepted ? PS_TONE_GOOD : PS_TONE_BAD, "%s", ps_text_chars(&text));
    if (run->first.role != PS_ROLE_PINS) /* asked here and there */
        moment->last = run->last.at;
    moment->count = kind == PS_TOLD_CONTACT ? run->count : 0; /* refused polls are not all made */
    moment->contact = contact_at(life, &run->first);
    moment->last_contact = contact_at(life, &run->last);
    ps_text_deinit(&text);
}

/* ---- the device ---- */

static void add_device(struct ps_timeline *t)
{
    const struct ps_device *device = &t->heard->device;
    ps_time until = plan_of(t)->until;
    add(t, device->made, PS_TOLD_DEVICE, PS_TONE_PLAIN, "made");
    if (device->boot.s < until.s)
        add(t, device->boot, PS_TOLD_DEVICE, PS_TONE_PLAIN, "first power");
}

/* Of so many that nobody would read them the facts say how many there are. */
static void add_blackouts(struct ps_timeline *t)
{
    enum { BLACKOUTS_MAX = 24 };
    char ends[PS_TIME_TEXT_MAX];
    for (size_t i = 0; t->heard->blackout_count <= BLACKOUTS_MAX && i < t->heard->blackout_count;
         i++)
        add(t, t->heard->blackouts[i].begins, PS_TOLD_DEVICE, PS_TONE_PLAIN,
            "has no power until %s", ps_time_format(t->heard->blackouts[i].ends, ends));
}

/* The first trust is what it shipped with, or what its store was when it entered. */
static void add_trusts(struct ps_timeline *t)
{
    for (size_t i = 0; i < t->heard->trust_count; i++) {
        const struct ps_heard_trust *is = &t->heard->trusts[i];
        struct ps_text text = {0};
        if (i > 0 && is->trust == is[-1].trust && is->release == is[-1].release)
            continue;
        ps_words_trust_short(t->world, ps_trusts_at(t->trusts, is->trust), &text);
        add(t, is->from, PS_TOLD_TRUST, PS_TONE_PLAIN, "%s%s%s: %s",
            i == 0 ? "trusts, " : "trusts from here on, ",
            is->release == PS_PLAN_NONE ? "" : "with release ",
            ps_words_release(plan_of(t), is->release), ps_text_chars(&text));
        ps_text_deinit(&text);
    }
}

static void add_falls(struct ps_timeline *t)
{
    const struct ps_strategy *strategy = &plan_of(t)->strategies[t->strategy];
    for (size_t i = 0; i < t->heard->fall_count; i++) {
        const struct ps_heard_fall *fall = &t->heard->falls[i];
        if (fall->fallback != PS_PLAN_NONE)
            add(t, fall->from, PS_TOLD_TRUST, PS_TONE_PLAIN, "falls back on %s",
                strategy->fallback[fall->fallback].to);
        else if (i > 0)
            add(t, fall->from, PS_TOLD_TRUST, PS_TONE_PLAIN, "its own trust is enough again");
    }
}

static void add_credentials(struct ps_timeline *t)
{
    for (size_t i = 0; i < t->heard->credential_count; i++) {
        const struct ps_life_credential *c = &t->heard->credentials[i];
        char until[PS_TIME_TEXT_MAX];
        if (c->client.form != PS_CLIENT_FORM_CERTIFICATE)
            continue;
        add(t, c->from, PS_TOLD_TRUST, PS_TONE_PLAIN,
            "%s a certificate by %s, which holds until %s", i == 0 ? "has" : "gets",
            plan_of(t)->certificates[c->client.issuer].name,
            ps_time_format(c->client.not_after, until));
    }
}

/* Where that is another time than the release's own, which is in the timeline anyway. */
static void add_offers(struct ps_timeline *t)
{
    ps_time until = plan_of(t)->until, retired = t->heard->device.retired;
    ps_time end = retired.s < until.s ? retired : until;
    for (size_t i = 0; i < t->heard->offer_count; i++) {
        const struct ps_heard_offer *offer = &t->heard->offers[i];
        const struct ps_plan_event *event = &plan_of(t)->events[offer->release];
        const char *name = ps_words_release(plan_of(t), offer->release);
        if (is_after_all(t, event->at))
            continue;
        if (offer->at.s == PS_TIME_NEVER.s)
            add(t, event->at, PS_TOLD_UPDATE, PS_TONE_PLAIN, "never adopts release %s", name);
        else if (offer->at.s >= end.s)
            add(t, event->at, PS_TOLD_UPDATE, PS_TONE_PLAIN,
                "would adopt release %s only after the end", name);
        else if (offer->at.s != event->at.s)
            add(t, offer->at, PS_TOLD_UPDATE, PS_TONE_PLAIN, "would adopt release %s from here on",
                name);
    }
}

static void add_news(struct ps_timeline *t)
{
    for (size_t i = 0; i < t->heard->news_count; i++) {
        const struct ps_heard_news *news = &t->heard->news[i];
        if (news->news == PS_NEWS_TAKEN && news->number == PS_RELEASE_SHIPPED)
            add(t, news->t, PS_TOLD_UPDATE, PS_TONE_GOOD, "goes back to what it shipped with");
        else if (news->news == PS_NEWS_TAKEN)
            add(t, news->t, PS_TOLD_UPDATE, PS_TONE_GOOD, "takes release %s",
                ps_words_release(plan_of(t), news->number));
        else if (news->news == PS_NEWS_LEARNED)
            add(t, news->t, PS_TOLD_TRUST, PS_TONE_PLAIN, "learns %s", news->text);
    }
}

/* ---- attackers ---- */

/* Told in the order of threats, and of each by time. */
static void exposure_of(const struct ps_timeline *t, uint32_t threat,
                        struct ps_told_exposure *exposure)
{
    size_t capacity = t->heard->news_count / 2 + 1;
    exposure->spans = ps_arena_alloc(t->arena, capacity, sizeof *exposure->spans);
    for (size_t i = 0; i + 1 < t->heard->news_count; i++) {
        const struct ps_heard_news *begins = &t->heard->news[i], *ends = begins + 1;
        if (begins->news != PS_NEWS_EXPOSED || begins->number != threat)
            continue;
        struct ps_told_span *span = &exposure->spans[exposure->span_count];
        exposure->seconds += ends->online;
        if (exposure->span_count > 0 && span[-1].until.s == begins->t.s) {
            span[-1].until = ends->t;
            continue;
        }
        *span = (struct ps_told_span){begins->t, ends->t};
        exposure->span_count++;
    }
}

void ps_timeline_exposures(const struct ps_timeline *t, struct ps_told_life *life)
{
    const struct ps_plan *plan = plan_of(t);
    life->exposure_count = plan->threat_count;
    life->exposures = ps_arena_alloc(t->arena, plan->threat_count + 1, sizeof *life->exposures);
    for (uint32_t i = 0; i < plan->threat_count; i++) {
        life->exposures[i].attack = plan->threats[i].attack;
        life->exposures[i].inapplicable = plan->threats[i].inapplicable;
        exposure_of(t, i, &life->exposures[i]);
    }
}

static void add_attacks(struct ps_timeline *t, const struct ps_told_life *life)
{
    for (size_t i = 0; i < life->exposure_count; i++) {
        const struct ps_told_exposure *e = &life->exposures[i];
        for (size_t k = 0; k < e->span_count; k++) {
            char until[PS_TIME_TEXT_MAX];
            struct ps_told_moment *moment =
                add(t, e->spans[k].from, PS_TOLD_ATTACK, PS_TONE_BAD,
                    "would accept %s, until %s: %s", ps_attack_text(e->attack),
                    ps_time_format(e->spans[k].until, until), ps_attack_meaning(e->attack));
            for (size_t c = 0; c < life->contact_count; c++)
                if (life->contacts[c].threat == i && life->contacts[c].at.s == moment->at.s)
                    moment->contact = c;
        }
    }
    if (t->heard->taken.s != PS_TIME_NEVER.s)
        add(t, t->heard->taken, PS_TOLD_ATTACK, PS_TONE_BAD,
            "%s takes it over: from here on it is the attacker's",
            ps_attack_text(plan_of(t)->threats[t->heard->taken_by].attack));
}

static int compare_moments(const void *left, const void *right)
{
    const struct ps_told_moment *a = left, *b = right;
    if (a->at.s != b->at.s)
        return ps_time_compare(a->at, b->at);
    return (a->order > b->order) - (a->order < b->order);
}

static enum ps_told_tone tone_of(enum ps_outcome outcome)
{
    switch (outcome) {
    case PS_OUTCOME_SURVIVED:
    case PS_OUTCOME_RECOVERED:
        return PS_TONE_GOOD;
    case PS_OUTCOME_LOCKED_OUT:
    case PS_OUTCOME_BRICKED:
    case PS_OUTCOME_TAKEN_OVER:
        return PS_TONE_BAD;
    default:
        return PS_TONE_PLAIN;
    }
}

void ps_timeline_make(struct ps_timeline *t, struct ps_told_life *life)
{
    add_world(t);
    add_device(t);
    add_blackouts(t);
    add_trusts(t);
    add_credentials(t);
    for (size_t i = 0; i < t->heard->run_count; i++)
        add_run(t, life, &t->heard->runs[i]);
    add_offers(t);
    add_news(t);
    add_falls(t);
    add_attacks(t, life);
    ps_time retired = t->heard->device.retired, until = plan_of(t)->until;
    add(t, retired.s < until.s ? retired : until, PS_TOLD_END, tone_of(life->outcome), "%s: %s",
        ps_outcome_text(life->outcome), ps_outcome_meaning(life->outcome));
    for (size_t i = 0; i < t->count; i++)
        t->moments[i].order = i;
    qsort(t->moments, t->count, sizeof *t->moments, compare_moments);
    life->moments = ps_arena_alloc(t->arena, t->count, sizeof *life->moments);
    memcpy(life->moments, t->moments, t->count * sizeof *life->moments);
    life->moment_count = t->count;
    free(t->moments);
    t->moments = NULL;
    t->count = t->capacity = 0;
}
