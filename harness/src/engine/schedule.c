/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/schedule.h"

ps_time ps_schedule_booted(const struct ps_device *device, ps_time t, ps_time *ret_until)
{
    (void)t;
    *ret_until = PS_TIME_NEVER;
    return device->boot;
}
