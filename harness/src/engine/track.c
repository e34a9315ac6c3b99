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

void ps_tracks_free(struct ps_tracks *tracks)
{
    if (!tracks)
        return;
    for (uint32_t i = 0; i < tracks->tracks.count; i++) {
        struct ps_track *track = ps_steady_at(&tracks->tracks, i, sizeof *track);
        free(track->begin);
        free(track->rest);
        free(track->ends);
    }
    for (uint32_t i = 0; i < tracks->sets.count; i++)
        free(((struct ps_track_set *)ps_steady_at(&tracks->sets, i, sizeof(struct ps_track_set)))
                 ->probes);
    ps_steady_deinit(&tracks->sets);
    ps_intern_deinit(&tracks->set_index);
    ps_steady_deinit(&tracks->tracks);
    ps_steady_deinit(&tracks->trusts);
    ps_intern_deinit(&tracks->index);
    ps_intern_deinit(&tracks->trust_index);
    ps_epochs_deinit(&tracks->epochs);
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
    track->begin = ps_alloc(tracks->epochs.count, sizeof *track->begin);
    track->rest = ps_alloc(tracks->epochs.count, sizeof *track->rest);
    track->ends = ps_alloc(tracks->epochs.count, sizeof *track->ends);
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
    set->probes = ps_alloc(tracks->threat_count + 1, sizeof(struct ps_track *));
    return set;
}

struct ps_track_trust *ps_tracks_trust(struct ps_tracks *tracks,
                                       const struct ps_track_trust_key *key)
{
    bool is_new;
    uint32_t number = ps_intern(&tracks->trust_index, key, sizeof *key, &is_new);
    if (is_new)
        return ps_steady_add(&tracks->trusts, sizeof(struct ps_track_trust));
    return ps_steady_at(&tracks->trusts, number, sizeof(struct ps_track_trust));
}

/* Asks at the first second of the part, as a life of any device would. */
static enum ps_track_answer fill(struct ps_track *track, struct ps_life *life,
                                 const struct ps_life_world *w, uint32_t e, bool begin)
{
    const struct ps_epochs *epochs = &w->tracks->epochs;
    uint32_t *known = begin ? &track->begin[e] : &track->rest[e];
    ps_time at = {epochs->at[e].s + (begin ? 0 : 1)}, until;
    struct ps_contact_spec spec;
    uint32_t verdict;
    ps_life_spec_of_track(life, w, &track->key, at, &spec, &until);
    if (!begin && until.s < epochs->at[e + 1].s && until.s < w->world->plan->until.s) {
        *known = PS_TRACK_CUT;
        return PS_TRACK_ELSEWHERE;
    }
    if (!w->ask(w->chunk, life, &spec, &verdict))
        return PS_TRACK_WAITS;
    *known = verdict + PS_TRACK_FIRST;
    return PS_TRACK_KNOWN;
}

enum ps_track_answer ps_track_ask(struct ps_track *track, struct ps_life *life,
                                  const struct ps_life_world *w, uint32_t e, bool begin,
                                  uint32_t *ret_verdict)
{
    const uint32_t *known = begin ? &track->begin[e] : &track->rest[e];
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
    uint32_t known = track->rest[e], end = e + 1;
    *ret_end = track->ends[e];
    if (*ret_end > 0)
        return PS_TRACK_KNOWN;
    for (; end < epochs->count && track->rest[end] == known; end++) {
        /* Seldom does anybody come by in just that second. */
        if (track->begin[end] == PS_TRACK_UNKNOWN &&
            fill(track, life, w, end, true) == PS_TRACK_WAITS)
            return PS_TRACK_WAITS;
        if (track->begin[end] != known)
            break;
    }
    if (end == epochs->count || track->rest[end] != PS_TRACK_UNKNOWN)
        track->ends[e] = end;
    *ret_end = end;
    return PS_TRACK_KNOWN;
}
