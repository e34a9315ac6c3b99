/* SPDX-License-Identifier: Apache-2.0
 *
 * Update channels as rules: how what the operator offers (a `release` event) comes to a device, and
 * what has to hold for that. The protocols are not spoken, but for firmware and signed bundles,
 * which are fetched in real contacts.
 *
 *   CONTACT    at a poll a contact of its own fetches it, over TLS, in the clear, or in the clear
 *              where TLS is refused: fw_tls_same, fw_tls_private, est, reprovision; fw_http, cmp,
 * brski_voucher; trust_bundle, tamp. `transport` overrides that PLATFORM   at a poll, whatever the
 * device's trust says: app_store, os_bundle SESSION    over accepted telemetry contacts, from its
 * announcement on: announce and hpkp at once, tack when two have seen it, rfc5011 at polls, a root
 * when it stood for the hold-down. It acts from the release's own time on ANYHOW     at a poll, if
 * a root that the device has names the key of each new one NONE       never: none, manual; tofu,
 * which learns once; dns, where nothing is installed
 *
 * A device adopts a release some time after it is offered, by a draw that is the same under every
 * strategy. A release that is withdrawn comes to nobody any more. Who has it is given the newest of
 * the others instead, over CONTACT and PLATFORM, if its rollback protection lets that in; what came
 * over sessions or was named by a root stays, as nothing takes it back.
 */
#ifndef HARNESS_ENGINE_CHANNEL_H
#define HARNESS_ENGINE_CHANNEL_H

#include "engine/class.h"
#include "engine/trust.h"

enum ps_channel_way {
    PS_WAY_NONE,
    PS_WAY_CONTACT,
    PS_WAY_PLATFORM,
    PS_WAY_SESSION,
    PS_WAY_ANYHOW,
};

struct ps_channel {
    enum ps_channel_way way;
    bool tls, plain;    /* CONTACT: over TLS; in the clear. Both: TLS first */
    bool firmware;      /* what comes is firmware: it was built then */
    uint32_t sightings; /* SESSION: accepted contacts that must have seen an offer */
    bool root_by_root;  /* SESSION: at polls, each root after its own hold-down */
    ps_duration hold_down;
    bool in_order;         /* only to who has the release before it */
    ps_duration poll;      /* at least so long from one question to the next */
    bool learns_first;     /* a pin is of the first contact's leaf */
    bool learns_announced; /* keys that endpoints announce */
    bool learns_chains;    /* intermediates are kept */
    bool goes_back;        /* from a release that was withdrawn to one before it */
    uint32_t *releases;    /* plan events that are offered to it, in order; owned */
    ps_time *withdrawn;    /* by release: when it is taken back; NEVER; owned */
    size_t release_count;
    uint32_t *announcements; /* plan events, of any endpoint; owned */
    size_t announcement_count;
};

/* By strategy of the plan, the hidden ones too. Owns what it points to. */
struct ps_channel *ps_channels_new(const struct ps_plan *plan);
void ps_channels_free(struct ps_channel *channels, const struct ps_plan *plan); /* NULL allowed */

/* When a release acts on a device that took it before, because it had been announced. */
ps_time ps_channel_acts_from(const struct ps_world *world, const struct ps_device *device,
                             uint32_t release);
/* The release that a device ships with, by its cohort's rule: plan event, or PS_PLAN_NONE. */
uint32_t ps_channel_shipped(const struct ps_channel *channel, const struct ps_world *world,
                            const struct ps_device *device);
/* When a device would adopt each release of its channel, for which `ret_offered` has room: what it
 * is offered then. NEVER: not at all. Over its sessions it sees what was announced. */
void ps_channel_offers(const struct ps_channel *channel, const struct ps_world *world,
                       const struct ps_device *device, ps_time *ret_offered);
/* The newest release that is offered at `t`, or PS_PLAN_NONE; and when that changes. */
uint32_t ps_channel_offer(const struct ps_channel *channel, const ps_time *offered, ps_time t,
                          ps_time *ret_until);
/* It takes what shipped instead of what is installed. */
#define PS_RELEASE_SHIPPED (PS_PLAN_NONE - 2)
/* The release that a device would take at `t`, apart from how it comes, when `installed` is on it
 * (PS_PLAN_NONE: as shipped) and its trust state is `trust`. PS_PLAN_NONE: none;
 * PS_RELEASE_SHIPPED; and when that changes. */
struct ps_channel_holder {
    const ps_time *offered;
    const struct ps_trust_state *trust;
    uint32_t installed;
};
uint32_t ps_channel_wanted(const struct ps_channel *channel, const struct ps_world *world,
                           const struct ps_channel_holder *holder, ps_time t, ps_time *ret_until);
/* ANYHOW: a root of this state names a successor that it does not have, or that one its own, and so
 * on, and what is served in `spec` is vouched for by one of these. */
bool ps_channel_heals(const struct ps_world *world, const struct ps_trust_state *trust,
                      const struct ps_contact_spec *spec);

/* A trust store that is not `@ship` changes with these alone; with any other it is as when the
 * firmware was built. */
bool ps_channel_follows_stores(enum ps_update_channel channel);

#endif
