/* SPDX-License-Identifier: Apache-2.0
 *
 * Clocks against a model that lives second by second: a counter of millionths that is moved on,
 * set, lost and stored as things happen to the device.
 */
#include "engine/clock.h"
#include "plan.h"

#define NEVER   INT64_MAX
#define NOFLOOR INT64_MIN
/* The first second that a clock of 32 bits cannot show. */
#define OVER INT64_C(2147483648)

enum { POWERS_MAX = 4, SHELF = 300 };

/* A device that is made at `made`, and has power from made + 300 s on for the first time. */
static const struct row {
    const char *name;
    enum ps_clock kind;
    int64_t made;
    int32_t fast_ppm;
    int64_t delay;              /* from a power-up to when the network tells the time; NEVER */
    int64_t losses[POWERS_MAX]; /* seconds with power, without, with ...; 0: no more */
    int64_t battery;            /* from made; NEVER */
    int64_t behind, ahead, ahead_for;
    int64_t build, floor; /* the first from made */
    enum ps_past_2038 past_2038;
    bool refused, fails;
} rows[] = {
    {"rtc", PS_CLOCK_RTC, 1000000, 0, 50, {0}, NEVER, .floor = NOFLOOR},
    {"rtc below a floor", PS_CLOCK_RTC, 1000000, 0, 50, {0}, NEVER, .floor = 1000900},
    {"rtc, fast", PS_CLOCK_RTC, 1000000, 3000, 50, {400, 100}, NEVER, .floor = NOFLOOR},
    {"rtc, slow", PS_CLOCK_RTC, 1000000, -3000, NEVER, {400, 100}, NEVER, .floor = NOFLOOR},
    {"rtc, slow, floor", PS_CLOCK_RTC, 1000000, -70001, 1, {0}, NEVER, .floor = 1000700},
    {"rtc, behind", PS_CLOCK_RTC, 1000000, 0, 50, {0}, NEVER, 5000, .floor = NOFLOOR},
    {"rtc, ahead", PS_CLOCK_RTC, 1000000, 700, 50, {0}, NEVER, 0, 90000, NEVER, .floor = NOFLOOR},
    {"rtc, ahead until set",
     PS_CLOCK_RTC,
     1000000,
     7000,
     50,
     {200, 50, 300, 90},
     NEVER,
     0,
     9000,
     333,
     .floor = NOFLOOR},
    {"rtc, battery", PS_CLOCK_RTC, 1000000, 500, 50, {200, 50, 300, 90}, 700, .floor = NOFLOOR},
    {"rtc, battery, floor", PS_CLOCK_RTC, 10000, 500, 50, {200, 50, 300, 90}, 520, .floor = 10000},
    {"rtc, empty on the shelf", PS_CLOCK_RTC, 1000000, 0, 50, {200, 50}, 100, .floor = NOFLOOR},
    {"rtc, empty at the power-up itself",
     PS_CLOCK_RTC,
     1000000,
     0,
     50,
     {200, 50},
     300,
     .floor = NOFLOOR},
    {"rtc, empty, ahead",
     PS_CLOCK_RTC,
     1000000,
     0,
     50,
     {200, 50},
     400,
     0,
     7777,
     NEVER,
     .floor = NOFLOOR},
    {"epoch", PS_CLOCK_EPOCH_BOOT, 1000000, 0, 90, {400, 100, 60, 60}, 1, .floor = NOFLOOR},
    {"epoch, drift", PS_CLOCK_EPOCH_BOOT, 1000000, 90000, 90, {400, 100}, 1, .floor = NOFLOOR},
    {"epoch, blocked",
     PS_CLOCK_EPOCH_BOOT,
     1000000,
     -70000,
     NEVER,
     {400, 100},
     1,
     .floor = NOFLOOR},
    {"epoch, floor", PS_CLOCK_EPOCH_BOOT, 1000, 0, 90, {400, 100}, 1, .floor = 50},
    {"epoch, told wrong",
     PS_CLOCK_EPOCH_BOOT,
     1000000,
     0,
     90,
     {400, 100},
     1,
     0,
     5000,
     700,
     .floor = NOFLOOR},
    {"epoch, told wrong for less than it waits",
     PS_CLOCK_EPOCH_BOOT,
     1000000,
     0,
     90,
     {400, 100},
     1,
     0,
     5000,
     60,
     .floor = NOFLOOR},
    {"epoch, no time comes",
     PS_CLOCK_EPOCH_BOOT,
     1000000,
     0,
     90,
     {400, 100},
     1,
     .floor = NOFLOOR,
     .fails = true},
    {"build", PS_CLOCK_BUILD_FLOOR, 1000, 0, 500, {900, 100}, 1, .build = -700, .floor = NOFLOOR},
    {"build, drift",
     PS_CLOCK_BUILD_FLOOR,
     1000,
     20000,
     NEVER,
     {900, 9},
     1,
     .build = -700,
     .floor = NOFLOOR},
    {"build, its own floor above",
     PS_CLOCK_BUILD_FLOOR,
     1000,
     0,
     500,
     {900, 100},
     1,
     .build = -700,
     .floor = 400},
    {"last known", PS_CLOCK_LAST_KNOWN, 1000000, 0, 90, {400, 100, 60, 80}, 1, .floor = NOFLOOR},
    {"last known, blocked",
     PS_CLOCK_LAST_KNOWN,
     1000000,
     0,
     NEVER,
     {400, 100, 60, 80},
     1,
     .floor = NOFLOOR},
    {"last known, drift",
     PS_CLOCK_LAST_KNOWN,
     1000000,
     -9000,
     200,
     {400, 100, 130, 300},
     1,
     .floor = NOFLOOR},
    {"last known, floor", PS_CLOCK_LAST_KNOWN, 1000000, 0, 600, {400, 100}, 1, .floor = 1000100},
    {"last known, too fast to be told",
     PS_CLOCK_LAST_KNOWN,
     1000000,
     900000,
     700,
     {900, 10},
     1,
     .floor = NOFLOOR},
    {"last known, told wrong",
     PS_CLOCK_LAST_KNOWN,
     1000000,
     0,
     90,
     {400, 100, 60, 80},
     1,
     0,
     5000,
     300,
     .floor = NOFLOOR},
    {"last known, time catches up",
     PS_CLOCK_LAST_KNOWN,
     1000000,
     -100000,
     90,
     {900, 5},
     1,
     0,
     40,
     300,
     .floor = NOFLOOR},
    {"last known, off until time has caught up",
     PS_CLOCK_LAST_KNOWN,
     1000000,
     1000,
     90,
     {400, 100},
     1,
     0,
     60,
     300,
     .floor = NOFLOOR},
    {"last known, wrong for good",
     PS_CLOCK_LAST_KNOWN,
     1000000,
     0,
     90,
     {400, 100},
     1,
     0,
     777,
     NEVER,
     .floor = NOFLOOR},
    {"ntp", PS_CLOCK_NTP, 1000000, 5000, 90, {400, 100}, 1, .floor = NOFLOOR},
    {"ntp, blocked", PS_CLOCK_NTP, 1000000, 5000, NEVER, {400, 100}, 1, .floor = NOFLOOR},
    {"ntp, told wrong",
     PS_CLOCK_NTP,
     1000000,
     0,
     90,
     {400, 100},
     1,
     0,
     12345,
     450,
     .floor = NOFLOOR},
    {"nts, others are told wrong",
     PS_CLOCK_NTS,
     1000000,
     0,
     90,
     {400, 100},
     1,
     0,
     12345,
     450,
     .floor = NOFLOOR},
    {"nts, refused",
     PS_CLOCK_NTS,
     1000000,
     0,
     90,
     {400, 100},
     1,
     .floor = NOFLOOR,
     .refused = true},
    {"roughtime",
     PS_CLOCK_ROUGHTIME,
     1000000,
     70000,
     90,
     {400, 100},
     1,
     0,
     12345,
     450,
     .floor = NOFLOOR},
    {"roughtime, no time comes",
     PS_CLOCK_ROUGHTIME,
     1000000,
     70000,
     90,
     {400, 100},
     1,
     .floor = NOFLOOR,
     .fails = true},
    {"peer",
     PS_CLOCK_PEER_DATE,
     1000000,
     70000,
     NEVER,
     {400, 100},
     1,
     5,
     12345,
     450,
     .floor = NOFLOOR},
    {"ignore",
     PS_CLOCK_IGNORE,
     1000000,
     70000,
     NEVER,
     {400, 100},
     1,
     5,
     12345,
     450,
     .floor = NOFLOOR},
    {"rtc, 2038", PS_CLOCK_RTC, OVER - 900, 0, 1, {400, 100}, NEVER, .floor = NOFLOOR},
    {"rtc, wraps",
     PS_CLOCK_RTC,
     OVER - 900,
     0,
     1,
     {400, 100},
     NEVER,
     .floor = NOFLOOR,
     .past_2038 = PS_PAST_2038_WRAPS},
    {"rtc, wraps, fast",
     PS_CLOCK_RTC,
     OVER - 900,
     4321,
     1,
     {400, 100},
     NEVER,
     .floor = NOFLOOR,
     .past_2038 = PS_PAST_2038_WRAPS},
    {"rtc, wraps to a floor",
     PS_CLOCK_RTC,
     OVER - 900,
     0,
     1,
     {400, 100},
     NEVER,
     .floor = OVER - 5000,
     .past_2038 = PS_PAST_2038_WRAPS},
    {"rtc, stops",
     PS_CLOCK_RTC,
     OVER - 900,
     -4321,
     1,
     {400, 100},
     NEVER,
     .floor = NOFLOOR,
     .past_2038 = PS_PAST_2038_STOPS},
    {"rtc, wrapped already",
     PS_CLOCK_RTC,
     OVER + 70000,
     -4321,
     1,
     {0},
     NEVER,
     .floor = NOFLOOR,
     .past_2038 = PS_PAST_2038_WRAPS},
    {"rtc, ahead and wrapped",
     PS_CLOCK_RTC,
     OVER - 90900,
     0,
     1,
     {0},
     NEVER,
     0,
     90000,
     777,
     .floor = NOFLOOR,
     .past_2038 = PS_PAST_2038_WRAPS},
    {"last known, wraps",
     PS_CLOCK_LAST_KNOWN,
     OVER - 900,
     0,
     90,
     {400, 100, 300, 9},
     1,
     .floor = NOFLOOR,
     .past_2038 = PS_PAST_2038_WRAPS},
    {"build, wraps",
     PS_CLOCK_BUILD_FLOOR,
     OVER - 900,
     0,
     90,
     {400, 100, 300, 9},
     1,
     .floor = NOFLOOR,
     .past_2038 = PS_PAST_2038_WRAPS},
};

/* ---- the model ---- */

enum { SPAN = 2000, MILLION = 1000000 };
static const int64_t aside = INT64_MIN + 7; /* it has no power then */

static bool is_of_network(enum ps_clock kind)
{
    return kind == PS_CLOCK_NTP || kind == PS_CLOCK_NTS || kind == PS_CLOCK_ROUGHTIME;
}

static int64_t down(int64_t dividend, int64_t divisor)
{
    int64_t quotient = dividend / divisor;
    return quotient * divisor > dividend ? quotient - 1 : quotient;
}

/* What the device shows with a counter at `counted`. */
static int64_t shown_of(const struct row *row, int64_t counted)
{
    int64_t floor = row->floor;
    if (row->past_2038 == PS_PAST_2038_STOPS && counted >= OVER)
        counted = OVER - 1;
    while (row->past_2038 == PS_PAST_2038_WRAPS && counted >= OVER)
        counted -= 2 * OVER;
    if (row->kind == PS_CLOCK_BUILD_FLOOR && row->made + row->build > floor)
        floor = row->made + row->build;
    return counted < floor ? floor : counted;
}

/* Whether it has power at `t`, and when it got it. */
static bool is_on(const struct row *row, int64_t t, int64_t *ret_booted)
{
    int64_t at = row->made + SHELF;
    *ret_booted = at;
    if (t < at)
        return false;
    for (size_t i = 0; i + 1 < POWERS_MAX && row->losses[i] > 0; i += 2) {
        at += row->losses[i];
        if (t < at)
            return true;
        at += row->losses[i + 1];
        if (t < at)
            return false;
        *ret_booted = at;
    }
    return true;
}

/* What is shown at made + 0, 1, 2 ... */
static void live(const struct row *row, int64_t shown[static SPAN])
{
    int64_t counter = (row->made - row->behind) * MILLION; /* in millionths */
    int64_t boot = row->made + SHELF;
    bool was_on = false, told_before = false;
    bool alone = row->kind == PS_CLOCK_RTC;
    for (int64_t i = 0; i < SPAN; i++) {
        int64_t t = row->made + i, booted;
        bool on = is_on(row, t, &booted);
        bool counts = row->kind == PS_CLOCK_RTC || was_on;
        if (i > 0 && counts)
            counter += told_before ? MILLION : MILLION + row->fast_ppm;
        if (row->kind == PS_CLOCK_LAST_KNOWN && was_on && !on) /* whole seconds are stored */
            counter = down(counter, MILLION) * MILLION;
        if (row->kind == PS_CLOCK_LAST_KNOWN && i == 0)
            counter = row->made * MILLION;
        bool ahead = row->ahead > 0 && (row->ahead_for == NEVER || t < boot + row->ahead_for);
        bool empty = row->battery != NEVER && row->made + row->battery < t;
        if (on && !was_on && row->kind != PS_CLOCK_LAST_KNOWN &&
            (row->kind != PS_CLOCK_RTC || empty)) {
            counter = 0;
            alone = false;
        }
        told_before = false;
        if (alone && row->ahead > 0 && i == 0)
            counter += row->ahead * MILLION;
        if (alone && row->ahead_for != NEVER && row->ahead > 0 && t == boot + row->ahead_for)
            counter = t * MILLION;
        if (on && row->kind != PS_CLOCK_RTC) {
            bool comes = row->delay != NEVER && !row->refused && !row->fails &&
                         (is_of_network(row->kind) || t >= booted + row->delay);
            bool believes = row->kind != PS_CLOCK_NTS && row->kind != PS_CLOCK_ROUGHTIME;
            int64_t says = t + (ahead && believes ? row->ahead : 0);
            if (row->kind == PS_CLOCK_PEER_DATE || row->kind == PS_CLOCK_IGNORE) {
                comes = true;
                says = t;
            }
            if (row->kind == PS_CLOCK_LAST_KNOWN && down(counter, MILLION) > says)
                comes = false;
            if (comes)
                counter = says * MILLION;
            told_before = comes;
        }
        shown[i] = on ? shown_of(row, down(counter, MILLION)) : aside;
        was_on = on;
    }
}

/* ---- what is tested ---- */

static struct ps_plan plan;
static struct ps_plan_cohort cohort;
static struct ps_world world;

static struct ps_device device_of(const struct row *row)
{
    cohort = (struct ps_plan_cohort){.ntp_fails = {row->fails ? MILLION : 0}};
    plan = (struct ps_plan){.cohorts = &cohort, .cohort_count = 1};
    world = (struct ps_world){.plan = &plan, .seed = 3};
    int64_t boot = row->made + SHELF;
    bool ends = row->ahead_for != NEVER;
    return (struct ps_device){
        .made = {row->made},
        .boot = {boot},
        .synchronised = {row->delay == NEVER ? NEVER : boot + row->delay},
        .clock = {.battery_empty = {row->battery == NEVER ? NEVER : row->made + row->battery},
                  .fast_ppm = row->fast_ppm,
                  .behind = {row->behind},
                  .ahead = {row->ahead},
                  .ahead_until = {row->ahead == 0 ? INT64_MIN
                                  : ends          ? boot + row->ahead_for
                                                  : NEVER},
                  .past_2038 = row->past_2038}};
}

/* The clock at a second at which the device has power. */
static struct ps_device_clock clock_at(const struct row *row, const struct ps_device *device,
                                       int64_t t)
{
    const struct ps_strategy strategy = {.time = {.clock = row->kind, .floor = {row->floor}}};
    struct ps_clock_since since = ps_clock_since_boot(device, (ps_time){row->made + row->build});
    since.refused = row->refused;
    int64_t at = device->boot.s;
    for (size_t i = 0; i + 1 < POWERS_MAX && row->losses[i] > 0; i += 2) {
        const struct ps_clock_loss loss = {{at + row->losses[i]},
                                           {at + row->losses[i] + row->losses[i + 1]}};
        since.until = loss.booted;
        if (t < loss.booted.s)
            break;
        since = ps_clock_since_power(&world, device, &strategy, &since, &loss);
        since.until = (ps_time){NEVER};
        at = loss.booted.s;
    }
    return ps_device_clock(&world, device, &strategy, &since, (ps_time){t});
}

START_TEST(shows)
{
    const struct row *row = &rows[_i];
    struct ps_device device = device_of(row);
    int64_t shown[SPAN];
    size_t on = 0;
    live(row, shown);
    for (int64_t i = 0; i < SPAN; i++) {
        if (shown[i] == aside)
            continue;
        on++;
        ps_time t = {row->made + i};
        struct ps_device_clock clock = clock_at(row, &device, t.s);
        ck_assert_msg(ps_clock_read(&clock, t).s == shown[i],
                      "%s: after %lld s it shows %lld, not %lld", row->name, (long long)i,
                      (long long)(ps_clock_read(&clock, t).s - row->made),
                      (long long)(shown[i] - row->made));
        ck_assert_msg(ps_clock_stretch_end(&clock, t).s > t.s, "%s: %lld", row->name, (long long)i);
    }
    ck_assert_msg(on > SPAN / 2, "%s: on for %zu s", row->name, on);
}
END_TEST

/* The clock of a second is right for the whole of its stretch, and it goes on evenly there. */
START_TEST(holds_for_a_stretch)
{
    const struct row *row = &rows[_i];
    struct ps_device device = device_of(row);
    int64_t shown[SPAN], stretches = 0;
    live(row, shown);
    for (int64_t i = SHELF; i < SPAN;) {
        ps_time t = {row->made + i};
        struct ps_device_clock clock = clock_at(row, &device, t.s);
        ps_time end = ps_clock_stretch_end(&clock, t);
        stretches++;
        for (; i < SPAN && row->made + i < end.s; i++)
            ck_assert_msg(shown[i] == aside ||
                              ps_clock_read(&clock, (ps_time){row->made + i}).s == shown[i],
                          "%s: after %lld s, from %lld", row->name, (long long)i,
                          (long long)(t.s - row->made));
    }
    ck_assert_msg(stretches < 12, "%s: %lld stretches", row->name, (long long)stretches);
}
END_TEST

/* When it reaches a date, and when it has drifted so far: found by walking. */
START_TEST(reaches)
{
    static const int64_t after[] = {-2 * OVER, -5000, -1,  0,    299,  300,
                                    301,       480,   777, 1200, 9000, 95000};
    const struct row *row = &rows[_i];
    struct ps_device device = device_of(row);
    int64_t shown[SPAN];
    live(row, shown);
    for (int64_t i = SHELF; i < SPAN; i += 83) {
        if (shown[i] == aside)
            continue;
        ps_time t = {row->made + i};
        struct ps_device_clock clock = clock_at(row, &device, t.s);
        int64_t end = ps_clock_stretch_end(&clock, t).s;
        for (size_t a = 0; a < 2 * sizeof after / sizeof *after; a++) {
            int64_t date = after[a / 2] + (a % 2 ? row->made : shown[i]), walked = NEVER;
            for (int64_t u = t.s + 1; u < end && u < t.s + 20000 && shown[i] < date; u++)
                if (ps_clock_read(&clock, (ps_time){u}).s >= date) {
                    walked = u;
                    break;
                }
            ps_time found = ps_clock_reaches(&clock, t, (ps_time){date});
            ck_assert_msg(found.s == walked || (walked == NEVER && found.s > t.s + 19999),
                          "%s: from %lld to %lld at %lld, not %lld", row->name, (long long)i,
                          (long long)(date - row->made), (long long)(found.s - row->made),
                          (long long)(walked - row->made));
        }
        ck_assert_int_eq(ps_clock_reaches(&clock, t, (ps_time){NEVER}).s, NEVER);
    }
}
END_TEST

START_TEST(drifts)
{
    const struct row *row = &rows[_i];
    struct ps_device device = device_of(row);
    int64_t shown[SPAN];
    live(row, shown);
    for (int64_t i = SHELF; i < SPAN; i += 83) {
        if (shown[i] == aside)
            continue;
        ps_time t = {row->made + i};
        struct ps_device_clock clock = clock_at(row, &device, t.s), bare = clock;
        bare.floor = PS_TIME_ALWAYS;
        if (row->past_2038 == PS_PAST_2038_STOPS)
            continue; /* it does not drift, but stand */
        int64_t end = ps_clock_stretch_end(&clock, t).s, leads = ps_clock_read(&bare, t).s - t.s;
        for (int64_t lead = leads - 30; lead <= leads + 30; lead += 5) {
            int64_t walked = NEVER;
            for (int64_t u = t.s + 1; u < end && u < t.s + 20000; u++) {
                int64_t now = ps_clock_read(&bare, (ps_time){u}).s - u;
                bool passed =
                    clock.fast_ppm > 0 ? leads < lead && now >= lead : leads > lead && now <= lead;
                if (passed && walked == NEVER)
                    walked = u;
            }
            ps_time found = ps_clock_drifts_to(&clock, t, lead);
            ck_assert_msg(found.s == walked || (walked == NEVER && found.s > t.s + 19999),
                          "%s: after %lld s by %lld at %lld, not %lld", row->name, (long long)i,
                          (long long)(lead - leads), (long long)(found.s - t.s),
                          (long long)(walked - t.s));
        }
    }
}
END_TEST

START_TEST(believers)
{
    static const struct {
        enum ps_clock kind;
        bool believes;
    } kinds[] = {
        {PS_CLOCK_RTC, false},       {PS_CLOCK_EPOCH_BOOT, true}, {PS_CLOCK_BUILD_FLOOR, true},
        {PS_CLOCK_LAST_KNOWN, true}, {PS_CLOCK_NTP, true},        {PS_CLOCK_NTS, false},
        {PS_CLOCK_ROUGHTIME, false}, {PS_CLOCK_PEER_DATE, true},  {PS_CLOCK_IGNORE, false},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        ck_assert_msg(ps_clock_believes(kinds[i].kind) == kinds[i].believes, "kind %zu", i);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock");
    TCase *tests = tcase_create("clock");
    int count = (int)(sizeof rows / sizeof *rows);
    tcase_add_loop_test(tests, shows, 0, count);
    tcase_add_loop_test(tests, holds_for_a_stretch, 0, count);
    tcase_add_loop_test(tests, reaches, 0, count);
    tcase_add_loop_test(tests, drifts, 0, count);
    tcase_add_test(tests, believers);
    suite_add_tcase(suite, tests);
    return suite_run(suite);
}
