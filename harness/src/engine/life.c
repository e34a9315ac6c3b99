/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/life_private.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

void ps_life_init(struct ps_life *life, const struct ps_life_world *w, uint32_t strategy,
                  uint32_t cohort, uint32_t number)
{
    memset(life, 0, sizeof *life);
    life->strategy = strategy;
    ps_device_draw(w->world, cohort, number, &life->device);
    life->end = ps_earlier(w->world->plan->until, life->device.retired);
    life->t = life->device.first_contact;
    life->next_poll = life->t;
    life->release = life->coming = PS_PLAN_NONE;
    life->coming_at = PS_TIME_NEVER;
    life->first_dark = PS_TIME_NEVER;
    life->last_good = PS_TIME_ALWAYS;
    life->taken = PS_TIME_NEVER;
    life->phase = PS_LIFE_CONTACTS;
    life->rehearsing = ps_life_may_be_taken(w);
    if (ps_device_boots(w->world, &life->device)) {
        life->time_refused = ps_life_strategy(life, w)->time.clock == PS_CLOCK_NTS &&
                             !ps_life_time_server_trusted(life, w);
        ps_life_begin_knowing(life, w);
        ps_life_enter_trust(life, w, life->t);
        ps_life_get_credential(life, w);
    } else {
        life->phase = PS_LIFE_OVER;
        life->outcome = ps_life_is_retired(life, w) ? PS_OUTCOME_RETIRED : PS_OUTCOME_NEVER_BOOTED;
    }
}

void ps_life_deinit(struct ps_life *life)
{
    free(life->spans);
    free(life->runs);
    free(life->ways);
    free(life->credentials);
    free(life->falls);
    ps_life_forget(life);
    free(life->tickets);
    memset(life, 0, sizeof *life);
}

/* The device's state from this contact to the next due one, which is a step after the stretch's
 * last. */
static void note_result(struct ps_life *life, const struct ps_life_world *w, struct ps_tally *tally,
                        const struct ps_life_stretch *stretch, uint32_t verdict)
{
    bool up = w->accepted(w->chunk, verdict);
    ps_time from = stretch->t;
    ps_time last = {from.s + (int64_t)(ps_life_contact_count(stretch) - 1) * stretch->step};
    ps_time until = ps_life_genuine_end(life, (ps_time){last.s + stretch->step});
    ps_tally_interval(tally, w->samples, from, until, up);
    if (up) {
        if (life->contacted && !life->up)
            life->dark_until = from;
        life->last_good = last;
    } else if (!life->contacted || life->up) {
        life->dark_since = from;
        life->good_before = life->last_good;
        life->dark_verdict = verdict;
        if (!life->was_dark)
            life->first_dark = from;
        life->was_dark = true;
    }
    life->contacted = true;
    life->up = up;
}

/* What came and what was learned acts from `next` on, the first contact after it. */
static void change_trust(struct ps_life *life, const struct ps_life_world *w, uint32_t release,
                         ps_time next)
{
    ps_life_follow_store(life, w, ps_earlier(next, life->end)); /* what it had runs until then */
    if (release != PS_PLAN_NONE)
        life->release = release;
    if (release != PS_PLAN_NONE && ps_life_channel(life, w)->firmware)
        ps_life_drop_ticket(life, next); /* it starts anew */
    life->trust_until = PS_TIME_NEVER;
    if (next.s < life->end.s)
        ps_life_enter_trust(life, w, next);
}

/* What the contact at `last` brought. */
static void note_news(struct ps_life *life, const struct ps_life_world *w, struct ps_tally *tally,
                      uint32_t taken, bool learned, ps_time last)
{
    if (taken != PS_PLAN_NONE) {
        tally->updates_installed++;
        ps_life_begin_pins(life, w, taken, last);
        ps_life_tell(life, w, PS_NEWS_TAKEN, last, taken);
    }
    if (learned)
        ps_life_tell(life, w, PS_NEWS_LEARNED, last, PS_PLAN_NONE);
}

static enum ps_life_step step_contacts(struct ps_life *life, const struct ps_life_world *w,
                                       struct ps_tally *tally)
{
    if (life->t.s >= ps_life_genuine_end(life, life->end).s) {
        ps_life_follow_store(life, w, life->end);
        life->phase = PS_LIFE_REACH;
        return PS_LIFE_GOES_ON;
    }
    ps_life_follow_store(life, w, (ps_time){life->t.s + 1});
    const struct ps_plan_cohort *cohort = ps_life_cohort(life, w);
    struct ps_life_stretch s = {.t = life->t};
    struct ps_life_meeting meeting = {.taken = PS_PLAN_NONE};
    ps_life_spec(life, w, ps_life_telemetry(life, w), life->t, &meeting.spec, &s.until);
    s.until = ps_earlier(ps_life_genuine_end(life, s.until),
                         ps_earlier(life->trust_until, life->coming_at));
    if (!w->ask(w->chunk, life, &meeting.spec, &meeting.verdict))
        return PS_LIFE_WAITS;
    bool direct = w->accepted(w->chunk, meeting.verdict);
    struct ps_life_resort resort;
    if (!ps_life_find_resort(life, w, direct, &s, &resort))
        return PS_LIFE_WAITS;
    meeting.accepted = direct; /* another trust learns nothing for this one */
    bool accepted = direct || resort.accepted;
    s.step = accepted ? ps_round_up(cohort->session.s, cohort->every.s) : cohort->every.s;
    ps_life_bound_resort(life, w, direct, &s);
    struct ps_life_renewal renewal;
    if (!ps_life_find_renewal(life, w, direct, &renewal))
        return PS_LIFE_WAITS;
    s.until = ps_earlier(s.until, renewal.until);
    struct ps_life_resuming resuming;
    if (!ps_life_find_tickets(life, w, &meeting, &s, &resuming))
        return PS_LIFE_WAITS;
    struct ps_life_coming coming;
    if (!ps_life_find_coming(life, w, &s, &coming) || !ps_life_find_lessons(life, w, &s, &meeting))
        return PS_LIFE_WAITS;
    ps_life_settle_coming(&s, &coming);
    /* Everything is known: from here on the life changes. */
    uint64_t count = ps_life_contact_count(&s);
    ps_time next = {s.t.s + (int64_t)count * s.step};
    *(accepted ? &tally->contacts_accepted : &tally->contacts_failed) += count;
    bool learned = ps_life_learn(life, w, &s, &meeting);
    ps_life_use_contacts(life, w, &meeting, &resuming, &s);
    ps_life_note_run(life, &s, count);
    if (meeting.asked_pins)
        w->used(w->chunk, life, &meeting.pins_spec, meeting.pins_verdict, s.t, (ps_duration){1}, 1);
    ps_life_use_coming(life, w, &coming);
    ps_life_use_renewal(life, w, &renewal, (ps_duration){s.step}, count);
    ps_life_use_resort(life, w, &resort, direct, &s, count);
    note_result(life, w, tally, &s, resort.accepted ? resort.verdict : meeting.verdict);
    ps_life_note_polls(life, w, &s);
    life->t = next;
    life->stretch++;
    uint32_t taken = coming.release != PS_PLAN_NONE ? coming.release : meeting.taken;
    note_news(life, w, tally, taken, learned, (ps_time){next.s - s.step});
    if (coming.release != PS_PLAN_NONE || learned)
        change_trust(life, w, coming.release, next);
    return PS_LIFE_GOES_ON;
}

/* Dark at the end: does an update channel's own verdict still reach the device? */
static enum ps_life_step step_reach(struct ps_life *life, const struct ps_life_world *w)
{
    if (life->taken.s != PS_TIME_NEVER.s) {
        life->outcome = PS_OUTCOME_TAKEN_OVER;
    } else if (ps_life_is_retired(life, w)) {
        life->outcome = PS_OUTCOME_RETIRED;
    } else if (life->up) {
        life->outcome = life->was_dark ? PS_OUTCOME_RECOVERED : PS_OUTCOME_SURVIVED;
    } else {
        bool reached;
        if (!ps_life_find_reach(life, w, &reached))
            return PS_LIFE_WAITS;
        life->outcome = reached ? PS_OUTCOME_LOCKED_OUT : PS_OUTCOME_BRICKED;
    }
    ps_life_begin_exposure(life);
    return PS_LIFE_GOES_ON;
}

static void finish(struct ps_life *life, const struct ps_life_world *w, struct ps_tally *tally)
{
    if (life->outcome == PS_OUTCOME_TAKEN_OVER)
        ps_life_note_taken(life, w, tally);
    ps_life_tell(life, w, PS_NEWS_OVER, life->end, PS_PLAN_NONE);
    tally->devices++;
    tally->outcomes[life->outcome]++;
    tally->booted += life->contacted || life->outcome == PS_OUTCOME_TAKEN_OVER;
    if (life->first_dark.s != PS_TIME_NEVER.s)
        ps_tally_loss(tally, life->first_dark);
    ps_life_record(life, w, tally);
}

enum ps_life_step ps_life_step(struct ps_life *life, const struct ps_life_world *w,
                               struct ps_tally *tally)
{
    return life->rehearsing ? ps_life_rehearse(life, w) : ps_life_step_phase(life, w, tally);
}

enum ps_life_step ps_life_step_phase(struct ps_life *life, const struct ps_life_world *w,
                                     struct ps_tally *tally)
{
    switch (life->phase) {
    case PS_LIFE_CONTACTS:
        return step_contacts(life, w, tally);
    case PS_LIFE_REACH:
        return step_reach(life, w);
    case PS_LIFE_EXPOSURE:
        return ps_life_step_exposure(life, w, tally);
    case PS_LIFE_OVER:
        break;
    }
    finish(life, w, tally);
    return PS_LIFE_ENDED;
}
