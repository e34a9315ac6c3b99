/* SPDX-License-Identifier: Apache-2.0
 *
 * What plain stretches of contacts (life_plain.c) and plain walks of threats (life_sight.c) share:
 * a question of a life, asked of its tracks.
 */
#ifndef HARNESS_ENGINE_LIFE_PLAIN_H
#define HARNESS_ENGINE_LIFE_PLAIN_H

#include "engine/life_private.h"
#include "engine/track.h"

struct ps_question {
    const struct ps_life_span *span; /* that `t` lies in */
    ps_time t;
    uint32_t e; /* epoch that `t` lies in */
    enum ps_contact_role role;
    uint32_t serving; /* where that differs from device to device; else PS_PLAN_NONE */
    uint32_t offered; /* UPDATE */
    uint32_t threat;  /* PROBE */
    uint32_t clock;   /* PS_TRACK_CLOCK_ */
    /* Once it is asked: */
    struct ps_track *track;
    uint32_t verdict;
    uint32_t end; /* epoch in which the answer may be another; `e`: it is for this second alone */
};

bool ps_life_uses_tracks(const struct ps_life *life, const struct ps_life_world *w);
/* Whether there are tracks for a span under a clock of this kind. */
bool ps_life_has_tracks(const struct ps_life_world *w, const struct ps_life_span *span,
                        uint32_t clock);
/* What `endpoint` serves the device at `t`, if that differs from device to device. Shortens
 * *until. */
uint32_t ps_life_serving(const struct ps_life *life, const struct ps_life_world *w,
                         uint32_t endpoint, ps_time t, ps_time *until);
struct ps_track *ps_life_track(const struct ps_life *life, const struct ps_life_world *w,
                               const struct ps_question *question);
/* Clocks that are behind do not agree about the question's second: what this one shows there
 * decides, up to *until. False: it shows the first second of an epoch, or one before the last. */
bool ps_life_narrow_clock(struct ps_life *life, const struct ps_life_world *w,
                          struct ps_question *question, ps_time *until);
/* The verdict, and up to when it holds, if that is before *until. */
enum ps_track_answer ps_life_ask_track(struct ps_life *life, const struct ps_life_world *w,
                                       struct ps_question *question, ps_time *until);

/* life_sight.c: walks the life's threat up to `end`, or to where it has to be walked otherwise. */
enum ps_track_answer ps_life_walk_plain(struct ps_life *life, const struct ps_life_world *w,
                                        struct ps_tally *tally, ps_time end);

#endif
