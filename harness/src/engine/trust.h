/* SPDX-License-Identifier: Apache-2.0
 *
 * Trust states: what a device carries to decide with, as references into the plan and the world.
 * Interned, because devices share few of them: two devices with equal contents have one state.
 */
#ifndef HARNESS_ENGINE_TRUST_H
#define HARNESS_ENGINE_TRUST_H

#include "engine/fleet.h"
#include "engine/intern.h"

/* What an anchor or a pin is about. */
enum ps_target_kind { PS_TARGET_CERTIFICATE, PS_TARGET_KEY, PS_TARGET_LEAF };
struct ps_target {
    uint32_t kind;   /* enum ps_target_kind */
    uint32_t number; /* plan certificate, world key, world leaf */
};

struct ps_trust_pin_state {
    uint32_t match, depth; /* enums */
    struct ps_target of;
};

struct ps_trust_state {
    uint32_t strategy;
    struct ps_target *anchors;
    size_t anchor_count;
    struct ps_trust_pin_state *pins;
    size_t pin_count;
    bool reads_leaf;     /* some anchor or pin is compared with a whole leaf certificate */
    bool reads_leaf_key; /* some pin is compared with a leaf's key */
    bool reads_dates;    /* a verdict can depend on the device's clock */
};

struct ps_trusts {
    struct ps_intern index;
    struct ps_trust_state *states; /* by number */
    size_t count, capacity;
};

void ps_trusts_deinit(struct ps_trusts *trusts);

/* The state of `device` under `strategy` at `t`, with the release of plan event `release` installed
 * (PS_PLAN_NONE: as shipped). *ret_until: when it changes by itself (a live store does). */
uint32_t ps_trust_of(struct ps_trusts *trusts, struct ps_world *world,
                     const struct ps_device *device, uint32_t strategy, uint32_t release, ps_time t,
                     ps_time *ret_until);

#endif
