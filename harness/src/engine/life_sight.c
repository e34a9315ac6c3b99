/* SPDX-License-Identifier: Apache-2.0
 *
 * Plain walks of threats over a life: those in which nothing of the device's own comes into what an
 * attacker is answered (life_plain.c). A life falls into segments, in each of which it has one
 * trust and one kind of clock; they are found once for all threats, and a threat is walked through
 * them in steps to where the answer changes.
 */
#include "engine/life_plain.h"

#include "base/memory.h"
#include "engine/attack.h"
#include "engine/course.h"
#include "engine/invariants/invariants.h"

/* Until it is set up a device has to do with another server. */
static void find_segments(struct ps_life *life, const struct ps_life_world *w)
{
    struct ps_tracks *tracks = w->tracks;
    ps_time t = life->device.first_contact;
    uint32_t e = ps_epochs_find(&tracks->epochs, t);
    size_t run_number = 0;
    tracks->segment_count = 0;
    for (uint32_t i = 0; i < life->span_count; i++) {
        ps_time end = life->end;
        if (i + 1 < life->span_count)
            end = ps_earlier(end, life->spans[i + 1].from);
        while (t.s < end.s) {
            const struct ps_course_run run =
                ps_life_course_run(life, w, life->spans[i].build, t, &run_number);
            struct ps_track_segment segment = {.until = ps_earlier(run.until, end),
                                               .span = i,
                                               .clock = run.kind,
                                               .plain = t.s >= life->set_up.s};
            if (!segment.plain)
                segment.until = ps_earlier(segment.until, life->set_up);
            segment.plain &= ps_life_has_tracks(w, &life->spans[i], run.kind);
            segment.e = e;
            t = segment.until;
            e = t.s == run.until.s ? run.until_e : ps_epochs_find(&tracks->epochs, t);
            segment.until_e = e;
            PS_PUSH(tracks->segments, tracks->segment_count, tracks->segment_capacity, segment);
        }
    }
    life->plain.segments = ++tracks->segments_found;
}

/* The segment that the walk has come to. */
static const struct ps_track_segment *segment_at(struct ps_life *life,
                                                 const struct ps_life_world *w)
{
    const struct ps_tracks *tracks = w->tracks;
    if (life->plain.segments != tracks->segments_found || life->plain.segments == 0)
        find_segments(life, w);
    const struct ps_track_segment *segment = tracks->segments;
    while (segment->until.s <= life->walk.s)
        segment++;
    return segment;
}

/* For those who have to be told: each part of an epoch on its own, described exactly. */
static void tell_probed(struct ps_life *life, const struct ps_life_world *w,
                        const struct ps_question *q, ps_time until)
{
    const struct ps_epochs *epochs = &w->tracks->epochs;
    ps_time t = q->t, ignored;
    uint32_t e = q->e;
    life->probe.threat = life->threat;
    while (t.s < until.s) {
        struct ps_contact_spec spec;
        e = ps_epochs_from(epochs, e, t);
        ps_time end = ps_earlier(ps_epochs_part_end(epochs, e, t), until);
        ps_life_spec(life, w, PS_ROLE_PROBE, t, &spec, &ignored);
        w->used(w->chunk, life, &spec, q->verdict, t, (ps_duration){1}, (uint64_t)(end.s - t.s));
        life->stretch++;
        t = end;
    }
    life->probe = (struct ps_life_probe){0};
}

/* The walk goes on to `until`, with this answer. */
static void pass(struct ps_life *life, const struct ps_life_world *w, struct ps_tally *tally,
                 const struct ps_question *q, ps_time until)
{
    if (w->noticed)
        tell_probed(life, w, q, until);
    bool accepted = w->accepted(w->chunk, q->verdict);
    ps_life_watch_probe(life, w, accepted);
    if (accepted)
        ps_life_note_accepted(life, w, until, tally);
    life->walk = until;
}

enum ps_track_answer ps_life_walk_plain(struct ps_life *life, const struct ps_life_world *w,
                                        struct ps_tally *tally, ps_time end)
{
    enum ps_attack attack = w->world->plan->threats[life->threat].attack;
    /* A clock that an attacker sets back stops at the floor of its device's own firmware. */
    if (!ps_life_uses_tracks(life, w) || ps_attack_sets_clock(attack, ps_life_strategy(life, w)))
        return PS_TRACK_ELSEWHERE;
    const struct ps_epochs *epochs = &w->tracks->epochs;
    const uint32_t endpoint = ps_life_cohort(life, w)->endpoint;
    const struct ps_track_segment *segment = segment_at(life, w);
    struct ps_question q = {.e = segment->e, .role = PS_ROLE_PROBE, .threat = life->threat};
    for (; life->walk.s < end.s; segment += life->walk.s == segment->until.s) {
        ps_time until = ps_earlier(end, segment->until);
        if (!segment->plain)
            return PS_TRACK_ELSEWHERE;
        q.span = &life->spans[segment->span];
        q.t = life->walk;
        q.e = ps_epochs_from(epochs, q.e, q.t);
        q.clock = segment->clock;
        q.serving = ps_life_serving(life, w, endpoint, q.t, &until);
        enum ps_track_answer answer = ps_life_ask_track(life, w, &q, &until);
        if (answer != PS_TRACK_KNOWN)
            return answer;
        uint32_t reached =
            until.s == segment->until.s ? segment->until_e : ps_epochs_from(epochs, q.e, until);
        w->tracks->skipped += reached - q.e;
        pass(life, w, tally, &q, until);
        q.e = reached;
    }
    return PS_TRACK_KNOWN;
}
