/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/invariants/contacted.h"

#include <inttypes.h>
#include "base/verdict.h"

/* What an outcome takes. */
static const struct need {
    bool accepted, failed; /* at least one such contact */
    bool none;             /* no contact at all is right, too */
    bool only_none;
} needs[PS_OUTCOME_COUNT] = {
    [PS_OUTCOME_SURVIVED] = {.accepted = true},
    [PS_OUTCOME_RECOVERED] = {.accepted = true, .failed = true},
    [PS_OUTCOME_LOCKED_OUT] = {.failed = true},
    [PS_OUTCOME_BRICKED] = {.failed = true},
    [PS_OUTCOME_TAKEN_OVER] = {.none = true},
    [PS_OUTCOME_RETIRED] = {.none = true},
    [PS_OUTCOME_NEVER_BOOTED] = {.none = true, .only_none = true},
};

ps_status ps_contacted_check(const struct ps_life *life, struct ps_error *err)
{
    const struct ps_watched *w = &life->watched;
    const struct need *need = &needs[life->outcome];
    bool any = w->accepted + w->failed > 0;
    bool taken = life->outcome == PS_OUTCOME_TAKEN_OVER;
    const char *outcome = ps_outcome_text(life->outcome);
    if (any != life->contacted || (!any && !need->none) || (any && need->only_none) ||
        (need->accepted && w->accepted == 0) || (need->failed && w->failed == 0))
        return ps_fail(err, PS_FAILED,
                       "it is %s after %" PRIu64 " contacts that were accepted and %" PRIu64
                       " that failed",
                       outcome, w->accepted, w->failed);
    if (life->was_dark && w->failed == 0)
        return ps_fail(err, PS_FAILED, "it was dark, and no contact failed");
    if (taken != (life->taken.s != PS_TIME_NEVER.s))
        return ps_fail(err, PS_FAILED, "it is %s, and %s", outcome,
                       taken ? "nobody took it over" : "somebody took it over");
    if (taken && life->taken.s < life->device.first_contact.s)
        return ps_fail(err, PS_FAILED, "it was taken over before its first contact");
    return PS_OK;
}
