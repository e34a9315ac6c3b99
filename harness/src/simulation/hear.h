/* SPDX-License-Identifier: Apache-2.0
 *
 * Listens to the lives of one device, and keeps what somebody who explains them needs: contacts
 * that were alike as one run, and what the life told of itself, in the order in which it came.
 */
#ifndef HARNESS_SIMULATION_HEAR_H
#define HARNESS_SIMULATION_HEAR_H

#include "engine/life.h"
#include "engine/schedule.h"

/* Contacts of one role that came to the same, one after the other. */
struct ps_heard_run {
    struct ps_contact_spec first, last; /* exactly, as they were made */
    struct ps_verdict verdict;          /* of the first: the others may have gone another path */
    struct ps_verdict last_verdict;
    uint64_t count;
    bool rescue; /* asked at the end: would an update still reach it? */
};

struct ps_heard_news {
    enum ps_life_news news;
    ps_time t;
    uint32_t number;
    char *text;      /* LEARNED: what; owned; NULL */
    uint64_t online; /* SAFE: seconds since EXPOSED in which the device could be met */
};

/* From `from` on the device has this trust state, and that release. */
struct ps_heard_trust {
    ps_time from;
    uint32_t trust, release;
};

/* It adopts that release then, or never, if it can fetch it. */
struct ps_heard_offer {
    uint32_t release; /* plan event */
    ps_time at;       /* NEVER */
};

/* From `from` on this fallback applies, or none (PS_PLAN_NONE). */
struct ps_heard_fall {
    ps_time from;
    uint32_t fallback;
};

struct ps_heard_life {
    bool over; /* it was lived */
    struct ps_heard_run *runs;
    size_t run_count, run_capacity;
    struct ps_heard_run *probes; /* those that were accepted */
    size_t probe_count, probe_capacity;
    struct ps_heard_news *news;
    size_t news_count, news_capacity;
    struct ps_heard_trust *trusts;
    size_t trust_count, trust_capacity;
    struct ps_heard_fall *falls;
    size_t fall_count, fall_capacity;
    struct ps_heard_offer *offers;
    size_t offer_count, offer_capacity;
    struct ps_life_credential *credentials;
    size_t credential_count;
    struct ps_gap *blackouts; /* without power, within the scenario */
    size_t blackout_count, blackout_capacity;
    struct ps_device device; /* without its schedule */
    struct ps_record record;
    bool was_dark;
    struct ps_verdict cause; /* all zero: it never was dark */
    ps_time taken;
    ps_time dark_until; /* of the last dark spell; NEVER: it lasts, or there was none */
    uint32_t taken_by;
    uint32_t anchors_known, keys_known, issuers_known; /* what was told before */
    bool leaf_known;
    ps_time set_known;
};

struct ps_heard {
    struct ps_life_listener listener;
    struct ps_heard_life *lives; /* by strategy of the plan */
    size_t count;
};
/* Stays where it is while it listens. */
void ps_heard_init(struct ps_heard *heard, const struct ps_plan *plan);
void ps_heard_deinit(struct ps_heard *heard);

#endif
