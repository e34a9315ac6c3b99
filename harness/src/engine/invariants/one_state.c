/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/invariants/one_state.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "engine/epochs.h"

static const char *const state_texts[PS_DEVICE_STATE_COUNT] = {
#define X(name, meaning) meaning,
    PS_DEVICE_STATES(X)
#undef X
};

void ps_states_init(struct ps_states *states, const struct ps_world *world)
{
    const struct ps_plan *plan = world->plan;
    struct ps_epochs epochs;
    ps_epochs_init(&epochs, world);
    *states = (struct ps_states){.from = plan->from,
                                 .until = plan->until,
                                 .strategy_count = plan->strategy_count,
                                 .at = ps_alloc(epochs.count + 1, sizeof(ps_time))};
    states->at[states->epoch_count++] = plan->from;
    for (uint32_t e = 0; e < epochs.count; e++)
        if (epochs.at[e].s > plan->from.s && epochs.at[e].s < plan->until.s)
            states->at[states->epoch_count++] = epochs.at[e];
    ps_epochs_deinit(&epochs);
    size_t rows = plan->strategy_count * PS_DEVICE_STATE_COUNT;
    states->differences = ps_alloc(rows * (states->epoch_count + 1) + 1, sizeof(int64_t));
    states->lives = ps_alloc(plan->strategy_count + 1, sizeof *states->lives);
}

void ps_states_deinit(struct ps_states *states)
{
    free(states->at);
    free(states->differences);
    free(states->lives);
    memset(states, 0, sizeof *states);
}

void ps_states_reset(struct ps_states *states)
{
    size_t rows = states->strategy_count * PS_DEVICE_STATE_COUNT;
    memset(states->differences, 0, rows * (states->epoch_count + 1) * sizeof *states->differences);
    memset(states->lives, 0, states->strategy_count * sizeof *states->lives);
}

static int64_t *row_of(const struct ps_states *states, uint32_t strategy,
                       enum ps_device_state state)
{
    size_t row = strategy * (size_t)PS_DEVICE_STATE_COUNT + (size_t)state;
    return &states->differences[row * (states->epoch_count + 1)];
}

/* The first epoch that begins at or after `t`. */
static size_t epoch_from(const struct ps_states *states, ps_time t)
{
    size_t low = 0, high = states->epoch_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (states->at[middle].s < t.s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void count(struct ps_states *states, const struct ps_states_stretch *stretch)
{
    int64_t *row = row_of(states, stretch->strategy, stretch->state);
    if (stretch->until.s <= stretch->from.s)
        return;
    row[epoch_from(states, stretch->from)]++;
    row[epoch_from(states, stretch->until)]--;
}

ps_status ps_states_add(struct ps_states *states, struct ps_watched *watched,
                        const struct ps_states_stretch *stretch, struct ps_error *err)
{
    char from[PS_TIME_TEXT_MAX], until[PS_TIME_TEXT_MAX];
    if (!watched->has_state)
        watched->known_from = watched->known_until = stretch->from;
    watched->has_state = true;
    if (stretch->from.s != watched->known_until.s)
        return ps_fail(err, PS_FAILED, "it is in %s state between %s and %s (then: %s)",
                       stretch->from.s > watched->known_until.s ? "no" : "more than one",
                       ps_time_format(watched->known_until, until),
                       ps_time_format(stretch->from, from), state_texts[stretch->state]);
    if (stretch->until.s < stretch->from.s)
        return ps_fail(err, PS_FAILED, "it is %s from %s until before that, %s",
                       state_texts[stretch->state], ps_time_format(stretch->from, from),
                       ps_time_format(stretch->until, until));
    watched->known_until = stretch->until;
    count(states, stretch);
    return PS_OK;
}

static ps_time within(ps_time t, ps_time low, ps_time high)
{
    if (t.s < low.s)
        return low;
    return t.s > high.s ? high : t;
}

ps_status ps_states_end(struct ps_states *states, struct ps_watched *watched,
                        const struct ps_device *device, uint32_t strategy, struct ps_error *err)
{
    ps_time end = within(device->retired, states->from, states->until);
    ps_time first = watched->has_state ? watched->known_from : end;
    ps_time boot = within(device->boot, states->from, first);
    char known[PS_TIME_TEXT_MAX], wanted[PS_TIME_TEXT_MAX];
    if (watched->has_state && first.s != device->first_contact.s)
        return ps_fail(err, PS_FAILED, "its states begin at %s, its contacts at %s",
                       ps_time_format(first, known), ps_time_format(device->first_contact, wanted));
    if (watched->has_state && watched->known_until.s != end.s)
        return ps_fail(err, PS_FAILED, "its states end at %s, its life at %s",
                       ps_time_format(watched->known_until, known), ps_time_format(end, wanted));
    const struct ps_states_stretch rest[] = {
        {strategy, PS_DEVICE_NOT_BOOTED, states->from, boot},
        {strategy, PS_DEVICE_WAITING, boot, first},
        {strategy, PS_DEVICE_RETIRED, end, states->until},
    };
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++)
        count(states, &rest[i]);
    states->lives[strategy]++;
    return PS_OK;
}

static ps_status check_strategy(const struct ps_states *states, uint32_t strategy, uint64_t devices,
                                struct ps_error *err)
{
    int64_t now[PS_DEVICE_STATE_COUNT] = {0};
    char at[PS_TIME_TEXT_MAX];
    for (size_t e = 0; e < states->epoch_count; e++) {
        int64_t sum = 0;
        for (int s = 0; s < PS_DEVICE_STATE_COUNT; s++) {
            now[s] += row_of(states, strategy, (enum ps_device_state)s)[e];
            sum += now[s];
            if (now[s] < 0)
                return ps_fail(err, PS_FAILED, "at %s %" PRId64 " devices are %s",
                               ps_time_format(states->at[e], at), now[s], state_texts[s]);
        }
        if ((uint64_t)sum != devices)
            return ps_fail(err, PS_FAILED,
                           "at %s the states sum up to %" PRId64 " of %" PRIu64 " devices",
                           ps_time_format(states->at[e], at), sum, devices);
    }
    return PS_OK;
}

ps_status ps_states_check(const struct ps_states *states, uint64_t devices, struct ps_error *err)
{
    for (uint32_t k = 0; k < states->strategy_count; k++) {
        if (states->lives[k] == 0)
            continue;
        if (states->lives[k] != devices)
            return ps_fail(err, PS_FAILED, "%" PRIu64 " of %" PRIu64 " devices were lived",
                           states->lives[k], devices);
        PS_TRY(check_strategy(states, k, devices, err));
    }
    return PS_OK;
}
