/* SPDX-License-Identifier: Apache-2.0
 *
 * A device that is refused is first asked whether the other end or its clock is at fault, for then
 * it comes back by itself. Else: what heals without anybody (a fallback, a root that names its
 * successor, pins that end), then what a channel can bring that still works, then what one could
 * have brought before.
 */
#include "harness/composite.h"

#include <assert.h>
#include <stddef.h>

enum { DAY_S = 86400 };

/* The root zone's next key signs alone from here on. */
static const ps_time next_dnssec_root_key = {1791676800}; /* 2026-10-11 */

enum {
    BRINGS_ANCHORS = 1,
    BRINGS_PINS = 2,
    BRINGS_STORES = 4, /* anchors of a platform's store, to strategies that follow it */
    BRINGS_ALL = 8,    /* other firmware: whatever it takes */
    BRINGS_RECORDS = 16,
};

enum { NO_RECORD_MATCHES = 65 }; /* X509_V_ERR_DANE_NO_MATCH */

/* `alone`: it does not need the trust that broke. `same_ca`: only the CA's own next root.
 * `lead_days` is an assumption: firmware is built, tested and rolled out in stages; a store
 * reviews; a platform decides; a bundle or message is signed by people who meet for it; what a
 * server says by itself needs nobody. */
static const struct channel {
    unsigned brings;
    bool alone, same_ca, renews_root_key;
    int lead_days;
} channels[] = {
    [PS_UPDATE_NONE] = {0},
    [PS_UPDATE_FW_TLS_SAME] = {BRINGS_ALL, false, false, true, 60},
    [PS_UPDATE_FW_TLS_PRIVATE] = {BRINGS_ALL, true, false, true, 60},
    [PS_UPDATE_FW_HTTP] = {BRINGS_ALL, true, false, true, 60},
    [PS_UPDATE_APP_STORE] = {BRINGS_ALL, true, false, true, 14},
    [PS_UPDATE_OS_BUNDLE] = {BRINGS_STORES, true, false, true, 90},
    [PS_UPDATE_TRUST_BUNDLE] = {BRINGS_ANCHORS | BRINGS_PINS, true, false, false, 7},
    [PS_UPDATE_ANNOUNCE] = {BRINGS_PINS, false, false, false, 0},
    [PS_UPDATE_HPKP] = {BRINGS_PINS, false, false, false, 0},
    [PS_UPDATE_TACK] = {BRINGS_PINS, false, false, false, 0},
    [PS_UPDATE_TOFU] = {0},
    [PS_UPDATE_DNS] = {BRINGS_RECORDS, true, false, false, 0},
    [PS_UPDATE_RFC5011] = {BRINGS_ANCHORS, false, true, true, 0},
    [PS_UPDATE_EST] = {BRINGS_ANCHORS, false, false, false, 0},
    [PS_UPDATE_CMP] = {BRINGS_ANCHORS, true, true, false, 0},
    [PS_UPDATE_HASH_OF_ROOT_KEY] = {BRINGS_ANCHORS, true, true, false, 0},
    [PS_UPDATE_TAMP] = {BRINGS_ANCHORS, true, false, false, 7},
    [PS_UPDATE_BRSKI_VOUCHER] = {BRINGS_ANCHORS, true, false, false, 7},
    [PS_UPDATE_MANUAL] = {0}, /* somebody who comes is no channel */
    [PS_UPDATE_REPROVISION] = {BRINGS_ANCHORS | BRINGS_PINS, false, false, false, 7},
};

char ps_composite_letter(enum ps_composite composite)
{
#define X(name, letter, meaning) letter,
    static const char letters[] = {PS_COMPOSITES(X)};
#undef X
    assert(composite < PS_COMPOSITE_COUNT);
    return letters[composite];
}

const char *ps_composite_meaning(enum ps_composite composite)
{
#define X(name, letter, meaning) meaning,
    static const char *const meanings[] = {PS_COMPOSITES(X)};
#undef X
    assert(composite < PS_COMPOSITE_COUNT);
    return meanings[composite];
}

ps_duration ps_composite_lead_of_channel(enum ps_update_channel channel)
{
    return (ps_duration){(int64_t)channels[channel].lead_days * DAY_S};
}

ps_duration ps_composite_lead(const struct ps_strategy *strategy)
{
    ps_duration lead = ps_composite_lead_of_channel(strategy->update.channel);
    lead.s += strategy->update.poll.s;
    if (strategy->update.channel == PS_UPDATE_RFC5011)
        lead.s += strategy->update.add_hold_down.s + strategy->update.poll.s; /* and seen again */
    return lead;
}

/* Its pins can refuse what path and name allow. */
static bool pins_can_refuse(const struct ps_strategy *strategy)
{
    return strategy->pins.count > 0 && !strategy->pins.report_only &&
           strategy->pins.combine != PS_PIN_COMBINE_OR;
}

static bool follows_a_store(const struct ps_strategy *strategy)
{
    for (size_t i = 0; i < strategy->anchor_count; i++)
        if (strategy->anchors[i].kind == PS_REFERENCE_STORE && !strategy->anchors[i].at_ship)
            return true;
    return false;
}

/* Whether the channel can carry what is missing. Where the path broke, pins would be asked next, so
 * a channel has to bring both. */
static bool can_bring(const struct ps_composite_case *c)
{
    const struct ps_strategy *strategy = c->strategy;
    const struct channel *channel = &channels[strategy->update.channel];
    if (channel->brings & BRINGS_ALL)
        return true;
    if (channel->same_ca && c->cause == PS_CAUSE_MOVE)
        return false;
    bool anchors = channel->brings & BRINGS_ANCHORS ||
                   (channel->brings & BRINGS_STORES && follows_a_store(strategy));
    bool pins = channel->brings & BRINGS_PINS;
    if (channel->brings & BRINGS_RECORDS)
        return c->verdict->error == NO_RECORD_MATCHES;
    switch (c->verdict->stage) {
    case PS_STAGE_PINS:
        return pins;
    case PS_STAGE_PATH:
    case PS_STAGE_DATES:
        return anchors && (pins || !pins_can_refuse(strategy));
    default: /* no other trust helps */
        return false;
    }
}

/* A private root for updates is no other trust where the device has no other. */
static bool is_alone(const struct ps_strategy *strategy)
{
    if (strategy->update.channel != PS_UPDATE_FW_TLS_PRIVATE)
        return channels[strategy->update.channel].alone;
    const struct ps_reference *root = &strategy->update.root;
    for (size_t i = 0; i < strategy->anchor_count; i++)
        if (strategy->anchors[i].kind != root->kind || strategy->anchors[i].index != root->index)
            return true;
    return strategy->anchor_count == 0;
}

static bool is_accepted(const struct ps_verdict *verdict)
{
    return verdict && ps_verdict_accepted(verdict);
}

/* Without anybody's doing. */
static bool heals(const struct ps_composite_case *c)
{
    enum ps_update_channel channel = c->strategy->update.channel;
    return c->replaced || (channel == PS_UPDATE_HPKP && is_accepted(c->pins_ended)) ||
           (channel == PS_UPDATE_HASH_OF_ROOT_KEY && can_bring(c));
}

/* Such a clock asks at boot, and shows what it is told. Who is on the path can make an
 * unauthenticated one run ahead, but nobody makes it stand at its beginning. */
static bool is_told_the_time(const struct ps_composite_case *c)
{
    switch (c->strategy->time.clock) {
    case PS_CLOCK_NTS:
    case PS_CLOCK_ROUGHTIME:
        return true;
    case PS_CLOCK_NTP:
    case PS_CLOCK_PEER_DATE:
        return c->cause == PS_CAUSE_CLOCK_BEHIND;
    default:
        return false;
    }
}

static enum ps_composite of_change(const struct ps_composite_case *c,
                                   const struct ps_composite_options *options)
{
    ps_duration lead = options->has_lead ? options->lead : ps_composite_lead(c->strategy);
    if (heals(c))
        return PS_COMPOSITE_HEALS;
    if (is_accepted(c->pins_ended))
        return PS_COMPOSITE_WAITS;
    if (c->updated_by_fallback || (can_bring(c) && is_alone(c->strategy)))
        return PS_COMPOSITE_LOCKED_OUT;
    if (can_bring(c) && c->worked_before && options->notice.s >= lead.s)
        return PS_COMPOSITE_PREPARED;
    return PS_COMPOSITE_BRICKED;
}

enum ps_composite ps_composite_of(const struct ps_composite_case *c,
                                  const struct ps_composite_options *options)
{
    if (c->strategy->chain.engine == PS_ENGINE_DANE && c->at.s >= next_dnssec_root_key.s &&
        !channels[c->strategy->update.channel].renews_root_key)
        return PS_COMPOSITE_STALE_KEY;
    if (is_accepted(c->verdict))
        return PS_COMPOSITE_SURVIVES;
    if (!c->mended)
        return of_change(c, options);
    if (c->cause != PS_CAUSE_SERVER) {
        if (is_told_the_time(c))
            return ps_composite_of(c->mended, options);
        if (is_accepted(c->at_floor))
            return PS_COMPOSITE_SURVIVES;
    }
    if (is_accepted(c->mended->verdict))
        return c->cause == PS_CAUSE_SERVER ? PS_COMPOSITE_TRANSIENT : PS_COMPOSITE_CLOCK;
    return ps_composite_of(c->mended, options); /* what is broken besides */
}
