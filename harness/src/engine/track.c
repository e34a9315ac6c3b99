/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/track.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"

/* Lives of this strategy have nothing of their own in what they ask: nothing learned, held, shown
 * or fallen back to. */
static bool is_plain(const struct ps_plan *plan, const struct ps_channel *channel, uint32_t number)
{
    const struct ps_strategy *s = &plan->strategies[number];
    bool learns = channel->learns_first || channel->learns_announced || channel->learns_chains ||
                  channel->way == PS_WAY_SESSION || channel->way == PS_WAY_ANYHOW ||
                  channel->in_order;
    bool dated_set = s->revocation.mode == PS_REVOCATION_PUSHED_SET ||
                     (s->revocation.mode == PS_REVOCATION_BLOCKLIST && s->revocation.max_age.s > 0);
    return !learns && !dated_set && !s->resumption.enabled && s->fallback_count == 0 &&
           s->pins.max_age.s == 0;
}

static bool has_leaf_at_ship(const struct ps_strategy *strategy)
{
    bool has = false;
    for (size_t i = 0; i < strategy->anchor_count; i++)
        has |= strategy->anchors[i].kind == PS_REFERENCE_LEAF;
    for (size_t i = 0; i < strategy->pins.count; i++)
        has |= strategy->pins.set[i].of.kind == PS_REFERENCE_LEAF;
    return has;
}

/* Some store reaches devices late, each by its own draw. */
static bool any_lag(const struct ps_plan *plan)
{
    bool any = false;
    for (size_t i = 0; i < plan->store_count; i++)
        any |= plan->stores[i].lag.given;
    return any;
}

struct ps_tracks *ps_tracks_new(const struct ps_world *world, const struct ps_channel *channels)
{
    const struct ps_plan *plan = world->plan;
    struct ps_tracks *tracks = ps_alloc(1, sizeof *tracks);
    bool asks_clients = false, any_staged = false;
    tracks->threat_count = plan->threat_count;
    ps_epochs_init(&tracks->epochs, world);
    tracks->staged = ps_alloc(plan->endpoint_count + 1, sizeof *tracks->staged);
    for (size_t i = 0; i < plan->event_count; i++) {
        const struct ps_plan_event *event = &plan->events[i];
        if (event->kind == PS_EVENT_SERVE && event->over.s > 0)
            any_staged = tracks->staged[event->as.serve.endpoint] = true;
    }
    for (size_t i = 0; i < plan->endpoint_count; i++)
        asks_clients |= plan->endpoints[i].asks_clients;
    size_t strategies = plan->strategy_count + plan->hidden_count;
    tracks->strategy_count = strategies;
    tracks->cohort_count = plan->cohort_count;
    tracks->trust_rows =
        ps_alloc(plan->cohort_count * strategies + 1, sizeof(struct ps_track_trust_row *));
    tracks->plain = ps_alloc(strategies + 1, sizeof *tracks->plain);
    tracks->lagging = ps_alloc(strategies + 1, sizeof *tracks->lagging);
    for (uint32_t i = 0; i < strategies; i++)
        tracks->lagging[i] =
            any_lag(plan) && ps_channel_follows_stores(plan->strategies[i].update.channel);
    for (uint32_t i = 0; i < strategies; i++)
        tracks->plain[i] = !asks_clients && is_plain(plan, &channels[i], i) &&
                           !(any_staged && has_leaf_at_ship(&plan->strategies[i]));
    return tracks;
}

static void free_rows(struct ps_track_trust_row *row)
{
    while (row) {
        struct ps_track_trust_row *next = row->next;
        free(row->made);
        free(row);
        row = next;
    }
}

void ps_tracks_free(struct ps_tracks *tracks)
{
    if (!tracks)
        return;
    for (uint32_t i = 0; i < tracks->tracks.count; i++) {
        struct ps_track *track = ps_steady_at(&tracks->tracks, i, sizeof *track);
        free(track->epochs);
    }
    for (uint32_t i = 0; i < tracks->sets.count; i++) {
        struct ps_track_set *set = ps_steady_at(&tracks->sets, i, sizeof *set);
        for (size_t k = 0; k <= PS_TRACK_CLOCK_STANDS; k++)
            free(set->probes[k]);
    }
    ps_steady_deinit(&tracks->sets);
    ps_intern_deinit(&tracks->set_index);
    ps_steady_deinit(&tracks->tracks);
    for (size_t i = 0; i < tracks->cohort_count * tracks->strategy_count; i++)
        free_rows(tracks->trust_rows[i]);
    free(tracks->trust_rows);
    ps_steady_deinit(&tracks->trusts);
    ps_intern_deinit(&tracks->index);
    ps_epochs_deinit(&tracks->epochs);
    free(tracks->segments);
    free(tracks->plain);
    free(tracks->lagging);
    free(tracks->staged);
    free(tracks);
}

struct ps_track *ps_tracks_get(struct ps_tracks *tracks, const struct ps_track_key *key)
{
    bool is_new;
    uint32_t number = ps_intern(&tracks->index, key, sizeof *key, &is_new);
    if (!is_new)
        return ps_steady_at(&tracks->tracks, number, sizeof(struct ps_track));
    struct ps_track *track = ps_steady_add(&tracks->tracks, sizeof *track);
    track->key = *key;
    track->epochs = ps_alloc(tracks->epochs.count, sizeof *track->epochs);
    return track;
}

struct ps_track_set *ps_tracks_set(struct ps_tracks *tracks, const struct ps_track_key *key)
{
    const uint32_t identity[] = {key->cohort, key->strategy, key->trust, key->update_trust,
                                 key->installed};
    bool is_new;
    uint32_t number = ps_intern(&tracks->set_index, identity, sizeof identity, &is_new);
    if (!is_new)
        return ps_steady_at(&tracks->sets, number, sizeof(struct ps_track_set));
    struct ps_track_set *set = ps_steady_add(&tracks->sets, sizeof *set);
    for (size_t i = 0; i <= PS_TRACK_CLOCK_STANDS; i++)
        set->probes[i] = ps_alloc(tracks->threat_count + 1, sizeof(struct ps_track *));
    return set;
}

/* Where the trusts of a key begin. */
static struct ps_track_trust **trusts_of(struct ps_tracks *tracks,
                                         const struct ps_track_trust_key *key)
{
    struct ps_track_trust_row **row =
        &tracks->trust_rows[key->cohort * tracks->strategy_count + key->strategy];
    while (*row && (*row)->release != key->release)
        row = &(*row)->next;
    if (!*row) {
        *row = ps_alloc(1, sizeof **row);
        (*row)->release = key->release;
        (*row)->made = ps_alloc(tracks->epochs.count, sizeof(struct ps_track_trust *));
    }
    return &(*row)->made[key->made];
}

const struct ps_track_trust *ps_tracks_trust(struct ps_tracks *tracks,
                                             const struct ps_track_trust_key *key, ps_time t)
{
    const struct ps_track_trust *trust = *trusts_of(tracks, key);
    while (trust && (t.s < trust->from.s || trust->known_until.s <= t.s))
        trust = trust->next;
    return trust;
}

void ps_tracks_keep_trust(struct ps_tracks *tracks, const struct ps_track_trust_key *key,
                          const struct ps_track_trust *trust)
{
    struct ps_track_trust **first = trusts_of(tracks, key), *same = *first;
    while (same && (same->known_until.s != trust->known_until.s || same->from.s < trust->from.s))
        same = same->next;
    if (!same) {
        same = ps_steady_add(&tracks->trusts, sizeof *same);
        same->next = *first;
        *first = same;
    }
    struct ps_track_trust *next = same->next;
    *same = *trust;
    same->next = next;
}

/* A part of an epoch: its first second, or the rest. */
struct part {
    uint32_t e;
    bool begin;
};
/* In one, the clock shows something of the other. */
struct state {
    struct part time, clock;
};

/* Of the first epoch, which has no beginning: where clocks begin. */
static ps_time first_of(const struct ps_epochs *epochs, struct part part)
{
    if (part.e == 0)
        return (ps_time){epochs->at[1].s > 0 ? 0 : epochs->at[1].s - 1};
    return (ps_time){epochs->at[part.e].s + (part.begin ? 0 : 1)};
}

/* Asks at the first second of the state, as a life of any device would, and makes sure that it
 * speaks for all of it. */
static enum ps_track_answer ask_state(const struct ps_track *track, struct ps_life *life,
                                      const struct ps_life_world *w, const struct state *state,
                                      uint32_t *ret_verdict)
{
    const struct ps_epochs *epochs = &w->tracks->epochs;
    const struct ps_track_second second = {.key = &track->key,
                                           .t = first_of(epochs, state->time),
                                           .shown = first_of(epochs, state->clock)};
    struct ps_contact_spec spec;
    struct ps_life_reach reach;
    ps_life_spec_of_track(life, w, &second, &spec, &reach);
    int64_t end = w->world->plan->until.s, clock_end = epochs->at[state->clock.e + 1].s;
    if (end > epochs->at[state->time.e + 1].s)
        end = epochs->at[state->time.e + 1].s;
    int64_t last = w->world->plan->until.s + PS_TRACK_NEAR_S; /* that a clock which is near shows */
    if (state->clock.e > state->time.e)                       /* it can only just be there */
        last = epochs->at[state->time.e + 1].s + PS_TRACK_NEAR_S;
    if (track->key.clock < PS_TRACK_CLOCK_STANDS && clock_end > last)
        clock_end = last;
    if (!state->time.begin && reach.world.s < end)
        return PS_TRACK_ELSEWHERE;
    bool right = track->key.clock == PS_TRACK_CLOCK_RIGHT;
    if (right && !state->time.begin && reach.clock.s < end)
        return PS_TRACK_ELSEWHERE;
    if (!right && !state->clock.begin && reach.clock.s != PS_TIME_NEVER.s &&
        second.shown.s + (reach.clock.s - second.t.s) < clock_end)
        return PS_TRACK_ELSEWHERE;
    return w->ask(w->chunk, life, &spec, ret_verdict) ? PS_TRACK_KNOWN : PS_TRACK_WAITS;
}

/* The part behind this one, and the one before; false: there is none. */
static bool next_part(const struct ps_epochs *epochs, struct part *part)
{
    if (!part->begin && part->e + 1 >= epochs->count)
        return false;
    *part = part->begin ? (struct part){part->e, false} : (struct part){part->e + 1, true};
    return true;
}

static bool part_before(struct part *part)
{
    if (part->e == 0)
        return false;
    *part = part->begin ? (struct part){part->e - 1, false} : (struct part){part->e, true};
    return true;
}

static int64_t last_of(const struct ps_epochs *epochs, struct part part)
{
    if (part.e + 1 == epochs->count && !part.begin)
        return INT64_MAX - PS_TRACK_NEAR_S; /* far behind all dates */
    return part.begin ? epochs->at[part.e].s : epochs->at[part.e + 1].s - 1;
}

/* All states in which clocks of the track's kind can be in a part of an epoch. 0: too many, where
 * epochs are short, or none. */
enum { STATES_MAX = 8 };
static size_t list_states(const struct ps_track *track, const struct ps_epochs *epochs,
                          struct part time, struct state states[STATES_MAX])
{
    uint32_t clock = track->key.clock;
    struct part shown = time;
    size_t count = 0;
    if (clock == PS_TRACK_CLOCK_LATE && time.e == 0)
        return 0;
    if (clock == PS_TRACK_CLOCK_LATE)
        shown = (struct part){time.e - 1, false};
    else if (clock >= PS_TRACK_CLOCK_STANDS)
        shown = (struct part){clock - PS_TRACK_CLOCK_STANDS, false};
    states[count++] = (struct state){time, shown};
    if (clock == PS_TRACK_CLOCK_AHEAD) {
        int64_t most = last_of(epochs, time) + PS_TRACK_NEAR_S;
        while (next_part(epochs, &shown) && first_of(epochs, shown).s <= most) {
            if (count == STATES_MAX)
                return 0;
            states[count++] = (struct state){time, shown};
        }
    } else if (clock == PS_TRACK_CLOCK_BEHIND) {
        int64_t least = first_of(epochs, time).s - PS_TRACK_NEAR_S;
        while (part_before(&shown) && last_of(epochs, shown) >= least) {
            if (count == STATES_MAX)
                return 0;
            states[count++] = (struct state){time, shown};
        }
    }
    return count;
}

static enum ps_track_answer fill(struct ps_track *track, struct ps_life *life,
                                 const struct ps_life_world *w, uint32_t e, bool begin)
{
    const struct ps_epochs *epochs = &w->tracks->epochs;
    uint32_t *known = begin ? &track->epochs[e].begin : &track->epochs[e].rest;
    struct state states[STATES_MAX];
    uint32_t verdict = 0, other;
    size_t count = list_states(track, epochs, (struct part){e, begin}, states), answered = 0;
    bool differs = count == 0, waits = false;
    for (size_t i = 0; i < count && !differs; i++) {
        enum ps_track_answer answer = ask_state(track, life, w, &states[i], &other);
        waits |= answer == PS_TRACK_WAITS;
        differs = answer == PS_TRACK_ELSEWHERE;
        if (answer != PS_TRACK_KNOWN)
            continue;
        differs = answered++ > 0 && other != verdict;
        verdict = other;
    }
    if (waits && !differs)
        return PS_TRACK_WAITS;
    *known = differs ? PS_TRACK_CUT : verdict + PS_TRACK_FIRST;
    return differs ? PS_TRACK_ELSEWHERE : PS_TRACK_KNOWN;
}

enum ps_track_answer ps_track_ask(struct ps_track *track, struct ps_life *life,
                                  const struct ps_life_world *w, uint32_t e, bool begin,
                                  uint32_t *ret_verdict)
{
    const uint32_t *known = begin ? &track->epochs[e].begin : &track->epochs[e].rest;
    if (*known < PS_TRACK_FIRST) {
        if (*known == PS_TRACK_CUT)
            return PS_TRACK_ELSEWHERE;
        enum ps_track_answer answer = fill(track, life, w, e, begin);
        if (answer != PS_TRACK_KNOWN)
            return answer;
    }
    *ret_verdict = *known - PS_TRACK_FIRST;
    return PS_TRACK_KNOWN;
}

enum ps_track_answer ps_track_end(struct ps_track *track, struct ps_life *life,
                                  const struct ps_life_world *w, uint32_t e, uint32_t *ret_end)
{
    const struct ps_epochs *epochs = &w->tracks->epochs;
    uint32_t known = track->epochs[e].rest, end = track->epochs[e].end;
    bool is_final = (end & PS_TRACK_SO_FAR) == 0;
    *ret_end = end;
    if (end > 0 && is_final)
        return PS_TRACK_KNOWN;
    end = end > 0 ? end & ~PS_TRACK_SO_FAR : e + 1;
    for (; end < epochs->count && track->epochs[end].rest == known; end++) {
        /* Seldom does anybody come by in just that second. */
        if (track->epochs[end].begin == PS_TRACK_UNKNOWN &&
            fill(track, life, w, end, true) == PS_TRACK_WAITS)
            return PS_TRACK_WAITS;
        if (track->epochs[end].begin != known)
            break;
    }
    is_final = end == epochs->count || track->epochs[end].rest != PS_TRACK_UNKNOWN;
    track->epochs[e].end = end | (is_final ? 0 : PS_TRACK_SO_FAR);
    *ret_end = end;
    return PS_TRACK_KNOWN;
}
