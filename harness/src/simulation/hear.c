/* SPDX-License-Identifier: Apache-2.0 */
#include "simulation/hear.h"

#include <stdlib.h>
#include <string.h>
#include "base/memory.h"
#include "simulation/words.h"

/* Whether people would call it the same result: what differs in nothing but the path, where both
 * were accepted, is. */
static bool is_alike(const struct ps_verdict *a, const struct ps_verdict *b)
{
    return a->stage == b->stage && (ps_verdict_accepted(a) || strcmp(a->reason, b->reason) == 0);
}

/* Each time that something came is told by itself. */
static bool brings(const struct ps_contact_spec *spec, const struct ps_verdict *verdict)
{
    return ps_role_kind(spec->role) == PS_KIND_UPDATE && ps_verdict_accepted(verdict);
}

/* The latest run of that role, if it goes on. */
static struct ps_heard_run *run_to_extend(struct ps_heard_life *heard,
                                          const struct ps_contact_spec *spec,
                                          const struct ps_verdict *verdict)
{
    for (size_t i = heard->run_count; i-- > 0 && !brings(spec, verdict);) {
        struct ps_heard_run *run = &heard->runs[i];
        if (run->first.role == spec->role)
            return run->first.endpoint == spec->endpoint && is_alike(&run->last_verdict, verdict)
                       ? run
                       : NULL;
    }
    return NULL;
}

/* A life's contact at `t` like that of `spec`. */
static struct ps_contact_spec contact_at(const struct ps_life *life, const struct ps_life_world *w,
                                         const struct ps_contact_spec *spec, ps_time t)
{
    struct ps_contact_spec at;
    ps_time until;
    if (t.s == spec->at.s)
        return *spec;
    ps_life_spec(life, w, spec->role, t, &at, &until);
    return at;
}

static void hear_probe(struct ps_heard_life *heard, const struct ps_contact_spec *spec,
                       const struct ps_verdict *verdict)
{
    if (ps_verdict_accepted(verdict))
        PS_PUSH(
            heard->probes, heard->probe_count, heard->probe_capacity,
            (struct ps_heard_run){.first = *spec, .last = *spec, .verdict = *verdict, .count = 1});
}

static void hear_used(void *context, const struct ps_life *life, const struct ps_life_world *w,
                      const struct ps_contact_spec *spec, const struct ps_verdict *verdict,
                      ps_time first, ps_duration step, uint64_t count)
{
    struct ps_heard *all = context;
    struct ps_heard_life *heard = &all->lives[life->strategy];
    if (life->phase == PS_LIFE_EXPOSURE) {
        hear_probe(heard, spec, verdict);
        return;
    }
    bool rescue = life->phase == PS_LIFE_REACH;
    const struct ps_schedule *schedule = life->device.schedule;
    ps_time begins = ps_schedule_at(schedule, first, step.s, 0),
            last = ps_schedule_at(schedule, first, step.s, count - 1);
    struct ps_heard_run *run = rescue ? NULL : run_to_extend(heard, spec, verdict);
    if (!run) {
        PS_PUSH(heard->runs, heard->run_count, heard->run_capacity,
                (struct ps_heard_run){.first = contact_at(life, w, spec, begins),
                                      .verdict = *verdict,
                                      .rescue = rescue});
        run = &heard->runs[heard->run_count - 1];
    }
    run->last = contact_at(life, w, spec, last);
    run->last_verdict = *verdict;
    run->count += count;
}

/* What the last lesson was about, as far as it differs from what was known before. */
static char *lesson(struct ps_heard_life *heard, const struct ps_life *life,
                    const struct ps_world *world)
{
    const struct ps_life_knowledge *knows = &life->knows;
    const struct ps_plan *plan = world->plan;
    struct ps_text text = {0};
    if (knows->has_first_leaf && !heard->leaf_known) {
        ps_text_add(&text, "; whom it met first: ");
        ps_words_target(world, (struct ps_target){PS_TARGET_LEAF, knows->first_leaf}, &text);
    }
    for (size_t i = heard->anchors_known; i < knows->anchor_count; i++)
        ps_text_add(&text, "; the root %s", plan->certificates[knows->anchors[i]].name);
    for (size_t i = heard->keys_known; i < knows->announced_count; i++) {
        char from[PS_TIME_TEXT_MAX];
        ps_text_add(&text, "; announced ");
        ps_words_target(world, (struct ps_target){PS_TARGET_KEY, knows->announced[i].key}, &text);
        ps_text_add(&text, ", which counts from %s on",
                    ps_time_format(knows->announced[i].begins, from));
    }
    if (knows->intermediate_count > heard->issuers_known)
        ps_text_add(&text, "; issuers of its path: %zu by now", knows->intermediate_count);
    if (knows->has_set && ps_time_compare(knows->set_made, heard->set_known) != 0)
        ps_text_add(&text, "; a set of revoked certificates that knows more");
    heard->leaf_known = knows->has_first_leaf;
    heard->anchors_known = (uint32_t)knows->anchor_count;
    heard->keys_known = (uint32_t)knows->announced_count;
    heard->issuers_known = (uint32_t)knows->intermediate_count;
    heard->set_known = knows->set_made;
    if (text.length == 0)
        ps_text_add(&text, "; what it was sent");
    char *words = ps_strdup(ps_text_chars(&text) + 2);
    ps_text_deinit(&text);
    return words;
}

static void hear_blackouts(struct ps_heard_life *heard, const struct ps_life *life,
                           const struct ps_plan *plan)
{
    const struct ps_schedule *schedule = life->device.schedule;
    for (size_t i = 0; schedule && i < schedule->blackout_count; i++) {
        const struct ps_gap *gap = &schedule->blackouts[i];
        if (gap->ends.s > plan->from.s && gap->begins.s < life->end.s)
            PS_PUSH(heard->blackouts, heard->blackout_count, heard->blackout_capacity, *gap);
    }
}

static void hear_over(struct ps_heard_life *heard, const struct ps_life *life,
                      const struct ps_life_world *w)
{
    heard->over = true;
    heard->device = life->device;
    hear_blackouts(heard, life, w->world->plan);
    heard->device.schedule = NULL; /* it goes with the life */
    heard->record = life->record;
    heard->was_dark = life->was_dark;
    heard->taken = life->taken;
    /* Who was taken over is dark from then on. */
    bool back = life->was_dark && life->up && life->taken.s == PS_TIME_NEVER.s;
    heard->dark_until = back ? life->dark_until : PS_TIME_NEVER;
    heard->taken_by = life->taken_by;
    if (life->was_dark)
        heard->cause = *w->verdict(w->chunk, life->dark_verdict);
    for (size_t i = 0; i < life->span_count; i++)
        PS_PUSH(heard->trusts, heard->trust_count, heard->trust_capacity,
                (struct ps_heard_trust){life->spans[i].from, life->spans[i].trust,
                                        life->spans[i].release});
    for (size_t i = 0; i < life->fall_count; i++)
        PS_PUSH(heard->falls, heard->fall_count, heard->fall_capacity,
                (struct ps_heard_fall){life->falls[i].from, life->falls[i].fallback});
    const struct ps_channel *channel = &w->channels[life->strategy];
    for (size_t i = 0; life->offered && i < channel->release_count; i++)
        PS_PUSH(heard->offers, heard->offer_count, heard->offer_capacity,
                (struct ps_heard_offer){channel->releases[i], life->offered[i]});
    heard->credential_count = life->credential_count;
    heard->credentials =
        ps_memdup(life->credentials, life->credential_count * sizeof *life->credentials);
}

/* What is told of a threat comes in pairs. */
static uint64_t online_of(const struct ps_heard_life *heard, const struct ps_life *life, ps_time t)
{
    const struct ps_heard_news *begins = &heard->news[heard->news_count - 1];
    return ps_schedule_online_s(life->device.schedule, begins->t, t);
}

static void hear_told(void *context, const struct ps_life *life, const struct ps_life_world *w,
                      enum ps_life_news news, ps_time t, uint32_t number)
{
    struct ps_heard *all = context;
    struct ps_heard_life *heard = &all->lives[life->strategy];
    char *text = news == PS_NEWS_LEARNED ? lesson(heard, life, w->world) : NULL;
    uint64_t online = news == PS_NEWS_SAFE ? online_of(heard, life, t) : 0;
    if (news == PS_NEWS_OVER)
        hear_over(heard, life, w);
    else
        PS_PUSH(heard->news, heard->news_count, heard->news_capacity,
                (struct ps_heard_news){news, t, number, text, online});
}

void ps_heard_init(struct ps_heard *heard, const struct ps_plan *plan)
{
    heard->listener = (struct ps_life_listener){heard, hear_used, hear_told};
    heard->count = plan->strategy_count;
    heard->lives = ps_alloc(heard->count, sizeof *heard->lives);
}

void ps_heard_deinit(struct ps_heard *heard)
{
    for (size_t i = 0; i < heard->count; i++) {
        struct ps_heard_life *life = &heard->lives[i];
        for (size_t k = 0; k < life->news_count; k++)
            free(life->news[k].text);
        free(life->runs);
        free(life->probes);
        free(life->news);
        free(life->trusts);
        free(life->falls);
        free(life->offers);
        free(life->blackouts);
        free(life->credentials);
    }
    free(heard->lives);
    memset(heard, 0, sizeof *heard);
}
