/* SPDX-License-Identifier: Apache-2.0
 *
 * A device's own clock as a function of true time. A clock is a value, for the stretch of true time
 * in which it runs evenly: one straight line, in whole numbers, so that the second at which it
 * reaches a date is found exactly. ps_device_clock gives the one that a second lies in; what ends
 * it is that somebody tells the clock the time, that it overflows, or the next power-up. Nothing is
 * kept between calls.
 *
 * What the sources of time show, to a device with power since a power-up:
 *
 *   rtc           right. Nobody ever tells it the time, so it keeps what it has: how fast it runs,
 *                 and by how much it was set wrong. Once its battery is empty it begins with 1970
 *                 at every power-up
 *   epoch_boot    1970 at the power-up, right once the network has told it
 *   build_floor   the same, and never before the firmware in use was built
 *   last_known    at the power-up what it last showed, which is stored, at first by the factory;
 *                 then as epoch_boot, but it never goes back: told an earlier time it runs on
 *   ntp           right from the power-up, for the network is asked first; where that tells it
 *                 nothing, 1970
 *   nts           the same; whoever asks for the clock has to know whether any anchor could be used
 *   roughtime     as ntp
 *   peer_date     right, as the genuine server is
 *   ignore        right: nobody looks at it
 */
#ifndef HARNESS_ENGINE_CLOCK_H
#define HARNESS_ENGINE_CLOCK_H

#include "engine/fleet.h"

/* What chance decided about the clocks of `device`, whose other draws have been made. */
void ps_device_draw_clock(const struct ps_world *world, struct ps_device *device);

struct ps_device_clock {
    ps_time origin;   /* true time at which ... */
    ps_time shows;    /* ... it shows this, if it is not below the floor */
    int32_t fast_ppm; /* by how much it runs faster than time does */
    ps_time until;    /* true time at which it is another clock; NEVER */
    ps_time floor;    /* never shows less; PS_TIME_ALWAYS: none */
    enum ps_past_2038 past_2038;
};

/* Right, without a floor. */
struct ps_device_clock ps_clock_right(void);
/* Shows `shown` at `t`, and goes on from there; without a floor. */
struct ps_device_clock ps_clock_showing(ps_time t, ps_time shown);
/* The same clock, had it been told the right time long ago. */
struct ps_device_clock ps_clock_corrected(const struct ps_device_clock *clock);

/* What a device's clock depends on beside the device and its strategy. */
struct ps_clock_since {
    ps_time build;  /* when the firmware in use was built */
    ps_time booted; /* the last power-up */
    ps_time until;  /* the next; NEVER */
    ps_time stored; /* last_known: what it shows at `booted` */
    bool refused;   /* nts: no anchor could vouch for the time server then */
};
/* No power from `down` to `booted`. */
struct ps_clock_loss {
    ps_time down, booted;
};
/* From the first power-up on. */
struct ps_clock_since ps_clock_since_boot(const struct ps_device *device, ps_time build);
/* From the next power-up on, at `booted`, where it had no power from `down` on. `until` and
 * `refused` are as they were. */
struct ps_clock_since ps_clock_since_power(const struct ps_world *world,
                                           const struct ps_device *device,
                                           const struct ps_strategy *strategy,
                                           const struct ps_clock_since *before,
                                           const struct ps_clock_loss *loss);
/* The device's clock under a strategy at `t`. */
struct ps_device_clock ps_device_clock(const struct ps_world *world, const struct ps_device *device,
                                       const struct ps_strategy *strategy,
                                       const struct ps_clock_since *since, ps_time t);
/* When the network tells the time after a power-up at `booted`; NEVER. */
ps_time ps_device_told(const struct ps_world *world, const struct ps_device *device,
                       ps_time booted);
/* Whether such a clock believes whoever is on the path, or at the other end. */
bool ps_clock_believes(enum ps_clock kind);
/* What it shows at true time `t`. */
ps_time ps_clock_read(const struct ps_device_clock *clock, ps_time t);
/* The same without its floor and without an overflow: what a clock stores. */
ps_time ps_clock_counts(const struct ps_device_clock *clock, ps_time t);
/* The first true time after `t` at which it shows `date` or more, not having done so at `t`, as far
 * as the stretch that `t` lies in goes; NEVER otherwise. */
ps_time ps_clock_reaches(const struct ps_device_clock *clock, ps_time t, ps_time date);
/* The first true time after `t` at which it is ahead of time by `lead` (negative: behind), or has
 * passed that, not having done so at `t`; as far as the stretch goes; NEVER otherwise. The floor
 * does not count. */
ps_time ps_clock_drifts_to(const struct ps_device_clock *clock, ps_time t, int64_t lead);
/* The end of the stretch that `t` lies in, NEVER: there, somebody tells it the time, it overflows,
 * or it loses its power. */
ps_time ps_clock_stretch_end(const struct ps_device_clock *clock, ps_time t);

#endif
