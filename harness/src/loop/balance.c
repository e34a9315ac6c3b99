/* SPDX-License-Identifier: Apache-2.0 */
#include "loop/balance.h"

#include <inttypes.h>

static ps_status check_flow(const struct ps_flow *flow, const char *who, bool may_lose,
                            uint64_t held, struct ps_error *err)
{
    uint64_t lost = flow->sent - flow->arrived;
    if (flow->in == flow->sent + flow->unsent && flow->arrived <= flow->sent &&
        (lost == 0 || may_lose) && flow->arrived == flow->out + flow->dropped + held)
        return PS_OK;
    return ps_fail(
        err, PS_FAILED,
        "invariant 'bytes in are bytes out' is broken: of the %s's %" PRIu64 " bytes %" PRIu64
        " were sent and %" PRIu64 " not; %" PRIu64 " arrived, of which %" PRIu64
        " were handed over, %" PRIu64 " dropped and %" PRIu64 " held back",
        who, flow->in, flow->sent, flow->unsent, flow->arrived, flow->out, flow->dropped, held);
}

ps_status ps_balance_check(const struct ps_balance *balance, const struct ps_balance_end *end,
                           struct ps_error *err)
{
    PS_TRY(check_flow(&balance->device, "device", end->device_may_lose, 0, err));
    return check_flow(&balance->server, "server", end->server_may_lose, end->held, err);
}
