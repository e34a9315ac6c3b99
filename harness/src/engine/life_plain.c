/* SPDX-License-Identifier: Apache-2.0
 *
 * Plain stretches of a life: those in which nothing of the device's own comes into what it asks.
 * Its clock is right, nearly so, or stands long ago, and its strategy learns, holds and shows
 * nothing (track.c says which do).
 * Such a life is stepped through epochs over tracks, contacts of an epoch in closed form; all else
 * is left to the general way, which gives the same (the tests compare them), a hundred times
 * slower.
 */
#include "engine/life_private.h"

#include "engine/attack.h"
#include "engine/invariants/invariants.h"
#include "engine/track.h"

static bool uses_tracks(const struct ps_life *life, const struct ps_life_world *w)
{
    return w->tracks && w->tracks->plain[life->strategy] && !life->rehearsing &&
           life->taken.s == PS_TIME_NEVER.s;
}

/* Answers about certificates have dates of their own, which are in no epoch. */
static bool reads_answers(const struct ps_life_world *w, uint32_t trust)
{
    const struct ps_trust_state *state = ps_trusts_at(w->trusts, trust);
    return state->asks != 0 || state->reads_staple || state->reads_set_date || state->reads_tlsa;
}

/* How a clock that is near stands to time from `t` up to before *until, which is shortened to where
 * that changes. */
static uint32_t near_kind(const struct ps_device_clock *clock, ps_time t, ps_time *until)
{
    int64_t lead = ps_clock_counts(clock, t).s - t.s;
    ps_time meets = ps_clock_drifts_to(clock, t, 0);
    if (lead != 0)
        *until = ps_earlier(*until, meets);
    int64_t last = ps_clock_counts(clock, (ps_time){until->s - 1}).s - (until->s - 1);
    return lead > 0 || last > 0 ? PS_TRACK_CLOCK_AHEAD : PS_TRACK_CLOCK_BEHIND;
}

static bool is_near(const struct ps_device_clock *clock, ps_time t)
{
    int64_t lead = ps_clock_counts(clock, t).s - t.s;
    return -PS_TRACK_NEAR_S <= lead && lead <= PS_TRACK_NEAR_S;
}

/* Finds life->plain.clock, and until when it holds; at or before `t` if there are no tracks for
 * such a clock. */
static ps_time clock_until(struct ps_life *life, const struct ps_life_world *w, ps_time t)
{
    struct ps_life_plain *plain = &life->plain;
    if (plain->clock_from.s <= t.s && t.s < plain->clock_until.s)
        return plain->clock_until;
    const struct ps_life_span *span = ps_life_span_at(life, t);
    const struct ps_epochs *epochs = &w->tracks->epochs;
    const struct ps_device_clock clock = ps_life_clock(life, w, span->build, t);
    ps_time until = ps_earlier(ps_clock_stretch_end(&clock, t), life->end), shown;
    until = ps_earlier(until, ps_life_span_end(life, t)); /* firmware has a floor of its own */
    shown = ps_clock_read(&clock, t);
    bool counts = ps_clock_counts(&clock, t).s == shown.s; /* no floor holds it, nor an overflow */
    uint32_t e = ps_epochs_find(epochs, shown), kind = PS_TRACK_CLOCK_RIGHT;
    if (until.s <= t.s)
        return t;
    if (!counts || clock.fast_ppm != 0 || shown.s != t.s) {
        if (reads_answers(w, span->trust) || reads_answers(w, span->update_trust))
            return t;
        if (counts && is_near(&clock, t) && is_near(&clock, (ps_time){until.s - 1})) {
            kind = near_kind(&clock, t, &until);
        } else {
            bool long_ago = epochs->at[e + 1].s <= w->world->plan->from.s;
            if (!long_ago || shown.s == epochs->at[e].s)
                return t;
            kind = PS_TRACK_CLOCK_STANDS + e;
            until = ps_earlier(until, ps_clock_reaches(&clock, t, epochs->at[e + 1]));
        }
    }
    plain->clock = kind;
    plain->clock_from = t;
    plain->clock_until = until;
    return until;
}

/* What `endpoint` serves the device at `t`, if that differs from device to device. Shortens
 * *until. */
static uint32_t serving_at(const struct ps_life *life, const struct ps_life_world *w,
                           uint32_t endpoint, ps_time t, ps_time *until)
{
    ps_time next;
    if (!w->tracks->staged[endpoint])
        return PS_PLAN_NONE;
    uint32_t serving = ps_world_serving(w->world, endpoint, t, &life->device.stage, &next);
    *until = ps_earlier(*until, next);
    return serving;
}

struct question {
    enum ps_contact_role role;
    uint32_t serving; /* where that differs from device to device; else PS_PLAN_NONE */
    uint32_t offered; /* UPDATE */
    uint32_t threat;  /* PROBE */
    uint32_t clock;   /* PS_TRACK_CLOCK_ */
};

/* What a clock that is behind shows at `t` lies in the same epoch, and not in its first second:
 * then it stands among all dates as a right one does. */
static bool is_caught_up(const struct ps_device_clock *clock, const struct ps_epochs *epochs,
                         uint32_t e, ps_time t)
{
    return ps_clock_counts(clock, t).s > epochs->at[e].s;
}

/* Where the span's set keeps the track; NULL: nowhere. */
static struct ps_track **place_of(const struct ps_life_span *span, const struct question *q)
{
    if (!span->set || q->serving != PS_PLAN_NONE || q->clock >= PS_TRACK_CLOCK_STANDS)
        return NULL;
    if (q->role == PS_ROLE_TELEMETRY)
        return &span->set->telemetry[q->clock];
    return q->role == PS_ROLE_PROBE ? &span->set->probes[q->clock][q->threat] : NULL;
}

static struct ps_track *track_of(const struct ps_life *life, const struct ps_life_world *w,
                                 const struct ps_life_span *span, const struct question *q)
{
    struct ps_track **place = place_of(span, q);
    if (place && *place)
        return *place;
    bool update = ps_role_kind(q->role) == PS_KIND_UPDATE;
    const struct ps_track_key key = {.role = (uint32_t)q->role,
                                     .cohort = life->device.cohort,
                                     .strategy = life->strategy,
                                     .trust = span->trust,
                                     .update_trust = span->update_trust,
                                     .installed = span->release,
                                     .offered = update ? q->offered : PS_PLAN_NONE,
                                     .serving = q->serving,
                                     .threat = q->threat,
                                     .clock = q->clock};
    struct ps_track *track = ps_tracks_get(w->tracks, &key);
    if (place)
        *place = track;
    return track;
}

static uint32_t epoch_from(const struct ps_epochs *epochs, uint32_t e, ps_time t)
{
    while (epochs->at[e + 1].s <= t.s)
        e++;
    return e;
}

/* The end of the part of epoch `e` that `t` lies in. */
static ps_time part_end(const struct ps_epochs *epochs, uint32_t e, ps_time t)
{
    return t.s == epochs->at[e].s ? (ps_time){t.s + 1} : epochs->at[e + 1];
}

/* ---- updates ---- */

/* What one poll asks, in order, until something is accepted. */
struct polling {
    bool comes;
    size_t count;
    enum ps_contact_role roles[2];
    uint32_t verdicts[2];
};

/* Would `release` come at `t`? Shortens *until to where the answer may change. */
static enum ps_track_answer ask_update(struct ps_life *life, const struct ps_life_world *w,
                                       uint32_t release, ps_time t, ps_time *until,
                                       struct polling *ret_polling)
{
    static const enum ps_contact_role roles[] = {PS_ROLE_UPDATE, PS_ROLE_UPDATE_PLAIN};
    const struct ps_channel *channel = ps_life_channel(life, w);
    const struct ps_life_span *span = ps_life_span_at(life, t);
    const struct ps_epochs *epochs = &w->tracks->epochs;
    const bool asked[] = {channel->tls, channel->plain};
    uint32_t e = ps_epochs_find(epochs, t), verdict;
    bool begin = t.s == epochs->at[e].s;
    struct question question = {.serving =
                                    serving_at(life, w, ps_life_update_endpoint(life, w), t, until),
                                .offered = release == PS_RELEASE_SHIPPED ? PS_PLAN_NONE : release,
                                .clock = life->plain.clock};
    if (question.clock == PS_TRACK_CLOCK_BEHIND) {
        const struct ps_device_clock clock = ps_life_clock(life, w, span->build, t);
        if (!is_caught_up(&clock, epochs, e, t))
            return PS_TRACK_ELSEWHERE;
        question.clock = PS_TRACK_CLOCK_RIGHT;
        *until = ps_earlier(*until, epochs->at[e + 1]);
    }
    *ret_polling = (struct polling){.comes = channel->way == PS_WAY_PLATFORM};
    for (size_t i = 0; i < 2 && !ret_polling->comes; i++) {
        if (!asked[i])
            continue;
        question.role = roles[i];
        struct ps_track *track = track_of(life, w, span, &question);
        enum ps_track_answer answer = ps_track_ask(track, life, w, e, begin, &verdict);
        if (answer != PS_TRACK_KNOWN)
            return answer;
        uint32_t end;
        if (begin)
            *until = ps_earlier(*until, (ps_time){t.s + 1});
        else if (ps_track_end(track, life, w, e, &end) == PS_TRACK_WAITS)
            return PS_TRACK_WAITS;
        else
            *until = ps_earlier(*until, epochs->at[end]);
        ret_polling->roles[ret_polling->count] = roles[i];
        ret_polling->verdicts[ret_polling->count++] = verdict;
        ret_polling->comes = w->accepted(w->chunk, verdict);
    }
    return PS_TRACK_KNOWN;
}

static uint32_t wanted_at(struct ps_life *life, const struct ps_life_world *w, ps_time *until)
{
    if (life->t.s >= life->plain.wanted_until.s)
        life->plain.wanted = ps_life_wanted(life, w, &life->plain.wanted_until);
    *until = ps_earlier(*until, life->plain.wanted_until);
    return life->plain.wanted;
}

/* ---- contacts ---- */

/* Steps through epochs as long as contacts give `verdict`: how many they are. */
struct walk {
    const struct ps_epochs *epochs;
    struct ps_track *track;
    const struct ps_device_clock *behind; /* the track is for right ones; NULL: the clock is as that
                                             of the track */
    uint32_t verdict, e;
    uint64_t count, stepped;
};

/* The next epoch's end, or the second after the one that `t` begins, if that is apart; at most
 * `until`. False: the walk ends before `t`. */
static inline bool find_end(const struct walk *walk, uint32_t e, int64_t t, int64_t until,
                            int64_t *ret_end)
{
    const ps_time *at = walk->epochs->at;
    const uint32_t *begin = walk->track->begin, *rest = walk->track->rest;
    uint32_t known = walk->verdict + PS_TRACK_FIRST;
    if (t >= until || (t == at[e].s ? begin[e] : rest[e]) != known ||
        (walk->behind && !is_caught_up(walk->behind, walk->epochs, e, (ps_time){t})))
        return false;
    int64_t end = rest[e] == known ? at[e + 1].s : t + 1;
    *ret_end = end > until ? until : end;
    return true;
}

/* Contacts that come later than their slots: one draw says whether the last of an epoch does. */
static void walk_slots(struct walk *walk, const struct ps_schedule *schedule,
                       const struct ps_life_stretch *s)
{
    const ps_time *at = walk->epochs->at;
    uint32_t e = walk->e;
    int64_t end, t = s->t.s;
    while (find_end(walk, e, t, s->until.s, &end)) {
        ps_time slot = {s->slot.s + (int64_t)walk->count * s->step};
        walk->count += ps_schedule_before(schedule, slot, s->step, (ps_time){end});
        t = ps_schedule_at(schedule, s->slot, s->step, walk->count).s;
        walk->stepped++;
        while (at[e + 1].s <= t)
            e++;
    }
    walk->e = e;
}

static void walk_contacts(struct walk *walk, const struct ps_schedule *schedule,
                          const struct ps_life_stretch *s)
{
    const ps_time *at = walk->epochs->at;
    uint32_t e = walk->e;
    int64_t end, t = s->t.s, step = s->step;
    uint64_t stepped = 0;
    if (ps_schedule_moves(schedule, step)) {
        walk_slots(walk, schedule, s);
        return;
    }
    while (find_end(walk, e, t, s->until.s, &end)) {
        t += ((end - 1 - t) / step + 1) * step;
        stepped++;
        while (at[e + 1].s <= t)
            e++;
    }
    walk->count = (uint64_t)((t - s->t.s) / step);
    walk->stepped += stepped;
    walk->e = e;
}

/* For those who have to be told: each epoch's contacts on their own, described exactly. */
static void tell_used(struct ps_life *life, const struct ps_life_world *w,
                      const struct ps_life_stretch *s, uint32_t verdict)
{
    const struct ps_epochs *epochs = &w->tracks->epochs;
    const struct ps_schedule *schedule = life->device.schedule;
    struct ps_contact_spec spec;
    ps_time until, t = s->t, slot = s->slot;
    uint32_t e = ps_epochs_find(epochs, t);
    while (t.s < s->until.s) {
        e = epoch_from(epochs, e, t);
        ps_time end = ps_earlier(part_end(epochs, e, t), s->until);
        uint64_t count = ps_schedule_before(schedule, slot, s->step, end);
        ps_life_spec(life, w, PS_ROLE_TELEMETRY, t, &spec, &until);
        w->used(w->chunk, life, &spec, verdict, slot, (ps_duration){s->step}, count);
        life->stretch++;
        slot.s += (int64_t)count * s->step;
        t = ps_schedule_at(schedule, slot, s->step, 0);
    }
}

static void tell_polled(struct ps_life *life, const struct ps_life_world *w,
                        const struct polling *polling, ps_time poll,
                        const struct ps_life_stretch *stretch)
{
    struct ps_life_run polls = ps_life_told_polls(life, w, stretch, poll, polling->comes);
    struct ps_contact_spec spec;
    ps_time until;
    for (size_t i = 0; i < polling->count; i++) {
        ps_life_spec(life, w, polling->roles[i], poll, &spec, &until);
        w->used(w->chunk, life, &spec, polling->verdicts[i], polls.first, (ps_duration){polls.step},
                polls.count);
    }
}

/* What the device wants, and whether and when it comes within the stretch. */
struct wanting {
    uint32_t release; /* PS_PLAN_NONE: nothing */
    ps_time poll;     /* NEVER: it does not ask */
    struct polling polling;
};

static enum ps_track_answer find_wanted(struct ps_life *life, const struct ps_life_world *w,
                                        struct ps_life_stretch *s, struct wanting *ret_wanting)
{
    *ret_wanting = (struct wanting){.release = PS_PLAN_NONE, .poll = PS_TIME_NEVER};
    if (ps_life_channel(life, w)->way == PS_WAY_NONE)
        return PS_TRACK_KNOWN;
    ret_wanting->release = wanted_at(life, w, &s->until);
    if (ret_wanting->release == PS_PLAN_NONE || ps_life_polls(life, w, s).count == 0)
        return PS_TRACK_KNOWN;
    enum ps_track_answer answer =
        ask_update(life, w, ret_wanting->release, s->t, &s->until, &ret_wanting->polling);
    struct ps_life_run polls = ps_life_polls(life, w, s);
    if (answer != PS_TRACK_KNOWN || polls.count == 0)
        return answer;
    ret_wanting->poll = ps_life_run_at(life, &polls, 0);
    if (ret_wanting->polling.comes)
        ps_life_cut(s, ret_wanting->poll);
    return PS_TRACK_KNOWN;
}

/* Its contacts differ in kind. */
static bool is_irregular(const struct ps_life *life)
{
    return life->held || life->t.s < life->set_up.s;
}

bool ps_life_step_plain(struct ps_life *life, const struct ps_life_world *w, struct ps_tally *tally,
                        enum ps_life_step *ret_step)
{
    if (!uses_tracks(life, w) || life->credential_count > 0)
        return false;
    const struct ps_plan_cohort *cohort = ps_life_cohort(life, w);
    const struct ps_epochs *epochs = &w->tracks->epochs;
    const struct ps_life_span *span = &life->spans[life->span_count - 1];
    struct ps_life_stretch s = {
        .t = life->t, .slot = life->slot, .until = clock_until(life, w, life->t)};
    if (s.until.s <= s.t.s || is_irregular(life))
        return false;
    s.until =
        ps_earlier(ps_earlier(s.until, life->end), ps_schedule_break(life->device.schedule, s.t));
    s.until = ps_earlier(s.until, ps_earlier(life->trust_until, life->coming_at));
    struct question question = {.role = PS_ROLE_TELEMETRY,
                                .serving = serving_at(life, w, cohort->endpoint, s.t, &s.until),
                                .clock = life->plain.clock};
    /* A session that a gap ended may have been held into a later epoch. */
    if (life->plain.epoch == 0 || epochs->at[life->plain.epoch].s > s.t.s)
        life->plain.epoch = ps_epochs_find(epochs, s.t);
    struct walk walk = {.epochs = epochs, .e = epoch_from(epochs, life->plain.epoch, s.t)};
    struct ps_device_clock clock;
    if (question.clock == PS_TRACK_CLOCK_BEHIND) {
        clock = ps_life_clock(life, w, span->build, s.t);
        if (!is_caught_up(&clock, epochs, walk.e, s.t))
            return false;
        walk.behind = &clock;
        question.clock = PS_TRACK_CLOCK_RIGHT;
    }
    walk.track = track_of(life, w, span, &question);
    bool begin = s.t.s == epochs->at[walk.e].s;
    enum ps_track_answer answer = ps_track_ask(walk.track, life, w, walk.e, begin, &walk.verdict);
    *ret_step = PS_LIFE_WAITS;
    if (answer != PS_TRACK_KNOWN)
        return answer == PS_TRACK_WAITS;
    bool accepted = w->accepted(w->chunk, walk.verdict);
    bool holds = accepted && cohort->session.s == PS_SESSION_UNTIL_REBOOT.s;
    s.step = cohort->every.s;
    if (holds)
        ps_life_cut(&s, s.t);
    else if (accepted)
        s.step = ps_round_up(cohort->session.s, cohort->every.s);
    struct wanting wanting;
    answer = find_wanted(life, w, &s, &wanting);
    if (answer != PS_TRACK_KNOWN)
        return answer == PS_TRACK_WAITS;
    /* Everything is known: from here on the life changes. */
    walk_contacts(&walk, life->device.schedule, &s);
    s.until = (ps_time){ps_life_contact_at(life, &s, walk.count - 1).s + 1};
    ps_life_close(life, &s);
    bool polled = wanting.poll.s <= s.last.s, comes = polled && wanting.polling.comes;
    w->tracks->stepped += walk.stepped;
    *(accepted ? &tally->contacts_accepted : &tally->contacts_failed) += walk.count;
    if (w->noticed)
        tell_used(life, w, &s, walk.verdict);
    if (w->noticed && polled)
        tell_polled(life, w, &wanting.polling, wanting.poll, &s);
    const struct ps_life_result result = {.verdict = walk.verdict,
                                          .holds = holds,
                                          .taken = comes ? wanting.release : PS_PLAN_NONE,
                                          .installed = comes ? wanting.release : PS_PLAN_NONE};
    ps_life_settle(life, w, tally, &s, &result);
    life->plain.epoch = walk.e;
    if (comes)
        life->plain.wanted_until = PS_TIME_ALWAYS;
    *ret_step = PS_LIFE_GOES_ON;
    return true;
}

/* ---- after the last contact ---- */

bool ps_life_reach_plain(struct ps_life *life, const struct ps_life_world *w,
                         enum ps_life_step *ret_step, bool *ret_reached)
{
    ps_time last = {life->end.s - 1}, until = PS_TIME_NEVER;
    if (!uses_tracks(life, w) || ps_life_channel(life, w)->way != PS_WAY_CONTACT ||
        clock_until(life, w, last).s <= last.s)
        return false;
    struct polling polling;
    enum ps_track_answer answer = ask_update(life, w, PS_RELEASE_RESCUE, last, &until, &polling);
    if (answer == PS_TRACK_KNOWN && w->noticed)
        tell_polled(life, w, &polling, last, NULL);
    *ret_reached = polling.comes;
    *ret_step = answer == PS_TRACK_WAITS ? PS_LIFE_WAITS : PS_LIFE_GOES_ON;
    return answer != PS_TRACK_ELSEWHERE;
}

/* ---- exposure ---- */

/* For those who have to be told: each part of an epoch on its own, described exactly. */
static void tell_probed(struct ps_life *life, const struct ps_life_world *w, ps_time until,
                        uint32_t verdict)
{
    const struct ps_epochs *epochs = &w->tracks->epochs;
    ps_time t = life->walk, ignored;
    uint32_t e = ps_epochs_find(epochs, t);
    life->probe.threat = life->threat;
    while (t.s < until.s) {
        struct ps_contact_spec spec;
        e = epoch_from(epochs, e, t);
        ps_time end = ps_earlier(part_end(epochs, e, t), until);
        ps_life_spec(life, w, PS_ROLE_PROBE, t, &spec, &ignored);
        w->used(w->chunk, life, &spec, verdict, t, (ps_duration){1}, (uint64_t)(end.s - t.s));
        life->stretch++;
        t = end;
    }
    life->probe = (struct ps_life_probe){0};
}

enum ps_life_sight ps_life_look_plain(struct ps_life *life, const struct ps_life_world *w,
                                      ps_time *until)
{
    ps_time t = life->walk;
    enum ps_attack attack = w->world->plan->threats[life->threat].attack;
    /* A clock that an attacker sets back stops at the floor of its device's own firmware. Until it
     * is set up a device has to do with another server. */
    if (!uses_tracks(life, w) || ps_attack_sets_clock(attack, ps_life_strategy(life, w)) ||
        t.s < life->set_up.s)
        return PS_SIGHT_ELSEWHERE;
    ps_time same_clock = clock_until(life, w, t);
    if (same_clock.s <= t.s)
        return PS_SIGHT_ELSEWHERE;
    *until = ps_earlier(*until, same_clock);
    const struct ps_epochs *epochs = &w->tracks->epochs;
    const struct question question = {
        .role = PS_ROLE_PROBE,
        .serving = serving_at(life, w, ps_life_cohort(life, w)->endpoint, t, until),
        .threat = life->threat,
        .clock = life->plain.clock};
    const struct ps_life_span *span = ps_life_span_at(life, t);
    struct ps_track *track = track_of(life, w, span, &question);
    uint32_t e = ps_epochs_find(epochs, t), verdict;
    bool begin = t.s == epochs->at[e].s;
    enum ps_track_answer answer = ps_track_ask(track, life, w, e, begin, &verdict);
    if (answer != PS_TRACK_KNOWN)
        return answer == PS_TRACK_WAITS ? PS_SIGHT_WAITS : PS_SIGHT_ELSEWHERE;
    uint32_t end = e;
    if ((!begin || track->rest[e] == verdict + PS_TRACK_FIRST) &&
        ps_track_end(track, life, w, e, &end) == PS_TRACK_WAITS)
        return PS_SIGHT_WAITS;
    *until = ps_earlier(*until, end == e ? (ps_time){t.s + 1} : epochs->at[end]);
    w->tracks->skipped += end - e;
    if (w->noticed)
        tell_probed(life, w, *until, verdict);
    bool accepted = w->accepted(w->chunk, verdict);
    ps_life_watch_probe(life, w, accepted);
    return accepted ? PS_SIGHT_ACCEPTED : PS_SIGHT_REFUSED;
}

/* ---- trust ---- */

struct ps_track_trust *ps_life_trust_plain(const struct ps_life *life,
                                           const struct ps_life_world *w, ps_time from)
{
    if (!w->tracks || !w->tracks->plain[life->strategy] || w->tracks->lagging[life->strategy])
        return NULL;
    const struct ps_epochs *epochs = &w->tracks->epochs;
    const struct ps_track_trust_key key = {.cohort = life->device.cohort,
                                           .strategy = life->strategy,
                                           .release = life->release,
                                           .made = ps_epochs_find(epochs, life->device.made),
                                           .at = ps_epochs_find(epochs, from)};
    return from.s == epochs->at[key.at].s ? NULL : ps_tracks_trust(w->tracks, &key);
}

struct ps_track_set *ps_life_set_plain(const struct ps_life *life, const struct ps_life_world *w,
                                       const struct ps_life_span *span)
{
    const struct ps_track_key key = {.cohort = life->device.cohort,
                                     .strategy = life->strategy,
                                     .trust = span->trust,
                                     .update_trust = span->update_trust,
                                     .installed = span->release};
    return ps_tracks_set(w->tracks, &key);
}
