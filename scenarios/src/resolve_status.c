/* SPDX-License-Identifier: Apache-2.0
 *
 * Events of what becomes known: revocations, authorities that do not answer, announced keys.
 */
#include <string.h>

#include "resolve.h"

enum { SERVICES_ALL = PS_PUBLISH_OCSP | PS_PUBLISH_CRL | PS_PUBLISH_ISSUER };

/* A service that could not be read may have been meant. */
static bool is_sure(const struct ps_resolver *resolver, uint32_t authority)
{
    const struct ps_block *block = ps_resolve_blocks(resolver, "authorities")[authority];

    return !ps_block_entry(block, "publishes")->bad && !ps_block_entry(block, "publishes")->meant;
}

static const char *authorities_text(const struct ps_resolver *resolver, const uint32_t *authorities,
                                    size_t count)
{
    const char *text = "";

    for (size_t i = 0; i < count; i++)
        text = ps_arena_format(resolver->reader.arena, "%s%s%s", text, i == 0 ? "" : " or ",
                               resolver->plan->authorities[authorities[i]].name);
    return text;
}

void ps_resolve_heard(struct ps_resolver *resolver, const struct ps_plan_revoke *revoke,
                      const uint32_t *issuers, size_t count, struct ps_span span)
{
    bool heard = revoke->is_pushed || count == 0;

    for (size_t i = 0; i < count; i++) {
        if (issuers[i] == PS_PLAN_NONE || !is_sure(resolver, issuers[i]))
            return;
        heard |= (resolver->plan->authorities[issuers[i]].publishes &
                  (PS_PUBLISH_OCSP | PS_PUBLISH_CRL)) != 0;
    }
    if (!heard)
        SAY(resolver->reader.diagnostics, span, REVOKE_UNHEARD,
            authorities_text(resolver, issuers, count));
}

/* Who asks devices for certificates blocks a CA of theirs that is revoked: one that it accepts, or
 * one that such a CA certified. */
static bool is_blocked(const struct ps_plan *plan, uint32_t certificate)
{
    for (size_t i = 0; i < plan->endpoint_count; i++) {
        const struct ps_plan_endpoint *endpoint = &plan->endpoints[i];
        for (size_t n = 0; n < endpoint->client_anchor_count; n++) {
            uint32_t anchor = endpoint->client_anchors[n];
            if (anchor == PS_PLAN_NONE || anchor == certificate ||
                plan->certificates[anchor].of == plan->certificates[certificate].issuer)
                return true;
        }
    }
    return false;
}

void ps_resolve_revoke(struct ps_resolver *resolver, const struct ps_form_revoke *form,
                       const struct ps_block *block, struct ps_plan_revoke *revoke)
{
    const struct ps_plan *plan = resolver->plan;
    bool certificate = ps_block_has(block, "certificate"), leaf = ps_block_has(block, "leaf");

    revoke->certificate = revoke->endpoint = PS_PLAN_NONE;
    revoke->is_pushed = ps_block_has(block, "pushed");
    revoke->pushed = form->pushed;
    if (!certificate && !leaf && ps_block_any_meant(block))
        return;
    if (certificate == leaf)
        SAY(resolver->reader.diagnostics,
            certificate ? ps_block_key_span(block, "leaf") : ps_block_span(block, NULL),
            REVOKE_ONE);
    else if (leaf)
        revoke->endpoint =
            ps_resolve_name(resolver, PS_THING_ENDPOINT, form->leaf, ps_block_span(block, "leaf"));
    else
        revoke->certificate = ps_resolve_name(resolver, PS_THING_CERTIFICATE, form->certificate,
                                              ps_block_span(block, "certificate"));
    if (revoke->certificate == PS_PLAN_NONE || is_blocked(plan, revoke->certificate))
        return;
    const struct ps_plan_certificate *of = &plan->certificates[revoke->certificate];
    if (of->issuer != PS_PLAN_NONE && of->issuer == of->of)
        SAY(resolver->reader.diagnostics, ps_block_span(block, "certificate"), REVOKE_SELF_SIGNED,
            form->certificate);
    else
        ps_resolve_heard(resolver, revoke, &of->issuer, 1, ps_block_span(block, "certificate"));
}

void ps_resolve_outage(struct ps_resolver *resolver, const struct ps_form_outage *form,
                       const struct ps_block *block, struct ps_plan_outage *outage)
{
    const struct ps_plan *plan = resolver->plan;
    bool some = ps_block_has(block, "services"), one = ps_block_has(block, "authority"),
         sure = true;
    uint32_t published = 0;

    outage->authority = PS_PLAN_NONE;
    outage->services = some ? ps_resolve_services(&form->services) : SERVICES_ALL;
    outage->lasts = form->lasts;
    if (one)
        outage->authority = ps_resolve_name(resolver, PS_THING_AUTHORITY, form->authority,
                                            ps_block_span(block, "authority"));
    if (ps_block_entry(block, "services")->bad || (one && outage->authority == PS_PLAN_NONE))
        return;
    for (uint32_t i = 0; i < plan->authority_count; i++) {
        if (one && i != outage->authority)
            continue;
        published |= plan->authorities[i].publishes;
        sure = sure && is_sure(resolver, i);
    }
    if (sure && (published & outage->services) == 0)
        SAY(resolver->reader.diagnostics, ps_block_span(block, some ? "services" : "authority"),
            OUTAGE_NOTHING,
            one ? ps_arena_format(resolver->reader.arena, "%s publishes none of it",
                                  plan->authorities[outage->authority].name)
                : "no authority publishes it");
}

void ps_resolve_announce(struct ps_resolver *resolver, const struct ps_form_event *event_form,
                         const struct ps_block *event, struct ps_plan_announce *announce)
{
    const struct ps_form_announce *form = &event_form->announce;
    const struct ps_block *block = ps_block_entry(event, "announce")->block;
    const struct ps_entry *at = ps_block_entry(event, "at");
    const struct ps_entry *begins = ps_block_entry(block, "begins");

    announce->endpoint = ps_resolve_name(resolver, PS_THING_ENDPOINT, form->endpoint,
                                         ps_block_span(block, "endpoint"));
    announce->key = ps_resolve_name(resolver, PS_THING_KEY, form->key, ps_block_span(block, "key"));
    announce->begins = form->begins;
    announce->lasts = form->lasts;
    if (at->value != NULL && !at->bad && begins->value != NULL && !begins->bad &&
        ps_time_compare(form->begins, event_form->at) < 0)
        SAY(resolver->reader.diagnostics, begins->value->span, ANNOUNCE_BEGINS);
}

const char *ps_resolve_revoke_title(const struct ps_resolver *resolver,
                                    const struct ps_plan_revoke *revoke)
{
    const struct ps_plan *plan = resolver->plan;
    struct ps_arena *arena = resolver->reader.arena;
    char after[PS_TIME_TEXT_MAX];
    const char *pushed = "";

    if (revoke->is_pushed && revoke->pushed.s == 0)
        pushed = ", in pushed sets at once";
    else if (revoke->is_pushed)
        pushed = ps_arena_format(arena, ", in pushed sets %s later",
                                 ps_duration_format(revoke->pushed, after));
    if (revoke->certificate == PS_PLAN_NONE)
        return ps_arena_format(arena, "the leaf of %s is revoked%s",
                               plan->endpoints[revoke->endpoint].name, pushed);
    return ps_arena_format(arena, "%s is revoked%s", plan->certificates[revoke->certificate].name,
                           pushed);
}

const char *ps_resolve_outage_title(const struct ps_resolver *resolver,
                                    const struct ps_plan_outage *outage)
{
    static const struct {
        uint32_t bit;
        const char *text;
    } services[] = {{PS_PUBLISH_OCSP, "OCSP answers"},
                    {PS_PUBLISH_CRL, "CRLs"},
                    {PS_PUBLISH_ISSUER, "issuers"}};
    struct ps_arena *arena = resolver->reader.arena;
    const char *text = "";
    char lasts[PS_TIME_TEXT_MAX];
    uint32_t left = outage->services;

    for (size_t i = 0; i < 3; i++) {
        if ((left & services[i].bit) == 0)
            continue;
        left &= ~services[i].bit;
        text = ps_arena_format(arena, "%s%s%s", text,
                               *text == '\0' ? ""
                               : left == 0   ? " and "
                                             : ", ",
                               services[i].text);
    }
    return ps_arena_format(arena, "%s of %s cannot be fetched %s%s", text,
                           outage->authority == PS_PLAN_NONE
                               ? "every authority"
                               : resolver->plan->authorities[outage->authority].name,
                           outage->lasts.s == 0 ? "any more" : "for ",
                           outage->lasts.s == 0 ? "" : ps_duration_format(outage->lasts, lasts));
}

const char *ps_resolve_announce_title(const struct ps_resolver *resolver,
                                      const struct ps_plan_announce *announce)
{
    enum { DAY_S = 86400 };
    char begins[PS_TIME_TEXT_MAX];

    if (announce->begins.s % DAY_S == 0)
        ps_time_format_day(announce->begins, begins);
    else
        ps_time_format(announce->begins, begins);
    return ps_arena_format(resolver->reader.arena, "%s announces key %s, to count from %s",
                           resolver->plan->endpoints[announce->endpoint].name,
                           resolver->plan->keys[announce->key].name, begins);
}
