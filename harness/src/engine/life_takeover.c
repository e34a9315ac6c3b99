/* SPDX-License-Identifier: Apache-2.0
 *
 * Takeovers. Whether a life ends in one is known only when its trust is, so it is rehearsed: lived
 * to its end without being counted, then walked with each attack that can take a device over. An
 * attacker is met where the device makes a contact by itself, at the seconds of the rehearsal's
 * contacts and polls; the earliest takeover counts, and the life is lived again up to there.
 */
#include "engine/life_private.h"

#include "base/memory.h"
#include "engine/attack.h"
#include "engine/invariants/invariants.h"

bool ps_life_may_be_taken(const struct ps_life_world *w)
{
    const struct ps_plan *plan = w->world->plan;
    for (size_t i = 0; i < plan->threat_count; i++)
        if (ps_attack_takes_over(plan->threats[i].attack) && !plan->threats[i].inapplicable)
            return true;
    return false;
}

ps_time ps_life_genuine_end(const struct ps_life *life, ps_time t)
{
    return ps_earlier(t, ps_earlier(life->end, life->taken));
}

void ps_life_note_run(struct ps_life *life, const struct ps_life_stretch *stretch)
{
    struct ps_life_run run = {stretch->slot, stretch->step, stretch->count, life->held};
    if (life->rehearsing)
        PS_PUSH(life->runs, life->run_count, life->run_capacity, run);
}

/* Told about every stretch of a rehearsal in place of the replay, which would audit it. */
static void use_unnoticed(struct ps_chunk *chunk, struct ps_life *life,
                          const struct ps_contact_spec *spec, uint32_t verdict, ps_time first,
                          ps_duration step, uint64_t count)
{
    (void)chunk;
    (void)life;
    (void)spec;
    (void)verdict;
    (void)first;
    (void)step;
    (void)count;
}

/* The contacts of the rehearsal are known from then on. */
static void begin_again(struct ps_life *life, const struct ps_life_world *w)
{
    ps_time taken = life->taken;
    struct ps_device device = ps_device_share(&life->device);
    uint32_t strategy = life->strategy, taken_by = life->taken_by;
    struct ps_life_run *runs = life->runs;
    size_t run_count = life->run_count;
    life->runs = NULL;
    ps_life_deinit(life);
    ps_life_init(life, w, strategy, &device);
    ps_device_deinit(&device);
    life->rehearsing = false;
    life->taken = taken;
    life->taken_by = taken_by;
    life->runs = runs;
    life->run_count = run_count;
    if (taken.s != PS_TIME_NEVER.s)
        life->end.s = taken.s + 1;
}

enum ps_life_step ps_life_rehearse(struct ps_life *life, const struct ps_life_world *w)
{
    struct ps_life_world unnoticed = *w;
    unnoticed.used = use_unnoticed;
    if (life->phase == PS_LIFE_REACH) /* its outcome is of no interest */
        ps_life_begin_exposure(life);
    if (life->phase == PS_LIFE_OVER) {
        begin_again(life, w);
        return PS_LIFE_GOES_ON;
    }
    return ps_life_step_phase(life, &unnoticed, w->scratch);
}

/* Of the slots first, first + step, ... up to and with last: the first at or after `from`. */
static int64_t first_of(int64_t first, int64_t step, int64_t last, int64_t from)
{
    int64_t at = first;
    if (from > first)
        at += (from - first + step - 1) / step * step;
    return at <= last ? at : PS_TIME_NEVER.s;
}

static int64_t last_of(const struct ps_life_run *run)
{
    return run->first.s + (int64_t)(run->count - 1) * run->step;
}

static void take(struct ps_life *life, int64_t at, ps_time until)
{
    if (life->rehearsing && at < until.s && at < life->taken.s) {
        life->taken.s = at;
        life->taken_by = life->threat;
    }
}

ps_time ps_life_contact_after(const struct ps_life *life, ps_time from)
{
    for (size_t i = 0; i < life->run_count; i++) {
        ps_time at = PS_TIME_NEVER;
        if (!life->runs[i].held)
            at = ps_life_run_from(life, &life->runs[i], from);
        if (at.s != PS_TIME_NEVER.s)
            return at;
    }
    return PS_TIME_NEVER;
}

void ps_life_meet_attack(struct ps_life *life, ps_time from, ps_time until)
{
    take(life, ps_life_contact_after(life, from).s, until);
}

void ps_life_meet_attack_at_poll(struct ps_life *life, const struct ps_life_world *w, ps_time from,
                                 ps_time until)
{
    int64_t interval = ps_life_channel(life, w)->poll.s;
    int64_t next = life->device.first_slot.s;
    for (size_t i = 0; i < life->run_count; i++) {
        const struct ps_life_run *run = &life->runs[i];
        int64_t last = last_of(run), poll = first_of(run->first.s, run->step, last, next);
        if (poll == PS_TIME_NEVER.s)
            continue;
        int64_t step = interval <= run->step ? run->step : ps_round_up(interval, run->step);
        const struct ps_life_run polls = {
            .first = {poll}, .step = step, .count = (uint64_t)((last - poll) / step) + 1};
        ps_time met = ps_life_run_from(life, &polls, from);
        if (met.s != PS_TIME_NEVER.s) {
            take(life, met.s, until);
            return;
        }
        next = poll + (last - poll) / step * step + interval;
    }
}

void ps_life_note_taken(struct ps_life *life, const struct ps_life_world *w, struct ps_tally *tally)
{
    ps_time end = ps_earlier(w->world->plan->until, life->device.retired);
    ps_tally_interval(tally, w->samples, life->taken, end, false);
    ps_life_watch_state(life, w, PS_DEVICE_TAKEN_OVER, life->taken, end);
    if (!life->was_dark)
        life->first_dark = life->taken;
}
