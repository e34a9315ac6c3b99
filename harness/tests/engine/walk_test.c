/* SPDX-License-Identifier: Apache-2.0
 *
 * Calendars and walks over schedules, epochs, tracks and clocks that chance made, small enough that
 * every boundary is met often, against a model that goes from contact to contact: each row of a
 * calendar, and each piece of a walk, is compared.
 */
#include <stdlib.h>
#include "base/memory.h"
#include "engine/fleet.h"
#include "engine/walk.h"
#include "plan.h"

enum {
    SPAN = 1500,      /* seconds in which things happen */
    BEYOND = 4000,    /* contacts are known up to then */
    SCHEDULES = 1200, /* of each test */
    WALKS = 25,       /* over each */
    GAPS_MAX = 12,
    EPOCHS_MAX = 60,
    PARTS_MAX = 16,
    VERDICTS = 2,
};

/* ---- chance ---- */

static uint64_t test_number;
static uint32_t drawn;

static int64_t any(int64_t low, int64_t high)
{
    const struct ps_subject subject = {test_number, drawn++};
    return low + (int64_t)ps_random_below(ps_random_u64(41, subject, PS_PURPOSE_MADE, 0),
                                          (uint64_t)(high - low) + 1);
}

static bool one_in(int64_t n)
{
    return any(1, n) == 1;
}

/* ---- what is walked ---- */

struct contact {
    int64_t slot, t;
};

static struct setting {
    struct ps_schedule schedule;
    struct ps_gap gaps[GAPS_MAX];
    struct ps_device device;
    struct ps_epochs epochs;
    ps_time at[EPOCHS_MAX + 1];
    struct contact contacts[BEYOND]; /* those that are due, in order; each `every` after another */
    size_t count;
} set;

static int64_t second_of(int64_t slot)
{
    const struct ps_schedule *s = &set.schedule;
    uint32_t n = (uint32_t)((slot - s->slot.s) / s->every_s);
    uint64_t draw = ps_random_u64(s->seed, s->subject, PS_PURPOSE_JITTER, n);
    return slot + (int64_t)ps_random_below(draw, (uint64_t)s->jitter_s + 1);
}

static bool is_online(int64_t t)
{
    for (size_t i = 0; i < set.schedule.gap_count; i++)
        if (set.gaps[i].begins.s <= t && t < set.gaps[i].ends.s)
            return false;
    return true;
}

/* The number of gaps that begin at or before `t`. */
static size_t gaps_begun(int64_t t)
{
    size_t n = 0;
    while (n < set.schedule.gap_count && set.gaps[n].begins.s <= t)
        n++;
    return n;
}

static int64_t gap_after(int64_t t)
{
    size_t n = gaps_begun(t);
    return n < set.schedule.gap_count ? set.gaps[n].begins.s : INT64_MAX;
}

static uint32_t epoch_at(int64_t t)
{
    uint32_t e = 0;
    while (set.at[e + 1].s <= t)
        e++;
    return e;
}

/* A second at which something may be unlike the second before: that of a contact, or near one. */
static int64_t any_second(int64_t from)
{
    int64_t t = any(from, from < SPAN ? SPAN : from);
    if (t >= 0 && one_in(2))
        t = second_of(t - t % set.schedule.every_s) + any(-1, 1);
    return t > from ? t : from;
}

static void make_gaps(void)
{
    struct ps_schedule *s = &set.schedule;
    size_t wanted = (size_t)any(0, GAPS_MAX);
    int64_t t = any(0, 60);
    while (s->gap_count < wanted && t < SPAN) {
        int64_t begins = one_in(2) ? second_of(t - t % s->every_s + s->every_s) : t;
        int64_t ends = begins + (one_in(4) ? 0 : any(1, one_in(3) ? 6 * s->every_s : s->every_s));
        if (ends > begins && one_in(2))
            ends = second_of(ends - ends % s->every_s);
        ends = ends > begins ? ends : begins;
        set.gaps[s->gap_count++] = (struct ps_gap){{begins}, {ends}};
        t = ends + 1 + (one_in(3) ? 0 : any(0, 2 * SPAN / GAPS_MAX));
    }
}

static int compare_times(const void *a, const void *b)
{
    return ps_time_compare(*(const ps_time *)a, *(const ps_time *)b);
}

static void make_epochs(void)
{
    size_t wanted = (size_t)any(1, EPOCHS_MAX - 1), kept = 1;
    set.at[0] = PS_TIME_ALWAYS;
    for (size_t i = 1; i < wanted; i++)
        set.at[i].s = i > 1 && one_in(5) ? set.at[i - 1].s + 1 : any_second(-20);
    qsort(set.at, wanted, sizeof *set.at, compare_times);
    for (size_t i = 1; i < wanted; i++)
        if (set.at[i].s > set.at[kept - 1].s)
            set.at[kept++] = set.at[i];
    set.at[kept] = PS_TIME_NEVER;
    set.epochs = (struct ps_epochs){.at = set.at, .count = (uint32_t)kept};
}

static void make_setting(void)
{
    struct ps_schedule *s = &set.schedule;
    memset(&set, 0, sizeof set);
    s->seed = (uint64_t)any(1, 1000);
    s->subject = (struct ps_subject){7, (uint32_t)any(1, 1000)};
    s->every_s = any(2, one_in(3) ? 90 : 20);
    s->jitter_s = one_in(4) ? 0 : one_in(2) ? s->every_s - 1 : any(1, s->every_s - 1);
    s->late = s->jitter_s > 0 ? ps_alloc(512, sizeof *s->late) : NULL;
    s->gaps = set.gaps;
    make_gaps();
    make_epochs();
    int64_t slot = any(0, 4) * s->every_s;
    for (; slot < BEYOND; slot += s->every_s)
        if (is_online(second_of(slot)))
            set.contacts[set.count++] = (struct contact){slot, second_of(slot)};
    set.device.schedule = s;
    set.device.first_slot.s = set.contacts[0].slot;
    set.device.first_contact.s = set.contacts[0].t;
}

static void free_setting(void)
{
    free(set.schedule.late);
    ps_calendar_free(set.schedule.calendar);
}

/* ---- calendars ---- */

/* Of the epoch in which contact `i` is the first. */
static struct ps_calendar_row row_from(size_t i, int64_t until)
{
    uint32_t e = epoch_at(set.contacts[i].t);
    struct ps_calendar_row row = {.slot.s = set.contacts[i].slot,
                                  .gap = (uint32_t)gaps_begun(set.contacts[i].t)};
    if (set.at[e + 1].s > until)
        return row;
    bool at_once = set.contacts[i].t == set.at[e].s;
    for (; set.contacts[i].t < set.at[e + 1].s; i++) {
        row.count++;
        row.last_slot.s = set.contacts[i].slot;
    }
    row.next = epoch_at(set.contacts[i].t);
    row.count = at_once ? 0 : row.count;
    return row;
}

#define CHECK(what, number, found, expect)                                                         \
    do {                                                                                           \
        int64_t f = (int64_t)(found), x = (int64_t)(expect);                                       \
        if (f != x)                                                                                \
            ck_abort_msg("test %llu: %s, %s of %lld: %lld, not %lld",                              \
                         (unsigned long long)test_number, __func__, what, (long long)(number),     \
                         (long long)f, (long long)x);                                              \
    } while (0)

START_TEST(calendars)
{
    size_t whole = 0, at_once = 0, late = 0;
    for (test_number = 0; test_number < SCHEDULES; test_number++) {
        drawn = 0;
        make_setting();
        int64_t until = any_second(set.device.first_contact.s + 1);
        if (one_in(3) && epoch_at(until) > 0)
            until = set.at[epoch_at(until)].s; /* a life that ends with an epoch */
        const struct ps_calendar *calendar =
            ps_calendar_of(&set.device, &set.epochs, (ps_time){until});
        ck_assert_ptr_eq(calendar, ps_calendar_of(&set.device, &set.epochs, PS_TIME_ALWAYS));
        uint32_t over = epoch_at(set.device.first_contact.s);
        size_t i = 0;
        for (uint32_t e = 0; e < set.epochs.count; e++) {
            struct ps_calendar_row row = calendar->rows[e], expect = {0};
            if (e == over && i < set.count) {
                expect = row_from(i, until);
                at_once += set.contacts[i].t == set.at[e].s;
                late += set.contacts[i].slot < set.at[e].s;
                while (set.contacts[i].t < set.at[e + 1].s && i + 1 < set.count)
                    i++;
                over = set.at[e + 1].s <= until ? expect.next : UINT32_MAX;
            }
            whole += expect.count > 0;
            CHECK("count", e, row.count, expect.count);
            CHECK("slot", e, row.slot.s, expect.slot.s);
            CHECK("gap", e, row.gap, expect.gap);
            CHECK("next", e, row.next, expect.next);
            if (expect.count > 0)
                CHECK("last slot", e, row.last_slot.s, expect.last_slot.s);
        }
        free_setting();
    }
    ck_assert_uint_gt(whole, SCHEDULES);
    ck_assert_uint_gt(at_once, SCHEDULES);
    ck_assert_uint_gt(late, SCHEDULES / 4);
}
END_TEST

START_TEST(no_calendar)
{
    const struct ps_device device = {.schedule = NULL};
    ps_time at[] = {PS_TIME_ALWAYS, PS_TIME_NEVER};
    const struct ps_epochs epochs = {.at = at, .count = 1};
    ck_assert_ptr_null(ps_calendar_of(&device, &epochs, PS_TIME_NEVER));
}
END_TEST

/* ---- walks ---- */

static struct ps_track track;
static struct ps_track_epoch known[EPOCHS_MAX];
static struct ps_course_part parts[PARTS_MAX];
static bool has_track, behind;
static int64_t behind_s, step, until;
static uint32_t verdict;

static uint32_t any_verdict(void)
{
    if (one_in(8))
        return (uint32_t)any(PS_TRACK_UNKNOWN, PS_TRACK_CUT);
    return PS_TRACK_FIRST + (uint32_t)(one_in(5) ? any(0, VERDICTS - 1) : 0);
}

static void make_track(void)
{
    for (uint32_t e = 0; e < set.epochs.count; e++) {
        known[e].rest = any_verdict();
        known[e].begin = one_in(2) ? known[e].rest : any_verdict();
    }
    track.epochs = known;
}

/* A clock that is never ahead and never goes back; whoever has no power finds it as it was. */
static void make_clock(void)
{
    int64_t from = 0, shows = -any(0, one_in(2) ? 10 : 120);
    bool runs_evenly = one_in(3);
    behind_s = 0;
    for (size_t i = 0; i < PARTS_MAX; i++) {
        int64_t ends = i + 1 < PARTS_MAX ? from + any(1, 200) : 2 * BEYOND;
        int32_t ppm = runs_evenly || one_in(2) ? 0 : (int32_t)any(-300000, 0);
        parts[i] = (struct ps_course_part){
            .from = {from},
            .until = {ends},
            .clock = {.origin = {from}, .shows = {shows}, .fast_ppm = ppm, .until = {ends}}};
        int64_t last = ps_clock_counts(&parts[i].clock, (ps_time){ends - 1}).s;
        int64_t lag = from - shows > ends - 1 - last ? from - shows : ends - 1 - last;
        behind_s = behind_s > lag ? behind_s : lag;
        shows = last + 1;
        if (!runs_evenly && one_in(2)) /* it stood; or somebody told it better */
            shows = one_in(2) ? last : any(last, ends);
        from = ends;
    }
}

static const struct ps_course_part *part_at(int64_t t)
{
    const struct ps_course_part *part = parts;
    while (part->until.s <= t)
        part++;
    return part;
}

static bool is_alike(int64_t t)
{
    uint32_t e = epoch_at(t);
    if (!has_track)
        return true;
    if ((t == set.at[e].s ? known[e].begin : known[e].rest) != verdict + PS_TRACK_FIRST)
        return false;
    return !behind || ps_clock_counts(&part_at(t)->clock, (ps_time){t}).s > set.at[e].s;
}

static struct contact contact_after(struct contact at)
{
    struct contact next = {at.slot + step, second_of(at.slot + step)};
    int64_t gap = gap_after(at.t);
    if (gap > next.t)
        return next;
    int64_t ends = set.gaps[gaps_begun(at.t)].ends.s;
    for (next = at; next.t < ends || !is_online(next.t); next.t = second_of(next.slot))
        next.slot += set.schedule.every_s;
    return next;
}

static bool goes_on_at(struct contact at)
{
    return at.t < until && is_alike(at.t);
}

/* Whether the epoch that begins for the device with `at` is one of those that are looked up. */
static bool is_whole(struct contact at, int64_t life_ends)
{
    uint32_t e = epoch_at(at.t);
    size_t i = 0;
    while (set.contacts[i].t < at.t)
        i++;
    bool is_first =
        set.contacts[i].slot == at.slot && (i == 0 || set.contacts[i - 1].t < set.at[e].s);
    return is_first && at.t != set.at[e].s && set.at[e + 1].s <= life_ends &&
           set.at[e + 1].s <= until && known[e].rest == verdict + PS_TRACK_FIRST && is_alike(at.t);
}

struct piece {
    uint64_t count, epochs;
    struct contact last, next;
};

/* The piece that begins with `at`. life_ends 0: there is no calendar. */
static struct piece piece_from(struct contact at, int64_t life_ends)
{
    struct piece piece = {.epochs = 1, .next = at};
    int64_t ends = gap_after(at.t);
    bool whole = life_ends > 0 && is_whole(at, life_ends);
    if (life_ends > 0 && !whole && set.at[epoch_at(at.t) + 1].s < ends)
        ends = set.at[epoch_at(at.t) + 1].s;
    for (;;) {
        piece.count++;
        piece.last = piece.next;
        piece.next = contact_after(piece.last);
        bool enters = epoch_at(piece.next.t) != epoch_at(piece.last.t);
        if (whole ? enters && !is_whole(piece.next, life_ends)
                  : piece.next.t >= ends || !goes_on_at(piece.next))
            return piece;
        piece.epochs += enters;
    }
}

static struct {
    uint64_t walks, pieces, whole, behind, over_gaps, back;
} met;

static void compare_walk(struct contact at, const struct ps_calendar *calendar, int64_t life_ends)
{
    uint64_t number = met.walks++;
    struct ps_walk walk = {.epochs = &set.epochs,
                           .track = has_track ? &track : NULL,
                           .schedule = set.device.schedule,
                           .behind = behind ? part_at(at.t) : NULL,
                           .behind_s = behind_s,
                           .calendar = calendar,
                           .verdict = verdict,
                           .step = step,
                           .until = {until},
                           .gap = gaps_begun(at.t),
                           .e = epoch_at(at.t),
                           .slot = {at.slot},
                           .t = {at.t}};
    uint64_t epochs = 0;
    for (bool goes_on = true; goes_on; met.pieces++) {
        struct piece expect = piece_from(at, life_ends);
        at = expect.next;
        epochs += expect.epochs;
        goes_on = ps_walk_piece(&walk);
        CHECK("count", number, walk.count, expect.count);
        CHECK("last slot", number, walk.last_slot.s, expect.last.slot);
        CHECK("last contact", number, walk.last.s, expect.last.t);
        CHECK("next slot", number, walk.slot.s, at.slot);
        CHECK("next contact", number, walk.t.s, at.t);
        CHECK("epoch", number, walk.e, epoch_at(at.t));
        CHECK("gap", number, walk.gap, gaps_begun(at.t));
        CHECK("epochs so far", number, walk.stepped, epochs);
        CHECK("that it goes on", number, goes_on, goes_on_at(at));
        if (!calendar)
            CHECK("regular ones", number, walk.regular, walk.count);
        ck_assert_uint_le(1, walk.regular);
        ck_assert_uint_le(walk.regular, walk.count);
        met.over_gaps += gaps_begun(at.t) != gaps_begun(expect.last.t);
        met.back += at.slot < expect.last.slot + step;
        met.whole += walk.regular < walk.count;
        met.behind += behind;
    }
}

/* Any walk from any contact, whose verdict is what its track says. */
static void walk_any(const struct ps_calendar *calendar, int64_t life_ends)
{
    const struct contact at = set.contacts[any(0, (int64_t)set.count / 3)];
    uint32_t e = epoch_at(at.t);
    has_track = calendar || !one_in(8);
    behind = has_track && one_in(2);
    make_track();
    make_clock();
    uint32_t gives = at.t == set.at[e].s ? known[e].begin : known[e].rest;
    verdict = gives - PS_TRACK_FIRST;
    step = set.schedule.every_s * (calendar || one_in(2) ? 1 : any(2, 6));
    until = any_second(at.t + 1);
    if (one_in(3))
        until = any(at.t + 1, at.t + SPAN / 2);
    else if (one_in(3) && set.at[e + 1].s < SPAN)
        until = set.at[any(e + 1, epoch_at(SPAN))].s;
    if ((has_track && gives < PS_TRACK_FIRST) || !is_alike(at.t))
        return;
    compare_walk(at, calendar, life_ends);
}

START_TEST(walks)
{
    for (test_number = 0; test_number < SCHEDULES; test_number++) {
        drawn = 0;
        make_setting();
        int64_t life_ends = any_second(set.device.first_contact.s + SPAN / 2);
        const struct ps_calendar *calendar =
            ps_calendar_of(&set.device, &set.epochs, (ps_time){life_ends});
        bool regular = set.schedule.jitter_s == 0 && set.schedule.gap_count == 0;
        for (int i = 0; i < WALKS; i++) {
            bool looks_up = one_in(2);
            set.device.schedule = regular && !looks_up ? NULL : &set.schedule;
            walk_any(looks_up ? calendar : NULL, looks_up ? life_ends : 0);
        }
        free_setting();
    }
    ck_assert_uint_gt(met.walks, SCHEDULES);
    ck_assert_uint_gt(met.pieces, met.walks);
    ck_assert_uint_gt(met.whole, SCHEDULES);
    ck_assert_uint_gt(met.behind, SCHEDULES);
    ck_assert_uint_gt(met.over_gaps, SCHEDULES);
    ck_assert_uint_gt(met.back, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("walk");
    TCase *tests = tcase_create("walk");
    tcase_set_timeout(tests, 120);
    tcase_add_test(tests, no_calendar);
    tcase_add_test(tests, calendars);
    tcase_add_test(tests, walks);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
