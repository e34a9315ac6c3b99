/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/life_private.h"

static void next_threat(struct ps_life *life, struct ps_tally *tally)
{
    tally->exposures[life->threat].device_seconds += life->exposed_s;
    tally->exposures[life->threat].devices += life->exposed_s > 0;
    life->exposed_s = 0;
    life->walk = life->device.first_contact;
    life->threat++;
    life->answers[PS_ROLE_PROBE].known = false;
}

/* X01 and X02 decide who is ranked, so they are probed over the whole life; what counts as exposure
 * is what lies in the threat's window. */
static bool decides_rank(enum ps_attack attack)
{
    return attack == PS_ATTACK_X01 || attack == PS_ATTACK_X02;
}

static void note_accepted(struct ps_life *life, const struct ps_plan_threat *threat, ps_time until,
                          struct ps_tally *tally)
{
    int64_t from = life->walk.s > threat->from.s ? life->walk.s : threat->from.s;
    int64_t end = ps_earlier(until, threat->until).s;
    if (end > from)
        life->exposed_s += (uint64_t)(end - from);
    tally->accepts[threat->attack] = true;
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
        end = ps_earlier(threat->until, end);
        if (life->walk.s < threat->from.s)
            life->walk = threat->from;
    }
    if (threat->inapplicable || life->walk.s >= end.s) {
        next_threat(life, tally);
        return PS_LIFE_GOES_ON;
    }
    struct ps_contact_spec spec;
    ps_time until;
    ps_life_spec(life, w, PS_ROLE_PROBE, life->walk, &spec, &until);
    until = ps_earlier(ps_earlier(until, end), ps_life_span_end(life, life->walk));
    uint32_t verdict;
    if (!w->ask(w->replay, life, &spec, &verdict))
        return PS_LIFE_WAITS;
    uint64_t seconds = (uint64_t)(until.s - life->walk.s);
    w->used(w->replay, life, &spec, verdict, life->walk, (ps_duration){1}, seconds);
    if (w->accepted(w->replay, verdict))
        note_accepted(life, threat, until, tally);
    life->walk = until;
    life->stretch++;
    return PS_LIFE_GOES_ON;
}
