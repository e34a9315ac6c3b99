/* SPDX-License-Identifier: Apache-2.0 */
#include "simulation/device_facts.h"

#include <inttypes.h>
#include <stdarg.h>
#include "engine/clock.h"
#include "engine/schedule.h"

enum { FACTS_MAX = 16 };

#define X(name, text, meaning) {text, meaning},
static const struct {
    const char *text, *meaning;
} clocks[] = {PS_CLOCKS(X)}, channels[] = {PS_UPDATE_CHANNELS(X)};
#undef X
#define X(name, text, meaning) text,
static const char *const past_2038[] = {PS_PAST_2038S(X)};
#undef X

static void begin(struct ps_device_facts *facts)
{
    facts->facts = ps_arena_alloc(facts->arena, FACTS_MAX, sizeof *facts->facts);
    facts->count = 0;
}

static void add(struct ps_device_facts *facts, const char *word, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static void add(struct ps_device_facts *facts, const char *word, const char *format, ...)
{
    struct ps_text text = {0};
    va_list args;
    va_start(args, format);
    ps_text_vadd(&text, format, args);
    va_end(args);
    facts->facts[facts->count++] =
        (struct ps_told_fact){word, ps_arena_strdup(facts->arena, ps_text_chars(&text))};
    ps_text_deinit(&text);
}

static void add_power(struct ps_device_facts *facts, const struct ps_device *device)
{
    const struct ps_plan *plan = facts->world->plan;
    char boot[PS_TIME_TEXT_MAX], shelf[PS_TIME_TEXT_MAX];
    ps_duration lay = {device->boot.s - device->made.s};
    add(facts, "power", "first at %s, after %s on a shelf%s", ps_time_format(device->boot, boot),
        ps_duration_format_rough(lay, shelf),
        device->boot.s >= plan->until.s ? ": after the scenario's end"
        : device->boot.s < plan->from.s ? "; the scenario begins later"
                                        : "");
}

static void add_contacts(struct ps_device_facts *facts, const struct ps_device *device)
{
    const struct ps_plan_cohort *cohort = &facts->world->plan->cohorts[device->cohort];
    char first[PS_TIME_TEXT_MAX], every[PS_TIME_TEXT_MAX], session[PS_TIME_TEXT_MAX];
    if (!ps_device_boots(facts->world, device)) {
        add(facts, "calls", "never within the scenario");
        return;
    }
    bool for_good = cohort->session.s == PS_SESSION_UNTIL_REBOOT.s;
    add(facts, "calls", "first in the scenario at %s, then every %s; a session is held %s%s",
        ps_time_format(device->first_contact, first), ps_duration_format(cohort->every, every),
        for_good ? "until something ends it" : "for ",
        for_good ? "" : ps_duration_format(cohort->session, session));
}

/* Times without power or network: how many within the scenario, and which is the first. */
struct absences {
    const struct ps_gap *first;
    size_t count;
    ps_duration sum;
};

static struct absences absences_of(const struct ps_plan *plan, const struct ps_gap *gaps,
                                   size_t count)
{
    struct absences found = {0};
    for (size_t i = 0; i < count; i++) {
        if (gaps[i].ends.s <= plan->from.s || gaps[i].begins.s >= plan->until.s ||
            gaps[i].ends.s == gaps[i].begins.s)
            continue;
        found.first = found.first ? found.first : &gaps[i];
        found.sum.s += gaps[i].ends.s - gaps[i].begins.s;
        found.count++;
    }
    return found;
}

static void add_absences(struct ps_device_facts *facts, const char *word, const struct absences *a)
{
    char from[PS_TIME_TEXT_MAX], until[PS_TIME_TEXT_MAX], all[PS_TIME_TEXT_MAX];
    if (a->count > 0)
        add(facts, word, "%zu time%s in the scenario, %s in all, first from %s to %s", a->count,
            a->count == 1 ? "" : "s", ps_duration_format_rough(a->sum, all),
            ps_time_format(a->first->begins, from), ps_time_format(a->first->ends, until));
}

static void add_schedule(struct ps_device_facts *facts, const struct ps_schedule *schedule)
{
    const struct ps_plan *plan = facts->world->plan;
    char most[PS_TIME_TEXT_MAX];
    if (!schedule)
        return;
    if (schedule->jitter_s > 0)
        add(facts, "jitter", "up to %s behind each of these times",
            ps_duration_format((ps_duration){schedule->jitter_s}, most));
    struct absences absent = absences_of(plan, schedule->gaps, schedule->gap_count),
                    unpowered = absences_of(plan, schedule->blackouts, schedule->blackout_count);
    /* Who has no power is not there, either: where nothing else keeps it away, that is said once.
     */
    if (absent.count != unpowered.count || absent.sum.s != unpowered.sum.s)
        add_absences(facts, "absent", &absent);
    add_absences(facts, "no power", &unpowered);
}

/* The network fails at some power-ups, and at others it tells the time. */
static void add_network(struct ps_device_facts *facts, const struct ps_device *device)
{
    const struct ps_schedule *schedule = device->schedule;
    size_t fails = ps_device_told(facts->world, device, device->boot).s == PS_TIME_NEVER.s;
    size_t powers = 1 + (schedule ? schedule->blackout_count : 0);
    char text[PS_TIME_TEXT_MAX];
    if (device->synchronised.s == PS_TIME_NEVER.s) {
        add(facts, "network", "lets no time through");
        return;
    }
    for (size_t i = 0; i + 1 < powers; i++)
        fails +=
            ps_device_told(facts->world, device, schedule->blackouts[i].ends).s == PS_TIME_NEVER.s;
    ps_duration delay = {device->synchronised.s - device->boot.s};
    if (fails > 0)
        add(facts, "network", "tells it the time %s after a power-up, but not after %zu of %zu",
            ps_duration_format(delay, text), fails, powers);
    else if (powers > 1)
        add(facts, "network", "tells it the time %s after each power-up",
            ps_duration_format(delay, text));
    else
        add(facts, "network", "tells it the time from %s on",
            ps_time_format(device->synchronised, text));
}

static void add_clock_faults(struct ps_device_facts *facts, const struct ps_clock_faults *faults)
{
    char text[PS_TIME_TEXT_MAX];
    if (faults->battery_empty.s != PS_TIME_NEVER.s)
        add(facts, "battery", "of its clock is empty from %s on",
            ps_time_format(faults->battery_empty, text));
    if (faults->fast_ppm != 0)
        add(facts, "drift", "%" PRId32 " millionths, %s",
            faults->fast_ppm < 0 ? -faults->fast_ppm : faults->fast_ppm,
            faults->fast_ppm < 0 ? "slow" : "fast");
    if (faults->behind.s != 0)
        add(facts, "set", "%s behind, if it has a battery",
            ps_duration_format(faults->behind, text));
    if (faults->ahead.s != 0 && faults->ahead_until.s != PS_TIME_ALWAYS.s)
        add(facts, "ahead", "is set or told a time that is %s ahead",
            ps_duration_format(faults->ahead, text));
    if (faults->past_2038 != PS_PAST_2038_RUNS)
        add(facts, "2038", "its clock %s", past_2038[faults->past_2038]);
}

void ps_device_facts_draws(struct ps_device_facts *facts, const struct ps_device *device)
{
    const struct ps_plan *plan = facts->world->plan;
    char text[PS_TIME_TEXT_MAX];
    begin(facts);
    add(facts, "made", "%s", ps_time_format(device->made, text));
    add_power(facts, device);
    add_contacts(facts, device);
    add_schedule(facts, device->schedule);
    if (device->retired.s == PS_TIME_NEVER.s)
        add(facts, "retired", "never");
    else
        add(facts, "retired", "%s%s", ps_time_format(device->retired, text),
            device->retired.s >= plan->until.s ? ", after the scenario's end" : "");
    if (plan->regions > 1)
        add(facts, "region", "%" PRIu32 " of %" PRIu32, device->stage.region + 1, plan->regions);
    add_network(facts, device);
    add_clock_faults(facts, &device->clock);
}

void ps_device_facts_under(struct ps_device_facts *facts, uint32_t strategy)
{
    const struct ps_strategy *s = &facts->world->plan->strategies[strategy];
    char poll[PS_TIME_TEXT_MAX];
    begin(facts);
    add(facts, "clock", "%s (%s)", clocks[s->time.clock].text, clocks[s->time.clock].meaning);
    add(facts, "updates", "%s (%s)", channels[s->update.channel].text,
        channels[s->update.channel].meaning);
    if (s->update.poll.s > 0 && s->update.channel != PS_UPDATE_NONE)
        add(facts, "asks", "for updates every %s at most",
            ps_duration_format(s->update.poll, poll));
    for (size_t i = 0; i < s->fallback_count && facts->count < FACTS_MAX; i++)
        add(facts, "fallback", "%s, after %" PRIu32 " failures", s->fallback[i].to,
            s->fallback[i].failures);
}
