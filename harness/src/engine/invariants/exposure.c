/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/invariants/exposure.h"

#include <inttypes.h>
#include "base/verdict.h"

ps_status ps_exposure_check(const struct ps_life *life, enum ps_attack attack, struct ps_error *err)
{
    ps_time first = life->device.first_contact;
    uint64_t online_s =
        life->end.s > first.s ? ps_schedule_online_s(life->device.schedule, first, life->end) : 0;
    if (life->exposed_s > 0 && !life->watched.probe_accepted && attack != PS_ATTACK_U13)
        return ps_fail(err, PS_FAILED,
                       "it is exposed to %s for %" PRIu64 " s, and no probe was accepted",
                       ps_attack_text(attack), life->exposed_s);
    if (life->exposed_s > online_s)
        return ps_fail(err, PS_FAILED,
                       "it is exposed to %s for %" PRIu64 " s, and was online for %" PRIu64 " s",
                       ps_attack_text(attack), life->exposed_s, online_s);
    return PS_OK;
}
