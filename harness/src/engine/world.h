/* SPDX-License-Identifier: Apache-2.0
 *
 * The world of a scenario as devices can meet it: what every endpoint serves, from when, to whom,
 * and which leaf certificate is in use at which second. Built once from the plan and never changed;
 * pure data and arithmetic, no certificate is minted here (material.h does that).
 *
 * A *serving* is one state of an endpoint: a chain rule and a leaf line. A `serve` event makes a
 * new one; a staged event reaches each device (or region) at its own time, so which serving a
 * device meets is a function of the device and the second. The later event wins, whatever the
 * staging of an earlier one says.
 *
 * A *leaf line* is a sequence of leaf certificates of one endpoint, renewed on a fixed grid: number
 * k is issued at start + k * (lifetime - renew_before). A `serve` event with `leaf:` begins a new
 * line at its own time; one that only changes the chain keeps the line.
 */
#ifndef HARNESS_ENGINE_WORLD_H
#define HARNESS_ENGINE_WORLD_H

#include <stdint.h>
#include "base/random.h"
#include "scenarios/plan.h"

/* What an anchor, a pin, a record or a revocation is about. */
enum ps_target_kind {
    PS_TARGET_NONE,
    PS_TARGET_CERTIFICATE, /* of the plan */
    PS_TARGET_KEY,         /* of the world */
    PS_TARGET_LEAF,        /* of the world */
    PS_TARGET_STAPLE_LEAF, /* the same leaf, but it demands a staple: only an attacker has it */
    PS_TARGET_ATTACK_LEAF, /* what the attacker of a probe mints for himself */
    PS_TARGET_ATTACK_CA,   /* a CA that he makes himself */
};
struct ps_target {
    uint32_t kind; /* enum ps_target_kind */
    uint32_t number;
};
static inline bool ps_target_is(struct ps_target a, struct ps_target b)
{
    return a.kind == b.kind && a.number == b.number;
}

struct ps_leaf_line {
    uint32_t endpoint;
    struct ps_plan_leaf leaf;
    ps_time start;
    ps_duration period;              /* between renewals */
    uint32_t first_leaf, leaf_count; /* of the world, up to the scenario's end */
};

struct ps_serving {
    uint32_t endpoint;
    uint32_t event; /* the plan's event; PS_PLAN_NONE: the first state */
    ps_time from;   /* before staging */
    uint32_t line;  /* of leaves */
    const struct ps_plan_chain *chains;
    size_t chain_count;
    const struct ps_plan_chain *alternates;
    size_t alternate_count;
    bool staple;
    enum ps_plan_tlsa tlsa;
};

/* A revoke event. */
struct ps_world_revocation {
    struct ps_target target; /* a certificate or a leaf */
    ps_time at;
    ps_time pushed; /* from when it is in pushed sets; PS_TIME_NEVER */
};

/* One leaf certificate, found by (line, number). `key` numbers are the world's own. */
struct ps_leaf {
    uint32_t line, number;
    uint32_t issuer; /* authority */
    uint32_t key;    /* world key */
    ps_time not_before, not_after;
};

/* A key pair that some endpoint or role uses. */
struct ps_world_key {
    uint32_t named;    /* plan key, or PS_PLAN_NONE */
    uint32_t endpoint; /* of an endpoint's own key */
    uint32_t line,
        number; /* of a key made at a renewal; PS_PLAN_NONE: the endpoint's lasting key */
    enum ps_key_type type;
};

struct ps_world {
    const struct ps_plan *plan;
    uint64_t seed;
    struct ps_serving *servings; /* by endpoint, then event order */
    size_t serving_count;
    uint32_t *first_serving; /* per endpoint, and one past the end */
    struct ps_leaf_line *lines;
    size_t line_count;
    struct ps_leaf *leaves; /* line by line */
    size_t leaf_count, leaf_capacity;
    struct ps_world_key *keys; /* the plan's first, as numbered there */
    size_t key_count, key_capacity;
    struct ps_world_revocation *revocations; /* in the order of their events */
    size_t revocation_count;
};

void ps_world_init(struct ps_world *world, const struct ps_plan *plan, uint64_t seed);
void ps_world_deinit(struct ps_world *world);

/* The leaf in use on `line` at `t`, which is before the scenario's end (before the line's start:
 * its first). */
uint32_t ps_world_leaf(const struct ps_world *world, uint32_t line, ps_time t);
/* The first renewal of `line` after `t`. */
ps_time ps_world_renewal_after(const struct ps_world *world, uint32_t line, ps_time t);
/* What is sent after a leaf of that serving; NULL: nothing. */
const struct ps_plan_chain *ps_world_chain(const struct ps_world *world, uint32_t serving,
                                           uint32_t issuer);
/* The world's number of a named key of the plan. */
uint32_t ps_world_named_key(const struct ps_world *world, uint32_t plan_key);

/* Who a staged event asks when it decides when it reaches somebody. */
struct ps_stage_subject {
    struct ps_subject device;
    uint32_t region;
};
/* When `event` reaches a device: its time plus its share of the staging. `from` is the event's own
 * time. */
ps_time ps_world_stage_time(const struct ps_world *world, const struct ps_plan_event *event,
                            ps_time from, const struct ps_stage_subject *subject);
/* The serving a device meets at `t`, and in *ret_until the first second at which that may change.
 */
uint32_t ps_world_serving(const struct ps_world *world, uint32_t endpoint, ps_time t,
                          const struct ps_stage_subject *subject, ps_time *ret_until);
/* The fault in force at an endpoint at `t` (NULL: none), and when that changes next. */
const struct ps_plan_fault *ps_world_fault(const struct ps_world *world, uint32_t endpoint,
                                           ps_time t, ps_time *ret_until);

#endif
