/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/clock.h"

enum { MILLION = 1000000 };
static const int64_t overflow = INT64_C(1) << 31, turn = INT64_C(1) << 32;

/* ---- what chance decides ---- */

static uint64_t draw(const struct ps_world *world, const struct ps_device *device,
                     enum ps_purpose purpose)
{
    return ps_random_u64(world->seed, device->subject, purpose, 0);
}

static void draw_wrong(const struct ps_world *world, const struct ps_plan_clock *plan,
                       struct ps_device *device)
{
    struct ps_clock_faults *faults = &device->clock;
    if (ps_random_hit(draw(world, device, PS_PURPOSE_CLOCK_AHEAD), plan->ahead)) {
        faults->ahead =
            ps_distribution_draw(&plan->ahead_by, draw(world, device, PS_PURPOSE_CLOCK_AHEAD_BY));
        faults->ahead_until = PS_TIME_NEVER;
        if (plan->ahead_ends)
            faults->ahead_until.s =
                device->boot.s +
                ps_distribution_draw(&plan->ahead_lasts,
                                     draw(world, device, PS_PURPOSE_CLOCK_AHEAD_LASTS))
                    .s;
    } else if (ps_random_hit(draw(world, device, PS_PURPOSE_CLOCK_BEHIND), plan->behind)) {
        faults->behind =
            ps_distribution_draw(&plan->behind_by, draw(world, device, PS_PURPOSE_CLOCK_BEHIND_BY));
    }
}

void ps_device_draw_clock(const struct ps_world *world, struct ps_device *device)
{
    const struct ps_plan_cohort *cohort = &world->plan->cohorts[device->cohort];
    const struct ps_plan_clock *plan = &cohort->clock;
    struct ps_clock_faults faults = {.battery_empty = PS_TIME_NEVER,
                                     .ahead_until = PS_TIME_ALWAYS,
                                     .fast_ppm = plan->fast_min_ppm,
                                     .past_2038 = plan->past_2038};
    if (plan->has_battery)
        faults.battery_empty.s =
            device->made.s +
            ps_distribution_draw(&plan->battery, draw(world, device, PS_PURPOSE_CLOCK_BATTERY)).s;
    if (plan->fast_max_ppm > plan->fast_min_ppm)
        faults.fast_ppm +=
            (int32_t)ps_random_below(draw(world, device, PS_PURPOSE_CLOCK_DRIFT),
                                     (uint64_t)(plan->fast_max_ppm - plan->fast_min_ppm) + 1);
    device->clock = faults;
    draw_wrong(world, plan, device);
}

/* A draw for each power-up: numbered by its minute, for a device has few of them. */
static bool network_fails(const struct ps_world *world, const struct ps_device *device,
                          ps_time booted)
{
    ps_share fails = world->plan->cohorts[device->cohort].ntp_fails;
    uint32_t n = (uint32_t)((booted.s - device->boot.s) / 60) & 0xffffff;
    return fails.ppm > 0 &&
           ps_random_hit(ps_random_u64(world->seed, device->subject, PS_PURPOSE_NTP_FAILS, n),
                         fails);
}

/* ---- the line ---- */

/* Rounded down; the divisor is positive. */
static int64_t floored(int64_t dividend, int64_t divisor)
{
    return dividend / divisor - (dividend % divisor < 0);
}

static int64_t ceiled(int64_t dividend, int64_t divisor)
{
    return -floored(-dividend, divisor);
}

ps_time ps_clock_counts(const struct ps_device_clock *clock, ps_time t)
{
    int64_t passed = t.s - clock->origin.s;
    int64_t gained = clock->fast_ppm == 0 ? 0 : floored(passed * clock->fast_ppm, MILLION);
    return (ps_time){clock->shows.s + passed + gained};
}

/* How often it has overflowed. */
static int64_t turns(const struct ps_device_clock *clock, ps_time counted)
{
    return clock->past_2038 == PS_PAST_2038_WRAPS ? floored(counted.s + overflow, turn) : 0;
}

ps_time ps_clock_read(const struct ps_device_clock *clock, ps_time t)
{
    ps_time shown = ps_clock_counts(clock, t);
    shown.s -= turns(clock, shown) * turn;
    if (clock->past_2038 == PS_PAST_2038_STOPS && shown.s >= overflow)
        shown.s = overflow - 1;
    return shown.s < clock->floor.s ? clock->floor : shown;
}

/* The first true time at which it has counted up to `count`. */
static ps_time counts_to(const struct ps_device_clock *clock, int64_t count)
{
    const int64_t forever = INT64_MAX / MILLION / 2;
    int64_t ahead = count - clock->shows.s;
    if (clock->fast_ppm == 0)
        return (ps_time){clock->origin.s + ahead};
    if (ahead > forever)
        return PS_TIME_NEVER;
    return (ps_time){clock->origin.s + ceiled(ahead * MILLION, MILLION + clock->fast_ppm)};
}

ps_time ps_clock_stretch_end(const struct ps_device_clock *clock, ps_time t)
{
    if (clock->past_2038 == PS_PAST_2038_RUNS)
        return clock->until;
    ps_time counted = ps_clock_counts(clock, t);
    if (clock->past_2038 == PS_PAST_2038_STOPS && counted.s >= overflow)
        return clock->until;
    ps_time over = counts_to(clock, turns(clock, counted) * turn + overflow);
    return over.s < clock->until.s ? over : clock->until;
}

ps_time ps_clock_reaches(const struct ps_device_clock *clock, ps_time t, ps_time date)
{
    if (date.s == PS_TIME_NEVER.s || ps_clock_read(clock, t).s >= date.s)
        return PS_TIME_NEVER;
    /* Above the floor it shows what it counts, so it shows `date` exactly then. */
    int64_t turned = turns(clock, ps_clock_counts(clock, t)) * turn;
    if (clock->past_2038 == PS_PAST_2038_STOPS && date.s >= overflow)
        return PS_TIME_NEVER;
    ps_time when = counts_to(clock, date.s + turned);
    return when.s < ps_clock_stretch_end(clock, t).s ? when : PS_TIME_NEVER;
}

ps_time ps_clock_drifts_to(const struct ps_device_clock *clock, ps_time t, int64_t lead)
{
    ps_time counted = ps_clock_counts(clock, t);
    int64_t turned = turns(clock, counted) * turn;
    int64_t fast = clock->fast_ppm, leads = counted.s - turned - t.s;
    if (fast == 0 || (fast > 0 ? leads >= lead : leads <= lead))
        return PS_TIME_NEVER;
    /* What is to be gained since the origin, or lost, which begins with the first second. */
    int64_t gain = lead + turned - (clock->shows.s - clock->origin.s);
    int64_t passed =
        fast > 0 ? ceiled(gain * MILLION, fast) : floored((-gain - 1) * MILLION, -fast) + 1;
    ps_time when = {clock->origin.s + passed};
    return when.s < ps_clock_stretch_end(clock, t).s ? when : PS_TIME_NEVER;
}

/* ---- the clocks of devices ---- */

struct ps_device_clock ps_clock_showing(ps_time t, ps_time shown)
{
    struct ps_device_clock clock = ps_clock_right();
    clock.origin = t;
    clock.shows = shown;
    return clock;
}

struct ps_device_clock ps_clock_right(void)
{
    return (struct ps_device_clock){.until = PS_TIME_NEVER, .floor = PS_TIME_ALWAYS};
}

struct ps_device_clock ps_clock_corrected(const struct ps_device_clock *clock)
{
    struct ps_device_clock corrected = ps_clock_right();
    corrected.floor = clock->floor;
    corrected.past_2038 = clock->past_2038;
    return corrected;
}

struct ps_clock_since ps_clock_since_boot(const struct ps_device *device, ps_time build)
{
    return (struct ps_clock_since){
        .build = build, .booted = device->boot, .until = PS_TIME_NEVER, .stored = device->made};
}

bool ps_clock_believes(enum ps_clock kind)
{
    switch (kind) {
    case PS_CLOCK_RTC:
    case PS_CLOCK_NTS:
    case PS_CLOCK_ROUGHTIME:
    case PS_CLOCK_IGNORE:
        return false;
    case PS_CLOCK_EPOCH_BOOT:
    case PS_CLOCK_BUILD_FLOOR:
    case PS_CLOCK_LAST_KNOWN:
    case PS_CLOCK_NTP:
    case PS_CLOCK_PEER_DATE:
        break;
    }
    return true;
}

static ps_time earlier(ps_time a, ps_time b)
{
    return a.s < b.s ? a : b;
}

/* It runs by itself from `origin` on. */
static void run(struct ps_device_clock *clock, const struct ps_device *device, ps_time origin,
                ps_time shows)
{
    clock->origin = origin;
    clock->shows = shows;
    clock->fast_ppm = device->clock.fast_ppm;
}

/* It follows what it is told, which is ahead by `ahead`. */
static void follow(struct ps_device_clock *clock, ps_duration ahead)
{
    clock->origin = (ps_time){0};
    clock->shows.s = ahead.s;
    clock->fast_ppm = 0;
}

/* What whoever sets it says at `t`, and until when he does. */
static ps_duration told(const struct ps_device *device, ps_time t, ps_time *ret_until)
{
    bool ahead = t.s < device->clock.ahead_until.s;
    *ret_until = ahead ? device->clock.ahead_until : PS_TIME_NEVER;
    return ahead ? device->clock.ahead : (ps_duration){0};
}

static void follow_network(struct ps_device_clock *clock, const struct ps_device *device, ps_time t)
{
    ps_time until;
    follow(clock, told(device, t, &until));
    clock->until = earlier(clock->until, until);
}

static void run_on_battery(struct ps_device_clock *clock, const struct ps_device *device,
                           ps_time booted, ps_time t)
{
    const struct ps_clock_faults *faults = &device->clock;
    ps_time until, made = device->made;
    if (faults->battery_empty.s < booted.s) {
        run(clock, device, booted, (ps_time){0});
        return;
    }
    ps_duration ahead = told(device, t, &until);
    clock->until = earlier(clock->until, until);
    if (faults->ahead.s > 0 && ahead.s == 0) /* somebody has set it right */
        made = faults->ahead_until;
    run(clock, device, made, (ps_time){made.s + ahead.s - faults->behind.s});
}

/* A clock that stores what it shows takes the time it is told only where that is not earlier. One
 * that is ahead runs on; if it runs slow, time may catch up with it. */
static void run_and_never_back(struct ps_device_clock *clock, const struct ps_device *device,
                               ps_time synchronised, ps_time t)
{
    ps_time end = clock->until;
    clock->until = earlier(end, synchronised);
    for (ps_time at = synchronised; at.s <= t.s && at.s < end.s;) {
        ps_time until;
        ps_duration says = told(device, at, &until);
        until = earlier(until, end);
        if (ps_clock_counts(clock, at).s > at.s + says.s) {
            ps_time caught;
            clock->until = until;
            caught = ps_clock_drifts_to(clock, at, says.s);
            clock->until = earlier(until, caught);
            at = clock->until;
            continue;
        }
        follow(clock, says);
        clock->until = until;
        at = until;
        if (at.s <= t.s) /* alone again, with what it shows */
            run(clock, device, at, (ps_time){at.s + says.s});
    }
}

ps_time ps_device_told(const struct ps_world *world, const struct ps_device *device, ps_time booted)
{
    if (device->synchronised.s == PS_TIME_NEVER.s || network_fails(world, device, booted))
        return PS_TIME_NEVER;
    return (ps_time){booted.s + (device->synchronised.s - device->boot.s)};
}

struct ps_device_clock ps_device_clock(const struct ps_world *world, const struct ps_device *device,
                                       const struct ps_strategy *strategy,
                                       const struct ps_clock_since *since, ps_time t)
{
    const ps_time epoch = {0};
    struct ps_device_clock clock = {.until = since->until, .floor = strategy->time.floor};
    enum ps_clock kind = strategy->time.clock;
    if (kind == PS_CLOCK_BUILD_FLOOR && since->build.s > clock.floor.s)
        clock.floor = since->build;
    ps_time synchronised =
        since->refused ? PS_TIME_NEVER : ps_device_told(world, device, since->booted);
    bool at_once = kind == PS_CLOCK_NTP || kind == PS_CLOCK_NTS || kind == PS_CLOCK_ROUGHTIME;
    if (at_once && synchronised.s != PS_TIME_NEVER.s)
        synchronised = since->booted;
    run(&clock, device, since->booted, kind == PS_CLOCK_LAST_KNOWN ? since->stored : epoch);
    if (kind == PS_CLOCK_RTC)
        run_on_battery(&clock, device, since->booted, t);
    else if (kind == PS_CLOCK_LAST_KNOWN)
        run_and_never_back(&clock, device, synchronised, t);
    else if (kind == PS_CLOCK_PEER_DATE || kind == PS_CLOCK_IGNORE)
        follow(&clock, (ps_duration){0});
    else if (t.s < synchronised.s)
        clock.until = earlier(clock.until, synchronised);
    else if (ps_clock_believes(kind))
        follow_network(&clock, device, t);
    else
        follow(&clock, (ps_duration){0});
    clock.past_2038 = device->clock.past_2038; /* of what it shows; it counts on */
    return clock;
}

struct ps_clock_since ps_clock_since_power(const struct ps_world *world,
                                           const struct ps_device *device,
                                           const struct ps_strategy *strategy,
                                           const struct ps_clock_since *before,
                                           const struct ps_clock_loss *loss)
{
    struct ps_clock_since since = *before;
    struct ps_device_clock last = ps_device_clock(world, device, strategy, before, loss->down);
    since.booted = loss->booted;
    since.stored = ps_clock_counts(&last, loss->down);
    return since;
}
