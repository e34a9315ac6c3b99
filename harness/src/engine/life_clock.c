/* SPDX-License-Identifier: Apache-2.0
 *
 * The clock of a device in its life: what it depends on of what the device has and of when it had
 * power.
 */
#include "engine/life_private.h"

#include "base/memory.h"

static bool holds_at(const struct ps_world *world, struct ps_target anchor, ps_time t)
{
    if (anchor.kind == PS_TARGET_LEAF) {
        const struct ps_leaf *leaf = &world->leaves[anchor.number];
        return leaf->not_before.s <= t.s && t.s <= leaf->not_after.s;
    }
    const struct ps_certificate_spec *spec = &world->plan->certificates[anchor.number].spec;
    return spec->not_before.s <= t.s && t.s <= spec->not_after.s;
}

/* What it trusts just before it boots; of a time before the scenario, what it was shipped with. */
static uint32_t trust_before(const struct ps_life *life, const struct ps_life_world *w,
                             ps_time booted)
{
    if (life->span_count > 0 && life->spans[0].from.s < booted.s)
        return ps_life_span_at(life, (ps_time){booted.s - 1})->trust;
    ps_time until;
    const struct ps_trust_query query = {
        .device = &life->device,
        .strategy = life->strategy,
        .release = ps_channel_shipped(ps_life_channel(life, w), w->world, &life->device),
        .t = booted,
        .build = life->device.made,
        .loaded = booted};
    return ps_trust_of(w->trusts, w->world, &query, &until);
}

/* NTS is TLS itself: it tells the time to who has an anchor for it that holds when it boots. Which
 * one is the server's choice, so any will do (RFC 8915 section 3). */
static bool is_time_server_trusted(const struct ps_life *life, const struct ps_life_world *w,
                                   ps_time booted)
{
    const struct ps_strategy *strategy = ps_life_strategy(life, w);
    const struct ps_trust_state *trust = ps_trusts_at(w->trusts, trust_before(life, w, booted));
    bool dated = strategy->time.anchor_dates != PS_DATES_IGNORE &&
                 strategy->chain.anchor_form != PS_ANCHOR_FORM_DN_SPKI;
    for (size_t i = 0; i < trust->anchor_count; i++)
        if (!dated || holds_at(w->world, trust->anchors[i], booted))
            return true;
    return false;
}

/* What a clock that stores what it shows has stored at each loss of power. */
static void store_times(struct ps_life *life, const struct ps_life_world *w)
{
    const struct ps_schedule *schedule = life->device.schedule;
    const struct ps_strategy *strategy = ps_life_strategy(life, w);
    if (strategy->time.clock != PS_CLOCK_LAST_KNOWN || !schedule || schedule->blackout_count == 0)
        return;
    life->stored = ps_alloc(schedule->blackout_count, sizeof *life->stored);
    struct ps_clock_since since = ps_clock_since_boot(&life->device, life->device.made);
    for (size_t i = 0; i < schedule->blackout_count; i++) {
        const struct ps_gap *dark = &schedule->blackouts[i];
        since.until = dark->ends;
        const struct ps_clock_loss loss = {dark->begins, dark->ends};
        since = ps_clock_since_power(w->world, &life->device, strategy, &since, &loss);
        life->stored[i] = since.stored;
    }
}

void ps_life_begin_clock(struct ps_life *life, const struct ps_life_world *w)
{
    ps_time until;
    life->first_booted = ps_schedule_booted(&life->device, life->t, &until);
    life->refused_first = ps_life_strategy(life, w)->time.clock == PS_CLOCK_NTS &&
                          !is_time_server_trusted(life, w, life->first_booted);
    store_times(life, w);
}

/* What the device stored before it booted at `booted`, which is not its first time. */
static ps_time stored_at(const struct ps_life *life, ps_time booted)
{
    const struct ps_gap *blackouts = life->device.schedule->blackouts;
    size_t low = 0, high = life->device.schedule->blackout_count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (blackouts[middle].ends.s <= booted.s)
            low = middle;
        else
            high = middle;
    }
    return life->stored[low];
}

struct ps_device_clock ps_life_clock(const struct ps_life *life, const struct ps_life_world *w,
                                     ps_time build, ps_time t)
{
    const struct ps_strategy *strategy = ps_life_strategy(life, w);
    struct ps_clock_since since = ps_clock_since_boot(&life->device, build);
    since.booted = ps_schedule_booted(&life->device, t, &since.until);
    if (life->stored && since.booted.s > life->device.boot.s)
        since.stored = stored_at(life, since.booted);
    if (strategy->time.clock == PS_CLOCK_NTS)
        since.refused = since.booted.s == life->first_booted.s
                            ? life->refused_first
                            : !is_time_server_trusted(life, w, since.booted);
    return ps_device_clock(w->world, &life->device, strategy, &since, t);
}
