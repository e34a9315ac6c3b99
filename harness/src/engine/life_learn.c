/* SPDX-License-Identifier: Apache-2.0
 *
 * What a device learns from its contacts, beside what its update channel asks for: the leaf of its
 * first contact, keys and releases that are announced over connections it trusts, intermediates of
 * accepted paths, pushed sets; and that its pins were met, which renews them.
 *
 * A lesson is found before anything of the stretch changes, which ends with it, and is learned with
 * its last contact. A refused contact teaches nothing; only a pushed set comes to whoever can be
 * reached, as a platform would bring it.
 */
#include "engine/life_private.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "engine/life_path.h"

/* ---- runs ---- */

static ps_time run_last(const struct ps_life *life, const struct ps_life_run *run)
{
    return ps_life_run_at(life, run, run->count - 1);
}

/* `run` goes on where `last` ends. */
static bool goes_on(const struct ps_life *life, const struct ps_life_run *last,
                    const struct ps_life_run *run)
{
    const struct ps_schedule *schedule = life->device.schedule;
    return last->first.s + (int64_t)(last->count - 1) * last->step + run->step == run->first.s &&
           (last->count == 1 || last->step == run->step) &&
           ps_schedule_moves(schedule, last->step) == ps_schedule_moves(schedule, run->step);
}

static void runs_add(const struct ps_life *life, struct ps_life_runs *runs, struct ps_life_run run)
{
    struct ps_life_run *last = runs->count > 0 ? &runs->items[runs->count - 1] : NULL;
    if (last && goes_on(life, last, &run)) {
        last->step = run.step;
        last->count += run.count;
    } else if (!last || run_last(life, last).s < ps_life_run_at(life, &run, 0).s) {
        PS_PUSH(runs->items, runs->count, runs->capacity, run);
    }
}

/* The last before `t`; if none is, the first of all. */
static ps_time runs_before(const struct ps_life *life, const struct ps_life_runs *runs, ps_time t)
{
    size_t low = 0, high = runs->count;
    while (low + 1 < high) {
        size_t middle = low + (high - low) / 2;
        if (ps_life_run_at(life, &runs->items[middle], 0).s < t.s)
            low = middle;
        else
            high = middle;
    }
    const struct ps_life_run *run = &runs->items[low];
    uint64_t n = ps_schedule_before(life->device.schedule, run->first, run->step, t);
    if (n > run->count)
        n = run->count;
    return ps_life_run_at(life, run, n > 0 ? n - 1 : 0);
}

/* The first at `t` or later; NEVER. */
static ps_time runs_from(const struct ps_life *life, const struct ps_life_runs *runs, ps_time t)
{
    for (size_t i = 0; i < runs->count; i++)
        if (run_last(life, &runs->items[i]).s >= t.s)
            return ps_life_run_from(life, &runs->items[i], t);
    return PS_TIME_NEVER;
}

/* ---- what is known ---- */

static bool has_pushed_set(const struct ps_strategy *strategy)
{
    return strategy->revocation.mode == PS_REVOCATION_PUSHED_SET;
}

/* A device ships with the set of the day, and as if it had just met its pins; one that is in use
 * when the scenario begins had its last contact just before. */
void ps_life_begin_knowing(struct ps_life *life, const struct ps_life_world *w)
{
    const struct ps_strategy *strategy = ps_life_strategy(life, w);
    struct ps_life_knowledge *knows = &life->knows;
    ps_time from = w->world->plan->from,
            since = life->device.boot.s < from.s ? (ps_time){from.s - 1} : life->device.made;
    knows->seen = PS_PLAN_NONE;
    if (strategy->pins.max_age.s > 0)
        runs_add(life, &knows->met, (struct ps_life_run){since, 1, 1, false});
    if (!has_pushed_set(strategy))
        return;
    knows->has_set = true;
    knows->set_made = since;
    runs_add(life, &knows->sets, (struct ps_life_run){since, 1, 1, false});
}

void ps_life_forget(struct ps_life *life)
{
    struct ps_life_knowledge *knows = &life->knows;
    free(knows->announced);
    free(knows->announcements);
    free(knows->anchors);
    free(knows->intermediates);
    free(knows->sightings);
    free(knows->met.items);
    free(knows->sets.items);
}

struct ps_learned ps_life_learned(const struct ps_life *life)
{
    const struct ps_life_knowledge *knows = &life->knows;
    return (struct ps_learned){.has_first_leaf = knows->has_first_leaf,
                               .first_leaf = knows->first_leaf,
                               .anchors = knows->anchors,
                               .anchor_count = knows->anchor_count,
                               .announced = knows->announced,
                               .announced_count = knows->announced_count,
                               .intermediates = knows->intermediates,
                               .intermediate_count = knows->intermediate_count,
                               .has_set = knows->has_set,
                               .set_made = knows->set_made};
}

ps_time ps_life_pins_end(const struct ps_life *life, const struct ps_life_world *w, ps_time t)
{
    int64_t max_age = ps_life_strategy(life, w)->pins.max_age.s;
    if (max_age == 0)
        return PS_TIME_NEVER;
    return (ps_time){runs_before(life, &life->knows.met, t).s + max_age};
}

ps_time ps_life_other_pins_end(const struct ps_life *life, const struct ps_life_world *w)
{
    return life->phase == PS_LIFE_REACH ? w->world->plan->from : PS_TIME_NEVER;
}

ps_time ps_life_set_made(const struct ps_life *life, const struct ps_life_world *w, ps_time t)
{
    const struct ps_strategy *strategy = ps_life_strategy(life, w);
    if (has_pushed_set(strategy))
        return runs_before(life, &life->knows.sets, t);
    if (strategy->revocation.mode == PS_REVOCATION_BLOCKLIST)
        return ps_life_span_at(life, t)->build;
    return PS_TIME_ALWAYS;
}

static bool pins_have_ended(const struct ps_strategy *strategy, const struct ps_contact_spec *spec)
{
    return strategy->pins.max_age.s > 0 && strategy->time.clock != PS_CLOCK_IGNORE &&
           spec->clock.s >= spec->pins_end.s;
}

static bool set_has_lapsed(const struct ps_strategy *strategy, const struct ps_contact_spec *spec)
{
    return has_pushed_set(strategy) && strategy->revocation.max_age.s > 0 &&
           spec->clock.s > spec->set_made.s + strategy->revocation.max_age.s;
}

ps_time ps_life_renewed_after(const struct ps_life *life, const struct ps_life_world *w,
                              const struct ps_contact_spec *spec)
{
    const struct ps_strategy *strategy = ps_life_strategy(life, w);
    ps_time found = PS_TIME_NEVER;
    if (pins_have_ended(strategy, spec))
        found = ps_earlier(found, runs_from(life, &life->knows.met, spec->at));
    if (set_has_lapsed(strategy, spec))
        found = ps_earlier(found, runs_from(life, &life->knows.sets, spec->at));
    if (spec->kind == PS_KIND_PROBE && has_pushed_set(strategy)) {
        ps_time from = w->world->plan->threats[spec->threat].from; /* a set can know of it */
        if (spec->set_made.s < from.s)
            found = ps_earlier(
                found, runs_from(life, &life->knows.sets, from.s > spec->at.s ? from : spec->at));
    }
    return found.s == PS_TIME_NEVER.s ? found : (ps_time){found.s + 1};
}

/* ---- lessons: when the next one comes ---- */

static ps_time next_announcement(const struct ps_life *life, const struct ps_life_world *w,
                                 const struct ps_life_stretch *s,
                                 const struct ps_life_meeting *meeting, uint32_t *ret_event)
{
    const struct ps_channel *channel = ps_life_channel(life, w);
    const struct ps_life_knowledge *knows = &life->knows;
    const struct ps_life_run contacts = {s->slot, s->step, UINT32_MAX, false};
    ps_time found = PS_TIME_NEVER;
    for (size_t i = 0; i < channel->announcement_count; i++) {
        uint32_t number = channel->announcements[i];
        const struct ps_plan_event *event = &w->world->plan->events[number];
        const struct ps_plan_announce *announce = &event->as.announce;
        bool known = announce->endpoint != meeting->spec.endpoint;
        for (size_t k = 0; k < knows->announcement_count; k++)
            known |= knows->announcements[k] == number;
        ps_time at = ps_life_run_from(life, &contacts, event->at);
        bool over = announce->lasts.s > 0 && at.s >= event->at.s + announce->lasts.s;
        if (known || over || at.s >= found.s)
            continue;
        found = at;
        *ret_event = number;
    }
    return found;
}

/* Which release the session would bring, and with which of the stretch's contacts. */
static ps_time next_release(const struct ps_life *life, const struct ps_life_world *w,
                            const struct ps_life_stretch *s, uint32_t *ret_release,
                            ps_time *ret_until)
{
    const struct ps_channel *channel = ps_life_channel(life, w);
    *ret_release = ps_life_wanted(life, w, ret_until);
    if (*ret_release == PS_PLAN_NONE || channel->root_by_root)
        return PS_TIME_NEVER;
    uint32_t seen = life->knows.seen == *ret_release ? life->knows.seen_times : 0;
    return ps_life_contact_at(life, s, channel->sightings - seen - 1);
}

static bool is_held(const struct ps_life *life, const struct ps_life_world *w, uint32_t root)
{
    const struct ps_life_knowledge *knows = &life->knows;
    const struct ps_trust_state *trust =
        ps_trusts_at(w->trusts, life->spans[life->span_count - 1].trust);
    for (size_t i = 0; i < trust->anchor_count; i++)
        if (ps_target_is(trust->anchors[i], (struct ps_target){PS_TARGET_CERTIFICATE, root}))
            return true;
    for (size_t i = 0; i < knows->anchor_count; i++)
        if (knows->anchors[i] == root)
            return true;
    return false;
}

static const struct ps_life_sighting *sighting_of(const struct ps_life *life, uint32_t root)
{
    for (size_t i = 0; i < life->knows.sighting_count; i++)
        if (life->knows.sightings[i].certificate == root)
            return &life->knows.sightings[i];
    return NULL;
}

/* At which poll the next of the published roots is seen for the first time, or counts. */
static ps_time next_root(const struct ps_life *life, const struct ps_life_world *w,
                         const struct ps_life_stretch *s, uint32_t release)
{
    const struct ps_plan_release *published = &w->world->plan->events[release].as.release;
    struct ps_life_run polls = ps_life_polls(life, w, s);
    ps_time found = PS_TIME_NEVER;
    size_t awaited = 0;
    for (size_t i = 0; i < published->anchor_count; i++) {
        const struct ps_reference *anchor = &published->anchors[i];
        if (anchor->kind != PS_REFERENCE_CERTIFICATE || is_held(life, w, anchor->index))
            continue;
        const struct ps_life_sighting *seen = sighting_of(life, anchor->index);
        awaited++;
        ps_time counts = s->t;
        if (seen)
            counts.s = seen->first.s + ps_life_channel(life, w)->hold_down.s;
        found = ps_earlier(found, ps_life_run_from(life, &polls, counts));
    }
    if (awaited == 0 || awaited != life->knows.sighting_count) /* or one is withdrawn */
        found = ps_earlier(found, ps_life_run_from(life, &polls, s->t));
    return found;
}

/* Roots were seen, and nothing that has them is published any more: the next poll forgets them (RFC
 * 5011 section 2.2). */
static ps_time next_loss(const struct ps_life *life, const struct ps_life_world *w,
                         const struct ps_life_stretch *s)
{
    struct ps_life_run polls = ps_life_polls(life, w, s);
    return life->knows.sighting_count > 0 ? ps_life_run_from(life, &polls, s->t) : PS_TIME_NEVER;
}

/* When the next set comes that knows more, or any after one that was too old. */
static ps_time next_set(const struct ps_life *life, const struct ps_life_world *w,
                        const struct ps_life_stretch *s, const struct ps_life_meeting *meeting)
{
    const struct ps_strategy *strategy = ps_life_strategy(life, w);
    struct ps_life_run polls = ps_life_polls(life, w, s);
    ps_time next = PS_TIME_NEVER;
    if (!has_pushed_set(strategy) || !meeting->reached)
        return next;
    for (size_t i = 0; i < w->world->revocation_count; i++) {
        ps_time pushed = w->world->revocations[i].pushed;
        if (pushed.s > life->knows.set_made.s)
            next = ps_earlier(next, pushed);
    }
    if (set_has_lapsed(strategy, &meeting->spec))
        next = s->t;
    return next.s == PS_TIME_NEVER.s ? next : ps_life_run_from(life, &polls, next);
}

/* What stands for a poll in a session that is held: the clock is all that is asked of it. */
static struct ps_life_meeting held_meeting(const struct ps_life *life,
                                           const struct ps_life_world *w)
{
    struct ps_life_meeting meeting = {.reached = true};
    ps_time until;
    if (has_pushed_set(ps_life_strategy(life, w)))
        ps_life_spec(life, w, PS_ROLE_TELEMETRY, life->t, &meeting.spec, &until);
    return meeting;
}

/* Whether the contact renews the pins. Where they have ended that is another question: would it
 * have been accepted with them? */
static bool find_pins(struct ps_life *life, const struct ps_life_world *w,
                      struct ps_life_stretch *s, struct ps_life_meeting *meeting)
{
    const struct ps_strategy *strategy = ps_life_strategy(life, w);
    if (strategy->pins.max_age.s == 0 || !meeting->accepted)
        return true;
    meeting->meets_pins = !pins_have_ended(strategy, &meeting->spec);
    if (meeting->meets_pins)
        return true;
    ps_time until;
    ps_life_spec(life, w, PS_ROLE_PINS, life->t, &meeting->pins_spec, &until);
    s->until = ps_earlier(s->until, until);
    if (!w->ask(w->chunk, life, &meeting->pins_spec, &meeting->pins_verdict))
        return false;
    meeting->asked_pins = true;
    meeting->meets_pins = w->accepted(w->chunk, meeting->pins_verdict);
    if (meeting->meets_pins)
        ps_life_cut(s, s->t);
    return true;
}

/* Its own trust made the contact, so it is the one that learns. */
static bool is_own(const struct ps_life *life, const struct ps_life_world *w,
                   const struct ps_contact_spec *spec)
{
    return ps_trusts_at(w->trusts, spec->trust)->strategy == life->strategy;
}

/* Who sets the device up is another server than the one it gets to know. */
static bool is_set_up(const struct ps_life *life)
{
    return life->t.s >= life->set_up.s;
}

bool ps_life_find_lessons(struct ps_life *life, const struct ps_life_world *w,
                          struct ps_life_stretch *stretch, struct ps_life_meeting *meeting)
{
    const struct ps_channel *channel = ps_life_channel(life, w);
    const struct ps_verdict *verdict = w->verdict(w->chunk, meeting->verdict);
    uint32_t event, release;
    ps_time until;
    meeting->reached = verdict->stage != PS_STAGE_UNREACHABLE;
    ps_life_cut(stretch, next_set(life, w, stretch, meeting));
    if (!meeting->accepted || !is_own(life, w, &meeting->spec))
        return true;
    if (channel->learns_first && !life->knows.has_first_leaf && is_set_up(life))
        ps_life_cut(stretch, stretch->t);
    if (channel->learns_chains && ps_life_keep_path(life, w, &meeting->spec, verdict->path, true))
        ps_life_cut(stretch, stretch->t);
    ps_life_cut(stretch, next_announcement(life, w, stretch, meeting, &event));
    if (channel->way == PS_WAY_SESSION) {
        ps_time taken = next_release(life, w, stretch, &release, &until);
        stretch->until = ps_earlier(stretch->until, until);
        if (channel->root_by_root)
            taken = release == PS_PLAN_NONE ? next_loss(life, w, stretch)
                                            : next_root(life, w, stretch, release);
        ps_life_cut(stretch, taken);
    }
    return find_pins(life, w, stretch, meeting);
}

/* ---- learning ---- */

void ps_life_begin_pins(struct ps_life *life, const struct ps_life_world *w, uint32_t release,
                        ps_time t)
{
    const struct ps_strategy *strategy = ps_life_strategy(life, w);
    bool has_pins = release == PS_RELEASE_SHIPPED
                        ? strategy->pins.count > 0
                        : w->world->plan->events[release].as.release.has_pins;
    if (strategy->pins.max_age.s > 0 && has_pins)
        runs_add(life, &life->knows.met, (struct ps_life_run){t, 1, 1, false});
}

static bool learn_announcement(struct ps_life *life, const struct ps_life_world *w, uint32_t event)
{
    struct ps_life_knowledge *knows = &life->knows;
    const struct ps_plan_announce *announce = &w->world->plan->events[event].as.announce;
    const struct ps_announced_key key = {ps_world_named_key(w->world, announce->key),
                                         announce->begins};
    PS_PUSH(knows->announced, knows->announced_count, knows->announced_capacity, key);
    PS_PUSH(knows->announcements, knows->announcement_count, knows->announcement_capacity, event);
    return true;
}

/* What was announced acts when its time comes, though the device sleeps then. */
static bool take(struct ps_life *life, const struct ps_life_world *w, uint32_t release,
                 ps_time next)
{
    ps_time acts = ps_channel_acts_from(w->world, &life->device, release);
    if (acts.s <= next.s) {
        life->release = release;
        return true;
    }
    life->coming = release;
    life->coming_at = acts;
    return false;
}

/* A poll at `t` sees what is published: a root that stood for its time is learned, one that is not
 * there any more is forgotten. */
static bool see_roots(struct ps_life *life, const struct ps_life_world *w, uint32_t release,
                      ps_time t)
{
    struct ps_life_knowledge *knows = &life->knows;
    const struct ps_plan_release *published = &w->world->plan->events[release].as.release;
    struct ps_life_sighting *kept = NULL;
    size_t kept_count = 0, kept_capacity = 0;
    bool learned = false;
    for (size_t i = 0; i < published->anchor_count; i++) {
        const struct ps_reference *anchor = &published->anchors[i];
        if (anchor->kind != PS_REFERENCE_CERTIFICATE || is_held(life, w, anchor->index))
            continue;
        const struct ps_life_sighting *seen = sighting_of(life, anchor->index);
        struct ps_life_sighting sighting = {anchor->index, seen ? seen->first : t};
        if (seen && t.s >= seen->first.s + ps_life_channel(life, w)->hold_down.s) {
            PS_PUSH(knows->anchors, knows->anchor_count, knows->anchor_capacity, anchor->index);
            learned = true;
        } else {
            PS_PUSH(kept, kept_count, kept_capacity, sighting);
        }
    }
    free(knows->sightings);
    knows->sightings = kept;
    knows->sighting_count = kept_count;
    knows->sighting_capacity = kept_capacity;
    if (kept_count == 0)
        life->release = release;
    return learned;
}

static bool learn_session(struct ps_life *life, const struct ps_life_world *w,
                          const struct ps_life_stretch *s, struct ps_life_meeting *meeting)
{
    const struct ps_channel *channel = ps_life_channel(life, w);
    uint32_t release;
    ps_time until, at = next_release(life, w, s, &release, &until);
    if (channel->root_by_root && release == PS_PLAN_NONE && next_loss(life, w, s).s <= s->last.s)
        life->knows.sighting_count = 0;
    if (channel->way != PS_WAY_SESSION || release == PS_PLAN_NONE)
        return false;
    if (channel->root_by_root) {
        bool learned = false;
        if (next_root(life, w, s, release).s == s->last.s)
            learned = see_roots(life, w, release, s->last);
        if (life->release == release)
            meeting->taken = release;
        return learned;
    }
    uint32_t seen = life->knows.seen == release ? life->knows.seen_times : 0;
    life->knows.seen = release;
    life->knows.seen_times = seen + (uint32_t)s->count;
    if (s->last.s < at.s)
        return false;
    meeting->taken = release;
    return take(life, w, release, s->next);
}

void ps_life_find_set(const struct ps_life *life, const struct ps_life_world *w,
                      struct ps_life_stretch *stretch)
{
    const struct ps_life_meeting held = held_meeting(life, w);
    ps_life_cut(stretch, next_set(life, w, stretch, &held));
}

static bool learn_set(struct ps_life *life, const struct ps_life_world *w,
                      const struct ps_life_stretch *s, const struct ps_life_meeting *meeting)
{
    struct ps_life_knowledge *knows = &life->knows;
    struct ps_life_run polls = ps_life_polls(life, w, s);
    if (!has_pushed_set(ps_life_strategy(life, w)) || !meeting->reached || polls.count == 0)
        return false;
    bool more = next_set(life, w, s, meeting).s == s->last.s;
    knows->set_made = run_last(life, &polls);
    runs_add(life, &knows->sets, polls);
    return more;
}

bool ps_life_learn_set(struct ps_life *life, const struct ps_life_world *w,
                       const struct ps_life_stretch *stretch)
{
    const struct ps_life_meeting held = held_meeting(life, w);
    return learn_set(life, w, stretch, &held);
}

bool ps_life_learn(struct ps_life *life, const struct ps_life_world *w,
                   const struct ps_life_stretch *stretch, struct ps_life_meeting *meeting)
{
    const struct ps_channel *channel = ps_life_channel(life, w);
    struct ps_life_knowledge *knows = &life->knows;
    const struct ps_life_run contacts = {stretch->slot, stretch->step, stretch->count, false};
    bool more = learn_set(life, w, stretch, meeting);
    if (!meeting->accepted || !is_own(life, w, &meeting->spec))
        return more;
    if (channel->learns_first && !knows->has_first_leaf && is_set_up(life)) {
        knows->has_first_leaf = more = true;
        knows->first_leaf = meeting->spec.leaf;
    }
    if (channel->learns_chains)
        more |= ps_life_keep_path(life, w, &meeting->spec,
                                  w->verdict(w->chunk, meeting->verdict)->path, false);
    uint32_t event = PS_PLAN_NONE;
    while (next_announcement(life, w, stretch, meeting, &event).s <= stretch->last.s)
        more |= learn_announcement(life, w, event);
    more |= learn_session(life, w, stretch, meeting);
    if (meeting->meets_pins)
        runs_add(life, &knows->met, contacts);
    return more;
}
