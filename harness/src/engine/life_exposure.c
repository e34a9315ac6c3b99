/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/life_plain.h"

#include <string.h>
#include "base/memory.h"
#include "engine/attack.h"
#include "engine/invariants/invariants.h"

static const struct ps_life_probe no_probe;

void ps_life_begin_exposure(struct ps_life *life)
{
    life->phase = PS_LIFE_EXPOSURE;
    life->threat = 0;
    life->walk = life->device.first_contact;
    life->exposed_s = 0;
    life->sighted = PS_TIME_NEVER;
}

static void next_threat(struct ps_life *life, const struct ps_life_world *w, struct ps_tally *tally)
{
    ps_life_watch_exposed(life, w);
    tally->exposures[life->threat].device_seconds += life->exposed_s;
    tally->exposures[life->threat].devices += life->exposed_s > 0;
    life->exposed_s = 0;
    life->walk = life->device.first_contact;
    life->sighted = PS_TIME_NEVER;
    life->threat++;
    life->answers[PS_ROLE_PROBE].known = false;
}

/* X01 and X02 decide who is ranked, so they are probed over the whole life; what counts as exposure
 * is what lies in the threat's window. */
static bool decides_rank(enum ps_attack attack)
{
    return attack == PS_ATTACK_X01 || attack == PS_ATTACK_X02;
}

/* A clock that keeps what it showed is ahead for good once it was set. */
static ps_time threat_end(const struct ps_life *life, const struct ps_life_world *w,
                          const struct ps_plan_threat *threat)
{
    bool lasts = threat->attack == PS_ATTACK_U11 &&
                 ps_life_strategy(life, w)->time.clock == PS_CLOCK_LAST_KNOWN;
    return lasts ? life->end : threat->until;
}

void ps_life_note_accepted(struct ps_life *life, const struct ps_life_world *w, ps_time until,
                           struct ps_tally *tally)
{
    const struct ps_plan_threat *threat = &w->world->plan->threats[life->threat];
    int64_t from = life->walk.s > threat->from.s ? life->walk.s : threat->from.s;
    int64_t end = ps_earlier(until, threat_end(life, w, threat)).s;
    if (end > from) {
        life->exposed_s +=
            ps_schedule_online_s(life->device.schedule, (ps_time){from}, (ps_time){end});
        ps_life_tell(life, w, PS_NEWS_EXPOSED, (ps_time){from}, life->threat);
        ps_life_tell(life, w, PS_NEWS_SAFE, (ps_time){end}, life->threat);
    }
    tally->accepts[threat->attack] = true;
}

struct ps_life_answer *ps_life_answer_of(struct ps_life *life, const struct ps_contact_spec *spec)
{
    return spec->way == 0 ? &life->answers[spec->role] : &life->ways[spec->way - 1].answer;
}

bool ps_life_accepts(struct ps_life_look *look, enum ps_contact_role role,
                     const struct ps_life_probe *probe)
{
    struct ps_life *life = look->life;
    if (look->waits)
        return false;
    size_t before = life->way_capacity;
    life->ways = ps_grow(life->ways, &life->way_capacity, look->count + 1, sizeof *life->ways);
    memset(life->ways + before, 0, (life->way_capacity - before) * sizeof *life->ways);
    struct ps_life_way *way = &life->ways[look->count++];
    way->probe = *probe;
    bool several = ps_attack_is_of_channel(look->w->world->plan->threats[life->threat].attack) ||
                   look->count > 1;
    way->probe.way = several ? (uint32_t)look->count : 0;
    way->role = role;
    ps_time until;
    life->probe = way->probe;
    ps_life_spec(life, look->w, role, look->t, &look->last, &until);
    life->probe = no_probe;
    look->until = ps_earlier(look->until, until);
    if (!look->w->ask(look->w->chunk, life, &look->last, &way->verdict)) {
        look->waits = true;
        return false;
    }
    bool accepted = look->w->accepted(look->w->chunk, way->verdict);
    ps_life_watch_probe(life, look->w, accepted);
    return accepted;
}

static void note_used(const struct ps_life_look *look)
{
    struct ps_life *life = look->life;
    uint64_t seconds = (uint64_t)(look->until.s - look->t.s);
    for (size_t i = 0; i < look->count; i++) {
        struct ps_contact_spec spec = look->last;
        ps_time until;
        life->probe = life->ways[i].probe;
        if (i + 1 < look->count)
            ps_life_spec(life, look->w, life->ways[i].role, look->t, &spec, &until);
        look->w->used(look->w->chunk, life, &spec, life->ways[i].verdict, look->t, (ps_duration){1},
                      seconds);
        life->stretch++;
    }
    life->probe = no_probe;
}

/* Where a fallback applies to all contacts, what its trust accepts is accepted. */
static bool accepts_any(struct ps_life_look *look, struct ps_life_probe probe)
{
    ps_time until;
    if (ps_life_accepts(look, PS_ROLE_PROBE, &probe))
        return true;
    const struct ps_fallback *fallback = ps_life_fallback_at(look->life, look->w, look->t, &until);
    look->until = ps_earlier(look->until, until);
    if (!fallback || fallback->scope != PS_FALLBACK_ALL)
        return false;
    probe.other = fallback->strategy + 1;
    return ps_life_accepts(look, PS_ROLE_PROBE, &probe);
}

static enum ps_life_effect effect_of(struct ps_life_look *look, enum ps_attack attack)
{
    if (ps_attack_is_of_channel(attack))
        return ps_life_channel_effect(look);
    const struct ps_life_probe probe = {.threat = look->life->threat};
    return accepts_any(look, probe) ? PS_EFFECT_EXPOSED : PS_EFFECT_NONE;
}

/* In a rehearsal only what can take the device over is looked at. */
static bool is_skipped(const struct ps_life *life, const struct ps_plan_threat *threat)
{
    return threat->inapplicable || (life->rehearsing && !ps_attack_takes_over(threat->attack));
}

enum ps_life_step ps_life_step_exposure(struct ps_life *life, const struct ps_life_world *w,
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
        end = ps_earlier(threat_end(life, w, threat), end);
        if (life->walk.s < threat->from.s)
            life->walk = threat->from;
    }
    if (is_skipped(life, threat) || life->walk.s >= end.s) {
        next_threat(life, w, tally);
        return PS_LIFE_GOES_ON;
    }
    enum ps_track_answer plain = PS_TRACK_ELSEWHERE;
    if (!ps_attack_is_of_channel(threat->attack))
        plain = ps_life_walk_plain(life, w, tally, end);
    if (plain != PS_TRACK_ELSEWHERE)
        return plain == PS_TRACK_WAITS ? PS_LIFE_WAITS : PS_LIFE_GOES_ON;
    struct ps_life_look look = {.life = life,
                                .w = w,
                                .t = life->walk,
                                .until = ps_earlier(end, ps_life_span_end(life, life->walk))};
    enum ps_life_effect effect = effect_of(&look, threat->attack);
    if (look.waits)
        return PS_LIFE_WAITS;
    note_used(&look);
    if (effect != PS_EFFECT_NONE)
        ps_life_note_accepted(life, w, look.until, tally);
    if (effect == PS_EFFECT_TAKEN_AT_CONTACT)
        ps_life_meet_attack(life, look.t, look.until);
    if (effect == PS_EFFECT_TAKEN_AT_POLL)
        ps_life_meet_attack_at_poll(life, w, look.t, look.until);
    life->walk = look.until;
    return PS_LIFE_GOES_ON;
}
