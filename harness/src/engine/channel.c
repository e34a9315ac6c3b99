/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/channel.h"

#include <assert.h>
#include <stdlib.h>
#include "base/memory.h"

/* How often a device asks at least (RFC 5011 section 2.3). */
static const ps_duration rfc5011_poll_max = {15 * 86400};

static const struct rule {
    enum ps_channel_way way;
    bool tls, plain, firmware;
    uint32_t sightings;
} rules[] = {
    [PS_UPDATE_NONE] = {.way = PS_WAY_NONE},
    [PS_UPDATE_FW_TLS_SAME] = {.way = PS_WAY_CONTACT, .tls = true, .firmware = true},
    [PS_UPDATE_FW_TLS_PRIVATE] = {.way = PS_WAY_CONTACT, .tls = true, .firmware = true},
    [PS_UPDATE_FW_HTTP] = {.way = PS_WAY_CONTACT, .plain = true, .firmware = true},
    [PS_UPDATE_APP_STORE] = {.way = PS_WAY_PLATFORM, .firmware = true},
    [PS_UPDATE_OS_BUNDLE] = {.way = PS_WAY_PLATFORM},
    [PS_UPDATE_TRUST_BUNDLE] = {.way = PS_WAY_CONTACT, .tls = true, .plain = true},
    [PS_UPDATE_ANNOUNCE] = {.way = PS_WAY_SESSION, .sightings = 1},
    [PS_UPDATE_HPKP] = {.way = PS_WAY_SESSION, .sightings = 1},
    [PS_UPDATE_TACK] = {.way = PS_WAY_SESSION, .sightings = 2},
    [PS_UPDATE_TOFU] = {.way = PS_WAY_NONE},
    [PS_UPDATE_DNS] = {.way = PS_WAY_NONE},
    [PS_UPDATE_RFC5011] = {.way = PS_WAY_SESSION, .sightings = 2},
    [PS_UPDATE_EST] = {.way = PS_WAY_CONTACT, .tls = true},
    [PS_UPDATE_CMP] = {.way = PS_WAY_CONTACT, .plain = true},
    [PS_UPDATE_HASH_OF_ROOT_KEY] = {.way = PS_WAY_ANYHOW},
    [PS_UPDATE_TAMP] = {.way = PS_WAY_CONTACT, .tls = true, .plain = true},
    [PS_UPDATE_BRSKI_VOUCHER] = {.way = PS_WAY_CONTACT, .plain = true},
    [PS_UPDATE_MANUAL] = {.way = PS_WAY_NONE},
    [PS_UPDATE_REPROVISION] = {.way = PS_WAY_CONTACT, .tls = true},
};

static bool names(const struct ps_plan_release *release, uint32_t strategy)
{
    for (size_t i = 0; i < release->strategy_count; i++)
        if (release->strategies[i] == strategy)
            return true;
    return false;
}

/* When a release is taken back. */
static ps_time withdrawn_at(const struct ps_plan *plan, uint32_t release)
{
    for (size_t i = 0; i < plan->event_count; i++)
        if (plan->events[i].kind == PS_EVENT_WITHDRAW &&
            plan->events[i].as.withdraw.release == release)
            return plan->events[i].at;
    return PS_TIME_NEVER;
}

static void add_releases(struct ps_channel *c, const struct ps_plan *plan, uint32_t strategy)
{
    size_t capacity = 0;
    for (uint32_t i = 0; i < plan->event_count; i++) {
        const struct ps_plan_event *event = &plan->events[i];
        if (event->kind == PS_EVENT_RELEASE && c->way != PS_WAY_NONE &&
            names(&event->as.release, strategy))
            PS_PUSH(c->releases, c->release_count, capacity, i);
    }
    c->withdrawn = ps_alloc(c->release_count + 1, sizeof *c->withdrawn);
    for (size_t i = 0; i < c->release_count; i++)
        c->withdrawn[i] = withdrawn_at(plan, c->releases[i]);
}

static struct ps_channel channel_of(const struct ps_plan *plan, uint32_t number)
{
    const struct ps_strategy *strategy = &plan->strategies[number];
    const struct rule *rule = &rules[strategy->update.channel];
    struct ps_channel c = {.way = rule->way,
                           .tls = rule->tls,
                           .plain = rule->plain,
                           .firmware = rule->firmware,
                           .sightings = rule->sightings,
                           .in_order = strategy->update.channel == PS_UPDATE_CMP,
                           .poll = strategy->update.poll,
                           .learns_announced = strategy->update.channel == PS_UPDATE_ANNOUNCE,
                           .learns_chains = strategy->intermediates.cache};
    if (c.way == PS_WAY_CONTACT && strategy->update.transport != PS_TRANSPORT_NONE) {
        c.tls = strategy->update.transport != PS_TRANSPORT_HTTP;
        c.plain = strategy->update.transport != PS_TRANSPORT_TLS;
    }
    if (strategy->update.channel == PS_UPDATE_RFC5011) {
        c.root_by_root = true;
        c.hold_down = strategy->update.add_hold_down;
        if (c.poll.s > rfc5011_poll_max.s)
            c.poll = rfc5011_poll_max;
    }
    /* Of a platform nobody sees the payload, so that what keeps an older one out is the rule. */
    bool protected = strategy->update.rollback_protection != PS_ROLLBACK_NONE;
    c.goes_back =
        (c.way == PS_WAY_CONTACT && !c.in_order) || (c.way == PS_WAY_PLATFORM && !protected);
    for (size_t i = 0; i < strategy->pins.count; i++)
        c.learns_first |= strategy->pins.set[i].of.kind == PS_REFERENCE_FIRST_CONTACT;
    add_releases(&c, plan, number);
    size_t announcements = 0;
    for (uint32_t i = 0; i < plan->event_count && c.learns_announced; i++)
        if (plan->events[i].kind == PS_EVENT_ANNOUNCE)
            PS_PUSH(c.announcements, c.announcement_count, announcements, i);
    return c;
}

struct ps_channel *ps_channels_new(const struct ps_plan *plan)
{
    size_t count = plan->strategy_count + plan->hidden_count;
    struct ps_channel *channels = ps_alloc(count + 1, sizeof *channels);
    for (uint32_t i = 0; i < count; i++)
        channels[i] = channel_of(plan, i);
    return channels;
}

void ps_channels_free(struct ps_channel *channels, const struct ps_plan *plan)
{
    for (size_t i = 0; channels && i < plan->strategy_count + plan->hidden_count; i++) {
        free(channels[i].releases);
        free(channels[i].withdrawn);
        free(channels[i].announcements);
    }
    free(channels);
}

/* How long a device takes to adopt a release; NEVER: it does not. Devices that are slow with it are
 * so under every strategy. */
static ps_duration adoption_of(const struct ps_world *world, const struct ps_device *device,
                               const struct ps_plan_event *event)
{
    const struct ps_plan_release *release = &event->as.release;
    const struct ps_plan_cohort *cohort = &world->plan->cohorts[device->cohort];
    const struct ps_plan_adoption *adoption = &release->adoption;
    const ps_duration never = {PS_TIME_NEVER.s};
    if (!release->has_adoption && !cohort->has_adoption)
        return (ps_duration){0};
    if (!release->has_adoption)
        adoption = &cohort->adoption;
    uint64_t draw =
        ps_random_u64(world->seed, device->subject, PS_PURPOSE_ADOPTION, event->ordinal);
    ps_share adopts = {1000000 - adoption->never.ppm};
    return ps_random_hit(draw, adopts) ? ps_distribution_draw(&adoption->lag, draw) : never;
}

/* When a device would adopt the n-th release of its channel; NEVER. */
static ps_time offered_at(const struct ps_channel *channel, const struct ps_world *world,
                          const struct ps_device *device, size_t n)
{
    const struct ps_plan_event *event = &world->plan->events[channel->releases[n]];
    if (ps_random_hit(
            ps_random_u64(world->seed, device->subject, PS_PURPOSE_RELEASE_NEVER, event->ordinal),
            event->as.release.never))
        return PS_TIME_NEVER;
    ps_duration adoption = adoption_of(world, device, event);
    if (adoption.s == PS_TIME_NEVER.s)
        return PS_TIME_NEVER;
    bool early = channel->way == PS_WAY_SESSION && event->announced.s != PS_TIME_NEVER.s;
    ps_time offered =
        ps_world_stage_time(world, event, early ? event->announced : event->at, &device->stage);
    return (ps_time){offered.s + adoption.s};
}

void ps_channel_offers(const struct ps_channel *channel, const struct ps_world *world,
                       const struct ps_device *device, ps_time *ret_offered)
{
    for (size_t i = 0; i < channel->release_count; i++)
        ret_offered[i] = offered_at(channel, world, device, i);
}

ps_time ps_channel_acts_from(const struct ps_world *world, const struct ps_device *device,
                             uint32_t release)
{
    const struct ps_plan_event *event = &world->plan->events[release];
    return ps_world_stage_time(world, event, event->at, &device->stage);
}

uint32_t ps_channel_shipped(const struct ps_channel *channel, const struct ps_world *world,
                            const struct ps_device *device)
{
    const struct ps_plan *plan = world->plan;
    uint32_t found = PS_PLAN_NONE;
    if (plan->cohorts[device->cohort].ships == PS_SHIPS_ORIGINAL)
        return found;
    for (size_t i = 0; i < channel->release_count; i++)
        if (plan->events[channel->releases[i]].at.s <= device->made.s &&
            device->made.s < channel->withdrawn[i].s)
            found = channel->releases[i];
    return found;
}

static bool is_offered(const struct ps_channel *channel, const ps_time *offered, size_t n,
                       ps_time t)
{
    return offered[n].s <= t.s && t.s < channel->withdrawn[n].s;
}

uint32_t ps_channel_offer(const struct ps_channel *channel, const ps_time *offered, ps_time t,
                          ps_time *ret_until)
{
    uint32_t found = PS_PLAN_NONE;
    *ret_until = PS_TIME_NEVER;
    for (size_t i = 0; i < channel->release_count; i++) {
        ps_time withdrawn = channel->withdrawn[i];
        if (is_offered(channel, offered, i, t))
            found = channel->releases[i];
        else if (offered[i].s > t.s && offered[i].s < ret_until->s)
            *ret_until = offered[i];
        if (withdrawn.s > t.s && withdrawn.s < ret_until->s)
            *ret_until = withdrawn;
    }
    return found;
}

static bool is_withdrawn(const struct ps_channel *channel, uint32_t release, ps_time t)
{
    for (size_t i = 0; i < channel->release_count; i++)
        if (channel->releases[i] == release)
            return channel->withdrawn[i].s <= t.s;
    return false;
}

/* Whether `offer` comes straight after `installed` (PS_PLAN_NONE: what shipped): among all of this
 * channel, or among those that are not withdrawn at `t`. */
static bool succeeds(const struct ps_channel *channel, uint32_t installed, uint32_t offer,
                     ps_time t)
{
    uint32_t before = PS_PLAN_NONE, standing = PS_PLAN_NONE;
    for (size_t i = 0; i < channel->release_count && channel->releases[i] != offer; i++) {
        before = channel->releases[i];
        if (channel->withdrawn[i].s > t.s)
            standing = before;
    }
    return installed == before || installed == standing;
}

/* The authority whose certificate a reference is; PS_PLAN_NONE: it is none. */
static uint32_t authority_of(const struct ps_plan *plan, const struct ps_reference *reference)
{
    if (reference->kind != PS_REFERENCE_CERTIFICATE)
        return PS_PLAN_NONE;
    return plan->certificates[reference->index].of;
}

static bool has_or_expects(const struct ps_plan *plan, const struct ps_trust_state *trust,
                           uint32_t authority)
{
    for (size_t i = 0; i < trust->anchor_count; i++) {
        if (trust->anchors[i].kind != PS_TARGET_CERTIFICATE)
            continue;
        const struct ps_plan_certificate *root = &plan->certificates[trust->anchors[i].number];
        if (root->of == authority || root->next == authority)
            return true;
    }
    return false;
}

/* All of its anchors are roots that the device has, or whose keys these name (RFC 8649). */
static bool is_expected(const struct ps_plan *plan, const struct ps_trust_state *trust,
                        const struct ps_plan_release *release)
{
    for (size_t i = 0; i < release->anchor_count && release->has_anchors; i++) {
        uint32_t authority = authority_of(plan, &release->anchors[i]);
        if (authority == PS_PLAN_NONE || !has_or_expects(plan, trust, authority))
            return false;
    }
    return release->has_anchors;
}

static bool wants(const struct ps_channel *channel, const struct ps_world *world,
                  const struct ps_channel_holder *holder, uint32_t offer, ps_time t)
{
    if (offer == PS_PLAN_NONE || (holder->installed != PS_PLAN_NONE && offer <= holder->installed))
        return false;
    if (channel->in_order && !succeeds(channel, holder->installed, offer, t))
        return false;
    return channel->way != PS_WAY_ANYHOW ||
           is_expected(world->plan, holder->trust, &world->plan->events[offer].as.release);
}

uint32_t ps_channel_wanted(const struct ps_channel *channel, const struct ps_world *world,
                           const struct ps_channel_holder *holder, ps_time t, ps_time *ret_until)
{
    uint32_t newest = ps_channel_offer(channel, holder->offered, t, ret_until);
    if (wants(channel, world, holder, newest, t))
        return newest;
    if (channel->goes_back && is_withdrawn(channel, holder->installed, t))
        return newest == PS_PLAN_NONE ? PS_RELEASE_SHIPPED : newest;
    /* A root that is to be had anyhow may be one that only its successor names. */
    for (size_t i = channel->release_count; i-- > 0 && channel->way == PS_WAY_ANYHOW;)
        if (is_offered(channel, holder->offered, i, t) &&
            wants(channel, world, holder, channel->releases[i], t))
            return channel->releases[i];
    return PS_PLAN_NONE;
}

/* Marks every authority that a root of this state names, or that a root of one which is named does,
 * and so on. */
static void mark_named(const struct ps_plan *plan, const struct ps_trust_state *trust, bool *named)
{
    bool more = true;
    for (size_t i = 0; i < trust->anchor_count; i++) {
        uint32_t next = PS_PLAN_NONE;
        if (trust->anchors[i].kind == PS_TARGET_CERTIFICATE)
            next = plan->certificates[trust->anchors[i].number].next;
        if (next != PS_PLAN_NONE)
            named[next] = true;
    }
    while (more) {
        more = false;
        for (size_t i = 0; i < plan->certificate_count; i++) {
            const struct ps_plan_certificate *root = &plan->certificates[i];
            if (root->next == PS_PLAN_NONE || !named[root->of] || named[root->next])
                continue;
            named[root->next] = more = true;
        }
    }
}

bool ps_channel_heals(const struct ps_world *world, const struct ps_trust_state *trust,
                      const struct ps_contact_spec *spec)
{
    const struct ps_plan *plan = world->plan;
    bool *named = ps_alloc(plan->authority_count + 1, sizeof *named);
    mark_named(plan, trust, named);
    for (size_t i = 0; i < trust->anchor_count; i++)
        if (trust->anchors[i].kind == PS_TARGET_CERTIFICATE)
            named[plan->certificates[trust->anchors[i].number].of] = false; /* it is here */
    uint32_t issuer = world->leaves[spec->leaf].issuer;
    const struct ps_plan_chain *chain = ps_world_chain(world, spec->serving, issuer);
    bool heals = named[issuer];
    for (size_t i = 0; chain && i < chain->count; i++)
        heals |= named[plan->certificates[chain->certificates[i]].issuer];
    free(named);
    return heals;
}

bool ps_channel_follows_stores(enum ps_update_channel channel)
{
    return channel == PS_UPDATE_APP_STORE || channel == PS_UPDATE_OS_BUNDLE;
}
