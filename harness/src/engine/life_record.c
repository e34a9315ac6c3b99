/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a life as a record: what became of the device, since when, and what did it. The spell
 * that counts is the last one. A device that was taken over is down from then on, and that is put
 * down to the attack; the check and the error are those of the last refusal before, if one was.
 */
#include "engine/life_private.h"

#include "engine/origin.h"

/* The trust that the device had at `t`: since when, and with which release it came. */
static void find_trust(const struct ps_life *life, const struct ps_life_world *w,
                       struct ps_origin_facts *facts)
{
    const struct ps_life_span *span = ps_life_span_at(life, facts->dark);
    facts->trust = ps_trusts_at(w->trusts, span->trust);
    facts->release = PS_PLAN_NONE;
    facts->trust_from = PS_TIME_ALWAYS;
    if (span == life->spans) /* it shipped so */
        return;
    facts->trust_from = span->from;
    if (span->release != span[-1].release)
        facts->release = span->release;
}

static struct ps_origin find_origin(const struct ps_life *life, const struct ps_life_world *w,
                                    enum ps_stage stage)
{
    struct ps_origin_facts facts = {.world = w->world,
                                    .subject = &life->device.stage,
                                    .stage = stage,
                                    .endpoint = ps_life_cohort(life, w)->endpoint,
                                    .good = life->good_before,
                                    .dark = life->dark_since,
                                    .clock = life->dark_since,
                                    .credential_end = PS_TIME_NEVER};
    find_trust(life, w, &facts);
    if (stage == PS_STAGE_DATES) {
        struct ps_device_clock clock =
            ps_life_clock(life, w, ps_life_span_at(life, facts.dark)->build, facts.dark);
        facts.clock = ps_clock_read(&clock, facts.dark);
    }
    if (stage == PS_STAGE_TLS && life->credential_count > 0) {
        struct ps_client client = ps_life_client(life, ps_life_strategy(life, w), facts.dark);
        if (client.form == PS_CLIENT_FORM_CERTIFICATE)
            facts.credential_end = client.not_after;
    }
    return ps_origin_of(&facts);
}

void ps_life_record(struct ps_life *life, const struct ps_life_world *w, struct ps_tally *tally)
{
    const struct ps_plan *plan = w->world->plan;
    bool taken = life->outcome == PS_OUTCOME_TAKEN_OVER;
    bool still_dark = life->outcome == PS_OUTCOME_BRICKED || life->outcome == PS_OUTCOME_LOCKED_OUT;
    struct ps_origin origin = {PS_ORIGIN_NONE, 0};
    struct ps_record *record = &life->record;
    *record = (struct ps_record){
        .outcome = life->outcome, .first_dark = life->first_dark, .last_dark = PS_TIME_NEVER};
    if (life->was_dark) {
        const struct ps_verdict *verdict = w->verdict(w->chunk, life->dark_verdict);
        record->stage = verdict->stage;
        record->cause = ps_verdict_hash(verdict);
        record->last_dark = life->dark_since;
        const struct ps_tally_spell spell = {
            life->dark_verdict, life->device.number, life->dark_since,
            life->up ? life->dark_until : ps_life_genuine_end(life, life->end), still_dark};
        ps_tally_cause(tally, &spell);
        if (!taken)
            origin = find_origin(life, w, verdict->stage);
    }
    if (taken) {
        record->last_dark = life->taken;
        origin = (struct ps_origin){PS_ORIGIN_THREAT, life->taken_by};
    }
    record->origin = ps_origin_number(plan, origin);
    if (life->was_dark || taken)
        ps_tally_origin(tally, record->origin, still_dark || taken);
}
