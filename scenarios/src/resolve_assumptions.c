/* SPDX-License-Identifier: Apache-2.0
 *
 * What a run takes for granted because its file does not say it, as sentences for the report: one
 * for each default that decides something in this scenario.
 */
#include <string.h>

#include "cohort_clock.h"
#include "resolve.h"

static bool any_region_staging(const struct ps_plan *plan)
{
    for (size_t i = 0; i < plan->event_count; i++) {
        if (plan->events[i].by == PS_STAGE_BY_REGION && plan->events[i].over.s > 0)
            return true;
    }
    return false;
}

static bool any_clock_without_rtc(const struct ps_plan *plan)
{
    for (size_t i = 0; i < plan->strategy_count; i++) {
        if (plan->strategies[i].time.clock != PS_CLOCK_RTC)
            return true;
    }
    return false;
}

/* Which of an authority's services anybody looks at: PS_PUBLISH_ bits. */
static uint32_t services_read(const struct ps_plan *plan)
{
    uint32_t read = 0;

    for (size_t i = 0; i < plan->strategy_count; i++) {
        switch (plan->strategies[i].revocation.mode) {
        case PS_REVOCATION_OCSP:
        case PS_REVOCATION_STAPLE:
        case PS_REVOCATION_MUST_STAPLE:
            read |= PS_PUBLISH_OCSP;
            break;
        case PS_REVOCATION_CRL:
            read |= PS_PUBLISH_CRL;
            break;
        default:
            break;
        }
    }
    return read;
}

static bool any_dane(const struct ps_plan *plan)
{
    for (size_t i = 0; i < plan->strategy_count; i++) {
        if (plan->strategies[i].chain.engine == PS_ENGINE_DANE)
            return true;
    }
    return false;
}

/* Somebody shows a certificate that was made ahead of its device, to somebody who asks. */
static bool any_made_ahead(const struct ps_plan *plan)
{
    bool asked = false, ahead = false;

    for (size_t i = 0; i < plan->endpoint_count; i++)
        asked |= plan->endpoints[i].asks_clients;
    for (size_t i = 0; i < plan->strategy_count; i++) {
        enum ps_client_identity identity = plan->strategies[i].client.identity;
        ahead |= plan->strategies[i].client.provisioned == PS_PROVISIONED_PREGENERATED &&
                 (identity == PS_CLIENT_X509_LDEVID || identity == PS_CLIENT_X509_SHARED);
    }
    return asked && ahead;
}

static void assume(struct ps_resolver *resolver, const char *sentence)
{
    struct ps_plan *plan = resolver->plan;

    plan->assumptions[plan->assumption_count++] = sentence;
}

/* Of the authorities that publish it: is there one that leaves the lifetime out? */
static bool lifetime_left_out(const struct ps_resolver *resolver, uint32_t service, const char *key)
{
    struct ps_block **blocks = ps_resolve_blocks(resolver, "authorities");

    for (size_t i = 0; i < resolver->plan->authority_count; i++) {
        if ((resolver->plan->authorities[i].publishes & service) != 0 &&
            ps_block_entry(blocks[i], key)->value == NULL)
            return true;
    }
    return false;
}

/* How status behaves where the file does not say it, if any device looks at status. */
static void assume_status(struct ps_resolver *resolver)
{
    const struct ps_plan *plan = resolver->plan;
    uint32_t published = 0, read = services_read(plan);

    for (size_t i = 0; i < plan->authority_count; i++)
        published |= plan->authorities[i].publishes;
    read &= published;
    if (read != 0)
        assume(resolver, "OCSP answers, staples and CRLs are made anew every day.");
    if ((read & PS_PUBLISH_OCSP) != 0 &&
        lifetime_left_out(resolver, PS_PUBLISH_OCSP, "ocsp_lifetime"))
        assume(resolver, "An OCSP answer holds for 7d where its authority says nothing else.");
    if ((read & PS_PUBLISH_CRL) != 0 && lifetime_left_out(resolver, PS_PUBLISH_CRL, "crl_lifetime"))
        assume(resolver, "A CRL holds for 90d where its authority says nothing else.");
    if (any_made_ahead(plan))
        assume(resolver, "A certificate from a list was made 180d before its device.");
    if (any_dane(plan))
        assume(resolver, "DNS is asked through a resolver that validates, with a right clock.");
}

/* Over these updates are asked for, in a contact that another trust can be tried for. */
static bool is_asked(enum ps_update_channel channel)
{
    switch (channel) {
    case PS_UPDATE_FW_TLS_SAME:
    case PS_UPDATE_FW_TLS_PRIVATE:
    case PS_UPDATE_FW_HTTP:
    case PS_UPDATE_TRUST_BUNDLE:
    case PS_UPDATE_EST:
    case PS_UPDATE_CMP:
    case PS_UPDATE_TAMP:
    case PS_UPDATE_BRSKI_VOUCHER:
    case PS_UPDATE_REPROVISION:
        return true;
    default:
        return false;
    }
}

/* A fallback for updates only that never acts. */
static void assume_fallbacks(struct ps_resolver *resolver, const struct ps_strategy *strategy)
{
    const struct ps_plan *plan = resolver->plan;

    for (size_t i = 0; i < strategy->fallback_count; i++) {
        const struct ps_fallback *fallback = &strategy->fallback[i];
        const struct ps_strategy *other = &plan->strategies[fallback->strategy];

        if (fallback->scope == PS_FALLBACK_UPDATE_ONLY &&
            !(is_asked(strategy->update.channel) && is_asked(other->update.channel)))
            assume(resolver, ps_arena_format(
                                 resolver->reader.arena,
                                 "Strategy %s: its fallback on %s never acts, as %s has no update "
                                 "channel that a server is asked over.",
                                 strategy->name, fallback->to,
                                 is_asked(strategy->update.channel) ? fallback->to : "it"));
    }
}

/* Adds a thing to a sentence's list of them. */
static void add_name(struct ps_resolver *resolver, const char **names, const char *word,
                     const char *name)
{
    *names = ps_arena_format(resolver->reader.arena, "%s%s%s%s", *names, **names ? ", " : "", word,
                             name);
}

/* Somebody can take a release that leaves its adoption to the cohorts. */
static bool left_to_cohorts(const struct ps_plan_event *event)
{
    return event->kind == PS_EVENT_RELEASE && !event->as.release.has_adoption &&
           event->as.release.strategy_count > 0;
}

/* Releases that are taken at once, because nobody says anything else. */
static void assume_adoption(struct ps_resolver *resolver)
{
    const struct ps_plan *plan = resolver->plan;
    const char *names = "";
    bool everywhere = true;

    for (size_t i = 0; i < plan->cohort_count; i++)
        everywhere &= plan->cohorts[i].has_adoption;
    for (size_t i = 0; i < plan->event_count && !everywhere; i++)
        if (left_to_cohorts(&plan->events[i]))
            add_name(resolver, &names, "", plan->events[i].as.release.name);
    if (*names != '\0')
        assume(resolver, ps_arena_format(resolver->reader.arena,
                                         "Devices take a release at the first poll at which it is "
                                         "offered (adoption 0s): %s.",
                                         names));
}

static bool is_typical(const struct ps_block *block)
{
    const struct ps_node *value = ps_block_entry(block, "adoption")->value;

    return value != NULL && value->kind == PS_NODE_SCALAR && strcmp(value->text, "typical") == 0;
}

/* Where the numbers behind `typical` count. */
static void assume_typical(struct ps_resolver *resolver)
{
    const struct ps_plan *plan = resolver->plan;
    const char *names = "";
    bool left = false;

    for (size_t i = 0; i < plan->event_count; i++)
        left |= left_to_cohorts(&plan->events[i]);
    for (size_t i = 0; i < plan->cohort_count && left; i++)
        if (is_typical(ps_resolve_blocks(resolver, "fleet")[i]))
            add_name(resolver, &names, "cohort ", plan->cohorts[i].name);
    for (size_t i = 0; i < plan->event_count; i++) {
        const struct ps_plan_event *event = &plan->events[i];
        const struct ps_block *block = ps_resolve_blocks(resolver, "timeline")[event->ordinal];
        if (event->kind == PS_EVENT_RELEASE && event->as.release.strategy_count > 0 &&
            is_typical(ps_block_entry(block, "release")->block))
            add_name(resolver, &names, "release ", event->as.release.name);
    }
    if (*names != '\0')
        assume(resolver, ps_arena_format(resolver->reader.arena,
                                         "Adoption is typical (%s): 70%% of devices within 30d, "
                                         "90%% within 90d, 7%% never, as no public curve exists.",
                                         names));
}

/* Factories that go on building what was designed first, because nobody says anything else. */
static void assume_shipped(struct ps_resolver *resolver)
{
    const struct ps_plan *plan = resolver->plan;
    const char *names = "";

    for (size_t i = 0; i < plan->cohort_count; i++) {
        bool overtaken = false;
        for (size_t n = 0; n < plan->event_count; n++)
            overtaken |= plan->events[n].kind == PS_EVENT_RELEASE &&
                         plan->events[n].as.release.strategy_count > 0 &&
                         ps_time_compare(plan->events[n].at, plan->cohorts[i].made_until) < 0;
        if (overtaken && !ps_block_has(ps_resolve_blocks(resolver, "fleet")[i], "ships"))
            add_name(resolver, &names, "", plan->cohorts[i].name);
    }
    if (*names != '\0')
        assume(resolver, ps_arena_format(resolver->reader.arena,
                                         "What is made after a release ships without it (ships "
                                         "original): %s.",
                                         names));
}

static bool follows_stores(const struct ps_strategy *strategy)
{
    return strategy->update.channel == PS_UPDATE_OS_BUNDLE ||
           strategy->update.channel == PS_UPDATE_APP_STORE;
}

/* The kinds of change that a store has, in the order of its lag's keys. */
enum { ADDED, EXPIRED, DISTRUSTED, CHANGE_COUNT };

/* What was so before the first device was made is no change to any. */
static void changes_of(const struct ps_plan *plan, const struct ps_plan_store *store,
                       bool ret_has[CHANGE_COUNT])
{
    ps_time first = plan->until;

    for (size_t i = 0; i < plan->cohort_count; i++)
        if (ps_time_compare(plan->cohorts[i].made_from, first) < 0)
            first = plan->cohorts[i].made_from;
    for (size_t i = 0; i < store->count; i++) {
        const struct ps_plan_store_entry *entry = &store->entries[i];
        ps_time end = plan->certificates[entry->certificate].spec.not_after;
        if (ps_time_compare(entry->from, first) > 0)
            ret_has[ADDED] = true;
        if (entry->until.s != PS_TIME_NEVER.s && ps_time_compare(entry->until, first) > 0)
            ret_has[ps_time_compare(entry->until, end) > 0 ? EXPIRED : DISTRUSTED] = true;
    }
}

/* Changes that a lag says nothing of. */
static void assume_lag(struct ps_resolver *resolver, size_t store, const bool has[CHANGE_COUNT])
{
    static const char *const keys[CHANGE_COUNT] = {"additions", "expiries", "distrust"};
    const struct ps_block *block =
        ps_block_entry(ps_resolve_blocks(resolver, "stores")[store], "lag")->block;
    const char *what = "";

    for (size_t i = 0; i < CHANGE_COUNT; i++)
        if (has[i] && !ps_block_has(block, keys[i]))
            add_name(resolver, &what, "", keys[i]);
    if (*what != '\0')
        assume(resolver,
               ps_arena_format(resolver->reader.arena, "Store %s: no lag (0s) is given for %s.",
                               resolver->plan->stores[store].name, what));
}

/* Stores that never change, and those whose changes reach devices at once, because nobody says
 * anything else. */
static void assume_stores(struct ps_resolver *resolver)
{
    const struct ps_plan *plan = resolver->plan;
    struct ps_arena *arena = resolver->reader.arena;
    bool *used = ps_arena_alloc(arena, plan->store_count + 1, sizeof(bool)),
         *followed = ps_arena_alloc(arena, plan->store_count + 1, sizeof(bool));

    for (size_t i = 0; i < plan->strategy_count + plan->hidden_count; i++) {
        const struct ps_strategy *strategy = &plan->strategies[i];
        for (size_t n = 0; n < strategy->anchor_count; n++) {
            const struct ps_reference *anchor = &strategy->anchors[n];
            if (anchor->kind != PS_REFERENCE_STORE)
                continue;
            used[anchor->index] = true;
            followed[anchor->index] |= !anchor->at_ship && follows_stores(strategy);
        }
    }
    for (size_t i = 0; i < plan->store_count; i++) {
        const struct ps_plan_store *store = &plan->stores[i];
        bool has[CHANGE_COUNT] = {false};
        changes_of(plan, store, has);
        if (used[i] && !has[ADDED] && !has[EXPIRED] && !has[DISTRUSTED])
            assume(resolver,
                   ps_arena_format(arena,
                                   "Store %s: nothing is added to it or taken out; from public "
                                   "stores 8%% of the roots disappear in a year.",
                                   store->name));
        else if (followed[i] && !store->lag.given)
            assume(resolver,
                   ps_arena_format(arena, "Store %s: its changes reach devices at once (lag 0s).",
                                   store->name));
        else if (followed[i])
            assume_lag(resolver, i, has);
    }
}

/* How a cohort's lives are where the file does not say it. */
static void assume_lives(struct ps_resolver *resolver, size_t cohort)
{
    const struct ps_plan_cohort *c = &resolver->plan->cohorts[cohort];
    const struct ps_block *block = ps_resolve_blocks(resolver, "fleet")[cohort];
    const struct ps_block *ntp = ps_block_entry(block, "ntp")->block;
    const struct ps_block *contact = ps_block_entry(block, "contact")->block;
    struct ps_arena *arena = resolver->reader.arena;

    if (ps_block_entry(block, "shelf")->value == NULL)
        assume(resolver,
               ps_arena_format(arena,
                               "Cohort %s: time on the shelf is lognormal with median 120d and "
                               "sigma 0.8, as no public curve exists.",
                               c->name));
    if (ps_block_entry(contact, "every")->value == NULL)
        assume(resolver,
               ps_arena_format(arena, "Cohort %s: devices make contact once a day.", c->name));
    if (any_clock_without_rtc(resolver->plan) && ps_block_entry(ntp, "blocked")->value == NULL)
        assume(resolver, ps_arena_format(arena,
                                         "Cohort %s: time synchronisation is blocked for 15%% "
                                         "of devices, as one operator measured.",
                                         c->name));
    if (ps_block_entry(contact, "session")->value == NULL && c->session.s > c->every.s)
        assume(resolver, ps_arena_format(arena,
                                         "Cohort %s: a session is verified anew after 45m, as one "
                                         "SDK does it.",
                                         c->name));
}

/* That devices are there all the time matters in every scenario. */
static void assume_presence(struct ps_resolver *resolver)
{
    const struct ps_plan *plan = resolver->plan;
    const char *missing[3], *what = "";
    bool online = false, powered = false, stays = false;
    size_t count = 0;

    for (size_t i = 0; i < plan->cohort_count; i++) {
        online |= !plan->cohorts[i].offline.given;
        powered |= !plan->cohorts[i].power_loss.given;
        stays |= !plan->cohorts[i].has_life && plan->cohorts[i].retire.s == PS_TIME_NEVER.s;
    }
    if (online)
        missing[count++] = "goes offline";
    if (powered)
        missing[count++] = "loses power";
    if (stays)
        missing[count++] = "is retired";
    for (size_t i = 0; i < count; i++) {
        const char *before = i == 0 ? "" : i + 1 == count ? " or " : ", ";
        what = ps_arena_format(resolver->reader.arena, "%s%s%s", what, before, missing[i]);
    }
    if (count > 0)
        assume(resolver, ps_arena_format(resolver->reader.arena,
                                         "Where its cohort does not say so, no device %s.", what));
}

/* Attacks with a certificate that has ended by then. */
static void assume_threats(struct ps_resolver *resolver)
{
    const struct ps_plan *plan = resolver->plan;

    for (size_t i = 0; i < plan->threat_count; i++) {
        const struct ps_plan_threat *threat = &plan->threats[i];
        for (size_t n = 0; n < plan->cohort_count; n++) {
            const struct ps_plan_endpoint *endpoint = &plan->endpoints[plan->cohorts[n].endpoint];
            if (threat->attack < PS_ATTACK_X10 || threat->attack > PS_ATTACK_X13 ||
                threat->from.s < plan->from.s + endpoint->leaf.lifetime.s)
                continue;
            assume(resolver,
                   ps_arena_format(resolver->reader.arena,
                                   "Threat %s begins when the first certificate of %s has ended: "
                                   "who looks at dates refuses it for that alone.",
                                   ps_attack_text(threat->attack), endpoint->name));
            break;
        }
    }
}

/* Only of scenarios without a mistake. */
void ps_resolve_assumptions(struct ps_resolver *resolver)
{
    struct ps_plan *plan = resolver->plan;
    struct ps_arena *arena = resolver->reader.arena;

    if (resolver->reader.diagnostics->count > 0)
        return;
    size_t most = 5 * plan->cohort_count + plan->store_count + plan->threat_count + 12;
    for (size_t i = 0; i < plan->strategy_count; i++)
        most += plan->strategies[i].fallback_count;
    plan->assumptions = ps_arena_alloc(arena, most, sizeof *plan->assumptions);
    for (size_t i = 0; i < plan->cohort_count; i++)
        assume_lives(resolver, i);
    if (any_region_staging(plan) && ps_block_entry(resolver->root, "regions")->value == NULL)
        assume(resolver, "Changes by region draw from 10 regions.");
    assume_status(resolver);
    assume_adoption(resolver);
    assume_typical(resolver);
    assume_shipped(resolver);
    assume_stores(resolver);
    assume_threats(resolver);
    for (size_t i = 0; i < plan->strategy_count; i++)
        assume_fallbacks(resolver, &plan->strategies[i]);
    assume_presence(resolver);
    ps_cohort_clock_assume(resolver, assume);
}
