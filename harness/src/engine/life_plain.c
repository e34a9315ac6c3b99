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
#include "engine/course.h"
#include "engine/track.h"
#include "engine/walk.h"

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

/* Finds life->plain.clock, and until when it holds; at or before `t` if there are no tracks for
 * such a clock. */
static ps_time clock_until(struct ps_life *life, const struct ps_life_world *w, ps_time t)
{
    struct ps_life_plain *plain = &life->plain;
    if (plain->clock_from.s <= t.s && t.s < plain->clock_until.s)
        return plain->clock_until;
    const struct ps_life_span *span = ps_life_span_at(life, t);
    const struct ps_course_part *part = ps_life_course(life, w, span->build, t);
    if (part->kind == PS_COURSE_NO_TRACK)
        return t;
    if (part->kind != PS_TRACK_CLOCK_RIGHT &&
        (reads_answers(w, span->trust) || reads_answers(w, span->update_trust)))
        return t;
    plain->clock = part->kind;
    plain->clock_from = t;
    plain->clock_until = part->alike;
    if (ps_life_strategy(life, w)->time.clock == PS_CLOCK_BUILD_FLOOR) /* of firmware, its own */
        plain->clock_until = ps_earlier(plain->clock_until, ps_life_span_end(life, t));
    return plain->clock_until;
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

/* Where the span's set keeps the track; NULL: nowhere. */
static struct ps_track **place_of(const struct ps_life_span *span, const struct question *q)
{
    if (!span->set || q->serving != PS_PLAN_NONE)
        return NULL;
    uint32_t clock = q->clock < PS_TRACK_CLOCK_STANDS ? q->clock : PS_TRACK_CLOCK_STANDS;
    if (q->role == PS_ROLE_TELEMETRY)
        return &span->set->telemetry[clock];
    return q->role == PS_ROLE_PROBE ? &span->set->probes[clock][q->threat] : NULL;
}

static struct ps_track *track_of(const struct ps_life *life, const struct ps_life_world *w,
                                 const struct ps_life_span *span, const struct question *q)
{
    struct ps_track **place = place_of(span, q);
    if (place && *place && (*place)->key.clock == q->clock)
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

/* Clocks that are behind do not agree about epoch `e` at `t`: what this one shows there decides, up
 * to *until. False: it shows the first second of an epoch, or one before the last. */
static bool narrow_clock(struct ps_life *life, const struct ps_life_world *w, ps_time t, uint32_t e,
                         struct question *question, ps_time *until)
{
    const struct ps_epochs *epochs = &w->tracks->epochs;
    const struct ps_life_span *span = ps_life_span_at(life, t);
    const struct ps_course_part *part = ps_life_course(life, w, span->build, t);
    ps_time shown = ps_clock_counts(&part->clock, t), over = epochs->at[e + 1];
    uint32_t shows = ps_epochs_find(epochs, shown);
    if (shown.s == epochs->at[shows].s || shows + 1 < e)
        return false;
    question->clock = PS_TRACK_CLOCK_RIGHT;
    if (shows != e) {
        question->clock = PS_TRACK_CLOCK_LATE;
        over = ps_clock_reaches(&part->clock, t, epochs->at[e]);
    }
    *until = ps_earlier(*until, ps_earlier(part->until, over));
    return true;
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
    const uint32_t serving = serving_at(life, w, ps_life_update_endpoint(life, w), t, until);
    *ret_polling = (struct polling){.comes = channel->way == PS_WAY_PLATFORM};
    for (size_t i = 0; i < 2 && !ret_polling->comes; i++) {
        if (!asked[i])
            continue;
        struct question question = {.role = roles[i],
                                    .serving = serving,
                                    .offered =
                                        release == PS_RELEASE_SHIPPED ? PS_PLAN_NONE : release,
                                    .clock = life->plain.clock};
        struct ps_track *track = track_of(life, w, span, &question);
        enum ps_track_answer answer = ps_track_ask(track, life, w, e, begin, &verdict);
        if (answer == PS_TRACK_ELSEWHERE && question.clock == PS_TRACK_CLOCK_BEHIND &&
            narrow_clock(life, w, t, e, &question, until)) {
            track = track_of(life, w, span, &question);
            answer = ps_track_ask(track, life, w, e, begin, &verdict);
        }
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

/* The polls of the stretch that come before `gap`. */
static struct ps_life_run polls_before(struct ps_life *life, const struct ps_life_world *w,
                                       const struct ps_life_stretch *s, ps_time gap)
{
    struct ps_life_stretch piece = *s;
    piece.until = ps_earlier(s->until, gap);
    return ps_life_polls(life, w, &piece);
}

/* `gap`: the first; what is asked before it holds behind it too, until the stretch ends. */
static enum ps_track_answer find_wanted(struct ps_life *life, const struct ps_life_world *w,
                                        ps_time gap, struct ps_life_stretch *s,
                                        struct wanting *ret_wanting)
{
    *ret_wanting = (struct wanting){.release = PS_PLAN_NONE, .poll = PS_TIME_NEVER};
    if (ps_life_channel(life, w)->way == PS_WAY_NONE)
        return PS_TRACK_KNOWN;
    ret_wanting->release = wanted_at(life, w, &s->until);
    if (ret_wanting->release == PS_PLAN_NONE)
        return PS_TRACK_KNOWN;
    enum ps_track_answer answer = PS_TRACK_KNOWN;
    struct ps_life_run polls = polls_before(life, w, s, gap);
    if (polls.count > 0) {
        answer = ask_update(life, w, ret_wanting->release, s->t, &s->until, &ret_wanting->polling);
        polls = polls_before(life, w, s, gap);
    }
    if (answer != PS_TRACK_KNOWN)
        return answer;
    if (polls.count == 0) {
        s->until = ps_earlier(s->until, gap);
        return PS_TRACK_KNOWN;
    }
    ret_wanting->poll = ps_life_run_at(life, &polls, 0);
    if (ret_wanting->polling.comes)
        ps_life_cut(s, ret_wanting->poll);
    return PS_TRACK_KNOWN;
}

/* Where contacts that are alike may end, whatever they are: with the life, where its trust changes
 * by itself or is loaded again and, for those who have to be told, with the first gap. */
static ps_time alike_until(const struct ps_life *life, const struct ps_life_world *w, ps_time gap)
{
    ps_time until = ps_earlier(life->end, ps_earlier(life->trust_until, life->coming_at));
    until = ps_earlier(until, life->power_at);
    return w->noticed ? ps_earlier(until, gap) : until;
}

/* Whether contacts are those of the device's calendar: each in the slot after that of the one
 * before, with a poll at each, or none. */
static bool can_look_up(const struct ps_life *life, const struct ps_life_world *w,
                        const struct ps_life_stretch *s)
{
    return s->step == ps_life_cohort(life, w)->every.s && !w->noticed &&
           ps_life_channel(life, w)->poll.s <= s->step;
}

/* Counts the contacts, piece by piece. Of the stretch what is left is the end of its last piece. */
static uint64_t walk_contacts(struct ps_life *life, const struct ps_life_world *w,
                              struct ps_walk *walk, struct ps_life_stretch *s)
{
    uint64_t count = 0;
    walk->slot = s->slot;
    walk->t = s->t;
    walk->step = s->step;
    walk->until = s->until;
    if (can_look_up(life, w, s))
        walk->calendar = ps_calendar_of(&life->device, walk->epochs, life->end);
    for (bool goes_on = true; goes_on; count += walk->count) {
        if (count > 0)
            ps_life_note_polls(life, w, s);
        goes_on = ps_walk_piece(walk);
        s->slot.s = walk->last_slot.s - (int64_t)(walk->regular - 1) * s->step;
        s->count = walk->regular;
    }
    s->last = walk->last;
    s->until = (ps_time){s->last.s + 1};
    s->next = walk->t;
    s->next_slot = walk->slot;
    return count;
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
    struct ps_walk walk = {.epochs = epochs, .schedule = life->device.schedule};
    walk.gap = ps_schedule_gaps_begun(walk.schedule, s.t);
    ps_time gap = ps_schedule_gap_begins(walk.schedule, walk.gap);
    s.until = ps_earlier(s.until, alike_until(life, w, gap));
    struct question question = {.role = PS_ROLE_TELEMETRY,
                                .serving = serving_at(life, w, cohort->endpoint, s.t, &s.until),
                                .clock = life->plain.clock};
    /* A session that a gap ended may have been held into a later epoch. */
    if (life->plain.epoch == 0 || epochs->at[life->plain.epoch].s > s.t.s)
        life->plain.epoch = ps_epochs_find(epochs, s.t);
    walk.e = epoch_from(epochs, life->plain.epoch, s.t);
    if (question.clock == PS_TRACK_CLOCK_BEHIND) {
        const struct ps_course_part *part = ps_life_course(life, w, span->build, s.t);
        question.clock = PS_TRACK_CLOCK_RIGHT;
        if (ps_walk_is_caught_up(&part->clock, epochs, walk.e, s.t))
            walk.behind = part;
        else if (!narrow_clock(life, w, s.t, walk.e, &question, &s.until))
            return false;
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
    answer = find_wanted(life, w, gap, &s, &wanting);
    if (answer != PS_TRACK_KNOWN)
        return answer == PS_TRACK_WAITS;
    /* Everything is known: from here on the life changes. */
    uint64_t count = walk_contacts(life, w, &walk, &s);
    bool polled = wanting.poll.s <= s.last.s, comes = polled && wanting.polling.comes;
    w->tracks->stepped += walk.stepped;
    *(accepted ? &tally->contacts_accepted : &tally->contacts_failed) += count;
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
    struct question question = {
        .role = PS_ROLE_PROBE,
        .serving = serving_at(life, w, ps_life_cohort(life, w)->endpoint, t, until),
        .threat = life->threat,
        .clock = life->plain.clock};
    const struct ps_life_span *span = ps_life_span_at(life, t);
    struct ps_track *track = track_of(life, w, span, &question);
    uint32_t e = ps_epochs_find(epochs, t), verdict;
    bool begin = t.s == epochs->at[e].s;
    enum ps_track_answer answer = ps_track_ask(track, life, w, e, begin, &verdict);
    if (answer == PS_TRACK_ELSEWHERE && question.clock == PS_TRACK_CLOCK_BEHIND &&
        narrow_clock(life, w, t, e, &question, until)) {
        track = track_of(life, w, span, &question);
        answer = ps_track_ask(track, life, w, e, begin, &verdict);
    }
    if (answer != PS_TRACK_KNOWN)
        return answer == PS_TRACK_WAITS ? PS_SIGHT_WAITS : PS_SIGHT_ELSEWHERE;
    uint32_t end = e;
    if ((!begin || track->epochs[e].rest == verdict + PS_TRACK_FIRST) &&
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
