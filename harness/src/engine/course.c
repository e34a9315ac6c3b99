/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/course.h"

#include <assert.h>
#include <stdlib.h>
#include "base/memory.h"
#include "engine/life_private.h"
#include "engine/track.h"

void ps_courses_free(struct ps_course *courses)
{
    while (courses) {
        struct ps_course *next = courses->next;
        free(courses->parts);
        free(courses);
        courses = next;
    }
}

static int64_t lead_of(const struct ps_device_clock *clock, ps_time t)
{
    return ps_clock_counts(clock, t).s - t.s;
}

static bool is_near(const struct ps_device_clock *clock, ps_time t)
{
    int64_t lead = lead_of(clock, t);
    return -PS_TRACK_NEAR_S <= lead && lead <= PS_TRACK_NEAR_S;
}

/* Of a clock that is near throughout; the part is shortened to where the kind changes. */
static void find_near(struct ps_course_part *part)
{
    ps_time from = part->from;
    if (lead_of(&part->clock, from) != 0)
        part->until = ps_earlier(part->until, ps_clock_drifts_to(&part->clock, from, 0));
    bool ahead =
        lead_of(&part->clock, from) > 0 || lead_of(&part->clock, (ps_time){part->until.s - 1}) > 0;
    part->kind = ahead ? PS_TRACK_CLOCK_AHEAD : PS_TRACK_CLOCK_BEHIND;
}

/* Of a clock that shows `shown`; the part is shortened to where that becomes another epoch. */
static void find_far(struct ps_course_part *part, const struct ps_life_world *w, ps_time shown)
{
    const struct ps_epochs *epochs = &w->tracks->epochs;
    uint32_t e = ps_epochs_find(epochs, shown);
    bool long_ago = epochs->at[e + 1].s <= w->world->plan->from.s;
    if (!long_ago)
        return;
    if (shown.s == epochs->at[e].s) { /* unlike the rest of the epoch */
        part->until = (ps_time){part->from.s + 1};
        return;
    }
    part->kind = PS_TRACK_CLOCK_STANDS + e;
    part->until =
        ps_earlier(part->until, ps_clock_reaches(&part->clock, part->from, epochs->at[e + 1]));
}

static struct ps_course_part part_from(const struct ps_life *life, const struct ps_life_world *w,
                                       ps_time build, ps_time t)
{
    struct ps_course_part part = {
        .from = t, .kind = PS_COURSE_NO_TRACK, .clock = ps_life_clock(life, w, build, t)};
    const struct ps_device_clock *clock = &part.clock;
    part.until = ps_earlier(ps_clock_stretch_end(clock, t), life->end);
    ps_time shown = ps_clock_read(clock, t);
    bool counts = ps_clock_counts(clock, t).s == shown.s; /* no floor holds it, nor an overflow */
    if (counts && clock->fast_ppm == 0 && shown.s == t.s)
        part.kind = PS_TRACK_CLOCK_RIGHT;
    else if (counts && is_near(clock, t) && is_near(clock, (ps_time){part.until.s - 1}))
        find_near(&part);
    else
        find_far(&part, w, shown);
    part.alike = part.until;
    assert(part.until.s > t.s);
    return part;
}

static void fill(struct ps_course *course, const struct ps_life *life,
                 const struct ps_life_world *w)
{
    ps_time t = life->device.first_contact;
    while (t.s < life->end.s) {
        PS_PUSH(course->parts, course->count, course->capacity,
                part_from(life, w, course->build, t));
        t = course->parts[course->count - 1].until;
    }
    for (size_t i = course->count; i-- > 1;)
        if (course->parts[i - 1].kind == course->parts[i].kind)
            course->parts[i - 1].alike = course->parts[i].alike;
}

/* NULL: it is the life's own. */
static const struct ps_course *course_of(const struct ps_life *life, const struct ps_life_world *w,
                                         ps_time build)
{
    struct ps_schedule *schedule = life->device.schedule;
    const struct ps_strategy *strategy = ps_life_strategy(life, w);
    enum ps_clock source = strategy->time.clock;
    if (!schedule || schedule->blackout_count == 0 || source == PS_CLOCK_NTS)
        return NULL; /* nts: whether it was told depends on the strategy's anchors */
    if (source != PS_CLOCK_BUILD_FLOOR)
        build = PS_TIME_ALWAYS;
    struct ps_course *course = schedule->courses;
    for (; course; course = course->next)
        if (course->source == source && course->floor.s == strategy->time.floor.s &&
            course->build.s == build.s)
            return course;
    course = ps_alloc(1, sizeof *course);
    course->source = source;
    course->floor = strategy->time.floor;
    course->build = build;
    fill(course, life, w);
    course->next = schedule->courses;
    schedule->courses = course;
    return course;
}

const struct ps_course_part *ps_life_course(struct ps_life *life, const struct ps_life_world *w,
                                            ps_time build, ps_time t)
{
    assert(life->device.first_contact.s <= t.s && t.s < life->end.s);
    const struct ps_course *course = course_of(life, w, build);
    if (!course) {
        life->plain.part = part_from(life, w, build, t);
        return &life->plain.part;
    }
    size_t low = 0, high = course->count;
    while (high - low > 1) {
        size_t middle = low + (high - low) / 2;
        if (course->parts[middle].from.s <= t.s)
            low = middle;
        else
            high = middle;
    }
    return &course->parts[low];
}
