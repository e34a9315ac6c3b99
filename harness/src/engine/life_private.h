/* SPDX-License-Identifier: Apache-2.0
 *
 * What the parts of a life share: life.c steps through it and decides the outcome, life_trust.c
 * says what the device carries and when, life_update.c what comes over its update channel,
 * life_contact.c describes one contact of it exactly, life_exposure.c walks the threats over it.
 */
#ifndef HARNESS_ENGINE_LIFE_PRIVATE_H
#define HARNESS_ENGINE_LIFE_PRIVATE_H

#include "engine/life.h"

static inline ps_time ps_earlier(ps_time a, ps_time b)
{
    return a.s < b.s ? a : b;
}

const struct ps_plan_cohort *ps_life_cohort(const struct ps_life *life,
                                            const struct ps_life_world *w);
const struct ps_strategy *ps_life_strategy(const struct ps_life *life,
                                           const struct ps_life_world *w);
/* Out of service before the scenario is over. */
bool ps_life_is_retired(const struct ps_life *life, const struct ps_life_world *w);

/* The device's clock with firmware that was built at `build`. */
struct ps_device_clock ps_life_clock(const struct ps_life *life, const struct ps_life_world *w,
                                     ps_time build);
/* From `from` on the device has the trust of the release that is installed. */
void ps_life_enter_trust(struct ps_life *life, const struct ps_life_world *w, ps_time from);
/* A live store changes by itself, also while the device sleeps or after its last contact: up to
 * `until`. */
void ps_life_follow_store(struct ps_life *life, const struct ps_life_world *w, ps_time until);
/* NTS is TLS itself: it tells the time to who has an anchor for it that holds at boot. Which one is
 * the server's choice, so any will do (RFC 8915 section 3). */
bool ps_life_time_server_trusted(const struct ps_life *life, const struct ps_life_world *w);
/* The span that `t` lies in, and where that ends. */
const struct ps_life_span *ps_life_span_at(const struct ps_life *life, ps_time t);
ps_time ps_life_span_end(const struct ps_life *life, ps_time t);

const struct ps_channel *ps_life_channel(const struct ps_life *life, const struct ps_life_world *w);
/* What an update server would give this device at `t`, and when that changes. */
uint32_t ps_life_offer(const struct ps_life *life, const struct ps_life_world *w, ps_time t,
                       ps_time *ret_until);

/* Contacts with one verdict: the first at `t`, `step` apart, the last before `until`. */
struct ps_life_stretch {
    ps_time t, until;
    int64_t step;
};
/* What comes over the update channel in a stretch: the questions of one poll and their answers, and
 * the release that is taken at it. */
struct ps_life_coming {
    ps_time poll;
    struct {
        struct ps_contact_spec spec;
        uint32_t verdict;
    } asked[2];
    size_t asked_count;
    uint32_t release; /* PS_PLAN_NONE: none is */
};
/* Shortens the stretch so that nothing comes but at its last contact. False: it waits for a
 * verdict. */
bool ps_life_find_coming(struct ps_life *life, const struct ps_life_world *w,
                         struct ps_life_stretch *stretch, struct ps_life_coming *ret_coming);
/* Tells about the contacts that were made for it. */
void ps_life_use_coming(struct ps_life *life, const struct ps_life_world *w,
                        const struct ps_life_coming *coming);
/* The polls of a stretch are over. */
void ps_life_note_polls(struct ps_life *life, const struct ps_life_world *w,
                        const struct ps_life_stretch *stretch);
/* At the end: would the update channel still reach the device? False: it waits for a verdict. */
bool ps_life_find_reach(struct ps_life *life, const struct ps_life_world *w, bool *ret_reached);

/* One stretch of the exposure walk. */
enum ps_life_step ps_life_step_exposure(struct ps_life *life, const struct ps_life_world *w,
                                        struct ps_tally *tally);

#endif
