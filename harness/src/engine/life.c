/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/life_private.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "engine/invariants/invariants.h"

/* A device that was in use when the scenario begins was set up before. */
static void begin_set_up(struct ps_life *life, const struct ps_life_world *w)
{
    bool first = life->device.boot.s >= w->world->plan->from.s;
    bool awaited = first && ps_life_cohort(life, w)->setup_endpoint != PS_PLAN_NONE;
    life->set_up = awaited ? PS_TIME_NEVER : PS_TIME_ALWAYS;
}

void ps_life_init(struct ps_life *life, const struct ps_life_world *w, uint32_t strategy,
                  const struct ps_device *device)
{
    memset(life, 0, sizeof *life);
    life->strategy = strategy;
    life->device = ps_device_share(device);
    life->end = ps_earlier(w->world->plan->until, life->device.retired);
    life->t = life->device.first_contact;
    life->slot = life->next_poll = life->device.first_slot;
    begin_set_up(life, w);
    life->power_at = PS_TIME_NEVER;
    if (ps_life_strategy(life, w)->time.anchor_dates == PS_DATES_CHECK_AT_LOAD)
        ps_schedule_booted(&life->device, life->t, &life->power_at);
    life->release = ps_channel_shipped(ps_life_channel(life, w), w->world, &life->device);
    life->coming = PS_PLAN_NONE;
    life->coming_at = PS_TIME_NEVER;
    life->first_dark = PS_TIME_NEVER;
    life->last_good = PS_TIME_ALWAYS;
    life->taken = PS_TIME_NEVER;
    life->phase = PS_LIFE_CONTACTS;
    life->rehearsing = ps_life_may_be_taken(w);
    if (ps_device_boots(w->world, &life->device)) {
        const struct ps_channel *channel = ps_life_channel(life, w);
        life->offered = ps_alloc(channel->release_count + 1, sizeof *life->offered);
        ps_channel_offers(channel, w->world, &life->device, life->offered);
        ps_life_begin_clock(life, w);
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
    free(life->offered);
    free(life->runs);
    free(life->ways);
    free(life->credentials);
    free(life->falls);
    ps_life_forget(life);
    free(life->tickets);
    free(life->stored);
    ps_device_deinit(&life->device);
    memset(life, 0, sizeof *life);
}

/* The device's state from this contact to the next due one, which is a step after the stretch's
 * last. */
static void note_result(struct ps_life *life, const struct ps_life_world *w, struct ps_tally *tally,
                        const struct ps_life_stretch *stretch, uint32_t verdict)
{
    bool up = w->accepted(w->chunk, verdict);
    ps_time from = stretch->t, until = ps_life_genuine_end(life, stretch->next);
    ps_tally_interval(tally, w->samples, from, until, up);
    ps_life_watch_state(life, w, up ? PS_DEVICE_UP : PS_DEVICE_DARK, from, until);
    if (up) {
        if (life->contacted && !life->up)
            life->dark_until = from;
        life->last_good = stretch->last;
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
    if (release != PS_PLAN_NONE) {
        life->release = release == PS_RELEASE_SHIPPED ? PS_PLAN_NONE : release;
        life->plain.wanted_until = PS_TIME_ALWAYS;
    }
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

/* The life goes on with the stretch's next contact, or in the session that its last one began. */
static void go_on(struct ps_life *life, const struct ps_life_stretch *s, bool holds)
{
    const struct ps_schedule *schedule = life->device.schedule;
    life->t = s->next;
    life->slot = s->next_slot;
    life->held = holds && ps_schedule_break(schedule, s->last).s > s->next.s;
    life->stretch++;
    if (life->ticket_count == 0)
        return;
    ps_time lost = ps_schedule_blackout(schedule, s->last);
    if (lost.s <= s->next.s)
        ps_life_drop_ticket(life, lost);
}

static bool restarts(const struct ps_life *life, const struct ps_life_world *w, uint32_t taken)
{
    return taken != PS_PLAN_NONE && ps_life_channel(life, w)->firmware;
}

/* A session is held and no contact comes before something ends it; updates are asked for. */
static enum ps_life_step step_held(struct ps_life *life, const struct ps_life_world *w,
                                   struct ps_tally *tally)
{
    struct ps_life_stretch s = {.t = life->t, .slot = life->slot};
    s.step = ps_life_cohort(life, w)->every.s;
    s.until = ps_life_genuine_end(life, ps_schedule_break(life->device.schedule, life->t));
    s.until = ps_earlier(s.until, ps_earlier(life->trust_until, life->coming_at));
    struct ps_life_coming coming;
    if (!ps_life_find_coming(life, w, &s, &coming))
        return PS_LIFE_WAITS;
    ps_life_find_set(life, w, &s);
    ps_life_settle_coming(&s, &coming);
    ps_life_close(life, &s);
    bool learned = ps_life_learn_set(life, w, &s);
    ps_life_note_run(life, &s);
    ps_life_use_coming(life, w, &coming, &s);
    ps_tally_interval(tally, w->samples, s.t, ps_life_genuine_end(life, s.next), true);
    ps_life_watch_state(life, w, PS_DEVICE_UP, s.t, ps_life_genuine_end(life, s.next));
    ps_life_note_polls(life, w, &s);
    go_on(life, &s, !restarts(life, w, coming.release));
    note_news(life, w, tally, coming.release, learned, s.last);
    if (coming.release != PS_PLAN_NONE || learned)
        change_trust(life, w, coming.release, s.next);
    return PS_LIFE_GOES_ON;
}

/* How long after a contact the next one is, and whether a session is held over the slots after it.
 */
static bool find_step(struct ps_life *life, const struct ps_life_world *w, bool accepted,
                      struct ps_life_stretch *s)
{
    const struct ps_plan_cohort *cohort = ps_life_cohort(life, w);
    bool sets_up = life->t.s < life->set_up.s;
    bool holds = accepted && !sets_up && cohort->session.s == PS_SESSION_UNTIL_REBOOT.s;
    s->step = cohort->every.s;
    if (accepted && !sets_up && !holds)
        s->step = ps_round_up(cohort->session.s, cohort->every.s);
    if (holds || (accepted && sets_up))
        ps_life_cut(s, s->t);
    return holds;
}

void ps_life_settle(struct ps_life *life, const struct ps_life_world *w, struct ps_tally *tally,
                    const struct ps_life_stretch *stretch, const struct ps_life_result *result)
{
    note_result(life, w, tally, stretch, result->verdict);
    ps_life_note_polls(life, w, stretch);
    if (result->sets_up)
        life->set_up.s = stretch->t.s + 1;
    go_on(life, stretch, result->holds && !restarts(life, w, result->installed));
    note_news(life, w, tally, result->taken, result->learned, stretch->last);
    if (result->installed != PS_PLAN_NONE || result->learned)
        change_trust(life, w, result->installed, stretch->next);
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
    if (life->held)
        return step_held(life, w, tally);
    enum ps_life_step step;
    if (ps_life_step_plain(life, w, tally, &step))
        return step;
    struct ps_life_stretch s = {.t = life->t, .slot = life->slot};
    struct ps_life_meeting meeting = {.taken = PS_PLAN_NONE};
    ps_life_spec(life, w, ps_life_telemetry(life, w), life->t, &meeting.spec, &s.until);
    s.until = ps_earlier(ps_life_genuine_end(life, s.until),
                         ps_earlier(life->trust_until, life->coming_at));
    s.until = ps_earlier(s.until, ps_schedule_break(life->device.schedule, s.t));
    if (!w->ask(w->chunk, life, &meeting.spec, &meeting.verdict))
        return PS_LIFE_WAITS;
    bool direct = w->accepted(w->chunk, meeting.verdict);
    struct ps_life_resort resort;
    if (!ps_life_find_resort(life, w, direct, &s, &resort))
        return PS_LIFE_WAITS;
    meeting.accepted = direct; /* another trust learns nothing for this one */
    bool accepted = direct || resort.accepted, holds = find_step(life, w, accepted, &s);
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
    ps_life_close(life, &s);
    /* Everything is known: from here on the life changes. */
    *(accepted ? &tally->contacts_accepted : &tally->contacts_failed) += s.count;
    bool learned = ps_life_learn(life, w, &s, &meeting);
    ps_life_use_contacts(life, w, &meeting, &resuming, &s);
    ps_life_note_run(life, &s);
    if (meeting.asked_pins)
        w->used(w->chunk, life, &meeting.pins_spec, meeting.pins_verdict, s.t, (ps_duration){1}, 1);
    ps_life_use_coming(life, w, &coming, &s);
    ps_life_use_renewal(life, w, &renewal, &s);
    ps_life_use_resort(life, w, &resort, direct, &s);
    const struct ps_life_result result = {
        .verdict = resort.accepted ? resort.verdict : meeting.verdict,
        .taken = coming.release != PS_PLAN_NONE ? coming.release : meeting.taken,
        .installed = coming.release,
        .learned = learned,
        .sets_up = accepted && s.t.s < life->set_up.s,
        .holds = holds};
    ps_life_settle(life, w, tally, &s, &result);
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
        enum ps_life_step step = PS_LIFE_GOES_ON;
        if (!ps_life_reach_plain(life, w, &step, &reached) &&
            !ps_life_find_reach(life, w, &reached))
            step = PS_LIFE_WAITS;
        if (step == PS_LIFE_WAITS)
            return step;
        life->outcome = reached ? PS_OUTCOME_LOCKED_OUT : PS_OUTCOME_BRICKED;
    }
    ps_life_begin_exposure(life);
    return PS_LIFE_GOES_ON;
}

static void finish(struct ps_life *life, const struct ps_life_world *w, struct ps_tally *tally)
{
    if (life->outcome == PS_OUTCOME_TAKEN_OVER)
        ps_life_note_taken(life, w, tally);
    tally->devices++;
    tally->outcomes[life->outcome]++;
    tally->booted += life->contacted || life->outcome == PS_OUTCOME_TAKEN_OVER;
    if (life->first_dark.s != PS_TIME_NEVER.s)
        ps_tally_loss(tally, life->first_dark);
    if (life->outcome == PS_OUTCOME_RECOVERED)
        ps_tally_recovery(tally, (ps_duration){life->dark_until.s - life->dark_since.s});
    ps_life_record(life, w, tally);
    ps_life_tell(life, w, PS_NEWS_OVER, life->end, PS_PLAN_NONE);
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
