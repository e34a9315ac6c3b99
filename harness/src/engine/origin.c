/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/origin.h"

#include <assert.h>

/* The groups of candidates, as bits. */
enum {
    SERVES = 1,
    FAULTS = 2,
    REVOKES = 4, /* and outages */
    ANNOUNCES = 8,
    TRUSTS = 16, /* releases that were taken, and what changed by itself */
    ENDS = 32,
    RENEWALS = 64,
    CREDENTIALS = 128,
};
/* Count only where a check is about them. */
enum { ONLY_ABOUT = FAULTS | RENEWALS | CREDENTIALS };

const char *ps_origin_text(enum ps_origin_kind kind)
{
    static const char *const texts[] = {
#define X(name, text, meaning) text,
        PS_ORIGINS(X)
#undef X
    };
    return texts[kind];
}

/* The kinds that have one origin each come first, then the plan's lists. */
static size_t list_size(const struct ps_plan *plan, enum ps_origin_kind kind)
{
    switch (kind) {
    case PS_ORIGIN_EVENT:
        return plan->event_count;
    case PS_ORIGIN_CERTIFICATE_END:
        return plan->certificate_count;
    case PS_ORIGIN_RENEWAL:
        return plan->endpoint_count;
    case PS_ORIGIN_THREAT:
        return plan->threat_count;
    default:
        return 1;
    }
}

size_t ps_origin_count(const struct ps_plan *plan)
{
    size_t count = 0;
    for (int kind = 0; kind < PS_ORIGIN_KIND_COUNT; kind++)
        count += list_size(plan, (enum ps_origin_kind)kind);
    return count;
}

uint16_t ps_origin_number(const struct ps_plan *plan, struct ps_origin origin)
{
    size_t number = origin.number;
    assert(number < list_size(plan, origin.kind));
    for (int kind = 0; kind < (int)origin.kind; kind++)
        number += list_size(plan, (enum ps_origin_kind)kind);
    assert(number <= UINT16_MAX);
    return (uint16_t)number;
}

struct ps_origin ps_origin_at(const struct ps_plan *plan, uint16_t number)
{
    uint32_t left = number;
    int kind = 0;
    for (; left >= list_size(plan, (enum ps_origin_kind)kind); kind++)
        left -= (uint32_t)list_size(plan, (enum ps_origin_kind)kind);
    assert(kind < PS_ORIGIN_KIND_COUNT);
    return (struct ps_origin){(enum ps_origin_kind)kind, left};
}

/* What the failed check is about. */
static uint32_t about(const struct ps_origin_facts *f, const struct ps_leaf_line *line)
{
    switch (f->stage) {
    case PS_STAGE_UNREACHABLE:
        return FAULTS;
    case PS_STAGE_TLS:
        return SERVES | CREDENTIALS;
    case PS_STAGE_PATH:
        return SERVES | TRUSTS | (line->leaf.issuer_count > 1 ? RENEWALS : 0);
    case PS_STAGE_DATES:
        return ENDS;
    case PS_STAGE_NAME:
        return SERVES;
    case PS_STAGE_REVOCATION:
        return REVOKES;
    case PS_STAGE_PINS:
        return SERVES | ANNOUNCES | RENEWALS | TRUSTS;
    default:
        return 0;
    }
}

/* The search: the latest of the candidates in `groups` with after < time <= dark. */
struct search {
    const struct ps_origin_facts *facts;
    const struct ps_leaf *leaf; /* that the device was sent */
    const struct ps_serving *serving;
    uint32_t groups;
    ps_time after;
    ps_time at; /* of the best one */
    struct ps_origin best;
};

/* Of two in the same second the later one in the timeline wins. What ends may have been good in its
 * last second, and still is what ended then. */
static void consider(struct search *s, uint32_t group, ps_time at, enum ps_origin_kind kind,
                     uint32_t number)
{
    int64_t acts = group == ENDS ? at.s + 1 : at.s;
    if (!(s->groups & group) || acts <= s->after.s || at.s > s->facts->dark.s)
        return;
    if (s->best.kind != PS_ORIGIN_NONE && at.s < s->at.s)
        return;
    s->at = at;
    s->best = (struct ps_origin){kind, number};
}

static bool chain_has(const struct ps_plan_chain *chain, uint32_t certificate)
{
    for (size_t i = 0; chain && i < chain->count; i++)
        if (chain->certificates[i] == certificate)
            return true;
    return false;
}

/* The server sent this certificate then, or could have. */
static bool is_sent(const struct search *s, uint32_t certificate)
{
    const struct ps_world *world = s->facts->world;
    uint32_t number = (uint32_t)(s->serving - world->servings);
    if (chain_has(ps_world_chain(world, number, s->leaf->issuer), certificate))
        return true;
    for (size_t i = 0; i < s->serving->alternate_count; i++)
        if (chain_has(&s->serving->alternates[i], certificate))
            return true;
    return false;
}

static bool holds_target(const struct ps_target *targets, size_t count, uint32_t certificate)
{
    for (size_t i = 0; i < count; i++)
        if (targets[i].kind == PS_TARGET_CERTIFICATE && targets[i].number == certificate)
            return true;
    return false;
}

/* The device looks at this certificate, or may. */
static bool may_look_at(const struct search *s, uint32_t certificate)
{
    const struct ps_trust_state *trust = s->facts->trust;
    return trust->asks & PS_PUBLISH_ISSUER || is_sent(s, certificate) ||
           holds_target(trust->anchors, trust->anchor_count, certificate) ||
           holds_target(trust->intermediates, trust->intermediate_count, certificate);
}

static void search_ends(struct search *s)
{
    const struct ps_plan *plan = s->facts->world->plan;
    for (uint32_t i = 0; i < plan->certificate_count; i++) {
        ps_time end = plan->certificates[i].spec.not_after;
        if (end.s <= s->facts->dark.s && may_look_at(s, i))
            consider(s, ENDS, end, PS_ORIGIN_CERTIFICATE_END, i);
    }
}

static void search_serves(struct search *s)
{
    const struct ps_origin_facts *f = s->facts;
    const struct ps_world *world = f->world;
    for (uint32_t i = world->first_serving[f->endpoint]; i < world->first_serving[f->endpoint + 1];
         i++) {
        const struct ps_serving *serving = &world->servings[i];
        if (serving->event == PS_PLAN_NONE || serving->from.s > f->dark.s)
            continue;
        ps_time at = ps_world_stage_time(world, &world->plan->events[serving->event], serving->from,
                                         f->subject);
        consider(s, SERVES, at, PS_ORIGIN_EVENT, serving->event);
    }
}

/* What is revoked is of the endpoint that the device contacts, or a certificate that it looks at.
 */
static bool revokes_what_it_meets(const struct search *s, const struct ps_plan_event *e)
{
    uint32_t certificate = e->as.revoke.certificate;
    return certificate == PS_PLAN_NONE ? e->as.revoke.endpoint == s->facts->endpoint
                                       : may_look_at(s, certificate);
}

static void search_timeline(struct search *s)
{
    const struct ps_origin_facts *f = s->facts;
    const struct ps_plan *plan = f->world->plan;
    for (uint32_t i = 0; i < plan->event_count && plan->events[i].at.s <= f->dark.s; i++) {
        const struct ps_plan_event *e = &plan->events[i];
        switch (e->kind) {
        case PS_EVENT_FAULT:
            if (e->as.fault.endpoint == f->endpoint && f->dark.s < e->at.s + e->as.fault.lasts.s)
                consider(s, FAULTS, e->at, PS_ORIGIN_EVENT, i);
            break;
        case PS_EVENT_REVOKE:
            if (revokes_what_it_meets(s, e))
                consider(s, REVOKES, e->at, PS_ORIGIN_EVENT, i);
            break;
        case PS_EVENT_OUTAGE:
            consider(s, REVOKES, e->at, PS_ORIGIN_EVENT, i);
            break;
        case PS_EVENT_ANNOUNCE:
            if (e->as.announce.endpoint == f->endpoint)
                consider(s, ANNOUNCES, e->at, PS_ORIGIN_EVENT, i);
            break;
        default:
            break;
        }
    }
}

static struct ps_origin latest(struct search *s, uint32_t groups, ps_time after)
{
    const struct ps_origin_facts *f = s->facts;
    s->groups = groups;
    s->after = after;
    s->at = PS_TIME_ALWAYS;
    s->best = (struct ps_origin){PS_ORIGIN_NONE, 0};
    consider(s, RENEWALS, s->leaf->not_before, PS_ORIGIN_RENEWAL, f->endpoint);
    if (groups & ENDS)
        search_ends(s);
    if (groups & SERVES)
        search_serves(s);
    if (groups & (FAULTS | REVOKES | ANNOUNCES))
        search_timeline(s);
    if (f->trust_from.s != PS_TIME_ALWAYS.s) {
        if (f->release != PS_PLAN_NONE)
            consider(s, TRUSTS, f->trust_from, PS_ORIGIN_EVENT, f->release);
        else
            consider(s, TRUSTS, f->trust_from, PS_ORIGIN_OWN_TRUST, 0);
    }
    consider(s, CREDENTIALS, f->credential_end, PS_ORIGIN_CREDENTIAL_END, 0);
    return s->best;
}

static bool within(ps_time not_before, ps_time not_after, ps_time t)
{
    return not_before.s <= t.s && t.s <= not_after.s;
}

/* Something that was sent holds, but not on the device's clock. */
static bool clock_did_it(const struct search *s)
{
    const struct ps_origin_facts *f = s->facts;
    if (within(s->leaf->not_before, s->leaf->not_after, f->dark) &&
        !within(s->leaf->not_before, s->leaf->not_after, f->clock))
        return true;
    const struct ps_plan *plan = f->world->plan;
    for (uint32_t i = 0; i < plan->certificate_count; i++) {
        const struct ps_certificate_spec *spec = &plan->certificates[i].spec;
        if (within(spec->not_before, spec->not_after, f->dark) &&
            !within(spec->not_before, spec->not_after, f->clock) && is_sent(s, i))
            return true;
    }
    return false;
}

struct ps_origin ps_origin_of(const struct ps_origin_facts *f)
{
    ps_time until;
    uint32_t serving = ps_world_serving(f->world, f->endpoint, f->dark, f->subject, &until);
    struct search s = {.facts = f, .serving = &f->world->servings[serving]};
    s.leaf = &f->world->leaves[ps_world_leaf(f->world, s.serving->line, f->dark)];
    if (f->stage == PS_STAGE_DATES && clock_did_it(&s))
        return (struct ps_origin){PS_ORIGIN_CLOCK, 0};
    uint32_t first = about(f, &f->world->lines[s.serving->line]);
    uint32_t others = ~(first | ONLY_ABOUT);
    const struct {
        uint32_t groups;
        ps_time after;
    } tries[] = {{first, f->stage == PS_STAGE_REVOCATION ? PS_TIME_ALWAYS : f->good},
                 {others, f->good},
                 {first, PS_TIME_ALWAYS},
                 {others, PS_TIME_ALWAYS}};
    for (size_t i = 0; i < sizeof tries / sizeof *tries; i++) {
        struct ps_origin found = latest(&s, tries[i].groups, tries[i].after);
        if (found.kind != PS_ORIGIN_NONE)
            return found;
    }
    return (struct ps_origin){PS_ORIGIN_NONE, 0};
}
