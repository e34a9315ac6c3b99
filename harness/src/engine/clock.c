/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/clock.h"

struct ps_device_clock ps_device_clock(const struct ps_device *device,
                                       const struct ps_strategy *strategy, ps_time build)
{
    struct ps_device_clock clock = {.kind = strategy->time.clock,
                                    .zero = device->boot,
                                    .synchronised = device->synchronised,
                                    .floor = strategy->time.floor};
    switch (clock.kind) {
    case PS_CLOCK_RTC:
    case PS_CLOCK_EPOCH_BOOT:
        break;
    case PS_CLOCK_BUILD_FLOOR:
        if (build.s > clock.floor.s)
            clock.floor = build;
        break;
    case PS_CLOCK_LAST_KNOWN:
        clock.zero.s -= device->made.s; /* at boot it shows that */
        break;
    case PS_CLOCK_NTP:
    case PS_CLOCK_NTS:
    case PS_CLOCK_ROUGHTIME:
        if (clock.synchronised.s != PS_TIME_NEVER.s)
            clock.synchronised = device->boot;
        break;
    case PS_CLOCK_PEER_DATE:
    case PS_CLOCK_IGNORE:
        clock.kind = PS_CLOCK_RTC;
        break;
    }
    return clock;
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

static bool is_right(const struct ps_device_clock *clock, ps_time t)
{
    return clock->kind == PS_CLOCK_RTC || t.s >= clock->synchronised.s;
}

ps_time ps_clock_read(const struct ps_device_clock *clock, ps_time t)
{
    ps_time shown = is_right(clock, t) ? t : (ps_time){t.s - clock->zero.s};
    return shown.s < clock->floor.s ? clock->floor : shown;
}

ps_time ps_clock_reaches(const struct ps_device_clock *clock, ps_time t, ps_time date)
{
    if (date.s == PS_TIME_NEVER.s || ps_clock_read(clock, t).s >= date.s)
        return PS_TIME_NEVER;
    /* Above the floor the clock runs with true time, so it shows `date` exactly then. */
    ps_time when = is_right(clock, t) ? date : (ps_time){date.s + clock->zero.s};
    return when.s < ps_clock_stretch_end(clock, t).s ? when : PS_TIME_NEVER;
}

ps_time ps_clock_stretch_end(const struct ps_device_clock *clock, ps_time t)
{
    return is_right(clock, t) ? PS_TIME_NEVER : clock->synchronised;
}
