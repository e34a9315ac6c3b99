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
        free(courses->runs);
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
    int64_t first = lead_of(&part->clock, from);
    int64_t last = lead_of(&part->clock, (ps_time){part->until.s - 1});
    part->kind = first > 0 || last > 0 ? PS_TRACK_CLOCK_AHEAD : PS_TRACK_CLOCK_BEHIND;
    part->behind_s = first < last ? -first : -last;
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
    assert(part.until.s > t.s);
    return part;
}

static struct ps_course_run run_of(const struct ps_course_part *part)
{
    return (struct ps_course_run){
        .from = part->from, .until = part->until, .kind = part->kind, .behind_s = part->behind_s};
}

/* The last part that was found. */
static void add_to_run(struct ps_course *course)
{
    const struct ps_course_part *part = &course->parts[course->count - 1];
    struct ps_course_run *last =
        course->run_count > 0 ? &course->runs[course->run_count - 1] : NULL;
    if (last && last->kind == part->kind) {
        last->until = part->until;
        last->behind_s = last->behind_s > part->behind_s ? last->behind_s : part->behind_s;
        return;
    }
    struct ps_course_run run = run_of(part);
    run.first = (uint32_t)(course->count - 1);
    PS_PUSH(course->runs, course->run_count, course->run_capacity, run);
}

static void fill(struct ps_course *course, const struct ps_life *life,
                 const struct ps_life_world *w)
{
    ps_time t = life->device.first_contact;
    while (t.s < life->end.s) {
        PS_PUSH(course->parts, course->count, course->capacity,
                part_from(life, w, course->build, t));
        t = course->parts[course->count - 1].until;
        add_to_run(course);
    }
    for (size_t i = 0; i < course->run_count; i++)
        course->runs[i].until_e = ps_epochs_find(&w->tracks->epochs, course->runs[i].until);
}

static size_t run_from(const struct ps_course *course, size_t run, ps_time t)
{
    if (run >= course->run_count || course->runs[run].from.s > t.s)
        run = 0;
    while (course->runs[run].until.s <= t.s)
        run++;
    return run;
}

/* Of a clock of the life's own. */
static const struct ps_course_part *own_part(struct ps_life *life, const struct ps_life_world *w,
                                             ps_time build, ps_time t)
{
    life->plain.part = part_from(life, w, build, t);
    return &life->plain.part;
}

static struct ps_course *known_course(const struct ps_schedule *schedule,
                                      const struct ps_strategy *strategy, ps_time build)
{
    struct ps_course *course = schedule->courses;
    while (course && (course->source != strategy->time.clock ||
                      course->floor.s != strategy->time.floor.s || course->build.s != build.s))
        course = course->next;
    return course;
}

/* NULL: it is the life's own. */
static const struct ps_course *course_of(struct ps_life *life, const struct ps_life_world *w,
                                         ps_time build)
{
    struct ps_schedule *schedule = life->device.schedule;
    const struct ps_strategy *strategy = ps_life_strategy(life, w);
    enum ps_clock source = strategy->time.clock;
    if (!schedule || schedule->blackout_count == 0 || source == PS_CLOCK_NTS)
        return NULL; /* nts: whether it was told depends on the strategy's anchors */
    if (source != PS_CLOCK_BUILD_FLOOR)
        build = PS_TIME_ALWAYS;
    if (life->plain.course && life->plain.course->build.s == build.s)
        return life->plain.course;
    struct ps_course *course = known_course(schedule, strategy, build);
    if (!course) {
        course = ps_alloc(1, sizeof *course);
        course->source = source;
        course->floor = strategy->time.floor;
        course->build = build;
        fill(course, life, w);
        course->next = schedule->courses;
        schedule->courses = course;
    }
    life->plain.course = course;
    return course;
}

struct ps_course_run ps_life_course_run(struct ps_life *life, const struct ps_life_world *w,
                                        ps_time build, ps_time t, size_t *run)
{
    assert(life->device.first_contact.s <= t.s && t.s < life->end.s);
    const struct ps_course *course = course_of(life, w, build);
    if (!course) {
        struct ps_course_run own = run_of(own_part(life, w, build, t));
        own.until_e = ps_epochs_find(&w->tracks->epochs, own.until);
        return own;
    }
    *run = run_from(course, *run, t);
    return course->runs[*run];
}

const struct ps_course_part *ps_life_course(struct ps_life *life, const struct ps_life_world *w,
                                            ps_time build, ps_time t)
{
    assert(life->device.first_contact.s <= t.s && t.s < life->end.s);
    const struct ps_course *course = course_of(life, w, build);
    if (!course)
        return own_part(life, w, build, t);
    const struct ps_course_run *run = &course->runs[run_from(course, life->plain.run, t)];
    const struct ps_course_part *part = &course->parts[run->first];
    while (part->until.s <= t.s)
        part++;
    return part;
}
