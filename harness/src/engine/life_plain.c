/* SPDX-License-Identifier: Apache-2.0
 *
 * Plain stretches of a life: those in which nothing of the device's own comes into what it asks.
 * Its clock is right, nearly so, or stands long ago, and its strategy learns, holds and shows
 * nothing (track.c says which do).
 * Such a life is stepped through epochs over tracks, contacts of an epoch in closed form; all else
 * is left to the general way, which gives the same (the tests compare them), a hundred times
 * slower.
 */
#include "engine/life_plain.h"

#include "engine/course.h"
#include "engine/walk.h"

bool ps_life_uses_tracks(const struct ps_life *life, const struct ps_life_world *w)
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

bool ps_life_has_tracks(const struct ps_life_world *w, const struct ps_life_span *span,
                        uint32_t clock)
{
    return clock == PS_TRACK_CLOCK_RIGHT ||
           (clock != PS_COURSE_NO_TRACK && !reads_answers(w, span->trust) &&
            !reads_answers(w, span->update_trust));
}

/* Finds life->plain.clock, and until when it holds; at or before `t` if there are no tracks for
 * such a clock. */
static ps_time clock_until(struct ps_life *life, const struct ps_life_world *w, ps_time t)
{
    struct ps_life_plain *plain = &life->plain;
    if (plain->clock_from.s <= t.s && t.s < plain->clock_until.s)
        return plain->clock_until;
    const struct ps_life_span *span = ps_life_span_at(life, t);
    const struct ps_course_run run = ps_life_course_run(life, w, span->build, t, &plain->run);
    if (!ps_life_has_tracks(w, span, run.kind))
        return t;
    plain->clock = run.kind;
    plain->behind_s = run.behind_s;
    plain->clock_from = t;
    plain->clock_until = run.until;
    if (ps_life_strategy(life, w)->time.clock == PS_CLOCK_BUILD_FLOOR) /* of firmware, its own */
        plain->clock_until = ps_earlier(plain->clock_until, ps_life_span_end(life, t));
    return plain->clock_until;
}

uint32_t ps_life_serving(const struct ps_life *life, const struct ps_life_world *w,
                         uint32_t endpoint, ps_time t, ps_time *until)
{
    ps_time next;
    if (!w->tracks->staged[endpoint])
        return PS_PLAN_NONE;
    uint32_t serving = ps_world_serving(w->world, endpoint, t, &life->device.stage, &next);
    *until = ps_earlier(*until, next);
    return serving;
}

/* Where the span's set keeps the track; NULL: nowhere. */
static struct ps_track **place_of(const struct ps_question *q)
{
    struct ps_track_set *set = q->span->set;
    if (!set || q->serving != PS_PLAN_NONE)
        return NULL;
    uint32_t clock = q->clock < PS_TRACK_CLOCK_STANDS ? q->clock : PS_TRACK_CLOCK_STANDS;
    if (q->role == PS_ROLE_TELEMETRY)
        return &set->telemetry[clock];
    return q->role == PS_ROLE_PROBE ? &set->probes[clock][q->threat] : NULL;
}

struct ps_track *ps_life_track(const struct ps_life *life, const struct ps_life_world *w,
                               const struct ps_question *q)
{
    struct ps_track **place = place_of(q);
    if (place && *place && (*place)->key.clock == q->clock)
        return *place;
    bool update = ps_role_kind(q->role) == PS_KIND_UPDATE;
    const struct ps_track_key key = {.role = (uint32_t)q->role,
                                     .cohort = life->device.cohort,
                                     .strategy = life->strategy,
                                     .trust = q->span->trust,
                                     .update_trust = q->span->update_trust,
                                     .installed = q->span->release,
                                     .offered = update ? q->offered : PS_PLAN_NONE,
                                     .serving = q->serving,
                                     .threat = q->threat,
                                     .clock = q->clock};
    struct ps_track *track = ps_tracks_get(w->tracks, &key);
    if (place)
        *place = track;
    return track;
}

bool ps_life_narrow_clock(struct ps_life *life, const struct ps_life_world *w,
                          struct ps_question *q, ps_time *until)
{
    const struct ps_epochs *epochs = &w->tracks->epochs;
    const struct ps_course_part *part = ps_life_course(life, w, q->span->build, q->t);
    ps_time shown = ps_clock_counts(&part->clock, q->t), over = epochs->at[q->e + 1];
    uint32_t shows = ps_epochs_find(epochs, shown);
    if (shown.s == epochs->at[shows].s || shows + 1 < q->e)
        return false;
    q->clock = PS_TRACK_CLOCK_RIGHT;
    if (shows != q->e) {
        q->clock = PS_TRACK_CLOCK_LATE;
        over = ps_clock_reaches(&part->clock, q->t, epochs->at[q->e]);
    }
    *until = ps_earlier(*until, ps_earlier(part->until, over));
    return true;
}

enum ps_track_answer ps_life_ask_track(struct ps_life *life, const struct ps_life_world *w,
                                       struct ps_question *q, ps_time *until)
{
    const struct ps_epochs *epochs = &w->tracks->epochs;
    bool begin = q->t.s == epochs->at[q->e].s;
    q->track = ps_life_track(life, w, q);
    enum ps_track_answer answer = ps_track_ask(q->track, life, w, q->e, begin, &q->verdict);
    if (answer == PS_TRACK_ELSEWHERE && q->clock == PS_TRACK_CLOCK_BEHIND &&
        ps_life_narrow_clock(life, w, q, until)) {
        q->track = ps_life_track(life, w, q);
        answer = ps_track_ask(q->track, life, w, q->e, begin, &q->verdict);
    }
    if (answer != PS_TRACK_KNOWN)
        return answer;
    q->end = q->e;
    if ((!begin || q->track->epochs[q->e].rest == q->verdict + PS_TRACK_FIRST) &&
        ps_track_end(q->track, life, w, q->e, &q->end) == PS_TRACK_WAITS)
        return PS_TRACK_WAITS;
    *until = ps_earlier(*until, q->end == q->e ? (ps_time){q->t.s + 1} : epochs->at[q->end]);
    return PS_TRACK_KNOWN;
}

/* A session that a gap ended may have been held into a later epoch than it is. */
static uint32_t epoch_of(const struct ps_life *life, const struct ps_life_world *w, ps_time t)
{
    const struct ps_epochs *epochs = &w->tracks->epochs;
    uint32_t e = life->plain.epoch;
    return e == 0 || epochs->at[e].s > t.s ? ps_epochs_find(epochs, t)
                                           : ps_epochs_from(epochs, e, t);
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
    const bool asked[] = {channel->tls, channel->plain};
    struct ps_question q = {.span = ps_life_span_at(life, t),
                            .t = t,
                            .e = epoch_of(life, w, t),
                            .offered = release == PS_RELEASE_SHIPPED ? PS_PLAN_NONE : release};
    q.serving = ps_life_serving(life, w, ps_life_update_endpoint(life, w), t, until);
    *ret_polling = (struct polling){.comes = channel->way == PS_WAY_PLATFORM};
    for (size_t i = 0; i < 2 && !ret_polling->comes; i++) {
        if (!asked[i])
            continue;
        q.role = roles[i];
        q.clock = life->plain.clock;
        enum ps_track_answer answer = ps_life_ask_track(life, w, &q, until);
        if (answer != PS_TRACK_KNOWN)
            return answer;
        ret_polling->roles[ret_polling->count] = roles[i];
        ret_polling->verdicts[ret_polling->count++] = q.verdict;
        ret_polling->comes = w->accepted(w->chunk, q.verdict);
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
        e = ps_epochs_from(epochs, e, t);
        ps_time end = ps_earlier(ps_epochs_part_end(epochs, e, t), s->until);
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

/* The first gap that begins after `t`; `from` is one like it for an earlier contact, or a later one
 * where a session that was to be held has ended. */
static size_t gap_from(const struct ps_schedule *schedule, size_t from, ps_time t)
{
    if (from > 0 && ps_schedule_gap_begins(schedule, from - 1).s > t.s)
        return ps_schedule_gaps_begun(schedule, t);
    while (ps_schedule_gap_begins(schedule, from).s <= t.s)
        from++;
    return from;
}

/* Its contacts differ in kind. */
static bool is_irregular(const struct ps_life *life)
{
    return life->held || life->t.s < life->set_up.s;
}

/* What the contact at s->t gives; the walk begins there. */
static enum ps_track_answer ask_contact(struct ps_life *life, const struct ps_life_world *w,
                                        struct ps_walk *walk, struct ps_life_stretch *s)
{
    const uint32_t endpoint = ps_life_cohort(life, w)->endpoint;
    struct ps_question q = {.span = &life->spans[life->span_count - 1],
                            .t = s->t,
                            .e = epoch_of(life, w, s->t),
                            .role = PS_ROLE_TELEMETRY,
                            .serving = ps_life_serving(life, w, endpoint, s->t, &s->until),
                            .clock = life->plain.clock};
    if (q.clock == PS_TRACK_CLOCK_BEHIND) {
        const struct ps_course_part *part = ps_life_course(life, w, q.span->build, s->t);
        q.clock = PS_TRACK_CLOCK_RIGHT;
        walk->behind_s = life->plain.behind_s;
        if (ps_walk_is_caught_up(&part->clock, walk->epochs, q.e, s->t))
            walk->behind = part;
        else if (!ps_life_narrow_clock(life, w, &q, &s->until))
            return PS_TRACK_ELSEWHERE;
    }
    walk->e = q.e;
    walk->track = ps_life_track(life, w, &q);
    bool begin = s->t.s == walk->epochs->at[q.e].s;
    return ps_track_ask(walk->track, life, w, q.e, begin, &walk->verdict);
}

bool ps_life_step_plain(struct ps_life *life, const struct ps_life_world *w, struct ps_tally *tally,
                        enum ps_life_step *ret_step)
{
    if (!ps_life_uses_tracks(life, w) || life->credential_count > 0)
        return false;
    const struct ps_plan_cohort *cohort = ps_life_cohort(life, w);
    struct ps_life_stretch s = {
        .t = life->t, .slot = life->slot, .until = clock_until(life, w, life->t)};
    if (s.until.s <= s.t.s || is_irregular(life))
        return false;
    struct ps_walk walk = {.epochs = &w->tracks->epochs, .schedule = life->device.schedule};
    walk.gap = gap_from(walk.schedule, life->plain.gap, s.t);
    ps_time gap = ps_schedule_gap_begins(walk.schedule, walk.gap);
    s.until = ps_earlier(s.until, alike_until(life, w, gap));
    enum ps_track_answer answer = ask_contact(life, w, &walk, &s);
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
    life->plain.gap = walk.gap;
    *ret_step = PS_LIFE_GOES_ON;
    return true;
}

/* ---- after the last contact ---- */

bool ps_life_reach_plain(struct ps_life *life, const struct ps_life_world *w,
                         enum ps_life_step *ret_step, bool *ret_reached)
{
    ps_time last = {life->end.s - 1}, until = PS_TIME_NEVER;
    if (!ps_life_uses_tracks(life, w) || ps_life_channel(life, w)->way != PS_WAY_CONTACT ||
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

/* ---- trust ---- */

static struct ps_track_trust_key trust_key(struct ps_life *life, const struct ps_life_world *w)
{
    if (life->plain.made_and_one == 0)
        life->plain.made_and_one = ps_epochs_find(&w->tracks->epochs, life->device.made) + 1;
    return (struct ps_track_trust_key){.cohort = life->device.cohort,
                                       .strategy = life->strategy,
                                       .release = life->release,
                                       .made = life->plain.made_and_one - 1};
}

static bool keeps_trusts(const struct ps_life *life, const struct ps_life_world *w)
{
    return w->tracks && w->tracks->plain[life->strategy] && !w->tracks->lagging[life->strategy];
}

bool ps_life_find_trust_plain(struct ps_life *life, const struct ps_life_world *w,
                              struct ps_life_span *span)
{
    if (!keeps_trusts(life, w))
        return false;
    const struct ps_track_trust_key key = trust_key(life, w);
    const struct ps_track_trust *kept = ps_tracks_trust(w->tracks, &key, span->from);
    if (!kept)
        return false;
    span->trust = kept->trust;
    span->update_trust = kept->update_trust;
    span->set = kept->set;
    life->trust_until = kept->until;
    return true;
}

/* Who looks at dates when he loads what he trusts keeps what he would have got in the same part of
 * an epoch; any other would have it as long as it does not change by itself. */
void ps_life_keep_trust_plain(struct ps_life *life, const struct ps_life_world *w,
                              struct ps_life_span *span, bool looks_at_load)
{
    if (!keeps_trusts(life, w))
        return;
    const struct ps_epochs *epochs = &w->tracks->epochs;
    const struct ps_track_key set = {.cohort = life->device.cohort,
                                     .strategy = life->strategy,
                                     .trust = span->trust,
                                     .update_trust = span->update_trust,
                                     .installed = span->release};
    const struct ps_track_trust_key key = trust_key(life, w);
    span->set = ps_tracks_set(w->tracks, &set);
    struct ps_track_trust trust = {.from = span->from,
                                   .known_until = life->trust_until,
                                   .until = life->trust_until,
                                   .trust = span->trust,
                                   .update_trust = span->update_trust,
                                   .set = span->set};
    if (looks_at_load) {
        uint32_t e = ps_epochs_find(epochs, span->from);
        trust.from.s = epochs->at[e].s + (span->from.s > epochs->at[e].s);
        trust.known_until = ps_earlier(trust.until, ps_epochs_part_end(epochs, e, span->from));
    }
    ps_tracks_keep_trust(w->tracks, &key, &trust);
}
