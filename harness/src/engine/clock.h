/* SPDX-License-Identifier: Apache-2.0
 *
 * A device's own clock as a function of true time. It is a value: nothing is kept between calls.
 */
#ifndef HARNESS_ENGINE_CLOCK_H
#define HARNESS_ENGINE_CLOCK_H

#include "engine/fleet.h"

/* A device's clock under a strategy: two stretches of true time, before and after synchronisation.
 *
 *   rtc           right
 *   epoch_boot    at boot 1970, right once the network has told it
 *   build_floor   the same, and never before the firmware in use was built
 *   last_known    at boot the last time that was stored, which the factory did; then as epoch_boot
 *   ntp           right from boot, for it is asked first; where the network blocks that, 1970
 *   nts           the same; whoever draws the clock has to know whether any anchor could be used
 *   roughtime     as ntp
 *   peer_date     right, as the genuine server is
 *   ignore        right: nobody looks at it
 */
struct ps_device_clock {
    enum ps_clock kind;   /* RTC: right all the time */
    ps_time zero;         /* when it shows 1970, as long as it is not right */
    ps_time synchronised; /* from then on it is */
    ps_time floor;        /* never shows less; PS_TIME_ALWAYS: none */
};
/* `build` is when the firmware in use was built. */
struct ps_device_clock ps_device_clock(const struct ps_device *device,
                                       const struct ps_strategy *strategy, ps_time build);
/* Whether such a clock believes whoever is on the path, or at the other end. */
bool ps_clock_believes(enum ps_clock kind);
/* What it shows at true time `t`. */
ps_time ps_clock_read(const struct ps_device_clock *clock, ps_time t);
/* The first true time after `t` at which it shows `date` or more, not having done so at `t`, as far
 * as the stretch that `t` lies in goes; NEVER otherwise. */
ps_time ps_clock_reaches(const struct ps_device_clock *clock, ps_time t, ps_time date);
/* The end of the stretch that `t` lies in: the synchronisation ahead, or NEVER. */
ps_time ps_clock_stretch_end(const struct ps_device_clock *clock, ps_time t);

#endif
